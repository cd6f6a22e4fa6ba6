#!/bin/sh
# SPDX-License-Identifier: MIT
# run-accuracy.sh: builds plugins and hosts with each edit of accuracy/edits.txt and judges them against unedited ones:
# nothing that does not fit may be accepted, and nothing that fits refused. In each cell of a matrix, gcc and clang ×
# C and C++ × DWARF 4 and 5 × -O0, -O2 and LTO; an edit's text must be the same, byte for byte, in all cells.
#
# How much of the matrix is tried (ACCURACY_MATRIX):
#     rotating   the texts of the edits with == in each cell, and the verdicts of unedited hosts about them in each but
#                LTO's; those with =, and verdicts with LTO: in a sixth of the cells; hosts with an edit: in a twelfth
#     full       everything in each cell
#     small      as rotating, in two cells; the default with sanitizers, which make the tools slow
# ACCURACY_CELLS: a list of cells, instead of the matrix's own. ACCURACY_JOBS: cells at a time.
# The table goes to accuracy.txt in the build folder.
# shellcheck disable=SC2086 # lists of words

# shellcheck source=tests/tap.sh disable=SC2154
. "$top_srcdir/tests/tap.sh"

LC_ALL=C
matrix=${ACCURACY_MATRIX:-$([ -n "$SANITIZE_FLAGS" ] && echo small || echo rotating)}
export LC_ALL work matrix top_srcdir PLUGPIN PLUGCHECK
# Under a debugger or in a container LeakSanitizer cannot work; other tests look for leaks.
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=0}
export ASAN_OPTIONS
tab=$(printf '\t')
accuracy=$top_srcdir/tests/accuracy

mkdir "$work/headers"
awk -v folder="$work/headers" -f "$accuracy/edits.awk" "$accuracy/base.h" "$accuracy/edits.txt" \
    >"$work/edits" 2>"$work/out"
ok $? "edits.txt: each edit is understood, and stands in base.h once" "$work/out"
[ "$tap_failed" -eq 0 ] || { done_testing; exit 1; }

# ---- the cells that can be had --------------------------------------------------------------------------------------

# The slow ones first, so that the last one to end is a quick one.
case $matrix in
small) cells="clang-c++-4-O0 gcc-c-5-O2" ;;
*)
    cells=
    for optimisation in LTO O2 O0; do
        for compiler in clang gcc; do
            for language in c++ c; do
                for dwarf in 4 5; do
                    cells="$cells $compiler-$language-$dwarf-$optimisation"
                done
            done
        done
    done
    ;;
esac
cells=${ACCURACY_CELLS:-$cells}

# Why a cell cannot be had; nothing if it can.
lack_of() {
    case $1 in
    gcc-c++*) lack_driver=g++ ;;
    *-c++*) lack_driver=${1%%-*}++ ;;
    *) lack_driver=${1%%-*} ;;
    esac
    if ! command -v $lack_driver >/dev/null 2>&1; then
        echo "$lack_driver is not installed"
    elif ! echo '#include <stdio.h>' | $lack_driver -g -x c - -c -o "$work/probe.o" >/dev/null 2>&1; then
        echo "$lack_driver does not compile"
    fi
    case $1 in
    clang-*-LTO) command -v ld.lld >/dev/null 2>&1 || echo "ld.lld is not installed" ;;
    gcc-*-LTO)
        echo 'int x;' | $lack_driver -flto -x c - -shared -nostdlib -fPIC -o "$work/probe.so" >/dev/null 2>&1 ||
            echo "$lack_driver does not link with -flto"
        ;;
    esac
}

tried=
for cell in $cells; do
    lack=$(lack_of $cell)
    if [ -n "$lack" ]; then
        skip "$cell" "$lack"
    else
        tried="$tried $cell"
    fi
done
if [ -z "$tried" ]; then
    done_testing
    exit
fi

printf '%s\n' $tried | xargs -n 1 -P "${ACCURACY_JOBS:-$(getconf _NPROCESSORS_ONLN || echo 1)}" \
    "${SHELL:-/bin/sh}" "$accuracy/cell.sh" >"$work/out" 2>&1
ok $? "all cells were tried" "$work/out"

# ---- the results ----------------------------------------------------------------------------------------------------

# Texts that differ between cells are told for the later one.
for cell in $tried; do
    sed "s/^/$cell /" "$work/$cell/hashes"
done | awk '
    !($3 in first) { first[$3] = $1; hash[$3] = $2; next }
    $2 != hash[$3] { print $3 "\t" $1 "\tthe text is not the same as in " first[$3] }' >"$work/problems"
for cell in $tried; do
    sed "s/$tab/$tab$cell$tab/" "$work/$cell/problems" >>"$work/problems"
    sed "s/\$/$tab$cell/" "$work/$cell/tried" >>"$work/tried"
done

# A line for each edit: name, grades, cells that agree, cells tried, what it is.
awk -F '\t' -v OFS='\t' '
    FILENAME ~ /problems$/ { if (!wrong[$1, $2]++) wrongs[$1]++; next }
    FILENAME ~ /tried$/ { tried[$1]++; next }
    { print $1, $2 == $3 ? $2 : $2 "/" $3, tried[$1] - wrongs[$1], tried[$1] + 0, $8 }' \
    "$work/problems" "$work/tried" "$work/edits" >"$work/table"

while IFS=$tab read -r name grade agreeing of what; do
    if [ $of -eq 0 ]; then
        continue # not in this matrix, or for another machine or compiler: accuracy.txt has it
    fi
    awk -F '\t' -v name=$name '$1 == name { print $2 ": " $3 }' "$work/problems" | sed 100q >"$work/out"
    [ $agreeing -eq $of ]
    ok $? "$grade $name: $what ($of cells)" "$work/out"
done <"$work/table"

tried_count=$(awk -F '\t' '$4 > 0' "$work/table" | wc -l)
[ "$tried_count" -ge 80 ] || [ -n "$ACCURACY_CELLS" ]
ok $? "edits that were tried: $tried_count of $(wc -l <"$work/edits")"

# Whoever built them: each unedited plugin fits each unedited host.
set --
plugins=
pairs=0
for cell in $tried; do
    set -- "$@" --host "$work/$cell/host/unedited.so"
    plugins="$plugins $cell/plugin/unedited.so"
    pairs=$((pairs + $(echo $tried | wc -w)))
done
# shellcheck disable=SC2016 # for the shell that runs it
check "a plugin of each cell fits a host of each cell, policy exact" 0 \
    sh -c 'cd "$work" && COLUMNS=100000 exec "$PLUGCHECK" --policy=exact "$@"' sh "$@" $plugins
[ "$(grep -v ' hosts: ' "$work/out" | grep -o ' accepted' | wc -l)" -eq $pairs ]
ok $? "all $pairs pairs"

{
    echo "edits: $(wc -l <"$work/edits"), matrix: $matrix, cells:$tried"
    echo
    awk -F '\t' 'BEGIN { printf "%-34s %-16s %-9s %s\n", "edit", "expected", "cells", "what" }
        { printf "%-34s %-16s %-9s %s\n", $1, $2, $4 == 0 ? "-" : $3 " of " $4, $5 }' "$work/table"
} >"$top_builddir/accuracy.txt"

done_testing
