/* SPDX-License-Identifier: MIT */
/* dwarf.h: the debug information of the objects -> the types that their interfaces reach. Only dwarf*.c know libdw. */
#ifndef PLUGPIN_DWARF_H
#define PLUGPIN_DWARF_H

#include "declare.h"
#include "input.h"
#include "types.h"

/* Adds to the graph, which is zeroed or was filled by other objects, what the object declares: every
 * `plugmgr_type_NAME` and `plugmgr_opaque_TAG` variable of every unit, and all types that those reach. An object that
 * declares nothing adds nothing, whatever its debug information is; is_declaring says that it must have some: without
 * it, that is an error. -1: told, with the flag to use. */
int dwarf_read(const struct input_object *object, bool is_declaring, struct type_graph *graph);

#endif
