/* SPDX-License-Identifier: MIT */
#include "input.h"

#include "file.h"
#include "libtool.h"
#include "message.h"

#include <ar.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* More than what declares interfaces needs; a limit at all, so that a wrong name ends in a message. */
static const size_t file_limit = (size_t)128 << 20;

static int load_file(struct input *input, const char *path, const uint8_t **ret_bytes, size_t *ret_size)
{
    struct input_file *file = array_append(&input->files, input->file_count, sizeof(*file));
    struct pm_problem problem;
    struct stat status;
    size_t size;
    if (file == NULL)
        return -1;
    if (stat(path, &status) == 0 && S_ISREG(status.st_mode) && (uint64_t)status.st_size > file_limit)
        return message_error("%s: larger than %zu MB: name only the objects that declare interfaces", path,
                             file_limit >> 20);
    if (pm_file_read_whole(path, file_limit, &file->bytes, &size, &problem) < 0)
        return message_error("%s: %s", path, problem.detail);
    input->file_count++;
    file->device = 0;
    file->inode = 0;
    if (stat(path, &status) == 0) {
        file->device = status.st_dev;
        file->inode = status.st_ino;
    }
    *ret_bytes = file->bytes;
    *ret_size = size;
    return 0;
}

static bool starts_with(const uint8_t *bytes, size_t size, const char *magic, size_t magic_size)
{
    return size >= magic_size && memcmp(bytes, magic, magic_size) == 0;
}

static bool is_elf(const uint8_t *bytes, size_t size)
{
    return starts_with(bytes, size, ELFMAG, SELFMAG);
}

/* LLVM's bitcode, bare or in its wrapper. */
static bool is_bitcode(const uint8_t *bytes, size_t size)
{
    return starts_with(bytes, size, "BC\xc0\xde", 4) || starts_with(bytes, size, "\xde\xc0\x17\x0b", 4);
}

/* Takes objects; anything else is left to the caller: 0. */
static int add_object(struct input *input, const char *name, const uint8_t *bytes, size_t size, bool is_member)
{
    if (is_bitcode(bytes, size))
        return message_error("%s: LLVM bitcode, not an object: make a native object of it first, with "
                             "`clang -flto -fuse-ld=lld -r -o native.o %s`",
                             name, is_member ? "MEMBER" : name);
    if (!is_elf(bytes, size))
        return 0;
    struct input_object *object = array_append(&input->objects, input->object_count, sizeof(*object));
    if (object == NULL)
        return -1;
    *object = (struct input_object){.name = name, .bytes = bytes, .size = size, .is_member = is_member};
    input->object_count++;
    return 1;
}

/* ---- archives ---- */

struct archive {
    const char *path;
    const uint8_t *bytes;
    size_t size, offset;
    bool is_thin; /* its members are files beside it */
    const uint8_t *long_names;
    size_t long_names_size;
};

struct member {
    const char *name;
    const uint8_t *bytes;
    size_t size;
};

static int archive_error(const struct archive *archive, const char *what)
{
    return message_error("%s: %s at byte %zu of the archive: build it anew", archive->path, what, archive->offset);
}

/* Decimal digits, filled up with spaces; SIZE_MAX if it is something else. */
static size_t read_number(const char *field, size_t width)
{
    size_t number = 0, i = 0;
    for (; i < width && field[i] >= '0' && field[i] <= '9'; i++)
        number = number * 10 + (size_t)(field[i] - '0'); /* at most 15 digits */
    bool is_empty = i == 0;
    for (; i < width && field[i] == ' '; i++)
        ;
    return is_empty || i < width ? SIZE_MAX : number;
}

static bool is_named(const struct ar_hdr *header, const char *name)
{
    size_t length = strlen(name);
    return memcmp(header->ar_name, name, length) == 0 &&
           (length == sizeof(header->ar_name) || header->ar_name[length] == ' ');
}

/* GNU's long names end in "/\n"; "/123" is an offset into their table. */
static const char *long_name(struct input *input, const struct archive *archive, const struct ar_hdr *header)
{
    size_t at = read_number(header->ar_name + 1, sizeof(header->ar_name) - 1);
    if (at >= archive->long_names_size)
        return NULL;
    const char *name = (const char *)archive->long_names + at;
    const char *end = memchr(name, '\n', archive->long_names_size - at);
    if (end == NULL)
        return NULL;
    if (end > name && end[-1] == '/')
        end--;
    return pm_arena_copy_bytes(&input->arena, name, (size_t)(end - name));
}

static const char *member_name(struct input *input, const struct archive *archive, const struct ar_hdr *header)
{
    if (header->ar_name[0] == '/')
        return long_name(input, archive, header);
    size_t length = sizeof(header->ar_name);
    while (length > 0 && header->ar_name[length - 1] == ' ')
        length--;
    if (length > 0 && header->ar_name[length - 1] == '/')
        length--;
    return pm_arena_copy_bytes(&input->arena, header->ar_name, length);
}

/* Moves on by one member. 1: *ret_member (bytes NULL: a file beside a thin archive), 0: the end. Tables of the archive
 * itself are passed over. */
static int next_member(struct input *input, struct archive *archive, struct member *ret_member)
{
    struct ar_hdr header;
    while (archive->offset < archive->size) {
        size_t remaining = archive->size - archive->offset;
        if (remaining < sizeof(header))
            return archive_error(archive, "half a header");
        memcpy(&header, archive->bytes + archive->offset, sizeof(header));
        size_t size = read_number(header.ar_size, sizeof(header.ar_size));
        if (memcmp(header.ar_fmag, ARFMAG, sizeof(header.ar_fmag)) != 0 || size == SIZE_MAX)
            return archive_error(archive, "no header of a member");
        bool is_table = is_named(&header, "/") || is_named(&header, "/SYM64/") || is_named(&header, "//");
        size_t stored = archive->is_thin && !is_table ? 0 : size;
        if (stored > remaining - sizeof(header))
            return archive_error(archive, "a member larger than what remains");
        const uint8_t *bytes = archive->bytes + archive->offset + sizeof(header);
        if (is_named(&header, "//")) {
            archive->long_names = bytes;
            archive->long_names_size = size;
        }
        const char *name = is_table ? "" : member_name(input, archive, &header);
        if (name == NULL)
            return archive_error(archive, "a name that is not in the table of names");
        size_t step = sizeof(header) + stored + stored % 2;
        archive->offset += step < remaining ? step : remaining;
        if (is_table)
            continue;
        *ret_member = (struct member){.name = name, .bytes = stored == size ? bytes : NULL, .size = size};
        return 1;
    }
    return 0;
}

static int add_archive(struct input *input, struct archive archive)
{
    int status;
    struct member member;
    while ((status = next_member(input, &archive, &member)) > 0) {
        if (member.bytes == NULL) {
            const char *file = path_beside(&input->arena, archive.path, member.name);
            if (load_file(input, file, &member.bytes, &member.size) < 0)
                return -1;
        }
        const char *name = pm_arena_join(&input->arena, archive.path, "(", member.name, ")", NULL);
        if (add_object(input, name, member.bytes, member.size, true) < 0)
            return -1;
    }
    return status;
}

/* ---- files ---- */

static int add_libtool_object(struct input *input, const char *path, const char *text)
{
    const char *name = libtool_value(&input->arena, text, "pic_object");
    if (name == NULL || strcmp(name, "none") == 0)
        name = libtool_value(&input->arena, text, "non_pic_object");
    if (name == NULL || name[0] == '\0' || strcmp(name, "none") == 0)
        return message_error("%s: a libtool object that names no object: build it anew", path);
    const char *file = path_beside(&input->arena, path, name);
    const uint8_t *bytes;
    size_t size;
    if (load_file(input, file, &bytes, &size) < 0)
        return -1;
    int status = add_object(input, file, bytes, size, false);
    if (status == 0)
        return message_error("%s: not an object, though %s names it as one: build it anew", file, path);
    return status < 0 ? -1 : 0;
}

int input_add(struct input *input, const char *path)
{
    const uint8_t *bytes;
    size_t size;
    if (load_file(input, path, &bytes, &size) < 0)
        return -1;
    if (starts_with(bytes, size, ARMAG, SARMAG))
        return add_archive(input, (struct archive){.path = path, .bytes = bytes, .size = size, .offset = SARMAG});
    if (starts_with(bytes, size, "!<thin>\n", SARMAG))
        return add_archive(
            input, (struct archive){.path = path, .bytes = bytes, .size = size, .offset = SARMAG, .is_thin = true});
    int status = add_object(input, path, bytes, size, false);
    if (status != 0)
        return status < 0 ? -1 : 0;
    const char *text = pm_arena_copy_bytes(&input->arena, bytes, size < 65536 ? size : 65536);
    if (input->arena.failed)
        return message_out_of_memory();
    if (libtool_is_object(text))
        return add_libtool_object(input, path, text);
    return message_error("%s: not an object, a libtool object or an archive: name what the compiler made of the source",
                         path);
}

bool input_has_file(const struct input *input, const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return false;
    for (size_t i = 0; i < input->file_count; i++)
        if (input->files[i].device == status.st_dev && input->files[i].inode == status.st_ino)
            return true;
    return false;
}

void input_free(struct input *input)
{
    for (size_t i = 0; i < input->file_count; i++)
        free(input->files[i].bytes);
    free(input->files);
    free(input->objects);
    pm_arena_free(&input->arena);
    *input = (struct input){0};
}
