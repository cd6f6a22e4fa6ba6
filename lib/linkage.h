/* SPDX-License-Identifier: MIT */
/* linkage.h: what the dynamic linker would not find, known before it is asked.
 *
 * A linker is given the objects that would be loaded, with what their relocations name; then it meets, one after the
 * other, the objects in which each name would be looked up, in that order; then it says what is left. So only one of
 * them needs to be open at a time. Pure: it works on views. */
#ifndef PM_LINKAGE_H
#define PM_LINKAGE_H

#include "model.h"

/* An object that names are looked up in. The strings live as long as the linkage. */
struct pm_provider {
    const char *path;
    const char *name, *soname; /* by which others need it; NULL: not known */
    bool is_host;              /* it, or what it brings with it: looked up before the plugin itself */
};

struct pm_wanting;

struct pm_linker {
    struct pm_arena *arena; /* of all that is made */
    struct pm_linkage *linkage;
    struct pm_wanting *wanting; /* the youngest first; the plugin is the last */
    size_t effort;
    bool is_exhausted; /* there was too much: what was not found so far may be there */
};

/* The plugin's references come first, then those of each library that would be loaded with it; name: the library's.
 * All are borrowed, and live as long as the linkage.
 * false: it does not take them. Out of memory: arena->failed, here and below. */
bool pm_linker_add(struct pm_linker *linker, const char *name, const struct pm_references *references);

/* Counts what else was done for it. */
void pm_linker_spend(struct pm_linker *linker, size_t effort);

/* Whether looking there could tell anything: else the object need not be opened. */
bool pm_linker_needs(struct pm_linker *linker, const struct pm_provider *provider);

/* Looks up in one object all that was not found so far. */
void pm_linker_meet(struct pm_linker *linker, const struct pm_provider *provider, struct pm_view *view);

/* Notes that an object could not be read, so that nobody knows what it has. */
void pm_linker_miss(struct pm_linker *linker, const char *path, const struct pm_problem *problem);

/* Asks of each strong symbol that is still not found whether somebody has it after all. */
void pm_linker_ask(struct pm_linker *linker, bool (*has)(const char *name, const char *version));

/* Fills the linkage. */
void pm_linker_finish(struct pm_linker *linker);

#endif
