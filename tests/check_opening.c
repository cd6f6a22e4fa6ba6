/* SPDX-License-Identifier: MIT */
/* Plugins that need each other, opened as a host does: tests/mock/host.c makes this program a host, which accepts mock and
 * offers link_host. */
#include <plugmgr/host.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mock/mock.h"
#include "scene.h"
#include "suite.h"

static struct plugmgr *manager;
static struct plugmgr_plugin *plugin;
static struct plugmgr_report *report;

static void begin(void)
{
    scene_begin();
    setenv("PLUGMGR_STOPPED", scene_path("life"), 1);
    ck_assert_int_eq(plugmgr_new(&manager, NULL), 0);
    ck_assert_int_eq(plugmgr_add_directory(manager, scene_path("")), 0);
    plugin = NULL;
    report = NULL;
}

static void end(void)
{
    plugmgr_report_free(report);
    plugmgr_free(manager);
    scene_end();
}

/* Puts the mocks into the folder, each under its own name. */
static void install(const char *const *mocks)
{
    char name[100];
    for (; *mocks != NULL; mocks++) {
        snprintf(name, sizeof(name), "%s.so", *mocks);
        scene_install(*mocks, name);
    }
}
#define INSTALL(...) install((const char *const[]){__VA_ARGS__, NULL})

static int open_named(const char *name)
{
    plugmgr_report_free(report);
    return plugmgr_open(manager, name, NULL, &plugin, &report);
}

static const struct plugmgr_finding *finding_of(const char *code)
{
    ck_assert_ptr_nonnull(report);
    for (size_t i = 0; i < plugmgr_report_count(report); i++)
        if (strcmp(plugmgr_report_finding(report, i)->code, code) == 0)
            return plugmgr_report_finding(report, i);
    return NULL;
}

static int answer(void)
{
    return plugmgr_get(plugin, mock)->answer();
}

/* ---- requirements ---- */

START_TEST(open_of_a_user_opens_its_provider_first_and_closes_it_last)
{
    INSTALL("link_a", "link_user_a");
    ck_assert_int_eq(open_named("link_user_a"), 0);
    ck_assert_int_eq(answer(), 101);
    ck_assert_str_eq(scene_read("life"), "link_a start 1\nlink_user_a start 101\n");
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_str_eq(scene_read("life"),
                     "link_a start 1\nlink_user_a start 101\nlink_user_a stop 101\nlink_a stop 1\n");
    ck_assert_uint_eq(scene_mapped_count("link_a.so"), 0);
}
END_TEST

START_TEST(open_takes_the_latest_version_that_works)
{
    INSTALL("link_a", "link_a_later", "link_user_a");
    ck_assert_int_eq(open_named("link_user_a"), 0);
    ck_assert_int_eq(answer(), 102);
}
END_TEST

START_TEST(open_binds_what_the_host_offers)
{
    INSTALL("link_user_host");
    ck_assert_int_eq(open_named("link_user_host"), 0);
    ck_assert_int_gt(answer(), 400);
}
END_TEST

START_TEST(open_without_a_provider_tells_what_was_looked_at)
{
    INSTALL("link_a_major", "link_user_a");
    ck_assert_int_eq(open_named("link_user_a"), -PLUGMGR_E_REFUSED);
    const struct plugmgr_finding *finding = finding_of("interface-not-provided");
    ck_assert_ptr_nonnull(finding);
    ck_assert_ptr_nonnull(strstr(finding->changes, "link_a_major"));
    ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
}
END_TEST

START_TEST(open_whose_provider_fails_undoes_all)
{
    INSTALL("link_a_failing", "link_user_a");
    ck_assert_int_eq(open_named("link_user_a"), -PLUGMGR_E_START);
    ck_assert_ptr_nonnull(strstr(finding_of("start-failed")->text, "it does not want to"));
    ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
    ck_assert_str_eq(scene_read("life"), "link_a_failing start 5\n");
}
END_TEST

START_TEST(open_of_a_cycle_prints_it_whole)
{
    INSTALL("link_a_b", "link_b_a", "link_user_a");
    ck_assert_int_eq(open_named("link_user_a"), -PLUGMGR_E_REFUSED);
    const struct plugmgr_finding *finding = finding_of("dependency-cycle");
    ck_assert_ptr_nonnull(finding);
    ck_assert_ptr_nonnull(strstr(finding->changes, "link_a_b"));
    ck_assert_ptr_nonnull(strstr(finding->changes, "link_b_a"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("opening");
    TCase *requires = tcase_create("requires");
    tcase_add_checked_fixture(requires, begin, end);
    tcase_add_test(requires, open_of_a_user_opens_its_provider_first_and_closes_it_last);
    tcase_add_test(requires, open_takes_the_latest_version_that_works);
    tcase_add_test(requires, open_binds_what_the_host_offers);
    tcase_add_test(requires, open_without_a_provider_tells_what_was_looked_at);
    tcase_add_test(requires, open_whose_provider_fails_undoes_all);
    tcase_add_test(requires, open_of_a_cycle_prints_it_whole);
    suite_add_tcase(suite, requires);
    return run_suite(suite);
}
