/* SPDX-License-Identifier: MIT */
/* calls_way: the ways in which calls.c comes to the methods of user_manager, and the same questions for each. What
 * fails ends the program with a word on stderr. */
#ifndef BENCH_CALLS_WAY_H
#define BENCH_CALLS_WAY_H 1

#include "../plugins/users/directory.h"
#include "../plugins/users/user_manager.h"
#include "nothing.h"

enum { NOTHING, GET_USER, MAIL, USERNAME, GROUPS, FIND, METHODS };

enum { PAGE = 20 }; /* users that find_users is asked for at most */

/* The users of a data source, in an order that looks random; peers have the same. */
struct questions {
    struct question {
        struct user_id id;
        const char *username, *mail;
    } * all;
    size_t count, next;
};

struct way {
    const struct user_manager *manager; /* through a table; NULL: directly */
    const struct nothing *nothing;
    const struct directory *directory;
    struct questions *questions;
};

struct method {
    const char *word, *name; /* for commands; as it is told */
    /* Calls it so many times, going on with the questions. */
    void (*through_table)(const struct way *way, unsigned long calls);
    void (*directly)(const struct way *way, unsigned long calls);
};
extern const struct method methods[METHODS];

_Noreturn void give_up(const char *what, const char *why);
/* FOLDER/NAME, valid until the program ends. */
const char *path_in(const char *folder, const char *name);
/* All users that a manager has, as questions with texts of their own, valid until the program ends. */
struct questions *read_questions(const struct user_manager *manager);
/* What a host does that has no manager. */
struct way open_by_hand(const char *folder, const char *data);
/* The users of a manager in a directory that is linked into this program. */
struct way open_directly(const struct user_manager *manager);
/* Calls the method in that way, so many times. */
void call_method(const struct way *way, const struct method *method, unsigned long calls);
/* A number made of the first answers to a method. */
uint64_t hash_answers(const struct way *way, size_t method);

#endif
