/* SPDX-License-Identifier: MIT */
#include "dwarfscope.h"

#include "message.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

/* More than anyone writes: limits at all, so that a broken object ends in a message. */
enum { MAX_DEPTH = 32, MAX_NAME = 1000, MAX_CHILDREN = 2000000 };

struct scope {
    Dwarf_Die die;
    const char *prefix; /* NULL: problem says why there is none */
    const char *problem;
    bool is_root, is_plain; /* plain: C could have declared it, outside of all namespaces */
    struct child {
        const uint8_t *addr;
        struct scope *scope; /* NULL: not looked into yet */
    } * children;            /* in the order of their addresses */
    size_t child_count;
    struct scope *next; /* of all scopes */
};

/* Whether the child makes a struct one that C does not have. */
static bool is_beyond_c(Dwarf_Die *child)
{
    switch (dwarf_tag(child)) {
    case DW_TAG_subprogram:
        return !die_flag(child, DW_AT_artificial);
    case DW_TAG_member:
        return die_flag(child, DW_AT_external) || die_flag(child, DW_AT_declaration) ||
               die_has(child, DW_AT_accessibility);
    case DW_TAG_inheritance:
    case DW_TAG_variable:
    case DW_TAG_template_type_parameter:
    case DW_TAG_template_value_parameter:
        return true;
    default:
        return false;
    }
}

/* Lists the children. -1: told. */
static int list_children(struct scopes *scopes, struct die_reader *reader, struct scope *scope)
{
    Dwarf_Die at;
    int status = die_first_child(reader, &scope->die, &at);
    while (status > 0) {
        if (scopes->child_count++ == MAX_CHILDREN)
            return die_damaged(reader, &at, "more declarations than any source has");
        struct child *child = array_append(&scope->children, scope->child_count, sizeof(*child));
        if (child == NULL)
            return -1;
        *child = (struct child){.addr = at.addr};
        scope->child_count++;
        scope->is_plain &= !is_beyond_c(&at);
        status = die_next(reader, &at);
    }
    return status;
}

/* The name that the scope adds to those of its parent. */
static void name_scope(struct scopes *scopes, struct scope *scope, const struct scope *parent)
{
    const char *name = die_name(&scope->die);
    bool is_outermost = parent->is_root || parent->is_plain;
    scope->problem = parent->problem;
    switch (dwarf_tag(&scope->die)) {
    case DW_TAG_namespace:
    case DW_TAG_module:
        scope->is_plain = false;
        if (name == NULL)
            scope->problem = "a type in a namespace without a name, of which each file has its own: name it";
        break;
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
        scope->is_plain = scope->is_plain && is_outermost;
        if (name == NULL && !scope->is_plain)
            scope->problem = "a type in a class without a name: declare it outside";
        break;
    case DW_TAG_class_type:
    case DW_TAG_enumeration_type:
        scope->is_plain = false;
        if (name == NULL)
            scope->problem = "a type in a class without a name: declare it outside";
        break;
    default:
        scope->is_plain = false;
        scope->problem = "a type in a function: declare it outside";
    }
    if (scope->problem == NULL && name != NULL && strlen(name) > MAX_NAME)
        scope->problem = "a type in a scope of too long a name: declare it outside";
    if (scope->problem != NULL)
        return;
    /* Plain ones add nothing, until something below them is not plain. */
    scope->prefix = scope->is_plain ? "" : pm_arena_join(&scopes->arena, parent->prefix, name, "::", NULL);
}

static struct scope *open_scope(struct scopes *scopes, struct die_reader *reader, const Dwarf_Die *die,
                                const struct scope *parent)
{
    struct scope *scope = pm_arena_new(&scopes->arena, sizeof(*scope));
    if (scope == NULL) {
        message_out_of_memory();
        return NULL;
    }
    *scope = (struct scope){.die = *die, .is_root = parent == NULL, .is_plain = true, .next = scopes->all};
    scopes->all = scope;
    if (list_children(scopes, reader, scope) < 0)
        return NULL;
    if (parent == NULL)
        scope->prefix = "";
    else
        name_scope(scopes, scope, parent);
    if (!scopes->arena.failed)
        return scope;
    message_out_of_memory();
    return NULL;
}

static struct scope *root_of(struct scopes *scopes, struct die_reader *reader, Dwarf_Die *die)
{
    Dwarf_Die unit;
    if (scopes->last != NULL && scopes->last->die.cu == die->cu)
        return scopes->last;
    for (size_t i = 0; i < scopes->unit_count; i++)
        if (scopes->units[i]->die.cu == die->cu)
            return scopes->last = scopes->units[i];
    if (dwarf_diecu(die, &unit, NULL, NULL) == NULL) {
        die_damaged(reader, die, "a unit that cannot be read");
        return NULL;
    }
    struct scope **root = array_append(&scopes->units, scopes->unit_count, sizeof(struct scope *));
    if (root == NULL)
        return NULL;
    *root = open_scope(scopes, reader, &unit, NULL);
    if (*root == NULL)
        return NULL;
    scopes->unit_count++;
    return scopes->last = *root;
}

/* The last child that begins at the address or before it: the entry itself, or what it lies in. */
static struct child *find_child(const struct scope *scope, const uint8_t *addr)
{
    size_t low = 0, high = scope->child_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (scope->children[middle].addr <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? &scope->children[low - 1] : NULL;
}

int scope_prefix(struct scopes *scopes, struct die_reader *reader, Dwarf_Die *die, const char **ret_prefix,
                 const char **ret_problem)
{
    struct scope *scope = root_of(scopes, reader, die);
    for (int depth = 0; scope != NULL; depth++) {
        struct child *child = find_child(scope, die->addr);
        if (child == NULL)
            return die_damaged(reader, die, "a type that lies in no unit");
        if (child->addr == die->addr)
            break;
        if (depth == MAX_DEPTH) {
            *ret_problem = "a type that is nested too deep: declare it outside";
            return 0;
        }
        if (child->scope == NULL) {
            Dwarf_Die inner = {.addr = (void *)(uintptr_t)child->addr, .cu = die->cu};
            child->scope = open_scope(scopes, reader, &inner, scope);
        }
        scope = child->scope;
    }
    if (scope == NULL)
        return -1;
    *ret_prefix = scope->prefix;
    *ret_problem = scope->problem;
    return scope->prefix != NULL;
}

void scopes_free(struct scopes *scopes)
{
    for (struct scope *scope = scopes->all; scope != NULL; scope = scope->next)
        free(scope->children);
    free(scopes->units);
    pm_arena_free(&scopes->arena);
    *scopes = (struct scopes){0};
}
