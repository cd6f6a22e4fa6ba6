/* SPDX-License-Identifier: MIT */
#include "watchread.h"

#include <errno.h>

/* Those whose offsets are 64 bits wide on every machine. */
ssize_t __real_pread64(int descriptor, void *bytes, size_t size, off64_t offset);
ssize_t __wrap_pread(int descriptor, void *bytes, size_t size, off_t offset);
ssize_t __wrap_pread64(int descriptor, void *bytes, size_t size, off_t offset);
ssize_t __wrap___pread_chk(int descriptor, void *bytes, size_t size, off_t offset, size_t room);
ssize_t __wrap___pread64_chk(int descriptor, void *bytes, size_t size, off_t offset, size_t room);
void *__real_mmap64(void *address, size_t size, int protection, int flags, int descriptor, off64_t offset);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int descriptor, off_t offset);
void *__wrap_mmap64(void *address, size_t size, int protection, int flags, int descriptor, off_t offset);

struct watched_reads watched_reads;
static size_t failing, limit;
static int failure;

void watch_reads_begin(void)
{
    watched_reads = (struct watched_reads){0};
    failing = limit = 0;
}

void watch_reads_fail(size_t nth, int error)
{
    failing = nth;
    failure = error;
}

void watch_reads_limit(size_t bytes)
{
    limit = bytes;
}

ssize_t __wrap_pread(int descriptor, void *bytes, size_t size, off_t offset)
{
    watched_reads.calls++;
    watched_reads.asked += size;
    if (offset > watched_reads.highest)
        watched_reads.highest = offset;
    if (failing > 0 && --failing == 0) {
        errno = failure;
        return failure == 0 ? 0 : -1;
    }
    ssize_t got = __real_pread64(descriptor, bytes, limit > 0 && limit < size ? limit : size, offset);
    if (got > 0)
        watched_reads.got += (size_t)got;
    return got;
}

ssize_t __wrap_pread64(int descriptor, void *bytes, size_t size, off_t offset)
{
    return __wrap_pread(descriptor, bytes, size, offset);
}

ssize_t __wrap___pread_chk(int descriptor, void *bytes, size_t size, off_t offset, size_t room)
{
    (void)room; /* that it is enough is what AddressSanitizer looks at */
    return __wrap_pread(descriptor, bytes, size, offset);
}

ssize_t __wrap___pread64_chk(int descriptor, void *bytes, size_t size, off_t offset, size_t room)
{
    return __wrap___pread_chk(descriptor, bytes, size, offset, room);
}

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int descriptor, off_t offset)
{
    watched_reads.maps++;
    return __real_mmap64(address, size, protection, flags, descriptor, offset);
}

void *__wrap_mmap64(void *address, size_t size, int protection, int flags, int descriptor, off_t offset)
{
    return __wrap_mmap(address, size, protection, flags, descriptor, offset);
}
