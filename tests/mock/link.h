/* SPDX-License-Identifier: MIT */
/* link.h: interfaces by which mock plugins hang together. */
#ifndef MOCK_LINK_H
#define MOCK_LINK_H

#include <plugmgr/interface.h>

#ifndef LINK_MAJOR
#define LINK_MAJOR 1
#endif
#ifndef LINK_MINOR
#define LINK_MINOR 1
#endif
#ifndef LINK_TWICE
#define LINK_TWICE int /* another type is another layout */
#endif

struct link {
    int (*value)(void);
#if LINK_MINOR >= 1
    LINK_TWICE (*twice)(void);
#endif
};
PLUGMGR_INTERFACE(link_a, struct link, LINK_MAJOR, LINK_MINOR);
PLUGMGR_INTERFACE(link_b, struct link, LINK_MAJOR, LINK_MINOR);
PLUGMGR_INTERFACE(link_c, struct link, LINK_MAJOR, LINK_MINOR);
/* For chains of copies of one plugin, in which these names are overwritten. */
PLUGMGR_INTERFACE(link_0000, struct link, LINK_MAJOR, LINK_MINOR);
PLUGMGR_INTERFACE(link_0001, struct link, LINK_MAJOR, LINK_MINOR);

struct link_host {
    int (*value)(void);
};
PLUGMGR_INTERFACE(link_host, struct link_host, 1, 0);

#endif
