/* SPDX-License-Identifier: MIT */
/* The words of canonical texts: numbers, names, types. */
#include "abi_tree.h"

#include <string.h>

enum { MAX_NAME = 1000 }; /* bytes of a name, its namespaces included */

/* ---- words ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool pm_abi_skip_word(const char **at, const char *word)
{
    size_t length = strlen(word);
    if (strncmp(*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

/* Decimal digits as a canonical text has them: no leading zero, no overflow. */
bool pm_abi_read_number(const char **at, uint64_t *ret_number)
{
    uint64_t number = 0;
    const char *text = *at;
    if (!is_digit(*text) || (text[0] == '0' && is_digit(text[1])))
        return false;
    for (; is_digit(*text); text++) {
        unsigned digit = (unsigned)(*text - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *at = text;
    *ret_number = number;
    return true;
}

/* An offset or size in bytes, of which the bits can be counted too. */
bool pm_abi_read_bytes(const char **at, uint64_t *ret_number)
{
    uint64_t number;
    const char *text = *at;
    if (!pm_abi_read_number(&text, &number) || number > UINT64_MAX / 32)
        return false;
    *at = text;
    *ret_number = number;
    return true;
}

/* Letters, digits, '_', '$', and what else is no ASCII: compilers take UTF-8. C1 controls are not for names. */
static size_t name_letter(const char *text, bool is_first)
{
    char c = text[0];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || (!is_first && is_digit(c)))
        return 1;
    if ((c & 0x80) == 0)
        return 0;
    size_t length = pm_utf8_length((const unsigned char *)text, strnlen(text, 4));
    return length == 2 && (unsigned char)c == 0xc2 && (unsigned char)text[1] < 0xa0 ? 0 : length;
}

bool pm_abi_skip_identifier(const char **at)
{
    size_t length = 0, letter;
    while ((letter = name_letter(*at + length, length == 0)) > 0)
        length += letter;
    *at += length;
    return length > 0 && length <= MAX_NAME;
}

/* An identifier with its namespaces, or '@' and 16 hex digits. */
bool pm_abi_skip_tag(const char **at)
{
    const char *begin = *at;
    if (pm_abi_skip_word(at, "@")) {
        for (size_t i = 0; i < 16; i++, ++*at)
            if (!is_digit(**at) && !(**at >= 'a' && **at <= 'f'))
                return false;
        return true;
    }
    do {
        if (!pm_abi_skip_identifier(at))
            return false;
    } while (pm_abi_skip_word(at, "::"));
    return *at - begin <= MAX_NAME;
}

bool pm_abi_skip_leaf(const char **at)
{
    static const char *const words[] = {"void", "va_list"};
    uint64_t bits;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (pm_abi_skip_word(at, words[i]))
            return true;
    if (**at == '\0' || strchr("iubfdc", **at) == NULL)
        return false;
    ++*at;
    if (!pm_abi_read_number(at, &bits) || bits == 0 || bits > 4096)
        return false;
    if (!pm_abi_skip_word(at, "ieee"))
        pm_abi_skip_word(at, "ibm");
    return true;
}

/* ---- types ---- */

static const char *const kind_words[] = {
    [PM_ABI_STRUCT] = "struct ", [PM_ABI_UNION] = "union ", [PM_ABI_ENUM] = "enum "};

bool pm_abi_skip_kind(const char **at, enum pm_abi_kind *ret_kind)
{
    for (enum pm_abi_kind kind = PM_ABI_STRUCT; kind <= PM_ABI_ENUM; kind++)
        if (pm_abi_skip_word(at, kind_words[kind])) {
            *ret_kind = kind;
            return true;
        }
    return false;
}

static bool read_tag(struct pm_abi_token *token)
{
    token->kind = PM_ABI_TAG;
    token->text = token->next;
    if (!pm_abi_skip_tag(&token->next))
        return false;
    token->length = (size_t)(token->next - token->text);
    token->has_count = pm_abi_skip_word(&token->next, "#");
    return !token->has_count || pm_abi_read_bytes(&token->next, &token->count);
}

static bool read_qualifiers(struct pm_abi_token *token)
{
    token->kind = PM_ABI_QUALIFIERS;
    if (pm_abi_skip_word(&token->next, "atomic "))
        token->qualifiers |= PM_ABI_ATOMIC;
    if (pm_abi_skip_word(&token->next, "const "))
        token->qualifiers |= PM_ABI_CONST;
    if (pm_abi_skip_word(&token->next, "volatile "))
        token->qualifiers |= PM_ABI_VOLATILE;
    return token->qualifiers != 0;
}

bool pm_abi_token_read(const char *type, struct pm_abi_token *ret_token)
{
    struct pm_abi_token *token = ret_token;
    *token = (struct pm_abi_token){.kind = PM_ABI_POINTER, .next = type};
    if (pm_abi_skip_word(&token->next, "*"))
        return true;
    if (read_qualifiers(token))
        return true;
    token->kind = PM_ABI_FUNCTION;
    if (pm_abi_skip_word(&token->next, "fn("))
        return true;
    token->kind = PM_ABI_ARRAY;
    if (pm_abi_skip_word(&token->next, "[")) {
        token->has_count = pm_abi_read_number(&token->next, &token->count);
        return pm_abi_skip_word(&token->next, "]");
    }
    token->kind = PM_ABI_VECTOR;
    if (pm_abi_skip_word(&token->next, "vec["))
        return pm_abi_read_number(&token->next, &token->count) && pm_abi_skip_word(&token->next, "]");
    if (pm_abi_skip_kind(&token->next, &token->tag_kind))
        return read_tag(token);
    token->kind = PM_ABI_LEAF;
    token->text = type;
    if (!pm_abi_skip_leaf(&token->next))
        return false;
    token->length = (size_t)(token->next - type);
    return true;
}

const char *pm_abi_type_end(const char *type)
{
    for (size_t depth = 0; *type != '\0'; type++) {
        if (depth == 0 && strchr(",;)", *type) != NULL)
            break;
        if (*type == '(')
            depth++;
        else if (*type == ')')
            depth--;
    }
    return type;
}

/* Moves *at behind a TYPE. false: there is none; *at is where that shows. */
static bool check_type(const char **at, unsigned depth);

static bool check_function(const char **at, unsigned depth)
{
    if (!check_type(at, depth) || !pm_abi_skip_word(at, ";"))
        return false;
    if (pm_abi_skip_word(at, "?)") || pm_abi_skip_word(at, ")"))
        return true;
    do {
        if (pm_abi_skip_word(at, "..."))
            return pm_abi_skip_word(at, ")");
        if (!check_type(at, depth))
            return false;
    } while (pm_abi_skip_word(at, ","));
    return pm_abi_skip_word(at, ")");
}

static bool check_type(const char **at, unsigned depth)
{
    struct pm_abi_token token, before = {.kind = PM_ABI_LEAF};
    for (; depth < PM_ABI_MAX_DEPTH; depth++, before = token) {
        if (!pm_abi_token_read(*at, &token))
            return false;
        /* Two sets of qualifiers in a row: not in their order, or one twice. */
        if (token.kind == PM_ABI_QUALIFIERS && before.kind == PM_ABI_QUALIFIERS)
            return false;
        *at = token.next;
        if (token.kind == PM_ABI_FUNCTION)
            return check_function(at, depth + 1);
        if (token.kind == PM_ABI_TAG || token.kind == PM_ABI_LEAF)
            return true;
    }
    return false;
}

bool pm_abi_skip_type(const char **at)
{
    return check_type(at, 0);
}
