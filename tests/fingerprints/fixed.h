/* SPDX-License-Identifier: MIT */
/* fixed.h: interfaces whose layout is the same on every machine: a function's type has no size, and what it reaches by
 * pointer has members of fixed size and natural alignment. And one with bit-fields and pointers, whose layout follows the
 * machine. */
#ifndef FIXED_H
#define FIXED_H 1

#include <plugmgr/interface.h>
#include <stdint.h>

enum color { COLOR_RED = 1, COLOR_GREEN, COLOR_NONE = -1 };

struct pixel {
    uint8_t red, green, blue, alpha;
};

struct picture {
    uint32_t width, height;
    int32_t offsets[4];
    struct pixel corner[2][2];
    enum color tint;
    float gamma;
    union {
        uint32_t whole;
        uint16_t halves[2];
    } key;
};
PLUGMGR_FUNCTION(paint, int32_t(struct picture *picture, const struct pixel *pixel, int16_t at, uint64_t ticks), 1, 0);

struct flags {
    uint32_t low : 3;
    uint32_t middle : 7;
    uint32_t high : 22;
    uint16_t rest;
};
struct palette {
    int32_t (*count)(const struct flags *flags);
    struct picture *(*at)(int32_t index);
    double (*weight)(long index, int64_t total);
#ifdef EDITED
    int32_t (*extra)(void);
#endif
};
PLUGMGR_INTERFACE(palette, struct palette, 1, 0);

#endif
