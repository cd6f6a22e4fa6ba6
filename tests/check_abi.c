/* SPDX-License-Identifier: MIT */
/* Canonical texts: read, whole, cut and wrong; compared, a table of two texts -> flags and lines; lock files. */
#include "abi.h"

#include <check.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

#define COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

enum { ROOM = 8192 };

/* A text from what a test writes of it: without a root line it is that of `struct api`. */
static const char *whole_text(const char *body, char text[ROOM])
{
    bool has_root = strncmp(body, "root ", 5) == 0;
    int length = snprintf(text, ROOM, "plugmgr-abi 1\n%s%s", has_root ? "" : "root struct api\n", body);
    ck_assert_int_lt(length, ROOM);
    return text;
}

static const struct pm_abi_tree *parse(const char *body, struct pm_arena *arena)
{
    char text[ROOM];
    const struct pm_abi_tree *tree = NULL;
    struct pm_problem problem = {.detail = ""};
    int result = pm_abi_parse(whole_text(body, text), arena, &tree, &problem);
    ck_assert_msg(result == 0, "%s\n%s", problem.detail, text);
    return tree;
}

/* ---- comparing ---- */

struct row {
    const char *name, *from, *to;
    bool is_different;
    size_t from_appends, to_appends, added;
    const char *opaque; /* tags with '\n' behind each */
    const char *lines;  /* the same */
};

/* What a root of one method that takes a struct user has. */
#define USER(block) "m 0 get *fn(*struct user;)\n" block "end 8\n"
/* The same with an enum. */
#define KIND(block) "m 0 get *fn(enum kind;)\n" block "end 8\n"
/* A root of one method. */
#define CALL(type) "m 0 call *fn(" type ")\nend 8\n"
#define CALL_TO(type, blocks) "m 0 call *fn(" type ")\n" blocks "end 8\n"
#define METHODS_3 "m 0 a *fn(void;)\nm 8 b *fn(i32;)\nm 16 c *fn(u32;)\nend 24\n"

static const struct row rows[] = {
    /* ---- the same ---- */
    {.name = "equal", .from = METHODS_3, .to = METHODS_3, .lines = ""},
    {.name = "order of blocks",
     .from = "m 0 a *struct x\nstruct x 4\n 0 p *struct y\nstruct y 4\n 0 v i32\nend 8\n",
     .to = "struct y 4\n 0 v i32\nm 0 a *struct x\nstruct x 4\n 0 p *struct y\nend 8\n",
     .lines = ""},
    {.name = "order of enumerators",
     .from = KIND("enum kind u32\n A=1\n B=1\n"),
     .to = KIND("enum kind u32\n B=1\n A=1\n"),
     .lines = ""},
    {.name = "name of an anonymous type",
     .from = "m 0 a *struct @0000000000000001\nstruct @0000000000000001 4\n 0 v i32\nend 8\n",
     .to = "m 0 a *struct @0000000000000002\nstruct @0000000000000002 4\n 0 v i32\nend 8\n",
     .lines = ""},
    {.name = "names of an anonymous type in itself",
     .from = "m 0 a *struct @0000000000000001\nstruct @0000000000000001 8\n 0 next *struct @0000000000000001\nend 8\n",
     .to = "m 0 a *struct @0000000000000002\nstruct @0000000000000002 8\n 0 next *struct @0000000000000003\n"
           "struct @0000000000000003 8\n 0 next *struct @0000000000000002\nend 8\n",
     .lines = ""},
    {.name = "recursive types",
     .from = USER("struct user 16\n 0 next *struct user\n 8 api *struct api\n"),
     .to = USER("struct user 16\n 0 next *struct user\n 8 api *struct api\n"),
     .lines = ""},
    {.name = "opaque in both", .from = USER("struct user opaque\n"), .to = USER("struct user opaque\n"), .lines = ""},
    {.name = "a boundary in both", .from = USER(""), .to = USER(""), .lines = ""},
    {.name = "an unused block", .from = CALL("void;"), .to = CALL_TO("void;", "struct x 4\n 0 v i32\n"), .lines = ""},

    /* ---- what the root has more at its end ---- */
    {.name = "method appended",
     .from = "m 0 a *fn(void;)\nend 8\n",
     .to = "m 0 a *fn(void;)\nm 8 b *fn(void;)\nend 16\n",
     .to_appends = 1,
     .lines = "method b appended\n"},
    {.name = "methods appended, with types",
     .from = "m 0 a *fn(void;)\nend 8\n",
     .to = "m 0 a *fn(void;)\nm 8 b *fn(void;*struct x)\nstruct x 4\n 0 v i32\nm 16 c *fn(void;)\nm 24 d "
           "*fn(void;)\nend 32\n",
     .to_appends = 3,
     .lines = "3 methods (b to d) appended\n"},
    {.name = "member appended into the padding",
     .from = "m 0 p *void\nm 8 v u32\nend 16\n",
     .to = "m 0 p *void\nm 8 v u32\nm 12 w u32\nend 16\n",
     .to_appends = 1,
     .lines = "member 'w' (u32) appended\n"},
    {.name = "all members appended",
     .from = "end 0\n",
     .to = "m 0 v u8\nend 1\n",
     .to_appends = 1,
     .lines = "member 'v' (u8) appended\n"},
    {.name = "appended, and the root shrinks",
     .from = "m 0 p *void\nend 16\n",
     .to = "m 0 p *void\nm 8 v u32\nend 12\n",
     .is_different = true,
     .to_appends = 1,
     .lines = "interface api: size changed from 16 to 12\nmember 'v' (u32) appended\n"},
    {.name = "appended, and aligned",
     .from = "m 0 p *void\nend 8\n",
     .to = "m 0 p *void\nm 16 v u32\nend 32 a16\n",
     .is_different = true,
     .to_appends = 1,
     .lines = "interface api: explicit alignment of 16 added\nmember 'v' (u32) appended\n"},
    {.name = "appended in the text alone",
     .from = "m 0 a u32\nm 8 b u32\nend 12\n",
     .to = "m 0 a u32\nm 8 b u32\nm 4 c u32\nend 12\n",
     .is_different = true,
     .lines = "member 'c' (u32) inserted at offset 4\n"},
    {.name = "appended, and another method changed",
     .from = "m 0 a *fn(void;)\nend 8\n",
     .to = "m 0 a *fn(i32;)\nm 8 b *fn(void;)\nend 16\n",
     .is_different = true,
     .to_appends = 1,
     .lines = "method a: return type changed from void to i32\nmethod b appended\n"},
    {.name = "arm of a union as root appended",
     .from = "root union api\nm 0 a u32\nend 4\n",
     .to = "root union api\nm 0 a u32\nm 0 b i32\nend 4\n",
     .is_different = true,
     .lines = "member 'b' (i32) appended\n"},

    /* ---- the root ---- */
    {.name = "method inserted",
     .from = METHODS_3,
     .to = "m 0 a *fn(void;)\nm 8 n *fn(void;)\nm 16 b *fn(i32;)\nm 24 c *fn(u32;)\nend 32\n",
     .is_different = true,
     .lines = "method n inserted before 'b': 2 methods after it move by 8, size grows from 24 to 32\n"},
    {.name = "methods inserted",
     .from = METHODS_3,
     .to = "m 0 a *fn(void;)\nm 8 n *fn(void;)\nm 16 o *fn(void;)\nm 24 b *fn(i32;)\nm 32 c *fn(u32;)\nend 40\n",
     .is_different = true,
     .lines = "methods n and o inserted before 'b': 2 methods after them move by 16, size grows from 24 to 40\n"},
    {.name = "method removed",
     .from = METHODS_3,
     .to = "m 0 a *fn(void;)\nm 8 c *fn(u32;)\nend 16\n",
     .is_different = true,
     .lines = "method b removed: 'c' after it moves from offset 16 to 8, size shrinks from 24 to 16\n"},
    {.name = "method replaced",
     .from = METHODS_3,
     .to = "m 0 a *fn(void;)\nm 8 n *fn(void;*i8)\nm 16 c *fn(u32;)\nend 24\n",
     .is_different = true,
     .lines = "method b replaced by 'n'\n"},
    {.name = "method renamed",
     .from = METHODS_3,
     .to = "m 0 a *fn(void;)\nm 8 n *fn(i32;)\nm 16 c *fn(u32;)\nend 24\n",
     .is_different = true,
     .lines = "method b renamed to 'n'\n"},
    {.name = "methods swapped",
     .from = "m 0 a *fn(void;)\nm 8 b *fn(void;)\nm 16 c *fn(void;)\nend 24\n",
     .to = "m 0 c *fn(void;)\nm 8 b *fn(void;)\nm 16 a *fn(void;)\nend 24\n",
     .is_different = true,
     .lines = "methods a and c swapped\n"},
    {.name = "method moved",
     .from = "m 0 a *fn(void;)\nm 8 b *fn(void;)\nm 16 c *fn(void;)\nend 24\n",
     .to = "m 0 c *fn(void;)\nm 8 a *fn(void;)\nm 16 b *fn(void;)\nend 24\n",
     .is_different = true,
     .lines = "method c moved before 'a': 2 methods move by 8\n"},
    {.name = "method moved to the end",
     .from = "m 0 a *fn(void;)\nm 8 b *fn(void;)\nm 16 c *fn(void;)\nend 24\n",
     .to = "m 0 b *fn(void;)\nm 8 c *fn(void;)\nm 16 a *fn(void;)\nend 24\n",
     .is_different = true,
     .lines = "method a moved to the end: 2 methods move back by 8\n"},
    {.name = "method became data",
     .from = "m 0 a *fn(void;)\nend 8\n",
     .to = "m 0 a *void\nend 8\n",
     .is_different = true,
     .lines = "method a changed from void (*)(void) to void *\n"},
    {.name = "size of the root",
     .from = "m 0 a *void\nend 8\n",
     .to = "m 0 a *void\nend 16\n",
     .is_different = true,
     .lines = "interface api: size changed from 8 to 16\n"},
    {.name = "alignment of the root",
     .from = "m 0 a *void\nend 16 a16\n",
     .to = "m 0 a *void\nend 32 a32\n",
     .is_different = true,
     .lines = "interface api: alignment changed from 16 to 32: size grows from 16 to 32\n"},
    {.name = "form of the root",
     .from = "root fn api fn(void;)\nend\n",
     .to = METHODS_3,
     .is_different = true,
     .lines = "the interface is a struct instead of a function\n"},
    {.name = "union as root",
     .from = "root union api\nm 0 a u32\nend 4\n",
     .to = "m 0 a u32\nend 4\n",
     .is_different = true,
     .lines = "the interface is a struct instead of a union\n"},
    {.name = "name of the root",
     .from = "root struct one\nm 0 a u8\nend 1\n",
     .to = "root struct other\nm 0 a u8\nend 1\n",
     .is_different = true,
     .lines = "the interface is 'other' instead of 'one'\n"},
    {.name = "a data member of the root",
     .from = "m 0 version u32\nm 8 a *fn(void;)\nend 16\n",
     .to = "m 0 version i32\nm 8 a *fn(void;)\nend 16\n",
     .is_different = true,
     .lines = "member 'version' changed from u32 to i32\n"},

    /* ---- functions and objects ---- */
    {.name = "function",
     .from = "root fn run fn(i32;*const i8)\nend\n",
     .to = "root fn run fn(i32;*const i8,u32)\nend\n",
     .is_different = true,
     .lines = "function run: parameter 2 (u32) appended\n"},
    {.name = "function's return type",
     .from = "root fn run fn(i32;)\nend\n",
     .to = "root fn run fn(void;)\nend\n",
     .is_different = true,
     .lines = "function run: return type changed from i32 to void\n"},
    {.name = "struct of a function",
     .from = "root fn run fn(i32;*struct x)\nstruct x 4\n 0 v i32\nend\n",
     .to = "root fn run fn(i32;*struct x)\nstruct x 8\n 0 v i64\nend\n",
     .is_different = true,
     .lines = "struct x: member 'v' changed from i32 to i64: size grows from 4 to 8\n"},
    {.name = "anonymous struct of a function",
     .from = "root fn run fn(i32;*struct @0000000000000001)\nstruct @0000000000000001 4\n 0 v i32\nend\n",
     .to = "root fn run fn(i32;*struct @0000000000000002)\nstruct @0000000000000002 4\n 0 v u32\nend\n",
     .is_different = true,
     .lines = "function run: parameter 1 (anonymous struct): member 'v' changed from i32 to u32\n"},
    {.name = "object",
     .from = "root object table [4]u32\nend 16\n",
     .to = "root object table [8]u32\nend 32\n",
     .is_different = true,
     .lines = "object table changed from u32 [4] to u32 [8]: size grows from 16 to 32\n"},
    {.name = "object of structs",
     .from = "root object table [4]struct x\nstruct x 4\n 0 v u32\nend 16\n",
     .to = "root object table [4]struct x\nstruct x 8\n 0 v u64\nend 32\n",
     .is_different = true,
     .lines = "struct x: member 'v' changed from u32 to u64: size grows from 4 to 8\n"},
    {.name = "size of an object alone",
     .from = "root object table [4]u32\nend 16\n",
     .to = "root object table [4]u32\nend 32\n",
     .is_different = true,
     .lines = "object table: size changed from 16 to 32\n"},

    /* ---- signatures ---- */
    {.name = "return type's sign",
     .from = CALL("i32;"),
     .to = CALL("u32;"),
     .is_different = true,
     .lines = "method call: return type changed from i32 to u32\n"},
    {.name = "parameter's size",
     .from = CALL("void;*void,u32"),
     .to = CALL("void;*void,u64"),
     .is_different = true,
     .lines = "method call: parameter 2 changed from u32 to u64\n"},
    {.name = "first parameter appended",
     .from = CALL("void;"),
     .to = CALL("void;u32"),
     .is_different = true,
     .lines = "method call: parameter 1 (u32) appended\n"},
    {.name = "parameter inserted",
     .from = CALL("void;*void,u32"),
     .to = CALL("void;*void,*const i8,u32"),
     .is_different = true,
     .lines = "method call: parameter 2 (const i8 *) inserted\n"},
    {.name = "parameters appended",
     .from = CALL("void;*void"),
     .to = CALL("void;*void,u32,i8,[]i8"),
     .is_different = true,
     .lines = "method call: parameters 2 to 4 (u32, i8, i8 []) appended\n"},
    {.name = "parameters removed",
     .from = CALL("void;*void,u32,i8"),
     .to = CALL("void;i8"),
     .is_different = true,
     .lines = "method call: parameters 1 and 2 (void *, u32) removed\n"},
    {.name = "parameters replaced",
     .from = CALL("void;*void,u32,i8"),
     .to = CALL("void;*void,u64,f64,f32,i8"),
     .is_different = true,
     .lines = "method call: parameter 2 (u32) replaced by u64, f64, f32\n"},
    {.name = "struct of the parameters that stayed",
     .from = CALL_TO("void;*struct x,u32,*struct y", "struct x 4\n 0 v i32\nstruct y 4\n 0 v i32\n"),
     .to = CALL_TO("void;*struct x,*struct y", "struct x 4\n 0 v u32\nstruct y 4\n 0 v u32\n"),
     .is_different = true,
     .lines = "method call: parameter 2 (u32) removed\n"
              "struct x: member 'v' changed from i32 to u32 (reached by call)\n"
              "struct y: member 'v' changed from i32 to u32 (reached by call)\n"},
    {.name = "variadic",
     .from = CALL("i32;*const i8"),
     .to = CALL("i32;*const i8,..."),
     .is_different = true,
     .lines = "method call became variadic\n"},
    {.name = "variadic without parameters",
     .from = CALL("i32;..."),
     .to = CALL("i32;"),
     .is_different = true,
     .lines = "method call is no longer variadic\n"},
    {.name = "prototype lost",
     .from = CALL("i32;"),
     .to = CALL("i32;?"),
     .is_different = true,
     .lines = "method call lost its prototype\n"},
    {.name = "prototype gained",
     .from = CALL("i32;?"),
     .to = CALL("i32;u32,..."),
     .is_different = true,
     .lines = "method call got a prototype\n"},
    {.name = "const added to a pointee",
     .from = CALL("void;*i8"),
     .to = CALL("void;*const i8"),
     .is_different = true,
     .lines = "method call: parameter 1 changed from i8 * to const i8 * (const added at the pointee)\n"},
    {.name = "qualifiers exchanged deep down",
     .from = CALL("void;**const volatile i8"),
     .to = CALL("void;**atomic volatile i8"),
     .is_different = true,
     .lines = "method call: parameter 1 changed from const volatile i8 ** to _Atomic volatile i8 ** "
              "(_Atomic added, const removed at the pointee)\n"},
    {.name = "const added to a member",
     .from = USER("struct user 8\n 0 name *const i8\n"),
     .to = USER("struct user 8\n 0 name const *const i8\n"),
     .is_different = true,
     .lines = "struct user: member 'name' changed from const i8 * to const i8 *const (const added) (reached by get)\n"},
    {.name = "struct by pointer became another",
     .from = CALL_TO("void;*struct x", "struct x opaque\n"),
     .to = CALL_TO("void;*struct y", "struct y opaque\n"),
     .is_different = true,
     .lines = "method call: parameter 1 changed from struct x * to struct y *\n"},
    {.name = "struct became a union of the name",
     .from = CALL_TO("void;*struct x", "struct x opaque\n"),
     .to = CALL_TO("void;*union x", "union x opaque\n"),
     .is_different = true,
     .lines = "method call: parameter 1 changed from struct x * to union x *\n"},
    {.name = "anonymous struct got a tag",
     .from = CALL_TO("void;*struct @0123456789abcdef", "struct @0123456789abcdef 4\n 0 v u32\n"),
     .to = CALL_TO("void;*struct ns::x", "struct ns::x 4\n 0 v u32\n"),
     .is_different = true,
     .lines = "method call: parameter 1 changed from struct {...} * to struct ns::x *\n"},
    {.name = "pointer added",
     .from = CALL("void;*i8"),
     .to = CALL("void;**i8"),
     .is_different = true,
     .lines = "method call: parameter 1 changed from i8 * to i8 **\n"},
    {.name = "pointer to an array",
     .from = CALL("void;*[4]i8"),
     .to = CALL("void;*[8]i8"),
     .is_different = true,
     .lines = "method call: parameter 1 changed from i8 (*)[4] to i8 (*)[8]\n"},
    {.name = "vector",
     .from = CALL("vec[4]f32;"),
     .to = CALL("vec[2]f64;"),
     .is_different = true,
     .lines = "method call: return type changed from f32 vec[4] to f64 vec[2]\n"},
    {.name = "long double and __float128",
     .from = CALL("f128;va_list"),
     .to = CALL("f128ieee;va_list"),
     .is_different = true,
     .lines = "method call: return type changed from f128 to f128ieee\n"},
    {.name = "callback's parameter",
     .from = CALL("void;*void,*fn(i32;*struct user,*void)"),
     .to = CALL("void;*void,*fn(i32;*struct user,u64)"),
     .is_different = true,
     .lines = "method call: parameter 2 (callback): its parameter 2 changed from void * to u64\n"},
    {.name = "callback's return type",
     .from = CALL("void;*fn(i32;)"),
     .to = CALL("void;*fn(b8;)"),
     .is_different = true,
     .lines = "method call: parameter 1 (callback): its return type changed from i32 to b8\n"},
    {.name = "callback's parameter appended",
     .from = CALL("void;*fn(i32;u8)"),
     .to = CALL("void;*fn(i32;u8,u16)"),
     .is_different = true,
     .lines = "method call: parameter 1 (callback): its parameter 2 (u16) appended\n"},
    {.name = "callback became variadic",
     .from = CALL("void;*fn(i32;u8)"),
     .to = CALL("void;*fn(i32;u8,...)"),
     .is_different = true,
     .lines = "method call: parameter 1 (callback) became variadic\n"},
    {.name = "callback of a callback",
     .from = CALL("void;*fn(void;*fn(void;i32))"),
     .to = CALL("void;*fn(void;*fn(void;i64))"),
     .is_different = true,
     .lines = "method call: parameter 1 (callback): its parameter 1 (callback): its parameter 1 changed from i32 to "
              "i64\n"},
    {.name = "function that is returned",
     .from = CALL("*fn(void;i32);"),
     .to = CALL("*fn(void;i64);"),
     .is_different = true,
     .lines = "method call: returned function: its parameter 1 changed from i32 to i64\n"},
    {.name = "function types in words",
     .from = CALL("void;*fn(*fn(void;i32);*const i8,...)"),
     .to = CALL("void;*[3]*fn(i32;?)"),
     .is_different = true,
     .lines = "method call: parameter 1 changed from void (*(*)(const i8 *, ...))(i32) to i32 (*(*)[3])()\n"},
    {.name = "callback in a struct",
     .from = USER("struct user 8\n 0 free *fn(void;*void)\n"),
     .to = USER("struct user 8\n 0 free *fn(i32;*void)\n"),
     .is_different = true,
     .lines = "struct user: member 'free': return type changed from void to i32 (reached by get)\n"},
    {.name = "one typedef in many places",
     .from = "m 0 a *fn(void;u32)\nm 8 b *fn(u32;u32)\nm 16 c *fn(void;u8,u32)\nend 24\n",
     .to = "m 0 a *fn(void;u64)\nm 8 b *fn(u64;u64)\nm 16 c *fn(void;u8,u64)\nend 24\n",
     .is_different = true,
     .lines = "method a: parameter 1 changed from u32 to u64, and so in 3 other places\n"},
    {.name = "one typedef in three places",
     .from = "m 0 a *fn(void;u32)\nm 8 b *fn(void;u32)\nm 16 c *fn(void;u32)\nend 24\n",
     .to = "m 0 a *fn(void;u64)\nm 8 b *fn(void;u64)\nm 16 c *fn(void;u64)\nend 24\n",
     .is_different = true,
     .lines = "method a: parameter 1 changed from u32 to u64\nmethod b: parameter 1 changed from u32 to u64\n"
              "method c: parameter 1 changed from u32 to u64\n"},

    /* ---- structs ---- */
    {.name = "member inserted",
     .from = USER("struct user 40\n 0 id u32\n 8 name *i8\n 16 mail *i8\n 24 home *i8\n 32 shell *i8\n"),
     .to = USER("struct user 48\n 0 id u32\n 8 name *i8\n 16 uid2 u32\n 24 mail *i8\n 32 home *i8\n 40 shell *i8\n"),
     .is_different = true,
     .lines = "struct user: member 'uid2' (u32) inserted at offset 16: 3 members after it move by 8, size grows from "
              "40 to 48 (reached by get)\n"},
    {.name = "member that moves because of its own type",
     .from = USER("struct user 32\n 0 id u32\n 4 time i32\n 8 a u32\n 12 last i32\n 16 b i32\n 24 name *i8\n"),
     .to = USER("struct user 48\n 0 id u32\n 8 time i64\n 16 a u32\n 24 last i64\n 32 b i32\n 40 name *i8\n"),
     .is_different = true,
     .lines = "struct user: member 'time' changed from i32 to i64: it and 2 members after it move by 4 to 12, size "
              "grows from 32 to 48 (reached by get)\n"
              "struct user: member 'last' changed from i32 to i64: 2 members after it move by 16\n"},
    {.name = "last member that moves because of its own type",
     .from = USER("struct user 8\n 0 id u32\n 4 time i32\n"),
     .to = USER("struct user 16\n 0 id u32\n 8 time i64\n"),
     .is_different = true,
     .lines = "struct user: member 'time' changed from i32 to i64: it moves from offset 4 to 8, size grows from 8 to "
              "16 (reached by get)\n"},
    {.name = "bit-field that moves because of its own width",
     .from = USER("struct user 4\n 0 a u16\n 2.0:3 b u32\n"),
     .to = USER("struct user 8\n 0 a u16\n 4.0:20 b u32\n"),
     .is_different = true,
     .lines = "struct user: bit-field 'b': width changed from 3 to 20 bits: it moves from offset 2 to 4, size grows from 4 "
              "to 8 (reached by get)\n"},
    {.name = "pointer that moves for no reason of its own",
     .from = USER("struct user 16\n 0 id u8\n 8 name *i8\n"),
     .to = USER("struct user 24\n 0 id u8\n 16 name *void\n"),
     .is_different = true,
     .lines = "struct user: member 'name' moved from offset 8 to 16: size grows from 16 to 24 (reached by get)\n"
              "struct user: member 'name' changed from i8 * to void *\n"},
    {.name = "member inserted before one",
     .from = USER("struct user 32\n 0 name *i8\n 24 mail *i8\n"),
     .to = USER("struct user 40\n 0 name *i8\n 24 uid2 u32\n 32 mail *i8\n"),
     .is_different = true,
     .lines = "struct user: member 'uid2' (u32) inserted at offset 24: 'mail' after it moves from offset 24 to 32, "
              "size grows from 32 to 40 (reached by get)\n"},
    {.name = "member inserted into padding",
     .from = USER("struct user 16\n 0 id u32\n 8 name *i8\n"),
     .to = USER("struct user 16\n 0 id u32\n 4 gid u32\n 8 name *i8\n"),
     .is_different = true,
     .lines = "struct user: member 'gid' (u32) inserted at offset 4 (reached by get)\n"},
    {.name = "members move by different steps",
     .from = USER("struct user 16\n 0 a u32\n 4 b u8\n 8 c u64\n"),
     .to = USER("struct user 24\n 0 a u32\n 4 n u32\n 8 b u8\n 16 c u64\n"),
     .is_different = true,
     .lines = "struct user: member 'n' (u32) inserted at offset 4: 2 members after it move by 4 to 8, size grows from "
              "16 to 24 (reached by get)\n"},
    {.name = "member appended to a struct",
     .from = USER("struct user 8\n 0 name *i8\n"),
     .to = USER("struct user 16\n 0 name *i8\n 8 uid u32\n"),
     .is_different = true,
     .lines = "struct user: member 'uid' (u32) appended: size grows from 8 to 16 (reached by get)\n"},
    {.name = "member appended to a struct's padding",
     .from = USER("struct user 16\n 0 name *i8\n 8 uid u32\n"),
     .to = USER("struct user 16\n 0 name *i8\n 8 uid u32\n 12 gid u32\n"),
     .is_different = true,
     .lines = "struct user: member 'gid' (u32) appended (reached by get)\n"},
    {.name = "member removed",
     .from = USER("struct user 16\n 0 a u32\n 4 b u32\n 8 c u32\n 12 d u32\n"),
     .to = USER("struct user 12\n 0 a u32\n 4 c u32\n 8 d u32\n"),
     .is_different = true,
     .lines = "struct user: member 'b' (u32) removed: 2 members after it move back by 4, size shrinks from 16 to 12 "
              "(reached by get)\n"},
    {.name = "last member removed",
     .from = USER("struct user 8\n 0 a u32\n 4 b u32\n"),
     .to = USER("struct user 4\n 0 a u32\n"),
     .is_different = true,
     .lines = "struct user: member 'b' (u32) removed: size shrinks from 8 to 4 (reached by get)\n"},
    {.name = "inserted here, removed there",
     .from = USER("struct user 16\n 0 a u32\n 4 b u32\n 8 c u32\n 12 d u32\n"),
     .to = USER("struct user 16\n 0 n u32\n 4 a u32\n 8 b u32\n 12 d u32\n"),
     .is_different = true,
     .lines = "struct user: member 'n' (u32) inserted at offset 0: 2 members after it move by 4 (reached by get)\n"
              "struct user: member 'c' (u32) removed\n"},
    {.name = "member renamed",
     .from = USER("struct user 8\n 0 uid u32\n 4 gid u32\n"),
     .to = USER("struct user 8\n 0 id u32\n 4 gid u32\n"),
     .is_different = true,
     .lines = "struct user: member 'uid' renamed to 'id' (reached by get)\n"},
    {.name = "member replaced",
     .from = USER("struct user 8\n 0 uid u32\n 4 gid u32\n"),
     .to = USER("struct user 16\n 0 name *i8\n 8 gid u32\n"),
     .is_different = true,
     .lines = "struct user: member 'uid' (u32) replaced by 'name' (i8 *): 'gid' after it moves from offset 4 to 8, "
              "size grows from 8 to 16 (reached by get)\n"},
    {.name = "members swapped",
     .from = USER("struct user 16\n 0 a u32\n 4 b u32\n 8 c *i8\n"),
     .to = USER("struct user 16\n 0 b u32\n 4 a u32\n 8 c *i8\n"),
     .is_different = true,
     .lines = "struct user: members 'a' and 'b' swapped (reached by get)\n"},
    {.name = "members of different sizes swapped",
     .from = USER("struct user 8\n 0 a u8\n 1 b u8\n 2 c u8\n 4 d u32\n"),
     .to = USER("struct user 12\n 0 d u32\n 4 b u8\n 5 c u8\n 6 a u8\n"),
     .is_different = true,
     .lines = "struct user: members 'a' and 'd' swapped: 2 members move by 3, size grows from 8 to 12 (reached by "
              "get)\n"},
    {.name = "member moved",
     .from = USER("struct user 12\n 0 a u32\n 4 b u32\n 8 c u32\n"),
     .to = USER("struct user 12\n 0 b u32\n 4 c u32\n 8 a u32\n"),
     .is_different = true,
     .lines = "struct user: member 'a' moved to the end: 2 members move back by 4 (reached by get)\n"},
    {.name = "member retyped",
     .from = USER("struct user 12\n 0 a u32\n 4 b u32\n 8 c u32\n"),
     .to = USER("struct user 16\n 0 a u64\n 8 b u32\n 12 c u32\n"),
     .is_different = true,
     .lines = "struct user: member 'a' changed from u32 to u64: 2 members after it move by 4, size grows from 12 to 16 "
              "(reached by get)\n"},
    {.name = "char without a sign",
     .from = USER("struct user 8\n 0 name *const i8\n"),
     .to = USER("struct user 8\n 0 name *const u8\n"),
     .is_different = true,
     .lines = "struct user: member 'name' changed from const i8 * to const u8 * (reached by get)\n"},
    {.name = "array's length",
     .from = USER("struct user 20\n 0 name [16]i8\n 16 id u32\n"),
     .to = USER("struct user 36\n 0 name [32]i8\n 32 id u32\n"),
     .is_different = true,
     .lines = "struct user: member 'name' changed from i8 [16] to i8 [32]: 'id' after it moves from offset 16 to 32, "
              "size grows from 20 to 36 (reached by get)\n"},
    {.name = "array got a length",
     .from = USER("struct user 4\n 0 id u32\n 4 name []i8\n"),
     .to = USER("struct user 8\n 0 id u32\n 4 name [4]i8\n"),
     .is_different = true,
     .lines = "struct user: member 'name' changed from i8 [] to i8 [4]: size grows from 4 to 8 (reached by get)\n"},
    {.name = "one dimension of two",
     .from = USER("struct user 8\n 0 m [2][4]i8\n"),
     .to = USER("struct user 8\n 0 m [4][2]i8\n"),
     .is_different = true,
     .lines = "struct user: member 'm' changed from i8 [2][4] to i8 [4][2] (reached by get)\n"},
    {.name = "packed",
     .from = USER("struct user 16\n 0 a u8\n 4 b u32\n 8 c u8\n 12 d u32\n"),
     .to = USER("struct user 10\n 0 a u8\n 1 b u32\n 5 c u8\n 6 d u32\n"),
     .is_different = true,
     .lines = "struct user: member 'b' moved from offset 4 to 1: 2 members after it move back by 3 to 6, size shrinks "
              "from 16 to 10 (reached by get)\n"},
    {.name = "size alone",
     .from = USER("struct user 8\n 0 a u32\n 4 b u8\n"),
     .to = USER("struct user 5\n 0 a u32\n 4 b u8\n"),
     .is_different = true,
     .lines = "struct user: size changed from 8 to 5 (reached by get)\n"},
    {.name = "aligned",
     .from = USER("struct user 24\n 0 a u8\n 8 b u64\n 16 c u64\n"),
     .to = USER("struct user 48 a16\n 0 a u8\n 16 b u64\n 32 c u64\n"),
     .is_different = true,
     .lines = "struct user: explicit alignment of 16 added: 2 members move by 8 to 16, size grows from 24 to 48 "
              "(reached by get)\n"},
    {.name = "no longer aligned",
     .from = USER("struct user 16 a16\n 0 a u8\n"),
     .to = USER("struct user 16\n 0 a u8\n"),
     .is_different = true,
     .lines = "struct user: explicit alignment of 16 removed (reached by get)\n"},
    {.name = "bit-field wider",
     .from = USER("struct user 4\n 0.0:3 a u32\n 0.3:2 b u32\n 0.5:1 c u32\n"),
     .to = USER("struct user 4\n 0.0:4 a u32\n 0.4:2 b u32\n 0.6:1 c u32\n"),
     .is_different = true,
     .lines =
         "struct user: bit-field 'a': width changed from 3 to 4 bits: 2 members after it move by 1 bit (reached by "
         "get)\n"},
    {.name = "bit-field moved",
     .from = USER("struct user 4\n 0.0:3 a u32\n 0.3:2 b u32\n"),
     .to = USER("struct user 4\n 0.0:3 a u32\n 1.0:2 b u32\n"),
     .is_different = true,
     .lines = "struct user: bit-field 'b' moved from offset 0 bit 3 to offset 1 bit 0 (reached by get)\n"},
    {.name = "bit-field of a member",
     .from = USER("struct user 4\n 0 a u32\n"),
     .to = USER("struct user 4\n 0.0:1 a u32\n"),
     .is_different = true,
     .lines = "struct user: member 'a' became a bit-field of 1 bit (reached by get)\n"},
    {.name = "member of a bit-field",
     .from = USER("struct user 4\n 0.0:7 a u32\n"),
     .to = USER("struct user 4\n 0 a u32\n"),
     .is_different = true,
     .lines = "struct user: bit-field 'a' became a plain member (reached by get)\n"},
    {.name = "bit-field inserted",
     .from = USER("struct user 4\n 0.0:3 a u32\n"),
     .to = USER("struct user 4\n 0.0:3 n u32\n 0.3:3 a u32\n"),
     .is_different = true,
     .lines =
         "struct user: bit-field 'n' (u32, 3 bits) inserted at offset 0 bit 0: 'a' after it moves from offset 0 bit "
         "0 to offset 0 bit 3 (reached by get)\n"},

    /* ---- unions, anonymous types ---- */
    {.name = "arm of a union added",
     .from = CALL_TO("void;union u", "union u 4\n 0 a u32\n"),
     .to = CALL_TO("void;union u", "union u 8\n 0 a u32\n 0 b u64\n"),
     .is_different = true,
     .lines = "union u: member 'b' (u64) appended: size grows from 4 to 8 (reached by call)\n"},
    {.name = "arm of a union retyped",
     .from = CALL_TO("void;union u", "union u 4\n 0 a u32\n 0 b i32\n"),
     .to = CALL_TO("void;union u", "union u 4\n 0 a u32\n 0 b f32\n"),
     .is_different = true,
     .lines = "union u: member 'b' changed from i32 to f32 (reached by call)\n"},
    {.name = "arm of an anonymous union",
     .from = USER("struct user 8\n 0 kind u32\n 4 - union @00000000000000aa\nunion @00000000000000aa 4\n 0 a u32\n"),
     .to = USER("struct user 8\n 0 kind u32\n 4 - union @00000000000000bb\nunion @00000000000000bb 4\n 0 a u32\n 0 b "
                "f32\n"),
     .is_different = true,
     .lines = "struct user: anonymous union at offset 4: member 'b' (f32) appended (reached by get)\n"},
    {.name = "anonymous struct of a member",
     .from = USER("struct user 8\n 0 at struct @00000000000000aa\nstruct @00000000000000aa 8\n 0 x i32\n 4 y i32\n"),
     .to = USER("struct user 8\n 0 at struct @00000000000000bb\nstruct @00000000000000bb 8\n 0 y i32\n 4 x i32\n"),
     .is_different = true,
     .lines = "struct user: member 'at' (anonymous struct): members 'x' and 'y' swapped (reached by get)\n"},
    {.name = "anonymous struct of a parameter",
     .from = CALL_TO("void;u32,*struct @00000000000000aa", "struct @00000000000000aa 4\n 0 x i32\n"),
     .to = CALL_TO("void;u32,*struct @00000000000000bb", "struct @00000000000000bb 8\n 0 x i32\n 4 y i32\n"),
     .is_different = true,
     .lines = "method call: parameter 2 (anonymous struct): member 'y' (i32) appended: size grows from 4 to 8\n"},
    {.name = "anonymous struct of a callback",
     .from = CALL_TO("void;*fn(*struct @00000000000000aa;)", "struct @00000000000000aa 4\n 0 x i32\n"),
     .to = CALL_TO("void;*fn(*struct @00000000000000bb;)", "struct @00000000000000bb 4\n 0 x u32\n"),
     .is_different = true,
     .lines =
         "method call: parameter 1 (callback): its return value (anonymous struct): member 'x' changed from i32 to "
         "u32\n"},
    {.name = "one of two anonymous unions",
     .from = USER("struct user 8\n 0 - union @00000000000000a1\n 4 - union @00000000000000a2\n"
                  "union @00000000000000a1 4\n 0 a u32\nunion @00000000000000a2 4\n 0 b u32\n"),
     .to = USER("struct user 8\n 0 - union @00000000000000a1\n 4 - union @00000000000000a0\n"
                "union @00000000000000a1 4\n 0 a u32\nunion @00000000000000a0 4\n 0 c u32\n"),
     .is_different = true,
     .lines = "struct user: anonymous union at offset 4: member 'b' renamed to 'c' (reached by get)\n"},
    {.name = "anonymous types of one name that differ",
     .from = CALL_TO("void;*struct @00000000000000aa", "struct @00000000000000aa 4\n 0 x i32\n"),
     .to = CALL_TO("void;*struct @00000000000000aa", "struct @00000000000000aa 4\n 0 x u32\n"),
     .is_different = true,
     .lines = "method call: parameter 1 (anonymous struct): member 'x' changed from i32 to u32\n"},
    {.name = "anonymous types without blocks",
     .from = CALL("void;*struct @00000000000000aa"),
     .to = CALL("void;*struct @00000000000000bb"),
     .is_different = true,
     .lines = "method call: parameter 1 changed from struct {...} * to struct {...} *\n"},

    /* ---- what follows ---- */
    {.name = "struct by value grows",
     .from = "m 0 open *fn(*struct session;)\nstruct session 24\n 0 id u32\n 4 user struct user\n 16 end u32\n 20 last "
             "u32\nstruct user 12\n 0 a u32\n 4 b u32\n 8 c u32\nend 8\n",
     .to = "m 0 open *fn(*struct session;)\nstruct session 28\n 0 id u32\n 4 user struct user\n 20 end u32\n 24 last "
           "u32\nstruct user 16\n 0 a u32\n 4 n u32\n 8 b u32\n 12 c u32\nend 8\n",
     .is_different = true,
     .lines = "struct user: member 'n' (u32) inserted at offset 4: 2 members after it move by 4, size grows from 12 to "
              "16 (reached by open)\n"
              "follows: struct session: member 'user' (struct user) grows: 2 members after it move by 4, size grows "
              "from 24 to 28\n"},
    {.name = "last struct by value grows",
     .from = USER("struct user 4\n 0 at [2]struct x\nstruct x 2\n 0 a u16\n"),
     .to = USER("struct user 8\n 0 at [2]struct x\nstruct x 4\n 0 a u32\n"),
     .is_different = true,
     .lines = "struct x: member 'a' changed from u16 to u32: size grows from 2 to 4 (reached by get)\n"
              "follows: struct user: member 'at' (struct x [2]) grows: size grows from 4 to 8\n"},
    {.name = "struct by value is aligned otherwise",
     .from = USER("struct user 12\n 0 id u32\n 4 at struct x\nstruct x 8\n 0 a u32\n 4 b u32\n"),
     .to = USER("struct user 16\n 0 id u32\n 8 at struct x\nstruct x 8\n 0 a u64\n"),
     .is_different = true,
     .lines = "struct x: member 'a' changed from u32 to u64 (reached by get)\nstruct x: member 'b' (u32) removed\n"
              "follows: struct user: member 'at' (struct x) changes: it moves from offset 4 to 8, size grows from 12 "
              "to 16\n"},
    {.name = "enum by value shrinks",
     .from = USER("struct user 8\n 0 kind enum kind\n 4 v u8\nenum kind u32\n A=0\n"),
     .to = USER("struct user 8\n 0 kind enum kind\n 1 v u8\nenum kind u8\n A=0\n"),
     .is_different = true,
     .lines = "enum kind: underlying type changed from u32 to u8 (reached by get)\n"
              "follows: struct user: member 'kind' (enum kind) changes: 'v' after it moves from offset 4 to 1\n"},
    {.name = "struct reached twice",
     .from = "m 0 a *fn(*struct x;)\nstruct x 4\n 0 v u32\nm 8 b *fn(*struct x;)\nend 16\n",
     .to = "m 0 a *fn(*struct x;)\nstruct x 4\n 0 w u32\nm 8 b *fn(*struct x;)\nend 16\n",
     .is_different = true,
     .lines = "struct x: member 'v' renamed to 'w' (reached by a)\n"},
    {.name = "struct reached through another",
     .from = "m 0 a *fn(void;)\nm 8 b *fn(*struct x;)\nstruct x 8\n 0 y *struct y\nstruct y 8\n 0 v u32\n 4 w u32\n"
             "end 16\n",
     .to = "m 0 a *fn(void;)\nm 8 b *fn(*struct x;)\nstruct x 8\n 0 y *struct y\nstruct y 8\n 0 v i32\n 4 w f32\n"
           "end 16\n",
     .is_different = true,
     .lines = "struct y: member 'v' changed from u32 to i32 (reached by b)\n"
              "struct y: member 'w' changed from u32 to f32\n"},
    {.name = "causes before smaller changes",
     .from = "m 0 find *fn(*struct user;*const i8)\nstruct user 16\n 0 id u32\n 8 mail *i8\nend 8\n",
     .to = "m 0 find *fn(*struct user;*const i8,u32)\nstruct user 24\n 0 id u32\n 8 uid2 u64\n 16 mail *i8\nend 8\n",
     .is_different = true,
     .lines = "struct user: member 'uid2' (u64) inserted at offset 8: 'mail' after it moves from offset 8 to 16, size "
              "grows from 16 to 24 (reached by find)\n"
              "method find: parameter 2 (u32) appended\n"},

    /* ---- enums ---- */
    {.name = "enumerator added",
     .from = KIND("enum kind u32\n A=0\n B=1\n"),
     .to = KIND("enum kind u32\n A=0\n B=1\n C=2\n"),
     .added = 1,
     .lines = "enum kind: enumerator 'C' = 2 added (reached by get)\n"},
    {.name = "enumerators added before and between",
     .from = KIND("enum kind i32\n B=1\n"),
     .to = KIND("enum kind i32\n Z=-1\n A=0\n B=1\n C=2\n"),
     .added = 3,
     .lines = "enum kind: enumerators 'Z' and 'A' added (reached by get)\nenum kind: enumerator 'C' = 2 added\n"},
    {.name = "enumerator added, and one removed",
     .from = KIND("enum kind u32\n A=0\n B=1\n"),
     .to = KIND("enum kind u32\n A=0\n C=2\n"),
     .is_different = true,
     .lines = "enum kind: enumerator 'B' = 1 removed (reached by get)\nenum kind: enumerator 'C' = 2 added\n"},
    {.name = "enumerator renamed",
     .from = KIND("enum kind u32\n A=0\n B=1\n"),
     .to = KIND("enum kind u32\n A=0\n C=1\n"),
     .is_different = true,
     .lines = "enum kind: enumerator 'B' renamed to 'C' (reached by get)\n"},
    {.name = "enumerator's value",
     .from = KIND("enum kind i32\n A=-2\n B=1\n"),
     .to = KIND("enum kind i32\n A=-1\n B=1\n"),
     .is_different = true,
     .lines = "enum kind: enumerator 'A' changed from -2 to -1 (reached by get)\n"},
    {.name = "enumerator inserted",
     .from = KIND("enum kind u32\n A=0\n B=1\n C=2\n D=3\n"),
     .to = KIND("enum kind u32\n A=0\n N=1\n B=2\n C=3\n D=4\n"),
     .is_different = true,
     .lines = "enum kind: enumerator 'N' = 1 added (reached by get)\n"
              "enum kind: 3 enumerators ('B' to 'D') changed by 1\n"},
    {.name = "enumerator taken out",
     .from = KIND("enum kind u32\n A=0\n B=1\n C=2\n D=3\n"),
     .to = KIND("enum kind u32\n A=0\n C=1\n D=2\n"),
     .is_different = true,
     .lines = "enum kind: enumerator 'B' = 1 removed (reached by get)\n"
              "enum kind: enumerators 'C' and 'D' changed by -1\n"},
    {.name = "enumerator added, and a value changed",
     .from = KIND("enum kind u32\n A=0\n"),
     .to = KIND("enum kind u32\n A=1\n B=2\n"),
     .is_different = true,
     .lines = "enum kind: enumerator 'B' = 2 added (reached by get)\nenum kind: enumerator 'A' changed from 0 to 1\n"},
    {.name = "enumerator added, and the underlying type changed",
     .from = KIND("enum kind u8\n A=0\n"),
     .to = KIND("enum kind u16\n A=0\n B=256\n"),
     .is_different = true,
     .lines = "enum kind: underlying type changed from u8 to u16 (reached by get)\nenum kind: enumerator 'B' = 256 "
              "added\n"},
    {.name = "sign of an enumerator",
     .from = KIND("enum kind u64\n A=18446744073709551615\n"),
     .to = KIND("enum kind u64\n A=-1\n"),
     .is_different = true,
     .lines = "enum kind: enumerator 'A' changed from 18446744073709551615 to -1 (reached by get)\n"},
    {.name = "anonymous enum grows",
     .from = CALL_TO("void;enum @00000000000000aa", "enum @00000000000000aa u32\n A=0\n"),
     .to = CALL_TO("void;enum @00000000000000bb", "enum @00000000000000bb u32\n A=0\n B=1\n"),
     .added = 1,
     .lines = "method call: parameter 1 (anonymous enum): enumerator 'B' = 1 added\n"},
    {.name = "enumerators added to two enums",
     .from = CALL_TO("enum a;enum b", "enum a u32\n A=0\nenum b u32\n B=0\n C=1\n"),
     .to = CALL_TO("enum a;enum b", "enum a u32\n A=0\n X=1\nenum b u32\n B=0\n"),
     .added = 2,
     .lines = "enum a: enumerator 'X' = 1 added (reached by call)\n"
              "enum b: enumerator 'C' = 1 removed (reached by call)\n"},

    /* ---- several of them at once ---- */
    {.name = "method inserted by its offset alone",
     .from = "m 0 a *fn(void;)\nm 16 b *fn(void;)\nend 24\n",
     .to = "m 0 a *fn(void;)\nm 16 b *fn(void;)\nm 8 c *fn(void;)\nend 24\n",
     .is_different = true,
     .lines = "method c inserted at offset 8\n"},
    {.name = "member appended where the last one is",
     .from = "m 0 a u32\nend 4\n",
     .to = "m 0 a u32\nm 0 b u32\nend 4\n",
     .is_different = true,
     .lines = "member 'b' (u32) inserted at offset 0\n"},
    {.name = "members that move back in between",
     .from = USER("struct user 16\n 0 a u8\n 2 b u16\n 4 c u32\n 8 d u32\n 12 e u32\n"),
     .to = USER("struct user 16\n 0 n u8\n 1 a u8\n 2 b u16\n 4 c u32\n 9 d u32\n 13 e u32\n"),
     .is_different = true,
     .lines = "struct user: member 'n' (u8) inserted at offset 0: 'a' after it moves from offset 0 to 1 (reached by "
              "get)\n"
              "struct user: member 'd' moved from offset 8 to 9: 'e' after it moves from offset 12 to 13\n"},
    {.name = "methods that are const",
     .from = "m 0 a const *fn(void;)\nm 8 b const *fn(void;)\nend 16\n",
     .to = "m 0 b const *fn(void;)\nm 8 a const *fn(void;)\nend 16\n",
     .is_different = true,
     .lines = "methods a and b swapped\n"},
    {.name = "methods swapped, and another removed",
     .from = "m 0 x *fn(void;)\nm 8 a *fn(void;)\nm 16 b *fn(void;)\nm 24 c *fn(void;)\nend 32\n",
     .to = "m 0 c *fn(void;)\nm 8 b *fn(void;)\nm 16 a *fn(i32;)\nend 24\n",
     .is_different = true,
     .lines = "methods a and c swapped: 'b' moves from offset 16 to 8, size shrinks from 32 to 24\n"
              "method a: return type changed from void to i32\nmethod x removed\n"},
    {.name = "two members moved",
     .from = USER("struct user 20\n 0 a u32\n 4 b u32\n 8 c u32\n 12 d u32\n 16 e u32\n"),
     .to = USER("struct user 20\n 0 c u32\n 4 d u32\n 8 e u32\n 12 a u32\n 16 b i32\n"),
     .is_different = true,
     .lines = "struct user: members 'a' and 'b' moved to the end: 3 members move back by 8 (reached by get)\n"
              "struct user: member 'b' changed from u32 to i32\n"},
    {.name = "three members moved",
     .from =
         USER("struct user 32\n 0 a u32\n 4 b u32\n 8 c u32\n 12 d u32\n 16 e u32\n 20 f u32\n 24 g u32\n 28 h u32\n"),
     .to =
         USER("struct user 32\n 0 a u32\n 4 e u32\n 8 f u32\n 12 g u32\n 16 b u32\n 20 c u32\n 24 d u32\n 28 h u32\n"),
     .is_different = true,
     .lines = "struct user: 3 members ('b' to 'd') moved before 'h': 3 members move back by 12 (reached by get)\n"},
    {.name = "members moved to two places",
     .from = USER("struct user 20\n 0 a u32\n 4 b u32\n 8 c u32\n 12 d u32\n 16 e u32\n"),
     .to = USER("struct user 20\n 0 c u32\n 4 a u32\n 8 d u32\n 12 e u32\n 16 b u32\n"),
     .is_different = true,
     .lines = "struct user: member 'a' moved before 'd': 2 members move back by 4 (reached by get)\n"
              "struct user: member 'b' moved to the end: 'c' moves from offset 8 to 0\n"},
    {.name = "member moved before an anonymous one",
     .from = USER("struct user 16\n 0 - union @00000000000000aa\n 4 b u32\n 8 c u32\n 12 d u32\n"
                  "union @00000000000000aa 4\n 0 u u32\n"),
     .to = USER("struct user 16\n 0 d u32\n 4 - union @00000000000000aa\n 8 b u32\n 12 c u32\n"
                "union @00000000000000aa 4\n 0 u u32\n"),
     .is_different = true,
     .lines =
         "struct user: member 'd' moved before anonymous union at offset 4: 3 members move by 4 (reached by get)\n"},
    {.name = "three members removed",
     .from = USER("struct user 20\n 0 a u32\n 4 b u32\n 8 c u32\n 12 d u32\n 16 e u32\n"),
     .to = USER("struct user 8\n 0 a u32\n 4 e u32\n"),
     .is_different = true,
     .lines =
         "struct user: 3 members ('b' to 'd') removed: 'e' after them moves from offset 16 to 4, size shrinks from "
         "20 to 8 (reached by get)\n"},
    {.name = "three methods inserted",
     .from = "m 0 a *fn(void;)\nm 8 b *fn(void;)\nend 16\n",
     .to = "m 0 a *fn(void;)\nm 8 x *fn(void;)\nm 16 y *fn(void;)\nm 24 z *fn(void;)\nm 32 b *fn(void;)\nend 40\n",
     .is_different = true,
     .lines = "3 methods (x to z) inserted before 'b': 'b' after them moves from offset 8 to 32, size grows from 16 to "
              "40\n"},
    {.name = "members renamed and inserted",
     .from = USER("struct user 8\n 0 a u32\n 4 z u32\n"),
     .to = USER("struct user 16\n 0 b u32\n 4 n u64\n 12 z u32\n"),
     .is_different = true,
     .lines = "struct user: member 'n' (u64) inserted at offset 4: 'z' after it moves from offset 4 to 12, size grows "
              "from 8 to 16 (reached by get)\n"
              "struct user: member 'a' renamed to 'b'\n"},
    {.name = "member inserted, and the next renamed",
     .from = USER("struct user 8\n 0 a u32\n 4 z u32\n"),
     .to = USER("struct user 16\n 0 n u64\n 8 b u32\n 12 z u32\n"),
     .is_different = true,
     .lines =
         "struct user: member 'n' (u64) inserted at offset 0: 2 members after it move by 8, size grows from 8 to 16 "
         "(reached by get)\n"
         "struct user: member 'a' renamed to 'b'\n"},
    {.name = "member removed, and the next replaced",
     .from = USER("struct user 16\n 0 a u64\n 8 b u32\n 12 z u32\n"),
     .to = USER("struct user 8\n 0 n f32\n 4 z u32\n"),
     .is_different = true,
     .lines = "struct user: member 'a' (u64) removed: size shrinks from 16 to 8 (reached by get)\n"
              "struct user: member 'b' (u32) replaced by 'n' (f32): 'z' after it moves from offset 12 to 4\n"},
    {.name = "two members renamed",
     .from = USER("struct user 12\n 0 a u32\n 4 b u32\n 8 z u32\n"),
     .to = USER("struct user 12\n 0 c u32\n 4 d u32\n 8 z u32\n"),
     .is_different = true,
     .lines = "struct user: member 'a' renamed to 'c' (reached by get)\nstruct user: member 'b' renamed to 'd'\n"},
    {.name = "bit-field renamed, and wider",
     .from = USER("struct user 4\n 0.0:3 a u32\n"),
     .to = USER("struct user 4\n 0.0:4 b u32\n"),
     .is_different = true,
     .lines = "struct user: bit-field 'a' (u32, 3 bits) replaced by 'b' (u32, 4 bits) (reached by get)\n"},
    {.name = "member became an anonymous union",
     .from = USER("struct user 4\n 0 a u32\n"),
     .to = USER("struct user 4\n 0 - union @00000000000000aa\nunion @00000000000000aa 4\n 0 a u32\n"),
     .is_different = true,
     .lines = "struct user: member 'a' (u32) replaced by anonymous union (reached by get)\n"},
    {.name = "anonymous union became a struct",
     .from = USER("struct user 4\n 0 - union @00000000000000aa\nunion @00000000000000aa 4\n 0 a u32\n"),
     .to = USER("struct user 4\n 0 - struct @00000000000000ab\nstruct @00000000000000ab 4\n 0 a u32\n"),
     .is_different = true,
     .lines = "struct user: anonymous union at offset 0 changed from union {...} to struct {...} (reached by get)\n"},
    {.name = "anonymous union removed",
     .from = USER("struct user 8\n 0 a u32\n 4 - union @00000000000000aa\nunion @00000000000000aa 4\n 0 b u32\n"),
     .to = USER("struct user 4\n 0 a u32\n"),
     .is_different = true,
     .lines = "struct user: anonymous union at offset 4 removed: size shrinks from 8 to 4 (reached by get)\n"},
    {.name = "members move to and fro",
     .from = USER("struct user 16 a16\n 0 a u8\n 4 b u32\n 8 c u32\n"),
     .to = USER("struct user 16\n 0 a u8\n 8 b u32\n 4 c u32\n"),
     .is_different = true,
     .lines = "struct user: explicit alignment of 16 removed: 2 members move (reached by get)\n"},
    {.name = "bit-fields move by bits",
     .from = USER("struct user 4\n 0.0:3 a u32\n 0.3:1 b u32\n 0.4:1 c u32\n 0.5:1 d u32\n"),
     .to = USER("struct user 4\n 0.0:1 a u32\n 0.1:1 b u32\n 0.2:1 c u32\n 0.4:1 d u32\n"),
     .is_different = true,
     .lines = "struct user: bit-field 'a': width changed from 3 to 1 bit: 3 members after it move back by 1 to 2 bits "
              "(reached by get)\n"},
    {.name = "arm of a union inserted",
     .from = CALL_TO("void;union u", "union u 4\n 0 a u32\n 0 b i32\n"),
     .to = CALL_TO("void;union u", "union u 4\n 0 a u32\n 0 n f32\n 0 b i32\n"),
     .is_different = true,
     .lines = "union u: member 'n' (f32) inserted (reached by call)\n"},
    {.name = "arms of a union swapped",
     .from = CALL_TO("void;union u", "union u 4\n 0 a u32\n 0 b i32\n"),
     .to = CALL_TO("void;union u", "union u 4\n 0 b i32\n 0 a u32\n"),
     .is_different = true,
     .lines = "union u: members 'a' and 'b' swapped (reached by call)\n"},
    {.name = "no length and the length 0",
     .from = USER("struct user 4\n 0 a u32\n 4 b []u8\n"),
     .to = USER("struct user 4\n 0 a u32\n 4 b [0]u8\n"),
     .is_different = true,
     .lines = "struct user: member 'b' changed from u8 [] to u8 [0] (reached by get)\n"},
    {.name = "packed around a struct that stays",
     .from = USER("struct user 12\n 0 a u8\n 4 at struct x\n 8 b u8\nstruct x 4\n 0 v u32\n"),
     .to = USER("struct user 12\n 0 a u8\n 1 at struct x\n 5 b u8\nstruct x 4\n 0 v u32\n"),
     .is_different = true,
     .lines = "struct user: member 'at' moved from offset 4 to 1: 'b' after it moves from offset 8 to 5 (reached by "
              "get)\n"},
    {.name = "struct by value moves itself and others",
     .from = USER("struct user 20\n 0 id u32\n 4 at const struct x\n 12 b u32\n 16 c u32\nstruct x 8\n 0 a u32\n 4 b "
                  "u32\n"),
     .to = USER("struct user 24\n 0 id u32\n 8 at const struct x\n 16 b u32\n 20 c u32\nstruct x 8 a8\n 0 a u32\n 4 b "
                "u32\n"),
     .is_different = true,
     .lines = "struct x: explicit alignment of 8 added (reached by get)\n"
              "follows: struct user: member 'at' (const struct x) changes: it and 2 members after it move by 4, size "
              "grows from 20 to 24\n"},
    {.name = "struct by value moves itself and one more",
     .from = USER("struct user 16\n 0 id u32\n 4 at struct x\n 12 b u32\nstruct x 8\n 0 a u64\n"),
     .to = USER("struct user 16\n 0 id u32\n 3 at struct x\n 11 b u32\nstruct x 8\n 0 a i64\n"),
     .is_different = true,
     .lines = "struct x: member 'a' changed from u64 to i64 (reached by get)\n"
              "follows: struct user: member 'at' (struct x) changes: it and 'b' after it move back by 1\n"},
    {.name = "struct by value before an anonymous one",
     .from = USER("struct user 8\n 0 at struct x\n 4 - union @00000000000000aa\nunion @00000000000000aa 4\n 0 a u32\n"
                  "struct x 4\n 0 v u32\n"),
     .to = USER("struct user 6\n 0 at struct x\n 2 - union @00000000000000aa\nunion @00000000000000aa 4\n 0 a u32\n"
                "struct x 2\n 0 v u16\n"),
     .is_different = true,
     .lines = "struct x: member 'v' changed from u32 to u16: size shrinks from 4 to 2 (reached by get)\n"
              "follows: struct user: member 'at' (struct x) shrinks: anonymous union at offset 4 after it moves from "
              "offset 4 to 2, size shrinks from 8 to 6\n"},
    {.name = "struct by value in the root",
     .from = "m 0 base struct base\nm 8 a *fn(void;)\nm 16 b *fn(void;)\nstruct base 8\n 0 v u64\nend 24\n",
     .to = "m 0 base struct base\nm 16 a *fn(void;)\nm 24 b *fn(void;)\nstruct base 16\n 0 v u64\n 8 w u64\nend 32\n",
     .is_different = true,
     .lines = "struct base: member 'w' (u64) appended: size grows from 8 to 16 (reached by base)\n"
              "follows: member 'base' (struct base) grows: 2 methods after it move by 8, size grows from 24 to 32\n"},
    {.name = "struct in an anonymous one",
     .from = "m 0 a *fn(void;*struct @00000000000000aa)\nstruct @00000000000000aa 8\n 0 x *struct x\nstruct x 4\n 0 v "
             "u32\nend 8\n",
     .to = "m 0 a *fn(void;*struct @00000000000000aa)\nstruct @00000000000000aa 8\n 0 x *struct x\nstruct x 4\n 0 v "
           "i32\nend 8\n",
     .is_different = true,
     .lines = "struct x: member 'v' changed from u32 to i32 (reached by a)\n"},
    {.name = "anonymous struct that is returned",
     .from = "root fn run fn(*struct @00000000000000aa;)\nstruct @00000000000000aa 4\n 0 v u32\nend\n",
     .to = "root fn run fn(*struct @00000000000000aa;)\nstruct @00000000000000aa 4\n 0 v i32\nend\n",
     .is_different = true,
     .lines = "function run: return value (anonymous struct): member 'v' changed from u32 to i32\n"},
    {.name = "anonymous struct of an object",
     .from = "root object table [2]struct @00000000000000aa\nstruct @00000000000000aa 4\n 0 v u32\nend 8\n",
     .to = "root object table [2]struct @00000000000000aa\nstruct @00000000000000aa 4\n 0 v i32\nend 8\n",
     .is_different = true,
     .lines = "object table (anonymous struct): member 'v' changed from u32 to i32\n"},
    {.name = "callback in the root's member behind a pointer",
     .from = "m 0 hooks *[2]*fn(void;)\nend 8\n",
     .to = "m 0 hooks *[2]*fn(void;i8)\nend 8\n",
     .is_different = true,
     .lines = "member 'hooks': parameter 1 (i8) appended\n"},
    {.name = "returned function became variadic",
     .from = CALL("*fn(void;i32);"),
     .to = CALL("*fn(void;i32,...);"),
     .is_different = true,
     .lines = "method call: returned function became variadic\n"},
    {.name = "parameters of a callback replaced",
     .from = CALL("void;*fn(void;i32,i8)"),
     .to = CALL("void;*fn(void;u32,u8,*void)"),
     .is_different = true,
     .lines = "method call: parameter 1 (callback): its parameters 1 and 2 (i32, i8) replaced by u32, u8, void *\n"},
    {.name = "variadic, and a parameter more",
     .from = CALL("void;i32"),
     .to = CALL("void;i32,i8,..."),
     .is_different = true,
     .lines = "method call became variadic\nmethod call: parameter 2 (i8) appended\n"},
    {.name = "qualifiers and more",
     .from = CALL("void;*const i8,[2]*volatile u8,*const [2]i8"),
     .to = CALL("void;*u8,[3]*u8,*[2]i8"),
     .is_different = true,
     .lines = "method call: parameter 1 changed from const i8 * to u8 *\n"
              "method call: parameter 2 changed from volatile u8 *[2] to u8 *[3]\n"
              "method call: parameter 3 changed from const i8 (*)[2] to i8 (*)[2] (const removed at the pointee)\n"},
    {.name = "types in words",
     .from = USER("struct user 8\n 0 p *const volatile *atomic const i8\n"),
     .to = USER("struct user 8\n 0 p *[]*fn(*fn(u8;);)\n"),
     .is_different = true,
     .lines = "struct user: member 'p' changed from _Atomic const i8 *const volatile * to u8 (*(*(*)[])(void))(void) "
              "(reached by get)\n"},
    {.name = "function types by themselves",
     .from = "root object o fn(*i8;)\nend 8\n",
     .to = "root object o *fn(*i8;)\nend 8\n",
     .is_different = true,
     .lines = "object o changed from i8 *(void) to i8 *(*)(void)\n"},
    {.name = "changes of four types are not one",
     .from = CALL("void;u8,u16,u32,u64"),
     .to = CALL("void;i8,i16,i32,i64"),
     .is_different = true,
     .lines = "method call: parameter 1 changed from u8 to i8\nmethod call: parameter 2 changed from u16 to i16\n"
              "method call: parameter 3 changed from u32 to i32\nmethod call: parameter 4 changed from u64 to i64\n"},
    {.name = "changes of one type to others are not one",
     .from = CALL("u8;u8,u8,u8,u8"),
     .to = CALL("i8;i16,i32,i32,i32"),
     .is_different = true,
     .lines = "method call: return type changed from u8 to i8\nmethod call: parameter 1 changed from u8 to i16\n"
              "method call: parameter 2 changed from u8 to i32\nmethod call: parameter 3 changed from u8 to i32\n"
              "method call: parameter 4 changed from u8 to i32\n"},
    {.name = "three enumerators added",
     .from = KIND("enum kind u32\n A=0\n"),
     .to = KIND("enum kind u32\n A=0\n B=1\n C=2\n D=3\n"),
     .added = 3,
     .lines = "enum kind: 3 enumerators ('B' to 'D') added (reached by get)\n"},
    {.name = "enumerators of one value, one of them removed",
     .from = KIND("enum kind u32\n A=0\n B=0\n C=1\n"),
     .to = KIND("enum kind u32\n A=0\n C=1\n"),
     .added = 1,
     .lines = "enum kind: enumerator 'B' = 0 removed (reached by get)\n"},
    {.name = "values changed by different steps",
     .from = KIND("enum kind u32\n A=1\n B=2\n C=4\n"),
     .to = KIND("enum kind u32\n A=2\n B=4\n C=6\n"),
     .is_different = true,
     .lines = "enum kind: enumerator 'A' changed from 1 to 2 (reached by get)\n"
              "enum kind: enumerators 'B' and 'C' changed by 2\n"},
    {.name = "negative enumerators renamed in order",
     .from = KIND("enum kind i32\n A=-3\n B=-1\n C=1\n"),
     .to = KIND("enum kind i32\n X=-3\n Y=-2\n C=1\n"),
     .is_different = true,
     .lines = "enum kind: enumerator 'A' renamed to 'X' (reached by get)\n"
              "enum kind: enumerator 'Y' = -2 added\nenum kind: enumerator 'B' = -1 removed\n"},

    /* ---- opaque types and interfaces of their own ---- */
    {.name = "completed on one side",
     .from = USER("struct user opaque\n"),
     .to = USER("struct user 4\n 0 id u32\n"),
     .opaque = "struct user\n",
     .lines = "struct user: complete instead of opaque\n"},
    {.name = "opaque on one side",
     .from = CALL_TO("void;*union u,*union u", "union u 4\n 0 id u32\n"),
     .to = CALL_TO("void;*union u,*union u", "union u opaque\n"),
     .opaque = "union u\n",
     .lines = "union u: opaque instead of complete\n"},
    {.name = "enum completed",
     .from = KIND("enum kind opaque\n"),
     .to = KIND("enum kind u32\n A=1\n"),
     .opaque = "enum kind\n",
     .lines = "enum kind: complete instead of opaque\n"},
    {.name = "interface on one side, opaque on the other",
     .from = USER(""),
     .to = USER("struct user opaque\n"),
     .opaque = "struct user\n",
     .lines = "struct user: opaque instead of an interface of its own\n"},
    {.name = "interface on one side, complete on the other",
     .from = USER("struct user 4\n 0 id u32\n"),
     .to = USER(""),
     .opaque = "struct user\n",
     .lines = "struct user: an interface of its own instead of complete\n"},
    {.name = "two opaque, and a change",
     .from = CALL_TO("i32;*struct a,*struct b", "struct a opaque\nstruct b 4\n 0 v u32\n"),
     .to = CALL_TO("u32;*struct a,*struct b", "struct a 4\n 0 v u32\nstruct b opaque\n"),
     .is_different = true,
     .opaque = "struct a\nstruct b\n",
     .lines =
         "method call: return type changed from i32 to u32\nstruct a: complete instead of opaque\nstruct b: opaque "
         "instead of complete\n"},
    {.name = "size by value of an interface",
     .from = "m 0 log struct log#16\nm 16 a *fn(void;)\nend 24\n",
     .to = "m 0 log struct log#24\nm 24 a *fn(void;)\nend 32\n",
     .is_different = true,
     .lines =
         "member 'log': size of struct log changed from 16 to 24: 'a' after it moves from offset 16 to 24, size grows "
         "from 24 to 32\n"},
    {.name = "opaque by value, complete in the same size",
     .from = "m 0 log struct log#4\nstruct log opaque\nend 4\n",
     .to = "m 0 log struct log\nstruct log 4\n 0 v u32\nend 4\n",
     .opaque = "struct log\n",
     .lines = "struct log: complete instead of opaque\n"},
    {.name = "opaque by value, complete in another size",
     .from = "m 0 log struct log#4\nstruct log opaque\nend 8\n",
     .to = "m 0 log struct log\nstruct log 8\n 0 v u64\nend 8\n",
     .is_different = true,
     .opaque = "struct log\n",
     .lines = "member 'log': size of struct log changed from 4 to 8\nstruct log: complete instead of opaque\n"},
    {.name = "size by value that one side does not know",
     .from = "m 0 log struct log#4\nend 4\n",
     .to = "m 0 log struct log\nend 4\n",
     .is_different = true,
     .lines = "member 'log': size of struct log changed from 4 to 0\n"},
};

static const char *join(const char *const *strings, size_t count, char text[ROOM])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(text + used, ROOM - used, "%s\n", strings[i]);
        ck_assert_uint_lt(used, ROOM);
    }
    return text;
}

static void expect_lines_to_be_fit(const struct pm_abi_difference *difference)
{
    ck_assert_ptr_null(difference->lines[difference->line_count]);
    for (size_t i = 0; i < difference->line_count; i++) {
        const char *line = difference->lines[i];
        char last = line[strlen(line) - 1];
        ck_assert_msg(last != '.' && last != ' ' && strstr(line, "  ") == NULL, "%s", line);
        for (size_t j = 0; j < i; j++)
            ck_assert_msg(strcmp(line, difference->lines[j]) != 0, "twice: %s", line);
    }
}

START_TEST(pair_of_texts_differs_as_said)
{
    const struct row *row = &rows[_i];
    char text[ROOM];
    struct pm_arena arena = {0};
    struct pm_abi_difference difference;
    pm_abi_compare(parse(row->from, &arena), parse(row->to, &arena), &arena, &difference);
    ck_assert(!arena.failed);
    ck_assert_msg(strcmp(join(difference.lines, difference.line_count, text), row->lines) == 0,
                  "%s:\n%s--- expected:\n%s", row->name, text, row->lines);
    ck_assert_msg(difference.is_different == row->is_different, "%s: different: %d", row->name,
                  difference.is_different);
    ck_assert_msg(difference.from_appends == row->from_appends && difference.to_appends == row->to_appends,
                  "%s: appends: %zu, %zu", row->name, difference.from_appends, difference.to_appends);
    ck_assert_msg(difference.enumerators_added == row->added, "%s: enumerators", row->name);
    join(difference.opaque_tags, difference.opaque_count, text);
    ck_assert_msg(strcmp(text, row->opaque != NULL ? row->opaque : "") == 0, "%s: opaque: %s", row->name, text);
    expect_lines_to_be_fit(&difference);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(pair_of_texts_differs_the_other_way_round)
{
    const struct row *row = &rows[_i];
    char text[ROOM];
    struct pm_arena arena = {0};
    struct pm_abi_difference difference;
    pm_abi_compare(parse(row->to, &arena), parse(row->from, &arena), &arena, &difference);
    ck_assert_msg(difference.is_different == row->is_different, "%s: different", row->name);
    ck_assert_msg(difference.from_appends == row->to_appends && difference.to_appends == row->from_appends,
                  "%s: appends", row->name);
    ck_assert_msg(difference.enumerators_added == row->added, "%s: enumerators", row->name);
    join(difference.opaque_tags, difference.opaque_count, text);
    ck_assert_msg(strcmp(text, row->opaque != NULL ? row->opaque : "") == 0, "%s: opaque: %s", row->name, text);
    ck_assert_msg((difference.line_count > 0) == (row->lines[0] != '\0'), "%s: lines", row->name);
    expect_lines_to_be_fit(&difference);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(text_and_itself_do_not_differ)
{
    const char *const bodies[] = {rows[_i].from, rows[_i].to};
    for (size_t i = 0; i < 2; i++) {
        struct pm_arena arena = {0};
        struct pm_abi_difference difference;
        pm_abi_compare(parse(bodies[i], &arena), parse(bodies[i], &arena), &arena, &difference);
        ck_assert(!difference.is_different);
        ck_assert_uint_eq(difference.line_count, 0);
        ck_assert_uint_eq(difference.from_appends + difference.to_appends + difference.enumerators_added, 0);
        ck_assert_uint_eq(difference.opaque_count, 0);
        pm_arena_free(&arena);
    }
}
END_TEST

/* ---- what only one text of two shows ---- */

/* A text of any size. The caller frees data. */
static void add_format(struct pm_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_format(struct pm_buffer *buffer, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    ck_assert_int_lt(vsnprintf(line, sizeof(line), format, arguments), (int)sizeof(line));
    va_end(arguments);
    pm_buffer_add(buffer, line);
}

static const struct pm_abi_tree *parse_buffer(struct pm_buffer *buffer, struct pm_arena *arena)
{
    const struct pm_abi_tree *tree = NULL;
    struct pm_problem problem = {.detail = ""};
    ck_assert(!buffer->failed);
    ck_assert_msg(pm_abi_parse(buffer->data, arena, &tree, &problem) == 0, "%s", problem.detail);
    free(buffer->data);
    *buffer = (struct pm_buffer){0};
    return tree;
}

static const struct pm_abi_tree *make_chain(unsigned count, const char *last, struct pm_arena *arena)
{
    struct pm_buffer buffer = {0};
    pm_buffer_add(&buffer, "plugmgr-abi 1\nroot struct api\nm 0 get *fn(*struct s0;)\n");
    for (unsigned i = 0; i < count; i++)
        add_format(&buffer, "struct s%u 16\n 0 next *struct s%u\n 8 v %s\n", i, i + 1, i + 1 < count ? "i32" : last);
    pm_buffer_add(&buffer, "end 8\n");
    return parse_buffer(&buffer, arena);
}

START_TEST(chain_of_100000_structs_is_compared_to_its_end)
{
    struct pm_arena arena = {0};
    struct pm_abi_difference difference;
    const struct pm_abi_tree *from = make_chain(100000, "i32", &arena), *to = make_chain(100000, "u32", &arena);
    pm_abi_compare(from, to, &arena, &difference);
    ck_assert(difference.is_different);
    ck_assert_uint_eq(difference.line_count, 1);
    ck_assert_str_eq(difference.lines[0], "struct s99999: member 'v' changed from i32 to u32 (reached by get)");
    pm_arena_free(&arena);
}
END_TEST

/* Anonymous structs that hold each other so that each stands for many: 2 * step - 1 from one to the next at most. */
static const struct pm_abi_tree *make_tangle(unsigned count, unsigned step, struct pm_arena *arena)
{
    struct pm_buffer buffer = {0};
    pm_buffer_add(&buffer, "plugmgr-abi 1\nroot struct api\nm 0 get *fn(*struct @0000000000000000;)\n");
    for (unsigned i = 0; i < count; i++)
        add_format(&buffer, "struct @%016x 16\n 0 a *struct @%016x\n 8 b *struct @%016x\n", i, (i + 1) % count,
                   (i + step) % count);
    pm_buffer_add(&buffer, "end 8\n");
    return parse_buffer(&buffer, arena);
}

START_TEST(tangle_of_anonymous_structs_is_compared)
{
    struct pm_arena arena = {0};
    struct pm_abi_difference difference;
    pm_abi_compare(make_tangle(50, 1, &arena), make_tangle(50, 2, &arena), &arena, &difference);
    ck_assert(!difference.is_different);
    ck_assert_uint_eq(difference.line_count, 0);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(tangle_beyond_measure_is_different)
{
    struct pm_arena arena = {0};
    struct pm_abi_difference difference;
    const struct pm_abi_tree *from = make_tangle(20000, 1, &arena), *to = make_tangle(20000, 2, &arena);
    pm_abi_compare(from, to, &arena, &difference);
    ck_assert(difference.is_different);
    ck_assert_uint_eq(difference.line_count, 1);
    ck_assert_str_eq(difference.lines[0], "the interfaces are too intricate to be compared in full");
    pm_arena_free(&arena);
}
END_TEST

/* count methods that take a parameter of the type; if all_differ, one of a type of their own. */
static const struct pm_abi_tree *make_methods(unsigned count, bool all_differ, struct pm_arena *arena, const char *type)
{
    struct pm_buffer buffer = {0};
    pm_buffer_add(&buffer, "plugmgr-abi 1\nroot struct api\n");
    for (unsigned i = 0; i < count && !all_differ; i++)
        add_format(&buffer, "m %u m%u *fn(void;%s)\n", 8 * i, i, type);
    for (unsigned i = 0; i < count && all_differ; i++)
        add_format(&buffer, "m %u m%u *fn(void;*[%u]i8)\n", 8 * i, i, i + 1);
    add_format(&buffer, "end %u\n", 8 * count);
    return parse_buffer(&buffer, arena);
}

static const struct {
    unsigned count;
    bool all_differ;
    size_t lines;
    const char *last;
} beyond[] = {
    {1000, true, 1000, "method m999: parameter 1 changed from f64 to i8 (*)[1000]"},
    {1001, true, 1001, "more differs, which is left out: these are the first 1000 changes"},
    {3000, true, 1001, "more differs, which is left out: these are the first 1000 changes"},
    {1000, false, 1, "method m0: parameter 1 changed from f64 to u32, and so in 999 other places"},
    {1001, false, 2, "more differs, which is left out: these are the first 1000 changes"},
};

START_TEST(changes_beyond_1000_are_said_to_be_left_out)
{
    struct pm_arena arena = {0};
    struct pm_abi_difference difference;
    pm_abi_compare(make_methods(beyond[_i].count, false, &arena, "f64"),
                   make_methods(beyond[_i].count, beyond[_i].all_differ, &arena, "u32"), &arena, &difference);
    ck_assert(difference.is_different);
    ck_assert_uint_eq(difference.line_count, beyond[_i].lines);
    ck_assert_str_eq(difference.lines[difference.line_count - 1], beyond[_i].last);
    pm_arena_free(&arena);
}
END_TEST

/* count members, the ith of type types[i % 2] if it is odd, in their order or the other way round. */
static const struct pm_abi_tree *make_wide(unsigned count, const char *type, bool is_reversed, struct pm_arena *arena)
{
    struct pm_buffer buffer = {0};
    pm_buffer_add(&buffer, "plugmgr-abi 1\nroot struct api\n");
    for (unsigned i = 0; i < count; i++)
        add_format(&buffer, "m %u n%u %s\n", 4 * i, is_reversed ? count - 1 - i : i, type);
    add_format(&buffer, "end %u\n", 4 * count);
    return parse_buffer(&buffer, arena);
}

START_TEST(members_in_reverse_order_are_compared)
{
    struct pm_arena arena = {0};
    struct pm_abi_difference difference;
    const struct pm_abi_tree *from = make_wide(200000, "i32", false, &arena);
    const struct pm_abi_tree *to = make_wide(200000, "i32", true, &arena);
    pm_abi_compare(from, to, &arena, &difference);
    ck_assert(difference.is_different);
    ck_assert_uint_ge(difference.line_count, 1);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(changes_beyond_number_are_not_all_told)
{
    struct pm_arena arena = {0};
    struct pm_abi_difference difference;
    struct pm_buffer from = {0}, to = {0};
    pm_buffer_add(&from, "plugmgr-abi 1\nroot struct api\n");
    pm_buffer_add(&to, "plugmgr-abi 1\nroot struct api\n");
    for (unsigned i = 0; i < 5000; i++) {
        add_format(&from, "m %u n%u *struct s%u\nstruct s%u opaque\n", 8 * i, i, i, i);
        add_format(&to, "m %u n%u *struct s%u\n", 8 * i, i, i);
    }
    pm_buffer_add(&from, "m 40000 last i8\nend 40008\n");
    pm_buffer_add(&to, "m 40000 last u8\nend 40008\n");
    pm_abi_compare(parse_buffer(&from, &arena), parse_buffer(&to, &arena), &arena, &difference);
    ck_assert(difference.is_different);
    ck_assert_uint_eq(difference.opaque_count, 5000);
    ck_assert_str_eq(difference.opaque_tags[4999], "struct s4999");
    ck_assert_str_eq(difference.lines[0], "member 'last' changed from i8 to u8");
    ck_assert_uint_eq(difference.line_count, 902);
    ck_assert_str_eq(difference.lines[901], "more differs, which is left out: these are the first 901 changes");
    pm_abi_compare(make_wide(5000, "*i8", false, &arena), make_wide(5000, "i32", false, &arena), &arena, &difference);
    ck_assert_uint_eq(difference.line_count, 2);
    ck_assert_str_eq(difference.lines[0], "member 'n0' changed from i8 * to i32, and so in 999 other places");
    ck_assert_str_eq(difference.lines[1], "more differs, which is left out: these are the first 1000 changes");
    pm_arena_free(&arena);
}
END_TEST

START_TEST(type_longer_than_a_line_is_cut)
{
    struct pm_arena arena = {0};
    struct pm_abi_difference difference;
    struct pm_buffer from = {0}, to = {0};
    pm_buffer_add(&from, "plugmgr-abi 1\nroot object api *fn(void;i8");
    pm_buffer_add(&to, "plugmgr-abi 1\nroot object api *void\nend 8\n");
    for (unsigned i = 0; i < 5000; i++)
        pm_buffer_add(&from, ",*const i8");
    pm_buffer_add(&from, ")\nend 8\n");
    pm_abi_compare(parse_buffer(&from, &arena), parse_buffer(&to, &arena), &arena, &difference);
    ck_assert_uint_eq(difference.line_count, 1);
    ck_assert_uint_lt(strlen(difference.lines[0]), 500);
    ck_assert_ptr_nonnull(strstr(difference.lines[0], "... to void *"));
    pm_buffer_add(&from, "plugmgr-abi 1\nroot fn api fn(void;)\nend\n");
    pm_buffer_add(&to, "plugmgr-abi 1\nroot fn api fn(void;i8");
    for (unsigned i = 1; i < 5000; i++)
        pm_buffer_add(&to, ",*const i8");
    pm_buffer_add(&to, ")\nend\n");
    pm_abi_compare(parse_buffer(&from, &arena), parse_buffer(&to, &arena), &arena, &difference);
    ck_assert_uint_lt(strlen(difference.lines[0]), 500);
    ck_assert_ptr_nonnull(strstr(difference.lines[0], "function api: parameters 1 to 5000 (i8, const i8 *, "));
    ck_assert_ptr_nonnull(strstr(difference.lines[0], "...) appended"));
    pm_arena_free(&arena);
}
END_TEST

START_TEST(anonymous_types_nested_deep_are_named_to_some_depth)
{
    struct pm_arena arena = {0};
    struct pm_abi_difference difference;
    struct pm_buffer texts[2] = {{0}};
    for (unsigned t = 0; t < 2; t++) {
        pm_buffer_add(&texts[t], "plugmgr-abi 1\nroot struct api\nm 0 a struct @0000000000000000\n");
        for (unsigned i = 0; i < 6; i++)
            add_format(&texts[t], "struct @%016x 4\n 0 m struct @%016x\n", i, i + 1);
        add_format(&texts[t], "struct @%016x 4\n 0 v %s\nend 4\n", 6, t == 0 ? "i32" : "u32");
    }
    pm_abi_compare(parse_buffer(&texts[0], &arena), parse_buffer(&texts[1], &arena), &arena, &difference);
    ck_assert_uint_eq(difference.line_count, 1);
    ck_assert_str_eq(
        difference.lines[0],
        "...: member 'm' (anonymous struct): member 'm' (anonymous struct): member 'm' (anonymous struct): "
        "member 'm' (anonymous struct): member 'v' changed from i32 to u32 (reached by a)");
    pm_arena_free(&arena);
}
END_TEST

/* ---- definitions ---- */

static const struct {
    const char *a, *b, *type;
    enum pm_abi_definition expected;
} definitions[] = {
    {USER("struct user 4\n 0 v u32\n"), USER("struct user 4\n 0 v u32\n"), "struct user", PM_ABI_SAME},
    {USER("struct user 4\n 0 v u32\n"), USER("struct user 4\n 0 v i32\n"), "struct user", PM_ABI_DIFFERENT},
    {USER("struct user 4\n 0 v u32\n"), USER("struct user 8\n 0 v u32\n"), "struct user", PM_ABI_DIFFERENT},
    {USER("struct user 4\n 0 v u32\n"), USER("struct user opaque\n"), "struct user", PM_ABI_ABSENT},
    {USER("struct user opaque\n"), USER("struct user 4\n 0 v u32\n"), "struct user", PM_ABI_ABSENT},
    {USER("struct user 4\n 0 v u32\n"), USER(""), "struct user", PM_ABI_ABSENT},
    {USER("struct user 4\n 0 v u32\n"), USER("struct user 4\n 0 v u32\n"), "union user", PM_ABI_ABSENT},
    {USER("struct user 4\n 0 v u32\n"), USER("struct user 4\n 0 v u32\n"), "struct use", PM_ABI_ABSENT},
    {USER("struct user 4\n 0 v u32\n"), USER("struct user 4\n 0 v u32\n"), "struct user ", PM_ABI_ABSENT},
    {USER("struct user 4\n 0 v u32\n"), USER("struct user 4\n 0 v u32\n"), "*struct user", PM_ABI_ABSENT},
    {USER("struct user 4\n 0 v u32\n"), USER("struct user 4\n 0 v u32\n"), "", PM_ABI_ABSENT},
    /* what else the interfaces hold does not matter */
    {"m 0 a u32\nm 8 b *struct user\nstruct user 4\n 0 v u32\nend 16\n", USER("struct user 4\n 0 v u32\n"),
     "struct user", PM_ABI_SAME},
    /* what the type reaches does */
    {USER("struct user 8\n 0 x *struct x\nstruct x 4\n 0 v u32\n"),
     USER("struct user 8\n 0 x *struct x\nstruct x 4\n 0 v i32\n"), "struct user", PM_ABI_DIFFERENT},
    {USER("struct user 8\n 0 x *struct x\nstruct x 4\n 0 v u32\n"), USER("struct user 8\n 0 x *struct x\n"),
     "struct user", PM_ABI_SAME},
    {USER("struct user 8\n 0 x *struct x\nstruct x 4\n 0 v u32\n"),
     USER("struct user 8\n 0 x *struct x\nstruct x opaque\n"), "struct user", PM_ABI_SAME},
    {USER("struct user 8\n 0 x *struct user\n"), USER("struct user 8\n 0 x *struct user\n"), "struct user",
     PM_ABI_SAME},
    {KIND("enum kind u32\n A=0\n"), KIND("enum kind u32\n A=0\n"), "enum kind", PM_ABI_SAME},
    {KIND("enum kind u32\n A=0\n"), KIND("enum kind u32\n A=0\n B=1\n"), "enum kind", PM_ABI_DIFFERENT},
};

START_TEST(definitions_are_compared)
{
    struct pm_arena arena = {0};
    const struct pm_abi_tree *a = parse(definitions[_i].a, &arena), *b = parse(definitions[_i].b, &arena);
    ck_assert_int_eq(pm_abi_compare_definition(a, b, definitions[_i].type, &arena), definitions[_i].expected);
    ck_assert_int_eq(pm_abi_compare_definition(b, a, definitions[_i].type, &arena), definitions[_i].expected);
    pm_arena_free(&arena);
}
END_TEST

/* ---- reading ---- */

START_TEST(name_of_the_root_is_read)
{
    static const char *const bodies[] = {"root struct one_2\nend 0\n", "root union one_2\nend 0\n",
                                         "root fn one_2 fn(void;)\nend\n", "root object one_2 u8\nend 1\n"};
    struct pm_arena arena = {0};
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(pm_abi_name(parse(bodies[i], &arena)), "one_2");
    pm_arena_free(&arena);
}
END_TEST

START_TEST(signature_of_the_root_is_as_c_has_it)
{
    struct pm_arena arena = {0};
    ck_assert_str_eq(pm_abi_signature(parse("root fn run fn(i32;*struct db,*const i8)\nend\n", &arena), &arena),
                     "i32 (struct db *, const i8 *)");
    ck_assert_str_eq(pm_abi_signature(parse("root object o [4]u8\nend 4\n", &arena), &arena), "u8 [4]");
    ck_assert_ptr_null(pm_abi_signature(parse("end 0\n", &arena), &arena));
    ck_assert_ptr_null(pm_abi_signature(parse("root union u\nend 0\n", &arena), &arena));
    pm_arena_free(&arena);
}
END_TEST

START_TEST(members_of_the_root_are_found)
{
    static const struct {
        const char *name;
        bool is_there;
    } members[] = {{"open", true},    {"close", true}, {"flags", true},  {"low", true}, {"deep", true},
                   {"hidden", false}, {"ope", false},  {"opens", false}, {"-", false},  {"", false}};
    struct pm_arena arena = {0};
    const struct pm_abi_tree *tree = parse("m 0 open *fn(void;)\nm 8 - union @00000000000000aa\n"
                                           "union @00000000000000aa 4\n 0 flags u32\n 0 - struct @00000000000000bb\n"
                                           "struct @00000000000000bb 4\n 0 low u16\n 2 - struct @00000000000000cc\n"
                                           "struct @00000000000000cc 2\n 0 deep u16\n"
                                           "m 16 close *fn(void;*struct x)\nstruct x 4\n 0 hidden u32\nend 24\n",
                                           &arena);
    for (int i = 0; i < COUNT(members); i++)
        ck_assert_msg(pm_abi_has_member(tree, members[i].name) == members[i].is_there, "%s", members[i].name);
    ck_assert(!pm_abi_has_member(parse("root fn f fn(void;)\nend\n", &arena), "f"));
    pm_arena_free(&arena);
}
END_TEST

/* Anonymous members, each twice in the one before: 2^60 ways to look for a name. */
START_TEST(members_in_anonymous_ones_beyond_number_are_not_looked_for)
{
    struct pm_arena arena = {0};
    struct pm_buffer text = {0};
    pm_buffer_add(&text, "plugmgr-abi 1\nroot struct api\nm 0 - struct @0000000000000000\n");
    for (unsigned i = 0; i < 60; i++)
        add_format(&text, "struct @%016x 8\n 0 - struct @%016x\n 0 - struct @%016x\n", i, i + 1, i + 1);
    pm_buffer_add(&text, "end 8\n");
    ck_assert(!pm_abi_has_member(parse_buffer(&text, &arena), "x"));
    pm_arena_free(&arena);
}
END_TEST

#define HEAD "plugmgr-abi 1\n"
#define ROOT HEAD "root struct api\n"

static const struct {
    const char *text, *problem;
} malformed[] = {
    {"", "line 1: the text is empty"},
    {"\n", "line 1: not the beginning of a text: 'plugmgr-abi 1' is expected"},
    {"plugmgr-abi 2\n", "line 1: not the beginning of a text: 'plugmgr-abi 1' is expected"},
    {"plugmgr-abi 1", "line 1: cut off: its end is missing"},
    {"plugmgr-abi 1\r\n", "line 1: a control character; lines end in a line feed alone"},
    {"# comment\n" ROOT "end 0\n", "line 1: not the beginning of a text: 'plugmgr-abi 1' is expected"},
    {HEAD, "line 2: the text stops before its line 'end'"},
    {ROOT, "line 3: the text stops before its line 'end'"},
    {ROOT "end 0\n\n", "line 4: something stands behind the line 'end'"},
    {ROOT "end 0", "line 3: cut off: its end is missing"},
    {ROOT "\nend 0\n", "line 3: not a line of a canonical text"},
    {ROOT "# comment\nend 0\n", "line 3: not a line of a canonical text"},
    {ROOT "m 0\ta u8\nend 1\n", "line 3: a control character; lines end in a line feed alone"},
    {ROOT "m 0 a\x7f u8\nend 1\n", "line 3: a control character; lines end in a line feed alone"},
    /* root */
    {HEAD "end 0\n", "line 2: not the root of an interface"},
    {HEAD "root class api\nend 0\n", "line 2: not the root of an interface"},
    {HEAD "root struct\nend 0\n", "line 2: not the root of an interface"},
    {HEAD "root struct 1a\nend 0\n", "line 2: not the name of an interface"},
    {HEAD "root struct a b\nend 0\n", "line 2: not the name of an interface"},
    {HEAD "root struct a::b\nend 0\n", "line 2: not the name of an interface"},
    {HEAD "root fn f\nend\n", "line 2: not the name of an interface"},
    {HEAD "root fn f int\nend\n", "line 2: not a type, or one nested too deep, at column 11"},
    {ROOT "root struct api\nend 0\n", "line 3: not a line of a canonical text"},
    /* end */
    {ROOT "end\n", "line 3: not the end of a text"},
    {ROOT "end x\n", "line 3: not the end of a text"},
    {ROOT "end 8 a\n", "line 3: not the end of a text"},
    {ROOT "end 8 a0\n", "line 3: not the end of a text"},
    {ROOT "end 8 a16 \n", "line 3: not the end of a text"},
    {ROOT "ending\n", "line 3: not the end of a text"},
    {HEAD "root fn f fn(void;)\nend 8\n", "line 3: not the end of a text"},
    {HEAD "root object o u8\nend\n", "line 3: not the end of a text"},
    /* members */
    {ROOT "m a u8\nend 1\n", "line 3: not the offset of a member"},
    {ROOT "m -1 a u8\nend 1\n", "line 3: not the offset of a member"},
    {ROOT "m 01 a u8\nend 1\n", "line 3: not the offset of a member"},
    {ROOT "m 0\nend 1\n", "line 3: not the offset of a member"},
    {ROOT "m 576460752303423488 a u8\nend 1\n", "line 3: not the offset of a member"},
    {ROOT "m 18446744073709551616 a u8\nend 1\n", "line 3: not the offset of a member"},
    {ROOT "m 0.8:1 a u8\nend 1\n", "line 3: not the place of a bit-field"},
    {ROOT "m 0.0:0 a u8\nend 1\n", "line 3: not the place of a bit-field"},
    {ROOT "m 0.0:1025 a u8\nend 1\n", "line 3: not the place of a bit-field"},
    {ROOT "m 0.0 a u8\nend 1\n", "line 3: not the place of a bit-field"},
    {ROOT "m 0 a\nend 1\n", "line 3: not the name of a member"},
    {ROOT "m 0 -a u8\nend 1\n", "line 3: not the name of a member"},
    {ROOT "m 0 a-b u8\nend 1\n", "line 3: not the name of a member"},
    {ROOT "m 0 a\xff u8\nend 1\n", "line 3: not the name of a member"},
    {ROOT "m 0 a\xc2\x80 u8\nend 1\n", "line 3: not the name of a member"},
    {ROOT "m 0  u8\nend 1\n", "line 3: not the name of a member"},
    {ROOT "m 0 a u8\nm 1 b u8\nm 2 a u8\nend 3\n", "line 5: a second member of the name a"},
    {ROOT "struct x 2\n 0 b u8\n 1 b u8\nend 0\n", "line 5: a second member of the name b"},
    {ROOT "enum x u8\n A=0\n A=1\nend 0\n", "line 5: a second member of the name A"},
    {ROOT " 0 a u8\nend 1\n", "line 3: a member that no struct, union or enum has"},
    {ROOT "struct x opaque\n 0 a u8\nend 1\n", "line 4: a member that no struct, union or enum has"},
    {ROOT "struct x 4\nm 0 a u8\n 0 a u8\nend 1\n", "line 5: a member that no struct, union or enum has"},
    {HEAD "root fn f fn(void;)\nm 0 a u8\nend\n", "line 3: a member of what is neither struct nor union"},
    /* blocks */
    {ROOT "struct x\nend 0\n", "line 3: not the tag of a type"},
    {ROOT "struct  4\nend 0\n", "line 3: not the tag of a type"},
    {ROOT "struct x< 4\nend 0\n", "line 3: not the tag of a type"},
    {ROOT "struct x:y 4\nend 0\n", "line 3: not the tag of a type"},
    {ROOT "struct x:: 4\nend 0\n", "line 3: not the tag of a type"},
    {ROOT "struct @0123 4\nend 0\n", "line 3: not the tag of a type"},
    {ROOT "struct @0123456789abcdeF 4\nend 0\n", "line 3: not the tag of a type"},
    {ROOT "struct @0123456789abcdef0 4\nend 0\n", "line 3: not the tag of a type"},
    {ROOT "struct x 4 \nend 0\n", "line 3: neither a size nor opaque"},
    {ROOT "struct x opaque \nend 0\n", "line 3: neither a size nor opaque"},
    {ROOT "struct x 4 a0\nend 0\n", "line 3: neither a size nor opaque"},
    {ROOT "struct x 99999999999999999999\nend 0\n", "line 3: neither a size nor opaque"},
    {ROOT "enum x 4\nend 0\n", "line 3: neither an underlying type nor opaque"},
    {ROOT "enum x u32 \nend 0\n", "line 3: neither an underlying type nor opaque"},
    {ROOT "enum x u32\n A\nend 0\n", "line 4: not an enumerator NAME=value"},
    {ROOT "enum x u32\n =1\nend 0\n", "line 4: not an enumerator NAME=value"},
    {ROOT "enum x u32\n A=\nend 0\n", "line 4: not the value of an enumerator"},
    {ROOT "enum x u32\n A=-0\nend 0\n", "line 4: not the value of an enumerator"},
    {ROOT "enum x u32\n A=1 \nend 0\n", "line 4: not the value of an enumerator"},
    {ROOT "enum x u32\n A=18446744073709551616\nend 0\n", "line 4: not the value of an enumerator"},
    {ROOT "enum x u32\n A=-9223372036854775809\nend 0\n", "line 4: not the value of an enumerator"},
    {ROOT "struct x 4\nstruct y 4\nstruct x 4\nend 0\n", "line 5: a second block of the tag x"},
    {ROOT "struct x 4\nstruct x opaque\nend 0\n", "line 4: a second block of the tag x"},
    {ROOT "class x 4\nend 0\n", "line 3: not a line of a canonical text"},
    /* types */
    {ROOT "m 0 a \nend 0\n", "line 3: not a type, or one nested too deep, at column 7"},
    {ROOT "m 0 a int\nend 0\n", "line 3: not a type, or one nested too deep, at column 7"},
    {ROOT "m 0 a u\nend 0\n", "line 3: not a type, or one nested too deep, at column 7"},
    {ROOT "m 0 a u0\nend 0\n", "line 3: not a type, or one nested too deep, at column 7"},
    {ROOT "m 0 a u8 \nend 0\n", "line 3: not a type, or one nested too deep, at column 9"},
    {ROOT "m 0 a *\nend 0\n", "line 3: not a type, or one nested too deep, at column 8"},
    {ROOT "m 0 a [4\nend 0\n", "line 3: not a type, or one nested too deep, at column 7"},
    {ROOT "m 0 a [-1]u8\nend 0\n", "line 3: not a type, or one nested too deep, at column 7"},
    {ROOT "m 0 a vec[]u8\nend 0\n", "line 3: not a type, or one nested too deep, at column 7"},
    {ROOT "m 0 a const const u8\nend 0\n", "line 3: not a type, or one nested too deep, at column 13"},
    {ROOT "m 0 a volatile const u8\nend 0\n", "line 3: not a type, or one nested too deep, at column 16"},
    {ROOT "m 0 a struct x#\nend 0\n", "line 3: not a type, or one nested too deep, at column 7"},
    {ROOT "m 0 a struct\nend 0\n", "line 3: not a type, or one nested too deep, at column 7"},
    {ROOT "m 0 a *fn(\nend 0\n", "line 3: not a type, or one nested too deep, at column 11"},
    {ROOT "m 0 a *fn(void)\nend 0\n", "line 3: not a type, or one nested too deep, at column 15"},
    {ROOT "m 0 a *fn(void;u8,)\nend 0\n", "line 3: not a type, or one nested too deep, at column 19"},
    {ROOT "m 0 a *fn(void;...,u8)\nend 0\n", "line 3: not a type, or one nested too deep, at column 19"},
    {ROOT "m 0 a *fn(void;u8,?)\nend 0\n", "line 3: not a type, or one nested too deep, at column 19"},
    {ROOT "m 0 a *fn(void;))\nend 0\n", "line 3: not a type, or one nested too deep, at column 17"},
    {ROOT "m 0 a *fn(;)\nend 0\n", "line 3: not a type, or one nested too deep, at column 11"},
};

/* Memory of exactly its size: what is read behind it shows under AddressSanitizer. */
static int parse_copy(const char *text, size_t size, struct pm_problem *ret_problem)
{
    const struct pm_abi_tree *tree;
    struct pm_arena arena = {0};
    char *copy = malloc(size + 1);
    memcpy(copy, text, size);
    copy[size] = '\0';
    int result = pm_abi_parse(copy, &arena, &tree, ret_problem);
    ck_assert(!arena.failed);
    free(copy);
    pm_arena_free(&arena);
    return result;
}

START_TEST(malformed_text_is_told_with_its_line)
{
    struct pm_problem problem = {.code = PM_CODES};
    const char *text = malformed[_i].text;
    ck_assert_msg(parse_copy(text, strlen(text), &problem) == -1, "%s", text);
    ck_assert_int_eq(problem.code, PM_ABI_MALFORMED);
    ck_assert_msg(strcmp(problem.detail, malformed[_i].problem) == 0, "%s--- %s", text, problem.detail);
}
END_TEST

/* All that a text can hold. */
static const char full[] = HEAD "root struct api\n"
                                "m 0 open const *fn(*struct ns::file;*const volatile i8,enum mode,...)\n"
                                "struct ns::file 40 a16\n"
                                " 0 name *const i8\n"
                                " 8.0:3 flags u32\n"
                                " 8.3:5 more u32\n"
                                " 12 - union @0123456789abcdef\n"
                                " 16 f f128ieee\n"
                                " 32 at [2][4]struct point\n"
                                "enum mode i32\n"
                                " NONE=-1\n"
                                " READ=0\n"
                                "union @0123456789abcdef 4\n"
                                " 0 a atomic u32\n"
                                " 0 b vec[4]i8\n"
                                "struct point 4\n"
                                " 0 x$1 i16\n"
                                " 2 \xc3\xa9t\xc2\xa0\xc3\xa9 i16\n"
                                "m 8 log struct log#16\n"
                                "m 24 each *fn(void;*fn(b8;va_list,c64),*struct opaque,*struct api,[]u8)\n"
                                "struct opaque opaque\n"
                                "m 32 old *fn(i32;?)\n"
                                "m 40.0:1 bit u8\n"
                                "end 48 a16\n";

START_TEST(text_with_everything_is_read)
{
    struct pm_problem problem = {.detail = ""};
    int result = parse_copy(full, strlen(full), &problem);
    ck_assert_msg(result == 0, "%s", problem.detail);
}
END_TEST

START_TEST(text_cut_at_every_length_is_malformed)
{
    for (size_t size = 0; size < strlen(full); size++) {
        struct pm_problem problem = {.code = PM_CODES};
        ck_assert_msg(parse_copy(full, size, &problem) == -1, "%zu", size);
        ck_assert_int_eq(problem.code, PM_ABI_MALFORMED);
        ck_assert_int_eq(strncmp(problem.detail, "line ", 5), 0);
    }
}
END_TEST

/* Whatever byte is another: nothing is read beyond, and what is still a text compares with itself as equal. */
START_TEST(text_with_any_byte_changed_is_read_or_malformed)
{
    static const char others[] = " \n0a-@#()[];:,.*?=\xff\x01";
    char text[sizeof(full)];
    for (size_t at = 0; at < strlen(full); at++)
        for (size_t i = 0; i < strlen(others); i++) {
            const struct pm_abi_tree *tree;
            struct pm_arena arena = {0};
            struct pm_problem problem;
            struct pm_abi_difference difference = {0};
            memcpy(text, full, sizeof(full));
            text[at] = others[i];
            if (pm_abi_parse(text, &arena, &tree, &problem) == 0)
                pm_abi_compare(tree, tree, &arena, &difference);
            else
                ck_assert_int_eq(problem.code, PM_ABI_MALFORMED);
            ck_assert_msg(!difference.is_different && difference.line_count == 0, "%s", text);
            pm_arena_free(&arena);
        }
}
END_TEST

/* 63 levels around a leaf, and 64. */
START_TEST(type_nested_too_deep_is_malformed)
{
    static const char *const levels[][2] = {{"*", ""}, {"[2]", ""}, {"fn(", ";)"}, {"fn(void;", ")"}};
    for (size_t kind = 0; kind < 4; kind++)
        for (unsigned depth = 63; depth <= 64; depth++) {
            struct pm_buffer text = {0};
            struct pm_problem problem = {.detail = ""};
            pm_buffer_add(&text, HEAD "root object o ");
            for (unsigned i = 0; i < depth; i++)
                pm_buffer_add(&text, levels[kind][0]);
            pm_buffer_add(&text, "u8");
            for (unsigned i = 0; i < depth; i++)
                pm_buffer_add(&text, levels[kind][1]);
            pm_buffer_add(&text, "\nend 8\n");
            int result = parse_copy(text.data, text.size, &problem);
            ck_assert_msg(result == (depth == 63 ? 0 : -1), "%zu, %u: %s", kind, depth, problem.detail);
            free(text.data);
        }
}
END_TEST

START_TEST(deepest_types_are_compared_and_told)
{
    struct pm_arena arena = {0};
    struct pm_buffer texts[2] = {{0}};
    struct pm_abi_difference difference;
    for (unsigned t = 0; t < 2; t++) {
        pm_buffer_add(&texts[t], HEAD "root object o ");
        for (unsigned i = 0; i < 63; i++)
            pm_buffer_add(&texts[t], "fn(void;");
        pm_buffer_add(&texts[t], t == 0 ? "u8" : "i8");
        for (unsigned i = 0; i < 63; i++)
            pm_buffer_add(&texts[t], ")");
        pm_buffer_add(&texts[t], "\nend 8\n");
    }
    pm_abi_compare(parse_buffer(&texts[0], &arena), parse_buffer(&texts[1], &arena), &arena, &difference);
    ck_assert_uint_eq(difference.line_count, 1);
    ck_assert_ptr_nonnull(strstr(difference.lines[0], "its parameter 1 changed from u8 to i8"));
    pm_arena_free(&arena);
}
END_TEST

START_TEST(text_larger_than_16_mib_is_malformed)
{
    static const char problem_text[] = "larger than 16 MiB";
    struct pm_problem problem;
    struct pm_arena arena = {0};
    struct pm_abi_entry *entries;
    size_t count, size = (16u << 20) + 1;
    char *text = malloc(size + 1);
    memset(text, '\n', size);
    text[size] = '\0';
    ck_assert_int_eq(parse_copy(text, size, &problem), -1);
    ck_assert_str_eq(problem.detail, problem_text);
    ck_assert_int_eq(pm_abi_read_lock(text, size, &arena, &entries, &count, &problem), -1);
    ck_assert_str_eq(problem.detail, problem_text);
    ck_assert_int_eq(pm_abi_read_lock(text, size - 1, &arena, &entries, &count, &problem), 0);
    ck_assert_uint_eq(count, 0);
    ck_assert_int_eq(parse_copy(text, size - 1, &problem), -1);
    ck_assert_str_ne(problem.detail, problem_text);
    free(text);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(name_of_more_than_1000_bytes_is_malformed)
{
    char name[1002], text[2000];
    struct pm_problem problem = {.detail = ""};
    memset(name, 'a', sizeof(name));
    for (size_t length = 1000; length <= 1001; length++) {
        int size = snprintf(text, sizeof(text), ROOT "m 0 %.*s u8\nend 1\n", (int)length, name);
        ck_assert_int_eq(parse_copy(text, (size_t)size, &problem), length == 1000 ? 0 : -1);
        size = snprintf(text, sizeof(text), ROOT "struct a::%.*s 4\nend 1\n", (int)length - 3, name);
        ck_assert_int_eq(parse_copy(text, (size_t)size, &problem), length == 1000 ? 0 : -1);
    }
}
END_TEST

/* ---- lock files ---- */

static int read_lock(const char *bytes, size_t size, struct pm_arena *arena, struct pm_abi_entry **ret_entries,
                     size_t *ret_count, struct pm_problem *ret_problem)
{
    char *copy = malloc(size + (size == 0));
    memcpy(copy, bytes, size);
    int result = pm_abi_read_lock(copy, size, arena, ret_entries, ret_count, ret_problem);
    free(copy);
    return result;
}

#define TEXT_A HEAD "root struct a\nm 0 v u8\nend 1\n"
#define TEXT_B HEAD "root fn b fn(void;)\nend\n"

static const char lock[] = "# plugpin --dump\n\ninterface a 1.0\n" TEXT_A "\n# bare\n" TEXT_B "interface a 1.12\n" HEAD
                           "# in the midst\n\nroot struct a\nm 0 v u8\n#\nend 1\n";

START_TEST(lock_file_is_read)
{
    struct pm_arena arena = {0};
    struct pm_abi_entry *entries = NULL;
    struct pm_problem problem = {.detail = ""};
    size_t count = 0;
    int result = read_lock(lock, strlen(lock), &arena, &entries, &count, &problem);
    ck_assert_msg(result == 0, "%s", problem.detail);
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(entries[0].name, "a");
    ck_assert(entries[0].has_version);
    ck_assert_uint_eq(entries[0].major, 1);
    ck_assert_uint_eq(entries[0].minor, 0);
    ck_assert_str_eq(entries[0].text, TEXT_A);
    ck_assert_str_eq(entries[1].name, "b");
    ck_assert(!entries[1].has_version);
    ck_assert_str_eq(entries[1].text, TEXT_B);
    ck_assert_uint_eq(entries[2].minor, 12);
    ck_assert_str_eq(entries[2].text, TEXT_A);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(versions_of_one_interface_stand_side_by_side)
{
    static const char bytes[] = "interface a 1.0\n" TEXT_A "interface a 2.0\n" TEXT_A TEXT_A "interface a 0.0\n" TEXT_A;
    struct pm_arena arena = {0};
    struct pm_abi_entry *entries;
    struct pm_problem problem = {.detail = ""};
    size_t count = 0;
    int result = read_lock(bytes, strlen(bytes), &arena, &entries, &count, &problem);
    ck_assert_msg(result == 0, "%s", problem.detail);
    ck_assert_uint_eq(count, 4);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(lock_file_cut_at_every_length_is_whole_entries_or_malformed)
{
    size_t wholes = 0;
    for (size_t size = 0; size < strlen(lock); size++) {
        struct pm_arena arena = {0};
        struct pm_abi_entry *entries = NULL;
        struct pm_problem problem = {.code = PM_CODES};
        size_t count = 100;
        int result = read_lock(lock, size, &arena, &entries, &count, &problem);
        if (result == 0) {
            ck_assert(size == 0 || lock[size - 1] == '\n');
            ck_assert_uint_le(count, 2);
            wholes++;
        } else {
            ck_assert_int_eq(problem.code, PM_ABI_MALFORMED);
            ck_assert_uint_eq(count, 100);
            ck_assert_ptr_null(entries);
        }
        pm_arena_free(&arena);
    }
    ck_assert_uint_eq(wholes, 7); /* nothing; behind each line that is skipped, and each text */
}
END_TEST

static const struct {
    const char *bytes, *problem;
} wrong_locks[] = {
    {"interface a 1.0\n", "line 2: an interface without a text"},
    {"\n# c\ninterface a 1.0\ninterface a 1.0\n" TEXT_A,
     "line 4: not the beginning of a text: 'plugmgr-abi 1' is expected"},
    {"interface a\n" TEXT_A, "line 1: not 'interface NAME MAJOR.MINOR'"},
    {"interface a 1\n" TEXT_A, "line 1: not 'interface NAME MAJOR.MINOR'"},
    {"interface a 1.10000\n" TEXT_A, "line 1: not 'interface NAME MAJOR.MINOR'"},
    {"interface  1.0\n" TEXT_A, "line 1: not 'interface NAME MAJOR.MINOR'"},
    {"interface a 1.0 \n" TEXT_A, "line 1: not 'interface NAME MAJOR.MINOR'"},
    {"interface b 1.0\n" TEXT_A, "line 5: the text is that of another interface than the line before it says"},
    {TEXT_A "\n#\n" TEXT_B "x\n", "line 10: not the beginning of a text: 'plugmgr-abi 1' is expected"},
    {"#\n" HEAD "#\nroot struct a\n#\nm 0 v int\nend 1\n", "line 6: not a type, or one nested too deep, at column 7"},
    {"interface a 1.0\n" TEXT_A "interface a 1.0\n" TEXT_A, "two texts for one version of a"},
    {TEXT_B TEXT_A TEXT_B, "two texts for one version of b"},
    {"interface a 2.1\n" TEXT_A "interface a 1.1\n" TEXT_A TEXT_A "interface a 2.1\n" TEXT_A,
     "two texts for one version of a"},
    {"interface a 1.0\n" TEXT_A "# cut", "line 6: cut off: its end is missing"},
};

START_TEST(wrong_lock_file_is_malformed)
{
    struct pm_arena arena = {0};
    struct pm_abi_entry *entries;
    struct pm_problem problem = {.code = PM_CODES};
    size_t count;
    const char *bytes = wrong_locks[_i].bytes;
    ck_assert_int_eq(read_lock(bytes, strlen(bytes), &arena, &entries, &count, &problem), -1);
    ck_assert_int_eq(problem.code, PM_ABI_MALFORMED);
    ck_assert_str_eq(problem.detail, wrong_locks[_i].problem);
    pm_arena_free(&arena);
}
END_TEST

START_TEST(lock_file_with_a_nul_byte_is_malformed)
{
    static const char bytes[] = "interface a 1.0\n" HEAD "root struct a\0\nend 0\n";
    struct pm_arena arena = {0};
    struct pm_abi_entry *entries;
    struct pm_problem problem;
    size_t count;
    ck_assert_int_eq(read_lock(bytes, sizeof(bytes) - 1, &arena, &entries, &count, &problem), -1);
    ck_assert_str_eq(problem.detail, "line 3: a NUL byte");
    pm_arena_free(&arena);
}
END_TEST

START_TEST(lock_file_of_many_entries_is_read)
{
    struct pm_arena arena = {0};
    struct pm_abi_entry *entries;
    struct pm_problem problem = {.detail = ""};
    struct pm_buffer bytes = {0};
    size_t count;
    for (unsigned i = 0; i < 50000; i++)
        add_format(&bytes, "interface i%u 1.0\n" HEAD "root struct i%u\nend 0\n", i, i);
    int result = pm_abi_read_lock(bytes.data, bytes.size, &arena, &entries, &count, &problem);
    ck_assert_msg(result == 0, "%s", problem.detail);
    ck_assert_uint_eq(count, 50000);
    ck_assert_str_eq(entries[49999].name, "i49999");
    free(bytes.data);
    pm_arena_free(&arena);
}
END_TEST

/* ---- out of memory ---- */

/* What comes of all that the module does. */
struct outcome {
    struct pm_problem problem; /* of what could not be read */
    struct pm_abi_difference difference;
    enum pm_abi_definition definition;
    size_t lock_entries;
};

/* true: nothing failed. No assertion within: they allocate memory, too. */
static bool run_all(const char *other, struct pm_arena *arena, struct outcome *ret_outcome)
{
    const struct pm_abi_tree *from, *to;
    struct pm_abi_entry *entries;
    if (pm_abi_parse(full, arena, &from, &ret_outcome->problem) < 0 ||
        pm_abi_parse(other, arena, &to, &ret_outcome->problem) < 0)
        return false;
    pm_abi_compare(from, to, arena, &ret_outcome->difference);
    if (arena->failed)
        return false;
    ret_outcome->definition = pm_abi_compare_definition(from, to, "struct ns::file", arena);
    if (arena->failed)
        return false;
    if (pm_abi_parse(TEXT_B, arena, &from, &ret_outcome->problem) < 0)
        return false;
    pm_abi_signature(from, arena);
    if (arena->failed)
        return false;
    return pm_abi_read_lock(lock, strlen(lock), arena, &entries, &ret_outcome->lock_entries, &ret_outcome->problem) ==
           0;
}

/* The full text with changes of many kinds. */
static void change_text(char other[sizeof(full)])
{
    static const char *const changes[][2] = {
        {" READ", " MORE"},           {"struct opaque", "struct opaqu2"}, {" u8)", " i8)"},
        {"m 32 old", "m 36 odd"},     {" 2 \xc3\xa9t", " 3 \xc3\xa9t"},   {"(b8;va", "(f8;va"},
        {"12 - union", "14 - union"}, {"0 a atomic", "0 c atomic"},       {"8.0:3", "8.0:2"}};
    memcpy(other, full, sizeof(full));
    for (int i = 0; i < COUNT(changes); i++) {
        char *at = strstr(other, changes[i][0]);
        if (at != NULL)
            memcpy(at, changes[i][1], strlen(changes[i][1]));
    }
}

START_TEST(allocation_that_fails_is_remembered)
{
    char other[sizeof(full)], expected[ROOM], text[ROOM];
    bool is_done = false;
    struct pm_arena arena = {0};
    struct outcome outcome = {.problem.code = PM_CODES};
    change_text(other);
    ck_assert_msg(run_all(other, &arena, &outcome), "%s", outcome.problem.detail);
    join(outcome.difference.lines, outcome.difference.line_count, expected);
    ck_assert_uint_ge(outcome.difference.line_count, 6);
    ck_assert_int_eq(outcome.definition, PM_ABI_DIFFERENT);
    pm_arena_free(&arena);
    for (size_t nth = 1; !is_done; nth++) {
        arena = (struct pm_arena){0};
        outcome = (struct outcome){.problem.code = PM_CODES};
        if (_i == 1)
            fail_allocation_once(nth);
        else
            fail_allocation(nth);
        bool is_whole = run_all(other, &arena, &outcome);
        fail_allocation(0);
        is_done = !fail_allocation_happened();
        ck_assert_msg(is_whole == is_done, "%zu", nth);
        ck_assert_msg(is_whole || arena.failed || outcome.problem.code == PM_OUT_OF_MEMORY, "%zu", nth);
        if (is_whole)
            ck_assert_str_eq(join(outcome.difference.lines, outcome.difference.line_count, text), expected);
        pm_arena_free(&arena);
    }
}
END_TEST

static Suite *abi_suite(void)
{
    Suite *suite = suite_create("abi");
    TCase *compared = tcase_create("compared"), *read = tcase_create("read"), *locks = tcase_create("locks");
    tcase_set_timeout(compared, 60);
    tcase_add_loop_test(compared, pair_of_texts_differs_as_said, 0, COUNT(rows));
    tcase_add_loop_test(compared, pair_of_texts_differs_the_other_way_round, 0, COUNT(rows));
    tcase_add_loop_test(compared, text_and_itself_do_not_differ, 0, COUNT(rows));
    tcase_add_test(compared, chain_of_100000_structs_is_compared_to_its_end);
    tcase_add_loop_test(compared, changes_beyond_1000_are_said_to_be_left_out, 0, COUNT(beyond));
    tcase_add_test(compared, tangle_of_anonymous_structs_is_compared);
    tcase_add_test(compared, tangle_beyond_measure_is_different);
    tcase_add_test(compared, members_in_reverse_order_are_compared);
    tcase_add_test(compared, changes_beyond_number_are_not_all_told);
    tcase_add_test(compared, type_longer_than_a_line_is_cut);
    tcase_add_test(compared, anonymous_types_nested_deep_are_named_to_some_depth);
    tcase_add_test(compared, deepest_types_are_compared_and_told);
    tcase_add_loop_test(compared, definitions_are_compared, 0, COUNT(definitions));
    suite_add_tcase(suite, compared);
    tcase_set_timeout(read, 60);
    tcase_add_test(read, name_of_the_root_is_read);
    tcase_add_test(read, signature_of_the_root_is_as_c_has_it);
    tcase_add_test(read, members_of_the_root_are_found);
    tcase_add_test(read, members_in_anonymous_ones_beyond_number_are_not_looked_for);
    tcase_add_loop_test(read, malformed_text_is_told_with_its_line, 0, COUNT(malformed));
    tcase_add_test(read, text_with_everything_is_read);
    tcase_add_test(read, text_cut_at_every_length_is_malformed);
    tcase_add_test(read, text_with_any_byte_changed_is_read_or_malformed);
    tcase_add_test(read, type_nested_too_deep_is_malformed);
    tcase_add_test(read, text_larger_than_16_mib_is_malformed);
    tcase_add_test(read, name_of_more_than_1000_bytes_is_malformed);
    suite_add_tcase(suite, read);
    tcase_set_timeout(locks, 60);
    tcase_add_test(locks, lock_file_is_read);
    tcase_add_test(locks, versions_of_one_interface_stand_side_by_side);
    tcase_add_test(locks, lock_file_cut_at_every_length_is_whole_entries_or_malformed);
    tcase_add_loop_test(locks, wrong_lock_file_is_malformed, 0, COUNT(wrong_locks));
    tcase_add_test(locks, lock_file_with_a_nul_byte_is_malformed);
    tcase_add_test(locks, lock_file_of_many_entries_is_read);
    tcase_add_loop_test(locks, allocation_that_fails_is_remembered, 0, 2);
    suite_add_tcase(suite, locks);
    return suite;
}

int main(void)
{
    return run_suite(abi_suite());
}
