/* SPDX-License-Identifier: MIT */
#include "calls_peer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct peer {
    const char *command;
    pid_t process;
    FILE *to, *from;
};

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "calls: %s: it cannot be measured\n", what);
    exit(1);
}

struct peer *start_peer(const char *command)
{
    int to[2], from[2];
    struct peer *peer = calloc(1, sizeof(*peer));
    if (peer == NULL || pipe(to) < 0 || pipe(from) < 0)
        give_up(command);
    *peer = (struct peer){command, fork(), fdopen(to[1], "w"), fdopen(from[0], "r")};
    if (peer->process < 0 || peer->to == NULL || peer->from == NULL)
        give_up(command);
    if (peer->process == 0) {
        if (dup2(to[0], STDIN_FILENO) < 0 || dup2(from[1], STDOUT_FILENO) < 0)
            _exit(1);
        /* its own ends alone, so that it sees when there is nobody who asks */
        for (int i = 0; i < 2; i++) {
            close(to[i]);
            close(from[i]);
        }
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(1);
    }
    close(to[0]);
    close(from[1]);
    return peer;
}

double time_peer(struct peer *peer, const char *method, unsigned long calls)
{
    double time;
    fprintf(peer->to, "time %s %lu\n", method, calls);
    if (fflush(peer->to) != 0 || fscanf(peer->from, "%lf", &time) != 1)
        give_up(peer->command);
    return time;
}

uint64_t hash_answers_of_peer(struct peer *peer, const char *method)
{
    uint64_t hash;
    fprintf(peer->to, "answers %s 0\n", method);
    if (fflush(peer->to) != 0 || fscanf(peer->from, "%" SCNu64, &hash) != 1)
        give_up(peer->command);
    return hash;
}

void stop_peer(struct peer *peer)
{
    fclose(peer->to);
    fclose(peer->from);
    waitpid(peer->process, NULL, 0);
    free(peer);
}
