/* SPDX-License-Identifier: MIT */
/* misuse_accept.c: a second file for misuse_host.c that accepts an interface which that one accepts. C and C++. */
#include "interfaces.h"
#include <plugmgr/host.h>

PLUGMGR_ACCEPT(greeter, 1, 0);
