/* SPDX-License-Identifier: MIT */
#include "mkelf.h"

#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DISTANCE = 0x10000, DATA_SIZE = 16, BSS_SIZE = 64 };

const struct mkelf_target mkelf_targets[MKELF_TARGETS] = {
    {"x86-64", ELFCLASS64, ELFDATA2LSB, EM_X86_64},
    {"ppc64", ELFCLASS64, ELFDATA2MSB, EM_PPC64},
    {"i386", ELFCLASS32, ELFDATA2LSB, EM_386},
    {"sparc", ELFCLASS32, ELFDATA2MSB, EM_SPARC},
};

static bool is_64(const struct mkelf *elf)
{
    return elf->target.elf_class != ELFCLASS32;
}

static size_t size_of(const struct mkelf *elf, size_t size_64, size_t size_32)
{
    return is_64(elf) ? size_64 : size_32;
}
#define SIZE_OF(elf, type) size_of(elf, sizeof(Elf64_##type), sizeof(Elf32_##type))

/* Words of DT_HASH are as wide as an address on two machines. */
static size_t hash_width(const struct mkelf *elf)
{
    unsigned machine = elf->target.machine;
    return is_64(elf) && (machine == EM_S390 || machine == EM_ALPHA || machine == 0x9026) ? 8 : 4;
}

/* ---- writing ---- */

static void write_at(const struct mkelf *elf, uint64_t offset, const void *bytes, size_t size)
{
    if (pwrite(elf->descriptor, bytes, size, (off_t)offset) != (ssize_t)size)
        err(99, "mkelf: cannot write");
}

void mkelf_put(const struct mkelf *elf, uint64_t offset, size_t width, uint64_t value)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < width; i++)
        bytes[i] = (uint8_t)(value >> 8 * (elf->target.byte_order == ELFDATA2MSB ? width - 1 - i : i));
    write_at(elf, offset, bytes, width);
}

#define PUT(elf, at, type, member, value) \
    mkelf_put(elf, (at) + size_of(elf, offsetof(Elf64_##type, member), offsetof(Elf32_##type, member)), \
              size_of(elf, sizeof(((Elf64_##type *)0)->member), sizeof(((Elf32_##type *)0)->member)), value)

static void align(struct mkelf *elf, uint64_t unit)
{
    elf->size = (elf->size + unit - 1) / unit * unit;
}

/* ---- parts ---- */

static void write_ident(const struct mkelf *elf)
{
    uint8_t ident[EI_NIDENT] = {[EI_CLASS] = (uint8_t)elf->target.elf_class,
                                [EI_DATA] = (uint8_t)elf->target.byte_order,
                                [EI_VERSION] = EV_CURRENT};
    memcpy(ident, ELFMAG, SELFMAG);
    write_at(elf, 0, ident, sizeof(ident));
}

static size_t segment_count(const struct mkelf *elf)
{
    if (elf->has_unmapped_notes || elf->note_count == 0)
        return MKELF_NOTES;
    return MKELF_NOTES + (elf->has_split_notes ? elf->note_count : 1);
}

static void write_header(const struct mkelf *elf)
{
    write_ident(elf);
    PUT(elf, 0, Ehdr, e_type, elf->type);
    PUT(elf, 0, Ehdr, e_machine, elf->target.machine);
    PUT(elf, 0, Ehdr, e_version, EV_CURRENT);
    PUT(elf, 0, Ehdr, e_flags, elf->flags);
    PUT(elf, 0, Ehdr, e_ehsize, SIZE_OF(elf, Ehdr));
    PUT(elf, 0, Ehdr, e_phoff, elf->places[MKELF_SEGMENT]);
    PUT(elf, 0, Ehdr, e_phentsize, SIZE_OF(elf, Phdr));
    PUT(elf, 0, Ehdr, e_phnum, segment_count(elf));
    PUT(elf, 0, Ehdr, e_shoff, elf->places[MKELF_SECTION]);
    PUT(elf, 0, Ehdr, e_shentsize, SIZE_OF(elf, Shdr));
    PUT(elf, 0, Ehdr, e_shnum, MKELF_SECTIONS);
    PUT(elf, 0, Ehdr, e_shstrndx, MKELF_NAMES_SECTION);
}

struct segment {
    uint32_t type, flags;
    uint64_t offset, address, file_size, memory_size, align;
};

static void write_segment(const struct mkelf *elf, size_t index, struct segment segment)
{
    uint64_t at = elf->places[MKELF_SEGMENT] + index * SIZE_OF(elf, Phdr);
    PUT(elf, at, Phdr, p_type, segment.type);
    PUT(elf, at, Phdr, p_flags, segment.flags);
    PUT(elf, at, Phdr, p_offset, segment.offset);
    PUT(elf, at, Phdr, p_vaddr, segment.address);
    PUT(elf, at, Phdr, p_paddr, segment.address);
    PUT(elf, at, Phdr, p_filesz, segment.file_size);
    PUT(elf, at, Phdr, p_memsz, segment.memory_size);
    PUT(elf, at, Phdr, p_align, segment.align);
}

static void write_notes(struct mkelf *elf)
{
    align(elf, 8);
    elf->places[MKELF_NOTE] = elf->size;
    for (size_t i = 0; i < elf->note_count; i++) {
        const struct mkelf_note *note = &elf->notes[i];
        uint64_t start = elf->note_places[i] = elf->size;
        PUT(elf, start, Nhdr, n_namesz, note->owner_size);
        PUT(elf, start, Nhdr, n_descsz, note->description_size);
        PUT(elf, start, Nhdr, n_type, note->type);
        write_at(elf, start + 12, note->owner, note->owner_size);
        elf->size += 12 + note->owner_size;
        align(elf, elf->note_align); /* notes start at a multiple of 8, so that this is the distance from their start */
        write_at(elf, elf->size, note->description, note->description_size);
        elf->size += note->description_size;
        align(elf, elf->note_align);
    }
}

static void write_note_segments(const struct mkelf *elf, uint64_t end)
{
    for (size_t i = MKELF_NOTES; i < segment_count(elf); i++) {
        size_t note = i - MKELF_NOTES;
        uint64_t start = elf->note_places[note], stop = end;
        if (elf->has_split_notes && note + 1 < elf->note_count)
            stop = elf->note_places[note + 1];
        uint64_t size = stop - start;
        write_segment(elf, i, (struct segment){PT_NOTE, PF_R, start, start, size, size, elf->note_align});
    }
}

static uint64_t append_string(struct mkelf *elf, const char *text)
{
    uint64_t index = elf->size - elf->places[MKELF_STRINGS];
    write_at(elf, elf->size, text, strlen(text) + 1);
    elf->size += strlen(text) + 1;
    return index;
}

static uint32_t sysv_hash(const char *name)
{
    uint32_t hash = 0;
    for (; *name != '\0'; name++) {
        hash = (hash << 4) + (unsigned char)*name;
        hash = (hash ^ (hash & 0xf0000000) >> 24) & ~0xf0000000u;
    }
    return hash;
}

static uint32_t gnu_hash(const char *name)
{
    uint32_t hash = 5381;
    for (; *name != '\0'; name++)
        hash = (hash << 5) + hash + (unsigned char)*name;
    return hash;
}

/* Undefined symbols stand before all that DT_GNU_HASH holds, and those stand bucket by bucket. */
static unsigned sort_key(const struct mkelf_symbol *symbol)
{
    return symbol->home == MKELF_UNDEFINED ? 0 : 1 + gnu_hash(symbol->name) % MKELF_BUCKETS;
}

static void sort_symbols(const struct mkelf *elf, size_t order[MKELF_MAX_SYMBOLS])
{
    for (size_t i = 0; i < elf->symbol_count; i++) {
        size_t k = i;
        for (; k > 0 && sort_key(&elf->symbols[order[k - 1]]) > sort_key(&elf->symbols[i]); k--)
            order[k] = order[k - 1];
        order[k] = i;
    }
}

static void write_symbols(struct mkelf *elf, const size_t order[], const uint64_t names[])
{
    align(elf, 8);
    elf->places[MKELF_SYMBOL] = elf->size;
    elf->size += SIZE_OF(elf, Sym); /* the first is all zero */
    for (size_t i = 0; i < elf->symbol_count; i++, elf->size += SIZE_OF(elf, Sym)) {
        const struct mkelf_symbol *symbol = &elf->symbols[order[i]];
        elf->symbol_places[order[i]] = elf->size;
        PUT(elf, elf->size, Sym, st_name, names[order[i]]);
        PUT(elf, elf->size, Sym, st_info, (unsigned char)ELF64_ST_INFO(symbol->binding, STT_OBJECT));
        PUT(elf, elf->size, Sym, st_other, symbol->visibility);
        PUT(elf, elf->size, Sym, st_size, 8);
        /* the section that a defined one names is never looked at */
        PUT(elf, elf->size, Sym, st_shndx, symbol->home == MKELF_UNDEFINED ? SHN_UNDEF : MKELF_DYNAMIC_SECTION);
    }
}

static void write_hash(struct mkelf *elf, const size_t order[])
{
    size_t width = hash_width(elf);
    align(elf, 8);
    uint64_t start = elf->places[MKELF_HASH] = elf->size, buckets = start + 2 * width;
    uint64_t chains = buckets + MKELF_BUCKETS * width, ends[MKELF_BUCKETS];
    mkelf_put(elf, start, width, MKELF_BUCKETS);
    mkelf_put(elf, start + width, width, elf->symbol_count + 1);
    for (size_t i = 0; i < MKELF_BUCKETS; i++)
        mkelf_put(elf, ends[i] = buckets + i * width, width, 0);
    mkelf_put(elf, chains, width, 0);
    for (size_t i = 0; i < elf->symbol_count; i++) {
        uint64_t *end = &ends[sysv_hash(elf->symbols[order[i]].name) % MKELF_BUCKETS];
        mkelf_put(elf, *end, width, i + 1);
        mkelf_put(elf, *end = chains + (i + 1) * width, width, 0);
    }
    elf->size = chains + (elf->symbol_count + 1) * width;
}

static void write_gnu_hash(struct mkelf *elf, const size_t order[])
{
    size_t undefined = 0, filter = size_of(elf, 8, 4);
    while (undefined < elf->symbol_count && sort_key(&elf->symbols[order[undefined]]) == 0)
        undefined++;
    align(elf, 8);
    uint64_t start = elf->places[MKELF_GNU_HASH] = elf->size;
    uint64_t buckets = elf->places[MKELF_GNU_BUCKETS] = start + 16 + filter;
    uint64_t chains = elf->places[MKELF_GNU_CHAINS] = buckets + 4 * MKELF_BUCKETS;
    const uint32_t header[4] = {MKELF_BUCKETS, (uint32_t)undefined + 1, 1, 6};
    for (size_t i = 0; i < 4; i++)
        mkelf_put(elf, start + 4 * i, 4, header[i]);
    mkelf_put(elf, start + 16, filter, UINT64_MAX);
    for (size_t i = 0; i < MKELF_BUCKETS; i++)
        mkelf_put(elf, buckets + 4 * i, 4, 0);
    for (size_t i = elf->symbol_count; i-- > undefined;) {
        unsigned key = sort_key(&elf->symbols[order[i]]);
        bool is_last = i + 1 == elf->symbol_count || sort_key(&elf->symbols[order[i + 1]]) != key;
        uint32_t hash = gnu_hash(elf->symbols[order[i]].name);
        mkelf_put(elf, chains + 4 * (i - undefined), 4, is_last ? hash | 1 : hash & ~1u);
        mkelf_put(elf, buckets + 4 * (key - 1), 4, i + 1); /* the last written is the first of the bucket */
    }
    elf->size = chains + 4 * (elf->symbol_count - undefined);
}

static void write_entry(struct mkelf *elf, int tag, uint64_t value)
{
    PUT(elf, elf->size, Dyn, d_tag, (uint64_t)tag);
    PUT(elf, elf->size, Dyn, d_un.d_val, value);
    elf->size += SIZE_OF(elf, Dyn);
}

/* A table that is left out keeps its place in the order, with a tag that means nothing here. */
static void write_dynamic(struct mkelf *elf, const uint64_t texts[], uint64_t strings_size)
{
    elf->places[MKELF_DYNAMIC] = elf->size;
    write_entry(elf, DT_STRTAB, elf->places[MKELF_STRINGS]);
    write_entry(elf, DT_STRSZ, strings_size);
    write_entry(elf, DT_SYMTAB, elf->places[MKELF_SYMBOL]);
    write_entry(elf, elf->lacks_hash ? DT_DEBUG : DT_HASH, elf->places[MKELF_HASH]);
    write_entry(elf, elf->lacks_gnu_hash ? DT_DEBUG : DT_GNU_HASH, elf->places[MKELF_GNU_HASH]);
    for (size_t i = 0; i < elf->string_count; i++)
        write_entry(elf, elf->strings[i].tag, texts[i]);
    write_entry(elf, DT_NULL, 0);
}

struct section {
    uint32_t name, type;
    uint64_t flags, address, offset, size, align;
};

static void write_section(const struct mkelf *elf, size_t index, struct section section)
{
    uint64_t at = elf->places[MKELF_SECTION] + index * SIZE_OF(elf, Shdr);
    PUT(elf, at, Shdr, sh_name, section.name);
    PUT(elf, at, Shdr, sh_type, section.type);
    PUT(elf, at, Shdr, sh_flags, section.flags);
    PUT(elf, at, Shdr, sh_addr, section.address);
    PUT(elf, at, Shdr, sh_offset, section.offset);
    PUT(elf, at, Shdr, sh_size, section.size);
    PUT(elf, at, Shdr, sh_addralign, section.align);
}

/* ---- the whole ---- */

static void complete(struct mkelf *elf)
{
    if (elf->target.elf_class == 0)
        elf->target = mkelf_targets[0];
    if (elf->type == 0)
        elf->type = ET_DYN;
    if (elf->note_align == 0)
        elf->note_align = 4;
    if (elf->text_size == 0)
        elf->text_size = 16;
    if (elf->note_count == 0 && elf->notes != NULL)
        while (elf->notes[elf->note_count].owner != NULL)
            elf->note_count++;
    if (elf->note_count > MKELF_MAX_NOTES || elf->symbol_count > MKELF_MAX_SYMBOLS ||
        elf->string_count > MKELF_MAX_SYMBOLS)
        errx(99, "mkelf: too much asked for");
}

/* All that is in the first load segment. Returns the size of the string table. */
static uint64_t write_first(struct mkelf *elf, uint64_t texts[])
{
    size_t order[MKELF_MAX_SYMBOLS];
    uint64_t names[MKELF_MAX_SYMBOLS];
    elf->places[MKELF_SEGMENT] = SIZE_OF(elf, Ehdr);
    elf->size = elf->places[MKELF_SEGMENT] + segment_count(elf) * SIZE_OF(elf, Phdr);
    write_notes(elf);
    write_note_segments(elf, elf->size);
    elf->places[MKELF_STRINGS] = elf->size;
    append_string(elf, "");
    for (size_t i = 0; i < elf->symbol_count; i++)
        names[i] = append_string(elf, elf->symbols[i].name);
    for (size_t i = 0; i < elf->string_count; i++)
        texts[i] = append_string(elf, elf->strings[i].text);
    uint64_t strings_size = elf->size - elf->places[MKELF_STRINGS];
    sort_symbols(elf, order);
    write_symbols(elf, order, names);
    write_hash(elf, order);
    write_gnu_hash(elf, order);
    write_segment(elf, MKELF_FIRST, (struct segment){PT_LOAD, PF_R, 0, 0, elf->size, elf->size, 4096});
    return strings_size;
}

/* Code, dynamic section and data. */
static void write_rest(struct mkelf *elf, const uint64_t texts[], uint64_t strings_size)
{
    bool has_bytes = !elf->is_debug_only;
    align(elf, 16);
    uint64_t text = elf->size, text_bytes = has_bytes ? elf->text_size : 0;
    elf->size += text_bytes;
    align(elf, 8);
    uint64_t data = elf->size, address = data + (2 * DISTANCE + elf->text_size - text_bytes) / 4096 * 4096;
    write_dynamic(elf, texts, strings_size);
    uint64_t dynamic_size = elf->size - data;
    elf->size += DATA_SIZE;
    uint64_t size = elf->size - data, bytes = has_bytes ? size : 0;
    write_segment(elf, MKELF_TEXT,
                  (struct segment){PT_LOAD, PF_R | PF_X, text, text + DISTANCE, text_bytes, elf->text_size, 4096});
    write_segment(elf, MKELF_DATA, (struct segment){PT_LOAD, PF_R | PF_W, data, address, bytes, size + BSS_SIZE, 4096});
    write_segment(elf, MKELF_DYNAMIC_SEGMENT,
                  (struct segment){PT_DYNAMIC, PF_R, data, address, has_bytes ? dynamic_size : 0, dynamic_size, 8});
    for (size_t i = 0; i < elf->symbol_count; i++) {
        uint64_t value = address + (elf->symbols[i].home == MKELF_IN_BSS ? size : dynamic_size);
        PUT(elf, elf->symbol_places[i], Sym, st_value, elf->symbols[i].home == MKELF_UNDEFINED ? 0 : value);
    }
    static const char names[] = "\0.note.plugmgr\0.text\0.dynamic\0.shstrtab";
    uint64_t names_at = elf->size + elf->gap;
    write_at(elf, names_at, names, sizeof(names));
    elf->size = names_at + sizeof(names);
    align(elf, 8);
    elf->places[MKELF_SECTION] = elf->size;
    elf->size += MKELF_SECTIONS * SIZE_OF(elf, Shdr);
    uint64_t notes = elf->places[MKELF_NOTE], notes_size = elf->places[MKELF_STRINGS] - notes;
    const struct section sections[MKELF_SECTIONS] = {
        [MKELF_NOTE_SECTION] = {1, SHT_NOTE, elf->has_unmapped_notes ? 0 : SHF_ALLOC, notes, notes, notes_size,
                                elf->note_align},
        [MKELF_TEXT_SECTION] = {15, has_bytes ? SHT_PROGBITS : SHT_NOBITS, SHF_ALLOC | SHF_EXECINSTR, text + DISTANCE,
                                text, elf->text_size, 16},
        [MKELF_DYNAMIC_SECTION] = {21, has_bytes ? SHT_DYNAMIC : SHT_NOBITS, SHF_ALLOC | SHF_WRITE, address, data,
                                   dynamic_size, 8},
        [MKELF_NAMES_SECTION] = {30, SHT_STRTAB, 0, 0, names_at, sizeof(names), 1},
    };
    for (size_t i = 0; i < MKELF_SECTIONS; i++)
        write_section(elf, i, sections[i]);
}

void mkelf_build(struct mkelf *elf, const char *path)
{
    uint64_t texts[MKELF_MAX_SYMBOLS];
    complete(elf);
    elf->descriptor = path != NULL ? open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0755)
                                   : memfd_create("mkelf", MFD_CLOEXEC);
    if (elf->descriptor < 0)
        err(99, "mkelf: cannot make %s", path != NULL ? path : "a file without a name");
    uint64_t strings_size = write_first(elf, texts);
    write_rest(elf, texts, strings_size);
    write_header(elf);
    mkelf_resize(elf, elf->size);
}

void mkelf_free(struct mkelf *elf)
{
    close(elf->descriptor);
    elf->descriptor = -1;
}

/* ---- breaking ---- */

uint64_t mkelf_place(const struct mkelf *elf, const struct mkelf_edit *edit)
{
    uint64_t at = elf->places[edit->place] + size_of(elf, edit->offset_64, edit->offset_32);
    switch (edit->place) {
    case MKELF_SEGMENT: return at + edit->index * SIZE_OF(elf, Phdr);
    case MKELF_DYNAMIC: return at + edit->index * SIZE_OF(elf, Dyn);
    case MKELF_SECTION: return at + edit->index * SIZE_OF(elf, Shdr);
    case MKELF_NOTE: return at - elf->places[MKELF_NOTE] + elf->note_places[edit->index];
    case MKELF_SYMBOL: return at - elf->places[MKELF_SYMBOL] + elf->symbol_places[edit->index];
    case MKELF_STRINGS: return at + edit->index;
    case MKELF_HASH: return at + edit->index * hash_width(elf);
    case MKELF_GNU_HASH:
    case MKELF_GNU_BUCKETS:
    case MKELF_GNU_CHAINS: return at + edit->index * 4;
    default: return at;
    }
}

void mkelf_edit(const struct mkelf *elf, const struct mkelf_edit *edit)
{
    size_t width = size_of(elf, edit->size_64, edit->size_32);
    if (edit->place == MKELF_HASH)
        width = hash_width(elf);
    mkelf_put(elf, mkelf_place(elf, edit), width, edit->value);
}

void mkelf_resize(const struct mkelf *elf, uint64_t size)
{
    if (ftruncate(elf->descriptor, (off_t)size) < 0)
        err(99, "mkelf: cannot resize");
}

struct pm_file mkelf_file(const struct mkelf *elf)
{
    struct stat status;
    if (fstat(elf->descriptor, &status) < 0)
        err(99, "mkelf: cannot ask for the size");
    return (struct pm_file){
        .descriptor = elf->descriptor,
        .identity = {.device = status.st_dev,
                     .inode = status.st_ino,
                     .size = status.st_size,
                     .modified = status.st_mtim,
                     .changed = status.st_ctim},
    };
}
