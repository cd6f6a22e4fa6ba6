// SPDX-License-Identifier: MIT
// calls: the calls of C++ hosts: they enter, leave, and can be moved; and what the C macro gives has the type.
#include <plugmgr/host.hpp>

#include <cstdio>
#include <type_traits>

extern "C" {
#include "slot.h"
}

struct greeter {
    int (*greet)(int whom);
};
PLUGMGR_INTERFACE(greeter, struct greeter, 1, 0);
PLUGMGR_FUNCTION(command, int(int argument), 1, 0);

using greeter_call = PLUGMGR_CALL(greeter);
static_assert(!std::is_copy_constructible_v<greeter_call> && !std::is_copy_assignable_v<greeter_call>);
static_assert(std::is_nothrow_move_constructible_v<greeter_call> && std::is_nothrow_move_assignable_v<greeter_call>);
static_assert(!std::is_convertible_v<greeter_call, bool> && !std::is_convertible_v<plugmgr_slot *, greeter_call>);
static_assert(std::is_same_v<decltype(plugmgr_slot_enter(nullptr, greeter, nullptr)), const greeter *>);
static_assert(std::is_same_v<decltype(plugmgr_slot_enter(nullptr, command, nullptr)), int (*)(int)>);

namespace
{

int failures;

void expect(bool condition, const char *text)
{
    if (!condition) {
        std::printf("does not hold: %s\n", text);
        failures++;
    }
}
#define EXPECT(condition) expect(condition, #condition)

int add_one(int whom)
{
    return whom + 1;
}

const greeter provider = {add_one};

bool swap(plugmgr_slot *slot, const void *next, pm_slot_left *ret_left)
{
    if (pm_slot_prepare(slot) < 0)
        return false;
    pm_slot_swap(slot, next, ret_left);
    return true;
}

// Leaves the call that it is given.
int consume(greeter_call call)
{
    return call->greet(1);
}

void move_calls(plugmgr_slot *slot)
{
    pm_slot_left left{};
    greeter_call one{slot}, other{slot};
    EXPECT(one && other && (*one).greet(1) == 2);
    EXPECT(swap(slot, &provider, &left));
    greeter_call moved{std::move(one)};
    EXPECT(moved && !one && !pm_slot_is_drained(&left));
    one.leave();
    moved = std::move(other); // leaves the first one
    EXPECT(moved && !other && !pm_slot_is_drained(&left));
    greeter_call &same = moved;
    moved = std::move(same);
    EXPECT(moved && moved->greet(2) == 3);
    EXPECT(consume(std::move(moved)) == 2);
    EXPECT(!moved && pm_slot_is_drained(&left));
}

void leave_calls(plugmgr_slot *slot)
{
    pm_slot_left left{};
    {
        greeter_call call{slot};
        EXPECT(swap(slot, &provider, &left));
        EXPECT(call && !pm_slot_is_drained(&left));
    }
    EXPECT(pm_slot_is_drained(&left));
    greeter_call early{slot};
    EXPECT(swap(slot, nullptr, &left));
    early.leave();
    EXPECT(!early && pm_slot_is_drained(&left));
    early.leave();
    EXPECT(!greeter_call{slot}); // it is empty
}

void enter_as_c(plugmgr_slot *slot)
{
    pm_slot_left left{};
    plugmgr_call call;
    EXPECT(swap(slot, reinterpret_cast<const void *>(add_one), &left));
    if (auto *function = plugmgr_slot_enter(slot, command, &call))
        EXPECT(function(1) == 2);
    plugmgr_slot_leave(&call);
    if (PLUGMGR_CALL(command) function{slot})
        EXPECT((*function)(2) == 3);
}

} // namespace

int main()
{
    pm_slot_left left{};
    plugmgr_slot *slot = pm_slot_new(nullptr);
    EXPECT(swap(slot, &provider, &left));
    move_calls(slot);
    leave_calls(slot);
    enter_as_c(slot);
    EXPECT(swap(slot, nullptr, &left) && pm_slot_is_drained(&left) && !pm_slot_is_entered_here(slot));
    pm_slot_free(slot);
    return failures == 0 ? 0 : 1;
}
