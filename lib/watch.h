/* SPDX-License-Identifier: MIT */
/* watch.h: which of some files changed, told once they are written (inotify(7)). Used by one thread at a time.
 *
 * Directories are watched, not files: a file that is replaced is another one of the same name. Watched is each name
 * on the way of a path, from the root down and through all symbolic links, so that a link that is switched is noticed
 * as well as a directory that was moved away or deleted, and made again.
 *
 * What counts is the identity of the file behind the path: what leaves it as it was is no change. Not noticed: what is
 * written on another machine into a network file system, through another hard link or a writable mapping; other
 * permissions; what is made by link(2), if its first name is removed within the tick of the clock in which it was
 * written (rename(2) is heard of); and what becomes of directories that the process may not read. */
#ifndef PM_WATCH_H
#define PM_WATCH_H

#include "error.h"
#include "file.h"

struct pm_watch;

/* -1: *ret_problem (FILE_UNREADABLE: the system gives no inotify(7); OUT_OF_MEMORY). The caller frees. */
int pm_watch_new(struct pm_watch **ret_watch, struct pm_problem *ret_problem);
void pm_watch_free(struct pm_watch *watch);

/* The descriptor that is readable when there may be something to tell, for poll(2). It stays the watch's own. */
int pm_watch_fd(const struct pm_watch *watch);

/* Watches the file that the path leads to, wherever it leads. A relative path is meant from the working directory as it
 * is now. identity: what the caller knows of the file, such as what it loaded: if another one is there already, that
 * is a change; NULL: what is there now. The file may be absent. token: how it is told; borrowed. A token may stand for
 * several paths. -1: nothing happened; *ret_problem (FILE_UNREADABLE, with errno: its directory cannot be watched, as
 * where the system's limit of watches is reached; OUT_OF_MEMORY). */
int pm_watch_add(struct pm_watch *watch, const char *path, const struct pm_identity *identity, void *token,
                 struct pm_problem *ret_problem);

/* From now on the token is not told any more. */
void pm_watch_remove(struct pm_watch *watch, const void *token);

/* The next file that changed since it was added or told, in the order of adding. Never blocks; asks the system for
 * files of which something was heard only. An absent file is told when it is there again. 1: *ret_token, and there may
 * be more, of which the descriptor says nothing any more: ask again; so once after adding files with an identity, too.
 * 0: nothing more now, wait for the descriptor. A negated enum plugmgr_error: nothing more now, but not all files could
 * be looked at (_MEMORY), or some are not watched any more (_SYSTEM); the next call tries again. */
int pm_watch_next(struct pm_watch *watch, void **ret_token);

#endif
