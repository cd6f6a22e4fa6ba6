/* SPDX-License-Identifier: MIT */
/* matrix.h: the verdicts on several plugins for one host or several, collected to be shown together: a row for each
 * plugin, a column for each host. */
#ifndef PLUGCHECK_MATRIX_H
#define PLUGCHECK_MATRIX_H

#include "report.h"

#include <jansson.h>

/* The worse the greater. */
enum outcome { OUTCOME_ACCEPTED, OUTCOME_WARNED, OUTCOME_REFUSED, OUTCOME_UNREADABLE, OUTCOMES };

/* Strings are in the matrix's arena, or static. */
struct cell {
    enum outcome outcome;
    const char *code;      /* of its first finding, if it is refused */
    const char *plugin;    /* name and version, or NULL */
    const char *host;      /* the same of the host; NULL: there is none, or judging did not get so far */
    const char *real_path; /* of the plugin, escaped, or NULL */
    size_t count_of[PLUGMGR_REFUSAL + 1];
    const char *body;    /* the findings as text; "": there is none to be shown */
    const char *general; /* the same of any host and plugin: it names neither of them */
    size_t row;
    struct cell *next; /* of the next plugin in the same report */
};

struct column {
    const char *path; /* of the host, escaped; NULL: there is no host */
    const char *name; /* its name and version, escaped */
    struct cell *cells;
};

struct matrix {
    struct pm_arena arena;
    const char **paths; /* of the plugins, escaped */
    size_t row_count;
    struct column *columns;
    size_t column_count;
};

/* For so many plugins and at most so many hosts. NULL: no memory. */
struct matrix *matrix_new(char *const *plugin_paths, size_t plugin_count, size_t host_count);
void matrix_free(struct matrix *matrix);

/* Begins a column: of a host's file and its name and version, or of none. */
void matrix_begin_column(struct matrix *matrix, const char *host_path, const char *name, const char *version);

/* The verdict on a plugin, into the column begun last; what is shown of it by flags, PLUGMGR_TEXT_…. real_path may be
 * NULL. */
void matrix_set(struct matrix *matrix, size_t row, const struct plugmgr_report *report, const char *real_path,
                unsigned flags);

/* Whether the matrix lacks something for want of memory. */
bool matrix_failed(const struct matrix *matrix);

/* The worst of a row. */
enum outcome matrix_row_outcome(const struct matrix *matrix, size_t row);

/* The table, for a terminal of so many columns; the reasons, each once; and how many are accepted. The caller frees it;
 * NULL: no memory. */
char *matrix_text(struct matrix *matrix, unsigned flags, size_t width);

/* "hosts" and "matrix" of the JSON. New references; NULL: no memory. */
json_t *matrix_hosts_to_json(const struct matrix *matrix);
json_t *matrix_rows_to_json(const struct matrix *matrix);

/* ---- for the two files that print it ---- */

struct matrix_style {
    const char *outcomes[OUTCOMES], *strong, *faint, *end;
};
const struct matrix_style *matrix_style(unsigned flags);

void matrix_add_count(struct pm_buffer *buffer, const char *separator, size_t count, const char *noun);
/* How a host is called: by its name and version, or by its path if another one has the same. */
const char *matrix_host_label(const struct matrix *matrix, size_t column);

/* The body with "these hosts" in the place of the host's name, where it says what to do, and with "the plugin" in the
 * place of its path. In the arena. */
const char *matrix_generalize(struct pm_arena *arena, const struct cell *cell, bool any_host, bool any_plugin);

/* The reports with findings to be shown, each once, with a blank line before each but the first. Whether there are. */
bool matrix_add_reasons(struct pm_buffer *buffer, struct matrix *matrix, unsigned flags);

#endif
