/* SPDX-License-Identifier: MIT */
#include "opening.h"

#include "calls.h"
#include "closing.h"
#include "report.h"
#include "verdict.h"
#include "watching.h"

#include <stdlib.h>
#include <string.h>

/* ---- handles ---- */

static struct plugmgr_plugin *new_handle(struct pm_step *step)
{
    const struct pm_attempt *attempt = step->attempt;
    struct plugmgr *manager = attempt->manager;
    const struct pm_facts *facts = &step->judged.module.facts;
    struct plugmgr_plugin *handle = calloc(1, sizeof(*handle));
    if (handle == NULL)
        return NULL;
    handle->manager = manager;
    handle->named_path = strdup(step->path);
    handle->uses = calloc(facts->require_count + 1, sizeof(struct plugmgr_plugin *));
    handle->draining = pm_draining_new(1, facts->require_count);
    char *config = pm_manager_config(manager, step == &attempt->root ? attempt->options->config : NULL, facts->name);
    if (handle->named_path != NULL && handle->uses != NULL && handle->draining != NULL && config != NULL)
        handle->current = pm_plugin_new(&step->judged, config, &manager->log);
    free(config);
    if (handle->current != NULL)
        return handle;
    pm_closing_free_handle(handle);
    return NULL;
}

/* The handle of what meets a requirement; NULL: no plugin does. */
static struct plugmgr_plugin *provider_of(const struct pm_step *step, size_t require)
{
    const struct pm_met *met = step->met != NULL ? &step->met[require] : NULL;
    if (met == NULL || met->by != PM_MET_BY_CANDIDATE)
        return NULL;
    const struct pm_source *source = &step->attempt->sources[met->index];
    if (source->step == NULL)
        return source->handle;
    return source->step->replaced != NULL ? source->step->replaced : source->step->handle;
}

/* Under the lock: whether what the step is to be bound to is still what it was. */
static bool are_providers_there(const struct pm_step *step)
{
    size_t count = pm_plugin_facts(step->handle->current)->require_count;
    for (size_t i = 0; i < count; i++) {
        const struct plugmgr_plugin *provider = provider_of(step, i);
        if (provider == NULL || step->attempt->sources[step->met[i].index].step != NULL)
            continue;
        if (!pm_closing_is_listed(step->attempt->manager, provider) || !provider->is_open ||
            provider->current != step->attempt->sources[step->met[i].index].generation ||
            (provider->busy != NULL && provider->busy != step->attempt->operation))
            return false;
    }
    return true;
}

/* Under the lock: whether nobody else opened its file meanwhile. */
static bool is_file_free(const struct pm_step *step)
{
    const struct plugmgr_plugin *at = step->attempt->manager->plugins;
    for (; at != NULL; at = at->next)
        if (at != step->replaced && pm_identity_is_same_file(pm_plugin_identity(at->current), &step->judged.identity))
            return false;
    return true;
}

static void add_use(struct plugmgr_plugin *user, struct plugmgr_plugin *provider)
{
    for (size_t i = 0; i < user->use_count; i++)
        if (user->uses[i] == provider)
            return;
    user->uses[user->use_count++] = provider;
    provider->user_count++;
}

/* Under the lock. */
static void link_all(const struct pm_steps *steps, const struct pm_operation *operation)
{
    for (size_t i = 0; i < steps->count; i++) {
        struct pm_step *step = steps->all[i];
        struct plugmgr_plugin *handle = step->handle;
        size_t count = pm_plugin_facts(handle->current)->require_count;
        for (size_t k = 0; k < count; k++) {
            struct plugmgr_plugin *provider = provider_of(step, k);
            if (provider != NULL)
                add_use(handle, provider);
        }
        handle->busy = operation;
        handle->next = handle->manager->plugins;
        handle->manager->plugins = handle;
    }
}

static void free_handles(const struct pm_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        struct plugmgr_plugin *handle = steps->all[i]->handle;
        steps->all[i]->handle = NULL;
        if (handle == NULL)
            continue;
        pm_plugin_release(handle->current);
        pm_closing_free_handle(handle);
    }
}

int pm_opening_enter(const struct pm_steps *steps, const struct pm_operation *operation)
{
    struct plugmgr *manager = steps->all[0]->attempt->manager;
    for (size_t i = 0; i < steps->count; i++) {
        steps->all[i]->handle = new_handle(steps->all[i]);
        if (steps->all[i]->handle == NULL) {
            free_handles(steps);
            return -PLUGMGR_E_MEMORY;
        }
    }
    bool is_unchanged = true;
    pthread_mutex_lock(&manager->lock);
    for (size_t i = 0; i < steps->count; i++)
        is_unchanged = is_unchanged && is_file_free(steps->all[i]) && are_providers_there(steps->all[i]);
    if (is_unchanged)
        link_all(steps, operation);
    pthread_mutex_unlock(&manager->lock);
    if (!is_unchanged)
        free_handles(steps);
    return is_unchanged;
}

/* ---- bringing up ---- */

/* What the host offers as that; NULL: its notes say more than it has. */
static const struct plugmgr_offered *find_offer(const struct plugmgr *manager, const struct pm_provide *offer)
{
    const struct plugmgr_host *host = manager->host_object;
    if (host->size < offsetof(struct plugmgr_host, offers_end) + sizeof(host->offers_end))
        return NULL;
    for (const struct plugmgr_offered *const *at = host->offers; at != host->offers_end; at++)
        if (*at != NULL && strcmp((*at)->interface_name, offer->interface_name) == 0 &&
            (*at)->version == PLUGMGR_VERSION_(offer->version.major, offer->version.minor))
            return *at;
    return NULL;
}

static int bind_offer(const struct pm_step *step, size_t index)
{
    const struct pm_met *met = &step->met[index];
    const struct plugmgr *manager = step->attempt->manager;
    const struct pm_provide *offer = &manager->host.provides[met->provide];
    const struct plugmgr_offered *offered = find_offer(manager, offer);
    if (offered == NULL) {
        pm_report_problem(step->report, "host",
                          &(struct pm_problem){PM_INTERFACE_FOREIGN, "what it offers is not there"}, PLUGMGR_REFUSAL);
        return -PLUGMGR_E_LOAD;
    }
    return pm_plugin_bind(step->handle->current, index, offered->object,
                          met->size > 0 ? met->size : offered->object_size, step->report);
}

static int bind_candidate(const struct pm_step *step, size_t index)
{
    const struct pm_met *met = &step->met[index];
    const struct pm_source *source = &step->attempt->sources[met->index];
    const struct pm_plugin *generation = source->step != NULL ? source->step->handle->current : source->generation;
    const void *provider = pm_plugin_provider(generation, met->provide);
    return pm_plugin_bind(step->handle->current, index, provider, met->size > 0 ? met->size : pm_loaded_size(provider),
                          step->report);
}

/* What an optional requirement is not met by leaves its slot empty. */
static int bind_all(const struct pm_step *step)
{
    int result = 0;
    size_t count = pm_plugin_facts(step->handle->current)->require_count;
    for (size_t i = 0; i < count && result == 0 && step->met != NULL; i++) {
        if (step->met[i].by == PM_MET_BY_HOST)
            result = bind_offer(step, i);
        else if (step->met[i].by == PM_MET_BY_CANDIDATE)
            result = bind_candidate(step, i);
    }
    return result;
}

int pm_opening_bring_up(const struct pm_steps *steps, int (*before_start)(void *data, struct pm_step *step), void *data,
                        struct pm_step **ret_failed)
{
    int result = 0;
    for (size_t i = 0; i < steps->count && result == 0; i++) {
        *ret_failed = steps->all[i];
        result = pm_plugin_load(steps->all[i]->handle->current, &steps->all[i]->judged, steps->all[i]->report);
        if (result == 0)
            result = bind_all(steps->all[i]);
    }
    for (size_t i = 0; i < steps->count && result == 0; i++) {
        *ret_failed = steps->all[i];
        if (before_start != NULL)
            result = before_start(data, steps->all[i]);
        if (result == 0)
            result = pm_plugin_start(steps->all[i]->handle->current, steps->all[i]->report);
        steps->all[i]->is_started = result == 0;
    }
    return result;
}

static void take_out(struct pm_step *step)
{
    struct plugmgr_plugin *handle = step->handle;
    struct plugmgr *manager = handle->manager;
    struct pm_plugin *generation = handle->current;
    bool is_gone = step->is_started ? pm_plugin_close(generation, NULL) == PLUGMGR_UNLOADED
                                    : pm_plugin_undo(generation, step->report);
    pthread_mutex_lock(&manager->lock);
    pm_closing_unlink(handle);
    pthread_mutex_unlock(&manager->lock);
    pm_watching_remove(handle);
    pm_closing_free_handle(handle);
    step->handle = NULL;
    if (is_gone)
        pm_plugin_release(generation);
    else
        pm_closing_leave(manager, generation);
}

void pm_opening_abandon(const struct pm_steps *steps)
{
    for (size_t i = steps->count; i > 0; i--)
        take_out(steps->all[i - 1]);
}

void pm_opening_report_failure(struct plugmgr_report *report, const struct plugmgr_report *failed)
{
    struct pm_arena *arena = pm_report_arena(report);
    const char *plugin = pm_report_plugin(failed);
    const char *path = pm_report_quote(report, pm_report_path(failed));
    const char *subject = pm_arena_join(arena, "plugin ", plugin != NULL ? plugin : path, NULL);
    for (size_t i = 0; i < plugmgr_report_count(failed); i++) {
        const struct plugmgr_finding *finding = plugmgr_report_finding(failed, i);
        if (finding->severity != PLUGMGR_REFUSAL)
            continue;
        bool is_of_whole = strcmp(finding->subject, "plugin") == 0 || strcmp(finding->subject, "file") == 0;
        pm_report_add(report, &(struct pm_finding){
                                  .code = pm_code_named(finding->code),
                                  .severity = PLUGMGR_REFUSAL,
                                  .subject = subject,
                                  .text = pm_arena_join(arena, "it is opened too (", path,
                                                        "), and fails: ", is_of_whole ? "" : finding->subject,
                                                        is_of_whole ? "" : ": ", finding->text, NULL),
                                  .remedy = finding->remedy != NULL ? pm_arena_copy(arena, finding->remedy) : NULL,
                              });
    }
}

/* ---- a file that is open already ---- */

static void report_damage(struct plugmgr_report *report)
{
    pm_report_add(report,
                  &(struct pm_finding){
                      .code = PM_ALREADY_OPEN,
                      .severity = PLUGMGR_REFUSAL,
                      .subject = "file",
                      .text = "the manager has this file open, and another build was written into it since: the "
                              "open plugin is damaged",
                      .remedy = "start the host again, and do not call the open plugin any more; write a new "
                                "build beside the old one and rename it over it",
                  });
}

/* Why an open plugin cannot be taken over. */
struct hindrance {
    const char *detail, *remedy; /* remedy NULL: the code's own */
};

static void report_open(struct plugmgr_report *report, const struct hindrance *hindrance)
{
    struct pm_problem problem;
    if (hindrance->remedy == NULL) {
        pm_problem_set(&problem, PM_ALREADY_OPEN, hindrance->detail, NULL);
        pm_report_problem(report, "file", &problem, PLUGMGR_REFUSAL);
        return;
    }
    pm_report_add(report, &(struct pm_finding){.code = PM_ALREADY_OPEN,
                                               .severity = PLUGMGR_REFUSAL,
                                               .subject = "file",
                                               .text = hindrance->detail,
                                               .remedy = hindrance->remedy});
}

enum twin { NO_TWIN, TWIN_IS_REFUSED, TWIN_IS_TAKEN, LOOK_AGAIN };

static const struct hindrance is_held = {"", NULL};
static const struct hindrance is_busy = {
    "it is being opened, closed or reloaded, and that waits for this: it is asked for from within a start or a stop",
    "ask for it when the start or stop is over"};
static const struct hindrance is_forked = {"it was being opened or closed when the process was forked", NULL};
static const struct hindrance is_configured = {
    "another plugin needed it, so that it is open, and it was started with another configuration",
    "open it before the plugins that need it, or say the configuration before with plugmgr_set_config"};

/* Under the lock: what others opened because they need it becomes the host's, as if it had opened it before them; but
 * not if it is only checked, or refused. */
static enum twin take_over(struct pm_attempt *attempt, struct plugmgr_plugin *twin, bool is_accepted,
                           const struct hindrance **ret_hindrance)
{
    const char *config = attempt->options->config;
    *ret_hindrance = &is_held;
    if (!pm_closing_is_listed(attempt->manager, twin))
        return LOOK_AGAIN;
    if (twin->busy != NULL && twin->busy != attempt->operation) {
        if (pm_operation_wait(attempt->operation, twin->busy))
            return LOOK_AGAIN;
        *ret_hindrance = &is_busy;
        return TWIN_IS_REFUSED;
    }
    if (!twin->is_open)
        *ret_hindrance = &is_forked;
    if (twin->is_held || !twin->is_open)
        return TWIN_IS_REFUSED;
    if (config != NULL && strcmp(config, pm_plugin_config(twin->current)) != 0) {
        *ret_hindrance = &is_configured;
        return TWIN_IS_REFUSED;
    }
    twin->is_held = attempt->is_for_loading && is_accepted;
    return TWIN_IS_TAKEN;
}

/* Looks for the file among what is open. */
static enum twin look_for_twin(struct pm_attempt *attempt, bool is_accepted, struct plugmgr_plugin **ret_plugin)
{
    const struct hindrance *hindrance;
    for (size_t i = 0; i < attempt->open_count; i++) {
        const struct pm_source *source = &attempt->sources[i];
        if (!pm_identity_is_same_file(source->identity, &attempt->root.judged.identity))
            continue;
        if (pm_plugin_is_damaged(source->generation)) {
            report_damage(attempt->root.report);
            return TWIN_IS_REFUSED;
        }
        pthread_mutex_lock(&attempt->manager->lock);
        enum twin twin = take_over(attempt, source->handle, is_accepted, &hindrance);
        pthread_mutex_unlock(&attempt->manager->lock);
        if (twin == TWIN_IS_REFUSED)
            report_open(attempt->root.report, hindrance);
        *ret_plugin = source->handle;
        return twin;
    }
    return NO_TWIN;
}

/* ---- open ---- */

static int list_steps(struct pm_attempt *attempt, struct pm_steps *ret_steps)
{
    ret_steps->count = pm_attempt_step_count(attempt);
    ret_steps->all = pm_arena_new(&attempt->arena, ret_steps->count * sizeof(struct pm_step *));
    if (ret_steps->all == NULL)
        return -PLUGMGR_E_MEMORY;
    for (size_t i = 0; i < ret_steps->count; i++)
        ret_steps->all[i] = pm_attempt_step(attempt, i);
    return 0;
}

void pm_opening_finish(const struct pm_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        struct pm_step *step = steps->all[i];
        if (step->replaced != NULL)
            continue;
        pm_closing_move_to_front(step->handle); /* what its start opened is older: closed after it */
        step->handle->is_open = true;
        step->handle->is_held = step == &step->attempt->root;
        step->handle->busy = NULL;
    }
}

/* 1: done; 0: to be planned again; or negated. */
static int carry_out(struct pm_attempt *attempt, struct plugmgr_plugin **ret_plugin)
{
    struct pm_steps steps;
    struct pm_step *failed;
    if (list_steps(attempt, &steps) < 0)
        return -PLUGMGR_E_MEMORY;
    int result = pm_opening_enter(&steps, attempt->operation);
    if (result <= 0)
        return result;
    result = pm_opening_bring_up(&steps, NULL, NULL, &failed);
    if (result < 0) {
        if (failed != &attempt->root)
            pm_opening_report_failure(attempt->root.report, failed->report);
        pm_opening_abandon(&steps);
        return pm_report_failed(attempt->root.report) ? -PLUGMGR_E_MEMORY : result;
    }
    for (size_t i = 0; i < steps.count; i++) {
        pm_watching_add(steps.all[i]->handle);
        pm_plugin_log_opened(steps.all[i]->handle->current);
    }
    pthread_mutex_lock(&attempt->manager->lock);
    pm_opening_finish(&steps);
    pthread_mutex_unlock(&attempt->manager->lock);
    *ret_plugin = attempt->root.handle;
    return 1;
}

/* 1: done; 0: to be planned again; or negated. */
static int try_open(struct pm_attempt *attempt, struct plugmgr_plugin **ret_plugin)
{
    struct plugmgr_plugin *twin_plugin = NULL;
    int result = pm_attempt_plan(attempt);
    enum twin twin = NO_TWIN;
    if (attempt->root.judged.real_path != NULL)
        twin = look_for_twin(attempt, result == 0, &twin_plugin);
    if (twin == LOOK_AGAIN)
        return 0;
    if (twin == TWIN_IS_REFUSED)
        result = pm_report_result(attempt->root.report);
    if (result < 0 || !attempt->is_for_loading)
        return result < 0 ? result : 1;
    if (twin == NO_TWIN)
        return carry_out(attempt, ret_plugin);
    *ret_plugin = twin_plugin;
    return 1;
}

int pm_opening_open(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *options,
                    struct plugmgr_plugin **ret_plugin, struct plugmgr_report **ret_report)
{
    struct pm_operation operation;
    int result;
    *ret_report = NULL;
    pm_operation_begin(&operation, manager);
    do {
        struct pm_attempt attempt = {
            .manager = manager, .operation = &operation, .options = options, .is_for_loading = ret_plugin != NULL};
        plugmgr_report_free(*ret_report);
        *ret_report = pm_report_new(path);
        attempt.root = (struct pm_step){
            .attempt = &attempt, .path = path, .judged = {.file = {.descriptor = -1}}, .report = *ret_report};
        result = *ret_report != NULL ? try_open(&attempt, ret_plugin) : -PLUGMGR_E_MEMORY;
        pm_attempt_free(&attempt);
    } while (result == 0);
    pm_operation_end(&operation);
    return result > 0 ? 0 : result;
}
