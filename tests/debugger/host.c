/* SPDX-License-Identifier: MIT */
/* host MODE PLUGIN: opens the plugin twice, closes it once, so that its name has been spelled anew, and calls it. */
#include <plugmgr/host.h>
#include <stdio.h>
#include <string.h>

#include "nap.h"

PLUGMGR_HOST("debugged", "1.0");
PLUGMGR_ACCEPT(nap, 1, 0);

static void print_log(void *data, enum plugmgr_log_level level, const char *message)
{
    (void)data;
    (void)level;
    puts(message);
}

int main(int argc, char **argv)
{
    struct plugmgr_options options = {.size = sizeof(options), .log = print_log};
    struct plugmgr *manager;
    struct plugmgr_plugin *plugin;
    if (argc != 3)
        return 2;
    options.mode = strcmp(argv[1], "sealed") == 0 ? PLUGMGR_MODE_SEALED : PLUGMGR_MODE_PATH;
    if (plugmgr_new(&manager, &options) < 0)
        return 3;
    if (plugmgr_open(manager, argv[2], NULL, &plugin, NULL) < 0 || plugmgr_close(plugin) != PLUGMGR_UNLOADED ||
        plugmgr_open(manager, argv[2], NULL, &plugin, NULL) < 0)
        return 4;
    return plugmgr_get(plugin, nap)->take("well");
}
