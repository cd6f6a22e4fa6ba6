/* SPDX-License-Identifier: MIT */
#include "symbols.h"

#include <byteswap.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHORT_NAME = 128,             /* bytes that most of them fit in */
    MAX_NAME = 4096,              /* bytes of one string */
    MAX_CHAIN = 65536,            /* symbols that are looked at for one name */
    MAX_STEPS = 1 << 20,          /* the same for all names of one object */
    MAX_VERSIONS = 0x8000,        /* as many as an index of DT_VERSYM can tell apart */
    EM_ALPHA_UNOFFICIAL = 0x9026, /* as binutils and glibc know it */
};

static int malformed(struct pm_problem *ret_problem, const char *what)
{
    return pm_problem_set(ret_problem, PM_ELF_MALFORMED, what, NULL);
}

static int no_memory(struct pm_problem *ret_problem)
{
    return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to read it", NULL);
}

static bool is_64(const struct pm_view *view)
{
    return view->elf_class == ELFCLASS64;
}

static uint16_t half(const struct pm_view *view, uint16_t value)
{
    return view->is_swapped ? bswap_16(value) : value;
}

static uint32_t word(const struct pm_view *view, uint32_t value)
{
    return view->is_swapped ? bswap_32(value) : value;
}

static uint64_t wide(const struct pm_view *view, uint64_t value)
{
    return view->is_swapped ? bswap_64(value) : value;
}

/* The bytes at table + index * size + offset, whatever the numbers are. */
static const uint8_t *range_at(struct pm_view *view, uint64_t table, uint64_t index, uint64_t entry_size, uint64_t size,
                               const char *what, struct pm_problem *ret_problem)
{
    uint64_t address;
    if (__builtin_mul_overflow(index, entry_size, &address) || __builtin_add_overflow(address, table, &address)) {
        pm_problem_set(ret_problem, PM_ELF_MALFORMED, what, " is not in a load segment", NULL);
        return NULL;
    }
    return view->range(view->data, address, size, what, ret_problem);
}

static int word_at(struct pm_view *view, uint64_t table, uint64_t index, const char *what, uint32_t *ret_word,
                   struct pm_problem *ret_problem)
{
    const uint8_t *bytes = range_at(view, table, index, sizeof(*ret_word), sizeof(*ret_word), what, ret_problem);
    if (bytes == NULL)
        return -1;
    memcpy(ret_word, bytes, sizeof(*ret_word));
    *ret_word = word(view, *ret_word);
    return 0;
}

void pm_tables_add(struct pm_tables *tables, uint64_t tag, uint64_t value, uint64_t base)
{
    uint64_t address = value < base ? value + base : value;
    switch (tag) {
    case DT_STRTAB:
        tables->strings = address;
        break;
    case DT_STRSZ:
        tables->strings_size = value;
        break;
    case DT_SYMTAB:
        tables->symbols = address;
        break;
    case DT_HASH:
        tables->hash = address;
        break;
    case DT_GNU_HASH:
        tables->gnu_hash = address;
        break;
    case DT_VERSYM:
        tables->version_symbols = address;
        break;
    case DT_VERNEED:
        tables->version_needs = address;
        break;
    case DT_VERDEF:
        tables->version_definitions = address;
        break;
    case DT_RELA:
        tables->rela = address;
        break;
    case DT_RELASZ:
        tables->rela_size = value;
        break;
    case DT_RELACOUNT:
        tables->rela_relative = value;
        break;
    case DT_REL:
        tables->rel = address;
        break;
    case DT_RELSZ:
        tables->rel_size = value;
        break;
    case DT_RELCOUNT:
        tables->rel_relative = value;
        break;
    case DT_JMPREL:
        tables->plt = address;
        break;
    case DT_PLTRELSZ:
        tables->plt_size = value;
        break;
    case DT_PLTREL:
        tables->is_plt_rela = value == DT_RELA;
        break;
    case DT_MIPS_GOTSYM:
        tables->got_first = value;
        break;
    case DT_MIPS_SYMTABNO:
        tables->got_end = value;
        break;
    default:
        break;
    }
}

void pm_view_free(struct pm_view *view)
{
    pm_arena_free(&view->arena);
}

static void forget_versions(struct pm_view *view)
{
    pm_arena_free(&view->arena);
    view->versions = NULL;
    view->version_of = NULL;
    view->version_count = view->needed_count = view->version_of_count = 0;
    view->has_versions = false;
}

void pm_view_begin(struct pm_view *view)
{
    forget_versions(view);
    view->steps = 0;
}

const char *pm_view_string(struct pm_view *view, uint64_t index, struct pm_problem *ret_problem)
{
    uint64_t limit = view->tables.strings_size, address = 0, remaining = 0;
    if (index < limit && !__builtin_add_overflow(view->tables.strings, index, &address))
        remaining = view->remaining(view->data, address);
    if (remaining == 0) {
        malformed(ret_problem, "a name lies outside the dynamic string table");
        return NULL;
    }
    limit -= index;
    if (limit > remaining)
        limit = remaining;
    if (limit > MAX_NAME)
        limit = MAX_NAME;
    /* Most names are short: asking for little finds them in what was read for their neighbours. */
    for (uint64_t size = limit < SHORT_NAME ? limit : SHORT_NAME;; size = limit) {
        const uint8_t *text = view->range(view->data, address, size, "the dynamic string table", ret_problem);
        if (text == NULL)
            return NULL;
        if (memchr(text, '\0', (size_t)size) != NULL)
            return (const char *)text;
        if (size == limit)
            break;
    }
    malformed(ret_problem, "a name in the dynamic string table has no end");
    return NULL;
}

int pm_view_symbol(struct pm_view *view, uint64_t index, Elf64_Sym *ret_symbol, struct pm_problem *ret_problem)
{
    uint64_t size = is_64(view) ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
    struct pm_problem problem;
    const uint8_t *bytes = range_at(view, view->tables.symbols, index, size, size, "the symbol table", &problem);
    if (bytes == NULL) {
        *ret_problem = problem;
        /* in other words where it is not the reading that failed */
        if (problem.code == PM_ELF_MALFORMED &&
            strcmp(problem.detail, "the symbol table is not in a load segment") == 0)
            malformed(ret_problem, "a symbol lies outside the load segments");
        return -1;
    }
    if (is_64(view)) {
        Elf64_Sym s;
        memcpy(&s, bytes, sizeof(s));
        *ret_symbol = (Elf64_Sym){.st_name = word(view, s.st_name),
                                  .st_info = s.st_info,
                                  .st_other = s.st_other,
                                  .st_shndx = half(view, s.st_shndx),
                                  .st_value = wide(view, s.st_value),
                                  .st_size = wide(view, s.st_size)};
        return 0;
    }
    Elf32_Sym s;
    memcpy(&s, bytes, sizeof(s));
    *ret_symbol = (Elf64_Sym){.st_name = word(view, s.st_name),
                              .st_info = s.st_info,
                              .st_other = s.st_other,
                              .st_shndx = half(view, s.st_shndx),
                              .st_value = word(view, s.st_value),
                              .st_size = word(view, s.st_size)};
    return 0;
}

/* ---- versions ---- */

/* Collects into an array in the view's arena. */
static struct pm_symbol_version *append_version(struct pm_view *view, size_t *capacity)
{
    if (view->version_count == *capacity) {
        size_t wanted = *capacity > 0 ? 2 * *capacity : 16;
        struct pm_symbol_version *versions = pm_arena_new(&view->arena, wanted * sizeof(*versions));
        if (versions == NULL)
            return NULL;
        if (view->version_count > 0)
            memcpy(versions, view->versions, view->version_count * sizeof(*versions));
        view->versions = versions;
        *capacity = wanted;
    }
    return &view->versions[view->version_count++];
}

static int add_version(struct pm_view *view, size_t *capacity, struct pm_symbol_version version, uint32_t name,
                       struct pm_problem *ret_problem)
{
    if (view->version_count >= MAX_VERSIONS)
        return malformed(ret_problem, "it has more than 32768 versions of symbols");
    version.name = pm_view_string(view, name, ret_problem);
    if (version.name == NULL)
        return -1;
    struct pm_symbol_version *place = append_version(view, capacity);
    if (place == NULL)
        return no_memory(ret_problem);
    *place = version;
    place->ordinal = view->needed_count;
    view->needed_count += version.library != NULL;
    return 0;
}

/* One library's needed versions. Both classes have the same structs. */
static int read_need(struct pm_view *view, size_t *capacity, uint64_t address, const Elf64_Verneed *need,
                     struct pm_problem *ret_problem)
{
    const char *what = "DT_VERNEED", *library = pm_view_string(view, word(view, need->vn_file), ret_problem);
    uint64_t at = address + word(view, need->vn_aux);
    if (library == NULL)
        return -1;
    for (unsigned i = half(view, need->vn_cnt); i > 0; i--) {
        Elf64_Vernaux part;
        const uint8_t *bytes = view->range(view->data, at, sizeof(part), what, ret_problem);
        if (bytes == NULL)
            return -1;
        memcpy(&part, bytes, sizeof(part));
        unsigned index = half(view, part.vna_other);
        const struct pm_symbol_version version = {.library = library,
                                                  .index = index & 0x7fff,
                                                  .is_hidden = (index & 0x8000) != 0,
                                                  .is_weak = (half(view, part.vna_flags) & VER_FLG_WEAK) != 0};
        if (add_version(view, capacity, version, word(view, part.vna_name), ret_problem) < 0)
            return -1;
        if (part.vna_next == 0)
            break;
        at += word(view, part.vna_next);
    }
    return 0;
}

static int read_needs(struct pm_view *view, size_t *capacity, struct pm_problem *ret_problem)
{
    uint64_t at = view->tables.version_needs;
    for (size_t i = 0; at != 0 && i < MAX_VERSIONS; i++) {
        Elf64_Verneed need;
        const uint8_t *bytes = view->range(view->data, at, sizeof(need), "DT_VERNEED", ret_problem);
        if (bytes == NULL)
            return -1;
        memcpy(&need, bytes, sizeof(need));
        if (half(view, need.vn_version) != VER_NEED_CURRENT)
            return malformed(ret_problem, "DT_VERNEED is of an unknown version");
        if (read_need(view, capacity, at, &need, ret_problem) < 0)
            return -1;
        if (need.vn_next == 0)
            return 0;
        at += word(view, need.vn_next);
    }
    return at == 0 ? 0 : malformed(ret_problem, "DT_VERNEED has no end");
}

static int read_definitions(struct pm_view *view, size_t *capacity, struct pm_problem *ret_problem)
{
    uint64_t at = view->tables.version_definitions;
    for (size_t i = 0; at != 0 && i < MAX_VERSIONS; i++) {
        Elf64_Verdef definition;
        Elf64_Verdaux first; /* its name; the rest are those that it grew from */
        const uint8_t *bytes = view->range(view->data, at, sizeof(definition), "DT_VERDEF", ret_problem);
        if (bytes == NULL)
            return -1;
        memcpy(&definition, bytes, sizeof(definition));
        if (half(view, definition.vd_version) != VER_DEF_CURRENT)
            return malformed(ret_problem, "DT_VERDEF is of an unknown version");
        bytes = view->range(view->data, at + word(view, definition.vd_aux), sizeof(first), "DT_VERDEF", ret_problem);
        if (bytes == NULL)
            return -1;
        memcpy(&first, bytes, sizeof(first));
        unsigned index = half(view, definition.vd_ndx);
        const struct pm_symbol_version version = {
            .index = index & 0x7fff,
            .is_hidden = (index & 0x8000) != 0,
            .is_base = (half(view, definition.vd_flags) & VER_FLG_BASE) != 0,
        };
        if (add_version(view, capacity, version, word(view, first.vda_name), ret_problem) < 0)
            return -1;
        if (definition.vd_next == 0)
            return 0;
        at += word(view, definition.vd_next);
    }
    return at == 0 ? 0 : malformed(ret_problem, "DT_VERDEF has no end");
}

/* So that a symbol's version is found without a search. */
static int index_versions(struct pm_view *view, struct pm_problem *ret_problem)
{
    size_t count = 0;
    for (size_t i = 0; i < view->version_count; i++)
        if (view->versions[i].index >= count)
            count = view->versions[i].index + (size_t)1;
    view->version_of = pm_arena_new(&view->arena, (count + 1) * sizeof(*view->version_of));
    if (view->version_of == NULL)
        return no_memory(ret_problem);
    view->version_of_count = count;
    for (size_t i = 0; i < view->version_count; i++)
        if (!view->versions[i].is_base)
            view->version_of[view->versions[i].index] = &view->versions[i];
    return 0;
}

int pm_view_read_versions(struct pm_view *view, struct pm_problem *ret_problem)
{
    size_t capacity = 0;
    if (view->has_versions)
        return 0;
    view->version_count = view->needed_count = 0;
    if (read_needs(view, &capacity, ret_problem) < 0 || read_definitions(view, &capacity, ret_problem) < 0 ||
        index_versions(view, ret_problem) < 0) {
        forget_versions(view); /* they may be asked for again */
        return -1;
    }
    view->has_versions = true;
    return 0;
}

/* What DT_VERSYM says of a symbol; the version is NULL if it has none, or the one that every symbol has. */
static int version_of(struct pm_view *view, uint64_t index, uint16_t *ret_number,
                      const struct pm_symbol_version **ret_version, struct pm_problem *ret_problem)
{
    const uint8_t *bytes = range_at(view, view->tables.version_symbols, index, 2, 2, "DT_VERSYM", ret_problem);
    if (bytes == NULL || pm_view_read_versions(view, ret_problem) < 0)
        return -1;
    memcpy(ret_number, bytes, sizeof(*ret_number));
    *ret_number = half(view, *ret_number);
    size_t number = *ret_number & 0x7fff;
    *ret_version = number < view->version_of_count ? view->version_of[number] : NULL;
    return 0;
}

int pm_view_symbol_version(struct pm_view *view, uint64_t index, const struct pm_symbol_version **ret_version,
                           struct pm_problem *ret_problem)
{
    uint16_t ignored;
    *ret_version = NULL;
    return view->tables.version_symbols != 0 ? version_of(view, index, &ignored, ret_version, ret_problem) : 0;
}

/* ---- lookup ---- */

struct pm_sought pm_sought_make(const char *name, const char *version, bool is_version_hidden)
{
    struct pm_sought sought = {name, version, is_version_hidden, 5381, 0};
    for (const unsigned char *at = (const unsigned char *)name; *at != '\0'; at++) {
        sought.gnu_hash = sought.gnu_hash * 33 + *at;
        sought.hash = (sought.hash << 4) + *at;
        sought.hash ^= (sought.hash >> 24) & 0xf0;
        sought.hash &= 0x0fffffff;
    }
    return sought;
}

/* One search in one object. */
struct search {
    const struct pm_sought *sought;
    Elf64_Sym *found;
    size_t steps;
    size_t default_count; /* for a name without a version: definitions with one, of which a single one will do */
    Elf64_Sym with_default;
};

static bool is_definition(const Elf64_Sym *symbol)
{
    enum {
        TYPES = 1 << STT_NOTYPE | 1 << STT_OBJECT | 1 << STT_FUNC | 1 << STT_COMMON | 1 << STT_TLS | 1 << STT_GNU_IFUNC
    };
    unsigned binding = ELF64_ST_BIND(symbol->st_info), visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    if (symbol->st_shndx == SHN_UNDEF || (symbol->st_value == 0 && symbol->st_shndx != SHN_ABS && type != STT_TLS))
        return false;
    return (1 << type & TYPES) != 0 && (visibility == STV_DEFAULT || visibility == STV_PROTECTED) &&
           (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE);
}

/* Whether the symbol, whose name it is, is of the version that is sought. 1, 0, -1. */
static int has_version(struct pm_view *view, struct search *search, uint64_t index, const Elf64_Sym *symbol,
                       struct pm_problem *ret_problem)
{
    const struct pm_sought *sought = search->sought;
    const struct pm_symbol_version *version;
    uint16_t number;
    if (view->tables.version_symbols == 0)
        return 1; /* an object without versions has them all */
    if (version_of(view, index, &number, &version, ret_problem) < 0)
        return -1;
    bool is_hidden = (number & 0x8000) != 0;
    if (sought->version != NULL) {
        if (version != NULL && strcmp(version->name, sought->version) == 0)
            return 1;
        return !sought->is_version_hidden && version == NULL && !is_hidden;
    }
    if ((number & 0x7fff) < 3) /* local, base, or the first version that the object ever had */
        return 1;
    if (!is_hidden && search->default_count++ == 0)
        search->with_default = *symbol;
    return 0;
}

/* Looks at one symbol. 1: this is it; 0; -1. */
static int look_at(struct pm_view *view, struct search *search, uint64_t index, struct pm_problem *ret_problem)
{
    Elf64_Sym symbol;
    if (pm_view_symbol(view, index, &symbol, ret_problem) < 0)
        return -1;
    const char *name = pm_view_string(view, symbol.st_name, ret_problem);
    if (name == NULL)
        return -1;
    if (strcmp(name, search->sought->name) != 0 || !is_definition(&symbol))
        return 0;
    int result = has_version(view, search, index, &symbol, ret_problem);
    if (result > 0)
        *search->found = symbol;
    return result;
}

static bool may_go_on(struct pm_view *view, struct search *search)
{
    return search->steps++ < MAX_CHAIN && view->steps++ < MAX_STEPS;
}

/* System V gABI, "Hash Table". Its words are 8 bytes wide on 64-bit s390 and on Alpha. */
static int hash_word(struct pm_view *view, uint64_t index, uint64_t *ret_word, struct pm_problem *ret_problem)
{
    unsigned machine = view->machine;
    if (is_64(view) && (machine == EM_S390 || machine == EM_ALPHA || machine == EM_ALPHA_UNOFFICIAL)) {
        const uint8_t *bytes = range_at(view, view->tables.hash, index, 8, 8, "DT_HASH", ret_problem);
        if (bytes == NULL)
            return -1;
        memcpy(ret_word, bytes, sizeof(*ret_word));
        *ret_word = wide(view, *ret_word);
        return 0;
    }
    uint32_t narrow;
    if (word_at(view, view->tables.hash, index, "DT_HASH", &narrow, ret_problem) < 0)
        return -1;
    *ret_word = narrow;
    return 0;
}

static int search_hash(struct pm_view *view, struct search *search, struct pm_problem *ret_problem)
{
    uint64_t buckets, chains, index;
    if (hash_word(view, 0, &buckets, ret_problem) < 0 || hash_word(view, 1, &chains, ret_problem) < 0)
        return -1;
    if (buckets == 0)
        return 0;
    if (buckets > UINT32_MAX || chains > UINT32_MAX)
        return malformed(ret_problem, "DT_HASH is larger than any can be");
    for (uint64_t at = 2 + search->sought->hash % buckets; may_go_on(view, search); at = 2 + buckets + index) {
        if (hash_word(view, at, &index, ret_problem) < 0)
            return -1;
        if (index == 0)
            return 0;
        if (index >= chains)
            return malformed(ret_problem, "DT_HASH names a symbol that is not there");
        int result = look_at(view, search, index, ret_problem);
        if (result != 0)
            return result;
    }
    return malformed(ret_problem, "DT_HASH has chains without end");
}

/* Whether the filter lets the name through. 1, 0, -1. The filter's words are of the class's size. */
static int passes_filter(struct pm_view *view, uint32_t hash, uint32_t words, uint32_t shift,
                         struct pm_problem *ret_problem)
{
    uint64_t table = view->tables.gnu_hash, filter;
    unsigned bits = is_64(view) ? 64 : 32;
    if (words == 0 || (words & (words - 1)) != 0)
        return malformed(ret_problem, "DT_GNU_HASH has a filter of no power of two");
    if (__builtin_add_overflow(table, 16, &table))
        return malformed(ret_problem, "DT_GNU_HASH is not in a load segment");
    uint32_t at = hash / bits & (words - 1);
    if (bits == 64) {
        const uint8_t *bytes = range_at(view, table, at, 8, 8, "DT_GNU_HASH", ret_problem);
        if (bytes == NULL)
            return -1;
        memcpy(&filter, bytes, sizeof(filter));
        filter = wide(view, filter);
    } else {
        uint32_t narrow;
        if (word_at(view, table, at, "DT_GNU_HASH", &narrow, ret_problem) < 0)
            return -1;
        filter = narrow;
    }
    uint32_t second = shift < 32 ? hash >> shift : 0;
    return (filter >> (hash % bits) & filter >> (second % bits) & 1) != 0;
}

/* The GNU hash table: count of buckets, first symbol, words of the filter, its shift; the filter; buckets; chains. */
static int search_gnu_hash(struct pm_view *view, struct search *search, struct pm_problem *ret_problem)
{
    const char *what = "DT_GNU_HASH";
    uint32_t hash = search->sought->gnu_hash, header[4], index, its_hash;
    const uint8_t *bytes = view->range(view->data, view->tables.gnu_hash, sizeof(header), what, ret_problem);
    if (bytes == NULL)
        return -1;
    memcpy(header, bytes, sizeof(header));
    for (size_t i = 0; i < 4; i++)
        header[i] = word(view, header[i]);
    uint32_t buckets = header[0], first = header[1];
    if (buckets == 0)
        return 0;
    int passes = passes_filter(view, hash, header[2], header[3], ret_problem);
    if (passes <= 0)
        return passes;
    uint64_t table = view->tables.gnu_hash + 16 + (uint64_t)header[2] * (is_64(view) ? 8 : 4);
    if (word_at(view, table, hash % buckets, what, &index, ret_problem) < 0)
        return -1;
    if (index == 0)
        return 0;
    if (index < first)
        return malformed(ret_problem, "DT_GNU_HASH names a symbol that it does not hold");
    for (table += 4 * (uint64_t)buckets; may_go_on(view, search); index++) {
        if (word_at(view, table, index - first, what, &its_hash, ret_problem) < 0)
            return -1;
        int result = (its_hash | 1) == (hash | 1) ? look_at(view, search, index, ret_problem) : 0;
        if (result != 0)
            return result;
        if ((its_hash & 1) != 0)
            return 0;
    }
    return malformed(ret_problem, "DT_GNU_HASH has chains without end");
}

int pm_view_find(struct pm_view *view, const struct pm_sought *sought, Elf64_Sym *ret_symbol,
                 struct pm_problem *ret_problem)
{
    struct search search = {.sought = sought, .found = ret_symbol};
    int result = 0;
    if (view->tables.gnu_hash != 0)
        result = search_gnu_hash(view, &search, ret_problem);
    else if (view->tables.hash != 0)
        result = search_hash(view, &search, ret_problem);
    if (result != 0 || search.default_count != 1)
        return result;
    *ret_symbol = search.with_default;
    return 1;
}
