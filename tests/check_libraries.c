/* SPDX-License-Identifier: MIT */
/* What the verdict says of libraries, from literal worlds; and what it stands on: the table, the packages' notes. */
#include "judging.h"
#include "package.h"
#include "table.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

enum { MAX = 6 };

struct row {
    const char *name;
    struct pm_object objects[MAX];
    struct {
        const char *path, *soname;
        unsigned char id; /* 0: no build-ID */
    } present[MAX];
    const char *cache_problem;
    bool lacks_cache;
    /* one line for each finding: "SEVERITY CODE SUBJECT: TEXT [HAVE|WANT] {CHANGES}"; 0 refusal, 1 warning; under
     * compatible, and how many are refused under exact */
    const char *expected;
    size_t exact_refusals;
};

#define ID(byte) {.size = 2, .bytes = {0xab, byte}}
#define FOUND(the_name, the_path, byte) \
    {.name = the_name, .path = the_path, .build_id = ID(byte), .dynamic = {.soname = the_name}}
#define RIVAL(the_name, the_path, byte, other_path, other_byte) \
    {.name = the_name, .path = the_path, .build_id = ID(byte), .dynamic = {.soname = the_name}, .is_present = true, \
     .rival_path = other_path, .rival_build_id = ID(other_byte)}

#define TWO_DATA                                                                                                       \
    "the process would have two objects of this soname, each with data of its own: what one gives out, the other "     \
    "does not know"
#define TWO_MAJORS                                                                                                     \
    "the plugin brings another major version than the host has: two of one library may mix up their symbols and data"

static const struct row rows[] = {
    {.name = "a library that the host has", .objects = {FOUND("liba.so.1", "/a", 1)}, .expected = ""},
    {.name = "the host has another build than the plugin would find",
     .objects = {RIVAL("liba.so.1", "/host/liba.so.1", 1, "/usr/\x1bliba.so.1", 2)},
     .expected =
         "1 library-two-builds library liba.so.1: the plugin would find another build than the host has, and gets "
         "the host's: it may miss what its own has [ab02  /usr/\\x1bliba.so.1|ab01  /host/liba.so.1]\n",
     .exact_refusals = 1},
    {.name = "several of them are one finding",
     .objects = {RIVAL("liba.so.1", "/h/a", 1, "/p/a", 2), RIVAL("libb.so.1", "/h/b", 3, "/p/b", 4)},
     .expected =
         "1 library-two-builds libraries: 2 are other builds in the host than the plugin would find, and it gets "
         "the host's: it may miss what its own have {liba.so.1: plugin ab02  /p/a, host ab01  /h/a\n"
         "libb.so.1: plugin ab04  /p/b, host ab03  /h/b}\n",
     .exact_refusals = 1},
    {.name = "a name with a slash brings a second of the host's",
     .objects =
         {{.name = "/b/liba.so.1", .path = "/b/liba.so.1", .build_id = ID(2), .dynamic = {.soname = "liba.so.1"}}},
     .present = {{"/host", NULL, 9}, {"/lib/liba.so.1", "liba.so.1", 1}},
     .expected = "1 library-two-builds library liba.so.1: " TWO_DATA " [ab02  /b/liba.so.1|ab01  /lib/liba.so.1]\n",
     .exact_refusals = 1},
    {.name = "a name with a slash brings a second of the plugin's own",
     .objects = {FOUND("liba.so.1", "/a/liba.so.1", 1),
                 {.name = "/b/liba.so.1", .path = "/b/liba.so.1", .dynamic = {.soname = "liba.so.1"}}},
     .expected = "1 library-two-builds library liba.so.1: " TWO_DATA " [none  /b/liba.so.1|ab01  /a/liba.so.1]\n",
     .exact_refusals = 1},
    {.name = "several seconds",
     .objects = {FOUND("liba.so.1", "/b/liba.so.1", 1), FOUND("libb.so.1", "/b/libb.so.1", 2)},
     .present = {{"/a", "liba.so.1", 3}, {"/b", "libb.so.1", 0}},
     .expected = "1 library-two-builds libraries: 2 would be in the process twice, each with data of its own: what one "
                 "gives out, the other does not know {liba.so.1: plugin ab01  /b/liba.so.1, host ab03  /a\n"
                 "libb.so.1: plugin ab02  /b/libb.so.1, host none  /b}\n",
     .exact_refusals = 1},
    {.name = "another major version than the host's",
     .objects = {FOUND("liba.so.2", "/lib/liba.so.2", 2)},
     .present = {{"/lib/libaa.so.1", "libaa.so.1", 3}, {"/lib/liba.so.1", "liba.so.1", 1}},
     .expected = "1 library-two-majors library liba.so.2: " TWO_MAJORS " [liba.so.2  /lib/liba.so.2|liba.so.1  "
                 "/lib/liba.so.1]\n",
     .exact_refusals = 1},
    {.name = "several of another major version",
     .objects = {FOUND("liba.so.2", "/a2", 2), FOUND("libb.so.1.1", "/b11", 2)},
     .present = {{"/a1", "liba.so.1", 1}, {"/b3", "libb.so.3", 1}},
     .expected =
         "1 library-two-majors libraries: 2 are of another major version than the host has: two of one library may "
         "mix up their symbols and data {liba.so.2: plugin liba.so.2  /a2, host liba.so.1  /a1\n"
         "libb.so.1.1: plugin libb.so.1.1  /b11, host libb.so.3  /b3}\n",
     .exact_refusals = 1},
    {.name = "names without a version, or that only begin alike, are others",
     .objects = {FOUND("liba.so", "/a", 2), FOUND("libb.so.1", "/b", 2), FOUND("lib.so.1", "/l", 1)},
     .present = {{"/a1", "liba.so.1", 1}, {"/b3", "libbb.so.3", 1}, {"/x", NULL, 1}},
     .expected = ""},
    {.name = "a damaged cache",
     .objects = {FOUND("liba.so.1", "/a", 1)},
     .cache_problem = "it is \x1b short",
     .expected = "1 linker-cache libraries: the dynamic linker ignores its ld.so.cache: it is \\x1b short\n"},
    {.name = "a library is missing, and there is no cache",
     .objects = {{.name = "liba.so.1", .wanted_by = "/p.so", .tried = "/lib/liba.so.1"}},
     .lacks_cache = true,
     .expected =
         "0 library-missing library liba.so.1: it is not found; /p.so needs it; there is no ld.so.cache to tell "
         "where it is [(null)|/lib/liba.so.1]\n",
     .exact_refusals = 1},
    {.name = "no cache, and nothing is missing",
     .objects = {FOUND("liba.so.1", "/a", 1)},
     .lacks_cache = true,
     .expected = ""},
};

static struct pm_dynamic dynamics[MAX];
static struct pm_present present[MAX];

static void fill(const struct row *row, struct pm_world *world)
{
    *world = (struct pm_world){.knows_libraries = true, .present = present, .cache_problem = row->cache_problem,
                               .lacks_cache = row->lacks_cache, .objects = (struct pm_object *)row->objects};
    while (world->object_count < MAX && row->objects[world->object_count].name != NULL)
        world->object_count++;
    for (size_t i = 0; i < MAX && row->present[i].path != NULL; i++) {
        dynamics[i] = (struct pm_dynamic){.soname = row->present[i].soname};
        present[i] = (struct pm_present){.name = row->present[i].path, .dynamic = &dynamics[i]};
        if (row->present[i].id != 0)
            present[i].build_id = (struct pm_build_id)ID(row->present[i].id);
        world->present_count++;
    }
}

static struct plugmgr_report *judge(const struct pm_world *world, enum plugmgr_policy policy)
{
    struct plugmgr_report *report = pm_report_new("/p.so");
    if (report == NULL)
        return NULL;
    const struct pm_judging judging = {
        .world = world, .policy = policy, .report = report, .arena = pm_report_arena(report)};
    pm_judge_libraries(&judging);
    return report;
}

static const char *listing(const struct plugmgr_report *report)
{
    static char text[4096];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < plugmgr_report_count(report); i++) {
        const struct plugmgr_finding *f = plugmgr_report_finding(report, i);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%d %s %s: %s", f->severity != PLUGMGR_REFUSAL,
                                 f->code, f->subject, f->text);
        if (f->have != NULL || f->want != NULL)
            used += (size_t)snprintf(text + used, sizeof(text) - used, " [%s|%s]", f->have != NULL ? f->have : "(null)",
                                     f->want != NULL ? f->want : "(null)");
        if (f->changes != NULL)
            used += (size_t)snprintf(text + used, sizeof(text) - used, " {%s}", f->changes);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "\n");
        ck_assert_uint_lt(used, sizeof(text));
        ck_assert_ptr_nonnull(f->remedy);
    }
    return text;
}

START_TEST(world_gives_these_findings)
{
    const struct row *row = &rows[_i];
    struct pm_world world;
    size_t refusals = 0;
    fill(row, &world);
    struct plugmgr_report *report = judge(&world, PLUGMGR_POLICY_COMPATIBLE);
    ck_assert_msg(strcmp(listing(report), row->expected) == 0, "%s:\n%sexpected:\n%s", row->name, listing(report),
                  row->expected);
    plugmgr_report_free(report);
    report = judge(&world, PLUGMGR_POLICY_VERSION);
    ck_assert_msg(strcmp(listing(report), row->expected) == 0, "%s: version", row->name);
    plugmgr_report_free(report);
    report = judge(&world, PLUGMGR_POLICY_EXACT);
    for (size_t i = 0; i < plugmgr_report_count(report); i++)
        refusals += plugmgr_report_finding(report, i)->severity == PLUGMGR_REFUSAL;
    ck_assert_msg(refusals == row->exact_refusals, "%s: exact: %s", row->name, listing(report));
    plugmgr_report_free(report);
}
END_TEST

/* Of a thousand, eight are told with all their paths. */
START_TEST(many_missing_libraries_are_no_wall_of_text)
{
    enum { MANY = 1000 };
    static struct pm_object objects[MANY];
    static char names[MANY][16];
    struct pm_world world = {.knows_libraries = true, .objects = objects, .object_count = MANY};
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "lib%zu.so.1", i);
        objects[i] = (struct pm_object){.name = names[i], .wanted_by = "/p\n.so", .tried = "/lib/x\n/usr/lib/x"};
    }
    struct plugmgr_report *report = judge(&world, PLUGMGR_POLICY_COMPATIBLE);
    ck_assert_uint_eq(plugmgr_report_count(report), 9);
    const struct plugmgr_finding *last = plugmgr_report_finding(report, 8);
    ck_assert_str_eq(last->subject, "libraries");
    ck_assert_str_eq(last->text, "992 more are not found");
    ck_assert_int_eq(strncmp(last->changes, "lib8.so.1, needed by /p\\x0a.so\nlib9.so.1, ", 40), 0);
    plugmgr_report_free(report);
}
END_TEST

START_TEST(findings_without_memory_are_told_to_be_incomplete)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool was_enough = false;
        struct pm_world world;
        fill(&rows[i], &world);
        for (size_t nth = 1; !was_enough; nth++) {
            ck_assert_uint_lt(nth, 1000);
            fail_allocation_once(nth);
            struct plugmgr_report *report = judge(&world, PLUGMGR_POLICY_COMPATIBLE);
            was_enough = !fail_allocation_happened();
            fail_allocation(0);
            ck_assert(was_enough || report == NULL || pm_report_failed(report));
            plugmgr_report_free(report);
        }
    }
}
END_TEST

/* ---- the table ---- */

START_TEST(table_finds_what_was_added_first)
{
    enum { MANY = 5000 };
    static char names[MANY][8];
    struct pm_arena arena = {0};
    struct pm_table table = {0};
    size_t value = 7;
    ck_assert(!pm_table_find(&table, "", &value));
    for (size_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof(names[i]), "%zu", i);
        pm_table_add(&table, &arena, names[i], i);
        pm_table_add(&table, &arena, "0", i + 1);
    }
    ck_assert_uint_eq(table.count, MANY);
    for (size_t i = 0; i < MANY; i++) {
        ck_assert(pm_table_find(&table, names[i], &value));
        ck_assert_uint_eq(value, i);
    }
    ck_assert(!pm_table_find(&table, "5000", &value));
    ck_assert_uint_eq(value, MANY - 1);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(table_with_room_made_at_once_grows_no_more)
{
    static char names[100][8];
    struct pm_arena arena = {0};
    struct pm_table table = {0};
    pm_table_reserve(&table, &arena, 100);
    const struct pm_table_slot *slots = table.slots;
    for (size_t i = 0; i < 100; i++) {
        snprintf(names[i], sizeof(names[i]), "%zu", i);
        ck_assert_uint_eq(pm_table_add(&table, &arena, names[i], i), i);
        ck_assert_uint_eq(pm_table_add(&table, &arena, names[i], i + 1), i);
    }
    pm_table_reserve(&table, &arena, 1);
    ck_assert_ptr_eq(table.slots, slots);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(table_without_memory_fails_its_arena)
{
    struct pm_arena arena = {0};
    struct pm_table table = {0};
    size_t value;
    fail_allocation(1);
    pm_table_reserve(&table, &arena, 100);
    fail_allocation(0);
    ck_assert(arena.failed);
    arena.failed = false;
    pm_table_reserve(&table, &arena, SIZE_MAX);
    ck_assert(!pm_table_find(&table, "a", &value));
    fail_allocation(1);
    pm_table_add(&table, &arena, "a", 1);
    fail_allocation(0);
    ck_assert(arena.failed);
    ck_assert(!pm_table_find(&table, "a", &value));
    pm_arena_free(&arena);
}
END_TEST

/* ---- packages ---- */

static const struct {
    const char *json, *text; /* NULL: nothing can be told */
} packages[] = {
    {"{\"type\":\"deb\",\"os\":\"debian\",\"name\":\"jansson\",\"version\":\"2.14-2\",\"architecture\":\"amd64\"}",
     "jansson 2.14-2"},
    {" { \"version\" : \"1\" ,\n\t\"name\" : \"a\" } ", "a 1"},
    {"{\"name\":\"a\"}", "a"},
    {"{\"name\":\"a\",\"version\":\"\"}", "a"},
    {"{\"name\":\"a\",\"version\":\"1\"}\0\0", "a 1"},
    {"{\"name\":\"a\x1b\"}", NULL},
    {"{\"name\":\"a\\u0062\"}", NULL},
    {"{\"name\":{\"name\":\"a\"}}", NULL},
    {"{\"name\":1}", NULL},
    {"{\"version\":\"1\"}", NULL},
    {"{\"name\":\"\"}", NULL},
    {"{\"name\":\"a\",}", NULL},
    {"{\"name\":\"a\"", NULL},
    {"[\"name\"]", NULL},
    {"{}", NULL},
    {"", NULL},
};

static const char *read_package(struct pm_arena *arena, const char *json, size_t size)
{
    uint8_t *bytes = malloc(size > 0 ? size : 1); /* just as many, so that a sanitizer sees each read behind them */
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, json, size);
    const struct pm_note note = {.type = 0xcafe1a7e, .name = "FDO", .name_size = 4, .desc = bytes, .desc_size = size};
    ck_assert(pm_note_is_package(&note));
    const char *text = pm_package_text(arena, &note);
    free(bytes);
    return text;
}

START_TEST(package_is_read_from_its_json)
{
    struct pm_arena arena = {0};
    const char *text = read_package(&arena, packages[_i].json, strlen(packages[_i].json) + 1);
    if (packages[_i].text == NULL)
        ck_assert_msg(text == NULL, "%s: %s", packages[_i].json, text);
    else
        ck_assert_msg(text != NULL && strcmp(text, packages[_i].text) == 0, "%s: %s", packages[_i].json, text);
    for (size_t size = 0; size < strlen(packages[_i].json); size++)
        if ((text = read_package(&arena, packages[_i].json, size)) != NULL)
            ck_assert_str_eq(text, packages[_i].text); /* what is cut is white space */
    pm_arena_free(&arena);
}
END_TEST

START_TEST(other_notes_are_no_package)
{
    ck_assert(!pm_note_is_package(&(struct pm_note){.type = 0xcafe1a7e, .name = "FDX", .name_size = 4}));
    ck_assert(!pm_note_is_package(&(struct pm_note){.type = 0xcafe1a7e, .name = "FDO", .name_size = 3}));
    ck_assert(!pm_note_is_package(&(struct pm_note){.type = 1, .name = "FDO", .name_size = 4}));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("libraries");
    TCase *tcase = tcase_create("libraries");
    tcase_add_loop_test(tcase, world_gives_these_findings, 0, sizeof(rows) / sizeof(rows[0]));
    tcase_add_test(tcase, many_missing_libraries_are_no_wall_of_text);
    tcase_add_test(tcase, findings_without_memory_are_told_to_be_incomplete);
    tcase_add_test(tcase, table_with_room_made_at_once_grows_no_more);
    tcase_add_test(tcase, table_without_memory_fails_its_arena);
    tcase_add_test(tcase, table_finds_what_was_added_first);
    tcase_add_loop_test(tcase, package_is_read_from_its_json, 0, sizeof(packages) / sizeof(packages[0]));
    tcase_add_test(tcase, other_notes_are_no_package);
    tcase_set_timeout(tcase, 0);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
