/* SPDX-License-Identifier: MIT */
#include "dwarffill.h"

#include "message.h"

#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

/* More than any interface has: limits at all, so that a broken object ends in a message. */
static const size_t memory_limit = (size_t)64 << 20;
enum { MAX_CHAIN = 200, MAX_NAME = 1000, MAX_DIMENSIONS = 64, MAX_NESTED_CLASSES = 8 };

/* ---- memory, and the types made so far ---- */

void *type_memory(struct type_reader *reader, size_t count, size_t size)
{
    struct type_graph *graph = reader->graph;
    if (count > (memory_limit - graph->memory) / size) {
        message_error("%s: its interfaces reach types that need more than %zu MB: the object is damaged, build it anew",
                      reader->dies->name, memory_limit >> 20);
        return NULL;
    }
    graph->memory += count * size;
    void *memory = pm_arena_new(&graph->arena, count * size);
    if (memory == NULL)
        message_out_of_memory();
    return memory;
}

/* Whether the name can stand in the text: an identifier, which may have letters beyond ASCII, and '$'. */
bool type_is_identifier(const char *name)
{
    const unsigned char *at = (const unsigned char *)name;
    size_t remaining = strlen(name);
    if (remaining == 0 || remaining > MAX_NAME || (*at >= '0' && *at <= '9'))
        return false;
    while (remaining > 0) {
        bool is_plain = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (*at >= '0' && *at <= '9') ||
                        *at == '_' || *at == '$';
        /* C1 controls are the two-byte characters below U+00A0. */
        size_t length = pm_utf8_length(at, remaining);
        if (!is_plain && (*at < 0x80 || length == 0 || (*at == 0xc2 && at[1] < 0xa0)))
            return false;
        at += length;
        remaining -= length;
    }
    return true;
}

const char *type_copy_name(struct type_reader *reader, Dwarf_Die *die, const char *name)
{
    size_t size = strnlen(name, MAX_NAME + 1) + 1;
    if (size > MAX_NAME + 1) {
        die_damaged(reader->dies, die, "a name of more than 1000 characters");
        return NULL;
    }
    char *copy = type_memory(reader, size, 1);
    return copy == NULL ? NULL : memcpy(copy, name, size);
}

static struct type *new_type(struct type_reader *reader, enum type_kind kind)
{
    struct type *type = type_memory(reader, 1, sizeof(*type));
    if (type != NULL)
        type->kind = kind;
    return type;
}

static size_t slot_of(const struct type_slot *slots, size_t count, const void *addr, unsigned qualifiers)
{
    const uint64_t spread = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / the golden ratio: Knuth's multiplicative hash */
    size_t at = (size_t)(((uint64_t)(uintptr_t)addr * 8 + qualifiers) * spread >> 20) & (count - 1);
    while (slots[at].type != NULL && (slots[at].addr != addr || slots[at].qualifiers != qualifiers))
        at = (at + 1) & (count - 1);
    return at;
}

static int grow_slots(struct type_reader *reader)
{
    size_t count = reader->slot_count > 0 ? reader->slot_count * 2 : 256;
    struct type_slot *slots = calloc(count, sizeof(*slots));
    if (slots == NULL)
        return message_out_of_memory();
    for (size_t i = 0; i < reader->slot_count; i++) {
        const struct type_slot *slot = &reader->slots[i];
        if (slot->type != NULL)
            slots[slot_of(slots, count, slot->addr, slot->qualifiers)] = *slot;
    }
    free(reader->slots);
    reader->slots = slots;
    reader->slot_count = count;
    return 0;
}

/* The type of that entry with those qualifiers, made by the caller if *ret_is_new. NULL: told. */
static struct type *find_or_make(struct type_reader *reader, const void *addr, unsigned qualifiers, bool *ret_is_new)
{
    if (reader->slot_used * 2 >= reader->slot_count && grow_slots(reader) < 0)
        return NULL;
    struct type_slot *slot = &reader->slots[slot_of(reader->slots, reader->slot_count, addr, qualifiers)];
    *ret_is_new = slot->type == NULL;
    if (slot->type != NULL)
        return slot->type;
    struct type *type = new_type(reader, TYPE_VOID);
    if (type == NULL)
        return NULL;
    *slot = (struct type_slot){.addr = addr, .qualifiers = qualifiers, .type = type};
    reader->slot_used++;
    return type;
}

static int add_work(struct type_reader *reader, struct type *type, const Dwarf_Die *die)
{
    struct type_work *work = array_append(&reader->work, reader->work_count, sizeof(*work));
    if (work == NULL)
        return -1;
    *work = (struct type_work){.type = type, .die = *die};
    reader->work_count++;
    return 0;
}

/* ---- typedefs and qualifiers ---- */

static bool is_named(Dwarf_Die *die, const char *name)
{
    const char *own = die_name(die);
    return own != NULL && strcmp(own, name) == 0;
}

/* DW_AT_alignment, if it is larger. */
int type_take_alignment(struct type_reader *reader, Dwarf_Die *die, uint64_t *align)
{
    uint64_t own = 0;
    if (die_unsigned(reader->dies, die, DW_AT_alignment, &own) < 0)
        return -1;
    if ((own & (own - 1)) != 0)
        return die_damaged(reader->dies, die, "an alignment that is no power of two");
    if (own > *align)
        *align = own;
    return 0;
}

/* What the entry adds as a qualifier or typedef: 1; 0: it is a type of its own. */
static int peel(Dwarf_Die *die, struct resolved *resolved)
{
    switch (dwarf_tag(die)) {
    case DW_TAG_const_type:
    case DW_TAG_immutable_type:
        resolved->qualifiers |= TYPE_CONST;
        return 1;
    case DW_TAG_volatile_type:
        resolved->qualifiers |= TYPE_VOLATILE;
        return 1;
    case DW_TAG_atomic_type:
        resolved->qualifiers |= TYPE_ATOMIC;
        return 1;
    case DW_TAG_restrict_type:
        return 1;
    case DW_TAG_typedef:
        resolved->typedef_name = die_name(die);
        resolved->is_va_list |= is_named(die, "__builtin_va_list");
        return 1;
    default:
        return 0;
    }
}

/* -1: told. */
static int resolve(struct type_reader *reader, const Dwarf_Die *start, struct resolved *ret_resolved)
{
    Dwarf_Die die = *start, next;
    struct resolved resolved = {0};
    for (int length = 0;; length++) {
        if (length == MAX_CHAIN)
            return die_damaged(reader->dies, &die, "a typedef or qualifier of itself");
        if (die_step(reader->dies, &die) < 0)
            return -1;
        /* A class whose definition is in a unit of its own (-fdebug-types-section). */
        bool is_elsewhere = die_has(&die, DW_AT_signature);
        bool is_around = peel(&die, &resolved) > 0;
        if (!is_around && !is_elsewhere)
            break;
        if (is_around && type_take_alignment(reader, &die, &resolved.align) < 0)
            return -1;
        int status = die_reference(reader->dies, &die, is_around ? DW_AT_type : DW_AT_signature, &next);
        if (status < 0)
            return -1;
        if (status == 0) { /* `const void`, `typedef void nothing` */
            resolved.is_void = true;
            break;
        }
        die = next;
    }
    resolved.die = die;
    *ret_resolved = resolved;
    return 0;
}

/* x86_64, s390x and 32-bit PowerPC have va_list as an array of one such struct. g++ 12 spells its name as it would a
 * declaration. */
static bool is_va_list_element(const struct resolved *resolved)
{
    Dwarf_Die die = resolved->die;
    return !resolved->is_void && resolved->qualifiers == 0 && dwarf_tag(&die) == DW_TAG_structure_type &&
           (is_named(&die, "__va_list_tag") || is_named(&die, "typedef __va_list_tag __va_list_tag"));
}

/* A struct that is va_list itself: AArch64 and ARM; in C++ clang has it in std. */
static bool is_va_list_struct(const struct resolved *resolved)
{
    Dwarf_Die die = resolved->die;
    return !resolved->is_void && dwarf_tag(&die) == DW_TAG_structure_type && is_named(&die, "__va_list");
}

/* ---- making types ---- */

struct type *type_unsupported(struct type_reader *reader, const char *why)
{
    struct type *type = new_type(reader, TYPE_UNSUPPORTED);
    if (type != NULL)
        type->name = why;
    return type;
}

/* Sets what the type is, in place. Returns 0. */
int type_set_unsupported(struct type *type, const char *why)
{
    *type = (struct type){.kind = TYPE_UNSUPPORTED, .name = why};
    return 0;
}

static struct type *shared_leaf(struct type_reader *reader, struct type **leaf, enum type_kind kind)
{
    if (*leaf == NULL)
        *leaf = new_type(reader, kind);
    return *leaf;
}

static struct type *unqualified(struct type_reader *reader, const struct resolved *resolved)
{
    bool is_new;
    if (resolved->is_va_list || is_va_list_struct(resolved))
        return shared_leaf(reader, &reader->va_list_type, TYPE_VA_LIST);
    if (resolved->is_void)
        return shared_leaf(reader, &reader->void_type, TYPE_VOID);
    struct type *type = find_or_make(reader, resolved->die.addr, 0, &is_new);
    if (type == NULL || (is_new && add_work(reader, type, &resolved->die) < 0))
        return NULL;
    if (type->typedef_name == NULL && resolved->typedef_name != NULL) {
        Dwarf_Die die = resolved->die;
        if (die_has(&die, DW_AT_name))
            return type;
        type->typedef_name = type_copy_name(reader, &die, resolved->typedef_name);
        if (type->typedef_name == NULL)
            return NULL;
    }
    return type;
}

/* The type of an entry, to be filled in later. NULL: told. */
struct type *type_make(struct type_reader *reader, const struct resolved *resolved)
{
    struct type *target = unqualified(reader, resolved);
    bool is_new;
    if (target == NULL || resolved->qualifiers == 0)
        return target;
    struct type *type = find_or_make(reader, target, resolved->qualifiers, &is_new);
    if (type != NULL && is_new)
        *type = (struct type){.kind = TYPE_QUALIFIED, .qualifiers = resolved->qualifiers, .target = target};
    return type;
}

/* What the entry's DW_AT_type leads to. may_lack: a missing one is void. -1: told. */
int type_resolve_of(struct type_reader *reader, Dwarf_Die *die, bool may_lack, struct resolved *ret_resolved)
{
    Dwarf_Die target;
    int status = die_reference(reader->dies, die, DW_AT_type, &target);
    if (status < 0)
        return -1;
    if (status > 0)
        return resolve(reader, &target, ret_resolved);
    if (!may_lack)
        return die_damaged(reader->dies, die, "an entry without its type");
    *ret_resolved = (struct resolved){.is_void = true};
    return 0;
}

/* ---- tags ---- */

bool type_text_contains(const char *text, const char *part)
{
    return text != NULL && strstr(text, part) != NULL;
}

/* The tag of a struct, union or enum into type->name; NULL: anonymous. 1: done; 0: type is unsupported now; -1: told.
 */
int type_name_tag(struct type_reader *reader, struct type *type, Dwarf_Die *die)
{
    const char *name = die_name(die), *prefix = "", *problem = NULL;
    type->name = NULL;
    if (name == NULL)
        return 1;
    if (type_text_contains(name, "<"))
        return type_set_unsupported(
            type, "an instance of a template: wrap it in a plain struct, or name that with PLUGMGR_OPAQUE");
    if (!type_is_identifier(name))
        return type_set_unsupported(type, "a type whose name is not an identifier: wrap it in a plain struct");
    if (!reader->is_c) {
        int status = scope_prefix(&reader->scopes, reader->dies, die, &prefix, &problem);
        if (status < 0)
            return -1;
        if (status == 0)
            return type_set_unsupported(type, problem);
        if (type_text_contains(prefix, "<"))
            return type_set_unsupported(type, "a type in an instance of a template: declare it outside");
    }
    size_t prefix_size = strlen(prefix), size = strlen(name) + 1;
    char *tag = type_memory(reader, prefix_size + size, 1);
    if (tag == NULL)
        return -1;
    memcpy(tag, prefix, prefix_size);
    memcpy(tag + prefix_size, name, size);
    type->name = tag;
    return 1;
}

/* ---- arrays ---- */

/* Elements of one dimension. 1: *ret_count; 0: open at its end; -1: told; -2: no constant. */
static int read_bound(struct type_reader *reader, Dwarf_Die *die, uint64_t *ret_count)
{
    struct die_number number, lower;
    int has_lower = die_number(die, DW_AT_lower_bound, &lower);
    if (dwarf_tag(die) != DW_TAG_subrange_type || has_lower < 0 || (has_lower > 0 && lower.value != 0))
        return -2;
    int status = die_number(die, DW_AT_count, &number);
    if (status > 0) {
        *ret_count = number.value;
        return number.is_negative ? die_damaged(reader->dies, die, "an array of negative length") : number.value > 0;
    }
    if (status == 0)
        status = die_number(die, DW_AT_upper_bound, &number);
    if (status <= 0)
        return status < 0 ? -2 : 0;
    /* -1 is what some compilers write for [0]. */
    if (number.value == UINT64_MAX)
        return 0;
    if (number.is_negative)
        return die_damaged(reader->dies, die, "an array of negative length");
    *ret_count = number.value + 1;
    return 1;
}

struct dimension {
    uint64_t count;
    bool is_flexible;
};

/* 1: *ret_count of them, the outermost first; 0: not representable; -1: told. */
static int read_dimensions(struct type_reader *reader, Dwarf_Die *die, struct dimension dimensions[MAX_DIMENSIONS],
                           size_t *ret_count)
{
    Dwarf_Die at;
    size_t count = 0;
    int status = die_first_child(reader->dies, die, &at);
    for (; status > 0; status = die_next(reader->dies, &at)) {
        if (count == MAX_DIMENSIONS)
            return die_damaged(reader->dies, die, "an array of too many dimensions");
        struct dimension *dimension = &dimensions[count];
        *dimension = (struct dimension){0};
        int bound = read_bound(reader, &at, &dimension->count);
        if (bound < 0)
            return bound == -1 ? -1 : 0;
        dimension->is_flexible = bound == 0;
        count++;
    }
    *ret_count = count;
    return status < 0 ? -1 : count > 0;
}

/* Whoever reads the graph may follow arrays to their element without counting. -1: told. */
static int check_nesting(struct type_reader *reader, Dwarf_Die *die, struct resolved element)
{
    for (int depth = 0; !element.is_void && dwarf_tag(&element.die) == DW_TAG_array_type; depth++) {
        Dwarf_Die inner = element.die;
        if (depth == MAX_DIMENSIONS)
            return die_damaged(reader->dies, die, "an array of itself");
        if (type_resolve_of(reader, &inner, false, &element) < 0)
            return -1;
    }
    return 0;
}

static int fill_array(struct type_reader *reader, struct type *type, Dwarf_Die *die)
{
    static const unsigned odd[] = {DW_AT_byte_stride, DW_AT_bit_stride, DW_AT_data_location,
                                   DW_AT_allocated,   DW_AT_associated, DW_AT_rank};
    struct dimension dimensions[MAX_DIMENSIONS];
    struct resolved element;
    size_t count = 0;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        if (die_has(die, odd[i]))
            return type_set_unsupported(type, "an array that C does not have: pass a pointer and a length");
    int status = read_dimensions(reader, die, dimensions, &count);
    if (status < 0 || type_resolve_of(reader, die, false, &element) < 0 || check_nesting(reader, die, element) < 0)
        return -1;
    if (status == 0)
        return type_set_unsupported(type,
                                    "an array whose length is known at run time only: pass a pointer and a length");
    bool is_vector = die_flag(die, DW_AT_GNU_vector);
    /* The innermost dimension of va_list[N] belongs to va_list. */
    if (is_va_list_element(&element) && dimensions[count - 1].count == 1) {
        element.is_va_list = true;
        count--;
    }
    struct type *inner = type_make(reader, &element);
    if (inner == NULL || (count == 0 && type_take_alignment(reader, die, &element.align) < 0))
        return -1;
    if (count == 0) {
        *type = (struct type){.kind = TYPE_VA_LIST};
        return 0;
    }
    while (count-- > 0) {
        struct type *array = count > 0 ? new_type(reader, TYPE_ARRAY) : type;
        if (array == NULL)
            return -1;
        array->kind = is_vector ? TYPE_VECTOR : TYPE_ARRAY;
        array->count = dimensions[count].count;
        array->is_flexible = dimensions[count].is_flexible;
        array->align = element.align;
        array->target = inner;
        inner = array;
    }
    return type_take_alignment(reader, die, &type->align);
}

/* ---- functions ---- */

int type_count_children(struct type_reader *reader, Dwarf_Die *die, unsigned tag, size_t *ret_count)
{
    Dwarf_Die at;
    *ret_count = 0;
    int status = die_first_child(reader->dies, die, &at);
    while (status > 0) {
        *ret_count += (unsigned)dwarf_tag(&at) == tag;
        status = die_next(reader->dies, &at);
    }
    return status;
}

static int is_by_reference(struct type_reader *reader, Dwarf_Die *die, int depth, bool *ret_is);

/* Whether the child of a class makes it non-trivial to copy or destroy, where the compiler does not say so itself. */
static int is_non_trivial(struct type_reader *reader, Dwarf_Die *class, Dwarf_Die *child, int depth, bool *ret_is)
{
    const char *name = die_name(child), *class_name = die_name(class);
    struct resolved resolved;
    switch (dwarf_tag(child)) {
    case DW_TAG_subprogram: {
        Dwarf_Die parameter;
        bool is_virtual = die_has(child, DW_AT_virtuality);
        bool is_own = !die_flag(child, DW_AT_artificial) && !die_has(child, DW_AT_defaulted) && name != NULL;
        *ret_is |= is_virtual || (is_own && name[0] == '~');
        if (*ret_is || !is_own || class_name == NULL || strcmp(name, class_name) != 0)
            return 0;
        /* A constructor that takes a reference to its own class copies or moves. */
        int status = die_first_child(reader->dies, child, &parameter);
        for (; status > 0; status = die_next(reader->dies, &parameter)) {
            if (dwarf_tag(&parameter) != DW_TAG_formal_parameter || die_flag(&parameter, DW_AT_artificial))
                continue;
            if (type_resolve_of(reader, &parameter, false, &resolved) < 0)
                return -1;
            int tag = resolved.is_void ? 0 : dwarf_tag(&resolved.die);
            if (tag != DW_TAG_reference_type && tag != DW_TAG_rvalue_reference_type)
                return 0;
            if (type_resolve_of(reader, &resolved.die, true, &resolved) < 0)
                return -1;
            *ret_is |= !resolved.is_void && resolved.die.addr == class->addr;
            return 0;
        }
        return status;
    }
    case DW_TAG_member:
        if (die_flag(child, DW_AT_external) || die_flag(child, DW_AT_declaration))
            return 0;
        break;
    case DW_TAG_inheritance:
        break;
    default:
        return 0;
    }
    if (type_resolve_of(reader, child, false, &resolved) < 0)
        return -1;
    if (!resolved.is_void && dwarf_tag(&resolved.die) == DW_TAG_array_type &&
        type_resolve_of(reader, &resolved.die, false, &resolved) < 0)
        return -1;
    return resolved.is_void || depth == MAX_NESTED_CLASSES ? 0
                                                           : is_by_reference(reader, &resolved.die, depth + 1, ret_is);
}

/* Whether C++ passes the type by reference where it is written by value. */
static int is_by_reference(struct type_reader *reader, Dwarf_Die *die, int depth, bool *ret_is)
{
    struct die_number convention;
    Dwarf_Die child;
    int tag = dwarf_tag(die);
    if (reader->is_c || (tag != DW_TAG_structure_type && tag != DW_TAG_class_type && tag != DW_TAG_union_type))
        return 0;
    if (die_number(die, DW_AT_calling_convention, &convention) > 0) {
        *ret_is |= convention.value == CC_PASS_BY_REFERENCE;
        return 0;
    }
    int status = die_first_child(reader->dies, die, &child);
    for (; status > 0 && !*ret_is; status = die_next(reader->dies, &child))
        if (is_non_trivial(reader, die, &child, depth, ret_is) < 0)
            return -1;
    return status < 0 ? -1 : 0;
}

/* A parameter or what is returned. NULL: told. */
static struct type *make_passed(struct type_reader *reader, Dwarf_Die *die, bool may_be_void)
{
    struct resolved resolved;
    bool is_reference = false;
    if (type_resolve_of(reader, die, may_be_void, &resolved) < 0 ||
        (!resolved.is_void && is_by_reference(reader, &resolved.die, 0, &is_reference) < 0))
        return NULL;
    if (is_reference)
        return type_unsupported(reader, "a class by value that code of its own copies or destroys: pass a pointer");
    return type_make(reader, &resolved);
}

static int fill_parameters(struct type_reader *reader, struct type *type, Dwarf_Die *die)
{
    Dwarf_Die at;
    size_t count, i = 0;
    if (type_count_children(reader, die, DW_TAG_formal_parameter, &count) < 0)
        return -1;
    type->parameters = type_memory(reader, count + 1, sizeof(struct type *));
    if (type->parameters == NULL)
        return -1;
    int status = die_first_child(reader->dies, die, &at);
    for (; status > 0; status = die_next(reader->dies, &at)) {
        if (dwarf_tag(&at) == DW_TAG_unspecified_parameters)
            type->is_variadic = true;
        if (dwarf_tag(&at) != DW_TAG_formal_parameter || i == count)
            continue;
        type->parameters[i] = make_passed(reader, &at, false);
        if (type->parameters[i] == NULL)
            return -1;
        type->parameter_count = ++i;
    }
    return status;
}

bool type_has_own_convention(Dwarf_Die *die)
{
    struct die_number convention;
    int status = die_number(die, DW_AT_calling_convention, &convention);
    return status < 0 || (status > 0 && convention.value != CC_NORMAL && convention.value != CC_PASS_BY_REFERENCE &&
                          convention.value != CC_PASS_BY_VALUE);
}

static int fill_function(struct type_reader *reader, struct type *type, Dwarf_Die *die)
{
    if (type_has_own_convention(die))
        return type_set_unsupported(type, "a function with a calling convention of its own: use the usual one");
    if (die_has(die, DW_AT_object_pointer))
        return type_set_unsupported(type, "a member function: use a function outside of classes");
    type->kind = TYPE_FUNCTION;
    type->target = make_passed(reader, die, true);
    if (type->target == NULL || fill_parameters(reader, type, die) < 0)
        return -1;
    type->is_unprototyped = reader->is_c && !die_flag(die, DW_AT_prototyped);
    if (type->is_unprototyped)
        type->is_variadic = false;
    return 0;
}

/* ---- any type ---- */

static int fill_pointer(struct type_reader *reader, struct type *type, Dwarf_Die *die)
{
    struct resolved target;
    uint64_t size = reader->graph->word_size;
    if (type_resolve_of(reader, die, true, &target) < 0 || die_unsigned(reader->dies, die, DW_AT_byte_size, &size) < 0)
        return -1;
    if (die_has(die, DW_AT_address_class) || (size != reader->graph->word_size))
        return type_set_unsupported(type, "a pointer of an unusual kind or size: use a usual one");
    /* As a parameter va_list decays to a pointer. */
    if (is_va_list_element(&target)) {
        *type = (struct type){.kind = TYPE_VA_LIST};
        return 0;
    }
    type->kind = TYPE_POINTER;
    type->target = type_make(reader, &target);
    return type->target == NULL ? -1 : 0;
}

static int fill_unspecified(struct type_reader *reader, struct type *type, Dwarf_Die *die)
{
    if (!type_text_contains(die_name(die), "nullptr"))
        return type_set_unsupported(type, "a type that its debug information does not specify: use a type of C");
    type->kind = TYPE_POINTER;
    type->target = shared_leaf(reader, &reader->void_type, TYPE_VOID);
    return type->target == NULL ? -1 : 0;
}

static int fill(struct type_reader *reader, struct type *type, Dwarf_Die *die)
{
    switch (dwarf_tag(die)) {
    case DW_TAG_base_type:
        return type_fill_base(reader, type, die);
    case DW_TAG_pointer_type:
    case DW_TAG_reference_type:
    case DW_TAG_rvalue_reference_type:
        return fill_pointer(reader, type, die);
    case DW_TAG_structure_type:
    case DW_TAG_class_type:
    case DW_TAG_union_type:
        return type_fill_struct(reader, type, die);
    case DW_TAG_enumeration_type:
        return type_fill_enum(reader, type, die);
    case DW_TAG_array_type:
        return fill_array(reader, type, die);
    case DW_TAG_subroutine_type:
        return fill_function(reader, type, die);
    case DW_TAG_unspecified_type:
        return fill_unspecified(reader, type, die);
    case DW_TAG_ptr_to_member_type:
        return type_set_unsupported(type, "a pointer to a member: use a pointer to a function");
    case DW_TAG_subrange_type:
    case DW_TAG_string_type:
    case DW_TAG_set_type:
    case DW_TAG_file_type:
    case DW_TAG_packed_type:
    case DW_TAG_interface_type:
    case DW_TAG_shared_type:
    case DW_TAG_coarray_type:
    case DW_TAG_dynamic_type:
        return type_set_unsupported(type, "a type that C does not have: use a type of C");
    default:
        return die_damaged(reader->dies, die, "a reference to something that is no type");
    }
}

struct type *type_read(struct type_reader *reader, Dwarf_Die *die)
{
    struct resolved resolved;
    if (resolve(reader, die, &resolved) < 0)
        return NULL;
    struct type *type = type_make(reader, &resolved);
    while (type != NULL && reader->work_count > 0) {
        struct type_work work = reader->work[--reader->work_count];
        if (fill(reader, work.type, &work.die) < 0)
            return NULL;
    }
    return type;
}

void type_end_unit(struct type_reader *reader)
{
    scopes_free(&reader->scopes);
}

void type_reader_free(struct type_reader *reader)
{
    scopes_free(&reader->scopes);
    free(reader->slots);
    free(reader->work);
    *reader = (struct type_reader){.dies = reader->dies, .graph = reader->graph};
}
