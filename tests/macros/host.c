/* SPDX-License-Identifier: MIT */
/* host.c: one file of a host; host_more.c is the other. Exits with 0 if the plugin that it is given does all it should.
 * C and C++. */
#include "interfaces.h"
#include <plugmgr/host.h>
#include <stdio.h>
#include <string.h>

#include "host_more.h"

PLUGMGR_HOST("table", "0.9");
PLUGMGR_ACCEPT(counter, 0, 0);
PLUGMGR_ACCEPT(greeter, 1, 0);

PLUGMGR_EXPORT(counter, host_counter);

static unsigned next(unsigned count)
{
    return count + 99;
}
const struct counter host_counter = {MEMBER(next) next, MEMBER(step) 99};

static const char *hi(void)
{
    return "hi";
}
PLUGMGR_OFFER(greeter) = {MEMBER(greet) hi};

static int use(const struct plugmgr_plugin *plugin)
{
    const struct counter *counter = plugmgr_get(plugin, counter);
    const struct greeter *english = plugmgr_get_instance(plugin, greeter, "english");

    if (counter == NULL || counter->step != 3 || counter->next(4) != 7)
        return 1;
    if (english == NULL || strcmp(english->greet(), "hello") != 0)
        return 2;
    if (strcmp(plugmgr_get_instance(plugin, greeter, "german")->greet(), "hallo") != 0)
        return 3;
    return use_more(plugin);
}

int main(int argc, char **argv)
{
    struct plugmgr *manager;
    struct plugmgr_plugin *plugin;
    struct plugmgr_report *report;
    int status;

    if (argc != 2 || plugmgr_new(&manager, NULL) < 0)
        return 10;
    if (plugmgr_open(manager, argv[1], NULL, &plugin, &report) < 0) {
        plugmgr_free(manager);
        return 11;
    }
    status = use(plugin);
    if (status != 0)
        fprintf(stderr, "the plugin fails check %d\n", status);
    if (plugmgr_close(plugin) != PLUGMGR_UNLOADED)
        status = 12;
    plugmgr_free(manager);
    return status;
}
