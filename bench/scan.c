/* SPDX-License-Identifier: MIT */
/* scan: what finding the plugins of a folder costs, as ratios against what cannot be spared. Asserts nothing.
 *
 *   scan PLUGIN.so FOLDER [QT.so PEER.so]
 *
 * Fills FOLDER with copies of the plugin, each by a name of its own, and lists them; measure.h tells what a line shows,
 * and the times are those for one file. QT.so is a plugin of Qt's, PEER.so what reads its metadata (qtpeer.cpp). */
#include "image.h"
#include "scan.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "measure.h"

static const char *folder, *qt_folder;
static size_t file_count;
static size_t (*read_by_qt)(const char *path);

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "scan: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- the files ---- */

static char *read_whole(const char *path, size_t *ret_size)
{
    uint8_t *bytes;
    struct pm_problem problem;
    if (pm_file_read_whole(path, 64 << 20, &bytes, ret_size, &problem) < 0)
        fail(path);
    return (char *)bytes;
}

/* Where the four letters of the plugin's name stand; NULL: it has not just four. */
static char *find_name(char *bytes, size_t size)
{
    static const char key[] = "\0name=";
    char *at = memmem(bytes, size, key, sizeof(key) - 1);
    return at != NULL && strlen(at + sizeof(key) - 1) == 4 ? at + sizeof(key) - 1 : NULL;
}

static void write_copies(const char *source, const char *target, size_t count, size_t done)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    char path[4096];
    size_t size;
    char *bytes = read_whole(source, &size), *name = find_name(bytes, size);
    for (size_t i = done; i < count; i++) {
        size_t rest = i;
        for (size_t j = 0; name != NULL && j < 4; j++, rest /= 26)
            name[j] = letters[rest % 26];
        /* in no order, as the names of real ones */
        snprintf(path, sizeof(path), "%s/%08x_plugin.so", target, (unsigned)i * 2654435761u);
        int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (descriptor < 0 || write(descriptor, bytes, size) != (ssize_t)size || close(descriptor) < 0)
            fail(path);
    }
    free(bytes);
}

/* Whether so many copies of the file have room in the folder, and something is left. */
static bool has_room(const char *source, size_t count)
{
    struct stat status;
    struct statvfs system;
    if (stat(source, &status) < 0 || statvfs(folder, &system) < 0)
        fail(source);
    return (uint64_t)system.f_bavail * system.f_frsize / 2 / ((uint64_t)status.st_size + 4096) > count;
}

static void for_each(const char *path, void (*run)(int directory, const char *name))
{
    DIR *stream = opendir(path);
    if (stream == NULL)
        fail(path);
    for (const struct dirent *entry; (entry = readdir(stream)) != NULL;)
        if (entry->d_name[0] != '.')
            run(dirfd(stream), entry->d_name);
    closedir(stream);
}

static void drop_pages(int directory, const char *name)
{
    int descriptor = openat(directory, name, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) != 0)
        fail(name);
    close(descriptor);
}

/* ---- what is measured ---- */

static void floor_read(int directory, const char *name)
{
    char head[4096];
    struct stat status;
    int descriptor = openat(directory, name, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &status) < 0 || pread(descriptor, head, sizeof(head), 0) <= 0)
        fail(name);
    close(descriptor);
}

static void floor_scan(void)
{
    for_each(folder, floor_read);
}

static void floor_stat(int directory, const char *name)
{
    struct stat status;
    if (fstatat(directory, name, &status, 0) < 0)
        fail(name);
}

static void floor_rescan(void)
{
    for_each(folder, floor_stat);
}

static struct pm_scan *scan;

static void rescan(void)
{
    size_t count;
    if (pm_scan_refresh(scan) < 0)
        fail(folder);
    struct pm_snapshot *snapshot = pm_scan_snapshot(scan);
    const struct pm_scan_entry *entries = pm_snapshot_entries(snapshot, &count);
    if (count != file_count || entries[0].facts == NULL)
        fail("not all plugins were found");
    pm_snapshot_free(snapshot);
}

static void new_scan(void)
{
    scan = pm_scan_new();
    if (scan == NULL || pm_scan_add_directory(scan, folder) < 0)
        fail(folder);
}

static void first_scan(void)
{
    new_scan();
    rescan();
}

static void free_scan(void)
{
    pm_scan_free(scan);
    scan = NULL;
}

static void qt_scan(void)
{
    if (read_by_qt(qt_folder) != file_count)
        fail("not all plugins of Qt's were read");
}

/* As hosts do that have to run a plugin to know what it is. */
static void load(int directory, const char *name)
{
    char path[4096];
    (void)directory;
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL || dlsym(handle, "plugmgr_provide_mock_first") == NULL || dlclose(handle) != 0)
        fail(name);
}

static void load_each(void)
{
    for_each(folder, load);
}

static void drop(void)
{
    for_each(folder, drop_pages);
}

static void drop_of_qt(void)
{
    for_each(qt_folder, drop_pages);
}

/* ---- rounds ---- */

struct way {
    const char *name;
    void (*run)(void);
    void (*prepare)(void), (*finish)(void); /* not timed; NULL: nothing */
};

static double time_of(const void *argument)
{
    const struct way *way = argument;
    if (way->prepare != NULL)
        way->prepare();
    double begin = measure_now();
    way->run();
    double end = measure_now();
    if (way->finish != NULL)
        way->finish();
    return end - begin;
}

static struct measure make_measure(const struct way *way, const struct way *reference, unsigned rounds)
{
    return (struct measure){.table = "finding",
                            .size = (double)file_count,
                            .name = way->name,
                            .time = time_of,
                            .argument = way,
                            .reference_name = reference->name,
                            .reference_time = time_of,
                            .reference_argument = reference,
                            .rounds = rounds,
                            .parts = (double)file_count};
}

static void measure(const struct way *way, const struct way *reference, unsigned rounds)
{
    const struct measure both = make_measure(way, reference, rounds);
    measure_pair(&both);
}

static void measure_again(const struct way *way, unsigned rounds)
{
    const struct measure both = make_measure(way, way, rounds);
    measure_same(&both);
}

static const struct way read_floor = {"readdir+open+fstat+pread+close", floor_scan, NULL, NULL},
                        stat_floor = {"readdir+fstatat", floor_rescan, NULL, NULL},
                        first = {"first scan", first_scan, NULL, free_scan}, again = {"rescan", rescan, NULL, NULL},
                        by_qt = {"Qt's QPluginLoader::metaData", qt_scan, NULL, NULL},
                        by_dlopen = {"dlopen+dlsym+dlclose of each", load_each, NULL, NULL},
                        read_floor_cold = {"the same reads, cold", floor_scan, drop, NULL},
                        first_cold = {"first scan, cold", first_scan, drop, free_scan},
                        by_qt_cold = {"Qt's QPluginLoader::metaData, cold", qt_scan, drop_of_qt, NULL},
                        by_dlopen_cold = {"dlopen+dlsym+dlclose of each, cold", load_each, drop, NULL};

static size_t heap_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

enum { SAMPLES = 1000 }; /* of facts: the allocator keeps what was freed, which one alone would reuse unseen */

/* Bytes of the facts of one plugin. */
static double measure_facts(const char *plugin)
{
    static struct pm_facts facts[SAMPLES];
    struct pm_file file;
    struct pm_problem problem;
    struct pm_image *image;
    struct pm_build_id build_id;
    if (pm_file_open(plugin, &file, &problem) < 0 || pm_image_open(&file, &image, &problem) < 0)
        fail(plugin);
    size_t before = heap_in_use();
    for (size_t i = 0; i < SAMPLES; i++) {
        facts[i] = (struct pm_facts){0};
        if (pm_image_read_notes(image, &facts[i], &build_id, &problem) != 1)
            fail(plugin);
    }
    double size = (double)(heap_in_use() - before) / SAMPLES + (double)sizeof(facts[0]);
    for (size_t i = 0; i < SAMPLES; i++)
        pm_facts_free(&facts[i]);
    pm_image_close(image);
    pm_file_close(&file);
    return size;
}

/* Bytes on the heap of a scan for one plugin, without those of its facts. */
static void measure_memory(const char *plugin)
{
    const double count = (double)file_count, of_facts = measure_facts(plugin);
    malloc_trim(0);
    size_t before = heap_in_use();
    first_scan();
    size_t of_scan = heap_in_use() - before;
    free_scan();
    measure_count("finding-memory", count, "memory for each plugin, beside its facts",
                  (double)of_scan / count - of_facts, "bytes");
    measure_count("finding-memory", count, "memory for the facts of one", of_facts, "bytes");
}

enum { MAX_OF_PEERS = 10000 }; /* files; what takes them far longer is not asked for more */

static void measure_cold(unsigned rounds)
{
    measure_again(&read_floor_cold, rounds);
    measure(&first_cold, &read_floor_cold, rounds);
    if (read_by_qt != NULL)
        measure(&by_qt_cold, &first_cold, rounds);
    measure(&by_dlopen_cold, &first_cold, rounds);
}

static void measure_folder(const char *plugin, unsigned rounds)
{
    measure_again(&read_floor, rounds);
    measure(&first, &read_floor, rounds);
    first_scan();
    measure_again(&stat_floor, rounds);
    measure(&again, &stat_floor, rounds);
    free_scan();
    if (file_count <= MAX_OF_PEERS) {
        if (read_by_qt != NULL)
            measure(&by_qt, &first, rounds / 3 | 1);
        measure(&by_dlopen, &first, rounds / 3 | 1);
    }
    if (file_count >= 1000 && file_count <= MAX_OF_PEERS)
        measure_cold(rounds / 3 | 1);
    if (file_count >= 1000)
        measure_memory(plugin);
}

static void find_qt(const char *library)
{
    void *peer = dlopen(library, RTLD_NOW);
    void *function = peer != NULL ? dlsym(peer, "read_metadata") : NULL;
    memcpy(&read_by_qt, &function, sizeof(function));
    if (function == NULL)
        printf("no Qt to compare with: %s\n", dlerror());
}

int main(int count, char **arguments)
{
    static const size_t sizes[] = {10, 100, 1000, 10000, 100000};
    static const unsigned rounds[] = {401, 201, 61, 31, 7};
    char beside[4096];
    if (count != 3 && count != 5) {
        fputs("usage: scan PLUGIN.so FOLDER [QT.so PEER.so]\n", stderr);
        return 2;
    }
    snprintf(beside, sizeof(beside), "%s.qt", arguments[2]);
    folder = arguments[2];
    qt_folder = beside;
    if (mkdir(folder, 0755) < 0 || mkdir(qt_folder, 0755) < 0)
        fail(folder);
    if (count == 5)
        find_qt(arguments[4]);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (!has_room(arguments[1], sizes[i])) {
            printf("no room for %zu files in %s\n", sizes[i], folder);
            break;
        }
        write_copies(arguments[1], folder, sizes[i], file_count);
        if (read_by_qt != NULL && sizes[i] <= MAX_OF_PEERS)
            write_copies(arguments[3], qt_folder, sizes[i], file_count);
        file_count = sizes[i];
        sync(); /* pages that are not written yet cannot be dropped, and files of this very moment are read again */
        sleep(1);
        measure_folder(arguments[1], rounds[i]);
    }
    return 0;
}
