/* SPDX-License-Identifier: MIT */
/* input.h: a file to describe or to compare: a plugin, a host, or a lock file (what `plugpin --dump` prints). */
#ifndef PLUGCHECK_INPUT_H
#define PLUGCHECK_INPUT_H

#include "model.h"
#include "report.h"

struct input {
    struct pm_module
        module; /* of a lock file: its facts have texts alone; a text without version has PM_DIFF_NO_VERSION */
    bool is_lock;
    bool is_sound; /* it could be read, and is one of the three */
};

/* Reads the file; what it is shows in its content. path: borrowed. The caller frees in every case. */
void input_read(const char *path, struct input *ret_input);

/* Why it is not sound. NULL: no memory. */
struct plugmgr_report *input_report(const struct input *input, const char *path);

void input_free(struct input *input);

#endif
