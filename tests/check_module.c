/* SPDX-License-Identifier: MIT */
/* A file, read as a whole and judged: each way in which it may be unfit, and what reading it costs. */
#include "module.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "mkelf.h"
#include "scene.h"
#include "suite.h"
#include "verdict.h"
#include "watchread.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* ---- what is built ---- */

#define MODULE_NOTE MKELF_RECORD(PLUGMGR_NOTE_MODULE, "role=plugin\0name=mock\0version=0.1")
#define PROVIDES_NOTE \
    MKELF_RECORD(PLUGMGR_NOTE_PROVIDES, "interface=greeter\0instance=en\0symbol=table\0version=1.2")
#define END_OF_NOTES {0, NULL, NULL, 0, 0}

static const struct mkelf_note plugin_notes[] = {MKELF_BUILD_ID("\x01\x02"), MODULE_NOTE, PROVIDES_NOTE, END_OF_NOTES};
static const struct mkelf_note host_notes[] = {
    MKELF_RECORD(PLUGMGR_NOTE_MODULE, "role=host\0name=app\0version=3.0"), END_OF_NOTES};
static const struct mkelf_note foreign_notes[] = {MKELF_BUILD_ID("\x01\x02"), END_OF_NOTES};
static const struct mkelf_note nameless_notes[] = {PROVIDES_NOTE, END_OF_NOTES};
static const struct mkelf_note twofold_notes[] = {MODULE_NOTE, PROVIDES_NOTE, PROVIDES_NOTE, END_OF_NOTES};
static const struct mkelf_note later_notes[] = {
    MKELF_RECORD(PLUGMGR_NOTE_MODULE, "role=plugin\0later=\x01\0name=mock\0version=0.1"), PROVIDES_NOTE,
    MKELF_RECORD(0x12345678, "=\xff"), END_OF_NOTES};
static const struct mkelf_note repeated_key_notes[] = {
    MKELF_RECORD(PLUGMGR_NOTE_MODULE, "role=plugin\0role=plugin\0name=mock\0version=0.1"), END_OF_NOTES};
static const struct mkelf_note symbols_notes[] = {
    MODULE_NOTE, PROVIDES_NOTE,
    MKELF_RECORD(PLUGMGR_NOTE_PROVIDES, "interface=greeter\0instance=de\0symbol=zero\0version=1.2"),
    MKELF_RECORD(PLUGMGR_NOTE_PROVIDES, "interface=greeter\0instance=fr\0symbol=hidden\0version=1.2"),
    MKELF_RECORD(PLUGMGR_NOTE_PROVIDES, "interface=greeter\0instance=it\0symbol=absent\0version=1.2"), END_OF_NOTES};

static const struct mkelf_symbol symbols[] = {
    {"table", STB_GLOBAL, STV_DEFAULT, MKELF_IN_DATA},
    {"zero", STB_GLOBAL, STV_DEFAULT, MKELF_IN_BSS},
    {"hidden", STB_GLOBAL, STV_HIDDEN, MKELF_IN_DATA},
};
static const struct mkelf_string strings[] = {{DT_NEEDED, "libc.so.6"}, {DT_SONAME, "mock.so"}};

#define MOCK_OF(the_notes) \
    .notes = the_notes, .symbols = symbols, .symbol_count = sizeof(symbols) / sizeof(symbols[0]), .strings = strings, \
    .string_count = sizeof(strings) / sizeof(strings[0])
#define MOCK MOCK_OF(plugin_notes)

static struct pm_module module;

static void read_module(const struct mkelf *elf)
{
    struct pm_file file = mkelf_file(elf);
    pm_module_read(&file, "mock.so", &module);
}

/* ---- reading ---- */

START_TEST(sound_module_is_read)
{
    struct mkelf elf = {.target = mkelf_targets[_i], .flags = 7, MOCK_OF(symbols_notes)};
    mkelf_build(&elf, NULL);
    read_module(&elf);
    ck_assert_msg(module.problem_count == 0, "%s: %s", elf.target.name, module.problems[0].detail);
    ck_assert_str_eq(module.path, "mock.so");
    ck_assert(module.has_traits);
    ck_assert_uint_eq(module.traits.elf_class, elf.target.elf_class);
    ck_assert_uint_eq(module.traits.byte_order, elf.target.byte_order);
    ck_assert_uint_eq(module.traits.machine, elf.target.machine);
    ck_assert_uint_eq(module.traits.flags, 7);
    ck_assert(!module.is_debug_only);
    ck_assert(module.has_notes);
    ck_assert(!module.has_unmapped_note);
    ck_assert_str_eq(module.facts.name, "mock");
    ck_assert_uint_eq(module.dynamic.needed_count, 1);
    ck_assert_str_eq(module.dynamic.needed[0], "libc.so.6");
    ck_assert_str_eq(module.dynamic.soname, "mock.so");
    ck_assert_uint_eq(module.facts.provide_count, 4);
    ck_assert_int_eq(module.provided[0], PM_SYMBOL_IS_EXPORTED);
    ck_assert_int_eq(module.provided[1], PM_SYMBOL_IS_ZERO);
    ck_assert_int_eq(module.provided[2], PM_SYMBOL_IS_ABSENT);
    ck_assert_int_eq(module.provided[3], PM_SYMBOL_IS_ABSENT);
    pm_module_free(&module);
    mkelf_free(&elf);
}
END_TEST

START_TEST(module_is_read_from_a_path)
{
    struct mkelf elf = {MOCK};
    scene_begin();
    size_t descriptors = scene_descriptor_count();
    const char *path = scene_path("mock.so");
    mkelf_build(&elf, path);
    mkelf_free(&elf);
    pm_module_read_path(path, &module);
    ck_assert_uint_eq(module.problem_count, 0);
    ck_assert_ptr_eq(module.path, path);
    ck_assert_str_eq(module.facts.name, "mock");
    ck_assert(pm_build_id_equal(&module.build_id, &(struct pm_build_id){2, {1, 2}}));
    pm_module_free(&module);
    pm_module_read_path(scene_path("absent"), &module);
    ck_assert_uint_eq(module.problem_count, 1);
    ck_assert_int_eq(module.problems[0].code, PM_FILE_ABSENT);
    ck_assert_str_eq(module.path, scene_path("absent"));
    ck_assert(!module.has_traits);
    pm_module_free(&module);
    pm_module_read_path(scene_path("."), &module);
    ck_assert_uint_eq(module.problem_count, 1);
    ck_assert_int_eq(module.problems[0].code, PM_FILE_NOT_REGULAR);
    pm_module_free(&module);
    ck_assert_uint_eq(scene_descriptor_count(), descriptors);
    scene_end();
}
END_TEST

/* ---- judging ---- */

#define EHDR(member, value) MKELF_SET(HEADER, 0, Ehdr, member, value)
#define SYM(index, member, value) MKELF_SET(SYMBOL, index, Sym, member, value)

/* The codes of all that refuses the module, in the order of the report. */
static const char *judge(bool is_host)
{
    static char codes[400];
    struct pm_require accepted = {.interface_name = "greeter", .version = {1, 2}, .lowest = {1, 0}};
    struct pm_facts host = {.role = PM_ROLE_HOST, .name = "app", .version = "3.0",
                            .requires_ = &accepted, .require_count = 1};
    struct pm_world world = {.host = &host, .traits = {ELFCLASS64, ELFDATA2LSB, EM_X86_64, ET_DYN, 0}};
    struct plugmgr_report *report = pm_report_new("mock.so");
    ck_assert_ptr_nonnull(report);
    if (is_host)
        pm_judge_host(&module, report);
    else
        pm_judge(&module, &world, PLUGMGR_POLICY_VERSION, NULL, report, NULL); /* reading is what is tested */
    codes[0] = '\0';
    for (size_t i = 0; i < plugmgr_report_count(report); i++) {
        const struct plugmgr_finding *finding = plugmgr_report_finding(report, i);
        size_t used = strlen(codes);
        if (finding->severity == PLUGMGR_REFUSAL)
            snprintf(codes + used, sizeof(codes) - used, "%s%s", used > 0 ? " " : "", finding->code);
    }
    ck_assert((codes[0] == '\0') == (plugmgr_report_accepted(report) != 0));
    plugmgr_report_free(report);
    return codes;
}

static const struct judged {
    const char *name;
    struct mkelf_target target;
    unsigned type;
    const struct mkelf_note *notes; /* NULL: a sound plugin's */
    bool has_unmapped_notes, is_debug_only, is_host; /* is_host: judged as a host */
    struct mkelf_edit edits[3];
    const char *codes; /* "": accepted */
} judged[] = {
    {"a sound plugin", .codes = ""},
    {"a record and a key of later versions", .notes = later_notes, .codes = ""},
    {"an unknown machine", {NULL, ELFCLASS64, ELFDATA2LSB, 65535}, .codes = "elf-machine"},
    {"no machine", {NULL, ELFCLASS64, ELFDATA2LSB, EM_NONE}, .codes = "elf-machine"},
    {"a machine of the same class and order", {NULL, ELFCLASS64, ELFDATA2LSB, EM_AARCH64}, .codes = "elf-machine"},
    {"the other class", {NULL, ELFCLASS32, ELFDATA2LSB, EM_X86_64}, .codes = "elf-class"},
    {"the other byte order", {NULL, ELFCLASS64, ELFDATA2MSB, EM_X86_64}, .codes = "elf-byte-order"},
    {"i386", {NULL, ELFCLASS32, ELFDATA2LSB, EM_386}, .codes = "elf-machine elf-class"},
    {"ppc64", {NULL, ELFCLASS64, ELFDATA2MSB, EM_PPC64}, .codes = "elf-machine elf-byte-order"},
    {"s390", {NULL, ELFCLASS32, ELFDATA2MSB, EM_S390}, .codes = "elf-machine elf-class elf-byte-order"},
    {"a relocatable object", .type = ET_REL, .codes = "elf-type"},
    {"an executable", .type = ET_EXEC, .codes = "elf-type"},
    {"a core dump", .type = ET_CORE, .codes = "elf-type"},
    {"no type", .edits = {EHDR(e_type, ET_NONE)}, .codes = "elf-type"},
    {"a type of the system", .type = ET_LOOS, .codes = "elf-type"},
    {"the highest type", .type = 65535, .codes = "elf-type"},
    {"no notes but a build-ID", .notes = foreign_notes, .codes = "not-a-plugin"},
    {"a host", .notes = host_notes, .codes = "not-a-plugin"},
    {"notes in a section only", .has_unmapped_notes = true, .codes = "note-not-mapped"},
    {"a build-ID in a section only", .notes = foreign_notes, .has_unmapped_notes = true, .codes = "not-a-plugin"},
    {"debug information only", .is_debug_only = true, .codes = "debug-only"},
    {"debug information and unmapped notes only", .is_debug_only = true, .has_unmapped_notes = true,
     .codes = "debug-only note-not-mapped"},
    {"no ELF file", .edits = {MKELF_BYTE(HEADER, 0, 0, '#')}, .codes = "not-elf"},
    {"a segment beyond the file", .edits = {MKELF_SET(SEGMENT, MKELF_DATA, Phdr, p_filesz, UINT64_MAX)},
     .codes = "elf-truncated"},
    {"a bad class", .edits = {MKELF_BYTE(HEADER, 0, EI_CLASS, 9)}, .codes = "elf-malformed"},
    {"a dynamic section without end", .edits = {MKELF_SET(SEGMENT, MKELF_DYNAMIC_SEGMENT, Phdr, p_filesz, 64)},
     .codes = "elf-malformed"},
    {"a hash table outside", .edits = {MKELF_SET(DYNAMIC, MKELF_GNU_HASH_TAG, Dyn, d_un.d_val, 1 << 24)},
     .codes = "elf-malformed"},
    {"no module note", .notes = nameless_notes, .codes = "note-malformed"},
    {"twice an instance", .notes = twofold_notes, .codes = "note-malformed"},
    {"twice a key", .notes = repeated_key_notes, .codes = "note-malformed"},
    {"a note that is too long", .edits = {MKELF_SET(NOTE, 2, Nhdr, n_descsz, UINT32_MAX)}, .codes = "note-malformed"},
    {"malformed notes and a malformed dynamic section",
     .edits = {MKELF_SET(NOTE, 2, Nhdr, n_descsz, UINT32_MAX),
               MKELF_SET(SEGMENT, MKELF_DYNAMIC_SEGMENT, Phdr, p_filesz, 64)},
     .codes = "note-malformed elf-malformed"},
    {"malformed notes of another machine", {NULL, ELFCLASS64, ELFDATA2LSB, EM_AARCH64},
     .edits = {MKELF_SET(NOTE, 2, Nhdr, n_descsz, UINT32_MAX)}, .codes = "note-malformed elf-machine"},
    {"no symbol", .edits = {MKELF_BYTE(STRINGS, 1, 0, 'T')}, .codes = "symbol-not-exported"},
    {"a hidden symbol", .edits = {SYM(0, st_other, STV_HIDDEN)}, .codes = "symbol-not-exported"},
    {"a local symbol", .edits = {SYM(0, st_info, STB_LOCAL << 4 | STT_OBJECT)}, .codes = "symbol-not-exported"},
    {"an undefined symbol", .edits = {SYM(0, st_shndx, SHN_UNDEF)}, .codes = "symbol-not-exported"},
    {"a symbol without bytes", .edits = {SYM(0, st_value, 1 << 24)}, .codes = "symbol-uninitialised"},
    {"no dynamic section", .edits = {MKELF_SET(SEGMENT, MKELF_DYNAMIC_SEGMENT, Phdr, p_type, PT_NULL)},
     .codes = "symbol-not-exported"},
    {"a host, judged as one", .notes = host_notes, .is_host = true, .codes = ""},
    {"a host that is an executable, judged as one", .notes = host_notes, .type = ET_EXEC, .is_host = true, .codes = ""},
    {"a plugin, judged as a host", .is_host = true, .codes = "not-a-host"},
    {"no notes, judged as a host", .notes = foreign_notes, .is_host = true, .codes = "not-a-host"},
    {"no ELF file, judged as a host", .is_host = true, .edits = {MKELF_BYTE(HEADER, 0, 0, '#')}, .codes = "not-elf"},
};

START_TEST(module_is_refused_for_what_is_wrong_with_it)
{
    const struct judged *row = &judged[_i];
    struct mkelf elf = {.target = row->target, .type = row->type, .has_unmapped_notes = row->has_unmapped_notes,
                        .is_debug_only = row->is_debug_only, MOCK_OF(row->notes != NULL ? row->notes : plugin_notes)};
    mkelf_build(&elf, NULL);
    for (size_t i = 0; i < 3 && row->edits[i].size_64 > 0; i++)
        mkelf_edit(&elf, &row->edits[i]);
    read_module(&elf);
    const char *codes = judge(row->is_host);
    pm_module_free(&module);
    mkelf_free(&elf);
    ck_assert_msg(strcmp(codes, row->codes) == 0, "%s: \"%s\"", row->name, codes);
}
END_TEST

/* ---- cut and changed ---- */

/* Its section headers stand at its end, so that nothing of it can be missing unseen. */
START_TEST(module_cut_at_every_length_is_refused)
{
    struct mkelf elf = {.target = mkelf_targets[_i], MOCK};
    mkelf_build(&elf, NULL);
    for (uint64_t size = elf.size; size-- > 0;) {
        mkelf_resize(&elf, size);
        read_module(&elf);
        enum pm_code code = size < SELFMAG ? PM_NOT_ELF : PM_ELF_TRUNCATED;
        ck_assert_msg(module.problem_count == 1 && module.problems[0].code == code, "%s: %u bytes: %s", elf.target.name,
                      (unsigned)size, module.problem_count > 0 ? module.problems[0].detail : "accepted");
        ck_assert(!module.has_traits);
        pm_module_free(&module);
    }
    mkelf_free(&elf);
}
END_TEST

START_TEST(module_without_section_headers_cut_at_every_length_is_refused)
{
    struct mkelf elf = {.target = mkelf_targets[_i], MOCK};
    mkelf_build(&elf, NULL);
    const struct mkelf_edit edits[] = {EHDR(e_shoff, 0), EHDR(e_shnum, 0)};
    mkelf_edit(&elf, &edits[0]);
    mkelf_edit(&elf, &edits[1]);
    static const char names[] = "\0.note.plugmgr\0.text\0.dynamic\0.shstrtab"; /* they stand behind the last segment */
    uint64_t end = (elf.places[MKELF_SECTION] - sizeof(names)) / 4 * 4;
    for (uint64_t size = elf.size; size-- > 0;) {
        mkelf_resize(&elf, size);
        read_module(&elf);
        enum pm_code code = size < SELFMAG ? PM_NOT_ELF : PM_ELF_TRUNCATED;
        if (module.problem_count == 0)
            end = size;
        else
            ck_assert_msg(module.problem_count == 1 && module.problems[0].code == code, "%s: %u bytes: %s",
                          elf.target.name, (unsigned)size, module.problems[0].detail);
        pm_module_free(&module);
    }
    /* where it is no longer sound is where its last segment ends: 16 bytes of data behind the dynamic section */
    size_t entry = elf.target.elf_class == ELFCLASS64 ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
    ck_assert_uint_eq(end, elf.places[MKELF_DYNAMIC] + (MKELF_OWN_STRINGS + COUNT(strings) + 1) * entry + 16);
    mkelf_free(&elf);
}
END_TEST

static bool is_a_files_problem(const struct pm_problem *problem)
{
    static const enum pm_code codes[] = {PM_NOT_ELF, PM_ELF_TRUNCATED, PM_ELF_MALFORMED, PM_DEBUG_ONLY,
                                         PM_NOTE_MALFORMED};
    for (int i = 0; i < COUNT(codes); i++)
        if (problem->code == codes[i])
            return problem->detail[0] != '\0';
    return false;
}

/* Most changes are seen, some mean nothing; none does harm, which the sanitizers look at. _i: target and hash table. */
START_TEST(module_of_any_changed_byte_is_read_or_refused)
{
    struct mkelf elf = {.target = mkelf_targets[_i / 2], .lacks_gnu_hash = _i % 2 != 0, MOCK_OF(symbols_notes)};
    mkelf_build(&elf, NULL);
    for (uint64_t at = 0; at < elf.size; at++) {
        struct pm_file file = mkelf_file(&elf);
        uint8_t byte;
        ck_assert_int_eq(pm_file_read(&file, &byte, 1, at, &(struct pm_problem){0}), 1);
        const uint8_t changed[] = {0, 0xff, byte ^ 0x80, byte ^ 1, (uint8_t)(byte + 8)};
        for (int i = 0; i < COUNT(changed); i++) {
            mkelf_put(&elf, at, 1, changed[i]);
            read_module(&elf);
            for (size_t k = 0; k < module.problem_count; k++)
                ck_assert_msg(is_a_files_problem(&module.problems[k]), "byte %u is %u: %s", (unsigned)at, changed[i],
                              pm_code_name(module.problems[k].code));
            judge(false);
            pm_module_free(&module);
        }
        mkelf_put(&elf, at, 1, byte);
    }
    read_module(&elf);
    ck_assert_uint_eq(module.problem_count, 0);
    pm_module_free(&module);
    mkelf_free(&elf);
}
END_TEST

/* ---- what it costs ---- */

enum { SMALL = 16 << 10, LARGE = 100 << 20 }; /* sizes of files, bytes */

static const struct {
    const char *name;
    bool has_unmapped_notes, is_debug_only, has_large_code, is_no_elf;
    size_t calls;
} costs[] = {
    {"all in the head", .calls = 1},
    {"dynamic section behind the code", .has_large_code = true, .calls = 2},
    {"unmapped notes: section headers too", .has_unmapped_notes = true, .calls = 2},
    {"debug information only: section headers too", .is_debug_only = true, .calls = 2},
    {"no ELF file", .is_no_elf = true, .calls = 1},
};

/* What reading asks for of a file of this size with the same content; the rest of it is a hole. */
static struct watched_reads cost_of(int row, uint64_t size)
{
    struct mkelf elf = {.has_unmapped_notes = costs[row].has_unmapped_notes, .is_debug_only = costs[row].is_debug_only,
                        MOCK};
    uint64_t rest = size - 2048;
    if (costs[row].has_large_code)
        elf.text_size = rest;
    else
        elf.gap = rest;
    mkelf_build(&elf, NULL);
    ck_assert_uint_ge(elf.size, size - 2048);
    ck_assert_uint_le(elf.size, size);
    if (costs[row].is_no_elf)
        mkelf_put(&elf, 0, 4, 0);
    watch_reads_begin();
    read_module(&elf);
    struct watched_reads cost = watched_reads;
    pm_module_free(&module);
    mkelf_free(&elf);
    return cost;
}

START_TEST(module_of_any_size_costs_the_same)
{
    struct watched_reads small = cost_of(_i, SMALL), large = cost_of(_i, LARGE);
    ck_assert_msg(small.calls == costs[_i].calls, "%s: %zu calls", costs[_i].name, small.calls);
    ck_assert_msg(small.asked <= small.calls * 4096, "%s: %zu bytes", costs[_i].name, small.asked);
    ck_assert_msg(large.calls == small.calls, "%s: %zu calls for the large one", costs[_i].name, large.calls);
    ck_assert_msg(large.asked == small.asked, "%s: %zu bytes for the large one", costs[_i].name, large.asked);
    ck_assert_uint_eq(large.got, small.got);
    ck_assert_uint_eq(small.maps + large.maps, 0);
    /* that the large one was large */
    ck_assert(costs[_i].calls == 1 || (small.highest < SMALL && large.highest > LARGE - SMALL));
}
END_TEST

/* ---- without memory ---- */

static const struct {
    const char *name;
    const struct mkelf_note *notes;
    bool has_unmapped_notes, is_debug_only;
} memory_shapes[] = {
    {"a plugin", symbols_notes, false, false},
    {"notes in a section only", symbols_notes, true, false},
    {"no notes", foreign_notes, false, false},
};

START_TEST(module_without_memory_says_so)
{
    struct mkelf elf = {.text_size = 10000, .gap = 10000, .has_unmapped_notes = memory_shapes[_i].has_unmapped_notes,
                        .is_debug_only = memory_shapes[_i].is_debug_only, MOCK_OF(memory_shapes[_i].notes)};
    mkelf_build(&elf, NULL);
    for (size_t nth = 1;; nth++) {
        bool is_told = false;
        fail_allocation(nth);
        read_module(&elf);
        bool happened = fail_allocation_happened();
        fail_allocation(0);
        for (size_t i = 0; i < module.problem_count; i++) {
            ck_assert_str_eq(pm_code_name(module.problems[i].code), pm_code_name(PM_OUT_OF_MEMORY));
            ck_assert_str_eq(module.problems[i].detail, "no memory to read it");
            is_told = true;
        }
        pm_module_free(&module);
        ck_assert_msg(is_told == happened, "%s: allocation %zu", memory_shapes[_i].name, nth);
        if (!happened) {
            ck_assert_uint_gt(nth, 5);
            break;
        }
    }
    mkelf_free(&elf);
}
END_TEST

/* It would be told as something else if its section headers could not be read. */
START_TEST(debug_only_module_without_memory_says_so_or_what_it_is)
{
    struct mkelf elf = {.gap = 10000, .is_debug_only = true, MOCK};
    mkelf_build(&elf, NULL);
    for (size_t nth = 1;; nth++) {
        fail_allocation(nth);
        read_module(&elf);
        bool happened = fail_allocation_happened();
        fail_allocation(0);
        ck_assert_msg(module.problem_count > 0, "allocation %zu", nth);
        for (size_t i = 0; i < module.problem_count; i++)
            ck_assert_msg(module.problems[i].code == PM_OUT_OF_MEMORY || module.problems[i].code == PM_DEBUG_ONLY,
                          "allocation %zu: %s", nth, pm_code_name(module.problems[i].code));
        pm_module_free(&module);
        if (!happened)
            break;
    }
    mkelf_free(&elf);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("module");
    TCase *tcase = tcase_create("module");
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, sound_module_is_read, 0, MKELF_TARGETS);
    tcase_add_test(tcase, module_is_read_from_a_path);
    tcase_add_loop_test(tcase, module_is_refused_for_what_is_wrong_with_it, 0, COUNT(judged));
    tcase_add_loop_test(tcase, module_cut_at_every_length_is_refused, 0, MKELF_TARGETS);
    tcase_add_loop_test(tcase, module_without_section_headers_cut_at_every_length_is_refused, 0, MKELF_TARGETS);
    tcase_add_loop_test(tcase, module_of_any_changed_byte_is_read_or_refused, 0, 2 * MKELF_TARGETS);
    tcase_add_loop_test(tcase, module_of_any_size_costs_the_same, 0, COUNT(costs));
    tcase_add_loop_test(tcase, module_without_memory_says_so, 0, COUNT(memory_shapes));
    tcase_add_test(tcase, debug_only_module_without_memory_says_so_or_what_it_is);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
