/* SPDX-License-Identifier: MIT */
/* interfaces.c: the part of the verdict that is about interfaces: who provides which to whom, and whether it fits. */
#include "judging.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_LISTED = 16 }; /* interfaces that are named in one line */

/* What only this file needs: the texts, each read once. */
struct matching {
    const struct pm_judging *j;
    struct pm_arena arena;
    struct pm_texts texts;
    struct pm_fit_world world;
    const char **accepted_texts, **offered_texts; /* the host's, for each of its requires_, of its provides */
};

/* One of the plugin's provides and the host's best acceptance of it. */
struct match {
    const struct pm_require *accepted; /* NULL: the host accepts no such interface */
    struct pm_fit_result result;
    const char *changes; /* those of result, made printable */
};

static const char *version_text(const struct pm_judging *j, struct pm_version version)
{
    return pm_judging_version(j, version);
}

static const char *quote(const struct pm_judging *j, const char *text)
{
    return pm_judging_quote(j, text);
}

static const char *text_of(const struct pm_facts *facts, const char *name, struct pm_version version)
{
    const struct pm_abi *abi = pm_facts_abi(facts, name, version);
    return abi != NULL ? abi->text : NULL;
}

/* What changed, made printable line by line. */
static const char *changes_text(struct matching *m, const char *changes)
{
    const char *text = NULL;
    struct pm_buffer buffer = {0};
    for (const char *line = changes; line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        pm_buffer_add(&buffer, buffer.size > 0 ? "\n" : "");
        pm_buffer_add_escaped(&buffer, pm_arena_copy_bytes(&m->arena, line, length));
        line += length + (line[length] == '\n');
    }
    m->arena.failed |= buffer.failed;
    if (buffer.size > 0 && !buffer.failed)
        text = pm_arena_copy(m->j->arena, buffer.data);
    free(buffer.data);
    return text;
}

/* ---- the plugin provides, the host accepts ---- */

/* The host's best acceptance of the provided interface: one that fits, else the nearest. */
static struct match match_provide(struct matching *m, const struct pm_provide *provide)
{
    const struct pm_facts *host = m->j->world->host;
    const char *plugin_text = text_of(&m->j->plugin->facts, provide->interface_name, provide->version);
    struct match best = {0};
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
            best = (struct match){accepted, result, NULL};
    }
    if (!pm_fits(best.result.fit) || best.result.fit == PM_FIT_ENUMERATORS)
        best.changes = changes_text(m, best.result.changes);
    return best;
}

static bool is_same_interface(const struct pm_provide *a, const struct pm_provide *b)
{
    return pm_version_compare(a->version, b->version) == 0 && strcmp(a->interface_name, b->interface_name) == 0;
}

/* For each provide; instances of one version share their match, which is made once. NULL: no memory. */
static const struct match *match_provides(struct matching *m)
{
    const struct pm_facts *facts = &m->j->plugin->facts;
    struct match *matches = pm_arena_new(&m->arena, facts->provide_count * sizeof(*matches));
    for (size_t i = 0; matches != NULL && i < facts->provide_count; i++) {
        size_t earlier = 0;
        while (earlier < i && !is_same_interface(&facts->provides[earlier], &facts->provides[i]))
            earlier++;
        matches[i] = earlier < i ? matches[earlier] : match_provide(m, &facts->provides[i]);
        if (m->j->fits != NULL)
            m->j->fits[i] = matches[i].accepted != NULL && pm_fits(matches[i].result.fit);
    }
    return matches;
}

static const char *interface_subject(const struct pm_judging *j, const char *name)
{
    return pm_arena_join(j->arena, "interface ", quote(j, name), NULL);
}

/* A typed symbol is known by its own name, an interface's table by the interface's. */
static const char *provide_subject(const struct pm_judging *j, const struct pm_provide *provide)
{
    if (!pm_judging_is_typed_symbol(provide))
        return interface_subject(j, provide->interface_name);
    return pm_arena_join(j->arena, "symbol ", quote(j, provide->symbol), NULL);
}

/* Whether the same was told of an instance before: tables of one version differ in their names alone. */
static bool is_repeated(const struct pm_facts *facts, size_t index)
{
    const struct pm_provide *provides = facts->provides;
    for (size_t i = 0; i < index && !pm_judging_is_typed_symbol(&provides[index]); i++)
        if (is_same_interface(&provides[i], &provides[index]) && !pm_judging_is_typed_symbol(&provides[i]))
            return true;
    return false;
}

static const char *require_subject(const struct pm_judging *j, const struct pm_require *require)
{
    if (!require->linker_bound || require->symbol == NULL)
        return interface_subject(j, require->interface_name);
    return pm_arena_join(j->arena, "symbol ", quote(j, require->symbol), NULL);
}

/* The signature of a typed symbol; else the version. */
static const char *shape_text(struct matching *m, const char *text, struct pm_version version)
{
    struct pm_problem ignored;
    const struct pm_abi_tree *tree = text != NULL ? pm_texts_tree(&m->texts, text, &ignored) : NULL;
    const char *signature = tree != NULL ? pm_abi_signature(tree, &m->arena) : NULL;
    return signature != NULL ? quote(m->j, signature) : version_text(m->j, version);
}

/* What is wrong between two versions, in words that begin with "built against". minds_structure: what the policy exact
 * minds is not the versions. */
static const char *misfit_text(const struct pm_judging *j, const struct pm_fit_result *result, const char *have,
                               const char *want, bool minds_structure)
{
    bool is_same = strcmp(have, want) == 0;
    const char *tail = "";
    if (result->has_rival)
        tail = ", and a type that is opaque to one of them has two definitions";
    else if (result->fit == PM_FIT_NOT_EQUAL)
        tail = minds_structure ? ", but the policy exact asks for the same structure"
                               : ", and the policy exact asks for the same";
    else if (result->fit == PM_FIT_UNBUMPED)
        tail = ", but one of them has more members";
    else if (result->fit == PM_FIT_LAYOUT)
        tail = is_same ? ", but with another structure" : ", and the structures do not fit";
    return pm_arena_join(j->arena, "built against ", have, ", the host has ", want, is_same ? " too" : "", tail, NULL);
}

/* What to do about it. */
static const char *misfit_remedy(const struct pm_judging *j, const struct pm_fit_result *result, const char *name)
{
    if (result->has_rival)
        return "build them against one definition of the type, or declare it with PLUGMGR_OPAQUE if each may have its "
               "own";
    if (result->fit == PM_FIT_UNBUMPED)
        return "give the interface a new minor version where it grew, and rebuild what uses it";
    return pm_arena_join(j->arena, "rebuild the plugin against the interface ", quote(j, name), " of ",
                         pm_judging_host(j), NULL);
}

static enum pm_code code_of(enum pm_fit fit, bool minds_structure)
{
    static const enum pm_code codes[] = {
        [PM_FIT_NOT_EQUAL] = PM_INTERFACE_VERSION,         [PM_FIT_TOO_OLD] = PM_INTERFACE_MINOR,
        [PM_FIT_UNBUMPED] = PM_INTERFACE_VERSION_UNBUMPED, [PM_FIT_LAYOUT] = PM_INTERFACE_LAYOUT,
        [PM_FIT_OTHER_MAJOR] = PM_INTERFACE_MAJOR,
    };
    return fit == PM_FIT_NOT_EQUAL && minds_structure ? PM_INTERFACE_LAYOUT : codes[fit];
}

/* Of texts that are missing or cannot be read, whose they are. */
static void report_text(const struct pm_judging *j, const char *subject, const struct pm_fit_result *result,
                        enum plugmgr_severity severity)
{
    const char *side = result->is_plugin_at_fault ? "plugin" : "host";
    struct pm_finding finding = {.severity = severity, .subject = subject};
    if (result->fit == PM_FIT_MALFORMED) {
        finding.code = PM_ABI_MALFORMED;
        finding.text = pm_arena_join(j->arena, "the ", side,
                                     "'s fingerprint of it cannot be read: ", quote(j, result->problem), NULL);
        finding.remedy = pm_arena_join(j->arena, "build the ", side, " again with plugpin", NULL);
    } else {
        /* One that was built without plugpin has been told as a whole. */
        if (result->is_plugin_at_fault ? j->plugin->facts.without_plugpin : j->world->host->without_plugpin)
            return;
        finding.code = PM_INTERFACE_UNFINGERPRINTED;
        finding.text = pm_arena_join(j->arena, "the ", side, " has no fingerprint of it", NULL);
        finding.remedy = pm_arena_join(j->arena, "link the output of plugpin into the ", side,
                                       ", or let the host choose the policy version", NULL);
    }
    pm_report_add(j->report, &finding);
}

static void report_enumerators(const struct pm_judging *j, const char *subject, const char *changes)
{
    pm_report_add(j->report, &(struct pm_finding){.code = PM_INTERFACE_ENUMERATORS,
                                                  .severity = PLUGMGR_NOTE,
                                                  .subject = subject,
                                                  .text = "one side has enumerators that the other does not know",
                                                  .changes = changes,
                                                  .is_from_plugin = true});
}

/* A table of an older minor than the host can live with is told by the lowest, all else by what the host has. */
static void report_provide(struct matching *m, const struct pm_provide *provide, const struct match *match,
                           enum plugmgr_severity severity)
{
    const struct pm_judging *j = m->j;
    const struct pm_fit_result *result = &match->result;
    const struct pm_require *accepted = match->accepted;
    const char *subject = provide_subject(j, provide);
    if (result->fit == PM_FIT_UNFINGERPRINTED || result->fit == PM_FIT_MALFORMED) {
        report_text(j, subject, result, severity);
        return;
    }
    const char *built = version_text(j, provide->version), *has = version_text(j, accepted->version);
    bool is_same = pm_version_compare(provide->version, accepted->version) == 0;
    const char *text, *have = built, *want = has;
    if (result->fit == PM_FIT_TOO_OLD) {
        want = version_text(j, accepted->lowest);
        text = pm_arena_join(j->arena, "built against ", built, ", the host needs at least ", want, NULL);
    } else {
        text = misfit_text(j, result, built, has, is_same);
        have = shape_text(m, text_of(&j->plugin->facts, provide->interface_name, provide->version), provide->version);
        want = shape_text(m, text_of(j->world->host, accepted->interface_name, accepted->version), accepted->version);
    }
    pm_report_add(j->report, &(struct pm_finding){.code = code_of(result->fit, is_same),
                                                  .severity = severity,
                                                  .subject = subject,
                                                  .text = text,
                                                  .have = have,
                                                  .want = want,
                                                  .changes = match->changes,
                                                  .is_from_plugin = !result->has_rival,
                                                  .remedy = misfit_remedy(j, result, provide->interface_name)});
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
                               quote(j, name), " ", version_text(j, version), NULL);
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
static void judge_wanted(const struct pm_judging *j, const struct match *matches)
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
    pm_judging_refuse(j, PM_INTERFACE_WANTED, interface_subject(j, j->wanted),
                      is_provided ? "it is asked for, and the host does not accept it"
                                  : "it is asked for, and the plugin does not provide it",
                      provided_list(j), quote(j, j->wanted),
                      is_provided ? "declare in the host that it accepts the interface, with PLUGMGR_ACCEPT"
                                  : "open a plugin that provides the interface");
}

/* Whether another table of the same interface fits: several versions may stand side by side. Of typed symbols each is
 * called by its own name, and none stands in for another. */
static bool has_fitting_sibling(const struct pm_facts *facts, const struct match *matches, size_t index)
{
    const struct pm_provide *provide = &facts->provides[index];
    for (size_t i = 0; i < facts->provide_count && !pm_judging_is_typed_symbol(provide); i++)
        if (pm_fits(matches[i].result.fit) && strcmp(facts->provides[i].interface_name, provide->interface_name) == 0 &&
            !pm_judging_is_typed_symbol(&facts->provides[i]))
            return true;
    return false;
}

static void judge_provides(struct matching *m, const struct match *matches)
{
    const struct pm_judging *j = m->j;
    const struct pm_facts *facts = &j->plugin->facts;
    size_t accepted_count = 0;
    for (size_t i = 0; i < facts->provide_count; i++) {
        const struct match *match = &matches[i];
        if (match->accepted == NULL)
            continue;
        accepted_count++;
        if ((pm_fits(match->result.fit) && match->result.fit != PM_FIT_ENUMERATORS) || is_repeated(facts, i))
            continue;
        if (match->result.fit == PM_FIT_ENUMERATORS)
            report_enumerators(j, provide_subject(j, &facts->provides[i]), match->changes);
        else
            report_provide(m, &facts->provides[i], match,
                           has_fitting_sibling(facts, matches, i) ? PLUGMGR_NOTE : PLUGMGR_REFUSAL);
    }
    if (accepted_count == 0)
        pm_judging_refuse(j, PM_INTERFACE_NONE, "plugin", "it provides no interface that the host accepts",
                          provided_list(j), accepted_list(j),
                          pm_arena_join(j->arena, "give it to a host that accepts what it provides, not to ",
                                        pm_judging_host(j), NULL));
}

/* ---- the plugin requires, the host offers or exports ---- */

static bool is_offer_for(const struct pm_provide *offer, const struct pm_require *require)
{
    if (strcmp(offer->interface_name, require->interface_name) != 0)
        return false;
    if (!require->linker_bound)
        return offer->symbol == NULL;
    return offer->symbol != NULL && require->symbol != NULL && strcmp(offer->symbol, require->symbol) == 0;
}

/* The host's best offer for the required interface: one that fits, else the nearest; NULL: none. */
static const struct pm_provide *offer_for(struct matching *m, const struct pm_require *require,
                                          struct pm_fit_result *ret_result)
{
    const struct pm_facts *host = m->j->world->host;
    const char *plugin_text = text_of(&m->j->plugin->facts, require->interface_name, require->version);
    const struct pm_provide *best = NULL;
    for (size_t i = 0; i < host->provide_count; i++) {
        const struct pm_provide *offer = &host->provides[i];
        struct pm_fit_result result;
        if (!is_offer_for(offer, require))
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

static void report_unmet(const struct pm_judging *j, const struct pm_require *require, const char *has,
                         const char *changes)
{
    const char *lowest = version_text(j, require->lowest);
    const char *text = require->linker_bound && has == NULL
                           ? pm_arena_join(j->arena,
                                           "the plugin takes it from the host, which does not export it with the "
                                           "type ",
                                           quote(j, require->interface_name), NULL)
                           : pm_arena_join(j->arena, "the plugin needs ", lowest, " or a later minor, ",
                                           has != NULL ? "the host has " : "and nobody provides it", has, NULL);
    pm_report_add(j->report,
                  &(struct pm_finding){.code = PM_INTERFACE_NOT_PROVIDED,
                                       .severity = require->optional ? PLUGMGR_NOTE : PLUGMGR_REFUSAL,
                                       .subject = require_subject(j, require),
                                       .text = text,
                                       .have = lowest,
                                       .want = has,
                                       .changes = changes,
                                       .is_from_plugin = true,
                                       .remedy = "use a host that provides it, or build the plugin without it"});
}

static void report_require(struct matching *m, const struct pm_require *require, const struct pm_provide *offer,
                           const struct pm_fit_result *result)
{
    const struct pm_judging *j = m->j;
    enum plugmgr_severity severity = require->optional ? PLUGMGR_NOTE : PLUGMGR_REFUSAL;
    const char *have = version_text(j, require->version), *want = version_text(j, offer->version);
    if (result->fit == PM_FIT_OTHER_MAJOR || result->fit == PM_FIT_TOO_OLD) {
        report_unmet(j, require, want, changes_text(m, result->changes));
        return;
    }
    if (result->fit == PM_FIT_UNFINGERPRINTED || result->fit == PM_FIT_MALFORMED) {
        report_text(j, require_subject(j, require), result, severity);
        return;
    }
    bool is_same = pm_version_compare(require->version, offer->version) == 0;
    const char *text = misfit_text(j, result, have, want, is_same);
    enum pm_code code = code_of(result->fit, is_same);
    if (code != PM_INTERFACE_VERSION) {
        have = shape_text(m, text_of(&j->plugin->facts, require->interface_name, require->version), require->version);
        want = shape_text(m, text_of(j->world->host, offer->interface_name, offer->version), offer->version);
    }
    pm_report_add(j->report, &(struct pm_finding){.code = code,
                                                  .severity = severity,
                                                  .subject = require_subject(j, require),
                                                  .text = text,
                                                  .have = have,
                                                  .want = want,
                                                  .changes = changes_text(m, result->changes),
                                                  .is_from_plugin = !result->has_rival,
                                                  .remedy = misfit_remedy(j, result, require->interface_name)});
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Whether what an earlier one requires is the same. */
static bool is_required_before(const struct pm_facts *facts, size_t index)
{
    const struct pm_require *require = &facts->requires_[index];
    for (size_t i = 0; i < index; i++) {
        const struct pm_require *earlier = &facts->requires_[i];
        if (pm_version_compare(earlier->version, require->version) == 0 &&
            pm_version_compare(earlier->lowest, require->lowest) == 0 && earlier->optional == require->optional &&
            earlier->linker_bound == require->linker_bound &&
            strcmp(earlier->interface_name, require->interface_name) == 0 &&
            (!require->linker_bound || is_same_text(earlier->symbol, require->symbol)))
            return true;
    }
    return false;
}

/* What the plugin calls in the host. */
static void judge_requires(struct matching *m)
{
    const struct pm_facts *facts = &m->j->plugin->facts;
    for (size_t i = 0; i < facts->require_count; i++) {
        const struct pm_require *require = &facts->requires_[i];
        struct pm_fit_result result = {0};
        if (is_required_before(facts, i))
            continue;
        const struct pm_provide *offer = offer_for(m, require, &result);
        if (offer == NULL)
            report_unmet(m->j, require, NULL, NULL);
        else if (result.fit == PM_FIT_ENUMERATORS)
            report_enumerators(m->j, require_subject(m->j, require), changes_text(m, result.changes));
        else if (!pm_fits(result.fit))
            report_require(m, require, offer, &result);
    }
}

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

static bool make_reach(struct matching *m, struct reach *reach)
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
        if (is_offer_for(&host->provides[i], require))
            return true;
    return false;
}

/* Begins with what plugin and host hand to each other, and goes on with what that reaches. */
static void reach_all(struct matching *m, const struct match *matches, struct reach *reach)
{
    const struct pm_facts *plugin = &m->j->plugin->facts;
    for (size_t i = 0; i < plugin->provide_count; i++) {
        const struct pm_provide *provide = &plugin->provides[i];
        bool is_used = pm_fits(matches[i].result.fit) || !has_fitting_sibling(plugin, matches, i);
        if (matches[i].accepted != NULL && is_used && !is_repeated(plugin, i))
            add_waiting(reach, pm_facts_abi(plugin, provide->interface_name, provide->version));
    }
    for (size_t i = 0; i < plugin->require_count; i++) {
        const struct pm_require *require = &plugin->requires_[i];
        if (is_offered(m->j->world->host, require) && !is_required_before(plugin, i))
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

static bool is_matched(const struct pm_facts *plugin, const struct match *matches, const char *name)
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
static void fit_reached(struct matching *m, const struct pm_abi *plugin, const struct pm_abi *host,
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
static bool fit_all_reached(struct matching *m, const char *name, enum provider provider,
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

static void report_reached(struct matching *m, const struct pm_abi *plugin, const struct pm_abi *host,
                           enum provider provider, const struct pm_fit_result *result)
{
    const struct pm_judging *j = m->j;
    const char *subject = interface_subject(j, plugin->interface_name);
    const char *have = version_text(j, plugin->version), *want = version_text(j, host->version);
    if (result->fit == PM_FIT_MALFORMED) {
        report_text(j, subject, result, PLUGMGR_REFUSAL);
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
    const char *text = misfit_text(j, &told, have, want, minds_structure);
    pm_report_add(j->report,
                  &(struct pm_finding){.code = code_of(told.fit, minds_structure),
                                       .severity = PLUGMGR_REFUSAL,
                                       .subject = subject,
                                       .text = pm_arena_join(j->arena, text, " (reached through others", why, NULL),
                                       .have = have,
                                       .want = want,
                                       .changes = changes_text(m, result->changes),
                                       .is_from_plugin = !result->has_rival,
                                       .remedy = misfit_remedy(j, &told, plugin->interface_name)});
}

/* An interface whose table another one hands around has a fingerprint of its own, which must fit as well. */
static void judge_reached(struct matching *m, const struct match *matches)
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
            report_enumerators(m->j, interface_subject(m->j, name), changes_text(m, result.changes));
        else if (!pm_fits(result.fit))
            report_reached(m, from_plugin, from_host, provider, &result);
    }
}

/* ---- without a host ---- */

static void judge_own_text(struct matching *m, const char *subject, const char *name, struct pm_version version)
{
    const struct pm_fit_result missing = {.fit = PM_FIT_UNFINGERPRINTED, .is_plugin_at_fault = true};
    if (text_of(&m->j->plugin->facts, name, version) == NULL)
        report_text(m->j, subject, &missing, PLUGMGR_REFUSAL);
}

/* Whether the plugin's fingerprints are there and can be read. */
static void judge_own_texts(struct matching *m)
{
    const struct pm_facts *facts = &m->j->plugin->facts;
    for (size_t i = 0; i < facts->provide_count; i++)
        if (!is_repeated(facts, i))
            judge_own_text(m, provide_subject(m->j, &facts->provides[i]), facts->provides[i].interface_name,
                           facts->provides[i].version);
    for (size_t i = 0; i < facts->require_count; i++)
        if (!is_required_before(facts, i))
            judge_own_text(m, require_subject(m->j, &facts->requires_[i]), facts->requires_[i].interface_name,
                           facts->requires_[i].version);
    for (size_t i = 0; i < facts->abi_count; i++) {
        struct pm_problem problem;
        if (pm_texts_tree(&m->texts, facts->abis[i].text, &problem) != NULL)
            continue;
        const struct pm_fit_result malformed = {
            .fit = PM_FIT_MALFORMED, .problem = problem.detail, .is_plugin_at_fault = true};
        report_text(m->j, interface_subject(m->j, facts->abis[i].interface_name), &malformed, PLUGMGR_REFUSAL);
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
static bool list_modules(struct matching *m)
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
static bool list_host_texts(struct matching *m)
{
    const struct pm_facts *host = m->j->world->host;
    if (host == NULL)
        return true;
    m->accepted_texts = pm_arena_new(&m->arena, host->require_count * sizeof(*m->accepted_texts));
    m->offered_texts = pm_arena_new(&m->arena, host->provide_count * sizeof(*m->offered_texts));
    if (m->arena.failed)
        return false;
    for (size_t i = 0; i < host->require_count; i++)
        m->accepted_texts[i] = text_of(host, host->requires_[i].interface_name, host->requires_[i].version);
    for (size_t i = 0; i < host->provide_count; i++)
        m->offered_texts[i] = text_of(host, host->provides[i].interface_name, host->provides[i].version);
    return true;
}

static void judge_all(struct matching *m)
{
    const struct pm_judging *j = m->j;
    const struct match *matches = NULL;
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
    judge_requires(m);
    if (j->policy != PLUGMGR_POLICY_VERSION)
        judge_reached(m, matches);
}

void pm_judge_interfaces(const struct pm_judging *j)
{
    struct matching matching = {.j = j};
    matching.texts.arena = &matching.arena;
    judge_all(&matching);
    j->arena->failed |= matching.arena.failed;
    pm_arena_free(&matching.arena);
}
