/* SPDX-License-Identifier: MIT */
/* listing.h: what the search path has, judged one by one without being loaded; and the best of it, opened. */
#ifndef PM_LISTING_H
#define PM_LISTING_H

#include "manager_inner.h"

/* Opens the best provider of the interface, or gives the plugin that has it open. 0, or a negated enum plugmgr_error.
 * *ret_report: what was found; NULL: there is nothing to tell. */
int pm_listing_open_best(struct plugmgr *manager, const struct plugmgr_accepted *accepted, const char *instance,
                         const struct plugmgr_open_options *options, struct plugmgr_plugin **ret_plugin,
                         struct plugmgr_report **ret_report);

#endif
