#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh: fuzzes what reads bytes from outside, with clang's libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer.
# The seeds are built from sources of the tree. Ends non-zero if anything was found; what was found stays in the folder.
#
#   make fuzz [FUZZ_SECONDS=900]      each harness for so long, both at once
#
# From make: srcdir, builddir (absolute), FUZZ_SECONDS.
# shellcheck disable=SC2154 # set by make
set -eu
cd "$builddir"
folder=$builddir/fuzz
mkdir -p "$folder/seeds.abi" "$folder/seeds.plugpin" "$folder/corpus.abi" "$folder/corpus.plugpin"
flags="-g -O1 -std=gnu11 -D_GNU_SOURCE -I$srcdir/lib -iquote $srcdir/tools/plugpin -DPACKAGE_VERSION=\"fuzz\""
sanitize="-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all"
libraries="-ldw -lelf -lsodium -ljansson"

# harness NAME SOURCE…
# shellcheck disable=SC2086 # lists of words
harness() {
    name=$1
    shift
    clang $flags $sanitize -o "$folder/$name" "$@" $libraries
}
tool_sources=$(find "$srcdir/tools/plugpin" -name '*.c' ! -name main.c)
lib_sources=$(find "$srcdir/lib" -maxdepth 1 -name '*.c')
# shellcheck disable=SC2086
{
    harness fuzz_abi "$srcdir/tests/fuzz/fuzz_abi.c" $lib_sources
    harness fuzz_plugpin "$srcdir/tests/fuzz/fuzz_plugpin.c" $tool_sources $lib_sources
}

# Seeds: objects of several compilers and forms, and their texts.
seed() {
    object=$folder/seeds.plugpin/$1.o
    shift
    "$@" -I"$srcdir/lib" -I"$srcdir/tests/fingerprints" -I"$srcdir/tests/accuracy" -c -o "$object" || return 0
    "$builddir/plugpin" --dump "$object" >"$folder/seeds.abi/$(basename "$object" .o).abi" 2>/dev/null ||
        rm -f "$folder/seeds.abi/$(basename "$object" .o).abi"
}
for dwarf in 2 3 4 5; do
    seed "gcc$dwarf" gcc -g -gdwarf-$dwarf "$srcdir/tests/fingerprints/fixed_plugin.c"
    seed "clang$dwarf" clang -g -gdwarf-$dwarf "$srcdir/tests/fingerprints/fixed_plugin.c"
done
seed types gcc -g -fdebug-types-section "$srcdir/tests/fingerprints/fixed_plugin.c"
seed gz gcc -g -gz "$srcdir/tests/fingerprints/fixed_plugin.c"
seed lto gcc -g -flto "$srcdir/tests/fingerprints/fixed_plugin.c"
seed accuracy gcc -w -g '-DHEADER="base.h"' '-DNAME="base"' "$srcdir/tests/accuracy/plugin.c"
seed cxx g++ -w -x c++ -g '-DHEADER="base.h"' '-DNAME="base"' "$srcdir/tests/accuracy/plugin.c"
if command -v s390x-linux-gnu-gcc >/dev/null; then
    seed s390x s390x-linux-gnu-gcc -g "$srcdir/tests/fingerprints/fixed_plugin.c"
fi

cd "$folder"
seconds=${FUZZ_SECONDS:-900}
status=0
./fuzz_abi -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=1024 -close_fd_mask=3 -artifact_prefix=abi. \
    corpus.abi seeds.abi >abi.log 2>&1 &
abi=$!
./fuzz_plugpin -max_total_time="$seconds" -max_len=131072 -timeout=20 -rss_limit_mb=1024 -close_fd_mask=3 -artifact_prefix=plugpin. \
    corpus.plugpin seeds.plugpin >plugpin.log 2>&1 &
plugpin=$!
wait $abi || status=1
wait $plugpin || status=1
for name in abi plugpin; do
    printf '%s: ' "fuzz_$name"
    grep -E '^Done|SUMMARY|ERROR' "$name.log" | tail -2
done
exit $status
