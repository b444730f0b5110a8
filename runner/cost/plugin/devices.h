/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Accesses to devices. With -icount such an instruction must be the last of its block: where it is
 * not, the emulator leaves the block that was begun, executes that instruction alone, without
 * counting it, and goes on behind it. What the left block has behind it was then counted twice.
 *
 * It shows in blocks of one instruction that accesses memory: their accesses are always counted,
 * their executions not in this case. The difference is how often it happened there.
 */
#ifndef FB_COST_PLUGIN_DEVICES_H
#define FB_COST_PLUGIN_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/cost/plugin/api.h"
#include "runner/cost/plugin/insn.h"

/* IN is all of a translated block; C is its counter. */
void devices_watch(struct api_insn *insn, const struct insn *in, counter_t c);

/* Counts: N[c] is counter c's for c below ROOM; those that are not 0 are among USED. */
struct device_counts {
	const uint64_t *n;
	size_t room;
	const counter_t *used;
	size_t n_used;
};

/* COUNT executions of FROM's block were none of it but of TO's, the part until the access. */
struct device_move {
	counter_t from, to;
	uint64_t count;
};

/*
 * The next correction that IN needs; *AT is 0 for the first. False: none is left. The counts are
 * corrected before the next one is asked for.
 */
bool devices_correct(const struct device_counts *in, size_t *at, struct device_move *move);

#endif
