/* SPDX-License-Identifier: MIT */
/* misuse_host.c: a host as small as can be; with one of the CASE_ macros defined, a mistake is in it. C, C++. */
#include "interfaces.h"
#include <plugmgr/host.h>
#include <stdbool.h>

#ifndef CASE_NO_HOST
PLUGMGR_HOST("small", "1");
#endif

#ifdef CASE_ABOVE
PLUGMGR_ACCEPT(greeter, 1, 1);
#elif defined(CASE_NEWER_MAJOR)
PLUGMGR_ACCEPT(greeter, 2, 0);
#elif defined(CASE_OLDER_MAJOR)
PLUGMGR_ACCEPT(greeter, 0, 9);
#elif defined(CASE_RANGE) /* packed into one number it would be 1.0 */
PLUGMGR_ACCEPT(greeter, 0, 10000);
#else
PLUGMGR_ACCEPT(greeter, 1, 0);
#endif

#ifdef CASE_UNDECLARED
PLUGMGR_ACCEPT(unheard_of, 1, 0);
#endif

#ifdef CASE_TWO_ACCEPTS
PLUGMGR_ACCEPT(greeter, 1, 0);
#endif

#ifdef CASE_TWO_HOSTS
PLUGMGR_HOST("other", "2");
#endif

#ifdef CASE_OFFER_UNDECLARED
PLUGMGR_OFFER(unheard_of) = {0};
#endif
#ifdef CASE_OFFER_FUNCTION
PLUGMGR_OFFER(command) = {0};
#endif
#ifdef CASE_OFFER_TWICE
PLUGMGR_OFFER(limit) = 1;
PLUGMGR_OFFER(limit) = 2;
#endif
#ifdef CASE_OFFER_METHOD
static int shout(int loud)
{
    return loud;
}
PLUGMGR_OFFER(greeter) = {MEMBER(greet) shout};
#endif
#ifdef CASE_OFFER_NO_INITIALISER
PLUGMGR_OFFER(greeter);
#endif

#ifdef CASE_GET_UNDECLARED
#define WANTED unheard_of
#elif defined(CASE_GET_UNACCEPTED)
#define WANTED counter
#else
#define WANTED greeter
#endif
#define GET(plugin, interface) plugmgr_get(plugin, interface)

#ifdef CASE_NO_MEMBER
#define HAS(plugin) plugmgr_has(plugin, greeter, shout)
#elif defined(CASE_HAS_UNDECLARED)
#define HAS(plugin) plugmgr_has(plugin, unheard_of, greet)
#elif defined(CASE_HAS_UNACCEPTED)
#define HAS(plugin) plugmgr_has(plugin, counter, next)
#else
#define HAS(plugin) plugmgr_has(plugin, greeter, greet)
#endif

#ifdef CASE_SYMBOL_UNDECLARED
#define TYPED unheard_of
#elif defined(CASE_SYMBOL_UNACCEPTED)
#define TYPED command
#else
#define TYPED limit
PLUGMGR_ACCEPT(limit, 12, 345);
#endif
#define SYMBOL(plugin, interface) plugmgr_symbol(plugin, "small_limit", interface)

int main(int argc, char **argv)
{
    struct plugmgr *manager;
    struct plugmgr_plugin *plugin;

    if (argc < 2 || plugmgr_new(&manager, NULL) < 0 || plugmgr_open(manager, argv[1], NULL, &plugin, NULL) < 0)
        return 1;
#ifdef CASE_SYMBOL_TYPE
    const double *typed = SYMBOL(plugin, TYPED);
#elif defined(CASE_SYMBOL_CONST)
    int *typed = SYMBOL(plugin, TYPED);
#else
    bool typed = SYMBOL(plugin, TYPED) != NULL;
#endif
    return GET(plugin, WANTED) == NULL || !typed || !HAS(plugin);
}
