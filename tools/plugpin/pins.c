/* SPDX-License-Identifier: MIT */
#include "pins.h"

#include "message.h"

#include <elf.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char host_object[] = "host";

/* ---- which ---- */

static enum rule_action decide(struct pin_options *options, const struct library *library)
{
    enum rule_action action = library->is_system ? RULE_RECORD : RULE_REQUIRE;
    for (size_t i = 0; i < options->rule_count; i++) {
        struct rule *rule = &options->rules[i];
        if (fnmatch(rule->glob, library->needed, 0) != 0)
            continue;
        rule->has_matched = true;
        action = rule->action;
    }
    return action;
}

static int check_build_id(const struct library *library, bool is_required)
{
    if (library->linked.build_id.size > 0)
        return 0;
    if (is_required)
        return message_error("%s: %s has no build-ID, so it cannot be required: link it with -Wl,--build-id, or use "
                             "--record=%s",
                             library->path, library->needed, library->needed);
    message_note("%s: %s has no build-ID: recorded without one", library->path, library->needed);
    return 0;
}

/* Whether the library is the same as one before it. 1: the same; 0: there is none of its name; -1: told. */
static int is_repeated(const struct libraries *libraries, size_t index)
{
    const struct library *library = &libraries->items[index];
    for (size_t i = 0; i < index; i++) {
        const struct library *other = &libraries->items[i];
        if (strcmp(other->needed, library->needed) != 0)
            continue;
        if (library->linked.build_id.size > 0 && pm_build_id_equal(&library->linked.build_id, &other->linked.build_id))
            return 1;
        return message_error("%s: another %s than %s: name one of them", library->path, library->needed, other->path);
    }
    return 0;
}

/* ---- pins ---- */

static void add_build_id(struct pm_pin *pin, const struct pm_build_id *id)
{
    for (size_t i = 0; i < pin->build_id_count; i++)
        if (pm_build_id_equal(&pin->build_ids[i], id))
            return;
    pin->build_ids[pin->build_id_count++] = *id;
}

static int add_pin(struct pin_options *options, struct pm_facts *facts, const char *object, bool is_required,
                   const struct linked *linked)
{
    struct pm_pin *pin = &facts->pins[facts->pin_count++];
    *pin = (struct pm_pin){.object = pm_arena_copy(&facts->arena, object), .required = is_required};
    pin->hint = pm_arena_copy(&facts->arena, linked->hint);
    pin->build_ids = pm_arena_new(&facts->arena, (options->also_count + 1) * sizeof(*pin->build_ids));
    if (pin->build_ids == NULL)
        return message_out_of_memory();
    if (linked->build_id.size > 0)
        add_build_id(pin, &linked->build_id);
    for (size_t i = 0; i < options->also_count; i++) {
        if (strcmp(options->also[i].object, object) != 0)
            continue;
        options->also[i].has_matched = true;
        add_build_id(pin, &options->also[i].build_id);
    }
    return 0;
}

/* `required libx.so.1 3b29d04e… /real/path`; a build-ID's first bytes are enough for people. */
static int print_pin(struct pin_options *options, struct pm_facts *facts, const char *real_path)
{
    enum { SHORT = 8 };
    const struct pm_pin *pin = &facts->pins[facts->pin_count - 1];
    if (!options->is_verbose)
        return 0;
    const char *id = "without-build-id";
    if (pin->build_id_count > 0) {
        size_t size = pin->build_ids[0].size < SHORT ? pin->build_ids[0].size : SHORT;
        id = pm_arena_hex(&facts->arena, pin->build_ids[0].bytes, size);
    }
    struct pm_buffer line = {0};
    pm_buffer_add(&line, pin->required ? "required " : "recorded ");
    pm_buffer_add_escaped(&line, pin->object);
    pm_buffer_add_spaces(&line, 1);
    pm_buffer_add(&line, id);
    pm_buffer_add_spaces(&line, 1);
    pm_buffer_add_escaped(&line, real_path);
    bool has_failed = line.failed || facts->arena.failed;
    if (!has_failed)
        puts(line.data);
    free(line.data);
    return has_failed ? message_out_of_memory() : 0;
}

static int pin_library(struct pin_options *options, const struct libraries *libraries, size_t index,
                       struct pm_facts *facts)
{
    const struct library *library = &libraries->items[index];
    enum rule_action action = decide(options, library);
    if (action == RULE_LEAVE_OUT)
        return 0;
    int status = is_repeated(libraries, index);
    if (status != 0)
        return status < 0 ? -1 : 0;
    if (strcmp(library->needed, host_object) == 0)
        return message_error("%s: its soname is \"host\", which means the host in a pin: use another soname, or "
                             "--no-pin=host",
                             library->path);
    bool is_required = action == RULE_REQUIRE;
    if (check_build_id(library, is_required) < 0 ||
        add_pin(options, facts, library->needed, is_required, &library->linked) < 0)
        return -1;
    return print_pin(options, facts, library->linked.real_path);
}

static int read_host(const char *path, struct pm_arena *arena, struct linked *ret_linked)
{
    struct pm_problem problem;
    struct pm_file file;
    if (pm_file_open(path, &file, &problem) < 0)
        return message_error("%s: %s", path, problem.detail);
    int status = linked_read(&file, path, arena, ret_linked);
    pm_file_close(&file);
    return status;
}

static int pin_host(struct pin_options *options, struct pm_arena *arena, const struct target *target,
                    struct pm_facts *facts)
{
    struct linked linked;
    if (read_host(options->host, arena, &linked) < 0)
        return -1;
    if (linked.traits.type != ET_EXEC && linked.traits.type != ET_DYN)
        return message_error("%s: neither an executable nor a shared library: name the linked host", options->host);
    if (!linked_fits(&linked, target))
        return message_error("%s: for another machine than the objects", options->host);
    if (linked.build_id.size == 0)
        return message_error("%s: the host has no build-ID, so it cannot be pinned: link it with -Wl,--build-id",
                             options->host);
    if (add_pin(options, facts, host_object, true, &linked) < 0)
        return -1;
    return print_pin(options, facts, linked.real_path);
}

static int check_options(const struct pin_options *options)
{
    for (size_t i = 0; i < options->rule_count; i++)
        if (!options->rules[i].has_matched)
            message_note("%s=%s: no library has such a soname", options->rules[i].option, options->rules[i].glob);
    for (size_t i = 0; i < options->also_count; i++)
        if (!options->also[i].has_matched)
            return message_error("--also: no pin for %s: name the library behind --", options->also[i].object);
    return 0;
}

int pins_make(struct pin_options *options, struct libraries *libraries, const struct target *target,
              struct pm_facts *facts)
{
    facts->pins = pm_arena_new(&facts->arena, (libraries->count + 1) * sizeof(*facts->pins));
    int status = facts->pins == NULL ? message_out_of_memory() : 0;
    if (status == 0 && options->host != NULL)
        status = pin_host(options, &libraries->arena, target, facts);
    for (size_t i = 0; i < libraries->count && status == 0; i++)
        status = pin_library(options, libraries, i, facts);
    if (status < 0)
        return -1;
    return facts->arena.failed ? message_out_of_memory() : check_options(options);
}
