/* SPDX-License-Identifier: MIT */
#include "elffile.h"

#include <check.h>

#include "image.h"

void elffile_read(const char *path, struct pm_module *ret_module)
{
    struct pm_file file;
    struct pm_image *image;
    struct pm_problem problem;
    *ret_module = (struct pm_module){.path = path, .has_traits = true, .has_notes = true};
    ck_assert_msg(pm_file_open(path, &file, &problem) == 0, "%s: %s", path, problem.detail);
    ck_assert_msg(pm_image_open(&file, &image, &problem) == 0, "%s: %s", path, problem.detail);
    ret_module->traits = *pm_image_traits(image);
    ck_assert_int_ge(pm_image_read_notes(image, NULL, &ret_module->build_id, &problem), 0);
    ck_assert_int_ge(pm_image_read_dynamic(image, &ret_module->arena, &ret_module->dynamic, &problem), 0);
    pm_image_close(image);
    pm_file_close(&file);
}
