/* SPDX-License-Identifier: MIT */
/* plugin.c: one file of a plugin; plugin_more.c is the other. C and C++. */
#include "interfaces.h"
#include <plugmgr/plugin.h>

PLUGMGR_PLUGIN("shapes", "1.2.3");

static unsigned next(unsigned count)
{
    return count + 3;
}

PLUGMGR_PROVIDE(counter, only) = {
    MEMBER(next) next,
    MEMBER(step) 3,
};

static const char *hello(void)
{
    return "hello";
}

PLUGMGR_PROVIDE(greeter, english) = {MEMBER(greet) hello};

/* What the host's own header may declare, too. */
#ifdef __cplusplus
extern "C"
#endif
int host_command(struct table *table, const char *line);
PLUGMGR_IMPORT(command, host_command);
PLUGMGR_IMPORT(counter, host_counter);

static int start(const struct plugmgr_context *context)
{
    if (context->size != sizeof(*context) || host_command(NULL, "12345") != 5 || host_counter.next(1) != 100)
        return -1;
    context->log(context, PLUGMGR_LOG_INFO, "%s started from %s", context->name, context->path);
    return context->config[0] == '\0' ? 0 : context->fail(context, "no such option: %s", context->config);
}

PLUGMGR_START(start);
