/* SPDX-License-Identifier: MIT */
/* dwarfdie.h: the entries (DIEs) of one object's debug information, read with libdw and with its answers checked:
 * whatever the bytes are, every walk ends. */
#ifndef PLUGPIN_DWARFDIE_H
#define PLUGPIN_DWARFDIE_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct die_reader {
    const char *name; /* of the object, for messages */
    Dwarf *dwarf;
    uint64_t steps;          /* entries that may still be looked at */
    bool has_groups;         /* units of types lie in section groups, where libdw does not look for them */
    const Dwarf_CU *end_cu;  /* the unit of which `end` is the end */
    const uint8_t *unit_end; /* where that unit ends */
};

/* Steps for an object of that many bytes: more than any walk of ours needs in what a compiler wrote. */
uint64_t die_step_limit(size_t size);

/* Tells that the entry is damaged. Returns -1. */
int die_damaged(const struct die_reader *reader, Dwarf_Die *die, const char *what);

/* Counts one step. -1: told. */
int die_step(struct die_reader *reader, Dwarf_Die *die);

/* The first entry below the parent, and from an entry to its next sibling. 1: there is one; 0: none; -1: told. */
int die_first_child(struct die_reader *reader, Dwarf_Die *parent, Dwarf_Die *ret_child);
int die_next(struct die_reader *reader, Dwarf_Die *die);

/* The entry's own name; NULL: it has none. */
const char *die_name(Dwarf_Die *die);

bool die_has(Dwarf_Die *die, unsigned attribute);

/* Whether the flag is set. */
bool die_flag(Dwarf_Die *die, unsigned attribute);

/* A constant. `value` is two's complement if is_negative. */
struct die_number {
    uint64_t value;
    bool is_negative;
    bool is_unsized; /* its form says neither sign nor extension: DW_FORM_data1 and its kin */
    bool is_data8;   /* all bits of the value are the form's */
};

/* 1: a number; 0: the entry has no such attribute; -1: it is something else than a constant (nothing is told). */
int die_number(Dwarf_Die *die, unsigned attribute, struct die_number *ret_number);

/* The same for what cannot be negative or anything else. -1: told. */
int die_unsigned(struct die_reader *reader, Dwarf_Die *die, unsigned attribute, uint64_t *ret_value);

/* The entry that the attribute refers to. 1: there; 0: the entry has no such attribute; -1: told. */
int die_reference(struct die_reader *reader, Dwarf_Die *die, unsigned attribute, Dwarf_Die *ret_die);

#endif
