/* SPDX-License-Identifier: MIT */
#include "world.h"

#include "resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_same_machine(const struct pm_traits *a, const struct pm_traits *b)
{
    return a->elf_class == b->elf_class && a->byte_order == b->byte_order && a->machine == b->machine;
}

/* The path without "//" and "/./": what a plugin's $ORIGIN gives carries the spelling that it was loaded by. */
static const char *tidy(struct pm_arena *arena, const char *path)
{
    if (strstr(path, "//") == NULL && strstr(path, "/./") == NULL)
        return path;
    char *copy = pm_arena_new(arena, strlen(path) + 1), *end = copy;
    if (copy == NULL)
        return path;
    for (const char *at = path; *at != '\0'; at++) {
        if (at[0] == '/' && (at[1] == '/' || (at[1] == '.' && at[2] == '/'))) {
            at += at[1] == '.';
            continue;
        }
        *end++ = *at;
    }
    return copy;
}

/* For $ORIGIN in the executable's RPATH; NULL: there is no /proc, and ld.so does not know it either. */
static const char *executable_path(struct pm_arena *arena)
{
    char *path = realpath("/proc/self/exe", NULL);
    if (path == NULL) {
        arena->failed |= errno == ENOMEM;
        return NULL;
    }
    const char *copy = pm_arena_copy(arena, path);
    free(path);
    return copy;
}

/* glibc ignores the RPATH of an object with a RUNPATH. */
static const char *rpath_of(const struct pm_dynamic *dynamic)
{
    return dynamic->runpath == NULL ? dynamic->rpath : NULL;
}

void pm_world_from_process(const struct pm_facts *host, const struct pm_build_id *host_build_id,
                           const struct pm_module *plugin, const char *plugin_path, struct pm_world *ret_world)
{
    struct pm_process process;
    struct pm_arena *arena = &ret_world->arena;
    *ret_world =
        (struct pm_world){.host = host, .host_build_id = *host_build_id, .traits = pm_process_traits()};
    if (!plugin->has_notes || !is_same_machine(&plugin->traits, &ret_world->traits))
        return;
    if (pm_process_read(&process) < 0)
        arena->failed = true;
    /* The snapshot's strings end up in the world: it takes the arena over. */
    *arena = (struct pm_arena){process.arena.blocks, arena->failed};
    struct pm_present *present = pm_arena_new(arena, process.count * sizeof(*present));
    for (size_t i = 0; present != NULL && i < process.count; i++) {
        struct pm_mapped *object = &process.objects[i];
        present[i] = (struct pm_present){tidy(arena, object->name), object->build_id, &object->dynamic, true};
    }
    if (arena->failed)
        return;
    const struct pm_root root = {
        .path = plugin_path,
        .dynamic = &plugin->dynamic,
        .traits = ret_world->traits,
        .present = present,
        .present_count = process.count,
        .host_rpath = process.count > 0 ? rpath_of(&process.objects[0].dynamic) : NULL,
        .host_path = executable_path(arena),
    };
    ret_world->knows_libraries = true;
    pm_resolve(&root, arena, &ret_world->objects, &ret_world->object_count);
}

/* The objects that the host's file brings with it, itself the first. */
static size_t list_present(const struct pm_module *host, const char *host_path, struct pm_arena *arena,
                           struct pm_present **ret_present)
{
    struct pm_object *objects;
    size_t count, used = 0;
    const struct pm_root root = {
        .path = host_path, .dynamic = &host->dynamic, .traits = host->traits, .host_path = host_path};
    pm_resolve(&root, arena, &objects, &count);
    struct pm_present *present = pm_arena_new(arena, (count + 1) * sizeof(*present));
    *ret_present = present;
    if (present == NULL)
        return 0;
    present[used++] = (struct pm_present){host_path, host->build_id, &host->dynamic, false};
    for (size_t i = 0; i < count; i++)
        if (objects[i].path != NULL && !objects[i].has_problem)
            present[used++] = (struct pm_present){objects[i].path, objects[i].build_id, &objects[i].dynamic, false};
    return used;
}

void pm_world_from_files(const struct pm_module *host, const char *host_path, const struct pm_module *plugin,
                         const char *plugin_path, struct pm_world *ret_world)
{
    const struct pm_traits here = pm_process_traits();
    struct pm_present *present = NULL;
    *ret_world = (struct pm_world){.traits = host != NULL ? host->traits : here};
    if (host != NULL) {
        ret_world->host = &host->facts;
        ret_world->host_build_id = host->build_id;
    }
    /* The libraries of another machine lie elsewhere; this one's would be the wrong answer. */
    if (!plugin->has_notes || !is_same_machine(&plugin->traits, &ret_world->traits) ||
        !is_same_machine(&plugin->traits, &here))
        return;
    struct pm_root root = {.path = plugin_path, .dynamic = &plugin->dynamic, .traits = plugin->traits};
    if (host != NULL) {
        root.present_count = list_present(host, host_path, &ret_world->arena, &present);
        root.present = present;
        root.host_rpath = rpath_of(&host->dynamic);
        root.host_path = host_path;
    }
    ret_world->knows_libraries = true;
    if (!ret_world->arena.failed)
        pm_resolve(&root, &ret_world->arena, &ret_world->objects, &ret_world->object_count);
}

void pm_world_free(struct pm_world *world)
{
    pm_arena_free(&world->arena);
}
