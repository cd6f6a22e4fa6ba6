/* SPDX-License-Identifier: MIT */
/* A shared library that acts as the host, for programs that know nothing of plugins. */
#include "engine.h"

#include "try.h"

PLUGMGR_HOST("engine", "5.0.0");
PLUGMGR_ACCEPT(counter, COUNTER_MAJOR, 0);

void engine_try(const char *path)
{
    try_plugin(path, NULL);
}
