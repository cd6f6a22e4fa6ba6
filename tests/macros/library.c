/* SPDX-License-Identifier: MIT */
/* library.c: stands in for libplugmgr, since what is tested here are the macros: it loads without looking at the notes.
 * An instance that is not named is the one called `only`. */
#include <dlfcn.h>
#include <plugmgr/host.h>
#include <plugmgr/plugin.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plugmgr {
    const struct plugmgr_host *host;
};

struct plugmgr_plugin {
    void *object;
};

typedef int start_function(const struct plugmgr_context *context);
typedef void stop_function(void);

int plugmgr_new_for_host(const struct plugmgr_host *host, struct plugmgr **ret_manager,
                         const struct plugmgr_options *options)
{
    struct plugmgr *manager;

    if (host->size != sizeof(*host) || options != NULL)
        return -PLUGMGR_E_INVALID;
    manager = malloc(sizeof(*manager));
    if (manager == NULL)
        return -PLUGMGR_E_MEMORY;
    manager->host = host;
    *ret_manager = manager;
    return 0;
}

void plugmgr_free(struct plugmgr *manager)
{
    free(manager);
}

static void write_log(const struct plugmgr_context *context, enum plugmgr_log_level level, const char *format, ...)
{
    va_list arguments;

    (void)context;
    va_start(arguments, format);
    fprintf(stderr, "%d: ", (int)level);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

static int fail(const struct plugmgr_context *context, const char *format, ...)
{
    (void)context;
    fprintf(stderr, "start failed: %s\n", format);
    return -1;
}

/* A function by its name: ISO C has no conversion from void *. */
static start_function *find_start(void *object)
{
    void *address = dlsym(object, "plugmgr_start");
    start_function *start;

    memcpy(&start, &address, sizeof(start));
    return start;
}

static stop_function *find_stop(void *object)
{
    void *address = dlsym(object, "plugmgr_stop");
    stop_function *stop;

    memcpy(&stop, &address, sizeof(stop));
    return stop;
}

/* Puts what the host offers into the plugin's slots; of a counter, the first member is told alone. */
static int bind(const struct plugmgr_host *host, void *object)
{
    int count = 0;

    for (const struct plugmgr_offered *const *offer = host->offers; offer != host->offers_end; offer++) {
        char symbol[100];
        struct plugmgr_bound *bound;

        if (*offer == NULL)
            continue;
        if ((*offer)->size != sizeof(**offer) || (*offer)->pins != NULL || (*offer)->version > 120345)
            return -1;
        snprintf(symbol, sizeof(symbol), "plugmgr_require_%s", (*offer)->interface_name);
        bound = dlsym(object, symbol);
        if (bound == NULL || bound->provider != NULL || bound->size != 0)
            continue;
        bound->provider = (*offer)->object;
        bound->size = strcmp((*offer)->interface_name, "counter") == 0 ? sizeof(void *) : (*offer)->object_size;
        count++;
    }
    return count;
}

static char saved[100];
static size_t saved_size;

static int keep(struct plugmgr_state *state, const void *bytes, size_t size)
{
    if (state->size != sizeof(*state) || size > sizeof(saved) - saved_size)
        return -1;
    memcpy(saved + saved_size, bytes, size);
    saved_size += size;
    return 0;
}

/* Whether the plugin takes back what it gives, if it gives anything. */
static int hands_over(void *object, const struct plugmgr_context *context)
{
    struct plugmgr_state state = {sizeof(state), keep};
    int (*save)(const struct plugmgr_context *, struct plugmgr_state *);
    int (*restore)(const struct plugmgr_context *, const void *, size_t);
    void *save_address = dlsym(object, "plugmgr_save"), *restore_address = dlsym(object, "plugmgr_restore");

    memcpy(&save, &save_address, sizeof(save));
    memcpy(&restore, &restore_address, sizeof(restore));
    if (save == NULL && restore == NULL)
        return 1;
    return save != NULL && restore != NULL && save(context, &state) == 0 && restore(context, saved, saved_size) == 0 &&
           restore(context, saved, saved_size - 1) != 0;
}

int plugmgr_open(struct plugmgr *manager, const char *path, const struct plugmgr_open_options *options,
                 struct plugmgr_plugin **ret_plugin, struct plugmgr_report **ret_report)
{
    const struct plugmgr_context context = {sizeof(context), "", "shapes", path, write_log, fail, "."};
    struct plugmgr_plugin *plugin;
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    start_function *start;

    if (ret_report != NULL)
        *ret_report = NULL;
    if (manager->host == NULL || options != NULL)
        return -PLUGMGR_E_INVALID;
    if (object == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return -PLUGMGR_E_LOAD;
    }
    if (dlsym(object, "plugmgr_PLUGIN") != NULL || dlsym(object, "plugmgr_REQUIRE_greeter") != NULL) {
        fprintf(stderr, "what is hidden is exported\n");
        dlclose(object);
        return -PLUGMGR_E_LOAD;
    }
    /* of the small ones of the misuse nothing is required */
    if (dlsym(object, "plugmgr_require_greeter") != NULL && bind(manager->host, object) != 3) {
        fprintf(stderr, "the host does not offer what it should\n");
        dlclose(object);
        return -PLUGMGR_E_LOAD;
    }
    start = find_start(object);
    plugin = malloc(sizeof(*plugin));
    if (plugin == NULL || start == NULL || start(&context) != 0 || !hands_over(object, &context)) {
        fprintf(stderr, "no plugmgr_start, or it fails, or no plugmgr_save and plugmgr_restore that fit\n");
        free(plugin);
        dlclose(object);
        return -PLUGMGR_E_START;
    }
    plugin->object = object;
    *ret_plugin = plugin;
    return 0;
}

int plugmgr_close(struct plugmgr_plugin *plugin)
{
    stop_function *stop = find_stop(plugin->object);
    int status = stop == NULL ? -PLUGMGR_E_INVALID : PLUGMGR_UNLOADED;

    if (stop != NULL)
        stop();
    dlclose(plugin->object);
    free(plugin);
    return status;
}

const void *plugmgr_find(const struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted,
                         const char *instance)
{
    char symbol[100];

    snprintf(symbol, sizeof(symbol), "plugmgr_provide_%s_%s", accepted->interface_name,
             instance != NULL ? instance : "only");
    return dlsym(plugin->object, symbol);
}

void *plugmgr_find_symbol(const struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted,
                          const char *name)
{
    return accepted->version >= accepted->lowest ? dlsym(plugin->object, name) : NULL;
}

/* Knows what the macro must ask for: two members of the host's own. */
int plugmgr_has_member(const struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted,
                       const char *instance, const char *member, size_t end)
{
    if (plugmgr_find(plugin, accepted, instance) == NULL)
        return 0;
    if (strcmp(accepted->interface_name, "counter") == 0)
        return strcmp(member, "step") == 0 && end == sizeof(void *) + sizeof(unsigned);
    return strcmp(member, "greet") == 0 && end == sizeof(void *);
}
