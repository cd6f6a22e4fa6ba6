/* SPDX-License-Identifier: MIT */
/* reached.c: the part of the verdict that is about interfaces which others hand around. */
#include "matching.h"
#include "reach.h"

#include <string.h>

static bool is_offered(const struct pm_facts *host, const struct pm_require *require)
{
    for (size_t i = 0; i < host->provide_count; i++)
        if (pm_matching_is_offer(&host->provides[i], require))
            return true;
    return false;
}

/* Begins with what plugin and host hand to each other, and goes on with what that reaches. */
static void reach_all(struct pm_matching *m, const struct pm_match *matches, struct pm_reach *reach)
{
    const struct pm_facts *plugin = &m->j->plugin->facts;
    for (size_t i = 0; i < plugin->provide_count; i++) {
        const struct pm_provide *provide = &plugin->provides[i];
        bool is_used = pm_fits(matches[i].result.fit) || !pm_matching_has_sibling(plugin, matches, i);
        if (matches[i].accepted != NULL && is_used && !pm_matching_is_repeated(plugin, i))
            pm_reach_add(reach, pm_facts_abi(plugin, provide->interface_name, provide->version));
    }
    for (size_t i = 0; i < plugin->require_count; i++) {
        const struct pm_require *require = &plugin->requires_[i];
        if (is_offered(m->j->world->host, require) && !pm_matching_is_required_before(plugin, i))
            pm_reach_add(reach, pm_facts_abi(plugin, require->interface_name, require->version));
    }
    pm_reach_follow(reach);
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

static void report_reached(struct pm_matching *m, const struct pm_reached *reached)
{
    const struct pm_abi *plugin = reached->plugin, *host = reached->host;
    const struct pm_fit_result *result = &reached->result;
    const struct pm_judging *j = m->j;
    const char *subject = pm_matching_interface(j, plugin->interface_name);
    const char *have = pm_judging_version(j, plugin->version), *want = pm_judging_version(j, host->version);
    if (result->fit == PM_FIT_MALFORMED) {
        pm_matching_report_text(j, subject, result, PLUGMGR_REFUSAL);
        return;
    }
    bool is_same = pm_version_compare(plugin->version, host->version) == 0;
    bool minds_structure = is_same || reached->provider == PM_EITHER_PROVIDES;
    struct pm_fit_result told = *result;
    const char *why = ")";
    if (result->fit == PM_FIT_TOO_OLD) {
        why = reached->provider == PM_PLUGIN_PROVIDES ? ": the plugin provides it, and may not be older)"
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
    const struct pm_facts *plugin = &m->j->plugin->facts;
    const struct pm_reach_fitting fitting = {
        .plugin = plugin,
        .host = m->j->world->host,
        .policy = m->j->policy,
        .world = &m->world,
        .texts = &m->texts,
    };
    struct pm_reach reach;
    if (!pm_reach_make(plugin, plugin->provide_count + plugin->require_count, &m->arena, &reach))
        return;
    reach_all(m, matches, &reach);
    for (size_t i = 0; i < reach.count; i++) {
        const char *name = reach.by_name[i]->interface_name;
        struct pm_reached reached;
        if (!reach.is_reached[i] || pm_reach_is_next(&reach, i) || requires_(plugin, name) ||
            is_matched(plugin, matches, name) || !pm_reach_fit(&fitting, name, &reached))
            continue;
        if (reached.result.fit == PM_FIT_ENUMERATORS)
            pm_matching_report_enumerators(m->j, pm_matching_interface(m->j, name),
                                           pm_matching_changes(m, reached.result.changes));
        else if (!pm_fits(reached.result.fit))
            report_reached(m, &reached);
    }
}
