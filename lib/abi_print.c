/* SPDX-License-Identifier: MIT */
#include "abi_print.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_TYPE = 400 }; /* bytes of a type in a line; the rest is "..." */

const char *const pm_abi_kind_words[] = {[PM_ABI_STRUCT] = "struct", [PM_ABI_UNION] = "union", [PM_ABI_ENUM] = "enum"};

/* A type as C declares it: what stands left of the name that is not there, and what stands right of it. */
struct printer {
    struct pm_buffer *line;
    size_t start;
};

static bool is_full(const struct printer *printer)
{
    return printer->line->failed || printer->line->size - printer->start > MAX_TYPE;
}

static char last_of(const struct printer *printer)
{
    const struct pm_buffer *line = printer->line;
    return line->size > printer->start ? line->data[line->size - 1] : '(';
}

/* A space, unless what stands before it binds to what follows. */
static void add_gap(const struct printer *printer)
{
    if (strchr("(*] ", last_of(printer)) == NULL)
        pm_buffer_add(printer->line, " ");
}

static void add_qualifiers(const struct printer *printer, unsigned qualifiers, bool is_behind)
{
    static const char *const words[] = {"_Atomic", "const", "volatile"};
    bool is_first = true;
    for (unsigned i = 0; i < 3; i++) {
        if ((qualifiers & 1u << i) == 0)
            continue;
        if (is_behind && !is_first)
            pm_buffer_add(printer->line, " ");
        pm_buffer_add(printer->line, words[i]);
        if (!is_behind)
            pm_buffer_add(printer->line, " ");
        is_first = false;
    }
}

struct pm_abi_token pm_abi_read_unqualified(const char *type, unsigned *ret_qualifiers)
{
    struct pm_abi_token token;
    pm_abi_token_read(type, &token);
    *ret_qualifiers = token.kind == PM_ABI_QUALIFIERS ? token.qualifiers : 0;
    if (token.kind == PM_ABI_QUALIFIERS)
        pm_abi_token_read(token.next, &token);
    return token;
}

static bool is_suffixed(const char *type)
{
    unsigned qualifiers;
    enum pm_abi_token_kind kind = pm_abi_read_unqualified(type, &qualifiers).kind;
    return kind == PM_ABI_FUNCTION || kind == PM_ABI_ARRAY || kind == PM_ABI_VECTOR;
}

static void add_left(const struct printer *printer, const char *type)
{
    unsigned qualifiers;
    struct pm_abi_token token = pm_abi_read_unqualified(type, &qualifiers);
    if (is_full(printer))
        return;
    if (token.kind != PM_ABI_POINTER)
        add_qualifiers(printer, qualifiers, false);
    switch (token.kind) {
    case PM_ABI_POINTER:
        add_left(printer, token.next);
        add_gap(printer);
        pm_buffer_add(printer->line, is_suffixed(token.next) ? "(*" : "*");
        add_qualifiers(printer, qualifiers, true);
        break;
    case PM_ABI_TAG:
        pm_buffer_add(printer->line, pm_abi_kind_words[token.tag_kind]);
        pm_buffer_add(printer->line, " ");
        pm_buffer_add_bytes(printer->line, token.text[0] == '@' ? "{...}" : token.text,
                            token.text[0] == '@' ? 5 : token.length);
        break;
    case PM_ABI_LEAF:
        pm_buffer_add_bytes(printer->line, token.text, token.length);
        break;
    default:
        add_left(printer, token.next);
    }
}

static void add_type_to(const struct printer *printer, const char *type);

/* At most count types from a list of parameters; SIZE_MAX: all, and what ends the list. */
static void add_parameters(const struct printer *printer, const char *at, size_t count)
{
    bool is_whole = count == SIZE_MAX;
    if (is_whole && *at == ')')
        pm_buffer_add(printer->line, "void");
    for (size_t i = 0; i < count && strchr(")?.", *at) == NULL && !is_full(printer); i++) {
        if (i > 0)
            pm_buffer_add(printer->line, ", ");
        add_type_to(printer, at);
        at = pm_abi_type_end(at);
        at += *at == ',';
        if (is_whole && *at == '.')
            pm_buffer_add(printer->line, ", ");
    }
    if (is_whole && *at == '.')
        pm_buffer_add(printer->line, "...");
}

static void add_right(const struct printer *printer, const char *type)
{
    char digits[21];
    unsigned qualifiers;
    struct pm_abi_token token = pm_abi_read_unqualified(type, &qualifiers);
    if (is_full(printer))
        return;
    switch (token.kind) {
    case PM_ABI_POINTER:
        if (is_suffixed(token.next))
            pm_buffer_add(printer->line, ")");
        add_right(printer, token.next);
        break;
    case PM_ABI_FUNCTION:
        if (last_of(printer) != ')')
            add_gap(printer);
        pm_buffer_add(printer->line, "(");
        add_parameters(printer, pm_abi_type_end(token.next) + 1, SIZE_MAX);
        pm_buffer_add(printer->line, ")");
        add_right(printer, token.next);
        break;
    case PM_ABI_ARRAY:
    case PM_ABI_VECTOR:
        if (last_of(printer) != ')')
            add_gap(printer);
        pm_buffer_add(printer->line, token.kind == PM_ABI_ARRAY ? "[" : "vec[");
        if (token.has_count || token.kind == PM_ABI_VECTOR)
            pm_buffer_add(printer->line, pm_format_number(token.count, digits));
        pm_buffer_add(printer->line, "]");
        add_right(printer, token.next);
        break;
    default:
        break;
    }
}

static void add_type_to(const struct printer *printer, const char *type)
{
    add_left(printer, type);
    add_right(printer, type);
}

static void end_type(const struct printer *printer)
{
    if (!printer->line->failed && is_full(printer))
        pm_buffer_add(printer->line, "...");
}

void pm_abi_print_type(struct pm_buffer *line, const char *type)
{
    struct printer printer = {line, line->size};
    add_type_to(&printer, type);
    end_type(&printer);
}

void pm_abi_print_parameters(struct pm_buffer *line, const char *types, size_t count)
{
    struct printer printer = {line, line->size};
    add_parameters(&printer, types, count);
    end_type(&printer);
}

const char *pm_abi_signature(const struct pm_abi_tree *tree, struct pm_arena *arena)
{
    struct pm_buffer line = {0};
    if (tree->form != PM_ABI_ROOT_FUNCTION && tree->form != PM_ABI_ROOT_OBJECT)
        return NULL;
    pm_abi_print_type(&line, tree->type);
    arena->failed |= line.failed;
    const char *text = line.failed ? "" : pm_arena_copy(arena, line.data);
    free(line.data);
    return text;
}
