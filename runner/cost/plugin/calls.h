/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions that call, return, or leave an exception, known by their bytes; for stacks.c. */
#ifndef FB_COST_PLUGIN_CALLS_H
#define FB_COST_PLUGIN_CALLS_H

#include <stdbool.h>
#include <stdint.h>

#include "runner/cost/plugin/insn.h"

enum leaves { LEAVES_NOT, LEAVES_CALL, LEAVES_RETURN, LEAVES_TRAP };

/* What IN is; *TARGET: where a call goes, 0 if its bytes do not say. */
enum leaves insn_leaves(const struct insn *in, uint64_t *target);
/* Whether it only drops what a call has put on the stack; first in a function, and a return behind
 * it, that is one of the kernel's return thunks (SRSO). */
bool insn_drops_return(const struct insn *in);

#endif
