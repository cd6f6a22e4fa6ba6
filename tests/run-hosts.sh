#!/bin/sh
# SPDX-License-Identifier: MIT
# run-hosts.sh: hosts and plugins as others build them, through the shared library itself: in C and in C++, each with the
# other's; a shared library as the host; symbols of the same name everywhere; threads; what the library exports.
# shellcheck disable=SC2086 # flags are lists of words
# shellcheck source=tests/tap.sh disable=SC2154
. "$top_srcdir/tests/tap.sh"

LC_ALL=C
export LC_ALL
hosts=$top_srcdir/tests/hosts
library=$top_builddir/lib/.libs
flags="-g -O1 -fPIC -fvisibility=hidden -Wall -Wextra -Werror $SANITIZE_FLAGS -I$top_srcdir/lib -I$hosts -I$top_srcdir/tests/mock"

if [ ! -e "$library/libplugmgr.so" ]; then
    skip 'hosts with the shared library' 'there is no shared libplugmgr'
    done_testing
    exit
fi
LD_LIBRARY_PATH=$library
export LD_LIBRARY_PATH
cd "$work" || exit 99

# ---- building ----

# Without it clang++ leaves out of the debug information what is behind pointers, and plugpin refuses to go on.
standalone=
case $($CXX --version 2>/dev/null) in
*clang*) standalone=-fstandalone-debug ;;
esac

# object OUTPUT SOURCE FLAG…: compiles one source, and makes its pins: OUTPUT.o, OUTPUT.pins.o. What is in both languages
# is compiled as $language, if that is set.
language=
object() {
    object_output=$1
    object_source=$2
    shift 2
    case $language$object_source in
    c++* | *.cpp) set -- $CXX $flags $standalone -std=c++17 -x c++ "$@" ;;
    *) set -- $CC $flags -std=gnu11 "$@" ;;
    esac
    "$@" -c -o "$object_output.o" "$hosts/$object_source" &&
        CC=$CC "$PLUGPIN" -o "$object_output.pins.o" "$object_output.o"
}

# plugin NAME SOURCE FLAG…: NAME.so
plugin() {
    object "$@" && $linker $SANITIZE_FLAGS -shared -Wl,--build-id -o "$1.so" "$1.o" "$1.pins.o"
}

# host NAME SOURCE FLAG…: the program NAME, linked with $link besides
host() {
    object "$@" && $linker $SANITIZE_FLAGS -Wl,--build-id -o "$1" "$1.o" "$1.pins.o" $link -L"$library" -lplugmgr -pthread
}

# build NAME COMMAND…: one test; whether the command succeeds.
build() {
    build_name=$1
    shift
    check "$build_name" 0 "$@"
}

linker=$CC
link=
build 'a plugin in C is built' plugin counter_c counter.c
build 'a plugin in C with a start is built' plugin starting counter.c -DWITH_START
build 'a plugin in C with another step is built' plugin counter_c3 counter.c -DSTEP=3
build 'a plugin of another major version is built' plugin counter_c2 counter.c -DCOUNTER_MAJOR=2
# What the sanitizers say about C++ lies in the runtime of a program that is linked as a C++ program.
[ -z "$SANITIZE_FLAGS" ] || linker=$CXX
build 'a host in C is built' host chost host.c
linker=$CC
cp "$top_builddir/tests/mock/callback.so" "$top_builddir/tests/mock/good.so" . || exit 99

linker=$CXX
printf '#include <string>\nint main() { return std::string().size() != 0; }\n' >probe.cpp
has_cxx=no
if $CXX -std=c++17 $SANITIZE_FLAGS -o probe probe.cpp >probe.log 2>&1 && ./probe; then
    has_cxx=yes
    build 'a plugin in C++ is built' plugin counter_cpp counter.cpp
    build 'a plugin in C++ of another major version is built' plugin counter_cpp2 counter.cpp -DCOUNTER_MAJOR=2
    build 'a host in C++ is built' host cpphost host.cpp
fi
linker=$CC

# ---- C and C++ ----

check 'a host in C opens a plugin in C' 0 ./chost try ./counter_c.so
golden 'and its interface works' <<'END'
./counter_c.so: counter_c 1.0: accepted by chost 1.0.0
counter_c 1.0: 1; mapped: yes
closed: 0, mapped 0 times
END
check 'a host in C refuses a plugin in C' 0 ./chost try ./counter_c2.so
golden 'and tells why' <<'END'
./counter_c2.so: refused by chost 1.0.0: 1 problem

  interface counter: built against 2.0, the host has 1.0                    [interface-major]
    fix: rebuild the plugin against the interface counter of chost 1.0.0
the plugin is refused; its report tells why; mapped 0 times
END

if [ $has_cxx = yes ]; then
    check 'a host in C++ opens a plugin in C++' 0 ./cpphost ./counter_cpp.so
    golden 'and its interface works, and it is stopped at the end' <<'END'
counter_cpp in C++: 10 20
the destructor ran after 2 steps
END
    check 'a host in C++ opens a plugin in C' 0 ./cpphost ./counter_c.so
    golden 'and its interface works' <<'END'
counter_c in C: 1 2
END
    check 'a host in C opens a plugin in C++' 0 ./chost try ./counter_cpp.so
    golden 'and its interface works, and it can be unloaded' <<'END'
./counter_cpp.so: counter_cpp 2.0: accepted by chost 1.0.0
counter_cpp 2.0: 10; mapped: yes
the destructor ran after 1 steps
closed: 0, mapped 0 times
END
    check 'a host in C++ goes on after a plugin that it refuses' 0 ./cpphost ./counter_cpp2.so ./counter_cpp.so
    golden 'and tells why' <<'END'
./counter_cpp2.so: refused by cpphost 1.0.0: 1 problem

  interface counter: built against 2.0, the host has 1.0                    [interface-major]
    fix: rebuild the plugin against the interface counter of cpphost 1.0.0
counter_cpp in C++: 10 20
the destructor ran after 2 steps
END
    check 'a host in C has plugins in C and C++ open at once' 0 ./chost both ./counter_c.so ./counter_cpp.so
    golden 'and tables and functions of the same names are not mixed up' <<'END'
C 1
C++ 10
C 2
C++ 20
C 3
C++ 30
the destructor ran after 3 steps
END
    check 'a start in C++ that fails' 0 ./chost start ./counter_cpp.so 'no such counter'
    contains 'tells its reason' 'plugin: its start failed: no such counter'
else
    skip 'hosts and plugins in C++' "$CXX does not compile C++17: $(head -n 1 probe.log)"
fi

check 'two plugins in C are open at once' 0 ./chost both ./counter_c.so ./counter_c3.so
golden 'and tables and functions of the same names are not mixed up' <<'END'
C 1
C 3
C 2
C 6
C 3
C 9
END

# A refused plugin is never mapped: one that says so when it runs, and that nothing takes out again once it was mapped.
build 'a loud plugin that cannot be unloaded is built' object loud counter.c -DLOUD -DCOUNTER_MAJOR=2
build 'and linked' $CC $SANITIZE_FLAGS -shared -Wl,-z,nodelete -o loud.so loud.o loud.pins.o
build 'the same for the host to accept is built' object loud1 counter.c -DLOUD
build 'and linked' $CC $SANITIZE_FLAGS -shared -Wl,-z,nodelete -o loud1.so loud1.o loud1.pins.o
check 'it is refused' 0 ./chost try ./loud.so
contains 'and was never mapped' 'mapped 0 times'
lacks 'and none of it ran' 'the constructor ran'
check 'the one that is accepted' 0 ./chost try ./loud1.so
contains 'runs' 'the constructor ran'
lacks 'and stays mapped' 'mapped 0 times'
contains 'which closing tells' 'closed: 1'

# stripped, as distributions ship them
cp chost stripped_host && cp counter_c.so stripped.so && strip -s stripped_host stripped.so
ok $? 'host and plugin are stripped'
check 'a stripped host opens a stripped plugin' 0 ./stripped_host try ./stripped.so
contains 'and its interface works' 'counter_c 1.0: 1;'

# ---- start ----

long=$(awk 'BEGIN { for (i = 0; i < 100; i++) printf "reason %d, ", i; print "the end" }')
check 'a start that fails with a long message' 0 ./chost start ./starting.so "$long"
contains 'tells all of it' "plugin: its start failed: $long  [start-failed]"
contains 'and the plugin is gone' 'mapped 0 times'
check 'a start that fails with control characters' 0 ./chost start ./starting.so "$(printf 'a\033[2Jb\nc')"
contains 'has them escaped' 'its start failed: a\x1b[2Jb\x0ac'
check 'a start that opens the file it is started from' 0 ./chost within-start ./callback.so
golden 'is refused there, and nowhere else' <<'END'
./callback.so: refused by chost 1.0.0: 1 problem

  file: it is being opened, closed or reloaded, and that waits for this: it is asked for from within a start or a stop  [already-open]
    fix: ask for it when the start or stop is over
success
END

# ---- a host that is linked with its plugin ----

link='-Wl,--no-as-needed ./counter_c.so'
build 'a host that is linked with a plugin is built' host linked host.c
link=
check 'a plugin that the program is linked with stays' 0 ./linked close ./counter_c.so
contains 'and the report tells who holds it' 'unloading: the program is linked with it'

# ---- a shared library as the host ----

build 'an engine is built' object engine engine.c -DCOUNTER_MAJOR=2
build 'and linked' $CC $SANITIZE_FLAGS -shared -Wl,--build-id -Wl,-soname,libengine.so -o libengine.so \
    engine.o engine.pins.o -L"$library" -lplugmgr
LD_LIBRARY_PATH=$library:$work
build 'a program that uses it is built' $CC $flags -o program "$hosts/program.c" -L. -lengine -Wl,-rpath-link,"$library"
build 'a program that loads it while it runs is built' $CC $flags -DWITH_DLOPEN -o late "$hosts/program.c" -ldl
link="-L. -lengine"
build 'a program that is a host beside it is built' host app program.c -DWITH_HOST
link="-L. -lengine -rdynamic"
build 'a program that is a host beside it and exports all it has is built' host rapp program.c -DWITH_HOST

cat >engine.golden <<'END'
./counter_c.so: refused by engine 5.0.0: 1 problem

  interface counter: built against 1.0, the host has 2.0                    [interface-major]
    fix: rebuild the plugin against the interface counter of engine 5.0.0
the plugin is refused; its report tells why; mapped 0 times
./counter_c2.so: counter_c 1.0: accepted by engine 5.0.0
counter_c 1.0: 1; mapped: yes
closed: 0, mapped 0 times
END
for program in program late; do
    check "the engine in $program opens and refuses" 0 "./$program" ./counter_c.so ./counter_c2.so
    golden "and its facts are its own" <engine.golden
done
cat >app.golden <<'END'
./counter_c.so: counter_c 1.0: accepted by app 1.0.0
counter_c 1.0: 1; mapped: yes
closed: 0, mapped 0 times
./counter_c.so: refused by engine 5.0.0: 1 problem

  interface counter: built against 1.0, the host has 2.0                    [interface-major]
    fix: rebuild the plugin against the interface counter of engine 5.0.0
the plugin is refused; its report tells why; mapped 0 times
./counter_c2.so: refused by app 1.0.0: 1 problem

  interface counter: built against 2.0, the host has 1.0                    [interface-major]
    fix: rebuild the plugin against the interface counter of app 1.0.0
the plugin is refused; its report tells why; mapped 0 times
./counter_c2.so: counter_c 1.0: accepted by engine 5.0.0
counter_c 1.0: 1; mapped: yes
closed: 0, mapped 0 times
END
for program in app rapp; do
    check "executable and library are both hosts: $program" 0 "./$program" ./counter_c.so ./counter_c2.so
    golden "and each opens what it accepts" <app.golden
done

# The library's verdict is plugcheck's: the same report, to the letter.
grep -v 'mapped' app.golden >app.reports
{
    for plugin in ./counter_c.so ./counter_c2.so; do
        "$PLUGCHECK" --host=app "$plugin"
        "$PLUGCHECK" --host=libengine.so "$plugin"
    done
} >out 2>&1
golden 'plugcheck has the same reports' <app.reports

# ---- functions and objects by name ----

# desks LANGUAGE: hosts and plugins of the desk, in c or c++, their names with that at the end
desks() {
    language=$1
    linker=$CC
    [ "$1" = c ] || linker=$CXX
    link=-rdynamic
    build "desk, $1: a plugin is built" plugin "desk_$1" desk.c
    build "desk, $1: a plugin of an older minor is built" plugin "older_$1" desk.c -DDESK_MINOR=0
    build "desk, $1: one with a function of another type is built" plugin "long_$1" desk.c '-DDESK_LINE=const long *'
    build "desk, $1: one that imports another type is built" plugin "level_$1" desk.c '-DDESK_LEVEL=long'
    build "desk, $1: one with another struct behind a pointer is built" plugin "grown_$1" desk.c -DDESK_GROWN
    build "desk, $1: one that imports what is not exported is built" plugin "absent_$1" desk.c -DWITH_ABSENT
    # What the sanitizers say about C++ lies in the runtime of a program that is linked as a C++ program.
    [ -z "$SANITIZE_FLAGS" ] || linker=$CXX
    build "desk, $1: a host is built" host "deskhost_$1" deskhost.c
    build "desk, $1: a host that exports nothing is built" host "mute_$1" deskhost.c -DWITHOUT_EXPORT
    link=
    build "desk, $1: a host that its linker exports nothing of is built" host "hidden_$1" deskhost.c
    linker=$CC
    language=
}

# desk_pair HOST PLUGIN: a host and plugins of any two languages
desk_pair() {
    pair="desk, host in $1 and plugin in $2"
    check "$pair: is accepted" 0 "./deskhost_$1" "./desk_$2.so"
    golden "$pair: each calls the other by name" <<END
the constructor ran
./desk_$2.so: desk 1.0: accepted by deskhost 1.0.0
log 1: adding
desk_add: 8
lines 50, most 60, width: yes, least: yes
END
    check "$pair: an older minor is accepted" 0 "./deskhost_$1" "./older_$2.so"
    contains "$pair: what it lacks is known, even where it would lie in the padding" 'width: no, least: no'

    check "$pair: an exported function of another type is refused" 1 "./deskhost_$1" "./long_$2.so"
    contains "$pair: by its name" 'symbol desk_add: built against 1.0, the host has 1.0 too'
    contains "$pair: with both types" 'parameter 2 changed from const i64 * to const i8 *'
    contains "$pair: because of its structure" '[interface-layout]'
    lacks "$pair: and none of it ran" 'the constructor ran'

    check "$pair: an imported function of another type is refused" 1 "./deskhost_$1" "./level_$2.so"
    contains "$pair: by its name" 'symbol host_log: built against 1.0, the host has 1.0 too'
    contains "$pair: with both types" 'parameter 1 changed from i64 to i32'
    lacks "$pair: and none of it ran" 'the constructor ran'

    check "$pair: another struct behind a pointer is refused" 1 "./deskhost_$1" "./grown_$2.so"
    contains "$pair: and named" "struct desk: member 'columns' (i32) removed"
    lacks "$pair: and none of it ran" 'the constructor ran'

    check "$pair: an import that the host does not have is refused" 1 "./deskhost_$1" "./absent_$2.so"
    contains "$pair: by its name" 'symbol host_whisper: '
    contains "$pair: with a code of its own" '[interface-not-provided]'
    lacks "$pair: and nothing else is" 'symbol host_log'
    lacks "$pair: and none of it ran" 'the constructor ran'

    check "$pair: a host that exports nothing refuses it" 1 "./mute_$1" "./desk_$2.so"
    contains "$pair: because of the function" 'symbol host_log: '
    contains "$pair: and of the object" 'symbol host_limits: '
    lacks "$pair: and none of it ran" 'the constructor ran'

    # The notes tell that the host exports it, and the dynamic linker does not find it: without -rdynamic.
    check "$pair: a host linked without -rdynamic does not load it" 1 "./hidden_$1" "./desk_$2.so"
    contains "$pair: and names the symbol" 'host_l'
    lacks "$pair: and none of it ran" 'the constructor ran'

    # what plugcheck says of the same files
    for desk in "desk_$2" "older_$2" "long_$2" "level_$2" "grown_$2" "absent_$2"; do
        "./deskhost_$1" "./$desk.so" | sed '/^the constructor ran/d; /^log/,$d; /^the plugin is refused/d' >report
        "$PLUGCHECK" --host="deskhost_$1" "./$desk.so" >out 2>&1
        golden "$pair: plugcheck has the same report on $desk" <report
    done
}

desks c
desk_pair c c
if [ $has_cxx = yes ]; then
    desks c++
    desk_pair c++ c++
    desk_pair c c++
    desk_pair c++ c
fi

build 'desk: a library as the host is built' object libdesk deskhost.c -DAS_LIBRARY
build 'desk: and linked' $CC $SANITIZE_FLAGS -shared -Wl,--build-id -Wl,-soname,libdesk.so -o libdesk.so \
    libdesk.o libdesk.pins.o -L"$library" -lplugmgr
build 'desk: a program that uses it is built' $CC $flags -o deskuser "$hosts/deskuser.c" -L. -ldesk \
    -Wl,-rpath-link,"$library"
build 'desk: a program that loads it while it runs is built' $CC $flags -DWITH_DLOPEN -o desklate "$hosts/deskuser.c" -ldl
build 'desk: a plugin that is linked with the library is built' $CC $SANITIZE_FLAGS -shared -Wl,--build-id \
    -o desk_linked.so desk_c.o desk_c.pins.o -L. -ldesk
check 'desk, a library as the host: a plugin is accepted' 0 ./deskuser ./desk_c.so
contains 'desk, a library as the host: and each calls the other' 'desk_add: 8'
check 'desk, a library as the host: an import of another type is refused' 1 ./deskuser ./level_c.so
lacks 'desk, a library as the host: and none of it ran' 'the constructor ran'
check 'desk, a library that is loaded late: a plugin does not find it' 1 ./desklate ./desk_c.so
lacks 'desk, a library that is loaded late: and none of it ran' 'the constructor ran'
check 'desk, a library that is loaded late: a plugin linked with it is accepted' 0 ./desklate ./desk_linked.so
contains 'desk, a library that is loaded late: and each calls the other' 'desk_add: 8'

# ---- symbols of the same name ----

# That there are several of one name is the point here, and a preloaded library stands before the sanitizers' own.
ASAN_OPTIONS=$ASAN_OPTIONS:detect_odr_violation=0:verify_asan_link_order=0
export ASAN_OPTIONS
link=-rdynamic
build 'a host that exports what plugins export is built' host decoyhost host.c -DWITH_DECOY
check 'readelf reads its symbols' 0 readelf --dyn-syms --wide decoyhost
contains 'and it does export a table' 'plugmgr_provide_counter_main'
check 'it opens a plugin' 0 ./decoyhost try ./counter_c.so
# A sanitizer may refer to all that the plugin defines, so that the table of the host is told to take the place of its own.
[ -z "$SANITIZE_FLAGS" ] || sed -i '/^$/,/^    fix: /d; s/: 1 warning$//' out
golden 'and calls the plugin, not itself' <<'END'
./counter_c.so: counter_c 1.0: accepted by chost 1.0.0
counter_c 1.0: 1; mapped: yes
closed: 0, mapped 0 times
END
build 'a library of decoys is built' $CC $flags -fPIC -shared -o libdecoy.so "$hosts/decoy.c"
check 'a host with preloaded decoys opens a plugin' 0 env LD_PRELOAD="$work/libdecoy.so" ./chost try ./counter_c.so
golden 'and calls the plugin, not the decoys' <<'END'
./counter_c.so: counter_c 1.0: accepted by chost 1.0.0
counter_c 1.0: 1; mapped: yes
closed: 0, mapped 0 times
END

build 'a plugin without a start that needs the decoys is built' $CC $SANITIZE_FLAGS -shared -Wl,--build-id \
    -Wl,--no-as-needed -o needy.so counter_c.o counter_c.pins.o -L. -ldecoy
check 'a plugin whose library has a start of its own is opened' 0 ./chost try ./needy.so
golden 'and that start is not called' <<'END'
./needy.so: counter_c 1.0: accepted by chost 1.0.0
counter_c 1.0: 1; mapped: yes
closed: 0, mapped 0 times
END

# ---- threads ----

for copy in 1 2 3 4; do
    cp counter_c3.so "thread$copy.so" || exit 99
done
check 'four threads with a manager each open and close' 0 \
    ./chost threads ./thread1.so ./thread2.so ./thread3.so ./thread4.so
golden 'and each gets what it opened' <<'END'
4 threads: well
END

# ---- the library ----

nm -D --defined-only "$library/libplugmgr.so" | awk '$2 != "A" { print $3 }' | sort >out
sed -n '/^global:/,/^local:/s/^ *\([a-z_]*\);.*/\1@@PLUGMGR_0.1/p' "$top_srcdir/lib/libplugmgr.map" | sort >want
[ "$(wc -l <want)" -ge 17 ]
ok $? 'the version script has the known functions' want
golden 'the library exports what its version script says, and nothing else' <want
grep -ho 'plugmgr_[a-z_]*(' "$top_srcdir/lib/plugmgr/host.h" | tr -d '(' | sort -u >declared
sed 's/@@.*//' want >names
comm -23 names declared >undeclared
[ ! -s undeclared ]
ok $? 'every exported function is declared in host.h' undeclared

if [ -z "$SANITIZE_FLAGS" ]; then
    readelf --dynamic --wide "$library/libplugmgr.so" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p' |
        sed 's/\.so.*//; s/^ld-linux.*/ld-linux/' | grep -v '^ld-linux$\|^libpthread$\|^libdl$' | sort >out
    golden 'the library needs libelf and the C library, and nothing else' <<'END'
libc
libelf
END
else
    skip 'the library needs libelf and the C library' 'the sanitizers need more'
fi

# ---- the headers ----

mkdir -p include/plugmgr && cp "$top_srcdir"/lib/plugmgr/*.h include/plugmgr || exit 99
for header in note interface plugin host; do
    printf '#include <plugmgr/%s.h>\nextern int unused;\n' "$header" >header.c
    for standard in gnu11 gnu17; do
        check "$header.h needs nothing else: $standard" 0 $CC -std=$standard -Wall -Wextra -Wpedantic -Werror -Iinclude \
            -fsyntax-only header.c
    done
    [ $has_cxx = yes ] || continue
    for standard in gnu++17 gnu++20; do
        check "$header.h needs nothing else: $standard" 0 $CXX -std=$standard -Wall -Wextra -Wpedantic -Werror -Iinclude \
            -fsyntax-only -x c++ header.c
    done
done

done_testing
