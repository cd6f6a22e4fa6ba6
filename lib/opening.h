/* SPDX-License-Identifier: MIT */
/* opening.h: a plugin, and those that it needs: judged, loaded, bound and started. */
#ifndef PM_OPENING_H
#define PM_OPENING_H

#include "manager_inner.h"

/* Judges the plugin at a path and, with ret_plugin, opens it. 0, or a negated enum plugmgr_error; the report tells. */
int pm_opening_open(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *options,
                    struct plugmgr_plugin **ret_plugin, struct plugmgr_report *report);

#endif
