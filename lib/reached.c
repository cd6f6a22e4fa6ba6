/* SPDX-License-Identifier: MIT */
/* reached.c: the part of the verdict that is about interfaces which others hand around. */
#include "matching.h"

#include <stdlib.h>
#include <string.h>

/* ---- interfaces that others reach ---- */

/* The plugin's texts by the names of their interfaces, and which of them the others reach. */
struct reach {
    const struct pm_abi **by_name;
    bool *is_reached;              /* of the one with the same index in by_name */
    const struct pm_abi **waiting; /* to be looked through */
    size_t count, waiting_count;
};

static int compare_names(const void *left, const void *right)
{
    const struct pm_abi *const *a = left, *const *b = right;
    return strcmp((*a)->interface_name, (*b)->interface_name);
}

static bool make_reach(struct pm_matching *m, struct reach *reach)
{
    const struct pm_facts *plugin = &m->j->plugin->facts;
    size_t count = plugin->abi_count, rooms = count + plugin->provide_count + plugin->require_count;
    reach->count = count;
    reach->by_name = pm_arena_new(&m->arena, count * sizeof(*reach->by_name));
    reach->is_reached = pm_arena_new(&m->arena, count * sizeof(*reach->is_reached));
    reach->waiting = pm_arena_new(&m->arena, rooms * sizeof(*reach->waiting));
    if (m->arena.failed)
        return false;
    for (size_t i = 0; i < count; i++)
        reach->by_name[i] = &plugin->abis[i];
    if (count > 0)
        qsort(reach->by_name, count, sizeof(*reach->by_name), compare_names);
    return true;
}

/* All versions of the interface: a text tells which one it reaches by name alone. */
static void reach_interface(struct reach *reach, const char *name, size_t length)
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
static void look_through(struct reach *reach, const struct pm_abi *abi)
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

static void add_waiting(struct reach *reach, const struct pm_abi *abi)
{
    if (abi != NULL)
        reach->waiting[reach->waiting_count++] = abi;
}

static bool is_offered(const struct pm_facts *host, const struct pm_require *require)
{
    for (size_t i = 0; i < host->provide_count; i++)
        if (pm_matching_is_offer(&host->provides[i], require))
            return true;
    return false;
}

/* Begins with what plugin and host hand to each other, and goes on with what that reaches. */
static void reach_all(struct pm_matching *m, const struct pm_match *matches, struct reach *reach)
{
    const struct pm_facts *plugin = &m->j->plugin->facts;
    for (size_t i = 0; i < plugin->provide_count; i++) {
        const struct pm_provide *provide = &plugin->provides[i];
        bool is_used = pm_fits(matches[i].result.fit) || !pm_matching_has_sibling(plugin, matches, i);
        if (matches[i].accepted != NULL && is_used && !pm_matching_is_repeated(plugin, i))
            add_waiting(reach, pm_facts_abi(plugin, provide->interface_name, provide->version));
    }
    for (size_t i = 0; i < plugin->require_count; i++) {
        const struct pm_require *require = &plugin->requires_[i];
        if (is_offered(m->j->world->host, require) && !pm_matching_is_required_before(plugin, i))
            add_waiting(reach, pm_facts_abi(plugin, require->interface_name, require->version));
    }
    for (size_t i = 0; i < reach->waiting_count; i++)
        look_through(reach, reach->waiting[i]);
}

enum provider { EITHER_PROVIDES, PLUGIN_PROVIDES, HOST_PROVIDES };

static bool provides(const struct pm_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->provide_count; i++)
        if (strcmp(facts->provides[i].interface_name, name) == 0)
            return true;
    return false;
}

static bool requires_(const struct pm_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->require_count; i++)
        if (strcmp(facts->requires_[i].interface_name, name) == 0)
            return true;
    return false;
}

static bool is_matched(const struct pm_facts *plugin, const struct pm_match *matches, const char *name)
{
    for (size_t i = 0; i < plugin->provide_count; i++)
        if (matches[i].accepted != NULL && strcmp(plugin->provides[i].interface_name, name) == 0)
            return true;
    return false;
}

static enum provider provider_of(const struct pm_facts *plugin, const struct pm_facts *host, const char *name)
{
    bool is_plugin = provides(plugin, name);
    if (is_plugin == provides(host, name))
        return EITHER_PROVIDES;
    return is_plugin ? PLUGIN_PROVIDES : HOST_PROVIDES;
}

/* Nobody can ask plugmgr_has of a table that comes by way of another, so its provider may have more, but not less.
 * Where it is not one side that provides it, each may hand its own to the other: then neither may have more, whatever
 * the minor versions. */
static void fit_reached(struct pm_matching *m, const struct pm_abi *plugin, const struct pm_abi *host,
                        enum provider provider, struct pm_fit_result *ret_result)
{
    struct pm_coupling coupling = {
        .built = provider == PLUGIN_PROVIDES ? host->version : plugin->version,
        .provided = provider == PLUGIN_PROVIDES ? plugin->version : host->version,
        .plugin_provides = provider == PLUGIN_PROVIDES,
        .plugin_text = plugin->text,
        .host_text = host->text,
    };
    if (provider == EITHER_PROVIDES)
        coupling.built.minor = coupling.provided.minor = 0; /* as if both said the same */
    coupling.lowest = coupling.built;
    pm_fit(&coupling, m->j->policy, &m->world, &m->texts, ret_result);
}

/* The best that any two versions of the interface make; false: one side has none. */
static bool fit_all_reached(struct pm_matching *m, const char *name, enum provider provider,
                            struct pm_fit_result *ret_result, const struct pm_abi **ret_plugin,
                            const struct pm_abi **ret_host)
{
    const struct pm_facts *plugin = &m->j->plugin->facts, *host = m->j->world->host;
    bool is_found = false;
    for (size_t i = 0; i < plugin->abi_count; i++) {
        if (strcmp(plugin->abis[i].interface_name, name) != 0)
            continue;
        for (size_t k = 0; k < host->abi_count; k++) {
            struct pm_fit_result result;
            if (strcmp(host->abis[k].interface_name, name) != 0)
                continue;
            fit_reached(m, &plugin->abis[i], &host->abis[k], provider, &result);
            if (is_found && result.fit >= ret_result->fit)
                continue;
            is_found = true;
            *ret_result = result;
            *ret_plugin = &plugin->abis[i];
            *ret_host = &host->abis[k];
        }
    }
    return is_found;
}

static void report_reached(struct pm_matching *m, const struct pm_abi *plugin, const struct pm_abi *host,
                           enum provider provider, const struct pm_fit_result *result)
{
    const struct pm_judging *j = m->j;
    const char *subject = pm_matching_interface(j, plugin->interface_name);
    const char *have = pm_judging_version(j, plugin->version), *want = pm_judging_version(j, host->version);
    if (result->fit == PM_FIT_MALFORMED) {
        pm_matching_report_text(j, subject, result, PLUGMGR_REFUSAL);
        return;
    }
    bool is_same = pm_version_compare(plugin->version, host->version) == 0;
    bool minds_structure = is_same || provider == EITHER_PROVIDES;
    struct pm_fit_result told = *result;
    const char *why = ")";
    if (result->fit == PM_FIT_TOO_OLD) {
        why = provider == PLUGIN_PROVIDES ? ": the plugin provides it, and may not be older)"
                                          : ": the host provides it, and may not be older)";
    } else if (result->fit == PM_FIT_UNBUMPED && !is_same) {
        told.fit = PM_FIT_LAYOUT; /* the minor versions do tell what grew, but that does not help here */
        why = ": either side may hand its own to the other)";
    }
    const char *text = pm_matching_misfit(j, &told, have, want, minds_structure);
    pm_report_add(j->report,
                  &(struct pm_finding){.code = pm_matching_code(told.fit, minds_structure),
                                       .severity = PLUGMGR_REFUSAL,
                                       .subject = subject,
                                       .text = pm_arena_join(j->arena, text, " (reached through others", why, NULL),
                                       .have = have,
                                       .want = want,
                                       .changes = pm_matching_changes(m, result->changes),
                                       .is_from_plugin = !result->has_rival,
                                       .remedy = pm_matching_remedy(j, &told, plugin->interface_name)});
}

/* An interface whose table another one hands around has a fingerprint of its own, which must fit as well. */
void pm_judge_reached(struct pm_matching *m, const struct pm_match *matches)
{
    const struct pm_facts *plugin = &m->j->plugin->facts, *host = m->j->world->host;
    struct reach reach = {0};
    if (!make_reach(m, &reach))
        return;
    reach_all(m, matches, &reach);
    for (size_t i = 0; i < reach.count; i++) {
        const char *name = reach.by_name[i]->interface_name;
        const struct pm_abi *from_plugin = NULL, *from_host = NULL;
        struct pm_fit_result result;
        bool is_next = i > 0 && strcmp(reach.by_name[i - 1]->interface_name, name) == 0;
        if (!reach.is_reached[i] || is_next || requires_(plugin, name) || is_matched(plugin, matches, name))
            continue;
        enum provider provider = provider_of(plugin, host, name);
        if (!fit_all_reached(m, name, provider, &result, &from_plugin, &from_host))
            continue;
        if (result.fit == PM_FIT_ENUMERATORS)
            pm_matching_report_enumerators(m->j, pm_matching_interface(m->j, name),
                                           pm_matching_changes(m, result.changes));
        else if (!pm_fits(result.fit))
            report_reached(m, from_plugin, from_host, provider, &result);
    }
}
