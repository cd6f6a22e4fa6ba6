/* SPDX-License-Identifier: MIT */
#include "image_inner.h"

#include "package.h"

#include <elf.h>
#include <stdlib.h>

enum {
    MAX_NOTES_SIZE = 4 << 20, /* of all note segments, or of all note sections, bytes: they may overlap */
};

/* Walks the notes of one segment or section; facts or ret_build_id may be NULL. 1: there is a PlugMgr note; 0; -1. */
static int read_note_range(struct pm_image *image, uint64_t offset, uint64_t size, uint64_t align,
                           struct pm_facts *facts, struct pm_build_id *ret_build_id, struct pm_problem *ret_problem)
{
    if (size > MAX_NOTES_SIZE - image->notes_size)
        return pm_problem_set(ret_problem, PM_NOTE_MALFORMED, "its notes are larger than 4 MiB", NULL);
    image->notes_size += (size_t)size;
    const uint8_t *bytes = pm_image_range(image, offset, (size_t)size, "a note segment", ret_problem);
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
        if (facts != NULL && found == 0) /* what heads and pads a note is about what it becomes beside its text */
            pm_arena_reserve(&facts->arena, (size_t)size + 128);
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
        const struct pm_segment *segment = &image->segments[i];
        if (segment->type != PT_NOTE || segment->file_size == 0)
            continue;
        int result = read_note_range(image, segment->offset, segment->file_size, segment->align, facts, ret_build_id,
                                     ret_problem);
        if (result < 0)
            return pm_image_debug_only_or(image, ret_problem);
        found |= result;
    }
    return found;
}

const char *pm_image_read_package(struct pm_image *image, struct pm_arena *arena)
{
    struct pm_problem ignored;
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct pm_segment *segment = &image->segments[i];
        if (segment->type != PT_NOTE || segment->file_size == 0 || segment->file_size > MAX_NOTES_SIZE)
            continue;
        const size_t size = (size_t)segment->file_size;
        const uint8_t *bytes = pm_image_range(image, segment->offset, size, "a note segment", &ignored);
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
    if (pm_image_is_64(image)) {
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
    size_t entry_size = pm_image_is_64(image) ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr), count = image->header.e_shnum;
    *ret_count = 0;
    if (image->header.e_shoff == 0 || count == 0 || image->header.e_shentsize != entry_size)
        return 0;
    if (pm_image_translate(image, ELF_T_SHDR, entry_size, image->header.e_shoff, count, "", ret_table, ret_problem) < 0)
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
