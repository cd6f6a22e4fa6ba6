/* SPDX-License-Identifier: MIT */
#include "image.h"

#include "package.h"

#include <byteswap.h>
#include <elf.h>
#include <endian.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD_SIZE = 4096,              /* read at once; holds all that is needed of most small plugins */
    MAX_SEGMENTS = 1024,           /* Linux runs no program whose table is larger than 64 KiB */
    MAX_NOTES_SIZE = 4 << 20,      /* of all note segments, or of all note sections, bytes: they may overlap */
    MAX_TOTAL_SIZE = 64 << 20,     /* of all that is read of one file, bytes */
    MAX_DYNAMIC = 65536,           /* entries of a dynamic section */
    MAX_NEEDED = 8192,             /* DT_NEEDED entries */
    SHORT_NAME = 128,              /* bytes that most of them fit in */
    MAX_NAME = 4096,               /* bytes of one string of the dynamic string table */
    MAX_STEPS = 65536,             /* symbols that are looked at in one file, for all names */
    EM_ALPHA_UNOFFICIAL = 0x9026,  /* as binutils and glibc know it */
};

/* A part of the file that did not lie in the head. */
struct block {
    struct block *next;
    uint64_t offset;
    size_t size;
    uint8_t bytes[];
};

struct segment {
    uint32_t type, flags;
    uint64_t offset, address, file_size, memory_size, align;
};

/* Addresses (not offsets) of the tables of the dynamic section; 0: absent. */
struct tables {
    uint64_t strings, strings_size, symbols, hash, gnu_hash;
};

struct pm_image {
    const struct pm_file *file; /* borrowed */
    Elf *elf;                   /* over head; for the header and for translation only */
    GElf_Ehdr header;
    struct pm_traits traits;
    bool is_swapped;
    struct segment *segments;
    size_t segment_count;
    struct tables tables;
    struct block *blocks;
    size_t total_size;
    size_t notes_size; /* walked so far */
    size_t steps;      /* symbols looked at so far */
    size_t head_size;
    _Alignas(8) uint8_t head[HEAD_SIZE];
};

/* ---- bytes ---- */

static bool range_lies_within(uint64_t offset, uint64_t size, uint64_t whole)
{
    return offset <= whole && size <= whole - offset;
}

static int truncated(struct pm_problem *ret_problem, const char *what)
{
    return pm_problem_set(ret_problem, PM_ELF_TRUNCATED, what, " lies beyond the end of the file", NULL);
}

static int elf_malformed(struct pm_problem *ret_problem, const char *what)
{
    return pm_problem_set(ret_problem, PM_ELF_MALFORMED, what, NULL);
}

static struct block *find_block(const struct pm_image *image, uint64_t offset, size_t size)
{
    for (struct block *block = image->blocks; block != NULL; block = block->next)
        if (offset >= block->offset && range_lies_within(offset - block->offset, size, block->size))
            return block;
    return NULL;
}

/* The bytes of a range of the file, valid until the image is closed. NULL: *ret_problem. Reads at least a page at a
 * time, since the next range is most often beside the last. */
static const uint8_t *range(struct pm_image *image, uint64_t offset, size_t size, const char *what,
                            struct pm_problem *ret_problem)
{
    uint64_t file_size = (uint64_t)image->file->identity.size;
    if (!range_lies_within(offset, size, file_size)) {
        truncated(ret_problem, what);
        return NULL;
    }
    if (range_lies_within(offset, size, image->head_size))
        return image->head + offset;
    struct block *block = find_block(image, offset, size);
    if (block != NULL)
        return block->bytes + (offset - block->offset);
    size_t wanted = size > HEAD_SIZE ? size : HEAD_SIZE;
    if (wanted > file_size - offset)
        wanted = (size_t)(file_size - offset);
    if (wanted > MAX_TOTAL_SIZE - image->total_size) {
        elf_malformed(ret_problem, "its tables are larger than 64 MiB");
        return NULL;
    }
    block = malloc(sizeof(*block) + wanted);
    if (block == NULL) {
        pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
        return NULL;
    }
    ssize_t got = pm_file_read(image->file, block->bytes, wanted, offset, ret_problem);
    if (got < 0 || (size_t)got < size) {
        if (got >= 0)
            truncated(ret_problem, what);
        free(block);
        return NULL;
    }
    block->offset = offset;
    block->size = (size_t)got;
    block->next = image->blocks;
    image->blocks = block;
    image->total_size += block->size;
    return block->bytes;
}

static uint32_t word_at(const struct pm_image *image, const uint8_t *bytes)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof(word));
    return image->is_swapped ? bswap_32(word) : word;
}

static bool is_64(const struct pm_image *image)
{
    return image->traits.elf_class == ELFCLASS64;
}

/* Entries of a table in the file's own form into *ret_table (the class's structs in our byte order); freed by the
 * caller. -1: *ret_problem. */
static int translate(struct pm_image *image, Elf_Type type, size_t entry_size, uint64_t offset, size_t count,
                     const char *what, void **ret_table, struct pm_problem *ret_problem)
{
    size_t size = count * entry_size; /* both are bounded by the callers */
    const uint8_t *bytes = range(image, offset, size, what, ret_problem);
    if (bytes == NULL)
        return -1;
    void *table = malloc(size > 0 ? size : 1);
    if (table == NULL)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
    /* libelf takes the source through a pointer to non-const, and does not write to it */
    Elf_Data source = {.d_buf = (void *)(uintptr_t)bytes, .d_type = type, .d_version = EV_CURRENT, .d_size = size};
    Elf_Data target = {.d_buf = table, .d_type = type, .d_version = EV_CURRENT, .d_size = size};
    if (gelf_xlatetom(image->elf, &target, &source, image->traits.byte_order) == NULL) {
        free(table);
        return elf_malformed(ret_problem, what);
    }
    *ret_table = table;
    return 0;
}

/* ---- header and segments ---- */

static int read_header(struct pm_image *image, struct pm_problem *ret_problem)
{
    const uint8_t *ident = image->head;
    if (image->head_size == 0)
        return pm_problem_set(ret_problem, PM_NOT_ELF, "it is empty", NULL);
    if (image->head_size < SELFMAG || memcmp(ident, ELFMAG, SELFMAG) != 0)
        return pm_problem_set(ret_problem, PM_NOT_ELF, "it does not begin with the ELF magic number", NULL);
    if (image->head_size < EI_NIDENT)
        return truncated(ret_problem, "the ELF header");
    if (ident[EI_CLASS] != ELFCLASS32 && ident[EI_CLASS] != ELFCLASS64)
        return elf_malformed(ret_problem, "its class is neither 32-bit nor 64-bit");
    if (ident[EI_DATA] != ELFDATA2LSB && ident[EI_DATA] != ELFDATA2MSB)
        return elf_malformed(ret_problem, "its byte order is neither little nor big endian");
    if (ident[EI_VERSION] != EV_CURRENT)
        return elf_malformed(ret_problem, "its ELF version is not 1");
    size_t header_size = ident[EI_CLASS] == ELFCLASS64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    if (image->head_size < header_size)
        return truncated(ret_problem, "the ELF header");
    elf_version(EV_CURRENT);
    image->elf = elf_memory((char *)image->head, image->head_size);
    if (image->elf == NULL) /* all that it asks of the bytes was asked above */
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
    if (gelf_getehdr(image->elf, &image->header) == NULL)
        return elf_malformed(ret_problem, "libelf does not take its header");
    if (image->header.e_version != EV_CURRENT)
        return elf_malformed(ret_problem, "its ELF version is not 1");
    image->traits = (struct pm_traits){
        .elf_class = ident[EI_CLASS],
        .byte_order = ident[EI_DATA],
        .machine = image->header.e_machine,
        .type = image->header.e_type,
        .flags = image->header.e_flags,
    };
    image->is_swapped = (ident[EI_DATA] == ELFDATA2LSB) != (__BYTE_ORDER == __LITTLE_ENDIAN);
    return 0;
}

/* A table of section headers that ends beyond the file shows a file that is half written. */
static int check_section_table(const struct pm_image *image, struct pm_problem *ret_problem)
{
    const GElf_Ehdr *header = &image->header;
    size_t entry_size = is_64(image) ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    if (header->e_shoff == 0)
        return 0;
    if (header->e_shnum > 0 && header->e_shentsize != entry_size)
        return elf_malformed(ret_problem, "e_shentsize is not the size of a section header");
    size_t count = header->e_shnum > 0 ? header->e_shnum : 1;
    if (!range_lies_within(header->e_shoff, count * entry_size, (uint64_t)image->file->identity.size))
        return truncated(ret_problem, "the section header table");
    return 0;
}

static struct segment segment_from(const struct pm_image *image, const void *table, size_t index)
{
    if (is_64(image)) {
        const Elf64_Phdr *p = (const Elf64_Phdr *)table + index;
        return (struct segment){p->p_type, p->p_flags, p->p_offset, p->p_vaddr, p->p_filesz, p->p_memsz, p->p_align};
    }
    const Elf32_Phdr *p = (const Elf32_Phdr *)table + index;
    return (struct segment){p->p_type, p->p_flags, p->p_offset, p->p_vaddr, p->p_filesz, p->p_memsz, p->p_align};
}

static int read_segments(struct pm_image *image, struct pm_problem *ret_problem)
{
    const GElf_Ehdr *header = &image->header;
    size_t entry_size = is_64(image) ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    void *table;
    if (header->e_phnum > MAX_SEGMENTS)
        return elf_malformed(ret_problem, "it has more than 1024 program headers");
    if (header->e_phnum == 0)
        return header->e_type == ET_DYN || header->e_type == ET_EXEC
                   ? elf_malformed(ret_problem, "it has no program headers")
                   : 0;
    if (header->e_phentsize != entry_size)
        return elf_malformed(ret_problem, "e_phentsize is not the size of a program header");
    if (translate(image, ELF_T_PHDR, entry_size, header->e_phoff, header->e_phnum, "the program header table", &table,
                  ret_problem) < 0)
        return -1;
    image->segments = calloc(header->e_phnum, sizeof(*image->segments));
    if (image->segments != NULL)
        for (; image->segment_count < header->e_phnum; image->segment_count++)
            image->segments[image->segment_count] = segment_from(image, table, image->segment_count);
    free(table);
    return image->segments != NULL ? 0 : pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
}

static int check_load_segment(const struct pm_image *image, const struct segment *segment, uint64_t *lowest,
                              struct pm_problem *ret_problem)
{
    uint64_t limit = is_64(image) ? UINT64_MAX : UINT32_MAX;
    if (segment->memory_size < segment->file_size)
        return elf_malformed(ret_problem, "a segment is smaller in memory than in the file");
    if (!range_lies_within(segment->address, segment->memory_size, limit))
        return elf_malformed(ret_problem, "a segment's addresses wrap around");
    if (segment->address < *lowest)
        return elf_malformed(ret_problem, "its load segments overlap or are out of order");
    if (segment->align > 1 && ((segment->align & (segment->align - 1)) != 0 ||
                               (segment->address - segment->offset) % segment->align != 0))
        return elf_malformed(ret_problem, "a segment's alignment does not fit its address and offset");
    *lowest = segment->address + segment->memory_size;
    return 0;
}

static int check_segments(const struct pm_image *image, struct pm_problem *ret_problem)
{
    uint64_t lowest = 0;
    size_t loads = 0;
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct segment *segment = &image->segments[i];
        if (segment->type != PT_NULL && segment->file_size > 0 &&
            !range_lies_within(segment->offset, segment->file_size, (uint64_t)image->file->identity.size))
            return truncated(ret_problem, "a segment");
        if (segment->type != PT_LOAD)
            continue;
        loads++;
        if (check_load_segment(image, segment, &lowest, ret_problem) < 0)
            return -1;
    }
    if (loads == 0 && (image->traits.type == ET_DYN || image->traits.type == ET_EXEC))
        return elf_malformed(ret_problem, "it has no segment to load");
    return 0;
}

static int debug_only(struct pm_problem *ret_problem)
{
    return pm_problem_set(ret_problem, PM_DEBUG_ONLY, "its sections of code have no bytes", NULL);
}

/* Whatever else is wrong with it: if the file is only debug information, that is the simple cause. Returns -1. */
static int debug_only_or(struct pm_image *image, struct pm_problem *ret_problem)
{
    struct pm_problem ignored;
    return pm_image_is_debug_only(image, &ignored) > 0 ? debug_only(ret_problem) : -1;
}

int pm_image_open(const struct pm_file *file, struct pm_image **ret_image, struct pm_problem *ret_problem)
{
    struct pm_image *image = calloc(1, sizeof(*image));
    if (image == NULL)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
    image->file = file;
    ssize_t got = pm_file_read(file, image->head, sizeof(image->head), 0, ret_problem);
    image->head_size = got > 0 ? (size_t)got : 0;
    int result = got < 0 ? -1 : read_header(image, ret_problem);
    if (result == 0)
        result = check_section_table(image, ret_problem);
    if (result == 0)
        result = read_segments(image, ret_problem);
    if (result == 0 && check_segments(image, ret_problem) < 0)
        result = debug_only_or(image, ret_problem);
    if (result < 0) {
        pm_image_close(image);
        return -1;
    }
    *ret_image = image;
    return 0;
}

void pm_image_close(struct pm_image *image)
{
    if (image == NULL)
        return;
    while (image->blocks != NULL) {
        struct block *next = image->blocks->next;
        free(image->blocks);
        image->blocks = next;
    }
    free(image->segments);
    elf_end(image->elf);
    free(image);
}

const struct pm_traits *pm_image_traits(const struct pm_image *image)
{
    return &image->traits;
}

/* ---- a copy ---- */

int pm_image_seal(const struct pm_image *image, struct pm_file *ret_copy, struct pm_problem *ret_problem)
{
    static const struct pm_blank blanks_64[] = {
        {offsetof(Elf64_Ehdr, e_shoff), sizeof(Elf64_Off)},
        {offsetof(Elf64_Ehdr, e_shnum), 2 * sizeof(Elf64_Half)}, /* and e_shstrndx */
    };
    static const struct pm_blank blanks_32[] = {
        {offsetof(Elf32_Ehdr, e_shoff), sizeof(Elf32_Off)},
        {offsetof(Elf32_Ehdr, e_shnum), 2 * sizeof(Elf32_Half)},
    };
    size_t entry_size = is_64(image) ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    uint64_t end = image->header.e_phoff + image->header.e_phnum * entry_size; /* checked when it was opened, as below */
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct segment *segment = &image->segments[i];
        if (segment->type != PT_NULL && segment->file_size > 0 && segment->offset + segment->file_size > end)
            end = segment->offset + segment->file_size;
    }
    return pm_file_seal(image->file, end, is_64(image) ? blanks_64 : blanks_32, 2, ret_copy, ret_problem);
}

/* ---- notes ---- */

/* Walks the notes of one segment or section; facts or ret_build_id may be NULL. 1: there is a PlugMgr note; 0; -1. */
static int read_note_range(struct pm_image *image, uint64_t offset, uint64_t size, uint64_t align,
                           struct pm_facts *facts, struct pm_build_id *ret_build_id, struct pm_problem *ret_problem)
{
    if (size > MAX_NOTES_SIZE - image->notes_size)
        return pm_problem_set(ret_problem, PM_NOTE_MALFORMED, "its notes are larger than 4 MiB", NULL);
    image->notes_size += (size_t)size;
    const uint8_t *bytes = range(image, offset, (size_t)size, "a note segment", ret_problem);
    if (bytes == NULL)
        return -1;
    struct pm_note note;
    size_t at = 0, walked = pm_note_alignment(bytes, (size_t)size, align, image->is_swapped);
    int found = 0, more;
    while ((more = pm_note_next(bytes, (size_t)size, walked, image->is_swapped, &at, &note, ret_problem)) > 0) {
        if (ret_build_id != NULL && ret_build_id->size == 0)
            pm_note_is_build_id(&note, ret_build_id);
        if (!pm_note_is_plugmgr(&note))
            continue;
        found = 1;
        if (facts != NULL && pm_facts_add(facts, &note, ret_problem) < 0)
            return -1;
    }
    return more < 0 ? -1 : found;
}

int pm_image_read_notes(struct pm_image *image, struct pm_facts *facts, struct pm_build_id *ret_build_id,
                        struct pm_problem *ret_problem)
{
    int found = 0;
    image->notes_size = 0;
    ret_build_id->size = 0;
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct segment *segment = &image->segments[i];
        if (segment->type != PT_NOTE || segment->file_size == 0)
            continue;
        int result = read_note_range(image, segment->offset, segment->file_size, segment->align, facts, ret_build_id,
                                     ret_problem);
        if (result < 0)
            return debug_only_or(image, ret_problem);
        found |= result;
    }
    return found;
}

const char *pm_image_read_package(struct pm_image *image, struct pm_arena *arena)
{
    struct pm_problem ignored;
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct segment *segment = &image->segments[i];
        if (segment->type != PT_NOTE || segment->file_size == 0 || segment->file_size > MAX_NOTES_SIZE)
            continue;
        const size_t size = (size_t)segment->file_size;
        const uint8_t *bytes = range(image, segment->offset, size, "a note segment", &ignored);
        if (bytes == NULL)
            continue;
        struct pm_note note;
        size_t at = 0, walked = pm_note_alignment(bytes, size, segment->align, image->is_swapped);
        while (pm_note_next(bytes, size, walked, image->is_swapped, &at, &note, &ignored) > 0)
            if (pm_note_is_package(&note))
                return pm_package_text(arena, &note);
    }
    return NULL;
}

/* ---- sections: only asked for to tell why something else is missing ---- */

struct section {
    uint32_t type;
    uint64_t flags, offset, size, align;
};

static struct section section_from(const struct pm_image *image, const void *table, size_t index)
{
    if (is_64(image)) {
        const Elf64_Shdr *s = (const Elf64_Shdr *)table + index;
        return (struct section){s->sh_type, s->sh_flags, s->sh_offset, s->sh_size, s->sh_addralign};
    }
    const Elf32_Shdr *s = (const Elf32_Shdr *)table + index;
    return (struct section){s->sh_type, s->sh_flags, s->sh_offset, s->sh_size, s->sh_addralign};
}

/* The table of section headers, freed by the caller. 0 sections if there is none that makes sense: the loader does not
 * look at it. -1: *ret_problem, no memory or a failed read. */
static int read_sections(struct pm_image *image, void **ret_table, size_t *ret_count, struct pm_problem *ret_problem)
{
    size_t entry_size = is_64(image) ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr), count = image->header.e_shnum;
    *ret_count = 0;
    if (image->header.e_shoff == 0 || count == 0 || image->header.e_shentsize != entry_size)
        return 0;
    if (translate(image, ELF_T_SHDR, entry_size, image->header.e_shoff, count, "", ret_table, ret_problem) < 0)
        return pm_code_is_unreadable(ret_problem->code) ? -1 : 0;
    *ret_count = count;
    return 0;
}

int pm_image_has_unmapped_note(struct pm_image *image, struct pm_problem *ret_problem)
{
    void *table = NULL;
    size_t count;
    int result = read_sections(image, &table, &count, ret_problem);
    image->notes_size = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        struct section section = section_from(image, table, i);
        if (section.type != SHT_NOTE)
            continue;
        result = read_note_range(image, section.offset, section.size, section.align, NULL, NULL, ret_problem);
        if (result < 0 && !pm_code_is_unreadable(ret_problem->code))
            result = 0;
    }
    free(table);
    return result;
}

bool pm_image_lacks_code(const struct pm_image *image)
{
    for (size_t i = 0; i < image->segment_count; i++)
        if (image->segments[i].type == PT_LOAD && (image->segments[i].flags & PF_X) != 0 &&
            image->segments[i].file_size > 0)
            return false;
    return true;
}

int pm_image_is_debug_only(struct pm_image *image, struct pm_problem *ret_problem)
{
    void *table = NULL;
    size_t count, with_bytes = 0, without_bytes = 0;
    if (read_sections(image, &table, &count, ret_problem) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct section section = section_from(image, table, i);
        if ((section.flags & SHF_ALLOC) == 0 || (section.flags & SHF_EXECINSTR) == 0 || section.size == 0)
            continue;
        if (section.type == SHT_NOBITS)
            without_bytes++;
        else
            with_bytes++;
    }
    free(table);
    return with_bytes == 0 && without_bytes > 0 ? 1 : 0;
}

/* ---- dynamic section ---- */

/* Where in the file the byte of an address lies, and how many bytes of its segment follow there. */
static bool offset_of(const struct pm_image *image, uint64_t address, uint64_t *ret_offset, uint64_t *ret_remaining)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct segment *segment = &image->segments[i];
        if (segment->type != PT_LOAD || address < segment->address ||
            address - segment->address >= segment->file_size)
            continue;
        *ret_offset = segment->offset + (address - segment->address);
        *ret_remaining = segment->file_size - (address - segment->address);
        return true;
    }
    return false;
}

static const uint8_t *mapped_range(struct pm_image *image, uint64_t address, size_t size, const char *what,
                                   struct pm_problem *ret_problem)
{
    uint64_t offset, remaining;
    if (!offset_of(image, address, &offset, &remaining) || size > remaining) {
        pm_problem_set(ret_problem, PM_ELF_MALFORMED, what, " is not in a load segment", NULL);
        return NULL;
    }
    return range(image, offset, size, what, ret_problem);
}

/* A string of the dynamic string table, within the image; NULL: *ret_problem. */
static const char *string_at(struct pm_image *image, uint64_t index, struct pm_problem *ret_problem)
{
    uint64_t offset, remaining, limit = image->tables.strings_size;
    if (index >= limit || image->tables.strings > UINT64_MAX - index ||
        !offset_of(image, image->tables.strings + index, &offset, &remaining)) {
        elf_malformed(ret_problem, "a name lies outside the dynamic string table");
        return NULL;
    }
    limit -= index;
    if (limit > remaining)
        limit = remaining;
    if (limit > MAX_NAME)
        limit = MAX_NAME;
    /* Most names are short: asking for little finds them in what was read for their neighbours. */
    for (uint64_t size = limit < SHORT_NAME ? limit : SHORT_NAME;; size = limit) {
        const uint8_t *text = range(image, offset, (size_t)size, "the dynamic string table", ret_problem);
        if (text == NULL)
            return NULL;
        if (memchr(text, '\0', (size_t)size) != NULL)
            return (const char *)text;
        if (size == limit)
            break;
    }
    elf_malformed(ret_problem, "a name in the dynamic string table has no end");
    return NULL;
}

/* The dynamic section as it stands in the file, in our byte order and in 64-bit form; freed by the caller. */
struct entries {
    Elf64_Dyn *items;
    size_t count; /* up to DT_NULL */
};

static int read_entries(struct pm_image *image, const struct segment *segment, struct entries *ret_entries,
                        struct pm_problem *ret_problem)
{
    size_t entry_size = is_64(image) ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
    uint64_t count = segment->file_size / entry_size;
    void *table;
    if (count == 0 || count > MAX_DYNAMIC)
        return elf_malformed(ret_problem, "its dynamic section is empty or larger than 65536 entries");
    if (translate(image, ELF_T_DYN, entry_size, segment->offset, (size_t)count, "the dynamic section", &table,
                  ret_problem) < 0)
        return -1;
    Elf64_Dyn *items = calloc((size_t)count, sizeof(*items));
    if (items == NULL) {
        free(table);
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
    }
    size_t used = 0;
    for (; used < count; used++) {
        if (is_64(image))
            items[used] = ((const Elf64_Dyn *)table)[used];
        else
            items[used] = (Elf64_Dyn){((const Elf32_Dyn *)table)[used].d_tag,
                                      {((const Elf32_Dyn *)table)[used].d_un.d_val}};
        if (items[used].d_tag == DT_NULL)
            break;
    }
    free(table);
    if (used == count) {
        free(items);
        return elf_malformed(ret_problem, "its dynamic section has no end");
    }
    *ret_entries = (struct entries){items, used};
    return 0;
}

static void find_tables(struct pm_image *image, const struct entries *entries, size_t *ret_needed)
{
    struct tables *tables = &image->tables;
    *ret_needed = 0;
    for (size_t i = 0; i < entries->count; i++) {
        uint64_t value = entries->items[i].d_un.d_val;
        switch (entries->items[i].d_tag) {
        case DT_STRTAB: tables->strings = value; break;
        case DT_STRSZ: tables->strings_size = value; break;
        case DT_SYMTAB: tables->symbols = value; break;
        case DT_HASH: tables->hash = value; break;
        case DT_GNU_HASH: tables->gnu_hash = value; break;
        case DT_NEEDED:
        case DT_FILTER:
        case DT_AUXILIARY: (*ret_needed)++; break;
        default: break;
        }
    }
}

static int copy_string(struct pm_image *image, const Elf64_Dyn *entry, struct pm_arena *arena, const char **ret_copy,
                       struct pm_problem *ret_problem)
{
    if (entry == NULL)
        return 0;
    const char *text = string_at(image, entry->d_un.d_val, ret_problem);
    if (text == NULL)
        return -1;
    *ret_copy = pm_arena_copy(arena, text);
    return 0;
}

/* Of several entries that should be alone the last counts, as for the dynamic linker; only that one is copied. */
static int copy_strings(struct pm_image *image, const struct entries *entries, struct pm_arena *arena,
                        struct pm_dynamic *dynamic, struct pm_problem *ret_problem)
{
    const Elf64_Dyn *soname = NULL, *rpath = NULL, *runpath = NULL;
    for (size_t i = 0; i < entries->count; i++) {
        const Elf64_Dyn *entry = &entries->items[i];
        const char *needed;
        switch (entry->d_tag) {
        case DT_SONAME: soname = entry; break;
        case DT_RPATH: rpath = entry; break;
        case DT_RUNPATH: runpath = entry; break;
        case DT_NEEDED:
        case DT_FILTER:
        case DT_AUXILIARY:
            if (copy_string(image, entry, arena, &needed, ret_problem) < 0)
                return -1;
            /* what an auxiliary filter names may be missing */
            dynamic->is_dispensable[dynamic->needed_count] = entry->d_tag == DT_AUXILIARY;
            dynamic->needed[dynamic->needed_count++] = needed;
            break;
        default: break;
        }
    }
    if (copy_string(image, soname, arena, &dynamic->soname, ret_problem) < 0 ||
        copy_string(image, rpath, arena, &dynamic->rpath, ret_problem) < 0)
        return -1;
    return copy_string(image, runpath, arena, &dynamic->runpath, ret_problem);
}

static uint64_t flags_1_of(const struct entries *entries)
{
    uint64_t flags = 0;
    for (size_t i = 0; i < entries->count; i++)
        if (entries->items[i].d_tag == DT_FLAGS_1)
            flags = entries->items[i].d_un.d_val;
    return flags;
}

static int read_dynamic(struct pm_image *image, const struct segment *segment, struct pm_arena *arena,
                        struct pm_dynamic *ret_dynamic, struct pm_problem *ret_problem)
{
    struct pm_dynamic dynamic = {0};
    struct entries entries = {0};
    size_t needed;
    if (read_entries(image, segment, &entries, ret_problem) < 0)
        return -1;
    find_tables(image, &entries, &needed);
    int result = 0;
    if (image->tables.strings == 0 || image->tables.symbols == 0)
        result = elf_malformed(ret_problem, "its dynamic section names no string or no symbol table");
    else if (needed > MAX_NEEDED)
        result = elf_malformed(ret_problem, "it needs more than 8192 libraries");
    if (result == 0) {
        dynamic.needed = pm_arena_new(arena, needed * sizeof(*dynamic.needed));
        dynamic.is_dispensable = pm_arena_new(arena, needed * sizeof(*dynamic.is_dispensable));
        dynamic.is_program = (flags_1_of(&entries) & DF_1_PIE) != 0;
        dynamic.has_no_default_directories = (flags_1_of(&entries) & DF_1_NODEFLIB) != 0;
        result = arena->failed ? 0 : copy_strings(image, &entries, arena, &dynamic, ret_problem);
    }
    free(entries.items);
    if (result == 0)
        *ret_dynamic = dynamic;
    return result;
}

int pm_image_read_dynamic(struct pm_image *image, struct pm_arena *arena, struct pm_dynamic *ret_dynamic,
                          struct pm_problem *ret_problem)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        if (image->segments[i].type != PT_DYNAMIC)
            continue;
        if (image->segments[i].file_size == 0) {
            int result = pm_image_is_debug_only(image, ret_problem);
            return result > 0 ? debug_only(ret_problem) : result;
        }
        if (read_dynamic(image, &image->segments[i], arena, ret_dynamic, ret_problem) < 0)
            return debug_only_or(image, ret_problem);
        return 1;
    }
    return 0;
}

/* ---- symbols ---- */

static int check_symbol(struct pm_image *image, uint64_t index, const char *name, bool *ret_is_it,
                        enum pm_symbol *ret_symbol, struct pm_problem *ret_problem)
{
    size_t entry_size = is_64(image) ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    uint64_t offset, remaining, address;
    void *table;
    *ret_is_it = false;
    if (__builtin_mul_overflow(index, (uint64_t)entry_size, &address) ||
        __builtin_add_overflow(address, image->tables.symbols, &address) ||
        !offset_of(image, address, &offset, &remaining) || remaining < entry_size)
        return elf_malformed(ret_problem, "a symbol lies outside the load segments");
    if (translate(image, ELF_T_SYM, entry_size, offset, 1, "the symbol table", &table, ret_problem) < 0)
        return -1;
    Elf64_Sym symbol;
    if (is_64(image)) {
        symbol = *(const Elf64_Sym *)table;
    } else {
        const Elf32_Sym *s = table;
        symbol = (Elf64_Sym){s->st_name, s->st_info, s->st_other, s->st_shndx, s->st_value, s->st_size};
    }
    free(table);
    const char *its_name = string_at(image, symbol.st_name, ret_problem);
    if (its_name == NULL)
        return -1;
    if (strcmp(its_name, name) != 0)
        return 0;
    unsigned binding = ELF64_ST_BIND(symbol.st_info), visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    if (symbol.st_shndx == SHN_UNDEF || (binding != STB_GLOBAL && binding != STB_WEAK && binding != STB_GNU_UNIQUE) ||
        (visibility != STV_DEFAULT && visibility != STV_PROTECTED))
        return 0;
    *ret_is_it = true;
    *ret_symbol = offset_of(image, symbol.st_value, &offset, &remaining) ? PM_SYMBOL_IS_EXPORTED
                                                                          : PM_SYMBOL_IS_ZERO;
    return 0;
}

/* System V gABI, "Hash Table". Its words are 8 bytes wide on 64-bit s390 and on Alpha. */
static int find_by_hash(struct pm_image *image, const char *name, enum pm_symbol *ret_symbol,
                        struct pm_problem *ret_problem)
{
    unsigned machine = image->traits.machine;
    size_t width = is_64(image) && (machine == EM_S390 || machine == EM_ALPHA || machine == EM_ALPHA_UNOFFICIAL) ? 8 : 4;
    size_t low = width == 8 && image->traits.byte_order == ELFDATA2MSB ? 4 : 0; /* of a word that fits 32 bits */
    uint32_t hash = 0;
    for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++) {
        hash = (hash << 4) + *at;
        hash ^= (hash >> 24) & 0xf0;
        hash &= 0x0fffffff;
    }
    const uint8_t *header = mapped_range(image, image->tables.hash, 2 * width, "DT_HASH", ret_problem);
    if (header == NULL)
        return -1;
    uint32_t buckets = word_at(image, header + low), chains = word_at(image, header + width + low);
    if (buckets == 0)
        return 0;
    uint64_t at = 2 + hash % buckets;
    bool is_it = false;
    while (image->steps++ < MAX_STEPS) {
        const uint8_t *word = mapped_range(image, image->tables.hash + at * width, width, "DT_HASH", ret_problem);
        if (word == NULL)
            return -1;
        uint32_t index = word_at(image, word + low);
        if (index == 0)
            return 0;
        if (index >= chains)
            return elf_malformed(ret_problem, "DT_HASH names a symbol that is not there");
        if (check_symbol(image, index, name, &is_it, ret_symbol, ret_problem) < 0 || is_it)
            return is_it ? 0 : -1;
        at = 2 + (uint64_t)buckets + index;
    }
    return elf_malformed(ret_problem, "DT_HASH has chains without end");
}

/* The GNU hash table: nbuckets, symoffset, bloom_size, bloom_shift; bloom words of the class's size; buckets; chains. */
static int find_by_gnu_hash(struct pm_image *image, const char *name, enum pm_symbol *ret_symbol,
                            struct pm_problem *ret_problem)
{
    const char *what = "DT_GNU_HASH";
    uint32_t hash = 5381;
    for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++)
        hash = hash * 33 + *at;
    const uint8_t *header = mapped_range(image, image->tables.gnu_hash, 16, what, ret_problem);
    if (header == NULL)
        return -1;
    uint32_t buckets = word_at(image, header), first = word_at(image, header + 4);
    uint64_t bloom_size = (uint64_t)word_at(image, header + 8) * (is_64(image) ? 8 : 4);
    if (buckets == 0)
        return 0;
    uint64_t bucket_table = image->tables.gnu_hash + 16 + bloom_size;
    const uint8_t *word = mapped_range(image, bucket_table + 4 * (uint64_t)(hash % buckets), 4, what, ret_problem);
    if (word == NULL)
        return -1;
    uint32_t index = word_at(image, word);
    if (index == 0)
        return 0;
    if (index < first)
        return elf_malformed(ret_problem, "DT_GNU_HASH names a symbol that it does not hold");
    uint64_t chain_table = bucket_table + 4 * (uint64_t)buckets;
    bool is_it = false;
    for (; image->steps++ < MAX_STEPS; index++) {
        word = mapped_range(image, chain_table + 4 * (uint64_t)(index - first), 4, what, ret_problem);
        if (word == NULL)
            return -1;
        uint32_t its_hash = word_at(image, word);
        if ((its_hash | 1) == (hash | 1) &&
            (check_symbol(image, index, name, &is_it, ret_symbol, ret_problem) < 0 || is_it))
            return is_it ? 0 : -1;
        if ((its_hash & 1) != 0)
            return 0;
    }
    return elf_malformed(ret_problem, "DT_GNU_HASH has chains without end");
}

int pm_image_find_symbol(struct pm_image *image, const char *name, enum pm_symbol *ret_symbol,
                         struct pm_problem *ret_problem)
{
    *ret_symbol = PM_SYMBOL_IS_ABSENT;
    if (image->tables.gnu_hash != 0)
        return find_by_gnu_hash(image, name, ret_symbol, ret_problem);
    if (image->tables.hash != 0)
        return find_by_hash(image, name, ret_symbol, ret_problem);
    return 0;
}
