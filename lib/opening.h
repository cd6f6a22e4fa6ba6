/* SPDX-License-Identifier: MIT */
/* opening.h: what was planned, loaded, bound and started; or nothing of it. */
#ifndef PM_OPENING_H
#define PM_OPENING_H

#include "attempt.h"

/* Judges the plugin at a path and, with ret_plugin, opens it and what it needs. 0, or a negated enum plugmgr_error.
 * *ret_report: what was found; NULL: no memory for it. */
int pm_opening_open(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *options,
                    struct plugmgr_plugin **ret_plugin, struct plugmgr_report **ret_report);

/* Gives each a handle, not open yet, which others see from then on. 1: done; 0: what was planned with has changed
 * meanwhile, and nothing was done; -PLUGMGR_E_MEMORY: nothing was done. */
int pm_opening_enter(const struct pm_steps *steps, const struct pm_operation *operation);

/* Loads and binds all, then starts each behind those that it is bound to; before_start may be NULL, and is called for each.
 * 0; or negated, with the finding in the step's report, and *ret_failed is that step. */
int pm_opening_bring_up(const struct pm_steps *steps, int (*before_start)(void *data, struct pm_step *step), void *data,
                        struct pm_step **ret_failed);

/* Takes all out again, whatever was reached: the last first. */
void pm_opening_abandon(const struct pm_steps *steps);

/* Under the lock: from now on they are open; the last is the youngest. What takes another one's place is left alone. */
void pm_opening_finish(const struct pm_steps *steps);

/* Tells in the report of a plugin why one that is opened with it failed. */
void pm_opening_report_failure(struct plugmgr_report *report, const struct plugmgr_report *failed);

#endif
