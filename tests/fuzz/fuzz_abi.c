/* SPDX-License-Identifier: MIT */
/* Two texts, with a NUL between them, and both as a lock file: read, each compared with itself and the other.
 *
 *     clang -g -fsanitize=fuzzer,address,undefined -Ilib tests/fuzz/fuzz_abi.c lib/abi*.c lib/error.c lib/note.c
 * lib/text.c */
#include "abi.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
    if (!is_so)
        abort();
}

/* What holds for whatever two texts. */
static void compare(const struct pm_abi_tree *a, const struct pm_abi_tree *b, struct pm_arena *arena)
{
    struct pm_abi_difference there, back;
    pm_abi_compare(a, b, arena, &there);
    pm_abi_compare(b, a, arena, &back);
    expect(there.is_different == back.is_different && there.enumerators_added == back.enumerators_added);
    expect(there.from_appends == back.to_appends && there.to_appends == back.from_appends);
    expect(there.opaque_count == back.opaque_count);
    bool is_same = !there.is_different && there.from_appends + there.to_appends == 0 &&
                   there.enumerators_added + there.opaque_count == 0;
    expect((there.line_count == 0) == is_same && there.lines[there.line_count] == NULL);
    if (a == b)
        expect(is_same);
    for (size_t i = 0; i < there.opaque_count; i++)
        expect(pm_abi_compare_definition(a, b, there.opaque_tags[i], arena) == PM_ABI_ABSENT);
    pm_abi_compare_definition(a, b, "struct user", arena);
    pm_abi_has_member(a, "get");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pm_arena arena = {0};
    struct pm_problem problem;
    struct pm_abi_entry *entries;
    size_t count = 0;
    const struct pm_abi_tree *trees[2] = {NULL, NULL};
    const char *text = pm_arena_copy_bytes(&arena, data, size);
    size_t first = strlen(text);
    for (size_t i = 0; i < 2; i++, text += first < size ? first + 1 : 0)
        if (pm_abi_parse(text, &arena, &trees[i], &problem) == 0)
            compare(trees[i], trees[i], &arena);
    if (trees[0] != NULL && trees[1] != NULL)
        compare(trees[0], trees[1], &arena);
    if (pm_abi_read_lock((const char *)data, size, &arena, &entries, &count, &problem) == 0)
        for (size_t i = 0; i < count; i++)
            expect(pm_abi_parse(entries[i].text, &arena, &trees[0], &problem) == 0);
    pm_arena_free(&arena);
    return 0;
}
