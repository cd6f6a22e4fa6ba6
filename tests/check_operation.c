/* SPDX-License-Identifier: MIT */
/* Threads that open, close and reload at once, what they wait for, and in which order. tests/run-threads.sh runs this
 * under ThreadSanitizer too. */
#include <check.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"
#include "manager_inner.h"
#include "mock/mock.h"
#include "scene.h"
#include "suite.h"

enum { PATIENT = 60000 }; /* milliseconds: nobody waits for so long unless something hangs */

static struct plugmgr *manager;
static struct plugmgr_plugin *a, *b, *c;

static struct plugmgr_plugin *open_mock(const char *mock, const char *name)
{
    struct plugmgr_plugin *opened = NULL;
    ck_assert_int_eq(plugmgr_open(manager, scene_install(mock, name), NULL, &opened, NULL), 0);
    return opened;
}

/* The gate is set up before there are threads: environment variables may not be set later. */
static void begin(void)
{
    scene_begin();
    setenv("PLUGMGR_STOPPED", scene_path("life"), 1);
    gate_close("nobody");
    ck_assert_int_eq(plugmgr_new(&manager, NULL), 0);
    ck_assert_int_eq(plugmgr_add_directory(manager, scene_path("")), 0);
}

static void begin_with_chain(void)
{
    begin();
    a = open_mock("chain_a", "a.so");
    b = open_mock("chain_b", "b.so");
    c = open_mock("chain_c", "c.so");
}

static void end(void)
{
    plugmgr_free(manager);
    ck_assert_uint_eq(scene_mapped_count("plugmgr-check."), 0);
    scene_end();
}

static int reload(struct plugmgr_plugin *plugin, bool with_users)
{
    const struct plugmgr_reload_options options = {.size = sizeof(options), .with_users = with_users};
    return plugmgr_reload(plugin, PATIENT, &options, NULL);
}

/* Something that another thread does. */
struct work {
    enum { OPEN, CLOSE, RELOAD, RELOAD_WITH_USERS } what;
    struct plugmgr_plugin *plugin;
    const char *path;
    int result;
    atomic_bool is_over;
    pthread_t thread;
};

static void *do_work(void *data)
{
    struct work *work = data;
    if (work->what == OPEN)
        work->result = plugmgr_open(manager, work->path, NULL, &work->plugin, NULL);
    else if (work->what == CLOSE)
        work->result = plugmgr_close(work->plugin);
    else
        work->result = reload(work->plugin, work->what == RELOAD_WITH_USERS);
    work->is_over = true;
    return NULL;
}

static void begin_work(struct work *work)
{
    work->is_over = false;
    ck_assert_int_eq(pthread_create(&work->thread, NULL, do_work, work), 0);
}

static int end_work(struct work *work)
{
    pthread_join(work->thread, NULL);
    return work->result;
}

/* Gives the work time to come to where it waits; nothing is said about when it does: each order must do. */
static void let_it_come(const struct work *work)
{
    for (int i = 0; i < 200 && !work->is_over; i++)
        usleep(100);
}

/* Waits until as many threads are at something in the manager: a reload that has not come so far may not name a plugin
 * that another thread closes. */
static void await_operations(unsigned count)
{
    for (unsigned seen = 0; seen < count; usleep(100)) {
        seen = 0;
        pthread_mutex_lock(&manager->lock);
        for (const struct pm_operation *at = manager->operations; at != NULL; at = at->next)
            seen++;
        pthread_mutex_unlock(&manager->lock);
    }
}

/* ---- two at one plugin ---- */

START_TEST(reload_from_two_threads_does_one_after_the_other)
{
    struct work first = {.what = RELOAD, .plugin = c}, second = {.what = RELOAD, .plugin = c};
    gate_close("chain_c start");
    begin_work(&first);
    gate_await();
    begin_work(&second);
    let_it_come(&second);
    ck_assert(!second.is_over);
    gate_open();
    ck_assert_int_eq(end_work(&first), PLUGMGR_UNLOADED);
    ck_assert_int_eq(end_work(&second), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_get(c, mock)->answer(), 111);
}
END_TEST

START_TEST(close_during_a_reload_waits_and_closes)
{
    struct work first = {.what = RELOAD, .plugin = c}, second = {.what = CLOSE, .plugin = c};
    gate_close("chain_c start");
    begin_work(&first);
    gate_await();
    begin_work(&second);
    let_it_come(&second);
    ck_assert(!second.is_over);
    gate_open();
    ck_assert_int_eq(end_work(&first), PLUGMGR_UNLOADED);
    ck_assert_int_eq(end_work(&second), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_close(b), PLUGMGR_UNLOADED);
}
END_TEST

/* At once: once the close is over, the plugin may not be named any more. */
START_TEST(reload_during_a_close_is_an_error)
{
    struct work first = {.what = CLOSE, .plugin = c}, second = {.what = RELOAD, .plugin = c}, third = second;
    gate_close("chain_c stop");
    begin_work(&first);
    gate_await();
    begin_work(&second);
    begin_work(&third);
    ck_assert_int_eq(end_work(&second), -PLUGMGR_E_INVALID);
    ck_assert_int_eq(end_work(&third), -PLUGMGR_E_INVALID);
    gate_open();
    ck_assert_int_eq(end_work(&first), PLUGMGR_UNLOADED);
}
END_TEST

/* While the reload waits, the handle's memory must not become another plugin's. */
START_TEST(reload_that_waits_for_a_reload_and_a_close_reloads_no_other)
{
    struct work works[] = {{.what = RELOAD, .plugin = c},
                           {.what = CLOSE, .plugin = c},
                           {.what = RELOAD, .plugin = c},
                           {.what = RELOAD, .plugin = c}};
    struct plugmgr_plugin *others[20];
    char name[20];
    int closed = 0;
    gate_close("chain_c start");
    begin_work(&works[0]);
    gate_await();
    for (unsigned i = 1; i < 4; i++) {
        begin_work(&works[i]);
        await_operations(i + 1);
    }
    gate_open();
    for (size_t i = 0; i < 20; i++) {
        snprintf(name, sizeof(name), "other%zu.so", i);
        others[i] = open_mock("good", name);
    }
    for (size_t i = 0; i < 4; i++) {
        int result = end_work(&works[i]);
        ck_assert(result == PLUGMGR_UNLOADED || (i >= 2 && result == -PLUGMGR_E_INVALID));
        closed += result == -PLUGMGR_E_INVALID;
    }
    ck_assert_int_le(closed, 2);
    for (size_t i = 0; i < 20; i++)
        ck_assert_int_eq(plugmgr_close(others[i]), PLUGMGR_UNLOADED);
}
END_TEST

/* ---- providers and users ---- */

START_TEST(close_of_a_provider_while_a_user_is_being_opened_is_refused)
{
    struct plugmgr_plugin *provider = open_mock("chain_a", "a.so");
    struct work work = {.what = OPEN, .path = scene_install("chain_b", "b.so")};
    gate_close("chain_b start");
    begin_work(&work);
    gate_await();
    ck_assert_int_eq(plugmgr_close(provider), PLUGMGR_IN_USE);
    ck_assert_int_eq(reload(provider, false), -PLUGMGR_E_REFUSED);
    gate_open();
    ck_assert_int_eq(end_work(&work), 0);
    ck_assert_int_eq(plugmgr_close(work.plugin), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_close(provider), PLUGMGR_UNLOADED);
}
END_TEST

/* Else the user would be left with the old provider. */
START_TEST(reload_with_users_waits_for_a_user_that_is_being_opened)
{
    struct plugmgr_plugin *provider = open_mock("chain_a", "a.so");
    struct work open = {.what = OPEN, .path = scene_install("chain_b", "b.so")};
    struct work work = {.what = RELOAD_WITH_USERS, .plugin = provider};
    gate_close("chain_b start");
    begin_work(&open);
    gate_await();
    scene_install("chain_a_2", "a.so");
    begin_work(&work);
    let_it_come(&work);
    ck_assert(!work.is_over);
    gate_open();
    ck_assert_int_eq(end_work(&open), 0);
    ck_assert_int_eq(end_work(&work), PLUGMGR_UNLOADED);
    ck_assert_int_eq(plugmgr_get(open.plugin, mock)->answer(), 12);
}
END_TEST

START_TEST(reload_with_users_and_reload_of_a_user_do_one_after_the_other)
{
    struct work user = {.what = RELOAD, .plugin = c}, all = {.what = RELOAD_WITH_USERS, .plugin = a};
    gate_close("chain_c start");
    begin_work(_i == 0 ? &user : &all);
    gate_await();
    begin_work(_i == 0 ? &all : &user);
    let_it_come(_i == 0 ? &all : &user);
    gate_open();
    ck_assert_int_eq(end_work(&user), PLUGMGR_UNLOADED);
    ck_assert_int_eq(end_work(&all), PLUGMGR_UNLOADED);
}
END_TEST

/* Each needs what the other one has. */
START_TEST(reloads_with_users_in_common_all_succeed)
{
    struct work works[] = {{.what = RELOAD_WITH_USERS, .plugin = a},
                           {.what = RELOAD_WITH_USERS, .plugin = b},
                           {.what = RELOAD, .plugin = c},
                           {.what = RELOAD_WITH_USERS, .plugin = a}};
    for (int round = 0; round < 10; round++) {
        for (size_t i = 0; i < 4; i++)
            begin_work(&works[i]);
        for (size_t i = 0; i < 4; i++)
            ck_assert_int_eq(end_work(&works[i]), PLUGMGR_UNLOADED);
    }
    ck_assert_int_eq(plugmgr_get(c, mock)->answer(), 111);
}
END_TEST

/* ---- everything at once ---- */

enum { PLUGINS = 6, THREADS = 8, KINDS = 10 };

static const struct {
    const char *file, *mocks[2];
} kinds[PLUGINS] = {
    {"a.so", {"chain_a", "chain_a_2"}},     {"b.so", {"chain_b", "chain_b_2"}},
    {"c.so", {"chain_c", "chain_c_2"}},     {"good.so", {"good", "answer_50"}},
    {"state.so", {"state_1", "state_1_2"}}, {"user.so", {"link_user_a", "link_user_a"}},
};

/* The host's own books: who closes a plugin must be alone with it, as with any handle. */
static struct {
    struct plugmgr_plugin *plugin;
    unsigned users;
    bool is_busy;
} books[PLUGINS];
static pthread_mutex_t books_lock = PTHREAD_MUTEX_INITIALIZER, files_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint done[KINDS], failed;

static struct plugmgr_plugin *borrow(size_t index)
{
    pthread_mutex_lock(&books_lock);
    struct plugmgr_plugin *plugin = books[index].plugin;
    books[index].users += plugin != NULL;
    pthread_mutex_unlock(&books_lock);
    return plugin;
}

static void give_back(size_t index)
{
    pthread_mutex_lock(&books_lock);
    books[index].users--;
    pthread_mutex_unlock(&books_lock);
}

/* Takes the entry out of the books, with or without a plugin. */
static bool take(size_t index, bool is_open, struct plugmgr_plugin **ret_plugin)
{
    pthread_mutex_lock(&books_lock);
    bool is_taken = !books[index].is_busy && books[index].users == 0 && (books[index].plugin != NULL) == is_open;
    if (is_taken) {
        *ret_plugin = books[index].plugin;
        books[index].plugin = NULL;
        books[index].is_busy = true;
    }
    pthread_mutex_unlock(&books_lock);
    return is_taken;
}

static void put(size_t index, struct plugmgr_plugin *plugin)
{
    pthread_mutex_lock(&books_lock);
    books[index].plugin = plugin;
    books[index].is_busy = false;
    pthread_mutex_unlock(&books_lock);
}

/* Counts it among what must not have happened; the file may be exchanged at any moment, and that may be told. */
static void expect(bool condition, const char *what, int result)
{
    if (condition)
        return;
    atomic_fetch_add(&failed, 1);
    printf("# %s: %d\n", what, result);
}

static void open_one(size_t index, const char *path)
{
    struct plugmgr_plugin *plugin = NULL;
    if (!take(index, false, &plugin))
        return;
    int result = plugmgr_open(manager, path, NULL, &plugin, NULL);
    expect(result == 0 || result == -PLUGMGR_E_REFUSED || result == -PLUGMGR_E_LOAD, "open", result);
    atomic_fetch_add(&done[0], result == 0);
    put(index, result == 0 ? plugin : NULL);
}

static void close_one(size_t index)
{
    struct plugmgr_plugin *plugin;
    if (!take(index, true, &plugin))
        return;
    int result = plugmgr_close(plugin);
    expect(result >= 0, "close", result);
    atomic_fetch_add(&done[1], result != PLUGMGR_IN_USE);
    put(index, result == PLUGMGR_IN_USE || result < 0 ? plugin : NULL);
}

static void call_one(struct plugmgr_plugin *plugin)
{
    struct plugmgr_slot *slot = NULL;
    int result = plugmgr_slot_new(plugin, mock, NULL, &slot);
    expect(result == 0, "slot", result);
    if (result < 0)
        return;
    atomic_fetch_add(&done[2], guest_answer(slot) > 0);
    plugmgr_slot_free(slot);
}

/* Something with an open plugin. */
static void use_one(struct plugmgr_plugin *plugin, unsigned what)
{
    const void *provider;
    if (what < 3) {
        int result = reload(plugin, what > 0);
        expect(result >= 0 || result == -PLUGMGR_E_REFUSED || result == -PLUGMGR_E_LOAD, "reload", result);
        atomic_fetch_add(&done[3], result >= 0);
    } else if (what < 6) {
        call_one(plugin);
    } else {
        atomic_fetch_add(&done[4], plugmgr_lookup(plugin, &plugmgr_ACCEPT_mock, NULL, &provider) == 0);
    }
}

static void look_around(const char *path, unsigned what)
{
    struct plugmgr_listing *listing;
    struct plugmgr_plugin *changed;
    if (what == 0 && plugmgr_list(manager, "mock", &listing) == 0) {
        atomic_fetch_add(&done[5], plugmgr_listing_provider_count(listing) > 0);
        plugmgr_listing_free(listing);
    } else if (what == 1) {
        atomic_fetch_add(&done[6], plugmgr_watch_next(manager, &changed) >= 0);
    } else {
        int result = plugmgr_check(manager, path, NULL, NULL);
        expect(result == 0 || result == -PLUGMGR_E_REFUSED, "check", result);
        atomic_fetch_add(&done[7], 1);
    }
}

static void exchange_file(size_t index, unsigned which)
{
    pthread_mutex_lock(&files_lock);
    scene_install(kinds[index].mocks[which], kinds[index].file);
    pthread_mutex_unlock(&files_lock);
}

struct actor {
    const char *paths[PLUGINS];
    unsigned seed, operations;
    pthread_t thread;
};

static void *act(void *data)
{
    struct actor *actor = data;
    for (unsigned i = 0; i < actor->operations; i++) {
        size_t index = (size_t)rand_r(&actor->seed) % PLUGINS;
        unsigned what = (unsigned)rand_r(&actor->seed) % 24;
        struct plugmgr_plugin *plugin;
        if (what < 6) {
            open_one(index, actor->paths[index]);
        } else if (what < 9) {
            close_one(index);
        } else if (what < 12) {
            look_around(actor->paths[index], what - 9);
        } else if (what < 14) {
            exchange_file(index, what % 2);
        } else if ((plugin = borrow(index)) != NULL) {
            use_one(plugin, what - 14);
            give_back(index);
        }
    }
    return NULL;
}

static unsigned operation_count(void)
{
    const char *text = getenv("PLUGMGR_OPERATIONS");
    return text != NULL ? (unsigned)strtoul(text, NULL, 10) : 300;
}

static void run_actors(void)
{
    struct actor actors[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        actors[i] = (struct actor){.seed = i + 1, .operations = operation_count()};
        for (size_t k = 0; k < PLUGINS; k++)
            actors[i].paths[k] = scene_path(kinds[k].file);
    }
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&actors[i].thread, NULL, act, &actors[i]), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(actors[i].thread, NULL);
}

/* Users before what they use, whichever they are. */
static void close_books(void)
{
    for (size_t round = 0; round < PLUGINS; round++)
        for (size_t i = 0; i < PLUGINS; i++)
            close_one(i);
    for (size_t i = 0; i < PLUGINS; i++)
        ck_assert_ptr_null(books[i].plugin);
}

START_TEST(threads_that_do_everything_at_once_leave_nothing_behind)
{
    int descriptor;
    for (size_t i = 0; i < PLUGINS; i++)
        scene_install(kinds[i].mocks[0], kinds[i].file);
    ck_assert_int_eq(plugmgr_watch_fd(manager, &descriptor), 0);
    size_t descriptors = scene_descriptor_count(), copies = scene_mapped_count("/proc/");
    run_actors();
    close_books();
    ck_assert_int_lt(plugmgr_check(manager, "/nothing", NULL, NULL), 0); /* looks again at what is left */
    ck_assert_uint_eq(failed, 0);
    for (size_t i = 0; i < 8; i++)
        ck_assert_msg(done[i] > 0, "nothing of kind %zu ever worked", i);
    ck_assert_uint_eq(scene_mapped_count("plugmgr-check."), 0);
    ck_assert_uint_eq(scene_mapped_count("/proc/"), copies);
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("operation");
    TCase *chain = tcase_create("chain"), *plain = tcase_create("plain");
    tcase_add_checked_fixture(chain, begin_with_chain, end);
    tcase_add_checked_fixture(plain, begin, end);
    tcase_set_timeout(chain, 300);
    tcase_set_timeout(plain, 300);
    tcase_add_test(chain, reload_from_two_threads_does_one_after_the_other);
    tcase_add_test(chain, close_during_a_reload_waits_and_closes);
    tcase_add_test(chain, reload_during_a_close_is_an_error);
    tcase_add_test(chain, reload_that_waits_for_a_reload_and_a_close_reloads_no_other);
    tcase_add_loop_test(chain, reload_with_users_and_reload_of_a_user_do_one_after_the_other, 0, 2);
    tcase_add_test(chain, reloads_with_users_in_common_all_succeed);
    tcase_add_test(plain, close_of_a_provider_while_a_user_is_being_opened_is_refused);
    tcase_add_test(plain, reload_with_users_waits_for_a_user_that_is_being_opened);
    tcase_add_test(plain, threads_that_do_everything_at_once_leave_nothing_behind);
    suite_add_tcase(suite, chain);
    suite_add_tcase(suite, plain);
    return run_suite(suite);
}
