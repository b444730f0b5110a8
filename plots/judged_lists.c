// SPDX-License-Identifier: GPL-2.0-or-later
/* The cells below a table that something is to be said of, by name; see judged.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/judged.h"

#define NAMED 12 /* cells that are listed by name; more are counted */

/* "munmap 64K per_page", with the params that vary. */
static void add_label(const struct row_group *g, const struct compare_cell *cell, struct strbuf *sb)
{
	const char *folio = row_folio(cell->params);

	strbuf_addf(sb, "%s%s%s%s%s%s %s", sb->len ? "; " : "", g->case_name, *folio ? " " : "",
		    folio, *g->others ? " " : "", g->others, g->metric);
}

/* What a list of cells says of each; false: the cell is not of the list. */
typedef bool list_item(const struct comparison *c, const struct compare_cell *cell,
		       struct strbuf *what);

static void put_list(const struct comparison *c, const struct rows *r, const char *head,
		     list_item *item, size_t columns, FILE *out)
{
	struct strbuf sb __strbuf = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->groups[i].n; k++) {
			const struct compare_cell *cell = &c->cells[r->groups[i].index[k]];
			struct strbuf what __strbuf = { 0 };

			if (!item(c, cell, &what) || ++n > NAMED)
				continue;
			add_label(&r->groups[i], cell, &sb);
			strbuf_addf(&sb, " %s", strbuf_str(&what));
		}
	}
	if (n > NAMED)
		strbuf_addf(&sb, "; and %zu more (--format table-all)", n - NAMED);
	if (n) {
		text_wrapped(out, "", 0, columns, head);
		text_wrapped(out, "  ", 4, columns, strbuf_str(&sb));
	}
}

static bool only_alone(const struct comparison *c, const struct compare_cell *cell,
		       struct strbuf *what)
{
	const struct judgement *j = &cell->j;
	char p[TEXT_MAX], adjusted[TEXT_MAX];

	(void)c;
	if (!judged_has_interval(j) || !(j->p <= JUDGE_ALPHA) || j->p_adjusted <= JUDGE_ALPHA)
		return false;
	strbuf_addf(what, "p %s, adjusted %s", judged_p(p, j->p),
		    judged_p(adjusted, j->p_adjusted));
	return true;
}

static bool below_floor(const struct comparison *c, const struct compare_cell *cell,
			struct strbuf *what)
{
	const struct judgement *j = &cell->j;
	char change[TEXT_MAX], floor[TEXT_MAX];

	(void)c;
	if (!cell->has_change || !j->calibrated || !(fabs(cell->change) <= j->floor))
		return false;
	if (j->unit == JUDGE_EXACT ? fabs(cell->change) < JUDGE_EXACT_FLOOR
				   : !(j->p_adjusted <= JUDGE_ALPHA))
		return false;
	strbuf_addf(what, "%s (floor %s)", text_change(change, cell),
		    judged_share(floor, j->floor));
	return true;
}

static bool by_name(const struct comparison *c, const struct compare_cell *cell,
		    struct strbuf *what)
{
	char p[TEXT_MAX];

	(void)c;
	if (!cell->named)
		return false;
	if (isnan(cell->j.p_adjusted))
		strbuf_addstr(what, verdict_name(cell->verdict));
	else
		strbuf_addf(what, "adjusted p %s", judged_p(p, cell->j.p_adjusted));
	return true;
}

/* "4K 2.3%, 34 blocks; 64K 1.9%, 24": of the inconclusive cells of a group; "" if none. */
static char *seen_of(const struct comparison *c, const struct row_group *g)
{
	struct strbuf sb = { 0 };

	for (size_t k = 0; k < g->n; k++) {
		const struct compare_cell *cell = &c->cells[g->index[k]];
		const struct judgement *j = &cell->j;
		const char *folio = row_folio(cell->params);
		char share[TEXT_MAX];

		if (cell->verdict != VERDICT_INCONCLUSIVE || !judged_has_interval(j) ||
		    isnan(j->detectable))
			continue;
		strbuf_addf(&sb, "%s%s%s%s", sb.len ? "; " : "", folio, *folio ? " " : "",
			    judged_seen(share, j->detectable));
		if (j->needed)
			strbuf_addf(&sb, ", %zu", j->needed);
		else
			strbuf_addstr(&sb, ", beyond reckoning");
	}
	return strbuf_detach(&sb);
}

static void put_inconclusive(const struct comparison *c, const struct rows *r,
			     const struct judged_tally *t, size_t columns, FILE *out)
{
	const char *unit = t->unpaired == t->intervals ? "boots of each kernel"
			   : t->builds		       ? "builds of each kernel"
						       : "blocks";
	char margin[TEXT_MAX];
	bool begun = false;

	for (size_t i = 0; i < r->n; i++) {
		const struct row_group *g = &r->groups[i];
		char *seen __free = seen_of(c, g);
		char *first __free = xasprintf("  %s%s%s %s: ", g->case_name, *g->others ? " " : "",
					       g->others, g->metric);

		if (!*seen)
			continue;
		if (!begun) {
			char *head __free = xasprintf(
				"Inconclusive: the least change that would have been seen (power "
				"%g), the %s that see %s:",
				c->judged_by.power, unit,
				judged_share(margin, c->judged_by.margin));

			text_wrapped(out, "", 0, columns, head);
		}
		begun = true;
		text_wrapped(out, first, 4, columns, seen);
	}
}

/* A kernel that booted once shows nothing of how much it varies. */
static void put_too_few(const struct comparison *c, const struct rows *r, size_t columns, FILE *out)
{
	char *line __free = NULL;
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->groups[i].n; k++) {
			const struct compare_cell *cell = &c->cells[r->groups[i].index[k]];

			n += cell->verdict == VERDICT_INCONCLUSIVE && cell->j.unit == JUDGE_NOTHING;
		}
	}
	if (!n)
		return;
	line = xasprintf("%zu cell%s inconclusive for want of boots: so few have no interval, and "
			 "whatever they differ by may be chance. Measure 6 and more (--boots).",
			 n, n == 1 ? " is" : "s are");
	text_wrapped(out, "", 0, columns, line);
}

void judged_lists(const struct comparison *c, const struct rows *r, size_t columns, FILE *out)
{
	struct judged_tally t = judged_tally_of(c, r);

	put_list(c, r,
		 c->named_after ? "Named after it was measured, so that what was seen may have led "
				  "to it:"
				: "Named before it was measured:",
		 by_name, columns, out);
	put_list(c, r, "A difference alone, but not with the p-values of the table:", only_alone,
		 columns, out);
	put_list(c, r, "No more than the same kernel differs from itself:", below_floor, columns,
		 out);
	put_too_few(c, r, columns, out);
	if (t.intervals)
		put_inconclusive(c, r, &t, columns, out);
}
