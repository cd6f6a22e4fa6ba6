/* SPDX-License-Identifier: MIT */
#include "opener.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "mock/mock.h"
#include "scene.h"

struct plugmgr *manager;
struct plugmgr_plugin *plugin;
struct plugmgr_report *report;
char log_text[4096];
const char *checked_by_log;

const enum plugmgr_mode all_modes[2] = {PLUGMGR_MODE_PATH, PLUGMGR_MODE_SEALED};
const char *const mode_texts[2] = {BY_PATH, SEALED};

static void write_log(void *data, enum plugmgr_log_level level, const char *message)
{
    size_t used = strlen(log_text);
    (void)data;
    snprintf(log_text + used, sizeof(log_text) - used, "%d %s\n", (int)level, message);
    if (checked_by_log != NULL && strstr(message, "unloaded by now") != NULL)
        ck_assert_int_eq(plugmgr_check(manager, checked_by_log, NULL, NULL), 0);
}

void use_mode(enum plugmgr_mode mode)
{
    const struct plugmgr_options options = {.size = sizeof(options), .log = write_log, .mode = mode};
    plugmgr_free(manager);
    manager = NULL;
    ck_assert_int_eq(plugmgr_new(&manager, &options), 0);
}

static void begin(void)
{
    scene_begin();
    use_mode(PLUGMGR_MODE_AUTO);
}

static void end(void)
{
    plugmgr_report_free(report);
    plugmgr_free(manager);
    scene_end();
}

TCase *opener_case(const char *name, const TTest *const *once, size_t once_count, const TTest *const *in_each_mode,
                   size_t in_each_mode_count)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_set_timeout(tcase, 600);
    for (size_t i = 0; i < once_count; i++)
        tcase_add_test(tcase, once[i]);
    for (size_t i = 0; i < in_each_mode_count; i++)
        tcase_add_loop_test(tcase, in_each_mode[i], 0, 2);
    return tcase;
}

int open_plugin(const char *path)
{
    plugmgr_report_free(report);
    return plugmgr_open(manager, path, NULL, &plugin, &report);
}

const char *text_of(const char *code)
{
    for (size_t i = 0; report != NULL && i < plugmgr_report_count(report); i++)
        if (strcmp(plugmgr_report_finding(report, i)->code, code) == 0)
            return plugmgr_report_finding(report, i)->text;
    return "";
}

void expect_open(const char *path, int answer, const char *mode_text)
{
    int result = open_plugin(path);
    char *text = NULL;
    if (result != 0 && report != NULL)
        ck_assert_int_eq(plugmgr_report_text(report, PLUGMGR_TEXT_VERBOSE, &text), 0);
    ck_assert_msg(result == 0, "%d: %s", result, text);
    ck_assert_int_eq(plugmgr_get(plugin, mock)->answer(), answer);
    ck_assert_msg(strstr(text_of("load-mode"), mode_text) != NULL, "mode: %s", text_of("load-mode"));
}

void expect_refused(const char *path, int error, const char *code, const char *part)
{
    ck_assert_int_eq(open_plugin(path), -error);
    ck_assert_msg(strstr(text_of(code), part) != NULL && *text_of(code) != '\0', "%s: %s",
                  plugmgr_report_finding(report, 0)->code, plugmgr_report_finding(report, 0)->text);
}

void overwrite(const char *path, const char *mock)
{
    char buffer[65536];
    const char *other = scene_install(mock, "other.so");
    int from = open(other, O_RDONLY | O_CLOEXEC), to = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(from, 0);
    ck_assert_int_ge(to, 0);
    for (ssize_t got; (got = read(from, buffer, sizeof(buffer))) > 0;)
        ck_assert_int_eq(write(to, buffer, (size_t)got), got);
    close(from);
    ck_assert_int_eq(close(to), 0);
    unlink(other);
}
