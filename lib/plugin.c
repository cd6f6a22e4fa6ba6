/* SPDX-License-Identifier: MIT */
#include "plugin.h"

#include "abi.h"
#include "image.h"
#include "process.h"
#include "state.h"
#include "table.h"
#include "verdict.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pm_plugin {
    atomic_uint holders;
    struct pm_plugin *next;
    struct plugmgr_context context; /* what start got; the plugin may keep it until stop */
    const struct pm_log *log;
    char *real_path, *directory, *config;
    char *failure; /* what start said with fail(); NULL: nothing */
    struct pm_identity identity;
    struct pm_build_id build_id;
    struct pm_facts facts;
    bool is_copy;            /* is loaded, or will be, from a sealed copy */
    struct pm_loaded loaded; /* once it is open, other threads read it too: it stays as it is but for the handle */
    void **providers;        /* for each of facts.provides, */
    bool *fits;              /* and whether the verdict lets the host use it */
    void (*stop)(void);
};

void pm_log_write(const struct pm_log *log, enum plugmgr_log_level level, const char *part, ...)
{
    struct pm_buffer message = {0};
    va_list parts;
    if (log->log == NULL)
        return;
    va_start(parts, part);
    for (; part != NULL; part = va_arg(parts, const char *))
        pm_buffer_add(&message, part);
    va_end(parts);
    if (!message.failed)
        log->log(log->data, level, message.data);
    free(message.data);
}

/* ---- the context that start gets ---- */

/* The context is a member: the plugin is around it. */
static struct pm_plugin *plugin_of(const struct plugmgr_context *context)
{
    return (struct pm_plugin *)((uintptr_t)context - offsetof(struct pm_plugin, context));
}

__attribute__((format(printf, 3, 4))) static void context_log(const struct plugmgr_context *context,
                                                              enum plugmgr_log_level level, const char *format, ...)
{
    const struct pm_plugin *plugin = plugin_of(context);
    va_list arguments;
    char *text;
    if (plugin->log->log == NULL)
        return;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return;
    pm_log_write(plugin->log, level, plugin->context.name, ": ", text, NULL);
    free(text);
}

__attribute__((format(printf, 2, 3))) static int context_fail(const struct plugmgr_context *context, const char *format,
                                                              ...)
{
    struct pm_plugin *plugin = plugin_of(context);
    va_list arguments;
    char *text;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length >= 0) {
        free(plugin->failure);
        plugin->failure = text;
    }
    return -1;
}

/* ---- open ---- */

void pm_plugin_hold(struct pm_plugin *plugin)
{
    atomic_fetch_add_explicit(&plugin->holders, 1, memory_order_relaxed);
}

void pm_plugin_release(struct pm_plugin *plugin)
{
    if (plugin == NULL || atomic_fetch_sub_explicit(&plugin->holders, 1, memory_order_acq_rel) > 1)
        return;
    pm_loaded_free(&plugin->loaded);
    pm_facts_free(&plugin->facts);
    free(plugin->real_path);
    free(plugin->directory);
    free(plugin->config);
    free(plugin->failure);
    free(plugin->providers);
    free(plugin->fits);
    free(plugin);
}

/* The directory that a real path is in. The caller frees. */
static char *directory_of(const char *real_path)
{
    const char *slash = strrchr(real_path, '/');
    return strndup(real_path, slash > real_path ? (size_t)(slash - real_path) : 1);
}

struct pm_plugin *pm_plugin_new(struct pm_judged *judged, const char *config, const struct pm_log *log)
{
    struct pm_module *module = &judged->module;
    struct pm_plugin *plugin = calloc(1, sizeof(*plugin));
    if (plugin == NULL)
        return NULL;
    plugin->holders = 1;
    plugin->log = log;
    plugin->identity = judged->identity;
    plugin->build_id = module->build_id;
    plugin->is_copy = judged->is_sealed;
    plugin->loaded.copy.descriptor = -1;
    plugin->real_path = strdup(judged->real_path);
    plugin->directory = directory_of(judged->real_path);
    plugin->config = strdup(config);
    plugin->providers = calloc(module->facts.provide_count + 1, sizeof(*plugin->providers));
    plugin->fits = calloc(module->facts.provide_count + 1, sizeof(*plugin->fits));
    if (plugin->real_path == NULL || plugin->directory == NULL || plugin->config == NULL || plugin->providers == NULL ||
        plugin->fits == NULL) {
        pm_plugin_release(plugin);
        return NULL;
    }
    memcpy(plugin->fits, module->fits, module->facts.provide_count * sizeof(*plugin->fits));
    plugin->facts = module->facts;
    module->facts = (struct pm_facts){0};
    plugin->context = (struct plugmgr_context){
        .size = sizeof(plugin->context),
        .config = plugin->config,
        .path = plugin->real_path,
        .name = plugin->facts.name,
        .log = context_log,
        .fail = context_fail,
        .directory = plugin->directory,
    };
    return plugin;
}

/* Every provided table by its address in the plugin's own mapping. */
static int find_tables(struct pm_plugin *plugin, struct pm_problem *ret_problem)
{
    const struct pm_facts *facts = &plugin->facts;
    for (size_t i = 0; i < facts->provide_count; i++) {
        plugin->providers[i] = pm_loaded_symbol(&plugin->loaded, facts->provides[i].symbol);
        if (plugin->providers[i] == NULL)
            return pm_problem_set(ret_problem, PM_INTERFACE_FOREIGN, facts->provides[i].symbol, NULL);
    }
    return 0;
}

/* What a save or a restore said with fail, which may be nothing. */
static void report_state(struct pm_plugin *plugin, const char *what, bool is_exported, struct plugmgr_report *report)
{
    const char *reason = plugin->failure != NULL ? plugin->failure
                         : is_exported           ? "it gave no reason"
                                                 : "it does not export the function";
    pm_report_add(report, &(struct pm_finding){.code = PM_RELOAD_STATE,
                                               .severity = PLUGMGR_REFUSAL,
                                               .subject = "plugin",
                                               .text = pm_arena_join(pm_report_arena(report), what,
                                                                     pm_report_quote(report, reason), NULL)});
    free(plugin->failure);
    plugin->failure = NULL;
}

static int save_state(struct pm_plugin *from, struct pm_saved *saved, struct plugmgr_report *report)
{
    int (*save)(const struct plugmgr_context *, struct plugmgr_state *);
    void *address = pm_loaded_symbol(&from->loaded, "plugmgr_save");
    memcpy(&save, &address, sizeof(save));
    int result = save != NULL ? save(&from->context, &saved->state) : -1;
    if (saved->written.failed)
        return -PLUGMGR_E_MEMORY;
    if (result == 0)
        return 0;
    report_state(from, "the build that runs could not save its state: ", save != NULL, report);
    return -PLUGMGR_E_START;
}

static int restore_state(struct pm_plugin *to, const struct pm_saved *saved, struct plugmgr_report *report)
{
    int (*restore)(const struct plugmgr_context *, const void *, size_t);
    size_t size;
    const void *bytes = pm_saved_bytes(saved, &size);
    void *address = pm_loaded_symbol(&to->loaded, "plugmgr_restore");
    memcpy(&restore, &address, sizeof(restore));
    if (restore != NULL && restore(&to->context, bytes, size) == 0)
        return 0;
    report_state(to, "the new build could not restore the state: ", restore != NULL, report);
    return -PLUGMGR_E_START;
}

static void report_lost(struct plugmgr_report *report)
{
    pm_report_add(report, &(struct pm_finding){
                              .code = PM_STATE_NOT_HANDED_OVER,
                              .severity = PLUGMGR_WARNING,
                              .subject = "state",
                              .text = "another build was written into the file of the one that runs, which cannot be "
                                      "asked to save anything any more: the new one starts without",
                              .remedy = "write a new build beside the old one and rename it over it"});
}

int pm_plugin_hand_state_over(struct pm_plugin *from, struct pm_plugin *to, struct plugmgr_report *report)
{
    struct pm_saved saved;
    if (!pm_state_judge(&from->facts, &to->facts, report))
        return pm_report_failed(report) ? -PLUGMGR_E_MEMORY : 0;
    if (pm_plugin_is_damaged(from)) {
        report_lost(report);
        return pm_report_failed(report) ? -PLUGMGR_E_MEMORY : 0;
    }
    pm_saved_begin(&saved);
    int result = save_state(from, &saved, report);
    if (result == 0)
        result = restore_state(to, &saved, report);
    pm_saved_free(&saved);
    return result;
}

/* Takes the plugin out again; false: it stays mapped. What asks to stay may have left something behind by then. */
bool pm_plugin_undo(struct pm_plugin *plugin, struct plugmgr_report *report)
{
    if (plugin->loaded.handle == NULL)
        return true;
    if (plugin->facts.resident)
        return false;
    if (pm_unload(&plugin->loaded))
        return true;
    pm_report_add(report, &(struct pm_finding){.code = PM_ALREADY_MAPPED,
                                               .severity = PLUGMGR_WARNING,
                                               .subject = "file",
                                               .text = "the object could not be unloaded again"});
    return false;
}

/* The libraries that are opened before a copy. */
struct order {
    const struct pm_object *objects;
    struct pm_table names; /* each name and soname -> index */
    bool *is_seen;         /* for each object */
    size_t *next;          /* for each: which of those that it needs is the next to be looked at */
    size_t *way;           /* indexes: an object, one that it needs, one that this needs, … */
    const char **paths;
    size_t count;
};

/* The object behind those that it needs. */
static void add_in_order(struct order *order, size_t index)
{
    size_t depth = 0, needed;
    if (order->is_seen[index])
        return;
    order->is_seen[index] = true;
    order->way[depth++] = index;
    while (depth > 0) {
        index = order->way[depth - 1];
        const struct pm_object *object = &order->objects[index];
        if (order->next[index] == object->dynamic.needed_count) {
            depth--;
            if (object->is_from_path && !object->is_loaded)
                order->paths[order->count++] = object->path;
        } else if (pm_table_find(&order->names, object->dynamic.needed[order->next[index]++], &needed) &&
                   !order->is_seen[needed]) {
            order->is_seen[needed] = true;
            order->way[depth++] = needed;
        }
    }
}

/* What a copy, which has no directory, does not find by itself. One of them may find another only because the plugin
 * does, and so because that is there already: by the order of the plugin's needs, or by its RPATH. */
static size_t list_before(struct pm_judged *judged, const char ***ret_paths)
{
    struct pm_world *world = &judged->world;
    struct pm_arena *arena = &world->arena;
    const size_t room = world->object_count + 1;
    struct order order = {
        .objects = world->objects,
        .is_seen = pm_arena_new(arena, room * sizeof(*order.is_seen)),
        .next = pm_arena_new(arena, room * sizeof(*order.next)),
        .way = pm_arena_new(arena, room * sizeof(*order.way)),
        .paths = pm_arena_new(arena, room * sizeof(*order.paths)),
    };
    for (size_t i = 0; i < world->object_count && judged->is_sealed; i++) {
        pm_table_add(&order.names, arena, world->objects[i].name, i);
        if (world->objects[i].dynamic.soname != NULL)
            pm_table_add(&order.names, arena, world->objects[i].dynamic.soname, i);
    }
    *ret_paths = arena->failed ? NULL : order.paths;
    for (size_t i = world->object_count; i > 0 && judged->is_sealed && !arena->failed; i--)
        add_in_order(&order, i - 1);
    return order.count;
}

static int load(struct pm_plugin *plugin, struct pm_judged *judged, struct pm_problem *ret_problem)
{
    struct pm_load load = {
        .path = judged->is_sealed ? judged->copy_path : judged->real_path,
        .identity = &judged->identity,
        .build_id = &judged->module.build_id,
        .file = &judged->file,
        .is_sealed = judged->is_sealed,
    };
    const char **before;
    load.before_count = list_before(judged, &before);
    load.before = before;
    if (before == NULL)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to load it", NULL);
    return pm_load(&load, &plugin->loaded, ret_problem);
}

static bool is_pinned(const struct pm_facts *facts, const struct pm_object *object)
{
    for (size_t i = 0; i < facts->pin_count; i++)
        if (facts->pins[i].build_id_count > 0 && pm_object_is_named(object, facts->pins[i].object))
            return true;
    return false;
}

/* Whether the pinned libraries that were not there before are now mapped as they were judged. */
static int compare_pinned(const struct pm_facts *facts, const struct pm_judged *judged, struct pm_problem *ret_problem)
{
    const struct pm_world *world = &judged->world;
    struct pm_process process = {0};
    int result = 0;
    for (size_t i = 0; i < world->object_count && result == 0; i++) {
        const struct pm_object *object = &world->objects[i];
        if (object->is_loaded || object->path == NULL || !is_pinned(facts, object))
            continue;
        if (process.objects == NULL && pm_process_read(&process) < 0)
            result = pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to load it", NULL);
        const struct pm_mapped *mapped = pm_process_named(&process, object->path);
        if (mapped == NULL)
            mapped = pm_process_named(&process, object->name);
        if (result == 0 && mapped != NULL && !pm_build_id_equal(&mapped->build_id, &object->build_id))
            result = pm_problem_set(ret_problem, PM_CHANGED_WHILE_LOADING, "another build of ", object->name,
                                    " got mapped than was judged", NULL);
    }
    pm_process_free(&process);
    return result;
}

int pm_plugin_load(struct pm_plugin *plugin, struct pm_judged *judged, struct plugmgr_report *report)
{
    struct pm_problem problem;
    if (load(plugin, judged, &problem) == 0) {
        if (plugin->loaded.was_mapped)
            pm_report_problem(report, "file",
                              &(struct pm_problem){PM_ALREADY_MAPPED, "its constructors did not run again"},
                              PLUGMGR_WARNING);
        if (compare_pinned(&plugin->facts, judged, &problem) == 0 && find_tables(plugin, &problem) == 0)
            return 0;
    }
    pm_report_problem(report, "file", &problem, PLUGMGR_REFUSAL);
    return problem.code == PM_OUT_OF_MEMORY || pm_report_failed(report) ? -PLUGMGR_E_MEMORY : -PLUGMGR_E_LOAD;
}

int pm_plugin_bind(struct pm_plugin *plugin, size_t index, const void *provider, size_t size,
                   struct plugmgr_report *report)
{
    const char *symbol = plugin->facts.requires_[index].symbol;
    struct plugmgr_bound *bound = symbol != NULL ? pm_loaded_symbol(&plugin->loaded, symbol) : NULL;
    if (bound == NULL) {
        pm_report_problem(report, "file",
                          &(struct pm_problem){.code = PM_INTERFACE_FOREIGN, .detail = "the slot of a requirement"},
                          PLUGMGR_REFUSAL);
        return -PLUGMGR_E_LOAD;
    }
    *bound = (struct plugmgr_bound){provider, size};
    return 0;
}

/* What start said counts whole, however long it is; a problem's detail has an end. */
static void report_start(const struct pm_plugin *plugin, struct plugmgr_report *report)
{
    const char *reason = plugin->failure != NULL ? plugin->failure : "it gave no reason";
    pm_report_add(report, &(struct pm_finding){.code = PM_START_FAILED,
                                               .severity = PLUGMGR_REFUSAL,
                                               .subject = "plugin",
                                               .text = pm_arena_join(pm_report_arena(report), "its start failed: ",
                                                                     pm_report_quote(report, reason), NULL)});
}

int pm_plugin_start(struct pm_plugin *plugin, struct plugmgr_report *report)
{
    /* ISO C knows no way from an object pointer to a function; POSIX dlsym promises that this one works */
    int (*start_function)(const struct plugmgr_context *);
    void *address = pm_loaded_symbol(&plugin->loaded, "plugmgr_start");
    memcpy(&start_function, &address, sizeof(start_function));
    if (start_function != NULL && start_function(&plugin->context) != 0) {
        report_start(plugin, report);
        return pm_report_failed(report) ? -PLUGMGR_E_MEMORY : -PLUGMGR_E_START;
    }
    address = pm_loaded_symbol(&plugin->loaded, "plugmgr_stop");
    memcpy(&plugin->stop, &address, sizeof(plugin->stop));
    return 0;
}

void pm_plugin_log_opened(const struct pm_plugin *plugin)
{
    char where[60] = "";
    if (plugin->is_copy)
        snprintf(where, sizeof(where), " as a sealed copy at 0x%lx", (unsigned long)plugin->loaded.base);
    pm_log_write(plugin->log, PLUGMGR_LOG_INFO, plugin->facts.name, ": opened ", plugin->real_path, where, NULL);
}

/* ---- close ---- */

int pm_plugin_linked_user(const struct pm_plugin *plugin, struct pm_plugin *const *others, size_t count,
                          const struct pm_plugin **ret_user)
{
    struct pm_process process;
    bool is_out_of_memory = pm_process_read(&process) < 0;
    *ret_user = NULL;
    for (size_t i = 0; i < count && *ret_user == NULL; i++)
        if (others[i] != plugin && pm_process_needs(&process, others[i]->loaded.base, plugin->loaded.base))
            *ret_user = others[i];
    is_out_of_memory |= process.arena.failed;
    pm_process_free(&process);
    return is_out_of_memory ? -PLUGMGR_E_MEMORY : 0;
}

/* The loaded object that is linked with the one at that base; NULL: none. */
static const char *linked_user(const struct pm_process *process, uintptr_t base)
{
    for (size_t i = 0; i < process->count; i++) {
        const struct pm_dynamic *dynamic = &process->objects[i]->dynamic;
        for (size_t k = 0; k < dynamic->needed_count; k++) {
            const struct pm_mapped *needed = pm_process_named(process, dynamic->needed[k]);
            if (needed != NULL && needed->base == base)
                return process->objects[i]->name;
        }
    }
    return NULL;
}

/* That somebody else holds it: what is left when it is nothing of its own. */
static void report_holder(const struct pm_plugin *plugin, const struct pm_process *process,
                          struct plugmgr_report *report)
{
    const char *user = linked_user(process, plugin->loaded.base), *text = "somebody else has opened it too";
    if (user != NULL) /* the dynamic linker has no name for the program */
        text = pm_arena_join(pm_report_arena(report), *user != '\0' ? pm_report_quote(report, user) : "the program",
                             " is linked with it", NULL);
    pm_report_add(report, &(struct pm_finding){.code = PM_UNLOAD_HELD,
                                               .severity = PLUGMGR_WARNING,
                                               .subject = "unloading",
                                               .text = text,
                                               .remedy = user != NULL ? "close what is linked with it first"
                                                                      : "open plugins through one manager only"});
}

/* Why it is still mapped, by looking at what is in memory. */
static void report_remains(const struct pm_plugin *plugin, struct plugmgr_report *report)
{
    struct pm_process process;
    struct pm_unload_causes causes = {0};
    bool is_read = pm_process_read(&process) == 0;
    pm_report_set_outcome(report, "closed, but still mapped");
    pm_process_unload_causes(plugin->loaded.base, plugin->loaded.name, &process.arena, &causes);
    if (!pm_report_unload_causes(report, &causes, plugin->facts.resident) && is_read)
        report_holder(plugin, &process, report);
    if (!is_read || process.arena.failed)
        pm_report_arena(report)->failed = true;
    pm_process_free(&process);
}

/* To run anything of it, be it a destructor, would be to run what nobody wrote. */
static int abandon(const struct pm_plugin *plugin, struct plugmgr_report *report)
{
    pm_log_write(plugin->log, PLUGMGR_LOG_ERROR, plugin->facts.name,
                 ": not stopped and not unloaded: another build was ",
                 "written into its file while it was open: ", plugin->real_path, NULL);
    if (report == NULL)
        return PLUGMGR_STILL_MAPPED;
    pm_report_set_outcome(report, "closed, but still mapped");
    pm_report_add(report,
                  &(struct pm_finding){
                      .code = PM_UNLOAD_DAMAGED,
                      .severity = PLUGMGR_WARNING,
                      .subject = "unloading",
                      .text = "another build was written into its file while it was open: its stop was not "
                              "called, and it stays, as what is mapped is neither the old code nor the new",
                      .remedy = "start the host again; write a new build beside the old one and rename it over it",
                  });
    return PLUGMGR_STILL_MAPPED;
}

int pm_plugin_close(struct pm_plugin *plugin, struct plugmgr_report *report)
{
    if (pm_plugin_is_damaged(plugin))
        return abandon(plugin, report);
    if (plugin->stop != NULL)
        plugin->stop();
    if (!plugin->facts.resident && pm_unload(&plugin->loaded)) {
        pm_log_write(plugin->log, PLUGMGR_LOG_INFO, plugin->facts.name, ": closed", NULL);
        return PLUGMGR_UNLOADED;
    }
    if (plugin->facts.resident)
        pm_log_write(plugin->log, PLUGMGR_LOG_INFO, plugin->facts.name, ": closed; it asks to stay mapped", NULL);
    else
        pm_log_write(plugin->log, PLUGMGR_LOG_WARNING, plugin->facts.name,
                     ": closed, but the dynamic linker keeps it mapped: ", plugin->real_path, NULL);
    if (report != NULL)
        report_remains(plugin, report);
    return PLUGMGR_STILL_MAPPED;
}

bool pm_plugin_is_gone(const struct pm_plugin *plugin)
{
    return pm_loaded_is_gone(&plugin->loaded);
}

void pm_plugin_forget(struct pm_plugin *plugin)
{
    if (pm_loaded_is_gone(&plugin->loaded))
        pm_log_write(plugin->log, PLUGMGR_LOG_INFO, plugin->facts.name, ": unloaded by now: ", plugin->real_path, NULL);
    pm_plugin_release(plugin);
}

bool pm_plugin_is_same_object(const struct pm_plugin *a, const struct pm_plugin *b)
{
    return a->loaded.base == b->loaded.base && strcmp(a->loaded.name, b->loaded.name) == 0;
}

/* ---- asking ---- */

const struct pm_facts *pm_plugin_facts(const struct pm_plugin *plugin)
{
    return &plugin->facts;
}

const struct pm_identity *pm_plugin_identity(const struct pm_plugin *plugin)
{
    return &plugin->identity;
}

/* Of a file that was written, but not replaced: whether it is another build. A time stamp alone means no harm. */
static bool is_other_build(const struct pm_build_id *build_id, const struct pm_file *file)
{
    struct pm_problem ignored;
    struct pm_image *image;
    struct pm_build_id now = {0};
    if (pm_image_open(file, &image, &ignored) < 0)
        return true;
    pm_image_read_notes(image, NULL, &now, &ignored);
    pm_image_close(image);
    return build_id->size == 0 || !pm_build_id_equal(&now, build_id);
}

bool pm_plugin_is_damaged(const struct pm_plugin *plugin)
{
    const struct pm_identity *then = &plugin->identity;
    struct pm_file file;
    struct pm_problem ignored;
    if (plugin->is_copy || pm_path_has_identity(plugin->real_path, then) ||
        pm_file_open(plugin->real_path, &file, &ignored) < 0)
        return false;
    bool is_written = pm_identity_is_same_file(then, &file.identity) && !pm_identity_has_content(then, &file.identity);
    bool is_damaged = is_written && is_other_build(&plugin->build_id, &file);
    pm_file_close(&file);
    return is_damaged;
}

struct pm_plugin *pm_plugin_next(const struct pm_plugin *plugin)
{
    return plugin->next;
}

void pm_plugin_link(struct pm_plugin *plugin, struct pm_plugin *next)
{
    plugin->next = next;
}

const char *pm_plugin_real_path(const struct pm_plugin *plugin)
{
    return plugin->real_path;
}

bool pm_plugin_is_copy(const struct pm_plugin *plugin)
{
    return plugin->is_copy;
}

const char *pm_plugin_config(const struct pm_plugin *plugin)
{
    return plugin->config;
}

void *pm_plugin_provider(const struct pm_plugin *plugin, size_t index)
{
    return plugin->providers[index];
}

bool pm_plugin_fits(const struct pm_plugin *plugin, size_t index)
{
    return plugin->fits[index];
}
