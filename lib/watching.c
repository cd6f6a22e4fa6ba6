/* SPDX-License-Identifier: MIT */
/* watching.c: the plugins of which the files changed, for the host's event loop. */
#include "watching.h"

#include "closing.h"
#include "watch.h"

#include <stdlib.h>

/* What another thread closed meanwhile is none of the manager's any more. */
static bool is_open(struct plugmgr *manager, const struct plugmgr_plugin *plugin)
{
    pthread_mutex_lock(&manager->lock);
    bool is_open = pm_closing_is_listed(manager, plugin) && plugin->is_open;
    pthread_mutex_unlock(&manager->lock);
    return is_open;
}

void pm_watching_add(struct plugmgr_plugin *plugin)
{
    struct plugmgr *manager = plugin->manager;
    struct pm_problem problem;
    int result = 0;
    pthread_mutex_lock(&manager->watch_lock);
    if (manager->watch != NULL) {
        pm_watch_remove(manager->watch, plugin);
        result =
            pm_watch_add(manager->watch, plugin->named_path, pm_plugin_identity(plugin->current), plugin, &problem);
    }
    pthread_mutex_unlock(&manager->watch_lock);
    if (result < 0)
        pm_log_write(&manager->log, PLUGMGR_LOG_WARNING, plugin->named_path,
                     ": changes will not be noticed: ", problem.detail, NULL);
}

void pm_watching_remove(struct plugmgr_plugin *plugin)
{
    struct plugmgr *manager = plugin->manager;
    pthread_mutex_lock(&manager->watch_lock);
    if (manager->watch != NULL)
        pm_watch_remove(manager->watch, plugin);
    pthread_mutex_unlock(&manager->watch_lock);
}

void pm_watching_end(struct plugmgr *manager)
{
    pm_watch_free(manager->watch);
}

/* A plugin to be watched. Whoever closes it takes it out of the watch before it is freed, and waits for watch_lock. */
struct watched {
    struct plugmgr_plugin *plugin;
    struct pm_plugin *generation; /* held */
};

/* NULL: no memory. */
static struct watched *hold_all(struct plugmgr *manager, size_t *ret_count)
{
    size_t count = 0;
    pthread_mutex_lock(&manager->lock);
    for (const struct plugmgr_plugin *at = manager->plugins; at != NULL; at = at->next)
        count++;
    struct watched *all = calloc(count + 1, sizeof(*all));
    *ret_count = all != NULL ? count : 0;
    for (struct plugmgr_plugin *at = manager->plugins; at != NULL && all != NULL; at = at->next) {
        pm_plugin_hold(at->current);
        all[--count] = (struct watched){at, at->current}; /* the oldest first */
    }
    pthread_mutex_unlock(&manager->lock);
    return all;
}

static int add_all(struct plugmgr *manager, struct pm_problem *ret_problem)
{
    size_t count;
    struct watched *all = hold_all(manager, &count);
    int result = all != NULL ? 0 : pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to watch them", NULL);
    for (size_t i = 0; i < count; i++) {
        if (result == 0)
            result = pm_watch_add(manager->watch, all[i].plugin->named_path, pm_plugin_identity(all[i].generation),
                                  all[i].plugin, ret_problem);
        pm_plugin_release(all[i].generation);
    }
    free(all);
    return result;
}

int plugmgr_watch_fd(struct plugmgr *manager, int *ret_fd)
{
    struct pm_problem problem = {0};
    int result = 0;
    if (manager == NULL || ret_fd == NULL)
        return -PLUGMGR_E_INVALID;
    pthread_mutex_lock(&manager->watch_lock);
    if (manager->watch == NULL && (result = pm_watch_new(&manager->watch, &problem)) == 0 &&
        (result = add_all(manager, &problem)) < 0) {
        pm_watch_free(manager->watch);
        manager->watch = NULL;
    }
    if (result == 0)
        *ret_fd = pm_watch_fd(manager->watch);
    pthread_mutex_unlock(&manager->watch_lock);
    if (result == 0)
        return 0;
    pm_log_write(&manager->log, PLUGMGR_LOG_WARNING, "changes of plugins cannot be noticed: ", problem.detail, NULL);
    return problem.code == PM_OUT_OF_MEMORY ? -PLUGMGR_E_MEMORY : -PLUGMGR_E_SYSTEM;
}

int plugmgr_watch_next(struct plugmgr *manager, struct plugmgr_plugin **ret_plugin)
{
    void *token;
    int result = 0;
    if (manager == NULL || ret_plugin == NULL)
        return -PLUGMGR_E_INVALID;
    pthread_mutex_lock(&manager->watch_lock);
    while (manager->watch != NULL && (result = pm_watch_next(manager->watch, &token)) > 0 && !is_open(manager, token))
        continue;
    pthread_mutex_unlock(&manager->watch_lock);
    if (result > 0)
        *ret_plugin = token;
    return result;
}
