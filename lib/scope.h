/* SPDX-License-Identifier: MIT */
/* scope.h: the objects in which the dynamic linker would look up what a plugin names, in its order: the executable and
 * what that needs, breadth first; then the plugin and what it needs. Looked into one after the other: files, or what is
 * in this process's memory. */
#ifndef PM_SCOPE_H
#define PM_SCOPE_H

#include "process.h"
#include "resolve.h"

/* The host of which there is a file. */
struct pm_scope_host {
    const char *path; /* as this process names it; NULL: there is none */
    size_t count;     /* of what is present, the first are the host and what it brings with it */
    bool is_program;  /* else it is loaded by a program that is not known, and that may have further symbols */
};

/* Both fill world->linkage. root: as the plugin's closure was resolved; present of a process in the order of its
 * objects. plugin_path: the plugin's real path. */
void pm_scope_link_files(struct pm_world *world, const struct pm_root *root, const struct pm_scope_host *host,
                         const struct pm_module *plugin, const char *plugin_path);
void pm_scope_link_process(struct pm_world *world, const struct pm_root *root, const struct pm_process *process,
                           const struct pm_module *plugin, const char *plugin_path);

#endif
