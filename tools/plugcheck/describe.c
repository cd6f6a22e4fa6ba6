/* SPDX-License-Identifier: MIT */
#include "plugcheck.h"

#include "verdict.h"

#include <stdio.h>
#include <stdlib.h>

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

/* "  label     " before the first of a kind, blanks before the others */
static void print_label(const char *label, size_t index)
{
    printf("  %-10s ", index == 0 ? label : "");
}

static void print_build_id(const struct pm_build_id *build_id)
{
    for (size_t i = 0; i < build_id->size; i++)
        printf("%02x", build_id->bytes[i]);
}

static void print_provides(const struct pm_facts *facts)
{
    for (size_t i = 0; i < facts->provide_count; i++) {
        const struct pm_provide *provide = &facts->provides[i];
        print_label("provides", i);
        printf("%s %u.%u, instance %s\n", provide->interface_name, provide->version.major, provide->version.minor,
               provide->instance);
    }
}

static void print_requires(const struct pm_facts *facts)
{
    for (size_t i = 0; i < facts->require_count; i++) {
        const struct pm_require *require = &facts->requires_[i];
        print_label(facts->role == PM_ROLE_HOST ? "accepts" : "requires", i);
        printf("%s %u.%u, from %u.%u on%s\n", require->interface_name, require->version.major,
               require->version.minor, require->lowest.major, require->lowest.minor,
               require->optional ? ", optional" : "");
    }
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

bool module_print(const struct pm_module *module, const char *shown_path)
{
    static const char *const roles[] = {"no PlugMgr module", "host", "plugin"};
    const struct pm_facts *facts = &module->facts;
    struct pm_arena arena = {0};
    bool is_whole = print_escaped(shown_path);
    printf(": %s", roles[facts->role]);
    if (facts->role != PM_ROLE_NONE) {
        putchar(' ');
        is_whole &= print_escaped(facts->name);
        putchar(' ');
        is_whole &= print_escaped(facts->version);
    }
    printf("\n  %-10s %s, %s, %s\n", "machine", pm_machine_text(&arena, module->traits.machine),
           pm_class_names[module->traits.elf_class], pm_order_names[module->traits.byte_order]);
    is_whole &= !arena.failed;
    pm_arena_free(&arena);
    print_label("build-ID", 0);
    print_build_id(&module->build_id);
    puts(module->build_id.size == 0 ? "none" : "");
    if (facts->without_plugpin)
        printf("  %-10s %s\n", "plugpin", "none: built with PLUGMGR_WITHOUT_PLUGPIN");
    print_provides(facts);
    print_requires(facts);
    is_whole &= print_pins(facts);
    for (size_t i = 0; i < module->dynamic.needed_count; i++) {
        print_label("needs", i);
        is_whole &= print_escaped(module->dynamic.needed[i]);
        putchar('\n');
    }
    return is_whole;
}
