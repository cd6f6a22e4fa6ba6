/* SPDX-License-Identifier: MIT */
/* load.h: a verified file -> a loaded object, and honestly out again. Only load.c calls dlopen and dlclose. */
#ifndef PM_LOAD_H
#define PM_LOAD_H

#include "file.h"
#include "note.h"

#include <stdbool.h>
#include <stdint.h>

/* What is to be loaded: a file that was verified. */
struct pm_load {
    const char *path; /* its real path, or that of the sealed copy */
    const struct pm_identity *identity; /* of the file there, if it is no copy */
    const struct pm_build_id *build_id; /* size 0 if it has none */
    struct pm_file *file;               /* the verified bytes */
    bool is_sealed;                     /* it is a copy */
    const char *const *before;          /* libraries to be opened first, by path: what the plugin's own RPATH would find;
                                           in this order */
    size_t before_count;
};

struct pm_loaded {
    void *handle;         /* of dlopen(3) */
    char *name;           /* as the dynamic linker calls it */
    uintptr_t base;       /* what its addresses are relative to */
    uintptr_t begin, end; /* its mapping */
    bool was_mapped;      /* somebody had loaded the same file before */
    struct pm_file copy;  /* the sealed copy, open as long as it is mapped; descriptor -1: loaded by path */
};

/* Loads the file, which must still be the one that was verified, before and after. Takes the sealed copy over if it
 * succeeds. -1: *ret_problem, and nothing of it stays loaded: CHANGED_WHILE_LOADING; ALREADY_MAPPED: the process has
 * another state of the same file mapped, or nobody can tell whether it is another; LOAD_FAILED; OUT_OF_MEMORY;
 * MODE_UNAVAILABLE. Runs constructors, of the libraries too. */
int pm_load(const struct pm_load *load, struct pm_loaded *ret_loaded, struct pm_problem *ret_problem);

/* The address of an exported symbol that lies in the object's own mapping; NULL: there is none. */
void *pm_loaded_symbol(const struct pm_loaded *loaded, const char *name);

/* The size in bytes that the symbol at an address so found has in its object; 0: unknown. */
size_t pm_loaded_size(const void *address);

/* Hands the object back to the dynamic linker, which runs its destructors. Whether it is gone from the process
 * afterwards. *loaded still tells which it was. */
bool pm_unload(struct pm_loaded *loaded);

/* Looks again: whether the object is gone from the process. Any thread. */
bool pm_loaded_is_gone(const struct pm_loaded *loaded);

/* Frees what *loaded has of its own, and closes the copy; all zeros but for the copy's descriptor, -1, is accepted. */
void pm_loaded_free(struct pm_loaded *loaded);

#endif
