/* SPDX-License-Identifier: MIT */
#include "listing.h"

#include "attempt.h"
#include "closing.h"
#include "naming.h"
#include "opening.h"
#include "report.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

/* A provider, and the place that the host's preferences give it. */
struct ranked {
    struct plugmgr_provider *provider;
    size_t preference;
};

struct plugmgr_listing {
    struct pm_arena arena;
    struct ranked *ranked; /* the best first */
    struct plugmgr_provider *providers;
    struct plugmgr_listed_file *files;
    size_t provider_count, file_count;
    struct plugmgr_report **reports; /* owned: one for each plugin that was judged, and for each file */
    size_t report_count;
};

struct open {
    struct plugmgr_plugin *plugin;
    struct pm_plugin *generation; /* held */
};

/* What is being listed. */
struct work {
    struct plugmgr *manager;
    const char *interface_name; /* NULL: any */
    bool judges;                /* else nothing is said of what is not open: result 0, and no report */
    struct plugmgr_listing *listing;
    struct pm_snapshot *files;
    struct open *open; /* as they were opened */
    size_t open_count;
};

/* ---- the providers ---- */

static size_t count_provides(const struct work *work, const struct pm_facts *facts)
{
    size_t count = 0;
    for (size_t i = 0; i < facts->provide_count; i++)
        count += work->interface_name == NULL || strcmp(facts->provides[i].interface_name, work->interface_name) == 0;
    return count;
}

/* plugin: NULL, if it is not open. */
static void add_providers(struct work *work, const struct pm_facts *facts, const char *path,
                          struct plugmgr_plugin *plugin, int result, const struct plugmgr_report *report)
{
    struct plugmgr_listing *listing = work->listing;
    struct pm_arena *arena = &listing->arena;
    for (size_t i = 0; i < facts->provide_count && !arena->failed; i++) {
        const struct pm_provide *provide = &facts->provides[i];
        if (work->interface_name != NULL && strcmp(provide->interface_name, work->interface_name) != 0)
            continue;
        listing->providers[listing->provider_count++] =
            (struct plugmgr_provider){.size = sizeof(struct plugmgr_provider),
                                      .interface_name = pm_arena_copy(arena, provide->interface_name),
                                      .instance = pm_arena_copy(arena, provide->instance),
                                      .major = provide->version.major,
                                      .minor = provide->version.minor,
                                      .plugin_name = pm_arena_copy(arena, facts->name),
                                      .plugin_version = pm_arena_copy(arena, facts->version),
                                      .path = pm_arena_copy(arena, path),
                                      .plugin = plugin,
                                      .result = result,
                                      .report = report};
    }
}

static void keep_report(struct work *work, struct plugmgr_report *report)
{
    if (report == NULL)
        work->listing->arena.failed = true;
    else
        work->listing->reports[work->listing->report_count++] = report;
}

/* What is open needs no verdict any more. */
static bool is_open_file(const struct work *work, const struct pm_scan_entry *entry)
{
    for (size_t i = 0; i < work->open_count; i++)
        if (pm_identity_is_same_file(pm_plugin_identity(work->open[i].generation), &entry->identity))
            return true;
    return false;
}

static void list_plugin(struct work *work, const struct pm_scan_entry *entry)
{
    const struct plugmgr_open_options options = {.size = sizeof(options), .interface_name = work->interface_name};
    struct plugmgr_report *report = NULL;
    int result = 0;
    if (count_provides(work, entry->facts) == 0 || is_open_file(work, entry))
        return;
    if (work->judges) {
        result = pm_opening_open(work->manager, entry->path, &options, NULL, &report);
        if (report != NULL)
            pm_naming_report_hidden(report, work->files, entry);
        keep_report(work, report);
    }
    add_providers(work, entry->facts, entry->path, NULL, result, report);
}

/* ---- the files ---- */

static void list_file(struct work *work, const struct pm_scan_entry *entry)
{
    struct plugmgr_listing *listing = work->listing;
    struct plugmgr_report *report = pm_report_new(entry->path);
    keep_report(work, report);
    if (report == NULL)
        return;
    if (entry->problem != NULL)
        pm_report_problem(report, "file", entry->problem, PLUGMGR_REFUSAL);
    else
        pm_report_add(report,
                      &(struct pm_finding){.code = PM_PLUGIN_HIDDEN,
                                           .severity = PLUGMGR_REFUSAL,
                                           .subject = "plugin",
                                           .text = "another one of the same name stands before it on the search path",
                                           .want = pm_report_quote(report, entry->hidden_by->path),
                                           .remedy = "remove one of them, or open this one by its path"});
    listing->files[listing->file_count++] =
        (struct plugmgr_listed_file){.size = sizeof(struct plugmgr_listed_file),
                                     .path = pm_arena_copy(&listing->arena, entry->path),
                                     .report = report};
}

/* ---- all ---- */

/* What the host prefers comes first, in the order in which it said so. */
static size_t preference_of(const struct plugmgr *manager, const struct plugmgr_provider *provider)
{
    size_t i = 0;
    while (i < manager->preference_count &&
           (strcmp(manager->preferences[i].interface_name, provider->interface_name) != 0 ||
            strcmp(manager->preferences[i].plugin_name, provider->plugin_name) != 0))
        i++;
    return i;
}

/* The best of an interface first: what is preferred, the latest, what is open, what was found first. */
static int compare(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    int order = strcmp(a->provider->interface_name, b->provider->interface_name);
    if (order == 0)
        order = (a->preference > b->preference) - (a->preference < b->preference);
    if (order == 0)
        order = (a->provider->major < b->provider->major) - (a->provider->major > b->provider->major);
    if (order == 0)
        order = (a->provider->minor < b->provider->minor) - (a->provider->minor > b->provider->minor);
    if (order == 0)
        order = (a->provider->plugin == NULL) - (b->provider->plugin == NULL);
    return order != 0 ? order : (a->provider > b->provider) - (a->provider < b->provider);
}

static void rank(struct work *work)
{
    struct plugmgr_listing *listing = work->listing;
    listing->ranked = pm_arena_new(&listing->arena, (listing->provider_count + 1) * sizeof(*listing->ranked));
    if (listing->ranked == NULL)
        return;
    pthread_mutex_lock(&work->manager->lock);
    for (size_t i = 0; i < listing->provider_count; i++)
        listing->ranked[i] =
            (struct ranked){&listing->providers[i], preference_of(work->manager, &listing->providers[i])};
    pthread_mutex_unlock(&work->manager->lock);
    qsort(listing->ranked, listing->provider_count, sizeof(*listing->ranked), compare);
}

/* Room for all that may come. */
static void make_room(struct work *work, const struct pm_scan_entry *entries, size_t count)
{
    struct plugmgr_listing *listing = work->listing;
    size_t providers = 0;
    for (size_t i = 0; i < count; i++)
        providers += entries[i].facts != NULL ? count_provides(work, entries[i].facts) : 0;
    for (size_t i = 0; i < work->open_count; i++)
        providers += count_provides(work, pm_plugin_facts(work->open[i].generation));
    listing->providers = pm_arena_new(&listing->arena, (providers + 1) * sizeof(*listing->providers));
    listing->files = pm_arena_new(&listing->arena, (count + 1) * sizeof(*listing->files));
    listing->reports = pm_arena_new(&listing->arena, (count + 1) * sizeof(struct plugmgr_report *));
}

static void hold_open(struct work *work)
{
    struct plugmgr *manager = work->manager;
    size_t count = 0;
    pthread_mutex_lock(&manager->lock);
    for (const struct plugmgr_plugin *at = manager->plugins; at != NULL; at = at->next)
        count += at->is_open;
    work->open = pm_arena_new(&work->listing->arena, (count + 1) * sizeof(*work->open));
    work->open_count = work->open != NULL ? count : 0;
    for (struct plugmgr_plugin *at = manager->plugins; at != NULL && work->open != NULL; at = at->next) {
        if (!at->is_open)
            continue;
        pm_plugin_hold(at->current);
        work->open[--count] = (struct open){at, at->current};
    }
    pthread_mutex_unlock(&manager->lock);
}

static void list_all(struct work *work)
{
    size_t count = 0;
    const struct pm_scan_entry *entries = work->files != NULL ? pm_snapshot_entries(work->files, &count) : NULL;
    make_room(work, entries, count);
    if (work->listing->arena.failed)
        return;
    for (size_t i = 0; i < work->open_count; i++)
        add_providers(work, pm_plugin_facts(work->open[i].generation), pm_plugin_real_path(work->open[i].generation),
                      work->open[i].plugin, 0, NULL);
    for (size_t i = 0; i < count && !work->listing->arena.failed; i++) {
        if (entries[i].facts == NULL || entries[i].hidden_by != NULL)
            list_file(work, &entries[i]);
        else
            list_plugin(work, &entries[i]);
    }
    rank(work);
}

static int list(struct plugmgr *manager, const char *interface_name, bool judges, struct plugmgr_listing **ret_listing)
{
    struct work work = {.manager = manager, .interface_name = interface_name, .judges = judges};
    pm_closing_look_again(manager);
    work.listing = calloc(1, sizeof(*work.listing));
    if (work.listing == NULL || pm_manager_scan(manager, &work.files) < 0) {
        free(work.listing);
        return -PLUGMGR_E_MEMORY;
    }
    hold_open(&work);
    if (!work.listing->arena.failed)
        list_all(&work);
    for (size_t i = 0; i < work.open_count; i++)
        pm_plugin_release(work.open[i].generation);
    pm_snapshot_free(work.files);
    if (work.listing->arena.failed) {
        plugmgr_listing_free(work.listing);
        return -PLUGMGR_E_MEMORY;
    }
    *ret_listing = work.listing;
    return 0;
}

int plugmgr_list(struct plugmgr *manager, const char *interface_name, struct plugmgr_listing **ret_listing)
{
    if (manager == NULL || ret_listing == NULL)
        return -PLUGMGR_E_INVALID;
    return list(manager, interface_name, true, ret_listing);
}

size_t plugmgr_listing_provider_count(const struct plugmgr_listing *listing)
{
    return listing->provider_count;
}

const struct plugmgr_provider *plugmgr_listing_provider(const struct plugmgr_listing *listing, size_t index)
{
    return index < listing->provider_count ? listing->ranked[index].provider : NULL;
}

size_t plugmgr_listing_file_count(const struct plugmgr_listing *listing)
{
    return listing->file_count;
}

const struct plugmgr_listed_file *plugmgr_listing_file(const struct plugmgr_listing *listing, size_t index)
{
    return index < listing->file_count ? &listing->files[index] : NULL;
}

void plugmgr_listing_free(struct plugmgr_listing *listing)
{
    if (listing == NULL)
        return;
    for (size_t i = 0; i < listing->report_count; i++)
        plugmgr_report_free(listing->reports[i]);
    pm_arena_free(&listing->arena);
    free(listing);
}

/* ---- the best of them ---- */

static bool is_asked_for(const struct plugmgr_provider *provider, const struct plugmgr_accepted *accepted,
                         const char *instance)
{
    uint32_t version = PLUGMGR_VERSION_(provider->major, provider->minor);
    return version / 10000 == accepted->lowest / 10000 && version >= accepted->lowest &&
           (instance == NULL || strcmp(provider->instance, instance) == 0);
}

/* An open plugin becomes the host's own, if others opened it. false: it is gone by now. */
static bool take_over(struct plugmgr *manager, struct plugmgr_plugin *plugin)
{
    pthread_mutex_lock(&manager->lock);
    bool is_there = pm_closing_is_listed(manager, plugin) && plugin->is_open;
    if (is_there)
        plugin->is_held = true;
    pthread_mutex_unlock(&manager->lock);
    return is_there;
}

/* What was looked at, and why it is not used; a line each. */
static void report_none(struct plugmgr_report *report, const struct plugmgr_listing *listing,
                        const struct plugmgr_accepted *accepted, const char *instance)
{
    struct pm_arena *arena = pm_report_arena(report);
    const char *lines = NULL;
    for (size_t i = 0; i < listing->provider_count; i++) {
        const struct plugmgr_provider *provider = listing->ranked[i].provider;
        const struct plugmgr_finding *finding =
            provider->report != NULL ? plugmgr_report_finding(provider->report, 0) : NULL;
        const char *why = !is_asked_for(provider, accepted, instance) ? "another version or instance"
                          : finding != NULL                           ? finding->text
                                                                      : "it is gone";
        lines = pm_arena_join(arena, lines != NULL ? lines : "", lines != NULL ? "\n" : "",
                              pm_report_quote(report, provider->plugin_name), " ",
                              pm_report_quote(report, provider->plugin_version), ", ",
                              pm_report_quote(report, provider->path), ": ", why, NULL);
    }
    pm_report_add(report,
                  &(struct pm_finding){
                      .code = PM_INTERFACE_NOT_PROVIDED,
                      .severity = PLUGMGR_REFUSAL,
                      .subject = pm_arena_join(arena, "interface ", accepted->interface_name, NULL),
                      .text = lines != NULL ? "none of the plugins that provide it can be used"
                                            : "no plugin that is open or on the search path provides it",
                      .changes = lines,
                      .remedy = "put a plugin that provides it on the search path (PLUGMGR_PATH, or the host's own)",
                  });
}

/* Its file cannot be opened, whichever of its instances is asked for. Takes the report over. */
static void note_refusal(struct plugmgr_listing *listing, const char *path, int result, struct plugmgr_report *report)
{
    listing->reports[listing->report_count++] = report;
    for (size_t i = 0; i < listing->provider_count; i++) {
        struct plugmgr_provider *provider = listing->ranked[i].provider;
        if (strcmp(provider->path, path) == 0) {
            provider->result = result;
            provider->report = report;
        }
    }
}

static bool is_verdict(int result)
{
    return result == -PLUGMGR_E_REFUSED || result == -PLUGMGR_E_NOT_FOUND || result == -PLUGMGR_E_SYSTEM;
}

/* 1: opened, 0: to be listed again, as another thread was faster; or negated. Opening judges: what is behind the first
 * that is accepted is not looked at. */
static int open_best(struct plugmgr *manager, struct plugmgr_listing *listing, const struct plugmgr_accepted *accepted,
                     const char *instance, const struct plugmgr_open_options *options,
                     struct plugmgr_plugin **ret_plugin, struct plugmgr_report **ret_report)
{
    for (size_t i = 0; i < listing->provider_count; i++) {
        const struct plugmgr_provider *provider = listing->ranked[i].provider;
        struct plugmgr_report *report;
        if (!is_asked_for(provider, accepted, instance) || provider->result < 0)
            continue;
        if (provider->plugin != NULL) {
            if (!take_over(manager, provider->plugin))
                return 0;
            *ret_plugin = provider->plugin;
            return 1;
        }
        int result = pm_opening_open(manager, provider->path, options, ret_plugin, &report);
        if (report != NULL && pm_report_has(report, PM_ALREADY_OPEN)) {
            plugmgr_report_free(report);
            return 0;
        }
        if (!is_verdict(result)) {
            *ret_report = report;
            return result < 0 ? result : 1;
        }
        note_refusal(listing, provider->path, result, report);
    }
    *ret_report = pm_report_new(accepted->interface_name);
    if (*ret_report == NULL)
        return -PLUGMGR_E_MEMORY;
    report_none(*ret_report, listing, accepted, instance);
    return -PLUGMGR_E_NOT_FOUND;
}

int pm_listing_open_best(struct plugmgr *manager, const struct plugmgr_accepted *accepted, const char *instance,
                         const struct plugmgr_open_options *options, struct plugmgr_plugin **ret_plugin,
                         struct plugmgr_report **ret_report)
{
    int result = 0;
    *ret_report = NULL;
    while (result == 0) {
        struct plugmgr_listing *listing;
        result = list(manager, accepted->interface_name, false, &listing);
        if (result < 0)
            return result;
        result = open_best(manager, listing, accepted, instance, options, ret_plugin, ret_report);
        plugmgr_listing_free(listing);
    }
    return result > 0 ? 0 : result;
}
