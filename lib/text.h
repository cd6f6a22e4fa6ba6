/* SPDX-License-Identifier: MIT */
/* text.h: strings that live as long as their owner, and text that grows. Out of memory is remembered in the owner and
 * asked for once, at the end: until then every call returns something that can be read. Pure. */
#ifndef PM_TEXT_H
#define PM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Strings and arrays that are freed together. Zeroed is empty. */
struct pm_arena {
    struct pm_arena_block *blocks;
    bool failed; /* an allocation failed: whatever was made since is incomplete */
};

/* Zeroed memory, aligned for any type; NULL when there is none, and arena->failed is set. */
void *pm_arena_new(struct pm_arena *arena, size_t size);
/* Takes room at once for what is known to come: less is asked of the heap, and less stays unused. */
void pm_arena_reserve(struct pm_arena *arena, size_t size);
/* Copies; "" when there is no memory. */
const char *pm_arena_copy(struct pm_arena *arena, const char *text);
const char *pm_arena_copy_bytes(struct pm_arena *arena, const void *bytes, size_t size); /* and a NUL behind them */
const char *pm_arena_escape(struct pm_arena *arena, const char *text); /* as plugmgr_escape writes it */
/* The parts joined; the list ends with NULL. */
const char *pm_arena_join(struct pm_arena *arena, const char *part, ...) __attribute__((sentinel));
const char *pm_arena_number(struct pm_arena *arena, uint64_t number);
const char *pm_arena_hex(struct pm_arena *arena, const uint8_t *bytes, size_t size);
/* All that the other one holds, which is empty then. */
void pm_arena_take(struct pm_arena *arena, struct pm_arena *other);

void pm_arena_free(struct pm_arena *arena);
/* Bytes of memory that it takes. */
size_t pm_arena_size(const struct pm_arena *arena);

/* Text that grows at its end. Zeroed is empty; the owner frees data. */
struct pm_buffer {
    char *data; /* NUL-terminated once anything was added */
    size_t size, capacity;
    bool failed;
};
void pm_buffer_add(struct pm_buffer *buffer, const char *text);
void pm_buffer_add_bytes(struct pm_buffer *buffer, const char *bytes, size_t size);
/* The text as plugmgr_escape writes it. */
void pm_buffer_add_escaped(struct pm_buffer *buffer, const char *text);
void pm_buffer_add_spaces(struct pm_buffer *buffer, size_t count);

/* Length of the UTF-8 character at the start of bytes; 0 if it is not one (overlong, surrogate, above U+10FFFF, cut). */
size_t pm_utf8_length(const unsigned char *bytes, size_t size);
/* Columns that a terminal needs for the text: its characters, as long as they are narrow. */
size_t pm_text_columns(const char *text);

/* Decimal digits of number into 21 bytes; returns its first digit, within text. */
const char *pm_format_number(uint64_t number, char text[21]);

#endif
