/* SPDX-License-Identifier: MIT */
#include "directory.h"

#include <errno.h>
#include <string.h>

static int directory_problem(struct pm_problem *ret_problem, int error)
{
    char text[128];
    if (error == ENOMEM)
        return pm_problem_set(ret_problem, PM_OUT_OF_MEMORY, "no memory to list it", NULL);
    if (error == ENOTDIR)
        return pm_problem_set(ret_problem, PM_FILE_NOT_REGULAR, "not a directory", NULL);
    return pm_problem_set(ret_problem, error == ENOENT ? PM_FILE_ABSENT : PM_FILE_UNREADABLE,
                          strerror_r(error, text, sizeof(text)), NULL);
}

int pm_directory_open(const char *path, struct pm_directory *ret_directory, struct pm_problem *ret_problem)
{
    DIR *stream = opendir(path);
    if (stream == NULL)
        return directory_problem(ret_problem, errno);
    *ret_directory = (struct pm_directory){stream, dirfd(stream)};
    return 0;
}

void pm_directory_close(struct pm_directory *directory)
{
    if (directory->stream != NULL)
        closedir(directory->stream);
    *directory = (struct pm_directory){NULL, -1};
}

static bool is_shared_object(const char *name)
{
    static const char ending[] = ".so";
    if (*name == '.')
        return false;
    for (const char *at = strstr(name, ending); at != NULL; at = strstr(at + 1, ending)) {
        const char *rest = at + strlen(ending);
        if (*rest == '\0' || (rest[0] == '.' && rest[1] != '\0' && rest[strspn(rest, ".0123456789")] == '\0'))
            return true;
    }
    return false;
}

int pm_directory_next(struct pm_directory *directory, const char **ret_name, bool *ret_is_file,
                      struct pm_problem *ret_problem)
{
    for (;;) {
        errno = 0;
        const struct dirent *found = readdir(directory->stream);
        if (found == NULL)
            return errno == 0 ? 0 : directory_problem(ret_problem, errno);
        bool may_be_file = found->d_type == DT_REG || found->d_type == DT_LNK || found->d_type == DT_UNKNOWN;
        if (!may_be_file || !is_shared_object(found->d_name))
            continue;
        *ret_name = found->d_name;
        *ret_is_file = found->d_type == DT_REG;
        return 1;
    }
}
