/* SPDX-License-Identifier: MIT */
#include "input.h"

#include "abi.h"
#include "diff.h"
#include "file.h"
#include "module.h"
#include "verdict.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LOCK_SIZE = 16 << 20, MAX_LOCK_TEXTS = 4096 }; /* as many as a module can have */

/* Whether the first line that is no comment begins as a lock file's does. */
static bool is_lock(const char *bytes, size_t size)
{
    static const char *const words[] = {"interface ", "plugmgr-abi "};
    const char *end = bytes + size;
    while (bytes < end && (*bytes == '#' || *bytes == '\n')) {
        const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
        bytes = newline != NULL ? newline + 1 : end;
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if ((size_t)(end - bytes) >= strlen(words[i]) && memcmp(bytes, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

/* The same id that plugpin writes beside a text. */
static const char *hash_text(const char *text, struct pm_arena *arena)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)text, strlen(text));
    return pm_arena_hex(arena, hash, sizeof(hash));
}

/* -1: *ret_problem. */
static int take_lock(const char *bytes, size_t size, struct pm_facts *facts, struct pm_problem *ret_problem)
{
    struct pm_abi_entry *entries;
    size_t count;
    if (pm_abi_read_lock(bytes, size, &facts->arena, &entries, &count, ret_problem) < 0)
        return -1;
    if (count > MAX_LOCK_TEXTS)
        return pm_problem_set(ret_problem, PM_ABI_MALFORMED, "more than 4096 interfaces", NULL);
    facts->abis = pm_arena_new(&facts->arena, (count + 1) * sizeof(*facts->abis));
    for (size_t i = 0; facts->abis != NULL && i < count; i++) {
        const struct pm_abi_entry *entry = &entries[i];
        facts->abis[facts->abi_count++] = (struct pm_abi){
            .interface_name = entry->name,
            .id = hash_text(entry->text, &facts->arena),
            .text = entry->text,
            .version = {entry->has_version ? entry->major : PM_DIFF_NO_VERSION, entry->has_version ? entry->minor : 0}};
    }
    if (facts->arena.failed)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
    return 0;
}

/* Of a file that is no ELF file: it may be a lock file. */
static void read_lock(const char *path, struct input *input)
{
    struct pm_module *module = &input->module;
    struct pm_problem problem;
    uint8_t *bytes;
    size_t size;
    if (pm_file_read_whole(path, MAX_LOCK_SIZE, &bytes, &size, &problem) < 0) {
        /* what is too large for a lock file is something else */
        if (problem.code == PM_OUT_OF_MEMORY)
            module->problems[0] = problem;
        return;
    }
    if (is_lock((const char *)bytes, size)) {
        input->is_lock = true;
        module->problem_count = 0;
        if (take_lock((const char *)bytes, size, &module->facts, &problem) < 0)
            module->problems[module->problem_count++] = problem;
    }
    if (!input->is_lock && size > 0)
        pm_problem_set(&module->problems[0], PM_NOT_ELF,
                       "it begins neither with the ELF magic number nor as a lock file does", NULL);
    free(bytes);
}

void input_read(const char *path, struct input *ret_input)
{
    struct pm_module *module = &ret_input->module;
    *ret_input = (struct input){0};
    pm_module_read_path(path, module);
    if (module->problem_count == 1 && module->problems[0].code == PM_NOT_ELF)
        read_lock(path, ret_input);
    ret_input->is_sound = module->problem_count == 0 && (module->has_notes || ret_input->is_lock);
}

struct plugmgr_report *input_report(const struct input *input, const char *path)
{
    const struct pm_module *module = &input->module;
    const struct pm_world nowhere = {.traits = module->traits};
    struct plugmgr_report *report = pm_report_new(path);
    if (report == NULL)
        return NULL;
    if (input->is_lock && module->problems[0].code == PM_ABI_MALFORMED)
        pm_report_add(report, &(struct pm_finding){
                                  .code = PM_ABI_MALFORMED,
                                  .severity = PLUGMGR_REFUSAL,
                                  .subject = "file",
                                  .text = pm_arena_join(pm_report_arena(report), "the lock file cannot be read: ",
                                                        pm_report_quote(report, module->problems[0].detail), NULL),
                                  .remedy = "write it anew with plugpin --dump"});
    else if (module->facts.role == PM_ROLE_HOST)
        pm_judge_host(module, report);
    else
        pm_judge(module, &nowhere, PLUGMGR_POLICY_VERSION, NULL, report, NULL);
    return report;
}

void input_free(struct input *input)
{
    pm_module_free(&input->module);
}
