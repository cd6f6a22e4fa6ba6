/* SPDX-License-Identifier: MIT */
/* interfaces.c: the part of the verdict that is about interfaces: who provides which to whom, and whether it fits. What
 * a plugin requires is judged in requires.c, what is handed around in reached.c. */
#include "matching.h"

#include <string.h>

enum { MAX_LISTED = 16 }; /* interfaces that are named in one line */

/* ---- the plugin provides, the host accepts ---- */

/* The host's best acceptance of the provided interface: one that fits, else the nearest. */
static struct pm_match match_provide(struct pm_matching *m, const struct pm_provide *provide)
{
    const struct pm_facts *host = m->j->world->host;
    const char *plugin_text = pm_facts_text(&m->j->plugin->facts, provide->interface_name, provide->version);
    struct pm_match best = {0};
    for (size_t i = 0; i < host->require_count; i++) {
        const struct pm_require *accepted = &host->requires_[i];
        struct pm_fit_result result;
        if (accepted->symbol != NULL || strcmp(accepted->interface_name, provide->interface_name) != 0)
            continue;
        const struct pm_coupling coupling = {
            .built = accepted->version,
            .lowest = accepted->lowest,
            .provided = provide->version,
            .plugin_provides = true,
            .plugin_text = plugin_text,
            .host_text = m->accepted_texts[i],
        };
        pm_fit(&coupling, m->j->policy, &m->world, &m->texts, &result);
        if (best.accepted == NULL || result.fit < best.result.fit)
            best = (struct pm_match){accepted, result, NULL};
    }
    if (!pm_fits(best.result.fit) || best.result.fit == PM_FIT_ENUMERATORS)
        best.changes = pm_matching_changes(m, best.result.changes);
    return best;
}

/* For each provide; instances of one version share their match, which is made once. NULL: no memory. */
static const struct pm_match *match_provides(struct pm_matching *m)
{
    const struct pm_facts *facts = &m->j->plugin->facts;
    struct pm_match *matches = pm_arena_new(&m->arena, facts->provide_count * sizeof(*matches));
    for (size_t i = 0; matches != NULL && i < facts->provide_count; i++) {
        size_t earlier = 0;
        while (earlier < i && !pm_matching_is_same(&facts->provides[earlier], &facts->provides[i]))
            earlier++;
        matches[i] = earlier < i ? matches[earlier] : match_provide(m, &facts->provides[i]);
        if (m->j->fits != NULL)
            m->j->fits[i] = matches[i].accepted != NULL && pm_fits(matches[i].result.fit);
    }
    return matches;
}

/* A typed symbol is known by its own name, an interface's table by the interface's. */
static const char *provide_subject(const struct pm_judging *j, const struct pm_provide *provide)
{
    if (!pm_judging_is_typed_symbol(provide))
        return pm_matching_interface(j, provide->interface_name);
    return pm_arena_join(j->arena, "symbol ", pm_judging_quote(j, provide->symbol), NULL);
}

/* A table of an older minor than the host can live with is told by the lowest, all else by what the host has. */
static void report_provide(struct pm_matching *m, const struct pm_provide *provide, const struct pm_match *match,
                           enum plugmgr_severity severity)
{
    const struct pm_judging *j = m->j;
    const struct pm_fit_result *result = &match->result;
    const struct pm_require *accepted = match->accepted;
    const char *subject = provide_subject(j, provide);
    if (result->fit == PM_FIT_UNFINGERPRINTED || result->fit == PM_FIT_MALFORMED) {
        pm_matching_report_text(j, subject, result, severity);
        return;
    }
    const char *built = pm_judging_version(j, provide->version), *has = pm_judging_version(j, accepted->version);
    bool is_same = pm_version_compare(provide->version, accepted->version) == 0;
    const char *text, *have = built, *want = has;
    if (result->fit == PM_FIT_TOO_OLD) {
        want = pm_judging_version(j, accepted->lowest);
        text = pm_arena_join(j->arena, "built against ", built, ", the host needs at least ", want, NULL);
    } else {
        text = pm_matching_misfit(j, result, built, has, is_same);
        have = pm_matching_shape(m, pm_facts_text(&j->plugin->facts, provide->interface_name, provide->version),
                                 provide->version);
        want = pm_matching_shape(m, pm_facts_text(j->world->host, accepted->interface_name, accepted->version),
                                 accepted->version);
    }
    pm_report_add(j->report, &(struct pm_finding){.code = pm_matching_code(result->fit, is_same),
                                                  .severity = severity,
                                                  .subject = subject,
                                                  .text = text,
                                                  .have = have,
                                                  .want = want,
                                                  .changes = match->changes,
                                                  .is_from_plugin = !result->has_rival,
                                                  .remedy = pm_matching_remedy(j, result, provide->interface_name)});
}

/* "user_manager 1.0, greeter 2.3", or "nothing"; of many only the first, and how many more. */
struct list {
    const char *text; /* NULL: empty so far */
    size_t count;
};

static void add_to_list(const struct pm_judging *j, struct list *list, const char *name, struct pm_version version)
{
    if (list->count++ >= MAX_LISTED)
        return;
    list->text = pm_arena_join(j->arena, list->text != NULL ? list->text : "", list->text != NULL ? ", " : "",
                               pm_judging_quote(j, name), " ", pm_judging_version(j, version), NULL);
}

static const char *list_text(const struct pm_judging *j, const struct list *list)
{
    if (list->count <= MAX_LISTED)
        return list->text != NULL ? list->text : "nothing";
    return pm_arena_join(j->arena, list->text, " and ", pm_arena_number(j->arena, list->count - MAX_LISTED), " more",
                         NULL);
}

static const char *provided_list(const struct pm_judging *j)
{
    const struct pm_facts *facts = &j->plugin->facts;
    struct list list = {0};
    for (size_t i = 0; i < facts->provide_count; i++)
        add_to_list(j, &list, facts->provides[i].interface_name, facts->provides[i].version);
    return list_text(j, &list);
}

static const char *accepted_list(const struct pm_judging *j)
{
    const struct pm_facts *host = j->world->host;
    struct list list = {0};
    for (size_t i = 0; i < host->require_count; i++)
        if (host->requires_[i].symbol == NULL)
            add_to_list(j, &list, host->requires_[i].interface_name, host->requires_[i].version);
    return list_text(j, &list);
}

/* matches: NULL without a host. */
static void judge_wanted(const struct pm_judging *j, const struct pm_match *matches)
{
    const struct pm_facts *facts = &j->plugin->facts;
    bool is_provided = false, is_accepted = matches == NULL;
    for (size_t i = 0; i < facts->provide_count; i++) {
        if (strcmp(facts->provides[i].interface_name, j->wanted) != 0)
            continue;
        is_provided = true;
        is_accepted = is_accepted || matches[i].accepted != NULL;
    }
    if (is_provided && is_accepted)
        return;
    pm_judging_refuse(j, PM_INTERFACE_WANTED, pm_matching_interface(j, j->wanted),
                      is_provided ? "it is asked for, and the host does not accept it"
                                  : "it is asked for, and the plugin does not provide it",
                      provided_list(j), pm_judging_quote(j, j->wanted),
                      is_provided ? "declare in the host that it accepts the interface, with PLUGMGR_ACCEPT"
                                  : "open a plugin that provides the interface");
}

static void judge_provides(struct pm_matching *m, const struct pm_match *matches)
{
    const struct pm_judging *j = m->j;
    const struct pm_facts *facts = &j->plugin->facts;
    size_t accepted_count = 0;
    for (size_t i = 0; i < facts->provide_count; i++) {
        const struct pm_match *match = &matches[i];
        if (match->accepted == NULL)
            continue;
        accepted_count++;
        if ((pm_fits(match->result.fit) && match->result.fit != PM_FIT_ENUMERATORS) ||
            pm_matching_is_repeated(facts, i))
            continue;
        if (match->result.fit == PM_FIT_ENUMERATORS)
            pm_matching_report_enumerators(j, provide_subject(j, &facts->provides[i]), match->changes);
        else
            report_provide(m, &facts->provides[i], match,
                           pm_matching_has_sibling(facts, matches, i) ? PLUGMGR_NOTE : PLUGMGR_REFUSAL);
    }
    if (accepted_count == 0 && !j->world->is_for_plugin)
        pm_judging_refuse(j, PM_INTERFACE_NONE, "plugin", "it provides no interface that the host accepts",
                          provided_list(j), accepted_list(j),
                          pm_arena_join(j->arena, "give it to a host that accepts what it provides, not to ",
                                        pm_judging_host(j), NULL));
}

/* ---- without a host ---- */

static void judge_own_text(struct pm_matching *m, const char *subject, const char *name, struct pm_version version)
{
    const struct pm_fit_result missing = {.fit = PM_FIT_UNFINGERPRINTED, .is_plugin_at_fault = true};
    if (pm_facts_text(&m->j->plugin->facts, name, version) == NULL)
        pm_matching_report_text(m->j, subject, &missing, PLUGMGR_REFUSAL);
}

/* Whether the plugin's fingerprints are there and can be read. */
static void judge_own_texts(struct pm_matching *m)
{
    const struct pm_facts *facts = &m->j->plugin->facts;
    for (size_t i = 0; i < facts->provide_count; i++)
        if (!pm_matching_is_repeated(facts, i))
            judge_own_text(m, provide_subject(m->j, &facts->provides[i]), facts->provides[i].interface_name,
                           facts->provides[i].version);
    for (size_t i = 0; i < facts->require_count; i++)
        if (!pm_matching_is_required_before(facts, i))
            judge_own_text(m, pm_matching_require(m->j, &facts->requires_[i]), facts->requires_[i].interface_name,
                           facts->requires_[i].version);
    for (size_t i = 0; i < facts->abi_count; i++) {
        struct pm_problem problem;
        if (pm_texts_tree(&m->texts, facts->abis[i].text, &problem) != NULL)
            continue;
        const struct pm_fit_result malformed = {
            .fit = PM_FIT_MALFORMED, .problem = problem.detail, .is_plugin_at_fault = true};
        pm_matching_report_text(m->j, pm_matching_interface(m->j, facts->abis[i].interface_name), &malformed,
                                PLUGMGR_REFUSAL);
    }
}

/* The policies that look at more than numbers need what plugpin writes. */
static void judge_plugpin(const struct pm_judging *j)
{
    if (j->policy == PLUGMGR_POLICY_VERSION)
        return;
    if (j->plugin->facts.without_plugpin)
        pm_judging_refuse(j, PM_INTERFACE_UNFINGERPRINTED, "plugin",
                          "it was built with PLUGMGR_WITHOUT_PLUGPIN, which the policy version alone takes", NULL, NULL,
                          "build it with plugpin, or let the host choose the policy version");
    if (j->world->host != NULL && j->world->host->without_plugpin)
        pm_judging_refuse(j, PM_INTERFACE_UNFINGERPRINTED, "host",
                          "it was built with PLUGMGR_WITHOUT_PLUGPIN, which the policy version alone takes", NULL, NULL,
                          "build the host with plugpin, or let it choose the policy version");
}

/* ---- all ---- */

/* The modules in which a type must not be two things: the plugin, the host, and what is beside them. */
static bool list_modules(struct pm_matching *m)
{
    const struct pm_world *world = m->j->world;
    const struct pm_facts **modules = pm_arena_new(&m->arena, (world->other_count + 2) * sizeof(*modules));
    if (modules == NULL)
        return false;
    modules[m->world.count++] = &m->j->plugin->facts;
    if (world->host != NULL)
        modules[m->world.count++] = world->host;
    for (size_t i = 0; i < world->other_count; i++)
        modules[m->world.count++] = world->others[i];
    m->world.modules = modules;
    return true;
}

/* Each is asked for as often as the plugin has something to meet it. */
static bool list_host_texts(struct pm_matching *m)
{
    const struct pm_facts *host = m->j->world->host;
    if (host == NULL)
        return true;
    m->accepted_texts = pm_arena_new(&m->arena, host->require_count * sizeof(*m->accepted_texts));
    m->offered_texts = pm_arena_new(&m->arena, host->provide_count * sizeof(*m->offered_texts));
    if (m->arena.failed)
        return false;
    for (size_t i = 0; i < host->require_count; i++)
        m->accepted_texts[i] = pm_facts_text(host, host->requires_[i].interface_name, host->requires_[i].version);
    for (size_t i = 0; i < host->provide_count; i++)
        m->offered_texts[i] = pm_facts_text(host, host->provides[i].interface_name, host->provides[i].version);
    return true;
}

static void judge_all(struct pm_matching *m)
{
    const struct pm_judging *j = m->j;
    const struct pm_match *matches = NULL;
    if (!list_modules(m) || !list_host_texts(m))
        return;
    judge_plugpin(j);
    if (j->world->host != NULL && (matches = match_provides(m)) == NULL)
        return;
    if (j->wanted != NULL)
        judge_wanted(j, matches);
    if (matches == NULL) {
        if (j->policy != PLUGMGR_POLICY_VERSION)
            judge_own_texts(m);
        return;
    }
    judge_provides(m, matches);
    pm_judge_requires(m);
    if (j->policy != PLUGMGR_POLICY_VERSION)
        pm_judge_reached(m, matches);
}

void pm_judge_interfaces(const struct pm_judging *j)
{
    struct pm_matching matching = {.j = j};
    matching.texts.arena = &matching.arena;
    judge_all(&matching);
    j->arena->failed |= matching.arena.failed;
    pm_arena_free(&matching.arena);
}
