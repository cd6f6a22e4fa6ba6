/* SPDX-License-Identifier: MIT */
/* input.h: the files named to plugpin -> the relocatable objects that they hold. */
#ifndef PLUGPIN_INPUT_H
#define PLUGPIN_INPUT_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One ELF file in memory; its bytes are not checked yet. */
struct input_object {
    const char *name; /* for messages: FILE, or ARCHIVE(MEMBER) */
    const uint8_t *bytes;
    size_t size;
    bool is_member; /* of an archive: the linker takes it only when something refers to it */
    bool is_linked; /* an executable or shared library: as large as it likes */
};

struct input_file {
    uint8_t *bytes;
    dev_t device;
    ino_t inode;
};

/* Zeroed is empty. */
struct input {
    struct pm_arena arena;
    struct input_object *objects;
    size_t object_count;
    struct input_file *files; /* owns what the objects point into */
    size_t file_count;
};

/* Adds what is in the file: an object (.o), what a libtool object (.lo) names, the objects of an archive (.a, also a
 * thin one). -1: told. */
int input_add(struct input *input, const char *path);

/* Whether the path names one of the files that were read. */
bool input_has_file(const struct input *input, const char *path);

void input_free(struct input *input);

#endif
