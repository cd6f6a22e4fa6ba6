#!/bin/sh
# SPDX-License-Identifier: MIT
# run-plugpin.sh: plugpin from the command line: what it pins, what the linked file shows, what it refuses.

# $CC may be several words.
# shellcheck disable=SC2086
# shellcheck source=tests/tap.sh
. "${top_srcdir:-.}/tests/tap.sh"

: "${CC:=cc}" "${PLUGPIN:=./plugpin}"
export CC
LC_ALL=C
export LC_ALL
guard=plugmgr_link_the_output_of_plugpin_for_greeter
include=$(cd "${top_srcdir:-.}/lib" && pwd)
case $PLUGPIN in
/*) ;;
*) PLUGPIN=$PWD/$PLUGPIN ;;
esac
cd "$work" || exit 99

have() {
    command -v "$1" >/dev/null 2>&1
}

# compile OUTPUT SOURCE FLAG…: with $CC.
compile() {
    compile_out=$1
    compile_source=$2
    shift 2
    $CC -I"$include" -O2 -g -fPIC "$@" -c -o "$compile_out" "$compile_source" || exit 99
}

# share OUTPUT ARGUMENT…: links a shared library.
share() {
    share_out=$1
    shift
    $CC -shared -o "$share_out" "$@" || exit 99
}

# strings_of FILE: the strings of its PlugMgr records into `out`.
strings_of() {
    readelf -p .note.plugmgr "$1" >out 2>&1
}

# notes_well_formed FILE NAME: what the usual readers say of its notes.
notes_well_formed() {
    readelf -Wn "$1" >out 2>&1
    lacks "$2: readelf -n finds nothing corrupt" corrupt
    lacks "$2: readelf -n does not warn" Warning
    contains "$2: readelf -n shows a pin" 0x72241691
    if have eu-readelf; then
        check "$2: eu-readelf -n reads the notes" 0 eu-readelf -n "$1"
        contains "$2: eu-readelf -n shows the owner" PlugMgr
    else
        skip "$2: eu-readelf -n" "eu-readelf is not installed"
    fi
    strings_of "$1"
}

# ---- sources ----

cat >greeter.h <<'EOF'
#include <plugmgr/plugin.h>
struct greeter {
    int (*greet)(const char *whom);
};
PLUGMGR_INTERFACE(greeter, struct greeter, 1, 0);
EOF
cat >plugin.c <<'EOF'
#include "greeter.h"
PLUGMGR_PLUGIN("greeter_en", "1.0.0");
static int greet(const char *whom) { return whom[0]; }
PLUGMGR_PROVIDE(greeter, english) = {greet};
static int start(const struct plugmgr_context *context) { return context == 0; }
PLUGMGR_START(start);
EOF
cat >module.c <<'EOF'
#include "greeter.h"
PLUGMGR_PLUGIN("greeter_en", "1.0.0");
EOF
cat >provide.c <<'EOF'
#include "greeter.h"
static int greet(const char *whom) { return whom[0]; }
PLUGMGR_PROVIDE(greeter, english) = {greet};
EOF
cat >start.c <<'EOF'
#include "greeter.h"
static int start(const struct plugmgr_context *context) { return context == 0; }
PLUGMGR_START(start);
EOF
cat >state.c <<'EOF'
#include "greeter.h"
#ifdef OF_INTERFACE
struct heard { const char *whom; long when; };
struct tally { unsigned calls; struct heard *last; };
PLUGMGR_INTERFACE(tally, struct tally, 2, 1);
#endif
static int save(const struct plugmgr_context *context, struct plugmgr_state *state)
{
    return state->write(state, context->config, 1);
}
static int restore(const struct plugmgr_context *context, const void *bytes, size_t size)
{
    return context == 0 && bytes != 0 && size == 0;
}
#ifdef OF_INTERFACE
PLUGMGR_STATE_OF(tally, save, restore);
#else
PLUGMGR_STATE(7, save, restore);
#endif
EOF
cat >host.c <<'EOF'
#include "greeter.h"
#include <plugmgr/host.h>
PLUGMGR_HOST("hello", "2.1.0");
PLUGMGR_ACCEPT(greeter, 1, 0);
int main(void) { return 0; }
EOF
echo 'int plain(void); int plain(void) { return 1; }' >plain.c
compile plugin.o plugin.c
compile module.o module.c
compile provide.o provide.c
compile start.o start.c
compile state_of.o state.c -DOF_INTERFACE
compile host.o host.c
compile plain.o plain.c

# Libraries of "the project": outside the system's directories.
mkdir lib other
share lib/libproject.so.1 plain.o -Wl,-soname,libproject.so.1 -Wl,--build-id
ln -s libproject.so.1 lib/libproject.so
share lib/libnoid.so plain.o -Wl,-soname,libnoid.so -Wl,--build-id=none
echo 'int other(void); int other(void) { return 2; }' >other.c
compile other.o other.c
share other/libproject.so.1 other.o -Wl,-soname,libproject.so.1 -Wl,--build-id
build_id() {
    readelf -n "$1" | sed -n 's/^ *Build ID: //p'
}
project_id=$(build_id lib/libproject.so.1)

# ---- what plugins and hosts give to each other ----

cat >user.c <<'EOF'
#include "greeter.h"
PLUGMGR_PLUGIN("user", "1.0.0");
static int greet(const char *whom) { return whom[0]; }
PLUGMGR_PROVIDE(greeter, polite) = {greet};
EOF
cat >more.h <<'EOF'
#include <plugmgr/interface.h>
struct console { int (*write)(const char *text); };
PLUGMGR_INTERFACE(console, struct console, 2, 3);
struct window { long width; };
PLUGMGR_INTERFACE(window, struct window, 1, 0);
EOF
cat >require.c <<'EOF'
#include "more.h"
#include <plugmgr/plugin.h>
PLUGMGR_REQUIRE(console, 2, 1);
PLUGMGR_REQUIRE_OPTIONAL(window, 1, 0);
EOF
cat >use.c <<'EOF'
#include "more.h"
#include <plugmgr/plugin.h>
int use(void);
int use(void) { return plugmgr_use_has(window, width) ? (int)plugmgr_use(window)->width : plugmgr_use(console)->write(""); }
EOF
cat >offering.c <<'EOF'
#include "more.h"
#include <plugmgr/host.h>
PLUGMGR_HOST("offering", "1.0");
EOF
cat >offer.c <<'EOF'
#include "more.h"
#include <plugmgr/host.h>
static int put(const char *text) { return text[0]; }
PLUGMGR_OFFER(console) = {put};
EOF
for source in user require use offering offer; do
    compile $source.o $source.c
done
# Neither file is linked for its code: the pins pull it out of the archive.
rm -f librequire.a liboffer.a
ar rcs librequire.a require.o use.o && ar rcs liboffer.a offer.o || exit 99
check "plugpin of a plugin that requires" 0 "$PLUGPIN" -o user.pins.o user.o librequire.a --
share user.so user.o user.pins.o librequire.a
strings_of user.so
contains "what is required is in the archive, and linked" "interface=console"
contains "by its slot" "symbol=plugmgr_require_console"
contains "what is optional too" "optional=yes"
check "and the linked file has their fingerprints" 0 "$PLUGPIN" --verify user.so
readelf -W --dyn-syms user.so >out
contains "the slot is exported" " plugmgr_require_window"
lacks "and what the code reads is not" plugmgr_REQUIRE
$CC -shared -o forgotten.so user.o require.o >out 2>&1
ok $((! $?)) "a plugin that requires needs plugpin's output" out
contains "and says for which interface" plugmgr_link_the_output_of_plugpin_for_window
check "plugpin of what only uses what another file requires" 1 "$PLUGPIN" -o use.pins.o use.o --
check "plugpin of a host that offers" 0 "$PLUGPIN" -o offering.pins.o offering.o liboffer.a --
share offering.so offering.o offering.pins.o liboffer.a
strings_of offering.so
contains "what is offered is in the archive, and linked" "interface=console"
check "and the linked file has its fingerprint" 0 "$PLUGPIN" --verify offering.so
check "the lock of both has one text of what they share" 0 "$PLUGPIN" --dump offering.o offer.o
contains "by its version" "interface console 2.3"

# ---- a plugin, by each compiler and linker ----

for compiler in gcc clang; do
    for linker in bfd gold lld mold; do
        name="$compiler, $linker"
        if ! have $compiler || ! have ld.$linker; then
            skip "$name: plugin" "$compiler or ld.$linker is not installed"
            continue
        fi
        $compiler -I"$include" -O2 -g -fPIC -c -o p.o plugin.c || exit 99
        rm -f p.so
        # A hidden symbol without a definition is an error in a shared library too.
        $compiler -fuse-ld=$linker -shared -o p.so p.o >out 2>&1
        ok $((! $?)) "$name: a forgotten pins.o is a link error" out
        contains "$name: it names the symbol that says what to do" "$guard"
        check "$name: plugpin" 0 env CC=$compiler "$PLUGPIN" -o p.pins.o p.o -- -Llib -lproject -lc
        check "$name: links" 0 $compiler -fuse-ld=$linker -Wl,--fatal-warnings -Wl,-z,text -shared -o p.so p.o \
            p.pins.o -Llib -lproject -Wl,--build-id
        notes_well_formed p.so "$name"
        contains "$name: the project's library is pinned" object=libproject.so.1
        contains "$name: by its build-ID" "build-id=$project_id"
        contains "$name: libc is pinned, through the linker script" object=libc.so.6
        contains "$name: the module's own record is there" name=greeter_en
        readelf -Wl p.so | grep GNU_STACK >out
        lacks "$name: the stack is not executable" RWE
        readelf -Wd p.so >out
        lacks "$name: no text relocation" TEXTREL
        check "$name: links with --gc-sections" 0 $compiler -fuse-ld=$linker -Wl,--gc-sections -shared -o p.so p.o \
            p.pins.o -Llib -lproject
        strings_of p.so
        contains "$name: --gc-sections keeps the pins" object=libproject.so.1
        # pins.o of an older plugin, which provided another instance
        sed 's/english/french/' plugin.c >new.c
        $compiler -I"$include" -O2 -g -fPIC -c -o new.o new.c || exit 99
        # mold (1.10) does not look at relocations of the type that writes nothing
        if [ "$linker" != mold ]; then
            $compiler -fuse-ld=$linker -shared -o new.so new.o p.pins.o >out 2>&1
            ok $((! $?)) "$name: a stale pins.o is a link error" out
            contains "$name: it names what is gone" plugmgr_PROVIDE_greeter_english
        fi
        # From an archive: only what pins.o refers to pulls the members in.
        $compiler -I"$include" -O2 -g -fPIC -c -o a1.o module.c && $compiler -I"$include" -g -fPIC -c -o a2.o provide.c &&
            $compiler -I"$include" -g -fPIC -c -o a3.o start.c && $compiler -I"$include" -g -fPIC -c -o a4.o state.c ||
            exit 99
        rm -f p.a && ar rc p.a a1.o a2.o a3.o a4.o plain.o || exit 99
        check "$name: plugpin reads an archive" 0 "$PLUGPIN" -o a.pins.o p.a -- -Llib -lproject
        check "$name: links from an archive" 0 $compiler -fuse-ld=$linker -shared -o a.so a.pins.o p.a
        readelf -W --dyn-syms a.so | grep -v UND >out
        contains "$name: the archive's provider is in the plugin" plugmgr_provide_greeter_english
        contains "$name: the archive's start is in the plugin, and exported" plugmgr_start
        contains "$name: the archive's save is in the plugin, and exported" plugmgr_save
        lacks "$name: a member without declarations is not" plain
    done
done

if have c++ && echo 'int main() { return 0; }' >try.cc && c++ -c -o try.o try.cc 2>/dev/null; then
    cp plugin.c plugin.cc
    check "C++: compiles" 0 c++ -I"$include" -O2 -g -fPIC -c -o cc.o plugin.cc
    check "C++: plugpin" 0 "$PLUGPIN" -o cc.pins.o cc.o -- -Llib -lproject
    check "C++: links" 0 c++ -shared -o cc.so cc.o cc.pins.o -Llib -lproject
    strings_of cc.so
    contains "C++: the pin is there" object=libproject.so.1
else
    skip "C++" "there is no c++"
fi

# ---- a state ----

$CC -shared -o state.so plugin.o state_of.o >out 2>&1
ok $((! $?)) "a state's type: without pins.o it is a link error" out
contains "it names the symbol of the state's interface" plugmgr_link_the_output_of_plugpin_for_tally
check "a state's type: plugpin" 0 "$PLUGPIN" -o state.pins.o plugin.o state_of.o -- -Llib -lproject
check "a state's type: links" 0 $CC -shared -o state.so plugin.o state_of.o state.pins.o -Wl,--build-id
notes_well_formed state.so "a state's type"
contains "its record is there" interface=tally
readelf -p .note.plugmgr.abi state.so >out 2>&1
contains "and its fingerprint" "root struct tally"
contains "with what it reaches" "struct heard 16"
check "a state's type: --verify" 0 "$PLUGPIN" --verify state.so
compile stateless.o state.c -DPLUGMGR_WITHOUT_PLUGPIN -DOF_INTERFACE
check "a state's type without its fingerprint: plugpin" 0 "$PLUGPIN" -o plugin.pins.o plugin.o
check "a state's type without its fingerprint: links" 0 $CC -shared -o state.so plugin.o stateless.o plugin.pins.o
check "and --verify tells" 1 "$PLUGPIN" --verify state.so
contains "as such" "state.so: interface tally 2.1: it has no fingerprint: link the output of plugpin"

# ---- a host ----

$CC -o host host.o >out 2>&1
ok $((! $?)) "host: without pins.o it is a link error" out
contains "host: it names the symbol" "$guard"
check "host: plugpin" 0 "$PLUGPIN" -o host.pins.o host.o -- -Llib -lproject
check "host: links" 0 $CC -o host host.o host.pins.o -Wl,--build-id
notes_well_formed host host
contains "host: the pin is there" object=libproject.so.1
check "host: runs" 0 ./host

# ---- which libraries, and how ----

check "verbose prints the pins" 0 "$PLUGPIN" -v -o v.o plugin.o -- -L lib -l project -pthread -O2 -Wl,-O1 -lc
sed -n 's/^\(required\|recorded\) \([^ ]*\) .*/\1 \2/p' out | head -n 2 >first && cp first out
golden "from -L is required, the system's is recorded" <<'EOF'
required libproject.so.1
recorded libc.so.6
EOF
strings_of v.o
contains "the required pin says so" require=yes
contains "the hint is the file's name" hint=libproject.so.1
lacks "no directory is written" "$work"

check "--record" 0 "$PLUGPIN" -v --record='libproject*' -o v.o plugin.o -- -Llib -lproject
contains "--record makes it recorded" "recorded libproject.so.1"
strings_of v.o
lacks "--record leaves require out" require=
check "--require" 0 "$PLUGPIN" -v --require='libc.so*' -o v.o plugin.o -- -lc
contains "--require makes the system's library required" "required libc.so.6"
check "the last option that matches wins" 0 "$PLUGPIN" -v --no-pin='lib*' --record=libproject.so.1 --require='libp*' \
    -o v.o plugin.o -- -Llib -lproject -lnoid
contains "the last: required" "required libproject.so.1"
lacks "the last: --no-pin for the others" libnoid
check "--no-pin" 0 "$PLUGPIN" --require=lib --no-pin='*' -o v.o plugin.o -- -Llib -lproject
contains "an option that matches nothing is told" "plugpin: note: --require=lib: no library has such a soname"
strings_of v.o
lacks "--no-pin leaves the library out" libproject

check "--also" 0 "$PLUGPIN" --also=libproject.so.1:00112233 --also=libproject.so.1:AABB -o v.o plugin.o -- \
    -Llib -lproject
strings_of v.o
sed -n 's/.*\(build-id=.*\)/\1/p' out >ids && cp ids out
golden "--also adds build-IDs behind the library's own" <<EOF
build-id=$project_id
build-id=00112233
build-id=aabb
EOF
check "--also for a library that is not named" 1 "$PLUGPIN" --also=libx.so:0011 -o v.o plugin.o -- -Llib -lproject
golden "--also for a library that is not named: message" <<'EOF'
plugpin: --also: no pin for libx.so: name the library behind --
EOF

check "--pin-host" 0 "$PLUGPIN" -v --pin-host=host -o v.o plugin.o
contains "--pin-host is required" "required host "
strings_of v.o
contains "--pin-host pins the object host" object=host
contains "--pin-host pins by build-ID" "build-id=$(build_id host)"
contains "--pin-host gives the host's name and version as hint" "hint=hello 2.1.0"
$CC -o host-noid host.o host.pins.o -Wl,--build-id=none || exit 99
check "--pin-host without a build-ID" 1 "$PLUGPIN" --pin-host=host-noid -o v.o plugin.o
golden "--pin-host without a build-ID: message" <<'EOF'
plugpin: host-noid: the host has no build-ID, so it cannot be pinned: link it with -Wl,--build-id
EOF
check "--pin-host of an object" 1 "$PLUGPIN" --pin-host=host.o -o v.o plugin.o
contains "--pin-host of an object: message" "host.o: neither an executable nor a shared library"
check "--pin-host in a host" 1 "$PLUGPIN" --pin-host=host -o v.o host.o
contains "--pin-host in a host: message" "host.o: has PLUGMGR_HOST: --pin-host is for plugins"

check "a required library without build-ID" 1 "$PLUGPIN" -o v.o plugin.o -- -Llib -lnoid
contains "a required library without build-ID: message" "plugpin: lib/libnoid.so: libnoid.so has no build-ID"
contains "a required library without build-ID: what to do" ": link it with -Wl,--build-id, or use --record=libnoid.so"
check "a recorded library without build-ID" 0 "$PLUGPIN" --record=libnoid.so -o v.o plugin.o -- -Llib -lnoid
golden "a recorded library without build-ID: note" <<'EOF'
plugpin: note: lib/libnoid.so: libnoid.so has no build-ID: recorded without one
EOF
strings_of v.o
contains "it is recorded" object=libnoid.so
lacks "and without a build-ID" build-id

check "one library by several names" 0 "$PLUGPIN" -v -o v.o plugin.o -- -Llib -lproject lib/libproject.so.1 \
    -l:libproject.so
ok $(($(grep -c libproject out) != 1)) "one library by several names gives one pin" out
cp lib/libproject.so.1 other/copy.so
check "a copy of it" 0 "$PLUGPIN" -v -o v.o plugin.o -- lib/libproject.so.1 other/copy.so
ok $(($(grep -c libproject out) != 1)) "a copy of it gives no second pin" out
check "one library without build-ID by two names" 0 "$PLUGPIN" -v --record='*' -o v.o plugin.o -- \
    -Llib -lnoid lib/libnoid.so
ok $(($(grep -c '^recorded libnoid' out) != 1)) "one library without build-ID gives one pin" out
check "two libraries of one soname" 1 "$PLUGPIN" -o v.o plugin.o -- lib/libproject.so other/libproject.so.1
golden "two libraries of one soname: message" <<'EOF'
plugpin: other/libproject.so.1: another libproject.so.1 than lib/libproject.so: name one of them
EOF
check "the first -L wins, though it stands behind" 0 "$PLUGPIN" -v -o v.o plugin.o -- -lproject -Llib -Lother
contains "the first -L wins: the file" "/lib/libproject.so.1"

mkdir static && ar rc static/libproject.a plain.o
check "a static library" 0 "$PLUGPIN" -v -o v.o plugin.o -- -Lstatic -Llib -lproject static/libproject.a plain.o
lacks "a static library is no pin" libproject
check "-Bstatic" 0 "$PLUGPIN" -v -o v.o plugin.o -- -Llib -Lstatic -Wl,-Bstatic -lproject -Wl,-Bdynamic -lc
lacks "-Bstatic takes the static library" libproject
contains "-Bdynamic takes shared ones again" libc.so.6

share lib/libnameless.so other.o -Wl,--build-id
check "no soname" 0 "$PLUGPIN" -v -o v.o plugin.o -- -Llib -lnameless
contains "no soname: the pin is what DT_NEEDED says" "required libnameless.so "

# Text in the place of a library
mkdir script
echo '/* GNU ld script */ OUTPUT_FORMAT(elf64-x86-64) GROUP ( inner.so, AS_NEEDED ( -lnoid ) )' >script/libouter.so
echo 'INPUT("../lib/libproject.so.1")' >script/inner.so
check "a linker script" 0 "$PLUGPIN" -v --record='*' -o v.o plugin.o -- -Llib -Lscript -louter
contains "a linker script: INPUT beside it" libproject.so.1
contains "a linker script: AS_NEEDED and -l" libnoid.so
cat >lib/libproject.la <<'EOF'
# libproject.la - a libtool library file
dlname='libproject.so.1'
libdir='/nowhere'
installed=no
EOF
mkdir lib/.libs && cp lib/libproject.so.1 lib/.libs/
check "a libtool library" 0 "$PLUGPIN" -v -o v.o plugin.o -- lib/libproject.la
contains "a libtool library: the pin" "required libproject.so.1"
echo 'INPUT(libb.so)' >script/liba.so
echo 'INPUT(-la)' >script/libb.so
check "cyclic linker scripts" 1 timeout 20 "$PLUGPIN" -o v.o plugin.o -- -Lscript -la
contains "cyclic linker scripts: message" "a linker script that names itself"
echo 'just some words' >script/libwords.so
check "no linker script" 1 "$PLUGPIN" -o v.o plugin.o -- -Lscript -lwords
golden "no linker script: message" <<'EOF'
plugpin: script/libwords.so: neither a shared or static library nor a linker script: name what is linked
EOF
check "a library that is not there" 1 "$PLUGPIN" -o v.o plugin.o -- -Llib -lnowhere-at-all
contains "a library that is not there: message" "plugpin: -lnowhere-at-all: found neither in the -L directories nor by "
check "no compiler" 1 env CC='no-such-cc -x' "$PLUGPIN" -o v.o plugin.o -- -lc
golden "no compiler: message" <<'EOF'
plugpin: no-such-cc: cannot be run: No such file or directory: set CC to the compiler that links
EOF
cat >spy <<'EOF'
#!/bin/sh
echo "$@" >>asked
for last; do :; done
[ "$last" != -print-file-name=libspy.so ] || echo "$PWD/lib/libproject.so.1"
EOF
chmod +x spy
check "CC is split on spaces, and options that choose directories are passed on" 0 env CC=' ./spy  -one' "$PLUGPIN" -v \
    -o v.o plugin.o -- -m64 -O2 -lspy -target abc
contains "CC's answer is taken" libproject.so.1
head -n 1 asked >out
golden "CC's arguments" <<'EOF'
-one -m64 -target abc -print-file-name=libspy.so
EOF

# Hints come from the package metadata where there is some.
cat >package.s <<'EOF'
.section .note.package,"a",%note
.balign 4
.long 4, 2f - 1f, 0xcafe1a7e
.asciz "FDO"
1: .asciz "{\"type\":\"deb\",\"name\":\"libhint1\",\"version\":\"1.2-3\"}"
2: .balign 4
.section .note.GNU-stack,"",%progbits
EOF
$CC -c -o package.o package.s && share lib/libhint.so package.o other.o -Wl,-soname,libhint.so.1 -Wl,--build-id
check "package metadata" 0 "$PLUGPIN" -o v.o plugin.o -- -Llib -lhint
strings_of v.o
contains "package metadata gives the hint" "hint=libhint1 1.2-3"

# ---- other inputs ----

mkdir .libs && cp plugin.o .libs/lt.o
cat >lt.lo <<'EOF'
# lt.lo - a libtool object file
# Generated by libtool (GNU libtool) 2.4.7
pic_object='.libs/lt.o'
non_pic_object='none'
EOF
check "a libtool object" 0 "$PLUGPIN" -o v.o lt.lo -- -Llib -lproject
cp v.o lt.pins.o
check "the same object by its own name" 0 "$PLUGPIN" -o v.o plugin.o -- -Llib -lproject
check "gives the same bytes" 0 cmp v.o lt.pins.o
mkdir elsewhere
# shellcheck disable=SC2016
check "another folder" 0 sh -c 'cd elsewhere && "$1" -o other-name.o ../plugin.o -- -L"$2"/lib -lproject' - "$PLUGPIN" \
    "$work"
check "gives the same bytes too" 0 cmp v.o elsewhere/other-name.o
rm -f thin.a && ar rcT thin.a module.o provide.o start.o plain.o
check "a thin archive" 0 "$PLUGPIN" -o v.o thin.a -- -Llib -lproject
check "several objects" 0 "$PLUGPIN" -o v.o module.o provide.o start.o plain.o -- -Llib -lproject
check "several objects: links" 0 $CC -shared -o v.so module.o provide.o start.o v.o -Llib -lproject
check "no libraries" 0 "$PLUGPIN" -o v.o plugin.o
check "no libraries: links" 0 $CC -shared -o v.so plugin.o v.o

if have gcc && gcc -flto -I"$include" -O2 -g -fPIC -c -o slim.o plugin.c 2>/dev/null; then
    check "slim LTO: plugpin" 0 "$PLUGPIN" -o slim.pins.o slim.o -- -Llib -lproject
    check "slim LTO: links" 0 gcc -flto -O2 -shared -o slim.so slim.o slim.pins.o -Llib -lproject
    notes_well_formed slim.so "slim LTO"
    contains "slim LTO: the pin is there" object=libproject.so.1
    contains "slim LTO: the module's record is there" name=greeter_en
    gcc -flto -DPLUGMGR_WITHOUT_PLUGPIN -I"$include" -g -fPIC -c -o slimwithout.o plugin.c
    check "slim LTO: -DPLUGMGR_WITHOUT_PLUGPIN" 1 "$PLUGPIN" -o v.o slimwithout.o
    contains "slim LTO: -DPLUGMGR_WITHOUT_PLUGPIN: message" "slimwithout.o: compiled with -DPLUGMGR_WITHOUT_PLUGPIN"
    gcc -flto -DPLUGMGR_WITHOUT_PLUGPIN -DOF_INTERFACE -I"$include" -g -fPIC -c -o slimwithout.o state.c
    check "slim LTO: a state with -DPLUGMGR_WITHOUT_PLUGPIN" 1 "$PLUGPIN" -o v.o slimwithout.o
    contains "slim LTO: a state: message" "slimwithout.o: compiled with -DPLUGMGR_WITHOUT_PLUGPIN"
else
    skip "slim LTO" "gcc cannot compile with -flto"
fi
if have clang && clang -flto -I"$include" -g -fPIC -c -o bitcode.o plugin.c 2>/dev/null; then
    check "bitcode" 1 "$PLUGPIN" -o v.o bitcode.o
    contains "bitcode: message" \
        'bitcode.o: LLVM bitcode, not an object: make a native object of it first, with `clang -flto -fuse-ld=lld -r'
    if have ld.lld; then
        check "bitcode: the advice works" 0 clang -flto -fuse-ld=lld -r -o native.o bitcode.o
        check "bitcode: plugpin then" 0 "$PLUGPIN" -o native.pins.o native.o
        check "bitcode: links then" 0 clang -fuse-ld=lld -shared -o native.so native.o native.pins.o
    else
        skip "bitcode: the advice" "ld.lld is not installed"
    fi
else
    skip "bitcode" "clang cannot compile with -flto"
fi

# ---- what is copied from the objects ----

if $CC -fcf-protection -I"$include" -g -fPIC -c -o cet.o plugin.c 2>/dev/null && readelf -n cet.o | grep -q SHSTK; then
    check "IBT and SHSTK: plugpin" 0 "$PLUGPIN" -o cet.pins.o cet.o
    check "IBT and SHSTK: links" 0 $CC -nostdlib -shared -o cet.so cet.o cet.pins.o
    readelf -Wn cet.so >out 2>&1
    contains "IBT and SHSTK are kept" "IBT, SHSTK"
    $CC -fcf-protection=branch -I"$include" -fPIC -c -o ibt.o plain.c
    check "IBT alone in one object" 0 "$PLUGPIN" -o cet.pins.o cet.o ibt.o
    readelf -Wn cet.pins.o >out 2>&1
    contains "what the objects have in common: IBT" IBT
    lacks "what the objects have in common: no SHSTK" SHSTK
    $CC -fcf-protection=none -I"$include" -fPIC -c -o none.o plain.c
    check "no property in one object" 0 "$PLUGPIN" -o cet.pins.o none.o cet.o
    readelf -WS cet.pins.o >out 2>&1
    lacks "no property in one object: none in pins.o" .note.gnu.property
else
    skip "IBT and SHSTK" "$CC has no -fcf-protection for this machine"
fi

arm=aarch64-linux-gnu-gcc
if have $arm; then
    $arm -mbranch-protection=standard -I"$include" -O2 -g -fPIC -c -o arm.o plugin.c || exit 99
    check "aarch64: plugpin" 0 env CC=$arm "$PLUGPIN" -v -o arm.pins.o arm.o -- -lc
    contains "aarch64: its own libc is recorded" "recorded libc.so.6"
    contains "aarch64: from its own directory" aarch64
    check "aarch64: links" 0 $arm -nostdlib -shared -Wl,--fatal-warnings -o arm.so arm.o arm.pins.o -lc
    notes_well_formed arm.so aarch64
    readelf -Wn arm.so >out 2>&1
    contains "aarch64: BTI and PAC are kept" "BTI, PAC"
    check "aarch64 and this machine" 1 "$PLUGPIN" -o v.o plugin.o arm.o
    golden "aarch64 and this machine: message" <<'EOF'
plugpin: arm.o: another machine than plugin.o: compile both for the same target
EOF
    check "another machine's library" 1 "$PLUGPIN" -o v.o arm.o -- lib/libproject.so
    contains "another machine's library: message" "lib/libproject.so: for another machine than the objects"
    check "another machine's library by name" 1 env CC=$arm "$PLUGPIN" -o v.o arm.o -- -Llib -lproject
    contains "another machine's library by name: message" "-lproject: only found for another machine"
    check "the wrong CC" 1 env CC=cc "$PLUGPIN" -o v.o arm.o -- -lc
    contains "the wrong CC: message" "set CC to the compiler that links"
    mkdir wrong && share wrong/libproject.so other.o -Wl,--build-id
    $arm -shared -nostdlib -o right.so -x c /dev/null -Wl,--build-id -Wl,-soname,libright.so && mkdir right &&
        mv right.so right/libproject.so
    check "a library of another machine is passed over" 0 env CC=$arm "$PLUGPIN" -v -o v.o arm.o -- -Lwrong -Lright \
        -lproject
    contains "a library of another machine is passed over: the right one" libright.so
else
    skip "aarch64" "$arm is not installed"
fi

if gcc -m32 -ffreestanding -I"$include" -g -fPIC -c -o i386.o plugin.c 2>/dev/null && have ld.bfd; then
    check "i386: plugpin" 0 "$PLUGPIN" -o i386.pins.o i386.o
    check "i386: links" 0 ld.bfd -m elf_i386 -shared -o i386.so i386.o i386.pins.o
    readelf -Wn i386.so >out 2>&1
    lacks "i386: readelf -n finds nothing corrupt" corrupt
    sed 's/english/french/' plugin.c >new.c
    gcc -m32 -ffreestanding -I"$include" -g -fPIC -c -o i386new.o new.c
    check "i386: a stale pins.o is a link error" 1 ld.bfd -m elf_i386 -shared -o i386.so i386new.o i386.pins.o
else
    skip "i386" "gcc cannot compile with -m32"
fi

# ---- errors in the inputs ----

# refused NAME TEXT ARGUMENT…: exit status 1, a message with the text, and no output file.
refused() {
    refused_name=$1
    refused_text=$2
    shift 2
    rm -f gone.o
    check "$refused_name" 1 timeout 20 "$PLUGPIN" -o gone.o "$@"
    contains "$refused_name: message" "$refused_text"
    ok "$([ ! -e gone.o ] && echo 0 || echo 1)" "$refused_name: no output remains"
}

refused "nothing declared" "plugpin: nothing is declared in the objects" plain.o
refused "two plugins" "plugpin: plugin.o: a second PLUGMGR_PLUGIN, the first is in module.o: keep one" module.o plugin.o
refused "plugin and host" "plugin.o: PLUGMGR_PLUGIN, but host.o has PLUGMGR_HOST" plugin.o host.o
compile without.o plugin.c -DPLUGMGR_WITHOUT_PLUGPIN
refused "-DPLUGMGR_WITHOUT_PLUGPIN" "without.o: compiled with -DPLUGMGR_WITHOUT_PLUGPIN" without.o
cp lt.pins.o mine.o
refused "its own output" "mine.o: made by plugpin" plugin.o mine.o
refused "a linked file" "lib/libproject.so.1: a linked file" lib/libproject.so.1
refused "no such object" "missing.o: No such file or directory" missing.o
refused "a source" "plugin.c: not an object" plugin.c
refused "a directory" "lib: a directory" lib
mkfifo fifo
refused "a FIFO" "fifo: not a regular file" fifo
refused "a FIFO as library" "fifo: not a regular file" plugin.o -- fifo
truncate -s 3G huge.o
refused "a huge file" "huge.o: larger than 128 MB: name only the objects that declare interfaces" huge.o
cp plugin.o large.o
truncate -s 100M large.o
refused "a large object" "large.o: larger than 64 MB: declare the interfaces in a smaller object" large.o
refused "a huge library" "huge.o: neither a library nor" plugin.o -- huge.o
: >empty.o
refused "an empty file" "empty.o: not an object" empty.o
printf '!<arch>\n%-16s%-12s%-6s%-6s%-8s%-10s`\nELF' plugin.o/ 0 0 0 644 9999999999 >lying.a
refused "an archive with a lying size" "lying.a: a member larger than what remains" lying.a
printf '!<arch>\n%-16s%-12s%-6s%-6s%-8s%-10s`\n' plugin.o/ 0 0 0 644 -1 >negative.a
refused "an archive with a negative size" "negative.a: no header of a member" negative.a
printf '!<arch>\n%-16s%-12s%-6s%-6s%-8s%-10s`\n' /77 0 0 0 644 0 >nameless.a
refused "an archive without its names" "nameless.a: a name that is not in the table of names" nameless.a
printf '!<thin>\n%-16s%-12s%-6s%-6s%-8s%-10s`\n' fifo/ 0 0 0 644 9 >fifo.a
refused "a thin archive of a FIFO" "fifo: not a regular file" fifo.a
head -c 100 p.a >cut.a
refused "an archive that is cut off" "cut.a: a member larger than what remains" cut.a
cp plugin.o safe.o
"$PLUGPIN" -o safe.o plugin.o safe.o >out 2>&1
ok $((! $?)) "an input as output is refused" out
check "and left alone" 0 cmp plugin.o safe.o
check "a directory as output" 1 "$PLUGPIN" -o lib plugin.o
check "no directory for the output" 1 "$PLUGPIN" -o no/such/pins.o plugin.o
contains "no directory for the output: message" "no/such/pins.o: cannot be written: No such file or directory"
cp lt.pins.o old.o
check "an error removes the output of an earlier run" 1 "$PLUGPIN" -o old.o plain.o
check "it is gone" 1 test -e old.o
echo precious >precious
check "an error leaves other files alone" 1 "$PLUGPIN" -o precious plain.o
check "it is there" 0 grep -q precious precious
soname=$(printf 'lib\033.so')
share lib/esc.so other.o -Wl,-soname,"$soname" -Wl,--build-id
refused "a soname with an escape character" "control character" plugin.o -- lib/esc.so
"$PLUGPIN" -o v.o "no$soname" >out 2>&1
contains "escape characters are not printed as such" 'nolib\x1b.so'

# Objects cut off anywhere or with any byte changed: a message or a result, never a crash.
size=$(wc -c <plugin.o)
bad=0
: >bad.log
length=0
while [ "$length" -lt "$size" ]; do
    head -c "$length" plugin.o >cut.o
    timeout 20 "$PLUGPIN" -o v.o cut.o >out 2>&1
    status=$?
    [ $status -eq 1 ] || {
        bad=1
        echo "length $length: exit status $status" >>bad.log
    }
    length=$((length + 61))
done
ok $bad "an object that is cut off is refused at every length" bad.log
bad=0
: >bad.log
offset=0
while [ "$offset" -lt "$size" ]; do
    cp plugin.o cut.o
    printf '\377' | dd of=cut.o bs=1 seek="$offset" conv=notrunc 2>/dev/null
    timeout 20 "$PLUGPIN" -o v.o cut.o >out 2>&1
    status=$?
    [ $status -le 1 ] || {
        bad=1
        echo "offset $offset: exit status $status" >>bad.log
    }
    offset=$((offset + 37))
done
ok $bad "an object with a changed byte is refused or read" bad.log

# ---- usage ----

check "--help" 0 "$PLUGPIN" --help
contains "--help shows the usage" "Usage: plugpin -o PINS.o [OPTION...] OBJECT... -- [LINKER ARGUMENT...]"
check "--version" 0 "$PLUGPIN" --version
contains "--version names the tool" "plugpin "
check "no arguments" 2 "$PLUGPIN"
golden "no arguments: message" <<'EOF'
plugpin: no objects are named: try plugpin --help
EOF
check "no -o" 2 "$PLUGPIN" plugin.o
golden "no -o: message" <<'EOF'
plugpin: -o FILE is missing: try plugpin --help
EOF
check "-o twice" 2 "$PLUGPIN" -o a.o -o b.o plugin.o
golden "-o twice: message" <<'EOF'
plugpin: -o: given twice: try plugpin --help
EOF
check "an unknown option" 2 "$PLUGPIN" --frobnicate -o v.o plugin.o
golden "an unknown option: message" <<'EOF'
plugpin: --frobnicate: no such option: try plugpin --help
EOF
check "a library before --" 2 "$PLUGPIN" -o v.o plugin.o -lc
golden "a library before --: message" <<'EOF'
plugpin: -l: libraries stand behind --: try plugpin --help
EOF
check "-o without its argument" 2 "$PLUGPIN" plugin.o -o
golden "-o without its argument: message" <<'EOF'
plugpin: -o: its argument is missing: try plugpin --help
EOF
check "--also without a build-ID" 2 "$PLUGPIN" --also=libc.so.6:xyz -o v.o plugin.o
golden "--also without a build-ID: message" <<'EOF'
plugpin: libc.so.6:xyz: not SONAME:BUILD-ID with a BUILD-ID of hex digits: try plugpin --help
EOF

done_testing
