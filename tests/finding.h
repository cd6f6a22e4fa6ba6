/* SPDX-License-Identifier: MIT */
/* finding.h: looks into reports. */
#ifndef FINDING_H
#define FINDING_H

#include <plugmgr/host.h>

#include <check.h>
#include <string.h>

/* The report's first finding of that code; NULL: it has none. */
static inline const struct plugmgr_finding *find_finding(const struct plugmgr_report *report, const char *code)
{
    ck_assert_ptr_nonnull(report);
    for (size_t i = 0; i < plugmgr_report_count(report); i++)
        if (strcmp(plugmgr_report_finding(report, i)->code, code) == 0)
            return plugmgr_report_finding(report, i);
    return NULL;
}

#endif
