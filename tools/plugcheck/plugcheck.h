/* SPDX-License-Identifier: MIT */
/* plugcheck.h: what the files of plugcheck share. */
#ifndef PLUGCHECK_H
#define PLUGCHECK_H

#include "diff.h"
#include "input.h"
#include "matrix.h"
#include "model.h"
#include "report.h"

#include <jansson.h>

/* Version of the JSON, docs/plugcheck-json.md; grows when a field changes its meaning or goes. */
#define PLUGCHECK_SCHEMA 1

/* The verdict on one plugin, for one host or for none. New reference; NULL: no memory. */
json_t *verdict_to_json(const struct plugmgr_report *report);

/* What a module or lock file says of itself. New reference; NULL: no memory. */
json_t *module_to_json(const struct input *input, const char *shown_path);

/* The same for people, to standard output; with the texts of fingerprints if is_verbose. false: no memory for all of
 * it. */
bool module_print(const struct input *input, const char *shown_path, bool is_verbose);

/* How the two files and the policy are called. */
struct diff_names {
    const char *from, *to, *policy;
};

/* What changed from one file to the other. New reference; NULL: no memory. */
json_t *diff_to_json(const struct pm_diff *diff, const struct diff_names *names);

/* The same for people, to standard output; flags: PLUGMGR_TEXT_…. false: no memory, and nothing is printed. */
bool diff_print(const struct pm_diff *diff, const struct diff_names *names, unsigned flags);

/* Prints {"schema": …, "policy": policy or null, name: array} and, if there is one, the matrix to standard output;
 * takes the reference. -1: no memory, or standard output cannot be written. */
int json_print(const char *name, json_t *array, const char *policy, const struct matrix *matrix);

#endif
