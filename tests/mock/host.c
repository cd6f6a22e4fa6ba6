/* SPDX-License-Identifier: MIT */
/* The host that the tests are: it accepts mock 1.1 to 1.2. */
#include <plugmgr/host.h>

#include "mock.h"

PLUGMGR_HOST("mockhost", "3.2.1");
PLUGMGR_ACCEPT(mock, 1, 1);
