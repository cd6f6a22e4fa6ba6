/* SPDX-License-Identifier: MIT */
/* calls_peer: a process that measures itself, as peers/rounds.go tells. What fails ends the program with a word on
 * stderr. */
#ifndef BENCH_CALLS_PEER_H
#define BENCH_CALLS_PEER_H 1

#include <stdint.h>

struct peer;

/* The command is the shell's. */
struct peer *start_peer(const char *command);
/* Nanoseconds of one of so many calls. */
double time_peer(struct peer *peer, const char *method, unsigned long calls);
uint64_t hash_answers_of_peer(struct peer *peer, const char *method);
/* Ends its input, and waits for it. */
void stop_peer(struct peer *peer);

#endif
