/* SPDX-License-Identifier: MIT */
/* pins.c: what plugpin's output defines for the interfaces of misuse_plugin.c and misuse_host.c, and nothing else of it.
 * C and C++. */
#include "interfaces.h"

const char plugmgr_link_the_output_of_plugpin_for_greeter = 0;
const char plugmgr_link_the_output_of_plugpin_for_command = 0;
const char plugmgr_link_the_output_of_plugpin_for_limit = 0;
