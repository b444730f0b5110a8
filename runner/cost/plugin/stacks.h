/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call stacks, with stacks=on alone: a shadow stack for each task (and for each interrupt on top
 * of it), kept by what calls and returns; instructions are counted by stack. Without stacks=on
 * nothing of this is called.
 *
 * All calls but stacks_watch() are made with plugin_lock held (plugin.h); what stacks.c
 * registers itself in translated code is called without it, on the vCPU's own thread.
 */
#ifndef FB_COST_PLUGIN_STACKS_H
#define FB_COST_PLUGIN_STACKS_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/cost/plugin/api.h"

struct who;  /* who.h */
struct insn; /* insn.h */

/* A "func" line of the hooks: a function begins at ADDR. All of them come before stacks_start(). */
void stacks_func(uint64_t addr);
/* After api_start(). 0, or -1 with a line on standard error. */
int stacks_start(void);

/*
 * The counter of all instructions that were executed. Wherever a block of N instructions gets its
 * own counter, this one is asked for at the same place, with N: then what is counted by stack and
 * by block is the same, to the instruction.
 */
counter_t stacks_total(void);
/*
 * Asks for the calls that are needed at INSN of a block that was translated (IN: decoded). FIRST:
 * QEMU's block begins with it, BEGINS: a counted one does. For each instruction of it, behind
 * context_watch() and before any counting is asked for there: then all versions of QEMU keep
 * that order. Whether it asked for any.
 */
bool stacks_watch(struct api_insn *insn, const struct insn *in, bool first, bool begins);

/*
 * What VCPU executed since the last time is of WHO while SPANS (a mask; 0: drop it) were open.
 * Called whenever that is about to change: on the vCPU's own thread, but at marks for all vCPUs
 * on the thread of the one that executes the mark. It may be so in the middle of a block's
 * instructions: those behind the current one are not executed yet.
 */
void stacks_settle(unsigned int vcpu, uint32_t spans, const struct who *who);
/* One instruction that is about to be executed is still of WHO, as with window_ahead(). */
void stacks_ahead(unsigned int vcpu, uint32_t spans, const struct who *who);

/*
 * From now on VCPU executes that task (a number that names it, 0: the one it began with), whose
 * stacks are as they were when it went; DEPTH contexts (interrupts, softirqs) are on top of it.
 */
void stacks_switch(unsigned int vcpu, uint64_t task, unsigned int depth);
/*
 * A context is entered on top of the current one (its stack begins empty), or the topmost are
 * left until DEPTH remain: below, the stack is what it was. Softirqs are a context, too.
 */
void stacks_enter(unsigned int vcpu, unsigned int depth);
void stacks_leave(unsigned int vcpu, unsigned int depth);
/* The task that VCPU executes is a new one: all its stacks are empty. */
void stacks_begin(unsigned int vcpu);

/* N instructions that were counted for them in the function at ADDR were not executed. */
void stacks_correct(unsigned int vcpu, uint32_t spans, const struct who *who, uint64_t addr,
		    uint64_t n);
/* All that was counted for FROM is TO's; FROM may go afterwards. */
void stacks_merge(const struct who *from, const struct who *to);
/* Writes the "s" lines of the window that closes (output.h), and forgets its counts. */
void stacks_write(uint32_t window);
/* Forgets what was counted in a window that was never closed. */
void stacks_forget(void);

#endif
