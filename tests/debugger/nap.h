/* SPDX-License-Identifier: MIT */
/* nap.h: an interface whose one method waits for ever, to be looked at by a debugger. */
#ifndef NAP_H
#define NAP_H

#include <plugmgr/interface.h>

struct nap {
    int (*take)(const char *where);
};
PLUGMGR_INTERFACE(nap, struct nap, 1, 0);

#endif
