/* SPDX-License-Identifier: MIT */
/* Interfaces that others wrote, declared as ours: HEADER, TYPE. C and C++. */
#include HEADER
#include <plugmgr/host.h>

PLUGMGR_INTERFACE(real, TYPE, 1, 0);
PLUGMGR_HOST("real", "1.0.0");
PLUGMGR_ACCEPT(real, 1, 0);
