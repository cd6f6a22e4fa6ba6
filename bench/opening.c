/* SPDX-License-Identifier: MIT */
/* opening: what reading and opening a plugin costs, as ratios against what cannot be spared. Asserts nothing.
 *
 *   opening SMALL.so LARGE.so
 *
 * Every round runs each measured thing once after its reference, so that both see the same machine; a line shows the
 * median of the rounds' ratios with the range of the middle half, and the median time for orientation. The first line
 * measures the reference against itself: differences as large as its range mean nothing. */
#include "module.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <plugmgr/host.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 201 };

static struct plugmgr *manager;

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

static void open_and_close(const char *path)
{
    struct plugmgr_plugin *plugin;
    if (plugmgr_open(manager, path, NULL, &plugin, NULL) != 0 || plugmgr_close(plugin) != PLUGMGR_UNLOADED)
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
    double ratios[ROUNDS], times[ROUNDS];
    for (unsigned i = 0; i < ROUNDS; i++) {
        double base = time_of(reference, reference_path, repeat);
        times[i] = time_of(run, path, repeat);
        ratios[i] = times[i] / base;
    }
    qsort(ratios, ROUNDS, sizeof(ratios[0]), compare);
    qsort(times, ROUNDS, sizeof(times[0]), compare);
    printf("%-34s %6.2f  (%.2f to %.2f) times %-28s %9.0f ns\n", name, ratios[ROUNDS / 2], ratios[ROUNDS / 4],
           ratios[3 * ROUNDS / 4], reference_name, times[ROUNDS / 2]);
}

int main(int argc, char **argv)
{
    if (argc != 3 || plugmgr_new(&manager, NULL) != 0) {
        fputs("usage: opening SMALL.so LARGE.so\n", stderr);
        return 2;
    }
    const char *small = argv[1], *large = argv[2];
    const char *floor_name = "open+fstat+pread+close", *dlopen_name = "dlopen+dlsym+dlclose";
    measure("the same (A/A)", floor_read, small, floor_name, floor_read, small, 50);
    measure("reading a module", read_module, small, floor_name, floor_read, small, 50);
    measure("reading a module of 100 MB", read_module, large, "reading the small one", read_module, small, 50);
    measure("plugmgr_check", check, small, floor_name, floor_read, small, 20);
    measure("the same (A/A)", bare_dlopen, small, dlopen_name, bare_dlopen, small, 5);
    measure("plugmgr_open+plugmgr_close", open_and_close, small, dlopen_name, bare_dlopen, small, 5);
    plugmgr_free(manager);
    return 0;
}
