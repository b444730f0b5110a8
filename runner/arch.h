/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Architectures that kernels are made for: one row each. */
#ifndef FB_RUNNER_ARCH_H
#define FB_RUNNER_ARCH_H

#include <stddef.h>

#include "lib/error.h"
#include "runner/runner.h"

struct arch {
	const char *name;	    /* "x86_64": in recipes, and the fragment's name */
	const char *machine_name;   /* what uname -m says there */
	const char *make_arch;	    /* make's ARCH= */
	const char *debian;	    /* Debian's word for it */
	const char *make_target;    /* what make is asked for */
	const char *image;	    /* what the boot loader takes, in the object tree */
	const char *cross;	    /* compiler prefix where the host is another one */
	const char *cross_packages; /* Debian's, of that compiler and its C library */

	/* starting it in an emulator */
	const char *qemu;	  /* the program */
	const char *qemu_package; /* Debian's package of it */
	const char *machine;	  /* named with its version: hardware that stays the same */
	const char *cpu_tcg;	  /* likewise; see arch.c */
	const char *append;	  /* kernel command line, everywhere */
	const char *append_exact; /* what exact counts need on top; may be "" */
};

/* The row, or NULL with a line (-EINVAL) that names those known. */
const struct arch *arch_find(const char *name, struct error *e);

/* The row number I from 0; NULL past the last. */
const struct arch *arch_at(size_t i);

/* The architecture that this program runs on; NULL if it is none of the table. */
const struct arch *arch_host(void);

/* What A's boot image is called where it is kept: without the folders of the object tree. */
const char *arch_image_name(const struct arch *a);

/*
 * A program of ours that runs in the guest, for architecture A: PATH itself where that is the
 * host's, else PATH-NAME. For the caller to free.
 */
char *arch_program(const struct arch *a, const char *path);

/* "" where the host is of that architecture itself, else its prefix. */
const char *arch_cross(const struct arch *a);

/*
 * Whether guests of architecture A can be started here: its emulator and our agent for it are
 * there. Else -ENOENT, and how to get them.
 */
int arch_ready(const struct runner *r, const struct arch *a, struct error *e);

#endif
