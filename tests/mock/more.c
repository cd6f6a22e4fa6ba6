/* SPDX-License-Identifier: MIT */
/* A mock plugin of what more.h declares. Its constructor appends to $PLUGMGR_CANARY. Chosen while compiling:
 *
 *   WITHOUT_PLUGIN    it is one more unit of a plugin
 *   WITH_COMMAND      exports two functions and an object
 *   WITH_GROW         provides grow
 *   WITH_DEEP         provides deep
 *   WITH_VAULT=TYPE   provides vaults, whose struct has a member of that type
 *   WITH_CALLBACK     start calls the function whose address is the configuration, if there is one
 *   CODEC=INSTANCE    provides codec under that name */
#include <plugmgr/plugin.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "more.h"

#ifndef WITHOUT_PLUGIN
PLUGMGR_PLUGIN("more", "0.2");

__attribute__((constructor)) static void tweet(void)
{
    const char *path = getenv("PLUGMGR_CANARY");
    FILE *file = path != NULL ? fopen(path, "a") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "more\n");
    fclose(file);
}
#endif

#ifdef WITH_COMMAND
PLUGMGR_EXPORT(mock_command, mock_double);
int mock_double(COMMAND_PARAMETER number)
{
    return (int)number * 2;
}
PLUGMGR_EXPORT(mock_command, mock_triple);
int mock_triple(COMMAND_PARAMETER number)
{
    return (int)number * 3;
}
PLUGMGR_EXPORT(mock_limit, mock_most);
const int mock_most = 77;
#endif

#ifdef WITH_GROW
static int seven(void)
{
    return 7;
}
PLUGMGR_PROVIDE(grow, only) = {
    .first = seven,
    .tag = 't',
#if GROW_MINOR >= 1
    .last = seven,
#endif
};
#endif

#ifdef WITH_DEEP
static const char *name_of(const struct deep_item *item)
{
    return item->name;
}
PLUGMGR_PROVIDE(deep, only) = {name_of};
#endif

#ifdef WITH_VAULT
struct vault {
    WITH_VAULT gold;
    int silver;
};
static struct vault *open_vault(void)
{
    static struct vault only = {3, 4};
    return &only;
}
static int sum(const struct vault *vault)
{
    return (int)vault->gold + vault->silver;
}
PLUGMGR_PROVIDE(vaults, only) = {open_vault, sum};
#endif

#ifdef WITH_CALLBACK
static int start(const struct plugmgr_context *context)
{
    void *address;
    int (*callback)(void);
    if (context->config[0] == '\0')
        return 0;
    if (sscanf(context->config, "%p", &address) != 1)
        return context->fail(context, "no address in the configuration");
    memcpy(&callback, &address, sizeof(callback));
    return callback();
}
PLUGMGR_START(start);
#endif

#ifdef CODEC
static int version(void)
{
    return CODEC_MAJOR * 100 + CODEC_MINOR;
}
#define PROVIDE(instance) PLUGMGR_PROVIDE(codec, instance)
PROVIDE(CODEC) = {.version = version};
#endif
