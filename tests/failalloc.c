/* SPDX-License-Identifier: MIT */
#include "failalloc.h"

#include <errno.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

static size_t remaining; /* allocations until the first that fails, itself counted; 0: none fails */
static bool is_once, happened;

static void begin(size_t nth, bool once)
{
    remaining = nth;
    is_once = once;
    if (nth > 0)
        happened = false;
}

void fail_allocation(size_t nth)
{
    begin(nth, false);
}

void fail_allocation_once(size_t nth)
{
    begin(nth, true);
}

bool fail_allocation_happened(void)
{
    return happened;
}

static bool is_failing(void)
{
    if (remaining == 0)
        return false;
    if (remaining > 1) {
        remaining--;
        return false;
    }
    if (is_once)
        remaining = 0;
    happened = true;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_failing() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_failing() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return is_failing() ? NULL : __real_realloc(memory, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return is_failing() ? NULL : __real_aligned_alloc(alignment, size);
}
