// SPDX-License-Identifier: GPL-2.0-or-later
/* A series patch by patch, in words: which patch brought or cost what; see steps.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/judged.h"
#include "plots/steps.h"
#include "plots/text.h"
#include "results/labels.h"

char *steps_cell_name(const struct steps *st, const struct row_group *g, size_t cell)
{
	const char *folio = row_folio(st->sum.cells[cell].params);

	return xasprintf("%s%s%s%s%s %s", g->case_name, *folio ? " " : "", folio,
			 *g->others ? " " : "", g->others, g->metric);
}

static bool has_figure(const struct step_figure *f)
{
	return f->series && f->series->n_boots;
}

char *steps_change(char *buf, const struct steps *st, size_t cell, size_t i, bool total)
{
	const struct step_figure *f = steps_at(st, cell, i);
	const struct step_figure *a = steps_at(st, cell, total ? 0 : f->before);
	char value[TEXT_MAX];

	if (total ? f->has_total : f->has_change)
		return text_percent_within(buf, total ? f->total : f->change,
					   total ? (f->total_j.hi - f->total_j.lo) / 2
						 : (f->j.hi - f->j.lo) / 2);
	if (!i || !has_figure(f) || (!total && !f->has_before) || !has_figure(a))
		return strcpy(buf, "-");
	if (a->series->value == f->series->value)
		return text_percent(buf, 0);
	text_value(value, f->series->value, f->series->value == rint(f->series->value));
	if (strlen(value) > 4)
		return strcpy(buf, "from 0");
	snprintf(buf, TEXT_MAX, "0 -> %.4s", value);
	return buf;
}

char *steps_word(const struct steps *st, size_t cell, size_t i)
{
	const struct step_figure *f = steps_at(st, cell, i);
	size_t as = st->v[i].same_as;

	if (f->verdict == VERDICT_WRONG)
		return xstrdup(verdict_name(f->verdict));
	if (as != i && !as)
		return xstrdup("= code of the base");
	if (as != i)
		return xasprintf("= code of patch %zu", as);
	if (!i)
		return xstrdup(has_figure(f) ? "" : "no figure");
	if (!has_figure(f))
		return xstrdup("no figure");
	if (f->verdict == VERDICT_EQUIVALENT)
		return xstrdup("same");
	if (f->has_before && f->before != i - 1)
		return xasprintf("%s%s (since %zu)", verdict_name(f->verdict),
				 f->j.fragile ? ", fragile" : "", f->before);
	return xasprintf("%s%s", verdict_name(f->verdict), f->j.fragile ? ", fragile" : "");
}

/* What a patch did to a cell. */
struct effect {
	size_t cell;
	const struct row_group *g;
	double weight; /* wrong first, then by size of the change */
	bool told;
};

static int by_weight(const void *a, const void *b)
{
	const struct effect *x = a, *y = b;

	if (x->weight != y->weight)
		return (x->weight < y->weight) - (x->weight > y->weight);
	return (x->cell > y->cell) - (x->cell < y->cell);
}

static double weight_of(const struct step_figure *f)
{
	if (f->verdict == VERDICT_WRONG)
		return INFINITY;
	if (!has_figure(f))
		return 1e300;
	if (!f->has_change || f->change <= -1)
		return 1e200;
	return fabs(log1p(f->change));
}

/* The headline cells that patch I is to be named for, greatest first. Caller frees. */
static struct effect *effects_of(const struct steps *st, const struct rows *r, size_t i, size_t *n)
{
	struct effect *v = xcalloc(st->sum.n_cells + 1, sizeof(*v));

	*n = 0;
	for (size_t g = 0; g < r->n; g++) {
		for (size_t k = 0; k < r->groups[g].n; k++) {
			size_t cell = r->groups[g].index[k];

			if (!st->sum.cells[cell].headline || !steps_tells(st, cell, i))
				continue;
			v[(*n)++] = (struct effect){
				.cell = cell,
				.g = &r->groups[g],
				.weight = weight_of(steps_at(st, cell, i)),
			};
		}
	}
	qsort(v, *n, sizeof(*v), by_weight);
	return v;
}

/* "patch 7", "the base". */
static char *place(size_t i)
{
	return i ? xasprintf("patch %zu", i) : xstrdup("the base");
}

/* "+94.6% regressed (98.1 -> 190.9)" */
static char *effect_text(const struct steps *st, const struct effect *x, size_t i)
{
	const struct step_figure *f = steps_at(st, x->cell, i);
	const struct step_figure *last = steps_at(st, x->cell, i - 1);
	char *against __free = place(f->before);
	char change[TEXT_MAX], a[TEXT_MAX], b[TEXT_MAX];
	bool skipped = f->before + 1 != i;

	if (f->verdict == VERDICT_WRONG)
		return xstrdup(verdict_name(f->verdict));
	if (!has_figure(f))
		return xstrdup("has no figure from here on");
	text_value(b, f->series->value, x->g->whole);
	if (!f->has_before)
		return xasprintf("has a figure from here on (%s)", b);
	text_value(a, steps_at(st, x->cell, f->before)->series->value, x->g->whole);
	return xasprintf("%s%s %s%s (%s -> %s%s%s)",
			 last->verdict == VERDICT_WRONG ? "right again, " : "",
			 steps_change(change, st, x->cell, i, false),
			 f->verdict == VERDICT_EQUIVALENT ? "same" : verdict_name(f->verdict),
			 f->j.fragile ? ", fragile" : "", a, b, skipped ? ", against " : "",
			 skipped ? against : "");
}

/*
 * "fork 64K per_page +94.6% regressed (98.1 -> 190.9)", with all folio sizes of which the same is
 * so; these are marked as told.
 */
static void put_effect(const struct steps *st, struct effect *v, size_t n, size_t i,
		       struct strbuf *sb)
{
	char *text __free = effect_text(st, &v[0], i);
	const struct row_group *g = v[0].g;
	const char *sep = " ";

	strbuf_addf(sb, "%s%s", sb->len ? ", " : "", g->case_name);
	for (size_t k = 0; k < n; k++) {
		const char *folio = row_folio(st->sum.cells[v[k].cell].params);
		char *other __free = v[k].g == g ? effect_text(st, &v[k], i) : NULL;

		if (!other || strcmp(other, text) != 0)
			continue;
		if (*folio)
			strbuf_addf(sb, "%s%s", sep, folio);
		sep = ",";
		v[k].told = true;
	}
	strbuf_addf(sb, "%s%s %s %s", *g->others ? " " : "", g->others, g->metric, text);
}

static void put_patch(const struct steps *st, const struct rows *r, size_t i, size_t columns,
		      FILE *out)
{
	struct strbuf sb __strbuf = { 0 };
	char *first __free = xasprintf("  patch %zu/%zu ", i, st->n - 1);
	char *line __free = NULL;
	size_t n;
	struct effect *v __free = effects_of(st, r, i, &n);

	if (!steps_usable(st, i))
		strbuf_addstr(&sb, "NO USABLE BOOT, see the warnings");
	for (size_t k = 0; k < n && steps_usable(st, i); k++) {
		if (!v[k].told)
			put_effect(st, &v[k], n - k, i, &sb);
	}
	line = xasprintf("\"%s\": %s", st->v[i].subject, strbuf_str(&sb));
	text_wrapped(out, first, 6, columns, line);
}

/* "1, 3-7, 9" of the patches for which WANTED. */
static char *ranges(const struct steps *st, bool (*wanted)(const struct steps *st, size_t i))
{
	struct strbuf sb = { 0 };

	for (size_t i = 1; i < st->n; i++) {
		size_t end = i;

		if (!wanted(st, i))
			continue;
		while (end + 1 < st->n && wanted(st, end + 1))
			end++;
		strbuf_addf(&sb, "%s%zu", sb.len ? ", " : "", i);
		if (end > i)
			strbuf_addf(&sb, "%s%zu", end > i + 1 ? "-" : ", ", end);
		i = end;
	}
	return strbuf_detach(&sb);
}

static bool without_effect(const struct steps *st, size_t i)
{
	return !steps_patch_tells(st, i);
}

static bool without_code(const struct steps *st, size_t i)
{
	return !steps_booted(st, i);
}

/* Where a cell is wrong: "from patch 4 to patch 6, at patch 9, from patch 12 on". */
static void wrong_where(const struct steps *st, size_t cell, struct strbuf *sb)
{
	for (size_t i = 0, end; i < st->n; i = end + 1) {
		char *from __free = place(i), *to = NULL;

		end = i;
		if (steps_at(st, cell, i)->verdict != VERDICT_WRONG)
			continue;
		while (end + 1 < st->n && steps_at(st, cell, end + 1)->verdict == VERDICT_WRONG)
			end++;
		to = place(end);
		if (end + 1 == st->n)
			strbuf_addf(sb, "%sfrom %s on", sb->len ? ", " : "", from);
		else if (end == i)
			strbuf_addf(sb, "%sat %s", sb->len ? ", " : "", from);
		else
			strbuf_addf(sb, "%sfrom %s to %s", sb->len ? ", " : "", from, to);
		free(to);
	}
}

/* All metrics of a cell are wrong at once: it is told with the first. */
static bool first_of_cells(const struct rows *r, size_t g)
{
	for (size_t k = 0; k < g; k++) {
		if (!strcmp(r->groups[k].case_name, r->groups[g].case_name) &&
		    !strcmp(r->groups[k].others, r->groups[g].others))
			return false;
	}
	return true;
}

static void put_wrong(const struct steps *st, const struct rows *r, size_t columns, FILE *out)
{
	for (size_t g = 0; g < r->n; g++) {
		for (size_t k = 0; k < r->groups[g].n && first_of_cells(r, g); k++) {
			const struct row_group *group = &r->groups[g];
			size_t cell = group->index[k];
			const char *folio = row_folio(st->sum.cells[cell].params);
			struct strbuf sb __strbuf = { 0 };
			char *first __free = xasprintf("  WRONG: %s%s%s%s%s: ", group->case_name,
						       *folio ? " " : "", folio,
						       *group->others ? " " : "", group->others);

			wrong_where(st, cell, &sb);
			if (sb.len)
				text_wrapped(out, first, 6, columns, strbuf_str(&sb));
		}
	}
}

void steps_put_summary(const struct steps *st, const struct rows *r, size_t columns, FILE *out)
{
	char *same __free = ranges(st, without_code);
	char *idle __free = ranges(st, without_effect);
	struct strbuf sb __strbuf = { 0 };
	bool any = false;

	fputs("Which patch brought or cost what, each against the one before it:\n", out);
	put_wrong(st, r, columns, out);
	for (size_t i = 1; i < st->n; i++) {
		if (without_effect(st, i))
			continue;
		any = true;
		put_patch(st, r, i, columns, out);
	}
	if (!any)
		fputs("  No patch changed a figure.\n", out);
	else if (*idle)
		strbuf_addf(&sb, "without effect here: %s", idle);
	if (*same)
		strbuf_addf(&sb, "%sno change in the code, not booted: %s", sb.len ? "; " : "",
			    same);
	if (sb.len)
		text_wrapped(out, "  ", 6, columns, strbuf_str(&sb));
}

char *steps_numbers(const struct steps *st)
{
	struct strbuf sb = { 0 };
	size_t booted = 0, lo = SIZE_MAX, hi = 0;

	for (size_t i = 0; i < st->n; i++)
		booted += steps_booted(st, i);
	for (size_t k = 0; k < st->sum.n_kernels; k++) {
		size_t boots = st->sum.kernels[k].boots_ok;

		lo = boots < lo ? boots : lo;
		hi = boots > hi ? boots : hi;
	}
	strbuf_addf(&sb, "%zu patch%s, %zu kernels booted, ", st->n - 1, st->n == 2 ? "" : "es",
		    booted);
	if (lo < hi)
		strbuf_addf(&sb, "%zu to %zu boots each", lo, hi);
	else
		strbuf_addf(&sb, "%zu boot%s each", hi, hi == 1 ? "" : "s");
	if (booted < st->n)
		strbuf_addf(&sb, "; %zu change%s no code", st->n - booted,
			    st->n - booted == 1 ? "s" : "");
	return strbuf_detach(&sb);
}

char *steps_unchanged(const struct steps *st)
{
	struct label_cell *cells __free = xcalloc(st->sum.n_cells + 1, sizeof(*cells));
	size_t n = 0;

	/* a cell of several metrics is one label, and only if none of them changed */
	for (size_t c = 0; c < st->sum.n_cells; c++) {
		const struct summary_cell *sc = &st->sum.cells[c];
		struct label_cell *l = n ? &cells[n - 1] : NULL;

		if (!l || strcmp(l->case_name, sc->case_name) || !json_equal(l->params, sc->params))
			cells[n++] = (struct label_cell){ sc->case_name, sc->params, true };
		if (sc->headline && steps_any(st, c))
			cells[n - 1].chosen = false;
	}
	return labels_of(cells, n, true);
}

bool steps_has_intervals(const struct steps *st, size_t cell)
{
	for (size_t i = 1; i < st->n; i++) {
		if (judged_has_interval(&steps_at(st, cell, i)->j))
			return true;
	}
	return false;
}

void steps_put_judged(const struct steps *st, size_t columns, FILE *out)
{
	char margin[TEXT_MAX];
	char *line __free = NULL;
	bool any = false;

	for (size_t c = 0; c < st->sum.n_cells && !any; c++)
		any = steps_has_intervals(st, c);
	if (!any)
		return;
	line = xasprintf("over blocks, of each step; a difference: p at most 0.05, adjusted over "
			 "the steps of all headline cells (Benjamini and Hochberg), and beyond the "
			 "floor; same: the 90%% interval is within +-%s; fragile: t and exact "
			 "sign-flip test disagree; conditional on one build of each kernel",
			 judged_share(margin, st->judged_by.margin));
	text_wrapped(out, "interval  95%, Student's t ", 10, columns, line);
}
