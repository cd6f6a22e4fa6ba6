/* SPDX-License-Identifier: MIT */
#include "snapshot.h"

#include "table.h"

#include <stdlib.h>
#include <string.h>

/* Those of one interface. */
struct providers {
    struct pm_scan_provider *first, *last;
};

struct pm_snapshot {
    atomic_size_t holders;
    struct pm_scanned **scanned; /* all, those too that are no entries */
    size_t scanned_count;
    struct pm_scan_entry *entries;
    size_t entry_count;
    struct pm_arena arena;      /* of the tables, and of what they lead to */
    struct pm_table names;      /* of plugins -> index of the first entry */
    struct pm_table interfaces; /* their names -> index of the providers */
    struct providers *providers;
    size_t provider_capacity;
};

/* ---- one file ---- */

struct pm_scanned *pm_scanned_new(const char *directory, const char *name)
{
    size_t length = strlen(directory), name_length = strlen(name);
    bool has_slash = length > 0 && directory[length - 1] == '/';
    struct pm_scanned *scanned = malloc(sizeof(*scanned) + length + name_length + 2);
    if (scanned == NULL)
        return NULL;
    *scanned = (struct pm_scanned){0};
    memcpy(scanned->path, directory, length);
    if (name_length > 0 && !has_slash)
        scanned->path[length++] = '/';
    memcpy(scanned->path + length, name, name_length + 1);
    scanned->name = scanned->path + length;
    return scanned;
}

void pm_scanned_free(struct pm_scanned *scanned)
{
    if (scanned == NULL)
        return;
    pm_facts_free(&scanned->facts);
    free(scanned->problem);
    free(scanned);
}

/* ---- tables ---- */

/* The list of an interface, made if there is none; NULL: no memory. */
static struct providers *providers_of(struct pm_snapshot *snapshot, const char *interface_name)
{
    size_t count = snapshot->interfaces.count;
    if (count == snapshot->provider_capacity) {
        size_t capacity = count > 0 ? 2 * count : 8;
        struct providers *larger = pm_arena_new(&snapshot->arena, capacity * sizeof(*larger));
        if (larger == NULL)
            return NULL;
        if (count > 0)
            memcpy(larger, snapshot->providers, count * sizeof(*larger));
        snapshot->providers = larger;
        snapshot->provider_capacity = capacity;
    }
    size_t index = pm_table_add(&snapshot->interfaces, &snapshot->arena, interface_name, count);
    return snapshot->arena.failed ? NULL : &snapshot->providers[index];
}

static void add_provider(struct pm_snapshot *snapshot, const char *interface_name, const struct pm_scan_entry *entry)
{
    struct providers *list = providers_of(snapshot, interface_name);
    if (list == NULL || (list->last != NULL && list->last->entry == entry)) /* another instance of the same */
        return;
    struct pm_scan_provider *provider = pm_arena_new(&snapshot->arena, sizeof(*provider));
    if (provider == NULL)
        return;
    provider->entry = entry;
    if (list->last == NULL)
        list->first = provider;
    else
        list->last->next = provider;
    list->last = provider;
}

/* Adds the entry, unless it is a plugin that is there already by another name. */
static void add_entry(struct pm_snapshot *snapshot, const struct pm_scanned *scanned)
{
    const struct pm_facts *facts = &scanned->facts;
    struct pm_scan_entry *entry = &snapshot->entries[snapshot->entry_count];
    *entry = (struct pm_scan_entry){.path = scanned->path, .identity = scanned->identity, .problem = scanned->problem};
    if (scanned->problem == NULL) {
        size_t first = pm_table_add(&snapshot->names, &snapshot->arena, facts->name, snapshot->entry_count);
        const struct pm_scan_entry *other = &snapshot->entries[first];
        if (other != entry && pm_identity_is_same_file(&other->identity, &entry->identity))
            return;
        entry->facts = facts;
        entry->hidden_by = other != entry ? other : NULL;
        for (size_t i = 0; i < facts->provide_count && !snapshot->arena.failed; i++)
            add_provider(snapshot, facts->provides[i].interface_name, entry);
    }
    snapshot->entry_count++;
}

const struct pm_scan_entry *pm_snapshot_entries(const struct pm_snapshot *snapshot, size_t *ret_count)
{
    *ret_count = snapshot->entry_count;
    return snapshot->entries;
}

const struct pm_scan_entry *pm_snapshot_find(const struct pm_snapshot *snapshot, const char *plugin_name)
{
    size_t index;
    return pm_table_find(&snapshot->names, plugin_name, &index) ? &snapshot->entries[index] : NULL;
}

const struct pm_scan_provider *pm_snapshot_providers(const struct pm_snapshot *snapshot, const char *interface_name)
{
    size_t index;
    return pm_table_find(&snapshot->interfaces, interface_name, &index) ? snapshot->providers[index].first : NULL;
}

/* ---- life ---- */

/* Whether that was the last holder; all that the others did before is seen then. */
static bool let_go(atomic_size_t *holders)
{
    return atomic_fetch_sub_explicit(holders, 1, memory_order_acq_rel) == 1;
}

static void free_parts(struct pm_snapshot *snapshot)
{
    pm_arena_free(&snapshot->arena);
    free(snapshot->entries);
    free(snapshot->scanned);
    free(snapshot);
}

/* Adds what is in the list, which is all over the memory: it is fetched while that before it is added. */
static void add_list(struct pm_snapshot *snapshot, const struct pm_scanned_list *list)
{
    enum { AHEAD = 8 };
    for (size_t i = 0; i < list->count && !snapshot->arena.failed; i++) {
        if (i + AHEAD < list->count) {
            __builtin_prefetch(list->items[i + AHEAD]);
            __builtin_prefetch(&list->items[i + AHEAD]->facts);
            __builtin_prefetch(list->items[i + AHEAD / 2]->facts.name);
            __builtin_prefetch(list->items[i + AHEAD / 2]->facts.provides);
        }
        struct pm_scanned *scanned = list->items[i];
        atomic_fetch_add_explicit(&scanned->holders, 1, memory_order_relaxed);
        snapshot->scanned[snapshot->scanned_count++] = scanned;
        add_entry(snapshot, scanned);
    }
}

/* Fills it; false: no memory. */
static bool fill(struct pm_snapshot *snapshot, const struct pm_scanned_list *lists, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += lists[i].count;
    snapshot->scanned = malloc((total + 1) * sizeof(struct pm_scanned *));
    snapshot->entries = malloc((total + 1) * sizeof(*snapshot->entries));
    if (snapshot->scanned == NULL || snapshot->entries == NULL)
        return false;
    pm_table_reserve(&snapshot->names, &snapshot->arena, total);
    for (size_t i = 0; i < count; i++)
        add_list(snapshot, &lists[i]);
    return !snapshot->arena.failed;
}

struct pm_snapshot *pm_snapshot_new(const struct pm_scanned_list *lists, size_t count)
{
    struct pm_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (snapshot == NULL)
        return NULL;
    if (fill(snapshot, lists, count))
        return pm_snapshot_hold(snapshot);
    for (size_t i = 0; i < snapshot->scanned_count; i++) /* they stay with the caller */
        let_go(&snapshot->scanned[i]->holders);
    free_parts(snapshot);
    return NULL;
}

struct pm_snapshot *pm_snapshot_hold(struct pm_snapshot *snapshot)
{
    atomic_fetch_add_explicit(&snapshot->holders, 1, memory_order_relaxed);
    return snapshot;
}

void pm_snapshot_free(struct pm_snapshot *snapshot)
{
    if (snapshot == NULL || !let_go(&snapshot->holders))
        return;
    for (size_t i = 0; i < snapshot->scanned_count; i++)
        if (let_go(&snapshot->scanned[i]->holders))
            pm_scanned_free(snapshot->scanned[i]);
    free_parts(snapshot);
}
