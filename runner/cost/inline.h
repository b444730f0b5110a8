/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which function an address of a kernel is in, those that the compiler put into others
 * included: from the debug information (DWARF) of its vmlinux. Only compilation units and
 * functions that addresses are asked of are read.
 */
#ifndef FB_RUNNER_COST_INLINE_H
#define FB_RUNNER_COST_INLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/error.h"

struct inline_map;

/*
 * Opens the ELF file PATH. -EINVAL with a line that says how to get one for a file without debug
 * information, other errors for one that cannot be read. inline_close() what is in *OUT; NULL
 * on error.
 */
int inline_open(const char *path, struct inline_map **out, struct error *e);
void inline_close(struct inline_map *m);

/*
 * "zap_pte_range", or for what was inlined there "zap_present_ptes [in zap_pte_range]": the
 * innermost function by its name in the source, and the one that it ended up in. Accessors of
 * page tables and of the architecture count as the function that uses them. NULL where the
 * debug information does not know the address (most of what is written in assembly, user space):
 * symbols may. The text lives as long as the map.
 */
const char *inline_name(struct inline_map *m, uint64_t addr);

/* The maps of two kernels; either may be NULL, or both the same. */
struct inline_pair {
	struct inline_map *baseline, *patched;
};

/* inline_name() as what names functions of a comparison; DATA is a struct inline_pair. */
const char *inline_pair_name(void *data, bool patched, uint64_t addr);

#endif
