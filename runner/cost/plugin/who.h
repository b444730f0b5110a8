/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who executes: the name of a context as it is written. Two are the same if their pointers are;
 * two with one name are written as one.
 */
#ifndef FB_COST_PLUGIN_WHO_H
#define FB_COST_PLUGIN_WHO_H

struct who {
	const char *name; /* "task", "irq asm_common_interrupt"; never changes */
};

extern const struct who who_task;

#endif
