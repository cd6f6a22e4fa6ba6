/* SPDX-License-Identifier: MIT */
/* counter.h: the interface of the plugins of run-hosts.sh. Its major version is chosen while compiling. */
#ifndef COUNTER_H
#define COUNTER_H

#include <plugmgr/interface.h>

#ifndef COUNTER_MAJOR
#define COUNTER_MAJOR 1
#endif

struct counter {
    int (*next)(void); /* more than the last time, by the plugin's step */
    const char *(*language)(void);
};
PLUGMGR_INTERFACE(counter, struct counter, COUNTER_MAJOR, 0);

#endif
