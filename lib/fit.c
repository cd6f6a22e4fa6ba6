/* SPDX-License-Identifier: MIT */
#include "fit.h"

#include <stdlib.h>
#include <string.h>

/* Of bytes that are read and compared. The notes of a file are at most 4 MiB, and few modules reach a thousandth of it.
 */
enum {
    MAX_WORK = 64 << 20,
    WORK_OF_COMPARISON = 1024, /* that texts are compared at all */
    WORK_OF_SEARCH = 64        /* that a text is asked for a type that it does not have */
};

static const char too_much[] = "too much to compare: the modules have too many versions and types";

/* ---- texts ---- */

struct pm_text_tree {
    const char *text;
    size_t size;
    const struct pm_abi_tree *tree; /* NULL: it cannot be read */
    struct pm_problem problem;
};

/* Where the text is in the table, or would be. The table is never full. */
static struct pm_text_tree **slot_of(struct pm_text_tree **slots, size_t room, const char *text)
{
    size_t slot = (size_t)(((uint64_t)(uintptr_t)text * 0x9e3779b97f4a7c15u) >> 32) & (room - 1);
    while (slots[slot] != NULL && slots[slot]->text != text)
        slot = (slot + 1) & (room - 1);
    return &slots[slot];
}

static bool grow(struct pm_texts *texts)
{
    size_t room = texts->room > 0 ? texts->room * 2 : 16;
    struct pm_text_tree **slots = pm_arena_new(texts->arena, room * sizeof(*slots));
    if (slots == NULL)
        return false;
    for (size_t i = 0; i < texts->room; i++)
        if (texts->slots[i] != NULL)
            *slot_of(slots, room, texts->slots[i]->text) = texts->slots[i];
    texts->slots = slots;
    texts->room = room;
    return true;
}

static const struct pm_text_tree *read_text(struct pm_texts *texts, const char *text)
{
    static const struct pm_text_tree no_memory = {.problem = {.code = PM_OUT_OF_MEMORY}};
    if (texts->count * 2 >= texts->room && !grow(texts))
        return &no_memory;
    struct pm_text_tree **slot = slot_of(texts->slots, texts->room, text);
    if (*slot != NULL)
        return *slot;
    struct pm_text_tree *read = pm_arena_new(texts->arena, sizeof(*read));
    if (read == NULL)
        return &no_memory;
    read->text = text;
    read->size = strlen(text);
    texts->work += read->size;
    if (pm_abi_parse(text, texts->arena, &read->tree, &read->problem) < 0)
        read->tree = NULL;
    texts->count++;
    *slot = read;
    return read;
}

const struct pm_abi_tree *pm_texts_tree(struct pm_texts *texts, const char *text, struct pm_problem *ret_problem)
{
    const struct pm_text_tree *read = read_text(texts, text);
    *ret_problem = read->problem;
    return read->tree;
}

static const char *lines_text(struct pm_arena *arena, const struct pm_abi_difference *difference)
{
    struct pm_buffer buffer = {0};
    for (size_t i = 0; i < difference->line_count; i++) {
        pm_buffer_add(&buffer, i > 0 ? "\n" : "");
        pm_buffer_add(&buffer, difference->lines[i]);
    }
    arena->failed |= buffer.failed;
    const char *text = buffer.size > 0 && !buffer.failed ? pm_arena_copy(arena, buffer.data) : NULL;
    free(buffer.data);
    return text;
}

/* ---- types that are opaque on one side ---- */

static enum pm_abi_definition compare_definition(struct pm_texts *texts, const struct pm_text_tree *a,
                                                 const struct pm_text_tree *b, const char *type)
{
    enum pm_abi_definition definition = pm_abi_compare_definition(a->tree, b->tree, type, texts->arena);
    texts->work += definition == PM_ABI_ABSENT ? WORK_OF_SEARCH : a->size + b->size + WORK_OF_COMPARISON;
    return definition;
}

/* A text of the world that completes the type in another way, and whose it is; NULL: there is none. */
static const struct pm_abi *rival_of(const struct pm_text_tree *complete, const char *type,
                                     const struct pm_fit_world *world, struct pm_texts *texts,
                                     const struct pm_facts **ret_module)
{
    for (size_t i = 0; i < world->count; i++)
        for (size_t k = 0; k < world->modules[i]->abi_count && texts->work < MAX_WORK; k++) {
            const struct pm_text_tree *other = read_text(texts, world->modules[i]->abis[k].text);
            if (other->tree == NULL || compare_definition(texts, complete, other, type) != PM_ABI_DIFFERENT)
                continue;
            *ret_module = world->modules[i];
            return &world->modules[i]->abis[k];
        }
    return NULL;
}

/* A line for the first type that has two definitions; NULL: there is none. */
static const char *opaque_conflict(const struct pm_text_tree *plugin, const struct pm_text_tree *host,
                                   const struct pm_abi_difference *difference, const char *host_word,
                                   const struct pm_fit_world *world, struct pm_texts *texts)
{
    const char *other = host_word != NULL ? host_word : "host";
    for (size_t i = 0; i < difference->opaque_count && texts->work < MAX_WORK; i++) {
        const char *type = difference->opaque_tags[i];
        const struct pm_facts *module;
        bool is_plugins = compare_definition(texts, plugin, plugin, type) != PM_ABI_ABSENT;
        const struct pm_abi *rival = rival_of(is_plugins ? plugin : host, type, world, texts, &module);
        if (rival != NULL)
            return pm_arena_join(texts->arena, type, ": opaque to the ", is_plugins ? other : "plugin", "; the ",
                                 is_plugins ? "plugin" : other, " completes it in one way, and ",
                                 module->name != NULL ? module->name : "another module", " (interface ",
                                 rival->interface_name, ") in another", NULL);
    }
    return texts->work < MAX_WORK ? NULL : too_much;
}

/* ---- the grades ---- */

/* By structure, once the versions may meet. */
static enum pm_fit fit_by_structure(const struct pm_coupling *coupling, const struct pm_abi_difference *difference)
{
    size_t provider_appends = coupling->plugin_provides ? difference->from_appends : difference->to_appends;
    size_t consumer_appends = coupling->plugin_provides ? difference->to_appends : difference->from_appends;
    int order = pm_version_compare(coupling->provided, coupling->built);
    if (difference->is_different)
        return PM_FIT_LAYOUT;
    if (order == 0 && provider_appends + consumer_appends > 0)
        return PM_FIT_UNBUMPED;
    if ((order > 0 && consumer_appends > 0) || (order < 0 && provider_appends > 0))
        return PM_FIT_LAYOUT;
    if (difference->enumerators_added > 0)
        return PM_FIT_ENUMERATORS;
    return difference->line_count > 0 ? PM_FIT_COMPATIBLE : PM_FIT_IDENTICAL;
}

static enum pm_fit fit_by_version(const struct pm_coupling *coupling, enum plugmgr_policy policy)
{
    if (coupling->provided.major != coupling->built.major)
        return PM_FIT_OTHER_MAJOR;
    if (coupling->provided.minor < coupling->lowest.minor)
        return PM_FIT_TOO_OLD;
    if (policy == PLUGMGR_POLICY_EXACT && coupling->provided.minor != coupling->built.minor)
        return PM_FIT_NOT_EQUAL;
    return PM_FIT_IDENTICAL;
}

/* What differs in structure, and, if the versions left it open, what that makes of the fit. */
static void fit_trees(const struct pm_coupling *coupling, const struct pm_text_tree *plugin,
                      const struct pm_text_tree *host, enum plugmgr_policy policy, const struct pm_fit_world *world,
                      struct pm_texts *texts, struct pm_fit_result *result)
{
    struct pm_abi_difference difference;
    bool decides = result->fit == PM_FIT_IDENTICAL;
    texts->work += plugin->size + host->size + WORK_OF_COMPARISON;
    pm_abi_compare(plugin->tree, host->tree, texts->arena, &difference);
    result->changes = lines_text(texts->arena, &difference);
    if (!decides)
        return;
    result->fit = fit_by_structure(coupling, &difference);
    if (pm_fits(result->fit) && result->fit != PM_FIT_IDENTICAL && policy == PLUGMGR_POLICY_EXACT)
        result->fit = PM_FIT_NOT_EQUAL;
    if (!pm_fits(result->fit) || difference.opaque_count == 0)
        return;
    const char *conflict = opaque_conflict(plugin, host, &difference, coupling->host_word, world, texts);
    if (conflict != NULL)
        *result = (struct pm_fit_result){.fit = PM_FIT_LAYOUT, .changes = conflict, .has_rival = conflict != too_much};
}

static void fit_texts(const struct pm_coupling *coupling, enum plugmgr_policy policy, const struct pm_fit_world *world,
                      struct pm_texts *texts, struct pm_fit_result *result)
{
    if (texts->work >= MAX_WORK) {
        if (result->fit == PM_FIT_IDENTICAL)
            *result = (struct pm_fit_result){.fit = PM_FIT_LAYOUT, .changes = too_much};
        return;
    }
    const struct pm_text_tree *plugin = read_text(texts, coupling->plugin_text);
    const struct pm_text_tree *host = read_text(texts, coupling->host_text);
    if (plugin->tree != NULL && host->tree != NULL)
        fit_trees(coupling, plugin, host, policy, world, texts, result);
    else if (result->fit == PM_FIT_IDENTICAL)
        *result = (struct pm_fit_result){
            .fit = PM_FIT_MALFORMED,
            .problem = plugin->tree == NULL ? plugin->problem.detail : host->problem.detail,
            .is_plugin_at_fault = plugin->tree == NULL,
        };
}

void pm_fit(const struct pm_coupling *coupling, enum plugmgr_policy policy, const struct pm_fit_world *world,
            struct pm_texts *texts, struct pm_fit_result *ret_result)
{
    const char *plugin_text = coupling->plugin_text, *host_text = coupling->host_text;
    *ret_result = (struct pm_fit_result){.fit = fit_by_version(coupling, policy)};
    if (policy == PLUGMGR_POLICY_VERSION)
        return;
    if (plugin_text == NULL || host_text == NULL) {
        if (ret_result->fit == PM_FIT_IDENTICAL)
            *ret_result =
                (struct pm_fit_result){.fit = PM_FIT_UNFINGERPRINTED, .is_plugin_at_fault = plugin_text == NULL};
        return;
    }
    /* Where the numbers decide already, what changed in structure is still told. */
    if (strcmp(plugin_text, host_text) != 0)
        fit_texts(coupling, policy, world, texts, ret_result);
}
