/* SPDX-License-Identifier: MIT */
/* userhost.c: a host. Opens a plugin that provides user_manager, asks it one question, and prints the answer. */
#include "userhost.h"

#include "user_rules.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

PLUGMGR_HOST("userhost", "1.0.0");
PLUGMGR_ACCEPT(user_manager, 1, 0);

/* A server of files keeps those of each user in a folder of the username. */
static const char *check_username(const char *username)
{
    bool is_folder = strchr(username, '/') == NULL && strcmp(username, ".") != 0 && strcmp(username, "..") != 0;
    return is_folder ? NULL : "cannot be the name of a folder";
}

PLUGMGR_OFFER(user_rules) = {
    .check_username = check_username,
};

static const char usage_text[] =
    "usage: userhost --plugin=PLUGIN --data=FILE [OPTION]... QUERY\n"
    "       userhost [OPTION]... list\n"
    "\n"
    "queries:\n"
    "  get ID              the user with this opaque id or, if there is none, this username\n"
    "  groups ID           the groups of that user\n"
    "  claim NAME VALUE    the user of whom this is claimed; NAME is mail, username or uid\n"
    "  count               how many users there are\n"
    "  find TEXT           the users whose username, display name, mail or opaque id contains TEXT, ignoring case\n"
    "  serve               asks for all users from two threads, and reloads the plugin when its file changes; until\n"
    "                      SIGINT, SIGTERM or the end of standard input\n"
    "\n"
    "list shows the plugins on the search path that provide users, and whether they would be accepted.\n"
    "\n"
    "options:\n"
    "  --plugin=PLUGIN     the plugin that provides the users: a file, with a slash in it, or a name on the search "
    "path\n"
    "  --directory=DIR     puts DIR on the search path, behind those of the environment's PLUGMGR_PATH; any number\n"
    "  --data=FILE         what the plugin reads the users from\n"
    "  --idp=IDP           ID is of this identity provider (get and groups; default: of any)\n"
    "  --queries=N         serve ends after N queries, and does not look at standard input\n"
    "  --policy=POLICY     how closely the plugin must fit: exact, compatible (default), version\n"
    "  --verbose           show what the plugin has to say, and notes on how it fits\n"
    "  --help              show this text\n"
    "\n"
    "exit status: 0 found, 1 not found, or several users fit, 2 wrong usage, 3 the plugin was refused or failed\n";

/* ---- printing --------------------------------------------------------------------------------------------------- */

void print_escaped(FILE *stream, const char *text)
{
    char *escaped = plugmgr_escape(text);
    if (escaped == NULL) {
        fputs("userhost: out of memory\n", stderr);
        exit(STATUS_FAILED);
    }
    fputs(escaped, stream);
    free(escaped);
}

static void print_field(const char *name, const char *value)
{
    fputs(name, stdout);
    fputs(*value == '\0' ? ":" : ": ", stdout);
    print_escaped(stdout, value);
    putchar('\n');
}

static void print_user(const struct user *user)
{
    print_field("opaque_id", user->id.opaque_id);
    print_field("idp", user->id.idp);
    print_field("username", user->username);
    print_field("mail", user->mail);
    print_field("display_name", user->display_name);
    for (size_t i = 0; i < user->group_count; i++)
        print_field("group", user->groups[i]);
    for (size_t i = 0; i < user->opaque_count; i++) {
        fputs("opaque ", stdout);
        print_escaped(stdout, user->opaque[i].key);
        putchar(' ');
        print_escaped(stdout, user->opaque[i].decoder);
        print_field("", user->opaque[i].value);
    }
}

/* One line: username, opaque id, idp, mail, display name, with tabs between them. */
static void print_user_line(const struct user *user)
{
    const char *const texts[] = {user->username, user->id.opaque_id, user->id.idp, user->mail, user->display_name};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (i > 0)
            putchar('\t');
        print_escaped(stdout, texts[i]);
    }
    putchar('\n');
}

enum status complain(enum status status, const char *text, const char *subject)
{
    fprintf(stderr, "userhost: %s: ", text);
    print_escaped(stderr, subject);
    fputc('\n', stderr);
    return status;
}

void print_report(const struct plugmgr_report *report, const struct arguments *arguments)
{
    const struct plugmgr_finding *gravest = plugmgr_report_finding(report, 0);
    if (!arguments->is_verbose && (gravest == NULL || gravest->severity == PLUGMGR_NOTE))
        return;
    unsigned flags = isatty(STDERR_FILENO) ? PLUGMGR_TEXT_COLOR : 0;
    if (arguments->is_verbose)
        flags |= PLUGMGR_TEXT_VERBOSE;
    char *text;
    int error = plugmgr_report_text(report, flags, &text);
    if (error < 0) {
        complain(STATUS_FAILED, "the report cannot be shown", plugmgr_error_text(error));
        return;
    }
    fputs(text, stderr);
    free(text);
}

/* ---- queries ---------------------------------------------------------------------------------------------------- */

/* What a failed method means to the user. */
static enum status explain(enum user_result result, const char *subject)
{
    switch (result) {
    case USER_NOT_FOUND:
        return complain(STATUS_NOT_FOUND, "no such user", subject);
    case USER_AMBIGUOUS:
        return complain(STATUS_NOT_FOUND, "several users fit", subject);
    case USER_UNKNOWN_CLAIM:
        return complain(STATUS_USAGE, "the plugin cannot be asked for this claim", subject);
    default:
        return complain(STATUS_FAILED, "the plugin did not understand the question", subject);
    }
}

static enum status query_get(const struct source *source, const struct arguments *arguments)
{
    struct user_id id = {.idp = arguments->idp, .opaque_id = arguments->query[1]};
    const struct user *user;
    enum user_result result = source->manager->get_user(&id, &user);
    if (result != USER_OK)
        return explain(result, id.opaque_id);
    print_user(user);
    return STATUS_FOUND;
}

static enum status query_groups(const struct source *source, const struct arguments *arguments)
{
    struct user_id id = {.idp = arguments->idp, .opaque_id = arguments->query[1]};
    const char *const *groups;
    size_t count;
    enum user_result result = source->manager->get_user_groups(&id, &groups, &count);
    if (result != USER_OK)
        return explain(result, id.opaque_id);
    for (size_t i = 0; i < count; i++) {
        print_escaped(stdout, groups[i]);
        putchar('\n');
    }
    return STATUS_FOUND;
}

static enum status query_claim(const struct source *source, const struct arguments *arguments)
{
    const char *claim = arguments->query[1], *value = arguments->query[2];
    const struct user *user;
    enum user_result result = source->manager->get_user_by_claim(claim, value, &user);
    if (result != USER_OK)
        return explain(result, result == USER_UNKNOWN_CLAIM ? claim : value);
    print_user(user);
    return STATUS_FOUND;
}

static enum status query_find(const struct source *source, const struct arguments *arguments)
{
    const char *text = arguments->query[1];
    const struct user *users[8], *after = NULL;
    const size_t capacity = sizeof(users) / sizeof(users[0]);
    size_t count;
    do {
        enum user_result result = source->manager->find_users(text, after, capacity, users, &count);
        if (result != USER_OK)
            return explain(result, text);
        for (size_t i = 0; i < count; i++)
            print_user_line(users[i]);
        if (count > 0)
            after = users[count - 1];
    } while (count == capacity);
    return after != NULL ? STATUS_FOUND : explain(USER_NOT_FOUND, text);
}

/* A plugin that was built against user_manager 1.0 has no count_users; it is counted page by page. */
static size_t count_pages(const struct user_manager *manager)
{
    const struct user *users[64], *after = NULL;
    const size_t capacity = sizeof(users) / sizeof(users[0]);
    size_t count, total = 0;
    do {
        if (manager->find_users("", after, capacity, users, &count) != USER_OK)
            return total;
        total += count;
        if (count > 0)
            after = users[count - 1];
    } while (count == capacity);
    return total;
}

static enum status query_count(const struct source *source, const struct arguments *arguments)
{
    bool has_count = plugmgr_has(source->plugin, user_manager, count_users);
    size_t count = has_count ? source->manager->count_users() : count_pages(source->manager);
    if (arguments->is_verbose && !has_count)
        fputs("userhost: the plugin is older than count_users: counted page by page\n", stderr);
    printf("%zu\n", count);
    return STATUS_FOUND;
}

static const struct query {
    const char *name;
    int words; /* with the name */
    bool takes_idp, takes_queries;
    enum status (*run)(const struct source *source, const struct arguments *arguments);
} queries[] = {
    {"get", 2, true, false, query_get},      {"groups", 2, true, false, query_groups},
    {"claim", 3, false, false, query_claim}, {"count", 1, false, false, query_count},
    {"find", 2, false, false, query_find},   {"serve", 1, false, true, serve},
};

/* `userhost list` asks no plugin, and needs none. */
static bool is_list(const struct arguments *arguments)
{
    return arguments->query_count > 0 && strcmp(arguments->query[0], "list") == 0;
}

/* NULL: there is no such query. */
static const struct query *find_query(const char *name)
{
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        if (strcmp(name, queries[i].name) == 0)
            return &queries[i];
    }
    return NULL;
}

/* ---- the plugin ------------------------------------------------------------------------------------------------- */

static void print_log(void *log_data, enum plugmgr_log_level level, const char *message)
{
    const struct arguments *arguments = log_data;
    if (level > PLUGMGR_LOG_WARNING && !arguments->is_verbose)
        return;
    fputs("userhost: ", stderr);
    print_escaped(stderr, message);
    fputc('\n', stderr);
}

static enum status ask_plugin(struct plugmgr *plugins, const struct arguments *arguments)
{
    struct plugmgr_open_options options = {
        .size = sizeof(options), .config = arguments->data, .interface_name = "user_manager"};
    struct plugmgr_plugin *plugin;
    struct plugmgr_report *report = NULL;
    int error = plugmgr_open(plugins, arguments->plugin, &options, &plugin, &report);
    if (report != NULL)
        print_report(report, arguments);
    else if (error < 0)
        complain(STATUS_FAILED, plugmgr_error_text(error), arguments->plugin);
    plugmgr_report_free(report);
    if (error < 0)
        return STATUS_FAILED;

    enum status status;
    const struct source source = {plugins, plugin, plugmgr_get(plugin, user_manager)};
    if (source.manager == NULL)
        status = complain(STATUS_FAILED, "the plugin has several user_managers", arguments->plugin);
    else
        status = find_query(arguments->query[0])->run(&source, arguments);
    error = plugmgr_close(plugin);
    if (error < 0)
        return complain(STATUS_FAILED, plugmgr_error_text(error), arguments->plugin);
    return status;
}

static enum status ask(struct arguments *arguments)
{
    struct plugmgr_options options = {
        .size = sizeof(options), .policy = arguments->policy, .log = print_log, .log_data = arguments};
    struct plugmgr *plugins;
    int error = plugmgr_new(&plugins, &options);
    if (error < 0)
        return complain(STATUS_FAILED, "plugins cannot be opened", plugmgr_error_text(error));
    for (const char **directory = arguments->directories; *directory != NULL && error == 0; directory++)
        error = plugmgr_add_directory(plugins, *directory);
    enum status status;
    if (error < 0)
        status = complain(STATUS_FAILED, "plugins cannot be searched for", plugmgr_error_text(error));
    else
        status = is_list(arguments) ? list_plugins(plugins, arguments) : ask_plugin(plugins, arguments);
    plugmgr_free(plugins);
    return status;
}

/* ---- arguments -------------------------------------------------------------------------------------------------- */

static bool parse_policy(const char *name, enum plugmgr_policy *ret_policy)
{
    static const struct {
        const char *name;
        enum plugmgr_policy policy;
    } policies[] = {
        {"exact", PLUGMGR_POLICY_EXACT},
        {"compatible", PLUGMGR_POLICY_COMPATIBLE},
        {"version", PLUGMGR_POLICY_VERSION},
    };
    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        if (strcmp(name, policies[i].name) == 0) {
            *ret_policy = policies[i].policy;
            return true;
        }
    }
    return false;
}

/* The number of words that are expected differs. */
static const char *count_words(int have, int want)
{
    return have < want ? "too few words for the query" : "too many words for the query";
}

/* What is wrong with the arguments of list; NULL: nothing. */
static const char *check_list(const struct arguments *arguments)
{
    if (arguments->query_count != 1)
        return count_words(arguments->query_count, 1);
    if (arguments->idp != NULL)
        return "--idp does not go with the query";
    return arguments->queries > 0 ? "--queries does not go with the query" : NULL;
}

/* NULL: they are complete; else what is wrong, and *ret_subject with what. */
static const char *check_arguments(const struct arguments *arguments, const char **ret_subject)
{
    if (is_list(arguments)) {
        *ret_subject = arguments->query[0];
        return check_list(arguments);
    }
    *ret_subject = "try --help";
    if (arguments->plugin == NULL)
        return "--plugin is missing";
    if (arguments->data == NULL)
        return "--data is missing";
    if (arguments->query_count == 0)
        return "the query is missing";
    const struct query *query = find_query(arguments->query[0]);
    *ret_subject = arguments->query[0];
    if (query == NULL)
        return "no such query";
    if (arguments->query_count != query->words)
        return count_words(arguments->query_count, query->words);
    if (arguments->idp != NULL && !query->takes_idp)
        return "--idp does not go with the query";
    if (arguments->queries > 0 && !query->takes_queries)
        return "--queries does not go with the query";
    return NULL;
}

/* A number from 1, in decimal digits alone. */
static bool parse_number(const char *text, unsigned long *ret_number)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || number == 0)
        return false;
    *ret_number = number;
    return true;
}

/* Fills the arguments. STATUS_FOUND: they are complete; else the program ends with the status. */
static enum status parse_arguments(int argc, char **argv, struct arguments *arguments, bool *ret_is_help)
{
    enum { PLUGIN, DIRECTORY, DATA, IDP, QUERIES, POLICY, VERBOSE, HELP };
    static const struct option options[] = {
        {"plugin", required_argument, NULL, PLUGIN},
        {"directory", required_argument, NULL, DIRECTORY},
        {"data", required_argument, NULL, DATA},
        {"idp", required_argument, NULL, IDP},
        {"queries", required_argument, NULL, QUERIES},
        {"policy", required_argument, NULL, POLICY},
        {"verbose", no_argument, NULL, VERBOSE},
        {"help", no_argument, NULL, HELP},
        {NULL, 0, NULL, 0},
    };
    size_t directories = 0;
    int option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case PLUGIN:
            arguments->plugin = optarg;
            break;
        case DIRECTORY:
            arguments->directories[directories++] = optarg;
            break;
        case DATA:
            arguments->data = optarg;
            break;
        case IDP:
            arguments->idp = optarg;
            break;
        case QUERIES:
            if (!parse_number(optarg, &arguments->queries))
                return complain(STATUS_USAGE, "not a number of queries", optarg);
            break;
        case POLICY:
            if (!parse_policy(optarg, &arguments->policy))
                return complain(STATUS_USAGE, "no such policy", optarg);
            break;
        case VERBOSE:
            arguments->is_verbose = true;
            break;
        case HELP:
            *ret_is_help = true;
            return STATUS_FOUND;
        default:
            return STATUS_USAGE; /* getopt_long has told */
        }
    }
    arguments->query = argv + optind;
    arguments->query_count = argc - optind;
    const char *subject, *wrong = check_arguments(arguments, &subject);
    return wrong == NULL ? STATUS_FOUND : complain(STATUS_USAGE, wrong, subject);
}

int main(int argc, char **argv)
{
    struct arguments arguments = {.policy = PLUGMGR_POLICY_COMPATIBLE};
    arguments.directories = calloc((size_t)argc + 1, sizeof(*arguments.directories)); /* more than there can be */
    if (arguments.directories == NULL)
        return (int)complain(STATUS_FAILED, "nothing can be asked", "out of memory");
    bool is_help = false;
    enum status status = parse_arguments(argc, argv, &arguments, &is_help);
    if (status == STATUS_FOUND && is_help)
        fputs(usage_text, stdout);
    else if (status == STATUS_FOUND)
        status = ask(&arguments);
    free(arguments.directories);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("userhost: standard output");
        status = STATUS_FAILED;
    }
    return (int)status;
}
