/* SPDX-License-Identifier: MIT */
/* directory.h: what is in a directory and named as a shared object. */
#ifndef PM_DIRECTORY_H
#define PM_DIRECTORY_H

#include "error.h"

#include <dirent.h>
#include <stdbool.h>

struct pm_directory {
    DIR *stream;
    int descriptor; /* of the directory, as long as it is open */
};

/* -1: *ret_problem (FILE_ABSENT, FILE_NOT_REGULAR: it is no directory, FILE_UNREADABLE, OUT_OF_MEMORY). The caller
 * closes. */
int pm_directory_open(const char *path, struct pm_directory *ret_directory, struct pm_problem *ret_problem);
void pm_directory_close(struct pm_directory *directory);

/* The next name of the form NAME.so or NAME.so.N…, in the order of the directory; not hidden ones, nor what the
 * directory says is neither a file nor a link. *ret_is_file: it says that it is a file; else whoever opens it looks
 * first. The name is valid until the next call. 1; 0: there is no more; -1: *ret_problem. */
int pm_directory_next(struct pm_directory *directory, const char **ret_name, bool *ret_is_file,
                   struct pm_problem *ret_problem);

#endif
