/* SPDX-License-Identifier: MIT */
#include "matrix.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_BLOCKS = 20, /* unless all are asked for */
    MAX_NAMES = 3    /* of plugins or hosts in a line */
};

/* Plugins that have the same findings for the same hosts. */
struct block {
    struct cell *first, *last; /* of each plugin the cell of the first host */
    size_t row_count;
    bool is_same;        /* the bodies are, to the letter */
    const bool *columns; /* which hosts */
    size_t column_count;
};

/* Whether a name or path may go on with it. */
static bool goes_on(char character)
{
    return character != '\0' && (isalnum((unsigned char)character) || strchr("._-+/", character) != NULL);
}

/* Adds the text up to end, with another one in the place of what; NULL: none. */
static void add_replaced(struct pm_buffer *buffer, const char *text, const char *end, const char *what,
                         const char *replacement)
{
    size_t length = what != NULL ? strlen(what) : 0;
    while (length > 0 && text < end) {
        const char *at = memmem(text, (size_t)(end - text), what, length);
        if (at == NULL)
            break;
        bool is_longer = goes_on(at[length]);
        pm_buffer_add_bytes(buffer, text, (size_t)(at - text) + (is_longer ? length : 0));
        if (!is_longer)
            pm_buffer_add(buffer, replacement);
        text = at + length;
    }
    pm_buffer_add_bytes(buffer, text, (size_t)(end - text));
}

const char *matrix_generalize(struct pm_arena *arena, const struct cell *cell, bool any_host, bool any_plugin)
{
    static const char fix[] = "    fix: ";
    struct pm_buffer buffer = {0};
    pm_buffer_add(&buffer, "");
    for (const char *line = cell->body, *end; *line != '\0'; line = end) {
        end = strchrnul(line, '\n');
        end += *end == '\n';
        if (strncmp(line, fix, sizeof(fix) - 1) == 0)
            add_replaced(&buffer, line, end, any_host ? cell->host : NULL, "these hosts");
        else
            add_replaced(&buffer, line, end, any_plugin ? cell->real_path : NULL, "the plugin");
    }
    arena->failed |= buffer.failed;
    const char *copy = buffer.failed ? "" : pm_arena_copy(arena, buffer.data);
    free(buffer.data);
    return copy;
}

static bool is_alike(const struct cell *a, const struct cell *b)
{
    return a->outcome == b->outcome && (a->host != NULL) == (b->host != NULL) && strcmp(a->general, b->general) == 0;
}

/* Whether none of the hosts before it has the same findings on the plugin. */
static bool is_first_alike(const struct matrix *matrix, size_t row, size_t column)
{
    for (size_t i = 0; i < column; i++)
        if (is_alike(&matrix->columns[i].cells[row], &matrix->columns[column].cells[row]))
            return false;
    return true;
}

/* The block of a plugin and the hosts that have the same findings as this one. false: no memory. */
static bool make_block(struct matrix *matrix, size_t row, size_t column, struct block *ret_block)
{
    struct cell *cell = &matrix->columns[column].cells[row];
    bool *columns = pm_arena_new(&matrix->arena, matrix->column_count * sizeof(*columns));
    if (columns == NULL)
        return false;
    *ret_block = (struct block){.first = cell, .last = cell, .row_count = 1, .is_same = true, .columns = columns};
    for (size_t i = 0; i < matrix->column_count; i++) {
        columns[i] = is_alike(&matrix->columns[i].cells[row], cell);
        ret_block->column_count += columns[i];
        ret_block->is_same &= !columns[i] || strcmp(matrix->columns[i].cells[row].body, cell->body) == 0;
    }
    return true;
}

/* Adds the block, or its plugin to one that is there. */
static void add_block(const struct matrix *matrix, const struct block *block, struct block *blocks, size_t *count)
{
    for (size_t i = 0; i < *count; i++) {
        if (!is_alike(blocks[i].first, block->first) ||
            memcmp(blocks[i].columns, block->columns, matrix->column_count * sizeof(*block->columns)) != 0)
            continue;
        blocks[i].last->next = block->first;
        blocks[i].last = block->first;
        blocks[i].row_count++;
        blocks[i].is_same &= block->is_same && strcmp(blocks[i].first->body, block->first->body) == 0;
        return;
    }
    blocks[(*count)++] = *block;
}

/* All with findings to be shown, in the order of the plugins. */
static size_t make_blocks(struct matrix *matrix, struct block *blocks)
{
    size_t count = 0;
    for (size_t row = 0; row < matrix->row_count; row++) {
        for (size_t column = 0; column < matrix->column_count; column++) {
            struct block block;
            if (*matrix->columns[column].cells[row].body == '\0' || !is_first_alike(matrix, row, column))
                continue;
            if (!make_block(matrix, row, column, &block))
                return count;
            add_block(matrix, &block, blocks, &count);
        }
    }
    return count;
}

/* After so many names, how many more there are. */
static void add_name(struct pm_buffer *buffer, const char *name, size_t index, size_t count, const char *more)
{
    if (index < MAX_NAMES) {
        pm_buffer_add(buffer, index == 0 ? "" : index + 1 == count ? " and " : ", ");
        pm_buffer_add_escaped(buffer, name);
    } else if (index == MAX_NAMES) {
        matrix_add_count(buffer, " and ", count - MAX_NAMES, more);
    }
}

static void add_hosts(struct pm_buffer *buffer, const struct matrix *matrix, const struct block *block)
{
    size_t index = 0;
    pm_buffer_add(buffer, " by ");
    if (block->column_count == matrix->column_count && block->column_count > MAX_NAMES) {
        matrix_add_count(buffer, "all ", block->column_count, " hosts");
        return;
    }
    for (size_t i = 0; i < matrix->column_count; i++)
        if (block->columns[i])
            add_name(buffer, matrix_host_label(matrix, i), index++, block->column_count, " more hosts");
}

static void add_plural(struct pm_buffer *buffer, const char *separator, size_t count, const char *one, const char *many)
{
    matrix_add_count(buffer, separator, count, count == 1 ? one : many);
}

static void add_headline(struct pm_buffer *buffer, const struct matrix *matrix, const struct block *block,
                         unsigned flags)
{
    const struct matrix_style *style = matrix_style(flags);
    const struct cell *cell = block->first;
    bool is_refused = cell->outcome >= OUTCOME_REFUSED;
    size_t refusals = cell->count_of[PLUGMGR_REFUSAL], warnings = cell->count_of[PLUGMGR_WARNING];
    size_t index = 0;
    for (const struct cell *of = cell; of != NULL; of = of->next)
        add_name(buffer, matrix->paths[of->row], index++, block->row_count, " more");
    pm_buffer_add(buffer, ": ");
    if (!is_refused && block->row_count == 1 && cell->plugin != NULL) {
        pm_buffer_add_escaped(buffer, cell->plugin);
        pm_buffer_add(buffer, ": ");
    }
    pm_buffer_add(buffer, style->outcomes[is_refused ? OUTCOME_REFUSED : OUTCOME_ACCEPTED]);
    pm_buffer_add(buffer, is_refused ? "refused" : "accepted");
    pm_buffer_add(buffer, style->end);
    if (cell->host != NULL)
        add_hosts(buffer, matrix, block);
    add_plural(buffer, ": ", refusals, " problem", " problems");
    add_plural(buffer, refusals > 0 ? ", " : ": ", warnings, " warning", " warnings");
    if ((flags & PLUGMGR_TEXT_VERBOSE) != 0)
        add_plural(buffer, refusals + warnings > 0 ? ", " : ": ", cell->count_of[PLUGMGR_NOTE], " note", " notes");
    pm_buffer_add(buffer, "\n");
}

/* Names what differs only by what it is. */
static const char *body_of(struct matrix *matrix, const struct block *block)
{
    if (block->is_same)
        return block->first->body;
    return matrix_generalize(&matrix->arena, block->first, block->column_count > 1, block->row_count > 1);
}

bool matrix_add_reasons(struct pm_buffer *buffer, struct matrix *matrix, unsigned flags)
{
    bool is_verbose = (flags & PLUGMGR_TEXT_VERBOSE) != 0;
    struct block *blocks = pm_arena_new(&matrix->arena, matrix->row_count * matrix->column_count * sizeof(*blocks));
    if (blocks == NULL)
        return false;
    size_t count = make_blocks(matrix, blocks), printed = 0;
    /* the gravest first */
    for (int outcome = OUTCOME_UNREADABLE; outcome >= OUTCOME_ACCEPTED; outcome--) {
        for (size_t i = 0; i < count && (is_verbose || printed < MAX_BLOCKS); i++) {
            if ((int)blocks[i].first->outcome != outcome)
                continue;
            if (printed++ > 0)
                pm_buffer_add(buffer, "\n");
            add_headline(buffer, matrix, &blocks[i], flags);
            pm_buffer_add(buffer, body_of(matrix, &blocks[i]));
        }
    }
    if (printed < count) {
        add_plural(buffer, "\nand ", count - printed, " report", " reports");
        pm_buffer_add(buffer, " more (--verbose shows all)\n");
    }
    return count > 0;
}
