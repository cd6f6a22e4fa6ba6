/* SPDX-License-Identifier: MIT */
#include "shelf.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_SIZE = 64 << 20 }; /* of all that is kept, bytes */

/* Where it stands; shelf->count: nowhere. */
static size_t place_of(const struct pm_shelf *shelf, const struct pm_tree *tree, const char *path)
{
    size_t at = 0;
    while (at < shelf->count && (shelf->books[at]->tree != tree || strcmp(shelf->books[at]->path, path) != 0))
        at++;
    return at;
}

static void close_book(struct pm_book *book)
{
    pm_image_close(book->image);
    pm_file_close(&book->file);
    free(book->path);
    free(book);
}

static struct pm_book *take_out(struct pm_shelf *shelf, size_t at)
{
    struct pm_book *book = shelf->books[at];
    shelf->count--;
    shelf->size -= book->size;
    memmove(shelf->books + at, shelf->books + at + 1, (shelf->count - at) * sizeof(struct pm_book *));
    return book;
}

static bool is_current(const struct pm_book *book)
{
    struct pm_identity now;
    return pm_path_identify_in(book->tree, book->path, &now) && pm_identity_equal(&now, &book->file.identity);
}

int pm_shelf_take(struct pm_shelf *shelf, const struct pm_tree *tree, const char *path, struct pm_book **ret_book,
                  struct pm_problem *ret_problem)
{
    struct pm_file file;
    const size_t at = shelf != NULL ? place_of(shelf, tree, path) : 0;
    if (shelf != NULL && at < shelf->count) {
        *ret_book = take_out(shelf, at);
        if (is_current(*ret_book))
            return 0;
        close_book(*ret_book);
    }
    if (pm_file_open_in(tree, path, &file, ret_problem) < 0)
        return -1;
    struct pm_book *book = calloc(1, sizeof(*book));
    char *copy = strdup(path);
    if (book == NULL || copy == NULL) {
        free(book);
        free(copy);
        pm_file_close(&file);
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
    }
    *book = (struct pm_book){.tree = tree, .path = copy, .file = file};
    *ret_book = book;
    return 0;
}

static bool make_room(struct pm_shelf *shelf)
{
    if (shelf->books == NULL)
        shelf->books = calloc(shelf->limit, sizeof(struct pm_book *));
    return shelf->books != NULL;
}

/* Another of the same file may have been put back meanwhile. */
static bool is_worth_keeping(const struct pm_shelf *shelf, const struct pm_book *book)
{
    return book->image != NULL && shelf->limit > 0 && book->size <= MAX_SIZE / 4 &&
           !pm_file_is_among_last(&book->file) && place_of(shelf, book->tree, book->path) == shelf->count;
}

void pm_shelf_put(struct pm_shelf *shelf, struct pm_book *book)
{
    if (book == NULL)
        return;
    book->size = book->image != NULL ? pm_image_memory(book->image) : 0;
    if (shelf == NULL || !is_worth_keeping(shelf, book) || !make_room(shelf)) {
        close_book(book);
        return;
    }
    while (shelf->count > 0 && (shelf->count >= shelf->limit || book->size > MAX_SIZE - shelf->size))
        close_book(take_out(shelf, 0));
    shelf->books[shelf->count++] = book;
    shelf->size += book->size;
}

struct pm_image *pm_book_image(struct pm_book *book, struct pm_problem *ret_problem)
{
    if (book->image == NULL && pm_image_open(&book->file, &book->image, ret_problem) < 0)
        book->image = NULL;
    if (book->image != NULL)
        pm_image_begin(book->image);
    return book->image;
}

void pm_shelf_free(struct pm_shelf *shelf)
{
    while (shelf->count > 0)
        close_book(shelf->books[--shelf->count]);
    free(shelf->books);
    *shelf = (struct pm_shelf){.limit = shelf->limit};
}
