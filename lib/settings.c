/* SPDX-License-Identifier: MIT */
/* settings.c: what a host says beforehand: where plugins are, who is to provide what, and what each is told at its
 * start. */
#include "manager_inner.h"
#include "scan.h"
#include "snapshot.h"

#include <stdlib.h>
#include <string.h>

int pm_manager_scan(struct plugmgr *manager, struct pm_snapshot **ret_snapshot)
{
    int result = 0;
    *ret_snapshot = NULL;
    pthread_mutex_lock(&manager->scan_lock);
    if (manager->scan != NULL) {
        result = pm_scan_refresh(manager->scan);
        if (result == 0)
            *ret_snapshot = pm_scan_snapshot(manager->scan);
    }
    pthread_mutex_unlock(&manager->scan_lock);
    return result;
}

int plugmgr_add_directory(struct plugmgr *manager, const char *directory)
{
    int result = -PLUGMGR_E_MEMORY;
    if (manager == NULL || directory == NULL || *directory == '\0')
        return -PLUGMGR_E_INVALID;
    pthread_mutex_lock(&manager->scan_lock);
    if (manager->scan == NULL)
        manager->scan = pm_scan_new();
    if (manager->scan != NULL)
        result = pm_scan_add_directory(manager->scan, directory);
    pthread_mutex_unlock(&manager->scan_lock);
    return result;
}

int pm_settings_begin(struct plugmgr *manager)
{
    const char *path = secure_getenv("PLUGMGR_PATH");
    int result = 0;
    while (path != NULL && *path != '\0' && result == 0) {
        size_t length = strcspn(path, ":");
        char *directory = strndup(path, length);
        if (directory == NULL)
            return -PLUGMGR_E_MEMORY;
        if (length > 0)
            result = plugmgr_add_directory(manager, directory);
        free(directory);
        path += length + (path[length] == ':');
    }
    return result;
}

/* Two texts in one block, the second behind the first. The caller frees. */
static char *join_texts(const char *first, const char *second)
{
    size_t first_size = strlen(first) + 1, second_size = strlen(second) + 1;
    char *texts = malloc(first_size + second_size);
    if (texts == NULL)
        return NULL;
    memcpy(texts, first, first_size);
    memcpy(texts + first_size, second, second_size);
    return texts;
}

int plugmgr_prefer(struct plugmgr *manager, const char *interface_name, const char *plugin_name)
{
    int result = -PLUGMGR_E_MEMORY;
    if (manager == NULL || interface_name == NULL || plugin_name == NULL)
        return -PLUGMGR_E_INVALID;
    char *texts = join_texts(interface_name, plugin_name);
    pthread_mutex_lock(&manager->lock);
    size_t count = manager->preference_count;
    struct pm_preference *preferences = realloc(manager->preferences, (count + 1) * sizeof(*preferences));
    if (preferences != NULL)
        manager->preferences = preferences;
    if (texts != NULL && preferences != NULL) {
        preferences[count] = (struct pm_preference){texts, texts + strlen(texts) + 1};
        manager->preference_count = count + 1;
        result = 0;
    }
    pthread_mutex_unlock(&manager->lock);
    if (result < 0)
        free(texts);
    return result;
}

static void free_config(struct pm_config *config)
{
    if (config != NULL)
        free(config->plugin_name);
    free(config);
}

int plugmgr_set_config(struct plugmgr *manager, const char *plugin_name, const char *config)
{
    if (manager == NULL || plugin_name == NULL || config == NULL)
        return -PLUGMGR_E_INVALID;
    char *texts = join_texts(plugin_name, config);
    struct pm_config *made = malloc(sizeof(*made));
    if (texts == NULL || made == NULL) {
        free(texts);
        free(made);
        return -PLUGMGR_E_MEMORY;
    }
    *made = (struct pm_config){NULL, texts, texts + strlen(texts) + 1};
    pthread_mutex_lock(&manager->lock);
    struct pm_config **link = &manager->configs, *old;
    while (*link != NULL && strcmp((*link)->plugin_name, plugin_name) != 0)
        link = &(*link)->next;
    old = *link;
    made->next = old != NULL ? old->next : NULL;
    *link = made;
    pthread_mutex_unlock(&manager->lock);
    free_config(old);
    return 0;
}

char *pm_manager_config(struct plugmgr *manager, const char *given, const char *plugin_name)
{
    if (given != NULL)
        return strdup(given);
    pthread_mutex_lock(&manager->lock);
    const struct pm_config *at = manager->configs;
    while (at != NULL && strcmp(at->plugin_name, plugin_name) != 0)
        at = at->next;
    char *config = strdup(at != NULL ? at->text : "");
    pthread_mutex_unlock(&manager->lock);
    return config;
}

void pm_settings_end(struct plugmgr *manager)
{
    pm_scan_free(manager->scan);
    while (manager->configs != NULL) {
        struct pm_config *next = manager->configs->next;
        free_config(manager->configs);
        manager->configs = next;
    }
    for (size_t i = 0; i < manager->preference_count; i++)
        free((char *)(uintptr_t)manager->preferences[i].interface_name); /* and the other text with it */
    free(manager->preferences);
}
