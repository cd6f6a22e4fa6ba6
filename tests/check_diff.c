/* SPDX-License-Identifier: MIT */
/* What changed between two files' interfaces: facts of both -> all items, in order and in full, and what each policy
 * says of them. */
#include "diff.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

enum { MAX_ITEMS = 4 };

/* One file's facts; arrays end before the first item without a name. */
struct file {
    enum pm_role role; /* NONE: a lock file */
    struct pm_state_fact state; /* version 0.0: there is none */
    struct pm_provide provides[MAX_ITEMS];
    struct pm_require requires_[MAX_ITEMS];
    struct pm_abi abis[MAX_ITEMS];
};

struct row {
    const char *name;
    struct file from, to;
    const char *expected; /* a line for each item, and its changes indented */
    enum pm_diff_grade result;
    const char *accepted; /* by which policies: c, e, v */
};

#define PLUGIN .role = PM_ROLE_PLUGIN
#define HOST .role = PM_ROLE_HOST
#define PROVIDE(name, major, minor)                                                                                    \
    {                                                                                                                  \
        .interface_name = name, .instance = "one", .symbol = "s", .version = { major, minor }                          \
    }
#define OFFER(name, major, minor)                                                                                      \
    {                                                                                                                  \
        .interface_name = name, .instance = name, .version = { major, minor }                                          \
    }
#define ACCEPT(name, major, minor, lowest_minor)                                                                       \
    {                                                                                                                  \
        .interface_name = name, .version = {major, minor}, .lowest = { major, lowest_minor }                           \
    }
#define REQUIRE(name, major, minor, lowest_minor)                                                                      \
    {                                                                                                                  \
        .interface_name = name, .symbol = "slot", .version = {major, minor}, .lowest = { major, lowest_minor }         \
    }
#define OPTIONAL(name, major, minor)                                                                                   \
    {                                                                                                                  \
        .interface_name = name, .symbol = "slot", .version = {major, minor}, .lowest = {major, minor},                 \
        .optional = true                                                                                               \
    }
#define ABI(name, major, minor, members_and_size)                                                                      \
    {                                                                                                                  \
        .interface_name = name, .version = {major, minor},                                                             \
        .text = "plugmgr-abi 1\nroot struct " name "\n" members_and_size "\n"                                          \
    }
#define BARE(name, members_and_size) ABI(name, PM_DIFF_NO_VERSION, 0, members_and_size)

/* What follows the root line of a text: one method, two, and one of another type. */
#define A "m 0 a *fn(i32;)\nend 8"
#define AB "m 0 a *fn(i32;)\nm 8 b *fn(i32;)\nend 16"
#define X "m 0 a *fn(u64;)\nend 8"
#define OPAQUE "m 0 a *fn(i32;*struct db)\nstruct db opaque\nend 8"
#define COMPLETE "m 0 a *fn(i32;*struct db)\nstruct db 4\n 0 id u32\nend 8"
#define RIVAL "m 0 z *fn(i32;*struct db)\nstruct db 8\n 0 id u64\nend 8"
#define ENUM "m 0 a *fn(enum e;)\nenum e u32\n ONE=1\nend 8"
#define ENUM_MORE "m 0 a *fn(enum e;)\nenum e u32\n ONE=1\n TWO=2\nend 8"
#define BROKEN "m zero\nend 8"

static const struct row rows[] = {
    /* ---- the second replaces the first: plugins and lock files ---- */
    {"nothing in either is identical", {PLUGIN}, {PLUGIN}, "", PM_DIFF_IDENTICAL, "cev"},
    {"equal text and version is identical",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "i 1.0 -> 1.0: identical\n",
     PM_DIFF_IDENTICAL,
     "cev"},
    {"equal text of a new minor is compatible",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 1)}, .abis = {ABI("i", 1, 1, A)}},
     "i 1.0 -> 1.1: compatible\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"a method appended with a new minor is compatible",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 1)}, .abis = {ABI("i", 1, 1, AB)}},
     "i 1.0 -> 1.1: compatible\n  method b appended\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"a method gone with an older minor is compatible, down to the major's first",
     {PLUGIN, .provides = {PROVIDE("i", 1, 5)}, .abis = {ABI("i", 1, 5, AB)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "i 1.5 -> 1.0: compatible\n  method b removed from the end\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"a method gone with a new minor is different",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, AB)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 1)}, .abis = {ABI("i", 1, 1, A)}},
     "i 1.0 -> 1.1: different\n  method b removed from the end\n",
     PM_DIFF_DIFFERENT,
     "v"},
    {"a method appended without a new minor is different",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, AB)}},
     "i 1.0 -> 1.0: different\n  the version is the same, and one of them has more members\n  method b appended\n",
     PM_DIFF_DIFFERENT,
     "v"},
    {"a changed method is different",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, X)}},
     "i 1.0 -> 1.0: different\n  method a: return type changed from i32 to u64\n",
     PM_DIFF_DIFFERENT,
     "v"},
    {"another major is different by its number alone",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 2, 0)}, .abis = {ABI("i", 2, 0, A)}},
     "i 1.0 -> 2.0: different\n  another major version\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"another major is told with what changed, from the first to the second",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 2, 0)}, .abis = {ABI("i", 2, 0, X)}},
     "i 1.0 -> 2.0: different\n  another major version\n  method a: return type changed from i32 to u64\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"an enumerator added is compatible",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, ENUM)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, ENUM_MORE)}},
     "i 1.0 -> 1.0: compatible\n  enum e: enumerator 'TWO' = 2 added (reached by a)\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"an interface more is added",
     {PLUGIN},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "i 1.0: added\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"an interface less is removed",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN},
     "i 1.0: removed\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"the gravest stand first, then they are by name",
     {PLUGIN, .provides = {PROVIDE("b", 1, 0), PROVIDE("a", 1, 0)}, .abis = {ABI("a", 1, 0, A), ABI("b", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("d", 1, 0), PROVIDE("a", 1, 0), PROVIDE("c", 1, 0)},
      .abis = {ABI("a", 1, 0, A), ABI("c", 1, 0, A), ABI("d", 1, 0, A)}},
     "b 1.0: removed\nc 1.0: added\nd 1.0: added\na 1.0 -> 1.0: identical\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"instances of an interface are one item",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0), PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "i 1.0 -> 1.0: identical\n",
     PM_DIFF_IDENTICAL,
     "cev"},
    {"neither fingerprint",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 1)}},
     "i 1.0 -> 1.1: unfingerprinted\n  neither file has a fingerprint of it\n",
     PM_DIFF_DIFFERENT,
     "v"},
    {"the first fingerprint is missing",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "i 1.0 -> 1.0: unfingerprinted\n  the first file has no fingerprint of it\n",
     PM_DIFF_DIFFERENT,
     "v"},
    {"the second fingerprint is missing",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}},
     "i 1.0 -> 1.0: unfingerprinted\n  the second file has no fingerprint of it\n",
     PM_DIFF_DIFFERENT,
     "v"},
    {"a fingerprint that cannot be read",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, BROKEN)}},
     "i 1.0 -> 1.0: malformed\n  the fingerprint in the second file cannot be read: line 3: not the offset of a "
     "member\n",
     PM_DIFF_DIFFERENT,
     "v"},
    {"several versions: equal ones first, then those of one major, then the rest",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0), PROVIDE("i", 2, 0), PROVIDE("i", 3, 0)},
      .abis = {ABI("i", 1, 0, A), ABI("i", 2, 0, A), ABI("i", 3, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 4, 0), PROVIDE("i", 2, 1), PROVIDE("i", 1, 0)},
      .abis = {ABI("i", 1, 0, A), ABI("i", 2, 1, A), ABI("i", 4, 0, A)}},
     "i 3.0 -> 4.0: different\n  another major version\ni 2.0 -> 2.1: compatible\ni 1.0 -> 1.0: identical\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"an equal version is not taken by another of its major",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0), PROVIDE("i", 1, 1)}, .abis = {ABI("i", 1, 0, A), ABI("i", 1, 1, AB)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 1)}, .abis = {ABI("i", 1, 1, AB)}},
     "i 1.0: removed\ni 1.1 -> 1.1: identical\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"what is merely reached is compared",
     {PLUGIN, .abis = {ABI("i", 1, 0, A), ABI("j", 1, 0, A)}},
     {PLUGIN, .abis = {ABI("i", 1, 1, AB), ABI("j", 1, 0, X)}},
     "j 1.0 -> 1.0: different\n  method a: return type changed from i32 to u64\n"
     "i 1.0 -> 1.1: compatible\n  method b appended\n",
     PM_DIFF_DIFFERENT,
     "v"},
    {"a type that is opaque in one of them is compatible",
     {PLUGIN, .abis = {ABI("i", 1, 0, OPAQUE)}},
     {PLUGIN, .abis = {ABI("i", 1, 0, COMPLETE)}},
     "i 1.0 -> 1.0: compatible\n  struct db: complete instead of opaque\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"but not if another text completes it in another way",
     {PLUGIN, .abis = {ABI("i", 1, 0, OPAQUE), ABI("j", 1, 0, RIVAL)}},
     {PLUGIN, .abis = {ABI("i", 1, 0, COMPLETE), ABI("j", 1, 0, RIVAL)}},
     "i 1.0 -> 1.0: different\n  struct db: opaque in one of them, and completed in two ways elsewhere (if each may "
     "have its own: PLUGMGR_OPAQUE)\n  struct db: complete instead of opaque\n"
     "j 1.0 -> 1.0: identical\n",
     PM_DIFF_DIFFERENT,
     "v"},

    /* ---- lock files ---- */
    {"a lock file and a plugin: what the plugin provides",
     {.abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 1)}, .abis = {ABI("i", 1, 1, AB)}},
     "i 1.0 -> 1.1: compatible\n  method b appended\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"a lock file and a plugin: what the plugin requires",
     {.abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .requires_ = {REQUIRE("i", 1, 1, 1)}, .abis = {ABI("i", 1, 1, AB)}},
     "i 1.0 -> 1.1: different\n  at least 1.1 is needed\n  method b appended\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"a lock file and a host that can live with the older",
     {.abis = {ABI("i", 1, 0, A)}},
     {HOST, .requires_ = {ACCEPT("i", 1, 1, 0)}, .abis = {ABI("i", 1, 1, AB)}},
     "i 1.0 -> 1.1: compatible\n  method b appended\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"a lock file and a plugin that provides and requires what is in it",
     {.abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .requires_ = {REQUIRE("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "i 1.0 -> 1.0: identical\n",
     PM_DIFF_IDENTICAL,
     "cev"},
    {"the same the other way round, and it is told once",
     {PLUGIN, .provides = {PROVIDE("i", 1, 1)}, .requires_ = {REQUIRE("i", 1, 1, 0)}, .abis = {ABI("i", 1, 1, AB)}},
     {.abis = {ABI("i", 1, 2, A)}},
     "i 1.1 -> 1.2: different\n  method b removed from the end\n",
     PM_DIFF_DIFFERENT,
     "v"},
    {"a plugin and a lock file",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {.abis = {ABI("i", 1, 0, A)}},
     "i 1.0 -> 1.0: identical\n",
     PM_DIFF_IDENTICAL,
     "cev"},
    {"a text without version meets any",
     {.abis = {BARE("i", A), BARE("j", A)}},
     {.abis = {ABI("i", 7, 3, A), ABI("j", 7, 3, AB)}},
     "j none -> 7.3: compatible\n  method b appended\ni none -> 7.3: identical\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"and must not lose a member",
     {.abis = {ABI("i", 7, 3, AB)}},
     {.abis = {BARE("i", A)}},
     "i 7.3 -> none: different\n  method b removed from the end\n",
     PM_DIFF_DIFFERENT,
     "v"},
    {"a lock file less is removed", {.abis = {ABI("i", 1, 0, A)}}, {PLUGIN}, "i 1.0: removed\n", PM_DIFF_DIFFERENT, ""},

    /* ---- hosts: what they accept, plugins provide ---- */
    {"a host accepts the older version as before",
     {HOST, .requires_ = {ACCEPT("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {HOST, .requires_ = {ACCEPT("i", 1, 1, 0)}, .abis = {ABI("i", 1, 1, AB)}},
     "i 1.0 -> 1.1: compatible\n  method b appended\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"a host does not accept the older version any more",
     {HOST, .requires_ = {ACCEPT("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {HOST, .requires_ = {ACCEPT("i", 1, 1, 1)}, .abis = {ABI("i", 1, 1, AB)}},
     "i 1.0 -> 1.1: different\n  at least 1.1 is needed\n  method b appended\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"of two acceptances of a version the more lenient counts",
     {HOST, .requires_ = {ACCEPT("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {HOST, .requires_ = {ACCEPT("i", 1, 1, 1), ACCEPT("i", 1, 1, 0)}, .abis = {ABI("i", 1, 1, A)}},
     "i 1.0 -> 1.1: compatible\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"a host accepts one interface less and one more",
     {HOST, .requires_ = {ACCEPT("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {HOST, .requires_ = {ACCEPT("j", 1, 0, 0)}, .abis = {ABI("j", 1, 0, A)}},
     "i 1.0: removed\nj 1.0: added\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"what a host has with a slot is not accepted",
     {HOST, .requires_ = {ACCEPT("i", 1, 0, 0)}},
     {HOST, .requires_ = {REQUIRE("i", 1, 0, 0)}},
     "i 1.0: removed\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"what a host offers, plugins were built against",
     {HOST, .provides = {OFFER("i", 1, 0)}, .abis = {ABI("i", 1, 0, AB)}},
     {HOST, .provides = {OFFER("i", 1, 1)}, .abis = {ABI("i", 1, 1, A)}},
     "i 1.0 -> 1.1: different\n  method b removed from the end\n",
     PM_DIFF_DIFFERENT,
     "v"},

    /* ---- what plugins require, hosts provide ---- */
    {"a plugin requires a later version than before",
     {PLUGIN, .requires_ = {REQUIRE("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .requires_ = {REQUIRE("i", 1, 2, 1)}, .abis = {ABI("i", 1, 2, AB)}},
     "i 1.0 -> 1.2: different\n  at least 1.1 is needed\n  method b appended\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"of two requirements of a version the stricter counts",
     {PLUGIN, .requires_ = {REQUIRE("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .requires_ = {REQUIRE("i", 1, 2, 1), REQUIRE("i", 1, 2, 0)}, .abis = {ABI("i", 1, 2, A)}},
     "i 1.0 -> 1.2: different\n  at least 1.1 is needed\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"a plugin that can live with the older version",
     {PLUGIN, .requires_ = {REQUIRE("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .requires_ = {REQUIRE("i", 1, 2, 0)}, .abis = {ABI("i", 1, 2, AB)}},
     "i 1.0 -> 1.2: compatible\n  method b appended\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"a new requirement may not be met",
     {PLUGIN},
     {PLUGIN, .requires_ = {REQUIRE("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "i 1.0: added\n  the plugin requires it now, so its host must provide it\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"a new optional requirement need not be met",
     {PLUGIN},
     {PLUGIN, .requires_ = {OPTIONAL("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "i 1.0: added\n  the plugin requires it now, and can do without\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"an optional requirement that is required elsewhere is one",
     {PLUGIN},
     {PLUGIN, .requires_ = {OPTIONAL("i", 1, 0), REQUIRE("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "i 1.0: added\n  the plugin requires it now, so its host must provide it\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"a requirement that is gone is missed by nobody",
     {PLUGIN, .requires_ = {REQUIRE("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN},
     "i 1.0: removed\n  the plugin does not require it any more\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"what is provided and required at once is two items",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .requires_ = {REQUIRE("i", 1, 1, 1)},
      .abis = {ABI("i", 1, 0, A), ABI("i", 1, 1, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 1)}, .abis = {ABI("i", 1, 1, A)}},
     "i 1.1: removed\n  the plugin does not require it any more\ni 1.0 -> 1.1: compatible\n",
     PM_DIFF_COMPATIBLE,
     "cv"},

    /* ---- a host and a plugin meet ---- */
    {"a host and a plugin that it accepts",
     {HOST, .requires_ = {ACCEPT("i", 1, 1, 0)}, .abis = {ABI("i", 1, 1, AB)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "i 1.1 -> 1.0: compatible\n  method b removed from the end\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"the same the other way round",
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {HOST, .requires_ = {ACCEPT("i", 1, 1, 0)}, .abis = {ABI("i", 1, 1, AB)}},
     "i 1.0 -> 1.1: compatible\n  method b appended\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"a plugin that is too old for the host",
     {HOST, .requires_ = {ACCEPT("i", 1, 1, 1)}, .abis = {ABI("i", 1, 1, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "i 1.1 -> 1.0: different\n  at least 1.1 is needed\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"a plugin that is newer must have all that the host knows",
     {HOST, .requires_ = {ACCEPT("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, AB)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 1)}, .abis = {ABI("i", 1, 1, A)}},
     "i 1.0 -> 1.1: different\n  method b removed from the end\n",
     PM_DIFF_DIFFERENT,
     "v"},
    {"a host is too old for what the plugin requires",
     {HOST, .provides = {OFFER("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .requires_ = {REQUIRE("i", 1, 1, 1)}, .abis = {ABI("i", 1, 1, AB)}},
     "i 1.0 -> 1.1: different\n  at least 1.1 is needed\n  method b appended\n",
     PM_DIFF_DIFFERENT,
     ""},
    {"what the host offers beyond what the plugin requires",
     {PLUGIN, .requires_ = {REQUIRE("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {HOST, .provides = {OFFER("i", 1, 1), OFFER("j", 1, 0)}, .abis = {ABI("i", 1, 1, AB), ABI("j", 1, 0, A)}},
     "i 1.0 -> 1.1: compatible\n  method b appended\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"nothing in common is different",
     {HOST, .requires_ = {ACCEPT("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("j", 1, 0)}, .abis = {ABI("j", 1, 0, A)}},
     "",
     PM_DIFF_DIFFERENT,
     ""},
    {"what both require is not in common",
     {HOST, .requires_ = {ACCEPT("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .requires_ = {REQUIRE("i", 1, 0, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "",
     PM_DIFF_DIFFERENT,
     ""},
    {"of several versions the one that meets is compared",
     {HOST, .requires_ = {ACCEPT("i", 3, 0, 0), ACCEPT("i", 2, 1, 0)}, .abis = {ABI("i", 2, 1, A), ABI("i", 3, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0), PROVIDE("i", 2, 0)}, .abis = {ABI("i", 1, 0, A), ABI("i", 2, 0, A)}},
     "i 2.1 -> 2.0: compatible\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"of what is reached, neither may have more",
     {HOST, .abis = {ABI("i", 1, 0, A), ABI("j", 1, 0, A)}},
     {PLUGIN, .abis = {ABI("i", 1, 1, AB), ABI("j", 1, 1, A)}},
     "i 1.0 -> 1.1: different\n  either may hand its own to the other, so neither may have more members\n  method b "
     "appended\nj 1.0 -> 1.1: compatible\n",
     PM_DIFF_DIFFERENT,
     "v"},
    {"what the plugin provides and the host reaches",
     {HOST, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 1)}, .abis = {ABI("i", 1, 1, AB)}},
     "i 1.0 -> 1.1: compatible\n  method b appended\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"what the host provides and the plugin reaches",
     {HOST, .provides = {OFFER("i", 1, 1)}, .abis = {ABI("i", 1, 1, AB)}},
     {PLUGIN, .abis = {ABI("i", 1, 0, A)}},
     "i 1.1 -> 1.0: compatible\n  method b removed from the end\n",
     PM_DIFF_COMPATIBLE,
     "cv"},
    {"what the plugin provides and the host reaches is compared only by its text",
     {HOST, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}},
     "",
     PM_DIFF_DIFFERENT,
     ""},
    {"an accepted interface without fingerprint",
     {HOST, .requires_ = {ACCEPT("i", 1, 0, 0)}},
     {PLUGIN, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "i 1.0 -> 1.0: unfingerprinted\n  the first file has no fingerprint of it\n",
     PM_DIFF_DIFFERENT,
     "v"},
};

/* ---- the state of plugins ---- */

static const struct state_row {
    struct row row;
    enum pm_handover handover;
    const char *text; /* why it is not handed over */
} state_rows[] = {
    {{"a state of one format",
     {PLUGIN, .state = {NULL, {3, 0}}},
     {PLUGIN, .state = {NULL, {3, 0}}},
     "",
     PM_DIFF_IDENTICAL,
     "cev"},
     PM_HANDOVER_SAME,
     NULL},
    {{"a state of another format decides nothing",
     {PLUGIN, .state = {NULL, {3, 0}}},
     {PLUGIN, .state = {NULL, {4, 0}}},
     "",
     PM_DIFF_IDENTICAL,
     "cev"},
     PM_HANDOVER_LOST,
     "the running build has version 3, the new one version 4"},
    {{"a state of another structure is no interface that differs",
     {PLUGIN, .state = {"i", {1, 0}}, .abis = {ABI("i", 1, 0, A), ABI("j", 1, 0, A)}},
     {PLUGIN, .state = {"i", {1, 0}}, .abis = {ABI("i", 1, 0, X), ABI("j", 1, 0, A)}},
     "j 1.0 -> 1.0: identical\n",
     PM_DIFF_IDENTICAL,
     "cev"},
     PM_HANDOVER_LOST,
     "both builds have i 1.0, but with another structure in the new one"},
    {{"a state that is provided too is an interface",
     {PLUGIN, .state = {"i", {1, 0}}, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .state = {"i", {1, 0}}, .provides = {PROVIDE("i", 1, 0)}, .abis = {ABI("i", 1, 0, A)}},
     "i 1.0 -> 1.0: identical\n",
     PM_DIFF_IDENTICAL,
     "cev"},
     PM_HANDOVER_SAME,
     NULL},
    {{"a state that another interface reaches is an interface",
     {PLUGIN, .state = {"i", {1, 0}}, .abis = {ABI("i", 1, 0, A), ABI("j", 1, 0, "m 0 a *struct i\nend 8")}},
     {PLUGIN, .state = {"i", {1, 0}}, .abis = {ABI("i", 1, 0, X), ABI("j", 1, 0, "m 0 a *struct i\nend 8")}},
     "i 1.0 -> 1.0: different\n  method a: return type changed from i32 to u64\n"
     "j 1.0 -> 1.0: identical\n",
     PM_DIFF_DIFFERENT,
     "v"},
     PM_HANDOVER_LOST,
     "both builds have i 1.0, but with another structure in the new one"},
    {{"another version of what is the state is an interface",
     {PLUGIN, .state = {"i", {2, 0}}, .abis = {ABI("i", 1, 0, A), ABI("i", 2, 0, A)}},
     {PLUGIN, .state = {"i", {2, 0}}, .abis = {ABI("i", 1, 0, A), ABI("i", 2, 0, A)}},
     "i 1.0 -> 1.0: identical\n",
     PM_DIFF_IDENTICAL,
     "cev"},
     PM_HANDOVER_SAME,
     NULL},
    {{"a lock file has the text of a state",
     {.abis = {ABI("i", 1, 0, A)}},
     {PLUGIN, .state = {"i", {1, 0}}, .abis = {ABI("i", 1, 0, X)}},
     "i 1.0 -> 1.0: different\n  method a: return type changed from i32 to u64\n",
     PM_DIFF_DIFFERENT,
     "v"},
     PM_HANDOVER_NONE,
     NULL},
};

/* ---- from a row to facts, and from a diff to a text ---- */

static struct pm_facts facts_of(const struct file *file)
{
    struct pm_facts facts = {.role = file->role, .name = "file"};
    facts.provides = (struct pm_provide *)file->provides;
    facts.requires_ = (struct pm_require *)file->requires_;
    facts.abis = (struct pm_abi *)file->abis;
    facts.state = file->state.version.major > 0 ? &file->state : NULL;
    for (size_t i = 0; i < MAX_ITEMS; i++) {
        facts.provide_count += file->provides[i].interface_name != NULL;
        facts.require_count += file->requires_[i].interface_name != NULL;
        facts.abi_count += file->abis[i].interface_name != NULL;
    }
    return facts;
}

static void add_version(struct pm_buffer *buffer, struct pm_version version)
{
    char text[32];
    snprintf(text, sizeof(text), "%u.%u", version.major, version.minor);
    pm_buffer_add(buffer, version.major == PM_DIFF_NO_VERSION ? "none" : text);
}

static void add_item(struct pm_buffer *buffer, const struct pm_diff_item *item)
{
    pm_buffer_add(buffer, item->interface_name);
    pm_buffer_add(buffer, " ");
    if (item->has_from)
        add_version(buffer, item->from);
    pm_buffer_add(buffer, item->has_from && item->has_to ? " -> " : "");
    if (item->has_to)
        add_version(buffer, item->to);
    pm_buffer_add(buffer, ": ");
    pm_buffer_add(buffer, pm_diff_grade_name(item->grade));
    pm_buffer_add(buffer, "\n");
    for (const char *line = item->changes; line != NULL && *line != '\0';) {
        size_t length = strcspn(line, "\n");
        pm_buffer_add(buffer, "  ");
        pm_buffer_add_bytes(buffer, line, length);
        pm_buffer_add(buffer, "\n");
        line += length + (line[length] == '\n');
    }
}

/* The caller frees. */
static char *items_text(const struct pm_diff *diff)
{
    struct pm_buffer buffer = {0};
    pm_buffer_add(&buffer, "");
    for (size_t i = 0; i < diff->count; i++)
        add_item(&buffer, &diff->items[i]);
    ck_assert(!buffer.failed);
    return buffer.data;
}

static void check_row(const struct row *row)
{
    static const char letters[] = {
        [PLUGMGR_POLICY_COMPATIBLE] = 'c', [PLUGMGR_POLICY_EXACT] = 'e', [PLUGMGR_POLICY_VERSION] = 'v'};
    const struct pm_facts from = facts_of(&row->from), to = facts_of(&row->to);
    for (size_t i = 0; i < sizeof(letters); i++) {
        struct pm_arena arena = {0};
        struct pm_diff diff;
        pm_diff(&from, &to, (enum plugmgr_policy)i, &arena, &diff);
        ck_assert(!arena.failed);
        char *text = items_text(&diff);
        ck_assert_msg(strcmp(text, row->expected) == 0, "%s: expected\n%sgot\n%s", row->name, row->expected, text);
        ck_assert_msg(diff.result == row->result, "%s: the whole is %s", row->name, pm_diff_grade_name(diff.result));
        ck_assert_msg(diff.is_accepted == (strchr(row->accepted, letters[i]) != NULL), "%s: policy %c: accepted: %d",
                      row->name, letters[i], diff.is_accepted);
        free(text);
        pm_arena_free(&arena);
    }
}

START_TEST(table_of_files_gives_items)
{
    check_row(&rows[_i]);
}
END_TEST

START_TEST(state_is_compared_apart)
{
    const struct state_row *row = &state_rows[_i];
    const struct pm_facts from = facts_of(&row->row.from), to = facts_of(&row->row.to);
    struct pm_arena arena = {0};
    struct pm_diff diff;
    check_row(&row->row);
    pm_diff(&from, &to, PLUGMGR_POLICY_COMPATIBLE, &arena, &diff);
    ck_assert_msg(diff.state.handover == row->handover, "%s: %d", row->row.name, diff.state.handover);
    ck_assert_pstr_eq(diff.state.text, row->text);
    pm_arena_free(&arena);
}
END_TEST

/* The whole is accepted if every item is: nothing else decides. */
START_TEST(items_say_alone_whether_they_are_accepted)
{
    const struct file file = {PLUGIN, .abis = {ABI("i", 1, 0, A), ABI("j", 1, 0, A)}};
    const struct file other = {PLUGIN, .abis = {ABI("i", 1, 0, A), ABI("j", 1, 0, X)}};
    const struct pm_facts from = facts_of(&file), to = facts_of(&other);
    struct pm_arena arena = {0};
    struct pm_diff diff;
    pm_diff(&from, &to, PLUGMGR_POLICY_COMPATIBLE, &arena, &diff);
    ck_assert_uint_eq(diff.count, 2);
    ck_assert(!diff.items[0].is_accepted && !diff.items[0].fits);
    ck_assert(diff.items[1].is_accepted && diff.items[1].fits);
    ck_assert(!diff.is_accepted);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(every_grade_has_a_name_of_its_own)
{
    for (int i = 0; i < PM_DIFF_GRADES; i++)
        for (int k = 0; k < i; k++)
            ck_assert_str_ne(pm_diff_grade_name((enum pm_diff_grade)i), pm_diff_grade_name((enum pm_diff_grade)k));
}
END_TEST

/* As many versions as a file can have records, in both: every pair is found, and it takes no time to speak of. */
START_TEST(many_versions_all_pair)
{
    enum { MANY = 4096 };
    struct pm_abi *abis = calloc(MANY, sizeof(*abis)), *others = calloc(MANY, sizeof(*others));
    ck_assert(abis != NULL && others != NULL);
    for (unsigned i = 0; i < MANY; i++) {
        abis[i] = (struct pm_abi)ABI("i", 0, i, A);
        others[i] = (struct pm_abi)ABI("i", 0, MANY - 1 - i, A);
    }
    const struct pm_facts from = {.role = PM_ROLE_PLUGIN, .abis = abis, .abi_count = MANY};
    const struct pm_facts to = {.role = PM_ROLE_PLUGIN, .abis = others, .abi_count = MANY};
    struct pm_arena arena = {0};
    struct pm_diff diff;
    pm_diff(&from, &to, PLUGMGR_POLICY_EXACT, &arena, &diff);
    ck_assert(!arena.failed && diff.is_accepted);
    ck_assert_uint_eq(diff.count, MANY);
    pm_diff(&(struct pm_facts){.role = PM_ROLE_PLUGIN}, &to, PLUGMGR_POLICY_COMPATIBLE, &arena, &diff);
    ck_assert(!arena.failed && diff.is_accepted);
    ck_assert_uint_eq(diff.count, MANY);
    pm_arena_free(&arena);
    free(abis);
    free(others);
}
END_TEST

/* Interfaces times interfaces, for a type that is opaque in one file: given up, and what was not looked at refused. */
START_TEST(too_many_opaque_types_end)
{
    enum { MANY = 4096 };
    struct pm_abi *abis = calloc(MANY, sizeof(*abis)), *others = calloc(MANY, sizeof(*others));
    char(*names)[8] = calloc(MANY, sizeof(*names));
    ck_assert(abis != NULL && others != NULL && names != NULL);
    for (unsigned i = 0; i < MANY; i++) {
        abis[i] = (struct pm_abi)ABI("i", 1, 0, OPAQUE);
        others[i] = (struct pm_abi)ABI("i", 1, 0, COMPLETE);
        snprintf(names[i], sizeof(names[i]), "i%u", i);
        abis[i].interface_name = others[i].interface_name = names[i];
    }
    const struct pm_facts from = {.role = PM_ROLE_PLUGIN, .abis = abis, .abi_count = MANY};
    const struct pm_facts to = {.role = PM_ROLE_PLUGIN, .abis = others, .abi_count = MANY};
    struct pm_arena arena = {0};
    struct pm_diff diff;
    pm_diff(&from, &to, PLUGMGR_POLICY_COMPATIBLE, &arena, &diff);
    ck_assert(!arena.failed && !diff.is_accepted);
    ck_assert_uint_eq(diff.count, MANY);
    ck_assert_int_eq(diff.items[0].grade, PM_DIFF_DIFFERENT);
    ck_assert_str_eq(diff.items[0].changes, "struct db: opaque in one of them; too much to compare with all others\n"
                                            "struct db: complete instead of opaque");
    ck_assert_int_eq(diff.items[MANY - 1].grade, PM_DIFF_COMPATIBLE);
    pm_arena_free(&arena);
    free(abis);
    free(others);
    free(names);
}
END_TEST

/* Fails the first allocation, the second, and so on: either that is told, or the result is whole. */
static void check_memory(const struct row *row)
{
    const struct pm_facts from = facts_of(&row->from), to = facts_of(&row->to);
    for (size_t nth = 1;; nth++) {
        struct pm_arena arena = {0};
        struct pm_diff diff;
        fail_allocation_once(nth);
        pm_diff(&from, &to, PLUGMGR_POLICY_COMPATIBLE, &arena, &diff);
        bool has_failed = fail_allocation_happened();
        fail_allocation(0);
        ck_assert_msg(arena.failed == has_failed, "%s: allocation %zu", row->name, nth);
        if (!has_failed) {
            char *text = items_text(&diff);
            ck_assert_str_eq(text, row->expected);
            free(text);
        }
        pm_arena_free(&arena);
        if (!has_failed)
            return;
    }
}

START_TEST(out_of_memory_is_told)
{
    check_memory(&rows[_i]);
}
END_TEST

START_TEST(out_of_memory_beside_a_state_is_told)
{
    check_memory(&state_rows[_i].row);
}
END_TEST

int main(void)
{
    const int row_count = (int)(sizeof(rows) / sizeof(rows[0]));
    const int state_count = (int)(sizeof(state_rows) / sizeof(state_rows[0]));
    Suite *suite = suite_create("diff");
    TCase *tcase = tcase_create("diff");
    tcase_add_loop_test(tcase, table_of_files_gives_items, 0, row_count);
    tcase_add_test(tcase, items_say_alone_whether_they_are_accepted);
    tcase_add_test(tcase, every_grade_has_a_name_of_its_own);
    tcase_add_test(tcase, many_versions_all_pair);
    tcase_add_test(tcase, too_many_opaque_types_end);
    tcase_add_loop_test(tcase, out_of_memory_is_told, 0, row_count);
    tcase_add_loop_test(tcase, state_is_compared_apart, 0, state_count);
    tcase_add_loop_test(tcase, out_of_memory_beside_a_state_is_told, 0, state_count);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
