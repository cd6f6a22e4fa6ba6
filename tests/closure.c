/* SPDX-License-Identifier: MIT */
/* closure: prints what pm_resolve makes of files, for tests/run-resolve.sh.
 *
 *     closure FILE...             for each: "FILE", then a line for each library: "PATH", "NAME not found" or
 *                                 "NAME unreadable"; then an empty line
 *     closure --sources FILE      the same of one, each line with how it was found: path, or search
 *     closure --process FILE      the same, as this process would load it, which has unset LD_LIBRARY_PATH since it began,
 *                                 or set it to LATER of the environment
 *     closure --interpreter       the dynamic linker of this very program
 *
 * A file that is none for this machine, or is static, is passed over. CACHE in the environment: another ld.so.cache. */
#include "image.h"
#include "module.h"
#include "process.h"
#include "resolve.h"
#include "world.h"

#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_interpreter(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    (void)data;
    for (size_t i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_INTERP)
            puts((const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr));
    return 1; /* the executable is the first */
}

/* false: there is nothing to resolve. */
static bool read_file(const char *path, struct pm_arena *arena, struct pm_traits *ret_traits,
                      struct pm_dynamic *ret_dynamic)
{
    const struct pm_traits here = pm_process_traits();
    struct pm_file file;
    struct pm_image *image;
    struct pm_problem problem;
    if (pm_file_open(path, &file, &problem) < 0)
        return false;
    bool has_dynamic = false;
    if (pm_image_open(&file, &image, &problem) == 0) {
        *ret_traits = *pm_image_traits(image);
        has_dynamic = ret_traits->machine == here.machine && ret_traits->elf_class == here.elf_class &&
                      ret_traits->byte_order == here.byte_order &&
                      (ret_traits->type == ET_DYN || ret_traits->type == ET_EXEC) &&
                      pm_image_read_dynamic(image, arena, ret_dynamic, &problem) > 0;
        pm_image_close(image);
    }
    pm_file_close(&file);
    return has_dynamic;
}

static void print_objects(const char *path, const struct pm_object *objects, size_t count, bool with_sources)
{
    puts(path);
    for (size_t i = 0; i < count; i++) {
        const struct pm_object *object = &objects[i];
        if (with_sources)
            fputs(object->is_from_path ? "path " : "search ", stdout);
        if (object->path != NULL && !object->has_problem)
            puts(object->path);
        else
            printf("%s %s\n", object->name, object->has_problem ? "unreadable" : "not found");
    }
    puts("");
}

static void print_closure(const char *path, bool with_sources)
{
    struct pm_arena arena = {0};
    struct pm_traits traits;
    struct pm_dynamic dynamic;
    struct pm_closure closure;
    if (read_file(path, &arena, &traits, &dynamic)) {
        const struct pm_root root = {.path = path,
                                     .dynamic = &dynamic,
                                     .traits = traits,
                                     .is_for_this_processor = true,
                                     .host_path = path,
                                     .cache_path = getenv("CACHE")};
        pm_resolve(&root, &arena, &closure);
        print_objects(path, closure.objects, closure.count, with_sources);
    }
    pm_arena_free(&arena);
}

static void print_in_process(const char *path)
{
    const struct pm_facts host = {.role = PM_ROLE_HOST};
    const struct pm_build_id none = {0};
    struct pm_module plugin = {.path = path, .has_traits = true, .has_notes = true};
    struct pm_world world;
    if (read_file(path, &plugin.arena, &plugin.traits, &plugin.dynamic)) {
        const char *later = getenv("LATER");
        unsetenv("LD_LIBRARY_PATH");
        if (later != NULL)
            setenv("LD_LIBRARY_PATH", later, 1);
        pm_world_from_process(&host, &none, &plugin, path, &world);
        print_objects(path, world.objects, world.object_count, false);
        pm_world_free(&world);
    }
    pm_module_free(&plugin);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--interpreter") == 0) {
        dl_iterate_phdr(print_interpreter, NULL);
        return EXIT_SUCCESS;
    }
    if (argc == 3 && strcmp(argv[1], "--process") == 0) {
        print_in_process(argv[2]);
        return EXIT_SUCCESS;
    }
    bool with_sources = argc == 3 && strcmp(argv[1], "--sources") == 0;
    for (int i = with_sources ? 2 : 1; i < argc; i++)
        print_closure(argv[i], with_sources);
    return EXIT_SUCCESS;
}
