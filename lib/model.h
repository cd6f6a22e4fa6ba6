/* SPDX-License-Identifier: MIT */
/* model.h: what a verdict judges, as plain data: a module, and the world that it would come into. Reading fills it;
 * judging looks at it. Pure. */
#ifndef PM_MODEL_H
#define PM_MODEL_H

#include "note.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What the ELF header says that must fit. */
struct pm_traits {
    unsigned elf_class;  /* ELFCLASS32, ELFCLASS64 */
    unsigned byte_order; /* ELFDATA2LSB, ELFDATA2MSB */
    unsigned machine;    /* EM_… */
    unsigned type;       /* ET_… */
    unsigned flags;      /* e_flags */
};

/* What the dynamic section says. */
struct pm_dynamic {
    const char *soname;  /* NULL if none */
    const char *rpath;   /* DT_RPATH, NULL if none */
    const char *runpath; /* DT_RUNPATH, NULL if none */
    const char **needed; /* DT_NEEDED in order */
    size_t needed_count;
    bool is_program; /* DF_1_PIE: an executable, which dlopen does not load */
};

enum pm_symbol {
    PM_SYMBOL_IS_ABSENT, /* not in the dynamic symbol table, or undefined, local or hidden there */
    PM_SYMBOL_IS_EXPORTED,
    PM_SYMBOL_IS_ZERO, /* exported, but without bytes in the file: it lies in .bss */
};

/* A file, as far as it could be read. */
struct pm_module {
    const char *path;             /* as the caller named it; borrowed */
    struct pm_problem problems[4]; /* what stopped reading, at each stage */
    size_t problem_count;
    bool has_traits; /* its ELF header and segments are sound; the rest counts only then */
    struct pm_traits traits;
    bool is_debug_only;
    bool has_notes;         /* at least one PlugMgr note that is mapped */
    bool has_unmapped_note; /* one that is not, looked for when has_notes is false */
    struct pm_facts facts;
    struct pm_build_id build_id;
    struct pm_dynamic dynamic;
    enum pm_symbol *provided; /* for each of facts.provides: its symbol, */
    bool *fits;               /* and whether the host that it was judged for may use it; NULL: not judged */
    struct pm_arena arena;    /* of dynamic and provided */
};

/* An object that the plugin needs, directly or through another. */
struct pm_object {
    const char *name; /* as DT_NEEDED names it; of a loaded object its soname */
    const char *path; /* NULL: it was not found */
    bool is_loaded;
    bool is_from_path; /* found through an RPATH or RUNPATH, or by a name with a slash */
    bool has_problem;
    struct pm_problem problem; /* why a file that was found cannot be read */
    struct pm_build_id build_id;
    struct pm_dynamic dynamic;
    const char *wanted_by; /* the object that needs it */
    const char *tried;     /* if it was not found: the paths tried, one a line */
    size_t parent;         /* index of wanted_by in the closure + 1; 0: the root itself */
};

/* Whether the object is what a name in DT_NEEDED or a pin means. */
static inline bool pm_object_is_named(const struct pm_object *object, const char *name)
{
    const char *soname = object->dynamic.soname;
    return strcmp(object->name, name) == 0 || (soname != NULL && strcmp(soname, name) == 0);
}

/* What there is to meet. Strings and arrays live in the arena. */
struct pm_world {
    struct pm_arena arena;
    const struct pm_facts *host; /* NULL: no host to judge for */
    struct pm_build_id host_build_id;
    const struct pm_facts *const *others; /* the plugins that are open beside it */
    size_t other_count;
    struct pm_traits traits;     /* of the host, or of this machine if there is none */
    bool is_sealed;              /* the plugin comes into it as a copy, without its path */
    bool knows_libraries;        /* objects are filled: not for another machine's plugin */
    struct pm_object *objects;   /* the closure of the plugin's DT_NEEDED, breadth first */
    size_t object_count;
};

#endif
