/* SPDX-License-Identifier: MIT */
/* world.h: what there is to meet, from the running process or from files alone. */
#ifndef PM_WORLD_H
#define PM_WORLD_H

#include "file.h"
#include "model.h"
#include "process.h"
#include "shelf.h"

/* The world of a plugin that this process would load. host and host_build_id: of the process's host; borrowed.
 * plugin_path: its real path. Everything else lives in the world's arena, which the caller frees in every case.
 * Out of memory: ret_world->arena.failed. */
void pm_world_from_process(const struct pm_facts *host, const struct pm_build_id *host_build_id,
                           const struct pm_module *plugin, const char *plugin_path, struct pm_world *ret_world);

/* A plugin that counts as open. */
struct pm_beside {
    const char *path; /* real path */
    const struct pm_module *module;
};

/* What a plugin would come to. Borrowed. */
struct pm_files {
    const struct pm_module *host; /* NULL: none, as if nothing were loaded */
    const char *host_path;        /* its real path */
    const struct pm_beside *besides;
    size_t beside_count;
    /* Another root file system, in which alone libraries are looked for, of whatever machine; where a file lies below
     * its directory, $ORIGIN is its path inside. NULL: this one's. */
    const struct pm_tree *tree;
    struct pm_shelf *shelf; /* from which libraries are taken; NULL: each is opened as often as it is asked for */
};

/* The world of a plugin that a host's file would load. plugin_path: its real path. As above in all else. */
void pm_world_from_files(const struct pm_files *files, const struct pm_module *plugin, const char *plugin_path,
                         struct pm_world *ret_world);

void pm_world_free(struct pm_world *world);

#endif
