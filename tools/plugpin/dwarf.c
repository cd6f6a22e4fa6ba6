/* SPDX-License-Identifier: MIT */
#include "dwarf.h"

#include "dwarfdie.h"
#include "dwarfsize.h"
#include "dwarftype.h"
#include "file.h"
#include "message.h"
#include "note.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <libelf.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* What the macros of interface.h declare. */
static const char type_prefix[] = "plugmgr_type_", opaque_prefix[] = "plugmgr_opaque_",
                  canary_name[] = "plugmgr_canary";

/* Names of gcc's debug information for the link-time optimiser, in objects that have no other. */
static const char lto_prefix[] = ".gnu.debuglto_";

/* Decompressed debug information: a few bytes can unfold to any size. */
static const uint64_t unfolded_limit = (uint64_t)128 << 20;
/* More than the object has that declares interfaces: it is copied. */
static const size_t object_limit = (size_t)64 << 20;

enum {
    MAX_OPAQUE = 4096,
    MAX_INTERFACES = 100000,
    MAX_VARIABLES = MAX_OPAQUE + MAX_INTERFACES /* in one unit */
};

/* What a file's section headers tell. */
struct survey {
    bool has_info;                   /* debug information that libdw reads */
    bool has_lto_info;               /* among it, gcc's for the link-time optimiser */
    bool has_groups;                 /* units in section groups, which libdw passes over */
    size_t plain_count, split_count; /* sections of debug information, and of that which belongs into a .dwo file */
    size_t split_types_count;        /* the same, of units of types */
    bool has_other;                  /* BTF or CTF */
    bool is_zstd, is_unknown_compression;
    bool is_compressed;
    bool is_dwz; /* part of it lies in another file */
    uint64_t unfolded;
    unsigned char byte_order;
    unsigned machine, word_size;
};

/* One object while it is read. */
struct object {
    const struct input_object *input;
    struct type_graph *graph;
    struct survey survey;
    bool is_declaring;
    size_t found;     /* interfaces */
    bool has_entries; /* a unit has declarations at all */
};

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int damaged(const char *name, const char *what)
{
    return message_error("%s: %s: the object is damaged, build it anew", name, what);
}

/* ---- the sections ---- */

/* The size that the section unfolds to is added up before anything unfolds it. */
static int survey_compression(struct survey *survey, Elf_Scn *section, const GElf_Shdr *header, const char *name)
{
    GElf_Chdr compression;
    uint64_t size = 0;
    if ((header->sh_flags & SHF_COMPRESSED) != 0) {
        if (gelf_getchdr(section, &compression) == NULL)
            return -1;
        survey->is_zstd |= compression.ch_type == 2; /* ELFCOMPRESS_ZSTD, which older <elf.h> lack */
        survey->is_unknown_compression |= compression.ch_type != ELFCOMPRESS_ZLIB && compression.ch_type != 2;
        size = compression.ch_size;
    } else if (has_prefix(name, ".zdebug_")) { /* "ZLIB" and the size, most significant byte first */
        Elf_Data *data = elf_rawdata(section, NULL);
        if (data == NULL || data->d_size < 12 || data->d_buf == NULL)
            return -1;
        const uint8_t *bytes = data->d_buf;
        for (int i = 4; i < 12; i++)
            size = size << 8 | bytes[i];
    } else {
        return 0;
    }
    survey->is_compressed = true;
    survey->unfolded = size > UINT64_MAX - survey->unfolded ? UINT64_MAX : survey->unfolded + size;
    return 0;
}

static int survey_section(struct survey *survey, Elf *elf, Elf_Scn *section, size_t names_index)
{
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == NULL)
        return -1;
    const char *name = elf_strptr(elf, names_index, header.sh_name);
    if (name == NULL)
        return -1;
    bool is_lto = has_prefix(name, lto_prefix);
    const char *plain = is_lto ? name + sizeof(lto_prefix) - 1 : name;
    if (has_prefix(plain, ".zdebug_"))
        plain += 2; /* past ".z" */
    else if (plain[0] == '.')
        plain++;
    if (strcmp(plain, "BTF") == 0 || strcmp(plain, "ctf") == 0 || strcmp(plain, "SUNW_ctf") == 0)
        survey->has_other = true;
    if (strcmp(plain, "gnu_debugaltlink") == 0)
        survey->is_dwz = true;
    bool is_info = strcmp(plain, "debug_info") == 0 || strcmp(plain, "debug_info.dwo") == 0;
    if (is_info && header.sh_type != SHT_NOBITS && (header.sh_flags & SHF_GROUP) == 0) {
        survey->has_info = true;
        survey->has_lto_info |= is_lto;
        survey->plain_count += strcmp(plain, "debug_info") == 0;
        survey->split_count += strcmp(plain, "debug_info") != 0;
    }
    if ((header.sh_flags & SHF_GROUP) != 0 && (is_info || strcmp(plain, "debug_types") == 0))
        survey->has_groups = true;
    survey->split_types_count += strcmp(plain, "debug_types.dwo") == 0;
    return survey_compression(survey, section, &header, name);
}

/* -1: its headers cannot be read; nothing is told. */
static int survey_elf(Elf *elf, struct survey *survey)
{
    GElf_Ehdr header;
    size_t count, names_index;
    if (elf_kind(elf) != ELF_K_ELF || gelf_getehdr(elf, &header) == NULL)
        return -1;
    survey->byte_order = header.e_ident[EI_DATA];
    survey->machine = header.e_machine;
    survey->word_size = header.e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
    if (elf_getshdrnum(elf, &count) < 0 || elf_getshdrstrndx(elf, &names_index) < 0)
        return -1;
    for (size_t i = 1; i < count; i++) {
        Elf_Scn *section = elf_getscn(elf, i);
        if (section == NULL || survey_section(survey, elf, section, names_index) < 0)
            return -1;
    }
    return 0;
}

static int survey_bytes(const uint8_t *bytes, size_t size, struct survey *ret_survey)
{
    *ret_survey = (struct survey){0};
    /* libelf takes the bytes through a pointer to non-const, and does not write to them */
    Elf *elf = elf_memory((char *)(uintptr_t)bytes, size);
    int status = elf == NULL ? -1 : survey_elf(elf, ret_survey);
    elf_end(elf);
    return status;
}

/* What libdw cannot read. -1: told. */
static int check_survey(const struct survey *survey, const char *name)
{
    if (survey->is_zstd)
        return message_error("%s: its debug information is compressed with zstd: compile with -gz=zlib or -gz=none",
                             name);
    if (survey->is_unknown_compression)
        return message_error("%s: its debug information is compressed in an unknown way: compile with -gz=none", name);
    if (survey->unfolded > unfolded_limit)
        return message_error("%s: more than %u MB of compressed debug information: compile with -gz=none", name,
                             (unsigned)(unfolded_limit >> 20));
    if (survey->plain_count > 0 && survey->split_count > 0)
        return message_error("%s: compiled with -gsplit-dwarf=single: compile without it, or with -gsplit-dwarf", name);
    if (survey->split_count > 1 || survey->split_types_count > 1)
        return message_error("%s: compiled with -fdebug-types-section: compile without it", name);
    if (survey->is_dwz)
        return message_error("%s: dwz moved a part of its debug information to another file: name the object that the "
                             "compiler made",
                             name);
    return 0;
}

/* ---- what the units declare ---- */

/* Room for one more in an array of the graph, which is doubled when it is full. NULL: told. */
static void *graph_append(struct type_reader *types, void *array, size_t count, size_t size)
{
    char *elements;
    memcpy(&elements, array, sizeof(elements)); /* as bytes: it is one of several types */
    if ((count & (count - 1)) == 0) {
        char *larger = type_memory(types, count > 0 ? count * 2 : 1, size);
        if (larger == NULL)
            return NULL;
        if (count > 0)
            memcpy(larger, elements, count * size);
        memcpy(array, &larger, sizeof(larger));
        elements = larger;
    }
    return elements + count * size;
}

/* The struct that `static struct … *variable[0]` points to. 1: *ret_struct; -1: told. */
static int pointed_struct(struct die_reader *dies, Dwarf_Die *variable, Dwarf_Die *ret_struct)
{
    Dwarf_Die array, pointer;
    int status = die_reference(dies, variable, DW_AT_type, &array);
    if (status > 0)
        status = die_reference(dies, &array, DW_AT_type, &pointer);
    if (status > 0)
        status = die_reference(dies, &pointer, DW_AT_type, ret_struct);
    if (status > 0 && die_has(ret_struct, DW_AT_signature)) { /* it is in a unit of its own */
        Dwarf_Die declaration = *ret_struct;
        status = die_reference(dies, &declaration, DW_AT_signature, ret_struct);
    }
    if (status < 0)
        return -1;
    int tag = status > 0 ? dwarf_tag(ret_struct) : 0;
    if (tag != DW_TAG_structure_type && tag != DW_TAG_class_type)
        return die_damaged(dies, variable, "a declaration of PlugMgr that is not as its macros write it");
    return 1;
}

/* The same, of which the header has the members. */
static int pointed_definition(struct die_reader *dies, Dwarf_Die *variable, Dwarf_Die *ret_struct)
{
    int status = pointed_struct(dies, variable, ret_struct);
    if (status > 0 && die_flag(ret_struct, DW_AT_declaration))
        return message_error("%s: limited debug information, without the structs of headers: compile without "
                             "-femit-struct-debug-baseonly or -reduced",
                             dies->name);
    return status;
}

static const struct type_member *member_named(const struct type *type, const char *name)
{
    for (size_t i = 0; i < type->member_count; i++)
        if (type->members[i].name != NULL && strcmp(type->members[i].name, name) == 0)
            return &type->members[i];
    return NULL;
}

/* The macros' const is none of the type's. */
static struct type *without_const(struct type *type)
{
    return type->kind == TYPE_QUALIFIED && type->qualifiers == TYPE_CONST ? type->target : type;
}

/* `struct plugmgr_root_NAME { char version[MAJOR * 10000 + MINOR + 1]; TYPE object; }` */
static int fill_interface(struct type_interface *interface, const struct type *root)
{
    const uint64_t limit = 9999 * 10000 + 9999 + 1;
    const struct type_member *version = member_named(root, "version"), *object = member_named(root, "object"),
                             *function = member_named(root, "function");
    if (root->kind != TYPE_STRUCT || version == NULL || version->type->kind != TYPE_ARRAY ||
        version->type->is_flexible || version->type->count > limit || (object == NULL) == (function == NULL))
        return -1;
    interface->major = (unsigned)((version->type->count - 1) / 10000);
    interface->minor = (unsigned)((version->type->count - 1) % 10000);
    interface->is_function = function != NULL;
    interface->type = without_const(object != NULL ? object->type : function->type);
    if (function == NULL)
        return 0;
    if (interface->type->kind != TYPE_POINTER)
        return interface->type->kind == TYPE_UNSUPPORTED ? 0 : -1;
    interface->type = interface->type->target;
    return interface->type->kind == TYPE_FUNCTION || interface->type->kind == TYPE_UNSUPPORTED ? 0 : -1;
}

static int add_interface(struct object *object, struct type_reader *types, Dwarf_Die *variable, const char *name,
                         const char *where)
{
    struct type_graph *graph = object->graph;
    struct type_interface interface = {.where = where};
    Dwarf_Die root;
    if (!pm_is_identifier(name) || graph->interface_count == MAX_INTERFACES)
        return die_damaged(types->dies, variable, "a declaration of PlugMgr that is not as its macros write it");
    if (pointed_definition(types->dies, variable, &root) < 0)
        return -1;
    const struct type *type = type_read(types, &root);
    if (type == NULL)
        return -1;
    if (fill_interface(&interface, type) < 0)
        return die_damaged(types->dies, variable, "a declaration of PlugMgr that is not as its macros write it");
    interface.name = type_copy_name(types, variable, name);
    struct type_interface *added = graph_append(types, &graph->interfaces, graph->interface_count, sizeof(*added));
    if (interface.name == NULL || added == NULL)
        return -1;
    *added = interface;
    graph->interface_count++;
    object->found++;
    return 0;
}

static int add_opaque(struct object *object, struct type_reader *types, Dwarf_Die *variable)
{
    struct type_graph *graph = object->graph;
    Dwarf_Die tagged;
    if (pointed_struct(types->dies, variable, &tagged) < 0)
        return -1;
    const struct type *type = type_read(types, &tagged);
    if (type == NULL)
        return -1;
    /* What has no tag that can be written is not representable where it is used either. */
    if (type->name == NULL || type->kind != TYPE_STRUCT)
        return 0;
    for (size_t i = 0; i < graph->opaque_count; i++)
        if (strcmp(graph->opaque_tags[i], type->name) == 0)
            return 0;
    if (graph->opaque_count == MAX_OPAQUE)
        return message_error("%s: more than %d PLUGMGR_OPAQUE: no module has so many", types->dies->name, MAX_OPAQUE);
    const char **added = graph_append(types, &graph->opaque_tags, graph->opaque_count, sizeof(*added));
    if (added == NULL)
        return -1;
    *added = type->name;
    graph->opaque_count++;
    return 0;
}

/* `struct plugmgr_canary_cage { struct plugmgr_canary *canary; }`: what is behind the pointer must be there. */
static int check_canary(struct die_reader *dies, Dwarf_Die *variable)
{
    Dwarf_Die cage, member, pointer, canary;
    if (pointed_definition(dies, variable, &cage) < 0)
        return -1;
    int status = die_first_child(dies, &cage, &member);
    while (status > 0 && dwarf_tag(&member) != DW_TAG_member)
        status = die_next(dies, &member);
    if (status > 0)
        status = die_reference(dies, &member, DW_AT_type, &pointer);
    if (status > 0)
        status = die_reference(dies, &pointer, DW_AT_type, &canary);
    if (status < 0)
        return -1;
    if (status == 0)
        return die_damaged(dies, variable, "a declaration of PlugMgr that is not as its macros write it");
    if (die_flag(&canary, DW_AT_declaration) && !die_has(&canary, DW_AT_signature))
        return message_error("%s: limited debug information, without the structs behind pointers: compile with "
                             "-fstandalone-debug",
                             dies->name);
    return 0;
}

/* Variables of PlugMgr in one unit. */
struct variables {
    Dwarf_Die *items;
    size_t count;
    Dwarf_Die canary;
    bool has_canary;
};

/* Finds them: one look at each declaration of the unit. -1: told. */
static int find_variables(struct object *object, struct die_reader *dies, Dwarf_Die *unit, struct variables *variables)
{
    Dwarf_Die at;
    int status = die_first_child(dies, unit, &at);
    for (; status > 0; status = die_next(dies, &at)) {
        object->has_entries = true;
        if (dwarf_tag(&at) != DW_TAG_variable)
            continue;
        const char *name = die_name(&at);
        if (name == NULL || !has_prefix(name, "plugmgr_"))
            continue;
        if (strcmp(name, canary_name) == 0) {
            variables->canary = at;
            variables->has_canary = true;
        }
        if (!has_prefix(name, type_prefix) && !has_prefix(name, opaque_prefix))
            continue;
        if (variables->count == MAX_VARIABLES)
            return die_damaged(dies, &at, "more declarations of PlugMgr than any header has");
        Dwarf_Die *added = array_append(&variables->items, variables->count, sizeof(*added));
        if (added == NULL)
            return -1;
        *added = at;
        variables->count++;
    }
    return status;
}

static bool is_c(Dwarf_Die *unit)
{
    switch (dwarf_srclang(unit)) {
    case DW_LANG_C89:
    case DW_LANG_C:
    case DW_LANG_C99:
    case DW_LANG_C11:
    case DW_LANG_ObjC:
    case 0x2c: /* DW_LANG_C17 */
    case 0x3e: /* DW_LANG_C23 */
        return true;
    default:
        return false;
    }
}

static int read_variables(struct object *object, struct type_reader *types, Dwarf_Die *unit,
                          const struct variables *variables)
{
    const char *unit_name = die_name(unit);
    if (!variables->has_canary)
        return message_error("%s: an interface without plugmgr_canary: its header does not include plugmgr/interface.h",
                             types->dies->name);
    Dwarf_Die canary = variables->canary;
    if (check_canary(types->dies, &canary) < 0)
        return -1;
    const char *where = object->input->name;
    if (unit_name != NULL)
        where = pm_arena_join(&object->graph->arena, where, ": ", unit_name, NULL);
    types->is_c = is_c(unit);
    for (size_t i = 0; i < variables->count; i++) {
        Dwarf_Die variable = variables->items[i];
        const char *name = die_name(&variable);
        bool is_type = has_prefix(name, type_prefix);
        if (is_type ? add_interface(object, types, &variable, name + sizeof(type_prefix) - 1, where) < 0
                    : add_opaque(object, types, &variable) < 0)
            return -1;
    }
    type_end_unit(types);
    return 0;
}

static int read_unit(struct object *object, struct type_reader *types, Dwarf_Die *unit)
{
    struct variables variables = {0};
    int status = find_variables(object, types->dies, unit, &variables);
    if (status == 0 && variables.count > 0)
        status = read_variables(object, types, unit, &variables);
    free(variables.items);
    return status;
}

/* ---- split debug information ---- */

static int read_units(struct object *object, struct type_reader *types, uint64_t split_id);

static const char *attribute_string(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    return dwarf_attr(die, name, &attribute) == NULL ? NULL : dwarf_formstring(&attribute);
}

/* The file of the unit's debug information, if it is not in the object; NULL: it is. */
static const char *split_name(Dwarf_Die *unit)
{
    const char *name = attribute_string(unit, DW_AT_dwo_name);
    return name != NULL ? name : attribute_string(unit, DW_AT_GNU_dwo_name);
}

/* libdw asks for no memory that it can do without: its handler must not return. */
static void __attribute__((noreturn)) give_up(void)
{
    message_out_of_memory();
    exit(1);
}

/* A new reader for another file of the same object. */
static struct type_reader reader_for(struct object *object, struct die_reader *dies)
{
    return (struct type_reader){
        .dies = dies,
        .graph = object->graph,
        .is_big_endian = object->survey.byte_order == ELFDATA2MSB,
        .machine = object->survey.machine,
    };
}

static int read_split_bytes(struct object *object, const char *path, uint8_t *bytes, size_t size, uint64_t id)
{
    struct survey survey;
    if (survey_bytes(bytes, size, &survey) < 0 || !survey.has_info)
        return damaged(path, "it has no debug information");
    if (check_survey(&survey, path) < 0)
        return -1;
    Elf *elf = elf_memory((char *)bytes, size);
    Dwarf *dwarf = elf == NULL ? NULL : dwarf_begin_elf(elf, DWARF_C_READ, NULL);
    if (dwarf != NULL)
        dwarf_new_oom_handler(dwarf, give_up);
    struct die_reader dies = {
        .name = path, .dwarf = dwarf, .steps = die_step_limit(size), .has_groups = survey.has_groups};
    struct type_reader types = reader_for(object, &dies);
    int status = dwarf == NULL ? damaged(path, "its debug information cannot be read") : read_units(object, &types, id);
    type_reader_free(&types);
    dwarf_end(dwarf);
    elf_end(elf);
    return status;
}

/* Tries the file. 1: read; 0: it is not there; -1: told. */
static int try_split(struct object *object, const char *path, uint64_t id)
{
    struct pm_problem problem;
    uint8_t *bytes;
    size_t size;
    if (pm_file_read_whole(path, object_limit, &bytes, &size, &problem) < 0)
        return problem.code == PM_FILE_ABSENT ? 0 : message_error("%s: %s", path, problem.detail);
    int status = read_split_bytes(object, path, bytes, size, id);
    free(bytes);
    return status < 0 ? -1 : 1;
}

/* The compiler's name for the file is relative to where it ran; if both moved, the file lies beside the object. */
static int read_split(struct object *object, Dwarf_Die *unit, const char *name)
{
    const char *folder = attribute_string(unit, DW_AT_comp_dir), *base = strrchr(name, '/');
    struct pm_arena *arena = &object->graph->arena;
    uint64_t id = 0;
    Dwarf_Half version;
    uint8_t type;
    Dwarf_Die self;
    if (strlen(name) > PATH_MAX || (folder != NULL && strlen(folder) > PATH_MAX))
        return damaged(object->input->name, "the name of its .dwo file is too long");
    if (dwarf_cu_info(unit->cu, &version, &type, &self, NULL, &id, NULL, NULL) != 0)
        return damaged(object->input->name, "a unit of its debug information cannot be read");
    const char *path = name[0] == '/' || folder == NULL ? name : pm_arena_join(arena, folder, "/", name, NULL);
    int status = try_split(object, path, id);
    if (status == 0) {
        const char *slash = strrchr(object->input->name, '/');
        size_t length = slash == NULL || object->input->is_member ? 0 : (size_t)(slash + 1 - object->input->name);
        const char *beside = pm_arena_copy_bytes(arena, object->input->name, length);
        status = try_split(object, pm_arena_join(arena, beside, base != NULL ? base + 1 : name, NULL), id);
    }
    if (status != 0)
        return status < 0 ? -1 : 0;
    if (!object->is_declaring)
        return 0;
    return message_error("%s: its debug information is in %s, which is not there: compile without -gsplit-dwarf, or "
                         "keep the file",
                         object->input->name, path);
}

/* ---- the units ---- */

static bool is_unit_of_types(Dwarf_Die *unit)
{
    int tag = dwarf_tag(unit);
    return tag == DW_TAG_type_unit;
}

/* split_id: of the unit that is looked for in a split file; 0: all units. -1: told. */
static int read_units(struct object *object, struct type_reader *types, uint64_t split_id)
{
    Dwarf_CU *at = NULL;
    Dwarf_Half version;
    Dwarf_Die unit;
    uint8_t type;
    int status;
    bool is_found = false;
    if (dwarf_check_size(types->dies, object->input->is_linked) < 0)
        return -1;
    while ((status = dwarf_get_units(types->dies->dwarf, at, &at, &version, &type, &unit, NULL)) == 0) {
        uint64_t id = 0;
        Dwarf_Die self;
        if (die_step(types->dies, &unit) < 0)
            return -1;
        if (is_unit_of_types(&unit))
            continue;
        if (split_id != 0 && (dwarf_cu_info(at, &version, &type, &self, NULL, &id, NULL, NULL) != 0 || id != split_id))
            continue;
        is_found = true;
        const char *name = split_id == 0 ? split_name(&unit) : NULL;
        if (name != NULL ? read_split(object, &unit, name) < 0 : read_unit(object, types, &unit) < 0)
            return -1;
    }
    if (status < 0)
        return damaged(types->dies->name, "its debug information cannot be read");
    if (split_id != 0 && !is_found)
        return message_error("%s: not of the same compilation as %s: build both anew", types->dies->name,
                             object->input->name);
    return 0;
}

/* ---- objects ---- */

/* libdwfl asks for the file; its caller has it. */
static int give_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, char **ret_file, Elf **ret_elf)
{
    (void)module, (void)name, (void)base, (void)ret_file;
    *ret_elf = *data;
    *data = NULL; /* libdwfl owns it now */
    return -1;
}

/* No other file is ever searched for. */
static int find_nothing(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, const char *file,
                        const char *link, GElf_Word crc, char **ret_file)
{
    (void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)crc, (void)ret_file;
    return -1;
}

/* Addresses in code and data are of no interest. */
static int place_at_zero(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, const char *section,
                         GElf_Word index, const GElf_Shdr *header, Dwarf_Addr *ret_address)
{
    (void)module, (void)data, (void)name, (void)base, (void)section, (void)index, (void)header;
    *ret_address = 0;
    return 0;
}

static const Dwfl_Callbacks callbacks = {
    .find_elf = give_elf,
    .find_debuginfo = find_nothing,
    .section_address = place_at_zero,
};

/* Reads the object through libdwfl, which applies the relocations; into `bytes`, so they are a copy. */
static int read_with(struct object *object, Dwfl *dwfl, Elf *elf)
{
    const char *name = object->input->name;
    Dwarf_Addr bias;
    void **data;
    dwfl_report_begin(dwfl);
    Dwfl_Module *module = dwfl_report_module(dwfl, "object", 0, 1);
    if (module == NULL || dwfl_report_end(dwfl, NULL, NULL) != 0 ||
        dwfl_module_info(module, &data, NULL, NULL, NULL, NULL, NULL, NULL) == NULL) {
        elf_end(elf);
        return message_out_of_memory();
    }
    *data = elf;
    Dwarf *dwarf = dwfl_module_getdwarf(module, &bias);
    if (*data != NULL)
        elf_end(*data);
    if (dwarf == NULL)
        return message_error("%s: its debug information cannot be read (%s): the object is damaged, build it anew",
                             name, dwfl_errmsg(-1));
    dwarf_new_oom_handler(dwarf, give_up);
    struct die_reader dies = {.name = name,
                              .dwarf = dwarf,
                              .steps = die_step_limit(object->input->size + (size_t)object->survey.unfolded),
                              .has_groups = object->survey.has_groups};
    struct type_reader types = reader_for(object, &dies);
    int status = read_units(object, &types, 0);
    type_reader_free(&types);
    return status;
}

static int read_object(struct object *object)
{
    size_t size = object->input->size;
    char *bytes = malloc(size);
    if (bytes == NULL)
        return message_out_of_memory();
    memcpy(bytes, object->input->bytes, size);
    Dwfl *dwfl = dwfl_begin(&callbacks);
    Elf *elf = dwfl == NULL ? NULL : elf_memory(bytes, size);
    int status = elf == NULL ? message_out_of_memory() : read_with(object, dwfl, elf);
    dwfl_end(dwfl);
    free(bytes);
    return status;
}

/* Why an object that declares interfaces has none in its debug information. Returns -1. */
static int explain_absence(const struct object *object)
{
    const char *name = object->input->name;
    if (!object->survey.has_info && object->survey.has_other)
        return message_error("%s: only BTF or CTF, no DWARF: compile with -g", name);
    if (!object->survey.has_info && object->survey.has_groups)
        return message_error("%s: compiled with -fdebug-types-section: compile without it, or join the sections first, "
                             "with `ld -r --force-group-allocation`",
                             name);
    if (!object->survey.has_info)
        return message_error("%s: no debug information: compile with -g, and do not strip the object", name);
    if (object->has_entries)
        return message_error(
            "%s: its debug information has no types of its interfaces: compile with -g (not -g1, -gmlt "
            "or -gline-tables-only)",
            name);
    return message_error("%s: debug information without types: compile with -g (not -g1, -gmlt or -gline-tables-only)",
                         name);
}

/* Names stand in the object as they are, unless they are compressed or in another file; its symbols have them too. */
static bool mentions(const struct input_object *input)
{
    return memmem(input->bytes, input->size, type_prefix, sizeof(type_prefix) - 1) != NULL ||
           memmem(input->bytes, input->size, opaque_prefix, sizeof(opaque_prefix) - 1) != NULL;
}

int dwarf_read(const struct input_object *input, bool is_declaring, struct type_graph *graph)
{
    struct object object = {.input = input, .graph = graph, .is_declaring = is_declaring};
    bool is_mentioned = is_declaring || mentions(input);
    elf_version(EV_CURRENT);
    if (survey_bytes(input->bytes, input->size, &object.survey) < 0)
        return is_mentioned ? damaged(input->name, "its section headers cannot be read") : 0;
    if (!is_mentioned && (!object.survey.is_compressed || object.survey.is_zstd))
        return 0;
    if (check_survey(&object.survey, input->name) < 0)
        return -1;
    if (object.survey.has_info) {
        if (!input->is_linked && input->size > object_limit)
            return message_error("%s: larger than %zu MB: declare the interfaces in a smaller object", input->name,
                                 object_limit >> 20);
        if (graph->word_size == 0)
            graph->word_size = object.survey.word_size;
        if (read_object(&object) < 0)
            return -1;
    }
    if (graph->arena.failed)
        return message_out_of_memory();
    return is_declaring && object.found == 0 ? explain_absence(&object) : 0;
}
