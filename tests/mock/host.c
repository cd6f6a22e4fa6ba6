/* SPDX-License-Identifier: MIT */
/* The host that the tests are: it accepts mock 1.1 to 1.2, and what more.h declares. */
#include <plugmgr/host.h>

#include "mock.h"
#include "more.h"

PLUGMGR_HOST("mockhost", "3.2.1");
PLUGMGR_ACCEPT(mock, 1, 1);
PLUGMGR_ACCEPT(mock_command, 1, 0);
PLUGMGR_ACCEPT(mock_limit, 1, 0);
PLUGMGR_ACCEPT(grow, 1, 0);
PLUGMGR_ACCEPT(deep, 1, 0);
PLUGMGR_ACCEPT(vaults, 1, 0);
PLUGMGR_ACCEPT(codec, 2, 0);
