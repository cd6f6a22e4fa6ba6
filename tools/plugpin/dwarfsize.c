/* SPDX-License-Identifier: MIT */
#include "dwarfsize.h"

#include "message.h"

#include <dwarf.h>
#include <gelf.h>
#include <string.h>

/* More than any object has; a linked file has as many as its objects together. */
enum {
    MAX_UNITS = 50000,
    MAX_ABBREVIATIONS = 1000000,
    LINKED_FACTOR = 20,
    MAX_BYTES = 1 << 30 /* of abbreviations, each time that a unit reads them */
};

enum { MAX_SECTIONS = 4 };

struct counting {
    const struct die_reader *dies;
    Elf_Data *sections[MAX_SECTIONS]; /* of abbreviations; libdw takes one of them */
    size_t section_count;
    size_t units, abbreviations, bytes;
    size_t factor;
};

/* A bounded place in the abbreviations. At the end everything is 0. */
struct cursor {
    const uint8_t *at, *end;
};

static uint8_t next_byte(struct cursor *cursor)
{
    return cursor->at < cursor->end ? *cursor->at++ : 0;
}

/* LEB128 of at most so many bytes; as libdw, which takes 32 bits of it, so that both find the same end. */
static uint32_t next_number(struct cursor *cursor, unsigned most)
{
    uint32_t number = 0;
    uint8_t byte;
    unsigned count = 0;
    do {
        byte = next_byte(cursor);
        number |= count < 5 ? (uint32_t)(byte & 0x7f) << 7 * count : 0;
    } while (byte >= 0x80 && ++count < most);
    return number;
}

/* DWARF 5, 7.5.3: code, tag, has_children, and pairs of attribute and form that end in two zeros. false: the end. */
static bool next_abbreviation(struct cursor *cursor)
{
    enum { BYTES_32 = 5, BYTES_64 = 10 };
    uint32_t name, form;
    if (cursor->at == cursor->end || *cursor->at == 0)
        return false;
    next_number(cursor, BYTES_32);
    next_number(cursor, BYTES_32);
    next_byte(cursor);
    do {
        name = next_number(cursor, BYTES_32);
        form = next_number(cursor, BYTES_32);
        if (form == DW_FORM_implicit_const)
            next_number(cursor, BYTES_64);
    } while (name != 0 || form != 0);
    return true;
}

static int too_many(const struct counting *counting, const char *what)
{
    return message_error("%s: more %s of debug information than any object has: the object is damaged, build it anew",
                         counting->dies->name, what);
}

static int count_abbreviations(struct counting *counting, const Elf_Data *section, Dwarf_Off offset)
{
    if (offset >= section->d_size)
        return 0;
    const uint8_t *start = (const uint8_t *)section->d_buf + offset;
    struct cursor cursor = {start, start + (section->d_size - offset)};
    while (next_abbreviation(&cursor))
        if (++counting->abbreviations > MAX_ABBREVIATIONS * counting->factor)
            return too_many(counting, "abbreviations");
    counting->bytes += (size_t)(cursor.at - start);
    return counting->bytes > MAX_BYTES ? too_many(counting, "abbreviations") : 0;
}

/* is_types: in DWARF 4 units of types have a section of their own. */
static int count_units(struct counting *counting, bool is_types)
{
    Dwarf_Off at = 0, next, abbreviations;
    uint64_t signature;
    while (dwarf_next_unit(counting->dies->dwarf, at, &next, NULL, NULL, &abbreviations, NULL, NULL,
                           is_types ? &signature : NULL, NULL) == 0) {
        if (++counting->units > MAX_UNITS * counting->factor)
            return too_many(counting, "units");
        for (size_t i = 0; i < counting->section_count; i++)
            if (count_abbreviations(counting, counting->sections[i], abbreviations) < 0)
                return -1;
        at = next;
    }
    return 0;
}

/* Compressed ones are plain by now: libdw does that when it begins. */
static void find_sections(struct counting *counting)
{
    Elf *elf = dwarf_getelf(counting->dies->dwarf);
    Elf_Scn *section = NULL;
    GElf_Shdr header;
    size_t names_index;
    if (elf_getshdrstrndx(elf, &names_index) < 0)
        return;
    while ((section = elf_nextscn(elf, section)) != NULL && counting->section_count < MAX_SECTIONS) {
        const char *name = gelf_getshdr(section, &header) == NULL || header.sh_type == SHT_NOBITS
                               ? NULL
                               : elf_strptr(elf, names_index, header.sh_name);
        Elf_Data *data = name != NULL && strstr(name, "debug_abbrev") != NULL ? elf_getdata(section, NULL) : NULL;
        if (data != NULL && data->d_buf != NULL)
            counting->sections[counting->section_count++] = data;
    }
}

int dwarf_check_size(const struct die_reader *dies, bool is_linked)
{
    struct counting counting = {.dies = dies, .factor = is_linked ? LINKED_FACTOR : 1};
    find_sections(&counting);
    return count_units(&counting, false) < 0 || count_units(&counting, true) < 0 ? -1 : 0;
}
