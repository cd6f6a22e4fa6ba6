# SPDX-License-Identifier: MIT
# Where libraries are found, beside the dynamic linker's own answer: for the executables and libraries of this machine, and
# for what is built here. The small scenes are in check_resolve.c.
# shellcheck shell=sh disable=SC2016,SC2154
. "$top_srcdir/tests/tap.sh"

closure=$top_builddir/tests/closure
ldso=$("$closure" --interpreter)
unset LD_LIBRARY_PATH LD_PRELOAD
cd "$work" || exit 99

# What ld.so lists for $1: the paths, or "NAME not found"; without itself and the vDSO. It fails if ld.so does.
ask() {
    "$ldso" --list "$1" >listing 2>&1 || return 1
    sed -n -e '/statically linked/d' -e '/^\tlinux-\(vdso\|gate\)/d' \
        -e 's/^\t\(.*\) => not found$/\1 not found/p;t' \
        -e 's/^\t.* => \(.*\) (0x[0-9a-f]*)$/\1/p;t' -e 's/^\t\(.*\) (0x[0-9a-f]*)$/\1/p' listing |
        grep -v '\(^\|/\)ld[^/]*\.so[^/]*$' | sort -u
}

# The same, as the library finds them: $1 is a file with one block of the program's output, without its first line.
found() {
    sed '1d;/^$/d' "$1" | grep -v '\(^\|/\)ld[^/]*\.so[^/]*\( not found\)*$' | sort -u
}

# compare FILE BLOCK: whether both say the same; else it is told in $work/differences.
compare() {
    if ! ask "$1" >theirs; then
        # What ld.so does not load, the library must not call sound; a library for a newer C library is no matter of files.
        grep -q ' unreadable$\| not found$' "$2" || grep -q 'version .* not found\|ISA level' listing ||
            { echo "$1: ld.so fails: $(cat listing)"; return 1; }
        return 0
    fi
    found "$2" >ours
    cmp -s theirs ours || { echo "$1 (-: ld.so, +: plugmgr)"; diff -u theirs ours | sed 1,2d; return 1; }
}

# ---- the machine's own ----

# Real files; the test is about which files are named, so several hundred are enough.
for directory in /usr/bin /usr/sbin /usr/libexec /usr/lib /bin /lib /usr/local /opt; do
    [ -d "$directory" ] && find "$directory" -xdev -type f \( -perm -100 -o -name '*.so' -o -name '*.so.*' \) -print 2>/dev/null
done | grep -v '\(^\|/\)ld[^/]*\.so[^/]*$' | sort -u >candidates
: >files
xargs -d '\n' "$closure" <candidates >answers
awk '/^$/ { open = 0; next } !open { print; open = 1 }' answers >files
total=$(wc -l <files)
step=$(((total + 449) / 450))
awk -v step="$step" '(NR - 1) % step == 0' files >chosen
xargs -d '\n' "$closure" <chosen >answers
mkdir blocks && awk -v RS= '{ print >("blocks/" NR); close("blocks/" NR) }' answers
: >differences
count=0
while read -r file; do
    count=$((count + 1))
    compare "$file" "blocks/$count" >>differences || :
done <chosen
if [ "$count" -lt 300 ]; then
    skip "$count files of this machine have the libraries that ld.so lists" 'fewer than 300 dynamic files are installed'
else
    [ ! -s differences ]
    ok $? "$count files of this machine have the libraries that ld.so lists" differences
fi

# ---- a private ld.so.cache ----

PATH=$PATH:/sbin:/usr/sbin
# library FILE FLAG...: its soname is its file name
library() {
    file=$1
    shift
    mkdir -p "$(dirname "$file")"
    $CC -shared -nostdlib -x c /dev/null -x none -Wl,--no-as-needed,--build-id=sha1 -o "$file" \
        -Wl,-soname,"$(basename "$file")" "$@" >log 2>&1 || { cat log >&2; exit 99; }
}
for name in x86-64-v2 x86-64-v3 x86-64-v4 z13 z14 z15 power9 power10; do
    library "cached/glibc-hwcaps/$name/libcached.so.1"
done
library cached/libcached.so.1
library cached/libplain.so.1
library needs.so cached/libcached.so.1 cached/libplain.so.1
echo "$work/cached" >conf
if command -v ldconfig >/dev/null && ldconfig -X -f "$work/conf" -C "$work/cache" >log 2>&1; then
    CACHE=$work/cache "$closure" "$work/needs.so" >block
    LD_LIBRARY_PATH=$work/cached
    export LD_LIBRARY_PATH
    ask "$work/needs.so" >theirs
    unset LD_LIBRARY_PATH
    found block >ours
    diff -u theirs ours >differences
    ok $? 'ld.so.cache names the library for this processor that ld.so takes from its directory' differences
    grep -qxF "$work/cached/libplain.so.1" ours
    ok $? 'and the one that is for all'
else
    skip 'ld.so.cache names the library for this processor that ld.so takes from its directory' 'no ldconfig'
    skip 'and the one that is for all' 'no ldconfig'
fi

# ---- the environment ----

library env/libenv.so.1
library env.so env/libenv.so.1
LD_LIBRARY_PATH=$work/env
export LD_LIBRARY_PATH
check 'LD_LIBRARY_PATH counts' 0 "$closure" "$work/env.so"
contains 'and finds' "$work/env/libenv.so.1"
check 'as the process began with it, not as it left it' 0 "$closure" --process "$work/env.so"
contains 'and finds' "$work/env/libenv.so.1"
# A process that got privileges by its file does without it.
if [ "$(id -u)" -eq 0 ] && id nobody >/dev/null 2>&1 && [ -z "$SANITIZE_FLAGS" ]; then
    chmod 711 "$work"
    cp "$closure" privileged && chown nobody privileged && chmod 4755 privileged
    check 'but not with raised privileges' 0 ./privileged "$work/env.so"
    if grep -q '^libenv.so.1 not found' "$work/out" || findmnt -T "$work" -O nosuid >/dev/null 2>&1; then
        ok 0 'there it finds nothing'
    else
        ok 1 'there it finds nothing' "$work/out"
    fi
    chmod 700 "$work"
else
    skip 'but not with raised privileges' 'only root can make such a program; not with sanitizers'
    skip 'there it finds nothing' 'the same'
fi
unset LD_LIBRARY_PATH
LATER=$work/env
export LATER
check 'nor as it set it since' 0 "$closure" --process "$work/env.so"
contains 'and finds nothing' 'libenv.so.1 not found'
unset LATER

# ---- how it was found ----

library paths/liba.so.1
library sources.so paths/liba.so.1 -lc "-Wl,--enable-new-dtags,-rpath,$work/paths"
check 'how a library was found is told' 0 "$closure" --sources "$work/sources.so"
contains 'by a path' "path $work/paths/liba.so.1"
contains 'or by the search that is the same for all' 'search /'

# ---- another root file system ----

cat >plug.c <<'E'
#define PLUGMGR_WITHOUT_PLUGPIN
#include <plugmgr/plugin.h>
struct greeter {
    int (*greet)(void);
};
PLUGMGR_INTERFACE(greeter, struct greeter, 1, 0);
PLUGMGR_PLUGIN("plug", "1.0");
static int greet(void)
{
    return 1;
}
PLUGMGR_PROVIDE(greeter, plug) = {.greet = greet};
E
# plugin FILE FLAG...: a plugin that needs no C library
plugin() {
    plugin_file=$1
    shift
    mkdir -p "$(dirname "$plugin_file")"
    $CC -shared -fPIC -nostdlib -fno-stack-protector -I"$top_srcdir/lib" -Wl,--no-as-needed -o "$plugin_file" plug.c "$@" \
        >log 2>&1 || { cat log >&2; exit 99; }
}
runpath() { printf %s "-Wl,--enable-new-dtags,-rpath,$1"; }
judge() { "$PLUGCHECK" --policy=version --verbose "$@"; }

library root/opt/inner/libinner.so.1
library outside/liboutside.so.1
plugin plug.so root/opt/inner/libinner.so.1 "$(runpath /opt/inner)"
check 'an absolute RUNPATH is one in the root' 0 judge --root root plug.so
check 'without the root it is not' 1 judge plug.so
contains 'but here' '/opt/inner/libinner.so.1'

plugin linked.so root/opt/inner/libinner.so.1 "$(runpath /opt/link)"
ln -s /opt/inner root/opt/link
check 'an absolute link is followed in the root' 0 judge --root root linked.so
rm root/opt/link
ln -s "$work/outside" root/opt/link
plugin escaping.so outside/liboutside.so.1 "$(runpath "/opt/link:/../outside:/opt/../../../..$work/outside")"
check 'no link and no path leads out of it' 1 judge --root root escaping.so
contains 'the library outside is missing' 'library-missing'

library stub/libdefault.so.1
plugin default.so stub/libdefault.so.1
check 'what is in no directory is missing' 1 judge --root root default.so
contains 'that there is no cache is told' 'there is no ld.so.cache'
library root/usr/lib/libdefault.so.1
check 'the default directories of the root' 0 judge --root root default.so
rm root/usr/lib/libdefault.so.1
LD_LIBRARY_PATH=$work/stub:/stub
export LD_LIBRARY_PATH
library root/stub/libdefault.so.1
check 'LD_LIBRARY_PATH is of this system' 1 judge --root root default.so
unset LD_LIBRARY_PATH
rm -r root/stub

library root/srv/libdefault.so.1
mkdir -p root/etc
echo /srv >root/etc/ld.so.conf
if command -v ldconfig >/dev/null && ldconfig -r "$work/root" >log 2>&1; then
    check 'its ld.so.cache' 0 judge --root root default.so
    lacks 'which is sound' linker-cache
else
    skip 'its ld.so.cache' 'ldconfig -r needs more rights'
    skip 'which is sound' 'ldconfig -r needs more rights'
fi
echo damaged >root/etc/ld.so.cache
check 'a damaged ld.so.cache' 1 judge --root root default.so
contains 'is told' 'linker-cache'
contains 'beside the library that it does not name' 'library-missing'
rm root/etc/ld.so.cache
mkfifo root/etc/ld.so.cache
check 'a FIFO in its place is not waited for' 1 judge --root root default.so
contains 'and told' 'not a regular file'
rm root/etc/ld.so.cache

plugin root/plugins/own.so stub/libdefault.so.1 "$(runpath '$ORIGIN/lib')"
library root/plugins/lib/libdefault.so.1
check '$ORIGIN of a plugin in the root' 0 judge --root root root/plugins/own.so
cp root/plugins/own.so own.so
check '$ORIGIN of one elsewhere is the same path in the root' 1 judge --root root own.so
mkdir -p "root$work/lib"
cp root/plugins/lib/libdefault.so.1 "root$work/lib"
check 'where it may be' 0 judge --root root own.so

check 'a root that is absent' 3 judge --root absent plug.so
contains 'is told' 'plugcheck: --root: absent: No such file or directory'
check 'a root that is a file' 3 judge --root plug.so plug.so
contains 'is told' 'not a directory'
check '--root goes not with --describe' 2 "$PLUGCHECK" --root root --describe plug.so

# ---- another machine ----

for machine in aarch64-linux-gnu s390x-linux-gnu; do
    tree=/usr/$machine
    if ! command -v "$machine-gcc" >/dev/null || ! [ -e "$tree/lib/libc.so.6" ]; then
        skip "a plugin for $machine with its libraries" "no $machine-gcc"
        skip 'one of them is missing in an empty root' "no $machine-gcc"
        continue
    fi
    "$machine-gcc" -shared -fPIC -I"$top_srcdir/lib" -o foreign.so plug.c -Wl,--no-as-needed -lm
    check "a plugin for $machine with its libraries" 0 judge --root "$tree" foreign.so
    mkdir -p empty
    check 'one of them is missing in an empty root' 1 judge --root empty foreign.so
done

done_testing
