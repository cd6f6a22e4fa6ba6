/* SPDX-License-Identifier: MIT */
/* host_more.c: the other file of the host. It uses interfaces that it accepts itself, and one that host.c accepts.
 * C and C++. */
#include "host_more.h"
#include "interfaces.h"
#include <plugmgr/host.h>

PLUGMGR_ACCEPT(limit, 12, 0);
PLUGMGR_ACCEPT(hook, 9999, 1000);
PLUGMGR_ACCEPT(command, 2, 0);
PLUGMGR_EXPORT(command, host_command);

int host_command(struct table *table, const char *line)
{
    int length = 0;

    while (table == NULL && line[length] != '\0')
        length++;
    return length;
}

static unsigned next(unsigned count)
{
    return count + 99;
}
PLUGMGR_OFFER(counter) = {MEMBER(next) next, MEMBER(step) 99};
PLUGMGR_OFFER(limit) = 1024;

static int use_symbols(const struct plugmgr_plugin *plugin)
{
    plugmgr_interface_command *add = plugmgr_symbol(plugin, "shapes_add", command);
    plugmgr_interface_limit *columns = plugmgr_symbol(plugin, "shapes_columns", limit);

    if (add == NULL || add(NULL, "1234") != 1004 || plugmgr_symbol(plugin, "shapes_add", command)(NULL, "") != 1000)
        return 8;
    if (columns == NULL || *columns != 132)
        return 9;
    return plugmgr_symbol(plugin, "shapes_none", command) == NULL ? 0 : 10;
}

/* The stand-in knows what it must be asked. */
static int has(const struct plugmgr_plugin *plugin)
{
#define counter_step step /* a member by a macro's name */
    if (!plugmgr_has(plugin, counter, step) || !plugmgr_has_instance(plugin, counter, "only", counter_step))
        return 11;
    if (plugmgr_has_instance(plugin, counter, "none", step))
        return 11;
    return plugmgr_has_instance(plugin, greeter, "english", greet) ? 0 : 12;
}

int use_more(const struct plugmgr_plugin *plugin)
{
    const int *lines = plugmgr_get_instance(plugin, limit, "lines");
    const int *none = plugmgr_get_instance(plugin, limit, "none");
    plugmgr_interface_hook *hook = plugmgr_get_instance(plugin, hook, "twice");

    if (lines == NULL || *lines != 80)
        return 4;
    if (none == NULL || *none != 0)
        return 5;
    if (hook == NULL || (*hook)(21) != 42)
        return 6;
    if (plugmgr_get(plugin, counter) == NULL)
        return 7;
    return use_symbols(plugin) != 0 ? use_symbols(plugin) : has(plugin);
}
