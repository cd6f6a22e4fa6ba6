/* SPDX-License-Identifier: MIT */
#include "image_inner.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_DYNAMIC = 65536,       /* entries of a dynamic section */
    MAX_NEEDED = 8192,         /* DT_NEEDED entries */
    MAX_NEEDED_SIZE = 1 << 20, /* of their names, bytes: they may overlap in the file */
};

/* ---- the view ---- */

static const uint8_t *view_range(void *data, uint64_t address, uint64_t size, const char *what,
                                 struct pm_problem *ret_problem)
{
    uint64_t offset, remaining;
    if (!pm_image_offset_of(data, address, &offset, &remaining) || size > remaining || size > SIZE_MAX) {
        pm_problem_set(ret_problem, PM_ELF_MALFORMED, what, " is not in a load segment", NULL);
        return NULL;
    }
    return pm_image_range(data, offset, (size_t)size, what, ret_problem);
}

static uint64_t view_remaining(void *data, uint64_t address)
{
    uint64_t offset, remaining;
    return pm_image_offset_of(data, address, &offset, &remaining) ? remaining : 0;
}

void pm_image_make_view(struct pm_image *image)
{
    image->view = (struct pm_view){
        .range = view_range,
        .remaining = view_remaining,
        .data = image,
        .elf_class = image->traits.elf_class,
        .machine = image->traits.machine,
        .is_swapped = image->is_swapped,
    };
}

struct pm_view *pm_image_view(struct pm_image *image)
{
    return &image->view;
}

/* ---- dynamic section ---- */

/* The dynamic section as it stands in the file, in our byte order and in 64-bit form; freed by the caller. */
struct entries {
    Elf64_Dyn *items;
    size_t count; /* up to DT_NULL */
};

static int read_entries(struct pm_image *image, const struct pm_segment *segment, struct entries *ret_entries,
                        struct pm_problem *ret_problem)
{
    size_t entry_size = pm_image_is_64(image) ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
    uint64_t count = segment->file_size / entry_size;
    void *table;
    if (count == 0 || count > MAX_DYNAMIC)
        return pm_image_malformed(ret_problem, "its dynamic section is empty or larger than 65536 entries");
    if (pm_image_translate(image, ELF_T_DYN, entry_size, segment->offset, (size_t)count, "the dynamic section", &table,
                           ret_problem) < 0)
        return -1;
    Elf64_Dyn *items = calloc((size_t)count, sizeof(*items));
    if (items == NULL) {
        free(table);
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
    }
    size_t used = 0;
    for (; used < count; used++) {
        if (pm_image_is_64(image))
            items[used] = ((const Elf64_Dyn *)table)[used];
        else
            items[used] =
                (Elf64_Dyn){((const Elf32_Dyn *)table)[used].d_tag, {((const Elf32_Dyn *)table)[used].d_un.d_val}};
        if (items[used].d_tag == DT_NULL)
            break;
    }
    free(table);
    if (used == count) {
        free(items);
        return pm_image_malformed(ret_problem, "its dynamic section has no end");
    }
    *ret_entries = (struct entries){items, used};
    return 0;
}

/* Filters are loaded as what is needed is. */
static bool is_needed(const Elf64_Dyn *entry)
{
    return entry->d_tag == DT_NEEDED || entry->d_tag == DT_FILTER || entry->d_tag == DT_AUXILIARY;
}

static void find_tables(struct pm_image *image, const struct entries *entries, size_t *ret_needed)
{
    *ret_needed = 0;
    for (size_t i = 0; i < entries->count; i++) {
        pm_tables_add(&image->view.tables, (uint64_t)entries->items[i].d_tag, entries->items[i].d_un.d_val, 0);
        *ret_needed += is_needed(&entries->items[i]);
    }
}

/* What the dynamic linker takes for granted, or ends the process over: it would not return to say so. */
static int check_entries(const struct pm_image *image, const struct entries *entries, struct pm_problem *ret_problem)
{
    const bool is_64 = pm_image_is_64(image);
    const uint64_t rela_size = is_64 ? sizeof(Elf64_Rela) : sizeof(Elf32_Rela),
                   rel_size = is_64 ? sizeof(Elf64_Rel) : sizeof(Elf32_Rel);
    bool has_rela = false, has_rel = false;
    uint64_t rela_entry = 0, rel_entry = 0, plt_type = DT_RELA;
    for (size_t i = 0; i < entries->count; i++) {
        const Elf64_Dyn *entry = &entries->items[i];
        has_rela |= entry->d_tag == DT_RELA;
        has_rel |= entry->d_tag == DT_REL;
        if (entry->d_tag == DT_RELAENT)
            rela_entry = entry->d_un.d_val;
        else if (entry->d_tag == DT_RELENT)
            rel_entry = entry->d_un.d_val;
        else if (entry->d_tag == DT_PLTREL)
            plt_type = entry->d_un.d_val;
    }
    if (has_rela && rela_entry != rela_size)
        return pm_image_malformed(ret_problem, "DT_RELAENT is not the size of a relocation");
    if (has_rel && rel_entry != rel_size)
        return pm_image_malformed(ret_problem, "DT_RELENT is not the size of a relocation");
    if (plt_type != DT_RELA && plt_type != DT_REL)
        return pm_image_malformed(ret_problem, "DT_PLTREL is neither DT_RELA nor DT_REL");
    return 0;
}

static int copy_string(struct pm_image *image, const Elf64_Dyn *entry, struct pm_arena *arena, const char **ret_copy,
                       struct pm_problem *ret_problem)
{
    if (entry == NULL)
        return 0;
    const char *text = pm_view_string(&image->view, entry->d_un.d_val, ret_problem);
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
    size_t needed_size = 0;
    for (size_t i = 0; i < entries->count; i++) {
        const Elf64_Dyn *entry = &entries->items[i];
        const char *needed;
        switch (entry->d_tag) {
        case DT_SONAME:
            soname = entry;
            break;
        case DT_RPATH:
            rpath = entry;
            break;
        case DT_RUNPATH:
            runpath = entry;
            break;
        case DT_NEEDED:
        case DT_FILTER:
        case DT_AUXILIARY:
            if (copy_string(image, entry, arena, &needed, ret_problem) < 0)
                return -1;
            needed_size += strlen(needed) + 1;
            if (needed_size > MAX_NEEDED_SIZE)
                return pm_image_malformed(ret_problem, "the names of the libraries it needs are larger than 1 MiB");
            /* what an auxiliary filter names may be missing */
            dynamic->is_dispensable[dynamic->needed_count] = entry->d_tag == DT_AUXILIARY;
            dynamic->needed[dynamic->needed_count++] = needed;
            break;
        default:
            break;
        }
    }
    if (copy_string(image, soname, arena, &dynamic->soname, ret_problem) < 0 ||
        copy_string(image, rpath, arena, &dynamic->rpath, ret_problem) < 0)
        return -1;
    return copy_string(image, runpath, arena, &dynamic->runpath, ret_problem);
}

static void read_flags(const struct entries *entries, struct pm_dynamic *dynamic)
{
    for (size_t i = 0; i < entries->count; i++)
        pm_dynamic_add_flags(dynamic, (uint64_t)entries->items[i].d_tag, entries->items[i].d_un.d_val);
}

static int read_dynamic(struct pm_image *image, const struct pm_segment *segment, struct pm_arena *arena,
                        struct pm_dynamic *ret_dynamic, struct pm_problem *ret_problem)
{
    struct pm_dynamic dynamic = {0};
    struct entries entries = {0};
    size_t needed;
    uint64_t offset, remaining;
    /* the dynamic linker goes by the address: it would read another one, or what is not there */
    if (!pm_image_offset_of(image, segment->address, &offset, &remaining) || offset != segment->offset ||
        remaining < segment->file_size)
        return pm_image_malformed(ret_problem, "its dynamic section is not where its address says");
    if (read_entries(image, segment, &entries, ret_problem) < 0)
        return -1;
    find_tables(image, &entries, &needed);
    int result = 0;
    if (image->view.tables.strings == 0 || image->view.tables.symbols == 0)
        result = pm_image_malformed(ret_problem, "its dynamic section names no string or no symbol table");
    else if (needed > MAX_NEEDED)
        result = pm_image_malformed(ret_problem, "it needs more than 8192 libraries");
    else
        result = check_entries(image, &entries, ret_problem);
    if (result == 0) {
        dynamic.needed = pm_arena_new(arena, needed * sizeof(*dynamic.needed));
        dynamic.is_dispensable = pm_arena_new(arena, needed * sizeof(*dynamic.is_dispensable));
        read_flags(&entries, &dynamic);
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
            return result > 0 ? pm_image_debug_only(ret_problem) : result;
        }
        if (read_dynamic(image, &image->segments[i], arena, ret_dynamic, ret_problem) < 0)
            return pm_image_debug_only_or(image, ret_problem);
        return 1;
    }
    return 0;
}

/* ---- symbols ---- */

int pm_image_find_symbol(struct pm_image *image, const char *name, enum pm_symbol *ret_symbol,
                         struct pm_problem *ret_problem)
{
    const struct pm_sought sought = pm_sought_make(name, NULL, false);
    Elf64_Sym symbol;
    uint64_t offset, remaining;
    *ret_symbol = PM_SYMBOL_IS_ABSENT;
    int result = pm_view_find(&image->view, &sought, &symbol, ret_problem);
    if (result > 0)
        *ret_symbol =
            pm_image_offset_of(image, symbol.st_value, &offset, &remaining) ? PM_SYMBOL_IS_EXPORTED : PM_SYMBOL_IS_ZERO;
    return result < 0 ? -1 : 0;
}
