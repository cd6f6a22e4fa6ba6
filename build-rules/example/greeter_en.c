/* SPDX-License-Identifier: MIT */
/* greeter_en.c: a plugin that greets in English. */
#include "greeter.h"
#include <plugmgr/plugin.h>
#include <stdio.h>

static void greet(const char *whom)
{
    printf("Hello, %s!\n", whom);
}

PLUGMGR_PLUGIN("greeter_en", "1.0.0");
PLUGMGR_PROVIDE(greeter, english) = {.greet = greet};
