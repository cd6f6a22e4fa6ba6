/* SPDX-License-Identifier: MIT */
/* abi_tree.h: a canonical text as abi.c reads it and abi_compare.c compares it. Private to the abi_* files. Pure.
 *
 * A TYPE stays text, checked once: prefix notation is compared and printed by walking along it, and needs no memory.
 * Strings point into the tree's own copy of the text. */
#ifndef PM_ABI_TREE_H
#define PM_ABI_TREE_H

#include "abi.h"

#include <stdint.h>

/* How deep a TYPE nests, functions in functions and pointers to pointers alike: what bounds every recursion. */
enum { PM_ABI_MAX_DEPTH = 64 };

enum pm_abi_kind { PM_ABI_STRUCT, PM_ABI_UNION, PM_ABI_ENUM };

enum pm_abi_form { PM_ABI_ROOT_STRUCT, PM_ABI_ROOT_UNION, PM_ABI_ROOT_FUNCTION, PM_ABI_ROOT_OBJECT };

/* A member of a struct or union, or an enumerator. */
struct pm_abi_member {
    const char *name; /* "-": an anonymous member */
    const char *type; /* a TYPE up to its NUL; NULL: an enumerator */
    uint64_t number;  /* offset in bytes; of an enumerator its value, two's complement if is_negative */
    unsigned line;
    unsigned short width; /* of a bit-field; 0: none */
    unsigned char bit;    /* of a bit-field: its first bit, in the byte at the offset */
    bool is_negative;
};

struct pm_abi_block {
    enum pm_abi_kind kind;
    const char *tag; /* of the root: the interface's name */
    bool is_opaque;
    uint64_t size, align; /* align: 0 is natural */
    const char *leaf;     /* of an enum */
    unsigned line;
    struct pm_abi_member *members; /* in the text's order */
    struct pm_abi_member **by_name;
    size_t count;
};

struct pm_abi_tree {
    enum pm_abi_form form;
    const char *name;
    const char *type;         /* of a function or object */
    struct pm_abi_block root; /* its size and align are those of `end` */
    struct pm_abi_block *blocks, **by_tag;
    size_t block_count;
    size_t size; /* of the text, in bytes */
};

enum pm_abi_token_kind {
    PM_ABI_POINTER,
    PM_ABI_QUALIFIERS,
    PM_ABI_ARRAY,
    PM_ABI_VECTOR,
    PM_ABI_FUNCTION, /* next: behind "fn(" */
    PM_ABI_TAG,
    PM_ABI_LEAF
};

enum pm_abi_qualifier { PM_ABI_ATOMIC = 1, PM_ABI_CONST = 2, PM_ABI_VOLATILE = 4 };

/* What a TYPE begins with. */
struct pm_abi_token {
    enum pm_abi_token_kind kind;
    unsigned qualifiers; /* QUALIFIERS: enum pm_abi_qualifier, or-ed */
    bool has_count;      /* ARRAY: false is []. TAG: a size by value is given */
    uint64_t count;      /* ARRAY, VECTOR: elements. TAG: the size by value, in bytes */
    enum pm_abi_kind tag_kind;
    const char *text; /* TAG: the tag; LEAF: its name */
    size_t length;    /* of text */
    const char *next; /* what follows */
};

/* Each moves *at behind what it reads. false: that does not stand there, and *at is where it shows at the latest. */
bool pm_abi_skip_word(const char **at, const char *word);
bool pm_abi_read_number(const char **at, uint64_t *ret_number); /* decimal, as a canonical text has it */
bool pm_abi_read_bytes(const char **at, uint64_t *ret_number);  /* one of which the bits can be counted, too */
bool pm_abi_skip_identifier(const char **at);
bool pm_abi_skip_tag(const char **at);
bool pm_abi_skip_leaf(const char **at);
bool pm_abi_skip_kind(const char **at, enum pm_abi_kind *ret_kind); /* "struct ", … */
bool pm_abi_skip_type(const char **at);                             /* a whole TYPE, at most MAX_DEPTH deep */

/* Reads the first token of a TYPE. false: it is none. */
bool pm_abi_token_read(const char *type, struct pm_abi_token *ret_token);

/* The end of a TYPE that was checked: its NUL, or the ',', ';' or ')' behind a part of a function. */
const char *pm_abi_type_end(const char *type);

/* The block of a tag; NULL: there is none (a declared interface, which has a text of its own). */
const struct pm_abi_block *pm_abi_find(const struct pm_abi_tree *tree, const struct pm_abi_token *tag);

#endif
