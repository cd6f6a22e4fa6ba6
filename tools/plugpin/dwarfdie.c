/* SPDX-License-Identifier: MIT */
#include "dwarfdie.h"

#include "message.h"

#include <dwarf.h>
#include <string.h>

uint64_t die_step_limit(size_t size)
{
    const uint64_t least = 1 << 20, each_byte = 8;
    return least + each_byte * (uint64_t)size;
}

int die_damaged(const struct die_reader *reader, Dwarf_Die *die, const char *what)
{
    return message_error("%s: its debug information, at offset 0x%llx: %s: the object is damaged, build it anew",
                         reader->name, (unsigned long long)dwarf_dieoffset(die), what);
}

int die_step(struct die_reader *reader, Dwarf_Die *die)
{
    if (reader->steps == 0)
        return die_damaged(reader, die, "entries that lie within each other");
    reader->steps--;
    return 0;
}

/* ---- walking ---- */

static bool has_children(Dwarf_Die *die)
{
    return dwarf_haschildren(die) == 1;
}

int die_first_child(struct die_reader *reader, Dwarf_Die *parent, Dwarf_Die *ret_child)
{
    if (die_step(reader, parent) < 0)
        return -1;
    if (!has_children(parent))
        return 0;
    int status = dwarf_child(parent, ret_child);
    return status < 0 ? die_damaged(reader, parent, "an entry that cannot be read") : status == 0;
}

/* libdw's own step to a sibling follows every DW_AT_sibling below an entry that has none itself, also backwards and for
 * ever; so it is used only where it looks at one entry, or at an entry and an empty list. 1: *ret_next; 0: the list
 * ends, and ret_next->addr is its closing zero, or NULL where the unit ends; -1: told. */
static int step_over(struct die_reader *reader, Dwarf_Die *die, Dwarf_Die *ret_next)
{
    if (die_step(reader, die) < 0)
        return -1;
    *ret_next = (Dwarf_Die){0};
    int status = dwarf_siblingof(die, ret_next);
    if (status < 0)
        return die_damaged(reader, die, "an entry that cannot be read");
    if (status == 0 && (uintptr_t)ret_next->addr <= (uintptr_t)die->addr)
        return die_damaged(reader, die, "a sibling that lies before it");
    return status == 0;
}

static const uint8_t *unit_end(struct die_reader *reader, Dwarf_Die *die)
{
    if (reader->end_cu == die->cu)
        return reader->unit_end;
    Dwarf_Off own = dwarf_cuoffset(die), start = dwarf_dieoffset(die) - own, next;
    uint64_t signature;
    Dwarf_Die unit;
    uint8_t type = 0;
    Dwarf_Half version = 0;
    /* In DWARF 4 units of types have a section of their own, which is asked for by the signature. */
    bool is_types = dwarf_cu_info(die->cu, &version, &type, &unit, NULL, NULL, NULL, NULL) == 0 && version < 5 &&
                    (type == DW_UT_type || type == DW_UT_split_type);
    reader->end_cu = NULL;
    if (dwarf_next_unit(reader->dwarf, start, &next, NULL, NULL, NULL, NULL, NULL, is_types ? &signature : NULL,
                        NULL) != 0)
        return NULL;
    reader->end_cu = die->cu;
    reader->unit_end = (const uint8_t *)die->addr - own + (next - start);
    return reader->unit_end;
}

/* Closes `*depth` lists of which the innermost ends at the zero `at`. 1: *die is the entry behind them; 0: the list
 * that
 * `*die` was found in at depth 0 ends too. */
static int close_lists(const uint8_t *at, const uint8_t *end, size_t *depth, Dwarf_Die *die)
{
    while (*depth > 0) {
        --*depth;
        at++;
        if (at >= end)
            return 0;
        if (*at == 0)
            continue;
        *die = (Dwarf_Die){.addr = (void *)(uintptr_t)at, .cu = die->cu};
        return 1;
    }
    return 0;
}

/* Steps over an entry that has children and does not say where they end. Each child is looked at once. */
static int step_over_children(struct die_reader *reader, Dwarf_Die *die)
{
    const uint8_t *end = unit_end(reader, die);
    Dwarf_Die at = *die, next;
    size_t depth = 0;
    if (end == NULL)
        return die_damaged(reader, die, "a unit that cannot be read");
    for (;;) {
        int status = has_children(&at) && !die_has(&at, DW_AT_sibling) ? die_first_child(reader, &at, &next) : 0;
        if (status > 0) {
            depth++;
            at = next;
            continue;
        }
        if (status == 0)
            status = step_over(reader, &at, &next);
        if (status < 0)
            return -1;
        if (status > 0) {
            at = next;
        } else if (next.addr == NULL || close_lists(next.addr, end, &depth, &at) == 0) {
            return 0;
        }
        if (depth == 0) {
            *die = at;
            return 1;
        }
    }
}

int die_next(struct die_reader *reader, Dwarf_Die *die)
{
    Dwarf_Die next;
    if (has_children(die) && !die_has(die, DW_AT_sibling))
        return step_over_children(reader, die);
    int status = step_over(reader, die, &next);
    if (status > 0)
        *die = next;
    return status;
}

/* ---- attributes ---- */

const char *die_name(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    return dwarf_attr(die, DW_AT_name, &attribute) == NULL ? NULL : dwarf_formstring(&attribute);
}

bool die_has(Dwarf_Die *die, unsigned attribute)
{
    return dwarf_hasattr(die, attribute) != 0;
}

bool die_flag(Dwarf_Die *die, unsigned attribute)
{
    Dwarf_Attribute found;
    bool is_set;
    return dwarf_attr(die, attribute, &found) != NULL && dwarf_formflag(&found, &is_set) == 0 && is_set;
}

int die_number(Dwarf_Die *die, unsigned attribute, struct die_number *ret_number)
{
    Dwarf_Attribute found;
    Dwarf_Sword number;
    Dwarf_Word value;
    if (dwarf_attr(die, attribute, &found) == NULL)
        return 0;
    unsigned form = dwarf_whatform(&found);
    switch (form) {
    case DW_FORM_sdata:
    case DW_FORM_implicit_const:
        if (dwarf_formsdata(&found, &number) != 0)
            return -1;
        *ret_number = (struct die_number){.value = (uint64_t)number, .is_negative = number < 0};
        return 1;
    case DW_FORM_data1:
    case DW_FORM_data2:
    case DW_FORM_data4:
    case DW_FORM_data8:
    case DW_FORM_udata:
        if (dwarf_formudata(&found, &value) != 0)
            return -1;
        *ret_number =
            (struct die_number){.value = value, .is_unsized = form != DW_FORM_udata, .is_data8 = form == DW_FORM_data8};
        return 1;
    default:
        return -1;
    }
}

int die_unsigned(struct die_reader *reader, Dwarf_Die *die, unsigned attribute, uint64_t *ret_value)
{
    struct die_number number;
    int status = die_number(die, attribute, &number);
    if (status < 0 || (status > 0 && number.is_negative))
        return die_damaged(reader, die, "a size, offset or alignment that is no number");
    if (status > 0)
        *ret_value = number.value;
    return status;
}

int die_reference(struct die_reader *reader, Dwarf_Die *die, unsigned attribute, Dwarf_Die *ret_die)
{
    Dwarf_Attribute found;
    if (dwarf_attr(die, attribute, &found) == NULL)
        return 0;
    if (dwarf_formref_die(&found, ret_die) != NULL && dwarf_tag(ret_die) != DW_TAG_invalid)
        return 1;
    if (dwarf_whatform(&found) == DW_FORM_ref_sig8 && reader->has_groups)
        return message_error("%s: compiled with -fdebug-types-section: compile without it, or join the sections first, "
                             "with `ld -r --force-group-allocation`",
                             reader->name);
    return die_damaged(reader, die, "a reference to a type that is not there");
}
