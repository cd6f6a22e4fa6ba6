/* SPDX-License-Identifier: MIT */
/* Opening a plugin while its file changes, or while anything else goes wrong: nothing is loaded that was not verified,
 * and nothing is left. */
#include "opener.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mock/mock.h"
#include "scene.h"
#include "suite.h"

/* ---- races ---- */

struct disturber {
    pthread_t thread;
    const char *path;
    atomic_bool is_done;
    atomic_ulong rounds;
    char *bytes[2];
    size_t sizes[2];
};

static void read_mock(struct disturber *disturber, int index, const char *mock)
{
    struct stat status;
    const char *path = scene_install(mock, "read.so");
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(fstat(descriptor, &status), 0);
    disturber->sizes[index] = (size_t)status.st_size;
    disturber->bytes[index] = malloc(disturber->sizes[index]);
    ck_assert_int_eq(read(descriptor, disturber->bytes[index], disturber->sizes[index]), status.st_size);
    close(descriptor);
    unlink(path);
}

static void write_bytes(const struct disturber *disturber, int index, int descriptor)
{
    for (size_t done = 0; done < disturber->sizes[index];) {
        ssize_t put = pwrite(descriptor, disturber->bytes[index] + done, disturber->sizes[index] - done, (off_t)done);
        if (put <= 0)
            return;
        done += (size_t)put;
    }
}

/* Another file under the same name, again and again: now this build, now the other. */
static void *rename_over(void *data)
{
    struct disturber *disturber = data;
    char fresh[400];
    snprintf(fresh, sizeof(fresh), "%s.fresh", disturber->path);
    for (unsigned long i = 0; !disturber->is_done; i++) {
        int descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
        if (descriptor < 0)
            continue;
        write_bytes(disturber, (int)(i % 2), descriptor);
        close(descriptor);
        rename(fresh, disturber->path);
        disturber->rounds++;
    }
    return NULL;
}

/* Other bytes in whichever file has the name now. */
static void *rewrite(void *data)
{
    struct disturber *disturber = data;
    for (unsigned long i = 0; !disturber->is_done; i++) {
        int descriptor = open(disturber->path, O_WRONLY | O_CLOEXEC);
        if (descriptor < 0)
            continue;
        write_bytes(disturber, (int)(i % 2), descriptor);
        close(descriptor);
        disturber->rounds++;
    }
    return NULL;
}

/* The same bytes once more: what is mapped stays sound, and yet it is a change. */
static void *touch(void *data)
{
    struct disturber *disturber = data;
    while (!disturber->is_done) {
        int descriptor = open(disturber->path, O_WRONLY | O_CLOEXEC);
        if (descriptor < 0)
            continue;
        pwrite(descriptor, "\177ELF", 4, 0);
        close(descriptor);
        disturber->rounds++;
    }
    return NULL;
}

/* Enough is when there was some of each; which of the two is rare depends on the machine. */
enum { RACES = 1000, MAX_RACES = 20000 };

struct tally {
    unsigned loaded, changed, refused, wrong;
};

static struct tally race(const struct disturber *disturber)
{
    struct tally tally = {0};
    for (int i = 0; i < RACES || (i < MAX_RACES && (tally.loaded == 0 || tally.loaded == (unsigned)i)); i++) {
        int result = open_plugin(disturber->path);
        if (result == 0) {
            int answer = plugmgr_get(plugin, mock)->answer();
            tally.loaded++;
            tally.wrong += answer != 42 && answer != 50;
            tally.wrong += plugmgr_close(plugin) != PLUGMGR_UNLOADED;
        } else if (*text_of("changed-while-loading") != '\0') {
            tally.changed++;
        } else {
            tally.refused++; /* a half-written file is malformed, cut, of another build than its pins say, … */
        }
    }
    return tally;
}

static void start_disturbing(struct disturber *disturber, void *(*disturb)(void *))
{
    disturber->path = scene_path("raced.so");
    ck_assert_int_eq(pthread_create(&disturber->thread, NULL, disturb, disturber), 0);
    while (disturber->rounds == 0)
        sched_yield();
}

static void stop_disturbing(struct disturber *disturber)
{
    disturber->is_done = true;
    pthread_join(disturber->thread, NULL);
}

START_TEST(sealed_open_while_the_file_is_replaced_and_rewritten_runs_verified_bytes_only)
{
    static struct disturber renamer, rewriter;
    use_mode(PLUGMGR_MODE_SEALED);
    scene_install("good", "raced.so");
    read_mock(&renamer, 0, "good");
    read_mock(&renamer, 1, "answer_50");
    memcpy(rewriter.bytes, renamer.bytes, sizeof(renamer.bytes));
    memcpy(rewriter.sizes, renamer.sizes, sizeof(renamer.sizes));
    size_t descriptors = scene_descriptor_count();
    start_disturbing(&renamer, rename_over);
    start_disturbing(&rewriter, rewrite);
    struct tally tally = race(&renamer);
    stop_disturbing(&renamer);
    stop_disturbing(&rewriter);
    printf("# sealed: %u loaded, %u changed, %u refused; %lu renamed, %lu rewritten\n", tally.loaded, tally.changed,
           tally.refused, (unsigned long)renamer.rounds, (unsigned long)rewriter.rounds);
    ck_assert_uint_eq(tally.wrong, 0);
    ck_assert_uint_gt(tally.loaded, 0);
    ck_assert_uint_gt(tally.changed + tally.refused, 0);
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    expect_open(scene_install("good", "raced.so"), 42, SEALED);
}
END_TEST

START_TEST(open_by_path_while_the_file_is_replaced_and_touched_notices_every_change)
{
    static struct disturber renamer, toucher;
    use_mode(PLUGMGR_MODE_PATH);
    scene_install("good", "raced.so");
    read_mock(&renamer, 0, "good");
    read_mock(&renamer, 1, "answer_50");
    size_t descriptors = scene_descriptor_count();
    start_disturbing(&renamer, rename_over);
    start_disturbing(&toucher, touch);
    struct tally tally = race(&renamer);
    stop_disturbing(&renamer);
    stop_disturbing(&toucher);
    printf("# path: %u loaded, %u changed, %u refused; %lu renamed, %lu touched\n", tally.loaded, tally.changed,
           tally.refused, (unsigned long)renamer.rounds, (unsigned long)toucher.rounds);
    ck_assert_uint_eq(tally.wrong, 0);
    ck_assert_uint_gt(tally.changed, 0);
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    ck_assert_uint_eq(scene_mapped_count("raced.so"), 0);
    expect_open(scene_install("good", "raced.so"), 42, BY_PATH);
}
END_TEST

/* ---- all or nothing ---- */

/* What happens in the moment before the dynamic linker opens a file. */
static void (*before_dlopen)(void);
static void (*before_realpath)(void); /* the same before the real path of an open file is asked for */
static bool hides_tables;             /* whether their symbols are found elsewhere than in the plugin */

void *__real_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags);
void *__wrap_dlopen(const char *name, int flags)
{
    void (*hook)(void) = before_dlopen;
    before_dlopen = NULL;
    if (hook != NULL)
        hook();
    return __real_dlopen(name, flags);
}

char *__real_realpath(const char *path, char *resolved);
char *__wrap_realpath(const char *path, char *resolved);
char *__wrap_realpath(const char *path, char *resolved)
{
    void (*hook)(void) = before_realpath;
    before_realpath = NULL;
    if (hook != NULL)
        hook();
    return __real_realpath(path, resolved);
}

void *__real_dlsym(void *handle, const char *name);
void *__wrap_dlsym(void *handle, const char *name);
void *__wrap_dlsym(void *handle, const char *name)
{
    return hides_tables && strncmp(name, "plugmgr_provide_", 16) == 0 ? (void *)&hides_tables
                                                                      : __real_dlsym(handle, name);
}

static void replace_plugin(void)
{
    scene_install("answer_50", "step.so");
}

static void touch_plugin(void)
{
    ck_assert_int_eq(utimensat(AT_FDCWD, scene_path("step.so"), NULL, 0), 0);
}

static void remove_plugin(void)
{
    unlink(scene_path("step.so"));
}

static void replace_library(void)
{
    scene_install("library_other", "libmocklibrary.so");
}

static void spoil_library(void)
{
    scene_install("library_tls", "libmocklibrary.so");
}

static void close_descriptors(void)
{
    char target[100], link[64];
    for (int i = 3; i < 64; i++) {
        snprintf(link, sizeof(link), "/proc/self/fd/%d", i);
        ssize_t length = readlink(link, target, sizeof(target) - 1);
        if (length > 0 && strncmp(target, "/memfd:", 7) == 0)
            close(i);
    }
}

static struct rlimit limit_before;
static __rlimit_resource_t limited; /* glibc's type for it */

static void limit(__rlimit_resource_t resource, rlim_t most)
{
    struct rlimit now;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(resource, &limit_before), 0);
    now = limit_before;
    now.rlim_cur = most;
    ck_assert_int_eq(setrlimit(resource, &now), 0);
    limited = resource;
}

/* One step of open that fails; the code and part of its text. */
static const struct {
    const char *name, *mock, *config;
    enum plugmgr_mode mode;
    void (*before_dlopen)(void);
    bool hides_tables, lacks_descriptors, lacks_room;
    int error;
    const char *code, *text;
} steps[] = {
    {"no descriptor for the copy", "good", .mode = PLUGMGR_MODE_SEALED, .lacks_descriptors = true,
     .error = PLUGMGR_E_REFUSED, .code = "mode-unavailable", .text = "memfd_create: Too many open files"},
    {"no room for the copy", "good", .mode = PLUGMGR_MODE_SEALED, .lacks_room = true, .error = PLUGMGR_E_REFUSED,
     .code = "mode-unavailable", .text = "copying it: File too large"},
    {"the copy's descriptor is closed", "good", .mode = PLUGMGR_MODE_SEALED, .before_dlopen = close_descriptors,
     .error = PLUGMGR_E_LOAD, .code = "changed-while-loading", .text = "somebody closed the descriptor"},
    {"replaced in the last moment", "good", .mode = PLUGMGR_MODE_PATH, .before_dlopen = replace_plugin,
     .error = PLUGMGR_E_LOAD, .code = "changed-while-loading", .text = "the mapped build-ID is another"},
    {"written in the last moment", "good", .mode = PLUGMGR_MODE_PATH, .before_dlopen = touch_plugin,
     .error = PLUGMGR_E_LOAD, .code = "changed-while-loading", .text = "its path leads to another file now"},
    {"removed in the last moment", "good", .mode = PLUGMGR_MODE_PATH, .before_dlopen = remove_plugin,
     .error = PLUGMGR_E_LOAD, .code = "changed-while-loading", .text = "its path leads to another file now"},
    {"a library that is opened before, replaced", "with_library", .mode = PLUGMGR_MODE_SEALED,
     .before_dlopen = replace_library, .error = PLUGMGR_E_LOAD, .code = "changed-while-loading",
     .text = "another build of libmocklibrary.so got mapped"},
    {"a library that is opened before, unusable", "with_library", .mode = PLUGMGR_MODE_SEALED,
     .before_dlopen = spoil_library, .error = PLUGMGR_E_LOAD, .code = "load-failed", .text = "static TLS"},
    {"a library, replaced", "with_library", .mode = PLUGMGR_MODE_PATH, .before_dlopen = replace_library,
     .error = PLUGMGR_E_LOAD, .code = "changed-while-loading", .text = "another build of libmocklibrary.so got mapped"},
    {"a library, unusable", "with_library", .mode = PLUGMGR_MODE_PATH, .before_dlopen = spoil_library,
     .error = PLUGMGR_E_LOAD, .code = "load-failed", .text = "static TLS"},
    {"a table that lies elsewhere", "good", .mode = PLUGMGR_MODE_PATH, .hides_tables = true, .error = PLUGMGR_E_LOAD,
     .code = "interface-foreign", .text = "plugmgr_provide_mock_first"},
    {"the same, sealed", "good", .mode = PLUGMGR_MODE_SEALED, .hides_tables = true, .error = PLUGMGR_E_LOAD,
     .code = "interface-foreign", .text = "plugmgr_provide_mock_first"},
    {"start fails", "life", "fail", .mode = PLUGMGR_MODE_PATH, .error = PLUGMGR_E_START, .code = "start-failed",
     .text = "the second reason"},
    {"the same, sealed", "life", "fail", .mode = PLUGMGR_MODE_SEALED, .error = PLUGMGR_E_START, .code = "start-failed",
     .text = "the second reason"},
};
enum { STEP_COUNT = sizeof(steps) / sizeof(steps[0]) };

static void fail_step(int index, const char *path)
{
    const struct plugmgr_open_options options = {.size = sizeof(options), .config = steps[index].config};
    if (steps[index].lacks_descriptors) /* but the one for the file itself */
        limit(RLIMIT_NOFILE, (rlim_t)dup(0) + 2);
    if (steps[index].lacks_room)
        limit(RLIMIT_FSIZE, 100);
    before_dlopen = steps[index].before_dlopen;
    hides_tables = steps[index].hides_tables;
    plugmgr_report_free(report);
    int result = plugmgr_open(manager, path, &options, &plugin, &report);
    hides_tables = false;
    before_dlopen = NULL;
    if (steps[index].lacks_descriptors || steps[index].lacks_room)
        setrlimit(limited, &limit_before);
    ck_assert_int_eq(result, -steps[index].error);
    ck_assert_msg(strstr(text_of(steps[index].code), steps[index].text) != NULL, "%s: %s: %s", steps[index].name,
                  plugmgr_report_finding(report, 0)->code, plugmgr_report_finding(report, 0)->text);
}

/* _i: the step. Then nothing of the plugin or its library is there, and the same path works. */
START_TEST(open_that_fails_at_a_step_leaves_nothing_and_can_be_tried_again)
{
    bool has_library = strcmp(steps[_i].mock, "with_library") == 0;
    use_mode(steps[_i].mode);
    const char *path = scene_install(steps[_i].mock, "step.so");
    if (has_library)
        scene_install("library", "libmocklibrary.so");
    size_t descriptors = scene_descriptor_count() + steps[_i].lacks_descriptors;
    fail_step(_i, path);
    ck_assert_uint_eq(scene_mapped_count("step.so"), 0);
    ck_assert_uint_eq(scene_mapped_count("/fd/"), 0);
    ck_assert_uint_eq(scene_mapped_count("libmocklibrary.so"), 0);
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    if (has_library)
        scene_install("library", "libmocklibrary.so");
    scene_install(steps[_i].mock, "step.so");
    expect_open(path, has_library ? 11 : 42, steps[_i].mode == PLUGMGR_MODE_PATH ? BY_PATH : SEALED);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
}
END_TEST

static void turn_link(void)
{
    ck_assert_int_eq(symlink(scene_path("second.so"), scene_path("turned")), 0);
    ck_assert_int_eq(rename(scene_path("turned"), scene_path("link.so")), 0);
}

/* _i: the mode. Else the code would be of one file, and its path and the libraries beside it those of another. */
START_TEST(open_through_a_link_that_is_turned_meanwhile_is_refused)
{
    use_mode(all_modes[_i]);
    scene_install("answer_50", "second.so");
    ck_assert_int_eq(symlink(scene_install("good", "first.so"), scene_path("link.so")), 0);
    before_realpath = turn_link;
    expect_refused(scene_path("link.so"), PLUGMGR_E_REFUSED, "changed-while-loading", "");
    expect_open(scene_path("link.so"), 50, mode_texts[_i]);
    ck_assert_str_eq(plugmgr_plugin_path(plugin), scene_path("second.so"));
}
END_TEST

static void replace_by_what_stays(void)
{
    scene_install("nodelete", "step.so");
}

START_TEST(open_of_what_was_replaced_by_what_stays_mapped_tells_both)
{
    use_mode(PLUGMGR_MODE_PATH);
    const char *path = scene_install("good", "step.so");
    before_dlopen = replace_by_what_stays;
    expect_refused(path, PLUGMGR_E_LOAD, "changed-while-loading",
                   "the mapped build-ID is another; and it stays mapped");
    ck_assert_uint_eq(scene_mapped_count("step.so"), 1);
}
END_TEST

int main(void)
{
    const TTest *const once[] = {
        sealed_open_while_the_file_is_replaced_and_rewritten_runs_verified_bytes_only,
        open_by_path_while_the_file_is_replaced_and_touched_notices_every_change,
        open_of_what_was_replaced_by_what_stays_mapped_tells_both,
    };
    const TTest *const in_each_mode[] = {
        open_through_a_link_that_is_turned_meanwhile_is_refused,
    };
    Suite *suite = suite_create("changes");
    TCase *tcase = opener_case("changes", once, sizeof(once) / sizeof(once[0]), in_each_mode,
                               sizeof(in_each_mode) / sizeof(in_each_mode[0]));
    tcase_add_loop_test(tcase, open_that_fails_at_a_step_leaves_nothing_and_can_be_tried_again, 0, STEP_COUNT);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
