/* SPDX-License-Identifier: MIT */
/* Sealed copies: what was read of a file before is what stands in its copy, which nobody can write. */
#include "image_inner.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
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
static struct pm_file file;
static struct pm_image *image;
static struct pm_arena arena;
static struct pm_problem problem;

/* Builds a file, and opens and reads it. */
static void read_built(struct mkelf_target target, uint64_t text_size)
{
    struct pm_facts facts = {0};
    struct pm_build_id build_id;
    struct pm_dynamic dynamic;
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
    ck_assert_int_eq(pm_image_open(&file, &image, &problem), 0);
    ck_assert_int_eq(pm_image_read_notes(image, &facts, &build_id, &problem), 1);
    ck_assert_int_eq(pm_image_read_dynamic(image, &arena, &dynamic, &problem), 1);
    pm_facts_free(&facts);
}

static void end(void)
{
    pm_image_close(image);
    pm_file_close(&file);
    mkelf_free(&elf);
    pm_arena_free(&arena);
    image = NULL;
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

static const uint64_t text_sizes[] = {16, FAR};

/* The header of the original says where sections are, that of the copy does not; all else is the same. */
START_TEST(copy_is_the_file_without_its_sections)
{
    const struct mkelf_target target = mkelf_targets[_i % MKELF_TARGETS];
    const bool is_64 = target.elf_class == ELFCLASS64;
    size_t size, copy_size;
    read_built(target, text_sizes[_i / MKELF_TARGETS]);
    ck_assert_int_eq(pm_image_seal(image, &file, &problem), 0);
    uint8_t *original = bytes_of(elf.descriptor, &size), *copy = bytes_of(file.descriptor, &copy_size);
    ck_assert_uint_lt(copy_size, size);
    ck_assert_uint_gt(copy_size, elf.places[MKELF_DYNAMIC]);
    ck_assert_int_eq(file.identity.size, (off_t)copy_size);
    if (is_64) {
        memset(original + offsetof(Elf64_Ehdr, e_shoff), 0, 8);
        memset(original + offsetof(Elf64_Ehdr, e_shnum), 0, 4);
    } else {
        memset(original + offsetof(Elf32_Ehdr, e_shoff), 0, 4);
        memset(original + offsetof(Elf32_Ehdr, e_shnum), 0, 4);
    }
    ck_assert_mem_eq(copy, original, copy_size);
    free(original);
    free(copy);
}
END_TEST

START_TEST(image_reads_on_in_the_copy)
{
    struct pm_facts facts = {0};
    struct pm_build_id build_id;
    enum pm_symbol symbol;
    read_built(mkelf_targets[_i % MKELF_TARGETS], text_sizes[_i / MKELF_TARGETS]);
    ck_assert_int_eq(pm_image_seal(image, &file, &problem), 0);
    mkelf_resize(&elf, 0); /* of the file nothing is left */
    ck_assert_int_eq(pm_image_read_notes(image, &facts, &build_id, &problem), 1);
    ck_assert_str_eq(facts.name, "mock");
    ck_assert_int_eq(pm_image_find_symbol(image, "table", &symbol, &problem), 0);
    ck_assert_int_eq(symbol, PM_SYMBOL_IS_EXPORTED);
    ck_assert_int_eq(pm_image_has_unmapped_note(image, &problem), 0);
    const uint64_t last = (uint64_t)file.identity.size - 1;
    ck_assert_ptr_nonnull(pm_image_range(image, last, 1, "it", &problem));
    ck_assert_ptr_null(pm_image_range(image, last, 2, "it", &problem));
    pm_facts_free(&facts);
}
END_TEST

START_TEST(copy_cannot_be_written)
{
    read_built(mkelf_targets[0], FAR);
    ck_assert_int_eq(pm_image_seal(image, &file, &problem), 0);
    ck_assert_int_eq(pwrite(file.descriptor, "x", 1, 0), -1);
    ck_assert_int_eq(ftruncate(file.descriptor, 1), -1);
    ck_assert_int_eq(fcntl(file.descriptor, F_ADD_SEALS, 0), -1);
}
END_TEST

static void expect_changed(void)
{
    const struct pm_file before = file;
    ck_assert_int_eq(pm_image_seal(image, &file, &problem), -1);
    ck_assert_int_eq(problem.code, PM_CHANGED_WHILE_LOADING);
    ck_assert_int_eq(file.descriptor, before.descriptor);
    ck_assert(pm_file_is_open(&file));
}

START_TEST(file_that_was_touched_is_refused)
{
    const struct timespec times[] = {{0, UTIME_OMIT}, {1, 0}};
    read_built(mkelf_targets[0], FAR);
    ck_assert_int_eq(futimens(elf.descriptor, times), 0);
    expect_changed();
}
END_TEST

START_TEST(file_that_was_cut_is_refused)
{
    read_built(mkelf_targets[0], FAR);
    mkelf_resize(&elf, FAR / 2);
    expect_changed();
}
END_TEST

/* Through a mapping, say, or within one tick of the clock that stamps files. */
static void write_unseen(uint64_t offset)
{
    const int descriptor = file.descriptor;
    mkelf_put(&elf, offset, 1, 0xee);
    file = mkelf_file(&elf);
    file.descriptor = descriptor;
}

START_TEST(part_that_was_written_after_it_was_read_is_refused)
{
    read_built(mkelf_targets[0], FAR);
    write_unseen(elf.places[MKELF_DYNAMIC] + 1);
    expect_changed();
}
END_TEST

/* The head is not copied again, and what was not read yet is read in the copy. */
START_TEST(other_parts_are_as_they_were_read_or_will_be)
{
    size_t size;
    read_built(mkelf_targets[0], FAR);
    write_unseen(elf.places[MKELF_HEADER] + EI_PAD);
    write_unseen(elf.places[MKELF_NOTE]);
    write_unseen(8192);
    ck_assert_int_eq(pm_image_seal(image, &file, &problem), 0);
    uint8_t *copy = bytes_of(file.descriptor, &size);
    ck_assert_uint_eq(copy[EI_PAD], 0);
    ck_assert_uint_ne(copy[elf.places[MKELF_NOTE]], 0xee);
    ck_assert_uint_eq(copy[8192], 0xee);
    ck_assert_uint_eq(*pm_image_range(image, 8192, 1, "it", &problem), 0xee);
    free(copy);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("seal");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, NULL, end);
    tcase_add_loop_test(all, copy_is_the_file_without_its_sections, 0, 2 * MKELF_TARGETS);
    tcase_add_loop_test(all, image_reads_on_in_the_copy, 0, 2 * MKELF_TARGETS);
    tcase_add_test(all, copy_cannot_be_written);
    tcase_add_test(all, file_that_was_touched_is_refused);
    tcase_add_test(all, file_that_was_cut_is_refused);
    tcase_add_test(all, part_that_was_written_after_it_was_read_is_refused);
    tcase_add_test(all, other_parts_are_as_they_were_read_or_will_be);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
