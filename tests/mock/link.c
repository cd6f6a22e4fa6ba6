/* SPDX-License-Identifier: MIT */
/* A mock plugin that requires interfaces of others, or provides them. Chosen while compiling:
 *
 *   NAME             the plugin's name
 *   GIVES=x          provides link_x: value() is VALUE and the values of all that it requires; twice() is twice that
 *   NEEDS=x          requires link_x of MAJOR.0 or later
 *   MAY_HAVE=x       the same, and can do without
 *   WITH_HOST        requires link_host
 *   WITH_MOCK        provides mock, so that the host accepts it: answer() is the same as value()
 *   FAILING          its start fails
 *   WITH_UNRESOLVED  refers to a symbol that nobody has
 *   NEEDS_TOO=x      requires link_x too
 *   WITH_LIBRARY     calls a function of the mock library
 *   WITH_CANARY      a constructor appends "constructor" to $PLUGMGR_CANARY
 *
 * Its start and its stop append "NAME start VALUE" and "NAME stop VALUE" to $PLUGMGR_STOPPED, and so call what it
 * requires. Both call the function at the address that $PLUGMGR_GATE tells, if it does, with "NAME start", "NAME stop". */
#include <plugmgr/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "mock.h"

#define JOIN(a, b) JOIN_(a, b)
#define JOIN_(a, b) a##b
#define LINK(x) JOIN(link_, x)
#define TEXT(x) TEXT_(x)
#define TEXT_(x) #x
#define CALL(macro, ...) macro(__VA_ARGS__)

PLUGMGR_PLUGIN(TEXT(NAME), "1.0");

#ifdef NEEDS
CALL(PLUGMGR_REQUIRE, LINK(NEEDS), LINK_MAJOR, 0);
#endif
#ifdef NEEDS_TOO
CALL(PLUGMGR_REQUIRE, LINK(NEEDS_TOO), LINK_MAJOR, 0);
#endif
#ifdef MAY_HAVE
CALL(PLUGMGR_REQUIRE_OPTIONAL, LINK(MAY_HAVE), LINK_MAJOR, 0);
#endif
#ifdef WITH_HOST
PLUGMGR_REQUIRE(link_host, 1, 0);
#endif

#ifdef WITH_UNRESOLVED
int symbol_that_nobody_has(void);
#endif

#ifdef WITH_LIBRARY
int mock_library_answer(void);
#endif

#ifdef WITH_CANARY
__attribute__((constructor)) static void canary(void)
{
    const char *path = getenv("PLUGMGR_CANARY");
    FILE *file = path != NULL ? fopen(path, "a") : NULL;
    if (file == NULL)
        return;
    fputs("constructor\n", file);
    fclose(file);
}
#endif

static int value(void)
{
    int sum = VALUE;
#ifdef WITH_UNRESOLVED
    sum += symbol_that_nobody_has();
#endif
#ifdef WITH_LIBRARY
    sum += mock_library_answer();
#endif
#ifdef NEEDS
    sum += CALL(plugmgr_use, LINK(NEEDS))->value();
#endif
#ifdef NEEDS_TOO
    sum += CALL(plugmgr_use, LINK(NEEDS_TOO))->value();
#endif
#ifdef MAY_HAVE
    if (CALL(plugmgr_use, LINK(MAY_HAVE)) != NULL)
        sum += CALL(plugmgr_use, LINK(MAY_HAVE))->value();
#endif
#ifdef WITH_HOST
    sum += plugmgr_use(link_host)->value();
#endif
    return sum;
}

#ifdef GIVES
#if LINK_MINOR >= 1
static LINK_TWICE twice(void)
{
    return 2 * value();
}
#endif
CALL(PLUGMGR_PROVIDE, LINK(GIVES), only) = {
    .value = value,
#if LINK_MINOR >= 1
    .twice = twice,
#endif
};
#endif

#ifdef WITH_MOCK
static const char *text(void)
{
#if defined(NEEDS) && LINK_MINOR >= 1
    return CALL(plugmgr_use_has, LINK(NEEDS), twice) ? "has twice" : "has no twice";
#else
    return "";
#endif
}
PLUGMGR_PROVIDE(mock, first) = {value, text};
#endif

static void call_gate(const char *what)
{
    const char *text = getenv("PLUGMGR_GATE");
    void *address;
    void (*gate)(const char *);
    if (text == NULL || sscanf(text, "%p", &address) != 1)
        return;
    memcpy(&gate, &address, sizeof(gate));
    gate(what);
}

static void tell(const char *what)
{
    const char *path = getenv("PLUGMGR_STOPPED");
    FILE *file = path != NULL ? fopen(path, "a") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "%s %s %d\n", TEXT(NAME), what, value());
    fclose(file);
}

static int start(const struct plugmgr_context *context)
{
    tell(context->config[0] != '\0' ? context->config : "start");
    call_gate(TEXT(NAME) " start");
#ifdef FAILING
    return context->fail(context, "it does not want to");
#else
    return context->size == 0;
#endif
}
static void stop(void)
{
    tell("stop");
    call_gate(TEXT(NAME) " stop");
}
PLUGMGR_START(start);
PLUGMGR_STOP(stop);
