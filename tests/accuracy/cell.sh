#!/bin/sh
# SPDX-License-Identifier: MIT
# cell.sh: one cell of run-accuracy.sh's matrix: COMPILER-LANGUAGE-DWARF-OPTIMISATION, gcc-c++-5-LTO. Builds what the
# matrix asks for of the edits in $work/edits, has plugcheck judge it, and writes into $work/CELL:
#     tried      NAME             each edit that was
#     hashes     HASH NAME        of its text, "-" if plugpin refused it
#     problems   NAME TEXT        what is not as its grade says, a line each
# In the environment: work, top_srcdir, matrix (small, rotating, full), PLUGPIN, PLUGCHECK.
# shellcheck disable=SC2086,SC2154 # flags are lists of words

cell=$1
tab=$(printf '\t')
accuracy=$top_srcdir/tests/accuracy
IFS=- read -r compiler language dwarf optimisation <<END
$cell
END
case $compiler-$language in
gcc-c++) driver=g++ ;;
*-c++) driver=$compiler++ ;;
*) driver=$compiler ;;
esac
lto=0
case $optimisation in
O2) turn=1 flags=-O2 ;;
LTO) turn=2 lto=1 flags='-O2 -flto' ;;
*) turn=0 flags=-$optimisation ;;
esac
turn=$((turn + 3 * (dwarf - 4)))
case $compiler-$language in
gcc-c | clang-c++) half=0 ;;
*) half=1 ;;
esac
flags="-w -g -gdwarf-$dwarf $flags -fPIC"
# clang++ leaves out what is only pointed to, else.
[ $driver = clang++ ] && flags="$flags -fstandalone-debug"
mkdir -p "$work/$cell/plugin" "$work/$cell/host" && cd "$work/$cell" || exit 99
: >problems
: >tried
: >hashes

# problem NAME TEXT [FILE]: with the first lines of the file.
problem() {
    printf '%s\t%s\n' "$1" "$2" >>problems
    if [ -s "$3" ]; then
        sed "s/$tab/ /g; s/^/$1$tab    /; 5q" "$3" >>problems
    fi
}

# compile ROLE NAME FLAG…: makes ROLE/NAME.o, native or such as plugpin can read.
compile() {
    role=$1 name=$2
    shift 2
    $driver -x $language $flags "$@" -I"$top_srcdir/lib" -I"$work/headers" -DHEADER="\"edited-$name.h\"" \
        -DNAME="\"$name\"" -c -o $role/$name.o "$accuracy/$role.c" >$role/$name.log 2>&1 || return 1
    if [ $compiler$lto = clang1 ]; then
        mv $role/$name.o $role/$name.bc &&
            ld.lld -r --lto-O0 --threads=1 -o $role/$name.o $role/$name.bc >$role/$name.log 2>&1
    fi
}

# link ROLE NAME: makes ROLE/NAME.so of ROLE/NAME.o and the pins of that.
link() {
    "$PLUGPIN" -o $1/$2.pins.o $1/$2.o >$1/$2.log 2>&1 || {
        problem $2 "$1: plugpin: exit status $?" $1/$2.log
        return
    }
    if [ $compiler$lto = gcc1 ]; then
        $driver -O2 -flto -flto-partition=none -shared -nostdlib -Wl,--build-id -o $1/$2.so $1/$2.o $1/$2.pins.o >$1/$2.log 2>&1
    else
        ld -shared -S --build-id -o $1/$2.so $1/$2.o $1/$2.pins.o >$1/$2.log 2>&1
    fi || problem $2 "$1: does not link" $1/$2.log
}

# build ROLE NAME FLAGS: compiles and links, once.
build() {
    [ -f $1/$2.so ] && return
    if compile $1 $2 $3; then
        link $1 $2
    else
        problem $2 "$1: does not compile" $1/$2.log
    fi
}

# dump NAME: the plugin's texts.
dump() {
    "$PLUGPIN" --dump plugin/$1.o >plugin/$1.text 2>plugin/$1.log || {
        problem $1 "plugpin --dump: exit status $?" plugin/$1.log
        rm plugin/$1.text
    }
}

# refused_by_plugpin NAME FLAGS: whether plugpin says, without crashing, that it cannot.
refused_by_plugpin() {
    echo "- $1" >>hashes
    compile plugin $1 $2 || {
        problem $1 "does not compile" plugin/$1.log
        return
    }
    for arguments in --dump "-o plugin/$1.pins.o"; do
        "$PLUGPIN" $arguments plugin/$1.o >plugin/$1.text 2>plugin/$1.log
        status=$?
        if [ $status -ne 1 ] || [ ! -s plugin/$1.log ] || [ -s plugin/$1.text ]; then
            problem $1 "plugpin $arguments: exit status $status, and it should refuse" plugin/$1.log
        fi
    done
    rm -f plugin/$1.text
}

# ---- which edits are tried here -------------------------------------------------------------------------------------

# Their conditions, all by one run of the preprocessor.
awk -F '\t' '{ print ($7 == "-" ? "#if 1" : "#if " $7); print "true " NR; print "#endif" }' "$work/edits" >conditions.c
$driver -x $language -E -P -DDWARF=$dwarf -DLTO=$lto conditions.c >conditions || exit 99
# The table with a column more in front: how far each edit goes here. text: plugpin alone; plugin: and the verdict of
# the unedited host; both: and that of a host with the edit.
awk -F '\t' -v matrix=$matrix -v turn=$turn -v half=$half -v lto=$lto '
    NR == FNR { if (sub(/^true /, "")) holds[$0] = 1; next }
    !holds[FNR] { next }
    matrix == "full" || FNR == 1 || (FNR % 6 == turn && (FNR % 4 < 2) == half) { print "both\t" $0; next }
    FNR % 6 == turn || ($4 && !lto) { print "plugin\t" $0; next }
    $4 { print "text\t" $0 }' conditions "$work/edits" >edits

# ---- building -------------------------------------------------------------------------------------------------------

while IFS=$tab read -r sides name grade _ _ against more _; do
    [ "$more" = - ] && more=
    echo $name >>tried
    if [ $grade = unpinned ]; then
        refused_by_plugpin $name "$more"
        continue
    fi
    if ! compile plugin $name $more; then
        problem $name "plugin: does not compile" plugin/$name.log
        continue
    fi
    dump $name
    [ $sides = text ] || link plugin $name
    [ $sides = both ] && build host $name "$more"
    if [ $against != - ]; then
        build plugin $against
        build host $against
        [ -f plugin/$against.text ] || dump $against
    fi
done <edits
(cd plugin && find . -name '*.text' -exec sha256sum {} + | sed 's|  ./| |; s/\.text$//') >>hashes

# ---- verdicts -------------------------------------------------------------------------------------------------------

# judge POLICY: verdicts, a line each: POLICY, PLUGIN, HOST, accepted or refused, codes (but how it would be loaded).
judge() {
    policy=$1
    {
        for plugin in plugin/*.so; do
            "$PLUGCHECK" --verbose --policy=$policy --host host/unedited.so $plugin
        done
        for host in host/*.so; do
            "$PLUGCHECK" --verbose --policy=$policy --host $host plugin/unedited.so
        done
        while IFS=$tab read -r _ name _ _ _ against _; do
            [ $against = - ] && continue
            [ -f plugin/$name.so ] && "$PLUGCHECK" --verbose --policy=$policy --host host/$against.so plugin/$name.so
            [ -f host/$name.so ] && "$PLUGCHECK" --verbose --policy=$policy --host host/$name.so plugin/$against.so
        done <edits
    } 2>judge.errors | awk -v policy=$policy '
        function tell() {
            if (plugin != "")
                print policy, plugin, host, result, codes
        }
        /^plugin\/.*\.so: / {
            tell()
            plugin = $0
            sub(/^plugin\//, "", plugin)
            sub(/\.so: .*/, "", plugin)
            result = / refused by / ? "refused" : / accepted by / ? "accepted" : "?"
            host = $0
            sub(/.* by /, "", host)
            sub(/ .*/, "", host)
            codes = ""
            next
        }
        /^  [^ ]/ && match($0, /\[[a-z-]+\]$/) {
            code = substr($0, RSTART + 1, RLENGTH - 2)
            if (code != "load-mode" && index(" " codes " ", " " code " ") == 0)
                codes = codes (codes == "" ? "" : " ") code
        }
        END { tell() }' >>verdicts
    [ -s judge.errors ] && problem unedited "plugcheck: " judge.errors
}

: >verdicts
judge compatible
judge exact

# ---- what is not as it should be ------------------------------------------------------------------------------------

# Grades `version`: the same text but for the versions.
while IFS=$tab read -r _ name plugin host _; do
    case $plugin/$host in
    *version*)
        for edit in unedited $name; do
            sed '/^#/d; /^interface /d' plugin/$edit.text >plugin/$edit.bare
        done
        cmp -s plugin/unedited.bare plugin/$name.bare || problem $name "the text is not the same"
        ;;
    esac
done <edits

awk -F '\t' '
    BEGIN {
        codes["note"] = "interface-enumerators"
        codes["layout"] = "interface-layout"
        codes["unbumped"] = "interface-version-unbumped"
        codes["major"] = "interface-major"
        codes["lowest"] = "interface-minor"
    }
    function problem(text) { print name "\t" text }
    function is_refusal(grade) { return grade ~ /^(layout|unbumped|major|lowest)$/ }
    # One direction: `edited` tells which side is.
    function check(edited, grade, plugin, host,    want, got) {
        want = (is_refusal(grade) ? "refused" : "accepted") " " codes[grade]
        got = verdicts["compatible " plugin " " host]
        if (got != want)
            problem(edited " edited (" grade "): " (got == "" ? "no verdict" : got) ", not " want)
        got = verdicts["exact " plugin " " host]
        if (grade == "same" ? got != "accepted " : got !~ /^refused .*interface-/)
            problem(edited " edited (" grade "), policy exact: " (got == "" ? "no verdict" : got))
    }
    FILENAME == "hashes" { split($0, field, " "); hashes[field[2]] = field[1]; next }
    FILENAME == "verdicts" {
        split($0, field, " ")
        key = field[1] " " field[2] " " field[3]
        sub(/^[^ ]+ [^ ]+ [^ ]+ /, "")
        verdicts[key] = $0
        next
    }
    $3 == "unpinned" { next }
    {
        name = $2
        other = $6 == "-" ? "unedited" : $6
        if (hashes[name] == "" || hashes[other] == "")
            problem("no text")
        else if ($3 == "same" && hashes[name] != hashes[other])
            problem("the text is not the same")
        else if ($3 ~ /^(minor|opaque|boundary|note|layout|unbumped)$/ && hashes[name] == hashes[other])
            problem("the text is the same")
        if ($1 != "text")
            check("plugin", $3, name, other)
        if ($1 == "both")
            check("host", $4, other, name)
    }' hashes verdicts edits >>problems
