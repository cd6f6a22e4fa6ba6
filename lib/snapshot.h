/* SPDX-License-Identifier: MIT */
/* snapshot.h: what was on the search path at one time, in order, and found by name. It never changes, and lives as long
 * as somebody holds it, whatever a scan finds later. */
#ifndef PM_SNAPSHOT_H
#define PM_SNAPSHOT_H

#include "file.h"
#include "note.h"

#include <stdatomic.h>

/* A file as it was read, shared by all snapshots that have it; or a directory that could not be listed. */
struct pm_scanned {
    atomic_size_t holders; /* snapshots; 0: it is new, and the scan's alone */
    /* The scan's own, and of no meaning to others. */
    bool is_read;
    bool is_settled; /* as long as its identity stays, so do its facts */
    unsigned round;  /* in which refresh it was seen last */
    struct pm_scanned *before; /* while it is read anew: what was known */

    struct pm_problem *problem;  /* why there are no facts; NULL: there are */
    const char *name;            /* the end of the path */
    struct pm_identity identity; /* of the file that was opened; zeroed: none could be */
    struct pm_facts facts;
    char path[];
};

struct pm_scan_entry {
    const char *path; /* directory as it was added, and name; or the directory alone, if it could not be listed */
    struct pm_identity identity;
    const struct pm_facts *facts;     /* of a plugin; NULL: it is none, or not a readable one */
    const struct pm_problem *problem; /* why there are no facts, else NULL */
    const struct pm_scan_entry *hidden_by; /* an earlier plugin of the same name, which is taken instead; NULL: none */
};

/* A plugin that provides an interface. */
struct pm_scan_provider {
    const struct pm_scan_entry *entry;
    const struct pm_scan_provider *next; /* in the order of the entries; NULL: the last */
};

struct pm_snapshot;

/* The entries in the order of the search path, and of their names' bytes within a directory. A plugin's file that is
 * there by a further name is left out, unless the plugin is hidden anyway. */
const struct pm_scan_entry *pm_snapshot_entries(const struct pm_snapshot *snapshot, size_t *ret_count);
/* The plugin of that name that comes first; NULL: there is none. */
const struct pm_scan_entry *pm_snapshot_find(const struct pm_snapshot *snapshot, const char *plugin_name);
/* The plugins that provide an interface of that name in any version, hidden ones too; NULL: none. */
const struct pm_scan_provider *pm_snapshot_providers(const struct pm_snapshot *snapshot, const char *interface_name);

/* Lets go of it, from any thread. NULL is accepted. */
void pm_snapshot_free(struct pm_snapshot *snapshot);

/* ---- for the scan ---- */

/* What a directory holds, sorted by name. */
struct pm_scanned_list {
    struct pm_scanned **items;
    size_t count;
};

/* A snapshot of these lists, one behind the other, held once. NULL: no memory. */
struct pm_snapshot *pm_snapshot_new(const struct pm_scanned_list *lists, size_t count);
struct pm_snapshot *pm_snapshot_hold(struct pm_snapshot *snapshot);

/* A file that is not read yet. NULL: no memory. */
struct pm_scanned *pm_scanned_new(const char *directory, const char *name);
void pm_scanned_free(struct pm_scanned *scanned);

#endif
