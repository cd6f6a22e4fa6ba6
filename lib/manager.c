/* SPDX-License-Identifier: MIT */
/* manager.c: the public functions of a manager. */
#include "closing.h"
#include "opening.h"
#include "process.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

/* Copies an options struct of the caller's size into ours: members that the caller does not know are zero; members that
 * we do not know must be. */
static int take_options(void *ours, size_t our_size, const void *theirs)
{
    size_t size;
    memset(ours, 0, our_size);
    if (theirs == NULL)
        return 0;
    memcpy(&size, theirs, sizeof(size)); /* the first member of each */
    if (size <= sizeof(size))
        return -PLUGMGR_E_INVALID;
    for (size_t i = our_size; i < size; i++)
        if (((const unsigned char *)theirs)[i] != 0)
            return -PLUGMGR_E_INVALID;
    memcpy(ours, theirs, size < our_size ? size : our_size);
    return 0;
}

int plugmgr_new_for_host(const struct plugmgr_host *host, struct plugmgr **ret_manager,
                         const struct plugmgr_options *options)
{
    struct plugmgr_options ours;
    struct pm_problem problem;
    if (host == NULL || ret_manager == NULL || take_options(&ours, sizeof(ours), options) < 0 ||
        (unsigned)ours.policy > PLUGMGR_POLICY_VERSION || (unsigned)ours.mode > PLUGMGR_MODE_SEALED)
        return -PLUGMGR_E_INVALID;
    struct plugmgr *manager = calloc(1, sizeof(*manager));
    if (manager == NULL)
        return -PLUGMGR_E_MEMORY;
    pthread_mutex_init(&manager->lock, NULL);
    pthread_cond_init(&manager->changed, NULL);
    manager->policy = ours.policy;
    manager->mode = ours.mode;
    manager->log = (struct pm_log){ours.log, ours.log_data};
    int result = pm_process_read_notes(host, &manager->host, &manager->host_build_id, &problem);
    if (result > 0)
        result = pm_facts_finish(&manager->host, &problem);
    else if (result == 0)
        result = pm_problem_set(&problem, PM_NOT_A_HOST, "the object has no PlugMgr notes", NULL);
    if (result == 0 && !manager->host.arena.failed && manager->host.role != PM_ROLE_HOST)
        result = pm_problem_set(&problem, PM_NOT_A_HOST, "the object is a plugin", NULL);
    if (result == 0 && !manager->host.arena.failed) {
        *ret_manager = manager;
        return 0;
    }
    bool is_out_of_memory = manager->host.arena.failed;
    if (!is_out_of_memory)
        pm_log_write(&manager->log, PLUGMGR_LOG_ERROR, "this host cannot be judged for: ", problem.detail, NULL);
    plugmgr_free(manager);
    return is_out_of_memory ? -PLUGMGR_E_MEMORY : -PLUGMGR_E_HOST;
}

void plugmgr_free(struct plugmgr *manager)
{
    if (manager == NULL)
        return;
    pm_closing_close_all(manager);
    pm_facts_free(&manager->host);
    pthread_cond_destroy(&manager->changed);
    pthread_mutex_destroy(&manager->lock);
    free(manager);
}

/* ---- check and open ---- */

static int check_or_open(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *options,
                         struct plugmgr_plugin **ret_plugin, struct plugmgr_report **ret_report)
{
    struct plugmgr_open_options ours;
    if (ret_report != NULL)
        *ret_report = NULL;
    if (manager == NULL || path == NULL || take_options(&ours, sizeof(ours), options) < 0)
        return -PLUGMGR_E_INVALID;
    pm_closing_look_again(manager);
    struct plugmgr_report *report = pm_report_new(path);
    if (report == NULL)
        return -PLUGMGR_E_MEMORY;
    int result = pm_opening_open(manager, path, &ours, ret_plugin, report);
    if (result < 0)
        pm_log_write(&manager->log, PLUGMGR_LOG_WARNING, pm_report_path(report), ": ", plugmgr_error_text(result),
                     NULL);
    /* A report that lacks findings for want of memory would tell half the truth. */
    if (ret_report != NULL && result != -PLUGMGR_E_MEMORY)
        *ret_report = report;
    else
        plugmgr_report_free(report);
    return result;
}

int plugmgr_check(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *options,
                  struct plugmgr_report **ret_report)
{
    return check_or_open(manager, path, options, NULL, ret_report);
}

int plugmgr_open(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *options,
                 struct plugmgr_plugin **ret_plugin, struct plugmgr_report **ret_report)
{
    if (ret_plugin == NULL) {
        if (ret_report != NULL)
            *ret_report = NULL;
        return -PLUGMGR_E_INVALID;
    }
    return check_or_open(manager, path, options, ret_plugin, ret_report);
}
