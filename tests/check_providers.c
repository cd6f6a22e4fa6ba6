/* SPDX-License-Identifier: MIT */
/* Who provides what is required: in which order they are tried, how they fit, and how far their tables reach. */
#include "graph.h"
#include "providers.h"

#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

enum { MAX_CANDIDATES = 8 };

static void make_providers(struct graph *graph, enum plugmgr_policy policy, struct pm_providers *ret_providers)
{
    pm_providers_make(&graph->plugin, &graph->world, policy, &graph->arena, ret_providers);
    ck_assert(!graph->arena.failed);
}

static const char *name_of(const struct pm_provider *provider)
{
    return provider->by == PM_MET_BY_HOST ? "host" : provider->facts->name;
}

/* ---- in which order ---- */

static const struct order_row {
    const char *name, *plugin, *host, *candidates[MAX_CANDIDATES];
    struct pm_preference preferences[3];
    const char *tried, *all; /* "NAME:MINOR …"; all: with those whose version cannot fit */
} order_rows[] = {
    {"nobody", "a -x:1.0", NULL, {NULL}, {{0}}, "", ""},
    {"names beside it are others", "a -x:1.0", "host +w:1.0 +xx:1.0", {"b +y:1.0"}, {{0}}, "", ""},
    {"the host, the latest, the open, the first",
     "a -x:1.9/0",
     "host +x:1.1",
     {"*b +x:1.0", "c +x:1.3", "d +x:1.3", "*e +x:1.3"},
     {{0}},
     "host:1.1 e:1.3 c:1.3 d:1.3 b:1.0",
     "host:1.1 e:1.3 c:1.3 d:1.3 b:1.0"},
    {"several tables of one plugin",
     "a -x:1.0",
     "host",
     {"b +x:1.0 +x:1.1 +x:1.0"},
     {{0}},
     "b:1.1 b:1.0 b:1.0",
     "b:1.1 b:1.0 b:1.0"},
    {"only those that may fit",
     "a -x:2.3/2",
     "host",
     {"b +x:3.0", "c +x:2.4", "d +x:2.2", "e +x:2.1", "f +x:1.9"},
     {{0}},
     "c:2.4 d:2.2",
     "b:3.0 c:2.4 d:2.2 e:2.1 f:1.9"},
    {"preferred ones first, in that order",
     "a -x:1.0",
     "host +x:1.9",
     {"b +x:1.3", "c +x:1.1", "d +x:1.2"},
     {{"x", "c"}, {"x", "nobody"}, {"x", "d"}},
     "c:1.1 d:1.2 host:1.9 b:1.3",
     "c:1.1 d:1.2 host:1.9 b:1.3"},
    {"the plugin itself counts", "a +x:1.0 -x:1.0", "host", {"b +x:1.0"}, {{0}}, "b:1.0 a:1.0", "b:1.0 a:1.0"},
};

static const char *walk_text(struct graph *graph, struct pm_providers *providers, bool has_all)
{
    struct pm_buffer text = {0};
    struct pm_provider_walk walk;
    struct pm_provider *provider;
    pm_provider_walk_begin(providers, &graph->plugin, &graph->plugin.requires_[0], has_all, &walk);
    while ((provider = pm_provider_walk_next(providers, &walk)) != NULL) {
        pm_buffer_add(&text, text.size > 0 ? " " : "");
        pm_buffer_add(&text, name_of(provider));
        pm_buffer_add(&text, ":");
        pm_buffer_add(&text, pm_arena_number(&graph->arena, provider->provide->version.major));
        pm_buffer_add(&text, ".");
        pm_buffer_add(&text, pm_arena_number(&graph->arena, provider->provide->version.minor));
    }
    const char *copy = pm_arena_copy(&graph->arena, text.data != NULL ? text.data : "");
    free(text.data);
    return copy;
}

START_TEST(providers_are_tried_in_order)
{
    const struct order_row *row = &order_rows[_i];
    struct graph graph;
    struct pm_providers providers;
    size_t count = 0;
    while (row->candidates[count] != NULL)
        count++;
    graph_make(&graph, row->plugin, row->host, row->candidates, count);
    graph.world.preferences = row->preferences;
    while (graph.world.preference_count < 3 && row->preferences[graph.world.preference_count].interface_name != NULL)
        graph.world.preference_count++;
    make_providers(&graph, PLUGMGR_POLICY_VERSION, &providers);
    const char *tried = walk_text(&graph, &providers, false), *all = walk_text(&graph, &providers, true);
    ck_assert_msg(strcmp(tried, row->tried) == 0, "%s: tried: %s", row->name, tried);
    ck_assert_msg(strcmp(all, row->all) == 0, "%s: all: %s", row->name, all);
    graph_free(&graph);
}
END_TEST

/* ---- how they fit, and how far they reach ---- */

static const struct fit_row {
    const char *name, *plugin, *candidate;
    enum plugmgr_policy policy;
    enum pm_fit fit;
    size_t size; /* if it fits */
    const char *changes;
} fit_rows[] = {
#define ANY PLUGMGR_POLICY_COMPATIBLE
    {"the same", "a -x:1.1=2", "b +x:1.1=2", ANY, PM_FIT_IDENTICAL, SIZE_MAX, NULL},
    {"a later one with more", "a -x:1.1=2", "b +x:1.2=3", ANY, PM_FIT_COMPATIBLE, SIZE_MAX, "method m2 appended"},
    {"an earlier one with less", "a -x:1.2=3", "b +x:1.0=1", ANY, PM_FIT_COMPATIBLE, 8,
     "methods m1 and m2 removed from the end"},
    {"an earlier one with as much", "a -x:1.2=3", "b +x:1.1=3", ANY, PM_FIT_IDENTICAL, SIZE_MAX, NULL},
    {"an earlier one than can be lived with", "a -x:1.2/1=3", "b +x:1.0=1", ANY, PM_FIT_TOO_OLD, 0,
     "methods m1 and m2 removed from the end"},
    {"more in one version", "a -x:1.2=3", "b +x:1.2=4", ANY, PM_FIT_UNBUMPED, 0, "method m3 appended"},
    {"another major", "a -x:1.2=3", "b +x:2.0=3", ANY, PM_FIT_OTHER_MAJOR, 0, NULL},
    {"exactly that", "a -x:1.2=3", "b +x:1.1=2", PLUGMGR_POLICY_EXACT, PM_FIT_NOT_EQUAL, 0,
     "method m2 removed from the end"},
    {"without a fingerprint", "a -x:1.2=3", "b +x:1.2", ANY, PM_FIT_UNFINGERPRINTED, 0, NULL},
    {"by version alone, later", "a -x:1.2", "b +x:1.2", PLUGMGR_POLICY_VERSION, PM_FIT_IDENTICAL, SIZE_MAX, NULL},
    {"by version alone, earlier", "a -x:1.2", "b +x:1.1", PLUGMGR_POLICY_VERSION, PM_FIT_IDENTICAL, 0, NULL},
    {"by version alone, and fingerprints tell", "a -x:1.2=3", "b +x:1.1=2", PLUGMGR_POLICY_VERSION, PM_FIT_IDENTICAL,
     16, NULL},
};

START_TEST(provider_fits_and_reaches)
{
    const struct fit_row *row = &fit_rows[_i];
    const char *const candidates[] = {row->candidate};
    struct graph graph;
    struct pm_providers providers;
    struct pm_provider_walk walk;
    struct pm_fit_result result;
    graph_make(&graph, row->plugin, "host", candidates, 1);
    make_providers(&graph, row->policy, &providers);
    pm_provider_walk_begin(&providers, &graph.plugin, &graph.plugin.requires_[0], true, &walk);
    struct pm_provider *provider = pm_provider_walk_next(&providers, &walk);
    ck_assert_ptr_nonnull(provider);
    pm_providers_fit(&providers, &walk, provider, &result);
    ck_assert_msg(result.fit == row->fit, "%s: fit %d", row->name, (int)result.fit);
    ck_assert_msg(row->changes == NULL ? result.changes == NULL : strcmp(result.changes, row->changes) == 0,
                  "%s: changes: %s", row->name, result.changes);
    if (pm_fits(result.fit)) {
        struct pm_met met = pm_providers_meet(&providers, &walk, provider);
        ck_assert_msg(met.size == row->size, "%s: size %zu", row->name, met.size);
        ck_assert(met.by == PM_MET_BY_CANDIDATE && met.index == 0 && met.provide == 0);
    }
    graph_free(&graph);
}
END_TEST

START_TEST(offer_of_the_host_is_met_by_its_index)
{
    struct graph graph;
    struct pm_providers providers;
    struct pm_provider_walk walk;
    graph_make(&graph, "a -x:1.0", "host +w:1.0 +x:1.0", NULL, 0);
    make_providers(&graph, PLUGMGR_POLICY_VERSION, &providers);
    pm_provider_walk_begin(&providers, &graph.plugin, &graph.plugin.requires_[0], false, &walk);
    struct pm_provider *provider = pm_provider_walk_next(&providers, &walk);
    struct pm_met met = pm_providers_meet(&providers, &walk, provider);
    ck_assert(met.by == PM_MET_BY_HOST && met.provide == 1);
    ck_assert_ptr_null(pm_provider_walk_next(&providers, &walk));
    graph_free(&graph);
}
END_TEST

/* An opaque type that two modules of the world complete in two ways is told of the provider, not of a host. */
START_TEST(rival_is_told_of_the_provider)
{
    const char *const candidates[] = {"b +x:1.0=1"};
    static const char opaque[] = "plugmgr-abi 1\nroot struct x\nm 0 a *fn(*struct db;)\nstruct db opaque\nend 8\n";
    static const char whole[] = "plugmgr-abi 1\nroot struct x\nm 0 a *fn(*struct db;)\nstruct db 4\n 0 v i32\nend 8\n";
    static const char other[] = "plugmgr-abi 1\nroot struct y\nm 0 a *fn(*struct db;)\nstruct db 8\n 0 v i64\nend 8\n";
    struct pm_abi rival = {.interface_name = "y", .version = {1, 0}, .text = other};
    const struct pm_facts beside = {.name = "beside", .abis = &rival, .abi_count = 1};
    const struct pm_facts *const others[] = {&beside};
    struct graph graph;
    struct pm_providers providers;
    struct pm_provider_walk walk;
    struct pm_fit_result result;
    graph_make(&graph, "a -x:1.0=1", "host", candidates, 1);
    graph.plugin.abis[0].text = opaque;
    graph.facts[0].abis[0].text = whole;
    graph.world.others = others;
    graph.world.other_count = 1;
    make_providers(&graph, ANY, &providers);
    pm_provider_walk_begin(&providers, &graph.plugin, &graph.plugin.requires_[0], false, &walk);
    pm_providers_fit(&providers, &walk, pm_provider_walk_next(&providers, &walk), &result);
    ck_assert(result.fit == PM_FIT_LAYOUT && result.has_rival);
    ck_assert_str_eq(result.changes, "struct db: opaque to the plugin; the provider completes it in one way, and "
                                     "beside (interface y) in another");
    graph_free(&graph);
}
END_TEST

/* What a table hands around has a text of its own, by which it must fit, too: a later one has more, and may only be
 * given by who provides it. */
static const struct handed_row {
    const char *name, *given, *provided; /* bodies of db's text: of the user's, of the provider's */
    unsigned given_minor, provided_minor;
    bool is_provided; /* the provider provides db itself */
    enum plugmgr_policy policy;
    const char *changes; /* NULL: it fits */
} handed_rows[] = {
#define DB1 "m 0 v *fn(void;)\nend 8\n"
#define DB2 "m 0 v *fn(void;)\nm 8 w *fn(void;)\nend 16\n"
#define OTHER_DB "m 0 v *fn(i32;)\nend 8\n"
    {"the same", DB1, DB1, 0, 0, false, ANY, NULL},
    {"another", DB1, OTHER_DB, 0, 0, false, ANY,
     "interface db, which it hands around: method v: return type changed from void to i32"},
    {"another, by version alone", DB1, OTHER_DB, 0, 0, false, PLUGMGR_POLICY_VERSION, NULL},
    {"a later one of its own", DB1, DB2, 0, 1, true, ANY, NULL},
    {"a later one of somebody's", DB1, DB2, 0, 1, false, ANY, "interface db, which it hands around: method w appended"},
    {"an earlier one of its own", DB2, DB1, 1, 0, true, ANY,
     "interface db, which it hands around: method w removed from the end"},
    {"none", DB1, NULL, 0, 0, false, ANY, NULL},
};

static void set_texts(struct graph *graph, struct pm_facts *facts, const char *body, unsigned minor)
{
    static const char table[] = "plugmgr-abi 1\nroot struct x\nm 0 open *fn(*struct db;)\nend 8\n";
    facts->abis = pm_arena_new(&graph->arena, 2 * sizeof(*facts->abis));
    facts->abis[0] = (struct pm_abi){.interface_name = "x", .version = {1, 0}, .text = table};
    if (body != NULL)
        facts->abis[1] = (struct pm_abi){
            .interface_name = "db",
            .version = {1, minor},
            .text = pm_arena_join(&graph->arena, "plugmgr-abi 1\nroot struct db\n", body, NULL),
        };
    facts->abi_count = body != NULL ? 2 : 1;
}

START_TEST(what_is_handed_around_must_fit)
{
    const struct handed_row *row = &handed_rows[_i];
    const char *const candidates[] = {row->is_provided ? "b +x:1.0 +db:1.0" : "b +x:1.0"};
    struct graph graph;
    struct pm_providers providers;
    struct pm_provider_walk walk;
    struct pm_fit_result result;
    graph_make(&graph, "a -x:1.0", "host", candidates, 1);
    set_texts(&graph, &graph.plugin, row->given, row->given_minor);
    set_texts(&graph, &graph.facts[0], row->provided, row->provided_minor);
    make_providers(&graph, row->policy, &providers);
    pm_provider_walk_begin(&providers, &graph.plugin, &graph.plugin.requires_[0], false, &walk);
    pm_providers_fit(&providers, &walk, pm_provider_walk_next(&providers, &walk), &result);
    ck_assert_msg(pm_fits(result.fit) == (row->changes == NULL), "%s: fit %d", row->name, (int)result.fit);
    if (row->changes != NULL)
        ck_assert_msg(result.fit == PM_FIT_LAYOUT && strcmp(result.changes, row->changes) == 0, "%s: %s", row->name,
                      result.changes);
    graph_free(&graph);
}
END_TEST

START_TEST(no_memory_is_remembered)
{
    const char *const candidates[] = {"b +x:1.1=2", "c +x:1.0=1"};
    struct graph graph;
    bool has_failed = true;
    graph_make(&graph, "a -x:1.2/0=3", "host", candidates, 2);
    for (size_t nth = 1; has_failed; nth++) {
        struct pm_arena arena = {0};
        struct pm_providers providers;
        struct pm_provider_walk walk;
        struct pm_provider *provider;
        struct pm_fit_result result;
        fail_allocation(nth);
        pm_providers_make(&graph.plugin, &graph.world, ANY, &arena, &providers);
        if (!arena.failed) {
            pm_provider_walk_begin(&providers, &graph.plugin, &graph.plugin.requires_[0], false, &walk);
            while ((provider = pm_provider_walk_next(&providers, &walk)) != NULL) {
                pm_providers_fit(&providers, &walk, provider, &result);
                pm_providers_meet(&providers, &walk, provider);
            }
        }
        has_failed = fail_allocation_happened();
        fail_allocation(0);
        ck_assert(has_failed == arena.failed);
        pm_arena_free(&arena);
    }
    graph_free(&graph);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("providers");
    TCase *providers = tcase_create("providers");
    tcase_add_loop_test(providers, providers_are_tried_in_order, 0, (int)(sizeof(order_rows) / sizeof(order_rows[0])));
    tcase_add_loop_test(providers, provider_fits_and_reaches, 0, (int)(sizeof(fit_rows) / sizeof(fit_rows[0])));
    tcase_add_test(providers, offer_of_the_host_is_met_by_its_index);
    tcase_add_test(providers, rival_is_told_of_the_provider);
    tcase_add_loop_test(providers, what_is_handed_around_must_fit, 0,
                        (int)(sizeof(handed_rows) / sizeof(handed_rows[0])));
    tcase_add_test(providers, no_memory_is_remembered);
    suite_add_tcase(suite, providers);
    return run_suite(suite);
}
