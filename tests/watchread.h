/* SPDX-License-Identifier: MIT */
/* watchread.h: counts what the code under test reads, and lets its reads fail. Link with
 * -Wl,--wrap=pread,--wrap=pread64,--wrap=__pread_chk,--wrap=__pread64_chk,--wrap=mmap,--wrap=mmap64: which of the names
 * the code uses depends on _FILE_OFFSET_BITS and _FORTIFY_SOURCE. */
#ifndef WATCHREAD_H
#define WATCHREAD_H

#include <stddef.h>
#include <sys/types.h>

struct watched_reads {
    size_t calls;
    size_t asked, got; /* bytes */
    off_t highest;     /* offset at which the furthest one began */
    size_t maps;       /* calls of mmap */
};

/* Since the last watch_reads_begin, which also lets every read succeed again. */
extern struct watched_reads watched_reads;
void watch_reads_begin(void);

/* The nth read from now, counted from 1, fails once with this errno; 0: it ends the file. */
void watch_reads_fail(size_t nth, int error);
/* No read gives more bytes than this; 0: as many as asked for. */
void watch_reads_limit(size_t bytes);

#endif
