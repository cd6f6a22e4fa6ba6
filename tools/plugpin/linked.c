/* SPDX-License-Identifier: MIT */
#include "linked.h"

#include "message.h"

#include <errno.h>
#include <gelf.h>
#include <jansson.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

/* https://systemd.io/ELF_PACKAGE_METADATA/: note type and owner, its text a JSON object */
static const uint32_t package_note = 0xcafe1a7e;
static const char package_owner[] = "FDO";
enum { MAX_NOTES = 1 << 20, MAX_WORD = 200 };

/* ---- the package's name and version ---- */

static const char *word_of(const json_t *package, const char *key)
{
    const char *word = json_string_value(json_object_get(package, key));
    return word != NULL && word[0] != '\0' && strlen(word) <= MAX_WORD ? word : NULL;
}

static const char *hint_from_json(const struct pm_note *note, struct pm_arena *arena)
{
    const char *text = (const char *)note->desc;
    json_t *package = json_loadb(text, strnlen(text, note->desc_size), 0, NULL);
    const char *name = word_of(package, "name"), *version = word_of(package, "version");
    const char *hint = NULL;
    if (name != NULL)
        hint = pm_arena_join(arena, name, version != NULL ? " " : "", version != NULL ? version : "", NULL);
    json_decref(package);
    return hint;
}

static const char *hint_from_notes(const uint8_t *bytes, size_t size, size_t align, bool is_swapped,
                                   struct pm_arena *arena)
{
    struct pm_problem problem;
    struct pm_note note;
    size_t offset = 0;
    while (pm_note_next(bytes, size, align, is_swapped, &offset, &note, &problem) > 0)
        if (note.type == package_note && note.name_size == sizeof(package_owner) &&
            memcmp(note.name, package_owner, sizeof(package_owner)) == 0)
            return hint_from_json(&note, arena);
    return NULL;
}

/* NULL when there is none that can be read: a hint is for people only, so that is no error. */
static const char *hint_from_package(int descriptor, bool is_swapped, struct pm_arena *arena)
{
    size_t count = 0;
    const char *hint = NULL;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(descriptor, ELF_C_READ, NULL);
    if (elf == NULL || elf_getphdrnum(elf, &count) < 0)
        count = 0;
    for (size_t i = 0; i < count && hint == NULL; i++) {
        GElf_Phdr header;
        if (gelf_getphdr(elf, (int)i, &header) == NULL || header.p_type != PT_NOTE || header.p_filesz > MAX_NOTES)
            continue;
        Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)header.p_offset, header.p_filesz, ELF_T_BYTE);
        if (data != NULL && data->d_size > 0)
            hint = hint_from_notes(data->d_buf, data->d_size, header.p_align, is_swapped, arena);
    }
    elf_end(elf);
    return hint;
}

/* ---- the rest ---- */

static int read_image(struct pm_image *image, const char *path, struct pm_arena *arena, struct linked *linked)
{
    struct pm_problem problem;
    struct pm_facts facts = {0};
    struct pm_dynamic dynamic = {0};
    linked->traits = *pm_image_traits(image);
    if (linked->traits.type != ET_DYN && linked->traits.type != ET_EXEC)
        return 0;
    int status = pm_image_read_notes(image, &facts, &linked->build_id, &problem);
    if (status >= 0)
        status = pm_image_read_dynamic(image, arena, &dynamic, &problem);
    if (status >= 0 && facts.role == PM_ROLE_HOST)
        linked->hint = pm_arena_join(arena, facts.name, " ", facts.version, NULL);
    pm_facts_free(&facts);
    if (status < 0)
        return message_error("%s: %s: build or install it anew", path, problem.detail);
    linked->soname = dynamic.soname != NULL && dynamic.soname[0] != '\0' ? dynamic.soname : NULL;
    return 0;
}

static const char *escaped(struct pm_arena *arena, const char *text)
{
    struct pm_buffer buffer = {0};
    pm_buffer_add_escaped(&buffer, text);
    const char *copy = buffer.data != NULL ? pm_arena_copy(arena, buffer.data) : "";
    arena->failed |= buffer.failed;
    free(buffer.data);
    return copy;
}

static void find_hint(const struct pm_file *file, struct pm_arena *arena, struct linked *linked)
{
    struct target target = {.byte_order = (unsigned char)linked->traits.byte_order};
    const char *hint = hint_from_package(file->descriptor, target_is_swapped(&target), arena);
    if (linked->hint == NULL)
        linked->hint = hint;
    if (linked->hint == NULL)
        linked->hint = strrchr(linked->real_path, '/') + 1;
    /* A record is UTF-8 without control characters; file names and package names may be anything. */
    linked->hint = escaped(arena, linked->hint);
}

int linked_read(const struct pm_file *file, const char *path, struct pm_arena *arena, struct linked *ret_linked)
{
    struct linked linked = {.identity = file->identity};
    struct pm_problem problem;
    struct pm_image *image;
    if (pm_image_open(file, &image, &problem) < 0)
        return message_error("%s: %s: build or install it anew", path, problem.detail);
    int status = read_image(image, path, arena, &linked);
    pm_image_close(image);
    if (status < 0)
        return -1;
    char *real_path = realpath(path, NULL);
    if (real_path == NULL)
        return message_error("%s: %s", path, strerror(errno));
    linked.real_path = pm_arena_copy(arena, real_path);
    free(real_path);
    if (arena->failed)
        return message_out_of_memory();
    find_hint(file, arena, &linked);
    if (arena->failed)
        return message_out_of_memory();
    *ret_linked = linked;
    return 0;
}

bool linked_fits(const struct linked *linked, const struct target *target)
{
    return linked->traits.elf_class == target->elf_class && linked->traits.byte_order == target->byte_order &&
           linked->traits.machine == target->machine;
}
