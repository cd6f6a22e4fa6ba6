/* SPDX-License-Identifier: MIT */
/* versus: what a command costs as a whole process, as a ratio against another. Asserts nothing.
 *
 *   versus LABEL REFERENCE MEASURED
 *
 * REFERENCE and MEASURED are commands, split on spaces and run without a shell; what they print is thrown away. Each round
 * runs both, the one behind the other, so that both see the same machine. Prints how many times faster the measured one is:
 * the median of the rounds, and the range of the middle half; then both medians, and the peak memory of the measured one. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

enum { ROUNDS = 41, MAX_WORDS = 64 };

extern char **environ;

struct run {
    double seconds;
    long peak; /* KiB */
};

static void split(char *command, char **words)
{
    size_t count = 0;
    for (char *word = strtok(command, " "); word != NULL && count < MAX_WORDS - 1; word = strtok(NULL, " "))
        words[count++] = word;
    words[count] = NULL;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static struct run run(char **words)
{
    posix_spawn_file_actions_t actions;
    struct rusage usage;
    pid_t child;
    int status;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    double begin = now();
    int error = posix_spawnp(&child, words[0], &actions, NULL, words, environ);
    if (error != 0 || wait4(child, &status, 0, &usage) < 0) {
        fprintf(stderr, "versus: %s: %s\n", words[0], strerror(error != 0 ? error : errno));
        exit(1);
    }
    struct run result = {now() - begin, usage.ru_maxrss};
    posix_spawn_file_actions_destroy(&actions);
    /* abidiff and plugcheck tell by their status what they found: only a crash or a missing file ends this */
    if (!WIFEXITED(status) || WEXITSTATUS(status) >= 126) {
        fprintf(stderr, "versus: %s: failed\n", words[0]);
        exit(1);
    }
    return result;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void sort(double *values)
{
    qsort(values, ROUNDS, sizeof(values[0]), compare);
}

int main(int count, char **arguments)
{
    char *reference[MAX_WORDS], *measured[MAX_WORDS];
    double ratios[ROUNDS], reference_times[ROUNDS], measured_times[ROUNDS];
    long peak = 0;
    if (count != 4) {
        fputs("usage: versus LABEL REFERENCE MEASURED\n", stderr);
        return 2;
    }
    split(arguments[2], reference);
    split(arguments[3], measured);
    run(reference); /* once for the page cache */
    run(measured);
    for (size_t i = 0; i < ROUNDS; i++) {
        struct run first = run(reference), second = run(measured);
        ratios[i] = first.seconds / second.seconds;
        reference_times[i] = first.seconds;
        measured_times[i] = second.seconds;
        peak = second.peak > peak ? second.peak : peak;
    }
    sort(ratios);
    sort(reference_times);
    sort(measured_times);
    printf("%-52s %7.2f  (%.2f to %.2f)  %7.2f ms  %7.2f ms  %5.1f MiB\n", arguments[1], ratios[ROUNDS / 2],
           ratios[ROUNDS / 4], ratios[ROUNDS - 1 - ROUNDS / 4], reference_times[ROUNDS / 2] * 1e3,
           measured_times[ROUNDS / 2] * 1e3, (double)peak / 1024);
    return 0;
}
