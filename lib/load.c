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

/* Whether what is mapped is what was verified. */
static int compare_mapping(struct pm_loaded *loaded, const char *real_path, const struct pm_identity *verified,
                           const struct pm_build_id *build_id, struct pm_problem *ret_problem)
{
    struct pm_mapped mapped;
    if (find_mapping(loaded, &mapped, ret_problem) < 0)
        return -1;
    if (!pm_path_has_identity(real_path, verified))
        return pm_problem_set(ret_problem, PM_CHANGED_WHILE_LOADING, "another file is there now", NULL);
    if (build_id->size > 0 && !pm_build_id_equal(&mapped.build_id, build_id))
        return pm_problem_set(ret_problem, PM_CHANGED_WHILE_LOADING, "the mapped build-ID is another", NULL);
    if (build_id->size == 0 && loaded->was_mapped)
        return pm_problem_set(ret_problem, PM_ALREADY_MAPPED, "and it has no build-ID to compare", NULL);
    return 0;
}

int pm_load(const char *real_path, const struct pm_identity *verified, const struct pm_build_id *build_id,
            struct pm_loaded *ret_loaded, struct pm_problem *ret_problem)
{
    struct pm_loaded loaded = {0};
    if (strchr(real_path, '$') != NULL)
        return pm_problem_set(ret_problem, PM_MODE_UNAVAILABLE, "the dynamic linker would expand the $ in its path",
                              NULL);
    loaded.name = spell_anew(real_path);
    if (loaded.name == NULL)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to load it", NULL);
    if (!pm_path_has_identity(real_path, verified)) {
        free(loaded.name);
        return pm_problem_set(ret_problem, PM_CHANGED_WHILE_LOADING, "another file was there before it", NULL);
    }
    loaded.handle = dlopen(loaded.name, RTLD_NOW | RTLD_LOCAL);
    if (loaded.handle == NULL) {
        pm_problem_set(ret_problem, PM_LOAD_FAILED, linker_text(loaded.name), NULL);
        free(loaded.name);
        return -1;
    }
    if (compare_mapping(&loaded, real_path, verified, build_id, ret_problem) < 0) {
        pm_unload(&loaded);
        return -1;
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
    struct pm_mapped ignored;
    dlclose(loaded->handle);
    bool is_gone = !pm_process_find(loaded->base, loaded->name, &ignored);
    free(loaded->name);
    *loaded = (struct pm_loaded){0};
    return is_gone;
}
