/* SPDX-License-Identifier: MIT */
/* Mock plugins with one habit each, which shows before they are loaded. What it is, is chosen while compiling:
 *
 *   WITH_STATIC_TLS     thread-local bytes, that many, in the static block
 *   WITH_FIXED_ADDRESS  an address in what may not be written
 *   WITH_PATCHED_CODE   a section that is writable and executable
 *   WITH_DLOPEN         calls dlopen
 *   WITH_UNIQUE         names a unique symbol of its own
 *   WITH_KEY            makes a key of thread-specific data; WITH_KEY=2: and deletes it
 *   WITH_THREAD         starts a thread that ends by itself; WITH_THREAD=2: and joins it in its stop
 *   WITH_SHARED_NAME    defines, and calls as everybody could, habit_answer; WITH_SHARED_NAME=2: a weak one
 *   WITH_LIBRARY        calls habit_library_answer
 *   WITH_NOBODY         calls two functions that nobody has, one that may be absent, and reads an object
 *   WITH_FAILURE        its start fails
 *   RESIDENT            asks to stay */
#include <plugmgr/plugin.h>

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

#include "mock.h"

#ifdef RESIDENT
PLUGMGR_PLUGIN_RESIDENT("habit", "0.1");
#else
PLUGMGR_PLUGIN("habit", "0.1");
#endif

#define EXPORTED __attribute__((visibility("default")))

#ifdef WITH_STATIC_TLS
static __thread volatile char block[WITH_STATIC_TLS] __attribute__((tls_model("initial-exec")));
#endif
#ifdef WITH_FIXED_ADDRESS
__asm__(".section .rodata.fixed,\"a\",%progbits\n.balign 8\n.dc.a plugmgr_provide_mock_first\n.previous");
#endif
#ifdef WITH_PATCHED_CODE
__asm__(".section .patched,\"awx\",%progbits\n.byte 0\n.previous");
#endif
#ifdef WITH_UNIQUE
__asm__(".pushsection .data\n.globl habit_unique\n.type habit_unique, %gnu_unique_object\n.size habit_unique, 4\n"
        ".balign 4\nhabit_unique:\n.long 1\n.popsection");
extern int habit_unique EXPORTED;
#endif
#ifdef WITH_SHARED_NAME
#if WITH_SHARED_NAME == 2
__attribute__((weak))
#endif
int habit_answer(void) EXPORTED;
int habit_answer(void)
{
    return 1;
}
static int (*volatile shared)(void) = habit_answer; /* no compiler sees through it */
#endif
#ifdef WITH_LIBRARY
int habit_library_answer(void) EXPORTED;
#endif
#ifdef WITH_NOBODY
int nobody_has_this(void) EXPORTED;
int nobody_has_that(void) EXPORTED;
int nobody_needs_this(void) EXPORTED __attribute__((weak));
extern int nobody_has_an_object EXPORTED;
#endif

#ifdef WITH_KEY
static pthread_key_t key;
static void forget(void *value)
{
    (void)value;
}
#endif
#ifdef WITH_THREAD
static pthread_t thread;
static void *work(void *data)
{
    return data;
}
#endif

static int answer(void)
{
#if defined(WITH_STATIC_TLS)
    return block[0];
#elif defined(WITH_DLOPEN)
    return dlopen("libhabit-more.so", RTLD_NOW) != NULL;
#elif defined(WITH_UNIQUE)
    return habit_unique;
#elif defined(WITH_SHARED_NAME)
    return shared();
#elif defined(WITH_LIBRARY)
    return habit_library_answer();
#elif defined(WITH_NOBODY)
    return nobody_has_this() + nobody_has_that() + nobody_has_an_object +
           (nobody_needs_this != NULL ? nobody_needs_this() : 0);
#else
    return 42;
#endif
}

static const char *text(void)
{
    return "habit";
}

PLUGMGR_PROVIDE(mock, first) = {answer, text};

#ifdef WITH_FAILURE
static int start(const struct plugmgr_context *context)
{
    return context->fail(context, "as it should");
}
PLUGMGR_START(start);
#endif

#if defined(WITH_KEY) || defined(WITH_THREAD)
static int start(const struct plugmgr_context *context)
{
#ifdef WITH_KEY
    if (pthread_key_create(&key, forget) != 0)
        return context->fail(context, "no key");
#endif
#ifdef WITH_THREAD
    if (pthread_create(&thread, NULL, work, NULL) != 0)
        return context->fail(context, "no thread");
#endif
    return 0;
}
static void stop(void)
{
#if defined(WITH_KEY) && WITH_KEY == 2
    pthread_key_delete(key);
#endif
#if defined(WITH_THREAD) && WITH_THREAD == 2
    pthread_join(thread, NULL);
#endif
}
PLUGMGR_START(start);
PLUGMGR_STOP(stop);
#endif
