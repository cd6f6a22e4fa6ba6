/* SPDX-License-Identifier: MIT */
/* nothing: a plugin that does nothing. */
#include "nothing.h"

#include <plugmgr/plugin.h>

PLUGMGR_PLUGIN("nothing", "1.0.0");

static void do_nothing(void)
{
}

PLUGMGR_PROVIDE(nothing, only) = {
    .do_nothing = do_nothing,
};
