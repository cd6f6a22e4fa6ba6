/* SPDX-License-Identifier: MIT */
/* load.h: a verified file -> a loaded object, and honestly out again. Only load.c calls dlopen and dlclose. */
#ifndef PM_LOAD_H
#define PM_LOAD_H

#include "file.h"
#include "note.h"

#include <stdbool.h>
#include <stdint.h>

struct pm_loaded {
    void *handle;         /* of dlopen(3) */
    char *name;           /* as the dynamic linker calls it */
    uintptr_t base;       /* what its addresses are relative to */
    uintptr_t begin, end; /* its mapping */
    bool was_mapped;      /* somebody had loaded the same file before */
};

/* Loads the file at real_path, which must still be the one that was verified, before and after. build_id: of the
 * verified file; size 0 if it has none. -1: *ret_problem, and nothing of it stays loaded. Runs its constructors. */
int pm_load(const char *real_path, const struct pm_identity *verified, const struct pm_build_id *build_id,
            struct pm_loaded *ret_loaded, struct pm_problem *ret_problem);

/* The address of an exported symbol that lies in the object's own mapping; NULL: there is none. */
void *pm_loaded_symbol(const struct pm_loaded *loaded, const char *name);

/* The size in bytes that the symbol at an address so found has in its object; 0: unknown. */
size_t pm_loaded_size(const void *address);

/* Whether the object is gone from the process afterwards. Runs its destructors. */
bool pm_unload(struct pm_loaded *loaded);

#endif
