/* SPDX-License-Identifier: MIT */
/* nothing.h: an interface that does nothing: what is left is the call. */
#ifndef BENCH_NOTHING_H
#define BENCH_NOTHING_H 1

#include <plugmgr/interface.h>

struct nothing {
    void (*do_nothing)(void);
};
PLUGMGR_INTERFACE(nothing, struct nothing, 1, 0);

#endif
