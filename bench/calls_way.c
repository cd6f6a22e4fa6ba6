/* SPDX-License-Identifier: MIT */
#include "calls_way.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <plugmgr/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMPARED = 50 }; /* answers */

_Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "calls: %s: %s\n", what, why);
    exit(1);
}

static void *check_memory(void *memory)
{
    if (memory == NULL)
        give_up("memory", "there is not enough");
    return memory;
}

const char *path_in(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = check_memory(malloc(size));
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

/* ---- questions ---- */

static const struct user **list_users(const struct user_manager *manager, size_t *ret_count)
{
    size_t count = manager->count_users(), found;
    const struct user **users = check_memory(calloc(count, sizeof(const struct user *)));
    if (count == 0 || manager->find_users("", NULL, count, users, &found) != USER_OK || found != count)
        give_up("users", "they cannot be listed");
    *ret_count = count;
    return users;
}

static struct question copy_question(const struct user *user)
{
    return (struct question){
        .id = {.idp = check_memory(strdup(user->id.idp)), .opaque_id = check_memory(strdup(user->id.opaque_id))},
        .username = check_memory(strdup(user->username)),
        .mail = check_memory(strdup(user->mail)),
    };
}

struct questions *read_questions(const struct user_manager *manager)
{
    size_t count;
    const struct user **users = list_users(manager, &count);
    uint32_t state = 1;
    for (size_t i = count - 1; i > 0; i--) {
        state = state * 1664525 + 1013904223;
        size_t j = (size_t)((uint64_t)state * (i + 1) >> 32);
        const struct user *user = users[i];
        users[i] = users[j];
        users[j] = user;
    }
    struct questions *questions = check_memory(calloc(1, sizeof(*questions)));
    questions->all = check_memory(calloc(count, sizeof(*questions->all)));
    questions->count = count;
    for (size_t i = 0; i < count; i++)
        questions->all[i] = copy_question(users[i]);
    free(users);
    return questions;
}

/* ---- ways ---- */

static void ignore_log(const struct plugmgr_context *context, enum plugmgr_log_level level, const char *format, ...)
{
    (void)context, (void)level, (void)format;
}

static int fail(const struct plugmgr_context *context, const char *format, ...)
{
    give_up(context->config, format);
}

static void *open_symbol(const char *path, const char *symbol)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *address = handle != NULL ? dlsym(handle, symbol) : NULL;
    if (address == NULL)
        give_up(path, dlerror());
    return address;
}

struct way open_by_hand(const char *folder, const char *data)
{
    const char *path = path_in(folder, "users_copy.so");
    void *address = open_symbol(path, "plugmgr_start");
    int (*start)(const struct plugmgr_context *context);
    memcpy(&start, &address, sizeof(start));
    const struct plugmgr_context context = {
        .size = sizeof(context), .config = data, .name = "users", .path = path, .log = ignore_log, .fail = fail};
    if (start(&context) != 0)
        give_up(path, "it does not start");
    const struct user_manager *manager = open_symbol(path, "plugmgr_provide_user_manager_json");
    return (struct way){.manager = manager,
                        .nothing = open_symbol(path_in(folder, "nothing_copy.so"), "plugmgr_provide_nothing_only"),
                        .questions = read_questions(manager)};
}

struct way open_directly(const struct user_manager *manager)
{
    size_t count;
    const struct user **users = list_users(manager, &count);
    struct directory *directory = check_memory(directory_new());
    struct directory_fault fault;
    struct directory_clash clash;
    for (size_t i = 0; i < count; i++) {
        if (directory_add(directory, users[i], i, &fault) != DIRECTORY_OK)
            give_up("directory", "a user cannot be added");
    }
    if (directory_finish(directory, &clash) != DIRECTORY_OK)
        give_up("directory", "it cannot be finished");
    free(users);
    return (struct way){.directory = directory, .questions = read_questions(manager)};
}

/* ---- calls ---- */

static const struct question *next_question(struct questions *questions)
{
    const struct question *question = &questions->all[questions->next++];
    if (questions->next == questions->count)
        questions->next = 0;
    return question;
}

/* A function that nothing is known of where it is called, as if it were in another file. */
__attribute__((noinline)) static void do_nothing(void)
{
    __asm__ volatile("");
}

/* Where answers are put. The called functions are not known to the compiler: it must ask them, and leave the answers.
 */
static struct {
    const struct user *user, *page[PAGE];
    const char *const *groups;
    size_t count;
} got;

static void check_result(enum user_result result)
{
    if (result != USER_OK)
        give_up("call", "a user is not found");
}

/* The loop around a call: of a member of the table, or of the function itself. */
#define LOOP(name, call)                                                                                               \
    static void name(const struct way *way, unsigned long calls)                                                       \
    {                                                                                                                  \
        const struct user_manager *manager = way->manager;                                                             \
        const struct nothing *nothing = way->nothing;                                                                  \
        const struct directory *directory = way->directory;                                                            \
        struct questions *questions = way->questions;                                                                  \
        (void)manager, (void)nothing, (void)directory;                                                                 \
        for (; calls > 0; calls--) {                                                                                   \
            const struct question *question = next_question(questions);                                                \
            (void)question;                                                                                            \
            call;                                                                                                      \
        }                                                                                                              \
    }

LOOP(call_nothing, nothing->do_nothing())
LOOP(call_get_user, check_result(manager->get_user(&question->id, &got.user)))
LOOP(call_by_mail, check_result(manager->get_user_by_claim("mail", question->mail, &got.user)))
LOOP(call_by_username, check_result(manager->get_user_by_claim("username", question->username, &got.user)))
LOOP(call_groups, check_result(manager->get_user_groups(&question->id, &got.groups, &got.count)))
LOOP(call_find, check_result(manager->find_users(question->username, NULL, PAGE, got.page, &got.count)))
LOOP(do_nothing_directly, do_nothing())
LOOP(get_user_directly, check_result(directory_get_user(directory, &question->id, &got.user)))
LOOP(by_mail_directly, check_result(directory_get_user_by_claim(directory, "mail", question->mail, &got.user)))
LOOP(by_username_directly,
     check_result(directory_get_user_by_claim(directory, "username", question->username, &got.user)))
LOOP(groups_directly, check_result(directory_get_user_groups(directory, &question->id, &got.groups, &got.count)))
LOOP(find_directly, check_result(directory_find_users(directory, question->username, NULL, PAGE, got.page, &got.count)))

const struct method methods[METHODS] = {
    [NOTHING] = {"nothing", "an empty method", call_nothing, do_nothing_directly},
    [GET_USER] = {"get_user", "get_user", call_get_user, get_user_directly},
    [MAIL] = {"mail", "get_user_by_claim mail", call_by_mail, by_mail_directly},
    [USERNAME] = {"username", "get_user_by_claim username", call_by_username, by_username_directly},
    [GROUPS] = {"groups", "get_user_groups", call_groups, groups_directly},
    [FIND] = {"find", "find_users", call_find, find_directly},
};

void call_method(const struct way *way, const struct method *method, unsigned long calls)
{
    if (way->manager != NULL)
        method->through_table(way, calls);
    else
        method->directly(way, calls);
}

/* ---- answers ---- */

/* FNV-1a of the text and a line feed. */
static uint64_t hash_line(uint64_t hash, const char *text)
{
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (hash ^ '\n') * UINT64_C(0x100000001b3);
}

uint64_t hash_answers(const struct way *way, size_t method)
{
    struct way asked = *way;
    struct questions questions = *way->questions;
    asked.questions = &questions;
    questions.next = 0;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < COMPARED; i++) {
        call_method(&asked, &methods[method], 1);
        if (method == GET_USER || method == MAIL || method == USERNAME)
            hash = hash_line(hash, got.user->id.opaque_id);
        for (size_t k = 0; method == GROUPS && k < got.count; k++)
            hash = hash_line(hash, got.groups[k]);
        for (size_t k = 0; method == FIND && k < got.count; k++)
            hash = hash_line(hash, got.page[k]->id.opaque_id);
    }
    return hash;
}
