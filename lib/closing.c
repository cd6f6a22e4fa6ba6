/* SPDX-License-Identifier: MIT */
#include "closing.h"

#include "calls.h"
#include "report.h"
#include "watching.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is left ---- */

/* The generations that are closed and were still mapped when last looked at, each held. NULL: none, or no memory. */
static struct pm_plugin **hold_remains(struct plugmgr *manager, size_t *ret_count)
{
    size_t count = 0;
    pthread_mutex_lock(&manager->lock);
    for (const struct pm_plugin *at = manager->remains; at != NULL; at = pm_plugin_next(at))
        count++;
    struct pm_plugin **remains = count > 0 ? calloc(count, sizeof(struct pm_plugin *)) : NULL;
    count = 0;
    for (struct pm_plugin *at = manager->remains; remains != NULL && at != NULL; at = pm_plugin_next(at)) {
        pm_plugin_hold(at);
        remains[count++] = at;
    }
    pthread_mutex_unlock(&manager->lock);
    *ret_count = count;
    return remains;
}

/* Whether it was in the list, and is no more. */
static bool unlink_remains(struct plugmgr *manager, const struct pm_plugin *plugin)
{
    struct pm_plugin *previous = NULL;
    pthread_mutex_lock(&manager->lock);
    struct pm_plugin *at = manager->remains;
    for (; at != NULL && at != plugin; at = pm_plugin_next(at))
        previous = at;
    if (at != NULL && previous == NULL)
        manager->remains = pm_plugin_next(at);
    else if (at != NULL)
        pm_plugin_link(previous, pm_plugin_next(at));
    pthread_mutex_unlock(&manager->lock);
    return at != NULL;
}

static void look_at_remains(struct plugmgr *manager, bool is_final)
{
    size_t count;
    struct pm_plugin **remains = hold_remains(manager, &count);
    for (size_t i = 0; i < count; i++) {
        if ((is_final || pm_plugin_is_gone(remains[i])) && unlink_remains(manager, remains[i]))
            pm_plugin_forget(remains[i]);
        pm_plugin_release(remains[i]);
    }
    free(remains);
}

bool pm_closing_has_damaged(struct plugmgr *manager, const struct pm_identity *identity)
{
    size_t count;
    bool has_damaged = false;
    struct pm_plugin **remains = hold_remains(manager, &count);
    for (size_t i = 0; i < count; i++) {
        has_damaged |=
            pm_identity_is_same_file(pm_plugin_identity(remains[i]), identity) && pm_plugin_is_damaged(remains[i]);
        pm_plugin_release(remains[i]);
    }
    free(remains);
    return has_damaged;
}

void pm_closing_leave(struct plugmgr *manager, struct pm_plugin *plugin)
{
    pthread_mutex_lock(&manager->lock);
    const struct pm_plugin *at = manager->remains;
    while (at != NULL && !pm_plugin_is_same_object(at, plugin))
        at = pm_plugin_next(at);
    if (at == NULL) {
        pm_plugin_link(plugin, manager->remains);
        manager->remains = plugin;
    }
    pthread_mutex_unlock(&manager->lock);
    if (at != NULL)
        pm_plugin_forget(plugin);
}

/* ---- handles ---- */

bool pm_closing_is_listed(const struct plugmgr *manager, const struct plugmgr_plugin *plugin)
{
    const struct plugmgr_plugin *at = manager->plugins;
    while (at != NULL && at != plugin)
        at = at->next;
    return at != NULL;
}

static void take_out(struct plugmgr_plugin *plugin)
{
    struct plugmgr_plugin **link = &plugin->manager->plugins;
    while (*link != plugin)
        link = &(*link)->next;
    *link = plugin->next;
}

void pm_closing_move_to_front(struct plugmgr_plugin *plugin)
{
    take_out(plugin);
    plugin->next = plugin->manager->plugins;
    plugin->manager->plugins = plugin;
}

void pm_closing_unlink(struct plugmgr_plugin *plugin)
{
    take_out(plugin);
    for (size_t i = 0; i < plugin->use_count; i++)
        plugin->uses[i]->user_count--;
    plugin->use_count = 0;
}

static void free_handle(struct plugmgr_plugin *plugin)
{
    pm_draining_free(plugin->draining);
    free(plugin->uses);
    free(plugin->named_path);
    free(plugin);
}

void pm_closing_free_handle(struct plugmgr_plugin *plugin)
{
    struct plugmgr *manager = plugin->manager;
    pthread_mutex_lock(&manager->lock);
    plugin->is_gone = true;
    bool is_pinned = plugin->pins > 0;
    pthread_mutex_unlock(&manager->lock);
    if (!is_pinned)
        free_handle(plugin);
}

void pm_closing_pin(struct plugmgr_plugin *plugin)
{
    plugin->pins++;
}

void pm_closing_unpin(struct plugmgr_plugin *plugin)
{
    struct plugmgr *manager = plugin->manager;
    pthread_mutex_lock(&manager->lock);
    bool is_over = --plugin->pins == 0 && plugin->is_gone;
    pthread_mutex_unlock(&manager->lock);
    if (is_over)
        free_handle(plugin);
}

/* How long a close waits for the calls that are within the plugin, in milliseconds: most are over in less. */
enum { PATIENCE = 100 };

/* Stops and unloads what no other plugin uses any more, and lets go of the handle, which others see as long as it is
 * loaded; but where calls are within it for long, it is left to drain. Cannot fail. */
static int close_handle(struct plugmgr_plugin *plugin, struct plugmgr_report *report)
{
    struct plugmgr *manager = plugin->manager;
    struct pm_plugin *generation = plugin->current;
    struct pm_draining *draining = plugin->draining;
    pm_plugin_hold(generation);
    pthread_mutex_lock(&manager->lock);
    plugin->is_open = false;
    plugin->draining = NULL;
    pm_draining_add(draining, plugin);
    pm_calls_empty(plugin, draining);
    pm_draining_begin(manager, draining);
    pthread_mutex_unlock(&manager->lock);
    int result = pm_draining_await(manager, draining, PATIENCE, report);
    pthread_mutex_lock(&manager->lock);
    pm_closing_unlink(plugin);
    pthread_mutex_unlock(&manager->lock);
    pm_watching_remove(plugin);
    pm_plugin_release(generation);
    pm_closing_free_handle(plugin);
    return result;
}

/* Under the lock. */
static bool is_needed(const struct plugmgr_plugin *plugin)
{
    return plugin->is_held || plugin->user_count > 0 || pm_draining_uses(plugin->manager, plugin->current);
}

/* Under the lock: a plugin that is open only because others needed it, and that none needs now. */
static struct plugmgr_plugin *unneeded(struct plugmgr *manager)
{
    struct plugmgr_plugin *at = manager->plugins;
    while (at != NULL && (!at->is_open || at->busy != NULL || is_needed(at)))
        at = at->next;
    return at;
}

/* Users before what they use: what the last one to go used is unneeded only then. */
void pm_closing_close_unneeded(struct plugmgr *manager, const struct pm_operation *operation)
{
    for (;;) {
        pthread_mutex_lock(&manager->lock);
        struct plugmgr_plugin *plugin = unneeded(manager);
        if (plugin != NULL) {
            plugin->busy = operation;
            plugin->is_open = false;
        }
        pthread_mutex_unlock(&manager->lock);
        if (plugin == NULL)
            return;
        close_handle(plugin, NULL);
    }
}

/* What another thread was opening or closing when the process was forked, of which nobody knows how far it got: what is
 * loaded of it stays. */
static void forget_handle(struct plugmgr_plugin *plugin)
{
    struct pm_plugin *generation = plugin->current;
    pthread_mutex_lock(&plugin->manager->lock);
    pm_closing_unlink(plugin);
    pthread_mutex_unlock(&plugin->manager->lock);
    pm_watching_remove(plugin);
    pm_closing_free_handle(plugin);
    pm_plugin_release(generation);
}

void pm_closing_close_all(struct plugmgr *manager)
{
    pm_draining_look_again(manager, true); /* what is replaced uses what is open, never the other way round */
    while (manager->plugins != NULL) {
        struct plugmgr_plugin *plugin = manager->plugins;
        while (plugin->user_count > 0 && plugin->next != NULL)
            plugin = plugin->next;
        if (plugin->is_open)
            close_handle(plugin, NULL);
        else
            forget_handle(plugin);
    }
    pm_draining_look_again(manager, true);
    look_at_remains(manager, true);
    pm_calls_end(manager);
}

void pm_closing_look_again(struct plugmgr *manager)
{
    struct pm_operation operation;
    pm_draining_look_again(manager, false);
    pthread_mutex_lock(&manager->lock);
    bool is_any_unneeded = unneeded(manager) != NULL;
    pthread_mutex_unlock(&manager->lock);
    if (is_any_unneeded) {
        pm_operation_begin(&operation, manager);
        pm_closing_close_unneeded(manager, &operation);
        pm_operation_end(&operation);
    }
    look_at_remains(manager, false);
}

/* ---- who uses it ---- */

/* The names of the open plugins that are bound to it or linked with it. */
struct users {
    struct pm_arena arena;
    const char **names;
    size_t count;
    bool are_linked; /* they are linked with it, not bound to it */
};

/* Under the lock. */
static void list_bound(struct users *users, const struct plugmgr_plugin *plugin)
{
    users->names = pm_arena_new(&users->arena, (plugin->user_count + 1) * sizeof(*users->names));
    for (const struct plugmgr_plugin *at = plugin->manager->plugins; at != NULL && users->names != NULL; at = at->next)
        for (size_t i = 0; i < at->use_count; i++)
            if (at->uses[i] == plugin && users->count < plugin->user_count)
                users->names[users->count++] = pm_arena_copy(&users->arena, pm_plugin_facts(at->current)->name);
}

/* Under the lock: all generations that are in use, those that are draining included, each held; NULL: no memory. What
 * is being opened or stopped is another thread's. */
static struct pm_plugin **hold_loaded(const struct plugmgr *manager, struct pm_arena *arena, size_t *ret_count)
{
    size_t count = 0;
    for (const struct plugmgr_plugin *at = manager->plugins; at != NULL; at = at->next)
        count += at->is_open;
    for (const struct pm_draining *at = manager->draining; at != NULL; at = at->next)
        count += at->is_finishing ? 0 : at->generation_count;
    struct pm_plugin **loaded = pm_arena_new(arena, (count + 1) * sizeof(struct pm_plugin *));
    *ret_count = loaded != NULL ? count : 0;
    count = 0;
    for (const struct plugmgr_plugin *at = manager->plugins; at != NULL && loaded != NULL; at = at->next)
        if (at->is_open)
            loaded[count++] = at->current;
    for (const struct pm_draining *at = manager->draining; at != NULL && loaded != NULL; at = at->next)
        for (size_t i = 0; i < at->generation_count && !at->is_finishing; i++)
            loaded[count++] = at->generations[i];
    for (size_t i = 0; i < *ret_count; i++)
        pm_plugin_hold(loaded[i]);
    return loaded;
}

static void list_linked(struct users *users, struct plugmgr_plugin *plugin)
{
    size_t count;
    const struct pm_plugin *user = NULL;
    pthread_mutex_lock(&plugin->manager->lock);
    struct pm_plugin **loaded = hold_loaded(plugin->manager, &users->arena, &count);
    pthread_mutex_unlock(&plugin->manager->lock);
    if (count > 1 && pm_plugin_linked_user(plugin->current, loaded, count, &user) < 0)
        users->arena.failed = true;
    if (user != NULL) {
        users->names[users->count++] = pm_arena_copy(&users->arena, pm_plugin_facts(user)->name);
        users->are_linked = true;
    }
    for (size_t i = 0; i < count; i++)
        pm_plugin_release(loaded[i]);
}

/* "a, b and c" */
static const char *names_text(struct users *users)
{
    const char *text = users->names[0];
    for (size_t i = 1; i < users->count; i++)
        text = pm_arena_join(&users->arena, text, i + 1 < users->count ? ", " : " and ", users->names[i], NULL);
    return text;
}

static void report_users(struct users *users, const struct plugmgr_plugin *plugin, const struct pm_outcome *outcome,
                         struct plugmgr_report *report)
{
    bool is_one = users->count == 1;
    const char *names = names_text(users);
    pm_log_write(&plugin->manager->log, PLUGMGR_LOG_WARNING, pm_plugin_facts(plugin->current)->name, ": ",
                 outcome->text, ": ", names, is_one ? " uses it" : " use it", NULL);
    if (report == NULL)
        return;
    const char *what = users->are_linked
                           ? (is_one ? " is linked with it, and is open" : " are linked with it, and are open")
                           : (is_one ? " uses it, and is open" : " use it, and are open");
    pm_report_set_outcome(report, outcome->text);
    pm_report_add(report, &(struct pm_finding){.code = PM_PLUGIN_IN_USE,
                                               .severity = PLUGMGR_REFUSAL,
                                               .subject = "plugin",
                                               .text = pm_arena_join(pm_report_arena(report),
                                                                     is_one ? "the plugin " : "the plugins ",
                                                                     pm_report_quote(report, names), what, NULL),
                                               .remedy = outcome->remedy != NULL && !users->are_linked ? outcome->remedy
                                                         : is_one ? "close that plugin first"
                                                                  : "close those plugins first"});
}

int pm_closing_check_unused(struct plugmgr_plugin *plugin, bool are_bound_taken, const struct pm_outcome *outcome,
                            struct plugmgr_report *report)
{
    struct users users = {0};
    pthread_mutex_lock(&plugin->manager->lock);
    list_bound(&users, plugin);
    if (are_bound_taken)
        users.count = 0;
    pthread_mutex_unlock(&plugin->manager->lock);
    if (users.count == 0 && users.names != NULL)
        list_linked(&users, plugin);
    int result = users.arena.failed ? -PLUGMGR_E_MEMORY : users.count > 0 ? PLUGMGR_IN_USE : 0;
    if (result == PLUGMGR_IN_USE)
        report_users(&users, plugin, outcome, report);
    result = users.arena.failed ? -PLUGMGR_E_MEMORY : result;
    pm_arena_free(&users.arena);
    return result;
}

/* ---- close ---- */

int pm_closing_take(struct plugmgr_plugin *plugin, struct pm_operation *operation)
{
    struct plugmgr *manager = operation->manager;
    int result = -PLUGMGR_E_INVALID;
    bool can_wait = true;
    pthread_mutex_lock(&manager->lock);
    bool is_listed = pm_closing_is_listed(manager, plugin);
    if (is_listed) {
        pm_closing_pin(plugin);
        while (can_wait && plugin->is_open && plugin->busy != NULL)
            can_wait = pm_operation_wait(operation, plugin->busy);
        if (can_wait && plugin->is_open) {
            plugin->busy = operation;
            result = 0;
        }
    }
    pthread_mutex_unlock(&manager->lock);
    if (is_listed)
        pm_closing_unpin(plugin);
    return can_wait ? result : -PLUGMGR_E_BUSY;
}

void pm_closing_give_back(struct plugmgr_plugin *plugin)
{
    pthread_mutex_lock(&plugin->manager->lock);
    plugin->busy = NULL;
    pm_operation_wake(plugin->manager);
    pthread_mutex_unlock(&plugin->manager->lock);
}

static void report_draining(struct plugmgr_report *report)
{
    pm_report_set_outcome(report, "closed, but calls are within it");
    pm_report_add(report, &(struct pm_finding){.code = PM_PLUGIN_IN_USE,
                                               .severity = PLUGMGR_WARNING,
                                               .subject = "plugin",
                                               .text = "calls through slots are still within it: it is stopped and "
                                                       "unloaded once they have been left"});
}

/* Nobody can begin to use a plugin that is busy: who wants to waits. */
static int close_taken(struct plugmgr_plugin *plugin, const struct pm_operation *operation,
                       struct plugmgr_report *report)
{
    const struct pm_outcome outcome = {"not closed", NULL};
    struct plugmgr *manager = plugin->manager;
    pthread_mutex_lock(&manager->lock);
    bool is_within = pm_calls_are_entered_here(plugin);
    pthread_mutex_unlock(&manager->lock);
    int result = is_within ? -PLUGMGR_E_BUSY : pm_closing_check_unused(plugin, false, &outcome, report);
    if (result != 0) {
        pm_closing_give_back(plugin);
        return result;
    }
    result = close_handle(plugin, report);
    if (result == PLUGMGR_DRAINING && report != NULL)
        report_draining(report);
    pm_closing_close_unneeded(manager, operation);
    return result;
}

int plugmgr_close_report(struct plugmgr_plugin *plugin, struct plugmgr_report **ret_report)
{
    struct pm_operation operation;
    struct plugmgr_report *report = NULL;
    if (ret_report != NULL)
        *ret_report = NULL;
    if (plugin == NULL)
        return PLUGMGR_UNLOADED;
    struct plugmgr *manager = plugin->manager;
    pm_closing_look_again(manager); /* which may have been the last to need the plugin */
    pm_operation_begin(&operation, manager);
    int result = pm_closing_take(plugin, &operation);
    if (result == -PLUGMGR_E_BUSY)
        result = -PLUGMGR_E_INVALID;
    if (result == 0 && ret_report != NULL && (report = pm_report_new(pm_plugin_real_path(plugin->current))) == NULL) {
        pm_closing_give_back(plugin);
        result = -PLUGMGR_E_MEMORY;
    }
    if (report != NULL) {
        const struct pm_facts *facts = pm_plugin_facts(plugin->current);
        pm_report_set_plugin(report, facts->name, facts->version);
        pm_report_set_outcome(report, "closed");
    }
    if (result == 0)
        result = close_taken(plugin, &operation, report);
    pm_operation_end(&operation);
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
