/* SPDX-License-Identifier: MIT */
/* notes.c: prints the PlugMgr notes of a file, one in a line: TYPE key=value|key=value. It reads what the loader maps,
 * the PT_NOTE segments, and shares nothing with the library, not even the names of note.h: it is what the macros'
 * records are measured with. Everything that is not as a note must be is an error.
 *
 * Exit status: 0 printed, 1 malformed, 2 wrong usage or unreadable. */
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void die(int status, const char *text)
{
    fprintf(stderr, "notes: %s\n", text);
    exit(status);
}

static unsigned char *read_file(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    unsigned char *bytes;
    long size;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0)
        die(2, "cannot open");
    size = ftell(file);
    if (size <= 0 || fseek(file, 0, SEEK_SET) != 0)
        die(2, "cannot seek, or empty");
    bytes = malloc((size_t)size);
    if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size)
        die(2, "cannot read");
    fclose(file);
    *ret_size = (size_t)size;
    return bytes;
}

static const char *name_of_type(unsigned type)
{
    switch (type) {
    case 0x66810058u:
        return "MODULE";
    case 0x5edaedb1u:
        return "PROVIDES";
    case 0x691e84abu:
        return "REQUIRES";
    case 0xbf2e6fd2u:
        return "STATE";
    default:
        die(1, "a PlugMgr note of another type");
    }
}

static void print_note(unsigned type, const char *description, size_t size)
{
    char separator = ' ';
    size_t length;

    if (size == 0 || description[size - 1] != '\0')
        die(1, "a description that does not end in NUL");
    fputs(name_of_type(type), stdout);
    for (; size > 0; description += length + 1, size -= length + 1) {
        length = strlen(description);
        if (length == 0)
            continue;
        printf("%c%s", separator, description);
        separator = '|';
    }
    putchar('\n');
}

/* size rounded up to align, which is 4 or 8; more than there is if it overflows */
static size_t padded(size_t size, size_t align)
{
    size_t more = (align - size % align) % align;

    return size > SIZE_MAX - more ? SIZE_MAX : size + more;
}

static void print_segment(const unsigned char *bytes, size_t size, size_t align)
{
    ElfW(Nhdr) header;
    size_t name, description;

    while (size > 0) {
        if (size < sizeof(header))
            die(1, "bytes between or behind the notes");
        memcpy(&header, bytes, sizeof(header));
        bytes += sizeof(header);
        size -= sizeof(header);
        /* The header is twelve bytes: with an alignment of 8 the description of a name of four begins at once. */
        name = padded(sizeof(header) + header.n_namesz, align) - sizeof(header);
        if (name > size || header.n_descsz > size - name)
            die(1, "a note that is longer than its segment");
        description = padded(header.n_descsz, align);
        if (description > size - name)
            description = size - name;
        if (header.n_namesz == 8 && memcmp(bytes, "PlugMgr", 8) == 0)
            print_note(header.n_type, (const char *)bytes + name, header.n_descsz);
        bytes += name + description;
        size -= name + description;
    }
}

int main(int argc, char **argv)
{
    ElfW(Ehdr) header;
    ElfW(Phdr) segment;
    unsigned char *bytes;
    size_t size, i;

    if (argc != 2)
        die(2, "usage: notes FILE");
    bytes = read_file(argv[1], &size);
    if (size < sizeof(header) || memcmp(bytes, ELFMAG, SELFMAG) != 0)
        die(2, "not an ELF file");
    memcpy(&header, bytes, sizeof(header));
    if (header.e_phentsize != sizeof(segment) || header.e_phoff > size ||
        header.e_phnum > (size - header.e_phoff) / sizeof(segment))
        die(2, "no program headers of this machine's class");
    for (i = 0; i < header.e_phnum; i++) {
        memcpy(&segment, bytes + header.e_phoff + i * sizeof(segment), sizeof(segment));
        if (segment.p_type != PT_NOTE)
            continue;
        if (segment.p_offset > size || segment.p_filesz > size - segment.p_offset)
            die(1, "a segment that is longer than the file");
        print_segment(bytes + segment.p_offset, segment.p_filesz, segment.p_align == 8 ? 8 : 4);
    }
    free(bytes);
    return 0;
}
