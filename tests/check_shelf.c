/* SPDX-License-Identifier: MIT */
/* The shelf: a file is opened and read once, as long as it stays what it is, and there is room for it. */
#include "shelf.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

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
    look_at(&shelf, path);
    struct pm_book *book = take(&shelf, path);
    struct pm_image *image = pm_book_image(book, &problem);
    pm_shelf_put(&shelf, book);
    ck_assert_uint_eq(scene_descriptor_count(), before + 1);
    book = take(&shelf, path);
    ck_assert_ptr_eq(pm_book_image(book, &problem), image);
    pm_shelf_put(&shelf, book);
    pm_shelf_free(&shelf);
    ck_assert_uint_eq(scene_descriptor_count(), before);
}
END_TEST

/* What is told is what a plugin that comes now would find. */
START_TEST(file_that_is_another_now_is_opened_anew)
{
    const struct timespec times[] = {{0, UTIME_OMIT}, {1, 0}};
    struct pm_book *book;
    const char *path = scene_install("good", "a.so");
    const size_t before = scene_descriptor_count();
    ino_t first = look_at(&shelf, path);
    scene_install("good", "a.so"); /* renamed over it */
    ino_t second = look_at(&shelf, path);
    ck_assert_uint_ne(second, first);
    ck_assert_uint_eq(scene_descriptor_count(), before + 1);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0); /* as if it had been written */
    book = take(&shelf, path);
    ck_assert_uint_eq(book->file.identity.inode, second);
    ck_assert_int_eq(book->file.identity.modified.tv_sec, 1);
    ck_assert_ptr_null(book->image);
    pm_shelf_put(&shelf, book);
    look_at(&shelf, path);
    ck_assert_int_eq(remove(path), 0);
    ck_assert_int_eq(pm_shelf_take(&shelf, NULL, path, &book, &problem), -1);
    ck_assert_int_eq(problem.code, PM_FILE_ABSENT);
    ck_assert_uint_eq(scene_descriptor_count(), before);
}
END_TEST

/* Each that takes it is asked for what it reads, whoever read it before. */
START_TEST(what_is_read_counts_for_each_that_takes_it)
{
    const char *path = scene_install("good", "a.so");
    size_t sizes[2];
    for (int i = 0; i < 2; i++) {
        struct pm_arena arena = {0};
        struct pm_dynamic dynamic;
        struct pm_book *book = take(&shelf, path);
        struct pm_image *image = pm_book_image(book, &problem);
        ck_assert_ptr_nonnull(image);
        ck_assert_uint_eq(pm_image_size_read(image), 0);
        ck_assert_uint_eq(pm_image_view(image)->steps, 0);
        ck_assert(!pm_image_view(image)->has_versions);
        ck_assert_int_eq(pm_image_read_dynamic(image, &arena, &dynamic, &problem), 1);
        ck_assert_int_eq(pm_view_read_versions(pm_image_view(image), &problem), 0);
        sizes[i] = pm_image_size_read(image);
        pm_image_view(image)->steps = 1;
        pm_arena_free(&arena);
        pm_shelf_put(&shelf, book);
    }
    ck_assert_uint_gt(sizes[0], 0);
    ck_assert_uint_eq(sizes[0], sizes[1]);
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

static bool is_kept(const char *name)
{
    for (size_t i = 0; i < shelf.count; i++)
        if (strcmp(shelf.books[i]->path, scene_path(name)) == 0)
            return true;
    return false;
}

START_TEST(those_that_were_used_last_are_kept)
{
    const size_t before = scene_descriptor_count();
    look_at(&shelf, scene_install("good", "a.so"));
    look_at(&shelf, scene_install("good", "b.so"));
    look_at(&shelf, scene_path("a.so"));
    look_at(&shelf, scene_install("good", "c.so"));
    ck_assert_uint_eq(scene_descriptor_count(), before + 2);
    ck_assert(is_kept("a.so") && !is_kept("b.so") && is_kept("c.so"));
    look_at(&shelf, scene_path("b.so"));
    ck_assert(!is_kept("a.so") && is_kept("b.so") && is_kept("c.so"));
}
END_TEST

START_TEST(nothing_is_kept_where_descriptors_are_scarce)
{
    const char *path = scene_install("good", "a.so");
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    for (rlim_t most = 30; most <= 200; most += 170) {
        limit.rlim_cur = most;
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
        look_at(&shelf, path);
        ck_assert_int_eq(is_kept("a.so"), most > 100);
    }
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
    tcase_add_test(all, file_that_is_another_now_is_opened_anew);
    tcase_add_test(all, what_is_read_counts_for_each_that_takes_it);
    tcase_add_test(all, those_that_were_used_last_are_kept);
    tcase_add_test(all, nothing_is_kept_where_descriptors_are_scarce);
    tcase_add_test(all, file_that_is_taken_is_opened_again);
    tcase_add_test(all, path_in_another_tree_is_another_file);
    tcase_add_test(all, what_cannot_be_read_is_not_kept);
    tcase_add_test(all, running_out_of_memory_is_told_or_does_not_matter);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
