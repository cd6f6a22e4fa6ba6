/* SPDX-License-Identifier: MIT */
/* abi_change.h: how two canonical texts differ, as abi_compare.c finds it and abi_explain.c puts it in words. Private
 * to the abi_* files. Pure. */
#ifndef PM_ABI_CHANGE_H
#define PM_ABI_CHANGE_H

#include "abi_tree.h"

/* Two blocks that stand for each other, and the way on which they were met first. */
struct pm_abi_pair {
    const struct pm_abi_block *from, *to;
    const struct pm_abi_tree *from_tree, *to_tree;
    bool is_root;
    const struct pm_abi_pair *parent;   /* NULL: the root, or where a comparison of definitions begins */
    const struct pm_abi_member *member; /* the parent's member that leads here; NULL: a root without members does */
    const unsigned *path;               /* within its type, as in struct pm_abi_change */
    size_t depth;
    bool is_introduced; /* by what it is reached has been told */
    struct pm_abi_pair *next;
};

enum pm_abi_change_kind {
    PM_ABI_NAMED,    /* the root: from and to are two interfaces */
    PM_ABI_REFORMED, /* the root: struct, union, function, object */
    PM_ABI_ALIGNED,  /* explicit alignment, from number to number */
    PM_ABI_RESIZED,  /* with no other change that explains it */
    /* members: of a run, from or to is the first, and last the last */
    PM_ABI_INSERTED,
    PM_ABI_APPENDED,
    PM_ABI_REMOVED,
    PM_ABI_TRUNCATED, /* removed from the end of the root */
    PM_ABI_RENAMED,
    PM_ABI_REPLACED,
    PM_ABI_REORDERED, /* of a run; before: the one in front of which it stands now, NULL: the end */
    PM_ABI_SWAPPED,   /* from and last, as they stood */
    PM_ABI_MOVED,     /* and nothing before it explains that */
    PM_ABI_WIDTH,     /* of a bit-field; 0: it is none */
    PM_ABI_SWELLED,   /* a type that it holds by value changed, which is told with that type */
    /* types: of a member, or of what the path leads to in it */
    PM_ABI_RETYPED,
    PM_ABI_PARAMETERS_INSERTED, /* the first is number to_number */
    PM_ABI_PARAMETERS_APPENDED,
    PM_ABI_PARAMETERS_REMOVED, /* the first is number from_number */
    PM_ABI_PARAMETERS_REPLACED,
    PM_ABI_VARIADIC,   /* to_number: whether it is now */
    PM_ABI_PROTOTYPED, /* the same */
    /* enums */
    PM_ABI_UNDERLYING,
    PM_ABI_ENUMERATOR_RENAMED,
    PM_ABI_ENUMERATOR_ADDED,
    PM_ABI_ENUMERATOR_REMOVED,
    PM_ABI_REVALUED, /* count of them, from the first to last, by one and the same number if there are several */
    PM_ABI_OPAQUE,   /* from_type: "struct TAG" */
    PM_ABI_TOO_MUCH, /* it was given up */
    PM_ABI_LEFT_OUT  /* there are more; from_number: so many are told */
};

/* How a type differs, where both have the same form (bits). */
enum pm_abi_retyping {
    PM_ABI_RE_QUALIFIED = 1,
    PM_ABI_RE_COUNTED = 2, /* the length of an array */
    PM_ABI_RE_SIZED = 4,   /* the size of a type that is known by its size alone */
    PM_ABI_RE_OTHER = 8
};

struct pm_abi_change {
    enum pm_abi_change_kind kind;
    bool is_fact; /* nothing that breaks a caller by itself */
    struct pm_abi_pair *pair;
    const struct pm_abi_member *from, *to, *last, *before;
    size_t count, to_count;            /* of a run; to_count: PARAMETERS_REPLACED */
    const char *from_type, *to_type;   /* RETYPED; the first parameter of a run */
    uint64_t from_number, to_number;   /* by kind */
    unsigned retyping, added, removed; /* RETYPED: how, and which qualifiers */
    bool is_pointee;                   /* those of a pointee */
    const unsigned *path; /* numbers of parameters from the outermost function inwards; 0: what it returns */
    size_t depth;
    size_t moved_count;                                /* members that move by it */
    const struct pm_abi_member *moved_from, *moved_to; /* the first of them */
    const struct pm_abi_member *moved_last;
    bool moves_itself;   /* it is one of them: SWELLED */
    int64_t least, most; /* by how many bits */
    bool changes_size;   /* of the pair's type */
    struct pm_abi_change *next;
};

/* The bit at which a member begins. */
int64_t pm_abi_position(const struct pm_abi_member *member);

/* Puts the changes into words: causes, smaller changes, consequences, facts. NULL-terminated, in the arena. */
const char **pm_abi_explain(struct pm_abi_change *changes, struct pm_arena *arena, size_t *ret_count);

#endif
