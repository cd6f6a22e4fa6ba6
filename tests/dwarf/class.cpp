// SPDX-License-Identifier: MIT
// class.cpp: interfaces that reach what C does not have; some can be written down, the others say why not.
#include <plugmgr/plugin.h>

#include <string>

namespace space {
struct outer {
    struct inner;
    inner *in;
    int number;
    enum class scoped : signed char { low = -1, high = 100 } e;
    enum { anonymous_a = 1, anonymous_b } a;
};
struct outer::inner {
    int deep;
};
struct unknown;
namespace {
struct unnamed {
    int number;
};
} // namespace
template <class T> struct box {
    T content;
};
inline namespace v1 {
struct in_inline {
    int number;
};
} // namespace v1
} // namespace space

typedef struct {
    int a;
} anonymous_t;
struct base {};
struct derived : base {
    int number;
};
struct with_virtual {
    virtual void call();
    int number;
};
struct copying {
    copying(const copying &);
    int number;
};
struct destroying {
    ~destroying();
    int number;
};
struct holding {
    destroying member[2];
};
struct trivial {
    trivial() = default;
    trivial(int);
    int get() const;
    static int shared;
    int number;
};
class C {
  public:
    struct in_class {
        int number;
    };
    in_class *get();

  private:
    int x;
};
// As in C, so the tag is `in_plain` in both.
struct plain {
    struct in_plain {
        int number;
    } *p;
};
// Not as in C.
struct beyond {
    struct in_beyond {
        int number;
    } *p;
    int get() const;
};
struct to_hide : base {
    int number;
};
PLUGMGR_OPAQUE(to_hide);

#define INTERFACE(name, ...) \
    struct struct_##name { \
        __VA_ARGS__; \
    }; \
    PLUGMGR_INTERFACE(name, struct_##name, 1, 0)

#ifdef GOOD
INTERFACE(good, space::outer *o; space::unknown *u; space::in_inline *i; anonymous_t *a;
          int (*f)(trivial, trivial &, trivial &&, const anonymous_t &); decltype(nullptr) null; wchar_t w; char16_t c16;
          char32_t c32; bool b; __float128 f128; long double ld; C *c; C::in_class *in; plain p; beyond y; to_hide *hidden;
          enum : short { minus = -5, plus = 300 } s; enum wide : unsigned long { all = 0xffffffffffffffffUL } w64;
          copying *by_pointer; void (*g)(const destroying &));
#else
INTERFACE(bad, BAD;);
#endif
PLUGMGR_PLUGIN("class", "1.0");
#ifdef GOOD
PLUGMGR_PROVIDE(good, one) = {};
#else
PLUGMGR_PROVIDE(bad, one) = {};
#endif
