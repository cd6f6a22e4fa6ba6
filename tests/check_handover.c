/* SPDX-License-Identifier: MIT */
/* What a reload hands over, and which file it takes: states of plugins, links, files that are written in place. */
#include <plugmgr/host.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"
#include "mock/mock.h"
#include "scene.h"
#include "suite.h"

static struct plugmgr *manager;
static struct plugmgr_plugin *plugin;
static struct plugmgr_slot *slot;
static struct plugmgr_report *report;

static void begin(void)
{
    scene_begin();
    setenv("PLUGMGR_STOPPED", scene_path("stopped"), 1);
    report = NULL;
    plugin = NULL;
    slot = NULL;
    ck_assert_int_eq(plugmgr_new(&manager, NULL), 0);
}

static void end(void)
{
    plugmgr_slot_free(slot);
    plugmgr_report_free(report);
    plugmgr_free(manager);
    scene_end();
}

static void open_path(const char *path, const char *config)
{
    const struct plugmgr_open_options options = {.size = sizeof(options), .config = config};
    ck_assert_int_eq(plugmgr_open(manager, path, &options, &plugin, NULL), 0);
    ck_assert_int_eq(plugmgr_slot_new(plugin, mock, NULL, &slot), 0);
}

static void open_mock(const char *mock, const char *config)
{
    open_path(scene_install(mock, "plugin.so"), config);
}

static int reload_as(const char *config)
{
    const struct plugmgr_reload_options options = {.size = sizeof(options), .config = config};
    plugmgr_report_free(report);
    return plugmgr_reload(plugin, 60000, &options, &report);
}

static const struct plugmgr_finding *finding_of(const char *code)
{
    ck_assert_ptr_nonnull(report);
    for (size_t i = 0; i < plugmgr_report_count(report); i++)
        if (strcmp(plugmgr_report_finding(report, i)->code, code) == 0)
            return plugmgr_report_finding(report, i);
    return NULL;
}

static const char *text(void)
{
    return plugmgr_get(plugin, mock)->text();
}

/* ---- states ---- */

/* The builds, before and after; what the count is then, and what is told. */
static const struct {
    const char *before, *after, *config;
    int answer;
    const char *text, *code;
    enum plugmgr_severity severity;
} handovers[] = {
    {"state_1", "state_1_2", "", 3, "build 2 restored 2", NULL, PLUGMGR_NOTE},
    {"state_1", "state_1", "", 3, "build 1 restored 2", NULL, PLUGMGR_NOTE},
    {"state_1", "state_2", "", 1, "nothing", "state-not-handed-over", PLUGMGR_WARNING},
    {"state_1", "state_none", "", 1, "nothing", "state-not-handed-over", PLUGMGR_WARNING},
    {"state_none", "state_1", "", 1, "nothing", NULL, PLUGMGR_NOTE},
    {"state_none", "state_none", "", 1, "nothing", NULL, PLUGMGR_NOTE},
    {"state_of_int", "state_of_int_2", "", 3, "build 2 restored 2", NULL, PLUGMGR_NOTE},
    {"state_of_int", "state_of_long", "", 1, "nothing", "state-not-handed-over", PLUGMGR_WARNING},
    {"state_1", "state_of_int", "", 1, "nothing", "state-not-handed-over", PLUGMGR_WARNING},
    {"state_1", "state_1_2", "large", 3, "build 2 restored 2", NULL, PLUGMGR_NOTE},
    {"state_1", "state_1_2", "many", 3, "build 2 restored 2", NULL, PLUGMGR_NOTE},
};

START_TEST(state_is_handed_over_if_both_mean_the_same_by_it)
{
    open_mock(handovers[_i].before, handovers[_i].config);
    ck_assert_int_eq(guest_answer(slot) + guest_answer(slot), 3);
    scene_install(handovers[_i].after, "plugin.so");
    ck_assert_int_eq(reload_as(NULL), PLUGMGR_UNLOADED);
    ck_assert_str_eq(text(), handovers[_i].text);
    ck_assert_int_eq(guest_answer(slot), handovers[_i].answer);
    if (handovers[_i].code == NULL)
        ck_assert_ptr_null(strcmp(handovers[_i].before, "state_none") != 0 ? finding_of("state-not-handed-over")
                                                                           : NULL);
    else
        ck_assert_int_eq(finding_of(handovers[_i].code)->severity, handovers[_i].severity);
}
END_TEST

START_TEST(state_is_handed_on_through_many_builds)
{
    open_mock("state_1", NULL);
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(guest_answer(slot), i + 1);
        scene_install(i % 2 == 0 ? "state_1_2" : "state_1", "plugin.so");
        ck_assert_int_eq(reload_as(NULL), PLUGMGR_UNLOADED);
    }
}
END_TEST

/* config: which function fails; of the old build, or of the new one. */
static const struct {
    const char *before, *after, *text;
} failing[] = {
    {"save", "", "the disk is full"},
    {"", "restore", "not of mine"},
};

START_TEST(state_that_cannot_be_handed_over_leaves_the_old_build_running)
{
    open_mock("state_1", failing[_i].before);
    ck_assert_int_eq(guest_answer(slot), 1);
    scene_install("state_1_2", "plugin.so");
    ck_assert_int_eq(reload_as(failing[_i].after), -PLUGMGR_E_START);
    ck_assert_ptr_nonnull(strstr(finding_of("reload-state")->text, failing[_i].text));
    ck_assert_int_eq(guest_answer(slot), 2);
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), 1);
    scene_install("state_2", "plugin.so"); /* which does not ask for it */
    ck_assert_int_eq(reload_as(""), PLUGMGR_UNLOADED);
    ck_assert_int_eq(guest_answer(slot), 1);
}
END_TEST

/* ---- files ---- */

/* Writes one file's bytes into another one. */
static void overwrite(const char *path, const char *from)
{
    char buffer[4096];
    int source = open(from, O_RDONLY | O_CLOEXEC), target = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    ck_assert_int_ge(source, 0);
    ck_assert_int_ge(target, 0);
    for (ssize_t got; (got = read(source, buffer, sizeof(buffer))) > 0;)
        ck_assert_int_eq(write(target, buffer, (size_t)got), got);
    close(source);
    ck_assert_int_eq(close(target), 0);
}

/* Nothing of the plugin may be called once its file is written, so its state is not asked for either. */
START_TEST(reload_of_a_file_that_was_overwritten_takes_a_copy_and_abandons_the_old_build)
{
    open_mock("state_1", NULL);
    ck_assert_int_eq(guest_answer(slot), 1);
    overwrite(scene_path("plugin.so"), scene_install("state_1_2", "other.so"));
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(reload_as(NULL), i == 0 ? PLUGMGR_STILL_MAPPED : PLUGMGR_UNLOADED);
        ck_assert_int_eq(guest_answer(slot), i + 1);
        if (i > 0)
            continue;
        ck_assert_ptr_nonnull(finding_of("unload-damaged"));
        ck_assert_int_eq(finding_of("state-not-handed-over")->severity, PLUGMGR_WARNING);
        ck_assert_str_eq(text(), "nothing");
    }
    ck_assert_str_eq(text(), "build 2 restored 1");
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    scene_end();
    _exit(0); /* without what is damaged */
}
END_TEST

START_TEST(reload_takes_what_the_link_leads_to_now)
{
    const char *link = scene_path("current.so");
    ck_assert_int_eq(symlink(scene_install("good", "v1.so"), link), 0);
    open_path(link, NULL);
    ck_assert_int_eq(guest_answer(slot), 42);
    ck_assert_int_eq(symlink(scene_install("answer_50", "v2.so"), scene_path("fresh.so")), 0);
    ck_assert_int_eq(rename(scene_path("fresh.so"), link), 0);
    ck_assert_int_eq(reload_as(NULL), PLUGMGR_UNLOADED);
    ck_assert_int_eq(guest_answer(slot), 50);
    ck_assert_ptr_nonnull(strstr(plugmgr_plugin_path(plugin), "/v2.so"));
    ck_assert_uint_eq(scene_mapped_count("v1.so"), 0);
    ck_assert_int_eq(symlink(scene_path("v1.so"), scene_path("fresh.so")), 0);
    ck_assert_int_eq(rename(scene_path("fresh.so"), link), 0);
    ck_assert_int_eq(reload_as(NULL), PLUGMGR_UNLOADED);
    ck_assert_int_eq(guest_answer(slot), 42);
}
END_TEST

/* Back to a build that calls are within still: by its path it would be the very same object. */
START_TEST(reload_back_to_a_build_that_is_still_called_loads_it_anew)
{
    struct guest guest;
    const char *link = scene_path("current.so");
    ck_assert_int_eq(symlink(scene_install("state_1", "v1.so"), link), 0);
    open_path(link, NULL);
    guest_enter(&guest, slot);
    unlink(link);
    ck_assert_int_eq(symlink(scene_install("state_2", "v2.so"), link), 0);
    ck_assert_int_eq(plugmgr_reload(plugin, 1, NULL, &report), PLUGMGR_DRAINING);
    ck_assert_int_eq(guest_answer(slot), 1);
    unlink(link);
    ck_assert_int_eq(symlink(scene_path("v1.so"), link), 0);
    ck_assert_int_eq(reload_as(NULL), PLUGMGR_UNLOADED);
    ck_assert_ptr_null(finding_of("already-mapped"));
    ck_assert_int_eq(guest_answer(slot), 1);
    ck_assert_int_eq(guest_answer(slot), 2);
    guest_leave(&guest);
    ck_assert_int_eq(guest.answer, 1);
}
END_TEST

START_TEST(reload_of_a_file_that_is_no_plugin_any_more_is_refused)
{
    open_mock("good", NULL);
    ck_assert_int_eq(rename(scene_path("plugin.so"), scene_path("moved.so")), 0);
    scene_write("plugin.so", "what is this");
    ck_assert_int_eq(reload_as(NULL), -PLUGMGR_E_REFUSED);
    unlink(scene_path("plugin.so"));
    ck_assert_int_eq(mkfifo(scene_path("plugin.so"), 0600), 0);
    ck_assert_int_lt(reload_as(NULL), 0);
    unlink(scene_path("plugin.so"));
    scene_install("library", "plugin.so");
    ck_assert_int_eq(reload_as(NULL), -PLUGMGR_E_REFUSED);
    ck_assert_int_eq(rename(scene_path("moved.so"), scene_path("plugin.so")), 0);
    ck_assert_int_eq(reload_as(NULL), PLUGMGR_UNLOADED);
    ck_assert_int_eq(guest_answer(slot), 42);
}
END_TEST

START_TEST(reload_to_the_file_of_another_open_plugin_is_refused)
{
    struct plugmgr_plugin *other;
    const char *link = scene_path("current.so");
    ck_assert_int_eq(symlink(scene_install("good", "v1.so"), link), 0);
    open_path(link, NULL);
    ck_assert_int_eq(plugmgr_open(manager, scene_install("answer_50", "v2.so"), NULL, &other, NULL), 0);
    unlink(link);
    ck_assert_int_eq(symlink(scene_path("v2.so"), link), 0);
    ck_assert_int_eq(reload_as(NULL), -PLUGMGR_E_REFUSED);
    ck_assert_ptr_nonnull(finding_of("already-open"));
    ck_assert_int_eq(guest_answer(slot), 42);
    ck_assert_int_eq(plugmgr_close(other), PLUGMGR_UNLOADED);
    ck_assert_int_eq(reload_as(NULL), PLUGMGR_UNLOADED);
    ck_assert_int_eq(guest_answer(slot), 50);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("handover");
    TCase *states = tcase_create("states"), *files = tcase_create("files");
    tcase_add_checked_fixture(states, begin, end);
    tcase_add_checked_fixture(files, begin, end);
    tcase_set_timeout(states, 120);
    tcase_set_timeout(files, 120);
    tcase_add_loop_test(states, state_is_handed_over_if_both_mean_the_same_by_it, 0,
                        sizeof(handovers) / sizeof(handovers[0]));
    tcase_add_test(states, state_is_handed_on_through_many_builds);
    tcase_add_loop_test(states, state_that_cannot_be_handed_over_leaves_the_old_build_running, 0,
                        sizeof(failing) / sizeof(failing[0]));
    tcase_add_test(files, reload_of_a_file_that_was_overwritten_takes_a_copy_and_abandons_the_old_build);
    tcase_add_test(files, reload_takes_what_the_link_leads_to_now);
    tcase_add_test(files, reload_back_to_a_build_that_is_still_called_loads_it_anew);
    tcase_add_test(files, reload_of_a_file_that_is_no_plugin_any_more_is_refused);
    tcase_add_test(files, reload_to_the_file_of_another_open_plugin_is_refused);
    suite_add_tcase(suite, states);
    suite_add_tcase(suite, files);
    return run_suite(suite);
}
