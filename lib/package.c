/* SPDX-License-Identifier: MIT */
#include "package.h"

#include <string.h>

enum { PACKAGE_NOTE = (int)0xcafe1a7e, MAX_TEXT = 4096 /* bytes of JSON */ };

bool pm_note_is_package(const struct pm_note *note)
{
    return note->type == (uint32_t)PACKAGE_NOTE && note->name_size == 4 && memcmp(note->name, "FDO", 4) == 0;
}

struct cursor {
    const char *at, *end;
};

static void skip_space(struct cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
        c->at++;
}

/* Whether the character comes next; then it is behind us. */
static bool take(struct cursor *c, char wanted)
{
    skip_space(c);
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

/* A string without escapes, which names and versions of packages have not. */
static bool take_string(struct cursor *c, const char **ret_text, size_t *ret_length)
{
    if (!take(c, '"'))
        return false;
    const char *begin = c->at;
    while (c->at < c->end && *c->at != '"' && *c->at != '\\' && (unsigned char)*c->at >= ' ')
        c->at++;
    if (c->at == c->end || *c->at != '"')
        return false;
    *ret_text = begin;
    *ret_length = (size_t)(c->at++ - begin);
    return true;
}

static bool is_key(const char *text, size_t length, const char *key)
{
    return length == strlen(key) && memcmp(text, key, length) == 0;
}

const char *pm_package_text(struct pm_arena *arena, const struct pm_note *note)
{
    struct cursor c = {(const char *)note->desc, (const char *)note->desc};
    const char *key, *value, *name = NULL, *version = "";
    size_t key_length, length, name_length = 0, version_length = 0;
    c.end += note->desc_size < MAX_TEXT ? note->desc_size : MAX_TEXT;
    if (!take(&c, '{'))
        return NULL;
    do {
        if (!take_string(&c, &key, &key_length) || !take(&c, ':') || !take_string(&c, &value, &length))
            return NULL;
        if (is_key(key, key_length, "name")) {
            name = value;
            name_length = length;
        } else if (is_key(key, key_length, "version")) {
            version = value;
            version_length = length;
        }
    } while (take(&c, ','));
    if (!take(&c, '}') || name == NULL || name_length == 0)
        return NULL;
    return pm_arena_join(arena, pm_arena_copy_bytes(arena, name, name_length), version_length > 0 ? " " : "",
                         pm_arena_copy_bytes(arena, version, version_length), NULL);
}
