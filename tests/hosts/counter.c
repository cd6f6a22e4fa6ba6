/* SPDX-License-Identifier: MIT */
/* A plugin in C. STEP is what it counts by. With WITH_START, its start fails with the configuration as its message, if
 * there is one. With LOUD, its constructor says that it ran. */
#include <plugmgr/plugin.h>
#include <stdio.h>

#include "counter.h"

#ifndef STEP
#define STEP 1
#endif

PLUGMGR_PLUGIN("counter_c", "1.0");

/* Exported, and of the same name in each plugin: each has to call its own. */
__attribute__((visibility("default"))) int counter_step(void);
int counter_step(void)
{
    return STEP;
}

static int next(void)
{
    static int count;
    return count += counter_step();
}

static const char *language(void)
{
    return "C";
}

PLUGMGR_PROVIDE(counter, main) = {next, language};

#ifdef WITH_START
static int start(const struct plugmgr_context *context)
{
    return context->config[0] == '\0' ? 0 : context->fail(context, "%s", context->config);
}
PLUGMGR_START(start);
#endif

#ifdef LOUD
__attribute__((constructor)) static void shout(void)
{
    puts("the constructor ran");
    fflush(stdout);
}
#endif
