/* SPDX-License-Identifier: MIT */
#include "reach.h"

#include <stdlib.h>
#include <string.h>

/* ---- what texts reach ---- */

static int compare_names(const void *left, const void *right)
{
    const struct pm_abi *const *a = left, *const *b = right;
    return strcmp((*a)->interface_name, (*b)->interface_name);
}

bool pm_reach_make(const struct pm_facts *facts, size_t roots, struct pm_arena *arena, struct pm_reach *ret_reach)
{
    size_t count = facts->abi_count;
    *ret_reach = (struct pm_reach){
        .count = count,
        .by_name = pm_arena_new(arena, count * sizeof(*ret_reach->by_name)),
        .is_reached = pm_arena_new(arena, count * sizeof(*ret_reach->is_reached)),
        .waiting = pm_arena_new(arena, (count + roots) * sizeof(*ret_reach->waiting)),
    };
    if (arena->failed)
        return false;
    for (size_t i = 0; i < count; i++)
        ret_reach->by_name[i] = &facts->abis[i];
    if (count > 0)
        qsort(ret_reach->by_name, count, sizeof(*ret_reach->by_name), compare_names);
    return true;
}

/* All versions of the interface: a text tells which one it reaches by name alone. */
static void reach_interface(struct pm_reach *reach, const char *name, size_t length)
{
    size_t low = 0, high = reach->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strncmp(reach->by_name[middle]->interface_name, name, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < reach->count && strncmp(reach->by_name[low]->interface_name, name, length) == 0; low++) {
        if (reach->by_name[low]->interface_name[length] != '\0')
            return;
        if (!reach->is_reached[low])
            reach->waiting[reach->waiting_count++] = reach->by_name[low];
        reach->is_reached[low] = true;
    }
}

/* The types that a text defines itself bear other names than the interfaces that it reaches. */
static void look_through(struct pm_reach *reach, const struct pm_abi *abi)
{
    const char *text = abi->text;
    for (const char *at = strchr(text, ' '); at != NULL; at = strchr(at + 1, ' ')) {
        bool is_tag =
            (at - text >= 6 && memcmp(at - 6, "struct", 6) == 0) || (at - text >= 5 && memcmp(at - 5, "union", 5) == 0);
        size_t length = strcspn(at + 1, " #,;()\n");
        bool is_itself = strlen(abi->interface_name) == length && memcmp(abi->interface_name, at + 1, length) == 0;
        if (is_tag && !is_itself)
            reach_interface(reach, at + 1, length);
    }
}

void pm_reach_add(struct pm_reach *reach, const struct pm_abi *abi)
{
    if (abi != NULL)
        reach->waiting[reach->waiting_count++] = abi;
}

void pm_reach_follow(struct pm_reach *reach)
{
    for (size_t i = 0; i < reach->waiting_count; i++)
        look_through(reach, reach->waiting[i]);
}

bool pm_reach_is_next(const struct pm_reach *reach, size_t index)
{
    return index > 0 && strcmp(reach->by_name[index - 1]->interface_name, reach->by_name[index]->interface_name) == 0;
}

/* ---- how it fits ---- */

static bool provides(const struct pm_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->provide_count; i++)
        if (strcmp(facts->provides[i].interface_name, name) == 0)
            return true;
    return false;
}

static enum pm_reach_provider provider_of(const struct pm_facts *plugin, const struct pm_facts *host, const char *name)
{
    bool is_plugin = provides(plugin, name);
    if (is_plugin == provides(host, name))
        return PM_EITHER_PROVIDES;
    return is_plugin ? PM_PLUGIN_PROVIDES : PM_HOST_PROVIDES;
}

/* Nobody can ask plugmgr_has of a table that comes by way of another, so its provider may have more, but not less.
 * Where it is not one side that provides it, each may hand its own to the other: then neither may have more, whatever
 * the minor versions. */
static void fit_reached(const struct pm_reach_fitting *fitting, const struct pm_abi *plugin, const struct pm_abi *host,
                        enum pm_reach_provider provider, struct pm_fit_result *ret_result)
{
    struct pm_coupling coupling = {
        .built = provider == PM_PLUGIN_PROVIDES ? host->version : plugin->version,
        .provided = provider == PM_PLUGIN_PROVIDES ? plugin->version : host->version,
        .plugin_provides = provider == PM_PLUGIN_PROVIDES,
        .plugin_text = plugin->text,
        .host_text = host->text,
        .host_word = fitting->host_word,
    };
    if (provider == PM_EITHER_PROVIDES)
        coupling.built.minor = coupling.provided.minor = 0; /* as if both said the same */
    coupling.lowest = coupling.built;
    pm_fit(&coupling, fitting->policy, fitting->world, fitting->texts, ret_result);
}

bool pm_reach_fit(const struct pm_reach_fitting *fitting, const char *name, struct pm_reached *ret_reached)
{
    const struct pm_facts *plugin = fitting->plugin, *host = fitting->host;
    bool is_found = false;
    ret_reached->provider = provider_of(plugin, host, name);
    for (size_t i = 0; i < plugin->abi_count; i++) {
        if (strcmp(plugin->abis[i].interface_name, name) != 0)
            continue;
        for (size_t k = 0; k < host->abi_count; k++) {
            struct pm_fit_result result;
            if (strcmp(host->abis[k].interface_name, name) != 0)
                continue;
            fit_reached(fitting, &plugin->abis[i], &host->abis[k], ret_reached->provider, &result);
            if (is_found && result.fit >= ret_reached->result.fit)
                continue;
            is_found = true;
            ret_reached->result = result;
            ret_reached->plugin = &plugin->abis[i];
            ret_reached->host = &host->abis[k];
        }
    }
    return is_found;
}
