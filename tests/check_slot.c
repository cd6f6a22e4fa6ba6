/* SPDX-License-Identifier: MIT */
/* Slots, one step at a time: what is in flight, what is drained, and which thread is within a call. What many threads
 * do at once is tests/slots/stress.c. */
#include "slot.h"

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failalloc.h"
#include "suite.h"

static const char first[] = "first", second[] = "second", third[] = "third";

static struct plugmgr_slot *new_slot(void)
{
    struct plugmgr_slot *slot = pm_slot_new(NULL);
    ck_assert_ptr_nonnull(slot);
    return slot;
}

static bool swap(struct plugmgr_slot *slot, const void *provider, struct pm_slot_left *ret_left)
{
    if (pm_slot_prepare(slot) < 0)
        return false;
    pm_slot_swap(slot, provider, ret_left);
    return true;
}

static struct pm_slot_left set(struct plugmgr_slot *slot, const void *provider)
{
    struct pm_slot_left left;
    ck_assert(swap(slot, provider, &left));
    return left;
}

static struct plugmgr_slot *slot_with(const void *provider)
{
    struct plugmgr_slot *slot = new_slot();
    struct pm_slot_left left = set(slot, provider);
    ck_assert(pm_slot_is_drained(&left));
    return slot;
}

/* ---- other threads ---- */

/* Does one thing on a thread of its own, and comes back when it is done and the thread is gone. */
static void on_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, run, argument), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

static void *run_leave(void *call)
{
    plugmgr_slot_leave(call);
    return NULL;
}

struct entering {
    struct plugmgr_slot *slot;
    struct plugmgr_call call;
    const void *provider;
    bool was_inside; /* what the thread itself is told */
};

static void *run_enter(void *argument)
{
    struct entering *entering = argument;
    entering->provider = plugmgr_slot_enter_call(entering->slot, &entering->call);
    entering->was_inside = pm_slot_is_entered_here(entering->slot);
    return NULL;
}

static void *run_pass(void *slot)
{
    struct plugmgr_call call;
    bool was_inside = plugmgr_slot_enter_call(slot, &call) != NULL && pm_slot_is_entered_here(slot);
    plugmgr_slot_leave(&call);
    return was_inside && !pm_slot_is_entered_here(slot) ? slot : NULL;
}

/* A call that a thread enters which does not live any more. */
static struct plugmgr_call call_of_thread(struct plugmgr_slot *slot)
{
    struct entering entering = {.slot = slot};
    on_thread(run_enter, &entering);
    ck_assert_ptr_nonnull(entering.provider);
    ck_assert(entering.was_inside);
    return entering.call;
}

static void hand_on(struct plugmgr_slot *slot)
{
    struct plugmgr_call call;
    ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &call));
    on_thread(run_leave, &call);
}

/* ---- entering and leaving ---- */

START_TEST(empty_slot_gives_null_and_leaving_does_nothing)
{
    struct plugmgr_slot *slot = new_slot();
    struct plugmgr_call call;
    ck_assert_ptr_null(plugmgr_slot_enter_call(slot, &call));
    ck_assert(!pm_slot_is_entered_here(slot));
    plugmgr_slot_leave(&call);
    struct pm_slot_left left = set(slot, first);
    ck_assert(pm_slot_is_drained(&left));
    pm_slot_free(slot);
    pm_slot_free(NULL);
}
END_TEST

START_TEST(slot_keeps_its_owner)
{
    int owner;
    struct plugmgr_slot *slot = pm_slot_new((struct pm_slot_owner *)&owner);
    ck_assert_ptr_nonnull(slot);
    ck_assert_ptr_eq(pm_slot_get_owner(slot), (struct pm_slot_owner *)&owner);
    pm_slot_free(slot);
}
END_TEST

START_TEST(swapped_generation_is_drained_when_its_call_is_left)
{
    struct plugmgr_slot *slot = slot_with(first);
    struct plugmgr_call old, new;
    ck_assert_ptr_eq(plugmgr_slot_enter_call(slot, &old), first);
    struct pm_slot_left left = set(slot, second);
    ck_assert(!pm_slot_is_drained(&left));
    ck_assert_ptr_eq(plugmgr_slot_enter_call(slot, &new), second);
    plugmgr_slot_leave(&old);
    ck_assert(pm_slot_is_drained(&left));
    plugmgr_slot_leave(&new);
    struct pm_slot_left last = set(slot, NULL);
    ck_assert(pm_slot_is_drained(&last));
    ck_assert_ptr_null(plugmgr_slot_enter_call(slot, &new));
    pm_slot_free(slot);
}
END_TEST

START_TEST(call_left_twice_counts_once)
{
    struct plugmgr_slot *slot = slot_with(first);
    struct plugmgr_call one, other;
    ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &one));
    ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &other));
    plugmgr_slot_leave(&one);
    plugmgr_slot_leave(&one);
    struct pm_slot_left left = set(slot, second);
    ck_assert(!pm_slot_is_drained(&left));
    ck_assert(pm_slot_is_entered_here(slot));
    plugmgr_slot_leave(&other);
    ck_assert(pm_slot_is_drained(&left));
    pm_slot_free(slot);
}
END_TEST

START_TEST(nested_calls_of_one_slot_are_each_in_flight)
{
    enum { DEPTH = 1000 };
    static struct plugmgr_call calls[DEPTH];
    struct plugmgr_slot *slot = slot_with(first);
    for (size_t i = 0; i < DEPTH; i++)
        ck_assert_ptr_eq(plugmgr_slot_enter_call(slot, &calls[i]), first);
    struct pm_slot_left left = set(slot, second);
    for (size_t i = 0; i < DEPTH; i++) {
        ck_assert(!pm_slot_is_drained(&left));
        ck_assert(pm_slot_is_entered_here(slot));
        plugmgr_slot_leave(&calls[i]);
    }
    ck_assert(pm_slot_is_drained(&left));
    ck_assert(!pm_slot_is_entered_here(slot));
    pm_slot_free(slot);
}
END_TEST

START_TEST(call_of_ended_thread_is_in_flight_until_another_leaves_it)
{
    struct plugmgr_slot *slot = slot_with(first);
    struct plugmgr_call call = call_of_thread(slot);
    struct pm_slot_left left = set(slot, second);
    ck_assert(!pm_slot_is_drained(&left));
    plugmgr_slot_leave(&call);
    ck_assert(pm_slot_is_drained(&left));
    pm_slot_free(slot);
}
END_TEST

START_TEST(calls_of_more_threads_than_shards_are_each_in_flight)
{
    enum { THREADS = 40 };
    struct plugmgr_call calls[THREADS];
    struct plugmgr_slot *slot = slot_with(first);
    for (size_t i = 0; i < THREADS; i++)
        calls[i] = call_of_thread(slot);
    struct pm_slot_left left = set(slot, second);
    for (size_t i = 0; i < THREADS; i++) {
        ck_assert(!pm_slot_is_drained(&left));
        plugmgr_slot_leave(&calls[i]);
    }
    ck_assert(pm_slot_is_drained(&left));
    pm_slot_free(slot);
}
END_TEST

/* ---- generations ---- */

START_TEST(call_that_stays_holds_only_its_own_generation)
{
    struct plugmgr_slot *slot = slot_with(first);
    struct plugmgr_call stays, call;
    ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &stays));
    struct pm_slot_left held = set(slot, second);
    for (size_t i = 0; i < 100; i++) {
        ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &call));
        struct pm_slot_left left = set(slot, i % 2 == 0 ? third : second);
        ck_assert(!pm_slot_is_drained(&left));
        plugmgr_slot_leave(&call);
        ck_assert(pm_slot_is_drained(&left));
        ck_assert(!pm_slot_is_drained(&held));
    }
    plugmgr_slot_leave(&stays);
    ck_assert(pm_slot_is_drained(&held));
    pm_slot_free(slot);
}
END_TEST

START_TEST(drained_generation_stays_drained_when_its_block_counts_another)
{
    struct plugmgr_slot *slot = slot_with(first);
    struct pm_slot_left left = set(slot, second);
    ck_assert(pm_slot_is_drained(&left));
    struct pm_slot_left next = set(slot, third);
    struct plugmgr_call call;
    ck_assert_ptr_eq(plugmgr_slot_enter_call(slot, &call), third);
    struct pm_slot_left last = set(slot, NULL);
    ck_assert_ptr_eq(last.block, left.block); /* else this shows nothing */
    ck_assert(pm_slot_is_drained(&left));
    ck_assert(pm_slot_is_drained(&next));
    ck_assert(!pm_slot_is_drained(&last));
    plugmgr_slot_leave(&call);
    ck_assert(pm_slot_is_drained(&last));
    pm_slot_free(slot);
}
END_TEST

START_TEST(swaps_without_end_need_no_more_memory)
{
    struct plugmgr_slot *slot = slot_with(first);
    struct plugmgr_call stays, call;
    struct pm_slot_left left;
    bool is_right = true;
    ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &stays));
    set(slot, second);
    set(slot, third);
    fail_allocation(1); /* Check allocates too */
    for (size_t i = 0; i < 100000; i++) {
        is_right = is_right && plugmgr_slot_enter_call(slot, &call) != NULL;
        plugmgr_slot_leave(&call);
        is_right = is_right && swap(slot, i % 2 == 0 ? second : third, &left);
    }
    bool is_growing = fail_allocation_happened();
    fail_allocation(0);
    ck_assert(is_right && !is_growing);
    plugmgr_slot_leave(&stays);
    pm_slot_free(slot);
}
END_TEST

static int prepare_without_memory(struct plugmgr_slot *slot)
{
    fail_allocation(1);
    int result = pm_slot_prepare(slot);
    fail_allocation(0);
    return result;
}

START_TEST(without_memory_nothing_happens)
{
    fail_allocation(1);
    struct plugmgr_slot *slot = pm_slot_new(NULL);
    fail_allocation(0);
    ck_assert_ptr_null(slot);
    slot = new_slot();
    struct plugmgr_call call;
    ck_assert_int_eq(prepare_without_memory(slot), -PLUGMGR_E_MEMORY);
    ck_assert_ptr_null(plugmgr_slot_enter_call(slot, &call));
    set(slot, first);
    ck_assert_int_eq(prepare_without_memory(slot), -PLUGMGR_E_MEMORY);
    ck_assert_ptr_eq(plugmgr_slot_enter_call(slot, &call), first);
    set(slot, second);
    ck_assert_int_eq(prepare_without_memory(slot), -PLUGMGR_E_MEMORY); /* the first one's block is in use */
    plugmgr_slot_leave(&call);
    ck_assert_int_eq(prepare_without_memory(slot), 0);
    ck_assert_int_eq(prepare_without_memory(slot), 0); /* the swap has what it needs already */
    pm_slot_free(slot);
}
END_TEST

START_TEST(generation_is_drained_by_another_thread_that_leaves)
{
    struct plugmgr_slot *slot = slot_with(first);
    struct plugmgr_call call;
    pthread_t thread;
    ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &call));
    struct pm_slot_left left = set(slot, second);
    ck_assert(!pm_slot_is_drained(&left));
    ck_assert_int_eq(pthread_create(&thread, NULL, run_leave, &call), 0);
    while (!pm_slot_is_drained(&left))
        sched_yield();
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    pm_slot_free(slot);
}
END_TEST

/* ---- which thread is inside ---- */

START_TEST(thread_is_inside_of_its_own_calls_only)
{
    struct plugmgr_slot *slot = slot_with(first), *other = slot_with(second);
    struct plugmgr_call call, others = call_of_thread(slot);
    ck_assert(!pm_slot_is_entered_here(slot));
    ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &call));
    ck_assert(pm_slot_is_entered_here(slot));
    ck_assert(!pm_slot_is_entered_here(other));
    set(slot, second); /* within an older generation too */
    ck_assert(pm_slot_is_entered_here(slot));
    plugmgr_slot_leave(&others);
    ck_assert(pm_slot_is_entered_here(slot));
    plugmgr_slot_leave(&call);
    ck_assert(!pm_slot_is_entered_here(slot));
    pm_slot_free(slot);
    pm_slot_free(other);
}
END_TEST

START_TEST(thread_is_not_inside_of_calls_that_it_handed_on)
{
    struct plugmgr_slot *slot = slot_with(first);
    struct plugmgr_call call;
    for (size_t generation = 0; generation < 20; generation++) {
        for (size_t i = 0; i < 20; i++) {
            hand_on(slot);
            ck_assert(!pm_slot_is_entered_here(slot));
        }
        ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &call));
        ck_assert(pm_slot_is_entered_here(slot));
        hand_on(slot);
        ck_assert(pm_slot_is_entered_here(slot));
        plugmgr_slot_leave(&call);
        ck_assert(!pm_slot_is_entered_here(slot));
        set(slot, generation % 2 == 0 ? second : first);
    }
    pm_slot_free(slot);
}
END_TEST

START_TEST(thread_in_many_slots_forgets_the_oldest_and_all_drain)
{
    enum { SLOTS = 12 };
    struct plugmgr_slot *slots[SLOTS];
    struct plugmgr_call calls[SLOTS];
    struct pm_slot_left left[SLOTS];
    for (size_t i = 0; i < SLOTS; i++) {
        slots[i] = slot_with(first);
        ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slots[i], &calls[i]));
        ck_assert(pm_slot_is_entered_here(slots[i]));
        left[i] = set(slots[i], second);
    }
    for (size_t i = SLOTS - 5; i < SLOTS; i++)
        ck_assert(pm_slot_is_entered_here(slots[i]));
    for (size_t i = 0; i < SLOTS; i++) {
        ck_assert(!pm_slot_is_drained(&left[i]));
        plugmgr_slot_leave(&calls[i]);
        ck_assert(pm_slot_is_drained(&left[i]));
        ck_assert(!pm_slot_is_entered_here(slots[i]));
    }
    for (size_t i = 0; i < SLOTS; i++) {
        ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slots[i], &calls[i]));
        ck_assert(pm_slot_is_entered_here(slots[i]));
        plugmgr_slot_leave(&calls[i]);
        pm_slot_free(slots[i]);
    }
}
END_TEST

START_TEST(thread_that_was_in_a_freed_slot_is_not_inside_of_the_next)
{
    struct plugmgr_slot *slot;
    for (size_t i = 0; i < 100; i++) {
        slot = slot_with(first);
        ck_assert(!pm_slot_is_entered_here(slot));
        hand_on(slot); /* the thread's own count stays */
        pm_slot_free(slot);
    }
}
END_TEST

START_TEST(each_of_many_threads_knows_whether_it_is_inside)
{
    enum { THREADS = 300 };
    struct plugmgr_slot *slot = slot_with(first);
    struct plugmgr_call call, others = call_of_thread(slot);
    ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &call));
    for (size_t i = 0; i < THREADS; i++) {
        pthread_t thread;
        void *result;
        ck_assert_int_eq(pthread_create(&thread, NULL, run_pass, slot), 0);
        ck_assert_int_eq(pthread_join(thread, &result), 0);
        ck_assert_ptr_eq(result, slot);
    }
    ck_assert(pm_slot_is_entered_here(slot));
    plugmgr_slot_leave(&call);
    plugmgr_slot_leave(&others);
    pm_slot_free(slot);
}
END_TEST

/* ---- fork ---- */

/* Runs in the child, without Check: which condition does not hold, or 0. */
#define EXPECT(condition)                                                                                              \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            return __LINE__;                                                                                           \
    } while (0)

static void in_child(int (*run)(struct plugmgr_slot *, struct plugmgr_call *), struct plugmgr_slot *slot,
                     struct plugmgr_call *calls)
{
    int fds[2], line = -1, status;
    ck_assert_int_eq(pipe(fds), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        pm_slot_after_fork(slot);
        line = run(slot, calls);
        _exit(write(fds[1], &line, sizeof(line)) == sizeof(line) ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(read(fds[0], &line, sizeof(line)), sizeof(line));
    ck_assert_msg(line == 0, "in the child, line %d", line);
    close(fds[0]);
    close(fds[1]);
}

/* Two calls are in flight: the first one is this thread's, the second one another's. */
static int child_of_two_calls(struct plugmgr_slot *slot, struct plugmgr_call *calls)
{
    struct pm_slot_left left, next;
    struct plugmgr_call call;
    EXPECT(pm_slot_is_entered_here(slot));
    EXPECT(swap(slot, second, &left));
    EXPECT(!pm_slot_is_drained(&left));
    plugmgr_slot_leave(&calls[1]); /* does not count: else the own call would be lost sight of */
    EXPECT(!pm_slot_is_drained(&left));
    plugmgr_slot_leave(&calls[0]);
    EXPECT(pm_slot_is_drained(&left));
    EXPECT(!pm_slot_is_entered_here(slot));
    EXPECT(plugmgr_slot_enter_call(slot, &call) == second);
    EXPECT(swap(slot, third, &next));
    EXPECT(!pm_slot_is_drained(&next));
    plugmgr_slot_leave(&call);
    EXPECT(pm_slot_is_drained(&next));
    return 0;
}

START_TEST(fork_leaves_the_calls_of_the_forking_thread_in_flight)
{
    struct plugmgr_slot *slot = slot_with(first);
    struct plugmgr_call calls[2];
    ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &calls[0]));
    calls[1] = call_of_thread(slot);
    in_child(child_of_two_calls, slot, calls);
    struct pm_slot_left left = set(slot, NULL);
    plugmgr_slot_leave(&calls[0]);
    ck_assert(!pm_slot_is_drained(&left)); /* nothing changed here */
    plugmgr_slot_leave(&calls[1]);
    ck_assert(pm_slot_is_drained(&left));
    pm_slot_free(slot);
}
END_TEST

/* The first call was entered by the thread that forked; it is handed to a thread of the child. */
static int child_that_hands_on(struct plugmgr_slot *slot, struct plugmgr_call *calls)
{
    struct pm_slot_left left;
    pthread_t thread;
    struct entering entering = {.slot = slot};
    EXPECT(pthread_create(&thread, NULL, run_enter, &entering) == 0 && pthread_join(thread, NULL) == 0);
    EXPECT(swap(slot, second, &left));
    plugmgr_slot_leave(&entering.call); /* of a thread that came after the fork: counts */
    EXPECT(!pm_slot_is_drained(&left));
    EXPECT(pthread_create(&thread, NULL, run_leave, &calls[0]) == 0 && pthread_join(thread, NULL) == 0);
    EXPECT(pm_slot_is_drained(&left));
    EXPECT(!pm_slot_is_entered_here(slot));
    return 0;
}

START_TEST(fork_leaves_calls_that_any_thread_of_the_child_can_leave)
{
    struct plugmgr_slot *slot = slot_with(first);
    struct plugmgr_call call, others = call_of_thread(slot);
    hand_on(slot);
    ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &call));
    in_child(child_that_hands_on, slot, &call);
    plugmgr_slot_leave(&call);
    plugmgr_slot_leave(&others);
    pm_slot_free(slot);
}
END_TEST

static int child_without_calls(struct plugmgr_slot *slot, struct plugmgr_call *calls)
{
    struct pm_slot_left left;
    (void)calls;
    EXPECT(swap(slot, second, &left));
    EXPECT(pm_slot_is_drained(&left));
    return 0;
}

START_TEST(fork_by_a_thread_that_never_entered_leaves_no_call)
{
    struct plugmgr_slot *slot = slot_with(first);
    struct plugmgr_call call = call_of_thread(slot);
    in_child(child_without_calls, slot, NULL);
    plugmgr_slot_leave(&call);
    pm_slot_free(slot);
}
END_TEST

static int child_that_cannot_know(struct plugmgr_slot *slot, struct plugmgr_call *calls)
{
    struct pm_slot_left left;
    EXPECT(swap(slot, second, &left));
    plugmgr_slot_leave(&calls[0]);
    EXPECT(!pm_slot_is_drained(&left)); /* the other one's stays */
    plugmgr_slot_leave(&calls[1]);
    EXPECT(pm_slot_is_drained(&left));
    return 0;
}

START_TEST(fork_within_a_forgotten_call_leaves_all_in_flight)
{
    enum { SLOTS = 6 };
    struct plugmgr_slot *slots[SLOTS];
    struct plugmgr_call calls[SLOTS], both[2];
    for (size_t i = 0; i < SLOTS; i++) {
        slots[i] = slot_with(first);
        ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slots[i], &calls[i]));
    }
    ck_assert(!pm_slot_is_entered_here(slots[0])); /* else this shows nothing */
    both[0] = calls[0];
    both[1] = call_of_thread(slots[0]);
    in_child(child_that_cannot_know, slots[0], both);
    plugmgr_slot_leave(&both[1]);
    for (size_t i = 0; i < SLOTS; i++) {
        plugmgr_slot_leave(&calls[i]);
        pm_slot_free(slots[i]);
    }
}
END_TEST

static int child_of_one_call(struct plugmgr_slot *slot, struct plugmgr_call *calls)
{
    struct pm_slot_left left;
    EXPECT(swap(slot, second, &left));
    EXPECT(!pm_slot_is_drained(&left));
    plugmgr_slot_leave(&calls[0]);
    EXPECT(pm_slot_is_drained(&left));
    return 0;
}

static int child_of_one_call_that_is_not_drained(struct plugmgr_slot *slot, struct plugmgr_call *calls)
{
    struct pm_slot_left left;
    EXPECT(swap(slot, second, &left));
    plugmgr_slot_leave(&calls[0]);
    EXPECT(!pm_slot_is_drained(&left));
    return 0;
}

/* Another thread's calls that somebody else left must never make those of this thread look left. */
START_TEST(fork_among_very_many_threads_never_loses_the_own_call)
{
    struct plugmgr_slot *slot = slot_with(first);
    struct plugmgr_call call;
    ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &call));
    for (size_t i = 0; i < 300; i++) {
        struct plugmgr_call others = call_of_thread(slot);
        plugmgr_slot_leave(&others);
    }
    ck_assert(
        !pm_slot_is_entered_here(slot)); /* a thread whose number falls on this one's place: else it shows nothing */
    in_child(child_of_one_call, slot, &call);
    plugmgr_slot_leave(&call);
    hand_on(slot);
    ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &call));
    in_child(child_of_one_call_that_is_not_drained, slot, &call); /* the price: what was handed on counts */
    plugmgr_slot_leave(&call);
    pm_slot_free(slot);
}
END_TEST

static int grandchild(struct plugmgr_slot *slot, struct plugmgr_call *calls)
{
    int status;
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        pm_slot_after_fork(slot);
        _exit(child_of_two_calls(slot, calls) == 0 ? 0 : 1);
    }
    EXPECT(waitpid(child, &status, 0) == child && status == 0);
    return child_of_two_calls(slot, calls);
}

START_TEST(fork_of_a_fork_leaves_the_calls_of_the_thread_that_forked)
{
    struct plugmgr_slot *slot = slot_with(first);
    struct plugmgr_call calls[2];
    ck_assert_ptr_nonnull(plugmgr_slot_enter_call(slot, &calls[0]));
    calls[1] = call_of_thread(slot);
    in_child(grandchild, slot, calls);
    plugmgr_slot_leave(&calls[0]);
    plugmgr_slot_leave(&calls[1]);
    pm_slot_free(slot);
}
END_TEST

static void add_calls(TCase *tcase)
{
    tcase_add_test(tcase, empty_slot_gives_null_and_leaving_does_nothing);
    tcase_add_test(tcase, slot_keeps_its_owner);
    tcase_add_test(tcase, swapped_generation_is_drained_when_its_call_is_left);
    tcase_add_test(tcase, call_left_twice_counts_once);
    tcase_add_test(tcase, nested_calls_of_one_slot_are_each_in_flight);
    tcase_add_test(tcase, call_of_ended_thread_is_in_flight_until_another_leaves_it);
    tcase_add_test(tcase, calls_of_more_threads_than_shards_are_each_in_flight);
    tcase_add_test(tcase, call_that_stays_holds_only_its_own_generation);
    tcase_add_test(tcase, drained_generation_stays_drained_when_its_block_counts_another);
    tcase_add_test(tcase, swaps_without_end_need_no_more_memory);
    tcase_add_test(tcase, without_memory_nothing_happens);
    tcase_add_test(tcase, generation_is_drained_by_another_thread_that_leaves);
}

static void add_threads(TCase *tcase)
{
    tcase_add_test(tcase, thread_is_inside_of_its_own_calls_only);
    tcase_add_test(tcase, thread_is_not_inside_of_calls_that_it_handed_on);
    tcase_add_test(tcase, thread_in_many_slots_forgets_the_oldest_and_all_drain);
    tcase_add_test(tcase, thread_that_was_in_a_freed_slot_is_not_inside_of_the_next);
    tcase_add_test(tcase, each_of_many_threads_knows_whether_it_is_inside);
    tcase_add_test(tcase, fork_leaves_the_calls_of_the_forking_thread_in_flight);
    tcase_add_test(tcase, fork_leaves_calls_that_any_thread_of_the_child_can_leave);
    tcase_add_test(tcase, fork_by_a_thread_that_never_entered_leaves_no_call);
    tcase_add_test(tcase, fork_within_a_forgotten_call_leaves_all_in_flight);
    tcase_add_test(tcase, fork_among_very_many_threads_never_loses_the_own_call);
    tcase_add_test(tcase, fork_of_a_fork_leaves_the_calls_of_the_thread_that_forked);
}

int main(void)
{
    Suite *suite = suite_create("slot");
    TCase *calls = tcase_create("calls"), *threads = tcase_create("threads");
    add_calls(calls);
    add_threads(threads);
    suite_add_tcase(suite, calls);
    suite_add_tcase(suite, threads);
    return run_suite(suite);
}
