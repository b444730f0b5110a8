/* SPDX-License-Identifier: GPL-2.0-or-later */
/* foliobench kernel series: the patches of a kernel, one by one. */
#ifndef FB_CLI_KERNEL_SERIES_H
#define FB_CLI_KERNEL_SERIES_H

#include "cli/kernel_words.h"

struct series_args {
	bool try; /* whether they apply */
};

/* --try. Input: struct series_args. */
extern const struct argp kernel_series_argp;

/*
 * Prints the patches of the kernel in W, or those that --series names alone: number, subject,
 * files, lines, id; what was left out as notes. 0, or as of kernel_series() and kernel_try().
 */
int kernel_series_print(struct cli *cli, const struct kernel_words *w, const struct series_args *a,
			bool json, struct error *e);

#endif
