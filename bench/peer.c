/* SPDX-License-Identifier: MIT */
/* peer: opening and closing a plugin as hosts do with other libraries; built once for each of them. */
#ifdef WITH_GMODULE
#include <gmodule.h>
#include <stdbool.h>

bool open_and_close(const char *path, const char *symbol);
bool open_and_close(const char *path, const char *symbol)
{
    gpointer address;
    GModule *module = g_module_open(path, G_MODULE_BIND_LOCAL);
    return module != NULL && g_module_symbol(module, symbol, &address) && g_module_close(module);
}
#endif

#ifdef WITH_LTDL
#include <ltdl.h>
#include <stdbool.h>

bool open_and_close(const char *path, const char *symbol);
bool open_and_close(const char *path, const char *symbol)
{
    static bool is_ready;
    if (!is_ready && lt_dlinit() != 0)
        return false;
    is_ready = true;
    lt_dlhandle handle = lt_dlopen(path);
    return handle != NULL && lt_dlsym(handle, symbol) != NULL && lt_dlclose(handle) == 0;
}
#endif

#ifdef WITH_APR
#include <apr_dso.h>
#include <apr_general.h>
#include <stdbool.h>

bool open_and_close(const char *path, const char *symbol);
bool open_and_close(const char *path, const char *symbol)
{
    static apr_pool_t *all;
    apr_pool_t *pool;
    apr_dso_handle_t *handle;
    apr_dso_handle_sym_t address;
    if (all == NULL && (apr_initialize() != APR_SUCCESS || apr_pool_create(&all, NULL) != APR_SUCCESS))
        return false;
    if (apr_pool_create(&pool, all) != APR_SUCCESS)
        return false;
    bool is_done = apr_dso_load(&handle, path, pool) == APR_SUCCESS &&
                   apr_dso_sym(&address, handle, symbol) == APR_SUCCESS && apr_dso_unload(handle) == APR_SUCCESS;
    apr_pool_destroy(pool);
    return is_done;
}
#endif
