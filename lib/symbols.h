/* SPDX-License-Identifier: MIT */
/* symbols.h: the tables by which the dynamic linker binds symbols, read through a view of an object: the segments of a
 * file, or memory. Any class, byte order and machine. Bytes are hostile: every read is bounded, every walk has an end.
 * Pure. */
#ifndef PM_SYMBOLS_H
#define PM_SYMBOLS_H

#include "error.h"
#include "text.h"

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the tables of a dynamic section lie, as addresses; 0: absent. Sizes in bytes. */
struct pm_tables {
    uint64_t strings, strings_size, symbols, hash, gnu_hash;
    uint64_t version_symbols, version_needs, version_definitions;
    uint64_t rela, rela_size, rela_relative; /* the last: how many of the first entries name no symbol */
    uint64_t rel, rel_size, rel_relative;
    uint64_t plt, plt_size;
    bool is_plt_rela;
    uint64_t got_first, got_end; /* MIPS: the symbols of the global offset table, which need no relocation */
};

/* A version of symbols that an object needs or defines. */
struct pm_symbol_version {
    const char *name;
    const char *library; /* DT_NEEDED's name of the object that must define it; NULL: this one defines it */
    unsigned index;      /* what DT_VERSYM calls it */
    size_t ordinal;      /* among the needed ones */
    bool is_hidden, is_weak, is_base;
};

struct pm_view {
    /* The bytes of a range, valid as long as the view. NULL: *ret_problem. */
    const uint8_t *(*range)(void *data, uint64_t address, uint64_t size, const char *what,
                            struct pm_problem *ret_problem);
    /* How many bytes there are from the address to the end of its segment; 0: none. */
    uint64_t (*remaining)(void *data, uint64_t address);
    void *data;
    unsigned elf_class, machine;
    bool is_swapped; /* its byte order is not ours */
    struct pm_tables tables;
    /* Made on the way. */
    size_t steps; /* symbols looked at so far */
    bool has_versions;
    struct pm_symbol_version *versions; /* needed ones and defined ones */
    size_t version_count, needed_count;
    const struct pm_symbol_version **version_of; /* by index */
    size_t version_of_count;
    struct pm_arena arena; /* of the versions; freed by pm_view_free */
};

/* Takes an entry of the dynamic section, as far as it is one of a table. base: what is added to an address that is
 * below it; 0 for files. glibc does that to the entries themselves, but where they are read-only (RISC-V, the vDSO). */
void pm_tables_add(struct pm_tables *tables, uint64_t tag, uint64_t value, uint64_t base);

void pm_view_free(struct pm_view *view);

/* As if nothing had been looked up in it yet. */
void pm_view_begin(struct pm_view *view);

/* A string of the dynamic string table, valid as long as the view; NULL: *ret_problem. */
const char *pm_view_string(struct pm_view *view, uint64_t index, struct pm_problem *ret_problem);

/* A symbol of the table, in our byte order and 64-bit form. -1: *ret_problem. */
int pm_view_symbol(struct pm_view *view, uint64_t index, Elf64_Sym *ret_symbol, struct pm_problem *ret_problem);

/* The version of a symbol, or NULL: it has none, or every one. -1: *ret_problem. */
int pm_view_symbol_version(struct pm_view *view, uint64_t index, const struct pm_symbol_version **ret_version,
                           struct pm_problem *ret_problem);

/* What a symbol is looked up by. */
struct pm_sought {
    const char *name;
    const char *version; /* NULL: none in particular */
    bool is_version_hidden;
    uint32_t gnu_hash, hash;
};
struct pm_sought pm_sought_make(const char *name, const char *version, bool is_version_hidden);

/* Looks it up as the dynamic linker does for a relocation (do_lookup_x and check_match in glibc's elf/dl-lookup.c): by
 * DT_GNU_HASH, else DT_HASH. 1: it is defined, *ret_symbol in our byte order and 64-bit form; 0; -1: *ret_problem. */
int pm_view_find(struct pm_view *view, const struct pm_sought *sought, Elf64_Sym *ret_symbol,
                 struct pm_problem *ret_problem);

/* Reads DT_VERNEED and DT_VERDEF into view->versions, once. -1: *ret_problem. Out of memory: that, too. */
int pm_view_read_versions(struct pm_view *view, struct pm_problem *ret_problem);

/* A symbol that a relocation of the object names: all that the dynamic linker looks up when it loads it. */
struct pm_reference {
    const char *name;
    const char *version; /* NULL: none in particular */
    const char *library; /* that the version is expected of; NULL: none, or the object's own */
    size_t need;         /* index of that in pm_references.versions + 1; 0: none */
    bool is_version_hidden;
    bool is_defined; /* by the object itself */
    bool is_protected;
    unsigned char binding, type; /* STB_…, STT_… */
};

/* A version that the object needs of a library. */
struct pm_needed_version {
    const char *library, *version;
    bool is_weak;
};

struct pm_references {
    struct pm_reference *symbols;
    size_t symbol_count;
    struct pm_needed_version *versions;
    size_t version_count;
};

/* Each symbol once, in the order of the relocations. Everything lives in the arena; out of memory: arena->failed. -1:
 * *ret_problem. */
int pm_view_read_references(struct pm_view *view, struct pm_arena *arena, struct pm_references *ret_references,
                            struct pm_problem *ret_problem);

#endif
