/* SPDX-License-Identifier: GPL-2.0-or-later */
/* foliobench kernel build. */
#ifndef FB_CLI_KERNEL_BUILD_H
#define FB_CLI_KERNEL_BUILD_H

#include "cli/kernel_words.h"

/* Builds all kernels of W, with their layouts, and prints a line and the image's path for each. */
int kernel_build_words(struct cli *cli, const struct kernel_words *w, struct error *e);

#endif
