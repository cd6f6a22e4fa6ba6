/* SPDX-License-Identifier: MIT */
/* dwarfscope.h: where a type is declared: its tag, qualified by namespaces and classes. */
#ifndef PLUGPIN_DWARFSCOPE_H
#define PLUGPIN_DWARFSCOPE_H

#include "dwarfdie.h"
#include "text.h"

/* What was found out about one object's scopes. Zeroed is empty. */
struct scopes {
    struct pm_arena arena;
    struct scope **units; /* the roots, one for each unit in which a type was looked for */
    size_t unit_count;
    struct scope *last; /* one of units */
    struct scope *all;
    size_t child_count; /* of all */
};

/* The scopes around the entry as a prefix: "", "ns::", "ns::outer::". A struct that C could have declared as well,
 * outside of all namespaces, is no scope: C has none, and a header that both languages read has one text. 1:
 * *ret_prefix; 0: there is none, and *ret_problem says why, in words; -1: told. */
int scope_prefix(struct scopes *scopes, struct die_reader *reader, Dwarf_Die *die, const char **ret_prefix,
                 const char **ret_problem);

void scopes_free(struct scopes *scopes);

#endif
