/* SPDX-License-Identifier: MIT */
/* scene.h: a private folder for one test, mock plugins put into it, and looks at what the process has mapped and open. */
#ifndef SCENE_H
#define SCENE_H

#include <stdbool.h>
#include <stddef.h>

/* Makes the folder and enters nothing; scene_end removes it with all that is in it. */
void scene_begin(void);
void scene_end(void);

/* "FOLDER/name", valid until the scene ends. */
const char *scene_path(const char *name);

/* Copies the built mock `mock` (tests/mock/MOCK.so) to FOLDER/name, into a new file that is renamed over an old one.
 * Returns its path. */
const char *scene_install(const char *mock, const char *name);

/* Writes a file of that text. Returns its path. */
const char *scene_write(const char *name, const char *text);

/* The file's text, "" if it is absent; static. */
const char *scene_read(const char *name);

/* How many mapped objects have the part in their name, and how many descriptors are open. */
size_t scene_mapped_count(const char *part);
size_t scene_descriptor_count(void);

#endif
