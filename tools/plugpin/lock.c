/* SPDX-License-Identifier: MIT */
#include "lock.h"

#include "abi.h"
#include "file.h"
#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LOCK_SIZE = 16 << 20 };

void lock_print(const struct pm_facts *facts)
{
    for (size_t i = 0; i < facts->abi_count; i++) {
        const struct pm_abi *abi = &facts->abis[i];
        printf("%s# SHA-256 %s\ninterface %s %u.%u\n%s", i > 0 ? "\n" : "", abi->id, abi->interface_name,
               abi->version.major, abi->version.minor, abi->text);
    }
}

static bool is_entry_of(const struct pm_abi_entry *entry, const struct pm_abi *abi)
{
    return strcmp(entry->name, abi->interface_name) == 0 &&
           (!entry->has_version || (entry->major == abi->version.major && entry->minor == abi->version.minor));
}

/* The nearest that the lock file has: the same version, else another one of the interface; NULL: none. */
static const struct pm_abi_entry *entry_for(const struct pm_abi_entry *entries, size_t count, const struct pm_abi *abi)
{
    const struct pm_abi_entry *found = NULL;
    for (size_t i = 0; i < count; i++) {
        if (is_entry_of(&entries[i], abi))
            return &entries[i];
        if (strcmp(entries[i].name, abi->interface_name) == 0)
            found = &entries[i];
    }
    return found;
}

static const char *grade_text(const struct pm_abi_difference *difference)
{
    if (difference->is_different)
        return ", and old and new do not fit together";
    return difference->from_appends > 0 ? ", and lost members at its end" : ", compatibly";
}

static int tell_change(const char *path, const struct pm_abi_entry *entry, const struct pm_abi *abi, bool wants_all)
{
    struct pm_arena arena = {0};
    struct pm_problem problem;
    const struct pm_abi_tree *from, *to;
    struct pm_abi_difference difference = {0};
    int status = -1;
    if (pm_abi_parse(entry->text, &arena, &from, &problem) < 0 || pm_abi_parse(abi->text, &arena, &to, &problem) < 0) {
        status = message_error("%s: interface %s: %s", path, entry->name, problem.detail);
    } else {
        pm_abi_compare(from, to, &arena, &difference);
        if (is_entry_of(entry, abi))
            message_error("%s: interface %s %u.%u changed%s:", path, entry->name, abi->version.major,
                          abi->version.minor, grade_text(&difference));
        else
            message_error("%s: interface %s changed from %u.%u to %u.%u%s%s", path, entry->name, entry->major,
                          entry->minor, abi->version.major, abi->version.minor, grade_text(&difference),
                          difference.line_count > 0 ? ":" : ": its structure is the same");
        if (!arena.failed)
            message_changes(difference.lines, difference.line_count, wants_all);
    }
    if (arena.failed)
        message_out_of_memory();
    pm_arena_free(&arena);
    return status;
}

static int check_abi(const char *path, const struct pm_abi_entry *entries, size_t count, const struct pm_abi *abi,
                     bool wants_all)
{
    const struct pm_abi_entry *entry = entry_for(entries, count, abi);
    if (entry == NULL)
        return message_error("%s: interface %s %u.%u is not in it", path, abi->interface_name, abi->version.major,
                             abi->version.minor);
    if (is_entry_of(entry, abi) && strcmp(entry->text, abi->text) == 0)
        return 0;
    return tell_change(path, entry, abi, wants_all);
}

/* Whether some fingerprint is of the same interface: else the entry stands alone. */
static int check_entry(const char *path, const struct pm_abi_entry *entry, const struct pm_facts *facts)
{
    for (size_t i = 0; i < facts->abi_count; i++)
        if (strcmp(facts->abis[i].interface_name, entry->name) == 0)
            return 0;
    return message_error("%s: interface %s is in it, and in none of the objects", path, entry->name);
}

int lock_check(const char *path, const struct pm_facts *facts, bool wants_all)
{
    struct pm_arena arena = {0};
    struct pm_abi_entry *entries;
    struct pm_problem problem;
    uint8_t *bytes;
    size_t size, count;
    if (pm_file_read_whole(path, MAX_LOCK_SIZE, &bytes, &size, &problem) < 0)
        return message_error("%s: %s", path, problem.detail);
    int status = pm_abi_read_lock((const char *)bytes, size, &arena, &entries, &count, &problem);
    free(bytes);
    if (status < 0)
        message_error("%s: %s", path, problem.detail);
    else if (arena.failed)
        status = message_out_of_memory();
    else {
        for (size_t i = 0; i < facts->abi_count; i++)
            status |= check_abi(path, entries, count, &facts->abis[i], wants_all);
        for (size_t i = 0; i < count; i++)
            status |= check_entry(path, &entries[i], facts);
        if (status < 0)
            message_error("%s: if that is meant, write it anew with plugpin --dump", path);
    }
    pm_arena_free(&arena);
    return status;
}
