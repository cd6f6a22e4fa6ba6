/* SPDX-License-Identifier: MIT */
/* library.h: the arguments behind `--` -> the shared libraries that the linker would take for them. */
#ifndef PLUGPIN_LIBRARY_H
#define PLUGPIN_LIBRARY_H

#include "compiler.h"
#include "linked.h"

struct library {
    const char *needed; /* what the linker writes into DT_NEEDED: the soname, else the name as it was given */
    const char *path;   /* as it was found */
    struct linked linked;
    bool is_system; /* it lies in one of the system's library directories */
};

/* Zeroed is empty. Strings lie in the arena. */
struct libraries {
    struct pm_arena arena;
    struct library *items;
    size_t count;
};

/* Adds the shared libraries in the order of the arguments, each file once. Static libraries and objects add nothing;
 * options that name no library are passed over. -1: told. */
int libraries_find(struct libraries *libraries, const struct target *target, char *const *arguments, size_t count);
void libraries_free(struct libraries *libraries);

#endif
