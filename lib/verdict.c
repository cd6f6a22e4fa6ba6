/* SPDX-License-Identifier: MIT */
#include "verdict.h"

#include "judging.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* ---- the file and its notes ---- */

static const struct {
    const char *text, *remedy;
} problem_words[PM_CODES] = {
    [PM_OUT_OF_MEMORY] = {"out of memory", "free some memory, and try again"},
    [PM_FILE_ABSENT] = {"it cannot be opened", "check the path"},
    [PM_FILE_UNREADABLE] = {"it cannot be read", "check the file's permissions, and the disk"},
    [PM_FILE_NOT_REGULAR] = {"it is not a file", "name the plugin's file itself"},
    [PM_FOLDER_EMPTY] = {"it has no plugins: no file named *.so", "name the folder with the plugins, or the plugins"},
    [PM_NOT_ELF] = {"it is no ELF file", "name a shared object; if it should be one, build or copy it again"},
    [PM_ELF_TRUNCATED] = {"it is cut short", "copy or build the file again; it may still be being written"},
    [PM_ELF_MALFORMED] = {"its ELF structure is malformed", "build the file again"},
    [PM_DEBUG_ONLY] = {"it holds debug information only, no code", "name the plugin itself, not its .debug file"},
    [PM_NOTE_MALFORMED] = {"its PlugMgr notes are malformed", "build the plugin again; no tool may edit its notes"},
    [PM_ABI_MALFORMED] = {"its fingerprints cannot be read", "build it again with plugpin"},
    [PM_MODE_UNAVAILABLE] = {"it cannot be loaded in the mode that was chosen", "mount /proc, or choose another mode"},
    [PM_CHANGED_WHILE_LOADING] = {"the file changed while it was loaded", "try again when whoever writes it is done"},
    [PM_ALREADY_OPEN] = {"the manager has this file open already", "close it first, or use the open plugin"},
    [PM_ALREADY_MAPPED] = {"the process has this file mapped already",
                           "open plugins through one manager only, and see why it was not unloaded; write a new build "
                           "beside the old one and rename it over it"},
    [PM_LOAD_FAILED] = {"the dynamic linker does not load it", NULL},
    [PM_INTERFACE_NOT_PROVIDED] = {"the manager cannot give the plugin an interface that it requires",
                                   "build the plugin without the requirement"},
    [PM_INTERFACE_FOREIGN] = {"the symbol of an interface does not lie in the plugin's own mapping",
                              "define the interface's table in the plugin itself, with PLUGMGR_PROVIDE"},
    [PM_START_FAILED] = {"its start failed", NULL},
};

void pm_report_problem(struct plugmgr_report *report, const char *subject, const struct pm_problem *problem,
                       enum plugmgr_severity severity)
{
    const char *text = problem_words[problem->code].text;
    if (text == NULL)
        text = pm_code_name(problem->code);
    if (problem->detail[0] != '\0')
        text = pm_arena_join(pm_report_arena(report), text, ": ", pm_report_quote(report, problem->detail), NULL);
    pm_report_add(report, &(struct pm_finding){.code = problem->code,
                                               .severity = severity,
                                               .subject = subject,
                                               .text = text,
                                               .remedy = problem_words[problem->code].remedy});
}

const char *const pm_class_names[3] = {[ELFCLASS32] = "32-bit", [ELFCLASS64] = "64-bit"};
const char *const pm_order_names[3] = {[ELFDATA2LSB] = "little endian", [ELFDATA2MSB] = "big endian"};
static const char *const type_names[] = {[ET_NONE] = "a file of no type",
                                         [ET_REL] = "a relocatable object",
                                         [ET_EXEC] = "an executable at a fixed address",
                                         [ET_DYN] = "a shared object",
                                         [ET_CORE] = "a core dump"};
static const struct {
    unsigned machine;
    const char *name;
} machine_names[] = {
    {EM_386, "i386"},     {EM_X86_64, "x86-64"},    {EM_ARM, "ARM"},         {EM_AARCH64, "AArch64"},
    {EM_RISCV, "RISC-V"}, {EM_PPC, "PowerPC"},      {EM_PPC64, "PowerPC64"}, {EM_S390, "S/390"},
    {EM_MIPS, "MIPS"},    {EM_SPARCV9, "SPARC V9"}, {258, "LoongArch"},
};

const char *pm_machine_text(struct pm_arena *arena, unsigned machine)
{
    for (size_t i = 0; i < sizeof(machine_names) / sizeof(machine_names[0]); i++)
        if (machine_names[i].machine == machine)
            return machine_names[i].name;
    return pm_arena_join(arena, "machine ", pm_arena_number(arena, machine), NULL);
}

static void judge_trait(const struct pm_judging *j, enum pm_code code, const char *have, const char *want)
{
    const char *text = pm_arena_join(j->arena, "it is for ", have, ", the ",
                                     j->world->host != NULL ? "host is " : "machine is ", want, NULL);
    pm_judging_refuse(j, code, "file", text, have, want,
                      "take the plugin's build for this machine, or build it for it");
}

static void judge_traits(const struct pm_judging *j)
{
    const struct pm_traits *have = &j->plugin->traits, *want = &j->world->traits;
    if (have->machine != want->machine)
        judge_trait(j, PM_ELF_MACHINE, pm_machine_text(j->arena, have->machine),
                    pm_machine_text(j->arena, want->machine));
    if (have->elf_class != want->elf_class)
        judge_trait(j, PM_ELF_CLASS, pm_class_names[have->elf_class], pm_class_names[want->elf_class]);
    if (have->byte_order != want->byte_order)
        judge_trait(j, PM_ELF_BYTE_ORDER, pm_order_names[have->byte_order], pm_order_names[want->byte_order]);
    if (have->type != ET_DYN || j->plugin->dynamic.is_program) {
        const char *type = j->plugin->dynamic.is_program ? "a program"
                           : have->type <= ET_CORE       ? type_names[have->type]
                                                         : "a file of an unknown type";
        pm_judging_refuse(j, PM_ELF_TYPE, "file",
                          pm_arena_join(j->arena, "it is ", type, ", not a shared object", NULL), type,
                          type_names[ET_DYN], "link it with -shared");
    }
    if (j->plugin->is_debug_only)
        pm_report_problem(j->report, "file", &(struct pm_problem){.code = PM_DEBUG_ONLY}, PLUGMGR_REFUSAL);
}

static const char *subject_of(const struct pm_problem *problem)
{
    return problem->code == PM_NOTE_MALFORMED ? "notes" : "file";
}

/* Whether the plugin's facts can be judged further. */
static bool judge_notes(const struct pm_judging *j)
{
    const struct pm_module *plugin = j->plugin;
    bool is_complete = plugin->problem_count == 0;
    if (plugin->has_unmapped_note) {
        pm_judging_refuse(j, PM_NOTE_NOT_MAPPED, "notes",
                          "its PlugMgr notes lie in a section that no PT_NOTE segment covers", NULL, NULL,
                          "link with a linker script that keeps .note.plugmgr in a note segment");
        return false;
    }
    if (!plugin->has_notes) {
        if (is_complete)
            pm_judging_refuse(j, PM_NOT_A_PLUGIN, "file", "it has no PlugMgr notes, so it is no plugin", NULL, NULL,
                              "name a plugin that was built with PLUGMGR_PLUGIN");
        return false;
    }
    if (plugin->facts.role == PM_ROLE_HOST) {
        pm_judging_refuse(j, PM_NOT_A_PLUGIN, "file", "it is a host, not a plugin", NULL, NULL,
                          "name a plugin; a host is named with --host");
        return false;
    }
    return is_complete;
}

/* ---- symbols ---- */

static const char *symbol_subject(const struct pm_judging *j, const char *symbol)
{
    return pm_arena_join(j->arena, "symbol ", pm_judging_quote(j, symbol), NULL);
}

/* A typed object may well begin as zero; a table may not. */
static void judge_typed_symbol(const struct pm_judging *j, const struct pm_provide *provide, enum pm_symbol symbol)
{
    if (symbol == PM_SYMBOL_IS_ABSENT)
        pm_judging_refuse(j, PM_SYMBOL_NOT_EXPORTED, symbol_subject(j, provide->symbol),
                          "the plugin does not export it, though its notes say so", NULL, NULL,
                          "do not hide it (version script, --exclude-libs, objcopy)");
}

static void judge_table(const struct pm_judging *j, const struct pm_provide *provide, enum pm_symbol symbol)
{
    if (symbol == PM_SYMBOL_IS_EXPORTED)
        return;
    const char *subject = symbol_subject(j, provide->symbol), *name = pm_judging_quote(j, provide->interface_name);
    if (symbol == PM_SYMBOL_IS_ABSENT)
        pm_judging_refuse(j, PM_SYMBOL_NOT_EXPORTED, subject,
                          pm_arena_join(j->arena, "the plugin does not export the table of its interface ", name, NULL),
                          NULL, NULL, "do not hide plugmgr_provide_* (version script, --exclude-libs, objcopy)");
    else
        pm_judging_refuse(
            j, PM_SYMBOL_UNINITIALISED, subject,
            pm_arena_join(j->arena, "the table of the interface ", name, " is empty: every method would be NULL", NULL),
            NULL, NULL, "initialise it: PLUGMGR_PROVIDE(…) = { … };");
}

/* The manager would not find where to put the provider. */
static void judge_slots(const struct pm_judging *j)
{
    const struct pm_facts *facts = &j->plugin->facts;
    for (size_t i = 0; i < facts->require_count; i++) {
        const struct pm_require *require = &facts->requires_[i];
        if (require->linker_bound || j->plugin->slots[i] != PM_SYMBOL_IS_ABSENT)
            continue;
        pm_judging_refuse(j, PM_SYMBOL_NOT_EXPORTED, symbol_subject(j, require->symbol),
                          pm_arena_join(j->arena, "the plugin does not export its slot for the interface ",
                                        pm_judging_quote(j, require->interface_name), NULL),
                          NULL, NULL, "do not hide plugmgr_require_* (version script, --exclude-libs, objcopy)");
    }
}

static void judge_symbols(const struct pm_judging *j)
{
    const struct pm_facts *facts = &j->plugin->facts;
    for (size_t i = 0; i < facts->provide_count; i++) {
        const struct pm_provide *provide = &facts->provides[i];
        if (pm_judging_is_typed_symbol(provide))
            judge_typed_symbol(j, provide, j->plugin->provided[i]);
        else
            judge_table(j, provide, j->plugin->provided[i]);
    }
}

/* ---- pins ---- */

/* Whether a pin that is not met refuses the plugin follows from the policy. */
static enum plugmgr_severity pin_severity(bool is_required, enum plugmgr_policy policy)
{
    if (policy == PLUGMGR_POLICY_VERSION)
        return is_required ? PLUGMGR_WARNING : PLUGMGR_NOTE;
    return is_required || policy == PLUGMGR_POLICY_EXACT ? PLUGMGR_REFUSAL : PLUGMGR_WARNING;
}

/* The pinned build-IDs, one a line, the hint behind the first. */
static const char *pinned_text(const struct pm_judging *j, const struct pm_pin *pin)
{
    struct pm_buffer text = {0};
    for (size_t i = 0; i < pin->build_id_count; i++) {
        pm_buffer_add(&text, i > 0 ? "\n" : "");
        pm_buffer_add(&text, pm_arena_hex(j->arena, pin->build_ids[i].bytes, pin->build_ids[i].size));
        if (i > 0 || pin->hint == NULL)
            continue;
        pm_buffer_add(&text, "  ");
        pm_buffer_add(&text, pm_judging_quote(j, pin->hint));
    }
    const char *copy = pm_arena_copy(j->arena, text.data != NULL ? text.data : "");
    j->arena->failed |= text.failed;
    free(text.data);
    return copy;
}

/* package: what is known of what was found, or NULL. */
static void judge_pin(const struct pm_judging *j, const struct pm_pin *pin, const struct pm_build_id *found,
                      const char *path, const char *package)
{
    if (pin->build_id_count == 0 || pm_pin_is_met(pin, found))
        return;
    bool has_id = found->size > 0;
    const char *want = pm_arena_join(j->arena, has_id ? pm_arena_hex(j->arena, found->bytes, found->size) : "none",
                                     "  ", pm_judging_quote(j, path), package != NULL ? " (" : NULL,
                                     package != NULL ? pm_judging_quote(j, package) : "", ")", NULL);
    const char *text = !has_id         ? "what is installed has no build-ID to compare"
                       : pin->required ? "another build is installed, and the plugin requires its own"
                                       : "another build is installed than the plugin was linked with";
    pm_report_add(j->report, &(struct pm_finding){
                                 .code = has_id ? PM_PIN_BUILD_ID : PM_PIN_NO_BUILD_ID,
                                 .severity = pin_severity(pin->required, j->policy),
                                 .subject = pm_arena_join(j->arena, "pin ", pm_judging_quote(j, pin->object), NULL),
                                 .text = text,
                                 .have = pinned_text(j, pin),
                                 .want = want,
                                 .remedy = "install the pinned build, or rebuild the plugin against this one",
                             });
}

static void judge_pins(const struct pm_judging *j)
{
    const struct pm_facts *facts = &j->plugin->facts;
    for (size_t i = 0; i < facts->pin_count; i++) {
        const struct pm_pin *pin = &facts->pins[i];
        if (strcmp(pin->object, "host") == 0) {
            if (j->world->host != NULL)
                judge_pin(j, pin, &j->world->host_build_id, pm_judging_host(j), NULL);
            continue;
        }
        if (!j->world->knows_libraries)
            continue;
        const struct pm_object *object = pm_world_object(j->world, pin->object);
        if (object == NULL)
            pm_report_add(
                j->report,
                &(struct pm_finding){.code = PM_PIN_UNUSED,
                                     .severity = PLUGMGR_NOTE,
                                     .subject = pm_arena_join(j->arena, "pin ", pm_judging_quote(j, pin->object), NULL),
                                     .text = "the plugin does not need this library, so its pin is void"});
        else if (object->path != NULL && !object->has_problem)
            judge_pin(j, pin, &object->build_id, object->path, object->package);
    }
}

void pm_judge(const struct pm_module *plugin, const struct pm_world *world, enum plugmgr_policy policy,
              const char *wanted_interface, struct plugmgr_report *report, bool *ret_fits)
{
    const struct pm_judging judging = {plugin,  world, policy, wanted_interface, report, pm_report_arena(report),
                                       ret_fits};
    const struct pm_judging *j = &judging;
    if (ret_fits != NULL && plugin->facts.provide_count > 0)
        memset(ret_fits, 0, plugin->facts.provide_count * sizeof(*ret_fits));
    if (plugin->met != NULL && plugin->facts.require_count > 0)
        memset(plugin->met, 0, plugin->facts.require_count * sizeof(*plugin->met));
    if (plugin->facts.role != PM_ROLE_NONE)
        pm_report_set_plugin(report, plugin->facts.name, plugin->facts.version);
    if (world->host != NULL)
        pm_report_set_host(report, world->host->name, world->host->version);
    for (size_t i = 0; i < plugin->problem_count; i++)
        pm_report_problem(report, subject_of(&plugin->problems[i]), &plugin->problems[i], PLUGMGR_REFUSAL);
    if (!plugin->has_traits)
        return;
    judge_traits(j);
    if (!judge_notes(j))
        return;
    pm_judge_interfaces(j);
    judge_symbols(j);
    judge_slots(j);
    if (world->knows_libraries)
        pm_judge_libraries(j);
    else
        pm_report_add(report, &(struct pm_finding){.code = PM_LIBRARIES_UNKNOWN,
                                                   .severity = PLUGMGR_NOTE,
                                                   .subject = "libraries",
                                                   .text = "not looked at: the plugin is not for this machine"});
    judge_pins(j);
    pm_judge_binding(j);
    pm_judge_hygiene(j);
    pm_judge_unloading(j);
}

void pm_judge_host(const struct pm_module *host, struct plugmgr_report *report)
{
    const struct pm_judging judging = {.plugin = host, .report = report, .arena = pm_report_arena(report)};
    for (size_t i = 0; i < host->problem_count; i++)
        pm_report_problem(report, subject_of(&host->problems[i]), &host->problems[i], PLUGMGR_REFUSAL);
    if (host->problem_count == 0 && host->facts.role != PM_ROLE_HOST)
        pm_judging_refuse(&judging, PM_NOT_A_HOST, "file",
                          host->has_notes ? "it is a plugin, not a host" : "it has no PlugMgr notes, so it is no host",
                          NULL, NULL, "name a program or library that was built with PLUGMGR_HOST");
}
