// SPDX-License-Identifier: MIT
// Mock plugins in C++ with one habit each, which only that language has:
//
//   WITH_THREAD_EXIT  a thread_local variable with a destructor, used when it answers
//   WITH_UNIQUE       a static variable of a template, which g++ makes a unique symbol
//   WITH_THREAD       a std::thread that is let go; WITH_THREAD=2: joined
#include <plugmgr/plugin.h>

#include <thread>

#include "mock.h"

PLUGMGR_PLUGIN("habit_cpp", "0.1");

#ifdef WITH_THREAD_EXIT
namespace
{
volatile int ended;

struct Guest {
    volatile int visits = 42;
    ~Guest()
    {
        ended = visits;
    }
};

thread_local Guest guest;
} // namespace
#endif

#ifdef WITH_UNIQUE
template <class T> struct __attribute__((visibility("default"))) Shared {
    static int value;
};
template <class T> int Shared<T>::value = 42;
template struct Shared<int>;
#endif

static int answer()
{
#if defined(WITH_THREAD_EXIT)
    return guest.visits;
#elif defined(WITH_UNIQUE)
    return Shared<int>::value;
#elif defined(WITH_THREAD)
    std::thread thread([] {});
#if WITH_THREAD == 2
    thread.join();
#else
    thread.detach();
#endif
    return 42;
#else
    return 42;
#endif
}

static const char *text()
{
    return "habit";
}

PLUGMGR_PROVIDE(mock, first) = {answer, text};
