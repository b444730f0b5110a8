/* SPDX-License-Identifier: GPL-2.0-or-later */
/* foliobench kernel diff. */
#ifndef FB_CLI_KERNEL_DIFF_H
#define FB_CLI_KERNEL_DIFF_H

#include "cli/kernel_words.h"

/*
 * Prints in what the two kernels of W differ: their final configurations, then what else they are
 * made of. One kernel with +words or --series is compared with itself without them.
 */
int kernel_diff_print(struct cli *cli, struct kernel_words *w, bool json, struct error *e);

#endif
