/* SPDX-License-Identifier: MIT */
#include "declare.h"

#include "message.h"
#include "note.h"

#include <endian.h>
#include <gelf.h>
#include <libelf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Symbols of one declaration each; PROVIDE_… and the like go on with names. */
static const char plugin_symbol[] = "plugmgr_PLUGIN", host_symbol[] = "plugmgr_HOST";
static const char *const interface_prefixes[] = {"plugmgr_PROVIDE_", "plugmgr_ACCEPT_", "plugmgr_EXPORT_",
                                                 "plugmgr_REQUIRE_", "plugmgr_OFFER_",  "plugmgr_STATE_"};
static const char *const entry_symbols[] = {"plugmgr_start", "plugmgr_stop", "plugmgr_save", "plugmgr_restore"};

/* As many records as readers take (note.c). */
enum { MAX_NAMES = 4096 };

/* What one object declares. */
struct found {
    const struct input_object *object;
    Elf *elf;
    struct target target;
    struct names guards, anchors, entries;
    bool has_plugin, has_host, has_interface;
    bool is_output; /* it defines a guard, or has notes that only plugpin writes */
    bool is_without_plugpin;
    struct properties properties;
};

bool target_is_swapped(const struct target *target)
{
    return (target->byte_order == ELFDATA2LSB) != (__BYTE_ORDER == __LITTLE_ENDIAN);
}

struct property_form target_property_form(const struct target *target)
{
    return (struct property_form){target->elf_class == ELFCLASS64 ? 8 : 4, target_is_swapped(target)};
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_interface_symbol(const char *name)
{
    for (size_t i = 0; i < sizeof(interface_prefixes) / sizeof(interface_prefixes[0]); i++)
        if (has_prefix(name, interface_prefixes[i]))
            return true;
    return false;
}

static int add_name(struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->items[i], name) == 0)
            return 0;
    if (names->count == MAX_NAMES)
        return message_error("more than %d declarations: no module has so many", MAX_NAMES);
    const char **added = array_append(&names->items, names->count, sizeof(*added));
    if (added == NULL)
        return -1;
    *added = name;
    names->count++;
    return 0;
}

static int add_names(struct pm_arena *arena, struct names *names, const struct names *more)
{
    for (size_t i = 0; i < more->count; i++)
        if (add_name(names, pm_arena_copy(arena, more->items[i])) < 0)
            return -1;
    return 0;
}

static int malformed(const struct found *found, const char *what)
{
    return message_error("%s: %s: the object is damaged, build it anew", found->object->name, what);
}

/* ---- symbols ---- */

/* Takes a global symbol if it is one of ours. The name lives as long as found->elf. */
static int take_symbol(struct found *found, const char *name, bool is_defined)
{
    if (!has_prefix(name, "plugmgr_"))
        return 0;
    if (has_prefix(name, GUARD_PREFIX)) {
        const char *interface = name + sizeof(GUARD_PREFIX) - 1;
        if (!pm_is_identifier(interface))
            return malformed(found, "a guard symbol names no interface");
        found->is_output |= is_defined;
        return is_defined ? 0 : add_name(&found->guards, interface);
    }
    if (!is_defined)
        return 0;
    for (size_t i = 0; i < sizeof(entry_symbols) / sizeof(entry_symbols[0]); i++)
        if (strcmp(name, entry_symbols[i]) == 0)
            return add_name(&found->entries, name);
    bool is_plugin = strcmp(name, plugin_symbol) == 0, is_host = strcmp(name, host_symbol) == 0;
    bool is_interface = is_interface_symbol(name);
    found->has_plugin |= is_plugin;
    found->has_host |= is_host;
    found->has_interface |= is_interface;
    return is_plugin || is_host || is_interface ? add_name(&found->anchors, name) : 0;
}

static int read_symbols(struct found *found, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t entry_size = gelf_fsize(found->elf, ELF_T_SYM, 1, EV_CURRENT);
    if (data == NULL || header->sh_entsize != entry_size || data->d_size / entry_size > INT_MAX)
        return malformed(found, "its symbol table cannot be read");
    size_t count = data->d_size / entry_size;
    for (size_t i = 1; i < count; i++) {
        GElf_Sym symbol;
        if (gelf_getsym(data, (int)i, &symbol) == NULL)
            return malformed(found, "its symbol table cannot be read");
        if (GELF_ST_BIND(symbol.st_info) == STB_LOCAL)
            continue;
        const char *name = elf_strptr(found->elf, header->sh_link, symbol.st_name);
        if (name == NULL)
            return malformed(found, "a symbol's name lies outside its string table");
        if (take_symbol(found, name, symbol.st_shndx != SHN_UNDEF) < 0)
            return -1;
    }
    return 0;
}

/* The symbols of a slim LTO object, which has none of its own. Each record, as GCC's lto-streamer-out.c writes it: name
 * and COMDAT group, NUL-terminated; kind, visibility, one byte each; size, 8 bytes; slot, 4. */
static int read_lto_symbols(struct found *found, Elf_Scn *section)
{
    enum { KIND_DEFINED = 0, KIND_UNDEFINED = 2, RECORD_TAIL = 1 + 1 + 8 + 4 };
    Elf_Data *data = elf_rawdata(section, NULL);
    if (data == NULL)
        return malformed(found, "its LTO symbol table cannot be read");
    const char *at = data->d_buf;
    size_t remaining = data->d_size;
    while (remaining > 0) {
        size_t name_size = strnlen(at, remaining);
        if (name_size == remaining)
            return malformed(found, "its LTO symbol table is cut off");
        const char *group = at + name_size + 1;
        size_t behind_name = remaining - name_size - 1;
        size_t group_size = strnlen(group, behind_name);
        if (group_size == behind_name || behind_name - group_size - 1 < RECORD_TAIL)
            return malformed(found, "its LTO symbol table is cut off");
        char kind = group[group_size + 1];
        if ((kind == KIND_DEFINED || kind == KIND_UNDEFINED) && take_symbol(found, at, kind == KIND_DEFINED) < 0)
            return -1;
        at = group + group_size + 1 + RECORD_TAIL;
        remaining = behind_name - group_size - 1 - RECORD_TAIL;
    }
    return 0;
}

/* ---- notes ---- */

static int read_notes(struct found *found, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_rawdata(section, NULL);
    struct pm_facts facts = {0};
    struct pm_problem problem;
    struct pm_note note;
    size_t offset = 0;
    int status;
    if (data == NULL)
        return malformed(found, "its section .note.plugmgr cannot be read");
    const uint8_t *bytes = data->d_buf;
    while ((status = pm_note_next(bytes, data->d_size, header->sh_addralign, target_is_swapped(&found->target), &offset,
                                  &note, &problem)) > 0)
        if (pm_note_is_plugmgr(&note) && (status = pm_facts_add(&facts, &note, &problem)) < 0)
            break;
    if (status == 0 && facts.arena.failed)
        status = message_out_of_memory();
    else if (status < 0)
        malformed(found, problem.detail);
    found->is_without_plugpin |= facts.without_plugpin;
    found->is_output |= facts.pin_count > 0 || facts.abi_count > 0;
    pm_facts_free(&facts);
    return status;
}

static int read_properties(struct found *found, Elf_Scn *section)
{
    Elf_Data *data = elf_rawdata(section, NULL);
    if (data == NULL ||
        properties_parse(data->d_buf, data->d_size, target_property_form(&found->target), &found->properties) < 0)
        return malformed(found, "its section .note.gnu.property cannot be read");
    return 0;
}

/* ---- objects ---- */

static int read_section(struct found *found, size_t index, size_t names_index)
{
    GElf_Shdr header;
    Elf_Scn *section = elf_getscn(found->elf, index);
    if (section == NULL || gelf_getshdr(section, &header) == NULL)
        return malformed(found, "its section headers cannot be read");
    if (header.sh_type == SHT_SYMTAB)
        return read_symbols(found, section, &header);
    if (header.sh_type != SHT_NOTE && header.sh_type != SHT_PROGBITS)
        return 0;
    const char *name = elf_strptr(found->elf, names_index, header.sh_name);
    if (name == NULL)
        return malformed(found, "a section's name lies outside the string table");
    if (header.sh_type == SHT_PROGBITS)
        return has_prefix(name, ".gnu.lto_.symtab.") ? read_lto_symbols(found, section) : 0;
    if (has_prefix(name, PLUGMGR_NOTE_SECTION))
        return read_notes(found, section, &header);
    return strcmp(name, ".note.gnu.property") == 0 ? read_properties(found, section) : 0;
}

static int read_header(struct found *found)
{
    GElf_Ehdr header;
    if (elf_kind(found->elf) != ELF_K_ELF || gelf_getehdr(found->elf, &header) == NULL)
        return malformed(found, "its ELF header cannot be read");
    if (header.e_type != ET_REL)
        return message_error("%s: a linked file: name the objects that it was linked from", found->object->name);
    if (header.e_ident[EI_DATA] != ELFDATA2LSB && header.e_ident[EI_DATA] != ELFDATA2MSB)
        return malformed(found, "its byte order is unknown");
    found->target = (struct target){
        .elf_class = header.e_ident[EI_CLASS],
        .byte_order = header.e_ident[EI_DATA],
        .os_abi = header.e_ident[EI_OSABI],
        .abi_version = header.e_ident[EI_ABIVERSION],
        .machine = header.e_machine,
        .flags = header.e_flags,
    };
    return 0;
}

static int read_object(struct found *found)
{
    size_t count, names_index;
    if (read_header(found) < 0)
        return -1;
    if (elf_getshdrnum(found->elf, &count) < 0 || elf_getshdrstrndx(found->elf, &names_index) < 0 || count == 0)
        return malformed(found, "its section headers cannot be read");
    for (size_t i = 1; i < count; i++)
        if (read_section(found, i, names_index) < 0)
            return -1;
    return 0;
}

/* ---- all together ---- */

/* OSABI: objects with a section that is retained say GNU, others nothing, and any linker takes both together. */
static bool is_abi_compatible(const struct target *a, const struct target *b)
{
    bool is_a_generic = a->os_abi == ELFOSABI_NONE || a->os_abi == ELFOSABI_GNU;
    bool is_b_generic = b->os_abi == ELFOSABI_NONE || b->os_abi == ELFOSABI_GNU;
    return (a->os_abi == b->os_abi || (is_a_generic && is_b_generic)) && a->abi_version == b->abi_version;
}

static int merge_target(struct declarations *declarations, const struct found *found)
{
    struct target *common = &declarations->target;
    const struct target *target = &found->target;
    const char *differs = NULL;
    if (declarations->target_file == NULL) {
        *common = *target;
        declarations->target_file = found->object->name;
        declarations->properties = found->properties;
        return 0;
    }
    if (common->machine != target->machine || common->elf_class != target->elf_class)
        differs = "machine";
    else if (common->byte_order != target->byte_order)
        differs = "byte order";
    else if (common->flags != target->flags)
        differs = "e_flags (ABI variant)";
    else if (!is_abi_compatible(common, target))
        differs = "OS/ABI";
    if (differs != NULL)
        return message_error("%s: another %s than %s: compile both for the same target", found->object->name, differs,
                             declarations->target_file);
    if (common->os_abi == ELFOSABI_NONE)
        common->os_abi = target->os_abi;
    properties_intersect(&declarations->properties, &found->properties);
    return 0;
}

static int merge_module(const char **module_file, const struct found *found, const char *macro)
{
    if (*module_file != NULL)
        return message_error("%s: a second %s, the first is in %s: keep one", found->object->name, macro, *module_file);
    *module_file = found->object->name;
    return 0;
}

static int merge(struct declarations *declarations, const struct found *found)
{
    const char *name = found->object->name;
    bool is_declaring = found->has_plugin || found->has_host || found->has_interface || found->guards.count > 0 ||
                        found->entries.count > 0 || found->is_output;
    if (!is_declaring && found->object->is_member)
        return 0;
    if (found->is_output)
        return message_error("%s: made by plugpin: name the objects that the compiler made", name);
    /* Of a slim LTO object only the symbols tell: its declarations do not ask for the guards. */
    if (found->is_without_plugpin || (found->has_interface && found->guards.count == 0))
        return message_error("%s: compiled with -DPLUGMGR_WITHOUT_PLUGPIN, so it takes no pins: compile it without, or "
                             "leave plugpin out",
                             name);
    if (merge_target(declarations, found) < 0)
        return -1;
    if (found->has_plugin && merge_module(&declarations->plugin_file, found, "PLUGMGR_PLUGIN") < 0)
        return -1;
    if (found->has_host && merge_module(&declarations->host_file, found, "PLUGMGR_HOST") < 0)
        return -1;
    if (add_names(&declarations->arena, &declarations->guards, &found->guards) < 0 ||
        add_names(&declarations->arena, &declarations->anchors, &found->anchors) < 0 ||
        add_names(&declarations->arena, &declarations->entries, &found->entries) < 0)
        return -1;
    return declarations->arena.failed ? message_out_of_memory() : 0;
}

static int read_and_merge(struct declarations *declarations, const struct input_object *object, bool *ret_has_interface)
{
    struct found found = {.object = object};
    /* libelf takes the bytes through a pointer to non-const, and does not write to them */
    found.elf = elf_memory((char *)(uintptr_t)object->bytes, object->size);
    int status = found.elf == NULL ? malformed(&found, "it is no ELF file") : read_object(&found);
    if (status == 0)
        status = merge(declarations, &found);
    *ret_has_interface = found.guards.count > 0;
    elf_end(found.elf);
    free(found.guards.items);
    free(found.anchors.items);
    free(found.entries.items);
    return status;
}

int declarations_read(struct declarations *declarations, const struct input *input)
{
    elf_version(EV_CURRENT);
    declarations->has_interface = pm_arena_new(&declarations->arena, input->object_count * sizeof(bool));
    if (declarations->has_interface == NULL)
        return message_out_of_memory();
    for (size_t i = 0; i < input->object_count; i++)
        if (read_and_merge(declarations, &input->objects[i], &declarations->has_interface[i]) < 0)
            return -1;
    if (declarations->plugin_file != NULL && declarations->host_file != NULL)
        return message_error("%s: PLUGMGR_PLUGIN, but %s has PLUGMGR_HOST: a module is one or the other",
                             declarations->plugin_file, declarations->host_file);
    if (declarations->anchors.count == 0 && declarations->guards.count == 0)
        return message_error("nothing is declared in the objects: name those that have PLUGMGR_PLUGIN and "
                             "PLUGMGR_PROVIDE (or PLUGMGR_HOST and PLUGMGR_ACCEPT), not stripped");
    return 0;
}

void declarations_free(struct declarations *declarations)
{
    free(declarations->guards.items);
    free(declarations->anchors.items);
    free(declarations->entries.items);
    pm_arena_free(&declarations->arena);
    *declarations = (struct declarations){0};
}
