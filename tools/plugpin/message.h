/* SPDX-License-Identifier: MIT */
/* message.h: what plugpin tells on standard error, one line each: `plugpin: FILE: what: what to do`. */
#ifndef PLUGPIN_MESSAGE_H
#define PLUGPIN_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

/* The line is escaped for the terminal. Returns -1, for `return`. */
int message_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
int message_out_of_memory(void);

/* What differs, a line each; the first 20, unless all are asked for. */
void message_changes(const char *const *lines, size_t count, bool wants_all);

/* Worth knowing, and no error. */
void message_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Room for one element more in the array that *array points to, doubled when full; out of memory is told, and NULL.
 * count: how many there are; the caller counts on, and frees *array. */
void *array_append(void *array, size_t count, size_t element_size);

#endif
