/* SPDX-License-Identifier: MIT */
#include "linkage.h"

#include <string.h>

enum {
    MAX_EFFORT = 1 << 26, /* lookups and comparisons of one plugin */
    SYMBOL_EFFORT = 32,   /* of what is kept for each symbol: memory */
    STEP_EFFORT = 2,      /* of each symbol that is looked at for one lookup */
    NAME_EFFORT = 64,     /* bytes of a name that take as long as a lookup */
};

/* An object that would be loaded. */
struct pm_wanting {
    struct pm_wanting *next;
    const char *name; /* NULL: the plugin */
    const struct pm_references *references;
    struct pm_sought *sought; /* for each symbol */
    bool *is_found;           /* for each symbol; weak ones, and the object's own, count as found */
    size_t *lacking;          /* for each needed version: its index in the linkage + 1; 0: it is there, or unknown */
};

/* Whether there may be so much more: hostile tables would take hours, and all memory. */
static bool may_spend(struct pm_linker *linker, size_t effort)
{
    if (!linker->is_exhausted && effort <= MAX_EFFORT - linker->effort) {
        linker->effort += effort;
        return true;
    }
    linker->is_exhausted = true;
    linker->linkage->unread = "there are too many symbols to look up";
    return false;
}

void pm_linker_spend(struct pm_linker *linker, size_t effort)
{
    may_spend(linker, effort);
}

/* Of comparing with the name, which may be long, and all others like it up to the end. */
static size_t effort_of(const char *name)
{
    return 1 + strlen(name) / NAME_EFFORT;
}

/* Whether they may be kept: memory. */
static bool may_keep(struct pm_linker *linker, const struct pm_references *references)
{
    size_t size = 0;
    if (!may_spend(linker, SYMBOL_EFFORT * (references->symbol_count + references->version_count)))
        return false;
    for (size_t i = 0; i < references->symbol_count; i++)
        size += strlen(references->symbols[i].name);
    for (size_t i = 0; i < references->version_count; i++)
        size += strlen(references->versions[i].version);
    return may_spend(linker, size / 2);
}

bool pm_linker_add(struct pm_linker *linker, const char *name, const struct pm_references *references)
{
    struct pm_arena *arena = linker->arena;
    if (name != NULL && !may_keep(linker, references))
        return false;
    struct pm_wanting *wanting = pm_arena_new(arena, sizeof(*wanting));
    if (wanting == NULL)
        return false;
    *wanting = (struct pm_wanting){.next = linker->wanting, .name = name, .references = references};
    wanting->sought = pm_arena_new(arena, references->symbol_count * sizeof(*wanting->sought));
    wanting->is_found = pm_arena_new(arena, references->symbol_count * sizeof(*wanting->is_found));
    wanting->lacking = pm_arena_new(arena, references->version_count * sizeof(*wanting->lacking));
    if (name == NULL)
        linker->linkage->taken_from =
            pm_arena_new(arena, references->symbol_count * sizeof(*linker->linkage->taken_from));
    if (arena->failed)
        return false;
    for (size_t i = 0; i < references->symbol_count; i++) {
        const struct pm_reference *reference = &references->symbols[i];
        wanting->sought[i] = pm_sought_make(reference->name, reference->version, reference->is_version_hidden);
        wanting->is_found[i] = reference->is_defined || reference->binding == STB_WEAK;
    }
    linker->wanting = wanting;
    return true;
}

void pm_linker_miss(struct pm_linker *linker, const char *path, const struct pm_problem *problem)
{
    if (problem->code == PM_OUT_OF_MEMORY)
        linker->arena->failed = true;
    else if (linker->linkage->unread == NULL)
        linker->linkage->unread = pm_arena_join(linker->arena, path, ": ", problem->detail, NULL);
}

/* ---- versions ---- */

static bool is_called(const struct pm_provider *provider, const char *name)
{
    const char *slash = strrchr(provider->path, '/');
    if (strcmp(provider->path, name) == 0 || (provider->name != NULL && strcmp(provider->name, name) == 0))
        return true;
    if (provider->soname != NULL)
        return strcmp(provider->soname, name) == 0;
    return slash != NULL && strcmp(slash + 1, name) == 0;
}

/* Compares numbers with points between them, as in GLIBC_2.9 and GLIBC_2.36. */
static int compare_numbers(const char *a, const char *b)
{
    while (*a != '\0' && *b != '\0') {
        size_t a_length = strspn(a, "0123456789"), b_length = strspn(b, "0123456789");
        if (a_length != b_length && a_length > 0 && b_length > 0)
            return a_length < b_length ? -1 : 1;
        size_t length = a_length > 0 && b_length > 0 ? a_length : 1;
        int order = memcmp(a, b, length);
        if (order != 0)
            return order < 0 ? -1 : 1;
        a += length;
        b += length;
    }
    return (*a != '\0') - (*b != '\0');
}

static const char *find_highest(struct pm_linker *linker, const struct pm_view *view, const char *version)
{
    size_t prefix = strcspn(version, "0123456789");
    const char *highest = NULL;
    for (size_t i = 0; i < view->version_count; i++) {
        const char *name = view->versions[i].name;
        if (!may_spend(linker, effort_of(name)))
            break;
        if (view->versions[i].library != NULL || view->versions[i].is_base || strncmp(name, version, prefix) != 0 ||
            strspn(name + prefix, "0123456789.") != strlen(name + prefix) || name[prefix] == '\0')
            continue;
        if (highest == NULL || compare_numbers(name + prefix, highest + prefix) > 0)
            highest = name;
    }
    return highest;
}

/* Whether the object has the version, as _dl_check_map_versions asks: one that defines none is not asked. */
static bool defines(struct pm_linker *linker, const struct pm_view *view, const char *version)
{
    const size_t effort = effort_of(version);
    bool has_any = false;
    for (size_t i = 0; i < view->version_count && may_spend(linker, effort); i++) {
        if (view->versions[i].library != NULL)
            continue;
        has_any = true;
        if (strcmp(view->versions[i].name, version) == 0)
            return true;
    }
    return !has_any || linker->is_exhausted;
}

static void add_lacking_version(struct pm_linker *linker, struct pm_wanting *wanting, size_t index,
                                const struct pm_provider *provider, const struct pm_view *view)
{
    struct pm_linkage *linkage = linker->linkage;
    const struct pm_needed_version *need = &wanting->references->versions[index];
    if ((linkage->version_count & (linkage->version_count - 1)) == 0) { /* the array is full: a power of two, or 0 */
        size_t capacity = linkage->version_count > 0 ? 2 * linkage->version_count : 1;
        struct pm_lacking_version *versions = pm_arena_new(linker->arena, capacity * sizeof(*versions));
        if (versions == NULL)
            return;
        if (linkage->version_count > 0)
            memcpy(versions, linkage->versions, linkage->version_count * sizeof(*versions));
        linkage->versions = versions;
    }
    const char *highest = find_highest(linker, view, need->version);
    linkage->versions[linkage->version_count++] = (struct pm_lacking_version){
        .library = need->library,
        .path = provider->path,
        .version = need->version,
        .highest = highest != NULL ? pm_arena_copy(linker->arena, highest) : NULL,
        .wanted_by = wanting->name,
    };
    wanting->lacking[index] = linkage->version_count;
}

/* Whether the object is one that must define the needed version. */
static bool is_asked(const struct pm_wanting *wanting, size_t index, const struct pm_provider *provider)
{
    const struct pm_needed_version *need = &wanting->references->versions[index];
    return !need->is_weak && wanting->lacking[index] == 0 && is_called(provider, need->library);
}

static void meet_versions(struct pm_linker *linker, const struct pm_provider *provider, struct pm_view *view)
{
    struct pm_problem problem;
    for (struct pm_wanting *wanting = linker->wanting; wanting != NULL; wanting = wanting->next) {
        for (size_t i = 0; i < wanting->references->version_count; i++) {
            const struct pm_needed_version *need = &wanting->references->versions[i];
            if (!may_spend(linker, effort_of(need->library)))
                return;
            if (!is_asked(wanting, i, provider))
                continue;
            if (pm_view_read_versions(view, &problem) < 0) {
                pm_linker_miss(linker, provider->path, &problem);
                return;
            }
            if (!defines(linker, view, need->version))
                add_lacking_version(linker, wanting, i, provider, view);
        }
    }
}

/* ---- symbols ---- */

/* What the plugin defines and names itself is looked up in the host first. */
static bool is_interposable(const struct pm_wanting *wanting, const struct pm_provider *provider, size_t index)
{
    const struct pm_reference *reference = &wanting->references->symbols[index];
    return wanting->name == NULL && provider->is_host && reference->is_defined && !reference->is_protected;
}

/* is_own: it is the plugin's, and may be taken from the host. */
static bool is_sought(const struct pm_linker *linker, const struct pm_wanting *wanting, size_t index, bool is_own)
{
    return is_own ? linker->linkage->taken_from[index] == NULL : !wanting->is_found[index];
}

static bool meet_symbol(struct pm_linker *linker, struct pm_wanting *wanting, size_t index,
                        const struct pm_provider *provider, struct pm_view *view)
{
    const char **taken_from = linker->linkage->taken_from;
    bool is_own = is_interposable(wanting, provider, index);
    struct pm_problem problem;
    Elf64_Sym ignored;
    if (!is_sought(linker, wanting, index, is_own))
        return true;
    const size_t before = view->steps;
    int result = may_spend(linker, 1) ? pm_view_find(view, &wanting->sought[index], &ignored, &problem) : 0;
    may_spend(linker, STEP_EFFORT * (view->steps - before));
    if (result < 0) {
        pm_linker_miss(linker, provider->path, &problem);
        return false;
    }
    if (result > 0 && is_own)
        taken_from[index] = provider->path;
    else if (result > 0)
        wanting->is_found[index] = true;
    return true;
}

bool pm_linker_needs(struct pm_linker *linker, const struct pm_provider *provider)
{
    if (linker->arena->failed || linker->is_exhausted)
        return false;
    for (const struct pm_wanting *wanting = linker->wanting; wanting != NULL; wanting = wanting->next) {
        for (size_t i = 0; i < wanting->references->symbol_count; i++)
            if (is_sought(linker, wanting, i, is_interposable(wanting, provider, i)))
                return true;
        for (size_t i = 0; i < wanting->references->version_count; i++) {
            if (!may_spend(linker, effort_of(wanting->references->versions[i].library)))
                return false;
            if (is_asked(wanting, i, provider))
                return true;
        }
    }
    return false;
}

void pm_linker_meet(struct pm_linker *linker, const struct pm_provider *provider, struct pm_view *view)
{
    if (linker->arena->failed || linker->is_exhausted)
        return;
    meet_versions(linker, provider, view);
    for (struct pm_wanting *wanting = linker->wanting; wanting != NULL; wanting = wanting->next)
        for (size_t i = 0; i < wanting->references->symbol_count && !linker->is_exhausted; i++)
            if (!meet_symbol(linker, wanting, i, provider, view))
                return;
}

void pm_linker_ask(struct pm_linker *linker, bool (*has)(const char *name, const char *version))
{
    for (struct pm_wanting *wanting = linker->wanting; wanting != NULL; wanting = wanting->next)
        for (size_t i = 0; i < wanting->references->symbol_count; i++)
            if (!wanting->is_found[i])
                wanting->is_found[i] = has(wanting->sought[i].name, wanting->sought[i].version);
}

/* ---- the end ---- */

/* The lacking version that the symbol is of; NULL: it is of none. */
static struct pm_lacking_version *lacking_version(const struct pm_linker *linker, const struct pm_wanting *wanting,
                                                  const struct pm_reference *reference)
{
    size_t place = reference->need > 0 ? wanting->lacking[reference->need - 1] : 0;
    return place > 0 ? &linker->linkage->versions[place - 1] : NULL;
}

/* Counts first, and then, when there is room, fills. */
static void list_symbols(struct pm_linker *linker, bool is_counting)
{
    struct pm_linkage *linkage = linker->linkage;
    linkage->symbol_count = 0;
    for (size_t i = 0; i < linkage->version_count; i++)
        linkage->versions[i].symbol_count = 0;
    for (const struct pm_wanting *wanting = linker->wanting; wanting != NULL; wanting = wanting->next) {
        for (size_t i = 0; i < wanting->references->symbol_count; i++) {
            const struct pm_reference *reference = &wanting->references->symbols[i];
            struct pm_lacking_version *version = lacking_version(linker, wanting, reference);
            if (version != NULL) {
                if (!is_counting)
                    version->symbols[version->symbol_count] = reference->name;
                version->symbol_count++;
            } else if (!wanting->is_found[i]) {
                if (!is_counting)
                    linkage->symbols[linkage->symbol_count] = (struct pm_lacking_symbol){
                        reference->name, reference->version, reference->library, wanting->name};
                linkage->symbol_count++;
            }
        }
    }
}

/* The plugin first, as it was added. */
static void turn_around(struct pm_linker *linker)
{
    struct pm_wanting *turned = NULL;
    while (linker->wanting != NULL) {
        struct pm_wanting *next = linker->wanting->next;
        linker->wanting->next = turned;
        turned = linker->wanting;
        linker->wanting = next;
    }
    linker->wanting = turned;
}

void pm_linker_finish(struct pm_linker *linker)
{
    struct pm_linkage *linkage = linker->linkage;
    if (linker->arena->failed)
        return;
    turn_around(linker);
    list_symbols(linker, true);
    linkage->symbols = pm_arena_new(linker->arena, linkage->symbol_count * sizeof(*linkage->symbols));
    for (size_t i = 0; i < linkage->version_count; i++)
        linkage->versions[i].symbols =
            pm_arena_new(linker->arena, linkage->versions[i].symbol_count * sizeof(*linkage->versions[i].symbols));
    if (linker->arena->failed) {
        linkage->symbol_count = linkage->version_count = 0;
        return;
    }
    list_symbols(linker, false);
    linkage->is_known = true;
}
