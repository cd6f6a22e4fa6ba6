/* SPDX-License-Identifier: MIT */
/* The codes, their names and labels; the texts of errors; problems. */
#include "error.h"

#include <check.h>
#include <limits.h>
#include <string.h>

#include "suite.h"

/* The contract that docs/codes.md describes, once more and in full: a name that changes must change here too. */
static const struct {
    enum pm_code code;
    const char *name, *have_label, *want_label;
    bool is_unreadable;
} codes[] = {
    {PM_OUT_OF_MEMORY, .name = "out-of-memory", .is_unreadable = true},
    {PM_FILE_ABSENT, .name = "file-absent", .is_unreadable = true},
    {PM_FILE_UNREADABLE, .name = "file-unreadable", .is_unreadable = true},
    {PM_FILE_NOT_REGULAR, .name = "file-not-regular", .is_unreadable = true},
    {PM_FOLDER_EMPTY, .name = "folder-empty", .is_unreadable = true},
    {PM_PLUGIN_ABSENT, .name = "plugin-absent", .want_label = "found", .is_unreadable = true},
    {PM_PLUGIN_HIDDEN, .name = "plugin-hidden", .want_label = "paths"},
    {PM_RELOAD_OTHER, .name = "reload-other-plugin", .have_label = "file", .want_label = "open"},
    {PM_RELOAD_SLOT, .name = "reload-slot"},
    {PM_RELOAD_STATE, .name = "reload-state"},
    {PM_NOT_ELF, .name = "not-elf"},
    {PM_ELF_TRUNCATED, .name = "elf-truncated"},
    {PM_ELF_MALFORMED, .name = "elf-malformed"},
    {PM_ELF_CLASS, .name = "elf-class"},
    {PM_ELF_BYTE_ORDER, .name = "elf-byte-order"},
    {PM_ELF_MACHINE, .name = "elf-machine"},
    {PM_ELF_TYPE, .name = "elf-type"},
    {PM_DEBUG_ONLY, .name = "debug-only"},
    {PM_ELF_NO_DLOPEN, .name = "elf-no-dlopen"},
    {PM_NOT_A_PLUGIN, .name = "not-a-plugin"},
    {PM_NOT_A_HOST, .name = "not-a-host"},
    {PM_NOTE_NOT_MAPPED, .name = "note-not-mapped"},
    {PM_NOTE_MALFORMED, .name = "note-malformed"},
    {PM_INTERFACE_NONE, .name = "interface-none", .have_label = "provides", .want_label = "accepts"},
    {PM_INTERFACE_WANTED, .name = "interface-wanted", .have_label = "provides", .want_label = "wanted"},
    {PM_INTERFACE_MAJOR, .name = "interface-major", .have_label = "plugin", .want_label = "host"},
    {PM_INTERFACE_MINOR, .name = "interface-minor"},
    {PM_INTERFACE_VERSION, .name = "interface-version"},
    {PM_INTERFACE_LAYOUT, .name = "interface-layout", .have_label = "plugin", .want_label = "host"},
    {PM_INTERFACE_VERSION_UNBUMPED, .name = "interface-version-unbumped"},
    {PM_INTERFACE_ENUMERATORS, .name = "interface-enumerators"},
    {PM_ABI_MALFORMED, .name = "abi-malformed"},
    {PM_INTERFACE_UNFINGERPRINTED, .name = "interface-unfingerprinted"},
    {PM_INTERFACE_NOT_PROVIDED, .name = "interface-not-provided"},
    {PM_INTERFACE_PROVIDER, .name = "interface-provider", .want_label = "file"},
    {PM_DEPENDENCY_CYCLE, .name = "dependency-cycle"},
    {PM_SYMBOL_NOT_EXPORTED, .name = "symbol-not-exported"},
    {PM_SYMBOL_UNINITIALISED, .name = "symbol-uninitialised"},
    {PM_SYMBOL_MISSING, .name = "symbol-missing"},
    {PM_SYMBOL_VERSION_MISSING, .name = "symbol-version-missing", .want_label = "found"},
    {PM_SYMBOL_UNKNOWN, .name = "symbol-unknown"},
    {PM_SYMBOL_INTERPOSED, .name = "symbol-interposed"},
    {PM_STACK_EXECUTABLE, .name = "stack-executable"},
    {PM_TEXT_RELOCATIONS, .name = "text-relocations"},
    {PM_CODE_WRITABLE, .name = "code-writable"},
    {PM_TLS_STATIC, .name = "tls-static"},
    {PM_BUILD_ID_NONE, .name = "build-id-none"},
    {PM_ORIGIN_DLOPEN, .name = "origin-dlopen"},
    {PM_UNLOAD_UNIQUE, .name = "unload-unique"},
    {PM_UNLOAD_NODELETE, .name = "unload-nodelete"},
    {PM_UNLOAD_THREAD_EXIT, .name = "unload-thread-exit"},
    {PM_UNLOAD_THREAD_KEY, .name = "unload-thread-key"},
    {PM_UNLOAD_THREADS, .name = "unload-threads"},
    {PM_UNLOAD_RESIDENT, .name = "unload-resident"},
    {PM_PIN_BUILD_ID, .name = "pin-build-id", .have_label = "pinned", .want_label = "found"},
    {PM_PIN_NO_BUILD_ID, .name = "pin-no-build-id", .have_label = "pinned", .want_label = "found"},
    {PM_PIN_UNUSED, .name = "pin-unused"},
    {PM_LIBRARY_MISSING, .name = "library-missing", .want_label = "tried"},
    {PM_LIBRARY_UNREADABLE, .name = "library-unreadable", .want_label = "found"},
    {PM_LIBRARIES_UNKNOWN, .name = "libraries-unknown"},
    {PM_LIBRARY_NO_SONAME, .name = "library-no-soname", .want_label = "found"},
    {PM_LIBRARY_TWO_BUILDS, .name = "library-two-builds", .have_label = "plugin", .want_label = "host"},
    {PM_LIBRARY_TWO_MAJORS, .name = "library-two-majors", .have_label = "plugin", .want_label = "host"},
    {PM_LINKER_CACHE, .name = "linker-cache"},
    {PM_LOAD_MODE, .name = "load-mode"},
    {PM_MODE_UNAVAILABLE, .name = "mode-unavailable"},
    {PM_CHANGED_WHILE_LOADING, .name = "changed-while-loading"},
    {PM_ALREADY_OPEN, .name = "already-open"},
    {PM_ALREADY_MAPPED, .name = "already-mapped"},
    {PM_LOAD_FAILED, .name = "load-failed"},
    {PM_INTERFACE_FOREIGN, .name = "interface-foreign"},
    {PM_START_FAILED, .name = "start-failed"},
    {PM_STATE_NOT_HANDED_OVER, .name = "state-not-handed-over"},
    {PM_UNLOAD_HELD, .name = "unload-held"},
    {PM_UNLOAD_DAMAGED, .name = "unload-damaged"},
    {PM_PLUGIN_IN_USE, .name = "plugin-in-use"},
};
enum { CODE_COUNT = sizeof(codes) / sizeof(codes[0]) };

START_TEST(code_has_its_name_and_labels)
{
    enum pm_code code = codes[_i].code;
    ck_assert_msg(strcmp(pm_code_name(code), codes[_i].name) == 0, "%s: named %s", codes[_i].name, pm_code_name(code));
    ck_assert_pstr_eq(pm_code_have_label(code), codes[_i].have_label);
    ck_assert_pstr_eq(pm_code_want_label(code), codes[_i].want_label);
    ck_assert_msg(pm_code_is_unreadable(code) == codes[_i].is_unreadable, "%s", codes[_i].name);
}
END_TEST

START_TEST(codes_are_all_in_the_table)
{
    bool is_there[PM_CODES] = {false};
    for (size_t i = 0; i < CODE_COUNT; i++) {
        ck_assert_msg(!is_there[codes[i].code], "%s is there twice", codes[i].name);
        is_there[codes[i].code] = true;
    }
    for (size_t i = 0; i < PM_CODES; i++)
        ck_assert_msg(is_there[i], "%s is missing", pm_code_name((enum pm_code)i));
}
END_TEST

START_TEST(code_names_are_words_of_lower_case_and_all_different)
{
    for (size_t i = 0; i < PM_CODES; i++) {
        const char *name = pm_code_name((enum pm_code)i);
        ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(name, pm_code_name((enum pm_code)k));
    }
}
END_TEST

static const struct {
    int error;
    const char *text;
} texts[] = {
    {0, "success"},
    {PLUGMGR_E_INVALID, "invalid argument"},
    {PLUGMGR_E_MEMORY, "out of memory"},
    {PLUGMGR_E_SYSTEM, "the file cannot be read"},
    {PLUGMGR_E_NOT_FOUND, "not found"},
    {PLUGMGR_E_REFUSED, "the plugin is refused; its report tells why"},
    {PLUGMGR_E_AMBIGUOUS, "several instances fit, name one"},
    {PLUGMGR_E_LOAD, "the plugin could not be loaded; its report tells why"},
    {PLUGMGR_E_START, "the plugin's start failed; its report tells why"},
    {PLUGMGR_E_HOST, "the host's own PlugMgr notes are missing or malformed"},
    {PLUGMGR_E_BUSY, "it was called from within the plugin itself, which it would wait for"},
    {PLUGMGR_E_BUSY + 1, "unknown error"},
    {INT_MAX, "unknown error"},
};

START_TEST(error_text_of_either_sign_is_the_codes_own)
{
    ck_assert_str_eq(plugmgr_error_text(texts[_i].error), texts[_i].text);
    ck_assert_str_eq(plugmgr_error_text(-texts[_i].error), texts[_i].text);
}
END_TEST

START_TEST(error_text_of_the_lowest_number_is_unknown)
{
    ck_assert_str_eq(plugmgr_error_text(INT_MIN), "unknown error");
}
END_TEST

START_TEST(problem_set_joins_the_parts)
{
    struct pm_problem problem;
    ck_assert_int_eq(pm_problem_set(&problem, PM_NOT_ELF, "one", "", ", two", NULL), -1);
    ck_assert_int_eq(problem.code, PM_NOT_ELF);
    ck_assert_str_eq(problem.detail, "one, two");
}
END_TEST

START_TEST(problem_set_of_nothing_is_empty)
{
    struct pm_problem problem = {.detail = "from before"};
    pm_problem_set(&problem, PM_DEBUG_ONLY, "", NULL);
    ck_assert_int_eq(problem.code, PM_DEBUG_ONLY);
    ck_assert_str_eq(problem.detail, "");
}
END_TEST

/* _i: the length of the first of two parts, around the size of the detail. */
START_TEST(problem_set_cuts_what_does_not_fit)
{
    struct {
        struct pm_problem problem;
        char behind[8];
    } guarded = {.behind = "behind"};
    const size_t room = sizeof(guarded.problem.detail) - 1;
    char part[300], whole[400];
    memset(part, 'a', sizeof(part));
    part[_i] = '\0';
    memset(whole, 'a', sizeof(whole));
    memcpy(whole + _i, "bc", 3);
    whole[(size_t)_i + 2 < room ? (size_t)_i + 2 : room] = '\0';
    pm_problem_set(&guarded.problem, PM_NOT_ELF, part, "bc", NULL);
    ck_assert_str_eq(guarded.problem.detail, whole);
    ck_assert_str_eq(guarded.behind, "behind");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("error");
    TCase *tcase = tcase_create("error");
    tcase_add_loop_test(tcase, code_has_its_name_and_labels, 0, CODE_COUNT);
    tcase_add_test(tcase, codes_are_all_in_the_table);
    tcase_add_test(tcase, code_names_are_words_of_lower_case_and_all_different);
    tcase_add_loop_test(tcase, error_text_of_either_sign_is_the_codes_own, 0, (int)(sizeof(texts) / sizeof(texts[0])));
    tcase_add_test(tcase, error_text_of_the_lowest_number_is_unknown);
    tcase_add_test(tcase, problem_set_joins_the_parts);
    tcase_add_test(tcase, problem_set_of_nothing_is_empty);
    tcase_add_loop_test(tcase, problem_set_cuts_what_does_not_fit, 196, 204);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
