/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <string.h>

struct pm_table_slot {
    const char *key; /* NULL: free */
    size_t value;
    size_t hash; /* of the key: other keys are most often told by it, without a look at them */
};

/* FNV-1a, 32 bits. */
static size_t hash_of(const char *key)
{
    uint32_t hash = 2166136261u;
    for (; *key != '\0'; key++)
        hash = (hash ^ (unsigned char)*key) * 16777619u;
    return hash;
}

/* Where the key is, or would be put. The capacity is a power of two, and there is always a free slot. */
static struct pm_table_slot *slot_of(const struct pm_table *table, const char *key, size_t hash)
{
    for (size_t at = hash;; at++) {
        struct pm_table_slot *slot = &table->slots[at & (table->capacity - 1)];
        if (slot->key == NULL || (slot->hash == hash && strcmp(slot->key, key) == 0))
            return slot;
    }
}

bool pm_table_find(const struct pm_table *table, const char *key, size_t *ret_value)
{
    if (table->count == 0)
        return false;
    const struct pm_table_slot *slot = slot_of(table, key, hash_of(key));
    if (slot->key == NULL)
        return false;
    *ret_value = slot->value;
    return true;
}

/* Moves it to a table of that capacity; false: no memory. */
static bool grow(struct pm_table *table, struct pm_arena *arena, size_t capacity)
{
    struct pm_table larger = {.capacity = capacity, .count = table->count};
    larger.slots = pm_arena_new(arena, capacity * sizeof(*larger.slots));
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slots[i].key != NULL)
            *slot_of(&larger, table->slots[i].key, table->slots[i].hash) = table->slots[i];
    *table = larger;
    return true;
}

void pm_table_reserve(struct pm_table *table, struct pm_arena *arena, size_t count)
{
    size_t capacity = 32;
    while (capacity / 2 < count && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    if (capacity > table->capacity && capacity <= SIZE_MAX / sizeof(struct pm_table_slot))
        grow(table, arena, capacity);
}

size_t pm_table_add(struct pm_table *table, struct pm_arena *arena, const char *key, size_t value)
{
    if (2 * table->count >= table->capacity && !grow(table, arena, table->capacity > 0 ? 2 * table->capacity : 32))
        return value;
    const size_t hash = hash_of(key);
    struct pm_table_slot *slot = slot_of(table, key, hash);
    if (slot->key != NULL)
        return slot->value;
    *slot = (struct pm_table_slot){key, value, hash};
    table->count++;
    return value;
}
