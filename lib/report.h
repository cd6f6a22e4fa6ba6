/* SPDX-License-Identifier: MIT */
/* report.h: findings, collected and printed into a buffer. Pure. The public part is in plugmgr/host.h. */
#ifndef PM_REPORT_H
#define PM_REPORT_H

#include "error.h"
#include "text.h"

struct pm_finding {
    enum pm_code code;
    enum plugmgr_severity severity;
    /* In the report's arena, or literals. What came from outside is quoted; have, want and changes may be lines with '\n'
     * between them. */
    const char *subject, *text, *have, *want, *remedy, *changes;
    bool is_from_plugin; /* the changes lead from the plugin's structure to the host's */
};

/* A report on the file at path. NULL: no memory. */
struct plugmgr_report *pm_report_new(const char *path);

/* Strings for findings; after "no memory" they are "", and pm_report_failed tells. */
struct pm_arena *pm_report_arena(struct plugmgr_report *report);
/* Text that came from outside, made printable (plugmgr_escape). */
const char *pm_report_quote(struct plugmgr_report *report, const char *text);

void pm_report_add(struct plugmgr_report *report, const struct pm_finding *finding);
bool pm_report_has(const struct plugmgr_report *report, enum pm_code code);
/* Whether one of the findings is that a file could not be read. */
bool pm_report_has_unreadable(const struct plugmgr_report *report);
bool pm_report_failed(const struct plugmgr_report *report);

/* What stands in the first line. Each may be NULL; quoted by the callee. */
void pm_report_set_plugin(struct plugmgr_report *report, const char *name, const char *version);
void pm_report_set_host(struct plugmgr_report *report, const char *name, const char *version);
/* What stands there instead of "accepted" and "refused"; a literal. */
void pm_report_set_outcome(struct plugmgr_report *report, const char *outcome);
const char *pm_report_path(const struct plugmgr_report *report);
const char *pm_report_plugin(const struct plugmgr_report *report); /* "NAME VERSION", or NULL */
const char *pm_report_host(const struct plugmgr_report *report);   /* the same of the host */

#endif
