/* SPDX-License-Identifier: MIT */
/* failalloc.h: lets an allocation of the code under test fail. Link with
 * -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=aligned_alloc. What libraries allocate for
 * themselves, such as strdup and realpath in the C library, is not counted. */
#ifndef FAILALLOC_H
#define FAILALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* The nth allocation from now, counted from 1, and all after it fail; 0: none does any more. */
void fail_allocation(size_t nth);

/* The nth alone fails: what goes on after it must not forget it. */
void fail_allocation_once(size_t nth);

/* Whether one failed since then. */
bool fail_allocation_happened(void);

#endif
