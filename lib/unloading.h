/* SPDX-License-Identifier: MIT */
/* unloading.h: what keeps an object mapped after dlclose, or makes the process crash then, as far as its tables tell. A
 * file and an object in memory are asked the same. Pure. */
#ifndef PM_UNLOADING_H
#define PM_UNLOADING_H

#include "model.h"

struct pm_unload_causes {
    const char *unique; /* the first unique symbol that a relocation names, which makes glibc keep its object for ever;
                           borrowed from the references; NULL: none */
    bool is_nodelete;   /* DF_1_NODELETE */
    bool has_thread_exit; /* destructors of thread_local variables: it stays while a thread lives that has to run one */
    bool has_thread_key;  /* keys with destructors that are never deleted */
    bool has_threads;     /* starts threads and joins none */
};

/* Whether the reference makes the dynamic linker keep the object that defines the symbol. */
bool pm_is_unique(const struct pm_reference *reference);

void pm_unload_causes_find(const struct pm_references *references, const struct pm_dynamic *dynamic,
                           struct pm_unload_causes *ret_causes);

#endif
