/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call stacks as numbers: each is a function and the stack that it was called from, so that one
 * number stands for the whole. And what was counted for each.
 */
#ifndef FB_COST_PLUGIN_PATHS_H
#define FB_COST_PLUGIN_PATHS_H

#include <stdint.h>

struct who;

typedef uint32_t path_t; /* 0: the empty stack, of what nothing is known of */

void paths_start(unsigned int vcpus);
/* The stack with FUNC on top of PARENT. Any thread, no lock. */
path_t path_child(path_t parent, uint64_t func);
path_t path_parent(path_t p);
uint64_t path_func(path_t p); /* topmost function; 0 of the empty stack */

/* N instructions with that stack; whose they are is said at the next paths_settle(). */
void paths_add(unsigned int vcpu, path_t p, uint64_t n);
/* What was added for VCPU since the last time: of WHO with these SPANS open; 0: dropped. */
void paths_settle(unsigned int vcpu, uint32_t spans, const struct who *who);
/*
 * N instructions of FUNC were counted there that were not executed; of the stacks of that function
 * the largest are less.
 */
void paths_correct(unsigned int vcpu, uint32_t spans, const struct who *who, uint64_t func,
		   uint64_t n);
void paths_merge(const struct who *from, const struct who *to);
/* Writes the "s" lines of a window, and forgets what they say. */
void paths_write(uint32_t window);
/* Forgets what was settled. */
void paths_forget(void);

#endif
