/* SPDX-License-Identifier: MIT */
/* watching.h: the plugins of which the files changed, for the host's event loop. */
#ifndef PM_WATCHING_H
#define PM_WATCHING_H

#include "manager_inner.h"

/* If the host watches: from now on another file than the one that is loaded is a change. Without the lock. */
void pm_watching_add(struct plugmgr_plugin *plugin);
void pm_watching_remove(struct plugmgr_plugin *plugin);
void pm_watching_end(struct plugmgr *manager);

#endif
