/* SPDX-License-Identifier: MIT */
/* directory.h: users in memory, and the questions of user_manager.h answered from there. Pure: what a reader of any
 * data source adds here is checked, copied and indexed in the same way. */
#ifndef DIRECTORY_H
#define DIRECTORY_H 1

#include "user_manager.h"

#include <stdint.h>

/* Longest text of a user, in bytes, but for the values of the opaque map, which have no limit. */
#define DIRECTORY_TEXT_MAX 1024

struct directory;

enum directory_status {
    DIRECTORY_OK = 0,
    DIRECTORY_FAULT = -1,  /* a user is not as user_manager.h says */
    DIRECTORY_MEMORY = -2, /* out of memory */
    DIRECTORY_CLASH = -3   /* two users have the same id */
};

/* What is wrong with a user: "field 'mail' is not UTF-8". Static text. */
struct directory_fault {
    const char *field;
    const char *fault;
};

/* Two users with one id, where the reader found them. */
struct directory_clash {
    const struct user *user; /* borrowed from the directory */
    uint64_t place, earlier_place;
};

/* NULL: out of memory. */
struct directory *directory_new(void);
void directory_free(struct directory *directory); /* accepts NULL */

/* Adds a copy of the user; no text in it is NULL, groups and opaque need no order. place: where the reader found it, a
 * line or a row, greater than that of the user before. DIRECTORY_FAULT: *ret_fault tells; the directory is unchanged.
 */
enum directory_status directory_add(struct directory *directory, const struct user *user, uint64_t place,
                                    struct directory_fault *ret_fault);

/* Sorts and indexes what was added: once, before the first question. DIRECTORY_CLASH: *ret_clash tells of the first one
 * in the reader's order. After a failure the directory can only be freed. */
enum directory_status directory_finish(struct directory *directory, struct directory_clash *ret_clash);

size_t directory_count(const struct directory *directory);

/* The methods of user_manager.h. */
enum user_result directory_get_user(const struct directory *directory, const struct user_id *id,
                                    const struct user **ret_user);
enum user_result directory_get_user_by_claim(const struct directory *directory, const char *claim, const char *value,
                                             const struct user **ret_user);
enum user_result directory_get_user_groups(const struct directory *directory, const struct user_id *id,
                                           const char *const **ret_groups, size_t *ret_count);
enum user_result directory_find_users(const struct directory *directory, const char *text, const struct user *after,
                                      size_t capacity, const struct user **ret_users, size_t *ret_count);

#endif
