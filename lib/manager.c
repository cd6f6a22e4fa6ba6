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
    enum plugmgr_mode mode;
    struct pm_log log;
    struct plugmgr_plugin *plugins; /* the youngest first */
    struct plugmgr_plugin *remains; /* closed, but still mapped when last looked at */
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
        (unsigned)ours.policy > PLUGMGR_POLICY_VERSION || (unsigned)ours.mode > PLUGMGR_MODE_SEALED)
        return -PLUGMGR_E_INVALID;
    struct plugmgr *manager = calloc(1, sizeof(*manager));
    if (manager == NULL)
        return -PLUGMGR_E_MEMORY;
    manager->policy = ours.policy;
    manager->mode = ours.mode;
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

/* What was still mapped when it was closed may be gone by now. */
static void look_again(struct plugmgr *manager, bool is_final)
{
    struct plugmgr_plugin *previous = NULL, *at = manager->remains;
    while (at != NULL) {
        struct plugmgr_plugin *next = pm_plugin_next(at);
        if (!is_final && !pm_plugin_is_gone(at)) {
            previous = at;
            at = next;
            continue;
        }
        if (previous == NULL)
            manager->remains = next;
        else
            pm_plugin_link(previous, manager, next);
        pm_plugin_forget(at);
        /* the host, who was told by the log, may have called the manager */
        previous = NULL;
        at = manager->remains;
    }
}

/* Keeps what is still mapped, to be looked at again; each object once, however often it was opened. */
static void leave(struct plugmgr *manager, struct plugmgr_plugin *plugin)
{
    for (const struct plugmgr_plugin *at = manager->remains; at != NULL; at = pm_plugin_next(at)) {
        if (pm_plugin_is_same_object(at, plugin)) {
            pm_plugin_forget(plugin);
            return;
        }
    }
    pm_plugin_link(plugin, manager, manager->remains);
    manager->remains = plugin;
}

static void close_plugin(struct plugmgr_plugin *plugin, struct plugmgr_report *report, int *ret_closed)
{
    struct plugmgr *manager = pm_plugin_manager(plugin);
    struct plugmgr_plugin *previous = NULL, *at = manager->plugins;
    for (; at != plugin; at = pm_plugin_next(at))
        previous = at;
    if (previous == NULL)
        manager->plugins = pm_plugin_next(plugin);
    else
        pm_plugin_link(previous, manager, pm_plugin_next(plugin));
    *ret_closed = pm_plugin_close(plugin, report);
    if (*ret_closed != PLUGMGR_UNLOADED)
        leave(manager, plugin);
}

void plugmgr_free(struct plugmgr *manager)
{
    int ignored;
    if (manager == NULL)
        return;
    while (manager->plugins != NULL)
        close_plugin(manager->plugins, NULL, &ignored);
    look_again(manager, true);
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

static void refuse_open_file(const struct plugmgr *manager, const struct pm_identity *identity,
                             struct plugmgr_report *report)
{
    bool is_open = false;
    for (const struct plugmgr_plugin *plugin = manager->plugins; plugin != NULL; plugin = pm_plugin_next(plugin)) {
        if (!is_same_file(pm_plugin_identity(plugin), identity))
            continue;
        is_open = true;
        if (pm_plugin_is_damaged(plugin)) {
            report_damage(report);
            return;
        }
    }
    for (const struct opening *opening = manager->openings; opening != NULL; opening = opening->outer)
        is_open = is_open || is_same_file(opening->identity, identity);
    if (is_open)
        pm_report_problem(report, "file", &(struct pm_problem){.code = PM_ALREADY_OPEN}, PLUGMGR_REFUSAL);
}

/* What has its place in memory under a file's inode stays there: the dynamic linker would give it for the path,
 * whatever was written into the file since. A copy has an inode of its own. */
static const char *why_sealed(const void *data, const struct pm_identity *identity)
{
    const struct plugmgr *manager = data;
    for (const struct plugmgr_plugin *at = manager->remains; at != NULL; at = pm_plugin_next(at))
        if (is_same_file(pm_plugin_identity(at), identity) && pm_plugin_is_damaged(at))
            return "another build was written into the file while an earlier one was mapped, which stays, damaged: the "
                   "process may crash when it ends";
    return NULL;
}

/* What check and open share: judging and, with ret_plugin, loading what was judged. */
static int judge_and_open(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *ours,
                          struct plugmgr_plugin **ret_plugin, struct plugmgr_report *report)
{
    const struct pm_judge_options judging = {
        .make_world = make_world,
        .data = manager,
        .policy = manager->policy,
        .wanted_interface = ours->interface_name,
        .mode = manager->mode,
        .why_sealed = why_sealed,
        .is_for_loading = ret_plugin != NULL,
    };
    struct pm_judged judged;
    pm_judge_file(&judging, path, &judged, report);
    if (judged.real_path != NULL)
        refuse_open_file(manager, &judged.identity, report);
    int result = pm_report_result(report);
    if (result == 0 && ret_plugin != NULL) {
        const struct opening opening = {&judged.identity, &judged.module.facts, manager->openings};
        struct plugmgr_plugin *left;
        manager->openings = &opening;
        result =
            pm_plugin_open(&judged, ours->config != NULL ? ours->config : "", &manager->log, ret_plugin, &left, report);
        manager->openings = opening.outer;
        if (left != NULL)
            leave(manager, left);
    }
    pm_judged_free(&judged);
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
    look_again(manager, false);
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
    pm_plugin_log_opened(plugin);
    *ret_plugin = plugin;
    return 0;
}

/* Whether nobody needs it; if somebody does, the report, which may be NULL, tells who. */
static int check_unused(const struct plugmgr_plugin *plugin, struct plugmgr_report *report)
{
    struct plugmgr *manager = pm_plugin_manager(plugin);
    bool is_alone = manager->plugins == plugin && pm_plugin_next(plugin) == NULL, is_out_of_memory = false;
    const char *user = is_alone ? NULL : pm_plugin_user(plugin, manager->plugins, &is_out_of_memory);
    if (is_out_of_memory)
        return -PLUGMGR_E_MEMORY;
    if (user == NULL)
        return 0;
    pm_log_write(&manager->log, PLUGMGR_LOG_WARNING, plugmgr_plugin_name(plugin), ": not closed: ", user, " uses it",
                 NULL);
    if (report != NULL) {
        pm_report_set_outcome(report, "not closed");
        pm_report_add(report, &(struct pm_finding){.code = PM_PLUGIN_IN_USE,
                                                   .severity = PLUGMGR_REFUSAL,
                                                   .subject = "plugin",
                                                   .text = pm_arena_join(pm_report_arena(report), "the plugin ",
                                                                         pm_report_quote(report, user),
                                                                         " is linked with it, and is open", NULL),
                                                   .remedy = "close that plugin first"});
    }
    return PLUGMGR_IN_USE;
}

/* A stop may call the manager, while its plugin is half closed. */
static bool is_open(const struct plugmgr_plugin *plugin)
{
    const struct plugmgr_plugin *at = pm_plugin_manager(plugin)->plugins;
    while (at != NULL && at != plugin)
        at = pm_plugin_next(at);
    return at != NULL;
}

int plugmgr_close_report(struct plugmgr_plugin *plugin, struct plugmgr_report **ret_report)
{
    struct plugmgr_report *report = NULL;
    if (ret_report != NULL)
        *ret_report = NULL;
    if (plugin == NULL)
        return PLUGMGR_UNLOADED;
    if (!is_open(plugin))
        return -PLUGMGR_E_INVALID;
    look_again(pm_plugin_manager(plugin), false);
    if (ret_report != NULL && (report = pm_report_new(plugmgr_plugin_path(plugin))) == NULL)
        return -PLUGMGR_E_MEMORY;
    if (report != NULL) {
        pm_report_set_plugin(report, plugmgr_plugin_name(plugin), plugmgr_plugin_version(plugin));
        pm_report_set_outcome(report, "closed");
    }
    int result = check_unused(plugin, report);
    if (result == 0)
        close_plugin(plugin, report, &result);
    if (ret_report != NULL && result >= 0 && !pm_report_failed(report))
        *ret_report = report;
    else
        plugmgr_report_free(report);
    return result;
}

int plugmgr_close(struct plugmgr_plugin *plugin)
{
    return plugmgr_close_report(plugin, NULL);
}
