/* SPDX-License-Identifier: MIT */
/* How plugins come into a process and out again: by path and as sealed copies, where the surroundings are unusual,
 * while their files change, and what is left of them. tests/mock/host.c makes this program a host. */
#include <plugmgr/host.h>

#include <check.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mock/mock.h"
#include "scene.h"
#include "suite.h"

static struct plugmgr *manager;
static struct plugmgr_plugin *plugin;
static struct plugmgr_report *report;
static char log_text[4096];

static const char *checked_by_log; /* what the log has the manager check when something is unloaded; NULL: nothing */

static void write_log(void *data, enum plugmgr_log_level level, const char *message)
{
    size_t used = strlen(log_text);
    (void)data;
    snprintf(log_text + used, sizeof(log_text) - used, "%d %s\n", (int)level, message);
    if (checked_by_log != NULL && strstr(message, "unloaded by now") != NULL)
        ck_assert_int_eq(plugmgr_check(manager, checked_by_log, NULL, NULL), 0);
}

static void use_mode(enum plugmgr_mode mode)
{
    const struct plugmgr_options options = {.size = sizeof(options), .log = write_log, .mode = mode};
    plugmgr_free(manager);
    manager = NULL;
    ck_assert_int_eq(plugmgr_new(&manager, &options), 0);
}

static void begin(void)
{
    scene_begin();
    use_mode(PLUGMGR_MODE_AUTO);
}

static void end(void)
{
    plugmgr_report_free(report);
    plugmgr_free(manager);
    scene_end();
}

static int open_plugin(const char *path)
{
    plugmgr_report_free(report);
    return plugmgr_open(manager, path, NULL, &plugin, &report);
}

static const char *text_of(const char *code)
{
    for (size_t i = 0; report != NULL && i < plugmgr_report_count(report); i++)
        if (strcmp(plugmgr_report_finding(report, i)->code, code) == 0)
            return plugmgr_report_finding(report, i)->text;
    return "";
}

static void expect_open(const char *path, int answer, const char *mode_text)
{
    int result = open_plugin(path);
    char *text = NULL;
    if (result != 0 && report != NULL)
        ck_assert_int_eq(plugmgr_report_text(report, PLUGMGR_TEXT_VERBOSE, &text), 0);
    ck_assert_msg(result == 0, "%d: %s", result, text);
    ck_assert_int_eq(plugmgr_get(plugin, mock)->answer(), answer);
    ck_assert_msg(strstr(text_of("load-mode"), mode_text) != NULL, "mode: %s", text_of("load-mode"));
}

static void expect_refused(const char *path, int error, const char *code, const char *part)
{
    ck_assert_int_eq(open_plugin(path), -error);
    ck_assert_msg(strstr(text_of(code), part) != NULL && *text_of(code) != '\0', "%s: %s",
                  plugmgr_report_finding(report, 0)->code, plugmgr_report_finding(report, 0)->text);
}

/* Writes other bytes into the same inode, without a moment in which the file is shorter. */
static void overwrite(const char *path, const char *mock)
{
    char buffer[65536];
    const char *other = scene_install(mock, "other.so");
    int from = open(other, O_RDONLY | O_CLOEXEC), to = open(path, O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(from, 0);
    ck_assert_int_ge(to, 0);
    for (ssize_t got; (got = read(from, buffer, sizeof(buffer))) > 0;)
        ck_assert_int_eq(write(to, buffer, (size_t)got), got);
    close(from);
    ck_assert_int_eq(close(to), 0);
    unlink(other);
}

#define SEALED "from a sealed copy in memory: "
#define BY_PATH "by its path: "
static const enum plugmgr_mode all_modes[] = {PLUGMGR_MODE_PATH, PLUGMGR_MODE_SEALED};
static const char *const mode_texts[] = {BY_PATH, SEALED};

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

/* ---- again and again ---- */

enum { ROUNDS = IS_SANITIZED ? 5000 : 100000 };

static size_t mapping_count(void)
{
    char line[1000];
    size_t count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    ck_assert_ptr_nonnull(maps);
    while (fgets(line, sizeof(line), maps) != NULL)
        count++;
    fclose(maps);
    return count;
}

START_TEST(open_and_close_a_hundred_thousand_times_leaves_nothing)
{
    use_mode(all_modes[_i]);
    const char *path = scene_install("good", "good.so");
    size_t descriptors = 0, mappings = 0, memory = 0;
    for (int i = 0; i < ROUNDS; i++) {
        if (i == 1000) { /* what is allocated once is there by now */
            descriptors = scene_descriptor_count();
            mappings = mapping_count();
            memory = mallinfo2().uordblks;
        }
        int opened = plugmgr_open(manager, path, NULL, &plugin, NULL);
        int closed = opened == 0 ? plugmgr_close(plugin) : 0;
        if (opened != 0 || closed != PLUGMGR_UNLOADED) /* each ck_assert writes to a file */
            ck_abort_msg("round %d: %d, %d", i, opened, closed);
        log_text[0] = '\0';
    }
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    /* the stream above, and what the sanitizers' allocator sets aside */
    ck_assert_uint_le(mapping_count(), mappings + (IS_SANITIZED ? 10 : 1));
    ck_assert_uint_le(mallinfo2().uordblks, memory + 4096);
}
END_TEST

/* ---- closing ---- */

START_TEST(close_report_of_an_unloaded_plugin_has_no_finding)
{
    struct plugmgr_report *closing;
    char *text;
    expect_open(scene_install("good", "good.so"), 42, BY_PATH);
    ck_assert_int_eq(plugmgr_close_report(plugin, &closing), PLUGMGR_UNLOADED);
    ck_assert_uint_eq(plugmgr_report_count(closing), 0);
    ck_assert_int_eq(plugmgr_report_text(closing, 0, &text), 0);
    ck_assert_ptr_nonnull(strstr(text, "good.so: mock 0.1: closed\n"));
    free(text);
    plugmgr_report_free(closing);
    ck_assert_int_eq(plugmgr_close_report(NULL, &closing), PLUGMGR_UNLOADED);
    ck_assert_ptr_null(closing);
}
END_TEST

/* Two managers have the same object open: it goes with the second. */
START_TEST(close_of_what_somebody_else_holds_tells_so_and_looks_again)
{
    struct plugmgr *second;
    struct plugmgr_plugin *other;
    const char *path = scene_install("good", "good.so");
    ck_assert_int_eq(plugmgr_new(&second, NULL), 0);
    expect_open(path, 42, BY_PATH);
    ck_assert_int_eq(plugmgr_open(second, path, NULL, &other, NULL), 0);
    plugmgr_report_free(report);
    ck_assert_int_eq(plugmgr_close_report(plugin, &report), PLUGMGR_STILL_MAPPED);
    ck_assert_str_eq(text_of("unload-held"), "somebody else has opened it too");
    ck_assert_uint_eq(plugmgr_report_count(report), 1);
    log_text[0] = '\0';
    ck_assert_int_eq(plugmgr_close(other), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_check(manager, path, NULL, NULL), 0);
    ck_assert_ptr_nonnull(strstr(log_text, "mock: unloaded by now: "));
    log_text[0] = '\0';
    ck_assert_int_eq(plugmgr_check(manager, path, NULL, NULL), 0);
    ck_assert_str_eq(log_text, "");
    plugmgr_free(second);
}
END_TEST

START_TEST(log_of_what_is_unloaded_by_now_may_call_the_manager)
{
    struct plugmgr *second;
    struct plugmgr_plugin *others[2];
    const char *paths[2] = {scene_install("good", "first.so"), scene_install("good", "second.so")};
    ck_assert_int_eq(plugmgr_new(&second, NULL), 0);
    for (int i = 0; i < 2; i++) {
        expect_open(paths[i], 42, BY_PATH);
        ck_assert_int_eq(plugmgr_open(second, paths[i], NULL, &others[i], NULL), 0);
        ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_STILL_MAPPED);
    }
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(plugmgr_close(others[i]), PLUGMGR_UNLOADED);
    log_text[0] = '\0';
    checked_by_log = paths[0];
    ck_assert_int_eq(plugmgr_check(manager, paths[0], NULL, NULL), 0);
    checked_by_log = NULL;
    const char *told = strstr(log_text, "unloaded by now");
    ck_assert_ptr_nonnull(told);
    ck_assert_ptr_nonnull(told = strstr(told + 1, "unloaded by now"));
    ck_assert_ptr_null(strstr(told + 1, "unloaded by now"));
    plugmgr_free(second);
}
END_TEST

/* Each cause: what is predicted when it is opened, and what is found when it is closed. */
static const struct {
    const char *mock, *code;
    enum plugmgr_closed closed;
    bool is_in_use; /* its thread_local is used before it is closed */
} causes[] = {
    {"good", NULL, PLUGMGR_UNLOADED, true},
    {"nodelete", "unload-nodelete", PLUGMGR_STILL_MAPPED, true},
    {"unique", "unload-unique", PLUGMGR_STILL_MAPPED, true},
    {"resident", "unload-resident", PLUGMGR_STILL_MAPPED, true},
    {"resident_nodelete", "unload-resident", PLUGMGR_STILL_MAPPED, true},
    {"thread_exit", "unload-thread-exit", PLUGMGR_STILL_MAPPED, true},
    {"thread_exit", "unload-thread-exit", PLUGMGR_UNLOADED, false}, /* it may be unloaded: nobody uses it */
    {"thread_key", "unload-thread-key", PLUGMGR_UNLOADED, true},    /* it does not stay, and then it harms */
    {"thread_key_deleted", NULL, PLUGMGR_UNLOADED, true},
};
enum { CAUSE_COUNT = sizeof(causes) / sizeof(causes[0]) };

static bool has_finding_of_unloading(void)
{
    for (size_t i = 0; i < plugmgr_report_count(report); i++)
        if (strncmp(plugmgr_report_finding(report, i)->code, "unload-", 7) == 0)
            return true;
    return false;
}

/* _i: the cause, in each mode */
START_TEST(close_does_what_was_predicted)
{
    int index = _i / 2;
    use_mode(all_modes[_i % 2]);
    ck_assert_int_eq(open_plugin(scene_install(causes[index].mock, "cause.so")), 0);
    ck_assert_int_eq(has_finding_of_unloading(), causes[index].code != NULL);
    if (causes[index].code != NULL)
        ck_assert_str_ne(text_of(causes[index].code), "");
    if (causes[index].is_in_use)
        ck_assert_int_ne(plugmgr_get(plugin, mock)->answer(), 0);
    plugmgr_report_free(report);
    ck_assert_int_eq(plugmgr_close_report(plugin, &report), causes[index].closed);
    ck_assert_uint_eq(plugmgr_report_count(report), causes[index].closed == PLUGMGR_STILL_MAPPED);
    if (causes[index].closed == PLUGMGR_STILL_MAPPED)
        ck_assert_str_ne(text_of(causes[index].code), "");
    const char *name = _i % 2 == 0 ? "cause.so" : "/fd/";
    ck_assert_uint_eq(scene_mapped_count(name), causes[index].closed == PLUGMGR_STILL_MAPPED);
}
END_TEST

static pthread_barrier_t visit_begun, visit_ended;

static void *visit(void *data)
{
    plugmgr_interface_mock *mock = data;
    mock->answer();
    pthread_barrier_wait(&visit_begun);
    pthread_barrier_wait(&visit_ended);
    return NULL;
}

/* A thread that has to run a destructor of the plugin keeps it; when it ends, the plugin goes, and that is noticed. */
START_TEST(close_while_a_thread_has_a_destructor_to_run_looks_again)
{
    pthread_t thread;
    size_t descriptors = scene_descriptor_count();
    use_mode(all_modes[_i]);
    ck_assert_int_eq(open_plugin(scene_install("thread_exit", "visited.so")), 0);
    pthread_barrier_init(&visit_begun, NULL, 2);
    pthread_barrier_init(&visit_ended, NULL, 2);
    ck_assert_int_eq(pthread_create(&thread, NULL, visit, (void *)(uintptr_t)plugmgr_get(plugin, mock)), 0);
    pthread_barrier_wait(&visit_begun);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_STILL_MAPPED);
    const char *other = scene_install("good", "other.so");
    ck_assert_int_eq(plugmgr_check(manager, other, NULL, NULL), 0);
    ck_assert_ptr_null(strstr(log_text, "unloaded by now"));
    ck_assert_uint_eq(scene_descriptor_count(), descriptors + (all_modes[_i] == PLUGMGR_MODE_SEALED));
    pthread_barrier_wait(&visit_ended);
    pthread_join(thread, NULL);
    /* glibc takes it out with the next object that is closed */
    expect_open(other, 42, mode_texts[_i]);
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_check(manager, other, NULL, NULL), 0);
    ck_assert_ptr_nonnull(strstr(log_text, "habit_cpp: unloaded by now: "));
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
}
END_TEST

/* The plugin is the very library that another open plugin is linked with. */
START_TEST(close_of_what_another_plugin_is_linked_with_does_nothing)
{
    struct plugmgr_plugin *user, *used;
    const char *library = scene_install("library_plugin", "libmocklibrary.so");
    ck_assert_int_eq(plugmgr_open(manager, library, NULL, &used, NULL), 0);
    expect_open(scene_install("with_library_plugin", "user.so"), 11, BY_PATH);
    user = plugin;
    plugmgr_report_free(report);
    ck_assert_int_eq(plugmgr_close_report(used, &report), PLUGMGR_IN_USE);
    ck_assert_str_eq(text_of("plugin-in-use"), "the plugin mock is linked with it, and is open");
    ck_assert_ptr_nonnull(strstr(log_text, "library: not closed: mock uses it"));
    ck_assert_int_eq(plugmgr_get(used, mock)->answer(), 11);
    ck_assert_int_eq(plugmgr_get(user, mock)->answer(), 11);
    ck_assert_int_eq(plugmgr_close(user), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_close(used), PLUGMGR_UNLOADED);
}
END_TEST

/* What a manager remembers of what stays does not grow with each turn. */
START_TEST(close_of_what_stays_mapped_again_and_again_keeps_one)
{
    static const char *const mocks[] = {"nodelete", "resident"};
    const char *path = scene_install(mocks[_i], "stays.so");
    size_t memory = 0;
    const size_t rounds = 900, spelling = 200; /* bytes: the dynamic linker itself notes by what names it was opened */
    for (size_t i = 0; i < 100 + rounds; i++) {
        if (i == 100)
            memory = mallinfo2().uordblks;
        ck_assert_int_eq(plugmgr_open(manager, path, NULL, &plugin, NULL), 0);
        ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_STILL_MAPPED);
        log_text[0] = '\0';
    }
    ck_assert_uint_le(mallinfo2().uordblks, memory + rounds * spelling);
}
END_TEST

/* ---- an open that fails, of what stays mapped ---- */

static void fail_to_start(const char *path)
{
    const struct plugmgr_open_options options = {.size = sizeof(options), .config = "fail"};
    plugmgr_report_free(report);
    ck_assert_int_eq(plugmgr_open(manager, path, &options, &plugin, &report), -PLUGMGR_E_START);
}

START_TEST(open_after_a_failed_start_of_what_stays_mapped_loads_a_copy_of_a_file_overwritten)
{
    const char *path = scene_install("nodelete_life", "plugin.so");
    fail_to_start(path);
    ck_assert_uint_eq(scene_mapped_count("plugin.so"), 1);
    ck_assert_str_eq(text_of("already-mapped"), "the object could not be unloaded again");
    overwrite(path, "life"); /* whose code lies where that which is mapped has its own */
    expect_open(path, 42, SEALED "another build was written into the file");
    ck_assert_int_eq(plugmgr_close(plugin), PLUGMGR_UNLOADED);
}
END_TEST

START_TEST(failed_start_of_a_sealed_plugin_that_stays_mapped_keeps_its_descriptor)
{
    size_t descriptors = scene_descriptor_count();
    use_mode(PLUGMGR_MODE_SEALED);
    fail_to_start(scene_install("nodelete_life", "plugin.so"));
    ck_assert_uint_eq(scene_mapped_count("/fd/"), 1);
    ck_assert_uint_eq(scene_descriptor_count(), descriptors + 1);
    plugmgr_free(manager);
    manager = NULL;
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
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

START_TEST(failed_start_of_a_resident_plugin_leaves_it_mapped)
{
    use_mode(all_modes[_i]);
    fail_to_start(scene_install("resident_failing", "resident.so"));
    ck_assert_uint_eq(scene_mapped_count(_i == 0 ? "resident.so" : "/fd/"), 1);
}
END_TEST

int main(void)
{
    const TTest *const modes[] = {
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
    };
    const TTest *const in_each_mode[] = {
        plugin_finds_a_library_that_another_of_its_libraries_needs,
        open_through_a_link_that_is_turned_meanwhile_is_refused,
        open_in_a_chroot_works,
        open_in_a_pid_namespace_works,
        open_in_a_process_that_is_not_dumpable_works,
        open_as_an_ordinary_user_that_is_not_dumpable_works,
        open_plugin_works_in_a_forked_child,
        close_after_all_descriptors_were_closed_closes_none_of_others,
        open_and_close_a_hundred_thousand_times_leaves_nothing,
        close_while_a_thread_has_a_destructor_to_run_looks_again,
        close_of_what_stays_mapped_again_and_again_keeps_one,
        failed_start_of_a_resident_plugin_leaves_it_mapped,
    };
    const TTest *const races[] = {
        sealed_open_while_the_file_is_replaced_and_rewritten_runs_verified_bytes_only,
        open_by_path_while_the_file_is_replaced_and_touched_notices_every_change,
    };
    const TTest *const closings[] = {
        close_report_of_an_unloaded_plugin_has_no_finding,
        close_of_what_somebody_else_holds_tells_so_and_looks_again,
        log_of_what_is_unloaded_by_now_may_call_the_manager,
        close_of_what_another_plugin_is_linked_with_does_nothing,
        open_after_a_failed_start_of_what_stays_mapped_loads_a_copy_of_a_file_overwritten,
        failed_start_of_a_sealed_plugin_that_stays_mapped_keeps_its_descriptor,
        open_of_what_was_replaced_by_what_stays_mapped_tells_both,
        open_of_an_open_file_that_was_linked_tells_of_no_damage,
    };
    Suite *suite = suite_create("loading");
    TCase *tcase = tcase_create("loading");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_set_timeout(tcase, 600);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        tcase_add_test(tcase, modes[i]);
    for (size_t i = 0; i < sizeof(in_each_mode) / sizeof(in_each_mode[0]); i++)
        tcase_add_loop_test(tcase, in_each_mode[i], 0, 2);
    tcase_add_loop_test(tcase, open_that_fails_at_a_step_leaves_nothing_and_can_be_tried_again, 0, STEP_COUNT);
    for (size_t i = 0; i < sizeof(races) / sizeof(races[0]); i++)
        tcase_add_test(tcase, races[i]);
    tcase_add_loop_test(tcase, close_does_what_was_predicted, 0, 2 * CAUSE_COUNT);
    for (size_t i = 0; i < sizeof(closings) / sizeof(closings[0]); i++)
        tcase_add_test(tcase, closings[i]);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
