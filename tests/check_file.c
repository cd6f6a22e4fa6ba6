/* SPDX-License-Identifier: MIT */
/* Files of every kind: opened or refused, read in parts and whole, recognised again, and asked who may write them. */
#include "file.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "failalloc.h"
#include "scene.h"
#include "suite.h"
#include "watchread.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

enum { SOMEBODY = 12345, NOBODY = 65534 }; /* users that own nothing here */

static struct pm_problem problem;
static size_t descriptors;

static void begin(void)
{
    scene_begin();
    watch_reads_begin();
    problem = (struct pm_problem){.code = PM_CODES};
    descriptors = scene_descriptor_count();
}

static void end(void)
{
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    scene_end();
}

/* ---- opening ---- */

static const char *make_file(void)
{
    return scene_write("file", "text");
}

static const char *make_link(void)
{
    make_file();
    ck_assert_int_eq(symlink("file", scene_path("link")), 0);
    return scene_path("link");
}

static const char *make_absent(void)
{
    return scene_path("absent");
}

static const char *make_empty_path(void)
{
    return "";
}

static const char *make_below_a_file(void)
{
    make_file();
    return scene_path("file/file");
}

static const char *make_dangling_link(void)
{
    ck_assert_int_eq(symlink("absent", scene_path("link")), 0);
    return scene_path("link");
}

static const char *make_looping_link(void)
{
    ck_assert_int_eq(symlink("link", scene_path("link")), 0);
    return scene_path("link");
}

static const char *make_long_name(void)
{
    static char path[5000];
    memset(path, 'a', sizeof(path) - 1);
    return path;
}

static const char *make_directory(void)
{
    return scene_path(".");
}

static const char *make_fifo(void)
{
    ck_assert_int_eq(mkfifo(scene_path("fifo"), 0600), 0);
    return scene_path("fifo");
}

static const char *make_device(void)
{
    return "/dev/null";
}

static const char *make_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = scene_path("s");
    int descriptor = socket(AF_UNIX, SOCK_STREAM, 0), folder = open(scene_path("."), O_PATH | O_CLOEXEC);
    /* its path may be longer than an address can hold */
    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/s", folder);
    ck_assert_int_eq(bind(descriptor, (const struct sockaddr *)&address, sizeof(address)), 0);
    close(folder);
    close(descriptor);
    return path;
}

static const struct {
    const char *name;
    const char *(*make)(void);
    enum pm_code code; /* PM_CODES: it opens */
    const char *detail;
} kinds[] = {
    {"a file", make_file, PM_CODES, ""},
    {"a link to a file", make_link, PM_CODES, ""},
    {"nothing", make_absent, PM_FILE_ABSENT, "No such file or directory"},
    {"an empty path", make_empty_path, PM_FILE_ABSENT, "No such file or directory"},
    {"a path below a file", make_below_a_file, PM_FILE_ABSENT, "Not a directory"},
    {"a link to nothing", make_dangling_link, PM_FILE_ABSENT, "No such file or directory"},
    {"a link to itself", make_looping_link, PM_FILE_UNREADABLE, "Too many levels of symbolic links"},
    {"a path that is too long", make_long_name, PM_FILE_UNREADABLE, "File name too long"},
    {"a directory", make_directory, PM_FILE_NOT_REGULAR, "a directory"},
    {"a FIFO without a writer", make_fifo, PM_FILE_NOT_REGULAR, "not a regular file"},
    {"a device", make_device, PM_FILE_NOT_REGULAR, "not a regular file"},
    {"a socket", make_socket, PM_FILE_NOT_REGULAR, "not a regular file"},
};

START_TEST(open_takes_regular_files_only)
{
    struct pm_file file = {.descriptor = -77};
    int result = pm_file_open(kinds[_i].make(), &file, &problem);
    ck_assert_msg(result == (kinds[_i].code == PM_CODES ? 0 : -1), "%s: %d", kinds[_i].name, result);
    ck_assert_msg(problem.code == kinds[_i].code, "%s: %s", kinds[_i].name, pm_code_name(problem.code));
    ck_assert_msg(strcmp(problem.detail, kinds[_i].detail) == 0, "%s: %s", kinds[_i].name, problem.detail);
    if (result < 0) {
        ck_assert_int_eq(file.descriptor, -77);
        return;
    }
    ck_assert_int_eq(fcntl(file.descriptor, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(file.identity.size, 4);
    pm_file_close(&file);
    ck_assert_int_eq(file.descriptor, -1);
    pm_file_close(&file);
}
END_TEST

/* Root may read anything, so it becomes somebody else for a while. */
START_TEST(open_of_an_unreadable_file_says_so)
{
    struct pm_file file;
    const char *path = make_file();
    ck_assert_int_eq(chmod(path, 0), 0);
    ck_assert_int_eq(chmod(scene_path("."), 0755), 0);
    uid_t user = geteuid();
    if (user == 0)
        ck_assert_int_eq(seteuid(NOBODY), 0);
    int result = pm_file_open(path, &file, &problem);
    ck_assert_int_eq(seteuid(user), 0);
    ck_assert_int_eq(result, -1);
    ck_assert_int_eq(problem.code, PM_FILE_UNREADABLE);
    ck_assert_str_eq(problem.detail, "Permission denied");
}
END_TEST

/* ---- reading ---- */

static struct pm_file open_text(const char *text)
{
    struct pm_file file;
    ck_assert_int_eq(pm_file_open(scene_write("text", text), &file, &problem), 0);
    return file;
}

static const struct {
    size_t size;
    uint64_t offset;
    const char *expected;
    size_t calls;
} parts[] = {
    {10, 0, "0123456789", 1}, {3, 0, "012", 1}, {3, 4, "456", 1}, {10, 8, "89", 1}, {1, 9, "9", 1},
    {100, 0, "0123456789", 1}, {1, 10, "", 1},  {5, 1 << 20, "", 1}, {0, 3, "", 0},
};

/* Nor is the system asked again for what cannot be there. */
START_TEST(read_gives_what_is_there_in_one_call)
{
    struct pm_file file = open_text("0123456789");
    char bytes[101] = "";
    ssize_t got = pm_file_read(&file, bytes, parts[_i].size, parts[_i].offset, &problem);
    pm_file_close(&file);
    ck_assert_int_eq(got, (ssize_t)strlen(parts[_i].expected));
    ck_assert_str_eq(bytes, parts[_i].expected);
    ck_assert_uint_eq(watched_reads.calls, parts[_i].calls);
}
END_TEST

START_TEST(read_in_small_pieces_is_whole)
{
    struct pm_file file = open_text("0123456789");
    char bytes[11] = "";
    watch_reads_limit(3);
    ck_assert_int_eq(pm_file_read(&file, bytes, 8, 1, &problem), 8);
    pm_file_close(&file);
    ck_assert_str_eq(bytes, "12345678");
    ck_assert_uint_eq(watched_reads.calls, 3);
}
END_TEST

/* _i: which of the calls is interrupted */
START_TEST(read_that_is_interrupted_goes_on)
{
    struct pm_file file = open_text("0123456789");
    char bytes[11] = "";
    watch_reads_limit(5);
    watch_reads_fail((size_t)_i, EINTR);
    ck_assert_int_eq(pm_file_read(&file, bytes, 10, 0, &problem), 10);
    pm_file_close(&file);
    ck_assert_str_eq(bytes, "0123456789");
    ck_assert_uint_eq(watched_reads.calls, 3);
}
END_TEST

START_TEST(read_that_fails_says_so)
{
    struct pm_file file = open_text("0123456789");
    char bytes[11];
    watch_reads_limit(5);
    watch_reads_fail((size_t)_i, EIO);
    ck_assert_int_eq(pm_file_read(&file, bytes, 10, 0, &problem), -1);
    pm_file_close(&file);
    ck_assert_int_eq(problem.code, PM_FILE_UNREADABLE);
    ck_assert_str_eq(problem.detail, "Input/output error");
}
END_TEST

START_TEST(read_of_a_file_that_shrank_gives_less)
{
    struct pm_file file = open_text("0123456789");
    char bytes[11] = "";
    ck_assert_int_eq(truncate(scene_path("text"), 4), 0);
    ck_assert_int_eq(pm_file_read(&file, bytes, 10, 0, &problem), 4);
    pm_file_close(&file);
    ck_assert_str_eq(bytes, "0123");
}
END_TEST

START_TEST(read_whole_gives_a_file_up_to_the_limit)
{
    uint8_t *bytes = NULL;
    size_t size = 77;
    const char *path = scene_write("text", "0123456789");
    ck_assert_int_eq(pm_file_read_whole(path, 10, &bytes, &size, &problem), 0);
    ck_assert_uint_eq(size, 10);
    ck_assert_mem_eq(bytes, "0123456789", 10);
    free(bytes);
    bytes = NULL;
    ck_assert_int_eq(pm_file_read_whole(path, 9, &bytes, &size, &problem), -1);
    ck_assert_int_eq(problem.code, PM_FILE_UNREADABLE);
    ck_assert_str_eq(problem.detail, "too large");
    ck_assert_ptr_null(bytes);
    ck_assert_uint_eq(size, 10);
}
END_TEST

START_TEST(read_whole_of_an_empty_file_is_nothing)
{
    uint8_t *bytes = NULL;
    size_t size = 77;
    ck_assert_int_eq(pm_file_read_whole(scene_write("text", ""), 0, &bytes, &size, &problem), 0);
    ck_assert_uint_eq(size, 0);
    ck_assert_ptr_nonnull(bytes);
    free(bytes);
}
END_TEST

/* On a machine of 32 bits too, where its size does not fit a size_t. */
START_TEST(read_whole_of_a_huge_file_is_refused)
{
    uint8_t *bytes;
    size_t size;
    const char *path = scene_write("huge", "");
    ck_assert_int_eq(truncate(path, ((off_t)1 << 32) + 1), 0);
    ck_assert_int_eq(pm_file_read_whole(path, 1000, &bytes, &size, &problem), -1);
    ck_assert_str_eq(problem.detail, "too large");
}
END_TEST

START_TEST(read_whole_that_fails_says_so)
{
    uint8_t *bytes = NULL;
    size_t size = 77;
    const char *path = scene_write("text", "0123456789");
    ck_assert_int_eq(pm_file_read_whole(scene_path("absent"), 10, &bytes, &size, &problem), -1);
    ck_assert_int_eq(problem.code, PM_FILE_ABSENT);
    watch_reads_fail(1, EIO);
    ck_assert_int_eq(pm_file_read_whole(path, 10, &bytes, &size, &problem), -1);
    ck_assert_int_eq(problem.code, PM_FILE_UNREADABLE);
    fail_allocation(1);
    int result = pm_file_read_whole(path, 10, &bytes, &size, &problem);
    fail_allocation(0);
    ck_assert_int_eq(result, -1);
    ck_assert_int_eq(problem.code, PM_OUT_OF_MEMORY);
    ck_assert_str_eq(problem.detail, "no memory to read it");
    ck_assert_ptr_null(bytes);
    ck_assert_uint_eq(size, 77);
}
END_TEST

/* ---- identity ---- */

START_TEST(identity_is_settled_when_its_stamp_is_older_than_the_clock)
{
    static const struct {
        struct timespec changed, now;
        bool is_settled;
    } rows[] = {
        {{100, 5}, {100, 6}, true},
        {{100, 5}, {100, 5}, false},
        {{100, 5}, {100, 4}, false},
        {{100, 5}, {101, 0}, true},
        {{100, 5}, {99, 9}, false},
        /* of a file system that counts whole seconds, or even ones */
        {{100, 0}, {100, 999999999}, false},
        {{100, 0}, {102, 999999999}, false},
        {{100, 0}, {103, 0}, true},
    };
    for (int i = 0; i < COUNT(rows); i++) {
        const struct pm_identity identity = {.changed = rows[i].changed};
        ck_assert_int_eq(pm_identity_is_settled(&identity, &rows[i].now), rows[i].is_settled);
    }
}
END_TEST

/* As this process names them, and as one does whose root is the scene. */
START_TEST(path_is_identified_without_opening_it)
{
    struct pm_identity identity = {0}, inside = {0};
    struct pm_tree tree;
    make_link();
    mkfifo(scene_path("fifo"), 0644);
    ck_assert(pm_path_identify_in(NULL, scene_path("link"), &identity));
    ck_assert(pm_path_has_identity(scene_path("file"), &identity));
    ck_assert(!pm_path_identify_in(NULL, scene_path("fifo"), &identity));
    ck_assert(!pm_path_identify_in(NULL, scene_path(""), &identity));
    ck_assert(!pm_path_identify_in(NULL, scene_path("absent"), &identity));
    ck_assert_int_eq(pm_tree_open(scene_path(""), &tree, &problem), 0);
    ck_assert(pm_path_identify_in(&tree, "/file", &inside));
    ck_assert(pm_identity_equal(&inside, &identity));
    ck_assert(!pm_path_identify_in(&tree, scene_path("file"), &inside));
    ck_assert(!pm_path_identify_in(&tree, "/fifo", &inside));
    pm_tree_close(&tree);
}
END_TEST

START_TEST(look_at_a_name_tells_files_from_others)
{
    struct pm_identity identity = {0};
    struct pm_file file;
    make_link();
    mkfifo(scene_path("fifo"), 0644);
    ck_assert_int_eq(symlink("nowhere", scene_path("dangling")), 0);
    int directory = open(scene_path(""), O_PATH | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_eq(pm_file_look_at(directory, "link", &identity), 1);
    ck_assert(pm_path_has_identity(scene_path("file"), &identity));
    ck_assert_int_eq(pm_file_look_at(directory, "fifo", &identity), 0);
    ck_assert_int_eq(pm_file_look_at(directory, ".", &identity), 0);
    ck_assert_int_eq(pm_file_look_at(directory, "dangling", &identity), -1);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert(pm_name_exists_at(directory, "dangling"));
    ck_assert(!pm_name_exists_at(directory, "absent"));
    ck_assert_int_eq(pm_file_open_at(directory, "link", &file, &problem), 0);
    pm_file_announce(&file);
    ck_assert(pm_identity_equal(&file.identity, &identity));
    pm_file_close(&file);
    ck_assert_int_eq(pm_file_open_at(directory, "absent", &file, &problem), -1);
    ck_assert_int_eq(problem.code, PM_FILE_ABSENT);
    ck_assert_int_eq(pm_file_open_at(directory, "fifo", &file, &problem), -1);
    ck_assert_int_eq(problem.code, PM_FILE_NOT_REGULAR);
    close(directory);
}
END_TEST

START_TEST(identities_differ_by_any_member)
{
    const struct pm_identity a = {1, 2, 3, {4, 5}, {6, 7}};
    const struct pm_identity others[] = {
        {9, 2, 3, {4, 5}, {6, 7}}, {1, 9, 3, {4, 5}, {6, 7}}, {1, 2, 9, {4, 5}, {6, 7}}, {1, 2, 3, {9, 5}, {6, 7}},
        {1, 2, 3, {4, 9}, {6, 7}}, {1, 2, 3, {4, 5}, {9, 7}}, {1, 2, 3, {4, 5}, {6, 9}}};
    const struct pm_identity same = a;
    ck_assert(pm_identity_equal(&a, &same));
    for (int i = 0; i < COUNT(others); i++)
        ck_assert_msg(!pm_identity_equal(&a, &others[i]), "member %d", i);
}
END_TEST

static const char *identify(struct pm_identity *ret_identity)
{
    struct pm_file file = open_text("text");
    *ret_identity = file.identity;
    pm_file_close(&file);
    return scene_path("text");
}

START_TEST(path_of_the_same_file_has_its_identity)
{
    struct pm_identity identity;
    const char *path = identify(&identity);
    ck_assert(pm_path_has_identity(path, &identity));
    ck_assert_int_eq(symlink("text", scene_path("link")), 0);
    ck_assert(pm_path_has_identity(scene_path("link"), &identity));
}
END_TEST

START_TEST(path_of_an_absent_file_has_no_identity)
{
    struct pm_identity identity;
    ck_assert_int_eq(unlink(identify(&identity)), 0);
    ck_assert(!pm_path_has_identity(scene_path("text"), &identity));
}
END_TEST

START_TEST(path_of_a_touched_file_has_another_identity)
{
    struct pm_identity identity;
    const char *path = identify(&identity);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, (const struct timespec[2]){{1, 2}, {3, 4}}, 0), 0);
    ck_assert(!pm_path_has_identity(path, &identity));
}
END_TEST

START_TEST(path_of_a_replaced_file_has_another_identity)
{
    struct pm_identity identity;
    const char *path = identify(&identity);
    ck_assert_int_eq(rename(scene_write("other", "text"), path), 0);
    ck_assert(!pm_path_has_identity(path, &identity));
}
END_TEST

/* ---- who may write it ---- */

static char *folder; /* the scene's, by its real path */

static void begin_trust(void)
{
    begin();
    folder = realpath(scene_path("."), NULL);
    ck_assert_ptr_nonnull(folder);
}

static void end_trust(void)
{
    free(folder);
    end();
}

/* "FOLDER/name", static */
static const char *real(const char *name)
{
    static char path[1000];
    snprintf(path, sizeof(path), "%s%s%s", folder, name[0] != '\0' ? "/" : "", name);
    return path;
}

static bool is_trusted(const char *name)
{
    struct stat status;
    struct pm_identity identity = {0};
    if (stat(real(name), &status) == 0)
        identity = (struct pm_identity){status.st_dev, status.st_ino, status.st_size, status.st_mtim, status.st_ctim};
    return pm_file_is_trusted(real(name), &identity, &problem);
}

static void expect_problem(const char *name, enum pm_code code, const char *culprit, const char *why)
{
    char detail[1100];
    ck_assert_msg(!is_trusted(name), "%s is trusted", name);
    ck_assert_int_eq(problem.code, code);
    snprintf(detail, sizeof(detail), "%s %s", real(culprit), why);
    /* of a long path the end is shown, and how it is cut has a test of its own */
    const char *end_of_detail = strlen(real(culprit)) < 120 ? detail : detail + strlen(real(culprit)) - 119;
    const char *shown = strlen(real(culprit)) < 120 ? problem.detail : problem.detail + strlen("…");
    ck_assert_str_eq(shown, end_of_detail);
}

static void expect_untrusted(const char *name, const char *culprit, const char *why)
{
    expect_problem(name, PM_MODE_UNAVAILABLE, culprit, why);
}

#define BY_GROUP "may be written by its group"
#define BY_EVERYBODY "may be written by everybody"
static const struct {
    mode_t directory, file;
    const char *culprit, *why; /* NULL: it is trusted */
} modes[] = {
    {0755, 0644, NULL, NULL},
    {0700, 0600, NULL, NULL},
    {0555, 0444, NULL, NULL},
    {0755, 0755, NULL, NULL},
    {0755, 0664, "folder/file", BY_GROUP},
    {0755, 0620, "folder/file", BY_GROUP},
    {0755, 0646, "folder/file", BY_EVERYBODY},
    {0755, 0666, "folder/file", BY_EVERYBODY},
    {0755, 01666, "folder/file", BY_EVERYBODY}, /* of a file, the sticky bit means nothing */
    {0775, 0644, "folder", BY_GROUP},
    {0757, 0644, "folder", BY_EVERYBODY},
    {0777, 0644, "folder", BY_EVERYBODY},
    {02775, 0644, "folder", BY_GROUP},
    {01777, 0644, NULL, NULL},
    {01775, 0644, NULL, NULL},
    {01777, 0664, "folder/file", BY_GROUP},
    {01777, 0646, "folder/file", BY_EVERYBODY},
};

static void make_tree(mode_t directory, mode_t file)
{
    ck_assert_int_eq(mkdir(scene_path("folder"), 0755), 0);
    scene_write("folder/file", "text");
    ck_assert_int_eq(chmod(scene_path("folder/file"), file), 0);
    ck_assert_int_eq(chmod(scene_path("folder"), directory), 0);
}

START_TEST(file_is_trusted_by_its_mode_and_its_directorys)
{
    make_tree(modes[_i].directory, modes[_i].file);
    if (modes[_i].why != NULL)
        expect_untrusted("folder/file", modes[_i].culprit, modes[_i].why);
    else
        ck_assert_msg(is_trusted("folder/file"), "%04o in %04o: %s", (unsigned)modes[_i].file,
                      (unsigned)modes[_i].directory, problem.detail);
    ck_assert_int_eq(chmod(scene_path("folder"), 0755), 0); /* so that it can be removed */
}
END_TEST

START_TEST(file_below_a_writable_ancestor_is_not_trusted)
{
    make_tree(0755, 0644);
    ck_assert_int_eq(mkdir(scene_path("folder/inner"), 0755), 0);
    scene_write("folder/inner/file", "text");
    ck_assert(is_trusted("folder/inner/file"));
    ck_assert_int_eq(chmod(scene_path("folder"), 0777), 0);
    expect_untrusted("folder/inner/file", "folder", BY_EVERYBODY);
    ck_assert_int_eq(chmod(scene_path("folder"), 01777), 0);
    ck_assert(is_trusted("folder/inner/file"));
}
END_TEST

/* Root only: nobody else can give files away. _i: the file or a directory on its way, which may be sticky. */
START_TEST(file_of_another_user_is_not_trusted)
{
    static const char *const owned[] = {"folder/file", "folder", "folder/file", "folder"};
    make_tree(_i < 2 ? 0755 : 01777, 0644);
    ck_assert_int_eq(chown(scene_path(owned[_i]), SOMEBODY, SOMEBODY), 0);
    expect_untrusted("folder/file", owned[_i], "belongs to another user");
}
END_TEST

/* Root only. What is asked is the effective user: root's files are trusted too, those of a third one are not. */
START_TEST(file_is_trusted_by_its_effective_owner)
{
    make_tree(0755, 0644);
    ck_assert_int_eq(chmod(scene_path("."), 0755), 0);
    ck_assert_int_eq(seteuid(SOMEBODY), 0);
    bool is_trusted_of_root = is_trusted("folder/file");
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(chown(scene_path("folder/file"), SOMEBODY, SOMEBODY), 0);
    ck_assert_int_eq(seteuid(SOMEBODY), 0);
    bool is_trusted_of_owner = is_trusted("folder/file");
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(seteuid(NOBODY), 0);
    bool is_trusted_of_other = is_trusted("folder/file");
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert(is_trusted_of_root);
    ck_assert(is_trusted_of_owner);
    ck_assert(!is_trusted_of_other);
}
END_TEST

START_TEST(file_behind_a_link_is_not_trusted)
{
    make_tree(0755, 0644);
    ck_assert_int_eq(symlink("folder", scene_path("link")), 0);
    ck_assert_int_eq(symlink("file", scene_path("folder/link")), 0);
    expect_untrusted("link/file", "link", "is a symbolic link");
    expect_untrusted("folder/link", "folder/link", "is a symbolic link");
}
END_TEST

START_TEST(file_that_is_not_there_is_not_trusted)
{
    make_tree(0755, 0644);
    expect_problem("folder/absent", PM_CHANGED_WHILE_LOADING, "folder/absent", "was moved");
    expect_problem("absent/file", PM_CHANGED_WHILE_LOADING, "absent", "was moved");
    expect_untrusted("folder/file/file", "folder/file", "is not a directory");
}
END_TEST

START_TEST(file_that_was_replaced_is_not_trusted)
{
    struct pm_identity identity;
    identify(&identity);
    ck_assert(pm_file_is_trusted(real("text"), &identity, &problem));
    ck_assert_int_eq(rename(scene_write("other", "text"), scene_path("text")), 0);
    ck_assert(!pm_file_is_trusted(real("text"), &identity, &problem));
    ck_assert_int_eq(problem.code, PM_CHANGED_WHILE_LOADING);
    ck_assert_ptr_nonnull(strstr(problem.detail, "text was replaced or written"));
}
END_TEST

static const struct {
    const char *path, *detail;
} unreal_paths[] = {
    {"", " is not a real path"},
    {"file", "file is not a real path"},
    {"./file", "./file is not a real path"},
    {"/", "/ is not a real path"},
    {"//", "/ is not a real path"},
    {"//file", "/ is not a real path"},
};

START_TEST(path_that_is_not_real_is_not_trusted)
{
    /* in memory of exactly that size */
    char *path = strdup(unreal_paths[_i].path);
    bool is_trusted_path = pm_file_is_trusted(path, &(struct pm_identity){0}, &problem);
    free(path);
    ck_assert_msg(!is_trusted_path, "\"%s\"", unreal_paths[_i].path);
    ck_assert_int_eq(problem.code, PM_MODE_UNAVAILABLE);
    ck_assert_str_eq(problem.detail, unreal_paths[_i].detail);
}
END_TEST

START_TEST(path_that_ends_in_a_slash_is_not_trusted)
{
    make_tree(0755, 0644);
    expect_untrusted("folder/", "folder", "is not a real path");
}
END_TEST

START_TEST(path_that_leads_up_is_not_trusted)
{
    make_tree(0755, 0644);
    expect_untrusted("folder/./file", "folder/.", "is not a real path");
    expect_untrusted("folder/../folder/file", "folder/..", "is not a real path");
    ck_assert_int_eq(rename(scene_path("folder/file"), scene_path("folder/..file")), 0);
    ck_assert_msg(is_trusted("folder/..file"), "%s", problem.detail);
}
END_TEST

/* A name may have 255 bytes; of one that has more nothing may be written behind the room for it. */
START_TEST(path_with_a_long_name_is_asked_or_refused)
{
    char name[300];
    memset(name, 'n', sizeof(name));
    name[255] = '\0';
    scene_write(name, "text");
    ck_assert_msg(is_trusted(name), "%s", problem.detail);
    name[255] = 'n';
    name[256] = '\0';
    ck_assert(!is_trusted(name));
    ck_assert_ptr_nonnull(strstr(problem.detail, "is not a real path"));
}
END_TEST

START_TEST(long_path_is_shown_by_its_end)
{
    char name[200], detail[200];
    memset(name, 'n', sizeof(name));
    name[199] = '\0';
    scene_write(name, "text");
    ck_assert_int_eq(chmod(scene_path(name), 0666), 0);
    ck_assert(!is_trusted(name));
    snprintf(detail, sizeof(detail), "…%.119s " BY_EVERYBODY, name);
    ck_assert_str_eq(problem.detail, detail);
}
END_TEST

static bool can_become_another_user(void)
{
    return geteuid() == 0 && seteuid(NOBODY) == 0 && seteuid(0) == 0;
}

/* Check has no word for it: a comment in its output. */
static void skip(const char *test, const char *reason)
{
    printf("# %s is skipped: %s\n", test, reason);
    fflush(stdout); /* else each test's process would print it again */
}

static TCase *files(void)
{
    TCase *tcase = tcase_create("file");
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_loop_test(tcase, open_takes_regular_files_only, 0, COUNT(kinds));
    if (geteuid() != 0 || can_become_another_user())
        tcase_add_test(tcase, open_of_an_unreadable_file_says_so);
    else
        skip("open_of_an_unreadable_file_says_so", "this root may read any file, and become nobody else");
    tcase_add_loop_test(tcase, read_gives_what_is_there_in_one_call, 0, COUNT(parts));
    tcase_add_test(tcase, read_in_small_pieces_is_whole);
    tcase_add_loop_test(tcase, read_that_is_interrupted_goes_on, 1, 3);
    tcase_add_loop_test(tcase, read_that_fails_says_so, 1, 3);
    tcase_add_test(tcase, read_of_a_file_that_shrank_gives_less);
    tcase_add_test(tcase, read_whole_gives_a_file_up_to_the_limit);
    tcase_add_test(tcase, read_whole_of_an_empty_file_is_nothing);
    tcase_add_test(tcase, read_whole_of_a_huge_file_is_refused);
    tcase_add_test(tcase, read_whole_that_fails_says_so);
    tcase_add_test(tcase, identity_is_settled_when_its_stamp_is_older_than_the_clock);
    tcase_add_test(tcase, path_is_identified_without_opening_it);
    tcase_add_test(tcase, look_at_a_name_tells_files_from_others);
    tcase_add_test(tcase, identities_differ_by_any_member);
    tcase_add_test(tcase, path_of_the_same_file_has_its_identity);
    tcase_add_test(tcase, path_of_an_absent_file_has_no_identity);
    tcase_add_test(tcase, path_of_a_touched_file_has_another_identity);
    tcase_add_test(tcase, path_of_a_replaced_file_has_another_identity);
    return tcase;
}

static TCase *trust(void)
{
    TCase *tcase = tcase_create("trust");
    tcase_add_checked_fixture(tcase, begin_trust, end_trust);
    tcase_add_loop_test(tcase, file_is_trusted_by_its_mode_and_its_directorys, 0, COUNT(modes));
    tcase_add_test(tcase, file_below_a_writable_ancestor_is_not_trusted);
    if (can_become_another_user()) {
        tcase_add_loop_test(tcase, file_of_another_user_is_not_trusted, 0, 4);
        tcase_add_test(tcase, file_is_trusted_by_its_effective_owner);
    } else {
        skip("file_of_another_user_is_not_trusted", "only root may give files away");
        skip("file_is_trusted_by_its_effective_owner", "only root may give files away");
    }
    tcase_add_test(tcase, file_behind_a_link_is_not_trusted);
    tcase_add_test(tcase, file_that_is_not_there_is_not_trusted);
    tcase_add_test(tcase, file_that_was_replaced_is_not_trusted);
    tcase_add_loop_test(tcase, path_that_is_not_real_is_not_trusted, 0, COUNT(unreal_paths));
    tcase_add_test(tcase, path_that_ends_in_a_slash_is_not_trusted);
    tcase_add_test(tcase, path_that_leads_up_is_not_trusted);
    tcase_add_test(tcase, path_with_a_long_name_is_asked_or_refused);
    tcase_add_test(tcase, long_path_is_shown_by_its_end);
    return tcase;
}

int main(void)
{
    setenv("LC_ALL", "C", 1);
    Suite *suite = suite_create("file");
    suite_add_tcase(suite, files());
    suite_add_tcase(suite, trust());
    return run_suite(suite);
}
