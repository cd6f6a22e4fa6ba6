/* SPDX-License-Identifier: MIT */
#include "script.h"

#include "message.h"

#include <string.h>

/* What the words between parentheses are. */
enum context { CONTEXT_NONE, CONTEXT_FILES, CONTEXT_DIRECTORY, CONTEXT_OTHER };

struct reader {
    const char *at;
    struct pm_arena *arena;
    struct script script;
};

static const char *skip_blank(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\r\n,;");
        if (at[0] != '/' || at[1] != '*')
            return at;
        const char *end = strstr(at + 2, "*/");
        at = end != NULL ? end + 2 : at + strlen(at);
    }
}

/* The next token: a word (quotes taken off), "(" or ")"; NULL at the end. */
static const char *next_token(struct reader *reader)
{
    const char *at = skip_blank(reader->at);
    size_t length;
    if (*at == '\0')
        return NULL;
    if (*at == '"') {
        at++;
        length = strcspn(at, "\"");
        reader->at = at + length + (at[length] == '"');
        return pm_arena_copy_bytes(reader->arena, at, length);
    }
    length = *at == '(' || *at == ')' ? 1 : strcspn(at, " \t\r\n,;()\"");
    reader->at = at + length;
    return pm_arena_copy_bytes(reader->arena, at, length);
}

static int add_item(struct reader *reader, enum script_kind kind, const char *text)
{
    struct script *script = &reader->script;
    struct script_item *item = array_append(&script->items, script->count, sizeof(*item));
    if (item == NULL)
        return -1;
    *item = (struct script_item){kind, text};
    script->count++;
    return 0;
}

static enum context context_of(const char *command)
{
    if (strcmp(command, "INPUT") == 0 || strcmp(command, "GROUP") == 0)
        return CONTEXT_FILES;
    return strcmp(command, "SEARCH_DIR") == 0 ? CONTEXT_DIRECTORY : CONTEXT_OTHER;
}

/* AS_NEEDED(…) within INPUT or GROUP changes nothing for us: a pin of a library that is not needed does not count. */
static int parse(struct reader *reader)
{
    enum context context = CONTEXT_NONE;
    const char *word = "", *token;
    size_t depth = 0;
    while ((token = next_token(reader)) != NULL) {
        if (strcmp(token, "(") == 0) {
            if (depth++ == 0) {
                context = context_of(word);
                reader->script.is_script |= context == CONTEXT_FILES;
            }
        } else if (strcmp(token, ")") == 0) {
            depth -= depth > 0;
            if (depth == 0)
                context = CONTEXT_NONE;
        } else if (context == CONTEXT_DIRECTORY) {
            if (add_item(reader, SCRIPT_DIRECTORY, token) < 0)
                return -1;
        } else if (context == CONTEXT_FILES && strcmp(token, "AS_NEEDED") != 0) {
            if (add_item(reader, SCRIPT_FILE, token) < 0)
                return -1;
        }
        word = token;
    }
    return reader->arena->failed ? message_out_of_memory() : 0;
}

int script_parse(const char *text, struct pm_arena *arena, struct script *ret_script)
{
    struct reader reader = {.at = text, .arena = arena};
    int status = parse(&reader);
    *ret_script = reader.script;
    return status;
}
