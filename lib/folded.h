/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Call stacks as one text, "main;do_work;memcpy 42" a line, outermost function first: the format
 * of the tools for flame graphs. Two counts to each stack, so that two kernels can be side by side.
 */
#ifndef FB_LIB_FOLDED_H
#define FB_LIB_FOLDED_H

#include <stddef.h>

#include "lib/error.h"
#include "lib/strbuf.h"

enum folded_side { FOLDED_BASELINE = 0, FOLDED_PATCHED = 1 };

struct folded_stack {
	char *frames; /* "main;do_work": by the names of the source, see folded_add() */
	double n[2];
};

/* Zero is an empty one. */
struct folded {
	struct folded_stack *v; /* once sealed: by frames, each of them once */
	size_t n, room;
};

/*
 * Adds all lines of TEXT, each count WEIGHT times, to one side. Names lose what the compiler put
 * behind them (symbol_base()), and a part of a function that was split off it and is called by
 * it is the function itself. -EPROTO with a line for a line that is no stack with a count.
 */
int folded_add(struct folded *f, const char *text, enum folded_side side, double weight,
	       struct error *e);
/* Sorts, and makes one of those that are the same. Call it after the last add. */
void folded_seal(struct folded *f);
void folded_release(struct folded *f);

/* The sum of one side's counts. */
double folded_total(const struct folded *f, enum folded_side side);

/*
 * Of a sealed one, appended to OUT: a line for each stack of that side, counts rounded to whole
 * numbers (what rounds to 0 is left out); or with both counts, as difffolded.pl writes them.
 */
void folded_write(const struct folded *f, enum folded_side side, struct strbuf *out);
void folded_write_both(const struct folded *f, struct strbuf *out);

#endif
