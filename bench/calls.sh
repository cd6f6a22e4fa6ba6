#!/bin/sh
# SPDX-License-Identifier: MIT
# calls.sh: what a call of a plugin's method costs, against other ways to the same code and against peers in Go. From make:
# builddir, srcdir, CC; from run.sh: work (a private folder), pin (a command prefix).
# shellcheck disable=SC2154,SC2086 # set by the callers; lists of words
set -eu
calls=$builddir/bench/calls
folder=$work/calls
mkdir -p "$folder"
cd "$folder"

# The plugins, and copies of them: of one file, the dynamic linker gives one object.
cp "$builddir/plugins/users/users_json.so" users.so
$CC -g -O2 -fPIC -fvisibility=hidden -I"$srcdir/lib" -c -o nothing.o "$srcdir/bench/nothing.c"
CC=$CC "$builddir/plugpin" -o nothing.pins.o nothing.o
$CC -shared -Wl,--build-id -o nothing.so nothing.o nothing.pins.o
for name in users nothing; do cp "$name.so" "${name}_copy.so"; done

# The first three users of the worked example, and many of that shape.
awk '/^  },?$/ && ++count == 3 { print "  }\n]"; exit } { print }' "$srcdir/plugins/users/users.json" >users_3.json
for count in 1000 100000; do awk -v count=$count -f "$srcdir/bench/users.awk" >users_$count.json; done

# build_go NAME WHAT PACKAGE [FLAG]: NAME from peers/NAME.go, if Go and what it imports are there
build_go() {
    mkdir -p "go/src/plugmgr/$1"
    cp "$srcdir/bench/peers/$1.go" "go/src/plugmgr/$1/"
    if ! go build ${4-} -o "$1" "plugmgr/$1" 2>go.log; then
        echo "no $2 here to compare with (Debian: $3)"
        return 1
    fi
}

# Go as Debian has it: sources below GOPATH, nothing fetched.
export GOPATH="$folder/go:/usr/share/gocode" GO111MODULE=off GOFLAGS='' GOPROXY=off
if [ -z "${HOME-}" ]; then export GOCACHE="$folder/go-cache"; fi
for package in users directory rounds; do
    mkdir -p "go/src/plugmgr/$package"
    cp "$srcdir/bench/peers/$package.go" "go/src/plugmgr/$package/"
done
native='' rpc='' yaegi=''
if command -v go >/dev/null; then
    build_go plugin 'native Go plugins' golang-go -buildmode=plugin && build_go native 'native Go plugins' golang-go && native=yes
    build_go rpc 'hashicorp/go-plugin' 'golang-github-hashicorp-go-plugin-dev golang-google-grpc-dev' && rpc=yes
    build_go yaegi yaegi golang-github-traefik-yaegi-dev && yaegi=yes
else
    echo 'no Go here to compare with: native plugins, hashicorp/go-plugin, yaegi (Debian: golang-go)'
fi

# compare COUNT: of so many users, with the plugins in this folder
all='nothing get_user mail username groups find'
compare() {
    data=$folder/users_$1.json
    set -- "$1"
    if [ -n "$native" ]; then set -- "$@" 'a Go plugin' "$all" "exec $folder/native $folder/plugin $data"; fi
    if [ -n "$yaegi" ] && [ "$1" = 3 ]; then
        set -- "$@" 'Go, interpreted by yaegi' get_user "GOPATH=$folder/go exec $folder/yaegi $data"
    fi
    if [ -n "$rpc" ] && [ "$1" = 3 ]; then set -- "$@" 'hashicorp/go-plugin, net/rpc' get_user "exec $folder/rpc $data"; fi
    shift
    $pin "$calls" compare "$PWD" "$data" "$@"
}
for count in 3 1000 100000; do compare $count; done
$pin "$calls" grow "$folder" users_1000.json users_100000.json

# Go's compiler keeps branches from the ends of 32 bytes, where some processors of Intel are slow; C's does when asked.
flag=-Wa,-mbranches-within-32B-boundaries
mkdir -p "$work/calls-aligned"
cd "$work/calls-aligned"
for name in directory base64 users_json; do
    $CC -O2 -fPIC -fvisibility=hidden $flag -I"$srcdir/lib" -c "$srcdir/plugins/users/$name.c" 2>/dev/null || flag=
done
if [ -n "$flag" ] && $CC -shared -Wl,--build-id -o users.so users_json.o "$builddir/plugins/users/users_json.pins.o" \
    directory.o base64.o -ljansson; then
    cp users.so users_copy.so
    cp "$folder"/nothing*.so .
    echo "the plugin built with $flag, as Go's compiler does:"
    yaegi='' rpc=''
    compare 3
else
    echo 'no assembler here that aligns branches'
fi
