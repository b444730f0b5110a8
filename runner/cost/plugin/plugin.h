/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugin was asked for, and the lock.
 *
 *	main.c		arguments; what happens when a block is translated
 *	hooks.c		the file of addresses that are watched
 *	insn.c		the few instructions that are known by their bytes
 *	x86_whole.c	whether one is all there
 *	uaccess.c	where blocks are cut because an instruction may fault
 *	blocks.c	blocks of instructions, each with its counter
 *	devices.c	what the emulator began and did not execute
 *	context.c	tasks, interrupts, softirqs: who executes
 *	window.c	windows and spans; whose are the counts since the last event
 *	output.c	the file
 *	stacks.c	call stacks, and what moves them
 *	calls.c		instructions that call and return
 *	paths.c		stacks as numbers, and their counts
 *	api.c		QEMU
 */
#ifndef FB_COST_PLUGIN_PLUGIN_H
#define FB_COST_PLUGIN_PLUGIN_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct plugin_options {
	const char *hooks, *out; /* paths */
	bool stacks, verify;
};

extern struct plugin_options plugin_options;
/* Held in everything that is not translated code: vCPUs may be threads of their own. */
extern pthread_mutex_t plugin_lock;

/* malloc() and friends that end the emulator with a line rather than fail. */
void *plugin_alloc(size_t n, size_t size); /* zeroed */
void *plugin_grow(void *p, size_t n, size_t size);

#endif
