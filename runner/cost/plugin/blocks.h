/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks of instructions that are executed together or not at all, each with a counter. The same
 * bytes at the same address are one block, however often they are translated.
 */
#ifndef FB_COST_PLUGIN_BLOCKS_H
#define FB_COST_PLUGIN_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner/cost/plugin/api.h"
#include "runner/cost/plugin/insn.h"

/* The counter of the block of N instructions from IN on, made if it is new; also its ID. */
counter_t block_counter(const struct insn *in, size_t n);
/*
 * Writes the "b" line of a counter's block, unless it was written. False: the counter is none of
 * a block's.
 */
bool block_write(counter_t c);

/*
 * Whether C's block has an instruction at ADDR with others behind it; then *UNTIL is the counter of
 * the block that ends with it.
 */
bool block_until(counter_t c, uint64_t addr, counter_t *until);
/* The instructions of C's block, and where it is; 0 if it is none of a block's. */
size_t block_insns(counter_t c, uint64_t *addr);

#endif
