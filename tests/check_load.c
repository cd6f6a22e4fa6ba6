/* SPDX-License-Identifier: MIT */
/* Loading itself, where a whole open cannot be made to fail at will: what was verified is not what is there. */
#include "load.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "image.h"
#include "scene.h"
#include "suite.h"

static struct pm_file file;
static struct pm_build_id build_id;
static struct pm_loaded loaded;
static struct pm_problem problem;
static const char *path;

static void begin(void)
{
    struct pm_image *image;
    scene_begin();
    path = scene_install("good", "plugin.so");
    ck_assert_int_eq(pm_file_open(path, &file, &problem), 0);
    ck_assert_int_eq(pm_image_open(&file, &image, &problem), 0);
    ck_assert_int_eq(pm_image_read_notes(image, NULL, &build_id, &problem), 1);
    ck_assert_uint_gt(build_id.size, 0);
    pm_image_close(image);
}

static void end(void)
{
    pm_file_close(&file);
    scene_end();
}

static int load_into(struct pm_loaded *ret_loaded)
{
    const struct pm_load load = {
        .path = path, .identity = &file.identity, .build_id = &build_id, .file = &file};
    return pm_load(&load, ret_loaded, &problem);
}

static int load(void)
{
    return load_into(&loaded);
}

START_TEST(load_of_the_verified_file_maps_it)
{
    ck_assert_int_eq(load(), 0);
    ck_assert(!loaded.was_mapped);
    ck_assert_ptr_nonnull(pm_loaded_symbol(&loaded, "plugmgr_provide_mock_first"));
    ck_assert(pm_unload(&loaded));
    pm_loaded_free(&loaded);
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), 0);
}
END_TEST

START_TEST(load_of_a_replaced_file_is_refused_before_it_is_mapped)
{
    scene_install("nodelete", "plugin.so"); /* had it been mapped, it would stay */
    ck_assert_int_eq(load(), -1);
    ck_assert_int_eq(problem.code, PM_CHANGED_WHILE_LOADING);
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), 0);
}
END_TEST

START_TEST(load_of_a_touched_file_is_refused)
{
    const struct timespec times[2] = {{1, 0}, {1, 0}};
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    ck_assert_int_eq(load(), -1);
    ck_assert_int_eq(problem.code, PM_CHANGED_WHILE_LOADING);
}
END_TEST

START_TEST(load_that_maps_another_build_is_taken_out_again)
{
    build_id.bytes[0] ^= 1;
    ck_assert_int_eq(load(), -1);
    ck_assert_int_eq(problem.code, PM_CHANGED_WHILE_LOADING);
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), 0);
    build_id.bytes[0] ^= 1;
    ck_assert_int_eq(load(), 0);
    ck_assert(pm_unload(&loaded));
    pm_loaded_free(&loaded);
}
END_TEST

START_TEST(load_of_a_mapped_file_without_build_id_is_refused)
{
    struct pm_loaded first;
    ck_assert_int_eq(load_into(&first), 0);
    ck_assert_int_eq(load(), 0);
    ck_assert(loaded.was_mapped);
    ck_assert(!pm_unload(&loaded));
    pm_loaded_free(&loaded);
    build_id.size = 0;
    ck_assert_int_eq(load(), -1);
    ck_assert_int_eq(problem.code, PM_ALREADY_MAPPED);
    ck_assert(pm_unload(&first));
    pm_loaded_free(&first);
}
END_TEST

START_TEST(load_below_a_dollar_sign_is_refused)
{
    struct stat status;
    ck_assert_int_eq(mkdir(scene_path("$LIB"), 0755), 0);
    path = scene_install("good", "$LIB/plugin.so");
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(load(), -1);
    ck_assert_int_eq(problem.code, PM_MODE_UNAVAILABLE);
}
END_TEST

START_TEST(symbol_of_a_library_is_not_the_objects_own)
{
    ck_assert_int_eq(load(), 0);
    ck_assert_ptr_null(pm_loaded_symbol(&loaded, "malloc"));
    ck_assert_ptr_null(pm_loaded_symbol(&loaded, "no such symbol"));
    ck_assert(pm_unload(&loaded));
    pm_loaded_free(&loaded);
}
END_TEST

/* 300 spellings of one path that a held object would answer to, were one of them repeated. */
START_TEST(load_never_repeats_a_spelling)
{
    struct pm_loaded held[300];
    char names[300][400];
    for (size_t i = 0; i < 300; i++) {
        path = scene_install("good", "plugin.so");
        pm_file_close(&file);
        ck_assert_int_eq(pm_file_open(path, &file, &problem), 0);
        ck_assert_int_eq(load_into(&held[i]), 0);
        snprintf(names[i], sizeof(names[i]), "%s", held[i].name);
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(names[i], names[k]);
    }
    for (size_t i = 0; i < 300; i++) {
        ck_assert(pm_unload(&held[i]));
        pm_loaded_free(&held[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("load");
    TCase *tcase = tcase_create("load");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, load_of_the_verified_file_maps_it);
    tcase_add_test(tcase, load_of_a_replaced_file_is_refused_before_it_is_mapped);
    tcase_add_test(tcase, load_of_a_touched_file_is_refused);
    tcase_add_test(tcase, load_that_maps_another_build_is_taken_out_again);
    tcase_add_test(tcase, load_of_a_mapped_file_without_build_id_is_refused);
    tcase_add_test(tcase, load_below_a_dollar_sign_is_refused);
    tcase_add_test(tcase, symbol_of_a_library_is_not_the_objects_own);
    tcase_add_test(tcase, load_never_repeats_a_spelling);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
