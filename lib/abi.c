/* SPDX-License-Identifier: MIT */
#include "abi_tree.h"

#include "note.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_TEXT = 16 << 20,
    FIND_STEPS = 4096 /* members looked at within anonymous members, when one is asked for by name */
};

static const char first_line[] = "plugmgr-abi 1";

/* ---- order ---- */

static int compare_members(const void *left, const void *right)
{
    const struct pm_abi_member *a = *(struct pm_abi_member *const *)left, *b = *(struct pm_abi_member *const *)right;
    int order = strcmp(a->name, b->name);
    /* Anonymous members are told apart by what they are. */
    if (order == 0 && a->type != NULL)
        order = strcmp(a->type, b->type);
    return order != 0 ? order : (a > b) - (a < b);
}

static int compare_tag(const struct pm_abi_block *block, enum pm_abi_kind kind, const char *tag, size_t length)
{
    if (block->kind != kind)
        return block->kind < kind ? -1 : 1;
    int order = strncmp(block->tag, tag, length);
    return order != 0 ? order : block->tag[length] != '\0';
}

static int compare_blocks(const void *left, const void *right)
{
    const struct pm_abi_block *a = *(struct pm_abi_block *const *)left, *b = *(struct pm_abi_block *const *)right;
    return compare_tag(a, b->kind, b->tag, strlen(b->tag));
}

const struct pm_abi_block *pm_abi_find(const struct pm_abi_tree *tree, const struct pm_abi_token *tag)
{
    size_t low = 0, high = tree->block_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_tag(tree->by_tag[middle], tag->tag_kind, tag->text, tag->length);
        if (order == 0)
            return tree->by_tag[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- lines ---- */

/* Reads a text line by line; what stands behind a line's end is the next one. */
struct parser {
    char *at, *stop;
    unsigned line;
    struct pm_buffer *kept; /* of a lock file: the text without comments. NULL: there may be none */
    struct pm_problem *problem;
    struct pm_arena *arena;
    struct pm_abi_tree *tree;
    struct pm_abi_block *block;        /* the one that takes lines with a space in front */
    struct pm_abi_member *free_member; /* of the blocks' members, the first not taken yet */
    struct pm_abi_member **free_name;
};

static int fail_at(const struct parser *parser, unsigned line, const char *what, const char *name)
{
    char number[21];
    return pm_problem_set(parser->problem, PM_ABI_MALFORMED, "line ", pm_format_number(line, number), ": ", what, name,
                          NULL);
}

static int fail(const struct parser *parser, const char *what)
{
    return fail_at(parser, parser->line, what, "");
}

static int out_of_memory(struct pm_problem *ret_problem)
{
    return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
}

static bool has_control(const char *line)
{
    for (; *line != '\0'; line++)
        if ((unsigned char)*line < 0x20 || *line == 0x7f)
            return true;
    return false;
}

/* 1: a line, without its end; 0: no more; -1: a line that cannot be one. */
static int next_line(struct parser *parser, char **ret_line)
{
    for (;;) {
        size_t remaining = (size_t)(parser->stop - parser->at);
        if (remaining == 0)
            return 0;
        char *line = parser->at, *end = memchr(line, '\n', remaining);
        parser->line++;
        if (end == NULL)
            return fail(parser, "cut off: its end is missing");
        if (memchr(line, '\0', (size_t)(end - line)) != NULL)
            return fail(parser, "a NUL byte");
        *end = '\0';
        parser->at = end + 1;
        if (parser->kept != NULL && (*line == '#' || *line == '\0'))
            continue;
        if (has_control(line))
            return fail(parser, "a control character; lines end in a line feed alone");
        if (parser->kept != NULL) {
            pm_buffer_add_bytes(parser->kept, line, (size_t)(end - line));
            pm_buffer_add(parser->kept, "\n");
        }
        *ret_line = line;
        return 1;
    }
}

/* A TYPE up to the end of its line. */
static int take_type(const struct parser *parser, const char *line, const char *at, const char **ret_type)
{
    const char *end = at;
    if (!pm_abi_skip_type(&end) || *end != '\0') {
        char column[21];
        return fail_at(parser, parser->line, "not a type, or one nested too deep, at column ",
                       pm_format_number((uint64_t)(end - line) + 1, column));
    }
    *ret_type = at;
    return 0;
}

/* `OFFSET[.BIT:WIDTH] name TYPE` */
static int take_member(struct parser *parser, char *line, char *at, struct pm_abi_member *member)
{
    const char *text = at;
    uint64_t bit, width;
    if (!pm_abi_read_bytes(&text, &member->number))
        return fail(parser, "not the offset of a member");
    if (pm_abi_skip_word(&text, ".")) {
        if (!pm_abi_read_number(&text, &bit) || bit > 7 || !pm_abi_skip_word(&text, ":") ||
            !pm_abi_read_number(&text, &width) || width == 0 || width > 1024)
            return fail(parser, "not the place of a bit-field");
        member->bit = (unsigned char)bit;
        member->width = (unsigned short)width;
    }
    if (!pm_abi_skip_word(&text, " "))
        return fail(parser, "not the offset of a member");
    member->name = text;
    if ((!pm_abi_skip_word(&text, "-") && !pm_abi_skip_identifier(&text)) || *text != ' ')
        return fail(parser, "not the name of a member");
    line[text - line] = '\0';
    member->line = parser->line;
    return take_type(parser, line, text + 1, &member->type);
}

/* `NAME=value` */
static int take_enumerator(struct parser *parser, char *line, struct pm_abi_member *member)
{
    const char *text = line + 1;
    member->name = text;
    if (!pm_abi_skip_identifier(&text) || *text != '=')
        return fail(parser, "not an enumerator NAME=value");
    line[text++ - line] = '\0';
    member->is_negative = pm_abi_skip_word(&text, "-");
    if (!pm_abi_read_number(&text, &member->number) || *text != '\0' ||
        (member->is_negative && (member->number == 0 || member->number > (uint64_t)INT64_MAX + 1)))
        return fail(parser, "not the value of an enumerator");
    if (member->is_negative)
        member->number = -member->number;
    member->line = parser->line;
    return 0;
}

static int take_inner_line(struct parser *parser, char *line)
{
    struct pm_abi_block *block = parser->block;
    if (block == NULL || block->is_opaque)
        return fail(parser, "a member that no struct, union or enum has");
    block->count++;
    struct pm_abi_member *member = parser->free_member++;
    return block->kind == PM_ABI_ENUM ? take_enumerator(parser, line, member)
                                      : take_member(parser, line, line + 1, member);
}

/* `SIZE [aALIGN]`, up to the end of the line */
static bool read_size(const char *text, uint64_t *ret_size, uint64_t *ret_align)
{
    if (!pm_abi_read_bytes(&text, ret_size))
        return false;
    if (pm_abi_skip_word(&text, " a") && (!pm_abi_read_bytes(&text, ret_align) || *ret_align == 0))
        return false;
    return *text == '\0';
}

/* Puts the block's members in the order of their names. */
static int finish_block(const struct parser *parser, struct pm_abi_block *block)
{
    for (size_t i = 0; i < block->count; i++)
        block->by_name[i] = &block->members[i];
    if (block->count > 1)
        qsort(block->by_name, block->count, sizeof(struct pm_abi_member *), compare_members);
    for (size_t i = 1; i < block->count; i++) {
        const struct pm_abi_member *a = block->by_name[i - 1], *b = block->by_name[i];
        if (strcmp(a->name, b->name) == 0 && strcmp(a->name, "-") != 0)
            return fail_at(parser, a->line > b->line ? a->line : b->line, "a second member of the name ", a->name);
    }
    return 0;
}

static int end_block(struct parser *parser)
{
    struct pm_abi_block *block = parser->block;
    parser->block = NULL;
    if (block == NULL)
        return 0;
    parser->free_name += block->count;
    return finish_block(parser, block);
}

/* `struct TAG SIZE [aALIGN]`, `enum TAG LEAF`, `… TAG opaque`; text: behind the first word */
static int take_block(struct parser *parser, char *line, const char *text, enum pm_abi_kind kind)
{
    struct pm_abi_tree *tree = parser->tree;
    if (end_block(parser) < 0)
        return -1;
    struct pm_abi_block *block = &tree->blocks[tree->block_count];
    *block = (struct pm_abi_block){.kind = kind, .tag = text, .line = parser->line, .members = parser->free_member};
    block->by_name = parser->free_name;
    if (!pm_abi_skip_tag(&text) || *text != ' ')
        return fail(parser, "not the tag of a type");
    line[text++ - line] = '\0';
    tree->by_tag[tree->block_count++] = block;
    parser->block = block;
    block->is_opaque = strcmp(text, "opaque") == 0;
    if (block->is_opaque)
        return 0;
    if (kind != PM_ABI_ENUM)
        return read_size(text, &block->size, &block->align) ? 0 : fail(parser, "neither a size nor opaque");
    block->leaf = text;
    return pm_abi_skip_leaf(&text) && *text == '\0' ? 0 : fail(parser, "neither an underlying type nor opaque");
}

static int take_root(struct parser *parser, char *line)
{
    static const char *const words[] = {"struct ", "union ", "fn ", "object "};
    struct pm_abi_tree *tree = parser->tree;
    const char *text = line;
    if (!pm_abi_skip_word(&text, "root "))
        return fail(parser, "not the root of an interface");
    enum pm_abi_form form = PM_ABI_ROOT_STRUCT;
    while (form <= PM_ABI_ROOT_OBJECT && !pm_abi_skip_word(&text, words[form]))
        form++;
    if (form > PM_ABI_ROOT_OBJECT)
        return fail(parser, "not the root of an interface");
    tree->form = form;
    tree->name = text;
    tree->root.tag = text;
    tree->root.kind = form == PM_ABI_ROOT_UNION ? PM_ABI_UNION : PM_ABI_STRUCT;
    bool has_type = form == PM_ABI_ROOT_FUNCTION || form == PM_ABI_ROOT_OBJECT;
    if (!pm_abi_skip_identifier(&text) || *text != (has_type ? ' ' : '\0'))
        return fail(parser, "not the name of an interface");
    line[text - line] = '\0';
    return has_type ? take_type(parser, line, text + 1, &tree->type) : 0;
}

static int finish_tags(struct parser *parser)
{
    struct pm_abi_tree *tree = parser->tree;
    if (tree->block_count > 1)
        qsort(tree->by_tag, tree->block_count, sizeof(*tree->by_tag), compare_blocks);
    for (size_t i = 1; i < tree->block_count; i++) {
        const struct pm_abi_block *a = tree->by_tag[i - 1], *b = tree->by_tag[i];
        if (compare_blocks(&a, &b) == 0)
            return fail_at(parser, a->line > b->line ? a->line : b->line, "a second block of the tag ", a->tag);
    }
    return 0;
}

static int take_end(struct parser *parser, const char *text)
{
    struct pm_abi_tree *tree = parser->tree;
    bool has_size = pm_abi_skip_word(&text, " ");
    if (has_size == (tree->form == PM_ABI_ROOT_FUNCTION) ||
        (has_size ? !read_size(text, &tree->root.size, &tree->root.align) : *text != '\0'))
        return fail(parser, "not the end of a text");
    if (end_block(parser) < 0 || finish_block(parser, &tree->root) < 0)
        return -1;
    return finish_tags(parser);
}

/* What is between root and end. */
static int take_line(struct parser *parser, char *line)
{
    struct pm_abi_tree *tree = parser->tree;
    const char *text = line;
    enum pm_abi_kind kind;
    if (*line == ' ')
        return take_inner_line(parser, line);
    if (pm_abi_skip_kind(&text, &kind))
        return take_block(parser, line, text, kind);
    if (!pm_abi_skip_word(&text, "m "))
        return fail(parser, "not a line of a canonical text");
    if (tree->type != NULL)
        return fail(parser, "a member of what is neither struct nor union");
    if (end_block(parser) < 0)
        return -1;
    return take_member(parser, line, line + 2, &tree->root.members[tree->root.count++]);
}

/* Room for all that the text can hold, by what its lines begin with. */
static bool make_tree(struct parser *parser)
{
    size_t blocks = 0, inner = 0, outer = 0;
    const char *at = parser->at;
    while (at < parser->stop && strncmp(at, "end", 3) != 0) {
        inner += *at == ' ';
        outer += *at == 'm';
        blocks += *at == 's' || *at == 'u' || *at == 'e';
        const char *end = memchr(at, '\n', (size_t)(parser->stop - at));
        at = end != NULL ? end + 1 : parser->stop;
    }
    struct pm_arena *arena = parser->arena;
    struct pm_abi_tree *tree = pm_arena_new(arena, sizeof(*tree));
    if (tree == NULL)
        return false;
    tree->size = (size_t)(at - parser->at);
    tree->blocks = pm_arena_new(arena, blocks * sizeof(*tree->blocks));
    tree->by_tag = pm_arena_new(arena, blocks * sizeof(*tree->by_tag));
    tree->root.members = pm_arena_new(arena, outer * sizeof(*tree->root.members));
    tree->root.by_name = pm_arena_new(arena, outer * sizeof(*tree->root.by_name));
    parser->free_member = pm_arena_new(arena, inner * sizeof(*parser->free_member));
    parser->free_name = pm_arena_new(arena, inner * sizeof(*parser->free_name));
    parser->tree = tree;
    return !arena->failed;
}

/* Reads a text up to its end line; line: its first. */
static int parse_text(struct parser *parser, char *line)
{
    int result;
    if (strcmp(line, first_line) != 0)
        return fail(parser, "not the beginning of a text: 'plugmgr-abi 1' is expected");
    if (!make_tree(parser))
        return out_of_memory(parser->problem);
    if ((result = next_line(parser, &line)) > 0 && take_root(parser, line) < 0)
        return -1;
    while (result > 0 && (result = next_line(parser, &line)) > 0) {
        const char *text = line;
        if (pm_abi_skip_word(&text, "end"))
            return take_end(parser, text);
        if (take_line(parser, line) < 0)
            return -1;
    }
    parser->line++;
    return result < 0 ? -1 : fail(parser, "the text stops before its line 'end'");
}

/* A copy that the parser may write to. */
static int begin(struct parser *parser, const char *bytes, size_t size)
{
    parser->line = 0;
    if (size > MAX_TEXT)
        return pm_problem_set(parser->problem, PM_ABI_MALFORMED, "larger than 16 MiB", NULL);
    parser->at = pm_arena_new(parser->arena, size + 1);
    if (parser->at == NULL)
        return out_of_memory(parser->problem);
    if (size > 0)
        memcpy(parser->at, bytes, size);
    parser->stop = parser->at + size;
    return 0;
}

int pm_abi_parse(const char *text, struct pm_arena *arena, const struct pm_abi_tree **ret_tree,
                 struct pm_problem *ret_problem)
{
    char *line;
    struct parser parser = {.problem = ret_problem, .arena = arena};
    if (begin(&parser, text, strnlen(text, (size_t)MAX_TEXT + 1)) < 0)
        return -1;
    int result = next_line(&parser, &line);
    if (result == 0)
        return pm_problem_set(ret_problem, PM_ABI_MALFORMED, "line 1: the text is empty", NULL);
    if (result < 0 || parse_text(&parser, line) < 0)
        return -1;
    if (parser.at != parser.stop) {
        parser.line++;
        return fail(&parser, "something stands behind the line 'end'");
    }
    *ret_tree = parser.tree;
    return 0;
}

const char *pm_abi_name(const struct pm_abi_tree *tree)
{
    return tree->name;
}

/* ---- members by name ---- */

static bool has_name(const struct pm_abi_block *block, const char *name)
{
    size_t low = 0, high = block->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(block->by_name[middle]->name, name);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Members of anonymous members are members too (C11 6.7.2.1). They nest, so it is counted down what was looked at. */
static bool has_nested_name(const struct pm_abi_tree *tree, const struct pm_abi_block *block, const char *name,
                            unsigned depth, unsigned *steps)
{
    struct pm_abi_token token;
    if (has_name(block, name))
        return true;
    for (size_t i = 0; i < block->count && depth > 0 && block->kind != PM_ABI_ENUM; i++) {
        const struct pm_abi_member *member = block->by_name[i];
        int order = strcmp(member->name, "-");
        if (order > 0 || *steps == 0)
            break;
        --*steps;
        if (order < 0 || !pm_abi_token_read(member->type, &token) || token.kind != PM_ABI_TAG)
            continue;
        const struct pm_abi_block *nested = pm_abi_find(tree, &token);
        if (nested != NULL && has_nested_name(tree, nested, name, depth - 1, steps))
            return true;
    }
    return false;
}

bool pm_abi_has_member(const struct pm_abi_tree *tree, const char *name)
{
    unsigned steps = FIND_STEPS;
    return strcmp(name, "-") != 0 && has_nested_name(tree, &tree->root, name, PM_ABI_MAX_DEPTH, &steps);
}

size_t pm_abi_reach(const struct pm_abi_tree *user, const struct pm_abi_tree *provider)
{
    if (user->root.count <= provider->root.count)
        return SIZE_MAX;
    return (size_t)user->root.members[provider->root.count].number;
}

/* ---- lock files ---- */

/* `interface NAME MAJOR.MINOR` */
static int take_interface(struct parser *parser, char *line, struct pm_abi_entry *entry)
{
    struct pm_version version;
    const char *text = line;
    pm_abi_skip_word(&text, "interface ");
    entry->name = text;
    if (!pm_abi_skip_identifier(&text) || *text != ' ')
        return fail(parser, "not 'interface NAME MAJOR.MINOR'");
    line[text++ - line] = '\0';
    if (!pm_version_parse(text, &version))
        return fail(parser, "not 'interface NAME MAJOR.MINOR'");
    entry->has_version = true;
    entry->major = version.major;
    entry->minor = version.minor;
    return 0;
}

/* One interface, of which the first line is given. */
static int take_entry(struct parser *parser, char *line, struct pm_arena *arena, struct pm_abi_entry *entry)
{
    static const char word[] = "interface ";
    if (strncmp(line, word, strlen(word)) == 0) {
        if (take_interface(parser, line, entry) < 0)
            return -1;
        parser->kept->size = 0;
        int result = next_line(parser, &line);
        if (result == 0) {
            parser->line++;
            fail(parser, "an interface without a text");
        }
        if (result <= 0)
            return -1;
    }
    if (parse_text(parser, line) < 0)
        return -1;
    if (entry->has_version && strcmp(entry->name, parser->tree->name) != 0)
        return fail(parser, "the text is that of another interface than the line before it says");
    entry->name = pm_arena_copy(arena, parser->tree->name);
    entry->text = pm_arena_copy_bytes(arena, parser->kept->data, parser->kept->size);
    return 0;
}

static int compare_entries(const void *left, const void *right)
{
    const struct pm_abi_entry *a = *(const struct pm_abi_entry *const *)left;
    const struct pm_abi_entry *b = *(const struct pm_abi_entry *const *)right;
    int order = strcmp(a->name, b->name);
    if (order == 0)
        order = a->has_version - b->has_version;
    if (order == 0)
        order = (a->major > b->major) - (a->major < b->major);
    return order != 0 ? order : (a->minor > b->minor) - (a->minor < b->minor);
}

static int check_entries(struct pm_abi_entry *entries, size_t count, struct pm_arena *scratch,
                         struct pm_problem *ret_problem)
{
    struct pm_abi_entry **sorted = pm_arena_new(scratch, count * sizeof(*sorted));
    for (size_t i = 0; sorted != NULL && i < count; i++)
        sorted[i] = &entries[i];
    if (sorted != NULL && count > 1)
        qsort(sorted, count, sizeof(*sorted), compare_entries);
    for (size_t i = 1; sorted != NULL && i < count; i++)
        if (compare_entries(&sorted[i - 1], &sorted[i]) == 0)
            return pm_problem_set(ret_problem, PM_ABI_MALFORMED, "two texts for one version of ", sorted[i]->name,
                                  NULL);
    return 0;
}

/* Reads what begin prepared. The trees live for one text each: only whether there is one counts. */
static int take_entries(struct parser *parser, struct pm_arena *arena, struct pm_abi_entry *entries, size_t *ret_count)
{
    char *line;
    int result;
    while (parser->kept->size = 0, (result = next_line(parser, &line)) > 0) {
        struct pm_arena trees = {0};
        struct parser one = *parser;
        one.arena = &trees;
        result = take_entry(&one, line, arena, &entries[*ret_count]);
        parser->at = one.at;
        parser->line = one.line;
        pm_arena_free(&trees);
        if (result < 0)
            break;
        ++*ret_count;
    }
    return result;
}

int pm_abi_read_lock(const char *bytes, size_t size, struct pm_arena *arena, struct pm_abi_entry **ret_entries,
                     size_t *ret_count, struct pm_problem *ret_problem)
{
    struct pm_arena scratch = {0};
    struct pm_buffer kept = {0};
    struct parser parser = {.problem = ret_problem, .arena = &scratch, .kept = &kept};
    size_t texts = 0, count = 0;
    int result = begin(&parser, bytes, size);
    for (const char *at = parser.at; result == 0 && at < parser.stop; at++)
        texts += strncmp(at, first_line, strlen(first_line)) == 0;
    struct pm_abi_entry *entries = result == 0 ? pm_arena_new(arena, (texts + 1) * sizeof(*entries)) : NULL;
    if (entries != NULL)
        result = take_entries(&parser, arena, entries, &count);
    if (entries != NULL && result == 0)
        result = check_entries(entries, count, &scratch, ret_problem);
    if (arena->failed || scratch.failed || kept.failed)
        result = out_of_memory(ret_problem);
    pm_arena_free(&scratch);
    free(kept.data);
    if (result < 0)
        return -1;
    *ret_entries = entries;
    *ret_count = count;
    return 0;
}
