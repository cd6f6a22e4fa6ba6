/* SPDX-License-Identifier: MIT */
#include "library.h"

#include "libtool.h"
#include "message.h"
#include "script.h"

#include <ar.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    MAX_SCRIPT = 1 << 20, /* bytes of a linker script or .la file */
    MAX_DEPTH = 32        /* scripts that name scripts */
};

struct visit {
    dev_t device;
    ino_t inode;
    bool is_open; /* it is being read: who names it now is within it */
};

struct search {
    const struct target *target;
    struct libraries *libraries;
    struct compiler compiler;
    const char **directories; /* of -L, in order */
    size_t directory_count;
    struct visit *visits; /* scripts that were read */
    size_t visit_count, depth;
    bool is_static;       /* behind -Bstatic: -l takes static libraries alone */
    const char *rejected; /* the last file that was found and is of another target */
};

/* What became of a file. */
enum { REJECTED = 0, TAKEN = 1 };

static int add_path(struct search *search, const char *path, const char *needed);
static int add_named(struct search *search, const char *name);

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* ---- where it lies ---- */

static bool is_below(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    return strncmp(path, directory, length) == 0 && path[length] == '/';
}

/* /usr/TRIPLET/lib, where distributions keep the libraries of other targets. */
static bool is_below_triplet(const char *path)
{
    if (!has_prefix(path, "/usr/"))
        return false;
    const char *triplet = path + strlen("/usr/"), *end = strchr(triplet, '/');
    if (end == NULL || memmem(triplet, (size_t)(end - triplet), "-linux", 6) == NULL)
        return false;
    return is_below(end, "/lib") || is_below(end, "/lib64") || is_below(end, "/lib32");
}

static bool is_system_path(const char *path)
{
    static const char *const directories[] = {"/lib",     "/lib64",     "/lib32",     "/libx32",
                                              "/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/libx32"};
    for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
        if (is_below(path, directories[i]))
            return true;
    return is_below_triplet(path);
}

static bool is_system(struct search *search, const char *real_path)
{
    if (is_system_path(real_path))
        return true;
    const char *sysroot = compiler_sysroot(&search->compiler);
    return sysroot[0] != '\0' && is_below(real_path, sysroot) && is_system_path(real_path + strlen(sysroot));
}

/* ---- one file ---- */

static int add_linked(struct search *search, const struct pm_file *file, const char *path, const char *needed)
{
    struct libraries *libraries = search->libraries;
    struct linked linked;
    if (linked_read(file, path, &libraries->arena, &linked) < 0)
        return -1;
    if (linked.traits.type == ET_REL)
        return TAKEN;
    if (!linked_fits(&linked, search->target)) {
        search->rejected = pm_arena_copy(&libraries->arena, path);
        return REJECTED;
    }
    if (linked.traits.type != ET_DYN)
        return message_error("%s: not a shared library", path);
    for (size_t i = 0; i < libraries->count; i++)
        if (pm_identity_equal(&libraries->items[i].linked.identity, &linked.identity))
            return TAKEN;
    struct library *library = array_append(&libraries->items, libraries->count, sizeof(*library));
    if (library == NULL)
        return -1;
    *library = (struct library){
        .needed = linked.soname != NULL ? linked.soname : pm_arena_copy(&libraries->arena, needed),
        .path = pm_arena_copy(&libraries->arena, path),
        .linked = linked,
        .is_system = is_system(search, linked.real_path),
    };
    libraries->count++;
    return TAKEN;
}

/* ---- scripts ---- */

/* `=/usr/lib/x` and `$SYSROOT/usr/lib/x` mean the target's root; NULL: the name has no such prefix. */
static const char *behind_root_prefix(const char *name)
{
    if (name[0] == '=')
        return name + 1;
    return has_prefix(name, "$SYSROOT") ? name + strlen("$SYSROOT") : NULL;
}

static const char *with_sysroot(struct search *search, const char *name)
{
    return pm_arena_join(&search->libraries->arena, compiler_sysroot(&search->compiler), name, NULL);
}

static bool exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISDIR(status.st_mode);
}

static int add_directory(struct search *search, const char *directory)
{
    const char *below = behind_root_prefix(directory);
    const char **added = array_append(&search->directories, search->directory_count, sizeof(*added));
    if (added == NULL)
        return -1;
    *added = below != NULL ? with_sysroot(search, below) : directory;
    search->directory_count++;
    return 0;
}

/* A file as a script names it: below the target's root, as it stands, beside the script, or in a -L directory. */
static const char *find_script_file(struct search *search, const char *script, const char *name)
{
    struct pm_arena *arena = &search->libraries->arena;
    const char *below = behind_root_prefix(name);
    if (below != NULL)
        return with_sysroot(search, below);
    if (name[0] == '/') {
        const char *sysroot = compiler_sysroot(&search->compiler);
        char *real = sysroot[0] != '\0' ? realpath(script, NULL) : NULL;
        bool is_in_sysroot = real != NULL && is_below(real, sysroot);
        free(real);
        return is_in_sysroot && exists(with_sysroot(search, name)) ? with_sysroot(search, name) : name;
    }
    const char *beside = path_beside(arena, script, name);
    if (exists(beside))
        return beside;
    for (size_t i = 0; i < search->directory_count && !exists(name); i++) {
        const char *path = pm_arena_join(arena, search->directories[i], "/", name, NULL);
        if (exists(path))
            return path;
    }
    return name;
}

static int add_script_file(struct search *search, const char *script, const char *name)
{
    if (has_prefix(name, "-l"))
        return add_named(search, name + 2);
    const char *path = find_script_file(search, script, name);
    int status = add_path(search, path, path);
    if (status == REJECTED)
        return message_error(
            "%s: for another machine than the objects, though %s names it: set CC to the compiler that "
            "links",
            path, script);
    return status < 0 ? -1 : 0;
}

static int add_script(struct search *search, const char *path, const char *text)
{
    struct script script;
    int status = script_parse(text, &search->libraries->arena, &script);
    if (status == 0 && !script.is_script)
        status = message_error("%s: neither a shared or static library nor a linker script: name what is linked", path);
    for (size_t i = 0; i < script.count && status == 0; i++)
        if (script.items[i].kind == SCRIPT_DIRECTORY)
            status = add_directory(search, script.items[i].text);
    for (size_t i = 0; i < script.count && status == 0; i++)
        if (script.items[i].kind == SCRIPT_FILE)
            status = add_script_file(search, path, script.items[i].text);
    free(script.items);
    return status;
}

static int add_libtool_library(struct search *search, const char *path, const char *text)
{
    struct pm_arena *arena = &search->libraries->arena;
    const char *name = libtool_value(arena, text, "dlname");
    const char *installed = libtool_value(arena, text, "installed"), *directory = libtool_value(arena, text, "libdir");
    if (name == NULL || name[0] == '\0')
        return 0; /* a static library only */
    const char *file = path_beside(arena, path, pm_arena_join(arena, ".libs/", name, NULL));
    if (installed != NULL && strcmp(installed, "yes") == 0 && directory != NULL)
        file = pm_arena_join(arena, directory, "/", name, NULL);
    int status = add_path(search, file, base_of(file));
    if (status == REJECTED)
        return message_error("%s: for another machine than the objects, though %s names it: name one for theirs", file,
                             path);
    return status < 0 ? -1 : 0;
}

static int read_text(struct search *search, const struct pm_file *file, const char *path, const char **ret_text)
{
    struct pm_problem problem;
    size_t size = (size_t)file->identity.size;
    if (size > MAX_SCRIPT)
        return message_error("%s: neither a library nor, being larger than 1 MiB, a linker script", path);
    char *text = calloc(1, size + 1);
    if (text == NULL)
        return message_out_of_memory();
    ssize_t got = pm_file_read(file, text, size, 0, &problem);
    if (got < 0)
        message_error("%s: %s", path, problem.detail);
    else
        *ret_text = pm_arena_copy_bytes(&search->libraries->arena, text, (size_t)got);
    free(text);
    return got < 0 ? -1 : 0;
}

/* Reads a text file once; what it names is added then. */
static int add_text(struct search *search, const struct pm_file *file, const char *path)
{
    const char *text = "";
    for (size_t i = 0; i < search->visit_count; i++) {
        const struct visit *visit = &search->visits[i];
        if (visit->device != file->identity.device || visit->inode != file->identity.inode)
            continue;
        return visit->is_open ? message_error("%s: a linker script that names itself, directly or by others", path)
                              : TAKEN;
    }
    if (search->depth == MAX_DEPTH)
        return message_error("%s: linker scripts name each other more than %d deep", path, MAX_DEPTH);
    if (read_text(search, file, path, &text) < 0)
        return -1;
    size_t index = search->visit_count;
    struct visit *visit = array_append(&search->visits, index, sizeof(*visit));
    if (visit == NULL)
        return -1;
    *visit = (struct visit){file->identity.device, file->identity.inode, true};
    search->visit_count++;
    search->depth++;
    int status = 0;
    if (libtool_is_library(text))
        status = add_libtool_library(search, path, text);
    else if (!libtool_is_object(text))
        status = add_script(search, path, text);
    search->depth--;
    search->visits[index].is_open = false; /* the array may have moved */
    return status < 0 ? -1 : TAKEN;
}

/* ---- paths and names ---- */

static int add_file(struct search *search, const struct pm_file *file, const char *path, const char *needed)
{
    struct pm_problem problem;
    char magic[SARMAG] = "";
    ssize_t got = pm_file_read(file, magic, sizeof(magic), 0, &problem);
    if (got < 0)
        return message_error("%s: %s", path, problem.detail);
    if (memcmp(magic, ELFMAG, SELFMAG) == 0)
        return add_linked(search, file, path, needed);
    bool is_archive = memcmp(magic, ARMAG, SARMAG) == 0 || memcmp(magic, "!<thin>\n", SARMAG) == 0;
    bool is_bitcode = memcmp(magic, "BC\xc0\xde", 4) == 0;
    return is_archive || is_bitcode ? TAKEN : add_text(search, file, path);
}

/* TAKEN, REJECTED (of another target), -1 (told). needed: what DT_NEEDED says if the library has no soname. */
static int add_path(struct search *search, const char *path, const char *needed)
{
    struct pm_problem problem;
    struct pm_file file;
    if (pm_file_open(path, &file, &problem) < 0)
        return message_error("%s: %s", path, problem.detail);
    int status = add_file(search, &file, path, needed);
    pm_file_close(&file);
    return status;
}

static int try_directory(struct search *search, const char *directory, const char *const *files)
{
    for (; *files != NULL; files++) {
        const char *path = pm_arena_join(&search->libraries->arena, directory, "/", *files, NULL);
        int status = exists(path) ? add_path(search, path, *files) : REJECTED;
        if (status != REJECTED)
            return status;
    }
    return REJECTED;
}

/* In the order of the linker: the -L directories, the compiler's, its own; in each one shared before static. */
static int try_everywhere(struct search *search, const char *const *files)
{
    int status = REJECTED;
    for (size_t i = 0; i < search->directory_count && status == REJECTED; i++)
        status = try_directory(search, search->directories[i], files);
    for (const char *const *file = files; *file != NULL && status == REJECTED; file++) {
        const char *path;
        if (compiler_find_file(&search->compiler, *file, &path) < 0)
            return -1;
        if (path != NULL && exists(path))
            status = add_path(search, path, *file);
    }
    if (status != REJECTED)
        return status;
    const char *const *directories = compiler_linker_directories(&search->compiler);
    for (; *directories != NULL && status == REJECTED; directories++)
        status = try_directory(search, *directories, files);
    return status;
}

/* The library of -lNAME or -l:FILE; name is without the -l. */
static int add_named(struct search *search, const char *name)
{
    struct pm_arena *arena = &search->libraries->arena;
    const char *files[3] = {NULL};
    size_t count = 0;
    if (name[0] == ':') {
        files[count++] = name + 1;
    } else {
        if (!search->is_static)
            files[count++] = pm_arena_join(arena, "lib", name, ".so", NULL);
        files[count++] = pm_arena_join(arena, "lib", name, ".a", NULL);
    }
    search->rejected = NULL;
    int status = try_everywhere(search, files);
    if (status != REJECTED)
        return status < 0 ? -1 : 0;
    if (search->rejected != NULL)
        return message_error("-l%s: only found for another machine than the objects': %s: "
                             "set CC to the compiler that links",
                             name, search->rejected);
    return message_error("-l%s: found neither in the -L directories nor by %s: name its directory with -L, "
                         "or set CC to the compiler that links",
                         name, compiler_name(&search->compiler));
}

static int add_given_path(struct search *search, const char *path)
{
    int status = add_path(search, path, path);
    if (status == REJECTED)
        return message_error("%s: for another machine than the objects: name one for theirs", path);
    return status < 0 ? -1 : 0;
}

/* ---- arguments ---- */

/* Words that go to the linker itself: -Wl,A,B or -Xlinker A. */
static int take_linker_word(struct search *search, const char *word)
{
    static const char *const statics[] = {"-Bstatic", "-dn", "-non_shared", "-static"};
    static const char *const dynamics[] = {"-Bdynamic", "-dy", "-call_shared"};
    for (size_t i = 0; i < sizeof(statics) / sizeof(statics[0]); i++)
        if (strcmp(word, statics[i]) == 0)
            search->is_static = true;
    for (size_t i = 0; i < sizeof(dynamics) / sizeof(dynamics[0]); i++)
        if (strcmp(word, dynamics[i]) == 0)
            search->is_static = false;
    return has_prefix(word, "-l") && word[2] != '\0' ? add_named(search, word + 2) : 0;
}

static int take_linker_words(struct search *search, const char *words)
{
    for (;;) {
        size_t length = strcspn(words, ",");
        if (take_linker_word(search, pm_arena_copy_bytes(&search->libraries->arena, words, length)) < 0)
            return -1;
        if (words[length] == '\0')
            return 0;
        words += length + 1;
    }
}

/* The -L directories count for every -l, wherever they stand. */
static int collect_directories(struct search *search, char *const *arguments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *argument = arguments[i];
        bool has_argument = option_takes_argument(argument) && i + 1 < count;
        const char *directory = NULL;
        if (strcmp(argument, "-L") == 0)
            directory = has_argument ? arguments[i + 1] : NULL;
        else if (has_prefix(argument, "-L"))
            directory = argument + 2;
        else if (has_prefix(argument, "-Wl,-L"))
            directory = argument + strlen("-Wl,-L");
        if (directory != NULL && add_directory(search, directory) < 0)
            return -1;
        i += has_argument;
    }
    return 0;
}

static int take_argument(struct search *search, const char *argument, const char *next)
{
    if (strcmp(argument, "-l") == 0 || strcmp(argument, "-L") == 0) {
        if (next == NULL)
            return message_error("%s: its argument is missing", argument);
        return argument[1] == 'l' ? add_named(search, next) : 0;
    }
    if (has_prefix(argument, "-l"))
        return add_named(search, argument + 2);
    if (has_prefix(argument, "-Wl,"))
        return take_linker_words(search, argument + 4);
    if (strcmp(argument, "-Xlinker") == 0 && next != NULL)
        return take_linker_word(search, next);
    if (strcmp(argument, "-static") == 0)
        return take_linker_word(search, argument);
    if (argument[0] == '@')
        return message_error("%s: response files are not read: name the libraries themselves", argument);
    return argument[0] == '-' ? 0 : add_given_path(search, argument);
}

static int take_arguments(struct search *search, char *const *arguments, size_t count)
{
    if (collect_directories(search, arguments, count) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        bool has_argument = option_takes_argument(arguments[i]) && i + 1 < count;
        if (take_argument(search, arguments[i], has_argument ? arguments[i + 1] : NULL) < 0)
            return -1;
        i += has_argument;
    }
    return search->libraries->arena.failed ? message_out_of_memory() : 0;
}

int libraries_find(struct libraries *libraries, const struct target *target, char *const *arguments, size_t count)
{
    struct search search = {.target = target, .libraries = libraries};
    int status = compiler_init(&search.compiler, &libraries->arena, arguments, count);
    if (status == 0)
        status = take_arguments(&search, arguments, count);
    compiler_free(&search.compiler);
    free(search.directories);
    free(search.visits);
    return status;
}

void libraries_free(struct libraries *libraries)
{
    free(libraries->items);
    pm_arena_free(&libraries->arena);
    *libraries = (struct libraries){0};
}
