/* SPDX-License-Identifier: MIT */
/* try.h: opens a plugin for the host of the object that includes this, and prints what came of it. */
#ifndef TRY_H
#define TRY_H

#include <plugmgr/host.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "counter.h"

/* How many mappings of this process are of the file. */
static inline unsigned count_mappings(const char *path)
{
    char line[4096];
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash : path;
    unsigned count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    if (maps == NULL) {
        perror("/proc/self/maps");
        exit(99);
    }
    while (fgets(line, sizeof(line), maps) != NULL)
        count += strstr(line, name) != NULL;
    fclose(maps);
    return count;
}

static inline void print_report(const struct plugmgr_report *report)
{
    char *text;
    if (plugmgr_report_text(report, 0, &text) < 0)
        exit(99);
    fputs(text, stdout);
    free(text);
}

/* 0, so that main can return it. */
static inline int try_plugin(const char *path, const char *config)
{
    struct plugmgr_open_options options = {0};
    struct plugmgr *manager;
    struct plugmgr_plugin *plugin;
    struct plugmgr_report *report;
    options.size = sizeof(options);
    options.config = config;
    if (plugmgr_new(&manager, NULL) < 0) {
        puts("no manager");
        exit(99);
    }
    int result = plugmgr_open(manager, path, &options, &plugin, &report);
    print_report(report);
    if (result < 0) {
        printf("%s; mapped %u times\n", plugmgr_error_text(result), count_mappings(path));
    } else {
        printf("%s %s:", plugmgr_plugin_name(plugin), plugmgr_plugin_version(plugin));
        if (plugmgr_get(plugin, counter) != NULL)
            printf(" %d", plugmgr_get(plugin, counter)->next());
        printf("; mapped: %s\n", count_mappings(path) > 0 ? "yes" : "no");
        fflush(stdout); /* the plugin's destructors may print by other means */
        result = plugmgr_close(plugin);
        printf("closed: %d, mapped %u times\n", result, count_mappings(path));
    }
    plugmgr_report_free(report);
    plugmgr_free(manager);
    return 0;
}

#endif
