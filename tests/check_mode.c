/* SPDX-License-Identifier: MIT */
/* By which way a plugin is loaded, and how that is told: a table of what there is to decide by. */
#include "mode.h"

#include <check.h>
#include <string.h>

#include "suite.h"

static const struct pm_problem noexec = {PM_MODE_UNAVAILABLE, "mounted noexec"};
static const struct pm_problem by_path = {PM_MODE_UNAVAILABLE, "/x may be written by everybody"};
static const struct pm_problem sealed = {PM_MODE_UNAVAILABLE, "/proc: \033[1mgone"};

static const struct {
    struct pm_mode_facts facts;
    enum plugmgr_mode mode;
    const char *code, *text;
} choices[] = {
    {{.wanted = PLUGMGR_MODE_AUTO},
     PLUGMGR_MODE_PATH,
     "load-mode",
     "by its path: nobody but root and the user who loads it may change it"},
    {{.wanted = PLUGMGR_MODE_AUTO, .by_path = &by_path},
     PLUGMGR_MODE_SEALED,
     "load-mode",
     "from a sealed copy in memory: /x may be written by everybody"},
    {{.wanted = PLUGMGR_MODE_AUTO, .by_path = &by_path, .has_strangers = true},
     PLUGMGR_MODE_SEALED,
     "load-mode",
     "from a sealed copy in memory: /x may be written by everybody"},
    {{.wanted = PLUGMGR_MODE_AUTO, .why_sealed = "the reason"},
     PLUGMGR_MODE_SEALED,
     "load-mode",
     "from a sealed copy in memory: the reason"},
    {{.wanted = PLUGMGR_MODE_PATH}, PLUGMGR_MODE_PATH, "load-mode", "by its path: the host wants it so"},
    {{.wanted = PLUGMGR_MODE_PATH, .why_sealed = "the reason"},
     PLUGMGR_MODE_PATH,
     "mode-unavailable",
     "loading it by its path would give other code: the reason"},
    {{.wanted = PLUGMGR_MODE_SEALED},
     PLUGMGR_MODE_SEALED,
     "load-mode",
     "from a sealed copy in memory: the host wants it so"},
    /* no silent fall-back */
    {{.wanted = PLUGMGR_MODE_PATH, .by_path = &by_path},
     PLUGMGR_MODE_PATH,
     "mode-unavailable",
     "loading it by its path is not safe: /x may be written by everybody"},
    {{.wanted = PLUGMGR_MODE_SEALED, .sealed = &sealed},
     PLUGMGR_MODE_SEALED,
     "mode-unavailable",
     "no sealed copy of it can be made: /proc: \\x1b[1mgone"},
    {{.wanted = PLUGMGR_MODE_AUTO, .by_path = &by_path, .sealed = &sealed},
     PLUGMGR_MODE_SEALED,
     "mode-unavailable",
     "no sealed copy of it can be made: /proc: \\x1b[1mgone; and loading it by its path is not safe: /x may be written "
     "by everybody"},
    {{.wanted = PLUGMGR_MODE_AUTO, .why_sealed = "the reason", .sealed = &sealed},
     PLUGMGR_MODE_SEALED,
     "mode-unavailable",
     "no sealed copy of it can be made: /proc: \\x1b[1mgone"},
    /* whatever else there is to say, this comes first */
    {{.wanted = PLUGMGR_MODE_AUTO, .by_path = &by_path, .noexec = &noexec},
     PLUGMGR_MODE_SEALED,
     "mode-unavailable",
     "its code may not be mapped: mounted noexec"},
    {{.wanted = PLUGMGR_MODE_PATH, .noexec = &noexec},
     PLUGMGR_MODE_PATH,
     "mode-unavailable",
     "its code may not be mapped: mounted noexec"},
};
enum { CHOICE_COUNT = sizeof(choices) / sizeof(choices[0]) };

START_TEST(mode_is_chosen_and_told)
{
    struct plugmgr_report *report = pm_report_new("x.so");
    bool is_told = strcmp(choices[_i].code, "load-mode") == 0;
    bool is_warned = is_told && (choices[_i].facts.has_strangers || choices[_i].facts.why_sealed != NULL);
    ck_assert_int_eq(pm_mode_choose(&choices[_i].facts), choices[_i].mode);
    pm_mode_report(&choices[_i].facts, report);
    ck_assert_uint_eq(plugmgr_report_count(report), 1);
    const struct plugmgr_finding *finding = plugmgr_report_finding(report, 0);
    ck_assert_str_eq(finding->code, choices[_i].code);
    ck_assert_str_eq(finding->text, choices[_i].text);
    ck_assert_int_eq(finding->severity, !is_told ? PLUGMGR_REFUSAL : is_warned ? PLUGMGR_WARNING : PLUGMGR_NOTE);
    ck_assert((is_told && !is_warned) == (finding->remedy == NULL));
    plugmgr_report_free(report);
}
END_TEST

START_TEST(mode_of_what_is_refused_is_not_told)
{
    struct plugmgr_report *report = pm_report_new("x.so");
    pm_report_add(report,
                  &(struct pm_finding){.code = PM_NOT_ELF, .severity = PLUGMGR_REFUSAL, .subject = "", .text = ""});
    pm_mode_report(&choices[0].facts, report);
    ck_assert_uint_eq(plugmgr_report_count(report), 1);
    plugmgr_report_free(report);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mode");
    TCase *tcase = tcase_create("mode");
    tcase_add_loop_test(tcase, mode_is_chosen_and_told, 0, CHOICE_COUNT);
    tcase_add_test(tcase, mode_of_what_is_refused_is_not_told);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
