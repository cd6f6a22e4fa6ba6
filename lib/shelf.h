/* SPDX-License-Identifier: MIT */
/* shelf.h: library files, each opened and read once for all that is asked of it: where it is, what it needs, which
 * symbols it names and has; and, as long as the shelf is kept, of the next plugin again. */
#ifndef PM_SHELF_H
#define PM_SHELF_H

#include "file.h"
#include "image.h"

#include <stddef.h>

/* A file that was taken from the shelf. */
struct pm_book {
    const struct pm_tree *tree; /* as for pm_file_open_in */
    char *path;
    struct pm_file file;
    struct pm_image *image; /* NULL: nothing was read of it yet */
    size_t size;            /* bytes, as the shelf counted it */
};

/* Zeroed, but for the limit, is empty. Where a shelf may be NULL, nothing is kept. */
struct pm_shelf {
    size_t limit; /* files: each keeps a descriptor open */
    struct pm_book **books;
    size_t count, capacity;
    size_t size; /* bytes of all */
};

/* Takes the file from the shelf; opens it, if it is not there. It is given back with pm_shelf_put. -1: *ret_problem, as
 * pm_file_open_in. shelf may be NULL. */
int pm_shelf_take(struct pm_shelf *shelf, const struct pm_tree *tree, const char *path, struct pm_book **ret_book,
                  struct pm_problem *ret_problem);

/* Keeps what was read of it, if there is room; else closes it. book and shelf may be NULL. */
void pm_shelf_put(struct pm_shelf *shelf, struct pm_book *book);

/* The image of its file, which is closed with it. NULL: *ret_problem, as pm_image_open. */
struct pm_image *pm_book_image(struct pm_book *book, struct pm_problem *ret_problem);

/* Which file that is, without keeping what is not there. false: it cannot be opened. shelf may be NULL. */
bool pm_shelf_identify(const struct pm_shelf *shelf, const struct pm_tree *tree, const char *path,
                       struct pm_identity *ret_identity);

/* Closes all. */
void pm_shelf_free(struct pm_shelf *shelf);

#endif
