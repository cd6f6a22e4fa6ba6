#!/bin/sh
# SPDX-License-Identifier: MIT
# run-plugcheck.sh: plugcheck as its user sees it: text, JSON, exit status, hostile files, the system's libraries.
# shellcheck disable=SC2154 # set by make
. "$top_srcdir/tests/tap.sh"
LC_ALL=C
export LC_ALL
unset NO_COLOR
cd "$work" || exit 99
for mock in good major minor_older unpinned nothing with_library library_other life; do
    cp "$top_builddir/tests/mock/$mock.so" .
done
cp library_other.so libmocklibrary.so
cp "$top_builddir/tests/check_manager" host
cp "$top_builddir/plugins/users/userhost" "$top_builddir/plugins/users/users_json.so" .

# A build-ID is another in each build.
same_ids() {
    sed -E -i 's/[0-9a-f]{40}/BUILD-ID/g; s/libc\.so\.[0-9]+/libc.so/' out
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
golden "each with its report" <<'END'
good.so: mock 0.1: accepted by mockhost 3.2.1

minor_older.so: refused by mockhost 3.2.1: 1 problem

  interface mock: built against 1.0, the host needs at least 1.1            [interface-minor]
    fix: rebuild the plugin against the interface mock of mockhost 3.2.1
END
check "two hosts for one file" 1 "$PLUGCHECK" --host host --host userhost good.so
golden "each with its report" <<'END'
good.so: mock 0.1: accepted by mockhost 3.2.1

good.so: refused by userhost 1.0.0: 1 problem

  plugin: it provides no interface that the host accepts                    [interface-none]
      provides  mock 1.2
      accepts   user_manager 1.0
    fix: give it to a host that accepts what it provides, not to userhost 1.0.0
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
check "a directory is unreadable" 3 "$PLUGCHECK" .
mkfifo fifo
check "a FIFO is unreadable, and not waited for" 3 timeout 10 "$PLUGCHECK" fifo
chmod 775 life.so
check "a file that its group may write would not load" 1 "$PLUGCHECK" --host host life.so
contains "and told" "[mode-unavailable]"

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
for usage in "" "--bogus good.so" "--policy=lax good.so" "--color=blue good.so" "--host" "--describe --host host good.so"; do
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

# ---- descriptions and JSON ----

check "--describe of a plugin and a host" 0 "$PLUGCHECK" --describe good.so userhost
sed -i '/^  needs/,/^$/d; /^  machine/d; /^             /d' out
same_ids
golden "says what they declare" <<'END'
good.so: plugin mock 0.1
  build-ID   BUILD-ID
  provides   mock 1.2, instance first
userhost: host userhost 1.0.0
  build-ID   BUILD-ID
  accepts    user_manager 1.0, from 1.0 on
END
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
    check "the text of the same" 1 "$PLUGCHECK" --verbose --host host good.so major.so with_library.so
    sed -n 's/.*\[\([a-z-]*\)\]$/\1/p' out >codes.text
    jq -r '.verdicts[].findings[].code' verdicts.json >codes.json
    ok "$([ -s codes.json ] && cmp -s codes.text codes.json; echo $?)" "tells the same in the same order" codes.text
    check "--describe --json" 0 "$PLUGCHECK" --describe --json with_library.so userhost
    ok "$(jq -e '.modules[0].pins[0].required and .modules[0].provides[0].version == "1.2" and
        .modules[1].role == "host" and .modules[1].accepts[0].min == "1.0"' out >/dev/null; echo $?)" "has the facts" out
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

# ---- the system's libraries ----

find -L /lib /usr/lib -name '*.so*' -type f 2>/dev/null | sort -u | head -n 3000 >libraries
status=0
xargs "$PLUGCHECK" --verbose <libraries >system 2>&1 || status=$?
ok "$([ "$status" -eq 1 ] || [ "$status" -eq 123 ]; echo $?)" "every library of the system is looked at" system
ok "$([ "$(grep -c ': refused' system)" -eq "$(wc -l <libraries)" ]; echo $?)" "and refused" system
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
