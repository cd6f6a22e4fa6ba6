/* SPDX-License-Identifier: MIT */
/* attempt.h: one try to open a plugin, as planning.c makes it and opening.c carries it out. */
#ifndef PM_ATTEMPT_H
#define PM_ATTEMPT_H

#include "manager_inner.h"
#include "order.h"

/* A plugin that is to be opened: the one that was asked for, the root, or one that it needs. */
struct pm_step {
    struct pm_attempt *attempt;
    struct pm_step *next;
    size_t candidate; /* of the attempt's; their count: the root */
    const char *path;
    struct pm_judged judged;
    struct plugmgr_report *report;
    const struct pm_met *met; /* for each of its requires_; NULL: it has none */
    struct plugmgr_plugin *replaced; /* the open plugin whose place it will take; NULL: none */
    struct plugmgr_plugin *handle;
    bool is_started;
};

/* What stands behind a candidate: an open plugin, or a file. */
struct pm_source {
    struct plugmgr_plugin *handle;   /* to be followed under the lock only, after a look whether it is still there */
    struct pm_plugin *generation;    /* held, as it was when it was looked at; NULL: a file */
    const struct pm_operation *busy; /* what opened, closed or reloaded it then */
    const struct pm_identity *identity;
    struct pm_step *step; /* the file, judged to be opened; NULL: not yet */
};

/* Steps that are opened together: providers before their users. */
struct pm_steps {
    struct pm_step **all;
    size_t count;
};

struct pm_attempt {
    struct plugmgr *manager;
    struct pm_operation *operation;
    const struct plugmgr_open_options *options;
    struct plugmgr_plugin *const *replaced; /* a reload: all that are replaced at once; their builds provide no more */
    size_t replaced_count;
    struct pm_steps planned; /* and what has been planned so far: those builds will */
    bool is_for_loading;
    struct pm_arena arena;
    struct pm_snapshot *files;
    struct pm_candidate *candidates; /* those that are open, as they were opened; what has been planned; files */
    struct pm_source *sources;       /* one for each */
    size_t open_count, candidate_count;
    const struct pm_preference *preferences;
    size_t preference_count;
    struct pm_order order; /* of what the root needs; without steps, the root alone is to be opened */
    struct pm_step root;
    struct pm_step *steps; /* all others that were judged */
};

/* Judges the root, and what it needs. 0, or a negated enum plugmgr_error; the root's report tells. The caller frees in
 * every case. */
int pm_attempt_plan(struct pm_attempt *attempt);
void pm_attempt_free(struct pm_attempt *attempt);

/* The step at that place of the order. */
struct pm_step *pm_attempt_step(struct pm_attempt *attempt, size_t index);
size_t pm_attempt_step_count(const struct pm_attempt *attempt);

#endif
