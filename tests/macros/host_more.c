/* SPDX-License-Identifier: MIT */
/* host_more.c: the other file of the host. It uses interfaces that it accepts itself, and one that host.c accepts.
 * C and C++. */
#include "host_more.h"
#include "interfaces.h"
#include <plugmgr/host.h>

PLUGMGR_ACCEPT(limit, 12, 0);
PLUGMGR_ACCEPT(hook, 9999, 1000);

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
    return plugmgr_get(plugin, counter) == NULL ? 7 : 0;
}
