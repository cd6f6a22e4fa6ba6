#!/bin/sh
# SPDX-License-Identifier: MIT
# run-docs.sh: the documents say what is so. The examples of README.md and docs/guide.md are built and run as they
# stand, and what they print is compared; codes, symbols, options, keys and links are compared with their sources.
#
# In a document, a line `file`: above a ```c block gives that file's text, and a ```console block is what a terminal
# shows: each line that begins with "$ " is run, and the lines behind it are what it prints, both streams.
# shellcheck disable=SC2154 # set by make
. "$top_srcdir/tests/tap.sh"
docs=$top_srcdir/docs
include=$top_srcdir/lib/plugmgr
LC_ALL=C
export LC_ALL

# ---- examples ----

# The blocks of $1 into files, one shell script that says and runs the commands, and the golden transcript.
# shellcheck disable=SC2016 # the program is awk's
extract='
function quoted(text) { gsub(/\047/, "\047\\\047\047", text); return "\047" text "\047" }
/^```/ && !kind {
    kind = substr($0, 4)
    if (kind == "") kind = "text"
    if (kind == "c" && name != "") printf "" > name
    next
}
/^```$/ { kind = ""; name = ""; next }
kind == "c" && name != "" { print >> name; next }
kind == "console" {
    print > "golden.txt"
    if (sub(/^\$ /, "")) {
        print "printf \"%s\\n\" " quoted("$ " $0) > "run.sh"
        print $0 > "run.sh"
    }
    next
}
!kind && /`[^`]+\.[a-z]+`:$/ { name = $0; sub(/`:$/, "", name); sub(/.*`/, "", name) }
'

# What differs from machine to machine: build-IDs, the folder, and how far to the right a code stands because of them.
normalise() {
    sed -E "s#$PWD#/home/you/greet#g; s/[0-9a-f]{16,}/BUILD-ID/g; s/ +\[/  [/"
}

# The commands as they are written, with what is built here in the place of what would be installed.
# shellcheck disable=SC2016 # for the shell that runs them
prelude='
cc() { $CC $SANITIZE_FLAGS "$@"; }
plugpin() { "$PLUGPIN" "$@"; }
plugcheck() { "$PLUGCHECK" "$@"; }
'

# examples NAME FILE
examples() {
    mkdir "$work/$1"
    (
        cd "$work/$1" || exit 1
        awk "$extract" "$2"
        CPATH=$top_srcdir/lib LIBRARY_PATH=$top_builddir/lib/.libs LD_LIBRARY_PATH=$top_builddir/lib/.libs
        export CC CPATH LIBRARY_PATH LD_LIBRARY_PATH PLUGPIN PLUGCHECK
        { printf '%s' "$prelude" && cat run.sh; } >whole.sh
        sh whole.sh >transcript.txt 2>&1
        normalise <transcript.txt >transcript
        normalise <golden.txt >golden
    ) >"$work/out" 2>&1
    ok $? "$1: the examples are there" "$work/out"
    [ -s "$work/$1/golden" ] && diff -u "$work/$1/golden" "$work/$1/transcript" >"$work/difference" 2>&1
    ok $? "$1: they build, run and print as written" "$work/difference"
}

if [ -e "$top_builddir/lib/.libs/libplugmgr.so" ]; then
    examples README "$top_srcdir/README.md"
    examples guide "$docs/guide.md"
else
    skip "the examples of README.md and guide.md" "there is no shared libplugmgr"
fi

# ---- lists ----

# same NAME: whether $work/have and $work/want, lists of words, are the same and not empty.
same() {
    sort -u "$work/have" >"$work/have.sorted"
    sort -u "$work/want" >"$work/want.sorted"
    [ -s "$work/want.sorted" ] && diff -u "$work/want.sorted" "$work/have.sorted" >"$work/difference"
    ok $? "$1" "$work/difference"
}

# named NAME FILE: whether FILE names every word of the list $work/want.
named() {
    : >"$work/difference"
    while read -r word; do
        grep -qE "(^|[^A-Za-z0-9_])$word($|[^A-Za-z0-9_])" "$2" || echo "not named: $word" >>"$work/difference"
    done <"$work/want"
    [ -s "$work/want" ] && [ ! -s "$work/difference" ]
    ok $? "$1" "$work/difference"
}

# first_column FILE HEADING: the words `word` that tables have in their first column, in the parts of FILE whose heading
# matches.
# shellcheck disable=SC2016 # the backquotes are the document's
first_column() {
    awk -v heading="$2" '/^#/ { inside = $0 ~ heading } inside' "$1" | sed -n 's/^| `\([^`]*\)`.*/\1/p'
}

sed -n 's/.*\.name = "\([^"]*\)".*/\1/p' "$top_srcdir/lib/error.c" >"$work/want"
first_column "$docs/codes.md" '^## Findings|^### ' >"$work/have"
same "codes.md: every code of a finding, and no other"

sed -n 's/^ *\(PLUGMGR_E_[A-Z_]*\) = .*/\1/p' "$include/host.h" >"$work/want"
first_column "$docs/codes.md" '^## Errors' >"$work/have"
same "codes.md: every error, and no other"
named "plugmgr.3: every error" "$docs/plugmgr.3.scd"

sed -n 's/^ *\(plugmgr_[a-z_]*\);$/\1/p' "$top_srcdir/lib/libplugmgr.map" >"$work/want"
named "plugmgr.3: every symbol of the library" "$docs/plugmgr.3.scd"
named "NEWS: every symbol of the library" "$top_srcdir/NEWS"

# Public are the macros without an underscore at their end; those that only guard a header are not meant.
cat "$include/host.h" "$include/host.hpp" "$include/interface.h" "$include/plugin.h" |
    sed -n 's/^#define \([A-Za-z0-9_]*[A-Za-z0-9]\)(.*/\1/p' >"$work/want"
named "plugmgr.3: every macro" "$docs/plugmgr.3.scd"
named "NEWS: every macro" "$top_srcdir/NEWS"

# The other way round: names that are in no header are slips of the pen.
grep -ohE '\b(plugmgr|PLUGMGR)_[A-Za-z0-9_]*[A-Za-z0-9]' "$docs"/*.md "$docs"/*.scd "$top_srcdir/README.md" \
    "$top_srcdir/NEWS" |
    grep -vE '^plugmgr_(provide|ACCEPT|link_the_output_of_plugpin_for|interface|add_plugin|add_host)(_|$)' |
    grep -vFx PLUGMGR_PLUGPIN | sort -u >"$work/names" # CMake's
: >"$work/difference"
while read -r word; do
    grep -qE "\b$word\b" "$include"/*.h "$include"/*.hpp || echo "in no header: $word" >>"$work/difference"
done <"$work/names"
[ -s "$work/names" ] && [ ! -s "$work/difference" ]
ok $? "all documents: every plugmgr_ name is in a header" "$work/difference"

# ---- options ----

# options NAME PROGRAM MAN_PAGE
options() {
    "$2" --help | grep -E '^ *-' | grep -oE '(^|[ ,])--?[a-z][a-z-]*' | tr -d ' ,' >"$work/want"
    awk '/^# / { inside = $2 == "OPTIONS" } inside && /^\*-/' "$3" |
        grep -oE '\*--?[a-z][a-z-]*\*' | tr -d '*' >"$work/have"
    same "$1: the options of --help, and no other"
}
options plugcheck.1 "$PLUGCHECK" "$docs/plugcheck.1.scd"
options plugpin.1 "$PLUGPIN" "$docs/plugpin.1.scd"

# ---- JSON and notes ----

sed -n 's/^static const char \*const [a-z]*_keys\[\] = {\(.*\), NULL};/\1/p' "$top_srcdir/lib/note.c" |
    tr -d '" ' | tr ',' '\n' >"$work/want"
first_column "$docs/note-format.md" '^### [A-Z]' >"$work/have"
same "note-format.md: every key, and no other"

# A refused plugin with a pin and, described, a plugin and a host have all fields.
cd "$work/guide" 2>/dev/null || cd "$work" || exit 99
if [ -e app ] && [ -e hello.so ]; then
    {
        "$PLUGCHECK" --json --interface=none --host=app hello.so
        "$PLUGCHECK" --json --describe hello.so app
        "$PLUGCHECK" --json --diff app hello.so
        "$PLUGCHECK" --json --diff tally-old.so tally.so
    } | sed -n 's/^ *"\([a-z_]*\)": .*/\1/p' >"$work/have"
    first_column "$docs/plugcheck-json.md" '^## ' >"$work/want"
    same "plugcheck-json.md: every field, and no other"
else
    skip "plugcheck-json.md: every field" "the guide's examples were not built"
fi
cd "$top_srcdir" || exit 99

# ---- links and man pages ----

: >"$work/difference"
for file in README.md CONTRIBUTING.md docs/*.md; do
    sed 's/](\([^)]*\))/\n@\1\n/g' "$file" | sed -n 's/^@\([^#]*\).*/\1/p' | grep -v '^https\{0,1\}:' >"$work/links"
    while read -r link; do
        [ -z "$link" ] || [ -e "$(dirname "$file")/$link" ] || echo "$file: no such file: $link" >>"$work/difference"
    done <"$work/links"
done
[ ! -s "$work/difference" ]
ok $? "all documents: the files that they link to are there" "$work/difference"

# shellcheck disable=SC2016 # for the shell that runs it
if command -v scdoc >/dev/null; then
    for page in docs/*.scd; do
        check "${page#docs/}: scdoc makes a page of it" 0 sh -c 'scdoc <"$1"' sh "$page"
        contains "and the page has its name" ".TH \"$(sed -n 's/^\([a-z]*\)(.*/\1/p;q' "$page" | head -n 1)\""
    done
else
    skip "the man pages" "scdoc is not installed"
fi

done_testing
