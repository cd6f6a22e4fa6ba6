/* SPDX-License-Identifier: MIT */
/* serve.c: a host that goes on while its plugin is replaced. Two threads ask the plugin, as fast as they can; the main
 * thread sleeps until the plugin's file changes, and reloads it. A call is bracketed by the entering and the leaving of
 * a slot: what was entered stays loaded until it is left, and the next call may get the next build. */
#include "userhost.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { THREADS = 2, RELOAD_MILLISECONDS = 5000 };

struct asker {
    struct server *server;
    pthread_t thread;
    bool is_running;            /* under the lock */
    unsigned build;             /* under the lock: the last one of which it has told the answer */
    size_t users;               /* under the lock: that answer */
    bool is_right;              /* under the lock: whether it was one */
    atomic_ulong asked, failed; /* written by the thread alone */
};

struct server {
    const struct source *source;
    const struct arguments *arguments;
    struct plugmgr_slot *slot;
    struct asker askers[THREADS];
    atomic_ulong begun;  /* queries */
    atomic_bool is_over; /* no further queries */
    atomic_uint build;   /* counts the builds that were put into the slot, from 1 */
    pthread_mutex_t lock;
    pthread_cond_t told;
    int signals, ended; /* descriptors: SIGINT or SIGTERM came; a thread has no more to ask */
};

/* ---- asking ----------------------------------------------------------------------------------------------------- */

/* Whether one page of users is as it should be: each of them is found again by its id, and is the very same one. What
 * was found belongs to one build; if the call were answered by two, it would show here. */
static bool check_page(const struct user_manager *manager, const struct user *const *users, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct user *again;
        if (manager->get_user(&users[i]->id, &again) != USER_OK || again != users[i])
            return false;
    }
    return true;
}

/* One query: everybody, page by page. What user_manager returns is valid as long as the plugin is, so within the call
 * only. */
static bool ask_once(struct plugmgr_slot *slot, size_t *ret_users)
{
    struct plugmgr_call call;
    const struct user_manager *manager = plugmgr_slot_enter(slot, user_manager, &call);
    const struct user *users[64], *after = NULL;
    const size_t capacity = sizeof(users) / sizeof(users[0]);
    size_t count = capacity, total = 0;
    bool is_right = manager != NULL;
    while (is_right && count == capacity) {
        is_right =
            manager->find_users("", after, capacity, users, &count) == USER_OK && check_page(manager, users, count);
        if (!is_right || count == 0)
            break;
        total += count;
        after = users[count - 1];
    }
    plugmgr_slot_leave(&call);
    *ret_users = total;
    return is_right;
}

static void tell(struct asker *asker, unsigned build, bool is_right, size_t users)
{
    pthread_mutex_lock(&asker->server->lock);
    asker->build = build;
    asker->is_right = is_right;
    asker->users = users;
    pthread_cond_broadcast(&asker->server->told);
    pthread_mutex_unlock(&asker->server->lock);
}

static bool may_ask(struct server *server)
{
    unsigned long limit = server->arguments->queries;
    return !atomic_load(&server->is_over) && (atomic_fetch_add(&server->begun, 1) < limit || limit == 0);
}

static void *run_asker(void *asker_pointer)
{
    struct asker *asker = asker_pointer;
    struct server *server = asker->server;
    unsigned told = 0;
    while (may_ask(server)) {
        /* read before the slot is entered: the answer is of this build, or of a later one */
        unsigned build = atomic_load(&server->build);
        size_t users;
        bool is_right = ask_once(server->slot, &users);
        atomic_fetch_add(is_right ? &asker->asked : &asker->failed, 1);
        if (build != told)
            tell(asker, build, is_right, users);
        told = build;
    }
    pthread_mutex_lock(&server->lock);
    asker->is_running = false;
    pthread_cond_broadcast(&server->told);
    pthread_mutex_unlock(&server->lock);
    if (eventfd_write(server->ended, 1) < 0)
        abort(); /* cannot be: it counts to 2^64 */
    return NULL;
}

/* ---- telling ---------------------------------------------------------------------------------------------------- */

/* Waits until every thread has asked the build that is in the slot now, and prints what it was answered. */
static void print_answers(struct server *server)
{
    const struct plugmgr_plugin *plugin = server->source->plugin;
    unsigned build = atomic_load(&server->build);
    print_escaped(stdout, plugmgr_plugin_name(plugin));
    putchar(' ');
    print_escaped(stdout, plugmgr_plugin_version(plugin));
    fputs(" answers:", stdout);
    pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < THREADS; i++) {
        const struct asker *asker = &server->askers[i];
        while (asker->is_running && asker->build != build)
            pthread_cond_wait(&server->told, &server->lock);
        printf("%s thread %zu: ", i > 0 ? "," : "", i + 1);
        if (asker->build == build && asker->is_right)
            printf("%zu users", asker->users);
        else
            fputs(asker->build == build ? "nothing" : "did not ask", stdout);
    }
    pthread_mutex_unlock(&server->lock);
    putchar('\n');
    fflush(stdout);
}

static unsigned long count_asked(const struct server *server, unsigned long *ret_failed)
{
    unsigned long asked = 0, failed = 0;
    for (size_t i = 0; i < THREADS; i++) {
        asked += atomic_load(&server->askers[i].asked);
        failed += atomic_load(&server->askers[i].failed);
    }
    *ret_failed = failed;
    return asked + failed;
}

/* What became of the old build. */
static const char *explain_closed(int closed)
{
    switch (closed) {
    case PLUGMGR_UNLOADED:
        return "the old build is unloaded";
    case PLUGMGR_STILL_MAPPED:
        return "the old build is stopped, and stays mapped";
    default:
        return "calls are still within the old build";
    }
}

/* ---- reloading -------------------------------------------------------------------------------------------------- */

static void reload(struct server *server, struct plugmgr_plugin *plugin)
{
    const struct plugmgr_reload_options options = {.size = sizeof(options), .with_users = 1};
    struct plugmgr_report *report;
    unsigned long failed, asked = count_asked(server, &failed);
    printf("after %lu queries, %lu failed: the file of ", asked, failed);
    print_escaped(stdout, plugmgr_plugin_name(plugin));
    puts(" changed");
    fflush(stdout);
    int result = plugmgr_reload(plugin, RELOAD_MILLISECONDS, &options, &report);
    if (report != NULL)
        print_report(report, server->arguments);
    else if (result < 0)
        complain(STATUS_FAILED, "the plugin cannot be reloaded", plugmgr_error_text(result));
    plugmgr_report_free(report);
    if (result >= 0)
        printf("reloaded: %s\n", explain_closed(result));
    else
        puts("not reloaded: the old build goes on");
    /* also when nothing changed: the answers show that it goes on */
    atomic_fetch_add(&server->build, 1);
    print_answers(server);
}

static enum status reload_changed(struct server *server)
{
    struct plugmgr_plugin *plugin;
    int result;
    while ((result = plugmgr_watch_next(server->source->plugins, &plugin)) > 0)
        reload(server, plugin);
    if (result < 0)
        return complain(STATUS_FAILED, "changes of the plugin cannot be seen", plugmgr_error_text(result));
    return STATUS_FOUND;
}

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

/* Whether standard input has ended. What comes is not looked at. */
static bool is_input_over(void)
{
    char bytes[256];
    ssize_t count = read(STDIN_FILENO, bytes, sizeof(bytes));
    return count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN);
}

static bool are_running(struct server *server)
{
    bool are_running = false;
    pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < THREADS; i++)
        are_running |= server->askers[i].is_running;
    pthread_mutex_unlock(&server->lock);
    return are_running;
}

/* Until there are no more queries, SIGINT or SIGTERM comes or, if the number of queries has no limit, standard input
 * ends. */
static enum status wait_for_changes(struct server *server, int watch)
{
    enum { WATCH, SIGNALS, ENDED, INPUT, COUNT };
    struct pollfd polled[COUNT] = {
        [WATCH] = {.fd = watch, .events = POLLIN},
        [SIGNALS] = {.fd = server->signals, .events = POLLIN},
        [ENDED] = {.fd = server->ended, .events = POLLIN},
        [INPUT] = {.fd = server->arguments->queries > 0 ? -1 : STDIN_FILENO, .events = POLLIN},
    };
    print_answers(server);
    for (;;) {
        if (poll(polled, COUNT, -1) < 0) {
            if (errno == EINTR)
                continue;
            return complain(STATUS_FAILED, "waiting failed", strerror(errno));
        }
        if (polled[WATCH].revents != 0 && reload_changed(server) != STATUS_FOUND)
            return STATUS_FAILED;
        eventfd_t count;
        if (polled[ENDED].revents != 0 && eventfd_read(server->ended, &count) == 0 && !are_running(server))
            return STATUS_FOUND;
        if (polled[SIGNALS].revents != 0 || (polled[INPUT].revents != 0 && is_input_over()))
            return STATUS_FOUND;
    }
}

/* ---- the server ------------------------------------------------------------------------------------------------- */

/* SIGINT and SIGTERM come through a descriptor; no thread is interrupted by them. */
static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC);
}

static enum status run(struct server *server, int watch)
{
    enum status status = STATUS_FOUND;
    size_t started = 0;
    for (size_t i = 0; i < THREADS; i++)
        server->askers[i] = (struct asker){.server = server, .is_running = true};
    while (started < THREADS &&
           pthread_create(&server->askers[started].thread, NULL, run_asker, &server->askers[started]) == 0)
        started++;
    if (started == THREADS)
        status = wait_for_changes(server, watch);
    else
        status = complain(STATUS_FAILED, "threads cannot be started", "the system refuses");
    atomic_store(&server->is_over, true);
    for (size_t i = 0; i < started; i++)
        pthread_join(server->askers[i].thread, NULL);
    unsigned long failed, asked = count_asked(server, &failed);
    printf("%lu queries, %lu failed\n", asked, failed);
    return failed > 0 ? STATUS_FAILED : status;
}

enum status serve(const struct source *source, const struct arguments *arguments)
{
    struct server server = {.source = source,
                            .arguments = arguments,
                            .build = 1,
                            .lock = PTHREAD_MUTEX_INITIALIZER,
                            .told = PTHREAD_COND_INITIALIZER};
    int watch;
    int error = plugmgr_watch_fd(source->plugins, &watch);
    if (error < 0)
        return complain(STATUS_FAILED, "changes of the plugin cannot be seen", plugmgr_error_text(error));
    error = plugmgr_slot_new(source->plugin, user_manager, NULL, &server.slot);
    if (error < 0)
        return complain(STATUS_FAILED, "the plugin cannot be asked", plugmgr_error_text(error));
    server.signals = open_signals();
    server.ended = eventfd(0, EFD_CLOEXEC);
    enum status status;
    if (server.signals >= 0 && server.ended >= 0)
        status = run(&server, watch);
    else
        status = complain(STATUS_FAILED, "waiting is not possible", strerror(errno));
    close(server.signals);
    close(server.ended);
    plugmgr_slot_free(server.slot);
    return status;
}
