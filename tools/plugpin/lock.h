/* SPDX-License-Identifier: MIT */
/* lock.h: fingerprints -> a lock file, which people read and keep in version control; and back. */
#ifndef PLUGPIN_LOCK_H
#define PLUGPIN_LOCK_H

#include "note.h"

/* Prints the fingerprints on standard output, as a lock file. */
void lock_print(const struct pm_facts *facts);

/* Whether the lock file has the same interfaces as the facts, in the same versions. -1: not, or it cannot be read
 * (told, with what differs; wants_all: all of it). */
int lock_check(const char *path, const struct pm_facts *facts, bool wants_all);

#endif
