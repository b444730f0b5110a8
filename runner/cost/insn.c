// SPDX-License-Identifier: GPL-2.0-or-later
/* Which decoder an architecture has; see insn.h. */
#include <string.h>

#include "runner/cost/insn.h"

void insn_classify(const char *arch, const uint8_t *code, size_t size, struct profile_insn *insn)
{
	if (!strcmp(arch, "x86_64")) {
		insn_x86(code, size, insn);
	} else if (!strcmp(arch, "arm64") || !strcmp(arch, "aarch64")) {
		insn_arm64(code, size, insn);
	} else {
		insn->flags = PROFILE_UNKNOWN;
		insn->loads = insn->stores = 0;
	}
}
