/* SPDX-License-Identifier: MIT */
/* plugin.c: one file of a plugin; plugin_more.c is the other. C and C++. */
#include "interfaces.h"
#include <plugmgr/plugin.h>
#include <string.h>

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

PLUGMGR_REQUIRE(greeter, 1, 0);
PLUGMGR_REQUIRE_OPTIONAL(hook, 9999, 0);

/* The stand-in gives what the host offers, and of the counter tells the first member alone. The other file requires the
 * limit and the counter. */
static int has_required(void)
{
    if (plugmgr_use(greeter) == NULL || strcmp(plugmgr_use(greeter)->greet(), "hi") != 0)
        return 0;
    if (!plugmgr_use_has(greeter, greet) || *plugmgr_use(limit) != 1024)
        return 0;
    if (plugmgr_use(hook) != NULL)
        return 0;
    return plugmgr_use(counter)->next(2) == 101 && plugmgr_use_has(counter, next) && !plugmgr_use_has(counter, step);
}

static int start(const struct plugmgr_context *context)
{
    if (context->size != sizeof(*context) || host_command(NULL, "12345") != 5 || host_counter.next(1) != 100)
        return -1;
    if (!has_required())
        return context->fail(context, "%s", "what is required is not there");
    context->log(context, PLUGMGR_LOG_INFO, "%s started from %s", context->name, context->path);
    return context->config[0] == '\0' ? 0 : context->fail(context, "no such option: %s", context->config);
}

PLUGMGR_START(start);
