/* SPDX-License-Identifier: MIT */
#include "empty.h"

void bench_empty(void *argument)
{
    (void)argument;
}
