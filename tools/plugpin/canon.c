/* SPDX-License-Identifier: MIT */
#include "canon.h"

#include <sodium/crypto_hash_sha256.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_TEXT_SIZE = 4 << 20,
    MAX_DEPTH = 64,         /* words of one TYPE within each other, as readers take (lib/abi_tree.h) */
    MAX_NAME_LENGTH = 1000, /* as readers take */
    MAX_WIDTH = 1024,
    ANONYMOUS_SIZE = 16, /* hex digits */
    MAX_WORK = 1 << 29   /* bytes written and types looked at, for all units together: what anonymous types and types
                            that are shared cost may be far more than what comes out */
};
static const uint64_t max_size = (uint64_t)1 << 58; /* of a type, so that its bits can be counted */

/* What a tag stands for. Anonymous types have one too: the name that their content gives them. */
struct tag {
    const char *name;
    struct type *any, *own; /* complete definitions: of any unit, and of own_unit */
    unsigned own_unit;
    unsigned block_text; /* the text that has a block of it, of block_kind */
    enum type_kind block_kind;
    unsigned boundary_text;                                    /* the text that has an interface of that name */
    const struct type_interface *interface, *second_interface; /* whose type it is; second: of another name */
    bool is_opaque; /* if it is a struct: PLUGMGR_OPAQUE says so, or it is private to the C library */
};

enum order_state { NEW, OPEN, DONE };

/* What must be known of other types first: their names, which stand in a type's text; or their layout, for they lie
 * within its bytes. */
enum edges { NAMING, LAYOUT };

struct node {
    struct type *type;
    struct tag *tag; /* STRUCT, UNION, ENUM; of an anonymous one once its content is known */
    const struct type_interface *interface, *second_interface; /* of an anonymous type, as in struct tag */
    unsigned unit;                                             /* that met it last */
    enum order_state state[2];                                 /* by enum edges */
    bool is_collected, is_rendered;                            /* a root: its unit was */
    bool is_checked;                                           /* its members lie where members can */
    struct type_enumerator *enumerators;                       /* sorted; NULL: not yet, or none */
    unsigned depth;                                            /* of its TYPE, down to the types that have names */
    uint64_t size, natural, align;                             /* natural: without what is said explicitly */
};

struct frame {
    struct node *node;
    size_t next;
};

struct twins {
    struct type *first, *second;
};

/* A block that waits to be written. */
struct waiting {
    struct tag *tag;
    struct type *type;
};

struct list {
    size_t count, capacity;
};

struct canon {
    struct type_graph *graph;
    struct pm_arena scratch;
    const char *name;
    unsigned major, minor;

    struct node **nodes; /* of a type: at mark - 1 */
    struct list node_list;
    struct node spare_node; /* stands for one that there was no memory for */
    struct tag **tags;      /* hashed; the capacity is a power of two */
    struct list tag_list;
    struct tag spare_tag;

    unsigned unit; /* counts the walks, from 1 */
    struct type *root;
    const struct type_interface *interface; /* that the unit declares */
    struct type **stack;
    struct twins *twins; /* two types of one tag in the unit */
    struct frame *frames;
    struct list stack_list, twin_list, frame_list;

    unsigned text; /* counts the texts, from 1 */
    struct pm_buffer texts[2], *out;
    bool is_apart, is_noted; /* apart: a block that is not part of the text */
    size_t note_size;
    struct waiting *waiting;
    const char **boundaries;
    struct list waiting_list, boundary_list;

    const struct type *at_type; /* what is being written, for messages */
    const struct type_member *at_member;

    uint64_t work;
    enum canon_result result;
    const char *problem;
};

/* ---- memory ---- */

/* Whether there is room for one more in the array that *array points to. The pointer is copied as bytes, for it is one
 * of several types. */
static bool reserve(struct canon *canon, void *array, struct list *list, size_t element_size)
{
    if (list->count < list->capacity)
        return true;
    size_t capacity = list->capacity > 0 ? list->capacity * 2 : 16;
    char *larger = pm_arena_new(&canon->scratch, capacity * element_size), *elements;
    if (larger == NULL)
        return false;
    memcpy(&elements, array, sizeof(elements));
    if (list->count > 0)
        memcpy(larger, elements, list->count * element_size);
    memcpy(array, &larger, sizeof(larger));
    list->capacity = capacity;
    return true;
}

/* ---- problems ---- */

static int out_of_memory(struct canon *canon)
{
    canon->result = CANON_OUT_OF_MEMORY;
    return -1;
}

static const char *keyword(enum type_kind kind)
{
    if (kind == TYPE_ENUM)
        return "enum";
    return kind == TYPE_UNION ? "union" : "struct";
}

static const char *describe(struct canon *canon, const struct type *type)
{
    struct pm_arena *scratch = &canon->scratch;
    if (type->name != NULL)
        return pm_arena_join(scratch, keyword(type->kind), " ", type->name, NULL);
    if (type->typedef_name != NULL)
        return pm_arena_join(scratch, "the anonymous ", keyword(type->kind), " ", type->typedef_name, NULL);
    return pm_arena_join(scratch, "an anonymous ", keyword(type->kind), NULL);
}

/* "struct user, member mail: " */
static const char *place(struct canon *canon)
{
    struct pm_arena *scratch = &canon->scratch;
    const char *type = "", *member = "";
    if (canon->at_type != NULL && canon->at_type != canon->root)
        type = pm_arena_join(scratch, describe(canon, canon->at_type), canon->at_member != NULL ? ", " : ": ", NULL);
    if (canon->at_member != NULL && canon->at_member->name != NULL)
        member = pm_arena_join(scratch, "member ", canon->at_member->name, ": ", NULL);
    else if (canon->at_member != NULL)
        member = "a member without a name: ";
    return pm_arena_join(scratch, type, member, NULL);
}

static int fail(struct canon *canon, const char *what, const char *name, const char *remedy)
{
    canon->result = CANON_NOT_REPRESENTABLE;
    canon->problem =
        pm_arena_join(&canon->scratch, "interface ", canon->name, ": ", place(canon), what, name, remedy, NULL);
    return -1;
}

static int damaged(struct canon *canon, const char *what)
{
    return fail(canon, what, "", ": the debug information is damaged, compile anew");
}

static int fail_wholly(struct canon *canon, const char *what, const char *name, const char *remedy)
{
    canon->at_type = NULL;
    canon->at_member = NULL;
    return fail(canon, what, name, remedy);
}

static size_t written(const struct canon *canon)
{
    return canon->out->size - canon->note_size;
}

/* Each step asks whether there is to be another. */
static int spend(struct canon *canon)
{
    static const char remedy[] = ": split it, or name with PLUGMGR_OPAQUE what its callers do not look into";
    if (canon->scratch.failed || canon->out->failed)
        return out_of_memory(canon);
    if (written(canon) > MAX_TEXT_SIZE)
        return fail_wholly(canon, "its fingerprint is larger than 4 MiB", "", remedy);
    if (++canon->work > MAX_WORK)
        return fail_wholly(canon, "it has too many types to fingerprint", "", remedy);
    return 0;
}

/* ---- tags ---- */

/* Structs that glibc shows in its headers, and changes from release to release. Behind pointers to the first of them
 * (FILE, locale_t, DIR, …) nobody looks; the last are the insides of pthread_mutex_t and its like, of which only the
 * size is public. */
static const char *const library_tags[] = {
    "_IO_FILE",      "_IO_FILE_complete", "_IO_FILE_plus",     "_IO_marker",       "_IO_codecvt",
    "_IO_wide_data", "_IO_jump_t",        "__dirstream",       "__locale_struct",  "__locale_data",
    "__gconv_step",  "__gconv_step_data", "__pthread_mutex_s", "__pthread_cond_s", "__pthread_rwlock_arch_t",
};

static bool is_library_tag(const char *name)
{
    for (size_t i = 0; i < sizeof(library_tags) / sizeof(library_tags[0]); i++)
        if (strcmp(name, library_tags[i]) == 0)
            return true;
    return false;
}

/* By SHA-256, so that no names can be chosen that all collide. */
static size_t hash(const char *name)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    size_t value;
    crypto_hash_sha256(digest, (const unsigned char *)name, strlen(name));
    memcpy(&value, digest, sizeof(value));
    return value;
}

static struct tag **tag_slot(struct tag **tags, size_t capacity, const char *name)
{
    size_t at = hash(name) & (capacity - 1);
    while (tags[at] != NULL && strcmp(tags[at]->name, name) != 0)
        at = (at + 1) & (capacity - 1);
    return &tags[at];
}

static bool grow_tags(struct canon *canon)
{
    if (canon->tag_list.count < canon->tag_list.capacity / 2)
        return true;
    size_t capacity = canon->tag_list.capacity > 0 ? canon->tag_list.capacity * 2 : 64;
    struct tag **tags = pm_arena_new(&canon->scratch, capacity * sizeof(struct tag *));
    if (tags == NULL)
        return false;
    for (size_t i = 0; i < canon->tag_list.capacity; i++)
        if (canon->tags[i] != NULL)
            *tag_slot(tags, capacity, canon->tags[i]->name) = canon->tags[i];
    canon->tags = tags;
    canon->tag_list.capacity = capacity;
    return true;
}

/* Never NULL; without memory it is one that nothing more is done with. The name must live. */
static struct tag *tag_of(struct canon *canon, const char *name)
{
    if (!grow_tags(canon))
        return &canon->spare_tag;
    struct tag **slot = tag_slot(canon->tags, canon->tag_list.capacity, name);
    if (*slot != NULL)
        return *slot;
    struct tag *tag = pm_arena_new(&canon->scratch, sizeof(*tag));
    if (tag == NULL)
        return &canon->spare_tag;
    *tag = (struct tag){.name = name, .is_opaque = is_library_tag(name)};
    *slot = tag;
    canon->tag_list.count++;
    return tag;
}

/* ---- nodes ---- */

static bool has_tag(const struct type *type)
{
    return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION || type->kind == TYPE_ENUM;
}

static bool has_members(const struct type *type)
{
    return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION;
}

/* Never NULL, like tag_of. */
static struct node *node_of(struct canon *canon, struct type *type)
{
    if (type->mark != 0)
        return canon->nodes[type->mark - 1];
    struct node *node = pm_arena_new(&canon->scratch, sizeof(*node));
    if (node == NULL || !reserve(canon, &canon->nodes, &canon->node_list, sizeof(struct node *)))
        return &canon->spare_node;
    *node = (struct node){.type = type};
    canon->nodes[canon->node_list.count++] = node;
    type->mark = (unsigned)canon->node_list.count;
    /* What has too long a name is never written: it needs no tag. */
    if (has_tag(type) && type->name != NULL)
        node->tag =
            strnlen(type->name, MAX_NAME_LENGTH + 1) <= MAX_NAME_LENGTH ? tag_of(canon, type->name) : &canon->spare_tag;
    return node;
}

static void forget_nodes(struct canon *canon)
{
    for (size_t i = 0; i < canon->node_list.count; i++)
        canon->nodes[i]->type->mark = 0;
}

static struct type *unqualified(struct type *type, unsigned *qualifiers)
{
    /* Without an end, if it refers to itself; order() looks at that, but later. */
    for (unsigned depth = 0; type->kind == TYPE_QUALIFIED && depth < MAX_DEPTH; depth++) {
        *qualifiers |= type->qualifiers;
        type = type->target;
    }
    return type;
}

/* The struct or union that the interface is; NULL: it is a function or another object. */
static struct type *root_of(const struct type_interface *interface)
{
    unsigned qualifiers = 0;
    struct type *type = unqualified(interface->type, &qualifiers);
    return !interface->is_function && has_members(type) && (qualifiers & ~(unsigned)TYPE_CONST) == 0 ? type : NULL;
}

static void add_interface(struct canon *canon, const struct type_interface *interface)
{
    struct type *type = root_of(interface);
    if (type == NULL)
        return;
    struct node *node = node_of(canon, type);
    if (node->tag == &canon->spare_tag)
        return;
    const struct type_interface **first = type->name == NULL ? &node->interface : &node->tag->interface;
    const struct type_interface **second = type->name == NULL ? &node->second_interface : &node->tag->second_interface;
    if (*first == NULL)
        *first = interface;
    else if (strcmp((*first)->name, interface->name) != 0)
        *second = interface;
}

/* The interface that the type is a boundary of; NULL: of none. Also the root's. */
static const struct type_interface *interface_of(struct canon *canon, struct type *type)
{
    if (!has_members(type))
        return NULL;
    const struct node *node = node_of(canon, type);
    if (type->name == NULL)
        return node->interface;
    const struct type_interface *interface = node->tag->interface;
    return interface != NULL && root_of(interface)->kind == type->kind ? interface : NULL;
}

/* Whether it is the interface that is being written; it may be NULL. */
static bool is_wanted(const struct canon *canon, const struct type_interface *interface)
{
    return interface != NULL && strcmp(interface->name, canon->name) == 0 && interface->major == canon->major &&
           interface->minor == canon->minor;
}

/* Whether it is the interface that is being written, in this unit or as another one spells it. */
static bool is_root(struct canon *canon, struct type *type)
{
    if (type == canon->root)
        return true;
    if (!has_members(type) || !has_members(canon->root) || type->kind != canon->root->kind)
        return false;
    if (type->name == NULL) {
        const struct node *node = node_of(canon, type);
        return is_wanted(canon, node->interface) || is_wanted(canon, node->second_interface);
    }
    return canon->root->name != NULL && node_of(canon, type)->tag == node_of(canon, canon->root)->tag;
}

/* The complete definition; NULL: there is none in any unit. */
static struct type *definition_of(struct canon *canon, struct type *type)
{
    if (type->name == NULL)
        return type->is_declaration ? NULL : type;
    const struct tag *tag = node_of(canon, type)->tag;
    struct type *found = tag->own_unit == canon->unit ? tag->own : tag->any;
    return found != NULL && found->kind == type->kind ? found : NULL;
}

static bool is_opaque(struct canon *canon, struct type *type)
{
    if (type->kind == TYPE_STRUCT && type->name != NULL && node_of(canon, type)->tag->is_opaque)
        return true;
    return definition_of(canon, type) == NULL;
}

/* Whether what it consists of is no matter of this text. */
static bool is_closed(struct canon *canon, struct type *type)
{
    return has_tag(type) && !is_root(canon, type) && (interface_of(canon, type) != NULL || is_opaque(canon, type));
}

/* ---- walking: what a unit's root reaches ---- */

/* The types that a type's definition names, one after the other; NULL: no more. */
static struct type *part_of(const struct type *type, size_t index)
{
    switch (type->kind) {
    case TYPE_POINTER:
    case TYPE_QUALIFIED:
    case TYPE_ARRAY:
    case TYPE_VECTOR:
        return index == 0 ? type->target : NULL;
    case TYPE_FUNCTION:
        if (index == 0)
            return type->target;
        return !type->is_unprototyped && index <= type->parameter_count ? type->parameters[index - 1] : NULL;
    case TYPE_STRUCT:
    case TYPE_UNION:
        return !type->is_declaration && index < type->member_count ? type->members[index].type : NULL;
    default:
        return NULL;
    }
}

static int push(struct canon *canon, struct type *type)
{
    if (!reserve(canon, &canon->stack, &canon->stack_list, sizeof(*canon->stack)))
        return out_of_memory(canon);
    canon->stack[canon->stack_list.count++] = type;
    return 0;
}

static int add_twins(struct canon *canon, struct type *first, struct type *second)
{
    if (!reserve(canon, &canon->twins, &canon->twin_list, sizeof(*canon->twins)))
        return out_of_memory(canon);
    canon->twins[canon->twin_list.count++] = (struct twins){first, second};
    return 0;
}

static int fail_two_types(struct canon *canon, const struct tag *tag)
{
    return fail_wholly(canon, "it reaches two different types with the tag ", tag->name, ": rename one of them");
}

static int meet_tag(struct canon *canon, struct type *type, struct tag *tag)
{
    if (type->is_declaration)
        return 0;
    if (tag->any == NULL)
        tag->any = type;
    if (tag->own_unit == canon->unit)
        return interface_of(canon, type) == NULL || is_root(canon, type) ? add_twins(canon, tag->own, type) : 0;
    tag->own = type;
    tag->own_unit = canon->unit;
    return 0;
}

static int meet(struct canon *canon, struct type *type)
{
    struct node *node = node_of(canon, type);
    if (node->unit == canon->unit)
        return 0;
    node->unit = canon->unit;
    if (node->tag != NULL && type->name != NULL && node->tag != &canon->spare_tag &&
        meet_tag(canon, type, node->tag) < 0)
        return -1;
    return push(canon, type);
}

static int walk(struct canon *canon, struct type *root)
{
    canon->unit++;
    canon->root = root;
    canon->twin_list.count = 0;
    canon->stack_list.count = 0;
    if (meet(canon, root) < 0)
        return -1;
    while (canon->stack_list.count > 0) {
        struct type *type = canon->stack[--canon->stack_list.count];
        if (is_closed(canon, type))
            continue;
        struct type *part;
        for (size_t i = 0; (part = part_of(type, i)) != NULL; i++)
            if (spend(canon) < 0 || meet(canon, part) < 0)
                return -1;
    }
    return spend(canon);
}

/* ---- layout ---- */

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/* What is said of a type that has no block of its own to say it in. */
static uint64_t said_align(const struct type *type)
{
    uint64_t align = 0;
    for (unsigned depth = 0; depth < MAX_DEPTH && !has_members(type); depth++) {
        align = larger(align, type->align);
        if (type->kind != TYPE_QUALIFIED && type->kind != TYPE_ARRAY)
            break;
        type = type->target;
    }
    return align;
}

static uint64_t explicit_align(const struct type *type)
{
    uint64_t align = has_members(type) ? type->align : said_align(type);
    for (size_t i = 0; i < type->member_count; i++)
        align = larger(align, larger(type->members[i].align, said_align(type->members[i].type)));
    return align;
}

/* Vectors are as large as their size rounded up to a power of two, and aligned to it. */
static uint64_t vector_size(uint64_t size)
{
    uint64_t rounded = 1;
    while (rounded < size && rounded < max_size)
        rounded *= 2;
    return rounded;
}

static void lay_out(struct canon *canon, struct node *node)
{
    struct type *type = node->type;
    const uint64_t word = canon->graph->word_size;
    node->size = type->size;
    node->natural = 1;
    switch (type->kind) {
    case TYPE_POINTER:
        node->size = word;
        break;
    case TYPE_VECTOR:
        node->size = vector_size(multiply(type->count, node_of(canon, type->target)->size));
        break;
    case TYPE_ARRAY:
        node->size = type->is_flexible ? 0 : multiply(type->count, node_of(canon, type->target)->size);
        break;
    case TYPE_QUALIFIED:
        node->size = node_of(canon, type->target)->size;
        break;
    default:
        break;
    }
    if (type->kind == TYPE_ARRAY || type->kind == TYPE_QUALIFIED)
        node->natural = node_of(canon, type->target)->align;
    else if (type->kind == TYPE_VECTOR)
        node->natural = node->size;
    else if (has_members(type))
        for (size_t i = 0; i < type->member_count; i++)
            node->natural = larger(node->natural, node_of(canon, type->members[i].type)->align);
    else
        node->natural = larger(1, node->size < word ? node->size : word);
    node->align = has_members(type) ? larger(node->natural, explicit_align(type)) : node->natural;
}

/* ---- order: parts before what they are part of ---- */

static int write_block(struct canon *canon, struct type *type, const char *tag);

/* Writes a block to where it is not seen; the caller frees buffer->data. */
static int write_apart(struct canon *canon, struct type *type, const char *tag, struct pm_buffer *buffer)
{
    struct pm_buffer *out = canon->out;
    size_t note_size = canon->note_size;
    bool is_apart = canon->is_apart;
    canon->out = buffer;
    canon->note_size = 0;
    canon->is_apart = true;
    int status = write_block(canon, type, tag);
    canon->out = out;
    canon->note_size = note_size;
    canon->is_apart = is_apart;
    if (status == 0 && buffer->failed)
        return out_of_memory(canon);
    return status;
}

static const char *digest_of(struct canon *canon, const char *bytes, size_t size)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, (const unsigned char *)bytes, size);
    return pm_arena_hex(&canon->scratch, digest, sizeof(digest));
}

/* Its content, with "@" in the place of the tag, names an anonymous type. */
static int name_anonymous(struct canon *canon, struct node *node)
{
    struct pm_buffer content = {0};
    const struct type *at_type = canon->at_type;
    const struct type_member *at_member = canon->at_member;
    int status = write_apart(canon, node->type, "@", &content);
    if (status == 0) {
        const char *digest = digest_of(canon, content.data, content.size);
        const char *digits = pm_arena_copy_bytes(&canon->scratch, digest, canon->scratch.failed ? 0 : ANONYMOUS_SIZE);
        node->tag = tag_of(canon, pm_arena_join(&canon->scratch, "@", digits, NULL));
        canon->at_type = at_type;
        canon->at_member = at_member;
    }
    free(content.data);
    return status;
}

static bool is_anonymous(const struct type *type)
{
    return has_tag(type) && type->name == NULL;
}

/* Whether a name stands for it that its content has no part in. */
static bool is_by_name(struct canon *canon, struct type *type)
{
    return !is_anonymous(type) || is_root(canon, type) || interface_of(canon, type) != NULL || type->is_declaration;
}

/* As part_of, as far as the edges go. */
static struct type *ordered_part(struct canon *canon, struct type *type, enum edges edges, size_t index)
{
    bool is_end = edges == NAMING ? has_tag(type) && is_by_name(canon, type)
                                  : type->kind == TYPE_POINTER || type->kind == TYPE_FUNCTION;
    return is_end ? NULL : part_of(type, index);
}

/* Says in which member the frames from `base` on stand, if they stand in one. */
static void locate(struct canon *canon, size_t base)
{
    for (size_t i = canon->frame_list.count; i > base; i--) {
        const struct frame *frame = &canon->frames[i - 1];
        if (!has_members(frame->node->type) || frame->next == 0)
            continue;
        canon->at_type = frame->node->type;
        canon->at_member = &frame->node->type->members[frame->next - 1];
        return;
    }
}

static int finish_node(struct canon *canon, struct node *node, enum edges edges, size_t base)
{
    struct type *type = node->type;
    if (edges == LAYOUT) {
        lay_out(canon, node);
        return 0;
    }
    node->depth = 1;
    if (has_tag(type))
        return is_by_name(canon, type) ? 0 : name_anonymous(canon, node);
    unsigned depth = 0;
    struct type *part;
    for (size_t i = 0; (part = part_of(type, i)) != NULL; i++) {
        unsigned of_part = node_of(canon, part)->depth + (type->kind == TYPE_FUNCTION && part->kind == TYPE_FUNCTION);
        depth = of_part > depth ? of_part : depth; /* a function as parameter is a pointer to it */
    }
    node->depth = depth + 1;
    if (node->depth > MAX_DEPTH) {
        locate(canon, base);
        return fail(canon, "its type is nested more than 64 deep", "", ": give a part of it a struct of its own");
    }
    return 0;
}

/* node was met again, within itself. */
static int fail_cycle(struct canon *canon, const struct node *node, enum edges edges, size_t base)
{
    bool has_anonymous = false;
    for (size_t i = canon->frame_list.count; i > base; i--) {
        has_anonymous |= is_anonymous(canon->frames[i - 1].node->type);
        if (canon->frames[i - 1].node == node)
            break;
    }
    locate(canon, base);
    if (edges == LAYOUT)
        return damaged(canon, "what it contains contains it again");
    if (has_anonymous)
        return fail(canon, "an anonymous type refers to itself", "", ": give it a tag");
    return damaged(canon, "its type refers to itself without an end");
}

static int open_node(struct canon *canon, struct node *node, enum edges edges)
{
    if (!reserve(canon, &canon->frames, &canon->frame_list, sizeof(*canon->frames)))
        return out_of_memory(canon);
    node->state[edges] = OPEN;
    canon->frames[canon->frame_list.count++] = (struct frame){.node = node};
    return 0;
}

/* Finishes all parts of the type, and it. With a stack of its own, since chains may be long; frames below it belong to
 * calls that are under way. */
static int order(struct canon *canon, struct type *type, enum edges edges)
{
    const size_t base = canon->frame_list.count;
    struct node *node = node_of(canon, type);
    if (node->state[edges] == DONE)
        return 0;
    if (node->state[edges] == OPEN)
        return fail_cycle(canon, node, edges, 0);
    int status = open_node(canon, node, edges);
    while (status == 0 && canon->frame_list.count > base) {
        struct frame *frame = &canon->frames[canon->frame_list.count - 1];
        struct type *part = ordered_part(canon, frame->node->type, edges, frame->next);
        if (spend(canon) < 0)
            return -1;
        if (part == NULL) {
            node = frame->node;
            status = finish_node(canon, node, edges, base);
            node->state[edges] = DONE;
            canon->frame_list.count--;
            continue;
        }
        frame->next++;
        node = node_of(canon, part);
        if (node->state[edges] == OPEN)
            return fail_cycle(canon, node, edges, base);
        if (node->state[edges] == NEW)
            status = open_node(canon, node, edges);
    }
    return status;
}

/* ---- writing: words ---- */

static void put(struct canon *canon, const char *text)
{
    size_t length = strlen(text);
    pm_buffer_add_bytes(canon->out, text, length);
    canon->work += length;
}

static void put_number(struct canon *canon, uint64_t number)
{
    char digits[21];
    put(canon, pm_format_number(number, digits));
}

/* Length of the identifier at the start of text; 0: there is none. */
static size_t identifier_length(const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t length = 0, size = strlen(text);
    for (;;) {
        unsigned char c = bytes[length];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
        bool is_digit = c >= '0' && c <= '9' && length > 0;
        size_t wide = c >= 0x80 ? pm_utf8_length(bytes + length, size - length) : 0;
        bool is_control = wide == 2 && c == 0xc2 && bytes[length + 1] < 0xa0;
        if (!is_letter && !is_digit && (wide == 0 || is_control))
            return length;
        length += wide > 0 ? wide : 1;
    }
}

static bool is_identifier(const char *text)
{
    size_t length = identifier_length(text);
    return length > 0 && length <= MAX_NAME_LENGTH && text[length] == '\0';
}

static int check_name(struct canon *canon, const char *name)
{
    if (strnlen(name, MAX_NAME_LENGTH + 1) > MAX_NAME_LENGTH)
        return fail(canon, "a name is longer than 1000 bytes", "", ": shorten it");
    if (!is_identifier(name))
        return fail(canon, "not a name that C has: ", name, ": rename it");
    return 0;
}

static int check_tag(struct canon *canon, const struct type *type)
{
    if (strnlen(type->name, MAX_NAME_LENGTH + 1) > MAX_NAME_LENGTH)
        return fail(canon, "the name of a type is longer than 1000 bytes", "", ": shorten it");
    for (const char *at = type->name;; at += 2) {
        size_t length = identifier_length(at);
        at += length;
        if (length > 0 && *at == '\0')
            return 0;
        if (length == 0 || at[0] != ':' || at[1] != ':')
            break;
    }
    const char *name = describe(canon, type);
    if (strchr(type->name, '(') != NULL)
        return fail(canon, name, "", " is in a namespace without a name: move it to one that has a name");
    if (strchr(type->name, '<') != NULL)
        return fail(canon, name, "", " is made from a template: wrap it in a plain struct");
    return fail(canon, name, "", " has a name that C does not have: rename it");
}

/* ---- writing: types ---- */

enum role { AS_POINTEE, AS_PARAMETER, AS_RETURN, AS_ELEMENT, AS_MEMBER, AS_ROOT };

static int write_type(struct canon *canon, struct type *type, unsigned qualifiers, enum role role);

static int wait_for_block(struct canon *canon, struct tag *tag, struct type *type)
{
    if (canon->is_apart)
        return 0;
    if (tag->block_text == canon->text)
        return tag->block_kind == type->kind ? 0 : fail_two_types(canon, tag);
    if (!reserve(canon, &canon->waiting, &canon->waiting_list, sizeof(*canon->waiting)))
        return out_of_memory(canon);
    tag->block_text = canon->text;
    tag->block_kind = type->kind;
    canon->waiting[canon->waiting_list.count++] = (struct waiting){tag, type};
    return 0;
}

static int write_by_value(struct canon *canon, struct type *type)
{
    const struct type *definition = definition_of(canon, type);
    if (definition == NULL && (type->kind != TYPE_ENUM || type->size == 0))
        return fail(canon, describe(canon, type), "",
                    " is taken by value, but only declared: include the header that defines it");
    uint64_t size = definition != NULL ? definition->size : type->size;
    if (size > max_size)
        return damaged(canon, "it is larger than any memory");
    put(canon, "#");
    put_number(canon, size);
    return 0;
}

static int add_boundary(struct canon *canon, const char *name)
{
    struct tag *tag = tag_of(canon, name);
    if (canon->is_apart || tag->boundary_text == canon->text)
        return 0;
    if (!reserve(canon, &canon->boundaries, &canon->boundary_list, sizeof(*canon->boundaries)))
        return out_of_memory(canon);
    tag->boundary_text = canon->text;
    canon->boundaries[canon->boundary_list.count++] = name;
    return 0;
}

static int fail_two_interfaces(struct canon *canon, struct type *type, const struct type_interface *one,
                               const struct type_interface *other)
{
    bool is_ordered = strcmp(one->name, other->name) < 0;
    const char *names =
        pm_arena_join(&canon->scratch, " is the type of two interfaces, ", is_ordered ? one->name : other->name,
                      " and ", is_ordered ? other->name : one->name, NULL);
    return fail(canon, describe(canon, type), names, ": give each a struct of its own");
}

static int write_interface(struct canon *canon, struct type *type, const struct type_interface *interface,
                           enum role role)
{
    const struct node *node = node_of(canon, type);
    const struct type_interface *second = type->name != NULL ? node->tag->second_interface : node->second_interface;
    const char *name = canon->name;
    if (!is_root(canon, type)) {
        if (second != NULL)
            return fail_two_interfaces(canon, type, interface, second);
        if (strcmp(interface->name, canon->name) == 0)
            return fail(canon, describe(canon, type), "",
                        " is the type of this interface in another version: give that one an interface of its own");
        name = interface->name;
        if (!is_identifier(name))
            return fail(canon, "not a name that C has: ", name, ": rename the interface");
        if (add_boundary(canon, name) < 0)
            return -1;
    }
    put(canon, keyword(type->kind));
    put(canon, " ");
    put(canon, name);
    return role == AS_POINTEE ? 0 : write_by_value(canon, type);
}

static int write_tagged(struct canon *canon, struct type *type, enum role role)
{
    const struct type_interface *interface = interface_of(canon, type);
    if (interface != NULL || (has_members(type) && is_root(canon, type)))
        return write_interface(canon, type, interface, role);
    struct type *definition = is_opaque(canon, type) ? NULL : definition_of(canon, type);
    if (type->name == NULL && definition == NULL)
        return damaged(canon, "an anonymous type is only declared");
    if (type->name != NULL && check_tag(canon, type) < 0)
        return -1;
    struct tag *tag = node_of(canon, type)->tag;
    if (tag == NULL) /* no anonymous type is written before it has its name */
        return damaged(canon, "an anonymous type refers to itself");
    put(canon, keyword(type->kind));
    put(canon, " ");
    put(canon, tag->name);
    if (definition == NULL && role != AS_POINTEE && write_by_value(canon, type) < 0)
        return -1;
    return wait_for_block(canon, tag, definition != NULL ? definition : type);
}

/* Qualifiers of an array are its elements'. Directly behind a pointer, where they come from a typedef of the array, gcc
 * leaves them out of the debug information, and clang does not. */
static int write_array(struct canon *canon, struct type *type, unsigned qualifiers, enum role role)
{
    if (role == AS_RETURN)
        return damaged(canon, "a function returns an array");
    if (role == AS_PARAMETER) {
        put(canon, "*");
        return write_type(canon, type->target, qualifiers, AS_POINTEE);
    }
    put(canon, "[");
    if (!type->is_flexible && type->count > 0)
        put_number(canon, type->count);
    put(canon, "]");
    return write_type(canon, type->target, role == AS_POINTEE ? 0 : qualifiers, AS_ELEMENT);
}

static int write_function(struct canon *canon, struct type *type, enum role role)
{
    if (role != AS_POINTEE && role != AS_PARAMETER && role != AS_ROOT)
        return damaged(canon, "a function in the place of an object");
    put(canon, role == AS_PARAMETER ? "*fn(" : "fn(");
    if (write_type(canon, type->target, 0, AS_RETURN) < 0)
        return -1;
    put(canon, ";");
    for (size_t i = 0; i < type->parameter_count && !type->is_unprototyped; i++) {
        if (i > 0)
            put(canon, ",");
        if (write_type(canon, type->parameters[i], 0, AS_PARAMETER) < 0)
            return -1;
    }
    if (type->is_unprototyped)
        put(canon, "?");
    else if (type->is_variadic)
        put(canon, type->parameter_count > 0 ? ",..." : "...");
    put(canon, ")");
    return 0;
}

static void put_qualifiers(struct canon *canon, unsigned qualifiers)
{
    if ((qualifiers & TYPE_ATOMIC) != 0)
        put(canon, "atomic ");
    if ((qualifiers & TYPE_CONST) != 0)
        put(canon, "const ");
    if ((qualifiers & TYPE_VOLATILE) != 0)
        put(canon, "volatile ");
}

static int write_plain(struct canon *canon, struct type *type, enum role role)
{
    switch (type->kind) {
    case TYPE_VOID:
        if (role != AS_POINTEE && role != AS_RETURN)
            return damaged(canon, "void in the place of an object");
        put(canon, "void");
        return 0;
    case TYPE_BASE:
        put(canon, type->name);
        return 0;
    case TYPE_VA_LIST:
        put(canon, "va_list");
        return 0;
    case TYPE_POINTER:
        put(canon, "*");
        return write_type(canon, type->target, 0, AS_POINTEE);
    case TYPE_VECTOR:
        put(canon, "vec[");
        put_number(canon, type->count);
        put(canon, "]");
        return write_type(canon, type->target, 0, AS_ELEMENT);
    case TYPE_UNSUPPORTED:
        return fail(canon, type->name, "", ""); /* which says what to do, too */
    default:
        return write_tagged(canon, type, role);
    }
}

/* order(NAMING) was there: it has an end, and is no deeper than MAX_DEPTH. */
static int write_type(struct canon *canon, struct type *type, unsigned qualifiers, enum role role)
{
    if (spend(canon) < 0)
        return -1;
    type = unqualified(type, &qualifiers);
    if (type->kind == TYPE_ARRAY)
        return write_array(canon, type, qualifiers, role);
    if (type->kind == TYPE_FUNCTION) /* const and volatile are the attributes const and noreturn there */
        return write_function(canon, type, role);
    if (role != AS_PARAMETER && role != AS_RETURN)
        put_qualifiers(canon, qualifiers);
    return write_plain(canon, type, role);
}

/* ---- writing: members ---- */

/* In bits. */
struct span {
    uint64_t start, end;
    const struct type_member *member;
};

static bool is_bit_field(struct canon *canon, const struct type_member *member)
{
    bool is_whole = member->bit % 8 == 0 && member->width == 8 * node_of(canon, member->type)->size;
    return member->width > 0 && !is_whole;
}

static int span_of(struct canon *canon, const struct type *type, const struct type_member *member,
                   struct span *ret_span)
{
    uint64_t size = node_of(canon, member->type)->size, offset = member->offset;
    canon->at_member = member;
    if (type->size > max_size || offset > type->size || size > max_size)
        return damaged(canon, "it reaches beyond the end of its type");
    uint64_t start = offset * 8 + member->bit, end = start + (member->width > 0 ? member->width : size * 8);
    unsigned qualifiers = 0;
    const struct type *plain = unqualified(member->type, &qualifiers);
    if (member->width > 0 && ((plain->kind != TYPE_BASE && plain->kind != TYPE_ENUM) || member->width > size * 8 ||
                              member->width > MAX_WIDTH))
        return damaged(canon, "a bit-field that its type has no room for");
    if (end > type->size * 8)
        return damaged(canon, "it reaches beyond the end of its type");
    *ret_span = (struct span){start, end, member};
    return 0;
}

static int compare_spans(const void *a, const void *b)
{
    const struct span *first = a, *second = b;
    if (first->start != second->start)
        return first->start < second->start ? -1 : 1;
    return (first->member > second->member) - (first->member < second->member);
}

static int check_overlap(struct canon *canon, const struct span *before, const struct span *span)
{
    if (span->start >= before->end)
        return 0;
    const char *other = before->member->name != NULL ? before->member->name : "an anonymous member";
    canon->at_member = span->member;
    return fail(canon, "it overlaps ", other, ": put both into a union, without [[no_unique_address]]");
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What readers find by name has names of its own: members, which may have none, or enumerators. */
static int check_distinct(struct canon *canon, const struct type *type)
{
    const size_t capacity = type->kind == TYPE_ENUM ? type->enumerator_count : type->member_count;
    size_t count = 0;
    const char **names = NULL;
    if (capacity > 0 && capacity <= SIZE_MAX / sizeof(*names))
        names = pm_arena_new(&canon->scratch, capacity * sizeof(*names));
    if (names == NULL)
        return capacity == 0 ? 0 : out_of_memory(canon);
    for (size_t i = 0; i < capacity; i++) {
        const char *name = type->kind == TYPE_ENUM ? type->enumerators[i].name : type->members[i].name;
        if (name != NULL)
            names[count++] = name;
    }
    qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            return fail(canon, "it has twice the name ", names[i], ": the debug information is damaged, compile anew");
    return 0;
}

/* Whether all members lie in the type and, in a struct, apart. */
static int check_members(struct canon *canon, struct type *type)
{
    struct node *node = node_of(canon, type);
    size_t count = 0;
    if (node->is_checked)
        return 0;
    node->is_checked = true;
    if (check_distinct(canon, type) < 0)
        return -1;
    struct span *spans = NULL;
    if (type->member_count > 0 && type->member_count <= SIZE_MAX / sizeof(*spans))
        spans = pm_arena_new(&canon->scratch, type->member_count * sizeof(*spans));
    if (spans == NULL)
        return type->member_count == 0 ? 0 : out_of_memory(canon);
    for (size_t i = 0; i < type->member_count; i++) {
        if (span_of(canon, type, &type->members[i], &spans[count]) < 0)
            return -1;
        count += spans[count].start < spans[count].end;
    }
    if (type->kind == TYPE_STRUCT) {
        qsort(spans, count, sizeof(*spans), compare_spans);
        for (size_t i = 1; i < count; i++)
            if (check_overlap(canon, &spans[i - 1], &spans[i]) < 0)
                return -1;
    }
    canon->at_member = NULL;
    return 0;
}

/* Everything of the type but what it is called is known, and its members lie where members can. */
static int prepare(struct canon *canon, struct type *type)
{
    canon->at_type = type;
    canon->at_member = NULL;
    if (order(canon, type, LAYOUT) < 0 || check_members(canon, type) < 0)
        return -1;
    for (size_t i = 0; i < type->member_count; i++) {
        canon->at_type = type;
        canon->at_member = &type->members[i];
        if (order(canon, type->members[i].type, NAMING) < 0)
            return -1;
    }
    canon->at_type = type;
    canon->at_member = NULL;
    return 0;
}

static int write_member(struct canon *canon, const char *start, const struct type_member *member)
{
    canon->at_member = member;
    unsigned qualifiers = 0;
    if (member->name == NULL && !has_members(unqualified(member->type, &qualifiers)))
        return damaged(canon, "neither a struct nor a union");
    if (member->name != NULL && check_name(canon, member->name) < 0)
        return -1;
    put(canon, start);
    put_number(canon, member->offset + member->bit / 8);
    if (is_bit_field(canon, member)) {
        put(canon, ".");
        put_number(canon, member->bit % 8);
        put(canon, ":");
        put_number(canon, member->width);
    }
    put(canon, " ");
    put(canon, member->name != NULL ? member->name : "-");
    put(canon, " ");
    if (write_type(canon, member->type, 0, AS_MEMBER) < 0)
        return -1;
    put(canon, "\n");
    return 0;
}

/* ---- writing: blocks ---- */

static int compare_enumerators(const void *a, const void *b)
{
    const struct type_enumerator *first = a, *second = b;
    if (first->is_negative != second->is_negative)
        return first->is_negative ? -1 : 1;
    if (first->value != second->value)
        return first->value < second->value ? -1 : 1;
    return strcmp(first->name, second->name);
}

/* NULL: no memory, or there are none. */
static const struct type_enumerator *sorted_enumerators(struct canon *canon, struct type *type)
{
    struct node *node = node_of(canon, type);
    const size_t count = type->enumerator_count;
    if (node->enumerators != NULL || count == 0)
        return node->enumerators;
    struct type_enumerator *sorted = NULL;
    if (count <= SIZE_MAX / sizeof(*sorted))
        sorted = pm_arena_new(&canon->scratch, count * sizeof(*sorted));
    if (sorted == NULL)
        return NULL;
    memcpy(sorted, type->enumerators, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), compare_enumerators);
    node->enumerators = sorted;
    return sorted;
}

static int write_enumerators(struct canon *canon, struct type *type)
{
    bool is_new = node_of(canon, type)->enumerators == NULL;
    const struct type_enumerator *sorted = sorted_enumerators(canon, type);
    if (sorted == NULL)
        return type->enumerator_count == 0 ? 0 : out_of_memory(canon);
    if (is_new && check_distinct(canon, type) < 0)
        return -1;
    for (size_t i = 0; i < type->enumerator_count; i++) {
        if (spend(canon) < 0 || check_name(canon, sorted[i].name) < 0)
            return -1;
        if (sorted[i].is_negative && sorted[i].value < (uint64_t)1 << 63)
            return fail(canon, "the value of ", sorted[i].name,
                        " is out of range: the debug information is damaged, "
                        "compile anew");
        put(canon, " ");
        put(canon, sorted[i].name);
        put(canon, sorted[i].is_negative ? "=-" : "=");
        put_number(canon, sorted[i].is_negative ? 0 - sorted[i].value : sorted[i].value);
        put(canon, "\n");
    }
    return 0;
}

static int put_size(struct canon *canon, struct type *type)
{
    const struct node *node = node_of(canon, type);
    uint64_t align = explicit_align(type);
    if (node->size > max_size || align > max_size)
        return damaged(canon, "it is larger than any memory");
    put(canon, " ");
    put_number(canon, node->size);
    if (align > node->natural) {
        put(canon, " a");
        put_number(canon, align);
    }
    put(canon, "\n");
    return 0;
}

/* tag: "@" while an anonymous type is being named */
static int write_block(struct canon *canon, struct type *type, const char *tag)
{
    canon->at_type = type;
    canon->at_member = NULL;
    put(canon, keyword(type->kind));
    put(canon, " ");
    put(canon, tag);
    if (is_opaque(canon, type)) {
        put(canon, " opaque\n");
        return 0;
    }
    if (type->kind == TYPE_ENUM) {
        if (type->underlying == NULL)
            return damaged(canon, "it has no underlying type");
        put(canon, " ");
        put(canon, type->underlying);
        put(canon, "\n");
        return write_enumerators(canon, type);
    }
    if (prepare(canon, type) < 0 || put_size(canon, type) < 0)
        return -1;
    for (size_t i = 0; i < type->member_count; i++)
        if (write_member(canon, " ", &type->members[i]) < 0)
            return -1;
    return 0;
}

/* What the text does not have: what people call an anonymous type. */
static void write_note(struct canon *canon, const struct type *type)
{
    size_t before = canon->out->size;
    if (!canon->is_noted || type->name != NULL || type->typedef_name == NULL || !is_identifier(type->typedef_name))
        return;
    put(canon, "# typedef ");
    put(canon, type->typedef_name);
    put(canon, "\n");
    canon->note_size += canon->out->size - before;
}

/* All blocks that wait, and those that they reach. */
static int write_waiting(struct canon *canon)
{
    for (size_t i = 0; i < canon->waiting_list.count; i++) {
        struct waiting waiting = canon->waiting[i];
        write_note(canon, waiting.type);
        if (write_block(canon, waiting.type, waiting.tag->name) < 0)
            return -1;
    }
    canon->waiting_list.count = 0;
    return spend(canon);
}

/* ---- writing: texts ---- */

static int write_struct_root(struct canon *canon, struct type *root)
{
    struct type *definition = definition_of(canon, root);
    if (definition == NULL)
        return fail_wholly(canon, "its type is only declared", "",
                           ": compile with full debug information (clang: "
                           "-fstandalone-debug)");
    canon->root = definition;
    if (prepare(canon, definition) < 0)
        return -1;
    put(canon, "root ");
    put(canon, keyword(definition->kind));
    put(canon, " ");
    put(canon, canon->name);
    put(canon, "\n");
    for (size_t i = 0; i < definition->member_count; i++) {
        canon->at_type = definition;
        if (write_member(canon, "m ", &definition->members[i]) < 0 || write_waiting(canon) < 0)
            return -1;
    }
    put(canon, "end");
    return put_size(canon, definition);
}

/* The const of an object's type says what PLUGMGR_INTERFACE says of every interface. */
static int write_other_root(struct canon *canon, const struct type_interface *interface)
{
    unsigned qualifiers = 0;
    struct type *type = unqualified(interface->type, &qualifiers);
    if (interface->is_function != (type->kind == TYPE_FUNCTION))
        return damaged(canon, interface->is_function ? "its type is not a function's" : "its type is a function's");
    if (order(canon, type, NAMING) < 0 || order(canon, type, LAYOUT) < 0)
        return -1;
    put(canon, interface->is_function ? "root fn " : "root object ");
    put(canon, canon->name);
    put(canon, " ");
    if (write_type(canon, type, qualifiers & ~(unsigned)TYPE_CONST, AS_ROOT) < 0)
        return -1;
    put(canon, "\n");
    if (write_waiting(canon) < 0)
        return -1;
    put(canon, interface->is_function ? "end\n" : "end");
    return interface->is_function ? 0 : put_size(canon, type);
}

/* Names of interfaces must not be tags of other types. */
static int check_names(struct canon *canon)
{
    if (has_members(canon->root) && tag_of(canon, canon->name)->block_text == canon->text)
        return fail_wholly(canon, "another type that it reaches has its name as tag", "", ": rename that type");
    for (size_t i = 0; i < canon->boundary_list.count; i++)
        if (tag_of(canon, canon->boundaries[i])->block_text == canon->text)
            return fail_wholly(canon, "it reaches an interface and another type that are both called ",
                               canon->boundaries[i], ": rename the type");
    return 0;
}

/* Types of one tag must be the same type. */
static int check_twins(struct canon *canon)
{
    for (size_t i = 0; i < canon->twin_list.count; i++) {
        struct twins twins = canon->twins[i];
        struct pm_buffer first = {0}, second = {0};
        int status = write_apart(canon, twins.first, "", &first);
        if (status == 0)
            status = write_apart(canon, twins.second, "", &second);
        if (status == 0 && (first.size != second.size || memcmp(first.data, second.data, first.size) != 0))
            status = fail_two_types(canon, tag_of(canon, twins.first->name));
        free(first.data);
        free(second.data);
        if (status < 0)
            return -1;
    }
    return 0;
}

/* The text of one unit, instead of what is in the buffer; the caller frees buffer->data. */
static int write_text(struct canon *canon, const struct type_interface *interface, struct pm_buffer *buffer)
{
    struct type *root = root_of(interface);
    canon->text++;
    buffer->size = 0;
    canon->out = buffer;
    canon->note_size = 0;
    canon->waiting_list.count = 0;
    canon->boundary_list.count = 0;
    canon->at_type = NULL;
    canon->at_member = NULL;
    if (!is_identifier(canon->name))
        return fail(canon, "not a name that C has", "", ": rename it");
    put(canon, "plugmgr-abi 1\n");
    int status = root != NULL ? write_struct_root(canon, root) : write_other_root(canon, interface);
    if (status < 0 || check_names(canon) < 0 || check_twins(canon) < 0)
        return -1;
    return spend(canon);
}

/* ---- units ---- */

static void read_graph(struct canon *canon)
{
    for (size_t i = 0; i < canon->graph->interface_count; i++)
        add_interface(canon, &canon->graph->interfaces[i]);
    for (size_t i = 0; i < canon->graph->opaque_count; i++)
        tag_of(canon, canon->graph->opaque_tags[i])->is_opaque = true;
}

static struct type *start_of(const struct type_interface *interface)
{
    struct type *root = root_of(interface);
    return root != NULL ? root : interface->type;
}

static int walk_interface(struct canon *canon, const struct type_interface *interface)
{
    canon->interface = interface;
    return walk(canon, start_of(interface));
}

/* All definitions of all units must be known before the first text is written. */
static int collect(struct canon *canon)
{
    canon->result = CANON_ABSENT;
    for (size_t i = 0; i < canon->graph->interface_count; i++) {
        const struct type_interface *interface = &canon->graph->interfaces[i];
        if (!is_wanted(canon, interface))
            continue;
        canon->result = CANON_DONE;
        struct node *node = node_of(canon, start_of(interface));
        if (!node->is_collected && walk_interface(canon, interface) < 0)
            return -1;
        node->is_collected = true;
    }
    return canon->result == CANON_DONE ? 0 : -1;
}

static int write_unit(struct canon *canon, const struct type_interface *interface, struct pm_buffer *buffer)
{
    if (walk_interface(canon, interface) < 0)
        return -1;
    return write_text(canon, interface, buffer);
}

static void set_text(const struct pm_buffer *buffer, struct pm_arena *arena, struct canon_text *ret_text)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, (const unsigned char *)buffer->data, buffer->size);
    const char *id = pm_arena_hex(arena, digest, sizeof(digest));
    memcpy(ret_text->id, id, strlen(id) + 1);
    ret_text->text = pm_arena_copy_bytes(arena, buffer->data, buffer->size);
    ret_text->size = buffer->size;
}

static void set_boundaries(const struct canon *canon, struct pm_arena *arena, struct canon_text *ret_text)
{
    const size_t count = canon->boundary_list.count;
    ret_text->boundaries = pm_arena_new(arena, (count + 1) * sizeof(*ret_text->boundaries));
    if (ret_text->boundaries == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        ret_text->boundaries[i] = pm_arena_copy(arena, canon->boundaries[i]);
    ret_text->boundary_count = count;
}

static bool is_same(const struct pm_buffer *a, const struct pm_buffer *b)
{
    return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* The text of the first unit, and whether all others have the same. */
static int write_units(struct canon *canon, struct pm_arena *arena, const struct type_interface **ret_first,
                       struct canon_text *ret_text)
{
    const struct type_interface *first = NULL;
    for (size_t i = 0; i < canon->graph->interface_count; i++) {
        const struct type_interface *interface = &canon->graph->interfaces[i];
        struct pm_buffer *buffer = &canon->texts[first != NULL];
        if (!is_wanted(canon, interface) || node_of(canon, start_of(interface))->is_rendered)
            continue;
        if (write_unit(canon, interface, buffer) < 0)
            return -1;
        node_of(canon, start_of(interface))->is_rendered = true;
        if (first == NULL) {
            first = interface;
            set_text(buffer, arena, ret_text);
            set_boundaries(canon, arena, ret_text);
            ret_text->where = pm_arena_copy(arena, interface->where);
        } else if (!is_same(&canon->texts[0], buffer)) {
            ret_text->other_text = pm_arena_copy_bytes(arena, buffer->data, buffer->size);
            ret_text->other_where = pm_arena_copy(arena, interface->where);
            canon->result = CANON_DIFFERS;
            return -1;
        }
    }
    *ret_first = first;
    return 0;
}

/* The id stays that of the text without notes. */
static int add_notes(struct canon *canon, const struct type_interface *interface, struct pm_arena *arena,
                     struct canon_text *ret_text)
{
    struct pm_buffer *buffer = &canon->texts[0];
    canon->is_noted = true;
    if (write_unit(canon, interface, buffer) < 0)
        return -1;
    ret_text->text = pm_arena_copy_bytes(arena, buffer->data, buffer->size);
    ret_text->size = buffer->size;
    return 0;
}

static int write_all(struct canon *canon, bool notes, struct pm_arena *arena, struct canon_text *ret_text)
{
    const struct type_interface *first;
    read_graph(canon);
    if (collect(canon) < 0 || write_units(canon, arena, &first, ret_text) < 0)
        return -1;
    return notes ? add_notes(canon, first, arena, ret_text) : 0;
}

enum canon_result canon_write(struct type_graph *graph, const char *name, unsigned major, unsigned minor, bool notes,
                              struct pm_arena *arena, struct canon_text *ret_text, const char **ret_problem)
{
    struct canon canon = {.graph = graph, .name = name, .major = major, .minor = minor};
    struct canon_text text = {0};
    canon.out = &canon.texts[0];
    canon.spare_tag.name = "";
    canon.spare_node = (struct node){.tag = &canon.spare_tag, .state = {DONE, DONE}};
    write_all(&canon, notes, arena, &text);
    enum canon_result result = canon.result;
    if (result == CANON_NOT_REPRESENTABLE) {
        *ret_problem = pm_arena_copy(arena, canon.problem);
        ret_text->where = pm_arena_copy(arena, canon.interface->where);
    }
    forget_nodes(&canon);
    if (canon.scratch.failed || arena->failed)
        result = CANON_OUT_OF_MEMORY;
    free(canon.texts[0].data);
    free(canon.texts[1].data);
    pm_arena_free(&canon.scratch);
    if (result == CANON_DONE || result == CANON_DIFFERS)
        *ret_text = text;
    return result;
}
