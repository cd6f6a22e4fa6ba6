/* SPDX-License-Identifier: MIT */
/* A library that a mock plugin is linked with; with WITH_CANARY its constructor appends to $PLUGMGR_CANARY. */
#include <stdio.h>
#include <stdlib.h>

#ifndef ANSWER
#define ANSWER 11
#endif

__attribute__((visibility("default"))) int mock_library_answer(void);
int mock_library_answer(void)
{
    return ANSWER;
}

#ifdef WITH_CANARY
__attribute__((constructor)) static void canary_constructor(void)
{
    const char *path = getenv("PLUGMGR_CANARY");
    FILE *file = path != NULL ? fopen(path, "a") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "library constructor\n");
    fclose(file);
}
#endif
