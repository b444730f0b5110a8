/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent is given to read: a head line and one line a cell.
 *
 * Order of the cells. Where the plan is exact it is its own in every boot: there
 * a figure depends on all that ran before it, to the instruction, and two boots of
 * one kernel have to be identical. Elsewhere each boot shuffles the cells, so that
 * what one cell does to the next one is spread over all of them.
 */
#ifndef FB_RUNNER_PLAN_H
#define FB_RUNNER_PLAN_H

#include "runner/run.h"

/*
 * Idle seconds before the first cell of a kernel that has just booted. In an
 * exact target's guest they pass at once; the running kernel needs none.
 */
#define PLAN_SETTLE_S 3

/*
 * Whether the same kernel gives the same figures in each boot of the plan on T. Not where an
 * emulated guest has several CPUs: those run side by side, and time is measured.
 */
bool plan_exact(const struct plan *p, const struct target *t);
/* "insn" or "ns": what the plan's boots on T measure. */
const char *plan_unit(const struct plan *p, const struct target *t);

/* Where the agent finds a kernel module in its initramfs: "/modules/NAME.ko"; caller frees. */
char *plan_module_path(const char *host_path);

/* Appends the plan of boot B on target T to SB. */
void plan_write(const struct plan *p, const struct target *t, const struct plan_boot *b,
		struct strbuf *sb);

#endif
