/* SPDX-License-Identifier: MIT */
/* host_more.h: what the two files of the host share. */
#ifndef HOST_MORE_H
#define HOST_MORE_H 1

struct plugmgr_plugin;

/* 0, or the number of the check that failed. */
int use_more(const struct plugmgr_plugin *plugin);

#endif
