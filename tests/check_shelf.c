/* SPDX-License-Identifier: MIT */
/* The shelf: a file is opened and read once, as long as there is room for it. */
#include "shelf.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "failalloc.h"
#include "scene.h"
#include "suite.h"

static struct pm_shelf shelf;
static struct pm_problem problem;

static void begin(void)
{
    scene_begin();
    shelf = (struct pm_shelf){.limit = 2};
}

static void end(void)
{
    fail_allocation(0);
    pm_shelf_free(&shelf);
    scene_end();
}

static struct pm_book *take(struct pm_shelf *from, const char *path)
{
    struct pm_book *book;
    ck_assert_int_eq(pm_shelf_take(from, NULL, path, &book, &problem), 0);
    return book;
}

/* Takes it, reads it and puts it back. Returns which file that was. */
static ino_t look_at(struct pm_shelf *at, const char *path)
{
    struct pm_book *book = take(at, path);
    ino_t inode = book->file.identity.inode;
    ck_assert_ptr_nonnull(pm_book_image(book, &problem));
    pm_shelf_put(at, book);
    return inode;
}

START_TEST(file_is_opened_once)
{
    const char *path = scene_install("good", "a.so");
    const size_t before = scene_descriptor_count();
    ino_t first = look_at(&shelf, path);
    struct pm_book *book = take(&shelf, path);
    struct pm_image *image = pm_book_image(book, &problem);
    pm_shelf_put(&shelf, book);
    ck_assert_uint_eq(scene_descriptor_count(), before + 1);
    scene_install("good", "a.so"); /* another file of that name: what was read is what is told */
    book = take(&shelf, path);
    ck_assert_uint_eq(book->file.identity.inode, first);
    ck_assert_ptr_eq(pm_book_image(book, &problem), image);
    pm_shelf_put(&shelf, book);
    pm_shelf_free(&shelf);
    ck_assert_uint_eq(scene_descriptor_count(), before);
    ck_assert_uint_ne(look_at(&shelf, path), first);
}
END_TEST

START_TEST(nothing_is_kept_without_a_shelf)
{
    const char *path = scene_install("good", "a.so");
    const size_t before = scene_descriptor_count();
    ino_t first = look_at(NULL, path);
    ck_assert_uint_eq(scene_descriptor_count(), before);
    scene_install("good", "b.so"); /* so that the number of the first is not used again */
    scene_install("good", "a.so");
    ck_assert_uint_ne(look_at(NULL, path), first);
    pm_shelf_put(NULL, NULL);
    pm_shelf_put(&shelf, NULL);
}
END_TEST

START_TEST(no_more_files_are_kept_than_it_may)
{
    const size_t before = scene_descriptor_count();
    ino_t first = look_at(&shelf, scene_install("good", "a.so"));
    look_at(&shelf, scene_install("good", "b.so"));
    look_at(&shelf, scene_install("good", "c.so"));
    ck_assert_uint_eq(scene_descriptor_count(), before + 2);
    ck_assert_uint_eq(look_at(&shelf, scene_path("a.so")), first);
}
END_TEST

/* Of two that have it at once the first that is given back is kept. */
START_TEST(file_that_is_taken_is_opened_again)
{
    const char *path = scene_install("good", "a.so");
    const size_t before = scene_descriptor_count();
    struct pm_book *one = take(&shelf, path), *two = take(&shelf, path);
    ck_assert_ptr_ne(one, two);
    struct pm_image *image = pm_book_image(one, &problem);
    ck_assert_ptr_nonnull(pm_book_image(two, &problem));
    pm_shelf_put(&shelf, one);
    pm_shelf_put(&shelf, two);
    ck_assert_uint_eq(scene_descriptor_count(), before + 1);
    one = take(&shelf, path);
    ck_assert_ptr_eq(pm_book_image(one, &problem), image);
    pm_shelf_put(&shelf, one);
}
END_TEST

START_TEST(path_in_another_tree_is_another_file)
{
    struct pm_tree tree;
    struct pm_book *book;
    scene_install("good", "a.so");
    ck_assert_int_eq(pm_tree_open(scene_path("."), &tree, &problem), 0);
    look_at(&shelf, scene_path("a.so"));
    ck_assert_int_eq(pm_shelf_take(&shelf, &tree, scene_path("a.so"), &book, &problem), -1);
    ck_assert_int_eq(pm_shelf_take(&shelf, &tree, "/a.so", &book, &problem), 0);
    pm_shelf_put(&shelf, book);
    pm_tree_close(&tree);
}
END_TEST

START_TEST(what_cannot_be_read_is_not_kept)
{
    struct pm_book *book;
    const size_t before = scene_descriptor_count();
    ck_assert_int_eq(pm_shelf_take(&shelf, NULL, scene_path("none.so"), &book, &problem), -1);
    ck_assert_int_eq(problem.code, PM_FILE_ABSENT);
    const char *path = scene_write("text.so", "no library");
    for (int i = 0; i < 2; i++) {
        book = take(&shelf, path);
        ck_assert_ptr_null(pm_book_image(book, &problem));
        ck_assert_int_eq(problem.code, PM_NOT_ELF);
        pm_shelf_put(&shelf, book);
        ck_assert_uint_eq(scene_descriptor_count(), before);
    }
    book = take(&shelf, scene_install("good", "a.so")); /* and what was not */
    pm_shelf_put(&shelf, book);
    ck_assert_uint_eq(scene_descriptor_count(), before);
}
END_TEST

START_TEST(file_is_identified_without_being_kept)
{
    struct pm_identity identity;
    const char *path = scene_install("good", "a.so");
    const size_t before = scene_descriptor_count();
    ck_assert(pm_shelf_identify(&shelf, NULL, path, &identity));
    ck_assert(pm_shelf_identify(NULL, NULL, path, &identity));
    ck_assert_uint_eq(scene_descriptor_count(), before);
    ck_assert_uint_eq(look_at(&shelf, path), identity.inode);
    ck_assert_int_eq(remove(path), 0);
    memset(&identity, 0, sizeof(identity));
    ck_assert(pm_shelf_identify(&shelf, NULL, path, &identity));
    ck_assert_uint_ne(identity.inode, 0);
    ck_assert(!pm_shelf_identify(NULL, NULL, path, &identity));
}
END_TEST

START_TEST(running_out_of_memory_is_told_or_does_not_matter)
{
    const char *path = scene_install("good", "a.so");
    const size_t before = scene_descriptor_count();
    bool has_failed = true;
    for (size_t nth = 1; has_failed; nth++) {
        struct pm_book *book = NULL;
        fail_allocation_once(nth);
        bool is_read = pm_shelf_take(&shelf, NULL, path, &book, &problem) == 0 && pm_book_image(book, &problem) != NULL;
        if (!is_read)
            ck_assert_int_eq(problem.code, PM_OUT_OF_MEMORY);
        pm_shelf_put(&shelf, book);
        has_failed = fail_allocation_happened();
        fail_allocation(0);
        ck_assert(is_read || has_failed);
        pm_shelf_free(&shelf);
        ck_assert_uint_eq(scene_descriptor_count(), before);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shelf");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, begin, end);
    tcase_add_test(all, file_is_opened_once);
    tcase_add_test(all, nothing_is_kept_without_a_shelf);
    tcase_add_test(all, no_more_files_are_kept_than_it_may);
    tcase_add_test(all, file_that_is_taken_is_opened_again);
    tcase_add_test(all, path_in_another_tree_is_another_file);
    tcase_add_test(all, what_cannot_be_read_is_not_kept);
    tcase_add_test(all, file_is_identified_without_being_kept);
    tcase_add_test(all, running_out_of_memory_is_told_or_does_not_matter);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
