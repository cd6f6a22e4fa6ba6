/* SPDX-License-Identifier: MIT */
/* shapes.h: interfaces of the types that are not a struct with a tag: each must be declared without a warning, take no
 * byte, and be there in the debug information. C and C++. */
#ifndef SHAPES_H
#define SHAPES_H 1

#include <plugmgr/interface.h>

typedef struct {
    int (*run)(void);
    char tail;
} untagged;
PLUGMGR_INTERFACE(untagged, untagged, 1, 0);

union number {
    int whole;
    double real;
};
PLUGMGR_INTERFACE(number, union number, 1, 0);

typedef int matrix[3][2];
PLUGMGR_INTERFACE(matrix, matrix, 1, 0);
PLUGMGR_INTERFACE(row, int[4], 1, 0);

PLUGMGR_INTERFACE(largest, double, 9999, 9999);

typedef int handler(const char *text, int length);
PLUGMGR_FUNCTION(handler, handler, 1, 0);
PLUGMGR_FUNCTION(printer, int(const char *format, ...), 9999, 9999);
PLUGMGR_FUNCTION(nothing, void(void), 0, 0);
PLUGMGR_FUNCTION(finder, handler *(const char *name), 1, 0);

struct unseen;
PLUGMGR_OPAQUE(unseen);

#ifndef __cplusplus /* ISO C++ has no flexible array members */
struct growing {
    int count;
    int items[];
};
PLUGMGR_INTERFACE(growing, struct growing, 1, 0);
#endif

#endif
