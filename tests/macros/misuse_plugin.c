/* SPDX-License-Identifier: MIT */
/* misuse_plugin.c: a plugin as small as can be; with one of the CASE_ macros defined, a mistake is in it. C, C++. */
#include "interfaces.h"
#include <plugmgr/plugin.h>

#ifndef CASE_NO_PLUGIN
PLUGMGR_PLUGIN("small", "1");
#endif

static const char *hello(void)
{
    return "hello";
}

#ifdef CASE_OTHER_STRUCT
PLUGMGR_PROVIDE(greeter, only) = {.next = hello};
#elif defined(CASE_METHOD)
static int shout(int loud)
{
    return loud;
}
PLUGMGR_PROVIDE(greeter, only) = {MEMBER(greet) shout};
#elif defined(CASE_NUMBER)
PLUGMGR_PROVIDE(greeter, only) = {MEMBER(greet) 42};
#elif defined(CASE_NO_INITIALISER)
PLUGMGR_PROVIDE(greeter, only);
#else
PLUGMGR_PROVIDE(greeter, only) = {MEMBER(greet) hello};
#endif

#ifdef CASE_UNDECLARED
PLUGMGR_PROVIDE(unheard_of, x) = {0};
#endif

#ifdef CASE_TWO_INSTANCES
PLUGMGR_PROVIDE(greeter, only) = {MEMBER(greet) hello};
#endif

#ifdef CASE_TWO_PLUGINS
PLUGMGR_PLUGIN("other", "2");
#endif

#ifdef CASE_MAJOR
PLUGMGR_INTERFACE(versioned, struct greeter, 10000, 0);
#endif
#ifdef CASE_MINOR
PLUGMGR_INTERFACE(versioned, struct greeter, 1, 10000);
#endif
#ifdef CASE_NEGATIVE
PLUGMGR_INTERFACE(versioned, struct greeter, 1, -1);
#endif

#ifdef CASE_VIRTUAL
struct dog {
    virtual ~dog();
    virtual void bark();
};
PLUGMGR_INTERFACE(dog, struct dog, 1, 0);
#endif
