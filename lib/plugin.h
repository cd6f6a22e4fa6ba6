/* SPDX-License-Identifier: MIT */
/* plugin.h: a loaded plugin: bind, start, stop, interfaces. */
#ifndef PM_PLUGIN_H
#define PM_PLUGIN_H

#include "file.h"
#include "load.h"
#include "model.h"
#include "report.h"

/* Where messages go; log may be NULL. */
struct pm_log {
    void (*log)(void *log_data, enum plugmgr_log_level level, const char *message);
    void *data;
};
/* The parts joined are the message; the list ends with NULL. */
void pm_log_write(const struct pm_log *log, enum plugmgr_log_level level, const char *part, ...)
    __attribute__((sentinel));

/* Loads, binds and starts an accepted plugin. Takes module->facts over if it succeeds. identity: of the file that was
 * judged. 0, or a negated enum plugmgr_error with the finding in the report, and nothing of it is loaded. The plugin is
 * linked into no list yet; log is borrowed. */
int pm_plugin_open(struct pm_module *module, const char *real_path, const struct pm_identity *identity,
                   const char *config, const struct pm_log *log, struct plugmgr_plugin **ret_plugin,
                   struct plugmgr_report *report);

/* Stops, unloads and frees it: an enum plugmgr_closed. */
int pm_plugin_close(struct plugmgr_plugin *plugin);

const struct pm_facts *pm_plugin_facts(const struct plugmgr_plugin *plugin);
const struct pm_identity *pm_plugin_identity(const struct plugmgr_plugin *plugin);

/* The manager's list: the plugin opened before, and the manager itself. */
struct plugmgr_plugin *pm_plugin_next(const struct plugmgr_plugin *plugin);
struct plugmgr *pm_plugin_manager(const struct plugmgr_plugin *plugin);
void pm_plugin_link(struct plugmgr_plugin *plugin, struct plugmgr *manager, struct plugmgr_plugin *next);

#endif
