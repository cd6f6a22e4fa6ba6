/* SPDX-License-Identifier: MIT */
/* check_users.c: the example under plugins/users: the directory of users, and both plugins, of which the same is
 * expected. The plugins are loaded and started here as the manager does it.
 *
 * Environment: top_srcdir (for users.json and users.sql), top_builddir (for the plugins). Links with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=reallocarray, to fail the directory's allocations. */
#include "../plugins/users/base64.h"
#include "../plugins/users/directory.h"
#include "../plugins/users/user_manager.h"

#include <plugmgr/plugin.h>

#include <check.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define LOGIN "https://login.example.org"
#define GUESTS "https://guests.example.net"
#define USERS 15 /* in users.json and users.sql */

/* ---- allocations that fail -------------------------------------------------------------------------------------- */

static size_t allocations_left = SIZE_MAX;

static bool may_allocate(void)
{
    if (allocations_left == SIZE_MAX)
        return true;
    if (allocations_left == 0)
        return false;
    allocations_left--;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);

void *__wrap_malloc(size_t size)
{
    return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return may_allocate() ? __real_calloc(count, size) : NULL;
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
    return may_allocate() ? __real_reallocarray(old, count, size) : NULL;
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

static char folder[64]; /* for the files of one test */

static void make_folder(void)
{
    strcpy(folder, "/tmp/check_users.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    ck_assert_int_eq(system(command), 0);
}

/* The path of a file: in the test's folder, or below a folder that the environment names. Kept until the test ends. */
static const char *path_in(const char *variable, const char *name)
{
    static char paths[8][4096];
    static size_t next;
    const char *base = variable == NULL ? folder : getenv(variable);
    ck_assert_msg(base != NULL, "%s is not set", variable);
    char *path = paths[next++ % COUNT(paths)];
    ck_assert_int_lt(snprintf(path, sizeof(paths[0]), "%s/%s", base, name), (int)sizeof(paths[0]));
    return path;
}

static const char *write_file(const char *name, const char *bytes, size_t size)
{
    const char *path = path_in(NULL, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

/* A whole file, and a NUL behind it. The caller frees. */
static char *read_file(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s cannot be opened", path);
    struct stat status;
    ck_assert_int_eq(fstat(fileno(file), &status), 0);
    char *bytes = calloc(1, (size_t)status.st_size + 1);
    ck_assert_ptr_nonnull(bytes);
    *ret_size = fread(bytes, 1, (size_t)status.st_size, file);
    ck_assert_uint_eq(*ret_size, (size_t)status.st_size);
    fclose(file);
    return bytes;
}

static sqlite3 *make_database(const char *path, const char *sql)
{
    sqlite3 *database;
    unlink(path);
    ck_assert_int_eq(sqlite3_open(path, &database), SQLITE_OK);
    char *message = NULL;
    ck_assert_msg(sqlite3_exec(database, sql, NULL, NULL, &message) == SQLITE_OK, "%s: %s", sql, message);
    return database;
}

static const char *write_database(const char *name, const char *sql)
{
    const char *path = path_in(NULL, name);
    ck_assert_int_eq(sqlite3_close(make_database(path, sql)), SQLITE_OK);
    return path;
}

/* ---- plugins ---------------------------------------------------------------------------------------------------- */

enum { JSON, SQLITE, PLUGINS };

static const struct {
    const char *file, *symbol;
} plugins[PLUGINS] = {
    [JSON] = {"plugins/users/users_json.so", "plugmgr_provide_user_manager_json"},
    [SQLITE] = {"plugins/users/users_sqlite.so", "plugmgr_provide_user_manager_sqlite"},
};

static char fail_text[2000]; /* what the last start that failed said; "" if it said nothing */

static void ignore_log(const struct plugmgr_context *context, enum plugmgr_log_level level, const char *format, ...)
{
    (void)context, (void)level, (void)format;
}

static int keep_failure(const struct plugmgr_context *context, const char *format, ...)
{
    (void)context;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fail_text, sizeof(fail_text), format, arguments);
    va_end(arguments);
    return -1;
}

struct loaded {
    void *handle;
    const struct user_manager *manager;
    int (*start)(const struct plugmgr_context *context);
    void (*stop)(void);
};

static void load(int which, struct loaded *ret_loaded)
{
    const char *path = path_in("top_builddir", plugins[which].file);
    ret_loaded->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(ret_loaded->handle != NULL, "%s", dlerror());
    ret_loaded->manager = dlsym(ret_loaded->handle, plugins[which].symbol);
    ck_assert_ptr_nonnull(ret_loaded->manager);
    void *start = dlsym(ret_loaded->handle, "plugmgr_start"), *stop = dlsym(ret_loaded->handle, "plugmgr_stop");
    ck_assert_ptr_nonnull(start);
    ck_assert_ptr_nonnull(stop);
    memcpy(&ret_loaded->start, &start, sizeof(start));
    memcpy(&ret_loaded->stop, &stop, sizeof(stop));
}

static int start(const struct loaded *loaded, const char *config)
{
    struct plugmgr_context context = {
        .size = sizeof(context),
        .config = config,
        .name = "users",
        .path = "",
        .log = ignore_log,
        .fail = keep_failure,
    };
    fail_text[0] = '\0';
    return loaded->start(&context);
}

/* Loads a plugin, and starts it with the users of the example. */
static void load_and_start(int which, struct loaded *ret_loaded)
{
    load(which, ret_loaded);
    const char *path = path_in("top_srcdir", "plugins/users/users.json");
    if (which == SQLITE) {
        size_t size;
        char *sql = read_file(path_in("top_srcdir", "plugins/users/users.sql"), &size);
        path = write_database("users.db", sql);
        free(sql);
    }
    ck_assert_msg(start(ret_loaded, path) == 0, "%s", fail_text);
}

static void stop_and_unload(const struct loaded *loaded)
{
    loaded->stop();
    ck_assert_int_eq(dlclose(loaded->handle), 0);
}

static void assert_start_fails(int which, const char *config, const char *expected)
{
    struct loaded loaded;
    load(which, &loaded);
    ck_assert_int_lt(start(&loaded, config), 0);
    ck_assert_str_eq(fail_text, expected);
    ck_assert_int_eq(dlclose(loaded.handle), 0); /* without stop, as the manager does */
}

/* The same with the config's text before what is expected. */
static void assert_data_fails(int which, const char *config, const char *expected)
{
    char text[2000];
    snprintf(text, sizeof(text), "%s%s", config, expected);
    assert_start_fails(which, config, text);
}

/* ---- base64 ----------------------------------------------------------------------------------------------------- */

START_TEST(base64_decode_accepts_what_the_standard_has)
{
    /* RFC 4648, section 10, and all digits */
    static const struct {
        const char *text, *bytes;
    } cases[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
         "\x00\x10\x83\x10\x51\x87\x20\x92\x8b\x30\xd3\x8f\x41\x14\x93\x51\x55\x97\x61\x96\x9b\x71\xd7\x9f"
         "\x82\x18\xa3\x92\x59\xa7\xa2\x9a\xab\xb2\xdb\xaf\xc3\x1c\xb3\xd3\x5d\xb7\xe3\x9e\xbb\xf3\xdf\xbf"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t bytes[64];
        size_t size = strlen(cases[i].text), decoded = 99, checked = 99;
        ck_assert_msg(base64_decode(cases[i].text, size, bytes, &decoded), "%s", cases[i].text);
        ck_assert_uint_eq(decoded, i == COUNT(cases) - 1 ? 48 : strlen(cases[i].bytes));
        ck_assert_mem_eq(bytes, cases[i].bytes, decoded);
        ck_assert(base64_decode(cases[i].text, size, NULL, &checked));
        ck_assert_uint_eq(checked, decoded);
        ck_assert_uint_le(decoded, BASE64_DECODED_MAX(size));
    }
}
END_TEST

START_TEST(base64_decode_refuses_all_else)
{
    static const char *const cases[] = {
        "Z",        "Zg",   "Zg=",      "Zg===", "=",     "==",    "===",    "====", "Zh==",     "Zm9=",
        "Z===",     "Zm=v", "Zg==Zg==", "Zm9v ", "Zm 9v", "\nZm9", "Zm9v\n", "Zm9-", "Zm9_",     "Zm9\x80",
        "Zg==Zm9v", "Zm9,", "Zm9.",     "Zm9@",  "Zm9[",  "Zm9`",  "Zm9{",   "Zm9:", "Zm9v====",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t decoded = 99;
        ck_assert_msg(!base64_decode(cases[i], strlen(cases[i]), NULL, &decoded), "%s", cases[i]);
        ck_assert_uint_eq(decoded, 99);
    }
}
END_TEST

/* ---- the directory ---------------------------------------------------------------------------------------------- */

static const struct user plain_user = {
    .id = {.idp = "idp", .opaque_id = "id"},
    .username = "name",
    .mail = "mail",
    .display_name = "display",
};

START_TEST(directory_without_users_finds_nobody)
{
    struct directory *directory = directory_new();
    struct directory_clash clash;
    ck_assert_int_eq(directory_finish(directory, &clash), DIRECTORY_OK);
    ck_assert_uint_eq(directory_count(directory), 0);
    const struct user *user = &plain_user;
    size_t count = 99;
    ck_assert_int_eq(directory_get_user(directory, &plain_user.id, &user), USER_NOT_FOUND);
    ck_assert_int_eq(directory_get_user_by_claim(directory, "mail", "mail", &user), USER_NOT_FOUND);
    ck_assert_ptr_eq(user, &plain_user);
    ck_assert_int_eq(directory_find_users(directory, "", NULL, 1, &user, &count), USER_OK);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(directory_find_users(directory, "", &plain_user, 1, &user, &count), USER_INVALID);
    directory_free(directory);
    directory_free(NULL);
}
END_TEST

START_TEST(directory_add_copies_all_texts)
{
    char text[] = "text", group[] = "group", value[] = "Zg==";
    const char *groups[] = {group};
    struct user_opaque opaque = {text, text, value};
    struct user user = {{text, text}, text, text, text, groups, 1, &opaque, 1};
    struct directory *directory = directory_new();
    struct directory_fault fault;
    struct directory_clash clash;
    ck_assert_int_eq(directory_add(directory, &user, 1, &fault), DIRECTORY_OK);
    memset(text, 'x', sizeof(text) - 1);
    memset(group, 'x', sizeof(group) - 1);
    memset(value, 'x', sizeof(value) - 1);
    ck_assert_int_eq(directory_finish(directory, &clash), DIRECTORY_OK);
    const struct user *found;
    ck_assert_int_eq(directory_get_user(directory, &(struct user_id){NULL, "text"}, &found), USER_OK);
    ck_assert_str_eq(found->id.idp, "text");
    ck_assert_str_eq(found->username, "text");
    ck_assert_str_eq(found->mail, "text");
    ck_assert_str_eq(found->display_name, "text");
    ck_assert_str_eq(found->groups[0], "group");
    ck_assert_str_eq(found->opaque[0].key, "text");
    ck_assert_str_eq(found->opaque[0].decoder, "text");
    ck_assert_str_eq(found->opaque[0].value, "Zg==");
    directory_free(directory);
}
END_TEST

START_TEST(directory_finish_tells_the_first_clash_in_the_readers_order)
{
    struct directory *directory = directory_new();
    struct directory_fault fault;
    struct directory_clash clash;
    /* sorted by username, the clash of "b" would come first; of three that are equal, the nearest two count */
    static const char *const ids[] = {"a", "b", "c", "a", "a", "b"};
    static const char *const names[] = {"6", "5", "4", "3", "2", "1"};
    for (size_t i = 0; i < COUNT(ids); i++) {
        struct user user = plain_user;
        user.id.opaque_id = ids[i];
        user.username = names[i];
        ck_assert_int_eq(directory_add(directory, &user, 10 * i, &fault), DIRECTORY_OK);
    }
    ck_assert_int_eq(directory_finish(directory, &clash), DIRECTORY_CLASH);
    ck_assert_str_eq(clash.user->id.opaque_id, "a");
    ck_assert_uint_eq(clash.place, 30);
    ck_assert_uint_eq(clash.earlier_place, 0);
    directory_free(directory);
}
END_TEST

/* A user whose only opaque entry is the one given. */
static void add_opaque_user(struct directory *directory, const char *id, const struct user_opaque *opaque)
{
    struct user user = plain_user;
    struct directory_fault fault;
    user.id.opaque_id = id;
    user.opaque = opaque;
    user.opaque_count = 1;
    ck_assert_int_eq(directory_add(directory, &user, 1, &fault), DIRECTORY_OK);
}

START_TEST(directory_uid_is_plain_text_only)
{
    struct directory *directory = directory_new();
    struct directory_clash clash;
    add_opaque_user(directory, "plain", &(struct user_opaque){"uid", "plain", "Zm9v"});    /* foo */
    add_opaque_user(directory, "json", &(struct user_opaque){"uid", "json", "Zm9v"});      /* foo */
    add_opaque_user(directory, "key", &(struct user_opaque){"gid", "plain", "Zm9v"});      /* foo */
    add_opaque_user(directory, "nul", &(struct user_opaque){"uid", "plain", "Zm9vAGI="});  /* foo NUL b */
    add_opaque_user(directory, "last", &(struct user_opaque){"uid", "plain", "Zm9vAA=="}); /* foo NUL */
    add_opaque_user(directory, "empty", &(struct user_opaque){"uid", "plain", ""});
    ck_assert_int_eq(directory_finish(directory, &clash), DIRECTORY_OK);
    const struct user *user;
    ck_assert_int_eq(directory_get_user_by_claim(directory, "uid", "foo", &user), USER_OK);
    ck_assert_str_eq(user->id.opaque_id, "plain");
    ck_assert_int_eq(directory_get_user_by_claim(directory, "uid", "", &user), USER_NOT_FOUND);
    ck_assert_int_eq(directory_get_user_by_claim(directory, "uid", "Zm9v", &user), USER_NOT_FOUND);
    directory_free(directory);
}
END_TEST

/* Whether the text contains the part, ASCII letters folded: the plain way. */
static bool contains(const char *text, const char *part)
{
    size_t size = strlen(part);
    for (; strlen(text) >= size; text++) {
        if (strncasecmp(text, part, size) == 0)
            return true;
    }
    return false;
}

/* Many users with short random texts, so that most texts occur often. place: their number. */
static struct directory *make_random_directory(struct user *users, char texts[][5][8], size_t count)
{
    struct directory *directory = directory_new();
    struct directory_fault fault;
    struct directory_clash clash;
    unsigned state = 20240229;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < 4; j++) {
            for (size_t k = 0; k < 3; k++) {
                state = state * 1103515245 + 12345;
                texts[i][j][k] = "aAbBcC.\xc3"[state >> 16 & 7];
                if (texts[i][j][k] == '\xc3')
                    texts[i][j][k] = 'Z';
            }
            texts[i][j][3] = '\0';
        }
        snprintf(texts[i][4], sizeof(texts[i][4]), "i%zu", i); /* the idp makes the id unique */
        users[i] = plain_user;
        users[i].id = (struct user_id){texts[i][4], texts[i][0]};
        users[i].username = texts[i][1];
        users[i].mail = texts[i][2];
        users[i].display_name = texts[i][3];
        ck_assert_int_eq(directory_add(directory, &users[i], i, &fault), DIRECTORY_OK);
    }
    ck_assert_int_eq(directory_finish(directory, &clash), DIRECTORY_OK);
    ck_assert_uint_eq(directory_count(directory), count);
    return directory;
}

enum { MANY = 1500 };
static struct user many[MANY];
static char many_texts[MANY][5][8];

START_TEST(directory_find_agrees_with_a_plain_search)
{
    struct directory *directory = make_random_directory(many, many_texts, MANY);
    static const char *const parts[] = {"", "a", "B", "zz", "ab", "AB", ".", "aBc", "cccc", "Z.", "i1"};
    static const struct user *found[MANY + 1];
    for (size_t i = 0; i < COUNT(parts); i++) {
        size_t expected = 0, count = 0;
        for (size_t j = 0; j < MANY; j++)
            expected += contains(many[j].username, parts[i]) || contains(many[j].display_name, parts[i]) ||
                        contains(many[j].mail, parts[i]) || contains(many[j].id.opaque_id, parts[i]);
        ck_assert_int_eq(directory_find_users(directory, parts[i], NULL, COUNT(found), found, &count), USER_OK);
        ck_assert_msg(count == expected, "'%s': %zu instead of %zu", parts[i], count, expected);
        for (size_t j = 1; j < count; j++) {
            int order = strcmp(found[j - 1]->username, found[j]->username);
            if (order == 0)
                order = strcmp(found[j - 1]->id.opaque_id, found[j]->id.opaque_id);
            if (order == 0)
                order = strcmp(found[j - 1]->id.idp, found[j]->id.idp);
            ck_assert_int_lt(order, 0);
        }
    }
    directory_free(directory);
}
END_TEST

START_TEST(directory_get_agrees_with_a_plain_search)
{
    struct directory *directory = make_random_directory(many, many_texts, MANY);
    for (size_t i = 0; i < MANY; i++) {
        const struct user *user;
        ck_assert_int_eq(directory_get_user(directory, &many[i].id, &user), USER_OK);
        ck_assert_str_eq(user->id.idp, many[i].id.idp);
        ck_assert_str_eq(user->display_name, many[i].display_name);
        size_t same_id = 0, same_mail = 0;
        for (size_t j = 0; j < MANY; j++) {
            same_id += strcmp(many[i].id.opaque_id, many[j].id.opaque_id) == 0;
            same_mail += strcmp(many[i].mail, many[j].mail) == 0;
        }
        struct user_id any = {"", many[i].id.opaque_id};
        ck_assert_int_eq(directory_get_user(directory, &any, &user), same_id == 1 ? USER_OK : USER_AMBIGUOUS);
        ck_assert_int_eq(directory_get_user_by_claim(directory, "mail", many[i].mail, &user),
                         same_mail == 1 ? USER_OK : USER_AMBIGUOUS);
    }
    directory_free(directory);
}
END_TEST

/* Texts of one length that differ in one byte, wherever that is: two of them are users, a third one is not. */
static void check_difference_at(size_t size, size_t at)
{
    char texts[3][80];
    struct user users[2] = {plain_user, plain_user};
    struct directory *directory = directory_new();
    struct directory_fault fault;
    struct directory_clash clash;
    for (size_t i = 0; i < COUNT(texts); i++) {
        memset(texts[i], 'a', size);
        texts[i][size] = '\0';
        texts[i][at] = (char)('x' + i);
    }
    for (size_t i = 0; i < COUNT(users); i++) {
        users[i].id.opaque_id = texts[i];
        users[i].mail = texts[i];
        ck_assert_int_eq(directory_add(directory, &users[i], i, &fault), DIRECTORY_OK);
    }
    ck_assert_int_eq(directory_finish(directory, &clash), DIRECTORY_OK);
    for (size_t i = 0; i < COUNT(texts); i++) {
        const struct user *user = &plain_user;
        enum user_result expected = i < COUNT(users) ? USER_OK : USER_NOT_FOUND;
        ck_assert_int_eq(directory_get_user(directory, &(struct user_id){"idp", texts[i]}, &user), expected);
        ck_assert_str_eq(user->id.opaque_id, i < COUNT(users) ? texts[i] : plain_user.id.opaque_id);
        ck_assert_int_eq(directory_get_user_by_claim(directory, "mail", texts[i], &user), expected);
        /* shorter and longer by that byte */
        texts[i][at] = '\0';
        ck_assert_int_eq(directory_get_user_by_claim(directory, "mail", texts[i], &user), USER_NOT_FOUND);
        memcpy(texts[i] + size, "a", 2);
        texts[i][at] = (char)('x' + i);
        ck_assert_int_eq(directory_get_user_by_claim(directory, "mail", texts[i], &user), USER_NOT_FOUND);
    }
    /* so many others that some share a bucket with a user */
    for (char other = 1; other < 'x'; other++) {
        const struct user *user;
        texts[2][at] = other;
        texts[2][size] = '\0';
        ck_assert_int_eq(directory_get_user_by_claim(directory, "mail", texts[2], &user), USER_NOT_FOUND);
    }
    directory_free(directory);
}

START_TEST(directory_texts_of_any_length_are_told_apart_by_any_byte)
{
    for (size_t size = 1; size < 70; size++) {
        for (size_t at = 0; at < size; at++)
            check_difference_at(size, at);
    }
}
END_TEST

/* All usernames have one hash, since they are one. */
START_TEST(directory_one_username_at_many_providers_is_found_by_provider)
{
    enum { PROVIDERS = 1000 };
    static char idps[PROVIDERS + 1][8];
    struct directory *directory = directory_new();
    struct directory_fault fault;
    struct directory_clash clash;
    for (size_t i = 0; i <= PROVIDERS; i++)
        snprintf(idps[i], sizeof(idps[i]), "i%zu", i);
    for (size_t i = 0; i < PROVIDERS; i++) {
        struct user user = plain_user;
        user.id.idp = idps[i * 7 % PROVIDERS];
        ck_assert_int_eq(directory_add(directory, &user, i, &fault), DIRECTORY_OK);
    }
    ck_assert_int_eq(directory_finish(directory, &clash), DIRECTORY_OK);
    const struct user *user;
    for (size_t i = 0; i <= PROVIDERS; i++) {
        struct user_id id = {idps[i], "id"}, name = {idps[i], "name"};
        ck_assert_int_eq(directory_get_user(directory, &id, &user), i < PROVIDERS ? USER_OK : USER_NOT_FOUND);
        ck_assert_int_eq(directory_get_user(directory, &name, &user), i < PROVIDERS ? USER_OK : USER_NOT_FOUND);
        if (i < PROVIDERS)
            ck_assert_str_eq(user->id.idp, idps[i]);
    }
    ck_assert_int_eq(directory_get_user(directory, &(struct user_id){"", "name"}, &user), USER_AMBIGUOUS);
    ck_assert_int_eq(directory_get_user_by_claim(directory, "username", "name", &user), USER_AMBIGUOUS);
    directory_free(directory);
}
END_TEST

/* Makes a directory while the allocations behind the first `allowed` fail. */
static enum directory_status make_with_allocations(size_t allowed)
{
    static const char *const groups[] = {"b", "a"};
    static const struct user_opaque opaque[] = {{"uid", "plain", "Zm9v"}, {"a", "json", "Zg=="}};
    struct user user = plain_user;
    struct directory_fault fault;
    struct directory_clash clash;
    user.groups = groups;
    user.group_count = COUNT(groups);
    user.opaque = opaque;
    user.opaque_count = COUNT(opaque);
    allocations_left = allowed;
    struct directory *directory = directory_new();
    enum directory_status status = directory == NULL ? DIRECTORY_MEMORY : DIRECTORY_OK;
    for (int i = 0; status == DIRECTORY_OK && i < 20; i++) {
        char id[8];
        snprintf(id, sizeof(id), "%d", i);
        user.id.opaque_id = id;
        status = directory_add(directory, &user, (uint64_t)i, &fault);
    }
    if (status == DIRECTORY_OK)
        status = directory_finish(directory, &clash);
    allocations_left = SIZE_MAX;
    if (status == DIRECTORY_OK)
        ck_assert_uint_eq(directory_count(directory), 20);
    directory_free(directory);
    return status;
}

START_TEST(directory_out_of_memory_says_so)
{
    size_t allowed = 0;
    enum directory_status status;
    while ((status = make_with_allocations(allowed)) == DIRECTORY_MEMORY)
        allowed++;
    ck_assert_int_eq(status, DIRECTORY_OK);
    ck_assert_uint_gt(allowed, 20);
}
END_TEST

/* ---- queries, of both plugins ----------------------------------------------------------------------------------- */

START_TEST(get_user_finds_by_id)
{
    static const struct {
        const char *idp, *opaque_id;
        enum user_result result;
        const char *display_name;
    } cases[] = {
        {LOGIN, "91c4be08", USER_OK, "Đorđe Petrović"},
        {"", "91c4be08", USER_OK, "Đorđe Petrović"},
        {NULL, "91c4be08", USER_OK, "Đorđe Petrović"},
        {GUESTS, "91c4be08", USER_NOT_FOUND, NULL},
        {"https://login.example.or", "91c4be08", USER_NOT_FOUND, NULL},
        /* the username, where no id fits */
        {LOGIN, "djordje", USER_OK, "Đorđe Petrović"},
        {"", "djordje", USER_OK, "Đorđe Petrović"},
        {"", "Djordje", USER_NOT_FOUND, NULL},
        /* one id at two providers */
        {"", "17fe93ac", USER_AMBIGUOUS, NULL},
        {LOGIN, "17fe93ac", USER_OK, "Zoë Ångström"},
        {GUESTS, "17fe93ac", USER_OK, "Seán O'Riordan"},
        /* one username at two providers */
        {"", "aroha", USER_AMBIGUOUS, NULL},
        {LOGIN, "aroha", USER_OK, "Aroha Ngata"},
        {GUESTS, "aroha", USER_OK, "Aroha Te Wiata"},
        /* an id that is somebody else's username */
        {"", "a8d71c60", USER_OK, "Fatou Diop"},
        {LOGIN, "a8d71c60", USER_OK, "Fatou Diop"},
        {GUESTS, "a8d71c60", USER_OK, "Tomás Marek"},
        /* what is nobody's */
        {"", "nobody", USER_NOT_FOUND, NULL},
        {"", "", USER_NOT_FOUND, NULL},
        {LOGIN, "", USER_NOT_FOUND, NULL},
        {"", "91c4be0", USER_NOT_FOUND, NULL},
        {"", "91c4be088", USER_NOT_FOUND, NULL},
        {"", "djordje@example.org", USER_NOT_FOUND, NULL},
    };
    struct loaded loaded;
    load_and_start(_i, &loaded);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct user_id id = {cases[i].idp, cases[i].opaque_id};
        const struct user *user = &plain_user;
        enum user_result result = loaded.manager->get_user(&id, &user);
        ck_assert_msg(result == cases[i].result, "%s of %s: %d", id.opaque_id, id.idp, (int)result);
        if (result == USER_OK)
            ck_assert_str_eq(user->display_name, cases[i].display_name);
        else
            ck_assert_ptr_eq(user, &plain_user);
    }
    stop_and_unload(&loaded);
}
END_TEST

START_TEST(get_user_gives_all_fields)
{
    struct loaded loaded;
    load_and_start(_i, &loaded);
    const struct user *user;
    ck_assert_int_eq(loaded.manager->get_user(&(struct user_id){"", "0b9a7e55"}, &user), USER_OK);
    ck_assert_str_eq(user->id.idp, LOGIN);
    ck_assert_str_eq(user->id.opaque_id, "0b9a7e55");
    ck_assert_str_eq(user->username, "bilal");
    ck_assert_str_eq(user->mail, "bilal@example.org");
    ck_assert_str_eq(user->display_name, "Bilal Haddad");
    ck_assert_uint_eq(user->group_count, 3);
    ck_assert_str_eq(user->groups[0], "backup operators");
    ck_assert_str_eq(user->groups[1], "physics");
    ck_assert_str_eq(user->groups[2], "staff");
    ck_assert_uint_eq(user->opaque_count, 2);
    ck_assert_str_eq(user->opaque[0].key, "quota");
    ck_assert_str_eq(user->opaque[0].decoder, "json");
    ck_assert_str_eq(user->opaque[0].value, "eyJieXRlcyI6MTA3Mzc0MTgyNH0=");
    ck_assert_str_eq(user->opaque[1].key, "uid");
    ck_assert_str_eq(user->opaque[1].decoder, "plain");
    ck_assert_str_eq(user->opaque[1].value, "MTAwMg==");
    ck_assert_int_eq(loaded.manager->get_user(&(struct user_id){"", "backup"}, &user), USER_OK);
    ck_assert_str_eq(user->mail, "");
    ck_assert_str_eq(user->display_name, "");
    ck_assert_uint_eq(user->opaque_count, 0);
    stop_and_unload(&loaded);
}
END_TEST

START_TEST(get_user_by_claim_finds)
{
    static const struct {
        const char *claim, *value;
        enum user_result result;
        const char *opaque_id;
    } cases[] = {
        {"mail", "Chiara.Conti@example.org", USER_OK, "d3f0aa17"},
        {"mail", "chiara.conti@example.org", USER_NOT_FOUND, NULL},
        {"mail", "help@example.org", USER_AMBIGUOUS, NULL},
        {"mail", "nobody@example.org", USER_NOT_FOUND, NULL},
        {"mail", "", USER_NOT_FOUND, NULL},
        {"username", "zoe", USER_OK, "17fe93ac"},
        {"username", "aroha", USER_AMBIGUOUS, NULL},
        {"username", "17fe93ac", USER_NOT_FOUND, NULL},
        {"username", "a8d71c60", USER_OK, "guest-0003"},
        {"uid", "1001", USER_OK, "6f1c0d2e"},
        {"uid", "5002", USER_OK, "17fe93ac"},
        {"uid", "MTAwMQ==", USER_NOT_FOUND, NULL},
        {"uid", "1008", USER_NOT_FOUND, NULL}, /* its decoder is "json" */
        {"uid", "100", USER_NOT_FOUND, NULL},  /* a gid */
        {"uid", "", USER_NOT_FOUND, NULL},
        {"opaque_id", "17fe93ac", USER_UNKNOWN_CLAIM, NULL},
        {"Mail", "zoe@example.org", USER_UNKNOWN_CLAIM, NULL},
        {"gid", "100", USER_UNKNOWN_CLAIM, NULL},
        {"", "zoe", USER_UNKNOWN_CLAIM, NULL},
    };
    struct loaded loaded;
    load_and_start(_i, &loaded);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct user *user = &plain_user;
        enum user_result result = loaded.manager->get_user_by_claim(cases[i].claim, cases[i].value, &user);
        ck_assert_msg(result == cases[i].result, "%s %s: %d", cases[i].claim, cases[i].value, (int)result);
        if (result == USER_OK)
            ck_assert_str_eq(user->id.opaque_id, cases[i].opaque_id);
        else
            ck_assert_ptr_eq(user, &plain_user);
    }
    stop_and_unload(&loaded);
}
END_TEST

START_TEST(get_user_groups_lists_them_sorted)
{
    struct loaded loaded;
    load_and_start(_i, &loaded);
    const char *const *groups = NULL;
    size_t count = 99;
    struct user_id id = {"", "nobody"};
    ck_assert_int_eq(loaded.manager->get_user_groups(&id, &groups, &count), USER_NOT_FOUND);
    id.opaque_id = "aroha";
    ck_assert_int_eq(loaded.manager->get_user_groups(&id, &groups, &count), USER_AMBIGUOUS);
    ck_assert_ptr_null(groups);
    ck_assert_uint_eq(count, 99);
    id.opaque_id = "ixchel";
    ck_assert_int_eq(loaded.manager->get_user_groups(&id, &groups, &count), USER_OK);
    ck_assert_uint_eq(count, 0);
    id.opaque_id = "fatou";
    ck_assert_int_eq(loaded.manager->get_user_groups(&id, &groups, &count), USER_OK);
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(groups[0], "board");
    ck_assert_str_eq(groups[1], "physics");
    ck_assert_str_eq(groups[2], "staff");
    stop_and_unload(&loaded);
}
END_TEST

START_TEST(find_users_ignores_case_of_ascii)
{
    static const struct {
        const char *text, *usernames;
    } cases[] = {
        {"AROHA", "aroha aroha"},   /* username */
        {"haddad", "bilal"},        /* display name */
        {"CONTI@", "chiara.conti"}, /* mail */
        {"SVC-", "backup"},         /* opaque id */
        {"17FE93AC", "sean zoe"},
        {"a8d71c60", "a8d71c60 fatou"}, /* one's id, the other's name */
        {"Zoë", "zoe"},
        {"zOë", "zoe"},
        {"zoË", ""}, /* Ë is not an ASCII letter */
        {"Ångström", "zoe"},
        {"ångström", ""},
        {"박은지", "eunji"},
        {"\xeb", "eunji"}, /* half a character, found by its bytes */
        {"O'Riordan", "sean"},
        {" (", "eunji"},
        {"help", "helpdesk helpdesk.weekend"},
        {"museum.example.net", "a8d71c60 aroha sean"},
        {"physics", ""},       /* groups are not searched */
        {"MTAw", ""},          /* nor the opaque map */
        {"login.example", ""}, /* nor the provider */
        {"zoezo", ""},         /* not across two texts */
        {"zoe@example.org1", ""},
        {"nobody", ""},
    };
    struct loaded loaded;
    load_and_start(_i, &loaded);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct user *users[USERS + 1];
        size_t count = 99;
        ck_assert_int_eq(loaded.manager->find_users(cases[i].text, NULL, COUNT(users), users, &count), USER_OK);
        char usernames[200] = "";
        for (size_t j = 0; j < count; j++) {
            strcat(usernames, j == 0 ? "" : " ");
            strcat(usernames, users[j]->username);
        }
        ck_assert_msg(strcmp(usernames, cases[i].usernames) == 0, "%s: %s", cases[i].text, usernames);
    }
    stop_and_unload(&loaded);
}
END_TEST

START_TEST(find_users_gives_pages)
{
    struct loaded loaded;
    load_and_start(_i, &loaded);
    const struct user *all[USERS + 1], *page[USERS + 1];
    size_t count = 99;
    ck_assert_int_eq(loaded.manager->find_users("", NULL, COUNT(all), all, &count), USER_OK);
    ck_assert_uint_eq(count, USERS);
    for (size_t capacity = 1; capacity <= USERS; capacity++) {
        const struct user *after = NULL;
        size_t seen = 0;
        do {
            ck_assert_int_eq(loaded.manager->find_users("", after, capacity, page, &count), USER_OK);
            ck_assert_uint_le(count, capacity);
            for (size_t i = 0; i < count; i++)
                ck_assert_ptr_eq(page[i], all[seen++]);
            if (count > 0)
                after = page[count - 1];
        } while (count == capacity);
        ck_assert_uint_eq(seen, USERS);
    }
    ck_assert_int_eq(loaded.manager->find_users("", NULL, 0, page, &count), USER_OK);
    ck_assert_uint_eq(count, 0);
    /* `after` need not be one that was found by the text */
    ck_assert_int_eq(loaded.manager->find_users("zoe", all[3], 1, page, &count), USER_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(page[0]->username, "zoe");
    stop_and_unload(&loaded);
}
END_TEST

START_TEST(find_users_with_a_text_longer_than_any_finds_nobody)
{
    struct loaded loaded;
    load_and_start(_i, &loaded);
    for (size_t size = DIRECTORY_TEXT_MAX - 1; size <= DIRECTORY_TEXT_MAX + 1; size++) {
        char text[DIRECTORY_TEXT_MAX + 2];
        memset(text, 'a', size);
        text[size] = '\0';
        const struct user *user;
        size_t count = 99;
        ck_assert_int_eq(loaded.manager->find_users(text, NULL, 1, &user, &count), USER_OK);
        ck_assert_uint_eq(count, 0);
    }
    stop_and_unload(&loaded);
}
END_TEST

START_TEST(methods_with_null_are_invalid)
{
    struct loaded loaded;
    load_and_start(_i, &loaded);
    const struct user_manager *manager = loaded.manager;
    const struct user *user = &plain_user, *known;
    const char *const *groups = NULL;
    size_t count = 99;
    struct user_id id = {"", "zoe"}, no_id = {LOGIN, NULL};
    ck_assert_int_eq(manager->get_user(&id, &known), USER_OK);
    ck_assert_int_eq(manager->get_user(NULL, &user), USER_INVALID);
    ck_assert_int_eq(manager->get_user(&no_id, &user), USER_INVALID);
    ck_assert_int_eq(manager->get_user(&id, NULL), USER_INVALID);
    ck_assert_int_eq(manager->get_user_by_claim(NULL, "zoe", &user), USER_INVALID);
    ck_assert_int_eq(manager->get_user_by_claim("mail", NULL, &user), USER_INVALID);
    ck_assert_int_eq(manager->get_user_by_claim("mail", "zoe", NULL), USER_INVALID);
    ck_assert_int_eq(manager->get_user_groups(NULL, &groups, &count), USER_INVALID);
    ck_assert_int_eq(manager->get_user_groups(&no_id, &groups, &count), USER_INVALID);
    ck_assert_int_eq(manager->get_user_groups(&id, NULL, &count), USER_INVALID);
    ck_assert_int_eq(manager->get_user_groups(&id, &groups, NULL), USER_INVALID);
    ck_assert_int_eq(manager->find_users(NULL, NULL, 1, &user, &count), USER_INVALID);
    ck_assert_int_eq(manager->find_users("", NULL, 1, NULL, &count), USER_INVALID);
    ck_assert_int_eq(manager->find_users("", NULL, 1, &user, NULL), USER_INVALID);
    /* users that are not the plugin's */
    const struct user *inside = (const struct user *)(const void *)((const char *)known + sizeof(void *));
    ck_assert_int_eq(manager->find_users("", &plain_user, 1, &user, &count), USER_INVALID);
    ck_assert_int_eq(manager->find_users("", inside, 1, &user, &count), USER_INVALID);
    ck_assert_ptr_eq(user, &plain_user);
    ck_assert_ptr_null(groups);
    ck_assert_uint_eq(count, 99);
    stop_and_unload(&loaded);
}
END_TEST

START_TEST(both_plugins_give_the_same_users)
{
    struct loaded loaded[PLUGINS];
    const struct user *users[PLUGINS][USERS + 1];
    for (int i = 0; i < PLUGINS; i++) {
        size_t count;
        load_and_start(i, &loaded[i]);
        ck_assert_int_eq(loaded[i].manager->find_users("", NULL, USERS + 1, users[i], &count), USER_OK);
        ck_assert_uint_eq(count, USERS);
    }
    for (size_t i = 0; i < USERS; i++) {
        const struct user *a = users[JSON][i], *b = users[SQLITE][i];
        ck_assert_str_eq(a->id.idp, b->id.idp);
        ck_assert_str_eq(a->id.opaque_id, b->id.opaque_id);
        ck_assert_str_eq(a->username, b->username);
        ck_assert_str_eq(a->mail, b->mail);
        ck_assert_str_eq(a->display_name, b->display_name);
        ck_assert_uint_eq(a->group_count, b->group_count);
        for (size_t j = 0; j < a->group_count; j++)
            ck_assert_str_eq(a->groups[j], b->groups[j]);
        ck_assert_uint_eq(a->opaque_count, b->opaque_count);
        for (size_t j = 0; j < a->opaque_count; j++) {
            ck_assert_str_eq(a->opaque[j].key, b->opaque[j].key);
            ck_assert_str_eq(a->opaque[j].decoder, b->opaque[j].decoder);
            ck_assert_str_eq(a->opaque[j].value, b->opaque[j].value);
        }
    }
    stop_and_unload(&loaded[JSON]);
    stop_and_unload(&loaded[SQLITE]);
}
END_TEST

START_TEST(start_after_a_failed_start_and_after_stop_works)
{
    struct loaded loaded;
    load(_i, &loaded);
    const char *path;
    if (_i == JSON)
        path = write_file("empty.json", "[]", 2);
    else
        path = write_database("empty.db", "CREATE TABLE users (number, idp, opaque_id, username, mail, display_name);"
                                          "CREATE TABLE user_groups (number, name);"
                                          "CREATE TABLE user_opaque (number, key, decoder, value)");
    for (int i = 0; i < 2; i++) {
        const struct user *user;
        size_t count = 99;
        ck_assert_int_lt(start(&loaded, path_in(NULL, "absent")), 0);
        ck_assert_msg(start(&loaded, path) == 0, "%s", fail_text);
        ck_assert_int_eq(loaded.manager->find_users("", NULL, 1, &user, &count), USER_OK);
        ck_assert_uint_eq(count, 0);
        loaded.stop();
    }
    ck_assert_int_eq(dlclose(loaded.handle), 0);
}
END_TEST

/* ---- bad users, of both plugins --------------------------------------------------------------------------------- */

#define LONG_16 "0123456789abcdef"
#define LONG_256                                                                                                       \
    LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16    \
        LONG_16 LONG_16
#define LONG_1024 LONG_256 LONG_256 LONG_256 LONG_256

enum { IDP, OPAQUE_ID, USERNAME, MAIL, DISPLAY_NAME, GROUP, GROUP_2, KEY, DECODER, VALUE, COLUMNS };

/* One good user, in which one text is replaced: by NULL, it is missing. */
static const char *const good_texts[COLUMNS] = {"idp",   "id 2",  "name", "mail",  "display",
                                                "group", "other", "key",  "plain", "Zm9v"};

static const struct {
    int column;
    const char *text, *fault; /* NULL: none */
} user_faults[] = {
    {IDP, NULL, "field 'idp' is missing"},
    {OPAQUE_ID, NULL, "field 'opaque_id' is missing"},
    {USERNAME, NULL, "field 'username' is missing"},
    {MAIL, NULL, "field 'mail' is missing"},
    {DISPLAY_NAME, NULL, "field 'display_name' is missing"},
    {DECODER, NULL, "field 'opaque: decoder' is missing"},
    {VALUE, NULL, "field 'opaque: value' is missing"},
    {IDP, "", "field 'idp' is empty"},
    {OPAQUE_ID, "", "field 'opaque_id' is empty"},
    {USERNAME, "", "field 'username' is empty"},
    {MAIL, "", NULL},
    {DISPLAY_NAME, "", NULL},
    {GROUP, "", "field 'groups' is empty"},
    {KEY, "", "field 'opaque: key' is empty"},
    {DECODER, "", "field 'opaque: decoder' is empty"},
    {VALUE, "", NULL},
    {IDP, LONG_1024, NULL},
    {IDP, LONG_1024 "1", "field 'idp' is longer than 1024 bytes"},
    {OPAQUE_ID, LONG_1024 "1", "field 'opaque_id' is longer than 1024 bytes"},
    {USERNAME, LONG_1024 "1", "field 'username' is longer than 1024 bytes"},
    {MAIL, LONG_1024 "1", "field 'mail' is longer than 1024 bytes"},
    {DISPLAY_NAME, LONG_1024 "1", "field 'display_name' is longer than 1024 bytes"},
    {GROUP, LONG_1024 "1", "field 'groups' is longer than 1024 bytes"},
    {KEY, LONG_1024 "1", "field 'opaque: key' is longer than 1024 bytes"},
    {DECODER, LONG_1024 "1", "field 'opaque: decoder' is longer than 1024 bytes"},
    {VALUE, LONG_1024 LONG_1024, NULL},
    {VALUE, "Zm9", "field 'opaque: value' is not base64"},
    {GROUP_2, "group", "field 'groups' has a group twice"},
    {OPAQUE_ID, "id 1", "id 'id 1' of 'idp' is taken already"},
};

/* A user of these texts as JSON, on one line. The caller frees. */
static char *user_as_json(const char *const texts[COLUMNS])
{
    json_t *user = json_pack("{s:{s:s*,s:s*},s:s*,s:s*,s:s*,s:[s,s],s:{s:{s:s*,s:s*}}}", "id", "idp", texts[IDP],
                             "opaque_id", texts[OPAQUE_ID], "username", texts[USERNAME], "mail", texts[MAIL],
                             "display_name", texts[DISPLAY_NAME], "groups", texts[GROUP], texts[GROUP_2], "opaque",
                             texts[KEY], "decoder", texts[DECODER], "value", texts[VALUE]);
    ck_assert_ptr_nonnull(user);
    char *text = json_dumps(user, JSON_COMPACT);
    ck_assert_ptr_nonnull(text);
    json_decref(user);
    return text;
}

static const char *write_users_json(const char *const first[COLUMNS], const char *const second[COLUMNS])
{
    char *first_text = user_as_json(first), *second_text = user_as_json(second);
    static char text[16000];
    int size = snprintf(text, sizeof(text), "[%s,\n\n %s]\n", first_text, second_text);
    ck_assert_int_lt(size, (int)sizeof(text));
    free(first_text);
    free(second_text);
    return write_file("faults.json", text, (size_t)size);
}

/* The tables of users.sql without their constraints. */
#define LOOSE_TABLES                                                                                                   \
    "CREATE TABLE users (number, idp, opaque_id, username, mail, display_name);"                                       \
    "CREATE TABLE user_groups (number, name);"                                                                         \
    "CREATE TABLE user_opaque (number, key, decoder, value);"

static void run(sqlite3 *database, const char *sql, int number, const char *const *texts, int count)
{
    sqlite3_stmt *statement;
    ck_assert_int_eq(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
    ck_assert_int_eq(sqlite3_bind_int(statement, 1, number), SQLITE_OK);
    for (int i = 0; i < count; i++)
        ck_assert_int_eq(sqlite3_bind_text(statement, i + 2, texts[i], -1, SQLITE_STATIC), SQLITE_OK);
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
}

static const char *write_users_database(const char *const first[COLUMNS], const char *const second[COLUMNS])
{
    const char *path = path_in(NULL, "faults.db");
    sqlite3 *database = make_database(path, LOOSE_TABLES);
    for (int i = 0; i < 2; i++) {
        const char *const *texts = i == 0 ? first : second;
        run(database, "INSERT INTO users VALUES (?, ?, ?, ?, ?, ?)", i + 1, texts, 5);
        run(database, "INSERT INTO user_groups VALUES (?, ?)", i + 1, &texts[GROUP], 1);
        run(database, "INSERT INTO user_groups VALUES (?, ?)", i + 1, &texts[GROUP_2], 1);
        run(database, "INSERT INTO user_opaque VALUES (?, ?, ?, ?)", i + 1, &texts[KEY], 3);
    }
    ck_assert_int_eq(sqlite3_close(database), SQLITE_OK);
    return path;
}

static void assert_fault_found(int which, const char *const first[COLUMNS], const char *const second[COLUMNS],
                               const char *fault, bool is_clash)
{
    static const char *const places[PLUGINS] = {[JSON] = ":3: user 2: ", [SQLITE] = ": user number 2: "};
    static const char *const clash_places[PLUGINS] = {[JSON] = ":3: ", [SQLITE] = ": user number 2: "};
    static const char *const clash_ends[PLUGINS] = {
        [JSON] = ", by the user at line 1", [SQLITE] = ", by user number 1"};
    const char *path = which == JSON ? write_users_json(first, second) : write_users_database(first, second);
    char expected[2000];
    snprintf(expected, sizeof(expected), "%s%s%s", is_clash ? clash_places[which] : places[which], fault,
             is_clash ? clash_ends[which] : "");
    assert_data_fails(which, path, expected);
}

/* For user_faults[_i]. */
static void check_user_fault(int which, size_t at)
{
    const char *first[COLUMNS], *second[COLUMNS];
    memcpy(first, good_texts, sizeof(first));
    memcpy(second, good_texts, sizeof(second));
    first[OPAQUE_ID] = "id 1";
    second[user_faults[at].column] = user_faults[at].text;
    if (user_faults[at].fault != NULL) {
        assert_fault_found(which, first, second, user_faults[at].fault, at == COUNT(user_faults) - 1);
        return;
    }
    struct loaded loaded;
    load(which, &loaded);
    const char *path = which == JSON ? write_users_json(first, second) : write_users_database(first, second);
    ck_assert_msg(start(&loaded, path) == 0, "%s", fail_text);
    stop_and_unload(&loaded);
}

START_TEST(users_json_bad_user_is_told_with_its_line)
{
    check_user_fault(JSON, (size_t)_i);
}
END_TEST

START_TEST(users_sqlite_bad_user_is_told_with_its_number)
{
    check_user_fault(SQLITE, (size_t)_i);
}
END_TEST

/* ---- bad files -------------------------------------------------------------------------------------------------- */

START_TEST(start_with_what_is_no_file_fails)
{
    static const char *const no_data[PLUGINS] = {
        [JSON] = "no data: the configuration must be the path of a JSON file",
        [SQLITE] = "no data: the configuration must be the path of an SQLite database"};
    const char *fifo = path_in(NULL, "fifo");
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    assert_start_fails(_i, "", no_data[_i]);
    assert_data_fails(_i, path_in(NULL, "absent"), ": No such file or directory");
    assert_data_fails(_i, folder, ": not a regular file");
    assert_data_fails(_i, fifo, ": not a regular file");
    assert_data_fails(_i, "/dev/zero", ": not a regular file");
}
END_TEST

START_TEST(users_json_too_large_a_file_is_refused)
{
    const char *path = write_file("large.json", "[", 1);
    ck_assert_int_eq(truncate(path, 64 * 1024 * 1024 + 1), 0);
    assert_data_fails(JSON, path, ": larger than 67108864 bytes");
    ck_assert_int_eq(truncate(path, 64 * 1024 * 1024), 0);
    assert_data_fails(JSON, path, ":1: '{' expected, the start of a user");
}
END_TEST

#define GOOD_ID "{\"idp\":\"i\",\"opaque_id\":\"o\"}"
#define GOOD_START "[\n{\"id\":" GOOD_ID ",\"username\":\"u\",\"mail\":\"m\",\"display_name\":\"d\""

/* A star stands for the rest of what jansson says, which differs with its version. */
static const struct {
    const char *json, *expected;
} json_faults[] = {
    {"", ":1: '[' expected, the start of an array of users"},
    {"\n \t\r\n", ":3: '[' expected, the start of an array of users"},
    {"{}", ":1: '[' expected, the start of an array of users"},
    {"\xef\xbb\xbf[]", ":1: '[' expected, the start of an array of users"},
    {"[", ":1: '{' expected, the start of a user"},
    {"\n[\n7]", ":3: '{' expected, the start of a user"},
    {"[]\n[]", ":2: nothing expected behind the array"},
    {"[\n{\n\"id\": 1,,\n}\n]", ":3: string*"},
    {"[\n{\n\"id\": tru\n}\n]", ":3: invalid token*"},
    {"[\n{\n\"id\": 1,\n\"id\": 2\n}\n]", ":4: duplicate object key*"},
    {"[\n{\n\"id\": \"\\u0000\"\n}\n]", ":3: \\u0000 is not allowed*"},
    {"[\n{\n\"id\": \"\xff\"\n}\n]", ":3: unable to decode byte 0xff*"},
    {"[\n{}]", ":2: user 1: field 'id' is missing"},
    {"[\n{\"id\":\"\"}]", ":2: user 1: field 'id' is not an object"},
    {"[\n{\"id\":null}]", ":2: user 1: field 'id' is not an object"},
    {"[\n{\"id\":{\"idp\":7}}]", ":2: user 1: field 'idp' is not a string"},
    {"[\n{\"id\":" GOOD_ID ",\"username\":[]}]", ":2: user 1: field 'username' is not a string"},
    {GOOD_START "}]", ":2: user 1: field 'groups' is missing"},
    {GOOD_START ",\"groups\":{}}]", ":2: user 1: field 'groups' is not an array"},
    {GOOD_START ",\"groups\":[\"g\",\n7]}]", ":2: user 1: field 'groups' has an element that is not a string"},
    {GOOD_START ",\"groups\":[],\"opaque\":[]}]", ":2: user 1: field 'opaque' is not an object"},
    {GOOD_START ",\"groups\":[],\"opaque\":{\"uid\":7}}]",
     ":2: user 1: field 'opaque' has an entry that is not an object"},
    {GOOD_START ",\"groups\":[],\"opaque\":{\"uid\":{\"decoder\":7}}}]",
     ":2: user 1: field 'opaque: decoder' is not a string"},
    {GOOD_START ",\"groups\":[]}", ":2: ',' or ']' expected behind a user"},
    {GOOD_START ",\"groups\":[]}\n\n{", ":4: ',' or ']' expected behind a user"},
    {GOOD_START ",\"groups\":[]}\n,\n]", ":4: '{' expected, the start of a user"},
    /* the line of the second user, behind one of several lines with a line break that is none */
    {GOOD_START ",\n\n\"groups\":[\"\\n\"]\n}\n,\n\n{\n\"id\": 7}]", ":8: user 2: field 'id' is not an object"},
};

START_TEST(users_json_malformed_file_is_told_with_its_line)
{
    const char *path = write_file("bad.json", json_faults[_i].json, strlen(json_faults[_i].json));
    const char *star = strchr(json_faults[_i].expected, '*');
    if (star == NULL) {
        assert_data_fails(JSON, path, json_faults[_i].expected);
        return;
    }
    char text[2000];
    snprintf(text, sizeof(text), "%s%.*s", path, (int)(star - json_faults[_i].expected), json_faults[_i].expected);
    struct loaded loaded;
    load(JSON, &loaded);
    ck_assert_int_lt(start(&loaded, path), 0);
    ck_assert_msg(strncmp(fail_text, text, strlen(text)) == 0, "%s", fail_text);
    ck_assert_int_eq(dlclose(loaded.handle), 0);
}
END_TEST

START_TEST(users_json_deep_nesting_is_refused)
{
    static char text[100000];
    memset(text, '[', sizeof(text));
    memcpy(text, "[{\"id\":", 7);
    const char *path = write_file("deep.json", text, sizeof(text));
    struct loaded loaded;
    load(JSON, &loaded);
    ck_assert_int_lt(start(&loaded, path), 0);
    ck_assert_ptr_nonnull(strstr(fail_text, "maximum parsing depth reached"));
    ck_assert_int_eq(dlclose(loaded.handle), 0);
}
END_TEST

START_TEST(users_json_ignores_fields_that_it_does_not_know)
{
    static const char text[] = GOOD_START ",\"groups\":[],\"more\":{\"deep\":[1,null]}}]";
    struct loaded loaded;
    load(JSON, &loaded);
    ck_assert_msg(start(&loaded, write_file("more.json", text, sizeof(text) - 1)) == 0, "%s", fail_text);
    stop_and_unload(&loaded);
}
END_TEST

START_TEST(users_json_truncated_anywhere_fails)
{
    size_t size;
    char *text = read_file(path_in("top_srcdir", "plugins/users/users.json"), &size);
    struct loaded loaded;
    load(JSON, &loaded);
    ck_assert_str_eq(text + size - 2, "]\n");
    for (size_t i = 0; i < size - 1; i++) {
        const char *path = write_file("cut.json", text, i);
        ck_assert_msg(start(&loaded, path) < 0, "%zu of %zu bytes", i, size);
        ck_assert_msg(strncmp(fail_text, path, strlen(path)) == 0, "%s", fail_text);
    }
    ck_assert_int_eq(dlclose(loaded.handle), 0);
    free(text);
}
END_TEST

#define LOOSE_USER LOOSE_TABLES "INSERT INTO users VALUES (1, 'i', 'o', 'u', 'm', 'd');"

static const struct {
    const char *sql, *expected;
} sqlite_faults[] = {
    {"CREATE TABLE other (number)", ": no such table: users"},
    {"CREATE TABLE users (number, idp)", ": no such column: opaque_id"},
    {"CREATE TABLE users (number, idp, opaque_id, username, mail, display_name)", ": no such table: user_groups"},
    {"CREATE TABLE users (number, idp, opaque_id, username, mail, display_name);"
     "CREATE TABLE user_groups (number, name)",
     ": no such table: user_opaque"},
    {LOOSE_TABLES "INSERT INTO users VALUES (1, 'i', 'o', 'u', 7, 'd')", ": user number 1: field 'mail' is not a text"},
    {LOOSE_TABLES "INSERT INTO users VALUES (1, 'i', 'o', x'61', 'm', 'd')",
     ": user number 1: field 'username' is not a text"},
    {LOOSE_TABLES "INSERT INTO users VALUES (1, 'i', 'o', 'u', 'm' || char(0) || 'n', 'd')",
     ": user number 1: field 'mail' has a NUL in it"},
    {LOOSE_TABLES "INSERT INTO users VALUES (1, 'i', 'o', 'u', CAST(x'61ff' AS TEXT), 'd')",
     ": user number 1: field 'mail' is not UTF-8"},
    {LOOSE_TABLES "INSERT INTO users VALUES (1, 'i', 'o', 'u', CAST(x'c3' AS TEXT), 'd')",
     ": user number 1: field 'mail' is not UTF-8"},
    {LOOSE_TABLES "INSERT INTO users VALUES (1, 'i', 'o', 'u', CAST(x'c0af' AS TEXT), 'd')",
     ": user number 1: field 'mail' is not UTF-8"},
    {LOOSE_TABLES "INSERT INTO users VALUES (1, 'i', 'o', 'u', CAST(x'eda080' AS TEXT), 'd')",
     ": user number 1: field 'mail' is not UTF-8"},
    {LOOSE_TABLES "INSERT INTO users VALUES (1, 'i', 'o', 'u', CAST(x'e08080' AS TEXT), 'd')",
     ": user number 1: field 'mail' is not UTF-8"},
    {LOOSE_TABLES "INSERT INTO users VALUES (1, 'i', 'o', 'u', CAST(x'f4908080' AS TEXT), 'd')",
     ": user number 1: field 'mail' is not UTF-8"},
    {LOOSE_TABLES "INSERT INTO users VALUES (1, 'i', 'o', 'u', CAST(x'f09f92' AS TEXT), 'd')",
     ": user number 1: field 'mail' is not UTF-8"},
    {LOOSE_TABLES "INSERT INTO users VALUES (NULL, 'i', 'o', 'u', 'm', 'd')",
     ": table users: a number is negative or not an integer"},
    {LOOSE_TABLES "INSERT INTO users VALUES (-1, 'i', 'o', 'u', 'm', 'd')",
     ": table users: a number is negative or not an integer"},
    {LOOSE_TABLES "INSERT INTO users VALUES ('1', 'i', 'o', 'u', 'm', 'd')",
     ": table users: a number is negative or not an integer"},
    {LOOSE_USER "INSERT INTO users VALUES (1, 'i', 'p', 'v', 'm', 'd')", ": table users: number 1 is there twice"},
    {LOOSE_USER "INSERT INTO user_groups VALUES (1, NULL)", ": user number 1: field 'groups' is missing"},
    {LOOSE_USER "INSERT INTO user_groups VALUES (1, 7)", ": user number 1: field 'groups' is not a text"},
    {LOOSE_USER "INSERT INTO user_opaque VALUES (1, NULL, 'plain', '')",
     ": user number 1: field 'opaque: key' is missing"},
    {LOOSE_USER "INSERT INTO user_opaque VALUES (1, 'k', 'plain', ''), (1, 'l', 'plain', ''), (1, 'k', 'json', '')",
     ": user number 1: field 'opaque' has a key twice"},
    {LOOSE_USER "INSERT INTO user_groups VALUES (2, 'g')", ": table user_groups: number 2 is no user's"},
    {LOOSE_USER "INSERT INTO user_groups VALUES (NULL, 'g')", ": table user_groups: number NULL is no user's"},
    {LOOSE_USER "INSERT INTO user_opaque VALUES ('1', 'k', 'plain', '')", ": table user_opaque: number 1 is no user's"},
    {LOOSE_TABLES "INSERT INTO users VALUES (1, 'i', 'o', 'u', 'm', CAST(zeroblob(2000000) AS TEXT))",
     ": string or blob too big"},
    {"CREATE TABLE user_groups (number, name); CREATE TABLE user_opaque (number, key, decoder, value);"
     "CREATE VIEW users AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n)"
     "SELECT i AS number, '' AS idp, '' AS opaque_id, '' AS username, '' AS mail, '' AS display_name FROM n "
     "WHERE i > 1",
     ": reading takes far longer than its size explains"},
    {"CREATE TABLE user_groups (number, name); CREATE TABLE user_opaque (number, key, decoder, value);"
     "CREATE VIEW users AS SELECT 1 AS number, readfile('/etc/passwd') AS idp, 1 AS opaque_id, 1 AS username,"
     "1 AS mail, 1 AS display_name",
     ": no such function: readfile"},
};

START_TEST(users_sqlite_bad_table_is_told)
{
    assert_data_fails(SQLITE, write_database("bad.db", sqlite_faults[_i].sql), sqlite_faults[_i].expected);
}
END_TEST

START_TEST(users_sqlite_file_of_another_kind_is_told)
{
    static const char text[] = "This is no database, though it is as long as the header of one has to be, at least.\n"
                               "This is no database, though it is as long as the header of one has to be, at least.\n";
    assert_data_fails(SQLITE, write_file("text.db", text, sizeof(text) - 1), ": file is not a database");
    assert_data_fails(SQLITE, write_file("empty.db", "", 0), ": no such table: users");
}
END_TEST

START_TEST(users_sqlite_locked_database_is_told)
{
    const char *path = path_in(NULL, "locked.db");
    sqlite3 *database = make_database(path, LOOSE_TABLES "BEGIN EXCLUSIVE");
    assert_data_fails(SQLITE, path, ": database is locked");
    ck_assert_int_eq(sqlite3_close(database), SQLITE_OK);
}
END_TEST

START_TEST(users_sqlite_reads_views_and_utf16)
{
    const char *path = write_database(
        "view.db", "PRAGMA encoding = 'UTF-16le'; CREATE TABLE people (idp, id, name);"
                   "INSERT INTO people VALUES ('i', 'o', 'Zo' || char(235));"
                   "CREATE VIEW users AS SELECT rowid AS number, idp, id AS opaque_id, name AS username, '' AS mail,"
                   "name AS display_name FROM people;"
                   "CREATE VIEW user_groups AS SELECT rowid AS number, 'everyone' AS name FROM people;"
                   "CREATE TABLE user_opaque (number, key, decoder, value)");
    struct loaded loaded;
    load(SQLITE, &loaded);
    ck_assert_msg(start(&loaded, path) == 0, "%s", fail_text);
    const struct user *user;
    ck_assert_int_eq(loaded.manager->get_user_by_claim("username", "Zoë", &user), USER_OK);
    ck_assert_uint_eq(user->group_count, 1);
    ck_assert_str_eq(user->groups[0], "everyone");
    stop_and_unload(&loaded);
}
END_TEST

START_TEST(users_sqlite_start_leaves_the_database_as_it_is)
{
    const char *path = write_database("same.db", LOOSE_USER);
    size_t size, size_after;
    char *before = read_file(path, &size);
    ck_assert_int_eq(chmod(path, 0400), 0);
    struct loaded loaded;
    load(SQLITE, &loaded);
    ck_assert_msg(start(&loaded, path) == 0, "%s", fail_text);
    stop_and_unload(&loaded);
    char *after = read_file(path, &size_after);
    ck_assert_uint_eq(size, size_after);
    ck_assert_mem_eq(before, after, size);
    free(before);
    free(after);
}
END_TEST

START_TEST(users_sqlite_damaged_anywhere_fails_or_reads)
{
    struct loaded loaded;
    load_and_start(SQLITE, &loaded);
    loaded.stop();
    size_t size, refused = 0;
    char *bytes = read_file(path_in(NULL, "users.db"), &size);
    for (size_t i = 0; i < size; i += 61) {
        char kept = bytes[i];
        bytes[i] = (char)~bytes[i];
        const char *path = write_file("damaged.db", bytes, size);
        if (start(&loaded, path) == 0) {
            loaded.stop();
        } else {
            refused++;
            ck_assert_msg(strncmp(fail_text, path, strlen(path)) == 0, "%s", fail_text);
        }
        bytes[i] = kept;
    }
    ck_assert_uint_gt(refused, 0);
    for (size_t i = 0; i < size; i += 509) {
        const char *path = write_file("cut.db", bytes, i);
        ck_assert_msg(start(&loaded, path) < 0, "%zu of %zu bytes", i, size);
        ck_assert_msg(strncmp(fail_text, path, strlen(path)) == 0, "%s", fail_text);
    }
    ck_assert_int_eq(dlclose(loaded.handle), 0);
    free(bytes);
}
END_TEST

/* ---- all of it -------------------------------------------------------------------------------------------------- */

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return tcase;
}

static void add_directory_tests(Suite *suite)
{
    TCase *tcase = add_case(suite, "directory");
    tcase_add_test(tcase, base64_decode_accepts_what_the_standard_has);
    tcase_add_test(tcase, base64_decode_refuses_all_else);
    tcase_add_test(tcase, directory_without_users_finds_nobody);
    tcase_add_test(tcase, directory_add_copies_all_texts);
    tcase_add_test(tcase, directory_finish_tells_the_first_clash_in_the_readers_order);
    tcase_add_test(tcase, directory_uid_is_plain_text_only);
    tcase_add_test(tcase, directory_find_agrees_with_a_plain_search);
    tcase_add_test(tcase, directory_get_agrees_with_a_plain_search);
    tcase_add_test(tcase, directory_texts_of_any_length_are_told_apart_by_any_byte);
    tcase_add_test(tcase, directory_one_username_at_many_providers_is_found_by_provider);
    tcase_add_test(tcase, directory_out_of_memory_says_so);
}

/* Each for both plugins. */
static void add_query_tests(Suite *suite)
{
    TCase *tcase = add_case(suite, "queries");
    tcase_add_loop_test(tcase, get_user_finds_by_id, 0, PLUGINS);
    tcase_add_loop_test(tcase, get_user_gives_all_fields, 0, PLUGINS);
    tcase_add_loop_test(tcase, get_user_by_claim_finds, 0, PLUGINS);
    tcase_add_loop_test(tcase, get_user_groups_lists_them_sorted, 0, PLUGINS);
    tcase_add_loop_test(tcase, find_users_ignores_case_of_ascii, 0, PLUGINS);
    tcase_add_loop_test(tcase, find_users_gives_pages, 0, PLUGINS);
    tcase_add_loop_test(tcase, find_users_with_a_text_longer_than_any_finds_nobody, 0, PLUGINS);
    tcase_add_loop_test(tcase, methods_with_null_are_invalid, 0, PLUGINS);
    tcase_add_loop_test(tcase, start_after_a_failed_start_and_after_stop_works, 0, PLUGINS);
    tcase_add_loop_test(tcase, start_with_what_is_no_file_fails, 0, PLUGINS);
    tcase_add_test(tcase, both_plugins_give_the_same_users);
}

static void add_fault_tests(Suite *suite)
{
    TCase *tcase = add_case(suite, "faults");
    tcase_add_loop_test(tcase, users_json_bad_user_is_told_with_its_line, 0, COUNT(user_faults));
    tcase_add_loop_test(tcase, users_json_malformed_file_is_told_with_its_line, 0, COUNT(json_faults));
    tcase_add_test(tcase, users_json_too_large_a_file_is_refused);
    tcase_add_test(tcase, users_json_deep_nesting_is_refused);
    tcase_add_test(tcase, users_json_ignores_fields_that_it_does_not_know);
    tcase_add_test(tcase, users_json_truncated_anywhere_fails);
    tcase_add_loop_test(tcase, users_sqlite_bad_user_is_told_with_its_number, 0, COUNT(user_faults));
    tcase_add_loop_test(tcase, users_sqlite_bad_table_is_told, 0, COUNT(sqlite_faults));
    tcase_add_test(tcase, users_sqlite_file_of_another_kind_is_told);
    tcase_add_test(tcase, users_sqlite_locked_database_is_told);
    tcase_add_test(tcase, users_sqlite_reads_views_and_utf16);
    tcase_add_test(tcase, users_sqlite_start_leaves_the_database_as_it_is);
    tcase_add_test(tcase, users_sqlite_damaged_anywhere_fails_or_reads);
}

int main(void)
{
    Suite *suite = suite_create("users");
    add_directory_tests(suite);
    add_query_tests(suite);
    add_fault_tests(suite);
    return run_suite(suite);
}
