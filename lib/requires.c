/* SPDX-License-Identifier: MIT */
/* requires.c: the part of the verdict that is about what a plugin requires: of the host, and of other plugins. */
#include "matching.h"

#include <stdlib.h>
#include <string.h>

/* The host's best offer for the required interface: one that fits, else the nearest; NULL: none. */
static const struct pm_provide *offer_for(struct pm_matching *m, const struct pm_require *require,
                                          struct pm_fit_result *ret_result)
{
    const struct pm_facts *host = m->j->world->host;
    const char *plugin_text = pm_facts_text(&m->j->plugin->facts, require->interface_name, require->version);
    const struct pm_provide *best = NULL;
    for (size_t i = 0; i < host->provide_count; i++) {
        const struct pm_provide *offer = &host->provides[i];
        struct pm_fit_result result;
        if (!pm_matching_is_offer(offer, require))
            continue;
        const struct pm_coupling coupling = {
            .built = require->version,
            .lowest = require->lowest,
            .provided = offer->version,
            .plugin_text = plugin_text,
            .host_text = m->offered_texts[i],
        };
        pm_fit(&coupling, m->j->policy, &m->world, &m->texts, &result);
        if (best == NULL || result.fit < ret_result->fit) {
            best = offer;
            *ret_result = result;
        }
    }
    return best;
}

enum { MAX_LOOKED_AT = 200 }; /* that are named in one finding */

static const char other_host[] = "use a host that provides it, or build the plugin without it";
static const char other_provider[] = "use a host or add a plugin that provides it, or build the plugin without it";

static enum plugmgr_severity severity_of(const struct pm_require *require)
{
    return require->optional ? PLUGMGR_NOTE : PLUGMGR_REFUSAL;
}

static void report_unmet(const struct pm_judging *j, const struct pm_require *require, const char *has,
                         const char *changes)
{
    const char *lowest = pm_judging_version(j, require->lowest);
    const char *text = require->linker_bound && has == NULL
                           ? pm_arena_join(j->arena,
                                           "the plugin takes it from the host, which does not export it with the "
                                           "type ",
                                           pm_judging_quote(j, require->interface_name), NULL)
                           : pm_arena_join(j->arena, "the plugin needs ", lowest, " or a later minor, ",
                                           has != NULL ? "the host has " : "and nobody provides it", has, NULL);
    pm_report_add(j->report, &(struct pm_finding){.code = PM_INTERFACE_NOT_PROVIDED,
                                                  .severity = severity_of(require),
                                                  .subject = pm_matching_require(j, require),
                                                  .text = text,
                                                  .have = lowest,
                                                  .want = has,
                                                  .changes = changes,
                                                  .is_from_plugin = true,
                                                  .remedy = require->linker_bound ? other_host : other_provider});
}

static void report_require(struct pm_matching *m, const struct pm_require *require, const struct pm_provide *offer,
                           const struct pm_fit_result *result)
{
    const struct pm_judging *j = m->j;
    enum plugmgr_severity severity = severity_of(require);
    const char *have = pm_judging_version(j, require->version), *want = pm_judging_version(j, offer->version);
    if (result->fit == PM_FIT_OTHER_MAJOR || result->fit == PM_FIT_TOO_OLD) {
        report_unmet(j, require, want, pm_matching_changes(m, result->changes));
        return;
    }
    if (result->fit == PM_FIT_UNFINGERPRINTED || result->fit == PM_FIT_MALFORMED) {
        pm_matching_report_text(j, pm_matching_require(j, require), result, severity);
        return;
    }
    bool is_same = pm_version_compare(require->version, offer->version) == 0;
    const char *text = pm_matching_misfit(j, result, have, want, is_same);
    enum pm_code code = pm_matching_code(result->fit, is_same);
    if (code != PM_INTERFACE_VERSION) {
        have = pm_matching_shape(m, pm_facts_text(&j->plugin->facts, require->interface_name, require->version),
                                 require->version);
        want =
            pm_matching_shape(m, pm_facts_text(j->world->host, offer->interface_name, offer->version), offer->version);
    }
    pm_report_add(j->report, &(struct pm_finding){.code = code,
                                                  .severity = severity,
                                                  .subject = pm_matching_require(j, require),
                                                  .text = text,
                                                  .have = have,
                                                  .want = want,
                                                  .changes = pm_matching_changes(m, result->changes),
                                                  .is_from_plugin = !result->has_rival,
                                                  .remedy = pm_matching_remedy(j, result, require->interface_name)});
}

/* A symbol that the dynamic linker binds to the host's. */
static void judge_bound(struct pm_matching *m, const struct pm_require *require)
{
    struct pm_fit_result result = {0};
    const struct pm_provide *offer = offer_for(m, require, &result);
    if (offer == NULL)
        report_unmet(m->j, require, NULL, NULL);
    else if (result.fit == PM_FIT_ENUMERATORS)
        pm_matching_report_enumerators(m->j, pm_matching_require(m->j, require),
                                       pm_matching_changes(m, result.changes));
    else if (!pm_fits(result.fit))
        report_require(m, require, offer, &result);
}

/* ---- who was looked at ---- */

/* The lines of one finding. */
struct lines {
    struct pm_buffer buffer;
    size_t count;
};

static void add_line(struct lines *lines, const char *line)
{
    if (lines->count++ >= MAX_LOOKED_AT)
        return;
    pm_buffer_add(&lines->buffer, lines->buffer.size > 0 ? "\n" : "");
    pm_buffer_add(&lines->buffer, line);
}

/* In the report's arena; NULL: there are none. */
static const char *finish_lines(const struct pm_judging *j, struct lines *lines)
{
    const char *text = NULL;
    if (lines->count > MAX_LOOKED_AT) {
        pm_buffer_add(&lines->buffer, "\nand ");
        pm_buffer_add(&lines->buffer, pm_arena_number(j->arena, lines->count - MAX_LOOKED_AT));
        pm_buffer_add(&lines->buffer, " more");
    }
    j->arena->failed |= lines->buffer.failed;
    if (lines->buffer.size > 0 && !lines->buffer.failed)
        text = pm_arena_copy(j->arena, lines->buffer.data);
    free(lines->buffer.data);
    return text;
}

/* "NAME VERSION" */
static const char *module_name(const struct pm_judging *j, const struct pm_facts *facts)
{
    return pm_arena_join(j->arena, pm_judging_quote(j, facts->name), " ", pm_judging_quote(j, facts->version), NULL);
}

/* The first line of the differences, which is the root cause. */
static const char *first_change(const struct pm_judging *j, const char *changes)
{
    if (changes == NULL)
        return "";
    const char *line = pm_arena_copy_bytes(j->arena, changes, strcspn(changes, "\n"));
    return pm_arena_join(j->arena, ": ", pm_judging_quote(j, line), NULL);
}

static const char *misfit_reason(const struct pm_judging *j, const struct pm_require *require,
                                 const struct pm_fit_result *result)
{
    switch (result->fit) {
    case PM_FIT_OTHER_MAJOR:
        return ", another major version";
    case PM_FIT_TOO_OLD:
        return pm_arena_join(j->arena, ", and at least ", pm_judging_version(j, require->lowest), " is needed", NULL);
    case PM_FIT_UNFINGERPRINTED:
        return result->is_plugin_at_fault ? ", and the plugin has no fingerprint of it" : ", without a fingerprint";
    case PM_FIT_MALFORMED:
        return pm_arena_join(j->arena, ", and the fingerprint of ", result->is_plugin_at_fault ? "the plugin" : "it",
                             " cannot be read: ", pm_judging_quote(j, result->problem), NULL);
    case PM_FIT_NOT_EQUAL:
        return pm_arena_join(j->arena, ", and the policy exact asks for the same as ",
                             pm_judging_version(j, require->version), first_change(j, result->changes), NULL);
    case PM_FIT_UNBUMPED:
        return pm_arena_join(j->arena, " as it is required, but one of them has more members",
                             first_change(j, result->changes), NULL);
    default:
        return pm_arena_join(j->arena, ", and the structures do not fit", first_change(j, result->changes), NULL);
    }
}

/* What it lacks itself, and is not used for; NULL: that is not why. */
static const struct pm_require *lack_of(const struct pm_judging *j, const struct pm_order *order,
                                        const struct pm_provider *provider)
{
    bool is_candidate = provider->by == PM_MET_BY_CANDIDATE && provider->index < j->world->candidate_count;
    return is_candidate && j->world->candidates[provider->index].refused == NULL ? order->wants[provider->index] : NULL;
}

/* What keeps one that fits from being used. */
static const char *obstacle(const struct pm_judging *j, const struct pm_order *order,
                            const struct pm_provider_walk *walk, const struct pm_provider *provider)
{
    if (provider->by == PM_MET_BY_HOST)
        return "";
    if (provider->index == j->world->candidate_count)
        return walk->user == provider->facts ? ", but cannot provide it to itself" : ", but would be opened later";
    const struct pm_require *wants = lack_of(j, order, provider);
    const char *refused = j->world->candidates[provider->index].refused;
    if (refused != NULL)
        return pm_arena_join(j->arena, ", and is refused: ", pm_judging_quote(j, refused), NULL);
    if (wants != NULL)
        return pm_arena_join(j->arena, ", and needs ", pm_judging_quote(j, wants->interface_name), " ",
                             pm_judging_version(j, wants->lowest), ", which nobody can give it", NULL);
    return walk->user == &j->plugin->facts ? "" /* it was not looked at any more */
                                           : ", but can only be opened behind it";
}

static void add_provider(const struct pm_judging *j, struct pm_order *order, struct pm_provider_walk *walk,
                         struct pm_provider *provider, const char *prefix, struct lines *lines)
{
    struct pm_fit_result result;
    const char *who = "the host", *path = "", *reason;
    if (lines->count >= MAX_LOOKED_AT) {
        lines->count++;
        return;
    }
    pm_providers_fit(&order->providers, walk, provider, &result);
    bool fits = pm_fits(result.fit);
    if (provider->by == PM_MET_BY_CANDIDATE)
        who = module_name(j, provider->facts);
    if (provider->by == PM_MET_BY_CANDIDATE && provider->index < j->world->candidate_count)
        path =
            pm_arena_join(j->arena, " (", pm_judging_quote(j, j->world->candidates[provider->index].path), ")", NULL);
    reason = fits ? obstacle(j, order, walk, provider) : misfit_reason(j, walk->require, &result);
    add_line(lines,
             pm_arena_join(j->arena, prefix, who, path, ": ", provider->by == PM_MET_BY_HOST ? "offers " : "provides ",
                           pm_judging_version(j, provider->provide->version), reason, NULL));
}

static bool is_instance_of(const struct pm_provider *a, const struct pm_provider *b)
{
    return b != NULL && a->facts == b->facts && pm_matching_is_same(a->provide, b->provide);
}

/* Candidates that lack something themselves, each once. */
struct lacking {
    size_t *candidates;
    size_t count;
    bool *is_in; /* for each of the world's */
};

static void add_lacking(const struct pm_judging *j, struct pm_order *order, struct pm_provider_walk *walk,
                        struct pm_provider *provider, struct lacking *lacking)
{
    struct pm_fit_result result;
    if (lack_of(j, order, provider) == NULL || lacking->is_in[provider->index])
        return;
    pm_providers_fit(&order->providers, walk, provider, &result);
    if (!pm_fits(result.fit))
        return;
    lacking->is_in[provider->index] = true;
    lacking->candidates[lacking->count++] = provider->index;
}

/* Everybody who has an interface of that name, and why it is of no use; of one that is taken, whoever stands before it
 * in range. */
static void add_providers(const struct pm_judging *j, struct pm_order *order, const struct pm_require *require,
                          const struct pm_provider *taken, struct lacking *lacking, struct lines *lines)
{
    struct pm_provider_walk walk;
    struct pm_provider *provider, *previous = NULL;
    pm_provider_walk_begin(&order->providers, &j->plugin->facts, require, taken == NULL, &walk);
    while ((provider = pm_provider_walk_next(&order->providers, &walk)) != NULL && provider != taken) {
        if (!is_instance_of(provider, previous))
            add_provider(j, order, &walk, provider, "", lines);
        add_lacking(j, order, &walk, provider, lacking);
        previous = provider;
    }
}

/* Whoever could give the candidate what it lacks, and why not; but those that lack something themselves are only noted:
 * however long the way is, its end is what people have to see to. */
static void add_behind(const struct pm_judging *j, struct pm_order *order, size_t candidate, struct lacking *lacking,
                       struct lines *lines)
{
    const struct pm_facts *user = j->world->candidates[candidate].facts;
    const struct pm_require *wants = order->wants[candidate];
    const char *prefix =
        pm_arena_join(j->arena, pm_judging_quote(j, wants->interface_name), " ", pm_judging_version(j, wants->lowest),
                      ", which ", module_name(j, user), " needs: ", NULL);
    struct pm_provider_walk walk;
    struct pm_provider *provider, *previous = NULL;
    pm_provider_walk_begin(&order->providers, user, wants, true, &walk);
    while ((provider = pm_provider_walk_next(&order->providers, &walk)) != NULL) {
        add_lacking(j, order, &walk, provider, lacking);
        bool is_known = lack_of(j, order, provider) != NULL && lacking->is_in[provider->index];
        if (!is_known && !is_instance_of(provider, previous))
            add_provider(j, order, &walk, provider, prefix, lines);
        previous = provider;
    }
    if (previous == NULL)
        add_line(lines, pm_arena_join(j->arena, prefix, "nobody provides it", NULL));
}

/* All that was looked at for a requirement before one could be taken; NULL: none could. In the report's arena; NULL:
 * nobody. */
static const char *list_looked_at(const struct pm_judging *j, struct pm_order *order, const struct pm_require *require,
                                  const struct pm_provider *taken)
{
    struct lines lines = {0};
    struct lacking lacking = {
        .candidates = pm_arena_new(j->arena, (j->world->candidate_count + 1) * sizeof(*lacking.candidates)),
        .is_in = pm_arena_new(j->arena, (j->world->candidate_count + 1) * sizeof(*lacking.is_in)),
    };
    if (lacking.candidates == NULL || lacking.is_in == NULL)
        return NULL;
    add_providers(j, order, require, taken, &lacking, &lines);
    for (size_t i = 0; i < lacking.count; i++)
        add_behind(j, order, lacking.candidates[i], &lacking, &lines);
    if (pm_providers_gave_up(&order->providers))
        add_line(&lines, "and not all was looked at: too many plugins provide and require interfaces of each other");
    return finish_lines(j, &lines);
}

/* ---- what the manager binds ---- */

/* Nobody can be used: each is named that was looked at. */
static void report_nobody(const struct pm_judging *j, struct pm_order *order, const struct pm_require *require)
{
    const char *lowest = pm_judging_version(j, require->lowest);
    const char *changes = list_looked_at(j, order, require, NULL);
    pm_report_add(j->report, &(struct pm_finding){
                                 .code = PM_INTERFACE_NOT_PROVIDED,
                                 .severity = severity_of(require),
                                 .subject = pm_matching_require(j, require),
                                 .text = pm_arena_join(j->arena, "the plugin needs ", lowest,
                                                       " or a later minor, and nobody can provide it", NULL),
                                 .have = lowest,
                                 .changes = changes,
                                 .remedy = other_provider,
                             });
}

/* The whole cycle, a line for each that requires something of the next. */
static void report_cycle(const struct pm_judging *j, const struct pm_require *require,
                         const struct pm_order_cycle *cycle)
{
    struct lines lines = {0};
    for (size_t i = 0; i < cycle->count; i++) {
        const struct pm_order_link *link = &cycle->links[i], *next = &cycle->links[(i + 1) % cycle->count];
        add_line(&lines,
                 pm_arena_join(j->arena, module_name(j, link->user), " needs ",
                               pm_judging_quote(j, link->require->interface_name), " ",
                               pm_judging_version(j, link->require->lowest), " of ", module_name(j, next->user), NULL));
    }
    const char *changes = finish_lines(j, &lines);
    pm_report_add(j->report,
                  &(struct pm_finding){
                      .code = PM_DEPENDENCY_CYCLE,
                      .severity = severity_of(require),
                      .subject = pm_matching_require(j, require),
                      .text = "those who could provide it need each other, so that none can be the first",
                      .changes = changes,
                      .remedy = "make one of these requirements optional (PLUGMGR_REQUIRE_OPTIONAL), or move what both "
                                "sides need into a plugin of its own",
                  });
}

/* Of a host alone, what differs is told in full. */
static void report_missing(struct pm_matching *m, struct pm_order *order, size_t index)
{
    const struct pm_require *require = &m->j->plugin->facts.requires_[index];
    struct pm_provider_walk walk;
    struct pm_provider *provider;
    const struct pm_provide *offer = NULL;
    struct pm_fit_result best, result;
    bool has_candidates = false;
    if (order->cycles[index].count > 0) {
        report_cycle(m->j, require, &order->cycles[index]);
        return;
    }
    pm_provider_walk_begin(&order->providers, &m->j->plugin->facts, require, true, &walk);
    while (!has_candidates && (provider = pm_provider_walk_next(&order->providers, &walk)) != NULL) {
        has_candidates = provider->by == PM_MET_BY_CANDIDATE;
        if (has_candidates)
            break;
        pm_providers_fit(&order->providers, &walk, provider, &result);
        if (offer == NULL || result.fit < best.fit) {
            best = result;
            offer = provider->provide;
        }
    }
    if (has_candidates || pm_providers_gave_up(&order->providers))
        report_nobody(m->j, order, require);
    else if (offer == NULL)
        report_unmet(m->j, require, NULL, NULL);
    else
        report_require(m, require, offer, &best);
}

/* Which of the provider's tables it is. */
static struct pm_provider *find_met(struct pm_order *order, const struct pm_met *met, struct pm_provider_walk *walk)
{
    struct pm_provider *provider;
    while ((provider = pm_provider_walk_next(&order->providers, walk)) != NULL)
        if (provider->by == met->by && (met->by == PM_MET_BY_HOST || provider->index == met->index) &&
            provider->provide == &provider->facts->provides[met->provide])
            return provider;
    return NULL;
}

static void report_met(struct pm_matching *m, struct pm_order *order, const struct pm_require *require,
                       const struct pm_met *met)
{
    const struct pm_judging *j = m->j;
    struct pm_provider_walk walk;
    struct pm_fit_result result;
    pm_provider_walk_begin(&order->providers, &j->plugin->facts, require, false, &walk);
    struct pm_provider *provider = find_met(order, met, &walk);
    if (provider == NULL)
        return;
    pm_providers_fit(&order->providers, &walk, provider, &result);
    if (result.fit == PM_FIT_ENUMERATORS)
        pm_matching_report_enumerators(j, pm_matching_require(j, require), pm_matching_changes(m, result.changes));
    if (met->by != PM_MET_BY_CANDIDATE)
        return;
    const struct pm_candidate *candidate = &j->world->candidates[met->index];
    const char *changes = list_looked_at(j, order, require, provider);
    pm_report_add(j->report,
                  &(struct pm_finding){
                      .code = PM_INTERFACE_PROVIDER,
                      .severity = PLUGMGR_NOTE,
                      .subject = pm_matching_require(j, require),
                      .text = pm_arena_join(j->arena, "the plugin ", module_name(j, candidate->facts), " provides ",
                                            pm_judging_version(j, provider->provide->version),
                                            candidate->is_open ? ", and is open" : ", and is opened before", NULL),
                      .want = pm_judging_quote(j, candidate->path),
                      .changes = changes,
                  });
}

/* The plan is made for all at once, so that the verdict names whom the manager would take. */
static void judge_slots(struct pm_matching *m, struct pm_order *order)
{
    const struct pm_facts *facts = &m->j->plugin->facts;
    pm_order(facts, m->j->world, m->j->policy, &m->arena, order);
    for (size_t i = 0; i < facts->require_count && !m->arena.failed; i++) {
        if (m->j->plugin->met != NULL)
            m->j->plugin->met[i] = order->met[i];
        if (facts->requires_[i].linker_bound || pm_matching_is_required_before(facts, i))
            continue;
        if (order->met[i].by == PM_MET_BY_NOBODY)
            report_missing(m, order, i);
        else
            report_met(m, order, &facts->requires_[i], &order->met[i]);
    }
}

void pm_judge_requires(struct pm_matching *m)
{
    const struct pm_facts *facts = &m->j->plugin->facts;
    struct pm_order order;
    for (size_t i = 0; i < facts->require_count; i++)
        if (facts->requires_[i].linker_bound && !pm_matching_is_required_before(facts, i))
            judge_bound(m, &facts->requires_[i]);
    if (pm_facts_have_slots(facts))
        judge_slots(m, &order);
}
