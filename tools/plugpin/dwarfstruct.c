/* SPDX-License-Identifier: MIT */
#include "dwarffill.h"

#include <dwarf.h>
#include <string.h>

/* ---- structs and unions ---- */

/* DW_OP_plus_uconst, the one expression that compilers write for a member: its operand, an unsigned LEB128 number. */
static bool parse_plus(const Dwarf_Block *block, uint64_t *ret_offset)
{
    uint64_t number = 0;
    if (block->length < 2 || block->length > 10 || block->data[0] != DW_OP_plus_uconst)
        return false;
    for (Dwarf_Word i = 1; i < block->length; i++) {
        bool is_last = (block->data[i] & 0x80) == 0;
        number |= (uint64_t)(block->data[i] & 0x7f) << (7 * (i - 1));
        if (is_last != (i + 1 == block->length))
            return false;
    }
    *ret_offset = number;
    return true;
}

/* DW_AT_data_member_location: a number, or the expression that adds one. 1: *ret_offset; 0: absent; -1: told; -2: only
 * known at run time. */
static int member_location(struct type_reader *reader, Dwarf_Die *die, uint64_t *ret_offset)
{
    Dwarf_Attribute attribute;
    struct die_number number;
    Dwarf_Block block;
    int status = die_number(die, DW_AT_data_member_location, &number);
    if (status > 0 && number.is_negative)
        return die_damaged(reader->dies, die, "a member before its struct");
    if (status > 0)
        *ret_offset = number.value;
    if (status >= 0)
        return status;
    if (dwarf_attr(die, DW_AT_data_member_location, &attribute) == NULL || dwarf_formblock(&attribute, &block) != 0)
        return die_damaged(reader->dies, die, "a member without its place");
    return parse_plus(&block, ret_offset) ? 1 : -2;
}

/* The size of what the member's type is, in bytes; 0: not said. */
static int resolved_size(struct type_reader *reader, struct resolved *resolved, uint64_t *ret_size)
{
    *ret_size = 0;
    return resolved->is_void ? 0 : die_unsigned(reader->dies, &resolved->die, DW_AT_byte_size, ret_size);
}

/* Where a bit-field of `width` bits begins, in bits from the start of its struct. 1: *ret_bit; -1: told. DWARF 4 counts
 * from the start in the target's order (section 5.5.6); DWARF 2 and 3, from the most significant bit of a storage unit
 * (5.5.5 there). */
static int bit_position(struct type_reader *reader, Dwarf_Die *die, uint64_t width, uint64_t type_size,
                        uint64_t *ret_bit)
{
    const uint64_t limit = UINT64_C(1) << 60;
    struct die_number from_top;
    uint64_t bit = 0, offset = 0, storage = type_size;
    if (die_has(die, DW_AT_data_bit_offset)) {
        if (die_unsigned(reader->dies, die, DW_AT_data_bit_offset, &bit) < 0)
            return -1;
        *ret_bit = bit;
        return bit < limit ? 1 : die_damaged(reader->dies, die, "a bit-field far outside");
    }
    int status = die_number(die, DW_AT_bit_offset, &from_top);
    if (status <= 0 || member_location(reader, die, &offset) == -1 ||
        die_unsigned(reader->dies, die, DW_AT_byte_size, &storage) < 0)
        return die_damaged(reader->dies, die, "a bit-field without its place");
    /* It may be negative, and clang writes that in DW_FORM_data8. */
    bool is_near = from_top.value < 4096 || from_top.value > -UINT64_C(4096);
    if (offset >= limit / 8 || storage > 64 || width > 512 || !is_near)
        return die_damaged(reader->dies, die, "a bit-field far outside");
    /* Modulo 2^64, and checked below. */
    if (reader->is_big_endian)
        bit = offset * 8 + from_top.value;
    else
        bit = offset * 8 + storage * 8 - from_top.value - width;
    *ret_bit = bit;
    return bit < limit ? 1 : die_damaged(reader->dies, die, "a bit-field before its struct");
}

/* -1: told; 0: a bit-field without a name, which is padding; 1: *member is placed. */
static int place_bit_field(struct type_reader *reader, Dwarf_Die *die, struct resolved *resolved, uint64_t width,
                           struct type_member *member)
{
    uint64_t size, bit = 0;
    if (member->name == NULL)
        return 0;
    if (resolved_size(reader, resolved, &size) < 0)
        return -1;
    if (size == 0 || size > 64 || width == 0 || width > size * 8)
        return die_damaged(reader->dies, die, "a bit-field wider than its type");
    if (bit_position(reader, die, width, size, &bit) < 0)
        return -1;
    member->offset = bit / 8;
    member->bit = (unsigned)(bit % 8);
    member->width = width == size * 8 && member->bit == 0 ? 0 : (unsigned)width;
    return 1;
}

/* Why the child makes a class unrepresentable; NULL: it does not. */
static const char *class_problem(Dwarf_Die *child)
{
    const char *name = die_name(child);
    switch (dwarf_tag(child)) {
    case DW_TAG_inheritance:
        return "a class with a base class: make that a member, or name the class with PLUGMGR_OPAQUE";
    case DW_TAG_subprogram: {
        struct die_number virtuality;
        return die_number(child, DW_AT_virtuality, &virtuality) != 0 && virtuality.value != DW_VIRTUALITY_none
                   ? "a class with virtual functions: use a struct of function pointers, or name the class with "
                     "PLUGMGR_OPAQUE"
                   : NULL;
    }
    case DW_TAG_member:
        return name != NULL && strncmp(name, "_vptr", 5) == 0
                   ? "a class with virtual functions: use a struct of function pointers, or name the class with "
                     "PLUGMGR_OPAQUE"
                   : NULL;
    case DW_TAG_variant_part:
        return "a type with variants: use a union";
    default:
        return NULL;
    }
}

static bool is_member(Dwarf_Die *child)
{
    return dwarf_tag(child) == DW_TAG_member && !die_flag(child, DW_AT_external) && !die_flag(child, DW_AT_declaration);
}

/* 1: *ret_member; 0: it is no member that anyone could use; -1: told. */
static int read_member(struct type_reader *reader, Dwarf_Die *die, struct type_member *ret_member)
{
    struct type_member member = {0};
    struct resolved resolved;
    uint64_t width;
    const char *name = die_name(die);
    if (name != NULL && name[0] != '\0') {
        if (!type_is_identifier(name))
            return die_damaged(reader->dies, die, "a member whose name is not an identifier");
        member.name = type_copy_name(reader, die, name);
        if (member.name == NULL)
            return -1;
    }
    if (type_resolve_of(reader, die, false, &resolved) < 0 || type_take_alignment(reader, die, &member.align) < 0)
        return -1;
    if (resolved.align > member.align)
        member.align = resolved.align;
    int status = die_unsigned(reader->dies, die, DW_AT_bit_size, &width);
    if (status < 0)
        return -1;
    if (status > 0) {
        status = place_bit_field(reader, die, &resolved, width, &member);
    } else {
        status = member_location(reader, die, &member.offset);
        if (status == 0)
            status = 1; /* of a union, or the first */
    }
    if (status == -1 || status == 0)
        return status;
    member.type =
        status == -2
            ? type_unsupported(reader, "a member whose place is known at run time only: give it a place of its own")
            : type_make(reader, &resolved);
    *ret_member = member;
    return member.type == NULL ? -1 : 1;
}

/* A class that C does not have still has a tag and a size, for it may be opaque: what stands in the way is a member. */
static int add_problem(struct type_reader *reader, struct type *type, const char *problem)
{
    struct type_member *members = type_memory(reader, 1, sizeof(*members));
    struct type *member_type = type_unsupported(reader, problem);
    if (members == NULL || member_type == NULL)
        return -1;
    *members = (struct type_member){.name = "itself", .type = member_type};
    type->members = members;
    type->member_count = 1;
    return 0;
}

static int fill_members(struct type_reader *reader, struct type *type, Dwarf_Die *die)
{
    Dwarf_Die at;
    size_t count = 0;
    const char *problem = NULL;
    int status = die_first_child(reader->dies, die, &at);
    for (; status > 0 && problem == NULL; status = die_next(reader->dies, &at)) {
        problem = class_problem(&at);
        count += is_member(&at);
    }
    if (status < 0)
        return -1;
    if (problem != NULL)
        return add_problem(reader, type, problem);
    type->members = type_memory(reader, count + 1, sizeof(*type->members));
    if (type->members == NULL)
        return -1;
    status = die_first_child(reader->dies, die, &at);
    for (; status > 0 && type->member_count < count; status = die_next(reader->dies, &at)) {
        int is_there = is_member(&at) ? read_member(reader, &at, &type->members[type->member_count]) : 0;
        if (is_there < 0)
            return -1;
        type->member_count += (size_t)is_there;
    }
    return status < 0 ? -1 : 0;
}

int type_fill_struct(struct type_reader *reader, struct type *type, Dwarf_Die *die)
{
    Dwarf_Die declaration = *die;
    /* A definition away from its declaration in a class has neither a name nor a place of its own. */
    int status = die_reference(reader->dies, die, DW_AT_specification, &declaration);
    if (status >= 0)
        status = type_name_tag(reader, type, &declaration);
    if (status <= 0)
        return status;
    type->kind = dwarf_tag(die) == DW_TAG_union_type ? TYPE_UNION : TYPE_STRUCT;
    type->is_declaration = die_flag(die, DW_AT_declaration);
    status = die_unsigned(reader->dies, die, DW_AT_byte_size, &type->size);
    if (status < 0 || type_take_alignment(reader, die, &type->align) < 0)
        return -1;
    if (type->is_declaration)
        return 0;
    if (status == 0)
        return die_damaged(reader->dies, die, "a struct without its size");
    return type_has_own_convention(die)
               ? add_problem(reader, type, "a type with a calling convention of its own: use the usual one")
               : fill_members(reader, type, die);
}
