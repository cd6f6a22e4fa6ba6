/* SPDX-License-Identifier: MIT */
/* resolve.h: soname -> the file that the dynamic linker would take, and so the closure of what an object needs.
 *
 * As ld.so(8) does it: objects loaded already; RPATH of an object without RUNPATH, and of those that needed it;
 * LD_LIBRARY_PATH; RUNPATH; /etc/ld.so.cache; the default directories. A file for another machine is passed over. */
#ifndef PM_RESOLVE_H
#define PM_RESOLVE_H

#include "model.h"

/* An object that counts as loaded: whatever needs its soname gets it. */
struct pm_present {
    const char *name; /* the path */
    struct pm_build_id build_id;
    const struct pm_dynamic *dynamic;
    bool is_loaded; /* in this process, rather than by the host's file */
};

/* What is asked for. The strings are borrowed and must outlive the arena given to pm_resolve. */
struct pm_root {
    const char *path; /* real path, for $ORIGIN */
    const struct pm_dynamic *dynamic;
    struct pm_traits traits;
    const struct pm_present *present;
    size_t present_count;
    const char *host_rpath; /* DT_RPATH of the executable, NULL if none */
    const char *host_path;  /* its real path, for $ORIGIN there; NULL: not known */
    const char *cache_path; /* NULL: /etc/ld.so.cache */
};

/* The closure, breadth first, the root itself not in it. Objects that are not found or cannot be read are in it and say
 * so. Everything lives in the arena; out of memory: arena->failed. */
void pm_resolve(const struct pm_root *root, struct pm_arena *arena, struct pm_object **ret_objects, size_t *ret_count);

#endif
