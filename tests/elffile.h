/* SPDX-License-Identifier: MIT */
/* elffile.h: reads an ELF file, be it a module or not. */
#ifndef ELFFILE_H
#define ELFFILE_H

#include "module.h"

/* Its traits, build-ID and dynamic section; the test fails where they cannot be read. The caller frees. */
void elffile_read(const char *path, struct pm_module *ret_module);

#endif
