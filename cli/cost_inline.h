/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --inline: functions by the debug information of the kernels, not by their symbols. */
#ifndef FB_CLI_COST_INLINE_H
#define FB_CLI_COST_INLINE_H

#include "cli/cli.h"
#include "results/cost.h"
#include "runner/cost/inline.h"

/* A zeroed one is valid and empty. */
struct cost_inline {
	struct inline_pair maps;
	struct cost_namer namer;
	char *hash[2]; /* what the store knows the kernels by */
};

/*
 * Opens the debug information of the N kernels of K (1 or 2), which are built. -EINVAL with a
 * line that says how to build one that has it. cost_inline_close() in any case.
 */
int cost_inline_open(const struct kernel *k, size_t n, struct cost_inline *out, struct error *e);
/* the same of kernels that are in the cache, by their hashes. */
int cost_inline_find(struct cli *cli, const struct kernel_spec *v, size_t n,
		     struct cost_inline *out, struct error *e);
/* -ESTALE where C is about other kernels. */
int cost_inline_check(const struct cost_inline *x, const struct cost_comparison *c,
		      struct error *e);
void cost_inline_close(struct cost_inline *x);

#endif
