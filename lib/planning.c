/* SPDX-License-Identifier: MIT */
/* planning.c: what has to be opened so that a plugin can be, judged. Loads nothing. */
#include "attempt.h"

#include "calls.h"
#include "closing.h"
#include "snapshot.h"
#include "verdict.h"
#include "world.h"

#include <string.h>

/* ---- candidates ---- */

static bool is_replaced(const struct pm_attempt *attempt, const struct plugmgr_plugin *handle)
{
    for (size_t i = 0; i < attempt->replaced_count; i++)
        if (attempt->replaced[i] == handle)
            return true;
    return false;
}

/* Why what is loaded cannot be bound to; NULL: it can, or will when what goes on there is over. */
static const char *open_refusal(const struct pm_attempt *attempt, const struct plugmgr_plugin *handle)
{
    if (is_replaced(attempt, handle))
        return "it is being replaced itself";
    if (!handle->is_open && handle->busy == NULL)
        return "it was being opened or closed when the process was forked";
    return NULL;
}

static void add_open(struct pm_attempt *attempt, size_t index, struct plugmgr_plugin *handle)
{
    struct pm_plugin *generation = handle->current;
    pm_plugin_hold(generation);
    attempt->sources[index] = (struct pm_source){.handle = handle,
                                                 .generation = generation,
                                                 .busy = handle->busy != attempt->operation ? handle->busy : NULL,
                                                 .identity = pm_plugin_identity(generation)};
    attempt->candidates[index] = (struct pm_candidate){.facts = pm_plugin_facts(generation),
                                                       .path = pm_plugin_real_path(generation),
                                                       .is_open = true,
                                                       .refused = open_refusal(attempt, handle)};
}

/* What will be open by then. */
static void add_planned(struct pm_attempt *attempt)
{
    for (size_t i = 0; i < attempt->planned.count; i++) {
        struct pm_step *step = attempt->planned.all[i];
        attempt->sources[attempt->candidate_count] =
            (struct pm_source){.identity = &step->judged.identity, .step = step};
        attempt->candidates[attempt->candidate_count++] =
            (struct pm_candidate){.facts = &step->judged.module.facts, .path = step->path, .is_open = true};
    }
}

/* Looks at what is open, and at what is being opened or closed: it is loaded, or may be. With room for files. */
static void look_around(struct pm_attempt *attempt, size_t file_count)
{
    struct plugmgr *manager = attempt->manager;
    size_t count = 0;
    pthread_mutex_lock(&manager->lock);
    for (const struct plugmgr_plugin *at = manager->plugins; at != NULL; at = at->next)
        count++;
    size_t room = count + attempt->planned.count + file_count + 1;
    attempt->sources = pm_arena_new(&attempt->arena, room * sizeof(*attempt->sources));
    attempt->candidates = pm_arena_new(&attempt->arena, room * sizeof(*attempt->candidates));
    if (!attempt->arena.failed) {
        attempt->candidate_count = attempt->open_count = count;
        for (struct plugmgr_plugin *at = manager->plugins; at != NULL; at = at->next)
            add_open(attempt, --count, at); /* the oldest first */
        add_planned(attempt);
    }
    struct pm_preference *preferences =
        pm_arena_new(&attempt->arena, (manager->preference_count + 1) * sizeof(*preferences));
    for (size_t i = 0; i < manager->preference_count && preferences != NULL; i++) {
        preferences[i].interface_name = pm_arena_copy(&attempt->arena, manager->preferences[i].interface_name);
        preferences[i].plugin_name = pm_arena_copy(&attempt->arena, manager->preferences[i].plugin_name);
        attempt->preference_count = i + 1;
    }
    attempt->preferences = preferences;
    pthread_mutex_unlock(&manager->lock);
}

static void free_steps(struct pm_attempt *attempt)
{
    for (struct pm_step *step = attempt->steps; step != NULL; step = step->next) {
        pm_judged_free(&step->judged);
        plugmgr_report_free(step->report);
    }
    attempt->steps = NULL;
}

/* What was seen may not be so any more. */
static void look_away(struct pm_attempt *attempt)
{
    free_steps(attempt);
    for (size_t i = 0; i < attempt->open_count; i++)
        pm_plugin_release(attempt->sources[i].generation);
    attempt->open_count = attempt->candidate_count = attempt->preference_count = 0;
    attempt->order = (struct pm_order){0};
    pm_snapshot_free(attempt->files);
    attempt->files = NULL;
}

/* Whether the file is there already: open, or the very one that all is about. */
static bool is_known_file(const struct pm_attempt *attempt, const struct pm_identity *identity)
{
    if (pm_identity_is_same_file(identity, &attempt->root.judged.identity))
        return true;
    for (size_t i = 0; i < attempt->open_count + attempt->planned.count; i++)
        if (pm_identity_is_same_file(identity, attempt->sources[i].identity))
            return true;
    return false;
}

static void add_files(struct pm_attempt *attempt)
{
    size_t count = 0;
    const struct pm_scan_entry *entries = attempt->files != NULL ? pm_snapshot_entries(attempt->files, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        const struct pm_scan_entry *entry = &entries[i];
        if (entry->facts == NULL || entry->hidden_by != NULL || is_known_file(attempt, &entry->identity))
            continue;
        attempt->sources[attempt->candidate_count] = (struct pm_source){.identity = &entry->identity};
        attempt->candidates[attempt->candidate_count++] =
            (struct pm_candidate){.facts = entry->facts, .path = entry->path};
    }
}

/* ---- the world of a step ---- */

/* What is open, and what would be opened. */
static void list_others(const struct pm_step *step, struct pm_world *world)
{
    const struct pm_attempt *attempt = step->attempt;
    size_t count = attempt->open_count + attempt->planned.count;
    for (const struct pm_step *at = attempt->steps; at != NULL; at = at->next)
        count++;
    const struct pm_facts **others = pm_arena_new(&world->arena, (count + 1) * sizeof(*others));
    if (others == NULL)
        return;
    for (size_t i = 0; i < attempt->open_count; i++)
        if (!is_replaced(attempt, attempt->sources[i].handle))
            others[world->other_count++] = attempt->candidates[i].facts;
    for (size_t i = 0; i < attempt->planned.count; i++)
        others[world->other_count++] = &attempt->planned.all[i]->judged.module.facts;
    for (const struct pm_step *at = attempt->steps; at != NULL; at = at->next)
        if (at != step && at->judged.module.has_notes && attempt->candidates[at->candidate].refused == NULL)
            others[world->other_count++] = &at->judged.module.facts;
    world->others = others;
}

/* Marks what is opened behind the step: it may be waiting for it, so it cannot provide to it. */
static void refuse_later(const struct pm_step *step, struct pm_candidate *candidates)
{
    const struct pm_order *order = &step->attempt->order;
    size_t i = 0;
    while (i < order->step_count && order->steps[i].candidate != step->candidate)
        i++;
    for (; i < order->step_count; i++)
        if (order->steps[i].candidate < step->attempt->candidate_count)
            candidates[order->steps[i].candidate].refused = "it would be opened later";
}

static void list_candidates(const struct pm_step *step, struct pm_world *world)
{
    const struct pm_attempt *attempt = step->attempt;
    world->candidates = attempt->candidates;
    world->candidate_count = attempt->candidate_count;
    world->preferences = attempt->preferences;
    world->preference_count = attempt->preference_count;
    if (step == &attempt->root)
        return;
    struct pm_candidate *candidates = pm_arena_new(&world->arena, (attempt->candidate_count + 1) * sizeof(*candidates));
    if (candidates == NULL)
        return;
    memcpy(candidates, attempt->candidates, attempt->candidate_count * sizeof(*candidates));
    refuse_later(step, candidates);
    world->candidates = candidates;
}

/* ---- judging ---- */

/* Whether the file is that of a plugin which it is to replace, and which was loaded by its path. */
static bool is_of_replaced(const struct pm_attempt *attempt, const struct pm_identity *identity)
{
    for (size_t i = 0; i < attempt->open_count; i++)
        if (is_replaced(attempt, attempt->sources[i].handle) &&
            pm_identity_is_same_file(attempt->sources[i].identity, identity) &&
            !pm_plugin_is_copy(attempt->sources[i].generation))
            return true;
    return false;
}

/* What has its place in memory under a file's inode stays there: the dynamic linker would give it for the path,
 * whatever was written into the file since. A copy has an inode of its own. */
static const char *why_sealed(const void *data, const struct pm_identity *identity)
{
    const struct pm_step *const *step = data;
    struct pm_attempt *attempt = (*step)->attempt;
    if (pm_closing_has_damaged(attempt->manager, identity))
        return "another build was written into the file while an earlier one was mapped, which stays, damaged: the "
               "process may crash when it ends";
    pthread_mutex_lock(&attempt->manager->lock);
    bool is_draining = pm_draining_has_file(attempt->manager, identity);
    pthread_mutex_unlock(&attempt->manager->lock);
    return is_draining || is_of_replaced(attempt, identity)
               ? "the same file is loaded already, and still in use: by its path it would not be loaded again"
               : NULL;
}

static void plan(struct pm_attempt *attempt, const struct pm_module *root);

static void make_world(const void *data, const struct pm_module *plugin, const char *real_path,
                       struct pm_world *ret_world)
{
    struct pm_step *const *step = data;
    struct pm_attempt *attempt = (*step)->attempt;
    const struct plugmgr *manager = attempt->manager;
    if (*step == &attempt->root && plugin->has_notes && plugin->facts.role == PM_ROLE_PLUGIN)
        plan(attempt, plugin);
    pm_world_from_process(&manager->host, &manager->host_build_id, plugin, real_path, ret_world);
    list_others(*step, ret_world);
    list_candidates(*step, ret_world);
    ret_world->arena.failed |= attempt->arena.failed;
}

static int judge(struct pm_step *step)
{
    const struct pm_attempt *attempt = step->attempt;
    bool is_root = step == &attempt->root;
    const struct pm_judge_options judging = {
        .make_world = make_world,
        .data = &step,
        .policy = attempt->manager->policy,
        .wanted_interface = is_root ? attempt->options->interface_name : NULL,
        .mode = attempt->manager->mode,
        .why_sealed = why_sealed,
        .is_for_loading = attempt->is_for_loading,
        .is_for_plugin = !is_root,
    };
    pm_judge_file(&judging, step->path, &step->judged, step->report);
    return pm_report_result(step->report);
}

/* ---- the plan ---- */

/* Judges a candidate that is to be opened. false: it cannot be, and says so from now on. */
static bool judge_candidate(struct pm_attempt *attempt, size_t index)
{
    struct pm_step *step = pm_arena_new(&attempt->arena, sizeof(*step));
    const char *path = attempt->candidates[index].path;
    if (step == NULL)
        return true;
    *step = (struct pm_step){.attempt = attempt,
                             .next = attempt->steps,
                             .candidate = index,
                             .path = path,
                             .judged = {.file = {.descriptor = -1}},
                             .report = pm_report_new(path)};
    if (step->report == NULL) {
        attempt->arena.failed = true;
        return true;
    }
    attempt->steps = attempt->sources[index].step = step;
    int result = judge(step);
    attempt->arena.failed |= result == -PLUGMGR_E_MEMORY;
    if (result == 0 && pm_identity_equal(&step->judged.identity, attempt->sources[index].identity))
        return true;
    const char *refusal = pm_report_refusal(step->report, &attempt->arena);
    attempt->candidates[index].refused = result == 0       ? "its file was written just now: try again"
                                         : refusal != NULL ? refusal
                                                           : "out of memory";
    return false;
}

enum outcome { PLANNED, PLAN_AGAIN, LOOK_AGAIN };

/* Under the lock: whether what was being done with it then still is. Who has given it back since may wait for this very
 * operation, and holds nothing that this one needs. */
static bool is_still_busy(const struct plugmgr *manager, const struct pm_source *source)
{
    return pm_closing_is_listed(manager, source->handle) && source->handle->busy == source->busy;
}

/* Waits for what is chosen and still being opened, closed or reloaded. */
static enum outcome await(struct pm_attempt *attempt, const struct pm_met *met, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (met[i].by != PM_MET_BY_CANDIDATE || attempt->sources[met[i].index].busy == NULL)
            continue;
        struct plugmgr *manager = attempt->manager;
        const struct pm_source *source = &attempt->sources[met[i].index];
        pthread_mutex_lock(&manager->lock);
        bool has_waited = !is_still_busy(manager, source) || pm_operation_wait(attempt->operation, source->busy);
        pthread_mutex_unlock(&manager->lock);
        if (has_waited)
            return LOOK_AGAIN;
        attempt->candidates[met[i].index].refused = "it is being opened or closed itself, and waits for this";
        return PLAN_AGAIN;
    }
    return PLANNED;
}

static enum outcome try_order(struct pm_attempt *attempt, const struct pm_module *root)
{
    struct pm_order *order = &attempt->order;
    struct pm_world world = {.host = &attempt->manager->host};
    list_others(&attempt->root, &world);
    list_candidates(&attempt->root, &world);
    pm_order(&root->facts, &world, attempt->manager->policy, &attempt->arena, order);
    attempt->arena.failed |= world.arena.failed;
    enum outcome outcome = PLANNED;
    if (order->met != NULL)
        outcome = await(attempt, order->met, root->facts.require_count);
    for (size_t i = 0; i < order->step_count && outcome == PLANNED && !attempt->arena.failed; i++) {
        size_t index = order->steps[i].candidate;
        if (index >= attempt->candidate_count)
            continue;
        outcome = await(attempt, order->steps[i].met, attempt->candidates[index].facts->require_count);
        if (outcome == PLANNED && attempt->sources[index].step == NULL && !judge_candidate(attempt, index))
            outcome = PLAN_AGAIN;
    }
    pm_arena_free(&world.arena);
    return attempt->arena.failed ? PLANNED : outcome;
}

/* Looks for all that the root needs, until a plan stands that what was judged allows. */
static void plan(struct pm_attempt *attempt, const struct pm_module *root)
{
    enum outcome outcome = LOOK_AGAIN;
    if (!pm_facts_have_slots(&root->facts))
        return;
    while (outcome != PLANNED) {
        if (outcome == LOOK_AGAIN) {
            look_away(attempt);
            size_t file_count = 0;
            if (pm_manager_scan(attempt->manager, &attempt->files) < 0)
                attempt->arena.failed = true;
            if (attempt->files != NULL)
                pm_snapshot_entries(attempt->files, &file_count);
            look_around(attempt, file_count);
            if (attempt->arena.failed)
                return;
            add_files(attempt);
        }
        outcome = try_order(attempt, root);
    }
    attempt->root.candidate = attempt->candidate_count;
}

/* ---- all ---- */

int pm_attempt_plan(struct pm_attempt *attempt)
{
    look_around(attempt, 0);
    if (attempt->arena.failed)
        return -PLUGMGR_E_MEMORY;
    return judge(&attempt->root);
}

void pm_attempt_free(struct pm_attempt *attempt)
{
    look_away(attempt);
    pm_judged_free(&attempt->root.judged);
    pm_arena_free(&attempt->arena);
}

size_t pm_attempt_step_count(const struct pm_attempt *attempt)
{
    return attempt->order.step_count > 0 ? attempt->order.step_count : 1;
}

struct pm_step *pm_attempt_step(struct pm_attempt *attempt, size_t index)
{
    if (attempt->order.step_count == 0)
        return &attempt->root;
    const struct pm_order_step *at = &attempt->order.steps[index];
    struct pm_step *step =
        at->candidate < attempt->candidate_count ? attempt->sources[at->candidate].step : &attempt->root;
    step->met = at->met;
    return step;
}
