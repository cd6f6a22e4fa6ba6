/* SPDX-License-Identifier: MIT */
#include "file.h"

#include "text.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#endif

static int file_problem(struct pm_problem *ret_problem, int error)
{
    enum pm_code code = error == ENOENT || error == ENOTDIR ? PM_FILE_ABSENT : PM_FILE_UNREADABLE;
    char text[128];
    pm_problem_set(ret_problem, code, strerror_r(error, text, sizeof(text)), NULL);
    errno = error;
    return -1;
}

static struct pm_identity identity_from(const struct stat *status)
{
    return (struct pm_identity){
        .device = status->st_dev,
        .inode = status->st_ino,
        .size = status->st_size,
        .modified = status->st_mtim,
        .changed = status->st_ctim,
    };
}

static bool time_equal(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool pm_identity_is_same_file(const struct pm_identity *a, const struct pm_identity *b)
{
    return a->device == b->device && a->inode == b->inode;
}

bool pm_identity_equal(const struct pm_identity *a, const struct pm_identity *b)
{
    return pm_identity_is_same_file(a, b) && a->size == b->size && time_equal(&a->modified, &b->modified) &&
           time_equal(&a->changed, &b->changed);
}

bool pm_identity_has_content(const struct pm_identity *a, const struct pm_identity *b)
{
    return a->size == b->size && time_equal(&a->modified, &b->modified);
}

static bool has_identity(const struct stat *status, const struct pm_identity *identity)
{
    struct pm_identity now = identity_from(status);
    return pm_identity_equal(&now, identity);
}

/* As openat(2), with the directory as the root of all paths and links. */
static int open_in(int root, const char *path, int flags)
{
#ifdef RESOLVE_IN_ROOT
    const struct open_how how = {.flags = (unsigned)flags, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
#else
    (void)root, (void)path, (void)flags;
    errno = ENOSYS;
    return -1;
#endif
}

static int open_path(const struct pm_tree *tree, const char *path, int flags)
{
    return tree == NULL ? open(path, flags) : open_in(tree->descriptor, path, flags);
}

int pm_tree_open(const char *directory, struct pm_tree *ret_tree, struct pm_problem *ret_problem)
{
    const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    int descriptor = open(directory, flags);
    if (descriptor < 0 && errno == ENOTDIR)
        return pm_problem_set(ret_problem, PM_FILE_NOT_REGULAR, "not a directory", NULL);
    if (descriptor < 0)
        return file_problem(ret_problem, errno);
    int inside = open_in(descriptor, "/", flags);
    if (inside < 0) {
        close(descriptor);
        return pm_problem_set(ret_problem, PM_FILE_UNREADABLE,
                              "this system cannot confine paths to a directory (openat2, since Linux 5.6)", NULL);
    }
    close(inside);
    char *path = realpath(directory, NULL);
    if (path == NULL) {
        int error = errno;
        close(descriptor);
        return error == ENOMEM ? pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to open it", NULL)
                               : file_problem(ret_problem, error);
    }
    *ret_tree = (struct pm_tree){descriptor, path};
    return 0;
}

void pm_tree_close(struct pm_tree *tree)
{
    if (tree->descriptor >= 0)
        close(tree->descriptor);
    free(tree->path);
    *tree = (struct pm_tree){-1, NULL};
}

bool pm_path_exists_in(const struct pm_tree *tree, const char *path)
{
    if (tree == NULL)
        return access(path, F_OK) == 0;
    int descriptor = open_in(tree->descriptor, path, O_PATH | O_CLOEXEC);
    if (descriptor >= 0)
        close(descriptor);
    return descriptor >= 0;
}

bool pm_path_identify_in(const struct pm_tree *tree, const char *path, struct pm_identity *ret_identity)
{
    struct stat status;
    if (tree == NULL)
        return pm_file_look_at(AT_FDCWD, path, ret_identity) > 0;
    int descriptor = open_in(tree->descriptor, path, O_PATH | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    bool is_file = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
    close(descriptor);
    if (is_file)
        *ret_identity = identity_from(&status);
    return is_file;
}

int pm_file_open(const char *path, struct pm_file *ret_file, struct pm_problem *ret_problem)
{
    return pm_file_open_in(NULL, path, ret_file, ret_problem);
}

/* What open(2) gave. -1: *ret_problem. */
static int take_descriptor(int descriptor, struct pm_file *ret_file, struct pm_problem *ret_problem)
{
    struct stat status;
    if (descriptor < 0) {
        /* ENXIO: a socket, or a device without a driver */
        if (errno == ENXIO)
            return pm_problem_set(ret_problem, PM_FILE_NOT_REGULAR, "not a regular file", NULL);
        return file_problem(ret_problem, errno);
    }
    if (fstat(descriptor, &status) < 0) {
        file_problem(ret_problem, errno);
        close(descriptor);
        return -1;
    }
    if (!S_ISREG(status.st_mode)) {
        close(descriptor);
        return pm_problem_set(ret_problem, PM_FILE_NOT_REGULAR,
                              S_ISDIR(status.st_mode) ? "a directory" : "not a regular file", NULL);
    }
    *ret_file = (struct pm_file){descriptor, identity_from(&status)};
    return 0;
}

enum { OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

int pm_file_open_in(const struct pm_tree *tree, const char *path, struct pm_file *ret_file,
                    struct pm_problem *ret_problem)
{
    return take_descriptor(open_path(tree, path, OPEN_FLAGS), ret_file, ret_problem);
}

int pm_file_open_at(int directory, const char *name, struct pm_file *ret_file, struct pm_problem *ret_problem)
{
    return take_descriptor(openat(directory, name, OPEN_FLAGS), ret_file, ret_problem);
}

int pm_file_look_at(int directory, const char *name, struct pm_identity *ret_identity)
{
    struct stat status;
    if (fstatat(directory, name, &status, 0) < 0)
        return -1;
    if (!S_ISREG(status.st_mode))
        return 0;
    *ret_identity = identity_from(&status);
    return 1;
}

bool pm_name_exists_at(int directory, const char *name)
{
    struct stat status;
    return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

void pm_file_announce(const struct pm_file *file)
{
    enum { BEGINNING = 16384 }; /* bytes */
    posix_fadvise(file->descriptor, 0, BEGINNING, POSIX_FADV_WILLNEED);
}

void pm_file_close(struct pm_file *file)
{
    if (file->descriptor >= 0)
        close(file->descriptor);
    file->descriptor = -1;
}

bool pm_file_is_among_last(const struct pm_file *file)
{
    enum { FEW = 32 };
    const long most = sysconf(_SC_OPEN_MAX);
    return most >= 0 && file->descriptor >= most - FEW; /* the kernel gives the lowest number that is free */
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

struct timespec pm_stamp_clock(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now;
}

bool pm_identity_is_settled(const struct pm_identity *identity, const struct timespec *now)
{
    const struct timespec *stamp = &identity->changed;
    if (stamp->tv_nsec == 0) /* maybe of a file system that counts seconds; FAT's are two */
        return now->tv_sec - stamp->tv_sec > 2;
    return is_before(stamp, now);
}

int pm_file_settle(struct pm_file *file, struct pm_problem *ret_problem)
{
    struct timespec tick = {0, 4000000}, now;
    struct stat status;
    clock_getres(CLOCK_REALTIME_COARSE, &tick); /* the clock of time stamps */
    const struct timespec pause = {0, tick.tv_nsec / 4};
    /* A stamp of the future (another machine's clock, or a finer one) is not waited for longer than a few ticks. */
    for (int pauses = 0; pauses < 12; pauses++) {
        if (clock_gettime(CLOCK_REALTIME_COARSE, &now) < 0 || is_before(&file->identity.changed, &now))
            return 0;
        nanosleep(&pause, NULL);
        if (fstat(file->descriptor, &status) < 0)
            return file_problem(ret_problem, errno);
        file->identity = identity_from(&status);
    }
    return 0;
}

bool pm_file_is_open(const struct pm_file *file)
{
    struct stat status;
    return file->descriptor >= 0 && fstat(file->descriptor, &status) == 0 && status.st_dev == file->identity.device &&
           status.st_ino == file->identity.inode;
}

ssize_t pm_file_read(const struct pm_file *file, void *bytes, size_t size, uint64_t offset,
                     struct pm_problem *ret_problem)
{
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(file->descriptor, (char *)bytes + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return file_problem(ret_problem, errno);
        if (got == 0)
            break;
        done += (size_t)got;
        /* A regular file gives all there is at once: spare the call that would only say so. */
        if (offset + done >= (uint64_t)file->identity.size)
            break;
    }
    return (ssize_t)done;
}

int pm_file_read_whole(const char *path, size_t limit, uint8_t **ret_bytes, size_t *ret_size,
                       struct pm_problem *ret_problem)
{
    return pm_file_read_whole_in(NULL, path, limit, ret_bytes, ret_size, ret_problem);
}

int pm_file_read_whole_in(const struct pm_tree *tree, const char *path, size_t limit, uint8_t **ret_bytes,
                          size_t *ret_size, struct pm_problem *ret_problem)
{
    struct pm_file file;
    if (pm_file_open_in(tree, path, &file, ret_problem) < 0)
        return -1;
    int result = -1;
    uint8_t *bytes = NULL;
    size_t size = (size_t)file.identity.size;
    if ((uint64_t)file.identity.size > limit) {
        pm_problem_set(ret_problem, PM_FILE_UNREADABLE, "too large", NULL);
    } else if ((bytes = malloc(size + 1)) == NULL) {
        pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
    } else {
        ssize_t got = pm_file_read(&file, bytes, size, 0, ret_problem);
        result = got < 0 ? -1 : 0;
        size = got < 0 ? 0 : (size_t)got;
    }
    pm_file_close(&file);
    if (result < 0) {
        free(bytes);
        return -1;
    }
    *ret_bytes = bytes;
    *ret_size = size;
    return 0;
}

/* All that a file of /proc gives, whose size does not say how much that is; a NUL behind it. NULL: errno. */
static char *read_to_end(int descriptor, size_t limit, size_t *ret_size)
{
    size_t size = 0, capacity = 4096;
    char *bytes = malloc(capacity);
    while (bytes != NULL) {
        ssize_t got = read(descriptor, bytes + size, capacity - 1 - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        size += (size_t)got;
        if (size < capacity - 1)
            continue;
        char *larger = capacity < limit ? realloc(bytes, 2 * capacity) : NULL;
        if (larger == NULL) {
            free(bytes);
            errno = ENOMEM;
            return NULL;
        }
        bytes = larger;
        capacity *= 2;
    }
    if (bytes != NULL)
        bytes[size] = '\0';
    *ret_size = size;
    return bytes;
}

/* Whether each of the strings is one of NAME=VALUE. */
static bool is_environment(const char *bytes, size_t size)
{
    for (const char *at = bytes; at < bytes + size; at += strlen(at) + 1)
        if (strchr(at, '=') == NULL)
            return false;
    return true;
}

int pm_file_read_environment(const char *name, char **ret_value)
{
    enum { LIMIT = 16 << 20 }; /* bytes; the kernel allows less by default */
    int descriptor = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return -1;
    size_t size, length = strlen(name);
    char *all = read_to_end(descriptor, LIMIT, &size), *value = NULL;
    int error = errno, result = 0;
    close(descriptor);
    errno = error;
    if (all == NULL)
        return -1;
    const char *at = all;
    while (at < all + size && (strncmp(at, name, length) != 0 || at[length] != '='))
        at += strlen(at) + 1;
    errno = 0;
    if (at < all + size)
        result = (value = strdup(at + length + 1)) != NULL ? 0 : -1;
    else if (!is_environment(all, size))
        result = -1;
    free(all);
    if (result == 0)
        *ret_value = value;
    return result;
}

bool pm_file_name(const struct pm_file *file, char *ret_name, size_t size)
{
    char link[64] = "/proc/self/fd/", digits[21], path[4096];
    ssize_t length =
        readlink(strcat(link, pm_format_number((uint64_t)file->descriptor, digits)), path, sizeof(path) - 1);
    if (length <= 0 || *path != '/')
        return false;
    path[length] = '\0';
    const char *name = strrchr(path, '/') + 1;
    size_t used = strlen(name) < size ? strlen(name) : size - 1;
    memcpy(ret_name, name, used);
    ret_name[used] = '\0';
    return true;
}

/* ---- sealed copies ---- */

#ifndef MFD_EXEC
#define MFD_EXEC 0x10U /* since Linux 6.3 */
#endif

static int no_seal(struct pm_problem *ret_problem, const char *what, int error)
{
    char text[128];
    if (error == ENOMEM)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory for a sealed copy", NULL);
    return pm_problem_set(ret_problem, PM_MODE_UNAVAILABLE, what, ": ", strerror_r(error, text, sizeof(text)), NULL);
}

/* Its name shows in /proc/PID/maps and in core dumps. -1: *ret_problem. */
static int new_memory(struct pm_problem *ret_problem)
{
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int memory = memfd_create("plugmgr", flags | MFD_EXEC);
    if (memory < 0 && errno == EINVAL) /* an older kernel, where all of them may be executed */
        memory = memfd_create("plugmgr", flags);
    return memory >= 0 ? memory : no_seal(ret_problem, "memfd_create", errno);
}

static int fill(int memory, const struct pm_file *file, uint64_t size, const struct pm_blank *blanks,
                size_t blank_count, struct pm_problem *ret_problem)
{
    static const char zeros[16];
    off_t offset = 0;
    while ((uint64_t)offset < size) {
        ssize_t sent = sendfile(memory, file->descriptor, &offset, (size_t)(size - (uint64_t)offset));
        if (sent < 0 && errno != EINTR)
            return errno == EIO ? file_problem(ret_problem, errno) : no_seal(ret_problem, "copying it", errno);
        if (sent == 0)
            return pm_problem_set(ret_problem, PM_CHANGED_WHILE_LOADING, "it was cut while it was copied", NULL);
    }
    for (size_t i = 0; i < blank_count; i++) {
        assert(blanks[i].size <= sizeof(zeros));
        ssize_t put = pwrite(memory, zeros, blanks[i].size, (off_t)blanks[i].offset);
        if (put != (ssize_t)blanks[i].size)
            return no_seal(ret_problem, "copying it", put < 0 ? errno : EIO);
    }
    return 0;
}

int pm_file_seal(const struct pm_file *file, uint64_t size, const struct pm_blank *blanks, size_t blank_count,
                 struct pm_file *ret_copy, struct pm_problem *ret_problem)
{
    const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    struct stat source, copy;
    int memory = new_memory(ret_problem);
    if (memory < 0)
        return -1;
    int result = fill(memory, file, size, blanks, blank_count, ret_problem);
    if (result == 0 && fstat(file->descriptor, &source) < 0)
        result = file_problem(ret_problem, errno);
    if (result == 0 && !has_identity(&source, &file->identity))
        result = pm_problem_set(ret_problem, PM_CHANGED_WHILE_LOADING, "it was written while it was copied", NULL);
    if (result == 0 && (fcntl(memory, F_ADD_SEALS, seals) < 0 || fstat(memory, &copy) < 0))
        result = no_seal(ret_problem, "sealing the copy", errno);
    if (result < 0) {
        close(memory);
        return -1;
    }
    *ret_copy = (struct pm_file){memory, identity_from(&copy)};
    return 0;
}

int pm_file_descriptor_path(const struct pm_file *file, char **ret_path, struct pm_problem *ret_problem)
{
    /* Not "self": tools that look at the process from outside would follow it to themselves. And not getpid(): /proc
     * may be that of another PID namespace. */
    char process[32];
    ssize_t length = readlink("/proc/self", process, sizeof(process) - 1);
    if (length <= 0)
        return no_seal(ret_problem, "/proc", length < 0 ? errno : ENOENT);
    process[length] = '\0';
    char *path;
    if (asprintf(&path, "/proc/%s/fd/%d", process, file->descriptor) < 0)
        return no_seal(ret_problem, "", ENOMEM);
    *ret_path = path;
    return 0;
}

bool pm_file_can_seal(struct pm_problem *ret_problem)
{
    struct pm_file memory = {.descriptor = new_memory(ret_problem)};
    char *path;
    if (memory.descriptor < 0)
        return false;
    int result = pm_file_descriptor_path(&memory, &path, ret_problem);
    pm_file_close(&memory);
    if (result < 0)
        return false;
    free(path);
    return true;
}

/* ---- identity and trust ---- */

bool pm_path_has_identity(const char *path, const struct pm_identity *identity)
{
    struct stat status;
    return stat(path, &status) == 0 && has_identity(&status, identity);
}

bool pm_path_identify(const char *path, struct pm_identity *ret_identity, bool *ret_is_settled)
{
    const struct timespec now = pm_stamp_clock();
    if (!pm_path_identify_in(NULL, path, ret_identity))
        return false;
    *ret_is_settled = is_before(&ret_identity->changed, &now);
    return true;
}

bool pm_file_is_executable(const struct pm_file *file, struct pm_problem *ret_problem)
{
    struct statvfs system;
    if (fstatvfs(file->descriptor, &system) < 0 || (system.f_flag & ST_NOEXEC) == 0)
        return true;
    pm_problem_set(ret_problem, PM_MODE_UNAVAILABLE, "its file system is mounted noexec", NULL);
    return false;
}

static bool untrusted(struct pm_problem *ret_problem, enum pm_code code, const char *path, size_t length,
                      const char *why)
{
    char shown[120];
    const char *dots = "";
    if (length >= sizeof(shown)) {
        path += length - (sizeof(shown) - 1);
        length = sizeof(shown) - 1;
        dots = "…";
    }
    memcpy(shown, path, length);
    shown[length] = '\0';
    pm_problem_set(ret_problem, code, dots, shown, " ", why, NULL);
    return false;
}

static bool is_ours(const struct stat *status)
{
    return status->st_uid == 0 || status->st_uid == geteuid();
}

/* A directory in which anybody may make files still keeps them from replacing ours if it is sticky: then the owner of
 * the entry counts, and that is asked at the entry. */
static const char *why_untrusted(const struct stat *status, bool is_directory)
{
    if (!is_ours(status))
        return "belongs to another user";
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0 && !(is_directory && (status->st_mode & S_ISVTX) != 0))
        return (status->st_mode & S_IWOTH) != 0 ? "may be written by everybody" : "may be written by its group";
    return NULL;
}

/* What speaks against one step of the way; NULL: nothing. */
static const char *why_not_by(const char *path, bool is_last, struct stat *status)
{
    if (lstat(path, status) < 0)
        return "cannot be asked who may write it";
    if (S_ISLNK(status->st_mode))
        return "is a symbolic link";
    if (!is_last && !S_ISDIR(status->st_mode))
        return "is not a directory";
    return why_untrusted(status, !is_last);
}

/* Whether the name between two slashes, or behind the last, leads down. */
static bool is_real_name(const char *name, size_t length)
{
    return length > 0 && length <= NAME_MAX && (length > 2 || memcmp(name, "..", length) != 0);
}

/* From the root down: where nobody else can change what the way so far leads to, he cannot change what is asked next.
 */
bool pm_file_is_trusted(const char *real_path, const struct pm_identity *identity, struct pm_problem *ret_problem)
{
    char way[PATH_MAX] = "/";
    struct stat status;
    const size_t size = strlen(real_path);
    if (*real_path != '/' || size >= sizeof(way))
        return untrusted(ret_problem, PM_MODE_UNAVAILABLE, real_path, size, "is not a real path");
    errno = 0;
    const char *why = why_not_by(way, false, &status);
    size_t end = 0;
    while (why == NULL && end < size) {
        const size_t begin = end + 1, length = strcspn(real_path + begin, "/");
        if (!is_real_name(real_path + begin, length)) {
            why = "is not a real path";
            end = length > 0 ? begin + length : end;
            break;
        }
        memcpy(way + begin, real_path + begin, length);
        way[end] = '/';
        end = begin + length;
        way[end] = '\0';
        why = why_not_by(way, end == size, &status);
    }
    if (why != NULL && errno == ENOENT)
        return untrusted(ret_problem, PM_CHANGED_WHILE_LOADING, real_path, end, "was moved");
    if (why != NULL)
        return untrusted(ret_problem, PM_MODE_UNAVAILABLE, real_path, end > 0 ? end : 1, why);
    if (!has_identity(&status, identity))
        return untrusted(ret_problem, PM_CHANGED_WHILE_LOADING, real_path, size, "was replaced or written");
    return true;
}
