# SPDX-License-Identifier: MIT
# edits.awk: base.h and edits.txt -> FOLDER/edited-NAME.h for each edit, and a table of them on standard output, a line
# for each, its fields apart by tabs, `-` where there is nothing:
#     name, grade as plugin, grade as host, everywhere (1 or 0), against, flags, if, what it is
#
#     awk -v folder=FOLDER -f edits.awk base.h edits.txt

function fail(text) {
    print "edits.txt:" FNR ": " text >"/dev/stderr"
    failed = 1
}

# Puts a hunk into the header.
function apply(    place) {
    if (old == "" && new == "")
        return
    place = index(header, "\n" old)
    if (old == "" || place == 0)
        fail(name ": base.h has nowhere:\n" old)
    else if (index(substr(header, place + 1), "\n" old) != 0)
        fail(name ": base.h has more than once:\n" old)
    header = substr(header, 1, place) new substr(header, place + 1 + length(old))
    old = new = ""
    changed = 1
}

function finish() {
    apply()
    if (name == "")
        return
    if (!changed && flags == "-" && name != "unedited")
        fail(name ": edits nothing")
    printf "%s", substr(header, 2) >(folder "/edited-" name ".h")
    close(folder "/edited-" name ".h")
    printf "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\n", name, plugin, host, everywhere, against, flags, condition, what
}

function begin(    grades, count) {
    finish()
    header = base
    changed = 0
    against = flags = condition = "-"
    name = $3
    sub(/:$/, "", name)
    if ($0 !~ /^==? +[a-z]+(\/[a-z]+)? [A-Za-z0-9_+-]+: ./)
        fail("not `== GRADE NAME: what it is`")
    if (name in names)
        fail(name ": there are two")
    names[name] = 1
    everywhere = $1 == "=="
    count = split($2, grades, "/")
    plugin = grades[1]
    host = grades[count]
    what = $0
    sub(/^[^:]*: /, "", what)
}

FNR == NR { base = base (FNR == 1 ? "\n" : "") $0 "\n"; next }
/^#/ { next }
/^$/ { apply(); next }
/^=/ { begin(); next }
name == "" { fail("before the first edit"); next }
sub(/^if /, "") { condition = $0; next }
sub(/^flags /, "") { flags = $0; next }
sub(/^against /, "") { against = $0; if (!($0 in names)) later[$0] = 1; next }
/^ / { old = old substr($0, 2) "\n"; new = new substr($0, 2) "\n"; next }
/^-/ { old = old substr($0, 2) "\n"; next }
/^\+/ { new = new substr($0, 2) "\n"; next }
{ fail("not understood") }

END {
    finish()
    for (other in later)
        if (!(other in names))
            fail("against " other ": there is no such edit")
    exit failed
}
