/* SPDX-License-Identifier: MIT */
/* fit.h: one provided interface against one that consumes it: the grades of coupling. Pure.
 *
 * The consumer was built against a version of the interface and can live with a lower one; the provider was built as a
 * version. What differs in structure is always told from the plugin's to the host's. */
#ifndef PM_FIT_H
#define PM_FIT_H

#include "abi.h"
#include "note.h"

#include <plugmgr/host.h>

/* Ways in which they meet, the best first. */
enum pm_fit {
    PM_FIT_IDENTICAL,
    PM_FIT_COMPATIBLE,
    PM_FIT_ENUMERATORS, /* compatible, and one side has enumerators that the other does not know */
    PM_FIT_NOT_EQUAL,   /* the policy exact alone minds: the minor versions differ, or the structures do */
    PM_FIT_TOO_OLD,     /* the provider is older than the lowest that the consumer can live with */
    PM_FIT_UNBUMPED,    /* one version, and one side has members more */
    PM_FIT_LAYOUT,
    PM_FIT_UNFINGERPRINTED, /* one of them has no text, and the policy needs it */
    PM_FIT_MALFORMED,       /* a text that cannot be read */
    PM_FIT_OTHER_MAJOR,
};

/* Whether the plugin may be called, or call. */
static inline bool pm_fits(enum pm_fit fit)
{
    return fit <= PM_FIT_ENUMERATORS;
}

/* Texts that were read, each once: texts are told apart by their address. Zeroed but for the arena is empty; lies in
 * the arena. */
struct pm_texts {
    struct pm_arena *arena;
    struct pm_text_tree **slots; /* a hash table of open addresses; NULL: free */
    size_t count, room;
    size_t work; /* what was read and compared so far, in bytes: files say how many texts there are, and it must have an end */
};

/* A module whose texts count when a type that is opaque on one side must have one definition in the whole world. */
struct pm_fit_world {
    const struct pm_facts *const *modules;
    size_t count;
};

struct pm_coupling {
    struct pm_version built, lowest; /* the consumer's */
    struct pm_version provided;
    bool plugin_provides;                /* else the host does */
    const char *plugin_text, *host_text; /* NULL: none */
    const char *host_word;               /* what the host's side is called, if it is no host; else NULL */
};

struct pm_fit_result {
    enum pm_fit fit;
    const char *changes;     /* what differs, one a line; NULL: nothing that is known. Not escaped */
    const char *problem;     /* MALFORMED: what is wrong; else NULL */
    bool is_plugin_at_fault; /* MALFORMED, UNFINGERPRINTED: it is the plugin's text */
    bool has_rival;          /* LAYOUT: a type that is opaque on one side has two definitions elsewhere */
};

/* Judges. Out of memory: texts->arena->failed. */
void pm_fit(const struct pm_coupling *coupling, enum plugmgr_policy policy, const struct pm_fit_world *world,
            struct pm_texts *texts, struct pm_fit_result *ret_result);

/* The text, read, once however often it is asked for; NULL: it cannot be read, *ret_problem. */
const struct pm_abi_tree *pm_texts_tree(struct pm_texts *texts, const char *text, struct pm_problem *ret_problem);

#endif
