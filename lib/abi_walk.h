/* SPDX-License-Identifier: MIT */
/* abi_walk.h: the walk through two canonical texts at once: abi_compare.c leads it, abi_members.c compares a pair of
 * blocks on it. Private to the abi_* files. Pure. */
#ifndef PM_ABI_WALK_H
#define PM_ABI_WALK_H

#include "abi_change.h"

struct pm_abi_opaque {
    const char *text;
    struct pm_abi_opaque *next;
};

struct pm_abi_walk {
    const struct pm_abi_tree *from, *to;
    struct pm_arena *scratch;
    bool is_different, explains, is_spent;
    bool leaves_out;     /* changes were found for which there was no room */
    size_t work, budget; /* steps: what pairs of anonymous types may multiply */
    struct pm_abi_pair *pairs, **pairs_end;
    uint64_t *known; /* the pairs met, in a hash table of open addresses; 0: free */
    size_t known_count, known_room;
    struct pm_abi_change *changes, **changes_end, spare; /* spare: is written to when there is no room */
    size_t change_count;
    struct pm_abi_opaque *opaque, **opaque_end;
    size_t opaque_count, from_appends, to_appends, enumerators_added;
    /* where it is */
    struct pm_abi_pair *pair;
    const struct pm_abi_member *from_member, *to_member;
    unsigned path[PM_ABI_MAX_DEPTH];
    size_t depth;
};

/* Counts steps. When there are too many, the texts are taken as different, which is never wrong to refuse. */
void pm_abi_spend(struct pm_abi_walk *walk, size_t steps);

/* Notes a change where the walk is. Never NULL: one that cannot be kept is written to walk->spare. A fact makes nothing
 * different. */
struct pm_abi_change *pm_abi_note(struct pm_abi_walk *walk, enum pm_abi_change_kind kind,
                                  const struct pm_abi_member *from, const struct pm_abi_member *to);
struct pm_abi_change *pm_abi_note_fact(struct pm_abi_walk *walk, enum pm_abi_change_kind kind,
                                       const struct pm_abi_member *from, const struct pm_abi_member *to);

/* Compares two types wherever they stand, and puts the blocks that they reach into the queue. */
void pm_abi_compare_types(struct pm_abi_walk *walk, const char *from, const char *to);

/* Whether two types are the same by their text, anonymous ones by their place alone. */
bool pm_abi_looks_alike(struct pm_abi_walk *walk, const char *a, const char *b);

bool pm_abi_is_complete(const struct pm_abi_block *block); /* NULL is not */

/* The block of a type that stands there by value, be it in an array; NULL: it is none, or has none. */
const struct pm_abi_block *pm_abi_find_by_value(const struct pm_abi_tree *tree, const char *type);

/* Compare the blocks of walk->pair: structs and unions; enums. */
void pm_abi_compare_layouts(struct pm_abi_walk *walk);
void pm_abi_compare_enums(struct pm_abi_walk *walk);

#endif
