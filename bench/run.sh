#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: makes the files that the benchmarks read, in a private folder, and runs them on one core, but for what two
# threads do at once. From make: builddir, srcdir, CC, CXX.
set -eu
umask 022
work=$(mktemp -d "${TMPDIR:-/tmp}/plugmgr-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2154 # set by make
cp "$builddir/tests/mock/good.so" "$work/small.so"
truncate -s 100M "$work/ballast"
objcopy --add-section .ballast="$work/ballast" "$work/small.so" "$work/large.so"
rm -f "$work/ballast"
pin=
if command -v taskset >/dev/null; then
    pin="taskset -c $(($(getconf _NPROCESSORS_ONLN) - 1))"
fi
export work pin builddir srcdir CC CXX
sh "$srcdir/bench/opening.sh"
sh "$srcdir/bench/finding.sh"
# On two cores, each of which is told to the threads.
"$builddir/bench/slots"
mkdir "$work/reload"
"$builddir/bench/reload" "$builddir/tests/mock/good.so" "$work/reload"
sh "$srcdir/bench/checking.sh"
sh "$srcdir/bench/calls.sh"
sh "$srcdir/bench/extraction.sh"
