/* SPDX-License-Identifier: MIT */
#include "fixed.h"

#include <plugmgr/plugin.h>

PLUGMGR_PLUGIN("fixed", "1.0.0");
static int32_t count(const struct flags *flags)
{
    return flags->low;
}
#ifdef EDITED
static int32_t extra(void)
{
    return 0;
}
PLUGMGR_PROVIDE(palette, fixed) = {count, 0, 0, extra};
#else
PLUGMGR_PROVIDE(palette, fixed) = {count, 0, 0};
#endif
PLUGMGR_EXPORT(paint, paint_fixed);
int32_t paint_fixed(struct picture *picture, const struct pixel *pixel, int16_t at, uint64_t ticks)
{
    picture->corner[0][0] = *pixel;
    return at + (int32_t)ticks;
}
