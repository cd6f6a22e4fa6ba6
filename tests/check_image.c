/* SPDX-License-Identifier: MIT */
/* ELF files of every class and byte order, sound and broken, made by mkelf. */
#include "image_inner.h"

#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "mkelf.h"
#include "suite.h"
#include "watchread.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* ---- what is built ---- */

static const struct mkelf_note notes[] = {
    MKELF_BUILD_ID("\x01\x02\x03\x04\x05"),
    MKELF_RECORD(PLUGMGR_NOTE_MODULE, "role=plugin\0name=mock\0version=0.1"),
    MKELF_RECORD(PLUGMGR_NOTE_PROVIDES, "interface=greeter\0instance=en\0symbol=table\0version=1.2"),
    MKELF_RECORD(PLUGMGR_NOTE_PIN, "object=libm.so.6\0build-id=abcd"),
    {0, NULL, NULL, 0, 0},
};
enum { BUILD_ID_NOTE, MODULE_NOTE, PROVIDES_NOTE, PIN_NOTE };

static const struct mkelf_symbol symbols[] = {
    {"table", STB_GLOBAL, STV_DEFAULT, MKELF_IN_DATA},
    {"protected", STB_GLOBAL, STV_PROTECTED, MKELF_IN_DATA},
    {"weak", STB_WEAK, STV_DEFAULT, MKELF_IN_DATA},
    {"unique", STB_GNU_UNIQUE, STV_DEFAULT, MKELF_IN_DATA},
    {"zero", STB_GLOBAL, STV_DEFAULT, MKELF_IN_BSS},
    {"undefined", STB_GLOBAL, STV_DEFAULT, MKELF_UNDEFINED},
    {"weak_undefined", STB_WEAK, STV_DEFAULT, MKELF_UNDEFINED},
    {"hidden", STB_GLOBAL, STV_HIDDEN, MKELF_IN_DATA},
    {"internal", STB_GLOBAL, STV_INTERNAL, MKELF_IN_DATA},
    {"local", STB_LOCAL, STV_DEFAULT, MKELF_IN_DATA},
};
static const struct {
    const char *name;
    enum pm_symbol symbol;
} lookups[] = {
    {"table", PM_SYMBOL_IS_EXPORTED},        {"protected", PM_SYMBOL_IS_EXPORTED},
    {"weak", PM_SYMBOL_IS_EXPORTED},         {"unique", PM_SYMBOL_IS_EXPORTED},
    {"zero", PM_SYMBOL_IS_ZERO},             {"undefined", PM_SYMBOL_IS_ABSENT},
    {"weak_undefined", PM_SYMBOL_IS_ABSENT}, {"hidden", PM_SYMBOL_IS_ABSENT},
    {"internal", PM_SYMBOL_IS_ABSENT},       {"local", PM_SYMBOL_IS_ABSENT},
    {"tabl", PM_SYMBOL_IS_ABSENT},           {"tables", PM_SYMBOL_IS_ABSENT},
    {"", PM_SYMBOL_IS_ABSENT},               {"libm.so.6", PM_SYMBOL_IS_ABSENT},
};

static const struct mkelf_string strings[] = {
    {DT_NEEDED, "libm.so.6"},       {DT_SONAME, "mock.so"},  {DT_NEEDED, "libc.so.6"},
    {DT_RUNPATH, "$ORIGIN/../lib"}, {DT_RPATH, "/opt/lib"},
};

#define MOCK \
    .notes = notes, .symbols = symbols, .symbol_count = sizeof(symbols) / sizeof(symbols[0]), .strings = strings, \
    .string_count = sizeof(strings) / sizeof(strings[0])

/* ---- reading it all ---- */

enum stage { OPEN, NOTES, DYNAMIC, SYMBOL, DONE };
static const char *const stage_names[] = {"open", "notes", "dynamic", "symbol", "done"};

struct reading {
    enum stage stage; /* the one that failed */
    struct pm_file file;
    struct pm_image *image;
    struct pm_facts facts;
    struct pm_build_id build_id;
    struct pm_arena arena;
    struct pm_dynamic dynamic;
    int notes, has_dynamic; /* what was returned */
    enum pm_symbol symbol;
    struct pm_problem problem;
};

/* Reads header, notes, dynamic section and the symbol "table". */
static void read_all(const struct mkelf *elf, struct reading *r)
{
    *r = (struct reading){.file = mkelf_file(elf), .problem = {.code = PM_CODES}};
    r->stage = OPEN;
    if (pm_image_open(&r->file, &r->image, &r->problem) < 0)
        return;
    r->stage = NOTES;
    if ((r->notes = pm_image_read_notes(r->image, &r->facts, &r->build_id, &r->problem)) < 0)
        return;
    r->stage = DYNAMIC;
    if ((r->has_dynamic = pm_image_read_dynamic(r->image, &r->arena, &r->dynamic, &r->problem)) < 0)
        return;
    r->stage = SYMBOL;
    if (pm_image_find_symbol(r->image, "table", &r->symbol, &r->problem) < 0)
        return;
    r->stage = DONE;
}

static void free_reading(struct reading *r)
{
    pm_facts_free(&r->facts);
    pm_arena_free(&r->arena);
    pm_image_close(r->image);
}

static struct reading reading;

static void expect_done(const struct mkelf *elf)
{
    read_all(elf, &reading);
    ck_assert_msg(reading.stage == DONE, "%s: %s: %s: %s", elf->target.name, stage_names[reading.stage],
                  pm_code_name(reading.problem.code), reading.problem.detail);
}

static void expect_problem(const struct mkelf *elf, enum stage stage, enum pm_code code, const char *detail)
{
    read_all(elf, &reading);
    ck_assert_str_eq(stage_names[reading.stage], stage_names[stage]);
    ck_assert_str_eq(pm_code_name(reading.problem.code), pm_code_name(code));
    ck_assert_str_eq(reading.problem.detail, detail);
    free_reading(&reading);
}

/* ---- sound files ---- */

/* _i: the target, the alignment of its notes, and whether each has a segment of its own */
START_TEST(sound_file_of_any_class_order_and_notes_is_read)
{
    struct mkelf elf = {.target = mkelf_targets[_i / 4], .note_align = (_i & 1) != 0 ? 8 : 4,
                        .has_split_notes = (_i & 2) != 0, .flags = 0x12345678, MOCK};
    mkelf_build(&elf, NULL);
    expect_done(&elf);
    const struct pm_traits *traits = pm_image_traits(reading.image);
    ck_assert_uint_eq(traits->elf_class, elf.target.elf_class);
    ck_assert_uint_eq(traits->byte_order, elf.target.byte_order);
    ck_assert_uint_eq(traits->machine, elf.target.machine);
    ck_assert_uint_eq(traits->type, ET_DYN);
    ck_assert_uint_eq(traits->flags, 0x12345678);
    ck_assert_int_eq(reading.notes, 1);
    ck_assert(pm_build_id_equal(&reading.build_id, &(struct pm_build_id){5, {1, 2, 3, 4, 5}}));
    ck_assert_int_eq(reading.facts.role, PM_ROLE_PLUGIN);
    ck_assert_str_eq(reading.facts.name, "mock");
    ck_assert_uint_eq(reading.facts.record_count, 3);
    ck_assert_uint_eq(reading.facts.provide_count, 1);
    ck_assert_str_eq(reading.facts.provides[0].interface_name, "greeter");
    ck_assert_uint_eq(reading.facts.pin_count, 1);
    ck_assert_str_eq(reading.facts.pins[0].object, "libm.so.6");
    ck_assert_int_eq(reading.has_dynamic, 1);
    ck_assert_uint_eq(reading.dynamic.needed_count, 2);
    ck_assert_str_eq(reading.dynamic.needed[0], "libm.so.6");
    ck_assert_str_eq(reading.dynamic.needed[1], "libc.so.6");
    ck_assert_str_eq(reading.dynamic.soname, "mock.so");
    ck_assert_str_eq(reading.dynamic.runpath, "$ORIGIN/../lib");
    ck_assert_str_eq(reading.dynamic.rpath, "/opt/lib");
    ck_assert(!pm_image_lacks_code(reading.image));
    ck_assert_int_eq(pm_image_is_debug_only(reading.image, &reading.problem), 0);
    free_reading(&reading);
    mkelf_free(&elf);
}
END_TEST

START_TEST(facts_that_are_not_asked_for_are_not_read)
{
    struct mkelf elf = {MOCK};
    struct pm_image *image;
    struct pm_build_id build_id;
    struct pm_problem problem;
    mkelf_build(&elf, NULL);
    mkelf_edit(&elf, &(struct mkelf_edit)MKELF_BYTE(NOTE, MODULE_NOTE, 20, 'x')); /* no key of a MODULE */
    struct pm_file file = mkelf_file(&elf);
    ck_assert_int_eq(pm_image_open(&file, &image, &problem), 0);
    ck_assert_int_eq(pm_image_read_notes(image, NULL, &build_id, &problem), 1);
    ck_assert_uint_eq(build_id.size, 5);
    pm_image_close(image);
    mkelf_free(&elf);
}
END_TEST

START_TEST(first_of_two_build_ids_counts)
{
    static const struct mkelf_note two[] = {MKELF_BUILD_ID("\x01"), MKELF_BUILD_ID("\x02"), {0, NULL, NULL, 0, 0}};
    for (int i = 0; i < 2; i++) {
        struct mkelf elf = {.notes = two, .has_split_notes = i > 0};
        mkelf_build(&elf, NULL);
        expect_done(&elf);
        ck_assert_int_eq(reading.notes, 0);
        ck_assert(pm_build_id_equal(&reading.build_id, &(struct pm_build_id){1, {1}}));
        free_reading(&reading);
        mkelf_free(&elf);
    }
}
END_TEST

START_TEST(bare_file_has_nothing)
{
    struct mkelf elf = {.target = mkelf_targets[_i]};
    mkelf_build(&elf, NULL);
    expect_done(&elf);
    ck_assert_int_eq(reading.notes, 0);
    ck_assert_uint_eq(reading.build_id.size, 0);
    ck_assert_uint_eq(reading.dynamic.needed_count, 0);
    ck_assert_ptr_null(reading.dynamic.soname);
    ck_assert_ptr_null(reading.dynamic.rpath);
    ck_assert_ptr_null(reading.dynamic.runpath);
    ck_assert_int_eq(reading.symbol, PM_SYMBOL_IS_ABSENT);
    ck_assert_int_eq(pm_image_has_unmapped_note(reading.image, &reading.problem), 0);
    free_reading(&reading);
    mkelf_free(&elf);
}
END_TEST

START_TEST(last_of_two_sonames_counts)
{
    static const struct mkelf_string two[] = {{DT_SONAME, "first"}, {DT_RUNPATH, "first"}, {DT_RPATH, "first"},
                                              {DT_SONAME, "last"},  {DT_RUNPATH, "last"},  {DT_RPATH, "last"}};
    struct mkelf elf = {.strings = two, .string_count = COUNT(two)};
    mkelf_build(&elf, NULL);
    expect_done(&elf);
    ck_assert_str_eq(reading.dynamic.soname, "last");
    ck_assert_str_eq(reading.dynamic.runpath, "last");
    ck_assert_str_eq(reading.dynamic.rpath, "last");
    free_reading(&reading);
    mkelf_free(&elf);
}
END_TEST

static const struct {
    uint64_t first, last; /* of two DT_FLAGS_1 */
    bool is_program;
} program_flags[] = {
    {DF_1_NOW, DF_1_NOW, false},
    {DF_1_NOW, DF_1_PIE | DF_1_NOW, true},
    {DF_1_PIE, DF_1_NOW, false},
};

/* Here too the last counts. _i: the flags and the target */
START_TEST(program_is_told_by_its_flag)
{
    struct mkelf elf = {.target = mkelf_targets[_i % MKELF_TARGETS], MOCK};
    size_t row = (size_t)_i / MKELF_TARGETS;
    const struct mkelf_edit edits[] = {
        MKELF_SET(DYNAMIC, MKELF_OWN_STRINGS, Dyn, d_tag, DT_FLAGS_1),
        MKELF_SET(DYNAMIC, MKELF_OWN_STRINGS, Dyn, d_un.d_val, program_flags[row].first),
        MKELF_SET(DYNAMIC, MKELF_OWN_STRINGS + 1, Dyn, d_tag, DT_FLAGS_1),
        MKELF_SET(DYNAMIC, MKELF_OWN_STRINGS + 1, Dyn, d_un.d_val, program_flags[row].last),
    };
    mkelf_build(&elf, NULL);
    expect_done(&elf);
    ck_assert(!reading.dynamic.is_program);
    free_reading(&reading);
    for (int i = 0; i < COUNT(edits); i++)
        mkelf_edit(&elf, &edits[i]);
    expect_done(&elf);
    ck_assert_msg(reading.dynamic.is_program == program_flags[row].is_program, "%s", elf.target.name);
    free_reading(&reading);
    mkelf_free(&elf);
}
END_TEST

static const struct mkelf_target hash_targets[] = {
    {"x86-64", ELFCLASS64, ELFDATA2LSB, EM_X86_64}, {"ppc64", ELFCLASS64, ELFDATA2MSB, EM_PPC64},
    {"i386", ELFCLASS32, ELFDATA2LSB, EM_386},      {"sparc", ELFCLASS32, ELFDATA2MSB, EM_SPARC},
    {"s390x", ELFCLASS64, ELFDATA2MSB, EM_S390},    {"s390", ELFCLASS32, ELFDATA2MSB, EM_S390},
    {"alpha", ELFCLASS64, ELFDATA2LSB, 0x9026},     {"alpha, the official number", ELFCLASS64, ELFDATA2LSB, EM_ALPHA},
};

/* _i: the target, and which of the two hash tables it has */
START_TEST(symbols_of_either_hash_table_are_found)
{
    struct mkelf elf = {.target = hash_targets[_i / 2], .lacks_hash = _i % 2 != 0, .lacks_gnu_hash = _i % 2 == 0, MOCK};
    mkelf_build(&elf, NULL);
    expect_done(&elf);
    for (int i = 0; i < COUNT(lookups); i++) {
        enum pm_symbol symbol = (enum pm_symbol)99;
        int result = pm_image_find_symbol(reading.image, lookups[i].name, &symbol, &reading.problem);
        ck_assert_msg(result == 0, "%s: \"%s\": %s", elf.target.name, lookups[i].name, reading.problem.detail);
        ck_assert_msg(symbol == lookups[i].symbol, "%s: \"%s\": %d", elf.target.name, lookups[i].name, symbol);
    }
    free_reading(&reading);
    mkelf_free(&elf);
}
END_TEST

START_TEST(symbols_without_a_hash_table_are_absent)
{
    struct mkelf elf = {.lacks_hash = true, .lacks_gnu_hash = true, MOCK};
    mkelf_build(&elf, NULL);
    expect_done(&elf);
    ck_assert_int_eq(reading.symbol, PM_SYMBOL_IS_ABSENT);
    free_reading(&reading);
    mkelf_free(&elf);
}
END_TEST

static const char *open_c_library(void)
{
    Dl_info info;
    void *function;
    memcpy(&function, &(const char *(*[1])(void)){gnu_get_libc_version}, sizeof(function));
    ck_assert_int_ne(dladdr(function, &info), 0);
    reading = (struct reading){.problem = {.detail = ""}};
    ck_assert_int_eq(pm_file_open(info.dli_fname, &reading.file, &reading.problem), 0);
    ck_assert_int_eq(pm_image_open(&reading.file, &reading.image, &reading.problem), 0);
    return info.dli_fname;
}

/* What a linker wrote: mkelf and image.c might err in the same way. */
START_TEST(c_library_is_read_as_its_linker_wrote_it)
{
    open_c_library();
    ck_assert_int_eq(pm_image_read_notes(reading.image, NULL, &reading.build_id, &reading.problem), 0);
    ck_assert_int_eq(pm_image_read_dynamic(reading.image, &reading.arena, &reading.dynamic, &reading.problem), 1);
    ck_assert_int_eq(strncmp(reading.dynamic.soname, "libc.so.6", 9), 0);
    static const char *const names[] = {"gnu_get_libc_version", "malloc", "qsort", "environ", "no_such_symbol"};
    static const enum pm_symbol found[] = {PM_SYMBOL_IS_EXPORTED, PM_SYMBOL_IS_EXPORTED, PM_SYMBOL_IS_EXPORTED,
                                           PM_SYMBOL_IS_ZERO, PM_SYMBOL_IS_ABSENT};
    for (int i = 0; i < COUNT(names); i++) {
        ck_assert_int_eq(pm_image_find_symbol(reading.image, names[i], &reading.symbol, &reading.problem), 0);
        ck_assert_msg(reading.symbol == found[i], "%s: %d", names[i], reading.symbol);
    }
    free_reading(&reading);
    pm_file_close(&reading.file);
}
END_TEST

/* Wherever they lie, in whichever order, up to the end of the file; and no part is read again and again. */
START_TEST(ranges_all_over_a_file_are_read_in_large_parts)
{
    enum { RANGES = 5000 };
    unsigned seed = 1;
    watch_reads_begin();
    const char *path = open_c_library();
    const size_t size = (size_t)reading.file.identity.size;
    unsigned char *whole = malloc(size);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(whole);
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fread(whole, 1, size, file), size);
    fclose(file);
    for (int i = 0; i < RANGES; i++) {
        size_t offset = (size_t)rand_r(&seed) % size, length = (size_t)rand_r(&seed) % 200;
        if (i % 100 == 0)
            length = (size_t)rand_r(&seed) % 100000; /* more than a part */
        if (length > size - offset)
            length = size - offset;
        const uint8_t *bytes = pm_image_range(reading.image, offset, length, "it", &reading.problem);
        if (bytes == NULL || memcmp(bytes, whole + offset, length) != 0)
            ck_abort_msg("%zu bytes at %zu: %s", length, offset, bytes == NULL ? reading.problem.detail : "others");
    }
    ck_assert_ptr_null(pm_image_range(reading.image, size - 1, 2, "it", &reading.problem));
    ck_assert_uint_lt(watched_reads.calls, 10 + size / 32768 + 1 + RANGES / 100);
    ck_assert_uint_eq(watched_reads.got, pm_image_size_read(reading.image) + 4096); /* beside the head */
    free(whole);
    free_reading(&reading);
    pm_file_close(&reading.file);
}
END_TEST

/* ---- broken files ---- */

#define EHDR(member, value) MKELF_SET(HEADER, 0, Ehdr, member, value)
#define IDENT(index, value) MKELF_BYTE(HEADER, 0, index, value)
#define PHDR(segment, member, value) MKELF_SET(SEGMENT, MKELF_##segment, Phdr, member, value)
#define NHDR(note, member, value) MKELF_SET(NOTE, note, Nhdr, member, value)
#define DYN(entry, value) MKELF_SET(DYNAMIC, MKELF_##entry, Dyn, d_un.d_val, value)
#define DYN_TAG(entry, value) MKELF_SET(DYNAMIC, MKELF_##entry, Dyn, d_tag, value)
#define CUT(bytes) .is_cut = true, .cut = bytes
#define HUGE_64 UINT64_MAX /* truncated to the member's size in a 32-bit file */
#define ONE_BUCKET(index) MKELF_WORD(GNU_BUCKETS, 0, index), MKELF_WORD(GNU_BUCKETS, 1, index), \
                          MKELF_WORD(GNU_BUCKETS, 2, index)
#define ONE_HASH_BUCKET(index) MKELF_WORD(HASH, 2, index), MKELF_WORD(HASH, 3, index), MKELF_WORD(HASH, 4, index)

static const char beyond_header[] = "the ELF header lies beyond the end of the file";
static const char beyond_sections[] = "the section header table lies beyond the end of the file";
static const char beyond_segments[] = "the program header table lies beyond the end of the file";
static const char beyond_segment[] = "a segment lies beyond the end of the file";
static const char large_note[] = "a note is larger than its segment";
static const char outside_strings[] = "a name lies outside the dynamic string table";
static const char outside_gnu_hash[] = "DT_GNU_HASH is not in a load segment";
static const char outside_hash[] = "DT_HASH is not in a load segment";

/* Breaks in the file for x86-64 unless a row names another target, and what reading then ends with. */
static const struct broken {
    const char *name;
    struct mkelf_edit edits[5];
    bool is_cut, has_only_hash, has_split_notes;
    size_t cut; /* bytes that are left */
    unsigned target;
    enum stage stage;
    enum pm_code code;
    const char *detail;
} broken[] = {
    /* the ELF header */
    {"empty file", CUT(0), .code = PM_NOT_ELF, .detail = "it is empty"},
    {"one byte", CUT(1), .code = PM_NOT_ELF, .detail = "it does not begin with the ELF magic number"},
    {"magic cut", CUT(3), .code = PM_NOT_ELF, .detail = "it does not begin with the ELF magic number"},
    {"other magic", {IDENT(3, 'G')}, .code = PM_NOT_ELF, .detail = "it does not begin with the ELF magic number"},
    {"magic only", CUT(4), .code = PM_ELF_TRUNCATED, .detail = beyond_header},
    {"ident cut", CUT(15), .code = PM_ELF_TRUNCATED, .detail = beyond_header},
    {"ident only", CUT(16), .code = PM_ELF_TRUNCATED, .detail = beyond_header},
    {"64-bit header cut", CUT(63), .code = PM_ELF_TRUNCATED, .detail = beyond_header},
    {"32-bit header cut", CUT(51), .target = 2, .code = PM_ELF_TRUNCATED, .detail = beyond_header},
    {"class 0", {IDENT(EI_CLASS, 0)}, .code = PM_ELF_MALFORMED,
     .detail = "its class is neither 32-bit nor 64-bit"},
    {"class 3", {IDENT(EI_CLASS, 3)}, .code = PM_ELF_MALFORMED,
     .detail = "its class is neither 32-bit nor 64-bit"},
    {"data 0", {IDENT(EI_DATA, 0)}, .code = PM_ELF_MALFORMED,
     .detail = "its byte order is neither little nor big endian"},
    {"data 3", {IDENT(EI_DATA, 3)}, .code = PM_ELF_MALFORMED,
     .detail = "its byte order is neither little nor big endian"},
    {"data of the other order", {IDENT(EI_DATA, ELFDATA2MSB)}, .code = PM_ELF_MALFORMED,
     .detail = "its ELF version is not 1"},
    {"version 0 in the ident", {IDENT(EI_VERSION, 0)}, .code = PM_ELF_MALFORMED, .detail = "its ELF version is not 1"},
    {"version 2 in the ident", {IDENT(EI_VERSION, 2)}, .code = PM_ELF_MALFORMED, .detail = "its ELF version is not 1"},
    {"version 0", {EHDR(e_version, 0)}, .code = PM_ELF_MALFORMED, .detail = "its ELF version is not 1"},
    {"version 2", {EHDR(e_version, 2)}, .code = PM_ELF_MALFORMED, .detail = "its ELF version is not 1"},
    /* the section headers */
    {"section headers beyond", {EHDR(e_shoff, 1 << 20)}, .code = PM_ELF_TRUNCATED, .detail = beyond_sections},
    {"section headers that wrap", {EHDR(e_shoff, HUGE_64)}, .code = PM_ELF_TRUNCATED, .detail = beyond_sections},
    {"section headers that wrap, 32-bit", {EHDR(e_shoff, HUGE_64)}, .target = 2, .code = PM_ELF_TRUNCATED,
     .detail = beyond_sections},
    {"65535 section headers", {EHDR(e_shnum, 65535)}, .code = PM_ELF_TRUNCATED, .detail = beyond_sections},
    {"no section headers at the end", {EHDR(e_shnum, 0), EHDR(e_shoff, HUGE_64 - 63)}, .code = PM_ELF_TRUNCATED,
     .detail = beyond_sections},
    {"shentsize 0", {EHDR(e_shentsize, 0)}, .code = PM_ELF_MALFORMED,
     .detail = "e_shentsize is not the size of a section header"},
    {"shentsize small", {EHDR(e_shentsize, 63)}, .code = PM_ELF_MALFORMED,
     .detail = "e_shentsize is not the size of a section header"},
    {"shentsize large", {EHDR(e_shentsize, 65535)}, .code = PM_ELF_MALFORMED,
     .detail = "e_shentsize is not the size of a section header"},
    /* the program headers */
    {"phentsize 0", {EHDR(e_phentsize, 0)}, .code = PM_ELF_MALFORMED,
     .detail = "e_phentsize is not the size of a program header"},
    {"phentsize small", {EHDR(e_phentsize, 55)}, .code = PM_ELF_MALFORMED,
     .detail = "e_phentsize is not the size of a program header"},
    {"phentsize large", {EHDR(e_phentsize, 57)}, .code = PM_ELF_MALFORMED,
     .detail = "e_phentsize is not the size of a program header"},
    {"phentsize of the other class", {EHDR(e_phentsize, 56)}, .target = 2, .code = PM_ELF_MALFORMED,
     .detail = "e_phentsize is not the size of a program header"},
    {"phnum 0", {EHDR(e_phnum, 0)}, .code = PM_ELF_MALFORMED, .detail = "it has no program headers"},
    {"phnum 0 in an executable", {EHDR(e_phnum, 0), EHDR(e_type, ET_EXEC)}, .code = PM_ELF_MALFORMED,
     .detail = "it has no program headers"},
    {"phnum PN_XNUM", {EHDR(e_phnum, PN_XNUM)}, .code = PM_ELF_MALFORMED,
     .detail = "it has more than 1024 program headers"},
    {"phnum 1025", {EHDR(e_phnum, 1025)}, .code = PM_ELF_MALFORMED,
     .detail = "it has more than 1024 program headers"},
    {"phnum 1024, beyond", {EHDR(e_phnum, 1024)}, .code = PM_ELF_TRUNCATED, .detail = beyond_segments},
    {"program headers beyond", {EHDR(e_phoff, 1 << 20)}, .code = PM_ELF_TRUNCATED, .detail = beyond_segments},
    {"program headers that wrap", {EHDR(e_phoff, HUGE_64 - 55)}, .code = PM_ELF_TRUNCATED, .detail = beyond_segments},
    {"program headers that wrap, 32-bit", {EHDR(e_phoff, HUGE_64 - 31)}, .target = 2, .code = PM_ELF_TRUNCATED,
     .detail = beyond_segments},
    /* the segments */
    {"load segment beyond", {PHDR(TEXT, p_offset, 1 << 20)}, .code = PM_ELF_TRUNCATED, .detail = beyond_segment},
    {"load segment too long", {PHDR(DATA, p_filesz, 1 << 20)}, .code = PM_ELF_TRUNCATED, .detail = beyond_segment},
    {"load segment whose offset wraps", {PHDR(TEXT, p_offset, HUGE_64)}, .code = PM_ELF_TRUNCATED,
     .detail = beyond_segment},
    {"load segment whose size wraps", {PHDR(TEXT, p_filesz, HUGE_64)}, .code = PM_ELF_TRUNCATED,
     .detail = beyond_segment},
    {"load segment whose size wraps, 32-bit", {PHDR(TEXT, p_filesz, HUGE_64)}, .target = 3, .code = PM_ELF_TRUNCATED,
     .detail = beyond_segment},
    {"note segment beyond", {PHDR(NOTES, p_offset, 1 << 20)}, .code = PM_ELF_TRUNCATED, .detail = beyond_segment},
    {"note segment whose size wraps", {PHDR(NOTES, p_filesz, HUGE_64 - 100)}, .code = PM_ELF_TRUNCATED,
     .detail = beyond_segment},
    {"dynamic segment beyond", {PHDR(DYNAMIC_SEGMENT, p_offset, HUGE_64)}, .code = PM_ELF_TRUNCATED,
     .detail = beyond_segment},
    {"smaller in memory", {PHDR(TEXT, p_memsz, 1)}, .code = PM_ELF_MALFORMED,
     .detail = "a segment is smaller in memory than in the file"},
    {"addresses that wrap", {PHDR(DATA, p_memsz, HUGE_64)}, .code = PM_ELF_MALFORMED,
     .detail = "a segment's addresses wrap around"},
    {"addresses that wrap, 32-bit", {PHDR(DATA, p_memsz, HUGE_64)}, .target = 2, .code = PM_ELF_MALFORMED,
     .detail = "a segment's addresses wrap around"},
    {"load segments that overlap", {PHDR(FIRST, p_memsz, 1 << 20)}, .code = PM_ELF_MALFORMED,
     .detail = "its load segments overlap or are out of order"},
    {"load segments out of order", {PHDR(FIRST, p_vaddr, 1 << 20)}, .code = PM_ELF_MALFORMED,
     .detail = "its load segments overlap or are out of order"},
    {"alignment 3", {PHDR(FIRST, p_align, 3)}, .code = PM_ELF_MALFORMED,
     .detail = "a segment's alignment does not fit its address and offset"},
    {"alignment that does not fit", {PHDR(TEXT, p_align, 1 << 20)}, .code = PM_ELF_MALFORMED,
     .detail = "a segment's alignment does not fit its address and offset"},
    {"no load segment",
     {PHDR(FIRST, p_type, PT_NULL), PHDR(TEXT, p_type, PT_NULL), PHDR(DATA, p_type, PT_NULL)},
     .code = PM_ELF_MALFORMED, .detail = "it has no segment to load"},
    /* the notes */
    {"note name that wraps", {NHDR(MODULE_NOTE, n_namesz, 0xffffffff)}, .stage = NOTES, .code = PM_NOTE_MALFORMED,
     .detail = large_note},
    {"note description that wraps", {NHDR(MODULE_NOTE, n_descsz, 0xffffffff)}, .stage = NOTES,
     .code = PM_NOTE_MALFORMED, .detail = large_note},
    {"note name and description that wrap",
     {NHDR(MODULE_NOTE, n_namesz, 0x7ffffff8), NHDR(MODULE_NOTE, n_descsz, 0x80000008)}, .stage = NOTES,
     .code = PM_NOTE_MALFORMED, .detail = large_note},
    {"note larger than its segment", {NHDR(PIN_NOTE, n_descsz, 40)}, .stage = NOTES, .code = PM_NOTE_MALFORMED,
     .detail = large_note},
    {"note larger than its segment, though the next could hold it", {NHDR(MODULE_NOTE, n_descsz, 40)},
     .has_split_notes = true, .stage = NOTES, .code = PM_NOTE_MALFORMED, .detail = large_note},
    {"note larger than its segment, big endian", {NHDR(PIN_NOTE, n_descsz, 40)}, .target = 3, .stage = NOTES,
     .code = PM_NOTE_MALFORMED, .detail = large_note},
    {"note segment cut", {PHDR(NOTES, p_filesz, 30)}, .stage = NOTES, .code = PM_NOTE_MALFORMED,
     .detail = "bytes behind the last note"},
    {"note segment cut in a note", {PHDR(NOTES, p_filesz, 60)}, .stage = NOTES, .code = PM_NOTE_MALFORMED,
     .detail = large_note},
    {"text without NUL", {MKELF_BYTE(NOTE, MODULE_NOTE, 53, 'x')}, .stage = NOTES, .code = PM_NOTE_MALFORMED,
     .detail = "MODULE note: its text does not end in NUL"},
    {"text cut", {NHDR(MODULE_NOTE, n_descsz, 33)}, .stage = NOTES, .code = PM_NOTE_MALFORMED,
     .detail = "MODULE note: its text does not end in NUL"},
    {"no text", {NHDR(PIN_NOTE, n_descsz, 0), PHDR(NOTES, p_filesz, 184)}, .stage = NOTES, .code = PM_NOTE_MALFORMED,
     .detail = "PIN note: its text does not end in NUL"},
    {"two modules", {NHDR(PIN_NOTE, n_type, PLUGMGR_NOTE_MODULE)}, .stage = NOTES, .code = PM_NOTE_MALFORMED,
     .detail = "MODULE note: there are two"},
    {"empty value", {MKELF_BYTE(NOTE, MODULE_NOTE, 37, 0)}, .stage = NOTES, .code = PM_NOTE_MALFORMED,
     .detail = "MODULE note: no value for name"},
    {"control character", {MKELF_BYTE(NOTE, MODULE_NOTE, 37, 0x1b)}, .stage = NOTES, .code = PM_NOTE_MALFORMED,
     .detail = "MODULE note: control character or invalid UTF-8 in name"},
    /* the dynamic section */
    {"dynamic section of part of an entry", {PHDR(DYNAMIC_SEGMENT, p_filesz, 15)}, .stage = DYNAMIC,
     .code = PM_ELF_MALFORMED, .detail = "its dynamic section is empty or larger than 65536 entries"},
    {"dynamic section without end", {PHDR(DYNAMIC_SEGMENT, p_filesz, 64)}, .stage = DYNAMIC,
     .code = PM_ELF_MALFORMED, .detail = "its dynamic section has no end"},
    {"no string table", {DYN_TAG(STRTAB, DT_DEBUG)}, .stage = DYNAMIC, .code = PM_ELF_MALFORMED,
     .detail = "its dynamic section names no string or no symbol table"},
    {"dynamic section of another address", {PHDR(DYNAMIC_SEGMENT, p_vaddr, 64)}, .stage = DYNAMIC,
     .code = PM_ELF_MALFORMED, .detail = "its dynamic section is not where its address says"},
    {"dynamic section of no address", {PHDR(DYNAMIC_SEGMENT, p_vaddr, HUGE_64)}, .stage = DYNAMIC,
     .code = PM_ELF_MALFORMED, .detail = "its dynamic section is not where its address says"},
    {"relocations of no size", {MKELF_SET(DYNAMIC, MKELF_GNU_HASH_TAG, Dyn, d_tag, DT_RELA)}, .stage = DYNAMIC,
     .code = PM_ELF_MALFORMED, .detail = "DT_RELAENT is not the size of a relocation"},
    {"relocations of another size",
     {MKELF_SET(DYNAMIC, MKELF_HASH_TAG, Dyn, d_tag, DT_RELA),
      MKELF_SET(DYNAMIC, MKELF_GNU_HASH_TAG, Dyn, d_tag, DT_RELAENT), DYN(GNU_HASH_TAG, 23)},
     .stage = DYNAMIC, .code = PM_ELF_MALFORMED, .detail = "DT_RELAENT is not the size of a relocation"},
    {"relocations without addends, of no size, 32-bit", {MKELF_SET(DYNAMIC, MKELF_GNU_HASH_TAG, Dyn, d_tag, DT_REL)},
     .target = 2, .stage = DYNAMIC, .code = PM_ELF_MALFORMED, .detail = "DT_RELENT is not the size of a relocation"},
    {"relocations of no kind",
     {MKELF_SET(DYNAMIC, MKELF_GNU_HASH_TAG, Dyn, d_tag, DT_PLTREL), DYN(GNU_HASH_TAG, 8)},
     .stage = DYNAMIC, .code = PM_ELF_MALFORMED, .detail = "DT_PLTREL is neither DT_RELA nor DT_REL"},
    {"no symbol table", {DYN(SYMTAB, 0)}, .stage = DYNAMIC, .code = PM_ELF_MALFORMED,
     .detail = "its dynamic section names no string or no symbol table"},
    {"string table without a size", {DYN_TAG(STRSZ, DT_DEBUG)}, .stage = DYNAMIC, .code = PM_ELF_MALFORMED,
     .detail = outside_strings},
    {"string table of size 0", {DYN(STRSZ, 0)}, .stage = DYNAMIC, .code = PM_ELF_MALFORMED, .detail = outside_strings},
    {"string table outside", {DYN(STRTAB, 1 << 24)}, .stage = DYNAMIC, .code = PM_ELF_MALFORMED,
     .detail = outside_strings},
    {"string table that wraps", {DYN(STRTAB, HUGE_64)}, .stage = DYNAMIC, .code = PM_ELF_MALFORMED,
     .detail = outside_strings},
    {"string table that wraps, 32-bit", {DYN(STRTAB, HUGE_64), DYN(STRSZ, HUGE_64)}, .target = 2, .stage = DYNAMIC,
     .code = PM_ELF_MALFORMED, .detail = outside_strings},
    {"needed library beyond the strings", {DYN(OWN_STRINGS, 1 << 16)}, .stage = DYNAMIC, .code = PM_ELF_MALFORMED,
     .detail = outside_strings},
    {"needed library beyond the strings, with a size that hides it", {DYN(OWN_STRINGS, 1 << 24), DYN(STRSZ, HUGE_64)},
     .stage = DYNAMIC, .code = PM_ELF_MALFORMED, .detail = outside_strings},
    {"needed library that wraps", {DYN(OWN_STRINGS, HUGE_64 - 1), DYN(STRSZ, HUGE_64)}, .stage = DYNAMIC,
     .code = PM_ELF_MALFORMED, .detail = outside_strings},
    /* the symbol tables; those of the strings and of names without end follow below */
    {"symbol table outside", {DYN(SYMTAB, 1 << 24)}, .stage = SYMBOL, .code = PM_ELF_MALFORMED,
     .detail = "a symbol lies outside the load segments"},
    {"symbol table that wraps", {DYN(SYMTAB, HUGE_64)}, .stage = SYMBOL, .code = PM_ELF_MALFORMED,
     .detail = "a symbol lies outside the load segments"},
    {"symbol's name outside", {MKELF_SET(SYMBOL, 0, Sym, st_name, 1 << 16)}, .stage = SYMBOL,
     .code = PM_ELF_MALFORMED, .detail = outside_strings},
    {"symbol's name that wraps", {MKELF_SET(SYMBOL, 0, Sym, st_name, 0xffffffff)}, .target = 3, .stage = SYMBOL,
     .code = PM_ELF_MALFORMED, .detail = outside_strings},
    {"GNU hash table outside", {DYN(GNU_HASH_TAG, 1 << 24)}, .stage = SYMBOL, .code = PM_ELF_MALFORMED,
     .detail = outside_gnu_hash},
    {"GNU hash table that wraps", {DYN(GNU_HASH_TAG, HUGE_64)}, .stage = SYMBOL, .code = PM_ELF_MALFORMED,
     .detail = outside_gnu_hash},
    {"GNU hash table of 2^32-1 buckets", {MKELF_WORD(GNU_HASH, 0, 0xffffffff)}, .stage = SYMBOL,
     .code = PM_ELF_MALFORMED, .detail = outside_gnu_hash},
    {"GNU hash table of a filter of 2^32-1 words", {MKELF_WORD(GNU_HASH, 2, 0xffffffff)}, .stage = SYMBOL,
     .code = PM_ELF_MALFORMED, .detail = "DT_GNU_HASH has a filter of no power of two"},
    {"GNU hash table of a filter of 2^31 words", {MKELF_WORD(GNU_HASH, 2, 0x80000000)}, .stage = SYMBOL,
     .code = PM_ELF_MALFORMED, .detail = outside_gnu_hash},
    {"GNU hash bucket out of range", {ONE_BUCKET(0x00ffffff)}, .stage = SYMBOL, .code = PM_ELF_MALFORMED,
     .detail = outside_gnu_hash},
    {"GNU hash bucket that wraps", {ONE_BUCKET(0xffffffff)}, .stage = SYMBOL, .code = PM_ELF_MALFORMED,
     .detail = outside_gnu_hash},
    {"GNU hash bucket below the first symbol", {ONE_BUCKET(1)}, .stage = SYMBOL, .code = PM_ELF_MALFORMED,
     .detail = "DT_GNU_HASH names a symbol that it does not hold"},
    {"hash table outside", {DYN(HASH_TAG, 1 << 24)}, .has_only_hash = true, .stage = SYMBOL,
     .code = PM_ELF_MALFORMED, .detail = outside_hash},
    {"hash table that wraps", {DYN(HASH_TAG, HUGE_64 - 3)}, .has_only_hash = true, .stage = SYMBOL,
     .code = PM_ELF_MALFORMED, .detail = outside_hash},
    {"hash table of 2^32-1 buckets", {MKELF_WORD(HASH, 0, 0xffffffff)}, .has_only_hash = true, .stage = SYMBOL,
     .code = PM_ELF_MALFORMED, .detail = outside_hash},
    {"hash bucket out of range", {ONE_HASH_BUCKET(11)}, .has_only_hash = true, .stage = SYMBOL,
     .code = PM_ELF_MALFORMED, .detail = "DT_HASH names a symbol that is not there"},
    {"hash bucket that wraps, big endian", {ONE_HASH_BUCKET(0xffffffff)}, .has_only_hash = true, .target = 1,
     .stage = SYMBOL, .code = PM_ELF_MALFORMED, .detail = "DT_HASH names a symbol that is not there"},
    {"hash table of no chains", {MKELF_WORD(HASH, 1, 0)}, .has_only_hash = true, .stage = SYMBOL,
     .code = PM_ELF_MALFORMED, .detail = "DT_HASH names a symbol that is not there"},
    {"hash table with more chains than it has",
     {ONE_HASH_BUCKET(0x00ffffff), MKELF_WORD(HASH, 1, 0xffffffff)}, .has_only_hash = true, .stage = SYMBOL,
     .code = PM_ELF_MALFORMED, .detail = "a symbol lies outside the load segments"},
    {"hash chain without end", /* symbol 2 follows on itself, and is not what is looked for */
     {ONE_HASH_BUCKET(2), MKELF_WORD(HASH, 2 + MKELF_BUCKETS + 2, 2)}, .has_only_hash = true, .stage = SYMBOL,
     .code = PM_ELF_MALFORMED, .detail = "DT_HASH has chains without end"},
};

START_TEST(broken_file_is_refused_and_says_why)
{
    const struct broken *row = &broken[_i];
    struct mkelf elf = {.target = mkelf_targets[row->target], .lacks_gnu_hash = row->has_only_hash,
                        .has_split_notes = row->has_split_notes, MOCK};
    mkelf_build(&elf, NULL);
    for (size_t i = 0; i < 5 && row->edits[i].size_64 > 0; i++)
        mkelf_edit(&elf, &row->edits[i]);
    if (row->is_cut)
        mkelf_resize(&elf, row->cut);
    read_all(&elf, &reading);
    free_reading(&reading);
    mkelf_free(&elf);
    ck_assert_msg(reading.stage == row->stage, "%s: %s, %s", row->name, stage_names[reading.stage],
                  reading.problem.detail);
    ck_assert_msg(reading.problem.code == row->code, "%s: %s", row->name, pm_code_name(reading.problem.code));
    ck_assert_msg(strcmp(reading.problem.detail, row->detail) == 0, "%s: %s", row->name, reading.problem.detail);
}
END_TEST

/* What looks odd and hurts nobody. */
static const struct {
    const char *name;
    struct mkelf_edit edits[4];
    bool has_only_hash;
    enum pm_symbol symbol;
} odd[] = {
    {"nothing", .symbol = PM_SYMBOL_IS_EXPORTED},
    {"segment of no type", {PHDR(NOTES, p_type, PT_NULL), PHDR(NOTES, p_offset, HUGE_64)},
     .symbol = PM_SYMBOL_IS_EXPORTED},
    {"segment without bytes beyond the file", {PHDR(NOTES, p_filesz, 0), PHDR(NOTES, p_offset, HUGE_64)},
     .symbol = PM_SYMBOL_IS_EXPORTED},
    {"segment of an unknown type", {PHDR(NOTES, p_type, 0x6fedcba9)}, .symbol = PM_SYMBOL_IS_EXPORTED},
    {"notes aligned to 4 in a segment that says 8", {PHDR(NOTES, p_align, 8)}, .symbol = PM_SYMBOL_IS_EXPORTED},
    {"alignment 0", {PHDR(TEXT, p_align, 0)}, .symbol = PM_SYMBOL_IS_EXPORTED},
    {"no section headers", {EHDR(e_shoff, 0), EHDR(e_shnum, 0), EHDR(e_shentsize, 0)},
     .symbol = PM_SYMBOL_IS_EXPORTED},
    {"extended numbering of sections", {EHDR(e_shnum, 0)}, .symbol = PM_SYMBOL_IS_EXPORTED},
    {"extended numbering of very many sections",
     {EHDR(e_shnum, 0), EHDR(e_shoff, sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_paddr) - offsetof(Elf64_Shdr, sh_size)),
      PHDR(FIRST, p_paddr, UINT64_C(1) << 36)},
     .symbol = PM_SYMBOL_IS_EXPORTED},
    {"an empty dynamic section", {PHDR(DYNAMIC_SEGMENT, p_filesz, 0)}, .symbol = PM_SYMBOL_IS_ABSENT},
    {"no dynamic section", {PHDR(DYNAMIC_SEGMENT, p_type, PT_NULL)}, .symbol = PM_SYMBOL_IS_ABSENT},
    {"GNU hash table of no buckets", {MKELF_WORD(GNU_HASH, 0, 0)}, .symbol = PM_SYMBOL_IS_ABSENT},
    {"GNU hash table of empty buckets", {ONE_BUCKET(0)}, .symbol = PM_SYMBOL_IS_ABSENT},
    {"hash table of no buckets", {MKELF_WORD(HASH, 0, 0)}, .has_only_hash = true, .symbol = PM_SYMBOL_IS_ABSENT},
    {"hash table of empty buckets", {ONE_HASH_BUCKET(0)}, .has_only_hash = true, .symbol = PM_SYMBOL_IS_ABSENT},
};

START_TEST(odd_file_is_read)
{
    struct mkelf elf = {.lacks_gnu_hash = odd[_i].has_only_hash, MOCK};
    mkelf_build(&elf, NULL);
    for (size_t i = 0; i < 4 && odd[_i].edits[i].size_64 > 0; i++)
        mkelf_edit(&elf, &odd[_i].edits[i]);
    read_all(&elf, &reading);
    free_reading(&reading);
    mkelf_free(&elf);
    ck_assert_msg(reading.stage == DONE, "%s: %s", odd[_i].name, reading.problem.detail);
    ck_assert_msg(reading.symbol == odd[_i].symbol, "%s: %d", odd[_i].name, reading.symbol);
}
END_TEST

/* Notes that begin anywhere but where they do: whatever is found there, nothing else is read. */
START_TEST(note_segment_that_is_shifted_is_refused)
{
    struct mkelf elf = {.target = mkelf_targets[_i], MOCK};
    mkelf_build(&elf, NULL);
    for (uint64_t shift = 1; shift < 20; shift++) {
        mkelf_edit(&elf, &(struct mkelf_edit)PHDR(NOTES, p_offset, elf.places[MKELF_NOTE] + shift));
        read_all(&elf, &reading);
        ck_assert_msg(reading.stage == NOTES, "%s, by %u: %s", elf.target.name, (unsigned)shift,
                      stage_names[reading.stage]);
        ck_assert_int_eq(reading.problem.code, PM_NOTE_MALFORMED);
        free_reading(&reading);
    }
    mkelf_free(&elf);
}
END_TEST

/* The string table cut before the end of its last string, "/opt/lib". */
START_TEST(string_without_end_is_malformed)
{
    struct mkelf elf = {.target = mkelf_targets[_i], MOCK};
    mkelf_build(&elf, NULL);
    uint64_t size = elf.places[MKELF_SYMBOL] - elf.places[MKELF_STRINGS];
    while (size > 0) { /* less what pads it */
        mkelf_edit(&elf, &(struct mkelf_edit)DYN(STRSZ, --size));
        read_all(&elf, &reading);
        free_reading(&reading);
        if (reading.stage != DONE)
            break;
    }
    mkelf_free(&elf);
    ck_assert_uint_gt(size, 20);
    ck_assert_int_eq(reading.stage, DYNAMIC);
    ck_assert_int_eq(reading.problem.code, PM_ELF_MALFORMED);
    ck_assert_str_eq(reading.problem.detail, "a name in the dynamic string table has no end");
}
END_TEST

/* ---- tables larger than any real one: they stand in the hole that is the code ---- */

enum { HOLE = 1 << 20 };

static struct mkelf with_hole(uint64_t size)
{
    struct mkelf elf = {.text_size = size, MOCK};
    mkelf_build(&elf, NULL);
    return elf;
}

/* Where the code lies in the file, and its address. */
static uint64_t hole_offset(const struct mkelf *elf)
{
    return (elf->places[MKELF_GNU_CHAINS] + 4 * 8 + 15) / 16 * 16;
}

static uint64_t hole_address(const struct mkelf *elf)
{
    return hole_offset(elf) + 0x10000;
}

/* A dynamic section of count entries of one tag, behind those that name the tables. */
static void put_dynamic(const struct mkelf *elf, unsigned tag, uint64_t value, size_t count)
{
    uint64_t at = hole_offset(elf);
    const uint64_t first[] = {DT_STRTAB, elf->places[MKELF_STRINGS], DT_STRSZ, UINT32_MAX,
                              DT_SYMTAB, elf->places[MKELF_SYMBOL]};
    for (size_t i = 0; i < 6; i++, at += 8)
        mkelf_put(elf, at, 8, first[i]);
    for (size_t i = 0; i < count; i++, at += 16) {
        mkelf_put(elf, at, 8, tag);
        mkelf_put(elf, at + 8, 8, value);
    }
    mkelf_edit(elf, &(struct mkelf_edit)PHDR(DYNAMIC_SEGMENT, p_offset, hole_offset(elf)));
    mkelf_edit(elf, &(struct mkelf_edit)PHDR(DYNAMIC_SEGMENT, p_vaddr, hole_address(elf)));
    mkelf_edit(elf, &(struct mkelf_edit)PHDR(DYNAMIC_SEGMENT, p_filesz, (count + 4) * 16));
}

START_TEST(hole_of_a_built_file_is_where_the_tests_think)
{
    struct mkelf elf = with_hole(HOLE);
    uint8_t header[8], expected[8];
    expect_done(&elf);
    ck_assert_uint_eq(elf.places[MKELF_DYNAMIC], hole_offset(&elf) + HOLE);
    const struct mkelf_edit offset = PHDR(TEXT, p_offset, 0), address = PHDR(TEXT, p_vaddr, 0);
    ck_assert_int_eq(pm_file_read(&reading.file, header, 8, mkelf_place(&elf, &offset), &reading.problem), 8);
    mkelf_put(&elf, mkelf_place(&elf, &offset), 8, hole_offset(&elf));
    ck_assert_int_eq(pm_file_read(&reading.file, expected, 8, mkelf_place(&elf, &offset), &reading.problem), 8);
    ck_assert_mem_eq(header, expected, 8);
    ck_assert_int_eq(pm_file_read(&reading.file, header, 8, mkelf_place(&elf, &address), &reading.problem), 8);
    mkelf_put(&elf, mkelf_place(&elf, &address), 8, hole_address(&elf));
    ck_assert_int_eq(pm_file_read(&reading.file, expected, 8, mkelf_place(&elf, &address), &reading.problem), 8);
    ck_assert_mem_eq(header, expected, 8);
    free_reading(&reading);
    mkelf_free(&elf);
}
END_TEST

START_TEST(needed_libraries_with_more_than_1_mib_of_names_are_refused)
{
    enum { LENGTH = 1023 };
    char name[LENGTH + 1];
    struct mkelf elf = with_hole(HOLE);
    const uint64_t place = hole_offset(&elf) + HOLE - 2 * LENGTH;
    memset(name, 'n', LENGTH);
    put_dynamic(&elf, DT_NEEDED, place - elf.places[MKELF_STRINGS] + 0x10000, 1024);
    mkelf_put(&elf, hole_offset(&elf) + 8, 8, elf.places[MKELF_STRINGS]);
    for (size_t i = 0; i < LENGTH; i++)
        mkelf_put(&elf, place + i, 1, 'n');
    expect_done(&elf);
    ck_assert_uint_eq(reading.dynamic.needed_count, 1024);
    free_reading(&reading);
    put_dynamic(&elf, DT_NEEDED, place - elf.places[MKELF_STRINGS] + 0x10000, 1025);
    expect_problem(&elf, DYNAMIC, PM_ELF_MALFORMED, "the names of the libraries it needs are larger than 1 MiB");
    mkelf_free(&elf);
}
END_TEST

START_TEST(more_than_8192_needed_libraries_are_refused)
{
    struct mkelf elf = with_hole(HOLE);
    put_dynamic(&elf, DT_NEEDED, 1, 8192);
    expect_done(&elf);
    ck_assert_uint_eq(reading.dynamic.needed_count, 8192);
    ck_assert_str_eq(reading.dynamic.needed[8191], "table");
    free_reading(&reading);
    put_dynamic(&elf, DT_NEEDED, 1, 8193);
    expect_problem(&elf, DYNAMIC, PM_ELF_MALFORMED, "it needs more than 8192 libraries");
    mkelf_free(&elf);
}
END_TEST

START_TEST(more_than_65536_dynamic_entries_are_refused)
{
    struct mkelf elf = with_hole(2 * HOLE);
    put_dynamic(&elf, DT_DEBUG, 0, 65536 - 4);
    expect_done(&elf);
    free_reading(&reading);
    put_dynamic(&elf, DT_DEBUG, 0, 65536 - 3);
    expect_problem(&elf, DYNAMIC, PM_ELF_MALFORMED, "its dynamic section is empty or larger than 65536 entries");
    mkelf_free(&elf);
}
END_TEST

/* Each of them long: a copy of each would be a hundred times the file. */
START_TEST(many_sonames_are_not_all_kept)
{
    enum { LENGTH = 4000, COUNT_OF_SONAMES = 60000, ENOUGH = 50 };
    struct mkelf elf = with_hole(2 * HOLE);
    uint64_t name = hole_offset(&elf) + HOLE + HOLE / 2;
    put_dynamic(&elf, DT_SONAME, 0, COUNT_OF_SONAMES);
    mkelf_put(&elf, hole_offset(&elf) + 8, 8, hole_address(&elf) + HOLE + HOLE / 2); /* the string table */
    for (size_t i = 0; i < LENGTH; i += 8)
        mkelf_put(&elf, name + i, 8, 0x7878787878787878);
    fail_allocation(ENOUGH);
    read_all(&elf, &reading);
    bool happened = fail_allocation_happened();
    fail_allocation(0);
    ck_assert(!happened);
    ck_assert_int_eq(reading.stage, DONE);
    ck_assert_uint_eq(strlen(reading.dynamic.soname), LENGTH);
    free_reading(&reading);
    mkelf_free(&elf);
}
END_TEST

/* A name may have 4095 bytes. */
START_TEST(name_longer_than_4095_bytes_is_refused)
{
    struct mkelf elf = with_hole(HOLE);
    uint64_t names = HOLE / 2;
    put_dynamic(&elf, DT_NEEDED, 1, 1);
    mkelf_put(&elf, hole_offset(&elf) + 8, 8, hole_address(&elf) + names); /* the string table */
    for (uint64_t i = 0; i < 4096; i += 8)
        mkelf_put(&elf, hole_offset(&elf) + names + i, 8, 0x7878787878787878);
    expect_done(&elf);
    ck_assert_uint_eq(strlen(reading.dynamic.needed[0]), 4095);
    free_reading(&reading);
    mkelf_put(&elf, hole_offset(&elf) + names + 4096, 1, 'x');
    expect_problem(&elf, DYNAMIC, PM_ELF_MALFORMED, "a name in the dynamic string table has no end");
    mkelf_free(&elf);
}
END_TEST

enum { CHAIN = 7 }; /* words before it: the header, a filter of 64 bits, a bucket */

/* A GNU hash table of one bucket whose chain goes on for `length` words, all of other hashes. */
static void put_chain(const struct mkelf *elf, size_t length)
{
    uint64_t at = hole_offset(elf);
    const uint32_t words[CHAIN] = {1, 1, 1, 0, 0xffffffff, 0xffffffff, 1};
    for (size_t i = 0; i < CHAIN; i++)
        mkelf_put(elf, at + 4 * i, 4, words[i]);
    mkelf_put(elf, at + 4 * (CHAIN + length - 1), 4, 1);
    mkelf_edit(elf, &(struct mkelf_edit)DYN(GNU_HASH_TAG, hole_address(elf)));
}

START_TEST(hash_chain_is_followed_for_65536_symbols)
{
    struct mkelf elf = with_hole(HOLE);
    put_chain(&elf, 65536);
    expect_done(&elf);
    ck_assert_int_eq(reading.symbol, PM_SYMBOL_IS_ABSENT);
    free_reading(&reading);
    mkelf_put(&elf, hole_offset(&elf) + 4 * (CHAIN + 65535), 4, 0);
    expect_problem(&elf, SYMBOL, PM_ELF_MALFORMED, "DT_GNU_HASH has chains without end");
    mkelf_free(&elf);
}
END_TEST

/* Else thousands of names, each with a chain that just ends, take minutes. */
START_TEST(hash_chains_of_one_file_are_followed_for_a_million_symbols_in_all)
{
    struct mkelf elf = with_hole(HOLE);
    size_t names = 1;
    put_chain(&elf, 40000);
    expect_done(&elf);
    while (pm_image_find_symbol(reading.image, "other", &reading.symbol, &reading.problem) == 0)
        ck_assert_uint_le(++names, 30);
    ck_assert_uint_eq(names, (1 << 20) / 40000);
    ck_assert_int_eq(reading.problem.code, PM_ELF_MALFORMED);
    ck_assert_str_eq(reading.problem.detail, "DT_GNU_HASH has chains without end");
    free_reading(&reading);
    mkelf_free(&elf);
}
END_TEST

/* A table of program headers of its own in the hole: those of the built file, and note segments of `size` bytes, all of
 * the same place. */
static void put_note_segments(const struct mkelf *elf, size_t count, uint64_t size)
{
    uint64_t table = hole_offset(elf);
    uint8_t bytes[sizeof(Elf64_Phdr)];
    struct pm_file file = mkelf_file(elf);
    for (size_t i = 0; i < MKELF_NOTES + count; i++) {
        uint64_t from = elf->places[MKELF_SEGMENT] + sizeof(bytes) * (i < MKELF_NOTES ? i : MKELF_NOTES);
        ck_assert_int_eq(pm_file_read(&file, bytes, sizeof(bytes), from, &reading.problem), sizeof(bytes));
        for (size_t k = 0; k < sizeof(bytes); k++)
            mkelf_put(elf, table + sizeof(bytes) * i + k, 1, bytes[k]);
        if (i < MKELF_NOTES)
            continue;
        uint64_t segment = table + sizeof(bytes) * i;
        mkelf_put(elf, segment + offsetof(Elf64_Phdr, p_offset), 8, table + HOLE);
        mkelf_put(elf, segment + offsetof(Elf64_Phdr, p_filesz), 8, size);
    }
    mkelf_edit(elf, &(struct mkelf_edit)EHDR(e_phoff, table));
    mkelf_edit(elf, &(struct mkelf_edit)EHDR(e_phnum, MKELF_NOTES + count));
}

START_TEST(notes_of_more_than_4_mib_are_refused)
{
    struct mkelf elf = with_hole(8 * HOLE);
    put_note_segments(&elf, 1, 4 * HOLE);
    expect_done(&elf);
    free_reading(&reading);
    put_note_segments(&elf, 1, 4 * HOLE + 12);
    expect_problem(&elf, NOTES, PM_NOTE_MALFORMED, "its notes are larger than 4 MiB");
    mkelf_free(&elf);
}
END_TEST

/* The same bytes again and again: a small file, and as much work and memory as a large one. */
START_TEST(notes_that_overlap_count_each_time)
{
    struct mkelf elf = with_hole(8 * HOLE);
    put_note_segments(&elf, 4, HOLE);
    expect_done(&elf);
    free_reading(&reading);
    put_note_segments(&elf, 5, HOLE);
    expect_problem(&elf, NOTES, PM_NOTE_MALFORMED, "its notes are larger than 4 MiB");
    put_note_segments(&elf, 1000, HOLE);
    expect_problem(&elf, NOTES, PM_NOTE_MALFORMED, "its notes are larger than 4 MiB");
    mkelf_free(&elf);
}
END_TEST

/* Each symbol is looked for in a page of its own, until 64 MiB are read. */
START_TEST(file_of_which_more_than_64_mib_are_asked_for_is_refused)
{
    enum { PAGES = 64 * 256, STRIDE = 2 * 4096 };
    struct mkelf elf = with_hole((uint64_t)(PAGES + 1) * STRIDE);
    put_dynamic(&elf, DT_DEBUG, 0, 2);
    uint64_t entries = hole_offset(&elf) + 48;
    /* the whole hole is the symbol table, and its strings lie in the first page, all of them empty */
    mkelf_put(&elf, hole_offset(&elf) + 8, 8, hole_address(&elf) + 512);
    mkelf_put(&elf, hole_offset(&elf) + 40, 8, hole_address(&elf));
    mkelf_put(&elf, entries, 8, DT_HASH);
    mkelf_put(&elf, entries + 8, 8, hole_address(&elf) + 1024);
    mkelf_put(&elf, hole_offset(&elf) + 1024, 4, 1);
    mkelf_put(&elf, hole_offset(&elf) + 1028, 4, 0xffffffff);
    uint32_t index = 0;
    for (uint64_t page = 1; page <= PAGES; page++) { /* from symbol to symbol, each some pages on */
        uint32_t next = (uint32_t)(page * STRIDE / sizeof(Elf64_Sym));
        mkelf_put(&elf, hole_offset(&elf) + 1024 + 4 * (index == 0 ? 2 : 3 + (uint64_t)index), 4, next);
        index = next;
    }
    expect_problem(&elf, SYMBOL, PM_ELF_MALFORMED, "its tables are larger than 64 MiB");
    mkelf_free(&elf);
}
END_TEST

/* Whatever was read of it for others. */
START_TEST(each_reading_of_a_file_may_look_at_64_mib)
{
    enum { MIB = 1 << 20 };
    struct mkelf elf = with_hole(UINT64_C(200) * MIB);
    struct pm_file file = mkelf_file(&elf);
    struct pm_image *image;
    struct pm_problem problem;
    const uint64_t at = hole_offset(&elf);
    ck_assert_int_eq(pm_image_open(&file, &image, &problem), 0);
    ck_assert_ptr_nonnull(pm_image_range(image, at, 40 * MIB, "it", &problem));
    ck_assert_ptr_null(pm_image_range(image, at + 50 * MIB, 30 * MIB, "it", &problem));
    ck_assert_str_eq(problem.detail, "its tables are larger than 64 MiB");
    pm_image_begin(image);
    ck_assert_uint_eq(pm_image_size_read(image), 0);
    ck_assert_ptr_nonnull(pm_image_range(image, at, 40 * MIB, "it", &problem)); /* it is there, and counts */
    ck_assert_ptr_null(pm_image_range(image, at + 50 * MIB, 30 * MIB, "it", &problem));
    pm_image_begin(image);
    ck_assert_ptr_nonnull(pm_image_range(image, at + 50 * MIB, 30 * MIB, "it", &problem));
    ck_assert_ptr_nonnull(pm_image_range(image, at, 40 * MIB, "it", &problem));
    ck_assert_uint_eq(pm_image_size_read(image), 70 * MIB);
    ck_assert_ptr_null(pm_image_range(image, at + 100 * MIB, 1, "it", &problem));
    ck_assert_uint_gt(pm_image_memory(image), 70 * MIB);
    pm_image_close(image);
    mkelf_free(&elf);
}
END_TEST

/* ---- notes in a section only, and what is left for debuggers ---- */

START_TEST(unmapped_note_is_seen)
{
    struct mkelf elf = {.target = mkelf_targets[_i / 2], .note_align = _i % 2 != 0 ? 8 : 4, .has_unmapped_notes = true,
                        MOCK};
    mkelf_build(&elf, NULL);
    expect_done(&elf);
    ck_assert_int_eq(reading.notes, 0);
    ck_assert_uint_eq(reading.facts.record_count, 0);
    ck_assert_uint_eq(reading.build_id.size, 0);
    ck_assert_int_eq(pm_image_has_unmapped_note(reading.image, &reading.problem), 1);
    free_reading(&reading);
    mkelf_free(&elf);
}
END_TEST

static const struct {
    const char *name;
    struct mkelf_edit edits[2];
} no_unmapped[] = {
    {"no section headers", {EHDR(e_shoff, 0)}},
    {"extended numbering of sections", {EHDR(e_shnum, 0)}},
    {"a section of another type", {MKELF_SET(SECTION, MKELF_NOTE_SECTION, Shdr, sh_type, SHT_PROGBITS)}},
    {"a section beyond the file", {MKELF_SET(SECTION, MKELF_NOTE_SECTION, Shdr, sh_offset, 1 << 20)}},
    {"a section that wraps", {MKELF_SET(SECTION, MKELF_NOTE_SECTION, Shdr, sh_size, HUGE_64)}},
    {"a malformed note", {NHDR(BUILD_ID_NOTE, n_namesz, 0xffffffff)}},
    {"notes of others", {MKELF_SET(SECTION, MKELF_NOTE_SECTION, Shdr, sh_size, 24)}},
};

START_TEST(unmapped_note_that_is_none_is_not_seen)
{
    struct mkelf elf = {.has_unmapped_notes = true, MOCK};
    mkelf_build(&elf, NULL);
    for (size_t i = 0; i < 2 && no_unmapped[_i].edits[i].size_64 > 0; i++)
        mkelf_edit(&elf, &no_unmapped[_i].edits[i]);
    expect_done(&elf);
    int result = pm_image_has_unmapped_note(reading.image, &reading.problem);
    free_reading(&reading);
    mkelf_free(&elf);
    ck_assert_msg(result == 0, "%s: %d", no_unmapped[_i].name, result);
}
END_TEST

/* As objcopy --only-keep-debug leaves it. */
START_TEST(debug_only_file_is_seen)
{
    struct mkelf elf = {.target = mkelf_targets[_i], .is_debug_only = true, MOCK};
    mkelf_build(&elf, NULL);
    read_all(&elf, &reading);
    ck_assert_int_eq(reading.stage, DYNAMIC);
    ck_assert_int_eq(reading.problem.code, PM_DEBUG_ONLY);
    ck_assert_str_eq(reading.problem.detail, "its sections of code have no bytes");
    ck_assert(pm_image_lacks_code(reading.image));
    ck_assert_int_eq(pm_image_is_debug_only(reading.image, &reading.problem), 1);
    free_reading(&reading);
    mkelf_free(&elf);
}
END_TEST

/* Other tools leave the program headers as they were: they then say anything. That it is for debuggers is the simple
 * cause. */
static const struct {
    const char *name;
    struct mkelf_edit edits[3];
} debug_edits[] = {
    {"segment beyond the file", {PHDR(TEXT, p_filesz, 16), PHDR(TEXT, p_offset, 1 << 20)}},
    {"dynamic segment of other bytes", {PHDR(DYNAMIC_SEGMENT, p_filesz, 64), PHDR(DYNAMIC_SEGMENT, p_offset, 0)}},
    {"malformed notes", {NHDR(MODULE_NOTE, n_descsz, 0xffffffff)}},
    {"no load segment",
     {PHDR(FIRST, p_type, PT_NULL), PHDR(TEXT, p_type, PT_NULL), PHDR(DATA, p_type, PT_NULL)}},
};

START_TEST(debug_only_file_with_odd_segments_is_seen)
{
    struct mkelf elf = {.is_debug_only = true, MOCK};
    mkelf_build(&elf, NULL);
    for (size_t i = 0; i < 3 && debug_edits[_i].edits[i].size_64 > 0; i++)
        mkelf_edit(&elf, &debug_edits[_i].edits[i]);
    read_all(&elf, &reading);
    free_reading(&reading);
    mkelf_free(&elf);
    ck_assert_msg(reading.problem.code == PM_DEBUG_ONLY, "%s: %s, %s", debug_edits[_i].name,
                  pm_code_name(reading.problem.code), reading.problem.detail);
}
END_TEST

START_TEST(library_of_data_is_not_debug_only)
{
    struct mkelf elf = {MOCK};
    mkelf_build(&elf, NULL);
    mkelf_edit(&elf, &(struct mkelf_edit)PHDR(TEXT, p_flags, PF_R));
    mkelf_edit(&elf, &(struct mkelf_edit)MKELF_SET(SECTION, MKELF_TEXT_SECTION, Shdr, sh_flags, SHF_ALLOC));
    expect_done(&elf);
    ck_assert(pm_image_lacks_code(reading.image));
    ck_assert_int_eq(pm_image_is_debug_only(reading.image, &reading.problem), 0);
    free_reading(&reading);
    mkelf_free(&elf);
}
END_TEST

/* ---- memory and reads that fail ---- */

/* Reads all, the sections too; large enough that some of it lies outside the head. -1, with a problem, or 0. */
static int read_everything(const struct mkelf *elf)
{
    read_all(elf, &reading);
    if (reading.stage != DONE || pm_image_has_unmapped_note(reading.image, &reading.problem) < 0 ||
        pm_image_is_debug_only(reading.image, &reading.problem) < 0)
        return -1;
    return 0;
}

START_TEST(image_without_memory_says_so)
{
    struct mkelf elf = {.text_size = 10000, .has_unmapped_notes = true, MOCK};
    mkelf_build(&elf, NULL);
    for (size_t nth = 1;; nth++) {
        fail_allocation(nth);
        int result = read_everything(&elf);
        bool happened = fail_allocation_happened();
        fail_allocation(0);
        bool is_told = (result < 0 && reading.problem.code == PM_OUT_OF_MEMORY) || reading.arena.failed;
        free_reading(&reading);
        ck_assert_msg(is_told == happened, "allocation %zu: %s", nth, pm_code_name(reading.problem.code));
        if (!happened) {
            ck_assert_int_eq(result, 0);
            ck_assert_uint_gt(nth, 6);
            break;
        }
    }
    mkelf_free(&elf);
}
END_TEST

START_TEST(image_of_which_a_read_fails_says_so)
{
    /* so large that the notes are not in the head */
    static const char large[5000];
    static const struct mkelf_note large_notes[] = {{1, "X", large, 2, sizeof(large)},
                                                    MKELF_RECORD(PLUGMGR_NOTE_MODULE, "role=plugin\0name=n\0version=1"),
                                                    {0, NULL, NULL, 0, 0}};
    struct mkelf elf = {.text_size = 10000, .gap = 10000, .has_unmapped_notes = true, MOCK};
    elf.notes = large_notes;
    mkelf_build(&elf, NULL);
    watch_reads_begin();
    ck_assert_int_eq(read_everything(&elf), 0);
    free_reading(&reading);
    size_t calls = watched_reads.calls;
    ck_assert_uint_ge(calls, 4);
    for (size_t nth = 1; nth <= calls; nth++) {
        watch_reads_begin();
        watch_reads_fail(nth, EIO);
        int result = read_everything(&elf);
        free_reading(&reading);
        ck_assert_msg(result == -1, "read %zu", nth);
        ck_assert_int_eq(reading.problem.code, PM_FILE_UNREADABLE);
    }
    mkelf_free(&elf);
}
END_TEST

/* It shrinks between one read and the next: nothing may be used that was not read. */
START_TEST(image_of_a_file_that_shrinks_is_truncated)
{
    struct mkelf elf = {.text_size = 10000, MOCK};
    mkelf_build(&elf, NULL);
    watch_reads_begin();
    watch_reads_fail(1, 0);
    read_all(&elf, &reading);
    ck_assert_int_eq(reading.stage, OPEN);
    ck_assert_int_eq(reading.problem.code, PM_NOT_ELF);
    free_reading(&reading);
    watch_reads_begin();
    watch_reads_fail(2, 0);
    read_all(&elf, &reading);
    ck_assert_int_eq(reading.stage, DYNAMIC);
    ck_assert_int_eq(reading.problem.code, PM_ELF_TRUNCATED);
    ck_assert_str_eq(reading.problem.detail, "the dynamic section lies beyond the end of the file");
    free_reading(&reading);
    mkelf_free(&elf);
}
END_TEST

/* ---- many files in the same memory ---- */

START_TEST(image_reads_one_file_after_the_other)
{
    struct mkelf_note many[15] = {
        MKELF_RECORD(PLUGMGR_NOTE_MODULE, "role=plugin\0name=many\0version=0.1"),
    };
    for (int i = 1; i < COUNT(many); i++)
        many[i] = notes[PIN_NOTE];
    struct mkelf files[] = {
        {.target = mkelf_targets[0], MOCK},
        {.target = mkelf_targets[0], .notes = many, .note_count = 15, .has_split_notes = true},
        {.target = mkelf_targets[3], MOCK},
        {.target = mkelf_targets[0], MOCK}, /* cut below */
        {.target = mkelf_targets[1], MOCK},
    };
    struct pm_image *image = pm_image_new();
    ck_assert_ptr_nonnull(image);
    for (int i = 0; i < COUNT(files); i++)
        mkelf_build(&files[i], NULL);
    mkelf_resize(&files[3], 600);
    for (int i = 0; i < 2 * COUNT(files); i++) {
        const struct mkelf *elf = &files[i % COUNT(files)];
        struct pm_file file = mkelf_file(elf);
        struct pm_facts facts = {0};
        struct pm_arena arena = {0};
        struct pm_dynamic dynamic;
        struct pm_build_id build_id;
        struct pm_problem problem;
        int result = pm_image_read(image, &file, &problem);
        ck_assert_int_eq(result, i % COUNT(files) == 3 ? -1 : 0);
        if (result < 0)
            continue;
        ck_assert_uint_eq(pm_image_traits(image)->elf_class, elf->target.elf_class);
        ck_assert_uint_eq(pm_image_traits(image)->machine, elf->target.machine);
        ck_assert_int_eq(pm_image_read_notes(image, &facts, &build_id, &problem), 1);
        ck_assert_str_eq(facts.name, i % COUNT(files) == 1 ? "many" : "mock");
        ck_assert_uint_eq(facts.pin_count, i % COUNT(files) == 1 ? 14 : 1);
        ck_assert_int_eq(pm_image_read_dynamic(image, &arena, &dynamic, &problem), 1);
        pm_facts_free(&facts);
        pm_arena_free(&arena);
    }
    pm_image_close(image);
    for (int i = 0; i < COUNT(files); i++)
        mkelf_free(&files[i]);
}
END_TEST

static TCase *sound_files(void)
{
    TCase *tcase = tcase_create("sound");
    tcase_add_test(tcase, image_reads_one_file_after_the_other);
    tcase_add_loop_test(tcase, sound_file_of_any_class_order_and_notes_is_read, 0, 4 * MKELF_TARGETS);
    tcase_add_test(tcase, facts_that_are_not_asked_for_are_not_read);
    tcase_add_test(tcase, first_of_two_build_ids_counts);
    tcase_add_loop_test(tcase, bare_file_has_nothing, 0, MKELF_TARGETS);
    tcase_add_test(tcase, last_of_two_sonames_counts);
    tcase_add_loop_test(tcase, program_is_told_by_its_flag, 0, MKELF_TARGETS * COUNT(program_flags));
    tcase_add_loop_test(tcase, symbols_of_either_hash_table_are_found, 0, 2 * COUNT(hash_targets));
    tcase_add_test(tcase, symbols_without_a_hash_table_are_absent);
    tcase_add_test(tcase, c_library_is_read_as_its_linker_wrote_it);
    tcase_add_test(tcase, ranges_all_over_a_file_are_read_in_large_parts);
    tcase_add_loop_test(tcase, odd_file_is_read, 0, COUNT(odd));
    return tcase;
}

static TCase *broken_files(void)
{
    TCase *tcase = tcase_create("broken");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, broken_file_is_refused_and_says_why, 0, COUNT(broken));
    tcase_add_loop_test(tcase, note_segment_that_is_shifted_is_refused, 0, MKELF_TARGETS);
    tcase_add_loop_test(tcase, string_without_end_is_malformed, 0, MKELF_TARGETS);
    tcase_add_test(tcase, hole_of_a_built_file_is_where_the_tests_think);
    tcase_add_test(tcase, needed_libraries_with_more_than_1_mib_of_names_are_refused);
    tcase_add_test(tcase, more_than_8192_needed_libraries_are_refused);
    tcase_add_test(tcase, more_than_65536_dynamic_entries_are_refused);
    tcase_add_test(tcase, many_sonames_are_not_all_kept);
    tcase_add_test(tcase, name_longer_than_4095_bytes_is_refused);
    tcase_add_test(tcase, hash_chain_is_followed_for_65536_symbols);
    tcase_add_test(tcase, hash_chains_of_one_file_are_followed_for_a_million_symbols_in_all);
    tcase_add_test(tcase, notes_of_more_than_4_mib_are_refused);
    tcase_add_test(tcase, notes_that_overlap_count_each_time);
    tcase_add_test(tcase, file_of_which_more_than_64_mib_are_asked_for_is_refused);
    tcase_add_test(tcase, each_reading_of_a_file_may_look_at_64_mib);
    return tcase;
}

static TCase *stripped_files(void)
{
    TCase *tcase = tcase_create("stripped");
    tcase_add_loop_test(tcase, unmapped_note_is_seen, 0, 2 * MKELF_TARGETS);
    tcase_add_loop_test(tcase, unmapped_note_that_is_none_is_not_seen, 0, COUNT(no_unmapped));
    tcase_add_loop_test(tcase, debug_only_file_is_seen, 0, MKELF_TARGETS);
    tcase_add_loop_test(tcase, debug_only_file_with_odd_segments_is_seen, 0, COUNT(debug_edits));
    tcase_add_test(tcase, library_of_data_is_not_debug_only);
    return tcase;
}

static TCase *failures(void)
{
    TCase *tcase = tcase_create("failure");
    tcase_add_test(tcase, image_without_memory_says_so);
    tcase_add_test(tcase, image_of_which_a_read_fails_says_so);
    tcase_add_test(tcase, image_of_a_file_that_shrinks_is_truncated);
    return tcase;
}

int main(void)
{
    setenv("LC_ALL", "C", 1);
    Suite *suite = suite_create("image");
    suite_add_tcase(suite, sound_files());
    suite_add_tcase(suite, broken_files());
    suite_add_tcase(suite, stripped_files());
    suite_add_tcase(suite, failures());
    return run_suite(suite);
}
