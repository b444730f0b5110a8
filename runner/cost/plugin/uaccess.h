/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where blocks must be cut because an instruction may fault and be begun again: everywhere in
 * user space, and in a kernel where it accesses user space (x86_64: between stac and clac, in
 * functions that are called there, too; arm64: ldtr, sttr, and between the writes to PAN).
 */
#ifndef FB_COST_PLUGIN_UACCESS_H
#define FB_COST_PLUGIN_UACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "runner/cost/plugin/insn.h"

/* Of a translated block: CUT[i] is set where a block must end behind instruction i. */
void uaccess_cut(const struct insn *in, size_t n, bool *cut);

#endif
