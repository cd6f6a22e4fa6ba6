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

/* The plugin calls the declared interface, of whoever provides it: the host, or another plugin, which the manager opens
 * before if need be. major, minor: the lowest version that the plugin can live with. If nobody provides one that fits,
 * the plugin is refused. Once for an interface in a plugin, in any of its files. Not for the type of a function: those
 * of the host are taken with PLUGMGR_IMPORT. */
#define PLUGMGR_REQUIRE(interface, major, minor) \
    PLUGMGR_VERSION_CHECK_(major, minor); \
    PLUGMGR_REQUIRES_(interface, #interface, PLUGMGR_VERSION_(major, minor), "")

/* The same of an interface that the plugin can do without: then plugmgr_use gives NULL. */
#define PLUGMGR_REQUIRE_OPTIONAL(interface, major, minor) \
    PLUGMGR_VERSION_CHECK_(major, minor); \
    PLUGMGR_REQUIRES_(interface, #interface, PLUGMGR_VERSION_(major, minor), "optional=yes\0")

/* The provider of a required interface, as `plugmgr_interface_NAME *`: plugmgr_use(host_log)->write("text"). Valid from
 * start until stop has returned, in any file of the plugin and on any thread; the same one all the time. NULL if the
 * interface is optional and nobody provides it, and before start. */
#define plugmgr_use(interface) PLUGMGR_CAST_(plugmgr_interface_##interface *, plugmgr_REQUIRE_##interface.provider)

/* Whether that provider has the member: one of an older minor, down to the lowest that the plugin can live with, may lack
 * what was appended since. 0 too if there is no provider. */
#define plugmgr_use_has(interface, member) \
    (plugmgr_REQUIRE_##interface.size >= offsetof(plugmgr_interface_##interface, member) + \
                                             sizeof(PLUGMGR_CAST_(plugmgr_interface_##interface *, NULL)->member))

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

#define PLUGMGR_PROVIDES_(interface, id, interface_text, instance_text, symbol) \
    PLUGMGR_EXTERN_ plugmgr_interface_##interface symbol PLUGMGR_EXPORTED_; \
    PLUGMGR_EXTERN_ const void *const plugmgr_##id[2] PLUGMGR_HIDDEN_; \
    const void *const plugmgr_##id[2] PLUGMGR_KEEP_ = {PLUGMGR_PINS_(interface), &plugmgr_PLUGIN}; \
    PLUGMGR_RECORD_VERSION_(id, PLUGMGR_NOTE_PROVIDES, \
                            "interface=" interface_text "\0instance=" instance_text "\0symbol=" #symbol, \
                            plugmgr_version_##interface)

/* The manager finds the slot by its exported name. The plugin's code reads it by a hidden one, which nothing else in the
 * process can be found for. */
#define PLUGMGR_REQUIRES_(interface, interface_text, lowest, more) \
    PLUGMGR_ASSERT_(!PLUGMGR_IS_FUNCTION_(plugmgr_interface_##interface), \
                    "PLUGMGR_REQUIRE is for an object, as a rule a struct of function pointers"); \
    static const void *const plugmgr_pins_REQUIRE_##interface[2] PLUGMGR_KEEP_ = {PLUGMGR_PINS_(interface), \
                                                                                  &plugmgr_PLUGIN}; \
    PLUGMGR_RECORD_VERSION_MIN_(REQUIRE_##interface, PLUGMGR_NOTE_REQUIRES, \
                                more "interface=" interface_text "\0symbol=plugmgr_require_" interface_text, \
                                plugmgr_version_##interface, lowest); \
    struct plugmgr_bound plugmgr_REQUIRE_##interface PLUGMGR_KEEP_ = {NULL, 0}; \
    PLUGMGR_EXTERN_ struct plugmgr_bound plugmgr_require_##interface PLUGMGR_EXPORTED_ \
        __attribute__((alias("plugmgr_REQUIRE_" interface_text)))

#define PLUGMGR_IMPORTS_(interface, interface_text, symbol) \
    PLUGMGR_DECLARES_(interface, symbol) \
    static const void *const plugmgr_IMPORT_##interface##_##symbol[2] PLUGMGR_KEEP_ = {PLUGMGR_PINS_(interface), \
                                                                                      &plugmgr_PLUGIN}; \
    PLUGMGR_RECORD_VERSION_MIN_(IMPORT_##interface##_##symbol, PLUGMGR_NOTE_REQUIRES, \
                                "bind=linker\0interface=" interface_text "\0symbol=" #symbol, \
                                plugmgr_version_##interface, plugmgr_version_##interface / 10000 * 10000)

#endif
