/* SPDX-License-Identifier: MIT */
/* What a verdict says of libraries: those that are missing, those of which a process would have two. Pure. */
#include "judging.h"
#include "table.h"

#include <stdlib.h>

/* ---- missing ones, and what is no library ---- */

enum { MAX_TOLD = 8 }; /* libraries that are missing, each with all paths tried; of the others only the names */

static const char *subject_of(const struct pm_judging *j, const char *name)
{
    return pm_arena_join(j->arena, "library ", pm_judging_quote(j, name), NULL);
}

static void judge_missing(const struct pm_judging *j, const struct pm_object *object)
{
    const char *cache = j->world->lacks_cache ? "; there is no ld.so.cache to tell where it is" : "";
    pm_judging_refuse(
        j, PM_LIBRARY_MISSING, subject_of(j, object->name),
        pm_arena_join(j->arena, "it is not found; ", pm_judging_quote(j, object->wanted_by), " needs it", cache, NULL),
        NULL, pm_arena_copy(j->arena, object->tried), /* the report outlives the world */
        "install the library, or tell the linker where it is (RUNPATH, LD_LIBRARY_PATH)");
}

static void judge_unreadable(const struct pm_judging *j, const struct pm_object *object)
{
    pm_judging_refuse(j, PM_LIBRARY_UNREADABLE, subject_of(j, object->name),
                      pm_arena_join(j->arena, "it cannot be used: ", pm_judging_quote(j, object->problem.detail), NULL),
                      NULL, pm_judging_quote(j, object->path), "install the library again");
}

/* A copy has no directory: what only the plugin's own RPATH leads to is opened by its path before, and then the dynamic
 * linker has to know it by the name that the plugin needs. */
static void judge_soname(const struct pm_judging *j, const struct pm_object *object)
{
    const char *soname = object->dynamic.soname;
    if (object->is_loaded || !object->is_from_path)
        return;
    if (strchr(object->path, '$') != NULL)
        pm_judging_refuse(
            j, PM_MODE_UNAVAILABLE, subject_of(j, object->name),
            pm_arena_join(j->arena, "for a plugin that is loaded from a sealed copy it is opened by its path, ",
                          "in which the dynamic linker would expand the $: ", pm_judging_quote(j, object->path), NULL),
            NULL, NULL, "put it into a folder without a $ in its path");
    if (strcmp(object->name, object->path) == 0 || (soname != NULL && strcmp(object->name, soname) == 0))
        return;
    pm_judging_refuse(
        j, PM_LIBRARY_NO_SONAME, subject_of(j, object->name),
        "a plugin that is loaded from a sealed copy cannot find it: its soname is not the name that is needed", NULL,
        pm_judging_quote(j, object->path),
        pm_arena_join(j->arena, "link the library with -Wl,-soname,", pm_judging_quote(j, object->name),
                      ", and the plugin against it; or let the plugin be loaded by its path", NULL));
}

/* The others that are missing, in one finding. */
static void judge_more_missing(const struct pm_judging *j, size_t count, const struct pm_buffer *names)
{
    pm_report_add(j->report,
                  &(struct pm_finding){
                      .code = PM_LIBRARY_MISSING,
                      .severity = PLUGMGR_REFUSAL,
                      .subject = "libraries",
                      .text = pm_arena_join(j->arena, pm_arena_number(j->arena, count), " more are not found", NULL),
                      .changes = pm_arena_copy(j->arena, names->data != NULL ? names->data : ""),
                      .remedy = "install the libraries, or tell the linker where they are (RUNPATH, LD_LIBRARY_PATH)"});
}

static void judge_found(const struct pm_judging *j)
{
    struct pm_buffer names = {0};
    size_t missing = 0;
    for (size_t i = 0; i < j->world->object_count; i++) {
        const struct pm_object *object = &j->world->objects[i];
        if (object->has_problem)
            judge_unreadable(j, object);
        else if (j->world->is_sealed && object->path != NULL)
            judge_soname(j, object);
        if (object->has_problem || object->path != NULL)
            continue;
        if (++missing <= MAX_TOLD) {
            judge_missing(j, object);
            continue;
        }
        pm_buffer_add(&names, names.size > 0 ? "\n" : "");
        pm_buffer_add_escaped(&names, object->name);
        pm_buffer_add(&names, ", needed by ");
        pm_buffer_add_escaped(&names, object->wanted_by);
    }
    if (missing > MAX_TOLD)
        judge_more_missing(j, missing - MAX_TOLD, &names);
    j->arena->failed |= names.failed;
    free(names.data);
}

static void judge_cache(const struct pm_judging *j)
{
    if (j->world->cache_problem == NULL)
        return;
    pm_report_add(j->report,
                  &(struct pm_finding){.code = PM_LINKER_CACHE,
                                       .severity = PLUGMGR_WARNING,
                                       .subject = "libraries",
                                       .text = pm_arena_join(j->arena, "the dynamic linker ignores its ld.so.cache: ",
                                                             pm_judging_quote(j, j->world->cache_problem), NULL),
                                       .remedy = "write it anew, with ldconfig"});
}

/* ---- two of one library ---- */

/* A library of which the process would have two, or could have had. */
struct second {
    const char *name, *plugin, *host; /* quoted */
};

/* What is said of one, and of several. */
struct words {
    enum pm_code code;
    const char *one, *several, *remedy;
};

static void add_seconds(const struct pm_judging *j, const struct words *words, const struct second *seconds,
                        size_t count)
{
    struct pm_finding finding = {
        .code = words->code,
        .severity = j->policy == PLUGMGR_POLICY_EXACT ? PLUGMGR_REFUSAL : PLUGMGR_WARNING,
        .remedy = words->remedy,
    };
    if (count == 0)
        return;
    if (count == 1) {
        finding.subject = pm_arena_join(j->arena, "library ", seconds->name, NULL);
        finding.text = words->one;
        finding.have = seconds->plugin;
        finding.want = seconds->host;
        pm_report_add(j->report, &finding);
        return;
    }
    struct pm_buffer lines = {0};
    for (size_t i = 0; i < count; i++) {
        const char *const parts[] = {i > 0 ? "\n" : "", seconds[i].name, ": plugin ",
                                     seconds[i].plugin, ", host ",       seconds[i].host};
        for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]); k++)
            pm_buffer_add(&lines, parts[k]);
    }
    finding.subject = "libraries";
    finding.text = pm_arena_join(j->arena, pm_arena_number(j->arena, count), words->several, NULL);
    finding.changes = pm_arena_copy(j->arena, lines.data != NULL ? lines.data : "");
    pm_report_add(j->report, &finding);
    j->arena->failed |= lines.failed;
    free(lines.data);
}

/* "BUILD-ID  PATH" */
static const char *build_text(const struct pm_judging *j, const struct pm_build_id *build_id, const char *path)
{
    return pm_arena_join(j->arena,
                         build_id->size > 0 ? pm_arena_hex(j->arena, build_id->bytes, build_id->size) : "none", "  ",
                         pm_judging_quote(j, path), NULL);
}

static const char *soname_of(const struct pm_object *object)
{
    return object->dynamic.soname != NULL ? object->dynamic.soname : object->name;
}

/* Whether the object comes into the process anew. */
static bool is_new(const struct pm_object *object)
{
    return object->path != NULL && !object->has_problem && !object->is_present;
}

/* The host's build goes first: the plugin gets it, whatever it would have found itself. */
static void judge_rivals(const struct pm_judging *j, struct second *seconds)
{
    static const struct words words = {
        .code = PM_LIBRARY_TWO_BUILDS,
        .one =
            "the plugin would find another build than the host has, and gets the host's: it may miss what its own has",
        .several =
            " are other builds in the host than the plugin would find, and it gets the host's: it may miss what its "
            "own have",
        .remedy =
            "let both find one file (install one build; see RUNPATH and LD_LIBRARY_PATH of each), or restart a host "
            "that began before an update",
    };
    size_t count = 0;
    for (size_t i = 0; i < j->world->object_count; i++) {
        const struct pm_object *object = &j->world->objects[i];
        if (object->rival_path != NULL)
            seconds[count++] = (struct second){pm_judging_quote(j, object->name),
                                               build_text(j, &object->rival_build_id, object->rival_path),
                                               build_text(j, &object->build_id, object->path)};
    }
    add_seconds(j, &words, seconds, count);
}

/* The dynamic linker compares the name that is asked for: one with a slash brings a second object of the soname. */
static void judge_copies(const struct pm_judging *j, struct second *seconds)
{
    static const struct words words = {
        .code = PM_LIBRARY_TWO_BUILDS,
        .one = "the process would have two objects of this soname, each with data of its own: what one gives out, the "
               "other does not know",
        .several = " would be in the process twice, each with data of its own: what one gives out, the other does not "
                   "know",
        .remedy = "let all that need it name its soname, without a path (patchelf --replace-needed)",
    };
    struct pm_arena scratch = {0};
    struct pm_table sonames = {0};
    size_t count = 0, at;
    const size_t present_count = j->world->present_count;
    for (size_t i = 0; i < present_count; i++)
        if (j->world->present[i].dynamic->soname != NULL)
            pm_table_add(&sonames, &scratch, j->world->present[i].dynamic->soname, i);
    for (size_t i = 0; i < j->world->object_count; i++) {
        const struct pm_object *object = &j->world->objects[i];
        if (!is_new(object) || object->dynamic.soname == NULL)
            continue;
        if (pm_table_find(&sonames, object->dynamic.soname, &at)) {
            const bool is_host = at < present_count;
            const struct pm_build_id *id =
                is_host ? &j->world->present[at].build_id : &j->world->objects[at - present_count].build_id;
            const char *path = is_host ? j->world->present[at].name : j->world->objects[at - present_count].path;
            seconds[count++] = (struct second){pm_judging_quote(j, object->dynamic.soname),
                                               build_text(j, &object->build_id, object->path), build_text(j, id, path)};
        }
        pm_table_add(&sonames, &scratch, object->dynamic.soname, present_count + i);
    }
    j->arena->failed |= scratch.failed;
    pm_arena_free(&scratch);
    add_seconds(j, &words, seconds, count);
}

/* "libfoo.so" of "libfoo.so.1"; NULL: it has no version. */
static const char *stem_of(struct pm_arena *arena, const char *soname)
{
    const char *version = strstr(soname, ".so.");
    return version != NULL ? pm_arena_copy_bytes(arena, soname, (size_t)(version - soname) + 3) : NULL;
}

static void judge_majors(const struct pm_judging *j, struct second *seconds)
{
    static const struct words words = {
        .code = PM_LIBRARY_TWO_MAJORS,
        .one = "the plugin brings another major version than the host has: two of one library may mix up their symbols "
               "and data",
        .several =
            " are of another major version than the host has: two of one library may mix up their symbols and data",
        .remedy = "build the plugin against the host's version, or the host against the plugin's",
    };
    struct pm_arena scratch = {0};
    struct pm_table stems = {0};
    size_t count = 0, at;
    for (size_t i = 0; i < j->world->present_count; i++) {
        const char *soname = j->world->present[i].dynamic->soname;
        const char *stem = soname != NULL ? stem_of(&scratch, soname) : NULL;
        if (stem != NULL)
            pm_table_add(&stems, &scratch, stem, i);
    }
    for (size_t i = 0; i < j->world->object_count; i++) {
        const struct pm_object *object = &j->world->objects[i];
        const char *stem = is_new(object) ? stem_of(&scratch, soname_of(object)) : NULL;
        if (stem == NULL || !pm_table_find(&stems, stem, &at))
            continue;
        const struct pm_present *present = &j->world->present[at];
        if (strcmp(present->dynamic->soname, soname_of(object)) != 0)
            seconds[count++] = (struct second){pm_judging_quote(j, soname_of(object)),
                                               pm_arena_join(j->arena, pm_judging_quote(j, soname_of(object)), "  ",
                                                             pm_judging_quote(j, object->path), NULL),
                                               pm_arena_join(j->arena, pm_judging_quote(j, present->dynamic->soname),
                                                             "  ", pm_judging_quote(j, present->name), NULL)};
    }
    j->arena->failed |= scratch.failed;
    pm_arena_free(&scratch);
    add_seconds(j, &words, seconds, count);
}

void pm_judge_libraries(const struct pm_judging *j)
{
    bool has_new = false;
    judge_found(j);
    judge_cache(j);
    struct second *seconds = pm_arena_new(j->arena, (j->world->object_count + 1) * sizeof(*seconds));
    if (seconds == NULL)
        return;
    judge_rivals(j, seconds);
    for (size_t i = 0; i < j->world->object_count; i++)
        has_new |= is_new(&j->world->objects[i]);
    if (!has_new)
        return;
    judge_copies(j, seconds);
    judge_majors(j, seconds);
}
