/* SPDX-License-Identifier: MIT */
/* dwarftype.h: the entries of types in one object's debug information -> struct type. */
#ifndef PLUGPIN_DWARFTYPE_H
#define PLUGPIN_DWARFTYPE_H

#include "dwarfdie.h"
#include "dwarfscope.h"
#include "types.h"

struct type_work {
    struct type *type;
    Dwarf_Die die;
};

struct type_slot {
    const void *addr;    /* of the entry, in memory: unlike offsets, these never meet in two sections */
    unsigned qualifiers; /* enum type_qualifier, around the entry's type */
    struct type *type;   /* NULL: the slot is free */
};

struct type_reader {
    struct die_reader *dies;
    struct type_graph *graph;
    bool is_c;          /* the unit's language: C or Objective-C */
    bool is_big_endian; /* the target */
    unsigned machine;   /* EM_… */
    struct scopes scopes;
    struct type_slot *slots; /* the types made so far: a hash table, a power of two in size */
    size_t slot_count, slot_used;
    struct type_work *work; /* types made and not filled in yet */
    size_t work_count;
    struct type *void_type, *va_list_type;
};

/* The type of the entry, with all that it reaches. NULL: told. */
struct type *type_read(struct type_reader *reader, Dwarf_Die *die);

/* Forgets what belongs to the unit that was read. */
void type_end_unit(struct type_reader *reader);

void type_reader_free(struct type_reader *reader);

/* Memory of the graph, within the limit for all types. NULL: told. */
void *type_memory(struct type_reader *reader, size_t count, size_t size);
/* A copy of a name of the debug information. NULL: told. */
const char *type_copy_name(struct type_reader *reader, Dwarf_Die *die, const char *name);

#endif
