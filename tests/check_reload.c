/* SPDX-License-Identifier: MIT */
/* Slots and reloads as a host uses them, on real plugins: tests/mock/host.c makes this program a host. */
#include <plugmgr/host.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "finding.h"
#include "guest.h"
#include "mock/mock.h"
#include "scene.h"
#include "suite.h"

/* AddressSanitizer does, for a while; it looks for leaks itself. */
#if defined(__SANITIZE_ADDRESS__)
enum { KEEPS_WHAT_IS_FREED = 1 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { KEEPS_WHAT_IS_FREED = 1 };
#else
enum { KEEPS_WHAT_IS_FREED = 0 };
#endif
#else
enum { KEEPS_WHAT_IS_FREED = 0 };
#endif

enum { PATIENT = 60000 }; /* milliseconds: nobody waits for so long unless something hangs */

static struct plugmgr *manager;
static struct plugmgr_plugin *plugin;
static struct plugmgr_report *report;
static char log_text[8192];

static void write_log(void *data, enum plugmgr_log_level level, const char *message)
{
    (void)data;
    size_t used = strlen(log_text);
    snprintf(log_text + used, sizeof(log_text) - used, "%d %s\n", (int)level, message);
}

static void begin(void)
{
    const struct plugmgr_options options = {.size = sizeof(options), .log = write_log};
    scene_begin();
    setenv("PLUGMGR_STOPPED", scene_path("stopped"), 1);
    log_text[0] = '\0';
    report = NULL;
    plugin = NULL;
    ck_assert_int_eq(plugmgr_new(&manager, &options), 0);
}

static void end(void)
{
    plugmgr_report_free(report);
    plugmgr_free(manager);
    scene_end();
}

static struct plugmgr_plugin *open_mock(const char *mock, const char *config)
{
    const struct plugmgr_open_options options = {.size = sizeof(options), .config = config};
    struct plugmgr_plugin *opened = NULL;
    ck_assert_int_eq(plugmgr_open(manager, scene_install(mock, "plugin.so"), &options, &opened, NULL), 0);
    return opened;
}

static int reload(unsigned timeout_ms)
{
    plugmgr_report_free(report);
    return plugmgr_reload(plugin, timeout_ms, NULL, &report);
}

static const struct plugmgr_finding *finding_of(const char *code)
{
    return find_finding(report, code);
}

static struct plugmgr_slot *new_slot(void)
{
    struct plugmgr_slot *slot = NULL;
    ck_assert_int_eq(plugmgr_slot_new(plugin, mock, NULL, &slot), 0);
    return slot;
}

/* ---- reload ---- */

START_TEST(reload_of_a_renamed_file_changes_the_answer_and_unloads_the_old_build)
{
    plugin = open_mock("good", NULL);
    struct plugmgr_slot *slot = new_slot();
    ck_assert_int_eq(guest_answer(slot), 42);
    scene_install("answer_50", "plugin.so");
    ck_assert_int_eq(reload(0), PLUGMGR_UNLOADED);
    ck_assert_int_eq(guest_answer(slot), 50);
    ck_assert_int_eq(plugmgr_get(plugin, mock)->answer(), 50);
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), 1);
    ck_assert_ptr_null(strstr(log_text, "keeps it mapped"));
    plugmgr_slot_free(slot);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), 0);
}
END_TEST

START_TEST(reload_of_the_same_file_loads_it_again)
{
    plugin = open_mock("life", "first");
    struct plugmgr_slot *slot = new_slot();
    const struct plugmgr_reload_options options = {.size = sizeof(options), .config = "second"};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(plugmgr_reload(plugin, 0, &options, NULL), PLUGMGR_UNLOADED);
        ck_assert_str_eq(plugmgr_get(plugin, mock)->text(), "second");
    }
    ck_assert_str_eq(scene_read("stopped"), "first\nsecond\nsecond\n");
    ck_assert_int_eq(guest_answer(slot), 42);
    plugmgr_slot_free(slot);
}
END_TEST

START_TEST(reload_of_a_half_written_file_is_refused_and_the_old_build_goes_on)
{
    plugin = open_mock("good", NULL);
    struct plugmgr_slot *slot = new_slot();
    plugmgr_interface_mock *before = plugmgr_get(plugin, mock);
    scene_write("half", "\177ELF");
    ck_assert_int_eq(rename(scene_path("half"), scene_path("plugin.so")), 0);
    ck_assert_int_eq(reload(0), -PLUGMGR_E_REFUSED);
    ck_assert_ptr_nonnull(finding_of("elf-truncated"));
    ck_assert_int_eq(guest_answer(slot), 42);
    ck_assert_ptr_eq(plugmgr_get(plugin, mock), before);
    scene_install("answer_50", "plugin.so");
    ck_assert_int_eq(reload(0), PLUGMGR_UNLOADED);
    ck_assert_int_eq(guest_answer(slot), 50);
    plugmgr_slot_free(slot);
}
END_TEST

START_TEST(reload_of_an_absent_file_is_an_error_and_the_old_build_goes_on)
{
    plugin = open_mock("good", NULL);
    unlink(scene_path("plugin.so"));
    ck_assert_int_eq(reload(0), -PLUGMGR_E_NOT_FOUND);
    ck_assert_int_eq(plugmgr_get(plugin, mock)->answer(), 42);
}
END_TEST

START_TEST(reload_with_a_failing_start_goes_back_and_tells_its_message)
{
    const struct plugmgr_reload_options options = {.size = sizeof(options), .config = "fail"};
    plugin = open_mock("life", "first");
    struct plugmgr_slot *slot = new_slot();
    ck_assert_int_eq(plugmgr_reload(plugin, 0, &options, &report), -PLUGMGR_E_START);
    ck_assert_ptr_nonnull(finding_of("start-failed"));
    ck_assert_str_eq(plugmgr_get(plugin, mock)->text(), "first");
    ck_assert_str_eq(scene_read("stopped"), "");
    ck_assert_int_eq(guest_answer(slot), 42);
    plugmgr_slot_free(slot);
}
END_TEST

START_TEST(reload_of_another_plugin_is_refused)
{
    plugin = open_mock("good", NULL);
    scene_install("link_user_host", "plugin.so");
    ck_assert_int_eq(reload(0), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(finding_of("reload-other-plugin")->have, "link_user_host");
    ck_assert_str_eq(finding_of("reload-other-plugin")->want, "mock");
}
END_TEST

START_TEST(reload_that_a_slot_would_not_survive_is_refused)
{
    plugin = open_mock("two", NULL);
    struct plugmgr_slot *slot = NULL;
    ck_assert_int_eq(plugmgr_slot_new(plugin, mock, "second", &slot), 0);
    scene_install("good", "plugin.so");
    ck_assert_int_eq(reload(0), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(finding_of("reload-slot")->subject, "interface mock");
    ck_assert_int_eq(guest_answer(slot), 43);
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), 1);
    plugmgr_slot_free(slot);
    ck_assert_int_eq(reload(0), PLUGMGR_UNLOADED);
}
END_TEST

START_TEST(reload_within_a_call_is_an_error_of_its_own)
{
    struct plugmgr_call call;
    plugin = open_mock("good", NULL);
    struct plugmgr_slot *slot = new_slot();
    ck_assert_ptr_nonnull(plugmgr_slot_enter(slot, mock, &call));
    ck_assert_int_eq(reload(PATIENT), -PLUGMGR_E_BUSY);
    ck_assert_ptr_nonnull(finding_of("plugin-in-use"));
    ck_assert_int_eq(plugmgr_close(plugin), -PLUGMGR_E_BUSY);
    plugmgr_slot_leave(&call);
    scene_install("answer_50", "plugin.so");
    ck_assert_int_eq(reload(PATIENT), PLUGMGR_UNLOADED);
    plugmgr_slot_free(slot);
}
END_TEST

/* ---- calls in flight ---- */

START_TEST(reload_with_a_call_in_flight_swaps_and_unloads_when_it_is_left)
{
    struct guest guest;
    plugin = open_mock("good", NULL);
    struct plugmgr_slot *slot = new_slot();
    guest_enter(&guest, slot);
    scene_install("answer_50", "plugin.so");
    ck_assert_int_eq(reload(1), PLUGMGR_DRAINING);
    ck_assert_int_eq(finding_of("plugin-in-use")->severity, PLUGMGR_WARNING);
    ck_assert_int_eq(guest_answer(slot), 50);
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), 2);
    guest_leave(&guest);
    ck_assert_int_eq(guest.answer, 42);
    ck_assert_int_eq(plugmgr_check(manager, scene_path("plugin.so"), NULL, NULL), -PLUGMGR_E_REFUSED); /* it is open */
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), 1);
    plugmgr_slot_free(slot);
}
END_TEST

START_TEST(close_with_a_call_in_flight_drains_and_the_slot_is_empty)
{
    struct guest guest;
    plugin = open_mock("life", "text");
    struct plugmgr_slot *slot = new_slot();
    guest_enter(&guest, slot);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_DRAINING);
    ck_assert_int_eq(guest_answer(slot), -1);
    ck_assert_str_eq(scene_read("stopped"), "");
    guest_leave(&guest);
    ck_assert_int_eq(guest.answer, 42);
    ck_assert_int_eq(plugmgr_close(NULL), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_check(manager, scene_path("plugin.so"), NULL, NULL), 0);
    ck_assert_str_eq(scene_read("stopped"), "text\n");
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), 0);
    plugmgr_slot_free(slot);
}
END_TEST

START_TEST(slot_outlives_its_plugin_and_its_manager)
{
    plugin = open_mock("good", NULL);
    struct plugmgr_slot *slot = new_slot(), *other = new_slot();
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_int_eq(guest_answer(slot), -1);
    plugmgr_free(manager);
    manager = NULL;
    ck_assert_int_eq(guest_answer(slot), -1);
    plugmgr_slot_free(slot);
    plugmgr_slot_free(other);
}
END_TEST

START_TEST(slot_of_nothing_that_fits_is_an_error)
{
    struct plugmgr_slot *slot = NULL;
    plugin = open_mock("two", NULL);
    ck_assert_int_eq(plugmgr_slot_new(plugin, mock, NULL, &slot), -PLUGMGR_E_AMBIGUOUS);
    ck_assert_int_eq(plugmgr_slot_new(plugin, mock, "third", &slot), -PLUGMGR_E_NOT_FOUND);
    ck_assert_int_eq(plugmgr_slot_new(NULL, mock, NULL, &slot), -PLUGMGR_E_INVALID);
    ck_assert_ptr_null(slot);
    plugmgr_slot_free(NULL);
}
END_TEST

/* ---- under load ---- */

struct caller {
    struct plugmgr_slot *slot;
    atomic_bool *is_over;
    pthread_t thread;
    unsigned long calls, failures;
};

static void *call_on(void *data)
{
    struct caller *caller = data;
    while (!*caller->is_over) {
        int answer = guest_answer(caller->slot);
        caller->calls++;
        caller->failures += answer != 42 && answer != 50;
    }
    return NULL;
}

static long resident_pages(void)
{
    long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%ld %ld", &all, &resident), 2);
    fclose(file);
    return resident;
}

static void reload_often(unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        scene_install(i % 2 == 0 ? "answer_50" : "good", "plugin.so");
        int result = plugmgr_reload(plugin, PATIENT, NULL, NULL);
        ck_assert_int_eq(result, PLUGMGR_UNLOADED);
    }
}

/* One phase: that many reloads while that many threads call. */
static void reload_under_load(struct plugmgr_slot *slot, size_t thread_count, unsigned times)
{
    struct caller callers[8];
    atomic_bool is_over = false;
    for (size_t i = 0; i < thread_count; i++) {
        callers[i] = (struct caller){.slot = slot, .is_over = &is_over};
        ck_assert_int_eq(pthread_create(&callers[i].thread, NULL, call_on, &callers[i]), 0);
    }
    reload_often(times);
    is_over = true;
    for (size_t i = 0; i < thread_count; i++) {
        pthread_join(callers[i].thread, NULL);
        ck_assert_uint_eq(callers[i].failures, 0);
        ck_assert_uint_gt(callers[i].calls, 0);
    }
}

START_TEST(reload_a_thousand_times_under_load_loses_no_call_and_grows_nothing)
{
    plugin = open_mock("good", NULL);
    struct plugmgr_slot *slot = new_slot();
    reload_under_load(slot, 8, 100);
    size_t descriptors = scene_descriptor_count(), mapped = scene_mapped_count(".so");
    long pages = resident_pages();
    reload_under_load(slot, 2, 400);
    reload_under_load(slot, 4, 300);
    reload_under_load(slot, 8, 200);
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    ck_assert_uint_eq(scene_mapped_count(".so"), mapped);
    if (!KEEPS_WHAT_IS_FREED)
        ck_assert_int_lt(resident_pages() - pages, 900); /* a build that stayed would have several pages each time */
    plugmgr_slot_free(slot);
}
END_TEST

/* ---- fork ---- */

START_TEST(child_of_a_fork_closes_what_others_were_calling_and_the_parent_goes_on)
{
    struct guest guest;
    plugin = open_mock("good", NULL);
    struct plugmgr_slot *slot = new_slot();
    guest_enter(&guest, slot);
    pid_t child = fork();
    if (child == 0) {
        bool is_right =
            guest_answer(slot) == 42 && plugmgr_close(plugin) == PLUGMGR_UNLOADED && guest_answer(slot) == -1;
        plugmgr_slot_free(slot);
        plugmgr_free(manager);
        _exit(is_right ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_DRAINING);
    guest_leave(&guest);
    ck_assert_int_eq(guest.answer, 42);
    plugmgr_slot_free(slot);
}
END_TEST

START_TEST(child_of_a_fork_within_a_call_leaves_it_and_closes)
{
    struct plugmgr_call call;
    plugin = open_mock("good", NULL);
    struct plugmgr_slot *slot = new_slot();
    plugmgr_interface_mock *mock = plugmgr_slot_enter(slot, mock, &call);
    pid_t child = fork();
    if (child == 0) {
        bool is_right = plugmgr_close(plugin) == -PLUGMGR_E_BUSY && mock->answer() == 42;
        plugmgr_slot_leave(&call);
        is_right = is_right && plugmgr_close(plugin) == PLUGMGR_UNLOADED;
        plugmgr_slot_free(slot);
        plugmgr_free(manager);
        _exit(is_right ? 0 : 1);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    plugmgr_slot_leave(&call);
    plugmgr_slot_free(slot);
}
END_TEST

/* ---- watching ---- */

START_TEST(watch_tells_of_a_new_build_once_and_not_of_what_is_loaded)
{
    int descriptor = -1;
    struct plugmgr_plugin *changed = NULL;
    plugin = open_mock("good", NULL);
    ck_assert_int_eq(plugmgr_watch_next(manager, &changed), 0);
    ck_assert_int_eq(plugmgr_watch_fd(manager, &descriptor), 0);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(plugmgr_watch_next(manager, &changed), 0);
    scene_install("answer_50", "plugin.so");
    ck_assert_int_eq(plugmgr_watch_next(manager, &changed), 1);
    ck_assert_ptr_eq(changed, plugin);
    ck_assert_int_eq(plugmgr_watch_next(manager, &changed), 0);
    ck_assert_int_eq(reload(0), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_watch_next(manager, &changed), 0);
    scene_install("good", "plugin.so");
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_watch_next(manager, &changed), 0);
}
END_TEST

START_TEST(watch_tells_of_what_was_opened_later)
{
    int descriptor = -1, again = -1;
    struct plugmgr_plugin *changed = NULL;
    ck_assert_int_eq(plugmgr_watch_fd(manager, &descriptor), 0);
    plugin = open_mock("good", NULL);
    scene_install("answer_50", "plugin.so");
    ck_assert_int_eq(plugmgr_watch_next(manager, &changed), 1);
    ck_assert_ptr_eq(changed, plugin);
    ck_assert_int_eq(plugmgr_watch_fd(manager, &again), 0);
    ck_assert_int_eq(again, descriptor);
    ck_assert_int_eq(plugmgr_watch_fd(NULL, &again), -PLUGMGR_E_INVALID);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reload");
    TCase *reloads = tcase_create("reload");
    TCase *load = tcase_create("load");
    tcase_add_checked_fixture(reloads, begin, end);
    tcase_add_test(reloads, reload_of_a_renamed_file_changes_the_answer_and_unloads_the_old_build);
    tcase_add_test(reloads, reload_of_the_same_file_loads_it_again);
    tcase_add_test(reloads, reload_of_a_half_written_file_is_refused_and_the_old_build_goes_on);
    tcase_add_test(reloads, reload_of_an_absent_file_is_an_error_and_the_old_build_goes_on);
    tcase_add_test(reloads, reload_with_a_failing_start_goes_back_and_tells_its_message);
    tcase_add_test(reloads, reload_of_another_plugin_is_refused);
    tcase_add_test(reloads, reload_that_a_slot_would_not_survive_is_refused);
    tcase_add_test(reloads, reload_within_a_call_is_an_error_of_its_own);
    tcase_add_test(reloads, reload_with_a_call_in_flight_swaps_and_unloads_when_it_is_left);
    tcase_add_test(reloads, close_with_a_call_in_flight_drains_and_the_slot_is_empty);
    tcase_add_test(reloads, slot_outlives_its_plugin_and_its_manager);
    tcase_add_test(reloads, slot_of_nothing_that_fits_is_an_error);
    tcase_add_test(reloads, child_of_a_fork_closes_what_others_were_calling_and_the_parent_goes_on);
    tcase_add_test(reloads, child_of_a_fork_within_a_call_leaves_it_and_closes);
    tcase_add_test(reloads, watch_tells_of_a_new_build_once_and_not_of_what_is_loaded);
    tcase_add_test(reloads, watch_tells_of_what_was_opened_later);
    suite_add_tcase(suite, reloads);
    tcase_set_timeout(load, 300);
    tcase_add_checked_fixture(load, begin, end);
    tcase_add_test(load, reload_a_thousand_times_under_load_loses_no_call_and_grows_nothing);
    suite_add_tcase(suite, load);
    return run_suite(suite);
}
