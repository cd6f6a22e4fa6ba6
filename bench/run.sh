#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: makes the files that the benchmarks read, in a private folder, and runs them on one core, but for what two
# threads do at once. All lines go to results.csv, too, and are drawn. From make: builddir, srcdir, CC, CXX.
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
BENCH_CSV=${BENCH_CSV:-$builddir/bench/results.csv}
rm -f "$BENCH_CSV"
export work pin builddir srcdir CC CXX BENCH_CSV
sh "$srcdir/bench/opening.sh"
sh "$srcdir/bench/finding.sh"
# On two cores, each of which is told to the threads.
"$builddir/bench/slots"
mkdir "$work/reload"
"$builddir/bench/reload" "$builddir/tests/mock/good.so" "$work/reload"
sh "$srcdir/bench/checking.sh"
sh "$srcdir/bench/calls.sh"
sh "$srcdir/bench/extraction.sh"
echo
if command -v gnuplot >/dev/null; then
    gnuplot -c "$srcdir/bench/plots.gp" "$BENCH_CSV" "$builddir/bench"
    echo "drawn: $builddir/bench/{opening,sealed,finding,calls}.svg"
else
    echo 'no gnuplot here to draw the results with (Debian: gnuplot-nox)'
fi
echo "all lines: $BENCH_CSV"
