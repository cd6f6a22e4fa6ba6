/* SPDX-License-Identifier: MIT */
#include "judge.h"

#include "module.h"
#include "verdict.h"
#include "world.h"

#include <errno.h>
#include <stdlib.h>

void pm_judge_file(const struct pm_judge_options *options, const char *path, struct pm_module *ret_module,
                   struct pm_identity *ret_identity, char **ret_real_path, struct plugmgr_report *report)
{
    struct pm_file file;
    struct pm_problem problem;
    struct pm_world world;
    *ret_module = (struct pm_module){.path = path};
    *ret_real_path = NULL;
    if (pm_file_open(path, &file, &problem) < 0) {
        pm_report_problem(report, "file", &problem, PLUGMGR_REFUSAL);
        return;
    }
    *ret_identity = file.identity;
    *ret_real_path = realpath(path, NULL);
    bool is_out_of_memory = *ret_real_path == NULL && errno == ENOMEM;
    pm_module_read(&file, path, ret_module);
    pm_file_close(&file);
    options->make_world(options->data, ret_module, *ret_real_path != NULL ? *ret_real_path : path, &world);
    ret_module->fits = pm_arena_new(&ret_module->arena, (ret_module->facts.provide_count + 1) * sizeof(bool));
    is_out_of_memory |= ret_module->fits == NULL;
    pm_judge(ret_module, &world, options->policy, options->wanted_interface, report, ret_module->fits);
    if (world.arena.failed || is_out_of_memory)
        pm_report_problem(report, "file", &(struct pm_problem){.code = PM_OUT_OF_MEMORY}, PLUGMGR_REFUSAL);
    /* Who may write a file matters only of one that would be loaded here. */
    bool would_load = world.knows_libraries && ret_module->facts.role == PM_ROLE_PLUGIN;
    pm_world_free(&world);
    if (!would_load || is_out_of_memory)
        return;
    if (*ret_real_path == NULL)
        pm_problem_set(&problem, PM_CHANGED_WHILE_LOADING, "it was moved meanwhile", NULL);
    else if (pm_file_is_trusted(*ret_real_path, ret_identity, &problem))
        return;
    pm_report_problem(report, "file", &problem, PLUGMGR_REFUSAL);
}

int pm_report_result(const struct plugmgr_report *report)
{
    if (pm_report_failed(report) || pm_report_has(report, PM_OUT_OF_MEMORY))
        return -PLUGMGR_E_MEMORY;
    if (plugmgr_report_accepted(report))
        return 0;
    if (pm_report_has(report, PM_FILE_ABSENT))
        return -PLUGMGR_E_NOT_FOUND;
    return pm_report_has_unreadable(report) ? -PLUGMGR_E_SYSTEM : -PLUGMGR_E_REFUSED;
}
