/* SPDX-License-Identifier: MIT */
#include "property.h"

#include "note.h"

#include <byteswap.h>
#include <elf.h>
#include <string.h>

static uint32_t read_word(const uint8_t *bytes, struct property_form form)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof(word));
    return form.is_swapped ? bswap_32(word) : word;
}

static size_t padding(size_t size, size_t align)
{
    return (align - size % align) % align;
}

static int parse_description(const uint8_t *bytes, size_t size, struct property_form form,
                             struct properties *properties)
{
    while (size > 0) {
        if (size < 8)
            return -1;
        uint32_t type = read_word(bytes, form), value_size = read_word(bytes + 4, form);
        bytes += 8;
        size -= 8;
        if (value_size > size)
            return -1;
        if (value_size <= MAX_PROPERTY_SIZE) {
            if (properties->count == MAX_PROPERTIES)
                return -1;
            struct property *property = &properties->items[properties->count++];
            *property = (struct property){.type = type, .size = value_size};
            memcpy(property->value, bytes, value_size);
        }
        size_t step = value_size + padding(value_size, form.align);
        if (step > size)
            step = size;
        bytes += step;
        size -= step;
    }
    return 0;
}

int properties_parse(const uint8_t *bytes, size_t size, struct property_form form, struct properties *ret_properties)
{
    struct properties properties = {.count = 0};
    struct pm_problem problem;
    struct pm_note note;
    size_t offset = 0;
    int status;
    while ((status = pm_note_next(bytes, size, form.align, form.is_swapped, &offset, &note, &problem)) > 0) {
        if (note.type != NT_GNU_PROPERTY_TYPE_0 || note.name_size != sizeof(ELF_NOTE_GNU) ||
            memcmp(note.name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) != 0)
            continue;
        if (parse_description(note.desc, note.desc_size, form, &properties) < 0)
            return -1;
    }
    if (status == 0)
        *ret_properties = properties;
    return status;
}

static const struct property *find(const struct properties *properties, const struct property *like)
{
    for (size_t i = 0; i < properties->count; i++)
        if (properties->items[i].type == like->type && properties->items[i].size == like->size)
            return &properties->items[i];
    return NULL;
}

void properties_intersect(struct properties *common, const struct properties *other)
{
    size_t kept = 0;
    for (size_t i = 0; i < common->count; i++) {
        struct property property = common->items[i];
        const struct property *same = find(other, &property);
        if (same == NULL)
            continue;
        for (size_t j = 0; j < property.size; j++)
            property.value[j] &= same->value[j];
        common->items[kept++] = property;
    }
    common->count = kept;
}

static void write_word(struct pm_buffer *buffer, uint32_t word, struct property_form form)
{
    char bytes[4];
    word = form.is_swapped ? bswap_32(word) : word;
    memcpy(bytes, &word, sizeof(bytes));
    pm_buffer_add_bytes(buffer, bytes, sizeof(bytes));
}

void properties_write(const struct properties *properties, struct property_form form, struct pm_buffer *buffer)
{
    static const char zeros[8];
    size_t size = 0;
    for (size_t i = 0; i < properties->count; i++)
        size += 8 + properties->items[i].size + padding(properties->items[i].size, form.align);
    if (size == 0)
        return;
    write_word(buffer, sizeof(ELF_NOTE_GNU), form);
    write_word(buffer, (uint32_t)size, form);
    write_word(buffer, NT_GNU_PROPERTY_TYPE_0, form);
    pm_buffer_add_bytes(buffer, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU));
    for (size_t i = 0; i < properties->count; i++) {
        const struct property *property = &properties->items[i];
        write_word(buffer, property->type, form);
        write_word(buffer, property->size, form);
        pm_buffer_add_bytes(buffer, (const char *)property->value, property->size);
        pm_buffer_add_bytes(buffer, zeros, padding(property->size, form.align));
    }
}
