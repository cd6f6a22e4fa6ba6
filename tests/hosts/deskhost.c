/* SPDX-License-Identifier: MIT */
/* A host that exports a function and an object to its plugins, and calls one of theirs by name: deskhost PLUGIN… C and
 * C++. With AS_LIBRARY it is a shared library that acts as the host; with WITHOUT_EXPORT it exports nothing. */
#include <plugmgr/host.h>
#include <stdio.h>
#include <stdlib.h>

#include "desk.h"
#include "deskhost.h"

PLUGMGR_HOST("deskhost", "1.0.0");
PLUGMGR_ACCEPT(desk_command, 1, 0);
PLUGMGR_ACCEPT(desk_limits, 1, 0);

#ifndef WITHOUT_EXPORT
static int most(void)
{
    return 7;
}
PLUGMGR_EXPORT(desk_log, host_log);
int host_log(DESK_LEVEL level, const char *text)
{
    return printf("log %d: %s\n", (int)level, text);
}
PLUGMGR_EXPORT(desk_limits, host_limits);
const struct desk_limits host_limits = {80, most, 'h', 'w', most};
#endif

static void print_report(const struct plugmgr_report *report)
{
    char *text;
    if (plugmgr_report_text(report, 0, &text) < 0)
        exit(99);
    fputs(text, stdout);
    free(text);
}

static void use(const struct plugmgr_plugin *plugin)
{
    struct desk desk = {1};
    plugmgr_interface_desk_command *add = plugmgr_symbol(plugin, "desk_add", desk_command);
    plugmgr_interface_desk_limits *limits = plugmgr_get(plugin, desk_limits);
    if (add == NULL || limits == NULL)
        exit(98);
    printf("desk_add: %d\n", add(&desk, "line"));
    printf("lines %d, most %d, width: %s, least: %s\n", limits->lines, limits->most(),
           plugmgr_has(plugin, desk_limits, width) ? "yes" : "no",
           plugmgr_has(plugin, desk_limits, least) ? "yes" : "no");
}

int desk_try(const char *path)
{
    struct plugmgr *manager;
    struct plugmgr_plugin *plugin;
    struct plugmgr_report *report;
    if (plugmgr_new(&manager, NULL) < 0)
        exit(99);
    int result = plugmgr_open(manager, path, NULL, &plugin, &report);
    print_report(report);
    plugmgr_report_free(report);
    if (result == 0)
        use(plugin);
    else
        printf("%s\n", plugmgr_error_text(result));
    fflush(stdout);
    plugmgr_free(manager);
    return result < 0;
}

#ifndef AS_LIBRARY
int main(int argc, char **argv)
{
    int status = 0;
    for (int i = 1; i < argc; i++)
        status |= desk_try(argv[i]);
    return status;
}
#endif
