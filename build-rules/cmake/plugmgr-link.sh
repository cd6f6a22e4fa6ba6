#!/bin/sh
# SPDX-License-Identifier: MIT
# plugmgr-link.sh: the linker launcher of plugmgr_add_plugin and plugmgr_add_host. Runs plugpin with what is going to be
# linked, and then the linker.
#
#     plugmgr-link.sh PLUGPIN COMPILER [LAUNCHER…] COMPILER ARGUMENT…
#
# One of the arguments is FILE.pins.o, which plugpin is going to write; FILE.pins.o.options has its options, one a line.
# shellcheck disable=SC2034 # plugpin is used in eval
set -u
plugpin=$1
compiler=$2
shift 2

# Lists of words are lists of references to the positional parameters: so a word may contain anything.
count=0
is_argument=no
after_o=no
pins=
objects=
others=
for word in "$@"; do
    count=$((count + 1))
    case $is_argument$after_o,$word in
    no*) [ "$word" != "$compiler" ] || is_argument=yes ;;
    yesyes,*) after_o=no ;;
    yesno,-o) after_o=yes ;;
    yesno,-*) others="$others \"\${$count}\"" ;;
    yesno,@*)
        echo "plugmgr-link.sh: $word: response files are not read: link fewer objects at once" >&2
        exit 1
        ;;
    yesno,*.pins.o) pins=$word ;;
    yesno,*.o) objects="$objects \"\${$count}\"" ;;
    yesno,*) others="$others \"\${$count}\"" ;;
    esac
done
if [ -z "$pins" ]; then
    echo "plugmgr-link.sh: no .pins.o among the arguments: $*" >&2
    exit 1
fi

options=
last=$count
while IFS= read -r option; do
    [ -n "$option" ] || continue
    set -- "$@" "$option"
    last=$((last + 1))
    options="$options \"\${$last}\""
done <"$pins.options"
eval "CC=\$compiler \"\$plugpin\" -o \"\$pins\" $options $objects -- $others" || exit

# the command alone, without the options that were put behind it
words=
i=0
while [ $i -lt $count ]; do
    i=$((i + 1))
    words="$words \"\${$i}\""
done
eval "exec $words"
