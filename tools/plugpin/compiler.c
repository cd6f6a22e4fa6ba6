/* SPDX-License-Identifier: MIT */
#include "compiler.h"

#include "message.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* More than any answer; the linker's script is about 10 KB. */
enum { MAX_ANSWER = 256 << 10 };

extern char **environ;

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* ---- its command line ---- */

/* Of the compiler drivers, the linkers and libtool. */
static const char options_with_argument[] =
    " -o -u -T -z -e -x -I -D -U -A -G -R -L -l -B -target --sysroot --entry -rpath -Xlinker -Xcompiler -Xclang "
    "-Xassembler -Xpreprocessor -include -imacros -isystem -iquote -idirafter -MF -MT -MQ --param -specs -wrapper "
    "-aux-info -dlopen -dlpreopen -release -version-info -version-number -export-symbols -export-symbols-regex "
    "-precious-files-regex ";

bool option_takes_argument(const char *option)
{
    size_t length = strlen(option);
    if (option[0] != '-' || strchr(option, ' ') != NULL)
        return false;
    for (const char *at = options_with_argument; (at = strstr(at, option)) != NULL; at++)
        if (at[-1] == ' ' && at[length] == ' ')
            return true;
    return false;
}

static bool chooses_directories(const char *option)
{
    return has_prefix(option, "-m") || has_prefix(option, "--sysroot") || has_prefix(option, "--target=") ||
           strcmp(option, "-target") == 0 || has_prefix(option, "-B") || has_prefix(option, "--gcc-toolchain=");
}

static int add_word(struct compiler *compiler, const char *word)
{
    const char **added = array_append(&compiler->words, compiler->word_count, sizeof(*added));
    if (added == NULL)
        return -1;
    *added = word;
    compiler->word_count++;
    return 0;
}

static int add_variable(struct compiler *compiler)
{
    const char *variable = getenv("CC");
    if (variable == NULL || variable[strspn(variable, " ")] == '\0')
        variable = "cc";
    for (variable += strspn(variable, " "); *variable != '\0'; variable += strspn(variable, " ")) {
        size_t length = strcspn(variable, " ");
        if (add_word(compiler, pm_arena_copy_bytes(compiler->arena, variable, length)) < 0)
            return -1;
        variable += length;
    }
    return 0;
}

int compiler_init(struct compiler *compiler, struct pm_arena *arena, char *const *arguments, size_t count)
{
    compiler->arena = arena;
    if (add_variable(compiler) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        bool has_argument = option_takes_argument(arguments[i]) && i + 1 < count;
        if (chooses_directories(arguments[i])) {
            if (add_word(compiler, arguments[i]) < 0)
                return -1;
            if (has_argument && add_word(compiler, arguments[i + 1]) < 0)
                return -1;
        }
        i += has_argument;
    }
    return arena->failed ? message_out_of_memory() : 0;
}

void compiler_free(struct compiler *compiler)
{
    free(compiler->words);
    free(compiler->directories);
    *compiler = (struct compiler){0};
}

const char *compiler_name(const struct compiler *compiler)
{
    return compiler->words[0];
}

/* ---- running it ---- */

static int spawn(char *const *arguments, int output, bool is_quiet, pid_t *ret_process)
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0)
        return error;
    error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (error == 0 && is_quiet)
        error = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (error == 0)
        error = posix_spawnp(ret_process, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static void read_answer(int descriptor, struct pm_buffer *answer)
{
    char bytes[4096];
    while (answer->size < MAX_ANSWER && !answer->failed) {
        ssize_t got = read(descriptor, bytes, sizeof(bytes));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return;
        pm_buffer_add_bytes(answer, bytes, (size_t)got);
    }
}

/* Runs a command and takes what it prints. 0: it ended with status 0; a number above 0: it ended otherwise; below 0: a
 * negated errno. */
static int run(char *const *arguments, bool is_quiet, struct pm_buffer *answer)
{
    int ends[2], status;
    pid_t process;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    int error = spawn(arguments, ends[1], is_quiet, &process);
    close(ends[1]);
    if (error == 0)
        read_answer(ends[0], answer);
    close(ends[0]);
    if (error != 0)
        return -error;
    while (waitpid(process, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* Asks the compiler with one more argument; the answer's first line, or NULL and *ret_status as run returns it. */
static const char *ask(struct compiler *compiler, const char *question, bool is_quiet, int *ret_status)
{
    size_t count = compiler->word_count;
    const char **arguments = calloc(count + 2, sizeof(*arguments));
    struct pm_buffer answer = {0};
    *ret_status = -ENOMEM;
    if (arguments == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        arguments[i] = compiler->words[i];
    arguments[count] = question;
    /* posix_spawn takes pointers to non-const, and does not write through them */
    *ret_status = run((char *const *)(uintptr_t)arguments, is_quiet, &answer);
    free(arguments);
    const char *line = NULL;
    if (*ret_status == 0 && answer.size > 0 && !answer.failed)
        line = pm_arena_copy_bytes(compiler->arena, answer.data, strcspn(answer.data, "\n"));
    free(answer.data);
    return line;
}

int compiler_find_file(struct compiler *compiler, const char *name, const char **ret_path)
{
    int status;
    const char *question = pm_arena_join(compiler->arena, "-print-file-name=", name, NULL);
    const char *path = ask(compiler, question, false, &status);
    if (status < 0)
        return message_error("%s: cannot be run: %s: set CC to the compiler that links", compiler_name(compiler),
                             strerror(-status));
    if (status > 0)
        return message_error("%s: fails when asked with -print-file-name=%s: set CC to the compiler that links",
                             compiler_name(compiler), name);
    /* The bare name is its way to say that there is none. */
    *ret_path = path != NULL && strchr(path, '/') != NULL ? path : NULL;
    return 0;
}

/* ---- sysroot and the linker's own directories ---- */

static const char *explicit_sysroot(const struct compiler *compiler)
{
    const char *sysroot = NULL;
    for (size_t i = 1; i < compiler->word_count; i++) {
        const char *word = compiler->words[i];
        if (has_prefix(word, "--sysroot="))
            sysroot = word + strlen("--sysroot=");
        else if (strcmp(word, "--sysroot") == 0 && i + 1 < compiler->word_count)
            sysroot = compiler->words[++i];
    }
    return sysroot;
}

const char *compiler_sysroot(struct compiler *compiler)
{
    if (compiler->sysroot != NULL)
        return compiler->sysroot;
    int status;
    const char *given = explicit_sysroot(compiler);
    if (given == NULL)
        given = ask(compiler, "-print-sysroot", true, &status); /* GCC's; others fail, and have none then */
    char *real = given != NULL && given[0] != '\0' ? realpath(given, NULL) : NULL;
    compiler->sysroot = real != NULL && strcmp(real, "/") != 0 ? pm_arena_copy(compiler->arena, real) : "";
    free(real);
    return compiler->sysroot;
}

/* Takes the directories out of `SEARCH_DIR("=/usr/local/lib"); …`. */
static int take_directories(struct compiler *compiler, const char *script)
{
    static const char begin[] = "SEARCH_DIR(\"";
    size_t count = 0;
    while ((script = strstr(script, begin)) != NULL) {
        script += sizeof(begin) - 1;
        const char *end = strchr(script, '"');
        if (end == NULL)
            break;
        bool is_below_sysroot = *script == '=';
        script += is_below_sysroot;
        const char *directory = pm_arena_copy_bytes(compiler->arena, script, (size_t)(end - script));
        if (is_below_sysroot)
            directory = pm_arena_join(compiler->arena, compiler_sysroot(compiler), directory, NULL);
        const char **added = array_append(&compiler->directories, count, sizeof(*added));
        if (added == NULL)
            return -1;
        *added = directory;
        count++;
    }
    const char **end = array_append(&compiler->directories, count, sizeof(*end));
    if (end == NULL)
        return -1;
    *end = NULL;
    return 0;
}

const char *const *compiler_linker_directories(struct compiler *compiler)
{
    static const char *const none[] = {NULL};
    if (compiler->directories != NULL)
        return compiler->directories;
    int status;
    char option[] = "--verbose";
    struct pm_buffer answer = {0};
    const char *linker = ask(compiler, "-print-prog-name=ld", true, &status);
    if (linker != NULL) {
        char *const arguments[] = {(char *)(uintptr_t)linker, option, NULL};
        if (run(arguments, true, &answer) != 0 || answer.failed)
            answer.size = 0;
    }
    int result = take_directories(compiler, answer.size > 0 ? answer.data : "");
    free(answer.data);
    return result == 0 ? compiler->directories : none;
}
