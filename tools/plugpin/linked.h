/* SPDX-License-Identifier: MIT */
/* linked.h: a linked file (shared library, host executable) -> what a pin says of it. */
#ifndef PLUGPIN_LINKED_H
#define PLUGPIN_LINKED_H

#include "declare.h"
#include "file.h"
#include "image.h"

/* Strings lie in the arena that was given. */
struct linked {
    struct pm_traits traits;
    struct pm_identity identity;
    struct pm_build_id build_id; /* size 0: it has none */
    const char *soname;          /* DT_SONAME; NULL if it has none */
    const char *real_path;
    const char *hint; /* for people: package and version, or the file's real name */
};

/* Reads the file behind the descriptor, which was opened by path. -1: told. */
int linked_read(const struct pm_file *file, const char *path, struct pm_arena *arena, struct linked *ret_linked);

/* Whether it can be linked with objects for the target. */
bool linked_fits(const struct linked *linked, const struct target *target);

#endif
