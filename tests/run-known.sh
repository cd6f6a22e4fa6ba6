#!/bin/sh
# SPDX-License-Identifier: MIT
# run-known.sh: what is known of a plugin before it is loaded: symbols that nobody has, how it is built, and what keeps
# it from being unloaded; each from a plugin that has just that.
# shellcheck disable=SC2154 # set by make
. "$top_srcdir/tests/tap.sh"
LC_ALL=C
export LC_ALL
unset NO_COLOR
cd "$work" || exit 99
cp "$top_builddir"/tests/mock/*.so .
cp "$top_builddir/tests/check_scope" host

# accepted FILE CODE WORDS: a warning of that code and with those words, which a strict host refuses.
accepted() {
    check "$1 is accepted" 0 "$PLUGCHECK" --host host "$1"
    contains "with the warning $2" "[$2]"
    contains "which says: $3" "$3"
    lacks "and only that" ": 2 warnings"
    check "and by version alone" 0 "$PLUGCHECK" --policy=version --host host "$1"
    check "exactly it is refused" 1 "$PLUGCHECK" --policy=exact --host host "$1"
    contains "for the same reason" "[$2]"
}

# predicted FILE CODE WORDS: a warning that refuses never.
predicted() {
    check "$1 is accepted" 0 "$PLUGCHECK" --host host "$1"
    contains "with the warning $2" "[$2]"
    contains "which says: $3" "$3"
    check "and exactly as well" 0 "$PLUGCHECK" --policy=exact --host host "$1"
    check "and without a host" 0 "$PLUGCHECK" "$1"
    contains "with the same warning" "[$2]"
}

# silent FILE: no finding at all, but the mode, which every plugin has one of.
silent() {
    check "$1 is accepted" 0 "$PLUGCHECK" --verbose --host host "$1"
    grep -v -F "[load-mode]" out >rest
    mv rest out
    lacks "without a word" "["
}

# ---- how it is built ----

accepted build_id_none.so build-id-none "-Wl,--build-id"
accepted stack_executable.so stack-executable ".note.GNU-stack"
accepted text_relocations.so text-relocations "-fPIC"
accepted code_writable.so code-writable "-Wl,-N"
accepted tls_static.so tls-static "-ftls-model=global-dynamic"
check "a plugin that is not for dlopen is refused" 1 "$PLUGCHECK" --policy=version no_dlopen.so
contains "and told why" "[elf-no-dlopen]"
silent good.so
silent origin_dlopen.so # loaded by its path, its $ORIGIN is its folder

# ---- unloading ----

predicted nodelete.so unload-nodelete "-Wl,-z,nodelete"
predicted unique.so unload-unique "habit_unique"
predicted thread_exit.so unload-thread-exit "thread_local"
predicted thread_key.so unload-thread-key "pthread_key_delete"
predicted threads.so unload-threads "PLUGMGR_STOP"
predicted threads_cpp.so unload-threads "PLUGMGR_STOP"
if readelf -W --dyn-syms unique_cpp.so | grep -q UNIQUE; then
    predicted unique_cpp.so unload-unique "_ZN6SharedIiE5valueE"
else
    skip "a unique symbol of C++" "$CXX makes none"
fi
silent thread_key_deleted.so
silent threads_joined.so
silent threads_cpp_joined.so
for mock in resident resident_nodelete; do
    check "$mock.so asks to stay" 0 "$PLUGCHECK" --verbose --host host $mock.so
    contains "which is noted" "note: unloading: "
    contains "by its code" "[unload-resident]"
    lacks "and nothing else is told of it" "warning"
done

# ---- symbols ----

for mock in nobody nobody_sysv; do
    check "$mock.so, of which nobody has three symbols, is refused" 1 "$PLUGCHECK" --host host $mock.so
    golden "and told all of them" <<END
$mock.so: refused by mockhost 3.2.1: 1 problem

  symbols: nobody has 3 symbols that the plugin needs                       [symbol-missing]
      nobody_has_an_object
      nobody_has_that
      nobody_has_this
    fix: link the plugin with the library that has them (-Wl,-z,defs tells while linking), or use the host that has them
END
done
check "without a host, a host may have them" 0 "$PLUGCHECK" nobody.so
golden "and nothing is told" <<'END'
nobody.so: habit 0.1: accepted
END
check "but asked for" 0 "$PLUGCHECK" --verbose nobody.so
contains "which they are" "nobody_has_an_object"
contains "and what for" "the host must have them"

cp habit_library_2.so libhabit.so.1
silent with_habit_library.so
cp habit_library_1.so libhabit.so.1
check "an older library lacks a version" 1 "$PLUGCHECK" --policy=version --host host with_habit_library.so
contains "and it is told which, and which it has" \
    "library libhabit.so.1: it lacks HABIT_1.12, which the plugin needs; it has up to HABIT_1.10  [symbol-version-missing]"
contains "and what needs it" "      habit_library_answer"
contains "and where it lies" "found  $work/libhabit.so.1"
lacks "and the symbol is not told twice" "[symbol-missing]"
check "without a host it is the same" 1 "$PLUGCHECK" --policy=version with_habit_library.so
contains "by the same code" "[symbol-version-missing]"
check "in JSON, too" 1 "$PLUGCHECK" --json --policy=version with_habit_library.so
contains "the code" '"code": "symbol-version-missing"'
for library in sysv unversioned; do
    cp habit_library_$library.so libhabit.so.1
    check "a library of another kind has it: $library" 0 "$PLUGCHECK" --policy=version --host host with_habit_library.so
done
cp habit_library_underlinked.so libhabit.so.1
check "a library that lacks a symbol itself" 1 "$PLUGCHECK" --policy=version --host host with_habit_library.so
contains "is named" "library $work/libhabit.so.1: nobody has a symbol that it needs"
contains "with the symbol" "nobody_has_this_either"
rm libhabit.so.1
check "a library that is missing" 1 "$PLUGCHECK" --verbose --host host with_habit_library.so
contains "is told" "[library-missing]"
lacks "and not each of its symbols" "[symbol-"
echo "no library" >libhabit.so.1
check "a library that cannot be read" 1 "$PLUGCHECK" --verbose --host host with_habit_library.so
contains "is told" "[library-unreadable]"
lacks "and not each of its symbols" "[symbol-missing]"

# ---- the host's symbols ----

accepted shared_name.so symbol-interposed "habit_answer, of $work/host"
silent shared_name_weak.so
silent shared_name_bound.so
check "without a host nobody takes its place" 0 "$PLUGCHECK" shared_name.so
lacks "and nothing is told" "[symbol-interposed]"

# ---- other machines ----

# The same is read of other classes, byte orders, relocations and hash tables.
for machine in aarch64 i686 s390x mips64el; do
    compiler=$machine-linux-gnu-gcc
    [ $machine != mips64el ] || compiler=mips64el-linux-gnuabi64-gcc
    if ! command -v $compiler >/dev/null; then
        skip "a plugin for $machine" "there is no $compiler"
        continue
    fi
    for style in gnu sysv; do
        [ $machine != mips64el ] || [ $style = sysv ] || continue # its linker makes no other
        if ! $compiler -I"$top_srcdir/lib" -DPLUGMGR_WITHOUT_PLUGPIN -DWITH_THREAD -DWITH_UNIQUE -fPIC -shared \
            -Wl,--build-id=none -Wl,-z,execstack -Wl,--hash-style=$style -o foreign.so \
            "$top_srcdir/tests/mock/habits.c" >log 2>&1; then
            skip "a plugin for $machine, $style" "$compiler does not make one: $(head -n 1 log)"
            continue
        fi
        check "a plugin for $machine, $style, is of another machine" 1 "$PLUGCHECK" --policy=version foreign.so
        for code in unload-threads unload-unique stack-executable build-id-none; do
            contains "and $code is told as well" "[$code]"
        done
        lacks "its tables are sound" "[elf-malformed]"
    done
done

done_testing
