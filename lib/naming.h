/* SPDX-License-Identifier: MIT */
/* naming.h: a plugin by its name: that file on the search path. */
#ifndef PM_NAMING_H
#define PM_NAMING_H

#include "manager_inner.h"
#include "snapshot.h"

/* As pm_opening_open: the file of the plugin of that name or, where none has it, a file NAME.so that cannot be read, so
 * that it is told why. -PLUGMGR_E_NOT_FOUND: *ret_report tells what is there. */
int pm_naming_open(struct plugmgr *manager, const char *name, const struct plugmgr_open_options *options,
                   struct plugmgr_plugin **ret_plugin, struct plugmgr_report **ret_report);

/* A note in the report of a plugin: which ones of the same name stand behind it on the search path. */
void pm_naming_report_hidden(struct plugmgr_report *report, const struct pm_snapshot *files,
                             const struct pm_scan_entry *entry);

#endif
