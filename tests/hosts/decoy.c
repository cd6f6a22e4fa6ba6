/* SPDX-License-Identifier: MIT */
/* Symbols of the names that a plugin has, outside of every plugin: in an executable that exports them, or preloaded.
 * None of them must be taken for a plugin's. */
#include <stdio.h>

#include "counter.h"

#define EXPORTED __attribute__((visibility("default")))

static int decoy_next(void)
{
    return -77;
}
static const char *decoy_language(void)
{
    return "decoy";
}
extern const struct counter plugmgr_provide_counter_main EXPORTED;
const struct counter plugmgr_provide_counter_main = {decoy_next, decoy_language};

EXPORTED int plugmgr_start(const void *context);
int plugmgr_start(const void *context)
{
    (void)context;
    puts("the decoy was started");
    return -1;
}

EXPORTED void plugmgr_stop(void);
void plugmgr_stop(void)
{
    puts("the decoy was stopped");
}
