/* SPDX-License-Identifier: MIT */
/* providers.h: who provides what a plugin requires: the host's offers and the tables of other plugins, in the order in
 * which they are to be tried, and how each fits. Pure. */
#ifndef PM_PROVIDERS_H
#define PM_PROVIDERS_H

#include "fit.h"
#include "model.h"

/* One table of an interface. */
struct pm_provider {
    const struct pm_facts *facts; /* of the host or the plugin that has it */
    const struct pm_provide *provide;
    enum pm_meeting by; /* HOST or CANDIDATE */
    size_t index;       /* CANDIDATE: of the world's candidates; their count: the plugin itself that is judged */
    bool is_open;
    size_t preference; /* the place among the host's preferences; SIZE_MAX: it has none */
    const char *text;  /* its fingerprint, once it was asked for; NULL: there is none */
    size_t text_size;
    bool has_text; /* that was asked for */
};

/* All of them that the world has. Lies in the arena. */
struct pm_providers {
    const struct pm_world *world;
    enum plugmgr_policy policy;
    struct pm_texts texts;
    const struct pm_facts **modules; /* those in which a type must not be two things; the first two change */
    size_t module_count;
    struct pm_provider *all; /* sorted by interface, and those of one as they are to be tried */
    size_t count;
    size_t work; /* what was looked at so far: files say how much there is, and it must have an end */
};

/* Lists what the host, the candidates and the plugin itself, `root`, provide. Out of memory: arena->failed. */
void pm_providers_make(const struct pm_facts *root, const struct pm_world *world, enum plugmgr_policy policy,
                       struct pm_arena *arena, struct pm_providers *ret_providers);

/* A walk through those of one interface: what the host prefers; what the host offers; the latest version, of equal ones
 * what is open, of these what was found first. */
struct pm_provider_walk {
    const struct pm_facts *user;      /* who requires, */
    const struct pm_require *require; /* what, */
    const char *text;                 /* and its fingerprint; NULL: it has none */
    const char **reached;             /* interfaces that are handed around by it, once they were asked for */
    size_t reached_count;
    size_t at, rest, end;             /* in providers->all; rest: of those that are sorted by version */
    bool has_all;                     /* also those whose version cannot fit */
};
void pm_provider_walk_begin(struct pm_providers *providers, const struct pm_facts *user,
                            const struct pm_require *require, bool has_all, struct pm_provider_walk *ret_walk);
/* NULL: the end, or there was too much to look at. */
struct pm_provider *pm_provider_walk_next(struct pm_providers *providers, struct pm_provider_walk *walk);
bool pm_providers_gave_up(const struct pm_providers *providers);

/* How it fits, and between two plugins what is handed around by it as well: as the user is to be told, from its own structure to the provider's. */
void pm_providers_fit(struct pm_providers *providers, struct pm_provider_walk *walk, struct pm_provider *provider,
                      struct pm_fit_result *ret_result);

/* The requirement, met by what fits. */
struct pm_met pm_providers_meet(struct pm_providers *providers, const struct pm_provider_walk *walk,
                                struct pm_provider *provider);

/* A function or object that is exported under a name of its own, not the table of an interface. */
static inline bool pm_provide_is_typed_symbol(const struct pm_provide *provide)
{
    return provide->symbol != NULL && strcmp(provide->symbol, provide->instance) == 0;
}

#endif
