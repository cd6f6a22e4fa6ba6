/* SPDX-License-Identifier: MIT */
#include "lookup.h"

#include "abi.h"

#include <string.h>

/* Whether the first fits the host better: its own version, else the latest. */
static bool is_better(struct pm_version first, struct pm_version second, struct pm_version built)
{
    bool is_first_equal = pm_version_compare(first, built) == 0;
    if (is_first_equal != (pm_version_compare(second, built) == 0))
        return is_first_equal;
    return pm_version_compare(first, second) > 0;
}

static bool is_asked_for(const struct pm_plugin *plugin, size_t index, const struct plugmgr_accepted *accepted,
                         const char *instance)
{
    const struct pm_provide *provide = &pm_plugin_facts(plugin)->provides[index];
    uint32_t provided = PLUGMGR_VERSION_(provide->version.major, provide->version.minor);
    return pm_plugin_fits(plugin, index) && strcmp(provide->interface_name, accepted->interface_name) == 0 &&
           provided / 10000 == accepted->lowest / 10000 && provided >= accepted->lowest &&
           (instance == NULL || strcmp(provide->instance, instance) == 0);
}

int pm_lookup(const struct pm_plugin *plugin, const struct plugmgr_accepted *accepted, const char *instance,
              size_t *ret_index)
{
    const struct pm_facts *facts = pm_plugin_facts(plugin);
    const struct pm_provide *provides = facts->provides;
    const struct pm_version built = {accepted->version / 10000, accepted->version % 10000};
    size_t best = facts->provide_count;
    bool is_ambiguous = false;
    for (size_t i = 0; i < facts->provide_count; i++) {
        if (!is_asked_for(plugin, i, accepted, instance))
            continue;
        bool is_first = best == facts->provide_count;
        if (is_first || is_better(provides[i].version, provides[best].version, built)) {
            best = i;
            is_ambiguous = false;
        } else if (pm_version_compare(provides[i].version, provides[best].version) == 0) {
            is_ambiguous = true;
        }
    }
    if (best == facts->provide_count)
        return -PLUGMGR_E_NOT_FOUND;
    if (is_ambiguous)
        return -PLUGMGR_E_AMBIGUOUS;
    *ret_index = best;
    return 0;
}

/* Whether the text's root has the first name of "member", "member.part" or "member[0]": what is within a member never
 * changes. A text that cannot be read has none. */
static bool has_named(const char *text, const char *member, bool *ret_is_read)
{
    struct pm_arena arena = {0};
    struct pm_problem ignored;
    const struct pm_abi_tree *tree;
    const char *name = pm_arena_copy_bytes(&arena, member, strcspn(member, " .["));
    bool is_read = pm_abi_parse(text, &arena, &tree, &ignored) == 0;
    bool has = is_read && !arena.failed && pm_abi_has_member(tree, name);
    *ret_is_read = is_read || arena.failed;
    pm_arena_free(&arena);
    return has;
}

bool pm_lookup_has_member(const struct pm_plugin *plugin, size_t index, const char *member, size_t end)
{
    bool is_read = false;
    const struct pm_facts *facts = pm_plugin_facts(plugin);
    const struct pm_provide *provide = &facts->provides[index];
    const struct pm_abi *abi = pm_facts_abi(facts, provide->interface_name, provide->version);
    bool has = abi != NULL && has_named(abi->text, member, &is_read);
    return is_read ? has : pm_loaded_size(pm_plugin_provider(plugin, index)) >= end;
}
