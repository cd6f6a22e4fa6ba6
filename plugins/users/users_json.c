/* SPDX-License-Identifier: MIT */
/* users_json.c: the interface user_manager over a JSON file, which is an array of users:
 *
 *     [
 *       {
 *         "id": {"idp": "https://login.example.org", "opaque_id": "4c51"},
 *         "username": "aroha", "mail": "aroha@example.org", "display_name": "Aroha Ngata",
 *         "groups": ["board"],
 *         "opaque": {"uid": {"decoder": "plain", "value": "MTAwMQ=="}}
 *       }
 *     ]
 *
 * All fields but "opaque" must be there; fields of other names are ignored. */
#include <plugmgr/plugin.h>

#include "directory.h"
#include "user_manager.h"
#include "user_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

PLUGMGR_PLUGIN("users_json", "1.0.0");
PLUGMGR_REQUIRE_OPTIONAL(user_rules, 1, 0);

#define FILE_MAX (64 * 1024 * 1024) /* bytes; jansson counts its position in an int */

static struct directory *users; /* from start to stop */

/* How far a file has been read. It is decoded user by user: jansson keeps no line for a value, and so a user's first
 * line is known. */
struct reader {
    const struct plugmgr_context *context;
    struct directory *directory;
    const char *next, *end;
    size_t line;   /* of *next, from 1 */
    size_t number; /* of the user being read, from 1 */
};

/* ---- one user --------------------------------------------------------------------------------------------------- */

static int fail_user(const struct reader *reader, const char *field, const char *fault)
{
    return reader->context->fail(reader->context, "%s:%zu: user %zu: field '%s' %s", reader->context->config,
                                 reader->line, reader->number, field, fault);
}

/* The member of an object, which must be there and of a type. NULL: the failure is reported as that of `field`. */
static const json_t *get_member(const struct reader *reader, const json_t *object, const char *key, json_type type,
                                const char *field)
{
    static const char *const wrong[] = {
        [JSON_OBJECT] = "is not an object", [JSON_ARRAY] = "is not an array", [JSON_STRING] = "is not a string"};
    const json_t *member = json_object_get(object, key);
    if (member == NULL) {
        fail_user(reader, field, "is missing");
        return NULL;
    }
    if (json_typeof(member) != type) {
        fail_user(reader, field, wrong[type]);
        return NULL;
    }
    return member;
}

/* NULL: the failure is reported. */
static const char *get_text(const struct reader *reader, const json_t *object, const char *key, const char *field)
{
    return json_string_value(get_member(reader, object, key, JSON_STRING, field));
}

/* The caller frees user->groups, on failure too. */
static int get_groups(const struct reader *reader, const json_t *object, struct user *user)
{
    const json_t *array = get_member(reader, object, "groups", JSON_ARRAY, "groups");
    if (array == NULL)
        return -1;
    const char **groups = calloc(json_array_size(array) + 1, sizeof(*groups));
    if (groups == NULL)
        return reader->context->fail(reader->context, "out of memory");
    user->groups = groups;
    for (size_t i = 0; i < json_array_size(array); i++) {
        groups[i] = json_string_value(json_array_get(array, i));
        if (groups[i] == NULL)
            return fail_user(reader, "groups", "has an element that is not a string");
    }
    user->group_count = json_array_size(array);
    return 0;
}

/* The caller frees user->opaque, on failure too. */
static int get_opaque(const struct reader *reader, json_t *object, struct user *user)
{
    if (json_object_get(object, "opaque") == NULL)
        return 0;
    const json_t *map = get_member(reader, object, "opaque", JSON_OBJECT, "opaque");
    if (map == NULL)
        return -1;
    struct user_opaque *opaque = calloc(json_object_size(map) + 1, sizeof(*opaque));
    if (opaque == NULL)
        return reader->context->fail(reader->context, "out of memory");
    user->opaque = opaque;
    const char *key;
    json_t *entry;
    json_object_foreach(json_object_get(object, "opaque"), key, entry)
    {
        if (!json_is_object(entry))
            return fail_user(reader, "opaque", "has an entry that is not an object");
        struct user_opaque *next = &opaque[user->opaque_count++];
        next->key = key;
        next->decoder = get_text(reader, entry, "decoder", "opaque: decoder");
        if (next->decoder == NULL)
            return -1;
        next->value = get_text(reader, entry, "value", "opaque: value");
        if (next->value == NULL)
            return -1;
    }
    return 0;
}

/* Fills the user with texts that the object owns. The caller frees user->groups and user->opaque, on failure too. */
static int get_user_fields(const struct reader *reader, json_t *object, struct user *user)
{
    const json_t *id = get_member(reader, object, "id", JSON_OBJECT, "id");
    if (id == NULL)
        return -1;
    user->id.idp = get_text(reader, id, "idp", "idp");
    if (user->id.idp == NULL)
        return -1;
    user->id.opaque_id = get_text(reader, id, "opaque_id", "opaque_id");
    if (user->id.opaque_id == NULL)
        return -1;
    user->username = get_text(reader, object, "username", "username");
    if (user->username == NULL)
        return -1;
    user->mail = get_text(reader, object, "mail", "mail");
    if (user->mail == NULL)
        return -1;
    user->display_name = get_text(reader, object, "display_name", "display_name");
    if (user->display_name == NULL || get_groups(reader, object, user) < 0)
        return -1;
    return get_opaque(reader, object, user);
}

/* What the host demands of users, if it demands anything. */
static int check_rules(const struct reader *reader, const struct user *user)
{
    const struct user_rules *rules = plugmgr_use(user_rules);
    const char *fault = rules != NULL ? rules->check_username(user->username) : NULL;
    return fault == NULL ? 0 : fail_user(reader, "username", fault);
}

static int add_user(const struct reader *reader, json_t *object)
{
    struct user user = {.group_count = 0};
    int result = get_user_fields(reader, object, &user);
    if (result == 0)
        result = check_rules(reader, &user);
    if (result == 0) {
        struct directory_fault fault;
        enum directory_status status = directory_add(reader->directory, &user, reader->line, &fault);
        if (status == DIRECTORY_FAULT)
            result = fail_user(reader, fault.field, fault.fault);
        else if (status != DIRECTORY_OK)
            result = reader->context->fail(reader->context, "out of memory");
    }
    free((void *)user.groups);
    free((void *)user.opaque);
    return result;
}

/* ---- the array -------------------------------------------------------------------------------------------------- */

static int fail_syntax(const struct reader *reader, size_t line, const char *fault)
{
    return reader->context->fail(reader->context, "%s:%zu: %s", reader->context->config, line, fault);
}

/* Moves on by size bytes, counting lines. */
static void move_on(struct reader *reader, size_t size)
{
    for (const char *end = reader->next + size; reader->next < end; reader->next++)
        reader->line += *reader->next == '\n';
}

/* Moves to what is not white space (RFC 8259, section 2) and tells what it is; NUL at the end, which is no JSON. */
static char peek(struct reader *reader)
{
    while (reader->next < reader->end && strchr(" \t\r\n", *reader->next) != NULL && *reader->next != '\0')
        move_on(reader, 1);
    return reader->next < reader->end ? *reader->next : '\0';
}

static int read_user(struct reader *reader)
{
    if (peek(reader) != '{')
        return fail_syntax(reader, reader->line, "'{' expected, the start of a user");
    json_error_t error;
    json_t *object = json_loadb(reader->next, (size_t)(reader->end - reader->next),
                                JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);
    if (object == NULL)
        return fail_syntax(reader, reader->line + (error.line > 0 ? (size_t)error.line - 1 : 0), error.text);
    int result = add_user(reader, object);
    json_decref(object);
    if (result == 0)
        move_on(reader, (size_t)error.position); /* what was consumed, with JSON_DISABLE_EOF_CHECK */
    return result;
}

static int read_array(struct reader *reader)
{
    if (peek(reader) != '[')
        return fail_syntax(reader, reader->line, "'[' expected, the start of an array of users");
    move_on(reader, 1);
    bool is_end = peek(reader) == ']';
    while (!is_end) {
        reader->number++;
        int result = read_user(reader);
        if (result < 0)
            return result;
        char next = peek(reader);
        if (next != ',' && next != ']')
            return fail_syntax(reader, reader->line, "',' or ']' expected behind a user");
        is_end = next == ']';
        if (!is_end)
            move_on(reader, 1);
    }
    move_on(reader, 1);
    peek(reader);
    if (reader->next < reader->end)
        return fail_syntax(reader, reader->line, "nothing expected behind the array");
    return 0;
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

/* Reads the whole of an open file. The caller frees *ret_bytes. */
static int read_descriptor(const struct plugmgr_context *context, int descriptor, char **ret_bytes, size_t *ret_size)
{
    struct stat status;
    if (fstat(descriptor, &status) < 0)
        return context->fail(context, "%s: %s", context->config, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return context->fail(context, "%s: not a regular file", context->config);
    if (status.st_size > FILE_MAX)
        return context->fail(context, "%s: larger than %d bytes", context->config, FILE_MAX);
    size_t size = 0, wanted = (size_t)status.st_size;
    char *bytes = malloc(wanted + 1);
    if (bytes == NULL)
        return context->fail(context, "out of memory");
    while (size < wanted) {
        ssize_t got = read(descriptor, bytes + size, wanted - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int result = context->fail(context, "%s: %s", context->config, strerror(errno));
            free(bytes);
            return result;
        }
        if (got == 0) /* somebody cut it: what is left is judged as it is */
            break;
        size += (size_t)got;
    }
    *ret_bytes = bytes;
    *ret_size = size;
    return 0;
}

static int read_file(const struct plugmgr_context *context, char **ret_bytes, size_t *ret_size)
{
    if (*context->config == '\0')
        return context->fail(context, "no data: the configuration must be the path of a JSON file");
    /* O_NONBLOCK: a FIFO must not keep us waiting for its writer */
    int descriptor = open(context->config, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return context->fail(context, "%s: %s", context->config, strerror(errno));
    int result = read_descriptor(context, descriptor, ret_bytes, ret_size);
    close(descriptor);
    return result;
}

static int read_users(const struct plugmgr_context *context, struct directory *directory)
{
    char *bytes = NULL;
    size_t size = 0;
    int result = read_file(context, &bytes, &size);
    if (result < 0)
        return result;
    struct reader reader = {.context = context, .directory = directory, .next = bytes, .end = bytes + size, .line = 1};
    result = read_array(&reader);
    free(bytes);
    if (result < 0)
        return result;
    struct directory_clash clash;
    enum directory_status status = directory_finish(directory, &clash);
    if (status == DIRECTORY_CLASH)
        return context->fail(context, "%s:%llu: id '%s' of '%s' is taken already, by the user at line %llu",
                             context->config, (unsigned long long)clash.place, clash.user->id.opaque_id,
                             clash.user->id.idp, (unsigned long long)clash.earlier_place);
    return status == DIRECTORY_OK ? 0 : context->fail(context, "out of memory");
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

PLUGMGR_PROVIDE(user_manager, json) = {
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
