/* SPDX-License-Identifier: MIT */
#include "fingerprint.h"

#include "abi.h"
#include "canon.h"
#include "dwarf.h"
#include "file.h"
#include "message.h"
#include "module.h"

#include <stdlib.h>
#include <string.h>

/* As much as readers take of one file's notes (image.c), less what the other records need. */
enum { MAX_TEXTS_SIZE = 3 << 20 };

struct making {
    struct type_graph graph;
    bool notes;
    bool wants_all;     /* differences, however many */
    struct names names; /* interfaces that get a fingerprint; grows while they are written */
    struct pm_abi *abis;
    size_t count, size;
};

static int add_name(struct making *making, const char *name)
{
    for (size_t i = 0; i < making->names.count; i++)
        if (strcmp(making->names.items[i], name) == 0)
            return 0;
    const char **added = array_append(&making->names.items, making->names.count, sizeof(*added));
    if (added == NULL)
        return -1;
    *added = name;
    making->names.count++;
    return 0;
}

/* What differs between two texts, a line each. */
static int tell_difference(const char *from, const char *to, bool wants_all)
{
    struct pm_arena arena = {0};
    struct pm_problem problem;
    const struct pm_abi_tree *from_tree, *to_tree;
    struct pm_abi_difference difference = {0};
    if (pm_abi_parse(from, &arena, &from_tree, &problem) < 0 || pm_abi_parse(to, &arena, &to_tree, &problem) < 0)
        message_error("    %s", problem.detail);
    else
        pm_abi_compare(from_tree, to_tree, &arena, &difference);
    if (!arena.failed)
        message_changes(difference.lines, difference.line_count, wants_all);
    bool has_failed = arena.failed;
    pm_arena_free(&arena);
    return has_failed ? message_out_of_memory() : -1;
}

static int tell_two_definitions(const struct type_interface *interface, const struct canon_text *text, bool wants_all)
{
    message_error("interface %s %u.%u: one definition in %s, another in %s:", interface->name, interface->major,
                  interface->minor, text->where, text->other_where);
    tell_difference(text->text, text->other_text, wants_all);
    return message_error("compile both against the same header, with the same options");
}

/* -1: told. */
static int write_text(struct making *making, const struct type_interface *interface, struct pm_arena *arena,
                      struct canon_text *ret_text)
{
    const char *problem = "";
    switch (canon_write(&making->graph, interface->name, interface->major, interface->minor, making->notes, arena,
                        ret_text, &problem)) {
    case CANON_DONE:
        return 0;
    case CANON_DIFFERS:
        return tell_two_definitions(interface, ret_text, making->wants_all);
    case CANON_NOT_REPRESENTABLE:
        return message_error("%s: %s", ret_text->where, problem);
    case CANON_OUT_OF_MEMORY:
        return message_out_of_memory();
    case CANON_ABSENT:
        break;
    }
    return message_error("interface %s %u.%u: it is nowhere declared", interface->name, interface->major,
                         interface->minor);
}

static bool is_made(const struct making *making, const struct type_interface *interface)
{
    for (size_t i = 0; i < making->count; i++)
        if (strcmp(making->abis[i].interface_name, interface->name) == 0 &&
            making->abis[i].version.major == interface->major && making->abis[i].version.minor == interface->minor)
            return true;
    return false;
}

static int make_one(struct making *making, const struct type_interface *interface, struct pm_arena *arena)
{
    struct canon_text text;
    if (write_text(making, interface, arena, &text) < 0)
        return -1;
    making->size += text.size;
    if (making->size > MAX_TEXTS_SIZE)
        return message_error("interface %s: its fingerprint makes the notes larger than %d MiB: split the interface",
                             interface->name, MAX_TEXTS_SIZE >> 20);
    struct pm_abi *added = array_append(&making->abis, making->count, sizeof(*added));
    if (added == NULL)
        return -1;
    *added = (struct pm_abi){.interface_name = interface->name,
                             .id = pm_arena_copy(arena, text.id),
                             .text = text.text,
                             .version = {interface->major, interface->minor}};
    making->count++;
    for (size_t i = 0; i < text.boundary_count; i++)
        if (add_name(making, text.boundaries[i]) < 0)
            return -1;
    return 0;
}

/* Every version that some unit declares. */
static int make_all_of(struct making *making, const char *name, struct pm_arena *arena)
{
    bool is_declared = false;
    for (size_t i = 0; i < making->graph.interface_count; i++) {
        const struct type_interface *interface = &making->graph.interfaces[i];
        if (strcmp(interface->name, name) != 0)
            continue;
        is_declared = true;
        if (!is_made(making, interface) && make_one(making, interface, arena) < 0)
            return -1;
    }
    if (!is_declared)
        return message_error("interface %s: it is not in the debug information: compile with -g what declares it",
                             name);
    return 0;
}

/* By name and version, so that the order of the objects does not matter. */
static int compare_abis(const void *a, const void *b)
{
    const struct pm_abi *first = a, *second = b;
    int order = strcmp(first->interface_name, second->interface_name);
    return order != 0 ? order : pm_version_compare(first->version, second->version);
}

static int make_all(struct making *making, const struct names *guards, struct pm_facts *facts)
{
    for (size_t i = 0; i < guards->count; i++)
        if (add_name(making, guards->items[i]) < 0)
            return -1;
    for (size_t i = 0; i < making->names.count; i++)
        if (make_all_of(making, making->names.items[i], &facts->arena) < 0)
            return -1;
    facts->abis = pm_arena_new(&facts->arena, (making->count + 1) * sizeof(*facts->abis));
    if (facts->arena.failed)
        return message_out_of_memory();
    for (size_t i = 0; i < making->count; i++) {
        facts->abis[i] = making->abis[i];
        facts->abis[i].interface_name = pm_arena_copy(&facts->arena, making->abis[i].interface_name);
    }
    facts->abi_count = making->count;
    qsort(facts->abis, facts->abi_count, sizeof(*facts->abis), compare_abis);
    return facts->arena.failed ? message_out_of_memory() : 0;
}

static void making_free(struct making *making)
{
    free(making->names.items);
    free(making->abis);
    pm_arena_free(&making->graph.arena);
}

int fingerprints_make(const struct input *input, const struct declarations *declarations, bool notes, bool wants_all,
                      struct pm_facts *facts)
{
    struct making making = {.notes = notes, .wants_all = wants_all};
    int status = 0;
    for (size_t i = 0; i < input->object_count && status == 0; i++)
        status = dwarf_read(&input->objects[i], declarations->has_interface[i], &making.graph);
    if (status == 0)
        status = make_all(&making, &declarations->guards, facts);
    making_free(&making);
    return status;
}

/* ---- verify ---- */

static int verify_one(struct making *making, const char *path, const struct pm_abi *abi, struct pm_arena *arena)
{
    const struct type_interface interface = {
        .name = abi->interface_name, .major = abi->version.major, .minor = abi->version.minor, .where = path};
    struct canon_text text;
    if (write_text(making, &interface, arena, &text) < 0)
        return -1;
    if (strcmp(text.text, abi->text) != 0) {
        message_error("%s: interface %s %u.%u: the note says one thing, the debug information another:", path,
                      abi->interface_name, abi->version.major, abi->version.minor);
        tell_difference(abi->text, text.text, making->wants_all);
        return message_error("a stale output of plugpin was linked: make it anew from these objects");
    }
    if (abi->id == NULL || strcmp(text.id, abi->id) != 0)
        return message_error("%s: interface %s %u.%u: the id in the note is not that of its text", path,
                             abi->interface_name, abi->version.major, abi->version.minor);
    return 0;
}

static int check_coverage(const char *path, const struct pm_facts *facts, const char *name, struct pm_version version)
{
    if (pm_facts_abi(facts, name, version) != NULL)
        return 0;
    return message_error("%s: interface %s %u.%u: it has no fingerprint: link the output of plugpin", path, name,
                         version.major, version.minor);
}

static int verify_all(struct making *making, const char *path, const struct pm_facts *facts)
{
    struct pm_arena arena = {0};
    int status = 0;
    for (size_t i = 0; i < facts->provide_count; i++)
        status |= check_coverage(path, facts, facts->provides[i].interface_name, facts->provides[i].version);
    for (size_t i = 0; i < facts->require_count; i++)
        status |= check_coverage(path, facts, facts->requires_[i].interface_name, facts->requires_[i].version);
    if (facts->state != NULL && facts->state->interface_name != NULL)
        status |= check_coverage(path, facts, facts->state->interface_name, facts->state->version);
    for (size_t i = 0; i < facts->abi_count; i++)
        status |= verify_one(making, path, &facts->abis[i], &arena);
    pm_arena_free(&arena);
    return status;
}

int fingerprints_verify(const char *path, bool wants_all)
{
    const size_t limit = (size_t)1 << 30;
    struct making making = {.wants_all = wants_all};
    struct pm_problem problem;
    struct pm_module module;
    uint8_t *bytes;
    size_t size;
    int status;
    pm_module_read_path(path, &module);
    if (module.problem_count > 0)
        status = message_error("%s: %s", path, module.problems[0].detail);
    else if (module.facts.role == PM_ROLE_NONE)
        status = message_error("%s: it has no PlugMgr notes: name a linked plugin or host", path);
    else if (pm_file_read_whole(path, limit, &bytes, &size, &problem) < 0)
        status = message_error("%s: %s", path, problem.detail);
    else {
        const struct input_object object = {.name = path, .bytes = bytes, .size = size, .is_linked = true};
        status = dwarf_read(&object, true, &making.graph);
        if (status == 0)
            status = verify_all(&making, path, &module.facts);
        free(bytes);
    }
    making_free(&making);
    pm_module_free(&module);
    return status;
}
