/* SPDX-License-Identifier: MIT */
/* script.h: a linker script that stands in a library's place (glibc's libc.so) -> the files it names. Pure. */
#ifndef PLUGPIN_SCRIPT_H
#define PLUGPIN_SCRIPT_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>

enum script_kind {
    SCRIPT_FILE,     /* INPUT, GROUP or AS_NEEDED: a path, or -lNAME */
    SCRIPT_DIRECTORY /* SEARCH_DIR */
};

struct script_item {
    enum script_kind kind;
    const char *text;
};

struct script {
    struct script_item *items;
    size_t count;
    bool is_script; /* it has an INPUT or a GROUP */
};

/* Reads the text. What else linker scripts may hold is passed over. Strings lie in the arena, the items are freed by
 * the caller. -1: out of memory (told). */
int script_parse(const char *text, struct pm_arena *arena, struct script *ret_script);

#endif
