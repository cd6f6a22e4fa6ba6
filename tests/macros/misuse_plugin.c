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

#ifdef CASE_INTERFACE_TWICE
PLUGMGR_INTERFACE(greeter, struct greeter, 1, 0);
#endif
#ifdef CASE_INCOMPLETE
struct unheard_of;
PLUGMGR_INTERFACE(unheard_of, struct unheard_of, 1, 0);
#endif
#ifdef CASE_INTERFACE_FUNCTION
PLUGMGR_INTERFACE(wrong, int(void), 1, 0);
#endif
#ifdef CASE_FUNCTION_OBJECT
PLUGMGR_FUNCTION(wrong, struct greeter, 1, 0);
#endif
#ifdef CASE_FUNCTION_POINTER
PLUGMGR_FUNCTION(wrong, int (*)(void), 1, 0);
#endif
#ifdef CASE_FUNCTION_ARRAY
PLUGMGR_FUNCTION(wrong, int[2], 1, 0);
#endif
#ifdef CASE_FUNCTION_VERSION
PLUGMGR_FUNCTION(wrong, int(void), 1, 10000);
#endif
#ifdef CASE_OPAQUE_TWICE
PLUGMGR_OPAQUE(table);
#endif

#ifndef CASE_EXPORT_UNDECLARED
#define SMALL_COMMAND command
#else
#define SMALL_COMMAND unheard_of
#endif
PLUGMGR_EXPORT(SMALL_COMMAND, small_command);
#ifdef CASE_EXPORT_TYPE
int small_command(struct table *table, int line)
{
    return table == NULL ? line : 0;
}
#elif !defined(CASE_EXPORT_UNDECLARED) && !defined(CASE_EXPORT_UNDEFINED)
int small_command(struct table *table, const char *line)
{
    return table == NULL ? line[0] : 0;
}
#endif
#ifdef CASE_EXPORT_TWICE
PLUGMGR_EXPORT(command, small_command);
#endif

PLUGMGR_EXPORT(limit, small_limit);
#ifdef CASE_EXPORT_OBJECT
const long small_limit = 3;
#elif defined(CASE_EXPORT_VARIABLE)
int small_limit = 3;
#else
const int small_limit = 3;
#endif

#ifdef CASE_IMPORT_TYPE /* as the host's header has it */
#ifdef __cplusplus
extern "C"
#endif
int host_command(struct table *table);
PLUGMGR_IMPORT(command, host_command);
#endif
#ifdef CASE_IMPORT_UNDECLARED
PLUGMGR_IMPORT(unheard_of, host_command);
#endif
#ifdef CASE_IMPORT_CALL
PLUGMGR_IMPORT(command, host_command);
int use_host(void);
int use_host(void)
{
    return host_command(NULL);
}
#endif

#ifdef CASE_REQUIRE_UNDECLARED
PLUGMGR_REQUIRE(unheard_of, 1, 0);
#endif
#ifdef CASE_REQUIRE_FUNCTION
PLUGMGR_REQUIRE(command, 2, 0);
#endif
#ifdef CASE_REQUIRE_ABOVE
PLUGMGR_REQUIRE(greeter, 1, 1);
#endif
#ifdef CASE_REQUIRE_MAJOR
PLUGMGR_REQUIRE_OPTIONAL(greeter, 0, 9);
#endif
#ifdef CASE_REQUIRE_RANGE
PLUGMGR_REQUIRE(greeter, 0, 10000);
#endif
#ifdef CASE_REQUIRE_TWICE
PLUGMGR_REQUIRE(greeter, 1, 0);
PLUGMGR_REQUIRE_OPTIONAL(greeter, 1, 0);
#endif
#ifdef CASE_USE_MEMBER
PLUGMGR_REQUIRE(greeter, 1, 0);
int use_greeter(void);
int use_greeter(void)
{
    return plugmgr_use_has(greeter, shout);
}
#endif
#ifdef CASE_USE_UNDECLARED
int use_nothing(void);
int use_nothing(void)
{
    return plugmgr_use(unheard_of) != NULL;
}
#endif
#ifdef CASE_USE_UNREQUIRED
int use_unrequired(void);
int use_unrequired(void)
{
    return plugmgr_use(counter) != NULL;
}
#endif

#ifdef CASE_VIRTUAL
struct dog {
    virtual ~dog();
    virtual void bark();
};
PLUGMGR_INTERFACE(dog, struct dog, 1, 0);
#endif
