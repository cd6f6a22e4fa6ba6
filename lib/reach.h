/* SPDX-License-Identifier: MIT */
/* reach.h: the declared interfaces whose tables another one hands around: its text has their names alone, each has a
 * fingerprint of its own, which must fit as well. Pure. */
#ifndef PM_REACH_H
#define PM_REACH_H

#include "fit.h"

/* A module's texts by the names of their interfaces, and which of them others reach. */
struct pm_reach {
    const struct pm_abi **by_name;
    bool *is_reached;              /* of the one with the same index in by_name */
    const struct pm_abi **waiting; /* to be looked through */
    size_t count, waiting_count;
};

/* Begins with no text; there is room for so many first ones. Lies in the arena. false: no memory. */
bool pm_reach_make(const struct pm_facts *facts, size_t roots, struct pm_arena *arena, struct pm_reach *ret_reach);
/* One of the module's texts; NULL: nothing. */
void pm_reach_add(struct pm_reach *reach, const struct pm_abi *abi);
/* Marks all that they reach. */
void pm_reach_follow(struct pm_reach *reach);
/* Whether it is one more version of the interface before. */
bool pm_reach_is_next(const struct pm_reach *reach, size_t index);

enum pm_reach_provider { PM_EITHER_PROVIDES, PM_PLUGIN_PROVIDES, PM_HOST_PROVIDES };

/* Two modules that hand tables to each other. */
struct pm_reach_fitting {
    const struct pm_facts *plugin, *host; /* host: or another plugin */
    const char *host_word;                /* as in struct pm_coupling */
    enum plugmgr_policy policy;
    const struct pm_fit_world *world;
    struct pm_texts *texts;
};

struct pm_reached {
    struct pm_fit_result result;
    const struct pm_abi *plugin, *host;
    enum pm_reach_provider provider;
};

/* The best that any two versions of the interface make; false: one side has none. */
bool pm_reach_fit(const struct pm_reach_fitting *fitting, const char *name, struct pm_reached *ret_reached);

#endif
