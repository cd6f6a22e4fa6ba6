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
 * fail    only within start, and within save and restore of PLUGMGR_STATE: sets the message that the host reads in the
 *         report of the open or reload that fails; the last call counts. format is printf's. Returns a negative number,
 *         so that start can `return context->fail(…)`
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

/* What save writes into. The manager owns it; it is valid until save returns.
 *
 * size   of this struct in the manager, in bytes: later versions append members
 * write  appends a copy of `size` bytes; any number of times. 0, or a negative number: no memory, which need not be
 *        passed on, for the reload fails anyway */
struct plugmgr_state {
    size_t size;
    int (*write)(struct plugmgr_state *state, const void *bytes, size_t size);
};

/* Once in a plugin, and optional: what it keeps in memory outlives a reload. version is an integer constant from 1 to
 * 9999; the host hands the state over if both builds declare the same one, so a build that writes other bytes, or gives
 * them another meaning, has another version. Of builds with different ones, the new one starts without.
 *
 *     int save(const struct plugmgr_context *context, struct plugmgr_state *state);
 *     int restore(const struct plugmgr_context *context, const void *bytes, size_t size);
 *
 * save is called in the running build, any number of times, while its calls and threads go on: it takes its own locks,
 * writes what there is, and gives nothing away, for when the reload fails later, this build goes on as if nothing had
 * happened. restore is called in the new build, at most once, before its start, with all that was written in a row
 * (bytes is never NULL, is aligned for any type, and is the manager's; it is valid until restore returns). Both return
 * 0, or a negative number (context->fail tells why), and then the plugin is not reloaded; a restore that fails cleans
 * up itself, as a start does: neither start nor stop is called after it.
 *
 * What is handed over are bytes. A pointer to code or data of the old build is dangling soon, and whatever else the old
 * build frees or closes in its stop is gone too: restore copies, or duplicates (dup(2)), what it goes on with. */
#define PLUGMGR_STATE(version, save, restore) \
    PLUGMGR_STATE_FUNCTIONS_(save, restore) \
    PLUGMGR_ASSERT_((version) >= 1 && (version) <= 9999, "the version of a state is a number from 1 to 9999"); \
    PLUGMGR_RECORD_STATE_(version)

/* The same of a state that is an object, or several, of the type of an interface, which as a rule is declared in the
 * plugin's own file:
 *
 *     struct tally { unsigned calls, failures; };
 *     PLUGMGR_INTERFACE(tally, struct tally, 1, 0);
 *     PLUGMGR_STATE_OF(tally, save, restore);
 *
 * Its version is the interface's, and plugpin takes its fingerprint: the state is handed over only if both builds have
 * the same version and the very same structure, all types that it reaches included. */
#define PLUGMGR_STATE_OF(interface, save, restore) \
    PLUGMGR_STATE_FUNCTIONS_(save, restore) \
    PLUGMGR_ASSERT_(!PLUGMGR_IS_FUNCTION_(plugmgr_interface_##interface), "a state is an object, not a function"); \
    PLUGMGR_STATE_OF_(interface, #interface)

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

#define PLUGMGR_STATE_FUNCTIONS_(save, restore) \
    PLUGMGR_STRICT_ PLUGMGR_EXTERN_ int plugmgr_save(const struct plugmgr_context *context, \
                                                     struct plugmgr_state *state) PLUGMGR_EXPORTED_; \
    int plugmgr_save(const struct plugmgr_context *context, struct plugmgr_state *state) \
    { \
        return save(context, state); \
    } \
    PLUGMGR_EXTERN_ int plugmgr_restore(const struct plugmgr_context *context, const void *bytes, size_t size) \
        PLUGMGR_EXPORTED_; \
    int plugmgr_restore(const struct plugmgr_context *context, const void *bytes, size_t size) \
    { \
        return restore(context, bytes, size); \
    }

/* A note with a version of one number. Its text is filled up with NUL, as those of other versions are. */
#define PLUGMGR_RECORD_STATE_(version) \
    enum { plugmgr_state_version = (version), plugmgr_state_digits = PLUGMGR_LENGTH_(version) }; \
    static const struct { \
        uint32_t namesz, descsz, type; \
        char name[8]; \
        char version_text[8 + 5]; \
    } plugmgr_record_STATE PLUGMGR_NOTE_ATTRIBUTES_ = { \
        8, 8 + 5, PLUGMGR_NOTE_STATE, PLUGMGR_NOTE_OWNER, \
        {'v', 'e', 'r', 's', 'i', 'o', 'n', '=', PLUGMGR_STATE_DIGIT_(0), PLUGMGR_STATE_DIGIT_(1), \
         PLUGMGR_STATE_DIGIT_(2), PLUGMGR_STATE_DIGIT_(3), 0}}
#define PLUGMGR_STATE_DIGIT_(i) \
    (plugmgr_state_digits > (i) \
         ? '0' + plugmgr_state_version / PLUGMGR_POWER_(plugmgr_state_digits - 1 - (i)) % 10 \
         : 0)

#define PLUGMGR_STATE_OF_(interface, interface_text) \
    PLUGMGR_EXTERN_ const void *const plugmgr_STATE_##interface[2] PLUGMGR_HIDDEN_; \
    const void *const plugmgr_STATE_##interface[2] PLUGMGR_KEEP_ = {PLUGMGR_PINS_(interface), &plugmgr_PLUGIN}; \
    PLUGMGR_RECORD_VERSION_(STATE, PLUGMGR_NOTE_STATE, "interface=" interface_text, plugmgr_version_##interface)

#define PLUGMGR_IMPORTS_(interface, interface_text, symbol) \
    PLUGMGR_DECLARES_(interface, symbol) \
    static const void *const plugmgr_IMPORT_##interface##_##symbol[2] PLUGMGR_KEEP_ = {PLUGMGR_PINS_(interface), \
                                                                                      &plugmgr_PLUGIN}; \
    PLUGMGR_RECORD_VERSION_MIN_(IMPORT_##interface##_##symbol, PLUGMGR_NOTE_REQUIRES, \
                                "bind=linker\0interface=" interface_text "\0symbol=" #symbol, \
                                plugmgr_version_##interface, plugmgr_version_##interface / 10000 * 10000)

#endif
