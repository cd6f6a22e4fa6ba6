/* SPDX-License-Identifier: MIT */
/* opening: what reading and opening a plugin costs, as ratios against what cannot be spared. Asserts nothing.
 *
 *   opening compare SMALL.so LARGE.so OPENED.so SEARCHING.so [PEER.so…]
 *   opening sizes PLUGIN.so…
 *   opening loop bare|path|sealed|check|floor PLUGIN.so COUNT     for strace and profilers
 *
 * Every round runs each measured thing once beside its reference, in turns before and behind it, so that both see the
 * same machine; a line shows the median of the rounds' ratios with the range of the middle half, and the median time
 * for orientation. The lines "(A/A)" measure a reference against itself: differences as large as their range mean
 * nothing. */
#include "module.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <plugmgr/host.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 201 };

static struct plugmgr *manager, *sealing;
static bool (*peer)(const char *path, const char *symbol);

/* What any check must do: open, ask for the size, read the header, close. */
static void floor_read(const char *path)
{
    char head[4096];
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &status) < 0 || pread(descriptor, head, sizeof(head), 0) <= 0)
        exit(1);
    close(descriptor);
}

static void read_module(const char *path)
{
    struct pm_module module;
    pm_module_read_path(path, &module);
    if (module.problem_count > 0 || module.facts.role != PM_ROLE_PLUGIN)
        exit(1);
    pm_module_free(&module);
}

static void check(const char *path)
{
    if (plugmgr_check(manager, path, NULL, NULL) != 0)
        exit(1);
}

static void bare_dlopen(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL || dlsym(handle, "plugmgr_provide_mock_first") == NULL || dlclose(handle) != 0)
        exit(1);
}

static void open_with(struct plugmgr *with, const char *path)
{
    struct plugmgr_plugin *plugin;
    if (plugmgr_open(with, path, NULL, &plugin, NULL) != 0 || plugmgr_close(plugin) != PLUGMGR_UNLOADED)
        exit(1);
}

static void open_by_path(const char *path)
{
    open_with(manager, path);
}

static void open_sealed(const char *path)
{
    open_with(sealing, path);
}

static void open_with_peer(const char *path)
{
    if (!peer(path, "plugmgr_provide_mock_first"))
        exit(1);
}

static double time_of(void (*run)(const char *), const char *path, unsigned repeat)
{
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (unsigned i = 0; i < repeat; i++)
        run(path);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / repeat;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const char *name, void (*run)(const char *), const char *path, const char *reference_name,
                    void (*reference)(const char *), const char *reference_path, unsigned repeat)
{
    double ratios[ROUNDS], times[ROUNDS], base = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        bool is_first = i % 2 == 0;
        if (!is_first)
            base = time_of(reference, reference_path, repeat);
        times[i] = time_of(run, path, repeat);
        if (is_first)
            base = time_of(reference, reference_path, repeat);
        ratios[i] = times[i] / base;
    }
    qsort(ratios, ROUNDS, sizeof(ratios[0]), compare);
    qsort(times, ROUNDS, sizeof(times[0]), compare);
    printf("%-34s %6.2f  (%.2f to %.2f)  %-28s %9.0f ns\n", name, ratios[ROUNDS / 2], ratios[ROUNDS / 4],
           ratios[3 * ROUNDS / 4], reference_name, times[ROUNDS / 2]);
}

static const char floor_name[] = "open+fstat+pread+close", dlopen_name[] = "dlopen+dlsym+dlclose";

static void measure_opening(const char *name, void (*run)(const char *), const char *path)
{
    measure(name, run, path, dlopen_name, bare_dlopen, path, 5);
}

static const char *file_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static void measure_peer(const char *library, const char *path)
{
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
    void *address = handle != NULL ? dlsym(handle, "open_and_close") : NULL;
    if (address == NULL)
        exit(1);
    memcpy(&peer, &address, sizeof(peer));
    measure_opening(file_of(library), open_with_peer, path);
}

static void compare_all(char *const *paths, int count)
{
    const char *small = paths[0], *large = paths[1], *opened = paths[2], *searching = paths[3];
    measure("the same (A/A)", floor_read, small, floor_name, floor_read, small, 50);
    measure("reading a module", read_module, small, floor_name, floor_read, small, 50);
    measure("reading a module of 100 MB", read_module, large, floor_name, floor_read, large, 50);
    measure("the same, against the small one", read_module, large, "reading the small one", read_module, small, 50);
    measure("plugmgr_check", check, opened, floor_name, floor_read, opened, 20);
    measure_opening("the same (A/A)", bare_dlopen, opened);
    measure_opening("opening and closing, by path", open_by_path, opened);
    measure_opening("opening and closing, sealed", open_sealed, opened);
    measure_opening("by path, with RUNPATH", open_by_path, searching);
    for (int i = 4; i < count; i++)
        measure_peer(paths[i], opened);
}

static void run_loop(const char *kind, const char *path, long count)
{
    static const struct {
        const char *name;
        void (*run)(const char *);
    } kinds[] = {{"bare", bare_dlopen},
                 {"path", open_by_path},
                 {"sealed", open_sealed},
                 {"check", check},
                 {"floor", floor_read}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        for (long k = 0; strcmp(kind, kinds[i].name) == 0 && k < count; k++)
            kinds[i].run(path);
}

int main(int argc, char **argv)
{
    const struct plugmgr_options options = {.size = sizeof(options), .mode = PLUGMGR_MODE_SEALED};
    if (argc < 3 || plugmgr_new(&manager, NULL) != 0 || plugmgr_new(&sealing, &options) != 0) {
        fputs("usage: see the source\n", stderr);
        return 2;
    }
    if (strcmp(argv[1], "compare") == 0 && argc >= 6)
        compare_all(argv + 2, argc - 2);
    for (int i = 2; strcmp(argv[1], "sizes") == 0 && i < argc; i++)
        measure_opening(file_of(argv[i]), open_sealed, argv[i]);
    if (strcmp(argv[1], "loop") == 0 && argc == 5)
        run_loop(argv[2], argv[3], atol(argv[4]));
    plugmgr_free(sealing);
    plugmgr_free(manager);
    return 0;
}
