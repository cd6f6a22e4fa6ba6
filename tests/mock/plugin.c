/* SPDX-License-Identifier: MIT */
/* A mock plugin. What it does beside answering is chosen while compiling:
 *
 *   ANSWER           what answer() returns
 *   WITH_LIFE        start and stop: text() tells the configuration; config "fail" fails with a reason, "fail silently"
 *                    without; "log" logs
 *   WITH_CALLBACK    start calls the function whose address is the configuration, as start may call the manager
 *   WITH_CANARY      constructor, DT_INIT (link with -Wl,-init=canary_init) and IFUNC resolver append to $PLUGMGR_CANARY
 *   WITH_TWO         a second instance
 *   WITHOUT_TABLE    provides nothing
 *   EMPTY_TABLE      the table has no initialiser
 *   WITH_OTHER       provides the interface other, which no host of the tests accepts
 *   WITH_UNRESOLVED  refers to a symbol that nobody has
 *   WITH_LIBRARY     calls a function of the mock library
 *   AS_LIBRARY       has that function: it is such a library itself, and named so */
#include <plugmgr/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mock.h"

#ifndef ANSWER
#define ANSWER 42
#endif

#ifdef AS_LIBRARY
PLUGMGR_PLUGIN("library", "0.1");
__attribute__((visibility("default"))) int mock_library_answer(void);
int mock_library_answer(void)
{
    return ANSWER;
}
#else
PLUGMGR_PLUGIN("mock", "0.1");
#endif

static char config_text[200] = "not started";

#ifdef WITH_CANARY
static void tweet(const char *text)
{
    const char *path = getenv("PLUGMGR_CANARY");
    FILE *file = path != NULL ? fopen(path, "a") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "%s\n", text);
    fclose(file);
}
__attribute__((constructor)) static void canary_constructor(void)
{
    tweet("constructor");
}
void canary_init(void);
void canary_init(void)
{
    tweet("init");
}
#ifdef WITH_IFUNC
/* A resolver runs while relocations are done, before the C library may be used: it makes the system call itself. */
#include <fcntl.h>
#include <sys/syscall.h>
static int resolved(void)
{
    return ANSWER;
}
__attribute__((used, no_sanitize("address", "undefined"))) static int (*resolve(void))(void)
{
#ifdef __x86_64__
    static const char path[] = CANARY_IFUNC_PATH;
    long result;
    register long mode __asm__("r10") = 0600;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(SYS_openat), "D"(AT_FDCWD), "S"(path), "d"(O_CREAT | O_WRONLY), "r"(mode)
                     : "rcx", "r11", "memory");
#endif
    return resolved;
}
int ifunc_answer(void) __attribute__((ifunc("resolve")));
#endif
#endif

#ifdef WITH_UNRESOLVED
int symbol_that_nobody_has(void);
#endif
#ifdef WITH_LIBRARY
int mock_library_answer(void);
#endif

static int answer(void)
{
#if defined(WITH_UNRESOLVED)
    return symbol_that_nobody_has();
#elif defined(WITH_LIBRARY)
    return mock_library_answer();
#elif defined(WITH_CANARY) && defined(WITH_IFUNC)
    return ifunc_answer();
#else
    return ANSWER;
#endif
}

__attribute__((unused)) static const char *text(void)
{
    return config_text;
}

#if defined(EMPTY_TABLE)
/* The macro takes no table without initialiser, so this one is declared by hand and lies in .bss. */
__asm__(".globl plugmgr_provide_mock_first\n.comm plugmgr_provide_mock_first, 16, 8");
PLUGMGR_PROVIDES_(mock, PROVIDE_mock_first, "mock", "first", plugmgr_provide_mock_first);
static const struct mock unused_table __attribute__((used)) = {answer, text};
#elif !defined(WITHOUT_TABLE)
PLUGMGR_PROVIDE(mock, first) = {answer, text};
#endif
#ifdef WITH_TWO
static int second_answer(void)
{
    return ANSWER + 1;
}
PLUGMGR_PROVIDE(mock, second) = {second_answer, text};
#endif
#ifdef WITH_OTHER
PLUGMGR_PROVIDE(other, only) = {answer};
#endif

#ifdef WITH_LIFE
static int start(const struct plugmgr_context *context)
{
    snprintf(config_text, sizeof(config_text), "%s", context->config);
    if (strcmp(context->config, "log") == 0)
        context->log(context, PLUGMGR_LOG_INFO, "%s has %d", "start", 7);
    if (strcmp(context->config, "directory") == 0)
        context->log(context, PLUGMGR_LOG_INFO, "in %s.", context->directory);
    if (strcmp(context->config, "fail silently") == 0)
        return -5;
    if (strcmp(context->config, "fail") == 0) {
        context->fail(context, "the first reason");
        return context->fail(context, "the %s reason", "second");
    }
    return 0;
}
static void stop(void)
{
    const char *path = getenv("PLUGMGR_STOPPED");
    FILE *file = path != NULL ? fopen(path, "a") : NULL;
    if (file != NULL) {
        fprintf(file, "%s\n", config_text);
        fclose(file);
    }
}
PLUGMGR_START(start);
PLUGMGR_STOP(stop);
#endif

#ifdef WITH_CALLBACK
static int start(const struct plugmgr_context *context)
{
    void *address;
    int (*callback)(void);
    if (sscanf(context->config, "%p", &address) != 1)
        return context->fail(context, "no address in the configuration");
    memcpy(&callback, &address, sizeof(callback));
    return callback();
}
PLUGMGR_START(start);
#endif
