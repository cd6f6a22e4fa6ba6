/* SPDX-License-Identifier: MIT */
#include "resolve.h"

#include "search.h"

#include <string.h>

enum { MAX_OBJECTS = 4096 };

struct resolving {
    const struct pm_root *root;
    struct pm_arena *arena;
    struct pm_searcher searcher;
    struct pm_object *objects;
    size_t count, capacity;
    struct pm_table names;         /* each name and soname in the closure, and the root's own soname */
    struct pm_table files;         /* "DEVICE:INODE" of each file in the closure -> index */
    struct pm_table present_names; /* each name of what is present -> index */
    struct pm_table present_files; /* the same of its files, read when first asked for */
    bool has_present_files;
};

/* ---- what is present ---- */

/* By name, the dynamic linker compares: the path, the soname, or without one the name it was needed by. */
static void name_present(struct resolving *r)
{
    for (size_t i = 0; i < r->root->present_count; i++) {
        const struct pm_present *present = &r->root->present[i];
        const char *slash = strrchr(present->name, '/');
        pm_table_add(&r->present_names, r->arena, present->name, i);
        if (present->dynamic->soname != NULL)
            pm_table_add(&r->present_names, r->arena, present->dynamic->soname, i);
        else if (slash != NULL)
            pm_table_add(&r->present_names, r->arena, slash + 1, i);
    }
}

static const struct pm_present *present_named(const struct resolving *r, const char *name)
{
    size_t index;
    return pm_table_find(&r->present_names, name, &index) ? &r->root->present[index] : NULL;
}

static const char *file_key(struct pm_arena *arena, uint64_t device, uint64_t inode)
{
    return pm_arena_join(arena, pm_arena_number(arena, device), ":", pm_arena_number(arena, inode), NULL);
}

/* The present object of the same file, whatever it is called. Where the file was replaced since it was mapped, the
 * build-ID tells. */
static const struct pm_present *present_with_file(struct resolving *r, const struct pm_object *object)
{
    struct pm_identity identity;
    size_t index;
    for (size_t i = 0; !r->has_present_files && i < r->root->present_count; i++)
        if (pm_path_identify_in(r->root->tree, r->root->present[i].name, &identity))
            pm_table_add(&r->present_files, r->arena, file_key(r->arena, identity.device, identity.inode), i);
    r->has_present_files = true;
    if (!pm_table_find(&r->present_files, file_key(r->arena, object->device, object->inode), &index))
        return NULL;
    const struct pm_present *present = &r->root->present[index];
    return pm_build_id_equal(&present->build_id, &object->build_id) ? present : NULL;
}

static void take_present(struct pm_object *object, const struct pm_present *present)
{
    object->path = present->name;
    object->is_present = true;
    object->is_loaded = present->is_loaded;
    object->is_from_path = false;
    object->build_id = present->build_id;
    object->dynamic = *present->dynamic;
    object->device = object->inode = 0;
}

/* What the new object would have got, had the host nothing of that name: its author may have meant that. What present
 * objects need was settled when they were loaded. */
static void find_rival(struct resolving *r, struct pm_object *object)
{
    if (object->parent > 0 && r->objects[object->parent - 1].is_present)
        return;
    struct pm_object rival = {.name = object->name, .wanted_by = object->wanted_by, .parent = object->parent};
    pm_search_rival(&r->searcher, r->objects, object->path, &rival);
    if (rival.path == NULL || rival.has_problem || rival.build_id.size == 0 || object->build_id.size == 0 ||
        pm_build_id_equal(&rival.build_id, &object->build_id))
        return;
    object->rival_path = rival.path;
    object->rival_build_id = rival.build_id;
}

/* ---- the closure ---- */

static struct pm_object *append(struct resolving *r)
{
    if (r->count == r->capacity) {
        size_t capacity = r->capacity > 0 ? 2 * r->capacity : 16;
        struct pm_object *objects = pm_arena_new(r->arena, capacity * sizeof(*objects));
        if (objects == NULL)
            return NULL;
        if (r->count > 0)
            memcpy(objects, r->objects, r->count * sizeof(*objects));
        r->objects = objects;
        r->capacity = capacity;
    }
    return &r->objects[r->count++];
}

/* Whether the file that was found is one that the closure has under another name already. */
static bool is_known_file(struct resolving *r, struct pm_object *object, size_t index)
{
    const char *key = file_key(r->arena, object->device, object->inode);
    size_t ignored;
    if (pm_table_find(&r->files, key, &ignored))
        return true;
    pm_table_add(&r->files, r->arena, key, index);
    return false;
}

enum found { FOUND_NEW, FOUND_KNOWN, FOUND_DISPENSABLE };

/* Finds the file of the last object, which may be one that the closure has, or may be missing. */
static enum found find(struct resolving *r, struct pm_object *object, bool is_dispensable)
{
    const struct pm_present *present = present_named(r, object->name);
    if (present != NULL) {
        take_present(object, present);
        find_rival(r, object);
        return FOUND_NEW;
    }
    if (r->count > MAX_OBJECTS) {
        object->tried = "nothing: it needs more than 4096 libraries";
        return FOUND_NEW;
    }
    pm_search(&r->searcher, r->objects, object);
    if (object->path == NULL || object->has_problem)
        return is_dispensable ? FOUND_DISPENSABLE : FOUND_NEW;
    if (is_known_file(r, object, r->count - 1))
        return FOUND_KNOWN;
    present = present_with_file(r, object);
    if (present != NULL)
        take_present(object, present);
    return FOUND_NEW;
}

static void add_needed(struct resolving *r, size_t parent)
{
    const struct pm_dynamic dynamic = parent > 0 ? r->objects[parent - 1].dynamic : *r->root->dynamic;
    const char *wanted_by = parent > 0 ? r->objects[parent - 1].path : r->root->path;
    size_t ignored;
    for (size_t i = 0; i < dynamic.needed_count && r->count <= MAX_OBJECTS; i++) {
        if (pm_table_find(&r->names, dynamic.needed[i], &ignored))
            continue;
        struct pm_object *object = append(r);
        if (object == NULL)
            return;
        *object = (struct pm_object){.name = dynamic.needed[i], .wanted_by = wanted_by, .parent = parent};
        enum found found = find(r, object, dynamic.is_dispensable != NULL && dynamic.is_dispensable[i]);
        if (found != FOUND_DISPENSABLE)
            pm_table_add(&r->names, r->arena, object->name, r->count - 1);
        if (found == FOUND_NEW && object->dynamic.soname != NULL && object->path != NULL)
            pm_table_add(&r->names, r->arena, object->dynamic.soname, r->count - 1);
        if (found != FOUND_NEW)
            r->count--;
    }
}

/* A library may need the very object that needs it. */
static void name_root(struct resolving *r)
{
    struct pm_identity identity = {.device = r->root->device, .inode = r->root->inode};
    if (r->root->dynamic->soname != NULL)
        pm_table_add(&r->names, r->arena, r->root->dynamic->soname, 0);
    if (identity.inode != 0 || pm_path_identify_in(r->root->tree, r->root->path, &identity))
        pm_table_add(&r->files, r->arena, file_key(r->arena, identity.device, identity.inode), 0);
}

void pm_resolve(const struct pm_root *root, struct pm_arena *arena, struct pm_closure *ret_closure)
{
    struct resolving r = {.root = root, .arena = arena};
    *ret_closure = (struct pm_closure){0};
    if (root->dynamic->needed_count == 0)
        return;
    pm_searcher_begin(&r.searcher, root, arena);
    name_root(&r);
    name_present(&r);
    add_needed(&r, 0);
    for (size_t i = 0; i < r.count && !arena->failed; i++)
        if (r.objects[i].path != NULL && !r.objects[i].has_problem)
            add_needed(&r, i + 1);
    *ret_closure = (struct pm_closure){.objects = r.objects, .count = r.count, .lacks_cache = r.searcher.lacks_cache};
    if (r.searcher.cache_problem.detail[0] != '\0')
        ret_closure->cache_problem = pm_arena_copy(arena, r.searcher.cache_problem.detail);
    pm_searcher_end(&r.searcher);
}
