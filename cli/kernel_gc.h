/* SPDX-License-Identifier: GPL-2.0-or-later */
/* foliobench kernel gc: its options, and what it does. */
#ifndef FB_CLI_KERNEL_GC_H
#define FB_CLI_KERNEL_GC_H

#include "cli/cli.h"

struct gc_args {
	const char *size; /* as given, or NULL */
	bool dry_run, all;
};

/* --size, --dry-run, --all. Input: struct gc_args. */
extern const struct argp kernel_gc_argp;

/* Whether any of these was given. */
bool kernel_gc_asked(const struct gc_args *a);

/* -EINVAL for a size that is none; -EBUSY when what is in use is more than was asked for. */
int kernel_gc(const struct cli *cli, const struct gc_args *a, bool json, struct error *e);

#endif
