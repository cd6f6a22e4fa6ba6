/* SPDX-License-Identifier: MIT */
#include "resolve.h"

#include "image.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

enum {
    MAX_OBJECTS = 4096,
    MAX_CACHE_SIZE = 32 << 20, /* bytes of ld.so.cache */
    MAX_EFFORT = 64 << 20,     /* of one closure: bytes of all paths tried, and PATH_EFFORT for each */
    PATH_EFFORT = 256,
};
#define CACHE_PATH "/etc/ld.so.cache"

struct closure {
    const struct pm_root *root;
    struct pm_arena *arena;
    struct pm_object *objects;
    size_t count, capacity;
    uint8_t *cache; /* NULL: not read yet, or there is none */
    size_t cache_size;
    bool has_tried_cache;
    size_t effort; /* so far; hostile search paths would take hours and all memory */
};

/* One search for one name. */
struct search {
    struct closure *closure;
    const char *name;
    struct pm_object *object; /* what was found is put here */
    struct pm_buffer tried;
};

/* ---- one file ---- */

static bool fits_root(const struct pm_root *root, const struct pm_traits *traits)
{
    return traits->elf_class == root->traits.elf_class && traits->byte_order == root->traits.byte_order &&
           traits->machine == root->traits.machine;
}

static int check_type(const struct pm_image *image, struct pm_problem *ret_problem)
{
    if (pm_image_traits(image)->type != ET_DYN)
        return pm_problem_set(ret_problem, PM_ELF_TYPE, "it is not a shared object", NULL);
    return 0;
}

/* Malformed notes keep no library from being loaded: it has no build-ID then, as one in memory. */
static int read_build_id(struct pm_image *image, struct pm_object *object)
{
    if (pm_image_read_notes(image, NULL, &object->build_id, &object->problem) >= 0)
        return 0;
    return object->problem.code == PM_NOTE_MALFORMED ? 0 : -1;
}

/* Reads what the closure needs of a library; false: it is for another machine, and the search goes on. */
static bool read_library(struct search *search, const struct pm_file *file)
{
    struct pm_arena *arena = search->closure->arena;
    struct pm_object *object = search->object;
    struct pm_image *image;
    if (pm_image_open(file, &image, &object->problem) < 0) {
        object->has_problem = true;
        arena->failed |= object->problem.code == PM_OUT_OF_MEMORY;
        return true;
    }
    bool is_taken = fits_root(search->closure->root, pm_image_traits(image));
    if (is_taken &&
        (check_type(image, &object->problem) < 0 || read_build_id(image, object) < 0 ||
         pm_image_read_dynamic(image, arena, &object->dynamic, &object->problem) < 0)) {
        object->has_problem = true;
        arena->failed |= object->problem.code == PM_OUT_OF_MEMORY;
    }
    pm_image_close(image);
    return is_taken;
}

/* Whether there are no more paths to be tried for this closure. */
static bool is_exhausted(struct closure *closure, size_t path_size)
{
    size_t effort = PATH_EFFORT + path_size;
    if (closure->effort > MAX_EFFORT || effort > MAX_EFFORT - closure->effort) {
        closure->effort = MAX_EFFORT + 1;
        return true;
    }
    closure->effort += effort;
    return false;
}

/* Whether the path is taken. As the dynamic linker, passes over what is absent or for another machine; stumbles over a
 * directory. */
static bool try_path(struct search *search, const char *path)
{
    struct pm_object *object = search->object;
    struct pm_file file;
    if (is_exhausted(search->closure, strlen(path)))
        return false;
    pm_buffer_add(&search->tried, search->tried.size > 0 ? "\n" : "");
    pm_buffer_add_escaped(&search->tried, path);
    if (pm_file_open(path, &file, &object->problem) < 0) {
        object->has_problem = object->problem.code == PM_FILE_NOT_REGULAR;
        if (object->has_problem)
            object->path = pm_arena_copy(search->closure->arena, path);
        return object->has_problem;
    }
    bool is_taken = read_library(search, &file);
    pm_file_close(&file);
    if (is_taken)
        object->path = pm_arena_copy(search->closure->arena, path);
    return is_taken;
}

/* ---- directories ---- */

static const char *directory_of(struct pm_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return ".";
    return pm_arena_copy_bytes(arena, path, slash > path ? (size_t)(slash - path) : 1);
}

/* Debian's name for the machine, which its directories have; NULL: none that is known. */
static const char *multiarch_of(const struct pm_traits *traits)
{
    bool is_64 = traits->elf_class == ELFCLASS64;
    switch (traits->machine) {
    case EM_X86_64: return is_64 ? "x86_64-linux-gnu" : "x86_64-linux-gnux32";
    case EM_386: return "i386-linux-gnu";
    case EM_AARCH64: return "aarch64-linux-gnu";
    case EM_ARM: return "arm-linux-gnueabihf";
    case EM_S390: return "s390x-linux-gnu";
    case EM_RISCV: return "riscv64-linux-gnu";
    case EM_PPC64: return "powerpc64le-linux-gnu";
    default: return NULL;
    }
}

/* glibc's $LIB is fixed when it is built: with Debian's directories it is one of them. */
static const char *lib_value(const struct search *search)
{
    const struct pm_traits *traits = &search->closure->root->traits;
    const char *multiarch = multiarch_of(traits);
    if (multiarch != NULL) {
        const char *value = pm_arena_join(search->closure->arena, "lib/", multiarch, NULL);
        if (access(pm_arena_join(search->closure->arena, "/", value, "/libc.so.6", NULL), F_OK) == 0)
            return value;
    }
    return traits->elf_class == ELFCLASS64 ? "lib64" : "lib";
}

/* "x86_64", "lib64" and the like; what ld.so(8) puts for $PLATFORM and $LIB. NULL: no such token, or not known. */
static const char *token_value(const struct search *search, const char *name, size_t length, const char *origin)
{
    if (length == 6 && memcmp(name, "ORIGIN", 6) == 0)
        return origin;
    if (length == 8 && memcmp(name, "PLATFORM", 8) == 0)
        return (const char *)getauxval(AT_PLATFORM);
    if (length == 3 && memcmp(name, "LIB", 3) == 0)
        return lib_value(search);
    return NULL;
}

/* The entry with $NAME and ${NAME} replaced. */
static const char *expand(struct search *search, const char *entry, size_t length, const char *origin)
{
    struct pm_buffer text = {0};
    const char *end = entry + length;
    while (entry < end) {
        const char *value = NULL;
        size_t whole = 0;
        if (*entry == '$') {
            bool is_braced = entry + 1 < end && entry[1] == '{';
            const char *name = entry + 1 + is_braced;
            size_t size = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
            if (name + size > end)
                size = (size_t)(end - name);
            whole = (size_t)(name - entry) + size + is_braced;
            if (!is_braced || (name + size < end && name[size] == '}'))
                value = token_value(search, name, size, origin);
        }
        if (value != NULL) {
            pm_buffer_add(&text, value);
            entry += whole;
        } else {
            pm_buffer_add_bytes(&text, entry++, 1);
        }
    }
    const char *copy = text.failed || text.data == NULL ? "" : pm_arena_copy(search->closure->arena, text.data);
    search->closure->arena->failed |= text.failed;
    free(text.data);
    return copy;
}

/* Tries the name in each directory of a list; an empty entry is the current directory. */
static bool try_list(struct search *search, const char *list, const char *separators, const char *of_path)
{
    if (list == NULL || *list == '\0')
        return false;
    struct pm_arena *arena = search->closure->arena;
    const char *origin = of_path != NULL ? directory_of(arena, of_path) : NULL;
    for (; !is_exhausted(search->closure, 0); list++) {
        size_t length = strcspn(list, separators);
        const char *directory = length > 0 ? expand(search, list, length, origin) : ".";
        if (try_path(search, pm_arena_join(arena, directory, "/", search->name, NULL)))
            return true;
        list += length;
        if (*list == '\0')
            return false;
    }
    return false;
}

/* The RPATHs of the object that needs the name and of those that needed it, as long as it has no RUNPATH itself. */
static bool try_rpaths(struct search *search)
{
    const struct closure *closure = search->closure;
    size_t at = search->object->parent;
    const struct pm_dynamic *dynamic = at > 0 ? &closure->objects[at - 1].dynamic : closure->root->dynamic;
    if (dynamic->runpath != NULL)
        return false;
    for (;; at = closure->objects[at - 1].parent) {
        dynamic = at > 0 ? &closure->objects[at - 1].dynamic : closure->root->dynamic;
        const char *path = at > 0 ? closure->objects[at - 1].path : closure->root->path;
        if (dynamic->runpath == NULL && try_list(search, dynamic->rpath, ":", path))
            return true;
        if (at == 0)
            break;
    }
    return try_list(search, closure->root->host_rpath, ":", closure->root->host_path);
}

static bool try_runpath(struct search *search)
{
    const struct closure *closure = search->closure;
    size_t at = search->object->parent;
    const struct pm_dynamic *dynamic = at > 0 ? &closure->objects[at - 1].dynamic : closure->root->dynamic;
    return try_list(search, dynamic->runpath, ":", at > 0 ? closure->objects[at - 1].path : closure->root->path);
}

static bool try_environment(struct search *search)
{
    /* ld.so reads it only in a process without raised privileges */
    if (getauxval(AT_SECURE) != 0)
        return false;
    return try_list(search, getenv("LD_LIBRARY_PATH"), ":;", search->closure->root->host_path);
}

/* ---- /etc/ld.so.cache ---- */

/* As glibc 2.32 and later write it (sysdeps/generic/dl-cache.h, struct cache_file_new), in this machine's byte order. */
struct cache_header {
    char magic[20]; /* "glibc-ld.so.cache1.1" */
    uint32_t count, strings_size;
    uint8_t flags, padding[3];
    uint32_t extension_offset, unused[3];
};
struct cache_entry {
    int32_t flags;
    uint32_t name, path; /* offsets from the start of the file */
    uint32_t os_version;
    uint64_t hwcap; /* not 0: for some processors only, in a subdirectory */
};

static void load_cache(struct closure *closure)
{
    struct pm_problem problem;
    struct cache_header header;
    const char *path = closure->root->cache_path != NULL ? closure->root->cache_path : CACHE_PATH;
    if (closure->has_tried_cache)
        return;
    closure->has_tried_cache = true;
    if (pm_file_read_whole(path, MAX_CACHE_SIZE, &closure->cache, &closure->cache_size, &problem) < 0) {
        closure->arena->failed |= problem.code == PM_OUT_OF_MEMORY;
        return;
    }
    bool is_sound = closure->cache_size >= sizeof(header);
    if (is_sound) {
        memcpy(&header, closure->cache, sizeof(header));
        is_sound = memcmp(header.magic, "glibc-ld.so.cache1.1", sizeof(header.magic)) == 0 &&
                   header.count <= (closure->cache_size - sizeof(header)) / sizeof(struct cache_entry);
    }
    if (!is_sound) {
        free(closure->cache);
        closure->cache = NULL;
    }
}

/* NULL: it lies outside, or has no end. Behind the strings there are extensions, which end in no NUL. */
static const char *cache_string(const struct closure *closure, uint32_t offset)
{
    if (offset >= closure->cache_size || memchr(closure->cache + offset, '\0', closure->cache_size - offset) == NULL)
        return NULL;
    return (const char *)closure->cache + offset;
}

static bool try_cache(struct search *search)
{
    struct closure *closure = search->closure;
    struct cache_header header;
    load_cache(closure);
    if (closure->cache == NULL)
        return false;
    memcpy(&header, closure->cache, sizeof(header));
    for (size_t i = 0; i < header.count; i++) {
        struct cache_entry entry;
        memcpy(&entry, closure->cache + sizeof(header) + i * sizeof(entry), sizeof(entry));
        const char *name = cache_string(closure, entry.name), *path = cache_string(closure, entry.path);
        if (entry.hwcap != 0 || name == NULL || path == NULL || strcmp(name, search->name) != 0)
            continue;
        if (try_path(search, path))
            return true;
    }
    return false;
}

/* Debian's multiarch directories first, as its ld.so has them. */
static bool try_defaults(struct search *search)
{
    bool is_64 = search->closure->root->traits.elf_class == ELFCLASS64;
    const char *multiarch = multiarch_of(&search->closure->root->traits);
    if (multiarch != NULL) {
        const char *list = pm_arena_join(search->closure->arena, "/lib/", multiarch, ":/usr/lib/", multiarch, NULL);
        if (try_list(search, list, ":", NULL))
            return true;
    }
    return try_list(search, is_64 ? "/lib64:/usr/lib64:/lib:/usr/lib" : "/lib:/usr/lib", ":", NULL);
}

/* ---- the closure ---- */

static const struct pm_present *find_present(const struct pm_root *root, const char *name)
{
    for (size_t i = 0; i < root->present_count; i++) {
        const struct pm_present *present = &root->present[i];
        const char *soname = present->dynamic->soname, *slash = strrchr(present->name, '/');
        if (strcmp(present->name, name) == 0 || (soname != NULL && strcmp(soname, name) == 0) ||
            (soname == NULL && slash != NULL && strcmp(slash + 1, name) == 0))
            return present;
    }
    return NULL;
}

/* Whether the name is in the closure already, or the root's own: a library may need the very object that needs it. */
static bool is_in(const struct closure *closure, const char *name)
{
    const char *own = closure->root->dynamic->soname;
    if (own != NULL && strcmp(own, name) == 0)
        return true;
    for (size_t i = 0; i < closure->count; i++) {
        const struct pm_object *object = &closure->objects[i];
        if (strcmp(object->name, name) == 0 ||
            (object->dynamic.soname != NULL && strcmp(object->dynamic.soname, name) == 0))
            return true;
    }
    return false;
}

static void find(struct closure *closure, struct pm_object *object)
{
    const struct pm_present *present = find_present(closure->root, object->name);
    if (present != NULL) {
        object->path = present->name;
        object->is_loaded = present->is_loaded;
        object->build_id = present->build_id;
        object->dynamic = *present->dynamic;
        return;
    }
    if (closure->count > MAX_OBJECTS) {
        object->tried = "nothing: it needs more than 4096 libraries";
        return;
    }
    struct search search = {.closure = closure, .name = object->name, .object = object};
    bool is_found;
    if (strchr(object->name, '/') != NULL) {
        const char *origin = object->parent > 0 ? closure->objects[object->parent - 1].path : closure->root->path;
        const char *path = expand(&search, object->name, strlen(object->name), directory_of(closure->arena, origin));
        is_found = object->is_from_path = try_path(&search, path);
    } else {
        is_found = object->is_from_path = try_rpaths(&search);
        is_found = is_found || try_environment(&search);
        if (!is_found)
            is_found = object->is_from_path = try_runpath(&search);
        is_found = is_found || try_cache(&search) || try_defaults(&search);
    }
    if (!is_found && closure->effort > MAX_EFFORT)
        object->tried = "not all: there are too many places to look";
    else if (!is_found)
        object->tried = search.tried.data != NULL ? pm_arena_copy(closure->arena, search.tried.data) : "";
    closure->arena->failed |= search.tried.failed;
    free(search.tried.data);
}

static struct pm_object *append(struct closure *closure)
{
    if (closure->count == closure->capacity) {
        size_t capacity = closure->capacity > 0 ? 2 * closure->capacity : 16;
        struct pm_object *objects = pm_arena_new(closure->arena, capacity * sizeof(*objects));
        if (objects == NULL)
            return NULL;
        if (closure->count > 0)
            memcpy(objects, closure->objects, closure->count * sizeof(*objects));
        closure->objects = objects;
        closure->capacity = capacity;
    }
    return &closure->objects[closure->count++];
}

static void add_needed(struct closure *closure, size_t parent)
{
    const struct pm_dynamic dynamic = parent > 0 ? closure->objects[parent - 1].dynamic : *closure->root->dynamic;
    for (size_t i = 0; i < dynamic.needed_count && closure->count <= MAX_OBJECTS; i++) {
        if (is_in(closure, dynamic.needed[i]))
            continue;
        const char *wanted_by = parent > 0 ? closure->objects[parent - 1].path : closure->root->path;
        struct pm_object *object = append(closure);
        if (object == NULL)
            return;
        object->name = dynamic.needed[i];
        object->wanted_by = wanted_by;
        object->parent = parent;
        find(closure, object);
    }
}

void pm_resolve(const struct pm_root *root, struct pm_arena *arena, struct pm_object **ret_objects, size_t *ret_count)
{
    struct closure closure = {.root = root, .arena = arena};
    add_needed(&closure, 0);
    for (size_t i = 0; i < closure.count && !arena->failed; i++)
        if (closure.objects[i].path != NULL)
            add_needed(&closure, i + 1);
    free(closure.cache);
    *ret_objects = closure.objects;
    *ret_count = closure.count;
}
