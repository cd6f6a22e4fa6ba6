/* SPDX-License-Identifier: MIT */
/* judging.h: what the files of the verdict share: its input, and words. Pure. */
#ifndef PM_JUDGING_H
#define PM_JUDGING_H

#include "fit.h"
#include "model.h"
#include "report.h"

#include <string.h>

/* All that the rules need. */
struct pm_judging {
    const struct pm_module *plugin;
    const struct pm_world *world;
    enum plugmgr_policy policy;
    const char *wanted; /* an interface that the plugin must provide, or NULL */
    struct plugmgr_report *report;
    struct pm_arena *arena; /* the report's */
    bool *fits;             /* for each of the plugin's provides: whether the host may use it */
};

/* What came from outside, made printable. */
const char *pm_judging_quote(const struct pm_judging *j, const char *text);

/* "MAJOR.MINOR" */
const char *pm_judging_version(const struct pm_judging *j, struct pm_version version);

/* "NAME VERSION" of the host. */
const char *pm_judging_host(const struct pm_judging *j);

void pm_judging_refuse(const struct pm_judging *j, enum pm_code code, const char *subject, const char *text,
                       const char *have, const char *want, const char *remedy);

/* Whether it is a function or object that is exported under its own name, not the table of an interface. */
static inline bool pm_judging_is_typed_symbol(const struct pm_provide *provide)
{
    return provide->symbol != NULL && strcmp(provide->symbol, provide->instance) == 0;
}

/* interfaces.c: all that plugin and host provide to each other and want of each other. */
void pm_judge_interfaces(const struct pm_judging *j);

/* libraries.c: those that are missing, and those of which the process would have two. */
void pm_judge_libraries(const struct pm_judging *j);
/* binding.c: what the dynamic linker would find, or not, when it looks up what the plugin names. */
void pm_judge_binding(const struct pm_judging *j);

/* hygiene.c: how the plugin is built, and whether it can be unloaded. */
void pm_judge_hygiene(const struct pm_judging *j);
void pm_judge_unloading(const struct pm_judging *j);

#endif
