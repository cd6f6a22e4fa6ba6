/* SPDX-License-Identifier: MIT */
#include "calls.h"

#include "closing.h"
#include "lookup.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* What the manager knows of a slot that a host has made. */
struct pm_slot_owner {
    struct plugmgr *_Atomic manager; /* NULL: it is gone, and the slot is empty for ever */
    struct plugmgr_slot *slot;
    const struct plugmgr_accepted *accepted;
    char *instance; /* NULL: any */
    /* under the lock: */
    struct pm_slot_owner *next;
    const struct plugmgr_plugin *plugin; /* NULL: it is closed */
    const void *found;                   /* what another build of it has; set while it is prepared */
};

/* ---- slots ---- */

static struct pm_slot_owner *next_of(struct pm_slot_owner *owner, const struct plugmgr_plugin *plugin)
{
    while (owner != NULL && owner->plugin != plugin)
        owner = owner->next;
    return owner;
}

static struct pm_slot_owner *first_of(const struct plugmgr_plugin *plugin)
{
    return next_of(plugin->manager->slots, plugin);
}

size_t pm_calls_count(const struct plugmgr_plugin *plugin)
{
    size_t count = 0;
    for (const struct pm_slot_owner *at = first_of(plugin); at != NULL; at = next_of(at->next, plugin))
        count++;
    return count;
}

const char *pm_slot_interface(const struct pm_slot_owner *owner)
{
    return owner->accepted->interface_name;
}

static void free_owner(struct pm_slot_owner *owner)
{
    pm_slot_free(owner->slot);
    free(owner->instance);
    free(owner);
}

static struct pm_slot_owner *new_owner(struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted,
                                       const char *instance)
{
    struct pm_slot_owner *owner = calloc(1, sizeof(*owner));
    if (owner == NULL)
        return NULL;
    owner->manager = plugin->manager;
    owner->plugin = plugin;
    owner->accepted = accepted;
    owner->slot = pm_slot_new(owner);
    owner->instance = instance != NULL ? strdup(instance) : NULL;
    if (owner->slot != NULL && (instance == NULL || owner->instance != NULL))
        return owner;
    free_owner(owner);
    return NULL;
}

/* Under the lock. */
static int fill(struct pm_slot_owner *owner)
{
    struct plugmgr *manager = owner->manager;
    struct pm_slot_left nothing;
    size_t index;
    const struct plugmgr_plugin *plugin = owner->plugin;
    int result =
        plugin->is_open ? pm_lookup(plugin->current, owner->accepted, owner->instance, &index) : -PLUGMGR_E_NOT_FOUND;
    if (result == 0)
        result = pm_slot_prepare(owner->slot);
    if (result == 0)
        result = pm_draining_make_room(plugin->draining, pm_calls_count(plugin) + 1);
    if (result < 0)
        return result;
    pm_slot_swap(owner->slot, pm_plugin_provider(plugin->current, index), &nothing);
    owner->next = manager->slots;
    manager->slots = owner;
    return 0;
}

int plugmgr_slot_make(struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted, const char *instance,
                      struct plugmgr_slot **ret_slot)
{
    if (plugin == NULL || accepted == NULL || ret_slot == NULL)
        return -PLUGMGR_E_INVALID;
    struct pm_slot_owner *owner = new_owner(plugin, accepted, instance);
    if (owner == NULL)
        return -PLUGMGR_E_MEMORY;
    pthread_mutex_lock(&plugin->manager->lock);
    int result = fill(owner);
    pthread_mutex_unlock(&plugin->manager->lock);
    if (result == 0)
        *ret_slot = owner->slot;
    else
        free_owner(owner);
    return result;
}

/* Nobody is in it, so no generation waits for it. */
static void forget_slot(struct plugmgr *manager, struct pm_slot_owner *owner)
{
    struct pm_slot_owner **link = &manager->slots;
    while (*link != owner)
        link = &(*link)->next;
    *link = owner->next;
    for (struct pm_draining *at = manager->draining; at != NULL; at = at->next)
        for (size_t i = 0; i < at->slot_count; i++)
            if (at->slots[i].slot == owner->slot)
                at->slots[i].slot = NULL;
}

void plugmgr_slot_free(struct plugmgr_slot *slot)
{
    if (slot == NULL)
        return;
    struct pm_slot_owner *owner = pm_slot_get_owner(slot);
    struct plugmgr *manager = owner->manager;
    if (manager != NULL) {
        pthread_mutex_lock(&manager->lock);
        forget_slot(manager, owner);
        pthread_mutex_unlock(&manager->lock);
    }
    free_owner(owner);
}

bool pm_calls_are_entered_here(const struct plugmgr_plugin *plugin)
{
    for (const struct pm_slot_owner *at = first_of(plugin); at != NULL; at = next_of(at->next, plugin))
        if (pm_slot_is_entered_here(at->slot))
            return true;
    return false;
}

static void swap(struct pm_slot_owner *owner, const void *provider, struct pm_draining *draining)
{
    struct pm_draining_slot *left = &draining->slots[draining->slot_count++];
    left->slot = owner->slot;
    pm_slot_swap(owner->slot, provider, &left->left);
}

void pm_calls_empty(const struct plugmgr_plugin *plugin, struct pm_draining *draining)
{
    for (struct pm_slot_owner *at = first_of(plugin); at != NULL; at = next_of(at->next, plugin)) {
        swap(at, NULL, draining);
        at->plugin = NULL;
    }
}

int pm_calls_prepare(const struct plugmgr_plugin *plugin, const struct pm_plugin *generation,
                     const struct pm_slot_owner **ret_slot)
{
    for (struct pm_slot_owner *at = first_of(plugin); at != NULL; at = next_of(at->next, plugin)) {
        size_t index;
        int result = pm_lookup(generation, at->accepted, at->instance, &index);
        if (result == 0)
            result = pm_slot_prepare(at->slot);
        *ret_slot = at;
        if (result < 0)
            return result;
        at->found = pm_plugin_provider(generation, index);
    }
    return 0;
}

void pm_calls_swap(const struct plugmgr_plugin *plugin, struct pm_draining *draining)
{
    for (struct pm_slot_owner *at = first_of(plugin); at != NULL; at = next_of(at->next, plugin))
        swap(at, at->found, draining);
}

void pm_calls_end(struct plugmgr *manager)
{
    struct pm_slot_owner *next;
    for (struct pm_slot_owner *at = manager->slots; at != NULL; at = next) {
        next = at->next;
        at->manager = NULL; /* from here on it is the host's alone */
    }
    while (manager->draining != NULL) {
        struct pm_draining *draining = manager->draining;
        manager->draining = draining->next;
        pm_draining_free(draining);
    }
}

void pm_calls_after_fork(struct plugmgr *manager)
{
    for (struct pm_slot_owner *at = manager->slots; at != NULL; at = at->next)
        pm_slot_after_fork(at->slot);
    for (struct pm_draining *at = manager->draining; at != NULL; at = at->next) {
        if (!at->is_finishing)
            at->is_awaited = false;
        else if (!pthread_equal(at->finisher, pthread_self()))
            at->use_count = 0;
    }
}

/* ---- draining ---- */

struct pm_draining *pm_draining_new(size_t generation_count, size_t use_count)
{
    struct pm_draining *draining = calloc(1, sizeof(*draining));
    if (draining == NULL)
        return NULL;
    draining->generations = calloc(generation_count + 1, sizeof(struct pm_plugin *));
    draining->uses = calloc(use_count + 1, sizeof(struct pm_plugin *));
    if (draining->generations != NULL && draining->uses != NULL)
        return draining;
    pm_draining_free(draining);
    return NULL;
}

void pm_draining_free(struct pm_draining *draining)
{
    if (draining == NULL)
        return;
    free(draining->generations);
    free(draining->uses);
    free(draining->slots);
    free(draining);
}

void pm_draining_add(struct pm_draining *draining, struct plugmgr_plugin *plugin)
{
    draining->generations[draining->generation_count++] = plugin->current;
    for (size_t i = 0; i < plugin->use_count; i++) {
        draining->uses[draining->use_count++] = plugin->uses[i]->current;
        plugin->uses[i]->user_count--;
    }
    plugin->use_count = 0;
}

int pm_draining_make_room(struct pm_draining *draining, size_t slot_count)
{
    if (slot_count <= draining->slot_room)
        return 0;
    struct pm_draining_slot *slots = realloc(draining->slots, slot_count * sizeof(*slots));
    if (slots == NULL)
        return -PLUGMGR_E_MEMORY;
    draining->slots = slots;
    draining->slot_room = slot_count;
    return 0;
}

/* Stops and unloads the generations, and frees the draining, which is listed until then: what they use is not stopped
 * before, and their files are not loaded by their paths. What stays mapped is left to be looked at. The report, of the
 * last one, may be NULL. */
static int finish(struct plugmgr *manager, struct pm_draining *draining, struct plugmgr_report *report)
{
    int result = PLUGMGR_UNLOADED;
    for (size_t i = 0; i < draining->generation_count; i++) {
        struct pm_plugin *generation = draining->generations[i];
        bool is_last = i + 1 == draining->generation_count;
        int closed = pm_plugin_close(generation, is_last ? report : NULL);
        if (closed == PLUGMGR_UNLOADED)
            continue;
        pm_plugin_hold(generation);
        pm_closing_leave(manager, generation);
        result = closed;
    }
    pthread_mutex_lock(&manager->lock);
    struct pm_draining **link = &manager->draining;
    while (*link != draining)
        link = &(*link)->next;
    *link = draining->next;
    pthread_mutex_unlock(&manager->lock);
    for (size_t i = 0; i < draining->generation_count; i++)
        pm_plugin_release(draining->generations[i]); /* until here others looked at it */
    pm_draining_free(draining);
    return result;
}

void pm_draining_begin(struct plugmgr *manager, struct pm_draining *draining)
{
    draining->is_awaited = true;
    draining->next = manager->draining;
    manager->draining = draining;
}

static bool are_calls_left(const struct pm_draining *draining)
{
    for (size_t i = 0; i < draining->slot_count; i++)
        if (draining->slots[i].slot != NULL && !pm_slot_is_drained(&draining->slots[i].left))
            return false;
    return true;
}

static bool is_bound_to(const struct pm_draining *user, const struct pm_plugin *generation)
{
    for (size_t i = 0; i < user->use_count; i++)
        if (user->uses[i] == generation)
            return true;
    return false;
}

/* Whether what drains beside it, and may be called still, is bound to it. */
static bool is_used(const struct plugmgr *manager, const struct pm_draining *draining)
{
    for (const struct pm_draining *at = manager->draining; at != NULL; at = at->next)
        for (size_t i = 0; i < draining->generation_count; i++)
            if (at != draining && is_bound_to(at, draining->generations[i]))
                return true;
    return false;
}

/* Under the lock: the thread finishes it from now on, if nobody does. */
static bool take(const struct plugmgr *manager, struct pm_draining *draining, bool is_final)
{
    if (draining->is_finishing || is_used(manager, draining) || (!is_final && !are_calls_left(draining)))
        return false;
    draining->is_finishing = true;
    draining->finisher = pthread_self();
    return true;
}

/* One that is ready; NULL: none. */
static struct pm_draining *take_drained(struct plugmgr *manager, bool is_final)
{
    pthread_mutex_lock(&manager->lock);
    struct pm_draining *at = manager->draining;
    while (at != NULL && ((at->is_awaited && !is_final) || !take(manager, at, is_final)))
        at = at->next;
    pthread_mutex_unlock(&manager->lock);
    return at;
}

void pm_draining_look_again(struct plugmgr *manager, bool is_final)
{
    struct pm_draining *draining;
    while ((draining = take_drained(manager, is_final)) != NULL)
        finish(manager, draining, NULL);
}

/* Looks under the lock, since the host may free a slot meanwhile. Whether it is ready; else it is left to later calls
 * after the last time. */
static bool look(struct plugmgr *manager, struct pm_draining *draining, bool is_last_time)
{
    pthread_mutex_lock(&manager->lock);
    bool is_ready = take(manager, draining, false);
    draining->is_awaited = is_ready || !is_last_time;
    pthread_mutex_unlock(&manager->lock);
    return is_ready;
}

static int64_t milliseconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Leaving a call wakes nobody, so it sleeps between the looks: from 20 microseconds to 2 milliseconds. */
int pm_draining_await(struct plugmgr *manager, struct pm_draining *draining, unsigned timeout_ms,
                      struct plugmgr_report *report)
{
    const int64_t deadline = milliseconds_now() + timeout_ms;
    long pause = 20000;
    for (;;) {
        bool is_last_time = milliseconds_now() >= deadline;
        if (look(manager, draining, is_last_time))
            return finish(manager, draining, report);
        if (is_last_time)
            return PLUGMGR_DRAINING;
        nanosleep(&(struct timespec){.tv_nsec = pause}, NULL);
        if (pause < 2000000)
            pause *= 2;
    }
}

bool pm_draining_has_file(const struct plugmgr *manager, const struct pm_identity *identity)
{
    for (const struct pm_draining *at = manager->draining; at != NULL; at = at->next) {
        for (size_t i = 0; i < at->generation_count; i++) {
            if (pm_identity_is_same_file(pm_plugin_identity(at->generations[i]), identity))
                return true;
        }
    }
    return false;
}

bool pm_draining_uses(const struct plugmgr *manager, const struct pm_plugin *generation)
{
    for (const struct pm_draining *at = manager->draining; at != NULL; at = at->next)
        if (is_bound_to(at, generation))
            return true;
    return false;
}
