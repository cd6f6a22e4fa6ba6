/* SPDX-License-Identifier: MIT */
/* plugin.h: the macros of a plugin's author.
 *
 *     PLUGMGR_PLUGIN("greeter_en", "1.0.0");
 *     PLUGMGR_PROVIDE(greeter, english) = { .greet = greet };
 *
 * A plugin links nothing of libplugmgr. The output of `plugpin` is linked into it: its objects refer to a symbol that
 * is missing otherwise. Since 0.1. */
#ifndef PLUGMGR_PLUGIN_H
#define PLUGMGR_PLUGIN_H 1

#include <plugmgr/interface.h>

/* What start is given. The manager owns it; it stays valid until stop has returned.
 *
 * size    of this struct in the manager, in bytes: later versions append members
 * config  the configuration text that the host passed to plugmgr_open; never NULL, "" if none
 * name    the plugin's name, as in PLUGMGR_PLUGIN
 * path    the file that the plugin was loaded from
 * log     hands a message to the host; from any thread, until stop has returned. format is printf's
 * fail    only within start: sets the message that the host reads in the report of the open that fails; the last call
 *         counts. format is printf's. Returns a negative number, so that start can `return context->fail(…)`
 * directory  the directory that `path` is in, without a slash at its end unless it is the root: where files lie that
 *         come with the plugin */
struct plugmgr_context {
    size_t size;
    const char *config;
    const char *name;
    const char *path;
    void (*log)(const struct plugmgr_context *context, enum plugmgr_log_level level, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
    int (*fail)(const struct plugmgr_context *context, const char *format, ...) __attribute__((format(printf, 2, 3)));
    const char *directory;
};

/* Once in a plugin: its name and its version, two string literals of printable text. */
#define PLUGMGR_PLUGIN(name, version) PLUGMGR_PLUGIN_("name=" name "\0version=" version)

/* The same, of a plugin that asks never to be unloaded: it leaves threads, callbacks or thread-local destructors behind.
 * Closing it stops it, and leaves it mapped. Since 0.1. */
#define PLUGMGR_PLUGIN_RESIDENT(name, version) PLUGMGR_PLUGIN_("name=" name "\0version=" version "\0resident=yes")

/* Defines the plugin's instance `instance` (a C identifier) of a declared interface; its initialiser follows. */
#define PLUGMGR_PROVIDE(interface, instance) \
    PLUGMGR_PROVIDES_(interface, PROVIDE_##interface##_##instance, #interface, #instance, \
                      plugmgr_provide_##interface##_##instance); \
    PLUGMGR_NEEDS_INITIALISER_(interface, plugmgr_provide_##interface##_##instance, \
                               plugmgr_without_initialiser_##interface##_##instance) \
    PLUGMGR_STRICT_ PLUGMGR_COMMON_ plugmgr_interface_##interface plugmgr_provide_##interface##_##instance

/* Declares a function or object that the host exports with PLUGMGR_EXPORT, by its name and the interface of its type:
 * the plugin uses it directly, the dynamic linker binds it, and its type is compared before. In any file of the plugin
 * that uses it, once in each. */
#define PLUGMGR_IMPORT(interface, symbol) PLUGMGR_IMPORTS_(interface, #interface, symbol)

/* int function(const struct plugmgr_context *): called once, after everything is bound, before the host gets the
 * plugin. 0, or a negative number, and then the plugin is closed again without a call of stop. */
#define PLUGMGR_START(function) \
    PLUGMGR_STRICT_ PLUGMGR_EXTERN_ int plugmgr_start(const struct plugmgr_context *context) PLUGMGR_EXPORTED_; \
    int plugmgr_start(const struct plugmgr_context *context) \
    { \
        return function(context); \
    } \
    PLUGMGR_ASSERT_(1, "")

/* void function(void): called once before the plugin is unloaded, if start succeeded or there is none. */
#define PLUGMGR_STOP(function) \
    PLUGMGR_EXTERN_ void plugmgr_stop(void) PLUGMGR_EXPORTED_; \
    void plugmgr_stop(void) \
    { \
        function(); \
    } \
    PLUGMGR_ASSERT_(1, "")

/* ---- private ---------------------------------------------------------------------------------------------------- */

PLUGMGR_EXTERN_ const char plugmgr_PLUGIN PLUGMGR_HIDDEN_;

#define PLUGMGR_PLUGIN_(text) \
    const char plugmgr_PLUGIN PLUGMGR_KEEP_ = 0; \
    PLUGMGR_RECORD_(PLUGIN, PLUGMGR_NOTE_MODULE, PLUGMGR_MODULE_TEXT_ "role=plugin\0" text)

/* A method or a start of the wrong type is an error in C too, not a warning as before gcc 14 and clang 16 (from here to
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

#define PLUGMGR_PROVIDES_(interface, id, interface_text, instance_text, symbol) \
    PLUGMGR_EXTERN_ plugmgr_interface_##interface symbol PLUGMGR_EXPORTED_; \
    PLUGMGR_EXTERN_ const void *const plugmgr_##id[2] PLUGMGR_HIDDEN_; \
    const void *const plugmgr_##id[2] PLUGMGR_KEEP_ = {PLUGMGR_PINS_(interface), &plugmgr_PLUGIN}; \
    PLUGMGR_RECORD_VERSION_(id, PLUGMGR_NOTE_PROVIDES, \
                            "interface=" interface_text "\0instance=" instance_text "\0symbol=" #symbol, \
                            plugmgr_version_##interface)

#define PLUGMGR_IMPORTS_(interface, interface_text, symbol) \
    PLUGMGR_DECLARES_(interface, symbol) \
    static const void *const plugmgr_IMPORT_##interface##_##symbol[2] PLUGMGR_KEEP_ = {PLUGMGR_PINS_(interface), \
                                                                                      &plugmgr_PLUGIN}; \
    PLUGMGR_RECORD_VERSION_MIN_(IMPORT_##interface##_##symbol, PLUGMGR_NOTE_REQUIRES, \
                                "bind=linker\0interface=" interface_text "\0symbol=" #symbol, \
                                plugmgr_version_##interface, plugmgr_version_##interface / 10000 * 10000)

#endif
