/* SPDX-License-Identifier: MIT */
/* A depth-first search with a stack of its own. A candidate that is given all it requires stays USABLE, whatever comes:
 * it needs none of those that wait. One that is not, because it would need what waits for it, may yet be given it when
 * that does not wait any more; so it is remembered which of those that wait it depends on. */
#include "order.h"

#include <string.h>

enum state {
    NEW,
    WAITING, /* for what it requires: it is on the stack */
    USABLE,
    UNUSABLE,
};

static const size_t none = SIZE_MAX;

/* A candidate, or the plugin itself. */
struct node {
    const struct pm_facts *facts;
    enum state state;
    struct pm_met *met;
    size_t depth;                   /* WAITING: on the stack */
    size_t lowest;                  /* UNUSABLE: no deeper than this is one that it depends on */
    size_t dependent;               /* WAITING: the first node that is UNUSABLE as long as this waits; none: no one */
    size_t next;                    /* the next one of that list */
    const struct pm_require *wants; /* UNUSABLE: what it lacks */
    bool is_planned;
    size_t seen; /* in the search of which cycle */
};

/* One that waits, and how far it has got. */
struct frame {
    size_t node;
    size_t require;
    struct pm_provider_walk walk;
    struct pm_provider *tried; /* NULL: none yet */
    size_t lowest;             /* depth of the lowest of those that wait and could not be taken, its own if none is */
};

struct search {
    struct pm_providers *providers;
    struct pm_arena *arena;
    const struct pm_world *world;
    struct node *nodes; /* for each candidate, and the plugin itself */
    size_t root;        /* of nodes: the plugin itself */
    struct frame *stack;
    size_t depth;
    size_t *usable, usable_count; /* in the order in which they could be opened */
    bool is_met;
};

/* ---- the stack ---- */

static void begin_require(struct search *search, struct frame *frame)
{
    const struct pm_facts *facts = search->nodes[frame->node].facts;
    frame->tried = NULL;
    if (frame->require < facts->require_count)
        pm_provider_walk_begin(search->providers, facts, &facts->requires_[frame->require], false, &frame->walk);
}

static void enter(struct search *search, size_t index)
{
    struct node *node = &search->nodes[index];
    struct frame *frame = &search->stack[search->depth];
    if (node->met == NULL)
        node->met = pm_arena_new(search->arena, (node->facts->require_count + 1) * sizeof(*node->met));
    node->state = WAITING;
    node->depth = search->depth;
    node->dependent = none;
    *frame = (struct frame){.node = index, .lowest = search->depth};
    search->depth++;
    begin_require(search, frame);
}

/* What depended on its waiting may be asked again; of the plugin itself, by nobody. */
static void leave_usable(struct search *search)
{
    struct node *node = &search->nodes[search->stack[--search->depth].node];
    node->state = USABLE;
    search->usable[search->usable_count++] = (size_t)(node - search->nodes);
    for (size_t next, at = search->depth > 0 ? node->dependent : none; at != none; at = next) {
        next = search->nodes[at].next;
        search->nodes[at].state = NEW;
    }
}

/* It cannot be used; and what depended on its waiting cannot either: without it there was no way, and with it there is
 * none. As long as they may be given what waits below, they depend on that. */
static void leave_unusable(struct search *search, const struct pm_require *wants)
{
    const struct frame *frame = &search->stack[--search->depth];
    struct node *node = &search->nodes[frame->node];
    size_t list = node->dependent;
    bool depends = frame->lowest < search->depth;
    struct node *above = depends ? &search->nodes[search->stack[search->depth - 1].node] : NULL;
    node->state = UNUSABLE;
    node->wants = wants;
    node->next = list;
    for (size_t next, at = frame->node; at != none; at = next) {
        next = search->nodes[at].next;
        search->nodes[at].lowest = depends ? frame->lowest : none;
        if (above == NULL)
            continue;
        search->nodes[at].next = above->dependent;
        above->dependent = at;
    }
}

/* ---- one step ---- */

static bool fits(struct search *search, struct pm_provider_walk *walk, struct pm_provider *provider)
{
    struct pm_fit_result result;
    pm_providers_fit(search->providers, walk, provider, &result);
    return pm_fits(result.fit);
}

static bool is_refused(const struct search *search, size_t index)
{
    return index < search->root && search->world->candidates[index].refused != NULL;
}

enum answer { NO, YES, ASK };

/* Whether the provider can be taken; ASK: it has to be entered before. */
static enum answer try_provider(struct search *search, struct frame *frame, struct pm_provider *provider)
{
    if (provider->by == PM_MET_BY_HOST)
        return fits(search, &frame->walk, provider) ? YES : NO;
    const struct node *node = &search->nodes[provider->index];
    if (is_refused(search, provider->index))
        return NO;
    size_t lowest = node->state == WAITING ? node->depth : node->state == UNUSABLE ? node->lowest : none;
    if (lowest < frame->lowest)
        frame->lowest = lowest;
    if (node->state == WAITING || node->state == UNUSABLE || !fits(search, &frame->walk, provider))
        return NO;
    return node->state == USABLE ? YES : ASK;
}

static void take_provider(struct search *search, struct frame *frame, struct pm_provider *provider)
{
    search->nodes[frame->node].met[frame->require++] = pm_providers_meet(search->providers, &frame->walk, provider);
    begin_require(search, frame);
}

/* Nobody meets the requirement. The plugin itself goes on, so that all it lacks is known. */
static void do_without(struct search *search, struct frame *frame)
{
    const struct pm_require *require = &search->nodes[frame->node].facts->requires_[frame->require];
    bool may_lack = require->optional || search->world->host == NULL;
    search->nodes[frame->node].met[frame->require] = (struct pm_met){.by = PM_MET_BY_NOBODY};
    if (!may_lack && frame->node != search->root) {
        leave_unusable(search, require);
        return;
    }
    search->is_met = search->is_met && may_lack;
    frame->require++;
    begin_require(search, frame);
}

/* Goes on with the topmost one. */
static void go_on(struct search *search)
{
    struct frame *frame = &search->stack[search->depth - 1];
    const struct node *node = &search->nodes[frame->node];
    if (frame->require == node->facts->require_count) {
        leave_usable(search);
        return;
    }
    if (node->facts->requires_[frame->require].linker_bound) {
        node->met[frame->require++] = (struct pm_met){.by = PM_MET_BY_LINKER};
        begin_require(search, frame);
        return;
    }
    /* What was entered for it has come back. */
    if (frame->tried != NULL && search->nodes[frame->tried->index].state == USABLE) {
        take_provider(search, frame, frame->tried);
        return;
    }
    if (frame->tried != NULL && search->nodes[frame->tried->index].lowest < frame->lowest)
        frame->lowest = search->nodes[frame->tried->index].lowest;
    frame->tried = NULL;
    struct pm_provider *provider = pm_provider_walk_next(search->providers, &frame->walk);
    if (provider == NULL) {
        do_without(search, frame);
        return;
    }
    enum answer answer = try_provider(search, frame, provider);
    if (answer == YES)
        take_provider(search, frame, provider);
    if (answer != ASK)
        return;
    frame->tried = provider;
    enter(search, provider->index);
}

/* ---- what comes out ---- */

/* Users stand behind their providers in the list of the usable ones, so one walk back finds all that are needed. */
static void list_steps(struct search *search, struct pm_order *order)
{
    size_t count = 0;
    search->nodes[search->root].is_planned = true;
    for (size_t i = search->usable_count; i > 0; i--) {
        const struct node *node = &search->nodes[search->usable[i - 1]];
        for (size_t k = 0; node->is_planned && k < node->facts->require_count; k++)
            if (node->met[k].by == PM_MET_BY_CANDIDATE)
                search->nodes[node->met[k].index].is_planned = true;
        count += node->is_planned;
    }
    struct pm_order_step *steps = pm_arena_new(search->arena, count * sizeof(*steps));
    if (steps == NULL)
        return;
    order->steps = steps;
    for (size_t i = 0; i < search->usable_count; i++) {
        const struct node *node = &search->nodes[search->usable[i]];
        if (node->is_planned)
            steps[order->step_count++] = (struct pm_order_step){search->usable[i], node->met};
    }
}

/* The first that fits what the node lacks, and lacks something itself; none: nobody. */
static size_t next_in_cycle(struct search *search, const struct node *node, const struct pm_require *wants)
{
    struct pm_provider_walk walk;
    struct pm_provider *provider;
    pm_provider_walk_begin(search->providers, node->facts, wants, false, &walk);
    while ((provider = pm_provider_walk_next(search->providers, &walk)) != NULL) {
        if (provider->by != PM_MET_BY_CANDIDATE || is_refused(search, provider->index))
            continue;
        bool may_close = provider->index == search->root || search->nodes[provider->index].state == UNUSABLE;
        if (may_close && fits(search, &walk, provider))
            return provider->index;
    }
    return none;
}

/* Follows what is lacked, from one that lacks it to the next, until it comes round. */
static void find_cycle(struct search *search, size_t require, size_t *way, struct pm_order_cycle *ret_cycle)
{
    const struct pm_require *root_wants = &search->nodes[search->root].facts->requires_[require];
    size_t count = 0, at = search->root, first = 0;
    while (at != none && search->nodes[at].seen != require + 1) {
        struct node *node = &search->nodes[at];
        node->seen = require + 1;
        way[count++] = at;
        at = next_in_cycle(search, node, at == search->root ? root_wants : node->wants);
    }
    if (at == none)
        return;
    while (way[first] != at)
        first++;
    struct pm_order_link *links = pm_arena_new(search->arena, (count - first) * sizeof(*links));
    if (links == NULL)
        return;
    for (size_t i = first; i < count; i++) {
        const struct node *node = &search->nodes[way[i]];
        links[i - first] = (struct pm_order_link){node->facts, way[i] == search->root ? root_wants : node->wants};
    }
    *ret_cycle = (struct pm_order_cycle){links, count - first};
}

static void explain(struct search *search, struct pm_order *order)
{
    const struct node *root = &search->nodes[search->root];
    const struct pm_require **wants = pm_arena_new(search->arena, (search->root + 1) * sizeof(*wants));
    size_t *way = pm_arena_new(search->arena, (search->root + 1) * sizeof(*way));
    struct pm_order_cycle *cycles = pm_arena_new(search->arena, (root->facts->require_count + 1) * sizeof(*cycles));
    order->wants = wants;
    order->cycles = cycles;
    if (wants == NULL || way == NULL || cycles == NULL)
        return;
    for (size_t i = 0; i < search->root; i++)
        wants[i] = search->nodes[i].state == UNUSABLE ? search->nodes[i].wants : NULL;
    for (size_t i = 0; i < root->facts->require_count; i++)
        if (root->met[i].by == PM_MET_BY_NOBODY && search->world->host != NULL)
            find_cycle(search, i, way, &cycles[i]);
}

/* ---- all ---- */

static bool begin_search(struct search *search, const struct pm_facts *plugin)
{
    const struct pm_world *world = search->world;
    size_t count = world->candidate_count + 1;
    search->root = world->candidate_count;
    search->nodes = pm_arena_new(search->arena, count * sizeof(*search->nodes));
    search->stack = pm_arena_new(search->arena, count * sizeof(*search->stack));
    search->usable = pm_arena_new(search->arena, count * sizeof(*search->usable));
    if (search->arena->failed)
        return false;
    for (size_t i = 0; i < world->candidate_count; i++)
        search->nodes[i] =
            (struct node){.facts = world->candidates[i].facts, .state = world->candidates[i].is_open ? USABLE : NEW};
    search->nodes[search->root] = (struct node){.facts = plugin};
    return true;
}

void pm_order(const struct pm_facts *plugin, const struct pm_world *world, enum plugmgr_policy policy,
              struct pm_arena *arena, struct pm_order *ret_order)
{
    struct search search = {.arena = arena, .world = world, .is_met = true};
    *ret_order = (struct pm_order){0};
    pm_providers_make(plugin, world, policy, arena, &ret_order->providers);
    search.providers = &ret_order->providers;
    if (!arena->failed && begin_search(&search, plugin))
        enter(&search, search.root);
    while (search.depth > 0 && !arena->failed)
        go_on(&search);
    if (arena->failed)
        return;
    ret_order->gave_up = pm_providers_gave_up(search.providers);
    ret_order->met = search.nodes[search.root].met;
    explain(&search, ret_order);
    if (search.is_met)
        list_steps(&search, ret_order);
    ret_order->is_met = search.is_met && !arena->failed;
}
