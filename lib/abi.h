/* SPDX-License-Identifier: MIT */
/* abi.h: canonical texts of interfaces (docs/fingerprint.md): read, compared, explained. Pure.
 *
 * Texts come from files: whatever they hold is bounded, and malformed at worst. */
#ifndef PM_ABI_H
#define PM_ABI_H

#include "error.h"
#include "text.h"

#include <stdbool.h>
#include <stddef.h>

/* A text, read. Lies, with all that it points to, in the arena that was given. */
struct pm_abi_tree;

/* Reads a NUL-terminated text. -1: *ret_problem (PM_ABI_MALFORMED, PM_OUT_OF_MEMORY) says what and in which line. */
int pm_abi_parse(const char *text, struct pm_arena *arena, const struct pm_abi_tree **ret_tree,
                 struct pm_problem *ret_problem);

/* The name that stands in its root line. */
const char *pm_abi_name(const struct pm_abi_tree *tree);

/* Whether the root has a member of that name; for plugmgr_has. */
bool pm_abi_has_member(const struct pm_abi_tree *tree, const char *name);

/* How far into the user's struct the provider's reaches, in bytes: where the first member begins that the provider, whose
 * text is the user's without members at the end, does not have. SIZE_MAX: it has all of them. */
size_t pm_abi_reach(const struct pm_abi_tree *user, const struct pm_abi_tree *provider);

/* The root's type as C has it ("i32 (struct user_db *, const i8 *)") if it is a function or another thing that is
 * neither struct nor union; else NULL. Not escaped. */
const char *pm_abi_signature(const struct pm_abi_tree *tree, struct pm_arena *arena);

/* How `from` and `to` differ, beyond which they are the same. */
struct pm_abi_difference {
    bool is_different;        /* in something that a caller could tell: nothing below makes up for it */
    size_t from_appends;      /* members that only `from` has, at the root's end */
    size_t to_appends;        /* members that only `to` has, at the root's end */
    size_t enumerators_added; /* names that only one side has, in enums of which one side has all of the other's */
    const char **opaque_tags; /* "struct user_db": opaque in one of them, complete in the other; each once */
    size_t opaque_count;
    const char **lines; /* in words, the root cause first; NULL-terminated. Empty: the same */
    size_t line_count;  /* names of types and members in them are the texts' own, not escaped */
};

/* Compares what the texts say, whatever the order of their blocks; anonymous types by content, not by name. Texts that
 * are equal byte for byte are recognised at the cost of one memcmp by the caller, before parsing.
 * Out of memory: arena->failed. */
void pm_abi_compare(const struct pm_abi_tree *from, const struct pm_abi_tree *to, struct pm_arena *arena,
                    struct pm_abi_difference *ret_difference);

enum pm_abi_definition {
    PM_ABI_ABSENT, /* one of the texts does not complete the type */
    PM_ABI_SAME,   /* both complete it in the same way */
    PM_ABI_DIFFERENT
};

/* Whether both texts define the type ("struct user_db") alike, all that it reaches included. */
enum pm_abi_definition pm_abi_compare_definition(const struct pm_abi_tree *a, const struct pm_abi_tree *b,
                                                 const char *type, struct pm_arena *arena);

/* One interface of a lock file. */
struct pm_abi_entry {
    const char *name;
    bool has_version; /* false: a bare text */
    unsigned major, minor;
    const char *text; /* without comments */
};

/* Reads a lock file: what `plugpin --dump` prints. For each interface a line `interface NAME MAJOR.MINOR`, which may be
 * missing, and the text; lines that begin with '#' and empty lines are skipped. -1: *ret_problem. */
int pm_abi_read_lock(const char *bytes, size_t size, struct pm_arena *arena, struct pm_abi_entry **ret_entries,
                     size_t *ret_count, struct pm_problem *ret_problem);

#endif
