/* SPDX-License-Identifier: MIT */
/* pins.c: what plugpin's output defines for the interface `greeter`, and nothing else of it. C and C++. */
#include "interfaces.h"

const char plugmgr_link_the_output_of_plugpin_for_greeter = 0;
