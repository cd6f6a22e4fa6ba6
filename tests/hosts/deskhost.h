/* SPDX-License-Identifier: MIT */
/* deskhost.h: what a program sees of the host that is a shared library. */
#ifndef DESKHOST_H
#define DESKHOST_H

/* Opens the plugin, and prints what came of it. 0: it was accepted. */
#ifdef __cplusplus
extern "C"
#endif
    __attribute__((visibility("default"))) int
    desk_try(const char *path);

#endif
