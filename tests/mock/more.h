/* SPDX-License-Identifier: MIT */
/* more.h: interfaces of the mock plugins that differ in structure: functions, tables that grow, structs behind
 * pointers, opaque structs. What they look like is chosen while compiling. */
#ifndef MOCK_MORE_H
#define MOCK_MORE_H

#include <plugmgr/interface.h>

/* ---- a function and an object ---- */

#ifndef COMMAND_PARAMETER
#define COMMAND_PARAMETER int
#endif
PLUGMGR_FUNCTION(mock_command, int(COMMAND_PARAMETER), 1, 0);
PLUGMGR_INTERFACE(mock_limit, int, 1, 0);

/* ---- a table that grows: 1.1 appends a member that fits into the padding of 1.0, and one that does not ---- */

#ifndef GROW_MINOR
#define GROW_MINOR 1
#endif
struct grow_pair {
    int x, y;
};
struct grow {
    int (*first)(void);
    struct grow_pair pair;
    char tag;
#if GROW_MINOR >= 1
    char added;
    int (*last)(void);
    union {
        int whole;
        float part;
    };
#endif
};
PLUGMGR_INTERFACE(grow, struct grow, 1, GROW_MINOR);

/* ---- a struct behind a pointer ---- */

struct deep_item {
    int id;
#ifdef DEEP_CHANGED
    int flags;
#endif
    const char *name;
};
struct deep {
    const char *(*name_of)(const struct deep_item *item);
};
PLUGMGR_INTERFACE(deep, struct deep, 1, 0);

/* ---- a struct that only its plugin completes ---- */

struct vault;
#ifdef VAULT_OPAQUE
PLUGMGR_OPAQUE(vault);
#endif
struct vaults {
    struct vault *(*open)(void);
    int (*sum)(const struct vault *vault);
};
PLUGMGR_INTERFACE(vaults, struct vaults, 1, 0);

/* ---- an interface of many versions ---- */

#ifndef CODEC_MAJOR
#define CODEC_MAJOR 2
#endif
#ifndef CODEC_MINOR
#define CODEC_MINOR 1
#endif
struct codec {
#ifdef CODEC_CHANGED
    int (*changed)(void);
#endif
    int (*version)(void); /* a hundred times the major, and the minor */
#if CODEC_MINOR >= 1
    int (*one)(void);
#endif
#if CODEC_MINOR >= 3
    int (*three)(void);
#endif
};
PLUGMGR_INTERFACE(codec, struct codec, CODEC_MAJOR, CODEC_MINOR);

#endif
