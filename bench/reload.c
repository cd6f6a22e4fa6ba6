/* SPDX-License-Identifier: MIT */
/* reload: what replacing a plugin costs, and what those see of it who call it meanwhile. Asserts nothing; how times are
 * taken and told stands in measure.h.
 *
 *   reload PLUGIN.so DIRECTORY       PLUGIN.so: tests/mock/good.so; DIRECTORY: private, for the copies of it
 *
 * One thread calls through a slot all the time and looks at the clock behind each call; the other reloads, each time
 * from a new file. The longest time between two of those looks is what a call waited for at most. A reference for that
 * is the longest one while nothing is reloaded, for as long as a reload took: what the machine itself does to a caller.
 * A round in which the caller was interrupted shows the scheduler only, and is done again. */
#include "measure.h"

#include <plugmgr/host.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/mock/mock.h"

PLUGMGR_HOST("reload", "1.0.0");
PLUGMGR_ACCEPT(mock, 1, 1);

static struct plugmgr *manager, *other_manager;
static struct plugmgr_plugin *plugin;
static struct plugmgr_slot *slot;
static char *contents;
static size_t contents_size;
static char path[4096], new_path[4096], other_path[4096];

static void fail(const char *what)
{
    fprintf(stderr, "reload: %s\n", what);
    exit(1);
}

/* ---- the caller ---- */

static atomic_uint wanted, watched; /* numbers of watches; 0: end */
static unsigned watch_number;
static struct watch {
    double longest, changed_at; /* nanoseconds */
    bool is_interrupted;
} seen;

static const void *call(void)
{
    struct plugmgr_call bracket;
    const struct mock *mock = plugmgr_slot_enter(slot, mock, &bracket);
    if (mock == NULL || mock->answer() == 0)
        fail("a call failed");
    plugmgr_slot_leave(&bracket);
    return mock;
}

static long count_interruptions(void)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw;
}

static struct watch watch_calls(unsigned number)
{
    struct watch watch = {0};
    long interruptions = count_interruptions();
    const void *old = call();
    double last = measure_now();
    atomic_store(&watched, number);
    while (atomic_load_explicit(&wanted, memory_order_relaxed) == number) {
        const void *current = call();
        double now = measure_now();
        watch.longest = now - last > watch.longest ? now - last : watch.longest;
        if (current != old && watch.changed_at == 0)
            watch.changed_at = now;
        last = now;
    }
    watch.is_interrupted = count_interruptions() != interruptions;
    return watch;
}

static void stay_on_core(unsigned core)
{
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(core, &cpus);
    sched_setaffinity(0, sizeof(cpus), &cpus); /* where there is no such core, the rounds tell */
}

static void *call_always(void *unused)
{
    unsigned number;
    stay_on_core(0);
    while ((number = atomic_load(&wanted)) != 0)
        seen = watch_calls(number); /* read once the next watch has begun */
    return unused;
}

/* Ends the watch before, whose result is seen's from then on, and begins another. */
static void begin_watch(void)
{
    atomic_store(&wanted, ++watch_number);
    while (atomic_load(&watched) != watch_number) {
    }
}

/* ---- what is measured ---- */

static void install(const char *to)
{
    FILE *file = fopen(new_path, "w");
    if (file == NULL || fwrite(contents, 1, contents_size, file) != contents_size || fclose(file) != 0 ||
        rename(new_path, to) != 0)
        fail("cannot write a copy of the plugin");
}

static double reload_duration, change_duration;

/* Whether the caller was left alone meanwhile. */
static bool reload_once(void)
{
    install(path);
    begin_watch();
    double begin = measure_now();
    if (plugmgr_reload(plugin, 10000, NULL, NULL) != PLUGMGR_UNLOADED)
        fail("a reload failed");
    reload_duration = measure_now() - begin;
    begin_watch();
    change_duration = seen.changed_at - begin;
    return !seen.is_interrupted;
}

static double time_reload(const void *unused)
{
    (void)unused;
    return reload_once() ? reload_duration : 0;
}

static double time_change(const void *unused)
{
    (void)unused;
    return reload_once() ? change_duration : 0;
}

static double longest_in_reload(const void *unused)
{
    (void)unused;
    return reload_once() ? seen.longest : 0;
}

static double longest_in_peace(const void *unused)
{
    (void)unused;
    begin_watch();
    for (double begin = measure_now(); measure_now() - begin < reload_duration;) {
    }
    begin_watch();
    return seen.is_interrupted ? 0 : seen.longest;
}

static double time_call(const void *unused)
{
    enum { CALLS = 1000 };
    (void)unused;
    double begin = measure_now();
    for (int i = 0; i < CALLS; i++)
        call();
    return (measure_now() - begin) / CALLS;
}

static double time_opening(const void *unused)
{
    struct plugmgr_plugin *other;
    (void)unused;
    install(other_path);
    double begin = measure_now();
    if (plugmgr_open(other_manager, other_path, NULL, &other, NULL) != 0 || plugmgr_close(other) != PLUGMGR_UNLOADED)
        fail("the plugin cannot be opened beside");
    return measure_now() - begin;
}

static void measure_all(void)
{
    const struct measure peace = {.table = "reload",
                                  .name = "longest call while it is reloaded",
                                  .time = longest_in_reload,
                                  .reference_name = "longest call otherwise",
                                  .reference_time = longest_in_peace},
                         call_times = {.table = "reload",
                                       .name = "longest call while it is reloaded",
                                       .time = longest_in_reload,
                                       .reference_name = "a call",
                                       .reference_time = time_call},
                         change = {.table = "reload",
                                   .name = "from reload to the first call of the new build",
                                   .time = time_change,
                                   .reference_name = "opening and closing another",
                                   .reference_time = time_opening},
                         whole = {.table = "reload",
                                  .name = "reload as a whole",
                                  .time = time_reload,
                                  .reference_name = "opening and closing another",
                                  .reference_time = time_opening};
    measure_title("reload of a plugin that another thread calls");
    measure_same(&peace);
    measure_pair(&peace);
    measure_pair(&call_times);
    measure_same(&whole);
    measure_pair(&change);
    measure_pair(&whole);
}

static void read_plugin(const char *from)
{
    FILE *file = fopen(from, "r");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        fail("cannot read the plugin");
    contents_size = (size_t)ftell(file);
    contents = malloc(contents_size);
    rewind(file);
    if (contents == NULL || fread(contents, 1, contents_size, file) != contents_size || fclose(file) != 0)
        fail("cannot read the plugin");
}

int main(int argc, char **argv)
{
    pthread_t caller;
    if (argc != 3) {
        fputs("usage: see the source\n", stderr);
        return 2;
    }
    snprintf(path, sizeof(path), "%s/reloaded.so", argv[2]);
    snprintf(new_path, sizeof(new_path), "%s/new.so", argv[2]);
    snprintf(other_path, sizeof(other_path), "%s/other.so", argv[2]);
    read_plugin(argv[1]);
    install(path);
    if (plugmgr_new(&manager, NULL) != 0 || plugmgr_new(&other_manager, NULL) != 0 ||
        plugmgr_open(manager, path, NULL, &plugin, NULL) != 0 || plugmgr_slot_new(plugin, mock, "first", &slot) != 0)
        fail("cannot open the plugin");
    stay_on_core(1);
    atomic_store(&wanted, ++watch_number);
    if (pthread_create(&caller, NULL, call_always, NULL) != 0)
        fail("no thread");
    reload_once(); /* from then on it is known for how long one goes on */
    measure_all();
    atomic_store(&wanted, 0);
    pthread_join(caller, NULL);
    plugmgr_slot_free(slot);
    plugmgr_free(manager);
    plugmgr_free(other_manager);
    free(contents);
    return 0;
}
