/* SPDX-License-Identifier: MIT */
/* manager_inner.h: what the files around a manager share: its lists, the handles, and what is under way.
 *
 * Whatever is said to be under the lock is read and written under manager->lock alone. That is held while memory is
 * looked at, and for nothing else: never while foreign code runs or may have to be waited for (the dynamic linker and
 * with it constructors and destructors, start, stop, the host's log function). So each of these may call the manager. */
#ifndef PM_MANAGER_INNER_H
#define PM_MANAGER_INNER_H

#include "plugin.h"

#include <pthread.h>

struct pm_snapshot;

/* An open, a close or a reload under way, on the stack of the thread that does it. It may be inside of another one of the
 * same thread: a start may open plugins. Others wait for it where they need what it is about to change. */
struct pm_operation {
    struct plugmgr *manager;
    struct pm_operation *next; /* under the lock: all that are under way */
    pthread_t thread;
    const struct pm_operation *waits_for; /* under the lock; NULL: it runs */
};

void pm_operation_begin(struct pm_operation *operation, struct plugmgr *manager);
void pm_operation_end(struct pm_operation *operation);

/* Under the lock: whoever waits looks again, as something has ended or has been given back. */
void pm_operation_wake(struct plugmgr *manager);

/* Under the lock, which is released meanwhile: waits until something has ended. false: not waited, as the other
 * operation is this thread's own or waits, directly or through others, for this thread. */
bool pm_operation_wait(struct pm_operation *operation, const struct pm_operation *other);

/* What the host has in hand: an open plugin, whatever build of it. */
struct plugmgr_plugin {
    struct plugmgr *manager;
    char *named_path; /* as the host named it, or as it was found: what a reload opens */
    /* under the lock: */
    struct plugmgr_plugin *next; /* the one that was opened before */
    struct pm_plugin *current;   /* the generation that is in use */
    const struct pm_operation *busy; /* what opens, closes or reloads it; NULL: nothing */
    bool is_open;                    /* it was started, and is not being closed */
    bool is_held;                    /* the host opened it, or took it over; else others need it, and that is why */
    struct plugmgr_plugin **uses;    /* the plugins that provide to it, each once */
    size_t use_count, user_count;
    struct pm_draining *draining; /* ready for when it is closed, with room for all that it will take */
    unsigned pins;                /* threads that look at it again, having waited: it is not freed before */
    bool is_gone;                 /* it would have been freed */
};

/* Text for the start of a plugin, by its name. */
struct pm_config {
    struct pm_config *next;
    char *plugin_name; /* one block, in which the text stands too */
    const char *text;
};

struct plugmgr {
    struct pm_facts host;
    struct pm_build_id host_build_id;
    const struct plugmgr_host *host_object;
    enum plugmgr_policy policy;
    enum plugmgr_mode mode;
    struct pm_log log;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* an operation ended, or gave something back */
    /* under the lock: */
    struct pm_operation *operations;
    struct plugmgr_plugin *plugins; /* the youngest first; those too that are being opened or closed */
    struct pm_plugin *remains;      /* closed, but still mapped when last looked at */
    struct pm_draining *draining;   /* closed or replaced, and calls are still within */
    struct pm_slot_owner *slots;    /* all that the host has */
    struct pm_config *configs;
    struct pm_preference *preferences;
    size_t preference_count;
    pthread_mutex_t scan_lock; /* of the search path; held while directories are read */
    struct pm_scan *scan;
    pthread_mutex_t watch_lock; /* of the watch; the other lock is taken within */
    struct pm_watch *watch;     /* NULL: the host does not watch */
    struct plugmgr *next;       /* forking.c's own */
};

/* Copies an options struct of the caller's size into ours: members that the caller does not know are zero; members that
 * we do not know must be, else -PLUGMGR_E_INVALID. theirs: NULL for all zero. */
int pm_take_options(void *ours, size_t our_size, const void *theirs);

/* What every opening ends with: tells the log of a failure, and hands the report, which may be NULL, to whoever wants it. */
int pm_manager_hand_over(struct plugmgr *manager, int result, struct plugmgr_report *report,
                         struct plugmgr_report **ret_report);

/* The directories that the user names in PLUGMGR_PATH, an empty one being none. 0 or -PLUGMGR_E_MEMORY. */
int pm_settings_begin(struct plugmgr *manager);
void pm_settings_end(struct plugmgr *manager);

/* Brings the search path up to date. *ret_snapshot: what is there; NULL: there is no search path. -PLUGMGR_E_MEMORY. */
int pm_manager_scan(struct plugmgr *manager, struct pm_snapshot **ret_snapshot);

/* The text for the start of a plugin: what is given, else what was set for that name, else "". The caller frees. NULL: no
 * memory. */
char *pm_manager_config(struct plugmgr *manager, const char *given, const char *plugin_name);

#endif
