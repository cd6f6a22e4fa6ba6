/* SPDX-License-Identifier: MIT */
/* empty.h: an exported function that does nothing, in a shared library of its own. */
#ifndef EMPTY_H
#define EMPTY_H

void bench_empty(void *argument);

#endif
