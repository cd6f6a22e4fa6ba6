/* SPDX-License-Identifier: MIT */
/* versions.c: versions at each change of the number of digits, both numbers: a plugin, or with -DHOST a host that can
 * live with half the minor. C and C++. */
#include <plugmgr/host.h>
#include <plugmgr/plugin.h>

#define MINORS(X, major) \
    X(major, 0) X(major, 9) X(major, 10) X(major, 99) X(major, 100) X(major, 999) X(major, 1000) X(major, 9999)
#define VERSIONS(X) \
    MINORS(X, 0) MINORS(X, 9) MINORS(X, 10) MINORS(X, 99) MINORS(X, 100) MINORS(X, 999) MINORS(X, 1000) MINORS(X, 9999)

#define DECLARE(major, minor) PLUGMGR_INTERFACE(v##major##_##minor, int, major, minor);
VERSIONS(DECLARE)

#ifdef HOST
PLUGMGR_HOST("versions", "1");
#define ACCEPT(major, minor) PLUGMGR_ACCEPT(v##major##_##minor, major, minor / 2);
VERSIONS(ACCEPT)
#else
PLUGMGR_PLUGIN("versions", "1");
#define PROVIDE(major, minor) PLUGMGR_PROVIDE(v##major##_##minor, x) = 1;
VERSIONS(PROVIDE)
#endif
