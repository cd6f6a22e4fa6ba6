/* SPDX-License-Identifier: MIT */
/* plugin_more.c: the other file of the plugin, without a PLUGMGR_PLUGIN of its own. C and C++. */
#include "interfaces.h"
#include <plugmgr/plugin.h>

static const char *hallo(void)
{
    return "hallo";
}

PLUGMGR_PROVIDE(greeter, german) = {MEMBER(greet) hallo};

PLUGMGR_PROVIDE(limit, lines) = 80;
PLUGMGR_PROVIDE(limit, none) = 0; /* all zero, but not without an initialiser */

static int twice(int number)
{
    return number * 2;
}

PLUGMGR_PROVIDE(hook, twice) = twice;

static void stop(void)
{
}

PLUGMGR_STOP(stop);
