/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

/* More symbolic links on one way than Linux follows (path_resolution(7)). */
enum { MAX_LINKS = 40 };

/* What is looked for in a directory: one name on the way of a path. */
struct look {
    int directory;    /* its watch descriptor: one for a directory, however many look there */
    char *path;       /* of what is looked for, without links; owned */
    const char *name; /* the last component of it */
    bool is_last;     /* it is the file, or a link instead of it */
};

struct looks {
    struct look *items;
    size_t count;
};

struct entry {
    void *token;
    char *path;                  /* absolute; owned */
    struct pm_identity identity; /* as it was told last; zeroed: never there */
    bool is_settled;             /* a write since then shows in the identity, and not only in an event */
    bool is_suspect;             /* something was heard of it */
    bool is_written;             /* namely, that it was written or replaced */
    struct looks looks;
};

struct pm_watch {
    int descriptor;
    struct entry *entries;
    size_t count;
};

static int watch_problem(struct pm_problem *ret_problem, int error)
{
    char text[128];
    const char *remedy = error == EMFILE   ? " (raise fs.inotify.max_user_instances or the limit of open files)"
                         : error == ENOSPC ? " (raise fs.inotify.max_user_watches)"
                                           : "";
    errno = error;
    if (error == ENOMEM)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to watch it", NULL);
    pm_problem_set(ret_problem, PM_FILE_UNREADABLE, "cannot be watched: ", strerror_r(error, text, sizeof(text)),
                   remedy, NULL);
    errno = error;
    return -1;
}

int pm_watch_new(struct pm_watch **ret_watch, struct pm_problem *ret_problem)
{
    struct pm_watch *watch = calloc(1, sizeof(*watch));
    if (watch == NULL)
        return watch_problem(ret_problem, ENOMEM);
    watch->descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (watch->descriptor < 0) {
        int error = errno;
        free(watch);
        return watch_problem(ret_problem, error);
    }
    *ret_watch = watch;
    return 0;
}

int pm_watch_fd(const struct pm_watch *watch)
{
    return watch->descriptor;
}

/* ---- looks ---- */

static bool is_watched(const struct pm_watch *watch, int directory)
{
    for (size_t i = 0; i < watch->count; i++)
        for (size_t k = 0; k < watch->entries[i].looks.count; k++)
            if (watch->entries[i].looks.items[k].directory == directory)
                return true;
    return false;
}

/* Frees looks that are no entry's any more, and the watches that nobody else needs. Of a directory that is gone there
 * is none any more, and its number is not used again. */
static void drop(const struct pm_watch *watch, struct looks *looks)
{
    for (size_t i = 0; i < looks->count; i++) {
        if (!is_watched(watch, looks->items[i].directory))
            inotify_rm_watch(watch->descriptor, looks->items[i].directory);
        free(looks->items[i].path);
    }
    free(looks->items);
    *looks = (struct looks){0};
}

/* Adds what is looked for in the directory before the last slash of the path. 0, or an errno. */
static int look_for(const struct pm_watch *watch, const char *path, bool is_last, struct looks *looks)
{
    /* Of the directories on the way it is enough to know that another thing stands there. Watches add up. */
    const uint32_t mask = IN_CREATE | IN_MOVED_TO | (is_last ? IN_CLOSE_WRITE : 0) | IN_ONLYDIR | IN_MASK_ADD;
    struct look *larger = realloc(looks->items, (looks->count + 1) * sizeof(*larger));
    if (larger == NULL)
        return ENOMEM;
    looks->items = larger;
    char *copy = malloc(strlen(path) + 1);
    if (copy == NULL)
        return ENOMEM;
    strcpy(copy, path);
    char *slash = strrchr(copy, '/');
    *slash = '\0';
    int directory = inotify_add_watch(watch->descriptor, slash > copy ? copy : "/", mask);
    *slash = '/';
    if (directory < 0) {
        free(copy);
        return errno;
    }
    looks->items[looks->count++] =
        (struct look){.directory = directory, .path = copy, .name = slash + 1, .is_last = is_last};
    return 0;
}

/* ---- the way of a path ---- */

struct walk {
    char done[PATH_MAX]; /* from the root, without links; "" is the root */
    char left[PATH_MAX]; /* what comes behind it */
    unsigned link_count;
};

/* a, a slash, b and c, into `size` bytes, which none of them overlaps. */
static bool join(char *target, size_t size, const char *a, const char *b, const char *c)
{
    size_t a_size = strlen(a), b_size = strlen(b), c_size = strlen(c);
    if (a_size >= size || b_size >= size - a_size || c_size >= size - a_size - b_size ||
        size - a_size - b_size - c_size < 2)
        return false;
    memcpy(target, a, a_size);
    target[a_size] = '/';
    memcpy(target + a_size + 1, b, b_size);
    memcpy(target + a_size + 1 + b_size, c, c_size + 1);
    return true;
}

/* Goes on behind a link: its target stands in its place. false: the way ends, as the dynamic linker would find. */
static bool follow(struct walk *walk, const char *target)
{
    char rest[PATH_MAX];
    memcpy(rest, walk->left, strlen(walk->left) + 1);
    if (++walk->link_count > MAX_LINKS || !join(walk->left, sizeof(walk->left), "", target, rest))
        return false;
    *(*target == '/' ? walk->done : strrchr(walk->done, '/')) = '\0';
    return true;
}

/* Takes the next component. 1: there may be more; 0: the way ends here; -1: errno. */
static int step(const struct pm_watch *watch, struct walk *walk, struct looks *looks)
{
    char name[PATH_MAX], path[PATH_MAX], target[PATH_MAX];
    const char *at = walk->left + strspn(walk->left, "/");
    size_t length = strcspn(at, "/");
    if (length == 0)
        return 0;
    memcpy(name, at, length);
    name[length] = '\0';
    memmove(walk->left, at + length, strlen(at + length) + 1);
    char *slash = strrchr(walk->done, '/');
    if (strcmp(name, "..") == 0 && slash != NULL)
        *slash = '\0';
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 1;
    bool is_last = walk->left[strspn(walk->left, "/")] == '\0';
    if (!join(path, sizeof(path), walk->done, name, ""))
        return 0;
    int error = look_for(watch, path, is_last, looks);
    if (error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG)
        return 0; /* what is missing is looked for in a directory before it */
    if (error != 0 && (error != EACCES || is_last)) {
        errno = error;
        return -1;
    }
    memcpy(walk->done, path, strlen(path) + 1);
    ssize_t size = readlink(path, target, sizeof(target) - 1);
    if (size < 0)
        return errno == EINVAL; /* no link, or absent */
    target[size] = '\0';
    return follow(walk, target);
}

/* Looks for all names on the way of the path. Each directory is watched before it is asked for what is in it, so that
 * nothing happens in between. -1: errno, and no looks. */
static int walk_path(const struct pm_watch *watch, const char *path, struct looks *ret_looks)
{
    struct walk walk = {.done = "", .link_count = 0};
    struct looks looks = {0};
    int more;
    if (strlen(path) >= sizeof(walk.left)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(walk.left, path, strlen(path) + 1);
    while ((more = step(watch, &walk, &looks)) > 0)
        continue;
    if (more < 0) {
        int error = errno;
        drop(watch, &looks);
        errno = error;
        return -1;
    }
    *ret_looks = looks;
    return 0;
}

/* ---- entries ---- */

static void free_entry(struct entry *entry)
{
    free(entry->path);
    for (size_t i = 0; i < entry->looks.count; i++)
        free(entry->looks.items[i].path);
    free(entry->looks.items);
}

void pm_watch_free(struct pm_watch *watch)
{
    if (watch == NULL)
        return;
    for (size_t i = 0; i < watch->count; i++)
        free_entry(&watch->entries[i]);
    free(watch->entries);
    close(watch->descriptor);
    free(watch);
}

/* The caller frees. NULL: errno. */
static char *absolute(const char *path)
{
    char directory[PATH_MAX] = "";
    if (*path != '/' && getcwd(directory, sizeof(directory)) == NULL)
        return NULL;
    size_t size = strlen(directory) + 1 + strlen(path) + 1;
    char *copy = malloc(size);
    if (copy == NULL)
        errno = ENOMEM;
    else
        join(copy, size, directory, path, "");
    return copy;
}

int pm_watch_add(struct pm_watch *watch, const char *path, const struct pm_identity *identity, void *token,
                 struct pm_problem *ret_problem)
{
    struct entry entry = {.token = token, .is_settled = true};
    struct entry *larger = realloc(watch->entries, (watch->count + 1) * sizeof(*larger));
    if (larger == NULL)
        return watch_problem(ret_problem, ENOMEM);
    watch->entries = larger;
    entry.path = absolute(path);
    if (entry.path == NULL)
        return watch_problem(ret_problem, errno);
    if (walk_path(watch, entry.path, &entry.looks) < 0) {
        int error = errno;
        free_entry(&entry);
        return watch_problem(ret_problem, error);
    }
    if (identity != NULL) {
        entry.identity = *identity;
        entry.is_suspect = !pm_path_has_identity(entry.path, identity);
    } else {
        pm_path_identify(entry.path, &entry.identity, &entry.is_settled);
    }
    watch->entries[watch->count++] = entry;
    return 0;
}

void pm_watch_remove(struct pm_watch *watch, const void *token)
{
    size_t kept = 0, count = watch->count;
    for (size_t i = 0; i < count; i++) {
        struct entry entry = watch->entries[i];
        if (entry.token != token) {
            watch->entries[kept++] = entry;
            continue;
        }
        watch->entries[i].looks = (struct looks){0};
        drop(watch, &entry.looks);
        free_entry(&entry);
    }
    watch->count = kept;
}

/* ---- events ---- */

/* Whether the event tells no more than that somebody begins to write a new file: he will close it. What is there at
 * once is a link to a file, which was not written last, or a symbolic one. */
static bool is_beginning(const struct look *look, uint32_t mask)
{
    struct stat status;
    return look->is_last && (mask & IN_CREATE) != 0 && lstat(look->path, &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_nlink == 1 && status.st_mtim.tv_sec == status.st_ctim.tv_sec &&
           status.st_mtim.tv_nsec == status.st_ctim.tv_nsec;
}

static void hear(struct entry *entry, const struct inotify_event *event, const char *name)
{
    for (size_t i = 0; i < entry->looks.count; i++) {
        const struct look *look = &entry->looks.items[i];
        if (look->directory != event->wd)
            continue;
        if ((event->mask & IN_IGNORED) != 0) { /* the directory is gone, or its file system */
            entry->is_suspect = true;
        } else if (strcmp(look->name, name) == 0 && !is_beginning(look, event->mask)) {
            entry->is_suspect = true;
            entry->is_written = true;
        }
    }
}

static void take_event(struct pm_watch *watch, const struct inotify_event *event)
{
    const char *name = event->len > 0 ? event->name : "";
    for (size_t i = 0; i < watch->count; i++) {
        if ((event->mask & IN_Q_OVERFLOW) != 0) /* what was not heard may have been anything */
            watch->entries[i].is_suspect = watch->entries[i].is_written = true;
        else
            hear(&watch->entries[i], event, name);
    }
}

/* All that was heard; a directory that is never quiet is not listened to for ever. */
static void take_events(struct pm_watch *watch)
{
    enum { MAX_READS = 4096 };
    _Alignas(struct inotify_event) char buffer[4096];
    for (int reads = 0; reads < MAX_READS; reads++) {
        ssize_t size = read(watch->descriptor, buffer, sizeof(buffer));
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return;
        for (const char *at = buffer; at < buffer + size;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
            take_event(watch, event);
            at += sizeof(*event) + event->len;
        }
    }
}

/* Whether the file is there, and another than was told last. */
static bool is_changed(struct entry *entry)
{
    struct pm_identity now;
    bool is_settled;
    if (!pm_path_identify(entry->path, &now, &is_settled))
        return false;
    bool may_be_other = entry->is_written && !entry->is_settled;
    if (pm_identity_equal(&now, &entry->identity) && !may_be_other)
        return false;
    entry->identity = now;
    entry->is_settled = is_settled;
    return true;
}

/* Another way may lead to the file now. -1: errno, and it is to be looked at again. */
static int look_again(struct pm_watch *watch, struct entry *entry, bool *ret_is_changed)
{
    struct looks looks;
    int result = walk_path(watch, entry->path, &looks);
    if (result == 0) {
        struct looks before = entry->looks;
        entry->looks = looks;
        drop(watch, &before);
        entry->is_suspect = false;
    }
    int error = errno;
    *ret_is_changed = is_changed(entry);
    entry->is_written = false;
    errno = error;
    return result;
}

int pm_watch_next(struct pm_watch *watch, void **ret_token)
{
    int result = 0;
    take_events(watch);
    for (size_t i = 0; i < watch->count; i++) {
        struct entry *entry = &watch->entries[i];
        bool is_told;
        if (!entry->is_suspect)
            continue;
        if (look_again(watch, entry, &is_told) < 0)
            result = errno == ENOMEM ? -PLUGMGR_E_MEMORY : -PLUGMGR_E_SYSTEM;
        if (is_told) {
            *ret_token = entry->token;
            return 1;
        }
    }
    return result;
}
