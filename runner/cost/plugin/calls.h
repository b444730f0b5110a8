/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions that call, return, or leave an exception, known by their bytes; for stacks.c. */
#ifndef FB_COST_PLUGIN_CALLS_H
#define FB_COST_PLUGIN_CALLS_H

#include <stdint.h>

#include "runner/cost/plugin/insn.h"

enum leaves { LEAVES_NOT, LEAVES_CALL, LEAVES_RETURN, LEAVES_TRAP };

/* What IN is; *TARGET: where a call goes, 0 if its bytes do not say. */
enum leaves insn_leaves(const struct insn *in, uint64_t *target);

#endif
