/* SPDX-License-Identifier: MIT */
/* A mock plugin that counts its calls, and keeps the count through a reload. Chosen while compiling:
 *
 *   VERSION     the version of a state of its own format
 *   COUNT       the type of the count in a state that is a struct; neither: it keeps nothing
 *   BUILD       what text() tells, beside what was restored
 *
 * By its configuration: "large" and "many" save much at once, or in many writes, and compare it when it is restored;
 * "save" and "restore" fail. */
#include <plugmgr/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock.h"

#ifndef BUILD
#define BUILD 1
#endif
#ifndef COUNT
#define COUNT int
#define WITHOUT_STRUCT
#endif

PLUGMGR_PLUGIN("counter", "1.0");

struct tally {
    COUNT count;
};
#ifndef WITHOUT_STRUCT
PLUGMGR_INTERFACE(tally, struct tally, 1, 0);
#endif

static struct tally tally;
static char told[100] = "nothing";

static int answer(void)
{
    return (int)++tally.count;
}
static const char *text(void)
{
    return told;
}
PLUGMGR_PROVIDE(mock, first) = {answer, text};

#if defined(VERSION) || !defined(WITHOUT_STRUCT)
enum { LARGE = 8 * 1024 * 1024, MANY = 100000 };

static int save_much(struct plugmgr_state *state)
{
    char *bytes = malloc(LARGE);
    if (bytes == NULL)
        return -1;
    for (size_t i = 0; i < LARGE; i++)
        bytes[i] = (char)(i % 251);
    int result = state->write(state, bytes, LARGE);
    free(bytes);
    return result;
}

static int save(const struct plugmgr_context *context, struct plugmgr_state *state)
{
    if (strcmp(context->config, "save") == 0)
        return context->fail(context, "the disk is %s", "full");
    int result = state->write(state, &tally, sizeof(tally));
    if (result == 0 && strcmp(context->config, "large") == 0)
        result = save_much(state);
    for (int i = 0; i < MANY && result == 0 && strcmp(context->config, "many") == 0; i++)
        result = state->write(state, &i, sizeof(i));
    return result;
}

static int restore(const struct plugmgr_context *context, const void *bytes, size_t size)
{
    const char *more = (const char *)bytes + sizeof(tally);
    if (strcmp(context->config, "restore") == 0)
        return context->fail(context, "not of %s", "mine");
    if (size < sizeof(tally))
        return context->fail(context, "too short");
    memcpy(&tally, bytes, sizeof(tally));
    size -= sizeof(tally);
    if (strcmp(context->config, "large") == 0) {
        for (size_t i = 0; i < LARGE; i++)
            if (size != LARGE || more[i] != (char)(i % 251))
                return context->fail(context, "byte %zu is another", i);
    }
    if (strcmp(context->config, "many") == 0) {
        for (int i = 0; i < MANY; i++)
            if (size != MANY * sizeof(i) || memcmp(more + (size_t)i * sizeof(i), &i, sizeof(i)) != 0)
                return context->fail(context, "write %d is another", i);
    }
    snprintf(told, sizeof(told), "build %d restored %d", BUILD, (int)tally.count);
    return 0;
}
#endif
#ifdef VERSION
PLUGMGR_STATE(VERSION, save, restore);
#elif !defined(WITHOUT_STRUCT)
PLUGMGR_STATE_OF(tally, save, restore);
#endif
