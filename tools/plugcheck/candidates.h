/* SPDX-License-Identifier: MIT */
/* candidates.h: the plugins that could provide what others require: those that count as open, and those of folders. */
#ifndef PLUGCHECK_CANDIDATES_H
#define PLUGCHECK_CANDIDATES_H

#include "model.h"
#include "table.h"

/* Zeroed is empty. */
struct candidates {
    struct pm_arena arena;
    struct pm_candidate *items;
    const char **real_paths;    /* for each of them; NULL: there is none */
    struct pm_module **modules; /* for each of those that were read here; else NULL */
    size_t count, room;
    struct pm_table files, names; /* real paths; names of plugins in folders */
};

/* One that is open. Borrows the module and the path. Returns its real path; NULL: there is none. */
const char *candidates_add_open(struct candidates *candidates, const struct pm_module *module, const char *path);

/* Those of a folder, in the order of their file names: of one name the first, and none that is open. What is no plugin,
 * or cannot be read, is left out. -1: the folder cannot be read, *ret_problem. */
int candidates_add_folder(struct candidates *candidates, const char *path, struct pm_problem *ret_problem);

/* Puts all but the plugin at that real path into the world. */
void candidates_put(const struct candidates *candidates, const char *real_path, struct pm_world *world);

/* Whether some are missing for want of memory. */
static inline bool candidates_failed(const struct candidates *candidates)
{
    return candidates->arena.failed;
}

void candidates_free(struct candidates *candidates);

#endif
