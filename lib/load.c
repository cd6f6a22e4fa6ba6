/* SPDX-License-Identifier: MIT */
#include "load.h"

#include "process.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Counts the loads of this process: each spells its path as never before. */
static atomic_ulong generation;

/* glibc compares names before it compares files, and would give the previous object for a repeated name, whatever the
 * file is now. So the directory is followed by the bits of a number that is never repeated, "/." for 1 and "/" for 0:
 * the same directory to the kernel, another name to the dynamic linker. The first bit is always 1, so that no two
 * numbers give one spelling. The caller frees; NULL: no memory. */
static char *spell_anew(const char *real_path)
{
    unsigned long number = atomic_fetch_add(&generation, 1) + 1;
    const char *file = strrchr(real_path, '/');
    size_t directory_size = (size_t)(file - real_path);
    unsigned bits = 0;
    while (bits < 8 * sizeof(number) && number >> bits != 0)
        bits++;
    char *name = malloc(strlen(real_path) + 2 * (size_t)bits + 1);
    if (name == NULL)
        return NULL;
    char *end = name + directory_size;
    memcpy(name, real_path, directory_size);
    while (bits-- > 0) {
        *end++ = '/';
        if ((number >> bits & 1) != 0)
            *end++ = '.';
    }
    memcpy(end, file, strlen(file) + 1);
    return name;
}

/* What the dynamic linker says, without the name of ours that it begins with. */
static const char *linker_text(const char *name)
{
    const char *text = dlerror();
    if (text == NULL)
        return "no reason given";
    size_t length = strlen(name);
    if (strncmp(text, name, length) == 0 && strncmp(text + length, ": ", 2) == 0)
        return text + length + 2;
    return text;
}

static int find_mapping(struct pm_loaded *loaded, struct pm_mapped *ret_mapped, struct pm_problem *ret_problem)
{
    struct link_map *map;
    if (dlinfo(loaded->handle, RTLD_DI_LINKMAP, &map) < 0 || !pm_process_find(map->l_addr, map->l_name, ret_mapped))
        return pm_problem_set(ret_problem, PM_LOAD_FAILED, "the loaded object cannot be found in the process", NULL);
    loaded->was_mapped = strcmp(map->l_name, loaded->name) != 0;
    if (loaded->was_mapped) {
        char *name = strdup(map->l_name);
        if (name == NULL)
            return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to load it", NULL);
        free(loaded->name);
        loaded->name = name;
    }
    loaded->base = map->l_addr;
    loaded->begin = ret_mapped->begin;
    loaded->end = ret_mapped->end;
    return 0;
}

/* Whether what would be mapped, or was, is the file that was verified. A copy cannot change; but whoever closes
 * descriptors that are not his own may have closed it, and another file may have got its number. */
static int check_unchanged(const struct pm_load *load, struct pm_problem *ret_problem)
{
    if (load->is_sealed ? pm_file_is_open(load->file) : pm_path_has_identity(load->path, load->identity))
        return 0;
    return pm_problem_set(ret_problem, PM_CHANGED_WHILE_LOADING,
                          load->is_sealed ? "somebody closed the descriptor of the sealed copy"
                                          : "its path leads to another file now, or it was written",
                          NULL);
}

/* Whether what is mapped is what was verified. */
static int compare_mapping(struct pm_loaded *loaded, const struct pm_load *load, struct pm_problem *ret_problem)
{
    struct pm_mapped mapped;
    if (find_mapping(loaded, &mapped, ret_problem) < 0)
        return -1;
    bool is_same_build = pm_build_id_equal(&mapped.build_id, load->build_id);
    if (loaded->was_mapped && (load->build_id->size == 0 || !is_same_build))
        return pm_problem_set(ret_problem, PM_ALREADY_MAPPED,
                              load->build_id->size == 0 ? "and it has no build-ID to compare"
                                                        : "as another build: it was overwritten in place",
                              NULL);
    if (load->build_id->size > 0 && !is_same_build)
        return pm_problem_set(ret_problem, PM_CHANGED_WHILE_LOADING, "the mapped build-ID is another", NULL);
    return check_unchanged(load, ret_problem);
}

/* What is mapped comes to stand where something else was. That the one is over before the other begins is the dynamic
 * linker's doing, under a lock of its own, which the sanitizers that look for races do not see; this they see. */
static atomic_uint mapping_order;

static void *map_object(const char *name, int flags)
{
    void *handle = dlopen(name, flags);
    atomic_fetch_add(&mapping_order, 1);
    return handle;
}

static void unmap_object(void *handle)
{
    atomic_fetch_add(&mapping_order, 1);
    dlclose(handle);
}

static void close_all(void **handles, size_t count)
{
    while (count > 0)
        unmap_object(handles[--count]);
    free(handles);
}

/* RTLD_LAZY, since some libraries are linked with less than they use, and nobody misses it. The caller closes all. */
static int open_before(const struct pm_load *load, void ***ret_handles, struct pm_problem *ret_problem)
{
    size_t count = 0;
    void **handles = calloc(load->before_count + 1, sizeof(*handles));
    if (handles == NULL)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to load it", NULL);
    for (; count < load->before_count; count++) {
        handles[count] = map_object(load->before[count], RTLD_LAZY | RTLD_LOCAL);
        if (handles[count] == NULL) {
            pm_problem_set(ret_problem, PM_LOAD_FAILED, linker_text(""), NULL);
            close_all(handles, count);
            return -1;
        }
    }
    *ret_handles = handles;
    return 0;
}

/* Adds to the problem that what was mapped by mistake could not be taken out again. */
static void tell_remains(const struct pm_loaded *loaded, struct pm_problem *problem)
{
    struct pm_mapped ignored;
    const struct pm_problem told = *problem;
    if (loaded->end > 0 && pm_process_find(loaded->base, loaded->name, &ignored))
        pm_problem_set(problem, told.code, told.detail, "; and it stays mapped", NULL);
}

static int open_object(struct pm_loaded *loaded, const struct pm_load *load, struct pm_problem *ret_problem)
{
    struct pm_problem change;
    void **handles = NULL;
    if (check_unchanged(load, ret_problem) < 0 || open_before(load, &handles, ret_problem) < 0)
        return -1;
    loaded->handle = map_object(loaded->name, RTLD_NOW | RTLD_LOCAL);
    if (loaded->handle == NULL)
        pm_problem_set(ret_problem, PM_LOAD_FAILED, linker_text(loaded->name), NULL);
    close_all(handles, load->before_count); /* the object holds them from now on */
    if (loaded->handle == NULL) {
        if (check_unchanged(load, &change) < 0) /* then that is why */
            *ret_problem = change;
        return -1;
    }
    if (compare_mapping(loaded, load, ret_problem) == 0)
        return 0;
    unmap_object(loaded->handle);
    if (!loaded->was_mapped)
        tell_remains(loaded, ret_problem);
    return -1;
}

int pm_load(const struct pm_load *load, struct pm_loaded *ret_loaded, struct pm_problem *ret_problem)
{
    struct pm_loaded loaded = {.copy = {.descriptor = -1}};
    if (strchr(load->path, '$') != NULL)
        return pm_problem_set(ret_problem, PM_MODE_UNAVAILABLE, "the dynamic linker would expand the $ in its path",
                              NULL);
    loaded.name = spell_anew(load->path);
    if (loaded.name == NULL)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to load it", NULL);
    if (open_object(&loaded, load, ret_problem) < 0) {
        free(loaded.name);
        return -1;
    }
    if (load->is_sealed) {
        loaded.copy = *load->file;
        load->file->descriptor = -1;
    }
    *ret_loaded = loaded;
    return 0;
}

void *pm_loaded_symbol(const struct pm_loaded *loaded, const char *name)
{
    /* dlsym goes on into what the object needs; only its own definition counts */
    void *address = dlsym(loaded->handle, name);
    if ((uintptr_t)address < loaded->begin || (uintptr_t)address >= loaded->end)
        return NULL;
    return address;
}

size_t pm_loaded_size(const void *address)
{
    Dl_info info;
    void *entry = NULL;
    if (dladdr1(address, &info, &entry, RTLD_DL_SYMENT) == 0 || entry == NULL || info.dli_saddr != address)
        return 0;
    return ((const ElfW(Sym) *)entry)->st_size;
}

bool pm_unload(struct pm_loaded *loaded)
{
    unsigned long long unload_count = pm_process_unload_count();
    unmap_object(loaded->handle);
    loaded->handle = NULL;
    return pm_process_has_left(loaded->base, loaded->name, unload_count);
}

bool pm_loaded_is_gone(const struct pm_loaded *loaded)
{
    struct pm_mapped ignored;
    return !pm_process_find(loaded->base, loaded->name, &ignored);
}

void pm_loaded_free(struct pm_loaded *loaded)
{
    if (pm_file_is_open(&loaded->copy)) /* else its number is somebody else's by now */
        pm_file_close(&loaded->copy);
    free(loaded->name);
}
