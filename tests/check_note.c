/* SPDX-License-Identifier: MIT */
/* Note bytes to facts and back: in both byte orders and alignments, whole, cut and wrong. */
#include "note.h"

#include <check.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* ---- walking ---- */

enum { ROOM = 1024 };

/* Notes written byte by byte, not by the code under test. */
struct notes {
    size_t align;
    bool is_big_endian;
    uint8_t bytes[ROOM];
    size_t size;
};

static void add_word(struct notes *notes, uint32_t word)
{
    for (unsigned i = 0; i < 4; i++)
        notes->bytes[notes->size++] = (uint8_t)(word >> 8 * (notes->is_big_endian ? 3 - i : i));
}

static void add_bytes(struct notes *notes, const void *bytes, size_t size)
{
    memcpy(notes->bytes + notes->size, bytes, size);
    notes->size += size;
    while (notes->size % notes->align != 0)
        notes->bytes[notes->size++] = 0;
}

static void add_note(struct notes *notes, uint32_t type, const char *name, size_t name_size, const char *desc,
                     size_t desc_size)
{
    add_word(notes, (uint32_t)name_size);
    add_word(notes, (uint32_t)desc_size);
    add_word(notes, type);
    add_bytes(notes, name, name_size);
    add_bytes(notes, desc, desc_size);
}

static bool is_swapped(const struct notes *notes)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return notes->is_big_endian == (first == 1);
}

/* The next note of the first `size` bytes, which lie in memory of exactly that size: what is read behind them shows
 * under AddressSanitizer. The caller frees *ret_copy. */
static int next_of_cut(const struct notes *notes, size_t size, size_t *offset, struct pm_note *ret_note,
                       uint8_t **ret_copy, struct pm_problem *ret_problem)
{
    *ret_copy = malloc(size + (size == 0));
    memcpy(*ret_copy, notes->bytes, size);
    return pm_note_next(*ret_copy, size, notes->align, is_swapped(notes), offset, ret_note, ret_problem);
}

static struct notes usual_notes(size_t align, bool is_big_endian)
{
    struct notes notes = {.align = align, .is_big_endian = is_big_endian};
    add_note(&notes, NT_GNU_BUILD_ID, "GNU", 4, "\x01\x02\x03\x04\x05", 5);
    add_note(&notes, PLUGMGR_NOTE_MODULE, "PlugMgr", 8, "role=plugin", 12);
    add_note(&notes, 7, "", 0, "", 0);
    add_note(&notes, 8, "AB", 2, "c", 1);
    return notes;
}

static const struct {
    uint32_t type;
    const char *name, *desc;
    size_t name_size, desc_size;
} usual[] = {
    {NT_GNU_BUILD_ID, "GNU", "\x01\x02\x03\x04\x05", 4, 5},
    {PLUGMGR_NOTE_MODULE, "PlugMgr", "role=plugin", 8, 12},
    {7, "", "", 0, 0},
    {8, "AB", "c", 2, 1},
};
enum { USUAL_COUNT = sizeof(usual) / sizeof(usual[0]) };

static void expect_usual(const struct notes *notes, size_t size, size_t align)
{
    struct pm_note note;
    struct pm_problem problem;
    size_t offset = 0;
    for (size_t i = 0; i < USUAL_COUNT; i++) {
        ck_assert_int_eq(pm_note_next(notes->bytes, size, align, is_swapped(notes), &offset, &note, &problem), 1);
        ck_assert_uint_eq(note.type, usual[i].type);
        ck_assert_uint_eq(note.name_size, usual[i].name_size);
        ck_assert_mem_eq(note.name, usual[i].name, usual[i].name_size);
        ck_assert_uint_eq(note.desc_size, usual[i].desc_size);
        ck_assert_mem_eq(note.desc, usual[i].desc, usual[i].desc_size);
    }
    for (size_t i = 0; i < 2; i++)
        ck_assert_int_eq(pm_note_next(notes->bytes, size, align, is_swapped(notes), &offset, &note, &problem), 0);
    ck_assert_uint_eq(offset, size);
}

/* _i: bit 0 the alignment, bit 1 the byte order */
START_TEST(notes_of_either_order_and_alignment_are_walked)
{
    struct notes notes = usual_notes((_i & 1) != 0 ? 8 : 4, (_i & 2) != 0);
    expect_usual(&notes, notes.size, notes.align);
}
END_TEST

START_TEST(notes_of_an_odd_alignment_are_read_as_aligned_to_4)
{
    static const size_t aligns[] = {0, 1, 2, 3, 5, 16, SIZE_MAX};
    struct notes notes = usual_notes(4, false);
    for (size_t i = 0; i < sizeof(aligns) / sizeof(aligns[0]); i++)
        expect_usual(&notes, notes.size, aligns[i]);
}
END_TEST

START_TEST(notes_whose_last_lacks_its_padding_are_walked)
{
    struct notes notes = usual_notes((_i & 1) != 0 ? 8 : 4, (_i & 2) != 0);
    expect_usual(&notes, notes.size - (notes.align - 1), notes.align);
}
END_TEST

/* What a cut gives: the notes before it; then the end, if only padding is left, or a problem. */
START_TEST(notes_cut_at_every_length_end_or_are_malformed)
{
    const struct notes notes = usual_notes((_i & 1) != 0 ? 8 : 4, (_i & 2) != 0);
    size_t starts[USUAL_COUNT + 1] = {0}, stops[USUAL_COUNT]; /* of a note, and of its description */
    for (size_t i = 0; i < USUAL_COUNT; i++) {
        size_t desc = starts[i] + (12 + usual[i].name_size + notes.align - 1) / notes.align * notes.align;
        stops[i] = desc + usual[i].desc_size;
        starts[i + 1] = (stops[i] + notes.align - 1) / notes.align * notes.align;
    }
    ck_assert_uint_eq(starts[USUAL_COUNT], notes.size);
    for (size_t size = 0; size < notes.size; size++) {
        size_t whole = 0, offset = 0, left;
        while (whole < USUAL_COUNT && stops[whole] <= size)
            whole++;
        for (size_t i = 0; i <= whole; i++) {
            struct pm_note note;
            struct pm_problem problem = {.code = PM_CODES};
            uint8_t *copy;
            int result = next_of_cut(&notes, size, &offset, &note, &copy, &problem);
            free(copy);
            if (i < whole) {
                ck_assert_msg(result == 1 && note.type == usual[i].type, "size %zu, note %zu: %d", size, i, result);
                continue;
            }
            /* The first bytes of a big-endian size are 0, as padding is. */
            left = size > starts[whole] ? size - starts[whole] : 0;
            bool is_blank = left <= (notes.is_big_endian ? 3 : 0);
            if (left > 0 && left < 12 && usual[whole].name_size == 0 && usual[whole].desc_size == 0)
                is_blank = left <= (notes.is_big_endian ? 11 : 8); /* sizes of 0, then the type */
            ck_assert_msg(result == (is_blank ? 0 : -1), "size %zu: %d", size, result);
            ck_assert_int_eq(problem.code, is_blank ? PM_CODES : PM_NOTE_MALFORMED);
        }
    }
}
END_TEST

static const struct {
    const char *name;
    uint32_t name_size, desc_size;
    size_t size; /* of the whole, bytes */
    const char *detail; /* NULL: it is a note */
} sizes[] = {
    {"exactly as large as its segment", 8, 8, 28, NULL},
    {"header only", 0, 0, 12, NULL},
    {"name to the end, no description", 16, 0, 28, NULL},
    {"name longer than the segment", 17, 0, 28, "a note is larger than its segment"},
    {"name that wraps 32 bits", UINT32_MAX, 0, 28, "a note is larger than its segment"},
    {"name that wraps 32 bits when padded", UINT32_MAX - 2, 8, 28, "a note is larger than its segment"},
    {"name that wraps 32 bits with the header", UINT32_MAX - 11, 8, 28, "a note is larger than its segment"},
    {"description longer than the segment", 8, 9, 28, "a note is larger than its segment"},
    {"description that wraps 32 bits", 8, UINT32_MAX, 28, "a note is larger than its segment"},
    {"description that wraps 32 bits with its offset", 8, UINT32_MAX - 19, 28, "a note is larger than its segment"},
    {"name and description that wrap together", 0x80000000, 0x80000000, 28, "a note is larger than its segment"},
    {"padding of the name behind the end", 13, 0, 25, "a note is larger than its segment"},
    {"header cut", 0, 0, 11, "bytes behind the last note"},
};

/* _i: the row, and the byte order */
START_TEST(note_of_hostile_sizes_is_malformed)
{
    struct notes notes = {.align = 4, .is_big_endian = _i % 2 != 0};
    struct pm_note note;
    struct pm_problem problem = {.detail = ""};
    uint8_t *copy;
    size_t row = (size_t)_i / 2, offset = 0;
    add_word(&notes, sizes[row].name_size);
    add_word(&notes, sizes[row].desc_size);
    add_word(&notes, 0x01010101);
    int result = next_of_cut(&notes, sizes[row].size, &offset, &note, &copy, &problem);
    if (sizes[row].detail == NULL) {
        ck_assert_msg(result == 1, "%s: %s", sizes[row].name, problem.detail);
        ck_assert_uint_eq(note.name_size, sizes[row].name_size);
        ck_assert_uint_eq(note.desc_size, sizes[row].desc_size);
        ck_assert(note.desc + note.desc_size <= copy + sizes[row].size);
        ck_assert_uint_eq(offset, sizes[row].size);
    } else {
        ck_assert_msg(result == -1, "%s: %d", sizes[row].name, result);
        ck_assert_int_eq(problem.code, PM_NOTE_MALFORMED);
        ck_assert_str_eq(problem.detail, sizes[row].detail);
    }
    free(copy);
}
END_TEST

START_TEST(zero_bytes_behind_the_last_note_are_padding)
{
    struct notes notes = usual_notes(4, false);
    struct pm_note note;
    struct pm_problem problem;
    size_t offset = notes.size;
    memset(notes.bytes + notes.size, 0, 11);
    ck_assert_int_eq(pm_note_next(notes.bytes, notes.size + 11, 4, false, &offset, &note, &problem), 0);
    ck_assert_uint_eq(offset, notes.size + 11);
    offset = notes.size;
    notes.bytes[notes.size + 10] = 1;
    ck_assert_int_eq(pm_note_next(notes.bytes, notes.size + 11, 4, false, &offset, &note, &problem), -1);
    ck_assert_int_eq(problem.code, PM_NOTE_MALFORMED);
    ck_assert_str_eq(problem.detail, "bytes behind the last note");
}
END_TEST

static const struct {
    const char *name;
    size_t name_size;
    bool is_ours;
} owners[] = {
    {"PlugMgr", 8, true},   {"PlugMgr", 7, false},  {"PlugMgr\0", 9, false}, {"plugmgr", 8, false},
    {"PlugMgs", 8, false},  {"PlugMgrX", 8, false}, {"GNU", 4, false},       {"", 0, false},
    {"PlugMgr2", 9, false},
};

START_TEST(note_is_ours_by_its_whole_owner)
{
    struct pm_note note = {.name = owners[_i].name, .name_size = owners[_i].name_size, .type = PLUGMGR_NOTE_MODULE};
    ck_assert_msg(pm_note_is_plugmgr(&note) == owners[_i].is_ours, "%s, %zu bytes", note.name, note.name_size);
}
END_TEST

static const struct {
    const char *name;
    uint32_t type;
    const char *owner;
    size_t owner_size, size;
    bool is_one;
} build_ids[] = {
    {"SHA-1", NT_GNU_BUILD_ID, "GNU", 4, 20, true},
    {"one byte", NT_GNU_BUILD_ID, "GNU", 4, 1, true},
    {"64 bytes", NT_GNU_BUILD_ID, "GNU", 4, 64, true},
    {"65 bytes", NT_GNU_BUILD_ID, "GNU", 4, 65, false},
    {"no bytes", NT_GNU_BUILD_ID, "GNU", 4, 0, false},
    {"another type", NT_GNU_ABI_TAG, "GNU", 4, 20, false},
    {"another owner", NT_GNU_BUILD_ID, "GNV", 4, 20, false},
    {"an owner without NUL", NT_GNU_BUILD_ID, "GNU", 3, 20, false},
    {"an owner that goes on", NT_GNU_BUILD_ID, "GNU2", 5, 20, false},
};

START_TEST(build_id_is_taken_from_a_gnu_note_of_1_to_64_bytes)
{
    uint8_t desc[65];
    struct pm_build_id id = {.size = 3, .bytes = "xyz"};
    for (size_t i = 0; i < sizeof(desc); i++)
        desc[i] = (uint8_t)(i + 1);
    struct pm_note note = {build_ids[_i].type, build_ids[_i].owner, build_ids[_i].owner_size, desc, build_ids[_i].size};
    ck_assert_msg(pm_note_is_build_id(&note, &id) == build_ids[_i].is_one, "%s", build_ids[_i].name);
    ck_assert_uint_eq(id.size, build_ids[_i].is_one ? build_ids[_i].size : 3);
    ck_assert_mem_eq(id.bytes, build_ids[_i].is_one ? (const char *)desc : "xyz", id.size);
}
END_TEST

/* ---- values ---- */

#define HEX_64 "0123456789abcdefABCDEF9876543210" "0123456789abcdefABCDEF9876543210" \
               "0123456789abcdefABCDEF9876543210" "0123456789abcdefABCDEF9876543210"
static const struct {
    const char *hex;
    size_t size; /* 0: not one */
} hex_ids[] = {
    {"00", 1},  {"aF09", 2}, {HEX_64, 64}, {HEX_64 "00", 0}, {HEX_64 "0", 0}, {"", 0},     {"0", 0},
    {"000", 0}, {"0g", 0},   {"g0", 0},    {" 00", 0},       {"00 ", 0},      {"0x00", 0}, {"\xff\xff", 0},
};

START_TEST(build_id_parse_takes_pairs_of_hex_digits_only)
{
    struct pm_build_id id = {.size = 1, .bytes = {0x77}};
    ck_assert_msg(pm_build_id_parse(hex_ids[_i].hex, &id) == (hex_ids[_i].size > 0), "%s", hex_ids[_i].hex);
    ck_assert_uint_eq(id.size, hex_ids[_i].size > 0 ? hex_ids[_i].size : 1);
    if (hex_ids[_i].size == 0)
        ck_assert_uint_eq(id.bytes[0], 0x77);
    if (hex_ids[_i].size == 2)
        ck_assert_mem_eq(id.bytes, "\xaf\x09", 2);
}
END_TEST

START_TEST(build_ids_are_equal_by_size_and_bytes)
{
    struct pm_build_id a = {2, {1, 2}}, b = {2, {1, 2, 3}};
    ck_assert(pm_build_id_equal(&a, &b));
    b.bytes[1] = 3;
    ck_assert(!pm_build_id_equal(&a, &b));
    b = (struct pm_build_id){3, {1, 2, 0}};
    ck_assert(!pm_build_id_equal(&a, &b));
    ck_assert(!pm_build_id_equal(&b, &a));
}
END_TEST

static const struct {
    const char *text;
    int major, minor; /* -1: not one */
} versions[] = {
    {"0.0", 0, 0},       {"1.2", 1, 2},      {"9999.9999", 9999, 9999}, {"0001.0010", 1, 10}, {"10000.0", -1, -1},
    {"0.10000", -1, -1}, {"00001.0", -1, -1}, {"1", -1, -1},            {"1.", -1, -1},       {".1", -1, -1},
    {"", -1, -1},        {"1.2.3", -1, -1},  {"1.2 ", -1, -1},          {" 1.2", -1, -1},     {"-1.2", -1, -1},
    {"+1.2", -1, -1},    {"1.-2", -1, -1},   {"1,2", -1, -1},           {"0x1.2", -1, -1},    {"a.b", -1, -1},
    {"99999999999999999999.1", -1, -1},
};

START_TEST(version_parse_takes_two_numbers_up_to_9999)
{
    struct pm_version version = {77, 88};
    bool is_one = versions[_i].major >= 0;
    ck_assert_msg(pm_version_parse(versions[_i].text, &version) == is_one, "%s", versions[_i].text);
    ck_assert_uint_eq(version.major, is_one ? (unsigned)versions[_i].major : 77);
    ck_assert_uint_eq(version.minor, is_one ? (unsigned)versions[_i].minor : 88);
}
END_TEST

START_TEST(version_compare_looks_at_the_major_first)
{
    static const struct pm_version ascending[] = {{0, 0}, {0, 1}, {0, 9999}, {1, 0}, {1, 1}, {2, 0}, {9999, 9999}};
    for (int i = 0; i < COUNT(ascending); i++)
        for (int k = 0; k < COUNT(ascending); k++)
            ck_assert_int_eq(pm_version_compare(ascending[i], ascending[k]), (i > k) - (i < k));
}
END_TEST

START_TEST(identifier_is_one_of_c_up_to_255_characters)
{
    static const char *const good[] = {"a", "_", "Z", "a0", "_9", "user_manager", "aAzZ_09"};
    static const char *const bad[] = {"", "0", "0a", "a-b", "a b", " a", "a ", "a.b", "\xc3\xa4", "a\n", "a$"};
    for (int i = 0; i < COUNT(good); i++)
        ck_assert_msg(pm_is_identifier(good[i]), "%s", good[i]);
    for (int i = 0; i < COUNT(bad); i++)
        ck_assert_msg(!pm_is_identifier(bad[i]), "%s", bad[i]);
    char name[257];
    memset(name, 'a', sizeof(name));
    name[256] = '\0';
    ck_assert(!pm_is_identifier(name));
    name[255] = '\0';
    ck_assert(pm_is_identifier(name));
}
END_TEST

/* ---- facts ---- */

/* A record: its type, its description with all its NULs, and that description's size. */
struct record {
    uint32_t type;
    const char *text;
    size_t size;
};
#define RECORD(type, text) {PLUGMGR_NOTE_##type, text, sizeof(text)}
#define MODULE_RECORD RECORD(MODULE, "role=plugin\0name=mock\0version=1.2.3")
#define PROVIDES_RECORD RECORD(PROVIDES, "interface=greeter\0instance=en\0symbol=table\0version=1.2")

static int add_record(struct pm_facts *facts, const struct record *record, struct pm_problem *ret_problem)
{
    /* in memory of exactly that size */
    uint8_t *desc = malloc(record->size + (record->size == 0));
    memcpy(desc, record->text, record->size);
    struct pm_note note = {record->type, PLUGMGR_NOTE_OWNER, sizeof(PLUGMGR_NOTE_OWNER), desc, record->size};
    int result = pm_facts_add(facts, &note, ret_problem);
    free(desc); /* the facts must have copies */
    return result;
}

static void expect_added(struct pm_facts *facts, const struct record *record)
{
    struct pm_problem problem;
    if (add_record(facts, record, &problem) < 0)
        ck_abort_msg("%s", problem.detail);
    ck_assert(!facts->arena.failed);
}

START_TEST(module_record_gives_its_facts)
{
    struct pm_facts facts = {0};
    struct pm_problem problem;
    expect_added(&facts, &(struct record)MODULE_RECORD);
    ck_assert_int_eq(facts.role, PM_ROLE_PLUGIN);
    ck_assert_str_eq(facts.name, "mock");
    ck_assert_str_eq(facts.version, "1.2.3");
    ck_assert(!facts.resident);
    ck_assert(!facts.without_plugpin);
    ck_assert_int_eq(pm_facts_finish(&facts, &problem), 0);
    pm_facts_free(&facts);
    ck_assert_int_eq(facts.role, PM_ROLE_NONE);
    ck_assert_ptr_null(facts.arena.blocks);

    expect_added(&facts, &(struct record)RECORD(MODULE, "plugpin=none\0version=2\0role=host\0resident=yes\0"
                                                        "name=\xc3\xa4"));
    ck_assert_int_eq(facts.role, PM_ROLE_HOST);
    ck_assert_str_eq(facts.name, "\xc3\xa4");
    ck_assert(facts.resident);
    ck_assert(facts.without_plugpin);
    pm_facts_free(&facts);

    expect_added(&facts, &(struct record)RECORD(MODULE, "role=host\0name=n\0version=2\0resident=no\0plugpin=1.0"));
    ck_assert(!facts.resident);
    ck_assert(!facts.without_plugpin);
    pm_facts_free(&facts);
}
END_TEST

START_TEST(provides_record_gives_its_facts)
{
    struct pm_facts facts = {0};
    expect_added(&facts, &(struct record)PROVIDES_RECORD);
    expect_added(&facts, &(struct record)RECORD(PROVIDES, "version=0.1\0instance=_\0interface=log"));
    ck_assert_uint_eq(facts.provide_count, 2);
    ck_assert_str_eq(facts.provides[0].interface_name, "greeter");
    ck_assert_str_eq(facts.provides[0].instance, "en");
    ck_assert_str_eq(facts.provides[0].symbol, "table");
    ck_assert_uint_eq(facts.provides[0].version.major, 1);
    ck_assert_uint_eq(facts.provides[0].version.minor, 2);
    ck_assert_str_eq(facts.provides[1].interface_name, "log");
    ck_assert_str_eq(facts.provides[1].instance, "_");
    ck_assert_ptr_null(facts.provides[1].symbol);
    ck_assert_uint_eq(facts.provides[1].version.minor, 1);
    pm_facts_free(&facts);
}
END_TEST

START_TEST(requires_record_gives_its_facts)
{
    struct pm_facts facts = {0};
    expect_added(&facts, &(struct record)RECORD(REQUIRES, "interface=log\0version=2.3\0min=2.1\0symbol=slot\0"
                                                          "optional=yes\0bind=linker"));
    expect_added(&facts, &(struct record)RECORD(REQUIRES, "interface=log\0version=2.3\0optional=no\0bind=other"));
    expect_added(&facts, &(struct record)RECORD(REQUIRES, "interface=log\0version=2.3\0min=2.3"));
    ck_assert_uint_eq(facts.require_count, 3);
    ck_assert_str_eq(facts.requires_[0].interface_name, "log");
    ck_assert_int_eq(pm_version_compare(facts.requires_[0].version, (struct pm_version){2, 3}), 0);
    ck_assert_int_eq(pm_version_compare(facts.requires_[0].lowest, (struct pm_version){2, 1}), 0);
    ck_assert_str_eq(facts.requires_[0].symbol, "slot");
    ck_assert(facts.requires_[0].optional);
    ck_assert(facts.requires_[0].linker_bound);
    ck_assert_int_eq(pm_version_compare(facts.requires_[1].lowest, (struct pm_version){2, 3}), 0);
    ck_assert_ptr_null(facts.requires_[1].symbol);
    ck_assert(!facts.requires_[1].optional);
    ck_assert(!facts.requires_[1].linker_bound);
    pm_facts_free(&facts);
}
END_TEST

START_TEST(pin_record_gives_its_facts)
{
    struct pm_facts facts = {0};
    expect_added(&facts, &(struct record)RECORD(PIN, "object=liba.so.1\0build-id=01ab\0require=yes\0"
                                                     "build-id=02\0hint=a 1.0"));
    expect_added(&facts, &(struct record)RECORD(PIN, "object=libb.so.1"));
    ck_assert_uint_eq(facts.pin_count, 2);
    ck_assert_str_eq(facts.pins[0].object, "liba.so.1");
    ck_assert_str_eq(facts.pins[0].hint, "a 1.0");
    ck_assert(facts.pins[0].required);
    ck_assert_uint_eq(facts.pins[0].build_id_count, 2);
    ck_assert(pm_build_id_equal(&facts.pins[0].build_ids[0], &(struct pm_build_id){2, {0x01, 0xab}}));
    ck_assert(pm_build_id_equal(&facts.pins[0].build_ids[1], &(struct pm_build_id){1, {0x02}}));
    ck_assert_str_eq(facts.pins[1].object, "libb.so.1");
    ck_assert_ptr_null(facts.pins[1].hint);
    ck_assert(!facts.pins[1].required);
    ck_assert_uint_eq(facts.pins[1].build_id_count, 0);
    pm_facts_free(&facts);
}
END_TEST

START_TEST(abi_record_gives_its_facts)
{
    struct pm_facts facts = {0};
    expect_added(&facts, &(struct record)RECORD(ABI, "interface=greeter\0version=2.10\0id=00ff\0"
                                                     "text=line 1\nline 2 = x\n"));
    expect_added(&facts, &(struct record)RECORD(ABI, "text=x\0interface=log\0version=0.0"));
    ck_assert_uint_eq(facts.abi_count, 2);
    ck_assert_str_eq(facts.abis[0].interface_name, "greeter");
    ck_assert_int_eq(pm_version_compare(facts.abis[0].version, (struct pm_version){2, 10}), 0);
    ck_assert_str_eq(facts.abis[0].id, "00ff");
    ck_assert_str_eq(facts.abis[0].text, "line 1\nline 2 = x\n");
    ck_assert_int_eq(pm_version_compare(facts.abis[1].version, (struct pm_version){0, 0}), 0);
    ck_assert_ptr_null(facts.abis[1].id);
    ck_assert_str_eq(facts.abis[1].text, "x");
    pm_facts_free(&facts);
}
END_TEST

START_TEST(state_record_gives_its_facts)
{
    struct pm_facts facts = {0};
    ck_assert_ptr_null(facts.state);
    expect_added(&facts, &(struct record)RECORD(STATE, "version=9999"));
    ck_assert_ptr_null(facts.state->interface_name);
    ck_assert_int_eq(pm_version_compare(facts.state->version, (struct pm_version){9999, 0}), 0);
    pm_facts_free(&facts);
    ck_assert_ptr_null(facts.state);
    expect_added(&facts, &(struct record)RECORD(STATE, "version=3.21\0later=x\0interface=tally\0\0"));
    ck_assert_str_eq(facts.state->interface_name, "tally");
    ck_assert_int_eq(pm_version_compare(facts.state->version, (struct pm_version){3, 21}), 0);
    pm_facts_free(&facts);
}
END_TEST

static const char *abi_text(const struct pm_facts *facts, const char *name, unsigned major, unsigned minor)
{
    const struct pm_abi *abi = pm_facts_abi(facts, name, (struct pm_version){major, minor});
    return abi != NULL ? abi->text : "(none)";
}

START_TEST(abi_is_found_by_interface_and_version)
{
    struct pm_facts facts = {0};
    struct pm_problem problem;
    ck_assert_str_eq(abi_text(&facts, "greeter", 1, 0), "(none)");
    expect_added(&facts, &(struct record)MODULE_RECORD);
    expect_added(&facts, &(struct record)RECORD(ABI, "interface=greeter\0version=1.0\0text=a"));
    expect_added(&facts, &(struct record)RECORD(ABI, "interface=greeter\0version=1.1\0text=b"));
    expect_added(&facts, &(struct record)RECORD(ABI, "interface=greeter\0version=2.0\0text=c"));
    expect_added(&facts, &(struct record)RECORD(ABI, "interface=greeter2\0version=1.0\0text=d"));
    ck_assert_int_eq(pm_facts_finish(&facts, &problem), 0);
    ck_assert_str_eq(abi_text(&facts, "greeter", 1, 0), "a");
    ck_assert_str_eq(abi_text(&facts, "greeter", 1, 1), "b");
    ck_assert_str_eq(abi_text(&facts, "greeter", 2, 0), "c");
    ck_assert_str_eq(abi_text(&facts, "greeter2", 1, 0), "d");
    ck_assert_str_eq(abi_text(&facts, "greeter", 2, 1), "(none)");
    ck_assert_str_eq(abi_text(&facts, "greeter", 0, 1), "(none)");
    ck_assert_str_eq(abi_text(&facts, "greete", 1, 0), "(none)");
    pm_facts_free(&facts);
}
END_TEST

START_TEST(unknown_keys_types_and_padding_are_ignored)
{
    struct pm_facts facts = {0};
    expect_added(&facts, &(struct record){0x12345678, "no key\xff", 7}); /* of a later version: not even looked at */
    expect_added(&facts, &(struct record)RECORD(MODULE, "\0\0role=plugin\0later=\xff\0later=\0\0name=n\0"
                                                        "rol=x\0roles=x\0version=1\0\0\0"));
    ck_assert_uint_eq(facts.record_count, 2);
    ck_assert_int_eq(facts.role, PM_ROLE_PLUGIN);
    ck_assert_str_eq(facts.name, "n");
    pm_facts_free(&facts);
}
END_TEST

START_TEST(facts_of_many_records_are_all_kept)
{
    struct pm_facts facts = {0};
    char text[100];
    for (unsigned i = 0; i < 300; i++) {
        int size = snprintf(text, sizeof(text), "interface=i%u%cinstance=x%cversion=%u.%u", i, 0, 0, i, i + 1) + 1;
        expect_added(&facts, &(struct record){PLUGMGR_NOTE_PROVIDES, text, (size_t)size});
    }
    ck_assert_uint_eq(facts.provide_count, 300);
    for (unsigned i = 0; i < 300; i++) {
        snprintf(text, sizeof(text), "i%u", i);
        ck_assert_str_eq(facts.provides[i].interface_name, text);
        ck_assert_uint_eq(facts.provides[i].version.minor, i + 1);
    }
    pm_facts_free(&facts);
}
END_TEST

/* Whether a text of x, with that byte at that place, is taken as the value of a record's key. */
static bool takes_byte(uint32_t type, const char *before, size_t before_size, size_t size, size_t at, char byte)
{
    char text[128];
    struct pm_facts facts = {0};
    struct pm_problem problem;
    memcpy(text, before, before_size);
    memset(text + before_size, 'x', size);
    text[before_size + at] = byte;
    text[before_size + size] = '\0';
    const struct record record = {type, text, before_size + size + 1};
    int result = add_record(&facts, &record, &problem);
    pm_facts_free(&facts);
    return result == 0;
}

START_TEST(value_with_any_byte_at_any_place_is_judged_alike)
{
    static const char before_name[] = "role=plugin\0version=1\0name=",
                      before_text[] = "interface=a\0version=1.0\0text=";
    static const size_t lengths[] = {1, 2, 15, 16, 17, 31, 32, 33, 50};
    for (int i = 0; i < COUNT(lengths); i++)
        for (size_t at = 0; at < lengths[i]; at++)
            for (int byte = 1; byte < 256; byte++) {
                bool is_fine = byte >= 0x20 && byte < 0x7f;
                ck_assert_int_eq(
                    takes_byte(PLUGMGR_NOTE_MODULE, before_name, sizeof(before_name) - 1, lengths[i], at, (char)byte),
                    is_fine);
                ck_assert_int_eq(
                    takes_byte(PLUGMGR_NOTE_ABI, before_text, sizeof(before_text) - 1, lengths[i], at, (char)byte),
                    is_fine || byte == '\n');
            }
}
END_TEST

START_TEST(value_with_a_character_of_many_bytes_at_any_place_is_taken)
{
    static const char *const characters[] = {"ä", "€", "𝄞"};
    for (int i = 0; i < COUNT(characters); i++)
        for (size_t at = 0; at < 40; at++) {
            char text[200] = "role=plugin#version=1#name=";
            struct pm_facts facts = {0};
            struct pm_problem problem;
            snprintf(text + strlen(text), 150, "%.*s%s%.*s", (int)at, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                     characters[i], 40 - (int)at, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy");
            const struct record record = {PLUGMGR_NOTE_MODULE, text, strlen(text) + 1};
            for (size_t j = 0; j < record.size; j++)
                text[j] = text[j] == '#' ? '\0' : text[j];
            ck_assert_int_eq(add_record(&facts, &record, &problem), 0);
            ck_assert_ptr_nonnull(strstr(facts.name, characters[i]));
            pm_facts_free(&facts);
        }
}
END_TEST

START_TEST(more_than_4096_records_are_malformed)
{
    struct pm_facts facts = {0};
    struct pm_problem problem;
    for (unsigned i = 0; i < 4096; i++)
        expect_added(&facts, &(struct record){i % 2, "", 0});
    ck_assert_int_eq(add_record(&facts, &(struct record)MODULE_RECORD, &problem), -1);
    ck_assert_int_eq(problem.code, PM_NOTE_MALFORMED);
    ck_assert_str_eq(problem.detail, "more than 4096 records");
    pm_facts_free(&facts);
}
END_TEST

#define MALFORMED(the_name, type, text, the_detail) {the_name, RECORD(type, text), the_detail}
static const struct {
    const char *name;
    struct record record;
    const char *detail;
} malformed[] = {
    {"no description", {PLUGMGR_NOTE_MODULE, "", 0}, "MODULE note: its text does not end in NUL"},
    {"text without NUL", {PLUGMGR_NOTE_ABI, "interface=a", 11}, "ABI note: its text does not end in NUL"},
    MALFORMED("no key", MODULE, "role", "MODULE note: a string is not key=value"),
    MALFORMED("empty key", MODULE, "=plugin", "MODULE note: a string is not key=value"),
    MALFORMED("empty string only", MODULE, "", "MODULE note: it lacks the key role"),
    MALFORMED("empty role", MODULE, "role=\0name=n\0version=1", "MODULE note: no value for role"),
    MALFORMED("empty name", MODULE, "role=host\0name=\0version=1", "MODULE note: no value for name"),
    MALFORMED("empty version", MODULE, "role=host\0name=n\0version=", "MODULE note: no value for version"),
    MALFORMED("twice a key", MODULE, "role=host\0name=n\0role=host\0version=1", "MODULE note: twice the key role"),
    MALFORMED("control character", MODULE, "role=host\0name=a\tb\0version=1",
              "MODULE note: control character or invalid UTF-8 in name"),
    MALFORMED("newline", MODULE, "role=host\0name=a\nb\0version=1",
              "MODULE note: control character or invalid UTF-8 in name"),
    MALFORMED("DEL", MODULE, "role=host\0name=a\x7f\0version=1",
              "MODULE note: control character or invalid UTF-8 in name"),
    MALFORMED("C1 control character", MODULE, "role=host\0name=a\xc2\x9b\0version=1",
              "MODULE note: control character or invalid UTF-8 in name"),
    MALFORMED("invalid UTF-8", MODULE, "role=host\0name=n\0version=\xff",
              "MODULE note: control character or invalid UTF-8 in version"),
    MALFORMED("no role", MODULE, "name=n\0version=1", "MODULE note: it lacks the key role"),
    MALFORMED("no name", MODULE, "role=host\0version=1", "MODULE note: it lacks the key name"),
    MALFORMED("no version", MODULE, "role=host\0name=n", "MODULE note: it lacks the key version"),
    MALFORMED("another role", MODULE, "role=guest\0name=n\0version=1", "MODULE note: role is neither host nor plugin"),
    MALFORMED("resident=maybe", MODULE, "role=host\0name=n\0version=1\0resident=maybe",
              "MODULE note: neither yes nor no: resident"),
    MALFORMED("no interface", PROVIDES, "instance=a\0symbol=s\0version=1.0",
              "PROVIDES note: it lacks the key interface"),
    MALFORMED("interface is no identifier", PROVIDES, "interface=a-b\0instance=a\0symbol=s\0version=1.0",
              "PROVIDES note: not an identifier: interface"),
    MALFORMED("no instance", PROVIDES, "interface=a\0symbol=s\0version=1.0",
              "PROVIDES note: it lacks the key instance"),
    MALFORMED("instance is no identifier", PROVIDES, "interface=a\0instance=1\0symbol=s\0version=1.0",
              "PROVIDES note: not an identifier: instance"),
    MALFORMED("empty symbol", PROVIDES, "interface=a\0instance=a\0symbol=\0version=1.0",
              "PROVIDES note: no value for symbol"),
    MALFORMED("no version of what it provides", PROVIDES, "interface=a\0instance=a\0symbol=s",
              "PROVIDES note: it lacks the key version"),
    MALFORMED("version without minor", PROVIDES, "interface=a\0instance=a\0symbol=s\0version=1",
              "PROVIDES note: not a version MAJOR.MINOR: version"),
    MALFORMED("required interface is none", REQUIRES, "interface=?\0version=1.0",
              "REQUIRES note: not an identifier: interface"),
    MALFORMED("no version of what it requires", REQUIRES, "interface=a", "REQUIRES note: it lacks the key version"),
    MALFORMED("min is no version", REQUIRES, "interface=a\0version=1.0\0min=x",
              "REQUIRES note: not a version MAJOR.MINOR: min"),
    MALFORMED("min above version", REQUIRES, "interface=a\0version=1.0\0min=1.1",
              "REQUIRES note: min is not at or below version in its major"),
    MALFORMED("min of another major", REQUIRES, "interface=a\0version=2.0\0min=1.0",
              "REQUIRES note: min is not at or below version in its major"),
    MALFORMED("optional=1", REQUIRES, "interface=a\0version=1.0\0optional=1",
              "REQUIRES note: neither yes nor no: optional"),
    MALFORMED("no object", PIN, "build-id=00", "PIN note: it lacks the key object"),
    MALFORMED("require=true", PIN, "object=a\0build-id=00\0require=true", "PIN note: neither yes nor no: require"),
    MALFORMED("required without build-id", PIN, "object=a\0require=yes",
              "PIN note: it requires an object without a build-id"),
    MALFORMED("empty build-id", PIN, "object=a\0build-id=", "PIN note: no value for build-id"),
    MALFORMED("odd build-id", PIN, "object=a\0build-id=00\0build-id=012",
              "PIN note: build-id is not hex digits of at most 64 bytes"),
    MALFORMED("long build-id", PIN, "object=a\0build-id=" HEX_64 "00",
              "PIN note: build-id is not hex digits of at most 64 bytes"),
    MALFORMED("twice an object", PIN, "object=a\0object=a", "PIN note: twice the key object"),
    MALFORMED("fingerprint of nothing", ABI, "text=x", "ABI note: it lacks the key interface"),
    MALFORMED("fingerprint without text", ABI, "interface=a\0version=1.0\0id=00", "ABI note: it lacks the key text"),
    MALFORMED("fingerprint without version", ABI, "interface=a\0text=x", "ABI note: it lacks the key version"),
    MALFORMED("fingerprint of an empty version", ABI, "interface=a\0version=\0text=x",
              "ABI note: no value for version"),
    MALFORMED("fingerprint of no version", ABI, "interface=a\0version=1\0text=x",
              "ABI note: not a version MAJOR.MINOR: version"),
    MALFORMED("fingerprint of too large a version", ABI, "interface=a\0version=1.10000\0text=x",
              "ABI note: not a version MAJOR.MINOR: version"),
    MALFORMED("fingerprint of two versions", ABI, "interface=a\0version=1.0\0version=1.0\0text=x",
              "ABI note: twice the key version"),
    MALFORMED("fingerprint of no identifier", ABI, "interface=a b\0version=1.0\0text=x",
              "ABI note: not an identifier: interface"),
    MALFORMED("empty text", ABI, "interface=a\0version=1.0\0text=", "ABI note: no value for text"),
    MALFORMED("tab in the text", ABI, "interface=a\0text=a\tb", "ABI note: control character or invalid UTF-8 in text"),
    MALFORMED("newline in the id", ABI, "interface=a\0id=a\nb\0text=x",
              "ABI note: control character or invalid UTF-8 in id"),
    MALFORMED("state without version", STATE, "interface=a", "STATE note: it lacks the key version"),
    MALFORMED("state of nothing", STATE, "later=1", "STATE note: it lacks the key version"),
    MALFORMED("state of version 0", STATE, "version=0", "STATE note: not a number from 1 to 9999: version"),
    MALFORMED("state of too large a version", STATE, "version=10000",
              "STATE note: not a number from 1 to 9999: version"),
    MALFORMED("state of a negative version", STATE, "version=-1", "STATE note: not a number from 1 to 9999: version"),
    MALFORMED("state of two numbers", STATE, "version=1.0", "STATE note: not a number from 1 to 9999: version"),
    MALFORMED("state of an interface, of one number", STATE, "interface=a\0version=1",
              "STATE note: not a version MAJOR.MINOR: version"),
    MALFORMED("state of no identifier", STATE, "interface=a b\0version=1.0", "STATE note: not an identifier: interface"),
    MALFORMED("state with an empty interface", STATE, "interface=\0version=1", "STATE note: no value for interface"),
};

START_TEST(malformed_record_is_refused_and_says_why)
{
    struct pm_facts facts = {0};
    struct pm_problem problem;
    int result = add_record(&facts, &malformed[_i].record, &problem);
    pm_facts_free(&facts);
    ck_assert_msg(result == -1, "%s: accepted", malformed[_i].name);
    ck_assert_int_eq(problem.code, PM_NOTE_MALFORMED);
    ck_assert_msg(strcmp(problem.detail, malformed[_i].detail) == 0, "%s: %s", malformed[_i].name, problem.detail);
}
END_TEST

START_TEST(second_module_record_is_refused)
{
    struct pm_facts facts = {0};
    struct pm_problem problem;
    expect_added(&facts, &(struct record)MODULE_RECORD);
    ck_assert_int_eq(add_record(&facts, &(struct record)MODULE_RECORD, &problem), -1);
    ck_assert_int_eq(problem.code, PM_NOTE_MALFORMED);
    ck_assert_str_eq(problem.detail, "MODULE note: there are two");
    pm_facts_free(&facts);
}
END_TEST

START_TEST(second_state_record_is_refused)
{
    struct pm_facts facts = {0};
    struct pm_problem problem;
    expect_added(&facts, &(struct record)RECORD(STATE, "version=1"));
    ck_assert_int_eq(add_record(&facts, &(struct record)RECORD(STATE, "version=1"), &problem), -1);
    ck_assert_int_eq(problem.code, PM_NOTE_MALFORMED);
    ck_assert_str_eq(problem.detail, "STATE note: there are two");
    pm_facts_free(&facts);
}
END_TEST

/* Each of these needs every key it has. */
static const struct record whole_records[] = {
    MODULE_RECORD,
    PROVIDES_RECORD,
    RECORD(REQUIRES, "interface=log\0symbol=slot\0version=2.3"),
    RECORD(PIN, "require=yes\0build-id=01\0object=liba.so.1"),
    RECORD(ABI, "interface=a\0version=1.0\0text=x"),
    RECORD(STATE, "interface=a\0version=1.0"),
};

START_TEST(record_cut_at_every_length_is_refused)
{
    const struct record *whole = &whole_records[_i];
    struct pm_facts facts = {0};
    struct pm_problem problem;
    /* the symbol is asked for at the end only, for a host has none, but the version stands behind it */
    for (size_t size = 0; size < whole->size; size++) {
        ck_assert_msg(add_record(&facts, &(struct record){whole->type, whole->text, size}, &problem) == -1,
                      "%zu bytes are accepted", size);
        ck_assert_int_eq(problem.code, PM_NOTE_MALFORMED);
    }
    expect_added(&facts, whole);
    pm_facts_free(&facts);
}
END_TEST

START_TEST(record_of_any_changed_byte_is_read_or_refused)
{
    const struct record *whole = &whole_records[_i];
    for (size_t at = 0; at < whole->size; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[100];
            struct pm_facts facts = {0};
            struct pm_problem problem = {.code = PM_NOTE_MALFORMED, .detail = "x"};
            memcpy(text, whole->text, whole->size);
            text[at] = (char)byte;
            int result = add_record(&facts, &(struct record){whole->type, text, whole->size}, &problem);
            ck_assert_msg(result == 0 || (problem.code == PM_NOTE_MALFORMED && problem.detail[0] != '\0'),
                          "byte %zu is %u", at, byte);
            pm_facts_free(&facts);
        }
    }
}
END_TEST

#define HOST_RECORD RECORD(MODULE, "role=host\0name=h\0version=1")
#define ABI_RECORD RECORD(ABI, "interface=a\0version=1.0\0text=x")
#define OFFER_RECORD RECORD(PROVIDES, "interface=greeter\0instance=en\0version=1.2")
static const struct {
    const char *name;
    struct record records[4];
    const char *detail; /* NULL: they are whole */
} wholes[] = {
    {"nothing", {{0}}, "there is no MODULE note"},
    {"no module", {PROVIDES_RECORD}, "there is no MODULE note"},
    {"a plugin", {PROVIDES_RECORD, MODULE_RECORD}, NULL},
    {"a host", {HOST_RECORD, OFFER_RECORD}, NULL},
    {"a plugin that provides without a symbol", {MODULE_RECORD, OFFER_RECORD},
     "PROVIDES note: it lacks the key symbol"},
    {"twice an instance", {MODULE_RECORD, PROVIDES_RECORD, PROVIDES_RECORD},
     "two PROVIDES notes for the instance en of greeter"},
    {"two instances", {MODULE_RECORD, PROVIDES_RECORD,
                       RECORD(PROVIDES, "interface=greeter\0instance=de\0symbol=other\0version=1.2")}, NULL},
    {"two interfaces", {MODULE_RECORD, PROVIDES_RECORD,
                        RECORD(PROVIDES, "interface=log\0instance=en\0symbol=other\0version=1.2")}, NULL},
    {"a requirement without a slot", {MODULE_RECORD, RECORD(REQUIRES, "interface=log\0version=1.2")},
     "REQUIRES note: it lacks the key symbol"},
    {"what a host accepts has none", {RECORD(MODULE, "role=host\0name=a\0version=1"),
                                      RECORD(REQUIRES, "interface=log\0version=1.2")}, NULL},
    {"two fingerprints of one version", {MODULE_RECORD, ABI_RECORD, RECORD(ABI, "interface=a\0version=1.0\0text=y")},
     "two ABI notes for one version of a"},
    {"twice the same fingerprint", {ABI_RECORD, MODULE_RECORD, ABI_RECORD}, "two ABI notes for one version of a"},
    {"fingerprints of two versions",
     {MODULE_RECORD, ABI_RECORD, RECORD(ABI, "interface=a\0version=1.1\0text=x"),
      RECORD(ABI, "interface=a\0version=2.0\0text=x")}, NULL},
    {"fingerprints of two interfaces", {MODULE_RECORD, ABI_RECORD, RECORD(ABI, "interface=b\0version=1.0\0text=x")},
     NULL},
};

START_TEST(facts_finish_sees_what_is_missing_or_there_twice)
{
    struct pm_facts facts = {0};
    struct pm_problem problem = {.code = PM_CODES};
    for (size_t i = 0; i < 4 && wholes[_i].records[i].text != NULL; i++)
        expect_added(&facts, &wholes[_i].records[i]);
    int result = pm_facts_finish(&facts, &problem);
    pm_facts_free(&facts);
    ck_assert_msg(result == (wholes[_i].detail == NULL ? 0 : -1), "%s", wholes[_i].name);
    if (result < 0) {
        ck_assert_int_eq(problem.code, PM_NOTE_MALFORMED);
        ck_assert_msg(strcmp(problem.detail, wholes[_i].detail) == 0, "%s: %s", wholes[_i].name, problem.detail);
    }
}
END_TEST

/* So much that the arena needs several blocks. */
START_TEST(facts_without_memory_say_so)
{
    static char text[3000] = "object=a\0hint=";
    memset(text + 14, 'x', sizeof(text) - 15);
    for (size_t nth = 1;; nth++) {
        struct pm_facts facts = {0};
        struct pm_problem problem;
        int results[6];
        fail_allocation(nth);
        for (int i = 0; i < 5; i++) {
            struct pm_note note = {whole_records[i].type, "", 0, (const uint8_t *)whole_records[i].text,
                                   whole_records[i].size};
            results[i] = pm_facts_add(&facts, &note, &problem);
        }
        struct pm_note large = {PLUGMGR_NOTE_PIN, "", 0, (const uint8_t *)text, sizeof(text)};
        results[5] = pm_facts_add(&facts, &large, &problem);
        bool happened = fail_allocation_happened();
        int finished = pm_facts_finish(&facts, &problem);
        fail_allocation(0);
        ck_assert(facts.arena.failed == happened);
        for (size_t i = 0; i < 6; i++)
            ck_assert_int_eq(results[i], 0); /* the records are well-formed: nothing else may be said of them */
        ck_assert_int_eq(finished, 0);
        ck_assert_uint_eq(facts.record_count, 6);
        if (!happened)
            ck_assert_uint_eq(facts.pin_count, 2);
        pm_facts_free(&facts);
        if (!happened) {
            ck_assert_uint_gt(nth, 3);
            return;
        }
    }
}
END_TEST

/* ---- writing ---- */

/* _i: bit 0 the alignment, bit 1 the byte order */
START_TEST(note_write_gives_the_bytes_of_the_format)
{
    struct notes expected = {.align = (_i & 1) != 0 ? 8 : 4, .is_big_endian = (_i & 2) != 0};
    struct pm_buffer buffer = {0};
    add_note(&expected, PLUGMGR_NOTE_PIN, "PlugMgr", 8, "object=a\0build-id=00", 21);
    add_note(&expected, PLUGMGR_NOTE_ABI, "PlugMgr", 8, "", 0);
    add_note(&expected, 5, "PlugMgr", 8, "abc", 4);
    const char *const strings[] = {"object=a", "build-id=00"};
    pm_note_write(&buffer, PLUGMGR_NOTE_PIN, strings, 2, expected.align, is_swapped(&expected));
    pm_note_write(&buffer, PLUGMGR_NOTE_ABI, NULL, 0, expected.align, is_swapped(&expected));
    pm_note_write(&buffer, 5, (const char *const[]){"abc"}, 1, expected.align, is_swapped(&expected));
    ck_assert(!buffer.failed);
    ck_assert_uint_eq(buffer.size, expected.size);
    ck_assert_mem_eq(buffer.data, expected.bytes, expected.size);
    free(buffer.data);
}
END_TEST

/* _i: as above. Of every length up to 20, one behind the other. */
START_TEST(written_notes_are_read_back)
{
    enum { LENGTHS = 20 };
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    const size_t align = (_i & 1) != 0 ? 8 : 4;
    const bool swapped = (_i & 2) != 0;
    struct pm_buffer buffer = {0};
    struct pm_problem problem;
    struct pm_note note;
    size_t offset = 0;
    for (uint32_t i = 0; i < LENGTHS; i++) {
        const char *const strings[] = {letters + sizeof(letters) - 1 - i, "x"};
        ck_assert_uint_eq(buffer.size % align, 0);
        pm_note_write(&buffer, 0x1000 + i, strings, 2, align, swapped);
    }
    for (uint32_t i = 0; i < LENGTHS; i++) {
        ck_assert_int_eq(pm_note_next((const uint8_t *)buffer.data, buffer.size, align, swapped, &offset, &note,
                                      &problem), 1);
        ck_assert(pm_note_is_plugmgr(&note));
        ck_assert_uint_eq(note.type, 0x1000 + i);
        ck_assert_uint_eq((size_t)((const char *)note.desc - buffer.data) % align, 0);
        ck_assert_uint_eq(note.desc_size, i + 3);
        ck_assert_str_eq((const char *)note.desc, letters + sizeof(letters) - 1 - i);
        ck_assert_str_eq((const char *)note.desc + i + 1, "x");
    }
    ck_assert_int_eq(pm_note_next((const uint8_t *)buffer.data, buffer.size, align, swapped, &offset, &note, &problem),
                     0);
    free(buffer.data);
}
END_TEST

START_TEST(written_fingerprint_gives_its_facts)
{
    const size_t align = (_i & 1) != 0 ? 8 : 4;
    const bool swapped = (_i & 2) != 0;
    const char *const strings[] = {"interface=greeter", "version=1.2", "id=00", "text=plugmgr-abi 1\nroot struct a\n"};
    struct pm_buffer buffer = {0};
    struct pm_facts facts = {0};
    struct pm_problem problem;
    struct pm_note note;
    size_t offset = 0;
    pm_note_write(&buffer, PLUGMGR_NOTE_ABI, strings, 4, align, swapped);
    ck_assert_int_eq(pm_note_next((const uint8_t *)buffer.data, buffer.size, align, swapped, &offset, &note, &problem),
                     1);
    ck_assert_int_eq(pm_facts_add(&facts, &note, &problem), 0);
    free(buffer.data);
    ck_assert_str_eq(abi_text(&facts, "greeter", 1, 2), "plugmgr-abi 1\nroot struct a\n");
    pm_facts_free(&facts);
}
END_TEST

START_TEST(note_write_without_memory_fails)
{
    static char text[5000];
    const char *const strings[] = {"interface=a", text};
    memset(text, 'x', sizeof(text) - 1);
    for (size_t nth = 1;; nth++) {
        struct pm_buffer buffer = {0};
        fail_allocation(nth);
        pm_note_write(&buffer, PLUGMGR_NOTE_ABI, strings, 2, 4, false);
        bool happened = fail_allocation_happened();
        fail_allocation(0);
        ck_assert(buffer.failed == happened);
        free(buffer.data);
        if (!happened) {
            ck_assert_uint_gt(nth, 1);
            return;
        }
    }
}
END_TEST

/* Of 4 GiB, all the same string: the size is found out before anything is written. */
START_TEST(note_write_of_more_than_a_size_can_tell_fails)
{
    enum { LENGTH = 1 << 24 };
    static char text[LENGTH];
    const char *strings[(UINT32_MAX >> 24) + 1];
    struct pm_buffer buffer = {0};
    memset(text, 'x', LENGTH - 1);
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        strings[i] = text;
    pm_note_write(&buffer, PLUGMGR_NOTE_ABI, strings, sizeof(strings) / sizeof(strings[0]), 4, false);
    ck_assert(buffer.failed);
    ck_assert_uint_eq(buffer.size, 0);
    free(buffer.data);
}
END_TEST

static void add_walking(TCase *tcase)
{
    tcase_add_loop_test(tcase, notes_of_either_order_and_alignment_are_walked, 0, 4);
    tcase_add_test(tcase, notes_of_an_odd_alignment_are_read_as_aligned_to_4);
    tcase_add_loop_test(tcase, notes_whose_last_lacks_its_padding_are_walked, 0, 4);
    tcase_add_loop_test(tcase, notes_cut_at_every_length_end_or_are_malformed, 0, 4);
    tcase_add_loop_test(tcase, note_of_hostile_sizes_is_malformed, 0, 2 * COUNT(sizes));
    tcase_add_test(tcase, zero_bytes_behind_the_last_note_are_padding);
    tcase_add_loop_test(tcase, note_is_ours_by_its_whole_owner, 0, COUNT(owners));
    tcase_add_loop_test(tcase, build_id_is_taken_from_a_gnu_note_of_1_to_64_bytes, 0, COUNT(build_ids));
}

static void add_values(TCase *tcase)
{
    tcase_add_loop_test(tcase, build_id_parse_takes_pairs_of_hex_digits_only, 0, COUNT(hex_ids));
    tcase_add_test(tcase, build_ids_are_equal_by_size_and_bytes);
    tcase_add_loop_test(tcase, version_parse_takes_two_numbers_up_to_9999, 0, COUNT(versions));
    tcase_add_test(tcase, version_compare_looks_at_the_major_first);
    tcase_add_test(tcase, identifier_is_one_of_c_up_to_255_characters);
}

static void add_facts(TCase *tcase)
{
    tcase_add_test(tcase, module_record_gives_its_facts);
    tcase_add_test(tcase, provides_record_gives_its_facts);
    tcase_add_test(tcase, requires_record_gives_its_facts);
    tcase_add_test(tcase, pin_record_gives_its_facts);
    tcase_add_test(tcase, abi_record_gives_its_facts);
    tcase_add_test(tcase, state_record_gives_its_facts);
    tcase_add_test(tcase, abi_is_found_by_interface_and_version);
    tcase_add_test(tcase, unknown_keys_types_and_padding_are_ignored);
    tcase_add_test(tcase, facts_of_many_records_are_all_kept);
    tcase_add_test(tcase, value_with_any_byte_at_any_place_is_judged_alike);
    tcase_add_test(tcase, value_with_a_character_of_many_bytes_at_any_place_is_taken);
    tcase_add_test(tcase, more_than_4096_records_are_malformed);
    tcase_add_loop_test(tcase, malformed_record_is_refused_and_says_why, 0, COUNT(malformed));
    tcase_add_test(tcase, second_module_record_is_refused);
    tcase_add_test(tcase, second_state_record_is_refused);
    tcase_add_loop_test(tcase, record_cut_at_every_length_is_refused, 0, COUNT(whole_records));
    tcase_add_loop_test(tcase, record_of_any_changed_byte_is_read_or_refused, 0, COUNT(whole_records));
    tcase_add_loop_test(tcase, facts_finish_sees_what_is_missing_or_there_twice, 0, COUNT(wholes));
    tcase_add_test(tcase, facts_without_memory_say_so);
}

int main(void)
{
    Suite *suite = suite_create("note");
    TCase *tcase = tcase_create("note");
    tcase_set_timeout(tcase, 60);
    add_walking(tcase);
    add_values(tcase);
    add_facts(tcase);
    tcase_add_loop_test(tcase, note_write_gives_the_bytes_of_the_format, 0, 4);
    tcase_add_loop_test(tcase, written_notes_are_read_back, 0, 4);
    tcase_add_loop_test(tcase, written_fingerprint_gives_its_facts, 0, 4);
    tcase_add_test(tcase, note_write_without_memory_fails);
    tcase_add_test(tcase, note_write_of_more_than_a_size_can_tell_fails);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
