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
    size_t size;            /* bytes of memory, as the shelf counted them */
};

/* Zeroed, but for the limit, is empty. */
struct pm_shelf {
    size_t limit;           /* files: each keeps a descriptor open */
    struct pm_book **books; /* room for so many; the one that was put back last is the last. NULL: none yet */
    size_t count;
    size_t size; /* bytes of all */
};

/* Takes the file from the shelf; opens it, if it is not there, or if the path leads to another file now, or to another
 * state of it. It is given back with pm_shelf_put. -1: *ret_problem, as pm_file_open_in. shelf may be NULL: nothing is
 * on it. */
int pm_shelf_take(struct pm_shelf *shelf, const struct pm_tree *tree, const char *path, struct pm_book **ret_book,
                  struct pm_problem *ret_problem);

/* Keeps what was read of it, in place of what was put back longest ago where the limit is reached; closes it, if
 * nothing was read, or descriptors are scarce. book and shelf may be NULL. */
void pm_shelf_put(struct pm_shelf *shelf, struct pm_book *book);

/* The image of its file, which is closed with it; what is read of it is counted from here on. NULL: *ret_problem, as
 * pm_image_open. */
struct pm_image *pm_book_image(struct pm_book *book, struct pm_problem *ret_problem);

/* Closes all. */
void pm_shelf_free(struct pm_shelf *shelf);

#endif
