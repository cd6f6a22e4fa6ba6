/* SPDX-License-Identifier: MIT */
/* Walks both texts at once, breadth first from their roots, a pair of blocks at a time, and notes every change. */
#include "abi_walk.h"

#include <string.h>

enum {
    MAX_CHANGES = 1000, /* noted; what is found beyond counts, and is said to be left out */
    MAX_FACTS = 900,    /* of them, so that what breaks is not left out for them */
    WORK_PER_BYTE = 16, /* steps for each byte of the texts, more than any text needs that a compiler led to */
    LEAST_WORK = 1 << 20,
    STEPS_OF_PAIR = 100 /* what the room for a pair costs, whatever it holds */
};

void pm_abi_spend(struct pm_abi_walk *walk, size_t steps)
{
    walk->work += steps;
    if (walk->work > walk->budget)
        walk->is_spent = true;
}

static const unsigned *copy_path(const struct pm_abi_walk *walk)
{
    unsigned *path = pm_arena_new(walk->scratch, walk->depth * sizeof(*path));
    if (path != NULL && walk->depth > 0)
        memcpy(path, walk->path, walk->depth * sizeof(*path));
    return path;
}

static struct pm_abi_change *add_change(struct pm_abi_walk *walk, enum pm_abi_change_kind kind,
                                        const struct pm_abi_member *from, const struct pm_abi_member *to, size_t room)
{
    struct pm_abi_change *change = NULL;
    if (walk->explains && walk->change_count < room)
        change = pm_arena_new(walk->scratch, sizeof(*change));
    bool is_kept = change != NULL;
    if (!is_kept)
        change = &walk->spare;
    walk->leaves_out |= walk->explains && !is_kept;
    *change = (struct pm_abi_change){.kind = kind, .pair = walk->pair, .from = from, .to = to, .count = 1};
    if (!is_kept)
        return change;
    change->path = copy_path(walk);
    change->depth = change->path != NULL ? walk->depth : 0;
    *walk->changes_end = change;
    walk->changes_end = &change->next;
    walk->change_count++;
    return change;
}

struct pm_abi_change *pm_abi_note_fact(struct pm_abi_walk *walk, enum pm_abi_change_kind kind,
                                       const struct pm_abi_member *from, const struct pm_abi_member *to)
{
    struct pm_abi_change *change = add_change(walk, kind, from, to, MAX_FACTS);
    change->is_fact = true;
    return change;
}

struct pm_abi_change *pm_abi_note(struct pm_abi_walk *walk, enum pm_abi_change_kind kind,
                                  const struct pm_abi_member *from, const struct pm_abi_member *to)
{
    walk->is_different = true;
    return add_change(walk, kind, from, to, MAX_CHANGES);
}

/* ---- pairs ---- */

static size_t slot_of(struct pm_abi_walk *walk, uint64_t key)
{
    size_t slot = (size_t)((key * 0x9e3779b97f4a7c15u) >> 16) & (walk->known_room - 1);
    while (walk->known[slot] != 0 && walk->known[slot] != key) {
        pm_abi_spend(walk, 1);
        slot = (slot + 1) & (walk->known_room - 1);
    }
    return slot;
}

static bool grow_known(struct pm_abi_walk *walk)
{
    uint64_t *old = walk->known;
    size_t old_room = walk->known_room, room = old_room > 0 ? old_room * 2 : 64;
    walk->known = pm_arena_new(walk->scratch, room * sizeof(*walk->known));
    if (walk->known == NULL) {
        walk->known = old;
        return false;
    }
    walk->known_room = room;
    for (size_t i = 0; i < old_room; i++)
        if (old[i] != 0)
            walk->known[slot_of(walk, old[i])] = old[i];
    return true;
}

/* Whether the pair is met for the first time. Either may be NULL, not both. */
static bool is_new_pair(struct pm_abi_walk *walk, const struct pm_abi_block *from, const struct pm_abi_block *to)
{
    uint64_t columns = walk->to->block_count + 1;
    uint64_t row = from != NULL ? (uint64_t)(from - walk->from->blocks) + 1 : 0;
    uint64_t key = row * columns + (to != NULL ? (uint64_t)(to - walk->to->blocks) + 1 : 0);
    if (walk->known_count * 2 >= walk->known_room && !grow_known(walk))
        return false;
    size_t slot = slot_of(walk, key);
    if (walk->known[slot] == key)
        return false;
    walk->known[slot] = key;
    walk->known_count++;
    return true;
}

static void add_pair(struct pm_abi_walk *walk, const struct pm_abi_block *from, const struct pm_abi_block *to)
{
    struct pm_abi_pair *pair = pm_arena_new(walk->scratch, sizeof(*pair));
    if (pair == NULL)
        return;
    *pair = (struct pm_abi_pair){.from = from, .to = to, .from_tree = walk->from, .to_tree = walk->to};
    pair->parent = walk->pair;
    pair->member = walk->from_member;
    if (walk->explains && walk->depth > 0) {
        pair->path = copy_path(walk);
        pair->depth = pair->path != NULL ? walk->depth : 0;
    }
    *walk->pairs_end = pair;
    walk->pairs_end = &pair->next;
}

/* ---- types ---- */

bool pm_abi_is_complete(const struct pm_abi_block *block)
{
    return block != NULL && !block->is_opaque;
}

/* One of them knows more of the type than the other. */
static void take_opaque(struct pm_abi_walk *walk, const struct pm_abi_token *tag, const struct pm_abi_block *from,
                        const struct pm_abi_block *to)
{
    static const char *const words[] = {
        [PM_ABI_STRUCT] = "struct ", [PM_ABI_UNION] = "union ", [PM_ABI_ENUM] = "enum "};
    if (!is_new_pair(walk, from, to))
        return;
    struct pm_abi_opaque *opaque = pm_arena_new(walk->scratch, sizeof(*opaque));
    const char *name = pm_arena_copy_bytes(walk->scratch, tag->text, tag->length);
    if (opaque == NULL)
        return;
    opaque->text = pm_arena_join(walk->scratch, words[tag->tag_kind], name, NULL);
    *walk->opaque_end = opaque;
    walk->opaque_end = &opaque->next;
    walk->opaque_count++;
    struct pm_abi_change *change = pm_abi_note_fact(walk, PM_ABI_OPAQUE, NULL, NULL);
    change->from_type = opaque->text;
    change->from_number = from == NULL ? 0 : from->is_opaque ? 1 : 2;
    change->to_number = to == NULL ? 0 : to->is_opaque ? 1 : 2;
}

/* The size that a tag's text or block gives; false: neither does. */
static bool size_of_tag(const struct pm_abi_token *tag, const struct pm_abi_block *block, uint64_t *ret_size)
{
    *ret_size = tag->has_count ? tag->count : pm_abi_is_complete(block) ? block->size : 0;
    return tag->has_count || pm_abi_is_complete(block);
}

/* Returns how they differ as types (enum pm_abi_retyping), and the sizes by value; what is in them is compared later.
 */
static unsigned compare_tags(struct pm_abi_walk *walk, const struct pm_abi_token *a, const struct pm_abi_token *b,
                             uint64_t *ret_from_size, uint64_t *ret_to_size)
{
    bool is_same_tag = a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
    bool are_anonymous = a->text[0] == '@' && b->text[0] == '@';
    if (a->tag_kind != b->tag_kind || (!is_same_tag && !are_anonymous))
        return PM_ABI_RE_OTHER;
    const struct pm_abi_block *from = pm_abi_find(walk->from, a), *to = pm_abi_find(walk->to, b);
    if (!is_same_tag && (!pm_abi_is_complete(from) || !pm_abi_is_complete(to)))
        return PM_ABI_RE_OTHER;
    unsigned retyping = 0;
    if (a->has_count || b->has_count) {
        bool is_known = size_of_tag(a, from, ret_from_size), is_other_known = size_of_tag(b, to, ret_to_size);
        retyping = is_known && is_other_known && *ret_from_size == *ret_to_size ? 0 : PM_ABI_RE_SIZED;
    }
    if (pm_abi_is_complete(from) && pm_abi_is_complete(to)) {
        if (is_new_pair(walk, from, to))
            add_pair(walk, from, to);
    } else if ((from == NULL) != (to == NULL) || (from != NULL && from->is_opaque != to->is_opaque)) {
        take_opaque(walk, a, from, to);
    }
    return retyping;
}

bool pm_abi_looks_alike(struct pm_abi_walk *walk, const char *a, const char *b)
{
    const char *a_end = pm_abi_type_end(a), *b_end = pm_abi_type_end(b);
    pm_abi_spend(walk, (size_t)(a_end - a) + (size_t)(b_end - b));
    if (a_end - a != b_end - b)
        return false;
    for (; a < a_end; a++, b++) {
        if (*a != *b)
            return false;
        if (*a == '@') {
            a += 16;
            b += 16;
        }
    }
    return true;
}

/* The next parameter of a function; NULL: *at is behind the last. */
static const char *next_parameter(const char **at)
{
    const char *type = *at;
    if (strchr(")?.", *type) != NULL)
        return NULL;
    *at = pm_abi_type_end(type);
    if (**at == ',')
        ++*at;
    return type;
}

static size_t count_parameters(const char **at)
{
    size_t count = 0;
    while (next_parameter(at) != NULL)
        count++;
    return count;
}

static void compare_parameter(struct pm_abi_walk *walk, size_t number, const char *from, const char *to)
{
    walk->path[walk->depth - 1] = (unsigned)number;
    pm_abi_compare_types(walk, from, to);
}

static const char **list_parameters(struct pm_arena *arena, const char *at, size_t count)
{
    const char **parameters = pm_arena_new(arena, count * sizeof(*parameters));
    for (size_t i = 0; parameters != NULL && i < count; i++)
        parameters[i] = next_parameter(&at);
    return parameters;
}

/* What remains between the parameters that are alike at the beginning and those at the end was put in, taken out or
 * exchanged. */
static void compare_lists(struct pm_abi_walk *walk, const char **from, size_t from_count, const char **to,
                          size_t to_count)
{
    size_t least = from_count < to_count ? from_count : to_count, head = 0, tail = 0;
    while (head < least && pm_abi_looks_alike(walk, from[head], to[head]))
        head++;
    while (tail < least - head && pm_abi_looks_alike(walk, from[from_count - 1 - tail], to[to_count - 1 - tail]))
        tail++;
    walk->depth--;
    size_t from_rest = from_count - head - tail, to_rest = to_count - head - tail;
    enum pm_abi_change_kind kind = from_rest > 0 && to_rest > 0 ? PM_ABI_PARAMETERS_REPLACED
                                   : from_rest > 0              ? PM_ABI_PARAMETERS_REMOVED
                                   : tail > 0                   ? PM_ABI_PARAMETERS_INSERTED
                                                                : PM_ABI_PARAMETERS_APPENDED;
    struct pm_abi_change *change = pm_abi_note(walk, kind, walk->from_member, walk->to_member);
    change->from_type = from_rest > 0 ? from[head] : NULL;
    change->to_type = to_rest > 0 ? to[head] : NULL;
    change->from_number = change->to_number = head + 1;
    change->count = from_rest;
    change->to_count = to_rest;
    walk->depth++;
    for (size_t i = 0; i < head; i++)
        compare_parameter(walk, i + 1, from[i], to[i]);
    for (size_t i = tail; i > 0; i--)
        compare_parameter(walk, from_count - i + 1, from[from_count - i], to[to_count - i]);
}

/* a, b: behind "fn(" */
static void compare_functions(struct pm_abi_walk *walk, const char *a, const char *b)
{
    walk->path[walk->depth++] = 0;
    pm_abi_compare_types(walk, a, b);
    const char *from = pm_abi_type_end(a) + 1, *to = pm_abi_type_end(b) + 1, *from_end = from, *to_end = to;
    size_t from_count = count_parameters(&from_end), to_count = count_parameters(&to_end);
    pm_abi_spend(walk, (size_t)(from_end - from) + (size_t)(to_end - to));
    bool is_prototyped = (*from_end == '?') == (*to_end == '?');
    if (!is_prototyped || *from_end != *to_end) {
        walk->depth--;
        struct pm_abi_change *change =
            pm_abi_note(walk, is_prototyped ? PM_ABI_VARIADIC : PM_ABI_PROTOTYPED, walk->from_member, walk->to_member);
        change->to_number = is_prototyped ? *to_end == '.' : *to_end != '?';
        walk->depth++;
    }
    if (is_prototyped && from_count == to_count) {
        for (size_t i = 1; i <= from_count; i++) {
            const char *one = next_parameter(&from), *other = next_parameter(&to);
            compare_parameter(walk, i, one, other);
        }
    } else if (is_prototyped) {
        struct pm_arena lists = {0};
        const char **from_list = list_parameters(&lists, from, from_count);
        const char **to_list = list_parameters(&lists, to, to_count);
        if (!lists.failed)
            compare_lists(walk, from_list, from_count, to_list, to_count);
        walk->scratch->failed |= lists.failed;
        pm_arena_free(&lists);
    }
    walk->depth--;
}

/* What two types have in common from the outside in, and how they differ there. */
struct chain {
    unsigned retyping, added, removed;
    bool is_pointee;
    struct pm_abi_token a, b; /* where it ended */
};

/* Steps over the qualifiers that either begins with. */
static void take_qualifiers(struct chain *chain)
{
    unsigned a = chain->a.kind == PM_ABI_QUALIFIERS ? chain->a.qualifiers : 0;
    unsigned b = chain->b.kind == PM_ABI_QUALIFIERS ? chain->b.qualifiers : 0;
    if (a != b) {
        chain->retyping |= PM_ABI_RE_QUALIFIED;
        chain->added |= b & ~a;
        chain->removed |= a & ~b;
    }
    if (a != 0)
        pm_abi_token_read(chain->a.next, &chain->a);
    if (b != 0)
        pm_abi_token_read(chain->b.next, &chain->b);
}

static struct chain follow_chain(struct pm_abi_walk *walk, const char *from, const char *to)
{
    struct chain chain = {0};
    pm_abi_token_read(from, &chain.a);
    pm_abi_token_read(to, &chain.b);
    for (;;) {
        pm_abi_spend(walk, 1);
        struct pm_abi_token *a = &chain.a, *b = &chain.b;
        take_qualifiers(&chain);
        if (a->kind != b->kind) {
            chain.retyping |= PM_ABI_RE_OTHER;
            return chain;
        }
        if (a->kind == PM_ABI_FUNCTION || a->kind == PM_ABI_TAG || a->kind == PM_ABI_LEAF)
            return chain;
        if (a->kind == PM_ABI_POINTER && chain.retyping == 0)
            chain.is_pointee = true;
        if (a->has_count != b->has_count || a->count != b->count)
            chain.retyping |= a->kind == PM_ABI_ARRAY ? PM_ABI_RE_COUNTED : PM_ABI_RE_OTHER;
        pm_abi_token_read(a->next, a);
        pm_abi_token_read(b->next, b);
    }
}

void pm_abi_compare_types(struct pm_abi_walk *walk, const char *from, const char *to)
{
    if (walk->is_spent)
        return;
    struct chain chain = follow_chain(walk, from, to);
    unsigned retyping = chain.retyping;
    uint64_t from_size = 0, to_size = 0;
    if ((retyping & PM_ABI_RE_OTHER) == 0) {
        if (chain.a.kind == PM_ABI_FUNCTION)
            compare_functions(walk, chain.a.next, chain.b.next);
        else if (chain.a.kind == PM_ABI_TAG)
            retyping |= compare_tags(walk, &chain.a, &chain.b, &from_size, &to_size);
        else if (chain.a.length != chain.b.length || memcmp(chain.a.text, chain.b.text, chain.a.length) != 0)
            retyping |= PM_ABI_RE_OTHER;
    }
    if (retyping == 0)
        return;
    struct pm_abi_change *change = pm_abi_note(walk, PM_ABI_RETYPED, walk->from_member, walk->to_member);
    change->from_type = from;
    change->to_type = to;
    change->from_number = from_size;
    change->to_number = to_size;
    change->retyping = retyping;
    change->added = chain.added;
    change->removed = chain.removed;
    change->is_pointee = chain.is_pointee;
}

/* ---- the whole ---- */

static void begin_walk(struct pm_abi_walk *walk, const struct pm_abi_tree *from, const struct pm_abi_tree *to,
                       struct pm_arena *scratch)
{
    *walk = (struct pm_abi_walk){.from = from, .to = to, .scratch = scratch};
    walk->budget = (from->size + to->size) * WORK_PER_BYTE + LEAST_WORK;
    walk->pairs_end = &walk->pairs;
    walk->changes_end = &walk->changes;
    walk->opaque_end = &walk->opaque;
}

/* Goes through the queue. Nothing more is looked for once it is clear what the answer is. */
static void walk_pairs(struct pm_abi_walk *walk)
{
    for (struct pm_abi_pair *pair = walk->pairs; pair != NULL && !walk->is_spent && !walk->scratch->failed;
         pair = pair->next) {
        if (walk->is_different && (!walk->explains || (walk->change_count == MAX_CHANGES && walk->leaves_out)))
            break;
        walk->pair = pair;
        pm_abi_spend(walk, STEPS_OF_PAIR);
        if (pair->from->kind == PM_ABI_ENUM)
            pm_abi_compare_enums(walk);
        else
            pm_abi_compare_layouts(walk);
    }
    if (walk->is_spent) {
        walk->change_count -= walk->change_count == MAX_CHANGES;
        pm_abi_note(walk, PM_ABI_TOO_MUCH, NULL, NULL);
    } else if (walk->leaves_out) {
        struct pm_abi_change *change = add_change(walk, PM_ABI_LEFT_OUT, NULL, NULL, MAX_CHANGES + 1);
        change->is_fact = true;
        change->from_number = walk->change_count - 1;
    }
}

static void walk_roots(struct pm_abi_walk *walk)
{
    const struct pm_abi_tree *from = walk->from, *to = walk->to;
    add_pair(walk, &from->root, &to->root);
    if (walk->pairs == NULL)
        return;
    walk->pairs->is_root = true;
    walk->pair = walk->pairs;
    if (strcmp(from->name, to->name) != 0)
        pm_abi_note(walk, PM_ABI_NAMED, NULL, NULL);
    if (from->form != to->form) {
        pm_abi_note(walk, PM_ABI_REFORMED, NULL, NULL);
        return;
    }
    if (from->type != NULL)
        pm_abi_compare_types(walk, from->type, to->type);
    walk_pairs(walk);
}

static const char **list_opaque(const struct pm_abi_walk *walk, struct pm_arena *arena)
{
    const char **tags = pm_arena_new(arena, (walk->opaque_count + 1) * sizeof(*tags));
    const char **at = tags;
    for (const struct pm_abi_opaque *tag = walk->opaque; tags != NULL && tag != NULL; tag = tag->next)
        *at++ = pm_arena_copy(arena, tag->text);
    return tags;
}

void pm_abi_compare(const struct pm_abi_tree *from, const struct pm_abi_tree *to, struct pm_arena *arena,
                    struct pm_abi_difference *ret_difference)
{
    struct pm_abi_walk walk;
    struct pm_arena scratch = {0};
    begin_walk(&walk, from, to, &scratch);
    walk.explains = true;
    walk_roots(&walk);
    struct pm_abi_difference difference = {
        .is_different = walk.is_different,
        .from_appends = walk.from_appends,
        .to_appends = walk.to_appends,
        .enumerators_added = walk.enumerators_added,
        .opaque_tags = list_opaque(&walk, arena),
    };
    difference.opaque_count = difference.opaque_tags != NULL ? walk.opaque_count : 0;
    difference.lines = pm_abi_explain(walk.changes, arena, &difference.line_count);
    arena->failed |= scratch.failed;
    pm_arena_free(&scratch);
    *ret_difference = difference;
}

static bool is_root(const struct pm_abi_tree *tree, const struct pm_abi_token *tag)
{
    return tree->type == NULL && tree->root.kind == tag->tag_kind && strlen(tree->root.tag) == tag->length &&
           memcmp(tree->root.tag, tag->text, tag->length) == 0;
}

/* A block, or the root itself: what is a part of one interface may be an interface of its own elsewhere. */
static const struct pm_abi_block *find_definition(const struct pm_abi_tree *tree, const struct pm_abi_token *tag)
{
    const struct pm_abi_block *block = is_root(tree, tag) ? &tree->root : pm_abi_find(tree, tag);
    return pm_abi_is_complete(block) ? block : NULL;
}

enum pm_abi_definition pm_abi_compare_definition(const struct pm_abi_tree *a, const struct pm_abi_tree *b,
                                                 const char *type, struct pm_arena *arena)
{
    struct pm_abi_walk walk;
    struct pm_abi_token tag;
    struct pm_arena scratch = {0};
    if (!pm_abi_token_read(type, &tag) || tag.kind != PM_ABI_TAG || *tag.next != '\0')
        return PM_ABI_ABSENT;
    const struct pm_abi_block *from = find_definition(a, &tag), *to = find_definition(b, &tag);
    if (from == NULL || to == NULL)
        return PM_ABI_ABSENT;
    begin_walk(&walk, a, b, &scratch);
    if (is_new_pair(&walk, from, to))
        add_pair(&walk, from, to);
    walk_pairs(&walk);
    arena->failed |= scratch.failed;
    pm_arena_free(&scratch);
    return walk.is_different || walk.enumerators_added > 0 ? PM_ABI_DIFFERENT : PM_ABI_SAME;
}
