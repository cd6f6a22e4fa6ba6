/* SPDX-License-Identifier: MIT */
/* A program whose library is the host: deskuser PLUGIN… With WITH_DLOPEN it loads the library only while it runs. */
#include "deskhost.h"

#ifdef WITH_DLOPEN
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#endif

int main(int argc, char **argv)
{
    int status = 0;
    int (*try_plugin)(const char *path);
#ifdef WITH_DLOPEN
    void *library = dlopen("libdesk.so", RTLD_NOW | RTLD_LOCAL);
    void *address = library != NULL ? dlsym(library, "desk_try") : NULL;
    if (address == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 99;
    }
    memcpy(&try_plugin, &address, sizeof(try_plugin));
#else
    try_plugin = desk_try;
#endif
    for (int i = 1; i < argc; i++)
        status |= try_plugin(argv[i]);
    return status;
}
