/* SPDX-License-Identifier: MIT */
/* Plugins that need each other, opened as a host does: tests/mock/host.c makes this program a host, which accepts mock
 * and offers link_host. */
#include <plugmgr/host.h>

#include <check.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failalloc.h"
#include "finding.h"
#include "mock/mock.h"
#include "scene.h"
#include "suite.h"

void *__real_dlopen(const char *path, int flags);
void *__wrap_dlopen(const char *path, int flags);
extern void (*host_hook)(void); /* of tests/mock/host.c */

static struct plugmgr *manager;
static struct plugmgr_plugin *plugin;
static struct plugmgr_report *report;

static const char *unloadable; /* no file with this in its path can be loaded; NULL: all can */

void *__wrap_dlopen(const char *path, int flags)
{
    bool fails = unloadable != NULL && path != NULL && strstr(path, unloadable) != NULL;
    return __real_dlopen(fails ? "/nonexistent/plugin.so" : path, flags);
}

static void begin_with(enum plugmgr_policy policy)
{
    const struct plugmgr_options options = {.size = sizeof(options), .policy = policy};
    scene_begin();
    setenv("PLUGMGR_STOPPED", scene_path("life"), 1);
    ck_assert_int_eq(plugmgr_new(&manager, &options), 0);
    ck_assert_int_eq(plugmgr_add_directory(manager, scene_path("")), 0);
    plugin = NULL;
    report = NULL;
}

static void begin(void)
{
    begin_with(PLUGMGR_POLICY_COMPATIBLE);
}

static void begin_unpinned(void)
{
    begin_with(PLUGMGR_POLICY_VERSION);
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

static void show(void)
{
    char *text = NULL;
    if (getenv("SHOW") == NULL || report == NULL || plugmgr_report_text(report, PLUGMGR_TEXT_VERBOSE, &text) < 0)
        return;
    fprintf(stderr, "%s\n", text);
    free(text);
}

static int open_named(const char *name)
{
    plugmgr_report_free(report);
    int result = plugmgr_open(manager, name, NULL, &plugin, &report);
    show();
    return result;
}

static int open_configured(const char *name, const char *config)
{
    const struct plugmgr_open_options options = {.size = sizeof(options), .config = config};
    plugmgr_report_free(report);
    int result = plugmgr_open(manager, name, &options, &plugin, &report);
    show();
    return result;
}

static const struct plugmgr_finding *finding_of(const char *code)
{
    return find_finding(report, code);
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

/* ---- graphs ---- */

/* Which of two requirements comes first is the compiler's choice. */
static void assert_life_is(const char *one, const char *other)
{
    const char *life = scene_read("life");
    if (strcmp(life, one) != 0)
        ck_assert_str_eq(life, other);
}

START_TEST(open_of_a_diamond_opens_what_both_need_once)
{
    INSTALL("link_a_c", "link_b_c", "link_c", "link_user_a_b");
    ck_assert_int_eq(open_named("link_user_a_b"), 0);
    ck_assert_int_eq(answer(), 122040);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    assert_life_is("link_c start 10000\nlink_a_c start 12000\nlink_b_c start 10040\nlink_user_a_b start 122040\n"
                   "link_user_a_b stop 122040\nlink_b_c stop 10040\nlink_a_c stop 12000\nlink_c stop 10000\n",
                   "link_c start 10000\nlink_b_c start 10040\nlink_a_c start 12000\nlink_user_a_b start 122040\n"
                   "link_user_a_b stop 122040\nlink_a_c stop 12000\nlink_b_c stop 10040\nlink_c stop 10000\n");
    ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
}
END_TEST

START_TEST(free_closes_users_before_what_they_use)
{
    INSTALL("link_a_c", "link_b_c", "link_c", "link_user_a_b");
    ck_assert_int_eq(open_named("link_user_a_b"), 0);
    scene_write("life", "");
    plugmgr_free(manager);
    manager = NULL;
    assert_life_is("link_user_a_b stop 122040\nlink_b_c stop 10040\nlink_a_c stop 12000\nlink_c stop 10000\n",
                   "link_user_a_b stop 122040\nlink_a_c stop 12000\nlink_b_c stop 10040\nlink_c stop 10000\n");
    ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
}
END_TEST

START_TEST(open_of_what_needs_itself_is_refused)
{
    INSTALL("link_a_a");
    ck_assert_int_eq(open_named("link_a_a"), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(finding_of("dependency-cycle")->changes, "link_a_a 1.0 needs link_a 1.0 of link_a_a 1.0");
}
END_TEST

START_TEST(open_of_a_cycle_behind_others_prints_the_cycle_alone)
{
    INSTALL("link_a_b", "link_b_c", "link_c_b", "link_user_a");
    ck_assert_int_eq(open_named("link_user_a"), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(finding_of("dependency-cycle")->changes,
                     "link_b_c 1.0 needs link_c 1.0 of link_c_b 1.0\nlink_c_b 1.0 needs link_b 1.0 of link_b_c 1.0");
    ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
}
END_TEST

START_TEST(open_goes_round_a_cycle_where_another_provides)
{
    INSTALL("link_a_b", "link_b_a", "link_b", "link_user_a");
    ck_assert_int_eq(plugmgr_prefer(manager, "link_b", "link_b_a"), 0);
    ck_assert_int_eq(open_named("link_user_a"), 0);
    ck_assert_int_eq(answer(), 130);
    ck_assert_uint_eq(scene_mapped_count("link_b_a.so"), 0);
}
END_TEST

START_TEST(open_does_without_what_is_optional)
{
    struct plugmgr_plugin *first;
    INSTALL("link_user_maybe");
    ck_assert_int_eq(open_named("link_user_maybe"), 0);
    ck_assert_int_eq(answer(), 500);
    first = plugin;
    INSTALL("link_a", "link_user_a");
    ck_assert_int_eq(open_named("link_user_a"), 0); /* what is bound stays as it is */
    ck_assert_int_eq(plugmgr_get(first, mock)->answer(), 500);
    ck_assert_int_eq(plugmgr_close(first), PLUGMGR_UNLOADED);
    ck_assert_int_eq(open_named("link_user_maybe"), 0);
    ck_assert_int_eq(answer(), 501);
}
END_TEST

START_TEST(open_has_two_versions_side_by_side)
{
    struct plugmgr_plugin *first;
    INSTALL("link_a", "link_a_major", "link_user_a", "link_user_a_major");
    ck_assert_int_eq(open_named("link_user_a"), 0);
    first = plugin;
    ck_assert_int_eq(open_named("link_user_a_major"), 0);
    ck_assert_int_eq(answer(), 304);
    ck_assert_int_eq(plugmgr_get(first, mock)->answer(), 101);
}
END_TEST

/* ---- chains of copies ---- */

static char *template;
static size_t template_size;

static void read_template(const char *mock)
{
    FILE *file = fopen(scene_install(mock, "template"), "rb");
    struct stat status;
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fstat(fileno(file), &status), 0);
    template_size = (size_t)status.st_size;
    template = realloc(template, template_size);
    ck_assert_ptr_nonnull(template);
    ck_assert_uint_eq(fread(template, 1, template_size, file), template_size);
    fclose(file);
}

/* Copies of a text, with its NUL, get another number, of four digits, at their end. */
static void renumber(char *bytes, const char *text, unsigned number)
{
    char *at = bytes;
    size_t length = strlen(text);
    unsigned count = 0;
    while ((at = memmem(at, template_size - (size_t)(at - bytes), text, length + 1)) != NULL) {
        char digits[8];
        snprintf(digits, sizeof(digits), "%04u", number % 10000);
        memcpy(at + length - 4, digits, 4);
        at += length;
        count++;
    }
    ck_assert_uint_ge(count, 1);
}

/* link_NNNN is provided by chain_NNNN, which needs the next. */
static void write_copy(const char *folder, unsigned number, bool needs_next)
{
    char path[400], *bytes = malloc(template_size);
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, template, template_size);
    renumber(bytes, "name=chain_0000", number);
    if (needs_next)
        renumber(bytes, "interface=link_0001", number + 1);
    renumber(bytes, "interface=link_0000", number);
    snprintf(path, sizeof(path), "%s/chain_%04u.so", folder, number);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, template_size, file), template_size);
    ck_assert_int_eq(fclose(file), 0);
    free(bytes);
}

static void write_chain(unsigned count)
{
    char folder[300];
    snprintf(folder, sizeof(folder), "%s", scene_path(""));
    read_template("link_chain");
    for (unsigned i = 0; i + 1 < count; i++)
        write_copy(folder, i, true);
    read_template("link_chain_end");
    write_copy(folder, count - 1, false);
    ck_assert_int_eq(unlink(scene_path("template")), 0);
}

START_TEST(open_of_a_chain_of_200_opens_all)
{
    write_chain(200);
    ck_assert_int_eq(open_named("chain_0000"), 0);
    ck_assert_int_eq(answer(), 200);
    ck_assert_uint_eq(scene_mapped_count("/chain_"), 200);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_uint_eq(scene_mapped_count("/chain_"), 0);
}
END_TEST

START_TEST(open_of_a_chain_for_which_there_are_too_few_descriptors_is_told)
{
    size_t descriptors;
    write_chain(2000);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &(struct rlimit){256, 256}), 0);
    descriptors = scene_descriptor_count();
    ck_assert_int_eq(open_named("chain_0000"), -PLUGMGR_E_REFUSED);
    ck_assert_ptr_nonnull(strstr(finding_of("interface-not-provided")->changes, "Too many open files"));
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    ck_assert_uint_eq(scene_mapped_count("/chain_"), 0);
}
END_TEST

/* ---- which provider ---- */

START_TEST(open_passes_over_a_provider_that_cannot_be_loaded)
{
    INSTALL("link_a", "link_a_library", "link_user_a"); /* whose library is not there */
    ck_assert_int_eq(open_named("link_user_a"), 0);
    ck_assert_int_eq(answer(), 101);
    ck_assert_ptr_nonnull(strstr(finding_of("interface-provider")->changes, "link_a_library 1.0"));
    ck_assert_ptr_nonnull(strstr(finding_of("interface-provider")->changes, "libmocklibrary.so"));
}
END_TEST

START_TEST(open_passes_over_a_provider_that_is_half_written)
{
    INSTALL("link_a", "link_a_later", "link_user_a");
    ck_assert_int_eq(truncate(scene_path("link_a_later.so"), 4096), 0);
    ck_assert_int_eq(open_named("link_user_a"), 0);
    ck_assert_int_eq(answer(), 101);
}
END_TEST

START_TEST(open_passes_over_a_provider_of_another_layout)
{
    scene_install("link_a_changed", "aa.so");
    INSTALL("link_a", "link_user_a");
    ck_assert_int_eq(open_named("link_user_a"), 0);
    ck_assert_int_eq(answer(), 101);
}
END_TEST

START_TEST(open_tells_why_no_provider_can_be_used)
{
    INSTALL("link_a_library", "link_a_changed", "link_a_b", "link_user_a");
    ck_assert_int_eq(open_named("link_user_a"), -PLUGMGR_E_REFUSED);
    const char *changes = finding_of("interface-not-provided")->changes;
    ck_assert_ptr_nonnull(strstr(changes, "libmocklibrary.so"));
    ck_assert_ptr_nonnull(strstr(changes, "twice"));
    ck_assert_ptr_nonnull(strstr(changes, "link_b 1.0, which link_a_b 1.0 needs: nobody provides it"));
}
END_TEST

START_TEST(open_takes_what_the_host_prefers)
{
    INSTALL("link_a", "link_a_later", "link_host", "link_user_a", "link_user_host");
    ck_assert_int_eq(plugmgr_prefer(manager, "link_a", "link_a"), 0);
    ck_assert_int_eq(plugmgr_prefer(manager, "link_a", "link_a_later"), 0);
    ck_assert_int_eq(plugmgr_prefer(manager, "link_host", "link_host"), 0);
    ck_assert_int_eq(open_named("link_user_a"), 0);
    ck_assert_int_eq(answer(), 101);
    ck_assert_int_eq(open_named("link_user_host"), 0); /* also before what the host offers */
    ck_assert_int_eq(answer(), 409);
}
END_TEST

START_TEST(open_binds_a_plugin_that_is_open_and_on_no_search_path)
{
    struct plugmgr_plugin *provider;
    ck_assert_int_eq(mkdir(scene_path("elsewhere"), 0755), 0);
    INSTALL("link_user_a");
    scene_install("link_a_mock", "elsewhere/a.so");
    ck_assert_int_eq(open_named("link_user_a"), -PLUGMGR_E_REFUSED);
    ck_assert_int_eq(open_named(scene_path("elsewhere/a.so")), 0);
    provider = plugin;
    ck_assert_int_eq(open_named("link_user_a"), 0);
    ck_assert_int_eq(answer(), 108);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_get(provider, mock)->answer(), 8); /* the host's own stays */
}
END_TEST

START_TEST(check_says_what_open_says)
{
    static const char *const users[] = {"link_user_a",   "link_user_a_major", "link_user_host",
                                        "link_user_a_b", "link_a_a",          "link_user_c"};
    INSTALL("link_a", "link_a_later", "link_b_c", "link_c_b", "link_user_a", "link_user_a_major", "link_user_host",
            "link_user_a_b", "link_a_a", "link_user_c");
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        struct plugmgr_report *checked, *opened;
        char *checked_text, *opened_text;
        int result = plugmgr_check(manager, users[i], NULL, &checked);
        ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
        ck_assert_int_eq(plugmgr_open(manager, users[i], NULL, &plugin, &opened), result);
        ck_assert_int_eq(plugmgr_report_text(checked, PLUGMGR_TEXT_VERBOSE, &checked_text), 0);
        ck_assert_int_eq(plugmgr_report_text(opened, PLUGMGR_TEXT_VERBOSE, &opened_text), 0);
        ck_assert_str_eq(checked_text, opened_text);
        if (result == 0)
            ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
        free(checked_text);
        free(opened_text);
        plugmgr_report_free(checked);
        plugmgr_report_free(opened);
    }
}
END_TEST

/* ---- what others needed ---- */

START_TEST(open_of_a_dependency_makes_it_the_hosts_own)
{
    struct plugmgr_plugin *user;
    INSTALL("link_a_mock", "link_user_a");
    ck_assert_int_eq(open_named("link_user_a"), 0);
    user = plugin;
    ck_assert_int_eq(open_named("link_a_mock"), 0);
    ck_assert_int_eq(plugmgr_close(user), PLUGMGR_UNLOADED);
    ck_assert_int_eq(answer(), 8);
    ck_assert_str_eq(scene_read("life"), "link_a_mock start 8\nlink_user_a start 108\nlink_user_a stop 108\n");
    ck_assert_int_eq(open_named("link_a_mock"), -PLUGMGR_E_REFUSED);
    ck_assert_ptr_nonnull(finding_of("already-open"));
}
END_TEST

START_TEST(check_of_a_dependency_leaves_it_to_those_who_need_it)
{
    INSTALL("link_a_mock", "link_user_a");
    ck_assert_int_eq(open_named("link_user_a"), 0);
    ck_assert_int_eq(plugmgr_check(manager, "link_a_mock", NULL, NULL), 0);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
}
END_TEST

START_TEST(open_of_a_dependency_that_is_refused_leaves_it_to_those_who_need_it)
{
    struct plugmgr_plugin *user;
    INSTALL("link_a", "link_user_a");
    ck_assert_int_eq(open_named("link_user_a"), 0);
    user = plugin;
    ck_assert_int_eq(open_named("link_a"), -PLUGMGR_E_REFUSED); /* the host accepts nothing of it */
    ck_assert_int_eq(plugmgr_close(user), PLUGMGR_UNLOADED);
    ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
}
END_TEST

START_TEST(open_of_a_dependency_with_another_configuration_is_refused)
{
    struct plugmgr_plugin *user;
    INSTALL("link_a_mock", "link_user_a");
    ck_assert_int_eq(open_named("link_user_a"), 0);
    user = plugin;
    ck_assert_int_eq(open_configured("link_a_mock", "other"), -PLUGMGR_E_REFUSED);
    ck_assert_ptr_nonnull(strstr(finding_of("already-open")->text, "another configuration"));
    ck_assert_ptr_nonnull(strstr(finding_of("already-open")->remedy, "plugmgr_set_config"));
    ck_assert_int_eq(plugmgr_close(user), PLUGMGR_UNLOADED);
    ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
}
END_TEST

START_TEST(open_gives_a_dependency_what_the_host_set_for_it)
{
    INSTALL("link_a", "link_user_a");
    ck_assert_int_eq(plugmgr_set_config(manager, "link_a", "first"), 0);
    ck_assert_int_eq(plugmgr_set_config(manager, "link_user_a", "unused"), 0);
    ck_assert_int_eq(plugmgr_set_config(manager, "link_a", "second"), 0);
    ck_assert_int_eq(open_configured("link_user_a", "given"), 0);
    ck_assert_str_eq(scene_read("life"), "link_a second 1\nlink_user_a given 101\n");
}
END_TEST

START_TEST(close_of_what_is_used_names_the_users)
{
    struct plugmgr_plugin *provider, *user;
    INSTALL("link_a_mock", "link_user_a", "link_user_a_gives_b");
    ck_assert_int_eq(open_named("link_a_mock"), 0);
    provider = plugin;
    ck_assert_int_eq(open_named("link_user_a"), 0);
    user = plugin;
    plugmgr_report_free(report);
    ck_assert_int_eq(plugmgr_close_report(provider, &report), PLUGMGR_IN_USE);
    show();
    ck_assert_ptr_nonnull(strstr(finding_of("plugin-in-use")->text, "the plugin link_user_a uses it"));
    ck_assert_int_eq(open_named("link_user_a_gives_b"), 0);
    plugmgr_report_free(report);
    ck_assert_int_eq(plugmgr_close_report(provider, &report), PLUGMGR_IN_USE);
    show();
    ck_assert_ptr_nonnull(strstr(finding_of("plugin-in-use")->text, "link_user_a_gives_b and link_user_a use it"));
    ck_assert_int_eq(plugmgr_close(user), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_close(provider), PLUGMGR_UNLOADED);
}
END_TEST

/* ---- failing ---- */

START_TEST(open_whose_last_load_fails_undoes_all)
{
    INSTALL("link_a", "link_user_a");
    unloadable = "link_user_a.so";
    ck_assert_int_eq(open_named("link_user_a"), -PLUGMGR_E_LOAD);
    ck_assert_str_eq(scene_read("life"), "");
    ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
    unloadable = NULL;
    ck_assert_int_eq(open_named("link_user_a"), 0);
    ck_assert_int_eq(answer(), 101);
}
END_TEST

START_TEST(open_whose_provider_cannot_be_loaded_tells_which)
{
    INSTALL("link_a", "link_user_a");
    unloadable = "link_a.so";
    ck_assert_int_eq(open_named("link_user_a"), -PLUGMGR_E_LOAD);
    ck_assert_str_eq(plugmgr_report_finding(report, 0)->subject, "plugin link_a 1.0");
    ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
}
END_TEST

START_TEST(open_whose_middle_start_fails_stops_the_earlier_in_reverse)
{
    size_t descriptors;
    INSTALL("link_b_failing", "link_c_host", "link_user_b");
    descriptors = scene_descriptor_count();
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(open_named("link_user_b"), -PLUGMGR_E_START);
        ck_assert_str_eq(plugmgr_report_finding(report, 0)->code, "start-failed");
        ck_assert_str_eq(plugmgr_report_finding(report, 0)->subject, "plugin link_b_failing 1.0");
        ck_assert_ptr_nonnull(strstr(plugmgr_report_finding(report, 0)->text, "it does not want to"));
        ck_assert_ptr_nonnull(strstr(plugmgr_report_finding(report, 0)->text, scene_path("link_b_failing.so")));
        ck_assert_str_eq(scene_read("life"),
                         "link_c_host start 1050\nlink_b_failing start 1120\nlink_c_host stop 1050\n");
        ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
        ck_assert_uint_eq(scene_descriptor_count(), descriptors);
        scene_write("life", "");
    }
    ck_assert_int_eq(unlink(scene_path("link_b_failing.so")), 0);
    INSTALL("link_b_c");
    ck_assert_int_eq(open_named("link_user_b"), 0);
}
END_TEST

START_TEST(open_without_memory_undoes_all)
{
    size_t nth = 0, descriptors;
    bool has_failed;
    INSTALL("link_a", "link_user_a");
    unsetenv("PLUGMGR_STOPPED");
    ck_assert_int_eq(open_named("link_user_a"), 0); /* what is read once is read */
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    descriptors = scene_descriptor_count();
    plugmgr_report_free(report);
    report = NULL;
    do {
        fail_allocation_once(++nth);
        int result = plugmgr_open(manager, "link_user_a", NULL, &plugin, &report);
        fail_allocation(0);
        has_failed = fail_allocation_happened();
        if (result == 0)
            ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
        else
            ck_assert_int_eq(result, -PLUGMGR_E_MEMORY);
        plugmgr_report_free(report);
        report = NULL;
        ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
        ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    } while (has_failed);
    ck_assert_uint_gt(nth, 50);
}
END_TEST

/* ---- the best provider ---- */

static int open_provider(void)
{
    plugmgr_report_free(report);
    return plugmgr_open_provider(manager, mock, NULL, NULL, &plugin, &report);
}

START_TEST(open_provider_passes_over_what_is_refused_and_gives_what_is_open)
{
    struct plugmgr_plugin *first;
    INSTALL("link_user_a", "link_user_host"); /* the first lacks what it requires */
    ck_assert_int_eq(open_provider(), 0);
    ck_assert_str_eq(plugmgr_plugin_name(plugin), "link_user_host");
    first = plugin;
    ck_assert_int_eq(open_provider(), 0);
    ck_assert_ptr_eq(plugin, first);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
}
END_TEST

START_TEST(open_provider_of_nobody_tells_what_was_looked_at)
{
    INSTALL("link_user_a");
    ck_assert_int_eq(open_provider(), -PLUGMGR_E_NOT_FOUND);
    const struct plugmgr_finding *finding = finding_of("interface-not-provided");
    ck_assert_ptr_nonnull(finding);
    ck_assert_ptr_nonnull(strstr(finding->changes, "link_user_a 1.0, "));
    ck_assert_ptr_nonnull(strstr(finding->changes, "the plugin needs 1.0 or a later minor"));
}
END_TEST

START_TEST(open_provider_whose_start_fails_is_an_error_of_that_one)
{
    INSTALL("link_a_failing", "link_user_a", "link_user_host");
    ck_assert_int_eq(open_provider(), -PLUGMGR_E_START);
    ck_assert_ptr_nonnull(finding_of("start-failed"));
}
END_TEST

/* ---- starts that call the manager ---- */

static int hooked, hooked_result;
static struct plugmgr_plugin *hooked_plugin;
static struct plugmgr_report *hooked_report;

/* The first time that a plugin asks the host. */
static bool is_first(void)
{
    return hooked++ == 0;
}

static void open_another(void)
{
    if (is_first())
        hooked_result = plugmgr_open(manager, "link_user_a", NULL, &hooked_plugin, &hooked_report);
}

START_TEST(start_may_open_another)
{
    INSTALL("link_a", "link_user_a", "link_user_host");
    host_hook = open_another;
    ck_assert_int_eq(open_named("link_user_host"), 0);
    ck_assert_int_eq(hooked_result, 0);
    ck_assert_int_eq(plugmgr_get(hooked_plugin, mock)->answer(), 101);
    plugmgr_free(manager); /* what it opened is older, and closed behind it */
    manager = NULL;
    const char *stop = strstr(scene_read("life"), "link_user_host stop");
    ck_assert_ptr_nonnull(stop);
    ck_assert_ptr_nonnull(strstr(stop, "link_user_a stop"));
    plugmgr_report_free(hooked_report);
}
END_TEST

static void open_other_user(void)
{
    if (is_first())
        hooked_result = plugmgr_open(manager, scene_path("other.so"), NULL, &hooked_plugin, &hooked_report);
}

START_TEST(start_cannot_open_what_needs_the_starting_one)
{
    INSTALL("link_c_host", "link_user_c");
    scene_install("link_user_c", "other.so");
    host_hook = open_other_user;
    ck_assert_int_eq(open_named("link_user_c"), 0);
    plugmgr_report_free(report);
    report = hooked_report;
    show();
    ck_assert_int_eq(hooked_result, -PLUGMGR_E_REFUSED);
    ck_assert_ptr_nonnull(strstr(finding_of("interface-not-provided")->changes, "link_c_host 1.0"));
    ck_assert_ptr_nonnull(strstr(finding_of("interface-not-provided")->changes, "being opened"));
}
END_TEST

static void open_itself(void)
{
    if (is_first())
        hooked_result = plugmgr_open(manager, "link_user_host", NULL, &hooked_plugin, &hooked_report);
}

START_TEST(start_cannot_open_its_own_plugin)
{
    INSTALL("link_user_host");
    host_hook = open_itself;
    ck_assert_int_eq(open_named("link_user_host"), 0);
    ck_assert_int_eq(hooked_result, -PLUGMGR_E_REFUSED);
    plugmgr_report_free(report);
    report = hooked_report;
    show();
    ck_assert_ptr_nonnull(strstr(finding_of("already-open")->text, "being opened"));
}
END_TEST

static void close_and_list(void)
{
    struct plugmgr_listing *listing;
    if (!is_first())
        return;
    hooked_result = plugmgr_close(hooked_plugin);
    ck_assert_int_eq(plugmgr_list(manager, NULL, &listing), 0);
    plugmgr_listing_free(listing);
}

START_TEST(start_may_close_another_and_list)
{
    INSTALL("link_a", "link_user_a", "link_user_host");
    ck_assert_int_eq(open_named("link_user_a"), 0);
    hooked_plugin = plugin;
    hooked_result = -1;
    host_hook = close_and_list;
    ck_assert_int_eq(open_named("link_user_host"), 0);
    ck_assert_int_eq(hooked_result, PLUGMGR_UNLOADED);
    ck_assert_uint_eq(scene_mapped_count("link_a.so"), 0);
}
END_TEST

/* ---- threads ---- */

struct opener {
    pthread_barrier_t *barrier;
    const char *name;
    struct plugmgr_plugin *opened;
    int result, value;
};

static void *open_in_thread(void *data)
{
    struct opener *opener = data;
    pthread_barrier_wait(opener->barrier);
    opener->result = plugmgr_open(manager, opener->name, NULL, &opener->opened, NULL);
    if (opener->result == 0)
        opener->value = plugmgr_get(opener->opened, mock)->answer();
    return NULL;
}

START_TEST(open_in_two_threads_of_what_needs_the_same_opens_it_once)
{
    INSTALL("link_a", "link_user_a", "link_user_a_gives_b");
    for (int i = 0; i < 20; i++) {
        pthread_barrier_t barrier;
        pthread_t threads[2];
        struct opener openers[2] = {{.barrier = &barrier, .name = "link_user_a"},
                                    {.barrier = &barrier, .name = "link_user_a_gives_b"}};
        scene_write("life", "");
        pthread_barrier_init(&barrier, NULL, 2);
        for (int k = 0; k < 2; k++)
            ck_assert_int_eq(pthread_create(&threads[k], NULL, open_in_thread, &openers[k]), 0);
        for (int k = 0; k < 2; k++)
            ck_assert_int_eq(pthread_join(threads[k], NULL), 0);
        pthread_barrier_destroy(&barrier);
        ck_assert_int_eq(openers[0].result, 0);
        ck_assert_int_eq(openers[1].result, 0);
        ck_assert_int_eq(openers[0].value, 101);
        ck_assert_int_eq(openers[1].value, 201);
        ck_assert_uint_eq(scene_mapped_count("link_a.so"), 1);
        const char *start = strstr(scene_read("life"), "link_a start");
        ck_assert_ptr_nonnull(start);
        ck_assert_ptr_null(strstr(start + 1, "link_a start"));
        ck_assert_int_eq(plugmgr_close(openers[i % 2].opened), PLUGMGR_UNLOADED);
        ck_assert_uint_eq(scene_mapped_count("link_a.so"), 1);
        ck_assert_int_eq(plugmgr_close(openers[1 - i % 2].opened), PLUGMGR_UNLOADED);
        ck_assert_uint_eq(scene_mapped_count("link_a.so"), 0);
    }
}
END_TEST

static atomic_bool is_over;
static atomic_int odd_result;

/* Opens and closes the provider, as long as the users come and go. */
static void *open_and_close_provider(void *data)
{
    struct plugmgr_plugin *provider = NULL;
    (void)data;
    while (!is_over) {
        int result = provider == NULL ? plugmgr_open(manager, "link_a_mock", NULL, &provider, NULL) : 0;
        if (result == 0)
            result = plugmgr_close(provider);
        if (result == PLUGMGR_UNLOADED)
            provider = NULL;
        else if (result != PLUGMGR_IN_USE)
            odd_result = result;
    }
    while (provider != NULL && plugmgr_close(provider) == PLUGMGR_IN_USE)
        ;
    return NULL;
}

START_TEST(open_of_users_while_the_provider_is_opened_and_closed_always_binds)
{
    pthread_t thread;
    INSTALL("link_a_mock", "link_user_a");
    unsetenv("PLUGMGR_STOPPED");
    ck_assert_int_eq(pthread_create(&thread, NULL, open_and_close_provider, NULL), 0);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(open_named("link_user_a"), 0);
        ck_assert_int_eq(answer(), 108);
        ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    }
    is_over = true;
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(odd_result, 0);
    ck_assert_uint_eq(scene_mapped_count(scene_path("")), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("opening");
    TCase *requires_ = tcase_create("requirements");
    tcase_add_checked_fixture(requires_, begin, end);
    tcase_add_test(requires_, open_of_a_user_opens_its_provider_first_and_closes_it_last);
    tcase_add_test(requires_, open_takes_the_latest_version_that_works);
    tcase_add_test(requires_, open_binds_what_the_host_offers);
    tcase_add_test(requires_, open_without_a_provider_tells_what_was_looked_at);
    tcase_add_test(requires_, open_whose_provider_fails_undoes_all);
    tcase_add_test(requires_, open_of_a_cycle_prints_it_whole);
    suite_add_tcase(suite, requires_);
    TCase *graphs = tcase_create("graphs");
    tcase_add_checked_fixture(graphs, begin, end);
    tcase_add_test(graphs, open_of_a_diamond_opens_what_both_need_once);
    tcase_add_test(graphs, free_closes_users_before_what_they_use);
    tcase_add_test(graphs, open_of_what_needs_itself_is_refused);
    tcase_add_test(graphs, open_of_a_cycle_behind_others_prints_the_cycle_alone);
    tcase_add_test(graphs, open_goes_round_a_cycle_where_another_provides);
    tcase_add_test(graphs, open_does_without_what_is_optional);
    tcase_add_test(graphs, open_has_two_versions_side_by_side);
    suite_add_tcase(suite, graphs);
    TCase *chains = tcase_create("chains of copies");
    tcase_add_checked_fixture(chains, begin_unpinned, end);
    tcase_set_timeout(chains, 0);
    tcase_add_test(chains, open_of_a_chain_of_200_opens_all);
    tcase_add_test(chains, open_of_a_chain_for_which_there_are_too_few_descriptors_is_told);
    suite_add_tcase(suite, chains);
    TCase *choice = tcase_create("which provider");
    tcase_add_checked_fixture(choice, begin, end);
    tcase_add_test(choice, open_passes_over_a_provider_that_cannot_be_loaded);
    tcase_add_test(choice, open_passes_over_a_provider_that_is_half_written);
    tcase_add_test(choice, open_passes_over_a_provider_of_another_layout);
    tcase_add_test(choice, open_tells_why_no_provider_can_be_used);
    tcase_add_test(choice, open_takes_what_the_host_prefers);
    tcase_add_test(choice, open_binds_a_plugin_that_is_open_and_on_no_search_path);
    tcase_add_test(choice, check_says_what_open_says);
    suite_add_tcase(suite, choice);
    TCase *needed = tcase_create("what others needed");
    tcase_add_checked_fixture(needed, begin, end);
    tcase_add_test(needed, open_of_a_dependency_makes_it_the_hosts_own);
    tcase_add_test(needed, check_of_a_dependency_leaves_it_to_those_who_need_it);
    tcase_add_test(needed, open_of_a_dependency_that_is_refused_leaves_it_to_those_who_need_it);
    tcase_add_test(needed, open_of_a_dependency_with_another_configuration_is_refused);
    tcase_add_test(needed, open_gives_a_dependency_what_the_host_set_for_it);
    tcase_add_test(needed, close_of_what_is_used_names_the_users);
    suite_add_tcase(suite, needed);
    TCase *failing = tcase_create("failing");
    tcase_add_checked_fixture(failing, begin, end);
    tcase_set_timeout(failing, 0);
    tcase_add_test(failing, open_whose_last_load_fails_undoes_all);
    tcase_add_test(failing, open_whose_provider_cannot_be_loaded_tells_which);
    tcase_add_test(failing, open_whose_middle_start_fails_stops_the_earlier_in_reverse);
    tcase_add_test(failing, open_without_memory_undoes_all);
    suite_add_tcase(suite, failing);
    TCase *best = tcase_create("the best provider");
    tcase_add_checked_fixture(best, begin, end);
    tcase_add_test(best, open_provider_passes_over_what_is_refused_and_gives_what_is_open);
    tcase_add_test(best, open_provider_of_nobody_tells_what_was_looked_at);
    tcase_add_test(best, open_provider_whose_start_fails_is_an_error_of_that_one);
    suite_add_tcase(suite, best);
    TCase *starts = tcase_create("starts that call the manager");
    tcase_add_checked_fixture(starts, begin, end);
    tcase_add_test(starts, start_may_open_another);
    tcase_add_test(starts, start_cannot_open_what_needs_the_starting_one);
    tcase_add_test(starts, start_cannot_open_its_own_plugin);
    tcase_add_test(starts, start_may_close_another_and_list);
    suite_add_tcase(suite, starts);
    TCase *threads = tcase_create("threads");
    tcase_add_checked_fixture(threads, begin, end);
    tcase_set_timeout(threads, 0);
    tcase_add_test(threads, open_in_two_threads_of_what_needs_the_same_opens_it_once);
    tcase_add_test(threads, open_of_users_while_the_provider_is_opened_and_closed_always_binds);
    suite_add_tcase(suite, threads);
    return run_suite(suite);
}
