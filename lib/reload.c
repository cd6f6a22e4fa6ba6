/* SPDX-License-Identifier: MIT */
/* reload.c: a new build in the place of an open plugin, and of those that use it. */
#include "calls.h"
#include "closing.h"
#include "opening.h"
#include "report.h"
#include "verdict.h"
#include "watching.h"

#include <stdlib.h>
#include <string.h>

/* All that is replaced at once, each behind what it uses. The first is what was asked for. */
struct reload {
    struct plugmgr *manager;
    struct pm_operation operation;
    struct plugmgr_reload_options options;
    unsigned timeout_ms;
    struct pm_arena arena;
    struct plugmgr_plugin **plugins; /* taken */
    size_t count;
    struct pm_attempt *attempts; /* one for each */
    size_t planned_count;
    struct pm_steps steps; /* the new builds, and what they need that is not open */
    struct pm_draining *draining;
    struct plugmgr_report *report; /* of the first */
};

/* ---- what is replaced ---- */

static bool is_taken(const struct reload *reload, const struct plugmgr_plugin *plugin)
{
    for (size_t i = 0; i < reload->count; i++)
        if (reload->plugins[i] == plugin)
            return true;
    return false;
}

static bool uses(const struct plugmgr_plugin *user, const struct plugmgr_plugin *provider)
{
    for (size_t i = 0; i < user->use_count; i++)
        if (user->uses[i] == provider)
            return true;
    return false;
}

/* Under the lock: a plugin that uses one which is taken, and is not taken itself; it may be one that is being opened.
 */
static struct plugmgr_plugin *next_user(const struct reload *reload)
{
    for (struct plugmgr_plugin *at = reload->manager->plugins; at != NULL; at = at->next) {
        if (is_taken(reload, at))
            continue;
        for (size_t i = 0; i < reload->count; i++)
            if (uses(at, reload->plugins[i]))
                return at;
    }
    return NULL;
}

/* Puts the plugin among those that are taken. */
static int add_plugin(struct reload *reload, struct plugmgr_plugin *plugin)
{
    struct plugmgr_plugin **plugins =
        pm_arena_new(&reload->arena, (reload->count + 1) * sizeof(struct plugmgr_plugin *));
    if (plugins == NULL)
        return -PLUGMGR_E_MEMORY;
    if (reload->count > 0)
        memcpy(plugins, reload->plugins, reload->count * sizeof(struct plugmgr_plugin *));
    plugins[reload->count] = plugin;
    reload->plugins = plugins;
    reload->count++;
    return 0;
}

/* Under the lock. */
static void give_back(struct reload *reload)
{
    for (size_t i = 0; i < reload->count; i++)
        reload->plugins[i]->busy = NULL;
    reload->count = 0;
    pm_operation_wake(reload->manager);
}

/* Under the lock: takes all that use it, directly or through others: nobody can begin to use a plugin that is taken. 1:
 * done; 0: had to wait for one of them, and nothing is taken any more, since that one may have waited for us; negated.
 */
static int take_users(struct reload *reload)
{
    struct plugmgr_plugin *user;
    while ((user = next_user(reload)) != NULL) {
        const struct pm_operation *busy = user->busy;
        if (busy != NULL) {
            give_back(reload);
            return pm_operation_wait(&reload->operation, busy) ? 0 : -PLUGMGR_E_BUSY;
        }
        if (add_plugin(reload, user) < 0)
            return -PLUGMGR_E_MEMORY;
        user->busy = &reload->operation;
    }
    return 1;
}

/* Takes the plugin, and all that are to be replaced with it. */
static int take_together(struct reload *reload, struct plugmgr_plugin *plugin)
{
    int result = 0;
    while (result == 0) {
        result = pm_closing_take(plugin, &reload->operation);
        if (result < 0)
            return result;
        pthread_mutex_lock(&reload->manager->lock);
        result = add_plugin(reload, plugin);
        if (result < 0)
            plugin->busy = NULL;
        else
            result = reload->options.with_users ? take_users(reload) : 1;
        pthread_mutex_unlock(&reload->manager->lock);
    }
    return result < 0 ? result : 0;
}

/* Brings each behind what it uses. */
static void sort(struct reload *reload)
{
    pthread_mutex_lock(&reload->manager->lock);
    for (size_t done = 0; done < reload->count; done++) {
        size_t next = done;
        for (size_t i = done; i < reload->count; i++) { /* one that uses none of the rest */
            bool is_ready = true;
            for (size_t k = done; k < reload->count && is_ready; k++)
                is_ready = !uses(reload->plugins[i], reload->plugins[k]);
            if (is_ready) {
                next = i;
                break;
            }
        }
        struct plugmgr_plugin *plugin = reload->plugins[next];
        memmove(&reload->plugins[done + 1], &reload->plugins[done], (next - done) * sizeof(plugin));
        reload->plugins[done] = plugin;
    }
    pthread_mutex_unlock(&reload->manager->lock);
}

static bool is_within(const struct reload *reload)
{
    bool is_within = false;
    pthread_mutex_lock(&reload->manager->lock);
    for (size_t i = 0; i < reload->count && !is_within; i++)
        is_within = pm_calls_are_entered_here(reload->plugins[i]);
    pthread_mutex_unlock(&reload->manager->lock);
    return is_within;
}

static void report_within(struct plugmgr_report *report)
{
    pm_report_add(report,
                  &(struct pm_finding){.code = PM_PLUGIN_IN_USE,
                                       .severity = PLUGMGR_REFUSAL,
                                       .subject = "plugin",
                                       .text = "the reload was called from within it, and would wait for itself",
                                       .remedy = "leave the call first, or reload from another thread"});
}

/* Whether what is taken can be replaced: whoever else uses it would be left with what is gone. */
static int check_taken(struct reload *reload)
{
    static const struct pm_outcome outcome = {"not reloaded",
                                              "close its users first, or have them reloaded too (with_users)"};
    if (is_within(reload)) {
        report_within(reload->report);
        return -PLUGMGR_E_BUSY;
    }
    for (size_t i = 0; i < reload->count; i++) {
        int result =
            pm_closing_check_unused(reload->plugins[i], reload->options.with_users != 0, &outcome, reload->report);
        if (result != 0)
            return result == PLUGMGR_IN_USE ? -PLUGMGR_E_REFUSED : result;
    }
    return 0;
}

/* ---- the plan ---- */

static void report_other_name(const struct pm_step *step, const struct pm_facts *old)
{
    struct plugmgr_report *report = step->report;
    const char *name = pm_report_quote(report, step->judged.module.facts.name);
    pm_report_add(report, &(struct pm_finding){.code = PM_RELOAD_OTHER,
                                               .severity = PLUGMGR_REFUSAL,
                                               .subject = "plugin",
                                               .text = "its file has another plugin now",
                                               .have = name,
                                               .want = pm_report_quote(report, old->name),
                                               .remedy = "close the open plugin, and open the other one"});
}

/* Whether its file, which a link may lead to now, is that of another open plugin. */
static bool is_file_of_another(const struct pm_attempt *attempt)
{
    for (size_t i = 0; i < attempt->open_count; i++)
        if (attempt->sources[i].handle != attempt->root.replaced &&
            pm_identity_is_same_file(attempt->sources[i].identity, &attempt->root.judged.identity))
            return true;
    return false;
}

static int judge(struct pm_attempt *attempt)
{
    const struct pm_facts *old = pm_plugin_facts(attempt->root.replaced->current);
    struct plugmgr_report *report = attempt->root.report;
    int result = pm_attempt_plan(attempt);
    if (result == 0 && strcmp(attempt->root.judged.module.facts.name, old->name) != 0)
        report_other_name(&attempt->root, old);
    else if (result == 0 && is_file_of_another(attempt))
        pm_report_problem(report, "file", &(struct pm_problem){.code = PM_ALREADY_OPEN}, PLUGMGR_REFUSAL);
    return result < 0 ? result : pm_report_result(report);
}

/* The text that the new build is started with: the one that the old one had, unless the host gives another. */
static const char *config_of(const struct reload *reload, size_t index)
{
    if (index == 0 && reload->options.config != NULL)
        return reload->options.config;
    return pm_plugin_config(reload->plugins[index]->current);
}

static int add_steps(struct reload *reload, struct pm_attempt *attempt)
{
    size_t count = pm_attempt_step_count(attempt);
    struct pm_step **all = pm_arena_new(&reload->arena, (reload->steps.count + count) * sizeof(struct pm_step *));
    if (all == NULL)
        return -PLUGMGR_E_MEMORY;
    if (reload->steps.count > 0)
        memcpy(all, reload->steps.all, reload->steps.count * sizeof(struct pm_step *));
    for (size_t i = 0; i < count; i++)
        all[reload->steps.count + i] = pm_attempt_step(attempt, i);
    reload->steps = (struct pm_steps){all, reload->steps.count + count};
    return 0;
}

/* Judges the new build of one of the plugins, and what it needs. */
static int plan(struct reload *reload, size_t index)
{
    struct plugmgr_plugin *plugin = reload->plugins[index];
    struct pm_attempt *attempt = &reload->attempts[index];
    struct plugmgr_open_options *options = pm_arena_new(&reload->arena, sizeof(*options));
    if (options == NULL)
        return -PLUGMGR_E_MEMORY;
    *options = (struct plugmgr_open_options){.size = sizeof(*options), .config = config_of(reload, index)};
    *attempt = (struct pm_attempt){.manager = reload->manager,
                                   .operation = &reload->operation,
                                   .options = options,
                                   .replaced = reload->plugins,
                                   .replaced_count = reload->count,
                                   .planned = reload->steps,
                                   .is_for_loading = true};
    attempt->root = (struct pm_step){.attempt = attempt,
                                     .path = plugin->named_path,
                                     .judged = {.file = {.descriptor = -1}},
                                     .report = index == 0 ? reload->report : pm_report_new(plugin->named_path),
                                     .replaced = plugin};
    reload->planned_count++;
    if (attempt->root.report == NULL)
        return -PLUGMGR_E_MEMORY;
    int result = judge(attempt);
    if (result < 0 && index > 0)
        pm_opening_report_failure(reload->report, attempt->root.report);
    return result < 0 ? result : add_steps(reload, attempt);
}

static int plan_all(struct reload *reload)
{
    int result = 0;
    reload->attempts = pm_arena_new(&reload->arena, reload->count * sizeof(*reload->attempts));
    if (reload->attempts == NULL)
        return -PLUGMGR_E_MEMORY;
    for (size_t i = 0; i < reload->count && result == 0; i++)
        result = plan(reload, i);
    return result;
}

/* As if nothing had been planned. */
static void forget_plan(struct reload *reload)
{
    for (size_t i = 0; i < reload->planned_count; i++) {
        if (i > 0)
            plugmgr_report_free(reload->attempts[i].root.report);
        pm_attempt_free(&reload->attempts[i]);
    }
    reload->planned_count = 0;
    reload->steps = (struct pm_steps){0};
}

/* ---- the state ---- */

/* Hands over what the old build keeps, if both mean the same by it. */
static int hand_state_over(void *data, struct pm_step *step)
{
    (void)data;
    if (step->replaced == NULL)
        return 0;
    return pm_plugin_hand_state_over(step->replaced->current, step->handle->current, step->report);
}

/* ---- the swap ---- */

static void report_slot(struct plugmgr_report *report, const struct pm_slot_owner *slot)
{
    struct pm_arena *arena = pm_report_arena(report);
    pm_report_add(report,
                  &(struct pm_finding){.code = PM_RELOAD_SLOT,
                                       .severity = PLUGMGR_REFUSAL,
                                       .subject = pm_arena_join(arena, "interface ", pm_slot_interface(slot), NULL),
                                       .text = "the host has a slot for it, and the new build has none that fits, or "
                                               "several",
                                       .remedy = "free the slot first, or reload a build that provides the interface"});
}

static size_t count_uses(const struct reload *reload)
{
    size_t count = 0;
    for (size_t i = 0; i < reload->count; i++)
        count += reload->plugins[i]->use_count;
    return count;
}

static struct pm_step *new_step_of(const struct reload *reload, size_t index)
{
    return &reload->attempts[index].root;
}

/* Under the lock: what may fail, so that the swap cannot. */
static int prepare_swap(struct reload *reload, const struct pm_slot_owner **ret_slot)
{
    size_t slots = 0;
    int result = 0;
    for (size_t i = 0; i < reload->count && result == 0; i++) {
        struct plugmgr_plugin *fresh = new_step_of(reload, i)->handle;
        size_t count = pm_calls_count(reload->plugins[i]);
        slots += count;
        result = pm_draining_make_room(fresh->draining, count);
        if (result == 0)
            result = pm_calls_prepare(reload->plugins[i], fresh->current, ret_slot);
    }
    return result < 0 ? result : pm_draining_make_room(reload->draining, slots);
}

/* Under the lock: the new build becomes the handle's. */
static void swap_one(struct reload *reload, size_t index)
{
    struct plugmgr_plugin *plugin = reload->plugins[index], *fresh = new_step_of(reload, index)->handle;
    struct pm_draining *draining = reload->draining, *spare = plugin->draining;
    struct plugmgr_plugin **no_uses = plugin->uses;
    pm_draining_add(draining, plugin);
    plugin->current = fresh->current;
    plugin->uses = fresh->uses;
    plugin->use_count = fresh->use_count;
    plugin->draining = fresh->draining;
    fresh->current = NULL;
    fresh->uses = no_uses;
    fresh->use_count = 0;
    fresh->draining = spare;
    pm_calls_swap(plugin, draining);
    pm_closing_unlink(fresh);
}

/* What is left of the handle that the new build had for the time being. */
static void drop_handle(struct plugmgr_plugin *fresh)
{
    pm_watching_remove(fresh);
    pm_closing_free_handle(fresh);
}

/* Users come first where they are stopped. */
static int swap_all(struct reload *reload)
{
    const struct pm_slot_owner *slot = NULL;
    struct plugmgr *manager = reload->manager;
    reload->draining = pm_draining_new(reload->count, count_uses(reload));
    if (reload->draining == NULL)
        return -PLUGMGR_E_MEMORY;
    pthread_mutex_lock(&manager->lock);
    int result = prepare_swap(reload, &slot);
    if (result == 0) {
        for (size_t i = reload->count; i > 0; i--)
            swap_one(reload, i - 1);
        pm_draining_begin(manager, reload->draining);
        pm_opening_finish(&reload->steps);
    }
    pthread_mutex_unlock(&manager->lock);
    if (result == 0) {
        for (size_t i = 0; i < reload->count; i++)
            drop_handle(new_step_of(reload, i)->handle);
        return 0;
    }
    pm_draining_free(reload->draining);
    if (result != -PLUGMGR_E_MEMORY)
        report_slot(reload->report, slot);
    return result == -PLUGMGR_E_MEMORY ? result : -PLUGMGR_E_REFUSED;
}

/* ---- all ---- */

/* 1: swapped; 0: to be planned again; or negated. */
static int try_reload(struct reload *reload)
{
    struct pm_step *failed;
    int result = plan_all(reload);
    if (result < 0)
        return result;
    result = pm_opening_enter(&reload->steps, &reload->operation);
    if (result <= 0)
        return result;
    result = pm_opening_bring_up(&reload->steps, hand_state_over, reload, &failed);
    if (result < 0 && failed->report != reload->report)
        pm_opening_report_failure(reload->report, failed->report);
    if (result == 0)
        result = swap_all(reload);
    if (result < 0)
        pm_opening_abandon(&reload->steps);
    return result < 0 ? result : 1;
}

static int reload_taken(struct reload *reload)
{
    int result = check_taken(reload);
    if (result == 0)
        sort(reload);
    while (result == 0) {
        result = try_reload(reload);
        if (result == 0) {
            forget_plan(reload);
            plugmgr_report_free(reload->report);
            reload->report = pm_report_new(reload->plugins[0]->named_path);
            result = reload->report == NULL ? -PLUGMGR_E_MEMORY : 0;
        }
    }
    return result > 0 ? 0 : result;
}

/* What remains to be done with the handles. */
static void settle(const struct reload *reload)
{
    for (size_t i = 0; i < reload->steps.count; i++) {
        const struct pm_step *step = reload->steps.all[i];
        pm_watching_add(step->replaced != NULL ? step->replaced : step->handle);
    }
    for (size_t i = 0; i < reload->count; i++)
        pm_log_write(&reload->manager->log, PLUGMGR_LOG_INFO, plugmgr_plugin_name(reload->plugins[i]),
                     ": reloaded from ", plugmgr_plugin_path(reload->plugins[i]), NULL);
}

/* The handles are not touched any more: they have been given back. */
static int wait_for_old(struct reload *reload)
{
    pm_report_set_outcome(reload->report, "reloaded");
    int closed = pm_draining_await(reload->manager, reload->draining, reload->timeout_ms, reload->report);
    if (closed == PLUGMGR_DRAINING)
        pm_report_add(reload->report,
                      &(struct pm_finding){.code = PM_PLUGIN_IN_USE,
                                           .severity = PLUGMGR_WARNING,
                                           .subject = "plugin",
                                           .text = "calls are still within the old build: it is stopped and unloaded "
                                                   "once they have been left"});
    pm_closing_close_unneeded(reload->manager, &reload->operation);
    return closed;
}

static int reload_plugin(struct reload *reload, struct plugmgr_plugin *plugin)
{
    int result = take_together(reload, plugin);
    if (reload->count > 0)
        reload->report = pm_report_new(plugin->named_path);
    if (result == 0)
        result = reload->report != NULL ? reload_taken(reload) : -PLUGMGR_E_MEMORY;
    if (result == 0)
        settle(reload);
    forget_plan(reload);
    pthread_mutex_lock(&reload->manager->lock);
    give_back(reload);
    pthread_mutex_unlock(&reload->manager->lock);
    return result == 0 ? wait_for_old(reload) : result;
}

/* Whether it is open, and pinned from now on. */
static bool pin(struct plugmgr *manager, struct plugmgr_plugin *plugin)
{
    pthread_mutex_lock(&manager->lock);
    bool is_listed = pm_closing_is_listed(manager, plugin);
    if (is_listed)
        pm_closing_pin(plugin);
    pthread_mutex_unlock(&manager->lock);
    return is_listed;
}

int plugmgr_reload(struct plugmgr_plugin *plugin, unsigned timeout_ms, const struct plugmgr_reload_options *options,
                   struct plugmgr_report **ret_report)
{
    struct reload reload = {.timeout_ms = timeout_ms};
    if (ret_report != NULL)
        *ret_report = NULL;
    if (plugin == NULL || pm_take_options(&reload.options, sizeof(reload.options), options) < 0)
        return -PLUGMGR_E_INVALID;
    struct plugmgr *manager = reload.manager = plugin->manager;
    pm_closing_look_again(manager);
    if (!pin(manager, plugin))
        return -PLUGMGR_E_INVALID;
    pm_operation_begin(&reload.operation, manager);
    int result = reload_plugin(&reload, plugin);
    pm_operation_end(&reload.operation);
    pm_closing_unpin(plugin);
    pm_arena_free(&reload.arena);
    return pm_manager_hand_over(manager, result, reload.report, ret_report);
}
