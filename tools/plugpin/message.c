/* SPDX-License-Identifier: MIT */
#include "message.h"

#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void __attribute__((format(printf, 2, 0))) print_line(const char *prefix, const char *format, va_list arguments)
{
    char *line;
    if (vasprintf(&line, format, arguments) < 0) {
        fputs("plugpin: out of memory\n", stderr);
        return;
    }
    struct pm_buffer buffer = {0};
    pm_buffer_add_escaped(&buffer, line);
    fprintf(stderr, "%s%s\n", prefix, buffer.data != NULL && !buffer.failed ? buffer.data : "out of memory");
    free(buffer.data);
    free(line);
}

int message_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line("plugpin: ", format, arguments);
    va_end(arguments);
    return -1;
}

int message_out_of_memory(void)
{
    fputs("plugpin: out of memory\n", stderr);
    return -1;
}

void message_changes(const char *const *lines, size_t count, bool wants_all)
{
    const size_t most = 20;
    size_t shown = wants_all || count <= most ? count : most;
    for (size_t i = 0; i < shown; i++)
        message_error("    %s", lines[i]);
    if (shown < count)
        message_error("    and %zu %s more (--verbose shows all)", count - shown,
                      count - shown == 1 ? "change" : "changes");
}

void message_note(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_line("plugpin: note: ", format, arguments);
    va_end(arguments);
}

void *array_append(void *array, size_t count, size_t element_size)
{
    /* The pointer is copied as bytes, for it is one of several types. */
    char *elements;
    memcpy(&elements, array, sizeof(elements));
    if ((count & (count - 1)) == 0) { /* 0 or a power of two: the array is full */
        elements = reallocarray(elements, count > 0 ? count * 2 : 1, element_size);
        if (elements == NULL) {
            message_out_of_memory();
            return NULL;
        }
        memcpy(array, &elements, sizeof(elements));
    }
    return elements + count * element_size;
}
