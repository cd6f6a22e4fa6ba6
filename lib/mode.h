/* SPDX-License-Identifier: MIT */
/* mode.h: by which way a plugin is loaded, by its path or from a sealed copy, and why. Pure. */
#ifndef PM_MODE_H
#define PM_MODE_H

#include "report.h"

/* What there is to decide by. */
struct pm_mode_facts {
    enum plugmgr_mode wanted;
    const char *why_sealed;           /* why the path would not lead to this file's code; NULL: it would */
    const struct pm_problem *noexec;  /* why its code may not be mapped at all; NULL: it may */
    const struct pm_problem *by_path; /* why it may not be loaded by its path; NULL: it may, or was not asked */
    bool has_strangers;               /* and that is because somebody else may write it */
    const struct pm_problem *sealed;  /* why there is no sealed copy; NULL: there is, or was not asked */
};

/* The mode that the plugin is loaded in, if nothing else refuses it: never AUTO. */
enum plugmgr_mode pm_mode_choose(const struct pm_mode_facts *facts);

/* The finding that tells the mode and why it was taken, a warning where somebody should look at that, if the report has no refusal so far; or, as a refusal, why it
 * cannot be had. */
void pm_mode_report(const struct pm_mode_facts *facts, struct plugmgr_report *report);

#endif
