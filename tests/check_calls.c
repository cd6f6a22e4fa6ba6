/* SPDX-License-Identifier: MIT */
/* Calls in flight, and plugins that use each other: chain_c, which has the slot, uses chain_b, which uses chain_a. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "finding.h"
#include "guest.h"
#include "mock/mock.h"
#include "scene.h"
#include "suite.h"

enum { PATIENT = 60000 }; /* milliseconds: nobody waits for so long unless something hangs */

static struct plugmgr *manager;
static struct plugmgr_plugin *a, *b, *c;
static struct plugmgr_slot *slot;
static struct plugmgr_report *report;
static char log_text[8192];

static void write_log(void *data, enum plugmgr_log_level level, const char *message)
{
    (void)data;
    size_t used = strlen(log_text);
    snprintf(log_text + used, sizeof(log_text) - used, "%d %s\n", (int)level, message);
}

static struct plugmgr_plugin *open_mock(const char *mock, const char *name)
{
    struct plugmgr_plugin *opened = NULL;
    ck_assert_int_eq(plugmgr_open(manager, scene_install(mock, name), NULL, &opened, NULL), 0);
    return opened;
}

static void begin(void)
{
    const struct plugmgr_options options = {.size = sizeof(options), .log = write_log};
    scene_begin();
    unsetenv("PLUGMGR_GATE");
    setenv("PLUGMGR_STOPPED", scene_path("life"), 1);
    log_text[0] = '\0';
    report = NULL;
    ck_assert_int_eq(plugmgr_new(&manager, &options), 0);
    ck_assert_int_eq(plugmgr_add_directory(manager, scene_path("")), 0);
    a = open_mock("chain_a", "a.so");
    b = open_mock("chain_b", "b.so");
    c = open_mock("chain_c", "c.so");
    ck_assert_int_eq(plugmgr_slot_new(c, mock, NULL, &slot), 0);
    ck_assert_int_eq(guest_answer(slot), 111);
    scene_write("life", "");
}

static void end(void)
{
    plugmgr_slot_free(slot);
    plugmgr_report_free(report);
    plugmgr_free(manager);
    ck_assert_uint_eq(scene_mapped_count("plugmgr-check."), 0);
    scene_end();
}

static int reload(struct plugmgr_plugin *plugin, unsigned timeout_ms)
{
    plugmgr_report_free(report);
    return plugmgr_reload(plugin, timeout_ms, NULL, &report);
}

static int reload_with_users(struct plugmgr_plugin *plugin, unsigned timeout_ms)
{
    const struct plugmgr_reload_options options = {.size = sizeof(options), .with_users = 1};
    plugmgr_report_free(report);
    return plugmgr_reload(plugin, timeout_ms, &options, &report);
}

static const struct plugmgr_finding *finding_of(const char *code)
{
    return find_finding(report, code);
}

/* Any call of the manager finishes what has been left by now. */
static void look_again(void)
{
    ck_assert_int_lt(plugmgr_check(manager, "/nothing", NULL, NULL), 0);
}

/* ---- with users ---- */

START_TEST(reload_of_what_others_use_is_refused_and_names_them)
{
    scene_install("chain_a_2", "a.so");
    ck_assert_int_eq(reload(a, 0), -PLUGMGR_E_REFUSED);
    const struct plugmgr_finding *finding = finding_of("plugin-in-use");
    ck_assert_ptr_nonnull(strstr(finding->text, "chain_b"));
    ck_assert_ptr_nonnull(strstr(finding->remedy, "with_users"));
    ck_assert_ptr_null(strstr(log_text, "not closed"));
    ck_assert_ptr_nonnull(strstr(log_text, "not reloaded"));
    ck_assert_int_eq(guest_answer(slot), 111);
    ck_assert_str_eq(scene_read("life"), "");
}
END_TEST

START_TEST(reload_with_users_reloads_all_providers_first_and_stops_the_old_users_first)
{
    scene_install("chain_a_2", "a.so");
    scene_install("chain_b", "b.so");
    scene_install("chain_c_2", "c.so");
    ck_assert_int_eq(reload_with_users(a, PATIENT), PLUGMGR_UNLOADED);
    ck_assert_int_eq(guest_answer(slot), 212);
    ck_assert_str_eq(scene_read("life"), "chain_a start 2\nchain_b start 12\nchain_c start 212\n"
                                         "chain_c stop 111\nchain_b stop 11\nchain_a stop 1\n");
    ck_assert_uint_eq(scene_mapped_count("plugmgr-check."), 3);
    ck_assert_int_eq(plugmgr_close(b), PLUGMGR_IN_USE);
    ck_assert_int_eq(plugmgr_close(c), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_close(b), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_close(a), PLUGMGR_UNLOADED);
}
END_TEST

/* The user whose new build fails, and by what. */
static const struct {
    const char *mock, *file, *code;
    int result;
} failures[] = {
    {"chain_c_major", "c.so", "interface-not-provided", -PLUGMGR_E_REFUSED},
    {"chain_c_failing", "c.so", "start-failed", -PLUGMGR_E_START},
    {"chain_b_failing", "b.so", "start-failed", -PLUGMGR_E_START},
    {"chain_a_failing", "a.so", "start-failed", -PLUGMGR_E_START},
    {"good", "b.so", "reload-other-plugin", -PLUGMGR_E_REFUSED},
};

START_TEST(reload_with_users_of_which_one_fails_leaves_all_as_it_was)
{
    scene_install("chain_a_2", "a.so");
    scene_install(failures[_i].mock, failures[_i].file);
    size_t descriptors = scene_descriptor_count();
    ck_assert_int_eq(reload_with_users(a, PATIENT), failures[_i].result);
    ck_assert_ptr_nonnull(finding_of(failures[_i].code));
    ck_assert_int_eq(guest_answer(slot), 111);
    ck_assert_uint_eq(scene_mapped_count("plugmgr-check."), 3);
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    scene_install("chain_a_2", "a.so");
    scene_install("chain_b_2", "b.so");
    scene_install("chain_c_2", "c.so");
    ck_assert_int_eq(reload_with_users(a, PATIENT), PLUGMGR_UNLOADED);
    ck_assert_int_eq(guest_answer(slot), 222);
}
END_TEST

static void *call_on(void *data)
{
    atomic_bool *is_over = data;
    unsigned long wrong = 0;
    while (!*is_over) {
        int answer = guest_answer(slot);
        wrong += answer != 111 && answer != 222;
    }
    return (void *)wrong;
}

START_TEST(reload_with_users_under_load_changes_all_at_once)
{
    static const char *const suffixes[] = {"_2", ""};
    pthread_t threads[3];
    atomic_bool is_over = false;
    char mock[20], file[20];
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, call_on, &is_over), 0);
    for (size_t i = 0; i < 40; i++) {
        for (char which = 'a'; which <= 'c'; which++) {
            snprintf(mock, sizeof(mock), "chain_%c%s", which, suffixes[i % 2]);
            snprintf(file, sizeof(file), "%c.so", which);
            scene_install(mock, file);
        }
        int result = reload_with_users(a, PATIENT);
        ck_assert_int_eq(result, PLUGMGR_UNLOADED);
    }
    is_over = true;
    for (size_t i = 0; i < 3; i++) {
        void *wrong;
        pthread_join(threads[i], &wrong);
        ck_assert_ptr_null(wrong);
    }
    ck_assert_uint_eq(scene_mapped_count("plugmgr-check."), 3);
}
END_TEST

START_TEST(reload_to_a_build_that_needs_more_opens_it_and_back_closes_it)
{
    scene_install("link_c_host", "link_c.so");
    scene_install("chain_a_3", "a.so");
    ck_assert_int_eq(reload_with_users(a, PATIENT), PLUGMGR_UNLOADED);
    ck_assert_int_eq(guest_answer(slot), 100 + 10 + 3 + 50 + 1000);
    ck_assert_uint_eq(scene_mapped_count("link_c.so"), 1);
    scene_install("chain_a", "a.so");
    ck_assert_int_eq(reload_with_users(a, PATIENT), PLUGMGR_UNLOADED);
    ck_assert_int_eq(guest_answer(slot), 111);
    ck_assert_uint_eq(scene_mapped_count("link_c.so"), 0);
}
END_TEST

START_TEST(reload_to_a_build_that_needs_less_keeps_the_other_while_the_old_one_is_called)
{
    struct guest guest;
    scene_install("link_c_host", "link_c.so");
    scene_install("chain_a_3", "a.so");
    ck_assert_int_eq(reload_with_users(a, PATIENT), PLUGMGR_UNLOADED);
    guest_enter(&guest, slot);
    scene_install("chain_a", "a.so");
    ck_assert_int_eq(reload_with_users(a, 1), PLUGMGR_DRAINING);
    ck_assert_uint_eq(scene_mapped_count("link_c.so"), 1);
    guest_leave(&guest);
    ck_assert_int_eq(guest.answer, 1163);
    look_again();
    ck_assert_uint_eq(scene_mapped_count("link_c.so"), 0);
    ck_assert_uint_eq(scene_mapped_count("plugmgr-check."), 3);
}
END_TEST

/* ---- what is called goes last ---- */

START_TEST(close_of_what_a_closed_user_still_calls_waits_for_it)
{
    struct guest guest;
    guest_enter(&guest, slot);
    ck_assert_int_eq(plugmgr_close(c), PLUGMGR_DRAINING);
    ck_assert_int_eq(plugmgr_close(b), PLUGMGR_DRAINING);
    ck_assert_int_eq(plugmgr_close(a), PLUGMGR_DRAINING);
    ck_assert_str_eq(scene_read("life"), "");
    guest_leave(&guest);
    ck_assert_int_eq(guest.answer, 111);
    look_again();
    ck_assert_str_eq(scene_read("life"), "chain_c stop 111\nchain_b stop 11\nchain_a stop 1\n");
    ck_assert_uint_eq(scene_mapped_count("plugmgr-check."), 0);
}
END_TEST

START_TEST(free_with_closed_users_and_providers_stops_the_users_first)
{
    struct guest guest;
    guest_enter(&guest, slot);
    ck_assert_int_eq(plugmgr_close(c), PLUGMGR_DRAINING);
    ck_assert_int_eq(plugmgr_close(b), PLUGMGR_DRAINING);
    struct plugmgr_slot *other = slot;
    slot = NULL;
    gate_close("nobody");
    guest_leave(&guest);
    plugmgr_free(manager);
    manager = NULL;
    ck_assert_str_eq(scene_read("life"), "chain_c stop 111\nchain_b stop 11\nchain_a stop 1\n");
    plugmgr_slot_free(other);
}
END_TEST

START_TEST(reload_of_what_a_replaced_user_still_calls_keeps_the_old_build)
{
    struct guest guest;
    guest_enter(&guest, slot);
    scene_install("chain_c_2", "c.so");
    ck_assert_int_eq(reload(c, 1), PLUGMGR_DRAINING);
    scene_install("chain_a_2", "a.so");
    scene_install("chain_b_2", "b.so");
    scene_install("chain_c_2", "c.so");
    ck_assert_int_eq(reload_with_users(a, 1), PLUGMGR_DRAINING);
    ck_assert_int_eq(guest_answer(slot), 222);
    guest_leave(&guest);
    ck_assert_int_eq(guest.answer, 111);
    look_again();
    ck_assert_uint_eq(scene_mapped_count("plugmgr-check."), 3);
    ck_assert_ptr_nonnull(
        strstr(scene_read("life"), "chain_c stop 111\nchain_c stop 211\nchain_b stop 11\nchain_a stop 1\n"));
}
END_TEST

/* ---- one plugin's calls delay that plugin alone ---- */

static void *reload_c(void *data)
{
    int *result = data;
    *result = plugmgr_reload(c, PATIENT, NULL, NULL);
    return NULL;
}

START_TEST(reload_that_waits_for_a_call_delays_nothing_else)
{
    struct guest guest;
    pthread_t thread;
    int result = -1;
    struct plugmgr_plugin *good = open_mock("good", "good.so"), *user;
    guest_enter(&guest, slot);
    scene_install("chain_c_2", "c.so");
    ck_assert_int_eq(pthread_create(&thread, NULL, reload_c, &result), 0);
    while (guest_answer(slot) != 211)
        continue;
    scene_install("answer_50", "good.so");
    ck_assert_int_eq(reload(good, PATIENT), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_open(manager, scene_install("link_user_a", "user.so"), NULL, &user, NULL), 0);
    ck_assert_int_eq(plugmgr_close(user), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_close(good), PLUGMGR_UNLOADED);
    scene_install("chain_c", "c.so"); /* once more, while the first is waiting */
    ck_assert_int_eq(reload(c, PATIENT), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_close(c), PLUGMGR_UNLOADED);
    guest_leave(&guest);
    pthread_join(thread, NULL);
    ck_assert_int_eq(guest.answer, 111);
    ck_assert_int_eq(result, PLUGMGR_UNLOADED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calls");
    TCase *users = tcase_create("users");
    tcase_add_checked_fixture(users, begin, end);
    tcase_set_timeout(users, 120);
    tcase_add_test(users, reload_of_what_others_use_is_refused_and_names_them);
    tcase_add_test(users, reload_with_users_reloads_all_providers_first_and_stops_the_old_users_first);
    tcase_add_loop_test(users, reload_with_users_of_which_one_fails_leaves_all_as_it_was, 0,
                        sizeof(failures) / sizeof(failures[0]));
    tcase_add_test(users, reload_with_users_under_load_changes_all_at_once);
    tcase_add_test(users, reload_to_a_build_that_needs_more_opens_it_and_back_closes_it);
    tcase_add_test(users, reload_to_a_build_that_needs_less_keeps_the_other_while_the_old_one_is_called);
    tcase_add_test(users, close_of_what_a_closed_user_still_calls_waits_for_it);
    tcase_add_test(users, free_with_closed_users_and_providers_stops_the_users_first);
    tcase_add_test(users, reload_of_what_a_replaced_user_still_calls_keeps_the_old_build);
    tcase_add_test(users, reload_that_waits_for_a_call_delays_nothing_else);
    suite_add_tcase(suite, users);
    return run_suite(suite);
}
