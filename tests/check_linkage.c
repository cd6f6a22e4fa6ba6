/* SPDX-License-Identifier: MIT */
/* The linker: names that meet objects. What objects have is read by symbols.c, so those here are empty, or have a version
 * by its name only. */
#include "linkage.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

static struct pm_reference symbols[] = {
    {.name = "strong", .binding = STB_GLOBAL},
    {.name = "weak", .binding = STB_WEAK},
    {.name = "own", .binding = STB_GLOBAL, .is_defined = true},
    {.name = "versioned", .version = "V_2", .library = "liba.so", .need = 1, .binding = STB_GLOBAL},
};
static struct pm_needed_version versions[] = {
    {.library = "liba.so", .version = "V_2"},
    {.library = "liba.so", .version = "V_3", .is_weak = true},
    {.library = "libb.so", .version = "V_2"},
};
static const struct pm_references references = {symbols, 4, versions, 3};

static struct pm_arena arena;
static struct pm_linkage linkage;
static struct pm_linker linker;

static void begin(void)
{
    arena = (struct pm_arena){0};
    linkage = (struct pm_linkage){0};
    linker = (struct pm_linker){.arena = &arena, .linkage = &linkage};
    pm_linker_add(&linker, NULL, &references);
}

static void end(void)
{
    pm_arena_free(&arena);
}

/* An object without symbols that defines the versions of these names. */
static void meet(const char *path, const char *soname, const char *const names[])
{
    struct pm_symbol_version defined[4] = {{0}};
    struct pm_view view = {.has_versions = true, .versions = defined};
    for (; names != NULL && names[view.version_count] != NULL; view.version_count++)
        defined[view.version_count].name = names[view.version_count];
    pm_linker_meet(&linker, &(struct pm_provider){.path = path, .soname = soname}, &view);
}

/* An object in memory that has one symbol, of 64 bits, in a DT_HASH of one bucket. */
struct single {
    uint32_t unused;  /* a table at address 0 is none */
    uint32_t hash[5]; /* a bucket, two chains; the bucket; the chains */
    Elf64_Sym table[2];
    char strings[20];
};

static uint64_t single_remaining(void *data, uint64_t address)
{
    (void)data;
    return address < sizeof(struct single) ? sizeof(struct single) - address : 0;
}

static const uint8_t *single_range(void *data, uint64_t address, uint64_t size, const char *what,
                                   struct pm_problem *ret_problem)
{
    if (size <= single_remaining(data, address))
        return (const uint8_t *)data + address;
    pm_problem_set(ret_problem, PM_ELF_MALFORMED, what, NULL);
    return NULL;
}

static void meet_single(const char *path, const char *symbol, bool is_host)
{
    struct single single = {.hash = {1, 2, 1, 0, 0}, .table = {{0}}};
    single.table[1] = (Elf64_Sym){
        .st_name = 1, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = 1, .st_value = 1};
    strcpy(single.strings + 1, symbol);
    struct pm_view view = {
        .range = single_range,
        .remaining = single_remaining,
        .data = &single,
        .elf_class = ELFCLASS64,
        .machine = EM_X86_64,
        .tables = {.strings = offsetof(struct single, strings), .strings_size = sizeof(single.strings),
                   .symbols = offsetof(struct single, table), .hash = offsetof(struct single, hash)},
    };
    pm_linker_meet(&linker, &(struct pm_provider){.path = path, .is_host = is_host}, &view);
    pm_view_free(&view);
}

START_TEST(symbol_that_an_object_has_is_found)
{
    meet_single("/lib/libs.so", "strong", false);
    pm_linker_finish(&linker);
    ck_assert_uint_eq(linkage.symbol_count, 1);
    ck_assert_str_eq(linkage.symbols[0].name, "versioned");
}
END_TEST

/* The first of the host's objects counts; what would be loaded does not interpose, and nothing does on what is protected. */
START_TEST(own_symbol_is_taken_from_the_host_that_has_it)
{
    meet_single("/lib/libs.so", "own", false);
    ck_assert_ptr_null(linkage.taken_from[2]);
    meet_single("/app", "own", true);
    meet_single("/lib/libapp.so", "own", true);
    ck_assert_str_eq(linkage.taken_from[2], "/app");
    end();
    symbols[2].is_protected = true;
    begin();
    meet_single("/app", "own", true);
    ck_assert_ptr_null(linkage.taken_from[2]);
}
END_TEST

static bool needs(const char *path, bool is_host)
{
    return pm_linker_needs(&linker, &(struct pm_provider){.path = path, .is_host = is_host});
}

START_TEST(object_that_can_tell_nothing_is_not_needed)
{
    ck_assert(needs("/lib/libs.so", false));
    meet_single("/lib/libs.so", "strong", false);
    ck_assert(needs("/lib/libs.so", false));
    meet_single("/lib/libv.so", "versioned", false);
    ck_assert(!needs("/lib/libs.so", false));
    ck_assert(needs("/lib/liba.so", false)); /* its versions */
    ck_assert(needs("/app", true)); /* what the plugin has may be the host's, too */
    meet_single("/app", "own", true);
    ck_assert(!needs("/lib/libapp.so", true));
    ck_assert(needs("/lib/liba.so", true));
}
END_TEST

START_TEST(strong_symbols_that_nobody_has_are_lacking)
{
    meet("/lib/liba.so", "liba.so", NULL);
    pm_linker_finish(&linker);
    ck_assert(linkage.is_known);
    ck_assert_uint_eq(linkage.symbol_count, 2);
    ck_assert_str_eq(linkage.symbols[0].name, "strong");
    ck_assert_ptr_null(linkage.symbols[0].wanted_by);
    ck_assert_str_eq(linkage.symbols[1].name, "versioned");
    ck_assert_str_eq(linkage.symbols[1].library, "liba.so");
    ck_assert_uint_eq(linkage.version_count, 0); /* one without versions is not asked for them */
}
END_TEST

START_TEST(lacking_version_takes_its_symbols_along)
{
    static const char *const names[] = {"V_1", "V_10", "V_9", NULL};
    meet("/lib/liba.so", "liba.so", names);
    pm_linker_finish(&linker);
    ck_assert_uint_eq(linkage.symbol_count, 1);
    ck_assert_uint_eq(linkage.version_count, 1);
    ck_assert_str_eq(linkage.versions[0].version, "V_2");
    ck_assert_str_eq(linkage.versions[0].path, "/lib/liba.so");
    ck_assert_str_eq(linkage.versions[0].highest, "V_10");
    ck_assert_uint_eq(linkage.versions[0].symbol_count, 1);
    ck_assert_str_eq(linkage.versions[0].symbols[0], "versioned");
}
END_TEST

START_TEST(version_is_asked_of_the_library_by_its_name)
{
    static const char *const names[] = {"V_2", NULL}, *const others[] = {"W_1", "V_x", NULL};
    meet("/lib/liba.so", "liba.so", names);
    meet("/lib/libz.so", "libz.so", others);   /* not asked */
    meet("/lib/libb.so", "libother.so", others); /* its soname is its name */
    pm_linker_finish(&linker);
    ck_assert_uint_eq(linkage.version_count, 0);
    end();
    begin();
    meet("/lib/libb.so", NULL, others); /* without one, its file's */
    pm_linker_finish(&linker);
    ck_assert_uint_eq(linkage.version_count, 1);
    ck_assert_ptr_null(linkage.versions[0].highest);
    ck_assert_uint_eq(linkage.versions[0].symbol_count, 0);
}
END_TEST

START_TEST(lacking_things_of_libraries_stand_behind_the_plugins)
{
    static const char *const names[] = {"V_1", NULL};
    pm_linker_add(&linker, "/lib/libc.so", &references);
    meet("/lib/liba.so", "liba.so", names);
    pm_linker_finish(&linker);
    ck_assert_uint_eq(linkage.symbol_count, 2);
    ck_assert_ptr_null(linkage.symbols[0].wanted_by);
    ck_assert_str_eq(linkage.symbols[1].wanted_by, "/lib/libc.so");
    ck_assert_uint_eq(linkage.version_count, 2);
}
END_TEST

static bool has_versioned(const char *name, const char *version)
{
    ck_assert_str_ne(name, "weak");
    ck_assert_str_ne(name, "own");
    return version != NULL && strcmp(version, "V_2") == 0;
}

START_TEST(what_somebody_has_after_all_is_not_lacking)
{
    pm_linker_ask(&linker, has_versioned);
    pm_linker_finish(&linker);
    ck_assert_uint_eq(linkage.symbol_count, 1);
    ck_assert_str_eq(linkage.symbols[0].name, "strong");
}
END_TEST

START_TEST(first_object_that_cannot_be_read_is_told)
{
    pm_linker_miss(&linker, "/a", &(struct pm_problem){PM_ELF_MALFORMED, "bent"});
    pm_linker_miss(&linker, "/b", &(struct pm_problem){PM_FILE_ABSENT, "gone"});
    ck_assert_str_eq(linkage.unread, "/a: bent");
    pm_linker_miss(&linker, "/c", &(struct pm_problem){.code = PM_OUT_OF_MEMORY});
    ck_assert(arena.failed);
}
END_TEST

/* Its symbols are never looked at. */
START_TEST(too_many_symbols_are_told_and_nothing_more_is_done)
{
    const struct pm_references many = {NULL, 1 << 26, NULL, 0};
    pm_linker_add(&linker, "/lib/libmany.so", &many);
    ck_assert(linker.is_exhausted);
    ck_assert(!needs("/lib/liba.so", false));
    meet("/lib/liba.so", "liba.so", NULL);
    pm_linker_finish(&linker);
    ck_assert_str_eq(linkage.unread, "there are too many symbols to look up");
    ck_assert_uint_eq(linkage.symbol_count, 2);
}
END_TEST

/* Digits that are the same up to the end, of which comparing takes the longest. */
START_TEST(long_versions_without_end_are_given_up)
{
    enum { DEFINED = 30000, LENGTH = 4000 };
    static struct pm_symbol_version defined[DEFINED];
    static char name[LENGTH + 3] = "V_";
    memset(name + 2, '1', LENGTH);
    for (size_t i = 0; i < DEFINED; i++)
        defined[i].name = name;
    struct pm_view view = {.has_versions = true, .versions = defined, .version_count = DEFINED};
    pm_linker_meet(&linker, &(struct pm_provider){.path = "/lib/liba.so", .soname = "liba.so"}, &view);
    ck_assert(!linker.is_exhausted);
    for (size_t i = 0; i < 100 && !linker.is_exhausted; i++) {
        pm_linker_add(&linker, "/lib/libc.so", &references);
        pm_linker_meet(&linker, &(struct pm_provider){.path = "/lib/liba.so", .soname = "liba.so"}, &view);
    }
    ck_assert(linker.is_exhausted);
    pm_linker_finish(&linker);
    ck_assert_str_eq(linkage.versions[0].highest, name);
}
END_TEST

START_TEST(long_names_are_not_kept_without_end)
{
    enum { SYMBOLS = 1000, LENGTH = 4000 };
    static struct pm_reference long_symbols[SYMBOLS];
    static char name[LENGTH + 1];
    size_t kept = 0;
    memset(name, 'n', LENGTH);
    for (size_t i = 0; i < SYMBOLS; i++)
        long_symbols[i] = (struct pm_reference){.name = name, .binding = STB_GLOBAL};
    const struct pm_references many = {long_symbols, SYMBOLS, NULL, 0};
    while (kept < 100 && pm_linker_add(&linker, "/lib/libmany.so", &many))
        kept++;
    ck_assert(linker.is_exhausted);
    ck_assert_uint_le(kept * SYMBOLS * LENGTH, 128 << 20);
}
END_TEST

START_TEST(what_else_was_done_counts)
{
    pm_linker_spend(&linker, 1 << 25);
    ck_assert(!linker.is_exhausted);
    const size_t before = linker.effort;
    meet_single("/lib/libs.so", "strong", false);
    meet_single("/lib/libv.so", "versioned", false);
    ck_assert(!needs("/lib/libs.so", false)); /* having compared the names of three libraries */
    ck_assert_uint_ge(linker.effort, before + 3);
    pm_linker_spend(&linker, 1 << 26);
    ck_assert(linker.is_exhausted);
}
END_TEST

START_TEST(linkage_without_memory_is_not_known)
{
    static const char *const names[] = {"V_1", NULL};
    for (size_t nth = 1;; nth++) {
        pm_arena_free(&arena);
        fail_allocation(nth);
        begin();
        pm_linker_add(&linker, "/lib/libc.so", &references);
        meet("/lib/liba.so", "liba.so", names);
        pm_linker_miss(&linker, "/a", &(struct pm_problem){PM_ELF_MALFORMED, "bent"});
        pm_linker_finish(&linker);
        bool happened = fail_allocation_happened();
        fail_allocation(0);
        ck_assert_int_eq(arena.failed, happened);
        ck_assert_int_eq(linkage.is_known, !happened);
        if (!happened)
            break;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linkage");
    TCase *tcase = tcase_create("linkage");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, symbol_that_an_object_has_is_found);
    tcase_add_test(tcase, own_symbol_is_taken_from_the_host_that_has_it);
    tcase_add_test(tcase, object_that_can_tell_nothing_is_not_needed);
    tcase_add_test(tcase, strong_symbols_that_nobody_has_are_lacking);
    tcase_add_test(tcase, lacking_version_takes_its_symbols_along);
    tcase_add_test(tcase, version_is_asked_of_the_library_by_its_name);
    tcase_add_test(tcase, lacking_things_of_libraries_stand_behind_the_plugins);
    tcase_add_test(tcase, what_somebody_has_after_all_is_not_lacking);
    tcase_add_test(tcase, first_object_that_cannot_be_read_is_told);
    tcase_add_test(tcase, too_many_symbols_are_told_and_nothing_more_is_done);
    tcase_add_test(tcase, long_versions_without_end_are_given_up);
    tcase_add_test(tcase, long_names_are_not_kept_without_end);
    tcase_add_test(tcase, what_else_was_done_counts);
    tcase_add_test(tcase, linkage_without_memory_is_not_known);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
