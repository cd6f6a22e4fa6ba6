/* SPDX-License-Identifier: MIT */
/* main.c: plugpin's arguments, and nothing else. */
#include "declare.h"
#include "file.h"
#include "fingerprint.h"
#include "input.h"
#include "library.h"
#include "lock.h"
#include "message.h"
#include "pinobj.h"
#include "pins.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATUS_DONE = 0, STATUS_ERROR = 1, STATUS_USAGE = 2 };

/* What is to be done with the objects. */
enum job { JOB_PIN, JOB_DUMP, JOB_CHECK, JOB_VERIFY };

struct arguments {
    enum job job;
    const char *output;
    const char *lock; /* of --check */
    char **inputs;
    size_t input_count;
    char **libraries; /* what stands behind -- */
    size_t library_count;
    struct pin_options options;
    bool wants_help, wants_version;
};

static const char help_text[] =
    "Usage: plugpin -o PINS.o [OPTION...] OBJECT... -- [LINKER ARGUMENT...]\n"
    "       plugpin --dump [-v] OBJECT...\n"
    "       plugpin --check=FILE.abi OBJECT...\n"
    "       plugpin --verify FILE...\n"
    "Write the fingerprints and pins of a PlugMgr plugin or host into an object that is linked into it.\n"
    "\n"
    "  -o, --output=FILE          the object to write\n"
    "      --require=GLOB         another build of these libraries is a refusal\n"
    "      --record=GLOB          another build of these libraries is a warning\n"
    "      --no-pin=GLOB          leave these libraries out\n"
    "      --also=SONAME:BUILD-ID this build of the library is as good\n"
    "      --pin-host=FILE        the plugin loads in this build of the host only\n"
    "      --dump                 print the fingerprints of the interfaces: a lock file\n"
    "      --check=FILE.abi       fail if the interfaces are not those of this lock file\n"
    "      --verify               compare the fingerprints of linked, unstripped files with\n"
    "                             their own debug information\n"
    "  -v, --verbose              print what was pinned, and all changes; with --dump,\n"
    "                             typedef names\n"
    "  -h, --help                 print this\n"
    "      --version              print the version\n"
    "\n"
    "OBJECT is what the compiler made, with -g: .o, libtool's .lo, archives .a. Behind -- stands what the module is "
    "linked\n"
    "with: -lNAME, -LDIR, file.so. GLOB is matched against sonames, and the last option that matches decides; without\n"
    "one, libraries from outside the system's directories are required, the system's are recorded. CC is the compiler\n"
    "that links (default cc).\n";

enum {
    OPTION_REQUIRE = 256,
    OPTION_RECORD,
    OPTION_NO_PIN,
    OPTION_ALSO,
    OPTION_PIN_HOST,
    OPTION_DUMP,
    OPTION_CHECK,
    OPTION_VERIFY,
    OPTION_VERSION
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"require", required_argument, NULL, OPTION_REQUIRE},
    {"record", required_argument, NULL, OPTION_RECORD},
    {"no-pin", required_argument, NULL, OPTION_NO_PIN},
    {"also", required_argument, NULL, OPTION_ALSO},
    {"pin-host", required_argument, NULL, OPTION_PIN_HOST},
    {"dump", no_argument, NULL, OPTION_DUMP},
    {"check", required_argument, NULL, OPTION_CHECK},
    {"verify", no_argument, NULL, OPTION_VERIFY},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

/* Wrong usage is one line. Returns -1. */
static int usage_error(const char *what, const char *subject)
{
    return message_error("%s%s: try plugpin --help", subject, what);
}

static int add_rule(struct pin_options *options, enum rule_action action, const char *option, const char *glob)
{
    struct rule *rule = array_append(&options->rules, options->rule_count, sizeof(*rule));
    if (rule == NULL)
        return -1;
    *rule = (struct rule){.action = action, .option = option, .glob = glob};
    options->rule_count++;
    return 0;
}

static int add_also(struct pin_options *options, char *text)
{
    struct also also = {.object = text};
    char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text || !pm_build_id_parse(colon + 1, &also.build_id))
        return usage_error(": not SONAME:BUILD-ID with a BUILD-ID of hex digits", text);
    struct also *added = array_append(&options->also, options->also_count, sizeof(*added));
    if (added == NULL)
        return -1;
    *colon = '\0';
    *added = also;
    options->also_count++;
    return 0;
}

static int set_once(const char **value, const char *text, const char *option)
{
    if (*value != NULL)
        return usage_error(": given twice", option);
    if (text[0] == '\0')
        return usage_error(": no file is named", option);
    *value = text;
    return 0;
}

static int set_job(struct arguments *arguments, enum job job)
{
    if (arguments->job != JOB_PIN && arguments->job != job)
        return usage_error("--dump, --check and --verify: one at a time", "");
    arguments->job = job;
    return 0;
}

static int take_option(struct arguments *arguments, int option)
{
    struct pin_options *options = &arguments->options;
    switch (option) {
    case 'o':
        return set_once(&arguments->output, optarg, "-o");
    case OPTION_PIN_HOST:
        return set_once(&options->host, optarg, "--pin-host");
    case OPTION_REQUIRE:
        return add_rule(options, RULE_REQUIRE, "--require", optarg);
    case OPTION_RECORD:
        return add_rule(options, RULE_RECORD, "--record", optarg);
    case OPTION_NO_PIN:
        return add_rule(options, RULE_LEAVE_OUT, "--no-pin", optarg);
    case OPTION_ALSO:
        return add_also(options, optarg);
    case OPTION_DUMP:
        return set_job(arguments, JOB_DUMP);
    case OPTION_CHECK:
        return set_job(arguments, JOB_CHECK) < 0 ? -1 : set_once(&arguments->lock, optarg, "--check");
    case OPTION_VERIFY:
        return set_job(arguments, JOB_VERIFY);
    case 'v':
        options->is_verbose = true;
        return 0;
    case 'h':
        arguments->wants_help = true;
        return 0;
    case OPTION_VERSION:
        arguments->wants_version = true;
        return 0;
    default:
        return -1;
    }
}

/* What getopt refused: it prints to standard error on its own, in more than one form, so that is done here. */
static int option_error(int option, char **words)
{
    const char letter[] = {'-', (char)optopt, '\0'};
    const char *subject = optopt > 0 && optopt < 256 ? letter : words[optind - 1];
    if (option == ':')
        return usage_error(": its argument is missing", subject);
    if (optopt == 'l' || optopt == 'L')
        return usage_error(": libraries stand behind --", subject);
    return usage_error(": no such option", subject);
}

/* -1: wrong usage (told). */
static int parse_arguments(int count, char **words, struct arguments *arguments)
{
    int end = 1, option;
    while (end < count && strcmp(words[end], "--") != 0)
        end++;
    opterr = 0;
    while ((option = getopt_long(end, words, ":o:vh", long_options, NULL)) != -1) {
        if (option == '?' || option == ':')
            return option_error(option, words);
        if (take_option(arguments, option) < 0)
            return -1;
    }
    if (arguments->wants_help || arguments->wants_version)
        return 0;
    arguments->inputs = words + optind;
    arguments->input_count = (size_t)(end - optind);
    arguments->libraries = words + (end < count ? end + 1 : end);
    arguments->library_count = (size_t)(end < count ? count - end - 1 : 0);
    if (arguments->input_count == 0)
        return usage_error("no objects are named", "");
    if (arguments->job != JOB_PIN && arguments->output != NULL)
        return usage_error("-o is for pins: --dump, --check and --verify write none", "");
    if (arguments->job == JOB_PIN && arguments->output == NULL)
        return usage_error("-o FILE is missing", "");
    return 0;
}

/* Whether the output may be replaced: neither an input nor a device or directory. */
static int check_output(const char *output, const struct input *input)
{
    struct stat status;
    if (input_has_file(input, output))
        return message_error("%s: named as input and as output: choose another output", output);
    if (stat(output, &status) == 0 && !S_ISREG(status.st_mode))
        return message_error("%s: not a regular file: choose another output", output);
    return 0;
}

/* What an earlier run wrote would be linked as if it were of this one; nothing else is removed. */
static void remove_earlier_output(const char *output)
{
    static const char mark[] = ".rodata.plugmgr";
    const size_t limit = 16 << 20;
    struct pm_problem problem;
    uint8_t *bytes;
    size_t size;
    if (pm_file_read_whole(output, limit, &bytes, &size, &problem) < 0)
        return;
    if (memmem(bytes, size, mark, sizeof(mark)) != NULL)
        unlink(output);
    free(bytes);
}

static int make_pins(struct arguments *arguments, const struct declarations *declarations, struct libraries *libraries,
                     struct pm_facts *facts)
{
    if (arguments->options.host != NULL && declarations->host_file != NULL)
        return message_error("%s: has PLUGMGR_HOST: --pin-host is for plugins", declarations->host_file);
    if (libraries_find(libraries, &declarations->target, arguments->libraries, arguments->library_count) < 0 ||
        pins_make(&arguments->options, libraries, &declarations->target, facts) < 0)
        return -1;
    return pinobj_write(arguments->output, declarations, facts);
}

static int do_job(struct arguments *arguments, const struct declarations *declarations, struct pm_facts *facts)
{
    struct libraries libraries = {0};
    int status = 0;
    if (arguments->job == JOB_DUMP)
        lock_print(facts);
    else if (arguments->job == JOB_CHECK)
        status = lock_check(arguments->lock, facts, arguments->options.is_verbose);
    else
        status = make_pins(arguments, declarations, &libraries, facts);
    libraries_free(&libraries);
    return status;
}

static int run(struct arguments *arguments)
{
    struct input input = {0};
    struct declarations declarations = {0};
    struct pm_facts facts = {0};
    bool notes = arguments->job == JOB_DUMP && arguments->options.is_verbose;
    int status = 0;
    for (size_t i = 0; i < arguments->input_count && status == 0; i++)
        status = input_add(&input, arguments->inputs[i]);
    if (status == 0 && arguments->output != NULL)
        status = check_output(arguments->output, &input);
    if (status == 0)
        status = declarations_read(&declarations, &input);
    if (status == 0)
        status = fingerprints_make(&input, &declarations, notes, arguments->options.is_verbose, &facts);
    if (status == 0)
        status = do_job(arguments, &declarations, &facts);
    if (status < 0 && arguments->output != NULL && !input_has_file(&input, arguments->output))
        remove_earlier_output(arguments->output);
    pm_facts_free(&facts);
    declarations_free(&declarations);
    input_free(&input);
    return status;
}

static int verify(const struct arguments *arguments)
{
    int status = 0;
    for (size_t i = 0; i < arguments->input_count; i++)
        status |= fingerprints_verify(arguments->inputs[i], arguments->options.is_verbose);
    return status;
}

int main(int count, char **words)
{
    struct arguments arguments = {0};
    int status = STATUS_DONE;
    if (parse_arguments(count, words, &arguments) < 0)
        status = STATUS_USAGE;
    else if (arguments.wants_help)
        fputs(help_text, stdout);
    else if (arguments.wants_version)
        puts("plugpin " PACKAGE_VERSION);
    else if ((arguments.job == JOB_VERIFY ? verify(&arguments) : run(&arguments)) < 0)
        status = STATUS_ERROR;
    free(arguments.options.rules);
    free(arguments.options.also);
    if (fflush(stdout) != 0 || ferror(stdout))
        status = message_error("standard output cannot be written") < 0 ? STATUS_ERROR : status;
    return status;
}
