/* SPDX-License-Identifier: MIT */
/* host.h: the macros and the functions of a host.
 *
 *     PLUGMGR_HOST("hello", "1.0.0");
 *     PLUGMGR_ACCEPT(greeter, 1, 0);
 *     ...
 *     plugmgr_new(&manager, NULL);
 *     if (plugmgr_open(manager, "./greeter_en.so", NULL, &plugin, &report) == 0)
 *         plugmgr_get(plugin, greeter)->greet("world");
 *
 * Every function returns 0 (or, where said, a positive number) or a negated enum plugmgr_error. Outputs come last, are
 * named ret_ and stay untouched on failure, but for ret_report: it is set by every call, to a report that the caller
 * frees, or to NULL when there is none (a wrong argument, no memory).
 *
 * The library prints nothing and never exits. Every function may be called from any thread, at the same time with any other
 * one on the same manager, but for plugmgr_free; a plugin's handle must not be used while or after it is closed. No lock is
 * held while code of the host or of a plugin runs, so start, stop and the log function may call the manager. Since 0.1. */
#ifndef PLUGMGR_HOST_H
#define PLUGMGR_HOST_H 1

#include <plugmgr/interface.h>

/* What PLUGMGR_OFFER defines. */
struct plugmgr_offered {
    size_t size; /* of this struct as the host was built, in bytes */
    const char *interface_name;
    const void *object;
    size_t object_size; /* in bytes */
    const void *pins;   /* the link-time guard; NULL without plugpin */
    uint32_t version;   /* PLUGMGR_VERSION_ */
};

/* What PLUGMGR_HOST defines; its address tells which object, executable or shared library, the host is. */
struct plugmgr_host {
    size_t size; /* of this struct as the host was built, in bytes */
    const struct plugmgr_offered *const *offers, *const *offers_end; /* all that the object offers; some may be NULL */
};
PLUGMGR_EXTERN_ const struct plugmgr_host plugmgr_HOST PLUGMGR_HIDDEN_;

/* Once in a host: its name and its version, two string literals of printable text. */
#define PLUGMGR_HOST(name, version) \
    PLUGMGR_EXTERN_ const struct plugmgr_offered *__start_plugmgr_offers[] PLUGMGR_HIDDEN_; \
    PLUGMGR_EXTERN_ const struct plugmgr_offered *__stop_plugmgr_offers[] PLUGMGR_HIDDEN_; \
    static const struct plugmgr_offered *plugmgr_offered_nothing PLUGMGR_OFFERED_ = NULL; \
    PLUGMGR_RECORD_(HOST, PLUGMGR_NOTE_MODULE, PLUGMGR_MODULE_TEXT_ "role=host\0name=" name "\0version=" version); \
    const struct plugmgr_host plugmgr_HOST PLUGMGR_KEEP_ = {sizeof(struct plugmgr_host), __start_plugmgr_offers, \
                                                            __stop_plugmgr_offers}

/* Plugins of this host may provide the declared interface; major, minor: the lowest version the host can live with.
 * Once for an interface in a host, in any of its files. */
#define PLUGMGR_ACCEPT(interface, major, minor) \
    PLUGMGR_VERSION_CHECK_(major, minor); \
    PLUGMGR_ACCEPTS_(interface, #interface, PLUGMGR_VERSION_(major, minor))

/* Defines the host's provider of a declared interface for its plugins, which get it with PLUGMGR_REQUIRE; its initialiser
 * follows. Once for an interface in a host, in any of its files; it need not be exported. Not for the type of a function:
 * those are exported with PLUGMGR_EXPORT. */
#define PLUGMGR_OFFER(interface) PLUGMGR_OFFERS_(interface, #interface)

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default) /* the library itself is built with hidden visibility */

#define PLUGMGR_MUST_CHECK_ __attribute__((warn_unused_result))

/* ---- codes ------------------------------------------------------------------------------------------------------ */

/* What functions return, negated. */
enum plugmgr_error {
    PLUGMGR_E_INVALID = 1,   /* the caller's bug: an argument that is not allowed */
    PLUGMGR_E_MEMORY = 2,    /* out of memory */
    PLUGMGR_E_SYSTEM = 3,    /* a file is there but cannot be read, or the system refused a call */
    PLUGMGR_E_NOT_FOUND = 4, /* no such file, instance or interface */
    PLUGMGR_E_REFUSED = 5,   /* the verdict: the report tells why */
    PLUGMGR_E_AMBIGUOUS = 6, /* several instances fit, and none was named */
    PLUGMGR_E_LOAD = 7,      /* the file changed while it was loaded, or the dynamic linker failed: the report tells */
    PLUGMGR_E_START = 8,     /* the plugin's start failed: the report has its message */
    PLUGMGR_E_HOST = 9,      /* the host's own notes are missing or malformed */
    PLUGMGR_E_BUSY = 10      /* called from within a call of the very plugin, which it would wait for */
};

/* What plugmgr_close and plugmgr_reload return beside an error. */
enum plugmgr_closed {
    PLUGMGR_UNLOADED = 0,     /* nothing of the plugin, or of its old build, is mapped any more */
    PLUGMGR_STILL_MAPPED = 1, /* closed, or replaced, but the dynamic linker keeps the object mapped */
    PLUGMGR_IN_USE = 2,       /* another open plugin uses it: it was not closed, and stays as it was */
    PLUGMGR_DRAINING = 3      /* closed, or replaced, but calls through slots are still within it: it is stopped and
                                 unloaded by one of the next calls of the manager, once they have been left */
};

/* One line in English for an enum plugmgr_error, negated or not (what plugmgr_close returns is no error). Static text,
 * never NULL. */
const char *plugmgr_error_text(int error);

/* ---- reports ---------------------------------------------------------------------------------------------------- */

/* All that was found out about one plugin, and what to do about it. Owned by whoever got it as ret_report. */
struct plugmgr_report;

enum plugmgr_severity {
    PLUGMGR_NOTE = 0,    /* worth knowing */
    PLUGMGR_WARNING = 1, /* the plugin is accepted, and somebody should look at this */
    PLUGMGR_REFUSAL = 2  /* the plugin is refused */
};

/* One finding. The strings live as long as the report. What came from a file is escaped in them as plugmgr_escape does;
 * have, want and changes may be several lines, with '\n' between them. */
struct plugmgr_finding {
    size_t size; /* of this struct in the library, in bytes: later versions append members */
    enum plugmgr_severity severity;
    const char *code;    /* stable, for programs: "interface-major", …; docs/codes.md lists them */
    const char *subject; /* what it is about: "interface user_manager", "pin libfoo.so.1", "file", … */
    const char *text;    /* the finding in one line */
    const char *have;    /* what the plugin has, or NULL */
    const char *want;    /* what the host or the system has or asks for, or NULL */
    const char *remedy;  /* what to do about it, or NULL */
    const char *changes; /* what differs in structure, from the plugin's to the host's, the root cause first; or NULL */
};

/* Whether nothing in it refuses the plugin. */
int plugmgr_report_accepted(const struct plugmgr_report *report);

/* The number of findings, and one of them, from 0; the gravest come first. NULL beyond the last. */
size_t plugmgr_report_count(const struct plugmgr_report *report);
const struct plugmgr_finding *plugmgr_report_finding(const struct plugmgr_report *report, size_t index);

/* How plugmgr_report_text prints. */
enum plugmgr_text_flags {
    PLUGMGR_TEXT_COLOR = 1,  /* with terminal colours (ECMA-48 SGR) */
    PLUGMGR_TEXT_VERBOSE = 2 /* notes too, not only refusals and warnings; all changes, not only the first 20; and
                              * those that several findings have in common with each of them, not only the first */
};

/* The report as people read it, lines that end in '\n', whatever came from the file escaped. The caller frees it. */
PLUGMGR_MUST_CHECK_ int plugmgr_report_text(const struct plugmgr_report *report, unsigned flags, char **ret_text);

/* A copy of text in which control characters, invalid UTF-8 and characters that change the direction of writing are
 * written \xNN. The caller frees it; NULL when there is no memory. */
char *plugmgr_escape(const char *text);

/* Accepts NULL. */
void plugmgr_report_free(struct plugmgr_report *report);

/* ---- managers --------------------------------------------------------------------------------------------------- */

/* A host's plugins: what is open, and how strictly it is checked. */
struct plugmgr;

/* How close the coupling must be. */
enum plugmgr_policy {
    PLUGMGR_POLICY_COMPATIBLE = 0, /* versions within range, structures that fit, required pins met; other pins warn */
    PLUGMGR_POLICY_EXACT = 1,      /* equal versions and structures, every pin met */
    PLUGMGR_POLICY_VERSION = 2     /* versions within range; nothing else is asked for */
};

/* How the file that was checked is made to be the one that is loaded. */
enum plugmgr_mode {
    PLUGMGR_MODE_AUTO = 0,  /* by path where that is safe, else sealed; the report says which, and why */
    PLUGMGR_MODE_PATH = 1,  /* by its real path, which tools see; only where nobody but root and the effective user may
                               write the file, or change a directory on its way */
    PLUGMGR_MODE_SEALED = 2 /* from a copy in memory that nobody can change: what was checked is what runs, whoever writes
                               the file; tools see a name below /proc instead of the path */
};

/* size: sizeof(struct plugmgr_options), by the caller; a zeroed member is its default. */
struct plugmgr_options {
    size_t size;
    enum plugmgr_policy policy;
    /* Gets what the library and the plugins have to say, one line without its end; NULL: nobody listens. */
    void (*log)(void *log_data, enum plugmgr_log_level level, const char *message);
    void *log_data;
    enum plugmgr_mode mode;
};

/* Makes a manager for the host in whose object this macro is used. options may be NULL.
 * Errors: PLUGMGR_E_INVALID, PLUGMGR_E_MEMORY, PLUGMGR_E_HOST (no PLUGMGR_HOST that can be read in the object). */
#define plugmgr_new(ret_manager, options) plugmgr_new_for_host(&plugmgr_HOST, ret_manager, options)
PLUGMGR_MUST_CHECK_ int plugmgr_new_for_host(const struct plugmgr_host *host, struct plugmgr **ret_manager,
                                             const struct plugmgr_options *options);

/* Closes all plugins, the youngest first, and frees the manager. Accepts NULL. */
void plugmgr_free(struct plugmgr *manager);

/* ---- finding plugins -------------------------------------------------------------------------------------------- */

/* Puts a directory at the end of the search path; one that is there already stays where it is. The path begins with the
 * directories that PLUGMGR_PATH names, with ':' between them, unless the program has more rights than its user (AT_SECURE).
 * It need not exist yet: what is there is looked at when it is asked for. Plugins are the files whose names end in ".so" or
 * ".so.1". Errors: PLUGMGR_E_INVALID, PLUGMGR_E_MEMORY. */
PLUGMGR_MUST_CHECK_ int plugmgr_add_directory(struct plugmgr *manager, const char *directory);

/* Of several plugins that provide an interface, that one is to be taken, if it fits: before the host's own offer, and
 * before later versions. Said again for another plugin, that is the next choice.
 * Errors: PLUGMGR_E_INVALID, PLUGMGR_E_MEMORY. */
PLUGMGR_MUST_CHECK_ int plugmgr_prefer(struct plugmgr *manager, const char *interface_name, const char *plugin_name);

/* The text for the start of a plugin of that name, where none is given to plugmgr_open; also where other plugins need it.
 * Errors: PLUGMGR_E_INVALID, PLUGMGR_E_MEMORY. */
PLUGMGR_MUST_CHECK_ int plugmgr_set_config(struct plugmgr *manager, const char *plugin_name, const char *config);

/* What is open and what the search path has, judged, with nothing loaded. Owned by whoever got it; does not change. */
struct plugmgr_listing;

/* A provider of an interface. What it points to lives as long as the listing. */
struct plugmgr_provider {
    size_t size; /* of this struct in the library, in bytes: later versions append members */
    const char *interface_name, *instance;
    unsigned major, minor; /* the interface's version */
    const char *plugin_name, *plugin_version, *path;
    struct plugmgr_plugin *plugin;       /* NULL: it is not open */
    int result;                          /* 0: it is open, or would be accepted; else a negated enum plugmgr_error */
    const struct plugmgr_report *report; /* the verdict; NULL: it is open */
};

/* A file that is no provider: it cannot be read, is no plugin, or another plugin of its name stands before it. */
struct plugmgr_listed_file {
    size_t size; /* as above */
    const char *path;
    const struct plugmgr_report *report; /* why */
};

/* Lists all providers of the interface, NULL: of any; those of one interface the best first, as plugmgr_open_provider
 * would take them. Files that cannot be read are listed too, and stop nothing.
 * Errors: PLUGMGR_E_INVALID, PLUGMGR_E_MEMORY. */
PLUGMGR_MUST_CHECK_ int plugmgr_list(struct plugmgr *manager, const char *interface_name,
                                     struct plugmgr_listing **ret_listing);

/* From 0; NULL beyond the last. */
size_t plugmgr_listing_provider_count(const struct plugmgr_listing *listing);
const struct plugmgr_provider *plugmgr_listing_provider(const struct plugmgr_listing *listing, size_t index);
size_t plugmgr_listing_file_count(const struct plugmgr_listing *listing);
const struct plugmgr_listed_file *plugmgr_listing_file(const struct plugmgr_listing *listing, size_t index);

/* Accepts NULL. */
void plugmgr_listing_free(struct plugmgr_listing *listing);

/* ---- plugins ---------------------------------------------------------------------------------------------------- */

/* An open plugin. Owned by its manager until plugmgr_close or plugmgr_free. */
struct plugmgr_plugin;

/* size: sizeof(struct plugmgr_open_options), by the caller; a zeroed member is its default. */
struct plugmgr_open_options {
    size_t size;
    const char *config;         /* text for the plugin's start; NULL is "" */
    const char *interface_name; /* an interface that the plugin must provide; NULL: any that the host accepts */
};

/* Judges the plugin as plugmgr_open would, without loading anything. path: a path, or the name of a plugin on the search
 * path, which has no slash.
 * 0: it would be accepted. Errors: PLUGMGR_E_REFUSED, _NOT_FOUND and _SYSTEM (the file), _INVALID, _MEMORY. */
PLUGMGR_MUST_CHECK_ int plugmgr_check(struct plugmgr *manager, const char *path,
                                      const struct plugmgr_open_options *options, struct plugmgr_report **ret_report);

/* Judges the plugin at path, or of that name, and, only if it is accepted, loads, binds and starts it. What it requires
 * of other plugins is met by those that are open, and by those of the search path, which are judged as well, and opened
 * before it: the host need not accept anything of them, and they are closed once nobody needs them. Opening one of them
 * makes it the host's own. No instruction of it or of what
 * it is linked with runs before; if its file is exchanged in the very moment of loading, that is noticed, and what got
 * mapped is taken out again, but its constructors have run (not so with PLUGMGR_MODE_SEALED). ret_report may be NULL. After an error nothing of it is
 * open, and it may be tried again. Errors: as plugmgr_check; PLUGMGR_E_LOAD, PLUGMGR_E_START. */
PLUGMGR_MUST_CHECK_ int plugmgr_open(struct plugmgr *manager, const char *path,
                                     const struct plugmgr_open_options *options, struct plugmgr_plugin **ret_plugin,
                                     struct plugmgr_report **ret_report);

/* Opens the best plugin that provides an interface which the host accepts, of what is open and what the search path has:
 * the first time that it is asked for it is opened; from then on its handle is given, which is closed once. instance may
 * be NULL; options->interface_name is not looked at. Errors: as plugmgr_open; PLUGMGR_E_NOT_FOUND with a report that names
 * what was looked at. */
#define plugmgr_open_provider(manager, interface, instance, options, ret_plugin, ret_report) \
    plugmgr_open_provider_of(manager, &plugmgr_ACCEPT_##interface, instance, options, ret_plugin, ret_report)
PLUGMGR_MUST_CHECK_ int plugmgr_open_provider_of(struct plugmgr *manager, const struct plugmgr_accepted *accepted,
                                                 const char *instance, const struct plugmgr_open_options *options,
                                                 struct plugmgr_plugin **ret_plugin,
                                                 struct plugmgr_report **ret_report);

/* Stops and unloads the plugin; the handle is gone, and every pointer that came from it; its slots are empty. Looks
 * afterwards whether the object left the process: returns an enum plugmgr_closed. If another open plugin is bound to it or
 * linked with it, nothing is done (PLUGMGR_IN_USE, and the log names it). Plugins that were opened for it alone are closed
 * behind it. Calls through slots that are within it are waited for a moment, else it is left to drain (PLUGMGR_DRAINING).
 * What stays mapped is looked at again with each later call, and the log told when it is gone. Accepts NULL
 * (PLUGMGR_UNLOADED). Errors, and nothing is done: PLUGMGR_E_MEMORY; PLUGMGR_E_INVALID within the stop of the plugin
 * itself; PLUGMGR_E_BUSY within a call of it. */
int plugmgr_close(struct plugmgr_plugin *plugin);

/* The same, with a report of what keeps it: findings unload-* with what was found in the object that stays mapped, or
 * plugin-in-use. The caller frees it; NULL after an error, or when there was no memory for it. */
int plugmgr_close_report(struct plugmgr_plugin *plugin, struct plugmgr_report **ret_report);

/* size: sizeof(struct plugmgr_reload_options), by the caller; a zeroed member is its default. */
struct plugmgr_reload_options {
    size_t size;
    const char *config; /* text for the new build's start; NULL: what the old one was given */
    int with_users;     /* not 0: open plugins that are bound to it are reloaded too, from their files; else it is refused
                           while there are any */
};

/* Puts what is in the plugin's file now (by the path that it was opened by, which may be a link) in the place of what is
 * loaded. The new build is judged as plugmgr_open would, loaded beside the old one, given its state (PLUGMGR_STATE), and
 * started; then the handle and all slots change over at once, and the old build is stopped and unloaded when the calls
 * through slots have left it: this function waits for them, timeout_ms milliseconds at most, and what is not left by then
 * is looked at again by later calls of the manager. What plugmgr_get, plugmgr_lookup and plugmgr_symbol returned belongs to
 * the old build, and must not be used any more: hosts that reload use slots.
 *
 * Returns an enum plugmgr_closed about the old build: PLUGMGR_UNLOADED, PLUGMGR_STILL_MAPPED, PLUGMGR_DRAINING. After an
 * error the old build goes on as if nothing had happened, and the report tells why; errors: as plugmgr_open, and
 * PLUGMGR_E_BUSY from within a call, the start or the stop of the plugin. */
PLUGMGR_MUST_CHECK_ int plugmgr_reload(struct plugmgr_plugin *plugin, unsigned timeout_ms,
                                       const struct plugmgr_reload_options *options,
                                       struct plugmgr_report **ret_report);

/* A descriptor for poll(2) and the like, readable when files of open plugins may have changed; then plugmgr_watch_next
 * tells which. The manager owns it: it is closed by plugmgr_free. The same one each time. Errors: PLUGMGR_E_INVALID,
 * PLUGMGR_E_MEMORY, PLUGMGR_E_SYSTEM (no inotify(7) to be had; the log tells why). */
PLUGMGR_MUST_CHECK_ int plugmgr_watch_fd(struct plugmgr *manager, int *ret_fd);

/* The next open plugin whose path leads to another file than the one that is loaded, once writing has ended; each change
 * once. Reloading it, or not, is the host's decision. Never blocks. 1: *ret_plugin; 0: none, wait for the descriptor.
 * Errors: PLUGMGR_E_INVALID; PLUGMGR_E_MEMORY, PLUGMGR_E_SYSTEM: not all could be looked at, and the next call tries
 * again. */
PLUGMGR_MUST_CHECK_ int plugmgr_watch_next(struct plugmgr *manager, struct plugmgr_plugin **ret_plugin);

/* The plugin's name and version as in PLUGMGR_PLUGIN, and its real path. Valid until it is closed or reloaded. */
const char *plugmgr_plugin_name(const struct plugmgr_plugin *plugin);
const char *plugmgr_plugin_version(const struct plugmgr_plugin *plugin);
const char *plugmgr_plugin_path(const struct plugmgr_plugin *plugin);

/* The plugin's provider of an interface that the host accepts, as `plugmgr_interface_NAME *`: call its members
 * directly. Valid until the plugin is closed or reloaded. NULL, with the reason in the log, if the plugin has none that fits or
 * several and no instance is named; plugmgr_lookup tells which. */
#define plugmgr_get(plugin, interface) plugmgr_get_instance(plugin, interface, NULL)
#define plugmgr_get_instance(plugin, interface, instance) \
    PLUGMGR_CAST_(plugmgr_interface_##interface *, plugmgr_find(plugin, &plugmgr_ACCEPT_##interface, instance))
const void *plugmgr_find(const struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted,
                         const char *instance);

/* The same with the reason as its return value: PLUGMGR_E_NOT_FOUND, PLUGMGR_E_AMBIGUOUS, PLUGMGR_E_INVALID. */
PLUGMGR_MUST_CHECK_ int plugmgr_lookup(const struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted,
                                       const char *instance, const void **ret_provider);

/* The function or object that the plugin exports as `name` (text) with PLUGMGR_EXPORT(interface, name), as
 * `plugmgr_interface_INTERFACE *`; its type has been compared with the host's. Else as plugmgr_get_instance. Since the
 * name is the instance too, plugmgr_lookup tells the reason when there is none. */
#define plugmgr_symbol(plugin, name, interface) \
    PLUGMGR_ADDRESS_CAST_(plugmgr_interface_##interface *, \
                          plugmgr_find_symbol(plugin, &plugmgr_ACCEPT_##interface, name))
void *plugmgr_find_symbol(const struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted,
                          const char *name);

/* Whether the provider that plugmgr_get (plugmgr_get_instance) returns has the member: one of an older minor may lack
 * what was appended since. 0 too if there is no such provider. The plugin's fingerprint tells; of a plugin without one
 * (policy version), the size of its table, which takes tail padding, and a red zone of AddressSanitizer, for members. It
 * is looked up at each call: ask once, and keep the answer. */
#define plugmgr_has(plugin, interface, member) plugmgr_has_instance(plugin, interface, NULL, member)
#define plugmgr_has_instance(plugin, interface, instance, member) PLUGMGR_HAS_(plugin, interface, instance, member)
int plugmgr_has_member(const struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted,
                       const char *instance, const char *member, size_t end);

/* ---- slots ------------------------------------------------------------------------------------------------------ */

/* A provider that may be exchanged, or go, while threads call it. What plugmgr_get returns is for hosts that close
 * nothing which is called meanwhile; a slot is for the others, and each call is bracketed:
 *
 *     struct plugmgr_call call;
 *     plugmgr_interface_greeter *greeter = plugmgr_slot_enter(slot, greeter, &call);
 *     if (greeter != NULL)
 *         greeter->greet("world");
 *     plugmgr_slot_leave(&call);
 *
 * What was entered stays loaded until it is left. Calls may be nested, of one slot or several. C++ has plugmgr/host.hpp.
 * In the child of a fork, the calls of other threads than the forking one have ended; leaving them does nothing. */
struct plugmgr_slot;

/* One call; on the stack, as a rule. The members are the library's. It may be copied to another place, and then one of
 * both is left. */
struct plugmgr_call {
    void *block_;
    uint32_t thread_;
    uint32_t reserved_[5];
};

/* A slot with the plugin's provider of the interface, chosen as plugmgr_get_instance and plugmgr_symbol do; instance may
 * be NULL. The caller frees it. Once the plugin is closed the slot is empty. Any thread.
 * Errors: PLUGMGR_E_NOT_FOUND, PLUGMGR_E_AMBIGUOUS, PLUGMGR_E_INVALID, PLUGMGR_E_MEMORY. */
#define plugmgr_slot_new(plugin, interface, instance, ret_slot) \
    plugmgr_slot_make(plugin, &plugmgr_ACCEPT_##interface, instance, ret_slot)
PLUGMGR_MUST_CHECK_ int plugmgr_slot_make(struct plugmgr_plugin *plugin, const struct plugmgr_accepted *accepted,
                                          const char *instance, struct plugmgr_slot **ret_slot);

/* No thread may be in a call of it, or enter it any more. Accepts NULL. */
void plugmgr_slot_free(struct plugmgr_slot *slot);

/* The current provider as `plugmgr_interface_NAME *`, which must be the interface that the slot was made for; valid until
 * *ret_call is left. NULL if the slot is empty; leaving the call does nothing then. Any thread, at any time; takes no
 * lock, waits for nobody, allocates nothing. */
#define plugmgr_slot_enter(slot, interface, ret_call) \
    PLUGMGR_ADDRESS_CAST_(plugmgr_interface_##interface *, plugmgr_slot_enter_call(slot, ret_call))
PLUGMGR_MUST_CHECK_ void *plugmgr_slot_enter_call(struct plugmgr_slot *slot, struct plugmgr_call *ret_call);

/* Ends the call. Any thread may, if what it does here comes after the entering: a call can be handed on. A second time it
 * does nothing. The plugin may be unloaded at once. Takes no lock and wakes nobody. */
void plugmgr_slot_leave(struct plugmgr_call *call);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

/* ---- private ---------------------------------------------------------------------------------------------------- */

/* The member is named as the compiler sees it, should its name be a macro: so the fingerprint has it. */
#define PLUGMGR_HAS_(plugin, interface, instance, member) \
    plugmgr_has_member(plugin, &plugmgr_ACCEPT_##interface, instance, #member, \
                       offsetof(plugmgr_interface_##interface, member) + \
                           sizeof(PLUGMGR_CAST_(plugmgr_interface_##interface *, NULL)->member))

#define PLUGMGR_ACCEPTS_(interface, interface_text, lowest) \
    PLUGMGR_RECORD_VERSION_MIN_(ACCEPT_##interface, PLUGMGR_NOTE_REQUIRES, "interface=" interface_text, \
                                plugmgr_version_##interface, lowest); \
    const struct plugmgr_accepted plugmgr_ACCEPT_##interface PLUGMGR_KEEP_ = { \
        interface_text, PLUGMGR_PINS_(interface), plugmgr_version_##interface, lowest}

/* A linker set: what all files of the host put into the section is found between its __start_ and __stop_ symbols, which
 * the linker makes. Pointers, so that what they point to may grow; and not constant, so that all files agree on what kind
 * of section it is, whether or not the pointers have to be relocated. */
#define PLUGMGR_OFFERED_ __attribute__((section("plugmgr_offers"))) PLUGMGR_KEEP_

#define PLUGMGR_OFFERS_(interface, interface_text) \
    PLUGMGR_ASSERT_(!PLUGMGR_IS_FUNCTION_(plugmgr_interface_##interface), \
                    "PLUGMGR_OFFER is for an object, as a rule a struct of function pointers"); \
    PLUGMGR_EXTERN_ plugmgr_interface_##interface plugmgr_offer_##interface PLUGMGR_HIDDEN_; \
    PLUGMGR_RECORD_VERSION_(OFFER_##interface, PLUGMGR_NOTE_PROVIDES, \
                            "interface=" interface_text "\0instance=host", plugmgr_version_##interface); \
    PLUGMGR_EXTERN_ const struct plugmgr_offered plugmgr_OFFER_##interface PLUGMGR_HIDDEN_; \
    const struct plugmgr_offered plugmgr_OFFER_##interface PLUGMGR_KEEP_ = {sizeof(struct plugmgr_offered), \
                                                                            interface_text, \
                                                                            &plugmgr_offer_##interface, \
                                                                            sizeof(plugmgr_interface_##interface), \
                                                                            PLUGMGR_PINS_(interface), \
                                                                            plugmgr_version_##interface}; \
    static const struct plugmgr_offered *plugmgr_offered_##interface PLUGMGR_OFFERED_ = &plugmgr_OFFER_##interface; \
    PLUGMGR_NEEDS_INITIALISER_(interface, plugmgr_offer_##interface, plugmgr_without_initialiser_##interface##_host) \
    PLUGMGR_STRICT_ PLUGMGR_COMMON_ plugmgr_interface_##interface plugmgr_offer_##interface

#endif
