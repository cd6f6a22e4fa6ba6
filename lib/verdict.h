/* SPDX-License-Identifier: MIT */
/* verdict.h: a module, the world and a policy -> findings. Pure: the one place where it is decided what fits. */
#ifndef PM_VERDICT_H
#define PM_VERDICT_H

#include "model.h"
#include "report.h"

/* Judges the plugin and adds every finding to the report, the simple cause first; sets its plugin and host.
 * wanted_interface: one that it must provide, or NULL. ret_fits: for each of plugin->facts.provides whether the host may
 * use it, false without a host; or NULL.
 * plugin->met, if it is there, gets for each of plugin->facts.requires_ by whom it is met; nobody, without a host. */
void pm_judge(const struct pm_module *plugin, const struct pm_world *world, enum plugmgr_policy policy,
              const char *wanted_interface, struct plugmgr_report *report, bool *ret_fits);

/* The same for a file that is to be a host: its structure and notes alone. */
void pm_judge_host(const struct pm_module *host, struct plugmgr_report *report);

/* Words for what the ELF header says: by ELFCLASS, by ELFDATA, by EM. */
extern const char *const pm_class_names[3], *const pm_order_names[3];
const char *pm_machine_text(struct pm_arena *arena, unsigned machine);

/* The findings of what goes wrong later, while loading: in the words of the verdict's remedies. */
void pm_report_problem(struct plugmgr_report *report, const char *subject, const struct pm_problem *problem,
                       enum plugmgr_severity severity);

/* The findings of what keeps a closed plugin mapped, after looking; as those that predict it. false: none of these does. */
struct pm_unload_causes;
bool pm_report_unload_causes(struct plugmgr_report *report, const struct pm_unload_causes *causes, bool is_resident);

#endif
