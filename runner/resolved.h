/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside runner/ only: a name, followed to its inputs; the steps before a kernel is made. */
#ifndef FB_RUNNER_RESOLVED_H
#define FB_RUNNER_RESOLVED_H

#include "kernels/recipe.h"
#include "runner/arch.h"
#include "runner/inputs.h"
#include "runner/source.h"

struct resolved {
	struct recipe recipe;
	const struct source *source;
	const struct arch *arch;
	struct source_id id;
	struct inputs in;
};

/*
 * Fills V for SPEC. VERSION, when not NULL, pins the source to one that was resolved before. 0 or
 * -errno; release V in either case.
 */
int resolved_follow(const struct runner *r, const struct kernel_spec *spec, const char *version,
		    struct resolved *v, struct error *e);
void resolved_release(struct resolved *v);

#endif
