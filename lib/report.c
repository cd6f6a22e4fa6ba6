/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_CHANGES = 20, /* lines of one finding, unless all are asked for */
    MAX_LEADERS = 64, /* findings that others are compared with, so that a long report is no slow one */
    MAX_SAME = 5,     /* findings that are named because their changes are the same */
    CODE_COLUMN = 76  /* where the code of a finding stands, if its text leaves room */
};

struct entry {
    struct plugmgr_finding finding;
    enum pm_code code;
    bool is_from_plugin;
};

struct plugmgr_report {
    struct pm_arena arena;
    const char *path, *plugin, *host, *outcome;
    struct entry *entries; /* in the arena, the gravest first */
    size_t count, capacity;
    size_t count_of[PLUGMGR_REFUSAL + 1];
};

struct plugmgr_report *pm_report_new(const char *path)
{
    struct plugmgr_report *report = calloc(1, sizeof(*report));
    if (report == NULL)
        return NULL;
    report->path = pm_report_quote(report, path);
    return report;
}

void plugmgr_report_free(struct plugmgr_report *report)
{
    if (report == NULL)
        return;
    pm_arena_free(&report->arena);
    free(report);
}

struct pm_arena *pm_report_arena(struct plugmgr_report *report)
{
    return &report->arena;
}

const char *pm_report_quote(struct plugmgr_report *report, const char *text)
{
    return pm_arena_escape(&report->arena, text);
}

static bool make_room(struct plugmgr_report *report)
{
    if (report->count < report->capacity)
        return true;
    size_t capacity = report->capacity > 0 ? 2 * report->capacity : 8;
    struct entry *entries = pm_arena_new(&report->arena, capacity * sizeof(*entries));
    if (entries == NULL)
        return false;
    if (report->count > 0)
        memcpy(entries, report->entries, report->count * sizeof(*entries));
    report->entries = entries;
    report->capacity = capacity;
    return true;
}

void pm_report_add(struct plugmgr_report *report, const struct pm_finding *finding)
{
    if (!make_room(report))
        return;
    size_t at = report->count;
    for (; at > 0 && report->entries[at - 1].finding.severity < finding->severity; at--)
        report->entries[at] = report->entries[at - 1];
    report->entries[at] = (struct entry){
        .finding =
            {
                .size = sizeof(struct plugmgr_finding),
                .severity = finding->severity,
                .code = pm_code_name(finding->code),
                .subject = finding->subject,
                .text = finding->text,
                .have = finding->have,
                .want = finding->want,
                .remedy = finding->remedy,
                .changes = finding->changes,
            },
        .code = finding->code,
        .is_from_plugin = finding->is_from_plugin,
    };
    report->count++;
    report->count_of[finding->severity]++;
}

bool pm_report_has(const struct plugmgr_report *report, enum pm_code code)
{
    for (size_t i = 0; i < report->count; i++)
        if (report->entries[i].code == code)
            return true;
    return false;
}

bool pm_report_has_unreadable(const struct plugmgr_report *report)
{
    for (size_t i = 0; i < report->count; i++)
        if (pm_code_is_unreadable(report->entries[i].code))
            return true;
    return false;
}

bool pm_report_failed(const struct plugmgr_report *report)
{
    return report->arena.failed;
}

static const char *name_and_version(struct plugmgr_report *report, const char *name, const char *version)
{
    if (name == NULL)
        return NULL;
    const char *quoted = pm_report_quote(report, name);
    if (version == NULL)
        return quoted;
    return pm_arena_join(&report->arena, quoted, " ", pm_report_quote(report, version), NULL);
}

void pm_report_set_plugin(struct plugmgr_report *report, const char *name, const char *version)
{
    report->plugin = name_and_version(report, name, version);
}

void pm_report_set_host(struct plugmgr_report *report, const char *name, const char *version)
{
    report->host = name_and_version(report, name, version);
}

void pm_report_set_outcome(struct plugmgr_report *report, const char *outcome)
{
    report->outcome = outcome;
}

const char *pm_report_path(const struct plugmgr_report *report)
{
    return report->path;
}

const char *pm_report_plugin(const struct plugmgr_report *report)
{
    return report->plugin;
}

const char *pm_report_host(const struct plugmgr_report *report)
{
    return report->host;
}

int plugmgr_report_accepted(const struct plugmgr_report *report)
{
    return report->count_of[PLUGMGR_REFUSAL] == 0;
}

size_t plugmgr_report_count(const struct plugmgr_report *report)
{
    return report->count;
}

const struct plugmgr_finding *plugmgr_report_finding(const struct plugmgr_report *report, size_t index)
{
    return index < report->count ? &report->entries[index].finding : NULL;
}

/* ---- printing ---- */

struct style {
    const char *refusal, *warning, *note, *good, *faint, *end;
};
static const struct style plain_style = {"", "", "", "", "", ""};
static const struct style color_style = {
    .refusal = "\033[1;31m",
    .warning = "\033[1;33m",
    .note = "\033[1m",
    .good = "\033[1;32m",
    .faint = "\033[2m",
    .end = "\033[0m",
};

static void print_styled(struct pm_buffer *buffer, const char *begin, const char *text, const struct style *style)
{
    if (*text == '\0')
        return;
    pm_buffer_add(buffer, begin);
    pm_buffer_add_escaped(buffer, text);
    pm_buffer_add(buffer, style->end);
}

static void print_count(struct pm_buffer *buffer, const char *separator, size_t count, const char *noun)
{
    char digits[21];
    if (count == 0)
        return;
    pm_buffer_add(buffer, separator);
    pm_buffer_add(buffer, pm_format_number(count, digits));
    pm_buffer_add(buffer, " ");
    pm_buffer_add(buffer, noun);
    if (count > 1)
        pm_buffer_add(buffer, "s");
}

static void print_headline(struct pm_buffer *buffer, const struct plugmgr_report *report, const struct style *style,
                           bool is_verbose)
{
    size_t refusals = report->count_of[PLUGMGR_REFUSAL], warnings = report->count_of[PLUGMGR_WARNING];
    pm_buffer_add_escaped(buffer, report->path);
    pm_buffer_add(buffer, ": ");
    if (refusals == 0 && report->plugin != NULL) {
        pm_buffer_add_escaped(buffer, report->plugin);
        pm_buffer_add(buffer, ": ");
    }
    const char *outcome = report->outcome != NULL ? report->outcome : refusals > 0 ? "refused" : "accepted";
    print_styled(buffer, refusals > 0 ? style->refusal : style->good, outcome, style);
    if (report->host != NULL) {
        pm_buffer_add(buffer, " by ");
        pm_buffer_add_escaped(buffer, report->host);
    }
    print_count(buffer, ": ", refusals, "problem");
    print_count(buffer, refusals > 0 ? ", " : ": ", warnings, "warning");
    if (is_verbose)
        print_count(buffer, refusals + warnings > 0 ? ", " : ": ", report->count_of[PLUGMGR_NOTE], "note");
    pm_buffer_add(buffer, "\n");
}

/* A label and a value of one or several lines, the further ones below the first. */
static void print_labelled(struct pm_buffer *buffer, const char *label, size_t width, const char *value)
{
    if (label == NULL || value == NULL)
        return;
    pm_buffer_add_spaces(buffer, 6);
    pm_buffer_add(buffer, label);
    pm_buffer_add_spaces(buffer, width - strlen(label) + 2);
    for (const char *line = value;; line++) {
        size_t length = strcspn(line, "\n");
        pm_buffer_add_bytes(buffer, line, length);
        pm_buffer_add(buffer, "\n");
        line += length;
        if (*line == '\0')
            return;
        pm_buffer_add_spaces(buffer, 6 + width + 2);
    }
}

/* The label of a value that is to be shown; NULL: it is not, or the text has it. */
static const char *shown_label(enum pm_code code, const char *label, const char *value, const char *text)
{
    if (label == NULL || value == NULL || (pm_code_may_tell_values(code) && strstr(text, value) != NULL))
        return NULL;
    return label;
}

/* The lines of what changed: all of them, or the first ones and how many more there are. */
static void print_changes(struct pm_buffer *buffer, const char *changes, bool is_verbose)
{
    size_t printed = 0, left = 0;
    for (const char *line = changes; line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        if (is_verbose || printed < MAX_CHANGES) {
            pm_buffer_add_spaces(buffer, 6);
            pm_buffer_add_bytes(buffer, line, length);
            pm_buffer_add(buffer, "\n");
            printed++;
        } else {
            left++;
        }
        line += length + (line[length] == '\n');
    }
    if (left == 0)
        return;
    pm_buffer_add_spaces(buffer, 6);
    print_count(buffer, "and ", left, "change");
    pm_buffer_add(buffer, " more (--verbose shows all)\n");
}

/* ---- changes that several findings have ---- */

/* For the findings of a report by their indexes: the first one that has the same changes, which is printed for all. */
struct sameness {
    size_t *leader, *followers; /* followers: how many have that one as theirs */
    size_t leaders[MAX_LEADERS], count;
};

/* The length of a line without the member by which its type is reached: each interface has its own. */
static size_t change_length(const char *line)
{
    static const char way[] = " (reached by ";
    size_t length = strcspn(line, "\n"), way_length = sizeof(way) - 1;
    for (size_t at = length; at > way_length && line[length - 1] == ')'; at--)
        if (memcmp(line + at - way_length, way, way_length) == 0)
            return at - way_length;
    return length;
}

static bool has_same_changes(const struct entry *a, const struct entry *b)
{
    const char *left = a->finding.changes, *right = b->finding.changes;
    if (left == NULL || right == NULL || *left == '\0' || a->code != b->code ||
        a->finding.severity != b->finding.severity)
        return false;
    for (;;) {
        size_t length = change_length(left);
        if (length != change_length(right) || memcmp(left, right, length) != 0)
            return false;
        left += strcspn(left, "\n");
        right += strcspn(right, "\n");
        if (*left == '\0' || *right == '\0')
            return *left == *right;
        left++;
        right++;
    }
}

/* false: no memory. */
static bool find_same(const struct plugmgr_report *report, struct pm_arena *arena, struct sameness *same)
{
    *same = (struct sameness){.leader = pm_arena_new(arena, (report->count + 1) * sizeof(*same->leader)),
                              .followers = pm_arena_new(arena, (report->count + 1) * sizeof(*same->followers))};
    if (arena->failed)
        return false;
    for (size_t i = 0; i < report->count; i++) {
        size_t k = 0;
        while (k < same->count && !has_same_changes(&report->entries[same->leaders[k]], &report->entries[i]))
            k++;
        same->leader[i] = k < same->count ? same->leaders[k] : i;
        same->followers[same->leader[i]] += k < same->count;
        if (k == same->count && k < MAX_LEADERS)
            same->leaders[same->count++] = i;
    }
    return true;
}

/* Names the findings that are not printed because of the one with this index. */
static void print_same(struct pm_buffer *buffer, const struct plugmgr_report *report, const struct sameness *same,
                       size_t index)
{
    char digits[21];
    size_t left = same->followers[index], named = 0;
    if (left == 0)
        return;
    for (size_t i = index + 1; left > 0 && named < MAX_SAME; i++) {
        if (same->leader[i] != index)
            continue;
        pm_buffer_add(buffer, named++ == 0 ? "      the same in " : ", ");
        pm_buffer_add_escaped(buffer, report->entries[i].finding.subject);
        left--;
    }
    if (left > 0) {
        pm_buffer_add(buffer, " and ");
        pm_buffer_add(buffer, pm_format_number(left, digits));
        pm_buffer_add(buffer, " more");
    }
    pm_buffer_add(buffer, " (--verbose shows each)\n");
}

/* same: NULL: each is printed. */
static void print_finding(struct pm_buffer *buffer, const struct plugmgr_report *report, size_t index,
                          const struct sameness *same, const struct style *style)
{
    const struct entry *entry = &report->entries[index];
    static const char *const prefixes[] = {"note: ", "warning: ", ""};
    const char *const begins[] = {style->note, style->warning, style->refusal};
    const struct plugmgr_finding *finding = &entry->finding;
    const char *prefix = prefixes[finding->severity];
    const char *have_label = shown_label(entry->code, pm_code_have_label(entry->code), finding->have, finding->text);
    const char *want_label = shown_label(entry->code, pm_code_want_label(entry->code), finding->want, finding->text);
    if (have_label != NULL && want_label != NULL && strcmp(finding->have, finding->want) == 0)
        have_label = want_label = NULL; /* what differs is told by the changes */
    size_t columns = 2 + strlen(prefix) + pm_text_columns(finding->subject) + 2 + pm_text_columns(finding->text);
    pm_buffer_add(buffer, "\n  ");
    print_styled(buffer, begins[finding->severity], prefix, style);
    print_styled(buffer, style->note, finding->subject, style);
    pm_buffer_add(buffer, ": ");
    pm_buffer_add_escaped(buffer, finding->text);
    pm_buffer_add_spaces(buffer, columns + 2 < CODE_COLUMN ? CODE_COLUMN - columns : 2);
    pm_buffer_add(buffer, style->faint);
    pm_buffer_add(buffer, "[");
    pm_buffer_add(buffer, finding->code);
    pm_buffer_add(buffer, "]");
    pm_buffer_add(buffer, style->end);
    pm_buffer_add(buffer, "\n");
    size_t width = 0;
    if (have_label != NULL)
        width = strlen(have_label);
    if (want_label != NULL && strlen(want_label) > width)
        width = strlen(want_label);
    print_labelled(buffer, have_label, width, finding->have);
    print_labelled(buffer, want_label, width, finding->want);
    if (entry->is_from_plugin && finding->changes != NULL && *finding->changes != '\0') {
        pm_buffer_add_spaces(buffer, 6);
        print_styled(buffer, style->faint, "from the plugin's to the host's:", style);
        pm_buffer_add(buffer, "\n");
    }
    print_changes(buffer, finding->changes, same == NULL);
    if (same != NULL)
        print_same(buffer, report, same, index);
    if (finding->remedy != NULL) {
        pm_buffer_add(buffer, "    fix: ");
        pm_buffer_add_escaped(buffer, finding->remedy);
        pm_buffer_add(buffer, "\n");
    }
}

int plugmgr_report_text(const struct plugmgr_report *report, unsigned flags, char **ret_text)
{
    const struct style *style = (flags & PLUGMGR_TEXT_COLOR) != 0 ? &color_style : &plain_style;
    bool is_verbose = (flags & PLUGMGR_TEXT_VERBOSE) != 0;
    struct pm_buffer buffer = {0};
    struct pm_arena arena = {0};
    struct sameness same;
    bool has_memory = is_verbose || find_same(report, &arena, &same);
    print_headline(&buffer, report, style, is_verbose);
    for (size_t i = 0; i < report->count && has_memory; i++)
        if (is_verbose)
            print_finding(&buffer, report, i, NULL, style);
        else if (report->entries[i].finding.severity > PLUGMGR_NOTE && same.leader[i] == i)
            print_finding(&buffer, report, i, &same, style);
    pm_arena_free(&arena);
    if (buffer.failed || !has_memory) {
        free(buffer.data);
        return -PLUGMGR_E_MEMORY;
    }
    *ret_text = buffer.data;
    return 0;
}
