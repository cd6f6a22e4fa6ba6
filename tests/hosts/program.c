/* SPDX-License-Identifier: MIT */
/* A program that uses the engine: program PLUGIN… With WITH_HOST it is a host beside it, and tries each plugin first.
 * With WITH_DLOPEN it loads the engine only while it runs. */
#include "engine.h"

#ifdef WITH_HOST
#include "try.h"
PLUGMGR_HOST("app", "1.0.0");
PLUGMGR_ACCEPT(counter, COUNTER_MAJOR, 0);
#endif

#ifdef WITH_DLOPEN
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#endif

int main(int argc, char **argv)
{
    void (*engine)(const char *path);
#ifdef WITH_DLOPEN
    void *library = dlopen("libengine.so", RTLD_NOW | RTLD_LOCAL);
    void *address = library != NULL ? dlsym(library, "engine_try") : NULL;
    if (address == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    memcpy(&engine, &address, sizeof(engine));
#else
    engine = engine_try;
#endif
    for (int i = 1; i < argc; i++) {
#ifdef WITH_HOST
        try_plugin(argv[i], NULL);
#endif
        engine(argv[i]);
    }
    return 0;
}
