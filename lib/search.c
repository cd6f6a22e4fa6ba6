/* SPDX-License-Identifier: MIT */
#include "search.h"

#include "image.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

enum {
    MAX_CACHE_SIZE = 32 << 20, /* bytes of ld.so.cache */
    MAX_EFFORT = 32 << 20, /* of one closure: bytes of all paths tried, PATH_EFFORT for each, and of all names needed */
    PATH_EFFORT = 256,
};
#define CACHE_PATH "/etc/ld.so.cache"

/* One search for one name. */
struct search {
    struct pm_searcher *searcher;
    const char *name;
    const struct pm_object *objects;
    struct pm_object *object; /* what was found is put here */
    struct pm_buffer tried;
    bool is_for_rival; /* which is not missed: what was tried is not told */
    bool
        is_stuck; /* the last path is there and cannot be opened: the dynamic linker gives up the list of directories */
};

/* The object that needs the name, or one that needed that. at: its index + 1; 0: the root. */
static const struct pm_dynamic *dynamic_of(const struct search *search, size_t at)
{
    return at > 0 ? &search->objects[at - 1].dynamic : search->searcher->root->dynamic;
}

static const char *path_of(const struct search *search, size_t at)
{
    return at > 0 ? search->objects[at - 1].path : search->searcher->root->path;
}

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

static int read_dynamic(struct pm_image *image, struct pm_arena *arena, struct pm_object *object)
{
    int result = pm_image_read_dynamic(image, arena, &object->dynamic, &object->problem);
    if (result == 0)
        return pm_problem_set(&object->problem, PM_ELF_MALFORMED, "it has no dynamic section", NULL);
    if (result > 0 && object->dynamic.is_program)
        return pm_problem_set(&object->problem, PM_ELF_TYPE, "it is a program, not a shared object", NULL);
    return result;
}

/* Whether there are no more paths to be tried for this closure. */
static bool is_exhausted(struct pm_searcher *searcher, size_t path_size)
{
    size_t effort = PATH_EFFORT + path_size;
    if (searcher->effort > MAX_EFFORT || effort > MAX_EFFORT - searcher->effort) {
        searcher->effort = MAX_EFFORT + 1;
        return true;
    }
    searcher->effort += effort;
    return false;
}

/* Reads what the closure needs of a library; false: it is for another machine, and the search goes on. */
static bool read_library(struct search *search, struct pm_book *book)
{
    struct pm_arena *arena = search->searcher->arena;
    struct pm_object *object = search->object;
    object->device = book->file.identity.device;
    object->inode = book->file.identity.inode;
    struct pm_image *image = pm_book_image(book, &object->problem);
    if (image == NULL) {
        object->has_problem = true;
        arena->failed |= object->problem.code == PM_OUT_OF_MEMORY;
        return true;
    }
    bool is_taken = fits_root(search->searcher->root, pm_image_traits(image));
    if (is_taken && (check_type(image, &object->problem) < 0 || read_build_id(image, object) < 0 ||
                     read_dynamic(image, arena, object) < 0)) {
        object->has_problem = true;
        arena->failed |= object->problem.code == PM_OUT_OF_MEMORY;
    }
    for (size_t i = 0; i < object->dynamic.needed_count; i++)
        is_exhausted(search->searcher, strlen(object->dynamic.needed[i]));
    return is_taken;
}

static void tell_tried(struct search *search, const char *path)
{
    pm_buffer_add(&search->tried, search->tried.size > 0 ? "\n" : "");
    size_t before = search->tried.size;
    pm_buffer_add_escaped(&search->tried, path);
    is_exhausted(search->searcher, search->tried.size - before); /* it is kept, and four times as long at most */
}

/* Whether the path is taken. As the dynamic linker, passes over what is absent or for another machine; stumbles over a
 * directory. */
static bool try_path(struct search *search, const char *path)
{
    struct pm_searcher *searcher = search->searcher;
    const struct pm_root *root = searcher->root;
    struct pm_object *object = search->object;
    struct pm_book *book;
    search->is_stuck = false;
    if (is_exhausted(searcher, strlen(path)))
        return false;
    if (!search->is_for_rival)
        tell_tried(search, path);
    if (pm_shelf_take(root->shelf, root->tree, path, &book, &object->problem) < 0) {
        searcher->arena->failed |= object->problem.code == PM_OUT_OF_MEMORY;
        object->has_problem = object->problem.code == PM_FILE_NOT_REGULAR;
        search->is_stuck = object->problem.code == PM_FILE_UNREADABLE && errno != EACCES;
        if (object->has_problem)
            object->path = pm_arena_copy(searcher->arena, path);
        return object->has_problem;
    }
    bool is_taken = read_library(search, book);
    pm_shelf_put(root->shelf, book);
    if (is_taken)
        object->path = pm_arena_copy(searcher->arena, path);
    return is_taken;
}

/* ---- directories ---- */

/* Of the processor that the closure is for: most have nothing to look for. */
static const struct pm_hwcaps *hwcaps_of(struct pm_searcher *searcher)
{
    if (searcher->has_hwcaps)
        return &searcher->hwcaps;
    searcher->has_hwcaps = true;
    if (searcher->root->is_for_this_processor)
        pm_hwcaps_read(searcher->arena, &searcher->hwcaps);
    if (searcher->root->tree != NULL) /* it has a C library of its own, which may be newer than the older ones */
        searcher->hwcaps.subdirectory_count = searcher->hwcaps.name_count;
    return &searcher->hwcaps;
}

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
    case EM_X86_64:
        return is_64 ? "x86_64-linux-gnu" : "x86_64-linux-gnux32";
    case EM_386:
        return "i386-linux-gnu";
    case EM_AARCH64:
        return "aarch64-linux-gnu";
    case EM_ARM:
        return (traits->flags & EF_ARM_ABI_FLOAT_SOFT) != 0 ? "arm-linux-gnueabi" : "arm-linux-gnueabihf";
    case EM_S390:
        return "s390x-linux-gnu";
    case EM_RISCV:
        return "riscv64-linux-gnu";
    case EM_PPC64:
        return traits->byte_order == ELFDATA2LSB ? "powerpc64le-linux-gnu" : "powerpc64-linux-gnu";
    default:
        return NULL;
    }
}

/* What ld.so was built with shows in where the C library is: Debian's directories, those of a system with two classes,
 * or one for all. */
static void find_defaults(struct pm_searcher *searcher)
{
    const struct pm_tree *tree = searcher->root->tree;
    const struct pm_traits *traits = &searcher->root->traits;
    const char *multiarch = multiarch_of(traits);
    const bool is_64 = traits->elf_class == ELFCLASS64;
    if (searcher->default_directories != NULL)
        return;
    if (multiarch != NULL &&
        pm_path_exists_in(tree, pm_arena_join(searcher->arena, "/lib/", multiarch, "/libc.so.6", NULL))) {
        searcher->lib = pm_arena_join(searcher->arena, "lib/", multiarch, NULL);
        searcher->default_directories =
            pm_arena_join(searcher->arena, "/lib/", multiarch, ":/usr/lib/", multiarch, ":/lib:/usr/lib", NULL);
    } else if (is_64 && pm_path_exists_in(tree, "/lib64/libc.so.6")) {
        searcher->lib = "lib64";
        searcher->default_directories = "/lib64:/usr/lib64";
    } else {
        searcher->lib = "lib";
        searcher->default_directories = "/lib:/usr/lib";
    }
}

/* What ld.so(8) puts for $ORIGIN, $PLATFORM and $LIB; "" if it does not know. NULL: no such token. */
static const char *token_value(struct search *search, const char *name, size_t length, const char *origin)
{
    const char *value = NULL;
    if (length == 6 && memcmp(name, "ORIGIN", 6) == 0)
        value = origin;
    else if (length == 8 && memcmp(name, "PLATFORM", 8) == 0)
        value = hwcaps_of(search->searcher)->platform;
    else if (length == 3 && memcmp(name, "LIB", 3) == 0) {
        find_defaults(search->searcher);
        value = search->searcher->lib;
    } else
        return NULL;
    return value != NULL ? value : "";
}

/* The text with $NAME and ${NAME} replaced; "" if one of them is not known, as it is then passed over. */
static const char *expand(struct search *search, const char *entry, size_t length, const char *origin)
{
    struct pm_buffer text = {0};
    const char *end = entry + length;
    bool is_known = true;
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
            is_known &= *value != '\0';
            pm_buffer_add(&text, value);
            entry += whole;
        } else {
            pm_buffer_add_bytes(&text, entry++, 1);
        }
    }
    const char *copy =
        text.failed || text.data == NULL || !is_known ? "" : pm_arena_copy(search->searcher->arena, text.data);
    search->searcher->arena->failed |= text.failed;
    free(text.data);
    return copy;
}

static bool has_subdirectory(struct pm_searcher *searcher, const char *directory, const char *name, size_t length)
{
    struct pm_arena *arena = searcher->arena;
    const char *path = pm_arena_join(arena, directory, "/", pm_arena_copy_bytes(arena, name, length), NULL);
    return pm_path_exists_in(searcher->root->tree, path);
}

/* Which subdirectories for the processor a directory has, by their bits; asked once for each directory. Those that
 * begin alike follow each other, and of one that is not there nothing more is asked. */
static size_t subdirectories_of(struct pm_searcher *searcher, const char *directory)
{
    const struct pm_hwcaps *hwcaps = hwcaps_of(searcher);
    const char *absent = "";
    size_t bits = 0;
    if (hwcaps->subdirectory_count == 0 || pm_table_find(&searcher->directories, directory, &bits))
        return bits;
    for (size_t i = 0; i < hwcaps->subdirectory_count && !is_exhausted(searcher, 0); i++) {
        const char *name = hwcaps->subdirectories[i];
        const size_t first = strcspn(name, "/");
        if (strncmp(absent, name, first) == 0 && (absent[first] == '/' || absent[first] == '\0'))
            continue;
        if (!has_subdirectory(searcher, directory, name, first))
            absent = name;
        else if (name[first] == '\0' || has_subdirectory(searcher, directory, name, strlen(name)))
            bits |= (size_t)1 << i;
    }
    pm_table_add(&searcher->directories, searcher->arena, directory, bits);
    return bits;
}

/* Tries the name in a directory, the subdirectories for the processor first. */
static bool try_directory(struct search *search, const char *directory)
{
    struct pm_arena *arena = search->searcher->arena;
    size_t length = strlen(directory);
    while (length > 0 && directory[length - 1] == '/')
        length--;
    if (directory[length] == '/')
        directory = pm_arena_copy_bytes(arena, directory, length);
    const size_t bits = subdirectories_of(search->searcher, directory);
    for (size_t i = 0; bits >> i != 0; i++)
        if ((bits >> i & 1) != 0 &&
            try_path(search, pm_arena_join(arena, directory, "/", search->searcher->hwcaps.subdirectories[i], "/",
                                           search->name, NULL)))
            return true;
    return try_path(search, pm_arena_join(arena, directory, "/", search->name, NULL));
}

/* Tries the name in each directory of a list; an empty entry is the current directory. */
static bool try_list(struct search *search, const char *list, const char *separators, const char *of_path)
{
    if (list == NULL || *list == '\0')
        return false;
    struct pm_arena *arena = search->searcher->arena;
    const char *origin = of_path != NULL ? directory_of(arena, of_path) : NULL;
    search->is_stuck = false;
    for (; !is_exhausted(search->searcher, 0); list++) {
        size_t length = strcspn(list, separators);
        const char *directory = length > 0 ? expand(search, list, length, origin) : ".";
        if (*directory != '\0' && try_directory(search, directory))
            return true;
        list += length;
        if (*list == '\0' || search->is_stuck)
            return false;
    }
    return false;
}

/* ---- the places, in their order ---- */

/* Takes a string over into the arena; NULL: NULL, errno. */
static const char *take(struct pm_arena *arena, char *text)
{
    const char *copy = text != NULL ? pm_arena_copy(arena, text) : NULL;
    arena->failed |= text == NULL && errno == ENOMEM;
    free(text);
    return copy;
}

/* Where the executable is, and LD_LIBRARY_PATH as the dynamic linker saw it: a program may have changed it since, for
 * its children. Without /proc neither is known. */
static void ask_process(struct pm_searcher *searcher)
{
    char *path;
    if (searcher->has_asked_process || !searcher->root->is_process)
        return;
    searcher->has_asked_process = true;
    searcher->host_path = take(searcher->arena, realpath("/proc/self/exe", NULL));
    if (pm_file_read_environment("LD_LIBRARY_PATH", &path) < 0)
        searcher->arena->failed |= errno == ENOMEM;
    else
        searcher->library_path = path != NULL ? take(searcher->arena, path) : "";
}

static const char *host_path_of(const struct pm_searcher *searcher)
{
    return searcher->root->host_path != NULL ? searcher->root->host_path : searcher->host_path;
}

/* The RPATHs of the object that needs the name and of those that needed it, as long as it has no RUNPATH itself. */
static bool try_rpaths(struct search *search)
{
    const struct pm_root *root = search->searcher->root;
    size_t at = search->object->parent;
    if (dynamic_of(search, at)->runpath != NULL)
        return false;
    for (;; at = search->objects[at - 1].parent) {
        const struct pm_dynamic *dynamic = dynamic_of(search, at);
        if (dynamic->runpath == NULL && try_list(search, dynamic->rpath, ":", path_of(search, at)))
            return true;
        if (at == 0)
            break;
    }
    if (root->host_rpath == NULL)
        return false;
    ask_process(search->searcher);
    return try_list(search, root->host_rpath, ":", host_path_of(search->searcher));
}

static bool try_runpath(struct search *search)
{
    const size_t parent = search->object->parent;
    return try_list(search, dynamic_of(search, parent)->runpath, ":", path_of(search, parent));
}

static bool try_environment(struct search *search)
{
    const struct pm_root *root = search->searcher->root;
    /* ld.so reads it only in a process without raised privileges; another system's processes have another one */
    if (root->tree != NULL || getauxval(AT_SECURE) != 0)
        return false;
    ask_process(search->searcher);
    const char *list = search->searcher->library_path;
    return try_list(search, list != NULL ? list : getenv("LD_LIBRARY_PATH"), ":;", host_path_of(search->searcher));
}

static void load_cache(struct pm_searcher *searcher)
{
    const struct pm_root *root = searcher->root;
    struct pm_problem *problem = &searcher->cache_problem;
    size_t size;
    if (searcher->has_tried_cache)
        return;
    searcher->has_tried_cache = true;
    if (pm_file_read_whole_in(root->tree, root->cache_path != NULL ? root->cache_path : CACHE_PATH, MAX_CACHE_SIZE,
                              &searcher->cache_bytes, &size, problem) < 0) {
        searcher->arena->failed |= problem->code == PM_OUT_OF_MEMORY;
        searcher->lacks_cache = problem->code == PM_FILE_ABSENT;
        if (searcher->lacks_cache)
            problem->detail[0] = '\0';
        return;
    }
    pm_cache_read(searcher->cache_bytes, size, &root->traits, &searcher->cache, problem);
}

/* Whether the path lies in a default directory, or below one. */
static bool is_in_defaults(struct pm_searcher *searcher, const char *path)
{
    find_defaults(searcher);
    for (const char *at = searcher->default_directories;; at++) {
        const size_t length = strcspn(at, ":");
        if (strncmp(path, at, length) == 0 && path[length] == '/')
            return true;
        at += length;
        if (*at == '\0')
            return false;
    }
}

static bool try_cache(struct search *search)
{
    struct pm_searcher *searcher = search->searcher;
    load_cache(searcher);
    const char *path = pm_cache_find(&searcher->cache, search->name, &searcher->root->traits, hwcaps_of(searcher));
    if (path == NULL)
        return false;
    if (dynamic_of(search, search->object->parent)->has_no_default_directories && is_in_defaults(searcher, path))
        return false;
    return try_path(search, path);
}

static bool try_defaults(struct search *search)
{
    if (dynamic_of(search, search->object->parent)->has_no_default_directories)
        return false;
    find_defaults(search->searcher);
    return try_list(search, search->searcher->default_directories, ":", NULL);
}

/* In RPATH and RUNPATH alone. */
static bool try_own_paths(struct search *search)
{
    return try_rpaths(search) || try_runpath(search);
}

static bool try_all(struct search *search)
{
    struct pm_object *object = search->object;
    object->is_from_path = true;
    if (strchr(search->name, '/') != NULL)
        return try_path(search, search->name);
    if (try_rpaths(search))
        return true;
    object->is_from_path = false;
    if (try_environment(search))
        return true;
    object->is_from_path = true;
    if (try_runpath(search))
        return true;
    object->is_from_path = false;
    return try_cache(search) || try_defaults(search);
}

/* ---- all of it ---- */

void pm_searcher_begin(struct pm_searcher *ret_searcher, const struct pm_root *root, struct pm_arena *arena)
{
    *ret_searcher = (struct pm_searcher){.root = root, .arena = arena};
}

void pm_searcher_end(struct pm_searcher *searcher)
{
    free(searcher->cache_bytes);
    searcher->cache_bytes = NULL;
    searcher->cache = (struct pm_cache){0};
}

/* The name to look for, with $ORIGIN and others replaced. */
static const char *name_of(struct search *search)
{
    const char *name = search->object->name;
    if (strchr(name, '$') == NULL)
        return name;
    const char *origin = directory_of(search->searcher->arena, path_of(search, search->object->parent));
    return expand(search, name, strlen(name), origin);
}

void pm_search_rival(struct pm_searcher *searcher, const struct pm_object *objects, const char *present,
                     struct pm_object *object)
{
    struct search search = {.searcher = searcher, .objects = objects, .object = object, .is_for_rival = true};
    search.name = object->name;
    if (is_in_defaults(searcher, present) && strchr(object->name, '/') == NULL) {
        if (!try_own_paths(&search))
            object->path = NULL;
        return;
    }
    search.name = name_of(&search);
    try_all(&search);
}

void pm_search(struct pm_searcher *searcher, const struct pm_object *objects, struct pm_object *object)
{
    struct pm_arena *arena = searcher->arena;
    struct search search = {.searcher = searcher, .objects = objects, .object = object};
    search.name = name_of(&search);
    bool is_found = try_all(&search);
    if (!is_found)
        object->is_from_path = false;
    if (!is_found && searcher->effort > MAX_EFFORT)
        object->tried = "not all: there are too many places to look";
    else if (!is_found)
        object->tried = search.tried.data != NULL ? pm_arena_copy(arena, search.tried.data) : "";
    arena->failed |= search.tried.failed;
    free(search.tried.data);
}
