/* SPDX-License-Identifier: MIT */
/* resolve.h: what an object needs -> the files that the dynamic linker would take for it.
 *
 * As glibc's ld.so(8) does it, 2.31 to 2.41: objects loaded already; RPATH of an object without RUNPATH, and of those
 * that needed it; LD_LIBRARY_PATH; RUNPATH; /etc/ld.so.cache; the default directories; in each directory the
 * subdirectories for this processor first. A file for another machine is passed over. */
#ifndef PM_RESOLVE_H
#define PM_RESOLVE_H

#include "file.h"
#include "model.h"
#include "shelf.h"

/* What is asked for. The strings are borrowed and must outlive the arena given to pm_resolve. */
struct pm_root {
    const char *path; /* real path, for $ORIGIN */
    const struct pm_dynamic *dynamic;
    struct pm_traits traits;
    const struct pm_present *present;
    size_t present_count;
    const char *host_rpath;     /* DT_RPATH of the executable, NULL if none */
    const char *host_path;      /* its real path, for $ORIGIN there; NULL: not known */
    bool is_process;            /* the host is this process: host_path and LD_LIBRARY_PATH are asked of it if need be */
    uint64_t device, inode;     /* of the file at path; 0: not known */
    const char *cache_path;     /* NULL: /etc/ld.so.cache */
    const struct pm_tree *tree; /* in which root file system; NULL: this one */
    struct pm_shelf *shelf;     /* from which files are taken; NULL: each is opened anew */
    bool is_for_this_processor; /* subdirectories for the processor and $PLATFORM are this one's */
};

/* What was found. */
struct pm_closure {
    struct pm_object *objects; /* breadth first, the root itself not in it */
    size_t count;
    const char *cache_problem; /* why the dynamic linker ignores its cache; NULL: it does not, or it was not asked */
    bool lacks_cache;          /* it was asked, and there is none */
};

/* Objects that are not found or cannot be read are in the closure and say so. Everything lives in the arena; out of
 * memory: arena->failed. */
void pm_resolve(const struct pm_root *root, struct pm_arena *arena, struct pm_closure *ret_closure);

#endif
