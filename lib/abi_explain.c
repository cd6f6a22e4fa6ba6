/* SPDX-License-Identifier: MIT */
/* Changes in words. */
#include "abi_change.h"
#include "abi_print.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_NESTING = 4, /* anonymous types in anonymous types of which each is named */
    LEAST_ALIKE = 4  /* changes of one type to another are told one by one up to here */
};

static void add_number(struct pm_buffer *line, uint64_t number)
{
    char text[21];
    pm_buffer_add(line, pm_format_number(number, text));
}

static void add_quoted(struct pm_buffer *line, const char *name)
{
    pm_buffer_add(line, "'");
    pm_buffer_add(line, name);
    pm_buffer_add(line, "'");
}

/* ---- who ---- */

static bool is_method(const struct pm_abi_pair *pair, const struct pm_abi_member *member)
{
    unsigned qualifiers;
    if (!pair->is_root || member == NULL || member->type == NULL)
        return false;
    struct pm_abi_token token = pm_abi_read_unqualified(member->type, &qualifiers);
    return token.kind == PM_ABI_POINTER && pm_abi_read_unqualified(token.next, &qualifiers).kind == PM_ABI_FUNCTION;
}

static void add_place(struct pm_buffer *line, const struct pm_abi_member *member, bool has_bit)
{
    pm_buffer_add(line, "offset ");
    add_number(line, member->number);
    if (!has_bit)
        return;
    pm_buffer_add(line, " bit ");
    add_number(line, member->bit);
}

static bool is_unnamed(const struct pm_abi_member *member)
{
    return strcmp(member->name, "-") == 0;
}

/* "union": what an anonymous member is. */
static const char *kind_of(const struct pm_abi_member *member)
{
    unsigned qualifiers;
    struct pm_abi_token token = pm_abi_read_unqualified(member->type, &qualifiers);
    return token.kind == PM_ABI_TAG ? pm_abi_kind_words[token.tag_kind] : "member";
}

static void add_name(struct pm_buffer *line, const struct pm_abi_pair *pair, const struct pm_abi_member *member)
{
    if (is_unnamed(member)) {
        pm_buffer_add(line, "anonymous ");
        pm_buffer_add(line, kind_of(member));
    } else if (is_method(pair, member)) {
        pm_buffer_add(line, member->name);
    } else {
        add_quoted(line, member->name);
    }
}

static void add_member(struct pm_buffer *line, const struct pm_abi_pair *pair, const struct pm_abi_member *member)
{
    if (!is_unnamed(member))
        pm_buffer_add(line, is_method(pair, member) ? "method " : member->width > 0 ? "bit-field " : "member ");
    add_name(line, pair, member);
    if (is_unnamed(member)) {
        pm_buffer_add(line, " at ");
        add_place(line, member, false);
    }
}

/* The ways into functions within a type: "parameter 2 (callback): its ". */
static void add_way(struct pm_buffer *line, const unsigned *path, size_t depth)
{
    for (size_t i = 0; i < depth; i++) {
        if (i > 0)
            pm_buffer_add(line, ": its ");
        pm_buffer_add(line, path[i] > 0 ? "parameter " : "returned function");
        if (path[i] > 0) {
            add_number(line, path[i]);
            pm_buffer_add(line, " (callback)");
        }
    }
}

static void add_root(struct pm_buffer *line, const struct pm_abi_pair *pair)
{
    static const char *const words[] = {[PM_ABI_ROOT_STRUCT] = "interface ",
                                        [PM_ABI_ROOT_UNION] = "interface ",
                                        [PM_ABI_ROOT_FUNCTION] = "function ",
                                        [PM_ABI_ROOT_OBJECT] = "object "};
    pm_buffer_add(line, words[pair->from_tree->form]);
    pm_buffer_add(line, pair->from_tree->name);
}

static void add_subject(struct pm_buffer *line, const struct pm_abi_pair *pair, unsigned nesting);

/* Where an anonymous type was met: "struct user: member 'place' (anonymous struct): ". */
static void add_place_of(struct pm_buffer *line, const struct pm_abi_pair *pair, unsigned nesting)
{
    if (nesting == MAX_NESTING) {
        pm_buffer_add(line, "...: ");
        return;
    }
    bool is_below_member = pair->member != NULL;
    if (is_below_member) {
        add_subject(line, pair->parent, nesting + 1);
        add_member(line, pair->parent, pair->member);
    } else {
        add_root(line, pair->parent);
    }
    if (pair->depth > 0) {
        pm_buffer_add(line, ": ");
        add_way(line, pair->path, pair->depth - 1);
        unsigned number = pair->path[pair->depth - 1];
        pm_buffer_add(line, pair->depth > 1 ? ": its " : "");
        pm_buffer_add(line, number > 0 ? "parameter " : "return value");
        if (number > 0)
            add_number(line, number);
    }
    if (pair->depth > 0 || !is_below_member || !is_unnamed(pair->member)) {
        pm_buffer_add(line, " (anonymous ");
        pm_buffer_add(line, pm_abi_kind_words[pair->from->kind]);
        pm_buffer_add(line, ")");
    }
    pm_buffer_add(line, ": ");
}

/* What the change is in: "struct user: "; nothing for the members of the root. */
static void add_subject(struct pm_buffer *line, const struct pm_abi_pair *pair, unsigned nesting)
{
    if (pair->is_root)
        return;
    if (pair->from->tag[0] == '@' && pair->parent != NULL) {
        add_place_of(line, pair, nesting);
        return;
    }
    pm_buffer_add(line, pm_abi_kind_words[pair->from->kind]);
    pm_buffer_add(line, " ");
    pm_buffer_add(line, pair->from->tag);
    pm_buffer_add(line, ": ");
}

/* The root's member by which a struct was met first, once for each struct that is told by its name. */
static void add_reached(struct pm_buffer *line, struct pm_abi_pair *pair)
{
    if (pair->is_root || pair->is_introduced)
        return;
    pair->is_introduced = true;
    unsigned anonymous = 0;
    const struct pm_abi_pair *at = pair;
    for (; at->parent != NULL && at->from->tag[0] == '@' && anonymous < MAX_NESTING; anonymous++)
        at = at->parent;
    if (at->is_root)
        return; /* it has been told by its way from there */
    while (at->parent != NULL && !at->parent->is_root)
        at = at->parent;
    if (at->parent == NULL || at->member == NULL || is_unnamed(at->member))
        return;
    pm_buffer_add(line, " (reached by ");
    pm_buffer_add(line, at->member->name);
    pm_buffer_add(line, ")");
}

/* ---- members ---- */

static void add_member_type(struct pm_buffer *line, const struct pm_abi_pair *pair, const struct pm_abi_member *member)
{
    if (is_method(pair, member) || is_unnamed(member))
        return;
    pm_buffer_add(line, " (");
    pm_abi_print_type(line, member->type);
    if (member->width > 0) {
        pm_buffer_add(line, ", ");
        add_number(line, member->width);
        pm_buffer_add(line, member->width > 1 ? " bits" : " bit");
    }
    pm_buffer_add(line, ")");
}

/* "member 'x' (u32)", "members 'x' and 'y'", "5 members ('x' to 'z')" */
static void add_run(struct pm_buffer *line, const struct pm_abi_change *change, bool has_type)
{
    const struct pm_abi_member *first = change->from != NULL ? change->from : change->to;
    if (change->count <= 1) {
        add_member(line, change->pair, first);
        if (has_type)
            add_member_type(line, change->pair, first);
        return;
    }
    if (change->count > 2) {
        add_number(line, change->count);
        pm_buffer_add(line, " ");
    }
    pm_buffer_add(line, is_method(change->pair, first) ? "methods " : "members ");
    pm_buffer_add(line, change->count > 2 ? "(" : "");
    add_name(line, change->pair, first);
    pm_buffer_add(line, change->count > 2 ? " to " : " and ");
    add_name(line, change->pair, change->last);
    pm_buffer_add(line, change->count > 2 ? ")" : "");
}

static void add_inserted(struct pm_buffer *line, const struct pm_abi_change *change)
{
    const struct pm_abi_block *block = change->pair->to;
    const struct pm_abi_member *last = change->last != NULL ? change->last : change->to;
    size_t next = (size_t)(last - block->members) + 1;
    add_run(line, change, true);
    pm_buffer_add(line, " inserted");
    if (is_method(change->pair, change->to) && next < block->count) {
        pm_buffer_add(line, " before ");
        add_quoted(line, block->members[next].name);
    } else if (block->kind != PM_ABI_UNION) {
        pm_buffer_add(line, " at ");
        add_place(line, change->to, change->to->width > 0);
    }
}

static void add_exchanged(struct pm_buffer *line, const struct pm_abi_change *change)
{
    add_run(line, change, change->kind == PM_ABI_REPLACED);
    pm_buffer_add(line, change->kind == PM_ABI_REPLACED ? " replaced by " : " renamed to ");
    if (is_unnamed(change->to))
        add_name(line, change->pair, change->to);
    else
        add_quoted(line, change->to->name);
    if (change->kind == PM_ABI_REPLACED)
        add_member_type(line, change->pair, change->to);
}

static void add_reordered(struct pm_buffer *line, const struct pm_abi_change *change)
{
    add_run(line, change, false);
    pm_buffer_add(line, change->before != NULL ? " moved before " : " moved to the end");
    if (change->before != NULL && is_unnamed(change->before))
        add_member(line, change->pair, change->before);
    else if (change->before != NULL)
        add_quoted(line, change->before->name);
}

static void add_from_to(struct pm_buffer *line, const struct pm_abi_member *from, const struct pm_abi_member *to)
{
    bool has_bit = from->bit > 0 || to->bit > 0;
    pm_buffer_add(line, " from ");
    add_place(line, from, has_bit);
    pm_buffer_add(line, " to ");
    if (has_bit)
        add_place(line, to, true);
    else
        add_number(line, to->number);
}

static void add_width(struct pm_buffer *line, const struct pm_abi_change *change)
{
    add_member(line, change->pair, change->from);
    if (change->to_number == 0) {
        pm_buffer_add(line, " became a plain member");
        return;
    }
    pm_buffer_add(line, change->from_number == 0 ? " became a bit-field of " : ": width changed from ");
    if (change->from_number > 0) {
        add_number(line, change->from_number);
        pm_buffer_add(line, " to ");
    }
    add_number(line, change->to_number);
    pm_buffer_add(line, change->to_number > 1 ? " bits" : " bit");
}

static void add_swelled(struct pm_buffer *line, const struct pm_abi_change *change)
{
    add_member(line, change->pair, change->from);
    add_member_type(line, change->pair, change->from);
    pm_buffer_add(line, change->to_number > change->from_number   ? " grows"
                        : change->to_number < change->from_number ? " shrinks"
                                                                  : " changes");
}

/* ---- types that changed ---- */

/* Whose type it is: "method find", "struct ops: member 'open'", "function run". */
static void add_head(struct pm_buffer *line, const struct pm_abi_change *change)
{
    if (change->from != NULL)
        add_member(line, change->pair, change->from);
    else
        add_root(line, change->pair);
}

static void add_qualifier_words(struct pm_buffer *line, const struct pm_abi_change *change)
{
    static const char *const words[] = {"_Atomic", "const", "volatile"};
    const char *separator = " (";
    for (unsigned i = 0; i < 6; i++) {
        unsigned set = i < 3 ? change->added : change->removed;
        if ((set & 1u << i % 3) == 0)
            continue;
        pm_buffer_add(line, separator);
        pm_buffer_add(line, words[i % 3]);
        pm_buffer_add(line, i < 3 ? " added" : " removed");
        separator = ", ";
    }
    pm_buffer_add(line, change->is_pointee ? " at the pointee)" : ")");
}

static void add_retyped(struct pm_buffer *line, const struct pm_abi_change *change)
{
    add_head(line, change);
    if (change->depth > 0) {
        pm_buffer_add(line, ": ");
        add_way(line, change->path, change->depth - 1);
        pm_buffer_add(line, change->depth > 1 ? ": its " : "");
        unsigned number = change->path[change->depth - 1];
        pm_buffer_add(line, number > 0 ? "parameter " : "return type");
        if (number > 0)
            add_number(line, number);
    }
    if (change->retyping == PM_ABI_RE_SIZED) {
        pm_buffer_add(line, ": size of ");
        pm_abi_print_type(line, change->from_type);
        pm_buffer_add(line, " changed from ");
        add_number(line, change->from_number);
        pm_buffer_add(line, " to ");
        add_number(line, change->to_number);
        return;
    }
    pm_buffer_add(line, " changed from ");
    pm_abi_print_type(line, change->from_type);
    pm_buffer_add(line, " to ");
    pm_abi_print_type(line, change->to_type);
    if (change->retyping == PM_ABI_RE_QUALIFIED)
        add_qualifier_words(line, change);
}

/* "parameter 2 (u32)", "parameters 2 and 3 (u32, i8 *)", "parameters 2 to 4 (…)" */
static void add_parameter_run(struct pm_buffer *line, const char *types, uint64_t first, size_t count)
{
    pm_buffer_add(line, count > 1 ? "parameters " : "parameter ");
    add_number(line, first);
    if (count > 1) {
        pm_buffer_add(line, count > 2 ? " to " : " and ");
        add_number(line, first + count - 1);
    }
    pm_buffer_add(line, " (");
    pm_abi_print_parameters(line, types, count);
    pm_buffer_add(line, ")");
}

static void add_parameter_change(struct pm_buffer *line, const struct pm_abi_change *change)
{
    static const char *const words[] = {[PM_ABI_PARAMETERS_INSERTED] = " inserted",
                                        [PM_ABI_PARAMETERS_APPENDED] = " appended",
                                        [PM_ABI_PARAMETERS_REMOVED] = " removed",
                                        [PM_ABI_PARAMETERS_REPLACED] = " replaced by "};
    add_head(line, change);
    pm_buffer_add(line, ": ");
    add_way(line, change->path, change->depth);
    pm_buffer_add(line, change->depth > 0 ? ": its " : "");
    if (change->count > 0)
        add_parameter_run(line, change->from_type, change->from_number, change->count);
    else
        add_parameter_run(line, change->to_type, change->to_number, change->to_count);
    pm_buffer_add(line, words[change->kind]);
    if (change->kind == PM_ABI_PARAMETERS_REPLACED)
        pm_abi_print_parameters(line, change->to_type, change->to_count);
}

static void add_signature(struct pm_buffer *line, const struct pm_abi_change *change)
{
    static const char *const words[2][2] = {{" is no longer variadic", " became variadic"},
                                            {" lost its prototype", " got a prototype"}};
    add_head(line, change);
    if (change->depth > 0) {
        pm_buffer_add(line, ": ");
        add_way(line, change->path, change->depth);
    }
    pm_buffer_add(line, words[change->kind == PM_ABI_PROTOTYPED][change->to_number > 0]);
}

/* ---- enums ---- */

static void add_value(struct pm_buffer *line, const struct pm_abi_member *member)
{
    if (member->is_negative)
        pm_buffer_add(line, "-");
    add_number(line, member->is_negative ? -member->number : member->number);
}

/* "enumerator 'A'", "enumerators 'A' and 'B'", "5 enumerators ('A' to 'E')" */
static void add_enumerators(struct pm_buffer *line, const struct pm_abi_change *change)
{
    const struct pm_abi_member *first = change->from != NULL ? change->from : change->to;
    if (change->count > 2) {
        add_number(line, change->count);
        pm_buffer_add(line, " ");
    }
    pm_buffer_add(line, change->count > 1 ? "enumerators " : "enumerator ");
    pm_buffer_add(line, change->count > 2 ? "(" : "");
    add_quoted(line, first->name);
    if (change->count > 1) {
        pm_buffer_add(line, change->count > 2 ? " to " : " and ");
        add_quoted(line, change->last->name);
    }
    pm_buffer_add(line, change->count > 2 ? ")" : "");
}

static void add_enumerator_change(struct pm_buffer *line, const struct pm_abi_change *change)
{
    bool is_added = change->kind == PM_ABI_ENUMERATOR_ADDED;
    add_enumerators(line, change);
    if (change->kind == PM_ABI_ENUMERATOR_RENAMED) {
        pm_buffer_add(line, " renamed to ");
        add_quoted(line, change->to->name);
        return;
    }
    if (change->count == 1) {
        pm_buffer_add(line, " = ");
        add_value(line, is_added ? change->to : change->from);
    }
    pm_buffer_add(line, is_added ? " added" : " removed");
}

static void add_revalued(struct pm_buffer *line, const struct pm_abi_change *change)
{
    add_enumerators(line, change);
    if (change->count == 1) {
        pm_buffer_add(line, " changed from ");
        add_value(line, change->from);
        pm_buffer_add(line, " to ");
        add_value(line, change->to);
        return;
    }
    uint64_t delta = change->to->number - change->from->number;
    bool is_less = (int64_t)delta < 0;
    pm_buffer_add(line, is_less ? " changed by -" : " changed by ");
    add_number(line, is_less ? -delta : delta);
}

/* ---- the rest ---- */

static void add_numbers(struct pm_buffer *line, const char *what, uint64_t from, uint64_t to)
{
    pm_buffer_add(line, what);
    pm_buffer_add(line, " from ");
    add_number(line, from);
    pm_buffer_add(line, " to ");
    add_number(line, to);
}

static void add_alignment(struct pm_buffer *line, const struct pm_abi_change *change)
{
    uint64_t from = change->from_number, to = change->to_number;
    if (from > 0 && to > 0) {
        add_numbers(line, "alignment changed", from, to);
        return;
    }
    pm_buffer_add(line, "explicit alignment of ");
    add_number(line, from > 0 ? from : to);
    pm_buffer_add(line, from > 0 ? " removed" : " added");
}

static void add_renamed_root(struct pm_buffer *line, const struct pm_abi_pair *pair)
{
    pm_buffer_add(line, "the interface is ");
    add_quoted(line, pair->to_tree->name);
    pm_buffer_add(line, " instead of ");
    add_quoted(line, pair->from_tree->name);
}

static void add_reformed_root(struct pm_buffer *line, const struct pm_abi_pair *pair)
{
    static const char *const forms[] = {"a struct", "a union", "a function", "an object"};
    pm_buffer_add(line, "the interface is ");
    pm_buffer_add(line, forms[pair->to_tree->form]);
    pm_buffer_add(line, " instead of ");
    pm_buffer_add(line, forms[pair->from_tree->form]);
}

static void add_opaque(struct pm_buffer *line, const struct pm_abi_change *change)
{
    static const char *const words[] = {"an interface of its own", "opaque", "complete"};
    pm_buffer_add(line, change->from_type);
    pm_buffer_add(line, ": ");
    pm_buffer_add(line, words[change->to_number]);
    pm_buffer_add(line, " instead of ");
    pm_buffer_add(line, words[change->from_number]);
}

static void add_swapped(struct pm_buffer *line, const struct pm_abi_change *change)
{
    pm_buffer_add(line, is_method(change->pair, change->from) ? "methods " : "members ");
    add_name(line, change->pair, change->from);
    pm_buffer_add(line, " and ");
    add_name(line, change->pair, change->last);
    pm_buffer_add(line, " swapped");
}

static void add_change(struct pm_buffer *line, const struct pm_abi_change *change)
{
    switch (change->kind) {
    case PM_ABI_NAMED:
        add_renamed_root(line, change->pair);
        break;
    case PM_ABI_REFORMED:
        add_reformed_root(line, change->pair);
        break;
    case PM_ABI_ALIGNED:
        add_alignment(line, change);
        break;
    case PM_ABI_RESIZED:
        add_numbers(line, "size changed", change->pair->from->size, change->pair->to->size);
        break;
    case PM_ABI_INSERTED:
        add_inserted(line, change);
        break;
    case PM_ABI_APPENDED:
        add_run(line, change, true);
        pm_buffer_add(line, " appended");
        break;
    case PM_ABI_REMOVED:
    case PM_ABI_TRUNCATED:
        add_run(line, change, true);
        pm_buffer_add(line, change->kind == PM_ABI_REMOVED ? " removed" : " removed from the end");
        break;
    case PM_ABI_RENAMED:
    case PM_ABI_REPLACED:
        add_exchanged(line, change);
        break;
    case PM_ABI_REORDERED:
        add_reordered(line, change);
        break;
    case PM_ABI_SWAPPED:
        add_swapped(line, change);
        break;
    case PM_ABI_MOVED:
        add_member(line, change->pair, change->from);
        pm_buffer_add(line, " moved");
        add_from_to(line, change->from, change->to);
        break;
    case PM_ABI_WIDTH:
        add_width(line, change);
        break;
    case PM_ABI_SWELLED:
        add_swelled(line, change);
        break;
    case PM_ABI_RETYPED:
        add_retyped(line, change);
        break;
    case PM_ABI_PARAMETERS_INSERTED:
    case PM_ABI_PARAMETERS_APPENDED:
    case PM_ABI_PARAMETERS_REMOVED:
    case PM_ABI_PARAMETERS_REPLACED:
        add_parameter_change(line, change);
        break;
    case PM_ABI_VARIADIC:
    case PM_ABI_PROTOTYPED:
        add_signature(line, change);
        break;
    case PM_ABI_UNDERLYING:
        pm_buffer_add(line, "underlying type changed from ");
        pm_buffer_add(line, change->pair->from->leaf);
        pm_buffer_add(line, " to ");
        pm_buffer_add(line, change->pair->to->leaf);
        break;
    case PM_ABI_ENUMERATOR_RENAMED:
    case PM_ABI_ENUMERATOR_ADDED:
    case PM_ABI_ENUMERATOR_REMOVED:
        add_enumerator_change(line, change);
        break;
    case PM_ABI_REVALUED:
        add_revalued(line, change);
        break;
    case PM_ABI_OPAQUE:
        add_opaque(line, change);
        break;
    case PM_ABI_TOO_MUCH:
        pm_buffer_add(line, "the interfaces are too intricate to be compared in full");
        break;
    case PM_ABI_LEFT_OUT:
        pm_buffer_add(line, "more differs, which is left out: these are the first ");
        add_number(line, change->from_number);
        pm_buffer_add(line, " changes");
        break;
    }
}

/* ---- what follows from it ---- */

static void add_distance(struct pm_buffer *line, int64_t least, int64_t most)
{
    if (least < 0 && most > 0)
        return; /* some this way, some that way */
    uint64_t nearer = (uint64_t)(least < 0 ? -most : least), farther = (uint64_t)(least < 0 ? -least : most);
    bool is_bits = nearer % 8 != 0 || farther % 8 != 0;
    pm_buffer_add(line, least < 0 ? " back by " : " by ");
    add_number(line, is_bits ? nearer : nearer / 8);
    if (nearer != farther) {
        pm_buffer_add(line, " to ");
        add_number(line, is_bits ? farther : farther / 8);
    }
    if (is_bits)
        pm_buffer_add(line, farther > 1 ? " bits" : " bit");
}

static void add_moved(struct pm_buffer *line, const struct pm_abi_change *change)
{
    bool has_place =
        change->kind != PM_ABI_ALIGNED && change->kind != PM_ABI_SWAPPED && change->kind != PM_ABI_REORDERED;
    bool is_run = (change->kind == PM_ABI_INSERTED || change->kind == PM_ABI_REMOVED) && change->count > 1;
    size_t others = change->moved_count - change->moves_itself;
    pm_buffer_add(line, change->moves_itself ? ": it" : ": ");
    pm_buffer_add(line, change->moves_itself && others > 0 ? " and " : "");
    if (others == 1 && is_unnamed(change->moved_last))
        add_member(line, change->pair, change->moved_last);
    else if (others == 1)
        add_quoted(line, change->moved_last->name);
    if (others > 1) {
        add_number(line, others);
        pm_buffer_add(line, is_method(change->pair, change->moved_from) ? " methods" : " members");
    }
    if (has_place && others > 0)
        pm_buffer_add(line, is_run ? " after them" : " after it");
    pm_buffer_add(line, change->moved_count == 1 ? " moves" : " move");
    if (change->moved_count == 1)
        add_from_to(line, change->moved_from, change->moved_to);
    else
        add_distance(line, change->least, change->most);
}

static void add_effects(struct pm_buffer *line, const struct pm_abi_change *change)
{
    if (change->moved_count > 0)
        add_moved(line, change);
    if (!change->changes_size || change->kind == PM_ABI_RESIZED)
        return;
    const struct pm_abi_block *from = change->pair->from, *to = change->pair->to;
    pm_buffer_add(line, change->moved_count > 0 ? ", " : ": ");
    add_numbers(line, to->size > from->size ? "size grows" : "size shrinks", from->size, to->size);
}

/* ---- lines ---- */

/* Causes that others follow from, changes by themselves, what follows, facts. */
static unsigned rank_of(const struct pm_abi_change *change)
{
    if (change->is_fact)
        return 3;
    if (change->kind == PM_ABI_SWELLED)
        return 2;
    bool is_root = change->kind == PM_ABI_NAMED || change->kind == PM_ABI_REFORMED;
    return is_root || change->moved_count > 0 || change->changes_size ? 0 : 1;
}

/* Whether the change stands for itself, with its type named by nothing but what it was and what it is. */
static bool is_plainly_retyped(const struct pm_abi_change *change)
{
    return change->kind == PM_ABI_RETYPED && change->retyping != PM_ABI_RE_SIZED && rank_of(change) == 1;
}

static int compare_spans(const char *a, const char *b)
{
    size_t a_length = (size_t)(pm_abi_type_end(a) - a), b_length = (size_t)(pm_abi_type_end(b) - b);
    int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
    return order != 0 ? order : (a_length > b_length) - (a_length < b_length);
}

static int compare_retyped(const void *left, const void *right)
{
    const struct pm_abi_change *a = *(struct pm_abi_change *const *)left, *b = *(struct pm_abi_change *const *)right;
    int order = compare_spans(a->from_type, b->from_type);
    return order != 0 ? order : compare_spans(a->to_type, b->to_type);
}

/* The number of changes, of which each that others are alike to gets their number as its count, and those get 0: one
 * typedef that changed shows in many places. */
static size_t fold(struct pm_abi_change *changes, struct pm_arena *arena)
{
    size_t total = 0, count = 0;
    for (struct pm_abi_change *change = changes; change != NULL; change = change->next)
        total++;
    struct pm_abi_change **alike = pm_arena_new(arena, (total + 1) * sizeof(struct pm_abi_change *));
    if (alike == NULL)
        return 0;
    for (struct pm_abi_change *change = changes; change != NULL; change = change->next)
        if (is_plainly_retyped(change))
            alike[count++] = change;
    for (size_t i = 1; i < count; i++) /* number them, as sorting forgets their order */
        alike[i]->to_count = i;
    if (count > 1)
        qsort(alike, count, sizeof(struct pm_abi_change *), compare_retyped);
    for (size_t begin = 0, end; begin < count; begin = end) {
        size_t first = begin;
        for (end = begin + 1; end < count && compare_retyped(&alike[begin], &alike[end]) == 0; end++)
            first = alike[end]->to_count < alike[first]->to_count ? end : first;
        for (size_t i = begin; i < end && end - begin >= LEAST_ALIKE; i++)
            alike[i]->count = i == first ? end - begin : 0;
    }
    return total;
}

static const char *write_line(struct pm_abi_change *change, struct pm_buffer *line, struct pm_arena *arena)
{
    line->size = 0;
    bool is_whole_root = change->kind == PM_ABI_ALIGNED || change->kind == PM_ABI_RESIZED;
    bool has_subject =
        change->kind != PM_ABI_OPAQUE && change->kind != PM_ABI_TOO_MUCH && change->kind != PM_ABI_LEFT_OUT;
    if (change->kind == PM_ABI_SWELLED)
        pm_buffer_add(line, "follows: ");
    if (change->pair->is_root && is_whole_root) {
        add_root(line, change->pair);
        pm_buffer_add(line, ": ");
    } else if (has_subject) {
        add_subject(line, change->pair, 0);
    }
    add_change(line, change);
    add_effects(line, change);
    if (change->kind == PM_ABI_RETYPED && change->count > 1) {
        pm_buffer_add(line, ", and so in ");
        add_number(line, change->count - 1);
        pm_buffer_add(line, " other places");
    }
    if (has_subject && change->kind != PM_ABI_SWELLED)
        add_reached(line, change->pair);
    arena->failed |= line->failed;
    return line->failed ? "" : pm_arena_copy(arena, line->data);
}

const char **pm_abi_explain(struct pm_abi_change *changes, struct pm_arena *arena, size_t *ret_count)
{
    struct pm_buffer line = {0};
    size_t count = 0, total = fold(changes, arena);
    const char **lines = pm_arena_new(arena, (total + 1) * sizeof(*lines));
    for (unsigned rank = 0; rank < 4 && lines != NULL && !arena->failed; rank++)
        for (struct pm_abi_change *change = changes; change != NULL; change = change->next)
            if (rank_of(change) == rank && (change->kind != PM_ABI_RETYPED || change->count > 0))
                lines[count++] = write_line(change, &line, arena);
    free(line.data);
    *ret_count = count;
    return lines;
}
