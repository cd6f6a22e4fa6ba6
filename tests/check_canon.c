/* SPDX-License-Identifier: MIT */
/* Graphs of types to canonical texts: each rule of docs/fingerprint.md, each message, and graphs that no compiler
 * makes. */
#include "abi.h"
#include "canon.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "failalloc.h"
#include "suite.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define MEMBERS(...)                                                                                                   \
    .members = (struct type_member[]){__VA_ARGS__}, .member_count = COUNT(((struct type_member[]){__VA_ARGS__}))
#define VALUES(...)                                                                                                    \
    .enumerators = (struct type_enumerator[]){__VA_ARGS__},                                                            \
    .enumerator_count = COUNT(((struct type_enumerator[]){__VA_ARGS__}))
#define TAKES(...)                                                                                                     \
    .parameters = (struct type *[]){__VA_ARGS__}, .parameter_count = COUNT(((struct type *[]){__VA_ARGS__}))
#define POINTER(to)                                                                                                    \
    {                                                                                                                  \
        .kind = TYPE_POINTER, .target = (to)                                                                           \
    }
#define DECLARED(tag)                                                                                                  \
    {                                                                                                                  \
        .kind = TYPE_STRUCT, .name = (tag), .is_declaration = true                                                     \
    }

static struct type nothing = {.kind = TYPE_VOID};
static struct type i8 = {.kind = TYPE_BASE, .name = "i8", .size = 1};
static struct type u8 = {.kind = TYPE_BASE, .name = "u8", .size = 1};
static struct type i32 = {.kind = TYPE_BASE, .name = "i32", .size = 4};
static struct type u32 = {.kind = TYPE_BASE, .name = "u32", .size = 4};
static struct type i64 = {.kind = TYPE_BASE, .name = "i64", .size = 8};
static struct type f128 = {.kind = TYPE_BASE, .name = "f128", .size = 16};
static struct type arguments = {.kind = TYPE_VA_LIST};
static struct type const_i8 = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_CONST, .target = &i8};
static struct type text_pointer = POINTER(&const_i8);
static struct type unusable = {.kind = TYPE_UNSUPPORTED, .name = "an odd thing: use an even one"};

/* ---- the frame ---- */

static struct pm_arena arena;
static struct canon_text text;
static const char *problem;

static void start(void)
{
    arena = (struct pm_arena){0};
    text = (struct canon_text){0};
    problem = NULL;
}

static void stop(void)
{
    pm_arena_free(&arena);
}

static struct type_interface interface_of(const char *name, struct type *type, const char *where)
{
    return (struct type_interface){.name = name, .major = 1, .type = type, .where = where};
}

static struct type_graph graph_of(struct type_interface *interfaces, size_t count)
{
    return (struct type_graph){.interfaces = interfaces, .interface_count = count, .word_size = 8};
}

/* The interface `x` 1.0. */
static enum canon_result write_x(struct type_graph *graph)
{
    return canon_write(graph, "x", 1, 0, false, &arena, &text, &problem);
}

static enum canon_result write_root(struct type *root)
{
    struct type_interface interface = interface_of("x", root, "x.o");
    struct type_graph graph = graph_of(&interface, 1);
    return write_x(&graph);
}

/* Whatever is written can be read. */
static void expect_readable(void)
{
    const struct pm_abi_tree *tree;
    struct pm_problem unread = {0};
    ck_assert_msg(pm_abi_parse(text.text, &arena, &tree, &unread) == 0, "%s", unread.detail);
}

static void expect_done(enum canon_result result, const char *expected)
{
    ck_assert_msg(result == CANON_DONE, "result %d: %s", result, problem != NULL ? problem : "");
    ck_assert_str_eq(text.text, expected);
    ck_assert_uint_eq(text.size, strlen(expected));
    expect_readable();
}

static void expect_problem(enum canon_result result, const char *expected)
{
    ck_assert_int_eq(result, CANON_NOT_REPRESENTABLE);
    ck_assert_str_eq(problem, expected);
}

static void expect_text(struct type *root, const char *expected)
{
    expect_done(write_root(root), expected);
}

/* A struct with one member `m` of the type, and what its text says of it. */
static void expect_member(struct type *type, const char *expected)
{
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 64, MEMBERS({.name = "m", .type = type})};
    const char *whole = pm_arena_join(&arena, "plugmgr-abi 1\nroot struct x\nm 0 m ", expected, "\nend 64\n", NULL);
    expect_text(&root, whole);
}

static void expect_member_problem(struct type *type, const char *expected)
{
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 64, MEMBERS({.name = "m", .type = type})};
    expect_problem(write_root(&root), pm_arena_join(&arena, "interface x: ", expected, NULL));
}

/* ---- roots ---- */

START_TEST(root_struct_of_methods_gives_its_members_in_order)
{
    struct type user = {.kind = TYPE_STRUCT,
                        .name = "user",
                        .size = 16,
                        MEMBERS({.name = "name", .type = &text_pointer}, {.name = "uid", .type = &u32, .offset = 8})};
    struct type db = DECLARED("user_db"), db_pointer = POINTER(&db), user_pointer = POINTER(&user);
    struct type find = {.kind = TYPE_FUNCTION, .target = &user_pointer, TAKES(&db_pointer, &text_pointer)};
    struct type drop = {.kind = TYPE_FUNCTION, .target = &nothing, TAKES(&user_pointer)};
    struct type find_pointer = POINTER(&find), drop_pointer = POINTER(&drop);
    struct type root = {.kind = TYPE_STRUCT,
                        .name = "user_manager",
                        .size = 24,
                        MEMBERS({.name = "find", .type = &find_pointer},
                                {.name = "drop", .type = &drop_pointer, .offset = 8},
                                {.name = "flags", .type = &u32, .offset = 16})};
    expect_text(&root, "plugmgr-abi 1\n"
                       "root struct x\n"
                       "m 0 find *fn(*struct user;*struct user_db,*const i8)\n"
                       "struct user 16\n"
                       " 0 name *const i8\n"
                       " 8 uid u32\n"
                       "struct user_db opaque\n"
                       "m 8 drop *fn(void;*struct user)\n"
                       "m 16 flags u32\n"
                       "end 24\n");
    ck_assert_str_eq(text.where, "x.o");
    ck_assert_uint_eq(text.boundary_count, 0);
    ck_assert_uint_eq(user.mark | root.mark | i8.mark | db.mark, 0);
}
END_TEST

START_TEST(root_union_is_written_as_a_union)
{
    struct type root = {
        .kind = TYPE_UNION, .name = "u", .size = 8, MEMBERS({.name = "a", .type = &i32}, {.name = "b", .type = &i64})};
    expect_text(&root, "plugmgr-abi 1\nroot union x\nm 0 a i32\nm 0 b i64\nend 8\n");
}
END_TEST

START_TEST(root_without_members_has_only_its_end)
{
    struct type root = {.kind = TYPE_STRUCT, .name = "s"};
    expect_text(&root, "plugmgr-abi 1\nroot struct x\nend 0\n");
}
END_TEST

START_TEST(root_function_has_its_type_and_blocks_behind_it)
{
    struct type user = {.kind = TYPE_STRUCT, .name = "user", .size = 4, MEMBERS({.name = "uid", .type = &u32})};
    struct type pointer = POINTER(&user);
    struct type function = {.kind = TYPE_FUNCTION, .target = &i32, TAKES(&pointer)};
    struct type_interface interface = interface_of("x", &function, "x.o");
    interface.is_function = true;
    struct type_graph graph = graph_of(&interface, 1);
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot fn x fn(i32;*struct user)\nstruct user 4\n 0 uid u32\nend\n");
}
END_TEST

START_TEST(root_function_may_have_the_name_of_a_struct_that_it_takes)
{
    struct type x = {.kind = TYPE_STRUCT, .name = "x", .size = 4, MEMBERS({.name = "uid", .type = &u32})};
    struct type pointer = POINTER(&x);
    struct type function = {.kind = TYPE_FUNCTION, .target = &i32, TAKES(&pointer)};
    struct type_interface interface = interface_of("x", &function, "x.o");
    interface.is_function = true;
    struct type_graph graph = graph_of(&interface, 1);
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot fn x fn(i32;*struct x)\nstruct x 4\n 0 uid u32\nend\n");
}
END_TEST

START_TEST(root_object_has_its_type_and_size)
{
    struct type user = {.kind = TYPE_STRUCT, .name = "user", .size = 4, MEMBERS({.name = "uid", .type = &u32})};
    struct type array = {.kind = TYPE_ARRAY, .count = 3, .target = &user};
    expect_text(&array, "plugmgr-abi 1\nroot object x [3]struct user\nstruct user 4\n 0 uid u32\nend 12\n");
    struct type aligned = {.kind = TYPE_BASE, .name = "i32", .size = 4, .align = 32};
    expect_text(&aligned, "plugmgr-abi 1\nroot object x i32\nend 4 a32\n");
    struct type hue = {.kind = TYPE_ENUM, .name = "hue", .underlying = "u32", .size = 4, VALUES({"RED", 0, false})};
    expect_text(&hue, "plugmgr-abi 1\nroot object x enum hue\nenum hue u32\n RED=0\nend 4\n");
}
END_TEST

START_TEST(root_that_is_const_is_as_if_it_were_not)
{
    struct type user = {.kind = TYPE_STRUCT, .name = "user", .size = 4, MEMBERS({.name = "uid", .type = &u32})};
    struct type constant = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_CONST, .target = &user};
    struct type unsteady = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_CONST | TYPE_VOLATILE, .target = &user};
    expect_text(&constant, "plugmgr-abi 1\nroot struct x\nm 0 uid u32\nend 4\n");
    expect_text(&const_i8, "plugmgr-abi 1\nroot object x i8\nend 1\n");
    expect_text(&unsteady, "plugmgr-abi 1\nroot object x volatile struct user\nstruct user 4\n 0 uid u32\nend 4\n");
}
END_TEST

START_TEST(root_within_itself_is_named_by_the_interface)
{
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 16};
    struct type pointer = POINTER(&root);
    struct type function = {.kind = TYPE_FUNCTION, .target = &root, TAKES(&pointer, &root)},
                method = POINTER(&function);
    struct type declared = DECLARED("s"), declared_pointer = POINTER(&declared);
    struct type_member members[] = {{.name = "f", .type = &method},
                                    {.name = "p", .type = &declared_pointer, .offset = 8}};
    root.members = members;
    root.member_count = 2;
    const char expected[] = "plugmgr-abi 1\nroot struct x\n"
                            "m 0 f *fn(struct x#16;*struct x,struct x#16)\nm 8 p *struct x\nend 16\n";
    expect_text(&root, expected);
    root.name = NULL;
    members[1].type = &pointer;
    expect_text(&root, expected);
    ck_assert_uint_eq(text.boundary_count, 0);
}
END_TEST

START_TEST(interface_of_another_name_or_version_is_absent)
{
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 4, MEMBERS({.name = "m", .type = &i32})};
    struct type_interface interface = interface_of("x", &root, "x.o");
    struct type_graph graph = graph_of(&interface, 1);
    ck_assert_int_eq(canon_write(&graph, "y", 1, 0, false, &arena, &text, &problem), CANON_ABSENT);
    ck_assert_int_eq(canon_write(&graph, "x", 2, 0, false, &arena, &text, &problem), CANON_ABSENT);
    ck_assert_int_eq(canon_write(&graph, "x", 1, 1, false, &arena, &text, &problem), CANON_ABSENT);
    ck_assert_ptr_null(text.text);
    ck_assert_ptr_null(problem);
}
END_TEST

START_TEST(versions_of_one_interface_have_a_text_each)
{
    struct type old = {.kind = TYPE_STRUCT, .name = "s", .size = 4, MEMBERS({.name = "m", .type = &i32})};
    struct type new = {.kind = TYPE_STRUCT, .name = "s", .size = 8, MEMBERS({.name = "m", .type = &i64})};
    struct type_interface interfaces[] = {interface_of("x", &old, "a.o"), interface_of("x", &new, "b.o")};
    interfaces[1].minor = 7;
    struct type_graph graph = graph_of(interfaces, 2);
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\nm 0 m i32\nend 4\n");
    ck_assert_int_eq(canon_write(&graph, "x", 1, 7, false, &arena, &text, &problem), CANON_DONE);
    ck_assert_str_eq(text.text, "plugmgr-abi 1\nroot struct x\nm 0 m i64\nend 8\n");
}
END_TEST

START_TEST(id_is_the_sha256_of_the_text)
{
    struct type root = {.kind = TYPE_STRUCT, .name = "s"};
    ck_assert_int_eq(write_root(&root), CANON_DONE);
    /* printf 'plugmgr-abi 1\nroot struct x\nend 0\n' | sha256sum */
    ck_assert_str_eq(text.id, "2fce0f6fc12c95caacfa9c6ca279661c6e14f9fccedb5a9c6a2d473da229fcfb");
}
END_TEST

/* ---- types ---- */

START_TEST(types_are_written_outside_in)
{
    struct type pointer = POINTER(&i8), table = {.kind = TYPE_ARRAY, .count = 4, .target = &pointer};
    struct type rest = {.kind = TYPE_ARRAY, .is_flexible = true, .target = &i8};
    struct type zero = {.kind = TYPE_ARRAY, .count = 0, .target = &i8};
    struct type two = {.kind = TYPE_ARRAY, .count = 2, .target = &table};
    struct type vector = {.kind = TYPE_VECTOR, .count = 4, .target = &i32};
    expect_member(&i64, "i64");
    expect_member(&pointer, "*i8");
    expect_member(&table, "[4]*i8");
    expect_member(&two, "[2][4]*i8");
    expect_member(&rest, "[]i8");
    expect_member(&zero, "[]i8");
    expect_member(&vector, "vec[4]i32");
    expect_member(&arguments, "va_list");
}
END_TEST

START_TEST(functions_tell_what_they_return_and_take)
{
    struct type none = {.kind = TYPE_FUNCTION, .target = &nothing}, none_pointer = POINTER(&none);
    struct type old = {.kind = TYPE_FUNCTION, .target = &i32, .is_unprototyped = true}, old_pointer = POINTER(&old);
    struct type print = {.kind = TYPE_FUNCTION, .target = &i32, .is_variadic = true, TAKES(&text_pointer)};
    struct type print_pointer = POINTER(&print);
    struct type any = {.kind = TYPE_FUNCTION, .target = &i32, .is_variadic = true}, any_pointer = POINTER(&any);
    struct type nested = {.kind = TYPE_FUNCTION, .target = &none_pointer, TAKES(&print_pointer, &i8, &arguments)};
    struct type nested_pointer = POINTER(&nested), by_function = {.kind = TYPE_FUNCTION, .target = &i8, TAKES(&none)};
    struct type by_function_pointer = POINTER(&by_function);
    expect_member(&none_pointer, "*fn(void;)");
    expect_member(&old_pointer, "*fn(i32;?)");
    expect_member(&print_pointer, "*fn(i32;*const i8,...)");
    expect_member(&any_pointer, "*fn(i32;...)");
    expect_member(&nested_pointer, "*fn(*fn(void;);*fn(i32;*const i8,...),i8,va_list)");
    expect_member(&by_function_pointer, "*fn(i8;*fn(void;))");
}
END_TEST

START_TEST(qualifiers_of_pointees_and_members_are_kept_in_one_order)
{
    struct type inner = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_VOLATILE, .target = &i32};
    struct type outer = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_ATOMIC | TYPE_CONST, .target = &inner};
    struct type pointer = POINTER(&outer);
    struct type constant = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_CONST, .target = &pointer};
    struct type any = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_CONST, .target = &nothing},
                any_pointer = POINTER(&any);
    expect_member(&inner, "volatile i32");
    expect_member(&outer, "atomic const volatile i32");
    expect_member(&constant, "const *atomic const volatile i32");
    expect_member(&any_pointer, "*const void");
}
END_TEST

START_TEST(qualifiers_of_parameters_and_returns_are_dropped)
{
    struct type constant = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_CONST | TYPE_VOLATILE, .target = &text_pointer};
    struct type function = {.kind = TYPE_FUNCTION, .target = &constant, TAKES(&constant, &const_i8)};
    struct type pointer = POINTER(&function);
    expect_member(&pointer, "*fn(*const i8;*const i8,i8)");
}
END_TEST

/* They are gcc's way to say __attribute__((const)) and noreturn. */
START_TEST(qualifiers_of_functions_are_dropped)
{
    struct type function = {.kind = TYPE_FUNCTION, .target = &nothing};
    struct type qualified = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_CONST | TYPE_VOLATILE, .target = &function};
    struct type pointer = POINTER(&qualified);
    expect_member(&pointer, "*fn(void;)");
}
END_TEST

START_TEST(qualifiers_of_arrays_are_their_elements)
{
    struct type row = {.kind = TYPE_ARRAY, .count = 4, .target = &i8};
    struct type const_row = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_CONST, .target = &row};
    struct type rows = {.kind = TYPE_ARRAY, .count = 2, .target = &row};
    struct type const_rows = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_CONST, .target = &rows};
    struct type rows_of_const = {.kind = TYPE_ARRAY, .count = 2, .target = &const_row};
    struct type row_of_const = {.kind = TYPE_ARRAY, .count = 4, .target = &const_i8};
    struct type twice = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_CONST | TYPE_VOLATILE, .target = &row_of_const};
    expect_member(&const_row, "[4]const i8");
    expect_member(&row_of_const, "[4]const i8");
    expect_member(&const_rows, "[2][4]const i8");
    expect_member(&rows_of_const, "[2][4]const i8");
    expect_member(&twice, "[4]const volatile i8");
}
END_TEST

/* `typedef char row[4]; const row *` is a pointer to const chars for clang alone; `const char (*)[4]` for both. */
START_TEST(qualifiers_of_an_array_behind_a_pointer_are_dropped_and_its_elements_kept)
{
    struct type row = {.kind = TYPE_ARRAY, .count = 4, .target = &i8};
    struct type const_row = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_CONST, .target = &row};
    struct type row_of_const = {.kind = TYPE_ARRAY, .count = 4, .target = &const_i8};
    struct type rows_of_const = {.kind = TYPE_ARRAY, .count = 2, .target = &const_row};
    struct type a = POINTER(&const_row), b = POINTER(&row_of_const), c = POINTER(&rows_of_const);
    expect_member(&a, "*[4]i8");
    expect_member(&b, "*[4]const i8");
    expect_member(&c, "*[2][4]const i8");
}
END_TEST

START_TEST(array_parameters_decay)
{
    struct type row = {.kind = TYPE_ARRAY, .count = 4, .target = &i8};
    struct type const_row = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_CONST, .target = &row};
    struct type rows = {.kind = TYPE_ARRAY, .is_flexible = true, .target = &row};
    struct type function = {.kind = TYPE_FUNCTION, .target = &nothing, TAKES(&row, &const_row, &rows)};
    struct type pointer = POINTER(&function);
    expect_member(&pointer, "*fn(void;*i8,*const i8,*[4]i8)");
}
END_TEST

/* ---- blocks ---- */

START_TEST(struct_union_and_enum_get_a_block_each_breadth_first)
{
    struct type hue = {.kind = TYPE_ENUM, .name = "hue", .underlying = "u32", .size = 4, VALUES({"RED", 0, false})};
    struct type deep = {.kind = TYPE_STRUCT, .name = "deep", .size = 4, MEMBERS({.name = "hue", .type = &hue})};
    struct type deep_pointer = POINTER(&deep);
    struct type left = {
        .kind = TYPE_STRUCT, .name = "left", .size = 8, MEMBERS({.name = "deep", .type = &deep_pointer})};
    struct type right = {.kind = TYPE_UNION,
                         .name = "right",
                         .size = 8,
                         MEMBERS({.name = "n", .type = &i64}, {.name = "hue", .type = &hue})};
    struct type function = {.kind = TYPE_FUNCTION, .target = &left, TAKES(&right)}, method = POINTER(&function);
    struct type last = {.kind = TYPE_STRUCT, .name = "last", .size = 4, MEMBERS({.name = "n", .type = &i32})};
    struct type root = {.kind = TYPE_STRUCT,
                        .name = "s",
                        .size = 24,
                        MEMBERS({.name = "f", .type = &method}, {.name = "left", .type = &left, .offset = 8},
                                {.name = "last", .type = &last, .offset = 16})};
    expect_text(&root, "plugmgr-abi 1\n"
                       "root struct x\n"
                       "m 0 f *fn(struct left;union right)\n"
                       "struct left 8\n"
                       " 0 deep *struct deep\n"
                       "union right 8\n"
                       " 0 n i64\n"
                       " 0 hue enum hue\n"
                       "struct deep 4\n"
                       " 0 hue enum hue\n"
                       "enum hue u32\n"
                       " RED=0\n"
                       "m 8 left struct left\n"
                       "m 16 last struct last\n"
                       "struct last 4\n"
                       " 0 n i32\n"
                       "end 24\n");
}
END_TEST

START_TEST(struct_that_refers_to_itself_has_one_block)
{
    struct type list = {.kind = TYPE_STRUCT, .name = "list", .size = 8}, pointer = POINTER(&list);
    struct type_member next = {.name = "next", .type = &pointer};
    list.members = &next;
    list.member_count = 1;
    expect_member(&pointer, "*struct list\nstruct list 8\n 0 next *struct list");
}
END_TEST

START_TEST(members_appended_leave_the_older_text_in_front)
{
    struct type user = {.kind = TYPE_STRUCT, .name = "user", .size = 4, MEMBERS({.name = "uid", .type = &u32})},
                pointer = POINTER(&user);
    struct type other = {.kind = TYPE_STRUCT, .name = "other", .size = 8, MEMBERS({.name = "user", .type = &pointer})};
    struct type other_pointer = POINTER(&other);
    struct type root = {
        .kind = TYPE_STRUCT,
        .name = "s",
        .size = 8,
        MEMBERS({.name = "user", .type = &pointer}, {.name = "other", .type = &other_pointer, .offset = 8})};
    root.member_count = 1;
    ck_assert_int_eq(write_root(&root), CANON_DONE);
    const char *older = pm_arena_copy_bytes(&arena, text.text, text.size - strlen("end 8\n"));
    root.member_count = 2;
    root.size = 16;
    ck_assert_int_eq(write_root(&root), CANON_DONE);
    ck_assert(strncmp(text.text, older, strlen(older)) == 0);
    ck_assert_str_eq(text.text + strlen(older),
                     "m 8 other *struct other\nstruct other 8\n 0 user *struct user\nend 16\n");
}
END_TEST

START_TEST(enumerators_are_sorted_by_value_then_name)
{
    struct type hue = {.kind = TYPE_ENUM,
                       .name = "hue",
                       .underlying = "i64",
                       .size = 8,
                       VALUES({"Z", 1, false}, {"LOW", 0x8000000000000000, true}, {"B", 1, false},
                              {"MINUS", UINT64_MAX, true}, {"ZERO", 0, false}, {"LARGE", UINT64_MAX, false},
                              {"TWO", (uint64_t)-2, true})};
    expect_member(&hue, "enum hue\nenum hue i64\n LOW=-9223372036854775808\n TWO=-2\n MINUS=-1\n ZERO=0\n B=1\n Z=1\n"
                        " LARGE=18446744073709551615");
    ck_assert_str_eq(hue.enumerators[0].name, "Z"); /* the graph is as it was */
}
END_TEST

START_TEST(bit_fields_have_a_place_and_a_width)
{
    struct type bits = {.kind = TYPE_STRUCT,
                        .name = "bits",
                        .size = 16,
                        MEMBERS({.name = "a", .type = &u32, .width = 3},
                                {.name = "b", .type = &u32, .bit = 3, .width = 7},
                                {.name = "c", .type = &u32, .offset = 1, .bit = 2, .width = 1},
                                {.name = "d", .type = &u32, .offset = 1, .bit = 11, .width = 2})};
    expect_member(&bits, "struct bits\nstruct bits 16\n 0.0:3 a u32\n 0.3:7 b u32\n 1.2:1 c u32\n 2.3:2 d u32");
    struct type root = {
        .kind = TYPE_STRUCT, .name = "s", .size = 4, MEMBERS({.name = "m", .type = &u32, .bit = 1, .width = 2})};
    expect_text(&root, "plugmgr-abi 1\nroot struct x\nm 0.1:2 m u32\nend 4\n");
}
END_TEST

START_TEST(bit_fields_that_fill_an_aligned_type_are_plain_members)
{
    struct type constant = {.kind = TYPE_QUALIFIED, .qualifiers = TYPE_CONST, .target = &u8};
    struct type bits = {.kind = TYPE_STRUCT,
                        .name = "bits",
                        .size = 16,
                        MEMBERS({.name = "a", .type = &u32, .width = 32},
                                {.name = "b", .type = &constant, .offset = 4, .width = 8},
                                {.name = "c", .type = &u8, .offset = 5, .bit = 1, .width = 8},
                                {.name = "d", .type = &u8, .offset = 6, .bit = 8, .width = 8})};
    expect_member(&bits, "struct bits\nstruct bits 16\n 0 a u32\n 4 b const u8\n 5.1:8 c u8\n 7 d u8");
}
END_TEST

/* What is said explicitly, of the type, of a member, of a member's type without a block; and what is natural. */
START_TEST(alignment_is_told_where_it_is_larger_than_natural)
{
    struct type said = {
        .kind = TYPE_STRUCT, .name = "a", .size = 16, .align = 16, MEMBERS({.name = "n", .type = &i32})};
    expect_member(&said, "struct a\nstruct a 16 a16\n 0 n i32");
    struct type member = {
        .kind = TYPE_STRUCT, .name = "a", .size = 16, MEMBERS({.name = "n", .type = &i32, .align = 16})};
    expect_member(&member, "struct a\nstruct a 16 a16\n 0 n i32");
    struct type wide = {.kind = TYPE_BASE, .name = "i32", .size = 4, .align = 16};
    struct type wides = {.kind = TYPE_ARRAY, .count = 1, .target = &wide};
    struct type by_type = {.kind = TYPE_STRUCT, .name = "a", .size = 16, MEMBERS({.name = "n", .type = &wides})};
    expect_member(&by_type, "struct a\nstruct a 16 a16\n 0 n [1]i32");
    struct type natural = {
        .kind = TYPE_STRUCT, .name = "a", .size = 16, .align = 8, MEMBERS({.name = "n", .type = &i64, .align = 8})};
    expect_member(&natural, "struct a\nstruct a 16\n 0 n i64");
    struct type above_word = {
        .kind = TYPE_STRUCT, .name = "a", .size = 16, MEMBERS({.name = "n", .type = &f128, .align = 16})};
    expect_member(&above_word, "struct a\nstruct a 16 a16\n 0 n f128");
    struct type by_part = {
        .kind = TYPE_UNION, .name = "b", .size = 32, .align = 16, MEMBERS({.name = "a", .type = &said})};
    expect_member(&by_part, "union b\nunion b 32\n 0 a struct a\nstruct a 16 a16\n 0 n i32");
    struct type vector = {.kind = TYPE_VECTOR, .count = 3, .target = &i32};
    struct type with_vector = {
        .kind = TYPE_STRUCT, .name = "a", .size = 16, .align = 16, MEMBERS({.name = "v", .type = &vector})};
    expect_member(&with_vector, "struct a\nstruct a 16\n 0 v vec[3]i32");
}
END_TEST

START_TEST(alignment_of_scalars_is_at_most_a_word)
{
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 8, .align = 8, MEMBERS({.name = "n", .type = &i64})};
    struct type_interface interface = interface_of("x", &root, "x.o");
    struct type_graph graph = graph_of(&interface, 1);
    graph.word_size = 4;
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\nm 0 n i64\nend 8 a8\n");
    graph.word_size = 8;
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\nm 0 n i64\nend 8\n");
}
END_TEST

START_TEST(pointers_are_as_large_as_the_targets_words)
{
    struct type root = {
        .kind = TYPE_STRUCT,
        .name = "s",
        .size = 8,
        MEMBERS({.name = "a", .type = &text_pointer}, {.name = "b", .type = &text_pointer, .offset = 4})};
    struct type_interface interface = interface_of("x", &root, "x.o");
    struct type_graph graph = graph_of(&interface, 1);
    graph.word_size = 4;
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\nm 0 a *const i8\nm 4 b *const i8\nend 8\n");
    graph.word_size = 8;
    expect_problem(write_x(&graph),
                   "interface x: member b: it reaches beyond the end of its type: the debug information "
                   "is damaged, compile anew");
}
END_TEST

/* ---- anonymous types ---- */

#define POINT "@88783aa06883c57d"

START_TEST(anonymous_types_are_named_by_their_content)
{
    struct type one = {.kind = TYPE_STRUCT,
                       .size = 8,
                       .typedef_name = "point",
                       MEMBERS({.name = "x", .type = &i32}, {.name = "y", .type = &i32, .offset = 4})};
    struct type two = {.kind = TYPE_STRUCT,
                       .size = 8,
                       .typedef_name = "other",
                       MEMBERS({.name = "x", .type = &i32}, {.name = "y", .type = &i32, .offset = 4})};
    struct type root = {.kind = TYPE_STRUCT,
                        .name = "s",
                        .size = 16,
                        MEMBERS({.name = "a", .type = &one}, {.name = "b", .type = &two, .offset = 8})};
    /* printf 'struct @ 8\n 0 x i32\n 4 y i32\n' | sha256sum */
    expect_text(&root, "plugmgr-abi 1\nroot struct x\nm 0 a struct " POINT "\nstruct " POINT " 8\n 0 x i32\n 4 y i32\n"
                       "m 8 b struct " POINT "\nend 16\n");
    one.members[0].name = "z";
    ck_assert_int_eq(write_root(&root), CANON_DONE);
    ck_assert_ptr_nonnull(strstr(text.text, "m 8 b struct " POINT "\nstruct " POINT " 8\n"));
}
END_TEST

START_TEST(anonymous_members_have_no_name_and_nest)
{
    struct type hue = {.kind = TYPE_ENUM, .underlying = "u32", .size = 4, VALUES({"RED", 0, false})};
    struct type inner = {.kind = TYPE_STRUCT, .size = 4, MEMBERS({.name = "hue", .type = &hue})};
    struct type outer = {.kind = TYPE_UNION, .size = 4, MEMBERS({.type = &inner}, {.name = "n", .type = &i32})};
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 4, MEMBERS({.type = &outer})};
    expect_text(&root, "plugmgr-abi 1\nroot struct x\n"
                       "m 0 - union @a52c14ab9d572305\n"
                       "union @a52c14ab9d572305 4\n 0 - struct @668b46ea5b00281f\n 0 n i32\n"
                       "struct @668b46ea5b00281f 4\n 0 hue enum @ed7497b32125d039\n"
                       "enum @ed7497b32125d039 u32\n RED=0\n"
                       "end 4\n");
}
END_TEST

START_TEST(anonymous_types_may_refer_to_themselves_through_a_tag)
{
    struct type outer = {.kind = TYPE_STRUCT, .name = "outer", .size = 8}, up = POINTER(&outer);
    struct type inner = {.kind = TYPE_STRUCT, .size = 8, MEMBERS({.name = "up", .type = &up})};
    struct type_member in = {.name = "in", .type = &inner};
    outer.members = &in;
    outer.member_count = 1;
    expect_member(&up, "*struct outer\nstruct outer 8\n 0 in struct @84fe9335ba7f5a45\nstruct @84fe9335ba7f5a45 8\n 0 "
                       "up *struct outer");
}
END_TEST

START_TEST(anonymous_types_that_refer_to_themselves_directly_are_a_problem)
{
    struct type self = {.kind = TYPE_STRUCT, .size = 8}, pointer = POINTER(&self);
    struct type function = {.kind = TYPE_FUNCTION, .target = &pointer}, method = POINTER(&function);
    struct type_member next = {.name = "next", .type = &method};
    self.members = &next;
    self.member_count = 1;
    expect_member_problem(&pointer,
                          "an anonymous struct, member next: an anonymous type refers to itself: give it a tag");
    self.typedef_name = "node";
    expect_member_problem(&pointer,
                          "the anonymous struct node, member next: an anonymous type refers to itself: give it "
                          "a tag");
}
END_TEST

START_TEST(notes_tell_typedef_names_and_leave_the_id)
{
    struct type point = {.kind = TYPE_STRUCT,
                         .size = 8,
                         .typedef_name = "point",
                         MEMBERS({.name = "x", .type = &i32}, {.name = "y", .type = &i32, .offset = 4})};
    struct type odd = {.kind = TYPE_STRUCT, .size = 1, .typedef_name = "a\nb", MEMBERS({.name = "c", .type = &i8})};
    struct type tagged = {
        .kind = TYPE_STRUCT, .size = 1, .name = "tag", .typedef_name = "not_told", MEMBERS({.name = "c", .type = &i8})};
    struct type root = {.kind = TYPE_STRUCT,
                        .name = "s",
                        .size = 16,
                        MEMBERS({.name = "a", .type = &point}, {.name = "b", .type = &odd, .offset = 8},
                                {.name = "c", .type = &tagged, .offset = 9})};
    struct type_interface interface = interface_of("x", &root, "x.o");
    struct type_graph graph = graph_of(&interface, 1);
    ck_assert_int_eq(write_x(&graph), CANON_DONE);
    const char *id = pm_arena_copy(&arena, text.id), *plain = text.text;
    ck_assert_int_eq(canon_write(&graph, "x", 1, 0, true, &arena, &text, &problem), CANON_DONE);
    ck_assert_str_eq(text.id, id);
    ck_assert_uint_eq(text.size, strlen(text.text));
    const char *note = strstr(text.text, "# typedef point\nstruct " POINT " 8\n");
    ck_assert_ptr_nonnull(note);
    size_t before = (size_t)(note - text.text), length = strlen("# typedef point\n");
    ck_assert_uint_eq(text.size, strlen(plain) + length);
    ck_assert(strncmp(text.text, plain, before) == 0);
    ck_assert_str_eq(note + length, plain + before);
}
END_TEST

/* ---- boundaries and opaque types ---- */

START_TEST(interfaces_that_are_reached_are_boundaries)
{
    struct type log = {
        .kind = TYPE_STRUCT, .name = "log_table", .size = 8, MEMBERS({.name = "odd", .type = &unusable})};
    struct type anonymous = {.kind = TYPE_UNION, .size = 16, MEMBERS({.name = "odd", .type = &unusable})};
    struct type log_pointer = POINTER(&log), anonymous_pointer = POINTER(&anonymous);
    struct type function = {.kind = TYPE_FUNCTION, .target = &log, TAKES(&anonymous_pointer)},
                method = POINTER(&function);
    struct type root = {.kind = TYPE_STRUCT,
                        .name = "s",
                        .size = 40,
                        MEMBERS({.name = "f", .type = &method}, {.name = "log", .type = &log_pointer, .offset = 8},
                                {.name = "a", .type = &anonymous, .offset = 16})};
    struct type_interface interfaces[] = {interface_of("x", &root, "x.o"), interface_of("log", &log, "x.o"),
                                          interface_of("other", &anonymous, "x.o")};
    struct type_graph graph = graph_of(interfaces, 3);
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\n"
                                 "m 0 f *fn(struct log#8;*union other)\n"
                                 "m 8 log *struct log\n"
                                 "m 16 a union other#16\n"
                                 "end 40\n");
    ck_assert_uint_eq(text.boundary_count, 2);
    ck_assert_str_eq(text.boundaries[0], "log");
    ck_assert_str_eq(text.boundaries[1], "other");
}
END_TEST

START_TEST(boundaries_are_listed_as_the_text_has_them)
{
    struct type one = {.kind = TYPE_STRUCT, .name = "one", .size = 8}, one_pointer = POINTER(&one);
    struct type two = {.kind = TYPE_STRUCT, .name = "two", .size = 8}, two_pointer = POINTER(&two);
    struct type anonymous = {.kind = TYPE_STRUCT, .size = 8, MEMBERS({.name = "two", .type = &two_pointer})};
    struct type root = {.kind = TYPE_STRUCT,
                        .name = "s",
                        .size = 24,
                        MEMBERS({.name = "a", .type = &one_pointer}, {.name = "b", .type = &anonymous, .offset = 8},
                                {.name = "c", .type = &one_pointer, .offset = 16})};
    struct type_interface interfaces[] = {interface_of("x", &root, "x.o"), interface_of("one", &one, "x.o"),
                                          interface_of("two", &two, "x.o")};
    struct type_graph graph = graph_of(interfaces, 3);
    ck_assert_int_eq(write_x(&graph), CANON_DONE);
    ck_assert_uint_eq(text.boundary_count, 2);
    ck_assert_str_eq(text.boundaries[0], "one");
    ck_assert_str_eq(text.boundaries[1], "two");
}
END_TEST

/* A unit that declares the struct, but not the interface, has the same text as one that declares both. */
START_TEST(boundaries_are_known_by_their_tag_in_other_units)
{
    struct type log = {.kind = TYPE_STRUCT, .name = "log", .size = 8, MEMBERS({.name = "n", .type = &i64})};
    struct type declared = DECLARED("log"), pointer = POINTER(&log), declared_pointer = POINTER(&declared);
    struct type a = {.kind = TYPE_STRUCT, .name = "s", .size = 8, MEMBERS({.name = "log", .type = &pointer})};
    struct type b = {.kind = TYPE_STRUCT, .name = "s", .size = 8, MEMBERS({.name = "log", .type = &declared_pointer})};
    struct type_interface interfaces[] = {interface_of("x", &b, "b.o"), interface_of("x", &a, "a.o"),
                                          interface_of("host_log", &log, "a.o")};
    struct type_graph graph = graph_of(interfaces, 3);
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\nm 0 log *struct host_log\nend 8\n");
    ck_assert_uint_eq(text.boundary_count, 1);
    interfaces[1] = interfaces[2];
    graph.interface_count = 2;
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\nm 0 log *struct host_log\nend 8\n");
}
END_TEST

START_TEST(boundaries_are_of_the_interfaces_kind)
{
    struct type log = {.kind = TYPE_STRUCT, .name = "log", .size = 8};
    struct type other = {.kind = TYPE_UNION, .name = "log", .size = 8, MEMBERS({.name = "n", .type = &i64})};
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 8, MEMBERS({.name = "log", .type = &other})};
    struct type_interface interfaces[] = {interface_of("x", &root, "x.o"), interface_of("host_log", &log, "b.o")};
    struct type_graph graph = graph_of(interfaces, 2);
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\nm 0 log union log\nunion log 8\n 0 n i64\nend 8\n");
}
END_TEST

START_TEST(functions_and_objects_are_no_boundaries)
{
    struct type function = {.kind = TYPE_FUNCTION, .target = &i32}, method = POINTER(&function);
    struct type root = {.kind = TYPE_STRUCT,
                        .name = "s",
                        .size = 16,
                        MEMBERS({.name = "f", .type = &method}, {.name = "n", .type = &i32, .offset = 8})};
    struct type_interface interfaces[] = {interface_of("x", &root, "x.o"), interface_of("f", &function, "x.o"),
                                          interface_of("n", &i32, "x.o")};
    interfaces[1].is_function = true;
    struct type_graph graph = graph_of(interfaces, 3);
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\nm 0 f *fn(i32;)\nm 8 n i32\nend 16\n");
}
END_TEST

START_TEST(boundary_of_two_interfaces_is_a_problem)
{
    struct type filter = {.kind = TYPE_STRUCT, .name = "filter", .size = 8, MEMBERS({.name = "n", .type = &i64})},
                pointer = POINTER(&filter);
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 8, MEMBERS({.name = "f", .type = &pointer})};
    struct type_interface interfaces[] = {interface_of("x", &root, "x.o"), interface_of("second", &filter, "x.o"),
                                          interface_of("first", &filter, "x.o")};
    struct type_graph graph = graph_of(interfaces, 3);
    expect_problem(write_x(&graph),
                   "interface x: member f: struct filter is the type of two interfaces, first and second: "
                   "give each a struct of its own");
    filter.name = NULL;
    expect_problem(write_x(&graph),
                   "interface x: member f: an anonymous struct is the type of two interfaces, first and "
                   "second: give each a struct of its own");
    ck_assert_int_eq(canon_write(&graph, "first", 1, 0, false, &arena, &text, &problem), CANON_DONE);
}
END_TEST

START_TEST(boundary_that_is_another_version_of_the_interface_is_a_problem)
{
    struct type old = {.kind = TYPE_STRUCT, .name = "old", .size = 8, MEMBERS({.name = "n", .type = &i64})},
                pointer = POINTER(&old);
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 8, MEMBERS({.name = "old", .type = &pointer})};
    struct type_interface interfaces[] = {interface_of("x", &root, "x.o"), interface_of("x", &old, "old.o")};
    interfaces[1].major = 0;
    struct type_graph graph = graph_of(interfaces, 2);
    expect_problem(write_x(&graph),
                   "interface x: member old: struct old is the type of this interface in another version: "
                   "give that one an interface of its own");
}
END_TEST

START_TEST(tag_that_is_an_interfaces_name_is_a_problem)
{
    struct type x = {.kind = TYPE_STRUCT, .name = "x", .size = 8, MEMBERS({.name = "n", .type = &i64})},
                pointer = POINTER(&x);
    struct type log = {.kind = TYPE_STRUCT, .name = "log_table", .size = 8}, log_pointer = POINTER(&log);
    struct type root = {.kind = TYPE_STRUCT,
                        .name = "s",
                        .size = 16,
                        MEMBERS({.name = "a", .type = &pointer}, {.name = "log", .type = &log_pointer, .offset = 8})};
    struct type_interface interfaces[] = {interface_of("x", &root, "x.o"), interface_of("log", &log, "x.o")};
    struct type_graph graph = graph_of(interfaces, 2);
    expect_problem(write_x(&graph), "interface x: another type that it reaches has its name as tag: rename that type");
    x.name = "log";
    expect_problem(write_x(&graph),
                   "interface x: it reaches an interface and another type that are both called log: rename "
                   "the type");
    x.name = "fine";
    ck_assert_int_eq(write_x(&graph), CANON_DONE);
}
END_TEST

START_TEST(opaque_types_have_no_content)
{
    struct type db = {.kind = TYPE_STRUCT, .name = "db", .size = 24, MEMBERS({.name = "odd", .type = &unusable})},
                pointer = POINTER(&db);
    struct type declared = {.kind = TYPE_UNION, .name = "u", .is_declaration = true}, u_pointer = POINTER(&declared);
    struct type hue = {.kind = TYPE_ENUM, .name = "hue", .is_declaration = true}, hue_pointer = POINTER(&hue);
    struct type fixed = {.kind = TYPE_ENUM, .name = "fixed", .is_declaration = true, .size = 2};
    struct type root = {.kind = TYPE_STRUCT,
                        .name = "s",
                        .size = 64,
                        MEMBERS({.name = "a", .type = &pointer}, {.name = "b", .type = &db, .offset = 8},
                                {.name = "c", .type = &u_pointer, .offset = 32},
                                {.name = "d", .type = &hue_pointer, .offset = 40},
                                {.name = "e", .type = &fixed, .offset = 48})};
    struct type_interface interface = interface_of("x", &root, "x.o");
    struct type_graph graph = graph_of(&interface, 1);
    const char *tags[] = {"db"};
    graph.opaque_tags = tags;
    graph.opaque_count = 1;
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\n"
                                 "m 0 a *struct db\nstruct db opaque\n"
                                 "m 8 b struct db#24\n"
                                 "m 32 c *union u\nunion u opaque\n"
                                 "m 40 d *enum hue\nenum hue opaque\n"
                                 "m 48 e enum fixed#2\nenum fixed opaque\n"
                                 "end 64\n");
}
END_TEST

START_TEST(opaque_names_structs_alone)
{
    struct type u = {.kind = TYPE_UNION, .name = "db", .size = 4, MEMBERS({.name = "n", .type = &i32})};
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 4, MEMBERS({.name = "u", .type = &u})};
    struct type_interface interface = interface_of("x", &root, "x.o");
    struct type_graph graph = graph_of(&interface, 1);
    const char *tags[] = {"db"};
    graph.opaque_tags = tags;
    graph.opaque_count = 1;
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\nm 0 u union db\nunion db 4\n 0 n i32\nend 4\n");
}
END_TEST

/* _i: index */
static const char *const library_tags[] = {"_IO_FILE",         "__dirstream",   "__locale_struct", "_IO_marker",
                                           "_IO_codecvt",      "_IO_wide_data", "__gconv_step",    "__pthread_mutex_s",
                                           "__pthread_cond_s", "__locale_data"};

START_TEST(private_types_of_the_c_library_are_opaque)
{
    const char *tag = library_tags[_i];
    struct type file = {.kind = TYPE_STRUCT, .name = tag, .size = 40, MEMBERS({.name = "odd", .type = &unusable})},
                pointer = POINTER(&file);
    expect_member(&pointer, pm_arena_join(&arena, "*struct ", tag, "\nstruct ", tag, " opaque", NULL));
    expect_member(&file, pm_arena_join(&arena, "struct ", tag, "#40\nstruct ", tag, " opaque", NULL));
}
END_TEST

/* ---- units ---- */

/* Interface x of a pointer to each of two structs; some of them are complete. */
struct unit {
    struct type one, two, one_pointer, two_pointer, root;
    struct type_member members[2], one_members[1], two_members[1];
};

static void make_unit(struct unit *unit, bool has_one, bool has_two)
{
    unit->one_members[0] = (struct type_member){.name = "n", .type = &i32};
    unit->two_members[0] = (struct type_member){.name = "one", .type = &unit->one_pointer};
    unit->one = (struct type){.kind = TYPE_STRUCT,
                              .name = "one",
                              .is_declaration = !has_one,
                              .size = has_one ? 4 : 0,
                              .members = unit->one_members,
                              .member_count = has_one};
    unit->two = (struct type){.kind = TYPE_STRUCT,
                              .name = "two",
                              .is_declaration = !has_two,
                              .size = has_two ? 8 : 0,
                              .members = unit->two_members,
                              .member_count = has_two};
    unit->one_pointer = (struct type)POINTER(&unit->one);
    unit->two_pointer = (struct type)POINTER(&unit->two);
    unit->members[0] = (struct type_member){.name = "one", .type = &unit->one_pointer};
    unit->members[1] = (struct type_member){.name = "two", .type = &unit->two_pointer, .offset = 8};
    unit->root =
        (struct type){.kind = TYPE_STRUCT, .name = "s", .size = 16, .members = unit->members, .member_count = 2};
}

static const char complete_text[] = "plugmgr-abi 1\nroot struct x\nm 0 one *struct one\nstruct one 4\n 0 n i32\n"
                                    "m 8 two *struct two\nstruct two 8\n 0 one *struct one\nend 16\n";

/* _i: the order of the units */
START_TEST(types_complete_in_one_unit_are_complete_in_all)
{
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const char *const files[] = {"a.o", "b.o", "c.o"};
    struct unit units[3];
    struct type_interface interfaces[3];
    make_unit(&units[0], true, false);
    make_unit(&units[1], false, true);
    make_unit(&units[2], false, false);
    for (int i = 0; i < 3; i++)
        interfaces[i] = interface_of("x", &units[orders[_i][i]].root, files[orders[_i][i]]);
    struct type_graph graph = graph_of(interfaces, 3);
    expect_done(write_x(&graph), complete_text);
    ck_assert_str_eq(text.where, files[orders[_i][0]]);
}
END_TEST

START_TEST(types_opaque_by_name_are_completed_nowhere)
{
    struct unit units[2];
    const char *tags[] = {"one"};
    make_unit(&units[0], true, true);
    make_unit(&units[1], false, true);
    struct type_interface interfaces[] = {interface_of("x", &units[0].root, "a.o"),
                                          interface_of("x", &units[1].root, "b.o")};
    struct type_graph graph = graph_of(interfaces, 2);
    graph.opaque_tags = tags;
    graph.opaque_count = 1;
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\nm 0 one *struct one\nstruct one opaque\n"
                                 "m 8 two *struct two\nstruct two 8\n 0 one *struct one\nend 16\n");
}
END_TEST

START_TEST(types_complete_for_another_interface_alone_stay_opaque)
{
    struct unit units[2];
    make_unit(&units[0], false, false);
    make_unit(&units[1], true, true);
    struct type_interface interfaces[] = {interface_of("x", &units[0].root, "a.o"),
                                          interface_of("y", &units[1].root, "b.o")};
    struct type_graph graph = graph_of(interfaces, 2);
    units[1].root.name = "other";
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\nm 0 one *struct one\nstruct one opaque\n"
                                 "m 8 two *struct two\nstruct two opaque\nend 16\n");
}
END_TEST

START_TEST(two_definitions_are_both_told)
{
    struct unit units[3];
    make_unit(&units[0], true, true);
    make_unit(&units[1], false, false);
    make_unit(&units[2], true, true);
    units[2].one_members[0].type = &u32;
    struct type_interface interfaces[] = {interface_of("x", &units[0].root, "a.o"),
                                          interface_of("x", &units[1].root, "b.o"),
                                          interface_of("x", &units[2].root, "c.o")};
    struct type_graph graph = graph_of(interfaces, 3);
    ck_assert_int_eq(write_x(&graph), CANON_DIFFERS);
    ck_assert_str_eq(text.text, complete_text);
    ck_assert_str_eq(text.where, "a.o");
    ck_assert_str_eq(text.other_text, "plugmgr-abi 1\nroot struct x\nm 0 one *struct one\nstruct one 4\n 0 n u32\n"
                                      "m 8 two *struct two\nstruct two 8\n 0 one *struct one\nend 16\n");
    ck_assert_str_eq(text.other_where, "c.o");
    ck_assert_ptr_null(problem);
}
END_TEST

/* A completing definition takes over no type that the unit has a definition of its own for. */
START_TEST(two_definitions_behind_a_completed_type_are_told)
{
    struct unit units[2];
    make_unit(&units[0], true, true);
    make_unit(&units[1], true, false);
    units[1].one_members[0].type = &u32;
    struct type_interface interfaces[] = {interface_of("x", &units[0].root, "a.o"),
                                          interface_of("x", &units[1].root, "b.o")};
    struct type_graph graph = graph_of(interfaces, 2);
    ck_assert_int_eq(write_x(&graph), CANON_DIFFERS);
    ck_assert_str_eq(text.text, complete_text);
    ck_assert_ptr_nonnull(strstr(text.other_text, " 0 n u32\nm 8 two *struct two\nstruct two 8\n"));
}
END_TEST

START_TEST(problem_in_one_unit_tells_which)
{
    struct unit units[2];
    make_unit(&units[0], false, false);
    make_unit(&units[1], true, false);
    units[1].one_members[0].type = &unusable;
    struct type_interface interfaces[] = {interface_of("x", &units[1].root, "b.o"),
                                          interface_of("y", &units[0].root, "a.o")};
    struct type_graph graph = graph_of(interfaces, 2);
    expect_problem(write_x(&graph), "interface x: struct one, member n: an odd thing: use an even one");
    ck_assert_str_eq(text.where, "b.o");
    ck_assert_ptr_null(text.text);
}
END_TEST

START_TEST(root_that_is_complete_in_another_unit_is_complete)
{
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 4, MEMBERS({.name = "n", .type = &i32})},
                declared = DECLARED("s");
    struct type_interface interfaces[] = {interface_of("x", &declared, "a.o"), interface_of("x", &root, "b.o")};
    struct type_graph graph = graph_of(interfaces, 2);
    expect_done(write_x(&graph), "plugmgr-abi 1\nroot struct x\nm 0 n i32\nend 4\n");
    graph.interface_count = 1;
    expect_problem(write_x(&graph),
                   "interface x: its type is only declared: compile with full debug information (clang: "
                   "-fstandalone-debug)");
}
END_TEST

START_TEST(equal_types_of_one_tag_are_one)
{
    struct type a = {.kind = TYPE_STRUCT, .name = "t", .size = 4, MEMBERS({.name = "n", .type = &i32})},
                a_pointer = POINTER(&a);
    struct type b = {.kind = TYPE_STRUCT, .name = "t", .size = 4, MEMBERS({.name = "n", .type = &i32})},
                b_pointer = POINTER(&b);
    struct type c = DECLARED("t"), c_pointer = POINTER(&c);
    struct type root = {.kind = TYPE_STRUCT,
                        .name = "s",
                        .size = 24,
                        MEMBERS({.name = "c", .type = &c_pointer}, {.name = "a", .type = &a_pointer, .offset = 8},
                                {.name = "b", .type = &b_pointer, .offset = 16})};
    expect_text(&root, "plugmgr-abi 1\nroot struct x\nm 0 c *struct t\nstruct t 4\n 0 n i32\nm 8 a *struct t\n"
                       "m 16 b *struct t\nend 24\n");
    b.members[0].name = "other";
    expect_problem(write_root(&root), "interface x: it reaches two different types with the tag t: rename one of them");
    struct type rest = {.kind = TYPE_ARRAY, .is_flexible = true, .target = &i32};
    struct type_member more[] = {{.name = "n", .type = &i32}, {.name = "rest", .type = &rest, .offset = 4}};
    b.members = more;
    b.member_count = 2;
    expect_problem(write_root(&root), "interface x: it reaches two different types with the tag t: rename one of them");
    root.members[1].type = &b_pointer;
    root.members[2].type = &a_pointer;
    expect_problem(write_root(&root), "interface x: it reaches two different types with the tag t: rename one of them");
    b.member_count = 1;
    b.size = 8;
    expect_problem(write_root(&root), "interface x: it reaches two different types with the tag t: rename one of them");
}
END_TEST

START_TEST(two_kinds_of_one_tag_are_a_problem)
{
    struct type a = DECLARED("t"), a_pointer = POINTER(&a);
    struct type b = {.kind = TYPE_UNION, .name = "t", .is_declaration = true}, b_pointer = POINTER(&b);
    struct type root = {.kind = TYPE_STRUCT,
                        .name = "s",
                        .size = 16,
                        MEMBERS({.name = "a", .type = &a_pointer}, {.name = "b", .type = &b_pointer, .offset = 8})};
    expect_problem(write_root(&root), "interface x: it reaches two different types with the tag t: rename one of them");
}
END_TEST

/* One of the two comes with a type that another unit completes. */
START_TEST(two_kinds_of_one_tag_from_two_units_are_a_problem)
{
    struct type t = {.kind = TYPE_UNION, .name = "t", .size = 4, MEMBERS({.name = "n", .type = &i32})},
                t_pointer = POINTER(&t);
    struct type whole = {.kind = TYPE_STRUCT, .name = "w", .size = 8, MEMBERS({.name = "t", .type = &t_pointer})},
                whole_pointer = POINTER(&whole);
    struct type a = {.kind = TYPE_STRUCT, .name = "s", .size = 16, MEMBERS({.name = "w", .type = &whole_pointer})};
    struct type w = DECLARED("w"), w_pointer = POINTER(&w), other = DECLARED("t"), other_pointer = POINTER(&other);
    struct type b = {.kind = TYPE_STRUCT,
                     .name = "s",
                     .size = 16,
                     MEMBERS({.name = "w", .type = &w_pointer}, {.name = "t", .type = &other_pointer, .offset = 8})};
    struct type_interface interfaces[] = {interface_of("x", &a, "a.o"), interface_of("x", &b, "b.o")};
    struct type_graph graph = graph_of(interfaces, 2);
    expect_problem(write_x(&graph), "interface x: it reaches two different types with the tag t: rename one of them");
    ck_assert_str_eq(text.where, "b.o");
}
END_TEST

START_TEST(second_root_of_one_tag_is_compared)
{
    struct type twin = {.kind = TYPE_STRUCT, .name = "s", .size = 8}, pointer = POINTER(&twin);
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 8, MEMBERS({.name = "s", .type = &pointer})};
    twin.members = root.members;
    twin.member_count = 1;
    expect_text(&root, "plugmgr-abi 1\nroot struct x\nm 0 s *struct x\nend 8\n");
    twin.size = 16;
    expect_problem(write_root(&root), "interface x: it reaches two different types with the tag s: rename one of them");
}
END_TEST

/* ---- problems ---- */

#define DAMAGED ": the debug information is damaged, compile anew"

START_TEST(unsupported_types_are_a_problem_where_they_are_reached)
{
    struct type pointer = POINTER(&unusable),
                user = {.kind = TYPE_STRUCT, .name = "user", .size = 8, MEMBERS({.name = "odd", .type = &pointer})};
    expect_member_problem(&user, "struct user, member odd: an odd thing: use an even one");
    expect_member_problem(&pointer, "member m: an odd thing: use an even one");
    struct type inner = {.kind = TYPE_STRUCT, .size = 8, MEMBERS({.name = "odd", .type = &pointer})};
    struct type outer = {.kind = TYPE_STRUCT, .size = 8, MEMBERS({.type = &inner})};
    expect_member_problem(&outer, "an anonymous struct, member odd: an odd thing: use an even one");
    struct type function = {.kind = TYPE_FUNCTION, .target = &unusable};
    struct type_interface interface = interface_of("x", &function, "x.o");
    interface.is_function = true;
    struct type_graph graph = graph_of(&interface, 1);
    expect_problem(write_x(&graph), "interface x: an odd thing: use an even one");
}
END_TEST

START_TEST(members_that_overlap_are_a_problem)
{
    struct type s = {.kind = TYPE_STRUCT,
                     .name = "t",
                     .size = 8,
                     MEMBERS({.name = "a", .type = &i32, .offset = 2}, {.name = "b", .type = &i32})};
    expect_member_problem(&s,
                          "struct t, member a: it overlaps b: put both into a union, without [[no_unique_address]]");
    s.members[0].offset = 4;
    expect_member(&s, "struct t\nstruct t 8\n 4 a i32\n 0 b i32");
    struct type inner = {.kind = TYPE_STRUCT, .size = 4, MEMBERS({.name = "n", .type = &i32})};
    struct type t = {
        .kind = TYPE_STRUCT, .name = "t", .size = 8, MEMBERS({.type = &inner}, {.name = "b", .type = &i32})};
    expect_member_problem(&t, "struct t, member b: it overlaps an anonymous member: put both into a union, without "
                              "[[no_unique_address]]");
    struct type bits = {
        .kind = TYPE_STRUCT,
        .name = "t",
        .size = 8,
        MEMBERS({.name = "a", .type = &u32, .width = 4}, {.name = "b", .type = &u32, .bit = 3, .width = 2})};
    expect_member_problem(&bits,
                          "struct t, member b: it overlaps a: put both into a union, without [[no_unique_address]]");
    bits.members[1].bit = 4;
    expect_member(&bits, "struct t\nstruct t 8\n 0.0:4 a u32\n 0.4:2 b u32");
}
END_TEST

START_TEST(members_without_size_overlap_nothing)
{
    struct type rest = {.kind = TYPE_ARRAY, .is_flexible = true, .count = 9, .target = &i32};
    struct type empty = {.kind = TYPE_STRUCT, .name = "empty"};
    struct type s = {.kind = TYPE_STRUCT,
                     .name = "t",
                     .size = 4,
                     MEMBERS({.name = "rest", .type = &rest}, {.name = "e", .type = &empty},
                             {.name = "n", .type = &i32}, {.name = "mid", .type = &rest, .offset = 2},
                             {.name = "end", .type = &rest, .offset = 4})};
    expect_member(
        &s,
        "struct t\nstruct t 4\n 0 rest []i32\n 0 e struct empty\n 0 n i32\n 2 mid []i32\n 4 end []i32\nstruct empty 0");
}
END_TEST

START_TEST(members_beyond_the_end_are_a_problem)
{
    static const char expected[] = "struct t, member n: it reaches beyond the end of its type" DAMAGED;
    struct type s = {.kind = TYPE_STRUCT, .name = "t", .size = 8, MEMBERS({.name = "n", .type = &i32, .offset = 5})};
    expect_member_problem(&s, expected);
    s.members[0].offset = UINT64_MAX;
    expect_member_problem(&s, expected);
    s.members[0] = (struct type_member){.name = "n", .type = &i32, .offset = 4, .bit = 7, .width = 32};
    expect_member_problem(&s, expected);
    s.members[0] = (struct type_member){.name = "n", .type = &i32, .bit = UINT32_MAX, .width = 1};
    expect_member_problem(&s, expected);
    struct type large = {.kind = TYPE_ARRAY, .count = UINT64_MAX / 2, .target = &i32};
    s.members[0] = (struct type_member){.name = "n", .type = &large};
    expect_member_problem(&s, expected);
    s.members[0].offset = 8;
    expect_member_problem(&s, expected);
    large.count = (uint64_t)1 << 62; /* times four is 0 */
    expect_member_problem(&s, expected);
    s.members[0] = (struct type_member){.name = "n", .type = &i32};
    s.size = UINT64_MAX;
    expect_problem(write_root(&s), "interface x: member n: it reaches beyond the end of its type" DAMAGED);
    struct type u = {.kind = TYPE_UNION, .name = "t", .size = 2, MEMBERS({.name = "n", .type = &i32})};
    expect_member_problem(&u, "union t, member n: it reaches beyond the end of its type" DAMAGED);
}
END_TEST

START_TEST(bit_fields_without_room_are_a_problem)
{
    static const char expected[] = "struct t, member n: a bit-field that its type has no room for" DAMAGED;
    struct type s = {.kind = TYPE_STRUCT, .name = "t", .size = 64, MEMBERS({.name = "n", .type = &i32, .width = 33})};
    expect_member_problem(&s, expected);
    s.members[0] = (struct type_member){.name = "n", .type = &text_pointer, .width = 3};
    expect_member_problem(&s, expected);
    s.members[0] = (struct type_member){.name = "n", .type = &i32, .width = UINT32_MAX};
    expect_member_problem(&s, expected);
    struct type wide = {.kind = TYPE_BASE, .name = "u2048", .size = 256};
    s.size = 256;
    s.members[0] = (struct type_member){.name = "n", .type = &wide, .width = 1025};
    expect_problem(write_root(&s), "interface x: member n: a bit-field that its type has no room for" DAMAGED);
    s.members[0].width = 1024;
    ck_assert_int_eq(write_root(&s), CANON_DONE);
    expect_readable();
}
END_TEST

START_TEST(types_that_contain_themselves_are_a_problem)
{
    struct type s = {.kind = TYPE_STRUCT, .name = "t", .size = 8};
    struct type array = {.kind = TYPE_ARRAY, .count = 1, .target = &s};
    struct type u = {.kind = TYPE_UNION, .name = "u", .size = 8, MEMBERS({.name = "array", .type = &array})};
    struct type_member member = {.name = "u", .type = &u};
    s.members = &member;
    s.member_count = 1;
    expect_member_problem(&s, "union u, member array: what it contains contains it again" DAMAGED);
    expect_problem(write_root(&s), "interface x: union u, member array: what it contains contains it again" DAMAGED);
}
END_TEST

/* _i: what kind of type has itself as its target */
START_TEST(types_without_an_end_are_a_problem)
{
    struct type self = {.kind = (enum type_kind)_i, .count = 1};
    self.target = &self;
    ck_assert_int_eq(write_root(&self), CANON_NOT_REPRESENTABLE);
    struct type pointer = POINTER(&self);
    expect_member_problem(&pointer, "member m: its type refers to itself without an end" DAMAGED);
}
END_TEST

/* A chain of pointers to i8; the caller frees it. */
static struct type *chain_of(size_t count)
{
    struct type *chain = calloc(count, sizeof(*chain));
    for (size_t i = 0; i < count; i++)
        chain[i] = (struct type)POINTER(i > 0 ? &chain[i - 1] : &i8);
    return chain;
}

START_TEST(types_that_are_nested_deep_are_a_problem)
{
    static const char expected[] =
        "member m: its type is nested more than 64 deep: give a part of it a struct of its own";
    enum { MOST = 63 }; /* and i8 */
    struct type *chain = chain_of(MOST + 1);
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 8, MEMBERS({.name = "m", .type = &chain[MOST - 1]})};
    ck_assert_int_eq(write_root(&root), CANON_DONE);
    expect_readable();
    expect_member_problem(&chain[MOST], expected);
    struct type inner = {.kind = TYPE_FUNCTION, .target = &chain[MOST - 5]};
    struct type outer = {.kind = TYPE_FUNCTION, .target = &nothing, TAKES(&inner)}, method = POINTER(&outer);
    root.members[0].type = &method;
    ck_assert_int_eq(write_root(&root), CANON_DONE);
    expect_readable();
    inner.target = &chain[MOST - 4];
    expect_member_problem(&method, expected);
    struct type user = {.kind = TYPE_STRUCT, .name = "user", .size = 1, MEMBERS({.name = "c", .type = &i8})};
    chain[0].target = &user;
    root.members[0].type = &chain[MOST - 1];
    ck_assert_int_eq(write_root(&root), CANON_DONE);
    expect_readable();
    expect_member_problem(&chain[MOST], expected);
    user.name = NULL;
    expect_member_problem(&chain[MOST], expected);
    free(chain);
}
END_TEST

START_TEST(sizes_larger_than_any_memory_are_a_problem)
{
    static const uint64_t most = (uint64_t)1 << 58;
    struct type s = {.kind = TYPE_STRUCT, .name = "t", .size = most};
    struct type function = {.kind = TYPE_FUNCTION, .target = &s, TAKES(&s)}, pointer = POINTER(&function);
    struct type array = {.kind = TYPE_ARRAY, .count = most, .target = &i8};
    struct type declared = {.kind = TYPE_ENUM, .name = "e", .is_declaration = true, .size = most + 1};
    ck_assert_int_eq(write_root(&s), CANON_DONE);
    expect_readable();
    ck_assert_int_eq(write_root(&array), CANON_DONE);
    expect_readable();
    s.size++;
    array.count++;
    expect_problem(write_root(&s), "interface x: it is larger than any memory" DAMAGED);
    expect_problem(write_root(&array), "interface x: it is larger than any memory" DAMAGED);
    expect_member_problem(&pointer, "struct t: it is larger than any memory" DAMAGED);
    function.target = &declared;
    expect_member_problem(&pointer, "member m: it is larger than any memory" DAMAGED);
    s.size = 8;
    s.align = most + 1;
    expect_problem(write_root(&s), "interface x: it is larger than any memory" DAMAGED);
}
END_TEST

START_TEST(names_that_come_twice_are_a_problem)
{
    struct type s = {.kind = TYPE_STRUCT,
                     .name = "t",
                     .size = 8,
                     MEMBERS({.name = "a", .type = &i8}, {.name = "b", .type = &i8, .offset = 1},
                             {.name = "a", .type = &i8, .offset = 2})};
    struct type hue = {.kind = TYPE_ENUM,
                       .name = "hue",
                       .underlying = "u32",
                       .size = 4,
                       VALUES({"RED", 0, false}, {"BLUE", 1, false}, {"RED", 2, false})};
    expect_member_problem(&s, "struct t: it has twice the name a" DAMAGED);
    expect_member_problem(&hue, "enum hue: it has twice the name RED" DAMAGED);
    struct type inner = {.kind = TYPE_STRUCT, .size = 1, MEMBERS({.name = "a", .type = &i8})};
    struct type outer = {.kind = TYPE_STRUCT, .size = 2, MEMBERS({.type = &inner}, {.type = &inner, .offset = 1})};
    ck_assert_int_eq(write_root(&outer), CANON_DONE);
    expect_readable();
}
END_TEST

START_TEST(enumerators_out_of_range_are_a_problem)
{
    struct type hue = {.kind = TYPE_ENUM, .name = "hue", .underlying = "i32", .size = 4, VALUES({"RED", 0, true})};
    expect_member_problem(&hue, "enum hue: the value of RED is out of range" DAMAGED);
}
END_TEST

START_TEST(shapes_that_c_does_not_have_are_a_problem)
{
    struct type function = {.kind = TYPE_FUNCTION, .target = &nothing};
    struct type functions = {.kind = TYPE_ARRAY, .count = 1, .target = &function};
    struct type voids = {.kind = TYPE_ARRAY, .count = 1, .target = &nothing};
    struct type row = {.kind = TYPE_ARRAY, .count = 4, .target = &i8};
    struct type a = {.kind = TYPE_FUNCTION, .target = &row}, b = {.kind = TYPE_FUNCTION, .target = &function};
    struct type c = {.kind = TYPE_FUNCTION, .target = &i8, TAKES(&nothing)};
    struct type a_pointer = POINTER(&a), b_pointer = POINTER(&b), c_pointer = POINTER(&c);
    struct type nameless = {.kind = TYPE_ENUM, .is_declaration = true}, nameless_pointer = POINTER(&nameless);
    struct type leafless = {.kind = TYPE_ENUM, .name = "e", .size = 4};
    expect_member_problem(&function, "member m: a function in the place of an object" DAMAGED);
    expect_member_problem(&functions, "member m: a function in the place of an object" DAMAGED);
    expect_member_problem(&nothing, "member m: void in the place of an object" DAMAGED);
    expect_member_problem(&voids, "member m: void in the place of an object" DAMAGED);
    expect_member_problem(&a_pointer, "member m: a function returns an array" DAMAGED);
    expect_member_problem(&b_pointer, "member m: a function in the place of an object" DAMAGED);
    expect_member_problem(&c_pointer, "member m: void in the place of an object" DAMAGED);
    expect_member_problem(&nameless_pointer, "member m: an anonymous type is only declared" DAMAGED);
    expect_member_problem(&leafless, "enum e: it has no underlying type" DAMAGED);
    struct type s = {.kind = TYPE_STRUCT, .name = "t", .size = 4, MEMBERS({.type = &i32})};
    expect_member_problem(&s, "struct t, a member without a name: neither a struct nor a union" DAMAGED);
}
END_TEST

START_TEST(interfaces_of_the_wrong_kind_are_a_problem)
{
    struct type function = {.kind = TYPE_FUNCTION, .target = &nothing};
    struct type_interface interface = interface_of("x", &function, "x.o");
    struct type_graph graph = graph_of(&interface, 1);
    expect_problem(write_x(&graph), "interface x: its type is a function's" DAMAGED);
    interface.type = &i8;
    interface.is_function = true;
    expect_problem(write_x(&graph), "interface x: its type is not a function's" DAMAGED);
    struct type s = {.kind = TYPE_STRUCT, .name = "s", .size = 8};
    interface.type = &s;
    expect_problem(write_x(&graph), "interface x: its type is not a function's" DAMAGED);
}
END_TEST

START_TEST(types_by_value_that_are_only_declared_are_a_problem)
{
    struct type db = DECLARED("db"), hue = {.kind = TYPE_ENUM, .name = "hue", .is_declaration = true};
    struct type function = {.kind = TYPE_FUNCTION, .target = &nothing, TAKES(&db)}, pointer = POINTER(&function);
    expect_member_problem(
        &db, "member m: struct db is taken by value, but only declared: include the header that defines it");
    expect_member_problem(
        &hue, "member m: enum hue is taken by value, but only declared: include the header that defines it");
    expect_member_problem(
        &pointer, "member m: struct db is taken by value, but only declared: include the header that defines it");
}
END_TEST

START_TEST(names_that_c_does_not_have_are_a_problem)
{
    static const struct {
        const char *tag, *expected;
    } tags[] = {
        {"list<int>", "member m: struct list<int> is made from a template: wrap it in a plain struct"},
        {"(anonymous namespace)::t",
         "member m: struct (anonymous namespace)::t is in a namespace without a name: move it "
         "to one that has a name"},
        {"a b", "member m: struct a b has a name that C does not have: rename it"},
        {"", "member m: struct  has a name that C does not have: rename it"},
        {"a:b", "member m: struct a:b has a name that C does not have: rename it"},
        {"a::", "member m: struct a:: has a name that C does not have: rename it"},
        {"::a", "member m: struct ::a has a name that C does not have: rename it"},
        {"1a", "member m: struct 1a has a name that C does not have: rename it"},
        {"@0123456789abcdef", "member m: struct @0123456789abcdef has a name that C does not have: rename it"},
        {"a\nend 0", "member m: struct a\nend 0 has a name that C does not have: rename it"},
        {"a\xff", "member m: struct a\xff has a name that C does not have: rename it"},
        {"a\xc2\x85", "member m: struct a\xc2\x85 has a name that C does not have: rename it"},
    };
    for (size_t i = 0; i < COUNT(tags); i++) {
        struct type t = {.kind = TYPE_STRUCT, .name = tags[i].tag, .size = 4, MEMBERS({.name = "n", .type = &i32})};
        expect_member_problem(&t, tags[i].expected);
    }
    struct type s = {.kind = TYPE_STRUCT, .name = "t", .size = 4, MEMBERS({.name = "-", .type = &i32})};
    expect_member_problem(&s, "struct t, member -: not a name that C has: -: rename it");
    struct type hue = {.kind = TYPE_ENUM, .name = "hue", .underlying = "u32", .size = 4, VALUES({"A=1\n B", 0, false})};
    expect_member_problem(&hue, "enum hue: not a name that C has: A=1\n B: rename it");
}
END_TEST

START_TEST(names_of_other_scripts_and_namespaces_are_kept)
{
    struct type t = {.kind = TYPE_STRUCT,
                     .name = "a::_b$2::gr\xc3\xb6\xc3\x9f",
                     .size = 4,
                     MEMBERS({.name = "l\xc3\xa4nge", .type = &i32})};
    expect_member(&t, "struct a::_b$2::gr\xc3\xb6\xc3\x9f\nstruct a::_b$2::gr\xc3\xb6\xc3\x9f 4\n 0 l\xc3\xa4nge i32");
}
END_TEST

START_TEST(names_longer_than_1000_bytes_are_a_problem)
{
    char name[1002];
    memset(name, 'a', sizeof(name));
    name[1000] = '\0';
    struct type t = {.kind = TYPE_STRUCT, .name = name, .size = 4, MEMBERS({.name = "n", .type = &i32})};
    expect_member(&t, pm_arena_join(&arena, "struct ", name, "\nstruct ", name, " 4\n 0 n i32", NULL));
    name[1000] = 'a';
    name[1001] = '\0';
    expect_member_problem(&t, "member m: the name of a type is longer than 1000 bytes: shorten it");
    struct type s = {.kind = TYPE_STRUCT, .name = "t", .size = 4, MEMBERS({.name = name, .type = &i32})};
    ck_assert_int_eq(write_root(&s), CANON_NOT_REPRESENTABLE);
    ck_assert_ptr_nonnull(strstr(problem, ": a name is longer than 1000 bytes: shorten it"));
}
END_TEST

START_TEST(interface_name_that_c_does_not_have_is_a_problem)
{
    struct type boundary = {.kind = TYPE_STRUCT, .name = "t", .size = 4}, pointer = POINTER(&boundary);
    struct type root = {.kind = TYPE_STRUCT, .name = "s", .size = 8, MEMBERS({.name = "n", .type = &pointer})};
    struct type_interface interfaces[] = {interface_of("a b", &root, "x.o"), interface_of("c\nd", &boundary, "x.o"),
                                          interface_of("x", &root, "x.o")};
    struct type_graph graph = graph_of(interfaces, 3);
    ck_assert_int_eq(canon_write(&graph, "a b", 1, 0, false, &arena, &text, &problem), CANON_NOT_REPRESENTABLE);
    ck_assert_str_eq(problem, "interface a b: not a name that C has: rename it");
    expect_problem(write_x(&graph), "interface x: member n: not a name that C has: c\nd: rename the interface");
}
END_TEST

/* ---- scale ---- */

enum { MANY = 100000 };

/* What links each type of a chain to the next. */
enum link { BY_POINTER, BY_VALUE, BY_FUNCTION, BY_ANONYMOUS, LINKS };

static void make_link(struct type *at, struct type_member *member, char (*names)[16], size_t index, enum link link)
{
    struct type *next = index > 0 ? at - 3 : &i32;
    if (link == BY_FUNCTION)
        at[1] = (struct type){.kind = TYPE_FUNCTION, .target = next};
    at[2] = (struct type)POINTER(link == BY_FUNCTION ? &at[1] : next);
    bool is_inside = link == BY_VALUE || link == BY_ANONYMOUS;
    *member = (struct type_member){.name = "n", .type = is_inside ? next : &at[2]};
    char digits[21];
    strcpy(names[index], "t");
    strcat(names[index], pm_format_number(index, digits));
    at[0] = (struct type){.kind = TYPE_STRUCT,
                          .name = link == BY_ANONYMOUS ? NULL : names[index],
                          .size = is_inside ? 4 : 8,
                          .members = member,
                          .member_count = 1};
}

/* _i: enum link */
START_TEST(chains_of_100000_structs_need_no_stack)
{
    struct type *types = calloc(3 * (size_t)MANY, sizeof(*types));
    struct type_member *members = calloc(MANY, sizeof(*members));
    char(*names)[16] = calloc(MANY, sizeof(*names));
    for (size_t i = 0; i < MANY; i++)
        make_link(&types[3 * i], &members[i], names, i, (enum link)_i);
    struct type *root = &types[3 * ((size_t)MANY - 1)];
    enum canon_result result = write_root(root);
    if (_i == BY_ANONYMOUS)
        expect_problem(result,
                       "interface x: its fingerprint is larger than 4 MiB: split it, or name with PLUGMGR_OPAQUE "
                       "what its callers do not look into");
    else
        ck_assert_msg(result == CANON_DONE, "%s", problem);
    if (result == CANON_DONE)
        expect_readable();
    free(types);
    free(members);
    free(names);
}
END_TEST

/* _i: the kind of the chain */
START_TEST(chains_of_100000_derived_types_are_a_problem)
{
    struct type *types = calloc(MANY, sizeof(*types));
    for (size_t i = 0; i < MANY; i++)
        types[i] = (struct type){.kind = (enum type_kind)_i, .count = 1, .target = i > 0 ? &types[i - 1] : &i32};
    struct type pointer = POINTER(&types[MANY - 1]);
    expect_member_problem(&pointer,
                          "member m: its type is nested more than 64 deep: give a part of it a struct of its own");
    free(types);
}
END_TEST

START_TEST(members_by_the_hundred_thousand_have_a_line_each)
{
    enum { MEMBERS_COUNT = 200000 };
    struct type_member *members = calloc(MEMBERS_COUNT, sizeof(*members));
    for (size_t i = 0; i < MEMBERS_COUNT; i++)
        members[i] = (struct type_member){.name = pm_arena_join(&arena, "n", pm_arena_number(&arena, i), NULL),
                                          .type = &i8,
                                          .offset = MEMBERS_COUNT - 1 - i};
    struct type root = {
        .kind = TYPE_STRUCT, .name = "s", .size = MEMBERS_COUNT, .members = members, .member_count = MEMBERS_COUNT};
    ck_assert_int_eq(write_root(&root), CANON_DONE);
    size_t lines = 0;
    for (const char *at = text.text; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    ck_assert_uint_eq(lines, MEMBERS_COUNT + 3);
    free(members);
}
END_TEST

/* Each function takes the one before it twice: 2 to the power of their number. */
START_TEST(texts_larger_than_4_mib_are_a_problem)
{
    struct type functions[25], pointers[25];
    struct type *parameters[25][2];
    struct type *last = &i8;
    for (size_t i = 0; i < 25; i++) {
        parameters[i][0] = parameters[i][1] = last;
        functions[i] =
            (struct type){.kind = TYPE_FUNCTION, .target = &i8, .parameters = parameters[i], .parameter_count = 2};
        last = &pointers[i];
        pointers[i] = (struct type)POINTER(&functions[i]);
    }
    expect_member_problem(
        last, "its fingerprint is larger than 4 MiB: split it, or name with PLUGMGR_OPAQUE what its callers "
              "do not look into");
    struct type_interface interface = interface_of("x", last, "x.o");
    struct type_graph graph = graph_of(&interface, 1);
    expect_problem(write_x(&graph), "interface x: its fingerprint is larger than 4 MiB: split it, or name with "
                                    "PLUGMGR_OPAQUE what its callers do not look into");
}
END_TEST

/* Equal anonymous types come out once, but each must be written to be known. */
START_TEST(work_without_text_is_limited)
{
    enum { TYPES = 1000, PARAMETERS = 3000 };
    struct type **parameters = calloc(PARAMETERS, sizeof(*parameters));
    struct type *types = calloc(TYPES, sizeof(*types));
    struct type_member *members = calloc(TYPES, sizeof(*members)), *insides = calloc(TYPES, sizeof(*insides));
    char name[1001];
    memset(name, 'a', 1000);
    name[1000] = '\0';
    struct type large = DECLARED(name), large_pointer = POINTER(&large);
    for (size_t i = 0; i < PARAMETERS; i++)
        parameters[i] = &large_pointer;
    struct type function = {
        .kind = TYPE_FUNCTION, .target = &i8, .parameters = parameters, .parameter_count = PARAMETERS};
    struct type pointer = POINTER(&function);
    for (size_t i = 0; i < TYPES; i++) {
        insides[i] = (struct type_member){.name = "f", .type = &pointer};
        types[i] = (struct type){.kind = TYPE_STRUCT, .size = 8, .members = &insides[i], .member_count = 1};
        members[i] = (struct type_member){.type = &types[i], .offset = 8 * i};
    }
    struct type root = {
        .kind = TYPE_STRUCT, .name = "s", .size = 8 * (uint64_t)TYPES, .members = members, .member_count = TYPES};
    expect_problem(write_root(&root), "interface x: it has too many types to fingerprint: split it, or name with "
                                      "PLUGMGR_OPAQUE what its callers do not look into");
    free(parameters);
    free(types);
    free(members);
    free(insides);
}
END_TEST

/* ---- out of memory ---- */

/* _i: 0: a text with all there is; 1: two definitions; 2: a problem. Whether all fails from there on, or once alone. */
START_TEST(writing_without_memory_says_so)
{
    struct unit units[2];
    struct type log = {.kind = TYPE_STRUCT, .name = "log", .size = 8}, log_pointer = POINTER(&log);
    struct type hue = {
        .kind = TYPE_ENUM, .underlying = "u32", .size = 4, VALUES({"RED", 0, false}, {"BLUE", 1, false})};
    struct type empty = {.kind = TYPE_STRUCT};
    struct type point = {.kind = TYPE_STRUCT,
                         .typedef_name = "point",
                         .size = 16,
                         MEMBERS({.name = "log", .type = &log_pointer}, {.type = &empty, .offset = 8},
                                 {.name = "hue", .type = &hue, .offset = 8})};
    char name[1000]; /* so long that a message with it needs memory of its own */
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    if (_i == 2)
        point.members[0] = (struct type_member){.name = name, .type = &unusable};
    make_unit(&units[0], true, true);
    make_unit(&units[1], true, false);
    units[0].one.size = units[1].one.size = 16;
    units[0].one_members[0].type = units[1].one_members[0].type = &point;
    if (_i == 1)
        units[1].root.size = 24;
    struct type_interface interfaces[] = {interface_of("x", &units[0].root, "a.o"),
                                          interface_of("x", &units[1].root, "b.o"), interface_of("log", &log, "b.o")};
    struct type_graph graph = graph_of(interfaces, 3);
    static const enum canon_result results[] = {CANON_DONE, CANON_DIFFERS, CANON_NOT_REPRESENTABLE};
    for (size_t nth = 1;; nth++)
        for (int once = 0; once < 2; once++) {
            struct pm_arena own = {0};
            if (once != 0)
                fail_allocation_once(nth);
            else
                fail_allocation(nth);
            enum canon_result result = canon_write(&graph, "x", 1, 0, true, &own, &text, &problem);
            bool happened = fail_allocation_happened();
            fail_allocation(0);
            pm_arena_free(&own);
            ck_assert_int_eq(result, happened ? CANON_OUT_OF_MEMORY : results[_i]);
            ck_assert_uint_eq(units[0].one.mark | units[1].root.mark | point.mark | log.mark, 0);
            if (!happened) {
                ck_assert_uint_gt(nth, 3);
                return;
            }
        }
}
END_TEST

static TCase *add_case(Suite *suite, const char *name)
{
    TCase *tests = tcase_create(name);
    tcase_add_checked_fixture(tests, start, stop);
    tcase_set_timeout(tests, 120);
    suite_add_tcase(suite, tests);
    return tests;
}

static Suite *canon_suite(void)
{
    Suite *suite = suite_create("canon");
    TCase *tests = add_case(suite, "roots");
    tcase_add_test(tests, root_struct_of_methods_gives_its_members_in_order);
    tcase_add_test(tests, root_union_is_written_as_a_union);
    tcase_add_test(tests, root_without_members_has_only_its_end);
    tcase_add_test(tests, root_function_has_its_type_and_blocks_behind_it);
    tcase_add_test(tests, root_function_may_have_the_name_of_a_struct_that_it_takes);
    tcase_add_test(tests, root_object_has_its_type_and_size);
    tcase_add_test(tests, root_that_is_const_is_as_if_it_were_not);
    tcase_add_test(tests, root_within_itself_is_named_by_the_interface);
    tcase_add_test(tests, interface_of_another_name_or_version_is_absent);
    tcase_add_test(tests, versions_of_one_interface_have_a_text_each);
    tcase_add_test(tests, id_is_the_sha256_of_the_text);
    tests = add_case(suite, "types");
    tcase_add_test(tests, types_are_written_outside_in);
    tcase_add_test(tests, functions_tell_what_they_return_and_take);
    tcase_add_test(tests, qualifiers_of_pointees_and_members_are_kept_in_one_order);
    tcase_add_test(tests, qualifiers_of_parameters_and_returns_are_dropped);
    tcase_add_test(tests, qualifiers_of_functions_are_dropped);
    tcase_add_test(tests, qualifiers_of_arrays_are_their_elements);
    tcase_add_test(tests, qualifiers_of_an_array_behind_a_pointer_are_dropped_and_its_elements_kept);
    tcase_add_test(tests, array_parameters_decay);
    tests = add_case(suite, "blocks");
    tcase_add_test(tests, struct_union_and_enum_get_a_block_each_breadth_first);
    tcase_add_test(tests, struct_that_refers_to_itself_has_one_block);
    tcase_add_test(tests, members_appended_leave_the_older_text_in_front);
    tcase_add_test(tests, enumerators_are_sorted_by_value_then_name);
    tcase_add_test(tests, bit_fields_have_a_place_and_a_width);
    tcase_add_test(tests, bit_fields_that_fill_an_aligned_type_are_plain_members);
    tcase_add_test(tests, alignment_is_told_where_it_is_larger_than_natural);
    tcase_add_test(tests, alignment_of_scalars_is_at_most_a_word);
    tcase_add_test(tests, pointers_are_as_large_as_the_targets_words);
    tests = add_case(suite, "anonymous types");
    tcase_add_test(tests, anonymous_types_are_named_by_their_content);
    tcase_add_test(tests, anonymous_members_have_no_name_and_nest);
    tcase_add_test(tests, anonymous_types_may_refer_to_themselves_through_a_tag);
    tcase_add_test(tests, anonymous_types_that_refer_to_themselves_directly_are_a_problem);
    tcase_add_test(tests, notes_tell_typedef_names_and_leave_the_id);
    tests = add_case(suite, "boundaries and opaque types");
    tcase_add_test(tests, interfaces_that_are_reached_are_boundaries);
    tcase_add_test(tests, boundaries_are_listed_as_the_text_has_them);
    tcase_add_test(tests, boundaries_are_known_by_their_tag_in_other_units);
    tcase_add_test(tests, boundaries_are_of_the_interfaces_kind);
    tcase_add_test(tests, functions_and_objects_are_no_boundaries);
    tcase_add_test(tests, boundary_of_two_interfaces_is_a_problem);
    tcase_add_test(tests, boundary_that_is_another_version_of_the_interface_is_a_problem);
    tcase_add_test(tests, tag_that_is_an_interfaces_name_is_a_problem);
    tcase_add_test(tests, opaque_types_have_no_content);
    tcase_add_test(tests, opaque_names_structs_alone);
    tcase_add_loop_test(tests, private_types_of_the_c_library_are_opaque, 0, (int)COUNT(library_tags));
    tests = add_case(suite, "units");
    tcase_add_loop_test(tests, types_complete_in_one_unit_are_complete_in_all, 0, 6);
    tcase_add_test(tests, types_opaque_by_name_are_completed_nowhere);
    tcase_add_test(tests, types_complete_for_another_interface_alone_stay_opaque);
    tcase_add_test(tests, two_definitions_are_both_told);
    tcase_add_test(tests, two_definitions_behind_a_completed_type_are_told);
    tcase_add_test(tests, problem_in_one_unit_tells_which);
    tcase_add_test(tests, root_that_is_complete_in_another_unit_is_complete);
    tcase_add_test(tests, equal_types_of_one_tag_are_one);
    tcase_add_test(tests, two_kinds_of_one_tag_are_a_problem);
    tcase_add_test(tests, two_kinds_of_one_tag_from_two_units_are_a_problem);
    tcase_add_test(tests, second_root_of_one_tag_is_compared);
    tests = add_case(suite, "problems");
    tcase_add_test(tests, unsupported_types_are_a_problem_where_they_are_reached);
    tcase_add_test(tests, members_that_overlap_are_a_problem);
    tcase_add_test(tests, members_without_size_overlap_nothing);
    tcase_add_test(tests, members_beyond_the_end_are_a_problem);
    tcase_add_test(tests, bit_fields_without_room_are_a_problem);
    tcase_add_test(tests, types_that_contain_themselves_are_a_problem);
    tcase_add_loop_test(tests, types_without_an_end_are_a_problem, TYPE_POINTER, TYPE_FUNCTION + 1);
    tcase_add_test(tests, types_that_are_nested_deep_are_a_problem);
    tcase_add_test(tests, sizes_larger_than_any_memory_are_a_problem);
    tcase_add_test(tests, names_that_come_twice_are_a_problem);
    tcase_add_test(tests, enumerators_out_of_range_are_a_problem);
    tcase_add_test(tests, shapes_that_c_does_not_have_are_a_problem);
    tcase_add_test(tests, interfaces_of_the_wrong_kind_are_a_problem);
    tcase_add_test(tests, types_by_value_that_are_only_declared_are_a_problem);
    tcase_add_test(tests, names_that_c_does_not_have_are_a_problem);
    tcase_add_test(tests, names_of_other_scripts_and_namespaces_are_kept);
    tcase_add_test(tests, names_longer_than_1000_bytes_are_a_problem);
    tcase_add_test(tests, interface_name_that_c_does_not_have_is_a_problem);
    tests = add_case(suite, "scale");
    tcase_add_loop_test(tests, chains_of_100000_structs_need_no_stack, 0, LINKS);
    tcase_add_loop_test(tests, chains_of_100000_derived_types_are_a_problem, TYPE_POINTER, TYPE_FUNCTION + 1);
    tcase_add_test(tests, members_by_the_hundred_thousand_have_a_line_each);
    tcase_add_test(tests, texts_larger_than_4_mib_are_a_problem);
    tcase_add_test(tests, work_without_text_is_limited);
    tests = add_case(suite, "out of memory");
    tcase_add_loop_test(tests, writing_without_memory_says_so, 0, 3);
    return suite;
}

int main(void)
{
    return run_suite(canon_suite());
}
