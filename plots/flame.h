/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Flame graphs: call stacks as an SVG that any browser shows, without scripts. Pointing at a
 * function says its counts.
 */
#ifndef FB_PLOTS_FLAME_H
#define FB_PLOTS_FLAME_H

#include <stdbool.h>

#include "lib/folded.h"
#include "results/cost.h"

struct flame_look {
	const char *title; /* "fork folio=64K: knockout-fork" */
	const char *unit;  /* of the counts: "instructions per page" */
	/*
	 * Both sides: a function is as wide as the larger count, red where the patched kernel
	 * executes more in it itself (without those it calls), blue where less.
	 */
	bool diff;
	enum folded_side side; /* else: whose */
};

/* Of sealed stacks, appended to OUT. Functions of less than a third of a pixel are left out. */
void flame_svg(const struct folded *f, const struct flame_look *look, struct strbuf *out);

/*
 * All of a comparison into folder DIR (made if needed), for each cell and metric NAME, such as
 * "fork-folio_64K-per_page": NAME.baseline.folded and NAME.patched.folded, NAME.diff.folded (both
 * counts), and the graphs of the three (.svg). Counts are instructions of a sample, the mean of
 * all. The paths of what was written are added to FILES. -ENODATA where there are no stacks.
 */
int flames_write(struct store *s, const struct cost_comparison *c, const char *dir,
		 struct strv *files, struct error *e);

#endif
