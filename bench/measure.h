/* SPDX-License-Identifier: MIT */
/* measure: how all benchmarks take time, compare and tell. Nothing here asserts anything; what cannot be measured ends
 * the program with a word on stderr.
 *
 * Two things are compared in rounds. Each round does both, one behind the other, in turns first the one or the other,
 * so that both see the same machine; what is told is the median of the rounds' ratios with the range of the middle
 * half, and the median times beside. A line of measure_same compares the reference with itself: differences as large as
 * its range mean nothing.
 *
 * Each line is printed, and appended to the file that the environment variable BENCH_CSV names, if it is set, as
 *
 *   table,size,name,reference,ratio,low,high,value,reference_value,unit
 *
 * where the texts are quoted, size is of what was measured (bytes, files, users; 0: it has none) and low to high is the
 * middle half of the ratios. A line without a reference has a value and its unit only. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>

struct measure {
    const char *table, *name, *reference_name;
    /* Done repeat times within one measuring of time. */
    void (*run)(const void *argument);
    const void *argument;
    void (*reference)(const void *argument);
    const void *reference_argument;
    /* Instead of run and reference: measures by itself, returns nanoseconds; 0 or less: the round shows nothing, and is
     * done again. */
    double (*time)(const void *argument), (*reference_time)(const void *argument);
    unsigned rounds, repeat; /* 0: MEASURE_ROUNDS, 1 */
    double size;             /* of what is measured; 0: none */
    double parts;            /* what is told is the time for one of so many; 0: 1 */
    const char *unit;        /* of the values given to measure_values; NULL: ns */
};

enum { MEASURE_ROUNDS = 201 };

/* Nanoseconds of a clock that only goes forward. */
double measure_now(void);
/* The value below which the given part of the values is (0.5: the median); sorts them. */
double measure_quantile(double *values, size_t count, double part);

/* Prints the head of a table. */
void measure_title(const char *title);
void measure_pair(const struct measure *measure);
/* The reference of measure against itself. */
void measure_same(const struct measure *measure);
/* What was measured elsewhere, in pairs; sorts the values. run and time are not used. */
void measure_values(const struct measure *measure, double *values, double *references, size_t count);
/* A number that is compared with nothing: system calls, bytes. size 0: none. */
void measure_count(const char *table, double size, const char *name, double value, const char *unit);
#endif
