/* SPDX-License-Identifier: MIT */
/* Reports: what is collected, in which order, and how it is printed, to the byte. */
#include "report.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

static struct plugmgr_report *report;

static void begin(void)
{
    report = pm_report_new("/p/old.so");
    ck_assert_ptr_nonnull(report);
}

static void end(void)
{
    plugmgr_report_free(report);
}

static void add(enum pm_code code, enum plugmgr_severity severity, const char *subject, const char *text)
{
    pm_report_add(report,
                  &(struct pm_finding){.code = code, .severity = severity, .subject = subject, .text = text});
}

static void expect_text(unsigned flags, const char *expected)
{
    char *text;
    ck_assert_int_eq(plugmgr_report_text(report, flags, &text), 0);
    ck_assert_str_eq(text, expected);
    free(text);
}

/* ---- whole reports ---- */

START_TEST(text_of_an_empty_report_is_its_headline)
{
    expect_text(0, "/p/old.so: accepted\n");
    ck_assert_int_eq(plugmgr_report_accepted(report), 1);
    ck_assert_uint_eq(plugmgr_report_count(report), 0);
    ck_assert_ptr_null(plugmgr_report_finding(report, 0));
}
END_TEST

/* As DESIGN.md shows one: a refusal with a remedy, a pin with both builds, a warning. */
static void add_all_kinds(void)
{
    pm_report_set_plugin(report, "users", "1.0");
    pm_report_set_host(report, "userhost", "2.1.0");
    pm_report_add(report, &(struct pm_finding){.code = PM_PIN_UNUSED,
                                               .severity = PLUGMGR_NOTE,
                                               .subject = "pin libz.so.1",
                                               .text = "its pin is void"});
    pm_report_add(report, &(struct pm_finding){.code = PM_INTERFACE_MAJOR,
                                               .severity = PLUGMGR_REFUSAL,
                                               .subject = "interface user_manager",
                                               .text = "built against 1.0, the host has 2.0",
                                               .have = "1.0",
                                               .want = "2.0",
                                               .remedy = "rebuild the plugin"});
    pm_report_add(report, &(struct pm_finding){.code = PM_PIN_BUILD_ID,
                                               .severity = PLUGMGR_WARNING,
                                               .subject = "pin libcrypt.so.1",
                                               .text = "another build",
                                               .have = "3b29d0  libcrypt1 4.4\n91aa06",
                                               .want = "91aa07  /lib/libcrypt.so.1",
                                               .remedy = "install the pinned build"});
}

START_TEST(text_of_a_refusal_tells_findings_labels_and_remedies)
{
    add_all_kinds();
    expect_text(0, "/p/old.so: refused by userhost 2.1.0: 1 problem, 1 warning\n"
                   "\n"
                   "  interface user_manager: built against 1.0, the host has 2.0               [interface-major]\n"
                   "    fix: rebuild the plugin\n"
                   "\n"
                   "  warning: pin libcrypt.so.1: another build                                 [pin-build-id]\n"
                   "      pinned  3b29d0  libcrypt1 4.4\n"
                   "              91aa06\n"
                   "      found   91aa07  /lib/libcrypt.so.1\n"
                   "    fix: install the pinned build\n");
}
END_TEST

START_TEST(text_is_verbose_with_notes)
{
    add_all_kinds();
    expect_text(PLUGMGR_TEXT_VERBOSE,
                "/p/old.so: refused by userhost 2.1.0: 1 problem, 1 warning, 1 note\n"
                "\n"
                "  interface user_manager: built against 1.0, the host has 2.0               [interface-major]\n"
                "    fix: rebuild the plugin\n"
                "\n"
                "  warning: pin libcrypt.so.1: another build                                 [pin-build-id]\n"
                "      pinned  3b29d0  libcrypt1 4.4\n"
                "              91aa06\n"
                "      found   91aa07  /lib/libcrypt.so.1\n"
                "    fix: install the pinned build\n"
                "\n"
                "  note: pin libz.so.1: its pin is void                                      [pin-unused]\n");
}
END_TEST

START_TEST(text_is_coloured_without_moving_the_columns)
{
    add_all_kinds();
    expect_text(PLUGMGR_TEXT_COLOR | PLUGMGR_TEXT_VERBOSE,
                "/p/old.so: \033[1;31mrefused\033[0m by userhost 2.1.0: 1 problem, 1 warning, 1 note\n"
                "\n"
                "  \033[1minterface user_manager\033[0m: built against 1.0, the host has 2.0               "
                "\033[2m[interface-major]\033[0m\n"
                "    fix: rebuild the plugin\n"
                "\n"
                "  \033[1;33mwarning: \033[0m\033[1mpin libcrypt.so.1\033[0m: another build                  "
                "               \033[2m[pin-build-id]\033[0m\n"
                "      pinned  3b29d0  libcrypt1 4.4\n"
                "              91aa06\n"
                "      found   91aa07  /lib/libcrypt.so.1\n"
                "    fix: install the pinned build\n"
                "\n"
                "  \033[1mnote: \033[0m\033[1mpin libz.so.1\033[0m: its pin is void                          "
                "            \033[2m[pin-unused]\033[0m\n");
}
END_TEST

START_TEST(text_of_an_accepted_plugin_is_green)
{
    expect_text(PLUGMGR_TEXT_COLOR, "/p/old.so: \033[1;32maccepted\033[0m\n");
}
END_TEST

/* ---- the first line ---- */

static const struct {
    size_t refusals, warnings, notes;
    const char *plugin, *plugin_version, *host, *host_version;
    unsigned flags;
    const char *expected;
} headlines[] = {
    {0, 0, 0, "users", "1.0", "app", "2.0", 0, "/p/old.so: users 1.0: accepted by app 2.0\n"},
    {0, 0, 0, "users", "1.0", NULL, NULL, 0, "/p/old.so: users 1.0: accepted\n"},
    {0, 0, 0, NULL, NULL, "app", "2.0", 0, "/p/old.so: accepted by app 2.0\n"},
    {0, 0, 0, "users", NULL, "app", NULL, 0, "/p/old.so: users: accepted by app\n"},
    {0, 1, 0, "users", "1.0", "app", "2.0", 0, "/p/old.so: users 1.0: accepted by app 2.0: 1 warning\n"},
    {0, 2, 0, NULL, NULL, NULL, NULL, 0, "/p/old.so: accepted: 2 warnings\n"},
    {0, 0, 1, NULL, NULL, NULL, NULL, 0, "/p/old.so: accepted\n"},
    {0, 0, 1, NULL, NULL, NULL, NULL, PLUGMGR_TEXT_VERBOSE, "/p/old.so: accepted: 1 note\n"},
    {0, 1, 2, NULL, NULL, NULL, NULL, PLUGMGR_TEXT_VERBOSE, "/p/old.so: accepted: 1 warning, 2 notes\n"},
    {1, 0, 0, "users", "1.0", NULL, NULL, 0, "/p/old.so: refused: 1 problem\n"},
    {2, 0, 0, "users", "1.0", "app", "2.0", 0, "/p/old.so: refused by app 2.0: 2 problems\n"},
    {2, 1, 1, NULL, NULL, NULL, NULL, 0, "/p/old.so: refused: 2 problems, 1 warning\n"},
    {1, 0, 3, NULL, NULL, NULL, NULL, PLUGMGR_TEXT_VERBOSE, "/p/old.so: refused: 1 problem, 3 notes\n"},
    {12, 11, 10, NULL, NULL, NULL, NULL, PLUGMGR_TEXT_VERBOSE,
     "/p/old.so: refused: 12 problems, 11 warnings, 10 notes\n"},
};

START_TEST(headline_counts_and_names)
{
    char *text;
    for (size_t i = 0; i < headlines[_i].notes; i++)
        add(PM_PIN_UNUSED, PLUGMGR_NOTE, "pin", "void");
    for (size_t i = 0; i < headlines[_i].warnings; i++)
        add(PM_PIN_BUILD_ID, PLUGMGR_WARNING, "pin", "another");
    for (size_t i = 0; i < headlines[_i].refusals; i++)
        add(PM_NOT_ELF, PLUGMGR_REFUSAL, "file", "bad");
    pm_report_set_plugin(report, headlines[_i].plugin, headlines[_i].plugin_version);
    pm_report_set_host(report, headlines[_i].host, headlines[_i].host_version);
    ck_assert_int_eq(plugmgr_report_text(report, headlines[_i].flags, &text), 0);
    size_t length = strcspn(text, "\n") + 1;
    ck_assert_msg(length == strlen(headlines[_i].expected) && memcmp(text, headlines[_i].expected, length) == 0,
                  "not %sbut\n%s", headlines[_i].expected, text);
    free(text);
    ck_assert_int_eq(plugmgr_report_accepted(report), headlines[_i].refusals == 0);
}
END_TEST

/* ---- labels and columns ---- */

static const struct {
    const char *name;
    struct pm_finding finding;
    const char *expected; /* behind the headline */
} findings[] = {
    {"tried paths, one a line",
     {.code = PM_LIBRARY_MISSING, .severity = PLUGMGR_REFUSAL, .subject = "library libx.so.1", .text = "not found",
      .want = "/a/libx.so.1\n/b/libx.so.1\n/c/libx.so.1"},
     "  library libx.so.1: not found                                              [library-missing]\n"
     "      tried  /a/libx.so.1\n"
     "             /b/libx.so.1\n"
     "             /c/libx.so.1\n"},
    {"no path tried", /* a name with nowhere to look */
     {.code = PM_LIBRARY_MISSING, .severity = PLUGMGR_REFUSAL, .subject = "library l", .text = "not found", .want = ""},
     "  library l: not found                                                      [library-missing]\n"
     "      tried  \n"},
    {"two labels of different width",
     {.code = PM_INTERFACE_NONE, .severity = PLUGMGR_REFUSAL, .subject = "plugin", .text = "none", .have = "a 1.0",
      .want = "b 1.0"},
     "  plugin: none                                                              [interface-none]\n"
     "      provides  a 1.0\n"
     "      accepts   b 1.0\n"},
    {"the second of two labels alone keeps its own width",
     {.code = PM_INTERFACE_NONE, .severity = PLUGMGR_REFUSAL, .subject = "plugin", .text = "none", .want = "b 1.0"},
     "  plugin: none                                                              [interface-none]\n"
     "      accepts  b 1.0\n"},
    {"the first of two labels alone",
     {.code = PM_INTERFACE_WANTED, .severity = PLUGMGR_REFUSAL, .subject = "plugin", .text = "none", .have = "b 1.0"},
     "  plugin: none                                                              [interface-wanted]\n"
     "      provides  b 1.0\n"},
    {"a code without labels says both in its text",
     {.code = PM_ELF_CLASS, .severity = PLUGMGR_REFUSAL, .subject = "file", .text = "32, not 64", .have = "32",
      .want = "64", .remedy = "build it again"},
     "  file: 32, not 64                                                          [elf-class]\n"
     "    fix: build it again\n"},
    {"a text that leaves two columns",
     {.code = PM_NOT_ELF, .severity = PLUGMGR_REFUSAL, .subject = "file",
      .text = "345678901234567890123456789012345678901234567890123456789012345678"},
     "  file: 345678901234567890123456789012345678901234567890123456789012345678  [not-elf]\n"},
    {"a text that leaves three columns",
     {.code = PM_NOT_ELF, .severity = PLUGMGR_REFUSAL, .subject = "file",
      .text = "34567890123456789012345678901234567890123456789012345678901234567"},
     "  file: 34567890123456789012345678901234567890123456789012345678901234567   [not-elf]\n"},
    {"a text that leaves one column",
     {.code = PM_NOT_ELF, .severity = PLUGMGR_REFUSAL, .subject = "file",
      .text = "3456789012345678901234567890123456789012345678901234567890123456789"},
     "  file: 3456789012345678901234567890123456789012345678901234567890123456789  [not-elf]\n"},
    {"a text that leaves no column",
     {.code = PM_NOT_ELF, .severity = PLUGMGR_REFUSAL, .subject = "file",
      .text = "34567890123456789012345678901234567890123456789012345678901234567890123456789"},
     "  file: 34567890123456789012345678901234567890123456789012345678901234567890123456789  [not-elf]\n"},
    {"characters, not bytes, are counted",
     {.code = PM_NOT_ELF, .severity = PLUGMGR_REFUSAL, .subject = "für", .text = "… = …"},
     "  für: … = …                                                                [not-elf]\n"},
};

START_TEST(finding_is_printed_with_labels_and_columns)
{
    char *text;
    pm_report_add(report, &findings[_i].finding);
    ck_assert_int_eq(plugmgr_report_text(report, 0, &text), 0);
    const char *body = strchr(text, '\n') + 2;
    ck_assert_msg(strcmp(body, findings[_i].expected) == 0, "%s:\n%s", findings[_i].name, body);
    free(text);
}
END_TEST

/* ---- what changed ---- */

/* Lines "change 1" to "change count". The caller frees them. */
static char *make_changes(size_t count)
{
    struct pm_buffer buffer = {0};
    char digits[21];
    for (size_t i = 1; i <= count; i++) {
        pm_buffer_add(&buffer, i > 1 ? "\nchange " : "change ");
        pm_buffer_add(&buffer, pm_format_number(i, digits));
    }
    return buffer.data;
}

static void add_changes(const char *changes)
{
    pm_report_add(report, &(struct pm_finding){.code = PM_INTERFACE_LAYOUT,
                                               .severity = PLUGMGR_REFUSAL,
                                               .subject = "interface i",
                                               .text = "built against 1.0",
                                               .have = "1.0",
                                               .want = "1.0",
                                               .changes = changes,
                                               .remedy = "rebuild it"});
}

static const struct {
    size_t count, shown; /* lines of changes, and how many of them are printed */
    unsigned flags;
    const char *more; /* behind them */
} lengths[] = {
    {1, 1, 0, ""},
    {2, 2, 0, ""},
    {19, 19, 0, ""},
    {20, 20, 0, ""},
    {21, 20, 0, "      and 1 change more (--verbose shows all)\n"},
    {22, 20, 0, "      and 2 changes more (--verbose shows all)\n"},
    {1000, 20, 0, "      and 980 changes more (--verbose shows all)\n"},
    {20, 20, PLUGMGR_TEXT_VERBOSE, ""},
    {21, 21, PLUGMGR_TEXT_VERBOSE, ""},
    {1000, 1000, PLUGMGR_TEXT_VERBOSE, ""},
};

START_TEST(changes_are_printed_up_to_twenty_unless_verbose)
{
    struct pm_buffer expected = {0};
    char digits[21], *changes = make_changes(lengths[_i].count);
    add_changes(changes);
    pm_buffer_add(&expected, "/p/old.so: refused: 1 problem\n"
                             "\n"
                             "  interface i: built against 1.0                                            "
                             "[interface-layout]\n");
    for (size_t i = 1; i <= lengths[_i].shown; i++) {
        pm_buffer_add(&expected, "      change ");
        pm_buffer_add(&expected, pm_format_number(i, digits));
        pm_buffer_add(&expected, "\n");
    }
    pm_buffer_add(&expected, lengths[_i].more);
    pm_buffer_add(&expected, "    fix: rebuild it\n");
    expect_text(lengths[_i].flags, expected.data);
    free(expected.data);
    free(changes);
}
END_TEST

START_TEST(changes_are_counted_for_each_finding)
{
    char *text, *first = make_changes(21), *second = make_changes(20);
    add_changes(first);
    add_changes(second);
    ck_assert_int_eq(plugmgr_report_text(report, 0, &text), 0);
    const char *more = strstr(text, "and 1 change more");
    ck_assert_ptr_nonnull(more);
    ck_assert_ptr_nonnull(strstr(more, "change 20\n    fix: "));
    ck_assert_ptr_null(strstr(more + strlen("and 1 change more"), " more"));
    free(text);
    free(first);
    free(second);
}
END_TEST

START_TEST(no_changes_take_no_line)
{
    const char *const expected = "/p/old.so: refused: 1 problem\n"
                                 "\n"
                                 "  interface i: built against 1.0                                            "
                                 "[interface-layout]\n"
                                 "    fix: rebuild it\n";
    add_changes(_i == 0 ? NULL : "");
    expect_text(PLUGMGR_TEXT_VERBOSE, expected);
}
END_TEST

static void add_changed(enum pm_code code, enum plugmgr_severity severity, const char *subject, const char *changes)
{
    pm_report_add(report, &(struct pm_finding){.code = code,
                                               .severity = severity,
                                               .subject = subject,
                                               .text = "another structure",
                                               .changes = changes,
                                               .remedy = pm_arena_join(pm_report_arena(report), "rebuild ", subject,
                                                                       NULL)});
}

#define LAYOUT(subject, changes) add_changed(PM_INTERFACE_LAYOUT, PLUGMGR_REFUSAL, subject, changes)

/* One struct that changed shows in all that reach it, by whatever member. */
START_TEST(same_changes_are_told_once_unless_verbose)
{
    LAYOUT("interface a", "struct s: member 'm' moved (reached by get)\nstruct t: size changed");
    LAYOUT("interface b", "struct s: member 'm' moved (reached by put)\nstruct t: size changed");
    LAYOUT("symbol c", "struct s: member 'm' moved\nstruct t: size changed");
    expect_text(0, "/p/old.so: refused: 3 problems\n"
                   "\n"
                   "  interface a: another structure                                            "
                   "[interface-layout]\n"
                   "      struct s: member 'm' moved (reached by get)\n"
                   "      struct t: size changed\n"
                   "      the same in interface b, symbol c (--verbose shows each)\n"
                   "    fix: rebuild interface a\n");
    expect_text(PLUGMGR_TEXT_VERBOSE, "/p/old.so: refused: 3 problems\n"
                                      "\n"
                                      "  interface a: another structure                                            "
                                      "[interface-layout]\n"
                                      "      struct s: member 'm' moved (reached by get)\n"
                                      "      struct t: size changed\n"
                                      "    fix: rebuild interface a\n"
                                      "\n"
                                      "  interface b: another structure                                            "
                                      "[interface-layout]\n"
                                      "      struct s: member 'm' moved (reached by put)\n"
                                      "      struct t: size changed\n"
                                      "    fix: rebuild interface b\n"
                                      "\n"
                                      "  symbol c: another structure                                               "
                                      "[interface-layout]\n"
                                      "      struct s: member 'm' moved\n"
                                      "      struct t: size changed\n"
                                      "    fix: rebuild symbol c\n");
}
END_TEST

static const struct {
    const char *name;
    enum pm_code code;
    enum plugmgr_severity severity;
    const char *changes; /* of the second finding; the first is a refusal for its layout, "s grew (reached by get)" */
    bool is_told;        /* by itself */
} repeats[] = {
    {"the same", PM_INTERFACE_LAYOUT, PLUGMGR_REFUSAL, "s grew (reached by get)", false},
    {"reached otherwise", PM_INTERFACE_LAYOUT, PLUGMGR_REFUSAL, "s grew (reached by g)", false},
    {"another code", PM_INTERFACE_MAJOR, PLUGMGR_REFUSAL, "s grew (reached by get)", true},
    {"another severity", PM_INTERFACE_LAYOUT, PLUGMGR_WARNING, "s grew (reached by get)", true},
    {"another change", PM_INTERFACE_LAYOUT, PLUGMGR_REFUSAL, "s shrank (reached by get)", true},
    {"a longer line", PM_INTERFACE_LAYOUT, PLUGMGR_REFUSAL, "s grew much (reached by get)", true},
    {"a line more", PM_INTERFACE_LAYOUT, PLUGMGR_REFUSAL, "s grew (reached by get)\nt grew", true},
    {"a line less", PM_INTERFACE_LAYOUT, PLUGMGR_REFUSAL, "", true},
    {"none", PM_INTERFACE_LAYOUT, PLUGMGR_REFUSAL, NULL, true},
};

START_TEST(other_findings_are_told_by_themselves)
{
    char *text;
    LAYOUT("interface first", "s grew (reached by get)");
    add_changed(repeats[_i].code, repeats[_i].severity, "interface second", repeats[_i].changes);
    ck_assert_int_eq(plugmgr_report_text(report, 0, &text), 0);
    bool is_told = strstr(text, "interface second: another structure") != NULL;
    ck_assert_msg(is_told == repeats[_i].is_told, "%s:\n%s", repeats[_i].name, text);
    ck_assert((strstr(text, "the same in interface second") != NULL) == !is_told);
    free(text);
}
END_TEST

/* What has no changes is never the same as something else. */
START_TEST(findings_without_changes_are_told_by_themselves)
{
    char *text;
    LAYOUT("interface first", _i == 0 ? NULL : "");
    LAYOUT("interface second", _i == 0 ? NULL : "");
    ck_assert_int_eq(plugmgr_report_text(report, 0, &text), 0);
    ck_assert_ptr_nonnull(strstr(text, "interface second: another structure"));
    free(text);
}
END_TEST

static const struct {
    size_t count; /* of further findings with the same changes */
    const char *line;
} same_counts[] = {
    {1, "      the same in symbol s1 (--verbose shows each)\n"},
    {5, "      the same in symbol s1, symbol s2, symbol s3, symbol s4, symbol s5 (--verbose shows each)\n"},
    {6, "      the same in symbol s1, symbol s2, symbol s3, symbol s4, symbol s5 and 1 more (--verbose shows each)\n"},
    {500,
     "      the same in symbol s1, symbol s2, symbol s3, symbol s4, symbol s5 and 495 more (--verbose shows each)\n"},
};

START_TEST(same_changes_are_listed_up_to_five)
{
    char *text;
    LAYOUT("symbol s0", "s grew");
    for (size_t i = 1; i <= same_counts[_i].count; i++)
        LAYOUT(pm_arena_join(pm_report_arena(report), "symbol s", pm_arena_number(pm_report_arena(report), i), NULL),
               "s grew");
    ck_assert_int_eq(plugmgr_report_text(report, 0, &text), 0);
    ck_assert_ptr_nonnull(strstr(text, same_counts[_i].line));
    ck_assert_ptr_null(strstr(text, "symbol s1: "));
    free(text);
}
END_TEST

/* Of two signatures that are equal, neither tells anything. */
START_TEST(equal_values_are_not_printed)
{
    pm_report_add(report, &(struct pm_finding){.code = PM_INTERFACE_LAYOUT,
                                               .severity = PLUGMGR_REFUSAL,
                                               .subject = "symbol s",
                                               .text = "another structure",
                                               .have = "i32 (struct s *)",
                                               .want = "i32 (struct s *)",
                                               .changes = "struct s: size changed from 4 to 8"});
    expect_text(PLUGMGR_TEXT_VERBOSE, "/p/old.so: refused: 1 problem\n"
                                      "\n"
                                      "  symbol s: another structure                                               "
                                      "[interface-layout]\n"
                                      "      struct s: size changed from 4 to 8\n");
}
END_TEST

/* Behind the labels, before the remedy, without colours of their own. */
START_TEST(changes_stand_between_labels_and_remedy)
{
    pm_report_add(report, &(struct pm_finding){.code = PM_INTERFACE_NONE,
                                               .severity = PLUGMGR_WARNING,
                                               .subject = "plugin",
                                               .text = "none",
                                               .have = "a 1.0\nb 1.0",
                                               .want = "c 1.0",
                                               .changes = "method m appended\nstruct s grew",
                                               .remedy = "fix it"});
    expect_text(0, "/p/old.so: accepted: 1 warning\n"
                   "\n"
                   "  warning: plugin: none                                                     [interface-none]\n"
                   "      provides  a 1.0\n"
                   "                b 1.0\n"
                   "      accepts   c 1.0\n"
                   "      method m appended\n"
                   "      struct s grew\n"
                   "    fix: fix it\n");
    expect_text(PLUGMGR_TEXT_COLOR,
                "/p/old.so: \033[1;32maccepted\033[0m: 1 warning\n"
                "\n"
                "  \033[1;33mwarning: \033[0m\033[1mplugin\033[0m: none                                            "
                "         \033[2m[interface-none]\033[0m\n"
                "      provides  a 1.0\n"
                "                b 1.0\n"
                "      accepts   c 1.0\n"
                "      method m appended\n"
                "      struct s grew\n"
                "    fix: fix it\n");
}
END_TEST

START_TEST(changes_of_a_note_are_printed_with_it)
{
    pm_report_add(report, &(struct pm_finding){.code = PM_INTERFACE_ENUMERATORS,
                                               .severity = PLUGMGR_NOTE,
                                               .subject = "interface i",
                                               .text = "enumerators",
                                               .changes = "enum e: A"});
    expect_text(0, "/p/old.so: accepted\n");
    expect_text(PLUGMGR_TEXT_VERBOSE,
                "/p/old.so: accepted: 1 note\n"
                "\n"
                "  note: interface i: enumerators                                            "
                "[interface-enumerators]\n"
                "      enum e: A\n");
}
END_TEST

/* ---- what came from outside ---- */

static const struct {
    const char *raw, *escaped;
} outsiders[] = {
    {"/p/\033[2J.so", "/p/\\x1b[2J.so"},
    {"/p/two\nlines.so", "/p/two\\x0alines.so"},
    {"/p/\r\t\177.so", "/p/\\x0d\\x09\\x7f.so"},
    {"/p/\xe2\x80\xaegod.so", "/p/\\xe2\\x80\\xaegod.so"},         /* RIGHT-TO-LEFT OVERRIDE */
    {"/p/\xe2\x81\xa6god.so", "/p/\\xe2\\x81\\xa6god.so"},         /* LEFT-TO-RIGHT ISOLATE */
    {"/p/\xc2\x9b" "2J.so", "/p/\\xc2\\x9b" "2J.so"},              /* C1: CSI */
    {"/p/\xff\xc0\xaf.so", "/p/\\xff\\xc0\\xaf.so"},               /* no UTF-8, overlong */
    {"/p/\xed\xa0\x80.so", "/p/\\xed\\xa0\\x80.so"},               /* a surrogate */
    {"/p/gr\xc3\xbc\xc3\x9f.so", "/p/gr\xc3\xbc\xc3\x9f.so"},      /* printable */
    {"", ""},
};

START_TEST(outside_text_is_escaped_wherever_it_stands)
{
    const char *raw = outsiders[_i].raw, *escaped = outsiders[_i].escaped;
    char expected[600], *text;
    plugmgr_report_free(report);
    report = pm_report_new(raw);
    ck_assert_str_eq(pm_report_path(report), escaped);
    pm_report_set_host(report, raw, raw);
    pm_report_add(report, &(struct pm_finding){.code = PM_LIBRARY_UNREADABLE,
                                               .severity = PLUGMGR_REFUSAL,
                                               .subject = raw,
                                               .text = raw,
                                               .want = pm_report_quote(report, raw),
                                               .remedy = raw});
    ck_assert_int_eq(plugmgr_report_text(report, 0, &text), 0);
    strcpy(expected, escaped);
    strcat(strcat(expected, ": refused by "), escaped);
    strcat(strcat(strcat(expected, " "), escaped), ": 1 problem\n\n  ");
    strcat(strcat(strcat(expected, escaped), ": "), escaped);
    size_t length = strlen(expected);
    ck_assert_int_eq(strncmp(text, expected, length), 0);
    strcpy(expected, "[library-unreadable]\n      found  ");
    strcat(strcat(strcat(strcat(expected, escaped), "\n    fix: "), escaped), "\n");
    ck_assert_str_eq(text + length + strspn(text + length, " "), expected);
    free(text);
}
END_TEST

START_TEST(plugin_of_the_headline_is_escaped)
{
    pm_report_set_plugin(report, "us\ners", "\033");
    ck_assert_str_eq(pm_report_plugin(report), "us\\x0aers \\x1b");
    expect_text(0, "/p/old.so: us\\x0aers \\x1b: accepted\n");
}
END_TEST

/* ---- collecting ---- */

static const enum plugmgr_severity orders[][4] = {
    {PLUGMGR_NOTE, PLUGMGR_WARNING, PLUGMGR_REFUSAL, PLUGMGR_NOTE},
    {PLUGMGR_REFUSAL, PLUGMGR_REFUSAL, PLUGMGR_REFUSAL, PLUGMGR_REFUSAL},
    {PLUGMGR_WARNING, PLUGMGR_NOTE, PLUGMGR_WARNING, PLUGMGR_REFUSAL},
    {PLUGMGR_REFUSAL, PLUGMGR_NOTE, PLUGMGR_REFUSAL, PLUGMGR_WARNING},
};

START_TEST(findings_stand_by_severity_and_else_as_they_came)
{
    static const char *const subjects[] = {"0", "1", "2", "3"};
    for (size_t i = 0; i < 4; i++)
        add(PM_NOT_ELF, orders[_i][i], subjects[i], "");
    ck_assert_uint_eq(plugmgr_report_count(report), 4);
    for (size_t i = 1; i < 4; i++) {
        const struct plugmgr_finding *before = plugmgr_report_finding(report, i - 1);
        const struct plugmgr_finding *after = plugmgr_report_finding(report, i);
        ck_assert_int_ge(before->severity, after->severity);
        if (before->severity == after->severity)
            ck_assert_str_lt(before->subject, after->subject);
        ck_assert_int_eq(after->severity, orders[_i][after->subject[0] - '0']);
    }
}
END_TEST

START_TEST(findings_are_kept_however_many)
{
    for (size_t i = 0; i < 1000; i++)
        add(PM_NOT_ELF, i % 2 == 0 ? PLUGMGR_NOTE : PLUGMGR_REFUSAL, pm_arena_number(pm_report_arena(report), i), "");
    ck_assert_uint_eq(plugmgr_report_count(report), 1000);
    for (size_t i = 0; i < 1000; i++) {
        size_t came_as = i < 500 ? 2 * i + 1 : 2 * (i - 500);
        ck_assert_uint_eq(strtoul(plugmgr_report_finding(report, i)->subject, NULL, 10), came_as);
    }
    ck_assert_ptr_null(plugmgr_report_finding(report, 1000));
    ck_assert_ptr_null(plugmgr_report_finding(report, (size_t)-1));
}
END_TEST

START_TEST(finding_is_given_as_it_was_added)
{
    const struct pm_finding added = {.code = PM_PIN_BUILD_ID, .severity = PLUGMGR_WARNING, .subject = "subject",
                                     .text = "text", .have = "have", .want = "want", .remedy = "remedy",
                                     .changes = "changes"};
    pm_report_add(report, &added);
    const struct plugmgr_finding *got = plugmgr_report_finding(report, 0);
    ck_assert_uint_eq(got->size, sizeof(*got));
    ck_assert_str_eq(got->code, "pin-build-id");
    ck_assert_int_eq(got->severity, PLUGMGR_WARNING);
    ck_assert_str_eq(got->subject, "subject");
    ck_assert_str_eq(got->text, "text");
    ck_assert_str_eq(got->have, "have");
    ck_assert_str_eq(got->want, "want");
    ck_assert_str_eq(got->remedy, "remedy");
    ck_assert_str_eq(got->changes, "changes");
    add(PM_NOT_ELF, PLUGMGR_NOTE, "s", "t");
    got = plugmgr_report_finding(report, 1);
    ck_assert_ptr_null(got->have);
    ck_assert_ptr_null(got->want);
    ck_assert_ptr_null(got->remedy);
    ck_assert_ptr_null(got->changes);
}
END_TEST

START_TEST(report_is_asked_for_codes)
{
    add(PM_NOT_ELF, PLUGMGR_REFUSAL, "s", "t");
    ck_assert(pm_report_has(report, PM_NOT_ELF));
    ck_assert(!pm_report_has(report, PM_ELF_TRUNCATED));
    ck_assert(!pm_report_has_unreadable(report));
    add(PM_FILE_ABSENT, PLUGMGR_REFUSAL, "s", "t");
    ck_assert(pm_report_has(report, PM_FILE_ABSENT));
    ck_assert(pm_report_has_unreadable(report));
}
END_TEST

START_TEST(report_free_takes_null)
{
    plugmgr_report_free(NULL);
}
END_TEST

/* ---- memory ---- */

/* All that takes memory: 20 findings grow the table twice. NULL: not even the report. */
static struct plugmgr_report *make_large_report(char **ret_text, int *ret_result)
{
    struct plugmgr_report *made = pm_report_new("/p/\033.so");
    if (made == NULL)
        return NULL;
    pm_report_set_plugin(made, "a\n", "1");
    pm_report_set_host(made, "b\n", "2");
    for (size_t i = 0; i < 20; i++) {
        const char *quoted = pm_report_quote(made, "\033a text of some length that needs memory");
        pm_report_add(made, &(struct pm_finding){.code = PM_PIN_BUILD_ID,
                                                 .severity = PLUGMGR_REFUSAL,
                                                 .subject = quoted,
                                                 .text = quoted,
                                                 .have = quoted,
                                                 .want = quoted,
                                                 .changes = quoted,
                                                 .remedy = quoted});
    }
    *ret_result = plugmgr_report_text(made, 0, ret_text);
    return made;
}

START_TEST(report_without_memory_says_so)
{
    bool was_enough = false;
    size_t without_report = 0, failed = 0;
    for (size_t nth = 1; !was_enough; nth++) {
        char untouched[] = "untouched", *text = untouched;
        int result = 0;
        ck_assert_uint_lt(nth, 1000);
        fail_allocation_once(nth);
        struct plugmgr_report *made = make_large_report(&text, &result);
        was_enough = !fail_allocation_happened();
        fail_allocation(0);
        without_report += made == NULL;
        if (made != NULL && !was_enough) {
            /* the text is the last that takes memory: when it failed, the findings are whole */
            ck_assert_int_eq(result, pm_report_failed(made) ? 0 : -PLUGMGR_E_MEMORY);
            ck_assert_int_eq(text == untouched, result < 0);
            failed += pm_report_failed(made);
            if (text != untouched)
                free(text);
        } else if (made != NULL) {
            ck_assert(!pm_report_failed(made));
            ck_assert_int_eq(result, 0);
            ck_assert_uint_eq(plugmgr_report_count(made), 20);
            free(text);
        }
        plugmgr_report_free(made);
    }
    ck_assert_uint_eq(without_report, 1);
    ck_assert_uint_gt(failed, 20); /* one at each of them */
}
END_TEST

START_TEST(report_that_failed_once_still_prints_what_it_has)
{
    char *text;
    add(PM_NOT_ELF, PLUGMGR_REFUSAL, "file", "bad");
    fail_allocation(1);
    const char *quoted = pm_report_quote(report, "some\nthing");
    fail_allocation(0);
    ck_assert_str_eq(quoted, "");
    ck_assert(pm_report_failed(report));
    ck_assert_int_eq(plugmgr_report_text(report, 0, &text), 0);
    ck_assert_ptr_nonnull(strstr(text, "file: bad"));
    free(text);
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *tcase = tcase_create("report");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, text_of_an_empty_report_is_its_headline);
    tcase_add_test(tcase, text_of_a_refusal_tells_findings_labels_and_remedies);
    tcase_add_test(tcase, text_is_verbose_with_notes);
    tcase_add_test(tcase, text_is_coloured_without_moving_the_columns);
    tcase_add_test(tcase, text_of_an_accepted_plugin_is_green);
    tcase_add_loop_test(tcase, headline_counts_and_names, 0, COUNT(headlines));
    tcase_add_loop_test(tcase, finding_is_printed_with_labels_and_columns, 0, COUNT(findings));
    tcase_add_loop_test(tcase, changes_are_printed_up_to_twenty_unless_verbose, 0, COUNT(lengths));
    tcase_add_test(tcase, changes_are_counted_for_each_finding);
    tcase_add_loop_test(tcase, no_changes_take_no_line, 0, 2);
    tcase_add_test(tcase, same_changes_are_told_once_unless_verbose);
    tcase_add_loop_test(tcase, other_findings_are_told_by_themselves, 0, COUNT(repeats));
    tcase_add_loop_test(tcase, findings_without_changes_are_told_by_themselves, 0, 2);
    tcase_add_loop_test(tcase, same_changes_are_listed_up_to_five, 0, COUNT(same_counts));
    tcase_add_test(tcase, equal_values_are_not_printed);
    tcase_add_test(tcase, changes_stand_between_labels_and_remedy);
    tcase_add_test(tcase, changes_of_a_note_are_printed_with_it);
    tcase_add_loop_test(tcase, outside_text_is_escaped_wherever_it_stands, 0, COUNT(outsiders));
    tcase_add_test(tcase, plugin_of_the_headline_is_escaped);
    tcase_add_loop_test(tcase, findings_stand_by_severity_and_else_as_they_came, 0, COUNT(orders));
    tcase_add_test(tcase, findings_are_kept_however_many);
    tcase_add_test(tcase, finding_is_given_as_it_was_added);
    tcase_add_test(tcase, report_is_asked_for_codes);
    tcase_add_test(tcase, report_free_takes_null);
    tcase_add_test(tcase, report_without_memory_says_so);
    tcase_add_test(tcase, report_that_failed_once_still_prints_what_it_has);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
