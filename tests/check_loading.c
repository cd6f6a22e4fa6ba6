/* SPDX-License-Identifier: MIT */
/* How plugins come into a process: by path and as sealed copies, of files that were overwritten, and where the
 * surroundings are unusual. */
#include "opener.h"

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mock/mock.h"
#include "scene.h"
#include "suite.h"

/* ---- modes ---- */

START_TEST(open_of_a_file_that_others_may_write_loads_a_sealed_copy)
{
    const char *path = scene_install("good", "good.so");
    size_t descriptors = scene_descriptor_count();
    ck_assert_int_eq(chmod(path, 0775), 0);
    expect_open(path, 42, SEALED);
    ck_assert_ptr_nonnull(strstr(text_of("load-mode"), "good.so may be written by its group"));
    ck_assert_str_eq(plugmgr_plugin_path(plugin) + strlen(plugmgr_plugin_path(plugin)) - strlen("/good.so"),
                     "/good.so");
    ck_assert_ptr_nonnull(strstr(log_text, "good.so as a sealed copy at 0x"));
    ck_assert_uint_eq(scene_mapped_count("good.so"), 0);
    ck_assert_uint_eq(scene_mapped_count("/fd/"), 1);
    ck_assert_uint_eq(scene_descriptor_count(), descriptors + 1);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_uint_eq(scene_mapped_count("/fd/"), 0);
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
}
END_TEST

START_TEST(open_of_a_file_of_ones_own_loads_by_path)
{
    expect_open(scene_install("good", "good.so"), 42, BY_PATH);
    ck_assert_uint_eq(scene_mapped_count("good.so"), 1);
}
END_TEST

START_TEST(open_below_a_dollar_sign_loads_a_sealed_copy)
{
    ck_assert_int_eq(mkdir(scene_path("$LIB"), 0755), 0);
    expect_open(scene_install("good", "$LIB/good.so"), 42, SEALED);
    ck_assert_ptr_nonnull(strstr(text_of("load-mode"), "$"));
    /* what is beside it would be opened by its path */
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    scene_install("library", "$LIB/libmocklibrary.so");
    expect_refused(scene_install("with_library", "$LIB/user.so"), PLUGMGR_E_REFUSED, "mode-unavailable",
                   "would expand the $: ");
    use_mode(PLUGMGR_MODE_PATH);
    expect_refused(scene_path("$LIB/good.so"), PLUGMGR_E_REFUSED, "mode-unavailable", "expand the $");
}
END_TEST

START_TEST(open_sealed_as_the_host_wants_it)
{
    use_mode(PLUGMGR_MODE_SEALED);
    expect_open(scene_install("good", "good.so"), 42, SEALED "the host wants it so");
    ck_assert_uint_eq(scene_mapped_count("/fd/"), 1);
}
END_TEST

/* check makes no copy, and comes to the same verdict. */
START_TEST(check_tells_the_mode_and_opens_nothing)
{
    const char *path = scene_install("good", "good.so");
    size_t descriptors = scene_descriptor_count();
    ck_assert_int_eq(chmod(path, 0775), 0);
    ck_assert_int_eq(plugmgr_check(manager, path, NULL, &report), 0);
    ck_assert_ptr_nonnull(strstr(text_of("load-mode"), SEALED));
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    ck_assert_uint_eq(scene_mapped_count("/fd/"), 0);
}
END_TEST

START_TEST(sealed_plugin_survives_what_happens_to_its_file)
{
    const char *path = scene_install("good", "good.so");
    use_mode(PLUGMGR_MODE_SEALED);
    expect_open(path, 42, SEALED);
    plugmgr_interface_mock *mock = plugmgr_get(plugin, mock);
    ck_assert_int_eq(truncate(path, 0), 0);
    ck_assert_int_eq(mock->answer(), 42);
    scene_write("good.so", "something else");
    ck_assert_int_eq(mock->answer(), 42);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mock->answer(), 42);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
}
END_TEST

START_TEST(sealed_plugin_finds_the_libraries_beside_its_file)
{
    use_mode(PLUGMGR_MODE_SEALED);
    const char *path = scene_install("with_library", "user.so");
    scene_install("library", "libmocklibrary.so");
    expect_open(path, 11, SEALED);
    ck_assert_uint_eq(scene_mapped_count("libmocklibrary.so"), 1);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_uint_eq(scene_mapped_count("libmocklibrary.so"), 0);
}
END_TEST

/* The second of them needs the first, and finds it only because the plugin does. */
START_TEST(plugin_finds_a_library_that_another_of_its_libraries_needs)
{
    use_mode(all_modes[_i]);
    const char *path = scene_install("with_libraries", "user.so");
    scene_install("library", "libmocklibrary.so");
    scene_install("library_upper", "libmockupper.so");
    expect_open(path, 11, mode_texts[_i]);
    ck_assert_uint_eq(scene_mapped_count("libmock"), 2);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_uint_eq(scene_mapped_count("libmock"), 0);
}
END_TEST

START_TEST(sealed_open_after_a_rename_gives_the_new_code)
{
    use_mode(PLUGMGR_MODE_SEALED);
    struct plugmgr_plugin *first;
    expect_open(scene_install("good", "good.so"), 42, SEALED);
    first = plugin;
    expect_open(scene_install("answer_50", "good.so"), 50, SEALED);
    ck_assert_int_eq(plugmgr_get(first, mock)->answer(), 42);
}
END_TEST

/* ---- a file that is written in place ---- */

START_TEST(open_of_a_file_overwritten_while_it_stays_mapped_loads_a_copy)
{
    const char *path = scene_install("nodelete", "plugin.so");
    expect_open(path, 42, BY_PATH);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_STILL_MAPPED);
    overwrite(path, "answer_50");
    expect_open(path, 50, SEALED "another build was written into the file");
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
}
END_TEST

START_TEST(open_by_path_of_a_file_overwritten_while_it_stays_mapped_is_refused)
{
    const char *path = scene_install("nodelete", "plugin.so");
    use_mode(PLUGMGR_MODE_PATH);
    expect_open(path, 42, BY_PATH);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_STILL_MAPPED);
    overwrite(path, "answer_50");
    expect_refused(path, PLUGMGR_E_REFUSED, "mode-unavailable", "would give other code: ");
    /* renamed over, it has an inode of its own */
    expect_open(scene_install("answer_50", "plugin.so"), 50, BY_PATH);
}
END_TEST

START_TEST(open_of_an_open_file_that_was_overwritten_tells_that)
{
    const char *path = scene_install("good", "plugin.so");
    expect_open(path, 42, BY_PATH);
    expect_refused(path, PLUGMGR_E_REFUSED, "already-open", "");
    ck_assert_ptr_null(strstr(text_of("already-open"), "damaged"));
    overwrite(path, "good"); /* the same build once more does no harm */
    expect_refused(path, PLUGMGR_E_REFUSED, "already-open", "");
    ck_assert_ptr_null(strstr(text_of("already-open"), "damaged"));
    overwrite(path, "answer_50");
    expect_refused(path, PLUGMGR_E_REFUSED, "already-open", "the open plugin is damaged");
    ck_assert_ptr_nonnull(strstr(plugmgr_report_finding(report, 0)->remedy, "start the host again"));
    use_mode(PLUGMGR_MODE_SEALED); /* of which no page is shared with the file */
    expect_open(path, 50, SEALED);
    overwrite(path, "good");
    expect_refused(path, PLUGMGR_E_REFUSED, "already-open", "");
    ck_assert_ptr_null(strstr(text_of("already-open"), "damaged"));
}
END_TEST

/* What another build was written over is neither: nothing of it may run any more. */
START_TEST(close_of_a_plugin_whose_file_was_overwritten_leaves_it)
{
    const char *path = scene_install("life", "life.so");
    setenv("PLUGMGR_STOPPED", scene_path("stopped"), 1);
    ck_assert_int_eq(open_plugin(path), 0);
    ck_assert_int_eq(chmod(path, 0700), 0); /* another identity, and the same build */
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_str_ne(scene_read("stopped"), "");
    unlink(scene_path("stopped"));
    ck_assert_int_eq(open_plugin(path), 0);
    overwrite(path, "good");
    plugmgr_report_free(report);
    ck_assert_int_eq(plugmgr_close_report(plugin, &report), PLUGMGR_STILL_MAPPED);
    ck_assert_ptr_nonnull(strstr(text_of("unload-damaged"), "its stop was not called"));
    ck_assert_str_eq(scene_read("stopped"), "");
    ck_assert_uint_eq(scene_mapped_count("life.so"), 1);
    expect_open(path, 42, SEALED "another build was written into the file");
    ck_assert_int_eq(plugmgr_report_finding(report, 0)->severity, PLUGMGR_WARNING);
    _exit(0); /* without what is damaged */
}
END_TEST

/* As backups do it; nothing was written. */
START_TEST(open_of_an_open_file_that_was_linked_tells_of_no_damage)
{
    const char *path = scene_install("nodelete", "plugin.so");
    use_mode(PLUGMGR_MODE_PATH);
    expect_open(path, 42, BY_PATH);
    ck_assert_int_eq(link(path, scene_path("backup.so")), 0);
    expect_refused(path, PLUGMGR_E_REFUSED, "already-open", "");
    ck_assert_ptr_null(strstr(text_of("already-open"), "damaged"));
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_STILL_MAPPED);
    expect_open(path, 42, BY_PATH);
}
END_TEST

/* ---- unusual surroundings ---- */

static bool is_in_namespace;

/* Whether this process may have mounts of its own; a user namespace makes that possible for others than root. */
static bool enter_namespace(int more)
{
    is_in_namespace = unshare(CLONE_NEWNS | more) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
    return is_in_namespace;
}

#if IS_SANITIZED
/* LeakSanitizer looks for threads in /proc, and gives up where it does not find itself there. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return is_in_namespace;
}
#endif

START_TEST(open_without_proc_works_by_path_and_never_sealed)
{
    const char *path = scene_install("good", "good.so");
    if (!enter_namespace(0) || mount("none", "/proc", "tmpfs", 0, NULL) < 0)
        return; /* not root: see tests_of_namespaces_are_for_root */
    use_mode(PLUGMGR_MODE_PATH);
    expect_open(path, 42, BY_PATH);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    use_mode(PLUGMGR_MODE_SEALED);
    expect_refused(path, PLUGMGR_E_REFUSED, "mode-unavailable", "no sealed copy of it can be made: /proc");
    use_mode(PLUGMGR_MODE_AUTO);
    expect_open(path, 42, BY_PATH);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_int_eq(chmod(path, 0777), 0);
    expect_refused(path, PLUGMGR_E_REFUSED, "mode-unavailable", "; and loading it by its path is not safe: ");
    ck_assert_uint_eq(scene_mapped_count("good.so"), 0);
}
END_TEST

START_TEST(open_from_a_noexec_mount_is_refused)
{
    char path[400];
    if (!enter_namespace(0))
        return;
    ck_assert_int_eq(mkdir(scene_path("mount"), 0755), 0);
    ck_assert_int_eq(mount("none", scene_path("mount"), "tmpfs", 0, "mode=0755"), 0);
    snprintf(path, sizeof(path), "%s", scene_path("mount/good.so"));
    int from = open(scene_install("good", "good.so"), O_RDONLY | O_CLOEXEC), to = open(path, O_WRONLY | O_CREAT, 0755);
    char buffer[65536];
    for (ssize_t got; (got = read(from, buffer, sizeof(buffer))) > 0;)
        ck_assert_int_eq(write(to, buffer, (size_t)got), got);
    close(from);
    close(to);
    expect_open(path, 42, BY_PATH);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_int_eq(mount("none", scene_path("mount"), "tmpfs", MS_REMOUNT | MS_NOEXEC, NULL), 0);
    expect_refused(path, PLUGMGR_E_REFUSED, "mode-unavailable", "its code may not be mapped: ");
    use_mode(PLUGMGR_MODE_SEALED);
    expect_refused(path, PLUGMGR_E_REFUSED, "mode-unavailable", "its code may not be mapped: ");
    umount(scene_path("mount"));
}
END_TEST

/* _i: the mode */
START_TEST(open_in_a_chroot_works)
{
    struct stat status;
    if (!enter_namespace(0))
        return;
    /* the same file system without /proc: bind mounts do not take the mounts below with them */
    ck_assert_int_eq(mkdir(scene_path("root"), 0755), 0);
    ck_assert_int_eq(mount("/", scene_path("root"), NULL, MS_BIND, NULL), 0);
    char path[400];
    snprintf(path, sizeof(path), "%s", scene_install("good", "good.so"));
    ck_assert_int_eq(chroot(scene_path("root")), 0);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert(stat("/proc/self", &status) < 0);
    if (stat(path, &status) < 0)
        return; /* the folder for temporary files is a mount of its own */
    use_mode(all_modes[_i]);
    if (all_modes[_i] == PLUGMGR_MODE_PATH)
        expect_open(path, 42, mode_texts[_i]);
    else
        expect_refused(path, PLUGMGR_E_REFUSED, "mode-unavailable", "/proc");
}
END_TEST

/* _i: the mode. The child is process 1 of its namespace, and /proc still that of the outer one. */
START_TEST(open_in_a_pid_namespace_works)
{
    int status;
    if (!enter_namespace(CLONE_NEWPID))
        return;
    const char *path = scene_install("good", "good.so");
    pid_t child = fork();
    if (child == 0) {
        use_mode(all_modes[_i]);
        if (getpid() != 1)
            _exit(2);
        expect_open(path, 42, mode_texts[_i]);
        if (plugmgr_close(plugin) != PLUGMGR_UNLOADED)
            _exit(3);
        /* and with a /proc of its own */
        if (mount("none", "/proc", "proc", 0, NULL) == 0) {
            expect_open(path, 42, mode_texts[_i]);
            if (plugmgr_close(plugin) != PLUGMGR_UNLOADED)
                _exit(4);
        }
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(open_in_a_process_that_is_not_dumpable_works)
{
    use_mode(all_modes[_i]);
    ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 0), 0);
    expect_open(scene_install("good", "good.so"), 42, mode_texts[_i]);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
}
END_TEST

/* The same as an ordinary user, whom the permissions of /proc concern. */
START_TEST(open_as_an_ordinary_user_that_is_not_dumpable_works)
{
    use_mode(all_modes[_i]);
    const char *path = scene_install("good", "good.so");
    if (geteuid() == 0) {
        char folder[400];
        snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
        ck_assert_int_eq(chmod(folder, 0755), 0);
        ck_assert_int_eq(setuid(12345), 0);
    }
    ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 0), 0);
    expect_open(path, 42, mode_texts[_i]);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    _exit(0); /* what root made is not this user's to remove */
}
END_TEST

START_TEST(open_plugin_works_in_a_forked_child)
{
    int status;
    use_mode(all_modes[_i]);
    const char *path = scene_install("good", "good.so");
    expect_open(path, 42, mode_texts[_i]);
    pid_t child = fork();
    if (child == 0) {
        if (plugmgr_get(plugin, mock)->answer() != 42 || plugmgr_close(plugin) != PLUGMGR_UNLOADED)
            _exit(2);
        expect_open(scene_install("answer_50", "new.so"), 50, mode_texts[_i]);
        _exit(plugmgr_close(plugin) == PLUGMGR_UNLOADED ? 0 : 3);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(plugmgr_get(plugin, mock)->answer(), 42);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
}
END_TEST

/* As daemons do. The numbers are then used again, and what they are used for must stay open. */
START_TEST(close_after_all_descriptors_were_closed_closes_none_of_others)
{
    int others[64];
    use_mode(all_modes[_i]);
    const char *path = scene_install("good", "good.so");
    expect_open(path, 42, mode_texts[_i]);
    for (int i = 3; i < 1024; i++)
        close(i);
    for (size_t i = 0; i < 64; i++)
        ck_assert_int_ge(others[i] = open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
    ck_assert_int_eq(plugmgr_get(plugin, mock)->answer(), 42);
    struct plugmgr_plugin *first = plugin;
    expect_open(scene_install("answer_50", "second.so"), 50, mode_texts[_i]);
    ck_assert_int_eq(plugmgr_close(first), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    for (size_t i = 0; i < 64; i++)
        ck_assert_int_ge(fcntl(others[i], F_GETFD), 0);
    _exit(0); /* the test's own channel is among those that are closed */
}
END_TEST

struct worker {
    pthread_t thread;
    const char *path;
    enum plugmgr_mode mode;
    int answer, failures;
};

static void *open_often(void *data)
{
    struct worker *worker = data;
    const struct plugmgr_options options = {.size = sizeof(options), .mode = worker->mode};
    struct plugmgr *own;
    if (plugmgr_new(&own, &options) < 0)
        return NULL;
    for (int i = 0; i < 200; i++) {
        struct plugmgr_plugin *opened;
        if (plugmgr_open(own, worker->path, NULL, &opened, NULL) < 0) {
            worker->failures++;
            continue;
        }
        worker->failures += plugmgr_get(opened, mock)->answer() != worker->answer;
        worker->failures += plugmgr_close(opened) != PLUGMGR_UNLOADED;
    }
    plugmgr_free(own);
    return NULL;
}

START_TEST(open_from_several_threads_at_once_works)
{
    struct worker workers[8];
    char name[20];
    size_t descriptors = scene_descriptor_count();
    for (int i = 0; i < 8; i++) {
        bool is_other = i % 4 < 2;
        snprintf(name, sizeof(name), "%d.so", i);
        workers[i] = (struct worker){.path = scene_install(is_other ? "answer_50" : "good", name),
                                     .mode = all_modes[i % 2],
                                     .answer = is_other ? 50 : 42};
    }
    for (int i = 0; i < 8; i++)
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, open_often, &workers[i]), 0);
    for (int i = 0; i < 8; i++) {
        pthread_join(workers[i].thread, NULL);
        ck_assert_int_eq(workers[i].failures, 0);
    }
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
}
END_TEST

int main(void)
{
    const TTest *const once[] = {
        open_of_a_file_that_others_may_write_loads_a_sealed_copy,
        open_of_a_file_of_ones_own_loads_by_path,
        open_below_a_dollar_sign_loads_a_sealed_copy,
        open_sealed_as_the_host_wants_it,
        check_tells_the_mode_and_opens_nothing,
        sealed_plugin_survives_what_happens_to_its_file,
        sealed_plugin_finds_the_libraries_beside_its_file,
        sealed_open_after_a_rename_gives_the_new_code,
        open_of_a_file_overwritten_while_it_stays_mapped_loads_a_copy,
        open_by_path_of_a_file_overwritten_while_it_stays_mapped_is_refused,
        open_of_an_open_file_that_was_overwritten_tells_that,
        close_of_a_plugin_whose_file_was_overwritten_leaves_it,
        open_without_proc_works_by_path_and_never_sealed,
        open_from_a_noexec_mount_is_refused,
        open_from_several_threads_at_once_works,
        open_of_an_open_file_that_was_linked_tells_of_no_damage,
    };
    const TTest *const in_each_mode[] = {
        plugin_finds_a_library_that_another_of_its_libraries_needs,
        open_in_a_chroot_works,
        open_in_a_pid_namespace_works,
        open_in_a_process_that_is_not_dumpable_works,
        open_as_an_ordinary_user_that_is_not_dumpable_works,
        open_plugin_works_in_a_forked_child,
        close_after_all_descriptors_were_closed_closes_none_of_others,
    };
    Suite *suite = suite_create("loading");
    TCase *tcase = opener_case("loading", once, sizeof(once) / sizeof(once[0]), in_each_mode,
                               sizeof(in_each_mode) / sizeof(in_each_mode[0]));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
