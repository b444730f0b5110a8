/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The churn programs as data of the agent: CHURN_GLIBC and CHURN_JEMALLOC are their files. */
	.macro program name, file
	.section .rodata.\name, "a"
	.balign 64
	.global \name
\name:
	.incbin "\file"
	.global \name\()_end
\name\()_end:
	.byte 0
	.endm

	program churn_glibc, CHURN_GLIBC
	program churn_jemalloc, CHURN_JEMALLOC

	.section .note.GNU-stack, "", %progbits
