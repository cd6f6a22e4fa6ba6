/* SPDX-License-Identifier: MIT */
/* bad.s: debug information as no compiler writes it. `-Wa,-defsym,CASE=1` chooses what is wrong; without, nothing is.
 * No relocation is needed, so any assembler for any target does. */

/* Abbreviations: a label for each code. */
	.set UNIT, 1
	.set VARIABLE, 2
	.set ARRAY, 3
	.set SUBRANGE, 4
	.set POINTER, 5
	.set STRUCT, 6
	.set MEMBER, 7
	.set BASE, 8
	.set TYPEDEF, 9
	.set CONST, 10
	.set STRUCT_SIBLING, 11
	.set MEMBER_UNTYPED, 12
	.set STRUCT_SIZELESS, 13
	.set BITS, 14
	.set SUBRANGE_EXPRESSION, 15
	.set STRUCT_SIGNATURE, 16
	.set STRUCT_SPECIFICATION, 17
	.set ENUM, 18
	.set ENUMERATOR, 19
	.set MEMBER_SIBLING, 20
	.set FUNCTION, 21
	.set PARAMETER, 22
	.set STRUCT_ALIGNED, 23
	.set MEMBER_EXPRESSION, 24
	.set FUNCTION_CONVENTION, 25
	.set BASE_ORDER, 26
	.set PARTIAL_UNIT, 27
	.set POINTER_FAR, 28
	.set TYPEDEF_ALIGNED, 29
	.set BASE_BITS, 30

	.macro abbreviation code, tag, has_children
	.uleb128 \code, \tag
	.byte \has_children
	.endm
	.macro attribute name, form
	.uleb128 \name, \form
	.endm
	.macro finished
	.byte 0, 0
	.endm

	.section .debug_abbrev, "", %progbits
.Labbreviations:
	abbreviation UNIT, 0x11, 1
	/* name: string */
	attribute 0x03, 0x08
	/* language: data1 */
	attribute 0x13, 0x0b
	finished
	abbreviation VARIABLE, 0x34, 0
	attribute 0x03, 0x08
	/* type: ref4 */
	attribute 0x49, 0x13
	finished
	abbreviation ARRAY, 0x01, 1
	attribute 0x49, 0x13
	finished
	abbreviation SUBRANGE, 0x21, 0
	/* count: sdata */
	attribute 0x37, 0x0d
	finished
	abbreviation POINTER, 0x0f, 0
	attribute 0x49, 0x13
	finished
	abbreviation STRUCT, 0x13, 1
	attribute 0x03, 0x08
	/* byte_size: udata */
	attribute 0x0b, 0x0f
	finished
	abbreviation MEMBER, 0x0d, 0
	attribute 0x03, 0x08
	attribute 0x49, 0x13
	/* data_member_location: udata */
	attribute 0x38, 0x0f
	finished
	abbreviation BASE, 0x24, 0
	attribute 0x03, 0x08
	attribute 0x0b, 0x0f
	/* encoding: data1 */
	attribute 0x3e, 0x0b
	finished
	abbreviation TYPEDEF, 0x16, 0
	attribute 0x03, 0x08
	attribute 0x49, 0x13
	finished
	abbreviation CONST, 0x26, 0
	attribute 0x49, 0x13
	finished
	abbreviation STRUCT_SIBLING, 0x13, 1
	attribute 0x03, 0x08
	attribute 0x0b, 0x0f
	/* sibling: ref4 */
	attribute 0x01, 0x13
	finished
	abbreviation MEMBER_UNTYPED, 0x0d, 0
	attribute 0x03, 0x08
	attribute 0x38, 0x0f
	finished
	abbreviation STRUCT_SIZELESS, 0x13, 0
	attribute 0x03, 0x08
	finished
	abbreviation BITS, 0x0d, 0
	attribute 0x03, 0x08
	attribute 0x49, 0x13
	/* bit_size: udata */
	attribute 0x0d, 0x0f
	/* data_bit_offset: udata */
	attribute 0x6b, 0x0f
	finished
	abbreviation SUBRANGE_EXPRESSION, 0x21, 0
	/* upper_bound: block1 */
	attribute 0x2f, 0x0a
	finished
	abbreviation STRUCT_SIGNATURE, 0x13, 0
	/* signature: ref_sig8 */
	attribute 0x69, 0x20
	/* declaration: flag */
	attribute 0x3c, 0x0c
	finished
	abbreviation STRUCT_SPECIFICATION, 0x13, 0
	/* specification: ref4 */
	attribute 0x47, 0x13
	attribute 0x0b, 0x0f
	finished
	abbreviation ENUM, 0x04, 1
	attribute 0x03, 0x08
	attribute 0x0b, 0x0f
	finished
	abbreviation ENUMERATOR, 0x28, 0
	attribute 0x03, 0x08
	/* const_value: block1 */
	attribute 0x1c, 0x0a
	finished
	abbreviation MEMBER_SIBLING, 0x0d, 0
	attribute 0x03, 0x08
	attribute 0x49, 0x13
	attribute 0x38, 0x0f
	attribute 0x01, 0x13
	finished
	abbreviation FUNCTION, 0x15, 1
	/* prototyped: flag */
	attribute 0x27, 0x0c
	finished
	abbreviation PARAMETER, 0x05, 0
	attribute 0x49, 0x13
	finished
	abbreviation STRUCT_ALIGNED, 0x13, 0
	attribute 0x03, 0x08
	attribute 0x0b, 0x0f
	/* alignment: udata */
	attribute 0x88, 0x0f
	finished
	abbreviation MEMBER_EXPRESSION, 0x0d, 0
	attribute 0x03, 0x08
	attribute 0x49, 0x13
	/* data_member_location: exprloc */
	attribute 0x38, 0x18
	finished
	abbreviation FUNCTION_CONVENTION, 0x15, 0
	attribute 0x27, 0x0c
	/* calling_convention: data1 */
	attribute 0x36, 0x0b
	finished
	abbreviation BASE_ORDER, 0x24, 0
	attribute 0x03, 0x08
	attribute 0x0b, 0x0f
	attribute 0x3e, 0x0b
	/* endianity: data1 */
	attribute 0x65, 0x0b
	finished
.Lpartial_unit:
	abbreviation PARTIAL_UNIT, 0x3c, 1
	finished
	abbreviation TYPEDEF_ALIGNED, 0x16, 0
	attribute 0x03, 0x08
	attribute 0x49, 0x13
	attribute 0x88, 0x0f
	finished
	abbreviation BASE_BITS, 0x24, 0
	attribute 0x03, 0x08
	attribute 0x0b, 0x0f
	attribute 0x3e, 0x0b
	/* bit_size: udata */
	attribute 0x0d, 0x0f
	finished
	abbreviation POINTER_FAR, 0x0f, 0
	/* type: ref_addr */
	attribute 0x49, 0x10
	finished
	.ifdef units_abbreviations
	.set code, 1000
	.rept 50000
	abbreviation code, 0x3c, 0
	finished
	.set code, code + 1
	.endr
	.endif
	.byte 0

	.macro refer label
	.4byte \label - .Lunit
	.endm
	.macro struct name, size
	.uleb128 STRUCT
	.asciz "\name"
	.uleb128 \size
	.endm
	.macro member name, type, offset
	.uleb128 MEMBER
	.asciz "\name"
	refer \type
	.uleb128 \offset
	.endm
	.macro pointer to
	.uleb128 POINTER
	refer \to
	.endm
	/* static struct … *name[0] */
	.macro variable name, to
	.uleb128 VARIABLE
	.asciz "\name"
	refer .Larray_\name
.Larray_\name:
	.uleb128 ARRAY
	refer .Lpointer_\name
	.uleb128 SUBRANGE
	.sleb128 0
	.byte 0
.Lpointer_\name:
	pointer \to
	.endm

	.section .debug_info, "", %progbits
.Lunit:
	.4byte .Lend - .Lversion
.Lversion:
	.2byte 4
	.4byte 0
	.byte 8
	.uleb128 UNIT
	.asciz "bad.s"
	.byte 0x0c /* C99 */
.Lint:
	.uleb128 BASE
	.asciz "int"
	.uleb128 4
	.byte 5
.Lchar:
	.uleb128 BASE
	.asciz "char"
	.uleb128 1
	.byte 6
.Lcanary:
	struct plugmgr_canary, 4
	member is_complete, .Lint, 0
	.byte 0
.Lcanary_pointer:
	pointer .Lcanary
.Lcage:
	struct plugmgr_canary_cage, 8
	member canary, .Lcanary_pointer, 0
	.byte 0
	.ifndef no_canary
	variable plugmgr_canary, .Lcage
	.endif
	.ifdef many_variables
	.rept 1000000
	.uleb128 VARIABLE
	.asciz "plugmgr_type_bad"
	refer .Lint
	.endr
	.endif

/* ---- what is wrong ---- */
	.ifdef typedef_cycle
.Lthing:
	.uleb128 TYPEDEF
	.asciz "a"
	refer .Lother
.Lother:
	.uleb128 TYPEDEF
	.asciz "b"
	refer .Lthing
	.endif

	.ifdef const_of_itself
.Lthing:
	.uleb128 CONST
	refer .Lthing
	.endif

	.ifdef pointer_of_itself /* legal in DWARF, though nobody can write it */
.Lthing:
	pointer .Lthing
	.endif

	.ifdef array_of_itself
.Lthing:
	.uleb128 ARRAY
	refer .Lthing
	.uleb128 SUBRANGE
	.sleb128 2
	.byte 0
	.endif

	.ifdef struct_in_itself
.Lthing:
	struct thing, 4
	member thing, .Lthing, 0
	.byte 0
	.endif

	.ifdef reference_outside
.Lthing:
	.uleb128 POINTER
	.4byte 0x7fffffff
	.endif

	.ifdef reference_to_variable
.Lthing:
	pointer .Lvariable
.Lvariable:
	.uleb128 VARIABLE
	.asciz "v"
	refer .Lint
	.endif

	.ifdef sibling_of_itself
.Lthing:
	.uleb128 STRUCT_SIBLING
	.asciz "thing"
	.uleb128 4
	refer .Lthing
	member m, .Lint, 0
	.byte 0
	.endif

	.ifdef sibling_backwards /* below a struct that does not say where it ends */
.Lthing:
	struct thing, 8
.Lfirst:
	member m, .Lint, 0
	.uleb128 MEMBER_SIBLING
	.asciz "n"
	refer .Lint
	.uleb128 4
	refer .Lfirst
	.byte 0
	.endif

	.ifdef sibling_outside
.Lthing:
	.uleb128 STRUCT_SIBLING
	.asciz "thing"
	.uleb128 4
	.4byte 0x7ffffff0
	member m, .Lint, 0
	.byte 0
	.endif

	.ifdef member_untyped
.Lthing:
	struct thing, 4
	.uleb128 MEMBER_UNTYPED
	.asciz "m"
	.uleb128 0
	.byte 0
	.endif

	.ifdef member_name
.Lthing:
	struct thing, 4
	member "two words", .Lint, 0
	.byte 0
	.endif

	.ifdef member_expression
.Lthing:
	struct thing, 4
	.uleb128 MEMBER_EXPRESSION
	.asciz "m"
	refer .Lint
	.byte 1, 0x12 /* DW_OP_dup */
	.byte 0
	.endif

	.ifdef member_expression_cut
.Lthing:
	struct thing, 4
	.uleb128 MEMBER_EXPRESSION
	.asciz "m"
	refer .Lint
	.byte 1, 0x23 /* DW_OP_plus_uconst without its operand */
	.byte 0
	.endif

	.ifdef member_plus /* as DWARF 2 has it: fine */
.Lthing:
	struct thing, 8
	.uleb128 MEMBER_EXPRESSION
	.asciz "m"
	refer .Lint
	.byte 2, 0x23, 4
	.byte 0
	.endif

	.ifdef struct_sizeless
.Lthing:
	.uleb128 STRUCT_SIZELESS
	.asciz "thing"
	.endif

	.ifdef struct_aligned
.Lthing:
	.uleb128 STRUCT_ALIGNED
	.asciz "thing"
	.uleb128 4, 3
	.endif

	.ifdef struct_elsewhere
.Lthing:
	.uleb128 STRUCT_SIGNATURE
	.8byte 0x1234
	.byte 1
	.endif

	.ifdef struct_specifies_itself
.Lthing:
	.uleb128 STRUCT_SPECIFICATION
	refer .Lthing
	.uleb128 4
	.endif

	.ifdef bits_too_wide
.Lthing:
	struct thing, 4
	.uleb128 BITS
	.asciz "m"
	refer .Lint
	.uleb128 33, 0
	.byte 0
	.endif

	.ifdef bits_far_outside
.Lthing:
	struct thing, 4
	.uleb128 BITS
	.asciz "m"
	refer .Lint
	.uleb128 3, 0xffffffffffffffff
	.byte 0
	.endif

	.ifdef array_negative
.Lthing:
	.uleb128 ARRAY
	refer .Lint
	.uleb128 SUBRANGE
	.sleb128 -2
	.byte 0
	.endif

	.ifdef array_variable
.Lthing:
	.uleb128 ARRAY
	refer .Lint
	.uleb128 SUBRANGE_EXPRESSION
	.byte 1, 0x12
	.byte 0
	.endif

	.ifdef array_dimensions
.Lthing:
	.uleb128 ARRAY
	refer .Lint
	.rept 65
	.uleb128 SUBRANGE
	.sleb128 1
	.endr
	.byte 0
	.endif

	.ifdef base_odd
.Lthing:
	.uleb128 BASE
	.asciz "odd"
	.uleb128 3
	.byte 5
	.endif

	.ifdef base_sizeless
.Lthing:
	.uleb128 BASE
	.asciz "odd"
	.uleb128 0
	.byte 5
	.endif

	.ifdef base_bits
.Lthing:
	.uleb128 BASE_BITS
	.asciz "seventeen"
	.uleb128 4
	.byte 5
	.uleb128 17
	.endif

	.ifdef base_swapped
.Lthing:
	struct thing, 8
	member big, .Lbig, 0
	member little, .Llittle, 4
	.byte 0
.Lbig:
	.uleb128 BASE_ORDER
	.asciz "big"
	.uleb128 4
	.byte 5, 1
.Llittle:
	.uleb128 BASE_ORDER
	.asciz "little"
	.uleb128 4
	.byte 5, 2
	.endif

	.ifdef enumerator_block
.Lthing:
	.uleb128 ENUM
	.asciz "thing"
	.uleb128 4
	.uleb128 ENUMERATOR
	.asciz "A"
	.byte 1, 1
	.byte 0
	.endif

	.ifdef function_convention
.Lthing:
	pointer .Lfunction
.Lfunction:
	.uleb128 FUNCTION_CONVENTION
	.byte 1, 0xc1 /* DW_CC_LLVM_Win64 */
	.endif

	.ifdef unknown_abbreviation
.Lthing:
	.uleb128 99
	.endif

	.ifdef deep_children /* fine, however deep */
.Lthing:
	struct thing, 4
	member m, .Lint, 0
	.byte 0
	.rept 10000
	struct inner, 4
	.endr
	.rept 10000
	.byte 0
	.endr
	.endif

	.ifdef deep_pointers
.Lthing:
	.rept 10000
	.uleb128 POINTER
	.4byte . + 4 - .Lunit
	.endr
	struct thing, 4
	.byte 0
	.endif

	.ifdef deep_typedefs
.Lthing:
	.rept 10000
	.uleb128 CONST
	.4byte . + 4 - .Lunit
	.endr
	struct thing, 4
	.byte 0
	.endif

	.ifdef deep_functions
.Lthing:
	pointer .Lfunctions
.Lfunctions:
	.rept 10000
	.uleb128 FUNCTION
	.byte 1
	.uleb128 PARAMETER
	.4byte . + 5 - .Lunit
	.byte 0
	pointer (. + 4)
	.endr
	struct thing, 4
	.byte 0
	.endif

	.ifdef deep_structs
.Lthing:
	.rept 10000
	struct a, 4
	.uleb128 MEMBER
	.asciz "m"
	.4byte . + 6 - .Lunit
	.uleb128 0
	.byte 0
	.endr
	struct thing, 4
	.byte 0
	.endif

	.ifdef million_members
.Lthing:
	struct thing, 4000000
	.rept 1000000
	member m, .Lint, 0
	.endr
	.byte 0
	.endif

	.ifdef members_share /* each struct begins a few bytes later, and has all members that follow */
.Lthing:
	struct thing, 4
	.rept 3000
	member m, (. + 5), 0
	struct inner, 4
	.endr
	.rept 3001
	.byte 0
	.endr
	.endif

	.ifdef typedef_aligned /* fine: the member need not repeat it */
.Lthing:
	struct thing, 64
	member m, .Laligned, 0
	.byte 0
.Laligned:
	.uleb128 TYPEDEF_ALIGNED
	.asciz "aligned"
	refer .Lint
	.uleb128 64
	.endif

	.ifdef bits_full /* fine: a plain member, and one that is none */
.Lthing:
	struct thing, 12
	.uleb128 BITS
	.asciz "plain"
	refer .Lint
	.uleb128 32, 0
	.uleb128 BITS
	.asciz "not"
	refer .Lint
	.uleb128 32, 33
	.byte 0
	.endif

	.ifdef partial_unit /* as dwz leaves it: fine */
.Lthing:
	.uleb128 POINTER_FAR
	.4byte .Lfar - .Lunit
	.endif

	.ifdef good
.Lthing:
	struct thing, 4
	member m, .Lint, 0
	.byte 0
	.endif

/* ---- the interface ---- */
	.ifndef no_interface
.Lversion_array:
	.uleb128 ARRAY
	refer .Lchar
	.uleb128 SUBRANGE
	.ifdef root_version
	.sleb128 0x7fffffff
	.else
	.sleb128 10001
	.endif
	.byte 0
.Lroot:
	struct plugmgr_root_bad, 16
	member version, .Lversion_array, 0
	.ifdef root_objectless
	member other, .Lthing, 8
	.else
	member object, .Lthing, 8
	.endif
	.byte 0
	.ifdef root_name
	.uleb128 VARIABLE
	.asciz "plugmgr_type_b d"
	refer .Larray_plugmgr_canary
	.else
	variable plugmgr_type_bad, .Lroot
	.endif
	.endif
	.byte 0
.Lend:
	.ifdef partial_unit
	.4byte .Lpartial_end - .Lpartial
.Lpartial:
	.2byte 4
	.4byte 0
	.byte 8
	.uleb128 PARTIAL_UNIT
.Lfar:
	struct far, 4
	.byte 0
	.byte 0
.Lpartial_end:
	.endif

	.ifdef many_units /* a reader remembers each */
	.rept 1000000
	.4byte 8
	.2byte 4
	.4byte .Lpartial_unit - .Labbreviations
	.byte 8
	.uleb128 PARTIAL_UNIT
	.endr
	.endif
	.ifdef units_abbreviations /* and for each what it has read of the abbreviations */
	.rept 2000
	.4byte 10
	.2byte 4
	.4byte 0
	.byte 8
	.uleb128 1000 + 49999
	.endr
	.endif

	.data
	.globl plugmgr_PLUGIN
plugmgr_PLUGIN:
	.dc.a plugmgr_link_the_output_of_plugpin_for_bad
	.section .note.GNU-stack, "", %progbits
