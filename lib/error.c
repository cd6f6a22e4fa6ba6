/* SPDX-License-Identifier: MIT */
#include "error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct code_row {
    const char *name;
    const char *have_label, *want_label;
    bool is_unreadable, may_tell_values;
};

static const struct code_row code_rows[] = {
    [PM_OUT_OF_MEMORY] = {.name = "out-of-memory", .is_unreadable = true},
    [PM_FILE_ABSENT] = {.name = "file-absent", .is_unreadable = true},
    [PM_FILE_UNREADABLE] = {.name = "file-unreadable", .is_unreadable = true},
    [PM_FILE_NOT_REGULAR] = {.name = "file-not-regular", .is_unreadable = true},
    [PM_FOLDER_EMPTY] = {.name = "folder-empty", .is_unreadable = true},
    [PM_PLUGIN_ABSENT] = {.name = "plugin-absent", .is_unreadable = true, .want_label = "found"},
    [PM_PLUGIN_HIDDEN] = {.name = "plugin-hidden", .want_label = "paths"},
    [PM_NOT_ELF] = {.name = "not-elf"},
    [PM_ELF_TRUNCATED] = {.name = "elf-truncated"},
    [PM_ELF_MALFORMED] = {.name = "elf-malformed"},
    [PM_ELF_CLASS] = {.name = "elf-class"},
    [PM_ELF_BYTE_ORDER] = {.name = "elf-byte-order"},
    [PM_ELF_MACHINE] = {.name = "elf-machine"},
    [PM_ELF_TYPE] = {.name = "elf-type"},
    [PM_DEBUG_ONLY] = {.name = "debug-only"},
    [PM_ELF_NO_DLOPEN] = {.name = "elf-no-dlopen"},
    [PM_NOT_A_PLUGIN] = {.name = "not-a-plugin"},
    [PM_NOT_A_HOST] = {.name = "not-a-host"},
    [PM_NOTE_NOT_MAPPED] = {.name = "note-not-mapped"},
    [PM_NOTE_MALFORMED] = {.name = "note-malformed"},
    [PM_INTERFACE_NONE] = {.name = "interface-none", .have_label = "provides", .want_label = "accepts"},
    [PM_INTERFACE_WANTED] = {.name = "interface-wanted", .have_label = "provides", .want_label = "wanted"},
    [PM_INTERFACE_MAJOR] = {.name = "interface-major",
                            .have_label = "plugin",
                            .want_label = "host",
                            .may_tell_values = true},
    [PM_INTERFACE_MINOR] = {.name = "interface-minor"},
    [PM_INTERFACE_VERSION] = {.name = "interface-version"},
    [PM_INTERFACE_LAYOUT] = {.name = "interface-layout",
                             .have_label = "plugin",
                             .want_label = "host",
                             .may_tell_values = true},
    [PM_INTERFACE_VERSION_UNBUMPED] = {.name = "interface-version-unbumped"},
    [PM_INTERFACE_ENUMERATORS] = {.name = "interface-enumerators"},
    [PM_ABI_MALFORMED] = {.name = "abi-malformed"},
    [PM_INTERFACE_UNFINGERPRINTED] = {.name = "interface-unfingerprinted"},
    [PM_INTERFACE_NOT_PROVIDED] = {.name = "interface-not-provided"},
    [PM_INTERFACE_PROVIDER] = {.name = "interface-provider", .want_label = "file"},
    [PM_DEPENDENCY_CYCLE] = {.name = "dependency-cycle"},
    [PM_SYMBOL_NOT_EXPORTED] = {.name = "symbol-not-exported"},
    [PM_SYMBOL_UNINITIALISED] = {.name = "symbol-uninitialised"},
    [PM_SYMBOL_MISSING] = {.name = "symbol-missing"},
    [PM_SYMBOL_VERSION_MISSING] = {.name = "symbol-version-missing", .want_label = "found"},
    [PM_SYMBOL_UNKNOWN] = {.name = "symbol-unknown"},
    [PM_SYMBOL_INTERPOSED] = {.name = "symbol-interposed"},
    [PM_STACK_EXECUTABLE] = {.name = "stack-executable"},
    [PM_TEXT_RELOCATIONS] = {.name = "text-relocations"},
    [PM_CODE_WRITABLE] = {.name = "code-writable"},
    [PM_TLS_STATIC] = {.name = "tls-static"},
    [PM_BUILD_ID_NONE] = {.name = "build-id-none"},
    [PM_ORIGIN_DLOPEN] = {.name = "origin-dlopen"},
    [PM_UNLOAD_UNIQUE] = {.name = "unload-unique"},
    [PM_UNLOAD_NODELETE] = {.name = "unload-nodelete"},
    [PM_UNLOAD_THREAD_EXIT] = {.name = "unload-thread-exit"},
    [PM_UNLOAD_THREAD_KEY] = {.name = "unload-thread-key"},
    [PM_UNLOAD_THREADS] = {.name = "unload-threads"},
    [PM_UNLOAD_RESIDENT] = {.name = "unload-resident"},
    [PM_PIN_BUILD_ID] = {.name = "pin-build-id", .have_label = "pinned", .want_label = "found"},
    [PM_PIN_NO_BUILD_ID] = {.name = "pin-no-build-id", .have_label = "pinned", .want_label = "found"},
    [PM_PIN_UNUSED] = {.name = "pin-unused"},
    [PM_LIBRARY_MISSING] = {.name = "library-missing", .want_label = "tried"},
    [PM_LIBRARY_UNREADABLE] = {.name = "library-unreadable", .want_label = "found"},
    [PM_LIBRARIES_UNKNOWN] = {.name = "libraries-unknown"},
    [PM_LIBRARY_NO_SONAME] = {.name = "library-no-soname", .want_label = "found"},
    [PM_LIBRARY_TWO_BUILDS] = {.name = "library-two-builds", .have_label = "plugin", .want_label = "host"},
    [PM_LIBRARY_TWO_MAJORS] = {.name = "library-two-majors", .have_label = "plugin", .want_label = "host"},
    [PM_LINKER_CACHE] = {.name = "linker-cache"},
    [PM_LOAD_MODE] = {.name = "load-mode"},
    [PM_MODE_UNAVAILABLE] = {.name = "mode-unavailable"},
    [PM_CHANGED_WHILE_LOADING] = {.name = "changed-while-loading"},
    [PM_ALREADY_OPEN] = {.name = "already-open"},
    [PM_ALREADY_MAPPED] = {.name = "already-mapped"},
    [PM_LOAD_FAILED] = {.name = "load-failed"},
    [PM_INTERFACE_FOREIGN] = {.name = "interface-foreign"},
    [PM_START_FAILED] = {.name = "start-failed"},
    [PM_RELOAD_OTHER] = {.name = "reload-other-plugin", .have_label = "file", .want_label = "open"},
    [PM_RELOAD_SLOT] = {.name = "reload-slot"},
    [PM_RELOAD_STATE] = {.name = "reload-state"},
    [PM_STATE_NOT_HANDED_OVER] = {.name = "state-not-handed-over"},
    [PM_UNLOAD_HELD] = {.name = "unload-held"},
    [PM_UNLOAD_DAMAGED] = {.name = "unload-damaged"},
    [PM_PLUGIN_IN_USE] = {.name = "plugin-in-use"},
};
static_assert(sizeof(code_rows) / sizeof(code_rows[0]) == PM_CODES, "one row for each code");

const char *pm_code_name(enum pm_code code)
{
    return code_rows[code].name;
}

enum pm_code pm_code_named(const char *name)
{
    enum pm_code code = 0;
    while (strcmp(code_rows[code].name, name) != 0) {
        code++;
        assert(code < PM_CODES);
    }
    return code;
}

const char *pm_code_have_label(enum pm_code code)
{
    return code_rows[code].have_label;
}

const char *pm_code_want_label(enum pm_code code)
{
    return code_rows[code].want_label;
}

bool pm_code_may_tell_values(enum pm_code code)
{
    return code_rows[code].may_tell_values;
}

bool pm_code_is_unreadable(enum pm_code code)
{
    return code_rows[code].is_unreadable;
}

static const char *const error_texts[] = {
    [0] = "success",
    [PLUGMGR_E_INVALID] = "invalid argument",
    [PLUGMGR_E_MEMORY] = "out of memory",
    [PLUGMGR_E_SYSTEM] = "the file cannot be read",
    [PLUGMGR_E_NOT_FOUND] = "not found",
    [PLUGMGR_E_REFUSED] = "the plugin is refused; its report tells why",
    [PLUGMGR_E_AMBIGUOUS] = "several instances fit, name one",
    [PLUGMGR_E_LOAD] = "the plugin could not be loaded; its report tells why",
    [PLUGMGR_E_START] = "the plugin's start failed; its report tells why",
    [PLUGMGR_E_HOST] = "the host's own PlugMgr notes are missing or malformed",
    [PLUGMGR_E_BUSY] = "it was called from within the plugin itself, which it would wait for",
};

const char *plugmgr_error_text(int error)
{
    size_t index = (size_t)llabs((long long)error);
    if (index >= sizeof(error_texts) / sizeof(error_texts[0]))
        return "unknown error";
    return error_texts[index];
}

int pm_problem_set(struct pm_problem *ret_problem, enum pm_code code, const char *part, ...)
{
    size_t used = 0;
    va_list parts;
    ret_problem->code = code;
    va_start(parts, part);
    for (; part != NULL; part = va_arg(parts, const char *)) {
        size_t length = strlen(part), room = sizeof(ret_problem->detail) - 1 - used;
        if (length > room)
            length = room;
        memcpy(ret_problem->detail + used, part, length);
        used += length;
    }
    va_end(parts);
    ret_problem->detail[used] = '\0';
    return -1;
}
