/* SPDX-License-Identifier: MIT */
/* A plugin in C++, with what C++ brings along: objects with constructors and destructors, templates, exceptions that
 * are caught inside. Names and types of the interface are C's. */
#include <plugmgr/plugin.h>

#include <cstdio>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "counter.h"

#ifndef STEP
#define STEP 10
#endif

PLUGMGR_PLUGIN("counter_cpp", "2.0");

extern "C" __attribute__((visibility("default"))) int counter_step()
{
    return STEP;
}

namespace
{

class Steps
{
  public:
    ~Steps()
    {
        std::printf("the destructor ran after %zu steps\n", steps.size());
        std::fflush(stdout);
    }
    int take()
    {
        steps.push_back(counter_step());
        return std::accumulate(steps.begin(), steps.end(), 0);
    }

  private:
    std::vector<int> steps;
};

std::unique_ptr<Steps> steps;
const std::string name = std::string("C") + "++";

int next()
{
    try {
        return steps.get() != nullptr ? steps->take() : throw std::logic_error("not started");
    } catch (const std::logic_error &) {
        return -1;
    }
}

const char *language()
{
    return name.c_str();
}

int start(const plugmgr_context *context)
{
    if (context->config[0] != '\0')
        return context->fail(context, "%s", context->config);
    steps = std::make_unique<Steps>();
    return 0;
}

void stop()
{
    steps.reset();
}

} // namespace

PLUGMGR_PROVIDE(counter, main) = {next, language};
PLUGMGR_START(start);
PLUGMGR_STOP(stop);
