/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE 1 /* memmem */
#include "directory.h"

#include "base64.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* One user, with all that belongs to it in one block. */
struct entry {
    struct user user; /* first: find_users gets its address back as `after` */
    size_t idp_size;  /* bytes of user.id.idp */
    const char *uid;  /* decoded; NULL if there is none */
    void *block;      /* owned; every pointer above points into it */
    size_t folded;    /* where its texts begin in directory.folded; set by directory_finish */
    uint64_t place;
};

/* A text that carries its length, and all of its bytes in words if there are no more than TEXT_IN_WORDS: most texts are
 * compared without being looked at. */
struct text {
    const char *bytes;
    size_t size;
    uint64_t words[3]; /* its first bytes, its last, and those behind the first; 0 where there are no more */
};

#define TEXT_IN_WORDS 24

/* A text by which users are looked up. */
struct key {
    struct text text;
    const struct entry *entry;
};

/* Keys in buckets by the hashes of their texts. A bucket has one key, as a rule; it is sorted by text, idp and place,
 * so that texts that were made to meet in one cost a search no more than some comparisons. */
struct index {
    struct key *keys;
    size_t count;
    uint32_t *starts; /* of each bucket in keys, and behind the last one the count */
    unsigned shift;   /* of a hash to its bucket */
};

enum { BUCKETS_PER_KEY = 4, BUCKET_BITS_MIN = 8 };

enum { BY_OPAQUE_ID, BY_USERNAME, BY_MAIL, BY_UID, INDICES };

struct directory {
    struct entry *entries;
    size_t count, capacity;
    struct index indices[INDICES];
    char *folded; /* of each user in order: username, display name, mail, opaque id, in lower case, each with its NUL */
    size_t folded_size;
};

static char fold(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

/* Copies size bytes in lower case. */
static void fold_bytes(char *ret_folded, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ret_folded[i] = fold(text[i]);
}

/* ---- adding ----------------------------------------------------------------------------------------------------- */

/* Length of the UTF-8 character at text, which ends in NUL; 0: it is none (overlong, a surrogate, above U+10FFFF). */
static size_t character_length(const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (bytes[0] < 0x80)
        return 1;
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
        return 0;
    size_t length = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    unsigned lowest = bytes[0] == 0xe0 ? 0xa0 : bytes[0] == 0xf0 ? 0x90 : 0x80;
    unsigned highest = bytes[0] == 0xed ? 0x9f : bytes[0] == 0xf4 ? 0x8f : 0xbf;
    if (bytes[1] < lowest || bytes[1] > highest)
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

static bool is_utf8(const char *text)
{
    for (size_t length; *text != '\0'; text += length) {
        length = character_length(text);
        if (length == 0)
            return false;
    }
    return true;
}

static enum directory_status set_fault(struct directory_fault *ret_fault, const char *field, const char *fault)
{
    *ret_fault = (struct directory_fault){field, fault};
    return DIRECTORY_FAULT;
}

static enum directory_status check_text(const char *text, const char *field, struct directory_fault *ret_fault)
{
    if (strnlen(text, DIRECTORY_TEXT_MAX + 1) > DIRECTORY_TEXT_MAX)
        return set_fault(ret_fault, field, "is longer than 1024 bytes");
    if (!is_utf8(text))
        return set_fault(ret_fault, field, "is not UTF-8");
    return DIRECTORY_OK;
}

static enum directory_status check_name(const char *text, const char *field, struct directory_fault *ret_fault)
{
    if (*text == '\0')
        return set_fault(ret_fault, field, "is empty");
    return check_text(text, field, ret_fault);
}

static enum directory_status check_opaque(const struct user_opaque *opaque, struct directory_fault *ret_fault)
{
    enum directory_status status = check_name(opaque->key, "opaque: key", ret_fault);
    if (status == DIRECTORY_OK)
        status = check_name(opaque->decoder, "opaque: decoder", ret_fault);
    if (status != DIRECTORY_OK)
        return status;
    size_t decoded_size;
    if (!base64_decode(opaque->value, strlen(opaque->value), NULL, &decoded_size))
        return set_fault(ret_fault, "opaque: value", "is not base64");
    return DIRECTORY_OK;
}

static enum directory_status check_user(const struct user *user, struct directory_fault *ret_fault)
{
    enum directory_status status = check_name(user->id.idp, "idp", ret_fault);
    if (status == DIRECTORY_OK)
        status = check_name(user->id.opaque_id, "opaque_id", ret_fault);
    if (status == DIRECTORY_OK)
        status = check_name(user->username, "username", ret_fault);
    if (status == DIRECTORY_OK)
        status = check_text(user->mail, "mail", ret_fault);
    if (status == DIRECTORY_OK)
        status = check_text(user->display_name, "display_name", ret_fault);
    for (size_t i = 0; status == DIRECTORY_OK && i < user->group_count; i++)
        status = check_name(user->groups[i], "groups", ret_fault);
    for (size_t i = 0; status == DIRECTORY_OK && i < user->opaque_count; i++)
        status = check_opaque(&user->opaque[i], ret_fault);
    return status;
}

/* Copies text to *next, and moves *next behind its NUL. */
static const char *copy_text(char **next, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memcpy(*next, text, size);
    *next += size;
    return copy;
}

/* Bytes that copy_user needs for texts. A decoded value is shorter than its base64 text. */
static size_t texts_size(const struct user *user)
{
    size_t size = strlen(user->id.idp) + strlen(user->id.opaque_id) + strlen(user->username) + strlen(user->mail) +
                  strlen(user->display_name) + 5;
    for (size_t i = 0; i < user->group_count; i++)
        size += strlen(user->groups[i]) + 1;
    for (size_t i = 0; i < user->opaque_count; i++) {
        const struct user_opaque *opaque = &user->opaque[i];
        size += strlen(opaque->key) + strlen(opaque->decoder) + 2 * strlen(opaque->value) + 4;
    }
    return size;
}

/* The text in an opaque entry "uid" with decoder "plain", written to *next; NULL if the entry is no such one, or has a
 * NUL in it: no question can have that. */
static const char *decode_uid(char **next, const struct user_opaque *opaque)
{
    if (strcmp(opaque->key, "uid") != 0 || strcmp(opaque->decoder, "plain") != 0)
        return NULL;
    char *uid = *next;
    size_t size;
    if (!base64_decode(opaque->value, strlen(opaque->value), (uint8_t *)uid, &size) || memchr(uid, '\0', size) != NULL)
        return NULL;
    uid[size] = '\0';
    *next += size + 1;
    return uid;
}

static int compare_groups(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int compare_opaque(const void *left, const void *right)
{
    return strcmp(((const struct user_opaque *)left)->key, ((const struct user_opaque *)right)->key);
}

/* Copies the user into one block. false: out of memory. */
static bool copy_user(const struct user *user, const char *shared_idp, struct entry *ret_entry)
{
    size_t opaque_size = user->opaque_count * sizeof(struct user_opaque);
    size_t groups_size = user->group_count * sizeof(char *);
    char *block = malloc(opaque_size + groups_size + texts_size(user));
    if (block == NULL)
        return false;
    struct user_opaque *opaque = (struct user_opaque *)(void *)block;
    const char **groups = (const char **)(void *)(block + opaque_size);
    char *next = block + opaque_size + groups_size;

    *ret_entry = (struct entry){.block = block, .idp_size = strlen(user->id.idp)};
    for (size_t i = 0; i < user->opaque_count; i++) {
        opaque[i].key = copy_text(&next, user->opaque[i].key);
        opaque[i].decoder = copy_text(&next, user->opaque[i].decoder);
        opaque[i].value = copy_text(&next, user->opaque[i].value);
        if (ret_entry->uid == NULL)
            ret_entry->uid = decode_uid(&next, &opaque[i]);
    }
    for (size_t i = 0; i < user->group_count; i++)
        groups[i] = copy_text(&next, user->groups[i]);
    if (user->opaque_count > 1)
        qsort(opaque, user->opaque_count, sizeof(*opaque), compare_opaque);
    if (user->group_count > 1)
        qsort(groups, user->group_count, sizeof(*groups), compare_groups);
    ret_entry->user = (struct user){
        .id = {.idp = shared_idp != NULL ? shared_idp : copy_text(&next, user->id.idp),
               .opaque_id = copy_text(&next, user->id.opaque_id)},
        .username = copy_text(&next, user->username),
        .mail = copy_text(&next, user->mail),
        .display_name = copy_text(&next, user->display_name),
        .groups = groups,
        .group_count = user->group_count,
        .opaque = opaque,
        .opaque_count = user->opaque_count,
    };
    return true;
}

/* Whether the user, whose groups and opaque map are sorted, has nothing twice. */
static enum directory_status check_repeated(const struct user *user, struct directory_fault *ret_fault)
{
    for (size_t i = 1; i < user->group_count; i++) {
        if (strcmp(user->groups[i - 1], user->groups[i]) == 0)
            return set_fault(ret_fault, "groups", "has a group twice");
    }
    for (size_t i = 1; i < user->opaque_count; i++) {
        if (strcmp(user->opaque[i - 1].key, user->opaque[i].key) == 0)
            return set_fault(ret_fault, "opaque", "has a key twice");
    }
    return DIRECTORY_OK;
}

/* The idp of the user before, if it is the same: as a rule there are few. NULL: it is another. */
static const char *find_shared_idp(const struct directory *directory, const struct user *user)
{
    if (directory->count == 0)
        return NULL;
    const char *idp = directory->entries[directory->count - 1].user.id.idp;
    return strcmp(idp, user->id.idp) == 0 ? idp : NULL;
}

static bool reserve_entry(struct directory *directory)
{
    if (directory->count == UINT32_MAX) /* an index cannot have more */
        return false;
    if (directory->count < directory->capacity)
        return true;
    size_t capacity = directory->capacity == 0 ? 16 : directory->capacity * 2;
    struct entry *entries = reallocarray(directory->entries, capacity, sizeof(*entries));
    if (entries == NULL)
        return false;
    directory->entries = entries;
    directory->capacity = capacity;
    return true;
}

struct directory *directory_new(void)
{
    return calloc(1, sizeof(struct directory));
}

void directory_free(struct directory *directory)
{
    if (directory == NULL)
        return;
    for (size_t i = 0; i < directory->count; i++)
        free(directory->entries[i].block);
    for (size_t i = 0; i < INDICES; i++) {
        free(directory->indices[i].keys);
        free(directory->indices[i].starts);
    }
    free(directory->entries);
    free(directory->folded);
    free(directory);
}

enum directory_status directory_add(struct directory *directory, const struct user *user, uint64_t place,
                                    struct directory_fault *ret_fault)
{
    enum directory_status status = check_user(user, ret_fault);
    if (status != DIRECTORY_OK)
        return status;
    struct entry entry;
    if (!reserve_entry(directory) || !copy_user(user, find_shared_idp(directory, user), &entry))
        return DIRECTORY_MEMORY;
    status = check_repeated(&entry.user, ret_fault);
    if (status != DIRECTORY_OK) {
        free(entry.block);
        return status;
    }
    entry.place = place;
    directory->entries[directory->count++] = entry;
    return DIRECTORY_OK;
}

/* ---- indexing --------------------------------------------------------------------------------------------------- */

/* The bytes of a text of less than eight. */
static inline uint64_t load_short(const char *bytes, size_t size)
{
    uint32_t first, last;
    if (size >= sizeof(first)) { /* which overlap */
        memcpy(&first, bytes, sizeof(first));
        memcpy(&last, bytes + size - sizeof(last), sizeof(last));
        return (uint64_t)first << 32 | last;
    }
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++)
        word = word << 8 | (unsigned char)bytes[i];
    return word;
}

static inline struct text make_text(const char *bytes)
{
    struct text text = {.bytes = bytes, .size = strlen(bytes)};
    if (text.size < 8) {
        text.words[0] = load_short(bytes, text.size);
        return text;
    }
    memcpy(&text.words[0], bytes, 8);
    memcpy(&text.words[1], bytes + text.size - 8, 8);
    if (text.size > 16)
        memcpy(&text.words[2], bytes + 8, 8);
    return text;
}

static inline bool is_same_text(const struct text *left, const struct text *right)
{
    return left->size == right->size && left->words[0] == right->words[0] && left->words[1] == right->words[1] &&
           left->words[2] == right->words[2] &&
           (left->size <= TEXT_IN_WORDS || memcmp(left->bytes, right->bytes, left->size) == 0);
}

/* The bytes that are not in words. */
static uint64_t hash_rest(const char *bytes, size_t size)
{
    uint64_t hash = 0;
    for (size_t i = 16; i < size - 8; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return hash;
}

/* The upper bits depend on all bytes. The factors are odd, and look random. */
static inline uint64_t hash_text(const struct text *text)
{
    uint64_t hash = (text->words[0] + text->size) * UINT64_C(0x9e3779b97f4a7c15) +
                    text->words[1] * UINT64_C(0xc2b2ae3d27d4eb4f) + text->words[2] * UINT64_C(0x165667b19e3779f9);
    return text->size <= TEXT_IN_WORDS ? hash : hash + hash_rest(text->bytes, text->size);
}

static int compare_entries(const void *left_pointer, const void *right_pointer)
{
    const struct user *left = &((const struct entry *)left_pointer)->user;
    const struct user *right = &((const struct entry *)right_pointer)->user;
    int order = strcmp(left->username, right->username);
    if (order == 0)
        order = strcmp(left->id.opaque_id, right->id.opaque_id);
    return order != 0 ? order : strcmp(left->id.idp, right->id.idp);
}

/* The key against what is looked for; an empty idp stands for any. */
static int compare_key(const struct key *key, const char *text, const char *idp)
{
    int order = strcmp(key->text.bytes, text);
    return order != 0 || *idp == '\0' ? order : strcmp(key->entry->user.id.idp, idp);
}

static int compare_keys(const void *left_pointer, const void *right_pointer)
{
    const struct key *left = left_pointer, *right = right_pointer;
    int order = compare_key(left, right->text.bytes, right->entry->user.id.idp);
    if (order != 0)
        return order;
    return left->entry->place < right->entry->place ? -1 : left->entry->place > right->entry->place;
}

static const char *key_text(const struct entry *entry, size_t which)
{
    switch (which) {
    case BY_OPAQUE_ID:
        return entry->user.id.opaque_id;
    case BY_USERNAME:
        return entry->user.username;
    case BY_MAIL:
        return entry->user.mail;
    default:
        return entry->uid == NULL ? "" : entry->uid;
    }
}

/* All users but those without such a text, sorted. NULL: out of memory. The caller frees it. */
static struct key *list_keys(const struct directory *directory, size_t which, size_t *ret_count)
{
    struct key *keys = reallocarray(NULL, directory->count + 1, sizeof(*keys));
    if (keys == NULL)
        return NULL;
    size_t count = 0;
    for (size_t i = 0; i < directory->count; i++) {
        const char *text = key_text(&directory->entries[i], which);
        if (*text != '\0')
            keys[count++] = (struct key){make_text(text), &directory->entries[i]};
    }
    qsort(keys, count, sizeof(*keys), compare_keys);
    *ret_count = count;
    return keys;
}

static size_t find_bucket(const struct index *index, const struct text *text)
{
    return hash_text(text) >> index->shift;
}

/* Moves sorted keys into their buckets, and so leaves those of one bucket sorted. The starts are 0. */
static void fill_buckets(struct index *index, const struct key *keys, size_t buckets)
{
    for (size_t i = 0; i < index->count; i++)
        index->starts[find_bucket(index, &keys[i].text)]++;
    for (size_t i = 1; i <= buckets; i++)
        index->starts[i] += index->starts[i - 1]; /* where the bucket ends, until its keys are there */
    for (size_t i = index->count; i > 0; i--)
        index->keys[--index->starts[find_bucket(index, &keys[i - 1].text)]] = keys[i - 1];
}

/* false: out of memory. */
static bool build_index(const struct directory *directory, size_t which, struct index *index)
{
    struct key *keys = list_keys(directory, which, &index->count);
    if (keys == NULL)
        return false;
    unsigned bits = BUCKET_BITS_MIN;
    while ((UINT64_C(1) << bits) < (uint64_t)index->count * BUCKETS_PER_KEY)
        bits++;
    size_t buckets = (size_t)1 << bits;
    index->shift = 64 - bits;
    index->keys = reallocarray(NULL, index->count + 1, sizeof(*keys));
    index->starts = calloc(buckets + 1, sizeof(*index->starts));
    bool is_made = index->keys != NULL && index->starts != NULL;
    if (is_made)
        fill_buckets(index, keys, buckets);
    free(keys);
    return is_made;
}

/* Whether two users have one id: they stand beside each other in the index of ids. */
static bool find_clash(const struct directory *directory, struct directory_clash *ret_clash)
{
    const struct index *index = &directory->indices[BY_OPAQUE_ID];
    bool is_found = false;
    for (size_t i = 1; i < index->count; i++) {
        const struct entry *earlier = index->keys[i - 1].entry, *entry = index->keys[i].entry;
        if (strcmp(earlier->user.id.opaque_id, entry->user.id.opaque_id) != 0 ||
            strcmp(earlier->user.id.idp, entry->user.id.idp) != 0)
            continue;
        if (!is_found || entry->place < ret_clash->place)
            *ret_clash = (struct directory_clash){&entry->user, entry->place, earlier->place};
        is_found = true;
    }
    return is_found;
}

/* Appends a text with its NUL to directory->folded, which has the room. */
static void add_folded(struct directory *directory, const char *text)
{
    size_t size = strlen(text) + 1;
    fold_bytes(directory->folded + directory->folded_size, text, size);
    directory->folded_size += size;
}

static bool fold_users(struct directory *directory)
{
    size_t size = 0;
    for (size_t i = 0; i < directory->count; i++) {
        const struct user *user = &directory->entries[i].user;
        size +=
            strlen(user->username) + strlen(user->display_name) + strlen(user->mail) + strlen(user->id.opaque_id) + 4;
    }
    directory->folded = malloc(size + 1);
    if (directory->folded == NULL)
        return false;
    for (size_t i = 0; i < directory->count; i++) {
        const struct user *user = &directory->entries[i].user;
        directory->entries[i].folded = directory->folded_size;
        add_folded(directory, user->username);
        add_folded(directory, user->display_name);
        add_folded(directory, user->mail);
        add_folded(directory, user->id.opaque_id);
    }
    return true;
}

enum directory_status directory_finish(struct directory *directory, struct directory_clash *ret_clash)
{
    if (directory->count > 0)
        qsort(directory->entries, directory->count, sizeof(*directory->entries), compare_entries);
    for (size_t i = 0; i < INDICES; i++) {
        if (!build_index(directory, i, &directory->indices[i]))
            return DIRECTORY_MEMORY;
    }
    if (find_clash(directory, ret_clash))
        return DIRECTORY_CLASH;
    return fold_users(directory) ? DIRECTORY_OK : DIRECTORY_MEMORY;
}

size_t directory_count(const struct directory *directory)
{
    return directory->count;
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

/* Whether the user has that idp; an empty one stands for any. */
static inline bool has_idp(const struct entry *entry, const char *idp)
{
    return *idp == '\0' || (strlen(idp) == entry->idp_size && memcmp(entry->user.id.idp, idp, entry->idp_size) == 0);
}

/* Whether the key is one that is looked for. */
static inline bool fits(const struct key *key, const struct text *text, const char *idp)
{
    return is_same_text(&key->text, text) && has_idp(key->entry, idp);
}

/* In a bucket of any number of keys. */
static enum user_result search_bucket(const struct index *index, const char *text, const char *idp,
                                      const struct user **ret_user)
{
    struct text asked = make_text(text);
    size_t bucket = find_bucket(index, &asked);
    size_t first = index->starts[bucket], low = first, end = index->starts[bucket + 1];
    if (first == end)
        return USER_NOT_FOUND;
    while (end - low > 1) { /* to the last key that is not behind what is looked for, if there is one */
        size_t middle = low + (end - low) / 2;
        if (compare_key(&index->keys[middle], text, idp) <= 0)
            low = middle;
        else
            end = middle;
    }
    if (!fits(&index->keys[low], &asked, idp))
        return USER_NOT_FOUND;
    if (low > first && fits(&index->keys[low - 1], &asked, idp))
        return USER_AMBIGUOUS;
    *ret_user = &index->keys[low].entry->user;
    return USER_OK;
}

/* In one index and, if nobody is found there, in another one. Apart from look_up, to keep that short. */
__attribute__((cold, noinline)) static enum user_result search(const struct index *index, const struct index *other,
                                                               const char *text, const char *idp,
                                                               const struct user **ret_user)
{
    enum user_result result = search_bucket(index, text, idp, ret_user);
    return result != USER_NOT_FOUND || other == NULL ? result : search_bucket(other, text, idp, ret_user);
}

/* What search finds, in one index and then, unless it is NULL, in the other one; faster where the text has its bucket
 * for itself, as a rule. */
static enum user_result look_up(const struct index *index, const struct index *other, const char *text, const char *idp,
                                const struct user **ret_user)
{
    struct text asked = make_text(text);
    const uint32_t *start = &index->starts[find_bucket(index, &asked)];
    const struct key *key = &index->keys[start[0]];
    if (start[1] - start[0] != 1 || !fits(key, &asked, idp))
        return search(index, other, text, idp, ret_user);
    *ret_user = &key->entry->user;
    return USER_OK;
}

enum user_result directory_get_user(const struct directory *directory, const struct user_id *id,
                                    const struct user **ret_user)
{
    if (id == NULL || id->opaque_id == NULL || ret_user == NULL)
        return USER_INVALID;
    return look_up(&directory->indices[BY_OPAQUE_ID], &directory->indices[BY_USERNAME], id->opaque_id,
                   id->idp == NULL ? "" : id->idp, ret_user);
}

/* For words that are so short that a call of strcmp takes longer. */
static inline bool is_same(const char *text, const char *word)
{
    for (; *text == *word; text++, word++) {
        if (*word == '\0')
            return true;
    }
    return false;
}

enum user_result directory_get_user_by_claim(const struct directory *directory, const char *claim, const char *value,
                                             const struct user **ret_user)
{
    if (claim == NULL || value == NULL || ret_user == NULL)
        return USER_INVALID;
    size_t which;
    if (is_same(claim, "mail"))
        which = BY_MAIL;
    else if (is_same(claim, "username"))
        which = BY_USERNAME;
    else if (is_same(claim, "uid"))
        which = BY_UID;
    else
        return USER_UNKNOWN_CLAIM;
    return look_up(&directory->indices[which], NULL, value, "", ret_user);
}

enum user_result directory_get_user_groups(const struct directory *directory, const struct user_id *id,
                                           const char *const **ret_groups, size_t *ret_count)
{
    if (ret_groups == NULL || ret_count == NULL)
        return USER_INVALID;
    const struct user *user;
    enum user_result result = directory_get_user(directory, id, &user);
    if (result != USER_OK)
        return result;
    *ret_groups = user->groups;
    *ret_count = user->group_count;
    return USER_OK;
}

/* Number of the user whose texts the byte at `offset` of directory->folded belongs to. */
static size_t entry_at(const struct directory *directory, size_t first, size_t offset)
{
    size_t low = first, high = directory->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (directory->entries[middle].folded <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Number of the user behind `after`. false: `after` is not a user of this directory. */
static bool first_behind(const struct directory *directory, const struct user *after, size_t *ret_first)
{
    if (after == NULL) {
        *ret_first = 0;
        return true;
    }
    /* as numbers: pointers into different arrays must not be compared */
    uintptr_t base = (uintptr_t)directory->entries, address = (uintptr_t)after;
    if (address < base || (address - base) / sizeof(struct entry) >= directory->count ||
        (address - base) % sizeof(struct entry) != 0)
        return false;
    *ret_first = (address - base) / sizeof(struct entry) + 1;
    return true;
}

enum user_result directory_find_users(const struct directory *directory, const char *text, const struct user *after,
                                      size_t capacity, const struct user **ret_users, size_t *ret_count)
{
    size_t next;
    if (text == NULL || ret_users == NULL || ret_count == NULL || !first_behind(directory, after, &next))
        return USER_INVALID;
    size_t count = 0, size = strnlen(text, DIRECTORY_TEXT_MAX + 1);
    char folded_text[DIRECTORY_TEXT_MAX];
    if (size > sizeof(folded_text)) { /* longer than any text of a user */
        *ret_count = 0;
        return USER_OK;
    }
    fold_bytes(folded_text, text, size);
    while (count < capacity && next < directory->count) {
        size_t offset = directory->entries[next].folded;
        const char *hit = memmem(directory->folded + offset, directory->folded_size - offset, folded_text, size);
        if (hit == NULL)
            break;
        size_t found = entry_at(directory, next, (size_t)(hit - directory->folded));
        ret_users[count++] = &directory->entries[found].user;
        next = found + 1;
    }
    *ret_count = count;
    return USER_OK;
}
