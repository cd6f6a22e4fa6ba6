/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRIES_FOR_A_ROUND = 100 };

static const char same_name[] = "the same (A/A)";

double measure_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double measure_quantile(double *values, size_t count, double part)
{
    qsort(values, count, sizeof(values[0]), compare);
    return values[(size_t)(part * (double)(count - 1) + 0.5)];
}

/* ---- telling ---- */

static void write_quoted(FILE *file, const char *text)
{
    fputc('"', file);
    for (; *text != '\0'; text++)
        fprintf(file, *text == '"' ? "\"\"" : "%c", *text);
    fputc('"', file);
}

/* The file of the rows, with its line open after the texts; NULL: none is asked for. */
static FILE *begin_row(const char *table, double size, const char *name, const char *reference_name)
{
    const char *path = getenv("BENCH_CSV");
    if (path == NULL || path[0] == '\0')
        return NULL;
    FILE *file = fopen(path, "ae");
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(1);
    }
    if (ftell(file) == 0)
        fputs("table,size,name,reference,ratio,low,high,value,reference_value,unit\n", file);
    write_quoted(file, table);
    fprintf(file, ",%.0f,", size);
    write_quoted(file, name);
    fputc(',', file);
    write_quoted(file, reference_name);
    return file;
}

static void end_row(FILE *file, const char *unit)
{
    fputc(',', file);
    write_quoted(file, unit);
    fputc('\n', file);
    if (fclose(file) != 0) {
        fprintf(stderr, "%s: %s\n", getenv("BENCH_CSV"), strerror(errno));
        exit(1);
    }
}

static void print_label(double size, const char *name)
{
    char label[256];
    snprintf(label, sizeof(label), size > 0 ? "%s, %.0f" : "%s", name, size);
    printf("%-50s ", label);
}

/* Nanoseconds in the unit in which a person would tell them. */
static void print_value(double value, const char *unit)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    size_t i = 0;
    if (strcmp(unit, "ns") == 0) {
        for (; i < 3 && value >= 1e4; i++)
            value /= 1e3;
        unit = units[i];
    }
    printf(value < 100 && value != (double)(long)value ? "%8.2f %s" : "%8.0f %s", value, unit);
}

void measure_title(const char *title)
{
    printf("\n%-50s %8s  %-18s\n", title, "times", "(middle half)");
}

void measure_count(const char *table, double size, const char *name, double value, const char *unit)
{
    print_label(size, name);
    print_value(value, unit);
    putchar('\n');
    fflush(stdout);
    FILE *file = begin_row(table, size, name, "");
    if (file == NULL)
        return;
    fprintf(file, ",,,,%.6g,", value);
    end_row(file, unit);
}

void measure_values(const struct measure *measure, double *values, double *references, size_t count)
{
    const char *unit = measure->unit != NULL ? measure->unit : "ns";
    double *ratios = calloc(count, sizeof(*ratios));
    if (ratios == NULL)
        exit(1);
    for (size_t i = 0; i < count; i++)
        ratios[i] = values[i] / references[i];
    double ratio = measure_quantile(ratios, count, 0.5), low = measure_quantile(ratios, count, 0.25);
    double high = measure_quantile(ratios, count, 0.75), value = measure_quantile(values, count, 0.5);
    double reference = measure_quantile(references, count, 0.5);
    free(ratios);
    print_label(measure->size, measure->name);
    printf("%8.2f  (%.2f to %.2f)  times %-34s", ratio, low, high, measure->reference_name);
    print_value(value, unit);
    printf(" of");
    print_value(reference, unit);
    putchar('\n');
    fflush(stdout);
    FILE *file = begin_row(measure->table, measure->size, measure->name, measure->reference_name);
    if (file == NULL)
        return;
    fprintf(file, ",%.6g,%.6g,%.6g,%.6g,%.6g", ratio, low, high, value, reference);
    end_row(file, unit);
}

/* ---- measuring ---- */

static double time_of(void (*run)(const void *argument), double (*time)(const void *argument), const void *argument,
                      unsigned repeat)
{
    if (time != NULL)
        return time(argument);
    double begin = measure_now();
    for (unsigned i = 0; i < repeat; i++)
        run(argument);
    return (measure_now() - begin) / repeat;
}

static double time_of_subject(const struct measure *measure, unsigned repeat)
{
    return time_of(measure->run, measure->time, measure->argument, repeat);
}

static double time_of_reference(const struct measure *measure, unsigned repeat)
{
    return time_of(measure->reference, measure->reference_time, measure->reference_argument, repeat);
}

void measure_pair(const struct measure *measure)
{
    unsigned rounds = measure->rounds > 0 ? measure->rounds : MEASURE_ROUNDS;
    unsigned repeat = measure->repeat > 0 ? measure->repeat : 1, done = 0;
    double parts = measure->parts > 0 ? measure->parts : 1;
    double *values = calloc(rounds, sizeof(*values)), *references = calloc(rounds, sizeof(*references));
    if (values == NULL || references == NULL)
        exit(1);
    for (unsigned i = 0; i / TRIES_FOR_A_ROUND < rounds && done < rounds; i++) {
        bool is_first = i % 2 == 0;
        double value = is_first ? time_of_subject(measure, repeat) : 0;
        double reference = time_of_reference(measure, repeat);
        if (!is_first)
            value = time_of_subject(measure, repeat);
        if (value <= 0 || reference <= 0)
            continue;
        values[done] = value / parts;
        references[done++] = reference / parts;
    }
    if (done == rounds) {
        measure_values(measure, values, references, rounds);
    } else {
        print_label(measure->size, measure->name);
        printf("cannot be measured here: only %u of %u rounds were good ones\n", done, rounds);
    }
    free(values);
    free(references);
}

void measure_same(const struct measure *measure)
{
    struct measure same = *measure;
    same.name = same_name;
    same.run = measure->reference;
    same.time = measure->reference_time;
    same.argument = measure->reference_argument;
    measure_pair(&same);
}
