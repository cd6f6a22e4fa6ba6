/* SPDX-License-Identifier: MIT */
/* progress.h: how far it is, on a terminal, when it takes more than a second. */
#ifndef PLUGCHECK_PROGRESS_H
#define PLUGCHECK_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct progress {
    bool is_wanted; /* standard error is a terminal that is not dumb */
    bool is_shown;
    struct timespec due; /* when it is shown next */
};

void progress_begin(struct progress *progress);

/* So many plugins are done for one of the hosts, from 0 on. */
void progress_show(struct progress *progress, size_t done, size_t plugins, size_t host, size_t hosts);

/* Before anything else is printed. */
void progress_erase(struct progress *progress);

#endif
