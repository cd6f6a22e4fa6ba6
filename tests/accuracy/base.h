/* SPDX-License-Identifier: MIT */
/* base.h: the interface header that edits.txt edits: something of each kind that a fingerprint has a rule for. Every
 * line that an edit names stands here once. C and C++. */
#ifndef BASE_H
#define BASE_H 1

#include <plugmgr/interface.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <uchar.h>

#ifdef __cplusplus
extern "C" {
#endif

#define STORE_MAJOR 1
#define STORE_MINOR 4
#define STORE_LOWEST 2 /* the oldest minor that the host can live with */

typedef uint64_t record_id;
typedef float vector4 __attribute__((vector_size(16)));

/* ---- enumerations ---- */

/* Edits name the enumerators: each has a line of its own. */
/* clang-format off */
enum state {
    STATE_NEW,
    STATE_OPEN,
    STATE_CLOSED = 8
};

enum mode {
    MODE_READ = 1,
    MODE_WRITE = 2,
    MODE_COUNT
};

enum level {
    LEVEL_DEBUG = -1,
    LEVEL_INFO,
    LEVEL_ERROR
};
/* clang-format on */

/* ---- structs and unions ---- */

/* opaque: nobody sees more of them; whoever can see struct cache; behind a typedef */
struct db;
union handle;
struct cache;
PLUGMGR_OPAQUE(cache);

/* given and returned by value */
struct point {
    int16_t x;
    int16_t y;
};

struct extent {
    double width;
    double height;
};

/* seven bytes of padding at its end */
struct tail {
    int64_t id;
    char kind;
};

/* the last of three pointers away from struct record */
struct leaf {
    uint32_t weight;
    uint16_t depth;
};

struct branch {
    struct leaf *leaf;
};

struct trunk {
    struct branch *branch;
};

/* reach themselves, and each other */
struct node {
    struct node *next;
    int32_t weight;
};

struct left {
    struct right *right;
};

struct right {
    struct left *left;
    uint8_t color;
};

struct buffer {
    size_t length;
    uint8_t bytes[];
};

struct table {
    char name[16];
    int32_t grid[3][4];
    const char *labels[4];
    int (*hooks[2])(int event);
};

union value {
    int64_t integer;
    double real;
    char text[8];
};

struct variant {
    int32_t kind;
    union {
        int64_t whole;
        struct {
            int32_t low;
            int32_t high;
        };
    };
};

struct bits {
    unsigned int one : 3;
    unsigned int two : 5;
    unsigned int : 4;
    unsigned int three : 10;
    int sign : 2;
    unsigned int four : 12;
    uint64_t wide : 40;
};

struct packed {
    char tag;
    int32_t number;
} __attribute__((packed));

struct aligned {
    float lanes[4];
    int32_t used;
} __attribute__((aligned(32)));

typedef struct {
    uint8_t hour;
    uint8_t minute;
} clock_time;

struct outer {
    struct inner {
        int32_t depth;
    } inner;
    enum kind { KIND_NONE, KIND_SOME } kind;
    struct {
        uint16_t minor;
        uint16_t major;
    } version;
};

struct options {
    size_t size;
    int (*allow)(const char *path);
    int (*deny)(const char *path);
    bool is_strict;
};

struct record {
    record_id id;
    const char *name;
    volatile uint32_t *counter;
    const volatile uint8_t *port;
    enum state state;
    int32_t length;
    union value value;
    struct tail tail;
    struct trunk *trunk;
    struct node *node;
    struct left *left;
};

/* ---- interfaces ---- */

struct logger {
    void (*write)(enum level level, const char *text);
};
PLUGMGR_INTERFACE(logger, struct logger, 2, 1);

struct timer {
    int64_t (*now)(void);
};
PLUGMGR_INTERFACE(timer, struct timer, 1, 0);

/* A plugin's initialiser sets the first member; no edit changes what it is. */
struct store {
    int32_t first;
    struct db *(*open)(const char *path, enum mode mode, const struct options *options);
    void (*close)(struct db *db);
    int (*get)(struct db *db, record_id id, struct record *record);
    int (*put)(struct db *db, const struct record *record);
    int (*remove)(struct db *db, record_id id);
    int (*touch)(struct db *db, record_id id);
    int (*each)(struct db *db,
                int (*visit)(const struct record *record, void (*done)(int code, void (*free)(void *)), void *data),
                void *data);
    struct extent (*measure)(struct db *db, struct point from, struct point to);
    long (*count)(const struct db *db);
    size_t (*read)(struct db *db, void *__restrict to, size_t size);
    int (*format)(char *text, size_t size, const char *format, ...);
    int (*vformat)(char *text, size_t size, const char *format, va_list arguments);
    bool (*is_open)(struct db *db);
    char (*letter)(char plain, signed char small, unsigned char byte);
    int (*sort)(const char *words[], size_t count);
    void (*columns)(int32_t columns[4]);
    int (*names)(char **names, const char *const *aliases);
    int (*dump)(struct db *db, FILE *file);
    int (*wide)(const wchar_t *text, char16_t unit);
    double (*scale)(float factor, double by, long double precisely);
    void (*blend)(vector4 *into, const vector4 *from);
    struct variant (*evaluate)(const struct variant *variant, union value value);
    void (*shapes)(struct bits *bits, struct packed *packed, struct aligned *aligned, struct table *table);
    void (*others)(struct buffer *buffer, struct outer *outer, clock_time *time, struct cache *cache);
    int (*number)(int16_t two, uint32_t four, int64_t eight, unsigned long native);
    void (*handle)(union handle *handle, void *data);
    void (*log)(const struct logger *logger, enum level level);
    const struct store *(*parent)(const struct store *self);
    struct timer timer;
    const int32_t limit;
    int (*idle)(void);
    void (*stop)(int code);
};
PLUGMGR_INTERFACE(store, struct store, STORE_MAJOR, STORE_MINOR);

PLUGMGR_FUNCTION(command, int(const char *line, struct record *record), 1, 0);

PLUGMGR_INTERFACE(quota, int64_t, 1, 0);

#ifdef __cplusplus
}
#endif

#endif
