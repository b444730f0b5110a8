/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who executes on each vCPU: a task (of user space, or a kernel thread) and the interrupts and
 * softirqs on top of it. Followed from boot on, from the hooks, by the addresses that a kernel
 * accesses: no registers are needed.
 */
#ifndef FB_COST_PLUGIN_CONTEXT_H
#define FB_COST_PLUGIN_CONTEXT_H

#include <stdint.h>

#include "runner/cost/plugin/api.h"
#include "runner/cost/plugin/hooks.h"
#include "runner/cost/plugin/insn.h"
#include "runner/cost/plugin/who.h"

/* What an instruction tells; bits. */
enum context_tells {
	/* calls before the instruction: a block begins with it */
	TELLS_MARK = 1 << 0,
	TELLS_IRQ = 1 << 1,
	TELLS_SOFTIRQ = 1 << 2,
	TELLS_FORK = 1 << 3,
	TELLS_KTHREAD = 1 << 4,
	TELLS_TO_USER = 1 << 5,
	TELLS_AT_USER = 1 << 6,
	TELLS_PREEMPT = 1 << 7,
	TELLS_RESUMED = 1 << 8,
	/* likewise, and it is a block of its own, of the context that it leaves */
	TELLS_LEFT_SOFTIRQ = 1 << 9,
	TELLS_LEFT_IRQ = 1 << 10,
	TELLS_ALONE = TELLS_LEFT_SOFTIRQ | TELLS_LEFT_IRQ,
	/* calls after its access: a block ends with it */
	TELLS_FRAME = 1 << 11,
	TELLS_RETURN = 1 << 12,
	TELLS_GOES = 1 << 13,
	TELLS_COMES = 1 << 14,
	TELLS_ACCESS = TELLS_FRAME | TELLS_RETURN | TELLS_GOES | TELLS_COMES,
	TELLS_BEFORE = TELLS_ALONE | (TELLS_LEFT_SOFTIRQ - 1),
};

void context_start(unsigned int vcpus);
/* What IN, which is in HOOK (NULL: in none), tells: a mask. */
unsigned int context_tells(const struct insn *in, const struct hook *hook);
/*
 * Asks for the calls. C is the counter of the block that the instruction is in. Before its
 * counting is asked for.
 */
void context_watch(struct api_insn *insn, const struct insn *in, const struct hook *hook,
		   unsigned int tells, counter_t c);

#endif
