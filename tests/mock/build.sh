#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds one mock: build.sh tests/mock/NAME.so, in the build folder, as a plugin's author would: compile, plugpin, link.
# From make: CC, MOCK_CFLAGS, CXX, MOCK_CXXFLAGS, srcdir, builddir (absolute), PLUGPIN, IFUNC (yes, no).
set -e
name=$(basename "$1" .so)
out=tests/mock/$name
mkdir -p tests/mock
source=plugin.c
flags=
link=
libraries=
with_plugpin=yes
rpath='-Wl,-rpath,$ORIGIN'
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
nodelete_life) flags=-DWITH_LIFE link=-Wl,-z,nodelete ;;
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
library_plugin)
    flags="-DAS_LIBRARY -DANSWER=11"
    link=-Wl,-soname,libmocklibrary.so
    ;;
with_libraries) # the first of them is what the second needs
    flags=-DWITH_LIBRARY
    libraries="tests/mock/library.so tests/mock/library_upper.so"
    ;;
with_library_plugin)
    flags=-DWITH_LIBRARY
    libraries=tests/mock/library_plugin.so
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
link_*) # link_WHAT: user_x needs x, and the host accepts it; x provides it; x_y provides x and needs y
    source=link.c
    case ${name#link_} in
    a) flags="-DNAME=$name -DGIVES=a -DVALUE=1" ;;
    a_later) flags="-DNAME=$name -DGIVES=a -DVALUE=2 -DLINK_MINOR=2" ;;
    a_older) flags="-DNAME=$name -DGIVES=a -DVALUE=3 -DLINK_MINOR=0" ;;
    a_major) flags="-DNAME=$name -DGIVES=a -DVALUE=4 -DLINK_MAJOR=2" ;;
    a_failing) flags="-DNAME=$name -DGIVES=a -DVALUE=5 -DLINK_MINOR=9 -DFAILING" ;;
    a_unresolved) flags="-DNAME=$name -DGIVES=a -DVALUE=6 -DLINK_MINOR=8 -DWITH_UNRESOLVED" ;;
    a_b) flags="-DNAME=$name -DGIVES=a -DNEEDS=b -DVALUE=10" ;;
    b) flags="-DNAME=$name -DGIVES=b -DVALUE=20" ;;
    b_a) flags="-DNAME=$name -DGIVES=b -DNEEDS=a -DVALUE=30" ;;
    b_c) flags="-DNAME=$name -DGIVES=b -DNEEDS=c -DVALUE=40" ;;
    c_host) flags="-DNAME=$name -DGIVES=c -DWITH_HOST -DVALUE=50" ;;
    user_a) flags="-DNAME=$name -DWITH_MOCK -DNEEDS=a -DVALUE=100" ;;
    user_a_gives_b) flags="-DNAME=$name -DWITH_MOCK -DNEEDS=a -DGIVES=b -DVALUE=200" ;;
    user_a_major) flags="-DNAME=$name -DWITH_MOCK -DNEEDS=a -DVALUE=300 -DLINK_MAJOR=2" ;;
    user_host) flags="-DNAME=$name -DWITH_MOCK -DWITH_HOST -DVALUE=400" ;;
    a_a) flags="-DNAME=$name -DGIVES=a -DNEEDS=a -DWITH_MOCK -DVALUE=60" ;;
    a_b_mock) flags="-DNAME=$name -DGIVES=a -DNEEDS=b -DWITH_MOCK -DVALUE=11" ;;
    a_c) flags="-DNAME=$name -DGIVES=a -DNEEDS=c -DVALUE=2000" ;;
    a_canary) flags="-DNAME=$name -DGIVES=a -DWITH_MOCK -DWITH_CANARY -DLINK_MINOR=3 -DVALUE=1" ;;
    a_changed) flags="-DNAME=$name -DGIVES=a -DLINK_TWICE=long -DVALUE=6" ;;
    a_library)
        flags="-DNAME=$name -DGIVES=a -DLINK_MINOR=8 -DWITH_LIBRARY -DVALUE=7"
        libraries=tests/mock/library.so
        ;;
    a_mock) flags="-DNAME=$name -DGIVES=a -DWITH_MOCK -DVALUE=8" ;;
    b_failing) flags="-DNAME=$name -DGIVES=b -DNEEDS=c -DVALUE=70 -DFAILING" ;;
    c) flags="-DNAME=$name -DGIVES=c -DVALUE=10000" ;;
    c_b) flags="-DNAME=$name -DGIVES=c -DNEEDS=b -DVALUE=80" ;;
    chain | chain_end)
        flags="-DNAME=chain_0000 -DGIVES=0000 -DWITH_MOCK -DVALUE=1 -DPLUGMGR_WITHOUT_PLUGPIN"
        [ "$name" = link_chain_end ] || flags="$flags -DNEEDS=0001"
        with_plugpin=no
        ;;
    host) flags="-DNAME=$name -DGIVES=host -DLINK_MINOR=0 -DVALUE=9" ;;
    user_a_b) flags="-DNAME=$name -DWITH_MOCK -DNEEDS=a -DNEEDS_TOO=b -DVALUE=100000" ;;
    user_b) flags="-DNAME=$name -DWITH_MOCK -DNEEDS=b -DVALUE=600" ;;
    user_c) flags="-DNAME=$name -DWITH_MOCK -DNEEDS=c -DVALUE=700" ;;
    user_maybe) flags="-DNAME=$name -DWITH_MOCK -DMAY_HAVE=a -DVALUE=500" ;;
    *)
        echo "build.sh: no mock $name" >&2
        exit 1
        ;;
    esac
    ;;
chain_*) # c of chain_c needs b of chain_b, which needs a of chain_a; chain_X_WHAT: another build of it
    source=link.c
    flags="-DNAME=$(echo "$name" | cut -d_ -f1,2) -DWITH_MOCK"
    case ${name#chain_} in
    a) flags="$flags -DGIVES=a -DVALUE=1" ;;
    a_2) flags="$flags -DGIVES=a -DVALUE=2" ;;
    a_3) flags="$flags -DGIVES=a -DNEEDS=c -DVALUE=3" ;;
    a_failing) flags="$flags -DGIVES=a -DVALUE=4 -DFAILING" ;;
    b) flags="$flags -DGIVES=b -DNEEDS=a -DVALUE=10" ;;
    b_2) flags="$flags -DGIVES=b -DNEEDS=a -DVALUE=20" ;;
    b_failing) flags="$flags -DGIVES=b -DNEEDS=a -DVALUE=40 -DFAILING" ;;
    c) flags="$flags -DNEEDS=b -DVALUE=100" ;;
    c_2) flags="$flags -DNEEDS=b -DVALUE=200" ;;
    c_major) flags="$flags -DNEEDS=b -DVALUE=300 -DLINK_MAJOR=2" ;;
    c_failing) flags="$flags -DNEEDS=b -DVALUE=400 -DFAILING" ;;
    esac
    ;;
state_*) # state_VERSION, state_of_LAYOUT; _2: a later build
    source=state.c
    case ${name#state_} in
    none) ;;
    1) flags=-DVERSION=1 ;;
    1_2) flags="-DVERSION=1 -DBUILD=2" ;;
    2) flags="-DVERSION=2 -DBUILD=2" ;;
    of_int) flags=-DCOUNT=int ;;
    of_int_2) flags="-DCOUNT=int -DBUILD=2" ;;
    of_long) flags="-DCOUNT=long -DBUILD=2" ;;
    esac
    ;;
library)
    source=library.c
    link=-Wl,-soname,libmocklibrary.so
    ;;
library_other)
    source=library.c
    flags=-DANSWER=12
    link=-Wl,-soname,libmocklibrary.so
    ;;
library_upper) # finds nothing by itself
    source=library.c
    flags=-DWITH_LIBRARY
    link=-Wl,-soname,libmockupper.so
    libraries=tests/mock/library.so
    rpath=
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
tls_static) source=habits.c flags=-DWITH_STATIC_TLS=8 ;;
tls_huge) source=habits.c flags=-DWITH_STATIC_TLS=16777216 ;;
stack_executable) source=habits.c link=-Wl,-z,execstack ;;
text_relocations) source=habits.c flags=-DWITH_FIXED_ADDRESS link=-Wl,-z,notext ;;
code_writable)
    source=habits.c
    flags=-DWITH_PATCHED_CODE
    # GNU ld would warn of what is meant here
    ! $CC -shared -Wl,--no-warn-rwx-segments -x c -o /dev/null /dev/null 2>/dev/null || link=-Wl,--no-warn-rwx-segments
    ;;
build_id_none) source=habits.c link=-Wl,--build-id=none ;;
no_dlopen) source=habits.c link=-Wl,-z,nodlopen ;;
origin_dlopen) source=habits.c flags=-DWITH_DLOPEN ;;
unique) source=habits.c flags=-DWITH_UNIQUE ;;
unique_cpp) source=habits.cpp flags="-DWITH_UNIQUE -fno-exceptions" ;;
thread_exit) source=habits.cpp flags=-DWITH_THREAD_EXIT ;;
thread_key) source=habits.c flags=-DWITH_KEY ;;
thread_key_deleted) source=habits.c flags=-DWITH_KEY=2 ;;
threads) source=habits.c flags=-DWITH_THREAD ;;
threads_joined) source=habits.c flags=-DWITH_THREAD=2 ;;
threads_cpp) source=habits.cpp flags="-DWITH_THREAD -fno-sanitize=vptr" ;;
threads_cpp_joined) source=habits.cpp flags="-DWITH_THREAD=2 -fno-sanitize=vptr" ;;
resident) source=habits.c flags=-DRESIDENT ;;
resident_failing) source=habits.c flags="-DRESIDENT -DWITH_FAILURE" ;;
resident_nodelete) source=habits.c flags="-DRESIDENT -DWITH_THREAD" link=-Wl,-z,nodelete ;;
shared_name) source=habits.c flags=-DWITH_SHARED_NAME ;;
shared_name_weak) source=habits.c flags=-DWITH_SHARED_NAME=2 ;;
shared_name_bound) source=habits.c flags=-DWITH_SHARED_NAME link=-Wl,-Bsymbolic ;;
nobody) source=habits.c flags=-DWITH_NOBODY ;;
nobody_sysv) source=habits.c flags=-DWITH_NOBODY link=-Wl,--hash-style=sysv ;;
with_habit_library)
    source=habits.c
    flags=-DWITH_LIBRARY
    libraries=tests/mock/habit_library_2.so
    ;;
habit_library_*)
    source=habit_library.c
    link=-Wl,-soname,libhabit.so.1
    case $name in
    *_1) link="$link -Wl,--version-script=$srcdir/tests/mock/habit_library_1.map" ;;
    *_2) flags=-DWITH_ANSWER link="$link -Wl,--version-script=$srcdir/tests/mock/habit_library_2.map" ;;
    *_sysv)
        flags=-DWITH_ANSWER
        link="$link -Wl,--hash-style=sysv -Wl,--version-script=$srcdir/tests/mock/habit_library_2.map"
        ;;
    *_unversioned) flags=-DWITH_ANSWER ;;
    *_somebody) flags=-DWITH_SOMEBODY ;;
    *_underlinked)
        flags="-DWITH_ANSWER -DWITH_NOBODY"
        link="$link -Wl,-z,lazy -Wl,--version-script=$srcdir/tests/mock/habit_library_2.map"
        ;;
    esac
    flags="$flags -fvisibility=default"
    ;;
*)
    echo "build.sh: no mock $name" >&2
    exit 1
    ;;
esac

compiler=$CC
compiler_flags=$MOCK_CFLAGS
case $source in
*.cpp) # clang keeps to itself what it takes for uninteresting types
    compiler=$CXX
    compiler_flags="$MOCK_CXXFLAGS -std=c++17"
    ! $CXX --version | grep -q clang || compiler_flags="$compiler_flags -fstandalone-debug"
    ;;
esac

# shellcheck disable=SC2086 # lists of flags
{
    $compiler $compiler_flags -I"$srcdir/lib" -g -fPIC -fvisibility=hidden $flags -c -o "$out.o" "$srcdir/tests/mock/$source"
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
    if [ "$source" != library.c ] && [ "$source" != habit_library.c ] && [ "$with_plugpin" = yes ]; then
        CC=$CC "$PLUGPIN" -o "$out.pins.o" $objects -- $libraries
        objects="$objects $out.pins.o"
    fi
    # a linker keeps what nobody calls, so that the canary's library is needed by the plugin
    $compiler $compiler_flags -shared -Wl,--build-id -Wl,--no-as-needed $rpath -Wl,--enable-new-dtags $link \
        -o "$out.so" $objects $libraries
}
