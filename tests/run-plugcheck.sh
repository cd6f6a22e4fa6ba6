#!/bin/sh
# SPDX-License-Identifier: MIT
# run-plugcheck.sh: plugcheck as its user sees it: text, JSON, exit status, hostile files, the system's libraries.
# shellcheck disable=SC2154 # set by make
. "$top_srcdir/tests/tap.sh"
LC_ALL=C
export LC_ALL
unset NO_COLOR
cd "$work" || exit 99
for mock in good major minor_older minor_lowest minor_newer unpinned nothing two with_library library_other life; do
    cp "$top_builddir/tests/mock/$mock.so" .
done
cp library_other.so libmocklibrary.so
cp "$top_builddir/tests/check_manager" host
cp "$top_builddir/plugins/users/userhost" "$top_builddir/plugins/users/users_json.so" .

# A build-ID is another in each build, and a fingerprint another on each machine.
same_ids() {
    sed -E -i 's/[0-9a-f]{64}/ID/g; s/[0-9a-f]{40}/BUILD-ID/g; s/libc\.so\.[0-9]+/libc.so/' out
}

# ---- text and status ----

check "a plugin that fits is accepted" 0 "$PLUGCHECK" --host host good.so
golden "and told in one line" <<'END'
good.so: mock 0.1: accepted by mockhost 3.2.1
END
check "without a host it is asked whether it would load here" 0 "$PLUGCHECK" good.so
golden "and told in one line" <<'END'
good.so: mock 0.1: accepted
END
check "another major is refused" 1 "$PLUGCHECK" --host host major.so
golden "with both versions and what to do" <<'END'
major.so: refused by mockhost 3.2.1: 1 problem

  interface mock: built against 2.0, the host has 1.2                       [interface-major]
    fix: rebuild the plugin against the interface mock of mockhost 3.2.1
END
check "two files for one host, one refused" 1 "$PLUGCHECK" --host host good.so minor_older.so
golden "are in a table, with the reasons below" <<'END'
                mockhost 3.2.1
good.so         accepted
minor_older.so  interface-minor

minor_older.so: refused by mockhost 3.2.1: 1 problem

  interface mock: built against 1.0, the host needs at least 1.1            [interface-minor]
    fix: rebuild the plugin against the interface mock of mockhost 3.2.1

2 plugins: 1 accepted, 1 refused
END
check "two hosts for one file" 1 "$PLUGCHECK" --host host --host userhost good.so
golden "are in a table, with the reasons below" <<'END'
         mockhost 3.2.1  userhost 1.0.0
good.so  accepted        interface-none

good.so: refused by userhost 1.0.0: 1 problem

  plugin: it provides no interface that the host accepts                    [interface-none]
      provides  mock 1.2
      accepts   user_manager 1.1
    fix: give it to a host that accepts what it provides, not to userhost 1.0.0

1 plugin, 2 hosts: 1 refused by some
END
check "another build of a required library is refused" 1 "$PLUGCHECK" --host host with_library.so
same_ids
sed -i "s#$work#DIR#" out
golden "with both build-IDs and where the found one lies" <<'END'
with_library.so: refused by mockhost 3.2.1: 1 problem

  pin libmocklibrary.so: another build is installed, and the plugin requires its own  [pin-build-id]
      pinned  BUILD-ID  library.so
      found   BUILD-ID  DIR/libmocklibrary.so
    fix: install the pinned build, or rebuild the plugin against this one
END
check "the policy version asks for numbers alone" 0 "$PLUGCHECK" --policy=version --host host with_library.so
contains "and warns of the required build" "warning: pin libmocklibrary.so"
check "what was built without plugpin is refused" 1 "$PLUGCHECK" --host host unpinned.so
contains "with its code" "[interface-unfingerprinted]"
check "but by the policy version" 0 "$PLUGCHECK" --policy=version --host host unpinned.so
check "a wanted interface that is there" 0 "$PLUGCHECK" --interface=mock --host host good.so
check "a wanted interface that is not there" 1 "$PLUGCHECK" --interface=greeter --host host good.so
contains "with its code" "[interface-wanted]"
check "a host as a plugin is refused" 1 "$PLUGCHECK" userhost
contains "and told" "it is a host, not a plugin"
check "a plugin as a host is refused" 1 "$PLUGCHECK" --host good.so good.so
contains "and told" "it is a plugin, not a host"
check "an absent file is unreadable" 3 "$PLUGCHECK" absent.so
contains "with its code" "[file-absent]"
check "an absent host is unreadable" 3 "$PLUGCHECK" --host absent good.so
check "unreadable wins over refused" 3 "$PLUGCHECK" --host host major.so absent.so good.so
mkfifo fifo
check "a FIFO is unreadable, and not waited for" 3 timeout 10 "$PLUGCHECK" fifo
chmod 775 life.so
check "a file that its group may write would not load by its path" 1 "$PLUGCHECK" --mode=path --host host life.so
contains "and told" "[mode-unavailable]"
check "but from a sealed copy" 0 "$PLUGCHECK" --verbose --host host life.so
contains "and why" "warning: loading: from a sealed copy in memory: "
contains "namely" "life.so may be written by its group"
check "of its own, it would load by its path" 0 "$PLUGCHECK" --verbose --host host good.so
contains "as told" "note: loading: by its path: nobody but root and the user who loads it may change it"
check "unless a copy is wanted" 0 "$PLUGCHECK" --verbose --mode=sealed --host host good.so
contains "as the host would" "note: loading: from a sealed copy in memory: the host wants it so"
check "a mode that there is not is wrong usage" 2 "$PLUGCHECK" --mode=soft good.so

# ---- options ----

check "--quiet tells by the status" 1 "$PLUGCHECK" --quiet --host host good.so major.so
ok "$([ ! -s out ]; echo $?)" "and prints nothing" out
check "--color=always" 1 "$PLUGCHECK" --color=always --host host major.so
escape=$(printf '\033')
contains "colours" "${escape}["
sed -i "s/$escape\[[0-9;]*m//g" out
cp out stripped
check "--color=never" 1 "$PLUGCHECK" --color=never --host host major.so
ok "$(cmp -s out stripped; echo $?)" "has the same text" out
check "in a pipe" 1 "$PLUGCHECK" --host host major.so
lacks "there is no colour" "$escape"
check "--color=auto in a pipe" 1 env TERM=xterm "$PLUGCHECK" --color=auto --host host major.so
lacks "has none either" "$escape"
if script -qec true /dev/null >/dev/null 2>&1; then
    check "on a terminal" 0 env TERM=xterm script -qec "'$PLUGCHECK' good.so" /dev/null
    contains "there is colour" "${escape}["
    check "on a terminal with NO_COLOR" 0 env TERM=xterm NO_COLOR=1 script -qec "'$PLUGCHECK' good.so" /dev/null
    lacks "there is none" "$escape"
    check "on a terminal with an empty NO_COLOR" 0 env TERM=xterm NO_COLOR= script -qec "'$PLUGCHECK' good.so" /dev/null
    contains "there is colour" "${escape}["
    check "on a dumb terminal" 0 env TERM=dumb script -qec "'$PLUGCHECK' good.so" /dev/null
    lacks "there is none" "$escape"
else
    skip "colour on a terminal" "script(1) is not installed"
fi
check "--color=always with NO_COLOR" 0 env NO_COLOR=1 "$PLUGCHECK" --color=always good.so
contains "colours: who asks for it gets it" "${escape}["
for usage in "" "--bogus good.so" "--policy=lax good.so" "--color=blue good.so" "--host" "--describe --host host good.so" \
    "--describe --beside good.so good.so" "--diff" "--diff good.so" "--diff good.so good.so good.so" \
    "--diff --host host good.so good.so" "--diff --beside good.so good.so good.so" \
    "--diff --interface=mock good.so good.so" "--diff --describe good.so good.so" "--describe --diff good.so good.so" \
    "--beside" "--search" "--describe --search=. good.so" "--diff --search=. good.so good.so"; do
    # shellcheck disable=SC2086 # the words of a command line
    check "wrong usage: plugcheck $usage" 2 "$PLUGCHECK" $usage
    contains "is told with where to look" "plugcheck --help"
done
check "--help" 0 "$PLUGCHECK" --help
contains "shows the statuses" "Exit status:"
check "--version" 0 "$PLUGCHECK" --version
# shellcheck disable=SC2016 # for the shell that runs it
check "a full device is told" 3 sh -c '"$1" good.so >/dev/full' sh "$PLUGCHECK"
contains "as such" "standard output"
# shellcheck disable=SC2016
check "a closed output is told" 3 sh -c '"$1" good.so >&-' sh "$PLUGCHECK"
contains "as such" "standard output"
for option in --help --version --json "--describe --json"; do
    # shellcheck disable=SC2016,SC2086 # for the shell that runs it; the words of a command line
    check "$option: a full device is told" 3 sh -c '"$@" good.so >/dev/full' sh "$PLUGCHECK" $option
    contains "as such" "standard output"
    lacks "and as nothing else" "out of memory"
done
# More than any buffer holds: then it fails while it is printed, not at the end.
# shellcheck disable=SC2016,SC2046
check "much output for a full device is told" 3 sh -c '"$@" >/dev/full' sh "$PLUGCHECK" --json $(yes major.so | head -n 200)
contains "as such" "standard output"
lacks "and as nothing else" "out of memory"
# shellcheck disable=SC2016
check "what prints nothing needs no output" 0 sh -c '"$1" --quiet good.so >&-' sh "$PLUGCHECK"
# shellcheck disable=SC2016
check "nor an input" 0 sh -c '"$1" --host host good.so <&-' sh "$PLUGCHECK"

# ---- descriptions and JSON ----

check "--describe of a plugin and a host" 0 "$PLUGCHECK" --describe good.so userhost
sed -i '/^  needs/,/^$/d; /^  machine/d; /^             /d' out
same_ids
golden "says what they declare" <<'END'
good.so: plugin mock 0.1
  build-ID    BUILD-ID
  provides    mock 1.2, instance first
  fingerprint mock 1.2, SHA-256 ID
userhost: host userhost 1.0.0
  build-ID    BUILD-ID
  offers      user_rules 1.0
  accepts     user_manager 1.1, from 1.0 on
  fingerprint user_manager 1.1, SHA-256 ID
  fingerprint user_rules 1.0, SHA-256 ID
END
check "--describe --verbose" 0 "$PLUGCHECK" --describe --verbose good.so
contains "shows the texts" "      root struct mock"
contains "indented" "      m 0 answer *fn(i32;)"

# Functions that are called by their own names.
cat >typed.h <<'END'
#include <plugmgr/interface.h>
PLUGMGR_FUNCTION(adder, int(int, int), 1, 0);
END
cat >typed.c <<'END'
#include <plugmgr/plugin.h>
#include "typed.h"
PLUGMGR_PLUGIN("typed", "1.0");
PLUGMGR_IMPORT(adder, host_adds);
PLUGMGR_EXPORT(adder, plugin_adds);
int plugin_adds(int a, int b)
{
    return host_adds(a, b);
}
END
# build NAME [FLAG…]: NAME.so from NAME.c, as a plugin's author would.
build() {
    build_name=$1
    shift
    # shellcheck disable=SC2016 # for the shell that runs it
    check "$build_name.so is built" 0 sh -ec '$CC $SANITIZE_FLAGS -g -fPIC -I"$top_srcdir/lib" "$@" -c -o $0.o $0.c
        "$PLUGPIN" -o $0.pins.o $0.o
        $CC $SANITIZE_FLAGS -shared -Wl,--build-id -o $0.so $0.o $0.pins.o' "$build_name" "$@"
}
build typed
check "--describe of typed symbols" 0 "$PLUGCHECK" --describe typed.so
sed -i '/^  needs/,/^$/d; /^  machine/d; /^             /d' out
same_ids
golden "names them" <<'END'
typed.so: plugin typed 1.0
  build-ID    BUILD-ID
  provides    adder 1.0, symbol plugin_adds
  requires    adder 1.0, from 1.0 on, bound by the dynamic linker, symbol host_adds
  fingerprint adder 1.0, SHA-256 ID
END
# What a plugin hands over to its next build: by a number, and by a type.
cat >state.c <<'END'
#include <plugmgr/plugin.h>
PLUGMGR_PLUGIN("state", "1.0");
static int save(const struct plugmgr_context *context, struct plugmgr_state *state)
{
    return state->write(state, context, 0);
}
static int restore(const struct plugmgr_context *context, const void *bytes, size_t size)
{
    return context == NULL || bytes == NULL || size > 0;
}
#ifdef NUMBER
PLUGMGR_STATE(NUMBER, save, restore);
#else
struct tally {
    TYPE calls;
};
PLUGMGR_INTERFACE(tally, struct tally, 1, 2);
PLUGMGR_STATE_OF(tally, save, restore);
#endif
END
for flag in NUMBER=3 NUMBER=4 TYPE=int TYPE=long; do
    build state -D$flag
    mv state.so state-${flag#*=}.so
done
check "--describe of a state" 0 "$PLUGCHECK" --describe state-3.so state-int.so
sed -i '/^$/d; /^  needs/d; /^  machine/d; /^             /d' out
same_ids
golden "tells its version, or its type" <<'END'
state-3.so: plugin state 1.0
  build-ID    BUILD-ID
  state       version 3
state-int.so: plugin state 1.0
  build-ID    BUILD-ID
  state       tally 1.2
  fingerprint tally 1.2, SHA-256 ID
END
check "--diff with another state" 0 "$PLUGCHECK" --policy=exact --diff state-3.so state-4.so
golden "tells that it is not handed over, and accepts" <<'END'
state-3.so -> state-4.so: identical
  no interfaces
  state: not handed over by a reload: the running build has version 3, the new one version 4
END
check "--diff with the same state" 0 "$PLUGCHECK" --diff state-int.so state-int.so
contains "tells that it is handed over" "  state: handed over by a reload"
check "--diff with a state of another structure" 0 "$PLUGCHECK" --diff state-int.so state-long.so
contains "tells what differs" "      member 'calls' changed from i32 to i64"
check "--diff with a plugin without a state" 1 "$PLUGCHECK" --diff state-int.so typed.so
contains "tells that it is lost" "the running build has tally 1.2, the new one declares none"
check "--diff of plugins without a state" 0 "$PLUGCHECK" --diff typed.so typed.so
lacks "tells nothing of it" "state"
if command -v jq >/dev/null; then
    check "--describe --json of a state" 0 "$PLUGCHECK" --describe --json state-3.so state-int.so typed.so
    ok "$(jq -e '.modules[0].state == {"interface": null, "version": "3"} and .modules[2].state == null and
        .modules[1].state == {"interface": "tally", "version": "1.2"}' out >/dev/null; echo $?)" "has it" out
    check "--diff --json of a state" 0 "$PLUGCHECK" --diff --json state-int.so state-long.so
    ok "$(jq -e '.diffs[0] | .result == "identical" and .interfaces == [] and .state.handed_over == false and
        (.state.changes[0] | startswith("member \u0027calls\u0027 changed from i32 to i64"))' out >/dev/null; echo $?)" "has it" out
fi
if command -v jq >/dev/null; then
    fields='.schema == 1 and .policy == "compatible" and (.verdicts | length == 3) and all(.verdicts[];
        (.file | type == "string") and (.accepted | type == "boolean") and (.host == "mockhost 3.2.1") and
        has("plugin") and (.findings | type == "array") and all(.findings[];
            (.code | test("^[a-z-]+$")) and (.severity | IN("refusal", "warning", "note")) and
            (.subject | type == "string") and (.text | type == "string") and has("have") and has("want") and
            has("remedy")))'
    check "--json of three verdicts" 1 "$PLUGCHECK" --json --host host good.so major.so with_library.so
    cp out verdicts.json
    ok "$(jq -e "$fields" verdicts.json >/dev/null; echo $?)" "has the fields of its schema" verdicts.json
    for plugin in good.so major.so with_library.so; do
        "$PLUGCHECK" --verbose --host host $plugin
    done >out 2>&1
    sed -n 's/.*\[\([a-z-]*\)\]$/\1/p' out >codes.text
    jq -r '.verdicts[].findings[].code' verdicts.json >codes.json
    ok "$([ -s codes.json ] && cmp -s codes.text codes.json; echo $?)" "tells the same in the same order" codes.text
    check "--describe --json" 0 "$PLUGCHECK" --describe --json with_library.so userhost
    ok "$(jq -e '.modules[0].pins[0].required and .modules[0].provides[0].version == "1.2" and
        .modules[1].role == "host" and .modules[1].accepts[0].min == "1.0" and
        (.modules[0].fingerprints[0] | .interface == "mock" and .version == "1.2" and (.id | length == 64) and
            (.text | startswith("plugmgr-abi 1\nroot struct mock\n") and endswith("\n")))' out >/dev/null; echo $?)" "has the facts" out
    bad=$(printf 'a\033[31m\n\377\342\200\256.so')
    cp major.so "$bad"
    check "a hostile name in JSON" 1 "$PLUGCHECK" --json --host host "$bad"
    ok "$(jq -e '.verdicts[0].file == "a\\x1b[31m\\x0a\\xff\\xe2\\x80\\xae.so"' out >/dev/null; echo $?)" "is escaped" out
else
    skip "JSON" "jq is not installed"
    bad=$(printf 'a\033[31m\n\377\342\200\256.so')
    cp major.so "$bad"
fi
check "a hostile name in text" 1 "$PLUGCHECK" --host host "$bad"
# shellcheck disable=SC1003 # backslashes as they are
contains "is escaped" 'a\x1b[31m\x0a\xff\xe2\x80\xae.so: refused'

# ---- every verdict, as text and as JSON ----

for mock in answer_50 empty_table hidden_table with_library_other; do
    cp "$top_builddir/tests/mock/$mock.so" .
done
# Pinned, and not required: what plugpin records of a library that it is told to.
# shellcheck disable=SC2086,SC2016 # lists of flags; $ORIGIN is for the dynamic linker
{
    check "a plugin that records a library is compiled" 0 $CC $SANITIZE_FLAGS -g -fPIC -fvisibility=hidden -DWITH_LIBRARY \
        -I"$top_srcdir/lib" -c -o recorded.o "$top_srcdir/tests/mock/plugin.c"
    check "and pinned" 0 env CC="$CC" "$PLUGPIN" --record='*' -o recorded.pins.o recorded.o -- "$top_builddir/tests/mock/library.so"
    check "and linked" 0 $CC $SANITIZE_FLAGS -shared -Wl,--no-as-needed -Wl,-rpath,'$ORIGIN' -Wl,--enable-new-dtags \
        -o recorded.so recorded.o recorded.pins.o "$top_builddir/tests/mock/library.so"
}
check "another build of a recorded library is a warning" 0 "$PLUGCHECK" --host host recorded.so
contains "which the first line counts" "recorded.so: mock 0.1: accepted by mockhost 3.2.1: 1 warning"
contains "and shows" "warning: pin libmocklibrary.so: another build is installed than the plugin was linked with"
check "the policy exact refuses it" 1 "$PLUGCHECK" --policy=exact --host host recorded.so
contains "with the same code" "[pin-build-id]"
check "the policy version takes it" 0 "$PLUGCHECK" --policy=version --host host recorded.so
lacks "and says nothing" "pin"
check "but a note" 0 "$PLUGCHECK" --policy=version --verbose --host host recorded.so
contains "with --verbose" "note: pin libmocklibrary.so"
contains "which the first line counts" "accepted by mockhost 3.2.1: 2 notes"
check "the policy exact asks for equal minor versions" 1 "$PLUGCHECK" --policy=exact --host host minor_newer.so
contains "with its code" "[interface-version]"

# ---- differences ----

check "--diff of a plugin with itself" 0 "$PLUGCHECK" --diff good.so good.so
golden "is identical" <<'END'
good.so -> good.so: identical
  interface mock 1.2: identical
END
check "--diff with two instances of one interface" 0 "$PLUGCHECK" --diff good.so two.so
contains "names it once" "interface mock 1.2: identical"
check "--diff with a new minor of the same structure" 0 "$PLUGCHECK" --diff good.so minor_newer.so
golden "is compatible" <<'END'
good.so -> minor_newer.so: compatible
  interface mock 1.2 -> 1.9: compatible
END
check "the policy exact refuses it" 1 "$PLUGCHECK" --policy=exact --diff good.so minor_newer.so
golden "and says so" <<'END'
good.so -> minor_newer.so: compatible, refused by the policy exact
  interface mock 1.2 -> 1.9: compatible
END
check "--diff with another major" 1 "$PLUGCHECK" --diff good.so major.so
golden "is different" <<'END'
good.so -> major.so: different
  interface mock 1.2 -> 2.0: different
      another major version
END
check "--diff with another interface" 1 "$PLUGCHECK" --diff good.so nothing.so
golden "is different" <<'END'
good.so -> nothing.so: different
  interface mock 1.2: removed
  interface other 1.0: added
END
check "--diff with what was built without plugpin" 1 "$PLUGCHECK" --diff good.so unpinned.so
golden "tells which file lacks the fingerprint" <<'END'
good.so -> unpinned.so: different
  interface mock 1.2: unfingerprinted
      the second file has no fingerprint of it
END
check "the policy version takes it" 0 "$PLUGCHECK" --policy=version --diff good.so unpinned.so
contains "and says so" "good.so -> unpinned.so: different, accepted by the policy version"
check "--diff of a host and a plugin" 0 "$PLUGCHECK" --diff host minor_lowest.so
golden "compares what they share" <<'END'
host -> minor_lowest.so: compatible
  interface mock 1.2 -> 1.1: compatible
END
check "--diff of a plugin and a host" 0 "$PLUGCHECK" --diff good.so host
contains "compares the same" "interface mock 1.2: identical"
check "--diff of a host and a plugin that is too old" 1 "$PLUGCHECK" --diff host minor_older.so
golden "is different" <<'END'
host -> minor_older.so: different
  interface mock 1.2 -> 1.0: different
      at least 1.1 is needed
END
check "--diff of a host and a plugin that share nothing" 1 "$PLUGCHECK" --diff host nothing.so
golden "is different" <<'END'
host -> nothing.so: different
  nothing that one provides and the other takes
END
check "--diff of two hosts" 1 "$PLUGCHECK" --diff host userhost
contains "compares what they accept" "host -> userhost: different"
contains "names what is gone" "  interface mock 1.2: removed"
contains "names what is new" "  interface user_manager 1.1: added"

cat >old.abi <<'END'
# a lock file, as plugpin --dump prints it
interface user_manager 1.0
plugmgr-abi 1
root struct user_manager
m 0 add *fn(i32;*struct user_db,*struct user)
struct user_db opaque
struct user 24
 0 name *const i8
 8 mail *const i8
 16 id u32
m 8 find *fn(i32;*const i8)
end 16

interface host_log 1.0
plugmgr-abi 1
root struct host_log
m 0 write *fn(void;*const i8)
end 8
END
sed 's/user_manager 1.0/user_manager 1.1/; s/^end 16/m 16 count *fn(u64;)\nend 24/' old.abi >new.abi
sed 's/user_manager 1.0/user_manager 1.1/; s/fn(i32;\*const/fn(u64;*const/' old.abi >changed.abi
check "--diff of lock files" 0 "$PLUGCHECK" --diff old.abi new.abi
golden "tells what is new" <<'END'
old.abi -> new.abi: compatible
  interface user_manager 1.0 -> 1.1: compatible
      method count appended
  interface host_log 1.0: identical
END
check "--diff of a lock file and a changed one" 1 "$PLUGCHECK" --diff old.abi changed.abi
golden "tells what changed" <<'END'
old.abi -> changed.abi: different
  interface user_manager 1.0 -> 1.1: different
      method find: return type changed from i32 to u64
  interface host_log 1.0: identical
END
check "the policy version looks at its numbers" 0 "$PLUGCHECK" --policy=version --diff old.abi changed.abi
check "--quiet --diff tells by the status" 1 "$PLUGCHECK" --quiet --diff old.abi changed.abi
ok "$([ ! -s out ]; echo $?)" "and prints nothing" out
check "--diff --color=always" 1 "$PLUGCHECK" --color=always --diff old.abi changed.abi
contains "colours" "${escape}[1;31mdifferent"
sed -i "s/$escape\[[0-9;]*m//g" out
cp out stripped
check "--diff --color=never" 1 "$PLUGCHECK" --color=never --diff old.abi changed.abi
ok "$(cmp -s out stripped; echo $?)" "has the same text" out
check "--describe of a lock file" 0 "$PLUGCHECK" --describe old.abi
cp out lock.txt
same_ids
golden "shows its fingerprints" <<'END'
old.abi: lock file
  fingerprint user_manager 1.0, SHA-256 ID
  fingerprint host_log 1.0, SHA-256 ID
END
if command -v sha256sum >/dev/null; then
    sed -n '/^plugmgr-abi/,/^end/p' old.abi | sed '/^end/q' >text
    ok "$(grep -qF "$(sha256sum <text | cut -d ' ' -f 1)" lock.txt; echo $?)" "by the SHA-256 of their texts" lock.txt
else
    skip "the SHA-256 of a text" "sha256sum is not installed"
fi
# shellcheck disable=SC2016 # for the shell that runs it
check "a lock file of a plugin" 0 sh -c '"$PLUGPIN" --dump typed.o >typed.abi'
check "--diff of it and the plugin" 0 "$PLUGCHECK" --policy=exact --diff typed.abi typed.so
check "--diff of the plugin and it" 0 "$PLUGCHECK" --policy=exact --diff typed.so typed.abi
contains "is identical" "typed.so -> typed.abi: identical"

# members COUNT NAME: a lock file of one interface with so many methods, each with a struct that has a member of the name.
members() {
    echo 'interface many 1.0'
    echo 'plugmgr-abi 1'
    echo 'root struct many'
    seq 0 $(($1 - 1)) | while read -r i; do
        printf 'm %s method_%s *fn(i32;*struct s_%s)\nstruct s_%s 4\n 0 %s_%s i32\n' $((8 * i)) "$i" "$i" "$i" "$2" "$i"
    done
    echo "end $((8 * $1))"
}
for count in 20 21 22; do
    members $count old >many.abi
    members $count new >more.abi
    check "--diff with $count changes" 1 "$PLUGCHECK" --diff many.abi more.abi
    cp out "changes_$count"
done
ok "$([ "$(wc -l <changes_20)" -eq 22 ] && [ "$(wc -l <changes_21)" -eq 23 ]; echo $?)" "shows 20 of them" changes_21
ok "$(grep -q '^      and 1 change more (--verbose shows all)$' changes_21; echo $?)" "and that there is one more" changes_21
ok "$(grep -q '^      and 2 changes more (--verbose shows all)$' changes_22; echo $?)" "or how many" changes_22
check "--diff --verbose with 22 changes" 1 "$PLUGCHECK" --verbose --diff many.abi more.abi
ok "$([ "$(wc -l <out)" -eq 24 ]; echo $?)" "shows all of them" out
lacks "and no more" "--verbose"

# unreadable NAME FILE TEXT: --diff with it, before and behind, is 3 and says why; --describe refuses it.
unreadable() {
    check "--diff of $1" 3 timeout 10 "$PLUGCHECK" --diff "$2" old.abi
    contains "says why" "$3"
    lacks "and compares nothing" "->"
    check "--diff with $1" 3 timeout 10 "$PLUGCHECK" --diff old.abi "$2"
    contains "says why" "$3"
}
unreadable "an absent file" absent.abi "[file-absent]"
unreadable "a directory" . "[file-not-regular]"
unreadable "a FIFO" fifo "[file-not-regular]"
: >empty.abi
unreadable "an empty file" empty.abi "[not-elf]"
echo 'no lock file' >text.abi
unreadable "a text" text.abi "it begins neither with the ELF magic number nor as a lock file does"
echo '# comments alone' >comment.abi
unreadable "a comment" comment.abi "[not-elf]"
unreadable "a library without notes" library_other.so "[not-a-plugin]"
head -c 200 good.so >cut.so
unreadable "a plugin that is cut short" cut.so "[elf-truncated]"
sed 's/^m 8 .*/m eight/' old.abi >broken.abi
unreadable "a broken lock file" broken.abi "the lock file cannot be read: line "
contains "and what to do" "fix: write it anew with plugpin --dump"
cat old.abi old.abi >twice.abi
unreadable "a lock file with an interface twice" twice.abi "[abi-malformed]"
check "--describe of a broken lock file" 1 "$PLUGCHECK" --describe broken.abi
contains "refuses it" "[abi-malformed]"
{
    printf 'interface i\033[31m 1.0\n'
    printf 'plugmgr-abi 1\nroot struct i\033[31m\nend 0\n'
} >hostile.abi
check "a hostile lock file" 3 "$PLUGCHECK" --diff hostile.abi hostile.abi
lacks "steers no terminal" "$escape"
printf 'plugmgr-abi 1\nroot struct i\nm 0 a *struct \342\200\256x\nstruct \342\200\256x 4\n 0 b i32\nend 8\n' >turned.abi
sed 's/ b i32/ c i32/' turned.abi >turned_more.abi
check "--diff with names that turn the line" 1 "$PLUGCHECK" --diff turned.abi turned_more.abi
lacks "turns no line" "$(printf '\342\200\256')"
wrong=0
length=0
while [ "$length" -lt "$(wc -c <old.abi)" ]; do
    head -c "$length" old.abi >cut.abi
    status=0
    "$PLUGCHECK" --quiet --diff cut.abi old.abi 2>>lock.log || status=$?
    [ "$status" -eq 3 ] || [ "$status" -eq 0 ] || { wrong=$((wrong + 1)); echo "length $length: $status" >>lock.log; }
    length=$((length + 1))
done
ok "$wrong" "a lock file cut at any length is unreadable, or has one interface less" lock.log

# ---- beside others ----

# box.c: the host or a plugin, to which struct box is opaque, or of which it has a definition of its own.
cat >box.h <<'END'
#include <plugmgr/interface.h>
struct box;
#ifdef BOX
struct box { BOX content; };
#endif
struct opener { int (*open)(struct box *); };
PLUGMGR_INTERFACE(opener, struct opener, 1, 0);
END
cat >box_opaque.c <<'END'
#include <plugmgr/plugin.h>
#include "box.h"
PLUGMGR_PLUGIN("box", "1.0");
static int open_box(struct box *box)
{
    return box != 0;
}
PLUGMGR_PROVIDE(opener, box) = {open_box};
END
cp box_opaque.c box_int.c
cp box_opaque.c box_long.c
cat >box_host.c <<'END'
#include <plugmgr/host.h>
#include "box.h"
PLUGMGR_HOST("boxhost", "1.0");
PLUGMGR_ACCEPT(opener, 1, 0);
END
build box_opaque
build box_int -DBOX=int
build box_long '-DBOX=long long'
build box_host
check "a type that is the plugin's own" 0 "$PLUGCHECK" --host box_host.so box_int.so
check "beside a plugin to which it is opaque" 0 "$PLUGCHECK" --host box_host.so --beside box_opaque.so box_int.so
check "beside a plugin with the same" 0 "$PLUGCHECK" --host box_host.so --beside=box_int.so box_int.so
check "beside a plugin with another" 1 "$PLUGCHECK" --host box_host.so --beside=box_long.so box_int.so
contains "is refused" "[interface-layout]"
check "the other way round" 1 "$PLUGCHECK" --host box_host.so --beside=box_int.so box_long.so
check "beside several" 1 "$PLUGCHECK" --host box_host.so --beside box_int.so --beside box_long.so box_int.so
check "the policy version does not mind" 0 "$PLUGCHECK" --policy=version --host box_host.so --beside box_long.so box_int.so
check "beside an absent file" 3 "$PLUGCHECK" --host host --beside absent.so good.so
contains "which is told" "[file-absent]"
lacks "and nothing is judged" "good.so"
check "beside a host" 1 "$PLUGCHECK" --host host --beside host good.so
contains "which is told" "it is a host, not a plugin"
lacks "and nothing is judged" "good.so"
check "beside what is no plugin, and one that is" 1 "$PLUGCHECK" --host host --beside library_other.so --beside good.so good.so
contains "is told once" "library_other.so: refused: 1 problem"
# What a plugin brings is there for those that come later, as in a process.
mkdir apart
cp with_library.so apart/first.so
cp "$top_builddir/tests/mock/library.so" apart/libmocklibrary.so
mkdir alone
cp with_library.so alone/second.so
check "a library that the plugin would not find" 1 "$PLUGCHECK" --host host alone/second.so
contains "is missing" "[library-missing]"
check "a library that a plugin beside it brought" 0 "$PLUGCHECK" --host host --beside apart/first.so alone/second.so
check "the plugin itself brings nothing before it comes" 1 "$PLUGCHECK" --host host --beside alone/second.so alone/second.so
contains "for itself" "[library-missing]"

check "--diff of a type that is opaque in one of them" 0 "$PLUGCHECK" --diff box_opaque.so box_int.so
contains "is compatible" "interface opener 1.0: compatible"
check "--diff of another definition" 1 "$PLUGCHECK" --diff box_int.so box_long.so
contains "is different" "interface opener 1.0: different"

# ---- who provides what is required ----

# mocks FOLDER NAME…: a folder of these.
mocks() {
    rm -rf "$1"
    mkdir "$1"
    mocks_folder=$1
    shift
    for mock; do
        cp "$top_builddir/tests/mock/link_$mock.so" "$mocks_folder"
    done
}
mocks users user_a user_a_gives_b user_a_major user_host user_maybe
check "what the host offers is there" 0 "$PLUGCHECK" --host host users/link_user_host.so
check "what nobody provides is not" 1 "$PLUGCHECK" --host host users/link_user_a.so
contains "as told" "nobody provides it"
check "without a host it is not asked" 0 "$PLUGCHECK" users/link_user_a.so
check "what is optional need not be" 0 "$PLUGCHECK" --verbose --host host users/link_user_maybe.so
contains "which is a note" "note: interface link_a: the plugin needs 1.0 or a later minor, and nobody provides it"
mocks found a a_later a_older a_major
check "a plugin of the search path provides it" 0 "$PLUGCHECK" --verbose --host host --search=found users/link_user_a.so
contains "the latest" "the plugin link_a_later 1.0 provides 1.2, and is opened before"
contains "from its file" "file  found/link_a_later.so"
check "a plugin that is open provides it" 0 "$PLUGCHECK" --verbose --host host --beside found/link_a.so users/link_user_a.so
contains "as told" "the plugin link_a 1.0 provides 1.1, and is open"
check "the same file is open or found, not both" 0 "$PLUGCHECK" --verbose --host host --search found \
    --beside found/link_a_later.so users/link_user_a.so
contains "as told" "the plugin link_a_later 1.0 provides 1.2, and is open"
check "another major has another provider" 0 "$PLUGCHECK" --verbose --host host --search found users/link_user_a_major.so
contains "which is beside it" "the plugin link_a_major 1.0 provides 2.1"
mocks bad a_unresolved a
check "a provider that is refused itself is passed over" 0 "$PLUGCHECK" --verbose --host host --search bad users/link_user_a.so
contains "for one that is not" "the plugin link_a 1.0 provides 1.1"
rm bad/link_a.so
check "and if there is no other" 1 "$PLUGCHECK" --host host --search bad users/link_user_a.so
contains "its refusal is told" "link_a_unresolved 1.0 (bad/link_a_unresolved.so): provides 1.8, and is refused: symbol"
contains "with its code" "[symbol-missing]"
mocks chain a_b b_c c_host
check "providers may require others" 0 "$PLUGCHECK" --verbose --host host --search chain users/link_user_a.so
contains "and it needs the first alone" "the plugin link_a_b 1.0 provides 1.1"
lacks "the others are theirs" "link_b_c"
rm chain/link_c_host.so
check "if one lacks something, so do its users" 1 "$PLUGCHECK" --host host --search chain users/link_user_a.so
contains "which is told" "link_a_b 1.0 (chain/link_a_b.so): provides 1.1, and needs link_b 1.0, which nobody can give it"
mkdir more
cp "$top_builddir/tests/mock/link_b.so" more
check "a second folder helps" 0 "$PLUGCHECK" --host host --search chain --search more users/link_user_a.so
mocks cycle a_b
check "a cycle through the plugin itself" 1 "$PLUGCHECK" --host host --search cycle users/link_user_a_gives_b.so
golden "is told whole" <<'END'
users/link_user_a_gives_b.so: refused by mockhost 3.2.1: 1 problem

  interface link_a: those who could provide it need each other, so that none can be the first  [dependency-cycle]
      link_user_a_gives_b 1.0 needs link_a 1.0 of link_a_b 1.0
      link_a_b 1.0 needs link_b 1.0 of link_user_a_gives_b 1.0
    fix: make one of these requirements optional (PLUGMGR_REQUIRE_OPTIONAL), or move what both sides need into a plugin of its own
END
check "the folder of the plugin itself has it once" 1 "$PLUGCHECK" --host host --search users --search cycle users/link_user_a_gives_b.so
contains "so the cycle is the same" "link_a_b 1.0 needs link_b 1.0 of link_user_a_gives_b 1.0"
cp more/link_b.so cycle
check "and is none if another one can be the first" 0 "$PLUGCHECK" --host host --search cycle users/link_user_a_gives_b.so
mkdir renamed
cp found/link_a.so renamed/a.so
cp found/link_a.so renamed/b.so
echo broken >renamed/0.so
check "of one name the first counts, and what cannot be read does not" 0 "$PLUGCHECK" --verbose --host host --search=renamed users/link_user_a.so
contains "as told" "file  renamed/a.so"
mkdir empty
check "a folder may be empty" 0 "$PLUGCHECK" --host host --search=empty users/link_user_host.so
check "but it must be there" 3 "$PLUGCHECK" --host host --search=absent users/link_user_host.so
contains "as told" "absent: refused"
check "a file is none" 3 "$PLUGCHECK" --host host --search=good.so users/link_user_host.so
check "several plugins and a search path" 0 "$PLUGCHECK" --host host --search found --search chain users
contains "are a table" "5 plugins: 5 accepted"

# ---- other machines ----

# The file's machine is changed: the bytes of another one's plugin, as far as plugcheck asks.
if [ "$(head -c 6 good.so | od -An -tx1 | tr -d ' \n')" = 7f454c460201 ]; then
    other='\267\000' # AArch64
    head -c 20 good.so | tail -c 2 | od -An -tx1 | grep -q 'b7 00' && other='\076\000' # x86-64
    for file in good host; do
        cp $file.so foreign_$file.so 2>/dev/null || cp $file foreign_$file.so
        printf "%b" "$other" | dd of=foreign_$file.so bs=1 seek=18 conv=notrunc 2>/dev/null
    done
    check "a plugin for another machine is refused" 1 "$PLUGCHECK" --host host foreign_good.so
    contains "with its code" "[elf-machine]"
    check "but by a host for that machine" 0 "$PLUGCHECK" --verbose --host foreign_host.so foreign_good.so
    contains "with a note that its libraries were not looked at" "[libraries-unknown]"
else
    skip "a plugin for another machine" "this one is not 64-bit and little endian"
fi

if command -v jq >/dev/null; then
    # The tables of docs/plugcheck-json.md: section, field, type.
    awk '/^## / { section = substr($0, 4) }
        /^\| `/ { split($0, cell, / *\| */); gsub(/`/, "", cell[2]); print section "\t" cell[2] "\t" cell[3] }' \
        "$top_srcdir/docs/plugcheck-json.md" >tables
    jq -Rn '[inputs / "\t"] | group_by(.[0]) | map({(.[0][0]): (map({(.[1]): .[2]}) | add)}) | add' tables >tables.json
    ok "$([ "$(jq length tables.json)" -ge 7 ] && [ "$(wc -l <tables)" -ge 40 ]; echo $?)" "the schema is documented" tables
    # shellcheck disable=SC2016 # jq's variables
    schema='
        {"verdicts": "A verdict", "findings": "A finding", "modules": "A module", "pins": "A pin",
         "provided interfaces": "A provided interface", "required interfaces": "A required interface",
         "fingerprints": "A fingerprint", "differences": "A difference", "named hosts": "A named host", "rows": "A row",
         "compared interfaces": "A compared interface"} as $names |
        def errors($types; $path):
            . as $value | ($types | gsub(", "; " or ") | split(" or ")) as $choices |
            if $types | startswith("object ") then
                ($types[7:] | if (. == "A module" and ($value | has("role") | not)) or
                    (. == "A difference" and ($value | has("result") | not)) then "A verdict" else . end) as $name |
                $tables[0][$name] as $fields |
                (if $name == "The document" then ["verdicts", "modules", "diffs"] | . - [first(.[] | select(in($value)))] +
                    if $value | has("verdicts") then [] else ["hosts", "matrix"] end
                 elif $name == "A module" then [if $value.role == "host" then "requires" else "accepts" end]
                 else [] end) as $absent |
                if type != "object" then "\($path): no object"
                else (keys - ($fields | keys | . - $absent))[] | "\($path).\(.): not documented" end,
                ((($fields | keys) - $absent - keys)[] | "\($path).\(.): missing"),
                (keys[] | select($fields[.]) as $key | $value[$key] | errors($fields[$key]; "\($path).\($key)"))
            elif type == "array" and any($choices[]; startswith("array of ")) then
                ($choices[] | select(startswith("array of "))[9:]) as $of |
                range(length) as $i | $value[$i] |
                errors(if $of == "strings" then "string" else "object " + $names[$of] end; "\($path)[\($i)]")
            elif IN($choices[]) or IN(type; $choices[]) then empty
            else "\($path): \(type), not \($types)" end;
        errors("object The document"; "")'
    # valid NAME FILE: whether the JSON is what the document says, each field of each object.
    valid() {
        jq -r --slurpfile tables tables.json "$schema" "$2" >errors 2>&1
        ok "$([ -s "$2" ] && [ ! -s errors ]; echo $?)" "$1" errors
    }

    # A verdict of the JSON as the text has it.
    # shellcheck disable=SC2016 # jq's variables
    as_text='.verdicts[] |
        "\(.file): \(if .accepted and .plugin then .plugin + ": " else "" end)" +
            (if .accepted then "accepted" else "refused" end) + (if .host then " by " + .host else "" end),
        (.findings[] | "\({"note": "note: ", "warning": "warning: ", "refusal": ""}[.severity])" +
            "\(.subject): \(.text) [\(.code)]", if .remedy then "fix: " + .remedy else empty end)'
    # one_by_one OPTION… -- PLUGIN…: the text of each verdict on its own; that of what is no host, once.
    one_by_one() {
        one_options=
        one_hosts=
        while [ "$1" != -- ]; do
            case $1 in
            --host=*) one_hosts="$one_hosts $1" ;;
            *) one_options="$one_options $1" ;;
            esac
            shift
        done
        shift
        : >all
        # shellcheck disable=SC2086 # lists of options
        for one_host in $one_hosts; do
            for one_plugin in "$@"; do
                "$PLUGCHECK" $one_options $one_host "$one_plugin" >>all 2>&1
                echo >>all
                case $one_host in
                *=host | *=userhost) ;;
                *) break ;;
                esac
            done
        done
        [ -n "$one_hosts" ] || for one_plugin in "$@"; do
            # shellcheck disable=SC2086
            "$PLUGCHECK" $one_options "$one_plugin" >>all 2>&1
            echo >>all
        done
        mv all out
    }
    set -- good.so major.so minor_older.so minor_lowest.so minor_newer.so unpinned.so nothing.so two.so empty_table.so \
        hidden_table.so with_library.so with_library_other.so recorded.so library_other.so life.so host absent.so fifo \
        "$bad" run.txt foreign_*.so
    echo 'no ELF file' >run.txt
    for policy in compatible exact version; do
        for hosts in "" "--host=host --host=userhost --host=good.so --host=absent"; do
            name="policy $policy, $([ -n "$hosts" ] && echo hosts || echo no host)"
            # shellcheck disable=SC2086 # a list
            check "$name: JSON" 3 "$PLUGCHECK" --policy=$policy --json $hosts "$@"
            mv out verdicts.json
            valid "$name: is as documented" verdicts.json
            # shellcheck disable=SC2086
            one_by_one --policy=$policy --verbose $hosts -- "$@"
            sed -E '/^$/d; /^ {6}/d; s/ refused as a host/ refused/; s/^([^ ].*): [0-9]+ (problem|warning|note).*$/\1/; s/^ *//; s/  +/ /g' out >facts.text
            jq -r "$as_text" verdicts.json | sed 's/  */ /g' >facts.json
            diff facts.json facts.text >difference
            ok "$([ -s facts.json ] && [ ! -s difference ]; echo $?)" "$name: text and JSON tell the same" difference
            sed -nE 's/^ {6}(provides|accepts|wanted|pinned|found|tried)? +//p' out | sort -u >values.text
            jq -r '.verdicts[].findings[] | .have, .want | arrays[], strings' verdicts.json | sort -u >values.json
            comm -23 values.text values.json >difference
            ok "$([ -s values.text ] && [ ! -s difference ]; echo $?)" "$name: and the same values" difference
            # shellcheck disable=SC2086
            check "$name: table" 3 env COLUMNS=200 "$PLUGCHECK" --policy=$policy --verbose $hosts "$@"
            sed '1,/^ \{10\}/d' out | sed '/^$/,$d; s/  */ /g' >table.text
            [ -n "$hosts" ] || sed '/^$/,$d; s/  */ /g' out >table.text
            jq -r '.matrix[] | .file + " " + (.cells | join(" "))' verdicts.json >table.json
            diff table.json table.text >difference
            ok "$([ -s table.json ] && [ ! -s difference ]; echo $?)" "$name: table and JSON tell the same" difference
            sed -nE '/: refused|: accepted/d; s/^  ([^ ].*)$/\1/p; s/^    (fix: .*)$/\1/p' out >lines
            sed -E 's/of (mockhost 3.2.1|userhost 1.0.0)$/of the host/; s/not to (mockhost|userhost).*/not to the host/; s/  +/ /g' \
                lines | sort -u >facts.text
            jq -r "$as_text" verdicts.json | grep -E '\]$|^fix: ' | sed -E 's/  +/ /g; s/of (mockhost 3.2.1|userhost 1.0.0)$/of the host/
                s/not to (mockhost|userhost).*/not to the host/' | sort -u >facts.json
            diff facts.json facts.text >difference
            ok "$([ -s facts.json ] && [ ! -s difference ]; echo $?)" "$name: and the same reasons" difference
        done
    done
    jq 'del(.verdicts[1].findings[0].remedy) | .verdicts[0].accepted = "yes" | .more = 1' verdicts.json >wrong.json
    jq -r --slurpfile tables tables.json "$schema" wrong.json >out
    golden "what is not as documented would be found" <<'END'
.more: not documented
.verdicts[0].accepted: string, not boolean
.verdicts[1].findings[0].remedy: missing
END
    check "--describe of all" 3 "$PLUGCHECK" --json --describe "$@"
    mv out modules.json
    valid "is as documented" modules.json
    check "--describe of all as text" 3 "$PLUGCHECK" --describe "$@"
    sed -nE 's/^([^ ].*): (host|plugin) (.*)$/\1|\2|\3/p' out >facts.text
    jq -r '.modules[] | select(.role) | "\(.file)|\(.role)|\(.name) \(.version)"' modules.json >facts.json
    ok "$([ -s facts.json ] && cmp -s facts.json facts.text; echo $?)" "names the same modules" facts.text
    sed -nE 's/^  (needs      |           ) ([^ ]*\.so[.0-9]*)$/\2/p' out >facts.text
    jq -r '.modules[] | select(.role) | .needs[]' modules.json >facts.json
    ok "$([ -s facts.json ] && cmp -s facts.json facts.text; echo $?)" "and the same libraries" facts.text

    # Each pair of files: as documented, and the same as the text. One that cannot be read has a verdict.
    for pair in "good.so good.so" "good.so major.so" "good.so nothing.so" "good.so unpinned.so" "host good.so" \
        "host nothing.so" "old.abi new.abi" "old.abi changed.abi" "many.abi more.abi" "typed.so typed.abi" \
        "absent.abi old.abi" "old.abi broken.abi" "absent.abi run.txt"; do
        # shellcheck disable=SC2086 # two files
        set -- $pair
        status=0
        "$PLUGCHECK" --verbose --diff "$@" >diff.text || status=$?
        check "--diff $pair: JSON has the same status" "$status" "$PLUGCHECK" --json --diff "$@"
        mv out diff.json
        valid "--diff $pair: is as documented" diff.json
        if [ "$status" -eq 3 ]; then
            ok "$(jq -e '.diffs | length > 0 and all(.[]; has("findings"))' diff.json >/dev/null; echo $?)" \
                "--diff $pair: has a verdict" diff.json
            continue
        fi
        ok "$(jq -e ".diffs[0].accepted == ($status == 0) and (.diffs | length == 1)" diff.json >/dev/null; echo $?)" \
            "--diff $pair: says what the status does" diff.json
        # shellcheck disable=SC2016 # jq's variables
        jq -r '.diffs[] | "\(.from) -> \(.to): \(.result)", (.interfaces[] |
            (if .from == null or .to == null or .from == .to then .from // .to else .from + " -> " + .to end) as $version |
            "  interface \(.interface) \($version): \(.result)", (.changes[] | "      " + .))' diff.json >facts.json
        grep -v '^  nothing' diff.text >facts.text
        diff facts.json facts.text >difference
        ok "$([ -s facts.json ] && [ ! -s difference ]; echo $?)" "--diff $pair: text and JSON tell the same" difference
    done
    check "--describe of lock files" 1 "$PLUGCHECK" --json --describe old.abi typed.abi broken.abi
    mv out modules.json
    valid "is as documented" modules.json
    check "changes in a finding" 1 "$PLUGCHECK" --json --host box_host.so --beside box_long.so box_int.so
    ok "$(jq -e '.verdicts[0].findings[0].changes | type == "array" and length > 0' out >/dev/null; echo $?)" \
        "are an array" out
else
    skip "JSON and text tell the same" "jq is not installed"
fi

# ---- hostile files ----

# Everything up to the end of the last load segment is needed; what lies behind it is the section headers, which the
# header speaks of. So no shorter file is a plugin.
size=$(wc -c <good.so)
wrong=0
length=0
while [ "$length" -lt "$size" ]; do
    head -c "$length" good.so >cut.so
    status=0
    "$PLUGCHECK" --quiet cut.so 2>>cut.log || status=$?
    [ "$status" -eq 1 ] || { wrong=$((wrong + 1)); echo "length $length: status $status" >>cut.log; }
    length=$((length + (length < 128 ? 1 : 97)))
done
ok "$wrong" "a plugin cut at any length is refused" cut.log
crashed=0
place=0
while [ "$place" -lt 1024 ]; do
    cp good.so flip.so
    printf '\377' | dd of=flip.so bs=1 seek=$place conv=notrunc 2>/dev/null
    status=0
    timeout 10 "$PLUGCHECK" --quiet flip.so 2>>flip.log || status=$?
    [ "$status" -le 1 ] || { crashed=$((crashed + 1)); echo "byte $place: status $status" >>flip.log; }
    place=$((place + 7))
done
ok "$crashed" "a plugin with a byte overwritten is judged, whatever byte it is" flip.log

# What was refused as a plugin may be a host, or be described: no crash there either.
crashed=0
place=0
while [ "$place" -lt 1024 ]; do
    cp good.so flip.so
    printf '\125' | dd of=flip.so bs=1 seek=$place conv=notrunc 2>/dev/null
    for option in --describe --host=flip.so; do
        status=0
        timeout 10 "$PLUGCHECK" --json $option flip.so >flip.out 2>>flip.log || status=$?
        [ "$status" -le 1 ] || { crashed=$((crashed + 1)); echo "byte $place: $option: status $status" >>flip.log; }
    done
    place=$((place + 13))
done
ok "$crashed" "nor is it a danger as a host, or described" flip.log

# A library that is half written keeps the plugin from being loaded, and plugcheck says so.
cp "$top_builddir/tests/mock/library.so" whole.so
wrong=0
length=0
while [ "$length" -lt "$(wc -c <whole.so)" ]; do
    head -c "$length" whole.so >libmocklibrary.so
    status=0
    "$PLUGCHECK" --host host with_library.so >cut.out 2>&1 || status=$?
    grep -q 'library-unreadable' cut.out || status=accepted
    [ "$status" = 1 ] || { wrong=$((wrong + 1)); echo "length $length: $status" >>library.log; }
    length=$((length + 499))
done
ok "$wrong" "a library cut at any length is unreadable" library.log
cp whole.so libmocklibrary.so
check "the whole library is not" 0 "$PLUGCHECK" --host host with_library.so

# A host's file that is damaged is told as that, not as a plugin that it never was.
if command -v objcopy >/dev/null; then
    check "a host's debug information alone" 0 objcopy --only-keep-debug host host.debug
    check "--describe of it" 1 "$PLUGCHECK" --describe host.debug
    contains "says what it is" "[debug-only]"
    lacks "and not that it is no plugin" "[not-a-plugin]"
    check "it is no host either" 1 "$PLUGCHECK" --host host.debug good.so
    contains "for that reason" "[debug-only]"
else
    skip "--describe of a host's debug information" "objcopy is not installed"
fi

# ---- no memory ----

# starve NAME OPTION…: fails the first allocation, the second, and so on: either that is told, or it does not show.
starve() {
    starve_name=$1
    shift
    expected=0
    "$PLUGCHECK" "$@" >expected.out 2>&1 || expected=$?
    : >starve.log
    allocation=0
    while :; do
        allocation=$((allocation + 1))
        status=0
        timeout 20 env FAIL_ALLOCATION=$allocation LD_PRELOAD="$work/failmalloc.so" \
            "$PLUGCHECK" "$@" >starved.out 2>starved.err 9>happened || status=$?
        [ -s happened ] || break
        case $status in
        3) grep -q 'out.of.memory' starved.out starved.err || [ "$1" = --quiet ] || [ "$expected" -eq 3 ] ;;
        *) [ "$status" -eq "$expected" ] && cmp -s expected.out starved.out ;;
        esac || {
            echo "allocation $allocation: status $status" >>starve.log
            cat starved.err starved.out >>starve.log
        }
    done
    ok "$([ "$allocation" -gt 20 ] && [ ! -s starve.log ]; echo $?)" "$starve_name" starve.log
}
# shellcheck disable=SC2086 # lists of flags
if [ -n "$SANITIZE_FLAGS" ]; then
    skip "memory that runs out" "the sanitizers have an allocator of their own"
elif ! $CC -O1 -fPIC -fno-builtin -shared -o failmalloc.so "$top_srcdir/tests/plugcheck/failmalloc.c" 2>failmalloc.log ||
    ! LD_PRELOAD="$work/failmalloc.so" "$PLUGCHECK" --version >/dev/null 2>>failmalloc.log; then
    skip "memory that runs out" "the allocator of this C library cannot be put behind another"
else
    cp library_other.so libmocklibrary.so
    starve "memory that runs out for a verdict is told" --host host with_library.so major.so
    starve "memory that runs out for a matrix is told" --host host --host userhost good.so major.so with_library.so absent.so
    mkdir folder && cp good.so major.so folder
    starve "memory that runs out for a folder is told" --host host folder
    starve "memory that runs out for a matrix in JSON is told" --json --host host --host userhost folder
    starve "memory that runs out for JSON is told" --json --host host with_library.so major.so
    starve "memory that runs out for a description is told" --describe with_library.so host major.so library_other.so
    starve "memory that runs out for a description in JSON is told" --describe --json with_library.so host
    # so many that their list is an allocation of its own
    seq 1 60 | while read -r i; do
        printf 'interface i%s 1.0\nplugmgr-abi 1\nroot struct i%s\nend 0\n' "$i" "$i"
    done >crowd.abi
    starve "memory that runs out for lock files is told" --describe old.abi crowd.abi broken.abi
    starve "memory that runs out for differences is told" --diff old.abi changed.abi
    starve "memory that runs out for differences in JSON is told" --diff --json good.so host
    starve "memory that runs out for a file that cannot be compared is told" --diff broken.abi good.so
    starve "memory that runs out for who provides something is told" --host host --search bad --search chain \
        users/link_user_a.so
    starve "memory that runs out for what is beside is told" --host box_host.so --beside box_long.so box_int.so
    starve "memory that runs out gives no other status" --quiet --host host good.so
fi

# ---- the system's libraries ----

find -L /lib /usr/lib -name '*.so*' -type f 2>/dev/null | sort -u | head -n 3000 >libraries
status=0
xargs "$PLUGCHECK" --verbose <libraries >system 2>&1 || status=$?
ok "$([ "$status" -eq 1 ] || [ "$status" -eq 123 ]; echo $?)" "every library of the system is looked at" system
ok "$([ "$(grep -cE '^[^ ].*\.so.*  [a-z-]+$' system)" -eq "$(wc -l <libraries)" ]; echo $?)" "is in a table" system
ok "$(grep -qE '  (accepted|warned)$' system; [ $? -eq 1 ]; echo $?)" "and refused" system
sed -n 's/.*\[\([a-z-]*\)\]$/\1/p' system | sort -u |
    grep -vxE 'not-a-plugin|not-elf|elf-(machine|class|byte-order|type)|debug-only' >others
ok "$([ ! -s others ]; echo $?)" "as no plugin or not for here" others

# ---- it cannot load ----

if command -v readelf >/dev/null; then
    readelf --dyn-syms -W "$PLUGCHECK" >symbols 2>&1
    # a sanitizer's runtime brings dlopen along
    if [ -n "$SANITIZE_FLAGS" ]; then
        skip "plugcheck does not import dlopen" "the sanitizers' runtime does"
    else
        ok "$(grep -qE ' dlm?open(@|$)' symbols; [ $? -eq 1 ]; echo $?)" "plugcheck does not import dlopen" symbols
    fi
else
    skip "plugcheck does not import dlopen" "readelf is not installed"
fi
done_testing
