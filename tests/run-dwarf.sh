#!/bin/sh
# SPDX-License-Identifier: MIT
# run-dwarf.sh: plugpin reads debug information: by each compiler, in each form the same text; else a message that names
# the flag; and whatever is broken ends in a message.

# $CC may be several words, and so are lists of flags; ulimit -v is in every shell of Linux.
# shellcheck disable=SC2086,SC3045
# shellcheck source=tests/tap.sh
. "${top_srcdir:-.}/tests/tap.sh"

: "${CC:=cc}" "${CXX:=c++}" "${PLUGPIN:=./plugpin}"
LC_ALL=C
export LC_ALL
source_folder=$(cd "${top_srcdir:-.}" && pwd)
include="-I$source_folder/lib -I$source_folder/tests/dwarf"
rich=$source_folder/tests/dwarf/rich.c
class=$source_folder/tests/dwarf/class.cpp
bad=$source_folder/tests/dwarf/bad.s
case $PLUGPIN in
/*) ;;
*) PLUGPIN=$PWD/$PLUGPIN ;;
esac
cd "$work" || exit 99

have() {
    command -v "$1" >/dev/null 2>&1
}

# dump OBJECT: its texts into `out`; 1 when it is refused. What takes too long or too much memory is neither. The
# sanitizers need address space of their own.
dump() {
    if [ -n "$SANITIZE_FLAGS" ]; then
        timeout 60 "$PLUGPIN" --dump "$1" >out 2>&1
    else
        (ulimit -v 262144 && exec timeout 20 "$PLUGPIN" --dump "$1" >out 2>&1)
    fi
}

# same NAME COMPILER…: compiled so, rich.c gives the text of base.o. Skips what the compiler does not know.
same() {
    same_name=$1
    shift
    rm -f same.o
    if ! "$@" $include -w -c -o same.o "$rich" >out 2>&1; then
        skip "$same_name" "the compiler does not know the flags"
        return 0
    fi
    same_object "$same_name" same.o
}

# same_object NAME OBJECT
same_object() {
    if dump "$2" && cmp -s base.text out; then
        ok 0 "$1"
    else
        diff base.text out >difference
        ok 1 "$1" difference
    fi
}

# refused NAME OBJECT TEXT: the message is one line, and the text is its end.
refused() {
    dump "$2"
    refused_status=$?
    [ "$refused_status" -eq 1 ] && [ "$(wc -l <out)" -eq 1 ] && case $(cat out) in
    "plugpin: "*"$3") true ;;
    *) false ;;
    esac
    refused_failed=$?
    echo "exit status $refused_status, expected 1 and: $3" >>out
    ok "$refused_failed" "$1" out
}

# compile OBJECT COMPILER…: rich.c; false if the compiler does not know the flags.
compile() {
    compile_out=$1
    shift
    rm -f "$compile_out"
    "$@" $include -w -c -o "$compile_out" "$rich" >out 2>&1
}

g1="compile with -g (not -g1, -gmlt or -gline-tables-only)"
types_section="compiled with -fdebug-types-section: compile without it, or join the sections first, with \`ld -r \
--force-group-allocation\`"
no_debug="no debug information: compile with -g, and do not strip the object"

# ---- the same text from all compilers ----

$CC $include -g -c -o base.o "$rich" || exit 99
dump base.o || {
    cat out
    exit 99
}
cp out base.text
# The text itself, checked by reading it; elsewhere sizes and the sign of char are others.
if [ "$($CC -dM -E - </dev/null | grep -cE '__x86_64__|__LP64__|__linux__')" -eq 3 ]; then
    grep -v '^#' base.text >out
    golden "the text, word for word" <"$source_folder/tests/dwarf/rich.x86_64.abi"
else
    skip "the text, word for word" "it is written down for x86_64 Linux"
fi

for compiler in gcc clang g++ clang++; do
    if ! have $compiler; then
        skip "$compiler" "$compiler is not installed"
        continue
    fi
    case $compiler in
    g++) full="g++ -x c++" ;;
    clang++) full="clang++ -x c++ -fstandalone-debug" ;;
    *) full=$compiler ;;
    esac
    for version in 2 3 4 5; do
        same "$compiler, DWARF $version" $full -gdwarf-$version
        same "$compiler, DWARF $version, -O2" $full -gdwarf-$version -O2
        same "$compiler, DWARF $version, -gz" $full -gdwarf-$version -gz
    done
    for flags in -g3 -gz=none -gz=zlib-gnu "-gdwarf-4 -gdwarf64" "-gdwarf-5 -gdwarf64" -ffunction-sections -fPIC -Os \
        "-gdwarf-5 -gstrict-dwarf" "-O2 -g3 -DNDEBUG"; do
        same "$compiler, $flags" $full -g $flags
    done
    for version in 4 5; do
        name="$compiler, DWARF $version, -gsplit-dwarf"
        if compile split.o $full -gdwarf-$version -gsplit-dwarf; then
            same_object "$name" split.o
            mkdir -p moved
            mv split.o split.dwo moved
            same_object "$name, both files moved" moved/split.o
            mv moved/split.dwo other.dwo
            refused "$name, without its file" moved/split.o "split.dwo, which is not there: compile without \
-gsplit-dwarf, or keep the file"
            echo 'extern int other; int other;' >other.h
            compile split.o $full -gdwarf-$version -gsplit-dwarf -include ./other.h
            cp other.dwo split.dwo
            refused "$name, the file of another compilation" split.o "split.o: build both anew"
            printf 'not an object' >split.dwo
            refused "$name, another file in its place" split.o "it has no debug information: the object is damaged, \
build it anew"
            rm -rf moved split.dwo split.o
        else
            skip "$name" "the compiler does not know the flags"
        fi
        # gcc writes many sections of the same name into the file, and libdw takes one of them.
        name="$compiler, DWARF $version, -gsplit-dwarf -fdebug-types-section"
        if compile split.o $full -gdwarf-$version -gsplit-dwarf -fdebug-types-section; then
            if [ "$(readelf -SW split.dwo | grep -c 'debug_\(info\|types\)\.dwo')" -gt 2 ]; then
                refused "$name" split.o "split.dwo: compiled with -fdebug-types-section: compile without it"
            else
                same_object "$name" split.o
            fi
        else
            skip "$name" "the compiler does not know the flags"
        fi
        name="$compiler, DWARF $version, -gsplit-dwarf=single"
        if compile split.o $full -gdwarf-$version -gsplit-dwarf=single; then
            refused "$name" split.o "split.o: compiled with -gsplit-dwarf=single: compile without it, or with \
-gsplit-dwarf"
        else
            skip "$name" "the compiler does not know the flag"
        fi
        # clang has types in sections of their own in C++ only.
        name="$compiler, DWARF $version, -fdebug-types-section"
        compile types.o $full -gdwarf-$version -fdebug-types-section
        if readelf -gW types.o 2>/dev/null | grep -q 'debug_'; then
            refused "$name" types.o "types.o: $types_section"
            ld -r --force-group-allocation -o joined.o types.o
            same_object "$name, joined" joined.o
        else
            same_object "$name" types.o
        fi
    done
    compile none.o $full -g0
    refused "$compiler, without -g" none.o "none.o: $no_debug"
    compile stripped.o $full -g
    strip --strip-debug stripped.o
    refused "$compiler, stripped" stripped.o "stripped.o: $no_debug"
    compile lines.o $full -g1
    refused "$compiler, -g1" lines.o "$g1"
    case $compiler in
    clang*)
        compile lines.o $full -gmlt
        refused "$compiler, -gmlt" lines.o "$g1"
        compile lines.o $full -gline-tables-only
        refused "$compiler, -gline-tables-only" lines.o "$g1"
        compile lto.o $full -g -flto
        refused "$compiler, -flto" lto.o "make a native object of it first, with \`clang -flto -fuse-ld=lld -r -o \
native.o lto.o\`"
        if have ld.lld && $compiler -flto -fuse-ld=lld -r -o native.o lto.o >out 2>&1; then
            same_object "$compiler, -flto, made native" native.o
        else
            skip "$compiler, -flto, made native" "lld cannot make it"
        fi
        ;;
    *)
        for form in baseonly reduced; do
            name="$compiler, -femit-struct-debug-$form"
            if compile other.o $full -g -femit-struct-debug-$form; then
                refused "$name" other.o "other.o: limited debug information, without the structs of headers: compile \
without -femit-struct-debug-baseonly or -reduced"
            else
                skip "$name" "the compiler does not know the flag"
            fi
        done
        same "$compiler, -flto, slim" $full -g -flto -fno-fat-lto-objects
        same "$compiler, -flto, fat" $full -g -flto -ffat-lto-objects
        same "$compiler, -flto -gz" $full -g -flto -gz
        for form in btf ctf; do
            if compile other.o $full -g$form && readelf -SW other.o | grep -qi "\.$form"; then
                refused "$compiler, -g$form alone" other.o "only BTF or CTF, no DWARF: compile with -g"
            else
                skip "$compiler, -g$form alone" "the compiler does not write it for this language"
            fi
        done
        ;;
    esac
done
if have clang++; then
    compile limited.o clang++ -x c++ -g
    refused "clang++, limited debug information" limited.o "limited debug information, without the structs behind \
pointers: compile with -fstandalone-debug"
fi

# ---- several units in one object ----

$CC $include -g -c -o one.o "$rich"
echo 'int main(void) { return 0; }' >plain.c
$CC -g -c -o plain.o plain.c
$CC -g0 -c -o bare.o plain.c
ld -r -o units.o plain.o one.o
same_object "a unit among others" units.o
rm -f archive.a
ar rc archive.a plain.o one.o bare.o
dump archive.a
cmp -s base.text out
ok $? "an archive, in which some declare nothing and have no debug information" out

# ---- compression that libdw cannot read ----

# The type in the compression header of a section, as zstd has it: 2. The header is at the section's start.
compressed=base_gz.o
$CC $include -g -gz=zlib -c -o $compressed "$rich"
offset=$(readelf -SW $compressed | sed -n 's/^.*\.debug_info *PROGBITS *[0-9a-f]* \([0-9a-f]*\) .*$/\1/p')
if [ -n "$offset" ] && readelf -hW $compressed | grep -q "2's complement, little endian"; then
    # patch POSITION BYTES…: of zstd.o
    patch() {
        patch_at=$1
        shift
        # shellcheck disable=SC2059
        printf "$@" | dd of=zstd.o bs=1 seek="$patch_at" conv=notrunc 2>/dev/null
    }
    cp $compressed zstd.o
    patch $((0x$offset)) '\002'
    refused "compressed with zstd" zstd.o "zstd.o: its debug information is compressed with zstd: compile with -gz=zlib \
or -gz=none"
    cp $compressed zstd.o
    patch $((0x$offset)) '\103'
    refused "compressed in an unknown way" zstd.o "zstd.o: its debug information is compressed in an unknown way: \
compile with -gz=none"
    if readelf -hW $compressed | grep -q 'ELF64'; then
        cp $compressed zstd.o
        patch $((0x$offset + 8)) '\377\377\377\377\377'
        refused "unfolds to a terabyte" zstd.o "more than 128 MB of compressed debug information: compile with -gz=none"
    fi
else
    skip "compressed with zstd" "the compiler does not compress, or not for this byte order"
fi

# ---- C++ that C does not have ----

if have g++ && have clang++; then
    rm -f class.text
    for version in 4 5; do
        for compiler in "g++" "clang++ -fstandalone-debug"; do
            name="$compiler, DWARF $version"
            $compiler -std=c++17 $include -w -gdwarf-$version -DGOOD -c -o class.o "$class" || exit 99
            dump class.o
            [ -f class.text ] || cp out class.text
            diff class.text out >difference
            ok $? "$name: classes that can be written down" difference
            while read -r problem type; do
                case $problem in
                "") continue ;;
                esac
                # g++ writes a class with virtual functions as a declaration, where it does not write its vtable.
                [ "$compiler" = g++ ] && always=-femit-class-debug-always || always=
                $compiler -std=c++17 $include -w -gdwarf-$version $always "-DBAD=$type" -c -o class.o "$class" ||
                    exit 99
                dump class.o
                contains "$name: $type" "$(echo "$problem" | tr _ ' ')"
            done <<'EOF'
a_class_with_a_base_class derived *d
a_class_with_virtual_functions with_virtual *v
an_instance_of_a_template space::box<int> *t
a_type_in_a_namespace_without_a_name space::unnamed *u
a_class_by_value_that_code_of_its_own_copies_or_destroys void (*f)(copying)
a_class_by_value_that_code_of_its_own_copies_or_destroys void (*f)(destroying)
a_class_by_value_that_code_of_its_own_copies_or_destroys holding (*f)()
a_class_by_value_that_code_of_its_own_copies_or_destroys void (*f)(std::string)
a_pointer_to_a_member int trivial::*p
a_pointer_to_a_member int (trivial::*p)()
EOF
        done
    done
    cp class.text out
    contains "namespaces are part of a tag" "struct space::outer::inner 4"
    contains "inline namespaces too" "struct space::v1::in_inline 4"
    contains "a struct in a struct of C has its own tag alone" "struct in_plain 4"
    contains "a struct in a struct that C does not have is qualified" "struct beyond::in_beyond 4"
    contains "a class has its struct's tag" "struct C::in_class 4"
    contains "what PLUGMGR_OPAQUE names needs not be of C" "struct to_hide opaque"
    contains "a named typedef of a struct without a tag is anonymous" "m 24 a *struct @"
    contains "__float128" "f128 f128ieee"
    contains "long double" "ld f128"
    contains "nullptr_t" "null *void"
else
    skip "C++" "g++ or clang++ is not installed"
fi

# ---- types of C that have no text, or a certain one ----

# c_type NAME DECLARATION TEXT [COMPILER…]: an interface with that member.
c_type() {
    c_name=$1
    c_declaration=$2
    c_text=$3
    shift 3
    [ $# -gt 0 ] || set -- $CC
    cat >c_type.c <<EOF
#include <plugmgr/plugin.h>
#include <stdarg.h>
struct thing { $c_declaration; };
PLUGMGR_INTERFACE(thing, struct thing, 1, 0);
PLUGMGR_PLUGIN("thing", "1.0");
PLUGMGR_PROVIDE(thing, one) = {0};
EOF
    if "$@" $include -w -g -c -o c_type.o c_type.c 2>out; then
        dump c_type.o
        contains "$c_name" "$c_text"
    else
        skip "$c_name" "the compiler does not know it"
    fi
}
c_type "va_list as a member" "va_list v" "m 0 v va_list"
c_type "an array of va_list" "va_list v[3]" "m 0 v [3]va_list"
c_type "a pointer to va_list" "int (*f)(va_list *v)" "*fn(i32;*va_list)"
c_type "va_list as a parameter" "int (*f)(va_list v)" "*fn(i32;va_list)"
c_type "a function without a prototype" "int (*f)()" "m 0 f *fn(i32;?)"
c_type "atomic, DWARF 5" "_Atomic int a" "m 0 a atomic i32" $CC -gdwarf-5
c_type "restrict is dropped" "int *restrict p" "m 0 p *i32"
c_type "decimal floats" "_Decimal32 a; _Decimal64 b" "m 0 a d32" gcc
c_type "a complex integer" "_Complex int c" "a complex integer: " gcc
c_type "a bit-precise integer" "_BitInt(17) b" "a bit-precise integer (_BitInt): " clang
c_type "the other byte order" \
    "struct __attribute__((scalar_storage_order(\"big-endian\"))) { int i; } big; \
     struct __attribute__((scalar_storage_order(\"little-endian\"))) { int i; } little" \
    "a number of the other byte order (scalar_storage_order): " gcc
c_type "another calling convention" "void (*f)(int) __attribute__((ms_abi))" \
    "a function with a calling convention of its own: " clang
c_type "bits without a name are padding" "unsigned a : 3, : 5, b : 8" "m 1.0:8 b u32" gcc
c_type "an empty array" "int a; int none[0]" "m 4 none []i32"
c_type "an aligned typedef" "struct a { int x; } *p; __extension__ __typeof__(int) y __attribute__((aligned(32)))" \
    "end 64 a32"

# ---- broken debug information ----

# broken CASE TEXT: what bad.s makes.
broken() {
    case $1 in
    root_* | no_* | many_* | units_*) broken_flags="-Wa,-defsym,$1=1 -Wa,-defsym,good=1" ;;
    *) broken_flags="-Wa,-defsym,$1=1" ;;
    esac
    if ! $CC $broken_flags -c -o bad.o "$bad" >out 2>&1; then
        ok 1 "bad.s: $1 assembles" out
        return 0
    fi
    case $2 in
    accepted)
        dump bad.o
        ok $? "bad.s: $1 is accepted" out
        ;;
    *) refused "bad.s: $1" bad.o "$2" ;;
    esac
}
anew="the object is damaged, build it anew"
no_place="a member whose place is known at run time only: give it a place of its own"
broken good accepted
broken deep_children accepted
broken member_plus accepted
contains "bad.s: member_plus: the operand is the place" "m 4 m i32"
broken typedef_aligned accepted
contains "bad.s: typedef_aligned: of its member, too" "end 64 a64"
broken bits_full accepted
contains "bad.s: bits_full: all bits of a type in their place are no bit-field" "m 0 plain i32"
contains "bad.s: bits_full: elsewhere they are one" "m 4.1:32 not i32"
broken partial_unit accepted
contains "bad.s: partial_unit: the type is found" "struct far 4"
broken struct_specifies_itself accepted
broken typedef_cycle "a typedef or qualifier of itself: $anew"
broken const_of_itself "a typedef or qualifier of itself: $anew"
broken deep_typedefs "a typedef or qualifier of itself: $anew"
broken pointer_of_itself ": the debug information is damaged, compile anew"
broken array_of_itself "an array of itself: $anew"
broken reference_outside "a reference to a type that is not there: $anew"
broken reference_to_variable "a reference to something that is no type: $anew"
broken sibling_of_itself ": $anew"
broken sibling_backwards ": $anew"
broken sibling_outside ": $anew"
broken unknown_abbreviation "an entry that cannot be read: $anew"
broken member_untyped "an entry without its type: $anew"
broken member_name "a member whose name is not an identifier: $anew"
broken member_expression "$no_place"
broken member_expression_cut "$no_place"
broken struct_sizeless "a struct without its size: $anew"
broken struct_aligned "an alignment that is no power of two: $anew"
broken struct_elsewhere "a reference to a type that is not there: $anew"
broken bits_too_wide "a bit-field wider than its type: $anew"
broken bits_far_outside "a bit-field far outside: $anew"
broken array_negative "an array of negative length: $anew"
broken array_variable "an array whose length is known at run time only: pass a pointer and a length"
broken array_dimensions "an array of too many dimensions: $anew"
broken base_odd "a base type of unusual size: use one of 1, 2, 4, 8 or 16 bytes"
broken base_bits "a bit-precise integer (_BitInt): use a type of <stdint.h>"
broken base_sizeless "a base type without encoding or size: $anew"
broken base_swapped "a number of the other byte order (scalar_storage_order): pass an array of bytes"
broken enumerator_block "an enumerator without name or value: $anew"
broken function_convention "a function with a calling convention of its own: use the usual one"
broken deep_pointers " deep: give a part of it a struct of its own"
broken deep_functions " deep: give a part of it a struct of its own"
broken deep_structs "it reaches two different types with the tag a: rename one of them"
broken million_members ": the debug information is damaged, compile anew"
broken many_units "more units of debug information than any object has: $anew"
broken many_variables "more declarations of PlugMgr than any header has: $anew"
broken units_abbreviations "more abbreviations of debug information than any object has: $anew"
broken members_share "entries that lie within each other: $anew"
broken no_canary "its header does not include plugmgr/interface.h"
broken no_interface "$g1"
broken root_version "a declaration of PlugMgr that is not as its macros write it: $anew"
broken root_objectless "a declaration of PlugMgr that is not as its macros write it: $anew"
broken root_name "a declaration of PlugMgr that is not as its macros write it: $anew"

# Objects with a byte changed or cut off: a text or a message, and nothing else.
$CC -o spoil "$source_folder/tests/dwarf/spoil.c" || exit 99
$CC $include -gdwarf-2 -c -o old.o "$rich"
set -- base.o old.o $compressed
if have clang++ && compile other_base.o clang++ -x c++ -fstandalone-debug -g; then
    set -- "$@" other_base.o
fi
for object in "$@"; do
    number=0
    spoiled_failed=0
    : >spoiled
    while [ $number -lt 150 ]; do
        ./spoil "$object" spoilt.o $number || exit 99
        dump spoilt.o
        status=$?
        if [ $status -gt 1 ] || { [ $status -eq 1 ] && [ "$(grep -vc '^plugpin: ' out)" -gt 0 ]; }; then
            spoiled_failed=1
            echo "spoil $object $number: exit status $status" >>spoiled
            cat out >>spoiled
        fi
        number=$((number + 1))
    done
    ok $spoiled_failed "$object spoilt in many places" spoiled
done

done_testing
