/* SPDX-License-Identifier: MIT */
/* The grades of coupling: a table of versions, policy, who provides, and texts -> the fit and what differs. */
#include "fit.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* ---- what is called ---- */

/* Linked with --wrap: how often texts are read and compared. */
static size_t parse_count, compare_count, definition_count;

int __real_pm_abi_parse(const char *text, struct pm_arena *arena, const struct pm_abi_tree **ret_tree,
                        struct pm_problem *ret_problem);
void __real_pm_abi_compare(const struct pm_abi_tree *from, const struct pm_abi_tree *to, struct pm_arena *arena,
                           struct pm_abi_difference *ret_difference);
enum pm_abi_definition __real_pm_abi_compare_definition(const struct pm_abi_tree *a, const struct pm_abi_tree *b,
                                                        const char *type, struct pm_arena *arena);
int __wrap_pm_abi_parse(const char *text, struct pm_arena *arena, const struct pm_abi_tree **ret_tree,
                        struct pm_problem *ret_problem);
void __wrap_pm_abi_compare(const struct pm_abi_tree *from, const struct pm_abi_tree *to, struct pm_arena *arena,
                           struct pm_abi_difference *ret_difference);
enum pm_abi_definition __wrap_pm_abi_compare_definition(const struct pm_abi_tree *a, const struct pm_abi_tree *b,
                                                        const char *type, struct pm_arena *arena);

int __wrap_pm_abi_parse(const char *text, struct pm_arena *arena, const struct pm_abi_tree **ret_tree,
                        struct pm_problem *ret_problem)
{
    parse_count++;
    return __real_pm_abi_parse(text, arena, ret_tree, ret_problem);
}

void __wrap_pm_abi_compare(const struct pm_abi_tree *from, const struct pm_abi_tree *to, struct pm_arena *arena,
                           struct pm_abi_difference *ret_difference)
{
    compare_count++;
    __real_pm_abi_compare(from, to, arena, ret_difference);
}

enum pm_abi_definition __wrap_pm_abi_compare_definition(const struct pm_abi_tree *a, const struct pm_abi_tree *b,
                                                        const char *type, struct pm_arena *arena)
{
    definition_count++;
    return __real_pm_abi_compare_definition(a, b, type, arena);
}

static void begin(void)
{
    parse_count = compare_count = definition_count = 0;
}

/* ---- grades ---- */

#define TEXT(body) "plugmgr-abi 1\nroot struct i\n" body
#define M1 TEXT("m 0 a *fn(void;)\nend 8\n")
#define M2 TEXT("m 0 a *fn(void;)\nm 8 b *fn(void;)\nend 16\n")
#define OTHER TEXT("m 0 a *fn(i32;)\nend 8\n")
#define LONGER_OTHER TEXT("m 0 a *fn(i32;)\nm 8 b *fn(void;)\nend 16\n")
#define KIND(enumerators) TEXT("m 0 a *fn(enum kind;)\nenum kind u32\n" enumerators "end 8\n")
#define DB(block) TEXT("m 0 a *fn(*struct db;)\nstruct db" block "end 8\n")
#define OPAQUE DB(" opaque\n")
#define COMPLETE DB(" 4\n 0 v i32\n")
#define BROKEN TEXT("m x\n")

enum provider { HOST, PLUGIN };

static const struct row {
    const char *name;
    enum plugmgr_policy policy;
    struct pm_version built, lowest, provided;
    const char *consumer, *provider; /* texts */
    /* told from the plugin's to the host's: with the host as provider the consumer comes first */
    enum pm_fit fit;
    const char *host_changes, *plugin_changes; /* who provides */
} rows[] = {
#define ANY PLUGMGR_POLICY_COMPATIBLE
#define EXACT PLUGMGR_POLICY_EXACT
#define BY_VERSION PLUGMGR_POLICY_VERSION
    /* 1: majors */
    {"a later major", ANY, {1, 2}, {1, 0}, {2, 2}, M1, M1, PM_FIT_OTHER_MAJOR, NULL, NULL},
    {"an earlier major", ANY, {1, 2}, {1, 0}, {0, 2}, M1, M2, PM_FIT_OTHER_MAJOR, "method b appended",
     "method b removed from the end"},
    {"another major, exact", EXACT, {1, 2}, {1, 0}, {2, 2}, M1, M2, PM_FIT_OTHER_MAJOR, "method b appended",
     "method b removed from the end"},
    {"another major, version", BY_VERSION, {1, 2}, {1, 0}, {2, 2}, M1, M2, PM_FIT_OTHER_MAJOR, NULL, NULL},
    {"another major, broken", ANY, {1, 2}, {1, 0}, {2, 2}, BROKEN, M2, PM_FIT_OTHER_MAJOR, NULL, NULL},
    {"another major, no text", ANY, {1, 2}, {1, 0}, {2, 2}, NULL, M2, PM_FIT_OTHER_MAJOR, NULL, NULL},
    /* 2: equal */
    {"equal", ANY, {1, 2}, {1, 0}, {1, 2}, M1, M1, PM_FIT_IDENTICAL, NULL, NULL},
    {"equal, exact", EXACT, {1, 2}, {1, 0}, {1, 2}, M1, M1, PM_FIT_IDENTICAL, NULL, NULL},
    {"equal texts of a later minor", ANY, {1, 2}, {1, 0}, {1, 3}, M1, M1, PM_FIT_IDENTICAL, NULL, NULL},
    {"equal texts of a later minor, exact", EXACT, {1, 2}, {1, 0}, {1, 3}, M1, M1, PM_FIT_NOT_EQUAL, NULL, NULL},
    {"equal texts of an earlier minor, exact", EXACT, {1, 2}, {1, 0}, {1, 1}, M1, M1, PM_FIT_NOT_EQUAL, NULL, NULL},
    {"equal in what they say, exact", EXACT, {1, 2}, {1, 0}, {1, 2}, M1,
     TEXT("m 0 a *fn(void;)\nstruct unused 4\n 0 v i32\nend 8\n"), PM_FIT_IDENTICAL, NULL, NULL},
    {"equal, and broken", ANY, {1, 2}, {1, 0}, {1, 2}, BROKEN, BROKEN, PM_FIT_IDENTICAL, NULL, NULL},
    /* 3: a newer provider */
    {"newer with more", ANY, {1, 2}, {1, 2}, {1, 3}, M1, M2, PM_FIT_COMPATIBLE, "method b appended",
     "method b removed from the end"},
    {"newer with more, exact", EXACT, {1, 2}, {1, 2}, {1, 3}, M1, M2, PM_FIT_NOT_EQUAL, "method b appended",
     "method b removed from the end"},
    {"newer with more, version", BY_VERSION, {1, 2}, {1, 2}, {1, 3}, M1, M2, PM_FIT_IDENTICAL, NULL, NULL},
    {"newer with less", ANY, {1, 2}, {1, 0}, {1, 3}, M2, M1, PM_FIT_LAYOUT, "method b removed from the end",
     "method b appended"},
    {"newer with less, version", BY_VERSION, {1, 2}, {1, 0}, {1, 3}, M2, M1, PM_FIT_IDENTICAL, NULL, NULL},
    {"newer and other", ANY, {1, 2}, {1, 0}, {1, 3}, M1, LONGER_OTHER, PM_FIT_LAYOUT,
     "method a: return type changed from void to i32\nmethod b appended",
     "method a: return type changed from i32 to void\nmethod b removed from the end"},
    /* 4: an older provider */
    {"older with less", ANY, {1, 2}, {1, 0}, {1, 1}, M2, M1, PM_FIT_COMPATIBLE, "method b removed from the end",
     "method b appended"},
    {"older with less, exact", EXACT, {1, 2}, {1, 0}, {1, 1}, M2, M1, PM_FIT_NOT_EQUAL,
     "method b removed from the end", "method b appended"},
    {"older with more", ANY, {1, 2}, {1, 0}, {1, 1}, M1, M2, PM_FIT_LAYOUT, "method b appended",
     "method b removed from the end"},
    {"the lowest", ANY, {1, 2}, {1, 1}, {1, 1}, M2, M1, PM_FIT_COMPATIBLE, "method b removed from the end",
     "method b appended"},
    {"below the lowest", ANY, {1, 2}, {1, 1}, {1, 0}, M2, M1, PM_FIT_TOO_OLD, "method b removed from the end",
     "method b appended"},
    {"below the lowest, exact", EXACT, {1, 2}, {1, 1}, {1, 0}, M1, M1, PM_FIT_TOO_OLD, NULL, NULL},
    {"below the lowest, version", BY_VERSION, {1, 2}, {1, 1}, {1, 0}, M2, M1, PM_FIT_TOO_OLD, NULL, NULL},
    /* 5: more in the same version */
    {"more in the provider", ANY, {1, 2}, {1, 0}, {1, 2}, M1, M2, PM_FIT_UNBUMPED, "method b appended",
     "method b removed from the end"},
    {"more in the consumer", ANY, {1, 2}, {1, 0}, {1, 2}, M2, M1, PM_FIT_UNBUMPED, "method b removed from the end",
     "method b appended"},
    {"more in the provider, exact", EXACT, {1, 2}, {1, 0}, {1, 2}, M1, M2, PM_FIT_UNBUMPED, "method b appended",
     "method b removed from the end"},
    {"more in the provider, version", BY_VERSION, {1, 2}, {1, 0}, {1, 2}, M1, M2, PM_FIT_IDENTICAL, NULL, NULL},
    /* 6: opaque, enumerators */
    {"opaque to the provider", ANY, {1, 2}, {1, 0}, {1, 2}, COMPLETE, OPAQUE, PM_FIT_COMPATIBLE,
     "struct db: opaque instead of complete", "struct db: complete instead of opaque"},
    {"opaque to the consumer", ANY, {1, 2}, {1, 0}, {1, 2}, OPAQUE, COMPLETE, PM_FIT_COMPATIBLE,
     "struct db: complete instead of opaque", "struct db: opaque instead of complete"},
    {"opaque to the consumer, exact", EXACT, {1, 2}, {1, 0}, {1, 2}, OPAQUE, COMPLETE, PM_FIT_NOT_EQUAL,
     "struct db: complete instead of opaque", "struct db: opaque instead of complete"},
    {"an enumerator more in the provider", ANY, {1, 2}, {1, 0}, {1, 2}, KIND(" A=0\n"), KIND(" A=0\n B=1\n"),
     PM_FIT_ENUMERATORS, "enum kind: enumerator 'B' = 1 added (reached by a)",
     "enum kind: enumerator 'B' = 1 removed (reached by a)"},
    {"an enumerator more in the consumer", ANY, {1, 2}, {1, 0}, {1, 1}, KIND(" A=0\n B=1\n"), KIND(" A=0\n"),
     PM_FIT_ENUMERATORS, "enum kind: enumerator 'B' = 1 removed (reached by a)",
     "enum kind: enumerator 'B' = 1 added (reached by a)"},
    {"an enumerator more, exact", EXACT, {1, 2}, {1, 0}, {1, 2}, KIND(" A=0\n"), KIND(" A=0\n B=1\n"),
     PM_FIT_NOT_EQUAL, "enum kind: enumerator 'B' = 1 added (reached by a)",
     "enum kind: enumerator 'B' = 1 removed (reached by a)"},
    {"an enumerator more, version", BY_VERSION, {1, 2}, {1, 0}, {1, 2}, KIND(" A=0\n"), KIND(" A=0\n B=1\n"),
     PM_FIT_IDENTICAL, NULL, NULL},
    /* 7: else */
    {"other", ANY, {1, 2}, {1, 0}, {1, 2}, M1, OTHER, PM_FIT_LAYOUT,
     "method a: return type changed from void to i32", "method a: return type changed from i32 to void"},
    {"other, exact", EXACT, {1, 2}, {1, 0}, {1, 2}, M1, OTHER, PM_FIT_LAYOUT,
     "method a: return type changed from void to i32", "method a: return type changed from i32 to void"},
    {"other, version", BY_VERSION, {1, 2}, {1, 0}, {1, 2}, M1, OTHER, PM_FIT_IDENTICAL, NULL, NULL},
    {"another interface's text", ANY, {1, 2}, {1, 0}, {1, 2}, M1,
     "plugmgr-abi 1\nroot struct k\nm 0 a *fn(void;)\nend 8\n", PM_FIT_LAYOUT, "the interface is 'k' instead of 'i'",
     "the interface is 'i' instead of 'k'"},
    /* texts that are not there or cannot be read */
    {"no text, version", BY_VERSION, {1, 2}, {1, 0}, {1, 2}, NULL, NULL, PM_FIT_IDENTICAL, NULL, NULL},
    {"broken, version", BY_VERSION, {1, 2}, {1, 0}, {1, 2}, M1, BROKEN, PM_FIT_IDENTICAL, NULL, NULL},
    {"no text below the lowest", ANY, {1, 2}, {1, 1}, {1, 0}, M1, NULL, PM_FIT_TOO_OLD, NULL, NULL},
    {"no text of another minor, exact", EXACT, {1, 2}, {1, 1}, {1, 3}, NULL, NULL, PM_FIT_NOT_EQUAL, NULL, NULL},
    {"broken below the lowest", ANY, {1, 2}, {1, 1}, {1, 0}, M1, BROKEN, PM_FIT_TOO_OLD, NULL, NULL},
};

static struct pm_coupling coupling_of(const struct row *row, enum provider provider)
{
    return (struct pm_coupling){
        .built = row->built,
        .lowest = row->lowest,
        .provided = row->provided,
        .plugin_provides = provider == PLUGIN,
        .plugin_text = provider == PLUGIN ? row->provider : row->consumer,
        .host_text = provider == PLUGIN ? row->consumer : row->provider,
    };
}

static const char *shown(const char *text)
{
    return text != NULL ? text : "(none)";
}

static void expect_row(const struct row *row, enum provider provider)
{
    struct pm_arena arena = {0};
    struct pm_texts texts = {.arena = &arena};
    struct pm_fit_result result;
    const struct pm_fit_world nowhere = {0};
    const struct pm_coupling coupling = coupling_of(row, provider);
    const char *changes = provider == PLUGIN ? row->plugin_changes : row->host_changes;
    pm_fit(&coupling, row->policy, &nowhere, &texts, &result);
    ck_assert_msg(result.fit == row->fit, "%s: fit is %d, not %d", row->name, (int)result.fit, (int)row->fit);
    ck_assert_msg(strcmp(shown(result.changes), shown(changes)) == 0, "%s, %s provides: %s", row->name,
                  provider == PLUGIN ? "plugin" : "host", shown(result.changes));
    ck_assert_msg(result.problem == NULL, "%s: %s", row->name, shown(result.problem));
    ck_assert(!result.has_rival);
    ck_assert(!arena.failed);
    pm_arena_free(&arena);
}

START_TEST(fit_is_graded_whoever_provides)
{
    expect_row(&rows[_i], HOST);
    expect_row(&rows[_i], PLUGIN);
}
END_TEST

START_TEST(fits_are_the_first_three)
{
    for (enum pm_fit fit = PM_FIT_IDENTICAL; fit <= PM_FIT_OTHER_MAJOR; fit++)
        ck_assert(pm_fits(fit) ==
                  (fit == PM_FIT_IDENTICAL || fit == PM_FIT_COMPATIBLE || fit == PM_FIT_ENUMERATORS));
}
END_TEST

/* ---- texts that are not there, or cannot be read ---- */

static const struct {
    const char *plugin, *host;
    enum pm_fit fit;
    bool is_plugin_at_fault;
} faults[] = {
    {NULL, M1, PM_FIT_UNFINGERPRINTED, true},  {M1, NULL, PM_FIT_UNFINGERPRINTED, false},
    {NULL, NULL, PM_FIT_UNFINGERPRINTED, true}, {BROKEN, NULL, PM_FIT_UNFINGERPRINTED, false},
    {BROKEN, M1, PM_FIT_MALFORMED, true},      {M1, BROKEN, PM_FIT_MALFORMED, false},
    {BROKEN, "", PM_FIT_MALFORMED, true},
};

/* _i: two for each, compatible and exact */
START_TEST(fault_is_told_whose_it_is)
{
    struct pm_arena arena = {0};
    struct pm_texts texts = {.arena = &arena};
    struct pm_fit_result result;
    const struct pm_fit_world nowhere = {0};
    const struct pm_coupling coupling = {.built = {1, 0},
                                         .lowest = {1, 0},
                                         .provided = {1, 0},
                                         .plugin_text = faults[_i / 2].plugin,
                                         .host_text = faults[_i / 2].host};
    pm_fit(&coupling, _i % 2 == 0 ? ANY : EXACT, &nowhere, &texts, &result);
    ck_assert_int_eq(result.fit, faults[_i / 2].fit);
    ck_assert_int_eq(result.is_plugin_at_fault, faults[_i / 2].is_plugin_at_fault);
    ck_assert_ptr_null(result.changes);
    if (result.fit == PM_FIT_MALFORMED)
        ck_assert_str_eq(result.problem, "line 3: not the offset of a member");
    else
        ck_assert_ptr_null(result.problem);
    pm_arena_free(&arena);
}
END_TEST

/* ---- types that are opaque on one side ---- */

#define OTHER_DB DB(" 8\n 0 v i64\n")

static const struct {
    const char *name;
    const char *plugin, *host;
    const char *texts[2]; /* of two other modules; NULL: none */
    const char *conflict; /* NULL: they fit */
} rivals[] = {
    {"nobody else", COMPLETE, OPAQUE, {NULL, NULL}, NULL},
    {"the same", COMPLETE, OPAQUE, {COMPLETE, COMPLETE}, NULL},
    {"opaque to others", COMPLETE, OPAQUE, {OPAQUE, OPAQUE}, NULL},
    {"others that cannot be read", COMPLETE, OPAQUE, {BROKEN, BROKEN}, NULL},
    {"others that do not know it", COMPLETE, OPAQUE, {M1, M2}, NULL},
    {"another behind the plugin's", COMPLETE, OPAQUE, {M1, OTHER_DB},
     "struct db: opaque to the host; the plugin completes it in one way, and second (interface i) in another"},
    {"another behind the host's", OPAQUE, COMPLETE, {OTHER_DB, M1},
     "struct db: opaque to the plugin; the host completes it in one way, and another module (interface i) in another"},
    {"opaque to both", OPAQUE, OPAQUE, {COMPLETE, OTHER_DB}, NULL},
    {"known to both", COMPLETE, COMPLETE, {OPAQUE, OTHER_DB}, NULL},
};

START_TEST(opaque_type_has_one_definition_in_the_world)
{
    struct pm_arena arena = {0};
    struct pm_texts texts = {.arena = &arena};
    struct pm_fit_result result;
    struct pm_abi abis[2] = {{.interface_name = "i", .text = rivals[_i].texts[0]},
                             {.interface_name = "i", .text = rivals[_i].texts[1]}};
    const struct pm_facts modules[2] = {{.abis = &abis[0], .abi_count = abis[0].text != NULL},
                                        {.name = "second", .abis = &abis[1], .abi_count = abis[1].text != NULL}};
    const struct pm_facts *const list[] = {&modules[0], &modules[1]};
    const struct pm_fit_world world = {list, 2};
    const struct pm_coupling coupling = {.built = {1, 0},
                                         .lowest = {1, 0},
                                         .provided = {1, 0},
                                         .plugin_text = rivals[_i].plugin,
                                         .host_text = rivals[_i].host};
    pm_fit(&coupling, ANY, &world, &texts, &result);
    ck_assert_msg(pm_fits(result.fit) == (rivals[_i].conflict == NULL), "%s: %s", rivals[_i].name,
                  shown(result.changes));
    ck_assert(result.has_rival == (rivals[_i].conflict != NULL));
    if (rivals[_i].conflict != NULL) {
        ck_assert_int_eq(result.fit, PM_FIT_LAYOUT);
        ck_assert_str_eq(result.changes, rivals[_i].conflict);
    }
    pm_arena_free(&arena);
}
END_TEST

/* Of what does not fit by its structure, the world is not asked. */
START_TEST(world_is_asked_for_what_fits_alone)
{
    struct pm_arena arena = {0};
    struct pm_texts texts = {.arena = &arena};
    struct pm_fit_result result;
    struct pm_abi abi = {.interface_name = "i", .text = OTHER_DB};
    const struct pm_facts module = {.abis = &abi, .abi_count = 1};
    const struct pm_facts *const list[] = {&module};
    const struct pm_fit_world world = {list, 1};
    struct pm_coupling coupling = {.built = {1, 0},
                                   .lowest = {1, 0},
                                   .provided = {1, 0},
                                   .plugin_text = COMPLETE,
                                   .host_text = TEXT("m 0 a *fn(*struct db;)\nstruct db opaque\nm 8 b *fn(void;)\n"
                                                     "end 16\n")};
    pm_fit(&coupling, ANY, &world, &texts, &result);
    ck_assert_int_eq(result.fit, PM_FIT_UNBUMPED);
    coupling.provided.major = 2;
    coupling.host_text = OPAQUE;
    pm_fit(&coupling, ANY, &world, &texts, &result);
    ck_assert_int_eq(result.fit, PM_FIT_OTHER_MAJOR);
    ck_assert_str_eq(result.changes, "struct db: opaque instead of complete");
    coupling.provided.major = 1;
    pm_fit(&coupling, EXACT, &world, &texts, &result);
    ck_assert_int_eq(result.fit, PM_FIT_NOT_EQUAL);
    ck_assert_uint_eq(definition_count, 0);
    pm_arena_free(&arena);
}
END_TEST

/* ---- texts ---- */

START_TEST(text_is_read_once)
{
    enum { MANY = 1000 };
    static char many[MANY][sizeof(M1)];
    static const struct pm_abi_tree *trees[MANY];
    struct pm_arena arena = {0};
    struct pm_texts texts = {.arena = &arena};
    struct pm_problem problem;
    for (size_t round = 0; round < 3; round++)
        for (size_t i = 0; i < MANY; i++) {
            memcpy(many[i], M1, sizeof(M1));
            const struct pm_abi_tree *tree = pm_texts_tree(&texts, many[i], &problem);
            ck_assert_ptr_nonnull(tree);
            ck_assert(round == 0 || tree == trees[i]);
            trees[i] = tree;
        }
    ck_assert_uint_eq(parse_count, MANY);
    ck_assert_uint_eq(texts.count, MANY);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(text_that_cannot_be_read_is_read_once_too)
{
    struct pm_arena arena = {0};
    struct pm_texts texts = {.arena = &arena};
    for (size_t i = 0; i < 3; i++) {
        struct pm_problem problem = {0};
        ck_assert_ptr_null(pm_texts_tree(&texts, BROKEN, &problem));
        ck_assert_int_eq(problem.code, PM_ABI_MALFORMED);
        ck_assert_str_eq(problem.detail, "line 3: not the offset of a member");
    }
    ck_assert_uint_eq(parse_count, 1);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(equal_texts_are_not_read)
{
    static const char copy[] = M1;
    struct pm_arena arena = {0};
    struct pm_texts texts = {.arena = &arena};
    struct pm_fit_result result;
    const struct pm_fit_world nowhere = {0};
    const struct pm_coupling coupling = {
        .built = {1, 0}, .lowest = {1, 0}, .provided = {1, 0}, .plugin_text = M1, .host_text = copy};
    pm_fit(&coupling, ANY, &nowhere, &texts, &result);
    ck_assert_int_eq(result.fit, PM_FIT_IDENTICAL);
    ck_assert_uint_eq(parse_count, 0);
    pm_arena_free(&arena);
}
END_TEST

/* ---- an end of the work ---- */

/* A text of the named number of methods, which another one has not. The caller frees it. */
static char *long_text(size_t methods, char letter)
{
    struct pm_buffer buffer = {0};
    char line[80];
    pm_buffer_add(&buffer, "plugmgr-abi 1\nroot struct i\n");
    for (size_t i = 0; i < methods; i++) {
        snprintf(line, sizeof(line), "m %zu %c%zu *fn(void;)\n", 8 * i, letter, i);
        pm_buffer_add(&buffer, line);
    }
    snprintf(line, sizeof(line), "end %zu\n", 8 * methods);
    pm_buffer_add(&buffer, line);
    return buffer.data;
}

START_TEST(comparing_has_an_end)
{
    char *a = long_text(40000, 'a'), *b = long_text(40000, 'b');
    struct pm_arena arena = {0};
    struct pm_texts texts = {.arena = &arena};
    struct pm_fit_result result;
    const struct pm_fit_world nowhere = {0};
    struct pm_coupling coupling = {
        .built = {1, 0}, .lowest = {1, 0}, .provided = {1, 0}, .plugin_text = a, .host_text = b};
    size_t rounds = 0;
    do {
        ck_assert_uint_lt(++rounds, 1000);
        pm_fit(&coupling, ANY, &nowhere, &texts, &result);
        ck_assert_int_eq(result.fit, PM_FIT_LAYOUT);
    } while (compare_count == rounds);
    ck_assert_uint_ge(rounds, 10); /* of megabytes: what modules have is a thousandth of it */
    ck_assert_uint_eq(parse_count, 2);
    ck_assert_str_eq(result.changes, "too much to compare: the modules have too many versions and types");
    ck_assert(!result.has_rival);
    coupling.provided.major = 2;
    pm_fit(&coupling, ANY, &nowhere, &texts, &result);
    ck_assert_int_eq(result.fit, PM_FIT_OTHER_MAJOR);
    ck_assert_ptr_null(result.changes);
    pm_arena_free(&arena);
    free(a);
    free(b);
}
END_TEST

enum { TYPES = 1000, MODULE_TEXTS = 4000 };

/* A root that takes pointers to many types, complete or opaque. The caller frees it. */
static char *text_of_types(bool is_complete)
{
    struct pm_buffer buffer = {0};
    char line[120];
    pm_buffer_add(&buffer, "plugmgr-abi 1\nroot struct i\n");
    for (size_t i = 0; i < TYPES; i++) {
        snprintf(line, sizeof(line), "m %zu a%zu *struct t%zu\nstruct t%zu %s", 8 * i, i, i, i,
                 is_complete ? "4\n 0 v i32\n" : "opaque\n");
        pm_buffer_add(&buffer, line);
    }
    snprintf(line, sizeof(line), "end %d\n", 8 * TYPES);
    pm_buffer_add(&buffer, line);
    return buffer.data;
}

/* A thousand types, of which each of thousands of texts must be asked, again and again: it ends with a refusal. */
START_TEST(asking_the_world_has_an_end)
{
    static struct pm_abi abis[MODULE_TEXTS];
    static char copies[MODULE_TEXTS][sizeof(M1)];
    char *complete = text_of_types(true), *opaque = text_of_types(false);
    struct pm_arena arena = {0};
    struct pm_texts texts = {.arena = &arena};
    struct pm_fit_result result;
    for (size_t i = 0; i < MODULE_TEXTS; i++) {
        memcpy(copies[i], M1, sizeof(M1));
        abis[i] = (struct pm_abi){.interface_name = "i", .text = copies[i]};
    }
    const struct pm_facts module = {.abis = abis, .abi_count = MODULE_TEXTS};
    const struct pm_facts *const list[] = {&module};
    const struct pm_fit_world world = {list, 1};
    const struct pm_coupling coupling = {
        .built = {1, 0}, .lowest = {1, 0}, .provided = {1, 0}, .plugin_text = complete, .host_text = opaque};
    pm_fit(&coupling, ANY, &world, &texts, &result);
    ck_assert_int_eq(result.fit, PM_FIT_LAYOUT);
    ck_assert_str_eq(result.changes, "too much to compare: the modules have too many versions and types");
    ck_assert(!result.has_rival);
    ck_assert_uint_le(parse_count, MODULE_TEXTS + 2);
    ck_assert_uint_lt(definition_count, (size_t)TYPES * MODULE_TEXTS / 2);
    ck_assert_uint_gt(definition_count, (size_t)100 * 1000); /* a hundred plugins of ten interfaces, and ten types */
    pm_arena_free(&arena);
    free(complete);
    free(opaque);
}
END_TEST

/* ---- memory ---- */

START_TEST(fit_without_memory_says_so)
{
    bool was_enough = false;
    struct pm_abi abi = {.interface_name = "i", .text = COMPLETE};
    const struct pm_facts module = {.abis = &abi, .abi_count = 1};
    const struct pm_facts *const list[] = {&module};
    const struct pm_fit_world world = {list, 1};
    const struct pm_coupling coupling = {
        .built = {1, 0}, .lowest = {1, 0}, .provided = {1, 0}, .plugin_text = OTHER_DB, .host_text = OPAQUE};
    for (size_t nth = 1; !was_enough; nth++) {
        struct pm_arena arena = {0};
        struct pm_texts texts = {.arena = &arena};
        struct pm_fit_result result;
        ck_assert_uint_lt(nth, 1000);
        if (_i == 0)
            fail_allocation_once(nth);
        else
            fail_allocation(nth);
        pm_fit(&coupling, ANY, &world, &texts, &result);
        was_enough = !fail_allocation_happened();
        fail_allocation(0);
        ck_assert_int_eq(arena.failed, !was_enough);
        if (was_enough)
            ck_assert(result.has_rival);
        pm_arena_free(&arena);
    }
}
END_TEST

START_TEST(texts_without_memory_say_so)
{
    static char many[40][sizeof(M1)];
    for (size_t nth = 1; nth < 60; nth++) {
        struct pm_arena arena = {0};
        struct pm_texts texts = {.arena = &arena};
        struct pm_problem problem;
        fail_allocation_once(nth);
        for (size_t i = 0; i < 80; i++) { /* each twice */
            memcpy(many[i % 40], M1, sizeof(M1));
            pm_texts_tree(&texts, many[i % 40], &problem);
        }
        bool happened = fail_allocation_happened();
        fail_allocation(0);
        ck_assert_int_eq(arena.failed, happened);
        pm_arena_free(&arena);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fit");
    TCase *tcase = tcase_create("fit");
    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, fit_is_graded_whoever_provides, 0, COUNT(rows));
    tcase_add_test(tcase, fits_are_the_first_three);
    tcase_add_loop_test(tcase, fault_is_told_whose_it_is, 0, 2 * COUNT(faults));
    tcase_add_loop_test(tcase, opaque_type_has_one_definition_in_the_world, 0, COUNT(rivals));
    tcase_add_test(tcase, world_is_asked_for_what_fits_alone);
    tcase_add_test(tcase, text_is_read_once);
    tcase_add_test(tcase, text_that_cannot_be_read_is_read_once_too);
    tcase_add_test(tcase, equal_texts_are_not_read);
    tcase_add_test(tcase, comparing_has_an_end);
    tcase_add_test(tcase, asking_the_world_has_an_end);
    tcase_add_loop_test(tcase, fit_without_memory_says_so, 0, 2);
    tcase_add_test(tcase, texts_without_memory_say_so);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
