/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of kernels, for `list kernels` and `kernel list`; and how both show the cache. */
#ifndef FB_CLI_KERNEL_TABLE_H
#define FB_CLI_KERNEL_TABLE_H

#include <time.h>

#include "cli/cli.h"

/* Recipes; and, when CACHED, everything in the cache that is finished. */
int kernel_table_print(const struct cli *cli, bool json, bool cached, struct error *e);

/* "13.2 MiB"; BUF of at least 24 bytes; returns BUF. */
char *format_disk(char *buf, size_t len, uint64_t bytes);
/* "2026-11-21 13:40", UTC; BUF of at least 24 bytes; returns BUF. */
char *format_when(char *buf, size_t len, time_t when);

#endif
