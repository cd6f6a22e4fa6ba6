/* SPDX-License-Identifier: MIT */
/* The manager as a host uses it, on real plugins: tests/mock/host.c makes this program a host. */
#include <plugmgr/host.h>

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failalloc.h"
#include "finding.h"
#include "mock/mock.h"
#include "mock/more.h"
#include "scene.h"
#include "suite.h"

static struct plugmgr *manager;
static struct plugmgr_plugin *plugin;
static struct plugmgr_report *report;
static char log_text[4096];

static void write_log(void *data, enum plugmgr_log_level level, const char *message)
{
    (void)data;
    size_t used = strlen(log_text);
    snprintf(log_text + used, sizeof(log_text) - used, "%d %s\n", (int)level, message);
}

static struct plugmgr *new_manager(enum plugmgr_policy policy)
{
    struct plugmgr *made = NULL;
    const struct plugmgr_options options = {.size = sizeof(options), .policy = policy, .log = write_log};
    ck_assert_int_eq(plugmgr_new(&made, &options), 0);
    return made;
}

static void begin(void)
{
    scene_begin();
    setenv("PLUGMGR_CANARY", scene_path("canary"), 1);
    setenv("PLUGMGR_STOPPED", scene_path("stopped"), 1);
    manager = new_manager(PLUGMGR_POLICY_COMPATIBLE);
    plugin = NULL;
    report = NULL;
    log_text[0] = '\0';
}

static void end(void)
{
    plugmgr_report_free(report);
    plugmgr_free(manager);
    scene_end();
}

static int open_plugin(const char *path, const char *config)
{
    const struct plugmgr_open_options options = {.size = sizeof(options), .config = config};
    plugmgr_report_free(report);
    return plugmgr_open(manager, path, &options, &plugin, &report);
}


static const struct plugmgr_finding *finding_of(const char *code)
{
    return find_finding(report, code);
}

/* Findings beside the one that tells the mode, which every plugin that is opened has. */
static size_t told_count(void)
{
    return plugmgr_report_count(report) - (finding_of("load-mode") != NULL);
}

static const struct plugmgr_finding *first_finding(void)
{
    ck_assert_ptr_nonnull(report);
    ck_assert_uint_gt(told_count(), 0);
    return plugmgr_report_finding(report, 0);
}

/* ---- new ---- */

START_TEST(new_in_an_object_without_notes_is_an_error)
{
    struct plugmgr *made = NULL;
    const void *in_libc = stdout; /* lies in the C library */
    ck_assert_int_eq(plugmgr_new_for_host(in_libc, &made, NULL), -PLUGMGR_E_HOST);
    ck_assert_ptr_null(made);
}
END_TEST

START_TEST(new_with_wrong_arguments_is_an_error)
{
    struct plugmgr *made = NULL;
    struct plugmgr_options options = {.size = 0};
    struct {
        struct plugmgr_options options;
        int unknown;
    } newer = {.options = {.size = sizeof(newer)}, .unknown = 1};
    ck_assert_int_eq(plugmgr_new(&made, &options), -PLUGMGR_E_INVALID);
    options = (struct plugmgr_options){.size = sizeof(options), .policy = (enum plugmgr_policy)77};
    ck_assert_int_eq(plugmgr_new(&made, &options), -PLUGMGR_E_INVALID);
    ck_assert_int_eq(plugmgr_new(&made, &newer.options), -PLUGMGR_E_INVALID);
    ck_assert_int_eq(plugmgr_new(NULL, NULL), -PLUGMGR_E_INVALID);
    ck_assert_int_eq(plugmgr_new_for_host(NULL, &made, NULL), -PLUGMGR_E_INVALID);
    ck_assert_ptr_null(made);
    newer.unknown = 0;
    ck_assert_int_eq(plugmgr_new(&made, &newer.options), 0);
    plugmgr_free(made);
    plugmgr_free(NULL);
}
END_TEST

START_TEST(open_with_wrong_arguments_is_an_error)
{
    const struct plugmgr_open_options sizeless = {.size = 0};
    const char *path = scene_install("good", "good.so");
    ck_assert_int_eq(plugmgr_open(NULL, path, NULL, &plugin, &report), -PLUGMGR_E_INVALID);
    ck_assert_int_eq(plugmgr_open(manager, NULL, NULL, &plugin, &report), -PLUGMGR_E_INVALID);
    ck_assert_int_eq(plugmgr_open(manager, path, NULL, NULL, &report), -PLUGMGR_E_INVALID);
    ck_assert_int_eq(plugmgr_open(manager, path, &sizeless, &plugin, &report), -PLUGMGR_E_INVALID);
    ck_assert_ptr_null(report);
    ck_assert_ptr_null(plugin);
}
END_TEST

/* ---- open, get, close ---- */

START_TEST(open_a_fitting_plugin_answers)
{
    ck_assert_int_eq(plugmgr_open(manager, scene_install("good", "good.so"), NULL, &plugin, NULL), 0);
    const struct mock *mock = plugmgr_get(plugin, mock);
    ck_assert_ptr_nonnull(mock);
    ck_assert_int_eq(mock->answer(), 42);
    ck_assert_str_eq(plugmgr_plugin_name(plugin), "mock");
    ck_assert_str_eq(plugmgr_plugin_version(plugin), "0.1");
    ck_assert_ptr_nonnull(strstr(plugmgr_plugin_path(plugin), "/good.so"));
    ck_assert_uint_eq(scene_mapped_count("good.so"), 1);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_uint_eq(scene_mapped_count("good.so"), 0);
    ck_assert_int_eq(plugmgr_close(NULL), PLUGMGR_UNLOADED);
}
END_TEST

START_TEST(open_and_close_leave_no_descriptor)
{
    const char *path = scene_install("life", "life.so"), *bad = scene_write("bad.so", "no ELF");
    size_t before = scene_descriptor_count();
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(plugmgr_open(manager, path, NULL, &plugin, NULL), 0);
        plugmgr_close(plugin);
        ck_assert_int_eq(plugmgr_open(manager, bad, NULL, &plugin, NULL), -PLUGMGR_E_REFUSED);
        ck_assert_int_eq(open_plugin(path, "fail"), -PLUGMGR_E_START);
    }
    ck_assert_uint_eq(scene_descriptor_count(), before);
    ck_assert_uint_eq(scene_mapped_count("life.so"), 0);
}
END_TEST

START_TEST(free_closes_all_the_youngest_first)
{
    ck_assert_int_eq(open_plugin(scene_install("life", "a.so"), "one"), 0);
    ck_assert_int_eq(open_plugin(scene_install("life", "b.so"), "two"), 0);
    ck_assert_int_eq(open_plugin(scene_install("life", "c.so"), "three"), 0);
    plugmgr_free(manager);
    manager = NULL;
    ck_assert_str_eq(scene_read("stopped"), "three\ntwo\none\n");
    ck_assert_uint_eq(scene_mapped_count("plugmgr-check"), 0);
}
END_TEST

START_TEST(close_of_one_of_several_leaves_the_others)
{
    struct plugmgr_plugin *first, *second, *third;
    ck_assert_int_eq(plugmgr_open(manager, scene_install("good", "a.so"), NULL, &first, NULL), 0);
    ck_assert_int_eq(plugmgr_open(manager, scene_install("good", "b.so"), NULL, &second, NULL), 0);
    ck_assert_int_eq(plugmgr_open(manager, scene_install("good", "c.so"), NULL, &third, NULL), 0);
    ck_assert_int_eq(plugmgr_close(second), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_get(first, mock)->answer(), 42);
    ck_assert_int_eq(plugmgr_close(third), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_get(first, mock)->answer(), 42);
    ck_assert_int_eq(plugmgr_close(first), PLUGMGR_UNLOADED);
}
END_TEST

START_TEST(get_with_two_instances_and_none_named_is_an_error)
{
    const void *provider = NULL;
    ck_assert_int_eq(open_plugin(scene_install("two", "two.so"), NULL), 0);
    ck_assert_ptr_null(plugmgr_get(plugin, mock));
    ck_assert_ptr_nonnull(strstr(log_text, "several instances fit"));
    ck_assert_int_eq(plugmgr_lookup(plugin, &plugmgr_ACCEPT_mock, NULL, &provider), -PLUGMGR_E_AMBIGUOUS);
    ck_assert_int_eq(plugmgr_lookup(plugin, &plugmgr_ACCEPT_mock, "third", &provider), -PLUGMGR_E_NOT_FOUND);
    ck_assert_ptr_null(provider);
    ck_assert_int_eq(plugmgr_get_instance(plugin, mock, "first")->answer(), 42);
    ck_assert_int_eq(plugmgr_get_instance(plugin, mock, "second")->answer(), 43);
    ck_assert_ptr_null(plugmgr_get_instance(plugin, mock, "third"));
    ck_assert_int_eq(plugmgr_lookup(NULL, &plugmgr_ACCEPT_mock, NULL, &provider), -PLUGMGR_E_INVALID);
}
END_TEST

START_TEST(open_for_a_wanted_interface_asks_for_it)
{
    struct plugmgr_open_options options = {.size = sizeof(options), .interface_name = "mock"};
    const char *path = scene_install("good", "good.so");
    ck_assert_int_eq(plugmgr_open(manager, path, &options, &plugin, NULL), 0);
    plugmgr_close(plugin);
    options.interface_name = "other";
    ck_assert_int_eq(plugmgr_open(manager, path, &options, &plugin, &report), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(first_finding()->code, "interface-wanted");
}
END_TEST

/* ---- typed symbols ---- */

START_TEST(symbol_finds_functions_and_objects_by_name)
{
    ck_assert_int_eq(open_plugin(scene_install("command", "command.so"), NULL), 0);
    plugmgr_interface_mock_command *twice = plugmgr_symbol(plugin, "mock_double", mock_command);
    ck_assert(twice != NULL && twice(21) == 42);
    ck_assert_int_eq(plugmgr_symbol(plugin, "mock_triple", mock_command)(5), 15);
    const int *most = plugmgr_symbol(plugin, "mock_most", mock_limit);
    ck_assert(most != NULL && *most == 77);
    ck_assert_str_eq(scene_read("canary"), "more\n");
}
END_TEST

START_TEST(symbol_that_is_not_there_is_null)
{
    const void *provider = NULL;
    ck_assert_int_eq(open_plugin(scene_install("command", "command.so"), NULL), 0);
    log_text[0] = '\0';
    ck_assert(plugmgr_symbol(plugin, "mock_quadruple", mock_command) == NULL);
    ck_assert_ptr_nonnull(strstr(log_text, "more: interface mock_command, instance mock_quadruple: "));
    /* there, but of another type, or of an interface that the plugin has nothing of */
    ck_assert(plugmgr_symbol(plugin, "mock_double", mock_limit) == NULL);
    ck_assert(plugmgr_symbol(plugin, "mock_double", mock) == NULL);
    ck_assert(plugmgr_symbol(plugin, "", mock_command) == NULL);
    ck_assert(plugmgr_symbol(plugin, "plugmgr_PLUGIN", mock_command) == NULL);
    /* unlike a table, a symbol is never found without its name, even if it is the only one */
    ck_assert_ptr_null(plugmgr_find_symbol(plugin, &plugmgr_ACCEPT_mock_limit, NULL));
    ck_assert_ptr_null(plugmgr_find_symbol(NULL, &plugmgr_ACCEPT_mock_command, "mock_double"));
    ck_assert_ptr_null(plugmgr_find_symbol(plugin, NULL, "mock_double"));
    ck_assert_int_eq(plugmgr_lookup(plugin, &plugmgr_ACCEPT_mock_command, NULL, &provider), -PLUGMGR_E_AMBIGUOUS);
    ck_assert_int_eq(plugmgr_lookup(plugin, &plugmgr_ACCEPT_mock_command, "mock_quadruple", &provider),
                     -PLUGMGR_E_NOT_FOUND);
    ck_assert_ptr_null(provider);
}
END_TEST

START_TEST(symbol_of_another_type_is_refused_and_nothing_runs)
{
    const char *path = scene_install("command_long", "command.so");
    ck_assert_int_eq(open_plugin(path, NULL), -PLUGMGR_E_REFUSED);
    ck_assert_uint_eq(told_count(), 2);
    for (size_t i = 0; i < 2; i++) { /* in the order of the notes, which is the compiler's */
        const struct plugmgr_finding *finding = plugmgr_report_finding(report, i);
        bool is_double = strcmp(finding->subject, "symbol mock_double") == 0;
        ck_assert(is_double || strcmp(finding->subject, "symbol mock_triple") == 0);
        ck_assert_str_ne(finding->subject, plugmgr_report_finding(report, 1 - i)->subject);
        ck_assert_str_eq(finding->code, "interface-layout");
        ck_assert_str_eq(finding->have, "i32 (i64)");
        ck_assert_str_eq(finding->want, "i32 (i32)");
    }
    ck_assert_str_eq(scene_read("canary"), "");
    ck_assert_uint_eq(scene_mapped_count("command.so"), 0);
}
END_TEST

/* ---- members that an older provider may lack ---- */

static void use_policy(enum plugmgr_policy policy)
{
    plugmgr_free(manager);
    manager = new_manager(policy);
}

START_TEST(has_of_an_older_plugin_tells_what_it_lacks)
{
    ck_assert_int_eq(open_plugin(scene_install("grow_0", "grow.so"), NULL), 0);
    ck_assert_int_eq(plugmgr_get(plugin, grow)->first(), 7);
    ck_assert_int_eq(plugmgr_has(plugin, grow, first), 1);
    ck_assert_int_eq(plugmgr_has(plugin, grow, tag), 1);
    ck_assert_int_eq(plugmgr_has(plugin, grow, pair.y), 1);
    ck_assert_int_eq(plugmgr_has(plugin, grow, added), 0); /* although it lies within the size of the older table */
    ck_assert_int_eq(plugmgr_has(plugin, grow, last), 0);
    ck_assert_int_eq(plugmgr_has(plugin, grow, part), 0);
    ck_assert_int_eq(plugmgr_has_instance(plugin, grow, "only", tag), 1);
    ck_assert_int_eq(plugmgr_has_instance(plugin, grow, "only", last), 0);
}
END_TEST

START_TEST(has_of_a_plugin_of_the_own_version_tells_that_it_lacks_nothing)
{
    ck_assert_int_eq(open_plugin(scene_install("grow_1", "grow.so"), NULL), 0);
    ck_assert_int_eq(plugmgr_get(plugin, grow)->last(), 7);
    ck_assert_int_eq(plugmgr_has(plugin, grow, first), 1);
    ck_assert_int_eq(plugmgr_has(plugin, grow, pair.y), 1);
    ck_assert_int_eq(plugmgr_has(plugin, grow, added), 1);
    ck_assert_int_eq(plugmgr_has(plugin, grow, last), 1);
    ck_assert_int_eq(plugmgr_has(plugin, grow, part), 1); /* of an anonymous union */
}
END_TEST

/* clang's AddressSanitizer counts the red zone behind a table to its size. */
#if defined(__clang__) && defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_WIDER_TABLES 1
#endif
#endif
#ifndef HAS_WIDER_TABLES
#define HAS_WIDER_TABLES 0
#endif

START_TEST(has_without_a_fingerprint_goes_by_size)
{
    use_policy(PLUGMGR_POLICY_VERSION);
    ck_assert_int_eq(open_plugin(scene_install("grow_0_unpinned", "older.so"), NULL), 0);
    ck_assert_int_eq(plugmgr_has(plugin, grow, tag), 1);
    ck_assert_int_eq(plugmgr_has(plugin, grow, last), HAS_WIDER_TABLES);
    ck_assert_int_eq(plugmgr_has(plugin, grow, part), HAS_WIDER_TABLES);
    ck_assert_int_eq(open_plugin(scene_install("grow_1_unpinned", "newer.so"), NULL), 0);
    ck_assert_int_eq(plugmgr_has(plugin, grow, tag), 1);
    ck_assert_int_eq(plugmgr_has(plugin, grow, last), 1);
    ck_assert_int_eq(plugmgr_has(plugin, grow, part), 1);
    ck_assert_int_eq(open_plugin(scene_install("unpinned", "mock.so"), NULL), 0);
    ck_assert_int_eq(plugmgr_has(plugin, mock, text), 1); /* it ends where the table does */
    /* with a fingerprint this policy asks it, too */
    ck_assert_int_eq(open_plugin(scene_install("grow_0", "pinned.so"), NULL), 0);
    ck_assert_int_eq(plugmgr_has(plugin, grow, added), 0);
}
END_TEST

START_TEST(has_of_what_is_not_there_is_false)
{
    const struct plugmgr_accepted *accepted = &plugmgr_ACCEPT_grow;
    ck_assert_int_eq(open_plugin(scene_install("grow_1", "grow.so"), NULL), 0);
    log_text[0] = '\0';
    ck_assert_int_eq(plugmgr_has_member(plugin, accepted, NULL, "first", sizeof(void *)), 1);
    ck_assert_int_eq(plugmgr_has_member(plugin, accepted, NULL, "pair.", sizeof(void *)), 1);
    ck_assert_int_eq(plugmgr_has_member(plugin, accepted, NULL, "unheard_of", sizeof(void *)), 0);
    ck_assert_int_eq(plugmgr_has_member(plugin, accepted, NULL, "firs", sizeof(void *)), 0);
    ck_assert_int_eq(plugmgr_has_member(plugin, accepted, NULL, "", 0), 0);
    ck_assert_int_eq(plugmgr_has_member(plugin, accepted, NULL, "-", 0), 0); /* the union, in its text */
    ck_assert_int_eq(plugmgr_has_member(plugin, accepted, NULL, NULL, 0), 0);
    ck_assert_int_eq(plugmgr_has_member(plugin, NULL, NULL, "first", sizeof(void *)), 0);
    ck_assert_int_eq(plugmgr_has_member(NULL, accepted, NULL, "first", sizeof(void *)), 0);
    ck_assert_int_eq(plugmgr_has_instance(plugin, grow, "none", first), 0);
    ck_assert_int_eq(plugmgr_has(plugin, mock, answer), 0); /* an interface that the plugin does not provide */
    ck_assert_str_eq(log_text, "");                         /* asking is no mistake */
}
END_TEST

START_TEST(has_with_several_instances_asks_for_one)
{
    ck_assert_int_eq(open_plugin(scene_install("two", "two.so"), NULL), 0);
    ck_assert_int_eq(plugmgr_has(plugin, mock, answer), 0);
    ck_assert_int_eq(plugmgr_has_instance(plugin, mock, "second", answer), 1);
}
END_TEST

START_TEST(has_without_memory_makes_nothing_up)
{
    ck_assert_int_eq(open_plugin(scene_install("grow_0", "grow.so"), NULL), 0);
    size_t nth = 0, missed = 0;
    do {
        fail_allocation(++nth);
        int added = plugmgr_has(plugin, grow, added);
        fail_allocation(nth);
        int first = plugmgr_has(plugin, grow, first);
        fail_allocation(0);
        ck_assert_int_eq(added, 0);
        ck_assert_int_eq(first, !fail_allocation_happened());
        missed += !first;
    } while (fail_allocation_happened());
    ck_assert_uint_gt(missed, 0);
}
END_TEST

/* ---- versions beside each other ---- */

START_TEST(get_of_several_versions_takes_the_own_one)
{
    ck_assert_int_eq(open_plugin(scene_install("codecs_own", "codecs.so"), NULL), 0);
    ck_assert_uint_eq(told_count(), 0);
    ck_assert_int_eq(plugmgr_get(plugin, codec)->version(), 201);
    ck_assert_int_eq(plugmgr_get_instance(plugin, codec, "json")->version(), 200);
    ck_assert_int_eq(plugmgr_get_instance(plugin, codec, "json3")->version(), 203);
    ck_assert_int_eq(plugmgr_has_instance(plugin, codec, "json", one), 0);
    ck_assert_int_eq(plugmgr_has(plugin, codec, one), 1);
}
END_TEST

START_TEST(get_of_several_versions_without_the_own_one_takes_the_latest)
{
    const struct plugmgr_finding *finding;
    ck_assert_int_eq(open_plugin(scene_install("codecs_latest", "codecs.so"), NULL), 0);
    ck_assert_int_eq(plugmgr_get(plugin, codec)->version(), 203);
    ck_assert_int_eq(plugmgr_get_instance(plugin, codec, "json4")->version(), 200);
    /* that of another major is left aside, and told */
    ck_assert_ptr_null(plugmgr_get_instance(plugin, codec, "json1"));
    ck_assert_uint_eq(told_count(), 1);
    finding = first_finding();
    ck_assert_str_eq(finding->code, "interface-major");
    ck_assert_int_eq(finding->severity, PLUGMGR_NOTE);
}
END_TEST

/* The latest has another structure: that an older one beside it fits does not let it in. */
START_TEST(get_of_several_versions_takes_none_that_does_not_fit)
{
    ck_assert_int_eq(open_plugin(scene_install("codecs_changed", "codecs.so"), NULL), 0);
    ck_assert_str_eq(first_finding()->code, "interface-layout");
    ck_assert_int_eq(first_finding()->severity, PLUGMGR_NOTE);
    ck_assert_int_eq(plugmgr_get(plugin, codec)->version(), 200);
    ck_assert_ptr_null(plugmgr_get_instance(plugin, codec, "changed"));
    ck_assert_int_eq(plugmgr_has_instance(plugin, codec, "changed", version), 0);
}
END_TEST

START_TEST(get_is_ambiguous_only_among_equals)
{
    const void *provider = NULL;
    ck_assert_int_eq(open_plugin(scene_install("codecs_equal", "codecs.so"), NULL), 0);
    ck_assert_ptr_null(plugmgr_get(plugin, codec));
    ck_assert_int_eq(plugmgr_lookup(plugin, &plugmgr_ACCEPT_codec, NULL, &provider), -PLUGMGR_E_AMBIGUOUS);
    ck_assert_int_eq(plugmgr_has(plugin, codec, version), 0);
    ck_assert_int_eq(plugmgr_get_instance(plugin, codec, "json4")->version(), 203);
}
END_TEST

/* ---- structs behind pointers ---- */

START_TEST(open_with_a_changed_struct_behind_a_pointer_is_refused_and_nothing_runs)
{
    const char *path = scene_install("deep_changed", "deep.so");
    ck_assert_int_eq(plugmgr_check(manager, path, NULL, NULL), -PLUGMGR_E_REFUSED);
    ck_assert_int_eq(open_plugin(path, NULL), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(first_finding()->code, "interface-layout");
    ck_assert_str_eq(first_finding()->subject, "interface deep");
    ck_assert_ptr_nonnull(first_finding()->changes);
    ck_assert_ptr_nonnull(strstr(first_finding()->changes, "struct deep_item"));
    ck_assert_ptr_nonnull(strstr(first_finding()->changes, "flags"));
    ck_assert_uint_eq(told_count(), 1);
    ck_assert_str_eq(scene_read("canary"), "");
    ck_assert_uint_eq(scene_mapped_count("deep.so"), 0);
    use_policy(PLUGMGR_POLICY_VERSION); /* which looks at numbers alone */
    ck_assert_int_eq(open_plugin(path, NULL), 0);
    ck_assert_str_eq(scene_read("canary"), "more\n");
}
END_TEST

START_TEST(open_with_the_same_struct_behind_a_pointer_works)
{
    const struct deep_item item = {1, "name"};
    ck_assert_int_eq(open_plugin(scene_install("deep", "deep.so"), NULL), 0);
    ck_assert_str_eq(plugmgr_get(plugin, deep)->name_of(&item), "name");
}
END_TEST

/* ---- structs that each plugin completes ---- */

static int sum_of(const struct plugmgr_plugin *of)
{
    plugmgr_interface_vaults *found = plugmgr_get(of, vaults);
    ck_assert_ptr_nonnull(found);
    return found->sum(found->open());
}

static void refuses_another_vault(const char *open, const char *refused)
{
    struct plugmgr_plugin *first;
    const char *path = scene_install(refused, "refused.so");
    ck_assert_int_eq(plugmgr_check(manager, path, NULL, NULL), 0); /* as long as it is alone */
    ck_assert_int_eq(plugmgr_open(manager, scene_install(open, "open.so"), NULL, &first, NULL), 0);
    ck_assert_str_eq(scene_read("canary"), "more\n");
    ck_assert_int_eq(plugmgr_check(manager, path, NULL, NULL), -PLUGMGR_E_REFUSED);
    ck_assert_int_eq(open_plugin(path, NULL), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(first_finding()->code, "interface-layout");
    ck_assert_ptr_nonnull(strstr(first_finding()->changes, "struct vault"));
    ck_assert_ptr_nonnull(strstr(first_finding()->remedy, "PLUGMGR_OPAQUE"));
    ck_assert_str_eq(scene_read("canary"), "more\n");
    ck_assert_int_eq(plugmgr_close(first), PLUGMGR_UNLOADED);
    ck_assert_int_eq(open_plugin(path, NULL), 0);
    ck_assert_int_eq(sum_of(plugin), 7);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
}

START_TEST(open_of_two_that_complete_a_struct_differently_refuses_the_second)
{
    if (sizeof(int) == sizeof(long))
        return;
    refuses_another_vault("vault_int", "vault_long");
    unlink(scene_path("canary"));
    refuses_another_vault("vault_long", "vault_int");
}
END_TEST

START_TEST(open_of_two_that_complete_an_opaque_struct_takes_both)
{
    struct plugmgr_plugin *first;
    ck_assert_int_eq(plugmgr_open(manager, scene_install("vault_int_opaque", "a.so"), NULL, &first, NULL), 0);
    ck_assert_int_eq(open_plugin(scene_install("vault_long_opaque", "b.so"), NULL), 0);
    ck_assert_int_eq(sum_of(first), 7);
    ck_assert_int_eq(sum_of(plugin), 7);
}
END_TEST

START_TEST(open_of_two_that_complete_a_struct_alike_takes_both)
{
    struct plugmgr_plugin *first;
    ck_assert_int_eq(plugmgr_open(manager, scene_install("vault_long", "a.so"), NULL, &first, NULL), 0);
    ck_assert_int_eq(open_plugin(scene_install("vault_long", "b.so"), NULL), 0);
}
END_TEST

/* ---- refusals ---- */

static const struct {
    const char *mock;
    enum plugmgr_policy policy;
    int result;
    const char *code; /* NULL: accepted */
} verdicts[] = {
    {"good", PLUGMGR_POLICY_COMPATIBLE, 0, NULL},
    {"good", PLUGMGR_POLICY_EXACT, 0, NULL},
    {"good", PLUGMGR_POLICY_VERSION, 0, NULL},
    {"major", PLUGMGR_POLICY_COMPATIBLE, -PLUGMGR_E_REFUSED, "interface-major"},
    {"major", PLUGMGR_POLICY_VERSION, -PLUGMGR_E_REFUSED, "interface-major"},
    {"minor_older", PLUGMGR_POLICY_COMPATIBLE, -PLUGMGR_E_REFUSED, "interface-minor"},
    {"minor_lowest", PLUGMGR_POLICY_COMPATIBLE, 0, NULL},
    {"minor_lowest", PLUGMGR_POLICY_EXACT, -PLUGMGR_E_REFUSED, "interface-version"},
    {"minor_newer", PLUGMGR_POLICY_COMPATIBLE, 0, NULL},
    {"nothing", PLUGMGR_POLICY_COMPATIBLE, -PLUGMGR_E_REFUSED, "interface-none"},
    {"unpinned", PLUGMGR_POLICY_COMPATIBLE, -PLUGMGR_E_REFUSED, "interface-unfingerprinted"},
    {"unpinned", PLUGMGR_POLICY_VERSION, 0, NULL},
    {"empty_table", PLUGMGR_POLICY_COMPATIBLE, -PLUGMGR_E_REFUSED, "symbol-uninitialised"},
    {"hidden_table", PLUGMGR_POLICY_COMPATIBLE, -PLUGMGR_E_REFUSED, "symbol-not-exported"},
};

START_TEST(open_follows_the_verdict)
{
    const char *path = scene_install(verdicts[_i].mock, "plugin.so");
    plugmgr_free(manager);
    manager = new_manager(verdicts[_i].policy);
    int checked = plugmgr_check(manager, path, NULL, &report);
    ck_assert_msg(checked == verdicts[_i].result, "check of %s: %d", verdicts[_i].mock, checked);
    int opened = open_plugin(path, NULL);
    ck_assert_msg(opened == verdicts[_i].result, "open of %s: %d", verdicts[_i].mock, opened);
    if (verdicts[_i].code != NULL)
        ck_assert_str_eq(first_finding()->code, verdicts[_i].code);
    else
        ck_assert_uint_eq(told_count(), 0);
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), opened == 0 ? 1 : 0);
}
END_TEST

START_TEST(open_of_what_is_no_file_tells_so)
{
    ck_assert_int_eq(open_plugin(scene_path("absent.so"), NULL), -PLUGMGR_E_NOT_FOUND);
    ck_assert_str_eq(first_finding()->code, "file-absent");
    ck_assert_int_eq(mkfifo(scene_path("fifo.so"), 0600), 0);
    ck_assert_int_eq(open_plugin(scene_path("fifo.so"), NULL), -PLUGMGR_E_SYSTEM);
    ck_assert_str_eq(first_finding()->code, "file-not-regular");
    ck_assert_int_eq(open_plugin(scene_write("text.so", "text"), NULL), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(first_finding()->code, "not-elf");
    ck_assert_int_eq(open_plugin(scene_write("empty.so", ""), NULL), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(first_finding()->code, "not-elf");
}
END_TEST

static void use_mode(enum plugmgr_mode mode)
{
    const struct plugmgr_options options = {.size = sizeof(options), .log = write_log, .mode = mode};
    plugmgr_free(manager);
    ck_assert_int_eq(plugmgr_new(&manager, &options), 0);
}

START_TEST(open_by_path_of_a_file_that_others_may_write_is_refused)
{
    const char *path = scene_install("good", "good.so");
    use_mode(PLUGMGR_MODE_PATH);
    ck_assert_int_eq(chmod(path, 0775), 0);
    ck_assert_int_eq(open_plugin(path, NULL), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(first_finding()->code, "mode-unavailable");
    ck_assert_ptr_nonnull(strstr(first_finding()->text, "may be written by its group"));
    ck_assert_int_eq(chmod(path, 0755), 0);
    ck_assert_int_eq(open_plugin(path, NULL), 0);
}
END_TEST

/* What a refused plugin must not do, and what an accepted one does, so that the silence means something. */
START_TEST(open_of_a_refused_plugin_runs_nothing_of_it)
{
    scene_install("canary_library", "libcanary.so");
    const char *path = scene_install("canary_major", "canary.so");
    unlink(CANARY_IFUNC_PATH);
    ck_assert_int_eq(open_plugin(path, NULL), -PLUGMGR_E_REFUSED);
    ck_assert_int_eq(plugmgr_check(manager, path, NULL, NULL), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(first_finding()->code, "interface-major");
    ck_assert_uint_eq(told_count(), 1);
    ck_assert_str_eq(scene_read("canary"), "");
    ck_assert_int_ne(access(CANARY_IFUNC_PATH, F_OK), 0);
    ck_assert_uint_eq(scene_mapped_count("canary"), 0);

    path = scene_install("canary", "canary.so");
    ck_assert_int_eq(plugmgr_check(manager, path, NULL, NULL), 0);
    ck_assert_str_eq(scene_read("canary"), "");
    ck_assert_int_ne(access(CANARY_IFUNC_PATH, F_OK), 0);
    ck_assert_uint_eq(scene_mapped_count("canary"), 0);
    ck_assert_int_eq(open_plugin(path, NULL), 0);
    ck_assert_str_eq(scene_read("canary"), "library constructor\ninit\nconstructor\n");
#ifdef __x86_64__ /* the mock's resolver knows this machine's system call only */
    ck_assert_int_eq(access(CANARY_IFUNC_PATH, F_OK) == 0, HAS_IFUNC);
#endif
    unlink(CANARY_IFUNC_PATH);
}
END_TEST

START_TEST(open_with_another_build_of_a_required_library_is_refused)
{
    const char *path = scene_install("with_library", "plugin.so");
    scene_install("library_other", "libmocklibrary.so");
    ck_assert_int_eq(open_plugin(path, NULL), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(first_finding()->code, "pin-build-id");
    ck_assert_str_eq(first_finding()->subject, "pin libmocklibrary.so");
    ck_assert_uint_eq(scene_mapped_count("libmocklibrary"), 0);
    scene_install("library", "libmocklibrary.so");
    ck_assert_int_eq(open_plugin(path, NULL), 0);
    ck_assert_int_eq(plugmgr_get(plugin, mock)->answer(), 11);
}
END_TEST

START_TEST(open_with_a_library_loaded_in_another_build_is_refused)
{
    /* The first plugin brings the other build into the process; what the second is linked with lies beside it. */
    struct plugmgr_plugin *first;
    ck_assert_int_eq(mkdir(scene_path("other"), 0755), 0);
    scene_install("library_other", "other/libmocklibrary.so");
    ck_assert_int_eq(plugmgr_open(manager, scene_install("with_library_other", "other/first.so"), NULL, &first, NULL),
                     0);
    ck_assert_int_eq(plugmgr_get(first, mock)->answer(), 12);
    scene_install("library", "libmocklibrary.so");
    ck_assert_int_eq(open_plugin(scene_install("with_library", "second.so"), NULL), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(first_finding()->code, "pin-build-id");
    ck_assert_ptr_nonnull(strstr(first_finding()->want, "/other/libmocklibrary.so"));
}
END_TEST

START_TEST(open_with_a_missing_library_is_refused_and_tells_the_paths)
{
    ck_assert_int_eq(open_plugin(scene_install("with_library", "plugin.so"), NULL), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(first_finding()->code, "library-missing");
    ck_assert_ptr_nonnull(strstr(first_finding()->want, "/libmocklibrary.so"));
}
END_TEST

/* ---- loading ---- */

START_TEST(open_with_an_unresolved_symbol_is_refused_and_tells_it)
{
    ck_assert_int_eq(open_plugin(scene_install("unresolved", "plugin.so"), NULL), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(first_finding()->code, "symbol-missing");
    ck_assert_str_eq(first_finding()->changes, "symbol_that_nobody_has");
    ck_assert_int_eq(open_plugin(scene_install("good", "plugin.so"), NULL), 0);
}
END_TEST

/* Static TLS is what only the dynamic linker knows to be used up. */
START_TEST(open_that_the_dynamic_linker_refuses_fails_and_leaves_nothing)
{
    ck_assert_int_eq(open_plugin(scene_install("tls_huge", "plugin.so"), NULL), -PLUGMGR_E_LOAD);
    ck_assert_str_eq(first_finding()->code, "load-failed");
    ck_assert_ptr_nonnull(strstr(first_finding()->text, "static TLS block"));
    ck_assert_ptr_null(strstr(first_finding()->text, "//"));
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), 0);
    ck_assert_int_eq(open_plugin(scene_install("good", "plugin.so"), NULL), 0);
}
END_TEST

START_TEST(open_after_rebuilding_a_refused_file_loads_it)
{
    ck_assert_int_eq(open_plugin(scene_install("major", "plugin.so"), NULL), -PLUGMGR_E_REFUSED);
    ck_assert_int_eq(open_plugin(scene_install("good", "plugin.so"), NULL), 0);
    ck_assert_int_eq(plugmgr_get(plugin, mock)->answer(), 42);
}
END_TEST

START_TEST(open_after_replacing_the_file_gives_the_new_code)
{
    struct plugmgr_plugin *old;
    ck_assert_int_eq(plugmgr_open(manager, scene_install("good", "plugin.so"), NULL, &old, NULL), 0);
    /* while the old one is open, and again when it is closed */
    ck_assert_int_eq(open_plugin(scene_install("answer_50", "plugin.so"), NULL), 0);
    ck_assert_int_eq(plugmgr_get(old, mock)->answer(), 42);
    ck_assert_int_eq(plugmgr_get(plugin, mock)->answer(), 50);
    ck_assert_int_eq(plugmgr_close(old), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_int_eq(open_plugin(scene_install("good", "plugin.so"), NULL), 0);
    ck_assert_int_eq(plugmgr_get(plugin, mock)->answer(), 42);
}
END_TEST

START_TEST(open_of_an_open_file_is_refused)
{
    struct plugmgr_plugin *again = NULL;
    const char *path = scene_install("good", "plugin.so");
    ck_assert_int_eq(symlink(path, scene_path("link.so")), 0);
    ck_assert_int_eq(open_plugin(path, NULL), 0);
    plugmgr_report_free(report);
    ck_assert_int_eq(plugmgr_open(manager, scene_path("link.so"), NULL, &again, &report), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(first_finding()->code, "already-open");
    ck_assert_ptr_null(again);
}
END_TEST

START_TEST(open_of_a_file_that_another_manager_has_open_warns)
{
    struct plugmgr *another = new_manager(PLUGMGR_POLICY_COMPATIBLE);
    struct plugmgr_plugin *first;
    const char *path = scene_install("good", "plugin.so");
    ck_assert_int_eq(plugmgr_open(another, path, NULL, &first, NULL), 0);
    ck_assert_int_eq(open_plugin(path, NULL), 0);
    ck_assert_str_eq(first_finding()->code, "already-mapped");
    ck_assert_int_eq(first_finding()->severity, PLUGMGR_WARNING);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_STILL_MAPPED);
    ck_assert_int_eq(plugmgr_close(first), PLUGMGR_UNLOADED);
    plugmgr_free(another);
}
END_TEST

START_TEST(close_of_an_object_that_stays_says_so)
{
    ck_assert_int_eq(open_plugin(scene_install("nodelete", "nodelete.so"), NULL), 0);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_STILL_MAPPED);
    ck_assert_uint_eq(scene_mapped_count("nodelete.so"), 1);
    ck_assert_ptr_nonnull(strstr(log_text, "keeps it mapped"));
}
END_TEST

/* ---- no memory ---- */

static void open_without_memory(const char *path, int expected)
{
    size_t descriptors = scene_descriptor_count();
    size_t failures = 0;
    for (size_t nth = 1;; nth++) {
        fail_allocation(nth);
        int result = open_plugin(path, "text");
        fail_allocation(0);
        if (!fail_allocation_happened()) {
            ck_assert_int_eq(result, expected);
            break;
        }
        /* only a message to the log may be lost without an error */
        ck_assert_msg(result == expected || result == -PLUGMGR_E_MEMORY, "allocation %zu: %d", nth, result);
        failures += result < 0;
        if (result == 0)
            ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
        ck_assert_uint_eq(scene_mapped_count("plugin.so"), 0);
        ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    }
    ck_assert_uint_gt(failures, 10);
}

START_TEST(open_without_memory_is_an_error_and_can_be_tried_again)
{
    scene_install("library", "libmocklibrary.so");
    open_without_memory(scene_install("with_library", "plugin.so"), 0);
}
END_TEST

START_TEST(open_of_typed_symbols_without_memory_is_an_error)
{
    open_without_memory(scene_install("command", "plugin.so"), 0);
}
END_TEST

START_TEST(open_of_what_is_to_be_refused_without_memory_is_an_error)
{
    open_without_memory(scene_install("deep_changed", "plugin.so"), -PLUGMGR_E_REFUSED);
}
END_TEST

/* Here the plugin that is open has to be looked at. */
START_TEST(open_beside_another_without_memory_is_an_error)
{
    struct plugmgr_plugin *first;
    if (sizeof(int) == sizeof(long))
        return;
    ck_assert_int_eq(plugmgr_open(manager, scene_install("vault_int", "first.so"), NULL, &first, NULL), 0);
    open_without_memory(scene_install("vault_long", "plugin.so"), -PLUGMGR_E_REFUSED);
}
END_TEST

START_TEST(get_without_memory_works)
{
    ck_assert_int_eq(open_plugin(scene_install("command", "plugin.so"), NULL), 0);
    fail_allocation(1);
    bool is_found = plugmgr_symbol(plugin, "mock_double", mock_command) != NULL;
    bool is_made_up = plugmgr_symbol(plugin, "mock_quadruple", mock_command) != NULL;
    fail_allocation(0);
    ck_assert(is_found && !is_made_up);
}
END_TEST

START_TEST(new_without_memory_is_an_error)
{
    for (size_t nth = 1;; nth++) {
        struct plugmgr *made = NULL;
        fail_allocation(nth);
        int result = plugmgr_new(&made, NULL);
        fail_allocation(0);
        ck_assert_int_eq(result, fail_allocation_happened() ? -PLUGMGR_E_MEMORY : 0);
        if (result == 0) {
            plugmgr_free(made);
            break;
        }
        ck_assert_ptr_null(made);
    }
}
END_TEST

/* ---- start and stop ---- */

START_TEST(start_gets_the_configuration_and_stop_is_called)
{
    ck_assert_int_eq(open_plugin(scene_install("life", "life.so"), "some text"), 0);
    ck_assert_str_eq(plugmgr_get(plugin, mock)->text(), "some text");
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_str_eq(scene_read("stopped"), "some text\n");
    ck_assert_int_eq(open_plugin(scene_path("life.so"), NULL), 0);
    ck_assert_str_eq(plugmgr_get(plugin, mock)->text(), "");
}
END_TEST

START_TEST(start_that_fails_is_told_and_nothing_stays)
{
    const char *path = scene_install("life", "life.so");
    ck_assert_int_eq(open_plugin(path, "fail"), -PLUGMGR_E_START);
    ck_assert_str_eq(first_finding()->code, "start-failed");
    ck_assert_str_eq(first_finding()->text, "its start failed: the second reason");
    ck_assert_uint_eq(scene_mapped_count("life.so"), 0);
    ck_assert_int_eq(open_plugin(path, "fail silently"), -PLUGMGR_E_START);
    ck_assert_str_eq(first_finding()->text, "its start failed: it gave no reason");
    ck_assert_str_eq(scene_read("stopped"), "");
    ck_assert_int_eq(open_plugin(path, "fine"), 0);
}
END_TEST

START_TEST(start_that_logs_reaches_the_host)
{
    ck_assert_int_eq(open_plugin(scene_install("life", "life.so"), "log"), 0);
    ck_assert_ptr_nonnull(strstr(log_text, "2 mock: start has 7\n"));
}
END_TEST

/* Opened by a link that lies elsewhere: it is the directory of the file itself. */
START_TEST(start_gets_the_directory_of_the_file)
{
    char wanted[4096];
    ck_assert_int_eq(mkdir(scene_path("own"), 0755), 0);
    char *real_path = realpath(scene_path("own"), NULL);
    ck_assert_ptr_nonnull(real_path);
    scene_install("life", "own/life.so");
    ck_assert_int_eq(symlink("own/life.so", scene_path("linked.so")), 0);
    ck_assert_int_eq(open_plugin(scene_path("linked.so"), "directory"), 0);
    snprintf(wanted, sizeof(wanted), "2 mock: in %s.\n", real_path);
    free(real_path);
    ck_assert_ptr_nonnull(strstr(log_text, wanted));
}
END_TEST

static int open_another_in_start(void)
{
    struct plugmgr_plugin *another;
    return plugmgr_open(manager, scene_path("another.so"), NULL, &another, NULL);
}

static void call_in_start(char *config, size_t size, int (*callback)(void))
{
    void *address;
    memcpy(&address, &callback, sizeof(address));
    snprintf(config, size, "%p", address);
}

START_TEST(start_may_call_the_manager)
{
    char config[40];
    call_in_start(config, sizeof(config), open_another_in_start);
    scene_install("good", "another.so");
    ck_assert_int_eq(open_plugin(scene_install("callback", "callback.so"), config), 0);
    ck_assert_uint_eq(scene_mapped_count("another.so"), 1);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    plugmgr_free(manager);
    manager = NULL;
    ck_assert_uint_eq(scene_mapped_count("another.so"), 0);
}
END_TEST

START_TEST(error_text_of_each_error_is_its_own)
{
    for (int a = 0; a <= PLUGMGR_E_BUSY; a++) {
        ck_assert_str_ne(plugmgr_error_text(-a), "unknown error");
        ck_assert_str_eq(plugmgr_error_text(-a), plugmgr_error_text(a));
        for (int b = 0; b < a; b++)
            ck_assert_str_ne(plugmgr_error_text(-a), plugmgr_error_text(-b));
    }
    ck_assert_str_eq(plugmgr_error_text(-PLUGMGR_E_BUSY - 1), "unknown error");
    ck_assert_str_eq(plugmgr_error_text(-2147483647 - 1), "unknown error");
}
END_TEST

/* What is being opened is in the world, too. */
START_TEST(open_within_start_is_judged_beside_the_plugin_that_starts)
{
    char config[40];
    if (sizeof(int) == sizeof(long))
        return;
    call_in_start(config, sizeof(config), open_another_in_start);
    scene_install("vault_long", "another.so");
    const char *path = scene_install("vault_int", "vault.so");
    ck_assert_int_eq(open_plugin(path, config), -PLUGMGR_E_START);
    ck_assert_str_eq(scene_read("canary"), "more\n");
    scene_install("vault_int_opaque", "another.so");
    ck_assert_int_eq(open_plugin(path, config), 0);
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *const *tests, size_t count)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("manager");
    const TTest *const news[] = {
        new_in_an_object_without_notes_is_an_error, new_with_wrong_arguments_is_an_error,
        open_with_wrong_arguments_is_an_error,      error_text_of_each_error_is_its_own,
        new_without_memory_is_an_error,
    };
    const TTest *const opens[] = {
        open_a_fitting_plugin_answers,
        open_and_close_leave_no_descriptor,
        free_closes_all_the_youngest_first,
        close_of_one_of_several_leaves_the_others,
        get_with_two_instances_and_none_named_is_an_error,
        open_for_a_wanted_interface_asks_for_it,
    };
    const TTest *const symbols[] = {
        symbol_finds_functions_and_objects_by_name,
        symbol_that_is_not_there_is_null,
        symbol_of_another_type_is_refused_and_nothing_runs,
    };
    const TTest *const members[] = {
        has_of_an_older_plugin_tells_what_it_lacks,
        has_of_a_plugin_of_the_own_version_tells_that_it_lacks_nothing,
        has_without_a_fingerprint_goes_by_size,
        has_of_what_is_not_there_is_false,
        has_with_several_instances_asks_for_one,
        has_without_memory_makes_nothing_up,
    };
    const TTest *const versions[] = {
        get_of_several_versions_takes_the_own_one,
        get_of_several_versions_without_the_own_one_takes_the_latest,
        get_of_several_versions_takes_none_that_does_not_fit,
        get_is_ambiguous_only_among_equals,
    };
    const TTest *const structures[] = {
        open_with_a_changed_struct_behind_a_pointer_is_refused_and_nothing_runs,
        open_with_the_same_struct_behind_a_pointer_works,
        open_of_two_that_complete_a_struct_differently_refuses_the_second,
        open_of_two_that_complete_an_opaque_struct_takes_both,
        open_of_two_that_complete_a_struct_alike_takes_both,
    };
    const TTest *const refusals[] = {
        open_of_what_is_no_file_tells_so,
        open_by_path_of_a_file_that_others_may_write_is_refused,
        open_of_a_refused_plugin_runs_nothing_of_it,
        open_with_another_build_of_a_required_library_is_refused,
        open_with_a_library_loaded_in_another_build_is_refused,
        open_with_a_missing_library_is_refused_and_tells_the_paths,
    };
    const TTest *const loads[] = {
        open_with_an_unresolved_symbol_is_refused_and_tells_it,
        open_that_the_dynamic_linker_refuses_fails_and_leaves_nothing,
        open_after_rebuilding_a_refused_file_loads_it,
        open_after_replacing_the_file_gives_the_new_code,
        open_of_an_open_file_is_refused,
        open_of_a_file_that_another_manager_has_open_warns,
        close_of_an_object_that_stays_says_so,
        open_without_memory_is_an_error_and_can_be_tried_again,
        open_of_typed_symbols_without_memory_is_an_error,
        open_of_what_is_to_be_refused_without_memory_is_an_error,
        open_beside_another_without_memory_is_an_error,
        get_without_memory_works,
    };
    const TTest *const lives[] = {
        start_gets_the_configuration_and_stop_is_called,
        start_that_fails_is_told_and_nothing_stays,
        start_that_logs_reaches_the_host,
        start_gets_the_directory_of_the_file,
        start_may_call_the_manager,
        open_within_start_is_judged_beside_the_plugin_that_starts,
    };
#define ADD(name, tests) add(suite, name, tests, sizeof(tests) / sizeof((tests)[0]))
    ADD("new", news);
    ADD("open", opens);
    ADD("symbol", symbols);
    ADD("member", members);
    ADD("version", versions);
    ADD("structure", structures);
    ADD("refusal", refusals);
    ADD("load", loads);
    ADD("life", lives);
    TCase *verdict = tcase_create("verdict");
    tcase_add_checked_fixture(verdict, begin, end);
    tcase_add_loop_test(verdict, open_follows_the_verdict, 0, (int)(sizeof(verdicts) / sizeof(verdicts[0])));
    suite_add_tcase(suite, verdict);
    return run_suite(suite);
}
