/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exact cost: what the TCG plugin counted, on its way from an emulator's file to the sink.
 *
 *	hooks.c		which addresses of a kernel the plugin watches (from its symbols)
 *	plugin/		the plugin itself; docs/cost-plugin.md has what it reads and writes
 *	read.c		what it wrote -> windows, spans and contexts, as profiles
 *	insn*.c		what an instruction is, from its bytes
 *	check.c		the counts against the guest's own clock and the agent's proof
 *
 * A window is one sample, by the number that the agent sent before it. A span of it is the run,
 * its laps, or the part that one metric is about (bench/span.h). A context is who executed:
 * COST_TASK is the case itself (the tasks of user space and what they did in the kernel); all
 * else is an accident that only happened in between.
 */
#ifndef FB_RUNNER_COST_COST_H
#define FB_RUNNER_COST_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/profile.h"
#include "lib/symbols.h"
#include "runner/runner.h"

#define COST_TASK "task" /* others: "irq NAME", "softirq", "kthread NAME" */

/* Numbers of spans, the same as in bench/span.h; from COST_SPAN_METRIC on: of metric N - that. */
enum { COST_SPAN_RUN = 0, COST_SPAN_LAP = 1, COST_SPAN_METRIC = 2 };

/* One profile. Everything in it lives as long as the callback. */
struct cost_part {
	unsigned int window; /* what the sample's record says as "window" */
	unsigned int span;
	unsigned int vcpu;
	const char *context; /* COST_TASK, or "irq asm_sysvec_apic_timer_interrupt" */
	const char *id;	     /* SHA-256 of the encoded profile, 64 hex digits */
	const char *data;    /* profile_encode()'s */
	size_t size;
	const char *folded; /* with stacks: "a;b;c COUNT" lines, sorted; else NULL */
	/*
	 * NULL, or why this window's counts cannot be believed, the same for all its parts: "1204
	 * instructions were counted where the guest's clock says 5310"
	 */
	const char *bad;
};

/* What was found about a boot's counts as a whole, once, before its first part. */
struct cost_boot {
	const char *symbols_id; /* SHA-256 of the next */
	const char *symbols;	/* text for symbols_parse() */
	const char *arch;
	const char *qemu; /* "7.2.22 (plugin API 1)" */
	/* NULL, or why nothing of this boot can be believed: "the straight line of 1000
	 * instructions was counted as 990" */
	const char *bad;
};

#endif
