/* SPDX-License-Identifier: MIT */
/* mock.h: the interface of the mock plugins: small modules of one behaviour each, never installed. */
#ifndef MOCK_H
#define MOCK_H

#include <plugmgr/interface.h>

#ifndef MOCK_MAJOR
#define MOCK_MAJOR 1
#endif
#ifndef MOCK_MINOR
#define MOCK_MINOR 2
#endif

struct mock {
    int (*answer)(void);
    const char *(*text)(void);
};
PLUGMGR_INTERFACE(mock, struct mock, MOCK_MAJOR, MOCK_MINOR);

struct other {
    int (*nothing)(void);
};
PLUGMGR_INTERFACE(other, struct other, 1, 0);

#endif
