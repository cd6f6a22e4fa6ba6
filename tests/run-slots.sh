#!/bin/sh
# SPDX-License-Identifier: MIT
# run-slots.sh: what threads do with a slot while it is exchanged, once as it is and once under each sanitizer; the calls
# of C++ hosts; and what the library takes of the room for thread-local storage.
# shellcheck disable=SC2154 # set by make
. "$top_srcdir/tests/tap.sh"

lib=$top_srcdir/lib
warnings='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Werror'
# Under a debugger or in a container LeakSanitizer cannot work.
ASAN_OPTIONS=detect_leaks=0
TSAN_OPTIONS=halt_on_error=1
export ASAN_OPTIONS TSAN_OPTIONS

echo '#include <pthread.h>
static int total;
static void *add(void *argument) { total++; return argument; }
int main(void)
{
    pthread_t thread;
    if (pthread_create(&thread, 0, add, 0) != 0) return 2;
    total++;
    pthread_join(thread, 0);
    return total > 2;
}' >"$work/race.c"

# finds COMPILER FLAG…: whether a program built so can run, and says so when two threads race.
finds_races() {
    "$@" -g -pthread -o "$work/race" "$work/race.c" 2>/dev/null || return 1
    "$work/race" >"$work/race.out" 2>&1
    grep -q 'data race' "$work/race.out"
}

# stress NAME THREADS SWAPS COMPILER FLAG…
stress() {
    stress_name=$1
    stress_arguments="$2 $3"
    shift 3
    if ! "$@" -D_GNU_SOURCE -I"$lib" -O2 -g -pthread -o "$work/stress" "$lib/slot.c" \
        "$top_srcdir/tests/slots/stress.c" >"$work/out" 2>&1; then
        ok 1 "$stress_name: it builds" "$work/out"
        return
    fi
    # shellcheck disable=SC2086 # two words
    check "$stress_name: nothing is used after it was drained" 0 "$work/stress" $stress_arguments
}

# Each is built here with flags of its own, whatever the project is built with: once is enough.
if [ -n "$SANITIZE_FLAGS" ]; then
    skip 'threads' 'the tests of a build without sanitizers run them'
    compilers=
else
    stress "8 threads" 8 3000 "$CC"
    stress "40 threads" 40 1000 "$CC"
    compilers='gcc clang'
fi
for compiler in $compilers; do
    if finds_races $compiler -fsanitize=thread; then
        stress "$compiler, ThreadSanitizer" 4 2000 $compiler -fsanitize=thread
        stress "$compiler, ThreadSanitizer, 20 threads" 20 200 $compiler -fsanitize=thread
    else
        skip "$compiler, ThreadSanitizer" "$compiler -fsanitize=thread makes no program that finds a race here"
    fi
    if $compiler -fsanitize=address,undefined -o "$work/race" -pthread "$work/race.c" 2>/dev/null && "$work/race"; then
        stress "$compiler, AddressSanitizer" 4 5000 $compiler -fsanitize=address,undefined -fno-sanitize-recover=all
    else
        skip "$compiler, AddressSanitizer" "$compiler -fsanitize=address,undefined makes no program that runs here"
    fi
done

# shellcheck disable=SC2086 # lists of words
for compiler in gcc clang; do
    case $compiler in
    gcc) cxx=g++ ;;
    *) cxx=clang++ ;;
    esac
    if ! $compiler -D_GNU_SOURCE -I"$lib" -O2 -c -o "$work/slot.o" "$lib/slot.c" 2>/dev/null ||
        ! $cxx -o "$work/empty" -x c++ - <"$work/race.c" -pthread 2>/dev/null; then
        skip "$cxx: the calls of C++" "$cxx is not there, or cannot link"
        continue
    fi
    for standard in c++17 c++20; do
        check "$cxx -std=$standard: host.hpp compiles without a warning" 0 $cxx -std=$standard $warnings \
            -DPLUGMGR_WITHOUT_PLUGPIN -I"$lib" -g -o "$work/calls" "$top_srcdir/tests/slots/calls.cpp" "$work/slot.o"
        check "$cxx -std=$standard: calls enter, move and leave" 0 "$work/calls"
    done
done

# Whatever opens the library with dlopen gives it a share of little room.
shared=$top_builddir/lib/.libs/libplugmgr.so
if [ -e "$shared" ] && command -v readelf >/dev/null; then
    size=$(readelf -lW "$shared" | awk '$1 == "TLS" { print $6 }')
    echo "bytes of thread-local storage: $size" >"$work/out"
    [ "$((${size:-1000}))" -le 112 ]
    ok $? "the library takes at most 112 bytes of thread-local storage" "$work/out"
    readelf -dW "$shared" | grep -q STATIC_TLS
    ok $? "and reaches it without a call" "$work/out"
    echo '#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **arguments)
{
    void *library = dlopen(count > 1 ? arguments[1] : "", RTLD_NOW);
    if (library == NULL) puts(dlerror());
    return library == NULL || dlsym(library, "plugmgr_slot_enter_call") == NULL;
}' >"$work/open.c"
    if [ -n "$SANITIZE_FLAGS" ]; then
        skip "dlopen opens it" "it is built with the sanitizers, which must be there first"
    else
        $CC -o "$work/open" "$work/open.c" -ldl
        check "dlopen opens it" 0 "$work/open" "$shared"
    fi
else
    skip "thread-local storage" "there is no shared libplugmgr, or no readelf"
fi

done_testing
