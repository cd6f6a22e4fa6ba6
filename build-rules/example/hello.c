/* SPDX-License-Identifier: MIT */
/* hello.c: a host. `hello ./greeter_en.so` greets with that plugin. */
#include "greeter.h"
#include <plugmgr/host.h>
#include <stdio.h>
#include <stdlib.h>

PLUGMGR_HOST("hello", "1.0.0");
PLUGMGR_ACCEPT(greeter, 1, 0);

static void print_report(const struct plugmgr_report *report)
{
    char *text;
    if (report == NULL || plugmgr_report_text(report, 0, &text) < 0)
        return;
    fputs(text, stderr);
    free(text);
}

static int greet(struct plugmgr *plugins, const char *path)
{
    struct plugmgr_plugin *plugin;
    struct plugmgr_report *report;
    int error = plugmgr_open(plugins, path, NULL, &plugin, &report);
    const struct plugmgr_finding *gravest = report != NULL ? plugmgr_report_finding(report, 0) : NULL;
    if (error < 0 || (gravest != NULL && gravest->severity > PLUGMGR_NOTE))
        print_report(report);
    plugmgr_report_free(report);
    if (error < 0)
        return error;
    const struct greeter *greeter = plugmgr_get(plugin, greeter);
    if (greeter != NULL)
        greeter->greet("world");
    plugmgr_close(plugin);
    return greeter != NULL ? 0 : -PLUGMGR_E_AMBIGUOUS;
}

int main(int argc, char **argv)
{
    struct plugmgr *plugins;
    if (argc != 2) {
        fputs("usage: hello PLUGIN\n", stderr);
        return 2;
    }
    int error = plugmgr_new(&plugins, NULL);
    if (error == 0) {
        error = greet(plugins, argv[1]);
        plugmgr_free(plugins);
    }
    if (error < 0)
        fprintf(stderr, "hello: %s\n", plugmgr_error_text(error));
    return error < 0 ? 1 : 0;
}
