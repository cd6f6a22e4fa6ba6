/* SPDX-License-Identifier: MIT */
#include "guest.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mock/mock.h"

int guest_answer(struct plugmgr_slot *slot)
{
    struct plugmgr_call call;
    plugmgr_interface_mock *mock = plugmgr_slot_enter(slot, mock, &call);
    int answer = mock != NULL ? mock->answer() : -1;
    plugmgr_slot_leave(&call);
    return answer;
}

static void *stay(void *data)
{
    struct guest *guest = data;
    struct plugmgr_call call;
    plugmgr_interface_mock *mock = plugmgr_slot_enter(guest->slot, mock, &call);
    guest->is_in = true;
    while (!guest->may_leave)
        usleep(100);
    guest->answer = mock->answer();
    plugmgr_slot_leave(&call);
    return NULL;
}

void guest_enter(struct guest *guest, struct plugmgr_slot *slot)
{
    guest->slot = slot;
    guest->is_in = guest->may_leave = false;
    ck_assert_int_eq(pthread_create(&guest->thread, NULL, stay, guest), 0);
    while (!guest->is_in)
        usleep(100);
}

void guest_leave(struct guest *guest)
{
    guest->may_leave = true;
    pthread_join(guest->thread, NULL);
}

static char gate_name[100];
static atomic_bool is_closed, is_awaited;

static void pass_gate(const char *name)
{
    if (!is_closed || strcmp(name, gate_name) != 0)
        return;
    is_awaited = true;
    while (is_closed)
        usleep(100);
}

void gate_close(const char *name)
{
    void (*function)(const char *) = pass_gate;
    void *address;
    char text[40];
    memcpy(&address, &function, sizeof(address));
    snprintf(text, sizeof(text), "%p", address);
    setenv("PLUGMGR_GATE", text, 1);
    snprintf(gate_name, sizeof(gate_name), "%s", name);
    is_awaited = false;
    is_closed = true;
}

void gate_await(void)
{
    while (!is_awaited)
        usleep(100);
}

void gate_open(void)
{
    is_closed = false;
}
