/* SPDX-License-Identifier: MIT */
#include "plugcheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CHANGES = 20 }; /* lines of one interface, unless all are asked for */

struct style {
    const char *good, *bad, *subject, *faint, *end;
};
static const struct style plain_style = {"", "", "", "", ""};
static const struct style color_style = {
    .good = "\033[1;32m", .bad = "\033[1;31m", .subject = "\033[1m", .faint = "\033[2m", .end = "\033[0m"};

static void add_styled(struct pm_buffer *buffer, const char *begin, const char *text, const struct style *style)
{
    pm_buffer_add(buffer, begin);
    pm_buffer_add_escaped(buffer, text);
    pm_buffer_add(buffer, style->end);
}

static void add_number(struct pm_buffer *buffer, size_t number)
{
    char digits[21];
    pm_buffer_add(buffer, pm_format_number(number, digits));
}

static void add_version(struct pm_buffer *buffer, struct pm_version version)
{
    if (version.major == PM_DIFF_NO_VERSION) {
        pm_buffer_add(buffer, "without version");
        return;
    }
    add_number(buffer, version.major);
    pm_buffer_add(buffer, ".");
    add_number(buffer, version.minor);
}

/* "1.0", or "1.0 -> 1.1" */
static void add_versions(struct pm_buffer *buffer, const struct pm_diff_item *item)
{
    add_version(buffer, item->has_from ? item->from : item->to);
    if (!item->has_from || !item->has_to || pm_version_compare(item->from, item->to) == 0)
        return;
    pm_buffer_add(buffer, " -> ");
    add_version(buffer, item->to);
}

/* All lines, or the first ones and how many more there are. */
static void add_changes(struct pm_buffer *buffer, const char *changes, struct pm_arena *arena, bool is_verbose)
{
    size_t count = 0;
    for (const char *line = changes; line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (is_verbose || count < MAX_CHANGES) {
            pm_buffer_add(buffer, "      ");
            pm_buffer_add_escaped(buffer, pm_arena_copy_bytes(arena, line, length));
            pm_buffer_add(buffer, "\n");
        }
        count++;
        line += length + (line[length] == '\n');
    }
    if (is_verbose || count <= MAX_CHANGES)
        return;
    pm_buffer_add(buffer, "      and ");
    add_number(buffer, count - MAX_CHANGES);
    pm_buffer_add(buffer, count - MAX_CHANGES == 1 ? " change" : " changes");
    pm_buffer_add(buffer, " more (--verbose shows all)\n");
}

static void add_item(struct pm_buffer *buffer, const struct pm_diff_item *item, const struct style *style)
{
    const char *begin = !item->is_accepted ? style->bad : item->grade == PM_DIFF_IDENTICAL ? style->faint : style->good;
    pm_buffer_add(buffer, "  ");
    pm_buffer_add(buffer, style->subject);
    pm_buffer_add(buffer, "interface ");
    pm_buffer_add_escaped(buffer, item->interface_name);
    pm_buffer_add(buffer, style->end);
    pm_buffer_add(buffer, " ");
    add_versions(buffer, item);
    pm_buffer_add(buffer, ": ");
    add_styled(buffer, begin, pm_diff_grade_name(item->grade), style);
    pm_buffer_add(buffer, "\n");
}

/* The policy is named where it says other than the grade does. */
static void add_headline(struct pm_buffer *buffer, const struct pm_diff *diff, const struct diff_names *names,
                         const struct style *style)
{
    pm_buffer_add_escaped(buffer, names->from);
    pm_buffer_add(buffer, " -> ");
    pm_buffer_add_escaped(buffer, names->to);
    pm_buffer_add(buffer, ": ");
    add_styled(buffer, diff->is_accepted ? style->good : style->bad, pm_diff_grade_name(diff->result), style);
    if (diff->is_accepted != (diff->result != PM_DIFF_DIFFERENT)) {
        pm_buffer_add(buffer, diff->is_accepted ? ", accepted by the policy " : ", refused by the policy ");
        pm_buffer_add(buffer, names->policy);
    }
    pm_buffer_add(buffer, "\n");
}

/* What a reload would do. Nothing, if neither has a state. */
static void add_state(struct pm_buffer *buffer, const struct pm_state_match *state, struct pm_arena *arena,
                      const struct style *style, bool is_verbose)
{
    if (state->text == NULL && state->handover != PM_HANDOVER_SAME)
        return;
    pm_buffer_add(buffer, "  ");
    pm_buffer_add(buffer, style->subject);
    pm_buffer_add(buffer, "state");
    pm_buffer_add(buffer, style->end);
    pm_buffer_add(buffer, state->text == NULL ? ": handed over by a reload" : ": not handed over by a reload: ");
    pm_buffer_add_escaped(buffer, state->text != NULL ? state->text : "");
    pm_buffer_add(buffer, "\n");
    add_changes(buffer, state->changes, arena, is_verbose);
}

bool diff_print(const struct pm_diff *diff, const struct diff_names *names, unsigned flags)
{
    const struct style *style = (flags & PLUGMGR_TEXT_COLOR) != 0 ? &color_style : &plain_style;
    struct pm_buffer buffer = {0};
    struct pm_arena arena = {0};
    const bool is_verbose = (flags & PLUGMGR_TEXT_VERBOSE) != 0;
    add_headline(&buffer, diff, names, style);
    if (diff->count == 0)
        pm_buffer_add(&buffer, diff->result == PM_DIFF_DIFFERENT ? "  nothing that one provides and the other takes\n"
                                                                 : "  no interfaces\n");
    for (size_t i = 0; i < diff->count; i++) {
        add_item(&buffer, &diff->items[i], style);
        add_changes(&buffer, diff->items[i].changes, &arena, is_verbose);
    }
    add_state(&buffer, &diff->state, &arena, style, is_verbose);
    bool is_whole = !buffer.failed && !arena.failed;
    if (is_whole)
        fputs(buffer.data, stdout);
    pm_arena_free(&arena);
    free(buffer.data);
    return is_whole;
}
