/* SPDX-License-Identifier: MIT */
/* order.h: which plugins have to be opened before a plugin that requires interfaces, in which order, and who provides
 * each of them. Pure.
 *
 * Each requirement takes the first provider (providers.h) that fits, is not refused, and can itself be given all that it
 * requires without needing what waits for it. So no cycle is ever chosen, and one is told only when nothing else is
 * left. */
#ifndef PM_ORDER_H
#define PM_ORDER_H

#include "providers.h"

/* A module that is to be opened: one of the world's candidates or, as the last of them, the plugin itself. */
struct pm_order_step {
    size_t candidate;         /* the count of the world's candidates: the plugin itself */
    const struct pm_met *met; /* for each of its requires_ */
};

/* One edge of a cycle: the user requires what the next one provides. */
struct pm_order_link {
    const struct pm_facts *user;
    const struct pm_require *require;
};

/* What keeps a requirement of the plugin from being met, beside those that do not fit. */
struct pm_order_cycle {
    const struct pm_order_link *links; /* the last one's provider is the user of the first; NULL: there is no cycle */
    size_t count;
};

/* Lies in the arena. */
struct pm_order {
    bool is_met;                       /* all that is not optional is met, by a plan that can be carried out */
    bool gave_up;                      /* there was too much to look at */
    const struct pm_order_step *steps; /* is_met: providers before their users; what is open already is none of them */
    size_t step_count;
    const struct pm_met *met;              /* of the plugin itself, also if not all are met */
    const struct pm_order_cycle *cycles;   /* for each of its requires_: why nobody meets it */
    const struct pm_require *const *wants; /* for each candidate: what it lacks, so that it cannot be used; NULL: nothing,
                                              or it was not asked for */
    struct pm_providers providers;         /* what was chosen from */
};

/* Plans. Of the world it looks at the host, the others, the candidates and the preferences. Without a host, nothing is
 * said to be missing. Out of memory: arena->failed, and the order is empty. */
void pm_order(const struct pm_facts *plugin, const struct pm_world *world, enum plugmgr_policy policy,
              struct pm_arena *arena, struct pm_order *ret_order);

#endif
