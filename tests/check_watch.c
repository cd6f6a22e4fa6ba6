/* SPDX-License-Identifier: MIT */
/* Files that change, watched: in each way in which they are replaced, and in each in which nothing happened. No test
 * waits: inotify has queued an event when the call that causes it returns. */
#include "watch.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "failalloc.h"
#include "scene.h"
#include "suite.h"

/* How many more watches the system gives; below 0: as many as are asked for. */
static int watches_left = -1;

int __real_inotify_add_watch(int descriptor, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int descriptor, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int descriptor, const char *path, uint32_t mask)
{
    if (watches_left == 0) {
        errno = ENOSPC;
        return -1;
    }
    watches_left -= watches_left > 0;
    return __real_inotify_add_watch(descriptor, path, mask);
}

static struct pm_watch *watch;
static struct pm_problem problem;

static void begin(void)
{
    scene_begin();
    ck_assert_int_eq(pm_watch_new(&watch, &problem), 0);
}

static void end(void)
{
    pm_watch_free(watch);
    scene_end();
}

/* A file that is older than the clock's tick: whatever is written to it from then on gives it another identity. */
static const char *settled(const char *name, const char *text)
{
    struct pm_file file;
    const char *path = scene_write(name, text);
    ck_assert_int_eq(pm_file_open(path, &file, &problem), 0);
    ck_assert_int_eq(pm_file_settle(&file, &problem), 0);
    pm_file_close(&file);
    return path;
}

static void make_folder(const char *name)
{
    ck_assert_int_eq(mkdir(scene_path(name), 0755), 0);
}

static void move(const char *from, const char *to)
{
    ck_assert_int_eq(rename(scene_path(from), scene_path(to)), 0);
}

static void link_to(const char *target, const char *name)
{
    ck_assert_int_eq(symlink(target, scene_path(name)), 0);
}

/* The tokens of the tests are names. */
static char first[] = "first", second[] = "second";

static void add(const char *name, char *token)
{
    ck_assert_int_eq(pm_watch_add(watch, scene_path(name), NULL, token, &problem), 0);
}

static bool is_readable(void)
{
    struct pollfd ready = {.fd = pm_watch_fd(watch), .events = POLLIN};
    return poll(&ready, 1, 0) == 1;
}

/* The next token; NULL: there is none. */
static const char *next(void)
{
    void *token = NULL;
    int result = pm_watch_next(watch, &token);
    ck_assert_int_eq(result, token != NULL);
    return token;
}

static void is_told_once(const char *token)
{
    ck_assert_ptr_eq(next(), token);
    ck_assert_ptr_null(next());
}

START_TEST(file_untouched_is_not_told)
{
    settled("a.so", "1");
    add("a.so", first);
    ck_assert(!is_readable());
    ck_assert_ptr_null(next());
}
END_TEST

START_TEST(file_renamed_over_is_told_once)
{
    settled("a.so", "1");
    add("a.so", first);
    scene_write("fresh", "2");
    ck_assert_ptr_null(next());
    move("fresh", "a.so");
    ck_assert(is_readable());
    ck_assert_ptr_eq(next(), first);
    ck_assert(!is_readable()); /* the watches stay as they are */
    ck_assert_ptr_null(next());
    scene_write("fresh", "3");
    move("fresh", "a.so");
    is_told_once(first);
}
END_TEST

START_TEST(file_written_in_place_is_told_when_closed)
{
    const char *path = settled("a.so", "1");
    add("a.so", first);
    int descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    ck_assert_ptr_null(next());
    ck_assert_int_eq(write(descriptor, "22", 2), 2);
    ck_assert_ptr_null(next());
    close(descriptor);
    is_told_once(first);
}
END_TEST

/* Two writes may fall into one tick of the clock of time stamps, and give one size: the event decides then. */
START_TEST(file_written_again_and_again_is_told_each_time)
{
    settled("a.so", "0");
    add("a.so", first);
    for (int i = 1; i < 200; i++) {
        const char text[] = {(char)('0' + i % 10), '\0'};
        scene_write("a.so", text);
        is_told_once(first);
    }
}
END_TEST

START_TEST(file_opened_for_writing_and_closed_unwritten_is_not_told)
{
    const char *path = settled("a.so", "1");
    add("a.so", first);
    close(open(path, O_WRONLY | O_CLOEXEC));
    ck_assert(is_readable());
    ck_assert_ptr_null(next());
}
END_TEST

START_TEST(other_file_touched_is_not_told)
{
    settled("a.so", "1");
    add("a.so", first);
    scene_write("b.so", "1");
    scene_write("a.so.old", "1");
    ck_assert_ptr_null(next());
}
END_TEST

START_TEST(file_deleted_is_told_when_made_again)
{
    const char *path = settled("a.so", "1");
    add("a.so", first);
    unlink(path);
    ck_assert_ptr_null(next());
    int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    ck_assert_ptr_null(next()); /* it is there, but not written */
    ck_assert_int_eq(write(descriptor, "2", 1), 1);
    ck_assert_ptr_null(next());
    close(descriptor);
    is_told_once(first);
}
END_TEST

/* Nobody closes what is linked: it is whole at once. Its first name may be gone before anybody looks. */
START_TEST(file_deleted_and_linked_again_is_told)
{
    const char *path = settled("a.so", "1");
    add("a.so", first);
    if (_i == 0)
        scene_write("fresh", "2");
    else
        settled("fresh", "2");
    unlink(path);
    ck_assert_int_eq(link(scene_path("fresh"), path), 0);
    if (_i == 1)
        unlink(scene_path("fresh"));
    is_told_once(first);
}
END_TEST

START_TEST(file_absent_at_first_is_told_when_made)
{
    add("folder/a.so", first);
    make_folder("folder");
    ck_assert_ptr_null(next());
    scene_write("folder/a.so", "1");
    is_told_once(first);
}
END_TEST

START_TEST(directory_moved_back_changed_is_told_then)
{
    make_folder("folder");
    settled("folder/a.so", "1");
    add("folder/a.so", first);
    move("folder", "away");
    scene_write("away/a.so", "22");
    ck_assert_ptr_null(next()); /* that is not where the path leads */
    move("away", "folder");
    is_told_once(first);
}
END_TEST

START_TEST(directory_moved_back_unchanged_is_not_told)
{
    make_folder("folder");
    settled("folder/a.so", "1");
    add("folder/a.so", first);
    move("folder", "away");
    ck_assert_ptr_null(next());
    move("away", "folder");
    ck_assert_ptr_null(next());
    scene_write("folder/a.so", "22");
    is_told_once(first);
}
END_TEST

/* At each height: the folder of the file, and one far above. */
START_TEST(directory_made_again_is_told)
{
    make_folder("top");
    make_folder("top/folder");
    settled("top/folder/a.so", "1");
    add("top/folder/a.so", first);
    if (_i == 0) {
        unlink(scene_path("top/folder/a.so"));
        ck_assert_int_eq(rmdir(scene_path("top/folder")), 0);
        ck_assert_ptr_null(next());
    } else {
        move("top", "away");
        make_folder("top");
    }
    make_folder("top/folder");
    ck_assert_ptr_null(next());
    scene_write("top/folder/a.so", "2");
    is_told_once(first);
    scene_write("top/folder/a.so", "33"); /* and it goes on */
    is_told_once(first);
}
END_TEST

/* The folder is in use while it is deleted, so that inotify does not tell of itself. */
START_TEST(directory_made_again_while_old_one_is_held_is_told)
{
    make_folder("folder");
    settled("folder/a.so", "1");
    add("folder/a.so", first);
    int held = open(scene_path("folder"), O_PATH | O_DIRECTORY | O_CLOEXEC);
    unlink(scene_path("folder/a.so"));
    ck_assert_int_eq(rmdir(scene_path("folder")), 0);
    make_folder("folder");
    scene_write("folder/a.so", "2");
    is_told_once(first);
    close(held);
    ck_assert_ptr_null(next());
}
END_TEST

static void two_versions(void)
{
    make_folder("v1");
    make_folder("v2");
    settled("v1/a.so", "1");
    settled("v2/a.so", "2");
}

/* By what stands in the place of the old link at once, or after it was deleted. */
START_TEST(link_switched_is_told)
{
    two_versions();
    link_to("v1/a.so", "current.so");
    add("current.so", first);
    if (_i == 0) {
        link_to("v2/a.so", "fresh");
        move("fresh", "current.so");
    } else {
        unlink(scene_path("current.so"));
        ck_assert_ptr_null(next());
        link_to("v2/a.so", "current.so");
    }
    is_told_once(first);
    scene_write("v1/a.so", "of no interest any more");
    ck_assert_ptr_null(next());
    scene_write("v2/a.so", "new");
    is_told_once(first);
}
END_TEST

START_TEST(link_to_directory_switched_is_told)
{
    two_versions();
    link_to(scene_path("v1"), "current");
    link_to("current/a.so", "a.so");
    add("a.so", first);
    link_to("v2", "fresh");
    move("fresh", "current");
    is_told_once(first);
    scene_write("v2/a.so", "new");
    is_told_once(first);
}
END_TEST

START_TEST(link_switched_to_same_file_is_not_told)
{
    two_versions();
    link_to("v1/a.so", "current.so");
    add("current.so", first);
    link_to("v2/../v1/./a.so", "fresh");
    move("fresh", "current.so");
    ck_assert_ptr_null(next());
    scene_write("v1/a.so", "new");
    is_told_once(first);
}
END_TEST

START_TEST(links_in_a_circle_are_survived)
{
    link_to("b.so", "a.so");
    link_to("a.so", "b.so");
    add("a.so", first);
    scene_write("fresh", "1");
    move("fresh", "b.so");
    is_told_once(first);
}
END_TEST

/* A step of any kind; it may fail, as there may be nothing to do it to. */
static void step(unsigned random)
{
    static const char *const names[] = {"d/a", "d/b", "e/a", "e/b", "a", "fresh"};
    static const char *const folders[] = {"d", "e", "f"};
    const char *one = scene_path(names[random / 16 % 6]), *other = scene_path(names[random / 128 % 6]);
    const char *folder = scene_path(folders[random / 16 % 3]), *next_folder = scene_path(folders[random / 128 % 3]);
    switch (random % 8) {
    case 0: {
        int descriptor = open(one, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        ck_assert(descriptor < 0 || write(descriptor, &random, 1 + random % 3) > 0);
        close(descriptor);
        break;
    }
    case 1:
        unlink(one);
        break;
    case 2:
        close(open(one, O_WRONLY | O_CLOEXEC));
        break;
    case 3:
        mkdir(folder, 0755);
        break;
    case 4:
        rename(folder, next_folder);
        break;
    case 5:
        unlink(folder);
        ck_assert(symlink(next_folder, folder) == 0 || errno != 0);
        break;
    case 6:
        unlink(one);
        ck_assert(symlink(other, one) == 0 || errno != 0);
        break;
    default:
        rename(one, other);
    }
}

/* Whatever happens in whatever order: if another file is there than was told last, it is told. */
START_TEST(path_of_any_history_tells_each_change)
{
    static const char *const watched[] = {"d/a", "a"};
    char *const tokens[] = {first, second};
    struct pm_identity known[2] = {0}, now;
    unsigned random = (unsigned)_i + 1;
    size_t change_count = 0;
    bool ignored;
    for (int i = 0; i < 2; i++)
        add(watched[i], tokens[i]);
    for (int steps = 0; steps < 1500; steps++) {
        random = random * 1103515245 + 12345;
        step(random >> 8);
        if ((random >> 24) % 3 == 0)
            continue; /* several steps at once */
        bool is_told[2] = {false, false};
        for (const char *token; (token = next()) != NULL;)
            is_told[token == second] = true;
        for (int i = 0; i < 2; i++) {
            if (!pm_path_identify(scene_path(watched[i]), &now, &ignored))
                continue;
            bool is_changed = !pm_identity_equal(&now, &known[i]);
            ck_assert_msg(is_told[i] || !is_changed, "step %d: %s", steps, watched[i]);
            known[i] = now;
            change_count += is_changed;
        }
    }
    ck_assert_uint_gt(change_count, 50);
}
END_TEST

START_TEST(two_files_of_one_directory_are_told_apart)
{
    settled("a.so", "1");
    settled("b.so", "1");
    add("a.so", first);
    add("b.so", second);
    scene_write("b.so", "22");
    is_told_once(second);
    scene_write("b.so", "333");
    scene_write("a.so", "333");
    ck_assert_ptr_eq(next(), first);
    is_told_once(second);
}
END_TEST

START_TEST(file_removed_is_not_told_and_its_neighbour_is)
{
    settled("a.so", "1");
    settled("b.so", "1");
    add("a.so", first);
    add("b.so", second);
    scene_write("a.so", "22");
    pm_watch_remove(watch, first);
    ck_assert_ptr_null(next());
    scene_write("a.so", "333");
    scene_write("b.so", "22");
    is_told_once(second);
    pm_watch_remove(watch, second);
    ck_assert_ptr_null(next()); /* takes what the end of the watches left */
    scene_write("b.so", "333");
    ck_assert(!is_readable()); /* nothing is watched any more */
    add("b.so", second);
    scene_write("b.so", "1");
    is_told_once(second);
}
END_TEST

/* What happened between reading a file and watching it is not lost. */
START_TEST(file_changed_before_it_was_added_is_told)
{
    struct pm_file file;
    const char *path = settled("a.so", "1");
    ck_assert_int_eq(pm_file_open(path, &file, &problem), 0);
    pm_file_close(&file);
    ck_assert_int_eq(pm_watch_add(watch, path, &file.identity, first, &problem), 0);
    ck_assert_ptr_null(next());
    pm_watch_remove(watch, first);
    scene_write("fresh", "2");
    move("fresh", "a.so");
    ck_assert_int_eq(pm_watch_add(watch, path, &file.identity, first, &problem), 0);
    is_told_once(first);
}
END_TEST

START_TEST(path_that_is_relative_is_of_the_directory_then)
{
    make_folder("folder");
    settled("folder/a.so", "1");
    ck_assert_int_eq(chdir(scene_path("folder")), 0);
    ck_assert_int_eq(pm_watch_add(watch, "./a.so", NULL, first, &problem), 0);
    ck_assert_int_eq(chdir("/"), 0);
    scene_write("folder/a.so", "22");
    is_told_once(first);
}
END_TEST

START_TEST(path_that_is_too_long_is_a_problem)
{
    char path[PATH_MAX + 10];
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    ck_assert_int_eq(pm_watch_add(watch, path, NULL, first, &problem), -1);
    ck_assert_int_eq(problem.code, PM_FILE_UNREADABLE);
    ck_assert_ptr_null(next());
}
END_TEST

/* More happens than the kernel remembers: what got lost is looked for in all files. */
START_TEST(overflow_loses_no_change)
{
    char text[32];
    size_t limit = 0;
    FILE *file = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
    if (file != NULL && fgets(text, sizeof(text), file) != NULL)
        limit = strtoul(text, NULL, 10);
    if (file != NULL)
        fclose(file);
    ck_assert_uint_gt(limit, 0);
    if (limit > 1000000) /* too many for a test; with the usual 16,384 it takes milliseconds */
        return;
    make_folder("quiet");
    settled("a.so", "1");
    settled("b.so", "1");
    settled("quiet/a.so", "1");
    add("a.so", first);
    add("b.so", first);
    add("quiet/a.so", second);
    scene_write("x", "");
    for (size_t i = 0; i < limit / 2 + 10; i++) {
        move("x", "y");
        move("y", "x");
    }
    scene_write("quiet/a.so", "22");
    is_told_once(second);
    scene_write("a.so", "22");
    is_told_once(first);
}
END_TEST

START_TEST(watch_without_descriptors_is_a_problem)
{
    struct rlimit before, none;
    struct pm_watch *other = NULL;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    int result = pm_watch_new(&other, &problem);
    setrlimit(RLIMIT_NOFILE, &before);
    ck_assert_int_eq(result, -1);
    ck_assert_ptr_null(other);
    ck_assert_int_eq(problem.code, PM_FILE_UNREADABLE);
    ck_assert_str_eq(problem.detail, "cannot be watched: Too many open files "
                                     "(raise fs.inotify.max_user_instances or the limit of open files)");
}
END_TEST

/* At each step of the way. What is told once more may be watched again by then. */
START_TEST(watches_that_run_out_are_a_problem_and_lose_no_change)
{
    void *token = NULL;
    two_versions();
    link_to("v1/a.so", "current.so");
    int result = -1, allowed = 0;
    for (; result < 0; allowed++) {
        watches_left = allowed;
        result = pm_watch_add(watch, scene_path("current.so"), NULL, first, &problem);
        watches_left = -1;
        ck_assert(result == 0 || problem.code == PM_FILE_UNREADABLE);
        ck_assert(result == 0 || strcmp(problem.detail, "cannot be watched: No space left on device "
                                                        "(raise fs.inotify.max_user_watches)") == 0);
        ck_assert(result == 0 || !is_readable() || pm_watch_next(watch, &token) == 0);
    }
    ck_assert_int_gt(allowed, 3);
    link_to("v2/a.so", "fresh");
    move("fresh", "current.so");
    watches_left = 2;
    ck_assert_int_eq(pm_watch_next(watch, &token), 1); /* that it changed is known all the same */
    ck_assert_int_eq(pm_watch_next(watch, &token), -PLUGMGR_E_SYSTEM);
    watches_left = -1;
    ck_assert_int_eq(pm_watch_next(watch, &token), 0);
    scene_write("v2/a.so", "new");
    is_told_once(first);
}
END_TEST

/* A directory that the process may not read: of one on the way there is nothing to hear, and the file is watched all
 * the same; of the file's own there must be. */
START_TEST(directory_that_may_not_be_read_is_a_problem_if_the_file_is_in_it)
{
    const uid_t user = geteuid();
    if (user == 0 && seteuid(65534) < 0)
        return; /* everything may be read */
    char folder[] = "/tmp/plugmgr-check.XXXXXX", path[100];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/inner", folder);
    ck_assert_int_eq(mkdir(path, 0755), 0);
    ck_assert_int_eq(chmod(folder, 0300), 0);
    snprintf(path, sizeof(path), "%s/a.so", folder);
    int in_it = pm_watch_add(watch, path, NULL, first, &problem);
    snprintf(path, sizeof(path), "%s/inner/a.so", folder);
    struct pm_problem ignored;
    int below = pm_watch_add(watch, path, NULL, second, &ignored);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    void *token = NULL;
    int told = pm_watch_next(watch, &token);
    unlink(path);
    snprintf(path, sizeof(path), "%s/inner", folder);
    rmdir(path);
    rmdir(folder);
    ck_assert_int_eq(seteuid(user), 0);
    ck_assert_int_eq(in_it, -1);
    ck_assert_int_eq(problem.code, PM_FILE_UNREADABLE);
    ck_assert_str_eq(problem.detail, "cannot be watched: Permission denied");
    ck_assert_int_eq(below, 0);
    ck_assert_int_eq(told, 1);
    ck_assert_ptr_eq(token, second);
}
END_TEST

/* Whatever fails, nothing leaks, and the next call makes up for it. */
START_TEST(memory_that_fails_is_a_problem_and_loses_no_change)
{
    struct pm_watch *other;
    void *token = NULL;
    fail_allocation(1);
    int result = pm_watch_new(&other, &problem);
    fail_allocation(0);
    ck_assert_int_eq(result, -1);
    ck_assert_int_eq(problem.code, PM_OUT_OF_MEMORY);
    two_versions();
    link_to("v1/a.so", "current.so");
    const char *path = scene_path("current.so");
    for (size_t nth = 1; result < 0; nth++) {
        fail_allocation(nth);
        result = pm_watch_add(watch, path, NULL, first, &problem);
        bool has_failed = fail_allocation_happened();
        fail_allocation(0);
        ck_assert_int_eq(result < 0, has_failed);
        ck_assert(result == 0 || problem.code == PM_OUT_OF_MEMORY);
    }
    link_to("v2/a.so", "fresh");
    move("fresh", "current.so");
    size_t told = 0;
    for (size_t nth = 1; nth == 1 || result != 0; nth++) {
        fail_allocation(nth);
        result = pm_watch_next(watch, &token);
        fail_allocation(0);
        told += result == 1;
        ck_assert(result >= 0 || result == -PLUGMGR_E_MEMORY);
    }
    ck_assert_uint_eq(told, 1);
    scene_write("v2/a.so", "new");
    is_told_once(first);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watch");
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, begin, end);
    tcase_add_test(files, file_untouched_is_not_told);
    tcase_add_test(files, file_renamed_over_is_told_once);
    tcase_add_test(files, file_written_in_place_is_told_when_closed);
    tcase_add_test(files, file_written_again_and_again_is_told_each_time);
    tcase_add_test(files, file_opened_for_writing_and_closed_unwritten_is_not_told);
    tcase_add_test(files, other_file_touched_is_not_told);
    tcase_add_test(files, file_deleted_is_told_when_made_again);
    tcase_add_loop_test(files, file_deleted_and_linked_again_is_told, 0, 2);
    tcase_add_test(files, file_absent_at_first_is_told_when_made);
    tcase_add_test(files, two_files_of_one_directory_are_told_apart);
    tcase_add_test(files, file_removed_is_not_told_and_its_neighbour_is);
    tcase_add_test(files, file_changed_before_it_was_added_is_told);
    suite_add_tcase(suite, files);
    TCase *ways = tcase_create("ways");
    tcase_add_checked_fixture(ways, begin, end);
    tcase_add_test(ways, directory_moved_back_changed_is_told_then);
    tcase_add_test(ways, directory_moved_back_unchanged_is_not_told);
    tcase_add_loop_test(ways, directory_made_again_is_told, 0, 2);
    tcase_add_test(ways, directory_made_again_while_old_one_is_held_is_told);
    tcase_add_loop_test(ways, link_switched_is_told, 0, 2);
    tcase_add_test(ways, link_to_directory_switched_is_told);
    tcase_add_test(ways, link_switched_to_same_file_is_not_told);
    tcase_add_test(ways, links_in_a_circle_are_survived);
    tcase_add_loop_test(ways, path_of_any_history_tells_each_change, 0, 4);
    tcase_add_test(ways, path_that_is_relative_is_of_the_directory_then);
    tcase_add_test(ways, path_that_is_too_long_is_a_problem);
    suite_add_tcase(suite, ways);
    TCase *limits = tcase_create("limits");
    tcase_add_checked_fixture(limits, begin, end);
    tcase_add_test(limits, overflow_loses_no_change);
    tcase_add_test(limits, watch_without_descriptors_is_a_problem);
    tcase_add_test(limits, watches_that_run_out_are_a_problem_and_lose_no_change);
    tcase_add_test(limits, directory_that_may_not_be_read_is_a_problem_if_the_file_is_in_it);
    tcase_add_test(limits, memory_that_fails_is_a_problem_and_loses_no_change);
    suite_add_tcase(suite, limits);
    return run_suite(suite);
}
