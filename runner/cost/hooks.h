/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which addresses of a kernel the TCG plugin watches: interrupts, softirqs, task switches,
 * kernel threads. Made from the names of a symbol table, whatever the kernel's version calls
 * them; docs/cost-plugin.md has what is written.
 */
#ifndef FB_RUNNER_COST_HOOKS_H
#define FB_RUNNER_COST_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/error.h"
#include "lib/strbuf.h"

/*
 * Appends the lines for a kernel of ARCH with the symbols TEXT ("ADDRESS TYPE NAME [MODULE]"
 * lines); FUNCS: also a line for each function, the agent's too. 0; -EINVAL for an architecture
 * without rows; -ENOENT where the kernel lacks what nothing can be told apart without, naming
 * it: then the lines are complete all the same, but for what is not there.
 */
int cost_hooks(const char *arch, const char *text, size_t size, bool funcs, struct strbuf *out,
	       struct error *e);

#endif
