/* SPDX-License-Identifier: MIT */
/* A host that tells what it makes of each plugin: what plugmgr_check finds, and what plugmgr_open finds. C and C++.
 * What it accepts and offers is in the headers of other tests, and chosen while compiling; HOST_NAME names it. With
 * WITHOUT_OFFERS it exports nothing to plugins. */
#include "host.h"

#include <plugmgr/host.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counter.h"
#include "desk.h"
#include "mock.h"
#include "more.h"

PLUGMGR_HOST(HOST_NAME, "1.0.0");
#if MOCK_MAJOR == 1 && MOCK_MINOR >= 1
PLUGMGR_ACCEPT(mock, 1, 1);
#else
PLUGMGR_ACCEPT(mock, MOCK_MAJOR, 0);
#endif
PLUGMGR_ACCEPT(mock_command, 1, 0);
PLUGMGR_ACCEPT(mock_limit, 1, 0);
PLUGMGR_ACCEPT(grow, 1, 0);
PLUGMGR_ACCEPT(deep, 1, 0);
PLUGMGR_ACCEPT(vaults, 1, 0);
PLUGMGR_ACCEPT(codec, CODEC_MAJOR, 0);
PLUGMGR_ACCEPT(counter, COUNTER_MAJOR, 0);
PLUGMGR_ACCEPT(desk_command, 1, 0);
PLUGMGR_ACCEPT(desk_limits, 1, 0);

#ifndef WITHOUT_OFFERS
static int most(void)
{
    return 7;
}
PLUGMGR_EXPORT(desk_log, host_log);
int host_log(DESK_LEVEL level, const char *text)
{
    return level != 0 && text != NULL;
}
PLUGMGR_EXPORT(desk_limits, host_limits);
const struct desk_limits host_limits = {
    80,  most, 'h',
#if DESK_MINOR >= 1
    'w', most,
#endif
};
#endif

/* A field; the lines of a value are joined by "\n" in two characters. */
static void print_field(FILE *out, const char *value)
{
    fputc('\t', out);
    if (value == NULL)
        fputs("(none)", out);
    for (; value != NULL && *value != '\0'; value++)
        if (*value == '\n')
            fputs("\\n", out);
        else
            fputc(*value, out);
}

/* The first line of the report as text, then a line for each finding. */
static void print_report(FILE *out, const char *path, const struct plugmgr_report *report)
{
    static const char *const severities[] = {"note", "warning", "refusal"};
    char *text;
    if (report == NULL || plugmgr_report_text(report, 0, &text) < 0)
        exit(99);
    fprintf(out, "%s\t%.*s\n", path, (int)strcspn(text, "\n"), text);
    free(text);
    for (size_t i = 0; i < plugmgr_report_count(report); i++) {
        const struct plugmgr_finding *finding = plugmgr_report_finding(report, i);
        fprintf(out, "%s\t%s\t%s", path, finding->code, severities[finding->severity]);
        print_field(out, finding->subject);
        print_field(out, finding->text);
        print_field(out, finding->have);
        print_field(out, finding->want);
        print_field(out, finding->changes);
        print_field(out, finding->remedy);
        fputc('\n', out);
    }
}

/* What is accepted must be open then, and what is not must not. */
static void print_result(FILE *out, const char *path, int result, const struct plugmgr_report *report)
{
    if ((result == 0) != (plugmgr_report_accepted(report) != 0))
        fprintf(out, "%s\tthe result is %d, and the report says %s\n", path, result,
                plugmgr_report_accepted(report) ? "accepted" : "refused");
}

static void judge(FILE *checked, FILE *opened, const struct plugmgr_options *options, const char *beside,
                  const char *path)
{
    struct plugmgr *manager;
    struct plugmgr_plugin *plugin;
    struct plugmgr_report *report;
    if (plugmgr_new(&manager, options) < 0)
        exit(98);
    if (*beside != '\0' && plugmgr_open(manager, beside, NULL, &plugin, NULL) < 0)
        exit(97);
    int result = plugmgr_check(manager, path, NULL, &report);
    print_report(checked, path, report);
    print_result(checked, path, result, report);
    plugmgr_report_free(report);
    result = plugmgr_open(manager, path, NULL, &plugin, &report);
    print_report(opened, path, report);
    print_result(opened, path, result, report);
    plugmgr_report_free(report);
    plugmgr_free(manager);
}

static void flush(FILE *file)
{
    if (fflush(file) != 0 || ferror(file)) {
        perror("the results");
        exit(99);
    }
}

/* In a process of its own: nothing of one plugin stays for the next. */
static void judge_apart(FILE *checked, FILE *opened, const struct plugmgr_options *options, const char *beside,
                        const char *path)
{
    int status;
    flush(checked);
    flush(opened);
    pid_t child = fork();
    if (child == 0) {
        judge(checked, opened, options, beside, path);
        flush(checked);
        flush(opened);
        exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        perror(path);
        exit(99);
    }
    if (status != 0)
        fprintf(opened, "%s\tthe host ended with status %d, signal %d\n", path, WEXITSTATUS(status), WTERMSIG(status));
}

int judge_plugins(int argc, char **argv)
{
    static const char *const policies[] = {"compatible", "exact", "version"};
    struct plugmgr_options options;
    int policy = 0;
    memset(&options, 0, sizeof(options));
    options.size = sizeof(options);
    if (argc < 5)
        return 2;
    while (policy < 3 && strcmp(policies[policy], argv[3]) != 0)
        policy++;
    options.policy = (enum plugmgr_policy)policy;
    FILE *checked = fopen(argv[1], "w"), *opened = fopen(argv[2], "w");
    if (policy == 3 || checked == NULL || opened == NULL)
        return 2;
    for (int i = 5; i < argc; i++)
        judge_apart(checked, opened, &options, argv[4], argv[i]);
    return fclose(checked) != 0 || fclose(opened) != 0;
}
