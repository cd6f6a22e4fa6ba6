/* SPDX-License-Identifier: MIT */
/* rich.h: an interface that reaches every kind of type, in what C and C++ share. */
#ifndef RICH_H
#define RICH_H

#include <plugmgr/interface.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

typedef int aligned_int __attribute__((aligned(16)));
typedef int vector_int __attribute__((vector_size(16)));
typedef struct {
    int a;
    unsigned char b;
} anonymous_t;
typedef void nothing_t;
typedef const char *const *const_names;
typedef int (*callback_t)(void *data, const char *text, ...);

enum negative { NEGATIVE_ONE = -1, NEGATIVE_TWO_HUNDRED = 200, NEGATIVE_LARGE = 70000 };
enum positive { POSITIVE_ONE = 1, POSITIVE_HIGH = 0x80, POSITIVE_ALL = 0xffffffffu };
__extension__ enum wide { WIDE_ONE = 1, WIDE_BEYOND = 0x100000000 };
enum __attribute__((packed)) tiny { TINY_LOW = -128, TINY_HIGH = 127 };
enum __attribute__((packed)) tiny_unsigned { TINY_ALL = 255 };

struct hidden; /* PLUGMGR_OPAQUE */
struct unknown;
struct node {
    struct node *next, **tail;
    const struct node *volatile other;
    enum node_kind { NODE_A, NODE_B = 5 } kind;
    struct node_extra {
        short s;
    } extra;
};

struct bits {
    int three : 3;
    unsigned seven : 7;
    __extension__ long long forty : 40;
    int full : 32;
    unsigned char eight : 8;
    int : 3;
    int five : 5;
    int : 0;
    unsigned short nine : 9;
    uint64_t sixty : 60;
    uint8_t one : 1;
};

struct __attribute__((packed)) packed {
    char c;
    int i;
    unsigned low : 12, high : 25;
    double d;
};

struct over {
    char c __attribute__((aligned(32)));
};

union either {
    int i;
    float f;
    struct {
        short s[3];
    } in;
};

struct scalars {
    char c;
    signed char sc;
    unsigned char uc;
    short s;
    unsigned short us;
    int i;
    unsigned u;
    long l;
    unsigned long ul;
    __extension__ long long ll;
    __extension__ unsigned long long ull;
    float f;
    double d;
    long double ld;
    __extension__ float _Complex fc;
    __extension__ double _Complex dc;
    wchar_t w;
    int8_t i8;
    uint64_t u64;
    size_t size;
#ifdef __cplusplus
    bool b;
#else
    _Bool b;
#endif
#ifdef __SIZEOF_INT128__
    __extension__ __int128 i128;
    __extension__ unsigned __int128 u128;
#endif
};

struct rich {
    struct scalars scalars;
    struct bits bits;
    struct packed packed;
    struct over over;
    union either either;
    struct node node;
    enum negative negative;
    enum positive positive;
    enum wide wide;
    enum tiny tiny;
    enum tiny_unsigned tiny_unsigned;
    aligned_int aligned;
    vector_int vector;
    anonymous_t anonymous;
    struct {
        int of_struct;
    };
    union {
        int of_union;
        float float_of_union;
    };
    struct hidden *hidden;
    struct unknown *unknown;
    const char *const_pointee;
    char *const const_pointer;
    const volatile int *const volatile both;
    const_names names;
    nothing_t *nothing;
    int matrix[3][4];
    const int constants[2];
    char *pointers[5];
    int (*to_array)[7];
    int (*vprint)(const char *format, va_list arguments);
    va_list *arguments_pointer;
    callback_t callback;
    callback_t table[2];
    int (*nothing_taken)(void);
    int (*adjusted)(int array[4], int function(char), const int constant);
    struct packed (*by_value)(struct node node, union either either, enum tiny tiny, float f);
    void (*(*returns_function)(int number))(double);
    struct rich *(*itself)(struct rich *rich);
    struct {
        struct {
            int deep;
        } inner[2];
    } outer;
    char flexible[];
};

__extension__ typedef char rich_check[sizeof(struct rich) > 0 ? 1 : -1];

PLUGMGR_OPAQUE(hidden);
PLUGMGR_INTERFACE(rich, struct rich, 12, 34);
PLUGMGR_FUNCTION(rich_function, int(struct rich *rich, const char *text), 1, 0);
PLUGMGR_INTERFACE(rich_number, unsigned short, 0, 1);

#endif
