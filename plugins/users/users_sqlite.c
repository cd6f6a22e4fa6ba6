/* SPDX-License-Identifier: MIT */
/* users_sqlite.c: the interface user_manager over an SQLite database, with the tables of users.sql:
 *
 *     users        number, idp, opaque_id, username, mail, display_name
 *     user_groups  number, name
 *     user_opaque  number, key, decoder, value
 *
 * Views of these names serve as well. The database is opened for reading only, and read in one transaction: the
 * snapshot is one state of it, whoever writes meanwhile. */
#include <plugmgr/plugin.h>

#include "directory.h"
#include "user_manager.h"
#include "user_rules.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

PLUGMGR_PLUGIN("users_sqlite", "1.0.0");
PLUGMGR_REQUIRE_OPTIONAL(user_rules, 1, 0);

#define VALUE_MAX (1024 * 1024)    /* longest value that is read from the database, in bytes */
#define BUSY_MILLISECONDS 1000     /* how long to wait for a writer */
#define STEPS_PER_CALL 1000000     /* steps of SQLite's machine between two calls of count_steps */
#define CALLS_MIN 20               /* of count_steps, that any database may take */
#define BYTES_PER_CALL (64 * 1024) /* of the file, for each of which one call more is allowed */

static struct directory *users; /* from start to stop */

struct reader {
    const struct plugmgr_context *context;
    struct directory *directory;
    sqlite3 *database;
    sqlite3_stmt *users, *groups, *opaque;
    unsigned long long calls_left; /* of count_steps */
    sqlite3_int64 number;          /* of the user being read, as in the column `number`; before the first -1 */
};

static int fail_memory(const struct reader *reader)
{
    return reader->context->fail(reader->context, "out of memory");
}

/* What SQLite has to say of the database. */
static int fail_database(const struct reader *reader)
{
    if (sqlite3_errcode(reader->database) == SQLITE_INTERRUPT)
        return reader->context->fail(reader->context, "%s: reading takes far longer than its size explains",
                                     reader->context->config);
    return reader->context->fail(reader->context, "%s: %s", reader->context->config, sqlite3_errmsg(reader->database));
}

static int fail_user(const struct reader *reader, const char *field, const char *fault)
{
    return reader->context->fail(reader->context, "%s: user number %lld: field '%s' %s", reader->context->config,
                                 (long long)reader->number, field, fault);
}

/* ---- one user --------------------------------------------------------------------------------------------------- */

/* The text in a column of the current row, SQLite's until the statement moves on. NULL: the failure is reported. */
static const char *get_text(const struct reader *reader, sqlite3_stmt *row, int column, const char *field)
{
    switch (sqlite3_column_type(row, column)) {
    case SQLITE_TEXT:
        break;
    case SQLITE_NULL:
        fail_user(reader, field, "is missing");
        return NULL;
    default:
        fail_user(reader, field, "is not a text");
        return NULL;
    }
    const char *text = (const char *)sqlite3_column_text(row, column);
    if (text == NULL) {
        fail_memory(reader);
        return NULL;
    }
    if (memchr(text, '\0', (size_t)sqlite3_column_bytes(row, column)) != NULL) {
        fail_user(reader, field, "has a NUL in it");
        return NULL;
    }
    return text;
}

/* Lists that grow: the texts of a statement's row are gone with the next one, so they are copied. */
struct lists {
    char **groups;
    struct user_opaque *opaque;
    size_t group_count, opaque_count;
};

static void free_lists(struct lists *lists)
{
    for (size_t i = 0; i < lists->group_count; i++)
        free(lists->groups[i]);
    for (size_t i = 0; i < lists->opaque_count; i++) {
        free((char *)lists->opaque[i].key);
        free((char *)lists->opaque[i].decoder);
        free((char *)lists->opaque[i].value);
    }
    free(lists->groups);
    free(lists->opaque);
}

/* Room for one element more, doubled when count is a power of two. NULL: out of memory. */
static void *grow(void *list, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return list;
    return reallocarray(list, count == 0 ? 1 : count * 2, size);
}

static int add_group(const struct reader *reader, struct lists *lists)
{
    const char *name = get_text(reader, reader->groups, 0, "groups");
    if (name == NULL)
        return -1;
    char **groups = grow(lists->groups, lists->group_count, sizeof(*groups));
    if (groups == NULL)
        return fail_memory(reader);
    lists->groups = groups;
    groups[lists->group_count] = strdup(name);
    if (groups[lists->group_count] == NULL)
        return fail_memory(reader);
    lists->group_count++;
    return 0;
}

static int add_opaque(const struct reader *reader, struct lists *lists)
{
    const char *key = get_text(reader, reader->opaque, 0, "opaque: key");
    const char *decoder = key == NULL ? NULL : get_text(reader, reader->opaque, 1, "opaque: decoder");
    const char *value = decoder == NULL ? NULL : get_text(reader, reader->opaque, 2, "opaque: value");
    if (value == NULL)
        return -1;
    struct user_opaque *opaque = grow(lists->opaque, lists->opaque_count, sizeof(*opaque));
    if (opaque == NULL)
        return fail_memory(reader);
    lists->opaque = opaque;
    opaque += lists->opaque_count++;
    *opaque = (struct user_opaque){strdup(key), strdup(decoder), strdup(value)};
    if (opaque->key == NULL || opaque->decoder == NULL || opaque->value == NULL)
        return fail_memory(reader);
    return 0;
}

/* Runs a statement for the user being read, and add for each of its rows. */
static int read_list(const struct reader *reader, sqlite3_stmt *statement, struct lists *lists,
                     int (*add)(const struct reader *reader, struct lists *lists))
{
    if (sqlite3_reset(statement) != SQLITE_OK || sqlite3_bind_int64(statement, 1, reader->number) != SQLITE_OK)
        return fail_database(reader);
    for (;;) {
        int status = sqlite3_step(statement);
        if (status == SQLITE_DONE)
            return 0;
        if (status != SQLITE_ROW)
            return fail_database(reader);
        int result = add(reader, lists);
        if (result < 0)
            return result;
    }
}

/* Fills the user with texts of the current row of reader->users. */
static int get_user_fields(const struct reader *reader, struct user *user)
{
    const char **const fields[] = {&user->id.idp, &user->id.opaque_id, &user->username, &user->mail,
                                   &user->display_name};
    static const char *const names[] = {"idp", "opaque_id", "username", "mail", "display_name"};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        *fields[i] = get_text(reader, reader->users, (int)i + 1, names[i]);
        if (*fields[i] == NULL)
            return -1;
    }
    return 0;
}

/* What the host demands of users, if it demands anything. */
static int check_rules(const struct reader *reader, const struct user *user)
{
    const struct user_rules *rules = plugmgr_use(user_rules);
    const char *fault = rules != NULL ? rules->check_username(user->username) : NULL;
    return fault == NULL ? 0 : fail_user(reader, "username", fault);
}

static int add_user(const struct reader *reader, struct lists *lists)
{
    struct user user;
    int result = get_user_fields(reader, &user);
    if (result == 0)
        result = check_rules(reader, &user);
    if (result == 0)
        result = read_list(reader, reader->groups, lists, add_group);
    if (result == 0)
        result = read_list(reader, reader->opaque, lists, add_opaque);
    if (result < 0)
        return result;
    user.groups = (const char *const *)lists->groups;
    user.group_count = lists->group_count;
    user.opaque = lists->opaque;
    user.opaque_count = lists->opaque_count;
    struct directory_fault fault;
    switch (directory_add(reader->directory, &user, (uint64_t)reader->number, &fault)) {
    case DIRECTORY_OK:
        return 0;
    case DIRECTORY_FAULT:
        return fail_user(reader, fault.field, fault.fault);
    default:
        return fail_memory(reader);
    }
}

/* ---- the tables ------------------------------------------------------------------------------------------------- */

static int prepare(const struct reader *reader, const char *sql, sqlite3_stmt **ret_statement)
{
    if (sqlite3_prepare_v2(reader->database, sql, -1, ret_statement, NULL) != SQLITE_OK)
        return fail_database(reader);
    return 0;
}

/* Rows of the other tables that belong to no user: somebody's groups would be lost silently. */
static int check_strays(struct reader *reader, const char *table, const char *sql)
{
    sqlite3_stmt *statement;
    int result = prepare(reader, sql, &statement);
    if (result < 0)
        return result;
    switch (sqlite3_step(statement)) {
    case SQLITE_DONE:
        break;
    case SQLITE_ROW: {
        const char *number = (const char *)sqlite3_column_text(statement, 0);
        result = reader->context->fail(reader->context, "%s: table %s: number %s is no user's", reader->context->config,
                                       table, number == NULL ? "NULL" : number);
        break;
    }
    default:
        result = fail_database(reader);
    }
    sqlite3_finalize(statement);
    return result;
}

/* Takes the number of the current row, which is greater than the one before. */
static int take_number(struct reader *reader)
{
    sqlite3_int64 number = sqlite3_column_int64(reader->users, 0);
    if (sqlite3_column_type(reader->users, 0) != SQLITE_INTEGER || number < 0)
        return reader->context->fail(reader->context, "%s: table users: a number is negative or not an integer",
                                     reader->context->config);
    if (number == reader->number)
        return reader->context->fail(reader->context, "%s: table users: number %lld is there twice",
                                     reader->context->config, (long long)number);
    reader->number = number;
    return 0;
}

static int read_table(struct reader *reader)
{
    for (;;) {
        int status = sqlite3_step(reader->users);
        if (status == SQLITE_DONE)
            return 0;
        if (status != SQLITE_ROW)
            return fail_database(reader);
        if (take_number(reader) < 0)
            return -1;
        struct lists lists = {.groups = NULL};
        int result = add_user(reader, &lists);
        free_lists(&lists);
        if (result < 0)
            return result;
    }
}

static int read_tables(struct reader *reader)
{
    int result = prepare(reader,
                         "SELECT number, idp, opaque_id, username, mail, display_name FROM users "
                         "ORDER BY number",
                         &reader->users);
    if (result == 0)
        result = prepare(reader, "SELECT name FROM user_groups WHERE number = ?1", &reader->groups);
    if (result == 0)
        result = prepare(reader, "SELECT key, decoder, value FROM user_opaque WHERE number = ?1", &reader->opaque);
    if (result == 0)
        result = check_strays(reader, "user_groups",
                              "SELECT number FROM user_groups WHERE number IS NULL OR number NOT IN "
                              "(SELECT number FROM users) LIMIT 1");
    if (result == 0)
        result = check_strays(reader, "user_opaque",
                              "SELECT number FROM user_opaque WHERE number IS NULL OR number NOT IN "
                              "(SELECT number FROM users) LIMIT 1");
    return result < 0 ? result : read_table(reader);
}

/* ---- the database ----------------------------------------------------------------------------------------------- */

/* SQLite's progress handler: other than 0 ends the statement, so that a view that never ends does not keep us. */
static int count_steps(void *pointer)
{
    struct reader *reader = pointer;
    if (reader->calls_left == 0)
        return 1;
    reader->calls_left--;
    return 0;
}

/* What SQLite advises for databases from outside (https://www.sqlite.org/security.html). */
static int distrust(struct reader *reader)
{
    sqlite3_progress_handler(reader->database, STEPS_PER_CALL, count_steps, reader);
    sqlite3_limit(reader->database, SQLITE_LIMIT_LENGTH, VALUE_MAX);
    sqlite3_busy_timeout(reader->database, BUSY_MILLISECONDS);
    if (sqlite3_db_config(reader->database, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL) != SQLITE_OK ||
        sqlite3_db_config(reader->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL) != SQLITE_OK ||
        sqlite3_exec(reader->database, "PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; BEGIN", NULL, NULL, NULL) !=
            SQLITE_OK)
        return fail_database(reader);
    sqlite3_stmt *statement;
    int result = prepare(reader, "PRAGMA quick_check(1)", &statement);
    if (result < 0)
        return result;
    if (sqlite3_step(statement) != SQLITE_ROW) {
        result = fail_database(reader);
    } else {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (text == NULL || strcmp(text, "ok") != 0)
            result = reader->context->fail(reader->context, "%s: the database is damaged: %s", reader->context->config,
                                           text == NULL ? "out of memory" : text);
    }
    sqlite3_finalize(statement);
    return result;
}

/* Opens the database. The caller closes reader->database, on failure too. */
static int open_database(struct reader *reader)
{
    const char *path = reader->context->config;
    if (*path == '\0')
        return reader->context->fail(reader->context,
                                     "no data: the configuration must be the path of an SQLite database");
    struct stat status;
    if (stat(path, &status) < 0)
        return reader->context->fail(reader->context, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode)) /* opening a FIFO would wait for its writer */
        return reader->context->fail(reader->context, "%s: not a regular file", path);
    reader->calls_left = CALLS_MIN + (unsigned long long)status.st_size / BYTES_PER_CALL;
    if (sqlite3_open_v2(path, &reader->database, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK)
        return distrust(reader);
    if (reader->database == NULL)
        return fail_memory(reader);
    return fail_database(reader);
}

static int finish(const struct reader *reader)
{
    struct directory_clash clash;
    switch (directory_finish(reader->directory, &clash)) {
    case DIRECTORY_OK:
        return 0;
    case DIRECTORY_CLASH:
        return reader->context->fail(reader->context,
                                     "%s: user number %llu: id '%s' of '%s' is taken already, by user number %llu",
                                     reader->context->config, (unsigned long long)clash.place, clash.user->id.opaque_id,
                                     clash.user->id.idp, (unsigned long long)clash.earlier_place);
    default:
        return fail_memory(reader);
    }
}

static int read_users(const struct plugmgr_context *context, struct directory *directory)
{
    struct reader reader = {.context = context, .directory = directory, .number = -1};
    int result = open_database(&reader);
    if (result == 0)
        result = read_tables(&reader);
    sqlite3_finalize(reader.users);
    sqlite3_finalize(reader.groups);
    sqlite3_finalize(reader.opaque);
    sqlite3_close(reader.database);
    return result < 0 ? result : finish(&reader);
}

/* ---- the plugin ------------------------------------------------------------------------------------------------- */

static enum user_result get_user(const struct user_id *id, const struct user **ret_user)
{
    return directory_get_user(users, id, ret_user);
}

static enum user_result get_user_by_claim(const char *claim, const char *value, const struct user **ret_user)
{
    return directory_get_user_by_claim(users, claim, value, ret_user);
}

static enum user_result get_user_groups(const struct user_id *id, const char *const **ret_groups, size_t *ret_count)
{
    return directory_get_user_groups(users, id, ret_groups, ret_count);
}

static enum user_result find_users(const char *text, const struct user *after, size_t capacity,
                                   const struct user **ret_users, size_t *ret_count)
{
    return directory_find_users(users, text, after, capacity, ret_users, ret_count);
}

static size_t count_users(void)
{
    return directory_count(users);
}

PLUGMGR_PROVIDE(user_manager, sqlite) = {
    .get_user = get_user,
    .get_user_by_claim = get_user_by_claim,
    .get_user_groups = get_user_groups,
    .find_users = find_users,
    .count_users = count_users,
};

static int start(const struct plugmgr_context *context)
{
    struct directory *directory = directory_new();
    if (directory == NULL)
        return context->fail(context, "out of memory");
    int result = read_users(context, directory);
    if (result < 0) {
        directory_free(directory);
        return result;
    }
    users = directory;
    context->log(context, PLUGMGR_LOG_INFO, "%zu users read from %s", directory_count(users), context->config);
    return 0;
}
PLUGMGR_START(start);

static void stop(void)
{
    directory_free(users);
    users = NULL;
}
PLUGMGR_STOP(stop);
