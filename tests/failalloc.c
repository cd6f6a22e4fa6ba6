/* SPDX-License-Identifier: MIT */
#include "failalloc.h"

#include <errno.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static size_t remaining; /* allocations until the first that fails, itself counted; 0: none fails */
static bool happened;

void fail_allocation(size_t nth)
{
    remaining = nth;
    if (nth > 0)
        happened = false;
}

bool fail_allocation_happened(void)
{
    return happened;
}

static bool is_failing(void)
{
    if (remaining > 1)
        remaining--;
    else if (remaining == 1)
        happened = true;
    if (remaining != 1 || !happened)
        return false;
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
