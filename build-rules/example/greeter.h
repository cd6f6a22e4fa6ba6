/* SPDX-License-Identifier: MIT */
/* greeter.h: the interface that the host and its plugins share. */
#ifndef GREETER_H
#define GREETER_H
#include <plugmgr/interface.h>

struct greeter {
    /* Prints a greeting. whom: UTF-8, not NULL. */
    void (*greet)(const char *whom);
};
PLUGMGR_INTERFACE(greeter, struct greeter, 1, 0);

#endif
