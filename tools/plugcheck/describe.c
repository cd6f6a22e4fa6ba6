/* SPDX-License-Identifier: MIT */
#include "plugcheck.h"

#include "verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What came from the file, made printable. false: no memory. */
static bool print_escaped(const char *text)
{
    char *escaped = plugmgr_escape(text);
    if (escaped == NULL)
        return false;
    fputs(escaped, stdout);
    free(escaped);
    return true;
}

/* "  label       " before the first of a kind, blanks before the others */
static void print_label(const char *label, size_t index)
{
    printf("  %-11s ", index == 0 ? label : "");
}

static void print_build_id(const struct pm_build_id *build_id)
{
    for (size_t i = 0; i < build_id->size; i++)
        printf("%02x", build_id->bytes[i]);
}

/* What a host gives to its plugins as a table. */
static bool is_offer(const struct pm_facts *facts, const struct pm_provide *provide)
{
    return facts->role == PM_ROLE_HOST && provide->symbol == NULL;
}

static void print_offers(const struct pm_facts *facts)
{
    size_t printed = 0;
    for (size_t i = 0; i < facts->provide_count; i++) {
        const struct pm_provide *provide = &facts->provides[i];
        if (!is_offer(facts, provide))
            continue;
        print_label("offers", printed++);
        printf("%s %u.%u\n", provide->interface_name, provide->version.major, provide->version.minor);
    }
}

/* A typed symbol is known by its own name, which its instance has too. */
static void print_provides(const struct pm_facts *facts)
{
    size_t printed = 0;
    for (size_t i = 0; i < facts->provide_count; i++) {
        const struct pm_provide *provide = &facts->provides[i];
        bool is_typed = provide->symbol != NULL && strcmp(provide->symbol, provide->instance) == 0;
        if (is_offer(facts, provide))
            continue;
        print_label("provides", printed++);
        printf("%s %u.%u, %s %s\n", provide->interface_name, provide->version.major, provide->version.minor,
               is_typed ? "symbol" : "instance", provide->instance);
    }
}

static bool print_requires(const struct pm_facts *facts)
{
    bool is_whole = true;
    for (size_t i = 0; i < facts->require_count; i++) {
        const struct pm_require *require = &facts->requires_[i];
        print_label(facts->role == PM_ROLE_HOST ? "accepts" : "requires", i);
        printf("%s %u.%u, from %u.%u on%s", require->interface_name, require->version.major, require->version.minor,
               require->lowest.major, require->lowest.minor, require->optional ? ", optional" : "");
        if (require->linker_bound) {
            fputs(", bound by the dynamic linker", stdout);
            if (require->symbol != NULL) {
                fputs(", symbol ", stdout);
                is_whole &= print_escaped(require->symbol);
            }
        }
        putchar('\n');
    }
    return is_whole;
}

static void print_state(const struct pm_facts *facts)
{
    const struct pm_state_fact *state = facts->state;
    if (state == NULL)
        return;
    print_label("state", 0);
    if (state->interface_name != NULL)
        printf("%s %u.%u\n", state->interface_name, state->version.major, state->version.minor);
    else
        printf("version %u\n", state->version.major);
}

static bool print_pins(const struct pm_facts *facts)
{
    bool is_whole = true;
    for (size_t i = 0; i < facts->pin_count; i++) {
        const struct pm_pin *pin = &facts->pins[i];
        print_label("pins", i);
        is_whole &= print_escaped(pin->object);
        printf(", %s", pin->required ? "required" : "recorded");
        if (pin->hint != NULL) {
            fputs(", ", stdout);
            is_whole &= print_escaped(pin->hint);
        }
        for (size_t k = 0; k < pin->build_id_count; k++) {
            fputs(k == 0 ? ", build-ID " : " or ", stdout);
            print_build_id(&pin->build_ids[k]);
        }
        puts(pin->build_id_count == 0 ? ", without build-ID" : "");
    }
    return is_whole;
}

/* The lines of a text, indented. */
static bool print_text(const char *text)
{
    struct pm_arena arena = {0};
    bool is_whole = true;
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        fputs("      ", stdout);
        is_whole &= print_escaped(pm_arena_copy_bytes(&arena, line, length));
        putchar('\n');
        line += length + (line[length] == '\n');
    }
    is_whole &= !arena.failed;
    pm_arena_free(&arena);
    return is_whole;
}

static bool print_fingerprints(const struct pm_facts *facts, bool is_verbose)
{
    bool is_whole = true;
    for (size_t i = 0; i < facts->abi_count; i++) {
        const struct pm_abi *abi = &facts->abis[i];
        print_label("fingerprint", 0); /* each stands for itself, with its text behind it */
        fputs(abi->interface_name, stdout);
        if (abi->version.major != PM_DIFF_NO_VERSION)
            printf(" %u.%u", abi->version.major, abi->version.minor);
        if (abi->id != NULL) {
            fputs(", SHA-256 ", stdout);
            is_whole &= print_escaped(abi->id);
        }
        putchar('\n');
        if (is_verbose)
            is_whole &= print_text(abi->text);
    }
    return is_whole;
}

/* What the file's header says, and not its notes. */
static bool print_object(const struct pm_module *module)
{
    struct pm_arena arena = {0};
    printf("  %-11s %s, %s, %s\n", "machine", pm_machine_text(&arena, module->traits.machine),
           pm_class_names[module->traits.elf_class], pm_order_names[module->traits.byte_order]);
    print_label("build-ID", 0);
    print_build_id(&module->build_id);
    puts(module->build_id.size == 0 ? "none" : "");
    bool is_whole = !arena.failed;
    pm_arena_free(&arena);
    return is_whole;
}

bool module_print(const struct input *input, const char *shown_path, bool is_verbose)
{
    static const char *const roles[] = {"lock file", "host ", "plugin "};
    const struct pm_module *module = &input->module;
    const struct pm_facts *facts = &module->facts;
    bool is_whole = print_escaped(shown_path);
    printf(": %s", roles[facts->role]);
    if (facts->role != PM_ROLE_NONE) {
        is_whole &= print_escaped(facts->name);
        putchar(' ');
        is_whole &= print_escaped(facts->version);
    }
    putchar('\n');
    if (!input->is_lock)
        is_whole &= print_object(module);
    if (facts->without_plugpin)
        printf("  %-11s %s\n", "plugpin", "none: built with PLUGMGR_WITHOUT_PLUGPIN");
    print_offers(facts);
    print_provides(facts);
    is_whole &= print_requires(facts);
    print_state(facts);
    is_whole &= print_fingerprints(facts, is_verbose);
    is_whole &= print_pins(facts);
    for (size_t i = 0; i < module->dynamic.needed_count; i++) {
        print_label("needs", i);
        is_whole &= print_escaped(module->dynamic.needed[i]);
        putchar('\n');
    }
    return is_whole;
}
