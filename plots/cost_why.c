// SPDX-License-Identifier: GPL-2.0-or-later
/* The explanation beside a time: what a cell executes now, in a paragraph; see cost.h. */
#include <math.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/cost.h"
#include "plots/rows.h"
#include "plots/text.h"

#define FUNCTIONS 3 /* that are named */
#define CAUSES	  2 /* of what is different in atomic operations, ... */

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

bool cost_all_chance(const struct cost_cell *c)
{
	for (size_t i = 0; i < c->n_rows; i++) {
		const struct cost_row *r = &c->rows[i];
		bool same = true;

		for (size_t k = 0; k < COST_EVENTS; k++)
			same &= !cost_differs(r->delta.n[k], 0);
		if (!r->user && !same && !cost_may_be_chance(r))
			return false;
	}
	return true;
}

/* Of what is rare: ", +1.0 a window". */
static void add_rare(const struct cost_cell *c, double delta, struct strbuf *sb)
{
	char buf[COST_TEXT_MAX];

	if (cost_is_rare(delta))
		strbuf_addf(sb, ", %s a window", cost_number(buf, delta * c->baseline.ops, true));
}

/* The two functions that add most to what is different of EVENT. */
static void add_causes(const struct cost_cell *c, enum cost_event event, struct strbuf *sb)
{
	const struct cost_row *top[CAUSES] = { NULL };
	const char *sep = " (";
	char delta[COST_TEXT_MAX];

	for (size_t i = 0; i < c->n_rows; i++) {
		const struct cost_row *r = &c->rows[i];

		if (r->user || !cost_differs(r->delta.n[event], 0))
			continue;
		for (size_t k = 0; k < CAUSES && r; k++) {
			const struct cost_row *old = top[k];

			if (old && fabs(old->delta.n[event]) >= fabs(r->delta.n[event]))
				continue;
			top[k] = r;
			r = old;
		}
	}
	for (size_t k = 0; k < CAUSES && top[k]; k++, sep = ", ")
		strbuf_addf(sb, "%s%s %s", sep, top[k]->name,
			    cost_number(delta, top[k]->delta.n[event], true));
	strbuf_addstr(sb, *sep == ',' ? ")" : "");
}

static void add_event(const struct cost_cell *c, enum cost_event event, struct strbuf *sb)
{
	double a = c->baseline.kernel.n[event], b = c->patched.kernel.n[event];
	char from[COST_TEXT_MAX], to[COST_TEXT_MAX];

	if (!cost_differs(a, b))
		return;
	strbuf_addf(sb, "; %s %s -> %s", cost_event_text(event), cost_number(from, a, false),
		    cost_number(to, b, false));
	add_rare(c, b - a, sb);
	add_causes(c, event, sb);
}

static void add_functions(const struct cost_cell *c, struct strbuf *sb)
{
	struct cost_shown shown __cleanup(cost_shown_release);
	char delta[COST_TEXT_MAX];
	double named = 0;
	size_t named_functions;

	cost_show(c, false, false, true, &shown);
	/* "1 other" would take the room of its name */
	named_functions = shown.n == FUNCTIONS + 1 ? shown.n : FUNCTIONS;
	for (size_t i = 0; i < shown.n && i < named_functions; i++) {
		const struct cost_row *r = &c->rows[shown.index[i]];

		named += r->delta.n[COST_INSNS];
		strbuf_addf(sb, "%s%s %s", i ? ", " : ": ", r->name,
			    cost_number(delta, r->delta.n[COST_INSNS], true));
	}
	if (shown.n > named_functions)
		strbuf_addf(sb, ", %zu others %s", shown.n - named_functions,
			    cost_number(delta,
					c->patched.kernel.n[COST_INSNS] -
						c->baseline.kernel.n[COST_INSNS] - named,
					true));
}

char *cost_why_cell(const struct cost_cell *c)
{
	double a = c->baseline.kernel.n[COST_INSNS], b = c->patched.kernel.n[COST_INSNS];
	char from[COST_TEXT_MAX], to[COST_TEXT_MAX], delta[COST_TEXT_MAX];
	struct strbuf sb = { 0 };

	if (cost_differs(a, b)) {
		strbuf_addf(&sb, "%s -> %s kernel instructions per %s (%s",
			    cost_number(from, a, false), cost_number(to, b, false), c->per,
			    cost_number(delta, b - a, true));
		add_rare(c, b - a, &sb);
		strbuf_addch(&sb, ')');
	} else {
		strbuf_addf(&sb, "%s kernel instructions per %s in both",
			    cost_number(from, a, false), c->per);
	}
	add_functions(c, &sb);
	add_event(c, COST_ATOMICS, &sb);
	add_event(c, COST_TLB, &sb);
	add_event(c, COST_BARRIERS, &sb);
	add_event(c, COST_DSB, &sb);
	return strbuf_detach(&sb);
}

static const struct cost_cell *find(const struct comparison *c, const struct compare_cell *cell)
{
	const struct cost_cell *found = NULL;

	if (c->cost)
		found = cost_find_cell(c->cost, cell->case_name, cell->params, cell->metric);
	return found && found->baseline.windows && found->patched.windows ? found : NULL;
}

static void put_cell(const struct row_group *g, const struct compare_cell *cell,
		     const struct cost_cell *cost, size_t columns, FILE *out)
{
	const char *folio = row_folio(cell->params);
	const bool main_metric = !strncmp(g->metric, "per_", 4);
	char *first __free = xasprintf("  %s%s%s%s%s%s%s: ", g->case_name, *folio ? " " : "", folio,
				       *g->others ? " " : "", g->others, main_metric ? "" : " ",
				       main_metric ? "" : g->metric);
	char *text __free = NULL;

	if (cost_changed(cost))
		text = cost_why_cell(cost);
	else
		text = xstrdup("every count is the same: it is not what the kernels execute");
	text_wrapped(out, first, 4, columns, text);
}

static void put_head(const struct comparison *c, FILE *out)
{
	fputs("\nWhy: what the kernels execute, counted exactly", out);
	if (c->cost->run_id != c->run_id)
		fprintf(out, " on an emulated %s in run %lld", c->cost->baseline.arch,
			(long long)c->cost->run_id);
	fputs("\n\n", out);
}

void cost_why(const struct comparison *c, const struct rows *r, size_t columns, FILE *out)
{
	size_t told = 0, same = 0, chance = 0;

	for (size_t i = 0; i < r->n; i++) {
		for (size_t j = 0; j < r->groups[i].n; j++) {
			const struct compare_cell *cell = &c->cells[r->groups[i].index[j]];
			const struct cost_cell *cost = find(c, cell);

			if (!cost || !cell->headline)
				continue;
			if (!cost_changed(cost) && !verdict_differs(cell->verdict)) {
				same++;
				continue;
			}
			if (!verdict_differs(cell->verdict) && cost_all_chance(cost)) {
				chance++;
				continue;
			}
			if (!told++)
				put_head(c, out);
			put_cell(&r->groups[i], cell, cost, columns, out);
		}
	}
	if (same && !told && !chance)
		fprintf(out, "\nThe kernels execute the same in every cell that was counted.\n");
	else if (same)
		fprintf(out, "%s  %zu %scell%s: every count is the same.\n", told ? "" : "\n", same,
			told ? "other " : "", same == 1 ? "" : "s");
	if (chance)
		fprintf(out,
			"%s  %zu %scell%s: no difference but what varies from window to window.\n",
			told || same ? "" : "\n", chance, told || same ? "other " : "",
			chance == 1 ? "" : "s");
}
