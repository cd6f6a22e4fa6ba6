/* SPDX-License-Identifier: MIT */
/* process.h: what this process has loaded: objects, their build-IDs and dynamic sections, the host's own notes. All from
 * memory, by dl_iterate_phdr(3); nothing is opened. */
#ifndef PM_PROCESS_H
#define PM_PROCESS_H

#include "model.h"
#include "unloading.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One loaded object. */
struct pm_mapped {
    const char *name;     /* as the dynamic linker calls it; "" for the executable */
    uintptr_t base;       /* what its addresses are relative to */
    uintptr_t begin, end; /* the addresses that its load segments cover */
    struct pm_build_id build_id;
    struct pm_dynamic dynamic;
};

struct pm_process {
    const struct pm_mapped *const *objects; /* in the order of loading */
    const struct pm_present *present;       /* the same as a verdict sees them */
    size_t count;
    struct pm_process_list *list; /* what all that stands in */
    struct pm_arena arena;        /* of whoever looks at it */
};

/* A snapshot. What was read of an object before is read again only once its build-ID in memory is another, something
 * else than what pm_process_has_left knows of has been unloaded, or objects are in other namespaces. -1: no memory. The
 * caller frees in every case. */
int pm_process_read(struct pm_process *ret_process);
void pm_process_free(struct pm_process *process);

/* The list of a snapshot, for whoever needs what stands in it for longer than that. */
struct pm_process_list *pm_process_hold(const struct pm_process *process);
void pm_process_release(struct pm_process_list *list);

/* Frees what is remembered of the objects. */
void pm_process_forget(void);

/* The loaded object of that soname (or, without one, that name), or NULL. */
const struct pm_mapped *pm_process_named(const struct pm_process *process, const char *soname);

/* Whether the object at one base needs the one at the other, directly or through others; not whether it is the same. */
bool pm_process_needs(struct pm_process *process, uintptr_t user, uintptr_t needed);

/* The object of that base and name as it is mapped now, without its dynamic section and name; false: it is not. */
bool pm_process_find(uintptr_t base, const char *name, struct pm_mapped *ret_object);

/* The notes of the object in whose mapping the address lies. 1: there are PlugMgr notes, read into *facts (zeroed by the
 * caller, who frees); 0: there are none; -1: *ret_problem. */
int pm_process_read_notes(const void *address, struct pm_facts *facts, struct pm_build_id *ret_build_id,
                          struct pm_problem *ret_problem);

/* Calls visit with the tables of the object of that base and name, which is not unloaded until visit returns (nothing is:
 * it must not load, unload or look up). false: the object is not there. */
bool pm_process_visit(uintptr_t base, const char *name, void (*visit)(void *data, struct pm_view *view), void *data);

/* Whether a lookup in this process's global scope finds the symbol; version: NULL for none in particular. Asks the
 * dynamic linker, so that what was preloaded or loaded with RTLD_GLOBAL counts. */
bool pm_process_has_symbol(const char *name, const char *version);

/* What keeps the object of that base and name mapped, its strings in the arena. false: it is not there, or cannot be
 * read. */
bool pm_process_unload_causes(uintptr_t base, const char *name, struct pm_arena *arena,
                              struct pm_unload_causes *ret_causes);

/* How many objects have been unloaded until now. */
unsigned long long pm_process_unload_count(void);

/* Whether the object of that base and name, which was there and has been closed, is there no more. unload_count: as it was
 * just before; what is remembered of the others stays good if nothing else has left with it. */
bool pm_process_has_left(uintptr_t base, const char *name, unsigned long long unload_count);

/* Class, byte order and machine of this very code. */
struct pm_traits pm_process_traits(void);

#endif
