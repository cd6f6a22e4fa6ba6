/* SPDX-License-Identifier: MIT */
#include "naming.h"

#include "opening.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_LISTED = 16 }; /* plugins that are named where one is missing */

/* Of the files that cannot be read, the one that is called as the plugin's would be; NULL: none. */
static const struct pm_scan_entry *find_unreadable(const struct pm_snapshot *files, const char *name)
{
    size_t count, length = strlen(name);
    const struct pm_scan_entry *entries = pm_snapshot_entries(files, &count);
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(entries[i].path, '/');
        if (entries[i].facts == NULL && slash != NULL && strncmp(slash + 1, name, length) == 0 &&
            strcmp(slash + 1 + length, ".so") == 0)
            return &entries[i];
    }
    return NULL;
}

/* "crypto, users_json and 3 more" */
static const char *list_names(struct plugmgr_report *report, const struct pm_snapshot *files)
{
    struct pm_arena *arena = pm_report_arena(report);
    size_t count, named = 0;
    const struct pm_scan_entry *entries = pm_snapshot_entries(files, &count);
    const char *text = "";
    for (size_t i = 0; i < count; i++) {
        if (entries[i].facts == NULL || entries[i].hidden_by != NULL || ++named > MAX_LISTED)
            continue;
        text = pm_arena_join(arena, text, named > 1 ? ", " : "", pm_report_quote(report, entries[i].facts->name), NULL);
    }
    if (named > MAX_LISTED)
        text = pm_arena_join(arena, text, " and ", pm_arena_number(arena, named - MAX_LISTED), " more", NULL);
    return named > 0 ? text : "no plugin";
}

/* What to do: who named a file means that one. */
static const char *remedy_for(struct plugmgr_report *report, const char *name)
{
    const size_t length = strlen(name);
    const char *elsewhere = "name its file, with a slash in it, or put its directory on the search path (PLUGMGR_PATH, "
                            "or the host's own)";
    if (length < 3 || strcmp(name + length - 3, ".so") != 0)
        return elsewhere;
    return pm_arena_join(pm_report_arena(report), "if you mean the file in the current directory, write ./",
                         pm_report_quote(report, name), "; else ", elsewhere, NULL);
}

static void report_absent(struct plugmgr_report *report, const struct pm_snapshot *files, const char *name)
{
    pm_report_add(report,
                  &(struct pm_finding){
                      .code = PM_PLUGIN_ABSENT,
                      .severity = PLUGMGR_REFUSAL,
                      .subject = "plugin",
                      .text = files != NULL ? "no plugin of that name is on the search path"
                                            : "there is no search path, and a name without a slash is looked for there",
                      .want = files != NULL ? list_names(report, files) : NULL,
                      .remedy = remedy_for(report, name),
                  });
}

void pm_naming_report_hidden(struct plugmgr_report *report, const struct pm_snapshot *files,
                             const struct pm_scan_entry *entry)
{
    size_t count;
    const struct pm_scan_entry *entries = pm_snapshot_entries(files, &count);
    struct pm_buffer paths = {0};
    for (size_t i = 0; i < count; i++) {
        if (entries[i].hidden_by != entry)
            continue;
        pm_buffer_add(&paths, paths.size > 0 ? "\n" : "");
        pm_buffer_add_escaped(&paths, entries[i].path);
    }
    struct pm_arena *arena = pm_report_arena(report);
    arena->failed |= paths.failed;
    if (paths.size > 0 && !paths.failed)
        pm_report_add(report, &(struct pm_finding){.code = PM_PLUGIN_HIDDEN,
                                                   .severity = PLUGMGR_NOTE,
                                                   .subject = "plugin",
                                                   .text = "others of the same name stand behind it on the search "
                                                           "path, and are not used",
                                                   .want = pm_arena_copy(arena, paths.data),
                                                   .remedy = "remove what is out of date"});
    free(paths.data);
}

int pm_naming_open(struct plugmgr *manager, const char *name, const struct plugmgr_open_options *options,
                   struct plugmgr_plugin **ret_plugin, struct plugmgr_report **ret_report)
{
    struct pm_snapshot *files;
    int result = pm_manager_scan(manager, &files);
    if (result < 0)
        return result;
    const struct pm_scan_entry *plugin = files != NULL ? pm_snapshot_find(files, name) : NULL,
                               *file = plugin != NULL || files == NULL ? plugin : find_unreadable(files, name);
    if (file != NULL) {
        result = pm_opening_open(manager, file->path, options, ret_plugin, ret_report);
    } else {
        *ret_report = pm_report_new(name);
        result = *ret_report != NULL ? -PLUGMGR_E_NOT_FOUND : -PLUGMGR_E_MEMORY;
    }
    if (*ret_report != NULL && file == NULL)
        report_absent(*ret_report, files, name);
    else if (*ret_report != NULL && plugin != NULL)
        pm_naming_report_hidden(*ret_report, files, plugin);
    pm_snapshot_free(files);
    return result;
}
