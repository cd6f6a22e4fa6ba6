/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include "image.h"
#include "mode.h"
#include "module.h"
#include "order.h"
#include "process.h"
#include "verdict.h"
#include "world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Whether the module would be loaded here if nothing refuses it: who may write a file, say, matters only then. */
static bool would_load(const struct pm_module *module)
{
    const struct pm_traits here = pm_process_traits(), *its = &module->traits;
    return module->has_notes && module->facts.role == PM_ROLE_PLUGIN && its->elf_class == here.elf_class &&
           its->byte_order == here.byte_order && its->machine == here.machine;
}

static bool may_load_by_path(const struct pm_judged *judged, struct pm_problem *ret_problem, bool *ret_has_strangers)
{
    *ret_has_strangers = !judged->is_trusted && !pm_file_is_trusted(judged->real_path, &judged->identity, ret_problem);
    if (*ret_has_strangers || strchr(judged->real_path, '$') == NULL)
        return !*ret_has_strangers;
    pm_problem_set(ret_problem, PM_MODE_UNAVAILABLE, "the dynamic linker would expand the $ in its path", NULL);
    return false;
}

/* Replaces the file by its sealed copy, and what was read of it by what stands in the copy: all of it anew, since a
 * table may overlap the header, in which the copy names no sections. */
static int seal(struct pm_judged *judged, struct pm_problem *ret_problem)
{
    struct pm_file copy;
    const char *path = judged->module.path;
    if (pm_image_seal(judged->module.image, &copy, ret_problem) < 0)
        return -1;
    if (pm_file_descriptor_path(&copy, &judged->copy_path, ret_problem) < 0) {
        pm_file_close(&copy);
        return -1;
    }
    pm_module_free(&judged->module);
    pm_file_close(&judged->file);
    judged->file = copy;
    pm_module_read(&judged->file, path, &judged->module);
    return 0;
}

/* How the file is to be loaded, with all that this was decided by. */
struct choice {
    struct pm_mode_facts facts;
    struct pm_problem noexec, by_path, sealed;
    const struct pm_problem *change; /* the file is no more what it was, or memory ran out; NULL: neither */
};

/* Decides it, and has the copy made if one is needed. */
static void choose_mode(const struct pm_judge_options *options, struct pm_judged *judged, struct choice *choice)
{
    struct pm_mode_facts *facts = &choice->facts;
    if (!pm_file_is_executable(&judged->file, &choice->noexec))
        facts->noexec = &choice->noexec;
    if (options->mode != PLUGMGR_MODE_SEALED && !may_load_by_path(judged, &choice->by_path, &facts->has_strangers)) {
        facts->by_path = &choice->by_path;
        choice->change = choice->by_path.code != PM_MODE_UNAVAILABLE ? &choice->by_path : NULL;
    }
    judged->is_sealed = pm_mode_choose(facts) == PLUGMGR_MODE_SEALED;
    if (!judged->is_sealed || facts->noexec != NULL || choice->change != NULL)
        return;
    if (options->is_for_loading ? seal(judged, &choice->sealed) == 0 : pm_file_can_seal(&choice->sealed))
        return;
    if (choice->sealed.code == PM_MODE_UNAVAILABLE)
        facts->sealed = &choice->sealed;
    else
        choice->change = &choice->sealed;
}

static void report_choice(const struct choice *choice, struct plugmgr_report *report)
{
    if (choice->change != NULL)
        pm_report_problem(report, "file", choice->change, PLUGMGR_REFUSAL);
    else
        pm_mode_report(&choice->facts, report);
}

/* -1: that is reported. */
static int open_file(const struct pm_judge_options *options, const char *path, struct pm_judged *judged,
                     struct plugmgr_report *report)
{
    struct pm_problem problem;
    if (pm_file_open(path, &judged->file, &problem) < 0 ||
        (options->is_for_loading && pm_file_settle(&judged->file, &problem) < 0)) {
        pm_report_problem(report, "file", &problem, PLUGMGR_REFUSAL);
        return -1;
    }
    judged->identity = judged->file.identity;
    /* A trusted path is a real one, and leads to the file: nothing more has to be asked of most. */
    judged->is_trusted = options->mode != PLUGMGR_MODE_SEALED && !options->is_elsewhere &&
                         pm_file_is_trusted(path, &judged->identity, &problem);
    judged->real_path = judged->is_trusted ? strdup(path) : realpath(path, NULL);
    if (judged->real_path == NULL) {
        pm_report_problem(report, "file",
                          &(struct pm_problem){errno == ENOMEM ? PM_OUT_OF_MEMORY : PM_CHANGED_WHILE_LOADING,
                                               "it was moved meanwhile"},
                          PLUGMGR_REFUSAL);
        return -1;
    }
    /* $ORIGIN is of that path, also when the bytes are copied: it has to lead to the file that they are of. */
    if (!judged->is_trusted && !pm_path_has_identity(judged->real_path, &judged->identity)) {
        pm_report_problem(
            report, "file",
            &(struct pm_problem){PM_CHANGED_WHILE_LOADING, "its path leads to another file now, or it was written"},
            PLUGMGR_REFUSAL);
        return -1;
    }
    return 0;
}

/* ---- who provides what it requires ---- */

enum { MAX_REFUSED = 1000 }; /* candidates: each makes the plan anew */

/* Why one of the candidates, which is none for itself, would be refused; NULL: it would not. What it requires has been
 * judged before. */
static const char *judge_candidate(const struct pm_judge_options *options, struct pm_world *world,
                                   struct pm_candidate *candidates, size_t index)
{
    struct pm_judge_options its = *options;
    struct pm_judged judged;
    struct plugmgr_report *report = pm_report_new(candidates[index].path);
    if (report == NULL) {
        world->arena.failed = true;
        return NULL;
    }
    its.wanted_interface = NULL;
    its.is_for_loading = its.judges_candidates = false;
    its.is_for_plugin = true;
    its.candidates = candidates;
    its.candidate_count = world->candidate_count;
    candidates[index].refused = "it cannot provide it to itself";
    pm_judge_file(&its, candidates[index].path, &judged, report);
    candidates[index].refused = NULL;
    const char *refusal = pm_report_refusal(report, &world->arena);
    world->arena.failed |= pm_report_failed(report) || pm_report_has(report, PM_OUT_OF_MEMORY);
    pm_judged_free(&judged);
    plugmgr_report_free(report);
    return refusal;
}

/* Judges what the plan would open and has not been judged yet. Whether the plan stands. */
static bool judge_steps(const struct pm_judge_options *options, struct pm_world *world, struct pm_candidate *candidates,
                        bool *is_judged, const struct pm_order *order)
{
    for (size_t i = 0; i < order->step_count; i++) {
        size_t index = order->steps[i].candidate;
        if (index == world->candidate_count || is_judged[index])
            continue;
        is_judged[index] = true;
        candidates[index].refused = judge_candidate(options, world, candidates, index);
        if (candidates[index].refused != NULL || world->arena.failed)
            return false;
    }
    return true;
}

/* Marks the candidates as refused that would be, as far as the plugin would need them. */
static void settle_candidates(const struct pm_judge_options *options, const struct pm_facts *facts,
                              struct pm_world *world)
{
    const size_t count = world->candidate_count;
    struct pm_candidate *candidates = pm_arena_new(&world->arena, (count + 1) * sizeof(*candidates));
    bool *is_judged = pm_arena_new(&world->arena, (count + 1) * sizeof(*is_judged)), is_settled = false;
    if (candidates == NULL || is_judged == NULL || count == 0)
        return;
    memcpy(candidates, world->candidates, count * sizeof(*candidates));
    world->candidates = candidates;
    for (size_t i = 0; !is_settled && !world->arena.failed; i++) {
        struct pm_arena arena = {0};
        struct pm_order order;
        pm_order(facts, world, options->policy, &arena, &order);
        world->arena.failed |= arena.failed;
        is_settled = arena.failed || judge_steps(options, world, candidates, is_judged, &order);
        pm_arena_free(&arena);
        for (size_t k = 0; i == MAX_REFUSED && k < count; k++)
            if (!candidates[k].is_open && !is_judged[k] && candidates[k].refused == NULL)
                candidates[k].refused = "it was not looked at, after so many that are refused";
    }
}

/* The world that the plugin would come into. */
static void make_world(const struct pm_judge_options *options, struct pm_judged *judged)
{
    const struct pm_facts *facts = &judged->module.facts;
    struct pm_world *world = &judged->world;
    options->make_world(options->data, &judged->module, judged->real_path, world);
    world->is_sealed = judged->is_sealed;
    world->is_for_plugin = options->is_for_plugin;
    if (options->candidates != NULL) {
        world->candidates = options->candidates;
        world->candidate_count = options->candidate_count;
    }
    if (options->judges_candidates && facts->role == PM_ROLE_PLUGIN && world->host != NULL &&
        pm_facts_have_slots(facts))
        settle_candidates(options, facts, world);
}

/* ---- the file ---- */

void pm_judge_file(const struct pm_judge_options *options, const char *path, struct pm_judged *ret_judged,
                   struct plugmgr_report *report)
{
    *ret_judged = (struct pm_judged){.module = {.path = path}, .file = {.descriptor = -1}};
    struct pm_module *module = &ret_judged->module;
    struct pm_world *world = &ret_judged->world;
    if (open_file(options, path, ret_judged, report) < 0)
        return;
    pm_module_read(&ret_judged->file, path, module);
    struct choice choice = {.facts = {.wanted = options->mode}};
    bool is_loadable = !options->is_elsewhere && would_load(module);
    if (is_loadable && options->why_sealed != NULL)
        choice.facts.why_sealed = options->why_sealed(options->data, &ret_judged->identity);
    if (is_loadable)
        choose_mode(options, ret_judged, &choice);
    make_world(options, ret_judged);
    pm_module_leave_file(module);
    if (!options->is_for_loading)
        pm_file_close(&ret_judged->file);
    module->fits = pm_arena_new(&module->arena, (module->facts.provide_count + 1) * sizeof(bool));
    module->met = pm_arena_new(&module->arena, (module->facts.require_count + 1) * sizeof(*module->met));
    pm_judge(module, world, options->policy, options->wanted_interface, report, module->fits);
    if (is_loadable)
        report_choice(&choice, report);
    if (world->arena.failed || module->arena.failed)
        pm_report_problem(report, "file", &(struct pm_problem){.code = PM_OUT_OF_MEMORY}, PLUGMGR_REFUSAL);
}

void pm_judged_free(struct pm_judged *judged)
{
    pm_world_free(&judged->world);
    pm_module_free(&judged->module);
    pm_file_close(&judged->file);
    free(judged->copy_path);
    free(judged->real_path);
}

int pm_report_result(const struct plugmgr_report *report)
{
    if (pm_report_failed(report) || pm_report_has(report, PM_OUT_OF_MEMORY))
        return -PLUGMGR_E_MEMORY;
    if (plugmgr_report_accepted(report))
        return 0;
    if (pm_report_has(report, PM_FILE_ABSENT))
        return -PLUGMGR_E_NOT_FOUND;
    return pm_report_has_unreadable(report) ? -PLUGMGR_E_SYSTEM : -PLUGMGR_E_REFUSED;
}

const char *pm_report_refusal(const struct plugmgr_report *report, struct pm_arena *arena)
{
    const struct plugmgr_finding *finding = plugmgr_report_finding(report, 0); /* the gravest is the first */
    if (plugmgr_report_accepted(report) || finding == NULL)
        return NULL;
    return pm_arena_join(arena, finding->subject, ": ", finding->text, " [", finding->code, "]", NULL);
}
