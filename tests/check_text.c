/* SPDX-License-Identifier: MIT */
/* Strings with one owner, text that grows, and what of it may reach a terminal. */
#include "text.h"

#include <check.h>
#include <plugmgr/host.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

/* ---- the arena ---- */

START_TEST(arena_gives_zeroed_memory_aligned_for_any_type)
{
    struct pm_arena arena = {0};
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *memory = pm_arena_new(&arena, size);
        ck_assert_ptr_nonnull(memory);
        ck_assert_uint_eq((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            ck_assert_uint_eq(memory[i], 0);
        memset(memory, 0xff, size);
    }
    ck_assert(!arena.failed);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(arena_with_room_taken_at_once_asks_the_heap_no_more)
{
    struct pm_arena arena = {0};
    pm_arena_reserve(&arena, 5000);
    pm_arena_reserve(&arena, 4000); /* is there already */
    fail_allocation(1);
    for (size_t i = 0; i < 50; i++)
        pm_arena_new(&arena, 96);
    pm_arena_reserve(&arena, 200);
    bool has_failed = arena.failed;
    pm_arena_reserve(&arena, 201);
    fail_allocation(0);
    ck_assert(!has_failed);
    ck_assert(arena.failed);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(arena_of_an_impossible_size_fails)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2 + 1, SIZE_MAX / 2};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct pm_arena arena = {0};
        fail_allocation(1); /* the last one is asked of the C library: a sanitizer's would end the process */
        void *memory = pm_arena_new(&arena, sizes[i]);
        fail_allocation(0);
        ck_assert_ptr_null(memory);
        ck_assert(arena.failed);
        pm_arena_free(&arena);
    }
    struct pm_arena arena = {0};
    ck_assert_str_eq(pm_arena_copy_bytes(&arena, "", SIZE_MAX), "");
    ck_assert(arena.failed);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(arena_copies_joins_and_formats)
{
    struct pm_arena arena = {0};
    char text[] = "text";
    const char *copy = pm_arena_copy(&arena, text);
    text[0] = 'n';
    ck_assert_str_eq(copy, "text");
    const char *bytes = pm_arena_copy_bytes(&arena, "a\0bc", 3);
    ck_assert_mem_eq(bytes, "a\0b\0", 4);
    ck_assert_str_eq(pm_arena_copy_bytes(&arena, NULL, 0), "");
    ck_assert_str_eq(pm_arena_join(&arena, "a", "", "bc", NULL), "abc");
    ck_assert_str_eq(pm_arena_join(&arena, "", NULL), "");
    ck_assert_str_eq(pm_arena_number(&arena, 0), "0");
    ck_assert_str_eq(pm_arena_number(&arena, UINT64_MAX), "18446744073709551615");
    ck_assert_str_eq(pm_arena_hex(&arena, (const uint8_t[]){0x00, 0x9f, 0xff}, 3), "009fff");
    ck_assert_str_eq(pm_arena_hex(&arena, NULL, 0), "");
    ck_assert_str_eq(copy, "text");
    ck_assert(!arena.failed);
    pm_arena_free(&arena);
    ck_assert_ptr_null(arena.blocks);
    pm_arena_free(&arena);
}
END_TEST

/* Each of them needs a block of its own, so that each is the nth allocation once. */
START_TEST(arena_without_memory_gives_empty_text_and_remembers)
{
    static char large[5000];
    static const uint8_t bytes[5000];
    const char *texts[4];
    memset(large, 'x', sizeof(large) - 1);
    for (size_t nth = 1;; nth++) {
        struct pm_arena arena = {0};
        fail_allocation(nth);
        texts[0] = pm_arena_copy(&arena, large);
        texts[1] = pm_arena_join(&arena, large, large, NULL);
        texts[2] = pm_arena_hex(&arena, bytes, sizeof(bytes));
        texts[3] = pm_arena_number(&arena, 17);
        bool happened = fail_allocation_happened();
        fail_allocation(0);
        ck_assert(arena.failed == happened);
        for (size_t i = 0; i < 4; i++)
            ck_assert_msg((texts[i][0] == '\0') == (i + 1 >= nth), "text %zu, allocation %zu", i, nth);
        pm_arena_free(&arena);
        if (!happened) {
            ck_assert_uint_eq(nth, 5);
            return;
        }
    }
}
END_TEST

/* ---- the buffer ---- */

START_TEST(buffer_grows_by_every_size)
{
    static char text[9000], whole[100000];
    struct pm_buffer buffer = {0};
    size_t size = 0;
    memset(text, 'b', sizeof(text) - 1);
    for (size_t length = 0; length < 9000; length = length * 2 + 1) {
        pm_buffer_add_bytes(&buffer, text, length);
        memset(whole + size, 'b', length);
        size += length;
        ck_assert_uint_eq(buffer.size, size);
        ck_assert_str_eq(buffer.data, whole);
        ck_assert_uint_lt(buffer.size, buffer.capacity);
    }
    ck_assert(!buffer.failed);
    free(buffer.data);
}
END_TEST

START_TEST(buffer_holds_bytes_text_and_spaces)
{
    struct pm_buffer buffer = {0};
    pm_buffer_add(&buffer, "");
    ck_assert_str_eq(buffer.data, "");
    pm_buffer_add(&buffer, "ab");
    pm_buffer_add_spaces(&buffer, 3);
    pm_buffer_add_spaces(&buffer, 0);
    pm_buffer_add_bytes(&buffer, "\0c", 2);
    ck_assert_uint_eq(buffer.size, 7);
    ck_assert_mem_eq(buffer.data, "ab   \0c", 8);
    free(buffer.data);
}
END_TEST

START_TEST(buffer_without_memory_keeps_what_it_had_and_remembers)
{
    static char large[5000];
    struct pm_buffer buffer = {0};
    memset(large, 'x', sizeof(large) - 1);
    pm_buffer_add(&buffer, "kept");
    fail_allocation(1);
    pm_buffer_add(&buffer, large);
    fail_allocation(0);
    ck_assert(buffer.failed);
    pm_buffer_add(&buffer, "late"); /* what follows a gap would read as if there were none */
    ck_assert_str_eq(buffer.data, "kept");
    free(buffer.data);
}
END_TEST

START_TEST(buffer_of_an_impossible_size_fails)
{
    struct pm_buffer buffer = {0};
    pm_buffer_add(&buffer, "kept");
    pm_buffer_add_bytes(&buffer, NULL, SIZE_MAX);
    ck_assert(buffer.failed);
    ck_assert_str_eq(buffer.data, "kept");
    free(buffer.data);
}
END_TEST

/* ---- UTF-8 ---- */

static const struct {
    const char *name, *bytes;
    size_t length; /* 0: it is none */
} characters[] = {
    {"nothing", "", 0},
    {"ASCII", "a", 1},
    {"U+007F", "\x7f", 1},
    {"a byte that follows", "\x80", 0},
    {"the last byte that follows", "\xbf", 0},
    {"overlong, two bytes", "\xc1\xbf", 0},
    {"U+0080, the first of two", "\xc2\x80", 2},
    {"U+07FF, the last of two", "\xdf\xbf", 2},
    {"two bytes, the second too low", "\xc2\x7f", 0},
    {"two bytes, the second too high", "\xc2\xc0", 0},
    {"two bytes, cut", "\xc2", 0},
    {"overlong, three bytes", "\xe0\x9f\xbf", 0},
    {"U+0800, the first of three", "\xe0\xa0\x80", 3},
    {"U+D7FF, below the surrogates", "\xed\x9f\xbf", 3},
    {"U+D800, the first surrogate", "\xed\xa0\x80", 0},
    {"U+DFFF, the last surrogate", "\xed\xbf\xbf", 0},
    {"U+E000, above the surrogates", "\xee\x80\x80", 3},
    {"U+FFFF, the last of three", "\xef\xbf\xbf", 3},
    {"three bytes, the third wrong", "\xe2\x82\x2c", 0},
    {"three bytes, cut", "\xe2\x82", 0},
    {"overlong, four bytes", "\xf0\x8f\xbf\xbf", 0},
    {"U+10000, the first of four", "\xf0\x90\x80\x80", 4},
    {"U+10FFFF, the last", "\xf4\x8f\xbf\xbf", 4},
    {"U+110000, beyond the last", "\xf4\x90\x80\x80", 0},
    {"four bytes, the fourth wrong", "\xf0\x90\x80\xc0", 0},
    {"four bytes, cut", "\xf0\x90\x80", 0},
    {"a first byte above F4", "\xf5\x80\x80\x80", 0},
    {"FE", "\xfe", 0},
    {"FF", "\xff", 0},
};

/* In memory of exactly that size: a byte read behind it shows under AddressSanitizer. */
static size_t utf8_length_of(const char *bytes, size_t size)
{
    unsigned char *exact = malloc(size + (size == 0));
    memcpy(exact, bytes, size);
    size_t length = pm_utf8_length(exact, size);
    free(exact);
    return length;
}

START_TEST(utf8_length_is_that_of_well_formed_characters_only)
{
    const char *bytes = characters[_i].bytes;
    size_t size = strlen(bytes), length = utf8_length_of(bytes, size);
    ck_assert_msg(length == characters[_i].length, "%s: length %zu", characters[_i].name, length);
    for (size_t cut = 0; cut < size && characters[_i].length > 0; cut++)
        ck_assert_msg(utf8_length_of(bytes, cut) == 0, "%s, cut to %zu", characters[_i].name, cut);
}
END_TEST

START_TEST(utf8_length_looks_at_one_character_only)
{
    ck_assert_uint_eq(pm_utf8_length((const unsigned char *)"\xc3\xa4\xff", 3), 2);
}
END_TEST

/* ---- escaping ---- */

static const struct {
    const char *name, *text, *escaped;
} escapes[] = {
    {"nothing", "", ""},
    {"plain", "plain text, 100%", "plain text, 100%"},
    {"a terminal's sequence", "\x1b[31mred", "\\x1b[31mred"},
    {"lines and tabs", "a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
    {"DEL", "\x7f", "\\x7f"},
    {"U+0080, C1", "\xc2\x80", "\\xc2\\x80"},
    {"U+009B, a sequence by C1", "\xc2\x9b" "31m", "\\xc2\\x9b31m"},
    {"U+009F, the last of C1", "\xc2\x9f", "\\xc2\\x9f"},
    {"U+00A0, above C1", "\xc2\xa0", "\xc2\xa0"},
    {"umlaut, euro, emoji", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7"},
    {"invalid UTF-8", "a\xff" "b\xc3", "a\\xffb\\xc3"},
    {"overlong newline", "\xc0\x8a", "\\xc0\\x8a"},
    {"a surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
    {"U+061B, before the Arabic mark", "\xd8\x9b", "\xd8\x9b"},
    {"U+061C, Arabic mark", "\xd8\x9c", "\\xd8\\x9c"},
    {"U+061D, behind the Arabic mark", "\xd8\x9d", "\xd8\x9d"},
    {"U+200D, before the marks", "\xe2\x80\x8d", "\xe2\x80\x8d"},
    {"U+200E, left-to-right mark", "\xe2\x80\x8e", "\\xe2\\x80\\x8e"},
    {"U+200F, right-to-left mark", "\xe2\x80\x8f", "\\xe2\\x80\\x8f"},
    {"U+2010, behind the marks", "\xe2\x80\x90", "\xe2\x80\x90"},
    {"U+2027, before the separators", "\xe2\x80\xa7", "\xe2\x80\xa7"},
    {"U+2028, line separator", "\xe2\x80\xa8", "\\xe2\\x80\\xa8"},
    {"U+202E, right-to-left override", "\xe2\x80\xae", "\\xe2\\x80\\xae"},
    {"U+202F, behind the overrides", "\xe2\x80\xaf", "\xe2\x80\xaf"},
    {"U+2065, before the isolates", "\xe2\x81\xa5", "\xe2\x81\xa5"},
    {"U+2066, isolate", "\xe2\x81\xa6", "\\xe2\\x81\\xa6"},
    {"U+2069, the last isolate", "\xe2\x81\xa9", "\\xe2\\x81\\xa9"},
    {"U+206A, behind the isolates", "\xe2\x81\xaa", "\xe2\x81\xaa"},
};

START_TEST(escape_writes_what_steers_a_terminal_in_hex)
{
    char *escaped = plugmgr_escape(escapes[_i].text);
    ck_assert_ptr_nonnull(escaped);
    ck_assert_msg(strcmp(escaped, escapes[_i].escaped) == 0, "%s: %s", escapes[_i].name, escaped);
    free(escaped);
}
END_TEST

START_TEST(escape_of_any_two_bytes_is_printable)
{
    for (unsigned first = 1; first < 256; first++) {
        for (unsigned second = 1; second < 256; second++) {
            char *escaped = plugmgr_escape((const char[]){(char)first, (char)second, '\0'});
            for (const char *at = escaped; *at != '\0'; at++)
                ck_assert_msg((unsigned char)*at >= 0x20 && *at != 0x7f, "%02x %02x", first, second);
            for (size_t at = 0; escaped[at] != '\0';) {
                size_t length = pm_utf8_length((const unsigned char *)escaped + at, strlen(escaped + at));
                ck_assert_msg(length > 0, "%02x %02x", first, second);
                at += length;
            }
            free(escaped);
        }
    }
}
END_TEST

START_TEST(escape_without_memory_is_null)
{
    static char text[3000]; /* escaped it needs more than one allocation */
    memset(text, '\n', sizeof(text) - 1);
    for (size_t nth = 1;; nth++) {
        fail_allocation(nth);
        char *escaped = plugmgr_escape(text);
        bool happened = fail_allocation_happened();
        fail_allocation(0);
        ck_assert((escaped == NULL) == happened);
        free(escaped);
        if (!happened) {
            ck_assert_uint_gt(nth, 3);
            return;
        }
    }
}
END_TEST

/* ---- columns and numbers ---- */

START_TEST(columns_are_characters_not_bytes)
{
    ck_assert_uint_eq(pm_text_columns(""), 0);
    ck_assert_uint_eq(pm_text_columns("abc"), 3);
    ck_assert_uint_eq(pm_text_columns("\xc3\xa4\xe2\x82\xac" "b"), 3);
}
END_TEST

START_TEST(format_number_writes_every_length)
{
    char text[21], expected[21] = "";
    uint64_t number = 0;
    for (size_t digits = 1; digits <= 19; digits++) {
        number = number * 10 + digits % 10;
        expected[digits - 1] = (char)('0' + digits % 10);
        ck_assert_str_eq(pm_format_number(number, text), expected);
    }
    ck_assert_str_eq(pm_format_number(0, text), "0");
    ck_assert_ptr_eq(pm_format_number(UINT64_MAX, text), text);
    ck_assert_str_eq(text, "18446744073709551615");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *tcase = tcase_create("text");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, arena_gives_zeroed_memory_aligned_for_any_type);
    tcase_add_test(tcase, arena_with_room_taken_at_once_asks_the_heap_no_more);
    tcase_add_test(tcase, arena_of_an_impossible_size_fails);
    tcase_add_test(tcase, arena_copies_joins_and_formats);
    tcase_add_test(tcase, arena_without_memory_gives_empty_text_and_remembers);
    tcase_add_test(tcase, buffer_grows_by_every_size);
    tcase_add_test(tcase, buffer_holds_bytes_text_and_spaces);
    tcase_add_test(tcase, buffer_without_memory_keeps_what_it_had_and_remembers);
    tcase_add_test(tcase, buffer_of_an_impossible_size_fails);
    tcase_add_loop_test(tcase, utf8_length_is_that_of_well_formed_characters_only, 0,
                        (int)(sizeof(characters) / sizeof(characters[0])));
    tcase_add_test(tcase, utf8_length_looks_at_one_character_only);
    tcase_add_loop_test(tcase, escape_writes_what_steers_a_terminal_in_hex, 0,
                        (int)(sizeof(escapes) / sizeof(escapes[0])));
    tcase_add_test(tcase, escape_of_any_two_bytes_is_printable);
    tcase_add_test(tcase, escape_without_memory_is_null);
    tcase_add_test(tcase, columns_are_characters_not_bytes);
    tcase_add_test(tcase, format_number_writes_every_length);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
