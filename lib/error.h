/* SPDX-License-Identifier: MIT */
/* error.h: every code of a finding, with its stable name; and a problem, which is a code with what was seen. Pure. */
#ifndef PM_ERROR_H
#define PM_ERROR_H

#include <plugmgr/host.h>
#include <stdbool.h>

/* The names in error.c are the contract (docs/codes.md); the numbers are not. */
enum pm_code {
    PM_OUT_OF_MEMORY,
    /* the file */
    PM_FILE_ABSENT,
    PM_FILE_UNREADABLE,
    PM_FILE_NOT_REGULAR,
    PM_FOLDER_EMPTY,
    PM_PLUGIN_ABSENT,
    PM_PLUGIN_HIDDEN,
    /* its ELF structure */
    PM_NOT_ELF,
    PM_ELF_TRUNCATED,
    PM_ELF_MALFORMED,
    PM_ELF_CLASS,
    PM_ELF_BYTE_ORDER,
    PM_ELF_MACHINE,
    PM_ELF_TYPE,
    PM_DEBUG_ONLY,
    PM_ELF_NO_DLOPEN,
    /* its notes */
    PM_NOT_A_PLUGIN,
    PM_NOT_A_HOST,
    PM_NOTE_NOT_MAPPED,
    PM_NOTE_MALFORMED,
    /* interfaces */
    PM_INTERFACE_NONE,
    PM_INTERFACE_WANTED,
    PM_INTERFACE_MAJOR,
    PM_INTERFACE_MINOR,
    PM_INTERFACE_VERSION,
    PM_INTERFACE_LAYOUT,
    PM_INTERFACE_VERSION_UNBUMPED,
    PM_INTERFACE_ENUMERATORS,
    PM_INTERFACE_UNFINGERPRINTED,
    PM_ABI_MALFORMED,
    PM_INTERFACE_NOT_PROVIDED,
    PM_INTERFACE_PROVIDER,
    PM_DEPENDENCY_CYCLE,
    PM_SYMBOL_NOT_EXPORTED,
    PM_SYMBOL_UNINITIALISED,
    /* what the dynamic linker looks up */
    PM_SYMBOL_MISSING,
    PM_SYMBOL_VERSION_MISSING,
    PM_SYMBOL_UNKNOWN,
    PM_SYMBOL_INTERPOSED,
    /* how it is built */
    PM_STACK_EXECUTABLE,
    PM_TEXT_RELOCATIONS,
    PM_CODE_WRITABLE,
    PM_TLS_STATIC,
    PM_BUILD_ID_NONE,
    PM_ORIGIN_DLOPEN,
    /* whether it can be unloaded */
    PM_UNLOAD_UNIQUE,
    PM_UNLOAD_NODELETE,
    PM_UNLOAD_THREAD_EXIT,
    PM_UNLOAD_THREAD_KEY,
    PM_UNLOAD_THREADS,
    PM_UNLOAD_RESIDENT,
    /* pins and libraries */
    PM_PIN_BUILD_ID,
    PM_PIN_NO_BUILD_ID,
    PM_PIN_UNUSED,
    PM_LIBRARY_MISSING,
    PM_LIBRARY_UNREADABLE,
    PM_LIBRARIES_UNKNOWN,
    PM_LIBRARY_NO_SONAME,
    PM_LIBRARY_TWO_BUILDS,
    PM_LIBRARY_TWO_MAJORS,
    PM_LINKER_CACHE,
    /* loading */
    PM_LOAD_MODE,
    PM_MODE_UNAVAILABLE,
    PM_CHANGED_WHILE_LOADING,
    PM_ALREADY_OPEN,
    PM_ALREADY_MAPPED,
    PM_LOAD_FAILED,
    PM_INTERFACE_FOREIGN,
    PM_START_FAILED,
    /* reloading */
    PM_RELOAD_OTHER,
    PM_RELOAD_SLOT,
    PM_RELOAD_STATE,
    PM_STATE_NOT_HANDED_OVER,
    /* unloading */
    PM_UNLOAD_HELD,
    PM_UNLOAD_DAMAGED,
    PM_PLUGIN_IN_USE,
    PM_CODES
};

/* What reading ends with when it fails: which code, and what was seen, in a few words. It needs no allocation that
 * could fail on the way. */
struct pm_problem {
    enum pm_code code;
    char detail[200];
};

/* The stable name of a code. Static text. */
const char *pm_code_name(enum pm_code code);
enum pm_code pm_code_named(const char *name); /* of a name that pm_code_name gave */

/* What stands before `have` and `want` when a finding is printed; NULL: they are in the finding's text already. */
const char *pm_code_have_label(enum pm_code code);
const char *pm_code_want_label(enum pm_code code);

/* Whether that depends: of a table the text tells both versions, of a typed symbol it does not tell the types. */
bool pm_code_may_tell_values(enum pm_code code);

/* Whether the code says that a file could not be read, rather than that what was read does not fit. */
bool pm_code_is_unreadable(enum pm_code code);

/* Sets code and detail, the parts joined, cut to what fits; the list ends with NULL. Returns -1, for `return`. */
int pm_problem_set(struct pm_problem *ret_problem, enum pm_code code, const char *part, ...)
    __attribute__((sentinel));

#endif
