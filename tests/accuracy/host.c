/* SPDX-License-Identifier: MIT */
/* host.c: a host for base.h, whatever an edit has made of it: HEADER, by the name of NAME. C and C++. */
#include HEADER
#include <plugmgr/host.h>

PLUGMGR_HOST(NAME, "1.0");

PLUGMGR_ACCEPT(store, STORE_MAJOR, STORE_LOWEST);
PLUGMGR_ACCEPT(quota, 1, 0);
PLUGMGR_ACCEPT(command, 1, 0);
