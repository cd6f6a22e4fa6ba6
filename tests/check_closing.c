/* SPDX-License-Identifier: MIT */
/* How plugins leave a process: what is left of them, and what keeps them. */
#include "opener.h"

#include <check.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mock/mock.h"
#include "scene.h"
#include "suite.h"

/* ---- again and again ---- */

enum { ROUNDS = IS_SANITIZED ? 5000 : 100000 };

static size_t mapping_count(void)
{
    char line[1000];
    size_t count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof(line), maps) != NULL)
        count++;
    fclose(maps);
    return count;
}

START_TEST(open_and_close_a_hundred_thousand_times_leaves_nothing)
{
    use_mode(all_modes[_i]);
    const char *path = scene_install("good", "good.so");
    size_t descriptors = 0, mappings = 0, memory = 0;
    for (int i = 0; i < ROUNDS; i++) {
        if (i == 1000) { /* what is allocated once is there by now */
            descriptors = scene_descriptor_count();
            mappings = mapping_count();
            memory = mallinfo2().uordblks;
        }
        int opened = plugmgr_open(manager, path, NULL, &plugin, NULL);
        int closed = opened == 0 ? plugmgr_close(plugin) : 0;
        if (opened != 0 || closed != PLUGMGR_UNLOADED) /* each ck_assert writes to a file */
            ck_abort_msg("round %d: %d, %d", i, opened, closed);
        log_text[0] = '\0';
    }
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    /* the stream above, and what the sanitizers' allocator sets aside */
    ck_assert_uint_le(mapping_count(), mappings + (IS_SANITIZED ? 10 : 1));
    ck_assert_uint_le(mallinfo2().uordblks, memory + 4096);
}
END_TEST

/* ---- closing ---- */

START_TEST(close_report_of_an_unloaded_plugin_has_no_finding)
{
    struct plugmgr_report *closing;
    char *text;
    expect_open(scene_install("good", "good.so"), 42, BY_PATH);
    ck_assert_int_eq(plugmgr_close_report(plugin, &closing), PLUGMGR_UNLOADED);
    ck_assert_uint_eq(plugmgr_report_count(closing), 0);
    ck_assert_int_eq(plugmgr_report_text(closing, 0, &text), 0);
    ck_assert_ptr_nonnull(strstr(text, "good.so: mock 0.1: closed\n"));
    free(text);
    plugmgr_report_free(closing);
    ck_assert_int_eq(plugmgr_close_report(NULL, &closing), PLUGMGR_UNLOADED);
    ck_assert_ptr_null(closing);
}
END_TEST

/* Two managers have the same object open: it goes with the second. */
START_TEST(close_of_what_somebody_else_holds_tells_so_and_looks_again)
{
    struct plugmgr *second;
    struct plugmgr_plugin *other;
    const char *path = scene_install("good", "good.so");
    ck_assert_int_eq(plugmgr_new(&second, NULL), 0);
    expect_open(path, 42, BY_PATH);
    ck_assert_int_eq(plugmgr_open(second, path, NULL, &other, NULL), 0);
    plugmgr_report_free(report);
    ck_assert_int_eq(plugmgr_close_report(plugin, &report), PLUGMGR_STILL_MAPPED);
    ck_assert_str_eq(text_of("unload-held"), "somebody else has opened it too");
    ck_assert_uint_eq(plugmgr_report_count(report), 1);
    log_text[0] = '\0';
    ck_assert_int_eq(plugmgr_close(other), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_check(manager, path, NULL, NULL), 0);
    ck_assert_ptr_nonnull(strstr(log_text, "mock: unloaded by now: "));
    log_text[0] = '\0';
    ck_assert_int_eq(plugmgr_check(manager, path, NULL, NULL), 0);
    ck_assert_str_eq(log_text, "");
    plugmgr_free(second);
}
END_TEST

START_TEST(log_of_what_is_unloaded_by_now_may_call_the_manager)
{
    struct plugmgr *second;
    struct plugmgr_plugin *others[2];
    const char *paths[2] = {scene_install("good", "first.so"), scene_install("good", "second.so")};
    ck_assert_int_eq(plugmgr_new(&second, NULL), 0);
    for (int i = 0; i < 2; i++) {
        expect_open(paths[i], 42, BY_PATH);
        ck_assert_int_eq(plugmgr_open(second, paths[i], NULL, &others[i], NULL), 0);
        ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_STILL_MAPPED);
    }
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(plugmgr_close(others[i]), PLUGMGR_UNLOADED);
    log_text[0] = '\0';
    checked_by_log = paths[0];
    ck_assert_int_eq(plugmgr_check(manager, paths[0], NULL, NULL), 0);
    checked_by_log = NULL;
    const char *told = strstr(log_text, "unloaded by now");
    ck_assert_ptr_nonnull(told);
    ck_assert_ptr_nonnull(told = strstr(told + 1, "unloaded by now"));
    ck_assert_ptr_null(strstr(told + 1, "unloaded by now"));
    plugmgr_free(second);
}
END_TEST

/* Each cause: what is predicted when it is opened, and what is found when it is closed. */
static const struct {
    const char *mock, *code;
    enum plugmgr_closed closed;
    bool is_in_use; /* its thread_local is used before it is closed */
} causes[] = {
    {"good", NULL, PLUGMGR_UNLOADED, true},
    {"nodelete", "unload-nodelete", PLUGMGR_STILL_MAPPED, true},
    {"unique", "unload-unique", PLUGMGR_STILL_MAPPED, true},
    {"resident", "unload-resident", PLUGMGR_STILL_MAPPED, true},
    {"resident_nodelete", "unload-resident", PLUGMGR_STILL_MAPPED, true},
    {"thread_exit", "unload-thread-exit", PLUGMGR_STILL_MAPPED, true},
    {"thread_exit", "unload-thread-exit", PLUGMGR_UNLOADED, false}, /* it may be unloaded: nobody uses it */
    {"thread_key", "unload-thread-key", PLUGMGR_UNLOADED, true},    /* it does not stay, and then it harms */
    {"thread_key_deleted", NULL, PLUGMGR_UNLOADED, true},
};
enum { CAUSE_COUNT = sizeof(causes) / sizeof(causes[0]) };

static bool has_finding_of_unloading(void)
{
    for (size_t i = 0; i < plugmgr_report_count(report); i++)
        if (strncmp(plugmgr_report_finding(report, i)->code, "unload-", 7) == 0)
            return true;
    return false;
}

/* _i: the cause, in each mode */
START_TEST(close_does_what_was_predicted)
{
    int index = _i / 2;
    use_mode(all_modes[_i % 2]);
    ck_assert_int_eq(open_plugin(scene_install(causes[index].mock, "cause.so")), 0);
    ck_assert_int_eq(has_finding_of_unloading(), causes[index].code != NULL);
    if (causes[index].code != NULL)
        ck_assert_str_ne(text_of(causes[index].code), "");
    if (causes[index].is_in_use)
        ck_assert_int_ne(plugmgr_get(plugin, mock)->answer(), 0);
    plugmgr_report_free(report);
    ck_assert_int_eq(plugmgr_close_report(plugin, &report), causes[index].closed);
    ck_assert_uint_eq(plugmgr_report_count(report), causes[index].closed == PLUGMGR_STILL_MAPPED);
    if (causes[index].closed == PLUGMGR_STILL_MAPPED)
        ck_assert_str_ne(text_of(causes[index].code), "");
    const char *name = _i % 2 == 0 ? "cause.so" : "/fd/";
    ck_assert_uint_eq(scene_mapped_count(name), causes[index].closed == PLUGMGR_STILL_MAPPED);
}
END_TEST

static pthread_barrier_t visit_begun, visit_ended;

static void *visit(void *data)
{
    plugmgr_interface_mock *mock = data;
    mock->answer();
    pthread_barrier_wait(&visit_begun);
    pthread_barrier_wait(&visit_ended);
    return NULL;
}

/* A thread that has to run a destructor of the plugin keeps it; when it ends, the plugin goes, and that is noticed. */
START_TEST(close_while_a_thread_has_a_destructor_to_run_looks_again)
{
    pthread_t thread;
    size_t descriptors = scene_descriptor_count();
    use_mode(all_modes[_i]);
    ck_assert_int_eq(open_plugin(scene_install("thread_exit", "visited.so")), 0);
    pthread_barrier_init(&visit_begun, NULL, 2);
    pthread_barrier_init(&visit_ended, NULL, 2);
    ck_assert_int_eq(pthread_create(&thread, NULL, visit, (void *)(uintptr_t)plugmgr_get(plugin, mock)), 0);
    pthread_barrier_wait(&visit_begun);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_STILL_MAPPED);
    const char *other = scene_install("good", "other.so");
    ck_assert_int_eq(plugmgr_check(manager, other, NULL, NULL), 0);
    ck_assert_ptr_null(strstr(log_text, "unloaded by now"));
    ck_assert_uint_eq(scene_descriptor_count(), descriptors + (all_modes[_i] == PLUGMGR_MODE_SEALED));
    pthread_barrier_wait(&visit_ended);
    pthread_join(thread, NULL);
    /* glibc takes it out with the next object that is closed */
    expect_open(other, 42, mode_texts[_i]);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_check(manager, other, NULL, NULL), 0);
    ck_assert_ptr_nonnull(strstr(log_text, "habit_cpp: unloaded by now: "));
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
}
END_TEST

/* The plugin is the very library that another open plugin is linked with. */
START_TEST(close_of_what_another_plugin_is_linked_with_does_nothing)
{
    struct plugmgr_plugin *user, *used;
    const char *library = scene_install("library_plugin", "libmocklibrary.so");
    ck_assert_int_eq(plugmgr_open(manager, library, NULL, &used, NULL), 0);
    expect_open(scene_install("with_library_plugin", "user.so"), 11, BY_PATH);
    user = plugin;
    plugmgr_report_free(report);
    ck_assert_int_eq(plugmgr_close_report(used, &report), PLUGMGR_IN_USE);
    ck_assert_str_eq(text_of("plugin-in-use"), "the plugin mock is linked with it, and is open");
    ck_assert_ptr_nonnull(strstr(log_text, "library: not closed: mock uses it"));
    ck_assert_int_eq(plugmgr_get(used, mock)->answer(), 11);
    ck_assert_int_eq(plugmgr_get(user, mock)->answer(), 11);
    ck_assert_int_eq(plugmgr_close(user), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_close(used), PLUGMGR_UNLOADED);
}
END_TEST

/* What a manager remembers of what stays does not grow with each turn. */
START_TEST(close_of_what_stays_mapped_again_and_again_keeps_one)
{
    static const char *const mocks[] = {"nodelete", "resident"};
    const char *path = scene_install(mocks[_i], "stays.so");
    size_t memory = 0;
    const size_t rounds = 900, spelling = 200; /* bytes: the dynamic linker itself notes by what names it was opened */
    for (size_t i = 0; i < 100 + rounds; i++) {
        if (i == 100)
            memory = mallinfo2().uordblks;
        ck_assert_int_eq(plugmgr_open(manager, path, NULL, &plugin, NULL), 0);
        ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_STILL_MAPPED);
        log_text[0] = '\0';
    }
    ck_assert_uint_le(mallinfo2().uordblks, memory + rounds * spelling);
}
END_TEST

/* ---- an open that fails, of what stays mapped ---- */

static void fail_to_start(const char *path)
{
    const struct plugmgr_open_options options = {.size = sizeof(options), .config = "fail"};
    plugmgr_report_free(report);
    ck_assert_int_eq(plugmgr_open(manager, path, &options, &plugin, &report), -PLUGMGR_E_START);
}

START_TEST(open_after_a_failed_start_of_what_stays_mapped_loads_a_copy_of_a_file_overwritten)
{
    const char *path = scene_install("nodelete_life", "plugin.so");
    fail_to_start(path);
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), 1);
    ck_assert_str_eq(text_of("already-mapped"), "the object could not be unloaded again");
    overwrite(path, "life"); /* whose code lies where that which is mapped has its own */
    expect_open(path, 42, SEALED "another build was written into the file");
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
}
END_TEST

START_TEST(failed_start_of_a_sealed_plugin_that_stays_mapped_keeps_its_descriptor)
{
    size_t descriptors = scene_descriptor_count();
    use_mode(PLUGMGR_MODE_SEALED);
    fail_to_start(scene_install("nodelete_life", "plugin.so"));
    ck_assert_uint_eq(scene_mapped_count("/fd/"), 1);
    ck_assert_uint_eq(scene_descriptor_count(), descriptors + 1);
    plugmgr_free(manager);
    manager = NULL;
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
}
END_TEST

START_TEST(failed_start_of_a_resident_plugin_leaves_it_mapped)
{
    use_mode(all_modes[_i]);
    fail_to_start(scene_install("resident_failing", "resident.so"));
    ck_assert_uint_eq(scene_mapped_count(_i == 0 ? "resident.so" : "/fd/"), 1);
}
END_TEST

int main(void)
{
    const TTest *const once[] = {
        close_report_of_an_unloaded_plugin_has_no_finding,
        close_of_what_somebody_else_holds_tells_so_and_looks_again,
        log_of_what_is_unloaded_by_now_may_call_the_manager,
        close_of_what_another_plugin_is_linked_with_does_nothing,
        open_after_a_failed_start_of_what_stays_mapped_loads_a_copy_of_a_file_overwritten,
        failed_start_of_a_sealed_plugin_that_stays_mapped_keeps_its_descriptor,
    };
    const TTest *const in_each_mode[] = {
        open_and_close_a_hundred_thousand_times_leaves_nothing,
        close_while_a_thread_has_a_destructor_to_run_looks_again,
        close_of_what_stays_mapped_again_and_again_keeps_one,
        failed_start_of_a_resident_plugin_leaves_it_mapped,
    };
    Suite *suite = suite_create("closing");
    TCase *tcase = opener_case("closing", once, sizeof(once) / sizeof(once[0]), in_each_mode,
                               sizeof(in_each_mode) / sizeof(in_each_mode[0]));
    tcase_add_loop_test(tcase, close_does_what_was_predicted, 0, 2 * CAUSE_COUNT);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
