/* SPDX-License-Identifier: MIT */
/* folder.h: the plugins in a folder. */
#ifndef PLUGCHECK_FOLDER_H
#define PLUGCHECK_FOLDER_H

#include "error.h"
#include "text.h"

/* The paths of the folder's files that are named as shared objects (*.so, *.so.N…), sorted by name, each file once by
 * its first name. Left out: hidden ones, and what is neither a file nor a link; a link that leads nowhere stays, so
 * that it is told. Returns 0, and there is one at least; 1: path is no folder; -1: it cannot be read, or is empty.
 * Strings live in the arena. */
int folder_list(const char *path, struct pm_arena *arena, char ***ret_paths, size_t *ret_count,
                struct pm_problem *ret_problem);

#endif
