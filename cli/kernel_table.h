/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of kernels, for `list kernels` and `kernel list`. */
#ifndef FB_CLI_KERNEL_TABLE_H
#define FB_CLI_KERNEL_TABLE_H

#include "cli/cli.h"

int kernel_table_print(const struct cli *cli, bool json, struct error *e);

#endif
