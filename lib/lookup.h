/* SPDX-License-Identifier: MIT */
/* lookup.h: which of a plugin's providers a host means. */
#ifndef PM_LOOKUP_H
#define PM_LOOKUP_H

#include "plugin.h"

/* The index, in the plugin's facts, of the provider that fits best; instance: NULL for any. 0, or a negated error:
 * NOT_FOUND; AMBIGUOUS: several fit equally well. */
int pm_lookup(const struct pm_plugin *plugin, const struct plugmgr_accepted *accepted, const char *instance,
              size_t *ret_index);

/* Whether that provider has the member, which ends at `end` bytes from its start. The fingerprint knows the members by
 * name; without one, the table's size must do. Without memory to read it, a member may be missed, never made up. */
bool pm_lookup_has_member(const struct pm_plugin *plugin, size_t index, const char *member, size_t end);

#endif
