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
};

/* Opens, reads and judges the file, and asks who may write it; all that was found is in the report. *ret_module and
 * *ret_real_path (NULL if there is none) are the caller's to free in every case; *ret_identity is set if *ret_real_path
 * is. */
void pm_judge_file(const struct pm_judge_options *options, const char *path, struct pm_module *ret_module,
                   struct pm_identity *ret_identity, char **ret_real_path, struct plugmgr_report *report);

/* 0, or the negated enum plugmgr_error that the findings amount to. */
int pm_report_result(const struct plugmgr_report *report);

#endif
