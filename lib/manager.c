/* SPDX-License-Identifier: MIT */
/* manager.c: the public functions of a manager. */
#include "closing.h"
#include "forking.h"
#include "listing.h"
#include "naming.h"
#include "opening.h"
#include "process.h"
#include "report.h"
#include "watching.h"

#include <stdlib.h>
#include <string.h>

int pm_take_options(void *ours, size_t our_size, const void *theirs)
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
    if (host == NULL || ret_manager == NULL || pm_take_options(&ours, sizeof(ours), options) < 0 ||
        (unsigned)ours.policy > PLUGMGR_POLICY_VERSION || (unsigned)ours.mode > PLUGMGR_MODE_SEALED)
        return -PLUGMGR_E_INVALID;
    struct plugmgr *manager = calloc(1, sizeof(*manager));
    if (manager == NULL)
        return -PLUGMGR_E_MEMORY;
    pthread_mutex_init(&manager->lock, NULL);
    pthread_mutex_init(&manager->scan_lock, NULL);
    pthread_mutex_init(&manager->watch_lock, NULL);
    pthread_cond_init(&manager->changed, NULL);
    manager->host_object = host;
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
    bool is_out_of_memory = manager->host.arena.failed || pm_settings_begin(manager) < 0 || pm_forking_add(manager) < 0;
    if (result == 0 && !is_out_of_memory) {
        *ret_manager = manager;
        return 0;
    }
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
    pm_forking_remove(manager);
    pm_watching_end(manager);
    pm_process_forget();
    pm_facts_free(&manager->host);
    pm_settings_end(manager);
    pthread_cond_destroy(&manager->changed);
    pthread_mutex_destroy(&manager->watch_lock);
    pthread_mutex_destroy(&manager->scan_lock);
    pthread_mutex_destroy(&manager->lock);
    free(manager);
}

/* ---- check and open ---- */

/* By path, or by name: a text without a slash. */
int pm_manager_hand_over(struct plugmgr *manager, int result, struct plugmgr_report *report,
                         struct plugmgr_report **ret_report)
{
    if (result < 0 && report != NULL)
        pm_log_write(&manager->log, PLUGMGR_LOG_WARNING, pm_report_path(report), ": ", plugmgr_error_text(result),
                     NULL);
    /* A report that lacks findings for want of memory would tell half the truth. */
    if (ret_report != NULL && result != -PLUGMGR_E_MEMORY)
        *ret_report = report;
    else
        plugmgr_report_free(report);
    return result;
}

static int check_or_open(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *options,
                         struct plugmgr_plugin **ret_plugin, struct plugmgr_report **ret_report)
{
    struct plugmgr_open_options ours;
    if (ret_report != NULL)
        *ret_report = NULL;
    if (manager == NULL || path == NULL || pm_take_options(&ours, sizeof(ours), options) < 0)
        return -PLUGMGR_E_INVALID;
    pm_closing_look_again(manager);
    struct plugmgr_report *report = NULL;
    int result =
        (strchr(path, '/') != NULL ? pm_opening_open : pm_naming_open)(manager, path, &ours, ret_plugin, &report);
    return pm_manager_hand_over(manager, result, report, ret_report);
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

int plugmgr_open_provider_of(struct plugmgr *manager, const struct plugmgr_accepted *accepted, const char *instance,
                             const struct plugmgr_open_options *options, struct plugmgr_plugin **ret_plugin,
                             struct plugmgr_report **ret_report)
{
    struct plugmgr_open_options ours;
    struct plugmgr_report *report;
    if (ret_report != NULL)
        *ret_report = NULL;
    if (manager == NULL || accepted == NULL || ret_plugin == NULL || pm_take_options(&ours, sizeof(ours), options) < 0)
        return -PLUGMGR_E_INVALID;
    ours.interface_name = accepted->interface_name;
    int result = pm_listing_open_best(manager, accepted, instance, &ours, ret_plugin, &report);
    return pm_manager_hand_over(manager, result, report, ret_report);
}
