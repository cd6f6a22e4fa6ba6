/* SPDX-License-Identifier: MIT */
#include "image_inner.h"

#include <elf.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_SEGMENTS = 1024,        /* Linux runs no program whose table is larger than 64 KiB */
    MAX_LOOKED_SIZE = 64 << 20, /* of all that one reading looks at of one file, bytes */
    FEW_BLOCKS = 4,             /* of small files, and of those that are looked at for a note */
    LARGE_BLOCK = 32 << 10,     /* of files where symbols are looked up, all over the tables; a power of two */
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

/* The block with the last start that is not behind the offset, + 1; 0: there is none. */
static size_t block_before(const struct pm_image *image, uint64_t offset)
{
    size_t low = 0, high = image->block_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (image->blocks[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool make_room(struct pm_image *image)
{
    if (image->block_count < image->block_capacity)
        return true;
    size_t capacity = image->block_capacity > 0 ? 2 * image->block_capacity : 8;
    struct pm_block *blocks = realloc(image->blocks, capacity * sizeof(*blocks));
    if (blocks == NULL)
        return false;
    image->blocks = blocks;
    image->block_capacity = capacity;
    return true;
}

/* Reads more than is asked for, since the next range is most often beside the last. */
static const uint8_t *read_block(struct pm_image *image, uint64_t offset, size_t size, const char *what,
                                 struct pm_problem *ret_problem)
{
    uint64_t file_size = (uint64_t)image->file->identity.size;
    size_t wanted = image->block_count < FEW_BLOCKS ? PM_HEAD_SIZE : LARGE_BLOCK;
    if (wanted < size)
        wanted = size;
    if (wanted > file_size - offset)
        wanted = (size_t)(file_size - offset);
    if (image->looked_size > MAX_LOOKED_SIZE || wanted > MAX_LOOKED_SIZE - image->looked_size) {
        pm_image_malformed(ret_problem, "its tables are larger than 64 MiB");
        return NULL;
    }
    uint8_t *bytes = make_room(image) ? malloc(wanted) : NULL;
    if (bytes == NULL) {
        pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
        return NULL;
    }
    ssize_t got = pm_file_read(image->file, bytes, wanted, offset, ret_problem);
    if (got < 0 || (size_t)got < size) {
        if (got >= 0)
            truncated(ret_problem, what);
        free(bytes);
        return NULL;
    }
    size_t at = block_before(image, offset);
    memmove(image->blocks + at + 1, image->blocks + at, (image->block_count - at) * sizeof(*image->blocks));
    image->blocks[at] = (struct pm_block){offset, (size_t)got, image->reading, bytes};
    image->block_count++;
    image->looked_size += (size_t)got;
    return bytes;
}

/* In the last block that starts at or before `start`; NULL: not there. */
static struct pm_block *find_block(const struct pm_image *image, uint64_t start, uint64_t offset, size_t size)
{
    size_t before = block_before(image, start);
    struct pm_block *block = before > 0 ? &image->blocks[before - 1] : NULL;
    return block != NULL && range_lies_within(offset - block->offset, size, block->size) ? block : NULL;
}

static const uint8_t *look_into(struct pm_image *image, struct pm_block *block, uint64_t offset)
{
    if (block->reading != image->reading) {
        block->reading = image->reading;
        image->looked_size += block->size;
    }
    return block->bytes + (offset - block->offset);
}

const uint8_t *pm_image_range(struct pm_image *image, uint64_t offset, size_t size, const char *what,
                              struct pm_problem *ret_problem)
{
    if (!range_lies_within(offset, size, (uint64_t)image->file->identity.size)) {
        truncated(ret_problem, what);
        return NULL;
    }
    if (range_lies_within(offset, size, image->head_size))
        return image->head + offset;
    const uint64_t start = offset & ~(uint64_t)(LARGE_BLOCK - 1);
    struct pm_block *block = find_block(image, offset, offset, size);
    if (block == NULL)
        block = find_block(image, start, offset, size);
    if (block != NULL)
        return look_into(image, block, offset);
    if (image->block_count < FEW_BLOCKS)
        return read_block(image, offset, size, what, ret_problem);
    const uint8_t *bytes = read_block(image, start, (size_t)(offset - start) + size, what, ret_problem);
    return bytes != NULL ? bytes + (offset - start) : NULL;
}

/* Without an Elf of libelf's: to make one it takes the count of sections that the file gives, and that much memory. */
static const Elf_Data *translate(unsigned elf_class, unsigned byte_order, Elf_Data *target, const Elf_Data *source)
{
    return elf_class == ELFCLASS64 ? elf64_xlatetom(target, source, byte_order)
                                   : elf32_xlatetom(target, source, byte_order);
}

int pm_image_translate(struct pm_image *image, Elf_Type type, size_t entry_size, uint64_t offset, size_t count,
                       const char *what, void **ret_table, struct pm_problem *ret_problem)
{
    size_t size = count * entry_size; /* both are bounded by the callers */
    const uint8_t *bytes = pm_image_range(image, offset, size, what, ret_problem);
    if (bytes == NULL)
        return -1;
    void *table = malloc(size > 0 ? size : 1);
    if (table == NULL)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
    /* libelf takes the source through a pointer to non-const, and does not write to it */
    Elf_Data source = {.d_buf = (void *)(uintptr_t)bytes, .d_type = type, .d_version = EV_CURRENT, .d_size = size};
    Elf_Data target = {.d_buf = table, .d_type = type, .d_version = EV_CURRENT, .d_size = size};
    if (translate(image->traits.elf_class, image->traits.byte_order, &target, &source) == NULL) {
        free(table);
        return pm_image_malformed(ret_problem, what);
    }
    *ret_table = table;
    return 0;
}

/* ---- header and segments ---- */

static bool translate_header(struct pm_image *image, const uint8_t *ident, size_t size)
{
    Elf32_Ehdr narrow;
    bool is_64 = ident[EI_CLASS] == ELFCLASS64;
    Elf_Data source = {.d_buf = image->head, .d_type = ELF_T_EHDR, .d_version = EV_CURRENT, .d_size = size};
    Elf_Data target = source;
    target.d_buf = is_64 ? (void *)&image->header : (void *)&narrow;
    if (translate(ident[EI_CLASS], ident[EI_DATA], &target, &source) == NULL)
        return false;
    if (is_64)
        return true;
    image->header = (GElf_Ehdr){
        .e_type = narrow.e_type,
        .e_machine = narrow.e_machine,
        .e_version = narrow.e_version,
        .e_entry = narrow.e_entry,
        .e_phoff = narrow.e_phoff,
        .e_shoff = narrow.e_shoff,
        .e_flags = narrow.e_flags,
        .e_ehsize = narrow.e_ehsize,
        .e_phentsize = narrow.e_phentsize,
        .e_phnum = narrow.e_phnum,
        .e_shentsize = narrow.e_shentsize,
        .e_shnum = narrow.e_shnum,
        .e_shstrndx = narrow.e_shstrndx,
    };
    return true;
}

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
        return pm_image_malformed(ret_problem, "its class is neither 32-bit nor 64-bit");
    if (ident[EI_DATA] != ELFDATA2LSB && ident[EI_DATA] != ELFDATA2MSB)
        return pm_image_malformed(ret_problem, "its byte order is neither little nor big endian");
    if (ident[EI_VERSION] != EV_CURRENT)
        return pm_image_malformed(ret_problem, "its ELF version is not 1");
    size_t header_size = ident[EI_CLASS] == ELFCLASS64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
    if (image->head_size < header_size)
        return truncated(ret_problem, "the ELF header");
    elf_version(EV_CURRENT);
    if (!translate_header(image, ident, header_size))
        return pm_image_malformed(ret_problem, "libelf does not take its header");
    if (image->header.e_version != EV_CURRENT)
        return pm_image_malformed(ret_problem, "its ELF version is not 1");
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
    size_t entry_size = pm_image_is_64(image) ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
    if (header->e_shoff == 0)
        return 0;
    if (header->e_shnum > 0 && header->e_shentsize != entry_size)
        return pm_image_malformed(ret_problem, "e_shentsize is not the size of a section header");
    size_t count = header->e_shnum > 0 ? header->e_shnum : 1;
    if (!range_lies_within(header->e_shoff, count * entry_size, (uint64_t)image->file->identity.size))
        return truncated(ret_problem, "the section header table");
    return 0;
}

/* As they lie in a file, at any offset. */
typedef Elf64_Phdr file_phdr64 __attribute__((aligned(1)));
typedef Elf32_Phdr file_phdr32 __attribute__((aligned(1)));

static void swap_phdr(const struct pm_image *image, const void *bytes, void *phdr, size_t size)
{
    Elf_Data source = {
        .d_buf = (void *)(uintptr_t)bytes, .d_type = ELF_T_PHDR, .d_version = EV_CURRENT, .d_size = size};
    Elf_Data target = source;
    target.d_buf = phdr;
    translate(image->traits.elf_class, image->traits.byte_order, &target, &source);
}

static struct pm_segment segment_from(const struct pm_image *image, const uint8_t *bytes)
{
    if (pm_image_is_64(image)) {
        const file_phdr64 *p = (const file_phdr64 *)bytes;
        Elf64_Phdr swapped;
        if (image->is_swapped) {
            swap_phdr(image, bytes, &swapped, sizeof(swapped));
            p = &swapped;
        }
        return (struct pm_segment){p->p_type, p->p_flags, p->p_offset, p->p_vaddr, p->p_filesz, p->p_memsz, p->p_align};
    }
    const file_phdr32 *p = (const file_phdr32 *)bytes;
    Elf32_Phdr swapped;
    if (image->is_swapped) {
        swap_phdr(image, bytes, &swapped, sizeof(swapped));
        p = &swapped;
    }
    return (struct pm_segment){p->p_type, p->p_flags, p->p_offset, p->p_vaddr, p->p_filesz, p->p_memsz, p->p_align};
}

static int read_segments(struct pm_image *image, struct pm_problem *ret_problem)
{
    const GElf_Ehdr *header = &image->header;
    size_t entry_size = pm_image_is_64(image) ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    if (header->e_phnum > MAX_SEGMENTS)
        return pm_image_malformed(ret_problem, "it has more than 1024 program headers");
    if (header->e_phnum == 0)
        return header->e_type == ET_DYN || header->e_type == ET_EXEC
                   ? pm_image_malformed(ret_problem, "it has no program headers")
                   : 0;
    if (header->e_phentsize != entry_size)
        return pm_image_malformed(ret_problem, "e_phentsize is not the size of a program header");
    const uint8_t *table =
        pm_image_range(image, header->e_phoff, header->e_phnum * entry_size, "the program header table", ret_problem);
    if (table == NULL)
        return -1;
    image->segments = image->few_segments;
    if (header->e_phnum > sizeof(image->few_segments) / sizeof(image->few_segments[0]))
        image->segments = malloc(header->e_phnum * sizeof(*image->segments));
    if (image->segments == NULL)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
    for (; image->segment_count < header->e_phnum; image->segment_count++)
        image->segments[image->segment_count] = segment_from(image, table + image->segment_count * entry_size);
    return 0;
}

static int check_load_segment(const struct pm_image *image, const struct pm_segment *segment, uint64_t *lowest,
                              struct pm_problem *ret_problem)
{
    uint64_t limit = pm_image_is_64(image) ? UINT64_MAX : UINT32_MAX;
    if (segment->memory_size < segment->file_size)
        return pm_image_malformed(ret_problem, "a segment is smaller in memory than in the file");
    if (!range_lies_within(segment->address, segment->memory_size, limit))
        return pm_image_malformed(ret_problem, "a segment's addresses wrap around");
    if (segment->address < *lowest)
        return pm_image_malformed(ret_problem, "its load segments overlap or are out of order");
    if (segment->align > 1 && ((segment->align & (segment->align - 1)) != 0 ||
                               ((segment->address - segment->offset) & (segment->align - 1)) != 0))
        return pm_image_malformed(ret_problem, "a segment's alignment does not fit its address and offset");
    *lowest = segment->address + segment->memory_size;
    return 0;
}

static int check_segments(const struct pm_image *image, struct pm_problem *ret_problem)
{
    uint64_t lowest = 0;
    size_t loads = 0;
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct pm_segment *segment = &image->segments[i];
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
        return pm_image_malformed(ret_problem, "it has no segment to load");
    return 0;
}

int pm_image_debug_only(struct pm_problem *ret_problem)
{
    return pm_problem_set(ret_problem, PM_DEBUG_ONLY, "its sections of code have no bytes", NULL);
}

int pm_image_debug_only_or(struct pm_image *image, struct pm_problem *ret_problem)
{
    struct pm_problem ignored;
    return pm_image_is_debug_only(image, &ignored) > 0 ? pm_image_debug_only(ret_problem) : -1;
}

/* What stands behind is filled before it is read. */
static void empty(struct pm_image *image)
{
    memset(image, 0, offsetof(struct pm_image, few_segments));
}

struct pm_image *pm_image_new(void)
{
    struct pm_image *image = malloc(sizeof(*image));
    if (image != NULL)
        empty(image);
    return image;
}

static void free_parts(struct pm_image *image)
{
    for (size_t i = 0; i < image->block_count; i++)
        free(image->blocks[i].bytes);
    free(image->blocks);
    pm_view_free(&image->view);
    if (image->segments != image->few_segments)
        free(image->segments);
}

int pm_image_read(struct pm_image *image, const struct pm_file *file, struct pm_problem *ret_problem)
{
    if (image->file != NULL) {
        free_parts(image);
        empty(image);
    }
    image->file = file;
    ssize_t got = pm_file_read(file, image->head, sizeof(image->head), 0, ret_problem);
    image->head_size = got > 0 ? (size_t)got : 0;
    int result = got < 0 ? -1 : read_header(image, ret_problem);
    if (result == 0)
        result = check_section_table(image, ret_problem);
    if (result == 0)
        result = read_segments(image, ret_problem);
    if (result == 0 && check_segments(image, ret_problem) < 0)
        result = pm_image_debug_only_or(image, ret_problem);
    pm_image_make_view(image);
    return result;
}

int pm_image_open(const struct pm_file *file, struct pm_image **ret_image, struct pm_problem *ret_problem)
{
    struct pm_image *image = pm_image_new();
    if (image == NULL)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
    if (pm_image_read(image, file, ret_problem) < 0) {
        pm_image_close(image);
        return -1;
    }
    *ret_image = image;
    return 0;
}

void pm_image_close(struct pm_image *image)
{
    if (image != NULL)
        free_parts(image);
    free(image);
}

bool pm_image_offset_of(const struct pm_image *image, uint64_t address, uint64_t *ret_offset, uint64_t *ret_remaining)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct pm_segment *segment = &image->segments[i];
        if (segment->type != PT_LOAD || address < segment->address || address - segment->address >= segment->file_size)
            continue;
        *ret_offset = segment->offset + (address - segment->address);
        *ret_remaining = segment->file_size - (address - segment->address);
        return true;
    }
    return false;
}

void pm_image_begin(struct pm_image *image)
{
    image->reading++;
    image->looked_size = 0;
    pm_view_begin(&image->view);
}

size_t pm_image_size_read(const struct pm_image *image)
{
    return image->looked_size;
}

size_t pm_image_memory(const struct pm_image *image)
{
    size_t size = sizeof(*image) + image->block_capacity * sizeof(*image->blocks);
    for (size_t i = 0; i < image->block_count; i++)
        size += image->blocks[i].size;
    return size + pm_arena_size(&image->view.arena);
}

bool pm_image_lacks_code(const struct pm_image *image)
{
    for (size_t i = 0; i < image->segment_count; i++)
        if (image->segments[i].type == PT_LOAD && (image->segments[i].flags & PF_X) != 0 &&
            image->segments[i].file_size > 0)
            return false;
    return true;
}

/* What the dynamic linker takes for granted where no PT_GNU_STACK says otherwise (DEFAULT_STACK_PERMS of glibc's
 * sysdeps, stackinfo.h). */
static bool is_stack_executable_by_default(unsigned machine)
{
    switch (machine) {
    case EM_AARCH64:
    case EM_RISCV:
    case EM_PPC64:
    case EM_IA_64:
    case 258: /* LoongArch */
        return false;
    default:
        return true;
    }
}

bool pm_image_wants_executable_stack(const struct pm_image *image)
{
    for (size_t i = 0; i < image->segment_count; i++)
        if (image->segments[i].type == PT_GNU_STACK)
            return (image->segments[i].flags & PF_X) != 0;
    return is_stack_executable_by_default(image->traits.machine);
}

bool pm_image_has_writable_code(const struct pm_image *image)
{
    for (size_t i = 0; i < image->segment_count; i++)
        if (image->segments[i].type == PT_LOAD && (image->segments[i].flags & (PF_W | PF_X)) == (PF_W | PF_X))
            return true;
    return false;
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
    size_t entry_size = pm_image_is_64(image) ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    uint64_t end =
        image->header.e_phoff + image->header.e_phnum * entry_size; /* checked when it was opened, as below */
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct pm_segment *segment = &image->segments[i];
        if (segment->type != PT_NULL && segment->file_size > 0 && segment->offset + segment->file_size > end)
            end = segment->offset + segment->file_size;
    }
    return pm_file_seal(image->file, end, pm_image_is_64(image) ? blanks_64 : blanks_32, 2, ret_copy, ret_problem);
}

const struct pm_traits *pm_image_traits(const struct pm_image *image)
{
    return &image->traits;
}
