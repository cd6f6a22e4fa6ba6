/* SPDX-License-Identifier: MIT */
/* hwcaps.h: what the dynamic linker of this process knows of the processor: the subdirectories that it looks into below
 * each directory of a search, and what $PLATFORM is. */
#ifndef PM_HWCAPS_H
#define PM_HWCAPS_H

#include "text.h"

enum {
    PM_MAX_HWCAPS = 8,       /* names of subdirectories of glibc-hwcaps */
    PM_MAX_SUBDIRECTORIES = 24,
};

/* Zeroed: nothing is known, as of another machine's processor. Names live in the arena or are literals. */
struct pm_hwcaps {
    const char *names[PM_MAX_HWCAPS]; /* the best first: "x86-64-v3", "x86-64-v2" */
    size_t name_count;
    const char *subdirectories[PM_MAX_SUBDIRECTORIES]; /* in the order of the search: "glibc-hwcaps/x86-64-v3", "tls" */
    size_t subdirectory_count;
    unsigned isa_level;     /* x86: 0 for the baseline, 3 for x86-64-v4 */
    const char *platform;   /* NULL: not known */
    uint64_t legacy_hwcaps; /* bits that an entry of ld.so.cache may ask for, besides its platform's, */
    uint64_t legacy_platform; /* which is this one */
};

/* Of this process, by the version of its C library: from glibc 2.33 on there are glibc-hwcaps, up to 2.36 the older
 * "tls" and names of processors. */
void pm_hwcaps_read(struct pm_arena *arena, struct pm_hwcaps *ret_hwcaps);

#endif
