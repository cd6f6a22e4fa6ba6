/* SPDX-License-Identifier: MIT */
/* property.h: what all inputs say of themselves in .note.gnu.property (IBT, SHSTK, BTI, PAC, …). Pure.
 *
 * Linkers keep a property only if every object has it, so an object without code must say what the objects with code
 * have in common: less would take the property from the plugin, and more is not ours to say. A value is the bitwise AND
 * of the inputs' values, which changes nothing under any of the rules by which linkers merge (and, or, maximum). */
#ifndef PLUGPIN_PROPERTY_H
#define PLUGPIN_PROPERTY_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_PROPERTIES = 64, MAX_PROPERTY_SIZE = 64 };

struct property {
    uint32_t type;
    uint32_t size;                    /* of the value, in bytes */
    uint8_t value[MAX_PROPERTY_SIZE]; /* in the inputs' byte order */
};

struct properties {
    struct property items[MAX_PROPERTIES];
    size_t count;
};

/* How the bytes lie: alignment and padding are 8 in ELF64 and 4 in ELF32. */
struct property_form {
    size_t align;
    bool is_swapped;
};

/* The bytes of one .note.gnu.property section. Values that are too large are left out. -1: malformed. */
int properties_parse(const uint8_t *bytes, size_t size, struct property_form form, struct properties *ret_properties);

/* Leaves in `common` what both have. */
void properties_intersect(struct properties *common, const struct properties *other);

/* The note's bytes, nothing if there is no property. */
void properties_write(const struct properties *properties, struct property_form form, struct pm_buffer *buffer);

#endif
