/* SPDX-License-Identifier: MIT */
#include "opening.h"

#include "closing.h"
#include "verdict.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

/* An open plugin, as it was when it was looked at. */
struct neighbour {
    struct plugmgr_plugin *handle; /* to be followed under the lock only, after a look whether it is still there */
    struct pm_plugin *generation;  /* held */
};

/* One try to open a plugin. */
struct attempt {
    struct plugmgr *manager;
    struct pm_operation operation;
    const struct plugmgr_open_options *options;
    bool is_for_loading;
    struct pm_arena arena;
    struct neighbour *neighbours;
    size_t neighbour_count;
    struct pm_judged judged;
    struct plugmgr_report *report;
    struct plugmgr_plugin *handle;
};

/* ---- the world ---- */

/* Looks at what is open, and at what is being opened or closed: it is loaded, or may be. */
static void look_around(struct attempt *attempt)
{
    struct plugmgr *manager = attempt->manager;
    size_t count = 0;
    pthread_mutex_lock(&manager->lock);
    for (const struct plugmgr_plugin *at = manager->plugins; at != NULL; at = at->next)
        count++;
    attempt->neighbours = pm_arena_new(&attempt->arena, (count + 1) * sizeof(*attempt->neighbours));
    for (struct plugmgr_plugin *at = manager->plugins; at != NULL && attempt->neighbours != NULL; at = at->next) {
        pm_plugin_hold(at->current);
        attempt->neighbours[attempt->neighbour_count++] = (struct neighbour){at, at->current};
    }
    pthread_mutex_unlock(&manager->lock);
}

static void look_away(struct attempt *attempt)
{
    for (size_t i = 0; i < attempt->neighbour_count; i++)
        pm_plugin_release(attempt->neighbours[i].generation);
    attempt->neighbour_count = 0;
}

static void make_world(const void *data, const struct pm_module *plugin, const char *real_path,
                       struct pm_world *ret_world)
{
    const struct attempt *attempt = data;
    const struct plugmgr *manager = attempt->manager;
    pm_world_from_process(&manager->host, &manager->host_build_id, plugin, real_path, ret_world);
    const struct pm_facts **others = pm_arena_new(&ret_world->arena, (attempt->neighbour_count + 1) * sizeof(*others));
    for (size_t i = 0; i < attempt->neighbour_count && others != NULL; i++)
        others[ret_world->other_count++] = pm_plugin_facts(attempt->neighbours[i].generation);
    ret_world->others = others;
}

static bool is_same_file(const struct pm_identity *a, const struct pm_identity *b)
{
    return a->device == b->device && a->inode == b->inode;
}

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

static void refuse_open_file(const struct attempt *attempt)
{
    bool is_open = false;
    for (size_t i = 0; i < attempt->neighbour_count; i++) {
        const struct pm_plugin *generation = attempt->neighbours[i].generation;
        if (!is_same_file(pm_plugin_identity(generation), &attempt->judged.identity))
            continue;
        is_open = true;
        if (pm_plugin_is_damaged(generation)) {
            report_damage(attempt->report);
            return;
        }
    }
    if (is_open)
        pm_report_problem(attempt->report, "file", &(struct pm_problem){.code = PM_ALREADY_OPEN}, PLUGMGR_REFUSAL);
}

/* What has its place in memory under a file's inode stays there: the dynamic linker would give it for the path,
 * whatever was written into the file since. A copy has an inode of its own. */
static const char *why_sealed(const void *data, const struct pm_identity *identity)
{
    const struct attempt *attempt = data;
    return pm_closing_has_damaged(attempt->manager, identity)
               ? "another build was written into the file while an earlier one was mapped, which stays, damaged: the "
                 "process may crash when it ends"
               : NULL;
}

static int judge(struct attempt *attempt, const char *path)
{
    const struct pm_judge_options judging = {
        .make_world = make_world,
        .data = attempt,
        .policy = attempt->manager->policy,
        .wanted_interface = attempt->options->interface_name,
        .mode = attempt->manager->mode,
        .why_sealed = why_sealed,
        .is_for_loading = attempt->is_for_loading,
    };
    look_around(attempt);
    if (attempt->arena.failed)
        return -PLUGMGR_E_MEMORY;
    pm_judge_file(&judging, path, &attempt->judged, attempt->report);
    if (attempt->judged.real_path != NULL)
        refuse_open_file(attempt);
    return pm_report_result(attempt->report);
}

/* ---- opening what was judged ---- */

static struct plugmgr_plugin *new_handle(struct attempt *attempt, const char *path)
{
    const char *config = attempt->options->config != NULL ? attempt->options->config : "";
    struct plugmgr_plugin *handle = calloc(1, sizeof(*handle));
    if (handle == NULL)
        return NULL;
    handle->manager = attempt->manager;
    handle->named_path = strdup(path);
    handle->current =
        handle->named_path != NULL ? pm_plugin_new(&attempt->judged, config, &attempt->manager->log) : NULL;
    if (handle->current != NULL)
        return handle;
    pm_closing_free_handle(handle);
    return NULL;
}

/* From here on others see that it is being opened. */
static void link_handle(struct attempt *attempt)
{
    struct plugmgr *manager = attempt->manager;
    struct plugmgr_plugin *handle = attempt->handle;
    pthread_mutex_lock(&manager->lock);
    handle->busy = &attempt->operation;
    handle->next = manager->plugins;
    manager->plugins = handle;
    pthread_mutex_unlock(&manager->lock);
}

static void undo(struct attempt *attempt)
{
    struct plugmgr_plugin *handle = attempt->handle;
    struct pm_plugin *generation = handle->current;
    bool is_gone = pm_plugin_undo(generation, attempt->report);
    pthread_mutex_lock(&attempt->manager->lock);
    pm_closing_unlink(handle);
    pthread_mutex_unlock(&attempt->manager->lock);
    pm_closing_free_handle(handle);
    if (is_gone)
        pm_plugin_release(generation);
    else
        pm_closing_leave(attempt->manager, generation);
}

static int bring_up(struct attempt *attempt, const char *path)
{
    struct plugmgr_plugin *handle = attempt->handle = new_handle(attempt, path);
    if (handle == NULL)
        return -PLUGMGR_E_MEMORY;
    link_handle(attempt);
    int result = pm_plugin_load(handle->current, &attempt->judged, attempt->report);
    if (result == 0)
        result = pm_plugin_start(handle->current, attempt->report);
    if (result < 0) {
        undo(attempt);
        return result;
    }
    pthread_mutex_lock(&attempt->manager->lock);
    pm_closing_move_to_front(handle); /* what its start opened is older: closed after it */
    handle->is_open = handle->is_held = true;
    handle->busy = NULL;
    pthread_mutex_unlock(&attempt->manager->lock);
    pm_plugin_log_opened(handle->current);
    return 0;
}

int pm_opening_open(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *options,
                    struct plugmgr_plugin **ret_plugin, struct plugmgr_report *report)
{
    struct attempt attempt = {.manager = manager,
                              .options = options,
                              .is_for_loading = ret_plugin != NULL,
                              .judged = {.file = {.descriptor = -1}},
                              .report = report};
    pm_operation_begin(&attempt.operation, manager);
    int result = judge(&attempt, path);
    if (result == 0 && ret_plugin != NULL)
        result = bring_up(&attempt, path);
    if (result == 0 && ret_plugin != NULL)
        *ret_plugin = attempt.handle;
    pm_judged_free(&attempt.judged);
    look_away(&attempt);
    pm_arena_free(&attempt.arena);
    pm_operation_end(&attempt.operation);
    return result;
}
