/* SPDX-License-Identifier: MIT */
/* plugin.h: a loaded plugin, one generation of it: load, bind, start, stop, its tables. Knows no manager and no other
 * plugin. */
#ifndef PM_PLUGIN_H
#define PM_PLUGIN_H

#include "judge.h"
#include "load.h"

struct pm_plugin;

/* Where messages go; log may be NULL. Host's code: called while no lock is held. */
struct pm_log {
    void (*log)(void *log_data, enum plugmgr_log_level level, const char *message);
    void *data;
};
/* The parts joined are the message; the list ends with NULL. */
void pm_log_write(const struct pm_log *log, enum plugmgr_log_level level, const char *part, ...)
    __attribute__((sentinel));

/* A plugin that is accepted, and not loaded yet. Takes the facts over; log is borrowed. NULL: no memory. One holder has
 * it: the caller. */
struct pm_plugin *pm_plugin_new(struct pm_judged *judged, const char *config, const struct pm_log *log);

/* Who looks at it from another thread holds it meanwhile; the last one to release it frees it. Release accepts NULL. */
void pm_plugin_hold(struct pm_plugin *plugin);
void pm_plugin_release(struct pm_plugin *plugin);

/* Loads it, from what was judged for loading; takes the sealed copy over. 0, or a negated enum plugmgr_error with the
 * finding in the report; then pm_plugin_undo takes out what got loaded. */
int pm_plugin_load(struct pm_plugin *plugin, struct pm_judged *judged, struct plugmgr_report *report);

/* Fills the slot of one of facts.requires_. size: where the provider's last member ends, bytes. 0, or negated with the
 * finding in the report. */
int pm_plugin_bind(struct pm_plugin *plugin, size_t index, const void *provider, size_t size,
                   struct plugmgr_report *report);

/* 0, or negated with the finding, the plugin's own message, in the report. */
int pm_plugin_start(struct pm_plugin *plugin, struct plugmgr_report *report);

/* Has one build of a plugin save its state, and another restore it, if both declare the same. 0; or negated with the
 * finding in the report. */
int pm_plugin_hand_state_over(struct pm_plugin *from, struct pm_plugin *to, struct plugmgr_report *report);

/* Unloads what was not started. false: it stays mapped, left to be forgotten; the report tells. */
bool pm_plugin_undo(struct pm_plugin *plugin, struct plugmgr_report *report);

/* Stops the plugin and unloads it; what was found is in the report, which may be NULL. PLUGMGR_UNLOADED, or
 * PLUGMGR_STILL_MAPPED: it is left to be forgotten. The caller still holds it. */
int pm_plugin_close(struct pm_plugin *plugin, struct plugmgr_report *report);

/* Tells the log which file was loaded and, of a sealed copy, of which no tool sees the path, where it is. */
void pm_plugin_log_opened(const struct pm_plugin *plugin);

/* Finds one of the others whose object is linked with the plugin's, directly or through libraries. *ret_user: NULL if
 * there is none. */
int pm_plugin_linked_user(const struct pm_plugin *plugin, struct pm_plugin *const *others, size_t count,
                          const struct pm_plugin **ret_user);

/* Whether the object of a closed plugin is gone by now. */
bool pm_plugin_is_gone(const struct pm_plugin *plugin);

/* Lets go of what is left of a closed plugin, tells the log if its object is gone by now, and releases it. */
void pm_plugin_forget(struct pm_plugin *plugin);

/* Whether both are one object, which was opened again while it was mapped still. */
bool pm_plugin_is_same_object(const struct pm_plugin *a, const struct pm_plugin *b);

const struct pm_facts *pm_plugin_facts(const struct pm_plugin *plugin);
const struct pm_identity *pm_plugin_identity(const struct pm_plugin *plugin);
const char *pm_plugin_real_path(const struct pm_plugin *plugin);
bool pm_plugin_is_copy(const struct pm_plugin *plugin); /* loaded from a sealed copy, not by its path */
const char *pm_plugin_config(const struct pm_plugin *plugin);

/* For each of facts.provides: its address, and whether the verdict lets the host use it. */
void *pm_plugin_provider(const struct pm_plugin *plugin, size_t index);
bool pm_plugin_fits(const struct pm_plugin *plugin, size_t index);

/* Whether it was loaded by its path, and another build was written into its very file since. What is mapped shares its
 * pages with the file, so it is neither the old code nor the new. Asks the file. */
bool pm_plugin_is_damaged(const struct pm_plugin *plugin);

/* For whoever keeps a list of them. */
struct pm_plugin *pm_plugin_next(const struct pm_plugin *plugin);
void pm_plugin_link(struct pm_plugin *plugin, struct pm_plugin *next);

#endif
