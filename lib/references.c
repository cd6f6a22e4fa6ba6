/* SPDX-License-Identifier: MIT */
#include "symbols.h"

#include <byteswap.h>
#include <stdlib.h>
#include <string.h>

enum {
    CHUNK = 512,              /* relocations read at once */
    MAX_SYMBOLS = 1 << 20,    /* of one object */
    MAX_NAMES_SIZE = 32 << 20 /* of all of them, bytes: they may overlap in the file */
};

/* What is read of one object. */
struct reader {
    struct pm_view *view;
    struct pm_arena *arena;
    struct pm_references *references;
    size_t capacity;
    size_t names_size;
    uint8_t *seen; /* a bit for each symbol */
    size_t seen_size;
};

static int no_memory(struct pm_problem *ret_problem)
{
    return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
}

static int too_many_names(struct pm_problem *ret_problem)
{
    return pm_problem_set(ret_problem, PM_ELF_MALFORMED, "the names of its symbols are larger than 32 MiB", NULL);
}

/* Whether the symbol was not there before. 1, 0, -1. */
static int is_new(struct reader *reader, uint64_t index, struct pm_problem *ret_problem)
{
    size_t at = (size_t)(index / 8);
    if (index >= MAX_SYMBOLS)
        return pm_problem_set(ret_problem, PM_ELF_MALFORMED, "a relocation names a symbol beyond any table", NULL);
    if (at >= reader->seen_size) {
        size_t size = reader->seen_size > 0 ? reader->seen_size : 64;
        while (size <= at)
            size *= 2;
        uint8_t *seen = realloc(reader->seen, size);
        if (seen == NULL)
            return no_memory(ret_problem);
        memset(seen + reader->seen_size, 0, size - reader->seen_size);
        reader->seen = seen;
        reader->seen_size = size;
    }
    uint8_t bit = (uint8_t)(1 << index % 8);
    bool was_there = (reader->seen[at] & bit) != 0;
    reader->seen[at] |= bit;
    return !was_there;
}

static struct pm_reference *append(struct reader *reader)
{
    struct pm_references *references = reader->references;
    if (references->symbol_count == reader->capacity) {
        size_t capacity = reader->capacity > 0 ? 2 * reader->capacity : 32;
        struct pm_reference *symbols = realloc(references->symbols, capacity * sizeof(*symbols));
        if (symbols == NULL)
            return NULL;
        references->symbols = symbols;
        reader->capacity = capacity;
    }
    return &references->symbols[references->symbol_count++];
}

static void take_version(struct reader *reader, struct pm_reference *reference, const struct pm_symbol_version *version)
{
    if (version->library != NULL) {
        reference->need = version->ordinal + 1;
        reference->version = reader->references->versions[version->ordinal].version;
        reference->library = reader->references->versions[version->ordinal].library;
    } else {
        reference->version = pm_arena_copy(reader->arena, version->name);
        reader->names_size += strlen(version->name) + 1;
    }
    reference->is_version_hidden = version->is_hidden;
}

static int add_symbol(struct reader *reader, uint64_t index, struct pm_problem *ret_problem)
{
    struct pm_view *view = reader->view;
    Elf64_Sym symbol;
    int result = index > 0 ? is_new(reader, index, ret_problem) : 0;
    if (result <= 0)
        return result;
    if (pm_view_symbol(view, index, &symbol, ret_problem) < 0)
        return -1;
    unsigned binding = ELF64_ST_BIND(symbol.st_info), visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    /* those are bound without looking */
    if (binding == STB_LOCAL || visibility == STV_HIDDEN || visibility == STV_INTERNAL)
        return 0;
    const struct pm_symbol_version *version = NULL;
    const char *name = pm_view_string(view, symbol.st_name, ret_problem);
    if (name == NULL || pm_view_symbol_version(view, index, &version, ret_problem) < 0)
        return -1;
    reader->names_size += strlen(name) + 1;
    if (reader->names_size > MAX_NAMES_SIZE)
        return too_many_names(ret_problem);
    struct pm_reference *reference = append(reader);
    if (reference == NULL)
        return no_memory(ret_problem);
    *reference = (struct pm_reference){
        .name = pm_arena_copy(reader->arena, name),
        .is_defined = symbol.st_shndx != SHN_UNDEF,
        .is_protected = visibility == STV_PROTECTED,
        .binding = (unsigned char)binding,
        .type = ELF64_ST_TYPE(symbol.st_info),
    };
    if (version != NULL)
        take_version(reader, reference, version);
    return 0;
}

/* The symbol that a relocation names; 0: none. Those of type 0 do nothing, on every machine. */
static uint64_t symbol_of(const struct pm_view *view, const uint8_t *bytes)
{
    if (view->elf_class == ELFCLASS32) {
        uint32_t info;
        memcpy(&info, bytes + offsetof(Elf32_Rel, r_info), sizeof(info));
        info = view->is_swapped ? bswap_32(info) : info;
        return ELF32_R_TYPE(info) != 0 ? ELF32_R_SYM(info) : 0;
    }
    if (view->machine == EM_MIPS) { /* a word for the symbol, then bytes for up to three types, in each byte order */
        uint32_t symbol;
        memcpy(&symbol, bytes + offsetof(Elf64_Rel, r_info), sizeof(symbol));
        bool has_type = bytes[offsetof(Elf64_Rel, r_info) + 7] != 0;
        return has_type ? (view->is_swapped ? bswap_32(symbol) : symbol) : 0;
    }
    uint64_t info;
    memcpy(&info, bytes + offsetof(Elf64_Rel, r_info), sizeof(info));
    info = view->is_swapped ? bswap_64(info) : info;
    return ELF64_R_TYPE(info) != 0 ? ELF64_R_SYM(info) : 0;
}

static int read_table(struct reader *reader, uint64_t table, uint64_t size, bool is_rela, uint64_t skipped,
                      const char *what, struct pm_problem *ret_problem)
{
    struct pm_view *view = reader->view;
    bool is_64 = view->elf_class == ELFCLASS64;
    uint64_t entry_size =
        is_64 ? (is_rela ? sizeof(Elf64_Rela) : sizeof(Elf64_Rel)) : (is_rela ? sizeof(Elf32_Rela) : sizeof(Elf32_Rel));
    uint64_t count = size / entry_size;
    if (table == 0)
        return 0;
    if (count > 0 && view->remaining(view->data, table) < size)
        return pm_problem_set(ret_problem, PM_ELF_MALFORMED, what, " is not in a load segment", NULL);
    for (uint64_t i = skipped; i < count;) {
        uint64_t chunk = count - i < CHUNK ? count - i : CHUNK;
        const uint8_t *bytes = view->range(view->data, table + i * entry_size, chunk * entry_size, what, ret_problem);
        if (bytes == NULL)
            return -1;
        for (uint64_t k = 0; k < chunk; k++)
            if (add_symbol(reader, symbol_of(view, bytes + k * entry_size), ret_problem) < 0)
                return -1;
        i += chunk;
    }
    return 0;
}

static int read_tables(struct reader *reader, struct pm_problem *ret_problem)
{
    const struct pm_tables *tables = &reader->view->tables;
    if (read_table(reader, tables->rela, tables->rela_size, true, tables->rela_relative, "DT_RELA", ret_problem) < 0 ||
        read_table(reader, tables->rel, tables->rel_size, false, tables->rel_relative, "DT_REL", ret_problem) < 0 ||
        read_table(reader, tables->plt, tables->plt_size, tables->is_plt_rela, 0, "DT_JMPREL", ret_problem) < 0)
        return -1;
    if (reader->view->machine != EM_MIPS || tables->got_first == 0)
        return 0;
    for (uint64_t index = tables->got_first; index < tables->got_end; index++)
        if (add_symbol(reader, index, ret_problem) < 0)
            return -1;
    return 0;
}

/* The array, which grew on the heap, into the arena. */
static void keep_symbols(struct reader *reader)
{
    struct pm_references *references = reader->references;
    struct pm_reference *grown = references->symbols;
    size_t size = references->symbol_count * sizeof(*grown);
    references->symbols = pm_arena_new(reader->arena, size);
    if (references->symbols == NULL)
        references->symbol_count = 0; /* whoever sees that memory ran out does so later */
    else if (size > 0)
        memcpy(references->symbols, grown, size);
    free(grown);
}

static int copy_needs(struct reader *reader, struct pm_problem *ret_problem)
{
    const struct pm_view *view = reader->view;
    struct pm_references *references = reader->references;
    const struct pm_symbol_version *last = NULL;
    references->versions = pm_arena_new(reader->arena, view->version_count * sizeof(*references->versions));
    if (references->versions == NULL)
        return no_memory(ret_problem);
    for (size_t i = 0; i < view->version_count; i++) {
        const struct pm_symbol_version *version = &view->versions[i];
        if (version->library == NULL)
            continue;
        const bool is_of_last = last != NULL && last->library == version->library;
        reader->names_size += (is_of_last ? 0 : strlen(version->library) + 1) + strlen(version->name) + 1;
        if (reader->names_size > MAX_NAMES_SIZE)
            return too_many_names(ret_problem);
        const char *library = is_of_last ? references->versions[references->version_count - 1].library
                                         : pm_arena_copy(reader->arena, version->library);
        references->versions[references->version_count++] =
            (struct pm_needed_version){library, pm_arena_copy(reader->arena, version->name), version->is_weak};
        last = version;
    }
    return 0;
}

int pm_view_read_references(struct pm_view *view, struct pm_arena *arena, struct pm_references *ret_references,
                            struct pm_problem *ret_problem)
{
    struct pm_references references = {0};
    struct reader reader = {.view = view, .arena = arena, .references = &references};
    int result = pm_view_read_versions(view, ret_problem);
    if (result == 0)
        result = copy_needs(&reader, ret_problem);
    if (result == 0)
        result = read_tables(&reader, ret_problem);
    free(reader.seen);
    if (result == 0)
        keep_symbols(&reader);
    else
        free(references.symbols);
    if (result == 0)
        *ret_references = references;
    return result;
}
