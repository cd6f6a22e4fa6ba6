/* SPDX-License-Identifier: MIT */
/* ld.so.cache, built here byte by byte for machines of both byte orders: which entry is the best, and what becomes of
 * files that are damaged. */
#include "cache.h"

#include <check.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite.h"

enum { HEADER = 48, ENTRY = 24, MAX_SIZE = 4096 };
#define EXTENSION (UINT64_C(1) << 62)
#define COUNT(list) (sizeof(list) / sizeof(list[0]))

static const struct pm_traits x86_64 = {ELFCLASS64, ELFDATA2LSB, EM_X86_64, ET_DYN, 0};
static const struct pm_traits s390x = {ELFCLASS64, ELFDATA2MSB, EM_S390, ET_DYN, 0};
static const struct pm_traits sparc = {ELFCLASS32, ELFDATA2MSB, EM_SPARC, ET_DYN, 0};
static const struct pm_hwcaps level_3 = {.names = {"x86-64-v3", "x86-64-v2"},
                                         .name_count = 2,
                                         .isa_level = 2,
                                         .legacy_hwcaps = 6,
                                         .legacy_platform = UINT64_C(1) << 50};

struct row {
    uint32_t flags;
    const char *name, *path;
    uint64_t hwcap;
};

/* ---- building ---- */

struct built {
    uint8_t bytes[MAX_SIZE];
    size_t size;
    bool is_big;
};

static void put(struct built *built, size_t at, size_t width, uint64_t value)
{
    for (size_t i = 0; i < width; i++)
        built->bytes[at + i] = (uint8_t)(value >> 8 * (built->is_big ? width - 1 - i : i));
}

static size_t add_string(struct built *built, const char *text)
{
    size_t at = built->size;
    ck_assert_uint_lt(at + strlen(text) + 1, MAX_SIZE);
    memcpy(built->bytes + at, text, strlen(text) + 1);
    built->size += strlen(text) + 1;
    return at;
}

/* The list of subdirectories has two: x86-64-v2 and x86-64-v3. */
static void add_extension(struct built *built)
{
    const size_t first = add_string(built, "x86-64-v2"), second = add_string(built, "x86-64-v3");
    built->size = (built->size + 3) / 4 * 4;
    const size_t at = built->size;
    put(built, 32, 4, at);
    put(built, at, 4, 0xeaa42174);
    put(built, at + 4, 4, 2);
    put(built, at + 8 + 8, 4, at + 48);  /* tag 0, the generator: it is text */
    put(built, at + 8 + 12, 4, 5);
    put(built, at + 24, 4, 1);           /* tag 1: the subdirectories */
    put(built, at + 24 + 8, 4, at + 40);
    put(built, at + 24 + 12, 4, 8);
    put(built, at + 40, 4, first);
    put(built, at + 44, 4, second);
    memcpy(built->bytes + at + 48, "maker", 5);
    built->size = at + 53;
}

static void build(struct built *built, const struct pm_traits *traits, const struct row *rows, size_t count)
{
    *built = (struct built){.size = HEADER + count * ENTRY, .is_big = traits->byte_order == ELFDATA2MSB};
    memcpy(built->bytes, "glibc-ld.so.cache1.1", 20);
    put(built, 20, 4, count);
    built->bytes[28] = built->is_big ? 3 : 2;
    for (size_t i = 0; i < count; i++) {
        const size_t at = HEADER + i * ENTRY;
        put(built, at, 4, rows[i].flags);
        put(built, at + 4, 4, add_string(built, rows[i].name));
        put(built, at + 8, 4, add_string(built, rows[i].path));
        put(built, at + 16, 8, rows[i].hwcap);
    }
    put(built, 24, 4, built->size - HEADER - count * ENTRY);
    add_extension(built);
}

static const char *find(const struct built *built, const char *name, const struct pm_traits *traits,
                        const struct pm_hwcaps *hwcaps)
{
    struct pm_cache cache;
    struct pm_problem problem = {0};
    if (pm_cache_read(built->bytes, built->size, traits, &cache, &problem) < 0) {
        ck_assert_int_eq(problem.code, PM_LINKER_CACHE);
        ck_assert_uint_gt(strlen(problem.detail), 0);
        return NULL;
    }
    return pm_cache_find(&cache, name, traits, hwcaps);
}

/* ---- entries ---- */

/* Sorted as ldconfig does: downwards, digits by their number. */
static const struct row many[] = {
    {0x0303, "libz.so.10", "/z10", 0},
    {0x0303, "libz.so.9", "/z9", 0},
    {0x0303, "libz.so.1", "/z1", 0},
    {0x0303, "libz.so", "/z", 0},
    {0x0003, "libtwo.so.1", "/32/two", 0},
    {0x0303, "libtwo.so.1", "/64/two", 0},
    {0x0303, "libfast.so.1", "/v2/fast", EXTENSION},
    {0x0303, "libfast.so.1", "/v3/fast", EXTENSION | 1},
    {0x0303, "libfast.so.1", "/fast", 0},
    {0x0303, "libbare.so.1", "/v3/bare", EXTENSION | 1},
    {0x0303, "libb.so.1", "/b", 0},
    {0x0303, "liba.so.1", "/a", 0},
};

static const struct {
    const char *name, *path;
} finds[] = {
    {"libz.so.10", "/z10"}, {"libz.so.9", "/z9"},     {"libz.so.1", "/z1"},        {"libz.so", "/z"},
    {"libz.so.2", NULL},    {"libz.so.11", NULL},     {"libz", NULL},              {"libz.so.1x", NULL},
    {"", NULL},             {"zzz", NULL},            {"liba.so.0", NULL},         {"libtwo.so.1", "/64/two"},
    {"libb.so.1", "/b"},    {"liba.so.1", "/a"},      {"libfast.so.1", "/v3/fast"}, {"libbare.so.1", "/v3/bare"},
    {"libz.so.01", "/z1"}, /* so glibc compares */
};

START_TEST(name_is_found_by_halving)
{
    struct built built;
    build(&built, &x86_64, many, COUNT(many));
    const char *path = find(&built, finds[_i].name, &x86_64, &level_3);
    if (finds[_i].path == NULL)
        ck_assert_msg(path == NULL, "%s: %s", finds[_i].name, path);
    else
        ck_assert_msg(path != NULL && strcmp(path, finds[_i].path) == 0, "%s: %s", finds[_i].name, path);
}
END_TEST

static const struct {
    const char *name;
    uint64_t hwcaps[3]; /* of /0, /1, /2 */
    const char *path;   /* of level_3 */
} ranks[] = {
    {"the best is last", {EXTENSION, EXTENSION | 1, 0}, "/1"},
    {"the best is first", {EXTENSION | 1, EXTENSION, 0}, "/0"},
    {"one alone", {EXTENSION, 0, 0}, "/0"},
    {"a subdirectory that is not in the list", {EXTENSION | 2, 0, 0}, "/1"},
    {"a level that the processor has", {EXTENSION | UINT64_C(2) << 32 | 1, 0, 0}, "/0"},
    {"a level that it has not", {EXTENSION | UINT64_C(3) << 32 | 1, 0, 0}, "/1"},
    {"no subdirectory, several files", {0, 0, 0}, "/0"},
    {"an older subdirectory", {6, 0, 0}, "/0"},
    {"an older one of another processor", {8, 0, 0}, "/1"},
    {"an older one for tls and the platform", {UINT64_C(1) << 63 | UINT64_C(1) << 50, 0, 0}, "/0"},
    {"an older one for another platform", {UINT64_C(1) << 51, 0, 0}, "/1"},
    {"none that is usable", {8, 8, 16}, NULL},
    {"a newer one, then an older one", {EXTENSION, 6, 0}, "/0"},
};

START_TEST(best_subdirectory_for_the_processor_is_taken)
{
    struct row rows[3];
    struct built built;
    static const char *const paths[] = {"/0", "/1", "/2"};
    for (size_t i = 0; i < 3; i++)
        rows[i] = (struct row){0x0303, "liba.so.1", paths[i], ranks[_i].hwcaps[i]};
    build(&built, &x86_64, rows, 3);
    const char *path = find(&built, "liba.so.1", &x86_64, &level_3);
    if (ranks[_i].path == NULL)
        ck_assert_msg(path == NULL, "%s: %s", ranks[_i].name, path);
    else
        ck_assert_msg(path != NULL && strcmp(path, ranks[_i].path) == 0, "%s: %s", ranks[_i].name, path);
}
END_TEST

START_TEST(processor_of_which_nothing_is_known_gets_the_plain_file)
{
    struct built built;
    build(&built, &x86_64, many, COUNT(many));
    ck_assert_str_eq(find(&built, "libfast.so.1", &x86_64, &(struct pm_hwcaps){0}), "/fast");
    ck_assert_ptr_null(find(&built, "libbare.so.1", &x86_64, &(struct pm_hwcaps){0}));
}
END_TEST

START_TEST(cache_of_the_other_byte_order_is_read_for_its_machine)
{
    static const struct row rows[] = {{0x0403, "libb.so.1", "/b", 0}, {0x0003, "liba.so.1", "/a31", 0},
                                      {0x0403, "liba.so.1", "/a", 0}};
    struct built built;
    build(&built, &s390x, rows, COUNT(rows));
    ck_assert_str_eq(find(&built, "liba.so.1", &s390x, &level_3), "/a");
    ck_assert_str_eq(find(&built, "libb.so.1", &s390x, &level_3), "/b");
    ck_assert_ptr_null(find(&built, "liba.so.1", &x86_64, &level_3));
}
END_TEST

START_TEST(machine_whose_flags_are_not_known_takes_any)
{
    static const struct row rows[] = {{0x7703, "liba.so.1", "/a", 0}};
    struct built built;
    build(&built, &sparc, rows, 1);
    ck_assert_str_eq(find(&built, "liba.so.1", &sparc, &level_3), "/a");
}
END_TEST

/* What ldconfig of glibc 2.31 wrote: for older programs first, and the current format behind. */
START_TEST(current_format_behind_the_older_one_is_read)
{
    struct built built, inner;
    build(&inner, &x86_64, many, COUNT(many));
    built = (struct built){.size = 16 + 3 * 12 + 4}; /* three entries, rounded up to 8 bytes */
    memcpy(built.bytes, "ld.so-1.7.0", 12);
    put(&built, 12, 4, 3);
    memcpy(built.bytes + built.size, inner.bytes, inner.size);
    built.size += inner.size;
    ck_assert_str_eq(find(&built, "libfast.so.1", &x86_64, &level_3), "/v3/fast");
    put(&built, 12, 4, 4); /* now the other format is elsewhere */
    ck_assert_ptr_null(find(&built, "libfast.so.1", &x86_64, &level_3));
    put(&built, 12, 4, 0xffffffff);
    ck_assert_ptr_null(find(&built, "libfast.so.1", &x86_64, &level_3));
    for (size_t size = 0; size < 16 + 3 * 12 + 4 + HEADER; size++) {
        built.size = size;
        ck_assert_ptr_null(find(&built, "libfast.so.1", &x86_64, &level_3));
    }
}
END_TEST

/* ---- damage ---- */

/* Bytes of just this size, so that a sanitizer sees each read behind them. */
static const char *find_in_copy(const struct built *built, size_t size, const char *name, char *ret_path, size_t room)
{
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    struct pm_cache cache;
    struct pm_problem problem = {0};
    const char *path = NULL;
    ck_assert_ptr_nonnull(bytes);
    memcpy(bytes, built->bytes, size);
    if (pm_cache_read(bytes, size, &x86_64, &cache, &problem) == 0)
        path = pm_cache_find(&cache, name, &x86_64, &level_3);
    if (path != NULL) {
        ck_assert(path >= (const char *)bytes && path + strlen(path) < (const char *)bytes + size);
        snprintf(ret_path, room, "%s", path);
    }
    free(bytes);
    return path != NULL ? ret_path : NULL;
}

START_TEST(cache_cut_anywhere_is_read_within_its_bounds)
{
    struct built built;
    char path[100];
    size_t found = 0;
    build(&built, &x86_64, many, COUNT(many));
    for (size_t size = 0; size <= built.size; size++)
        for (size_t i = 0; i < COUNT(finds); i++) {
            const char *result = find_in_copy(&built, size, finds[i].name, path, sizeof(path));
            ck_assert(size >= HEADER + COUNT(many) * ENTRY || result == NULL);
            found += result != NULL;
        }
    ck_assert_uint_gt(found, 0);
}
END_TEST

/* Each byte in turn, to some values that reach far. */
START_TEST(cache_damaged_in_any_byte_is_read_within_its_bounds)
{
    static const uint8_t values[] = {0x00, 0x01, 0x3f, 0x7f, 0x80, 0xff};
    struct built built;
    char path[MAX_SIZE];
    size_t found = 0, lost = 0;
    build(&built, &x86_64, many, COUNT(many));
    for (size_t at = 0; at < built.size; at++) {
        const uint8_t byte = built.bytes[at];
        for (size_t value = 0; value <= COUNT(values); value++) {
            built.bytes[at] = value < COUNT(values) ? values[value] : byte ^ 4;
            for (size_t i = 0; i < COUNT(finds); i++) {
                const char *result = find_in_copy(&built, built.size, finds[i].name, path, sizeof(path));
                found += result != NULL;
                lost += result == NULL;
            }
        }
        built.bytes[at] = byte;
    }
    ck_assert_uint_gt(found, 0);
    ck_assert_uint_gt(lost, 0);
}
END_TEST

static const struct {
    const char *name;
    size_t at, width;
    uint64_t value;
    const char *problem;
} damages[] = {
    {"another magic number", 0, 1, 'G', "it does not begin as one"},
    {"the version before", 19, 1, '0', "it does not begin as one"},
    {"more entries than there is room", 20, 4, 0xffffffff, "it is cut short"},
    {"the other byte order", 28, 1, 3, "it was written for the other byte order"},
    {"a byte order that is none", 28, 1, 1, "it was written for the other byte order"},
};

START_TEST(damaged_header_is_told)
{
    struct built built;
    struct pm_cache cache;
    struct pm_problem problem = {0};
    build(&built, &x86_64, many, COUNT(many));
    put(&built, damages[_i].at, damages[_i].width, damages[_i].value);
    ck_assert_int_eq(pm_cache_read(built.bytes, built.size, &x86_64, &cache, &problem), -1);
    ck_assert_int_eq(problem.code, PM_LINKER_CACHE);
    ck_assert_msg(strcmp(problem.detail, damages[_i].problem) == 0, "%s: %s", damages[_i].name, problem.detail);
}
END_TEST

START_TEST(empty_cache_is_told)
{
    struct pm_cache cache;
    struct pm_problem problem = {0};
    ck_assert_int_eq(pm_cache_read((const uint8_t *)"", 0, &x86_64, &cache, &problem), -1);
    ck_assert_str_eq(problem.detail, "it is empty");
}
END_TEST

/* glibc does without the subdirectories then. */
START_TEST(damaged_extension_leaves_the_plain_entries)
{
    struct built built;
    build(&built, &x86_64, many, COUNT(many));
    put(&built, 32, 4, 0xfffffffc);
    ck_assert_str_eq(find(&built, "libfast.so.1", &x86_64, &level_3), "/fast");
    put(&built, 32, 4, 0);
    ck_assert_str_eq(find(&built, "libfast.so.1", &x86_64, &level_3), "/fast");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cache");
    TCase *tcase = tcase_create("cache");
    tcase_add_loop_test(tcase, name_is_found_by_halving, 0, COUNT(finds));
    tcase_add_loop_test(tcase, best_subdirectory_for_the_processor_is_taken, 0, COUNT(ranks));
    tcase_add_test(tcase, processor_of_which_nothing_is_known_gets_the_plain_file);
    tcase_add_test(tcase, cache_of_the_other_byte_order_is_read_for_its_machine);
    tcase_add_test(tcase, machine_whose_flags_are_not_known_takes_any);
    tcase_add_test(tcase, current_format_behind_the_older_one_is_read);
    tcase_add_test(tcase, cache_cut_anywhere_is_read_within_its_bounds);
    tcase_add_test(tcase, cache_damaged_in_any_byte_is_read_within_its_bounds);
    tcase_add_loop_test(tcase, damaged_header_is_told, 0, COUNT(damages));
    tcase_add_test(tcase, empty_cache_is_told);
    tcase_add_test(tcase, damaged_extension_leaves_the_plain_entries);
    tcase_set_timeout(tcase, 0);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
