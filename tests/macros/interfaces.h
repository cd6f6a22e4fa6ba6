/* SPDX-License-Identifier: MIT */
/* interfaces.h: an interface of each kind: a struct with a method and data, one with a method alone, a plain object, a
 * function pointer and a function; their versions have one to four digits. */
#ifndef INTERFACES_H
#define INTERFACES_H 1

#include <plugmgr/interface.h>

struct counter {
    unsigned (*next)(unsigned count);
    unsigned step;
};
PLUGMGR_INTERFACE(counter, struct counter, 0, 0);

struct greeter {
    const char *(*greet)(void);
};
PLUGMGR_INTERFACE(greeter, struct greeter, 1, 0);

/* Versions may come from macros, enumerators and unsigned numbers. */
#define LIMIT_MAJOR 12u
enum { LIMIT_MINOR = 345 };
PLUGMGR_INTERFACE(limit, int, LIMIT_MAJOR, LIMIT_MINOR);

PLUGMGR_INTERFACE(hook, int (*)(int), 9999, 9999);

/* The type of functions that the plugin and the host export, and of one that nobody sees the inside of. */
struct table;
PLUGMGR_OPAQUE(table);
PLUGMGR_FUNCTION(command, int(struct table *table, const char *line), 2, 7);

/* The form that authors write: designated initialisers came to C++ with C++20. */
#if defined(__cplusplus) && __cplusplus < 202002L
#define MEMBER(name)
#else
#define MEMBER(name) .name =
#endif

#endif
