/* SPDX-License-Identifier: MIT */
/* scan: what finding the plugins of a folder costs, as ratios against what cannot be spared. Asserts nothing.
 *
 *   scan PLUGIN.so FOLDER [QT.so PEER.so]
 *
 * Fills FOLDER with copies of the plugin, each by a name of its own, and lists them. Every round runs each measured
 * thing once after its reference, so that both see the same machine; a line shows the median of the rounds' ratios with
 * the range of the middle half, and the median time for one file. The first line of each block measures the reference
 * against itself. QT.so is a plugin of Qt's, PEER.so what reads its metadata (qtpeer.cpp). */
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
#include <time.h>
#include <unistd.h>

enum { MAX_ROUNDS = 401 };

static const char *folder;
static size_t file_count;
static size_t (*read_by_qt)(const char *path);
static double (*measured_by)(void);

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "scan: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
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

static void for_each(void (*run)(int directory, const char *name))
{
    DIR *stream = opendir(folder);
    if (stream == NULL)
        fail(folder);
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

/* ---- what is measured; each returns nanoseconds ---- */

static void floor_read(int directory, const char *name)
{
    char head[4096];
    struct stat status;
    int descriptor = openat(directory, name, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &status) < 0 || pread(descriptor, head, sizeof(head), 0) <= 0)
        fail(name);
    close(descriptor);
}

static double floor_scan(void)
{
    double begin = now();
    for_each(floor_read);
    return now() - begin;
}

static void floor_stat(int directory, const char *name)
{
    struct stat status;
    if (fstatat(directory, name, &status, 0) < 0)
        fail(name);
}

static double floor_rescan(void)
{
    double begin = now();
    for_each(floor_stat);
    return now() - begin;
}

static struct pm_scan *scan;

static void refresh(void)
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

static double first_scan(void)
{
    double begin = now();
    new_scan();
    refresh();
    double end = now();
    pm_scan_free(scan);
    return end - begin;
}

static double rescan(void)
{
    double begin = now();
    refresh();
    return now() - begin;
}

static double cold(void)
{
    for_each(drop_pages);
    return measured_by();
}

static double cold_floor(void)
{
    measured_by = floor_scan;
    return cold();
}

static double cold_scan(void)
{
    measured_by = first_scan;
    return cold();
}

static double qt_scan(void)
{
    double begin = now();
    if (read_by_qt(folder) != file_count)
        fail("not all plugins of Qt's were read");
    return now() - begin;
}

/* ---- rounds ---- */

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const char *name, double (*run)(void), const char *reference_name, double (*reference)(void),
                    size_t rounds)
{
    static double ratios[MAX_ROUNDS], times[MAX_ROUNDS], bases[MAX_ROUNDS];
    for (size_t i = 0; i < rounds; i++) {
        bases[i] = reference();
        times[i] = run();
        ratios[i] = times[i] / bases[i];
    }
    qsort(ratios, rounds, sizeof(ratios[0]), compare);
    qsort(times, rounds, sizeof(times[0]), compare);
    qsort(bases, rounds, sizeof(bases[0]), compare);
    double files = (double)file_count * 1e3;
    printf("%7zu  %-30s %7.2f  (%.2f to %.2f)  times %-26s %8.2f us of %.2f us\n", file_count, name, ratios[rounds / 2],
           ratios[rounds / 4], ratios[3 * rounds / 4], reference_name, times[rounds / 2] / files,
           bases[rounds / 2] / files);
    fflush(stdout);
}

static size_t heap_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* Bytes on the heap of a scan for one plugin, without those of its facts. */
static void measure_memory(const char *plugin)
{
    struct pm_file file;
    struct pm_problem problem;
    struct pm_image *image;
    struct pm_facts facts = {0};
    struct pm_build_id build_id;
    if (pm_file_open(plugin, &file, &problem) < 0 || pm_image_open(&file, &image, &problem) < 0)
        fail(plugin);
    size_t before = heap_in_use();
    if (pm_image_read_notes(image, &facts, &build_id, &problem) != 1)
        fail(plugin);
    size_t of_facts = heap_in_use() - before + sizeof(facts);
    pm_facts_free(&facts);
    pm_image_close(image);
    pm_file_close(&file);
    before = heap_in_use();
    new_scan();
    refresh();
    size_t of_scan = heap_in_use() - before;
    pm_scan_free(scan);
    printf("%7zu  memory for each plugin: %zu bytes beside its facts, which take %zu\n", file_count,
           of_scan / file_count - of_facts, of_facts);
}

static void measure_folder(const char *plugin, size_t rounds)
{
    static const char read_name[] = "readdir+open+fstat+pread+close", stat_name[] = "readdir+fstatat";
    measure("the same (A/A)", floor_scan, read_name, floor_scan, rounds);
    measure("first scan", first_scan, read_name, floor_scan, rounds);
    new_scan();
    refresh();
    measure("the same (A/A)", floor_rescan, stat_name, floor_rescan, rounds);
    measure("rescan", rescan, stat_name, floor_rescan, rounds);
    pm_scan_free(scan);
    if (file_count >= 1000 && file_count <= 10000) {
        size_t cold_rounds = rounds / 3 | 1;
        measure("the same, cold (A/A)", cold_floor, read_name, cold_floor, cold_rounds);
        measure("first scan, cold", cold_scan, read_name, cold_floor, cold_rounds);
    }
    measure_memory(plugin);
}

/* Qt's files stand in a folder of their own. */
static void measure_qt(const char *qt_folder, size_t rounds)
{
    const char *own_folder = folder;
    static double ours[MAX_ROUNDS], ratios[MAX_ROUNDS];
    for (size_t i = 0; i < rounds; i++) {
        ours[i] = first_scan();
        folder = qt_folder;
        ratios[i] = qt_scan() / ours[i];
        folder = own_folder;
    }
    qsort(ratios, rounds, sizeof(ratios[0]), compare);
    qsort(ours, rounds, sizeof(ours[0]), compare);
    printf("%7zu  %-30s %7.2f  (%.2f to %.2f)  times %-26s of %.2f us\n", file_count, "Qt's QPluginLoader::metaData",
           ratios[rounds / 2], ratios[rounds / 4], ratios[3 * rounds / 4], "first scan",
           ours[rounds / 2] / (double)file_count / 1e3);
}

int main(int count, char **arguments)
{
    static const size_t sizes[] = {10, 100, 1000, 10000, 100000}, rounds[] = {401, 201, 61, 31, 7};
    if (count != 3 && count != 5) {
        fputs("usage: scan PLUGIN.so FOLDER [QT.so PEER.so]\n", stderr);
        return 2;
    }
    char qt_folder[4096];
    snprintf(qt_folder, sizeof(qt_folder), "%s.qt", arguments[2]);
    folder = arguments[2];
    if (mkdir(folder, 0755) < 0 || mkdir(qt_folder, 0755) < 0)
        fail(folder);
    if (count == 5) {
        void *peer = dlopen(arguments[4], RTLD_NOW);
        void *function = peer != NULL ? dlsym(peer, "read_metadata") : NULL;
        memcpy(&read_by_qt, &function, sizeof(function));
        if (function == NULL) {
            fprintf(stderr, "scan: %s\n", dlerror());
            return 1;
        }
    }
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (!has_room(arguments[1], sizes[i])) {
            printf("%7zu  no room for them in %s\n", sizes[i], folder);
            break;
        }
        write_copies(arguments[1], folder, sizes[i], file_count);
        if (read_by_qt != NULL && sizes[i] <= 10000)
            write_copies(arguments[3], qt_folder, sizes[i], file_count);
        file_count = sizes[i];
        sync(); /* pages that are not written yet cannot be dropped, and files of this very moment are read again */
        sleep(1);
        measure_folder(arguments[1], rounds[i]);
        if (read_by_qt != NULL && sizes[i] <= 10000)
            measure_qt(qt_folder, rounds[i] / 3 | 1);
    }
    return 0;
}
