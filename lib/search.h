/* SPDX-License-Identifier: MIT */
/* search.h: one name -> the file that the dynamic linker would take for it, where it is not loaded yet. */
#ifndef PM_SEARCH_H
#define PM_SEARCH_H

#include "cache.h"
#include "resolve.h"
#include "table.h"

/* What the searches of one closure share. */
struct pm_searcher {
    const struct pm_root *root;
    struct pm_arena *arena;
    struct pm_hwcaps hwcaps; /* once they were asked for */
    bool has_hwcaps;
    struct pm_table directories; /* path -> bits: which of the subdirectories of hwcaps it has */
    const char *default_directories, *lib; /* NULL: not asked yet; lib: $LIB */
    uint8_t *cache_bytes;
    struct pm_cache cache;
    bool has_tried_cache, lacks_cache;
    const char *host_path, *library_path; /* of this process; NULL: not known */
    bool has_asked_process;
    struct pm_problem cache_problem; /* detail: "" if there is none */
    size_t effort; /* so far; hostile search paths would take hours and all memory */
};

/* Everything but the cache's bytes lives in the arena. */
void pm_searcher_begin(struct pm_searcher *ret_searcher, const struct pm_root *root, struct pm_arena *arena);
void pm_searcher_end(struct pm_searcher *searcher);

/* Looks for object->name as object->parent needs it, and puts what was found into the object, or what was tried.
 * objects: the closure so far, for the parents. */
void pm_search(struct pm_searcher *searcher, const struct pm_object *objects, struct pm_object *object);

/* Looks for the file that would have been taken, had the present object of that name not been there. What the system's
 * directories have is the present one if it is from there: then only the paths of the plugin's own side are looked into. */
void pm_search_rival(struct pm_searcher *searcher, const struct pm_object *objects, const char *present,
                     struct pm_object *object);

#endif
