/* SPDX-License-Identifier: MIT */
/* The host that the tests are: it accepts mock 1.1 to 1.2, and what more.h declares, and offers
 * link_host. */
#include <plugmgr/host.h>

#include "link.h"
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

/* What a test does within the starts and stops of what requires link_host. NULL: nothing. */
extern void (*host_hook)(void);
void (*host_hook)(void);

static int host_value(void)
{
    if (host_hook != NULL)
        host_hook();
    return 1000;
}
PLUGMGR_OFFER(link_host) = {host_value};
