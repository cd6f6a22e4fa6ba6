#!/bin/sh
# SPDX-License-Identifier: MIT
# run-fingerprints.sh: fingerprints across machines, of interfaces that others wrote, and through the tools that change
# linked files.

# $CC may be several words.
# shellcheck disable=SC2086,SC2154
# shellcheck source=tests/tap.sh
. "${top_srcdir:-.}/tests/tap.sh"
LC_ALL=C
export LC_ALL CC
here=$top_srcdir/tests/fingerprints
include=$top_srcdir/lib
cd "$work" || exit 99

have() {
    command -v "$1" >/dev/null 2>&1
}

# text_of NAME FILE: the text of one interface from what --dump printed
text_of() {
    awk -v name="$1" '$1 == "interface" { is_it = $2 == name } /^#/ || $0 == "" { next } is_it' "$2"
}

# same NAME A B
same() {
    if [ -s "$2" ] && cmp -s "$2" "$3"; then
        ok 0 "$1"
    else
        diff -u "$2" "$3" >difference 2>&1
        ok 1 "$1" difference
    fi
}

# ---- machines ----

# build COMPILER PREFIX: objects, pins and linked files of the plugin, the edited plugin and the host, into PREFIX.*
build() {
    flags="-g -O1 -fPIC -I$include -I$here"
    $1 $flags -c -o "$2.plugin.o" "$here/fixed_plugin.c" &&
        $1 $flags -DEDITED -c -o "$2.edited.o" "$here/fixed_plugin.c" &&
        $1 $flags -c -o "$2.host.o" "$here/fixed_host.c" || return 1
    for part in plugin edited host; do
        CC=$1 "$PLUGPIN" -o "$2.$part.pins.o" "$2.$part.o" &&
            $1 -nostdlib -shared -Wl,--build-id -o "$2.$part.so" "$2.$part.o" "$2.$part.pins.o" || return 1
    done
    CC=$1 "$PLUGPIN" --dump "$2.plugin.o" >"$2.abi"
}

build "$CC -fno-sanitize=all" native >out 2>&1
ok $? 'native: builds' out
text_of paint native.abi >native.paint
text_of palette native.abi >native.palette

# fits MACHINE PREFIX
fits() {
    check "$1: the host takes the plugin" 0 "$PLUGCHECK" --host="$2.host.so" "$2.plugin.so"
    check "$1: the host refuses the plugin with a method more" 1 "$PLUGCHECK" --host="$2.host.so" "$2.edited.so"
    contains "$1: the host refuses it because of its structure" interface-version-unbumped
    contains "$1: the host names the method" extra
}
fits native native

for triple in aarch64-linux-gnu s390x-linux-gnu i686-linux-gnu; do
    if ! have $triple-gcc; then
        skip "$triple" "$triple-gcc is not installed"
        continue
    fi
    build $triple-gcc $triple >out 2>&1
    ok $? "$triple: builds" out
    check "$triple: readelf reads the pins" 0 readelf -Wn $triple.plugin.pins.o
    lacks "$triple: readelf finds nothing corrupt" corrupt
    lacks "$triple: readelf does not warn" Warning
    check "$triple: plugcheck reads the plugin here" 0 "$PLUGCHECK" --describe --verbose $triple.plugin.so
    contains "$triple: plugcheck shows the text" 'root struct palette'
    fits $triple $triple
    check "$triple: it is refused by the native host" 1 "$PLUGCHECK" --host=native.host.so $triple.plugin.so
    contains "$triple: because of its machine" elf-machine
    text_of paint $triple.abi >$triple.paint
    same "$triple: the same text where the layout is the same" native.paint $triple.paint
    text_of palette $triple.abi >$triple.palette
    case $triple in
    i686*)
        ! cmp -s native.palette $triple.palette
        ok $? "$triple: another text where pointers have another size"
        ;;
    *) same "$triple: the same text for the same data model" native.palette $triple.palette ;;
    esac
    check "$triple: --diff across machines" 0 "$PLUGCHECK" --diff native.paint $triple.paint
done

# ---- interfaces that others wrote ----

# real NAME PACKAGE HEADER TYPE [FLAGS]: the same text from each compiler and language
real() {
    name=$1 package=$2 header=$3 type=$4 flags=${5:-}
    if ! printf '#include %s\n' "$header" | $CC $flags -E -x c - >/dev/null 2>&1; then
        skip "$name" "no $header (Debian: $package)"
        return
    fi
    rm -f real.*.abi
    for compiler in gcc clang g++ clang++; do
        have $compiler || continue
        for dwarf in 4 5; do
            language=c more=
            case $compiler in *++) language=c++ ;; esac
            [ $compiler != clang++ ] || more=-fstandalone-debug
            $compiler -x $language -w -g -gdwarf-$dwarf $more $flags -I"$include" "-DHEADER=$header" "-DTYPE=$type" \
                -fPIC -c -o real.o "$here/real.c" >out 2>&1 &&
                "$PLUGPIN" --dump real.o >"real.$compiler.$dwarf.abi" 2>out
            ok $? "$name: $compiler, DWARF $dwarf: has a fingerprint" out
        done
    done
    first=
    for text in real.*.abi; do
        if [ -z "$first" ]; then
            first=$text
            continue
        fi
        same "$name: the same text from $first and $text" "$first" "$text"
    done
    [ "$(grep -c '^m ' "$first")" -ge 5 ]
    ok $? "$name: its members are there" "$first"
}
real sqlite3_api_routines libsqlite3-dev '<sqlite3ext.h>' 'struct sqlite3_api_routines'
glib=$(pkg-config --cflags gio-2.0 2>/dev/null)
real GObjectClass libglib2.0-dev '<gio/gio.h>' 'GObjectClass' "$glib"
real GFileIface libglib2.0-dev '<gio/gio.h>' 'GFileIface' "$glib"
real xmlSAXHandler libxml2-dev '<libxml/parser.h>' 'xmlSAXHandler' "$(pkg-config --cflags libxml-2.0 2>/dev/null)"
real fuse_operations libfuse3-dev '<fuse.h>' 'struct fuse_operations' \
    "-DFUSE_USE_VERSION=31 $(pkg-config --cflags fuse3 2>/dev/null)"

# ---- tools that change linked files ----

# kept NAME FILE: the verdict on the plugin and its fingerprints are what they were
kept() {
    check "$1: still accepted" 0 "$PLUGCHECK" --host=native.host.so "$2"
    "$PLUGCHECK" --describe --verbose "$2" >described 2>&1
    sed -n '/fingerprint/,$p' described >now
    same "$1: still the same fingerprints" before now
}
"$PLUGCHECK" --describe --verbose native.plugin.so | sed -n '/fingerprint/,$p' >before

# through TOOL NAME ARGUMENT…: a copy of the plugin, after the tool
through() {
    tool=$1 name=$2
    shift 2
    if ! have "$tool"; then
        skip "$name" "$tool is not installed"
        return
    fi
    cp native.plugin.so changed.so
    "$tool" "$@" changed.so >out 2>&1
    ok $? "$name: done" out
    kept "$name" changed.so
}
through strip 'strip' -s
through objcopy 'objcopy --strip-debug' --strip-debug
through eu-strip 'eu-strip'
through llvm-strip 'llvm-strip'
through patchelf 'patchelf --set-rpath' --set-rpath '$ORIGIN/somewhere/else/that/is/long/enough/to/move/segments'

# The notes survive the linkers, and what they leave out.
for linker in bfd gold lld mold; do
    if ! printf 'int x;' | $CC -x c -fPIC -shared -fuse-ld=$linker -o /dev/null - 2>/dev/null; then
        skip "ld.$linker" 'not installed'
        continue
    fi
    $CC -fno-sanitize=all -nostdlib -shared -fuse-ld=$linker -Wl,--build-id -Wl,--gc-sections -o linked.so \
        native.plugin.o native.plugin.pins.o >out 2>&1
    ok $? "ld.$linker, --gc-sections: links" out
    kept "ld.$linker, --gc-sections" linked.so
done

# The linked file tells whether its notes are those of its own debug information.
check 'verify: a plugin' 0 "$PLUGPIN" --verify native.plugin.so
check 'verify: a host' 0 "$PLUGPIN" --verify native.host.so
$CC -fno-sanitize=all -nostdlib -shared -Wl,--build-id -o stale.so native.edited.o native.plugin.pins.o >out 2>&1
ok $? 'verify: a stale output links' out
check 'verify: a stale output is found' 1 "$PLUGPIN" --verify stale.so
contains 'verify: what differs is told' extra
cp native.plugin.so stripped.so
strip -s stripped.so
check 'verify: a stripped file' 1 "$PLUGPIN" --verify stripped.so
contains 'verify: what it lacks is told' 'debug information'

# The lock file is a guard.
"$PLUGPIN" --dump native.plugin.o >lock.abi
check 'check: the interfaces are those of the lock file' 0 "$PLUGPIN" --check=lock.abi native.plugin.o
golden 'check: then nothing is said' </dev/null
check 'check: a method more' 1 "$PLUGPIN" --check=lock.abi native.edited.o
contains 'check: the method is named' extra
# declares METHODS PREFIX provided|declared: the interface big of so many methods, named after the prefix
declares() {
    echo '#include <plugmgr/plugin.h>'
    echo 'struct big {'
    seq -f "    int (*$2%g)(int);" "$1"
    echo '};'
    echo 'PLUGMGR_INTERFACE(big, struct big, 1, 0);'
    [ "$3" = declared ] || echo 'PLUGMGR_PLUGIN("big", "1.0"); PLUGMGR_PROVIDE(big, one) = {0};'
}
declares 41 old provided >big.c && declares 41 new provided >other.c && declares 41 new declared >declared.c
for name in big other declared; do
    $CC -w -g -fPIC -I"$include" -c $name.c || exit 99
done
"$PLUGPIN" --dump big.o >big.abi
check 'check: many changes' 1 "$PLUGPIN" --check=big.abi other.o
contains 'check: 20 are told' 'and 21 changes more (--verbose shows all)'
lacks 'check: and no more' new21
check 'check: all, if they are asked for' 1 "$PLUGPIN" -v --check=big.abi other.o
contains 'check: to the last' new41
check 'two definitions that differ much' 1 "$PLUGPIN" --dump big.o declared.o
contains 'two definitions: 20 changes are told' 'and 21 changes more (--verbose shows all)'
check 'two definitions: all changes, if they are asked for' 1 "$PLUGPIN" --dump -v big.o declared.o
contains 'two definitions: to the last' new41

sed 's/^interface palette 1.0/interface palette 1.1/' lock.abi >newer.abi
check 'check: another version' 1 "$PLUGPIN" --check=newer.abi native.plugin.o
contains 'check: both versions are told' 'from 1.1 to 1.0'
sed '/^interface paint/,/^end/d' lock.abi >less.abi
check 'check: an interface that the lock file lacks' 1 "$PLUGPIN" --check=less.abi native.plugin.o
contains 'check: it is named' 'interface paint 1.0 is not in it'
sed 's/paint/paynt/g' lock.abi >other.abi
check 'check: an interface that the objects lack' 1 "$PLUGPIN" --check=other.abi native.plugin.o
contains 'check: it is named too' 'interface paynt is in it, and in none of the objects'
head -c 300 lock.abi >cut.abi
check 'check: a lock file that is cut' 1 "$PLUGPIN" --check=cut.abi native.plugin.o
check 'check: no lock file' 1 "$PLUGPIN" --check=absent.abi native.plugin.o

# Reproducible: order of the objects, folders, repeated runs.
"$PLUGPIN" -o one.o native.plugin.o && mkdir -p sub && cp native.plugin.o sub/other.o && "$PLUGPIN" -o two.o sub/other.o
cmp -s one.o two.o
ok $? 'the same object in another folder gives the same bytes'

done_testing
