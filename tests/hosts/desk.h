/* SPDX-License-Identifier: MIT */
/* desk.h: what a host and its plugins call in each other by name, and a table that grows. C and C++; what the types
 * look like is chosen while compiling. */
#ifndef DESK_H
#define DESK_H

#include <plugmgr/interface.h>

#ifndef DESK_LINE
#define DESK_LINE const char *
#endif
#ifndef DESK_LEVEL
#define DESK_LEVEL int
#endif
#ifndef DESK_MINOR
#define DESK_MINOR 1
#endif

/* of plugins */
struct desk {
    int lines;
#ifdef DESK_GROWN
    int columns;
#endif
};
PLUGMGR_FUNCTION(desk_command, int(struct desk *desk, DESK_LINE line), 1, 0);

/* of the host */
PLUGMGR_FUNCTION(desk_log, int(DESK_LEVEL level, const char *text), 1, 0);

/* of both */
struct desk_limits {
    int lines;
    int (*most)(void);
    char depth;
#if DESK_MINOR >= 1
    char width; /* fits into the padding of 1.0 */
    int (*least)(void);
#endif
};
PLUGMGR_INTERFACE(desk_limits, struct desk_limits, 1, DESK_MINOR);

#endif
