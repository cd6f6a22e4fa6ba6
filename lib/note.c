/* SPDX-License-Identifier: MIT */
#include "note.h"

#include <byteswap.h>
#include <elf.h>
#include <string.h>

enum { MAX_RECORDS = 4096 };

/* ---- walking ---- */

static uint32_t read_word(const uint8_t *bytes, bool is_swapped)
{
    uint32_t word;
    memcpy(&word, bytes, sizeof(word));
    return is_swapped ? bswap_32(word) : word;
}

/* How far the next part lies behind one of `size` bytes; 0 only for size 0. What it gives may be more than remains.
 * align: a power of two. */
static uint64_t padded(uint64_t size, size_t align)
{
    return (size + align - 1) & ~(uint64_t)(align - 1);
}

int pm_note_next(const uint8_t *bytes, size_t size, size_t align, bool is_swapped, size_t *offset,
                 struct pm_note *ret_note, struct pm_problem *ret_problem)
{
    if (align != 8)
        align = 4;
    size_t remaining = size - *offset;
    if (remaining == 0)
        return 0;
    /* All three words are 4 bytes in both classes (gABI; ELF64 files follow it, but for the padding when aligned 8). */
    if (remaining < 12) {
        for (size_t i = 0; i < remaining; i++)
            if (bytes[*offset + i] != 0)
                return pm_problem_set(ret_problem, PM_NOTE_MALFORMED, "bytes behind the last note", NULL);
        *offset = size;
        return 0;
    }
    const uint8_t *header = bytes + *offset;
    uint32_t name_size = read_word(header, is_swapped), desc_size = read_word(header + 4, is_swapped);
    uint64_t desc_at = padded(12 + (uint64_t)name_size, align);
    if (name_size > remaining - 12 || desc_at > remaining || desc_size > remaining - desc_at)
        return pm_problem_set(ret_problem, PM_NOTE_MALFORMED, "a note is larger than its segment", NULL);
    *ret_note = (struct pm_note){
        .type = read_word(header + 8, is_swapped),
        .name = (const char *)header + 12,
        .name_size = name_size,
        .desc = header + desc_at,
        .desc_size = desc_size,
    };
    /* The last note of a segment may lack its padding. */
    uint64_t whole = padded(desc_at + desc_size, align);
    *offset += whole < remaining ? (size_t)whole : remaining;
    return 1;
}

size_t pm_note_alignment(const uint8_t *bytes, size_t size, uint64_t align, bool is_swapped)
{
    struct pm_problem ignored;
    struct pm_note note;
    size_t at = 0;
    int more;
    if (align != 8)
        return 4;
    while ((more = pm_note_next(bytes, size, 8, is_swapped, &at, &note, &ignored)) > 0)
        continue;
    return more == 0 ? 8 : 4;
}

bool pm_note_is_plugmgr(const struct pm_note *note)
{
    return note->name_size == sizeof(PLUGMGR_NOTE_OWNER) &&
           memcmp(note->name, PLUGMGR_NOTE_OWNER, sizeof(PLUGMGR_NOTE_OWNER)) == 0;
}

bool pm_note_is_build_id(const struct pm_note *note, struct pm_build_id *ret_build_id)
{
    if (note->type != NT_GNU_BUILD_ID || note->name_size != sizeof(ELF_NOTE_GNU) ||
        memcmp(note->name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU)) != 0 || note->desc_size == 0 ||
        note->desc_size > sizeof(ret_build_id->bytes))
        return false;
    ret_build_id->size = note->desc_size;
    memcpy(ret_build_id->bytes, note->desc, note->desc_size);
    return true;
}

/* ---- values ---- */

bool pm_build_id_equal(const struct pm_build_id *a, const struct pm_build_id *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

bool pm_pin_is_met(const struct pm_pin *pin, const struct pm_build_id *found)
{
    for (size_t i = 0; found->size > 0 && i < pin->build_id_count; i++)
        if (pm_build_id_equal(found, &pin->build_ids[i]))
            return true;
    return false;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

bool pm_build_id_parse(const char *hex, struct pm_build_id *ret_build_id)
{
    struct pm_build_id id = {0};
    for (; *hex != '\0'; hex += 2) {
        int high = hex_value(hex[0]), low = high < 0 ? -1 : hex_value(hex[1]);
        if (low < 0 || id.size == sizeof(id.bytes))
            return false;
        id.bytes[id.size++] = (uint8_t)(high << 4 | low);
    }
    if (id.size == 0)
        return false;
    *ret_build_id = id;
    return true;
}

static const char *parse_four_digits(const char *text, unsigned *ret_number)
{
    unsigned number = 0, digits = 0;
    for (; *text >= '0' && *text <= '9' && digits < 5; text++, digits++)
        number = number * 10 + (unsigned)(*text - '0');
    *ret_number = number;
    return digits >= 1 && digits <= 4 ? text : NULL;
}

bool pm_version_parse(const char *text, struct pm_version *ret_version)
{
    struct pm_version version;
    text = parse_four_digits(text, &version.major);
    if (text == NULL || *text != '.')
        return false;
    text = parse_four_digits(text + 1, &version.minor);
    if (text == NULL || *text != '\0')
        return false;
    *ret_version = version;
    return true;
}

int pm_version_compare(struct pm_version a, struct pm_version b)
{
    if (a.major != b.major)
        return a.major < b.major ? -1 : 1;
    return (a.minor > b.minor) - (a.minor < b.minor);
}

bool pm_is_identifier(const char *text)
{
    size_t length = 0;
    for (; text[length] != '\0'; length++) {
        char c = text[length];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!is_letter && !(length > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return length > 0 && length <= 255;
}

/* Bytes that are compared all at once: a fingerprint has thousands. */
typedef signed char bytes_block __attribute__((vector_size(16)));

/* How many bytes of the block, from the first on, are of printable ASCII. newline: 16 times '\n', or another byte that
 * may stand in it. */
static size_t ascii_length(const unsigned char *bytes, bytes_block newline)
{
    bytes_block block;
    uint64_t halves[2];
    memcpy(&block, bytes, sizeof(block));
    bytes_block others = ((block < 0x20) | (block == 0x7f)) & (block != newline);
    memcpy(halves, &others, sizeof(halves));
    size_t before = halves[0] != 0 ? 0 : sizeof(halves[0]);
    uint64_t half = halves[0] != 0 ? halves[0] : halves[1];
    if (half == 0)
        return sizeof(block);
    return before +
           (size_t)(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_ctzll(half) : __builtin_clzll(half)) / 8;
}

/* The end of a text whose NUL stands before `limit`; NULL: a control character, or no UTF-8. */
static const char *printable_end(const char *text, const char *limit, bool with_newline)
{
    const signed char newline = with_newline ? '\n' : ' ';
    const bytes_block newlines = (bytes_block){0} + newline;
    const unsigned char *at = (const unsigned char *)text, *end = (const unsigned char *)limit;
    for (;;) {
        if ((size_t)(end - at) >= sizeof(bytes_block))
            at += ascii_length(at, newlines);
        if (*at == '\0')
            return (const char *)at;
        if ((*at >= 0x20 && *at < 0x7f) || *at == newline) {
            at++;
            continue;
        }
        size_t length = pm_utf8_length(at, (size_t)(end - at));
        if (length < 2 || (length == 2 && at[0] == 0xc2 && at[1] < 0xa0)) /* C0, DEL, C1 */
            return NULL;
        at += length;
    }
}

/* ---- records ---- */

/* The keys of one record. A key that the type does not know is ignored; one that it knows stands once, but for
 * build-id. */
struct record {
    const char *type_name;
    const char *const *keys; /* NULL-terminated */
    const char *values[8];   /* of the key of the same index; NULL: absent */
    const char **build_ids;
    size_t build_id_count;
};

static int malformed(struct pm_problem *ret_problem, const struct record *record, const char *what, const char *key)
{
    return pm_problem_set(ret_problem, PM_NOTE_MALFORMED, record->type_name, " note: ", what, key, NULL);
}

static bool is_key(const char *key, const char *name)
{
    return key[0] == name[0] && strcmp(key, name) == 0;
}

/* The value, if the pair is of that key. */
static const char *value_of(const char *pair, const char *key)
{
    for (; *key != '\0' && *pair == *key; key++)
        pair++;
    return *key == '\0' && *pair == '=' ? pair + 1 : NULL;
}

/* Takes the pair that begins there; *ret_end: the NUL behind it, which stands before the limit. */
static int take_pair(struct record *record, const char *pair, const char *limit, const char **ret_end,
                     struct pm_problem *ret_problem)
{
    for (size_t i = 0; record->keys[i] != NULL; i++) {
        const char *key = record->keys[i], *value = key[0] == pair[0] ? value_of(pair, key) : NULL;
        if (value == NULL)
            continue;
        if (value[0] == '\0')
            return malformed(ret_problem, record, "no value for ", key);
        *ret_end = printable_end(value, limit, is_key(key, "text"));
        if (*ret_end == NULL)
            return malformed(ret_problem, record, "control character or invalid UTF-8 in ", key);
        if (is_key(key, "build-id"))
            record->build_ids[record->build_id_count++] = value;
        else if (record->values[i] != NULL)
            return malformed(ret_problem, record, "twice the key ", key);
        record->values[i] = value;
        return 0;
    }
    if (*pair == '=' || strchr(pair, '=') == NULL)
        return malformed(ret_problem, record, "a string is not key=value", "");
    *ret_end = pair + strlen(pair);
    return 0;
}

static int take_pairs(struct record *record, struct pm_arena *arena, const struct pm_note *note,
                      struct pm_problem *ret_problem)
{
    if (note->desc_size == 0 || note->desc[note->desc_size - 1] != '\0')
        return malformed(ret_problem, record, "its text does not end in NUL", "");
    const char *text = pm_arena_copy_bytes(arena, note->desc, note->desc_size), *end = text + note->desc_size;
    size_t strings = 0;
    if (note->type == PLUGMGR_NOTE_PIN)
        for (size_t i = 0; i < note->desc_size; i++)
            strings += note->desc[i] == '\0';
    record->build_ids = pm_arena_new(arena, strings * sizeof(*record->build_ids));
    if (arena->failed)
        return 0;
    for (const char *next; text < end; text = next + 1) {
        next = text;
        if (*text != '\0' && take_pair(record, text, end, &next, ret_problem) < 0)
            return -1;
    }
    return 0;
}

/* The value of a key that must be there and hold an identifier; NULL: *ret_problem. */
static const char *identifier(const struct record *record, size_t index, struct pm_problem *ret_problem)
{
    const char *value = record->values[index];
    if (value == NULL) {
        malformed(ret_problem, record, "it lacks the key ", record->keys[index]);
        return NULL;
    }
    if (!pm_is_identifier(value)) {
        malformed(ret_problem, record, "not an identifier: ", record->keys[index]);
        return NULL;
    }
    return value;
}

static int version(const struct record *record, size_t index, struct pm_version *ret_version,
                   struct pm_problem *ret_problem)
{
    if (record->values[index] == NULL)
        return malformed(ret_problem, record, "it lacks the key ", record->keys[index]);
    if (!pm_version_parse(record->values[index], ret_version))
        return malformed(ret_problem, record, "not a version MAJOR.MINOR: ", record->keys[index]);
    return 0;
}

static int truth(const struct record *record, size_t index, bool *ret_truth, struct pm_problem *ret_problem)
{
    const char *value = record->values[index];
    if (value != NULL && strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return malformed(ret_problem, record, "neither yes nor no: ", record->keys[index]);
    *ret_truth = value != NULL && strcmp(value, "yes") == 0;
    return 0;
}

/* Room for one element more in the array that *array points to, doubled when full; NULL: no memory. The pointer is
 * copied as bytes, for it is one of several types. */
static void *append(struct pm_arena *arena, void *array, size_t *count, size_t element_size)
{
    char *elements;
    memcpy(&elements, array, sizeof(elements));
    if ((*count & (*count - 1)) == 0) { /* 0 or a power of two: the array is full */
        char *larger = pm_arena_new(arena, (*count > 0 ? *count * 2 : 1) * element_size);
        if (larger == NULL)
            return NULL;
        if (*count > 0)
            memcpy(larger, elements, *count * element_size);
        memcpy(array, &larger, sizeof(larger));
        elements = larger;
    }
    return elements + (*count)++ * element_size;
}

static const char *const module_keys[] = {"role", "name", "version", "resident", "plugpin", NULL};

static int add_module(struct pm_facts *facts, const struct record *record, struct pm_problem *ret_problem)
{
    const char *role = record->values[0], *plugpin = record->values[4];
    if (facts->role != PM_ROLE_NONE)
        return malformed(ret_problem, record, "there are two", "");
    for (size_t i = 0; i < 3; i++)
        if (record->values[i] == NULL)
            return malformed(ret_problem, record, "it lacks the key ", module_keys[i]);
    if (strcmp(role, "host") != 0 && strcmp(role, "plugin") != 0)
        return malformed(ret_problem, record, "role is neither host nor plugin", "");
    if (truth(record, 3, &facts->resident, ret_problem) < 0)
        return -1;
    facts->role = strcmp(role, "host") == 0 ? PM_ROLE_HOST : PM_ROLE_PLUGIN;
    facts->name = record->values[1];
    facts->version = record->values[2];
    facts->without_plugpin = plugpin != NULL && strcmp(plugpin, "none") == 0;
    return 0;
}

static const char *const provides_keys[] = {"interface", "instance", "symbol", "version", NULL};

static int add_provides(struct pm_facts *facts, const struct record *record, struct pm_problem *ret_problem)
{
    struct pm_provide provide = {.symbol = record->values[2]};
    provide.interface_name = identifier(record, 0, ret_problem);
    if (provide.interface_name == NULL)
        return -1;
    provide.instance = identifier(record, 1, ret_problem);
    if (provide.instance == NULL || version(record, 3, &provide.version, ret_problem) < 0)
        return -1;
    struct pm_provide *added = append(&facts->arena, &facts->provides, &facts->provide_count, sizeof(provide));
    if (added != NULL)
        *added = provide;
    return 0;
}

static const char *const requires_keys[] = {"interface", "version", "min", "symbol", "optional", "bind", NULL};

static int add_requires(struct pm_facts *facts, const struct record *record, struct pm_problem *ret_problem)
{
    struct pm_require require = {.symbol = record->values[3]};
    require.interface_name = identifier(record, 0, ret_problem);
    if (require.interface_name == NULL || version(record, 1, &require.version, ret_problem) < 0 ||
        truth(record, 4, &require.optional, ret_problem) < 0)
        return -1;
    require.lowest = require.version;
    if (record->values[2] != NULL && version(record, 2, &require.lowest, ret_problem) < 0)
        return -1;
    if (require.lowest.major != require.version.major || require.lowest.minor > require.version.minor)
        return malformed(ret_problem, record, "min is not at or below version in its major", "");
    require.linker_bound = record->values[5] != NULL && strcmp(record->values[5], "linker") == 0;
    struct pm_require *added = append(&facts->arena, &facts->requires_, &facts->require_count, sizeof(require));
    if (added != NULL)
        *added = require;
    return 0;
}

static const char *const pin_keys[] = {"object", "build-id", "require", "hint", NULL};

static int add_pin(struct pm_facts *facts, const struct record *record, struct pm_problem *ret_problem)
{
    struct pm_pin pin = {.object = record->values[0], .hint = record->values[3]};
    if (pin.object == NULL)
        return malformed(ret_problem, record, "it lacks the key ", "object");
    if (truth(record, 2, &pin.required, ret_problem) < 0)
        return -1;
    if (pin.required && record->build_id_count == 0)
        return malformed(ret_problem, record, "it requires an object without a build-id", "");
    pin.build_ids = pm_arena_new(&facts->arena, record->build_id_count * sizeof(*pin.build_ids));
    if (facts->arena.failed)
        return 0;
    for (size_t i = 0; i < record->build_id_count; i++)
        if (!pm_build_id_parse(record->build_ids[i], &pin.build_ids[pin.build_id_count++]))
            return malformed(ret_problem, record, "build-id is not hex digits of at most 64 bytes", "");
    struct pm_pin *added = append(&facts->arena, &facts->pins, &facts->pin_count, sizeof(pin));
    if (added != NULL)
        *added = pin;
    return 0;
}

static const char *const abi_keys[] = {"interface", "version", "id", "text", NULL};

static int add_abi(struct pm_facts *facts, const struct record *record, struct pm_problem *ret_problem)
{
    struct pm_abi abi = {.id = record->values[2], .text = record->values[3]};
    abi.interface_name = identifier(record, 0, ret_problem);
    if (abi.interface_name == NULL || version(record, 1, &abi.version, ret_problem) < 0)
        return -1;
    if (abi.text == NULL)
        return malformed(ret_problem, record, "it lacks the key ", "text");
    struct pm_abi *added = append(&facts->arena, &facts->abis, &facts->abi_count, sizeof(abi));
    if (added != NULL)
        *added = abi;
    return 0;
}

static const char *const state_keys[] = {"interface", "version", NULL};

/* The version of a state without an interface: one number from 1 to 9999. */
static int state_number(const struct record *record, struct pm_version *ret_version, struct pm_problem *ret_problem)
{
    const char *text = record->values[1], *end = text != NULL ? parse_four_digits(text, &ret_version->major) : NULL;
    if (text == NULL)
        return malformed(ret_problem, record, "it lacks the key ", record->keys[1]);
    if (end == NULL || *end != '\0' || ret_version->major == 0)
        return malformed(ret_problem, record, "not a number from 1 to 9999: ", record->keys[1]);
    return 0;
}

static int add_state(struct pm_facts *facts, const struct record *record, struct pm_problem *ret_problem)
{
    struct pm_state_fact state = {0};
    int result;
    if (facts->state != NULL)
        return malformed(ret_problem, record, "there are two", "");
    if (record->values[0] == NULL) {
        result = state_number(record, &state.version, ret_problem);
    } else {
        state.interface_name = identifier(record, 0, ret_problem);
        result = state.interface_name != NULL ? version(record, 1, &state.version, ret_problem) : -1;
    }
    struct pm_state_fact *added = result == 0 ? pm_arena_new(&facts->arena, sizeof(state)) : NULL;
    if (added != NULL)
        *added = state;
    facts->state = added;
    return result;
}

static const struct record_type {
    uint32_t type;
    const char *name;
    const char *const *keys;
    int (*add)(struct pm_facts *facts, const struct record *record, struct pm_problem *ret_problem);
} record_types[] = {
    {PLUGMGR_NOTE_MODULE, "MODULE", module_keys, add_module},
    {PLUGMGR_NOTE_PROVIDES, "PROVIDES", provides_keys, add_provides},
    {PLUGMGR_NOTE_REQUIRES, "REQUIRES", requires_keys, add_requires},
    {PLUGMGR_NOTE_PIN, "PIN", pin_keys, add_pin},
    {PLUGMGR_NOTE_ABI, "ABI", abi_keys, add_abi},
    {PLUGMGR_NOTE_STATE, "STATE", state_keys, add_state},
};

int pm_facts_add(struct pm_facts *facts, const struct pm_note *note, struct pm_problem *ret_problem)
{
    if (++facts->record_count > MAX_RECORDS)
        return pm_problem_set(ret_problem, PM_NOTE_MALFORMED, "more than 4096 records", NULL);
    for (size_t i = 0; i < sizeof(record_types) / sizeof(record_types[0]); i++) {
        const struct record_type *type = &record_types[i];
        if (type->type != note->type)
            continue;
        struct record record = {.type_name = type->name, .keys = type->keys};
        if (take_pairs(&record, &facts->arena, note, ret_problem) < 0)
            return -1;
        return facts->arena.failed ? 0 : type->add(facts, &record, ret_problem);
    }
    return 0;
}

static int finish_abis(const struct pm_facts *facts, struct pm_problem *ret_problem)
{
    for (size_t i = 0; i < facts->abi_count; i++)
        if (pm_facts_abi(facts, facts->abis[i].interface_name, facts->abis[i].version) != &facts->abis[i])
            return pm_problem_set(ret_problem, PM_NOTE_MALFORMED, "two ABI notes for one version of ",
                                  facts->abis[i].interface_name, NULL);
    return 0;
}

bool pm_facts_have_slots(const struct pm_facts *facts)
{
    for (size_t i = 0; i < facts->require_count; i++)
        if (!facts->requires_[i].linker_bound)
            return true;
    return false;
}

const struct pm_abi *pm_facts_abi(const struct pm_facts *facts, const char *interface_name, struct pm_version version)
{
    for (size_t i = 0; i < facts->abi_count; i++)
        if (pm_version_compare(facts->abis[i].version, version) == 0 &&
            strcmp(facts->abis[i].interface_name, interface_name) == 0)
            return &facts->abis[i];
    return NULL;
}

int pm_facts_finish(const struct pm_facts *facts, struct pm_problem *ret_problem)
{
    if (facts->role == PM_ROLE_NONE && !facts->arena.failed)
        return pm_problem_set(ret_problem, PM_NOTE_MALFORMED, "there is no MODULE note", NULL);
    for (size_t i = 0; i < facts->require_count; i++)
        if (facts->role == PM_ROLE_PLUGIN && facts->requires_[i].symbol == NULL)
            return pm_problem_set(ret_problem, PM_NOTE_MALFORMED, "REQUIRES note: it lacks the key symbol", NULL);
    for (size_t i = 0; i < facts->provide_count; i++) {
        if (facts->role == PM_ROLE_PLUGIN && facts->provides[i].symbol == NULL)
            return pm_problem_set(ret_problem, PM_NOTE_MALFORMED, "PROVIDES note: it lacks the key symbol", NULL);
        for (size_t j = 0; j < i; j++)
            if (strcmp(facts->provides[i].interface_name, facts->provides[j].interface_name) == 0 &&
                strcmp(facts->provides[i].instance, facts->provides[j].instance) == 0)
                return pm_problem_set(ret_problem, PM_NOTE_MALFORMED, "two PROVIDES notes for the instance ",
                                      facts->provides[i].instance, " of ", facts->provides[i].interface_name, NULL);
    }
    return finish_abis(facts, ret_problem);
}

void pm_facts_free(struct pm_facts *facts)
{
    pm_arena_free(&facts->arena);
    *facts = (struct pm_facts){0};
}

/* ---- writing ---- */

static void write_word(struct pm_buffer *buffer, uint32_t word, bool is_swapped)
{
    char bytes[4];
    word = is_swapped ? bswap_32(word) : word;
    memcpy(bytes, &word, sizeof(bytes));
    pm_buffer_add_bytes(buffer, bytes, sizeof(bytes));
}

static void pad(struct pm_buffer *buffer, size_t size, size_t align)
{
    for (; size % align != 0; size++)
        pm_buffer_add_bytes(buffer, "", 1);
}

void pm_note_write(struct pm_buffer *buffer, uint32_t type, const char *const *strings, size_t count, size_t align,
                   bool is_swapped)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += strlen(strings[i]) + 1;
    if (size > UINT32_MAX - 8) {
        buffer->failed = true;
        return;
    }
    write_word(buffer, sizeof(PLUGMGR_NOTE_OWNER), is_swapped);
    write_word(buffer, (uint32_t)size, is_swapped);
    write_word(buffer, type, is_swapped);
    pm_buffer_add_bytes(buffer, PLUGMGR_NOTE_OWNER, sizeof(PLUGMGR_NOTE_OWNER));
    pad(buffer, 3 * sizeof(uint32_t) + sizeof(PLUGMGR_NOTE_OWNER), align);
    for (size_t i = 0; i < count; i++)
        pm_buffer_add_bytes(buffer, strings[i], strlen(strings[i]) + 1);
    pad(buffer, size, align);
}
