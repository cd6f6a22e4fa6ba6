/* SPDX-License-Identifier: MIT */
/* stress: threads call through a slot while its provider is exchanged, and each provider is spoiled and freed the
 * moment that it is drained. The sanitizers see what is used too late; without them the provider's own bytes tell.
 *
 *   stress THREADS SWAPS
 *
 * Some calls are nested, and some are handed to another thread, which leaves them. Ends after that many swaps, but not
 * before each thread has called as often. */
#include "slot.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_THREADS = 64, PENDING = 4 };

static const char text[] = "a provider";

struct provider {
    char text[sizeof(text)];
    const struct provider *self;
};

struct pending {
    struct pm_slot_left left;
    struct provider *provider;
};

static struct plugmgr_slot *slot;
static atomic_bool is_over;
static atomic_ulong failures;
static atomic_ulong calls[MAX_THREADS];
static _Atomic(struct plugmgr_call *) handed; /* whoever takes it leaves it, and frees it */

static void expect(bool condition)
{
    if (!condition)
        atomic_fetch_add(&failures, 1);
}

static void use(const struct provider *provider)
{
    expect(provider->self == provider && memcmp(provider->text, text, sizeof(text)) == 0);
}

static void leave_handed(struct plugmgr_call *call)
{
    if (call != NULL)
        plugmgr_slot_leave(call);
    free(call);
}

static void hand_on(void)
{
    struct plugmgr_call *call = malloc(sizeof(*call));
    if (call == NULL)
        abort();
    const struct provider *provider = plugmgr_slot_enter_call(slot, call);
    if (provider != NULL)
        use(provider);
    leave_handed(atomic_exchange(&handed, call));
}

static void call_nested(unsigned depth)
{
    struct plugmgr_call call;
    const struct provider *provider = plugmgr_slot_enter_call(slot, &call);
    if (provider != NULL)
        use(provider);
    if (depth > 0)
        call_nested(depth - 1);
    if (provider != NULL)
        use(provider);
    plugmgr_slot_leave(&call);
}

static void *run_calls(void *count)
{
    for (unsigned i = 0; !atomic_load(&is_over); i++) {
        call_nested(i % 8 == 0 ? 3 : 0);
        if (i % 16 == 0)
            hand_on();
        atomic_fetch_add((atomic_ulong *)count, 1);
    }
    return NULL;
}

static struct provider *new_provider(void)
{
    struct provider *provider = malloc(sizeof(*provider));
    if (provider == NULL)
        abort();
    memcpy(provider->text, text, sizeof(text));
    provider->self = provider;
    return provider;
}

static void spoil(struct pending *pending)
{
    if (pending->provider != NULL)
        memset(pending->provider, 0xee, sizeof(*pending->provider));
    free(pending->provider);
    *pending = (struct pending){0};
}

/* Exchanges the provider; now and then there is none for a while. Several generations are in flight at once. */
static struct provider *exchange(struct provider *current, struct pending *place, bool is_empty)
{
    struct provider *next = is_empty ? NULL : new_provider();
    while (!pm_slot_is_drained(&place->left))
        sched_yield();
    spoil(place);
    if (pm_slot_prepare(slot) < 0)
        abort();
    pm_slot_swap(slot, next, &place->left);
    place->provider = current;
    return next;
}

static bool has_called(unsigned long thread_count, unsigned long often)
{
    for (unsigned long i = 0; i < thread_count; i++) {
        if (atomic_load(&calls[i]) < often)
            return false;
    }
    return true;
}

static void run_swaps(unsigned long thread_count, unsigned long swap_count, struct pending *pending)
{
    struct provider *current = NULL;
    for (unsigned long i = 0; i < swap_count || !has_called(thread_count, swap_count); i++) {
        current = exchange(current, &pending[i % PENDING], i % 32 == 0);
        for (unsigned j = 0; j < PENDING; j++) { /* as soon as it may be */
            if (pm_slot_is_drained(&pending[j].left))
                spoil(&pending[j]);
        }
    }
    exchange(current, &pending[0], true);
    atomic_store(&is_over, true);
}

int main(int count, char **arguments)
{
    struct pending pending[PENDING] = {0};
    pthread_t threads[MAX_THREADS];
    unsigned long thread_count = count == 3 ? strtoul(arguments[1], NULL, 10) : 0;
    if (thread_count == 0 || thread_count > MAX_THREADS || (slot = pm_slot_new(NULL)) == NULL)
        return 2;
    for (unsigned long i = 0; i < thread_count; i++) {
        if (pthread_create(&threads[i], NULL, run_calls, &calls[i]) != 0)
            return 2;
    }
    run_swaps(thread_count, strtoul(arguments[2], NULL, 10), pending);
    for (unsigned long i = 0; i < thread_count; i++)
        pthread_join(threads[i], NULL);
    leave_handed(atomic_exchange(&handed, NULL));
    for (unsigned i = 0; i < PENDING; i++) {
        expect(pm_slot_is_drained(&pending[i].left));
        spoil(&pending[i]);
    }
    expect(!pm_slot_is_entered_here(slot));
    pm_slot_free(slot);
    printf("%lu failures\n", atomic_load(&failures));
    return atomic_load(&failures) == 0 ? 0 : 1;
}
