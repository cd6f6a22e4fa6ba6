/* SPDX-License-Identifier: MIT */
/* fuzz_plugpin.c: any bytes as one object: what plugpin checks of it, its debug information, the texts of its
 * interfaces.
 *
 *     clang -fsanitize=fuzzer,address,undefined … && ./fuzz_plugpin -close_fd_mask=2 CORPUS
 *
 * Objects of small sources, compiled by several compilers with several -gdwarf-N, are the corpus to begin with. */
#include "canon.h"
#include "declare.h"
#include "dwarf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void write_texts(struct type_graph *graph)
{
    for (size_t i = 0; i < graph->interface_count && i < 16; i++) {
        const struct type_interface *interface = &graph->interfaces[i];
        struct pm_arena arena = {0};
        struct canon_text text;
        const char *problem;
        canon_write(graph, interface->name, interface->major, interface->minor, i % 2 == 1, &arena, &text, &problem);
        pm_arena_free(&arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input_object object = {.name = "object", .bytes = bytes, .size = size};
    struct input input = {.objects = &object, .object_count = 1};
    struct declarations declarations = {0};
    struct type_graph graph = {0};
    bool is_declaring = declarations_read(&declarations, &input) < 0 || declarations.has_interface[0];
    /* What plugpin would have refused by now goes on too: the debug information is what is tried here. */
    if (dwarf_read(&object, is_declaring, &graph) == 0)
        write_texts(&graph);
    pm_arena_free(&graph.arena);
    declarations_free(&declarations);
    return 0;
}
