/* SPDX-License-Identifier: MIT */
/* host.hpp: the calls of a slot, for hosts in C++17 and later.
 *
 *     if (PLUGMGR_CALL(greeter) greeter{slot})
 *         greeter->greet("world");
 *
 * Since 0.1. */
#ifndef PLUGMGR_HOST_HPP
#define PLUGMGR_HOST_HPP 1

#include <plugmgr/host.h>
#include <utility>

/* A call of the declared interface, by its name: what C++ code writes for the class below. */
#define PLUGMGR_CALL(interface) plugmgr_entered<plugmgr_interface_##interface>

/* Within a call from its construction to its end, if it is true: else the slot was empty, or it was moved from or left.
 * Belongs to one thread at a time, which need not be the one that made it. Throws nothing. */
template <typename Interface> class [[nodiscard]] plugmgr_entered
{
  public:
    /* slot must have been made for this interface. */
    explicit plugmgr_entered(plugmgr_slot *slot) noexcept
        : provider_{reinterpret_cast<Interface *>(plugmgr_slot_enter_call(slot, &call_))}
    {
    }

    plugmgr_entered(plugmgr_entered &&other) noexcept
        : call_{std::exchange(other.call_, plugmgr_call{})}, provider_{std::exchange(other.provider_, nullptr)}
    {
    }

    plugmgr_entered &operator=(plugmgr_entered &&other) noexcept
    {
        if (this != &other) {
            leave();
            call_ = std::exchange(other.call_, plugmgr_call{});
            provider_ = std::exchange(other.provider_, nullptr);
        }
        return *this;
    }

    plugmgr_entered(const plugmgr_entered &) = delete;
    plugmgr_entered &operator=(const plugmgr_entered &) = delete;

    ~plugmgr_entered()
    {
        leave();
    }

    explicit operator bool() const noexcept
    {
        return provider_ != nullptr;
    }

    /* Only if it is true. */
    Interface *operator->() const noexcept
    {
        return provider_;
    }

    Interface &operator*() const noexcept
    {
        return *provider_;
    }

    /* Ends the call early. A second time it does nothing. */
    void leave() noexcept
    {
        provider_ = nullptr;
        plugmgr_slot_leave(&call_);
    }

  private:
    plugmgr_call call_{}; /* before the provider: entering fills it */
    Interface *provider_;
};

#endif
