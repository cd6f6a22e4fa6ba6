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
    sed 1d "$1" | grep -v '\(^\|/\)ld[^/]*\.so[^/]*\( not found\)*$' | sort -u
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
step=$(((total + 599) / 600))
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

done_testing
