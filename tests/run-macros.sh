#!/bin/sh
# SPDX-License-Identifier: MIT
# run-macros.sh: the macros of interface.h, plugin.h and host.h, with every compiler and linker that is there: they
# compile without a warning, the notes are read back from what was linked, a host calls what a plugin provides, and
# misuse fails while compiling or linking, with a message that helps.
# shellcheck disable=SC2086,SC2046,SC2013 # flags and names are lists of words, and are split on purpose

# shellcheck source=tests/tap.sh disable=SC2154
. "$top_srcdir/tests/tap.sh"

# What is tried here is built here, with flags of its own, whatever the project is built with: once is enough.
if [ -n "$SANITIZE_FLAGS" ]; then
    skip 'macros' 'the tests of a build without sanitizers run them'
    done_testing
    exit
fi

LC_ALL=C # the messages are compared
export LC_ALL
macros=$top_srcdir/tests/macros
include="$top_srcdir/lib"
compilers='gcc clang'
linkers='bfd gold lld'
lto='-O2 -flto'
collected='-ffunction-sections -fdata-sections' # and, when linking, --gc-sections
sanitized='-fsanitize=address,undefined -fno-sanitize-recover=all'
# Under a debugger or in a container LeakSanitizer cannot work, and leaks are not what is looked for.
ASAN_OPTIONS=detect_leaks=0
export ASAN_OPTIONS

# ---- what is there --------------------------------------------------------------------------------------------------

# compile DRIVER SOURCE ARGUMENT…: one source of tests/macros as the driver's language, with whatever else it needs.
compile() {
    compile_driver=$1
    compile_source=$2
    shift 2
    case $compile_driver in
    *++) compile_language=c++ ;;
    *) compile_language=c ;;
    esac
    $compile_driver -I"$include" -I"$macros" -x $compile_language "$macros/$compile_source" -x none "$@"
}

# driver COMPILER LANGUAGE: gcc c++ is g++.
driver() {
    case $1-$2 in
    gcc-c++*) echo g++ ;;
    *-c++*) echo "$1++" ;;
    *) echo "$1" ;;
    esac
}

# links DRIVER FLAG…: whether the driver can make a program with these flags.
links() {
    "$@" -x c "$work/empty.c" -o "$work/probe" >/dev/null 2>&1
}

# accepted DRIVER FLAG…: those of the warning flags that the driver knows. gcc has -Wmissing-variable-declarations for C
# from version 14, clang has no -Wuseless-cast; all others are known to both.
accepted() {
    accepted_driver=$1
    shift
    for flag; do
        if $accepted_driver -Werror "$flag" -x c++ -fsyntax-only "$work/empty.c" >/dev/null 2>&1 ||
            $accepted_driver -Werror "$flag" -x c -fsyntax-only "$work/empty.c" >/dev/null 2>&1; then
            echo "$flag"
        fi
    done
}

strict='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wundef -Wcast-qual -Wwrite-strings
    -Wredundant-decls -Wmissing-declarations'
echo 'int main(void) { return 0; }' >"$work/empty.c"
drivers=
for compiler in $compilers; do
    for language in c c++; do
        d=$(driver $compiler $language)
        if ! links $d; then
            skip "$d: everything" "$d is not there, or cannot link"
            continue
        fi
        drivers="$drivers $d"
        case $language in
        c) more='-Wstrict-prototypes -Wmissing-prototypes -Wmissing-variable-declarations' ;;
        *) more='-Wold-style-cast -Wuseless-cast -Wmissing-variable-declarations' ;;
        esac
        accepted $d $more >"$work/$d.warnings"
        links_with=
        for linker in $linkers; do
            if links $d -fuse-ld=$linker; then
                links_with="$links_with $linker"
            else
                skip "$d: linker $linker" "$d cannot link with $linker"
            fi
        done
        echo $links_with >"$work/$d.linkers"
        links_with=
        for linker in $(cat "$work/$d.linkers"); do
            # gcc's intermediate code is known to linkers that load gcc's plugin; lld never does.
            if [ $compiler-$linker = gcc-lld ]; then
                continue
            elif links $d $lto -fuse-ld=$linker; then
                links_with="$links_with $linker"
            else
                skip "$d: -flto with $linker" "$d cannot link with -flto and $linker"
            fi
        done
        echo $links_with >"$work/$d.lto-linkers"
        if links $d $sanitized; then
            : >"$work/$d.sanitizers"
        else
            skip "$d: sanitizers" "$d has no runtime of AddressSanitizer and UndefinedBehaviorSanitizer"
        fi
    done
done

# has DRIVER: whether it is there.
has() {
    case " $drivers " in
    *" $1 "*) return 0 ;;
    *) return 1 ;;
    esac
}

# link_flags FLAGS: what flags of the compiler ask of the linker.
link_flags() {
    case $1 in
    *-fdata-sections*) echo "$1 -Wl,--gc-sections" ;;
    *) echo "$1" ;;
    esac
}

# linkers_for DRIVER FLAGS
linkers_for() {
    case $2 in
    *-flto*) cat "$work/$1.lto-linkers" ;;
    *) cat "$work/$1.linkers" ;;
    esac
}

# What shares nothing with the macros is compiled by make's compiler: the reader, and the stand-in for the library.
cc=${CC:-cc}
check 'notes.c, the independent reader, compiles' 0 $cc $strict "$macros/notes.c" -o "$work/notes"
check 'library.c, the stand-in, compiles' 0 $cc $strict -I"$include" -c "$macros/library.c" -o "$work/library.o"

# ---- the headers alone ----------------------------------------------------------------------------------------------

# headers DRIVER: each header twice, and nothing else but one declaration, since ISO C forbids an empty file; then all.
headers() {
    for header in note interface plugin host; do
        printf '#include <plugmgr/%s.h>\n#include <plugmgr/%s.h>\nextern int declaration;\n' $header $header \
            >"$work/header-$header.c"
    done
    printf '#include <plugmgr/%s.h>\n' host plugin interface note >"$work/header-all.c"
    case $1 in
    *++) language=c++ standards='-std=c++17 -std=c++20' ;;
    *) language=c standards='-std=c11 -std=c17' ;;
    esac
    for header in "$work"/header-*.c; do
        for standard in '' $standards; do
            $1 $standard $strict $(cat "$work/$1.warnings") -Werror -I"$include" -fsyntax-only -x $language "$header" ||
                return 1
        done
    done
}

for d in $drivers; do
    check "$d: each header alone, twice, -Wundef" 0 headers $d
done

# ---- every standard, compiler, optimisation, flag and linker --------------------------------------------------------

cat >"$work/plugin.expected" <<'END'
MODULE plugpin=none|role=plugin|name=shapes|version=1.2.3
PROVIDES interface=command|instance=shapes_add|symbol=shapes_add|version=2.7
PROVIDES interface=counter|instance=only|symbol=plugmgr_provide_counter_only|version=0.0
PROVIDES interface=greeter|instance=english|symbol=plugmgr_provide_greeter_english|version=1.0
PROVIDES interface=greeter|instance=german|symbol=plugmgr_provide_greeter_german|version=1.0
PROVIDES interface=hook|instance=twice|symbol=plugmgr_provide_hook_twice|version=9999.9999
PROVIDES interface=limit|instance=lines|symbol=plugmgr_provide_limit_lines|version=12.345
PROVIDES interface=limit|instance=none|symbol=plugmgr_provide_limit_none|version=12.345
PROVIDES interface=limit|instance=shapes_columns|symbol=shapes_columns|version=12.345
REQUIRES bind=linker|interface=command|symbol=host_command|version=2.7|min=2.0
REQUIRES bind=linker|interface=command|symbol=host_command|version=2.7|min=2.0
REQUIRES bind=linker|interface=counter|symbol=host_counter|version=0.0|min=0.0
REQUIRES interface=counter|symbol=plugmgr_require_counter|version=0.0|min=0.0
REQUIRES interface=greeter|symbol=plugmgr_require_greeter|version=1.0|min=1.0
REQUIRES interface=limit|symbol=plugmgr_require_limit|version=12.345|min=12.3
REQUIRES optional=yes|interface=hook|symbol=plugmgr_require_hook|version=9999.9999|min=9999.0
STATE interface=tally|version=3.21
END
cat >"$work/host.expected" <<'END'
MODULE plugpin=none|role=host|name=table|version=0.9
PROVIDES interface=command|instance=host_command|symbol=host_command|version=2.7
PROVIDES interface=counter|instance=host_counter|symbol=host_counter|version=0.0
PROVIDES interface=counter|instance=host|version=0.0
PROVIDES interface=greeter|instance=host|version=1.0
PROVIDES interface=limit|instance=host|version=12.345
REQUIRES interface=command|version=2.7|min=2.0
REQUIRES interface=counter|version=0.0|min=0.0
REQUIRES interface=greeter|version=1.0|min=1.0
REQUIRES interface=hook|version=9999.9999|min=9999.1000
REQUIRES interface=limit|version=12.345|min=12.0
END

# notes_are EXPECTED FILE: whether the notes of the file are those, in any order.
notes_are() {
    "$work/notes" "$2" >"$2.notes" || return 1
    sort "$2.notes" | diff -u "$1" -
}

# objects DRIVER FOLDER FLAGS: the two files of the plugin and of the host.
objects() {
    for source in plugin plugin_more host host_more; do
        case $source in
        plugin*) code=-fPIC ;;
        *) code=-fPIE ;;
        esac
        compile $1 $source.c $3 $code -DPLUGMGR_WITHOUT_PLUGPIN -c -o "$2/$source.o" || return 1
    done
}

# linked DRIVER FOLDER FLAGS: links both, reads both's notes, and runs the host with the plugin.
linked() {
    rm -f "$2/plugin.so" "$2/host"
    $1 $3 -shared "$2/plugin.o" "$2/plugin_more.o" -o "$2/plugin.so" &&
        $1 $3 -pie -rdynamic "$2/host.o" "$2/host_more.o" "$work/library.o" -ldl -o "$2/host" &&
        notes_are "$work/plugin.expected" "$2/plugin.so" &&
        notes_are "$work/host.expected" "$2/host" &&
        "$2/host" "$2/plugin.so"
}

# cell DRIVER FOLDER FLAGS…: compiles once, links with each linker; writes what failed into FOLDER/failed.
cell() {
    cell_driver=$1
    cell_folder=$2
    shift 2
    if ! objects $cell_driver "$cell_folder" "$* $strict $(cat "$work/$cell_driver.warnings") -Werror" \
        >"$cell_folder/out" 2>&1; then
        { echo "compiling with $cell_driver $*:" && cat "$cell_folder/out"; } >>"$cell_folder/failed"
        return
    fi
    for linker in $(linkers_for $cell_driver "$*"); do
        echo $linker >>"$cell_folder/count"
        if ! linked $cell_driver "$cell_folder" "$(link_flags "$*") -fuse-ld=$linker" >"$cell_folder/out" 2>&1; then
            { echo "$cell_driver $* with $linker:" && cat "$cell_folder/out"; } >>"$cell_folder/failed"
        fi
    done
}

# group COMPILER STANDARD: all optimisations × all flags; each cell's objects are compiled once and linked with every
# linker. The four sets of flags are not combined with each other: each moves symbols or notes in a way of its own.
group() {
    group_driver=$(driver $1 $2)
    group_folder=$work/$1-$2
    mkdir "$group_folder"
    : >"$group_folder/count" # a line for each pair of plugin and host that was tried
    for optimisation in -O0 -O2 "$lto"; do
        for flags in '' -fvisibility=hidden "$collected" "$sanitized"; do
            if [ "$flags" = "$sanitized" ] && [ ! -f "$work/$group_driver.sanitizers" ]; then
                continue
            fi
            cell $group_driver "$group_folder" -std=$2 $optimisation $flags
        done
    done
}

# Each compiler is a process of its own that goes on in the background; what they found is told at the end, in order.
for compiler in $compilers; do
    for standard in c11 c17 c++17 c++20; do
        if has $(driver $compiler $standard); then
            group $compiler $standard
        fi
    done &
done

# ---- declared, and not used -----------------------------------------------------------------------------------------

# shape DRIVER FLAG…: the unit that only includes interfaces, as $work/shape.o.
shape() {
    shape_driver=$1
    shift
    compile $shape_driver shapes.c -g "$@" -c -o "$work/shape.o"
}

# allocated FILE: its sections that take bytes of a process.
allocated() {
    readelf --section-headers --wide "$1" | sed -n 's/^ *\[ *[0-9]*\] *//p' |
        awk '$(NF - 3) ~ /A/ && $5 !~ /^0+$/ { print $1, $5 }'
}

# debug_info FILE: in words. Of what gcc -flto made (slim), readelf shows the strings alone.
debug_info() {
    if readelf --section-headers --wide "$1" | grep -q debuglto; then
        readelf --string-dump=.gnu.debuglto_.debug_str "$1" | sed 's/^ *\[.*\]/ DW_AT_name :/'
    else
        readelf --debug-dump=info "$1" 2>&1
    fi
}

# types_in FILE: the types that the macros put into its debug information, sorted.
types_in() {
    debug_info "$1" |
        sed -nE 's/.*DW_AT_name *:.*[ \t](plugmgr_(type|opaque|canary)[a-z_]*)$/\1/p' | grep -v '_cage$' | sort -u
}

# canary FILE: whether its canary is `complete` or a `declaration`.
canary() {
    readelf --debug-dump=info "$1" 2>&1 | awk '
        /^ *<[0-9]+><[0-9a-f]+>: / { if (found) exit; is_struct = /DW_TAG_structure_type/ }
        is_struct && /DW_AT_name .*plugmgr_canary$/ { found = 1; state = "complete" }
        found && /DW_AT_declaration/ { state = "declaration" }
        END { print state }'
}

# shape_expected DRIVER: what types_in must print
shape_expected() {
    {
        for name in canary opaque_table opaque_unseen; do
            echo plugmgr_$name
        done
        for name in command counter finder greeter handler hook largest limit matrix nothing number printer row untagged; do
            echo plugmgr_type_$name
        done
        case $1 in
        *++) ;;
        *) echo plugmgr_type_growing ;;
        esac
    } | sort
}

# shape_types DRIVER FILE
shape_types() {
    shape_expected $1 >"$work/shape.expected"
    types_in "$2" | diff -u "$work/shape.expected" -
}

# shape_cell DRIVER FLAG…: no warning, no byte, all types; in the object, and in what is linked of it.
shape_cell() {
    cell_driver=$1
    shift
    shape $cell_driver "$@" -DWITHOUT && allocated "$work/shape.o" >"$work/shape.without" &&
        shape $cell_driver "$@" $strict $(cat "$work/$cell_driver.warnings") -Werror || return 1
    case $cell_driver-$* in
    clang*-flto*) ;; # no ELF object yet
    *)
        allocated "$work/shape.o" | diff -u "$work/shape.without" - && shape_types $cell_driver "$work/shape.o" ||
            return 1
        ;;
    esac
    for linker in $(linkers_for $cell_driver "$*"); do
        if ! $cell_driver -g $(link_flags "$*") -fuse-ld=$linker -shared "$work/shape.o" -o "$work/shape.so" ||
            ! shape_types $cell_driver "$work/shape.so"; then
            echo "linked with $linker"
            return 1
        fi
    done
}

# canary_is DRIVER STATE FLAG…
canary_is() {
    canary_driver=$1
    canary_state=$2
    shift 2
    shape $canary_driver "$@" || return 1
    canary_found=$(canary "$work/shape.o")
    echo "the canary is: $canary_found"
    [ "$canary_found" = "$canary_state" ]
}

for d in $drivers; do
    for flags in '-O0' '-O2 -fPIC' "-O2 $collected" "$lto" '-O2 -gdwarf-2' '-O2 -gdwarf-3' '-O2 -gdwarf-4' '-O2 -gdwarf-5'; do
        case $flags in
        *-flto*)
            if [ -z "$(cat "$work/$d.lto-linkers")" ]; then
                skip "$d $flags: interfaces declared" "$d cannot link with -flto"
                continue
            fi
            ;;
        esac
        check "$d $flags: interfaces declared take no byte, and their types are told" 0 shape_cell $d -fPIC $flags
    done
    case $d in
    clang++)
        check "$d: the canary tells limited debug information" 0 canary_is $d declaration
        check "$d -fstandalone-debug: the canary tells complete debug information" 0 \
            canary_is $d complete -fstandalone-debug
        ;;
    *) check "$d: the canary tells complete debug information" 0 canary_is $d complete ;;
    esac
done

# ---- the text of versions -------------------------------------------------------------------------------------------

edges='0 9 10 99 100 999 1000 9999'
{
    echo 'MODULE plugpin=none|role=plugin|name=versions|version=1'
    for major in $edges; do
        for minor in $edges; do
            name=v${major}_$minor
            echo "PROVIDES interface=$name|instance=x|symbol=plugmgr_provide_${name}_x|version=$major.$minor"
        done
    done
} | sort >"$work/versions-plugin.expected"
{
    echo 'MODULE plugpin=none|role=host|name=versions|version=1'
    for major in $edges; do
        for minor in $edges; do
            echo "REQUIRES interface=v${major}_$minor|version=$major.$minor|min=$major.$((minor / 2))"
        done
    done
} | sort >"$work/versions-host.expected"

# versions DRIVER ROLE FLAG…
versions() {
    versions_driver=$1
    versions_expected=$work/versions-$2.expected
    shift 2
    compile $versions_driver versions.c -DPLUGMGR_WITHOUT_PLUGPIN -fPIC -shared -O2 "$@" -o "$work/versions.so" &&
        notes_are "$versions_expected" "$work/versions.so"
}

for d in $drivers; do
    check "$d: versions at each change of the number of digits, provided" 0 versions $d plugin
    check "$d: versions at each change of the number of digits, accepted" 0 versions $d host -DHOST
done

# state DRIVER NUMBER: the record of a state of the plugin's own format; flags of a release build.
state() {
    printf 'MODULE plugpin=none|role=plugin|name=state|version=1\nSTATE version=%s\n' $2 >"$work/state.expected"
    compile $1 state.c $strict $(cat "$work/$1.warnings") -Werror -DNUMBER=$2 -DPLUGMGR_WITHOUT_PLUGPIN \
        -fPIC -shared -O2 $collected -Wl,--gc-sections -o "$work/state.so" &&
        notes_are "$work/state.expected" "$work/state.so"
}

for d in $drivers; do
    for number in 1 9 10 99 100 999 1000 9999; do
        check "$d: a state of version $number" 0 state $d $number
    done
done

# ---- misuse ---------------------------------------------------------------------------------------------------------

# refused NAME PATTERN COMMAND…: whether the command fails and says what the pattern, an extended expression, asks for.
refused() {
    refused_name=$1
    refused_pattern=$2
    shift 2
    if "$@" >"$work/out" 2>&1; then
        echo "succeeded: $*" >>"$work/out"
    elif grep -qE -e "$refused_pattern" "$work/out"; then
        ok 0 "$refused_name"
        return
    else
        echo "does not say: $refused_pattern" >>"$work/out"
    fi
    ok 1 "$refused_name" "$work/out"
}

# misuse NAME SOURCE CASE PATTERN: with every compiler, without a warning flag or -Werror: the headers alone refuse it.
misuse() {
    for d in $drivers; do
        refused "$d: $1" "$4" compile $d $2 -D$3 -DPLUGMGR_WITHOUT_PLUGPIN -fPIC -c -o "$work/misuse.o"
    done
}

# What the cases have in common is right: they are refused for their mistake alone.
for d in $drivers; do
    for source in misuse_plugin misuse_start misuse_host misuse_accept; do
        check "$d: $source.c without a mistake" 0 \
            compile $d $source.c $strict -Werror -DPLUGMGR_WITHOUT_PLUGPIN -fPIC -c -o "$work/$d-$source.o"
    done
    check "$d: the plugin without a mistake links" 0 \
        $d -shared "$work/$d-misuse_plugin.o" "$work/$d-misuse_start.o" -o "$work/misuse.so"
    check "$d: the host without a mistake links" 0 $d "$work/$d-misuse_host.o" "$work/library.o" -ldl -o "$work/misuse"
    check "$d: both work together" 0 "$work/misuse" "$work/misuse.so"
done

version_text='a PlugMgr version is two numbers from 0 to 9999'
lowest_text="the lowest version must be of the interface.?'s major, and not above its version" # gcc prints \\'s

misuse 'an interface provided that is not declared' misuse_plugin.c CASE_UNDECLARED 'plugmgr_interface_unheard_of'
misuse 'a method of another type' misuse_plugin.c CASE_METHOD \
    'incompatible pointer type|incompatible function pointer type|invalid conversion|cannot initialize a member'
misuse 'a number for a method' misuse_plugin.c CASE_NUMBER \
    'makes pointer from integer|incompatible integer to pointer|invalid conversion|cannot initialize a member'
misuse "another struct's initialiser" misuse_plugin.c CASE_OTHER_STRUCT \
    "(no member|no non-static data member|does not refer to any field in type).*(next|greeter)|field designator 'next'"
misuse 'an instance twice' misuse_plugin.c CASE_TWO_INSTANCES "redefinition of .*greeter_only"
misuse 'an initialiser forgotten' misuse_plugin.c CASE_NO_INITIALISER \
    "[Cc]ommon symbol .plugmgr_provide_greeter_only'|(uninitialized|initialization of an object of) .?const"
misuse 'two PLUGMGR_PLUGIN in a file' misuse_plugin.c CASE_TWO_PLUGINS "redefinition of .*plugmgr_PLUGIN"
misuse 'a major above 9999' misuse_plugin.c CASE_MAJOR "$version_text"
misuse 'a minor above 9999' misuse_plugin.c CASE_MINOR "$version_text"
misuse 'a minor below 0' misuse_plugin.c CASE_NEGATIVE "$version_text"
misuse 'a start without parameter' misuse_start.c CASE_NO_CONTEXT 'too many arguments to function|no matching function'
misuse 'a start with another parameter' misuse_start.c CASE_OTHER_CONTEXT \
    'incompatible pointer type|cannot convert .*plugmgr_context|no matching function for call to .start'
misuse 'a start without result' misuse_start.c CASE_NO_RESULT \
    "void value not ignored|returning 'void' from a function|object of type 'int' with an rvalue of type 'void'"
misuse 'a stop with a parameter' misuse_start.c CASE_STOP 'too few arguments to function|no matching function'
misuse 'an interface declared twice' misuse_plugin.c CASE_INTERFACE_TWICE "redefinition of .*plugmgr_root_greeter"
misuse 'an interface of an incomplete type' misuse_plugin.c CASE_INCOMPLETE 'incomplete type'
misuse "an interface of a function's type" misuse_plugin.c CASE_INTERFACE_FUNCTION \
    'for the type of a function there is PLUGMGR_FUNCTION'
for case in OBJECT POINTER ARRAY; do
    misuse "PLUGMGR_FUNCTION of another type: $case" misuse_plugin.c CASE_FUNCTION_$case \
        'PLUGMGR_FUNCTION is for the type of a function'
done
misuse "a function's minor above 9999" misuse_plugin.c CASE_FUNCTION_VERSION "$version_text"
misuse 'PLUGMGR_OPAQUE twice for a tag' misuse_plugin.c CASE_OPAQUE_TWICE 'plugmgr_opaque_once_table'
misuse 'an export of an interface that is not declared' misuse_plugin.c CASE_EXPORT_UNDECLARED \
    'plugmgr_interface_unheard_of'
misuse 'an exported function of another type' misuse_plugin.c CASE_EXPORT_TYPE \
    "conflicting types .*small_command|aliased to undefined symbol .?small_command|alias must point to a defined"
misuse 'an exported object of another type' misuse_plugin.c CASE_EXPORT_OBJECT \
    "(conflicting (types|declaration)|redefinition of|redeclaration of).*small_limit.*"
misuse 'an exported object that is not constant' misuse_plugin.c CASE_EXPORT_VARIABLE \
    "(conflicting (types|type qualifiers|declaration)|redefinition of|redeclaration of).*small_limit.*"
misuse 'an exported function that is not defined' misuse_plugin.c CASE_EXPORT_UNDEFINED \
    "aliased to undefined symbol .?small_command|alias must point to a defined variable or function"
misuse 'an export twice' misuse_plugin.c CASE_EXPORT_TWICE 'redefinition of .*plugmgr_EXPORT_command_small_command'
misuse 'an import of another type than its header has' misuse_plugin.c CASE_IMPORT_TYPE \
    '(conflicting (types|declaration)).*host_command'
misuse 'an import of an interface that is not declared' misuse_plugin.c CASE_IMPORT_UNDECLARED \
    'plugmgr_interface_unheard_of'
misuse 'an imported function called with other arguments' misuse_plugin.c CASE_IMPORT_CALL \
    'too few arguments to function|no matching function'
misuse 'an interface required that is not declared' misuse_plugin.c CASE_REQUIRE_UNDECLARED \
    'plugmgr_(interface|version)_unheard_of'
misuse "an interface required of a function's type" misuse_plugin.c CASE_REQUIRE_FUNCTION \
    'PLUGMGR_REQUIRE is for an object'
misuse "a required lowest version above the interface's" misuse_plugin.c CASE_REQUIRE_ABOVE "$lowest_text"
misuse 'a required lowest version of another major' misuse_plugin.c CASE_REQUIRE_MAJOR "$lowest_text"
misuse 'a required lowest version out of range' misuse_plugin.c CASE_REQUIRE_RANGE "$version_text"
misuse 'an interface required twice in a file' misuse_plugin.c CASE_REQUIRE_TWICE \
    'redefinition of .*plugmgr_REQUIRE_greeter'
misuse 'plugmgr_use_has of a member that is not there' misuse_plugin.c CASE_USE_MEMBER "no member (named )?.*shout"
misuse 'plugmgr_use of an interface that is not declared' misuse_plugin.c CASE_USE_UNDECLARED \
    'plugmgr_(interface|REQUIRE)_unheard_of'
misuse 'an interface offered that is not declared' misuse_host.c CASE_OFFER_UNDECLARED \
    'plugmgr_(interface|version)_unheard_of'
misuse "an interface offered of a function's type" misuse_host.c CASE_OFFER_FUNCTION 'PLUGMGR_OFFER is for an object'
misuse 'an interface offered twice in a file' misuse_host.c CASE_OFFER_TWICE 'redefinition of .*plugmgr_OFFER_limit'
misuse 'an offered method of another type' misuse_host.c CASE_OFFER_METHOD \
    'incompatible pointer type|incompatible function pointer type|invalid conversion|cannot initialize a member'
misuse 'an offer without initialiser' misuse_host.c CASE_OFFER_NO_INITIALISER \
    "[Cc]ommon symbol .plugmgr_offer_greeter'|(uninitialized|initialization of an object of) .?const"
misuse 'plugmgr_has of a member that is not there' misuse_host.c CASE_NO_MEMBER "no member (named )?.*shout"
misuse 'plugmgr_has of an interface that is not declared' misuse_host.c CASE_HAS_UNDECLARED \
    'plugmgr_(interface|ACCEPT)_unheard_of'
misuse 'plugmgr_symbol of an interface that is not declared' misuse_host.c CASE_SYMBOL_UNDECLARED \
    'plugmgr_(interface|ACCEPT)_unheard_of'
misuse 'an interface accepted that is not declared' misuse_host.c CASE_UNDECLARED 'plugmgr_version_unheard_of'
misuse "a lowest version above the interface's" misuse_host.c CASE_ABOVE "$lowest_text"
misuse 'a lowest version of a newer major' misuse_host.c CASE_NEWER_MAJOR "$lowest_text"
misuse 'a lowest version of an older major' misuse_host.c CASE_OLDER_MAJOR "$lowest_text"
misuse 'a lowest version out of range' misuse_host.c CASE_RANGE "$version_text"
misuse 'two PLUGMGR_ACCEPT of an interface in a file' misuse_host.c CASE_TWO_ACCEPTS \
    'redefinition of .*plugmgr_ACCEPT_greeter'
misuse 'two PLUGMGR_HOST in a file' misuse_host.c CASE_TWO_HOSTS 'redefinition of .*plugmgr_HOST'
misuse 'plugmgr_get of an interface that is not declared' misuse_host.c CASE_GET_UNDECLARED \
    'plugmgr_(interface|ACCEPT)_unheard_of'
misuse 'a version of a state below 1' state.c 'NUMBER=0' 'the version of a state is a number from 1 to 9999'
misuse 'a version of a state above 9999' state.c 'NUMBER=10000' 'the version of a state is a number from 1 to 9999'
misuse 'a save without result' state.c CASE_SAVE_RESULT \
    "void value not ignored|returning 'void' from a function|object of type 'int' with an rvalue of type 'void'"
misuse 'a save with another parameter' state.c CASE_SAVE_PARAMETER \
    'incompatible pointer type|cannot convert .*plugmgr_state|no matching function for call to .save'
misuse 'a restore with other parameters' state.c CASE_RESTORE_PARAMETER \
    'makes pointer from integer|incompatible integer to pointer|invalid conversion|no matching function'
misuse 'a restore with too few parameters' state.c CASE_RESTORE_FEW 'too many arguments to function|no matching function'
misuse 'two states in a file' state.c CASE_TWO 'redefinition of .*plugmgr_save'
misuse 'a state of an interface that is not declared' state.c CASE_UNDECLARED 'plugmgr_(interface|version)_unheard_of'
misuse "a state of a function's type" state.c CASE_FUNCTION 'a state is an object, not a function'
# What plugmgr_symbol returns is of the type: another pointer is at least warned of, without any flag.
for d in $drivers; do
    refused "$d: plugmgr_symbol for a pointer to another type" \
        'incompatible[- ]pointer[- ]types?|invalid conversion|cannot (initialize|convert)' \
        compile $d misuse_host.c -Werror -DCASE_SYMBOL_TYPE -DPLUGMGR_WITHOUT_PLUGPIN -c -o "$work/misuse.o"
    refused "$d: plugmgr_symbol for a pointer through which it could be written" \
        'discards|drops|invalid conversion|cannot (initialize|convert)' \
        compile $d misuse_host.c -Werror -DCASE_SYMBOL_CONST -DPLUGMGR_WITHOUT_PLUGPIN -c -o "$work/misuse.o"
done

for d in $drivers; do
    case $d in
    *++)
        refused "$d: a class with virtual functions" 'PLUGMGR_INTERFACE: struct dog is not a plain C struct' \
            compile $d misuse_plugin.c -DCASE_VIRTUAL -DPLUGMGR_WITHOUT_PLUGPIN -c -o "$work/misuse.o"
        ;;
    *)
        # The compiler alone tells nothing with -flto: then the table must lie where plugcheck sees that it is none.
        if [ -n "$(cat "$work/$d.lto-linkers")" ]; then
            check "$d -flto: an initialiser forgotten links" 0 \
                compile $d misuse_plugin.c -DCASE_NO_INITIALISER -DPLUGMGR_WITHOUT_PLUGPIN -fPIC -shared $lto \
                -fuse-ld=$(cut -d ' ' -f 1 "$work/$d.lto-linkers") -o "$work/misuse.so"
            check "$d -flto: its symbols" 0 nm "$work/misuse.so"
            contains "$d -flto: an initialiser forgotten lands in .bss" ' B plugmgr_provide_greeter_only'
        fi
        ;;
    esac
done

# ---- what only the linker can tell ----------------------------------------------------------------------------------

# object DRIVER SOURCE NAME FLAG…: an object in $work, which a test needs.
object() {
    object_driver=$1
    object_source=$2
    object_name=$3
    shift 3
    check "$object_driver: $object_name.o" 0 \
        compile $object_driver $object_source "$@" -fPIC -c -o "$work/$object_name.o"
}

for d in $drivers; do
    object $d misuse_plugin.c no_plugin -DCASE_NO_PLUGIN -DPLUGMGR_WITHOUT_PLUGPIN
    object $d misuse_host.c no_host -DCASE_NO_HOST -DPLUGMGR_WITHOUT_PLUGPIN
    object $d misuse_host.c unaccepted -DCASE_GET_UNACCEPTED -DPLUGMGR_WITHOUT_PLUGPIN
    object $d misuse_host.c unaccepted_symbol -DCASE_SYMBOL_UNACCEPTED -DPLUGMGR_WITHOUT_PLUGPIN
    object $d misuse_host.c unaccepted_has -DCASE_HAS_UNACCEPTED -DPLUGMGR_WITHOUT_PLUGPIN
    object $d misuse_plugin.c unrequired -DCASE_USE_UNREQUIRED -DPLUGMGR_WITHOUT_PLUGPIN
    object $d plugin.c second_plugin -DPLUGMGR_WITHOUT_PLUGPIN
    object $d state.c state -DPLUGMGR_WITHOUT_PLUGPIN
    object $d state.c state_of -DPLUGMGR_WITHOUT_PLUGPIN -DCASE_NO_PLUGIN -DOF_INTERFACE
    plugin=$work/$d-misuse_plugin.o
    host=$work/$d-misuse_host.o
    for linker in $(cat "$work/$d.linkers"); do
        at="$d, $linker"
        flags=-fuse-ld=$linker
        refused "$at: two PLUGMGR_PLUGIN in two files" '(multiple definition of|duplicate symbol:).*plugmgr_PLUGIN' \
            $d $flags -shared "$plugin" "$work/second_plugin.o" -o "$work/misuse.so"
        refused "$at: PLUGMGR_PLUGIN forgotten" 'plugmgr_PLUGIN' \
            $d $flags -shared "$work/no_plugin.o" -o "$work/misuse.so"
        refused "$at: plugmgr_use of an interface that the plugin does not require" 'plugmgr_REQUIRE_counter' \
            $d $flags -shared "$work/unrequired.o" -o "$work/misuse.so"
        refused "$at: PLUGMGR_PLUGIN forgotten beside a state" 'plugmgr_PLUGIN' \
            $d $flags -shared "$work/state_of.o" -o "$work/misuse.so"
        refused "$at: two states in two files" '(multiple definition of|duplicate symbol:).*plugmgr_save' \
            $d $flags -shared "$work/state.o" "$work/state_of.o" -o "$work/misuse.so"
        refused "$at: two PLUGMGR_ACCEPT of an interface in two files" \
            '(multiple definition of|duplicate symbol:).*plugmgr_ACCEPT_greeter' \
            $d $flags "$host" "$work/$d-misuse_accept.o" "$work/library.o" -ldl -o "$work/misuse"
        refused "$at: plugmgr_get of an interface that the host does not accept" 'plugmgr_ACCEPT_counter' \
            $d $flags "$work/unaccepted.o" "$work/library.o" -ldl -o "$work/misuse"
        refused "$at: plugmgr_symbol of an interface that the host does not accept" 'plugmgr_ACCEPT_command' \
            $d $flags "$work/unaccepted_symbol.o" "$work/library.o" -ldl -o "$work/misuse"
        refused "$at: plugmgr_has of an interface that the host does not accept" 'plugmgr_ACCEPT_counter' \
            $d $flags "$work/unaccepted_has.o" "$work/library.o" -ldl -o "$work/misuse"
        refused "$at: PLUGMGR_HOST forgotten" 'plugmgr_HOST' \
            $d $flags "$work/no_host.o" "$work/library.o" -ldl -o "$work/misuse"
    done
done

# guard_objects DRIVER FLAGS: a plugin and a host that ask for plugpin's output, and what stands in for that.
guard_objects() {
    for source in misuse_plugin misuse_host pins; do
        compile $1 $source.c $2 -fPIC -c -o "$work/guard_$source.o" || return 1
    done
}

# guard DRIVER FLAGS ARGUMENT…: a link that must fail without plugpin's output, say what to do, and succeed with it.
guard() {
    guard_command="$1 $2"
    shift 2
    rm -f "$work/guard"
    if $guard_command "$@" -o "$work/guard" >"$work/guard.out" 2>&1; then
        echo "linked without plugpin's output: $guard_command $*"
        return 1
    fi
    if ! grep -q 'plugmgr_link_the_output_of_plugpin_for_greeter' "$work/guard.out"; then
        echo "does not say what to link: $guard_command $*"
        cat "$work/guard.out"
        return 1
    fi
    $guard_command "$@" "$work/guard_pins.o" -o "$work/guard"
}

# guards DRIVER FLAGS: a plugin, and a host that is a library and one that is a program. The symbol is hidden, so that
# -shared needs no -Wl,-z,defs.
guards() {
    guard $1 "$2" "$work/guard_misuse_plugin.o" -shared &&
        guard $1 "$2" "$work/guard_misuse_host.o" -shared &&
        guard $1 "$2" "$work/guard_misuse_host.o" "$work/library.o" -ldl
}

for d in $drivers; do
    for flags in -O0 "-O2 $collected" "$lto"; do
        check "$d $flags: what asks for plugpin's output" 0 guard_objects $d "$flags"
        for linker in $(linkers_for $d "$flags"); do
            check "$d $flags, $linker: plugpin's output forgotten, and linked" 0 \
                guards $d "$(link_flags "$flags") -fuse-ld=$linker"
        done
    done
done

# ---- what the processes in the background found ---------------------------------------------------------------------

wait
for compiler in $compilers; do
    for standard in c11 c17 c++17 c++20; do
        has $(driver $compiler $standard) || continue
        count=$(wc -l <"$work/$compiler-$standard/count")
        name="$(driver $compiler $standard) $standard: every optimisation, flag and linker ($count pairs)"
        if [ -f "$work/$compiler-$standard/failed" ]; then
            ok 1 "$name" "$work/$compiler-$standard/failed"
        else
            test "$count" -gt 0
            ok $? "$name"
        fi
    done
done

done_testing
