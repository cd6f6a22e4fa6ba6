/* SPDX-License-Identifier: MIT */
/* A library that a mock plugin is linked with; with WITH_CANARY its constructor appends to $PLUGMGR_CANARY;
 * with WITH_STATIC_TLS the dynamic linker does not load it; with WITH_LIBRARY it needs the library itself. */
#include <stdio.h>
#include <stdlib.h>

#ifndef ANSWER
#define ANSWER 11
#endif

__attribute__((visibility("default"))) int mock_library_answer(void);
#ifdef WITH_LIBRARY
__attribute__((visibility("default"))) int mock_upper_answer(void);
int mock_upper_answer(void)
{
    return mock_library_answer();
}
#else
int mock_library_answer(void)
{
    return ANSWER;
}
#endif

#ifdef WITH_STATIC_TLS
/* More than the dynamic linker keeps for objects that come later. */
static __thread volatile char block[1 << 20] __attribute__((tls_model("initial-exec"), used));
__attribute__((visibility("default"))) char mock_library_byte(void);
char mock_library_byte(void)
{
    return block[0];
}
#endif

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
