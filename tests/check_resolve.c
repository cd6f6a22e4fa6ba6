/* SPDX-License-Identifier: MIT */
/* The search for libraries, on real files that $CC links; ld.so itself says whether the answers are right. With the
 * world and the process around it, which are made of such answers. */
#include "resolve.h"

#include <byteswap.h>
#include <check.h>
#include <elf.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "elffile.h"
#include "failalloc.h"
#include "mkelf.h"
#include "module.h"
#include "scene.h"
#include "suite.h"
#include "watchread.h"
#include "world.h"

static char folder[300];
static struct pm_arena arena;
static struct pm_closure closure;
static struct pm_object *objects;
static size_t count;
static struct pm_module module;

static void begin(void)
{
    scene_begin();
    snprintf(folder, sizeof(folder), "%s", scene_path(""));
    folder[strlen(folder) - 1] = '\0'; /* its slash */
    arena = (struct pm_arena){0};
    module = (struct pm_module){0};
    ck_assert_int_eq(chdir(folder), 0);
    unsetenv("LD_LIBRARY_PATH");
}

static void end(void)
{
    pm_arena_free(&arena);
    pm_module_free(&module);
    ck_assert_int_eq(chdir("/"), 0);
    scene_end();
}

/* Every '@' replaced by the folder; valid until the third call from now. */
static const char *here(const char *text)
{
    static char texts[3][8192];
    static size_t next;
    char *begin = texts[next++ % 3], *to = begin;
    for (; *text != '\0'; text++) {
        ck_assert_uint_lt((size_t)(to - begin) + sizeof(folder), sizeof(texts[0]));
        if (*text == '@')
            to = stpcpy(to, folder);
        else
            *to++ = *text;
    }
    *to = '\0';
    return begin;
}

/* Runs the script in the folder, with what the rows build by. */
static void run(const char *script)
{
    static const char prelude[] =
        "set -e\n"
        "if test -z \"$CC\"; then CC=cc; fi\n"
        /* library FILE FLAG...: its soname is its file name */
        "library() { file=$1; shift; mkdir -p \"$(dirname $file)\"\n"
        "  $CC -shared -nostdlib -x c /dev/null -x none -Wl,--no-as-needed,--build-id=sha1 -Wl,-z,noexecstack \\\n"
        "    -o $file -Wl,-soname,$(basename $file) \"$@\" 2>log || { cat log >&2; exit 1; }; }\n"
        "rpath() { printf %s \"-Wl,--disable-new-dtags,-rpath,$1\"; }\n"
        "runpath() { printf %s \"-Wl,--enable-new-dtags,-rpath,$1\"; }\n"
        /* poke FILE OFFSET OCTAL: one byte */
        "poke() { printf \"\\\\$3\" | dd of=$1 bs=1 seek=$2 conv=notrunc 2>/dev/null; }\n";
    char *whole;
    ck_assert_int_ge(asprintf(&whole, "%s%s", prelude, script), 0);
    int status = system(whole);
    ck_assert_msg(status == 0, "status %d of\n%s", status, script);
    free(whole);
}

/* ---- what was found, as text ---- */

/* One line for each object: NAME PATH, NAME - (missing), NAME !CODE PATH (cannot be used). */
static const char *listing(void)
{
    static char text[8192];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const struct pm_object *object = &objects[i];
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %s%s%s%s\n", object->name,
                                 object->has_problem ? "!" : "",
                                 object->has_problem ? pm_code_name(object->problem.code) : "",
                                 object->has_problem ? " " : "", object->path != NULL ? object->path : "-");
        ck_assert_uint_lt(used, sizeof(text));
    }
    return text;
}

static void resolve(const struct pm_root *root)
{
    struct pm_root whole = *root;
    whole.is_for_this_processor = true;
    pm_resolve(&whole, &arena, &closure);
    ck_assert(!arena.failed);
    objects = closure.objects;
    count = closure.count;
}

/* The closure of a file; the file stays in `module`. */
static void resolve_file(const char *path)
{
    pm_module_free(&module);
    elffile_read(path, &module);
    resolve(&(struct pm_root){.path = path, .dynamic = &module.dynamic, .traits = module.traits});
}

/* A closure of what is only said to be needed. */
static void resolve_named(const char *name, const struct pm_dynamic *dynamic, struct pm_root root)
{
    const char *needed[] = {name};
    struct pm_dynamic whole = *dynamic;
    whole.needed = needed;
    whole.needed_count = 1;
    root.path = "/nowhere/root.so";
    root.dynamic = &whole;
    root.traits = pm_process_traits();
    resolve(&root);
}

/* ---- what ld.so says ---- */

static int find_interpreter(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_INTERP)
            *(const char **)data = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    return 1; /* the executable is the first */
}

/* What ld.so lists for the file, as ldd has it, static; NULL: it fails. */
static const char *ask_dynamic_linker(const char *path)
{
    static char output[65536];
    const char *interpreter = NULL;
    char command[1000];
    dl_iterate_phdr(find_interpreter, &interpreter);
    ck_assert_ptr_nonnull(interpreter);
    snprintf(command, sizeof(command), "LD_TRACE_LOADED_OBJECTS=1 exec %s '%s' 2>/dev/null", interpreter, path);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    size_t got = fread(output, 1, sizeof(output) - 1, pipe);
    output[got] = '\0';
    return pclose(pipe) == 0 ? output : NULL;
}

static bool is_dynamic_linker(const char *name)
{
    const char *slash = strrchr(name, '/');
    return strncmp(slash != NULL ? slash + 1 : name, "ld-", 3) == 0 || strncmp(name, "ld64.", 5) == 0;
}

/* How many lines ld.so printed, a missing library's once, but for itself and the vDSO. */
static size_t count_libraries(const char *output)
{
    size_t lines = 0;
    for (const char *line = output; *line != '\0'; line = strchr(line, '\n') + 1) {
        char name[1000], whole[2000];
        ck_assert_int_eq(sscanf(line, "%999s", name), 1);
        snprintf(whole, sizeof(whole), "%.*s", (int)strcspn(line, "\n") + 1, line);
        ck_assert_ptr_nonnull(strchr(whole, '\n'));
        lines += !is_dynamic_linker(name) && strncmp(name, "linux-", 6) != 0 && strstr(output, whole) == line &&
                 strcmp(whole, "\tstatically linked\n") != 0;
    }
    return lines;
}

/* ld.so takes the same files, or stumbles over the same. */
static void compare_with_dynamic_linker(const char *what, const char *path)
{
    const char *output = ask_dynamic_linker(path);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const struct pm_object *object = &objects[i];
        if (object->has_problem) {
            ck_assert_msg(output == NULL, "%s: ld.so is content with %s:\n%s", what, object->path, output);
            return;
        }
        ck_assert_msg(output != NULL, "%s: ld.so fails", what);
        if (is_dynamic_linker(object->name))
            continue;
        found++;
        char line[2000];
        if (object->path == NULL)
            snprintf(line, sizeof(line), "\t%s => not found\n", object->name);
        else if (strncmp(object->path, "./", 2) == 0) /* ld.so leaves it away */
            snprintf(line, sizeof(line), "\t%s (", object->path + 2);
        else if (strchr(object->name, '/') != NULL)
            snprintf(line, sizeof(line), "\t%s (", object->path);
        else
            snprintf(line, sizeof(line), "\t%s => %s (", object->name, object->path);
        ck_assert_msg(strstr(output, line) != NULL, "%s: not with ld.so: %s\n%s", what, line, output);
    }
    ck_assert_msg(output != NULL, "%s: ld.so fails", what);
    ck_assert_msg(found == count_libraries(output), "%s: ld.so has more:\n%s%s", what, output, listing());
}

/* ---- scenes ---- */

/* The script makes root.so and what it needs. '@' is the folder. */
static const struct {
    const char *name, *script, *library_path, *expected;
} scenes[] = {
    {"nothing needed", "library root.so", NULL, ""},
    {"RUNPATH, its directories in order",
     "library b/libx.so.1; library c/libx.so.1; library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b:$PWD/c)", NULL,
     "libx.so.1 @/b/libx.so.1\n"},
    {"RPATH, its directories in order",
     "library b/libx.so.1; library c/libx.so.1; library root.so b/libx.so.1 $(rpath $PWD/a:$PWD/b:$PWD/c)", NULL,
     "libx.so.1 @/b/libx.so.1\n"},
    {"$ORIGIN in RUNPATH",
     "library sub/a/libx.so.1; library root.so sub/a/libx.so.1 $(runpath '$ORIGIN/sub/a')", NULL,
     "libx.so.1 @/sub/a/libx.so.1\n"},
    {"${ORIGIN} in RPATH, twice",
     "library a/libx.so.1; library root.so a/libx.so.1 $(rpath '${ORIGIN}/none:${ORIGIN}/a')", NULL,
     "libx.so.1 @/a/libx.so.1\n"},
    {"$ORIGIN of the library that needs, not of the root",
     "library a/deep/liby.so.1; library a/libx.so.1 a/deep/liby.so.1 $(runpath '$ORIGIN/deep')\n"
     "library root.so a/libx.so.1 $(runpath '$ORIGIN/a')",
     NULL, "libx.so.1 @/a/libx.so.1\nliby.so.1 @/a/deep/liby.so.1\n"},
    {"$ORIGIN_x, $ORIGINx and $ORIGIN0 are no tokens",
     "for d in a_x ax a0 b; do library $d/liby.so.1; done\n"
     "library a/libx.so.1 b/liby.so.1 $(runpath '$ORIGIN_x:$ORIGINx:$ORIGIN0:${ORIGIN}/../b')\n"
     "library root.so a/libx.so.1 $(runpath '$ORIGIN/a')",
     NULL, "libx.so.1 @/a/libx.so.1\nliby.so.1 @/a/../b/liby.so.1\n"},
    {"${ORIGIN} may be followed by anything",
     "library a_x/liby.so.1; library a/libx.so.1 a_x/liby.so.1 $(runpath '${ORIGIN}_x')\n"
     "library root.so a/libx.so.1 $(runpath '$ORIGIN/a')",
     NULL, "libx.so.1 @/a/libx.so.1\nliby.so.1 @/a_x/liby.so.1\n"},
    {"${ORIGIN without an end is no token",
     "library ab/liby.so.1; library b/liby.so.1\n"
     "library a/libx.so.1 b/liby.so.1 $(runpath '${ORIGIN/b:$:${:$ORIGIN/../b')\n"
     "library root.so a/libx.so.1 $(runpath '$ORIGIN/a')",
     NULL, "libx.so.1 @/a/libx.so.1\nliby.so.1 @/a/../b/liby.so.1\n"},
    {"$LIB is what ld.so was built with",
     "for lib in lib lib64 lib/x86_64-linux-gnu lib/aarch64-linux-gnu lib/i386-linux-gnu; do\n"
     "library $lib/libx.so.1 -Wl,--defsym,in_$(echo $lib | tr -c 'a-z0-9\\n' _)=1; done\n"
     "library root.so lib/libx.so.1 $(runpath '$ORIGIN/$LIB')",
     NULL, NULL},
    {"$PLATFORM is the processor",
     /* glibc has names of its own for some processors */
     "for p in $(uname -m) haswell xeon_phi i686; do library $p/libx.so.1; done\n"
     "library root.so $(uname -m)/libx.so.1 $(runpath '$ORIGIN/$PLATFORM')", NULL, NULL},
    {"a slash at the end of a directory is left away", "library a/libx.so.1; library root.so a/libx.so.1 $(runpath $PWD/a//)",
     NULL, "libx.so.1 @/a/libx.so.1\n"},
    {"subdirectories for the processor, the best first",
     "for p in x86-64-v2 x86-64-v3 x86-64-v4 z13 z14 z15 power9 power10; do library a/glibc-hwcaps/$p/libx.so.1; done\n"
     "library a/libx.so.1; library root.so a/libx.so.1 $(runpath $PWD/a)",
     NULL, NULL},
    {"the next best subdirectory for the processor",
     "for p in x86-64-v2 z13 power9; do library a/glibc-hwcaps/$p/libx.so.1; done\n"
     "mkdir a/glibc-hwcaps/x86-64-v3; library a/libx.so.1; library root.so a/libx.so.1 $(rpath $PWD/a)",
     NULL, NULL},
    {"a subdirectory for another processor is passed over",
     "library a/glibc-hwcaps/x86-64-v99/libx.so.1; library a/libx.so.1; library root.so a/libx.so.1 $(runpath $PWD/a)",
     NULL, "libx.so.1 @/a/libx.so.1\n"},
    {"the older subdirectories, all of them",
     "for a in tls/haswell/avx512_1/x86_64 tls haswell avx512_1 x86_64 haswell/avx512_1 tls/x86_64; do\n"
     "library a/$a/libx.so.1; done\n"
     "library a/libx.so.1; library root.so a/libx.so.1 $(runpath $PWD/a)",
     NULL, NULL},
    {"the older subdirectories, some of them",
     "for a in haswell x86_64 avx512_1/x86_64 xeon_phi atomics sse2; do library a/$a/libx.so.1; done\n"
     "library a/libx.so.1; library root.so a/libx.so.1 $(runpath $PWD/a)",
     NULL, NULL},
    {"subdirectories for the processor below LD_LIBRARY_PATH",
     "library a/glibc-hwcaps/x86-64-v2/libx.so.1; library a/libx.so.1; library root.so a/libx.so.1", "@/a", NULL},
    {"RPATH of the root for what its libraries need",
     "library a/liby.so.1; library a/libx.so.1 a/liby.so.1; library root.so a/libx.so.1 $(rpath $PWD/a)", NULL,
     "libx.so.1 @/a/libx.so.1\nliby.so.1 @/a/liby.so.1\n"},
    {"RPATH of the library before the root's",
     "library a/liby.so.1; library b/liby.so.1; library a/libx.so.1 b/liby.so.1 $(rpath $PWD/b)\n"
     "library root.so a/libx.so.1 $(rpath $PWD/a)",
     NULL, "libx.so.1 @/a/libx.so.1\nliby.so.1 @/b/liby.so.1\n"},
    {"RUNPATH of the root is for the root alone",
     "library a/liby.so.1; library a/libx.so.1 a/liby.so.1; library root.so a/libx.so.1 $(runpath $PWD/a)", NULL,
     "libx.so.1 @/a/libx.so.1\nliby.so.1 -\n"},
    {"RUNPATH of a library hides the RPATH of the root",
     "library a/liby.so.1; library a/libx.so.1 a/liby.so.1 $(runpath $PWD/none)\n"
     "library root.so a/libx.so.1 $(rpath $PWD/a)",
     NULL, "libx.so.1 @/a/libx.so.1\nliby.so.1 -\n"},
    {"RUNPATH in between does not hide the RPATH of the root from below",
     "library a/libq.so.1; library a/liby.so.1 a/libq.so.1; library a/libx.so.1 a/liby.so.1 $(runpath $PWD/a)\n"
     "library root.so a/libx.so.1 $(rpath $PWD/a)",
     NULL, "libx.so.1 @/a/libx.so.1\nliby.so.1 @/a/liby.so.1\nlibq.so.1 @/a/libq.so.1\n"},
    {"LD_LIBRARY_PATH before RUNPATH",
     "library a/libx.so.1; library b/libx.so.1; library root.so a/libx.so.1 $(runpath $PWD/a)", "@/none:@/b",
     "libx.so.1 @/b/libx.so.1\n"},
    {"RPATH before LD_LIBRARY_PATH",
     "library a/libx.so.1; library b/libx.so.1; library root.so a/libx.so.1 $(rpath $PWD/a)", "@/b",
     "libx.so.1 @/a/libx.so.1\n"},
    {"LD_LIBRARY_PATH is for all",
     "library a/liby.so.1; library a/libx.so.1 a/liby.so.1; library root.so a/libx.so.1", "@/a",
     "libx.so.1 @/a/libx.so.1\nliby.so.1 @/a/liby.so.1\n"},
    {"a semicolon in LD_LIBRARY_PATH", "library b/libx.so.1; library root.so b/libx.so.1", "@/a;@/b",
     "libx.so.1 @/b/libx.so.1\n"},
    {"an empty entry in LD_LIBRARY_PATH is the current directory", "library libx.so.1; library root.so libx.so.1",
     "@/a::@/b", "libx.so.1 ./libx.so.1\n"},
    {"colons, semicolons and empty entries in LD_LIBRARY_PATH", "library b/libx.so.1; library root.so b/libx.so.1",
     ";:@/a;:@/b/:", "libx.so.1 @/b/libx.so.1\n"},
    {"an empty LD_LIBRARY_PATH is none", "library libx.so.1; library root.so libx.so.1", "", "libx.so.1 -\n"},
    {"a name with a slash is a path",
     "library a/libx.so.1 -Wl,-soname,$PWD/a/libx.so.1; library root.so a/libx.so.1", NULL,
     "@/a/libx.so.1 @/a/libx.so.1\n"},
    {"a name with a slash and $ORIGIN",
     "library a/libx.so.1 -Wl,-soname,'$ORIGIN/a/libx.so.1'; library root.so a/libx.so.1", NULL,
     "$ORIGIN/a/libx.so.1 @/a/libx.so.1\n"},
    {"a name with a slash and the $ORIGIN of the library that needs it",
     "library a/deep/liby.so.1 -Wl,-soname,'$ORIGIN/deep/liby.so.1'; library a/libx.so.1 a/deep/liby.so.1\n"
     "library root.so a/libx.so.1 $(runpath $PWD/a)",
     NULL, "libx.so.1 @/a/libx.so.1\n$ORIGIN/deep/liby.so.1 @/a/deep/liby.so.1\n"},
    {"a dangling link is passed over",
     "library b/libx.so.1; mkdir a; ln -s nowhere a/libx.so.1; library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b)",
     NULL, "libx.so.1 @/b/libx.so.1\n"},
    {"a link is followed, and keeps its name",
     "library b/libx.so.1; mkdir a; ln -s ../b/libx.so.1 a; library root.so b/libx.so.1 $(runpath $PWD/a)", NULL,
     "libx.so.1 @/a/libx.so.1\n"},

    /* ---- the closure ---- */
    {"breadth first",
     "library a/libq.so.1; library a/libw.so.1; library a/libx.so.1 a/libq.so.1; library a/liby.so.1 a/libw.so.1\n"
     "library root.so a/libx.so.1 a/liby.so.1 $(rpath $PWD/a)",
     NULL,
     "libx.so.1 @/a/libx.so.1\nliby.so.1 @/a/liby.so.1\nlibq.so.1 @/a/libq.so.1\nlibw.so.1 @/a/libw.so.1\n"},
    {"a library that two need counts once, for the first",
     "library a/libq.so.1; library b/libq.so.1; library a/libx.so.1 a/libq.so.1 $(rpath $PWD/b)\n"
     "library a/liby.so.1 a/libq.so.1 $(rpath $PWD/a); library root.so a/libx.so.1 a/liby.so.1 $(runpath $PWD/a)",
     NULL, "libx.so.1 @/a/libx.so.1\nliby.so.1 @/a/liby.so.1\nlibq.so.1 @/b/libq.so.1\n"},
    {"two libraries that need each other",
     "library a/liby.so.1; library a/libx.so.1 a/liby.so.1; library a/liby.so.1 a/libx.so.1\n"
     "library root.so a/libx.so.1 $(rpath $PWD/a)",
     NULL, "libx.so.1 @/a/libx.so.1\nliby.so.1 @/a/liby.so.1\n"},
    {"a library that needs itself",
     "library a/libx.so.1; cp a/libx.so.1 first.so; library a/libx.so.1 first.so\n"
     "library root.so a/libx.so.1 $(rpath $PWD/a)",
     NULL, "libx.so.1 @/a/libx.so.1\n"},
    {"a missing library that two need counts once",
     "library a/libq.so.1; library a/libx.so.1 a/libq.so.1; library a/liby.so.1 a/libq.so.1; rm a/libq.so.1\n"
     "library root.so a/libx.so.1 a/liby.so.1 $(rpath $PWD/a)",
     NULL, "libx.so.1 @/a/libx.so.1\nliby.so.1 @/a/liby.so.1\nlibq.so.1 -\n"},
    {"a file whose soname is another name is that too",
     "library a/libx.so.1; ln -s libx.so.1 a/libx.so; library stub/libx.so; library a/liby.so.1 a/libx.so.1\n"
     "library root.so stub/libx.so a/liby.so.1 $(rpath $PWD/a)",
     NULL, "libx.so @/a/libx.so\nliby.so.1 @/a/liby.so.1\n"},

    {"one file by two names is one object",
     "library a/libx.so.1; ln a/libx.so.1 a/libz.so.1; library b/libz.so.1\n"
     "library root.so a/libx.so.1 b/libz.so.1 $(runpath $PWD/a)",
     NULL, "libx.so.1 @/a/libx.so.1\n"},
    {"one file by a link and by a path is one object",
     "library a/libx.so.1; mkdir b; ln -s ../a/libx.so.1 b/libx.so.1; library c/libx.so.1 -Wl,-soname,$PWD/b/libx.so.1\n"
     "library root.so a/libx.so.1 c/libx.so.1 $(runpath $PWD/a)",
     NULL, "libx.so.1 @/a/libx.so.1\n"},
    {"two files of one soname, one of them by its path",
     "library a/libx.so.1; library b/libx.so.1 -Wl,--defsym,other=1; cp b/libx.so.1 c.so\n"
     "library stub/libx.so.1 -Wl,-soname,$PWD/b/libx.so.1; library root.so a/libx.so.1 stub/libx.so.1 $(runpath $PWD/a)",
     NULL, "libx.so.1 @/a/libx.so.1\n@/b/libx.so.1 @/b/libx.so.1\n"},
    {"NODEFLIB: nothing of the default directories",
     "library root.so -lc -Wl,-z,nodefaultlib", NULL, "libc.so.6 -\n"},
    {"NODEFLIB: search paths count",
     "library a/libx.so.1; library root.so a/libx.so.1 $(runpath $PWD/a) -Wl,-z,nodefaultlib", NULL,
     "libx.so.1 @/a/libx.so.1\n"},
    {"NODEFLIB is for the object that has it",
     "library a/libx.so.1 -lc; library root.so a/libx.so.1 $(runpath $PWD/a) -Wl,-z,nodefaultlib", NULL, NULL},
    {"a filter brings what it names",
     "library a/libx.so.1; library a/liby.so.1 -Wl,-F,libx.so.1; library root.so a/liby.so.1 $(rpath $PWD/a)", NULL,
     "liby.so.1 @/a/liby.so.1\nlibx.so.1 @/a/libx.so.1\n"},
    {"what an auxiliary filter names is taken where it is there",
     "library a/libx.so.1; library a/liby.so.1 -Wl,-f,libx.so.1; library root.so a/liby.so.1 $(rpath $PWD/a)", NULL,
     "liby.so.1 @/a/liby.so.1\nlibx.so.1 @/a/libx.so.1\n"},

    /* ---- files that are not it ---- */
    {"a library for another machine is passed over", /* e_machine */
     "library a/libx.so.1; library b/libx.so.1; poke a/libx.so.1 18 001; poke a/libx.so.1 19 001\n"
     "library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b)",
     NULL, "libx.so.1 @/b/libx.so.1\n"},
    {"a library for another machine alone is a missing one",
     "library a/libx.so.1; library root.so a/libx.so.1 $(runpath $PWD/a); poke a/libx.so.1 19 001", NULL,
     "libx.so.1 -\n"},
    {"a directory of the library's name stops the search",
     "library b/libx.so.1; mkdir -p a/libx.so.1; library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b)", NULL,
     "libx.so.1 !file-not-regular @/a/libx.so.1\n"},
    {"a link to itself ends the list",
     "library b/libx.so.1; mkdir a; ln -s libx.so.1 a/libx.so.1; library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b)",
     NULL, "libx.so.1 -\n"},
    {"a link to itself ends the list, and the next one is gone through",
     "library b/libx.so.1; mkdir a; ln -s libx.so.1 a/libx.so.1; library root.so b/libx.so.1 $(rpath $PWD/a:$PWD/b)",
     "@/b", "libx.so.1 @/b/libx.so.1\n"},
    {"a file in place of a directory is passed over",
     "library b/libx.so.1; : >a; library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b)", NULL,
     "libx.so.1 @/b/libx.so.1\n"},
    {"a device stops the search",
     "library b/libx.so.1; mkdir a; ln -s /dev/null a/libx.so.1; library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b)",
     NULL, "libx.so.1 !file-not-regular @/a/libx.so.1\n"},
    {"a name that is a directory",
     "library a/libx.so.1 -Wl,-soname,$PWD/a; library root.so a/libx.so.1", NULL, "@/a !file-not-regular @/a\n"},
    {"a library without notes is taken",
     "library a/libx.so.1 -Wl,--build-id=none; library root.so a/libx.so.1 $(runpath $PWD/a)", NULL,
     "libx.so.1 @/a/libx.so.1\n"},
    {"an empty file stops the search",
     "library b/libx.so.1; mkdir a; : >a/libx.so.1; library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b)", NULL,
     "libx.so.1 !not-elf @/a/libx.so.1\n"},
    {"a linker script stops the search",
     "library b/libx.so.1; mkdir a; { echo 'INPUT(libx.so.2)'; head -c 2000 /dev/zero; } >a/libx.so.1\n"
     "library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b)",
     NULL, "libx.so.1 !not-elf @/a/libx.so.1\n"},
    {"a truncated library stops the search",
     "library b/libx.so.1; mkdir a; head -c 300 b/libx.so.1 >a/libx.so.1\n"
     "library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b)",
     NULL, "libx.so.1 !elf-truncated @/a/libx.so.1\n"},
    {"a program stops the search",
     "library b/libx.so.1; mkdir a; echo 'int main(void) { return 0; }' >main.c; $CC -pie -fPIE main.c -o a/libx.so.1\n"
     "library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b)",
     NULL, "libx.so.1 !elf-type @/a/libx.so.1\n"},
    {"an object file stops the search",
     "library b/libx.so.1; mkdir a; $CC -c -x c /dev/null -o a/libx.so.1\n"
     "library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b)",
     NULL, "libx.so.1 !elf-type @/a/libx.so.1\n"},
};

START_TEST(scene_is_resolved_as_the_dynamic_linker_does)
{
    const char *name = scenes[_i].name, *expected = scenes[_i].expected;
    run(scenes[_i].script);
    if (scenes[_i].library_path != NULL)
        setenv("LD_LIBRARY_PATH", here(scenes[_i].library_path), 1);
    resolve_file(scene_path("root.so"));
    /* NULL: what is right depends on the system, so that only ld.so knows */
    if (expected != NULL)
        ck_assert_msg(strcmp(listing(), here(expected)) == 0, "%s:\n%s", name, listing());
    else
        ck_assert_msg(count > 0 && objects[0].path != NULL, "%s:\n%s", name, listing());
    compare_with_dynamic_linker(name, scene_path("root.so"));
}
END_TEST

/* ---- what a scene does not show ---- */

START_TEST(root_that_a_library_needs_is_not_in_its_closure)
{
    run("library root.so; library a/libx.so.1 root.so; library root.so a/libx.so.1 $(rpath $PWD/a)");
    resolve_file(scene_path("root.so"));
    ck_assert_str_eq(listing(), here("libx.so.1 @/a/libx.so.1\n"));
}
END_TEST

/* ld.so lists it as not found, and loads all the same. */
START_TEST(what_an_auxiliary_filter_names_may_be_missing)
{
    run("library a/libnone.so.1; library a/liby.so.1 -Wl,-f,libnone.so.1; library root.so a/liby.so.1 $(rpath $PWD/a)\n"
        "library a/libx.so.1 a/libnone.so.1; library two.so a/liby.so.1 a/libx.so.1 $(rpath $PWD/a); rm a/libnone.so.1");
    resolve_file(scene_path("root.so"));
    ck_assert_str_eq(listing(), here("liby.so.1 @/a/liby.so.1\n"));
    resolve_file(scene_path("two.so")); /* libx.so.1 cannot do without */
    ck_assert_str_eq(listing(), here("liby.so.1 @/a/liby.so.1\nlibx.so.1 @/a/libx.so.1\nlibnone.so.1 -\n"));
}
END_TEST

static bool is_from_path(const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(objects[i].name, name) == 0)
            return objects[i].is_from_path;
    ck_abort_msg("no %s", name);
    return false;
}

START_TEST(object_tells_whether_it_is_from_a_path)
{
    run("for l in a/libx.so.1 b/liby.so.1 c/libz.so.1 d/libe.so.1; do library $l; done\n"
        "library s/libs.so.1 -Wl,-soname,$PWD/s/libs.so.1\n"
        "library a/libx.so.1 b/liby.so.1 $(runpath '$ORIGIN/../b')\n"
        "library root.so a/libx.so.1 c/libz.so.1 d/libe.so.1 s/libs.so.1 -lc $(rpath '$ORIGIN/a:$ORIGIN/c')");
    setenv("LD_LIBRARY_PATH", here("@/d"), 1);
    resolve_file(scene_path("root.so"));
    ck_assert(is_from_path("libx.so.1"));
    ck_assert(is_from_path("liby.so.1"));
    ck_assert(is_from_path("libz.so.1"));
    ck_assert(is_from_path(here("@/s/libs.so.1")));
    ck_assert(!is_from_path("libe.so.1")); /* the environment is no path of an object */
    ck_assert(!is_from_path("libc.so.6"));
}
END_TEST

START_TEST(object_tells_its_build_id_and_who_wants_it)
{
    struct pm_module library;
    run("library a/liby.so.1; library a/libx.so.1 a/liby.so.1; library root.so a/libx.so.1 $(rpath $PWD/a)");
    resolve_file(scene_path("root.so"));
    elffile_read(scene_path("a/liby.so.1"), &library);
    ck_assert_uint_eq(count, 2);
    ck_assert_uint_eq(library.build_id.size, 20);
    ck_assert(pm_build_id_equal(&objects[1].build_id, &library.build_id));
    ck_assert(!pm_build_id_equal(&objects[0].build_id, &library.build_id));
    ck_assert_str_eq(objects[0].wanted_by, scene_path("root.so"));
    ck_assert_str_eq(objects[1].wanted_by, scene_path("a/libx.so.1"));
    ck_assert(!objects[1].is_loaded);
    ck_assert_str_eq(objects[1].dynamic.soname, "liby.so.1");
    pm_module_free(&library);
}
END_TEST

START_TEST(missing_library_tells_the_paths_tried_in_order)
{
    setenv("LD_LIBRARY_PATH", here("@/environment"), 1);
    resolve_named("libnone.so.1", &(struct pm_dynamic){.runpath = here("@/run\n:@/path")},
                  (struct pm_root){.host_rpath = "/host", .host_path = "/app", .cache_path = "/nowhere/cache"});
    ck_assert_uint_eq(count, 1);
    ck_assert_ptr_null(objects[0].path);
    ck_assert_str_eq(objects[0].wanted_by, "/nowhere/root.so");
    const char *begin = here("@/environment/libnone.so.1\n@/run\\x0a/libnone.so.1\n@/path/libnone.so.1\n/");
    ck_assert_int_eq(strncmp(objects[0].tried, begin, strlen(begin)), 0);
    ck_assert_ptr_nonnull(strstr(objects[0].tried, "\n/usr/lib/libnone.so.1"));
    ck_assert_ptr_null(strstr(objects[0].tried, "/host"));
}
END_TEST

START_TEST(origin_of_a_file_in_the_root_directory_is_that)
{
    const char *needed[] = {"libnone.so.1"};
    const struct pm_dynamic dynamic = {.runpath = "$ORIGIN/lib", .needed = needed, .needed_count = 1};
    resolve(&(struct pm_root){.path = "/root.so", .dynamic = &dynamic, .traits = pm_process_traits()});
    ck_assert_int_eq(strncmp(objects[0].tried, "//lib/libnone.so.1\n", 19), 0);
}
END_TEST

START_TEST(missing_path_tells_only_itself)
{
    resolve_named("/nowhere/libnone.so.1", &(struct pm_dynamic){.runpath = "/a"}, (struct pm_root){0});
    ck_assert_str_eq(listing(), "/nowhere/libnone.so.1 -\n");
    ck_assert_str_eq(objects[0].tried, "/nowhere/libnone.so.1");
}
END_TEST

START_TEST(rpath_beside_a_runpath_is_ignored)
{
    run("library a/libx.so.1; library a/libq.so.1; library b/libx.so.1 a/libq.so.1");
    resolve_named("libx.so.1", &(struct pm_dynamic){.rpath = here("@/a"), .runpath = here("@/b")},
                  (struct pm_root){0});
    ck_assert_str_eq(listing(), here("libx.so.1 @/b/libx.so.1\nlibq.so.1 -\n"));
}
END_TEST

START_TEST(rpath_of_the_host_is_the_last_of_the_rpaths)
{
    run("library a/libx.so.1; library app/b/libx.so.1");
    struct pm_root root = {.host_rpath = "$ORIGIN/b", .host_path = scene_path("app/host")};
    resolve_named("libx.so.1", &(struct pm_dynamic){.rpath = here("@/a")}, root);
    ck_assert_str_eq(listing(), here("libx.so.1 @/a/libx.so.1\n"));
    resolve_named("libx.so.1", &(struct pm_dynamic){.rpath = here("@/none")}, root);
    ck_assert_str_eq(listing(), here("libx.so.1 @/app/b/libx.so.1\n"));
    resolve_named("libx.so.1", &(struct pm_dynamic){.runpath = here("@/none")}, root);
    ck_assert_str_eq(listing(), "libx.so.1 -\n");
}
END_TEST

START_TEST(origin_of_a_host_that_is_not_known_finds_nothing)
{
    run("library libx.so.1");
    setenv("LD_LIBRARY_PATH", "$ORIGIN", 1);
    resolve_named("libx.so.1", &(struct pm_dynamic){0}, (struct pm_root){0});
    ck_assert_str_eq(listing(), "libx.so.1 -\n");
    resolve_named("libx.so.1", &(struct pm_dynamic){0}, (struct pm_root){.host_path = scene_path("host")});
    ck_assert_str_eq(listing(), here("libx.so.1 @/libx.so.1\n"));
}
END_TEST

/* Nothing but a header and a segment, of this machine, but for its class or its byte order. */
struct foreign_class {
    Elf32_Ehdr header;
    Elf32_Phdr segment;
};
struct foreign_order {
    ElfW(Ehdr) header;
    ElfW(Phdr) segment;
};

static void write_file(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(name, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(library_of_another_class_is_passed_over)
{
    const struct pm_traits here_traits = pm_process_traits();
    struct foreign_class foreign = {
        .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, (unsigned char)here_traits.byte_order, EV_CURRENT},
                   .e_type = ET_DYN, .e_machine = (Elf32_Half)here_traits.machine, .e_version = EV_CURRENT,
                   .e_phoff = sizeof(Elf32_Ehdr), .e_ehsize = sizeof(Elf32_Ehdr), .e_phentsize = sizeof(Elf32_Phdr),
                   .e_phnum = 1},
        .segment = {.p_type = PT_LOAD},
    };
    if (here_traits.elf_class == ELFCLASS32) {
        printf("# skipped: this machine's own class is 32-bit\n");
        return;
    }
    run("library b/libx.so.1; library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b); mkdir a");
    write_file("a/libx.so.1", &foreign, sizeof(foreign));
    resolve_file(scene_path("root.so"));
    ck_assert_str_eq(listing(), here("libx.so.1 @/b/libx.so.1\n"));
    compare_with_dynamic_linker("another class", scene_path("root.so"));
}
END_TEST

/* The words of the header in the other byte order, for a reader that heeds it. */
static void swap(struct foreign_order *foreign)
{
    foreign->header.e_ident[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB;
    foreign->header.e_type = bswap_16(foreign->header.e_type);
    foreign->header.e_machine = bswap_16(foreign->header.e_machine);
    foreign->header.e_version = bswap_32(foreign->header.e_version);
    foreign->header.e_ehsize = bswap_16(foreign->header.e_ehsize);
    foreign->header.e_phentsize = bswap_16(foreign->header.e_phentsize);
    foreign->header.e_phnum = bswap_16(foreign->header.e_phnum);
    if (sizeof(foreign->header.e_phoff) == 8)
        foreign->header.e_phoff = bswap_64(foreign->header.e_phoff);
    else
        foreign->header.e_phoff = bswap_32((uint32_t)foreign->header.e_phoff);
    foreign->segment.p_type = bswap_32(foreign->segment.p_type);
}

START_TEST(library_of_the_other_byte_order_is_passed_over)
{
    const struct pm_traits here_traits = pm_process_traits();
    struct foreign_order foreign = {
        .header = {.e_ident = {0x7f, 'E', 'L', 'F', (unsigned char)here_traits.elf_class,
                               (unsigned char)here_traits.byte_order, EV_CURRENT},
                   .e_type = ET_DYN, .e_machine = (ElfW(Half))here_traits.machine, .e_version = EV_CURRENT,
                   .e_phoff = sizeof(ElfW(Ehdr)), .e_ehsize = sizeof(ElfW(Ehdr)),
                   .e_phentsize = sizeof(ElfW(Phdr)), .e_phnum = 1},
        .segment = {.p_type = PT_LOAD},
    };
    run("library b/libx.so.1; library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b); mkdir a");
    swap(&foreign);
    write_file("a/libx.so.1", &foreign, sizeof(foreign));
    resolve_file(scene_path("root.so"));
    ck_assert_str_eq(listing(), here("libx.so.1 @/b/libx.so.1\n"));
    compare_with_dynamic_linker("another byte order", scene_path("root.so"));
}
END_TEST

/* The linker would wait for a writer; here nothing does. */
START_TEST(fifo_in_place_of_a_library_is_told_without_waiting)
{
    run("library b/libx.so.1; mkdir a; mkfifo a/libx.so.1; library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b)");
    resolve_file(scene_path("root.so"));
    ck_assert_str_eq(listing(), here("libx.so.1 !file-not-regular @/a/libx.so.1\n"));
    run("rm a/libx.so.1; mkfifo cache");
    resolve_named("libcached.so.1", &(struct pm_dynamic){0}, (struct pm_root){.cache_path = "cache"});
    ck_assert_str_eq(closure.cache_problem, "not a regular file");
}
END_TEST

START_TEST(library_without_dynamic_section_is_told)
{
    const struct pm_traits here_traits = pm_process_traits();
    struct foreign_order bare = {
        .header = {.e_ident = {0x7f, 'E', 'L', 'F', (unsigned char)here_traits.elf_class,
                               (unsigned char)here_traits.byte_order, EV_CURRENT},
                   .e_type = ET_DYN, .e_machine = (ElfW(Half))here_traits.machine, .e_version = EV_CURRENT,
                   .e_phoff = sizeof(ElfW(Ehdr)), .e_ehsize = sizeof(ElfW(Ehdr)),
                   .e_phentsize = sizeof(ElfW(Phdr)), .e_phnum = 1},
        .segment = {.p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = sizeof(bare), .p_memsz = sizeof(bare),
                    .p_align = 4096},
    };
    run("library b/libx.so.1; mkdir a; library root.so b/libx.so.1 $(runpath $PWD/a:$PWD/b)");
    write_file("a/libx.so.1", &bare, sizeof(bare));
    resolve_file(scene_path("root.so"));
    ck_assert_str_eq(listing(), here("libx.so.1 !elf-malformed @/a/libx.so.1\n"));
    ck_assert_str_eq(objects[0].problem.detail, "it has no dynamic section");
    compare_with_dynamic_linker("no dynamic section", scene_path("root.so"));
}
END_TEST

/* Each needs the next five and the one before: 6000 names, a file for each library. */
START_TEST(thousand_libraries_are_each_read_once)
{
    enum { LIBRARIES = 1000, NEXT = 5 };
    static char names[LIBRARIES + NEXT][16];
    const struct pm_traits traits = pm_process_traits();
    for (size_t i = 0; i < LIBRARIES + NEXT; i++)
        snprintf(names[i], sizeof(names[i]), "libm%zu.so.1", i % LIBRARIES);
    for (size_t i = 0; i < LIBRARIES; i++) {
        struct mkelf_string strings[NEXT + 2] = {{DT_SONAME, names[i]},
                                                 {DT_NEEDED, names[(i + LIBRARIES - 1) % LIBRARIES]}};
        for (size_t k = 0; k < NEXT; k++)
            strings[k + 2] = (struct mkelf_string){DT_NEEDED, names[i + k + 1]};
        struct mkelf elf = {.target = {"", traits.elf_class, traits.byte_order, traits.machine},
                            .strings = strings, .string_count = NEXT + 2};
        mkelf_build(&elf, names[i]);
        mkelf_free(&elf);
    }
    const char *needed[] = {names[0]};
    const struct pm_dynamic dynamic = {.rpath = here("@"), .needed = needed, .needed_count = 1};
    watch_reads_begin();
    resolve(&(struct pm_root){.path = "/root.so", .dynamic = &dynamic, .traits = traits});
    ck_assert_uint_eq(count, LIBRARIES);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(objects[i].path != NULL && !objects[i].has_problem, "%s", objects[i].name);
    ck_assert_uint_le(watched_reads.calls, 6 * LIBRARIES);
}
END_TEST

/* Each names 14 others, with 4 KiB for each: 55 KiB, in a file of 5. */
START_TEST(names_without_end_are_given_up)
{
    enum { LIBRARIES = 1500, NEEDED = 14, LENGTH = 3900 };
    static char names[LIBRARIES][16], name[LENGTH + 1];
    static const char *needed[LIBRARIES];
    struct mkelf_string strings[NEEDED];
    const struct pm_traits traits = pm_process_traits();
    size_t found = 0;
    memset(name, 'n', LENGTH);
    for (size_t i = 0; i < NEEDED; i++)
        strings[i] = (struct mkelf_string){DT_NEEDED, name};
    for (size_t i = 0; i < LIBRARIES; i++) {
        snprintf(names[i], sizeof(names[i]), "libn%zu.so", i);
        needed[i] = names[i];
        struct mkelf elf = {.target = {"", traits.elf_class, traits.byte_order, traits.machine},
                            .strings = strings, .string_count = NEEDED};
        mkelf_build(&elf, names[i]);
        mkelf_free(&elf);
    }
    const struct pm_dynamic dynamic = {.rpath = here("@"), .needed = needed, .needed_count = LIBRARIES};
    resolve(&(struct pm_root){.path = "/root.so", .dynamic = &dynamic, .traits = traits});
    for (size_t i = 0; i < count; i++)
        found += objects[i].path != NULL;
    ck_assert_uint_gt(found, 300);
    ck_assert_uint_lt(found, 800);
    ck_assert_str_eq(objects[LIBRARIES - 1].tried, "not all: there are too many places to look");
}
END_TEST

/* A note segment that cannot be read keeps ld.so from nothing. */
START_TEST(library_with_malformed_notes_has_no_build_id)
{
    run("library a/libx.so.1; library root.so a/libx.so.1 $(runpath $PWD/a)");
    FILE *file = fopen("a/libx.so.1", "r+");
    char bytes[4096];
    size_t size = fread(bytes, 1, sizeof(bytes), file);
    void *owner = memmem(bytes, size, "GNU", 4);
    ck_assert_ptr_nonnull(owner);
    ck_assert_int_eq(fseek(file, (long)((char *)owner - bytes) - 12, SEEK_SET), 0);
    fputs("\xff\xff\xff\x7f", file); /* namesz */
    ck_assert_int_eq(fclose(file), 0);
    resolve_file(scene_path("root.so"));
    ck_assert_str_eq(listing(), here("libx.so.1 @/a/libx.so.1\n"));
    ck_assert_uint_eq(objects[0].build_id.size, 0);
    compare_with_dynamic_linker("malformed notes", scene_path("root.so"));
}
END_TEST

/* ---- what is there already ---- */

static const struct {
    const char *name, *needed, *present, *soname;
    bool is_taken;
} presents[] = {
    {"its soname", "libx.so.1", "/there/libother.so", "libx.so.1", true},
    {"its path", "/there/libx.so", "/there/libx.so", "libx.so.1", true},
    {"its file name, when it has no soname", "libx.so.1", "/there/libx.so.1", NULL, true},
    {"its file name, when its soname is another", "libx.so.1", "/there/libx.so.1", "libx.so.2", false},
    {"the end of its file name", "x.so.1", "/there/libx.so.1", NULL, false},
    {"an executable without a name", "libx.so.1", "", NULL, false},
};

START_TEST(present_object_is_taken_before_any_file)
{
    const struct pm_dynamic dynamic = {.soname = presents[_i].soname};
    const struct pm_build_id build_id = {1, {0x77}};
    const struct pm_present present[] = {
        {"/another", {0}, &(struct pm_dynamic){.soname = "libanother.so"}, false},
        {presents[_i].present, build_id, &dynamic, true},
    };
    run("library a/libx.so.1; cp a/libx.so.1 a/x.so.1");
    resolve_named(presents[_i].needed, &(struct pm_dynamic){.rpath = here("@/a")},
                  (struct pm_root){.present = present, .present_count = 2});
    ck_assert_uint_eq(count, 1);
    ck_assert_msg(objects[0].is_loaded == presents[_i].is_taken, "%s: %s", presents[_i].name, objects[0].path);
    ck_assert_msg(pm_build_id_equal(&objects[0].build_id, &build_id) == presents[_i].is_taken, "%s: build-ID",
                  presents[_i].name);
    if (presents[_i].is_taken)
        ck_assert_str_eq(objects[0].path, presents[_i].present);
}
END_TEST

START_TEST(present_object_brings_what_it_needs)
{
    const char *needs[] = {"libx.so.1"};
    const struct pm_dynamic dynamic = {
        .soname = "libp.so.1", .rpath = here("@/a"), .needed = needs, .needed_count = 1};
    const struct pm_present present[] = {{"/there/libp.so.1", {0}, &dynamic, false}};
    run("library a/libx.so.1");
    resolve_named("libp.so.1", &(struct pm_dynamic){0}, (struct pm_root){.present = present, .present_count = 1});
    ck_assert_str_eq(listing(), here("libp.so.1 /there/libp.so.1\nlibx.so.1 @/a/libx.so.1\n"));
    ck_assert(!objects[0].is_loaded);
    ck_assert_str_eq(objects[1].wanted_by, "/there/libp.so.1");
}
END_TEST

/* ---- ld.so.cache ---- */

/* As glibc writes it: a header of 48 bytes, entries of 24, strings, and extensions that end in no NUL. */
struct cache {
    char magic[20];
    uint32_t count, strings_size, flags, extensions, unused[3];
    struct {
        int32_t flags;
        uint32_t name, path, os_version;
        uint64_t hwcap;
    } entries[2];
    char names[2][16], paths[2][400], extension[9];
};

/* The machine's kind of libraries, as dl-cache.h numbers it. */
static int32_t cache_flags(void)
{
    switch (pm_process_traits().machine) {
    case EM_X86_64: return sizeof(void *) == 8 ? 0x0303 : 0x0803;
    case EM_AARCH64: return 0x0a03;
    case EM_S390: return 0x0403;
    case EM_PPC64: return 0x0503;
    default: return 0x0003;
    }
}

static size_t fill_cache(struct cache *cache)
{
    *cache = (struct cache){.magic = "glibc-ld.so.cache1.1", .count = 2, .extension = "generator"};
    strcpy(cache->names[0], "libother.so.1");
    strcpy(cache->names[1], "libcached.so.1");
    strcpy(cache->paths[0], scene_path("only/libother.so.1"));
    strcpy(cache->paths[1], scene_path("only/libcached.so.1"));
    for (size_t i = 0; i < 2; i++) {
        cache->entries[i].flags = cache_flags();
        cache->entries[i].name = (uint32_t)((char *)cache->names[i] - (char *)cache);
        cache->entries[i].path = (uint32_t)((char *)cache->paths[i] - (char *)cache);
    }
    return offsetof(struct cache, extension) + sizeof(cache->extension);
}

static void find_with_cache(const void *bytes, size_t size)
{
    write_file("cache", bytes, size);
    resolve_named("libcached.so.1", &(struct pm_dynamic){0}, (struct pm_root){.cache_path = "cache"});
}

START_TEST(cache_that_ldconfig_writes_names_the_file)
{
    if (system("PATH=$PATH:/sbin:/usr/sbin command -v ldconfig >/dev/null") != 0) {
        printf("# skipped: no ldconfig\n");
        return;
    }
    run("library only/libcached.so.1; echo $PWD/only >conf\n"
        "PATH=$PATH:/sbin:/usr/sbin ldconfig -X -f $PWD/conf -C $PWD/cache");
    resolve_named("libcached.so.1", &(struct pm_dynamic){0}, (struct pm_root){.cache_path = "cache"});
    ck_assert_str_eq(listing(), here("libcached.so.1 @/only/libcached.so.1\n"));
    resolve_named("libcached.so", &(struct pm_dynamic){0}, (struct pm_root){.cache_path = "cache"});
    ck_assert_str_eq(listing(), "libcached.so -\n");
}
END_TEST

START_TEST(cache_comes_behind_the_paths_and_before_the_default_directories)
{
    struct cache cache;
    size_t size = fill_cache(&cache);
    run("library only/libcached.so.1; library a/libcached.so.1");
    find_with_cache(&cache, size);
    ck_assert_str_eq(listing(), here("libcached.so.1 @/only/libcached.so.1\n"));
    resolve_named("libcached.so.1", &(struct pm_dynamic){.runpath = here("@/a")},
                  (struct pm_root){.cache_path = "cache"});
    ck_assert_str_eq(listing(), here("libcached.so.1 @/a/libcached.so.1\n"));
    run("rm -r only a");
    find_with_cache(&cache, size);
    ck_assert_int_eq(strncmp(objects[0].tried, here("@/only/libcached.so.1\n/"), strlen(here("@")) + 22), 0);
}
END_TEST

START_TEST(cache_cut_anywhere_is_read_within_its_bounds)
{
    struct cache cache;
    size_t size = fill_cache(&cache), needed = (size_t)((char *)cache.paths[1] - (char *)&cache);
    run("library only/libcached.so.1");
    needed += strlen(cache.paths[1]) + 1;
    for (size_t cut = 0; cut <= size; cut++) {
        find_with_cache(&cache, cut);
        ck_assert_msg((objects[0].path != NULL) == (cut >= needed), "cut at %zu of %zu", cut, needed);
    }
}
END_TEST

START_TEST(cache_with_wrong_numbers_is_read_within_its_bounds)
{
    static const uint32_t wrong[] = {0, 1, 100, 0x7fffffff, 0x80000000, 0xffffffff};
    const size_t words = offsetof(struct cache, names) / 4;
    struct cache cache;
    size_t size = fill_cache(&cache), found = 0;
    run("library only/libcached.so.1");
    for (size_t word = 0; word < words; word++) {
        for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
            struct cache changed = cache;
            memcpy((char *)&changed + 4 * word, &wrong[i], 4);
            find_with_cache(&changed, size);
            found += objects[0].path != NULL;
            /* never without its magic, nor by a count that is less or more than there is */
            ck_assert_msg(objects[0].path == NULL || word > 5, "word %zu: %u", word, wrong[i]);
        }
    }
    ck_assert_uint_gt(found, 0);
}
END_TEST

START_TEST(cache_that_is_damaged_is_told_and_one_that_is_absent_too)
{
    struct cache cache;
    size_t size = fill_cache(&cache);
    run("library only/libcached.so.1");
    find_with_cache(&cache, size);
    ck_assert_ptr_null(closure.cache_problem);
    ck_assert(!closure.lacks_cache);
    find_with_cache(&cache, 40);
    ck_assert_str_eq(closure.cache_problem, "it is cut short");
    ck_assert(!closure.lacks_cache);
    resolve_named("libcached.so.1", &(struct pm_dynamic){0}, (struct pm_root){.cache_path = "/nowhere/cache"});
    ck_assert_ptr_null(closure.cache_problem);
    ck_assert(closure.lacks_cache);
    /* none that was not asked */
    resolve_named("/libcached.so.1", &(struct pm_dynamic){0}, (struct pm_root){.cache_path = "/nowhere/cache"});
    ck_assert(!closure.lacks_cache);
    resolve_named("libcached.so.1", &(struct pm_dynamic){0}, (struct pm_root){.cache_path = "/dev/null"});
    ck_assert_str_eq(closure.cache_problem, "not a regular file");
}
END_TEST

START_TEST(nodeflib_passes_over_default_directories_in_the_cache_too)
{
    const struct pm_dynamic strict = {.has_no_default_directories = true};
    struct cache cache;
    size_t size = fill_cache(&cache);
    run("library only/libcached.so.1");
    write_file("cache", &cache, size);
    resolve_named("libcached.so.1", &strict, (struct pm_root){.cache_path = "cache"});
    ck_assert_str_eq(listing(), here("libcached.so.1 @/only/libcached.so.1\n"));
    resolve_named("libc.so.6", &(struct pm_dynamic){0}, (struct pm_root){0});
    ck_assert_ptr_nonnull(objects[0].path);
    snprintf(cache.paths[1], sizeof(cache.paths[1]), "%s", objects[0].path);
    write_file("cache", &cache, size);
    resolve_named("libcached.so.1", &strict, (struct pm_root){.cache_path = "cache"});
    ck_assert_str_eq(listing(), "libcached.so.1 -\n");
}
END_TEST

START_TEST(cache_entry_for_some_processors_only_is_passed_over)
{
    struct cache cache;
    size_t size = fill_cache(&cache);
    run("library only/libcached.so.1");
    cache.entries[1].hwcap = 1;
    find_with_cache(&cache, size);
    ck_assert_str_eq(listing(), "libcached.so.1 -\n");
}
END_TEST

/* ---- bounds ---- */

START_TEST(search_path_without_end_is_given_up)
{
    enum { NEEDED = 4000, COLONS = 4000 };
    static const char *needed[NEEDED];
    static char colons[COLONS + 1], names[NEEDED][8];
    memset(colons, ':', COLONS);
    for (size_t i = 0; i < NEEDED; i++) {
        snprintf(names[i], sizeof(names[i]), "l%zu", i);
        needed[i] = names[i];
    }
    run("library l3999"); /* the last is there, but is not looked for any more */
    const struct pm_dynamic dynamic = {.rpath = colons, .needed = needed, .needed_count = NEEDED};
    resolve(&(struct pm_root){.path = "/root.so", .dynamic = &dynamic, .traits = pm_process_traits()});
    ck_assert_uint_eq(count, NEEDED);
    ck_assert_int_eq(strncmp(objects[0].tried, "./l0\n./l0\n", 10), 0);
    ck_assert_ptr_null(objects[NEEDED - 1].path);
    ck_assert_str_eq(objects[NEEDED - 1].tried, "not all: there are too many places to look");
}
END_TEST

START_TEST(closure_without_end_is_given_up)
{
    enum { NEEDED = 5000 };
    static const char *needed[NEEDED];
    static char names[NEEDED][8];
    for (size_t i = 0; i < NEEDED; i++) {
        snprintf(names[i], sizeof(names[i]), "/l%zu", i);
        needed[i] = names[i];
    }
    const struct pm_dynamic dynamic = {.needed = needed, .needed_count = NEEDED};
    resolve(&(struct pm_root){.path = "/root.so", .dynamic = &dynamic, .traits = pm_process_traits()});
    ck_assert_uint_eq(count, 4097);
    ck_assert_str_eq(objects[4095].tried, "/l4095");
    ck_assert_ptr_null(objects[4096].path);
    ck_assert_str_eq(objects[4096].tried, "nothing: it needs more than 4096 libraries");
}
END_TEST

START_TEST(resolve_without_memory_says_so)
{
    bool was_enough = false;
    run("library a/liby.so.1; library a/libx.so.1 a/liby.so.1; library root.so a/libx.so.1 $(rpath '$ORIGIN/a')");
    elffile_read(scene_path("root.so"), &module);
    const struct pm_root root = {.path = scene_path("root.so"), .dynamic = &module.dynamic, .traits = module.traits};
    for (size_t nth = 1; !was_enough; nth++) {
        ck_assert_uint_lt(nth, 1000);
        pm_arena_free(&arena);
        arena.failed = false;
        fail_allocation_once(nth);
        pm_resolve(&root, &arena, &closure);
        was_enough = !fail_allocation_happened();
        fail_allocation(0);
        ck_assert_int_eq(arena.failed, !was_enough);
    }
    ck_assert_uint_eq(closure.count, 2);
}
END_TEST

/* ---- the system's own ---- */

static const char *const executables[] = {
    "/proc/self/exe", "/bin/ls",      "/bin/sh",      "/usr/bin/find",    "/usr/bin/gcc",
    "/usr/bin/git",   "/usr/bin/gdb", "/usr/bin/ssh", "/usr/bin/python3", "/usr/bin/readelf",
};

START_TEST(closure_of_an_executable_is_that_of_the_dynamic_linker)
{
    const char *path = executables[_i];
    char real[PATH_MAX];
    if (realpath(path, real) == NULL) {
        printf("# skipped: no %s\n", path);
        return;
    }
    if (access(real, R_OK) != 0 || ask_dynamic_linker(real) == NULL) {
        printf("# skipped: %s is not for ld.so\n", path);
        return;
    }
    if (strstr(ask_dynamic_linker(real), "/glibc-hwcaps/") != NULL) {
        printf("# skipped: %s has libraries for this processor alone\n", path);
        return;
    }
    resolve_file(real);
    compare_with_dynamic_linker(path, real);
    ck_assert_uint_gt(count, 0);
}
END_TEST

/* ---- the process ---- */

static const struct pm_object *object_of(const struct pm_world *world, const char *name)
{
    for (size_t i = 0; i < world->object_count; i++)
        if (strcmp(world->objects[i].name, name) == 0)
            return &world->objects[i];
    ck_abort_msg("no %s", name);
    return NULL;
}

/* ---- the world ---- */

static struct pm_module plugin_needing(const char **needed, size_t needed_count)
{
    return (struct pm_module){
        .path = "/nowhere/plug.so",
        .has_traits = true,
        .has_notes = true,
        .traits = pm_process_traits(),
        .dynamic = {.needed = needed, .needed_count = needed_count},
    };
}

START_TEST(world_of_the_process_has_its_objects_loaded)
{
    const char *needed[] = {"libc.so.6", "libnone.so.1"};
    const struct pm_module plugin = plugin_needing(needed, 2);
    const struct pm_facts host = {.role = PM_ROLE_HOST};
    const struct pm_build_id host_build_id = {1, {5}};
    struct pm_process process;
    struct pm_world world;
    ck_assert_int_eq(pm_process_read(&process), 0);
    pm_world_from_process(&host, &host_build_id, &plugin, plugin.path, &world);
    ck_assert(!world.arena.failed);
    ck_assert(world.knows_libraries);
    ck_assert_ptr_eq(world.host, &host);
    ck_assert(pm_build_id_equal(&world.host_build_id, &host_build_id));
    const struct pm_object *libc = object_of(&world, "libc.so.6");
    ck_assert(libc->is_loaded);
    ck_assert_str_eq(libc->path, pm_process_named(&process, "libc.so.6")->name);
    ck_assert(pm_build_id_equal(&libc->build_id, &pm_process_named(&process, "libc.so.6")->build_id));
    ck_assert_ptr_null(object_of(&world, "libnone.so.1")->path);
    pm_world_free(&world);
    pm_process_free(&process);
}
END_TEST

/* This program is linked with the RPATH $ORIGIN/check_resolve.rpath. */
START_TEST(world_of_the_process_knows_the_rpath_of_the_executable)
{
    const char *needed[] = {"libmine.so.1"};
    const struct pm_module plugin = plugin_needing(needed, 1);
    const struct pm_facts host = {.role = PM_ROLE_HOST};
    const struct pm_build_id host_build_id = {0};
    struct pm_process process;
    struct pm_world world;
    char directory[PATH_MAX], path[PATH_MAX + 100];
    ck_assert_int_eq(pm_process_read(&process), 0);
    const char *rpath = process.objects[0]->dynamic.rpath;
    ck_assert_msg(rpath != NULL && strstr(rpath, "$ORIGIN/check_resolve.rpath") != NULL,
                  "link this test with -Wl,--disable-new-dtags,-rpath,'$ORIGIN/check_resolve.rpath'");
    pm_process_free(&process);
    ck_assert_ptr_nonnull(realpath("/proc/self/exe", directory));
    strcpy(strrchr(directory, '/'), "");
    snprintf(path, sizeof(path), "%s/check_resolve.rpath", directory);
    ck_assert(mkdir(path, 0755) == 0 || access(path, W_OK) == 0);
    setenv("TARGET", path, 1);
    run("library libmine.so.1; mv libmine.so.1 \"$TARGET\"");
    pm_world_from_process(&host, &host_build_id, &plugin, plugin.path, &world);
    run("rm -r \"$TARGET\"");
    const struct pm_object *mine = object_of(&world, "libmine.so.1");
    strcat(path, "/libmine.so.1");
    ck_assert_ptr_nonnull(mine->path);
    ck_assert_str_eq(mine->path, path);
    pm_world_free(&world);
}
END_TEST

/* The world that the plugin finds in the scene's host.so, which is read into `module`. */
static void come_to_host(const struct pm_module *plugin, struct pm_world *ret_world)
{
    const struct pm_files files = {.host = &module, .host_path = scene_path("host.so")};
    pm_world_from_files(&files, plugin, plugin->path, ret_world);
}

START_TEST(world_of_files_has_what_the_host_brings)
{
    const char *needed[] = {"libx.so.1", "libnone.so.1"};
    const struct pm_module plugin = plugin_needing(needed, 2);
    struct pm_world world;
    run("library a/libx.so.1; library host.so a/libx.so.1 $(runpath '$ORIGIN/a')");
    elffile_read("host.so", &module);
    come_to_host(&plugin, &world);
    ck_assert(world.knows_libraries);
    ck_assert_ptr_eq(world.host, &module.facts);
    ck_assert(pm_build_id_equal(&world.host_build_id, &module.build_id));
    const struct pm_object *x = object_of(&world, "libx.so.1");
    ck_assert_str_eq(x->path, scene_path("a/libx.so.1"));
    ck_assert(!x->is_loaded);
    ck_assert_uint_eq(x->build_id.size, 20);
    ck_assert_ptr_null(object_of(&world, "libnone.so.1")->path);
    pm_world_free(&world);
    pm_world_from_files(&(struct pm_files){0}, &plugin, plugin.path, &world);
    ck_assert_ptr_null(world.host);
    ck_assert_ptr_null(object_of(&world, "libx.so.1")->path);
    pm_world_free(&world);
}
END_TEST

/* As the dynamic linker takes what is loaded, for whatever plugin it was; and the host's before that. */
START_TEST(world_of_files_has_what_plugins_beside_bring)
{
    const char *needed[] = {"libx.so.1", "liby.so.1", "beside.so"};
    struct pm_module plugin = plugin_needing(needed, 3), beside[2];
    struct pm_world world;
    run("library b/libx.so.1; library b/liby.so.1; library h/liby.so.1; library c/libx.so.1\n"
        "library host.so h/liby.so.1 $(runpath '$ORIGIN/h')\n"
        "library beside.so b/libx.so.1 b/liby.so.1 $(runpath '$ORIGIN/b')\n"
        "library other.so c/libx.so.1 $(runpath '$ORIGIN/c')");
    elffile_read("host.so", &module);
    elffile_read("beside.so", &beside[0]);
    elffile_read("other.so", &beside[1]);
    const struct pm_beside besides[] = {{scene_path("beside.so"), &beside[0]}, {scene_path("other.so"), &beside[1]}};
    const struct pm_files files = {
        .host = &module, .host_path = scene_path("host.so"), .besides = besides, .beside_count = 2};
    pm_world_from_files(&files, &plugin, plugin.path, &world);
    ck_assert_str_eq(object_of(&world, "libx.so.1")->path, scene_path("b/libx.so.1"));
    ck_assert_str_eq(object_of(&world, "liby.so.1")->path, scene_path("h/liby.so.1"));
    ck_assert_str_eq(object_of(&world, "beside.so")->path, scene_path("beside.so"));
    ck_assert(object_of(&world, "beside.so")->is_present);
    ck_assert_uint_eq(world.present_count, 5); /* host, its liby; beside.so, its libx; other.so */
    pm_world_free(&world);
    /* it is not beside itself */
    pm_world_from_files(&files, &plugin, scene_path("beside.so"), &world);
    ck_assert_uint_eq(world.present_count, 4);
    ck_assert_str_eq(object_of(&world, "libx.so.1")->path, scene_path("c/libx.so.1"));
    pm_world_free(&world);
    pm_module_free(&beside[0]);
    pm_module_free(&beside[1]);
}
END_TEST

START_TEST(plugin_that_would_find_another_build_than_the_host_has_a_rival)
{
    const char *needed[] = {"libx.so.1", "liby.so.1", "libonly.so.1"};
    struct pm_module plugin = plugin_needing(needed, 3);
    struct pm_world world;
    run("for d in h p; do library $d/libx.so.1 -Wl,--defsym,of_$d=1; library $d/liby.so.1; library q/libq.so.1; done\n"
        "library h/libonly.so.1 q/libq.so.1 $(runpath '$ORIGIN/../q'); library p/libq.so.1 -Wl,--defsym,another=1\n"
        "library host.so h/libx.so.1 h/liby.so.1 h/libonly.so.1 $(runpath '$ORIGIN/h')");
    plugin.dynamic.runpath = here("@/p");
    elffile_read("host.so", &module);
    come_to_host(&plugin, &world);
    const struct pm_object *x = object_of(&world, "libx.so.1");
    ck_assert_str_eq(x->path, scene_path("h/libx.so.1"));
    ck_assert(x->is_present && !x->is_from_path);
    ck_assert_str_eq(x->rival_path, scene_path("p/libx.so.1"));
    ck_assert_uint_eq(x->rival_build_id.size, 20);
    ck_assert(!pm_build_id_equal(&x->rival_build_id, &x->build_id));
    ck_assert_ptr_null(object_of(&world, "liby.so.1")->rival_path); /* the same build, in another file */
    ck_assert_ptr_null(object_of(&world, "libonly.so.1")->rival_path); /* it would find none */
    ck_assert_ptr_null(object_of(&world, "libq.so.1")->rival_path); /* what the host's libraries need is the host's matter */
    ck_assert_uint_eq(world.present_count, 5);
    ck_assert_str_eq(world.present[0].name, scene_path("host.so"));
    pm_world_free(&world);
}
END_TEST

/* A note of a package is linked in, or the name behind the link tells the version. */
START_TEST(pinned_library_of_another_build_tells_its_package)
{
    const char *needed[] = {"libx.so.1", "liby.so.1", "libz.so.1", "libq.so.1"};
    struct pm_module plugin = plugin_needing(needed, 4);
    struct pm_build_id id = {2, {1, 2}};
    struct pm_pin pins[] = {{.object = "libx.so.1", .build_ids = &id, .build_id_count = 1},
                            {.object = "liby.so.1", .build_ids = &id, .build_id_count = 1},
                            {.object = "libz.so.1", .build_ids = &id, .build_id_count = 1}};
    struct pm_world world;
    run("cat >note.s <<'E'\n"
        ".section .note.package, \"a\", %note\n.balign 4\n.4byte 4, 2f - 1f, 0xcafe1a7e\n.asciz \"FDO\"\n"
        "1: .asciz \"{\\\"type\\\":\\\"deb\\\",\\\"name\\\":\\\"xlib\\\",\\\"version\\\":\\\"1.2-3\\\"}\"\n2: .balign "
        "4\n"
        "E\n$CC -c note.s -o note.o; library a/libx.so.1 note.o; library a/liby.so.1; library a/libz.so.1\n"
        "library a/libq.so.1; mv a/liby.so.1 a/liby.so.1.4.2; ln -s liby.so.1.4.2 a/liby.so.1");
    plugin.dynamic.runpath = here("@/a");
    plugin.facts.pins = pins;
    plugin.facts.pin_count = 3;
    pm_world_from_files(&(struct pm_files){0}, &plugin, plugin.path, &world);
    ck_assert_str_eq(object_of(&world, "libx.so.1")->package, "xlib 1.2-3");
    ck_assert_str_eq(object_of(&world, "liby.so.1")->package, "liby.so.1.4.2");
    ck_assert_ptr_null(object_of(&world, "libz.so.1")->package);
    ck_assert_ptr_null(object_of(&world, "libq.so.1")->package); /* it is not pinned */
    pm_world_free(&world);
}
END_TEST

/* Each pin would be reason to open it. */
START_TEST(pinned_library_is_asked_for_its_package_once)
{
    enum { PINS = 1000 };
    static struct pm_pin pins[PINS];
    const char *needed[] = {"libz.so.1"};
    struct pm_module plugin = plugin_needing(needed, 1);
    struct pm_build_id id = {2, {1, 2}};
    struct pm_world world;
    for (size_t i = 0; i < PINS; i++)
        pins[i] = (struct pm_pin){.object = "libz.so.1", .build_ids = &id, .build_id_count = 1};
    run("library a/libz.so.1");
    plugin.dynamic.runpath = here("@/a");
    plugin.facts.pins = pins;
    plugin.facts.pin_count = PINS;
    watch_reads_begin();
    pm_world_from_files(&(struct pm_files){0}, &plugin, plugin.path, &world);
    ck_assert_ptr_null(object_of(&world, "libz.so.1")->package);
    ck_assert_uint_lt(watched_reads.calls, PINS);
    pm_world_free(&world);
}
END_TEST

static const struct {
    const char *name, *rpath, *runpath;
    bool is_found;
} host_paths[] = {
    {"RPATH of the host", "$ORIGIN/a", NULL, true},
    {"RUNPATH of the host", NULL, "$ORIGIN/a", false},
    {"RPATH of the host beside a RUNPATH", "$ORIGIN/a", "/none", false},
};

START_TEST(world_of_files_knows_the_rpath_of_the_host)
{
    const char *needed[] = {"libx.so.1"};
    const struct pm_module plugin = plugin_needing(needed, 1);
    struct pm_world world;
    run("library a/libx.so.1; library host.so");
    elffile_read("host.so", &module);
    module.dynamic.rpath = host_paths[_i].rpath;
    module.dynamic.runpath = host_paths[_i].runpath;
    come_to_host(&plugin, &world);
    ck_assert_msg((object_of(&world, "libx.so.1")->path != NULL) == host_paths[_i].is_found, "%s",
                  host_paths[_i].name);
    pm_world_free(&world);
}
END_TEST

/* For what the host needs, and for what the plugin needs. */
START_TEST(world_of_files_knows_the_origin_of_the_host_in_the_environment)
{
    const char *needed[] = {"libx.so.1", "liby.so.1"};
    struct pm_module plugin = plugin_needing(needed, 2);
    struct pm_world world;
    run("library a/libx.so.1; library b/libx.so.1; library a/liby.so.1; library host.so a/libx.so.1");
    setenv("LD_LIBRARY_PATH", "$ORIGIN/a", 1);
    plugin.dynamic.rpath = here("@/b"); /* would come first, if the host had not brought its own */
    elffile_read("host.so", &module);
    come_to_host(&plugin, &world);
    ck_assert_str_eq(object_of(&world, "libx.so.1")->path, scene_path("a/libx.so.1"));
    ck_assert_str_eq(object_of(&world, "liby.so.1")->path, scene_path("a/liby.so.1"));
    pm_world_free(&world);
}
END_TEST

START_TEST(world_of_another_machine_has_no_libraries)
{
    const char *needed[] = {"libc.so.6"};
    const struct pm_build_id host_build_id = {0};
    const struct pm_facts host = {.role = PM_ROLE_HOST};
    struct pm_module plugin = plugin_needing(needed, 1), foreign = plugin;
    const struct pm_files abroad = {.host = &foreign, .host_path = "/host"};
    struct pm_world world;
    foreign.traits.machine = 4711;
    pm_world_from_process(&host, &host_build_id, &foreign, plugin.path, &world);
    ck_assert(!world.knows_libraries);
    ck_assert_uint_eq(world.traits.machine, pm_process_traits().machine);
    pm_world_free(&world);
    pm_world_from_files(&(struct pm_files){0}, &foreign, plugin.path, &world);
    ck_assert(!world.knows_libraries);
    pm_world_free(&world);
    /* both are of one machine, but it is not this one */
    pm_world_from_files(&abroad, &foreign, plugin.path, &world);
    ck_assert(!world.knows_libraries);
    ck_assert_uint_eq(world.traits.machine, 4711);
    pm_world_free(&world);
    pm_world_from_files(&abroad, &plugin, plugin.path, &world);
    ck_assert(!world.knows_libraries);
    pm_world_free(&world);
}
END_TEST

START_TEST(world_without_memory_says_so)
{
    const char *needed[] = {"libc.so.6", "libnone.so.1"};
    const struct pm_module plugin = plugin_needing(needed, 2);
    const struct pm_facts host = {.role = PM_ROLE_HOST};
    const struct pm_build_id host_build_id = {0};
    bool was_enough = false;
    for (size_t nth = 1; !was_enough; nth++) {
        struct pm_world world;
        ck_assert_uint_lt(nth, 1000);
        fail_allocation_once(nth);
        pm_world_from_process(&host, &host_build_id, &plugin, plugin.path, &world);
        was_enough = !fail_allocation_happened();
        fail_allocation(0);
        ck_assert_int_eq(world.arena.failed, !was_enough);
        pm_world_free(&world);
    }
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static void add(Suite *suite, const char *name, const TTest *const *tests, size_t test_count, TCase **ret_tcase)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < test_count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    *ret_tcase = tcase;
}

int main(void)
{
    Suite *suite = suite_create("resolve");
    TCase *tcase;
    const TTest *const searches[] = {
        root_that_a_library_needs_is_not_in_its_closure,
        what_an_auxiliary_filter_names_may_be_missing,
        object_tells_whether_it_is_from_a_path,
        object_tells_its_build_id_and_who_wants_it,
        missing_library_tells_the_paths_tried_in_order,
        origin_of_a_file_in_the_root_directory_is_that,
        missing_path_tells_only_itself,
        rpath_beside_a_runpath_is_ignored,
        rpath_of_the_host_is_the_last_of_the_rpaths,
        origin_of_a_host_that_is_not_known_finds_nothing,
        library_of_another_class_is_passed_over,
        library_of_the_other_byte_order_is_passed_over,
        library_with_malformed_notes_has_no_build_id,
        present_object_brings_what_it_needs,
        fifo_in_place_of_a_library_is_told_without_waiting,
        library_without_dynamic_section_is_told,
        thousand_libraries_are_each_read_once,
        names_without_end_are_given_up,
        search_path_without_end_is_given_up,
        closure_without_end_is_given_up,
        resolve_without_memory_says_so,
    };
    const TTest *const caches[] = {
        cache_that_ldconfig_writes_names_the_file,
        cache_comes_behind_the_paths_and_before_the_default_directories,
        cache_cut_anywhere_is_read_within_its_bounds,
        cache_with_wrong_numbers_is_read_within_its_bounds,
        cache_that_is_damaged_is_told_and_one_that_is_absent_too,
        nodeflib_passes_over_default_directories_in_the_cache_too,
        cache_entry_for_some_processors_only_is_passed_over,
    };
    const TTest *const worlds[] = {
        world_of_the_process_has_its_objects_loaded,
        world_of_the_process_knows_the_rpath_of_the_executable,
        world_of_files_has_what_the_host_brings,
        world_of_files_has_what_plugins_beside_bring,
        plugin_that_would_find_another_build_than_the_host_has_a_rival,
        pinned_library_of_another_build_tells_its_package,
        pinned_library_is_asked_for_its_package_once,
        world_of_files_knows_the_origin_of_the_host_in_the_environment,
        world_of_another_machine_has_no_libraries,
        world_without_memory_says_so,
    };
    add(suite, "search", searches, COUNT(searches), &tcase);
    tcase_add_loop_test(tcase, scene_is_resolved_as_the_dynamic_linker_does, 0, COUNT(scenes));
    tcase_add_loop_test(tcase, present_object_is_taken_before_any_file, 0, COUNT(presents));
    tcase_add_loop_test(tcase, closure_of_an_executable_is_that_of_the_dynamic_linker, 0, COUNT(executables));
    add(suite, "cache", caches, COUNT(caches), &tcase);
    add(suite, "world", worlds, COUNT(worlds), &tcase);
    tcase_add_loop_test(tcase, world_of_files_knows_the_rpath_of_the_host, 0, COUNT(host_paths));
    return run_suite(suite);
}
