/* SPDX-License-Identifier: MIT */
#include <plugmgr/plugin.h>
#include <stdio.h>
#include <unistd.h>

#include "nap.h"

PLUGMGR_PLUGIN("napper", "1.0");

__attribute__((noinline)) static int nap_until_killed(const char *where)
{
    printf("napping %s\n", where);
    fflush(stdout);
    while (pause() < 0)
        ;
    return 0;
}

__attribute__((noinline)) static int take(const char *where)
{
    return nap_until_killed(where) + 1;
}
PLUGMGR_PROVIDE(nap, only) = {take};
