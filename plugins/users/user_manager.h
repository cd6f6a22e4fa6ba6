/* SPDX-License-Identifier: MIT */
/* user_manager.h: the interface `user_manager` 1.1, a directory of users as a sync-and-share server needs it.
 *
 * The data source. The text that the host passes to plugmgr_open as `config` names it; for both plugins here it is the
 * path of a file. start reads all of it, so that a data source with an error in it fails the open, with a message that
 * says where; stop lets go of it. A plugin serves one data source at a time.
 *
 * A snapshot. What start read does not change until stop: a change of the data source is seen when the plugin is opened
 * again. So every pointer that a method returns is borrowed from the plugin, is never freed by the host, and stays
 * valid until the plugin is closed; no method allocates memory, takes a lock, or fails for want of either; and every
 * method may be called by any number of threads at the same time.
 *
 * Texts are UTF-8 without NUL, and NUL-terminated. They are data: escape them for where they are printed.
 *
 * Methods return USER_OK or, negative, what kept them from it; outputs come last and are untouched on failure. */
#ifndef USER_MANAGER_H
#define USER_MANAGER_H 1

#include <plugmgr/interface.h>
#include <stddef.h>

/* Who a user is: the name that an identity provider has for the user, and which provider that is. No two users of a
 * directory have the same pair. */
struct user_id {
    const char *idp;       /* "" or NULL in a question: of any provider. Of a user: never empty */
    const char *opaque_id; /* means something to the provider only; never empty */
};

/* One entry of what a directory knows of a user beside the fields of struct user. */
struct user_opaque {
    const char *key;
    const char *decoder; /* how the bytes are to be understood: "plain" is text */
    const char *value;   /* base64 (RFC 4648, section 4, with padding) of the bytes */
};

struct user {
    struct user_id id;
    const char *username;      /* never empty; providers may give the same one to different users */
    const char *mail;          /* "" if there is none */
    const char *display_name;  /* "" if there is none */
    const char *const *groups; /* their names, sorted by bytes, none twice */
    size_t group_count;
    const struct user_opaque *opaque; /* sorted by key, none twice */
    size_t opaque_count;
};

enum user_result {
    USER_OK = 0,
    USER_NOT_FOUND = -1,     /* there is no such user */
    USER_AMBIGUOUS = -2,     /* several users fit, and none of them more than the others */
    USER_UNKNOWN_CLAIM = -3, /* the claim is none that this directory can be asked for */
    USER_INVALID = -4        /* the caller's bug: an argument that is not allowed */
};

struct user_manager {
    /* The user of an id. An empty idp matches any; opaque_id is compared with the users' opaque ids and, only if none
     * of these fits, with their usernames: nobody hides another user by taking that one's id as a username.
     * Errors: USER_NOT_FOUND, USER_AMBIGUOUS, USER_INVALID (id, opaque_id or ret_user is NULL). */
    enum user_result (*get_user)(const struct user_id *id, const struct user **ret_user);

    /* The user of whom something is claimed, compared byte by byte: "mail", "username", or "uid": the text in the entry
     * "uid" of the user's opaque map, where the decoder is "plain". An empty value belongs to nobody.
     * Errors: USER_NOT_FOUND, USER_AMBIGUOUS, USER_UNKNOWN_CLAIM, USER_INVALID (an argument is NULL). */
    enum user_result (*get_user_by_claim)(const char *claim, const char *value, const struct user **ret_user);

    /* The groups of the user whom get_user finds by that id; none is USER_OK and a count of 0.
     * Errors: as get_user. */
    enum user_result (*get_user_groups)(const struct user_id *id, const char *const **ret_groups, size_t *ret_count);

    /* The users of whom username, display name, mail or opaque id contains the text. ASCII letters match in both cases,
     * all other bytes only themselves: "ZOË" finds "ZoË", but not "zoë". "" is in everything.
     *
     * Users come in the order of their usernames, by bytes; where those are equal, of opaque id and idp. A call writes
     * up to `capacity` of them, beginning with the first behind `after` (a user from this plugin; NULL: the very
     * first), and their number to *ret_count. Less than `capacity` says that these were the last; nobody found is
     * USER_OK and 0. Errors: USER_INVALID (text, ret_users or ret_count is NULL, or `after` is not from this plugin).
     */
    enum user_result (*find_users)(const char *text, const struct user *after, size_t capacity,
                                   const struct user **ret_users, size_t *ret_count);

    /* How many users there are. Since 1.1: a host that lives with 1.0 asks plugmgr_has first. */
    size_t (*count_users)(void);
};
PLUGMGR_INTERFACE(user_manager, struct user_manager, 1, 1);

#endif
