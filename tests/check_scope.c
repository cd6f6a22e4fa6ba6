/* SPDX-License-Identifier: MIT */
/* The scope, and what is linked in it, in this process: tests/mock/host.c makes this program a host, which exports what
 * it defines. What is predicted of unloading comes true. */
#include "image.h"
#include "process.h"
#include "world.h"

#include <check.h>
#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <plugmgr/host.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock/mock.h"
#include "scene.h"
#include "suite.h"

/* Plugins that have a symbol of that name get this one. */
int habit_answer(void);
int habit_answer(void)
{
    return 2;
}

static struct plugmgr *manager;
static struct plugmgr_report *report;

static void begin(void)
{
    scene_begin();
    report = NULL;
    ck_assert_int_eq(plugmgr_new(&manager, NULL), 0);
}

static void end(void)
{
    plugmgr_report_free(report);
    plugmgr_free(manager);
    scene_end();
}

static int check_plugin(const char *mock)
{
    plugmgr_report_free(report);
    return plugmgr_check(manager, scene_install(mock, "plugin.so"), NULL, &report);
}

/* The only finding beside the mode, which every plugin has one of; NULL: there is none. */
static const struct plugmgr_finding *finding_of(const char *mock)
{
    const struct plugmgr_finding *only = NULL;
    for (size_t i = 0; i < plugmgr_report_count(report); i++) {
        const struct plugmgr_finding *finding = plugmgr_report_finding(report, i);
        if (strcmp(finding->code, "load-mode") == 0)
            continue;
        ck_assert_msg(only == NULL, "%s: %s, %s", mock, finding->code, only != NULL ? only->code : "");
        only = finding;
    }
    return only;
}

static const char *code_of(const char *mock)
{
    const struct plugmgr_finding *finding = finding_of(mock);
    return finding != NULL ? finding->code : "";
}

/* ---- in the process as from files ---- */

static const struct {
    const char *mock, *code;
    enum plugmgr_severity severity;
} known[] = {
    {"build_id_none", "build-id-none", PLUGMGR_WARNING},
    {"code_writable", "code-writable", PLUGMGR_WARNING},
    {"good", "", PLUGMGR_NOTE},
    {"no_dlopen", "elf-no-dlopen", PLUGMGR_REFUSAL},
    {"nobody", "symbol-missing", PLUGMGR_REFUSAL},
    {"nobody_sysv", "symbol-missing", PLUGMGR_REFUSAL},
    {"nodelete", "unload-nodelete", PLUGMGR_WARNING},
    {"origin_dlopen", "", PLUGMGR_NOTE},
    {"resident", "unload-resident", PLUGMGR_NOTE},
    {"resident_nodelete", "unload-resident", PLUGMGR_NOTE},
    {"shared_name", "symbol-interposed", PLUGMGR_WARNING},
    {"shared_name_bound", "", PLUGMGR_NOTE},
    {"shared_name_weak", "", PLUGMGR_NOTE},
    {"stack_executable", "stack-executable", PLUGMGR_WARNING},
    {"text_relocations", "text-relocations", PLUGMGR_WARNING},
    {"thread_exit", "unload-thread-exit", PLUGMGR_WARNING},
    {"thread_key", "unload-thread-key", PLUGMGR_WARNING},
    {"thread_key_deleted", "", PLUGMGR_NOTE},
    {"threads", "unload-threads", PLUGMGR_WARNING},
    {"threads_joined", "", PLUGMGR_NOTE},
    {"tls_static", "tls-static", PLUGMGR_WARNING},
    {"unique", "unload-unique", PLUGMGR_WARNING},
};

START_TEST(plugin_is_known_before_it_is_loaded)
{
    const char *mock = known[_i].mock;
    int expected = known[_i].severity == PLUGMGR_REFUSAL ? -PLUGMGR_E_REFUSED : 0;
    ck_assert_int_eq(check_plugin(mock), expected);
    const char *code = code_of(mock);
    ck_assert_msg(strcmp(code, known[_i].code) == 0, "%s: %s", mock, code);
    if (*code != '\0')
        ck_assert_int_eq(finding_of(mock)->severity, known[_i].severity);
}
END_TEST

/* What was preloaded, or loaded for all, is in the global scope. */
START_TEST(symbols_of_a_library_that_was_loaded_for_all_are_found)
{
    void *library = dlopen(scene_install("habit_library_somebody", "somebody.so"), RTLD_NOW | RTLD_GLOBAL);
    ck_assert_ptr_nonnull(library);
    ck_assert_int_eq(check_plugin("nobody"), 0);
    dlclose(library);
}
END_TEST

START_TEST(symbols_of_a_library_that_was_loaded_for_itself_are_not_found)
{
    void *library = dlopen(scene_install("habit_library_somebody", "somebody.so"), RTLD_NOW | RTLD_LOCAL);
    ck_assert_ptr_nonnull(library);
    ck_assert_int_eq(check_plugin("nobody"), -PLUGMGR_E_REFUSED);
    ck_assert_str_eq(code_of("nobody"), "symbol-missing");
    dlclose(library);
}
END_TEST

static bool has_code(const char *code)
{
    for (size_t i = 0; i < plugmgr_report_count(report); i++)
        if (strcmp(plugmgr_report_finding(report, i)->code, code) == 0)
            return true;
    return false;
}

/* What is in memory counts, whatever lies on the disk meanwhile. */
START_TEST(versions_of_a_loaded_library_are_those_in_memory)
{
    void *library = dlopen(scene_install("habit_library_1", "libhabit.so.1"), RTLD_NOW | RTLD_LOCAL);
    ck_assert_ptr_nonnull(library);
    scene_install("habit_library_2", "libhabit.so.1");
    ck_assert_int_eq(check_plugin("with_habit_library"), -PLUGMGR_E_REFUSED);
    ck_assert(has_code("symbol-version-missing"));
    dlclose(library);
    ck_assert_int_eq(check_plugin("with_habit_library"), 0);
    library = dlopen(scene_install("habit_library_2", "libhabit.so.1"), RTLD_NOW | RTLD_LOCAL);
    ck_assert_ptr_nonnull(library);
    ck_assert_int_eq(check_plugin("with_habit_library"), 0);
    dlclose(library);
}
END_TEST

START_TEST(underlinked_library_is_told_before_it_is_loaded)
{
    scene_install("habit_library_underlinked", "libhabit.so.1");
    ck_assert_int_eq(check_plugin("with_habit_library"), -PLUGMGR_E_REFUSED);
    ck_assert(has_code("symbol-missing"));
    ck_assert_uint_eq(scene_mapped_count("libhabit"), 0);
}
END_TEST

/* It was linked when it was loaded, however that went. */
START_TEST(underlinked_library_that_is_loaded_is_not_asked_again)
{
    void *library = dlopen(scene_install("habit_library_underlinked", "libhabit.so.1"), RTLD_LAZY | RTLD_LOCAL);
    ck_assert_ptr_nonnull(library);
    check_plugin("with_habit_library");
    ck_assert(!has_code("symbol-missing"));
    dlclose(library);
}
END_TEST

/* ---- what is predicted of unloading ---- */

static bool find_plugin(const struct pm_process *process, struct pm_mapped *ret_object)
{
    for (size_t i = 0; i < process->count; i++) {
        if (strstr(process->objects[i]->name, "plugin.so") == NULL)
            continue;
        *ret_object = *process->objects[i];
        return true;
    }
    return false;
}

static const struct {
    const char *mock;
    int outcome;
} fates[] = {
    {"good", PLUGMGR_UNLOADED},          {"nodelete", PLUGMGR_STILL_MAPPED},
    {"unique", PLUGMGR_STILL_MAPPED},    {"thread_exit", PLUGMGR_STILL_MAPPED},
    {"threads_joined", PLUGMGR_UNLOADED}, {"thread_key_deleted", PLUGMGR_UNLOADED},
};

START_TEST(plugin_is_unloaded_or_stays_as_predicted)
{
    const char *mock = fates[_i].mock;
    struct plugmgr_plugin *plugin;
    struct pm_unload_causes causes = {0};
    struct pm_process process;
    struct pm_mapped object = {.name = ""};
    struct pm_arena arena = {0};
    ck_assert_int_eq(plugmgr_open(manager, scene_install(mock, "plugin.so"), NULL, &plugin, &report), 0);
    bool is_predicted = strncmp(code_of(mock), "unload-", 7) == 0;
    plugmgr_get(plugin, mock)->answer();
    ck_assert_int_eq(plugmgr_close(plugin), fates[_i].outcome);
    ck_assert_int_eq(is_predicted, fates[_i].outcome == PLUGMGR_STILL_MAPPED);
    ck_assert_int_eq(pm_process_read(&process), 0);
    ck_assert_int_eq(find_plugin(&process, &object), is_predicted);
    if (is_predicted) {
        ck_assert(pm_process_unload_causes(object.base, object.name, &arena, &causes));
        ck_assert_pstr_eq(causes.unique, strcmp(mock, "unique") == 0 ? "habit_unique" : NULL);
        ck_assert_int_eq(causes.is_nodelete, strcmp(mock, "nodelete") == 0);
        ck_assert_int_eq(causes.has_thread_exit, strcmp(mock, "thread_exit") == 0);
        ck_assert(!pm_process_unload_causes(object.base + 4096, object.name, &arena, &causes));
    }
    pm_arena_free(&arena);
    pm_process_free(&process);
}
END_TEST

/* ---- one object ---- */

struct seen {
    size_t count;
    bool has_symbol;
};

static void look(void *data, struct pm_view *view)
{
    struct seen *seen = data;
    const struct pm_sought sought = pm_sought_make("malloc", NULL, false);
    struct pm_problem problem;
    Elf64_Sym symbol;
    seen->count++;
    seen->has_symbol |= pm_view_find(view, &sought, &symbol, &problem) > 0;
}

START_TEST(every_object_in_memory_can_be_looked_at)
{
    struct pm_process process;
    struct seen seen = {0};
    ck_assert_int_eq(pm_process_read(&process), 0);
    for (size_t i = 0; i < process.count; i++)
        ck_assert(pm_process_visit(process.objects[i]->base, process.objects[i]->name, look, &seen));
    ck_assert_uint_eq(seen.count, process.count);
    ck_assert(seen.has_symbol);
    ck_assert(!pm_process_visit(1, "no such object", look, &seen));
    pm_process_free(&process);
}
END_TEST

START_TEST(global_scope_is_asked_by_name_and_version)
{
    ck_assert(pm_process_has_symbol("habit_answer", NULL));
    ck_assert(pm_process_has_symbol("malloc", NULL));
    ck_assert(!pm_process_has_symbol("nobody_has_this", NULL));
    ck_assert(!pm_process_has_symbol("nobody_has_this", "GLIBC_2.0"));
    ck_assert(!pm_process_has_symbol("dlopen", "NO_SUCH_VERSION_1"));
}
END_TEST

/* ---- the system's libraries, as ld.so sees them ---- */

enum { MAX_LIBRARIES = 300, MAX_LINES = 20000 };

struct lines {
    char *items[MAX_LINES];
    size_t count;
};

static void add_line(struct lines *lines, const char *name, const char *wanted_by)
{
    char line[5000];
    ck_assert_uint_lt(lines->count, MAX_LINES);
    snprintf(line, sizeof(line), "%s\t%s", name, wanted_by);
    lines->items[lines->count++] = strdup(line);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ld.so lists a symbol once for its address and once for its calls. */
static void sort_lines(struct lines *lines)
{
    size_t used = 0;
    qsort(lines->items, lines->count, sizeof(lines->items[0]), compare_lines);
    for (size_t i = 0; i < lines->count; i++) {
        if (used > 0 && strcmp(lines->items[used - 1], lines->items[i]) == 0)
            free(lines->items[i]);
        else
            lines->items[used++] = lines->items[i];
    }
    lines->count = used;
}

static void free_lines(struct lines *lines)
{
    while (lines->count > 0)
        free(lines->items[--lines->count]);
}

static int find_interpreter(struct dl_phdr_info *info, size_t size, void *data)
{
    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_INTERP)
            *(const char **)data = (const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    return 1; /* the executable is the first */
}

/* The undefined symbols that ld.so lists, as ldd -r has it: nothing of the file runs. false: a library is missing, or it
 * does not take the file. */
static bool ask_dynamic_linker(const char *path, struct lines *ret_lines)
{
    static const char mark[] = "undefined symbol: ";
    const char *interpreter = NULL;
    char command[5000], line[5000];
    bool is_complete = true;
    dl_iterate_phdr(find_interpreter, &interpreter);
    snprintf(command, sizeof(command), "LD_TRACE_LOADED_OBJECTS=1 LD_WARN=1 LD_BIND_NOW=1 exec %s '%s' 2>&1",
             interpreter, path);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    while (fgets(line, sizeof(line), pipe) != NULL) {
        char *tab = strstr(line, "\t(");
        is_complete = is_complete && strstr(line, "not found") == NULL;
        if (strncmp(line, mark, sizeof(mark) - 1) != 0 || tab == NULL)
            continue;
        *tab = '\0';
        tab[strcspn(tab + 2, ")") + 2] = '\0';
        add_line(ret_lines, line + sizeof(mark) - 1, tab + 2);
    }
    return pclose(pipe) == 0 && is_complete;
}

/* The library as if it were a plugin. false: it is for another machine, or no library. */
static bool read_library(const char *path, struct pm_module *ret_module)
{
    const struct pm_traits here = pm_process_traits();
    struct pm_problem problem;
    struct pm_image *image;
    struct pm_file file;
    *ret_module = (struct pm_module){.path = path, .has_traits = true, .has_notes = true};
    if (pm_file_open(path, &file, &problem) < 0)
        return false;
    bool is_read = pm_image_open(&file, &image, &problem) == 0;
    if (is_read) {
        ret_module->traits = *pm_image_traits(image);
        is_read = ret_module->traits.machine == here.machine && ret_module->traits.elf_class == here.elf_class &&
                  pm_image_read_dynamic(image, &ret_module->arena, &ret_module->dynamic, &problem) == 1 &&
                  pm_view_read_references(pm_image_view(image), &ret_module->arena, &ret_module->references,
                                          &problem) == 0;
        pm_image_close(image);
    }
    pm_file_close(&file);
    return is_read;
}

/* From which all of them take what they need. */
static struct pm_shelf shelf = {.limit = 16};

/* 1: the same, 0: not comparable. */
static size_t compare_library(const char *path)
{
    static struct lines ours, theirs;
    struct pm_module module;
    struct pm_world world = {.host = NULL};
    size_t compared = 0;
    if (read_library(path, &module) && ask_dynamic_linker(path, &theirs)) {
        pm_world_from_files(&(struct pm_files){.shelf = &shelf}, &module, path, &world);
        for (size_t i = 0; i < shelf.count; i++)
            pm_image_view(shelf.books[i]->image)->steps = SIZE_MAX; /* as if others had asked a lot */
        ck_assert(world.linkage.is_known && world.linkage.unread == NULL);
        for (size_t i = 0; i < world.linkage.symbol_count; i++) {
            const struct pm_lacking_symbol *symbol = &world.linkage.symbols[i];
            add_line(&ours, symbol->name, symbol->wanted_by != NULL ? symbol->wanted_by : path);
        }
        sort_lines(&ours);
        sort_lines(&theirs);
        for (size_t i = 0; i < ours.count || i < theirs.count; i++)
            ck_assert_msg(i < ours.count && i < theirs.count && strcmp(ours.items[i], theirs.items[i]) == 0,
                          "%s: %s, ld.so: %s", path, i < ours.count ? ours.items[i] : "no more",
                          i < theirs.count ? theirs.items[i] : "no more");
        ck_assert_uint_eq(world.linkage.version_count, 0);
        compared = 1;
    }
    free_lines(&ours);
    free_lines(&theirs);
    pm_world_free(&world);
    pm_arena_free(&module.arena);
    return compared;
}

START_TEST(libraries_of_the_system_lack_what_the_dynamic_linker_says)
{
    Dl_info info;
    char folder[PATH_MAX], path[PATH_MAX + 300], real_path[PATH_MAX];
    size_t compared = 0;
    ck_assert_int_ne(dladdr(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"), &info), 0);
    ck_assert_ptr_nonnull(realpath(info.dli_fname, folder));
    *strrchr(folder, '/') = '\0';
    DIR *directory = opendir(folder);
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL && compared < MAX_LIBRARIES;) {
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (entry->d_type == DT_REG && strstr(entry->d_name, ".so") != NULL && realpath(path, real_path) != NULL)
            compared += compare_library(real_path);
    }
    closedir(directory);
    ck_assert_uint_gt(compared, 3); /* the C library's own, at least */
    ck_assert_uint_gt(shelf.count, 0);
    pm_shelf_free(&shelf);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scope");
    TCase *tcase = tcase_create("scope");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, plugin_is_known_before_it_is_loaded, 0, sizeof(known) / sizeof(known[0]));
    tcase_add_test(tcase, symbols_of_a_library_that_was_loaded_for_all_are_found);
    tcase_add_test(tcase, symbols_of_a_library_that_was_loaded_for_itself_are_not_found);
    tcase_add_test(tcase, versions_of_a_loaded_library_are_those_in_memory);
    tcase_add_test(tcase, underlinked_library_is_told_before_it_is_loaded);
    tcase_add_test(tcase, underlinked_library_that_is_loaded_is_not_asked_again);
    tcase_add_loop_test(tcase, plugin_is_unloaded_or_stays_as_predicted, 0, sizeof(fates) / sizeof(fates[0]));
    tcase_add_test(tcase, every_object_in_memory_can_be_looked_at);
    tcase_add_test(tcase, global_scope_is_asked_by_name_and_version);
    tcase_add_test(tcase, libraries_of_the_system_lack_what_the_dynamic_linker_says);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
