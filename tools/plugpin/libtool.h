/* SPDX-License-Identifier: MIT */
/* libtool.h: the small text files that libtool puts beside what it builds (.lo, .la). Pure. */
#ifndef PLUGPIN_LIBTOOL_H
#define PLUGPIN_LIBTOOL_H

#include "text.h"

#include <stdbool.h>

/* Whether the text is a libtool object (.lo) / a libtool library (.la). */
bool libtool_is_object(const char *text);
bool libtool_is_library(const char *text);

/* The value of a line key='value', copied into the arena; NULL if there is none. */
const char *libtool_value(struct pm_arena *arena, const char *text, const char *key);

/* The file `name` as the text of the file `path` means it: relative to where that stands. */
const char *path_beside(struct pm_arena *arena, const char *path, const char *name);

#endif
