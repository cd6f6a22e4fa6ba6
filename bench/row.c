/* SPDX-License-Identifier: MIT */
/* row: a line of a table from what a script measured. Asserts nothing; measure.h tells what it writes.
 *
 *   row title TITLE
 *   row count TABLE SIZE NAME VALUE UNIT
 *   row pairs TABLE SIZE NAME REFERENCE UNIT     two numbers a line on stdin: of the thing, and of the reference beside
 * it
 */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PAIRS = 10000 };

static int tell_pairs(char **arguments)
{
    static double values[MAX_PAIRS], references[MAX_PAIRS];
    const struct measure measure = {.table = arguments[0],
                                    .size = atof(arguments[1]),
                                    .name = arguments[2],
                                    .reference_name = arguments[3],
                                    .unit = arguments[4]};
    size_t count = 0;
    while (count < MAX_PAIRS && scanf("%lf %lf", &values[count], &references[count]) == 2)
        count++;
    if (count == 0) {
        fprintf(stderr, "row: %s: nothing was measured\n", measure.name);
        return 1;
    }
    measure_values(&measure, values, references, count);
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "title") == 0) {
        measure_title(arguments[2]);
        return 0;
    }
    if (count == 7 && strcmp(arguments[1], "count") == 0) {
        measure_count(arguments[2], atof(arguments[3]), arguments[4], atof(arguments[5]), arguments[6]);
        return 0;
    }
    if (count == 7 && strcmp(arguments[1], "pairs") == 0)
        return tell_pairs(arguments + 2);
    fputs("usage: see the source\n", stderr);
    return 2;
}
