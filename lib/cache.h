/* SPDX-License-Identifier: MIT */
/* cache.h: the bytes of ld.so.cache -> the path of a library, as glibc's dynamic linker finds it there. Pure. */
#ifndef PM_CACHE_H
#define PM_CACHE_H

#include "error.h"
#include "hwcaps.h"
#include "model.h"

/* Zeroed: there is none. */
struct pm_cache {
    const uint8_t *bytes; /* from the header on; borrowed */
    size_t size;
    uint32_t count; /* entries */
    bool is_swapped;
    size_t hwcaps_offset, hwcaps_count; /* offsets of the strings that name subdirectories of glibc-hwcaps */
};

/* Looks at the header. traits: of the machine for which the cache is. -1: *ret_problem (LINKER_CACHE): the dynamic
 * linker ignores such a file. */
int pm_cache_read(const uint8_t *bytes, size_t size, const struct pm_traits *traits, struct pm_cache *ret_cache,
                  struct pm_problem *ret_problem);

/* The path of the best entry of that name for the machine and its processor; NULL: there is none, or it is damaged. */
const char *pm_cache_find(const struct pm_cache *cache, const char *name, const struct pm_traits *traits,
                          const struct pm_hwcaps *hwcaps);

#endif
