/* SPDX-License-Identifier: MIT */
/* What is on the search path, as the host sees it: listed with verdicts, and found by name. tests/mock/host.c makes
 * this program a host, which accepts mock. */
#include <plugmgr/host.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failalloc.h"
#include "finding.h"
#include "report.h"
#include "scene.h"
#include "suite.h"

static struct plugmgr *manager;
static struct plugmgr_plugin *plugin;
static struct plugmgr_report *report;
static struct plugmgr_listing *listing;

static void begin_without_directories(void)
{
    scene_begin();
    setenv("PLUGMGR_CANARY", scene_path("canary"), 1);
    unsetenv("PLUGMGR_PATH");
    ck_assert_int_eq(plugmgr_new(&manager, NULL), 0);
    plugin = NULL;
    report = NULL;
    listing = NULL;
}

static void begin(void)
{
    begin_without_directories();
    ck_assert_int_eq(plugmgr_add_directory(manager, scene_path("")), 0);
}

static void end(void)
{
    plugmgr_listing_free(listing);
    plugmgr_report_free(report);
    plugmgr_free(manager);
    scene_end();
}

static void list(const char *interface_name)
{
    plugmgr_listing_free(listing);
    ck_assert_int_eq(plugmgr_list(manager, interface_name, &listing), 0);
}

static int open_named(const char *name)
{
    plugmgr_report_free(report);
    return plugmgr_open(manager, name, NULL, &plugin, &report);
}

/* The providers as "plugin interface:instance version result", one behind the other with ", " between them. */
static const char *providers(void)
{
    static char text[4096];
    size_t size = 0;
    text[0] = '\0';
    for (size_t i = 0; i < plugmgr_listing_provider_count(listing); i++) {
        const struct plugmgr_provider *at = plugmgr_listing_provider(listing, i);
        size += (size_t)snprintf(text + size, sizeof(text) - size, "%s%s %s:%s %u.%u %d", i > 0 ? ", " : "",
                                 at->plugin_name, at->interface_name, at->instance, at->major, at->minor, at->result);
        ck_assert_uint_lt(size, sizeof(text));
    }
    return text;
}

/* The code of the first finding about the file of that name; NULL: it is not listed as none. */
static const char *why_not(const char *name)
{
    for (size_t i = 0; i < plugmgr_listing_file_count(listing); i++) {
        const struct plugmgr_listed_file *file = plugmgr_listing_file(listing, i);
        ck_assert(!plugmgr_report_accepted(file->report));
        if (strcmp(file->path, scene_path(name)) == 0)
            return plugmgr_report_finding(file->report, 0)->code;
    }
    return NULL;
}

/* ---- listing ---- */

START_TEST(list_of_nothing_is_empty)
{
    list(NULL);
    ck_assert_uint_eq(plugmgr_listing_provider_count(listing), 0);
    ck_assert_uint_eq(plugmgr_listing_file_count(listing), 0);
    ck_assert_ptr_null(plugmgr_listing_provider(listing, 0));
    ck_assert_ptr_null(plugmgr_listing_file(listing, 0));
}
END_TEST

START_TEST(list_gives_each_provider_with_its_verdict)
{
    scene_install("good", "good.so");
    scene_install("link_user_a", "user.so");
    list("mock");
    ck_assert_str_eq(providers(), "mock mock:first 1.2 0, link_user_a mock:first 1.2 -5");
    const struct plugmgr_provider *refused = plugmgr_listing_provider(listing, 1);
    ck_assert_str_eq(refused->path, scene_path("user.so"));
    ck_assert_str_eq(refused->plugin_version, "1.0");
    ck_assert_ptr_null(refused->plugin);
    ck_assert_ptr_nonnull(find_finding(refused->report, "interface-not-provided"));
    ck_assert(plugmgr_report_accepted(plugmgr_listing_provider(listing, 0)->report));
    ck_assert_ptr_null(plugmgr_listing_provider(listing, 2));
    ck_assert_uint_eq(plugmgr_listing_file_count(listing), 0);
}
END_TEST

START_TEST(list_takes_what_is_required_from_the_search_path)
{
    scene_install("link_a", "a.so");
    scene_install("link_user_a", "user.so");
    list("mock");
    ck_assert_str_eq(providers(), "link_user_a mock:first 1.2 0");
}
END_TEST

START_TEST(list_orders_providers_as_they_would_be_taken)
{
    scene_install("link_a_older", "1.so");
    scene_install("link_a", "2.so");
    scene_install("link_a_major", "3.so");
    scene_install("link_a_later", "4.so");
    list("link_a");
    ck_assert_uint_eq(plugmgr_listing_provider_count(listing), 4);
    static const char *const by_version[] = {"link_a_major", "link_a_later", "link_a", "link_a_older"},
                             *const preferred[] = {"link_a_older", "link_a", "link_a_major", "link_a_later"};
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(plugmgr_listing_provider(listing, i)->plugin_name, by_version[i]);
    ck_assert_int_eq(plugmgr_prefer(manager, "link_a", "link_a_older"), 0);
    ck_assert_int_eq(plugmgr_prefer(manager, "link_a", "link_a"), 0);
    ck_assert_int_eq(plugmgr_prefer(manager, "link_b", "link_a_later"), 0); /* of another interface */
    list("link_a");
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(plugmgr_listing_provider(listing, i)->plugin_name, preferred[i]);
}
END_TEST

START_TEST(list_of_any_interface_goes_by_its_name)
{
    scene_install("link_a_mock", "1.so");
    scene_install("link_b", "2.so");
    list(NULL);
    ck_assert_uint_eq(plugmgr_listing_provider_count(listing), 3);
    ck_assert_str_eq(plugmgr_listing_provider(listing, 0)->interface_name, "link_a");
    ck_assert_str_eq(plugmgr_listing_provider(listing, 1)->interface_name, "link_b");
    ck_assert_str_eq(plugmgr_listing_provider(listing, 2)->interface_name, "mock");
}
END_TEST

START_TEST(list_runs_and_maps_nothing)
{
    scene_install("canary", "canary.so");
    size_t descriptors = scene_descriptor_count();
    list("mock");
    ck_assert_uint_gt(plugmgr_listing_provider_count(listing), 0);
    ck_assert_str_eq(scene_read("canary"), "");
    ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
}
END_TEST

START_TEST(list_names_files_that_are_no_plugins_and_goes_on)
{
    scene_write("broken.so", "\177ELF and no more");
    scene_write("text.so", "no ELF at all");
    scene_write("readme.txt", "is not looked at");
    scene_install("library", "library.so");
    scene_install("good", "good.so");
    ck_assert_int_eq(mkfifo(scene_path("fifo.so"), 0600), 0);
    ck_assert_int_eq(symlink("nowhere", scene_path("dangling.so")), 0);
    list("mock");
    ck_assert_uint_eq(plugmgr_listing_provider_count(listing), 1);
    ck_assert_uint_eq(plugmgr_listing_file_count(listing), 4);
    ck_assert_str_eq(why_not("broken.so"), "elf-malformed");
    ck_assert_str_eq(why_not("text.so"), "not-elf");
    ck_assert_ptr_nonnull(why_not("library.so"));
    ck_assert_ptr_null(why_not("fifo.so")); /* no file */
    ck_assert_str_eq(why_not("dangling.so"), "file-absent");
    ck_assert_int_eq(unlink(scene_path("fifo.so")), 0);
}
END_TEST

START_TEST(list_names_a_directory_that_is_not_there)
{
    ck_assert_int_eq(plugmgr_add_directory(manager, scene_path("nowhere")), 0);
    scene_install("good", "good.so");
    list("mock");
    ck_assert_uint_eq(plugmgr_listing_provider_count(listing), 1);
    ck_assert_uint_eq(plugmgr_listing_file_count(listing), 1);
    ck_assert_str_eq(why_not("nowhere"), "file-absent");
}
END_TEST

START_TEST(list_tells_of_one_name_twice_at_both)
{
    scene_install("good", "1.so");
    scene_install("good", "2.so");
    list("mock");
    ck_assert_uint_eq(plugmgr_listing_provider_count(listing), 1);
    const struct plugmgr_provider *first = plugmgr_listing_provider(listing, 0);
    ck_assert_str_eq(first->path, scene_path("1.so"));
    ck_assert_str_eq(find_finding(first->report, "plugin-hidden")->want, scene_path("2.so"));
    ck_assert_str_eq(why_not("2.so"), "plugin-hidden");
}
END_TEST

START_TEST(list_has_what_is_open_without_a_verdict)
{
    scene_install("good", "good.so");
    ck_assert_int_eq(open_named("mock"), 0);
    list("mock");
    ck_assert_str_eq(providers(), "mock mock:first 1.2 0");
    ck_assert_ptr_eq(plugmgr_listing_provider(listing, 0)->plugin, plugin);
    ck_assert_ptr_null(plugmgr_listing_provider(listing, 0)->report);
    ck_assert_int_eq(unlink(scene_path("good.so")), 0); /* it is open nonetheless */
    list("mock");
    ck_assert_uint_eq(plugmgr_listing_provider_count(listing), 1);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    list("mock");
    ck_assert_uint_eq(plugmgr_listing_provider_count(listing), 0);
}
END_TEST

START_TEST(list_stays_as_it_was)
{
    scene_install("good", "good.so");
    list("mock");
    ck_assert_int_eq(unlink(scene_path("good.so")), 0);
    plugmgr_free(manager);
    manager = NULL;
    ck_assert_str_eq(providers(), "mock mock:first 1.2 0");
    ck_assert(plugmgr_report_accepted(plugmgr_listing_provider(listing, 0)->report));
}
END_TEST

START_TEST(list_of_what_was_exchanged_is_of_the_new_file)
{
    scene_install("good", "it.so");
    list("mock");
    ck_assert_uint_eq(plugmgr_listing_provider_count(listing), 1);
    scene_install("link_user_host", "it.so");
    list("mock");
    ck_assert_str_eq(providers(), "link_user_host mock:first 1.2 0");
}
END_TEST

START_TEST(list_without_arguments_is_an_error)
{
    ck_assert_int_eq(plugmgr_list(NULL, "mock", &listing), -PLUGMGR_E_INVALID);
    ck_assert_int_eq(plugmgr_list(manager, "mock", NULL), -PLUGMGR_E_INVALID);
}
END_TEST

START_TEST(list_without_memory_gives_nothing)
{
    unsigned nth = 0;
    bool has_failed;
    scene_install("good", "good.so");
    scene_install("good", "hidden.so");
    scene_write("text.so", "no ELF at all");
    do {
        struct plugmgr_listing *its = NULL;
        fail_allocation_once(++nth);
        int result = plugmgr_list(manager, "mock", &its);
        fail_allocation(0);
        has_failed = fail_allocation_happened();
        ck_assert(result == 0 || result == -PLUGMGR_E_MEMORY);
        ck_assert((result == 0) == (its != NULL));
        plugmgr_listing_free(its);
    } while (has_failed);
    ck_assert_uint_gt(nth, 20);
}
END_TEST

/* ---- by name ---- */

START_TEST(name_is_looked_for_in_the_order_of_the_path)
{
    scene_install("link_a_mock", "one.so");
    ck_assert_int_eq(mkdir(scene_path("later"), 0700), 0);
    ck_assert_int_eq(plugmgr_add_directory(manager, scene_path("later")), 0);
    scene_install("link_a_mock", "later/one.so");
    scene_install("link_user_host", "later/two.so");
    ck_assert_int_eq(plugmgr_check(manager, "link_a_mock", NULL, &report), 0);
    ck_assert_str_eq(pm_report_path(report), scene_path("one.so"));
    ck_assert_str_eq(find_finding(report, "plugin-hidden")->want, scene_path("later/one.so"));
    ck_assert_int_eq(open_named("link_user_host"), 0);
    ck_assert_ptr_null(find_finding(report, "plugin-hidden"));
    ck_assert_str_eq(pm_report_path(report), scene_path("later/two.so"));
}
END_TEST

START_TEST(path_of_the_environment_comes_first)
{
    ck_assert_int_eq(mkdir(scene_path("theirs"), 0700), 0);
    scene_install("link_a_mock", "ours.so");
    scene_install("link_a_mock", "theirs/theirs.so");
    setenv("PLUGMGR_PATH", scene_path("theirs"), 1);
    plugmgr_free(manager);
    ck_assert_int_eq(plugmgr_new(&manager, NULL), 0);
    ck_assert_int_eq(plugmgr_add_directory(manager, scene_path("")), 0);
    ck_assert_int_eq(plugmgr_check(manager, "link_a_mock", NULL, &report), 0);
    ck_assert_str_eq(pm_report_path(report), scene_path("theirs/theirs.so"));
}
END_TEST

START_TEST(name_that_is_nowhere_tells_what_is_there)
{
    scene_install("link_a_mock", "one.so");
    scene_install("good", "two.so");
    ck_assert_int_eq(open_named("nobody"), -PLUGMGR_E_NOT_FOUND);
    const struct plugmgr_finding *finding = find_finding(report, "plugin-absent");
    ck_assert_ptr_nonnull(strstr(finding->want, "link_a_mock"));
    ck_assert_ptr_nonnull(strstr(finding->want, "mock"));
    ck_assert_ptr_null(strstr(finding->remedy, "./nobody"));
    ck_assert_ptr_nonnull(strstr(finding->remedy, "PLUGMGR_PATH"));
}
END_TEST

START_TEST(name_of_a_file_is_told_how_to_name_it)
{
    ck_assert_int_eq(open_named("nobody.so"), -PLUGMGR_E_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(find_finding(report, "plugin-absent")->remedy, "write ./nobody.so; else "));
}
END_TEST

START_TEST(name_without_a_search_path_says_so)
{
    ck_assert_int_eq(open_named("mock"), -PLUGMGR_E_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(find_finding(report, "plugin-absent")->text, "there is no search path"));
}
END_TEST

START_TEST(name_of_a_file_that_cannot_be_read_tells_why)
{
    scene_write("broken.so", "\177ELF and no more");
    ck_assert_int_eq(open_named("broken"), -PLUGMGR_E_REFUSED);
    ck_assert_ptr_nonnull(find_finding(report, "elf-malformed"));
    ck_assert_str_eq(pm_report_path(report), scene_path("broken.so"));
}
END_TEST

START_TEST(name_without_memory_opens_nothing)
{
    unsigned nth = 0;
    bool has_failed;
    scene_install("good", "good.so");
    scene_install("good", "hidden.so");
    do {
        fail_allocation_once(++nth);
        int result = open_named("mock");
        fail_allocation(0);
        has_failed = fail_allocation_happened();
        ck_assert(result == 0 || result == -PLUGMGR_E_MEMORY);
        if (result == 0)
            ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    } while (has_failed);
    ck_assert_uint_gt(nth, 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("listing");
    TCase *listings = tcase_create("listing"), *names = tcase_create("names"), *bare = tcase_create("no search path");
    tcase_add_checked_fixture(listings, begin, end);
    tcase_add_checked_fixture(names, begin, end);
    tcase_add_checked_fixture(bare, begin_without_directories, end);
    tcase_set_timeout(listings, 60);
    tcase_set_timeout(names, 60);
    tcase_add_test(listings, list_of_nothing_is_empty);
    tcase_add_test(listings, list_gives_each_provider_with_its_verdict);
    tcase_add_test(listings, list_takes_what_is_required_from_the_search_path);
    tcase_add_test(listings, list_orders_providers_as_they_would_be_taken);
    tcase_add_test(listings, list_of_any_interface_goes_by_its_name);
    tcase_add_test(listings, list_runs_and_maps_nothing);
    tcase_add_test(listings, list_names_files_that_are_no_plugins_and_goes_on);
    tcase_add_test(listings, list_names_a_directory_that_is_not_there);
    tcase_add_test(listings, list_tells_of_one_name_twice_at_both);
    tcase_add_test(listings, list_has_what_is_open_without_a_verdict);
    tcase_add_test(listings, list_stays_as_it_was);
    tcase_add_test(listings, list_of_what_was_exchanged_is_of_the_new_file);
    tcase_add_test(listings, list_without_arguments_is_an_error);
    tcase_add_test(listings, list_without_memory_gives_nothing);
    tcase_add_test(names, name_is_looked_for_in_the_order_of_the_path);
    tcase_add_test(names, path_of_the_environment_comes_first);
    tcase_add_test(names, name_that_is_nowhere_tells_what_is_there);
    tcase_add_test(names, name_of_a_file_is_told_how_to_name_it);
    tcase_add_test(names, name_of_a_file_that_cannot_be_read_tells_why);
    tcase_add_test(names, name_without_memory_opens_nothing);
    tcase_add_test(bare, name_without_a_search_path_says_so);
    suite_add_tcase(suite, listings);
    suite_add_tcase(suite, names);
    suite_add_tcase(suite, bare);
    return run_suite(suite);
}
