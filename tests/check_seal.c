/* SPDX-License-Identifier: MIT */
/* Sealed copies: all that would be loaded of a file is in its copy, which nobody can write. */
#include "image.h"

#include <check.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mkelf.h"
#include "suite.h"

enum { FAR = 20000 }; /* bytes of code, so that the dynamic section is not in the first page */

static const struct mkelf_note notes[] = {
    MKELF_BUILD_ID("\x01\x02\x03"),
    MKELF_RECORD(PLUGMGR_NOTE_MODULE, "role=plugin\0name=mock\0version=0.1"),
    {0, NULL, NULL, 0, 0},
};
static const struct mkelf_symbol symbols[] = {{"table", STB_GLOBAL, STV_DEFAULT, MKELF_IN_DATA}};
static const struct mkelf_string strings[] = {{DT_NEEDED, "libm.so.6"}, {DT_SONAME, "mock.so"}};

static struct mkelf elf;
static struct pm_file file, copy;
static struct pm_image *image;
static struct pm_problem problem;

static void open_image(void)
{
    ck_assert_int_eq(pm_image_open(&file, &image, &problem), 0);
}

static void build(struct mkelf_target target, uint64_t text_size)
{
    elf = (struct mkelf){.target = target,
                         .notes = notes,
                         .symbols = symbols,
                         .symbol_count = 1,
                         .strings = strings,
                         .string_count = 2,
                         .text_size = text_size};
    mkelf_build(&elf, NULL);
    file = mkelf_file(&elf);
    file.descriptor = dup(elf.descriptor);
    open_image();
}

static void begin(void)
{
    elf.descriptor = file.descriptor = copy.descriptor = -1;
}

static void end(void)
{
    pm_image_close(image);
    pm_file_close(&file);
    pm_file_close(&copy);
    if (elf.descriptor >= 0)
        mkelf_free(&elf);
    image = NULL;
}

/* From now on, it is the copy that is read. */
static void turn_to_copy(void)
{
    pm_image_close(image);
    pm_file_close(&file);
    file = copy;
    copy.descriptor = -1;
    open_image();
}

static uint8_t *bytes_of(int descriptor, size_t *ret_size)
{
    struct stat status;
    ck_assert_int_eq(fstat(descriptor, &status), 0);
    *ret_size = (size_t)status.st_size;
    uint8_t *bytes = malloc(*ret_size);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_int_eq(pread(descriptor, bytes, *ret_size, 0), (ssize_t)*ret_size);
    return bytes;
}

/* The header of the original says where sections are, that of the copy does not; all else is the same. */
static void expect_same(void)
{
    const bool is_64 = pm_image_traits(image)->elf_class == ELFCLASS64;
    size_t size, copy_size;
    uint8_t *bytes = bytes_of(file.descriptor, &size), *copied = bytes_of(copy.descriptor, &copy_size);
    ck_assert_uint_lt(copy_size, size);
    ck_assert_int_eq(copy.identity.size, (off_t)copy_size);
    memset(bytes + (is_64 ? offsetof(Elf64_Ehdr, e_shoff) : offsetof(Elf32_Ehdr, e_shoff)), 0, is_64 ? 8 : 4);
    memset(bytes + (is_64 ? offsetof(Elf64_Ehdr, e_shnum) : offsetof(Elf32_Ehdr, e_shnum)), 0, 4);
    ck_assert_mem_eq(copied, bytes, copy_size);
    free(bytes);
    free(copied);
}

static const uint64_t text_sizes[] = {16, FAR};

START_TEST(copy_is_the_file_without_its_sections)
{
    struct pm_facts facts = {0};
    struct pm_build_id build_id;
    struct pm_arena arena = {0};
    struct pm_dynamic dynamic;
    enum pm_symbol symbol;
    build(mkelf_targets[_i % MKELF_TARGETS], text_sizes[_i / MKELF_TARGETS]);
    ck_assert_int_eq(pm_image_seal(image, &copy, &problem), 0);
    expect_same();
    mkelf_resize(&elf, 0); /* of the file nothing is left */
    turn_to_copy();
    ck_assert_int_eq(pm_image_read_notes(image, &facts, &build_id, &problem), 1);
    ck_assert_str_eq(facts.name, "mock");
    ck_assert_int_eq(pm_image_read_dynamic(image, &arena, &dynamic, &problem), 1);
    ck_assert_str_eq(dynamic.needed[0], "libm.so.6");
    ck_assert_int_eq(pm_image_find_symbol(image, "table", &symbol, &problem), 0);
    ck_assert_int_eq(symbol, PM_SYMBOL_IS_EXPORTED);
    ck_assert_int_eq(pm_image_has_unmapped_note(image, &problem), 0);
    pm_facts_free(&facts);
    pm_arena_free(&arena);
}
END_TEST

/* A library with thousands of symbols, of which much was read before. */
START_TEST(copy_of_the_c_library_is_the_same)
{
    static const char *const names[] = {"malloc", "qsort", "strftime", "wcstombs", "no_such_symbol"};
    struct pm_arena arena = {0};
    struct pm_dynamic dynamic;
    struct pm_references references;
    enum pm_symbol found[2][5];
    Dl_info info;
    ck_assert_int_ne(dladdr(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"), &info), 0);
    ck_assert_int_eq(pm_file_open(info.dli_fname, &file, &problem), 0);
    open_image();
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pm_image_read_dynamic(image, &arena, &dynamic, &problem), 1);
        ck_assert_int_eq(pm_view_read_references(pm_image_view(image), &arena, &references, &problem), 0);
        for (int k = 0; k < 5; k++)
            ck_assert_int_eq(pm_image_find_symbol(image, names[k], &found[i][k], &problem), 0);
        if (i > 0)
            break;
        ck_assert_int_eq(pm_image_seal(image, &copy, &problem), 0);
        expect_same();
        turn_to_copy();
    }
    ck_assert_int_eq(found[0][0], PM_SYMBOL_IS_EXPORTED);
    ck_assert_int_eq(found[0][4], PM_SYMBOL_IS_ABSENT);
    ck_assert_mem_eq(found[0], found[1], sizeof(found[0]));
    pm_arena_free(&arena);
}
END_TEST

START_TEST(copy_cannot_be_written)
{
    build(mkelf_targets[0], FAR);
    ck_assert_int_eq(pm_image_seal(image, &copy, &problem), 0);
    ck_assert_int_eq(pwrite(copy.descriptor, "x", 1, 0), -1);
    ck_assert_int_eq(ftruncate(copy.descriptor, 1), -1);
    ck_assert_int_eq(fcntl(copy.descriptor, F_ADD_SEALS, 0), -1);
}
END_TEST

static void expect_changed(void)
{
    ck_assert_int_eq(pm_image_seal(image, &copy, &problem), -1);
    ck_assert_int_eq(problem.code, PM_CHANGED_WHILE_LOADING);
    ck_assert(pm_file_is_open(&file));
}

START_TEST(file_that_was_touched_is_refused)
{
    const struct timespec times[] = {{0, UTIME_OMIT}, {1, 0}};
    build(mkelf_targets[0], FAR);
    ck_assert_int_eq(futimens(elf.descriptor, times), 0);
    expect_changed();
}
END_TEST

START_TEST(file_that_was_cut_is_refused)
{
    build(mkelf_targets[0], FAR);
    mkelf_resize(&elf, FAR / 2);
    expect_changed();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("seal");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, begin, end);
    tcase_add_loop_test(all, copy_is_the_file_without_its_sections, 0, 2 * MKELF_TARGETS);
    tcase_add_test(all, copy_of_the_c_library_is_the_same);
    tcase_add_test(all, copy_cannot_be_written);
    tcase_add_test(all, file_that_was_touched_is_refused);
    tcase_add_test(all, file_that_was_cut_is_refused);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
