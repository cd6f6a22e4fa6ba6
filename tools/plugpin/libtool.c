/* SPDX-License-Identifier: MIT */
#include "libtool.h"

#include <string.h>

static bool says(const char *text, const char *what)
{
    /* "# plugin.lo - a libtool object file"; libtool itself looks into the first lines only. */
    const char *end = strchrnul(text, '\n');
    const char *found = memmem(text, (size_t)(end - text), what, strlen(what));
    return text[0] == '#' && found != NULL;
}

bool libtool_is_object(const char *text)
{
    return says(text, "a libtool object file");
}

bool libtool_is_library(const char *text)
{
    return says(text, "a libtool library file");
}

const char *libtool_value(struct pm_arena *arena, const char *text, const char *key)
{
    size_t length = strlen(key);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, key, length) != 0 || line[length] != '=')
            continue;
        const char *value = line + length + 1, *end = strchrnul(value, '\n');
        if (end - value >= 2 && value[0] == '\'' && end[-1] == '\'') {
            value++;
            end--;
        }
        return pm_arena_copy_bytes(arena, value, (size_t)(end - value));
    }
    return NULL;
}

const char *path_beside(struct pm_arena *arena, const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    if (name[0] == '/' || slash == NULL)
        return pm_arena_copy(arena, name);
    const char *directory = pm_arena_copy_bytes(arena, path, (size_t)(slash - path) + 1);
    return pm_arena_join(arena, directory, name, NULL);
}
