/* SPDX-License-Identifier: MIT */
/* types.h: the types that interfaces reach, as a graph: filled from the debug information (dwarf.c), written out as
 * canonical text (canon.c). Plain data. */
#ifndef PLUGPIN_TYPES_H
#define PLUGPIN_TYPES_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum type_kind {
    TYPE_VOID,
    TYPE_BASE,      /* a leaf: name is what the text has ("i32", "f64", "b8", …) */
    TYPE_VA_LIST,   /* the leaf va_list */
    TYPE_POINTER,   /* C++ references too */
    TYPE_QUALIFIED, /* const, volatile, _Atomic of target; restrict does not come here */
    TYPE_ARRAY,
    TYPE_VECTOR,
    TYPE_FUNCTION,
    TYPE_STRUCT, /* C++ classes too */
    TYPE_UNION,
    TYPE_ENUM,
    TYPE_UNSUPPORTED /* has no representation: name says what it is and what to do, in words for people */
};

enum type_qualifier { TYPE_ATOMIC = 1, TYPE_CONST = 2, TYPE_VOLATILE = 4 };

struct type_member {
    const char *name; /* NULL: an anonymous struct or union */
    struct type *type;
    uint64_t offset; /* in bytes; of a bit-field the byte its first bit lies in */
    unsigned bit;    /* of a bit-field: its first bit in that byte, counted as the target does */
    unsigned width;  /* of a bit-field, in bits; 0: not one, or one that fills a whole, byte-aligned type */
    uint64_t align;  /* DW_AT_alignment, in bytes; 0: not said */
};

struct type_enumerator {
    const char *name;
    uint64_t value; /* two's complement if is_negative */
    bool is_negative;
};

/* Typedefs are resolved: none of them comes here. One C type in one unit is one struct type, so pointers compare. */
struct type {
    enum type_kind kind;
    const char *name;         /* BASE, UNSUPPORTED: see there. STRUCT, UNION, ENUM: the tag, qualified by namespaces
                                 ("ns::tag"); NULL: anonymous */
    const char *typedef_name; /* of an anonymous type, for people; NULL: none known */
    const char *underlying;   /* ENUM: its leaf ("u32"); NULL if it is only declared */
    uint64_t size;            /* BASE, STRUCT, UNION, ENUM: in bytes */
    uint64_t align;           /* DW_AT_alignment, in bytes; 0: not said */
    unsigned qualifiers;      /* QUALIFIED: enum type_qualifier, or-ed; target is not QUALIFIED itself */
    bool is_declaration;      /* STRUCT, UNION, ENUM: its members are not known here */
    bool is_flexible;         /* ARRAY: [] or [0] */
    bool is_variadic;         /* FUNCTION: ends in … */
    bool is_unprototyped;     /* FUNCTION: f() of C */
    uint64_t count;           /* ARRAY, VECTOR: elements; one dimension each */
    struct type *target;      /* POINTER, QUALIFIED, ARRAY, VECTOR: what of; FUNCTION: what it returns. Never NULL */
    struct type **parameters; /* FUNCTION */
    size_t parameter_count;
    struct type_member *members; /* STRUCT, UNION: as declared */
    size_t member_count;
    struct type_enumerator *enumerators; /* ENUM: as declared */
    size_t enumerator_count;
    /* for canon.c alone, zero before and after */
    unsigned mark;
};

/* PLUGMGR_INTERFACE or PLUGMGR_FUNCTION in one unit. */
struct type_interface {
    const char *name;
    unsigned major, minor;
    bool is_function;
    struct type *type; /* the object's type, without the const of the macro; or the FUNCTION */
    const char *where; /* "FILE(MEMBER): unit", for messages */
};

/* Zeroed is empty. Everything lies in the arena. */
struct type_graph {
    struct pm_arena arena;
    struct type_interface *interfaces; /* all that are declared in any unit, used or not */
    size_t interface_count;
    const char **opaque_tags; /* PLUGMGR_OPAQUE in any unit, each once */
    size_t opaque_count;
    unsigned word_size; /* of the target: 4 or 8 */
    size_t memory;      /* bytes that the types take; dwarftype.c limits them */
};

#endif
