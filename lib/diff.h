/* SPDX-License-Identifier: MIT */
/* diff.h: the interfaces of two files, compared: what changed from the first to the second. Pure.
 *
 * Two plugins, two hosts, or lock files: the second is to replace the first. What the first provided, others were built
 * against, and the second must do for them; what the first consumed, others provide, and the second must be content
 * with it. A host and a plugin: they are to meet, and only what one of them consumes and the other provides is
 * compared, or what both merely reach. */
#ifndef PM_DIFF_H
#define PM_DIFF_H

#include "note.h"
#include "state.h"
#include "text.h"

#include <plugmgr/host.h>

/* The graver the later. */
enum pm_diff_grade {
    PM_DIFF_IDENTICAL, /* version and text */
    PM_DIFF_ADDED,     /* the second file alone has it */
    PM_DIFF_COMPATIBLE,
    PM_DIFF_UNFINGERPRINTED, /* one of the files has no text, and the versions may meet */
    PM_DIFF_REMOVED,         /* the first file alone has it */
    PM_DIFF_MALFORMED,       /* a text that cannot be read */
    PM_DIFF_DIFFERENT,
    PM_DIFF_GRADES
};

/* "identical", … Static text. */
const char *pm_diff_grade_name(enum pm_diff_grade grade);

/* The major number of a text that stands without a version in a lock file: it meets every version. */
#define PM_DIFF_NO_VERSION 10000u

/* An interface in one version, or in one of each file. Not escaped. */
struct pm_diff_item {
    const char *interface_name;
    bool has_from, has_to;
    struct pm_version from, to;
    enum pm_diff_grade grade;
    bool fits;           /* the second does for the first, or they may meet */
    bool is_accepted;    /* the policy takes it */
    const char *changes; /* why, and what differs, from the first to the second, one a line; NULL: nothing to tell */
};

struct pm_diff {
    struct pm_diff_item *items; /* the gravest first, then by name */
    size_t count;               /* 0 of a host and a plugin: they have nothing in common */
    enum pm_diff_grade result;  /* IDENTICAL, COMPATIBLE or DIFFERENT */
    bool is_accepted;
    struct pm_state_match state; /* of two plugins: whether the second takes over the state of the first, were it
                                    reloaded. No interface, and nothing that decides about the result */
};

/* Compares. The policy decides what is accepted: `exact` what is identical, `compatible` what fits, `version` what fits
 * by its numbers. Facts without a role are those of a lock file, which has texts alone. Borrows the strings of the
 * facts; all else lies in the arena. Out of memory: arena->failed. */
void pm_diff(const struct pm_facts *from, const struct pm_facts *to, enum plugmgr_policy policy, struct pm_arena *arena,
             struct pm_diff *ret_diff);

#endif
