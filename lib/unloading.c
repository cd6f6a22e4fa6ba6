/* SPDX-License-Identifier: MIT */
#include "unloading.h"

#include <string.h>

bool pm_is_unique(const struct pm_reference *reference)
{
    return reference->is_defined && reference->binding == STB_GNU_UNIQUE;
}

/* std::thread::_M_start_thread has been given more parameters once. */
#define CXX_START "_ZNSt6thread15_M_start_thread"

static const char *const thread_exits[] = {"__cxa_thread_atexit", "__cxa_thread_atexit_impl", NULL};
static const char *const key_makers[] = {"pthread_key_create", "tss_create", NULL};
static const char *const key_enders[] = {"pthread_key_delete", "tss_delete", NULL};
static const char *const thread_makers[] = {"pthread_create", "thrd_create", NULL};
static const char *const thread_enders[] = {
    "pthread_join", "pthread_tryjoin_np",  "pthread_timedjoin_np",    "pthread_clockjoin_np",
    "thrd_join",    "_ZNSt6thread4joinEv", "_ZNSt3__16thread4joinEv", NULL};

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names != NULL; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

void pm_unload_causes_find(const struct pm_references *references, const struct pm_dynamic *dynamic,
                           struct pm_unload_causes *ret_causes)
{
    bool makes_key = false, ends_key = false, makes_thread = false, ends_thread = false;
    *ret_causes = (struct pm_unload_causes){.is_nodelete = dynamic->is_nodelete};
    for (size_t i = 0; i < references->symbol_count; i++) {
        const struct pm_reference *reference = &references->symbols[i];
        if (pm_is_unique(reference) && ret_causes->unique == NULL)
            ret_causes->unique = reference->name;
        if (reference->is_defined)
            continue;
        ret_causes->has_thread_exit |= is_one_of(reference->name, thread_exits);
        ends_key |= is_one_of(reference->name, key_enders);
        ends_thread |= is_one_of(reference->name, thread_enders);
        /* C++ libraries ask weakly whether there are threads at all */
        if (reference->binding == STB_WEAK)
            continue;
        makes_key |= is_one_of(reference->name, key_makers);
        makes_thread |=
            is_one_of(reference->name, thread_makers) || strncmp(reference->name, CXX_START, strlen(CXX_START)) == 0;
    }
    ret_causes->has_thread_key = makes_key && !ends_key;
    ret_causes->has_threads = makes_thread && !ends_thread;
}
