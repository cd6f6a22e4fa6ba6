/* SPDX-License-Identifier: MIT */
/* judge.h: a path -> a verdict: what plugmgr_check, plugmgr_open and plugcheck share. Loads nothing. */
#ifndef PM_JUDGE_H
#define PM_JUDGE_H

#include "file.h"
#include "model.h"
#include "report.h"

struct pm_judge_options {
    /* Makes the world that the plugin would come into: the running process, or files. real_path: the plugin's. */
    void (*make_world)(const void *data, const struct pm_module *plugin, const char *real_path,
                       struct pm_world *ret_world);
    const void *data; /* for make_world */
    enum plugmgr_policy policy;
    const char *wanted_interface; /* or NULL */
    enum plugmgr_mode mode;
    /* Why a file of that identity may not be loaded by its path; NULL: it may, as far as the caller knows. Or NULL. */
    const char *(*why_sealed)(const void *data, const struct pm_identity *identity);
    /* The file is opened because another plugin requires an interface of it; from these candidates, if there are any
     * here, instead of those of make_world. */
    bool is_for_plugin;
    const struct pm_candidate *candidates;
    size_t candidate_count;
    /* Candidates that the plugin needs, and that are not open, are judged too, by the same rules, before they count. */
    bool judges_candidates;
    bool is_elsewhere;      /* the world is not this system's: how the file would be loaded is not asked */
    bool is_for_loading;    /* what is judged is what will be loaded: the sealed copy, if there is to be one */
};

/* A file that was judged. */
struct pm_judged {
    struct pm_module module;
    struct pm_identity identity; /* of the file at the path; set if real_path is */
    char *real_path;             /* NULL: there is no such file */
    struct pm_file file;         /* is_for_loading: what was judged, that file or its sealed copy; else descriptor -1 */
    bool is_trusted;             /* that path is: it need not be asked again */
    bool is_sealed;              /* it is to be loaded from a sealed copy, */
    char *copy_path;             /* is_for_loading: which has this path */
    struct pm_world world;
};

/* Opens, reads and judges the file, and decides how it would be loaded; all that was found is in the report. */
void pm_judge_file(const struct pm_judge_options *options, const char *path, struct pm_judged *ret_judged,
                   struct plugmgr_report *report);

void pm_judged_free(struct pm_judged *judged);

/* 0, or the negated enum plugmgr_error that the findings amount to. */
int pm_report_result(const struct plugmgr_report *report);

/* Why the file is refused, in one line as people read it, in the arena; NULL: it is not. */
const char *pm_report_refusal(const struct plugmgr_report *report, struct pm_arena *arena);

#endif
