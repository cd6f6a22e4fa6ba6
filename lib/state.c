/* SPDX-License-Identifier: MIT */
#include "state.h"

#include "abi.h"

#include <stdlib.h>
#include <string.h>

/* ---- whether ---- */

/* "version 3", or "tally 1.0" */
static const char *name_of(const struct pm_state_fact *state, struct pm_arena *arena)
{
    const char *major = pm_arena_number(arena, state->version.major);
    if (state->interface_name == NULL)
        return pm_arena_join(arena, "version ", major, NULL);
    return pm_arena_join(arena, state->interface_name, " ", major, ".", pm_arena_number(arena, state->version.minor),
                         NULL);
}

/* The fingerprint of its type; NULL: there is none. */
static const char *text_of(const struct pm_facts *facts)
{
    const struct pm_state_fact *state = facts->state;
    const struct pm_abi *abi =
        state->interface_name != NULL ? pm_facts_abi(facts, state->interface_name, state->version) : NULL;
    return abi != NULL ? abi->text : NULL;
}

/* What differs, one a line; NULL: nothing that is known. */
static const char *changes_between(const char *from, const char *to, struct pm_arena *arena)
{
    struct pm_problem ignored;
    const struct pm_abi_tree *trees[2];
    struct pm_abi_difference difference = {0};
    struct pm_buffer lines = {0};
    if (from == NULL || to == NULL || pm_abi_parse(from, arena, &trees[0], &ignored) < 0 ||
        pm_abi_parse(to, arena, &trees[1], &ignored) < 0)
        return NULL;
    pm_abi_compare(trees[0], trees[1], arena, &difference);
    for (size_t i = 0; i < difference.line_count; i++) {
        pm_buffer_add(&lines, i > 0 ? "\n" : "");
        pm_buffer_add(&lines, difference.lines[i]);
    }
    arena->failed |= lines.failed;
    const char *copy = lines.size > 0 && !lines.failed ? pm_arena_copy(arena, lines.data) : NULL;
    free(lines.data);
    return copy;
}

static bool is_same_declaration(const struct pm_state_fact *a, const struct pm_state_fact *b)
{
    if ((a->interface_name == NULL) != (b->interface_name == NULL) || pm_version_compare(a->version, b->version) != 0)
        return false;
    return a->interface_name == NULL || strcmp(a->interface_name, b->interface_name) == 0;
}

/* Of two builds that both declare a state. */
static void compare_declared(const struct pm_facts *before, const struct pm_facts *next, struct pm_arena *arena,
                             struct pm_state_match *match)
{
    const char *from = text_of(before), *to = text_of(next), *name = name_of(before->state, arena), *why = NULL;
    match->handover = PM_HANDOVER_LOST;
    if (!is_same_declaration(before->state, next->state)) {
        match->text =
            pm_arena_join(arena, "the running build has ", name, ", the new one ", name_of(next->state, arena), NULL);
        bool is_one_interface = before->state->interface_name != NULL && next->state->interface_name != NULL &&
                                strcmp(before->state->interface_name, next->state->interface_name) == 0;
        match->changes = is_one_interface ? changes_between(from, to, arena) : NULL;
        return;
    }
    if (before->state->interface_name != NULL) {
        if (from == NULL || to == NULL)
            why = from == NULL ? "the running build has no fingerprint of it" : "the new one has no fingerprint of it";
        else if (strcmp(from, to) != 0)
            why = "with another structure in the new one";
    }
    if (why == NULL) {
        match->handover = PM_HANDOVER_SAME;
        return;
    }
    match->text = pm_arena_join(arena, "both builds have ", name, ", but ", why, NULL);
    match->changes = changes_between(from, to, arena);
}

void pm_state_compare(const struct pm_facts *before, const struct pm_facts *next, struct pm_arena *arena,
                      struct pm_state_match *ret_match)
{
    struct pm_state_match match = {.handover = PM_HANDOVER_NONE};
    if (before->state != NULL && next->state != NULL) {
        compare_declared(before, next, arena, &match);
    } else if (before->state != NULL) {
        match.handover = PM_HANDOVER_LOST;
        match.text = pm_arena_join(arena, "the running build has ", name_of(before->state, arena),
                                   ", the new one declares none", NULL);
    } else if (next->state != NULL) {
        match.text = pm_arena_join(arena, "the running build declares none, the new one has ",
                                   name_of(next->state, arena), NULL);
    }
    *ret_match = match;
}

/* The lines, each made printable. */
static const char *quote_lines(struct plugmgr_report *report, const char *lines)
{
    struct pm_arena *arena = pm_report_arena(report);
    const char *quoted = NULL;
    for (const char *line = lines; line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        const char *one = pm_report_quote(report, pm_arena_copy_bytes(arena, line, length));
        quoted = quoted == NULL ? one : pm_arena_join(arena, quoted, "\n", one, NULL);
        line += length + (line[length] == '\n');
    }
    return quoted;
}

bool pm_state_judge(const struct pm_facts *before, const struct pm_facts *next, struct plugmgr_report *report)
{
    struct pm_arena *arena = pm_report_arena(report);
    struct pm_state_match match;
    pm_state_compare(before, next, arena, &match);
    if (arena->failed || match.text == NULL)
        return !arena->failed && match.handover == PM_HANDOVER_SAME;
    bool is_lost = match.handover == PM_HANDOVER_LOST;
    pm_report_add(report,
                  &(struct pm_finding){
                      .code = PM_STATE_NOT_HANDED_OVER,
                      .severity = is_lost ? PLUGMGR_WARNING : PLUGMGR_NOTE,
                      .subject = "state",
                      .text = pm_arena_join(arena, match.text, ": the new one starts without", NULL),
                      .changes = quote_lines(report, match.changes),
                      .remedy = is_lost ? "reload it when what it keeps in memory may be lost; a build that is to "
                                          "take that over declares the same state"
                                        : NULL,
                  });
    return false;
}

/* ---- what save writes ---- */

static int write_state(struct plugmgr_state *state, const void *bytes, size_t size)
{
    struct pm_saved *saved = (struct pm_saved *)state; /* its first member */
    pm_buffer_add_bytes(&saved->written, bytes, size);
    return saved->written.failed ? -PLUGMGR_E_MEMORY : 0;
}

void pm_saved_begin(struct pm_saved *ret_saved)
{
    *ret_saved = (struct pm_saved){.state = {.size = sizeof(ret_saved->state), .write = write_state}};
}

const void *pm_saved_bytes(const struct pm_saved *saved, size_t *ret_size)
{
    static const _Alignas(max_align_t) char nothing[1];
    *ret_size = saved->written.size;
    return saved->written.size > 0 ? (const void *)saved->written.data : nothing;
}

void pm_saved_free(struct pm_saved *saved)
{
    free(saved->written.data);
    *saved = (struct pm_saved){0};
}
