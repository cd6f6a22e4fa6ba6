/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <string.h>

/* Of the object that this code is linked into; every linker defines it. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

struct pm_traits pm_process_traits(void)
{
    return (struct pm_traits){
        .elf_class = __ehdr_start.e_ident[EI_CLASS],
        .byte_order = __ehdr_start.e_ident[EI_DATA],
        .machine = __ehdr_start.e_machine,
        .type = __ehdr_start.e_type,
        .flags = __ehdr_start.e_flags,
    };
}

/* ---- one object ---- */

static void find_range(const struct dl_phdr_info *info, uintptr_t *ret_begin, uintptr_t *ret_end)
{
    *ret_begin = UINTPTR_MAX;
    *ret_end = 0;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD)
            continue;
        uintptr_t begin = info->dlpi_addr + segment->p_vaddr, end = begin + segment->p_memsz;
        if (begin < *ret_begin)
            *ret_begin = begin;
        if (end > *ret_end)
            *ret_end = end;
    }
}

/* Whether the segment is really there: some tools leave note segments that no load segment covers. */
static bool is_mapped(const struct dl_phdr_info *info, const ElfW(Phdr) * part)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_R) != 0 && part->p_vaddr >= segment->p_vaddr &&
            part->p_vaddr - segment->p_vaddr <= segment->p_filesz &&
            part->p_filesz <= segment->p_filesz - (part->p_vaddr - segment->p_vaddr))
            return true;
    }
    return false;
}

/* facts may be NULL. 1: there are PlugMgr notes; 0; -1: *ret_problem. */
static int read_notes(const struct dl_phdr_info *info, struct pm_facts *facts, struct pm_build_id *ret_build_id,
                      struct pm_problem *ret_problem)
{
    int found = 0;
    ret_build_id->size = 0;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_NOTE || !is_mapped(info, segment))
            continue;
        const uint8_t *bytes = (const uint8_t *)(info->dlpi_addr + segment->p_vaddr);
        struct pm_note note;
        size_t at = 0, align = pm_note_alignment(bytes, segment->p_filesz, segment->p_align, false);
        int more;
        while ((more = pm_note_next(bytes, segment->p_filesz, align, false, &at, &note, ret_problem)) > 0) {
            if (ret_build_id->size == 0)
                pm_note_is_build_id(&note, ret_build_id);
            if (facts == NULL || !pm_note_is_plugmgr(&note))
                continue;
            found = 1;
            if (pm_facts_add(facts, &note, ret_problem) < 0)
                return -1;
        }
        if (more < 0 && facts != NULL)
            return -1;
    }
    return found;
}

/* glibc adds the base to the addresses of the dynamic section, but where that is read-only (RISC-V, the vDSO). */
static const char *string_table(const struct dl_phdr_info *info, ElfW(Addr) address)
{
    return (const char *)(address < info->dlpi_addr ? address + info->dlpi_addr : address);
}

static const ElfW(Dyn) * find_dynamic(const struct dl_phdr_info *info)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            return (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    return NULL;
}

static void read_dynamic(const struct dl_phdr_info *info, struct pm_arena *arena, struct pm_dynamic *ret_dynamic)
{
    const ElfW(Dyn) *dynamic = find_dynamic(info);
    const char *strings = NULL;
    size_t needed = 0;
    *ret_dynamic = (struct pm_dynamic){0};
    if (dynamic == NULL)
        return;
    for (const ElfW(Dyn) *entry = dynamic; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_STRTAB)
            strings = string_table(info, entry->d_un.d_ptr);
        needed += entry->d_tag == DT_NEEDED;
        pm_dynamic_add_flags(ret_dynamic, (uint64_t)entry->d_tag, entry->d_un.d_val);
    }
    ret_dynamic->needed = pm_arena_new(arena, needed * sizeof(*ret_dynamic->needed));
    if (strings == NULL || ret_dynamic->needed == NULL)
        return;
    for (const ElfW(Dyn) *entry = dynamic; entry->d_tag != DT_NULL; entry++) {
        const char *text = strings + entry->d_un.d_val;
        if (entry->d_tag == DT_NEEDED)
            ret_dynamic->needed[ret_dynamic->needed_count++] = pm_arena_copy(arena, text);
        else if (entry->d_tag == DT_SONAME)
            ret_dynamic->soname = pm_arena_copy(arena, text);
        else if (entry->d_tag == DT_RPATH)
            ret_dynamic->rpath = pm_arena_copy(arena, text);
        else if (entry->d_tag == DT_RUNPATH)
            ret_dynamic->runpath = pm_arena_copy(arena, text);
    }
}

static void read_mapped(const struct dl_phdr_info *info, struct pm_mapped *ret_object)
{
    struct pm_problem ignored;
    ret_object->base = info->dlpi_addr;
    find_range(info, &ret_object->begin, &ret_object->end);
    read_notes(info, NULL, &ret_object->build_id, &ignored);
}

/* ---- its symbols ---- */

static uint64_t view_remaining(void *data, uint64_t address)
{
    const struct dl_phdr_info *info = data;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uint64_t begin = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_R) != 0 && address >= begin &&
            address - begin < segment->p_memsz)
            return segment->p_memsz - (address - begin);
    }
    return 0;
}

static const uint8_t *view_range(void *data, uint64_t address, uint64_t size, const char *what,
                                 struct pm_problem *ret_problem)
{
    if (size <= view_remaining(data, address))
        return (const uint8_t *)(uintptr_t)address;
    pm_problem_set(ret_problem, PM_ELF_MALFORMED, what, " is not in a load segment", NULL);
    return NULL;
}

static struct pm_view make_view(struct dl_phdr_info *info)
{
    struct pm_view view = {
        .range = view_range,
        .remaining = view_remaining,
        .data = info,
        .elf_class = __ehdr_start.e_ident[EI_CLASS],
        .machine = __ehdr_start.e_machine,
    };
    const ElfW(Dyn) *entry = find_dynamic(info);
    for (; entry != NULL && entry->d_tag != DT_NULL; entry++)
        pm_tables_add(&view.tables, (uint64_t)entry->d_tag, entry->d_un.d_val, info->dlpi_addr);
    return view;
}

/* ---- all objects ---- */

static int count_object(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)info;
    (void)size;
    ++*(size_t *)data;
    return 0;
}

struct snapshot {
    struct pm_process *process;
    size_t room;
};

static int add_object(struct dl_phdr_info *info, size_t size, void *data)
{
    struct snapshot *snapshot = data;
    struct pm_process *process = snapshot->process;
    (void)size;
    if (process->count == snapshot->room) /* another thread loaded one since they were counted: take what was there */
        return 0;
    struct pm_mapped *object = &process->objects[process->count++];
    object->name = pm_arena_copy(&process->arena, info->dlpi_name != NULL ? info->dlpi_name : "");
    read_mapped(info, object);
    read_dynamic(info, &process->arena, &object->dynamic);
    return 0;
}

int pm_process_read(struct pm_process *ret_process)
{
    *ret_process = (struct pm_process){0};
    struct snapshot snapshot = {.process = ret_process};
    dl_iterate_phdr(count_object, &snapshot.room);
    ret_process->objects = pm_arena_new(&ret_process->arena, snapshot.room * sizeof(*ret_process->objects));
    if (ret_process->objects != NULL)
        dl_iterate_phdr(add_object, &snapshot);
    return ret_process->arena.failed ? -1 : 0;
}

void pm_process_free(struct pm_process *process)
{
    pm_arena_free(&process->arena);
}

const struct pm_mapped *pm_process_named(const struct pm_process *process, const char *soname)
{
    for (size_t i = 0; i < process->count; i++)
        if (pm_answers_to(process->objects[i].name, &process->objects[i].dynamic, soname))
            return &process->objects[i];
    return NULL;
}

bool pm_process_needs(struct pm_process *process, uintptr_t user, uintptr_t needed)
{
    bool *is_seen = pm_arena_new(&process->arena, process->count * sizeof(*is_seen));
    const struct pm_mapped **queue = pm_arena_new(&process->arena, process->count * sizeof(*queue));
    size_t count = 0;
    for (size_t i = 0; queue != NULL && is_seen != NULL && i < process->count; i++)
        if (process->objects[i].base == user && count == 0) {
            queue[count++] = &process->objects[i];
            is_seen[i] = true;
        }
    for (size_t at = 0; at < count; at++) {
        const struct pm_dynamic *dynamic = &queue[at]->dynamic;
        for (size_t i = 0; i < dynamic->needed_count; i++) {
            const struct pm_mapped *object = pm_process_named(process, dynamic->needed[i]);
            if (object == NULL || is_seen[object - process->objects])
                continue;
            if (object->base == needed)
                return true;
            is_seen[object - process->objects] = true;
            queue[count++] = object;
        }
    }
    return false;
}

static bool is_object(const struct dl_phdr_info *info, uintptr_t base, const char *name)
{
    return info->dlpi_addr == base && strcmp(info->dlpi_name != NULL ? info->dlpi_name : "", name) == 0;
}

struct search {
    uintptr_t base;
    const char *name;
    struct pm_mapped *ret_object;
};

static int compare_object(struct dl_phdr_info *info, size_t size, void *data)
{
    struct search *search = data;
    (void)size;
    if (!is_object(info, search->base, search->name))
        return 0;
    *search->ret_object = (struct pm_mapped){0};
    read_mapped(info, search->ret_object);
    return 1;
}

bool pm_process_find(uintptr_t base, const char *name, struct pm_mapped *ret_object)
{
    struct search search = {base, name, ret_object};
    return dl_iterate_phdr(compare_object, &search) == 1;
}

struct visit {
    uintptr_t base;
    const char *name;
    void (*visit)(void *data, struct pm_view *view);
    void *data;
};

static int visit_object(struct dl_phdr_info *info, size_t size, void *data)
{
    const struct visit *visit = data;
    (void)size;
    if (!is_object(info, visit->base, visit->name))
        return 0;
    struct pm_view view = make_view(info);
    visit->visit(visit->data, &view);
    pm_view_free(&view);
    return 1;
}

bool pm_process_visit(uintptr_t base, const char *name, void (*visit)(void *data, struct pm_view *view), void *data)
{
    struct visit whom = {base, name, visit, data};
    return dl_iterate_phdr(visit_object, &whom) == 1;
}

bool pm_process_has_symbol(const char *name, const char *version)
{
    dlerror();
    if (version != NULL && dlvsym(RTLD_DEFAULT, name, version) != NULL)
        return true;
    if (version == NULL && dlsym(RTLD_DEFAULT, name) != NULL)
        return true;
    return dlerror() == NULL; /* defined as 0 */
}

struct cause_search {
    uintptr_t base;
    const char *name;
    struct pm_arena *arena;
    struct pm_unload_causes *ret_causes;
    bool is_read;
};

static int find_causes(struct dl_phdr_info *info, size_t size, void *data)
{
    struct cause_search *search = data;
    struct pm_references references;
    struct pm_dynamic dynamic = {0};
    struct pm_problem ignored;
    (void)size;
    if (!is_object(info, search->base, search->name))
        return 0;
    const ElfW(Dyn) *entry = find_dynamic(info);
    for (; entry != NULL && entry->d_tag != DT_NULL; entry++)
        pm_dynamic_add_flags(&dynamic, (uint64_t)entry->d_tag, entry->d_un.d_val);
    struct pm_view view = make_view(info);
    search->is_read = pm_view_read_references(&view, search->arena, &references, &ignored) == 0;
    if (search->is_read)
        pm_unload_causes_find(&references, &dynamic, search->ret_causes);
    pm_view_free(&view);
    return 1;
}

bool pm_process_unload_causes(uintptr_t base, const char *name, struct pm_arena *arena,
                              struct pm_unload_causes *ret_causes)
{
    struct cause_search search = {base, name, arena, ret_causes, false};
    return dl_iterate_phdr(find_causes, &search) == 1 && search.is_read;
}

struct note_search {
    uintptr_t address;
    struct pm_facts *facts;
    struct pm_build_id *build_id;
    struct pm_problem *problem;
    int result;
};

static int read_notes_at(struct dl_phdr_info *info, size_t size, void *data)
{
    struct note_search *search = data;
    uintptr_t begin, end;
    (void)size;
    find_range(info, &begin, &end);
    if (search->address < begin || search->address >= end)
        return 0;
    search->result = read_notes(info, search->facts, search->build_id, search->problem);
    return 1;
}

int pm_process_read_notes(const void *address, struct pm_facts *facts, struct pm_build_id *ret_build_id,
                          struct pm_problem *ret_problem)
{
    struct note_search search = {(uintptr_t)address, facts, ret_build_id, ret_problem, 0};
    dl_iterate_phdr(read_notes_at, &search);
    return search.result;
}
