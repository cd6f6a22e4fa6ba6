/* SPDX-License-Identifier: MIT */
/* image.h: descriptor -> a view of an ELF file: header, segments, notes, dynamic section, symbols. Only image*.c know
 * libelf. Any class, byte order and machine. Reads the first 4 KiB, and of the rest just what is asked for: the cost
 * does not depend on the file's size. Nothing is mapped. */
#ifndef PM_IMAGE_H
#define PM_IMAGE_H

#include "file.h"
#include "model.h"
#include "symbols.h"

#include <stdbool.h>
#include <stdint.h>

struct pm_image;

/* Reads header and program headers, and checks that every segment lies within the file. The file is borrowed and must
 * stay open. -1: *ret_problem. */
int pm_image_open(const struct pm_file *file, struct pm_image **ret_image, struct pm_problem *ret_problem);
void pm_image_close(struct pm_image *image);

/* The same for many files, one after the other, in the same memory: what was read of the file before is gone, also
 * when -1 is returned. */
struct pm_image *pm_image_new(void); /* NULL: no memory */
int pm_image_read(struct pm_image *image, const struct pm_file *file, struct pm_problem *ret_problem);

const struct pm_traits *pm_image_traits(const struct pm_image *image);

/* A sealed copy of all that is loaded: up to the end of the last segment. Section headers, which lie behind, are not in it,
 * and its ELF header names none. The caller closes it. -1: *ret_problem, as pm_file_seal. */
int pm_image_seal(const struct pm_image *image, struct pm_file *ret_copy, struct pm_problem *ret_problem);

/* All notes of all PT_NOTE segments: the PlugMgr ones into *facts (zeroed by the caller, who frees), the GNU build-ID
 * into *ret_build_id. 1: there are PlugMgr notes; 0: there are none; -1: *ret_problem (NOTE_MALFORMED, …). */
int pm_image_read_notes(struct pm_image *image, struct pm_facts *facts, struct pm_build_id *ret_build_id,
                        struct pm_problem *ret_problem);

/* "NAME VERSION" of the package that the file is from, by its note; in the arena. NULL: it does not say, or not
 * readably. */
const char *pm_image_read_package(struct pm_image *image, struct pm_arena *arena);

/* Whether a PlugMgr note lies in a section: asked of a file that has none in a PT_NOTE. Reads the section headers; where
 * they make no sense there is none. 1: yes; 0: no; -1: *ret_problem (OUT_OF_MEMORY, FILE_UNREADABLE). */
int pm_image_has_unmapped_note(struct pm_image *image, struct pm_problem *ret_problem);

/* Whether no executable segment has bytes in the file, as in a debug-only file and in a library of data. */
bool pm_image_lacks_code(const struct pm_image *image);

/* Whether loading it makes the stack executable: its PT_GNU_STACK says so, or it has none on a machine where that means
 * it. */
bool pm_image_wants_executable_stack(const struct pm_image *image);

/* Whether a segment is writable and executable at once. */
bool pm_image_has_writable_code(const struct pm_image *image);

/* Whether the file has only debug information left: its sections of code have no bytes. Reads the section headers.
 * 1, 0, -1: as above. */
int pm_image_is_debug_only(struct pm_image *image, struct pm_problem *ret_problem);

/* The dynamic section, its strings copied into the arena.
 * 1: read; 0: the file has no PT_DYNAMIC (static executable); -1: *ret_problem. */
int pm_image_read_dynamic(struct pm_image *image, struct pm_arena *arena, struct pm_dynamic *ret_dynamic,
                          struct pm_problem *ret_problem);

/* The tables of the dynamic section, after pm_image_read_dynamic; valid until the image is closed. */
struct pm_view *pm_image_view(struct pm_image *image);

/* What is read of it counts anew from here on, against what may be read of one file and looked up in it; bytes that are
 * there already count when they are looked at. */
void pm_image_begin(struct pm_image *image);

/* Bytes read of it since then, beyond the first 4 KiB. */
size_t pm_image_size_read(const struct pm_image *image);

/* Bytes of memory that it takes. */
size_t pm_image_memory(const struct pm_image *image);

/* Looks the name up as the dynamic linker does, in no version in particular; after pm_image_read_dynamic. -1:
 * *ret_problem. */
int pm_image_find_symbol(struct pm_image *image, const char *name, enum pm_symbol *ret_symbol,
                         struct pm_problem *ret_problem);

#endif
