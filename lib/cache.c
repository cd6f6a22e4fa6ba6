/* SPDX-License-Identifier: MIT */
/* The format that glibc 2.32 and later write, and its like inside of the older one, which ldconfig of 2.31 wrote
 * (sysdeps/generic/dl-cache.h). A header of 48 bytes, entries of 24 that are sorted, strings, extensions. */
#include "cache.h"

#include <elf.h>
#include <string.h>

#define MAGIC "glibc-ld.so.cache1.1"
#define OLD_MAGIC "ld.so-1.7.0"
enum {
    HEADER_SIZE = 48, /* bytes */
    COUNT_AT = 20,
    FLAGS_AT = 28,
    EXTENSION_AT = 32,
    ENTRY_SIZE = 24, /* flags, name, path, version of the system: 4 bytes each; 8 bytes for the processor */
    OLD_HEADER_SIZE = 16,
    OLD_COUNT_AT = 12,
    OLD_ENTRY_SIZE = 12,
    EXTENSION_MAGIC_SIZE = 8,  /* the magic number and the count of sections */
    EXTENSION_ENTRY_SIZE = 16, /* tag, flags, offset, size */
    TAG_HWCAPS = 1,
    ORDER_MASK = 3,  /* of the flags: 2 little, 3 big endian, 0 not said */
    MAX_PATH = 4096, /* bytes of a path, with its NUL */
};
static const uint32_t extension_magic = 0xeaa42174;

static uint32_t word_at(const uint8_t *bytes, size_t offset, bool is_swapped)
{
    uint32_t word;
    memcpy(&word, bytes + offset, sizeof(word));
    return is_swapped ? __builtin_bswap32(word) : word;
}

static uint64_t long_at(const uint8_t *bytes, size_t offset, bool is_swapped)
{
    uint64_t value;
    memcpy(&value, bytes + offset, sizeof(value));
    return is_swapped ? __builtin_bswap64(value) : value;
}

static bool is_swapped(const struct pm_traits *traits)
{
    return (traits->byte_order == ELFDATA2LSB) != (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
}

/* ---- the header ---- */

/* Where the list of subdirectories is, if there is a sound one: without it there are entries for any processor alone.
 */
static void find_hwcaps(struct pm_cache *cache)
{
    const size_t at = word_at(cache->bytes, EXTENSION_AT, cache->is_swapped), size = cache->size;
    if (at == 0 || at % 4 != 0 || at > size || size - at < EXTENSION_MAGIC_SIZE ||
        word_at(cache->bytes, at, cache->is_swapped) != extension_magic)
        return;
    const size_t count = word_at(cache->bytes, at + 4, cache->is_swapped);
    if (count > (size - at - EXTENSION_MAGIC_SIZE) / EXTENSION_ENTRY_SIZE)
        return;
    for (size_t i = 0; i < count; i++) {
        const size_t entry = at + EXTENSION_MAGIC_SIZE + i * EXTENSION_ENTRY_SIZE;
        const size_t offset = word_at(cache->bytes, entry + 8, cache->is_swapped),
                     length = word_at(cache->bytes, entry + 12, cache->is_swapped);
        if (offset > size || length > size - offset) { /* one that is unsound spoils them all */
            cache->hwcaps_count = 0;
            return;
        }
        if (word_at(cache->bytes, entry, cache->is_swapped) != TAG_HWCAPS || offset % 4 != 0 || length % 4 != 0)
            continue;
        cache->hwcaps_offset = offset;
        cache->hwcaps_count = length / 4;
    }
}

/* The older format, for programs of long ago, has the current one behind it; false: it has not. */
static bool skip_old(const uint8_t **bytes, size_t *size, bool swapped)
{
    if (*size < OLD_HEADER_SIZE || memcmp(*bytes, OLD_MAGIC, sizeof(OLD_MAGIC) - 1) != 0)
        return true;
    const size_t count = word_at(*bytes, OLD_COUNT_AT, swapped);
    if (count > (*size - OLD_HEADER_SIZE) / OLD_ENTRY_SIZE)
        return false;
    const size_t offset = (OLD_HEADER_SIZE + count * OLD_ENTRY_SIZE + 7) / 8 * 8;
    if (offset > *size)
        return false;
    *bytes += offset;
    *size -= offset;
    return true;
}

static int malformed(struct pm_problem *ret_problem, const char *what)
{
    return pm_problem_set(ret_problem, PM_LINKER_CACHE, what, NULL);
}

int pm_cache_read(const uint8_t *bytes, size_t size, const struct pm_traits *traits, struct pm_cache *ret_cache,
                  struct pm_problem *ret_problem)
{
    struct pm_cache cache = {.is_swapped = is_swapped(traits)};
    if (!skip_old(&bytes, &size, cache.is_swapped))
        return malformed(ret_problem, "it is cut short");
    if (size < HEADER_SIZE)
        return malformed(ret_problem, size == 0 ? "it is empty" : "it is cut short");
    if (memcmp(bytes, MAGIC, sizeof(MAGIC) - 1) != 0)
        return malformed(ret_problem, "it does not begin as one");
    const unsigned order = bytes[FLAGS_AT] & ORDER_MASK, wanted = traits->byte_order == ELFDATA2LSB ? 2 : 3;
    if (order != 0 && order != wanted)
        return malformed(ret_problem, "it was written for the other byte order");
    cache.bytes = bytes;
    cache.size = size;
    cache.count = word_at(bytes, COUNT_AT, cache.is_swapped);
    if (cache.count > (size - HEADER_SIZE) / ENTRY_SIZE)
        return malformed(ret_problem, "it is cut short");
    find_hwcaps(&cache);
    *ret_cache = cache;
    return 0;
}

/* ---- entries ---- */

struct entry {
    uint32_t flags, name, path; /* name and path: where the strings are */
    uint64_t hwcap;
};

static struct entry entry_at(const struct pm_cache *cache, size_t index)
{
    const size_t at = HEADER_SIZE + index * ENTRY_SIZE;
    return (struct entry){
        word_at(cache->bytes, at, cache->is_swapped), word_at(cache->bytes, at + 4, cache->is_swapped),
        word_at(cache->bytes, at + 8, cache->is_swapped), long_at(cache->bytes, at + 16, cache->is_swapped)};
}

/* NULL: it lies outside, or has no end. */
static const char *string_at(const struct pm_cache *cache, uint32_t offset)
{
    if (offset >= cache->size)
        return NULL;
    const size_t remaining = cache->size - offset;
    if (memchr(cache->bytes + offset, '\0', remaining < MAX_PATH ? remaining : MAX_PATH) == NULL)
        return NULL;
    return (const char *)cache->bytes + offset;
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static uint32_t number_at(const unsigned char **at, const unsigned char *end)
{
    uint32_t number = 0;
    while (*at < end && is_digit(**at))
        number = number * 10 + (uint32_t)(*(*at)++ - '0');
    return number;
}

/* The order in which ldconfig sorts: digits by their number, behind all else. The file's name ends where the file ends,
 * at the latest. As of strcmp. */
static int compare(const char *name, const struct pm_cache *cache, uint32_t offset)
{
    const unsigned char *a = (const unsigned char *)name, *a_end = a + strlen(name);
    const unsigned char *b = cache->bytes + offset, *b_end = cache->bytes + cache->size;
    while (a < a_end && b < b_end) {
        if (is_digit(*a) && is_digit(*b)) {
            const uint32_t left = number_at(&a, a_end), right = number_at(&b, b_end);
            if (left != right)
                return (int32_t)(left - right) < 0 ? -1 : 1;
        } else if (is_digit(*a) || is_digit(*b)) {
            return is_digit(*a) ? 1 : -1;
        } else if (*a != *b) {
            return (char)*a - (char)*b;
        } else {
            a++;
            b++;
        }
    }
    if (a < a_end)
        return 1;
    return b < b_end ? -(char)*b : 0;
}

/* The flags of an entry for the machine: ELF of libc6, and which of the machine's kinds; 0: any, none is known. */
static uint32_t flags_for(const struct pm_traits *traits)
{
    const bool is_64 = traits->elf_class == ELFCLASS64;
    switch (traits->machine) {
    case EM_X86_64:
        return is_64 ? 0x0303 : 0x0803;
    case EM_386:
        return 0x0003;
    case EM_AARCH64:
        return is_64 ? 0x0a03 : 0;
    case EM_S390:
        return is_64 ? 0x0403 : 0x0003;
    case EM_PPC64:
        return 0x0503;
    case EM_SPARCV9:
        return 0x0103;
    case EM_IA_64:
        return 0x0203;
    default:
        return 0;
    }
}

enum { NOT_USABLE = 0, FOR_ANY = INT32_MAX };

/* How far in front the entry's subdirectory of glibc-hwcaps is: 1 the best; FOR_ANY: it has none. NOT_USABLE: it is for
 * another processor. */
static uint32_t rank_of(const struct pm_cache *cache, uint64_t hwcap, const struct pm_hwcaps *hwcaps)
{
    const uint64_t extension = UINT64_C(1) << 62, level_mask = 0x3ff, platform_mask = UINT64_C(0xffff) << 48,
                   tls = UINT64_C(1) << 63;
    const uint32_t high = (uint32_t)(hwcap >> 32), index = (uint32_t)hwcap;
    if ((high & ~level_mask) != extension >> 32) {
        const uint64_t platform = hwcap & platform_mask & ~tls & ~extension;
        const bool fits = (hwcap & ~(hwcaps->legacy_hwcaps | platform_mask | tls)) == 0 &&
                          (platform == 0 || platform == hwcaps->legacy_platform);
        return fits ? FOR_ANY : NOT_USABLE;
    }
    if ((high & level_mask) > hwcaps->isa_level || index >= cache->hwcaps_count)
        return NOT_USABLE;
    const char *name =
        string_at(cache, word_at(cache->bytes, cache->hwcaps_offset + 4 * (size_t)index, cache->is_swapped));
    for (size_t i = 0; name != NULL && i < hwcaps->name_count; i++)
        if (strcmp(name, hwcaps->names[i]) == 0)
            return (uint32_t)i + 1;
    return NOT_USABLE;
}

/* The first of the entries of that name; count: there is none. */
static size_t first_of(const struct pm_cache *cache, const char *name)
{
    size_t left = 0, right = cache->count;
    while (left < right) {
        size_t middle = left + (right - left) / 2;
        const uint32_t offset = entry_at(cache, middle).name;
        if (offset >= cache->size)
            return cache->count;
        const int order = compare(name, cache, offset);
        if (order == 0) {
            while (middle > 0 && entry_at(cache, middle - 1).name < cache->size &&
                   compare(name, cache, entry_at(cache, middle - 1).name) == 0)
                middle--;
            return middle;
        }
        if (order < 0) /* they are sorted downwards */
            left = middle + 1;
        else
            right = middle;
    }
    return cache->count;
}

const char *pm_cache_find(const struct pm_cache *cache, const char *name, const struct pm_traits *traits,
                          const struct pm_hwcaps *hwcaps)
{
    const uint32_t flags = flags_for(traits);
    const char *best = NULL;
    uint32_t best_rank = FOR_ANY;
    if (cache->bytes == NULL)
        return NULL;
    for (size_t i = first_of(cache, name); i < cache->count; i++) {
        const struct entry entry = entry_at(cache, i);
        if (entry.name >= cache->size || compare(name, cache, entry.name) != 0)
            break;
        if (flags != 0 && entry.flags != flags)
            continue;
        const char *path = string_at(cache, entry.path);
        const uint32_t rank = path != NULL ? rank_of(cache, entry.hwcap, hwcaps) : NOT_USABLE;
        if (rank == NOT_USABLE)
            continue;
        /* Entries for any processor stand behind the others. */
        if (rank == FOR_ANY)
            return best != NULL ? best : path;
        if (best == NULL || rank < best_rank) {
            best = path;
            best_rank = rank;
        }
    }
    return best;
}
