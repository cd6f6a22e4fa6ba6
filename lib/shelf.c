/* SPDX-License-Identifier: MIT */
#include "shelf.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_SIZE = 64 << 20, /* of all that is kept, bytes */
    MAX_BOOK = 16 << 20, /* of one: far below what may be read of an image, for the next one reads on */
    BOOK_SIZE = 8192,    /* of one, beside what is read beyond its first page */
};

/* Where it stands; shelf->count: nowhere. */
static size_t place_of(const struct pm_shelf *shelf, const struct pm_tree *tree, const char *path)
{
    size_t at = 0;
    while (at < shelf->count && (shelf->books[at]->tree != tree || strcmp(shelf->books[at]->path, path) != 0))
        at++;
    return at;
}

static bool has(const struct pm_shelf *shelf, const struct pm_tree *tree, const char *path)
{
    return shelf != NULL && place_of(shelf, tree, path) < shelf->count;
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
    shelf->books[at] = shelf->books[--shelf->count];
    shelf->size -= book->size;
    return book;
}

int pm_shelf_take(struct pm_shelf *shelf, const struct pm_tree *tree, const char *path, struct pm_book **ret_book,
                  struct pm_problem *ret_problem)
{
    struct pm_file file;
    if (has(shelf, tree, path)) {
        *ret_book = take_out(shelf, place_of(shelf, tree, path));
        return 0;
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
    if (shelf->count < shelf->capacity)
        return true;
    size_t capacity = shelf->capacity > 0 ? 2 * shelf->capacity : 8;
    struct pm_book **books = realloc(shelf->books, capacity * sizeof(*books));
    if (books == NULL)
        return false;
    shelf->books = books;
    shelf->capacity = capacity;
    return true;
}

static bool has_room(const struct pm_shelf *shelf, const struct pm_book *book)
{
    return book->image != NULL && shelf->count < shelf->limit && book->size <= MAX_BOOK &&
           book->size <= MAX_SIZE - shelf->size;
}

void pm_shelf_put(struct pm_shelf *shelf, struct pm_book *book)
{
    if (book == NULL)
        return;
    book->size = BOOK_SIZE + (book->image != NULL ? pm_image_size_read(book->image) : 0);
    if (shelf == NULL || !has_room(shelf, book) || has(shelf, book->tree, book->path) || !make_room(shelf)) {
        close_book(book);
        return;
    }
    shelf->books[shelf->count++] = book;
    shelf->size += book->size;
}

struct pm_image *pm_book_image(struct pm_book *book, struct pm_problem *ret_problem)
{
    if (book->image == NULL && pm_image_open(&book->file, &book->image, ret_problem) < 0)
        book->image = NULL;
    return book->image;
}

bool pm_shelf_identify(const struct pm_shelf *shelf, const struct pm_tree *tree, const char *path,
                       struct pm_identity *ret_identity)
{
    struct pm_file file;
    struct pm_problem ignored;
    if (has(shelf, tree, path)) {
        *ret_identity = shelf->books[place_of(shelf, tree, path)]->file.identity;
        return true;
    }
    if (pm_file_open_in(tree, path, &file, &ignored) < 0)
        return false;
    *ret_identity = file.identity;
    pm_file_close(&file);
    return true;
}

void pm_shelf_free(struct pm_shelf *shelf)
{
    while (shelf->count > 0)
        close_book(shelf->books[--shelf->count]);
    free(shelf->books);
    *shelf = (struct pm_shelf){.limit = shelf->limit};
}
