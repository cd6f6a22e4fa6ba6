/* SPDX-License-Identifier: MIT */
#include "providers.h"

#include "reach.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_WORK = 4 << 20,   /* far more than a folder of 10,000 plugins asks for */
    WORK_OF_FIT = 16,     /* that something is compared, and */
    BYTES_OF_WORK = 1024, /* of texts that are the same; what differs has a limit of its own (fit.c) */
    TEXTS_OF_WORK = 16    /* that are looked through for one */
};

/* ---- the list ---- */

static size_t preference_of(const struct pm_world *world, const char *interface_name, const char *plugin_name)
{
    for (size_t i = 0; i < world->preference_count; i++)
        if (strcmp(world->preferences[i].interface_name, interface_name) == 0 &&
            strcmp(world->preferences[i].plugin_name, plugin_name) == 0)
            return i;
    return SIZE_MAX;
}

static void add_provider(struct pm_providers *providers, const struct pm_provider *provider)
{
    struct pm_provider *added = &providers->all[providers->count++];
    *added = *provider;
    added->preference = SIZE_MAX;
    if (provider->by == PM_MET_BY_CANDIDATE && provider->facts->name != NULL)
        added->preference = preference_of(providers->world, provider->provide->interface_name, provider->facts->name);
}

static void add_host(struct pm_providers *providers)
{
    const struct pm_facts *host = providers->world->host;
    for (size_t i = 0; host != NULL && i < host->provide_count; i++)
        if (host->provides[i].symbol == NULL)
            add_provider(providers,
                         &(struct pm_provider){
                             .facts = host, .provide = &host->provides[i], .by = PM_MET_BY_HOST, .is_open = true});
}

static void add_plugin(struct pm_providers *providers, const struct pm_facts *facts, size_t index, bool is_open)
{
    for (size_t i = 0; i < facts->provide_count; i++)
        if (!pm_provide_is_typed_symbol(&facts->provides[i]))
            add_provider(providers, &(struct pm_provider){.facts = facts,
                                                          .provide = &facts->provides[i],
                                                          .by = PM_MET_BY_CANDIDATE,
                                                          .index = index,
                                                          .is_open = is_open});
}

static int compare_sizes(size_t a, size_t b)
{
    return a < b ? -1 : a > b;
}

/* By interface; what is preferred, in that order; the host's; the latest version; what is open; as they were found. */
static int compare_providers(const void *left, const void *right)
{
    const struct pm_provider *a = left, *b = right;
    int order = strcmp(a->provide->interface_name, b->provide->interface_name);
    if (order == 0)
        order = compare_sizes(a->preference, b->preference);
    if (order == 0)
        order = (b->by == PM_MET_BY_HOST) - (a->by == PM_MET_BY_HOST);
    if (order == 0)
        order = pm_version_compare(b->provide->version, a->provide->version);
    if (order == 0)
        order = b->is_open - a->is_open;
    if (order == 0)
        order = compare_sizes(a->index, b->index);
    return order != 0 ? order : (a->provide > b->provide) - (a->provide < b->provide);
}

/* The modules in which a type must not be two things. The first two are the user and the provider, which change. */
static void list_modules(struct pm_providers *providers, struct pm_arena *arena)
{
    const struct pm_world *world = providers->world;
    providers->modules = pm_arena_new(arena, (world->other_count + 3) * sizeof(*providers->modules));
    if (providers->modules == NULL)
        return;
    providers->module_count = 2;
    if (world->host != NULL)
        providers->modules[providers->module_count++] = world->host;
    for (size_t i = 0; i < world->other_count; i++)
        providers->modules[providers->module_count++] = world->others[i];
}

void pm_providers_make(const struct pm_facts *root, const struct pm_world *world, enum plugmgr_policy policy,
                       struct pm_arena *arena, struct pm_providers *ret_providers)
{
    size_t room = root->provide_count + (world->host != NULL ? world->host->provide_count : 0);
    *ret_providers = (struct pm_providers){.world = world, .policy = policy, .texts = {.arena = arena}};
    for (size_t i = 0; i < world->candidate_count; i++)
        room += world->candidates[i].facts->provide_count;
    list_modules(ret_providers, arena);
    ret_providers->all = pm_arena_new(arena, (room + 1) * sizeof(*ret_providers->all));
    if (ret_providers->all == NULL || ret_providers->modules == NULL)
        return;
    add_host(ret_providers);
    for (size_t i = 0; i < world->candidate_count; i++)
        add_plugin(ret_providers, world->candidates[i].facts, i, world->candidates[i].is_open);
    add_plugin(ret_providers, root, world->candidate_count, false);
    qsort(ret_providers->all, ret_providers->count, sizeof(*ret_providers->all), compare_providers);
}

/* ---- those of one interface ---- */

/* The first for which is_behind holds: it holds for none before, and for all behind. */
static size_t first_where(const struct pm_providers *providers, size_t low, size_t high,
                          bool (*is_behind)(const struct pm_provider *provider, const struct pm_require *require),
                          const struct pm_require *require)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (is_behind(&providers->all[middle], require))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static bool has_name_or_later(const struct pm_provider *provider, const struct pm_require *require)
{
    return strcmp(provider->provide->interface_name, require->interface_name) >= 0;
}

static bool has_later_name(const struct pm_provider *provider, const struct pm_require *require)
{
    return strcmp(provider->provide->interface_name, require->interface_name) > 0;
}

static bool is_plain(const struct pm_provider *provider, const struct pm_require *require)
{
    (void)require;
    return provider->preference == SIZE_MAX && provider->by != PM_MET_BY_HOST;
}

static bool is_of_major_or_earlier(const struct pm_provider *provider, const struct pm_require *require)
{
    return provider->provide->version.major <= require->version.major;
}

/* ---- texts ---- */

static const char *text_of(struct pm_providers *providers, const struct pm_facts *facts, const char *name,
                           struct pm_version version)
{
    const struct pm_abi *abi = pm_facts_abi(facts, name, version);
    providers->work += facts->abi_count / TEXTS_OF_WORK;
    return abi != NULL ? abi->text : NULL;
}

static const char *provided_text(struct pm_providers *providers, struct pm_provider *provider)
{
    if (provider->has_text)
        return provider->text;
    provider->text = text_of(providers, provider->facts, provider->provide->interface_name, provider->provide->version);
    provider->text_size = provider->text != NULL ? strlen(provider->text) : 0;
    provider->has_text = true;
    return provider->text;
}

/* ---- walks ---- */

void pm_provider_walk_begin(struct pm_providers *providers, const struct pm_facts *user,
                            const struct pm_require *require, bool has_all, struct pm_provider_walk *ret_walk)
{
    size_t begin = first_where(providers, 0, providers->count, has_name_or_later, require);
    size_t end = first_where(providers, begin, providers->count, has_later_name, require);
    *ret_walk = (struct pm_provider_walk){
        .user = user,
        .require = require,
        .text = begin < end ? text_of(providers, user, require->interface_name, require->version) : NULL,
        .at = begin,
        .rest = first_where(providers, begin, end, is_plain, require),
        .end = end,
        .has_all = has_all,
    };
}

bool pm_providers_gave_up(const struct pm_providers *providers)
{
    return providers->work >= MAX_WORK;
}

/* Of those that are sorted by version, the ones that cannot fit are not looked at: there may be many. */
struct pm_provider *pm_provider_walk_next(struct pm_providers *providers, struct pm_provider_walk *walk)
{
    if (walk->at == walk->rest && !walk->has_all) {
        walk->at = first_where(providers, walk->rest, walk->end, is_of_major_or_earlier, walk->require);
        walk->rest = SIZE_MAX;
    }
    providers->work++;
    if (walk->at == walk->end || pm_providers_gave_up(providers))
        return NULL;
    struct pm_provider *next = &providers->all[walk->at];
    if (walk->rest == SIZE_MAX && pm_version_compare(next->provide->version, walk->require->lowest) < 0)
        return NULL;
    walk->at++;
    return next;
}

/* ---- how it fits ---- */

/* The interfaces that are handed around by the required one, each once. */
static void list_reached(struct pm_providers *providers, struct pm_provider_walk *walk)
{
    struct pm_arena *arena = providers->texts.arena;
    const struct pm_require *require = walk->require;
    struct pm_reach reach;
    walk->reached = pm_arena_new(arena, (walk->user->abi_count + 1) * sizeof(*walk->reached));
    providers->work += walk->user->abi_count;
    if (walk->reached == NULL || !pm_reach_make(walk->user, 1, arena, &reach))
        return;
    pm_reach_add(&reach, pm_facts_abi(walk->user, require->interface_name, require->version));
    pm_reach_follow(&reach);
    for (size_t i = 0; i < reach.waiting_count; i++)
        providers->work += strlen(reach.waiting[i]->text) / BYTES_OF_WORK;
    for (size_t i = 0; i < reach.count; i++) {
        const char *name = reach.by_name[i]->interface_name;
        if (reach.is_reached[i] && !pm_reach_is_next(&reach, i) && strcmp(name, require->interface_name) != 0)
            walk->reached[walk->reached_count++] = name;
    }
}

/* Of two plugins, what one hands to the other must fit too; with the host, the verdict looks at all that is handed
 * around at once. */
static void fit_reached(struct pm_providers *providers, struct pm_provider_walk *walk,
                        const struct pm_provider *provider, const struct pm_fit_world *world,
                        struct pm_fit_result *result)
{
    const struct pm_reach_fitting fitting = {
        .plugin = walk->user,
        .host = provider->facts,
        .host_word = "provider",
        .policy = providers->policy,
        .world = world,
        .texts = &providers->texts,
    };
    if (walk->reached == NULL)
        list_reached(providers, walk);
    for (size_t i = 0; i < walk->reached_count && pm_fits(result->fit); i++) {
        struct pm_reached reached;
        providers->work += WORK_OF_FIT + provider->facts->abi_count;
        if (!pm_reach_fit(&fitting, walk->reached[i], &reached) || pm_fits(reached.result.fit))
            continue;
        const char *changes = reached.result.changes != NULL ? reached.result.changes : "its version does not fit";
        *result = (struct pm_fit_result){
            .fit = PM_FIT_LAYOUT,
            .changes = pm_arena_join(providers->texts.arena, "interface ", walk->reached[i],
                                     ", which it hands around: ", changes, NULL),
            .has_rival = reached.result.has_rival,
        };
    }
}

void pm_providers_fit(struct pm_providers *providers, struct pm_provider_walk *walk, struct pm_provider *provider,
                      struct pm_fit_result *ret_result)
{
    const struct pm_coupling coupling = {
        .built = walk->require->version,
        .lowest = walk->require->lowest,
        .provided = provider->provide->version,
        .plugin_text = walk->text,
        .host_text = provided_text(providers, provider),
        .host_word = provider->by == PM_MET_BY_HOST ? NULL : "provider",
    };
    const struct pm_fit_world world = {providers->modules, providers->module_count};
    providers->modules[0] = walk->user;
    providers->modules[1] = provider->facts;
    providers->work += WORK_OF_FIT + provider->text_size / BYTES_OF_WORK;
    pm_fit(&coupling, providers->policy, &world, &providers->texts, ret_result);
    if (provider->by == PM_MET_BY_CANDIDATE && pm_fits(ret_result->fit) && providers->policy != PLUGMGR_POLICY_VERSION)
        fit_reached(providers, walk, provider, &world, ret_result);
}

/* A provider that is not older has all that the user was built against, or would not fit. */
static size_t size_of(struct pm_providers *providers, const struct pm_provider_walk *walk, struct pm_provider *provider)
{
    const char *text = provided_text(providers, provider);
    struct pm_problem ignored;
    if (pm_version_compare(provider->provide->version, walk->require->version) >= 0)
        return SIZE_MAX;
    if (walk->text == NULL || text == NULL)
        return 0;
    if (strcmp(walk->text, text) == 0)
        return SIZE_MAX;
    const struct pm_abi_tree *user = pm_texts_tree(&providers->texts, walk->text, &ignored);
    const struct pm_abi_tree *provided = pm_texts_tree(&providers->texts, text, &ignored);
    return user != NULL && provided != NULL ? pm_abi_reach(user, provided) : 0;
}

struct pm_met pm_providers_meet(struct pm_providers *providers, const struct pm_provider_walk *walk,
                                struct pm_provider *provider)
{
    return (struct pm_met){
        .by = provider->by,
        .index = provider->index,
        .provide = (size_t)(provider->provide - provider->facts->provides),
        .size = size_of(providers, walk, provider),
    };
}
