/* SPDX-License-Identifier: MIT */
#include "scan.h"

#include "directory.h"
#include "image.h"
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    AHEAD = 8,      /* files that are open, so that the system reads them, while the first of them is looked at */
    SLOW = 40000,   /* nanoseconds that a file takes which was not in memory; all others take a fifth, or less */
    ANNOUNCED = 64, /* files that are announced to the system behind a slow one */
};

/* What is known of a directory. The files belong to the scan's snapshot, but for new ones during a refresh. */
struct listing {
    struct pm_scanned **files; /* in the order of the directory */
    size_t count, capacity;
    size_t fresh_count;            /* of those, the new ones */
    struct pm_scanned_list sorted; /* the same by name */
    struct pm_scanned *trouble;    /* the directory itself, if it could not be listed */
    bool is_changed;               /* sorted and trouble are not as they were; else sorted is not filled */
};

struct folder {
    char *path;
    struct listing listing;
};

struct pm_scan {
    struct folder *folders;
    size_t count;
    unsigned round;
    struct pm_snapshot *snapshot;
};

/* ---- one file ---- */

/* Keeps the problem in place of facts. -1: no memory. */
static int set_problem(struct pm_scanned *file, const struct pm_problem *problem)
{
    if (problem->code == PM_OUT_OF_MEMORY)
        return -1;
    pm_facts_free(&file->facts);
    file->problem = malloc(sizeof(*problem));
    if (file->problem == NULL)
        return -1;
    *file->problem = *problem;
    file->is_settled &= !pm_code_is_unreadable(problem->code);
    return 0;
}

/* 0: facts of a plugin; -1: *ret_problem. */
static int read_facts(struct pm_image *image, const struct pm_file *file, struct pm_facts *facts,
                      struct pm_problem *ret_problem)
{
    struct pm_build_id ignored;
    if (pm_image_read(image, file, ret_problem) < 0)
        return -1;
    int found = pm_image_read_notes(image, facts, &ignored, ret_problem), unmapped = 0;
    if (found == 0)
        unmapped = pm_image_has_unmapped_note(image, ret_problem);
    if (facts->arena.failed)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
    if (found < 0 || unmapped < 0 || (found > 0 && pm_facts_finish(facts, ret_problem) < 0))
        return -1;
    if (unmapped > 0)
        return pm_problem_set(ret_problem, PM_NOTE_NOT_MAPPED, "its notes lie where no segment covers them", NULL);
    if (found == 0)
        return pm_problem_set(ret_problem, PM_NOT_A_PLUGIN, "it has no PlugMgr notes", NULL);
    if (facts->role != PM_ROLE_PLUGIN)
        return pm_problem_set(ret_problem, PM_NOT_A_PLUGIN, "it is a host", NULL);
    return 0;
}

static bool is_same_problem(const struct pm_scanned *a, const struct pm_scanned *b)
{
    return a->problem != NULL && b->problem != NULL && a->problem->code == b->problem->code &&
           strcmp(a->problem->detail, b->problem->detail) == 0 && pm_identity_equal(&a->identity, &b->identity);
}

/* What is to stay in the place of a file or directory that was read anew: what was known, if it says the same. */
static struct pm_scanned *choose(struct pm_scanned *fresh, struct pm_scanned *before)
{
    if (fresh == NULL || before == NULL || !is_same_problem(fresh, before))
        return fresh;
    pm_scanned_free(fresh);
    return before;
}

/* ---- the files of one directory ---- */

static bool append(struct listing *listing, struct pm_scanned *file)
{
    if (listing->count == listing->capacity) {
        size_t capacity = listing->capacity > 0 ? 2 * listing->capacity : 64;
        struct pm_scanned **files = realloc(listing->files, capacity * sizeof(struct pm_scanned *));
        if (files == NULL)
            return false;
        listing->files = files;
        listing->capacity = capacity;
    }
    listing->files[listing->count++] = file;
    return true;
}

static void leave_out_gone(struct listing *listing)
{
    size_t used = 0;
    for (size_t i = 0; i < listing->count; i++)
        if (listing->files[i] != NULL)
            listing->files[used++] = listing->files[i];
    listing->count = used;
}

/* A file that was opened, or could not be. */
struct opened {
    struct pm_file file;
    struct pm_problem problem;
    bool has_problem;
};

/* Reads the files of a listing, one after the other. */
struct reader {
    int directory; /* its descriptor */
    struct listing *listing;
    unsigned round;
    struct timespec now; /* of the clock of time stamps, when none of them had been read */
    struct pm_image *image;
    struct opened ring[AHEAD];
    size_t next;         /* of the files, to be opened */
    size_t opened, done; /* how many were opened, and read, so far */
    unsigned announcing; /* how many files are still to be announced */
    int64_t time;        /* when the last one was read, nanoseconds */
};

/* Opens what is to be read next into free places of the ring. Files that are in memory are only slowed down by being
 * announced, so that is done while some are not. */
static void open_ahead(struct reader *r)
{
    for (; r->next < r->listing->count && r->opened - r->done < AHEAD; r->next++) {
        const struct pm_scanned *file = r->listing->files[r->next];
        struct opened *opened = &r->ring[r->opened % AHEAD];
        if (file->is_read)
            continue;
        opened->has_problem = pm_file_open_at(r->directory, file->name, &opened->file, &opened->problem) < 0;
        if (opened->has_problem && (errno == EMFILE || errno == ENFILE) && r->opened > r->done)
            return; /* until one of those is closed */
        if (!opened->has_problem && r->announcing > 0) {
            pm_file_announce(&opened->file);
            r->announcing--;
        }
        r->opened++;
    }
}

static void look_at_clock(struct reader *r)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    int64_t now = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
    if (now - r->time > SLOW)
        r->announcing = ANNOUNCED;
    r->time = now;
}

/* Reads and closes it. -1: no memory. */
static int read_file(const struct reader *r, struct opened *opened, struct pm_scanned *file)
{
    struct pm_problem problem;
    file->is_read = true;
    if (opened->has_problem)
        return set_problem(file, &opened->problem);
    file->identity = opened->file.identity;
    file->is_settled = pm_identity_is_settled(&file->identity, &r->now);
    int result = read_facts(r->image, &opened->file, &file->facts, &problem);
    pm_file_close(&opened->file);
    return result < 0 ? set_problem(file, &problem) : 0;
}

/* Reads the file that was opened first, and puts into its place what is to be kept of it, or NULL: it is gone. -1: no
 * memory. */
static int read_next(struct reader *r, struct pm_scanned **file)
{
    struct opened *opened = &r->ring[r->done++ % AHEAD];
    struct pm_scanned *fresh = *file;
    if (opened->has_problem && opened->problem.code == PM_FILE_ABSENT &&
        !pm_name_exists_at(r->directory, fresh->name)) {
        pm_scanned_free(fresh);
        *file = NULL;
        return 0;
    }
    if (read_file(r, opened, fresh) < 0)
        return -1;
    look_at_clock(r);
    *file = choose(fresh, fresh->before);
    r->listing->fresh_count += *file == fresh;
    (*file)->before = NULL;
    (*file)->round = r->round;
    return 0;
}

/* Reads all files that are not read yet. -1: no memory. */
static int read_files(const struct pm_directory *directory, unsigned round, struct listing *listing)
{
    struct reader r = {.directory = directory->descriptor, .listing = listing, .round = round, .announcing = ANNOUNCED};
    int result = 0;
    r.now = pm_stamp_clock();
    for (size_t i = 0; i < listing->count && result == 0; i++) {
        if (listing->files[i]->is_read)
            continue;
        if (r.image == NULL && (r.image = pm_image_new()) == NULL) {
            result = -1;
            break;
        }
        open_ahead(&r);
        result = read_next(&r, &listing->files[i]);
    }
    for (; r.done < r.opened; r.done++)
        if (!r.ring[r.done % AHEAD].has_problem)
            pm_file_close(&r.ring[r.done % AHEAD].file);
    pm_image_close(r.image);
    leave_out_gone(listing);
    return result;
}

/* What was known of the directory, found by name: nearly always the next one, in the order of the directory. */
struct known {
    const struct listing *listing;
    size_t next;
    struct pm_arena arena;
    struct pm_table names; /* filled when the order is another one */
};

static struct pm_scanned *find_known(struct known *known, const char *name)
{
    const struct listing *listing = known->listing;
    size_t at = known->next;
    if (at >= listing->count || strcmp(listing->files[at]->name, name) != 0) {
        if (known->names.count == 0)
            for (size_t i = 0; i < listing->count; i++)
                pm_table_add(&known->names, &known->arena, listing->files[i]->name, i);
        if (!pm_table_find(&known->names, name, &at))
            return NULL;
    }
    known->next = at + 1;
    return listing->files[at];
}

/* Takes one name: what is known of it if that still holds, else a file to be read. -1: no memory. */
static int take_name(const struct folder *folder, const struct pm_directory *directory, const char *name, bool is_file,
                     unsigned round, struct known *known, struct listing *listing)
{
    struct pm_identity identity;
    struct pm_scanned *file = find_known(known, name);
    if (file != NULL || !is_file) {
        int found = pm_file_look_at(directory->descriptor, name, &identity);
        if (found == 0)
            return 0;
        if (found > 0 && file != NULL && file->is_settled && pm_identity_equal(&file->identity, &identity)) {
            if (file->round == round) /* a directory that changes may give a name twice */
                return 0;
            file->round = round;
            return append(listing, file) ? 0 : -1;
        }
    }
    struct pm_scanned *fresh = pm_scanned_new(folder->path, name);
    if (fresh == NULL || !append(listing, fresh)) {
        pm_scanned_free(fresh);
        return -1;
    }
    fresh->before = file;
    return 0;
}

static int list_names(const struct folder *folder, struct pm_directory *directory, unsigned round,
                      struct listing *listing, struct pm_problem *ret_problem)
{
    struct known known = {.listing = &folder->listing};
    const char *name;
    bool is_file;
    int more;
    while ((more = pm_directory_next(directory, &name, &is_file, ret_problem)) > 0)
        if (take_name(folder, directory, name, is_file, round, &known, listing) < 0 || known.arena.failed) {
            more = pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to list it", NULL);
            break;
        }
    pm_arena_free(&known.arena);
    return more;
}

/* ---- order ---- */

/* A file by its name, of which the first bytes stand here: most are told by these. */
struct named {
    uint64_t start; /* the first of them is the highest */
    struct pm_scanned *file;
};

static struct named named(struct pm_scanned *file)
{
    uint64_t start = 0;
    const char *at = file->name;
    for (int i = 0; i < 8; i++) {
        start = start << 8 | (unsigned char)*at;
        at += *at != '\0';
    }
    return (struct named){start, file};
}

static bool is_before(const struct named *a, const struct named *b)
{
    return a->start != b->start ? a->start < b->start : strcmp(a->file->name, b->file->name) < 0;
}

/* Merges the two sorted parts of the items into as many at `to`. */
static void merge_parts(const struct named *items, size_t middle, size_t count, struct named *to)
{
    size_t left = 0, right = middle;
    if (middle == count || !is_before(&items[middle], &items[middle - 1])) {
        memcpy(to, items, count * sizeof(*items)); /* they are in order */
        return;
    }
    for (size_t i = 0; i < count; i++)
        to[i] = right == count || (left < middle && !is_before(&items[right], &items[left])) ? items[left++]
                                                                                             : items[right++];
}

/* Sorts the items with the help of as much room behind them. Returns where they are then. */
static struct named *sort(struct named *items, size_t count)
{
    struct named *from = items, *to = items + count;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t size = count - at < 2 * width ? count - at : 2 * width;
            merge_parts(from + at, size < width ? size : width, size, to + at);
        }
        struct named *sorted = to;
        to = from;
        from = sorted;
    }
    return from;
}

/* Merges two sorted lists, of which the first may have files of an earlier round: they are left out. */
static void merge(const struct pm_scanned_list *before, unsigned round, const struct named *fresh, size_t fresh_count,
                  struct pm_scanned_list *merged)
{
    size_t next = 0;
    for (size_t i = 0; i < before->count; i++) {
        struct pm_scanned *file = before->items[i];
        if (file->round != round)
            continue;
        while (next < fresh_count && strcmp(fresh[next].file->name, file->name) < 0)
            merged->items[merged->count++] = fresh[next++].file;
        merged->items[merged->count++] = file;
    }
    while (next < fresh_count)
        merged->items[merged->count++] = fresh[next++].file;
}

/* Puts the files in order, if there are others than before; sorts only the new ones. -1: no memory. */
static int order(const struct listing *before, unsigned round, struct listing *listing)
{
    size_t fresh_count = listing->fresh_count, kept_count = listing->count - fresh_count, used = 0;
    listing->is_changed = listing->trouble != before->trouble || fresh_count > 0 || kept_count < before->sorted.count;
    if (!listing->is_changed)
        return 0;
    listing->sorted.items = malloc((listing->count + 1) * sizeof(struct pm_scanned *));
    struct named *fresh = malloc((fresh_count + 1) * 2 * sizeof(*fresh));
    if (listing->sorted.items != NULL && fresh != NULL) {
        for (size_t i = 0; i < listing->count; i++)
            if (kept_count == 0 || listing->files[i]->holders == 0)
                fresh[used++] = named(listing->files[i]);
        merge(&before->sorted, round, sort(fresh, used), used, &listing->sorted);
    }
    free(fresh);
    return fresh != NULL && listing->sorted.items != NULL ? 0 : -1;
}

/* ---- directories ---- */

/* -1: no memory. */
static int set_trouble(const struct folder *folder, const struct pm_problem *problem, struct listing *listing)
{
    listing->trouble = pm_scanned_new(folder->path, "");
    if (listing->trouble == NULL || set_problem(listing->trouble, problem) < 0)
        return -1;
    listing->trouble = choose(listing->trouble, folder->listing.trouble);
    return 0;
}

/* What is in the directory now. -1: no memory. */
static int list_folder(const struct folder *folder, unsigned round, struct listing *listing)
{
    struct pm_directory directory;
    struct pm_problem problem;
    int result = pm_directory_open(folder->path, &directory, &problem);
    if (result == 0) {
        result = list_names(folder, &directory, round, listing, &problem);
        int reading = read_files(&directory, round, listing);
        pm_directory_close(&directory);
        if (reading < 0)
            return -1;
    }
    if (result < 0 && set_trouble(folder, &problem, listing) < 0)
        return -1;
    return order(&folder->listing, round, listing);
}

static void free_arrays(struct listing *listing)
{
    free(listing->files);
    free(listing->sorted.items);
}

static void drop_fresh(struct pm_scanned *scanned)
{
    if (scanned != NULL && scanned->holders == 0)
        pm_scanned_free(scanned);
}

/* Undoes what a refresh began. */
static void drop(struct listing *listings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < listings[i].count; j++)
            drop_fresh(listings[i].files[j]);
        drop_fresh(listings[i].trouble);
        free_arrays(&listings[i]);
    }
    free(listings);
}

/* ---- the scan ---- */

struct pm_scan *pm_scan_new(void)
{
    struct pm_scan *scan = calloc(1, sizeof(*scan));
    if (scan == NULL)
        return NULL;
    scan->snapshot = pm_snapshot_new(NULL, 0);
    if (scan->snapshot == NULL) {
        free(scan);
        return NULL;
    }
    return scan;
}

void pm_scan_free(struct pm_scan *scan)
{
    if (scan == NULL)
        return;
    for (size_t i = 0; i < scan->count; i++) {
        free_arrays(&scan->folders[i].listing);
        free(scan->folders[i].path);
    }
    free(scan->folders);
    pm_snapshot_free(scan->snapshot);
    free(scan);
}

int pm_scan_add_directory(struct pm_scan *scan, const char *path)
{
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/')
        length--;
    for (size_t i = 0; i < scan->count; i++)
        if (strlen(scan->folders[i].path) == length && memcmp(scan->folders[i].path, path, length) == 0)
            return 0;
    struct folder *folders = realloc(scan->folders, (scan->count + 1) * sizeof(*folders));
    if (folders == NULL)
        return -PLUGMGR_E_MEMORY;
    scan->folders = folders;
    char *copy = calloc(1, length + 1);
    if (copy == NULL)
        return -PLUGMGR_E_MEMORY;
    memcpy(copy, path, length);
    folders[scan->count++] = (struct folder){.path = copy};
    return 0;
}

/* A snapshot of all these. NULL: no memory. */
static struct pm_snapshot *snapshot_of(struct listing *now, const struct folder *folders, size_t count)
{
    struct pm_scanned_list *lists = calloc(2 * count, sizeof(*lists));
    if (lists == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        lists[2 * i] = (struct pm_scanned_list){&now[i].trouble, now[i].trouble != NULL};
        lists[2 * i + 1] = now[i].is_changed ? now[i].sorted : folders[i].listing.sorted;
    }
    struct pm_snapshot *snapshot = pm_snapshot_new(lists, 2 * count);
    free(lists);
    return snapshot;
}

static void commit(struct pm_scan *scan, struct listing *now, struct pm_snapshot *snapshot)
{
    for (size_t i = 0; i < scan->count; i++) {
        struct listing *listing = &scan->folders[i].listing;
        if (!now[i].is_changed) {
            now[i].sorted = listing->sorted;
            listing->sorted = (struct pm_scanned_list){0};
        }
        free_arrays(listing);
        *listing = now[i];
    }
    free(now);
    if (snapshot == NULL)
        return;
    pm_snapshot_free(scan->snapshot);
    scan->snapshot = snapshot;
}

int pm_scan_refresh(struct pm_scan *scan)
{
    struct listing *now = calloc(scan->count + 1, sizeof(*now));
    struct pm_snapshot *snapshot = NULL;
    bool is_changed = false;
    int result = now != NULL ? 0 : -1;
    scan->round++;
    for (size_t i = 0; i < scan->count && result == 0; i++) {
        result = list_folder(&scan->folders[i], scan->round, &now[i]);
        is_changed |= now[i].is_changed;
    }
    if (result == 0 && is_changed) {
        snapshot = snapshot_of(now, scan->folders, scan->count);
        result = snapshot != NULL ? 0 : -1;
    }
    if (result < 0) {
        drop(now, now != NULL ? scan->count : 0);
        return -PLUGMGR_E_MEMORY;
    }
    commit(scan, now, snapshot);
    return 0;
}

struct pm_snapshot *pm_scan_snapshot(struct pm_scan *scan)
{
    return pm_snapshot_hold(scan->snapshot);
}
