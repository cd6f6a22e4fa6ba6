/* SPDX-License-Identifier: MIT */
/* rich.c: a plugin's unit with the interfaces of rich.h; C and C++. */
#include "rich.h"

#include <plugmgr/plugin.h>

PLUGMGR_PLUGIN("rich", "1.0");
PLUGMGR_PROVIDE(rich_number, one) = {1};
PLUGMGR_PROVIDE(rich, one) = {};
PLUGMGR_EXPORT(rich_function, rich_call);
int rich_call(struct rich *rich, const char *text)
{
    return rich->over.c + text[0];
}
