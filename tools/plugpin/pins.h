/* SPDX-License-Identifier: MIT */
/* pins.h: libraries and options -> the pins of the module. */
#ifndef PLUGPIN_PINS_H
#define PLUGPIN_PINS_H

#include "library.h"

enum rule_action { RULE_REQUIRE, RULE_RECORD, RULE_LEAVE_OUT };

/* --require=GLOB, --record=GLOB, --no-pin=GLOB; the last one that matches a library decides. */
struct rule {
    enum rule_action action;
    const char *option; /* as it is spelt */
    const char *glob;   /* of sonames; fnmatch(3) */
    bool has_matched;
};

/* --also=SONAME:BUILD-ID: another build that is as good. */
struct also {
    const char *object;
    struct pm_build_id build_id;
    bool has_matched;
};

/* Zeroed is the default; the owner frees rules and also. */
struct pin_options {
    struct rule *rules;
    size_t rule_count;
    struct also *also;
    size_t also_count;
    const char *host; /* --pin-host=FILE, or NULL */
    bool is_verbose;  /* print each pin on standard output */
};

/* Sets the pins in the facts, which have none yet. -1: told. */
int pins_make(struct pin_options *options, struct libraries *libraries, const struct target *target,
              struct pm_facts *facts);

#endif
