#!/bin/sh
# SPDX-License-Identifier: MIT
# run-buildrules.sh: the rules in build-rules/, used as a user does: libplugmgr is installed, the example and the rules
# of a build system are copied into one folder, a plugin and a host are built there, changed, and built again.
# shellcheck disable=SC2086 # flags are lists of words
# shellcheck source=tests/tap.sh disable=SC2154
. "$top_srcdir/tests/tap.sh"

LC_ALL=C
export LC_ALL
# What the outer make and the user's shell say is not meant for the builds in here.
unset MAKEFLAGS MFLAGS GNUMAKEFLAGS MAKELEVEL MAKEOVERRIDES DESTDIR CFLAGS CXXFLAGS CPPFLAGS LDFLAGS LIBS CONFIG_SITE \
    CMAKE_GENERATOR CMAKE_BUILD_TYPE CMAKE_PREFIX_PATH VERBOSE V
make=${MAKE:-make}
rules=$top_srcdir/build-rules
builddir=$top_builddir

# What the rules build is built with flags of its own: once is enough.
if [ -n "$SANITIZE_FLAGS" ]; then
    skip 'the build rules' 'the tests of a build without sanitizers run them'
    done_testing
    exit
fi
if [ ! -e "$top_builddir/lib/.libs/libplugmgr.so" ]; then
    skip 'the build rules' 'there is no shared libplugmgr'
    done_testing
    exit
fi

# ---- installing ----

root=$work/root
check 'what is built can be installed' 0 $make -C "$builddir" install "DESTDIR=$root"
pc=$(find "$root" -name libplugmgr.pc)
config=$(find "$root" -name PlugMgrConfig.cmake)
plugpin=$(find "$root" -name plugpin -type f)
{ [ -f "$pc" ] && [ -f "$config" ] && [ -x "$plugpin" ]; }
ok $? 'and library, package config and tools are there' "$work/out"
# pkg-config is told where the staged tree is; the package config of CMake finds out by itself. A .la that was moved
# misleads libtool, and no distribution ships it.
sed "s|=/|=$root/|" "$pc" >"$pc.new" && mv "$pc.new" "$pc" || exit 99
find "$root" -name '*.la' -exec rm {} +
PATH=$(dirname "$plugpin"):$PATH
LD_LIBRARY_PATH=$(dirname "$(dirname "$pc")")
PKG_CONFIG_PATH=$LD_LIBRARY_PATH/pkgconfig
PlugMgr_DIR=$(dirname "$config")
export PATH LD_LIBRARY_PATH PKG_CONFIG_PATH PlugMgr_DIR
# A plugpin that does not read debug information cannot say that there is none.
reads_debug=no
"$plugpin" --help | grep -q -e --dump && reads_debug=yes

# ---- what is asked of every build system ----

# copy NAME SYSTEM: a folder with the example and the rules, as docs/building.md says; it is the current one then.
copy() {
    mkdir "$work/$1" && cp "$rules"/example/* "$rules/$2"/* "$work/$1" && chmod -R u+w "$work/$1" && cd "$work/$1" ||
        exit 99
    printf 'int extra(void);\nint extra(void)\n{\n    return 1;\n}\n' >extra.c
}

# made_again NAME WANT: the pins that were written after the file stamp: a list of names, sorted.
made_again() {
    find . -name '*.pins.o' -newer stamp | sed 's|.*/||; s|-[A-Za-z]*\.pins|.pins|' | sort | tr '\n' ' ' >"$work/out"
    [ "$(cat "$work/out")" = "$2" ]
    ok $? "$1" "$work/out"
}

# story SYSTEM HOST PLUGIN COMMAND…: builds with the command and runs; builds with nothing changed; with a new version.
story() {
    system=$1
    host=$2
    plugin=$3
    shift 3
    check "$system: a plugin and a host are built" 0 "$@"
    check "$system: the host opens the plugin" 0 "$host" "$plugin"
    golden "$system: and the plugin works" <<'END'
Hello, world!
END
    touch stamp
    check "$system: nothing is changed" 0 "$@"
    made_again "$system: and no pins are made" ''
    sed 's/struct greeter, 1, 0)/struct greeter, 1, 1)/' greeter.h >greeter.new && mv greeter.new greeter.h
    check "$system: the interface gets a new minor version" 0 "$@"
    made_again "$system: and both pins are made again" 'greeter_en.pins.o hello.pins.o '
    check "$system: the new version" 0 plugcheck --describe "$plugin"
    contains "$system: is the plugin's" 'greeter 1.1, instance english'
    check "$system: host and plugin fit again" 0 "$host" "$plugin"
    contains "$system: and work" 'Hello, world!'
}

# pinned SYSTEM PLUGIN LIBRARY: whether the plugin is pinned to the C library's libm and to this build of the library.
pinned() {
    check "$1: the pins" 0 plugcheck --describe "$2"
    contains "$1: one is for a library of the system" 'libm.so.6, recorded'
    pinned_id=$(readelf --notes "$3" | sed -n 's/.*Build ID: //p')
    contains "$1: one is for this build of the project's library" \
        "libextra.so.1, required, $(basename "$3"), build-ID ${pinned_id:-absent}"
}

# forgotten SYSTEM COMMAND…: whether the command, a build without plugpin's output, is the linker's error that says so.
forgotten() {
    forgotten_system=$1
    shift
    if "$@" >"$work/out" 2>&1; then
        echo "exit status 0: $*" >>"$work/out"
        ok 1 "$forgotten_system: a forgotten plugpin is an error" "$work/out"
    else
        ok 0 "$forgotten_system: a forgotten plugpin is an error"
    fi
    contains "$forgotten_system: which says what to link" plugmgr_link_the_output_of_plugpin_for_greeter
}

# without_debug SYSTEM COMMAND…: whether the command, a build without -g, fails and says why.
without_debug() {
    without_system=$1
    shift
    if [ $reads_debug = no ]; then
        skip "$without_system: a build without -g" 'this plugpin does not read debug information'
    elif "$@" >"$work/out" 2>&1; then
        echo "exit status 0: $*" >>"$work/out"
        ok 1 "$without_system: a build without -g is an error" "$work/out"
    else
        ok 0 "$without_system: a build without -g is an error"
        contains "$without_system: which says what to do" 'compile with -g'
    fi
}

flags="-g -O1 $SANITIZE_FLAGS"
shared="$CC $flags -shared -fPIC -Wl,--build-id -Wl,-soname,libextra.so.1"

# ---- plain make ----

plain() {
    $make CC="$CC" CFLAGS="$flags -Wall -Wextra -Werror" "$@"
}

copy plain plain-make
story make ./hello ./greeter_en.so plain
mkdir lib && $shared -o lib/libextra.so extra.c || exit 99
check 'make: the plugin is linked with libraries' 0 plain -B 'plugin_libs=lib/libextra.so -lm'
pinned make greeter_en.so lib/libextra.so
touch stamp
sed 's/return 1/return 2/' extra.c >extra.new && mv extra.new extra.c && $shared -o lib/libextra.so extra.c || exit 99
check 'make: the library is another build' 0 plain 'plugin_libs=lib/libextra.so -lm'
made_again "make: and the plugin's pins are made again" 'greeter_en.pins.o '
pinned make greeter_en.so lib/libextra.so
check 'make: all can be cleaned' 0 plain clean
find . -name '*.o' -o -name '*.d' -o -name '*.so' ! -path './lib/*' -o -name hello >"$work/out"
golden 'make: and nothing stays' </dev/null
without_debug make $make CC="$CC" CFLAGS="-O1 $SANITIZE_FLAGS"
check 'make: the plugin is built for the next test' 0 plain -B
# shellcheck disable=SC2016 # for make
sed '/-shared/s/ \$(plugin_pins)//' Makefile >forgotten.mk && rm greeter_en.so
forgotten make plain -f forgotten.mk

# ---- automake and libtool ----

automade() {
    $make CFLAGS="$flags -Wall -Wextra -Werror" "$@"
}

if command -v autoreconf >/dev/null && command -v libtoolize >/dev/null; then
    copy automake automake
    check 'automake: the rules are accepted' 0 autoreconf --force --install
    check 'automake: configure succeeds' 0 ./configure --quiet CC="$CC" CFLAGS="$flags"
    story automake ./hello .libs/greeter_en.so automade
    lacks 'automake: libtool has nothing to warn of' 'not portable'
    mkdir lib && $shared -o lib/libextra.so extra.c || exit 99
    rm greeter_en.la greeter_en.pins.o
    check 'automake: the plugin is linked with libraries' 0 automade greeter_en_libs='-Llib -lextra -lm'
    pinned automake .libs/greeter_en.so lib/libextra.so
    rm ./*.lo greeter_en.pins.o
    without_debug automake $make CFLAGS="-O1 $SANITIZE_FLAGS"
    rm -f ./*.lo
    check 'automake: the plugin is built for the next test' 0 automade
    rm greeter_en.la
    forgotten automake automade greeter_en_la_LDFLAGS='-module -avoid-version'
    # staged, since its prefix is not ours to write
    check 'automake: the plugin is installed' 0 automade install-strip "DESTDIR=$work/automake/staged"
    check 'automake: the stripped plugin works' 0 ./hello "$(find staged -name greeter_en.so)"
    contains 'automake: as before' 'Hello, world!'
else
    skip 'automake' 'automake or libtool is not installed'
fi

# ---- CMake ----

# All that the functions take, in one project. Word by word: a file of its own flags, a library that is imported, one in
# a folder with a space, one behind an interface and a generator expression, objects, an archive that declares.
everything() {
    cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.21)
project(everything LANGUAGES C CXX)
set(CMAKE_LINK_DEPENDS_NO_SHARED ON)
find_package(PlugMgr 0.1 REQUIRED)

add_library(extra SHARED extra.c)
set_target_properties(extra PROPERTIES SOVERSION 1 LINK_FLAGS -Wl,--build-id)
add_library(Some::space SHARED IMPORTED)
set_target_properties(Some::space PROPERTIES IMPORTED_LOCATION "${CMAKE_SOURCE_DIR}/a folder/libspace.so")
add_library(Some::interface INTERFACE IMPORTED)
set_target_properties(Some::interface PROPERTIES INTERFACE_LINK_LIBRARIES "$<$<BOOL:1>:m>;Some::space")

add_library(parts OBJECT part.c)
set_target_properties(parts PROPERTIES POSITION_INDEPENDENT_CODE ON)
plugmgr_add_plugin(greeter_en SOURCES greeter_en.c $<TARGET_OBJECTS:parts> word.c LIBRARIES Some::interface
  PLUGPIN_OPTIONS --no-pin=libmvec.* --pin-host=$<TARGET_FILE:hello>)
set_source_files_properties(word.c PROPERTIES COMPILE_DEFINITIONS WORD="Hello")
target_compile_definitions(greeter_en PRIVATE WITH_WORD)
target_link_libraries(greeter_en PRIVATE extra)
add_dependencies(greeter_en hello)

add_executable(hello hello.c)
plugmgr_add_host(hello)

plugmgr_add_plugin(greeter_cpp SOURCES greeter.cpp)

add_library(archive STATIC greeter_en.c)
target_link_libraries(archive PRIVATE PlugMgr::headers)
set_target_properties(archive PROPERTIES POSITION_INDEPENDENT_CODE ON)
add_library(archived MODULE nothing.c)
target_link_libraries(archived archive)
plugmgr_add_plugin(archived PLUGPIN_OPTIONS $<TARGET_FILE:archive>)

add_library(forgotten MODULE EXCLUDE_FROM_ALL greeter_en.c)
target_link_libraries(forgotten PlugMgr::headers)

if(WITH_DEBUG)
  foreach(target IN ITEMS parts greeter_en hello greeter_cpp archive)
    target_compile_options(${target} PRIVATE ${WITH_DEBUG})
  endforeach()
endif()
END
    sed 's/printf("Hello,/printf("%s,/; s/, whom)/, word(), whom)/; s/^static void/const char *word(void);\n&/' \
        greeter_en.c >greeter_en.new
    {
        printf '#ifdef WITH_WORD\n' && cat greeter_en.new && printf '#else\n' && cat greeter_en.c && printf '#endif\n'
    } >greeter_en.both && mv greeter_en.both greeter_en.c && rm greeter_en.new
    printf 'const char *word(void);\nconst char *word(void)\n{\n    return WORD;\n}\n' >word.c
    printf '#include "greeter.h"\nextern int unused;\n' >nothing.c
    printf 'int part(void);\nint part(void)\n{\n    return 1;\n}\n' >part.c
    sed 's/\.greet = //; s/greeter_en/greeter_cpp/; s/english/cpp/' greeter_en.c >greeter.cpp
    mkdir 'a folder' && $CC $flags -shared -fPIC -Wl,--build-id -Wl,-soname,libspace.so -o 'a folder/libspace.so' part.c
}

# configured GENERATOR OPTION…: the folder b
configured() {
    cmake -B b -G "$@" -Wno-dev -Wno-deprecated
}

# with_generator NAME: what is asked of CMake, with one generator.
with_generator() {
    check "CMake, $1: the rules are accepted" 0 configured "$1"
    story "CMake, $1" b/hello b/greeter_en.so cmake --build b
    without_debug "CMake, $1, Release" sh -c 'cmake -B b -DCMAKE_BUILD_TYPE=Release && cmake --build b'
}

full_project() {
    check "CMake, $1: a project with everything" 0 configured "$1" -DCMAKE_BUILD_TYPE=Release "-DWITH_DEBUG=$debug"
    check "CMake, $1: is built" 0 cmake --build b
    for full_plugin in greeter_en greeter_cpp archived; do
        [ -e "b/$full_plugin.so" ] || full_plugin=lib$full_plugin
        check "CMake, $1: the host opens $full_plugin" 0 b/hello "b/$full_plugin.so"
        contains "CMake, $1: and $full_plugin works" 'Hello, world!'
    done
    pinned "CMake, $1" b/greeter_en.so b/libextra.so.1
    contains "CMake, $1: a library in a folder with a space is pinned" 'libspace.so, required, libspace.so'
    contains "CMake, $1: the host is pinned" 'host, required'
    lacks "CMake, $1: what is left out by an option is left out" libmvec
    touch stamp
    sed 's/return 1/return 2/' extra.c >extra.new && mv extra.new extra.c
    check "CMake, $1: a library of the project is built again" 0 cmake --build b
    made_again "CMake, $1: and the pins of its plugin are made again" 'greeter_en.pins.o '
    pinned "CMake, $1" b/greeter_en.so b/libextra.so.1
    sed 's/ --no-pin=libmvec\.\*/ --no-pin=libm.*/' CMakeLists.txt >lists && mv lists CMakeLists.txt
    check "CMake, $1: another option of plugpin is given" 0 cmake --build b
    check "CMake, $1: the pins" 0 plugcheck --describe b/greeter_en.so
    lacks "CMake, $1: are made with it" "libm.so.6, recorded"
    forgotten "CMake, $1" cmake --build b --target forgotten
    if [ "$1" = Ninja ]; then
        check 'CMake, Ninja: response files' 0 configured "$1" -DCMAKE_NINJA_FORCE_RESPONSE_FILE=ON
        check 'CMake, Ninja: response files are an error' 1 cmake --build b
        contains 'CMake, Ninja: which says so' 'response files are not read'
    fi
    check "CMake, $1: all can be cleaned" 0 cmake --build b --target clean
    find b -name '*.pins.o' >"$work/out"
    golden "CMake, $1: and no pins stay" </dev/null
}

# cmake_knows_launchers: CMake 3.21 or later
cmake_knows_launchers() {
    printf 'if(CMAKE_VERSION VERSION_LESS 3.21)\n  message(FATAL_ERROR older)\nendif()\n' >"$work/version.cmake"
    cmake -P "$work/version.cmake" >"$work/version.log" 2>&1
}

# clang++ leaves out of the debug information what it thinks other objects have.
debug=-g
printf 'int main() { return 0; }\n' >"$work/probe.cpp"
has_cxx=no
$CXX $SANITIZE_FLAGS -o "$work/probe" "$work/probe.cpp" >"$work/probe.log" 2>&1 && has_cxx=yes
[ $has_cxx = no ] || ! $CXX -Werror -fstandalone-debug -c -o "$work/probe.o" "$work/probe.cpp" 2>/dev/null ||
    debug='$<$<COMPILE_LANGUAGE:CXX>:-fstandalone-debug>;-g'

if ! command -v cmake >/dev/null; then
    skip 'CMake' 'cmake is not installed'
elif ! cmake_knows_launchers; then
    skip 'CMake' 'cmake is older than 3.21'
else
    CFLAGS=$SANITIZE_FLAGS CXXFLAGS=$SANITIZE_FLAGS
    export CFLAGS CXXFLAGS
    for generator in 'Unix Makefiles' Ninja; do
        if [ "$generator" = Ninja ] && ! command -v ninja >/dev/null; then
            skip 'CMake, Ninja' 'ninja is not installed'
            continue
        fi
        copy "cmake ${generator% *}" cmake
        with_generator "$generator"
        if [ $has_cxx = yes ]; then
            copy "everything ${generator% *}" cmake
            everything || exit 99
            full_project "$generator"
        else
            skip "CMake, $generator: a project with everything" "$CXX does not compile"
        fi
    done
    for wrong in 1.0 0.0 0.99 0.1.99; do
        printf 'cmake_minimum_required(VERSION 3.21)\nproject(wrong C)\nfind_package(PlugMgr %s)\nif(NOT PlugMgr_FOUND)
  message(FATAL_ERROR "refused")\nendif()\n' $wrong >CMakeLists.txt
        [ -d wrong ] || check 'CMake: a version is asked for' 1 cmake -B wrong
        check "CMake: version $wrong" 1 cmake wrong
        contains "CMake: version $wrong is not this one" refused
    done
    unset CFLAGS CXXFLAGS
fi

# ---- Meson ----

set_up_meson() {
    CFLAGS="$SANITIZE_FLAGS -Werror" LDFLAGS=$SANITIZE_FLAGS meson setup "$@" -Db_lundef=false
}

if command -v meson >/dev/null && command -v ninja >/dev/null; then
    copy meson meson
    check 'Meson: the rules are accepted' 0 set_up_meson b
    lacks 'Meson: and nothing is warned of' WARNING
    story Meson b/hello b/greeter_en.so ninja -C b
    sed "s/^plugins = /extra = shared_library('extra', 'extra.c', soversion: '1', link_args: '-Wl,--build-id')\n&/
        s/'libraries': \[\]/'libraries': ['-lm']/; s/'link_with': \[\]/'link_with': [extra]/" meson.build >with &&
        mv with meson.build
    check 'Meson: the plugin is linked with libraries' 0 ninja -C b
    pinned Meson b/greeter_en.so b/libextra.so.1
    touch stamp
    sed 's/return 1/return 2/' extra.c >extra.new && mv extra.new extra.c
    check 'Meson: a library of the project is built again' 0 ninja -C b
    made_again 'Meson: and the pins of its plugin are made again' 'greeter_en.pins.o '
    pinned Meson b/greeter_en.so b/libextra.so.1
    without_debug 'Meson, release' sh -c 'meson configure b -Dbuildtype=release && ninja -C b'
    check 'Meson: debug information beside the optimisation' 0 meson configure b -Dbuildtype=release -Ddebug=true
    check 'Meson: is enough' 0 ninja -C b
    sed 's/shared_module(name, pins,/shared_module(name,/' meson.build >with && mv with meson.build
    forgotten Meson ninja -C b
else
    skip 'Meson' 'meson or ninja is not installed'
fi

done_testing
