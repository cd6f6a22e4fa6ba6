/* SPDX-License-Identifier: MIT */
/* calls.h: the host's slots on its plugins, and builds that calls are still within: those are stopped and unloaded when
 * the last call has been left. */
#ifndef PM_CALLS_H
#define PM_CALLS_H

#include "manager_inner.h"
#include "slot.h"

/* Generations that nobody enters any more. */
struct pm_draining {
    struct pm_draining *next;
    struct pm_plugin **generations; /* in the order to be stopped: users before what they use */
    size_t generation_count;
    struct pm_plugin **uses; /* the generations that they are bound to: those are not stopped before */
    size_t use_count;
    struct pm_draining_slot {
        struct plugmgr_slot *slot; /* NULL: the host freed it, so nobody is in it */
        struct pm_slot_left left;
    } *slots;
    size_t slot_count, slot_room;
    bool is_awaited;    /* somebody waits for it, and finishes it */
    bool is_finishing;  /* its generations are being stopped and unloaded, */
    pthread_t finisher; /* by this thread */
};

/* With room for so many generations and uses. NULL: no memory. */
struct pm_draining *pm_draining_new(size_t generation_count, size_t use_count);
void pm_draining_free(struct pm_draining *draining); /* with no generation in it; NULL is accepted */

/* Under the lock: takes the current generation of the plugin in; it uses nobody any more. There is room. */
void pm_draining_add(struct pm_draining *draining, struct plugmgr_plugin *plugin);

/* Under the lock: makes room for so many slots in all. */
int pm_draining_make_room(struct pm_draining *draining, size_t slot_count);

/* Under the lock: how many slots the plugin has. */
size_t pm_calls_count(const struct plugmgr_plugin *plugin);

/* Under the lock: whether the calling thread is within a call of the plugin. */
bool pm_calls_are_entered_here(const struct plugmgr_plugin *plugin);

/* Under the lock: empties the plugin's slots, which from then on belong to no plugin. There is room. */
void pm_calls_empty(const struct plugmgr_plugin *plugin, struct pm_draining *draining);

/* Under the lock: finds for each slot of the plugin what another build of it has, and makes sure that swapping does not
 * fail. 0, or a negated enum plugmgr_error; *ret_slot: what nothing was found for. */
int pm_calls_prepare(const struct plugmgr_plugin *plugin, const struct pm_plugin *generation,
                     const struct pm_slot_owner **ret_slot);
/* Under the lock: swaps to that. There is room. */
void pm_calls_swap(const struct plugmgr_plugin *plugin, struct pm_draining *draining);

const char *pm_slot_interface(const struct pm_slot_owner *owner);

/* Under the lock: from now on it is the manager's to look at. */
void pm_draining_begin(struct plugmgr *manager, struct pm_draining *draining);

/* Waits until all its calls have been left, or so many milliseconds have passed. PLUGMGR_UNLOADED, PLUGMGR_STILL_MAPPED:
 * the generations were stopped and unloaded; the report, of the last one, may be NULL. PLUGMGR_DRAINING: it is looked at
 * again later. */
int pm_draining_await(struct plugmgr *manager, struct pm_draining *draining, unsigned timeout_ms,
                      struct plugmgr_report *report);

/* Finishes what is drained by now; is_final: all. */
void pm_draining_look_again(struct plugmgr *manager, bool is_final);

/* Under the lock: whether a generation that is draining has that file, or is bound to that other generation. */
bool pm_draining_has_file(const struct plugmgr *manager, const struct pm_identity *identity);
bool pm_draining_uses(const struct plugmgr *manager, const struct pm_plugin *generation);

/* No slot knows the manager any more: it goes. Nothing is draining but what other threads finished when the process was
 * forked. */
void pm_calls_end(struct plugmgr *manager);

/* In the child of a fork, under the lock. What another thread was stopping is left as it is for ever. */
void pm_calls_after_fork(struct plugmgr *manager);

#endif
