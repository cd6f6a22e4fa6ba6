/* SPDX-License-Identifier: MIT */
/* forking.h: managers and fork(2). */
#ifndef PM_FORKING_H
#define PM_FORKING_H

#include "manager_inner.h"

/* From now on no fork happens while another thread looks at the manager's lists, and in the child what other threads were
 * at counts as over. 0, or -PLUGMGR_E_MEMORY. */
int pm_forking_add(struct plugmgr *manager);
void pm_forking_remove(struct plugmgr *manager);

#endif
