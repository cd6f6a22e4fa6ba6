/* SPDX-License-Identifier: MIT */
/* Hygiene and unloading: how a plugin is built -> the findings, under each policy. */
#include "unloading.h"
#include "verdict.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

enum { MAX_REFERENCES = 4 };

#define IMPORT(symbol) {.name = symbol, .binding = STB_GLOBAL, .type = STT_FUNC}
#define WEAK_IMPORT(symbol) {.name = symbol, .binding = STB_WEAK, .type = STT_FUNC}
#define UNIQUE(symbol) {.name = symbol, .binding = STB_GNU_UNIQUE, .type = STT_OBJECT, .is_defined = true}
#define ORIGIN .dynamic = {.runpath = "/a:$ORIGIN/lib"}
#define TOLERATED {PLUGMGR_WARNING, PLUGMGR_REFUSAL, PLUGMGR_WARNING}
#define FORBIDDEN {PLUGMGR_REFUSAL, PLUGMGR_REFUSAL, PLUGMGR_REFUSAL}
#define TOLD {PLUGMGR_WARNING, PLUGMGR_WARNING, PLUGMGR_WARNING}
#define NOTED {PLUGMGR_NOTE, PLUGMGR_NOTE, PLUGMGR_NOTE}
#define NOTHING .code = PM_CODES

static const struct row {
    const char *name;
    bool lacks_build_id, wants_executable_stack, has_writable_code, is_resident, is_sealed;
    struct pm_dynamic dynamic;
    struct pm_reference references[MAX_REFERENCES];
    const char *taken_from[MAX_REFERENCES];
    enum pm_code code; /* of the only finding; PM_CODES: there is none */
    enum plugmgr_severity severities[3];
    const char *remedy, *changes; /* a part of it */
} rows[] = {
    {"a plugin without a fault", NOTHING},
    {"no build-ID", .lacks_build_id = true, .code = PM_BUILD_ID_NONE, .severities = TOLERATED,
     .remedy = "-Wl,--build-id"},
    {"an executable stack", .wants_executable_stack = true, .code = PM_STACK_EXECUTABLE, .severities = TOLERATED,
     .remedy = ".note.GNU-stack"},
    {"writable code", .has_writable_code = true, .code = PM_CODE_WRITABLE, .severities = TOLERATED,
     .remedy = "--omagic"},
    {"text relocations", .dynamic = {.has_text_relocations = true}, .code = PM_TEXT_RELOCATIONS,
     .severities = TOLERATED, .remedy = "-fPIC"},
    {"static TLS", .dynamic = {.has_static_tls = true}, .code = PM_TLS_STATIC, .severities = TOLERATED,
     .remedy = "-ftls-model=global-dynamic"},
    {"not for dlopen", .dynamic = {.refuses_dlopen = true}, .code = PM_ELF_NO_DLOPEN, .severities = FORBIDDEN,
     .remedy = "nodlopen"},
    {"a sealed copy that opens by $ORIGIN", .is_sealed = true, ORIGIN, .references = {IMPORT("dlopen")},
     .code = PM_ORIGIN_DLOPEN, .severities = TOLERATED, .remedy = "by its path"},
    {"the same by RPATH, in a namespace", .is_sealed = true, .dynamic = {.rpath = "${ORIGIN}"},
     .references = {IMPORT("dlmopen")}, .code = PM_ORIGIN_DLOPEN, .severities = TOLERATED, .remedy = "by its path"},
    {"a plugin that opens by $ORIGIN, loaded by its path", ORIGIN, .references = {IMPORT("dlopen")}, NOTHING},
    {"a sealed copy that opens nothing", .is_sealed = true, ORIGIN, .references = {IMPORT("dlsym")}, NOTHING},
    {"a sealed copy without $ORIGIN", .is_sealed = true, .dynamic = {.runpath = "/lib"},
     .references = {IMPORT("dlopen")}, NOTHING},
    {"unique symbols", .references = {UNIQUE("one"), UNIQUE("two")}, .code = PM_UNLOAD_UNIQUE, .severities = TOLD,
     .remedy = "-fno-gnu-unique", .changes = "one\ntwo"},
    {"unique symbols, of which the host has one", .references = {UNIQUE("one"), UNIQUE("two")},
     .taken_from = {"/app"}, .code = PM_UNLOAD_UNIQUE, .severities = TOLD, .remedy = "-fno-gnu-unique",
     .changes = "two"},
    {"unique symbols that the host has all", .references = {UNIQUE("one")}, .taken_from = {"/app"}, NOTHING},
    {"a unique symbol of another",
     .references = {{.name = "one", .binding = STB_GNU_UNIQUE, .type = STT_OBJECT}}, NOTHING},
    {"a unique symbol with a strange name", .references = {UNIQUE("a\nb")}, .code = PM_UNLOAD_UNIQUE,
     .severities = TOLD, .remedy = "-fno-gnu-unique", .changes = "a\\x0ab"},
    {"NODELETE", .dynamic = {.is_nodelete = true}, .code = PM_UNLOAD_NODELETE, .severities = TOLD,
     .remedy = "PLUGMGR_PLUGIN_RESIDENT"},
    {"a thread's end", .references = {IMPORT("__cxa_thread_atexit")}, .code = PM_UNLOAD_THREAD_EXIT,
     .severities = TOLD, .remedy = "PLUGMGR_PLUGIN_RESIDENT"},
    {"a thread's end, weakly", .references = {WEAK_IMPORT("__cxa_thread_atexit_impl")},
     .code = PM_UNLOAD_THREAD_EXIT, .severities = TOLD, .remedy = "PLUGMGR_PLUGIN_RESIDENT"},
    {"a key", .references = {IMPORT("pthread_key_create")}, .code = PM_UNLOAD_THREAD_KEY, .severities = TOLD,
     .remedy = "pthread_key_delete"},
    {"a key of C11", .references = {IMPORT("tss_create")}, .code = PM_UNLOAD_THREAD_KEY, .severities = TOLD,
     .remedy = "pthread_key_delete"},
    {"a key that is deleted", .references = {IMPORT("pthread_key_delete"), IMPORT("pthread_key_create")}, NOTHING},
    {"a key, weakly", .references = {WEAK_IMPORT("pthread_key_create")}, NOTHING},
    {"a thread", .references = {IMPORT("pthread_create")}, .code = PM_UNLOAD_THREADS, .severities = TOLD,
     .remedy = "PLUGMGR_STOP"},
    {"a thread of C++",
     .references = {IMPORT("_ZNSt6thread15_M_start_threadESt10unique_ptrINS_6_StateESt14default_deleteIS1_EEPFvvE")},
     .code = PM_UNLOAD_THREADS, .severities = TOLD, .remedy = "PLUGMGR_STOP"},
    {"a thread that is joined", .references = {IMPORT("pthread_create"), IMPORT("pthread_join")}, NOTHING},
    {"a thread of C11 that is joined", .references = {IMPORT("thrd_join"), IMPORT("thrd_create")}, NOTHING},
    {"a thread, weakly", .references = {WEAK_IMPORT("pthread_create")}, NOTHING},
    {"a thread function of its own",
     .references = {{.name = "pthread_create", .binding = STB_GLOBAL, .is_defined = true}}, NOTHING},
    {"a plugin that stays", .is_resident = true, .dynamic = {.is_nodelete = true},
     .references = {UNIQUE("one"), IMPORT("pthread_create")}, .code = PM_UNLOAD_RESIDENT, .severities = NOTED},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void judge(const struct row *row, enum plugmgr_policy policy, struct plugmgr_report *report)
{
    struct pm_reference references[MAX_REFERENCES];
    const char *taken_from[MAX_REFERENCES];
    size_t count = 0;
    while (count < MAX_REFERENCES && row->references[count].name != NULL)
        count++;
    memcpy(references, row->references, sizeof(references));
    memcpy(taken_from, row->taken_from, sizeof(taken_from));
    const struct pm_module plugin = {
        .path = "/plug.so",
        .has_traits = true,
        .traits = {.type = ET_DYN},
        .has_notes = true,
        .facts = {.role = PM_ROLE_PLUGIN, .name = "mock", .version = "0.1", .resident = row->is_resident},
        .build_id = {.size = row->lacks_build_id ? 0 : 4},
        .dynamic = row->dynamic,
        .wants_executable_stack = row->wants_executable_stack,
        .has_writable_code = row->has_writable_code,
        .references = {.symbols = references, .symbol_count = count},
    };
    const struct pm_world world = {
        .traits = {.type = ET_DYN},
        .knows_libraries = true,
        .linkage = {.is_known = true, .taken_from = taken_from},
        .is_sealed = row->is_sealed,
    };
    pm_judge(&plugin, &world, policy, NULL, report, NULL);
}

START_TEST(row_gives_its_finding_under_each_policy)
{
    const struct row *row = &rows[_i];
    for (int policy = PLUGMGR_POLICY_COMPATIBLE; policy <= PLUGMGR_POLICY_VERSION; policy++) {
        struct plugmgr_report *report = pm_report_new("/plug.so");
        judge(row, (enum plugmgr_policy)policy, report);
        const struct plugmgr_finding *finding = plugmgr_report_finding(report, 0);
        const char *expected = row->code < PM_CODES ? pm_code_name(row->code) : "nothing";
        const char *code = finding != NULL ? finding->code : "nothing";
        ck_assert_msg(strcmp(code, expected) == 0, "%s: %s, not %s", row->name, code, expected);
        ck_assert_uint_eq(plugmgr_report_count(report), row->code < PM_CODES);
        if (finding != NULL) {
            ck_assert_msg(finding->severity == row->severities[policy], "%s: %d", row->name, (int)finding->severity);
            ck_assert_msg(row->remedy == NULL ? finding->remedy == NULL : strstr(finding->remedy, row->remedy) != NULL,
                          "%s: %s", row->name, finding->remedy);
            ck_assert_pstr_eq(finding->changes, row->changes);
        }
        plugmgr_report_free(report);
    }
}
END_TEST

START_TEST(causes_are_found_without_a_world)
{
    struct pm_reference symbols[] = {IMPORT("pthread_create"), UNIQUE("one"), UNIQUE("two")};
    const struct pm_references references = {.symbols = symbols, .symbol_count = 3};
    const struct pm_dynamic dynamic = {.is_nodelete = true};
    struct pm_unload_causes causes;
    pm_unload_causes_find(&references, &dynamic, &causes);
    ck_assert_str_eq(causes.unique, "one");
    ck_assert(causes.is_nodelete && causes.has_threads && !causes.has_thread_exit && !causes.has_thread_key);
}
END_TEST

START_TEST(finding_without_memory_is_told)
{
    for (size_t i = 0; i < ROWS; i++) {
        for (size_t nth = 1;; nth++) {
            struct plugmgr_report *report = pm_report_new("/plug.so");
            fail_allocation(nth);
            judge(&rows[i], PLUGMGR_POLICY_COMPATIBLE, report);
            bool happened = fail_allocation_happened();
            fail_allocation(0);
            ck_assert_msg(pm_report_failed(report) == happened, "%s: %zu", rows[i].name, nth);
            plugmgr_report_free(report);
            if (!happened)
                break;
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hygiene");
    TCase *tcase = tcase_create("hygiene");
    tcase_add_loop_test(tcase, row_gives_its_finding_under_each_policy, 0, ROWS);
    tcase_add_test(tcase, causes_are_found_without_a_world);
    tcase_add_test(tcase, finding_without_memory_is_told);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
