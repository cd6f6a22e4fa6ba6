/* SPDX-License-Identifier: MIT */
#include "judge.h"
#include "module.h"
#include "plugin.h"
#include "process.h"
#include "verdict.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>

/* A file that is being opened: its start may call the manager, and so may what is opened from there. */
struct opening {
    const struct pm_identity *identity;
    const struct pm_facts *facts;
    const struct opening *outer;
};

struct plugmgr {
    struct pm_facts host;
    struct pm_build_id host_build_id;
    enum plugmgr_policy policy;
    struct pm_log log;
    struct plugmgr_plugin *plugins; /* the youngest first */
    const struct opening *openings; /* the innermost first */
};

/* Copies an options struct of the caller's size into ours: members that the caller does not know are zero; members that
 * we do not know must be. */
static int take_options(void *ours, size_t our_size, const void *theirs)
{
    size_t size;
    memset(ours, 0, our_size);
    if (theirs == NULL)
        return 0;
    memcpy(&size, theirs, sizeof(size)); /* the first member of each */
    if (size <= sizeof(size))
        return -PLUGMGR_E_INVALID;
    for (size_t i = our_size; i < size; i++)
        if (((const unsigned char *)theirs)[i] != 0)
            return -PLUGMGR_E_INVALID;
    memcpy(ours, theirs, size < our_size ? size : our_size);
    return 0;
}

int plugmgr_new_for_host(const struct plugmgr_host *host, struct plugmgr **ret_manager,
                         const struct plugmgr_options *options)
{
    struct plugmgr_options ours;
    struct pm_problem problem;
    if (host == NULL || ret_manager == NULL || take_options(&ours, sizeof(ours), options) < 0 ||
        (unsigned)ours.policy > PLUGMGR_POLICY_VERSION)
        return -PLUGMGR_E_INVALID;
    struct plugmgr *manager = calloc(1, sizeof(*manager));
    if (manager == NULL)
        return -PLUGMGR_E_MEMORY;
    manager->policy = ours.policy;
    manager->log = (struct pm_log){ours.log, ours.log_data};
    int result = pm_process_read_notes(host, &manager->host, &manager->host_build_id, &problem);
    if (result > 0)
        result = pm_facts_finish(&manager->host, &problem);
    else if (result == 0)
        result = pm_problem_set(&problem, PM_NOT_A_HOST, "the object has no PlugMgr notes", NULL);
    if (result == 0 && !manager->host.arena.failed && manager->host.role != PM_ROLE_HOST)
        result = pm_problem_set(&problem, PM_NOT_A_HOST, "the object is a plugin", NULL);
    if (result == 0 && !manager->host.arena.failed) {
        *ret_manager = manager;
        return 0;
    }
    bool is_out_of_memory = manager->host.arena.failed;
    if (!is_out_of_memory)
        pm_log_write(&manager->log, PLUGMGR_LOG_ERROR, "this host cannot be judged for: ", problem.detail, NULL);
    plugmgr_free(manager);
    return is_out_of_memory ? -PLUGMGR_E_MEMORY : -PLUGMGR_E_HOST;
}

void plugmgr_free(struct plugmgr *manager)
{
    if (manager == NULL)
        return;
    while (manager->plugins != NULL)
        plugmgr_close(manager->plugins);
    pm_facts_free(&manager->host);
    free(manager);
}

/* ---- judging ---- */

static void make_world(const void *data, const struct pm_module *plugin, const char *real_path,
                       struct pm_world *ret_world)
{
    const struct plugmgr *manager = data;
    pm_world_from_process(&manager->host, &manager->host_build_id, plugin, real_path, ret_world);
    size_t count = 0;
    for (const struct plugmgr_plugin *open = manager->plugins; open != NULL; open = pm_plugin_next(open))
        count++;
    for (const struct opening *opening = manager->openings; opening != NULL; opening = opening->outer)
        count++;
    const struct pm_facts **others = pm_arena_new(&ret_world->arena, (count + 1) * sizeof(*others));
    if (others == NULL)
        return;
    for (const struct plugmgr_plugin *open = manager->plugins; open != NULL; open = pm_plugin_next(open))
        others[ret_world->other_count++] = pm_plugin_facts(open);
    for (const struct opening *opening = manager->openings; opening != NULL; opening = opening->outer)
        others[ret_world->other_count++] = opening->facts;
    ret_world->others = others;
}

static bool is_same_file(const struct pm_identity *a, const struct pm_identity *b)
{
    return a->device == b->device && a->inode == b->inode;
}

static void refuse_open_file(const struct plugmgr *manager, const struct pm_identity *identity,
                             struct plugmgr_report *report)
{
    bool is_open = false;
    for (const struct plugmgr_plugin *plugin = manager->plugins; plugin != NULL; plugin = pm_plugin_next(plugin))
        is_open = is_open || is_same_file(pm_plugin_identity(plugin), identity);
    for (const struct opening *opening = manager->openings; opening != NULL; opening = opening->outer)
        is_open = is_open || is_same_file(opening->identity, identity);
    if (is_open)
        pm_report_problem(report, "file", &(struct pm_problem){.code = PM_ALREADY_OPEN}, PLUGMGR_REFUSAL);
}

/* What check and open share: arguments, judging and the way out. plugin: NULL to judge only. */
static int judge_and_open(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *ours,
                          struct plugmgr_plugin **ret_plugin, struct plugmgr_report *report)
{
    const struct pm_judge_options judging = {make_world, manager, manager->policy, ours->interface_name};
    struct pm_module module;
    struct pm_identity identity = {0};
    char *real_path;
    pm_judge_file(&judging, path, &module, &identity, &real_path, report);
    if (real_path != NULL)
        refuse_open_file(manager, &identity, report);
    int result = pm_report_result(report);
    if (result == 0 && ret_plugin != NULL) {
        const struct opening opening = {&identity, &module.facts, manager->openings};
        manager->openings = &opening;
        result = pm_plugin_open(&module, real_path, &identity, ours->config != NULL ? ours->config : "", &manager->log,
                                ret_plugin, report);
        manager->openings = opening.outer;
    }
    pm_module_free(&module);
    free(real_path);
    return result;
}

static int check_or_open(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *options,
                         struct plugmgr_plugin **ret_plugin, struct plugmgr_report **ret_report)
{
    struct plugmgr_open_options ours;
    if (ret_report != NULL)
        *ret_report = NULL;
    if (manager == NULL || path == NULL || take_options(&ours, sizeof(ours), options) < 0)
        return -PLUGMGR_E_INVALID;
    struct plugmgr_report *report = pm_report_new(path);
    if (report == NULL)
        return -PLUGMGR_E_MEMORY;
    int result = judge_and_open(manager, path, &ours, ret_plugin, report);
    if (result < 0)
        pm_log_write(&manager->log, PLUGMGR_LOG_WARNING, pm_report_path(report), ": ", plugmgr_error_text(result),
                     NULL);
    /* A report that lacks findings for want of memory would tell half the truth. */
    if (ret_report != NULL && result != -PLUGMGR_E_MEMORY)
        *ret_report = report;
    else
        plugmgr_report_free(report);
    return result;
}

int plugmgr_check(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *options,
                  struct plugmgr_report **ret_report)
{
    return check_or_open(manager, path, options, NULL, ret_report);
}

int plugmgr_open(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *options,
                 struct plugmgr_plugin **ret_plugin, struct plugmgr_report **ret_report)
{
    struct plugmgr_plugin *plugin = NULL;
    if (ret_plugin == NULL) {
        if (ret_report != NULL)
            *ret_report = NULL;
        return -PLUGMGR_E_INVALID;
    }
    int result = check_or_open(manager, path, options, &plugin, ret_report);
    if (result < 0)
        return result;
    pm_plugin_link(plugin, manager, manager->plugins);
    manager->plugins = plugin;
    pm_log_write(&manager->log, PLUGMGR_LOG_INFO, plugmgr_plugin_name(plugin), ": opened ", plugmgr_plugin_path(plugin),
                 NULL);
    *ret_plugin = plugin;
    return 0;
}

int plugmgr_close(struct plugmgr_plugin *plugin)
{
    if (plugin == NULL)
        return PLUGMGR_UNLOADED;
    struct plugmgr *manager = pm_plugin_manager(plugin);
    struct plugmgr_plugin *previous = NULL, *at = manager->plugins;
    for (; at != plugin; at = pm_plugin_next(at))
        previous = at;
    if (previous == NULL)
        manager->plugins = pm_plugin_next(plugin);
    else
        pm_plugin_link(previous, manager, pm_plugin_next(plugin));
    return pm_plugin_close(plugin);
}
