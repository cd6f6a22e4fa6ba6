/* SPDX-License-Identifier: MIT */
/* spoil.c: `spoil IN OUT NUMBER`: a copy of an object in which something is wrong; the number says what and where, and
 * the same number always the same. Three of four are a byte of the file changed, the others cut it off. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* SplitMix64 */
static uint64_t scatter(uint64_t number)
{
    number += UINT64_C(0x9e3779b97f4a7c15);
    number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);
    return number ^ number >> 31;
}

int main(int count, char **words)
{
    static unsigned char bytes[1 << 20];
    if (count != 4)
        return 2;
    FILE *in = fopen(words[1], "rb"), *out = fopen(words[2], "wb");
    if (in == NULL || out == NULL)
        return 1;
    size_t size = fread(bytes, 1, sizeof(bytes), in);
    uint64_t number = strtoull(words[3], NULL, 10), chance = scatter(number);
    if (size == 0)
        return 1;
    if (number % 4 == 0)
        size = chance % size;
    else
        bytes[chance % size] ^= (unsigned char)(number % 4 == 1 ? 0xff : 1u << (chance >> 32) % 8);
    size_t written = fwrite(bytes, 1, size, out);
    fclose(in);
    return fclose(out) != 0 || written != size;
}
