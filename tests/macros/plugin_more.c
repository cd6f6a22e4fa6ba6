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

PLUGMGR_REQUIRE(limit, 12, 3);
PLUGMGR_REQUIRE(counter, 0, 0);

PLUGMGR_IMPORT(command, host_command); /* each file that uses it */
PLUGMGR_EXPORT(command, shapes_add);
PLUGMGR_EXPORT(limit, shapes_columns);

int shapes_add(struct table *table, const char *line)
{
    return host_command(table, line) + (plugmgr_use(greeter)->greet()[0] == 'h' ? 1000 : 0);
}
const int shapes_columns = 132;

static void stop(void)
{
}

PLUGMGR_STOP(stop);

/* What only this plugin knows. */
struct tally {
    unsigned calls;
    struct table *last;
};
PLUGMGR_INTERFACE(tally, struct tally, 3, 21);

static int save(const struct plugmgr_context *context, struct plugmgr_state *state)
{
    const struct tally tally = {7, NULL};
    return context->size > 0 ? state->write(state, &tally, sizeof(tally)) : -1;
}

static int restore(const struct plugmgr_context *context, const void *bytes, size_t size)
{
    struct tally tally;
    if (size != sizeof(tally))
        return context->fail(context, "of another size");
    __builtin_memcpy(&tally, bytes, size);
    return tally.calls == 7 ? 0 : -1;
}

PLUGMGR_STATE_OF(tally, save, restore);
