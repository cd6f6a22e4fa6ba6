/* SPDX-License-Identifier: MIT */
/* plugin.h: a loaded plugin: bind, start, stop, interfaces. */
#ifndef PM_PLUGIN_H
#define PM_PLUGIN_H

#include "judge.h"
#include "load.h"

/* Where messages go; log may be NULL. */
struct pm_log {
    void (*log)(void *log_data, enum plugmgr_log_level level, const char *message);
    void *data;
};
/* The parts joined are the message; the list ends with NULL. */
void pm_log_write(const struct pm_log *log, enum plugmgr_log_level level, const char *part, ...)
    __attribute__((sentinel));

/* Loads, binds and starts an accepted plugin, which was judged for loading. Takes its facts and its sealed copy over if
 * it succeeds. 0, or a negated enum plugmgr_error with the finding in the report, and nothing of it is loaded, or
 * *ret_left is what stayed mapped, left to be forgotten; else NULL. The plugin is linked into no list yet; log is
 * borrowed. */
int pm_plugin_open(struct pm_judged *judged, const char *config, const struct pm_log *log,
                   struct plugmgr_plugin **ret_plugin, struct plugmgr_plugin **ret_left, struct plugmgr_report *report);

/* Tells the log which file was loaded and, of a sealed copy, of which no tool sees the path, where it is. */
void pm_plugin_log_opened(const struct plugmgr_plugin *plugin);

/* Whether an object of the process needs the plugin's: the name of the first such plugin among the others; NULL: none.
 */
const char *pm_plugin_user(const struct plugmgr_plugin *plugin, const struct plugmgr_plugin *others,
                           bool *ret_is_out_of_memory);

/* Stops the plugin and unloads it; what was found is in the report, which may be NULL. PLUGMGR_UNLOADED: it is freed.
 * PLUGMGR_STILL_MAPPED: it is left to be forgotten. */
int pm_plugin_close(struct plugmgr_plugin *plugin, struct plugmgr_report *report);

/* Whether the object of a closed plugin is gone by now. */
bool pm_plugin_is_gone(const struct plugmgr_plugin *plugin);

/* Frees a closed plugin, which is in no list any more, and tells the log if its object is gone by now. */
void pm_plugin_forget(struct plugmgr_plugin *plugin);

/* Whether both are one object, which was opened again while it was mapped still. */
bool pm_plugin_is_same_object(const struct plugmgr_plugin *a, const struct plugmgr_plugin *b);

const struct pm_facts *pm_plugin_facts(const struct plugmgr_plugin *plugin);
const struct pm_identity *pm_plugin_identity(const struct plugmgr_plugin *plugin);

/* Whether it was loaded by its path, and another build was written into its very file since. What is mapped shares its
 * pages with the file, so it is neither the old code nor the new. Asks the file. */
bool pm_plugin_is_damaged(const struct plugmgr_plugin *plugin);

/* The manager's list: the plugin opened before, and the manager itself. */
struct plugmgr_plugin *pm_plugin_next(const struct plugmgr_plugin *plugin);
struct plugmgr *pm_plugin_manager(const struct plugmgr_plugin *plugin);
void pm_plugin_link(struct plugmgr_plugin *plugin, struct plugmgr *manager, struct plugmgr_plugin *next);

#endif
