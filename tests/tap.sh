# SPDX-License-Identifier: MIT
# tap.sh: what the shell tests share: TAP output, a private work folder, comparing with golden text. Sourced.
#
# Set by make: top_srcdir, top_builddir (absolute), CC, CXX, PLUGCHECK, PLUGPIN (absolute paths of the tools).
# shellcheck shell=sh

umask 022
tap_count=0
tap_failed=0
# A folder that only we may write, below a sticky one: plugins are loadable from here whatever the checkout's mode is.
work=$(mktemp -d "${TMPDIR:-/tmp}/plugmgr-test.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT

# ok STATUS NAME [FILE]: one test; STATUS 0 is passed; FILE is shown when it failed.
ok() {
    tap_count=$((tap_count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $tap_count - $2"
    else
        tap_failed=$((tap_failed + 1))
        echo "not ok $tap_count - $2"
        if [ -n "$3" ] && [ -f "$3" ]; then
            sed 's/^/#   /' "$3"
        fi
    fi
}

# skip NAME REASON: one test that cannot run here, and why.
skip() {
    tap_count=$((tap_count + 1))
    echo "ok $tap_count - $1 # SKIP $2"
}

# check NAME EXPECTED_STATUS COMMAND…: runs it, output into $work/out; passes if it exits with that status.
check() {
    check_name=$1
    check_want=$2
    shift 2
    check_got=0
    "$@" >"$work/out" 2>&1 || check_got=$?
    if [ "$check_got" -ne "$check_want" ]; then
        echo "exit status $check_got, expected $check_want: $*" >>"$work/out"
        ok 1 "$check_name" "$work/out"
        return 0
    fi
    ok 0 "$check_name"
}

# contains NAME TEXT: whether the last check's output has the text.
contains() {
    if grep -qF -e "$2" "$work/out"; then
        ok 0 "$1"
    else
        echo "does not contain: $2" >>"$work/out"
        ok 1 "$1" "$work/out"
    fi
}

# lacks NAME TEXT: whether the last check's output does not have the text.
lacks() {
    if grep -qF -e "$2" "$work/out"; then
        echo "contains: $2" >>"$work/out"
        ok 1 "$1" "$work/out"
    else
        ok 0 "$1"
    fi
}

# golden NAME: whether the last check's output is standard input (give it with <, never through a pipe: a pipe runs it in
# a subshell, and its result would be lost).
golden() {
    cat >"$work/golden"
    if diff -u "$work/golden" "$work/out" >"$work/difference"; then
        ok 0 "$1"
    else
        ok 1 "$1" "$work/difference"
    fi
}

# done_testing: the plan; last line of a test.
done_testing() {
    echo "1..$tap_count"
    [ "$tap_failed" -eq 0 ]
}
