/* SPDX-License-Identifier: MIT */
/* Whether a state may be handed over, as a table of what two builds declare; and what a plugin's save writes into. */
#include "state.h"

#include <check.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* ---- whether ---- */

#define TALLY "plugmgr-abi 1\nroot struct tally\nm 0 calls u32\nend 4\n"
#define TALLY_LONGER "plugmgr-abi 1\nroot struct tally\nm 0 calls u32\nm 4 failures u32\nend 8\n"
#define TALLY_OTHER "plugmgr-abi 1\nroot struct tally\nm 0 calls i32\nend 4\n"
#define HOSTILE "plugmgr-abi 1\nroot struct tally\nm 0 calls i32\nm 4 fai\u202elures u32\nend 8\n"

/* What a build declares: nothing if there is no version. */
struct declared {
    struct pm_version version;
    const char *interface_name, *text;
};

static const struct {
    const char *name;
    struct declared before, next;
    enum pm_handover handover;
    const char *text, *changes;
} cases[] = {
    {.name = "none has one", .handover = PM_HANDOVER_NONE},
    {"one format", {{3, 0}, NULL, NULL}, {{3, 0}, NULL, NULL}, PM_HANDOVER_SAME, NULL, NULL},
    {"another format",
     {{3, 0}, NULL, NULL},
     {{4, 0}, NULL, NULL},
     PM_HANDOVER_LOST,
     "the running build has version 3, the new one version 4",
     NULL},
    {"an older format",
     {{3, 0}, NULL, NULL},
     {{2, 0}, NULL, NULL},
     PM_HANDOVER_LOST,
     "the running build has version 3, the new one version 2",
     NULL},
    {"the new one has none",
     {{3, 0}, NULL, NULL},
     {{0}, NULL, NULL},
     PM_HANDOVER_LOST,
     "the running build has version 3, the new one declares none",
     NULL},
    {"the running one has none",
     {{0}, NULL, NULL},
     {{1, 2}, "tally", TALLY},
     PM_HANDOVER_NONE,
     "the running build declares none, the new one has tally 1.2",
     NULL},
    {"one structure", {{1, 2}, "tally", TALLY}, {{1, 2}, "tally", TALLY}, PM_HANDOVER_SAME, NULL, NULL},
    {"a format, and a structure",
     {{1, 0}, NULL, NULL},
     {{1, 0}, "tally", TALLY},
     PM_HANDOVER_LOST,
     "the running build has version 1, the new one tally 1.0",
     NULL},
    {"a structure, and a format",
     {{1, 0}, "tally", TALLY},
     {{1, 0}, NULL, NULL},
     PM_HANDOVER_LOST,
     "the running build has tally 1.0, the new one version 1",
     NULL},
    {"another interface of the same structure",
     {{1, 0}, "tally", TALLY},
     {{1, 0}, "count", TALLY},
     PM_HANDOVER_LOST,
     "the running build has tally 1.0, the new one count 1.0",
     NULL},
    {"another version of the same structure",
     {{1, 0}, "tally", TALLY},
     {{1, 1}, "tally", TALLY},
     PM_HANDOVER_LOST,
     "the running build has tally 1.0, the new one tally 1.1",
     NULL},
    {"another version, with a member more: as an interface it would be compatible",
     {{1, 0}, "tally", TALLY},
     {{1, 1}, "tally", TALLY_LONGER},
     PM_HANDOVER_LOST,
     "the running build has tally 1.0, the new one tally 1.1",
     "member 'failures' (u32) appended"},
    {"a member more, and the version forgotten",
     {{1, 0}, "tally", TALLY},
     {{1, 0}, "tally", TALLY_LONGER},
     PM_HANDOVER_LOST,
     "both builds have tally 1.0, but with another structure in the new one",
     "member 'failures' (u32) appended"},
    {"another type, and the version forgotten",
     {{1, 0}, "tally", TALLY},
     {{1, 0}, "tally", TALLY_OTHER},
     PM_HANDOVER_LOST,
     "both builds have tally 1.0, but with another structure in the new one",
     "member 'calls' changed from u32 to i32"},
    {"no fingerprint in the running one",
     {{1, 0}, "tally", NULL},
     {{1, 0}, "tally", TALLY},
     PM_HANDOVER_LOST,
     "both builds have tally 1.0, but the running build has no fingerprint of it",
     NULL},
    {"no fingerprint in the new one",
     {{1, 0}, "tally", TALLY},
     {{1, 0}, "tally", NULL},
     PM_HANDOVER_LOST,
     "both builds have tally 1.0, but the new one has no fingerprint of it",
     NULL},
    {"no fingerprint at all",
     {{1, 0}, "tally", NULL},
     {{1, 0}, "tally", NULL},
     PM_HANDOVER_LOST,
     "both builds have tally 1.0, but the running build has no fingerprint of it",
     NULL},
    {"a text that cannot be read",
     {{1, 0}, "tally", TALLY},
     {{1, 0}, "tally", "nonsense"},
     PM_HANDOVER_LOST,
     "both builds have tally 1.0, but with another structure in the new one",
     NULL},
};

/* The facts of a build; what they point to lies in *room. */
struct room {
    struct pm_state_fact state;
    struct pm_abi abi;
};

static struct pm_facts facts_of(const struct declared *declared, struct room *room)
{
    struct pm_facts facts = {.role = PM_ROLE_PLUGIN};
    room->state = (struct pm_state_fact){declared->interface_name, declared->version};
    room->abi = (struct pm_abi){
        .interface_name = declared->interface_name, .text = declared->text, .version = declared->version};
    if (declared->version.major > 0)
        facts.state = &room->state;
    facts.abis = &room->abi;
    facts.abi_count = declared->text != NULL;
    return facts;
}

START_TEST(state_is_handed_over_if_it_is_the_same)
{
    struct room rooms[2];
    struct pm_facts before = facts_of(&cases[_i].before, &rooms[0]), next = facts_of(&cases[_i].next, &rooms[1]);
    struct pm_arena arena = {0};
    struct pm_state_match match;
    pm_state_compare(&before, &next, &arena, &match);
    ck_assert(!arena.failed);
    ck_assert_msg(match.handover == cases[_i].handover, "%s", cases[_i].name);
    ck_assert_pstr_eq(match.text, cases[_i].text);
    ck_assert_pstr_eq(match.changes, cases[_i].changes);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(state_that_is_not_handed_over_is_a_finding)
{
    struct room rooms[2];
    struct pm_facts before = facts_of(&cases[_i].before, &rooms[0]), next = facts_of(&cases[_i].next, &rooms[1]);
    struct plugmgr_report *report = pm_report_new("x.so");
    bool is_lost = cases[_i].handover == PM_HANDOVER_LOST;
    ck_assert_int_eq(pm_state_judge(&before, &next, report), cases[_i].handover == PM_HANDOVER_SAME);
    ck_assert(plugmgr_report_accepted(report));
    ck_assert_uint_eq(plugmgr_report_count(report), cases[_i].text != NULL);
    if (cases[_i].text != NULL) {
        const struct plugmgr_finding *finding = plugmgr_report_finding(report, 0);
        size_t length = strlen(cases[_i].text);
        ck_assert_str_eq(finding->code, "state-not-handed-over");
        ck_assert_str_eq(finding->subject, "state");
        ck_assert_int_eq(strncmp(finding->text, cases[_i].text, length), 0);
        ck_assert_str_eq(finding->text + length, ": the new one starts without");
        ck_assert_int_eq(finding->severity, is_lost ? PLUGMGR_WARNING : PLUGMGR_NOTE);
        ck_assert_pstr_eq(finding->changes, cases[_i].changes);
        ck_assert(is_lost == (finding->remedy != NULL));
    }
    plugmgr_report_free(report);
}
END_TEST

START_TEST(state_changes_are_made_printable)
{
    static const struct declared declared[] = {{{1, 0}, "tally", TALLY}, {{1, 0}, "tally", HOSTILE}};
    struct room rooms[2];
    struct pm_facts before = facts_of(&declared[0], &rooms[0]), next = facts_of(&declared[1], &rooms[1]);
    struct plugmgr_report *report = pm_report_new("x.so");
    ck_assert(!pm_state_judge(&before, &next, report));
    const char *changes = plugmgr_report_finding(report, 0)->changes;
    ck_assert_ptr_nonnull(changes);
    ck_assert_ptr_null(strstr(changes, "\u202e"));
    ck_assert_ptr_nonnull(strstr(changes, "\\xe2\\x80\\xae"));
    ck_assert_ptr_nonnull(strchr(changes, '\n'));
    plugmgr_report_free(report);
}
END_TEST

/* Without memory it is never handed over by mistake. */
START_TEST(state_without_memory_is_not_handed_over)
{
    struct room rooms[2];
    struct pm_facts before = facts_of(&cases[_i].before, &rooms[0]), next = facts_of(&cases[_i].next, &rooms[1]);
    bool has_failed = true;
    for (size_t nth = 1; has_failed; nth++) {
        struct plugmgr_report *report = pm_report_new("x.so");
        fail_allocation(nth);
        bool is_handed_over = pm_state_judge(&before, &next, report);
        has_failed = fail_allocation_happened();
        fail_allocation(0);
        ck_assert(!has_failed || pm_report_failed(report));
        ck_assert_int_eq(is_handed_over, !has_failed && cases[_i].handover == PM_HANDOVER_SAME);
        plugmgr_report_free(report);
    }
}
END_TEST

/* ---- what save writes ---- */

START_TEST(saved_bytes_are_all_that_was_written_in_a_row)
{
    struct pm_saved saved;
    struct plugmgr_state *state = &saved.state;
    char part[1000];
    size_t size;
    pm_saved_begin(&saved);
    ck_assert_uint_eq(state->size, sizeof(*state));
    for (int i = 0; i < 300; i++) {
        memset(part, i, sizeof(part));
        ck_assert_int_eq(state->write(state, part, (size_t)i), 0);
    }
    const unsigned char *bytes = pm_saved_bytes(&saved, &size);
    ck_assert_uint_eq(size, 299 * 300 / 2);
    ck_assert_uint_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
    for (int i = 0; i < 300; i++)
        for (int k = 0; k < i; k++)
            ck_assert_int_eq(*bytes++, i % 256);
    pm_saved_free(&saved);
}
END_TEST

START_TEST(saved_nothing_is_no_null_pointer)
{
    struct pm_saved saved;
    size_t size = 7;
    pm_saved_begin(&saved);
    for (int writes = 0; writes < 2; writes++) {
        const void *bytes = pm_saved_bytes(&saved, &size);
        ck_assert_ptr_nonnull(bytes);
        ck_assert_uint_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
        ck_assert_uint_eq(size, 0);
        ck_assert_int_eq(saved.state.write(&saved.state, NULL, 0), 0);
    }
    pm_saved_free(&saved);
}
END_TEST

START_TEST(saved_without_memory_fails_and_stays_so)
{
    struct pm_saved saved;
    static const char large[100000];
    pm_saved_begin(&saved);
    ck_assert_int_eq(saved.state.write(&saved.state, "x", 1), 0);
    fail_allocation_once(1);
    int result = saved.state.write(&saved.state, large, sizeof(large));
    int again = saved.state.write(&saved.state, "x", 1);
    fail_allocation(0);
    ck_assert_int_eq(result, -PLUGMGR_E_MEMORY);
    ck_assert_int_eq(again, -PLUGMGR_E_MEMORY); /* what follows a gap is worth nothing */
    ck_assert(saved.written.failed);
    pm_saved_free(&saved);
    ck_assert_int_eq(saved.written.failed, false);

    pm_saved_begin(&saved);
    ck_assert_int_eq(saved.state.write(&saved.state, "x", SIZE_MAX - 1), -PLUGMGR_E_MEMORY);
    pm_saved_free(&saved);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("state");
    TCase *comparing = tcase_create("comparing");
    tcase_add_loop_test(comparing, state_is_handed_over_if_it_is_the_same, 0, COUNT(cases));
    tcase_add_loop_test(comparing, state_that_is_not_handed_over_is_a_finding, 0, COUNT(cases));
    tcase_add_test(comparing, state_changes_are_made_printable);
    tcase_add_loop_test(comparing, state_without_memory_is_not_handed_over, 0, COUNT(cases));
    suite_add_tcase(suite, comparing);
    TCase *saving = tcase_create("saving");
    tcase_add_test(saving, saved_bytes_are_all_that_was_written_in_a_row);
    tcase_add_test(saving, saved_nothing_is_no_null_pointer);
    tcase_add_test(saving, saved_without_memory_fails_and_stays_so);
    suite_add_tcase(suite, saving);
    return run_suite(suite);
}
