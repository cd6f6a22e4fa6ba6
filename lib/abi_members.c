/* SPDX-License-Identifier: MIT */
/* Compares two blocks: which members belong together, and what follows from what. */
#include "abi_walk.h"

#include <string.h>

static const size_t none = SIZE_MAX;

/* ---- what belongs together ---- */

/* For the members of one pair of blocks, by their indexes. */
struct match {
    const struct pm_abi_block *from, *to;
    size_t *from_mate, *to_mate; /* the other's index, or none */
    bool *is_anchor;             /* of from: it kept its place in the order */
    size_t *next_anchor;         /* of to: the next member behind that kept its place */
    struct pm_abi_change **told; /* of from: what tells that it did not */
    size_t mated;
    size_t last_from, last_to; /* behind the last member that has a mate */
    bool is_swap;
    size_t swapped[2]; /* of from */
};

static int compare_names(const struct pm_abi_member *a, const struct pm_abi_member *b)
{
    int order = strcmp(a->name, b->name);
    return order == 0 && a->type != NULL && strcmp(a->name, "-") == 0 ? strcmp(a->type, b->type) : order;
}

/* Both lists are sorted by name, anonymous members by type too. */
static void match_names(struct match *match)
{
    const struct pm_abi_block *from = match->from, *to = match->to;
    for (size_t i = 0, j = 0; i < from->count && j < to->count;) {
        int order = compare_names(from->by_name[i], to->by_name[j]);
        if (order == 0) {
            size_t a = (size_t)(from->by_name[i] - from->members), b = (size_t)(to->by_name[j] - to->members);
            match->from_mate[a] = b;
            match->to_mate[b] = a;
            match->mated++;
            match->last_from = a + 1 > match->last_from ? a + 1 : match->last_from;
            match->last_to = b + 1 > match->last_to ? b + 1 : match->last_to;
        }
        i += order <= 0;
        j += order >= 0;
    }
}

/* Whether exactly two members changed places. */
static bool find_swap(struct match *match)
{
    size_t found = 0, first[2] = {0}, second[2] = {0};
    for (size_t i = 0, j = 0;; i++, j++) {
        while (i < match->from->count && match->from_mate[i] == none)
            i++;
        while (j < match->to->count && match->to_mate[j] == none)
            j++;
        if (i >= match->from->count || j >= match->to->count)
            break;
        if (match->from_mate[i] == j)
            continue;
        if (found == 2)
            return false;
        first[found] = i;
        second[found++] = j;
    }
    if (found != 2 || match->from_mate[first[0]] != second[1])
        return false;
    for (size_t i = 0; i < match->from->count; i++)
        match->is_anchor[i] = match->from_mate[i] != none && i != first[0] && i != first[1];
    match->swapped[0] = first[0];
    match->swapped[1] = first[1];
    return true;
}

/* The longest run of members that kept their order among each other: the others moved. ends[n] is the member that ends
 * the run of n + 1 with the lowest mate. */
static void find_anchors(struct match *match, struct pm_arena *arena)
{
    size_t count = match->from->count, length = 0;
    size_t *ends = pm_arena_new(arena, count * sizeof(*ends)), *before = pm_arena_new(arena, count * sizeof(*before));
    if (ends == NULL || before == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        if (match->from_mate[i] == none)
            continue;
        size_t low = 0, high = length;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (match->from_mate[ends[middle]] < match->from_mate[i])
                low = middle + 1;
            else
                high = middle;
        }
        before[i] = low > 0 ? ends[low - 1] : none;
        ends[low] = i;
        length = low == length ? length + 1 : length;
    }
    for (size_t i = length > 0 ? ends[length - 1] : none; i != none; i = before[i])
        match->is_anchor[i] = true;
}

static void find_next_anchors(struct match *match)
{
    size_t next = none;
    for (size_t j = match->to->count; j > 0; j--) {
        match->next_anchor[j - 1] = next;
        if (match->to_mate[j - 1] != none && match->is_anchor[match->to_mate[j - 1]])
            next = j - 1;
    }
}

static bool make_match(struct match *match, struct pm_arena *arena, const struct pm_abi_pair *pair)
{
    *match = (struct match){.from = pair->from, .to = pair->to};
    match->from_mate = pm_arena_new(arena, pair->from->count * sizeof(*match->from_mate));
    match->to_mate = pm_arena_new(arena, pair->to->count * sizeof(*match->to_mate));
    match->is_anchor = pm_arena_new(arena, pair->from->count * sizeof(*match->is_anchor));
    match->next_anchor = pm_arena_new(arena, pair->to->count * sizeof(*match->next_anchor));
    match->told = pm_arena_new(arena, pair->from->count * sizeof(struct pm_abi_change *));
    if (arena->failed)
        return false;
    for (size_t i = 0; i < pair->from->count; i++)
        match->from_mate[i] = none;
    for (size_t i = 0; i < pair->to->count; i++)
        match->to_mate[i] = none;
    match_names(match);
    return true;
}

/* ---- structs and unions ---- */

int64_t pm_abi_position(const struct pm_abi_member *member)
{
    return (int64_t)(member->number * 8 + member->bit);
}

/* The way through the members of a pair, in which what moved is put down to what moved it. */
struct course {
    struct pm_abi_walk *walk;
    struct match match;
    int64_t delta;                                   /* by how much the last member had moved, in bits */
    struct pm_abi_change *owner;                     /* what the last member had moved by */
    struct pm_abi_change *pending;                   /* what has happened since */
    struct pm_abi_change *first;                     /* what may have changed the size */
    struct pm_abi_change *run;                       /* members inserted or removed, which the next one may go on */
    struct pm_abi_change *aligned;                   /* what moves members that nothing else does */
    const struct pm_abi_member *from_last, *to_last; /* the last pair of members */
};

static void set_pending(struct course *course, struct pm_abi_change *change)
{
    course->pending = change;
    if (course->first == NULL)
        course->first = change;
}

const struct pm_abi_block *pm_abi_find_by_value(const struct pm_abi_tree *tree, const char *type)
{
    struct pm_abi_token token;
    do {
        pm_abi_token_read(type, &token);
        type = token.next;
    } while (token.kind == PM_ABI_ARRAY || token.kind == PM_ABI_QUALIFIERS);
    return token.kind == PM_ABI_TAG ? pm_abi_find(tree, &token) : NULL;
}

/* Whether a type that the member holds by value is laid out otherwise: what follows from that is told as such. */
static bool has_swelled(struct course *course, const struct pm_abi_member *from, const struct pm_abi_member *to)
{
    struct pm_abi_walk *walk = course->walk;
    if (from == NULL || walk->is_spent)
        return false;
    const struct pm_abi_block *a = pm_abi_find_by_value(walk->from, from->type),
                              *b = pm_abi_find_by_value(walk->to, to->type);
    if (!pm_abi_is_complete(a) || !pm_abi_is_complete(b) || a->kind != b->kind)
        return false;
    if (a->kind == PM_ABI_ENUM)
        return strcmp(a->leaf, b->leaf) != 0;
    if (a->size != b->size || a->align != b->align || a->count != b->count)
        return true;
    for (size_t i = 0; i < a->count; i++) {
        pm_abi_spend(walk, strlen(a->members[i].type));
        if (pm_abi_position(&a->members[i]) != pm_abi_position(&b->members[i]) ||
            strcmp(a->members[i].type, b->members[i].type) != 0)
            return true;
    }
    return false;
}

static struct pm_abi_change *note_swelled(struct course *course, const struct pm_abi_member *from,
                                          const struct pm_abi_member *to)
{
    struct pm_abi_change *change = pm_abi_note(course->walk, PM_ABI_SWELLED, from, to);
    const struct pm_abi_block *a = pm_abi_find_by_value(course->walk->from, from->type);
    const struct pm_abi_block *b = pm_abi_find_by_value(course->walk->to, to->type);
    change->from_number = a->size;
    change->to_number = b->size;
    if (course->first == NULL)
        course->first = change;
    return change;
}

/* What moved the pair of members, which stand otherwise than those before them. */
static struct pm_abi_change *find_owner(struct course *course, const struct pm_abi_member *from,
                                        const struct pm_abi_member *to)
{
    if (course->pending != NULL)
        return course->pending;
    if (has_swelled(course, course->from_last, course->to_last))
        return note_swelled(course, course->from_last, course->to_last);
    if (has_swelled(course, from, to))
        return note_swelled(course, from, to);
    if (course->owner != NULL)
        return course->owner;
    if (course->aligned != NULL)
        return course->aligned;
    struct pm_abi_change *change = pm_abi_note(course->walk, PM_ABI_MOVED, from, to);
    if (course->first == NULL)
        course->first = change;
    return change;
}

static void take_place(struct course *course, const struct pm_abi_member *from, const struct pm_abi_member *to)
{
    int64_t delta = pm_abi_position(to) - pm_abi_position(from);
    if (delta != course->delta)
        course->owner = find_owner(course, from, to);
    course->delta = delta;
    if (delta == 0) {
        course->owner = NULL;
        return;
    }
    course->walk->is_different = true;
    struct pm_abi_change *owner = course->owner;
    if (owner == NULL || (owner->from == from && owner->kind == PM_ABI_MOVED))
        return;
    owner->moves_itself |= owner->from == from;
    owner->moved_last = from;
    if (owner->moved_count++ == 0) {
        owner->moved_from = from;
        owner->moved_to = to;
        owner->least = owner->most = delta;
    }
    owner->least = delta < owner->least ? delta : owner->least;
    owner->most = delta > owner->most ? delta : owner->most;
}

/* What is in a member that both have. */
static void take_content(struct course *course, const struct pm_abi_member *from, const struct pm_abi_member *to)
{
    struct pm_abi_walk *walk = course->walk;
    struct pm_abi_change **end = walk->changes_end;
    walk->from_member = from;
    walk->to_member = to;
    if (from->width != to->width) {
        struct pm_abi_change *change = pm_abi_note(walk, PM_ABI_WIDTH, from, to);
        change->from_number = from->width;
        change->to_number = to->width;
    }
    pm_abi_compare_types(walk, from->type, to->type);
    walk->from_member = walk->to_member = NULL;
    /* A pointer stays as large as it was, whatever it points to. */
    struct pm_abi_change *change = *end;
    if (change != NULL && change->depth == 0 &&
        (change->kind == PM_ABI_WIDTH ||
         (change->kind == PM_ABI_RETYPED && (from->type[0] != '*' || to->type[0] != '*'))))
        set_pending(course, change);
}

/* Whether nothing before the member moved it, so that a type or width of its own may have: the alignment is theirs. */
static bool may_move_itself(struct course *course, const struct pm_abi_member *from, const struct pm_abi_member *to)
{
    return pm_abi_position(to) - pm_abi_position(from) != course->delta && course->pending == NULL &&
           course->owner == NULL && course->aligned == NULL &&
           (from->width != to->width || strcmp(from->type, to->type) != 0) &&
           !has_swelled(course, course->from_last, course->to_last);
}

static void keep(struct course *course, const struct pm_abi_member *from, const struct pm_abi_member *to)
{
    pm_abi_spend(course->walk, 8);
    bool moves_itself = may_move_itself(course, from, to);
    if (moves_itself)
        take_content(course, from, to);
    struct pm_abi_change *own = course->pending;
    take_place(course, from, to);
    course->pending = moves_itself ? own : NULL;
    course->run = NULL;
    course->from_last = from;
    course->to_last = to;
    if (!moves_itself)
        take_content(course, from, to);
}

static void go_on(struct course *course, enum pm_abi_change_kind kind, bool is_fact, const struct pm_abi_member *from,
                  const struct pm_abi_member *to)
{
    struct pm_abi_change *run = course->run;
    if (run != NULL && run->kind == kind && run->is_fact == is_fact && run != &course->walk->spare) {
        run->last = from != NULL ? from : to;
        run->count++;
        return;
    }
    run = is_fact ? pm_abi_note_fact(course->walk, kind, from, to) : pm_abi_note(course->walk, kind, from, to);
    run->last = from != NULL ? from : to;
    course->run = run;
    if (!is_fact)
        set_pending(course, run);
}

static void take_removed(struct course *course, size_t index, bool is_trailing)
{
    struct pm_abi_walk *walk = course->walk;
    const struct pm_abi_member *member = &course->match.from->members[index];
    bool is_fact = is_trailing && walk->pair->is_root && walk->from->form == PM_ABI_ROOT_STRUCT &&
                   (index == 0 || pm_abi_position(member) > pm_abi_position(member - 1));
    walk->from_appends += is_fact;
    go_on(course, is_fact ? PM_ABI_TRUNCATED : PM_ABI_REMOVED, is_fact, member, NULL);
}

static void take_inserted(struct course *course, size_t index, bool is_trailing)
{
    struct pm_abi_walk *walk = course->walk;
    const struct pm_abi_member *member = &course->match.to->members[index];
    bool is_behind = index == 0 || pm_abi_position(member) > pm_abi_position(member - 1);
    bool is_fact = is_trailing && is_behind && walk->pair->is_root && walk->from->form == PM_ABI_ROOT_STRUCT;
    walk->to_appends += is_fact;
    bool is_union = course->match.to->kind == PM_ABI_UNION;
    bool is_appended = is_trailing && (is_behind || is_union);
    go_on(course, is_appended ? PM_ABI_APPENDED : PM_ABI_INSERTED, is_fact, NULL, member);
}

/* Two members without mates in the same gap. false: they have nothing to do with each other. */
static bool take_exchanged(struct course *course, size_t i, size_t j, bool is_even)
{
    struct pm_abi_walk *walk = course->walk;
    const struct pm_abi_member *from = &course->match.from->members[i], *to = &course->match.to->members[j];
    bool is_alike = from->width == to->width && pm_abi_looks_alike(walk, from->type, to->type);
    bool is_unnamed = strcmp(from->name, "-") == 0, is_other_unnamed = strcmp(to->name, "-") == 0;
    if (is_unnamed && is_other_unnamed && (is_even || is_alike)) {
        keep(course, from, to);
        return true;
    }
    bool is_in_place = pm_abi_position(to) - pm_abi_position(from) == course->delta;
    if (!is_even && !(is_in_place && is_alike))
        return false;
    if (is_alike && !is_unnamed && !is_other_unnamed) {
        pm_abi_note(walk, PM_ABI_RENAMED, from, to);
        keep(course, from, to);
        return true;
    }
    set_pending(course, pm_abi_note(walk, PM_ABI_REPLACED, from, to));
    return true;
}

/* A member that both have, in another order: met where it stood, and where it stands. It is told once. */
static void take_reordered(struct course *course, size_t i)
{
    struct match *match = &course->match;
    size_t j = match->from_mate[i];
    const struct pm_abi_member *from = &match->from->members[i], *to = &match->to->members[j];
    const struct pm_abi_member *before =
        match->next_anchor[j] != none ? &match->to->members[match->next_anchor[j]] : NULL;
    bool is_met = match->told[i] != NULL;
    if (!is_met && match->is_swap) {
        struct pm_abi_change *change = pm_abi_note(course->walk, PM_ABI_SWAPPED, from, to);
        change->from = &match->from->members[match->swapped[0]];
        change->last = &match->from->members[match->swapped[1]];
        match->told[match->swapped[0]] = match->told[match->swapped[1]] = change;
        for (size_t k = 0; k < 2; k++)
            take_content(course, &match->from->members[match->swapped[k]],
                         &match->to->members[match->from_mate[match->swapped[k]]]);
    } else if (!is_met) {
        if (course->run != NULL && course->run->before != before)
            course->run = NULL;
        go_on(course, PM_ABI_REORDERED, false, from, to);
        match->told[i] = course->run;
        course->run->before = before;
        take_content(course, from, to);
    }
    if (is_met)
        course->run = NULL;
    set_pending(course, match->told[i]);
}

/* Members between two anchors, from index i to i_end and j to j_end. */
static void take_gap(struct course *course, size_t i, size_t i_end, size_t j, size_t j_end)
{
    const struct match *match = &course->match;
    size_t from_left = 0, to_left = 0;
    course->run = NULL;
    for (size_t k = i; k < i_end; k++)
        from_left += match->from_mate[k] == none;
    for (size_t k = j; k < j_end; k++)
        to_left += match->to_mate[k] == none;
    pm_abi_spend(course->walk, (i_end - i) + (j_end - j));
    while (i < i_end || j < j_end) {
        if (i < i_end && match->from_mate[i] != none) {
            take_reordered(course, i++);
        } else if (j < j_end && match->to_mate[j] != none) {
            take_reordered(course, match->to_mate[j++]);
        } else if (i < i_end && j < j_end && take_exchanged(course, i, j, from_left == to_left)) {
            i++, j++, from_left--, to_left--;
        } else if (i < i_end && (j == j_end || from_left > to_left)) {
            take_removed(course, i, i >= match->last_from && to_left == 0);
            i++, from_left--;
        } else {
            take_inserted(course, j, j >= match->last_to && from_left == 0);
            j++, to_left--;
        }
    }
}

static void take_members(struct course *course)
{
    const struct match *match = &course->match;
    size_t i = 0, j = 0;
    for (size_t a = 0; a < match->from->count; a++) {
        if (!match->is_anchor[a])
            continue;
        take_gap(course, i, a, j, match->from_mate[a]);
        i = a + 1;
        j = match->from_mate[a] + 1;
        keep(course, &match->from->members[a], &match->to->members[j - 1]);
    }
    take_gap(course, i, match->from->count, j, match->to->count);
}

/* A size that differs is put down to the first change that may have led to it. */
static void take_size(struct course *course)
{
    struct pm_abi_walk *walk = course->walk;
    const struct pm_abi_block *from = course->match.from, *to = course->match.to;
    bool may_grow = walk->pair->is_root && walk->to_appends > 0,
         may_shrink = walk->pair->is_root && walk->from_appends > 0;
    if (from->size == to->size || (may_grow && to->size > from->size) || (may_shrink && to->size < from->size))
        return;
    struct pm_abi_change *cause = course->first;
    for (size_t i = 0; cause == NULL && i < from->count; i++) {
        size_t mate = course->match.from_mate[i];
        if (mate != none && has_swelled(course, &from->members[i], &to->members[mate]))
            cause = note_swelled(course, &from->members[i], &to->members[mate]);
    }
    walk->is_different = true;
    if (cause == NULL && walk->pair->is_root && walk->from->type != NULL) {
        cause = walk->changes; /* of the type; or what it consists of is told next */
        if (cause == NULL && pm_abi_is_complete(pm_abi_find_by_value(walk->from, walk->from->type)))
            return;
    }
    if (cause == NULL)
        cause = pm_abi_note(walk, PM_ABI_RESIZED, NULL, NULL);
    cause->changes_size = true;
}

void pm_abi_compare_layouts(struct pm_abi_walk *walk)
{
    struct pm_arena arena = {0};
    struct course course = {.walk = walk};
    struct pm_abi_pair *pair = walk->pair;
    if (pair->from->align != pair->to->align) {
        struct pm_abi_change *change = pm_abi_note(walk, PM_ABI_ALIGNED, NULL, NULL);
        change->from_number = pair->from->align;
        change->to_number = pair->to->align;
        course.aligned = course.first = change;
    }
    if (make_match(&course.match, &arena, pair)) {
        course.match.is_swap = find_swap(&course.match);
        if (!course.match.is_swap)
            find_anchors(&course.match, &arena);
        find_next_anchors(&course.match);
        if (!arena.failed) {
            take_members(&course);
            take_size(&course);
        }
    }
    walk->scratch->failed |= arena.failed;
    pm_arena_free(&arena);
}

/* ---- enums ---- */

static bool is_revalued(const struct pm_abi_member *from, const struct pm_abi_member *to)
{
    return from->number != to->number || from->is_negative != to->is_negative;
}

static bool has_revalued(const struct match *match)
{
    for (size_t i = 0; i < match->from->count; i++)
        if (match->from_mate[i] != none &&
            is_revalued(&match->from->members[i], &match->to->members[match->from_mate[i]]))
            return true;
    return false;
}

/* Enumerators that both have with other values: told as one, where each differs by the same. */
static void take_values(struct pm_abi_walk *walk, const struct match *match)
{
    struct pm_abi_change *change = NULL;
    for (size_t i = 0; i < match->from->count; i++) {
        if (match->from_mate[i] == none)
            continue;
        const struct pm_abi_member *from = &match->from->members[i], *to = &match->to->members[match->from_mate[i]];
        if (!is_revalued(from, to))
            continue;
        uint64_t delta = to->number - from->number;
        if (change == NULL || change == &walk->spare || delta != change->to->number - change->from->number)
            change = pm_abi_note(walk, PM_ABI_REVALUED, from, to);
        else
            change->count++;
        change->last = from;
    }
}

/* Enumerators that one side lacks, in runs. is_fact: the other side lacks none, and nothing else differs. */
static void take_names(struct pm_abi_walk *walk, const struct match *match, bool is_fact)
{
    const struct pm_abi_block *from = match->from, *to = match->to;
    struct pm_abi_change *run = NULL;
    for (size_t i = 0, j = 0; i < from->count || j < to->count;) {
        bool skips_from = i < from->count && match->from_mate[i] != none;
        if (skips_from || (j < to->count && match->to_mate[j] != none)) {
            i += skips_from;
            j += !skips_from;
            run = run != NULL && (run->from != NULL) == skips_from ? NULL : run;
            continue;
        }
        if (i < from->count && j < to->count && from->members[i].number == to->members[j].number) {
            pm_abi_note(walk, PM_ABI_ENUMERATOR_RENAMED, &from->members[i++], &to->members[j++]);
            continue;
        }
        bool is_added =
            i == from->count || (j < to->count && (int64_t)to->members[j].number < (int64_t)from->members[i].number);
        enum pm_abi_change_kind kind = is_added ? PM_ABI_ENUMERATOR_ADDED : PM_ABI_ENUMERATOR_REMOVED;
        const struct pm_abi_member *a = is_added ? NULL : &from->members[i++], *b = is_added ? &to->members[j++] : NULL;
        if (run == NULL || run == &walk->spare || run->kind != kind)
            run = is_fact ? pm_abi_note_fact(walk, kind, a, b) : pm_abi_note(walk, kind, a, b);
        else
            run->count++;
        run->last = is_added ? b : a;
    }
}

void pm_abi_compare_enums(struct pm_abi_walk *walk)
{
    struct match match;
    struct pm_arena arena = {0};
    struct pm_abi_pair *pair = walk->pair;
    bool is_same_leaf = strcmp(pair->from->leaf, pair->to->leaf) == 0;
    pm_abi_spend(walk, pair->from->count + pair->to->count);
    if (!is_same_leaf)
        pm_abi_note(walk, PM_ABI_UNDERLYING, NULL, NULL);
    if (make_match(&match, &arena, pair)) {
        size_t from_alone = pair->from->count - match.mated, to_alone = pair->to->count - match.mated;
        bool is_fact = is_same_leaf && !has_revalued(&match) && (from_alone == 0 || to_alone == 0);
        walk->enumerators_added += is_fact ? from_alone + to_alone : 0;
        take_names(walk, &match, is_fact);
        take_values(walk, &match);
    }
    walk->scratch->failed |= arena.failed;
    pm_arena_free(&arena);
}
