/* SPDX-License-Identifier: MIT */
/* A plugin that calls the host, and is called, by name. C and C++. With WITH_ABSENT it wants what the host does not
 * export. */
#include <plugmgr/plugin.h>
#include <stdio.h>

#include "desk.h"

PLUGMGR_PLUGIN("desk", "1.0");
PLUGMGR_IMPORT(desk_log, host_log);
PLUGMGR_IMPORT(desk_limits, host_limits);
#ifdef WITH_ABSENT
PLUGMGR_IMPORT(desk_log, host_whisper);
#endif

PLUGMGR_EXPORT(desk_command, desk_add);
int desk_add(struct desk *desk, DESK_LINE line)
{
    host_log(1, line != 0 ? "adding" : "adding nothing");
#ifdef WITH_ABSENT
    host_whisper(1, "adding");
#endif
    desk->lines += host_limits.most();
    return desk->lines;
}

static int most(void)
{
    return 60;
}
PLUGMGR_PROVIDE(desk_limits, main) = {
    50,  most, 'd',
#if DESK_MINOR >= 1
    'w', most,
#endif
};

__attribute__((constructor)) static void shout(void)
{
    puts("the constructor ran");
    fflush(stdout);
}
