/* SPDX-License-Identifier: MIT */
/* matching.h: what the files share that judge interfaces: the texts, each read once, and words. Pure. */
#ifndef PM_MATCHING_H
#define PM_MATCHING_H

#include "judging.h"
#include "order.h"

struct pm_matching {
    const struct pm_judging *j;
    struct pm_arena arena;
    struct pm_texts texts;
    struct pm_fit_world world;
    const char **accepted_texts; /* the host's, for each of its requires_ */
    const char **offered_texts;  /* the same of its provides */
};

/* One of the plugin's provides and the host's best acceptance of it. */
struct pm_match {
    const struct pm_require *accepted; /* NULL: the host accepts no such interface */
    struct pm_fit_result result;
    const char *changes; /* those of result, made printable */
};

/* The fingerprint; NULL: there is none. */
static inline const char *pm_facts_text(const struct pm_facts *facts, const char *name, struct pm_version version)
{
    const struct pm_abi *abi = pm_facts_abi(facts, name, version);
    return abi != NULL ? abi->text : NULL;
}

/* What changed, made printable line by line, in the report's arena; NULL: nothing. */
const char *pm_matching_changes(struct pm_matching *m, const char *changes);

/* The signature of a typed symbol; else the version. */
const char *pm_matching_shape(struct pm_matching *m, const char *text, struct pm_version version);

/* "interface NAME", and of what the linker binds "symbol NAME". */
const char *pm_matching_interface(const struct pm_judging *j, const char *name);
const char *pm_matching_require(const struct pm_judging *j, const struct pm_require *require);

/* What is wrong between two versions, in words that begin with "built against", and what to do about it. minds_structure:
 * what the policy exact minds is not the versions. */
const char *pm_matching_misfit(const struct pm_judging *j, const struct pm_fit_result *result, const char *have,
                               const char *want, bool minds_structure);
const char *pm_matching_remedy(const struct pm_judging *j, const struct pm_fit_result *result, const char *name);
enum pm_code pm_matching_code(enum pm_fit fit, bool minds_structure);

/* The findings of a text that is missing or cannot be read, and of enumerators that one side does not know. */
void pm_matching_report_text(const struct pm_judging *j, const char *subject, const struct pm_fit_result *result,
                             enum plugmgr_severity severity);
void pm_matching_report_enumerators(const struct pm_judging *j, const char *subject, const char *changes);

/* Whether both are tables of one version. */
bool pm_matching_is_same(const struct pm_provide *a, const struct pm_provide *b);
/* Whether an earlier one of the module's was told, or required, in the same way. */
bool pm_matching_is_repeated(const struct pm_facts *facts, size_t index);
bool pm_matching_is_required_before(const struct pm_facts *facts, size_t index);
/* Whether another table of the same interface fits. */
bool pm_matching_has_sibling(const struct pm_facts *facts, const struct pm_match *matches, size_t index);
/* Whether the host's offer or export is one for the requirement, whatever its version. */
bool pm_matching_is_offer(const struct pm_provide *offer, const struct pm_require *require);

/* requires.c: what the plugin requires of the host and of other plugins. There is a host. */
void pm_judge_requires(struct pm_matching *m);

/* reached.c: interfaces whose tables others hand around. There is a host. matches: for each of the plugin's provides. */
void pm_judge_reached(struct pm_matching *m, const struct pm_match *matches);

#endif
