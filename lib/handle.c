/* SPDX-License-Identifier: MIT */
/* handle.c: what a host asks an open plugin. */
#include "lookup.h"
#include "manager_inner.h"

#include <string.h>

/* The generation that is in use, held by the caller. */
static struct pm_plugin *current_of(const struct plugmgr_plugin *plugin)
{
    struct plugmgr *manager = plugin->manager;
    pthread_mutex_lock(&manager->lock);
    struct pm_plugin *current = plugin->current;
    pm_plugin_hold(current);
    pthread_mutex_unlock(&manager->lock);
    return current;
}

const char *plugmgr_plugin_name(const struct plugmgr_plugin *plugin)
{
    struct pm_plugin *current = current_of(plugin);
    const char *name = pm_plugin_facts(current)->name;
    pm_plugin_release(current); /* the handle holds it on */
    return name;
}

const char *plugmgr_plugin_version(const struct plugmgr_plugin *plugin)
{
    struct pm_plugin *current = current_of(plugin);
    const char *version = pm_plugin_facts(current)->version;
    pm_plugin_release(current);
    return version;
}

const char *plugmgr_plugin_path(const struct plugmgr_plugin *plugin)
{
    struct pm_plugin *current = current_of(plugin);
    const char *path = pm_plugin_real_path(current);
    pm_plugin_release(current);
    return path;
}

int plugmgr_lookup(const struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted, const char *instance,
                   const void **ret_provider)
{
    size_t index;
    if (plugin == NULL || accepted == NULL || ret_provider == NULL)
        return -PLUGMGR_E_INVALID;
    struct pm_plugin *current = current_of(plugin);
    int result = pm_lookup(current, accepted, instance, &index);
    if (result == 0)
        *ret_provider = pm_plugin_provider(current, index);
    pm_plugin_release(current);
    return result;
}

/* NULL, and the reason in the log. */
static void *find_or_log(const struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted,
                         const char *instance)
{
    size_t index;
    void *provider = NULL;
    if (plugin == NULL || accepted == NULL)
        return NULL;
    struct pm_plugin *current = current_of(plugin);
    int result = pm_lookup(current, accepted, instance, &index);
    if (result == 0)
        provider = pm_plugin_provider(current, index);
    else
        pm_log_write(&plugin->manager->log, PLUGMGR_LOG_ERROR, pm_plugin_facts(current)->name, ": interface ",
                     accepted->interface_name, instance != NULL ? ", instance " : "", instance != NULL ? instance : "",
                     ": ", plugmgr_error_text(result), NULL);
    pm_plugin_release(current);
    return provider;
}

const void *plugmgr_find(const struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted,
                         const char *instance)
{
    return find_or_log(plugin, accepted, instance);
}

void *plugmgr_find_symbol(const struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted,
                          const char *name)
{
    return name != NULL ? find_or_log(plugin, accepted, name) : NULL;
}

int plugmgr_has_member(const struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted,
                       const char *instance, const char *member, size_t end)
{
    size_t index;
    if (plugin == NULL || accepted == NULL || member == NULL)
        return 0;
    struct pm_plugin *current = current_of(plugin);
    bool has = pm_lookup(current, accepted, instance, &index) == 0 && pm_lookup_has_member(current, index, member, end);
    pm_plugin_release(current);
    return has;
}
