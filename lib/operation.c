/* SPDX-License-Identifier: MIT */
/* operation.c: what is under way in a manager, and who waits for whom. */
#include "manager_inner.h"

void pm_operation_begin(struct pm_operation *operation, struct plugmgr *manager)
{
    *operation = (struct pm_operation){.manager = manager, .thread = pthread_self()};
    pthread_mutex_lock(&manager->lock);
    operation->next = manager->operations;
    manager->operations = operation;
    pthread_mutex_unlock(&manager->lock);
}

void pm_operation_end(struct pm_operation *operation)
{
    struct plugmgr *manager = operation->manager;
    pthread_mutex_lock(&manager->lock);
    struct pm_operation **link = &manager->operations;
    while (*link != operation)
        link = &(*link)->next;
    *link = operation->next;
    pm_operation_wake(manager);
    pthread_mutex_unlock(&manager->lock);
}

/* The operation that the thread of this one waits for: its innermost one waits, if any does. */
static const struct pm_operation *awaited_by_thread_of(const struct pm_operation *operation)
{
    const struct pm_operation *at = operation->manager->operations;
    for (; at != NULL; at = at->next)
        if (pthread_equal(at->thread, operation->thread) && at->waits_for != NULL)
            return at->waits_for;
    return NULL;
}

/* Whether it would never end, since its thread waits for the one that asks. Each thread waits for one operation at
 * most, so there is one way to follow; it has no circle, as nobody waits who would close one. */
static bool depends_on(const struct pm_operation *other, const struct pm_operation *operation)
{
    for (; other != NULL; other = awaited_by_thread_of(other))
        if (pthread_equal(other->thread, operation->thread))
            return true;
    return false;
}

/* Nobody waits for anything until it has looked. */
void pm_operation_wake(struct plugmgr *manager)
{
    for (struct pm_operation *at = manager->operations; at != NULL; at = at->next)
        at->waits_for = NULL;
    pthread_cond_broadcast(&manager->changed);
}

bool pm_operation_wait(struct pm_operation *operation, const struct pm_operation *other)
{
    if (depends_on(other, operation))
        return false;
    operation->waits_for = other;
    pthread_cond_wait(&operation->manager->changed, &operation->manager->lock);
    operation->waits_for = NULL;
    return true;
}
