/* SPDX-License-Identifier: MIT */
/* guest.h: threads that are within a call of a mock plugin, or within its start or stop, until they are told to go on. For
 * tests that are a host (tests/mock/host.c). */
#ifndef GUEST_H
#define GUEST_H

#include <plugmgr/host.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* What the mock in the slot answers; -1: the slot is empty. */
int guest_answer(struct plugmgr_slot *slot);

/* A thread within a call. */
struct guest {
    struct plugmgr_slot *slot;
    pthread_t thread;
    atomic_bool is_in, may_leave;
    int answer; /* what the call gave in the end */
};

/* Returns when the thread is in. */
void guest_enter(struct guest *guest, struct plugmgr_slot *slot);
void guest_leave(struct guest *guest);

/* The mocks of link.c call the gate: the next start or stop ("NAME start", "NAME stop") that has that name waits there. */
void gate_close(const char *name);
void gate_await(void); /* returns when somebody waits */
void gate_open(void);

#endif
