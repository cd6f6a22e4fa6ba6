/* SPDX-License-Identifier: MIT */
/* canon.h: the types of an interface -> its canonical text (docs/fingerprint.md). Pure. */
#ifndef PLUGPIN_CANON_H
#define PLUGPIN_CANON_H

#include "types.h"

enum canon_result {
    CANON_DONE,
    CANON_ABSENT,            /* no unit declares the interface in that version */
    CANON_NOT_REPRESENTABLE, /* *ret_problem says what, where, and what to do */
    CANON_DIFFERS,           /* two units define it differently: see struct canon_text */
    CANON_OUT_OF_MEMORY
};

/* Strings lie in the arena that was given. */
struct canon_text {
    const char *text;
    size_t size;             /* of text, in bytes, without its NUL */
    char id[65];             /* SHA-256 of text without its notes, in hex */
    const char **boundaries; /* names of the interfaces that it reaches and that have texts of their own, each once */
    size_t boundary_count;
    const char *where; /* the unit that it is from; CANON_NOT_REPRESENTABLE sets it alone, to the one to blame */
    const char *other_text, *other_where; /* CANON_DIFFERS: the other definition */
};

/* The text of the interface `name` in that version, the same from all units that declare it: a type that is complete in
 * one of them is complete in all, unless PLUGMGR_OPAQUE names it.
 * notes: also writes, as lines that begin with '#', what the text does not have (typedef names); never stored. The id
 * is that of the text without them. Whatever comes out as CANON_DONE can be read by pm_abi_parse, its notes left out.
 */
enum canon_result canon_write(struct type_graph *graph, const char *name, unsigned major, unsigned minor, bool notes,
                              struct pm_arena *arena, struct canon_text *ret_text, const char **ret_problem);

#endif
