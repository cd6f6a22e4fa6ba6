/* SPDX-License-Identifier: MIT */
/* graph.h: a world of plugins that require interfaces of each other, written as text.
 *
 * A plugin is "NAME +INTERFACE:VERSION -INTERFACE:VERSION ?INTERFACE:VERSION …": + provides, - requires, ? requires if it
 * can be had. VERSION is MAJOR.MINOR; of a requirement MAJOR.MINOR/LOWEST_MINOR too. Behind the version may stand
 * =TEXT: how many methods the fingerprint has, else there is none. A `!` before the name: it is refused; a `*`: it is
 * open. */
#ifndef GRAPH_H
#define GRAPH_H

#include "model.h"
#include "order.h"

struct graph {
    struct pm_arena arena;
    struct pm_facts host, plugin;
    struct pm_facts *facts;
    struct pm_candidate *candidates;
    struct pm_world world; /* of all of them */
};

/* Makes it: the plugin that is judged, the host's offers ("host +log:1.0"; NULL: no host), and count candidates. */
void graph_make(struct graph *graph, const char *plugin, const char *host, const char *const *candidates, size_t count);
void graph_free(struct graph *graph);

/* Reads one plugin into zeroed facts, which live in the arena. */
void graph_read(struct pm_arena *arena, const char *text, struct pm_facts *ret_facts);

/* The same with the marks before the name; it lies at "/NAME.so". */
void graph_candidate(struct pm_arena *arena, const char *text, struct pm_facts *ret_facts,
                     struct pm_candidate *ret_candidate);

/* "x=log y=- z=host": who meets each requirement of the facts. Freed with the graph. */
const char *graph_met_text(struct graph *graph, const struct pm_facts *facts, const struct pm_met *met);

/* "c b a": the names of the steps; "-": nothing can be opened. */
const char *graph_steps_text(struct graph *graph, const struct pm_order *order);

#endif
