/* SPDX-License-Identifier: MIT */
/* slot.h: the current provider of an interface, and how many calls of it are in flight. Knows nothing of plugins.
 *
 * plugmgr_slot_enter_call and plugmgr_slot_leave, declared in host.h, are for any thread at any time. What is declared
 * here is for one thread at a time for a slot, but for pm_slot_is_drained, which only asks that the slot is not
 * freed meanwhile. */
#ifndef PM_SLOT_H
#define PM_SLOT_H

#include <plugmgr/host.h>
#include <stdbool.h>
#include <stdint.h>

struct pm_block; /* counts the calls of one generation; slot.c's own */

/* A generation that a swap took out of its slot. Valid as long as the slot, and all zeros is one that nobody ever
 * entered. Its number is never repeated, whatever the block counts by now. */
struct pm_slot_left {
    const struct pm_block *block;
    unsigned long serial;
};

/* What the manager keeps beside a slot; the slot only carries the pointer. */
struct pm_slot_owner;

/* An empty slot: entering it gives NULL. NULL: no memory. */
struct plugmgr_slot *pm_slot_new(struct pm_slot_owner *owner);
struct pm_slot_owner *pm_slot_get_owner(const struct plugmgr_slot *slot);

/* No thread may be in it or enter it any more. Accepts NULL. */
void pm_slot_free(struct plugmgr_slot *slot);

/* Makes sure that the next pm_slot_swap has what it needs, and changes nothing that anybody sees. Again before that, it
 * does nothing. 0, or -PLUGMGR_E_MEMORY. */
int pm_slot_prepare(struct plugmgr_slot *slot);

/* From now on entering gives this provider, NULL: nothing. Cannot fail; but for NULL, a pm_slot_prepare must have
 * succeeded before. *ret_left: what calls may be in still. */
void pm_slot_swap(struct plugmgr_slot *slot, const void *provider, struct pm_slot_left *ret_left);

/* Whether all calls that got the provider of that generation have been left; then none will get it again, and all that
 * they did has happened before. */
bool pm_slot_is_drained(const struct pm_slot_left *left);

/* Whether the calling thread is within a call of the slot that it entered itself, of whichever generation. Says no too
 * where the thread is in more generations at once than are kept (five), the oldest being forgotten; or where 128
 * threads were made between it and another one whose calls of the slot are left by others. */
bool pm_slot_is_entered_here(const struct plugmgr_slot *slot);

/* In the child of a fork, on its only thread: of the calls in flight, those remain that this thread entered. Where it
 * was in too many generations at once to know them, all remain. */
void pm_slot_after_fork(struct plugmgr_slot *slot);

#endif
