/* SPDX-License-Identifier: MIT */
/* misuse_start.c: a file of a plugin that has its start and stop only; with one of the CASE_ macros defined, a mistake
 * is in it. C and C++. */
#include <plugmgr/plugin.h>

#ifdef CASE_NO_CONTEXT
static int start(void)
{
    return 0;
}
#elif defined(CASE_OTHER_CONTEXT)
static int start(const char *config)
{
    return config[0];
}
#elif defined(CASE_NO_RESULT)
static void start(const struct plugmgr_context *context)
{
    context->log(context, PLUGMGR_LOG_INFO, "started");
}
#else
static int start(const struct plugmgr_context *context)
{
    return context->size == 0;
}
#endif
PLUGMGR_START(start);

#ifdef CASE_STOP
static void stop(int hard)
{
    (void)hard;
}
#else
static void stop(void)
{
}
#endif
PLUGMGR_STOP(stop);
