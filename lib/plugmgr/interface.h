/* SPDX-License-Identifier: MIT */
/* interface.h: what the header of an interface needs, and what plugin.h and host.h share.
 *
 *     struct greeter {
 *         int (*greet)(const char *whom);
 *     };
 *     PLUGMGR_INTERFACE(greeter, struct greeter, 1, 0);
 *
 * C11, C++17 and later, gcc and clang. Since 0.1. */
#ifndef PLUGMGR_INTERFACE_H
#define PLUGMGR_INTERFACE_H 1

#include <plugmgr/note.h>
#include <stddef.h>
#include <stdint.h>

/* Declares the interface `name`: an object type, as a rule a struct of function pointers, and its version.
 *
 * name          a C identifier; host and plugin know the interface by it. Not a predefined macro (`linux`, `unix`).
 * type          a complete C type; in C++ a standard-layout one.
 * major, minor  integer constant expressions from 0 to 9999. A new minor appends members; anything else is a new major.
 *
 * Stands in the interface's own header, behind the definition of the type. Emits no code and no data, only debug
 * information: what plugpin fingerprints. */
#define PLUGMGR_INTERFACE(name, type, major, minor) \
    typedef __typeof__(type) const plugmgr_interface_##name; \
    __extension__ struct plugmgr_root_##name { \
        char version[PLUGMGR_VERSION_(major, minor) + 1]; \
        __typeof__(type) object; \
    }; \
    PLUGMGR_SHAPE_CHECK_(type) \
    PLUGMGR_ASSERT_(!PLUGMGR_IS_FUNCTION_(type), "for the type of a function there is PLUGMGR_FUNCTION"); \
    PLUGMGR_DECLARE_(name, major, minor)

/* The same for the type of a function that plugins or hosts export under names of their own:
 *
 *     PLUGMGR_FUNCTION(user_command, int(const char *line), 1, 0);
 *
 * A function's type has nothing to append to: a change of it is a new major. */
#define PLUGMGR_FUNCTION(name, type, major, minor) \
    typedef __typeof__(type) plugmgr_interface_##name; \
    struct plugmgr_root_##name { \
        char version[PLUGMGR_VERSION_(major, minor) + 1]; \
        plugmgr_interface_##name *function; \
    }; \
    PLUGMGR_ASSERT_(PLUGMGR_IS_FUNCTION_(type), "PLUGMGR_FUNCTION is for the type of a function"); \
    PLUGMGR_DECLARE_(name, major, minor)

/* `struct tag` is opaque in every fingerprint, whoever can see its members: each plugin may have its own. Stands once
 * for a tag, in the header that declares it: a second one in the same unit is an error. */
#define PLUGMGR_OPAQUE(tag) \
    enum { plugmgr_opaque_once_##tag }; \
    __extension__ static struct tag *plugmgr_opaque_##tag[0] PLUGMGR_NO_BYTES_

/* Exports a function or object under its own name, with the type of a declared interface (an object is const); stands
 * before its definition, in the same file. Of a plugin, the host finds it with plugmgr_symbol; of a host, plugins get
 * it with PLUGMGR_IMPORT, and the host must be linked so that the dynamic linker sees it (-rdynamic, or it is a shared
 * library). */
#define PLUGMGR_EXPORT(interface, symbol) PLUGMGR_EXPORTS_(interface, #interface, symbol)

/* How grave a message is that the library or a plugin hands to the host's log function. */
enum plugmgr_log_level {
    PLUGMGR_LOG_ERROR = 0,
    PLUGMGR_LOG_WARNING = 1,
    PLUGMGR_LOG_INFO = 2,
    PLUGMGR_LOG_DEBUG = 3
};

/* ---- private: everything below is for the macros of plugin.h and host.h ---------------------------------------- */

#ifdef __cplusplus
#define PLUGMGR_EXTERN_ extern "C"
#define PLUGMGR_ASSERT_(condition, text) static_assert(condition, text)
#define PLUGMGR_CAST_(type, expression) static_cast<type>(expression)
#define PLUGMGR_ADDRESS_CAST_(type, expression) reinterpret_cast<type>(expression)
#define PLUGMGR_SHAPE_CHECK_(type) \
    static_assert(!__is_class(type) || __is_standard_layout(type), \
                  "PLUGMGR_INTERFACE: " #type " is not a plain C struct");
#define PLUGMGR_SAME_(a, b) __is_same(a, b)
#else
#define PLUGMGR_EXTERN_ extern
#define PLUGMGR_ASSERT_(condition, text) _Static_assert(condition, text)
#define PLUGMGR_CAST_(type, expression) ((type)(expression))
#define PLUGMGR_ADDRESS_CAST_(type, expression) (__extension__(type)(expression))
#define PLUGMGR_SHAPE_CHECK_(type)
#define PLUGMGR_SAME_(a, b) __builtin_types_compatible_p(a, b)
#endif
/* As a parameter, a function type is the same as a pointer to it, and no other type is. */
#define PLUGMGR_IS_FUNCTION_(type) PLUGMGR_SAME_(void (*)(__typeof__(type)), void (*)(__typeof__(type) *))

#define PLUGMGR_HIDDEN_ __attribute__((visibility("hidden")))
#define PLUGMGR_EXPORTED_ __attribute__((visibility("default")))

/* retain: kept through -ffunction-sections -Wl,--gc-sections too (gcc 11, clang 13, binutils 2.36) */
#if defined(__has_attribute)
#if __has_attribute(retain)
#define PLUGMGR_KEEP_ __attribute__((used, retain))
#endif
#endif
#ifndef PLUGMGR_KEEP_
#define PLUGMGR_KEEP_ __attribute__((used))
#endif

/* clang's AddressSanitizer puts red zones between the notes unless told not to. */
#ifdef __clang__
#define PLUGMGR_NOTE_PLAIN_ __attribute__((no_sanitize("address")))
#else
#define PLUGMGR_NOTE_PLAIN_
#endif
/* Without aligned(4) gcc -O2 aligns the record to 32, and every reader loses the records behind the first gap. */
#define PLUGMGR_NOTE_ATTRIBUTES_ __attribute__((section(PLUGMGR_NOTE_SECTION), aligned(4), used)) PLUGMGR_NOTE_PLAIN_

/* clang gives what has no size a byte of .bss, but none of another section. */
#ifdef __clang__
#define PLUGMGR_NO_BYTES_ __attribute__((section(".data.plugmgr"), used)) PLUGMGR_NOTE_PLAIN_
#else
#define PLUGMGR_NO_BYTES_ __attribute__((used))
#endif

/* Forces a type into the debug information at no cost in bytes; the sizeof completes it in C++ too. */
#define PLUGMGR_TYPE_(id, root) __extension__ static root *plugmgr_##id[0 * sizeof(root)] PLUGMGR_NO_BYTES_

/* The canary: complete, and reached only by a pointer. If it is a mere declaration in the debug information, so is
 * every struct that methods take by pointer (clang++ without -fstandalone-debug), and plugpin refuses to go on. */
struct plugmgr_canary {
    int is_complete;
};
struct plugmgr_canary_cage {
    struct plugmgr_canary *canary;
};
PLUGMGR_TYPE_(canary, struct plugmgr_canary_cage);

/* What a host says in memory about an interface that it accepts. */
struct plugmgr_accepted {
    const char *interface_name;
    const void *pins; /* the link-time guard; NULL without plugpin */
    uint32_t version; /* PLUGMGR_VERSION_: what the host was built against */
    uint32_t lowest;  /* PLUGMGR_VERSION_: what it can live with */
};

/* What a plugin reaches a required interface by: PLUGMGR_REQUIRE defines it, and the manager fills it before start. */
struct plugmgr_bound {
    const void *provider; /* NULL: it is optional, and there is none */
    size_t size;          /* where the last member ends that the provider is known to have, in bytes, or beyond */
};

#define PLUGMGR_DECLARE_(name, major, minor) \
    enum { plugmgr_version_##name = PLUGMGR_VERSION_(major, minor) }; \
    PLUGMGR_EXTERN_ struct plugmgr_bound plugmgr_REQUIRE_##name PLUGMGR_HIDDEN_; \
    PLUGMGR_EXTERN_ const struct plugmgr_accepted plugmgr_ACCEPT_##name PLUGMGR_HIDDEN_; \
    PLUGMGR_EXTERN_ const char plugmgr_link_the_output_of_plugpin_for_##name PLUGMGR_HIDDEN_; \
    PLUGMGR_TYPE_(type_##name, struct plugmgr_root_##name); \
    PLUGMGR_VERSION_CHECK_(major, minor)

#define PLUGMGR_VERSION_(major, minor) ((major)*10000 + (minor))
#define PLUGMGR_VERSION_CHECK_(major, minor) \
    PLUGMGR_ASSERT_((major) >= 0 && (major) <= 9999 && (minor) >= 0 && (minor) <= 9999, \
                    "a PlugMgr version is two numbers from 0 to 9999")

#ifdef PLUGMGR_WITHOUT_PLUGPIN /* deliberately: no pins, no fingerprints, for the policy `version` alone */
#define PLUGMGR_PINS_(name) NULL
#define PLUGMGR_MODULE_TEXT_ "plugpin=none\0"
#else
#define PLUGMGR_MODULE_TEXT_
#define PLUGMGR_PINS_(name) (&plugmgr_link_the_output_of_plugpin_for_##name)
#endif

/* One note. The length of the description counts the NUL at the text's end. */
#define PLUGMGR_RECORD_(id, number, text) \
    static const struct { \
        uint32_t namesz, descsz, type; \
        char name[8]; \
        char desc[sizeof(text)]; \
    } plugmgr_record_##id PLUGMGR_NOTE_ATTRIBUTES_ = {8, sizeof(text), number, PLUGMGR_NOTE_OWNER, text}

/* One note that ends in a version which is known as a number only. Its text is nine characters, filled up with NUL,
 * and a NUL: readers skip the empty strings. */
#define PLUGMGR_RECORD_VERSION_(id, number, text, version) \
    enum { PLUGMGR_PLACES_(id##_version, version) }; \
    static const struct { \
        uint32_t namesz, descsz, type; \
        char name[8]; \
        char desc[sizeof(text)]; \
        char version_text[8 + 10]; \
    } plugmgr_record_##id PLUGMGR_NOTE_ATTRIBUTES_ = { \
        8, sizeof(text) + 18, number, PLUGMGR_NOTE_OWNER, text, \
        {'v', 'e', 'r', 's', 'i', 'o', 'n', '=', PLUGMGR_DIGITS_(id##_version)}}

#define PLUGMGR_RECORD_VERSION_MIN_(id, number, text, version, lowest) \
    enum { PLUGMGR_PLACES_(id##_version, version), PLUGMGR_PLACES_(id##_min, lowest) }; \
    PLUGMGR_ASSERT_((lowest) <= (version) && (lowest) / 10000 == (version) / 10000, \
                    "the lowest version must be of the interface's major, and not above its version"); \
    static const struct { \
        uint32_t namesz, descsz, type; \
        char name[8]; \
        char desc[sizeof(text)]; \
        char version_text[8 + 10]; \
        char min_text[4 + 10]; \
    } plugmgr_record_##id PLUGMGR_NOTE_ATTRIBUTES_ = { \
        8, sizeof(text) + 18 + 14, number, PLUGMGR_NOTE_OWNER, text, \
        {'v', 'e', 'r', 's', 'i', 'o', 'n', '=', PLUGMGR_DIGITS_(id##_version)}, \
        {'m', 'i', 'n', '=', PLUGMGR_DIGITS_(id##_min)}}

/* A method, or a start, of the wrong type is an error in C too, not a warning as before gcc 14 and clang 16 (from here to
 * the end of the file). */
#ifdef __cplusplus
#define PLUGMGR_STRICT_
#else
#define PLUGMGR_STRICT_ \
    _Pragma("GCC diagnostic error \"-Wincompatible-pointer-types\"") \
    _Pragma("GCC diagnostic error \"-Wint-conversion\"")
#endif

/* C++ refuses a constant without an initialiser. In C it would be a table of nothing but NULL: so it is made a common
 * symbol, which cannot have an alias, and the assembler says so. What has an initialiser is never a common symbol. With
 * -flto there is no assembler to say it, and the table lands in .bss. */
#ifdef __cplusplus
#define PLUGMGR_COMMON_
#define PLUGMGR_NEEDS_INITIALISER_(interface, symbol, alias_symbol)
#else
#define PLUGMGR_COMMON_ __attribute__((common))
#define PLUGMGR_NEEDS_INITIALISER_(interface, symbol, alias_symbol) \
    extern plugmgr_interface_##interface alias_symbol PLUGMGR_HIDDEN_ __attribute__((alias(#symbol)));
#endif

/* A function or object that other modules see; its own header may have declared it before. */
#define PLUGMGR_DECLARES_(interface, symbol) \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wredundant-decls\"") \
    PLUGMGR_EXTERN_ plugmgr_interface_##interface symbol PLUGMGR_EXPORTED_; \
    _Pragma("GCC diagnostic pop")

/* An alias needs a definition in the same unit: what C++ takes for an overload of the symbol is none. What gcc finds
 * out about the definition (nothrow) it would like to see on the alias. */
#ifdef __clang__
#define PLUGMGR_UNATTRIBUTED_
#else
#define PLUGMGR_UNATTRIBUTED_ _Pragma("GCC diagnostic ignored \"-Wmissing-attributes\"")
#endif
#define PLUGMGR_DEFINED_(interface, symbol) \
    _Pragma("GCC diagnostic push") PLUGMGR_UNATTRIBUTED_ \
    PLUGMGR_EXTERN_ plugmgr_interface_##interface plugmgr_exported_##interface##_##symbol PLUGMGR_HIDDEN_ \
        __attribute__((alias(#symbol))); \
    _Pragma("GCC diagnostic pop")

#define PLUGMGR_EXPORTS_(interface, interface_text, symbol) \
    PLUGMGR_DECLARES_(interface, symbol) \
    PLUGMGR_DEFINED_(interface, symbol) \
    PLUGMGR_EXTERN_ const void *const plugmgr_EXPORT_##interface##_##symbol PLUGMGR_HIDDEN_; \
    const void *const plugmgr_EXPORT_##interface##_##symbol PLUGMGR_KEEP_ = PLUGMGR_PINS_(interface); \
    PLUGMGR_RECORD_VERSION_(EXPORT_##interface##_##symbol, PLUGMGR_NOTE_PROVIDES, \
                            "interface=" interface_text "\0instance=" #symbol "\0symbol=" #symbol, \
                            plugmgr_version_##interface)

/* A number as text, in constant expressions that C and C++ share: both numbers, the place of the point, the end. */
#define PLUGMGR_PLACES_(id, packed) \
    plugmgr_major_##id = (packed) / 10000, plugmgr_minor_##id = (packed) % 10000, \
    plugmgr_point_##id = PLUGMGR_LENGTH_(plugmgr_major_##id), \
    plugmgr_end_##id = plugmgr_point_##id + PLUGMGR_LENGTH_(plugmgr_minor_##id)
#define PLUGMGR_LENGTH_(n) ((n) > 999 ? 4 : (n) > 99 ? 3 : (n) > 9 ? 2 : 1)
#define PLUGMGR_POWER_(k) ((k) == 3 ? 1000 : (k) == 2 ? 100 : (k) == 1 ? 10 : 1)
#define PLUGMGR_DIGIT_(i, id) \
    (plugmgr_point_##id > (i) ? '0' + plugmgr_major_##id / PLUGMGR_POWER_(plugmgr_point_##id - 1 - (i)) % 10 \
     : plugmgr_point_##id == (i) ? '.' \
     : plugmgr_end_##id >= (i) ? '0' + plugmgr_minor_##id / PLUGMGR_POWER_(plugmgr_end_##id - (i)) % 10 \
     : 0)
#define PLUGMGR_DIGITS_(id) \
    PLUGMGR_DIGIT_(0, id), PLUGMGR_DIGIT_(1, id), PLUGMGR_DIGIT_(2, id), PLUGMGR_DIGIT_(3, id), PLUGMGR_DIGIT_(4, id), \
    PLUGMGR_DIGIT_(5, id), PLUGMGR_DIGIT_(6, id), PLUGMGR_DIGIT_(7, id), PLUGMGR_DIGIT_(8, id), 0

#endif
