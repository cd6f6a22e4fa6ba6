/* SPDX-License-Identifier: MIT */
#include "folder.h"

#include "directory.h"
#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct entry {
    const char *name;
    bool is_known; /* what the name leads to */
    dev_t device;
    ino_t inode;
};

struct listing {
    struct pm_arena *arena;
    struct entry *entries;
    size_t count, capacity;
};

/* identity: NULL if the name leads nowhere. */
static void add_entry(struct listing *listing, const char *name, const struct pm_identity *identity)
{
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity > 0 ? 2 * listing->capacity : 64;
        struct entry *entries = pm_arena_new(listing->arena, capacity * sizeof(*entries));
        if (entries == NULL)
            return;
        if (listing->count > 0)
            memcpy(entries, listing->entries, listing->count * sizeof(*entries));
        listing->entries = entries;
        listing->capacity = capacity;
    }
    struct entry *entry = &listing->entries[listing->count++];
    *entry = (struct entry){.name = pm_arena_copy(listing->arena, name)};
    if (identity == NULL)
        return;
    entry->is_known = true;
    entry->device = identity->device;
    entry->inode = identity->inode;
}

static int read_entries(struct pm_directory *directory, struct listing *listing, struct pm_problem *ret_problem)
{
    const char *name;
    bool is_file;
    int more;
    while ((more = pm_directory_next(directory, &name, &is_file, ret_problem)) > 0) {
        struct pm_identity identity;
        int found = pm_file_look_at(directory->descriptor, name, &identity);
        if (found != 0)
            add_entry(listing, name, found > 0 ? &identity : NULL);
    }
    return more;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

/* The same file by its names; of those the first one in order. Names of nothing are each their own. */
static int compare_files(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (!x->is_known || !y->is_known)
        return x->is_known != y->is_known ? (int)x->is_known - (int)y->is_known : compare_names(a, b);
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    return compare_names(a, b);
}

/* Leaves each file once, and the names in order. */
static void sort_entries(struct listing *listing)
{
    size_t used = 0;
    if (listing->count == 0)
        return;
    qsort(listing->entries, listing->count, sizeof(*listing->entries), compare_files);
    for (size_t i = 0; i < listing->count; i++) {
        const struct entry *entry = &listing->entries[i], *last = used > 0 ? &listing->entries[used - 1] : NULL;
        if (last == NULL || !last->is_known || last->device != entry->device || last->inode != entry->inode)
            listing->entries[used++] = *entry;
    }
    listing->count = used;
    qsort(listing->entries, listing->count, sizeof(*listing->entries), compare_names);
}

static char *join(struct pm_arena *arena, const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = pm_arena_new(arena, size);
    bool has_slash = folder[strlen(folder) - 1] == '/';
    if (path != NULL)
        snprintf(path, size, "%s%s%s", folder, has_slash ? "" : "/", name);
    return path;
}

int folder_list(const char *path, struct pm_arena *arena, char ***ret_paths, size_t *ret_count,
                struct pm_problem *ret_problem)
{
    struct listing listing = {.arena = arena};
    struct stat status;
    struct pm_directory directory;
    if (stat(path, &status) < 0 || !S_ISDIR(status.st_mode))
        return 1;
    if (pm_directory_open(path, &directory, ret_problem) < 0)
        return -1;
    int result = read_entries(&directory, &listing, ret_problem);
    pm_directory_close(&directory);
    if (result < 0)
        return -1;
    sort_entries(&listing);
    char **paths = pm_arena_new(arena, (listing.count + 1) * sizeof(*paths));
    for (size_t i = 0; paths != NULL && i < listing.count; i++)
        paths[i] = join(arena, path, listing.entries[i].name);
    if (arena->failed)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "", NULL);
    if (listing.count == 0)
        return pm_problem_set(ret_problem, PM_FOLDER_EMPTY, "", NULL);
    *ret_paths = paths;
    *ret_count = listing.count;
    return 0;
}
