/* SPDX-License-Identifier: MIT */
/* scan.h: the search path: what is there, read without running or mapping anything, and remembered in memory by the
 * identity of each file. Nothing is written to disk, so nothing can be out of date. */
#ifndef PM_SCAN_H
#define PM_SCAN_H

#include "snapshot.h"

struct pm_scan;

/* NULL: no memory. */
struct pm_scan *pm_scan_new(void);
void pm_scan_free(struct pm_scan *scan); /* NULL is accepted; snapshots that somebody holds stay */

/* Puts a directory behind those that are there. One of the same spelling, but for slashes at its end, stays where it
 * is. A relative path is looked for from where the process is at each refresh. Returns 0 or -PLUGMGR_E_MEMORY. */
int pm_scan_add_directory(struct pm_scan *scan, const char *path);

/* Brings it up to date: looks at every file, and reads those that are new or changed. What cannot be read is an entry
 * with a problem, and tried again the next time; so is a directory. Returns 0, or -PLUGMGR_E_MEMORY: the scan is as it
 * was. */
int pm_scan_refresh(struct pm_scan *scan);

/* What the last refresh found. The caller frees it. All functions here are for one thread at a time; what this one
 * returns is not. */
struct pm_snapshot *pm_scan_snapshot(struct pm_scan *scan);

#endif
