/* SPDX-License-Identifier: MIT */
/* table.h: string -> number, found by hash: a thousand libraries take a thousand steps, not a million. Pure. */
#ifndef PM_TABLE_H
#define PM_TABLE_H

#include "text.h"

/* Zeroed is empty. Lives in the arena that things are added by; keys are borrowed. */
struct pm_table {
    struct pm_table_slot *slots;
    size_t capacity, count;
};

/* Whether the key is in the table; then *ret_value is what was added first for it. */
bool pm_table_find(const struct pm_table *table, const char *key, size_t *ret_value);

/* Makes room for that many keys at once. Out of memory: arena->failed. */
void pm_table_reserve(struct pm_table *table, struct pm_arena *arena, size_t count);

/* Adds the key, if it is not there yet. Returns what the table has for it now. Out of memory: arena->failed. */
size_t pm_table_add(struct pm_table *table, struct pm_arena *arena, const char *key, size_t value);

#endif
