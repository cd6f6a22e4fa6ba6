/* SPDX-License-Identifier: MIT */
/* image_inner.h: what the files image*.c share: an open image, and its bytes. */
#ifndef PM_IMAGE_INNER_H
#define PM_IMAGE_INNER_H

#include "image.h"

#include <gelf.h>
#include <libelf.h>

enum {
    PM_HEAD_SIZE = 4096, /* read at once; holds all that is needed of most small plugins */
};

/* A part of the file that did not lie in the head. */
struct pm_block {
    uint64_t offset;
    size_t size;
    unsigned reading; /* that looked at it last */
    uint8_t *bytes;
};

struct pm_segment {
    uint32_t type, flags;
    uint64_t offset, address, file_size, memory_size, align;
};

struct pm_image {
    const struct pm_file *file; /* borrowed */
    GElf_Ehdr header;
    struct pm_traits traits;
    bool is_swapped;
    struct pm_segment *segments; /* few_segments, if they have room there */
    size_t segment_count;
    struct pm_view view;     /* of the dynamic section's tables */
    struct pm_block *blocks; /* by offset */
    size_t block_count, block_capacity;
    size_t looked_size; /* bytes of those that were looked at by this reading */
    unsigned reading;   /* counts them */
    size_t notes_size;  /* walked so far */
    size_t head_size;
    struct pm_segment few_segments[16];
    _Alignas(16) uint8_t head[PM_HEAD_SIZE];
};

static inline bool pm_image_is_64(const struct pm_image *image)
{
    return image->traits.elf_class == ELFCLASS64;
}

static inline int pm_image_malformed(struct pm_problem *ret_problem, const char *what)
{
    return pm_problem_set(ret_problem, PM_ELF_MALFORMED, what, NULL);
}

/* The bytes of a range of the file, valid until the image is closed. NULL: *ret_problem. */
const uint8_t *pm_image_range(struct pm_image *image, uint64_t offset, size_t size, const char *what,
                              struct pm_problem *ret_problem);

/* Entries of a table in the file's own form into *ret_table (the class's structs in our byte order); freed by the
 * caller. -1: *ret_problem. */
int pm_image_translate(struct pm_image *image, Elf_Type type, size_t entry_size, uint64_t offset, size_t count,
                       const char *what, void **ret_table, struct pm_problem *ret_problem);

/* Whatever else is wrong with it: if the file is only debug information, that is the simple cause. Returns -1. */
int pm_image_debug_only_or(struct pm_image *image, struct pm_problem *ret_problem);
int pm_image_debug_only(struct pm_problem *ret_problem);

/* Where in the file the byte of an address lies, and how many bytes of its segment follow there. */
bool pm_image_offset_of(const struct pm_image *image, uint64_t address, uint64_t *ret_offset, uint64_t *ret_remaining);

/* Sets up image->view, whose tables the dynamic section fills. */
void pm_image_make_view(struct pm_image *image);

#endif
