/* SPDX-License-Identifier: MIT */
#include "matrix.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_ROWS = 40,         /* of a table, unless all are asked for; and if there are more plugins, */
    MAX_ALIKE = 10,        /* so many that differ in nothing but the name */
    MIN_LABEL_COLUMNS = 20 /* of a terminal, for a plugin's path or a host's name, however narrow it is */
};

static const struct matrix_style plain_style = {{"", "", "", ""}, "", "", ""};
static const struct matrix_style color_style = {
    .outcomes =
        {
            [OUTCOME_ACCEPTED] = "\033[1;32m",
            [OUTCOME_WARNED] = "\033[1;33m",
            [OUTCOME_REFUSED] = "\033[1;31m",
            [OUTCOME_UNREADABLE] = "\033[1;31m",
        },
    .strong = "\033[1m",
    .faint = "\033[2m",
    .end = "\033[0m",
};

const struct matrix_style *matrix_style(unsigned flags)
{
    return (flags & PLUGMGR_TEXT_COLOR) != 0 ? &color_style : &plain_style;
}

/* ---- collecting ---- */

static const char *quote(struct pm_arena *arena, const char *text)
{
    char *escaped = plugmgr_escape(text);
    if (escaped == NULL) {
        arena->failed = true;
        return "";
    }
    const char *copy = pm_arena_copy(arena, escaped);
    free(escaped);
    return copy;
}

struct matrix *matrix_new(char *const *plugin_paths, size_t plugin_count, size_t host_count)
{
    struct matrix *matrix = calloc(1, sizeof(*matrix));
    if (matrix == NULL)
        return NULL;
    matrix->paths = pm_arena_new(&matrix->arena, (plugin_count + 1) * sizeof(*matrix->paths));
    matrix->columns = pm_arena_new(&matrix->arena, (host_count + 1) * sizeof(*matrix->columns));
    if (matrix->arena.failed) {
        matrix_free(matrix);
        return NULL;
    }
    matrix->row_count = plugin_count;
    for (size_t i = 0; i < plugin_count; i++)
        matrix->paths[i] = quote(&matrix->arena, plugin_paths[i]);
    return matrix;
}

void matrix_free(struct matrix *matrix)
{
    if (matrix == NULL)
        return;
    pm_arena_free(&matrix->arena);
    free(matrix);
}

bool matrix_failed(const struct matrix *matrix)
{
    return matrix->arena.failed;
}

void matrix_begin_column(struct matrix *matrix, const char *host_path, const char *name, const char *version)
{
    struct pm_arena *arena = &matrix->arena;
    struct column *column = &matrix->columns[matrix->column_count];
    struct cell *cells = pm_arena_new(arena, (matrix->row_count + 1) * sizeof(*cells));
    if (cells == NULL)
        return;
    for (size_t row = 0; row < matrix->row_count; row++)
        cells[row] = (struct cell){.body = "", .general = "", .row = row};
    *column = (struct column){.cells = cells};
    if (host_path != NULL) {
        column->path = quote(arena, host_path);
        column->name = pm_arena_join(arena, quote(arena, name), " ", quote(arena, version), NULL);
    }
    matrix->column_count++;
}

/* The findings without the line above them. */
static const char *copy_body(struct pm_arena *arena, const struct plugmgr_report *report, unsigned flags)
{
    char *text;
    if (plugmgr_report_text(report, flags, &text) < 0) {
        arena->failed = true;
        return "";
    }
    const char *end = strchr(text, '\n');
    const char *copy = pm_arena_copy(arena, end != NULL ? end + 1 : "");
    free(text);
    return copy;
}

static enum outcome outcome_of(const struct plugmgr_report *report, const struct cell *cell)
{
    if (pm_report_has_unreadable(report))
        return OUTCOME_UNREADABLE;
    if (!plugmgr_report_accepted(report))
        return OUTCOME_REFUSED;
    return cell->count_of[PLUGMGR_WARNING] > 0 ? OUTCOME_WARNED : OUTCOME_ACCEPTED;
}

static const char *copy_if_any(struct pm_arena *arena, const char *text)
{
    return text != NULL ? pm_arena_copy(arena, text) : NULL;
}

void matrix_set(struct matrix *matrix, size_t row, const struct plugmgr_report *report, const char *real_path,
                unsigned flags)
{
    if (matrix->arena.failed)
        return;
    struct cell *cell = &matrix->columns[matrix->column_count - 1].cells[row];
    for (size_t i = 0; i < plugmgr_report_count(report); i++)
        cell->count_of[plugmgr_report_finding(report, i)->severity]++;
    cell->outcome = outcome_of(report, cell);
    if (cell->outcome >= OUTCOME_REFUSED)
        cell->code = plugmgr_report_finding(report, 0)->code;
    cell->plugin = copy_if_any(&matrix->arena, pm_report_plugin(report));
    cell->host = copy_if_any(&matrix->arena, pm_report_host(report));
    cell->real_path = real_path != NULL ? quote(&matrix->arena, real_path) : NULL;
    cell->body = copy_body(&matrix->arena, report, flags);
    cell->general = matrix_generalize(&matrix->arena, cell, true, true);
}

enum outcome matrix_row_outcome(const struct matrix *matrix, size_t row)
{
    enum outcome worst = OUTCOME_ACCEPTED;
    for (size_t i = 0; i < matrix->column_count; i++)
        if (matrix->columns[i].cells[row].outcome > worst)
            worst = matrix->columns[i].cells[row].outcome;
    return worst;
}

const char *matrix_host_label(const struct matrix *matrix, size_t column)
{
    const struct column *of = &matrix->columns[column];
    for (size_t i = 0; of->name != NULL && i < matrix->column_count; i++)
        if (i != column && strcmp(matrix->columns[i].name, of->name) == 0)
            return of->path;
    return of->name != NULL ? of->name : "";
}

/* ---- the table ---- */

static const char *cell_text(const struct cell *cell)
{
    if (cell->outcome >= OUTCOME_REFUSED)
        return cell->code;
    return cell->outcome == OUTCOME_WARNED ? "warned" : "accepted";
}

void matrix_add_count(struct pm_buffer *buffer, const char *separator, size_t count, const char *noun)
{
    char digits[21];
    if (count == 0)
        return;
    pm_buffer_add(buffer, separator);
    pm_buffer_add(buffer, pm_format_number(count, digits));
    pm_buffer_add(buffer, noun);
}

/* Of a text that is too wide its end, which tells more than its beginning. */
static const char *shorten(struct pm_arena *arena, const char *text, size_t width)
{
    size_t columns = pm_text_columns(text);
    if (columns <= width)
        return text;
    for (; columns + 3 > width && *text != '\0'; columns--) {
        size_t length = pm_utf8_length((const unsigned char *)text, strlen(text));
        text += length > 0 ? length : 1;
    }
    return pm_arena_join(arena, "...", text, NULL);
}

/* Length of the folder that all paths begin with, its slash included; 0: there is none. */
static size_t common_folder(const struct matrix *matrix)
{
    const char *slash = matrix->row_count > 0 ? strrchr(matrix->paths[0], '/') : NULL;
    size_t length = slash != NULL ? (size_t)(slash - matrix->paths[0]) + 1 : 0;
    for (size_t i = 1; i < matrix->row_count && length > 0; i++)
        if (strncmp(matrix->paths[i], matrix->paths[0], length) != 0 || strchr(matrix->paths[i] + length, '/') != NULL)
            length = 0;
    return length;
}

/* What of the matrix is printed, and how wide. */
struct table {
    struct pm_buffer *buffer;
    const struct matrix_style *style;
    const char **row_labels;        /* of all rows */
    const char **column_labels;     /* of all columns */
    size_t *rows, row_count;        /* which are printed, */
    size_t *more;                   /* and for how many others each of all stands */
    size_t left, left_of[OUTCOMES]; /* which are not */
    size_t *widths;                 /* of each column */
    size_t label_width;             /* of the first one, with the plugins */
};

static bool are_alike(const struct matrix *matrix, size_t a, size_t b)
{
    for (size_t i = 0; i < matrix->column_count; i++)
        if (strcmp(cell_text(&matrix->columns[i].cells[a]), cell_text(&matrix->columns[i].cells[b])) != 0)
            return false;
    return true;
}

/* For each row the first one that is like it and, for that one, how many are. */
static void find_alike(const struct matrix *matrix, size_t *first_of, size_t *count_of)
{
    for (size_t row = 0; row < matrix->row_count; row++) {
        size_t first = 0;
        while (first < row && (first_of[first] != first || !are_alike(matrix, first, row)))
            first++;
        first_of[row] = first;
        count_of[first]++;
    }
}

/* Of many plugins one of many that are alike stands for all of them. */
static void choose_rows(struct table *table, struct matrix *matrix, bool is_verbose)
{
    size_t *first_of = pm_arena_new(&matrix->arena, matrix->row_count * sizeof(*first_of));
    size_t *count_of = pm_arena_new(&matrix->arena, matrix->row_count * sizeof(*count_of));
    bool are_all = is_verbose || matrix->row_count <= MAX_ROWS;
    if (first_of == NULL || count_of == NULL)
        return;
    if (!are_all)
        find_alike(matrix, first_of, count_of);
    for (size_t row = 0; row < matrix->row_count; row++) {
        size_t first = first_of[row];
        bool is_crowd = !are_all && count_of[first] > MAX_ALIKE;
        bool is_shown = are_all || (is_crowd && first != row ? table->more[first] > 0 : table->row_count < MAX_ROWS);
        if (!is_shown) {
            table->left_of[matrix_row_outcome(matrix, row)]++;
            table->left++;
        } else if (!is_crowd || first == row) {
            table->rows[table->row_count++] = row;
            table->more[row] = is_crowd ? count_of[row] - 1 : 0;
        }
    }
}

static size_t at_most(size_t number, size_t limit)
{
    return number < limit ? number : limit;
}

static void measure(struct table *table, struct matrix *matrix, size_t width)
{
    size_t limit = width / 2 > MIN_LABEL_COLUMNS ? width / 2 : MIN_LABEL_COLUMNS, folder = common_folder(matrix);
    for (size_t i = 0; i < table->row_count; i++) {
        size_t row = table->rows[i];
        const char **label = &table->row_labels[row];
        *label = shorten(&matrix->arena, matrix->paths[row] + folder, limit);
        if (table->more[row] > 0)
            *label = pm_arena_join(&matrix->arena, *label, " and ", pm_arena_number(&matrix->arena, table->more[row]),
                                   " more", NULL);
        if (pm_text_columns(*label) > table->label_width)
            table->label_width = pm_text_columns(*label);
    }
    for (size_t k = 0; k < matrix->column_count; k++) {
        for (size_t i = 0; i < table->row_count; i++) {
            size_t columns = strlen(cell_text(&matrix->columns[k].cells[table->rows[i]]));
            if (columns > table->widths[k])
                table->widths[k] = columns;
        }
        size_t most = table->widths[k] > MIN_LABEL_COLUMNS ? table->widths[k] : MIN_LABEL_COLUMNS;
        const char *label = matrix_host_label(matrix, k);
        table->column_labels[k] = shorten(&matrix->arena, label, at_most(most, limit));
        if (pm_text_columns(table->column_labels[k]) > table->widths[k])
            table->widths[k] = pm_text_columns(table->column_labels[k]);
    }
}

/* A text in its column, and blanks up to the next one, if there is one. */
static void add_cell(const struct table *table, const char *begin, const char *text, size_t width, bool is_last)
{
    pm_buffer_add(table->buffer, begin);
    pm_buffer_add_escaped(table->buffer, text);
    if (*begin != '\0')
        pm_buffer_add(table->buffer, table->style->end);
    if (is_last)
        pm_buffer_add(table->buffer, "\n");
    else
        pm_buffer_add_spaces(table->buffer, width - at_most(pm_text_columns(text), width) + 2);
}

/* The columns from first to before end. */
static void add_columns(const struct table *table, const struct matrix *matrix, size_t first, size_t end)
{
    if (matrix->columns[first].name != NULL) {
        pm_buffer_add_spaces(table->buffer, table->label_width + 2);
        for (size_t k = first; k < end; k++)
            add_cell(table, table->style->strong, table->column_labels[k], table->widths[k], k + 1 == end);
    }
    for (size_t i = 0; i < table->row_count; i++) {
        size_t row = table->rows[i];
        add_cell(table, "", table->row_labels[row], table->label_width, false);
        for (size_t k = first; k < end; k++) {
            const struct cell *cell = &matrix->columns[k].cells[row];
            add_cell(table, table->style->outcomes[cell->outcome], cell_text(cell), table->widths[k], k + 1 == end);
        }
    }
}

static bool is_refused_by_all(const struct matrix *matrix, size_t row)
{
    for (size_t k = 0; k < matrix->column_count; k++)
        if (matrix->columns[k].cells[row].outcome != OUTCOME_REFUSED)
            return false;
    return true;
}

/* "296 accepted, 3 with warnings, 1 refused"; by_all: how many of these by all of several hosts. */
static void add_outcomes(struct pm_buffer *buffer, const size_t count_of[OUTCOMES], bool are_several, size_t by_all)
{
    const char *const words[OUTCOMES] = {
        [OUTCOME_ACCEPTED] = are_several ? " accepted by all" : " accepted",
        [OUTCOME_WARNED] = " with warnings",
        [OUTCOME_REFUSED] = are_several ? " refused by some" : " refused",
        [OUTCOME_UNREADABLE] = " could not be read",
    };
    const char *separator = ": ";
    for (size_t i = 0; i < OUTCOMES; i++) {
        matrix_add_count(buffer, separator, count_of[i], words[i]);
        if (i == OUTCOME_REFUSED && are_several)
            matrix_add_count(buffer, " (", by_all, " of them by all)");
        if (count_of[i] > 0)
            separator = ", ";
    }
}

/* What the table leaves out. */
static void add_left(const struct table *table, bool are_several)
{
    matrix_add_count(table->buffer, "and ", table->left, " more");
    add_outcomes(table->buffer, table->left_of, are_several, 0);
    pm_buffer_add(table->buffer, " (--verbose shows all)\n");
}

static void add_table(struct pm_buffer *buffer, struct matrix *matrix, unsigned flags, size_t width)
{
    struct pm_arena *arena = &matrix->arena;
    struct table table = {
        .buffer = buffer,
        .style = matrix_style(flags),
        .row_labels = pm_arena_new(arena, matrix->row_count * sizeof(*table.row_labels)),
        .column_labels = pm_arena_new(arena, matrix->column_count * sizeof(*table.column_labels)),
        .rows = pm_arena_new(arena, matrix->row_count * sizeof(*table.rows)),
        .more = pm_arena_new(arena, matrix->row_count * sizeof(*table.more)),
        .widths = pm_arena_new(arena, matrix->column_count * sizeof(*table.widths)),
    };
    if (arena->failed)
        return;
    choose_rows(&table, matrix, (flags & PLUGMGR_TEXT_VERBOSE) != 0);
    measure(&table, matrix, width);
    size_t folder = common_folder(matrix);
    if (folder > 0) {
        pm_buffer_add(buffer, "in ");
        pm_buffer_add_escaped(buffer, pm_arena_copy_bytes(arena, matrix->paths[0], folder));
        pm_buffer_add(buffer, "\n");
    }
    for (size_t first = 0, end; first < matrix->column_count; first = end) {
        size_t used = table.label_width + 2 + table.widths[first];
        for (end = first + 1; end < matrix->column_count && used + 2 + table.widths[end] <= width; end++)
            used += 2 + table.widths[end];
        add_columns(&table, matrix, first, end);
        if (end < matrix->column_count)
            pm_buffer_add(buffer, "\n");
    }
    if (table.left > 0)
        add_left(&table, matrix->column_count > 1);
    pm_buffer_add(buffer, "\n");
}

/* "300 plugins: 296 accepted, 3 with warnings, 1 refused" */
static void add_summary(struct pm_buffer *buffer, const struct matrix *matrix)
{
    size_t count_of[OUTCOMES] = {0}, by_all = 0;
    for (size_t row = 0; row < matrix->row_count; row++) {
        count_of[matrix_row_outcome(matrix, row)]++;
        by_all += is_refused_by_all(matrix, row);
    }
    matrix_add_count(buffer, "", matrix->row_count, matrix->row_count == 1 ? " plugin" : " plugins");
    if (matrix->column_count > 1)
        matrix_add_count(buffer, ", ", matrix->column_count, " hosts");
    add_outcomes(buffer, count_of, matrix->column_count > 1, by_all);
    pm_buffer_add(buffer, "\n");
}

char *matrix_text(struct matrix *matrix, unsigned flags, size_t width)
{
    struct pm_buffer buffer = {0};
    if (matrix->arena.failed)
        return NULL;
    add_table(&buffer, matrix, flags, width);
    if (matrix_add_reasons(&buffer, matrix, flags))
        pm_buffer_add(&buffer, "\n");
    add_summary(&buffer, matrix);
    if (!buffer.failed && !matrix->arena.failed)
        return buffer.data;
    free(buffer.data);
    return NULL;
}

/* ---- JSON ---- */

json_t *matrix_hosts_to_json(const struct matrix *matrix)
{
    json_t *array = json_array();
    for (size_t i = 0; i < matrix->column_count && matrix->columns[i].name != NULL; i++)
        if (json_array_append_new(
                array, json_pack("{s:s, s:s}", "file", matrix->columns[i].path, "host", matrix->columns[i].name)) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}

static json_t *row_to_json(const struct matrix *matrix, size_t row)
{
    json_t *cells = json_array();
    for (size_t i = 0; i < matrix->column_count; i++)
        if (json_array_append_new(cells, json_string(cell_text(&matrix->columns[i].cells[row]))) < 0) {
            json_decref(cells);
            return NULL;
        }
    return json_pack("{s:s, s:o}", "file", matrix->paths[row], "cells", cells);
}

json_t *matrix_rows_to_json(const struct matrix *matrix)
{
    json_t *array = json_array();
    for (size_t row = 0; row < matrix->row_count; row++)
        if (json_array_append_new(array, row_to_json(matrix, row)) < 0) {
            json_decref(array);
            return NULL;
        }
    return array;
}
