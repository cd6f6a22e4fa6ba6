/* SPDX-License-Identifier: MIT */
/* mkelf.h: builds ELF files of any class, byte order and machine from the structs of <elf.h> alone, so that a mistake
 * that libelf and the library share would show; and breaks them, field by field.
 *
 * A built file holds, in this order: header and program headers, notes, dynamic strings, dynamic symbols, DT_HASH,
 * DT_GNU_HASH (these are the first load segment); code (the second); the dynamic section and data (the third); section
 * names; section headers. Addresses are not offsets but in the first segment. The code is a hole in the file, and so
 * is the gap before the section headers: a file of 100 MB is made as fast as a small one. */
#ifndef MKELF_H
#define MKELF_H

#include "file.h"

#include <elf.h>
#include <plugmgr/note.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the file is for. */
struct mkelf_target {
    const char *name;
    unsigned elf_class, byte_order, machine;
};

enum {
    MKELF_TARGETS = 4, /* both classes in both byte orders */
    MKELF_MAX_NOTES = 16,
    MKELF_MAX_SYMBOLS = 16,
    MKELF_BUCKETS = 3,
};
extern const struct mkelf_target mkelf_targets[MKELF_TARGETS]; /* the first is x86-64 */

struct mkelf_note {
    uint32_t type;
    const char *owner, *description;
    size_t owner_size, description_size; /* bytes, with the NUL if it has one */
};
/* A PlugMgr note of a literal "key=value\0key=value". */
#define MKELF_RECORD(type, text) {type, PLUGMGR_NOTE_OWNER, text, sizeof(PLUGMGR_NOTE_OWNER), sizeof(text)}
#define MKELF_BUILD_ID(bytes) {NT_GNU_BUILD_ID, ELF_NOTE_GNU, bytes, sizeof(ELF_NOTE_GNU), sizeof(bytes) - 1}

enum mkelf_home { MKELF_IN_DATA, MKELF_IN_BSS, MKELF_UNDEFINED };
struct mkelf_symbol {
    const char *name;
    unsigned char binding, visibility; /* STB_…, STV_… */
    enum mkelf_home home;
};

/* An entry of the dynamic section whose value is a string: DT_NEEDED, … */
struct mkelf_string {
    int tag;
    const char *text;
};

/* Parts of a built file, for edits. */
enum mkelf_place {
    MKELF_HEADER,
    MKELF_SEGMENT,     /* by enum mkelf_segment */
    MKELF_NOTE,        /* in the order given */
    MKELF_STRINGS,     /* the dynamic string table; by byte */
    MKELF_SYMBOL,      /* in the order given */
    MKELF_HASH,        /* by word: buckets, chains, then MKELF_BUCKETS buckets, then a chain for each symbol */
    MKELF_GNU_HASH,    /* its header, by word: buckets, first symbol, words of the filter, shift */
    MKELF_GNU_BUCKETS, /* by word */
    MKELF_GNU_CHAINS,  /* by word */
    MKELF_DYNAMIC,     /* by enum mkelf_entry */
    MKELF_SECTION,     /* by enum mkelf_section */
    MKELF_PLACES
};
enum mkelf_segment { MKELF_FIRST, MKELF_TEXT, MKELF_DATA, MKELF_DYNAMIC_SEGMENT, MKELF_NOTES };
enum mkelf_entry { MKELF_STRTAB, MKELF_STRSZ, MKELF_SYMTAB, MKELF_HASH_TAG, MKELF_GNU_HASH_TAG, MKELF_OWN_STRINGS };
enum mkelf_section { MKELF_NO_SECTION, MKELF_NOTE_SECTION, MKELF_TEXT_SECTION, MKELF_DYNAMIC_SECTION,
                     MKELF_NAMES_SECTION, MKELF_SECTIONS };

/* One field set to a value, in the file's class and byte order. */
struct mkelf_edit {
    enum mkelf_place place;
    unsigned index;
    size_t offset_64, size_64, offset_32, size_32; /* size 0: the end of a list */
    uint64_t value;
};
#define MKELF_SET(place, index, type, member, value) \
    {MKELF_##place, index, offsetof(Elf64_##type, member), sizeof(((Elf64_##type *)0)->member), \
     offsetof(Elf32_##type, member), sizeof(((Elf32_##type *)0)->member), value}
#define MKELF_WORD(place, index, value) {MKELF_##place, index, 0, 4, 0, 4, value}
#define MKELF_BYTE(place, index, at, value) {MKELF_##place, index, at, 1, at, 1, value}

struct mkelf {
    /* What to build. Zeroed: a sound shared object for x86-64 without a note, a symbol, a library. */
    struct mkelf_target target;
    unsigned type; /* ET_…; 0: ET_DYN */
    uint32_t flags;
    const struct mkelf_note *notes; /* up to note_count, or the first without an owner */
    size_t note_count;
    unsigned note_align;     /* 4 or 8; 0: 4 */
    bool has_split_notes;    /* a PT_NOTE for each note, not one for all */
    bool has_unmapped_notes; /* no PT_NOTE */
    bool is_debug_only;      /* code, dynamic section and data have no bytes, as after objcopy --only-keep-debug */
    const struct mkelf_symbol *symbols;
    size_t symbol_count;
    bool lacks_hash, lacks_gnu_hash;
    const struct mkelf_string *strings;
    size_t string_count;
    uint64_t text_size; /* bytes; 0: 16 */
    uint64_t gap;       /* bytes before the section headers */
    /* What was built. */
    int descriptor;
    uint64_t size; /* bytes */
    uint64_t places[MKELF_PLACES], note_places[MKELF_MAX_NOTES], symbol_places[MKELF_MAX_SYMBOLS];
};

/* Builds into a file that has no name, or into a new one at path. Ends the process if that fails. */
void mkelf_build(struct mkelf *elf, const char *path);
void mkelf_free(struct mkelf *elf);

/* Writes value into width bytes. */
void mkelf_put(const struct mkelf *elf, uint64_t offset, size_t width, uint64_t value);
/* Where in the file the edit writes. */
uint64_t mkelf_place(const struct mkelf *elf, const struct mkelf_edit *edit);
void mkelf_edit(const struct mkelf *elf, const struct mkelf_edit *edit);
void mkelf_resize(const struct mkelf *elf, uint64_t size);

/* The file as it is now, for reading; the descriptor stays the built file's. */
struct pm_file mkelf_file(const struct mkelf *elf);

#endif
