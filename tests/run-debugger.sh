#!/bin/sh
# SPDX-License-Identifier: MIT
# run-debugger.sh: what gdb sees of a plugin, in a running host and in its core dump: names, when it was loaded by its
# path; and after the command that the guide tells, when it was loaded from a sealed copy.
# shellcheck disable=SC2086 # flags are lists of words
# shellcheck source=tests/tap.sh disable=SC2154
. "$top_srcdir/tests/tap.sh"

if ! command -v gdb >/dev/null; then
    skip 'what a debugger sees' 'there is no gdb'
    done_testing
    exit
fi
source=$top_srcdir/tests/debugger
flags="-g -O1 -fPIC -fvisibility=hidden -I$top_srcdir/lib -I$source"
cd "$work" || exit 99
# Without the sanitizers, which do not let themselves be traced at their exit; the library is built once more.
build() {
    $CC $flags -c -o plugin.o "$source/plugin.c" && CC=$CC "$PLUGPIN" -o plugin.pins.o plugin.o &&
        $CC -shared -Wl,--build-id -o plugin.so plugin.o plugin.pins.o &&
        $CC $flags -c -o host.o "$source/host.c" && CC=$CC "$PLUGPIN" -o host.pins.o host.o &&
        $CC -g -D_GNU_SOURCE -I"$top_srcdir/lib" -DPACKAGE_VERSION='"0"' -o host host.o host.pins.o $(library_sources) -lelf
}
library_sources() {
    find "$top_srcdir/lib" -maxdepth 1 -name '*.c' | sort
}
check 'plugin and host are built' 0 build

# nap MODE: starts the host; $host is its process. Whether the plugin is reached within a while.
nap() {
    ./host "$1" ./plugin.so >"$work/host.out" 2>&1 &
    host=$!
    tries=0
    until grep -q napping "$work/host.out"; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] && kill -0 $host 2>/dev/null || return 1
        sleep 0.1
    done
}

# ask_gdb ARGUMENT…: in a folder of its own, with nobody's configuration
ask_gdb() {
    gdb -nx -batch -iex 'set debuginfod enabled off' "$@" </dev/null
}

names() {
    contains "$1: the function that it is in, by its name" 'nap_until_killed (where='
    contains "$1: and its caller" 'take (where='
    contains "$1: with the line of the source" 'plugin.c:'
}

check 'a host calls a plugin that was loaded by its path' 0 nap path
ask_gdb -p $host -ex bt >"$work/probe" 2>&1
if ! grep -q '^#0' "$work/probe"; then
    kill $host
    skip 'what a debugger sees' "gdb may not trace here: $(grep -i ptrace "$work/probe" | head -n 1)"
    done_testing
    exit
fi
check 'gdb attaches to it' 0 ask_gdb -p $host -ex bt -ex "generate-core-file path.core"
names 'by path, live'
kill $host
check 'and reads its core dump' 0 ask_gdb ./host path.core -ex bt
names 'by path, core dump'

check 'a host calls a plugin that was loaded from a sealed copy' 0 nap sealed
address=$(sed -n 's/.* as a sealed copy at \(0x[0-9a-f]*\)$/\1/p' "$work/host.out" | tail -n 1)
check 'gdb attaches to it, and is told the file' 0 ask_gdb -p $host -ex "add-symbol-file plugin.so -o $address" -ex bt \
    -ex "generate-core-file sealed.core"
names 'sealed, live'
kill $host
check 'and with its core dump' 0 ask_gdb ./host sealed.core -ex "add-symbol-file plugin.so -o $address" -ex bt
names 'sealed, core dump'

done_testing
