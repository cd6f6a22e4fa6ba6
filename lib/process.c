/* SPDX-License-Identifier: MIT */
#include "process.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdatomic.h>
#include <stdlib.h>
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

/* facts may be NULL: then the build-ID alone is looked for. 1: there are PlugMgr notes; 0; -1: *ret_problem. */
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
            if (facts == NULL && ret_build_id->size > 0)
                return 0;
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

/* What was read of one object, shared by the lists that it is in. */
struct entry {
    struct pm_mapped mapped;
    struct pm_present present;
    struct pm_arena arena;
    atomic_uint holders;
};

/* Nothing of it changes any more but unload_count, which belongs to whoever took the list out of known. */
struct pm_process_list {
    struct entry **entries;
    const struct pm_mapped **objects;
    struct pm_present *present;
    size_t count, room;
    unsigned long long unload_count; /* when these were the first objects that were loaded */
    atomic_uint holders;
};

/* The list that was made last. It is taken out while somebody looks at it, and whoever comes meanwhile begins anew: so
 * nobody waits, also not in a child of a fork. */
static _Atomic(struct pm_process_list *) known;

static struct entry *hold_entry(struct entry *entry)
{
    atomic_fetch_add(&entry->holders, 1);
    return entry;
}

static void release_entry(struct entry *entry)
{
    if (atomic_fetch_sub(&entry->holders, 1) > 1)
        return;
    pm_arena_free(&entry->arena);
    free(entry);
}

void pm_process_release(struct pm_process_list *list)
{
    if (list == NULL || atomic_fetch_sub(&list->holders, 1) > 1)
        return;
    for (size_t i = 0; i < list->count; i++)
        release_entry(list->entries[i]);
    free(list);
}

static struct pm_process_list *hold_list(struct pm_process_list *list)
{
    atomic_fetch_add(&list->holders, 1);
    return list;
}

struct pm_process_list *pm_process_hold(const struct pm_process *process)
{
    return process->list != NULL ? hold_list(process->list) : NULL;
}

static struct pm_process_list *take_known(void)
{
    return atomic_exchange(&known, NULL);
}

static void put_known(struct pm_process_list *list)
{
    pm_process_release(atomic_exchange(&known, list));
}

void pm_process_forget(void)
{
    put_known(NULL);
}

/* Empty, with room; NULL: no memory. */
static struct pm_process_list *new_list(size_t room, unsigned long long unload_count)
{
    struct pm_process_list *list =
        calloc(1, sizeof(*list) + room * (sizeof(*list->entries) + sizeof(*list->objects) + sizeof(*list->present)));
    if (list == NULL)
        return NULL;
    list->present = (struct pm_present *)(list + 1);
    list->entries = (struct entry **)(list->present + room);
    list->objects = (const struct pm_mapped **)(list->entries + room);
    list->room = room;
    list->unload_count = unload_count;
    list->holders = 1;
    return list;
}

/* Where there is room. */
static void add_entry(struct pm_process_list *list, struct entry *entry)
{
    list->entries[list->count] = entry;
    list->objects[list->count] = &entry->mapped;
    list->present[list->count++] = entry->present;
}

/* The first objects of a list, with room for more. NULL: no memory. */
static struct pm_process_list *copy_list(const struct pm_process_list *list, size_t count, size_t room,
                                         unsigned long long unload_count)
{
    struct pm_process_list *copy = new_list(room, unload_count);
    for (size_t i = 0; copy != NULL && i < count; i++)
        add_entry(copy, hold_entry(list->entries[i]));
    return copy;
}

/* The path without "//" and "/./": what a plugin's $ORIGIN gives carries the spelling that it was loaded by. */
static const char *tidy(struct pm_arena *arena, const char *path)
{
    if (strstr(path, "//") == NULL && strstr(path, "/./") == NULL)
        return path;
    char *copy = pm_arena_new(arena, strlen(path) + 1), *end = copy;
    if (copy == NULL)
        return path;
    for (const char *at = path; *at != '\0'; at++) {
        if (at[0] == '/' && (at[1] == '/' || (at[1] == '.' && at[2] == '/'))) {
            at += at[1] == '.';
            continue;
        }
        *end++ = *at;
    }
    return copy;
}

/* NULL: no memory. */
static struct entry *new_entry(const struct dl_phdr_info *info)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL)
        return NULL;
    struct pm_mapped *object = &entry->mapped;
    entry->holders = 1;
    object->name = pm_arena_copy(&entry->arena, info->dlpi_name != NULL ? info->dlpi_name : "");
    read_mapped(info, object);
    read_dynamic(info, &entry->arena, &object->dynamic);
    entry->present = (struct pm_present){tidy(&entry->arena, object->name), object->build_id, &object->dynamic, true};
    if (!entry->arena.failed)
        return entry;
    release_entry(entry);
    return NULL;
}

/* Of one look at all objects. */
struct counters {
    size_t seen;                     /* by this look */
    size_t loaded;                   /* by the dynamic linker's own; 0: it has none */
    unsigned long long unload_count; /* another of its own */
};

/* Whether the dynamic linker's are of these objects alone: glibc counts those of other namespaces with them, and more
 * than once, and who takes the place of dl_iterate_phdr may not fill them in. */
static bool is_counted(const struct counters *counters)
{
    return counters->loaded == counters->seen;
}

static void count_object(struct counters *counters, const struct dl_phdr_info *info, size_t size)
{
    if (counters->seen++ == 0 && size >= offsetof(struct dl_phdr_info, dlpi_subs) + sizeof(info->dlpi_subs)) {
        counters->loaded = (size_t)(info->dlpi_adds - info->dlpi_subs);
        counters->unload_count = info->dlpi_subs;
    }
}

struct reading {
    const struct pm_process_list *old; /* NULL: nothing is known */
    size_t kept;                       /* so many objects are as they were in old */
    struct counters counters;
    struct pm_process_list *list; /* NULL: there is nothing new yet */
    bool failed;
};

/* Who writes into the file of an object changes what is mapped of it. */
static bool is_unchanged(const struct entry *entry, const struct dl_phdr_info *info)
{
    struct pm_build_id build_id;
    struct pm_problem ignored;
    read_notes(info, NULL, &build_id, &ignored);
    return pm_build_id_equal(&build_id, &entry->mapped.build_id);
}

/* Makes a list that has room for one object more. */
static bool make_room(struct reading *reading)
{
    enum { ROOM = 16 };
    struct pm_process_list *list = reading->list;
    if (list != NULL && list->count < list->room)
        return true;
    reading->list = list != NULL
                        ? copy_list(list, list->count, 2 * list->room, list->unload_count)
                        : copy_list(reading->old, reading->kept, reading->kept + ROOM, reading->counters.unload_count);
    pm_process_release(list);
    return reading->list != NULL;
}

static int read_object(struct dl_phdr_info *info, size_t size, void *data)
{
    struct reading *reading = data;
    const size_t index = reading->counters.seen;
    count_object(&reading->counters, info, size);
    if (index == 0 && reading->old != NULL && reading->old->unload_count == reading->counters.unload_count)
        reading->kept = reading->old->count;
    if (index < reading->kept) {
        if (is_unchanged(reading->old->entries[index], info))
            return 0;
        reading->kept = index;
    }
    struct entry *entry = make_room(reading) ? new_entry(info) : NULL;
    reading->failed = entry == NULL;
    if (entry != NULL)
        add_entry(reading->list, entry);
    return reading->failed;
}

/* The list of all that there is now, for the caller. NULL: nothing was told, or *ret_reading failed. */
static struct pm_process_list *read_list(struct pm_process_list *old, struct reading *ret_reading)
{
    *ret_reading = (struct reading){.old = old};
    dl_iterate_phdr(read_object, ret_reading);
    if (!ret_reading->failed && ret_reading->kept > 0 && !is_counted(&ret_reading->counters)) {
        pm_process_release(ret_reading->list);
        *ret_reading = (struct reading){.old = NULL};
        dl_iterate_phdr(read_object, ret_reading);
    }
    if (!ret_reading->failed)
        return ret_reading->list != NULL ? ret_reading->list : ret_reading->kept > 0 ? hold_list(old) : NULL;
    pm_process_release(ret_reading->list);
    return NULL;
}

int pm_process_read(struct pm_process *ret_process)
{
    struct pm_process_list *old = take_known();
    struct reading reading;
    struct pm_process_list *list = read_list(old, &reading);
    pm_process_release(old);
    *ret_process = (struct pm_process){0};
    if (list != NULL)
        *ret_process = (struct pm_process){list->objects, list->present, list->count, list, {0}};
    if (list != NULL && is_counted(&reading.counters))
        put_known(hold_list(list));
    return reading.failed ? -1 : 0;
}

void pm_process_free(struct pm_process *process)
{
    pm_process_release(process->list);
    pm_arena_free(&process->arena);
}

/* The loaded object of that name, + 1; 0: none. */
static size_t find_named(const struct pm_process *process, const char *soname)
{
    for (size_t i = 0; i < process->count; i++)
        if (pm_answers_to(process->objects[i]->name, &process->objects[i]->dynamic, soname))
            return i + 1;
    return 0;
}

const struct pm_mapped *pm_process_named(const struct pm_process *process, const char *soname)
{
    size_t place = find_named(process, soname);
    return place > 0 ? process->objects[place - 1] : NULL;
}

bool pm_process_needs(struct pm_process *process, uintptr_t user, uintptr_t needed)
{
    bool *is_seen = pm_arena_new(&process->arena, process->count * sizeof(*is_seen));
    const struct pm_mapped **queue = pm_arena_new(&process->arena, process->count * sizeof(*queue));
    size_t count = 0;
    for (size_t i = 0; queue != NULL && is_seen != NULL && i < process->count; i++)
        if (process->objects[i]->base == user && count == 0) {
            queue[count++] = process->objects[i];
            is_seen[i] = true;
        }
    for (size_t at = 0; at < count; at++) {
        const struct pm_dynamic *dynamic = &queue[at]->dynamic;
        for (size_t i = 0; i < dynamic->needed_count; i++) {
            size_t place = find_named(process, dynamic->needed[i]);
            if (place == 0 || is_seen[place - 1])
                continue;
            if (process->objects[place - 1]->base == needed)
                return true;
            is_seen[place - 1] = true;
            queue[count++] = process->objects[place - 1];
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

static int look_at_counters(struct dl_phdr_info *info, size_t size, void *data)
{
    count_object(data, info, size);
    return 1;
}

unsigned long long pm_process_unload_count(void)
{
    struct counters counters = {0};
    dl_iterate_phdr(look_at_counters, &counters);
    return counters.unload_count;
}

/* The list as it is since the object alone has left. NULL: no memory. */
static struct pm_process_list *leave(struct pm_process_list *list, uintptr_t base, const char *name,
                                     unsigned long long unload_count)
{
    size_t at = 0;
    while (at < list->count && (list->objects[at]->base != base || strcmp(list->objects[at]->name, name) != 0))
        at++;
    if (at == list->count) {
        list->unload_count = unload_count;
        return list;
    }
    struct pm_process_list *rest = copy_list(list, at, list->count - 1, unload_count);
    for (size_t i = at + 1; rest != NULL && i < list->count; i++)
        add_entry(rest, hold_entry(list->entries[i]));
    pm_process_release(list);
    return rest;
}

struct departure {
    uintptr_t base;
    const char *name;
    struct counters counters;
};

static int look_for_object(struct dl_phdr_info *info, size_t size, void *data)
{
    struct departure *departure = data;
    count_object(&departure->counters, info, size);
    return is_object(info, departure->base, departure->name);
}

bool pm_process_has_left(uintptr_t base, const char *name, unsigned long long unload_count)
{
    struct departure departure = {.base = base, .name = name};
    if (dl_iterate_phdr(look_for_object, &departure) == 1)
        return false;
    if (!is_counted(&departure.counters) || departure.counters.unload_count != unload_count + 1)
        return true;
    struct pm_process_list *list = take_known();
    if (list != NULL && list->unload_count == unload_count)
        list = leave(list, base, name, departure.counters.unload_count);
    if (list != NULL)
        put_known(list);
    return true;
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
