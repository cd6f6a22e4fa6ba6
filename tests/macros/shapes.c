/* SPDX-License-Identifier: MIT */
/* shapes.c: a unit that includes headers of interfaces, twice, and uses none of them; with -DWITHOUT one that does not
 * even include them. C and C++. */
#ifndef WITHOUT
#include "interfaces.h"
#include "shapes.h"

#include "interfaces.h"
#include "shapes.h"
#endif

extern const int unit;
const int unit = 1;
