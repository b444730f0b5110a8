/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compilers that kernels are built with: "gcc" and "clang", or one of several that are
 * installed, "gcc-12", "clang-19". A gcc goes with the binutils of the architecture, a
 * clang with the ld.lld and llvm tools of its own version (the kernel's LLVM=).
 */
#ifndef FB_RUNNER_TOOLCHAIN_H
#define FB_RUNNER_TOOLCHAIN_H

#include "runner/arch.h"
#include "runner/runner.h"

/* All is owned. */
struct toolchain {
	char *name;	/* as asked for: "clang-19" */
	char *compiler; /* what "--version" says first, of both */
	char *linker;
	struct strv make; /* arguments for the kernel's make */
	bool llvm;
	const char *suffix; /* "-19", "" where none was asked for; points into name */
};

/*
 * The toolchain CC for kernels of A. 0; -EINVAL if CC is no name of one, -ENOENT if
 * something of it is not installed, with what to install.
 */
int toolchain_find(const struct runner *r, const char *cc, const struct arch *a,
		   struct toolchain *t, struct error *e);
/*
 * Whether T is new enough for the source in TREE, which says so itself
 * (scripts/min-tool-version.sh; without that, it is). 0; -ENOTSUP with the version that is
 * there, the one that is wanted, and what to do.
 */
int toolchain_check(const struct runner *r, const struct toolchain *t, const struct arch *a,
		    const char *tree, struct error *e);
void toolchain_release(struct toolchain *t);

/* The version in such a line, for the caller to free; NULL if there is none in it. */
char *toolchain_version(const char *line);
/* Below, at or above 0, like strcmp(); "9.0" is below "14.0.6". */
int toolchain_version_cmp(const char *a, const char *b);

#endif
