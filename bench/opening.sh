#!/bin/sh
# SPDX-License-Identifier: MIT
# opening.sh: what opening and closing a plugin costs, against the bare calls and against peers, in time and in system
# calls. From make: builddir, srcdir, CC; from run.sh: work (a private folder, where small.so is), pin (a command prefix).
# shellcheck disable=SC2154,SC2086 # set by the callers; lists of words
set -eu
opening=$builddir/bench/opening
row=$builddir/bench/row
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
    link_plugin "data_$1.so" data.o
    dd if=/dev/urandom of=debug bs=1024 count="$1" 2>/dev/null
    objcopy --add-section .debug_bench=debug opened.so "debug_$1.so"
    data="$data $work/data_$1.so" debug="$debug $work/debug_$1.so"
}

# calls_of KIND FILE: the system calls of one more opening and closing
calls_of() {
    for count in 1 101; do
        strace -f -o traced "$opening" loop "$1" "$2" "$count"
        eval "calls_$count=\$(wc -l <traced)"
    done
    echo "$(((calls_101 - calls_1) / 100))"
}

# first_against NAME REFERENCE COMMAND COMMAND: what two commands print, of processes in turns
first_against() {
    for round in $(seq 51); do
        if [ $((round % 2)) -eq 0 ]; then
            a=$($pin $3) b=$($pin $4)
        else
            b=$($pin $4) a=$($pin $3)
        fi
        echo "$a $b"
    done | $row pairs first 0 "$1" "$2" ns
}

$row title 'opening a plugin'
peers=
make_peer gmodule gmodule-2.0 libglib2.0-dev
make_peer ltdl ltdl libltdl-dev
make_peer apr apr-1 libapr1-dev
$pin "$opening" compare "$work/small.so" "$work/large.so" "$work/opened.so" "$work/searching.so" $peers
for library in /usr/lib/*/libLLVM-[0-9]*.so.1; do
    [ -f "$library" ] && $pin "$opening" library "$library" "$work/small.so" && break
done

$row title 'opening a sealed plugin, over its size in bytes'
data='' debug=''
for size in 16 64 256 1024 4096 10240; do sized $size; done
$pin "$opening" sizes 'with more data' $data
$pin "$opening" sizes 'with more debug information' $debug

$row title 'opening the first plugin of a process'
first="$opening first"
first_against 'dlopen (A/A)' dlopen "$first bare $work/opened.so" "$first bare $work/opened.so"
first_against 'plugmgr_open, by path' dlopen "$first path $work/opened.so" "$first bare $work/opened.so"
if command -v go >/dev/null && GOCACHE=$work/go GOFLAGS=-mod=mod &&
    export GOCACHE GOFLAGS && go build -o open_host "$srcdir/bench/peers/open_host.go" 2>go.log &&
    go build -buildmode=plugin -o open_plugin.so "$srcdir/bench/peers/open_plugin.go" 2>go.log &&
    "$work/open_host" "$work/open_plugin.so" >/dev/null; then
    first_against "Go's plugin.Open" 'plugmgr_open, by path' "$work/open_host $work/open_plugin.so" \
        "$first path $work/opened.so"
else
    echo 'no Go here that builds plugins, to compare with (Debian: golang-go)'
fi

if command -v strace >/dev/null; then
    $row title 'system calls of one opening and closing'
    for kind in bare path sealed check read floor; do
        $row count opening-calls 0 "$kind" "$(calls_of $kind "$work/opened.so")" 'system calls'
    done
else
    echo 'no strace here to count system calls with'
fi
