/* SPDX-License-Identifier: MIT */
/* What a plugin is linked with to have an odd property each:
 *
 *   WITH_TEXTREL     an address in the code (link with -z notext)
 *   WITH_TLS=BYTES   thread-local storage in the static block
 *   WITH_INTERPOSE   a function that the host has too, by the same name
 *   WITH_DLOPEN      imports of dlopen
 *   WITH_KEY         a key of thread-specific data, never deleted
 *   WITH_ABSENT      a data object that nobody has
 *   WITH_WEAK        a weak reference to what nobody has */
#ifdef WITH_TEXTREL
__attribute__((visibility("hidden"))) int odd_target;
int odd_target = 1;
__asm__(".text\n.globl odd_code\nodd_code: .quad odd_global\n.data\n.globl odd_global\nodd_global: .quad 1\n.text");
#endif

#ifdef WITH_TLS
__thread char odd_tls[WITH_TLS] __attribute__((tls_model("initial-exec")));
char *odd_tls_address(void);
char *odd_tls_address(void)
{
    return odd_tls;
}
#endif

#ifdef WITH_INTERPOSE
int host_log(long level, const char *text);
int host_log(long level, const char *text)
{
    return (int)level + (text != 0);
}
#endif

#ifdef WITH_DLOPEN
#include <dlfcn.h>
void *odd_open(const char *path);
void *odd_open(const char *path)
{
    return dlopen(path, RTLD_NOW);
}
#endif

#ifdef WITH_KEY
#include <pthread.h>
int odd_key(void);
int odd_key(void)
{
    pthread_key_t key;
    return pthread_key_create(&key, 0);
}
#endif

#ifdef WITH_ABSENT
extern int odd_absent_object;
int *odd_absent(void);
int *odd_absent(void)
{
    return &odd_absent_object;
}
#endif

#ifdef WITH_WEAK
__attribute__((weak)) int odd_weak_function(void);
int odd_weak(void);
int odd_weak(void)
{
    return odd_weak_function != 0 ? odd_weak_function() : 0;
}
#endif
