/* SPDX-License-Identifier: MIT */
/* plugin.c: a plugin for base.h, whatever an edit has made of it: HEADER, by the name of NAME. C and C++. */
#include HEADER
#include <plugmgr/plugin.h>

PLUGMGR_PLUGIN(NAME, "1.0");

PLUGMGR_PROVIDE(store, only) = {1};
PLUGMGR_PROVIDE(quota, only) = {1};

/* run has the type that the header says, and nothing is ever called. */
PLUGMGR_EXPORT(command, run);
PLUGMGR_EXTERN_ void nothing(void);
void nothing(void)
{
}
PLUGMGR_EXTERN_ plugmgr_interface_command run __attribute__((alias("nothing")));
