/* SPDX-License-Identifier: MIT */
#include "mode.h"

enum plugmgr_mode pm_mode_choose(const struct pm_mode_facts *facts)
{
    if (facts->wanted != PLUGMGR_MODE_AUTO)
        return facts->wanted;
    return facts->by_path != NULL || facts->why_sealed != NULL ? PLUGMGR_MODE_SEALED : PLUGMGR_MODE_PATH;
}

static const char *quoted(struct plugmgr_report *report, const struct pm_problem *problem)
{
    return pm_report_quote(report, problem->detail);
}

static void refuse(struct plugmgr_report *report, const char *text, const char *remedy)
{
    pm_report_add(report, &(struct pm_finding){.code = PM_MODE_UNAVAILABLE,
                                               .severity = PLUGMGR_REFUSAL,
                                               .subject = "file",
                                               .text = text,
                                               .remedy = remedy});
}

static void report_without_copy(const struct pm_mode_facts *facts, struct plugmgr_report *report)
{
    struct pm_arena *arena = pm_report_arena(report);
    const char *why = pm_arena_join(arena, "no sealed copy of it can be made: ", quoted(report, facts->sealed), NULL);
    if (facts->wanted == PLUGMGR_MODE_SEALED || facts->by_path == NULL) {
        refuse(
            report, why,
            "a copy needs /proc, memfd_create with executable memory (sysctl vm.memfd_noexec), and a free descriptor");
        return;
    }
    refuse(
        report,
        pm_arena_join(arena, why, "; and loading it by its path is not safe: ", quoted(report, facts->by_path), NULL),
        "let only root or the user who loads it write the file and the directories on its way; or mount /proc, and "
        "allow memfd_create");
}

static void report_mode(const struct pm_mode_facts *facts, struct plugmgr_report *report)
{
    bool is_sealed = pm_mode_choose(facts) == PLUGMGR_MODE_SEALED;
    const char *reason = facts->wanted != PLUGMGR_MODE_AUTO ? "the host wants it so"
                         : facts->by_path != NULL           ? quoted(report, facts->by_path)
                         : facts->why_sealed != NULL        ? facts->why_sealed
                                                            : "nobody but root and the user who loads it may change it";
    bool is_by_strangers = is_sealed && facts->by_path != NULL && facts->has_strangers;
    const char *remedy = NULL;
    if (is_by_strangers)
        remedy =
            "install plugins where only root or the user who loads them may write: else others put code into the host";
    else if (is_sealed && facts->why_sealed != NULL)
        remedy = "start the host again; write a new build beside the old one and rename it over it";
    pm_report_add(
        report, &(struct pm_finding){
                    .code = PM_LOAD_MODE,
                    .severity = remedy != NULL ? PLUGMGR_WARNING : PLUGMGR_NOTE,
                    .subject = "loading",
                    .remedy = remedy,
                    .text = pm_arena_join(pm_report_arena(report),
                                          is_sealed ? "from a sealed copy in memory: " : "by its path: ", reason, NULL),
                });
}

void pm_mode_report(const struct pm_mode_facts *facts, struct plugmgr_report *report)
{
    if (facts->noexec != NULL)
        refuse(
            report,
            pm_arena_join(pm_report_arena(report), "its code may not be mapped: ", quoted(report, facts->noexec), NULL),
            "install it on a file system that is not mounted noexec");
    else if (pm_mode_choose(facts) == PLUGMGR_MODE_SEALED && facts->sealed != NULL)
        report_without_copy(facts, report);
    else if (pm_mode_choose(facts) == PLUGMGR_MODE_PATH && facts->by_path != NULL)
        refuse(report,
               pm_arena_join(pm_report_arena(report),
                             "loading it by its path is not safe: ", quoted(report, facts->by_path), NULL),
               "let only root or the user who loads it write the file and the directories on its way, or choose the "
               "mode auto or sealed");
    else if (pm_mode_choose(facts) == PLUGMGR_MODE_PATH && facts->why_sealed != NULL)
        refuse(report,
               pm_arena_join(pm_report_arena(report),
                             "loading it by its path would give other code: ", facts->why_sealed, NULL),
               "write a new build beside the old one and rename it over it, or choose the mode auto or sealed");
    else if (plugmgr_report_accepted(report)) /* of what is not loaded it says nothing */
        report_mode(facts, report);
}
