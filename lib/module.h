/* SPDX-License-Identifier: MIT */
/* module.h: a file, read as far as a verdict asks: header, segments, notes, dynamic section, provided symbols. */
#ifndef PM_MODULE_H
#define PM_MODULE_H

#include "file.h"
#include "model.h"

/* Reads the open file into *ret_module, which the caller frees in every case. What cannot be read is told in its
 * problems, not by a return value. path: what to call it; borrowed. Out of memory: a problem too. */
void pm_module_read(const struct pm_file *file, const char *path, struct pm_module *ret_module);

/* To be called before the file is closed, if the module outlives that: nothing more will be read of it. */
void pm_module_leave_file(struct pm_module *module);

/* The same from a path, the file closed again. */
void pm_module_read_path(const char *path, struct pm_module *ret_module);

void pm_module_free(struct pm_module *module);

#endif
