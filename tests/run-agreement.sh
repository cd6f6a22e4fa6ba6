#!/bin/sh
# SPDX-License-Identifier: MIT
# run-agreement.sh: plugcheck, from files, and a running host come to the same verdict: every plugin of a folder with
# each host under each policy, through plugcheck --host --json and through plugmgr_check and plugmgr_open. All findings
# are compared whole.
# shellcheck disable=SC2086 # flags are lists of words
# shellcheck source=tests/tap.sh disable=SC2154
. "$top_srcdir/tests/tap.sh"

LC_ALL=C
export LC_ALL
unset LD_LIBRARY_PATH
# That two have symbols of one name is a thing that happens, and no error here.
ASAN_OPTIONS=$ASAN_OPTIONS:detect_odr_violation=0
export ASAN_OPTIONS
library=$top_builddir/lib/.libs
sources=$top_srcdir/tests/agreement
flags="-g -O1 -fPIC -fvisibility=hidden -Wall -Wextra -Werror $SANITIZE_FLAGS -I$top_srcdir/lib -I$top_srcdir/tests/hosts
    -I$top_srcdir/tests/mock"
if [ ! -e "$library/libplugmgr.so" ]; then
    skip 'hosts with the shared library' 'there is no shared libplugmgr'
    done_testing
    exit
fi
if ! command -v jq >/dev/null; then
    skip 'plugcheck and hosts agree' 'jq is not installed'
    done_testing
    exit
fi
cd "$work" || exit 99
mkdir objects plugins plugins/lib hosts results

# What only loading finds, one "HOST PLUGIN CODE" a line, as patterns: the report of plugmgr_open may have that finding
# more, and refuse what plugcheck accepts.
cat >only_by_loading <<'END'
.* (callback|.*_failing).so start-failed
.* (large_tls|tls_huge).so load-failed
END

# ---- building ----

standalone=
case $($CXX --version 2>/dev/null) in
*clang*) standalone=-fstandalone-debug ;;
esac
has_cxx=no
is_usual=no # 64-bit and little endian: where in a file its header's fields are
[ "$(head -c 6 "$top_builddir/tests/mock/good.so" | od -An -tx1 | tr -d ' \n')" != 7f454c460201 ] || is_usual=yes
printf '#include <string>\nint main() { return std::string().size() != 0; }\n' >probe.cpp
$CXX -std=c++17 $SANITIZE_FLAGS -o probe probe.cpp >probe.log 2>&1 && ./probe && has_cxx=yes
: >building

# object NAME SOURCE FLAG…: objects/NAME.o; what is in both languages is compiled as $language, if that is set.
language=
object() {
    object_output=objects/$1.o
    object_source=$2
    shift 2
    case $language$object_source in
    c++* | *.cpp) set -- $CXX $flags $standalone -std=c++17 -x c++ "$@" ;;
    *) set -- $CC $flags -std=gnu11 "$@" ;;
    esac
    "$@" -c -o "$object_output" "$object_source" >>building 2>&1 || echo "$object_output" >>failed
}

# pins NAME OBJECT ARGUMENT…: objects/NAME.pins.o
pins() {
    pins_output=objects/$1.pins.o
    pins_object=objects/$2.o
    shift 2
    CC=$CC "$PLUGPIN" -o "$pins_output" $pins_options "$pins_object" "$@" >>building 2>&1 || echo "$pins_output" >>failed
}
pins_options=

# plugin NAME OBJECT FLAG…: plugins/NAME.so of an object and its pins
linker=$CC
plugin() {
    plugin_output=plugins/$1.so
    plugin_object=objects/$2
    shift 2
    $linker $SANITIZE_FLAGS -shared -Wl,--build-id -o "$plugin_output" "$plugin_object.o" "$plugin_object.pins.o" "$@" \
        >>building 2>&1 || echo "$plugin_output" >>failed
}

# needing NAME LIBRARY: a plugin that needs plugins/lib/LIBRARY and finds it there
needing() {
    # shellcheck disable=SC2016 # for the dynamic linker
    plugin "$1" plain -Wl,--no-as-needed -Wl,-rpath,'$ORIGIN/lib' -Wl,--allow-shlib-undefined \
        "plugins/lib/$2"
}

# shared NAME SOURCE FLAG…: a library plugins/lib/NAME
shared() {
    shared_name=$1
    shift
    $CC $SANITIZE_FLAGS -g -fPIC -shared -Wl,--build-id -Wl,-soname,"$shared_name" -o "plugins/lib/$shared_name" "$@" \
        >>building 2>&1 || echo "$shared_name" >>failed
}

# copy NAME [OF]: plugins/NAME.so, a copy of plugins/plain.so or OF, for $file to be changed
copy() {
    file=plugins/$1.so
    cp "plugins/${2:-plain}.so" "$file" || echo "$file" >>failed
}

# poke OFFSET BYTES: writes into $file
poke() {
    printf %b "$2" | dd of="$file" bs=1 seek="$1" conv=notrunc 2>>building
}

# reword FROM TO: texts of equal length in $file
reword() {
    cp "$file" before
    sed -i "s/$1/$2/" "$file"
    [ "$(wc -c <before)" -eq "$(wc -c <"$file")" ] && ! cmp -s before "$file" || echo "$file: $1" >>failed
}

# What a library and the plugin that needs it are made of.
echo 'int mock_library_answer(void) { return 1; }' >empty.c
shared libmocklibrary.so "$top_srcdir/tests/mock/library.c"
cp plugins/lib/libmocklibrary.so built_first.so
mkdir other
$CC $SANITIZE_FLAGS -g -DANSWER=12 -fPIC -shared -Wl,--build-id -Wl,-soname,libmocklibrary.so -o other/libmocklibrary.so \
    "$top_srcdir/tests/mock/library.c" >>building 2>&1

# ---- hosts ----

# host NAME FLAG…: hosts/NAME, linked with $link besides
link=-rdynamic
objects_of_host() {
    host_name=$1
    shift
    object "$host_name" "$sources/host.c" -DHOST_NAME="\"$host_name\"" "$@"
    case " $* " in
    *PLUGMGR_WITHOUT_PLUGPIN*) host_objects=objects/$host_name.o ;;
    *)
        pins "$host_name" "$host_name"
        host_objects="objects/$host_name.o objects/$host_name.pins.o"
        ;;
    esac
}
host() {
    objects_of_host "$@"
    $host_linker $SANITIZE_FLAGS -Wl,--build-id -o "hosts/$host_name" objects/program.o $host_objects $link -L"$library" \
        -Wl,-rpath,"$library" -lplugmgr >>building 2>&1 || echo "hosts/$host_name" >>failed
}
program_linker=$CC
[ -z "$SANITIZE_FLAGS" ] || program_linker=$CXX # what the sanitizers say about C++ lies in the runtime of a C++ program
host_linker=$program_linker
object program "$sources/program.c"
host plain
host older -DMOCK_MINOR=1 -DGROW_MINOR=0 -DDESK_MINOR=0 -DCODEC_MINOR=0
host newer -DMOCK_MAJOR=2 -DMOCK_MINOR=0 -DCOUNTER_MAJOR=2 -DCODEC_MAJOR=1
host changed -DDEEP_CHANGED -DDESK_GROWN '-DDESK_LEVEL=long' '-DCOMMAND_PARAMETER=long'
host vaulted -DVAULT_OPAQUE -DCODEC_CHANGED
host unpinned -DPLUGMGR_WITHOUT_PLUGPIN
host mute -DWITHOUT_OFFERS
link=
host hidden
link="-rdynamic -Wl,--no-as-needed other/libmocklibrary.so -Wl,-rpath,$work/other"
host linked
link="-rdynamic -Wl,--disable-new-dtags -Wl,-rpath,$work/plugins/lib"
host rpath
link="-rdynamic -no-pie"
host fixed
if [ $has_cxx = yes ]; then
    language=c++
    host_linker=$CXX
    link=-rdynamic
    host cxx
    language=
fi
# A library that acts as the host of a program.
objects_of_host engine
$CC $SANITIZE_FLAGS -shared -Wl,--build-id -Wl,-soname,libengine.so -o hosts/libengine.so $host_objects -L"$library" \
    -Wl,-rpath,"$library" -lplugmgr >>building 2>&1 || echo hosts/libengine.so >>failed
$program_linker $SANITIZE_FLAGS -o hosts/engine objects/program.o -Lhosts -Wl,-rpath,"$work/hosts" -lengine \
    -Wl,-rpath-link,"$library" >>building 2>&1 || echo hosts/engine >>failed
[ ! -e failed ]
ok $? 'the hosts are built' building

# ---- plugins ----

cp "$top_builddir"/tests/mock/*.so plugins/ || exit 99
rm plugins/library.so plugins/library_other.so plugins/canary_library.so
rm plugins/threads.so plugins/threads_cpp.so # their threads run on when they are closed, and may crash
cp "$top_builddir/tests/mock/library.so" plugins/libmocklibrary.so
cp "$top_builddir/tests/mock/canary_library.so" plugins/libcanary.so
cp plugins/libmocklibrary.so plugins/a_library.so

object plain "$top_srcdir/tests/mock/plugin.c"
pins plain plain
plugin plain plain
plugin no_build_id plain -Wl,--build-id=none
plugin sysv_hash plain -Wl,--hash-style=sysv
plugin symbolic plain -Wl,-Bsymbolic
plugin lazy plain -Wl,-z,lazy -Wl,-z,norelro
plugin exec_stack plain -Wl,-z,execstack
plugin undeletable plain -Wl,-z,nodelete
plugin unopenable plain -Wl,-z,nodlopen
plugin first plain -Wl,-z,initfirst
plugin global plain -Wl,-z,global
plugin one_segment plain -Wl,-z,noseparate-code
plugin own_soname plain -Wl,-soname,plain.so
plugin taken_soname plain -Wl,-soname,libplugmgr.so.0
plugin libc_soname plain -Wl,-soname,libc.so.6
for odd in TLS=16 TLS=1000000 INTERPOSE DLOPEN KEY ABSENT WEAK; do
    object "odd_$odd" "$sources/odd.c" "-DWITH_$odd" -fvisibility=default
done
plugin small_tls plain objects/odd_TLS=16.o
plugin large_tls plain objects/odd_TLS=1000000.o
plugin interposing plain objects/odd_INTERPOSE.o
plugin opening plain objects/odd_DLOPEN.o
plugin keyed plain objects/odd_KEY.o
plugin absent_object plain objects/odd_ABSENT.o
plugin weak plain objects/odd_WEAK.o
case $(uname -m) in
x86_64)
    object odd_TEXTREL "$sources/odd.c" -DWITH_TEXTREL
    plugin textrel plain objects/odd_TEXTREL.o -Wl,-z,notext
    ;;
esac

# libraries: where they are found and what they are
object library "$top_srcdir/tests/mock/plugin.c" -DWITH_LIBRARY
# shellcheck disable=SC2016 # for the dynamic linker
for tags in new old; do
    dtags=-Wl,--enable-new-dtags
    [ $tags = new ] || dtags=-Wl,--disable-new-dtags
    pins library library -- plugins/lib/libmocklibrary.so
    plugin "required_$tags" library $dtags -Wl,-rpath,'$ORIGIN/lib' plugins/lib/libmocklibrary.so
    plugin "braces_$tags" library $dtags -Wl,-rpath,'/nowhere:${ORIGIN}/lib' plugins/lib/libmocklibrary.so
    plugin "nowhere_$tags" library $dtags -Wl,-rpath,/nowhere plugins/lib/libmocklibrary.so
    plugin "wrong_$tags" library $dtags -Wl,-rpath,"$work/other" plugins/lib/libmocklibrary.so
done
# shellcheck disable=SC2016
origin='-Wl,-rpath,$ORIGIN/lib'
plugin no_path library plugins/lib/libmocklibrary.so
cp objects/plain.o objects/unused_pin.o
pins unused_pin unused_pin -- plugins/lib/libmocklibrary.so
plugin unused_pin unused_pin
for option in record no-pin; do
    pins_options="--$option=*"
    cp objects/library.o "objects/library_$option.o"
    pins "library_$option" "library_$option" -- other/libmocklibrary.so
    plugin "$option" "library_$option" $origin plugins/lib/libmocklibrary.so
done
pins_options="--also=libmocklibrary.so:$(readelf -n plugins/lib/libmocklibrary.so | sed -n 's/.*Build ID: //p')"
cp objects/library.o objects/any_of.o
pins any_of any_of -- other/libmocklibrary.so
plugin any_of any_of $origin plugins/lib/libmocklibrary.so
pins_options=
cp objects/library.o objects/mispinned.o
pins mispinned mispinned -- other/libmocklibrary.so
plugin mispinned mispinned $origin plugins/lib/libmocklibrary.so
for name in plain linked; do
    pins_options=--pin-host=hosts/$name
    cp objects/plain.o "objects/for_$name.o"
    pins "for_$name" "for_$name"
    plugin "for_$name" "for_$name"
done
# pinned when they had a build-ID
shared libanonymous.so empty.c
for name in required recorded; do
    pins_options=
    [ $name = required ] || pins_options="--record=*"
    cp objects/plain.o "objects/anonymous_$name.o"
    pins "anonymous_$name" "anonymous_$name" -- plugins/lib/libanonymous.so
    plugin "anonymous_$name" "anonymous_$name" -Wl,--no-as-needed $origin plugins/lib/libanonymous.so
done
pins_options=
shared libanonymous.so empty.c -Wl,--build-id=none
for name in gone directory fifo dangling text short cut foreign link unplaced; do
    shared "lib$name.so" empty.c
    needing "needs_$name" "lib$name.so"
done
cd plugins/lib || exit 99
rm libgone.so libdirectory.so libfifo.so libdangling.so
mkdir libdirectory.so
mkfifo libfifo.so
ln -s nowhere.so libdangling.so
mv liblink.so liblink.so.1 && ln -s liblink.so.1 liblink.so
mkdir apart && mv libunplaced.so apart
echo text >libtext.so
head -c 30 libshort.so >part && cp part libshort.so
head -c 3000 libcut.so >part && cp part libcut.so && rm part
[ $is_usual = no ] || printf '\363\000' | dd of=libforeign.so bs=1 seek=18 conv=notrunc 2>/dev/null # RISC-V
cd "$work" || exit 99
# a cycle, and a library that finds another one only through what needs it
shared libright.so empty.c
shared libleft.so empty.c -Wl,--no-as-needed plugins/lib/libright.so
shared libright.so empty.c -Wl,--no-as-needed plugins/lib/libleft.so
needing cycle libleft.so
shared libouter.so empty.c -Wl,--no-as-needed plugins/lib/liblink.so
plugin inherited plain -Wl,--no-as-needed -Wl,--disable-new-dtags $origin -Wl,--allow-shlib-undefined plugins/lib/libouter.so
plugin not_inherited plain -Wl,--no-as-needed -Wl,--enable-new-dtags $origin -Wl,--allow-shlib-undefined plugins/lib/libouter.so
plugin many plain -Wl,--no-as-needed -lm -lpthread -ldl -lelf -lz
$CC $SANITIZE_FLAGS -fPIC -shared -Wl,--build-id -o plugins/lib/without_soname.so empty.c >>building 2>&1
plugin absolute plain -Wl,--no-as-needed "$work/plugins/lib/without_soname.so"
plugin itself plain -Wl,--no-as-needed $origin -Wl,--allow-shlib-undefined plugins/plain.so

# the plugins of the hosts' tests
for desk in desk older=-DDESK_MINOR=0 line=-DDESK_LINE=const\ long\ * level=-DDESK_LEVEL=long grown=-DDESK_GROWN \
    absent=-DWITH_ABSENT; do
    name=desk_${desk%%=*}
    case $desk in
    *=*) object "$name" "$top_srcdir/tests/hosts/desk.c" "${desk#*=}" ;;
    *) object "$name" "$top_srcdir/tests/hosts/desk.c" ;;
    esac
    pins "$name" "$name"
    plugin "$name" "$name"
done
for counter in counter counter_2=-DCOUNTER_MAJOR=2 starting=-DWITH_START unfingerprinted=-DPLUGMGR_WITHOUT_PLUGPIN; do
    name=${counter%%=*}
    option=
    [ "$name" = counter ] || option=${counter#*=}
    object "$name" "$top_srcdir/tests/hosts/counter.c" $option
    if [ "$name" = unfingerprinted ]; then
        $CC $SANITIZE_FLAGS -shared -Wl,--build-id -o plugins/$name.so objects/$name.o >>building 2>&1
        continue
    fi
    pins "$name" "$name"
    plugin "$name" "$name"
done
if [ $has_cxx = yes ]; then
    linker=$CXX
    object counter_cxx "$top_srcdir/tests/hosts/counter.cpp"
    pins counter_cxx counter_cxx
    plugin counter_cxx counter_cxx
    printf 'struct once { int n; };\ninline once unique_object;\ntemplate <class T> T &shared() { static T t; return t; }\n%s\n' \
        '__attribute__((visibility("default"))) int odd_unique() { return unique_object.n++ + shared<int>()++; }' >unique.cpp
    object unique unique.cpp -fvisibility=default
    printf '#include <string>\nthread_local std::string odd_text("text");\n%s\n' \
        '__attribute__((visibility("default"))) const char *odd_tls() { return odd_text.c_str(); }' >thread.cpp
    object thread thread.cpp -fvisibility=default
    plugin unique plain objects/unique.o
    plugin thread_local plain objects/thread.o
    language=c++
    object desk_cxx "$top_srcdir/tests/hosts/desk.c"
    pins desk_cxx desk_cxx
    plugin desk_cxx desk_cxx
    language=
    linker=$CC
fi
[ ! -e failed ]
ok $? 'the plugins are built' building

# files that are no plugins, or damaged ones
cp objects/plain.o plugins/relocatable.so
cp hosts/plain plugins/host.so
cp hosts/fixed plugins/program.so
cp hosts/libengine.so plugins/engine.so
echo text >plugins/text.so
: >plugins/empty.so
mkfifo plugins/fifo.so
ln -s nowhere plugins/dangling.so
ln -s loop.so plugins/loop.so
ln -s plain.so plugins/linked.so
ln -s ../built_first.so plugins/linked_library.so
for size in 3 16 60 64 200 900 4000 8000 12000; do
    head -c $size plugins/plain.so >plugins/cut_$size.so
done
head -c "$(($(wc -c <plugins/plain.so) - 1))" plugins/plain.so >plugins/cut_last.so
if [ $is_usual = yes ]; then
    copy foreign
    poke 18 '\0363\0000' # RISC-V
    copy other_class
    poke 4 '\0001'
    copy other_order
    poke 5 '\0002'
    copy other_type
    poke 16 '\0004'
    copy no_segments
    poke 56 '\0000\0000'
    copy bad_segments
    poke 32 '\0377\0377\0377\0377'
    copy writable_code # the first segment
    poke 68 '\0007'
    copy long_note
    poke "$(($(grep -obUa 'PlugMgr' "$file" | head -n 1 | cut -d : -f 1) - 8))" '\0377\0377\0377\0177'
fi
copy no_magic
poke 0 'ELF'
copy trailing
echo 'more bytes at the end' >>"$file"
copy role
reword 'role=plugin' 'role=plugim'
copy role_host
reword 'role=plugin' 'role=host\x00x'
copy interface_name
reword 'interface=mock' 'interface=m ck'
copy other_interface
reword 'interface=mock' 'interface=mick'
copy note_version
reword 'version=1.2' 'version=1.x'
copy note_control
reword 'name=mock' 'name=mo\x1bk'
copy no_key
reword 'role=plugin' 'rule=plugin'
copy owner
reword 'PlugMgr' 'PlugMgs'
copy abi_version
reword 'plugmgr-abi 1' 'plugmgr-abi 9'
copy abi_root
reword 'root struct mock' 'root struct m ck'
copy abi_id
reword 'id=[0-9a-f]' 'id=g'
copy missing_symbol
reword 'symbol=plugmgr_provide_mock_first' 'symbol=plugmgr_provide_mock_worst'
copy group_writable
chmod 664 "$file"
copy everybody
chmod 666 "$file"
copy unreadable
chmod 000 "$file"
mkdir plugins/open && chmod 777 plugins/open && cp plugins/plain.so plugins/open/in_open_folder.so
mkdir plugins/sticky && chmod 1777 plugins/sticky && cp plugins/plain.so plugins/sticky/in_sticky_folder.so
if command -v objcopy >/dev/null; then
    copy stripped
    strip -s "$file"
    objcopy --only-keep-debug plugins/plain.so plugins/debug_only.so
    objcopy -R .note.plugmgr.abi plugins/plain.so plugins/no_abi.so 2>>building
    objcopy --set-section-flags .note.plugmgr=readonly plugins/plain.so plugins/unmapped.so 2>>building
fi
# Folders apart: plugcheck takes them for the plugins in them, and a host for no file.
find plugins -mindepth 1 -maxdepth 1 ! -type d | sort >list
printf '%s\n' plugins/open/in_open_folder.so plugins/sticky/in_sticky_folder.so plugins/absent.so plugins/plain.so/x >>list
count=$(wc -l <list)
[ "$count" -ge 150 ]
ok $? "there are $count plugins" list

# ---- the same verdicts ----

# What plugcheck says, as host.c prints it.
cat >lines.jq <<'END'
def field: if . == null then "(none)" elif type == "array" then join("\\n") else . end;
def count($separator; $noun):
    if . == 0 then "" else $separator + "\(.) \($noun)" + (if . > 1 then "s" else "" end) end;
.verdicts[] | .file as $file |
([.findings[] | select(.severity == "refusal")] | length) as $refusals |
([.findings[] | select(.severity == "warning")] | length) as $warnings |
"\($file)\t\($file): " + (if .accepted and .plugin then .plugin + ": " else "" end) +
    (if .accepted then "accepted" else "refused" end) + (if .host then " by " + .host else "" end) +
    ($refusals | count(": "; "problem")) + ($warnings | count(if $refusals > 0 then ", " else ": " end; "warning")),
(.findings[] | [$file, .code, .severity, .subject, .text, .have, .want, .changes, .remedy] | map(field) | join("\t"))
END

# without_loading HOST FILE: its lines without what only loading finds in results/opened, and without the first lines of
# the plugins of which it found that.
without_loading() {
    awk -F '\t' -v host="$1" '
        FILENAME == "only_by_loading" { split($0, word, " "); patterns[++count] = "^" host " plugins/" word[2] " " word[3] "$"
            hosts[count] = "^" word[1] "$"; next }
        { is_loading = 0
          for (i = 1; i <= count; i++)
              is_loading = is_loading || (host ~ hosts[i] && (host " " $1 " " $2) ~ patterns[i]) }
        FILENAME == "results/opened" && !is_read { if (is_loading) fails[$1] = 1 }
        FILENAME != "results/opened" || is_read { if (!is_loading && !(NF == 2 && $1 in fails)) print }
    ' only_by_loading results/opened is_read=1 "$2"
}

# without_unknown FILE: its lines without those plugins that need symbols of the program that loads a host which is a
# library: of the library's file alone plugcheck cannot tell whether that program has them, and says so.
without_unknown() {
    awk -F '\t' 'FILENAME != "results/unknown" || is_read { if (!($1 in unknown)) print; next } { unknown[$1] = 1 }' \
        results/unknown is_read=1 "$1"
}

# agree HOST FILE POLICY BESIDE PLUGIN…: plugcheck with the host's file, and the host, with BESIDE open already; both with
# the search path $search.
pairs=0
search=
agree() {
    agree_name=$1
    agree_file=$2
    agree_policy=$3
    agree_beside=$4
    shift 4
    agree_search=$(echo "$search" | tr : '\n' | sed -n 's/./--search=&/p')
    name="$agree_name, $agree_policy${agree_beside:+, beside $agree_beside}${search:+, searching $search}"
    status=0
    "$PLUGCHECK" --policy="$agree_policy" --host="$agree_file" ${agree_beside:+"--beside=$agree_beside"} \
        $agree_search --json "$@" \
        >results/json 2>results/errors || status=$?
    jq -r -f lines.jq results/json >results/files 2>>results/errors
    ok "$([ "$status" -le 3 ] && [ "$status" -ne 2 ] && [ ! -s results/errors ]; echo $?)" "$name: plugcheck" results/errors
    PLUGMGR_PATH=$search "hosts/$agree_name" results/checked results/opened "$agree_policy" "$agree_beside" "$@" >results/output 2>&1
    ok $? "$name: the host judges and opens" results/output
    if [ "$agree_name" = engine ]; then
        awk -F '\t' '$2 == "symbol-unknown" { print $1 }' results/files >results/unknown
        for list in files checked opened; do
            without_unknown results/$list >results/known && mv results/known results/$list
        done
    fi
    diff results/files results/checked >results/difference
    ok $? "$name: what plugcheck finds is what plugmgr_check finds" results/difference
    without_loading "$agree_name" results/files >results/files.less
    without_loading "$agree_name" results/opened >results/opened.less
    [ -s results/files.less ] && diff results/files.less results/opened.less >results/difference
    ok $? "$name: and what plugmgr_open finds" results/difference
    pairs=$((pairs + $(jq '.verdicts | length' results/json)))
    cat results/json >>all.json
    [ "$agree_policy$agree_beside$search" != compatible ] || jq -c '.verdicts[]' results/json >>apart
}

# shellcheck disable=SC2046 # names without blanks
set -- $(cat list)
for host in hosts/*; do
    [ "$host" != hosts/libengine.so ] || continue
    file=$host
    [ "$host" != hosts/engine ] || file=hosts/libengine.so
    for policy in compatible exact version; do
        agree "${host#hosts/}" "$file" $policy '' "$@"
    done
done
# All hosts at once: the same verdicts, and the matrix is a short form of them.
hosts=$(find hosts -type f ! -name engine | sed 's#hosts/libengine.so#hosts/engine#' | sort |
    sed 's#hosts/engine#hosts/libengine.so#; s/^/--host=/')
status=0
"$PLUGCHECK" --json $hosts "$@" >results/json 2>results/errors || status=$?
jq -c '.verdicts[]' results/json >together 2>>results/errors
ok "$([ "$status" -eq 3 ] && [ ! -s results/errors ] && [ -s together ] && cmp -s apart together; echo $?)" \
    'plugcheck says the same of all hosts at once' results/errors
jq -r '(.verdicts | map(if .accepted | not then .findings[0].code
        elif any(.findings[]; .severity == "warning") then "warned" else "accepted" end)) as $cells |
    (.matrix | length) as $rows | .matrix | to_entries[] | .key as $row |
    select(.value.cells != [range($row; $cells | length; $rows) | $cells[.]]) | .value.file' results/json >results/wrong
ok "$([ ! -s results/wrong ] && [ "$(jq '.hosts | length' results/json)" -ge 12 ]; echo $?)" 'and the matrix is of these verdicts' \
    results/wrong

set -- plugins/vault_*.so plugins/good.so plugins/codecs_*.so plugins/desk_*.so
mkdir beside
cp plugins/vault_int.so plugins/vault_long.so plugins/plain.so beside
for beside in vault_int vault_long plain; do
    for policy in compatible exact version; do
        case $policy-$beside in
        exact-vault*) ;; # refused itself
        *) agree vaulted hosts/vaulted $policy beside/$beside.so "$@" ;;
        esac
    done
done
# What they require comes from a search path: the best, a chain, what is refused and passed over; a cycle; two folders.
mkdir several circular
for name in a a_later a_older a_changed a_unresolved b_c c; do
    cp plugins/link_$name.so several
done
for name in a_b b_a a_major; do
    cp plugins/link_$name.so circular
done
set -- plugins/link_*.so plugins/plain.so
for search in several circular circular:several; do
    for policy in compatible exact version; do
        agree plain hosts/plain $policy '' "$@"
    done
done
cp plugins/link_a_mock.so beside
agree plain hosts/plain compatible beside/link_a_mock.so "$@"
search=
ok "$([ "$pairs" -ge 300 ]; echo $?)" "$pairs pairs were compared"

# The pairs are of all kinds.
jq -r '.verdicts[] | if .accepted then "accepted" else "refused" end, .findings[].code' all.json | sort | uniq -c | sort -rn >kinds
for kind in accepted refused file-absent file-not-regular not-elf elf-truncated elf-malformed elf-machine elf-type \
    debug-only not-a-plugin note-malformed interface-none interface-major interface-minor \
    interface-version interface-layout interface-unfingerprinted abi-malformed interface-not-provided symbol-not-exported \
    interface-provider dependency-cycle \
    symbol-uninitialised symbol-missing symbol-unknown stack-executable text-relocations build-id-none \
    tls-static elf-no-dlopen unload-nodelete load-mode pin-build-id pin-no-build-id pin-unused library-missing library-unreadable; do
    grep -q " $kind\$" kinds || [ "$kind-$is_usual" = elf-machine-no ]
    ok $? "among them: $kind" kinds
done

# A difference would be found: a host that is another one than the file.
"$PLUGCHECK" --host=hosts/newer --json plugins/good.so >results/json
jq -r -f lines.jq results/json >results/files
hosts/plain results/checked results/opened compatible '' plugins/good.so
! cmp -s results/files results/opened
ok $? 'a difference would be found' results/files
done_testing
