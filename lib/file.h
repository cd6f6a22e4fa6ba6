/* SPDX-License-Identifier: MIT */
/* file.h: path -> descriptor, identity, and who may write it. Only file.c opens files. */
#ifndef PM_FILE_H
#define PM_FILE_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* What tells one state of a file from another. */
struct pm_identity {
    dev_t device;
    ino_t inode;
    off_t size; /* bytes */
    struct timespec modified, changed;
};

struct pm_file {
    int descriptor;
    struct pm_identity identity;
};

/* Opens a regular file for reading, without blocking on a FIFO. -1: *ret_problem (FILE_ABSENT, _UNREADABLE, then with
 * errno, _NOT_REGULAR). The caller closes. */
int pm_file_open(const char *path, struct pm_file *ret_file, struct pm_problem *ret_problem);
/* The same for a name in an open directory. */
int pm_file_open_at(int directory, const char *name, struct pm_file *ret_file, struct pm_problem *ret_problem);
void pm_file_close(struct pm_file *file);

/* Whether the process can open but a few files more than this one: then it had better not be kept open. */
bool pm_file_is_among_last(const struct pm_file *file);

/* What a name in an open directory leads to, without opening it. 1: a regular file, and its identity; 0: something else;
 * -1: errno. */
int pm_file_look_at(int directory, const char *name, struct pm_identity *ret_identity);
/* Whether there is anything at all of that name, a link that leads nowhere too. */
bool pm_name_exists_at(int directory, const char *name);

/* Says that the file's beginning will be read soon: where it is not in memory, the system reads it meanwhile. */
void pm_file_announce(const struct pm_file *file);

/* Waits, a few milliseconds at most, until a file that was written just now has an older time stamp than a write from
 * now on would give it: file systems stamp by a clock that ticks every few milliseconds, and two writes within one tick
 * look like one. Then takes its identity anew. -1: *ret_problem. */
int pm_file_settle(struct pm_file *file, struct pm_problem *ret_problem);

/* Whether the descriptor still is that of the file that was opened: whoever closes descriptors that are not his own
 * lets their numbers be used again. */
bool pm_file_is_open(const struct pm_file *file);
/* A root file system to look into: an image or a container below a directory. What is looked for there never leads out
 * of it, by whatever links. Where a tree may be NULL, that is this process's own root. */
struct pm_tree {
    int descriptor;
    char *path; /* real path of the directory */
};

/* -1: *ret_problem (FILE_ABSENT, _UNREADABLE, _NOT_REGULAR; also where the kernel lacks openat2(2), before Linux 5.6).
 * The caller closes. */
int pm_tree_open(const char *directory, struct pm_tree *ret_tree, struct pm_problem *ret_problem);
void pm_tree_close(struct pm_tree *tree);

/* As pm_file_open. tree may be NULL. */
int pm_file_open_in(const struct pm_tree *tree, const char *path, struct pm_file *ret_file,
                    struct pm_problem *ret_problem);
/* Whether the path names anything at all. tree may be NULL. */
bool pm_path_exists_in(const struct pm_tree *tree, const char *path);
/* Which regular file the path leads to now, without opening it. false: none. tree may be NULL. */
bool pm_path_identify_in(const struct pm_tree *tree, const char *path, struct pm_identity *ret_identity);

/* Reads up to size bytes at offset; fewer at the end of the file only. -1: *ret_problem. */
ssize_t pm_file_read(const struct pm_file *file, void *bytes, size_t size, uint64_t offset,
                     struct pm_problem *ret_problem);

/* A whole file of at most `limit` bytes. The caller frees. -1: *ret_problem. */
int pm_file_read_whole(const char *path, size_t limit, uint8_t **ret_bytes, size_t *ret_size,
                       struct pm_problem *ret_problem);
int pm_file_read_whole_in(const struct pm_tree *tree, const char *path, size_t limit, uint8_t **ret_bytes,
                          size_t *ret_size, struct pm_problem *ret_problem); /* tree may be NULL */

/* A variable of the environment as this process was started with it, by /proc: what the dynamic linker saw, whatever
 * the process did to its environment since. *ret_value: NULL if there was none; the caller frees. -1: it is not known,
 * as without /proc or where the process wrote its title over it; errno ENOMEM: no memory. */
int pm_file_read_environment(const char *name, char **ret_value);

/* The file's own name, behind all links, without its directory; cut to the size, with a NUL. false: not known, as
 * without /proc. */
bool pm_file_name(const struct pm_file *file, char *ret_name, size_t size);

/* ---- sealed copies ---- */

/* A part of a copy that is to be zero. */
struct pm_blank {
    size_t offset, size; /* bytes; size: at most 16 */
};

/* Copies the first size bytes into memory that nobody can change any more (memfd_create(2), F_ADD_SEALS), with the
 * blanks zeroed. The caller closes it. -1: *ret_problem (CHANGED_WHILE_LOADING: the file changed meanwhile;
 * MODE_UNAVAILABLE: the system gives no such memory; OUT_OF_MEMORY). */
int pm_file_seal(const struct pm_file *file, uint64_t size, const struct pm_blank *blanks, size_t blank_count,
                 struct pm_file *ret_copy, struct pm_problem *ret_problem);

/* The name under which the kernel opens the file behind the descriptor again: /proc/PID/fd/NUMBER. The caller frees.
 * -1: *ret_problem (MODE_UNAVAILABLE: there is no /proc; OUT_OF_MEMORY). */
int pm_file_descriptor_path(const struct pm_file *file, char **ret_path, struct pm_problem *ret_problem);

/* Whether both can be had here. false: *ret_problem (MODE_UNAVAILABLE). */
bool pm_file_can_seal(struct pm_problem *ret_problem);

/* ---- identity and trust ---- */

bool pm_identity_equal(const struct pm_identity *a, const struct pm_identity *b);
/* Whether it is one file, in whatever state. */
bool pm_identity_is_same_file(const struct pm_identity *a, const struct pm_identity *b);
/* Whether two states of one file have the same content, as far as its size and its last write tell: it may have been
 * renamed or linked meanwhile, or been given other permissions. */
bool pm_identity_has_content(const struct pm_identity *a, const struct pm_identity *b);
/* The clock of time stamps. It ticks every few milliseconds. */
struct timespec pm_stamp_clock(void);
/* Whether a file that is written after `now`, a time of that clock at which it had not been read yet, gets another
 * identity. Not so if its stamp is as young as the clock's tick, or as a whole second where the file system counts no
 * finer: then it is to be read again the next time. */
bool pm_identity_is_settled(const struct pm_identity *identity, const struct timespec *now);
/* Whether the path now names a file of this identity. */
bool pm_path_has_identity(const char *path, const struct pm_identity *identity);
/* The identity of the regular file that the path names now; and whether a write from now on would give it another one
 * (pm_file_settle says why it may not). false: there is none. */
bool pm_path_identify(const char *path, struct pm_identity *ret_identity, bool *ret_is_settled);

/* Whether code of the file may be mapped. false: *ret_problem (MODE_UNAVAILABLE): it is on a noexec mount. */
bool pm_file_is_executable(const struct pm_file *file, struct pm_problem *ret_problem);

/* Whether nobody but root and the effective user may write the file or change the directories on its way: asked of
 * each of them, from the root down. Only a real path is (no links, absolute, no "." or ".."). false: *ret_problem
 * (MODE_UNAVAILABLE) names the file or the directory and why; CHANGED_WHILE_LOADING: the path leads to another file, or
 * it was written. */
bool pm_file_is_trusted(const char *real_path, const struct pm_identity *identity, struct pm_problem *ret_problem);

#endif
