/* SPDX-License-Identifier: MIT */
#include "pinobj.h"

#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The sections, in their order in the file; one that has nothing in it is left out. */
enum part {
    PART_NOTES,
    PART_ABIS,
    PART_PROPERTIES,
    PART_DATA,
    PART_RELOCATIONS,
    PART_STACK,
    PART_SYMBOLS,
    PART_STRINGS,
    PART_NAMES,
    PARTS
};

struct section {
    const char *name;
    uint32_t type;
    uint64_t flags, align, entry_size;
    Elf_Type data_type;
    char *bytes;
    size_t size;
    size_t index; /* in the file; 0: left out */
    Elf_Data *data;
};

struct object {
    const struct declarations *declarations;
    Elf *elf;
    struct section sections[PARTS];
    struct pm_buffer notes, abis, properties, strings, names;
    char *data, *symbols, *relocations;
    size_t symbol_count, reference_count;
};

/* ---- notes ---- */

static void write_pin(struct pm_buffer *buffer, const struct pm_pin *pin, bool is_swapped, struct pm_arena *arena)
{
    const char **strings = pm_arena_new(arena, (pin->build_id_count + 3) * sizeof(*strings));
    size_t count = 0;
    if (strings == NULL)
        return;
    strings[count++] = pm_arena_join(arena, "object=", pin->object, NULL);
    for (size_t i = 0; i < pin->build_id_count; i++) {
        const struct pm_build_id *id = &pin->build_ids[i];
        strings[count++] = pm_arena_join(arena, "build-id=", pm_arena_hex(arena, id->bytes, id->size), NULL);
    }
    if (pin->required)
        strings[count++] = "require=yes";
    if (pin->hint != NULL)
        strings[count++] = pm_arena_join(arena, "hint=", pin->hint, NULL);
    pm_note_write(buffer, PLUGMGR_NOTE_PIN, strings, count, 4, is_swapped);
}

static void write_abi(struct pm_buffer *buffer, const struct pm_abi *abi, bool is_swapped, struct pm_arena *arena)
{
    const char *version = pm_arena_join(arena, pm_arena_number(arena, abi->version.major), ".",
                                        pm_arena_number(arena, abi->version.minor), NULL);
    const char *const strings[] = {
        pm_arena_join(arena, "interface=", abi->interface_name, NULL),
        pm_arena_join(arena, "version=", version, NULL),
        pm_arena_join(arena, "id=", abi->id, NULL),
        pm_arena_join(arena, "text=", abi->text, NULL),
    };
    pm_note_write(buffer, PLUGMGR_NOTE_ABI, strings, sizeof(strings) / sizeof(strings[0]), 4, is_swapped);
}

/* Reads back what was written: what a reader would refuse (a soname with control characters) must not be linked in. */
static int check_notes(const struct pm_buffer *buffer, size_t align, bool is_swapped)
{
    struct pm_facts facts = {0};
    struct pm_problem problem;
    struct pm_note note;
    size_t offset = 0;
    int status;
    const uint8_t *bytes = (const uint8_t *)buffer->data;
    while ((status = pm_note_next(bytes, buffer->size, align, is_swapped, &offset, &note, &problem)) > 0)
        if ((status = pm_facts_add(&facts, &note, &problem)) < 0)
            break;
    if (status < 0)
        message_error("cannot be written: %s", problem.detail);
    else if (facts.arena.failed)
        status = message_out_of_memory();
    pm_facts_free(&facts);
    return status;
}

static int make_notes(struct object *object, const struct pm_facts *facts)
{
    struct pm_arena arena = {0};
    bool is_swapped = target_is_swapped(&object->declarations->target);
    for (size_t i = 0; i < facts->pin_count; i++)
        write_pin(&object->notes, &facts->pins[i], is_swapped, &arena);
    for (size_t i = 0; i < facts->abi_count; i++)
        write_abi(&object->abis, &facts->abis[i], is_swapped, &arena);
    properties_write(&object->declarations->properties, target_property_form(&object->declarations->target),
                     &object->properties);
    bool has_failed = arena.failed || object->notes.failed || object->abis.failed || object->properties.failed;
    pm_arena_free(&arena);
    if (has_failed)
        return message_out_of_memory();
    if (check_notes(&object->notes, 4, is_swapped) < 0)
        return -1;
    return check_notes(&object->abis, 4, is_swapped);
}

/* ---- symbols ---- */

static uint32_t add_string(struct pm_buffer *buffer, const char *prefix, const char *text)
{
    if (buffer->size == 0)
        pm_buffer_add_bytes(buffer, "", 1);
    size_t offset = buffer->size;
    pm_buffer_add(buffer, prefix);
    pm_buffer_add_bytes(buffer, text, strlen(text) + 1);
    return (uint32_t)offset;
}

static bool uses_rel(const struct target *target)
{
    return target->machine == EM_386 || target->machine == EM_ARM ||
           (target->machine == EM_MIPS && target->elf_class == ELFCLASS32);
}

/* MIPS64 packs r_info in a form of its own: there the undefined symbol must do, which pulls in archive members too. */
static bool has_relocations(const struct target *target)
{
    return target->machine != EM_MIPS || target->elf_class != ELFCLASS64;
}

/* A reference back: an undefined symbol, and a relocation of type 0, which is R_…_NONE on every machine: it writes
 * nothing and needs no text relocation, but without one gold and lld do not tell that the symbol is missing. */
static bool add_reference(struct object *object, const char *name, unsigned char visibility)
{
    GElf_Sym symbol = {
        .st_name = add_string(&object->strings, "", name),
        .st_info = GELF_ST_INFO(STB_GLOBAL, STT_NOTYPE),
        .st_other = visibility,
        .st_shndx = SHN_UNDEF,
    };
    Elf_Data *relocations = object->sections[PART_RELOCATIONS].data;
    int at = (int)object->reference_count++, symbol_at = (int)object->symbol_count++;
    if (!gelf_update_sym(object->sections[PART_SYMBOLS].data, symbol_at, &symbol))
        return false;
    if (!has_relocations(&object->declarations->target))
        return true;
    uint64_t info = GELF_R_INFO((uint64_t)symbol_at, 0);
    if (uses_rel(&object->declarations->target)) {
        GElf_Rel rel = {.r_info = info};
        return gelf_update_rel(relocations, at, &rel);
    }
    GElf_Rela rela = {.r_info = info};
    return gelf_update_rela(relocations, at, &rela);
}

static bool add_guard(struct object *object, const char *interface, size_t at)
{
    GElf_Sym symbol = {
        .st_name = add_string(&object->strings, GUARD_PREFIX, interface),
        .st_info = GELF_ST_INFO(STB_GLOBAL, STT_OBJECT),
        .st_other = STV_HIDDEN,
        .st_shndx = (GElf_Section)object->sections[PART_DATA].index,
        .st_value = at,
        .st_size = 1,
    };
    return gelf_update_sym(object->sections[PART_SYMBOLS].data, (int)object->symbol_count++, &symbol);
}

static bool add_symbols(struct object *object)
{
    const struct declarations *declarations = object->declarations;
    bool is_done = true;
    object->symbol_count = 1; /* the first is null */
    for (size_t i = 0; i < declarations->guards.count; i++)
        is_done = is_done && add_guard(object, declarations->guards.items[i], i);
    for (size_t i = 0; i < declarations->anchors.count; i++)
        is_done = is_done && add_reference(object, declarations->anchors.items[i], STV_HIDDEN);
    /* A hidden reference would hide the definition, and the manager would not find it. */
    for (size_t i = 0; i < declarations->entries.count; i++)
        is_done = is_done && add_reference(object, declarations->entries.items[i], STV_DEFAULT);
    return is_done;
}

/* ---- sections ---- */

static size_t form_size(const struct object *object, Elf_Type type)
{
    return gelf_fsize(object->elf, type, 1, EV_CURRENT);
}

/* What is fixed about each section; sizes follow from the declarations, indices from what is there. */
static int plan_sections(struct object *object)
{
    const struct declarations *declarations = object->declarations;
    bool is_rel = uses_rel(&declarations->target);
    Elf_Type relocation_type = is_rel ? ELF_T_REL : ELF_T_RELA;
    uint64_t word = declarations->target.elf_class == ELFCLASS64 ? 8 : 4;
    size_t references = declarations->anchors.count + declarations->entries.count;
    size_t symbols = 1 + declarations->guards.count + references;
    size_t symbol_size = form_size(object, ELF_T_SYM), relocation_size = form_size(object, relocation_type);
    size_t relocations = has_relocations(&declarations->target) ? references : 0;
    size_t data_size = declarations->guards.count > 0 ? declarations->guards.count : 1;
    object->data = calloc(1, data_size);
    object->symbols = calloc(symbols, symbol_size);
    object->relocations = calloc(relocations + 1, relocation_size);
    if (object->data == NULL || object->symbols == NULL || object->relocations == NULL)
        return message_out_of_memory();
    struct section *sections = object->sections;
    sections[PART_NOTES] = (struct section){PLUGMGR_NOTE_SECTION, SHT_NOTE,           SHF_ALLOC,          4, 0,
                                            ELF_T_BYTE,           object->notes.data, object->notes.size, 0, NULL};
    sections[PART_ABIS] =
        (struct section){PLUGMGR_NOTE_SECTION ".abi", SHT_NOTE,          SHF_ALLOC, 4, 0, ELF_T_BYTE,
                         object->abis.data,           object->abis.size, 0,         NULL};
    sections[PART_PROPERTIES] =
        (struct section){".note.gnu.property",    SHT_NOTE, SHF_ALLOC, word, 0, ELF_T_BYTE, object->properties.data,
                         object->properties.size, 0,        NULL};
    sections[PART_DATA] = (struct section){".rodata.plugmgr", SHT_PROGBITS, SHF_ALLOC, 1, 0,
                                           ELF_T_BYTE,        object->data, data_size, 0, NULL};
    sections[PART_RELOCATIONS] = (struct section){is_rel ? ".rel.rodata.plugmgr" : ".rela.rodata.plugmgr",
                                                  is_rel ? SHT_REL : SHT_RELA,
                                                  SHF_INFO_LINK,
                                                  word,
                                                  relocation_size,
                                                  relocation_type,
                                                  object->relocations,
                                                  relocations * relocation_size,
                                                  0,
                                                  NULL};
    sections[PART_STACK] = (struct section){".note.GNU-stack", SHT_PROGBITS, 0, 1, 0, ELF_T_BYTE, NULL, 0, 0, NULL};
    sections[PART_SYMBOLS] = (struct section){
        ".symtab", SHT_SYMTAB, 0, word, symbol_size, ELF_T_SYM, object->symbols, symbols * symbol_size, 0, NULL};
    sections[PART_STRINGS] = (struct section){".strtab", SHT_STRTAB, 0, 1, 0, ELF_T_BYTE, NULL, 0, 0, NULL};
    sections[PART_NAMES] = (struct section){".shstrtab", SHT_STRTAB, 0, 1, 0, ELF_T_BYTE, NULL, 0, 0, NULL};
    size_t index = 1;
    for (int i = 0; i < PARTS; i++) {
        bool is_wanted = sections[i].size > 0 || i == PART_STACK || i == PART_STRINGS || i == PART_NAMES;
        if (!is_wanted)
            continue;
        sections[i].index = index++;
    }
    return 0;
}

static bool add_section(struct object *object, enum part part)
{
    struct section *section = &object->sections[part];
    GElf_Shdr header;
    Elf_Scn *scn = elf_newscn(object->elf);
    Elf_Data *data = scn != NULL ? elf_newdata(scn) : NULL;
    if (data == NULL || gelf_getshdr(scn, &header) == NULL)
        return false;
    *data = (Elf_Data){
        .d_buf = section->bytes,
        .d_size = section->size,
        .d_type = section->data_type,
        .d_align = section->align,
        .d_version = EV_CURRENT,
    };
    section->data = data;
    header.sh_name = add_string(&object->names, "", section->name);
    header.sh_type = section->type;
    header.sh_flags = section->flags;
    header.sh_addralign = section->align;
    header.sh_entsize = section->entry_size;
    if (part == PART_RELOCATIONS) {
        header.sh_link = (GElf_Word)object->sections[PART_SYMBOLS].index;
        header.sh_info = (GElf_Word)object->sections[PART_DATA].index;
    } else if (part == PART_SYMBOLS) {
        header.sh_link = (GElf_Word)object->sections[PART_STRINGS].index;
        header.sh_info = 1; /* the first global symbol */
    }
    return gelf_update_shdr(scn, &header);
}

static bool write_header(struct object *object)
{
    const struct target *target = &object->declarations->target;
    GElf_Ehdr header;
    if (gelf_getehdr(object->elf, &header) == NULL)
        return false;
    header.e_ident[EI_DATA] = target->byte_order;
    header.e_ident[EI_OSABI] = target->os_abi;
    header.e_ident[EI_ABIVERSION] = target->abi_version;
    header.e_type = ET_REL;
    header.e_machine = (GElf_Half)target->machine;
    header.e_version = EV_CURRENT;
    header.e_flags = target->flags;
    header.e_shstrndx = (GElf_Half)object->sections[PART_NAMES].index;
    return gelf_update_ehdr(object->elf, &header);
}

static void set_strings(struct object *object, enum part part, const struct pm_buffer *strings)
{
    object->sections[part].data->d_buf = strings->data;
    object->sections[part].data->d_size = strings->size;
}

static int make_object(struct object *object, const struct pm_facts *facts)
{
    if (make_notes(object, facts) < 0 || plan_sections(object) < 0)
        return -1;
    bool is_done = write_header(object);
    for (int i = 0; i < PARTS; i++)
        if (object->sections[i].index > 0)
            is_done = is_done && add_section(object, (enum part)i);
    is_done = is_done && add_symbols(object);
    if (object->strings.failed || object->names.failed)
        return message_out_of_memory();
    if (is_done) {
        set_strings(object, PART_STRINGS, &object->strings);
        set_strings(object, PART_NAMES, &object->names);
    }
    if (!is_done || elf_update(object->elf, ELF_C_WRITE) < 0)
        return message_error("cannot be written: %s", elf_errmsg(-1));
    return 0;
}

/* ---- the file ---- */

static int write_to(int descriptor, const struct declarations *declarations, const struct pm_facts *facts)
{
    struct object object = {.declarations = declarations};
    int status = -1;
    elf_version(EV_CURRENT);
    object.elf = elf_begin(descriptor, ELF_C_WRITE, NULL);
    if (object.elf == NULL || gelf_newehdr(object.elf, declarations->target.elf_class) == NULL)
        message_error("cannot be written: %s", elf_errmsg(-1));
    else
        status = make_object(&object, facts);
    elf_end(object.elf);
    free(object.notes.data);
    free(object.abis.data);
    free(object.properties.data);
    free(object.strings.data);
    free(object.names.data);
    free(object.data);
    free(object.symbols);
    free(object.relocations);
    return status;
}

static int finish(int descriptor, const char *temporary, const char *path)
{
    mode_t mask = umask(0);
    umask(mask);
    int status = fchmod(descriptor, 0666 & ~mask);
    int error = errno;
    if (close(descriptor) < 0 && status == 0) {
        status = -1;
        error = errno;
    }
    if (status == 0 && rename(temporary, path) < 0) {
        status = -1;
        error = errno;
    }
    return status < 0 ? message_error("%s: cannot be written: %s", path, strerror(error)) : 0;
}

int pinobj_write(const char *path, const struct declarations *declarations, const struct pm_facts *facts)
{
    char *temporary;
    if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
        return message_out_of_memory();
    int descriptor = mkostemp(temporary, O_CLOEXEC);
    if (descriptor < 0) {
        message_error("%s: cannot be written: %s", path, strerror(errno));
        free(temporary);
        return -1;
    }
    int status = write_to(descriptor, declarations, facts);
    if (status < 0)
        close(descriptor);
    else
        status = finish(descriptor, temporary, path);
    if (status < 0)
        unlink(temporary);
    free(temporary);
    return status;
}
