/* SPDX-License-Identifier: MIT */
/* A copy of slot.c, to make a slot for entering and leaving by the shared library's functions: see slots.c. */
#define plugmgr_slot_enter_call copy_slot_enter_call
#define plugmgr_slot_leave copy_slot_leave
#include "slot.c"
