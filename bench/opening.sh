#!/bin/sh
# SPDX-License-Identifier: MIT
# opening.sh: what opening and closing a plugin costs, against the bare calls and against peers, in time and in system
# calls. From make: builddir, srcdir, CC; from run.sh: work (a private folder, where small.so is), pin (a command prefix).
# shellcheck disable=SC2154,SC2086 # set by the callers; lists of words
set -eu
opening=$builddir/bench/opening
cd "$work"

# link_plugin FILE FLAGS…: a plugin with a fingerprint and one pin
cp "$builddir/tests/mock/good.o" good.o
CC=$CC "$builddir/plugpin" -o pins.o good.o -- -lc
link_plugin() {
    file=$1
    shift
    $CC -shared -Wl,--build-id "$@" -o "$file" good.o pins.o
}
link_plugin opened.so
# shellcheck disable=SC2016 # the dynamic linker expands it
link_plugin searching.so '-Wl,-rpath,$ORIGIN' -Wl,--enable-new-dtags

# make_peer NAME MODULE PACKAGE: NAME.so, if what pkg-config calls MODULE is there
make_peer() {
    flags=$(pkg-config --cflags --libs "$2" 2>/dev/null) || flags=-l$1
    if $CC -O2 -fPIC -shared -DWITH_"$(echo "$1" | tr '[:lower:]' '[:upper:]')" -o "$1.so" "$srcdir/bench/peer.c" $flags 2>/dev/null; then
        peers="$peers $work/$1.so"
    else
        echo "no $1 here to compare with (Debian: $3)"
    fi
}

# sized KIB: a plugin that has so much more data, and one that has as much debug information
sized() {
    printf '.data\n.space %d, 90\n.section .note.GNU-stack,"",%%progbits\n' $(($1 * 1024)) >data.s
    $CC -c -o data.o data.s
    link_plugin "sized_$1.so" data.o
    dd if=/dev/urandom of=debug bs=1024 count="$1" 2>/dev/null
    objcopy --add-section .debug_bench=debug opened.so "debug_$1.so"
    sizes="$sizes $work/sized_$1.so $work/debug_$1.so"
}

# calls_of KIND FILE: the system calls of one more opening and closing
calls_of() {
    for count in 1 101; do
        strace -f -o calls "$opening" loop "$1" "$2" "$count"
        eval "calls_$count=\$(wc -l <calls)"
    done
    echo "$(((calls_101 - calls_1) / 100))"
}

printf '\n%-34s %6s  %-15s %-28s %12s\n' 'opening a plugin' times '(middle half)' 'reference' 'measured'
peers=
make_peer gmodule gmodule-2.0 libglib2.0-dev
make_peer ltdl ltdl libltdl-dev
make_peer apr apr-1 libapr1-dev
$pin "$opening" compare "$work/small.so" "$work/large.so" "$work/opened.so" "$work/searching.so" $peers
sizes=
for size in 16 64 256 1024 4096 10240; do sized $size; done
$pin "$opening" sizes $sizes
if command -v strace >/dev/null; then
    printf '\n%-34s %6s\n' 'one opening and closing' 'system calls'
    for kind in bare path sealed check floor; do
        printf '%-34s %6s\n' "$kind" "$(calls_of $kind "$work/opened.so")"
    done
else
    echo 'no strace here to count system calls with'
fi
