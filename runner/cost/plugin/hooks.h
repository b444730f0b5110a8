/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The addresses that are watched, from the file that hooks= names (docs/cost-plugin.md). */
#ifndef FB_COST_PLUGIN_HOOKS_H
#define FB_COST_PLUGIN_HOOKS_H

#include <stdint.h>

#include "runner/cost/plugin/who.h"

enum hook_kind {
	HOOK_IRQ,
	HOOK_SOFTIRQ,
	HOOK_SWITCH,
	HOOK_FORK,
	HOOK_KTHREAD,
	HOOK_RETURN,
	HOOK_TRAP, /* of stacks.c */
	HOOK_PREEMPT,
	HOOK_SCHEDULE,
};

struct hook {
	enum hook_kind kind;
	uint64_t addr, end; /* END is behind it */
	uint64_t reach;	    /* the greatest end of this and all before it */
	unsigned int line;  /* of the file, from 1 */
	const char *name;
	struct who who; /* of a context that begins here */
};

/*
 * Reads the file; FUNC gets the address of each "func" line (NULL: they are passed over). 0, or
 * -1 with a line on standard error.
 */
int hooks_read(const char *path, void (*func)(uint64_t addr));
/* The hook that ADDR is in, or NULL: the innermost, where ranges lie in others. Where they begin at
 * one address the first line counts. */
const struct hook *hooks_at(uint64_t addr);

#endif
