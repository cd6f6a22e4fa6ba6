/* SPDX-License-Identifier: MIT */
/* opening: what reading and opening a plugin costs, as ratios against what cannot be spared. Asserts nothing; how times
 * are taken and told stands in measure.h.
 *
 *   opening compare SMALL.so LARGE.so OPENED.so SEARCHING.so [PEER.so…]
 *   opening library LIBRARY.so SMALL.so           reading a library, against reading a small plugin
 *   opening sizes NAME PLUGIN.so…                 sealed, over the size of the file
 *   opening first path|sealed|bare PLUGIN.so      prints the nanoseconds of the first opening in this process
 *   opening loop bare|path|sealed|check|read|floor PLUGIN.so COUNT     for strace and profilers
 */
#include "measure.h"
#include "module.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <plugmgr/host.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct plugmgr *manager, *sealing;
static bool (*peer)(const char *path, const char *symbol);

/* What any check must do: open, ask for the size, read the header, close. */
static void floor_read(const void *path)
{
    char head[4096];
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &status) < 0 || pread(descriptor, head, sizeof(head), 0) <= 0)
        exit(1);
    close(descriptor);
}

static void read_module(const void *path)
{
    struct pm_module module;
    pm_module_read_path(path, &module);
    if (module.problem_count > 0)
        exit(1);
    pm_module_free(&module);
}

static void check(const void *path)
{
    if (plugmgr_check(manager, path, NULL, NULL) != 0)
        exit(1);
}

static void bare_dlopen(const void *path)
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

static void open_by_path(const void *path)
{
    open_with(manager, path);
}

static void open_sealed(const void *path)
{
    open_with(sealing, path);
}

static void open_with_peer(const void *path)
{
    if (!peer(path, "plugmgr_provide_mock_first"))
        exit(1);
}

static const char floor_name[] = "open+fstat+pread+close", dlopen_name[] = "dlopen+dlsym+dlclose";

/* Against the floor of reading. */
static void measure_reading(const char *name, void (*run)(const void *), const char *path, unsigned repeat)
{
    const struct measure measure = {.table = "reading",
                                    .name = name,
                                    .reference_name = floor_name,
                                    .run = run,
                                    .argument = path,
                                    .reference = floor_read,
                                    .reference_argument = path,
                                    .repeat = repeat};
    if (run == floor_read)
        measure_same(&measure);
    else
        measure_pair(&measure);
}

static void measure_beside(const char *name, const char *path, const char *small)
{
    measure_pair(&(struct measure){.table = "reading",
                                   .name = name,
                                   .reference_name = "reading the small one",
                                   .run = read_module,
                                   .argument = path,
                                   .reference = read_module,
                                   .reference_argument = small,
                                   .repeat = 50});
}

/* Against the bare calls. size: bytes; 0: it is not what is looked at. */
static void measure_opening(const char *table, const char *name, void (*run)(const void *), const char *path,
                            double size)
{
    const struct measure measure = {.table = table,
                                    .name = name,
                                    .reference_name = dlopen_name,
                                    .run = run,
                                    .argument = path,
                                    .reference = bare_dlopen,
                                    .reference_argument = path,
                                    .repeat = 5,
                                    .size = size};
    if (run == bare_dlopen)
        measure_same(&measure);
    else
        measure_pair(&measure);
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
    measure_opening("opening", file_of(library), open_with_peer, path, 0);
}

static void compare_all(char *const *paths, int count)
{
    const char *small = paths[0], *large = paths[1], *opened = paths[2], *searching = paths[3];
    measure_reading("", floor_read, small, 50);
    measure_reading("reading a module", read_module, small, 50);
    measure_reading("reading a module of 100 MB", read_module, large, 50);
    measure_beside("reading a module of 100 MB", large, small);
    measure_reading("plugmgr_check", check, opened, 20);
    measure_opening("opening", "", bare_dlopen, opened, 0);
    measure_opening("opening", "by path", open_by_path, opened, 0);
    measure_opening("opening", "sealed", open_sealed, opened, 0);
    measure_opening("opening", "by path, with RUNPATH", open_by_path, searching, 0);
    for (int i = 4; i < count; i++)
        measure_peer(paths[i], opened);
}

static void compare_sizes(const char *name, char *const *paths, int count)
{
    struct stat status;
    for (int i = 0; i < count; i++)
        if (stat(paths[i], &status) == 0)
            measure_opening("sealed", name, open_sealed, paths[i], (double)status.st_size);
}

/* What a process pays that opens one plugin: nothing is in any cache of its own yet. */
static void print_first(const char *kind, const char *path)
{
    double begin = measure_now();
    struct plugmgr_plugin *plugin;
    if (strcmp(kind, "bare") == 0) {
        if (dlopen(path, RTLD_NOW | RTLD_LOCAL) == NULL)
            exit(1);
    } else if (plugmgr_open(strcmp(kind, "sealed") == 0 ? sealing : manager, path, NULL, &plugin, NULL) != 0) {
        exit(1);
    }
    printf("%.0f\n", measure_now() - begin);
}

static void run_loop(const char *kind, const char *path, long count)
{
    static const struct {
        const char *name;
        void (*run)(const void *);
    } kinds[] = {{"bare", bare_dlopen}, {"path", open_by_path}, {"sealed", open_sealed},
                 {"check", check},      {"read", read_module},  {"floor", floor_read}};
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
    if (strcmp(argv[1], "library") == 0 && argc == 4)
        measure_beside(file_of(argv[2]), argv[2], argv[3]);
    if (strcmp(argv[1], "sizes") == 0)
        compare_sizes(argv[2], argv + 3, argc - 3);
    if (strcmp(argv[1], "first") == 0 && argc == 4)
        print_first(argv[2], argv[3]);
    if (strcmp(argv[1], "loop") == 0 && argc == 5)
        run_loop(argv[2], argv[3], atol(argv[4]));
    plugmgr_free(sealing);
    plugmgr_free(manager);
    return 0;
}
