#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds one mock: build.sh tests/mock/NAME.so, in the build folder, as a plugin's author would: compile, plugpin, link.
# From make: CC, MOCK_CFLAGS, srcdir, builddir (absolute), PLUGPIN, IFUNC (yes, no).
set -e
name=$(basename "$1" .so)
out=tests/mock/$name
mkdir -p tests/mock
source=plugin.c
flags=
link=
libraries=
with_plugpin=yes
units= # of more.c: the plugin's further ones, each VERSION:INSTANCE of codec; the instance changed has another structure
canary="-DWITH_CANARY -DCANARY_IFUNC_PATH=\"$builddir/tests/mock/ifunc.canary\""
[ "$IFUNC" = no ] || canary="$canary -DWITH_IFUNC"

case $name in
good) ;;
answer_50) flags=-DANSWER=50 ;;
life) flags=-DWITH_LIFE ;;
callback) flags=-DWITH_CALLBACK ;;
two) flags=-DWITH_TWO ;;
major) flags="-DMOCK_MAJOR=2 -DMOCK_MINOR=0" ;;
minor_older) flags=-DMOCK_MINOR=0 ;;
minor_lowest) flags=-DMOCK_MINOR=1 ;;
minor_newer) flags=-DMOCK_MINOR=9 ;;
nothing) flags="-DWITHOUT_TABLE -DWITH_OTHER" ;;
empty_table) flags=-DEMPTY_TABLE ;;
unpinned)
    flags=-DPLUGMGR_WITHOUT_PLUGPIN
    with_plugpin=no
    ;;
hidden_table) link=-Wl,--version-script=$srcdir/tests/mock/hidden.map ;;
unresolved) flags=-DWITH_UNRESOLVED ;;
nodelete) link=-Wl,-z,nodelete ;;
canary)
    flags=$canary
    link=-Wl,-init=canary_init
    libraries=tests/mock/canary_library.so
    ;;
canary_major)
    flags="$canary -DMOCK_MAJOR=2"
    link=-Wl,-init=canary_init
    libraries=tests/mock/canary_library.so
    ;;
with_library)
    flags=-DWITH_LIBRARY
    libraries=tests/mock/library.so
    ;;
with_library_other)
    flags=-DWITH_LIBRARY
    libraries=tests/mock/library_other.so
    ;;
command) source=more.c flags=-DWITH_COMMAND ;;
command_long) source=more.c flags="-DWITH_COMMAND -DCOMMAND_PARAMETER=long" ;;
grow_0) source=more.c flags="-DWITH_GROW -DGROW_MINOR=0" ;;
grow_1) source=more.c flags="-DWITH_GROW -DGROW_MINOR=1" ;;
grow_0_unpinned)
    source=more.c
    flags="-DWITH_GROW -DGROW_MINOR=0 -DPLUGMGR_WITHOUT_PLUGPIN"
    with_plugpin=no
    ;;
grow_1_unpinned)
    source=more.c
    flags="-DWITH_GROW -DGROW_MINOR=1 -DPLUGMGR_WITHOUT_PLUGPIN"
    with_plugpin=no
    ;;
deep) source=more.c flags=-DWITH_DEEP ;;
deep_changed) source=more.c flags="-DWITH_DEEP -DDEEP_CHANGED" ;;
vault_int) source=more.c flags="-DWITH_VAULT=int -DWITH_CALLBACK" ;;
vault_long) source=more.c flags=-DWITH_VAULT=long ;;
vault_int_opaque) source=more.c flags="-DWITH_VAULT=int -DVAULT_OPAQUE" ;;
vault_long_opaque) source=more.c flags="-DWITH_VAULT=long -DVAULT_OPAQUE" ;;
codecs_own) source=more.c units="2.0:json 2.3:json3 2.3:json4 2.1:json1" ;;
codecs_changed) source=more.c units="2.0:json 2.3:changed" ;;
codecs_latest) source=more.c units="2.0:json 1.0:json1 2.3:json3 2.0:json4" ;;
codecs_equal) source=more.c units="2.0:json 2.3:json3 2.3:json4" ;;
library)
    source=library.c
    link=-Wl,-soname,libmocklibrary.so
    ;;
library_other)
    source=library.c
    flags=-DANSWER=12
    link=-Wl,-soname,libmocklibrary.so
    ;;
library_tls)
    source=library.c
    flags=-DWITH_STATIC_TLS
    link=-Wl,-soname,libmocklibrary.so
    ;;
canary_library)
    source=library.c
    flags=-DWITH_CANARY
    link=-Wl,-soname,libcanary.so
    ;;
*)
    echo "build.sh: no mock $name" >&2
    exit 1
    ;;
esac

# shellcheck disable=SC2086 # lists of flags
{
    $CC $MOCK_CFLAGS -I"$srcdir/lib" $flags -g -fPIC -fvisibility=hidden -c -o "$out.o" "$srcdir/tests/mock/$source"
    objects=$out.o
    for unit in $units; do
        version=${unit%:*}
        more=
        [ "${unit#*:}" != changed ] || more=-DCODEC_CHANGED
        $CC $MOCK_CFLAGS -I"$srcdir/lib" -g -fPIC -fvisibility=hidden -DWITHOUT_PLUGIN $more -DCODEC="${unit#*:}" \
            -DCODEC_MAJOR="${version%.*}" -DCODEC_MINOR="${version#*.}" -c -o "$out.${unit#*:}.o" \
            "$srcdir/tests/mock/$source"
        objects="$objects $out.${unit#*:}.o"
    done
    if [ "$source" != library.c ] && [ "$with_plugpin" = yes ]; then
        CC=$CC "$PLUGPIN" -o "$out.pins.o" $objects -- $libraries
        objects="$objects $out.pins.o"
    fi
    # a linker keeps what nobody calls, so that the canary's library is needed by the plugin
    $CC $MOCK_CFLAGS -shared -Wl,--build-id -Wl,--no-as-needed -Wl,-rpath,'$ORIGIN' -Wl,--enable-new-dtags $link \
        -o "$out.so" $objects $libraries
}
