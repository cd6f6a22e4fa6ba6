#!/bin/sh
# SPDX-License-Identifier: MIT
# extraction.sh: what fingerprints cost to make, as whole processes: plugpin against what else reads debug information.
# From make: builddir, srcdir, CC; from run.sh: work (a private folder), pin (a command prefix).
# shellcheck disable=SC2154,SC2086 # set by the callers; lists of words
set -eu
versus="$pin $builddir/bench/versus"
plugpin=$builddir/plugpin
cd "$work"

compile() { $CC -g -O2 -fPIC -I"$srcdir/lib" -c -o "$1.o" "$1.c"; }

cp "$builddir/plugins/users/users_json.o" user_manager.o
cat >sqlite3_api.c <<'END'
#include <plugmgr/plugin.h>
#include <sqlite3ext.h>
PLUGMGR_INTERFACE(sqlite3_api, struct sqlite3_api_routines, 3, 40);
PLUGMGR_PLUGIN("sqlite3_api", "1");
PLUGMGR_PROVIDE(sqlite3_api, bench) = {0};
END
# many COUNT: an interface that reaches COUNT structs
many() {
    {
        echo '#include <plugmgr/plugin.h>'
        awk -v count="$1" 'BEGIN {
            for (i = 0; i < count; i++)
                printf "struct s%d { int a; char *b[4]; unsigned c : 3, d : 7; int (*f)(const struct s%d *, long); };\n",
                    i, (i > 0 ? i - 1 : 0)
            printf "struct many {\n"
            for (i = 0; i < count; i += 10)
                printf "    int (*m%d)(const struct s%d *, size_t);\n", i, i
            printf "    int (*last)(struct s%d *);\n};\n", count - 1
        }'
        echo 'PLUGMGR_INTERFACE(many, struct many, 1, 0);'
        echo 'PLUGMGR_PLUGIN("many", "1");'
        echo 'PLUGMGR_PROVIDE(many, bench) = {0};'
    } >"many$1.c"
    compile "many$1"
}
compile sqlite3_api
for count in 1000 2000 4000 8000; do many $count; done

"$builddir/bench/row" title 'making a fingerprint, whole processes'
$versus making 0 'plugpin (A/A)' plugpin "$plugpin -o a.o user_manager.o" "$plugpin -o b.o user_manager.o"
for object in user_manager sqlite3_api; do
    if command -v abidw >/dev/null; then
        $versus making 0 "plugpin, $object" abidw "$plugpin -o pins.o $object.o" \
            "abidw --out-file abi.xml $object.o"
    else
        echo "$object: no abidw here (Debian: abigail-tools)"
    fi
    $versus making 0 "plugpin, $object" "readelf --debug-dump=info" "$plugpin -o pins.o $object.o" \
        "readelf --debug-dump=info $object.o"
done
for count in 2000 4000 8000; do
    $versus making "$count" 'plugpin, types' '1000 types' "$plugpin -o b.o many$count.o" "$plugpin -o a.o many1000.o"
done
