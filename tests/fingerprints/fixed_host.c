/* SPDX-License-Identifier: MIT */
/* A shared library that acts as the host: it needs no program start files of the machine. */
#include "fixed.h"

#include <plugmgr/host.h>

PLUGMGR_HOST("fixedhost", "1.0.0");
PLUGMGR_ACCEPT(palette, 1, 0);
PLUGMGR_ACCEPT(paint, 1, 0);
