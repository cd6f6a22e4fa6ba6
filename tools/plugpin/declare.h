/* SPDX-License-Identifier: MIT */
/* declare.h: the objects -> what they declare with the macros of plugin.h and host.h, and for which machine they are.
 */
#ifndef PLUGPIN_DECLARE_H
#define PLUGPIN_DECLARE_H

#include "input.h"
#include "property.h"

/* What objects must have in common to be linked, and a linked file with them. */
struct target {
    unsigned char elf_class, byte_order; /* ELFCLASS…, ELFDATA… */
    unsigned char os_abi, abi_version;
    unsigned machine; /* EM_… */
    unsigned flags;   /* e_flags */
};

/* Names, each once, in the order in which they were found. */
struct names {
    const char **items;
    size_t count;
};

/* Zeroed is empty. What it points to lies in its arena or in the input. */
struct declarations {
    struct pm_arena arena;
    struct target target;
    const char *target_file; /* the first object: whose target it is */
    struct names guards;     /* interfaces whose plugmgr_link_the_output_of_plugpin_for_… the objects ask for */
    struct names anchors;    /* hidden symbols that declarations define */
    struct names entries;    /* exported functions that the manager calls: plugmgr_start, plugmgr_stop, … */
    const char *plugin_file, *host_file; /* where PLUGMGR_PLUGIN and PLUGMGR_HOST stand; NULL: nowhere */
    struct properties properties;
    bool *has_interface; /* for each object of the input: it asks for a guard */
};

/* The symbol that stands for an interface, without the interface's name. */
#define GUARD_PREFIX "plugmgr_link_the_output_of_plugpin_for_"

/* Whether the byte order is not this machine's. */
bool target_is_swapped(const struct target *target);
/* Alignment and padding of .note.gnu.property. */
struct property_form target_property_form(const struct target *target);

/* Reads all objects of the input, which must stay. -1: told. */
int declarations_read(struct declarations *declarations, const struct input *input);
void declarations_free(struct declarations *declarations);

#endif
