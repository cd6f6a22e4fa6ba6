/* SPDX-License-Identifier: MIT */
/* dwarfsize.h: a look at debug information before libdw reads it. */
#ifndef PLUGPIN_DWARFSIZE_H
#define PLUGPIN_DWARFSIZE_H

#include "dwarfdie.h"

/* libdw keeps a kilobyte or two for each unit (a unit has 11 bytes at least), and a hundred bytes for each abbreviation
 * that a unit has been asked for, though many units may share them. So a small object could take any memory and time.
 * is_linked: many times as much is usual in a linked file. -1: too many (told). */
int dwarf_check_size(const struct die_reader *dies, bool is_linked);

#endif
