/* SPDX-License-Identifier: MIT */
/* base64.h: RFC 4648, section 4, read strictly. Pure. */
#ifndef BASE64_H
#define BASE64_H 1

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that size characters of base64 decode to at most. */
#define BASE64_DECODED_MAX(size) ((size) / 4 * 3)

/* Decodes size characters to ret_bytes, which has room for BASE64_DECODED_MAX(size). false: a character that is not
 * of the alphabet, white space too; padding that is missing or too much; or bits that are lost and not zero (section
 * 3.5), so that each value has one spelling only. ret_bytes is then undefined; NULL only checks. */
bool base64_decode(const char *text, size_t size, uint8_t *ret_bytes, size_t *ret_size);

#endif
