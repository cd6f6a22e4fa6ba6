/* SPDX-License-Identifier: MIT */
/* A host in C++, as one would write it there: host PLUGIN… */
#include <plugmgr/host.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

#include "counter.h"

PLUGMGR_HOST("cpphost", "1.0.0");
PLUGMGR_ACCEPT(counter, COUNTER_MAJOR, 0);

namespace
{

struct Free {
    void operator()(plugmgr *manager) const
    {
        plugmgr_free(manager);
    }
    void operator()(plugmgr_report *report) const
    {
        plugmgr_report_free(report);
    }
    void operator()(char *text) const
    {
        std::free(text);
    }
};

class Refused : public std::runtime_error
{
  public:
    explicit Refused(const plugmgr_report *report) : std::runtime_error(text_of(report))
    {
    }

  private:
    static std::string text_of(const plugmgr_report *report)
    {
        char *text = nullptr;
        if (plugmgr_report_text(report, 0, &text) < 0)
            throw std::bad_alloc();
        const std::unique_ptr<char, Free> owner(text);
        return text;
    }
};

class Manager
{
  public:
    Manager()
    {
        plugmgr *made = nullptr;
        const int result = plugmgr_new(&made, nullptr);
        if (result < 0)
            throw std::runtime_error(plugmgr_error_text(result));
        manager.reset(made);
    }
    plugmgr_plugin *open(const std::string &path)
    {
        plugmgr_plugin *plugin = nullptr;
        plugmgr_report *report = nullptr;
        const int result = plugmgr_open(manager.get(), path.c_str(), nullptr, &plugin, &report);
        const std::unique_ptr<plugmgr_report, Free> owner(report);
        if (result < 0)
            throw Refused(report);
        return plugin;
    }

  private:
    std::unique_ptr<plugmgr, Free> manager;
};

} // namespace

int main(int argc, char **argv)
try {
    Manager manager;
    for (int i = 1; i < argc; i++) {
        try {
            plugmgr_plugin *plugin = manager.open(argv[i]);
            plugmgr_interface_counter *found = plugmgr_get(plugin, counter);
            const int first = found->next();
            std::cout << plugmgr_plugin_name(plugin) << " in " << found->language() << ": " << first << ' '
                      << found->next() << std::endl;
        } catch (const Refused &refused) {
            std::cout << refused.what() << std::flush;
        }
    }
    return 0;
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
