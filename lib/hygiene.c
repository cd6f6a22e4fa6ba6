/* SPDX-License-Identifier: MIT */
#include "judging.h"
#include "unloading.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

/* How a plugin is built: what is told of it that would load, and yet harms the process, or cannot be unloaded. Pure. */

/* How much it weighs. */
enum weight { FORBIDDEN, TOLERATED, TOLD };

static const enum plugmgr_severity severities[][PLUGMGR_POLICY_VERSION + 1] = {
    [FORBIDDEN] = {PLUGMGR_REFUSAL, PLUGMGR_REFUSAL, PLUGMGR_REFUSAL},
    [TOLERATED] = {[PLUGMGR_POLICY_COMPATIBLE] = PLUGMGR_WARNING,
                   [PLUGMGR_POLICY_EXACT] = PLUGMGR_REFUSAL,
                   [PLUGMGR_POLICY_VERSION] = PLUGMGR_WARNING},
    [TOLD] = {PLUGMGR_WARNING, PLUGMGR_WARNING, PLUGMGR_WARNING},
};

struct rule {
    enum pm_code code;
    enum weight weight;
    const char *text, *remedy;
};

enum rule_index {
    NO_DLOPEN,
    STACK,
    TEXT_RELOCATIONS,
    WRITABLE_CODE,
    STATIC_TLS,
    NO_BUILD_ID,
    ORIGIN,
    UNIQUE,
    NODELETE,
    THREAD_EXIT,
    THREAD_KEY,
    THREADS,
    RULES
};

static const struct rule rules[RULES] = {
    [NO_DLOPEN] = {PM_ELF_NO_DLOPEN, FORBIDDEN, "it is marked as not to be loaded by dlopen",
                   "link it without -Wl,-z,nodlopen"},
    [STACK] = {PM_STACK_EXECUTABLE, TOLERATED,
               "it makes all stacks of the process executable; glibc 2.41 and later refuse to load it",
               "give each assembly file a section .note.GNU-stack, or link with -Wl,-z,noexecstack"},
    [TEXT_RELOCATIONS] = {PM_TEXT_RELOCATIONS, TOLERATED,
                          "its code is rewritten while it is loaded, which hardened systems refuse",
                          "compile all of it with -fPIC; -Wl,-z,text names what was not"},
    [WRITABLE_CODE] =
        {PM_CODE_WRITABLE, TOLERATED, "a segment is writable and executable at once, which hardened systems refuse",
         "link it without -Wl,-N (--omagic) and without a linker script that puts code and data together"},
    [STATIC_TLS] = {PM_TLS_STATIC, TOLERATED,
                    "it needs static TLS, and loading fails when the process has used that up",
                    "compile it with -ftls-model=global-dynamic"},
    [NO_BUILD_ID] = {PM_BUILD_ID_NONE, TOLERATED, "it has no build-ID: nothing tells one build of it from another",
                     "link it with -Wl,--build-id"},
    [ORIGIN] = {PM_ORIGIN_DLOPEN, TOLERATED,
                "as a sealed copy its $ORIGIN is not its folder, so that its own dlopen may find nothing",
                "put it where only root and the user who loads it may write, so that it is loaded by its path"},
    [UNIQUE] = {PM_UNLOAD_UNIQUE, TOLD, "it stays mapped after it is closed: it refers to unique symbols of its own",
                "compile it with -fno-gnu-unique or -fvisibility=hidden"},
    [NODELETE] = {PM_UNLOAD_NODELETE, TOLD, "it stays mapped after it is closed: it is marked NODELETE",
                  "link it without -Wl,-z,nodelete, or, if it is meant to stay, say so with PLUGMGR_PLUGIN_RESIDENT"},
    [THREAD_EXIT] = {PM_UNLOAD_THREAD_EXIT, TOLD,
                     "it stays mapped while a thread lives that used a thread_local of its own",
                     "have no thread_local variables with destructors, or say PLUGMGR_PLUGIN_RESIDENT"},
    [THREAD_KEY] = {PM_UNLOAD_THREAD_KEY, TOLD,
                    "it makes thread-specific keys and deletes none: a thread that ends later may crash",
                    "call pthread_key_delete in its stop (PLUGMGR_STOP)"},
    [THREADS] = {PM_UNLOAD_THREADS, TOLD,
                 "it starts threads and joins none: one that still runs when it is closed crashes",
                 "join them in its stop (PLUGMGR_STOP)"},
};

static void tell(struct plugmgr_report *report, enum plugmgr_policy policy, enum rule_index index, const char *subject,
                 const char *changes)
{
    const struct rule *rule = &rules[index];
    pm_report_add(report, &(struct pm_finding){.code = rule->code,
                                               .severity = severities[rule->weight][policy],
                                               .subject = subject,
                                               .text = rule->text,
                                               .remedy = rule->remedy,
                                               .changes = changes});
}

static bool names_origin(const char *path)
{
    return path != NULL && (strstr(path, "$ORIGIN") != NULL || strstr(path, "${ORIGIN}") != NULL);
}

static bool imports(const struct pm_references *references, const char *name)
{
    for (size_t i = 0; i < references->symbol_count; i++)
        if (!references->symbols[i].is_defined && strcmp(references->symbols[i].name, name) == 0)
            return true;
    return false;
}

static bool is_misled(const struct pm_module *plugin, bool is_sealed)
{
    const struct pm_dynamic *dynamic = &plugin->dynamic;
    return is_sealed && (names_origin(dynamic->rpath) || names_origin(dynamic->runpath)) &&
           (imports(&plugin->references, "dlopen") || imports(&plugin->references, "dlmopen"));
}

void pm_judge_hygiene(const struct pm_judging *j)
{
    const struct pm_module *plugin = j->plugin;
    const bool applies[RULES] = {
        [NO_DLOPEN] = plugin->dynamic.refuses_dlopen,
        [STACK] = plugin->wants_executable_stack,
        [TEXT_RELOCATIONS] = plugin->dynamic.has_text_relocations,
        [WRITABLE_CODE] = plugin->has_writable_code,
        [STATIC_TLS] = plugin->dynamic.has_static_tls,
        [NO_BUILD_ID] = plugin->build_id.size == 0,
        [ORIGIN] = is_misled(plugin, j->world->is_sealed),
    };
    for (size_t i = 0; i < RULES; i++)
        if (applies[i])
            tell(j->report, j->policy, (enum rule_index)i, "file", NULL);
}

/* ---- unloading ---- */

/* The unique symbols that the plugin names and that are its own; those that the host has are the host's. */
static const char *list_unique(const struct pm_judging *j)
{
    const struct pm_references *references = &j->plugin->references;
    const char **taken_from = j->world->linkage.taken_from;
    struct pm_buffer lines = {0};
    for (size_t i = 0; i < references->symbol_count; i++) {
        if (!pm_is_unique(&references->symbols[i]) || (taken_from != NULL && taken_from[i] != NULL))
            continue;
        pm_buffer_add(&lines, lines.size > 0 ? "\n" : "");
        pm_buffer_add_escaped(&lines, references->symbols[i].name);
    }
    const char *copy = lines.data != NULL ? pm_arena_copy(j->arena, lines.data) : NULL;
    j->arena->failed |= lines.failed;
    free(lines.data);
    return copy;
}

static void tell_resident(struct plugmgr_report *report)
{
    pm_report_add(report, &(struct pm_finding){.code = PM_UNLOAD_RESIDENT,
                                               .severity = PLUGMGR_NOTE,
                                               .subject = "unloading",
                                               .text = "it asks to stay mapped after it is closed"});
}

bool pm_report_unload_causes(struct plugmgr_report *report, const struct pm_unload_causes *causes, bool is_resident)
{
    const bool applies[RULES] = {
        [UNIQUE] = causes->unique != NULL,
        [NODELETE] = causes->is_nodelete,
        [THREAD_EXIT] = causes->has_thread_exit,
    };
    bool is_told = is_resident;
    if (is_resident)
        tell_resident(report);
    for (size_t i = 0; i < RULES && !is_resident; i++) {
        if (applies[i])
            tell(report, PLUGMGR_POLICY_COMPATIBLE, (enum rule_index)i, "unloading",
                 i == UNIQUE ? pm_report_quote(report, causes->unique) : NULL);
        is_told |= applies[i];
    }
    return is_told;
}

void pm_judge_unloading(const struct pm_judging *j)
{
    const struct pm_module *plugin = j->plugin;
    struct pm_unload_causes causes;
    if (plugin->facts.resident) {
        tell_resident(j->report);
        return;
    }
    pm_unload_causes_find(&plugin->references, &plugin->dynamic, &causes);
    const char *unique = causes.unique != NULL ? list_unique(j) : NULL;
    const bool applies[RULES] = {
        [UNIQUE] = unique != NULL,
        [NODELETE] = causes.is_nodelete,
        [THREAD_EXIT] = causes.has_thread_exit,
        [THREAD_KEY] = causes.has_thread_key,
        [THREADS] = causes.has_threads,
    };
    for (size_t i = 0; i < RULES; i++)
        if (applies[i])
            tell(j->report, j->policy, (enum rule_index)i, "unloading", i == UNIQUE ? unique : NULL);
}
