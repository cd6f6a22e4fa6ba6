/* SPDX-License-Identifier: MIT */
/* abi_print.h: a TYPE as C declares it, base types as the text names them: `const i8 *`, `i32 (*)(struct user_db *,
 * ...)`; vectors `f32 vec[4]`; anonymous types `struct {...}`. Private to the abi_* files. Pure. */
#ifndef PM_ABI_PRINT_H
#define PM_ABI_PRINT_H

#include "abi_tree.h"

extern const char *const pm_abi_kind_words[]; /* by enum pm_abi_kind */

/* A TYPE's first token, its qualifiers put aside. */
struct pm_abi_token pm_abi_read_unqualified(const char *type, unsigned *ret_qualifiers);

/* Add the type, or at most count types of a list of parameters, with ", " between them; what is too long ends in "...".
 */
void pm_abi_print_type(struct pm_buffer *line, const char *type);
void pm_abi_print_parameters(struct pm_buffer *line, const char *types, size_t count);

#endif
