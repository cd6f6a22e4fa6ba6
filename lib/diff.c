/* SPDX-License-Identifier: MIT */
#include "diff.h"

#include "fit.h"

#include <stdlib.h>
#include <string.h>

/* Steps for types that are opaque in one file: interfaces times types times interfaces is more than a hostile file may
 * ask for. What is not looked at does not fit. */
enum { MAX_WORK = 30000000 };

/* What a file has to do with an interface. */
enum use {
    USE_PROVIDED,
    USE_CONSUMED, /* a plugin requires it, or a host accepts it */
    USE_REACHED   /* there is a text of it, and no more */
};

/* An interface in one version, as one of the files has it. */
struct entry {
    const char *name;
    struct pm_version version;
    struct pm_version lowest; /* CONSUMED: what the file can live with */
    const char *text;         /* NULL: there is none */
    enum use use;
    bool is_optional;               /* CONSUMED: the file can do without */
    bool is_paired_as[USE_REACHED]; /* one that is merely REACHED stands for a provided and for a consumed one */
};

/* By name, version and use. */
struct entries {
    struct entry *items;
    size_t count;
};

/* A text, read; size in bytes. */
struct reading {
    const struct pm_abi_tree *tree;
    size_t size;
};

struct comparison {
    const struct pm_facts *from, *to;
    enum plugmgr_policy policy;
    bool is_meeting;  /* a host and a plugin; else the second file replaces the first */
    bool are_plugins; /* both: their states are compared as such */
    struct pm_arena *arena;
    struct pm_texts texts;
    struct reading *readings; /* all texts of both files, once they are needed */
    size_t reading_count;
    size_t work; /* spent on types that are opaque in one of them */
    struct pm_diff *diff;
};

static const char *const grade_names[PM_DIFF_GRADES] = {
    [PM_DIFF_IDENTICAL] = "identical",   [PM_DIFF_ADDED] = "added",
    [PM_DIFF_COMPATIBLE] = "compatible", [PM_DIFF_UNFINGERPRINTED] = "unfingerprinted",
    [PM_DIFF_REMOVED] = "removed",       [PM_DIFF_MALFORMED] = "malformed",
    [PM_DIFF_DIFFERENT] = "different",
};

const char *pm_diff_grade_name(enum pm_diff_grade grade)
{
    return grade_names[grade];
}

static bool has_version(const struct entry *entry)
{
    return entry->version.major != PM_DIFF_NO_VERSION;
}

/* ---- what the files have ---- */

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    if (order == 0)
        order = pm_version_compare(a->version, b->version);
    return order != 0 ? order : (a->use > b->use) - (a->use < b->use);
}

static const char *text_of(const struct pm_facts *facts, const char *name, struct pm_version version)
{
    const struct pm_abi *abi = pm_facts_abi(facts, name, version);
    return abi != NULL ? abi->text : NULL;
}

/* Instances of a version are one entry, and a text that is provided or consumed is not merely reached. Of a requirement
 * that stands twice the stricter counts, of an acceptance the more lenient. */
static void merge_entries(struct entries *entries, enum pm_role role)
{
    size_t kept = 0;
    for (size_t i = 0; i < entries->count; i++) {
        const struct entry *entry = &entries->items[i];
        struct entry *last = kept > 0 ? &entries->items[kept - 1] : NULL;
        bool is_same = last != NULL && strcmp(last->name, entry->name) == 0 &&
                       pm_version_compare(last->version, entry->version) == 0 &&
                       (last->use == entry->use || entry->use == USE_REACHED);
        if (!is_same) {
            entries->items[kept++] = *entry;
            continue;
        }
        if (entry->use != USE_CONSUMED)
            continue;
        last->is_optional &= entry->is_optional;
        if ((pm_version_compare(last->lowest, entry->lowest) < 0) == (role == PM_ROLE_PLUGIN))
            last->lowest = entry->lowest;
    }
    entries->count = kept;
}

/* Whether a text is that of the plugin's state and, as far as can be told, of nothing else: no other interface's text
 * has a struct or union that begins with its name. Nobody else is built against it. */
static bool is_state_alone(const struct pm_facts *facts, const struct pm_abi *abi, struct pm_arena *arena)
{
    const struct pm_state_fact *state = facts->state;
    if (state == NULL || state->interface_name == NULL || strcmp(state->interface_name, abi->interface_name) != 0 ||
        pm_version_compare(state->version, abi->version) != 0)
        return false;
    const char *as_struct = pm_arena_join(arena, "struct ", abi->interface_name, NULL);
    const char *as_union = pm_arena_join(arena, "union ", abi->interface_name, NULL);
    for (size_t i = 0; i < facts->abi_count; i++)
        if (strcmp(facts->abis[i].interface_name, abi->interface_name) != 0 &&
            (strstr(facts->abis[i].text, as_struct) != NULL || strstr(facts->abis[i].text, as_union) != NULL))
            return false;
    return true;
}

static struct entries collect(const struct comparison *c, const struct pm_facts *facts)
{
    struct pm_arena *arena = c->arena;
    struct entries entries = {0};
    entries.items = pm_arena_new(arena, (facts->provide_count + facts->require_count + facts->abi_count + 1) *
                                            sizeof(struct entry));
    if (entries.items == NULL)
        return entries;
    for (size_t i = 0; i < facts->provide_count; i++) {
        const struct pm_provide *provide = &facts->provides[i];
        entries.items[entries.count++] =
            (struct entry){.name = provide->interface_name,
                           .version = provide->version,
                           .text = text_of(facts, provide->interface_name, provide->version),
                           .use = USE_PROVIDED};
    }
    for (size_t i = 0; i < facts->require_count; i++) {
        const struct pm_require *require = &facts->requires_[i];
        if (facts->role == PM_ROLE_HOST && require->symbol != NULL) /* what a host accepts has no slot */
            continue;
        entries.items[entries.count++] =
            (struct entry){.name = require->interface_name,
                           .version = require->version,
                           .lowest = require->lowest,
                           .text = text_of(facts, require->interface_name, require->version),
                           .use = USE_CONSUMED,
                           .is_optional = require->optional};
    }
    for (size_t i = 0; i < facts->abi_count; i++) {
        if (c->are_plugins && is_state_alone(facts, &facts->abis[i], arena))
            continue;
        entries.items[entries.count++] = (struct entry){.name = facts->abis[i].interface_name,
                                                        .version = facts->abis[i].version,
                                                        .text = facts->abis[i].text,
                                                        .use = USE_REACHED};
    }
    qsort(entries.items, entries.count, sizeof(*entries.items), compare_entries);
    merge_entries(&entries, facts->role);
    return entries;
}

/* The entries from `at` on that have one name. */
static struct entries run_at(const struct entries *entries, size_t at)
{
    size_t end = at + 1;
    while (end < entries->count && strcmp(entries->items[end].name, entries->items[at].name) == 0)
        end++;
    return (struct entries){entries->items + at, end - at};
}

static bool has_use(const struct entries *entries, enum use use)
{
    for (size_t i = 0; i < entries->count; i++)
        if (entries->items[i].use == use)
            return true;
    return false;
}

/* ---- who provides to whom ---- */

/* Whether the verdict on the plugin judges the interface by what one consumes and the other provides (interfaces.c);
 * what else has a text in both is reached by others. */
static bool is_direct(const struct comparison *c, const struct entries *from, const struct entries *to)
{
    const struct entries *plugin = c->from->role == PM_ROLE_PLUGIN ? from : to, *host = plugin == from ? to : from;
    return has_use(plugin, USE_CONSUMED) || (has_use(plugin, USE_PROVIDED) && has_use(host, USE_CONSUMED));
}

/* As what two entries meet. */
static enum use use_of(const struct entry *from, const struct entry *to)
{
    return from->use == USE_CONSUMED || to->use == USE_CONSUMED ? USE_CONSUMED : USE_PROVIDED;
}

static bool is_paired(const struct entry *entry)
{
    return entry->is_paired_as[USE_PROVIDED] || entry->is_paired_as[USE_CONSUMED];
}

static bool may_pair(const struct comparison *c, const struct entry *from, const struct entry *to, bool direct)
{
    enum use use = use_of(from, to);
    if (from->is_paired_as[use] || to->is_paired_as[use])
        return false;
    if (!c->is_meeting)
        return from->use == to->use || from->use == USE_REACHED || to->use == USE_REACHED;
    if (direct)
        return (from->use == USE_CONSUMED && to->use == USE_PROVIDED) ||
               (from->use == USE_PROVIDED && to->use == USE_CONSUMED);
    return from->text != NULL && to->text != NULL;
}

/* The one that stands for the provider; NULL: each may hand its own to the other. */
static const struct entry *provider_of(const struct comparison *c, const struct entry *from, const struct entry *to)
{
    if (!c->is_meeting)
        return use_of(from, to) == USE_CONSUMED ? from : to;
    const struct entry *plugin = c->from->role == PM_ROLE_PLUGIN ? from : to, *host = plugin == from ? to : from;
    if (plugin->use == USE_PROVIDED)
        return plugin;
    return host->use == USE_PROVIDED ? host : NULL;
}

/* pm_fit tells what differs from the plugin's to the host's: here the first file stands for the plugin. */
static struct pm_coupling coupling_of(const struct comparison *c, const struct entry *from, const struct entry *to)
{
    const struct entry *provider = provider_of(c, from, to), *consumer = provider == from ? to : from;
    struct pm_coupling coupling = {
        .plugin_text = from->text, .host_text = to->text, .plugin_provides = provider == from};
    if (provider == NULL)
        return coupling;
    if (!has_version(from) || !has_version(to)) {
        coupling.provided.minor = 1; /* later than the consumer's 0.0: the provider may have more */
        return coupling;
    }
    coupling.provided = provider->version;
    coupling.built = coupling.lowest = consumer->version;
    coupling.lowest.minor = 0;
    if (consumer->use == USE_CONSUMED)
        coupling.lowest = consumer->lowest;
    return coupling;
}

/* ---- one pair ---- */

/* The texts of both files, read; NULL where one cannot be. */
static bool read_all(struct comparison *c)
{
    const struct pm_facts *files[] = {c->from, c->to};
    struct pm_problem ignored;
    if (c->readings != NULL)
        return true;
    c->readings = pm_arena_new(c->arena, (c->from->abi_count + c->to->abi_count + 1) * sizeof(*c->readings));
    for (size_t i = 0; c->readings != NULL && i < 2; i++)
        for (size_t k = 0; k < files[i]->abi_count; k++) {
            const char *text = files[i]->abis[k].text;
            c->readings[c->reading_count++] = (struct reading){pm_texts_tree(&c->texts, text, &ignored), strlen(text)};
        }
    return c->readings != NULL;
}

/* Whether a text of the two files completes the type in another way than this one; and if it takes too long to know. */
static bool has_rival(struct comparison *c, const struct reading *complete, const char *type)
{
    for (size_t i = 0; i < c->reading_count && c->work < MAX_WORK; i++) {
        const struct reading *other = &c->readings[i];
        if (other->tree == NULL || other->tree == complete->tree)
            continue;
        enum pm_abi_definition definition = pm_abi_compare_definition(complete->tree, other->tree, type, c->arena);
        c->work += 16 + (definition != PM_ABI_ABSENT ? (complete->size + other->size) / 16 : 0);
        if (definition == PM_ABI_DIFFERENT)
            return true;
    }
    return c->work >= MAX_WORK;
}

/* A type that is opaque in one of two texts must be one and the same in all of both files, as in the verdict (fit.c).
 * A line for the first that is not; NULL: there is none. */
static const char *opaque_conflict(struct comparison *c, const char *from, const char *to)
{
    struct pm_problem ignored;
    struct pm_abi_difference difference;
    const struct reading sides[] = {{pm_texts_tree(&c->texts, from, &ignored), strlen(from)},
                                    {pm_texts_tree(&c->texts, to, &ignored), strlen(to)}};
    if (sides[0].tree == NULL || sides[1].tree == NULL)
        return NULL;
    pm_abi_compare(sides[0].tree, sides[1].tree, c->arena, &difference);
    if (difference.opaque_count == 0 || c->arena->failed || !read_all(c))
        return NULL;
    for (size_t i = 0; i < difference.opaque_count; i++) {
        const char *type = difference.opaque_tags[i];
        bool is_first = pm_abi_compare_definition(sides[0].tree, sides[0].tree, type, c->arena) != PM_ABI_ABSENT;
        if (has_rival(c, &sides[is_first ? 0 : 1], type))
            return pm_arena_join(c->arena, type,
                                 c->work < MAX_WORK
                                     ? ": opaque in one of them, and completed in two ways elsewhere (if "
                                       "each may have its own: PLUGMGR_OPAQUE)"
                                     : ": opaque in one of them; too much to compare with all others",
                                 NULL);
    }
    return NULL;
}

static const char *join_lines(struct pm_arena *arena, const char *first, const char *others)
{
    if (first == NULL || others == NULL)
        return first != NULL ? first : others;
    return pm_arena_join(arena, first, "\n", others, NULL);
}

/* As the policy `compatible` has it. */
static void fit_pair(struct comparison *c, const struct pm_coupling *coupling, struct pm_fit_result *ret_result)
{
    const struct pm_fit_world nowhere = {0};
    pm_fit(coupling, PLUGMGR_POLICY_COMPATIBLE, &nowhere, &c->texts, ret_result);
    if (!pm_fits(ret_result->fit) || ret_result->changes == NULL)
        return;
    const char *conflict = opaque_conflict(c, coupling->plugin_text, coupling->host_text);
    if (conflict == NULL)
        return;
    ret_result->fit = PM_FIT_LAYOUT;
    ret_result->changes = join_lines(c->arena, conflict, ret_result->changes);
}

static enum pm_diff_grade grade_of(const struct pm_fit_result *result, const struct entry *from, const struct entry *to)
{
    bool is_same_version =
        !has_version(from) || !has_version(to) || pm_version_compare(from->version, to->version) == 0;
    switch (result->fit) {
    case PM_FIT_IDENTICAL:
        return is_same_version ? PM_DIFF_IDENTICAL : PM_DIFF_COMPATIBLE;
    case PM_FIT_COMPATIBLE:
    case PM_FIT_ENUMERATORS:
        return PM_DIFF_COMPATIBLE;
    case PM_FIT_UNFINGERPRINTED:
        return PM_DIFF_UNFINGERPRINTED;
    case PM_FIT_MALFORMED:
        return PM_DIFF_MALFORMED;
    case PM_FIT_NOT_EQUAL:
    case PM_FIT_TOO_OLD:
    case PM_FIT_UNBUMPED:
    case PM_FIT_LAYOUT:
    case PM_FIT_OTHER_MAJOR:
        break;
    }
    return PM_DIFF_DIFFERENT;
}

/* What the changes in structure do not tell; NULL: nothing. */
static const char *reason_of(const struct comparison *c, const struct pm_fit_result *result,
                             const struct pm_coupling *coupling, const struct entry *from, const struct entry *to)
{
    switch (result->fit) {
    case PM_FIT_OTHER_MAJOR:
        return "another major version";
    case PM_FIT_TOO_OLD:
        return pm_arena_join(c->arena, "at least ", pm_arena_number(c->arena, coupling->lowest.major), ".",
                             pm_arena_number(c->arena, coupling->lowest.minor), " is needed", NULL);
    case PM_FIT_UNBUMPED:
        return provider_of(c, from, to) == NULL
                   ? "either may hand its own to the other, so neither may have more members"
                   : "the version is the same, and one of them has more members";
    case PM_FIT_UNFINGERPRINTED:
        if (from->text == NULL && to->text == NULL)
            return "neither file has a fingerprint of it";
        return from->text == NULL ? "the first file has no fingerprint of it"
                                  : "the second file has no fingerprint of it";
    case PM_FIT_MALFORMED:
        return pm_arena_join(c->arena, "the fingerprint in the ", result->is_plugin_at_fault ? "first" : "second",
                             " file cannot be read: ", result->problem, NULL);
    default:
        return NULL;
    }
}

static bool is_accepted(const struct comparison *c, const struct pm_diff_item *item, bool fits_by_numbers)
{
    switch (c->policy) {
    case PLUGMGR_POLICY_EXACT:
        return item->grade == PM_DIFF_IDENTICAL;
    case PLUGMGR_POLICY_VERSION:
        return fits_by_numbers;
    case PLUGMGR_POLICY_COMPATIBLE:
        break;
    }
    return item->fits;
}

static void compare_pair(struct comparison *c, const struct entry *from, const struct entry *to)
{
    const struct pm_fit_world nowhere = {0};
    const struct pm_coupling coupling = coupling_of(c, from, to);
    struct pm_fit_result result, by_numbers;
    struct pm_diff_item *item = &c->diff->items[c->diff->count++];
    fit_pair(c, &coupling, &result);
    pm_fit(&coupling, PLUGMGR_POLICY_VERSION, &nowhere, &c->texts, &by_numbers);
    *item = (struct pm_diff_item){
        .interface_name = from->name,
        .has_from = true,
        .has_to = true,
        .from = from->version,
        .to = to->version,
        .grade = grade_of(&result, from, to),
        .fits = pm_fits(result.fit),
        .changes = join_lines(c->arena, reason_of(c, &result, &coupling, from, to), result.changes),
    };
    item->is_accepted = is_accepted(c, item, pm_fits(by_numbers.fit));
}

/* What one file alone has. Nobody misses what a plugin requires no longer; what it requires anew, its host may lack. */
static void add_alone(struct comparison *c, const struct entry *entry, bool is_added)
{
    const struct pm_facts *facts = is_added ? c->to : c->from;
    bool is_requirement = entry->use == USE_CONSUMED && facts->role == PM_ROLE_PLUGIN;
    const char *added_text = entry->is_optional ? "the plugin requires it now, and can do without"
                                                : "the plugin requires it now, so its host must provide it";
    struct pm_diff_item *item = &c->diff->items[c->diff->count++];
    *item = (struct pm_diff_item){
        .interface_name = entry->name,
        .has_from = !is_added,
        .has_to = is_added,
        .from = entry->version,
        .to = entry->version,
        .grade = is_added ? PM_DIFF_ADDED : PM_DIFF_REMOVED,
        .fits = is_added ? !is_requirement || entry->is_optional : is_requirement,
        .changes = !is_requirement ? NULL
                   : is_added      ? added_text
                                   : "the plugin does not require it any more",
    };
    item->is_accepted = is_accepted(c, item, item->fits);
}

/* ---- all ---- */

enum closeness { EQUAL_VERSION, EQUAL_MAJOR, ANY_VERSION };

static bool is_as_close(const struct entry *a, const struct entry *b, enum closeness closeness)
{
    if (closeness == ANY_VERSION || !has_version(a) || !has_version(b))
        return true;
    return a->version.major == b->version.major && (closeness == EQUAL_MAJOR || a->version.minor == b->version.minor);
}

/* All versions of one interface: those that are equal, then those of one major, then the rest, in order. */
static void compare_interface(struct comparison *c, const struct entries *from, const struct entries *to)
{
    const size_t before = c->diff->count;
    const bool direct = is_direct(c, from, to);
    for (enum closeness closeness = EQUAL_VERSION; closeness <= ANY_VERSION; closeness++) {
        if (closeness == ANY_VERSION && c->is_meeting && c->diff->count > before)
            break; /* versions stand side by side, so that one of them meets */
        for (size_t i = 0; i < from->count; i++)
            for (size_t k = 0; k < to->count; k++) {
                struct entry *a = &from->items[i], *b = &to->items[k];
                if (!is_as_close(a, b, closeness) || !may_pair(c, a, b, direct))
                    continue;
                a->is_paired_as[use_of(a, b)] = b->is_paired_as[use_of(a, b)] = true;
                compare_pair(c, a, b);
            }
    }
    if (c->is_meeting)
        return;
    for (size_t i = 0; i < from->count; i++)
        if (!is_paired(&from->items[i]))
            add_alone(c, &from->items[i], false);
    for (size_t i = 0; i < to->count; i++)
        if (!is_paired(&to->items[i]))
            add_alone(c, &to->items[i], true);
}

static void compare_all(struct comparison *c, const struct entries *from, const struct entries *to)
{
    for (size_t i = 0, k = 0; i < from->count || k < to->count;) {
        int order = i == from->count ? 1 : k == to->count ? -1 : strcmp(from->items[i].name, to->items[k].name);
        const struct entries first = order <= 0 ? run_at(from, i) : (struct entries){0};
        const struct entries second = order >= 0 ? run_at(to, k) : (struct entries){0};
        compare_interface(c, &first, &second);
        i += first.count;
        k += second.count;
    }
}

static int compare_items(const void *left, const void *right)
{
    const struct pm_diff_item *a = left, *b = right;
    int order = (a->grade < b->grade) - (a->grade > b->grade);
    if (order == 0)
        order = strcmp(a->interface_name, b->interface_name);
    if (order == 0)
        order = pm_version_compare(a->from, b->from);
    return order != 0 ? order : pm_version_compare(a->to, b->to);
}

static bool is_text_equal(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* What is provided and consumed at once, and is the same as both, is told once. */
static void merge_items(struct pm_diff *diff)
{
    size_t kept = 0;
    for (size_t i = 0; i < diff->count; i++) {
        const struct pm_diff_item *item = &diff->items[i], *last = kept > 0 ? &diff->items[kept - 1] : NULL;
        if (last == NULL || compare_items(last, item) != 0 || last->fits != item->fits ||
            !is_text_equal(last->changes, item->changes))
            diff->items[kept++] = *item;
    }
    diff->count = kept;
}

static void sum_up(struct comparison *c)
{
    struct pm_diff *diff = c->diff;
    diff->result = c->is_meeting && diff->count == 0 ? PM_DIFF_DIFFERENT : PM_DIFF_IDENTICAL;
    diff->is_accepted = diff->result == PM_DIFF_IDENTICAL;
    for (size_t i = 0; i < diff->count; i++) {
        const struct pm_diff_item *item = &diff->items[i];
        if (!item->fits)
            diff->result = PM_DIFF_DIFFERENT;
        else if (item->grade != PM_DIFF_IDENTICAL && diff->result == PM_DIFF_IDENTICAL)
            diff->result = PM_DIFF_COMPATIBLE;
        diff->is_accepted &= item->is_accepted;
    }
}

void pm_diff(const struct pm_facts *from, const struct pm_facts *to, enum plugmgr_policy policy, struct pm_arena *arena,
             struct pm_diff *ret_diff)
{
    struct comparison comparison = {
        .from = from,
        .to = to,
        .policy = policy,
        .is_meeting = from->role != to->role && from->role != PM_ROLE_NONE && to->role != PM_ROLE_NONE,
        .are_plugins = from->role == PM_ROLE_PLUGIN && to->role == PM_ROLE_PLUGIN,
        .arena = arena,
        .texts = {.arena = arena},
        .diff = ret_diff,
    };
    *ret_diff = (struct pm_diff){.result = PM_DIFF_DIFFERENT};
    const struct entries first = collect(&comparison, from), second = collect(&comparison, to);
    /* each item has an entry that stands in no other */
    ret_diff->items = pm_arena_new(arena, (first.count + second.count + 1) * sizeof(*ret_diff->items));
    if (arena->failed)
        return;
    compare_all(&comparison, &first, &second);
    qsort(ret_diff->items, ret_diff->count, sizeof(*ret_diff->items), compare_items);
    merge_items(ret_diff);
    sum_up(&comparison);
    if (comparison.are_plugins)
        pm_state_compare(from, to, arena, &ret_diff->state);
}
