/* SPDX-License-Identifier: MIT */
/* fingerprint.h: objects and what they declare -> the fingerprints of their interfaces. */
#ifndef PLUGPIN_FINGERPRINT_H
#define PLUGPIN_FINGERPRINT_H

#include "declare.h"
#include "input.h"
#include "note.h"

/* Sets facts->abis: each interface that a guard stands for, and each that those reach, in every version that is
 * declared. notes: with comment lines, for people. wants_all: where two definitions differ, tell all of it. -1: told.
 */
int fingerprints_make(const struct input *input, const struct declarations *declarations, bool notes, bool wants_all,
                      struct pm_facts *facts);

/* Compares the fingerprints in the notes of a linked file with its own debug information. -1: they differ, or cannot be
 * read (told). */
int fingerprints_verify(const char *path, bool wants_all);

#endif
