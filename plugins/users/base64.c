/* SPDX-License-Identifier: MIT */
#include "base64.h"

#define NOT_A_DIGIT 64

static unsigned digit_value(char digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return (unsigned)(digit - 'A');
    if (digit >= 'a' && digit <= 'z')
        return (unsigned)(digit - 'a') + 26;
    if (digit >= '0' && digit <= '9')
        return (unsigned)(digit - '0') + 52;
    if (digit == '+')
        return 62;
    if (digit == '/')
        return 63;
    return NOT_A_DIGIT;
}

bool base64_decode(const char *text, size_t size, uint8_t *ret_bytes, size_t *ret_size)
{
    if (size % 4 != 0)
        return false;
    size_t padding = 0;
    if (size > 0 && text[size - 1] == '=')
        padding = text[size - 2] == '=' ? 2 : 1;
    size_t written = 0;
    for (size_t i = 0; i < size; i += 4) {
        size_t digits = i + 4 == size ? 4 - padding : 4;
        uint32_t bits = 0;
        for (size_t j = 0; j < 4; j++) {
            unsigned value = j < digits ? digit_value(text[i + j]) : 0;
            if (value == NOT_A_DIGIT)
                return false;
            bits = bits << 6 | value;
        }
        /* n digits carry n - 1 whole bytes; what lies below them must be zero */
        if ((bits & ((UINT32_C(1) << (8 * (4 - digits))) - 1)) != 0)
            return false;
        for (size_t j = 0; j + 1 < digits; j++, written++) {
            if (ret_bytes != NULL)
                ret_bytes[written] = (uint8_t)(bits >> (16 - 8 * j));
        }
    }
    *ret_size = written;
    return true;
}
