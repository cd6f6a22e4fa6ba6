/* SPDX-License-Identifier: MIT */
#include "judging.h"

const char *pm_judging_quote(const struct pm_judging *j, const char *text)
{
    return pm_report_quote(j->report, text);
}

const char *pm_judging_version(const struct pm_judging *j, struct pm_version version)
{
    return pm_arena_join(j->arena, pm_arena_number(j->arena, version.major), ".",
                         pm_arena_number(j->arena, version.minor), NULL);
}

const char *pm_judging_host(const struct pm_judging *j)
{
    return pm_arena_join(j->arena, pm_judging_quote(j, j->world->host->name), " ",
                         pm_judging_quote(j, j->world->host->version), NULL);
}

void pm_judging_refuse(const struct pm_judging *j, enum pm_code code, const char *subject, const char *text,
                       const char *have, const char *want, const char *remedy)
{
    pm_report_add(j->report, &(struct pm_finding){.code = code,
                                                  .severity = PLUGMGR_REFUSAL,
                                                  .subject = subject,
                                                  .text = text,
                                                  .have = have,
                                                  .want = want,
                                                  .remedy = remedy});
}
