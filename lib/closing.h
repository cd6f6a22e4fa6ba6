/* SPDX-License-Identifier: MIT */
/* closing.h: plugins that go, and what is left of them. */
#ifndef PM_CLOSING_H
#define PM_CLOSING_H

#include "manager_inner.h"

/* What did not come about, since others use the plugin, and what may be done about those that are bound to it. */
struct pm_outcome {
    const char *text, *remedy;
};

/* What was still mapped, or still in use, when it was closed or replaced may be ready to go by now. Called at the start of
 * each of the manager's functions. */
void pm_closing_look_again(struct plugmgr *manager);

/* Keeps what is still mapped, to be looked at again; each object once, however often it was opened. Takes the caller's
 * hold over. */
void pm_closing_leave(struct plugmgr *manager, struct pm_plugin *plugin);

/* Whether what is left has another build written into its very file, which is the one of that identity. */
bool pm_closing_has_damaged(struct plugmgr *manager, const struct pm_identity *identity);

/* Under the lock: whether it is one of the manager's still. */
bool pm_closing_is_listed(const struct plugmgr *manager, const struct plugmgr_plugin *plugin);

/* Under the lock: makes it the youngest. */
void pm_closing_move_to_front(struct plugmgr_plugin *plugin);

/* Under the lock: takes the handle out of the manager's list; it provides to nobody and uses nobody any more. */
void pm_closing_unlink(struct plugmgr_plugin *plugin);
/* Frees the handle, if it has been taken out; but where it is pinned, with the last pin. */
void pm_closing_free_handle(struct plugmgr_plugin *plugin);

/* Under the lock: until it is unpinned, the handle's address is no other one's. Unpinned without the lock. */
void pm_closing_pin(struct plugmgr_plugin *plugin);
void pm_closing_unpin(struct plugmgr_plugin *plugin);

/* Waits for what another thread does with the plugin, and takes it for the operation. -PLUGMGR_E_BUSY: this thread is
 * within its start or stop; -PLUGMGR_E_INVALID: it is closed. Who has taken something must not wait for more. */
int pm_closing_take(struct plugmgr_plugin *plugin, struct pm_operation *operation);
void pm_closing_give_back(struct plugmgr_plugin *plugin);

/* Whether no other open plugin is bound to it, or linked with it; but for the bound ones, if are_bound_taken. 0;
 * PLUGMGR_IN_USE: the log tells who is, and the report, which may be NULL, with the outcome; -PLUGMGR_E_MEMORY. */
int pm_closing_check_unused(struct plugmgr_plugin *plugin, bool are_bound_taken, const struct pm_outcome *outcome,
                            struct plugmgr_report *report);

/* Closes what is open only because others needed it, and what none needs now; users before what they use. */
void pm_closing_close_unneeded(struct plugmgr *manager, const struct pm_operation *operation);

/* Closes all that is open, users before what they use, and forgets what stays. */
void pm_closing_close_all(struct plugmgr *manager);

#endif
