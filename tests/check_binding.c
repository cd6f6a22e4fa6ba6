/* SPDX-License-Identifier: MIT */
/* Binding: what the dynamic linker would not find, or find elsewhere -> the findings. */
#include "verdict.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

enum { MAX_ITEMS = 4 };

#define LIBRARY(soname) {.name = soname, .path = "/lib/" soname}
#define OWN(symbol, the_binding, the_type) \
    {.name = symbol, .is_defined = true, .binding = the_binding, .type = the_type}
#define THREE(...) .symbols = {{.name = "a"}, {.name = "b", .version = "V_1", .library = "libx.so"}, __VA_ARGS__}
#define NOTHING .code = PM_CODES
#define MISSING(severity_, text_, lines) \
    .code = PM_SYMBOL_MISSING, .severity = PLUGMGR_##severity_, .subject = "symbols", .text = text_, .changes = lines
#define UNKNOWN(text_, lines) \
    .code = PM_SYMBOL_UNKNOWN, .severity = PLUGMGR_NOTE, .subject = "symbols", .text = text_, .changes = lines
#define VERSION_TEXT "it lacks V_2.10, which "
#define TAKEN "the plugin would use the host's definition of "

static const struct row {
    const char *name;
    bool is_unknown, has_unknown_host;
    const char *unread;
    struct pm_object objects[MAX_ITEMS];
    struct pm_lacking_symbol symbols[MAX_ITEMS];
    struct pm_lacking_version versions[2];
    const char *needed_by_version[MAX_ITEMS]; /* of the first */
    struct pm_reference references[MAX_ITEMS];
    const char *taken_from[MAX_ITEMS];
    enum plugmgr_policy policy;
    size_t count; /* of findings; 0: one */
    enum pm_code code; /* of the first finding; PM_CODES: there is none */
    enum plugmgr_severity severity;
    const char *subject, *text, *want, *changes;
} rows[] = {
    {"nothing is lacking", NOTHING},
    {"nothing is known", .is_unknown = true, .symbols = {{.name = "a"}}, NOTHING},
    {"a symbol", .symbols = {{.name = "a"}}, MISSING(REFUSAL, "nobody has a symbol that the plugin needs", "a")},
    {"symbols", .objects = {LIBRARY("libx.so")}, THREE(),
     MISSING(REFUSAL, "nobody has 2 symbols that the plugin needs", "a\nb@V_1, of libx.so")},
    {"a symbol with a strange name", .symbols = {{.name = "a\x1b", .version = "\n"}},
     MISSING(REFUSAL, "nobody has a symbol that the plugin needs", "a\\x1b@\\x0a")},
    {"under the policy version", .policy = PLUGMGR_POLICY_VERSION, .symbols = {{.name = "a"}},
     MISSING(REFUSAL, "nobody has a symbol that the plugin needs", "a")},
    {"a symbol of a library's", .symbols = {{.name = "a", .wanted_by = "/lib/libx.so"}}, .code = PM_SYMBOL_MISSING,
     .severity = PLUGMGR_REFUSAL, .subject = "library /lib/libx.so", .text = "nobody has a symbol that it needs",
     .changes = "a"},
    {"symbols of two objects", .symbols = {{.name = "a"}, {.name = "b", .wanted_by = "/lib/libx.so"}}, .count = 2,
     MISSING(REFUSAL, "nobody has a symbol that the plugin needs", "a")},
    {"a symbol, and no host", .has_unknown_host = true, .symbols = {{.name = "a"}},
     UNKNOWN("a symbol that the plugin needs is in no library that was found: the host must have it", "a")},
    {"a symbol of a library, and no host", .has_unknown_host = true, .objects = {LIBRARY("libx.so")},
     .symbols = {{.name = "b", .version = "V_1", .library = "libx.so"}},
     MISSING(REFUSAL, "nobody has a symbol that the plugin needs", "b@V_1, of libx.so")},
    {"a symbol, and a library is missing", .objects = {{.name = "liby.so", .wanted_by = "/plug.so", .tried = ""}},
     .symbols = {{.name = "a"}}, .count = 2, .code = PM_LIBRARY_MISSING, .severity = PLUGMGR_REFUSAL,
     .subject = "library liby.so", .text = "it is not found; /plug.so needs it", .want = ""},
    {"a symbol of a missing library is told by the library",
     .objects = {{.name = "libx.so", .wanted_by = "/plug.so", .tried = ""}},
     .symbols = {{.name = "b", .version = "V_1", .library = "libx.so"}}, .count = 1, .code = PM_LIBRARY_MISSING,
     .severity = PLUGMGR_REFUSAL, .subject = "library libx.so", .text = "it is not found; /plug.so needs it",
     .want = ""},
    {"symbols, and not all could be read", .unread = "/lib/liby.so: it is\x1b broken",
     .symbols = {{.name = "a"}, {.name = "b", .wanted_by = "/lib/libx.so"}},
     UNKNOWN("2 symbols that the plugin needs are in no library that was found; not all could be read: "
             "/lib/liby.so: it is\\x1b broken",
             "a\nb, for /lib/libx.so")},
    {"a version", .versions = {{.library = "libx.so", .path = "/lib/libx.so", .version = "V_2.10", .highest = "V_2.9"}},
     .needed_by_version = {"a", "b\n"}, .code = PM_SYMBOL_VERSION_MISSING, .severity = PLUGMGR_REFUSAL,
     .subject = "library libx.so", .text = VERSION_TEXT "the plugin needs; it has up to V_2.9", .want = "/lib/libx.so",
     .changes = "a\nb\\x0a"},
    {"a version of another kind, for a library",
     .versions = {{.library = "libx.so", .path = "/lib/libx.so", .version = "V_2.10", .wanted_by = "/lib/liby.so"}},
     .code = PM_SYMBOL_VERSION_MISSING, .severity = PLUGMGR_REFUSAL, .subject = "library libx.so",
     .text = VERSION_TEXT "/lib/liby.so needs", .want = "/lib/libx.so", .changes = ""},
    {"a function that the host has too", .references = {OWN("f", STB_GLOBAL, STT_FUNC)}, .taken_from = {"/app"},
     .code = PM_SYMBOL_INTERPOSED, .severity = PLUGMGR_WARNING, .subject = "symbols",
     .text = TAKEN "a symbol in place of its own", .changes = "f, of /app"},
    {"the same, exactly", .policy = PLUGMGR_POLICY_EXACT, .references = {OWN("f", STB_GLOBAL, STT_FUNC)},
     .taken_from = {""}, .code = PM_SYMBOL_INTERPOSED, .severity = PLUGMGR_REFUSAL, .subject = "symbols",
     .text = TAKEN "a symbol in place of its own", .changes = "f, of the host's program"},
    {"a function and an object",
     .references = {OWN("f", STB_GLOBAL, STT_FUNC), OWN("g", STB_GLOBAL, STT_FUNC), OWN("o", STB_GLOBAL, STT_OBJECT)},
     .taken_from = {"/app", NULL, "/lib/liba.so"}, .code = PM_SYMBOL_INTERPOSED, .severity = PLUGMGR_WARNING,
     .subject = "symbols", .text = TAKEN "2 symbols in place of its own", .changes = "f, of /app\no, of /lib/liba.so"},
    {"what C++ shares, and linkers make",
     .references = {OWN("w", STB_WEAK, STT_FUNC), OWN("_end", STB_GLOBAL, STT_OBJECT),
                    OWN("__start_things", STB_GLOBAL, STT_OBJECT), OWN("n", STB_GLOBAL, STT_NOTYPE)},
     .taken_from = {"/app", "/app", "/app", "/app"}, NOTHING},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* How many items of `size` bytes there are, up to the first whose first member, a pointer, is NULL. */
static size_t count_items(const void *items, size_t size, size_t room)
{
    size_t count = 0;
    for (const char *name; count < room; count++) {
        memcpy(&name, (const char *)items + count * size, sizeof(name));
        if (name == NULL)
            break;
    }
    return count;
}
#define COUNT(items) count_items(items, sizeof((items)[0]), sizeof(items) / sizeof((items)[0]))

static void judge(const struct row *given, struct plugmgr_report *report)
{
    struct row row = *given; /* a copy, for what the world points into is not const */
    row.versions[0].symbols = row.needed_by_version;
    row.versions[0].symbol_count = COUNT(row.needed_by_version);
    const struct pm_module plugin = {
        .path = "/plug.so",
        .has_traits = true,
        .traits = {.type = ET_DYN},
        .has_notes = true,
        .facts = {.role = PM_ROLE_PLUGIN, .name = "mock", .version = "0.1"},
        .build_id = {.size = 4},
        .references = {.symbols = row.references, .symbol_count = COUNT(row.references)},
    };
    const struct pm_world world = {
        .traits = {.type = ET_DYN},
        .knows_libraries = true,
        .objects = row.objects,
        .object_count = COUNT(row.objects),
        .linkage = {.is_known = !row.is_unknown,
                    .has_unknown_host = row.has_unknown_host,
                    .unread = row.unread,
                    .symbols = row.symbols,
                    .symbol_count = COUNT(row.symbols),
                    .versions = row.versions,
                    .version_count = COUNT(row.versions),
                    .taken_from = row.taken_from},
    };
    pm_judge(&plugin, &world, row.policy, NULL, report, NULL);
}

START_TEST(row_gives_its_findings)
{
    const struct row *row = &rows[_i];
    struct plugmgr_report *report = pm_report_new("/plug.so");
    judge(row, report);
    size_t count = row->code == PM_CODES ? 0 : row->count > 0 ? row->count : 1;
    const struct plugmgr_finding *finding = plugmgr_report_finding(report, 0);
    ck_assert_msg(plugmgr_report_count(report) == count, "%s: %zu findings", row->name, plugmgr_report_count(report));
    if (finding != NULL) {
        ck_assert_str_eq(finding->code, pm_code_name(row->code));
        ck_assert_int_eq(finding->severity, row->severity);
        ck_assert_str_eq(finding->subject, row->subject);
        ck_assert_str_eq(finding->text, row->text);
        ck_assert_pstr_eq(finding->want, row->want);
        ck_assert_pstr_eq(finding->changes, row->changes);
        ck_assert(row->severity == PLUGMGR_NOTE || finding->remedy != NULL);
    }
    plugmgr_report_free(report);
}
END_TEST

/* Hostile tables lack hundreds of thousands. */
START_TEST(findings_name_so_many_and_count_the_rest)
{
    enum { LACKING = 40000 };
    static struct pm_lacking_symbol symbols[LACKING];
    static struct pm_lacking_version versions[LACKING];
    struct pm_object *none = NULL;
    for (size_t i = 0; i < LACKING; i++) {
        symbols[i] = (struct pm_lacking_symbol){.name = "a_symbol_with_a_name_of_sixty_bytes_or_so_as_they_are_in_C_____"};
        versions[i] = (struct pm_lacking_version){.library = "libx.so", .path = "/lib/libx.so", .version = "V_1"};
    }
    struct plugmgr_report *report = pm_report_new("/plug.so");
    struct pm_module plugin = {.has_traits = true, .traits = {ELFCLASS64, ELFDATA2LSB, EM_X86_64, ET_DYN, 0}};
    struct pm_world world = {.traits = plugin.traits, .knows_libraries = true, .objects = none};
    plugin.has_notes = true;
    plugin.facts.role = PM_ROLE_PLUGIN;
    plugin.facts.name = plugin.facts.version = "1";
    world.linkage = (struct pm_linkage){.is_known = true, .symbols = symbols, .symbol_count = LACKING,
                                        .versions = versions, .version_count = LACKING};
    pm_judge(&plugin, &world, PLUGMGR_POLICY_COMPATIBLE, NULL, report, NULL);
    size_t told = 0;
    for (size_t i = 0; i < plugmgr_report_count(report); i++) {
        const struct plugmgr_finding *finding = plugmgr_report_finding(report, i);
        told += strcmp(finding->code, "symbol-version-missing") == 0;
        if (strcmp(finding->code, "symbol-missing") != 0)
            continue;
        ck_assert_str_eq(finding->text, "nobody has 40000 symbols that the plugin needs");
        ck_assert_uint_lt(strlen(finding->changes), 3 << 19);
        ck_assert_str_eq(strrchr(finding->changes, '\n'), "\nand 23615 more");
    }
    ck_assert_uint_eq(told, 101);
    ck_assert(!pm_report_failed(report));
    plugmgr_report_free(report);
}
END_TEST

START_TEST(row_without_memory_is_told)
{
    for (size_t nth = 1;; nth++) {
        struct plugmgr_report *report = pm_report_new("/plug.so");
        fail_allocation(nth);
        judge(&rows[_i], report);
        bool happened = fail_allocation_happened();
        fail_allocation(0);
        ck_assert_msg(pm_report_failed(report) == happened, "%s: %zu", rows[_i].name, nth);
        plugmgr_report_free(report);
        if (!happened)
            break;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("binding");
    TCase *tcase = tcase_create("binding");
    tcase_add_loop_test(tcase, row_gives_its_findings, 0, ROWS);
    tcase_add_test(tcase, findings_name_so_many_and_count_the_rest);
    tcase_add_loop_test(tcase, row_without_memory_is_told, 0, ROWS);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
