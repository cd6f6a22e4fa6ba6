/* SPDX-License-Identifier: MIT */
/* model.h: what a verdict judges, as plain data: a module, and the world that it would come into. Reading fills it;
 * judging looks at it. Pure. */
#ifndef PM_MODEL_H
#define PM_MODEL_H

#include "note.h"
#include "symbols.h"

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
    const char **needed; /* DT_NEEDED in order, and DT_FILTER and DT_AUXILIARY, which bring a library too */
    bool *is_dispensable; /* for each: whether it may be missing (DT_AUXILIARY); NULL: none may */
    size_t needed_count;
    bool has_no_default_directories; /* DF_1_NODEFLIB */
    bool is_program; /* DF_1_PIE: an executable, which dlopen does not load */
    bool has_text_relocations;
    bool has_static_tls;
    bool refuses_dlopen; /* DF_1_NOOPEN */
    bool is_nodelete;
};

/* Takes an entry of the dynamic section, as far as it is one of flags. */
static inline void pm_dynamic_add_flags(struct pm_dynamic *dynamic, uint64_t tag, uint64_t value)
{
    if (tag == DT_FLAGS_1) {
        dynamic->is_program = (value & DF_1_PIE) != 0;
        dynamic->has_no_default_directories = (value & DF_1_NODEFLIB) != 0;
        dynamic->refuses_dlopen = (value & DF_1_NOOPEN) != 0;
        dynamic->is_nodelete = (value & DF_1_NODELETE) != 0;
    } else if (tag == DT_FLAGS) {
        dynamic->has_text_relocations |= (value & DF_TEXTREL) != 0;
        dynamic->has_static_tls = (value & DF_STATIC_TLS) != 0;
    } else if (tag == DT_TEXTREL) {
        dynamic->has_text_relocations = true;
    }
}

enum pm_symbol {
    PM_SYMBOL_IS_ABSENT, /* not in the dynamic symbol table, or undefined, local or hidden there */
    PM_SYMBOL_IS_EXPORTED,
    PM_SYMBOL_IS_ZERO, /* exported, but without bytes in the file: it lies in .bss */
};

/* Who meets a requirement. */
enum pm_meeting {
    PM_MET_BY_NOBODY,
    PM_MET_BY_HOST,      /* what the host offers */
    PM_MET_BY_CANDIDATE, /* a table of another plugin */
    PM_MET_BY_LINKER,    /* the dynamic linker binds it: nobody else has to */
};

/* By whom and by what a requirement is met. */
struct pm_met {
    enum pm_meeting by;
    size_t index;   /* CANDIDATE: of the world's candidates */
    size_t provide; /* of what the host, or that candidate, provides */
    /* How far the provider's table reaches, in bytes of the requirer's own layout of it, for plugmgr_bound.size.
     * SIZE_MAX: it has all that the requirer knows; 0: no fingerprint tells, the size of the provider's object must do. */
    size_t size;
};

struct pm_file;
struct pm_image;

/* A file, as far as it could be read. */
struct pm_module {
    const char *path;             /* as the caller named it; borrowed */
    const struct pm_file *file;   /* what was read, as long as it is open; borrowed */
    struct pm_image *image;       /* the same as ELF; NULL: it is none, or not open any more */
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
    bool wants_executable_stack;
    bool has_writable_code;
    struct pm_references references; /* of a plugin: what its relocations name */
    enum pm_symbol *provided; /* for each of facts.provides: its symbol, */
    bool *fits;               /* and whether the host that it was judged for may use it; NULL: not judged */
    enum pm_symbol *slots;    /* for each of facts.requires_: its slot, */
    struct pm_met *met;       /* and by whom it is met, by the verdict; NULL: not asked for */
    struct pm_arena arena;    /* of dynamic, references, and these */
};

/* Whether the dynamic linker takes the object at that path for what is needed by the name: by its path, its soname or,
 * without one, the name of its file. */
static inline bool pm_answers_to(const char *path, const struct pm_dynamic *dynamic, const char *name)
{
    const char *slash = strrchr(path, '/');
    if (strcmp(path, name) == 0)
        return true;
    if (dynamic->soname != NULL)
        return strcmp(dynamic->soname, name) == 0;
    return slash != NULL && strcmp(slash + 1, name) == 0;
}

/* An object that counts as loaded: whatever needs its soname gets it. */
struct pm_present {
    const char *name; /* the path */
    struct pm_build_id build_id;
    const struct pm_dynamic *dynamic;
    bool is_loaded; /* in this process, rather than by the host's file */
};

/* An object that the plugin needs, directly or through another. */
struct pm_object {
    const char *name; /* as DT_NEEDED names it; of a loaded object its soname */
    const char *path; /* NULL: it was not found */
    bool is_present;  /* the host has it, or another plugin */
    bool is_loaded;   /* and it is in this process */
    bool is_from_path; /* found by an RPATH or RUNPATH of some object, or by a name with a slash */
    bool has_problem;
    struct pm_problem problem; /* why a file that was found cannot be read */
    struct pm_build_id build_id;
    struct pm_dynamic dynamic;
    const char *wanted_by; /* the object that needs it */
    const char *tried;     /* if it was not found: the paths tried, one a line */
    size_t parent;         /* index of wanted_by in the closure + 1; 0: the root itself */
    uint64_t device, inode; /* of the file that was found; 0: it is present */
    /* Of a present one: the file that would have been found, had it not been there; NULL: none, or the same build. */
    const char *rival_path;
    struct pm_build_id rival_build_id;
    const char *package; /* of a pinned one of another build: its package, else its file's real name; NULL: neither */
    bool is_package_asked;
};

/* Whether the object is what a name in DT_NEEDED or a pin means. */
static inline bool pm_object_is_named(const struct pm_object *object, const char *name)
{
    const char *soname = object->dynamic.soname;
    return strcmp(object->name, name) == 0 || (soname != NULL && strcmp(soname, name) == 0);
}

/* A symbol that an object which would be loaded refers to, and that nobody has. */
struct pm_lacking_symbol {
    const char *name;
    const char *version, *library; /* NULL: none in particular; library: the one that should have it */
    const char *wanted_by;         /* the library that needs it; NULL: the plugin */
};

/* A version of symbols that a library does not define, and that an object which would be loaded needs of it. */
struct pm_lacking_version {
    const char *library, *path, *version;
    const char *highest; /* the highest version of that name that the library has; NULL: none */
    const char *wanted_by;
    const char **symbols; /* those that need it */
    size_t symbol_count;
};

/* What the dynamic linker would not find, and what it would find elsewhere than expected. */
struct pm_linkage {
    bool is_known;         /* it was looked at; else all is empty */
    bool has_unknown_host; /* further symbols may come from a host, or from the program that it is a library of */
    const char *unread;    /* an object whose symbols could not be read, and why; NULL: all could */
    struct pm_lacking_symbol *symbols;
    size_t symbol_count;
    struct pm_lacking_version *versions;
    size_t version_count;
    const char **taken_from; /* for each of the plugin's references: whose definition of the host's is taken though the
                                plugin has one; NULL: none */
};

/* A plugin, open or on the search path, that could provide what another one requires. */
struct pm_candidate {
    const struct pm_facts *facts;
    const char *path;
    bool is_open;
    const char *refused; /* why it cannot be used, for people; NULL: it can */
};

/* The host's choice of who provides an interface; of several for one, the earlier is preferred to the later. */
struct pm_preference {
    const char *interface_name, *plugin_name;
};

struct pm_tree;

/* What there is to meet. Strings and arrays live in the arena. */
struct pm_world {
    struct pm_arena arena;
    const struct pm_facts *host; /* NULL: no host to judge for */
    struct pm_build_id host_build_id;
    const struct pm_facts *const *others; /* the plugins that are open beside it */
    size_t other_count;
    /* In the order of search: the open ones as they were opened, then those of the search path. The plugin that is
     * judged is none of them; what is being opened, and waits for it, is one that is refused. */
    const struct pm_candidate *candidates;
    size_t candidate_count;
    bool is_for_plugin; /* it is opened since another plugin requires an interface of it, whatever the host accepts */
    const struct pm_preference *preferences;
    size_t preference_count;
    struct pm_traits traits;     /* of the host, or of this machine if there is none */
    bool is_sealed;              /* the plugin comes into it as a copy, without its path */
    const struct pm_tree *tree;  /* the root file system that paths of libraries are in; NULL: this one's */
    bool knows_libraries;        /* objects are filled: not for another machine's plugin, unless there is a tree */
    struct pm_object *objects;   /* the closure of the plugin's DT_NEEDED, breadth first */
    size_t object_count;
    const struct pm_present *present; /* what is loaded already: the host, its libraries, other plugins and theirs */
    size_t present_count;
    const char *cache_problem; /* why the dynamic linker ignores its cache; NULL: it does not */
    bool lacks_cache;          /* there is none */
    struct pm_linkage linkage;
    struct pm_process_list *process_list; /* what present stands in; NULL: in the arena */
};

/* The object of the closure that a name in DT_NEEDED or a pin means; NULL: none. */
static inline const struct pm_object *pm_world_object(const struct pm_world *world, const char *name)
{
    for (size_t i = 0; i < world->object_count; i++)
        if (pm_object_is_named(&world->objects[i], name))
            return &world->objects[i];
    return NULL;
}

#endif
