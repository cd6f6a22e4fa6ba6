/* SPDX-License-Identifier: MIT */
/* The order of opening: graphs of plugins -> who is opened, in which order, and who provides what to whom. */
#include "graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

enum { MAX_CANDIDATES = 8 };

static const struct row {
    const char *name, *plugin, *host, *candidates[MAX_CANDIDATES];
    struct pm_preference preferences[2];
    const char *steps; /* "-": it cannot be opened */
    const char *met;   /* of the plugin */
    const char *cycle; /* "a:x b:y": of the first requirement that has one; NULL: none has */
} rows[] = {
    {"nothing is required", "a +x:1.0", "host", {"b +y:1.0"}, {{0}}, "a", "", NULL},
    {"the host offers it", "a -log:1.0", "host +log:1.0", {NULL}, {{0}}, "a", "log=host", NULL},
    {"nobody provides it", "a -log:1.0", "host +lag:1.0", {"b +lug:1.0"}, {{0}}, "-", "log=-", NULL},
    {"all that is lacking is known",
     "a -x:1.0 -y:1.0 -z:1.0",
     "host +y:1.0",
     {NULL},
     {{0}},
     "-",
     "x=- y=host z=-",
     NULL},
    {"without a host nothing is missing", "a -log:1.0 -x:1.0", NULL, {"b +x:1.0"}, {{0}}, "b a", "log=- x=b", NULL},
    {"a plugin provides it", "a -x:1.0", "host", {"b +x:1.0"}, {{0}}, "b a", "x=b", NULL},
    {"what is open is not opened", "a -x:1.0", "host", {"*b +x:1.0"}, {{0}}, "a", "x=b", NULL},
    {"the host before the plugins", "a -x:1.0", "host +x:1.0", {"*b +x:1.9"}, {{0}}, "a", "x=host", NULL},
    {"the latest version", "a -x:1.0", "host", {"*b +x:1.1", "c +x:1.3", "d +x:1.2"}, {{0}}, "c a", "x=c", NULL},
    {"of one version the open one", "a -x:1.0", "host", {"c +x:1.3", "*b +x:1.3"}, {{0}}, "a", "x=b", NULL},
    {"of these the first", "a -x:1.0", "host", {"c +x:1.3", "b +x:1.3"}, {{0}}, "c a", "x=c", NULL},
    {"other majors are passed over",
     "a -x:2.1/1",
     "host +x:1.9",
     {"b +x:3.0", "c +x:2.0", "d +x:2.1"},
     {{0}},
     "d a",
     "x=d",
     NULL},
    {"what the host prefers", "a -x:1.0", "host +x:1.9", {"b +x:1.9", "c +x:1.0"}, {{"x", "c"}}, "c a", "x=c", NULL},
    {"a preference of another interface",
     "a -x:1.0",
     "host",
     {"b +x:1.9", "c +x:1.0"},
     {{"y", "c"}},
     "b a",
     "x=b",
     NULL},
    {"the first preference that fits",
     "a -x:1.0",
     "host",
     {"b +x:1.9", "c +x:2.0", "d +x:1.0"},
     {{"x", "c"}, {"x", "d"}},
     "d a",
     "x=d",
     NULL},
    {"what is refused is passed over", "a -x:1.0", "host", {"!b +x:1.9", "c +x:1.0"}, {{0}}, "c a", "x=c", NULL},
    {"even if it is preferred", "a -x:1.0", "host", {"!b +x:1.9", "c +x:1.0"}, {{"x", "b"}}, "c a", "x=c", NULL},
    {"nothing but what is refused", "a -x:1.0", "host", {"!b +x:1.9"}, {{0}}, "-", "x=-", NULL},
    {"a provider that lacks something is passed over",
     "a -x:1.0",
     "host",
     {"b +x:1.9 -y:1.0", "c +x:1.0"},
     {{0}},
     "c a",
     "x=c",
     NULL},
    {"a chain", "a -x:1.0", "host", {"b +x:1.0 -y:1.0", "c +y:1.0 -z:1.0", "d +z:1.0"}, {{0}}, "d c b a", "x=b", NULL},
    {"a chain of which a part is open",
     "a -x:1.0",
     "host",
     {"b +x:1.0 -y:1.0", "*c +y:1.0 -z:1.0", "*d +z:1.0"},
     {{0}},
     "b a",
     "x=b",
     NULL},
    {"a diamond",
     "a -x:1.0 -y:1.0",
     "host",
     {"b +x:1.0 -z:1.0", "c +y:1.0 -z:1.0", "d +z:1.0"},
     {{0}},
     "d b c a",
     "x=b y=c",
     NULL},
    {"what only a plugin that cannot be used needs is not opened",
     "a -x:1.0",
     "host",
     {"b +x:1.9 -y:1.0 -z:1.0", "c +y:1.0", "d +x:1.0"},
     {{0}},
     "d a",
     "x=d",
     NULL},
    {"two majors side by side",
     "a -x:1.0 -y:1.0",
     "host",
     {"b +x:1.0 -log:1.0", "c +y:1.0 -log:2.0", "log1 +log:1.0", "log2 +log:2.0"},
     {{0}},
     "log1 b log2 c a",
     "x=b y=c",
     NULL},
    {"two majors in one",
     "a -x:1.0 -y:1.0",
     "host",
     {"b +x:1.0 -log:1.0", "c +y:1.0 -log:2.0", "d +log:1.0 +log:2.0"},
     {{0}},
     "d b c a",
     "x=b y=c",
     NULL},
    /* cycles */
    {"itself", "a +x:1.0 -x:1.0", "host", {NULL}, {{0}}, "-", "x=-", "a:x"},
    {"a cycle of two", "a +x:1.0 -y:1.0", "host", {"b +y:1.0 -x:1.0"}, {{0}}, "-", "y=-", "a:y b:x"},
    {"a cycle of five in a larger graph",
     "a +x:1.0 -p:1.0 -u:1.0",
     "host",
     {"b +p:1.0 -q:1.0", "u +u:1.0", "c +q:1.0 -u:1.0 -r:1.0", "d +r:1.0 -s:1.0", "e +s:1.0 -u:1.0 -x:1.0", "f +w:1.0"},
     {{0}},
     "-",
     "p=- u=u",
     "a:p b:q c:r d:s e:x"},
    {"a cycle that the plugin is no part of",
     "a -x:1.0",
     "host",
     {"b +x:1.0 -y:1.0", "c +y:1.0 -z:1.0", "d +z:1.0 -y:1.0"},
     {{0}},
     "-",
     "x=-",
     "c:z d:y"},
    {"a cycle that another plugin avoids",
     "a +x:1.0 -y:1.0",
     "host",
     {"b +y:1.9 -x:1.0", "c +y:1.0"},
     {{0}},
     "c a",
     "y=c",
     NULL},
    {"a cycle that another plugin avoids further on",
     "a +x:1.0 -y:1.0",
     "host",
     {"b +y:1.0 -z:1.0", "c +z:1.9 -x:1.0", "d +z:1.0"},
     {{0}},
     "d b a",
     "y=b",
     NULL},
    {"a cycle that what is open avoids",
     "a +x:1.9 -y:1.0",
     "host",
     {"b +y:1.0 -x:1.0", "*c +x:1.0"},
     {{0}},
     "b a",
     "y=b",
     NULL},
    {"who was of no use while another one waited is asked again",
     "a -p:1.0 -q:1.0",
     "host",
     {"b +p:1.0 +x:1.0 -y:1.0", "c +y:1.9 +q:1.9 -x:1.0", "d +y:1.0"},
     {{0}},
     "d b c a",
     "p=b q=c",
     NULL},
    {"and is not if it was of no use to that",
     "a -p:1.0 ?q:1.0",
     "host",
     {"b +p:1.9 +x:1.0 -y:1.0", "c +y:1.0 +q:1.0 -x:1.0", "d +p:1.0"},
     {{0}},
     "d a",
     "p=d q=-",
     "c:x b:y"},
    {"two that wait for two",
     "a -p:1.0",
     "host",
     {"b +p:1.0 -y:1.0", "c +y:1.0 -z:1.0 -x:1.0", "d +z:1.9 +x:1.0 -y:1.0", "e +z:1.0", "f +x:1.0 -p:1.0", "g +x:1.0"},
     {{0}},
     "e g c b a",
     "p=b",
     NULL},
    /* optional */
    {"optional, and there", "a ?x:1.0", "host", {"b +x:1.0"}, {{0}}, "b a", "x=b", NULL},
    {"optional, and not there", "a ?x:1.0 -y:1.0", "host", {"b +y:1.0"}, {{0}}, "b a", "x=- y=b", NULL},
    {"optional, of another major", "a ?x:1.0", "host +x:2.0", {NULL}, {{0}}, "a", "x=-", NULL},
    {"optional, and refused", "a ?x:1.0", "host", {"!b +x:1.0"}, {{0}}, "a", "x=-", NULL},
    {"optional, and it lacks something", "a ?x:1.0", "host", {"b +x:1.0 -y:1.0"}, {{0}}, "a", "x=-", NULL},
    {"optional, and it would close a cycle", "a +x:1.0 -y:1.0", "host", {"b +y:1.0 ?x:1.0"}, {{0}}, "b a", "y=b", NULL},
    {"optional, and it would need the plugin",
     "a +x:1.0 ?y:1.0",
     "host",
     {"b +y:1.0 -x:1.0"},
     {{0}},
     "a",
     "y=-",
     "a:y b:x"},
    {"optional there, required here",
     "a -y:1.0 -x:1.0",
     "host",
     {"b +x:1.0 -y:1.0", "c +y:1.0 ?x:1.0"},
     {{0}},
     "c b a",
     "y=c x=b",
     NULL},
};

static const char *cycle_text(struct graph *graph, const struct pm_order *order)
{
    struct pm_buffer text = {0};
    for (size_t i = 0; i < graph->plugin.require_count && text.size == 0; i++)
        for (size_t k = 0; k < order->cycles[i].count; k++) {
            pm_buffer_add(&text, k > 0 ? " " : "");
            pm_buffer_add(&text, order->cycles[i].links[k].user->name);
            pm_buffer_add(&text, ":");
            pm_buffer_add(&text, order->cycles[i].links[k].require->interface_name);
        }
    const char *copy = text.size > 0 ? pm_arena_copy(&graph->arena, text.data) : NULL;
    free(text.data);
    return copy;
}

static size_t candidate_count(const struct row *row)
{
    size_t count = 0;
    while (count < MAX_CANDIDATES && row->candidates[count] != NULL)
        count++;
    return count;
}

static void make_row(struct graph *graph, const struct row *row)
{
    graph_make(graph, row->plugin, row->host, row->candidates, candidate_count(row));
    graph->world.preferences = row->preferences;
    while (graph->world.preference_count < 2 && row->preferences[graph->world.preference_count].interface_name != NULL)
        graph->world.preference_count++;
}

static void order_of(struct graph *graph, struct pm_order *ret_order)
{
    pm_order(&graph->plugin, &graph->world, PLUGMGR_POLICY_VERSION, &graph->arena, ret_order);
    ck_assert(!graph->arena.failed);
}

START_TEST(graph_is_ordered)
{
    const struct row *row = &rows[_i];
    struct graph graph;
    struct pm_order order;
    make_row(&graph, row);
    order_of(&graph, &order);
    const char *steps = graph_steps_text(&graph, &order), *met = graph_met_text(&graph, &graph.plugin, order.met);
    ck_assert_msg(strcmp(steps, row->steps) == 0, "%s: steps: %s", row->name, steps);
    ck_assert_msg(strcmp(met, row->met) == 0, "%s: met: %s", row->name, met);
    const char *cycle = cycle_text(&graph, &order);
    ck_assert_msg(row->cycle == NULL ? cycle == NULL : cycle != NULL && strcmp(cycle, row->cycle) == 0, "%s: cycle: %s",
                  row->name, cycle != NULL ? cycle : "none");
    ck_assert(!order.gave_up);
    graph_free(&graph);
}
END_TEST

/* What cannot be used says what it lacks. */
START_TEST(candidate_that_lacks_something_says_what)
{
    const char *const candidates[] = {"b +x:1.0 -y:1.0", "c +x:1.0", "!d +x:1.0"};
    struct graph graph;
    struct pm_order order;
    graph_make(&graph, "a -x:1.0", "host", candidates, 3);
    order_of(&graph, &order);
    ck_assert_str_eq(order.wants[0]->interface_name, "y");
    ck_assert_ptr_null(order.wants[1]);
    ck_assert_ptr_null(order.wants[2]);
    graph_free(&graph);
}
END_TEST

/* The steps tell what each of them is given. */
START_TEST(steps_tell_who_provides_to_each)
{
    const char *const candidates[] = {"b +x:1.0 -log:1.0 -y:1.0 ?no:1.0", "c +y:1.0"};
    struct graph graph;
    struct pm_order order;
    graph_make(&graph, "a -x:1.0", "host +log:1.0", candidates, 2);
    order_of(&graph, &order);
    ck_assert_uint_eq(order.step_count, 3);
    ck_assert_uint_eq(order.steps[1].candidate, 0);
    ck_assert_str_eq(graph_met_text(&graph, &graph.facts[0], order.steps[1].met), "log=host y=c no=-");
    ck_assert_uint_eq(order.steps[2].candidate, 2);
    ck_assert_ptr_eq(order.steps[2].met, order.met);
    graph_free(&graph);
}
END_TEST

START_TEST(symbol_of_the_linker_is_left_to_it)
{
    struct graph graph;
    struct pm_order order;
    graph_make(&graph, "a -x:1.0", "host", NULL, 0);
    graph.plugin.requires_[0].linker_bound = true;
    order_of(&graph, &order);
    ck_assert_str_eq(graph_met_text(&graph, &graph.plugin, order.met), "x=linker");
    ck_assert(order.is_met);
    graph_free(&graph);
}
END_TEST

/* A function that is exported by its name is no table. */
START_TEST(typed_symbol_provides_nothing_to_plugins)
{
    const char *const candidates[] = {"b +x:1.0"};
    struct graph graph;
    struct pm_order order;
    graph_make(&graph, "a -x:1.0", "host", candidates, 1);
    graph.facts[0].provides[0].symbol = graph.facts[0].provides[0].instance;
    order_of(&graph, &order);
    ck_assert(!order.is_met);
    graph_free(&graph);
}
END_TEST

/* ---- large ones ---- */

/* count plugins, each of which requires what the next one provides. is_cycle: the last one requires what the
 * first one does. */
static void make_chain(struct graph *graph, size_t count, bool is_cycle)
{
    enum { LINE = 96 };
    char(*lines)[LINE] = calloc(count, sizeof(*lines));
    const char **candidates = calloc(count, sizeof(*candidates));
    ck_assert(lines != NULL && candidates != NULL);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count || is_cycle)
            snprintf(lines[i], LINE, "p%zu +i%zu:1.0 -i%zu:1.0", i, i, (i + 1) % count);
        else
            snprintf(lines[i], LINE, "p%zu +i%zu:1.0", i, i);
        candidates[i] = lines[i];
    }
    graph_make(graph, "a -i0:1.0", "host", candidates, count);
    free(candidates);
    free(lines);
}

static const size_t lengths[] = {200, 20000};

START_TEST(chain_is_opened_from_its_end)
{
    struct graph graph;
    struct pm_order order;
    size_t length = lengths[_i];
    make_chain(&graph, length, false);
    order_of(&graph, &order);
    ck_assert(order.is_met && !order.gave_up);
    ck_assert_uint_eq(order.step_count, length + 1);
    for (size_t i = 0; i < length; i++)
        ck_assert_uint_eq(order.steps[i].candidate, length - 1 - i);
    /* each one is looked at once: the work grows as the chain does */
    ck_assert_uint_le(order.providers.work, 100 * length);
    graph_free(&graph);
}
END_TEST

START_TEST(long_cycle_is_told_whole)
{
    struct graph graph;
    struct pm_order order;
    size_t length = lengths[_i];
    make_chain(&graph, length, true);
    order_of(&graph, &order);
    ck_assert(!order.is_met && !order.gave_up);
    ck_assert_uint_eq(order.cycles[0].count, length);
    ck_assert_uint_le(order.providers.work, 100 * length);
    graph_free(&graph);
}
END_TEST

/* Of so many plugins each provides, and requires, all of the interfaces. */
enum { CROWD = 1000, LARGER_CROWD = 3000, CROWD_INTERFACES = 50 };

static void make_crowd(struct graph *graph, size_t count, const char *last)
{
    struct pm_buffer plugin = {0};
    char word[40];
    const char **candidates = calloc(count + 1, sizeof(*candidates));
    pm_buffer_add(&plugin, "p");
    for (unsigned i = 0; i < CROWD_INTERFACES; i++) {
        snprintf(word, sizeof(word), " +i%u:1.0=1 -i%u:1.0=1", i, i);
        pm_buffer_add(&plugin, word);
    }
    ck_assert(candidates != NULL && !plugin.failed);
    for (size_t i = 0; i < count; i++)
        candidates[i] = plugin.data;
    candidates[count] = last;
    graph_make(graph, "a -i0:1.0=1", "host", candidates, count + 1);
    free(candidates);
    free(plugin.data);
}

START_TEST(crowd_that_needs_itself_has_an_end)
{
    struct graph graph;
    struct pm_order order;
    make_crowd(&graph, CROWD, "last");
    pm_order(&graph.plugin, &graph.world, PLUGMGR_POLICY_COMPATIBLE, &graph.arena, &order);
    ck_assert(!order.is_met && !order.gave_up);
    ck_assert_uint_gt(order.cycles[0].count, 0);
    graph_free(&graph);
}
END_TEST

START_TEST(crowd_does_not_hide_who_can_provide)
{
    struct graph graph;
    struct pm_order order;
    make_crowd(&graph, CROWD, "last +i0:1.0=1");
    pm_order(&graph.plugin, &graph.world, PLUGMGR_POLICY_COMPATIBLE, &graph.arena, &order);
    ck_assert(order.is_met && !order.gave_up);
    ck_assert_str_eq(graph_met_text(&graph, &graph.plugin, order.met), "i0=last");
    ck_assert_uint_eq(order.step_count, 2);
    graph_free(&graph);
}
END_TEST

START_TEST(crowd_that_is_too_large_is_given_up)
{
    struct graph graph;
    struct pm_order order;
    make_crowd(&graph, LARGER_CROWD, "last");
    pm_order(&graph.plugin, &graph.world, PLUGMGR_POLICY_COMPATIBLE, &graph.arena, &order);
    ck_assert(!order.is_met && order.gave_up);
    graph_free(&graph);
}
END_TEST

/* ---- any graph ---- */

static unsigned long long random_next(unsigned long long *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 11;
}

enum { SMALL = 6, SMALL_INTERFACES = 4, GRAPHS = 3000 };

static void make_random(struct graph *graph, unsigned long long seed)
{
    unsigned long long state = 88172645463325252ull + seed * 7919;
    char lines[SMALL + 1][200];
    const char *candidates[SMALL];
    for (int i = 0; i < 20; i++)
        random_next(&state);
    for (size_t i = 0; i <= SMALL; i++) {
        int at = snprintf(lines[i], sizeof(lines[i]), "p%zu", i);
        for (unsigned k = 0; k < SMALL_INTERFACES; k++) {
            if (random_next(&state) % 5 < 2)
                at += snprintf(lines[i] + at, sizeof(lines[i]) - (size_t)at, " +i%u:1.%u", k,
                               (unsigned)(random_next(&state) % 3));
            if (random_next(&state) % 5 < 2)
                at += snprintf(lines[i] + at, sizeof(lines[i]) - (size_t)at, " %ci%u:1.2/%u",
                               random_next(&state) % 4 == 0 ? '?' : '-', k, (unsigned)(random_next(&state) % 3));
        }
        if (i < SMALL)
            candidates[i] = lines[i];
    }
    graph_make(graph, lines[SMALL], random_next(&state) % 2 == 0 ? "host" : "host +i0:1.1", candidates, SMALL);
}

static bool can_meet(const struct pm_provide *provide, const struct pm_require *require)
{
    return strcmp(provide->interface_name, require->interface_name) == 0 &&
           provide->version.minor >= require->lowest.minor;
}

static bool is_met_by(const struct pm_facts *facts, const struct pm_require *require)
{
    for (size_t i = 0; i < facts->provide_count; i++)
        if (can_meet(&facts->provides[i], require))
            return true;
    return false;
}

/* Whether it can be opened at all: whoever needs nothing but what can be opened already can, until nobody is added. */
static bool is_possible(const struct graph *graph)
{
    bool can[SMALL + 1] = {0}, has_more = true;
    while (has_more) {
        has_more = false;
        for (size_t i = 0; i <= SMALL; i++) {
            const struct pm_facts *facts = i < SMALL ? &graph->facts[i] : &graph->plugin;
            bool has_all = true;
            for (size_t k = 0; k < facts->require_count; k++) {
                const struct pm_require *require = &facts->requires_[k];
                bool is_met = require->optional || is_met_by(&graph->host, require);
                for (size_t other = 0; other < SMALL; other++)
                    is_met |= can[other] && is_met_by(&graph->facts[other], require);
                has_all &= is_met;
            }
            has_more |= has_all && !can[i];
            can[i] |= has_all;
        }
    }
    return can[SMALL];
}

/* Each step has all it needs of those before it. */
static void check_plan(const struct graph *graph, const struct pm_order *order)
{
    bool is_open[SMALL + 1] = {0};
    for (size_t i = 0; i < order->step_count; i++) {
        size_t index = order->steps[i].candidate;
        const struct pm_facts *facts = index < SMALL ? &graph->facts[index] : &graph->plugin;
        ck_assert(!is_open[index]);
        for (size_t k = 0; k < facts->require_count; k++) {
            const struct pm_met *met = &order->steps[i].met[k];
            const struct pm_require *require = &facts->requires_[k];
            if (met->by == PM_MET_BY_NOBODY) {
                ck_assert(require->optional);
                continue;
            }
            const struct pm_facts *from = met->by == PM_MET_BY_HOST ? &graph->host : &graph->facts[met->index];
            ck_assert(met->by == PM_MET_BY_HOST || is_open[met->index]);
            ck_assert(can_meet(&from->provides[met->provide], require));
        }
        is_open[index] = true;
    }
    ck_assert(is_open[SMALL]);
}

/* There is a plan exactly if one is possible, and it can be carried out; else a cycle or a lack is the reason. */
START_TEST(random_graph_is_ordered_if_it_can_be)
{
    size_t possible = 0, cycles = 0;
    for (unsigned long long seed = 0; seed < GRAPHS; seed++) {
        struct graph graph;
        struct pm_order order;
        make_random(&graph, seed);
        order_of(&graph, &order);
        ck_assert_msg(order.is_met == is_possible(&graph), "graph %llu", seed);
        if (order.is_met)
            check_plan(&graph, &order);
        possible += order.is_met;
        cycles += cycle_text(&graph, &order) != NULL;
        graph_free(&graph);
    }
    ck_assert_uint_gt(possible, GRAPHS / 10);
    ck_assert_uint_lt(possible, GRAPHS - GRAPHS / 10);
    ck_assert_uint_gt(cycles, GRAPHS / 50);
}
END_TEST

START_TEST(no_memory_gives_no_plan)
{
    const char *const candidates[] = {"b +x:1.0 -y:1.0", "c +y:1.9 -z:1.0", "d +z:1.0 -y:1.0", "e +y:1.0"};
    struct graph graph;
    bool has_failed = true;
    graph_make(&graph, "a -x:1.0 -q:1.0", "host +q:1.0", candidates, 4);
    for (size_t nth = 1; has_failed; nth++) {
        struct pm_arena arena = {0};
        struct pm_order order;
        fail_allocation(nth);
        pm_order(&graph.plugin, &graph.world, PLUGMGR_POLICY_VERSION, &arena, &order);
        has_failed = fail_allocation_happened();
        fail_allocation(0);
        ck_assert(has_failed == arena.failed);
        ck_assert(order.is_met == !has_failed);
        pm_arena_free(&arena);
    }
    graph_free(&graph);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("order");
    TCase *graphs = tcase_create("graphs"), *large = tcase_create("large");
    tcase_add_loop_test(graphs, graph_is_ordered, 0, (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_test(graphs, candidate_that_lacks_something_says_what);
    tcase_add_test(graphs, steps_tell_who_provides_to_each);
    tcase_add_test(graphs, symbol_of_the_linker_is_left_to_it);
    tcase_add_test(graphs, typed_symbol_provides_nothing_to_plugins);
    tcase_add_test(graphs, no_memory_gives_no_plan);
    tcase_set_timeout(large, 0);
    tcase_add_loop_test(large, chain_is_opened_from_its_end, 0, (int)(sizeof(lengths) / sizeof(lengths[0])));
    tcase_add_loop_test(large, long_cycle_is_told_whole, 0, (int)(sizeof(lengths) / sizeof(lengths[0])));
    tcase_add_test(large, crowd_that_needs_itself_has_an_end);
    tcase_add_test(large, crowd_does_not_hide_who_can_provide);
    tcase_add_test(large, crowd_that_is_too_large_is_given_up);
    tcase_add_test(large, random_graph_is_ordered_if_it_can_be);
    suite_add_tcase(suite, graphs);
    suite_add_tcase(suite, large);
    return run_suite(suite);
}
