/* SPDX-License-Identifier: MIT */
/* plugcheck: arguments -> library -> report -> exit status. No policy and no decoding of its own; loads nothing. */
#include "candidates.h"
#include "folder.h"
#include "judge.h"
#include "matrix.h"
#include "module.h"
#include "plugcheck.h"
#include "progress.h"
#include "verdict.h"
#include "world.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { EXIT_ACCEPTED = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_UNREADABLE = 3 };
enum { MAX_LIBRARIES = 64 }; /* that are kept open */
enum { DEFAULT_WIDTH = 80 };  /* of a table that goes to no terminal */

enum output { OUTPUT_TEXT, OUTPUT_JSON, OUTPUT_NONE };

/* A host that was named, read once. */
struct host {
    char *real_path;
    struct pm_module module;
};

enum task { TASK_CHECK, TASK_DESCRIBE, TASK_DIFF };

struct command {
    enum task task;
    bool has_two_tasks; /* --describe and --diff */
    enum output output;
    unsigned text_flags; /* PLUGMGR_TEXT_… */
    enum plugmgr_policy policy;
    enum plugmgr_mode mode;
    const char *interface_name;
    const char *root_path; /* of --root, or NULL */
    struct pm_tree root;
    struct pm_shelf shelf; /* of the libraries of all plugins and hosts */
    const char **host_paths;
    size_t host_count;
    const char **beside_paths; /* plugins that are open already, */
    size_t beside_count;
    struct pm_module *besides;      /* read, */
    const struct pm_facts **others; /* and what they say; */
    struct pm_beside *open;         /* those of them that are there */
    size_t open_count;
    const char **search_paths; /* folders of plugins that could be opened for others, */
    size_t search_count;
    struct candidates candidates; /* these, and those beside */
    char **files;
    size_t file_count;
    struct pm_arena arena; /* of the files of folders */
    struct matrix *matrix; /* of several verdicts, and of those of --json; else NULL */
    struct progress progress;
    json_t *results;    /* of --json */
    bool lacks_results; /* there was no memory for all of them */
    size_t printed;     /* reports so far */
    int status;
};

/* What the JSON calls the results of a task. */
static const char *const result_names[] = {
    [TASK_CHECK] = "verdicts",
    [TASK_DESCRIBE] = "modules",
    [TASK_DIFF] = "diffs",
};

static const char *const policy_names[] = {
    [PLUGMGR_POLICY_COMPATIBLE] = "compatible",
    [PLUGMGR_POLICY_EXACT] = "exact",
    [PLUGMGR_POLICY_VERSION] = "version",
};

static const char help_text[] = "Usage: plugcheck [OPTION]... PLUGIN...\n"
                                "       plugcheck --describe [OPTION]... FILE...\n"
                                "       plugcheck --diff [OPTION]... FILE FILE\n"
                                "Tells whether plugins fit, without running or mapping anything of them. A folder\n"
                                "means the plugins in it: *.so, *.so.N.\n"
                                "\n"
                                "      --host=FILE       judge for this host (may be repeated); without it: is\n"
                                "                        the plugin well-formed, and would it load here\n"
                                "      --beside=FILE     judge as if this plugin were open already (may be\n"
                                "                        repeated)\n"
                                "      --search=DIR      plugins in this folder may provide what the plugin requires\n"
                                "                        (may be repeated)\n"
                                "      --interface=NAME  the plugin must provide this interface\n"
                                "      --root=DIR        look for libraries in this root file system, such as an\n"
                                "                        image or a container\n"
                                "      --policy=POLICY   exact, compatible (default) or version\n"
                                "      --mode=MODE       how it would be loaded: auto (default), path or sealed\n"
                                "      --describe        show what a plugin or host provides, requires and pins,\n"
                                "                        and its fingerprints; or those of a lock file\n"
                                "      --diff            show what changed from the interfaces of one plugin, host\n"
                                "                        or lock file to those of another\n"
                                "  -j, --json            print JSON\n"
                                "  -q, --quiet           print nothing, only exit\n"
                                "  -v, --verbose         print notes and all changes too; with --describe, the\n"
                                "                        texts of the fingerprints\n"
                                "      --color=WHEN      auto (default), always or never\n"
                                "  -h, --help            print this\n"
                                "      --version         print the version\n"
                                "\n"
                                "Exit status: 0 all accepted, 1 something refused, 2 wrong usage, 3 something\n"
                                "could not be read. With --diff: 0 the policy would accept the change, 1 not.\n";

static int usage(const char *what, const char *argument)
{
    fprintf(stderr, "plugcheck: %s%s%s; try plugcheck --help\n", what, argument != NULL ? ": " : "",
            argument != NULL ? argument : "");
    return EXIT_USAGE;
}

/* A refusal is 1, something unreadable is 3, and 3 wins. */
static void worsen(struct command *command, int status)
{
    if (status > command->status)
        command->status = status;
}

static int status_of(const struct plugmgr_report *report)
{
    if (pm_report_failed(report) || pm_report_has_unreadable(report))
        return EXIT_UNREADABLE;
    return plugmgr_report_accepted(report) ? EXIT_ACCEPTED : EXIT_REFUSED;
}

static int out_of_memory(void)
{
    fputs("plugcheck: out of memory\n", stderr);
    return EXIT_UNREADABLE;
}

/* Takes the reference; NULL: there was no memory for it. */
static void add_result(struct command *command, json_t *result)
{
    if (json_array_append_new(command->results, result) < 0)
        command->lacks_results = true;
}

static void put_report(struct command *command, const struct plugmgr_report *report)
{
    char *text;
    progress_erase(&command->progress);
    worsen(command, status_of(report));
    if (command->output == OUTPUT_JSON) {
        /* a report that lacks findings would tell half the truth */
        add_result(command, pm_report_failed(report) ? NULL : verdict_to_json(report));
        return;
    }
    if (command->output == OUTPUT_NONE && !pm_report_failed(report))
        return;
    if (pm_report_failed(report) || plugmgr_report_text(report, command->text_flags, &text) < 0) {
        worsen(command, out_of_memory());
        return;
    }
    if (command->printed++ > 0)
        putchar('\n');
    fputs(text, stdout);
    free(text);
}

/* ---- verdicts ---- */

struct place {
    struct command *command;
    const struct host *host; /* NULL: none */
};

static void make_world(const void *data, const struct pm_module *plugin, const char *real_path,
                       struct pm_world *ret_world)
{
    const struct place *place = data;
    const struct pm_files files = {
        .host = place->host != NULL ? &place->host->module : NULL,
        .host_path = place->host != NULL ? place->host->real_path : NULL,
        .besides = place->command->open,
        .beside_count = place->command->open_count,
        .tree = place->command->root_path != NULL ? &place->command->root : NULL,
        .shelf = &place->command->shelf,
    };
    pm_world_from_files(&files, plugin, real_path, ret_world);
    ret_world->others = place->command->others;
    ret_world->other_count = place->command->beside_count;
    candidates_put(&place->command->candidates, real_path, ret_world);
}

/* The verdict on a plugin: on its own, or into the matrix. */
static void put_verdict(struct command *command, size_t index, const struct plugmgr_report *report,
                        const char *real_path)
{
    bool is_failed = pm_report_failed(report);
    if (command->matrix != NULL && is_failed)
        command->matrix->arena.failed = true;
    else if (command->matrix != NULL)
        matrix_set(command->matrix, index, report, real_path, command->text_flags);
    if (command->matrix == NULL || command->output == OUTPUT_JSON)
        put_report(command, report);
    else
        worsen(command, status_of(report));
}

static void check_one(struct command *command, size_t index, const struct host *host)
{
    const char *path = command->files[index];
    const struct place place = {command, host};
    const struct pm_judge_options judging = {
        .make_world = make_world,
        .data = &place,
        .policy = command->policy,
        .wanted_interface = command->interface_name,
        .mode = command->mode,
        .judges_candidates = true,
        .is_elsewhere = command->root_path != NULL,
    };
    struct plugmgr_report *report = pm_report_new(path);
    struct pm_judged judged;
    if (report == NULL) {
        worsen(command, out_of_memory());
        return;
    }
    pm_judge_file(&judging, path, &judged, report);
    put_verdict(command, index, report, judged.real_path);
    pm_judged_free(&judged);
    plugmgr_report_free(report);
}

/* Whether the file is a host; if not, that is reported. */
static bool read_host(struct command *command, const char *path, struct host *ret_host)
{
    struct pm_problem problem;
    pm_module_read_path(path, &ret_host->module);
    ret_host->real_path = realpath(path, NULL);
    pm_problem_set(&problem, errno == ENOMEM ? PM_OUT_OF_MEMORY : PM_FILE_ABSENT, "no real path", NULL);
    struct plugmgr_report *report = pm_report_new(path);
    if (report == NULL) {
        worsen(command, out_of_memory());
        return false;
    }
    pm_report_set_outcome(report, "refused as a host");
    pm_judge_host(&ret_host->module, report);
    if (plugmgr_report_accepted(report) && ret_host->real_path == NULL)
        pm_report_problem(report, "file", &problem, PLUGMGR_REFUSAL);
    bool is_host = plugmgr_report_accepted(report) && !pm_report_failed(report);
    if (!is_host)
        put_report(command, report);
    plugmgr_report_free(report);
    return is_host;
}

/* Whether the file is a plugin; if not, that is reported. */
static bool read_beside(struct command *command, const char *path, struct pm_module *ret_module)
{
    pm_module_read_path(path, ret_module);
    const struct pm_world nowhere = {.traits = ret_module->traits};
    struct plugmgr_report *report = pm_report_new(path);
    if (report == NULL) {
        worsen(command, out_of_memory());
        return false;
    }
    pm_judge(ret_module, &nowhere, PLUGMGR_POLICY_VERSION, NULL, report, NULL);
    bool is_plugin = plugmgr_report_accepted(report) && !pm_report_failed(report);
    if (!is_plugin)
        put_report(command, report);
    plugmgr_report_free(report);
    return is_plugin;
}

/* Whether all are plugins: what is judged beside less than was asked for would be another verdict. */
static bool read_besides(struct command *command)
{
    bool are_plugins = true;
    for (size_t i = 0; i < command->beside_count; i++) {
        are_plugins &= read_beside(command, command->beside_paths[i], &command->besides[i]);
        command->others[i] = &command->besides[i].facts;
        const char *real_path =
            candidates_add_open(&command->candidates, &command->besides[i], command->beside_paths[i]);
        if (real_path != NULL)
            command->open[command->open_count++] = (struct pm_beside){real_path, &command->besides[i]};
    }
    return are_plugins;
}

static void report_folder(struct command *command, const char *path, const struct pm_problem *problem)
{
    struct plugmgr_report *report = pm_report_new(path);
    if (report == NULL) {
        worsen(command, out_of_memory());
        return;
    }
    pm_report_problem(report, "folder", problem, PLUGMGR_REFUSAL);
    put_report(command, report);
    plugmgr_report_free(report);
}

/* Whether all folders could be read; if not, that is reported. */
static bool search_folders(struct command *command)
{
    bool are_read = true;
    for (size_t i = 0; i < command->search_count; i++) {
        struct pm_problem problem;
        if (candidates_add_folder(&command->candidates, command->search_paths[i], &problem) == 0)
            continue;
        report_folder(command, command->search_paths[i], &problem);
        are_read = false;
    }
    if (!candidates_failed(&command->candidates))
        return are_read;
    command->lacks_results = true;
    worsen(command, out_of_memory());
    return false;
}

/* All plugins for one host or, if it is NULL, for none. */
static void check_for(struct command *command, const struct host *host, size_t host_index)
{
    if (command->matrix != NULL && host != NULL)
        matrix_begin_column(command->matrix, command->host_paths[host_index], host->module.facts.name,
                            host->module.facts.version);
    else if (command->matrix != NULL)
        matrix_begin_column(command->matrix, NULL, NULL, NULL);
    for (size_t k = 0; k < command->file_count; k++) {
        progress_show(&command->progress, k, command->file_count, host_index, command->host_count);
        check_one(command, k, host);
    }
}

static void check_all(struct command *command)
{
    if (!read_besides(command) || !search_folders(command))
        return;
    progress_begin(&command->progress);
    for (size_t i = 0; i < command->host_count; i++) {
        struct host host;
        if (read_host(command, command->host_paths[i], &host))
            check_for(command, &host, i);
        pm_module_free(&host.module);
        free(host.real_path);
    }
    if (command->host_count == 0)
        check_for(command, NULL, 0);
    progress_erase(&command->progress);
}

/* Columns of the terminal, or what COLUMNS says. */
static size_t output_width(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    long wanted = columns != NULL ? strtol(columns, NULL, 10) : 0;
    if (wanted > 0)
        return (size_t)wanted;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : DEFAULT_WIDTH;
}

static void print_matrix(struct command *command)
{
    if (command->matrix->column_count == 0 && !matrix_failed(command->matrix))
        return; /* none of the hosts is one, which has been told */
    char *text = matrix_text(command->matrix, command->text_flags, output_width());
    if (text == NULL) {
        worsen(command, out_of_memory());
        return;
    }
    if (command->printed++ > 0)
        putchar('\n');
    fputs(text, stdout);
    free(text);
}

/* One verdict is shown on its own, several together. */
static void check_and_print(struct command *command)
{
    size_t columns = command->host_count > 0 ? command->host_count : 1;
    bool are_several = command->file_count * columns > 1;
    if (command->output == OUTPUT_JSON || (command->output == OUTPUT_TEXT && are_several)) {
        command->matrix = matrix_new(command->files, command->file_count, columns);
        if (command->matrix == NULL) {
            command->lacks_results = true;
            worsen(command, out_of_memory());
            return;
        }
    }
    if (command->file_count == 0)
        return; /* folders without plugins, which has been told */
    check_all(command);
    if (command->output == OUTPUT_TEXT && command->matrix != NULL)
        print_matrix(command);
    else if (command->matrix != NULL)
        command->lacks_results |= matrix_failed(command->matrix);
}

/* ---- folders ---- */

/* Appends to the list of files. false: no memory. */
static bool add_files(struct command *command, char **files, size_t count)
{
    char **grown = pm_arena_new(&command->arena, (command->file_count + count) * sizeof(*grown));
    if (grown == NULL)
        return false;
    if (command->file_count > 0)
        memcpy(grown, command->files, command->file_count * sizeof(*grown));
    memcpy(grown + command->file_count, files, count * sizeof(*grown));
    command->files = grown;
    command->file_count += count;
    return true;
}

/* Puts its plugins in the place of each folder. */
static void open_folders(struct command *command)
{
    char **arguments = command->files;
    size_t argument_count = command->file_count;
    bool is_whole = true;
    command->file_count = 0;
    for (size_t i = 0; i < argument_count; i++) {
        struct pm_problem problem;
        char **paths;
        size_t count;
        int result = folder_list(arguments[i], &command->arena, &paths, &count, &problem);
        if (result > 0)
            is_whole &= add_files(command, &arguments[i], 1);
        else if (result == 0)
            is_whole &= add_files(command, paths, count);
        else
            report_folder(command, arguments[i], &problem);
    }
    if (is_whole)
        return;
    command->lacks_results = true;
    worsen(command, out_of_memory());
}

/* ---- descriptions and differences ---- */

/* Whether the file can be read, and is a module or a lock file; if not, that is reported. */
static bool read_input(struct command *command, const char *path, struct input *ret_input)
{
    input_read(path, ret_input);
    if (ret_input->is_sound)
        return true;
    struct plugmgr_report *report = input_report(ret_input, path);
    if (report == NULL)
        worsen(command, out_of_memory());
    else
        put_report(command, report);
    plugmgr_report_free(report);
    return false;
}

static void describe_one(struct command *command, const char *path)
{
    struct input input;
    bool is_sound = read_input(command, path, &input);
    if (is_sound && command->output == OUTPUT_JSON) {
        add_result(command, module_to_json(&input, path));
    } else if (is_sound && command->output == OUTPUT_TEXT) {
        if (command->printed++ > 0)
            putchar('\n');
        if (!module_print(&input, path, (command->text_flags & PLUGMGR_TEXT_VERBOSE) != 0))
            worsen(command, out_of_memory());
    }
    input_free(&input);
}

static void put_diff(struct command *command, const struct pm_facts *from, const struct pm_facts *to)
{
    const struct diff_names names = {command->files[0], command->files[1], policy_names[command->policy]};
    struct pm_arena arena = {0};
    struct pm_diff diff;
    pm_diff(from, to, command->policy, &arena, &diff);
    if (arena.failed)
        worsen(command, out_of_memory());
    else
        worsen(command, diff.is_accepted ? EXIT_ACCEPTED : EXIT_REFUSED);
    if (command->output == OUTPUT_JSON)
        add_result(command, arena.failed ? NULL : diff_to_json(&diff, &names));
    else if (command->output == OUTPUT_TEXT && !arena.failed && !diff_print(&diff, &names, command->text_flags))
        worsen(command, out_of_memory());
    pm_arena_free(&arena);
}

static void diff_two(struct command *command)
{
    struct input from, to;
    bool has_from = read_input(command, command->files[0], &from);
    bool has_to = read_input(command, command->files[1], &to);
    if (has_from && has_to)
        put_diff(command, &from.module.facts, &to.module.facts);
    else
        worsen(command, EXIT_UNREADABLE); /* of what is no module nothing can be said */
    input_free(&from);
    input_free(&to);
}

/* ---- the command line ---- */

/* The index of the name among the names; -1: it is not one of them. */
static int find_name(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return (int)i;
    return -1;
}

static bool parse_policy(const char *name, enum plugmgr_policy *ret_policy)
{
    int index = find_name(policy_names, sizeof(policy_names) / sizeof(policy_names[0]), name);
    if (index >= 0)
        *ret_policy = (enum plugmgr_policy)index;
    return index >= 0;
}

static bool parse_mode(const char *name, enum plugmgr_mode *ret_mode)
{
    static const char *const names[] = {
        [PLUGMGR_MODE_AUTO] = "auto", [PLUGMGR_MODE_PATH] = "path", [PLUGMGR_MODE_SEALED] = "sealed"};
    int index = find_name(names, sizeof(names) / sizeof(names[0]), name);
    if (index >= 0)
        *ret_mode = (enum plugmgr_mode)index;
    return index >= 0;
}

/* auto: a terminal that is not dumb, and nobody asked for no colour (no-color.org). */
static bool parse_color(const char *when, unsigned *flags)
{
    const char *terminal = getenv("TERM"), *no_color = getenv("NO_COLOR");
    bool is_colored = strcmp(when, "always") == 0;
    if (strcmp(when, "auto") == 0)
        is_colored = isatty(STDOUT_FILENO) && terminal != NULL && strcmp(terminal, "dumb") != 0 &&
                     (no_color == NULL || *no_color == '\0');
    else if (!is_colored && strcmp(when, "never") != 0)
        return false;
    *flags = (*flags & ~(unsigned)PLUGMGR_TEXT_COLOR) | (is_colored ? PLUGMGR_TEXT_COLOR : 0);
    return true;
}

enum {
    OPTION_HOST = 256,
    OPTION_BESIDE,
    OPTION_SEARCH,
    OPTION_INTERFACE,
    OPTION_ROOT,
    OPTION_POLICY,
    OPTION_MODE,
    OPTION_DESCRIBE,
    OPTION_DIFF,
    OPTION_COLOR,
    OPTION_VERSION,
};

static const struct option options[] = {
    {"host", required_argument, NULL, OPTION_HOST},
    {"beside", required_argument, NULL, OPTION_BESIDE},
    {"search", required_argument, NULL, OPTION_SEARCH},
    {"interface", required_argument, NULL, OPTION_INTERFACE},
    {"root", required_argument, NULL, OPTION_ROOT},
    {"policy", required_argument, NULL, OPTION_POLICY},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"describe", no_argument, NULL, OPTION_DESCRIBE},
    {"diff", no_argument, NULL, OPTION_DIFF},
    {"json", no_argument, NULL, 'j'},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"color", required_argument, NULL, OPTION_COLOR},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {0},
};

static void choose_task(struct command *command, enum task task)
{
    command->has_two_tasks |= command->task != TASK_CHECK && command->task != task;
    command->task = task;
}

/* -1: go on; else the exit status. */
static int take_option(struct command *command, int option)
{
    switch (option) {
    case OPTION_HOST:
        command->host_paths[command->host_count++] = optarg;
        return -1;
    case OPTION_BESIDE:
        command->beside_paths[command->beside_count++] = optarg;
        return -1;
    case OPTION_SEARCH:
        command->search_paths[command->search_count++] = optarg;
        return -1;
    case OPTION_INTERFACE:
        command->interface_name = optarg;
        return -1;
    case OPTION_ROOT:
        command->root_path = optarg;
        return -1;
    case OPTION_POLICY:
        return parse_policy(optarg, &command->policy) ? -1 : usage("no such policy", optarg);
    case OPTION_MODE:
        return parse_mode(optarg, &command->mode) ? -1 : usage("no such mode", optarg);
    case OPTION_DESCRIBE:
        choose_task(command, TASK_DESCRIBE);
        return -1;
    case OPTION_DIFF:
        choose_task(command, TASK_DIFF);
        return -1;
    case 'j':
        command->output = OUTPUT_JSON;
        return -1;
    case 'q':
        command->output = OUTPUT_NONE;
        return -1;
    case 'v':
        command->text_flags |= PLUGMGR_TEXT_VERBOSE;
        return -1;
    case OPTION_COLOR:
        return parse_color(optarg, &command->text_flags) ? -1 : usage("--color is auto, always or never, not", optarg);
    case 'h':
        fputs(help_text, stdout);
        return EXIT_ACCEPTED;
    case OPTION_VERSION:
        puts("plugcheck " PACKAGE_VERSION);
        return EXIT_ACCEPTED;
    default: /* getopt has said what is wrong */
        fputs("try plugcheck --help\n", stderr);
        return EXIT_USAGE;
    }
}

static int parse(struct command *command, int argc, char **argv)
{
    int option, status = -1;
    parse_color("auto", &command->text_flags);
    while (status < 0 && (option = getopt_long(argc, argv, "jqvh", options, NULL)) != -1)
        status = take_option(command, option);
    if (status >= 0)
        return status;
    command->files = argv + optind;
    command->file_count = (size_t)(argc - optind);
    if (command->file_count == 0)
        return usage("no file given", NULL);
    if (command->has_two_tasks)
        return usage("either --describe or --diff, not both", NULL);
    if (command->task == TASK_DIFF && command->file_count != 2)
        return usage("--diff takes two files", NULL);
    if (command->task != TASK_CHECK &&
        (command->host_count > 0 || command->beside_count > 0 || command->search_count > 0 ||
         command->interface_name != NULL || command->root_path != NULL))
        return usage("--host, --beside, --search, --interface and --root go neither with --describe nor with --diff",
                     NULL);
    return -1;
}

/* -1: go on; else the exit status. */
static int open_root(struct command *command)
{
    struct pm_problem problem;
    if (command->root_path == NULL || pm_tree_open(command->root_path, &command->root, &problem) == 0)
        return -1;
    fprintf(stderr, "plugcheck: --root: %s: %s\n", command->root_path, problem.detail);
    command->root_path = NULL;
    return EXIT_UNREADABLE;
}

static void run(struct command *command)
{
    command->results = command->output == OUTPUT_JSON ? json_array() : NULL;
    if (command->task != TASK_DIFF)
        open_folders(command);
    if (command->task == TASK_DESCRIBE)
        for (size_t i = 0; i < command->file_count; i++)
            describe_one(command, command->files[i]);
    else if (command->task == TASK_DIFF)
        diff_two(command);
    else
        check_and_print(command);
    if (command->output != OUTPUT_JSON)
        return;
    if (command->lacks_results) {
        json_decref(command->results);
        worsen(command, out_of_memory());
    } else if (json_print(result_names[command->task], command->results,
                          command->task == TASK_DESCRIBE ? NULL : policy_names[command->policy], command->matrix) < 0 &&
               !ferror(stdout)) { /* that is told at the end */
        worsen(command, out_of_memory());
    }
}

/* Whether all output got out; if not, that is told. */
static bool flush_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    perror("plugcheck: standard output");
    return false;
}

/* false: no memory. */
static bool make_room(struct command *command, int argc)
{
    size_t most = (size_t)argc;
    command->host_paths = calloc(most, sizeof(*command->host_paths));
    command->beside_paths = calloc(most, sizeof(*command->beside_paths));
    command->besides = calloc(most, sizeof(*command->besides));
    command->others = calloc(most, sizeof(*command->others));
    command->open = calloc(most, sizeof(*command->open));
    command->search_paths = calloc(most, sizeof(*command->search_paths));
    return command->host_paths != NULL && command->beside_paths != NULL && command->besides != NULL &&
           command->others != NULL && command->open != NULL && command->search_paths != NULL;
}

static void free_room(struct command *command)
{
    candidates_free(&command->candidates);
    for (size_t i = 0; command->besides != NULL && i < command->beside_count; i++)
        pm_module_free(&command->besides[i]);
    free(command->host_paths);
    free(command->beside_paths);
    free(command->besides);
    free(command->others);
    free(command->open);
    free(command->search_paths);
    matrix_free(command->matrix);
    pm_shelf_free(&command->shelf);
    pm_arena_free(&command->arena);
}

int main(int argc, char **argv)
{
    struct command command = {.shelf = {.limit = MAX_LIBRARIES}};
    int status = make_room(&command, argc) ? parse(&command, argc, argv) : out_of_memory();
    if (status < 0)
        status = open_root(&command);
    if (status < 0) {
        run(&command);
        status = command.status;
    }
    if (!flush_output())
        status = EXIT_UNREADABLE;
    if (command.root_path != NULL && command.root.path != NULL)
        pm_tree_close(&command.root);
    free_room(&command);
    return status;
}
