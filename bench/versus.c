/* SPDX-License-Identifier: MIT */
/* versus: what a command costs as a whole process, as a ratio against another. Asserts nothing.
 *
 *   versus TABLE SIZE NAME REFERENCE-NAME MEASURED REFERENCE
 *
 * MEASURED and REFERENCE are commands, split on spaces and run without a shell; what they print is thrown away. The
 * environment variable ROUNDS says how often, if not 41 times. measure.h tells what is written; then follows the peak
 * of the memory of each, the library's pages and all. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "measure.h"

enum { ROUNDS = 41, MAX_WORDS = 8192 };

extern char **environ;

struct run {
    double nanoseconds;
    long peak; /* of memory, in KiB */
};

static void split(char *command, char **words)
{
    size_t count = 0;
    for (char *word = strtok(command, " "); word != NULL && count < MAX_WORDS - 1; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
}

static struct run run(char *const *words)
{
    posix_spawn_file_actions_t actions;
    struct rusage usage;
    pid_t child;
    int status;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    double begin = measure_now();
    int error = posix_spawnp(&child, words[0], &actions, NULL, words, environ);
    if (error != 0 || wait4(child, &status, 0, &usage) < 0) {
        fprintf(stderr, "versus: %s: %s\n", words[0], strerror(error != 0 ? error : errno));
        exit(1);
    }
    struct run result = {measure_now() - begin, usage.ru_maxrss};
    posix_spawn_file_actions_destroy(&actions);
    /* abidiff and plugcheck tell by their status what they found: only a crash or a missing file ends this */
    if (!WIFEXITED(status) || WEXITSTATUS(status) >= 126) {
        fprintf(stderr, "versus: %s: failed\n", words[0]);
        exit(1);
    }
    return result;
}

static double time_of(const void *argument)
{
    char *const *words = argument;
    return run(words).nanoseconds;
}

static void measure_memory(const struct measure *measure, char **measured, char **reference)
{
    double values[1], references[1];
    struct measure memory = *measure;
    char table[256], name[256];
    values[0] = (double)run(measured).peak;
    references[0] = (double)run(reference).peak;
    snprintf(table, sizeof(table), "%s-memory", measure->table);
    snprintf(name, sizeof(name), "%s: memory", measure->name);
    memory.table = table;
    memory.name = name;
    memory.unit = "KiB";
    measure_values(&memory, values, references, 1);
}

int main(int count, char **arguments)
{
    static char *measured[MAX_WORDS], *reference[MAX_WORDS];
    const char *rounds = getenv("ROUNDS");
    if (count != 7) {
        fputs("usage: versus TABLE SIZE NAME REFERENCE-NAME MEASURED REFERENCE\n", stderr);
        return 2;
    }
    const struct measure measure = {.table = arguments[1],
                                    .size = atof(arguments[2]),
                                    .name = arguments[3],
                                    .time = time_of,
                                    .argument = measured,
                                    .reference_name = arguments[4],
                                    .reference_time = time_of,
                                    .reference_argument = reference,
                                    .rounds = rounds != NULL ? (unsigned)atoi(rounds) : ROUNDS};
    split(arguments[5], measured);
    split(arguments[6], reference);
    run(measured); /* once for the page cache */
    run(reference);
    measure_pair(&measure);
    measure_memory(&measure, measured, reference);
    return 0;
}
