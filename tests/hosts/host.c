/* SPDX-License-Identifier: MIT */
/* A host in C: host COMMAND PLUGIN… With WITH_DECOY it exports (link with -rdynamic) what plugins export. */
#include "try.h"

#include <pthread.h>

#include "mock.h"

PLUGMGR_HOST("chost", "1.0.0");
PLUGMGR_ACCEPT(counter, COUNTER_MAJOR, 0);
PLUGMGR_ACCEPT(mock, 1, 1);

#ifdef WITH_DECOY
#include "decoy.c"
#endif

static struct plugmgr *open_manager(void)
{
    struct plugmgr *manager;
    if (plugmgr_new(&manager, NULL) < 0)
        exit(99);
    return manager;
}

static struct plugmgr_plugin *open_or_exit(struct plugmgr *manager, const char *path)
{
    struct plugmgr_plugin *plugin;
    struct plugmgr_report *report;
    if (plugmgr_open(manager, path, NULL, &plugin, &report) < 0) {
        print_report(report);
        exit(1);
    }
    plugmgr_report_free(report);
    return plugin;
}

/* Two at once, by turns. */
static int use_both(char **paths)
{
    struct plugmgr *manager = open_manager();
    plugmgr_interface_counter *counters[2];
    for (int i = 0; i < 2; i++)
        counters[i] = plugmgr_get(open_or_exit(manager, paths[i]), counter);
    for (int i = 0; i < 6; i++)
        printf("%s %d\n", counters[i % 2]->language(), counters[i % 2]->next());
    fflush(stdout);
    plugmgr_free(manager);
    return 0;
}

/* A manager of its own, and one plugin opened and closed over and over. NULL: all was well. */
static void *open_often(void *path)
{
    struct plugmgr *manager = open_manager();
    for (int i = 0; i < 25; i++) {
        struct plugmgr_plugin *plugin = open_or_exit(manager, path);
        plugmgr_interface_counter *found = plugmgr_get(plugin, counter);
        int first = found->next();
        if (found->next() != 2 * first || plugmgr_close(plugin) != PLUGMGR_UNLOADED)
            return path;
    }
    plugmgr_free(manager);
    return NULL;
}

static int use_threads(char **paths, int count)
{
    pthread_t threads[8];
    int failed = 0;
    for (int i = 0; i < count; i++)
        if (i >= 8 || pthread_create(&threads[i], NULL, open_often, paths[i]) != 0)
            return 99;
    for (int i = 0; i < count; i++) {
        void *result;
        failed |= pthread_join(threads[i], &result) != 0 || result != NULL;
    }
    printf("%d threads: %s\n", count, failed ? "failed" : "well");
    return failed;
}

/* What the start of the mock plugin callback calls: opens the very file that is being opened. */
static struct plugmgr *opening_manager;
static const char *opening_path;
static int open_again(void)
{
    struct plugmgr_plugin *plugin;
    struct plugmgr_report *report;
    int result = plugmgr_open(opening_manager, opening_path, NULL, &plugin, &report);
    print_report(report);
    plugmgr_report_free(report);
    return result == -PLUGMGR_E_REFUSED ? 0 : -1;
}

static int open_within_start(const char *path)
{
    char config[40];
    void *address;
    int (*callback)(void) = open_again;
    struct plugmgr_open_options options = {.size = sizeof(options), .config = config};
    struct plugmgr_plugin *plugin;
    memcpy(&address, &callback, sizeof(address));
    snprintf(config, sizeof(config), "%p", address);
    opening_manager = open_manager();
    opening_path = path;
    int result = plugmgr_open(opening_manager, path, &options, &plugin, NULL);
    printf("%s\n", plugmgr_error_text(result));
    plugmgr_free(opening_manager);
    return result < 0;
}

static int close_with_report(const char *path)
{
    struct plugmgr *manager = open_manager();
    struct plugmgr_report *report;
    if (plugmgr_close_report(open_or_exit(manager, path), &report) < 0)
        exit(99);
    print_report(report);
    plugmgr_report_free(report);
    plugmgr_free(manager);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    const char *command = argv[1];
    if (strcmp(command, "both") == 0 && argc == 4)
        return use_both(argv + 2);
    if (strcmp(command, "threads") == 0)
        return use_threads(argv + 2, argc - 2);
    if (strcmp(command, "within-start") == 0)
        return open_within_start(argv[2]);
    if (strcmp(command, "close") == 0)
        return close_with_report(argv[2]);
    if (strcmp(command, "start") == 0 && argc == 4)
        return try_plugin(argv[2], argv[3]);
    if (strcmp(command, "try") != 0)
        return 2;
    for (int i = 2; i < argc; i++)
        try_plugin(argv[i], NULL);
    return 0;
}
