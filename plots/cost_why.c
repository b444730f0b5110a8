// SPDX-License-Identifier: GPL-2.0-or-later
/* The explanation beside a time: what a cell executes now, in a paragraph; see cost.h. */
#include "lib/cleanup.h"
#include "plots/cost.h"
#include "plots/text.h"

#define FUNCTIONS 3 /* that are named */

bool cost_changed(const struct cost_cell *c)
{
	static const enum cost_event events[] = { COST_INSNS, COST_ATOMICS, COST_TLB, COST_BARRIERS,
						  COST_DSB };

	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		if (cost_differs(c->baseline.kernel.n[events[i]], c->patched.kernel.n[events[i]]))
			return true;
	}
	return false;
}

static void add_event(const struct cost_cell *c, enum cost_event event, struct strbuf *sb)
{
	double a = c->baseline.kernel.n[event], b = c->patched.kernel.n[event];
	char from[COST_TEXT_MAX], to[COST_TEXT_MAX];

	if (cost_differs(a, b))
		strbuf_addf(sb, "; %s %s -> %s", cost_event_text(event),
			    cost_number(from, a, false), cost_number(to, b, false));
}

static void add_functions(const struct cost_cell *c, struct strbuf *sb)
{
	struct cost_shown shown __cleanup(cost_shown_release);
	char delta[COST_TEXT_MAX];
	double named = 0;

	cost_show(c, false, false, true, &shown);
	for (size_t i = 0; i < shown.n && i < FUNCTIONS; i++) {
		const struct cost_row *r = &c->rows[shown.index[i]];

		named += r->delta.n[COST_INSNS];
		strbuf_addf(sb, "%s%s %s%s%s%s", i ? ", " : ": ", r->name,
			    cost_number(delta, r->delta.n[COST_INSNS], true), *r->note ? " (" : "",
			    r->note, *r->note ? ")" : "");
	}
	if (shown.n > FUNCTIONS)
		strbuf_addf(sb, ", %zu others %s", shown.n - FUNCTIONS,
			    cost_number(delta,
					c->patched.kernel.n[COST_INSNS] -
						c->baseline.kernel.n[COST_INSNS] - named,
					true));
}

char *cost_why_cell(const struct cost_cell *c, bool with_title)
{
	double a = c->baseline.kernel.n[COST_INSNS], b = c->patched.kernel.n[COST_INSNS];
	char from[COST_TEXT_MAX], to[COST_TEXT_MAX], delta[COST_TEXT_MAX];
	char *title __free = cost_cell_title(c);
	struct strbuf sb = { 0 };

	if (with_title)
		strbuf_addf(&sb, "%s: ", title);
	if (cost_differs(a, b))
		strbuf_addf(&sb, "%s -> %s kernel instructions per %s (%s)",
			    cost_number(from, a, false), cost_number(to, b, false), c->per,
			    cost_number(delta, b - a, true));
	else
		strbuf_addf(&sb, "%s kernel instructions per %s in both",
			    cost_number(from, a, false), c->per);
	add_functions(c, &sb);
	add_event(c, COST_ATOMICS, &sb);
	add_event(c, COST_TLB, &sb);
	add_event(c, COST_BARRIERS, &sb);
	add_event(c, COST_DSB, &sb);
	return strbuf_detach(&sb);
}

void cost_why(const struct cost_comparison *c, size_t columns, FILE *out)
{
	size_t same = 0;

	for (size_t i = 0; i < c->n_cells; i++) {
		const struct cost_cell *cell = &c->cells[i];
		char *text __free = NULL;

		if (!cell->baseline.windows || !cell->patched.windows)
			continue;
		if (!cost_changed(cell)) {
			same++;
			continue;
		}
		text = cost_why_cell(cell, true);
		text_wrapped(out, "  ", 4, columns, text);
	}
	if (same)
		fprintf(out, "  %zu cell%s the same in every count.\n", same,
			same == 1 ? " is" : "s are");
}
