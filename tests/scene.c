/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[200];
static char paths[64][300];
static size_t path_count;

void scene_begin(void)
{
    const char *parent = getenv("TMPDIR");
    umask(022);
    snprintf(folder, sizeof(folder), "%s/plugmgr-check.XXXXXX", parent != NULL ? parent : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    path_count = 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status;
    (void)type;
    (void)ftw;
    return remove(path);
}

void scene_end(void)
{
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *scene_path(const char *name)
{
    char wanted[sizeof(paths[0])];
    snprintf(wanted, sizeof(wanted), "%s/%s", folder, name);
    for (size_t i = 0; i < path_count; i++)
        if (strcmp(paths[i], wanted) == 0)
            return paths[i];
    ck_assert_uint_lt(path_count, sizeof(paths) / sizeof(paths[0]));
    memcpy(paths[path_count], wanted, sizeof(wanted));
    return paths[path_count++];
}

static void copy(const char *from, const char *to)
{
    char buffer[65536];
    int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        ck_abort_msg("no mock %s: make builds it", from);
    int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
    ck_assert_int_ge(target, 0);
    for (ssize_t got; (got = read(source, buffer, sizeof(buffer))) > 0;)
        ck_assert_int_eq(write(target, buffer, (size_t)got), got);
    close(source);
    ck_assert_int_eq(close(target), 0);
}

const char *scene_install(const char *mock, const char *name)
{
    const char *top = getenv("top_builddir"), *path = scene_path(name), *fresh = scene_path("fresh");
    char source[600];
    snprintf(source, sizeof(source), "%s/tests/mock/%s.so", top != NULL ? top : ".", mock);
    copy(source, fresh);
    ck_assert_int_eq(rename(fresh, path), 0);
    return path;
}

const char *scene_write(const char *name, const char *text)
{
    const char *path = scene_path(name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

const char *scene_read(const char *name)
{
    static char text[4096];
    FILE *file = fopen(scene_path(name), "r");
    text[0] = '\0';
    if (file == NULL)
        return text;
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    return text;
}

struct mapped_search {
    const char *part;
    size_t count;
};

static int count_mapped(struct dl_phdr_info *info, size_t size, void *data)
{
    struct mapped_search *search = data;
    (void)size;
    search->count += strstr(info->dlpi_name, search->part) != NULL;
    return 0;
}

size_t scene_mapped_count(const char *part)
{
    struct mapped_search search = {part, 0};
    dl_iterate_phdr(count_mapped, &search);
    return search.count;
}

size_t scene_descriptor_count(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}
