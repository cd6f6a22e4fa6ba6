/* SPDX-License-Identifier: MIT */
#include "candidates.h"

#include "folder.h"
#include "module.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Twice as much room, if there is none left. */
static bool make_room(struct candidates *candidates)
{
    struct pm_arena *arena = &candidates->arena;
    size_t room = candidates->room > 0 ? 2 * candidates->room : 16, count = candidates->count;
    if (count < candidates->room)
        return true;
    struct pm_candidate *items = pm_arena_new(arena, room * sizeof(*items));
    const char **real_paths = pm_arena_new(arena, room * sizeof(*real_paths));
    struct pm_module **modules = pm_arena_new(arena, room * sizeof(*modules));
    if (items == NULL || real_paths == NULL || modules == NULL)
        return false;
    if (count > 0) {
        memcpy(items, candidates->items, count * sizeof(*items));
        memcpy(real_paths, candidates->real_paths, count * sizeof(*real_paths));
        memcpy(modules, candidates->modules, count * sizeof(*modules));
    }
    candidates->items = items;
    candidates->real_paths = real_paths;
    candidates->modules = modules;
    candidates->room = room;
    return true;
}

/* In the arena; NULL: there is none. */
static const char *real_path_of(struct candidates *candidates, const char *path)
{
    char *real_path = realpath(path, NULL);
    candidates->arena.failed |= real_path == NULL && errno == ENOMEM;
    const char *copy = real_path != NULL ? pm_arena_copy(&candidates->arena, real_path) : NULL;
    free(real_path);
    return copy;
}

static void add(struct candidates *candidates, const struct pm_candidate *candidate, const char *real_path,
                struct pm_module *module)
{
    if (!make_room(candidates))
        return;
    candidates->items[candidates->count] = *candidate;
    candidates->real_paths[candidates->count] = real_path;
    candidates->modules[candidates->count] = module;
    if (real_path != NULL)
        pm_table_add(&candidates->files, &candidates->arena, real_path, candidates->count);
    candidates->count++;
}

const char *candidates_add_open(struct candidates *candidates, const struct pm_module *module, const char *path)
{
    const char *real_path = real_path_of(candidates, path);
    add(candidates, &(struct pm_candidate){.facts = &module->facts, .path = path, .is_open = true}, real_path, NULL);
    return real_path;
}

static bool lacked_memory(const struct pm_module *module)
{
    for (size_t i = 0; i < module->problem_count; i++)
        if (module->problems[i].code == PM_OUT_OF_MEMORY)
            return true;
    return false;
}

/* Whether the module was taken, and is owned by the candidates. */
static bool add_module(struct candidates *candidates, struct pm_module *module, const char *path)
{
    size_t ignored;
    const char *real_path = real_path_of(candidates, path);
    candidates->arena.failed |= lacked_memory(module);
    if (module->problem_count > 0 || module->facts.role != PM_ROLE_PLUGIN || candidates->arena.failed ||
        (real_path != NULL && pm_table_find(&candidates->files, real_path, &ignored)) ||
        pm_table_find(&candidates->names, module->facts.name, &ignored))
        return false;
    pm_table_add(&candidates->names, &candidates->arena, module->facts.name, candidates->count);
    size_t before = candidates->count;
    add(candidates, &(struct pm_candidate){.facts = &module->facts, .path = path}, real_path, module);
    return candidates->count > before;
}

int candidates_add_folder(struct candidates *candidates, const char *path, struct pm_problem *ret_problem)
{
    char **paths;
    size_t count = 0;
    int result = folder_list(path, &candidates->arena, &paths, &count, ret_problem);
    if (result > 0)
        return pm_problem_set(ret_problem, PM_FILE_ABSENT, "there is no such folder", NULL);
    if (result < 0)
        return ret_problem->code == PM_FOLDER_EMPTY ? 0 : -1;
    for (size_t i = 0; i < count; i++) {
        struct pm_module *module = pm_arena_new(&candidates->arena, sizeof(*module));
        if (module == NULL)
            return 0;
        pm_module_read_path(paths[i], module);
        if (!add_module(candidates, module, paths[i]))
            pm_module_free(module);
    }
    return 0;
}

void candidates_put(const struct candidates *candidates, const char *real_path, struct pm_world *world)
{
    struct pm_candidate *items = pm_arena_new(&world->arena, (candidates->count + 1) * sizeof(*items));
    if (items == NULL)
        return;
    world->candidates = items;
    for (size_t i = 0; i < candidates->count; i++)
        if (candidates->real_paths[i] == NULL || strcmp(candidates->real_paths[i], real_path) != 0)
            items[world->candidate_count++] = candidates->items[i];
}

void candidates_free(struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++)
        if (candidates->modules[i] != NULL)
            pm_module_free(candidates->modules[i]);
    pm_arena_free(&candidates->arena);
}
