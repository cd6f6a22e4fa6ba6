#!/bin/sh
# SPDX-License-Identifier: MIT
# run-threads.sh: the suites with threads once more under ThreadSanitizer: the library and the suites are built with it,
# the plugins are not.
# shellcheck disable=SC2086,SC2154 # lists of words; set by make
. "$top_srcdir/tests/tap.sh"

mock=$top_builddir/tests/mock
suites='operation calls reload'
wrap='-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=aligned_alloc'
# The dynamic linker's own lock is not seen, so neither may be what it does under that: it frees what another thread has
# looked at. (Suppressed reports would not do: naming their functions opens descriptors that the suites count.)
TSAN_OPTIONS='halt_on_error=1 exitcode=66 ignore_noninstrumented_modules=1'
CK_FORK=no # its children would have no threads
PLUGMGR_OPERATIONS=60
export TSAN_OPTIONS CK_FORK PLUGMGR_OPERATIONS

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

# finds_races COMPILER: whether it makes a program that can run, and says so when two threads race.
finds_races() {
    "$1" -fsanitize=thread -g -pthread -o "$work/race" "$work/race.c" 2>/dev/null || return 1
    "$work/race" >"$work/race.out" 2>&1
    grep -q 'data race' "$work/race.out"
}

compiler=
for name in clang gcc; do
    [ -z "$compiler" ] && finds_races $name && compiler=$name
done
if [ -n "$SANITIZE_FLAGS" ]; then
    skip 'threads' 'the plugins are built with other sanitizers'
    done_testing
    exit
elif [ -z "$compiler" ]; then
    skip 'threads' 'no compiler is here of which -fsanitize=thread makes a program that finds a race'
    done_testing
    exit
fi

# One compiler for all files, two at a time: make knows how.
cat >"$work/Makefile" <<EOF
VPATH = $top_srcdir/lib $top_srcdir/tests
flags = -std=gnu11 -D_GNU_SOURCE -I$top_srcdir/lib -I$top_srcdir/tests -O1 -g1 -fPIC -pthread -fsanitize=thread $CHECK_CFLAGS $LIBELF_CFLAGS
objects = $(cd "$top_srcdir/lib" && echo *.c | sed 's/\.c/.o/g') scene.o guest.o failalloc.o
all: $(for suite in $suites; do printf 'check_%s ' $suite; done)
check_%: check_%.o \$(objects)
	$compiler -pthread -fsanitize=thread $wrap -o \$@ \$< \$(objects) $mock/host.o $mock/host.pins.o $LIBELF_LIBS $CHECK_LIBS
%.o: %.c
	$compiler \$(flags) -c -o \$@ \$<
.SECONDARY:
EOF
${MAKE:-make} -C "$work" -j2 >"$work/out" 2>&1
ok $? "$compiler -fsanitize=thread builds the library and the suites" "$work/out"
for suite in $suites; do
    [ -x "$work/check_$suite" ] || continue
    [ "$suite" != reload ] || export CK_RUN_CASE=reload # its load takes too long so
    # Where a race is told while another thread is in the dynamic linker, the telling may hang.
    check "check_$suite: no thread is in the way of another one" 0 timeout 600 "$work/check_$suite"
done

done_testing
