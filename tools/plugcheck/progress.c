/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECOND = 1000000000, DELAY = SECOND, INTERVAL = SECOND / 10 }; /* in nanoseconds */

static void set_due(struct progress *progress, long nanoseconds)
{
    clock_gettime(CLOCK_MONOTONIC, &progress->due);
    progress->due.tv_nsec += nanoseconds;
    if (progress->due.tv_nsec >= SECOND) {
        progress->due.tv_nsec -= SECOND;
        progress->due.tv_sec++;
    }
}

void progress_begin(struct progress *progress)
{
    const char *terminal = getenv("TERM");
    *progress = (struct progress){.is_wanted = isatty(STDERR_FILENO) && terminal != NULL && *terminal != '\0' &&
                                               strcmp(terminal, "dumb") != 0};
    set_due(progress, DELAY);
}

void progress_show(struct progress *progress, size_t done, size_t plugins, size_t host, size_t hosts)
{
    struct timespec now;
    if (!progress->is_wanted)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec < progress->due.tv_sec ||
        (now.tv_sec == progress->due.tv_sec && now.tv_nsec < progress->due.tv_nsec))
        return;
    fprintf(stderr, "\rplugcheck: %zu of %zu plugins", done, plugins);
    if (hosts > 1)
        fprintf(stderr, " for host %zu of %zu", host + 1, hosts);
    fputs("...\033[K", stderr);
    fflush(stderr);
    progress->is_shown = true;
    set_due(progress, INTERVAL);
}

void progress_erase(struct progress *progress)
{
    if (!progress->is_shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->is_shown = false;
}
