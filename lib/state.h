/* SPDX-License-Identifier: MIT */
/* state.h: what a plugin hands over to the next build of itself: whether it may, and what its save writes into. Pure.
 */
#ifndef PM_STATE_H
#define PM_STATE_H

#include "note.h"
#include "report.h"

#include <plugmgr/plugin.h>

enum pm_handover {
    PM_HANDOVER_NONE, /* the build before declares no state: nothing is lost */
    PM_HANDOVER_SAME, /* both declare the same: it is handed over */
    PM_HANDOVER_LOST  /* the build before has a state, and the next cannot take it */
};

struct pm_state_match {
    enum pm_handover handover;
    const char *text;    /* in one line, why it is not handed over; NULL: it is, or neither build has one */
    const char *changes; /* what differs in structure, from the build before to the next, one a line; NULL: nothing that
                            is known. Not escaped */
};

/* Compares the states that two builds of a plugin declare. Of objects with an interface's type, the texts have to be
 * equal. All strings lie in the arena. Out of memory: arena->failed. */
void pm_state_compare(const struct pm_facts *before, const struct pm_facts *next, struct pm_arena *arena,
                      struct pm_state_match *ret_match);

/* Whether the state is to be handed over from the build that is running to the next. Why not is a finding in the
 * report: a warning if a state is lost, a note if only the next build has one. Out of memory: false, and
 * pm_report_failed. */
bool pm_state_judge(const struct pm_facts *before, const struct pm_facts *next, struct plugmgr_report *report);

/* What a plugin's save gets, and wrote. */
struct pm_saved {
    struct plugmgr_state state; /* the first member: what the plugin sees is within it */
    struct pm_buffer written;   /* failed: there was no memory, whatever save returned */
};

void pm_saved_begin(struct pm_saved *ret_saved);
/* All that was written in a row, aligned for any type; never NULL. */
const void *pm_saved_bytes(const struct pm_saved *saved, size_t *ret_size);
void pm_saved_free(struct pm_saved *saved);

#endif
