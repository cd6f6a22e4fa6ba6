/* SPDX-License-Identifier: MIT */
/* slots: what entering and leaving a slot costs, as ratios against what else a host could do. Asserts nothing.
 *
 *   slots
 *
 * Everything is measured on threads that are there all the time, since glibc's mutex takes short cuts in a process of
 * one thread, each on a core of its own. Each round measures the reference and the measured thing for a millisecond. A
 * round in which a thread was interrupted, or began late, shows nothing of threads that run at once, and is done again.
 * measure.h tells what a line shows; the times are those of one thread.
 *
 * The functions are those of the shared library. It makes no slot without a plugin, so the slot comes from a copy of
 * slot.c whose own entering and leaving have other names. */
#include "slot.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "empty.h"
#include "measure.h"

enum { ROUNDS = 301, REPEAT = 256, THREADS = 2, SLOTS = 8 };
static const double window = 1e6, tolerance = 2e4; /* nanoseconds */

static const char provider[] = "a provider";
static struct plugmgr_slot *slot, *slots[SLOTS];
static struct {
    _Alignas(128) pthread_mutex_t mutex;
} shared = {PTHREAD_MUTEX_INITIALIZER}, own[THREADS] = {{PTHREAD_MUTEX_INITIALIZER}, {PTHREAD_MUTEX_INITIALIZER}};
static struct {
    _Alignas(128) atomic_ulong count;
} shared_count, own_count[THREADS];

/* ---- what is measured: each REPEAT times, on the thread of that number ---- */

static void enter_and_leave(unsigned thread)
{
    (void)thread;
    for (unsigned i = 0; i < REPEAT; i++) {
        struct plugmgr_call call;
        if (plugmgr_slot_enter_call(slot, &call) != provider)
            exit(1);
        plugmgr_slot_leave(&call);
    }
}

/* More slots than a thread keeps in mind. */
static void enter_in_turn(unsigned thread)
{
    (void)thread;
    for (unsigned i = 0; i < REPEAT; i++) {
        struct plugmgr_call call;
        if (plugmgr_slot_enter_call(slots[i % SLOTS], &call) != provider)
            exit(1);
        plugmgr_slot_leave(&call);
    }
}

static void lock_shared(unsigned thread)
{
    (void)thread;
    for (unsigned i = 0; i < REPEAT; i++) {
        pthread_mutex_lock(&shared.mutex);
        pthread_mutex_unlock(&shared.mutex);
    }
}

static void lock_own(unsigned thread)
{
    for (unsigned i = 0; i < REPEAT; i++) {
        pthread_mutex_lock(&own[thread].mutex);
        pthread_mutex_unlock(&own[thread].mutex);
    }
}

static void count_shared(unsigned thread)
{
    (void)thread;
    for (unsigned i = 0; i < REPEAT; i++)
        atomic_fetch_add(&shared_count.count, 1);
}

static void count_own(unsigned thread)
{
    for (unsigned i = 0; i < REPEAT; i++)
        atomic_fetch_add(&own_count[thread].count, 1);
}

/* Two calls, as entering and leaving are. */
static void call_empty(unsigned thread)
{
    (void)thread;
    for (unsigned i = 0; i < REPEAT; i++) {
        bench_empty(&shared);
        bench_empty(&shared);
    }
}

/* ---- the threads ---- */

static pthread_barrier_t begin, end;
static void (*work)(unsigned thread);
static unsigned working;
static atomic_uint arrived;
static struct result {
    double begin, nanoseconds; /* for one time */
    bool is_interrupted;
} results[THREADS];

static long count_interruptions(void)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nivcsw; /* waiting for a mutex is none */
}

static struct result time_window(unsigned thread)
{
    unsigned long count = 0;
    long interruptions = count_interruptions();
    atomic_fetch_add(&arrived, 1);
    while (atomic_load(&arrived) < working) {
    }
    double first = measure_now(), last;
    do {
        work(thread);
        count += REPEAT;
        last = measure_now();
    } while (last - first < window);
    return (struct result){first, (last - first) / (double)count, count_interruptions() != interruptions};
}

static void *run(void *number)
{
    unsigned thread = *(unsigned *)number;
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(thread, &cpus);
    sched_setaffinity(0, sizeof(cpus), &cpus); /* where there is no such core, what is printed tells */
    for (;;) {
        pthread_barrier_wait(&begin);
        if (working == 0)
            return NULL;
        if (thread < working)
            results[thread] = time_window(thread);
        pthread_barrier_wait(&end);
    }
}

/* Nanoseconds for one time on one of the threads; 0: this shows nothing. */
static double time_of(void (*measured)(unsigned thread), unsigned threads)
{
    work = measured;
    working = threads;
    atomic_store(&arrived, 0);
    pthread_barrier_wait(&begin);
    if (threads == 0)
        return 0;
    pthread_barrier_wait(&end);
    double speed = 0;
    for (unsigned i = 0; i < threads; i++) {
        double late = results[i].begin - results[0].begin;
        if (results[i].is_interrupted || late > tolerance || late < -tolerance)
            return 0;
        speed += 1 / results[i].nanoseconds;
    }
    return threads / speed;
}

struct measured {
    const char *name;
    void (*run)(unsigned thread);
    unsigned threads;
};

static double time_once(const void *argument)
{
    const struct measured *measured = argument;
    return time_of(measured->run, measured->threads);
}

static struct measure make_measure(const struct measured *measured, const struct measured *reference)
{
    return (struct measure){.table = "slots",
                            .name = measured->name,
                            .time = time_once,
                            .argument = measured,
                            .reference_name = reference->name,
                            .reference_time = time_once,
                            .reference_argument = reference,
                            .rounds = ROUNDS};
}

static void measure(const struct measured *measured, const struct measured *reference)
{
    const struct measure both = make_measure(measured, reference);
    measure_pair(&both);
}

static void measure_again(const struct measured *measured)
{
    const struct measure both = make_measure(measured, measured);
    measure_same(&both);
}

static const struct measured slot_1 = {"slot enter+leave", enter_and_leave, 1},
                             slot_2 = {"slot enter+leave, 2 threads", enter_and_leave, 2},
                             in_turn_1 = {"eight slots in turn", enter_in_turn, 1},
                             mutex_1 = {"mutex lock+unlock, uncontended", lock_own, 1},
                             mutex_own_2 = {"one mutex each, 2 threads", lock_own, 2},
                             mutex_2 = {"shared mutex lock+unlock, 2 threads", lock_shared, 2},
                             count_1 = {"atomic increment", count_own, 1},
                             count_own_2 = {"atomic increment of its own, 2 threads", count_own, 2},
                             count_2 = {"shared atomic increment, 2 threads", count_shared, 2},
                             empty_1 = {"two empty exported functions", call_empty, 1},
                             empty_2 = {"two empty exported functions, 2 threads", call_empty, 2};

static void measure_all(void)
{
    measure_title("calls through a slot");
    measure_again(&slot_1);
    measure(&slot_1, &mutex_1);
    measure(&slot_1, &count_1);
    measure(&slot_1, &empty_1);
    measure(&in_turn_1, &slot_1);
    measure_again(&slot_2);
    measure(&slot_2, &slot_1);
    measure(&slot_2, &mutex_2);
    measure(&slot_2, &mutex_own_2);
    measure(&slot_2, &count_2);
    measure(&slot_2, &count_own_2);
    measure(&slot_2, &empty_2);
    measure(&empty_2, &empty_1); /* what this machine gives to two threads */
}

static struct plugmgr_slot *new_slot(void)
{
    struct pm_slot_left left;
    struct plugmgr_slot *new = pm_slot_new(NULL);
    if (new == NULL || pm_slot_prepare(new) < 0)
        exit(1);
    pm_slot_swap(new, provider, &left);
    return new;
}

int main(void)
{
    pthread_t threads[THREADS];
    unsigned numbers[THREADS] = {0, 1};
    for (unsigned i = 0; i < SLOTS; i++)
        slots[i] = new_slot();
    slot = slots[0];
    pthread_barrier_init(&begin, NULL, THREADS + 1);
    pthread_barrier_init(&end, NULL, THREADS + 1);
    for (unsigned i = 0; i < THREADS; i++) {
        if (pthread_create(&threads[i], NULL, run, &numbers[i]) != 0)
            return 1;
    }
    measure_all();
    time_of(NULL, 0);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < SLOTS; i++)
        pm_slot_free(slots[i]);
    return 0;
}
