/* SPDX-License-Identifier: MIT */
/* The objects in memory, as they come and go. */
#include "process.h"

#include <check.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "elffile.h"
#include "failalloc.h"
#include "scene.h"
#include "suite.h"

int __real_dl_iterate_phdr(int (*callback)(struct dl_phdr_info *, size_t, void *), void *data);
int __wrap_dl_iterate_phdr(int (*callback)(struct dl_phdr_info *, size_t, void *), void *data);

/* Whoever takes the place of dl_iterate_phdr may know of no counters. */
static bool has_counters = true;
static int (*real_callback)(struct dl_phdr_info *info, size_t size, void *data);

static int call_without_counters(struct dl_phdr_info *info, size_t size, void *data)
{
    struct dl_phdr_info copy = *info;
    memset(&copy.dlpi_adds, 0xa5, size - offsetof(struct dl_phdr_info, dlpi_adds));
    return real_callback(&copy, offsetof(struct dl_phdr_info, dlpi_adds), data);
}

int __wrap_dl_iterate_phdr(int (*callback)(struct dl_phdr_info *, size_t, void *), void *data)
{
    real_callback = callback;
    return __real_dl_iterate_phdr(has_counters ? callback : call_without_counters, data);
}

/* ---- what is read ---- */

START_TEST(process_has_its_objects_with_the_build_ids_of_their_files)
{
    struct pm_process process;
    struct pm_mapped found;
    size_t with_build_id = 0;
    ck_assert_int_eq(pm_process_read(&process), 0);
    ck_assert_str_eq(process.objects[0]->name, "");
    const struct pm_mapped *libc = pm_process_named(&process, "libc.so.6");
    ck_assert_uint_eq(libc->begin, libc->base);      /* its first segment has the ELF header */
    ck_assert_uint_gt(libc->end, (uintptr_t)stdout); /* and its last the data */
    for (size_t i = 0; i < process.count; i++) {
        const struct pm_mapped *object = process.objects[i];
        struct pm_module file;
        if (strchr(object->name, '/') == NULL)
            continue;
        elffile_read(object->name, &file);
        ck_assert_msg(pm_build_id_equal(&file.build_id, &object->build_id), "build-ID of %s", object->name);
        ck_assert_uint_eq(file.dynamic.needed_count, object->dynamic.needed_count);
        for (size_t k = 0; k < file.dynamic.needed_count; k++)
            ck_assert_str_eq(file.dynamic.needed[k], object->dynamic.needed[k]);
        with_build_id += file.build_id.size > 0;
        pm_module_free(&file);
        ck_assert(pm_process_find(object->base, object->name, &found));
        ck_assert_uint_eq(found.begin, object->begin);
        ck_assert_uint_eq(found.end, object->end);
        ck_assert(pm_build_id_equal(&found.build_id, &object->build_id));
    }
    ck_assert_uint_gt(with_build_id, 0);
    ck_assert(!pm_process_find(libc->base, "another name", &found));
    ck_assert(!pm_process_find(libc->base + 1, libc->name, &found));
    pm_process_free(&process);
}
END_TEST

START_TEST(process_without_memory_says_so)
{
    bool was_enough = false;
    for (size_t nth = 1; !was_enough; nth++) {
        struct pm_process process;
        ck_assert_uint_lt(nth, 1000);
        fail_allocation_once(nth);
        int result = pm_process_read(&process);
        was_enough = !fail_allocation_happened();
        fail_allocation(0);
        ck_assert_int_eq(result, was_enough ? 0 : -1);
        pm_process_free(&process);
    }
}
END_TEST

START_TEST(process_notes_are_of_the_object_of_the_address)
{
    struct pm_process process;
    struct pm_facts facts = {0};
    struct pm_build_id build_id;
    struct pm_problem problem;
    ck_assert_int_eq(pm_process_read_notes(stdout, &facts, &build_id, &problem), 0);
    ck_assert_int_eq(pm_process_read(&process), 0);
    ck_assert(pm_build_id_equal(&build_id, &pm_process_named(&process, "libc.so.6")->build_id));
    ck_assert(!pm_build_id_equal(&build_id, &process.objects[0]->build_id));
    pm_process_free(&process);
    pm_facts_free(&facts);
}
END_TEST

START_TEST(process_notes_of_an_address_in_no_object_are_none)
{
    int on_the_stack = 0;
    struct pm_facts facts = {0};
    struct pm_build_id build_id;
    struct pm_problem problem;
    ck_assert_int_eq(pm_process_read_notes(&on_the_stack, &facts, &build_id, &problem), 0);
    ck_assert_uint_eq(facts.record_count, 0);
    pm_facts_free(&facts);
}
END_TEST

/* ---- what is remembered ---- */

struct comparison {
    const struct pm_process *process;
    size_t seen;
};

static int compare(struct dl_phdr_info *info, size_t size, void *data)
{
    struct comparison *comparison = data;
    const struct pm_process *process = comparison->process;
    (void)size;
    ck_assert_uint_lt(comparison->seen, process->count);
    const struct pm_mapped *object = process->objects[comparison->seen];
    const struct pm_present *present = &process->present[comparison->seen++];
    ck_assert_uint_eq(object->base, info->dlpi_addr);
    ck_assert_str_eq(object->name, info->dlpi_name);
    ck_assert_str_eq(present->name, info->dlpi_name);
    ck_assert_ptr_eq(present->dynamic, &object->dynamic);
    ck_assert(pm_build_id_equal(&present->build_id, &object->build_id));
    return 0;
}

/* Reads all objects, which must be those that the dynamic linker has, in its order. */
static void read_all(struct pm_process *ret_process)
{
    struct comparison comparison = {.process = ret_process};
    ck_assert_int_eq(pm_process_read(ret_process), 0);
    dl_iterate_phdr(compare, &comparison);
    ck_assert_uint_eq(comparison.seen, ret_process->count);
}

static const char *const names[] = {"first.so", "second.so", "third.so"};
static void *handles[3];
static struct pm_mapped loaded[3];

static void load(size_t index)
{
    struct pm_process process;
    const char *path = scene_path(names[index]);
    handles[index] = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(handles[index] != NULL, "%s", dlerror());
    read_all(&process);
    const struct pm_mapped *last = process.objects[process.count - 1];
    ck_assert_str_eq(last->name, path);
    loaded[index] = *last;
    loaded[index].name = path;
    pm_process_free(&process);
}

static void begin(void)
{
    scene_begin();
    for (size_t i = 0; i < 3; i++) {
        scene_install("library", names[i]);
        load(i);
    }
}

static void end(void)
{
    pm_process_forget();
    scene_end();
}

static bool has_left(size_t index, unsigned long long unload_count)
{
    return pm_process_has_left(loaded[index].base, loaded[index].name, unload_count);
}

/* What was read of an object stays where it is, as long as it is remembered; the snapshot holds it meanwhile. */
static void expect_remembered(const struct pm_process *before, bool is_remembered)
{
    struct pm_process now;
    read_all(&now);
    ck_assert_int_eq(now.objects[0] == before->objects[0], is_remembered);
    pm_process_free(&now);
}

START_TEST(objects_that_are_remembered_are_read_once)
{
    struct pm_process first, second;
    read_all(&first);
    read_all(&second);
    ck_assert_uint_eq(first.count, second.count);
    for (size_t i = 0; i < first.count; i++)
        ck_assert_ptr_eq(first.objects[i], second.objects[i]);
    pm_process_free(&second);
    pm_process_free(&first);
}
END_TEST

/* Whichever of them leaves: the first, one from among the others, the last. */
START_TEST(own_unload_takes_one_object_out_and_leaves_the_others)
{
    struct pm_process before, after;
    size_t index = (size_t)_i;
    read_all(&before);
    unsigned long long unload_count = pm_process_unload_count();
    dlclose(handles[index]);
    ck_assert(has_left(index, unload_count));
    read_all(&after);
    ck_assert_uint_eq(after.count, before.count - 1);
    for (size_t i = 0; i < after.count; i++)
        ck_assert_ptr_eq(after.objects[i], before.objects[i + (i >= before.count - 3 + index)]);
    pm_process_free(&after);
    expect_remembered(&before, true);
    pm_process_free(&before);
}
END_TEST

START_TEST(object_that_stays_has_not_left)
{
    unsigned long long unload_count = pm_process_unload_count();
    void *again = dlopen(loaded[1].name, RTLD_NOW | RTLD_LOCAL);
    ck_assert_ptr_nonnull(again);
    dlclose(handles[1]);
    ck_assert(!has_left(1, unload_count));
    struct pm_process process;
    read_all(&process);
    pm_process_free(&process);
    dlclose(again);
    ck_assert(has_left(1, unload_count));
    read_all(&process);
    pm_process_free(&process);
}
END_TEST

START_TEST(unload_that_nobody_told_of_lets_all_be_read_again)
{
    struct pm_process before;
    read_all(&before);
    dlclose(handles[1]);
    expect_remembered(&before, false);
    pm_process_free(&before);
}
END_TEST

START_TEST(own_unload_beside_another_one_lets_all_be_read_again)
{
    struct pm_process before;
    read_all(&before);
    unsigned long long unload_count = pm_process_unload_count();
    dlclose(handles[0]);
    dlclose(handles[2]); /* as another thread may */
    ck_assert(has_left(2, unload_count));
    expect_remembered(&before, false);
    pm_process_free(&before);
}
END_TEST

/* It may come to stand where the old one stood. */
START_TEST(another_file_in_the_same_place_is_read)
{
    for (size_t round = 0; round < 3; round++) {
        const struct pm_mapped old = loaded[2];
        unsigned long long unload_count = pm_process_unload_count();
        dlclose(handles[2]);
        if (round % 2 == 0)
            ck_assert(has_left(2, unload_count));
        scene_install(round % 2 == 0 ? "library_other" : "library", names[2]);
        load(2);
        ck_assert(!pm_build_id_equal(&loaded[2].build_id, &old.build_id));
    }
}
END_TEST

/* glibc counts an object of another namespace once for each that is there, so that six less are unloaded by its count
 * when three are loaded. _i: whether it is told of each unload. */
START_TEST(counters_are_not_trusted_while_there_is_another_namespace)
{
    enum { MORE = 6 };
    void *more[MORE], *other;
    struct pm_process process;
    char more_names[MORE][20];
    scene_install("library", "other.so");
    for (size_t i = 0; i < MORE; i++) {
        snprintf(more_names[i], sizeof(more_names[i]), "more%zu.so", i);
        more[i] = dlopen(scene_install("library", more_names[i]), RTLD_NOW | RTLD_LOCAL);
        ck_assert_ptr_nonnull(more[i]);
    }
    read_all(&process);
    pm_process_free(&process);
    other = IS_SANITIZED ? NULL : dlmopen(LM_ID_NEWLM, scene_path("other.so"), RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; i < MORE; i++) {
        const char *path = scene_path(more_names[i]);
        unsigned long long unload_count = pm_process_unload_count();
        struct link_map *map;
        ck_assert_int_eq(dlinfo(more[i], RTLD_DI_LINKMAP, &map), 0);
        uintptr_t base = map->l_addr;
        dlclose(more[i]);
        if (_i == 1)
            ck_assert(pm_process_has_left(base, path, unload_count));
        else if (i < MORE - 1)
            continue; /* all at once */
        read_all(&process);
        pm_process_free(&process);
    }
    if (other != NULL)
        dlclose(other);
    read_all(&process);
    pm_process_free(&process);
}
END_TEST

START_TEST(objects_are_read_without_counters)
{
    struct pm_process before, after;
    has_counters = false;
    read_all(&before);
    ck_assert_uint_eq(pm_process_unload_count(), 0);
    dlclose(handles[1]);
    ck_assert(has_left(1, 0));
    read_all(&after);
    ck_assert_uint_eq(after.count, before.count - 1);
    pm_process_free(&after);
    pm_process_free(&before);
}
END_TEST

/* What is in memory counts, and that is what the file has now. */
START_TEST(overwritten_object_has_another_build_id)
{
    static char bytes[1 << 20];
    struct pm_process before, after;
    struct pm_mapped now;
    read_all(&before);
    int descriptor = open(loaded[1].name, O_RDWR | O_CLOEXEC);
    ssize_t size = pread(descriptor, bytes, sizeof(bytes), 0);
    ck_assert_int_gt(size, 0);
    const char *at = memmem(bytes, (size_t)size, loaded[1].build_id.bytes, loaded[1].build_id.size);
    ck_assert_ptr_nonnull(at);
    const char other = (char)~*at;
    ck_assert_int_eq(pwrite(descriptor, &other, 1, at - bytes), 1);
    close(descriptor);
    read_all(&after);
    ck_assert(pm_process_find(loaded[1].base, loaded[1].name, &now));
    ck_assert(!pm_build_id_equal(&now.build_id, &loaded[1].build_id));
    ck_assert(pm_build_id_equal(&now.build_id, &after.objects[after.count - 2]->build_id));
    ck_assert_ptr_eq(after.objects[after.count - 3], before.objects[after.count - 3]);
    pm_process_free(&after);
    pm_process_free(&before);
}
END_TEST

START_TEST(snapshot_outlives_what_is_forgotten)
{
    struct pm_process process;
    read_all(&process);
    struct pm_process_list *list = pm_process_hold(&process);
    const struct pm_present *last = &process.present[process.count - 1];
    pm_process_forget();
    pm_process_free(&process);
    dlclose(handles[2]);
    ck_assert_str_eq(last->name, scene_path(names[2]));
    pm_process_release(list);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("process");
    TCase *reading = tcase_create("reading"), *remembering = tcase_create("remembering");
    tcase_add_test(reading, process_has_its_objects_with_the_build_ids_of_their_files);
    tcase_add_test(reading, process_without_memory_says_so);
    tcase_add_test(reading, process_notes_are_of_the_object_of_the_address);
    tcase_add_test(reading, process_notes_of_an_address_in_no_object_are_none);
    tcase_add_checked_fixture(remembering, begin, end);
    tcase_add_test(remembering, objects_that_are_remembered_are_read_once);
    tcase_add_loop_test(remembering, own_unload_takes_one_object_out_and_leaves_the_others, 0, 3);
    tcase_add_test(remembering, object_that_stays_has_not_left);
    tcase_add_test(remembering, unload_that_nobody_told_of_lets_all_be_read_again);
    tcase_add_test(remembering, own_unload_beside_another_one_lets_all_be_read_again);
    tcase_add_test(remembering, another_file_in_the_same_place_is_read);
    tcase_add_loop_test(remembering, counters_are_not_trusted_while_there_is_another_namespace, 0, 2);
    tcase_add_test(remembering, objects_are_read_without_counters);
    tcase_add_test(remembering, overwritten_object_has_another_build_id);
    tcase_add_test(remembering, snapshot_outlives_what_is_forgotten);
    suite_add_tcase(suite, reading);
    suite_add_tcase(suite, remembering);
    return run_suite(suite);
}
