/* SPDX-License-Identifier: MIT */
#include "graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A text of so many methods. */
static const char *methods_text(struct pm_arena *arena, const char *name, unsigned count)
{
    char line[64];
    struct pm_buffer text = {0};
    pm_buffer_add(&text, "plugmgr-abi 1\nroot struct ");
    pm_buffer_add(&text, name);
    for (unsigned i = 0; i < count; i++) {
        snprintf(line, sizeof(line), "\nm %u m%u *fn(void;)", 8 * i, i);
        pm_buffer_add(&text, line);
    }
    snprintf(line, sizeof(line), "\nend %u\n", 8 * count);
    pm_buffer_add(&text, line);
    const char *copy = pm_arena_copy(arena, text.data);
    free(text.data);
    return copy;
}

static void add_text(struct pm_arena *arena, struct pm_facts *facts, const char *name, struct pm_version version,
                     const char *text)
{
    if (pm_facts_abi(facts, name, version) == NULL)
        facts->abis[facts->abi_count++] = (struct pm_abi){.interface_name = name,
                                                          .id = "",
                                                          .text = methods_text(arena, name, (unsigned)atoi(text)),
                                                          .version = version};
}

static void add_word(struct pm_arena *arena, struct pm_facts *facts, const char *word)
{
    char name[64];
    struct pm_version version;
    unsigned lowest;
    int fields = sscanf(word + 1, "%63[^:]:%u.%u/%u", name, &version.major, &version.minor, &lowest);
    if (fields < 3)
        abort();
    const char *copy = pm_arena_copy(arena, name), *text = strchr(word, '=');
    if (word[0] == '+') {
        const char *instance = pm_arena_join(arena, "i", pm_arena_number(arena, facts->provide_count), NULL);
        facts->provides[facts->provide_count++] =
            (struct pm_provide){.interface_name = copy,
                                .instance = instance,
                                .symbol = pm_arena_join(arena, "table_", instance, NULL),
                                .version = version};
    } else {
        struct pm_version low = {version.major, fields == 4 ? lowest : 0};
        facts->requires_[facts->require_count++] = (struct pm_require){
            .interface_name = copy, .symbol = "slot", .version = version, .lowest = low, .optional = word[0] == '?'};
    }
    if (text != NULL)
        add_text(arena, facts, copy, version, text + 1);
}

void graph_read(struct pm_arena *arena, const char *text, struct pm_facts *ret_facts)
{
    size_t words = 1;
    for (const char *at = text; *at != '\0'; at++)
        words += *at == ' ';
    *ret_facts = (struct pm_facts){
        .role = PM_ROLE_PLUGIN,
        .version = "1.0",
        .provides = pm_arena_new(arena, words * sizeof(struct pm_provide)),
        .requires_ = pm_arena_new(arena, words * sizeof(struct pm_require)),
        .abis = pm_arena_new(arena, words * sizeof(struct pm_abi)),
    };
    while (*text != '\0') {
        size_t length = strcspn(text, " ");
        const char *word = pm_arena_copy_bytes(arena, text, length);
        if (word[0] == '+' || word[0] == '-' || word[0] == '?')
            add_word(arena, ret_facts, word);
        else
            ret_facts->name = word;
        text += length + (text[length] == ' ');
    }
}

void graph_candidate(struct pm_arena *arena, const char *text, struct pm_facts *ret_facts,
                     struct pm_candidate *ret_candidate)
{
    bool is_marked = text[0] == '!' || text[0] == '*';
    graph_read(arena, text + is_marked, ret_facts);
    *ret_candidate = (struct pm_candidate){
        .facts = ret_facts,
        .path = pm_arena_join(arena, "/", ret_facts->name, ".so", NULL),
        .is_open = text[0] == '*',
        .refused = text[0] == '!' ? "its start failed" : NULL,
    };
}

void graph_make(struct graph *graph, const char *plugin, const char *host, const char *const *candidates, size_t count)
{
    struct pm_arena *arena = &graph->arena;
    *graph = (struct graph){0};
    graph->facts = pm_arena_new(arena, (count + 1) * sizeof(*graph->facts));
    graph->candidates = pm_arena_new(arena, (count + 1) * sizeof(*graph->candidates));
    if (arena->failed)
        abort();
    graph_read(arena, plugin, &graph->plugin);
    if (host != NULL) {
        graph_read(arena, host, &graph->host);
        graph->host.role = PM_ROLE_HOST;
        for (size_t i = 0; i < graph->host.provide_count; i++)
            graph->host.provides[i].symbol = NULL;
        graph->world.host = &graph->host;
    }
    for (size_t i = 0; i < count; i++)
        graph_candidate(arena, candidates[i], &graph->facts[i], &graph->candidates[i]);
    graph->world.candidates = graph->candidates;
    graph->world.candidate_count = count;
}

void graph_free(struct graph *graph)
{
    pm_arena_free(&graph->arena);
}

static const char *finish(struct graph *graph, struct pm_buffer *text)
{
    const char *copy = pm_arena_copy(&graph->arena, text->data != NULL ? text->data : "");
    free(text->data);
    return copy;
}

const char *graph_met_text(struct graph *graph, const struct pm_facts *facts, const struct pm_met *met)
{
    struct pm_buffer text = {0};
    for (size_t i = 0; i < facts->require_count; i++) {
        pm_buffer_add(&text, i > 0 ? " " : "");
        pm_buffer_add(&text, facts->requires_[i].interface_name);
        pm_buffer_add(&text, "=");
        pm_buffer_add(&text, met[i].by == PM_MET_BY_NOBODY   ? "-"
                             : met[i].by == PM_MET_BY_HOST   ? "host"
                             : met[i].by == PM_MET_BY_LINKER ? "linker"
                                                             : graph->facts[met[i].index].name);
    }
    return finish(graph, &text);
}

const char *graph_steps_text(struct graph *graph, const struct pm_order *order)
{
    struct pm_buffer text = {0};
    for (size_t i = 0; i < order->step_count; i++) {
        size_t index = order->steps[i].candidate;
        pm_buffer_add(&text, i > 0 ? " " : "");
        pm_buffer_add(&text, index < graph->world.candidate_count ? graph->facts[index].name : graph->plugin.name);
    }
    return order->is_met ? finish(graph, &text) : (free(text.data), "-");
}
