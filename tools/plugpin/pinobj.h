/* SPDX-License-Identifier: MIT */
/* pinobj.h: facts -> the relocatable object that is linked into the module beside the objects that it was made from. */
#ifndef PLUGPIN_PINOBJ_H
#define PLUGPIN_PINOBJ_H

#include "declare.h"
#include "note.h"

/* Writes the object with a record for each pin and fingerprint of the facts, the guards that the declarations ask for, and references
 * back to what they define. The file appears complete or not at all, and the same facts give the same bytes. -1: told.
 */
int pinobj_write(const char *path, const struct declarations *declarations, const struct pm_facts *facts);

#endif
