#!/bin/sh
# SPDX-License-Identifier: MIT
# checking.sh: what plugcheck costs, as whole processes, against what else tells something of the same files. From make:
# builddir, srcdir, CC; from run.sh: work (a private folder), pin (a command prefix).
# shellcheck disable=SC2154,SC2086 # set by the callers; lists of words
set -eu
versus="$pin $builddir/bench/versus"
row=$builddir/bench/row
plugcheck=$builddir/plugcheck
plugpin=$builddir/plugpin
cd "$work"
cp "$builddir/plugins/users/users_json.so" "$builddir/plugins/users/userhost" .

# has COMMAND PACKAGE: whether there is such a command; if not, says so
has() {
    command -v "$1" >/dev/null && return
    echo "no $1 here to compare with (Debian: $2)"
    return 1
}
# against TABLE SIZE NAME MEASURED FILES…: plugcheck against each that prints the notes of the same files
against() {
    table=$1 size=$2 name=$3 measured=$4
    shift 4
    $versus "$table" "$size" "$name" 'readelf -n' "$measured" "readelf -n $*"
    ! has eu-readelf elfutils || $versus "$table" "$size" "$name" 'eu-readelf -n' "$measured" "eu-readelf -n $*"
}

$row title 'checking a plugin, whole processes'
$versus checking 0 'readelf -n (A/A)' 'readelf -n' 'readelf -n users_json.so' 'readelf -n users_json.so'
against checking 0 'plugcheck PLUGIN' "$plugcheck users_json.so" users_json.so
against checking 0 'plugcheck --host=HOST PLUGIN' "$plugcheck --host=userhost users_json.so" users_json.so userhost
against checking 0 'plugcheck --describe PLUGIN' "$plugcheck --describe users_json.so" users_json.so
if command -v strace >/dev/null; then
    printf '\n%s\n' 'the system calls of a check, whole processes'
    for command in "$plugcheck users_json.so" 'readelf -n users_json.so' 'eu-readelf -n users_json.so'; do
        ! command -v "${command%% *}" >/dev/null || strace -f -o traced $command >/dev/null || continue
        $row count checking-calls 0 "${command##*/}" "$(wc -l <traced)" 'system calls'
    done
fi

# Five hosts and a thousand plugins, copies with an inode of their own each.
$row title 'checking many, one process'
mkdir many
hosts= options=
for i in 1 2 3 4 5; do
    cp userhost "many/host$i"
    hosts="$hosts many/host$i"
    options="$options --host=many/host$i"
done
plugins=$(seq -f 'many/p%04g.so' 1 1000)
plugins=$(echo $plugins)
for plugin in $plugins; do cp users_json.so "$plugin"; done
export ROUNDS=7
against checking 1000 'plugcheck, 1 host' "$plugcheck --host=many/host1 $plugins" "$plugins many/host1"
against checking 5000 'plugcheck, 5 hosts x 1000' "$plugcheck$options $plugins" "$plugins$hosts"
unset ROUNDS
rm -r many

# Two releases of an interface: a member inserted in the middle of a hundred structs.
release() {
    {
        echo '#include <plugmgr/plugin.h>'
        awk -v more="$1" 'BEGIN {
            for (i = 0; i < 100; i++)
                printf "struct s%d { int a;%s char *b[4]; int (*f)(const struct s%d *, long); };\n", i,
                    (i == 50 ? more : ""), (i > 0 ? i - 1 : 0)
            print "struct release { int (*first)(const struct s99 *); };"
        }'
        echo 'PLUGMGR_INTERFACE(release, struct release, 1, 0);'
        echo 'PLUGMGR_PLUGIN("release", "1");'
        echo 'static int first(const struct s99 *s) { return s->a; }'
        echo 'PLUGMGR_PROVIDE(release, bench) = {first};'
    } >release.c
    $CC -g -O2 -fPIC -I"$srcdir/lib" -c -o release.o release.c
    CC=$CC "$plugpin" -o release.pins.o release.o -- -lc
    $CC -shared -Wl,--build-id -o "$2" release.o release.pins.o
}
release '' old.so
release ' long inserted;' new.so
$row title 'comparing two builds, whole processes'
$versus comparing 0 'plugcheck --diff (A/A)' 'plugcheck --diff' "$plugcheck --diff old.so new.so" \
    "$plugcheck --diff old.so new.so"
! has abidiff abigail-tools ||
    $versus comparing 0 'plugcheck --diff' abidiff "$plugcheck --diff old.so new.so" 'abidiff old.so new.so'
