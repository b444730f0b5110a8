/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One run of the kernel's make, with progress and its first error lines kept. */
#ifndef FB_RUNNER_MAKE_H
#define FB_RUNNER_MAKE_H

#include "runner/arch.h"
#include "runner/runner.h"

struct toolchain;

struct make_run {
	const char *name; /* whom it is for */
	const struct arch *arch;
	const struct toolchain *tools;
	const char *src, *obj; /* absolute paths; obj is SRC/obj */
	const char *log;
	double expected_steps; /* 0: unknown, no progress told */
	double steps;	       /* out: lines like "  CC      mm/memory.o" */
};

/*
 * Runs make for TARGET with ASSIGNMENT ("KCONFIG_ALLCONFIG=...") or NULL. 0, -ECANCELED, -ENOSPC,
 * or -EIO with the first error lines and the log's name.
 */
int make_run(const struct runner *r, struct make_run *m, const char *target, const char *assignment,
	     struct error *e);

/* First line that "TOOL --version" prints; for the caller to free. */
int tool_version(const struct runner *r, const char *tool, char **line, struct error *e);

#endif
