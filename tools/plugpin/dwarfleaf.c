/* SPDX-License-Identifier: MIT */
#include "dwarffill.h"

#include <dwarf.h>
#include <elf.h>
#include <string.h>

/* ---- leaves ---- */

/* Two formats of 16 bytes share encoding and size; only the name tells them apart. `long double` has no mark: it is the
 * format of the target. */
static const char *float_mark(const struct type_reader *reader, uint64_t float_size, const char *name)
{
    if (float_size != 16)
        return "";
    if (type_text_contains(name, "ibm128"))
        return "ibm";
    /* On x86 _Float64x is the format of long double, elsewhere that of _Float128. */
    bool is_x86 = reader->machine == EM_X86_64 || reader->machine == EM_386;
    return type_text_contains(name, "loat128") || (type_text_contains(name, "_Float64x") && !is_x86) ? "ieee" : "";
}

static const char *leaf_name(struct type_reader *reader, Dwarf_Die *die, const char *letter, uint64_t size,
                             const char *mark)
{
    char digits[21], name[40];
    size_t length = strlen(letter);
    const char *number = pm_format_number(size * 8, digits);
    memcpy(name, letter, length + 1);
    memcpy(name + length, number, strlen(number) + 1);
    memcpy(name + strlen(name), mark, strlen(mark) + 1);
    return type_copy_name(reader, die, name);
}

static bool is_integer_size(uint64_t size)
{
    return size == 1 || size == 2 || size == 4 || size == 8 || size == 16;
}

/* The letter of the leaf; NULL: none, and *ret_problem says why. */
static const char *base_letter(uint64_t encoding, uint64_t size, const char *name, const char **ret_problem)
{
    *ret_problem = "a base type of unusual size: use one of 1, 2, 4, 8 or 16 bytes";
    switch (encoding) {
    case DW_ATE_boolean:
        return is_integer_size(size) ? "b" : NULL;
    case DW_ATE_signed:
    case DW_ATE_signed_char:
        return is_integer_size(size) ? "i" : NULL;
    case DW_ATE_unsigned:
    case DW_ATE_unsigned_char:
    case DW_ATE_UTF:
        return is_integer_size(size) ? "u" : NULL;
    case DW_ATE_float:
        *ret_problem = "bfloat16: pass an integer";
        return type_text_contains(name, "bf16") || type_text_contains(name, "bfloat16: pass an integer") ? NULL : "f";
    case DW_ATE_complex_float:
        return "c";
    case DW_ATE_decimal_float:
        return "d";
    case DW_ATE_lo_user: /* gcc: _Complex int */
        *ret_problem = "a complex integer: pass a struct of two integers";
        return NULL;
    default:
        *ret_problem = "a base type of unusual encoding: use an arithmetic type of C";
        return NULL;
    }
}

/* Whether the object's byte order is not the one that the type asks for. */
static bool is_swapped(const struct type_reader *reader, Dwarf_Die *die)
{
    struct die_number order;
    if (die_number(die, DW_AT_endianity, &order) <= 0 || order.value == DW_END_default)
        return false;
    return order.value != (reader->is_big_endian ? DW_END_big : DW_END_little);
}

int type_fill_base(struct type_reader *reader, struct type *type, Dwarf_Die *die)
{
    uint64_t encoding = 0, size = 0, bits;
    const char *name = die_name(die), *problem;
    int has_bits = die_unsigned(reader->dies, die, DW_AT_bit_size, &bits);
    if (has_bits < 0 || die_unsigned(reader->dies, die, DW_AT_encoding, &encoding) < 0 ||
        die_unsigned(reader->dies, die, DW_AT_byte_size, &size) < 0)
        return -1;
    if (encoding == 0 || size == 0 || size > 64)
        return die_damaged(reader->dies, die, "a base type without encoding or size");
    if (is_swapped(reader, die))
        return type_set_unsupported(type,
                                    "a number of the other byte order (scalar_storage_order): pass an array of bytes");
    if (type_text_contains(name, "_BitInt") || type_text_contains(name, "_ExtInt") ||
        (has_bits > 0 && bits != size * 8))
        return type_set_unsupported(type, "a bit-precise integer (_BitInt): use a type of <stdint.h>");
    const char *letter = base_letter(encoding, size, name, &problem);
    if (letter == NULL)
        return type_set_unsupported(type, problem);
    const char *mark = letter[0] == 'f'   ? float_mark(reader, size, name)
                       : letter[0] == 'c' ? float_mark(reader, size / 2, name)
                                          : "";
    type->kind = TYPE_BASE;
    type->size = size;
    type->name = leaf_name(reader, die, letter, size, mark);
    return type->name == NULL ? -1 : 0;
}

/* ---- enums ---- */

/* Compilers write what is negative as DW_FORM_sdata. A plain form that has the sign's bit of the whole type is negative
 * too, if the type is signed: nothing else fits. */
static struct type_enumerator enumerator_of(const struct die_number *number, uint64_t size, bool is_signed)
{
    struct type_enumerator enumerator = {.value = number->value, .is_negative = number->is_negative};
    uint64_t sign = size >= 1 && size <= 8 ? UINT64_C(1) << (size * 8 - 1) : 0;
    if (is_signed && number->is_unsized && (number->value & sign) != 0 && number->value >> 1 < sign) {
        enumerator.is_negative = true;
        enumerator.value |= ~(sign - 1);
    }
    /* DW_FORM_implicit_const is signed for all types. */
    if (!is_signed && number->is_negative && size == 8)
        enumerator.is_negative = false;
    return enumerator;
}

/* Adds the enumerators. -1: told. */
static int fill_enumerators(struct type_reader *reader, struct type *type, Dwarf_Die *die, bool is_signed)
{
    Dwarf_Die at;
    int status = die_first_child(reader->dies, die, &at);
    for (size_t i = 0; status > 0; status = die_next(reader->dies, &at)) {
        struct die_number number;
        const char *name = die_name(&at);
        if (dwarf_tag(&at) != DW_TAG_enumerator || i == type->enumerator_count)
            continue;
        if (name == NULL || !type_is_identifier(name) || die_number(&at, DW_AT_const_value, &number) <= 0)
            return die_damaged(reader->dies, &at, "an enumerator without name or value");
        type->enumerators[i] = enumerator_of(&number, type->size, is_signed);
        type->enumerators[i].name = type_copy_name(reader, &at, name);
        if (type->enumerators[i++].name == NULL)
            return -1;
    }
    return status;
}

/* Whether the enum is signed: what its type says, or its encoding, or else a negative value. -1: told. */
static int is_signed_enum(struct type_reader *reader, Dwarf_Die *die, bool *ret_is_signed)
{
    struct resolved underlying;
    struct die_number number;
    Dwarf_Die at, of = *die;
    if (die_has(die, DW_AT_type)) {
        if (type_resolve_of(reader, die, false, &underlying) < 0)
            return -1;
        of = underlying.is_void ? *die : underlying.die;
    }
    if (die_number(&of, DW_AT_encoding, &number) > 0) {
        *ret_is_signed = number.value == DW_ATE_signed || number.value == DW_ATE_signed_char;
        return 0;
    }
    *ret_is_signed = false;
    int status = die_first_child(reader->dies, die, &at);
    for (; status > 0; status = die_next(reader->dies, &at))
        *ret_is_signed |= die_number(&at, DW_AT_const_value, &number) > 0 && number.is_negative;
    return status;
}

int type_fill_enum(struct type_reader *reader, struct type *type, Dwarf_Die *die)
{
    bool is_signed;
    int status = type_name_tag(reader, type, die);
    if (status <= 0)
        return status;
    type->kind = TYPE_ENUM;
    type->is_declaration = die_flag(die, DW_AT_declaration);
    if (die_unsigned(reader->dies, die, DW_AT_byte_size, &type->size) < 0 ||
        type_take_alignment(reader, die, &type->align) < 0)
        return -1;
    if (type->is_declaration)
        return 0;
    if (is_swapped(reader, die))
        return type_set_unsupported(type,
                                    "an enum of the other byte order (scalar_storage_order): pass an array of bytes");
    if (!is_integer_size(type->size))
        return die_damaged(reader->dies, die, "an enum without its size");
    if (is_signed_enum(reader, die, &is_signed) < 0 ||
        type_count_children(reader, die, DW_TAG_enumerator, &type->enumerator_count) < 0)
        return -1;
    type->enumerators = type_memory(reader, type->enumerator_count + 1, sizeof(*type->enumerators));
    type->underlying = leaf_name(reader, die, is_signed ? "i" : "u", type->size, "");
    if (type->enumerators == NULL || type->underlying == NULL)
        return -1;
    return fill_enumerators(reader, type, die, is_signed);
}
