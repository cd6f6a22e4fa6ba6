/* SPDX-License-Identifier: MIT */
/* The search path: what is listed, what is read again and what is not, and what must not stop it. */
#include "scan.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "failalloc.h"
#include "scene.h"
#include "suite.h"
#include "watchread.h"

int __real_pm_file_open_at(int directory, const char *name, struct pm_file *ret_file, struct pm_problem *ret_problem);
int __wrap_pm_file_open_at(int directory, const char *name, struct pm_file *ret_file, struct pm_problem *ret_problem);
struct timespec __real_pm_stamp_clock(void);
struct timespec __wrap_pm_stamp_clock(void);

static struct pm_scan *scan;
static struct pm_snapshot *snapshot; /* of the last refresh */
static const struct pm_scan_entry *entries;
static size_t entry_count;

static void (*before_open)(const char *name);
static time_t clock_behind; /* seconds */

int __wrap_pm_file_open_at(int directory, const char *name, struct pm_file *ret_file, struct pm_problem *ret_problem)
{
    if (before_open != NULL)
        before_open(name);
    return __real_pm_file_open_at(directory, name, ret_file, ret_problem);
}

struct timespec __wrap_pm_stamp_clock(void)
{
    struct timespec now = __real_pm_stamp_clock();
    now.tv_sec -= clock_behind;
    return now;
}

static const char *folder(const char *name)
{
    const char *path = scene_path(name);
    ck_assert_int_eq(mkdir(path, 0755), 0);
    return path;
}

static void begin(void)
{
    before_open = NULL;
    clock_behind = -3600; /* all files count as old, unless a test says otherwise */
    scene_begin();
    scan = pm_scan_new();
    ck_assert_ptr_nonnull(scan);
    ck_assert_int_eq(pm_scan_add_directory(scan, folder("p")), 0);
}

static void end(void)
{
    pm_snapshot_free(snapshot);
    snapshot = NULL;
    pm_scan_free(scan);
    scene_end();
}

static void look(void)
{
    pm_snapshot_free(snapshot);
    snapshot = pm_scan_snapshot(scan);
    entries = pm_snapshot_entries(snapshot, &entry_count);
}

static void refresh(void)
{
    watch_reads_begin();
    ck_assert_int_eq(pm_scan_refresh(scan), 0);
    look();
}

static const char *name_of(size_t index)
{
    ck_assert_uint_lt(index, entry_count);
    return strrchr(entries[index].path, '/') + 1;
}

/* The names of all entries, joined by spaces. */
static const char *names(void)
{
    static char text[4096];
    text[0] = '\0';
    for (size_t i = 0; i < entry_count; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i > 0 ? " " : "", name_of(i));
    return text;
}

static int code_of(size_t index)
{
    ck_assert_uint_lt(index, entry_count);
    ck_assert_ptr_null(entries[index].facts);
    ck_assert_ptr_nonnull(entries[index].problem);
    return (int)entries[index].problem->code;
}

static void write_file(const char *path)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(close(descriptor), 0);
}

/* ---- what is listed ---- */

START_TEST(scan_of_nothing_lists_nothing)
{
    look();
    ck_assert_uint_eq(entry_count, 0);
    refresh();
    ck_assert_uint_eq(entry_count, 0);
    ck_assert_ptr_null(pm_snapshot_find(snapshot, "mock"));
    ck_assert_ptr_null(pm_snapshot_providers(snapshot, "mock"));
}
END_TEST

START_TEST(scan_lists_plugins_by_name_and_what_they_provide)
{
    scene_install("good", "p/b.so");
    scene_install("command", "p/a.so");
    scene_install("two", "p/c.so.1.2");
    scene_write("p/notes.txt", "");
    scene_write("p/.hidden.so", "");
    scene_write("p/d.so.old", "");
    refresh();
    ck_assert_str_eq(names(), "a.so b.so c.so.1.2");
    ck_assert_str_eq(entries[1].path, scene_path("p/b.so"));
    ck_assert_str_eq(entries[1].facts->name, "mock");
    ck_assert_ptr_null(entries[1].problem);
    ck_assert(pm_path_has_identity(entries[1].path, &entries[1].identity));
    ck_assert_ptr_eq(pm_snapshot_find(snapshot, "more"), &entries[0]);
    ck_assert_ptr_null(pm_snapshot_find(snapshot, "mor"));
    /* each plugin once, however many instances it has */
    const struct pm_scan_provider *provider = pm_snapshot_providers(snapshot, "mock");
    ck_assert_ptr_eq(provider->entry, &entries[1]);
    ck_assert_ptr_eq(provider->next->entry, &entries[2]);
    ck_assert_ptr_null(provider->next->next);
    ck_assert_ptr_null(pm_snapshot_providers(snapshot, "moc"));
    ck_assert_uint_eq(scene_mapped_count("/p/"), 0);
}
END_TEST

START_TEST(scan_lists_what_is_no_plugin_with_its_problem)
{
    scene_write("p/a.so", "");
    scene_write("p/b.so", "#!/bin/sh\n");
    scene_install("library", "p/c.so");
    scene_install("good", "p/d.so");
    ck_assert_int_eq(truncate(scene_path("p/d.so"), 5000), 0);
    scene_install("good", "p/e.so");
    ck_assert_int_eq(symlink("nowhere", scene_path("p/f.so")), 0);
    ck_assert_int_eq(symlink("g.so", scene_path("p/g.so")), 0);
    refresh();
    ck_assert_str_eq(names(), "a.so b.so c.so d.so e.so f.so g.so");
    ck_assert_int_eq(code_of(0), PM_NOT_ELF);
    ck_assert_int_eq(code_of(1), PM_NOT_ELF);
    ck_assert_int_eq(code_of(2), PM_NOT_A_PLUGIN);
    ck_assert_int_eq(code_of(3), PM_ELF_TRUNCATED);
    ck_assert_ptr_nonnull(entries[4].facts);
    ck_assert_int_eq(code_of(5), PM_FILE_ABSENT);
    ck_assert_int_eq(code_of(6), PM_FILE_UNREADABLE);
}
END_TEST

START_TEST(scan_opens_nothing_that_is_no_file)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", scene_path("p/a.so"));
    ck_assert_int_eq(bind(server, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(mkfifo(scene_path("p/b.so"), 0644), 0);
    ck_assert_int_eq(symlink("b.so", scene_path("p/c.so")), 0);
    ck_assert_int_eq(symlink("/dev/null", scene_path("p/d.so")), 0);
    folder("p/e.so");
    ck_assert_int_eq(symlink("e.so", scene_path("p/f.so")), 0);
    size_t descriptors = scene_descriptor_count();
    refresh();
    ck_assert_uint_eq(entry_count, 0);
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    close(server);
}
END_TEST

START_TEST(scan_takes_names_of_any_bytes)
{
    scene_install("good", "p/a\n\033[31m\xff.so");
    refresh();
    ck_assert_str_eq(names(), "a\n\033[31m\xff.so");
    ck_assert_ptr_nonnull(entries[0].facts);
}
END_TEST

START_TEST(scan_of_many_files_orders_them_by_bytes)
{
    char name[300], wanted[32];
    for (unsigned i = 0; i < 700; i++) {
        snprintf(name, sizeof(name), "%s/same_start_%04u.so", scene_path("p"), i * 389 % 700);
        write_file(name);
    }
    refresh();
    /* some go, and some come in between */
    for (unsigned i = 0; i < 700; i += 7) {
        snprintf(name, sizeof(name), "%s/same_start_%04u.so", scene_path("p"), i);
        ck_assert_int_eq(unlink(name), 0);
        snprintf(name, sizeof(name), "%s/same_start_%04u_.so", scene_path("p"), (i + 300) % 700);
        write_file(name);
    }
    refresh();
    ck_assert_uint_eq(entry_count, 700);
    for (size_t i = 1; i < entry_count; i++) {
        snprintf(wanted, sizeof(wanted), "%s", name_of(i - 1));
        ck_assert_int_lt(strcmp(wanted, name_of(i)), 0);
    }
}
END_TEST

START_TEST(scan_of_two_plugins_of_a_name_takes_the_first)
{
    ck_assert_int_eq(pm_scan_add_directory(scan, folder("q")), 0);
    scene_install("good", "p/z.so");
    scene_install("answer_50", "q/a.so");
    refresh();
    ck_assert_str_eq(names(), "z.so a.so");
    ck_assert_ptr_null(entries[0].hidden_by);
    ck_assert_ptr_eq(entries[1].hidden_by, &entries[0]);
    ck_assert_ptr_eq(pm_snapshot_find(snapshot, "mock"), &entries[0]);
    ck_assert_ptr_eq(pm_snapshot_providers(snapshot, "mock")->next->entry, &entries[1]);
}
END_TEST

START_TEST(scan_of_a_plugin_by_two_names_lists_it_once)
{
    scene_install("good", "p/b.so");
    ck_assert_int_eq(symlink("b.so", scene_path("p/c.so")), 0);
    ck_assert_int_eq(link(scene_path("p/b.so"), scene_path("p/a.so")), 0);
    refresh();
    ck_assert_str_eq(names(), "a.so");
    refresh();
    ck_assert_uint_eq(watched_reads.calls, 0);
    ck_assert_int_eq(unlink(scene_path("p/a.so")), 0);
    refresh();
    ck_assert_str_eq(names(), "b.so");
}
END_TEST

/* ---- directories ---- */

START_TEST(directory_that_cannot_be_listed_is_an_entry)
{
    ck_assert_int_eq(pm_scan_add_directory(scan, scene_path("q")), 0);
    ck_assert_int_eq(pm_scan_add_directory(scan, scene_write("file", "")), 0);
    scene_install("good", "p/a.so");
    refresh();
    ck_assert_str_eq(names(), "a.so q file");
    ck_assert_int_eq(code_of(1), PM_FILE_ABSENT);
    ck_assert_int_eq(code_of(2), PM_FILE_NOT_REGULAR);
    /* that it is still so is no change */
    const struct pm_scan_entry *before = entries;
    refresh();
    ck_assert_ptr_eq(entries, before);
    folder("q");
    scene_install("command", "q/b.so");
    refresh();
    ck_assert_str_eq(names(), "a.so b.so file");
}
END_TEST

START_TEST(directory_that_vanishes_takes_its_plugins_along)
{
    scene_install("good", "p/a.so");
    refresh();
    ck_assert_str_eq(names(), "a.so");
    ck_assert_int_eq(rename(scene_path("p"), scene_path("elsewhere")), 0);
    refresh();
    ck_assert_str_eq(names(), "p");
    ck_assert_int_eq(code_of(0), PM_FILE_ABSENT);
    ck_assert_ptr_null(pm_snapshot_find(snapshot, "mock"));
    ck_assert_int_eq(rename(scene_path("elsewhere"), scene_path("p")), 0);
    refresh();
    ck_assert_str_eq(names(), "a.so");
}
END_TEST

START_TEST(directory_added_twice_is_listed_once)
{
    char path[300];
    snprintf(path, sizeof(path), "%s//", scene_path("p"));
    ck_assert_int_eq(pm_scan_add_directory(scan, path), 0);
    ck_assert_int_eq(pm_scan_add_directory(scan, scene_path("p")), 0);
    scene_write("p/a.so", "");
    refresh();
    ck_assert_str_eq(names(), "a.so");
}
END_TEST

START_TEST(directory_that_is_the_root_is_not_doubled_in_paths)
{
    struct pm_scanned *scanned = pm_scanned_new("/", "a.so");
    ck_assert_str_eq(scanned->path, "/a.so");
    ck_assert_str_eq(scanned->name, "a.so");
    pm_scanned_free(scanned);
}
END_TEST

/* ---- what is read again ---- */

START_TEST(refresh_of_what_did_not_change_reads_nothing)
{
    scene_install("good", "p/a.so");
    scene_install("library", "p/b.so");
    refresh();
    ck_assert_uint_gt(watched_reads.calls, 0);
    const struct pm_scan_entry *before = entries;
    refresh();
    ck_assert_uint_eq(watched_reads.calls, 0);
    ck_assert_ptr_eq(entries, before);
}
END_TEST

START_TEST(refresh_reads_what_changed_and_nothing_else)
{
    scene_install("good", "p/a.so");
    scene_install("good", "p/b.so");
    scene_install("good", "p/d.so");
    refresh();
    const struct pm_facts *kept = entries[2].facts;
    scene_install("command", "p/b.so");
    scene_install("two", "p/c.so");
    ck_assert_int_eq(unlink(scene_path("p/a.so")), 0);
    refresh();
    ck_assert_str_eq(names(), "b.so c.so d.so");
    ck_assert_str_eq(entries[0].facts->name, "more");
    ck_assert_ptr_eq(entries[2].facts, kept);
    ck_assert_uint_eq(watched_reads.calls, 2);
}
END_TEST

START_TEST(refresh_reads_a_file_again_that_was_as_young_as_the_clock)
{
    scene_install("good", "p/a.so");
    clock_behind = 3600;
    refresh();
    refresh();
    ck_assert_uint_gt(watched_reads.calls, 0);
    ck_assert_str_eq(names(), "a.so");
    clock_behind = -3600;
    refresh();
    ck_assert_uint_gt(watched_reads.calls, 0);
    refresh();
    ck_assert_uint_eq(watched_reads.calls, 0);
}
END_TEST

START_TEST(refresh_tries_again_what_could_not_be_read)
{
    scene_install("good", "p/a.so");
    watch_reads_begin();
    watch_reads_fail(1, EIO);
    ck_assert_int_eq(pm_scan_refresh(scan), 0);
    look();
    ck_assert_int_eq(code_of(0), PM_FILE_UNREADABLE);
    refresh();
    ck_assert_ptr_nonnull(entries[0].facts);
}
END_TEST

/* ---- what changes meanwhile ---- */

static void remove_b(const char *name)
{
    if (strcmp(name, "b.so") == 0)
        ck_assert_int_eq(unlink(scene_path("p/b.so")), 0);
}

START_TEST(file_that_goes_while_it_is_looked_for_is_not_listed)
{
    scene_install("good", "p/a.so");
    scene_install("good", "p/b.so");
    before_open = remove_b;
    refresh();
    ck_assert_str_eq(names(), "a.so");
}
END_TEST

static void replace_b(const char *name)
{
    if (strcmp(name, "b.so") == 0)
        scene_install("command", "p/b.so");
}

START_TEST(file_that_is_exchanged_while_it_is_looked_for_is_what_was_read)
{
    scene_install("good", "p/b.so");
    before_open = replace_b;
    refresh();
    ck_assert_str_eq(entries[0].facts->name, "more");
    ck_assert(pm_path_has_identity(entries[0].path, &entries[0].identity));
}
END_TEST

static void block_b(const char *name)
{
    if (strcmp(name, "b.so") != 0)
        return;
    remove_b(name);
    ck_assert_int_eq(mkfifo(scene_path("p/b.so"), 0644), 0);
}

START_TEST(file_that_becomes_a_fifo_blocks_nothing)
{
    scene_install("good", "p/b.so");
    before_open = block_b;
    refresh();
    ck_assert_int_eq(code_of(0), PM_FILE_NOT_REGULAR);
    before_open = NULL;
    refresh();
    ck_assert_uint_eq(entry_count, 0);
}
END_TEST

START_TEST(scan_with_few_descriptors_left_reads_all_files)
{
    struct rlimit before, few;
    char path[300];
    for (unsigned i = 0; i < 20; i++) {
        snprintf(path, sizeof(path), "p/%02u.so", i);
        scene_install("good", path);
    }
    int highest = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = (rlim_t)highest + 3; /* for the directory, and two files */
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    int result = pm_scan_refresh(scan);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    close(highest);
    ck_assert_int_eq(result, 0);
    look();
    ck_assert_uint_eq(entry_count, 20);
    for (size_t i = 0; i < entry_count; i++)
        ck_assert_ptr_nonnull(entries[i].facts);
}
END_TEST

/* ---- snapshots ---- */

START_TEST(snapshot_stays_as_it_was)
{
    scene_install("good", "p/a.so");
    refresh();
    struct pm_snapshot *old = pm_scan_snapshot(scan);
    scene_install("command", "p/a.so");
    refresh();
    ck_assert_str_eq(entries[0].facts->name, "more");
    pm_scan_free(scan);
    scan = NULL;
    ck_assert_str_eq(pm_snapshot_find(old, "mock")->path, scene_path("p/a.so"));
    ck_assert_str_eq(pm_snapshot_find(old, "mock")->facts->provides[0].interface_name, "mock");
    ck_assert_ptr_null(pm_snapshot_find(old, "more"));
    pm_snapshot_free(old);
    pm_snapshot_free(NULL);
    pm_scan_free(NULL);
}
END_TEST

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_over;

static void *use_snapshots(void *unused)
{
    bool is_last = false;
    while (!is_last) {
        pthread_mutex_lock(&lock);
        struct pm_snapshot *own = pm_scan_snapshot(scan);
        is_last = is_over;
        pthread_mutex_unlock(&lock);
        size_t count;
        const struct pm_scan_entry *all = pm_snapshot_entries(own, &count);
        for (size_t i = 0; i < count; i++)
            if (all[i].facts != NULL && pm_snapshot_find(own, all[i].facts->name) == NULL)
                is_last = true, unused = own;
        pm_snapshot_free(own);
    }
    return unused;
}

START_TEST(snapshots_are_used_and_freed_while_others_are_made)
{
    pthread_t threads[2];
    void *failed;
    is_over = false;
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use_snapshots, NULL), 0);
    for (unsigned i = 0; i < 100; i++) {
        scene_install(i % 2 == 0 ? "good" : "command", i % 3 == 0 ? "p/a.so" : "p/b.so");
        pthread_mutex_lock(&lock);
        int result = pm_scan_refresh(scan);
        pthread_mutex_unlock(&lock);
        ck_assert_int_eq(result, 0);
    }
    pthread_mutex_lock(&lock);
    is_over = true;
    pthread_mutex_unlock(&lock);
    for (size_t i = 0; i < 2; i++) {
        pthread_join(threads[i], &failed);
        ck_assert_ptr_null(failed);
    }
}
END_TEST

/* ---- no memory ---- */

static void change_all(void)
{
    scene_install("command", "p/a.so");
    scene_write("p/b.so", "");
    scene_install("two", "p/d.so");
    unlink(scene_path("p/c.so"));
    ck_assert_int_eq(rename(scene_path("q"), scene_path("r")), 0);
}

static void change_back(void)
{
    scene_install("good", "p/a.so");
    scene_install("good", "p/b.so");
    scene_install("library", "p/c.so");
    unlink(scene_path("p/d.so"));
    if (rename(scene_path("r"), scene_path("q")) < 0)
        folder("q");
}

static void try_each_allocation(void (*deny)(size_t nth))
{
    ck_assert_int_eq(pm_scan_add_directory(scan, scene_path("q")), 0);
    size_t failures = 0;
    for (size_t nth = 1;; nth++) {
        change_back();
        refresh();
        ck_assert_str_eq(names(), "a.so b.so c.so");
        change_all();
        const struct pm_scan_entry *before = entries;
        deny(nth);
        int result = pm_scan_refresh(scan);
        fail_allocation(0);
        bool happened = fail_allocation_happened();
        look();
        if (result == 0 && !happened)
            break;
        ck_assert(happened);
        if (result < 0) {
            failures++;
            ck_assert_int_eq(result, -PLUGMGR_E_MEMORY);
            ck_assert_ptr_eq(entries, before);
            ck_assert_str_eq(names(), "a.so b.so c.so");
            refresh();
        }
        ck_assert_str_eq(names(), "a.so b.so d.so q");
        ck_assert_str_eq(entries[0].facts->name, "more");
        ck_assert_ptr_nonnull(entries[2].facts);
        ck_assert_int_eq(code_of(1), PM_NOT_ELF);
    }
    ck_assert_uint_gt(failures, 10);
}

START_TEST(refresh_without_memory_leaves_the_scan_as_it_was)
{
    try_each_allocation(fail_allocation);
}
END_TEST

START_TEST(refresh_with_one_allocation_failing_leaves_the_scan_as_it_was)
{
    try_each_allocation(fail_allocation_once);
}
END_TEST

START_TEST(scan_is_not_made_without_memory)
{
    size_t nth = 1;
    struct pm_scan *made;
    for (;; nth++) {
        fail_allocation(nth);
        made = pm_scan_new();
        fail_allocation(0);
        if (made != NULL)
            break;
    }
    ck_assert_uint_gt(nth, 1);
    for (nth = 1;; nth++) {
        fail_allocation(nth);
        int result = pm_scan_add_directory(made, scene_path("p"));
        fail_allocation(0);
        if (result == 0)
            break;
        ck_assert_int_eq(result, -PLUGMGR_E_MEMORY);
    }
    ck_assert_uint_gt(nth, 1);
    pm_scan_free(made);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scan");
    TCase *tests = tcase_create("scan");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, scan_of_nothing_lists_nothing);
    tcase_add_test(tests, scan_lists_plugins_by_name_and_what_they_provide);
    tcase_add_test(tests, scan_lists_what_is_no_plugin_with_its_problem);
    tcase_add_test(tests, scan_opens_nothing_that_is_no_file);
    tcase_add_test(tests, scan_takes_names_of_any_bytes);
    tcase_add_test(tests, scan_of_many_files_orders_them_by_bytes);
    tcase_add_test(tests, scan_of_two_plugins_of_a_name_takes_the_first);
    tcase_add_test(tests, scan_of_a_plugin_by_two_names_lists_it_once);
    tcase_add_test(tests, directory_that_cannot_be_listed_is_an_entry);
    tcase_add_test(tests, directory_that_vanishes_takes_its_plugins_along);
    tcase_add_test(tests, directory_added_twice_is_listed_once);
    tcase_add_test(tests, directory_that_is_the_root_is_not_doubled_in_paths);
    tcase_add_test(tests, refresh_of_what_did_not_change_reads_nothing);
    tcase_add_test(tests, refresh_reads_what_changed_and_nothing_else);
    tcase_add_test(tests, refresh_reads_a_file_again_that_was_as_young_as_the_clock);
    tcase_add_test(tests, refresh_tries_again_what_could_not_be_read);
    tcase_add_test(tests, file_that_goes_while_it_is_looked_for_is_not_listed);
    tcase_add_test(tests, file_that_is_exchanged_while_it_is_looked_for_is_what_was_read);
    tcase_add_test(tests, file_that_becomes_a_fifo_blocks_nothing);
    tcase_add_test(tests, scan_with_few_descriptors_left_reads_all_files);
    tcase_add_test(tests, snapshot_stays_as_it_was);
    tcase_add_test(tests, snapshots_are_used_and_freed_while_others_are_made);
    tcase_add_test(tests, refresh_without_memory_leaves_the_scan_as_it_was);
    tcase_add_test(tests, refresh_with_one_allocation_failing_leaves_the_scan_as_it_was);
    tcase_add_test(tests, scan_is_not_made_without_memory);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
