/* SPDX-License-Identifier: MIT */
#include "matching.h"

#include <stdlib.h>
#include <string.h>

/* What changed, made printable line by line. */
const char *pm_matching_changes(struct pm_matching *m, const char *changes)
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

bool pm_matching_is_same(const struct pm_provide *a, const struct pm_provide *b)
{
    return pm_version_compare(a->version, b->version) == 0 && strcmp(a->interface_name, b->interface_name) == 0;
}

const char *pm_matching_interface(const struct pm_judging *j, const char *name)
{
    return pm_arena_join(j->arena, "interface ", pm_judging_quote(j, name), NULL);
}

/* Whether the same was told of an instance before: tables of one version differ in their names alone. */
bool pm_matching_is_repeated(const struct pm_facts *facts, size_t index)
{
    const struct pm_provide *provides = facts->provides;
    for (size_t i = 0; i < index && !pm_judging_is_typed_symbol(&provides[index]); i++)
        if (pm_matching_is_same(&provides[i], &provides[index]) && !pm_judging_is_typed_symbol(&provides[i]))
            return true;
    return false;
}

const char *pm_matching_require(const struct pm_judging *j, const struct pm_require *require)
{
    if (!require->linker_bound || require->symbol == NULL)
        return pm_matching_interface(j, require->interface_name);
    return pm_arena_join(j->arena, "symbol ", pm_judging_quote(j, require->symbol), NULL);
}

/* The signature of a typed symbol; else the version. */
const char *pm_matching_shape(struct pm_matching *m, const char *text, struct pm_version version)
{
    struct pm_problem ignored;
    const struct pm_abi_tree *tree = text != NULL ? pm_texts_tree(&m->texts, text, &ignored) : NULL;
    const char *signature = tree != NULL ? pm_abi_signature(tree, &m->arena) : NULL;
    return signature != NULL ? pm_judging_quote(m->j, signature) : pm_judging_version(m->j, version);
}

/* What is wrong between two versions, in words that begin with "built against". minds_structure: what the policy exact
 * minds is not the versions. */
const char *pm_matching_misfit(const struct pm_judging *j, const struct pm_fit_result *result, const char *have,
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
const char *pm_matching_remedy(const struct pm_judging *j, const struct pm_fit_result *result, const char *name)
{
    if (result->has_rival)
        return "build them against one definition of the type, or declare it with PLUGMGR_OPAQUE if each may have its "
               "own";
    if (result->fit == PM_FIT_UNBUMPED)
        return "give the interface a new minor version where it grew, and rebuild what uses it";
    return pm_arena_join(j->arena, "rebuild the plugin against the interface ", pm_judging_quote(j, name), " of ",
                         pm_judging_host(j), NULL);
}

enum pm_code pm_matching_code(enum pm_fit fit, bool minds_structure)
{
    static const enum pm_code codes[] = {
        [PM_FIT_NOT_EQUAL] = PM_INTERFACE_VERSION,         [PM_FIT_TOO_OLD] = PM_INTERFACE_MINOR,
        [PM_FIT_UNBUMPED] = PM_INTERFACE_VERSION_UNBUMPED, [PM_FIT_LAYOUT] = PM_INTERFACE_LAYOUT,
        [PM_FIT_OTHER_MAJOR] = PM_INTERFACE_MAJOR,
    };
    return fit == PM_FIT_NOT_EQUAL && minds_structure ? PM_INTERFACE_LAYOUT : codes[fit];
}

/* Of texts that are missing or cannot be read, whose they are. */
void pm_matching_report_text(const struct pm_judging *j, const char *subject, const struct pm_fit_result *result,
                             enum plugmgr_severity severity)
{
    const char *side = result->is_plugin_at_fault ? "plugin" : "host";
    struct pm_finding finding = {.severity = severity, .subject = subject};
    if (result->fit == PM_FIT_MALFORMED) {
        finding.code = PM_ABI_MALFORMED;
        finding.text =
            pm_arena_join(j->arena, "the ", side,
                          "'s fingerprint of it cannot be read: ", pm_judging_quote(j, result->problem), NULL);
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

void pm_matching_report_enumerators(const struct pm_judging *j, const char *subject, const char *changes)
{
    pm_report_add(j->report, &(struct pm_finding){.code = PM_INTERFACE_ENUMERATORS,
                                                  .severity = PLUGMGR_NOTE,
                                                  .subject = subject,
                                                  .text = "one side has enumerators that the other does not know",
                                                  .changes = changes,
                                                  .is_from_plugin = true});
}

/* Whether another table of the same interface fits: several versions may stand side by side. Of typed symbols each is
 * called by its own name, and none stands in for another. */
bool pm_matching_has_sibling(const struct pm_facts *facts, const struct pm_match *matches, size_t index)
{
    const struct pm_provide *provide = &facts->provides[index];
    for (size_t i = 0; i < facts->provide_count && !pm_judging_is_typed_symbol(provide); i++)
        if (pm_fits(matches[i].result.fit) && strcmp(facts->provides[i].interface_name, provide->interface_name) == 0 &&
            !pm_judging_is_typed_symbol(&facts->provides[i]))
            return true;
    return false;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Whether what an earlier one requires is the same. */
bool pm_matching_is_required_before(const struct pm_facts *facts, size_t index)
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

bool pm_matching_is_offer(const struct pm_provide *offer, const struct pm_require *require)
{
    if (strcmp(offer->interface_name, require->interface_name) != 0)
        return false;
    if (!require->linker_bound)
        return offer->symbol == NULL;
    return offer->symbol != NULL && require->symbol != NULL && strcmp(offer->symbol, require->symbol) == 0;
}
