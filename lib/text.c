/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <plugmgr/host.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 1000 };

struct pm_arena_block {
    struct pm_arena_block *next;
    size_t used, capacity;
    alignas(max_align_t) unsigned char bytes[];
};

/* A block of that size, which may be 0. Not zeroed: little may be used of it, and glibc's calloc does without what
 * malloc keeps at hand for the thread. */
static struct pm_arena_block *arena_grow(struct pm_arena *arena, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct pm_arena_block))
        return NULL;
    struct pm_arena_block *block = malloc(sizeof(*block) + size);
    if (block == NULL)
        return NULL;
    *block = (struct pm_arena_block){.next = arena->blocks, .capacity = size};
    arena->blocks = block;
    return block;
}

/* As pm_arena_new, but not zeroed. */
static void *arena_take(struct pm_arena *arena, size_t size)
{
    const size_t unit = alignof(max_align_t);
    if (size > SIZE_MAX / 2) {
        arena->failed = true;
        return NULL;
    }
    size = (size + unit - 1) / unit * unit;
    struct pm_arena_block *block = arena->blocks;
    if (block == NULL || block->capacity - block->used < size)
        block = arena_grow(arena, size > BLOCK_SIZE ? size : BLOCK_SIZE);
    if (block == NULL) {
        arena->failed = true;
        return NULL;
    }
    void *memory = block->bytes + block->used;
    block->used += size;
    return memory;
}

void *pm_arena_new(struct pm_arena *arena, size_t size)
{
    void *memory = arena_take(arena, size);
    return memory != NULL ? memset(memory, 0, size) : NULL;
}

void pm_arena_reserve(struct pm_arena *arena, size_t size)
{
    const struct pm_arena_block *block = arena->blocks;
    if ((block == NULL || block->capacity - block->used < size) && arena_grow(arena, size) == NULL)
        arena->failed = true;
}

const char *pm_arena_copy_bytes(struct pm_arena *arena, const void *bytes, size_t size)
{
    if (size == SIZE_MAX) {
        arena->failed = true;
        return "";
    }
    char *copy = arena_take(arena, size + 1);
    if (copy == NULL)
        return "";
    if (size > 0)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

const char *pm_arena_copy(struct pm_arena *arena, const char *text)
{
    return pm_arena_copy_bytes(arena, text, strlen(text));
}

const char *pm_arena_join(struct pm_arena *arena, const char *part, ...)
{
    size_t size = 0;
    va_list parts;
    va_start(parts, part);
    for (const char *at = part; at != NULL; at = va_arg(parts, const char *))
        size += strlen(at);
    va_end(parts);
    char *joined = arena_take(arena, size + 1);
    if (joined == NULL)
        return "";
    char *end = joined;
    va_start(parts, part);
    for (const char *at = part; at != NULL; at = va_arg(parts, const char *)) {
        size_t length = strlen(at);
        memcpy(end, at, length);
        end += length;
    }
    va_end(parts);
    *end = '\0';
    return joined;
}

const char *pm_format_number(uint64_t number, char text[21])
{
    char *at = text + 20;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return at;
}

const char *pm_arena_number(struct pm_arena *arena, uint64_t number)
{
    char text[21];
    return pm_arena_copy(arena, pm_format_number(number, text));
}

static const char hex_digits[] = "0123456789abcdef";

const char *pm_arena_hex(struct pm_arena *arena, const uint8_t *bytes, size_t size)
{
    char *hex = arena_take(arena, 2 * size + 1);
    if (hex == NULL)
        return "";
    for (size_t i = 0; i < size; i++) {
        hex[2 * i] = hex_digits[bytes[i] >> 4];
        hex[2 * i + 1] = hex_digits[bytes[i] & 15];
    }
    hex[2 * size] = '\0';
    return hex;
}

void pm_arena_take(struct pm_arena *arena, struct pm_arena *other)
{
    struct pm_arena_block **end = &arena->blocks;
    while (*end != NULL)
        end = &(*end)->next;
    *end = other->blocks;
    arena->failed |= other->failed;
    *other = (struct pm_arena){0};
}

size_t pm_arena_size(const struct pm_arena *arena)
{
    size_t size = 0;
    for (const struct pm_arena_block *block = arena->blocks; block != NULL; block = block->next)
        size += sizeof(*block) + block->capacity;
    return size;
}

void pm_arena_free(struct pm_arena *arena)
{
    while (arena->blocks != NULL) {
        struct pm_arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
}

static bool buffer_reserve(struct pm_buffer *buffer, size_t size)
{
    if (buffer->failed)
        return false;
    if (size < buffer->capacity - buffer->size)
        return true;
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : 256;
    while (capacity - buffer->size <= size && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    char *data = capacity - buffer->size > size ? realloc(buffer->data, capacity) : NULL;
    if (data == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void pm_buffer_add_bytes(struct pm_buffer *buffer, const char *bytes, size_t size)
{
    if (!buffer_reserve(buffer, size))
        return;
    if (size > 0)
        memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void pm_buffer_add(struct pm_buffer *buffer, const char *text)
{
    pm_buffer_add_bytes(buffer, text, strlen(text));
}

void pm_buffer_add_spaces(struct pm_buffer *buffer, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pm_buffer_add_bytes(buffer, " ", 1);
}

/* Unicode 15, table 3-7: the second byte has a range of its own behind E0, ED, F0 and F4. */
size_t pm_utf8_length(const unsigned char *bytes, size_t size)
{
    if (size == 0)
        return 0;
    unsigned first = bytes[0], low = 0x80, high = 0xbf;
    size_t length;
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        length = 2;
    else if (first >= 0xe0 && first <= 0xef)
        length = 3;
    else if (first >= 0xf0 && first <= 0xf4)
        length = 4;
    else
        return 0;
    if (first == 0xe0)
        low = 0xa0;
    else if (first == 0xed)
        high = 0x9f;
    else if (first == 0xf0)
        low = 0x90;
    else if (first == 0xf4)
        high = 0x8f;
    if (size < length || bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* C0, DEL and C1 steer a terminal; U+061C, U+200E to U+200F, U+2028 to U+202E and U+2066 to U+2069 turn or break the
 * line. */
static bool is_steering(const unsigned char *at, size_t length)
{
    if (length == 1)
        return at[0] < 0x20 || at[0] == 0x7f;
    if (length == 2)
        return (at[0] == 0xc2 && at[1] < 0xa0) || (at[0] == 0xd8 && at[1] == 0x9c);
    if (length == 3 && at[0] == 0xe2 && at[1] == 0x80)
        return (at[2] >= 0x8e && at[2] <= 0x8f) || (at[2] >= 0xa8 && at[2] <= 0xae);
    return length == 3 && at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9;
}

/* How many bytes at its start are printable ASCII: most often all. */
static size_t plain_length(const char *text)
{
    size_t length = 0;
    while (text[length] >= 0x20 && text[length] < 0x7f)
        length++;
    return length;
}

void pm_buffer_add_escaped(struct pm_buffer *buffer, const char *text)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
    while (at < end) {
        size_t plain = plain_length((const char *)at);
        pm_buffer_add_bytes(buffer, (const char *)at, plain);
        at += plain;
        if (at == end)
            break;
        size_t length = pm_utf8_length(at, (size_t)(end - at));
        if (length > 0 && !is_steering(at, length)) {
            pm_buffer_add_bytes(buffer, (const char *)at, length);
            at += length;
            continue;
        }
        for (size_t i = 0; i < (length > 0 ? length : 1); i++, at++) {
            const char escape[] = {'\\', 'x', hex_digits[*at >> 4], hex_digits[*at & 15]};
            pm_buffer_add_bytes(buffer, escape, sizeof(escape));
        }
    }
}

char *plugmgr_escape(const char *text)
{
    struct pm_buffer buffer = {0};
    pm_buffer_add(&buffer, "");
    pm_buffer_add_escaped(&buffer, text);
    if (!buffer.failed)
        return buffer.data;
    free(buffer.data);
    return NULL;
}

const char *pm_arena_escape(struct pm_arena *arena, const char *text)
{
    const size_t plain = plain_length(text);
    if (text[plain] == '\0')
        return pm_arena_copy_bytes(arena, text, plain);
    char *escaped = plugmgr_escape(text);
    const char *copy = escaped != NULL ? pm_arena_copy(arena, escaped) : "";
    arena->failed |= escaped == NULL;
    free(escaped);
    return copy;
}

size_t pm_text_columns(const char *text)
{
    size_t columns = 0;
    for (; *text != '\0'; text++)
        columns += (*text & 0xc0) != 0x80;
    return columns;
}
