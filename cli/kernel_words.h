/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels as they are named on the command line, the same for ab, run and kernel:
 *
 *	NAME			a recipe or a source
 *	+CONFIG_X=y +lockdep	behind it: what its configuration has on top
 *	--series WORD		patches on top
 *	--config WORD, --cc, --arch
 *				of all kernels that are named
 */
#ifndef FB_CLI_KERNEL_WORDS_H
#define FB_CLI_KERNEL_WORDS_H

#include "cli/cli.h"

struct kernel_words {
	struct kernel_spec *v; /* as named, each with the +words behind it; owned */
	size_t n;
	struct strv series, config;
	char *cc, *arch;
	unsigned int layouts; /* images of each kernel; 0: one, as the linker lays it out */
	bool each_patch;
};

/* --series, --config, --cc, --arch, --layouts. Input: struct kernel_words. */
extern const struct argp kernel_words_argp;

/* Adds the kernel NAME. */
void kernel_words_add(struct kernel_words *w, const char *name);
/* WORD begins with '+': it belongs to the kernel named last, or is a usage error. */
void kernel_words_plus(const struct argp_state *state, struct kernel_words *w, const char *word);
/* Whether anything makes a kernel different from its name: +words or --series. */
bool kernel_words_differ(const struct kernel_words *w);
/*
 * What is said of all kernels goes to each of them: --config, --cc, --arch; and --series, to
 * the last one only where there are several.
 */
void kernel_words_finish(struct kernel_words *w);
void kernel_words_release(struct kernel_words *w);

#endif
