/* SPDX-License-Identifier: MIT */
/* list.c: what provides user_manager on the search path: found, read and judged, with nothing of it loaded. */
#include "userhost.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 5 };

struct row {
    char *cells[COLUMNS]; /* escaped; owned */
};

struct table {
    struct row *rows; /* the first is the heading */
    size_t count;
};

/* An escaped copy, which the table owns. */
static char *copy(const char *text)
{
    char *escaped = plugmgr_escape(text);
    if (escaped == NULL) {
        complain(STATUS_FAILED, "the plugins cannot be listed", "out of memory");
        exit(STATUS_FAILED);
    }
    return escaped;
}

static void add_row(struct table *table, const char *plugin, const char *instance, const char *version,
                    const char *verdict, const char *file)
{
    table->rows[table->count++] =
        (struct row){.cells = {copy(plugin), copy(instance), copy(version), copy(verdict), copy(file)}};
}

/* In a word: "accepted", or the code of what refuses it. */
static const char *verdict_of(int result, const struct plugmgr_report *report)
{
    const struct plugmgr_finding *gravest = plugmgr_report_finding(report, 0);
    if (result == 0)
        return gravest != NULL && gravest->severity == PLUGMGR_WARNING ? "accepted, with a warning" : "accepted";
    return gravest != NULL ? gravest->code : plugmgr_error_text(result);
}

static void add_provider(struct table *table, const struct plugmgr_provider *provider)
{
    char plugin[256], version[16];
    snprintf(plugin, sizeof(plugin), "%s %s", provider->plugin_name, provider->plugin_version);
    snprintf(version, sizeof(version), "%u.%u", provider->major, provider->minor);
    add_row(table, plugin, provider->instance, version, verdict_of(provider->result, provider->report), provider->path);
}

static void print_row(const struct row *row, const size_t widths[COLUMNS])
{
    for (size_t i = 0; i < COLUMNS - 1; i++)
        printf("%-*s  ", (int)widths[i], row->cells[i]);
    puts(row->cells[COLUMNS - 1]);
}

static void print_table(const struct table *table)
{
    size_t widths[COLUMNS] = {0};
    for (size_t i = 0; i < table->count; i++) {
        for (size_t column = 0; column < COLUMNS; column++) {
            size_t length = strlen(table->rows[i].cells[column]);
            if (length > widths[column])
                widths[column] = length;
        }
    }
    for (size_t i = 0; i < table->count; i++)
        print_row(&table->rows[i], widths);
}

static void free_table(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        for (size_t column = 0; column < COLUMNS; column++)
            free(table->rows[i].cells[column]);
    }
    free(table->rows);
}

static bool fill_table(struct table *table, const struct plugmgr_listing *listing)
{
    size_t providers = plugmgr_listing_provider_count(listing), files = plugmgr_listing_file_count(listing);
    table->rows = calloc(1 + providers + files, sizeof(*table->rows));
    if (table->rows == NULL)
        return false;
    add_row(table, "plugin", "instance", "version", "verdict", "file");
    for (size_t i = 0; i < providers; i++)
        add_provider(table, plugmgr_listing_provider(listing, i));
    for (size_t i = 0; i < files; i++) {
        const struct plugmgr_listed_file *file = plugmgr_listing_file(listing, i);
        add_row(table, "-", "-", "-", verdict_of(-PLUGMGR_E_REFUSED, file->report), file->path);
    }
    return true;
}

/* The reasons, behind the table. */
static void print_reasons(const struct plugmgr_listing *listing, const struct arguments *arguments)
{
    fflush(stdout);
    for (size_t i = 0; i < plugmgr_listing_provider_count(listing); i++)
        print_report(plugmgr_listing_provider(listing, i)->report, arguments);
    for (size_t i = 0; i < plugmgr_listing_file_count(listing); i++)
        print_report(plugmgr_listing_file(listing, i)->report, arguments);
}

enum status list_plugins(struct plugmgr *plugins, const struct arguments *arguments)
{
    struct plugmgr_listing *listing;
    int error = plugmgr_list(plugins, "user_manager", &listing);
    if (error < 0)
        return complain(STATUS_FAILED, "the plugins cannot be listed", plugmgr_error_text(error));
    struct table table = {0};
    enum status status = STATUS_NOT_FOUND;
    if (!fill_table(&table, listing))
        status = complain(STATUS_FAILED, "the plugins cannot be listed", "out of memory");
    for (size_t i = 0; i < plugmgr_listing_provider_count(listing) && status == STATUS_NOT_FOUND; i++) {
        if (plugmgr_listing_provider(listing, i)->result == 0)
            status = STATUS_FOUND;
    }
    if (status != STATUS_FAILED) {
        print_table(&table);
        print_reasons(listing, arguments);
    }
    free_table(&table);
    plugmgr_listing_free(listing);
    return status;
}
