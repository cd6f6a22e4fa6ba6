/* SPDX-License-Identifier: MIT */
/* note.h: note bytes to facts, and facts to note bytes. Pure.
 *
 * The facts of a module are what its PlugMgr notes say; docs/note-format.md is their format. */
#ifndef PM_NOTE_H
#define PM_NOTE_H

#include "error.h"
#include "text.h"

#include <plugmgr/note.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pm_role { PM_ROLE_NONE, PM_ROLE_HOST, PM_ROLE_PLUGIN };

struct pm_version {
    unsigned major, minor; /* 0 to 9999 each */
};

/* The raw bytes of a build-ID: a GNU note (type 3) of 1 to 64 bytes; size 0 is none. */
struct pm_build_id {
    size_t size;
    uint8_t bytes[64];
};

struct pm_provide {
    const char *interface_name, *instance;
    const char *symbol; /* NULL for a host's offer */
    struct pm_version version;
};

struct pm_require {
    const char *interface_name;
    const char *symbol; /* the slot; NULL in a host: an interface that it accepts */
    struct pm_version version, lowest;
    bool optional;
    bool linker_bound;
};

struct pm_pin {
    const char *object; /* a soname, or "host" */
    const char *hint;   /* NULL if there is none */
    bool required;
    struct pm_build_id *build_ids; /* any of them */
    size_t build_id_count;         /* 0: the object had none when it was recorded */
};

struct pm_abi {
    const char *interface_name, *id, *text;
    struct pm_version version;
};

/* What a plugin hands over to the next build of itself. */
struct pm_state_fact {
    const char *interface_name; /* an object of that interface's type; NULL: bytes of the plugin's own format, and the
                                   version is one number, the major */
    struct pm_version version;
};

/* Zeroed is empty. Everything it points to lies in its arena. */
struct pm_facts {
    struct pm_arena arena;
    enum pm_role role; /* NONE: no MODULE note yet */
    const char *name, *version;
    bool resident;
    bool without_plugpin;
    struct pm_provide *provides;
    struct pm_require *requires_;
    struct pm_pin *pins;
    struct pm_abi *abis;
    size_t provide_count, require_count, pin_count, abi_count;
    size_t record_count; /* PlugMgr notes of any type, known or not */
    const struct pm_state_fact *state; /* NULL: it declares none */
};

/* One note as it lies in a segment or section. name and desc point into the bytes given. */
struct pm_note {
    uint32_t type;
    const char *name; /* name_size bytes; not necessarily NUL-terminated */
    size_t name_size;
    const uint8_t *desc;
    size_t desc_size;
};

/* Walks the notes in bytes. align: 4 or 8 (of the segment; anything else is read as 4, as the gABI's readers do).
 * is_swapped: the file's byte order is not ours. *offset starts at 0 and is moved on.
 * 1: a note, in *ret_note; 0: the end; -1: what stands at *offset is no note that fits (*ret_problem). */
int pm_note_next(const uint8_t *bytes, size_t size, size_t align, bool is_swapped, size_t *offset,
                 struct pm_note *ret_note, struct pm_problem *ret_problem);

/* The alignment by which the notes of a segment can be walked, 4 or 8. align: what the segment says. Some linkers (mold)
 * put notes that are aligned to 4 into one segment with those that are aligned to 8, and call it 8. */
size_t pm_note_alignment(const uint8_t *bytes, size_t size, uint64_t align, bool is_swapped);

/* Whether the note is one of ours / the GNU build-ID (then *ret_build_id is set; malformed ones are false). */
bool pm_note_is_plugmgr(const struct pm_note *note);
bool pm_note_is_build_id(const struct pm_note *note, struct pm_build_id *ret_build_id);

/* Adds one PlugMgr note to the facts. Unknown types are counted and else ignored. -1: malformed (*ret_problem). Out of
 * memory: facts->arena.failed. */
int pm_facts_add(struct pm_facts *facts, const struct pm_note *note, struct pm_problem *ret_problem);

/* What only shows when all notes are read: there is exactly one MODULE with all its keys. -1: *ret_problem. */
int pm_facts_finish(const struct pm_facts *facts, struct pm_problem *ret_problem);

/* Whether it requires anything that the manager binds, rather than the dynamic linker. */
bool pm_facts_have_slots(const struct pm_facts *facts);

/* The fingerprint of an interface in that version; NULL: there is none. */
const struct pm_abi *pm_facts_abi(const struct pm_facts *facts, const char *interface_name, struct pm_version version);

void pm_facts_free(struct pm_facts *facts);

/* Whether the build-ID is one of those that the pin names. */
bool pm_pin_is_met(const struct pm_pin *pin, const struct pm_build_id *found);

bool pm_build_id_equal(const struct pm_build_id *a, const struct pm_build_id *b);
/* Reads an even number of hex digits. false: not that, or longer than 64 bytes. */
bool pm_build_id_parse(const char *hex, struct pm_build_id *ret_build_id);

/* "major.minor", each 1 to 4 digits without a sign. */
bool pm_version_parse(const char *text, struct pm_version *ret_version);
int pm_version_compare(struct pm_version a, struct pm_version b);

/* A C identifier of at most 255 characters. */
bool pm_is_identifier(const char *text);

/* Writing. Appends one PlugMgr note of `type` to the buffer, its description the NUL-terminated strings given, joined
 * (`count` of them, "key=value" each). align: of the section, 4 or 8. is_swapped: for a machine of the other byte order.
 * Out of memory: buffer->failed. */
void pm_note_write(struct pm_buffer *buffer, uint32_t type, const char *const *strings, size_t count, size_t align,
                   bool is_swapped);

#endif
