/* SPDX-License-Identifier: MIT */
/* The verdict: a table of a plugin's facts, the world and the policy -> all findings, in order and in full. */
#include "verdict.h"

#include <check.h>
#include <elf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "graph.h"
#include "suite.h"

enum { MAX_ITEMS = 4, MAX_EXPECTED = 7 };

/* The canonical text of an interface in one version: whole, or what stands behind `root struct NAME`; "" is none. */
struct text {
    const char *name;
    struct pm_version version;
    const char *body;
};

/* A plugin that is open beside the judged one. */
struct other {
    const char *name;
    struct text texts[2];
};

/* What a plugin is judged by, where it differs from the usual: a sound plugin "mock 0.1" for x86-64 that provides
 * greeter 1.2, in the host "app 3.0" that accepts greeter 1.2 and as far back as 1.1. All that is provided or required,
 * and has no text here, has one of as many methods as its minor version asks for: 1.0 has one. */
struct row {
    const char *name;
    /* the plugin */
    struct pm_problem problems[2]; /* those with a detail */
    struct pm_traits traits;
    bool is_debug_only, has_no_notes, has_unmapped_note, is_host, without_plugpin;
    bool provides_nothing;
    struct pm_provide provides[MAX_ITEMS];
    enum pm_symbol symbols[MAX_ITEMS]; /* ABSENT (0) is exported here, and NO_SYMBOL absent */
    struct pm_require requires_[MAX_ITEMS];
    bool hides_slots;
    struct pm_pin pins[MAX_ITEMS];
    struct text plugin_texts[MAX_ITEMS];
    /* the world */
    bool has_no_host, knows_no_libraries, host_without_plugpin, accepts_nothing, host_lacks_build_id;
    struct pm_require accepts[MAX_ITEMS];
    struct pm_provide offers[MAX_ITEMS];
    struct pm_object objects[MAX_ITEMS];
    struct text host_texts[MAX_ITEMS];
    struct other others[2];
    const char *candidates[MAX_ITEMS]; /* as graph.h has them */
    struct pm_preference preferences[2];
    bool is_for_plugin;
    /* how strictly */
    enum plugmgr_policy policy;
    const char *wanted;
    const char *fits; /* 'y' or 'n' for each of provides; NULL: not asked */
    struct pm_finding expected[MAX_EXPECTED]; /* those with a subject; remedy: "" for any, NULL for none */
};

#define NO_SYMBOL ((enum pm_symbol)99)
#define X86_64 {ELFCLASS64, ELFDATA2LSB, EM_X86_64, ET_DYN, 0}
#define PROVIDE(name, major, minor) {.interface_name = name, .instance = #major "_" #minor, \
                                     .symbol = "table_of_" name, .version = {major, minor}}
#define SAME(name, the_instance, major, minor) \
    {.interface_name = name, .instance = the_instance, .symbol = "table_of_" the_instance, .version = {major, minor}}
#define OFFER(name, major, minor) {.interface_name = name, .instance = name, .version = {major, minor}}
#define ACCEPT(name, major, minor, lowest_minor) \
    {.interface_name = name, .version = {major, minor}, .lowest = {major, lowest_minor}}
#define REQUIRE(name, major, minor, lowest_minor, is_optional) \
    {.interface_name = name, .symbol = "slot", .version = {major, minor}, .lowest = {major, lowest_minor}, \
     .optional = is_optional}
#define SYMBOL(name, exported, major, minor) \
    {.interface_name = name, .instance = exported, .symbol = exported, .version = {major, minor}}
#define IMPORT(name, imported, major, minor) \
    {.interface_name = name, .symbol = imported, .version = {major, minor}, .lowest = {major, minor}, \
     .linker_bound = true}
#define TEXT(interface, major, minor, text_body) {.name = interface, .version = {major, minor}, .body = text_body}
#define BUILD_ID(byte) {.size = 2, .bytes = {0xab, byte}}
#define PIN(soname, is_required, ...) \
    {.object = soname, .required = is_required, .build_ids = (struct pm_build_id[]){__VA_ARGS__}, \
     .build_id_count = sizeof((struct pm_build_id[]){__VA_ARGS__}) / sizeof(struct pm_build_id)}
#define LIBRARY(soname, ...) {.name = soname, .path = "/lib/" soname, .build_id = __VA_ARGS__}
#define FINDING(the_code, the_severity, the_subject, ...) \
    {.code = PM_##the_code, .severity = PLUGMGR_##the_severity, .subject = the_subject, .text = __VA_ARGS__}
#define HAVE_WANT(the_have, the_want) .have = the_have, .want = the_want

/* What comes again and again. */
#define REBUILD .remedy = "rebuild the plugin against the interface greeter of app 3.0"
#define REBUILD_LOG .remedy = "rebuild the plugin against the interface log of app 3.0"
#define REBUILD_DB .remedy = "rebuild the plugin against the interface db of app 3.0"
#define REBUILD_COMMAND .remedy = "rebuild the plugin against the interface command of app 3.0"
#define GIVE_A_MINOR .remedy = "give the interface a new minor version where it grew, and rebuild what uses it"
#define ONE_DEFINITION \
    .remedy = "build them against one definition of the type, or declare it with PLUGMGR_OPAQUE if each may have its " \
              "own"
#define PIN_THE_PLUGIN \
    .remedy = "link the output of plugpin into the plugin, or let the host choose the policy version"
#define PIN_THE_HOST .remedy = "link the output of plugpin into the host, or let the host choose the policy version"
#define PIN_THE_PLUGIN_ANEW .remedy = "build the plugin again with plugpin"
#define PIN_THE_HOST_ANEW .remedy = "build the host again with plugpin"
#define UNKNOWN_ENUMERATORS "one side has enumerators that the other does not know"
#define BROKEN_IN_PLUGIN "the plugin's fingerprint of it cannot be read: line 3: not the offset of a member"
#define BROKEN_IN_HOST "the host's fingerprint of it cannot be read: line 3: not the offset of a member"
#define REINSTALL .remedy = "install the pinned build, or rebuild the plugin against this one"
#define OTHER_HOST .remedy = "use a host that provides it, or build the plugin without it"
#define OTHER_PROVIDER .remedy = "use a host or add a plugin that provides it, or build the plugin without it"
#define NEEDED(lowest) "the plugin needs " lowest " or a later minor, and nobody can provide it", HAVE_WANT(lowest, NULL)
#define NEED_EACH_OTHER \
    "those who could provide it need each other, so that none can be the first", \
        .remedy = "make one of these requirements optional (PLUGMGR_REQUIRE_OPTIONAL), or move what both sides need into " \
                  "a plugin of its own"
#define OTHER_BUILD .remedy = "take the plugin's build for this machine, or build it for it"
#define GIVE_TO_ANOTHER .remedy = "give it to a host that accepts what it provides, not to app 3.0"
#define PINNED_RECORDED "another build is installed than the plugin was linked with"
#define PINNED_REQUIRED "another build is installed, and the plugin requires its own"
#define PACKAGED(soname, from, ...) {.name = soname, .path = "/lib/" soname, .package = from, .build_id = __VA_ARGS__}
#define PINNED_WITHOUT "what is installed has no build-ID to compare"
#define SEEN HAVE_WANT("abaa", "abbb  /lib/liba.so.1")

/* Texts: of one to three methods, … */
#define M1 "m 0 a *fn(void;)\nend 8\n"
#define M2 "m 0 a *fn(void;)\nm 8 b *fn(void;)\nend 16\n"
#define M3 "m 0 a *fn(void;)\nm 8 b *fn(void;)\nm 16 c *fn(void;)\nend 24\n"
/* … of one that returns an enum, or a struct db: without a block it is an interface of its own. */
#define KIND(enumerators) "m 0 a *fn(enum kind;)\nenum kind u32\n" enumerators "end 8\n"
#define DB(block) "m 0 open *fn(*struct db;)\n" block "end 8\n"
#define DB_OPAQUE "struct db opaque\n"
#define DB_INT "struct db 4\n 0 v i32\n"
#define DB_LONG "struct db 8\n 0 v i64\n"
#define BOTH_GREETER(plugin_body, host_body) \
    .plugin_texts = {TEXT("greeter", 1, 2, plugin_body)}, .host_texts = {TEXT("greeter", 1, 2, host_body)}
/* The plugin exports, and the host accepts, a function of a type. */
#define TYPED(plugin_body, host_body) \
    .provides = {SYMBOL("command", "users_add", 1, 0)}, .accepts = {ACCEPT("command", 1, 0, 0)}, \
    .plugin_texts = {TEXT("command", 1, 0, plugin_body)}, .host_texts = {TEXT("command", 1, 0, host_body)}
/* The plugin requires log 1.3 and can live with 1.1, the host offers another minor version. */
#define LOG(plugin_body, host_minor, host_body) \
    .requires_ = {REQUIRE("log", 1, 3, 1, false)}, .offers = {OFFER("log", 1, host_minor)}, \
    .plugin_texts = {TEXT("log", 1, 3, plugin_body)}, .host_texts = {TEXT("log", 1, host_minor, host_body)}
/* The plugin calls a function in the host. */
#define IMPORTED(plugin_body, host_body) \
    .requires_ = {IMPORT("command", "host_run", 1, 0)}, .offers = {SYMBOL("command", "host_run", 1, 0)}, \
    .plugin_texts = {TEXT("command", 1, 0, plugin_body)}, .host_texts = {TEXT("command", 1, 0, host_body)}
/* greeter reaches db. */
#define REACHED(plugin_version, plugin_body, host_version, host_body) \
    .plugin_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db", plugin_version, plugin_body)}, \
    .host_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db", host_version, host_body)}
#define RIVAL(...) \
    FINDING(INTERFACE_LAYOUT, REFUSAL, "interface greeter", \
            "built against 1.2, the host has 1.2 too, and a type that is opaque to one of them has two definitions", \
            HAVE_WANT("1.2", "1.2"), __VA_ARGS__, ONE_DEFINITION)
#define V(major, minor) major, minor

static const struct row rows[] = {
    {.name = "a plugin that fits"},
    {.name = "a plugin that fits exactly", .policy = PLUGMGR_POLICY_EXACT},
    {.name = "a plugin that fits by version", .policy = PLUGMGR_POLICY_VERSION},

    /* ---- the file ---- */
    {.name = "two structure problems are passed through, and nothing else is asked",
     .problems = {{PM_ELF_TRUNCATED, "a segment"}, {PM_NOTE_MALFORMED, "no key"}},
     .has_no_notes = true,
     .expected = {FINDING(ELF_TRUNCATED, REFUSAL, "file", "it is cut short: a segment",
                          .remedy = "copy or build the file again; it may still be being written"),
                  FINDING(NOTE_MALFORMED, REFUSAL, "notes", "its PlugMgr notes are malformed: no key",
                          .remedy = "build the plugin again; no tool may edit its notes")}},
    {.name = "a structure problem behind notes leaves them unjudged",
     .problems = {{PM_ELF_MALFORMED, "no symbol table"}},
     .provides_nothing = true,
     .expected = {FINDING(ELF_MALFORMED, REFUSAL, "file", "its ELF structure is malformed: no symbol table",
                          .remedy = "build the file again")}},
    {.name = "a file without sound header is not asked for its machine",
     .problems = {{PM_NOT_ELF, "it is empty"}},
     .traits = {.machine = EM_NONE, .elf_class = 99},
     .has_no_notes = true,
     .expected = {FINDING(NOT_ELF, REFUSAL, "file", "it is no ELF file: it is empty",
                          .remedy = "name a shared object; if it should be one, build or copy it again")}},
    {.name = "another machine",
     .traits = {ELFCLASS64, ELFDATA2LSB, EM_AARCH64, ET_DYN, 0},
     .knows_no_libraries = true,
     .expected = {FINDING(ELF_MACHINE, REFUSAL, "file", "it is for AArch64, the host is x86-64",
                          HAVE_WANT("AArch64", "x86-64"), OTHER_BUILD),
                  FINDING(LIBRARIES_UNKNOWN, NOTE, "libraries", "not looked at: the plugin is not for this machine")}},
    {.name = "an unknown machine, without a host",
     .traits = {ELFCLASS64, ELFDATA2LSB, 4711, ET_DYN, 0},
     .has_no_host = true,
     .expected = {FINDING(ELF_MACHINE, REFUSAL, "file", "it is for machine 4711, the machine is x86-64",
                          HAVE_WANT("machine 4711", "x86-64"), OTHER_BUILD)}},
    {.name = "another class",
     .traits = {ELFCLASS32, ELFDATA2LSB, EM_X86_64, ET_DYN, 0},
     .expected = {FINDING(ELF_CLASS, REFUSAL, "file", "it is for 32-bit, the host is 64-bit",
                          HAVE_WANT("32-bit", "64-bit"), OTHER_BUILD)}},
    {.name = "another byte order",
     .traits = {ELFCLASS64, ELFDATA2MSB, EM_X86_64, ET_DYN, 0},
     .expected = {FINDING(ELF_BYTE_ORDER, REFUSAL, "file", "it is for big endian, the host is little endian",
                          HAVE_WANT("big endian", "little endian"), OTHER_BUILD)}},
    {.name = "other flags alone",
     .traits = {ELFCLASS64, ELFDATA2LSB, EM_X86_64, ET_DYN, 5}},
    {.name = "an object file",
     .traits = {ELFCLASS64, ELFDATA2LSB, EM_X86_64, ET_REL, 0},
     .expected = {FINDING(ELF_TYPE, REFUSAL, "file", "it is a relocatable object, not a shared object",
                          HAVE_WANT("a relocatable object", "a shared object"), .remedy = "link it with -shared")}},
    {.name = "a fixed executable",
     .traits = {ELFCLASS64, ELFDATA2LSB, EM_X86_64, ET_EXEC, 0},
     .expected = {FINDING(ELF_TYPE, REFUSAL, "file", "it is an executable at a fixed address, not a shared object",
                          HAVE_WANT("an executable at a fixed address", "a shared object"),
                          .remedy = "link it with -shared")}},
    {.name = "a type of the system's own",
     .traits = {ELFCLASS64, ELFDATA2LSB, EM_X86_64, 0xfe00, 0},
     .expected = {FINDING(ELF_TYPE, REFUSAL, "file", "it is a file of an unknown type, not a shared object",
                          HAVE_WANT("a file of an unknown type", "a shared object"),
                          .remedy = "link it with -shared")}},
    {.name = "a file of debug information",
     .is_debug_only = true,
     .expected = {FINDING(DEBUG_ONLY, REFUSAL, "file", "it holds debug information only, no code",
                          .remedy = "name the plugin itself, not its .debug file")}},

    /* ---- its notes ---- */
    {.name = "no notes",
     .has_no_notes = true,
     .expected = {FINDING(NOT_A_PLUGIN, REFUSAL, "file", "it has no PlugMgr notes, so it is no plugin",
                          .remedy = "name a plugin that was built with PLUGMGR_PLUGIN")}},
    {.name = "a host for a plugin",
     .is_host = true,
     .expected = {FINDING(NOT_A_PLUGIN, REFUSAL, "file", "it is a host, not a plugin",
                          .remedy = "name a plugin; a host is named with --host")}},
    {.name = "notes in a section alone",
     .has_no_notes = true,
     .has_unmapped_note = true,
     .expected = {FINDING(NOTE_NOT_MAPPED, REFUSAL, "notes",
                          "its PlugMgr notes lie in a section that no PT_NOTE segment covers",
                          .remedy = "link with a linker script that keeps .note.plugmgr in a note segment")}},
    {.name = "malformed notes",
     .problems = {{PM_NOTE_MALFORMED, "MODULE note: there are two"}},
     .fits = "n",
     .expected = {FINDING(NOTE_MALFORMED, REFUSAL, "notes",
                          "its PlugMgr notes are malformed: MODULE note: there are two",
                          .remedy = "build the plugin again; no tool may edit its notes")}},

    /* ---- what it provides ---- */
    {.name = "nothing provided",
     .provides_nothing = true,
     .expected = {FINDING(INTERFACE_NONE, REFUSAL, "plugin", "it provides no interface that the host accepts",
                          HAVE_WANT("nothing", "greeter 1.2"), GIVE_TO_ANOTHER)}},
    {.name = "nothing provided that the host accepts",
     .provides = {PROVIDE("codec", 1, 0), PROVIDE("filter", 2, 7)},
     .accepts = {ACCEPT("greeter", 1, 2, 1), ACCEPT("log", 4, 0, 0)},
     .expected = {FINDING(INTERFACE_NONE, REFUSAL, "plugin", "it provides no interface that the host accepts",
                          HAVE_WANT("codec 1.0, filter 2.7", "greeter 1.2, log 4.0"), GIVE_TO_ANOTHER)}},
    {.name = "a host that accepts nothing",
     .accepts_nothing = true,
     .expected = {FINDING(INTERFACE_NONE, REFUSAL, "plugin", "it provides no interface that the host accepts",
                          HAVE_WANT("greeter 1.2", "nothing"), GIVE_TO_ANOTHER)}},
    {.name = "what a host requires itself is not what it accepts",
     .accepts = {REQUIRE("greeter", 1, 2, 1, false)},
     .expected = {FINDING(INTERFACE_NONE, REFUSAL, "plugin", "it provides no interface that the host accepts",
                          HAVE_WANT("greeter 1.2", "nothing"), GIVE_TO_ANOTHER)}},
    {.name = "an interface more than the host accepts",
     .provides = {PROVIDE("codec", 1, 0), PROVIDE("greeter", 1, 2)}},
    {.name = "an older major",
     .provides = {PROVIDE("greeter", 0, 9)},
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 0.9, the host has 1.2",
                          HAVE_WANT("0.9", "1.2"), .changes = "7 methods (m3 to m9) removed from the end", REBUILD)}},
    {.name = "a newer major, by version alone",
     .provides = {PROVIDE("greeter", 2, 2)},
     .policy = PLUGMGR_POLICY_VERSION,
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 2.2, the host has 1.2",
                          HAVE_WANT("2.2", "1.2"), REBUILD)}},
    {.name = "the lowest minor", .provides = {PROVIDE("greeter", 1, 1)}},
    {.name = "a newer minor", .provides = {PROVIDE("greeter", 1, 9999)}},
    {.name = "too old a minor",
     .provides = {PROVIDE("greeter", 1, 0)},
     .expected = {FINDING(INTERFACE_MINOR, REFUSAL, "interface greeter",
                          "built against 1.0, the host needs at least "
                          "1.1", HAVE_WANT("1.0", "1.1"), .changes = "methods m1 and m2 appended", REBUILD)}},
    {.name = "too old a minor is so under exact too",
     .provides = {PROVIDE("greeter", 1, 0)},
     .policy = PLUGMGR_POLICY_EXACT,
     .expected = {FINDING(INTERFACE_MINOR, REFUSAL, "interface greeter",
                          "built against 1.0, the host needs at least "
                          "1.1", HAVE_WANT("1.0", "1.1"), .changes = "methods m1 and m2 appended", REBUILD)}},
    {.name = "an older minor under exact",
     .provides = {PROVIDE("greeter", 1, 1)},
     .policy = PLUGMGR_POLICY_EXACT,
     .expected = {FINDING(INTERFACE_VERSION, REFUSAL, "interface greeter",
                          "built against 1.1, the host has 1.2, and the policy exact asks for the same",
                          HAVE_WANT("1.1", "1.2"), .changes = "method m2 appended", REBUILD)}},
    {.name = "a newer minor under exact",
     .provides = {PROVIDE("greeter", 1, 3)},
     .policy = PLUGMGR_POLICY_EXACT,
     .expected = {FINDING(INTERFACE_VERSION, REFUSAL, "interface greeter",
                          "built against 1.3, the host has 1.2, and the policy exact asks for the same",
                          HAVE_WANT("1.3", "1.2"), .changes = "method m3 removed from the end", REBUILD)}},
    {.name = "each accepted interface must fit",
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("log", 3, 0)},
     .accepts = {ACCEPT("greeter", 1, 2, 1), ACCEPT("log", 4, 0, 0)},
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface log", "built against 3.0, the host has 4.0",
                          HAVE_WANT("3.0", "4.0"),
                          .remedy = "rebuild the plugin against the interface log of app 3.0")}},
    {.name = "of two versions side by side one fits",
     .provides = {PROVIDE("greeter", 2, 0), PROVIDE("greeter", 1, 2), PROVIDE("greeter", 1, 0)},
     .expected = {FINDING(INTERFACE_MAJOR, NOTE, "interface greeter", "built against 2.0, the host has 1.2",
                          HAVE_WANT("2.0", "1.2"), .changes = "methods m1 and m2 appended", REBUILD),
                  FINDING(INTERFACE_MINOR, NOTE, "interface greeter",
                          "built against 1.0, the host needs at least "
                          "1.1", HAVE_WANT("1.0", "1.1"), .changes = "methods m1 and m2 appended", REBUILD)}},
    {.name = "of two versions side by side none fits",
     .provides = {PROVIDE("greeter", 2, 0), PROVIDE("greeter", 3, 0)},
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 2.0, the host has 1.2",
                          HAVE_WANT("2.0", "1.2"), .changes = "methods m1 and m2 appended", REBUILD),
                  FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 3.0, the host has 1.2",
                          HAVE_WANT("3.0", "1.2"), .changes = "methods m1 and m2 appended", REBUILD)}},
    {.name = "another interface that fits is no sibling",
     .provides = {PROVIDE("log", 4, 0), PROVIDE("greeter", 2, 0)},
     .accepts = {ACCEPT("greeter", 1, 2, 1), ACCEPT("log", 4, 0, 0)},
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 2.0, the host has 1.2",
                          HAVE_WANT("2.0", "1.2"), .changes = "methods m1 and m2 appended", REBUILD)}},
    {.name = "a host that accepts two majors takes either",
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("greeter", 2, 0)},
     .accepts = {ACCEPT("greeter", 2, 0, 0), ACCEPT("greeter", 1, 2, 1), ACCEPT("greeter", 3, 0, 0)}},
    {.name = "of two that a host accepts the nearest is told",
     .provides = {PROVIDE("greeter", 2, 0)},
     .accepts = {ACCEPT("greeter", 1, 2, 1), ACCEPT("greeter", 2, 3, 1), ACCEPT("greeter", 3, 0, 0)},
     .expected = {FINDING(INTERFACE_MINOR, REFUSAL, "interface greeter",
                          "built against 2.0, the host needs at least "
                          "2.1", HAVE_WANT("2.0", "2.1"), .changes = "3 methods (m1 to m3) appended", REBUILD)}},

    /* ---- what is asked for ---- */
    {.name = "the wanted interface", .wanted = "greeter"},
    {.name = "the wanted interface, without a host", .has_no_host = true, .wanted = "greeter"},
    {.name = "a wanted interface that is not provided",
     .wanted = "codec",
     .expected = {FINDING(INTERFACE_WANTED, REFUSAL, "interface codec",
                          "it is asked for, and the plugin does not provide it", HAVE_WANT("greeter 1.2", "codec"),
                          .remedy = "open a plugin that provides the interface")}},
    {.name = "a wanted interface that is not provided, without a host",
     .has_no_host = true,
     .wanted = "codec",
     .expected = {FINDING(INTERFACE_WANTED, REFUSAL, "interface codec",
                          "it is asked for, and the plugin does not provide it", HAVE_WANT("greeter 1.2", "codec"),
                          .remedy = "open a plugin that provides the interface")}},
    {.name = "a wanted interface that the host does not accept",
     .provides = {PROVIDE("codec", 1, 0), PROVIDE("greeter", 1, 2)},
     .wanted = "codec",
     .expected = {FINDING(INTERFACE_WANTED, REFUSAL, "interface codec",
                          "it is asked for, and the host does not accept it",
                          HAVE_WANT("codec 1.0, greeter 1.2", "codec"),
                          .remedy = "declare in the host that it accepts the interface, with PLUGMGR_ACCEPT")}},
    {.name = "a wanted interface that does not fit is told once",
     .provides = {PROVIDE("greeter", 2, 0)},
     .wanted = "greeter",
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 2.0, the host has 1.2",
                          HAVE_WANT("2.0", "1.2"), .changes = "methods m1 and m2 appended", REBUILD)}},

    /* ---- without plugpin ---- */
    {.name = "a plugin without plugpin",
     .without_plugpin = true,
     .expected = {FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "plugin",
                          "it was built with PLUGMGR_WITHOUT_PLUGPIN, which the policy version alone takes",
                          .remedy = "build it with plugpin, or let the host choose the policy version")}},
    {.name = "a plugin without plugpin, and no host",
     .without_plugpin = true,
     .has_no_host = true,
     .expected = {FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "plugin",
                          "it was built with PLUGMGR_WITHOUT_PLUGPIN, which the policy version alone takes",
                          .remedy = "build it with plugpin, or let the host choose the policy version")}},
    {.name = "a host without plugpin under exact",
     .host_without_plugpin = true,
     .policy = PLUGMGR_POLICY_EXACT,
     .expected = {FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "host",
                          "it was built with PLUGMGR_WITHOUT_PLUGPIN, which the policy version alone takes",
                          .remedy = "build the host with plugpin, or let it choose the policy version")}},
    {.name = "both without plugpin, by version alone",
     .without_plugpin = true,
     .host_without_plugpin = true,
     .policy = PLUGMGR_POLICY_VERSION},

    /* ---- what it requires ---- */
    {.name = "a required interface is offered",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("clock", 1, 0), OFFER("log", 1, 1)}},
    {.name = "a required interface that nobody offers",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("clock", 1, 1)},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface log",
                          "the plugin needs 1.1 or a later minor, and nobody provides it", HAVE_WANT("1.1", NULL),
                          OTHER_PROVIDER)}},
    {.name = "an optional interface that nobody offers",
     .requires_ = {REQUIRE("log", 1, 3, 1, true)},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, NOTE, "interface log",
                          "the plugin needs 1.1 or a later minor, and nobody provides it", HAVE_WANT("1.1", NULL),
                          OTHER_PROVIDER)}},
    {.name = "a required interface offered in an older minor",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("log", 1, 0)},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface log",
                          "the plugin needs 1.1 or a later minor, the host has "
                          "1.0", HAVE_WANT("1.1", "1.0"), .changes = "3 methods (m1 to m3) removed from the end",
                          OTHER_PROVIDER)}},
    {.name = "a required interface offered in another major, by version alone",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("log", 2, 3)},
     .policy = PLUGMGR_POLICY_VERSION,
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface log",
                          "the plugin needs 1.1 or a later minor, the host has 2.3", HAVE_WANT("1.1", "2.3"),
                          OTHER_PROVIDER)}},
    {.name = "a required interface offered in another minor, under exact",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("log", 1, 4)},
     .policy = PLUGMGR_POLICY_EXACT,
     .expected = {FINDING(INTERFACE_VERSION, REFUSAL, "interface log",
                          "built against 1.3, the host has 1.4, and the policy exact asks for the same",
                          HAVE_WANT("1.3", "1.4"), .changes = "method m4 appended",
                          REBUILD_LOG)}},
    {.name = "of several offers the one that fits counts",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("log", 2, 0), OFFER("log", 1, 3), OFFER("log", 1, 0)},
     .policy = PLUGMGR_POLICY_EXACT},
    {.name = "of several offers that do not fit the nearest is told",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("log", 2, 0), OFFER("log", 1, 0), OFFER("log", 3, 0)},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface log",
                          "the plugin needs 1.1 or a later minor, the host has "
                          "1.0", HAVE_WANT("1.1", "1.0"), .changes = "3 methods (m1 to m3) removed from the end",
                          OTHER_PROVIDER)}},

    /* ---- what other plugins provide ---- */
    {.name = "a plugin provides it",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .candidates = {"users_log +log:1.2=3"},
     .expected = {FINDING(INTERFACE_PROVIDER, NOTE, "interface log",
                          "the plugin users_log 1.0 provides 1.2, and is opened before",
                          HAVE_WANT(NULL, "/users_log.so"))}},
    {.name = "of several plugins the best provides it, and it is open",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .candidates = {"first +log:1.3=4", "*second +log:1.3=4", "third +log:1.9"},
     .expected = {FINDING(INTERFACE_PROVIDER, NOTE, "interface log", "the plugin second 1.0 provides 1.3, and is open",
                          .changes = "third 1.0 (/third.so): provides 1.9, without a fingerprint",
                          HAVE_WANT(NULL, "/second.so"))}},
    {.name = "the host provides it, whatever plugins do",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("log", 1, 1)},
     .candidates = {"*users_log +log:1.3=4"}},
    {.name = "the host prefers a plugin",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("log", 1, 3)},
     .candidates = {"users_log +log:1.1=2"},
     .preferences = {{"log", "users_log"}},
     .expected = {FINDING(INTERFACE_PROVIDER, NOTE, "interface log",
                          "the plugin users_log 1.0 provides 1.1, and is opened before",
                          HAVE_WANT(NULL, "/users_log.so"))}},
    {.name = "a plugin where the host offers another major",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("log", 2, 0)},
     .candidates = {"users_log +log:1.3=4"},
     .expected = {FINDING(INTERFACE_PROVIDER, NOTE, "interface log",
                          "the plugin users_log 1.0 provides 1.3, and is opened before",
                          .changes = "the host: offers 2.0, another major version",
                          HAVE_WANT(NULL, "/users_log.so"))}},
    {.name = "nobody who was looked at fits",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("log", 1, 0)},
     .candidates = {"major +log:2.0=4 +log:2.0=4", "bare +log:1.2", "*more +log:1.3=6", "old +log:1.0=1"},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface log", NEEDED("1.1"),
                          .changes = "the host: offers 1.0, and at least 1.1 is needed\n"
                                     "major 1.0 (/major.so): provides 2.0, another major version\n"
                                     "more 1.0 (/more.so): provides 1.3 as it is required, but one of them has more "
                                     "members: methods m4 and m5 appended\n"
                                     "bare 1.0 (/bare.so): provides 1.2, without a fingerprint\n"
                                     "old 1.0 (/old.so): provides 1.0, and at least 1.1 is needed",
                          OTHER_PROVIDER)}},
    {.name = "nobody who fits can be used",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .candidates = {"!broken +log:1.3=4", "lacking +log:1.2=3 -clock:2.1/1=2"},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface log", NEEDED("1.1"),
                          .changes = "broken 1.0 (/broken.so): provides 1.3, and is refused: its start failed\n"
                                     "lacking 1.0 (/lacking.so): provides 1.2, and needs clock 2.1, which nobody can "
                                     "give it\n"
                                     "clock 2.1, which lacking 1.0 needs: nobody provides it",
                          OTHER_PROVIDER)}},
    {.name = "what is looked at is told under exact",
     .requires_ = {REQUIRE("log", 1, 3, 1, true)},
     .candidates = {"later +log:1.4=5", "other +log:1.3=3"},
     .policy = PLUGMGR_POLICY_EXACT,
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, NOTE, "interface log", NEEDED("1.1"),
                          .changes = "later 1.0 (/later.so): provides 1.4, and the policy exact asks for the same as "
                                     "1.3: method m4 appended\n"
                                     "other 1.0 (/other.so): provides 1.3 as it is required, but one of them has more "
                                     "members: method m3 removed from the end",
                          OTHER_PROVIDER)}},
    {.name = "a structure that does not fit, and texts that are not there or cannot be read",
     .requires_ = {REQUIRE("log", 1, 3, 1, false), REQUIRE("clock", 1, 0, 0, false), REQUIRE("bell", 1, 0, 0, false)},
     .plugin_texts = {TEXT("log", 1, 3, "m 0 a *fn(i32;)\nend 8\n"), TEXT("clock", 1, 0, ""),
                      TEXT("bell", 1, 0, "m x\n")},
     .candidates = {"users_log +log:1.3=1 +clock:1.0=1 +bell:1.0=1"},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface log", NEEDED("1.1"),
                          .changes = "users_log 1.0 (/users_log.so): provides 1.3, and the structures do not fit: "
                                     "method a replaced by 'm0'",
                          OTHER_PROVIDER),
                  FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface clock", NEEDED("1.0"),
                          .changes = "users_log 1.0 (/users_log.so): provides 1.0, and the plugin has no fingerprint "
                                     "of it",
                          OTHER_PROVIDER),
                  FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface bell", NEEDED("1.0"),
                          .changes = "users_log 1.0 (/users_log.so): provides 1.0, and the fingerprint of the plugin "
                                     "cannot be read: line 3: not the offset of a member",
                          OTHER_PROVIDER)}},
    {.name = "a cycle is told whole",
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("db", 1, 0)},
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .candidates = {"users_log +log:1.2=3 -clock:1.0=1", "users_clock +clock:1.0=1 -db:1.0=1"},
     .expected = {FINDING(DEPENDENCY_CYCLE, REFUSAL, "interface log", NEED_EACH_OTHER,
                          .changes = "mock 0.1 needs log 1.1 of users_log 1.0\n"
                                     "users_log 1.0 needs clock 1.0 of users_clock 1.0\n"
                                     "users_clock 1.0 needs db 1.0 of mock 0.1")}},
    {.name = "a plugin that could provide it to itself alone",
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("db", 1, 0)},
     .requires_ = {REQUIRE("db", 1, 0, 0, true)},
     .expected = {FINDING(DEPENDENCY_CYCLE, NOTE, "interface db", NEED_EACH_OTHER,
                          .changes = "mock 0.1 needs db 1.0 of mock 0.1")}},
    {.name = "a cycle that another plugin avoids",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("db", 1, 0)},
     .candidates = {"users_log +log:1.3=4 -db:1.0=1", "simple_log +log:1.1=2"},
     .expected = {FINDING(INTERFACE_PROVIDER, NOTE, "interface log",
                          "the plugin simple_log 1.0 provides 1.1, and is opened before",
                          .changes = "users_log 1.0 (/users_log.so): provides 1.3, and needs db 1.0, which nobody "
                                     "can give it\n"
                                     "db 1.0, which users_log 1.0 needs: mock 0.1: provides 1.0, but would be opened "
                                     "later",
                          HAVE_WANT(NULL, "/simple_log.so"))}},
    {.name = "without a host nothing is said of what others provide",
     .has_no_host = true,
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .candidates = {"users_log +log:2.0=3"}},
    {.name = "what another plugin requires need not be accepted by the host",
     .provides = {PROVIDE("log", 1, 2)},
     .is_for_plugin = true},
    {.name = "but what the host accepts must fit",
     .provides = {PROVIDE("log", 1, 2), PROVIDE("greeter", 2, 0)},
     .is_for_plugin = true,
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 2.0, the host has 1.2",
                          HAVE_WANT("2.0", "1.2"), .changes = "methods m1 and m2 appended", REBUILD)}},
    {.name = "a slot that is not exported",
     .requires_ = {REQUIRE("log", 1, 3, 1, false), IMPORT("command", "host_run", 1, 0)},
     .offers = {OFFER("log", 1, 3), SYMBOL("command", "host_run", 1, 0)},
     .hides_slots = true,
     .expected = {FINDING(SYMBOL_NOT_EXPORTED, REFUSAL, "symbol slot",
                          "the plugin does not export its slot for the interface log",
                          .remedy = "do not hide plugmgr_require_* (version script, --exclude-libs, objcopy)")}},

    /* ---- the structure of what it provides ---- */
    {.name = "equal texts, exact", BOTH_GREETER(M2, M2), .policy = PLUGMGR_POLICY_EXACT, .fits = "y"},
    {.name = "texts that say the same in another order, exact",
     BOTH_GREETER("m 0 a *fn(*struct x;*struct y)\nstruct x 4\n 0 v i32\nstruct y 4\n 0 v i32\nend 8\n",
                  "m 0 a *fn(*struct x;*struct y)\nstruct y 4\n 0 v i32\nstruct x 4\n 0 v i32\nend 8\n"),
     .policy = PLUGMGR_POLICY_EXACT,
     .fits = "y"},
    {.name = "a method has another type",
     BOTH_GREETER("m 0 a *fn(i32;)\nend 8\n", "m 0 a *fn(i32;u32)\nend 8\n"),
     .fits = "n",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface greeter",
                          "built against 1.2, the host has 1.2 too, but with another structure",
                          HAVE_WANT("1.2", "1.2"), .changes = "method a: parameter 1 (u32) appended", REBUILD)}},
    {.name = "a method has another type, by version alone",
     BOTH_GREETER("m 0 a *fn(i32;)\nend 8\n", "m 0 a *fn(i32;u32)\nend 8\n"),
     .policy = PLUGMGR_POLICY_VERSION,
     .fits = "y"},
    {.name = "a method has another type, exact",
     BOTH_GREETER("m 0 a *fn(i32;)\nend 8\n", "m 0 a *fn(i32;u32)\nend 8\n"),
     .policy = PLUGMGR_POLICY_EXACT,
     .fits = "n",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface greeter",
                          "built against 1.2, the host has 1.2 too, but with another structure",
                          HAVE_WANT("1.2", "1.2"), .changes = "method a: parameter 1 (u32) appended", REBUILD)}},
    {.name = "what differs is told in lines, from the plugin's to the host's",
     BOTH_GREETER("m 0 a *fn(i32;*struct u)\nstruct u 8\n 0 x i32\n 4 y i32\nend 8\n",
                  "m 0 a *fn(u32;*struct u)\nstruct u 8\n 0 y i32\n 4 x i32\nend 8\n"),
     .fits = "n",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface greeter",
                          "built against 1.2, the host has 1.2 too, but with another structure",
                          HAVE_WANT("1.2", "1.2"),
                          .changes = "method a: return type changed from i32 to u32\n"
                                     "struct u: members 'x' and 'y' swapped (reached by a)", REBUILD)}},
    {.name = "a newer plugin with a method more", .provides = {PROVIDE("greeter", 1, 3)}, .fits = "y"},
    {.name = "a newer plugin with nothing more",
     .provides = {PROVIDE("greeter", 1, 3)},
     .plugin_texts = {TEXT("greeter", 1, 3, M2)},
     .host_texts = {TEXT("greeter", 1, 2, M2)},
     .fits = "y"},
    {.name = "a newer plugin that lacks a method",
     .provides = {PROVIDE("greeter", 1, 3)},
     .plugin_texts = {TEXT("greeter", 1, 3, M1)},
     .host_texts = {TEXT("greeter", 1, 2, M2)},
     .fits = "n",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface greeter",
                          "built against 1.3, the host has 1.2, and the structures do not fit",
                          HAVE_WANT("1.3", "1.2"), .changes = "method b appended", REBUILD)}},
    {.name = "a newer plugin with a method in between",
     .provides = {PROVIDE("greeter", 1, 3)},
     .plugin_texts = {TEXT("greeter", 1, 3, "m 0 a *fn(void;)\nm 8 x *fn(void;)\nm 16 b *fn(void;)\nend 24\n")},
     .host_texts = {TEXT("greeter", 1, 2, M2)},
     .fits = "n",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface greeter",
                          "built against 1.3, the host has 1.2, and the structures do not fit",
                          HAVE_WANT("1.3", "1.2"),
                          .changes = "method x removed: 'b' after it moves from offset 16 to 8, size shrinks from 24 "
                                     "to 16", REBUILD)}},
    {.name = "an older plugin that lacks a method",
     .provides = {PROVIDE("greeter", 1, 1)},
     .plugin_texts = {TEXT("greeter", 1, 1, M1)},
     .host_texts = {TEXT("greeter", 1, 2, M2)},
     .fits = "y"},
    {.name = "an older plugin with a method more",
     .provides = {PROVIDE("greeter", 1, 1)},
     .plugin_texts = {TEXT("greeter", 1, 1, M3)},
     .host_texts = {TEXT("greeter", 1, 2, M2)},
     .fits = "n",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface greeter",
                          "built against 1.1, the host has 1.2, and the structures do not fit",
                          HAVE_WANT("1.1", "1.2"), .changes = "method c removed from the end", REBUILD)}},
    {.name = "a plugin with a method more in the same version",
     BOTH_GREETER(M3, M2),
     .fits = "n",
     .expected = {FINDING(INTERFACE_VERSION_UNBUMPED, REFUSAL, "interface greeter",
                          "built against 1.2, the host has 1.2 too, but one of them has more members",
                          HAVE_WANT("1.2", "1.2"), .changes = "method c removed from the end", GIVE_A_MINOR)}},
    {.name = "a plugin with a method less in the same version, exact",
     BOTH_GREETER(M2, M3),
     .policy = PLUGMGR_POLICY_EXACT,
     .fits = "n",
     .expected = {FINDING(INTERFACE_VERSION_UNBUMPED, REFUSAL, "interface greeter",
                          "built against 1.2, the host has 1.2 too, but one of them has more members",
                          HAVE_WANT("1.2", "1.2"), .changes = "method c appended", GIVE_A_MINOR)}},
    {.name = "a plugin with a method less in the same version",
     BOTH_GREETER(M2, M3),
     .fits = "n",
     .expected = {FINDING(INTERFACE_VERSION_UNBUMPED, REFUSAL, "interface greeter",
                          "built against 1.2, the host has 1.2 too, but one of them has more members",
                          HAVE_WANT("1.2", "1.2"), .changes = "method c appended", GIVE_A_MINOR)}},
    {.name = "a method more in the same version, and one of another type",
     BOTH_GREETER("m 0 a *fn(i32;)\nend 8\n", "m 0 a *fn(u32;)\nm 8 b *fn(void;)\nend 16\n"),
     .fits = "n",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface greeter",
                          "built against 1.2, the host has 1.2 too, but with another structure",
                          HAVE_WANT("1.2", "1.2"),
                          .changes = "method a: return type changed from i32 to u32\n"
                                     "method b appended", REBUILD)}},
    {.name = "another major, and what changed in structure",
     .provides = {PROVIDE("greeter", 2, 0)},
     .plugin_texts = {TEXT("greeter", 2, 0, "m 0 a *fn(i32;)\nend 8\n")},
     .host_texts = {TEXT("greeter", 1, 2, "m 0 a *fn(i32;u32)\nend 8\n")},
     .policy = PLUGMGR_POLICY_EXACT,
     .fits = "n",
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 2.0, the host has 1.2",
                          HAVE_WANT("2.0", "1.2"), .changes = "method a: parameter 1 (u32) appended", REBUILD)}},
    {.name = "another major of the same structure",
     .provides = {PROVIDE("greeter", 2, 0)},
     .plugin_texts = {TEXT("greeter", 2, 0, M1)},
     .host_texts = {TEXT("greeter", 1, 2, M1)},
     .fits = "n",
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 2.0, the host has 1.2",
                          HAVE_WANT("2.0", "1.2"), REBUILD)}},
    {.name = "another major, with a text that cannot be read",
     .provides = {PROVIDE("greeter", 2, 0)},
     .plugin_texts = {TEXT("greeter", 2, 0, "m x\n")},
     .fits = "n",
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 2.0, the host has 1.2",
                          HAVE_WANT("2.0", "1.2"), REBUILD)}},
    {.name = "another major without a text",
     .provides = {PROVIDE("greeter", 2, 0)},
     .plugin_texts = {TEXT("greeter", 2, 0, "")},
     .fits = "n",
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 2.0, the host has 1.2",
                          HAVE_WANT("2.0", "1.2"), REBUILD)}},
    {.name = "of several that a host accepts another structure is nearer than another major",
     .provides = {PROVIDE("greeter", 2, 0)},
     .accepts = {ACCEPT("greeter", 1, 2, 1), ACCEPT("greeter", 2, 0, 0), ACCEPT("greeter", 3, 0, 0)},
     .plugin_texts = {TEXT("greeter", 2, 0, "m 0 a *fn(u32;)\nend 8\n")},
     .host_texts = {TEXT("greeter", 2, 0, M1)},
     .fits = "n",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface greeter",
                          "built against 2.0, the host has 2.0 too, but with another structure",
                          HAVE_WANT("2.0", "2.0"),
                          .changes = "method a: return type changed from u32 to void", REBUILD)}},

    /* ---- enumerators ---- */
    {.name = "an enumerator more in the host",
     BOTH_GREETER(KIND(" A=0\n"), KIND(" A=0\n B=1\n")),
     .fits = "y",
     .expected = {FINDING(INTERFACE_ENUMERATORS, NOTE, "interface greeter",
                          UNKNOWN_ENUMERATORS,
                          .changes = "enum kind: enumerator 'B' = 1 added (reached by a)")}},
    {.name = "an enumerator more in the plugin, which is older and has less",
     .provides = {PROVIDE("greeter", 1, 1)},
     .plugin_texts = {TEXT("greeter", 1, 1, "m 0 a *fn(enum kind;)\nenum kind u32\n A=0\n B=1\nend 8\n")},
     .host_texts = {TEXT("greeter", 1, 2, "m 0 a *fn(enum kind;)\nenum kind u32\n A=0\nm 8 b *fn(void;)\nend 16\n")},
     .fits = "y",
     .expected = {FINDING(INTERFACE_ENUMERATORS, NOTE, "interface greeter",
                          UNKNOWN_ENUMERATORS,
                          .changes = "method b appended\n"
                                     "enum kind: enumerator 'B' = 1 removed (reached by a)")}},
    {.name = "an enumerator more, exact",
     BOTH_GREETER(KIND(" A=0\n"), KIND(" A=0\n B=1\n")),
     .policy = PLUGMGR_POLICY_EXACT,
     .fits = "n",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface greeter",
                          "built against 1.2, the host has 1.2 too, but the policy exact asks for the same structure",
                          HAVE_WANT("1.2", "1.2"),
                          .changes = "enum kind: enumerator 'B' = 1 added (reached by a)", REBUILD)}},
    {.name = "an enumerator of another value",
     BOTH_GREETER(KIND(" A=0\n"), KIND(" A=1\n")),
     .fits = "n",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface greeter",
                          "built against 1.2, the host has 1.2 too, but with another structure",
                          HAVE_WANT("1.2", "1.2"),
                          .changes = "enum kind: enumerator 'A' changed from 0 to 1 (reached by a)", REBUILD)}},
    {.name = "enumerators that one side does not know are told once for two instances",
     .provides = {PROVIDE("greeter", 1, 2), SAME("greeter", "json", 1, 2)},
     BOTH_GREETER(KIND(" A=0\n"), KIND(" A=0\n B=1\n")),
     .fits = "yy",
     .expected = {FINDING(INTERFACE_ENUMERATORS, NOTE, "interface greeter",
                          UNKNOWN_ENUMERATORS,
                          .changes = "enum kind: enumerator 'B' = 1 added (reached by a)")}},

    /* ---- opaque types ---- */
    {.name = "a type of the plugin's own", BOTH_GREETER(DB(DB_INT), DB(DB_OPAQUE)), .fits = "y"},
    {.name = "a type of the host's own", BOTH_GREETER(DB(DB_OPAQUE), DB(DB_INT)), .fits = "y"},
    {.name = "a type of the host's own, exact",
     BOTH_GREETER(DB(DB_OPAQUE), DB(DB_INT)),
     .policy = PLUGMGR_POLICY_EXACT,
     .fits = "n",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface greeter",
                          "built against 1.2, the host has 1.2 too, but the policy exact asks for the same structure",
                          HAVE_WANT("1.2", "1.2"), .changes = "struct db: complete instead of opaque", REBUILD)}},
    {.name = "a type of the plugin's own, and the same in the host's other interface",
     .accepts = {ACCEPT("greeter", 1, 2, 1), ACCEPT("codec", 1, 0, 0)},
     .plugin_texts = {TEXT("greeter", 1, 2, DB(DB_INT))},
     .host_texts = {TEXT("greeter", 1, 2, DB(DB_OPAQUE)), TEXT("codec", 1, 0, DB(DB_INT))},
     .fits = "y"},
    {.name = "a type of the plugin's own, and another in the host's other interface",
     .accepts = {ACCEPT("greeter", 1, 2, 1), ACCEPT("codec", 1, 0, 0)},
     .plugin_texts = {TEXT("greeter", 1, 2, DB(DB_INT))},
     .host_texts = {TEXT("greeter", 1, 2, DB(DB_OPAQUE)), TEXT("codec", 1, 0, DB(DB_LONG))},
     .fits = "n",
     .expected = {RIVAL(.changes = "struct db: opaque to the host; the plugin completes it in one way, and app "
                                   "(interface codec) in another")}},
    {.name = "a type of the host's own, and another in the plugin's other interface",
     .provides = {PROVIDE("codec", 1, 0), PROVIDE("greeter", 1, 2)},
     .plugin_texts = {TEXT("greeter", 1, 2, DB(DB_OPAQUE)), TEXT("codec", 1, 0, DB(DB_LONG))},
     .host_texts = {TEXT("greeter", 1, 2, DB(DB_INT))},
     .fits = "nn",
     .expected = {RIVAL(.changes = "struct db: opaque to the plugin; the host completes it in one way, and mock "
                                   "(interface codec) in another")}},
    {.name = "a type of the plugin's own, and the same in an open plugin",
     BOTH_GREETER(DB(DB_INT), DB(DB_OPAQUE)),
     .others = {{"first", {TEXT("codec", 1, 0, M1)}}, {"second", {TEXT("codec", 1, 0, DB(DB_INT))}}},
     .fits = "y"},
    {.name = "a type of the plugin's own, and another in an open plugin",
     BOTH_GREETER(DB(DB_INT), DB(DB_OPAQUE)),
     .others = {{"first", {TEXT("codec", 1, 0, M1)}},
                {"second", {TEXT("codec", 1, 0, M1), TEXT("filter", 1, 0, DB(DB_LONG))}}},
     .fits = "n",
     .expected = {RIVAL(.changes = "struct db: opaque to the host; the plugin completes it in one way, and second "
                                   "(interface filter) in another")}},
    {.name = "a type of the host's own, and another in an open plugin",
     BOTH_GREETER(DB(DB_OPAQUE), DB(DB_INT)),
     .others = {{"fir\033st", {TEXT("codec", 1, 0, DB(DB_LONG))}}},
     .fits = "n",
     .expected = {RIVAL(.changes = "struct db: opaque to the plugin; the host completes it in one way, and fir\\x1bst "
                                   "(interface codec) in another")}},
    {.name = "a type of an open plugin's own, opaque to both",
     BOTH_GREETER(DB(DB_OPAQUE), DB(DB_OPAQUE)),
     .others = {{"first", {TEXT("codec", 1, 0, DB(DB_INT))}}, {"second", {TEXT("codec", 1, 0, DB(DB_LONG))}}},
     .fits = "y"},
    {.name = "a type that both know, and another in an open plugin",
     BOTH_GREETER(DB(DB_INT), DB(DB_INT)),
     .others = {{"first", {TEXT("codec", 1, 0, DB(DB_LONG))}}},
     .fits = "y"},
    {.name = "a type of the plugin's own, and an open plugin whose text cannot be read",
     BOTH_GREETER(DB(DB_INT), DB(DB_OPAQUE)),
     .others = {{"first", {TEXT("codec", 1, 0, "m x\n")}}},
     .fits = "y"},
    {.name = "a type of the plugin's own, and another in an open plugin, by version alone",
     BOTH_GREETER(DB(DB_INT), DB(DB_OPAQUE)),
     .others = {{"first", {TEXT("codec", 1, 0, DB(DB_LONG))}}},
     .policy = PLUGMGR_POLICY_VERSION,
     .fits = "y"},
    {.name = "an interface to the plugin, a mere type to the host, and both the same",
     .plugin_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db", 1, 0, "m 0 v i32\nend 4\n")},
     .host_texts = {TEXT("greeter", 1, 2, DB(DB_INT))},
     .fits = "y"},
    {.name = "an interface to the plugin, a mere type to the host, and not the same",
     .plugin_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db", 1, 0, "m 0 v i64\nend 8\n")},
     .host_texts = {TEXT("greeter", 1, 2, DB(DB_INT))},
     .fits = "n",
     .expected = {RIVAL(.changes = "struct db: opaque to the plugin; the host completes it in one way, and mock "
                                   "(interface db) in another")}},

    /* ---- texts that are not there, or cannot be read ---- */
    {.name = "no text in the plugin",
     .plugin_texts = {TEXT("greeter", 1, 2, "")},
     .fits = "n",
     .expected = {FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "interface greeter",
                          "the plugin has no fingerprint of it", PIN_THE_PLUGIN)}},
    {.name = "no text in the plugin, exact",
     .plugin_texts = {TEXT("greeter", 1, 2, "")},
     .policy = PLUGMGR_POLICY_EXACT,
     .fits = "n",
     .expected = {FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "interface greeter",
                          "the plugin has no fingerprint of it", PIN_THE_PLUGIN)}},
    {.name = "no text in either, by version alone",
     .plugin_texts = {TEXT("greeter", 1, 2, "")},
     .host_texts = {TEXT("greeter", 1, 2, "")},
     .policy = PLUGMGR_POLICY_VERSION,
     .fits = "y"},
    {.name = "no text in the host",
     .host_texts = {TEXT("greeter", 1, 2, "")},
     .fits = "n",
     .expected = {FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "interface greeter", "the host has no fingerprint of it",
                          PIN_THE_HOST)}},
    {.name = "a text of another version alone is none",
     .plugin_texts = {TEXT("greeter", 1, 2, ""), TEXT("greeter", 1, 1, M2)},
     .fits = "n",
     .expected = {FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "interface greeter",
                          "the plugin has no fingerprint of it", PIN_THE_PLUGIN)}},
    {.name = "no text in the plugin, and a host without plugpin",
     .host_without_plugpin = true,
     .plugin_texts = {TEXT("greeter", 1, 2, "")},
     .fits = "n",
     .expected = {FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "host",
                          "it was built with PLUGMGR_WITHOUT_PLUGPIN, which the policy version alone takes",
                          .remedy = "build the host with plugpin, or let it choose the policy version"),
                  FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "interface greeter",
                          "the plugin has no fingerprint of it", PIN_THE_PLUGIN)}},
    {.name = "both without plugpin",
     .without_plugpin = true,
     .host_without_plugpin = true,
     .fits = "n",
     .expected = {FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "plugin",
                          "it was built with PLUGMGR_WITHOUT_PLUGPIN, which the policy version alone takes",
                          .remedy = "build it with plugpin, or let the host choose the policy version"),
                  FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "host",
                          "it was built with PLUGMGR_WITHOUT_PLUGPIN, which the policy version alone takes",
                          .remedy = "build the host with plugpin, or let it choose the policy version")}},
    {.name = "a plugin without plugpin, exact",
     .without_plugpin = true,
     .policy = PLUGMGR_POLICY_EXACT,
     .fits = "n",
     .expected = {FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "plugin",
                          "it was built with PLUGMGR_WITHOUT_PLUGPIN, which the policy version alone takes",
                          .remedy = "build it with plugpin, or let the host choose the policy version")}},
    {.name = "a plugin without plugpin, by version alone",
     .without_plugpin = true,
     .policy = PLUGMGR_POLICY_VERSION,
     .fits = "y"},
    {.name = "a text in the plugin that cannot be read",
     .plugin_texts = {TEXT("greeter", 1, 2, "m x\n")},
     .fits = "n",
     .expected = {FINDING(ABI_MALFORMED, REFUSAL, "interface greeter", BROKEN_IN_PLUGIN, PIN_THE_PLUGIN_ANEW)}},
    {.name = "a text in the host that cannot be read, exact",
     .host_texts = {TEXT("greeter", 1, 2, "m 0 \033 i32\nend 4\n")},
     .policy = PLUGMGR_POLICY_EXACT,
     .fits = "n",
     .expected = {FINDING(ABI_MALFORMED, REFUSAL, "interface greeter",
                          "the host's fingerprint of it cannot be read: line 3: a control character; lines end in a "
                          "line feed alone", PIN_THE_HOST_ANEW)}},
    {.name = "texts in both that cannot be read",
     BOTH_GREETER("m x\n", "m y\n"),
     .fits = "n",
     .expected = {FINDING(ABI_MALFORMED, REFUSAL, "interface greeter", BROKEN_IN_PLUGIN, PIN_THE_PLUGIN_ANEW)}},
    {.name = "texts in both that cannot be read, by version alone",
     BOTH_GREETER("m x\n", "m y\n"),
     .policy = PLUGMGR_POLICY_VERSION,
     .fits = "y"},
    {.name = "without a host, texts that are missing and one that cannot be read",
     .has_no_host = true,
     .provides = {PROVIDE("greeter", 1, 2), SAME("greeter", "json", 1, 2), PROVIDE("codec", 1, 0)},
     .requires_ = {REQUIRE("log", 1, 3, 1, false), IMPORT("version_fn", "host_version", 1, 0),
                   REQUIRE("log", 1, 3, 1, false)},
     .plugin_texts = {TEXT("greeter", 1, 2, ""), TEXT("codec", 1, 0, "m x\n"), TEXT("log", 1, 3, ""),
                      TEXT("version_fn", 1, 0, "")},
     .fits = "nnn",
     .expected = {FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "interface greeter",
                          "the plugin has no fingerprint of it", PIN_THE_PLUGIN),
                  FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "interface log", "the plugin has no fingerprint of it",
                          PIN_THE_PLUGIN),
                  FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "symbol host_version",
                          "the plugin has no fingerprint of it", PIN_THE_PLUGIN),
                  FINDING(ABI_MALFORMED, REFUSAL, "interface codec", BROKEN_IN_PLUGIN, PIN_THE_PLUGIN_ANEW)}},
    {.name = "without a host, texts are not asked for by version alone",
     .has_no_host = true,
     .plugin_texts = {TEXT("greeter", 1, 2, ""), TEXT("codec", 1, 0, "m x\n")},
     .policy = PLUGMGR_POLICY_VERSION,
     .fits = "n"},
    {.name = "without a host, a plugin with all its texts", .has_no_host = true, .fits = "n"},
    {.name = "a text that cannot be read of an interface that is not accepted",
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("codec", 1, 0)},
     .plugin_texts = {TEXT("codec", 1, 0, "m x\n")},
     .fits = "yn"},

    /* ---- several side by side ---- */
    {.name = "of two versions side by side one has another structure",
     .provides = {PROVIDE("greeter", 1, 1), PROVIDE("greeter", 1, 2), PROVIDE("codec", 1, 0)},
     .plugin_texts = {TEXT("greeter", 1, 1, "m 0 x *fn(void;)\nend 8\n")},
     .fits = "nyn",
     .expected = {FINDING(INTERFACE_LAYOUT, NOTE, "interface greeter",
                          "built against 1.1, the host has 1.2, and the structures do not fit",
                          HAVE_WANT("1.1", "1.2"),
                          .changes = "method x renamed to 'm0'\n"
                                     "methods m1 and m2 appended", REBUILD)}},
    {.name = "of three versions side by side one cannot be read and one has no text",
     .provides = {PROVIDE("greeter", 1, 1), PROVIDE("greeter", 1, 3), PROVIDE("greeter", 1, 2)},
     .plugin_texts = {TEXT("greeter", 1, 1, "m x\n"), TEXT("greeter", 1, 3, "")},
     .fits = "nny",
     .expected = {FINDING(ABI_MALFORMED, NOTE, "interface greeter", BROKEN_IN_PLUGIN, PIN_THE_PLUGIN_ANEW),
                  FINDING(INTERFACE_UNFINGERPRINTED, NOTE, "interface greeter", "the plugin has no fingerprint of it",
                          PIN_THE_PLUGIN)}},
    {.name = "two instances that do not fit are told once",
     .provides = {PROVIDE("greeter", 2, 2), SAME("greeter", "json", 2, 2)},
     .fits = "nn",
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 2.2, the host has 1.2",
                          HAVE_WANT("2.2", "1.2"), REBUILD)}},
    {.name = "two instances that fit",
     .provides = {PROVIDE("greeter", 1, 2), SAME("greeter", "json", 1, 2)},
     .fits = "yy"},
    {.name = "two versions side by side, exact",
     .provides = {PROVIDE("greeter", 1, 3), PROVIDE("greeter", 1, 2)},
     .policy = PLUGMGR_POLICY_EXACT,
     .fits = "ny",
     .expected = {FINDING(INTERFACE_VERSION, NOTE, "interface greeter",
                          "built against 1.3, the host has 1.2, and the policy exact asks for the same",
                          HAVE_WANT("1.3", "1.2"), .changes = "method m3 removed from the end", REBUILD)}},

    /* ---- symbols with a type ---- */
    {.name = "a typed symbol",
     TYPED("root fn command fn(i32;*const i8)\nend\n", "root fn command fn(i32;*const i8)\nend\n"),
     .fits = "y"},
    {.name = "a typed symbol of another type",
     TYPED("root fn command fn(i32;*const i8)\nend\n", "root fn command fn(i32;*const i8,u32)\nend\n"),
     .fits = "n",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "symbol users_add",
                          "built against 1.0, the host has 1.0 too, but with another structure",
                          HAVE_WANT("i32 (const i8 *)", "i32 (const i8 *, u32)"),
                          .changes = "function command: parameter 2 (u32) appended", REBUILD_COMMAND)}},
    {.name = "a typed object of another type",
     TYPED("root object command [4]u32\nend 16\n", "root object command [2]u32\nend 8\n"),
     .fits = "n",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "symbol users_add",
                          "built against 1.0, the host has 1.0 too, but with another structure",
                          HAVE_WANT("u32 [4]", "u32 [2]"),
                          .changes = "object command changed from u32 [4] to u32 [2]: size shrinks from 16 to "
                                     "8", REBUILD_COMMAND)}},
    {.name = "a typed symbol of another major",
     .provides = {SYMBOL("command", "users_add", 2, 0)},
     .accepts = {ACCEPT("command", 1, 0, 0)},
     .plugin_texts = {TEXT("command", 2, 0, "root fn command fn(i32;)\nend\n")},
     .host_texts = {TEXT("command", 1, 0, "root fn command fn(void;)\nend\n")},
     .fits = "n",
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "symbol users_add", "built against 2.0, the host has 1.0",
                          HAVE_WANT("i32 (void)", "void (void)"),
                          .changes = "function command: return type changed from i32 to void", REBUILD_COMMAND)}},
    {.name = "each typed symbol must fit, whatever fits beside it",
     .provides = {SYMBOL("command", "users_add", 1, 0), SYMBOL("command", "users_list", 1, 1),
                  SYMBOL("command", "users_new", 1, 1)},
     .accepts = {ACCEPT("command", 1, 0, 0)},
     .plugin_texts = {TEXT("command", 1, 0, "root fn command fn(i32;)\nend\n"),
                      TEXT("command", 1, 1, "root fn command fn(u32;)\nend\n")},
     .host_texts = {TEXT("command", 1, 0, "root fn command fn(i32;)\nend\n")},
     .fits = "ynn",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "symbol users_list",
                          "built against 1.1, the host has 1.0, and the structures do not fit",
                          HAVE_WANT("u32 (void)", "i32 (void)"),
                          .changes = "function command: return type changed from u32 to i32", REBUILD_COMMAND),
                  FINDING(INTERFACE_LAYOUT, REFUSAL, "symbol users_new",
                          "built against 1.1, the host has 1.0, and the structures do not fit",
                          HAVE_WANT("u32 (void)", "i32 (void)"),
                          .changes = "function command: return type changed from u32 to i32", REBUILD_COMMAND)}},
    {.name = "a typed symbol that fits does not excuse a table",
     .provides = {SYMBOL("greeter", "the_greeter", 1, 2), PROVIDE("greeter", 1, 0)},
     .fits = "yn",
     .expected = {FINDING(INTERFACE_MINOR, REFUSAL, "interface greeter",
                          "built against 1.0, the host needs at least 1.1", HAVE_WANT("1.0", "1.1"),
                          .changes = "methods m1 and m2 appended", REBUILD)}},
    {.name = "a table that fits does not excuse a typed symbol",
     .provides = {PROVIDE("greeter", 1, 2), SYMBOL("greeter", "the_greeter", 2, 2)},
     .fits = "yn",
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "symbol the_greeter", "built against 2.2, the host has 1.2",
                          HAVE_WANT("2.2", "1.2"), REBUILD)}},
    {.name = "typed symbols and a table of one version that do not fit are all told",
     .provides = {SYMBOL("greeter", "the_greeter", 2, 2), PROVIDE("greeter", 2, 2),
                  SYMBOL("greeter", "my_greeter", 2, 2), SAME("greeter", "json", 2, 2)},
     .fits = "nnnn",
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "symbol the_greeter", "built against 2.2, the host has 1.2",
                          HAVE_WANT("2.2", "1.2"), REBUILD),
                  FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 2.2, the host has 1.2",
                          HAVE_WANT("2.2", "1.2"), REBUILD),
                  FINDING(INTERFACE_MAJOR, REFUSAL, "symbol my_greeter", "built against 2.2, the host has 1.2",
                          HAVE_WANT("2.2", "1.2"), REBUILD)}},

    /* ---- the structure of what it requires ---- */
    {.name = "a newer host with a method more",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("log", 1, 4)}},
    {.name = "a newer host with nothing more", LOG(M2, 4, M2)},
    {.name = "a newer host that lacks a method",
     LOG(M2, 4, M1),
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface log",
                          "built against 1.3, the host has 1.4, and the structures do not fit",
                          HAVE_WANT("1.3", "1.4"), .changes = "method b removed from the end", REBUILD_LOG)}},
    {.name = "an older host that lacks a method", LOG(M2, 1, M1)},
    {.name = "an older host with a method more",
     LOG(M2, 1, M3),
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface log",
                          "built against 1.3, the host has 1.1, and the structures do not fit",
                          HAVE_WANT("1.3", "1.1"), .changes = "method c appended", REBUILD_LOG)}},
    {.name = "a host with a method more in the same version",
     LOG(M2, 3, M3),
     .expected = {FINDING(INTERFACE_VERSION_UNBUMPED, REFUSAL, "interface log",
                          "built against 1.3, the host has 1.3 too, but one of them has more members",
                          HAVE_WANT("1.3", "1.3"), .changes = "method c appended", GIVE_A_MINOR)}},
    {.name = "a host with a method less in the same version",
     LOG(M2, 3, M1),
     .expected = {FINDING(INTERFACE_VERSION_UNBUMPED, REFUSAL, "interface log",
                          "built against 1.3, the host has 1.3 too, but one of them has more members",
                          HAVE_WANT("1.3", "1.3"), .changes = "method b removed from the end", GIVE_A_MINOR)}},
    {.name = "a host whose method has another type",
     LOG("m 0 a *fn(i32;)\nend 8\n", 3, "m 0 a *fn(u32;)\nend 8\n"),
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface log",
                          "built against 1.3, the host has 1.3 too, but with another structure",
                          HAVE_WANT("1.3", "1.3"),
                          .changes = "method a: return type changed from i32 to u32", REBUILD_LOG)}},
    {.name = "a host whose method has another type, by version alone",
     LOG("m 0 a *fn(i32;)\nend 8\n", 3, "m 0 a *fn(u32;)\nend 8\n"),
     .policy = PLUGMGR_POLICY_VERSION},
    {.name = "a host that offers another major, and what changed in structure",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("log", 2, 3)},
     .plugin_texts = {TEXT("log", 1, 3, "m 0 a *fn(i32;)\nend 8\n")},
     .host_texts = {TEXT("log", 2, 3, "m 0 a *fn(u32;)\nend 8\n")},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface log",
                          "the plugin needs 1.1 or a later minor, the host has 2.3", HAVE_WANT("1.1", "2.3"),
                          .changes = "method a: return type changed from i32 to u32", OTHER_PROVIDER)}},
    {.name = "an enumerator more in what the host offers",
     LOG(KIND(" A=0\n"), 3, KIND(" A=0\n B=1\n")),
     .expected = {FINDING(INTERFACE_ENUMERATORS, NOTE, "interface log",
                          UNKNOWN_ENUMERATORS,
                          .changes = "enum kind: enumerator 'B' = 1 added (reached by a)")}},
    {.name = "an enumerator more in what the host offers, exact",
     LOG(KIND(" A=0\n"), 3, KIND(" A=0\n B=1\n")),
     .policy = PLUGMGR_POLICY_EXACT,
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface log",
                          "built against 1.3, the host has 1.3 too, but the policy exact asks for the same structure",
                          HAVE_WANT("1.3", "1.3"),
                          .changes = "enum kind: enumerator 'B' = 1 added (reached by a)", REBUILD_LOG)}},
    {.name = "a type of the host's own in what it offers", LOG(DB(DB_OPAQUE), 3, DB(DB_INT))},
    {.name = "a type of the host's own in what it offers, and another in an open plugin",
     LOG(DB(DB_OPAQUE), 3, DB(DB_INT)),
     .others = {{"first", {TEXT("codec", 1, 0, DB(DB_LONG))}}},
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface log",
                          "built against 1.3, the host has 1.3 too, and a type that is opaque to one of them has two "
                          "definitions",
                          HAVE_WANT("1.3", "1.3"),
                          .changes = "struct db: opaque to the plugin; the host completes it in one way, and first "
                                     "(interface codec) in another",
                          ONE_DEFINITION)}},
    {.name = "no text of what the plugin requires",
     LOG("", 3, M1),
     .expected = {FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "interface log", "the plugin has no fingerprint of it",
                          PIN_THE_PLUGIN)}},
    {.name = "no text of what the host offers",
     LOG(M1, 3, ""),
     .expected = {FINDING(INTERFACE_UNFINGERPRINTED, REFUSAL, "interface log", "the host has no fingerprint of it",
                          PIN_THE_HOST)}},
    {.name = "a text of what the host offers that cannot be read",
     LOG(M1, 3, "m x\n"),
     .expected = {FINDING(ABI_MALFORMED, REFUSAL, "interface log", BROKEN_IN_HOST, PIN_THE_HOST_ANEW)}},
    {.name = "an optional need that does not fit",
     .requires_ = {REQUIRE("log", 1, 3, 1, true)},
     .offers = {OFFER("log", 1, 3)},
     .plugin_texts = {TEXT("log", 1, 3, M1)},
     .host_texts = {TEXT("log", 1, 3, M2)},
     .expected = {FINDING(INTERFACE_VERSION_UNBUMPED, NOTE, "interface log",
                          "built against 1.3, the host has 1.3 too, but one of them has more members",
                          HAVE_WANT("1.3", "1.3"), .changes = "method b appended", GIVE_A_MINOR)}},
    {.name = "an optional need whose text cannot be read",
     .requires_ = {REQUIRE("log", 1, 3, 1, true)},
     .offers = {OFFER("log", 1, 3)},
     .plugin_texts = {TEXT("log", 1, 3, "m x\n")},
     .expected = {FINDING(ABI_MALFORMED, NOTE, "interface log", BROKEN_IN_PLUGIN, PIN_THE_PLUGIN_ANEW)}},
    {.name = "of two needs in two versions one is met",
     .requires_ = {REQUIRE("log", 1, 3, 1, false), REQUIRE("log", 1, 2, 1, false)},
     .offers = {OFFER("log", 1, 3)},
     .plugin_texts = {TEXT("log", 1, 2, "m 0 m0 *fn(i32;)\nend 8\n")},
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface log",
                          "built against 1.2, the host has 1.3, and the structures do not fit",
                          HAVE_WANT("1.2", "1.3"),
                          .changes = "method m0: return type changed from i32 to void\n"
                                     "3 methods (m1 to m3) appended",
                          REBUILD_LOG)}},
    {.name = "two equal needs that are not met are told once",
     .requires_ = {REQUIRE("log", 1, 3, 1, false), REQUIRE("log", 1, 3, 1, false), REQUIRE("log", 1, 3, 2, false),
                   REQUIRE("log", 1, 3, 1, true)},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface log",
                          "the plugin needs 1.1 or a later minor, and nobody provides it", HAVE_WANT("1.1", NULL),
                          OTHER_PROVIDER),
                  FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface log",
                          "the plugin needs 1.2 or a later minor, and nobody provides it", HAVE_WANT("1.2", NULL),
                          OTHER_PROVIDER),
                  FINDING(INTERFACE_NOT_PROVIDED, NOTE, "interface log",
                          "the plugin needs 1.1 or a later minor, and nobody provides it", HAVE_WANT("1.1", NULL),
                          OTHER_PROVIDER)}},

    /* ---- what it calls in the host by name ---- */
    {.name = "an imported function",
     IMPORTED("root fn command fn(i32;)\nend\n", "root fn command fn(i32;)\nend\n")},
    {.name = "an imported function of another type",
     IMPORTED("root fn command fn(i32;)\nend\n", "root fn command fn(i32;*const i8)\nend\n"),
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "symbol host_run",
                          "built against 1.0, the host has 1.0 too, but with another structure",
                          HAVE_WANT("i32 (void)", "i32 (const i8 *)"),
                          .changes = "function command: parameter 1 (const i8 *) appended", REBUILD_COMMAND)}},
    {.name = "an imported function of another type, by version alone",
     IMPORTED("root fn command fn(i32;)\nend\n", "root fn command fn(i32;*const i8)\nend\n"),
     .policy = PLUGMGR_POLICY_VERSION},
    {.name = "an imported function that the host exports under another name",
     .requires_ = {IMPORT("command", "host_run", 1, 0)},
     .offers = {SYMBOL("command", "host_walk", 1, 0), OFFER("command", 1, 0)},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "symbol host_run",
                          "the plugin takes it from the host, which does not export it with the type command",
                          HAVE_WANT("1.0", NULL), OTHER_HOST)}},
    {.name = "an imported function that the host exports as another interface",
     .requires_ = {IMPORT("command", "host_run", 1, 0)},
     .offers = {SYMBOL("filter", "host_run", 1, 0)},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "symbol host_run",
                          "the plugin takes it from the host, which does not export it with the type command",
                          HAVE_WANT("1.0", NULL), OTHER_HOST)}},
    {.name = "an imported function that the host exports in another major",
     .requires_ = {IMPORT("command", "host_run", 1, 0)},
     .offers = {SYMBOL("command", "host_run", 2, 0)},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "symbol host_run",
                          "the plugin needs 1.0 or a later minor, the host has 2.0", HAVE_WANT("1.0", "2.0"),
                          OTHER_HOST)}},
    {.name = "two imported functions of one interface, of which the host exports one",
     .requires_ = {IMPORT("command", "host_run", 1, 0), IMPORT("command", "host_walk", 1, 0)},
     .offers = {SYMBOL("command", "host_run", 1, 0)},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "symbol host_walk",
                          "the plugin takes it from the host, which does not export it with the type command",
                          HAVE_WANT("1.0", NULL), OTHER_HOST)}},
    {.name = "what the host exports by name is no offer of a table",
     .requires_ = {REQUIRE("command", 1, 0, 0, false)},
     .offers = {SYMBOL("command", "slot", 1, 0)},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface command",
                          "the plugin needs 1.0 or a later minor, and nobody provides it", HAVE_WANT("1.0", NULL),
                          OTHER_PROVIDER)}},

    /* ---- interfaces that are reached through others ---- */
    {.name = "a reached interface that is the same", REACHED(V(1, 0), M2, V(1, 0), M2)},
    {.name = "a reached interface that is the same in another minor version",
     REACHED(V(1, 0), M2, V(1, 7), M2),
     .policy = PLUGMGR_POLICY_EXACT},
    {.name = "a reached interface that is the same in another major version",
     REACHED(V(1, 0), M2, V(2, 0), M2),
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface db",
                          "built against 1.0, the host has 2.0 (reached through others)", HAVE_WANT("1.0", "2.0"),
                          REBUILD_DB)}},
    {.name = "a reached interface of another structure",
     REACHED(V(1, 0), "m 0 a *fn(i32;)\nend 8\n", V(1, 0), "m 0 a *fn(u32;)\nend 8\n"),
     .fits = "y",
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.0 too, but with another structure (reached through "
                          "others)",
                          HAVE_WANT("1.0", "1.0"),
                          .changes = "method a: return type changed from i32 to u32", REBUILD_DB)}},
    {.name = "a reached interface of another structure, by version alone",
     REACHED(V(1, 0), "m 0 a *fn(i32;)\nend 8\n", V(1, 0), "m 0 a *fn(u32;)\nend 8\n"),
     .policy = PLUGMGR_POLICY_VERSION},
    {.name = "a reached interface of another structure and version that neither provides",
     REACHED(V(1, 0), "m 0 a *fn(i32;)\nend 8\n", V(1, 1), "m 0 a *fn(u32;)\nend 8\n"),
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.1, and the structures do not fit (reached through others)",
                          HAVE_WANT("1.0", "1.1"),
                          .changes = "method a: return type changed from i32 to u32", REBUILD_DB)}},
    {.name = "a reached interface that grew in the host, which provides it",
     .offers = {OFFER("db", 1, 1)},
     REACHED(V(1, 0), M1, V(1, 1), M2)},
    {.name = "a reached interface that grew in the host, which exports it",
     .offers = {SYMBOL("db", "the_db", 1, 1)},
     REACHED(V(1, 0), M1, V(1, 1), M2)},
    {.name = "a reached interface that grew in the host, which provides it, exact",
     .offers = {OFFER("db", 1, 1)},
     REACHED(V(1, 0), M1, V(1, 1), M2),
     .policy = PLUGMGR_POLICY_EXACT,
     .expected = {FINDING(INTERFACE_VERSION, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.1, and the policy exact asks for the same (reached "
                          "through others)",
                          HAVE_WANT("1.0", "1.1"), .changes = "method b appended", REBUILD_DB)}},
    {.name = "a reached interface that grew in the plugin, though the host provides it",
     .offers = {OFFER("db", 1, 0)},
     REACHED(V(1, 1), M2, V(1, 0), M1),
     .expected = {FINDING(INTERFACE_MINOR, REFUSAL, "interface db",
                          "built against 1.1, the host has 1.0 (reached through others: the host provides it, and may "
                          "not be older)",
                          HAVE_WANT("1.1", "1.0"), .changes = "method b removed from the end", REBUILD_DB)}},
    {.name = "a reached interface that grew in the host, though the plugin provides it",
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("db", 1, 0)},
     REACHED(V(1, 0), M1, V(1, 1), M2),
     .fits = "yn",
     .expected = {FINDING(INTERFACE_MINOR, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.1 (reached through others: the plugin provides it, and "
                          "may not be older)",
                          HAVE_WANT("1.0", "1.1"), .changes = "method b appended", REBUILD_DB)}},
    {.name = "a reached interface that grew in the plugin without a new minor, though the host provides it",
     .offers = {OFFER("db", 1, 0)},
     REACHED(V(1, 0), M2, V(1, 0), M1),
     .expected = {FINDING(INTERFACE_VERSION_UNBUMPED, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.0 too, but one of them has more members (reached "
                          "through others)",
                          HAVE_WANT("1.0", "1.0"), .changes = "method b removed from the end", GIVE_A_MINOR)}},
    {.name = "a reached interface that shrank in the host, which provides it",
     .offers = {OFFER("db", 1, 1)},
     REACHED(V(1, 0), M2, V(1, 1), M1),
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.1, and the structures do not fit (reached through others)",
                          HAVE_WANT("1.0", "1.1"), .changes = "method b removed from the end", REBUILD_DB)}},
    {.name = "a reached interface in another major of the host's, which provides it",
     .offers = {OFFER("db", 2, 0)},
     REACHED(V(1, 0), M1, V(2, 0), M1),
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface db",
                          "built against 1.0, the host has 2.0 (reached through others)", HAVE_WANT("1.0", "2.0"),
                          REBUILD_DB)}},
    {.name = "a reached interface that grew in the plugin, which provides it",
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("db", 1, 1)},
     REACHED(V(1, 1), M2, V(1, 0), M1),
     .fits = "yn"},
    {.name = "a reached interface that shrank in the plugin, which provides it",
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("db", 1, 1)},
     REACHED(V(1, 1), M1, V(1, 0), M2),
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface db",
                          "built against 1.1, the host has 1.0, and the structures do not fit (reached through others)",
                          HAVE_WANT("1.1", "1.0"), .changes = "method b appended", REBUILD_DB)}},
    {.name = "a reached interface that grew, and neither provides it",
     REACHED(V(1, 0), M1, V(1, 1), M2),
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.1, and the structures do not fit (reached through "
                          "others: either side may hand its own to the other)",
                          HAVE_WANT("1.0", "1.1"), .changes = "method b appended", REBUILD_DB)}},
    {.name = "a reached interface that grew without a new minor, and neither provides it",
     REACHED(V(1, 0), M2, V(1, 0), M1),
     .expected = {FINDING(INTERFACE_VERSION_UNBUMPED, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.0 too, but one of them has more members (reached "
                          "through others)",
                          HAVE_WANT("1.0", "1.0"), .changes = "method b removed from the end", GIVE_A_MINOR)}},
    {.name = "a reached interface that grew, and both provide it",
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("db", 1, 1)},
     .offers = {OFFER("db", 1, 0)},
     REACHED(V(1, 1), M2, V(1, 0), M1),
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface db",
                          "built against 1.1, the host has 1.0, and the structures do not fit (reached through "
                          "others: either side may hand its own to the other)",
                          HAVE_WANT("1.1", "1.0"), .changes = "method b removed from the end", REBUILD_DB)}},
    {.name = "a reached interface with an enumerator more",
     REACHED(V(1, 0), KIND(" A=0\n"), V(1, 0), KIND(" A=0\n B=1\n")),
     .expected = {FINDING(INTERFACE_ENUMERATORS, NOTE, "interface db",
                          UNKNOWN_ENUMERATORS,
                          .changes = "enum kind: enumerator 'B' = 1 added (reached by a)")}},
    {.name = "a reached interface with an enumerator more, exact",
     REACHED(V(1, 0), KIND(" A=0\n"), V(1, 1), KIND(" A=0\n B=1\n")),
     .policy = PLUGMGR_POLICY_EXACT,
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.1, but the policy exact asks for the same structure "
                          "(reached through others)",
                          HAVE_WANT("1.0", "1.1"),
                          .changes = "enum kind: enumerator 'B' = 1 added (reached by a)", REBUILD_DB)}},
    {.name = "a reached interface whose text cannot be read",
     REACHED(V(1, 0), M1, V(1, 0), "m x\n"),
     .expected = {FINDING(ABI_MALFORMED, REFUSAL, "interface db", BROKEN_IN_HOST, PIN_THE_HOST_ANEW)}},
    {.name = "a reached interface with a type that has two definitions",
     REACHED(V(1, 0), "m 0 a *struct x\nstruct x opaque\nend 8\n", V(1, 0),
             "m 0 a *struct x\nstruct x 4\n 0 v i32\nend 8\n"),
     .others = {{"first", {TEXT("codec", 1, 0, "m 0 a *struct x\nstruct x 4\n 0 v u32\nend 8\n")}}},
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.0 too, and a type that is opaque to one of them has two "
                          "definitions (reached through others)",
                          HAVE_WANT("1.0", "1.0"),
                          .changes = "struct x: opaque to the plugin; the host completes it in one way, and first "
                                     "(interface codec) in another", ONE_DEFINITION)}},
    {.name = "a reached interface in several versions, of which two are the same",
     .plugin_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db", 2, 0, M2), TEXT("db", 1, 0, M1)},
     .host_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db", 2, 0, M2), TEXT("db", 3, 0, M3)}},
    {.name = "a reached interface in several versions, of which the last two are the same",
     .plugin_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db", 1, 0, M1), TEXT("db", 2, 0, M2)},
     .host_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db", 3, 0, M3), TEXT("db", 2, 0, M2)}},
    {.name = "a reached interface in another major version, by version alone",
     REACHED(V(1, 0), M2, V(2, 0), M2),
     .policy = PLUGMGR_POLICY_VERSION},
    {.name = "a method that bears the name of an interface does not reach it",
     .plugin_texts = {TEXT("greeter", 1, 2, "m 0 db *fn(void;)\nend 8\n"), TEXT("db", 1, 0, M1)},
     .host_texts = {TEXT("greeter", 1, 2, "m 0 db *fn(void;)\nend 8\n"), TEXT("db", 1, 0, M2)}},
    {.name = "a reached interface in several versions, of which the nearest are told",
     .plugin_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db", 1, 0, "m 0 x u8\nend 1\n"), TEXT("db", 2, 0, M2)},
     .host_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db", 3, 0, "m 0 y u8\nend 1\n"), TEXT("db", 2, 1, M3)},
     .expected = {FINDING(INTERFACE_LAYOUT, REFUSAL, "interface db",
                          "built against 2.0, the host has 2.1, and the structures do not fit (reached through "
                          "others: either side may hand its own to the other)",
                          HAVE_WANT("2.0", "2.1"), .changes = "method c appended", REBUILD_DB)}},
    {.name = "an interface that is reached through a reached one",
     .plugin_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("row", 1, 0, M1),
                      TEXT("db", 1, 0, "m 0 r union row#8\nend 8\n")},
     .host_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db", 1, 0, "m 0 r union row#8\nend 8\n"),
                    TEXT("row", 1, 0, M2)},
     .expected = {FINDING(INTERFACE_VERSION_UNBUMPED, REFUSAL, "interface row",
                          "built against 1.0, the host has 1.0 too, but one of them has more members (reached "
                          "through others)",
                          HAVE_WANT("1.0", "1.0"), .changes = "method b appended", GIVE_A_MINOR)}},
    {.name = "an interface that is reached through what the plugin requires",
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .offers = {OFFER("log", 1, 3)},
     .plugin_texts = {TEXT("log", 1, 3, DB("")), TEXT("db", 1, 0, M1)},
     .host_texts = {TEXT("log", 1, 3, DB("")), TEXT("db", 1, 0, M2)},
     .expected = {FINDING(INTERFACE_VERSION_UNBUMPED, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.0 too, but one of them has more members (reached "
                          "through others)",
                          HAVE_WANT("1.0", "1.0"), .changes = "method b appended", GIVE_A_MINOR)}},
    {.name = "an interface that is reached through what the plugin requires and nobody offers",
     .requires_ = {REQUIRE("log", 1, 3, 1, true)},
     .plugin_texts = {TEXT("log", 1, 3, DB("")), TEXT("db", 1, 0, M1)},
     .host_texts = {TEXT("db", 1, 0, M2)},
     .expected = {FINDING(INTERFACE_NOT_PROVIDED, NOTE, "interface log",
                          "the plugin needs 1.1 or a later minor, and nobody provides it", HAVE_WANT("1.1", NULL),
                          OTHER_PROVIDER)}},
    {.name = "an interface that is reached only through one that the host does not accept",
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("codec", 1, 0)},
     .plugin_texts = {TEXT("codec", 1, 0, DB("")), TEXT("db", 1, 0, M1)},
     .host_texts = {TEXT("db", 1, 0, M2)},
     .fits = "yn"},
    {.name = "an interface that is reached only through a version beside the one that fits",
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("greeter", 2, 0)},
     .plugin_texts = {TEXT("greeter", 2, 0, DB("")), TEXT("db", 1, 0, M1), TEXT("greeter", 1, 2, M1)},
     .host_texts = {TEXT("greeter", 1, 2, M1), TEXT("db", 1, 0, M2)},
     .fits = "yn",
     .expected = {FINDING(INTERFACE_MAJOR, NOTE, "interface greeter", "built against 2.0, the host has 1.2",
                          HAVE_WANT("2.0", "1.2"), .changes = "method open replaced by 'a'", REBUILD)}},
    {.name = "an interface that is reached through one that does not fit",
     .provides = {PROVIDE("greeter", 2, 0)},
     .plugin_texts = {TEXT("greeter", 2, 0, DB("")), TEXT("db", 1, 0, M1)},
     .host_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db", 1, 0, M2)},
     .fits = "n",
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 2.0, the host has 1.2",
                          HAVE_WANT("2.0", "1.2"), REBUILD),
                  FINDING(INTERFACE_VERSION_UNBUMPED, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.0 too, but one of them has more members (reached "
                          "through others)",
                          HAVE_WANT("1.0", "1.0"), .changes = "method b appended", GIVE_A_MINOR)}},
    {.name = "a reached interface that the plugin requires too is told once",
     .requires_ = {REQUIRE("db", 1, 0, 0, false)},
     .offers = {OFFER("db", 1, 0)},
     REACHED(V(1, 0), M1, V(1, 0), M2),
     .expected = {FINDING(INTERFACE_VERSION_UNBUMPED, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.0 too, but one of them has more members",
                          HAVE_WANT("1.0", "1.0"), .changes = "method b appended", GIVE_A_MINOR)}},
    {.name = "a reached interface that the plugin provides and the host accepts is told once",
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("db", 1, 0)},
     .accepts = {ACCEPT("greeter", 1, 2, 1), ACCEPT("db", 1, 0, 0)},
     REACHED(V(1, 0), M1, V(1, 0), M2),
     .fits = "yn",
     .expected = {FINDING(INTERFACE_VERSION_UNBUMPED, REFUSAL, "interface db",
                          "built against 1.0, the host has 1.0 too, but one of them has more members",
                          HAVE_WANT("1.0", "1.0"), .changes = "method b appended", GIVE_A_MINOR)}},
    {.name = "an interface whose name begins like a reached one's",
     .plugin_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db2", 1, 0, M1), TEXT("d", 1, 0, M1)},
     .host_texts = {TEXT("greeter", 1, 2, DB("")), TEXT("db2", 1, 0, M2), TEXT("d", 1, 0, M2)}},

    /* ---- its symbols ---- */
    {.name = "a hidden table",
     .provides = {PROVIDE("greeter", 1, 2), PROVIDE("codec", 1, 0)},
     .symbols = {PM_SYMBOL_IS_EXPORTED, NO_SYMBOL},
     .expected = {FINDING(SYMBOL_NOT_EXPORTED, REFUSAL, "symbol table_of_codec",
                          "the plugin does not export the table of its interface codec",
                          .remedy = "do not hide plugmgr_provide_* (version script, --exclude-libs, objcopy)")}},
    {.name = "an empty table",
     .symbols = {PM_SYMBOL_IS_ZERO},
     .expected = {FINDING(SYMBOL_UNINITIALISED, REFUSAL, "symbol table_of_greeter",
                          "the table of the interface greeter is empty: every method would be NULL",
                          .remedy = "initialise it: PLUGMGR_PROVIDE(…) = { … };")}},
    {.name = "a hidden typed symbol",
     .provides = {SYMBOL("greeter", "the_greeter", 1, 2)},
     .symbols = {NO_SYMBOL},
     .expected = {FINDING(SYMBOL_NOT_EXPORTED, REFUSAL, "symbol the_greeter",
                          "the plugin does not export it, though its notes say so",
                          .remedy = "do not hide it (version script, --exclude-libs, objcopy)")}},
    {.name = "a typed object that begins as zero",
     .provides = {SYMBOL("greeter", "the_greeter", 1, 2)},
     .symbols = {PM_SYMBOL_IS_ZERO},
     .fits = "y"},

    /* ---- its libraries ---- */
    {.name = "libraries that are there",
     .objects = {LIBRARY("liba.so.1", BUILD_ID(0xaa)), LIBRARY("libb.so.1", {0})}},
    {.name = "a missing library",
     .objects = {{.name = "libx.so.1", .wanted_by = "/plug\n.so", .tried = "/a/libx.so.1\n/b/libx.so.1"}},
     .expected = {FINDING(LIBRARY_MISSING, REFUSAL, "library libx.so.1",
                          "it is not found; /plug\\x0a.so needs it",
                          HAVE_WANT(NULL, "/a/libx.so.1\n/b/libx.so.1"),
                          .remedy = "install the library, or tell the linker where it is (RUNPATH, LD_LIBRARY_PATH)")}},
    {.name = "a broken library",
     .objects = {{.name = "libx.so.1", .path = "/a\n/libx.so.1", .has_problem = true,
                  .problem = {PM_NOT_ELF, "it is\033empty"}}},
     .expected = {FINDING(LIBRARY_UNREADABLE, REFUSAL, "library libx.so.1", "it cannot be used: it is\\x1bempty",
                          HAVE_WANT(NULL, "/a\\x0a/libx.so.1"), .remedy = "install the library again")}},
    {.name = "libraries that nobody knows",
     .knows_no_libraries = true,
     .pins = {PIN("liba.so.1", true, BUILD_ID(0xaa))},
     .expected = {FINDING(LIBRARIES_UNKNOWN, NOTE, "libraries", "not looked at: the plugin is not for this machine")}},

    /* ---- its pins: required or recorded; the same, another, no build-ID; three policies ---- */
#define A_FOUND(...) .objects = {LIBRARY("liba.so.1", __VA_ARGS__)}
    {.name = "required, the same", .pins = {PIN("liba.so.1", true, BUILD_ID(0xaa))}, A_FOUND(BUILD_ID(0xaa))},
    {.name = "required, the same, exact", .pins = {PIN("liba.so.1", true, BUILD_ID(0xaa))}, A_FOUND(BUILD_ID(0xaa)),
     .policy = PLUGMGR_POLICY_EXACT},
    {.name = "required, the same, version", .pins = {PIN("liba.so.1", true, BUILD_ID(0xaa))},
     A_FOUND(BUILD_ID(0xaa)), .policy = PLUGMGR_POLICY_VERSION},
    {.name = "recorded, the same", .pins = {PIN("liba.so.1", false, BUILD_ID(0xaa))}, A_FOUND(BUILD_ID(0xaa))},
    {.name = "recorded, the same, exact", .pins = {PIN("liba.so.1", false, BUILD_ID(0xaa))}, A_FOUND(BUILD_ID(0xaa)),
     .policy = PLUGMGR_POLICY_EXACT},
    {.name = "recorded, the same, version", .pins = {PIN("liba.so.1", false, BUILD_ID(0xaa))},
     A_FOUND(BUILD_ID(0xaa)), .policy = PLUGMGR_POLICY_VERSION},
#define PIN_ROW(what, is_required, found, the_policy, code, severity, text, ...) \
    {.name = what, .pins = {PIN("liba.so.1", is_required, BUILD_ID(0xaa))}, A_FOUND(found), \
     .policy = PLUGMGR_POLICY_##the_policy, \
     .expected = {FINDING(code, severity, "pin liba.so.1", text, __VA_ARGS__, REINSTALL)}}
#define ANOTHER BUILD_ID(0xbb)
#define UNSEEN HAVE_WANT("abaa", "none  /lib/liba.so.1")
    PIN_ROW("required, another", true, ANOTHER, COMPATIBLE, PIN_BUILD_ID, REFUSAL, PINNED_REQUIRED, SEEN),
    PIN_ROW("required, another, exact", true, ANOTHER, EXACT, PIN_BUILD_ID, REFUSAL, PINNED_REQUIRED, SEEN),
    PIN_ROW("required, another, version", true, ANOTHER, VERSION, PIN_BUILD_ID, WARNING, PINNED_REQUIRED, SEEN),
    PIN_ROW("recorded, another", false, ANOTHER, COMPATIBLE, PIN_BUILD_ID, WARNING, PINNED_RECORDED, SEEN),
    PIN_ROW("recorded, another, exact", false, ANOTHER, EXACT, PIN_BUILD_ID, REFUSAL, PINNED_RECORDED, SEEN),
    PIN_ROW("recorded, another, version", false, ANOTHER, VERSION, PIN_BUILD_ID, NOTE, PINNED_RECORDED, SEEN),
    PIN_ROW("required, none", true, {0}, COMPATIBLE, PIN_NO_BUILD_ID, REFUSAL, PINNED_WITHOUT, UNSEEN),
    PIN_ROW("required, none, exact", true, {0}, EXACT, PIN_NO_BUILD_ID, REFUSAL, PINNED_WITHOUT, UNSEEN),
    PIN_ROW("required, none, version", true, {0}, VERSION, PIN_NO_BUILD_ID, WARNING, PINNED_WITHOUT, UNSEEN),
    PIN_ROW("recorded, none", false, {0}, COMPATIBLE, PIN_NO_BUILD_ID, WARNING, PINNED_WITHOUT, UNSEEN),
    PIN_ROW("recorded, none, exact", false, {0}, EXACT, PIN_NO_BUILD_ID, REFUSAL, PINNED_WITHOUT, UNSEEN),
    PIN_ROW("recorded, none, version", false, {0}, VERSION, PIN_NO_BUILD_ID, NOTE, PINNED_WITHOUT, UNSEEN),
    {.name = "a longer build-ID that begins the same is another",
     .pins = {PIN("liba.so.1", true, BUILD_ID(0xaa))},
     A_FOUND({.size = 3, .bytes = {0xab, 0xaa}}),
     .expected = {FINDING(PIN_BUILD_ID, REFUSAL, "pin liba.so.1", PINNED_REQUIRED,
                          HAVE_WANT("abaa", "abaa00  /lib/liba.so.1"), REINSTALL)}},
    {.name = "any of several builds",
     .pins = {PIN("liba.so.1", true, BUILD_ID(0xcc), BUILD_ID(0xaa))},
     A_FOUND(BUILD_ID(0xaa)),
     .policy = PLUGMGR_POLICY_EXACT},
    {.name = "none of several builds",
     .pins = {{.object = "liba.so.1", .required = true, .hint = "liba 2.0",
               .build_ids = (struct pm_build_id[]){BUILD_ID(0xcc), BUILD_ID(0xaa)}, .build_id_count = 2}},
     A_FOUND(ANOTHER),
     .expected = {FINDING(PIN_BUILD_ID, REFUSAL, "pin liba.so.1", PINNED_REQUIRED,
                          HAVE_WANT("abcc  liba 2.0\nabaa", "abbb  /lib/liba.so.1"), REINSTALL)}},
    {.name = "the package of what was found is told",
     .pins = {PIN("liba.so.1", true, BUILD_ID(0xaa))},
     .objects = {PACKAGED("liba.so.1", "lib\na 2.0", ANOTHER)},
     .expected = {FINDING(PIN_BUILD_ID, REFUSAL, "pin liba.so.1", PINNED_REQUIRED,
                          HAVE_WANT("abaa", "abbb  /lib/liba.so.1 (lib\\x0aa 2.0)"), REINSTALL)}},
    {.name = "a library found by another name is pinned by its soname",
     .pins = {PIN("liba.so.1", true, BUILD_ID(0xaa))},
     .objects = {{.name = "liba.so", .path = "/lib/liba.so", .build_id = ANOTHER, .dynamic = {.soname = "liba.so.1"}}},
     .expected = {FINDING(PIN_BUILD_ID, REFUSAL, "pin liba.so.1", PINNED_REQUIRED,
                          HAVE_WANT("abaa", "abbb  /lib/liba.so"), REINSTALL)}},
    {.name = "a pin of a library that is missing or broken is told by the library alone",
     .pins = {PIN("libx.so.1", true, BUILD_ID(0xaa)), PIN("liby.so.1", true, BUILD_ID(0xaa))},
     .objects = {{.name = "libx.so.1", .wanted_by = "/plug.so", .tried = "/a/libx.so.1"},
                 {.name = "liby.so.1", .path = "/a/liby.so.1", .has_problem = true,
                  .problem = {PM_NOT_ELF, "it is empty"}}},
     .expected = {FINDING(LIBRARY_MISSING, REFUSAL, "library libx.so.1", "it is not found; /plug.so needs it",
                          HAVE_WANT(NULL, "/a/libx.so.1"),
                          .remedy = "install the library, or tell the linker where it is (RUNPATH, LD_LIBRARY_PATH)"),
                  FINDING(LIBRARY_UNREADABLE, REFUSAL, "library liby.so.1", "it cannot be used: it is empty",
                          HAVE_WANT(NULL, "/a/liby.so.1"), .remedy = "install the library again")}},
    {.name = "a pin of a library that is not needed, even if required",
     .pins = {PIN("liba.so.1", true, BUILD_ID(0xaa))},
     .policy = PLUGMGR_POLICY_EXACT,
     .expected = {FINDING(PIN_UNUSED, NOTE, "pin liba.so.1",
                          "the plugin does not need this library, so its pin is void")}},
    {.name = "a pin without build-ID", .pins = {{.object = "liba.so.1"}}, A_FOUND(BUILD_ID(0xaa))},
    {.name = "a pin without build-ID of a library without one",
     .pins = {{.object = "liba.so.1"}},
     A_FOUND({0}),
     .policy = PLUGMGR_POLICY_EXACT},
    {.name = "a pinned host", .pins = {PIN("host", true, BUILD_ID(0x99))}},
    {.name = "a pinned host, another",
     .pins = {PIN("host", true, BUILD_ID(0xaa))},
     .expected = {FINDING(PIN_BUILD_ID, REFUSAL, "pin host", PINNED_REQUIRED, HAVE_WANT("abaa", "ab99  app 3.0"),
                          REINSTALL)}},
    {.name = "a pinned host is asked for even where libraries are not known",
     .knows_no_libraries = true,
     .pins = {PIN("host", true, BUILD_ID(0xaa))},
     .expected = {FINDING(PIN_BUILD_ID, REFUSAL, "pin host", PINNED_REQUIRED, HAVE_WANT("abaa", "ab99  app 3.0"),
                          REINSTALL),
                  FINDING(LIBRARIES_UNKNOWN, NOTE, "libraries", "not looked at: the plugin is not for this machine")}},
    {.name = "a pinned host without build-ID",
     .host_lacks_build_id = true,
     .pins = {PIN("host", false, BUILD_ID(0xaa))},
     .expected = {FINDING(PIN_NO_BUILD_ID, WARNING, "pin host", PINNED_WITHOUT, HAVE_WANT("abaa", "none  app 3.0"),
                          REINSTALL)}},
    {.name = "a pinned host, and no host to ask", .pins = {PIN("host", true, BUILD_ID(0xaa))}, .has_no_host = true},

    /* ---- all of it ---- */
    {.name = "without a host only the plugin itself is judged",
     .has_no_host = true,
     .provides_nothing = true,
     .requires_ = {REQUIRE("log", 1, 3, 1, false)},
     .pins = {PIN("liba.so.1", true, BUILD_ID(0xaa))},
     A_FOUND(ANOTHER),
     .expected = {FINDING(PIN_BUILD_ID, REFUSAL, "pin liba.so.1", PINNED_REQUIRED, SEEN, REINSTALL)}},
    {.name = "all findings, the gravest first and else the simple cause first",
     .provides = {PROVIDE("greeter", 2, 0)},
     .symbols = {NO_SYMBOL},
     .requires_ = {REQUIRE("clock", 1, 0, 0, true), REQUIRE("log", 1, 3, 1, false)},
     .pins = {PIN("liba.so.1", false, BUILD_ID(0xaa)), PIN("libz.so.1", false, BUILD_ID(0xaa))},
     .objects = {LIBRARY("liba.so.1", ANOTHER),
                 {.name = "libx.so.1", .wanted_by = "/plug.so", .tried = "/a/libx.so.1"}},
     .expected = {FINDING(INTERFACE_MAJOR, REFUSAL, "interface greeter", "built against 2.0, the host has 1.2",
                          HAVE_WANT("2.0", "1.2"), .changes = "methods m1 and m2 appended", REBUILD),
                  FINDING(INTERFACE_NOT_PROVIDED, REFUSAL, "interface log",
                          "the plugin needs 1.1 or a later minor, and nobody provides it", HAVE_WANT("1.1", NULL),
                          OTHER_PROVIDER),
                  FINDING(SYMBOL_NOT_EXPORTED, REFUSAL, "symbol table_of_greeter",
                          "the plugin does not export the table of its interface greeter",
                          .remedy = "do not hide plugmgr_provide_* (version script, --exclude-libs, objcopy)"),
                  FINDING(LIBRARY_MISSING, REFUSAL, "library libx.so.1", "it is not found; /plug.so needs it",
                          HAVE_WANT(NULL, "/a/libx.so.1"),
                          .remedy = "install the library, or tell the linker where it is (RUNPATH, LD_LIBRARY_PATH)"),
                  FINDING(PIN_BUILD_ID, WARNING, "pin liba.so.1", PINNED_RECORDED, SEEN, REINSTALL),
                  FINDING(INTERFACE_NOT_PROVIDED, NOTE, "interface clock",
                          "the plugin needs 1.0 or a later minor, and nobody provides it", HAVE_WANT("1.0", NULL),
                          OTHER_PROVIDER),
                  FINDING(PIN_UNUSED, NOTE, "pin libz.so.1",
                          "the plugin does not need this library, so its pin is void")}},
};
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

/* ---- a row as what is judged ---- */

struct judged {
    struct row row; /* a copy, for what it points into is not const */
    struct pm_module plugin;
    struct pm_facts host;
    struct pm_world world;
    enum pm_symbol symbols[MAX_ITEMS];
    struct pm_facts others[2];
    const struct pm_facts *other_list[2];
    struct pm_arena arena; /* of the texts */
    enum pm_symbol slots[MAX_ITEMS];
    struct pm_facts candidate_facts[MAX_ITEMS];
    struct pm_candidate candidates[MAX_ITEMS];
};

#define COUNT(array, member) count_items(array, sizeof((array)[0]), offsetof(__typeof__((array)[0]), member))

/* How many items of a row's array are filled: those before the first without a name. */
static size_t count_items(const void *items, size_t item_size, size_t name_offset)
{
    size_t count = 0;
    const char *name;
    for (; count < MAX_ITEMS; count++) {
        memcpy(&name, (const char *)items + count * item_size + name_offset, sizeof(name));
        if (name == NULL)
            break;
    }
    return count;
}

/* Of methods m0, m1, …: one more than the minor version says. */
static const char *usual_text(struct pm_arena *arena, const char *name, unsigned minor)
{
    struct pm_buffer buffer = {0};
    char line[80];
    pm_buffer_add(&buffer, "plugmgr-abi 1\nroot struct ");
    pm_buffer_add(&buffer, name);
    for (unsigned i = 0; i <= minor; i++) {
        snprintf(line, sizeof(line), "\nm %u m%u *fn(void;)", 8 * i, i);
        pm_buffer_add(&buffer, line);
    }
    snprintf(line, sizeof(line), "\nend %u\n", 8 * (minor + 1));
    pm_buffer_add(&buffer, line);
    const char *text = pm_arena_copy(arena, buffer.data);
    free(buffer.data);
    return text;
}

static const char *whole_text(struct pm_arena *arena, const char *name, const char *body)
{
    if (strncmp(body, "plugmgr-abi", 11) == 0)
        return body;
    if (strncmp(body, "root ", 5) == 0)
        return pm_arena_join(arena, "plugmgr-abi 1\n", body, NULL);
    return pm_arena_join(arena, "plugmgr-abi 1\nroot struct ", name, "\n", body, NULL);
}

static bool has_text(const struct text *texts, const char *name, struct pm_version version)
{
    for (size_t i = 0; i < MAX_ITEMS && texts[i].name != NULL; i++)
        if (pm_version_compare(texts[i].version, version) == 0 && strcmp(texts[i].name, name) == 0)
            return true;
    return false;
}

static void add_abi(struct pm_facts *facts, const char *name, struct pm_version version, const char *text)
{
    if (pm_facts_abi(facts, name, version) == NULL)
        facts->abis[facts->abi_count++] = (struct pm_abi){.interface_name = name, .text = text, .version = version};
}

static void fill_texts(struct pm_arena *arena, struct pm_facts *facts, const struct text *texts, size_t text_count)
{
    facts->abis = pm_arena_new(arena, 3 * MAX_ITEMS * sizeof(*facts->abis));
    for (size_t i = 0; i < text_count && texts[i].name != NULL; i++)
        if (texts[i].body[0] != '\0')
            add_abi(facts, texts[i].name, texts[i].version, whole_text(arena, texts[i].name, texts[i].body));
    for (size_t i = 0; i < facts->provide_count && !facts->without_plugpin; i++) {
        const struct pm_provide *provide = &facts->provides[i];
        if (!has_text(texts, provide->interface_name, provide->version))
            add_abi(facts, provide->interface_name, provide->version,
                    usual_text(arena, provide->interface_name, provide->version.minor));
    }
    for (size_t i = 0; i < facts->require_count && !facts->without_plugpin; i++) {
        const struct pm_require *require = &facts->requires_[i];
        if (!has_text(texts, require->interface_name, require->version))
            add_abi(facts, require->interface_name, require->version,
                    usual_text(arena, require->interface_name, require->version.minor));
    }
}

static void fill_others(struct judged *judged)
{
    struct row *row = &judged->row;
    for (size_t i = 0; i < 2 && row->others[i].name != NULL; i++) {
        judged->others[i] = (struct pm_facts){.role = PM_ROLE_PLUGIN, .name = row->others[i].name, .version = "1.0"};
        fill_texts(&judged->arena, &judged->others[i], row->others[i].texts, 2);
        judged->other_list[judged->world.other_count++] = &judged->others[i];
    }
    judged->world.others = judged->other_list;
}

static void fill_plugin(struct judged *judged)
{
    static const struct pm_provide usual = PROVIDE("greeter", 1, 2);
    struct row *row = &judged->row;
    if (row->provides[0].interface_name == NULL && !row->provides_nothing)
        row->provides[0] = usual;
    if (row->traits.elf_class == 0)
        row->traits = (struct pm_traits)X86_64;
    judged->plugin = (struct pm_module){
        .path = "/plug.so",
        .has_traits = row->traits.elf_class != 99,
        .traits = row->traits,
        .is_debug_only = row->is_debug_only,
        .has_notes = !row->has_no_notes,
        .has_unmapped_note = row->has_unmapped_note,
        .provided = judged->symbols,
        .slots = judged->slots,
        .build_id = BUILD_ID(0x77),
    };
    for (size_t i = 0; i < 2; i++)
        if (row->problems[i].detail[0] != '\0')
            judged->plugin.problems[judged->plugin.problem_count++] = row->problems[i];
    if (row->has_no_notes)
        return;
    for (size_t i = 0; i < MAX_ITEMS; i++)
        judged->symbols[i] = row->symbols[i] == NO_SYMBOL              ? PM_SYMBOL_IS_ABSENT
                             : row->symbols[i] == PM_SYMBOL_IS_ABSENT ? PM_SYMBOL_IS_EXPORTED
                                                                       : row->symbols[i];
    for (size_t i = 0; i < MAX_ITEMS; i++)
        judged->slots[i] = row->hides_slots ? PM_SYMBOL_IS_ABSENT : PM_SYMBOL_IS_ZERO;
    judged->plugin.facts = (struct pm_facts){
        .role = row->is_host ? PM_ROLE_HOST : PM_ROLE_PLUGIN,
        .name = "mock",
        .version = "0.1",
        .without_plugpin = row->without_plugpin,
        .provides = row->provides,
        .provide_count = COUNT(row->provides, interface_name),
        .requires_ = row->requires_,
        .require_count = COUNT(row->requires_, interface_name),
        .pins = row->pins,
        .pin_count = COUNT(row->pins, object),
    };
    fill_texts(&judged->arena, &judged->plugin.facts, row->plugin_texts, MAX_ITEMS);
}

static void fill_world(struct judged *judged)
{
    static const struct pm_require usual = ACCEPT("greeter", 1, 2, 1);
    struct row *row = &judged->row;
    if (row->accepts[0].interface_name == NULL && !row->accepts_nothing)
        row->accepts[0] = usual;
    judged->host = (struct pm_facts){
        .role = PM_ROLE_HOST,
        .name = "app",
        .version = "3.0",
        .without_plugpin = row->host_without_plugpin,
        .provides = row->offers,
        .provide_count = COUNT(row->offers, interface_name),
        .requires_ = row->accepts,
        .require_count = COUNT(row->accepts, interface_name),
    };
    fill_texts(&judged->arena, &judged->host, row->host_texts, MAX_ITEMS);
    judged->world = (struct pm_world){
        .host = row->has_no_host ? NULL : &judged->host,
        .traits = X86_64,
        .knows_libraries = !row->knows_no_libraries,
        .objects = row->objects,
        .object_count = COUNT(row->objects, name),
    };
    judged->world.is_for_plugin = row->is_for_plugin;
    judged->world.candidates = judged->candidates;
    for (; judged->world.candidate_count < count_items(row->candidates, sizeof(row->candidates[0]), 0); judged->world.candidate_count++)
        graph_candidate(&judged->arena, row->candidates[judged->world.candidate_count],
                        &judged->candidate_facts[judged->world.candidate_count],
                        &judged->candidates[judged->world.candidate_count]);
    judged->world.preferences = row->preferences;
    judged->world.preference_count = COUNT(row->preferences, plugin_name);
    if (!row->host_lacks_build_id && !row->has_no_host)
        judged->world.host_build_id = (struct pm_build_id)BUILD_ID(0x99);
}

static void fill(struct judged *judged, const struct row *row)
{
    *judged = (struct judged){.row = *row};
    fill_plugin(judged);
    fill_world(judged);
    fill_others(judged);
}

static void empty(struct judged *judged)
{
    pm_arena_free(&judged->arena);
}

static const struct row *row_named(const char *name)
{
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    ck_abort_msg("no row %s", name);
    return NULL;
}

/* ---- comparing ---- */

static const char *shown(const char *text)
{
    return text != NULL ? text : "(none)";
}

static void compare_text(const struct row *row, const char *code, const char *what, const char *got,
                         const char *expected)
{
    ck_assert_msg(strcmp(shown(got), shown(expected)) == 0, "%s: %s: %s is \"%s\", not \"%s\"", row->name, code, what,
                  shown(got), shown(expected));
}

static void compare_finding(const struct row *row, const struct plugmgr_finding *got,
                            const struct pm_finding *expected)
{
    ck_assert_msg(strcmp(got->code, pm_code_name(expected->code)) == 0, "%s: code is %s, not %s", row->name, got->code,
                  pm_code_name(expected->code));
    ck_assert_msg(got->severity == expected->severity, "%s: %s: severity is %d, not %d", row->name, got->code,
                  (int)got->severity, (int)expected->severity);
    compare_text(row, got->code, "subject", got->subject, expected->subject);
    compare_text(row, got->code, "text", got->text, expected->text);
    compare_text(row, got->code, "have", got->have, expected->have);
    compare_text(row, got->code, "want", got->want, expected->want);
    compare_text(row, got->code, "remedy", got->remedy, expected->remedy);
    compare_text(row, got->code, "changes", got->changes, expected->changes);
}

static void compare_fits(const struct row *row, size_t provide_count, const bool *fits)
{
    ck_assert_msg(strlen(row->fits) == provide_count, "%s: provides %zu", row->name, provide_count);
    for (size_t i = 0; i < provide_count; i++)
        ck_assert_msg(fits[i] == (row->fits[i] == 'y'), "%s: the host may %suse number %zu", row->name,
                      fits[i] ? "" : "not ", i);
}

START_TEST(row_gives_its_findings)
{
    const struct row *row = &rows[_i];
    struct judged judged;
    struct plugmgr_report *report = pm_report_new("/plug.so");
    bool fits[MAX_ITEMS] = {true, true, true, true};
    fill(&judged, row);
    pm_judge(&judged.plugin, &judged.world, row->policy, row->wanted, report, row->fits != NULL ? fits : NULL);
    size_t count = 0;
    for (; count < MAX_EXPECTED && row->expected[count].subject != NULL; count++) {
        const struct plugmgr_finding *got = plugmgr_report_finding(report, count);
        ck_assert_msg(got != NULL, "%s: %s is missing", row->name, pm_code_name(row->expected[count].code));
        compare_finding(row, got, &row->expected[count]);
    }
    const struct plugmgr_finding *more = plugmgr_report_finding(report, count);
    ck_assert_msg(more == NULL, "%s: %s is too much", row->name, more != NULL ? more->code : "");
    ck_assert_msg(!pm_report_failed(report), "%s: out of memory", row->name);
    if (row->fits != NULL)
        compare_fits(row, judged.plugin.facts.provide_count, fits);
    plugmgr_report_free(report);
    empty(&judged);
}
END_TEST

START_TEST(row_names_are_all_different)
{
    for (size_t a = 0; a < ROW_COUNT; a++)
        for (size_t b = 0; b < a; b++)
            ck_assert_str_ne(rows[a].name, rows[b].name);
}
END_TEST

/* ---- who is named ---- */

START_TEST(judge_names_the_plugin_and_the_host)
{
    struct judged judged;
    struct plugmgr_report *report = pm_report_new("/plug.so");
    fill(&judged, row_named("a plugin that fits"));
    judged.plugin.facts.version = "0.1\n";
    pm_judge(&judged.plugin, &judged.world, PLUGMGR_POLICY_COMPATIBLE, NULL, report, NULL);
    ck_assert_str_eq(pm_report_plugin(report), "mock 0.1\\x0a");
    ck_assert_str_eq(pm_report_host(report), "app 3.0");
    plugmgr_report_free(report);
    empty(&judged);
}
END_TEST

START_TEST(judge_names_nobody_who_is_not_there)
{
    struct judged judged;
    struct plugmgr_report *report = pm_report_new("/plug.so");
    fill(&judged, row_named("no notes"));
    judged.world.host = NULL;
    pm_judge(&judged.plugin, &judged.world, PLUGMGR_POLICY_COMPATIBLE, NULL, report, NULL);
    ck_assert_ptr_null(pm_report_plugin(report));
    ck_assert_ptr_null(pm_report_host(report));
    plugmgr_report_free(report);
    empty(&judged);
}
END_TEST

/* The world is gone when the report is read. */
START_TEST(judge_keeps_nothing_of_the_world)
{
    char name[] = "libx.so.1", wanted_by[] = "/plug.so", tried[] = "/a/libx.so.1";
    struct judged judged;
    struct plugmgr_report *report = pm_report_new("/plug.so");
    fill(&judged, row_named("a plugin that fits"));
    judged.row.objects[0] = (struct pm_object){.name = name, .wanted_by = wanted_by, .tried = tried};
    judged.world.object_count = 1;
    pm_judge(&judged.plugin, &judged.world, PLUGMGR_POLICY_COMPATIBLE, NULL, report, NULL);
    memset(name, 'x', sizeof(name) - 1);
    memset(wanted_by, 'x', sizeof(wanted_by) - 1);
    memset(tried, 'x', sizeof(tried) - 1);
    empty(&judged);
    memset(&judged, 0, sizeof(judged));
    const struct plugmgr_finding *finding = plugmgr_report_finding(report, 0);
    ck_assert_str_eq(finding->subject, "library libx.so.1");
    ck_assert_str_eq(finding->text, "it is not found; /plug.so needs it");
    ck_assert_str_eq(finding->want, "/a/libx.so.1");
    plugmgr_report_free(report);
}
END_TEST

/* A file with thousands of them must not make a report of megabytes. */
START_TEST(judge_names_the_first_of_many_interfaces)
{
    enum { MANY = 3000 };
    static struct pm_provide provides[MANY];
    static enum pm_symbol symbols[MANY];
    struct judged judged;
    struct plugmgr_report *report = pm_report_new("/plug.so");
    fill(&judged, row_named("a plugin that fits"));
    for (size_t i = 0; i < MANY; i++) {
        provides[i] = (struct pm_provide){.interface_name = "i", .instance = "x", .symbol = "s", .version = {1, 0}};
        symbols[i] = PM_SYMBOL_IS_EXPORTED;
    }
    judged.plugin.facts.provides = provides;
    judged.plugin.facts.provide_count = MANY;
    judged.plugin.provided = symbols;
    pm_judge(&judged.plugin, &judged.world, PLUGMGR_POLICY_COMPATIBLE, NULL, report, NULL);
    const struct plugmgr_finding *finding = plugmgr_report_finding(report, 0);
    ck_assert_str_eq(finding->code, "interface-none");
    ck_assert_str_eq(finding->have, "i 1.0, i 1.0, i 1.0, i 1.0, i 1.0, i 1.0, i 1.0, i 1.0, i 1.0, i 1.0, i 1.0, "
                                    "i 1.0, i 1.0, i 1.0, i 1.0, i 1.0 and 2984 more");
    plugmgr_report_free(report);
    empty(&judged);
}
END_TEST

START_TEST(judge_tells_by_whom_each_requirement_is_met)
{
    struct judged judged;
    struct pm_met met[MAX_ITEMS];
    struct plugmgr_report *report = pm_report_new("/plug.so");
    memset(met, 0xff, sizeof(met));
    fill(&judged, row_named("of several plugins the best provides it, and it is open"));
    judged.row.requires_[1] = (struct pm_require)REQUIRE("clock", 1, 0, 0, true);
    judged.row.requires_[2] = (struct pm_require)IMPORT("command", "host_run", 1, 0);
    judged.plugin.facts.require_count = 3;
    judged.plugin.met = met;
    pm_judge(&judged.plugin, &judged.world, PLUGMGR_POLICY_VERSION, NULL, report, NULL);
    ck_assert(met[0].by == PM_MET_BY_CANDIDATE && met[0].provide == 0);
    ck_assert_uint_eq(met[0].index, 2); /* by version alone, 1.9 */
    ck_assert(met[1].by == PM_MET_BY_NOBODY && met[2].by == PM_MET_BY_LINKER);
    judged.world.host = NULL;
    pm_judge(&judged.plugin, &judged.world, PLUGMGR_POLICY_VERSION, NULL, report, NULL);
    ck_assert(met[0].by == PM_MET_BY_NOBODY && met[2].by == PM_MET_BY_NOBODY);
    plugmgr_report_free(report);
    empty(&judged);
}
END_TEST

/* Of thousands of plugins that do not fit, the first are named. */
START_TEST(judge_names_the_first_of_many_providers)
{
    enum { MANY = 3000 };
    static struct pm_candidate many[MANY];
    static struct pm_facts facts[MANY];
    struct judged judged;
    struct plugmgr_report *report = pm_report_new("/plug.so");
    fill(&judged, row_named("without a host nothing is said of what others provide"));
    judged.world.host = &judged.host;
    for (size_t i = 0; i < MANY; i++) {
        facts[i] = judged.candidate_facts[0];
        many[i] = (struct pm_candidate){.facts = &facts[i], .path = "/many.so"};
    }
    judged.world.candidates = many;
    judged.world.candidate_count = MANY;
    pm_judge(&judged.plugin, &judged.world, PLUGMGR_POLICY_COMPATIBLE, NULL, report, NULL);
    const struct plugmgr_finding *finding = plugmgr_report_finding(report, 0);
    ck_assert_str_eq(finding->code, "interface-not-provided");
    size_t lines = 1;
    for (const char *at = finding->changes; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    ck_assert_uint_eq(lines, 201);
    ck_assert_ptr_nonnull(strstr(finding->changes, "\nand 2800 more"));
    plugmgr_report_free(report);
    empty(&judged);
}
END_TEST

/* The texts are gone as well, and the names in them. */
START_TEST(judge_keeps_nothing_of_the_texts)
{
    struct judged judged;
    struct plugmgr_report *report = pm_report_new("/plug.so");
    fill(&judged, row_named("a typed symbol of another type"));
    pm_judge(&judged.plugin, &judged.world, PLUGMGR_POLICY_COMPATIBLE, NULL, report, NULL);
    for (size_t i = 0; i < judged.plugin.facts.abi_count; i++) /* they lie in the arena, which is writable */
        memset((char *)(uintptr_t)judged.plugin.facts.abis[i].text, 'x', strlen(judged.plugin.facts.abis[i].text));
    empty(&judged);
    memset(&judged, 0, sizeof(judged));
    const struct plugmgr_finding *finding = plugmgr_report_finding(report, 0);
    ck_assert_str_eq(finding->have, "i32 (const i8 *)");
    ck_assert_str_eq(finding->want, "i32 (const i8 *, u32)");
    ck_assert_str_eq(finding->changes, "function command: parameter 2 (u32) appended");
    plugmgr_report_free(report);
}
END_TEST

enum { HOSTILE = 4000 };

/* Thousands of versions of an interface of the plugin's, each with a text: the plugin's, and then the host's too. */
static void fill_hostile(struct judged *judged, struct pm_arena *arena, bool is_host_too)
{
    struct pm_facts *plugin = &judged->plugin.facts, *host = &judged->host;
    plugin->provides = pm_arena_new(arena, HOSTILE * sizeof(*plugin->provides));
    plugin->abis = pm_arena_new(arena, HOSTILE * sizeof(*plugin->abis));
    host->requires_ = pm_arena_new(arena, HOSTILE * sizeof(*host->requires_));
    host->abis = pm_arena_new(arena, HOSTILE * sizeof(*host->abis));
    judged->plugin.provided = pm_arena_new(arena, HOSTILE * sizeof(*judged->plugin.provided));
    plugin->provide_count = plugin->abi_count = HOSTILE;
    host->require_count = host->abi_count = is_host_too ? HOSTILE : 1;
    for (unsigned i = 0; i < HOSTILE; i++) {
        const struct pm_version version = {1, i};
        char text[100];
        snprintf(text, sizeof(text), "plugmgr-abi 1\nroot struct greeter\nm 0 a%u *fn(void;)\nend 8\n", i);
        plugin->provides[i] = (struct pm_provide)PROVIDE("greeter", 1, 0);
        plugin->provides[i].version = version;
        plugin->abis[i] = (struct pm_abi){"greeter", NULL, pm_arena_copy(arena, text), version};
        judged->plugin.provided[i] = PM_SYMBOL_IS_EXPORTED;
        text[strlen(text) - 2] = '9';
        host->requires_[i] = (struct pm_require){.interface_name = "greeter", .version = version, .lowest = {1, 0}};
        host->abis[i] = (struct pm_abi){"greeter", NULL, pm_arena_copy(arena, text), version};
    }
}

/* _i: the host is hostile too. What bounds it is counted in check_fit.c; here it must only end. */
START_TEST(judge_ends_with_thousands_of_versions)
{
    struct judged judged;
    struct pm_arena arena = {0};
    struct plugmgr_report *report = pm_report_new("/plug.so");
    fill(&judged, row_named("a plugin that fits"));
    fill_hostile(&judged, &arena, _i == 1);
    pm_judge(&judged.plugin, &judged.world, PLUGMGR_POLICY_COMPATIBLE, NULL, report, NULL);
    ck_assert_uint_eq(plugmgr_report_count(report), HOSTILE);
    ck_assert_str_eq(plugmgr_report_finding(report, HOSTILE - 1)->code, "interface-layout");
    ck_assert(!pm_report_failed(report));
    plugmgr_report_free(report);
    pm_arena_free(&arena);
    empty(&judged);
}
END_TEST

/* Were each line's text made of all before it, this would take 6 GB. */
START_TEST(pin_of_very_many_build_ids_is_told_with_all_of_them)
{
    enum { IDS = 50000 };
    static struct pm_build_id ids[IDS];
    struct pm_pin pin = {.object = "host", .build_ids = ids, .build_id_count = IDS};
    struct judged judged;
    struct plugmgr_report *report = pm_report_new("/plug.so");
    for (size_t i = 0; i < IDS; i++)
        ids[i] = (struct pm_build_id){2, {0xab, 0xcd}};
    fill(&judged, row_named("a plugin that fits"));
    judged.plugin.facts.pins = &pin;
    judged.plugin.facts.pin_count = 1;
    judged.world.host_build_id = (struct pm_build_id){1, {1}};
    pm_judge(&judged.plugin, &judged.world, PLUGMGR_POLICY_COMPATIBLE, NULL, report, NULL);
    ck_assert(!pm_report_failed(report));
    ck_assert_uint_eq(plugmgr_report_count(report), 1);
    ck_assert_uint_eq(strlen(plugmgr_report_finding(report, 0)->have), IDS * 5 - 1);
    plugmgr_report_free(report);
    empty(&judged);
}
END_TEST

/* ---- hosts ---- */

static const struct {
    const char *name;
    struct pm_problem problem; /* with a detail */
    bool has_notes;
    enum pm_role role;
    struct pm_finding expected; /* subject NULL: accepted */
} hosts[] = {
    {"a host", {0}, true, PM_ROLE_HOST, {0}},
    {"a plugin for a host", {0}, true, PM_ROLE_PLUGIN,
     FINDING(NOT_A_HOST, REFUSAL, "file", "it is a plugin, not a host",
             .remedy = "name a program or library that was built with PLUGMGR_HOST")},
    {"no notes for a host", {0}, false, PM_ROLE_NONE,
     FINDING(NOT_A_HOST, REFUSAL, "file", "it has no PlugMgr notes, so it is no host",
             .remedy = "name a program or library that was built with PLUGMGR_HOST")},
    {"a broken file for a host", {PM_FILE_ABSENT, "No such file"}, false, PM_ROLE_NONE,
     FINDING(FILE_ABSENT, REFUSAL, "file", "it cannot be opened: No such file", .remedy = "check the path")},
    {"malformed notes of a host", {PM_NOTE_MALFORMED, "no key"}, true, PM_ROLE_HOST,
     FINDING(NOTE_MALFORMED, REFUSAL, "notes", "its PlugMgr notes are malformed: no key",
             .remedy = "build the plugin again; no tool may edit its notes")},
};

START_TEST(host_is_judged_by_its_structure_and_role)
{
    const struct row row = {.name = hosts[_i].name};
    struct plugmgr_report *report = pm_report_new("/host");
    struct pm_module host = {.has_notes = hosts[_i].has_notes, .facts = {.role = hosts[_i].role}};
    if (hosts[_i].problem.detail[0] != '\0')
        host.problems[host.problem_count++] = hosts[_i].problem;
    pm_judge_host(&host, report);
    size_t expected_count = hosts[_i].expected.subject != NULL;
    ck_assert_msg(plugmgr_report_count(report) == expected_count, "%s: %zu findings", row.name,
                  plugmgr_report_count(report));
    if (expected_count > 0)
        compare_finding(&row, plugmgr_report_finding(report, 0), &hosts[_i].expected);
    plugmgr_report_free(report);
}
END_TEST

/* ---- words ---- */

static const struct {
    enum pm_code code;
    const char *text, *remedy;
} problems[] = {
    {PM_OUT_OF_MEMORY, "out of memory: detail", "free some memory, and try again"},
    {PM_FILE_ABSENT, "it cannot be opened: detail", "check the path"},
    {PM_FILE_UNREADABLE, "it cannot be read: detail", "check the file's permissions, and the disk"},
    {PM_FILE_NOT_REGULAR, "it is not a file: detail", "name the plugin's file itself"},
    {PM_FOLDER_EMPTY, "it has no plugins: no file named *.so: detail", "name the folder with the plugins, or the plugins"},
    {PM_NOT_ELF, "it is no ELF file: detail",
     "name a shared object; if it should be one, build or copy it again"},
    {PM_ELF_TRUNCATED, "it is cut short: detail", "copy or build the file again; it may still be being written"},
    {PM_ELF_MALFORMED, "its ELF structure is malformed: detail", "build the file again"},
    {PM_DEBUG_ONLY, "it holds debug information only, no code: detail",
     "name the plugin itself, not its .debug file"},
    {PM_NOTE_MALFORMED, "its PlugMgr notes are malformed: detail",
     "build the plugin again; no tool may edit its notes"},
    {PM_MODE_UNAVAILABLE, "it cannot be loaded in the mode that was chosen: detail",
     "mount /proc, or choose another mode"},
    {PM_CHANGED_WHILE_LOADING, "the file changed while it was loaded: detail",
     "try again when whoever writes it is done"},
    {PM_ALREADY_OPEN, "the manager has this file open already: detail", "close it first, or use the open plugin"},
    {PM_ALREADY_MAPPED, "the process has this file mapped already: detail",
     "open plugins through one manager only, and see why it was not unloaded; write a new build beside the old one and "
     "rename it over it"},
    {PM_LOAD_FAILED, "the dynamic linker does not load it: detail", NULL},
    {PM_INTERFACE_FOREIGN, "the symbol of an interface does not lie in the plugin's own mapping: detail",
     "define the interface's table in the plugin itself, with PLUGMGR_PROVIDE"},
    {PM_START_FAILED, "its start failed: detail", NULL},
    {PM_ELF_CLASS, "elf-class: detail", NULL}, /* a code without words of its own gives its name */
};

START_TEST(problem_has_its_words)
{
    const struct row row = {.name = pm_code_name(problems[_i].code)};
    const struct pm_problem problem = {problems[_i].code, "detail"}, silent = {problems[_i].code, ""};
    const struct pm_finding expected = {.code = problem.code, .severity = PLUGMGR_WARNING, .subject = "file",
                                        .text = problems[_i].text, .remedy = problems[_i].remedy};
    struct plugmgr_report *report = pm_report_new("/plug.so");
    pm_report_problem(report, "file", &problem, PLUGMGR_WARNING);
    compare_finding(&row, plugmgr_report_finding(report, 0), &expected);
    pm_report_problem(report, "file", &silent, PLUGMGR_WARNING);
    const char *text = plugmgr_report_finding(report, 1)->text;
    ck_assert_uint_eq(strlen(text), strlen(problems[_i].text) - strlen(": detail"));
    ck_assert_int_eq(strncmp(text, problems[_i].text, strlen(text)), 0);
    plugmgr_report_free(report);
}
END_TEST

START_TEST(problem_detail_is_escaped)
{
    const struct pm_problem problem = {PM_LOAD_FAILED, "\033[2J\xff"};
    struct plugmgr_report *report = pm_report_new("/plug.so");
    pm_report_problem(report, "file", &problem, PLUGMGR_REFUSAL);
    ck_assert_str_eq(plugmgr_report_finding(report, 0)->text,
                     "the dynamic linker does not load it: \\x1b[2J\\xff");
    plugmgr_report_free(report);
}
END_TEST

/* ---- memory ---- */

static const char *const scarce_rows[] = {
    "all findings, the gravest first and else the simple cause first",
    "what differs is told in lines, from the plugin's to the host's",
    "a type of the plugin's own, and another in an open plugin",
    "each typed symbol must fit, whatever fits beside it",
    "an optional need that does not fit",
    "an interface that is reached through a reached one",
    "without a host, texts that are missing and one that cannot be read",
    "nobody who was looked at fits",
    "nobody who fits can be used",
    "a cycle is told whole",
    "the host prefers a plugin",
};

static size_t expected_count(const struct row *row)
{
    size_t count = 0;
    while (count < MAX_EXPECTED && row->expected[count].subject != NULL)
        count++;
    return count;
}

/* _i: two for each, one allocation alone fails or all from it on */
START_TEST(judge_without_memory_says_so)
{
    const struct row *row = row_named(scarce_rows[_i / 2]);
    bool was_enough = false;
    for (size_t nth = 1; !was_enough; nth++) {
        struct judged judged;
        bool fits[MAX_ITEMS];
        ck_assert_uint_lt(nth, 1000);
        fill(&judged, row);
        struct plugmgr_report *report = pm_report_new("/plug.so");
        if (_i % 2 == 0)
            fail_allocation_once(nth);
        else
            fail_allocation(nth);
        pm_judge(&judged.plugin, &judged.world, row->policy, NULL, report, fits);
        was_enough = !fail_allocation_happened();
        fail_allocation(0);
        ck_assert_int_eq(pm_report_failed(report), !was_enough);
        if (was_enough)
            ck_assert_uint_eq(plugmgr_report_count(report), expected_count(row));
        plugmgr_report_free(report);
        empty(&judged);
    }
}
END_TEST

/* ---- purity ---- */

static const char *const pure_files[] = {
    "verdict.c",     "verdict.h",   "interfaces.c", "judging.h",      "fit.c",          "fit.h",         "abi.c",
    "abi.h",         "abi_tree.h",  "abi_type.c",   "abi_members.c",  "abi_walk.h",     "abi_compare.c", "abi_change.h",
    "abi_explain.c", "abi_print.c", "diff.c",       "diff.h",         "report.c",       "report.h",      "note.c",
    "note.h",        "text.c",      "text.h",       "error.c",        "error.h",        "model.h",       "plugmgr/note.h",
    "plugmgr/host.h", "libraries.c", "package.c", "package.h", "table.c", "table.h", "cache.c", "cache.h",
    "plugmgr/host.h", "symbols.c",  "symbols.h",    "references.c",   "linkage.c",      "linkage.h",     "unloading.c",
    "unloading.h",   "judging.c",   "mode.c",       "mode.h",         "binding.c",   "hygiene.c",
    "matching.c",   "matching.h",   "requires.c",   "reached.c",      "providers.c",    "providers.h",   "order.c",
    "order.h",      "reach.c",      "reach.h",
};

START_TEST(judging_includes_no_header_of_input_and_output)
{
    static const char *const banned[] = {"<unistd.h>", "<fcntl.h>", "<dlfcn.h>", "<stdio.h>"};
    const char *top = getenv("top_srcdir");
    char path[600], line[600];
    size_t includes = 0;
    snprintf(path, sizeof(path), "%s/lib/%s", top != NULL ? top : ".", pure_files[_i]);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        ck_abort_msg("no %s: set top_srcdir", path);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (line[0] != '#' || strstr(line, "include") == NULL)
            continue;
        includes++;
        for (size_t i = 0; i < sizeof(banned) / sizeof(banned[0]); i++)
            ck_assert_msg(strstr(line, banned[i]) == NULL, "%s: %s", pure_files[_i], line);
    }
    fclose(file);
    /* so that a change of form does not make this test blind */
    ck_assert_msg(includes > 0 || strcmp(pure_files[_i], "plugmgr/note.h") == 0, "%s includes nothing", path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verdict");
    TCase *tcase = tcase_create("verdict");
    tcase_add_test(tcase, row_names_are_all_different);
    tcase_add_loop_test(tcase, row_gives_its_findings, 0, ROW_COUNT);
    tcase_add_test(tcase, judge_names_the_plugin_and_the_host);
    tcase_add_test(tcase, judge_names_nobody_who_is_not_there);
    tcase_add_test(tcase, judge_keeps_nothing_of_the_world);
    tcase_add_test(tcase, judge_names_the_first_of_many_interfaces);
    tcase_add_test(tcase, judge_tells_by_whom_each_requirement_is_met);
    tcase_add_test(tcase, judge_names_the_first_of_many_providers);
    tcase_add_test(tcase, judge_keeps_nothing_of_the_texts);
    tcase_add_loop_test(tcase, judge_ends_with_thousands_of_versions, 0, 2);
    tcase_add_test(tcase, pin_of_very_many_build_ids_is_told_with_all_of_them);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, judge_without_memory_says_so, 0,
                        2 * (int)(sizeof(scarce_rows) / sizeof(scarce_rows[0])));
    tcase_add_loop_test(tcase, host_is_judged_by_its_structure_and_role, 0, (int)(sizeof(hosts) / sizeof(hosts[0])));
    tcase_add_loop_test(tcase, problem_has_its_words, 0, (int)(sizeof(problems) / sizeof(problems[0])));
    tcase_add_test(tcase, problem_detail_is_escaped);
    tcase_add_loop_test(tcase, judging_includes_no_header_of_input_and_output, 0,
                        (int)(sizeof(pure_files) / sizeof(pure_files[0])));
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
