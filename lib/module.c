/* SPDX-License-Identifier: MIT */
#include "module.h"

#include "image.h"

static void add_problem(struct pm_module *module, const struct pm_problem *problem)
{
    if (module->problem_count < sizeof(module->problems) / sizeof(module->problems[0]))
        module->problems[module->problem_count++] = *problem;
}

static void read_notes(struct pm_module *module, struct pm_image *image)
{
    struct pm_problem problem;
    int result = pm_image_read_notes(image, &module->facts, &module->build_id, &problem);
    module->has_notes = module->facts.record_count > 0;
    if (result == 0) {
        result = pm_image_has_unmapped_note(image, &problem);
        module->has_unmapped_note = result > 0;
    }
    if (result < 0 || (module->has_notes && pm_facts_finish(&module->facts, &problem) < 0))
        add_problem(module, &problem);
}

static int read_provided(struct pm_module *module, struct pm_image *image, struct pm_problem *ret_problem)
{
    const struct pm_facts *facts = &module->facts;
    module->provided = pm_arena_new(&module->arena, facts->provide_count * sizeof(*module->provided));
    for (size_t i = 0; module->provided != NULL && i < facts->provide_count; i++)
        if (facts->provides[i].symbol != NULL &&
            pm_image_find_symbol(image, facts->provides[i].symbol, &module->provided[i], ret_problem) < 0)
            return -1;
    return 0;
}

/* What the dynamic linker binds is none of the module's own. */
static int read_slots(struct pm_module *module, struct pm_image *image, struct pm_problem *ret_problem)
{
    const struct pm_facts *facts = &module->facts;
    module->slots = pm_arena_new(&module->arena, facts->require_count * sizeof(*module->slots));
    for (size_t i = 0; module->slots != NULL && i < facts->require_count; i++)
        if (facts->requires_[i].symbol != NULL && !facts->requires_[i].linker_bound &&
            pm_image_find_symbol(image, facts->requires_[i].symbol, &module->slots[i], ret_problem) < 0)
            return -1;
    return 0;
}

static void read_symbols(struct pm_module *module, struct pm_image *image)
{
    const struct pm_facts *facts = &module->facts;
    struct pm_problem problem;
    if (facts->role == PM_ROLE_PLUGIN &&
        pm_view_read_references(pm_image_view(image), &module->arena, &module->references, &problem) < 0) {
        add_problem(module, &problem);
        return;
    }
    if (read_provided(module, image, &problem) < 0 || read_slots(module, image, &problem) < 0)
        add_problem(module, &problem);
}

void pm_module_read(const struct pm_file *file, const char *path, struct pm_module *ret_module)
{
    struct pm_problem problem;
    struct pm_image *image;
    *ret_module = (struct pm_module){.path = path, .file = file};
    if (pm_image_open(file, &image, &problem) < 0) {
        add_problem(ret_module, &problem);
        return;
    }
    ret_module->image = image;
    ret_module->has_traits = true;
    ret_module->traits = *pm_image_traits(image);
    ret_module->wants_executable_stack = pm_image_wants_executable_stack(image);
    ret_module->has_writable_code = pm_image_has_writable_code(image);
    read_notes(ret_module, image);
    /* Of a file without notes nothing more is asked: it is no module. */
    if (ret_module->has_notes && pm_image_read_dynamic(image, &ret_module->arena, &ret_module->dynamic, &problem) < 0)
        add_problem(ret_module, &problem);
    else if (ret_module->problem_count == 0)
        read_symbols(ret_module, image);
    if (ret_module->problem_count == 0 && pm_image_lacks_code(image)) {
        int result = pm_image_is_debug_only(image, &problem);
        ret_module->is_debug_only = result > 0;
        if (result < 0)
            add_problem(ret_module, &problem);
    }
    if (ret_module->arena.failed || ret_module->facts.arena.failed) {
        pm_problem_set(&problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
        add_problem(ret_module, &problem);
    }
}

void pm_module_read_path(const char *path, struct pm_module *ret_module)
{
    struct pm_file file;
    struct pm_problem problem;
    if (pm_file_open(path, &file, &problem) < 0) {
        *ret_module = (struct pm_module){.path = path};
        add_problem(ret_module, &problem);
        return;
    }
    pm_module_read(&file, path, ret_module);
    pm_module_leave_file(ret_module);
    pm_file_close(&file);
}

void pm_module_leave_file(struct pm_module *module)
{
    pm_image_close(module->image);
    module->image = NULL;
    module->file = NULL;
}

void pm_module_free(struct pm_module *module)
{
    pm_image_close(module->image);
    pm_facts_free(&module->facts);
    pm_arena_free(&module->arena);
}
