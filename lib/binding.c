/* SPDX-License-Identifier: MIT */
#include "judging.h"

#include <stdlib.h>
#include <string.h>

/* What is found in the end when the dynamic linker looks up what a plugin names; linkage.c looked. Pure. */

enum {
    MAX_LINES_SIZE = 1 << 20, /* bytes of the symbols that one finding names */
    MAX_TOLD = 100,           /* lacking versions, each in a finding */
};

/* Lines for a finding's changes. */
struct lines {
    struct pm_buffer text;
    size_t left; /* beyond what may be named */
};

/* The report's arena keeps them. */
static const char *keep_lines(const struct pm_judging *j, struct lines *lines)
{
    char digits[21];
    if (lines->left > 0) {
        pm_buffer_add(&lines->text, "\nand ");
        pm_buffer_add(&lines->text, pm_format_number(lines->left, digits));
        pm_buffer_add(&lines->text, " more");
    }
    const char *copy = lines->text.data != NULL ? pm_arena_copy(j->arena, lines->text.data) : "";
    j->arena->failed |= lines->text.failed;
    free(lines->text.data);
    *lines = (struct lines){0};
    return copy;
}

static void add_line(struct lines *lines, const char *name, const char *version, const char *middle, const char *owner)
{
    struct pm_buffer *text = &lines->text;
    if (text->size > MAX_LINES_SIZE) {
        lines->left++;
        return;
    }
    pm_buffer_add(text, text->size > 0 ? "\n" : "");
    pm_buffer_add_escaped(text, name);
    if (version != NULL) {
        pm_buffer_add(text, "@");
        pm_buffer_add_escaped(text, version);
    }
    if (owner != NULL) {
        pm_buffer_add(text, middle);
        pm_buffer_add_escaped(text, owner);
    }
}

/* "a symbol", or "3 symbols" */
static const char *count_text(const struct pm_judging *j, size_t count)
{
    return count == 1 ? "a symbol" : pm_arena_join(j->arena, pm_arena_number(j->arena, count), " symbols", NULL);
}

/* ---- versions ---- */

static const char *wanting_text(const struct pm_judging *j, const char *wanted_by)
{
    return wanted_by != NULL ? pm_judging_quote(j, wanted_by) : "the plugin";
}

static void judge_version(const struct pm_judging *j, const struct pm_lacking_version *lacking)
{
    const char *highest = "";
    struct lines lines = {0};
    if (lacking->highest != NULL)
        highest = pm_arena_join(j->arena, "; it has up to ", pm_judging_quote(j, lacking->highest), NULL);
    for (size_t i = 0; i < lacking->symbol_count; i++)
        add_line(&lines, lacking->symbols[i], NULL, NULL, NULL);
    pm_report_add(j->report,
                  &(struct pm_finding){
                      .code = PM_SYMBOL_VERSION_MISSING,
                      .severity = PLUGMGR_REFUSAL,
                      .subject = pm_arena_join(j->arena, "library ", pm_judging_quote(j, lacking->library), NULL),
                      .text = pm_arena_join(j->arena, "it lacks ", pm_judging_quote(j, lacking->version), ", which ",
                                            wanting_text(j, lacking->wanted_by), " needs", highest, NULL),
                      .want = pm_judging_quote(j, lacking->path),
                      .changes = keep_lines(j, &lines),
                      .remedy =
                          "install a newer build of the library, or build against this one: on the oldest system that "
                          "it is for",
                  });
}

static void judge_more_versions(const struct pm_judging *j, size_t count)
{
    pm_report_add(j->report,
                  &(struct pm_finding){
                      .code = PM_SYMBOL_VERSION_MISSING,
                      .severity = PLUGMGR_REFUSAL,
                      .subject = "libraries",
                      .text = pm_arena_join(j->arena, "they lack ", pm_arena_number(j->arena, count),
                                            " more versions that are needed", NULL),
                      .remedy =
                          "install newer builds of the libraries, or build against these: on the oldest system that "
                          "it is for",
                  });
}

/* ---- symbols ---- */

enum lack { LACK_IS_CERTAIN, LACK_IS_OPEN, LACK_IS_TOLD };

static bool is_usable(const struct pm_object *object)
{
    return object->path != NULL && !object->has_problem;
}

static bool has_all_libraries(const struct pm_world *world)
{
    for (size_t i = 0; i < world->object_count; i++)
        if (!is_usable(&world->objects[i]))
            return false;
    return true;
}

/* Whether it is certain that nobody has the symbol. A library that should have it and is missing is told as such. */
static enum lack lack_of(const struct pm_world *world, const struct pm_lacking_symbol *symbol, bool may_be_elsewhere)
{
    if (world->linkage.unread != NULL)
        return LACK_IS_OPEN;
    if (symbol->library != NULL) {
        const struct pm_object *library = pm_world_object(world, symbol->library);
        return library == NULL || is_usable(library) ? LACK_IS_CERTAIN : LACK_IS_TOLD;
    }
    return may_be_elsewhere ? LACK_IS_OPEN : LACK_IS_CERTAIN;
}

static void tell_missing(const struct pm_judging *j, const char *wanted_by, size_t count, const char *lines)
{
    const char *subject = "symbols";
    if (wanted_by != NULL)
        subject = pm_arena_join(j->arena, "library ", pm_judging_quote(j, wanted_by), NULL);
    pm_report_add(j->report,
                  &(struct pm_finding){
                      .code = PM_SYMBOL_MISSING,
                      .severity = PLUGMGR_REFUSAL,
                      .subject = subject,
                      .text = pm_arena_join(j->arena, "nobody has ", count_text(j, count), " that ",
                                            wanted_by != NULL ? "it" : "the plugin", " needs", NULL),
                      .changes = lines,
                      .remedy = "link the plugin with the library that has them (-Wl,-z,defs tells while linking), or "
                                "use the host that has them",
                  });
}

static void tell_open(const struct pm_judging *j, size_t count, const char *lines)
{
    const struct pm_linkage *linkage = &j->world->linkage;
    const char *them = count == 1 ? "it" : "them";
    const char *reason = pm_arena_join(j->arena, "; a library that is missing may have ", them, NULL);
    if (linkage->unread != NULL)
        reason = pm_arena_join(j->arena, "; not all could be read: ", pm_judging_quote(j, linkage->unread), NULL);
    else if (linkage->has_unknown_host)
        reason = pm_arena_join(j->arena, ": the host must have ", them, NULL);
    pm_report_add(j->report,
                  &(struct pm_finding){
                      .code = PM_SYMBOL_UNKNOWN,
                      .severity = PLUGMGR_NOTE,
                      .subject = "symbols",
                      .text = pm_arena_join(j->arena, count_text(j, count), " that the plugin needs ",
                                            count == 1 ? "is" : "are", " in no library that was found", reason, NULL),
                      .changes = lines,
                  });
}

/* Those of one object that would be loaded stand together. */
static void judge_missing(const struct pm_judging *j)
{
    const struct pm_linkage *linkage = &j->world->linkage;
    bool may_be_elsewhere = linkage->has_unknown_host || !has_all_libraries(j->world);
    struct lines missing = {0}, open = {0};
    size_t missing_count = 0, open_count = 0;
    for (size_t i = 0; i < linkage->symbol_count; i++) {
        const struct pm_lacking_symbol *symbol = &linkage->symbols[i];
        enum lack lack = lack_of(j->world, symbol, may_be_elsewhere);
        if (lack == LACK_IS_CERTAIN) {
            add_line(&missing, symbol->name, symbol->version, ", of ", symbol->library);
            missing_count++;
        } else if (lack == LACK_IS_OPEN) {
            add_line(&open, symbol->name, symbol->version, ", for ", symbol->wanted_by);
            open_count++;
        }
        bool is_last = i + 1 == linkage->symbol_count || linkage->symbols[i + 1].wanted_by != symbol->wanted_by;
        if (is_last && missing_count > 0) {
            tell_missing(j, symbol->wanted_by, missing_count, keep_lines(j, &missing));
            missing_count = 0;
        }
    }
    if (open_count > 0)
        tell_open(j, open_count, keep_lines(j, &open));
    free(missing.text.data);
    free(open.text.data);
}

/* ---- interposition ---- */

/* Linkers make these in every object, and each uses its own. */
static bool is_linker_made(const char *name)
{
    static const char *const names[] = {"_init", "_fini", "__bss_start", "_edata", "edata",
                                        "_end",  "end",   "_etext",      "etext"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strncmp(name, "__start_", 8) == 0 || strncmp(name, "__stop_", 7) == 0;
}

/* What is weak or unique (of C++: inline functions, templates) is made to be shared. */
static bool is_own(const struct pm_reference *reference)
{
    unsigned type = reference->type;
    return reference->binding == STB_GLOBAL && !is_linker_made(reference->name) &&
           (type == STT_FUNC || type == STT_OBJECT || type == STT_TLS || type == STT_COMMON || type == STT_GNU_IFUNC);
}

static void judge_interposed(const struct pm_judging *j)
{
    const struct pm_references *references = &j->plugin->references;
    struct lines lines = {0};
    size_t count = 0;
    for (size_t i = 0; i < references->symbol_count; i++) {
        const char *taken_from = j->world->linkage.taken_from[i];
        if (taken_from == NULL || !is_own(&references->symbols[i]))
            continue;
        add_line(&lines, references->symbols[i].name, NULL, ", of ",
                 taken_from[0] != '\0' ? taken_from : "the host's program");
        count++;
    }
    if (count == 0)
        return;
    pm_report_add(j->report,
                  &(struct pm_finding){
                      .code = PM_SYMBOL_INTERPOSED,
                      .severity = j->policy == PLUGMGR_POLICY_EXACT ? PLUGMGR_REFUSAL : PLUGMGR_WARNING,
                      .subject = "symbols",
                      .text = pm_arena_join(j->arena, "the plugin would use the host's definition of ",
                                            count_text(j, count), " in place of its own", NULL),
                      .changes = keep_lines(j, &lines),
                      .remedy = "hide them in the plugin: -fvisibility=hidden, a version script, or -Wl,-Bsymbolic",
                  });
}

void pm_judge_binding(const struct pm_judging *j)
{
    const struct pm_linkage *linkage = &j->world->linkage;
    if (!linkage->is_known)
        return;
    for (size_t i = 0; i < linkage->version_count && i < MAX_TOLD; i++)
        judge_version(j, &linkage->versions[i]);
    if (linkage->version_count > MAX_TOLD)
        judge_more_versions(j, linkage->version_count - MAX_TOLD);
    judge_missing(j);
    judge_interposed(j);
}
