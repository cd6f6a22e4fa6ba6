/* SPDX-License-Identifier: MIT */
/* calls: what a call of a plugin's method costs: through libplugmgr, through a table that was got by hand with dlopen
 * and dlsym, directly in the same program, and of peers, which are other processes. Asserts nothing.
 *
 *   calls compare FOLDER USERS.json [NAME METHODS COMMAND]...    a peer, asked METHODS (words in one argument)
 *   calls grow FOLDER FEW.json MANY.json
 *   calls loop plugin|hand|direct METHOD FOLDER USERS.json CALLS    for profilers
 *
 * FOLDER, of which the name is the table's in what is told, has the plugins users.so and nothing.so, and copies of
 * them, users_copy.so and nothing_copy.so: of one file, the dynamic linker would give the same object a second time.
 *
 * Users are asked for in an order that looks random, each once before one is asked for again. A peer is a command
 * that is asked as peers/rounds.go tells, and measures by itself; before that, its answers are compared with the
 * plugin's. Each way is asked for a window of time in each round, since one call may take as long as a million others.
 */
#include "calls_peer.h"
#include "calls_way.h"
#include "measure.h"
#include "nothing.h"

#include <plugmgr/host.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PLUGMGR_HOST("calls", "1.0.0");
PLUGMGR_ACCEPT(user_manager, 1, 0);
PLUGMGR_ACCEPT(nothing, 1, 0);

enum { SLOW_ROUNDS = 51 };

static const double window = 1e6; /* nanoseconds of calls in one round, at least */
static const double slow = 1e5;   /* calls that take longer are measured in fewer rounds */

static const char *table; /* the name of FOLDER */

static const char by_plugin[] = "through libplugmgr", by_hand[] = "a table got by hand",
                  by_direct[] = "called directly";

/* One method in one way: what a round measures. */
struct asking {
    const struct way *way;
    struct peer *peer; /* instead of way */
    const struct method *method;
    unsigned long calls; /* in a round */
};

static double time_asking(const void *argument)
{
    const struct asking *asking = argument;
    if (asking->peer != NULL)
        return time_peer(asking->peer, asking->method->word, asking->calls);
    double begin = measure_now();
    call_method(asking->way, asking->method, asking->calls);
    return (measure_now() - begin) / (double)asking->calls;
}

/* Whether the words, with single spaces between, have one. */
static bool has_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += size) {
        if ((at == words || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
            return true;
    }
    return false;
}

/* The shortest of a few: any one may have been interrupted. */
static double shortest_asking(const struct asking *asking)
{
    enum { TRIES = 9 };
    double shortest = time_asking(asking);
    for (int i = 1; i < TRIES; i++) {
        double time = time_asking(asking);
        shortest = time < shortest ? time : shortest;
    }
    return shortest;
}

/* As many calls as fill the window: few calls would tell the clock's part, and what is not in the caches yet. */
static struct asking fill_window(const struct way *way, struct peer *peer, size_t method)
{
    struct asking asking = {.way = way, .peer = peer, .method = &methods[method], .calls = 1};
    while (shortest_asking(&asking) * (double)asking.calls < window)
        asking.calls *= 2;
    return asking;
}

static void compare_with(const char *name, const struct asking *asking, const char *reference_name,
                         const struct asking *reference, double size, bool is_same)
{
    char row[80];
    snprintf(row, sizeof(row), "%s: %s", asking->method->name, name);
    const struct measure measure = {.table = table,
                                    .size = size,
                                    .name = row,
                                    .reference_name = reference_name,
                                    .time = time_asking,
                                    .argument = asking,
                                    .reference_time = time_asking,
                                    .reference_argument = reference,
                                    .rounds = shortest_asking(asking) > slow ? SLOW_ROUNDS : 0};
    if (is_same)
        measure_same(&measure);
    else
        measure_pair(&measure);
}

static struct way open_by_plugin(struct plugmgr *manager, const char *folder, const char *users, const char *data)
{
    struct plugmgr_plugin *plugin, *nothing;
    const struct plugmgr_open_options options = {.size = sizeof(options), .config = data};
    if (plugmgr_open(manager, path_in(folder, users), &options, &plugin, NULL) != 0 ||
        plugmgr_open(manager, path_in(folder, "nothing.so"), NULL, &nothing, NULL) != 0)
        give_up(folder, "a plugin is refused");
    struct way way = {.manager = plugmgr_get(plugin, user_manager), .nothing = plugmgr_get(nothing, nothing)};
    way.questions = read_questions(way.manager);
    return way;
}

static struct plugmgr *new_manager(void)
{
    struct plugmgr *manager;
    if (plugmgr_new(&manager, NULL) != 0)
        give_up("manager", "it cannot be made");
    return manager;
}

static void compare_ways(const char *folder, const char *data, char **peers, int peer_count)
{
    struct plugmgr *manager = new_manager();
    struct way plugin = open_by_plugin(manager, folder, "users.so", data), hand = open_by_hand(folder, data);
    struct way direct = open_directly(plugin.manager);
    double size = (double)plugin.questions->count;
    measure_title("calls, by number of users");
    for (size_t i = 0; i < METHODS; i++) {
        struct asking of_plugin = fill_window(&plugin, NULL, i), of_hand = fill_window(&hand, NULL, i);
        struct asking of_direct = fill_window(&direct, NULL, i);
        compare_with("", &of_plugin, by_hand, &of_hand, size, true);
        compare_with(by_plugin, &of_plugin, by_hand, &of_hand, size, false);
        compare_with(by_plugin, &of_plugin, by_direct, &of_direct, size, false);
    }
    for (int k = 0; k + 2 < peer_count; k += 3) {
        struct peer *peer = start_peer(peers[k + 2]);
        for (size_t i = 0; i < METHODS; i++) {
            if (!has_word(peers[k + 1], methods[i].word))
                continue;
            if (hash_answers_of_peer(peer, methods[i].word) != hash_answers(&plugin, i))
                give_up(peers[k], "its answers are others");
            struct asking of_plugin = fill_window(&plugin, NULL, i), of_peer = fill_window(NULL, peer, i);
            compare_with(peers[k], &of_peer, by_plugin, &of_plugin, size, false);
        }
        stop_peer(peer);
    }
    plugmgr_free(manager);
}

/* What many users cost against few: first where as many of them are asked for as there are few, so that they are in the
 * processor's caches as well; then where all are asked for, so that what memory takes comes to it. */
static void compare_sizes(const char *folder, const char *few_data, const char *many_data)
{
    struct plugmgr *manager = new_manager(), *other = new_manager();
    struct way few = open_by_plugin(manager, folder, "users.so", few_data);
    struct way many = open_by_plugin(other, folder, "users_copy.so", many_data);
    double size = (double)many.questions->count;
    struct questions some = *many.questions;
    some.count = few.questions->count;
    struct way many_some = many;
    many_some.questions = &some;
    char reference[40], name[40];
    snprintf(reference, sizeof(reference), "%zu users", few.questions->count);
    snprintf(name, sizeof(name), "%zu asked for", some.count);
    measure_title("calls, many users against few");
    for (size_t i = GET_USER; i < METHODS; i++) {
        struct asking of_few = fill_window(&few, NULL, i), of_some = fill_window(&many_some, NULL, i);
        struct asking of_many = fill_window(&many, NULL, i);
        compare_with("", &of_few, reference, &of_few, 0, true);
        compare_with(name, &of_some, reference, &of_few, size, false);
        compare_with("all asked for", &of_many, reference, &of_few, size, false);
    }
    plugmgr_free(other);
    plugmgr_free(manager);
}

static void run_loop(char **arguments)
{
    struct plugmgr *manager = new_manager();
    const char *name = arguments[0], *folder = arguments[2], *data = arguments[3];
    struct way way =
        strcmp(name, "hand") == 0 ? open_by_hand(folder, data) : open_by_plugin(manager, folder, "users.so", data);
    if (strcmp(name, "direct") == 0)
        way = open_directly(way.manager);
    for (size_t i = 0; i < METHODS; i++) {
        if (strcmp(arguments[1], methods[i].word) == 0)
            call_method(&way, &methods[i], strtoul(arguments[4], NULL, 10));
    }
    plugmgr_free(manager);
}

int main(int argc, char **argv)
{
    const char *folder = argc >= 4 ? strrchr(argv[2], '/') : NULL;
    table = folder != NULL ? folder + 1 : "calls";
    if (argc >= 4 && strcmp(argv[1], "compare") == 0)
        compare_ways(argv[2], argv[3], argv + 4, argc - 4);
    else if (argc == 5 && strcmp(argv[1], "grow") == 0)
        compare_sizes(argv[2], argv[3], argv[4]);
    else if (argc == 7 && strcmp(argv[1], "loop") == 0)
        run_loop(argv + 2);
    else
        give_up("usage", "see the source");
    return 0;
}
