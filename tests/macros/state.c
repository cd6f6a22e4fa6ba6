/* SPDX-License-Identifier: MIT */
/* state.c: a plugin with a state of its own format, in version NUMBER. With one of the CASE_ macros defined, a mistake is
 * in it. C and C++. */
#include "interfaces.h"
#include <plugmgr/plugin.h>

#ifndef NUMBER
#define NUMBER 1
#endif
#ifndef CASE_NO_PLUGIN
PLUGMGR_PLUGIN("state", "1");
#endif

#ifdef CASE_SAVE_RESULT
static void save(const struct plugmgr_context *context, struct plugmgr_state *state)
{
    context->log(context, PLUGMGR_LOG_INFO, "%zu", state->size);
}
#elif defined(CASE_SAVE_PARAMETER)
static int save(const struct plugmgr_context *context, int *state)
{
    return context->size == 0 ? *state : 0;
}
#else
static int save(const struct plugmgr_context *context, struct plugmgr_state *state)
{
    return state->write(state, context->config, 1);
}
#endif

#ifdef CASE_RESTORE_PARAMETER
static int restore(const struct plugmgr_context *context, const int *bytes, int *size)
{
    return context->size == 0 ? *bytes : *size;
}
#elif defined(CASE_RESTORE_FEW)
static int restore(const struct plugmgr_context *context)
{
    return context->size == 0;
}
#else
static int restore(const struct plugmgr_context *context, const void *bytes, size_t size)
{
    return size == 0 ? context->fail(context, "nothing at %p", bytes) : 0;
}
#endif

#ifdef CASE_UNDECLARED
PLUGMGR_STATE_OF(unheard_of, save, restore);
#elif defined(CASE_FUNCTION)
PLUGMGR_STATE_OF(command, save, restore);
#elif defined(OF_INTERFACE)
PLUGMGR_STATE_OF(limit, save, restore);
#else
PLUGMGR_STATE(NUMBER, save, restore);
#endif
#ifdef CASE_TWO
PLUGMGR_STATE(NUMBER, save, restore);
#endif
