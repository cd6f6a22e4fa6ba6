/* SPDX-License-Identifier: MIT */
/* Symbols: the tables of one object, made for several machines, looked up and listed; then cut and spoilt. */
#include "symbols.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

/* ---- an object in memory ---- */

static const struct target {
    const char *name;
    unsigned elf_class, machine;
    bool is_big;
} targets[] = {
    {"x86-64", ELFCLASS64, EM_X86_64, false}, {"ppc64", ELFCLASS64, EM_PPC64, true},
    {"i386", ELFCLASS32, EM_386, false},      {"sparc", ELFCLASS32, EM_SPARC, true},
    {"mips64el", ELFCLASS64, EM_MIPS, false}, {"mips64", ELFCLASS64, EM_MIPS, true},
    {"s390x", ELFCLASS64, EM_S390, true},     {"alpha", ELFCLASS64, 0x9026, false},
};
enum { TARGETS = sizeof(targets) / sizeof(targets[0]), BASE = 0x1000, ROOM = 8192 };

/* Versions, by index: 1 is the object's own name, 2 to 4 it defines, 5 and 6 it needs. */
enum { SELF = 1, DEF_1, DEF_2, DEF_3, NEED_2, NEED_3, HIDDEN = 0x8000 };

static const struct given {
    const char *name;
    unsigned char binding, type, visibility;
    bool is_defined;
    unsigned value, version;
} given[] = {
    {"", 0, 0, 0, false, 0, 0},
    {"wanted", STB_GLOBAL, STT_FUNC, STV_DEFAULT, false, 0, NEED_2},
    {"wished", STB_WEAK, STT_NOTYPE, STV_DEFAULT, false, 0, SELF},
    {"plain", STB_GLOBAL, STT_FUNC, STV_DEFAULT, true, 16, SELF},
    {"twice", STB_GLOBAL, STT_FUNC, STV_DEFAULT, true, 17, DEF_2 | HIDDEN},
    {"twice", STB_GLOBAL, STT_FUNC, STV_DEFAULT, true, 18, DEF_3},
    {"late", STB_GLOBAL, STT_FUNC, STV_DEFAULT, true, 19, DEF_2},
    {"gone", STB_GLOBAL, STT_FUNC, STV_DEFAULT, true, 20, DEF_2 | HIDDEN},
    {"early", STB_WEAK, STT_FUNC, STV_DEFAULT, true, 21, DEF_1},
    {"only", STB_GNU_UNIQUE, STT_OBJECT, STV_DEFAULT, true, 22, SELF},
    {"guarded", STB_GLOBAL, STT_OBJECT, STV_PROTECTED, true, 23, SELF},
    {"nowhere", STB_GLOBAL, STT_FUNC, STV_DEFAULT, true, 0, SELF},
    {"thread", STB_GLOBAL, STT_TLS, STV_DEFAULT, true, 0, SELF},
    {"secret", STB_GLOBAL, STT_FUNC, STV_HIDDEN, true, 24, SELF},
    {"inner", STB_LOCAL, STT_FUNC, STV_DEFAULT, true, 25, SELF},
    {"section", STB_GLOBAL, STT_SECTION, STV_DEFAULT, true, 26, SELF},
    {"here", STB_GLOBAL, STT_FUNC, STV_DEFAULT, false, 27, SELF},
    {"elder", STB_GLOBAL, STT_FUNC, STV_DEFAULT, true, 28, DEF_1 | HIDDEN},
};
enum { GIVEN = sizeof(given) / sizeof(given[0]), FIRST_HASHED = 3, WANTED = 1, WISHED, PLAIN, TWICE_OLD, LATE = 6,
       ONLY = 9, GUARDED, SECRET = 13, INNER };

struct object {
    struct target target;
    uint8_t bytes[ROOM];
    size_t size;
    size_t limit; /* what can be read; size if nothing is cut off */
    struct pm_view view;
};

static void put(struct object *object, size_t at, size_t width, uint64_t value)
{
    ck_assert_uint_le(at + width, ROOM);
    for (size_t i = 0; i < width; i++)
        object->bytes[at + i] = (uint8_t)(value >> 8 * (object->target.is_big ? width - 1 - i : i));
    if (at + width > object->size)
        object->size = at + width;
}

static void append(struct object *object, size_t width, uint64_t value)
{
    put(object, object->size, width, value);
}

static bool is_64(const struct object *object)
{
    return object->target.elf_class == ELFCLASS64;
}

static uint64_t text(struct object *object, const char *string)
{
    uint64_t at = object->size - (object->view.tables.strings - BASE);
    for (; *string != '\0'; string++)
        append(object, 1, (uint8_t)*string);
    append(object, 1, 0);
    return at;
}

static void begin_table(struct object *object, uint64_t *ret_address)
{
    while (object->size % 8 != 0)
        append(object, 1, 0);
    *ret_address = BASE + object->size;
}

static void put_symbols(struct object *object, const uint64_t names[])
{
    begin_table(object, &object->view.tables.symbols);
    for (size_t i = 0; i < GIVEN; i++) {
        const struct given *g = &given[i];
        unsigned section = g->is_defined ? 7 : SHN_UNDEF;
        append(object, 4, names[i]);
        if (!is_64(object)) {
            append(object, 4, g->value);
            append(object, 4, 8);
        }
        append(object, 1, (unsigned char)ELF64_ST_INFO(g->binding, g->type));
        append(object, 1, g->visibility);
        append(object, 2, section);
        if (is_64(object)) {
            append(object, 8, g->value);
            append(object, 8, 8);
        }
    }
    begin_table(object, &object->view.tables.version_symbols);
    for (size_t i = 0; i < GIVEN; i++)
        append(object, 2, given[i].version);
}

static void put_versions(struct object *object, uint64_t library, const uint64_t names[])
{
    begin_table(object, &object->view.tables.version_needs);
    append(object, 2, 1); /* version, count, library, first, next */
    append(object, 2, 2);
    append(object, 4, library);
    append(object, 4, 16);
    append(object, 4, 0);
    for (unsigned i = NEED_2; i <= NEED_3; i++) {
        append(object, 4, 0); /* hash, flags, index, name, next */
        append(object, 2, i == NEED_3 ? VER_FLG_WEAK : 0);
        append(object, 2, i);
        append(object, 4, names[i]);
        append(object, 4, i == NEED_3 ? 0 : 16);
    }
    begin_table(object, &object->view.tables.version_definitions);
    for (unsigned i = SELF; i <= DEF_3; i++) {
        append(object, 2, 1); /* version, flags, index, count, hash, first, next; name, next */
        append(object, 2, i == SELF ? VER_FLG_BASE : 0);
        append(object, 2, i);
        append(object, 2, 1);
        append(object, 4, 0);
        append(object, 4, 20);
        append(object, 4, i == DEF_3 ? 0 : 28);
        append(object, 4, names[i]);
        append(object, 4, 0);
    }
}

/* One bucket each, and a filter that lets everything through. */
static void put_hashes(struct object *object)
{
    size_t width = is_64(object) && (object->target.machine == EM_S390 || object->target.machine == 0x9026) ? 8 : 4;
    begin_table(object, &object->view.tables.hash);
    append(object, width, 1);
    append(object, width, GIVEN);
    append(object, width, 1);
    for (size_t i = 0; i < GIVEN; i++)
        append(object, width, i + 1 < GIVEN ? i + 1 : 0);
    begin_table(object, &object->view.tables.gnu_hash);
    const unsigned header[] = {1, FIRST_HASHED, 1, 6};
    for (size_t i = 0; i < 4; i++)
        append(object, 4, header[i]);
    append(object, is_64(object) ? 8 : 4, UINT64_MAX);
    append(object, 4, FIRST_HASHED);
    for (size_t i = FIRST_HASHED; i < GIVEN; i++) {
        uint32_t hash = pm_sought_make(given[i].name, NULL, false).gnu_hash;
        append(object, 4, i + 1 < GIVEN ? hash & ~1u : hash | 1);
    }
}

static void put_relocation(struct object *object, unsigned symbol, unsigned type, bool is_rela)
{
    size_t width = is_64(object) ? 8 : 4;
    append(object, width, 0x2000);
    if (!is_64(object)) {
        append(object, 4, ELF32_R_INFO(symbol, type));
    } else if (object->target.machine == EM_MIPS) {
        append(object, 4, symbol);
        for (int i = 0; i < 3; i++)
            append(object, 1, 0);
        append(object, 1, type);
    } else {
        append(object, 8, ELF64_R_INFO((uint64_t)symbol, type));
    }
    if (is_rela)
        append(object, width, 0);
}

static void put_relocations(struct object *object)
{
    static const unsigned named[] = {WANTED, ONLY, WANTED, SECRET, INNER, TWICE_OLD};
    struct pm_tables *tables = &object->view.tables;
    begin_table(object, &tables->rela);
    put_relocation(object, LATE, 8, true); /* said to be relative: not looked at */
    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        put_relocation(object, named[i], 1, true);
    put_relocation(object, LATE, 0, true); /* does nothing */
    put_relocation(object, 0, 8, true);
    tables->rela_size = BASE + object->size - tables->rela;
    tables->rela_relative = 1;
    begin_table(object, &tables->rel);
    put_relocation(object, WISHED, 1, false);
    tables->rel_size = BASE + object->size - tables->rel;
    begin_table(object, &tables->plt);
    put_relocation(object, PLAIN, 7, true);
    tables->plt_size = BASE + object->size - tables->plt;
    tables->is_plt_rela = true;
    if (object->target.machine == EM_MIPS) {
        tables->got_first = GUARDED;
        tables->got_end = GUARDED + 1;
    }
}

static uint64_t remaining(void *data, uint64_t address)
{
    const struct object *object = data;
    return address >= BASE && address - BASE < object->limit ? object->limit - (address - BASE) : 0;
}

static const uint8_t *range(void *data, uint64_t address, uint64_t size, const char *what,
                            struct pm_problem *ret_problem)
{
    const struct object *object = data;
    if (size <= remaining(data, address))
        return object->bytes + (address - BASE);
    pm_problem_set(ret_problem, PM_ELF_MALFORMED, what, " is not in a load segment", NULL);
    return NULL;
}

static void make(struct object *object, const struct target *target)
{
    const uint16_t one = 1;
    bool is_big_here = *(const uint8_t *)&one == 0;
    uint64_t names[GIVEN], versions[NEED_3 + 1], library;
    memset(object, 0, sizeof(*object));
    object->target = *target;
    object->view = (struct pm_view){.range = range,
                                    .remaining = remaining,
                                    .data = object,
                                    .elf_class = target->elf_class,
                                    .machine = target->machine,
                                    .is_swapped = target->is_big != is_big_here};
    begin_table(object, &object->view.tables.strings);
    for (size_t i = 0; i < GIVEN; i++)
        names[i] = text(object, given[i].name);
    static const char *const version_names[] = {"", "self.so.1", "DEF_1", "DEF_2", "DEF_3", "LIB_2.0", "LIB_3.0"};
    for (size_t i = 0; i <= NEED_3; i++)
        versions[i] = text(object, version_names[i]);
    library = text(object, "libx.so.1");
    object->view.tables.strings_size = BASE + object->size - object->view.tables.strings;
    put_symbols(object, names);
    put_versions(object, library, versions);
    put_hashes(object);
    put_relocations(object);
    object->limit = object->size;
}

static struct object object;

static void teardown(void)
{
    pm_view_free(&object.view);
}

/* ---- lookup ---- */

static const struct lookup {
    const char *name, *version;
    bool is_hidden;
    unsigned value; /* 0: not found */
} lookups[] = {
    {"plain", NULL, false, 16},
    {"plain", "DEF_1", false, 16}, /* base: any version will do … */
    {"plain", "DEF_1", true, 0},   /* … but for one that insists */
    {"twice", NULL, false, 18},    /* the default */
    {"twice", "DEF_2", false, 17},
    {"twice", "DEF_2", true, 17},
    {"twice", "DEF_3", false, 18},
    {"twice", "DEF_1", false, 0},
    {"late", NULL, false, 19},
    {"gone", NULL, false, 0}, /* hidden: by its version only */
    {"gone", "DEF_2", false, 20},
    {"early", NULL, false, 21},
    {"elder", NULL, false, 28}, /* hidden, but the first version that there ever was */
    {"only", NULL, false, 22},
    {"guarded", NULL, false, 23},
    {"nowhere", NULL, false, 0},
    {"secret", NULL, false, 0},
    {"inner", NULL, false, 0},
    {"section", NULL, false, 0},
    {"here", NULL, false, 0},   /* undefined, though with an address, as in an executable */
    {"wanted", NULL, false, 0},
    {"absent", NULL, false, 0},
    {"", NULL, false, 0},
};
enum { LOOKUPS = sizeof(lookups) / sizeof(lookups[0]) };

static int find(const char *name, const char *version, bool is_hidden, Elf64_Sym *ret_symbol,
                struct pm_problem *ret_problem)
{
    const struct pm_sought sought = pm_sought_make(name, version, is_hidden);
    return pm_view_find(&object.view, &sought, ret_symbol, ret_problem);
}

static void expect_lookups(const char *how)
{
    for (size_t i = 0; i < LOOKUPS; i++) {
        const struct lookup *l = &lookups[i];
        struct pm_problem problem = {.detail = ""};
        Elf64_Sym symbol = {.st_value = 0};
        int result = find(l->name, l->version, l->is_hidden, &symbol, &problem);
        ck_assert_msg(result == (l->value != 0) && (result == 0 || symbol.st_value == l->value),
                      "%s, %s: %s@%s: %d, %u: %s", object.target.name, how, l->name,
                      l->version != NULL ? l->version : "", result, (unsigned)symbol.st_value, problem.detail);
    }
    Elf64_Sym symbol;
    struct pm_problem problem;
    ck_assert_int_eq(find("thread", NULL, false, &symbol, &problem), 1);
    ck_assert_uint_eq(symbol.st_size, 8);
}

START_TEST(symbols_are_found_by_each_hash_table_in_their_versions)
{
    make(&object, &targets[_i]);
    expect_lookups("both tables");
    struct pm_tables tables = object.view.tables;
    object.view.tables.gnu_hash = 0;
    expect_lookups("DT_HASH");
    object.view.tables = tables;
    object.view.tables.hash = 0;
    expect_lookups("DT_GNU_HASH");
}
END_TEST

START_TEST(symbol_is_not_found_where_the_filter_stops_it)
{
    Elf64_Sym symbol;
    struct pm_problem problem;
    make(&object, &targets[_i]);
    memset(object.bytes + (object.view.tables.gnu_hash - BASE) + 16, 0, is_64(&object) ? 8 : 4);
    ck_assert_int_eq(find("plain", NULL, false, &symbol, &problem), 0);
    object.view.tables.gnu_hash = 0;
    ck_assert_int_eq(find("plain", NULL, false, &symbol, &problem), 1);
}
END_TEST

START_TEST(object_without_versions_has_every_version)
{
    Elf64_Sym symbol;
    struct pm_problem problem;
    make(&object, &targets[0]);
    object.view.tables.version_symbols = 0;
    ck_assert_int_eq(find("plain", "ANY_1", true, &symbol, &problem), 1);
    ck_assert_int_eq(find("twice", NULL, false, &symbol, &problem), 1);
    ck_assert_uint_eq(symbol.st_value, 17);
}
END_TEST

START_TEST(object_without_hash_tables_has_no_symbols)
{
    Elf64_Sym symbol;
    struct pm_problem problem;
    make(&object, &targets[0]);
    object.view.tables.hash = object.view.tables.gnu_hash = 0;
    ck_assert_int_eq(find("plain", NULL, false, &symbol, &problem), 0);
}
END_TEST

/* Of two defaults of one name none is taken. */
START_TEST(symbol_of_two_default_versions_is_found_by_version_only)
{
    Elf64_Sym symbol;
    struct pm_problem problem;
    make(&object, &targets[0]);
    put(&object, object.view.tables.version_symbols - BASE + 2 * TWICE_OLD, 2, DEF_2);
    ck_assert_int_eq(find("twice", NULL, false, &symbol, &problem), 0);
    ck_assert_int_eq(find("twice", "DEF_3", false, &symbol, &problem), 1);
}
END_TEST

/* ---- what relocations name ---- */

static void expect_reference(const struct pm_reference *reference, unsigned index, const char *version,
                             const char *library)
{
    const struct given *g = &given[index];
    ck_assert_msg(strcmp(reference->name, g->name) == 0, "%s: %s, not %s", object.target.name, reference->name, g->name);
    ck_assert_pstr_eq(reference->version, version);
    ck_assert_pstr_eq(reference->library, library);
    ck_assert_uint_eq(reference->need, library != NULL);
    ck_assert_int_eq(reference->is_defined, g->is_defined);
    ck_assert_int_eq(reference->is_protected, g->visibility == STV_PROTECTED);
    ck_assert_int_eq(reference->binding, g->binding);
    ck_assert_int_eq(reference->type, g->type);
}

START_TEST(references_are_each_symbol_that_is_looked_up_once)
{
    struct pm_arena arena = {0};
    struct pm_references references;
    struct pm_problem problem;
    make(&object, &targets[_i]);
    ck_assert_int_eq(pm_view_read_references(&object.view, &arena, &references, &problem), 0);
    ck_assert_uint_eq(references.version_count, 2);
    ck_assert_str_eq(references.versions[0].library, "libx.so.1");
    ck_assert_str_eq(references.versions[0].version, "LIB_2.0");
    ck_assert_str_eq(references.versions[1].version, "LIB_3.0");
    ck_assert(!references.versions[0].is_weak && references.versions[1].is_weak);
    ck_assert_uint_eq(references.symbol_count, object.target.machine == EM_MIPS ? 6 : 5);
    expect_reference(&references.symbols[0], WANTED, "LIB_2.0", "libx.so.1");
    expect_reference(&references.symbols[1], ONLY, NULL, NULL);
    expect_reference(&references.symbols[2], TWICE_OLD, "DEF_2", NULL);
    ck_assert(references.symbols[2].is_version_hidden == false); /* the version, not the symbol, would be */
    expect_reference(&references.symbols[3], WISHED, NULL, NULL);
    expect_reference(&references.symbols[4], PLAIN, NULL, NULL);
    if (object.target.machine == EM_MIPS)
        expect_reference(&references.symbols[5], GUARDED, NULL, NULL);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(references_of_an_object_without_tables_are_none)
{
    struct pm_arena arena = {0};
    struct pm_references references;
    struct pm_problem problem;
    make(&object, &targets[0]);
    object.view.tables = (struct pm_tables){0};
    ck_assert_int_eq(pm_view_read_references(&object.view, &arena, &references, &problem), 0);
    ck_assert_uint_eq(references.symbol_count + references.version_count, 0);
    pm_arena_free(&arena);
}
END_TEST

/* ---- hostile tables ---- */

/* Does all there is to do; nothing but a problem with a text may come of it. */
static void try_all(const char *what, size_t at)
{
    static const enum pm_code allowed[] = {PM_ELF_MALFORMED, PM_OUT_OF_MEMORY};
    struct pm_arena arena = {0};
    struct pm_references references;
    struct pm_problem problem = {.code = PM_ELF_MALFORMED, .detail = "none"};
    Elf64_Sym symbol;
    pm_view_free(&object.view);
    object.view.arena = (struct pm_arena){0};
    object.view.has_versions = false;
    object.view.steps = 0;
    if (pm_view_read_references(&object.view, &arena, &references, &problem) < 0)
        ck_assert_msg(problem.code == allowed[0] && problem.detail[0] != '\0', "%s %zu", what, at);
    struct pm_tables tables = object.view.tables;
    for (int without = 0; without < 2; without++) {
        for (size_t i = 0; i < LOOKUPS; i++)
            if (find(lookups[i].name, lookups[i].version, lookups[i].is_hidden, &symbol, &problem) < 0)
                ck_assert_msg(problem.code == allowed[0] && problem.detail[0] != '\0', "%s %zu", what, at);
        object.view.tables.gnu_hash = 0;
    }
    object.view.tables = tables;
    pm_arena_free(&arena);
}

START_TEST(object_cut_at_any_length_is_malformed)
{
    struct pm_arena arena = {0};
    struct pm_references references;
    struct pm_problem problem;
    make(&object, &targets[_i]);
    for (object.limit = 0; object.limit < object.size; object.limit++)
        try_all("cut to", object.limit);
    object.limit = object.size - 1; /* the last relocation is the last table */
    ck_assert_int_eq(pm_view_read_references(&object.view, &arena, &references, &problem), -1);
    ck_assert_str_eq(problem.detail, "DT_JMPREL is not in a load segment");
    pm_arena_free(&arena);
}
END_TEST

START_TEST(object_with_any_byte_spoilt_does_no_harm)
{
    static const uint8_t spoilt[] = {0, 1, 0x7f, 0x80, 0xff};
    make(&object, &targets[_i]);
    for (size_t at = 0; at < object.size; at++) {
        uint8_t byte = object.bytes[at];
        for (size_t i = 0; i < sizeof(spoilt); i++) {
            object.bytes[at] = spoilt[i];
            try_all("byte", at);
        }
        object.bytes[at] = byte;
    }
}
END_TEST

START_TEST(tables_at_any_address_do_no_harm)
{
    static const uint64_t addresses[] = {1, BASE - 1, BASE + 1, UINT32_MAX, UINT64_MAX - 15, UINT64_MAX};
    enum { FIELDS = sizeof(struct pm_tables) / 8 };
    make(&object, &targets[_i]);
    struct pm_tables sound = object.view.tables;
    for (size_t field = 0; field < FIELDS; field++) {
        for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
            if (field * 8 == offsetof(struct pm_tables, is_plt_rela))
                continue;
            object.view.tables = sound;
            memcpy((uint8_t *)&object.view.tables + 8 * field, &addresses[i], 8);
            try_all("field", field);
        }
    }
}
END_TEST

static const struct spoil {
    const char *name;
    size_t table, offset, width; /* of struct pm_tables; within the table */
    uint64_t value;
    const char *detail;
} spoils[] = {
#define SPOIL(name, table, offset, width, value, detail) \
    {name, offsetof(struct pm_tables, table), offset, width, value, detail}
    SPOIL("an unknown DT_VERNEED", version_needs, 0, 2, 2, "DT_VERNEED is of an unknown version"),
    SPOIL("a needed library beyond the names", version_needs, 4, 4, 0xffffff,
          "a name lies outside the dynamic string table"),
    SPOIL("needed versions beyond the object", version_needs, 8, 4, 0xffffff, "DT_VERNEED is not in a load segment"),
    SPOIL("further needed versions beyond the object", version_needs, 12, 4, 0xffffff,
          "DT_VERNEED is not in a load segment"),
    SPOIL("a needed version beyond the names", version_needs, 16 + 8, 4, 0xffffff,
          "a name lies outside the dynamic string table"),
    SPOIL("an unknown DT_VERDEF", version_definitions, 0, 2, 9, "DT_VERDEF is of an unknown version"),
    SPOIL("the name of a version beyond the object", version_definitions, 12, 4, 0xffffff,
          "DT_VERDEF is not in a load segment"),
    SPOIL("further versions beyond the object", version_definitions, 16, 4, 0xffffff,
          "DT_VERDEF is not in a load segment"),
    SPOIL("a version beyond the names", version_definitions, 20, 4, 0xffffff,
          "a name lies outside the dynamic string table"),
    SPOIL("a symbol beyond the table", rel, 4, 4, 0xffffff01, "a relocation names a symbol beyond any table"),
};
enum { SPOILS = sizeof(spoils) / sizeof(spoils[0]) };

START_TEST(spoilt_table_says_what_is_wrong)
{
    const struct spoil *spoil = &spoils[_i];
    struct pm_arena arena = {0};
    struct pm_references references;
    struct pm_problem problem = {.detail = "nothing"};
    uint64_t table;
    make(&object, &targets[2]); /* 32 bits: the upper ones of a relocation's info are its symbol */
    memcpy(&table, (const uint8_t *)&object.view.tables + spoil->table, sizeof(table));
    put(&object, (size_t)(table - BASE) + spoil->offset, spoil->width, spoil->value);
    for (int i = 0; i < 2; i++) { /* asked again, it says the same, and keeps no memory of it */
        ck_assert_int_eq(pm_view_read_references(&object.view, &arena, &references, &problem), -1);
        ck_assert_msg(problem.code == PM_ELF_MALFORMED && strcmp(problem.detail, spoil->detail) == 0, "%s: %s",
                      spoil->name, problem.detail);
        ck_assert(object.view.has_versions || pm_arena_size(&object.view.arena) == 0);
        problem = (struct pm_problem){.detail = "nothing"};
    }
    pm_arena_free(&arena);
}
END_TEST

START_TEST(chain_without_end_is_malformed)
{
    Elf64_Sym symbol;
    struct pm_problem problem;
    make(&object, &targets[_i]);
    object.view.tables.gnu_hash = 0;
    size_t width = object.target.machine == EM_S390 || object.target.machine == 0x9026 ? 8 : 4;
    put(&object, (size_t)(object.view.tables.hash - BASE) + (3 + GIVEN - 1) * width, width, PLAIN); /* back again */
    ck_assert_int_eq(find("absent", NULL, false, &symbol, &problem), -1);
    ck_assert_str_eq(problem.detail, "DT_HASH has chains without end");
    ck_assert_uint_le(object.view.steps, 65536 + 1);
}
END_TEST

/* ---- entries of the dynamic section ---- */

START_TEST(addresses_below_the_base_are_relative_to_it)
{
    struct pm_tables tables = {0};
    pm_tables_add(&tables, DT_SYMTAB, 0x200, 0x10000);
    pm_tables_add(&tables, DT_STRTAB, 0x10300, 0x10000);
    pm_tables_add(&tables, DT_STRSZ, 0x80, 0x10000);
    pm_tables_add(&tables, DT_HASH, 0x400, 0);
    ck_assert_uint_eq(tables.symbols, 0x10200);
    ck_assert_uint_eq(tables.strings, 0x10300);
    ck_assert_uint_eq(tables.strings_size, 0x80);
    ck_assert_uint_eq(tables.hash, 0x400);
}
END_TEST

/* ---- without memory ---- */

START_TEST(references_without_memory_are_an_error)
{
    for (size_t nth = 1;; nth++) {
        struct pm_arena arena = {0};
        struct pm_references references;
        struct pm_problem problem;
        make(&object, &targets[0]);
        fail_allocation(nth);
        int result = pm_view_read_references(&object.view, &arena, &references, &problem);
        bool happened = fail_allocation_happened();
        fail_allocation(0);
        ck_assert(result == 0 || problem.code == PM_OUT_OF_MEMORY);
        ck_assert(!happened || result < 0 || arena.failed);
        pm_arena_free(&arena);
        pm_view_free(&object.view);
        object.view.arena = (struct pm_arena){0};
        if (!happened)
            break;
        ck_assert_uint_lt(nth, 100);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("symbols");
    TCase *tcase = tcase_create("symbols");
    tcase_add_checked_fixture(tcase, NULL, teardown);
    tcase_set_timeout(tcase, 0);
    tcase_add_loop_test(tcase, symbols_are_found_by_each_hash_table_in_their_versions, 0, TARGETS);
    tcase_add_loop_test(tcase, symbol_is_not_found_where_the_filter_stops_it, 0, TARGETS);
    tcase_add_test(tcase, object_without_versions_has_every_version);
    tcase_add_test(tcase, object_without_hash_tables_has_no_symbols);
    tcase_add_test(tcase, symbol_of_two_default_versions_is_found_by_version_only);
    tcase_add_loop_test(tcase, references_are_each_symbol_that_is_looked_up_once, 0, TARGETS);
    tcase_add_test(tcase, references_of_an_object_without_tables_are_none);
    tcase_add_loop_test(tcase, object_cut_at_any_length_is_malformed, 0, TARGETS);
    tcase_add_loop_test(tcase, object_with_any_byte_spoilt_does_no_harm, 0, TARGETS);
    tcase_add_loop_test(tcase, tables_at_any_address_do_no_harm, 0, TARGETS);
    tcase_add_loop_test(tcase, spoilt_table_says_what_is_wrong, 0, SPOILS);
    tcase_add_loop_test(tcase, chain_without_end_is_malformed, 0, TARGETS);
    tcase_add_test(tcase, addresses_below_the_base_are_relative_to_it);
    tcase_add_test(tcase, references_without_memory_are_an_error);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
