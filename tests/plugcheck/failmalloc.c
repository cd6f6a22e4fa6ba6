/* SPDX-License-Identifier: MIT */
/* Preloaded: the allocation number $FAIL_ALLOCATION of the process fails, counted from 1, whoever asks for it; a byte on
 * descriptor 9 tells that it happened. For glibc, whose own allocator is behind it. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static bool is_failing(void)
{
    static unsigned long count, failing;
    const char *number = count == 0 ? getenv("FAIL_ALLOCATION") : NULL;
    if (number != NULL)
        failing = strtoul(number, NULL, 10);
    if (++count != failing)
        return false;
    ssize_t ignored = write(9, "!", 1);
    (void)ignored;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return is_failing() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return is_failing() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return is_failing() ? NULL : __libc_realloc(memory, size);
}
