/* SPDX-License-Identifier: MIT */
/* dwarffill.h: what the parts of the reader of types share (dwarftype.c, dwarfleaf.c, dwarfstruct.c). */
#ifndef PLUGPIN_DWARFFILL_H
#define PLUGPIN_DWARFFILL_H

#include "dwarftype.h"

enum { CC_NORMAL = 1, CC_PASS_BY_REFERENCE = 4, CC_PASS_BY_VALUE = 5 }; /* DW_CC_…, as far as they are of interest */

/* A type without the typedefs and qualifiers around it. */
struct resolved {
    Dwarf_Die die; /* unless is_void */
    bool is_void, is_va_list;
    unsigned qualifiers;
    const char *typedef_name; /* the innermost; as the debug information has it */
    uint64_t align;           /* the largest that one of the typedefs asks for */
};

/* What the entry's DW_AT_type leads to. may_lack: a missing one is void. -1: told. */
int type_resolve_of(struct type_reader *reader, Dwarf_Die *die, bool may_lack, struct resolved *ret_resolved);

/* The type, to be filled in later if it is new. NULL: told. */
struct type *type_make(struct type_reader *reader, const struct resolved *resolved);

/* A type that has no representation; why is static text, and says what to do. NULL: told. */
struct type *type_unsupported(struct type_reader *reader, const char *why);
/* Makes the type one, in place. Returns 0. */
int type_set_unsupported(struct type *type, const char *why);

/* DW_AT_alignment, if it is larger than *align. -1: told. */
int type_take_alignment(struct type_reader *reader, Dwarf_Die *die, uint64_t *align);

/* The tag of a struct, union or enum into type->name; NULL: anonymous. 1: done; 0: the type is unsupported now; -1:
 * told. */
int type_name_tag(struct type_reader *reader, struct type *type, Dwarf_Die *die);

/* Whether the name can stand in the text: an identifier, which may have letters beyond ASCII, and '$'. */
bool type_is_identifier(const char *name);

/* text may be NULL. */
bool type_text_contains(const char *text, const char *part);

/* How many children of that tag there are. -1: told. */
int type_count_children(struct type_reader *reader, Dwarf_Die *die, unsigned tag, size_t *ret_count);

/* Whether the entry asks for another calling convention than the usual. */
bool type_has_own_convention(Dwarf_Die *die);

/* Fill in a new type from its entry. -1: told. */
int type_fill_base(struct type_reader *reader, struct type *type, Dwarf_Die *die);
int type_fill_enum(struct type_reader *reader, struct type *type, Dwarf_Die *die);
int type_fill_struct(struct type_reader *reader, struct type *type, Dwarf_Die *die);

#endif
