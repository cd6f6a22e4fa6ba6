/* SPDX-License-Identifier: MIT */
#include "slot.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Each generation is counted by a block. Entering counts in, then looks whether the block is still the current one, and
 * only then reads the provider; leaving counts out. Both counts only grow, and are spread over cache lines by thread.
 *
 * Drained: the block is not current any more, and the sum of all outs, read first, is the sum of all ins. A call that
 * saw the block as current counted in before the swap, in the one order of all sequentially consistent operations, so
 * its in is among those read; and each out that was read comes after its own in. Equal sums leave no call out.
 *
 * A thread may be late, and count in and out again, on a block which is not current, or is already again. So blocks are
 * recycled with their counts as they are, and freed with the slot only. */
enum { LINE = 64, SHARDS = 16, COLUMNS = 8, TRACKED = 5 };

struct shard {
    _Alignas(LINE) atomic_ulong in;
    atomic_ulong out;
    atomic_uint abroad[COLUMNS]; /* calls that another thread left, by the number of the thread that entered them */
};
_Static_assert(sizeof(struct shard) == LINE, "threads of two shards must not share a cache line");

struct pm_block {
    atomic_ulong serial; /* of its generation */
    const void *provider;
    struct pm_block *next;
    /* In the child of a fork: threads up to this number are not here, but for the survivor. */
    uint32_t gone, survivor;
    struct shard shards[SHARDS];
};

struct plugmgr_slot {
    _Alignas(LINE) _Atomic(struct pm_block *) current; /* NULL: empty */
    struct pm_block *blocks;                           /* all, the current one and the spare one included */
    struct pm_block *spare;                            /* drained, for the next swap */
    struct pm_slot_owner *owner;
};

/* Count the threads that entered any slot, and the generations of all slots: what they give is never repeated in this
 * process, whichever managers there are, so these cannot be a manager's. */
static atomic_uint last_thread;
static atomic_ulong last_serial;

/* The thread's number, and in which generations it is: by serial, since a block may be freed without the thread. Small,
 * since a library that is opened with dlopen gets a share of what little room there is for it. */
struct tracked {
    unsigned long serial;
    uint32_t count; /* entered here, less left here */
    uint32_t base;  /* of the shard's abroad, when the count was 0 */
};
static _Thread_local struct {
    uint32_t number;         /* 0: none given yet */
    unsigned long forgotten; /* the highest serial that made room though its count was not 0 */
    struct tracked tracked[TRACKED];
} here __attribute__((tls_model("initial-exec")));

/* ---- which calls the thread is in ------------------------------------------------------------------------------- */

static inline atomic_uint *abroad_of(struct shard *shard, uint32_t thread)
{
    return &shard->abroad[thread / SHARDS % COLUMNS];
}

static struct tracked *find_tracked(unsigned long serial)
{
    for (size_t i = 0; i < TRACKED; i++) {
        if (here.tracked[i].serial == serial)
            return &here.tracked[i];
    }
    return NULL;
}

/* The generation's place, or another one for it: one that counts nothing, else the oldest generation's, which is the
 * likeliest to count calls only that others left. */
static struct tracked *take_tracked(unsigned long serial)
{
    struct tracked *taken = find_tracked(serial);
    if (taken != NULL)
        return taken;
    taken = &here.tracked[0];
    for (size_t i = 1; i < TRACKED && taken->count != 0; i++) {
        struct tracked *other = &here.tracked[i];
        if (other->count == 0 || other->serial < taken->serial)
            taken = other;
    }
    if (taken->count != 0 && here.forgotten < taken->serial)
        here.forgotten = taken->serial;
    *taken = (struct tracked){.serial = serial};
    return taken;
}

static inline void count_entering(struct tracked *tracked, struct shard *shard, uint32_t thread)
{
    if (tracked->count++ == 0)
        tracked->base = atomic_load_explicit(abroad_of(shard, thread), memory_order_relaxed);
}

static inline void count_leaving(struct tracked *tracked)
{
    if (tracked->count > 0)
        tracked->count--;
}

/* How many calls of the block's generation the thread entered, and nobody left. */
static uint32_t count_entered(struct pm_block *block)
{
    struct tracked *tracked = find_tracked(atomic_load_explicit(&block->serial, memory_order_relaxed));
    if (tracked == NULL || tracked->count == 0)
        return 0;
    atomic_uint *abroad = abroad_of(&block->shards[here.number % SHARDS], here.number);
    uint32_t left = atomic_load_explicit(abroad, memory_order_relaxed) - tracked->base;
    return left < tracked->count ? tracked->count - left : 0;
}

/* ---- calls ------------------------------------------------------------------------------------------------------ */

/* What is rare stands in functions of its own, and nothing comes behind them: so the rest needs no stack. */
#define RARE __attribute__((noinline, cold))

RARE static void *enter_first(struct plugmgr_slot *slot, struct plugmgr_call *ret_call)
{
    while (here.number == 0) /* once more in 2^32 threads */
        here.number = atomic_fetch_add_explicit(&last_thread, 1, memory_order_relaxed) + 1;
    return plugmgr_slot_enter_call(slot, ret_call);
}

/* Not the generation that was tracked first. */
static __attribute__((noinline)) void *track_entering(struct pm_block *block, unsigned long serial)
{
    count_entering(take_tracked(serial), &block->shards[here.number % SHARDS], here.number);
    return (void *)(uintptr_t)block->provider;
}

static __attribute__((noinline)) void track_leaving(unsigned long serial)
{
    struct tracked *tracked = find_tracked(serial);
    if (tracked != NULL)
        count_leaving(tracked);
}

void *plugmgr_slot_enter_call(struct plugmgr_slot *slot, struct plugmgr_call *ret_call)
{
    uint32_t thread = here.number;
    struct pm_block *block;
    if (thread == 0)
        return enter_first(slot, ret_call);
    while ((block = atomic_load_explicit(&slot->current, memory_order_acquire)) != NULL) {
        struct shard *shard = &block->shards[thread % SHARDS];
        atomic_fetch_add_explicit(&shard->in, 1, memory_order_seq_cst);
        if (atomic_load_explicit(&slot->current, memory_order_seq_cst) == block) {
            unsigned long serial = atomic_load_explicit(&block->serial, memory_order_relaxed);
            ret_call->block_ = block;
            ret_call->thread_ = thread;
            if (here.tracked[0].serial != serial)
                return track_entering(block, serial);
            count_entering(&here.tracked[0], shard, thread);
            return (void *)(uintptr_t)block->provider;
        }
        atomic_fetch_add_explicit(&shard->out, 1, memory_order_release);
    }
    ret_call->block_ = NULL;
    return NULL;
}

/* Tells the thread that entered. A call of a thread that a fork did not take along is not in flight any more. */
RARE static void leave_abroad(struct pm_block *block, uint32_t thread)
{
    struct shard *shard = &block->shards[thread % SHARDS];
    if (thread <= block->gone && thread != block->survivor)
        return;
    atomic_fetch_add_explicit(abroad_of(shard, thread), 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&shard->out, 1, memory_order_release);
}

void plugmgr_slot_leave(struct plugmgr_call *call)
{
    struct pm_block *block = call->block_;
    uint32_t thread = call->thread_;
    if (block == NULL)
        return;
    call->block_ = NULL;
    if (thread != here.number) {
        leave_abroad(block, thread);
        return;
    }
    unsigned long serial = atomic_load_explicit(&block->serial, memory_order_relaxed);
    atomic_fetch_add_explicit(&block->shards[thread % SHARDS].out, 1, memory_order_release);
    /* from here on the block may be another generation's, or freed */
    if (here.tracked[0].serial == serial)
        count_leaving(&here.tracked[0]);
    else
        track_leaving(serial);
}

/* ---- generations ------------------------------------------------------------------------------------------------ */

static void *allocate(size_t size)
{
    void *memory = aligned_alloc(LINE, size);
    if (memory != NULL)
        memset(memory, 0, size);
    return memory;
}

struct plugmgr_slot *pm_slot_new(struct pm_slot_owner *owner)
{
    struct plugmgr_slot *slot = allocate(sizeof(*slot));
    if (slot != NULL)
        slot->owner = owner;
    return slot;
}

struct pm_slot_owner *pm_slot_get_owner(const struct plugmgr_slot *slot)
{
    return slot->owner;
}

void pm_slot_free(struct plugmgr_slot *slot)
{
    if (slot == NULL)
        return;
    while (slot->blocks != NULL) {
        struct pm_block *block = slot->blocks;
        slot->blocks = block->next;
        free(block);
    }
    free(slot);
}

/* Of a block that is not current any more, whether no call is in it. */
static bool is_quiet(const struct pm_block *block)
{
    unsigned long in = 0, out = 0;
    for (size_t i = 0; i < SHARDS; i++)
        out += atomic_load_explicit(&block->shards[i].out, memory_order_acquire);
    for (size_t i = 0; i < SHARDS; i++)
        in += atomic_load_explicit(&block->shards[i].in, memory_order_seq_cst);
    return in == out;
}

int pm_slot_prepare(struct plugmgr_slot *slot)
{
    struct pm_block *current = atomic_load_explicit(&slot->current, memory_order_relaxed);
    for (struct pm_block *block = slot->blocks; block != NULL && slot->spare == NULL; block = block->next) {
        if (block != current && is_quiet(block))
            slot->spare = block;
    }
    if (slot->spare != NULL)
        return 0;
    slot->spare = allocate(sizeof(*slot->spare));
    if (slot->spare == NULL)
        return -PLUGMGR_E_MEMORY;
    slot->spare->next = slot->blocks;
    slot->blocks = slot->spare;
    return 0;
}

void pm_slot_swap(struct plugmgr_slot *slot, const void *provider, struct pm_slot_left *ret_left)
{
    struct pm_block *left = atomic_load_explicit(&slot->current, memory_order_relaxed), *next = NULL;
    *ret_left = (struct pm_slot_left){0};
    if (left != NULL)
        *ret_left = (struct pm_slot_left){left, atomic_load_explicit(&left->serial, memory_order_relaxed)};
    if (provider != NULL) {
        assert(slot->spare != NULL);
        next = slot->spare;
        slot->spare = NULL;
        next->provider = provider;
        unsigned long serial = atomic_fetch_add_explicit(&last_serial, 1, memory_order_relaxed) + 1;
        atomic_store_explicit(&next->serial, serial, memory_order_release);
    }
    atomic_store_explicit(&slot->current, next, memory_order_seq_cst);
}

bool pm_slot_is_drained(const struct pm_slot_left *left)
{
    /* a block of another serial has been recycled, and was drained for that */
    return left->block == NULL || atomic_load_explicit(&left->block->serial, memory_order_acquire) != left->serial ||
           is_quiet(left->block);
}

bool pm_slot_is_entered_here(const struct plugmgr_slot *slot)
{
    for (struct pm_block *block = slot->blocks; block != NULL; block = block->next) {
        if (count_entered(block) > 0)
            return true;
    }
    return false;
}

/* Threads that share a place in abroad cannot be told apart: then calls that others left count as well. */
static uint32_t count_surviving(struct pm_block *block)
{
    uint32_t threads = atomic_load_explicit(&last_thread, memory_order_relaxed);
    struct tracked *tracked = find_tracked(atomic_load_explicit(&block->serial, memory_order_relaxed));
    if (threads > SHARDS * COLUMNS)
        return tracked != NULL ? tracked->count : 0;
    return count_entered(block);
}

void pm_slot_after_fork(struct plugmgr_slot *slot)
{
    for (struct pm_block *block = slot->blocks; block != NULL; block = block->next) {
        if (here.forgotten >= atomic_load_explicit(&block->serial, memory_order_relaxed))
            continue;
        uint32_t surviving = count_surviving(block);
        for (size_t i = 0; i < SHARDS; i++) {
            unsigned long in = atomic_load_explicit(&block->shards[i].in, memory_order_relaxed);
            unsigned long out = i == here.number % SHARDS ? in - surviving : in;
            atomic_store_explicit(&block->shards[i].out, out, memory_order_relaxed);
        }
        block->gone = atomic_load_explicit(&last_thread, memory_order_relaxed);
        block->survivor = here.number;
    }
}
