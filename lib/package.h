/* SPDX-License-Identifier: MIT */
/* package.h: the note by which a distribution says from which package a file is. Pure. */
#ifndef PM_PACKAGE_H
#define PM_PACKAGE_H

#include "note.h"

/* Whether it is that note: .note.package, owner FDO (systemd.io/PACKAGE_METADATA_FOR_EXECUTABLE_FILES). */
bool pm_note_is_package(const struct pm_note *note);

/* "NAME VERSION" of its JSON text; the text lives in the arena, as it stands there. NULL: it has no name, or is no JSON
 * object of plain strings. */
const char *pm_package_text(struct pm_arena *arena, const struct pm_note *note);

#endif
