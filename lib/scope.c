/* SPDX-License-Identifier: MIT */
#include "scope.h"

#include "image.h"
#include "linkage.h"

#include <string.h>

enum { BYTES_OF_EFFORT = 64 }; /* bytes read of a file that take as long as a lookup */

struct scope {
    struct pm_linker linker;
    struct pm_world *world;
    struct pm_shelf *shelf;           /* from which libraries are taken */
    const struct pm_process *process; /* NULL: there are files only */
    const struct pm_present *present; /* of the process, by the same index; or of the host's file */
    size_t present_count;
    const char *host_path; /* of the host's file, which is not in the world's tree; NULL: present[0] is as the others */
    bool *is_host;         /* for each of present: the host's own, not loaded by other means */
};

/* ---- one object ---- */

/* Whether its tables can be read; false: *ret_problem. */
static bool read_tables(struct pm_image *image, struct pm_problem *ret_problem)
{
    struct pm_arena scratch = {0};
    struct pm_dynamic ignored;
    int result = pm_image_read_dynamic(image, &scratch, &ignored, ret_problem);
    if (scratch.failed)
        result = pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
    pm_arena_free(&scratch);
    return result >= 0;
}

/* A file whose tables are read. */
struct reading {
    struct pm_book *book;
    struct pm_image *image;
};

static void end_reading(struct scope *scope, const struct reading *reading)
{
    pm_linker_spend(&scope->linker, pm_image_size_read(reading->image) / BYTES_OF_EFFORT);
    pm_shelf_put(scope->shelf, reading->book);
}

/* false: that is noted. */
static bool begin_reading(struct scope *scope, const struct pm_tree *tree, const char *path, const char *shown_path,
                          struct reading *ret_reading)
{
    struct pm_problem problem;
    struct pm_book *book = NULL;
    struct pm_image *image = NULL;
    if (pm_shelf_take(scope->shelf, tree, path, &book, &problem) == 0)
        image = pm_book_image(book, &problem);
    if (image != NULL && read_tables(image, &problem)) {
        *ret_reading = (struct reading){book, image};
        return true;
    }
    pm_shelf_put(scope->shelf, book);
    pm_linker_miss(&scope->linker, shown_path, &problem);
    return false;
}

static void meet_file(struct scope *scope, const struct pm_provider *provider, const struct pm_file *file)
{
    struct pm_problem problem;
    struct pm_image *image = NULL;
    if (pm_image_open(file, &image, &problem) < 0 || !read_tables(image, &problem)) {
        pm_image_close(image);
        pm_linker_miss(&scope->linker, provider->path, &problem);
        return;
    }
    pm_linker_meet(&scope->linker, provider, pm_image_view(image));
    pm_linker_spend(&scope->linker, pm_image_size_read(image) / BYTES_OF_EFFORT);
    pm_image_close(image);
}

static void meet_path(struct scope *scope, const struct pm_provider *provider, const struct pm_tree *tree,
                      const char *path)
{
    struct reading reading;
    if (!pm_linker_needs(&scope->linker, provider) || !begin_reading(scope, tree, path, provider->path, &reading))
        return;
    pm_linker_meet(&scope->linker, provider, pm_image_view(reading.image));
    end_reading(scope, &reading);
}

struct meeting {
    struct pm_linker *linker;
    const struct pm_provider *provider;
};

static void meet_view(void *data, struct pm_view *view)
{
    const struct meeting *meeting = data;
    pm_linker_meet(meeting->linker, meeting->provider, view);
}

/* What was unloaded meanwhile has nothing to give. */
static void meet_present(struct scope *scope, size_t index, const char *name, bool is_host)
{
    const struct pm_present *present = &scope->present[index];
    const struct pm_provider provider = {present->name, name, present->dynamic->soname, is_host};
    if (scope->process == NULL) {
        bool is_host_file = index == 0 && scope->host_path != NULL;
        meet_path(scope, &provider, is_host_file ? NULL : scope->world->tree,
                  is_host_file ? scope->host_path : present->name);
        return;
    }
    if (!pm_linker_needs(&scope->linker, &provider))
        return;
    const struct pm_mapped *object = scope->process->objects[index];
    struct meeting meeting = {&scope->linker, &provider};
    pm_process_visit(object->base, object->name, meet_view, &meeting);
}

/* ---- the closure ---- */

/* Which of present it is, + 1; 0: none. */
static size_t find_present(const struct scope *scope, const struct pm_object *object)
{
    const char *soname = object->dynamic.soname;
    for (size_t i = 0; object->path != NULL && i < scope->present_count; i++)
        if (strcmp(scope->present[i].name, object->path) == 0)
            return i + 1;
    for (size_t i = 0; object->is_loaded && soname != NULL && i < scope->present_count; i++)
        if (scope->present[i].dynamic->soname != NULL && strcmp(scope->present[i].dynamic->soname, soname) == 0)
            return i + 1;
    return 0;
}

static bool is_readable(const struct pm_object *object)
{
    return object->path != NULL && !object->has_problem;
}

/* What cannot be used of a library is not kept. */
static void add_library(struct scope *scope, const char *path, struct pm_image *image)
{
    struct pm_arena own = {0};
    struct pm_problem problem;
    struct pm_references *references = pm_arena_new(&own, sizeof(*references));
    if (references != NULL && pm_view_read_references(pm_image_view(image), &own, references, &problem) < 0)
        pm_linker_miss(&scope->linker, path, &problem);
    else if (references != NULL && !own.failed && pm_linker_add(&scope->linker, path, references))
        pm_arena_take(scope->linker.arena, &own);
    scope->linker.arena->failed |= own.failed;
    pm_arena_free(&own);
}

/* What the libraries refer to that would be loaded with the plugin; those that are there have been linked. */
static void add_libraries(struct scope *scope)
{
    struct pm_arena *arena = &scope->world->arena;
    for (size_t i = 0; i < scope->world->object_count && !arena->failed && !scope->linker.is_exhausted; i++) {
        const struct pm_object *object = &scope->world->objects[i];
        struct reading reading;
        if (!is_readable(object) || find_present(scope, object) > 0 ||
            !begin_reading(scope, scope->world->tree, object->path, object->path, &reading))
            continue;
        add_library(scope, object->path, reading.image);
        end_reading(scope, &reading);
    }
}

static void meet_libraries(struct scope *scope)
{
    for (size_t i = 0; i < scope->world->object_count && !scope->world->arena.failed; i++) {
        const struct pm_object *object = &scope->world->objects[i];
        if (!is_readable(object))
            continue;
        size_t place = find_present(scope, object);
        if (place == 0)
            meet_path(scope, &(struct pm_provider){object->path, object->name, object->dynamic.soname, false},
                      scope->world->tree, object->path);
        else if (!scope->is_host[place - 1])
            meet_present(scope, place - 1, object->name, false);
    }
}

/* The plugin's references first: the linker takes those without a name for the plugin's. */
static void begin(struct scope *scope, struct pm_world *world, const struct pm_root *root,
                  const struct pm_module *plugin)
{
    world->linkage = (struct pm_linkage){0};
    scope->world = world;
    scope->shelf = root->shelf;
    scope->present = root->present;
    scope->present_count = root->present_count;
    scope->linker = (struct pm_linker){.arena = &world->arena, .linkage = &world->linkage};
    scope->is_host = pm_arena_new(&world->arena, (scope->present_count + 1) * sizeof(*scope->is_host));
    pm_linker_add(&scope->linker, NULL, &plugin->references);
    add_libraries(scope);
}

static void meet_plugin(struct scope *scope, const struct pm_module *plugin, const char *plugin_path)
{
    const struct pm_provider provider = {plugin_path, NULL, plugin->dynamic.soname, false};
    if (plugin->image != NULL && plugin->problem_count == 0)
        pm_linker_meet(&scope->linker, &provider, pm_image_view(plugin->image));
    else if (plugin->file != NULL)
        meet_file(scope, &provider, plugin->file);
    else
        meet_path(scope, &provider, NULL, plugin_path);
}

void pm_scope_link_files(struct pm_world *world, const struct pm_root *root, const struct pm_scope_host *host,
                         const struct pm_module *plugin, const char *plugin_path)
{
    struct scope scope = {.host_path = host->path};
    begin(&scope, world, root, plugin);
    world->linkage.has_unknown_host = !host->is_program;
    for (size_t i = 0; i < host->count && !world->arena.failed; i++) {
        scope.is_host[i] = true;
        meet_present(&scope, i, NULL, true);
    }
    meet_plugin(&scope, plugin, plugin_path);
    meet_libraries(&scope);
    pm_linker_finish(&scope.linker);
}

/* ---- the process ---- */

/* The loaded object that was needed by that name, + 1; 0: none. */
static size_t find_needed(const struct scope *scope, const char *name)
{
    for (size_t i = 0; i < scope->present_count; i++)
        if (pm_answers_to(scope->present[i].name, scope->present[i].dynamic, name))
            return i + 1;
    return 0;
}

/* The executable and what it needs, breadth first: what is in every scope. What was preloaded, or loaded with
 * RTLD_GLOBAL, is not told apart from the rest: the dynamic linker is asked for it in the end. */
static void meet_program(struct scope *scope)
{
    size_t *queue = pm_arena_new(&scope->world->arena, (scope->present_count + 1) * sizeof(*queue)), count = 0;
    if (queue == NULL || scope->present_count == 0)
        return;
    scope->is_host[0] = true;
    queue[count++] = 0;
    for (size_t at = 0; at < count; at++) {
        const struct pm_dynamic *dynamic = scope->present[queue[at]].dynamic;
        for (size_t i = 0; i < dynamic->needed_count; i++) {
            size_t place = find_needed(scope, dynamic->needed[i]);
            if (place == 0 || scope->is_host[place - 1])
                continue;
            scope->is_host[place - 1] = true;
            queue[count++] = place - 1;
        }
    }
    for (size_t at = 0; at < count && !scope->world->arena.failed; at++)
        meet_present(scope, queue[at], NULL, true);
}

void pm_scope_link_process(struct pm_world *world, const struct pm_root *root, const struct pm_process *process,
                           const struct pm_module *plugin, const char *plugin_path)
{
    struct scope scope = {.process = process};
    begin(&scope, world, root, plugin);
    if (world->arena.failed)
        return;
    meet_program(&scope);
    meet_plugin(&scope, plugin, plugin_path);
    meet_libraries(&scope);
    if (world->arena.failed)
        return;
    pm_linker_ask(&scope.linker, pm_process_has_symbol);
    pm_linker_finish(&scope.linker);
}
