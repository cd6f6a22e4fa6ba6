#!/bin/sh
# SPDX-License-Identifier: MIT
# demo.sh: the main job on real input, told step by step: plugins that fit are loaded and called, plugins that do not are
# refused with the reason, and nothing of a refused one ever runs. Ends non-zero if any step does not go as told.
#
# From make: srcdir, builddir (absolute), CC, DEMO_CFLAGS, JANSSON_CFLAGS, JANSSON_LIBS.
# shellcheck disable=SC2154,SC2086 # set by make; lists of flags
set -u
umask 022
work=$(mktemp -d "${TMPDIR:-/tmp}/plugmgr-demo.XXXXXX") || exit 1
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
cd "$work" || exit 1
export LC_ALL=C
failures=0
step=0

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$(printf '\033[1m') red=$(printf '\033[1;31m') green=$(printf '\033[1;32m') end=$(printf '\033[0m')
    color=--color=always
else
    bold='' red='' green='' end='' color=--color=never
fi

# The commands as the reader would type them; what they print, indented.
plugcheck() { "$builddir/plugcheck" "$@"; }
plugpin() { CC=$CC "$builddir/plugpin" "$@"; }

tell() {
    step=$((step + 1))
    printf '\n%s%d. %s%s\n' "$bold" "$step" "$1" "$end"
}
good() { printf '   %sas told:%s %s\n' "$green" "$end" "$1"; }
bad() {
    failures=$((failures + 1))
    printf '   %sNOT AS TOLD:%s %s\n' "$red" "$end" "$1"
}

show() { sed 's/^\(.\)/     \1/' out; }

# run EXPECTED_STATUS COMMAND…: shows and runs it; its output stays in out.
run() {
    want=$1
    shift
    printf '   $ %s\n' "$*" | sed "s| --color=[a-z]*||"
    status=0
    "$@" >out 2>&1 || status=$?
    show
    [ "$status" -eq "$want" ] || bad "exit status $status, expected $want"
}

# says TEXT: whether the last output has it, colours aside.
says() {
    if sed 's/\x1b\[[0-9;]*m//g' out | grep -qF -e "$1"; then
        good "$2"
    else
        bad "expected in the output: $1"
    fi
}

# The canary: a constructor that writes the file canary.ran as soon as anything of the plugin runs.
silent_canary() {
    if ! grep -qF canary.ran "$1"; then
        return # there is none in this file
    elif [ -e canary.ran ]; then
        bad "the constructor of the refused plugin ran"
        rm -f canary.ran
    else
        good "its constructor did not run"
    fi
}

must() { "$@" >must.log 2>&1 || { echo "demo: cannot prepare a step: $*" >&2; cat must.log >&2; exit 1; }; }

users=$srcdir/plugins/users
flags="$DEMO_CFLAGS -g -fPIC -fvisibility=hidden -I$srcdir/lib"

# compile NAME SOURCE FLAGS…
compile() {
    name=$1
    source=$2
    shift 2
    must $CC $flags "$@" $JANSSON_CFLAGS -c -o "$name.o" "$source"
}

# A plugin that reads users from JSON, with the canary in it: build NAME INCLUDE LINK… (behind `--` what plugpin pins)
# shellcheck disable=SC2016 # $ORIGIN is for the dynamic linker
build() {
    name=$1
    include=$2
    shift 2
    compile "$name" "$include/users_json.c" "-I$include" "-I$users"
    set -f # the option has a pattern in it
    must plugpin $plugpin_options -o "$name.pins.o" "$name.o" -- "$@"
    set +f
    must $CC $flags -shared -Wl,--build-id -Wl,--no-as-needed -Wl,-rpath,'$ORIGIN/lib' -o "$name.so" "$name.o" \
        "$name.pins.o" directory.o base64.o canary.o $extra "$@"
}
plugpin_options=
extra=

cat >canary.c <<'END'
#include <stdio.h>
__attribute__((constructor)) static void sing(void)
{
    FILE *file = fopen("canary.ran", "w");
    if (file != NULL)
        fclose(file);
}
END
cp "$builddir/plugins/users/userhost" "$builddir/plugins/users/users_json.so" \
    "$builddir/plugins/users/users_sqlite.so" "$builddir/plugins/users/users.db" "$users/users.json" .
compile canary canary.c
compile directory "$users/directory.c"
compile base64 "$users/base64.c"

tell "plugcheck asks, without running anything: would userhost take the plugin users_json.so?"
run 0 plugcheck $color --host userhost users_json.so
says "accepted by userhost" "it would"

tell "userhost opens it and calls its methods directly: four queries on a JSON file"
for query in "get bilal" "claim mail bilal@example.org" "groups bilal" "find museum"; do
    run 0 ./userhost --plugin=./users_json.so --data=users.json $query
    cat out >>answers.json
done
if grep -q 'Bilal Haddad' answers.json; then good "it answers"; else bad "no answer"; fi

tell "The same host, not compiled again, with users_sqlite.so and an SQLite database"
for query in "get bilal" "claim mail bilal@example.org" "groups bilal" "find museum"; do
    run 0 ./userhost --plugin=./users_sqlite.so --data=users.db $query
    cat out >>answers.sqlite
done
if cmp -s answers.json answers.sqlite; then good "the same answers"; else bad "other answers"; fi

tell "A plugin with a constructor that leaves a file behind when it runs: accepted, so it does"
build users_canary "$users" $JANSSON_LIBS
run 0 ./userhost --plugin=./users_canary.so --data=users.json groups bilal
if [ -e canary.ran ]; then good "its constructor ran: the canary sings"; else bad "the canary is mute"; fi
rm -f canary.ran

# refused FILE CODE EXPLANATION [OPTION]: plugcheck and the host both refuse, with the same report, and nothing of the
# plugin runs
refused() {
    run 1 plugcheck $color ${4:-} --host userhost "$1"
    says "[$2]" "$3"
    sed 's/\x1b\[[0-9;]*m//g' out >report
    set -- "$1" ./userhost ${4:-} --plugin="./$1" --data=users.json groups bilal
    plugin=$1
    shift
    printf '   $ %s\n' "$*"
    status=0
    "$@" >out 2>&1 || status=$?
    if [ "$status" -eq 3 ] && sed '1d; s|^\./||' out | cmp -s - report; then
        sed -n '1s/^/     /p' out
        echo "     (and the same report)"
        good "the host says the same"
    else
        show
        bad "exit status $status, expected 3 and the report of plugcheck"
    fi
    silent_canary "$plugin"
}

# variant DIRECTORY SED-SCRIPT: the plugin's sources, with another user_manager.h
variant() {
    mkdir "$1"
    sed "$2" "$users/user_manager.h" >"$1/user_manager.h"
    cmp -s "$users/user_manager.h" "$1/user_manager.h" && bad "user_manager.h is not changed by: $2"
    cp "$users/users_json.c" "$users/directory.h" "$users/base64.h" "$1/"
}

tell "A plugin from before user_manager 1.1, in which count_users was appended: accepted, and the host asks plugmgr_has"
variant v1_0 '/How many users/,/count_users/d; /PLUGMGR_INTERFACE/s/, 1, 1)/, 1, 0)/'
sed -i '/^static size_t count_users/,/^}/d; /\.count_users/d' v1_0/users_json.c
build users_v1_0 v1_0 $JANSSON_LIBS
run 0 plugcheck $color --host userhost users_v1_0.so
run 0 plugcheck $color --diff users_v1_0.so users_json.so
says "method count_users appended" "what has changed since, in words"
run 0 ./userhost --plugin=./users_v1_0.so --data=users.json --verbose count
says "counted page by page" "the host does without count_users"
rm -f canary.ran

tell "A plugin for which somebody changed a struct behind a pointer, and forgot the version"
variant changed '/const char \*mail;/i\    unsigned flags; /* what the account may do */'
build users_changed changed $JANSSON_LIBS
refused users_changed.so interface-layout "refused, though the version is the same"
run 1 plugcheck $color --host userhost users_changed.so
says "member 'flags'" "with the member named"
run 0 plugcheck $color --policy=version --host userhost users_changed.so
says "accepted" "a version number alone would have let it in, to crash later"

tell "The same source, built against user_manager 2.0"
variant v2 '/PLUGMGR_INTERFACE/s/, 1, 1)/, 2, 0)/'
build users_v2 v2 $JANSSON_LIBS
refused users_v2.so interface-major "refused, with both versions"

tell "A plugin whose project library is another build than it was linked with"
mkdir lib
cat >project.c <<'END'
int project_answer(void);
__attribute__((visibility("default"))) int project_answer(void)
{
    return ANSWER;
}
END
library() {
    must $CC $flags -DANSWER="$1" -shared -Wl,--build-id -Wl,-soname,libproject.so.1 -o lib/libproject.so.1 project.c
}
library 1
build users_project "$users" $JANSSON_LIBS lib/libproject.so.1
run 0 plugcheck $color --host userhost users_project.so
echo "   (the library is built again, from another source)"
library 2
refused users_project.so pin-build-id "outside the system's directories every build matters: refused"

tell "The same plugin, without the library"
mv lib gone
refused users_project.so library-missing "refused, with every path that was tried"
if grep -qF "tried  $work/lib/libproject.so.1" report; then good "its own RUNPATH first"; else bad "where it looked"; fi

tell "A plugin that calls a function that nobody has"
cat >sheep.c <<'END'
int count_sheep(void), sheep(void);
int sheep(void)
{
    return count_sheep();
}
END
compile sheep sheep.c
extra=sheep.o
build users_sheep "$users" $JANSSON_LIBS
extra=
refused users_sheep.so symbol-missing "refused, with the function's name: dlopen would have told that after loading all the rest"

tell "A plugin whose system library is another build, as after a security update"
# Linked with a copy of the system's libjansson that has another build-ID, and recorded as a system library is.
soname=$(plugcheck --describe users_json.so | sed -n 's/^  pins  *\(libjansson[^,]*\),.*/\1/p')
pinned=$(plugcheck --describe users_json.so | sed -n 's/^  pins .*build-ID \([0-9a-f]*\).*/\1/p')
system=$(ldd users_json.so | sed -n "s/.*$soname => \([^ ]*\) .*/\1/p")
mkdir yesterday
cp "$system" "yesterday/$soname"
printf '%s' "$pinned" | tr '0-9a-f' '1-9a-f0' | sed 's/../\\x&/g' >other-id
# shellcheck disable=SC2059 # the escapes are the format
{
    printf '\004\000\000\000\024\000\000\000\003\000\000\000GNU\000'
    printf "$(cat other-id)"
} >other-note
must objcopy --update-section .note.gnu.build-id=other-note "yesterday/$soname"
plugpin_options=--record='libjansson*'
build users_yesterday "$users" "yesterday/$soname"
plugpin_options=
run 0 plugcheck $color --host userhost users_yesterday.so
says "warning: pin $soname" "accepted, with a warning that names both builds"
run 0 ./userhost --plugin=./users_yesterday.so --data=users.json groups bilal
rm -f canary.ran
refused users_yesterday.so pin-build-id "the policy exact refuses it, as Go's plugins would" --policy=exact

tell "A plugin that requires its own build of libjansson, which LD_LIBRARY_PATH hides"
plugpin_options=--require='libjansson*'
build users_required "$users" $JANSSON_LIBS
plugpin_options=
run 0 plugcheck $color --host userhost users_required.so
says accepted "the build that it was linked with is the system's: accepted"
before=${LD_LIBRARY_PATH:-}
export LD_LIBRARY_PATH="$work/yesterday:$before"
echo "   $ export LD_LIBRARY_PATH=$work/yesterday"
refused users_required.so pin-build-id "refused, with both builds and where the other one lies"
if [ -n "$before" ]; then export LD_LIBRARY_PATH="$before"; else unset LD_LIBRARY_PATH; fi

tell "A plugin in a folder that everybody may write: loaded from a copy that nobody can change"
mkdir open
chmod 777 open
cp users_json.so open/
run 0 plugcheck $color --host userhost open/users_json.so
says "from a sealed copy in memory" "what was checked is what runs, whoever writes the file"
run 0 ./userhost --plugin=./open/users_json.so --data=users.json groups bilal
run 1 plugcheck $color --mode=path --host userhost open/users_json.so
says "[mode-unavailable]" "by its path it is not loaded from there"

tell "A library of the system that is no plugin"
cp "$system" no_plugin.so
refused no_plugin.so not-a-plugin "refused"

tell "A file that was cut short while it was copied"
head -c $(($(wc -c <users_canary.so) / 2)) users_canary.so >half.so
refused half.so elf-truncated "refused"

tell "A plugin for another machine"
cross=aarch64-linux-gnu-gcc
if command -v $cross >/dev/null && printf 'int x;' | $cross -xc -c -o /dev/null - 2>/dev/null &&
    [ "$($CC -dumpmachine | cut -d- -f1)" != aarch64 ]; then
    echo "   (cross-compiled with $cross)"
    cat >other.c <<'END'
#include <plugmgr/plugin.h>
struct user_manager { int (*get_user)(void); };
PLUGMGR_INTERFACE(user_manager, struct user_manager, 1, 1);
PLUGMGR_PLUGIN("users_other", "1.0.0");
static int get_user(void) { return 0; }
PLUGMGR_PROVIDE(user_manager, other) = {get_user};
END
    must $cross -g -fPIC -I"$srcdir/lib" -c -o other.o other.c
    must env CC=$cross "$builddir/plugpin" -o other.pins.o other.o
    must $cross -nostdlib -shared -Wl,--build-id -o other.so other.o other.pins.o
else
    echo "   (no cross compiler: the machine in the header is edited)"
    cp users_canary.so other.so
    printf '\377' | dd of=other.so bs=1 seek=18 conv=notrunc 2>/dev/null
fi
refused other.so elf-machine "refused"

tell "Plugins by name: userhost list reads and judges what is on the search path, and loads nothing"
mkdir plugins
variant next '/PLUGMGR_INTERFACE/s/, 1, 1)/, 2, 0)/'
sed -i 's/^PLUGMGR_PLUGIN("users_json", "1.0.0")/PLUGMGR_PLUGIN("users_next", "2.0.0")/' next/users_json.c
build users_next next $JANSSON_LIBS
cp users_json.so users_sqlite.so users_next.so half.so plugins/
export PLUGMGR_PATH=plugins
echo "   $ export PLUGMGR_PATH=plugins"
run 0 ./userhost list
says "plugins/users_json.so" "what can be used"
says "[interface-major]" "and what cannot, with the reason"
silent_canary users_next.so
run 0 ./userhost --plugin=users_json --data=users.json groups bilal
says "physics" "and is opened by its name"
rm plugins/users_next.so plugins/half.so

# await TEXT COUNT: until the server has written the text that often; then shows what it wrote since the last time.
await() {
    tries=1200
    while [ "$(grep -cF -e "$1" serve.out)" -lt "$2" ] && kill -0 "$server" 2>must.log && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        sleep 0.1
    done
    tail -n "+$((shown + 1))" serve.out >out
    shown=$(wc -l <serve.out)
    show
}
shown=0

# replace FILE: renamed over the plugin, as an upgrade does it
replace() {
    echo "   $ cp $1 plugins/.new && mv plugins/.new plugins/users_json.so"
    cp "$1" plugins/.new && mv plugins/.new plugins/users_json.so
}

# The mapping of the plugin's code in the server: addresses, rights, inode, file.
show_mapping() {
    echo "   $ awk '/r-xp.*users_json/ { print \$1, \$2, \$5, \$6, \$7 }' /proc/$server/maps"
    awk '/r-xp.*users_json/ { print $1, $2, $5, $6, $7 }' "/proc/$server/maps" | sed 's/ $//' >out
    show
}

tell "userhost serve: while two threads ask, a newer build of the plugin is renamed over the old one"
variant newer '/PLUGMGR_INTERFACE/s/$/ /'
sed -i 's/^PLUGMGR_PLUGIN("users_json", "1.0.0")/PLUGMGR_PLUGIN("users_json", "1.1.0")/' newer/users_json.c
build users_newer newer $JANSSON_LIBS
mkfifo input
: >serve.out
./userhost --plugin=users_json --data=users.json serve <input >serve.out 2>&1 &
server=$!
exec 3>input
echo "   $ ./userhost --plugin=users_json --data=users.json serve &"
await "answers:" 1
says "users_json 1.0.0 answers: thread 1: 15 users, thread 2: 15 users" "both threads are answered"
show_mapping
echo "   (the data gets a sixteenth user)"
sed -i '1a {"id": {"idp": "https://login.example.org", "opaque_id": "4d21"}, "username": "wangari", "mail": "",\
"display_name": "Wangari Otieno", "groups": ["staff"]},' users.json
replace users_newer.so
await "answers:" 2
says "users_json 1.1.0 answers: thread 1: 16 users, thread 2: 16 users" "the newer build answers"
says "the old build is unloaded" "and the old one is gone:"
show_mapping
if [ "$(wc -l <out)" -eq 1 ] && grep -qF " $(stat -c %i plugins/users_json.so) " out && ! grep -qF "(deleted)" out; then
    good "mapped is the new file, and nothing else"
else
    bad "another file is mapped"
fi
rm -f canary.ran

tell "The server goes on, and the next builds are broken: one is cut short, in one a struct changed"
replace half.so
await "answers:" 3
says "[elf-truncated]" "refused, with the report of before"
says "users_json 1.1.0 answers: thread 1: 16 users, thread 2: 16 users" "the build that is there goes on"
replace users_changed.so
await "answers:" 4
says "member 'flags'" "refused, with the member named"
says "users_json 1.1.0 answers: thread 1: 16 users, thread 2: 16 users" "the build that is there goes on"
silent_canary users_changed.so
echo "   (the server's standard input ends)"
exec 3>&-
status=0
wait "$server" || status=$?
server=
tail -n "+$((shown + 1))" serve.out >out
show
says " queries, 0 failed" "no query failed"
[ "$status" -eq 0 ] || bad "exit status $status, expected 0"
unset PLUGMGR_PATH

if [ "$failures" -eq 0 ]; then
    printf '\n%sAll %d steps went as told.%s\n' "$bold" "$step" "$end"
else
    printf '\n%s%d things did not go as told.%s\n' "$red" "$failures" "$end"
fi
[ "$failures" -eq 0 ]
