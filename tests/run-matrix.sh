#!/bin/sh
# SPDX-License-Identifier: MIT
# run-matrix.sh: plugcheck on many plugins and hosts: the table and the reasons, folders, how far it is.
# shellcheck source=tests/tap.sh disable=SC2154
. "$top_srcdir/tests/tap.sh"
LC_ALL=C
export LC_ALL
unset NO_COLOR COLUMNS
cd "$work" || exit 99
mocks=$top_builddir/tests/mock
for mock in good major minor_older minor_newer unpinned with_library with_library_other; do
    cp "$mocks/$mock.so" .
done
cp "$mocks/library_other.so" libmocklibrary.so
cp "$top_builddir/tests/check_manager" host
cp "$top_builddir/plugins/users/userhost" .
escape=$(printf '\033')

# ---- the table and the reasons ----

check "a matrix of plugins and hosts" 1 "$PLUGCHECK" --host host --host userhost good.so major.so unpinned.so
golden "has a row for each plugin, a column for each host, and each reason" <<'END'
             mockhost 3.2.1             userhost 1.0.0
good.so      accepted                   interface-none
major.so     interface-major            interface-none
unpinned.so  interface-unfingerprinted  interface-unfingerprinted

good.so: refused by userhost 1.0.0: 1 problem

  plugin: it provides no interface that the host accepts                    [interface-none]
      provides  mock 1.2
      accepts   user_manager 1.1
    fix: give it to a host that accepts what it provides, not to userhost 1.0.0

major.so: refused by mockhost 3.2.1: 1 problem

  interface mock: built against 2.0, the host has 1.2                       [interface-major]
    fix: rebuild the plugin against the interface mock of mockhost 3.2.1

major.so: refused by userhost 1.0.0: 1 problem

  plugin: it provides no interface that the host accepts                    [interface-none]
      provides  mock 2.0
      accepts   user_manager 1.1
    fix: give it to a host that accepts what it provides, not to userhost 1.0.0

unpinned.so: refused by mockhost 3.2.1: 1 problem

  plugin: it was built with PLUGMGR_WITHOUT_PLUGPIN, which the policy version alone takes  [interface-unfingerprinted]
    fix: build it with plugpin, or let the host choose the policy version

unpinned.so: refused by userhost 1.0.0: 2 problems

  plugin: it was built with PLUGMGR_WITHOUT_PLUGPIN, which the policy version alone takes  [interface-unfingerprinted]
    fix: build it with plugpin, or let the host choose the policy version

  plugin: it provides no interface that the host accepts                    [interface-none]
      provides  mock 1.2
      accepts   user_manager 1.1
    fix: give it to a host that accepts what it provides, not to userhost 1.0.0

3 plugins, 2 hosts: 3 refused by some (2 of them by all)
END
cp host other_host
check "hosts of one name" 1 "$PLUGCHECK" --host host --host other_host good.so major.so
golden "are called by their paths, and have one reason together" <<'END'
          host             other_host
good.so   accepted         accepted
major.so  interface-major  interface-major

major.so: refused by host and other_host: 1 problem

  interface mock: built against 2.0, the host has 1.2                       [interface-major]
    fix: rebuild the plugin against the interface mock of mockhost 3.2.1

2 plugins, 2 hosts: 1 accepted by all, 1 refused by some (1 of them by all)
END
# The same host in another version: what to do is the same, but for its name.
sed 's/version=3\.2\.1/version=3.2.2/' host >newer_host && chmod 755 newer_host
check "versions of a host that agree" 1 "$PLUGCHECK" --host host --host newer_host major.so
golden "have one reason together, which names none of them" <<'END'
          mockhost 3.2.1   mockhost 3.2.2
major.so  interface-major  interface-major

major.so: refused by mockhost 3.2.1 and mockhost 3.2.2: 1 problem

  interface mock: built against 2.0, the host has 1.2                       [interface-major]
    fix: rebuild the plugin against the interface mock of these hosts

1 plugin, 2 hosts: 1 refused by some (1 of them by all)
END
check "plugins with the same findings" 3 "$PLUGCHECK" --host host major.so good.so absent.so "$mocks/canary_major.so" gone.so
sed -i "s#$mocks#MOCKS#" out
contains "have one reason together" "absent.so and gone.so: refused: 1 problem"
ok "$([ "$(grep -c file-absent out)" -eq 3 ]; echo $?)" "told once" out
ok "$(grep -n ': refused' out | head -n 1 | grep -q absent; echo $?)" "what cannot be read stands first" out
contains "and is counted" "5 plugins: 1 accepted, 2 refused, 2 could not be read"
check "a warning" 0 "$PLUGCHECK" --policy=version --host host good.so with_library.so
contains "is warned in the table" "with_library.so  warned"
contains "has its reason" "with_library.so: mock 0.1: accepted by mockhost 3.2.1: 1 warning"
contains "and is counted" "2 plugins: 1 accepted, 1 with warnings"
check "a host that cannot be judged for" 3 "$PLUGCHECK" --host absent --host host good.so major.so
contains "is told" "absent: refused as a host: 1 problem"
contains "and has no column" "          mockhost 3.2.1"
lacks "nor is it counted" " hosts: "
check "no host that can be judged for" 3 "$PLUGCHECK" --host absent --host good.so good.so major.so
lacks "has no table" "major.so"
check "two plugins without a host" 3 "$PLUGCHECK" good.so absent.so
contains "have a table of one column" "good.so    accepted"
lacks "that no host heads" "by "
check "--quiet has no table" 1 "$PLUGCHECK" --quiet --host host --host userhost good.so major.so
ok "$([ ! -s out ]; echo $?)" "nor anything else" out
check "--verbose" 0 "$PLUGCHECK" --verbose --policy=version --host host unpinned.so good.so minor_newer.so with_library.so
contains "shows notes too" "warning"
check "--color=always" 1 "$PLUGCHECK" --color=always --host host --host userhost good.so major.so with_library.so
contains "colours what is accepted" "${escape}[1;32maccepted${escape}[0m"
contains "and what is refused" "${escape}[1;31minterface-major${escape}[0m"
sed -i "s/$escape\[[0-9;]*m//g" out
cp out stripped
check "--color=never" 1 "$PLUGCHECK" --color=never --host host --host userhost good.so major.so with_library.so
ok "$(cmp -s out stripped; echo $?)" "has the same text, as wide" out

# ---- many ----

mkdir many
number=0
while [ "$number" -lt 300 ]; do
    cp good.so "many/plugin_$number.so" # ascii: plugin_10 stands before plugin_2
    number=$((number + 1))
done
check "300 plugins that are accepted" 0 "$PLUGCHECK" --host host many
golden "are told in a few lines" <<'END'
in many/
                          mockhost 3.2.1
plugin_0.so and 299 more  accepted

300 plugins: 300 accepted
END
cp major.so many/plugin_7.so
cp minor_older.so many/plugin_8.so
cp major.so many/plugin_9.so
check "300 plugins, three of them refused" 1 "$PLUGCHECK" --host host many
golden "have the refused ones by name" <<'END'
in many/
                          mockhost 3.2.1
plugin_0.so and 296 more  accepted
plugin_7.so               interface-major
plugin_8.so               interface-minor
plugin_9.so               interface-major

many/plugin_7.so and many/plugin_9.so: refused by mockhost 3.2.1: 1 problem

  interface mock: built against 2.0, the host has 1.2                       [interface-major]
    fix: rebuild the plugin against the interface mock of mockhost 3.2.1

many/plugin_8.so: refused by mockhost 3.2.1: 1 problem

  interface mock: built against 1.0, the host needs at least 1.1            [interface-minor]
    fix: rebuild the plugin against the interface mock of mockhost 3.2.1

300 plugins: 297 accepted, 3 refused
END
check "with --verbose" 1 "$PLUGCHECK" --verbose --host host many
ok "$([ "$(grep -c '^plugin_' out)" -eq 300 ]; echo $?)" "all have a row" out
check "300 plugins that are refused" 1 "$PLUGCHECK" --host userhost many
contains "have one reason together" "many/plugin_0.so, many/plugin_1.so, many/plugin_10.so and 294 more: refused by userhost"
ok "$([ "$(wc -l <out)" -lt 40 ]; echo $?)" "and no wall of text" out

# Each with another finding: the name of the interface is in it.
mkdir different
number=100
while [ "$number" -lt 150 ]; do
    sed "s/interface=mock/interface=m$number/; s/root struct mock/root struct m$number/" good.so >different/p$number.so
    number=$((number + 1))
done
check "many different reasons" 1 "$PLUGCHECK" --host host different
ok "$([ "$(grep -c ': refused by' out)" -eq 20 ]; echo $?)" "are not all shown" out
contains "but how many more there are" "and 30 reports more (--verbose shows all)"
check "with --verbose" 1 "$PLUGCHECK" --verbose --host host different
ok "$([ "$(grep -c ': refused by' out)" -eq 50 ]; echo $?)" "all are shown" out
# More rows than a table has, and no kind of them so often that one stands for the others.
mkdir kinds
for number in 0 1 2 3 4 5 6 7 8 9; do
    for mock in good major minor_older unpinned with_library; do
        cp $mock.so kinds/$mock$number.so
    done
done
check "fifty plugins of five kinds" 1 "$PLUGCHECK" --host host kinds
ok "$([ "$(sed '/^$/,$d' out | grep -c '^[a-z_]*[0-9].so  ')" -eq 40 ]; echo $?)" "have forty rows" out
contains "and the others are counted" "and 10 more: 10 refused (--verbose shows all)"
contains "as all are" "50 plugins: 10 accepted, 40 refused"
ok "$([ "$(grep -c ' and 7 more: refused by' out)" -eq 4 ]; echo $?)" "and each reason is told once" out
contains "even if the plugin's path is in it" "library libmocklibrary.so: it is not found; the plugin needs it"
contains "but for what is the same for all" "fix: rebuild the plugin against the interface mock of mockhost 3.2.1"

number=0
hosts=
while [ "$number" -lt 6 ]; do
    sed "s/version=3\.2\.1/version=$number.2.1/" host >"host_$number" && chmod 755 "host_$number"
    hosts="$hosts --host=host_$number"
    number=$((number + 1))
done

# ---- widths ----

# widest: the most columns of a line of the table in out
widest() {
    sed '/: refused/,$d' out | awk '{ if (length($0) > most) most = length($0) } END { print most + 0 }'
}
mkdir -p deep/in/a/folder/of/a/long/name other
cp major.so deep/in/a/folder/of/a/long/name/and_a_plugin_of_a_long_name.so
for width in 40 80 200; do
    # shellcheck disable=SC2086 # a list
    check "six hosts, $width columns" 1 env COLUMNS=$width "$PLUGCHECK" $hosts good.so minor_older.so \
        deep/in/a/folder/of/a/long/name/and_a_plugin_of_a_long_name.so
    ok "$([ "$(widest)" -le $width ]; echo $?)" "the table is no wider" out
    ok "$([ "$(sed '/: refused/,$d' out | grep -c '^good.so ')" -gt "$([ $width -eq 200 ] && echo 0 || echo 1)" ]; echo $?)" \
        "and is in parts if it has to be" out
    for host in 0 1 2 3 4 5; do
        contains "with each host: $host" "mockhost $host.2.1"
    done
    sed '/: refused/,$d' out | grep -o 'interface-m[a-z]*' | sort | uniq -c | tr -s ' ' >cells
    ok "$([ "$(cat cells)" = "$(printf ' 6 interface-major\n 6 interface-minor')" ]; echo $?)" "and each verdict" cells
done
check "a path that is too long" 1 env COLUMNS=60 "$PLUGCHECK" --host host good.so \
    deep/in/a/folder/of/a/long/name/and_a_plugin_of_a_long_name.so
contains "is cut in the table at its beginning" "..._a_plugin_of_a_long_name.so  interface-major"
contains "and whole below" "deep/in/a/folder/of/a/long/name/and_a_plugin_of_a_long_name.so: refused"
cp good.so "$(printf 'gr\303\274n.so')"
check "a name in UTF-8" 0 "$PLUGCHECK" --host host good.so "$(printf 'gr\303\274n.so')"
contains "is as wide as it is shown" "$(printf 'gr\303\274n.so  accepted')"
contains "as one that is as long" "good.so  accepted"
for columns in 0 -5 many ''; do
    check "COLUMNS=$columns" 0 env COLUMNS=$columns "$PLUGCHECK" --host host --host other_host good.so
    contains "is no width" "good.so  accepted  accepted"
done
if script -qec true /dev/null >/dev/null 2>&1; then
    # shellcheck disable=SC2086
    check "on a terminal of 50 columns" 1 env TERM=dumb script -qec \
        "stty cols 50; '$PLUGCHECK' $hosts good.so minor_older.so" /dev/null
    tr -d '\r' <out >lines && mv lines out
    ok "$([ "$(widest)" -le 50 ] && [ "$(grep -c '^good.so ' out)" -ge 3 ]; echo $?)" "the table fits" out
else
    skip "the width of a terminal" "script(1) is not installed"
fi

# ---- folders ----

mkdir plugins plugins/folder.so plugins/more plugins/.hidden
cp good.so plugins/b.so
cp good.so plugins/a.so.1.2
cp good.so plugins/.hidden.so
cp good.so plugins/more/c.so
cp good.so plugins/none.so.txt
cp good.so plugins/none.sox
cp good.so plugins/so
cp good.so elsewhere
ln -s a.so.1.2 plugins/a.so.1
ln -s a.so.1.2 plugins/a.so
ln -s ../elsewhere plugins/link.so
ln -s more plugins/to_folder.so
mkfifo plugins/fifo.so
check "a folder" 0 timeout 20 "$PLUGCHECK" --host host plugins
golden "is its plugins, each once, in order" <<'END'
in plugins/
         mockhost 3.2.1
a.so     accepted
b.so     accepted
link.so  accepted

3 plugins: 3 accepted
END
check "with a slash at its end" 0 "$PLUGCHECK" --host host plugins/
contains "it is the same" "in plugins/"
check "a folder and a file" 0 "$PLUGCHECK" --host host plugins good.so
contains "are judged both" "plugins/a.so"
contains "together" "4 plugins: 4 accepted"
check "a folder with one plugin" 0 "$PLUGCHECK" --host host plugins/more
golden "is that plugin" <<'END'
plugins/more/c.so: mock 0.1: accepted by mockhost 3.2.1
END
ln -s plugins/more linked
check "a link to a folder" 0 "$PLUGCHECK" --host host linked
contains "is one" "linked/c.so: mock 0.1: accepted"
ln -s nowhere plugins/more/dangling.so
check "a link that leads nowhere" 3 "$PLUGCHECK" --host host plugins/more
contains "is told" "dangling.so  file-absent"
mkdir empty
cp good.so empty/none.txt
check "a folder without plugins" 3 "$PLUGCHECK" --host host empty
golden "is told" <<'END'
empty: refused: 1 problem

  folder: it has no plugins: no file named *.so                             [folder-empty]
    fix: name the folder with the plugins, or the plugins
END
check "beside one with plugins" 3 "$PLUGCHECK" --host host --host userhost empty plugins
contains "it is told too" "[folder-empty]"
contains "and the others are judged" "3 plugins, 2 hosts: 3 refused by some"
check "--describe of a folder" 0 "$PLUGCHECK" --describe plugins
contains "describes its plugins" "plugins/link.so: plugin mock 0.1"
check "--describe of an empty one" 3 "$PLUGCHECK" --describe empty
contains "tells it" "[folder-empty]"
check "a folder as a host" 3 "$PLUGCHECK" --host plugins good.so
contains "is none" "[file-not-regular]"
check "a folder beside" 3 "$PLUGCHECK" --host host --beside plugins good.so
contains "is none" "[file-not-regular]"
check "a folder with --diff" 3 "$PLUGCHECK" --diff plugins good.so
contains "is no file" "[file-not-regular]"
cp good.so "plugins/$(printf 'a\033[31m\n.so')"
check "a hostile name in a folder" 0 "$PLUGCHECK" --host host plugins
lacks "steers no terminal" "$escape"
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked && chmod 000 locked
    check "a folder that cannot be read" 3 "$PLUGCHECK" locked
    chmod 700 locked
elif setpriv --reuid=12345 --clear-groups true 2>/dev/null; then
    mkdir locked && cp good.so locked && chmod 700 locked && chmod 755 "$work"
    check "a folder that cannot be read" 3 setpriv --reuid=12345 --clear-groups "$PLUGCHECK" locked
else
    skip "a folder that cannot be read" "root reads all, and setpriv(1) cannot take another user"
    echo '[file-unreadable]' >out
fi
contains "is told" "[file-unreadable]"

# ---- JSON ----

if command -v jq >/dev/null; then
    check "JSON of a matrix" 3 "$PLUGCHECK" --json --policy=version --host host --host absent --host userhost good.so \
        major.so with_library.so absent.so
    jq -c '.hosts, .matrix[]' out >matrix && mv matrix out
    golden "has hosts and rows" <<'END'
[{"file":"host","host":"mockhost 3.2.1"},{"file":"userhost","host":"userhost 1.0.0"}]
{"file":"good.so","cells":["accepted","interface-none"]}
{"file":"major.so","cells":["interface-major","interface-none"]}
{"file":"with_library.so","cells":["warned","interface-none"]}
{"file":"absent.so","cells":["file-absent","file-absent"]}
END
    check "JSON of one verdict" 0 "$PLUGCHECK" --json good.so
    ok "$(jq -e '.hosts == [] and .matrix == [{"file": "good.so", "cells": ["accepted"]}]' out >/dev/null; echo $?)" \
        "has a matrix too" out
    check "JSON of folders" 3 "$PLUGCHECK" --json empty plugins/more
    ok "$(jq -e '(.verdicts | map(.file)) == ["empty", "plugins/more/c.so", "plugins/more/dangling.so"] and
        .verdicts[0].findings[0].code == "folder-empty" and (.matrix | length == 2)' out >/dev/null; echo $?)" \
        "has a verdict on the empty one, and on the plugins" out
    check "JSON of an empty folder alone" 3 "$PLUGCHECK" --json empty
    ok "$(jq -e '(.verdicts | length == 1) and .matrix == []' out >/dev/null; echo $?)" "has no row" out
else
    skip "JSON" "jq is not installed"
fi

# ---- how far it is ----

# shellcheck disable=SC2086 # a list of flags
if [ -n "$SANITIZE_FLAGS" ]; then
    skip "how far it is" "a clock is not preloaded before the sanitizers"
elif ! script -qec true /dev/null >/dev/null 2>&1; then
    skip "how far it is" "script(1) is not installed"
elif ! $CC -fPIC -shared -o clock.so "$top_srcdir/tests/plugcheck/clock.c" 2>clock.log; then
    skip "how far it is" "no library can be preloaded: $(head -n 1 clock.log)"
else
    # terminal TERM COMMAND: on a terminal, where each look at the clock takes half a second; standard output apart
    terminal() {
        check "$1" 0 env TERM="$2" script -qec "LD_PRELOAD=$work/clock.so '$PLUGCHECK' --host host $3 >output" /dev/null
        tr '\r' '\n' <out >lines && mv lines out
    }
    terminal "a command that takes more than a second" xterm "plugins good.so good.so"
    contains "tells how far it is" "plugcheck: 2 of 6 plugins...${escape}[K"
    ok "$([ "$(tail -n 1 out | tr -d '\n')" = "${escape}[K" ]; echo $?)" "and erases it at the end" out
    ok "$(grep -q '6 plugins: 6 accepted' output && ! grep -qF "$escape" output; echo $?)" \
        "and prints what it does without" output
    terminal "one with hosts" xterm "--host other_host good.so good.so good.so"
    contains "tells of which host" "plugcheck: 1 of 3 plugins for host 2 of 2..."
    terminal "one that takes no more than a second" xterm good.so
    ok "$([ ! -s out ]; echo $?)" "tells nothing" out
    terminal "a dumb terminal" dumb plugins
    ok "$([ ! -s out ]; echo $?)" "is told nothing" out
    terminal "JSON" xterm "--json plugins"
    contains "tells it too" "plugcheck: 2 of 4 plugins..."
    ok "$(grep -q '"matrix"' output; echo $?)" "and is JSON" output
    check "errors that go to no terminal" 0 env TERM=xterm script -qec \
        "LD_PRELOAD=$work/clock.so '$PLUGCHECK' --color=never --host host plugins 2>errors" /dev/null
    ok "$([ ! -s errors ]; echo $?)" "are not mixed with it" errors
    # A report that comes in between stands on a line of its own.
    check "a host that is none, meanwhile" 3 env TERM=xterm script -qec \
        "LD_PRELOAD=$work/clock.so '$PLUGCHECK' --color=never --host host --host absent plugins" /dev/null
    contains "is told on an erased line" "${escape}[Kabsent: refused"
fi
done_testing
