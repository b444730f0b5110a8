/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Architectures that kernels are made for: one row each. */
#ifndef FB_RUNNER_ARCH_H
#define FB_RUNNER_ARCH_H

#include "lib/error.h"

struct arch {
	const char *name;	 /* "x86_64": in recipes, and the fragment's name */
	const char *make_arch;	 /* make's ARCH= */
	const char *debian;	 /* Debian's word for it */
	const char *make_target; /* what make is asked for */
	const char *image;	 /* what the boot loader takes, in the object tree */
	const char *cross;	 /* compiler prefix where the host is another one */

	/* starting it in an emulator */
	const char *qemu;	  /* the program */
	const char *machine;	  /* named with its version: hardware that stays the same */
	const char *cpu_tcg;	  /* likewise; see arch.c */
	const char *append;	  /* kernel command line, everywhere */
	const char *append_exact; /* what exact counts need on top */
};

/* The row, or NULL with a line (-EINVAL) that names those known. */
const struct arch *arch_find(const char *name, struct error *e);

/* "" where the host is of that architecture itself, else its prefix. */
const char *arch_cross(const struct arch *a);

#endif
