/* SPDX-License-Identifier: MIT */
/* userhost.h: what the files of the host share. */
#ifndef USERHOST_H
#define USERHOST_H 1

#include <plugmgr/host.h>

#include "user_manager.h"

#include <stdbool.h>
#include <stdio.h>

/* What the program exits with. */
enum status { STATUS_FOUND = 0, STATUS_NOT_FOUND = 1, STATUS_USAGE = 2, STATUS_FAILED = 3 };

struct arguments {
    const char *plugin, *data;
    const char *idp;          /* NULL: any */
    const char **directories; /* of the search path, in order; NULL behind the last */
    unsigned long queries;    /* after how many serve ends; 0: it goes on */
    enum plugmgr_policy policy;
    bool is_verbose;
    char **query;
    int query_count;
};

/* The plugin, open. */
struct source {
    struct plugmgr *plugins;
    struct plugmgr_plugin *plugin;
    const struct user_manager *manager;
};

/* The text, safe for a terminal: data and files of others may hold control characters. */
void print_escaped(FILE *stream, const char *text);

/* "userhost: TEXT: SUBJECT" on standard error. Returns status. */
enum status complain(enum status status, const char *text, const char *subject);

/* Prints what refuses the plugin or warns of it and, if asked to, everything. */
void print_report(const struct plugmgr_report *report, const struct arguments *arguments);

/* list.c: `userhost list`: the plugins on the search path, and what the host thinks of them. */
enum status list_plugins(struct plugmgr *plugins, const struct arguments *arguments);

/* serve.c: `userhost serve`: asks the plugin from two threads, and reloads it when its file changed. */
enum status serve(const struct source *source, const struct arguments *arguments);

#endif
