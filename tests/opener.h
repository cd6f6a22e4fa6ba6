/* SPDX-License-Identifier: MIT */
/* opener.h: a manager and its log, and a plugin that it opens, in whatever mode. For tests that are a host
 * (tests/mock/host.c). */
#ifndef OPENER_H
#define OPENER_H

#include <plugmgr/host.h>

#include <check.h>
#include <stddef.h>

extern struct plugmgr *manager;
extern struct plugmgr_plugin *plugin; /* the last that was opened */
extern struct plugmgr_report *report; /* of the last opening */
extern char log_text[4096];           /* "LEVEL MESSAGE\n" of each message so far */
extern const char *checked_by_log;    /* what the log has the manager check when something is unloaded; NULL: nothing */

extern const enum plugmgr_mode all_modes[2]; /* by path, and sealed */
extern const char *const mode_texts[2];      /* how the report begins to tell them */
#define BY_PATH "by its path: "
#define SEALED "from a sealed copy in memory: "

/* A case whose tests have a scene each, and a manager for it: those that run once, and those that run for each of
 * all_modes. */
TCase *opener_case(const char *name, const TTest *const *once, size_t once_count, const TTest *const *in_each_mode,
                   size_t in_each_mode_count);

/* The manager is another from now on. */
void use_mode(enum plugmgr_mode mode);

/* Returns what plugmgr_open does. */
int open_plugin(const char *path);

/* The text of the report's first finding of that code; "": it has none. */
const char *text_of(const char *code);

/* The opened mock's answer, and what the report says of the mode. */
void expect_open(const char *path, int answer, const char *mode_text);
void expect_refused(const char *path, int error, const char *code, const char *part);

/* Writes the bytes of another mock into the same inode, without a moment in which the file is shorter. */
void overwrite(const char *path, const char *mock);

#endif
