/* SPDX-License-Identifier: MIT */
/* compiler.h: what the compiler driver ($CC) knows about where the linker looks. It is run without a shell. */
#ifndef PLUGPIN_COMPILER_H
#define PLUGPIN_COMPILER_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>

/* Zeroed, then compiler_init. Strings lie in the arena. */
struct compiler {
    struct pm_arena *arena; /* borrowed */
    const char **words;     /* $CC, split on spaces, and the options that choose among its library directories */
    size_t word_count;
    const char *sysroot;      /* a real path without a slash at its end; "": none; NULL: not asked yet */
    const char **directories; /* where the linker itself looks, NULL-terminated; NULL: not asked yet */
};

/* arguments: the linker's, of which --sysroot, -m…, --target and -B are passed on. -1: told. */
int compiler_init(struct compiler *compiler, struct pm_arena *arena, char *const *arguments, size_t count);
void compiler_free(struct compiler *compiler);

/* $CC as it was asked for, for messages. */
const char *compiler_name(const struct compiler *compiler);

/* Sets *ret_path to the file that the compiler would hand to the linker under this name; NULL: it knows none. -1: the
 * compiler cannot be run (told). */
int compiler_find_file(struct compiler *compiler, const char *name, const char **ret_path);

/* Where the linker looks last, by itself (/usr/local/lib and others); empty if it does not tell. */
const char *const *compiler_linker_directories(struct compiler *compiler);

/* The root of the target's files; "" if there is none but /. */
const char *compiler_sysroot(struct compiler *compiler);

/* Whether the option behind `--` has its argument in the next word. */
bool option_takes_argument(const char *option);

#endif
