/* SPDX-License-Identifier: MIT */
/* user_rules.h: the interface `user_rules` 1.0, which a host offers to its plugins: what it demands of users beside
 * what user_manager.h says. A plugin asks while it reads, and so can tell the place of what does not fit. A host
 * without such demands offers none; a plugin that does not ask is not refused. */
#ifndef USER_RULES_H
#define USER_RULES_H 1

#include <plugmgr/interface.h>

struct user_rules {
    /* What is wrong with a username (UTF-8, not empty), as the end of a sentence, static text; NULL: it will do. From
     * any thread. */
    const char *(*check_username)(const char *username);
};
PLUGMGR_INTERFACE(user_rules, struct user_rules, 1, 0);

#endif
