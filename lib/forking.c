/* SPDX-License-Identifier: MIT */
#include "forking.h"

#include "calls.h"

/* All managers of the process: a fork concerns all of them, and pthread_atfork(3) gives its handlers nothing to find
 * them by. So this list cannot be anybody's but the library's. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct plugmgr *managers;
static bool is_registered;

static void before_fork(void)
{
    pthread_mutex_lock(&lock);
    for (struct plugmgr *at = managers; at != NULL; at = at->next) {
        pthread_mutex_lock(&at->scan_lock);
        pthread_mutex_lock(&at->watch_lock);
        pthread_mutex_lock(&at->lock);
    }
}

static void after_fork_in_parent(void)
{
    for (struct plugmgr *at = managers; at != NULL; at = at->next) {
        pthread_mutex_unlock(&at->lock);
        pthread_mutex_unlock(&at->watch_lock);
        pthread_mutex_unlock(&at->scan_lock);
    }
    pthread_mutex_unlock(&lock);
}

/* What is not open never will be, and uses nothing. */
static void drop_plugin(struct plugmgr_plugin *plugin)
{
    plugin->busy = NULL;
    for (size_t i = 0; i < plugin->use_count && !plugin->is_open; i++)
        plugin->uses[i]->user_count--;
    if (!plugin->is_open)
        plugin->use_count = 0;
}

/* What other threads were at never ends here. What they were opening or closing stays as it is, of no use to anybody;
 * what they were reloading is as it was, or is replaced already. */
static void drop_operations(struct plugmgr *manager)
{
    struct pm_operation **link = &manager->operations;
    while (*link != NULL) {
        struct pm_operation *operation = *link;
        if (pthread_equal(operation->thread, pthread_self())) {
            link = &operation->next;
            continue;
        }
        *link = operation->next;
        for (struct plugmgr_plugin *at = manager->plugins; at != NULL; at = at->next)
            if (at->busy == operation)
                drop_plugin(at);
    }
}

static void after_fork_in_child(void)
{
    for (struct plugmgr *at = managers; at != NULL; at = at->next) {
        drop_operations(at);
        pm_calls_after_fork(at);
        pthread_cond_init(&at->changed, NULL); /* whoever waited is not here */
    }
    after_fork_in_parent();
}

int pm_forking_add(struct plugmgr *manager)
{
    pthread_mutex_lock(&lock);
    if (!is_registered)
        is_registered = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;
    if (is_registered) {
        manager->next = managers;
        managers = manager;
    }
    pthread_mutex_unlock(&lock);
    return is_registered ? 0 : -PLUGMGR_E_MEMORY;
}

void pm_forking_remove(struct plugmgr *manager)
{
    pthread_mutex_lock(&lock);
    struct plugmgr **link = &managers;
    while (*link != NULL && *link != manager)
        link = &(*link)->next;
    if (*link != NULL)
        *link = manager->next;
    pthread_mutex_unlock(&lock);
}
