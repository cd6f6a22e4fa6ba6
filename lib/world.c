/* SPDX-License-Identifier: MIT */
#include "world.h"

#include "image.h"
#include "resolve.h"
#include "scope.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_OF_PROCESS = 16 }; /* that are open at once, for the descriptors are the host's */

static bool is_same_machine(const struct pm_traits *a, const struct pm_traits *b)
{
    return a->elf_class == b->elf_class && a->byte_order == b->byte_order && a->machine == b->machine;
}

/* glibc ignores the RPATH of an object with a RUNPATH. */
static const char *rpath_of(const struct pm_dynamic *dynamic)
{
    return dynamic->runpath == NULL ? dynamic->rpath : NULL;
}

/* Which package the object's file is from, for people; else what the file is called behind its links, where that says
 * more. NULL: neither, or another file is there now. */
static const char *package_of(const struct pm_root *root, const struct pm_object *object, struct pm_arena *arena)
{
    struct pm_book *book;
    struct pm_problem ignored;
    struct pm_build_id build_id = {0};
    const char *package = NULL, *slash = strrchr(object->path, '/');
    char name[256];
    if (pm_shelf_take(root->shelf, root->tree, object->path, &book, &ignored) < 0)
        return NULL;
    struct pm_image *image = pm_book_image(book, &ignored);
    if (image != NULL)
        pm_image_read_notes(image, NULL, &build_id, &ignored);
    if (image != NULL && pm_build_id_equal(&build_id, &object->build_id)) {
        package = pm_image_read_package(image, arena);
        if (package == NULL && pm_file_name(&book->file, name, sizeof(name)) && slash != NULL &&
            strcmp(name, slash + 1) != 0)
            package = pm_arena_copy(arena, name);
    }
    pm_shelf_put(root->shelf, book);
    return package;
}

/* For the pins that are not met, and for them alone: files may have to be opened. */
static void name_packages(const struct pm_root *root, const struct pm_facts *facts, struct pm_world *world)
{
    for (size_t i = 0; i < facts->pin_count; i++) {
        const struct pm_pin *pin = &facts->pins[i];
        for (size_t k = 0; pin->build_id_count > 0 && k < world->object_count; k++) {
            struct pm_object *object = &world->objects[k];
            const char *soname = object->dynamic.soname;
            if (object->path == NULL || object->has_problem || object->is_package_asked ||
                pm_pin_is_met(pin, &object->build_id) ||
                (strcmp(object->name, pin->object) != 0 && (soname == NULL || strcmp(soname, pin->object) != 0)))
                continue;
            object->is_package_asked = true;
            object->package = package_of(root, object, &world->arena);
        }
    }
}

/* The closure of the plugin, into the world. */
static void resolve(const struct pm_root *root, const struct pm_facts *facts, struct pm_world *world)
{
    struct pm_closure closure;
    pm_resolve(root, &world->arena, &closure);
    world->knows_libraries = true;
    world->objects = closure.objects;
    world->object_count = closure.count;
    world->cache_problem = closure.cache_problem;
    world->lacks_cache = closure.lacks_cache;
    world->present = root->present;
    world->present_count = root->present_count;
    if (!world->arena.failed)
        name_packages(root, facts, world);
}

void pm_world_from_process(const struct pm_facts *host, const struct pm_build_id *host_build_id,
                           const struct pm_module *plugin, const char *plugin_path, struct pm_world *ret_world)
{
    struct pm_shelf shelf = {.limit = FILES_OF_PROCESS};
    struct pm_process process;
    struct pm_arena *arena = &ret_world->arena;
    *ret_world = (struct pm_world){.host = host, .host_build_id = *host_build_id, .traits = pm_process_traits()};
    if (!plugin->has_notes || !is_same_machine(&plugin->traits, &ret_world->traits))
        return;
    if (pm_process_read(&process) < 0) {
        arena->failed = true;
        pm_process_free(&process);
        return;
    }
    ret_world->process_list = pm_process_hold(&process);
    const struct pm_root root = {
        .path = plugin_path,
        .dynamic = &plugin->dynamic,
        .traits = ret_world->traits,
        .is_for_this_processor = true,
        .present = process.present,
        .present_count = process.count,
        .host_rpath = process.count > 0 ? rpath_of(&process.objects[0]->dynamic) : NULL,
        .is_process = true,
        .shelf = &shelf,
        .device = plugin->file != NULL ? plugin->file->identity.device : 0,
        .inode = plugin->file != NULL ? plugin->file->identity.inode : 0,
    };
    resolve(&root, &plugin->facts, ret_world);
    if (!arena->failed)
        pm_scope_link_process(ret_world, &root, &process, plugin, plugin_path);
    pm_shelf_free(&shelf);
    pm_process_free(&process);
}

/* The path as processes see it whose root is the tree; of a file outside of it as it is. */
static const char *path_inside(const struct pm_tree *tree, const char *path)
{
    size_t length = tree != NULL ? strlen(tree->path) : 0;
    if (length > 1 && path != NULL && strncmp(path, tree->path, length) == 0 && path[length] == '/')
        return path + length;
    return path;
}

/* What is there before the plugin comes. */
struct presence {
    const struct pm_files *files;
    struct pm_arena *arena;
    struct pm_present *all;
    size_t count, capacity;
};

static void add_present(struct presence *presence, const struct pm_present *present)
{
    if (presence->count == presence->capacity) {
        size_t capacity = presence->capacity > 0 ? 2 * presence->capacity : 16;
        struct pm_present *all = pm_arena_new(presence->arena, capacity * sizeof(*all));
        if (all == NULL)
            return;
        if (presence->count > 0)
            memcpy(all, presence->all, presence->count * sizeof(*all));
        presence->all = all;
        presence->capacity = capacity;
    }
    presence->all[presence->count++] = *present;
}

/* What a file is resolved in, where so much is present already. */
static struct pm_root root_of(const struct presence *presence, const struct pm_module *module, const char *path)
{
    const struct pm_files *files = presence->files;
    const struct pm_traits here = pm_process_traits();
    return (struct pm_root){
        .path = path_inside(files->tree, path),
        .dynamic = &module->dynamic,
        .traits = module->traits,
        .tree = files->tree,
        .shelf = files->shelf,
        .is_for_this_processor = is_same_machine(&module->traits, &here),
        .host_path = path_inside(files->tree, files->host_path),
        .host_rpath = files->host != NULL && files->host != module ? rpath_of(&files->host->dynamic) : NULL,
        .present = presence->all,
        .present_count = presence->count,
    };
}

/* The file itself, and what it brings with it. */
static void bring(struct presence *presence, const struct pm_module *module, const char *path)
{
    const struct pm_root root = root_of(presence, module, path);
    struct pm_closure closure;
    pm_resolve(&root, presence->arena, &closure);
    add_present(presence, &(struct pm_present){root.path, module->build_id, &module->dynamic, false});
    for (size_t i = 0; i < closure.count; i++) {
        const struct pm_object *object = &closure.objects[i];
        if (object->path != NULL && !object->has_problem && !object->is_present)
            add_present(presence, &(struct pm_present){object->path, object->build_id, &object->dynamic, false});
    }
}

static bool is_program(const struct pm_module *host)
{
    return host != NULL && (host->traits.type == ET_EXEC || host->dynamic.is_program);
}

void pm_world_from_files(const struct pm_files *files, const struct pm_module *plugin, const char *plugin_path,
                         struct pm_world *ret_world)
{
    const struct pm_module *host = files->host;
    const struct pm_traits here = pm_process_traits();
    struct presence presence = {.files = files, .arena = &ret_world->arena};
    *ret_world = (struct pm_world){.tree = files->tree, .traits = files->tree != NULL ? plugin->traits : here};
    if (host != NULL) {
        ret_world->traits = host->traits;
        ret_world->host = &host->facts;
        ret_world->host_build_id = host->build_id;
    }
    /* The libraries of another machine lie elsewhere; this one's would be the wrong answer. */
    if (!plugin->has_notes || !is_same_machine(&plugin->traits, &ret_world->traits) ||
        (files->tree == NULL && !is_same_machine(&plugin->traits, &here)))
        return;
    if (host != NULL)
        bring(&presence, host, files->host_path);
    const size_t host_count = presence.count;
    for (size_t i = 0; i < files->beside_count; i++)
        if (is_same_machine(&files->besides[i].module->traits, &ret_world->traits) &&
            strcmp(files->besides[i].path, plugin_path) != 0)
            bring(&presence, files->besides[i].module, files->besides[i].path);
    if (ret_world->arena.failed)
        return;
    const struct pm_root root = root_of(&presence, plugin, plugin_path);
    const struct pm_scope_host scope_host = {files->host_path, host_count, is_program(host)};
    resolve(&root, &plugin->facts, ret_world);
    if (!ret_world->arena.failed)
        pm_scope_link_files(ret_world, &root, &scope_host, plugin, plugin_path);
}

void pm_world_free(struct pm_world *world)
{
    pm_arena_free(&world->arena);
    pm_process_release(world->process_list);
}
