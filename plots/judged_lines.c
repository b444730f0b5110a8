// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines below a table that say what its figures were judged by; see judged.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/judged.h"

#define SIGN_FLIP_BLIND 5 /* units of which its least p, 2 / 2^n, is above 0.05 */
#define RANK_BLIND	3 /* boots of each kernel, the same of the rank test */
#define FACT		9 /* characters of what stands before a line */

static void count_cell(const struct compare_cell *cell, struct judged_tally *t)
{
	const struct judgement *j = &cell->j;

	if (!judged_has_interval(j))
		return;
	t->intervals++;
	t->fragile += j->fragile;
	t->few += j->fragile && j->n <= (j->unit == JUDGE_UNPAIRED ? RANK_BLIND : SIGN_FLIP_BLIND);
	t->unpaired += j->unit == JUDGE_UNPAIRED;
	t->builds += j->unit == JUDGE_BUILDS;
	t->conditional += j->conditional;
	t->left = j->n_left > t->left ? j->n_left : t->left;
	if (!j->calibrated) {
		t->no_floor++;
		return;
	}
	t->floor_lo = t->floors ? fmin(t->floor_lo, j->floor) : j->floor;
	t->floor_hi = t->floors ? fmax(t->floor_hi, j->floor) : j->floor;
	t->floors++;
}

struct judged_tally judged_tally_of(const struct comparison *c, const struct rows *r)
{
	struct judged_tally t = { 0 };

	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->groups[i].n; k++)
			count_cell(&c->cells[r->groups[i].index[k]], &t);
	}
	/* the families are of the whole comparison, whatever part of it is shown */
	for (size_t i = 0; i < c->n_cells; i++) {
		if (isnan(c->cells[i].j.p) || !judged_has_interval(&c->cells[i].j))
			continue;
		if (c->cells[i].named)
			t.named++;
		else
			t.family[c->cells[i].headline]++;
	}
	return t;
}

static void put_line(FILE *out, size_t columns, const char *name, const char *text)
{
	char *first __free = xasprintf("%-*s ", FACT, name);

	text_wrapped(out, first, FACT + 1, columns, text);
}

static void put_interval(const struct comparison *c, const struct rows *r,
			 const struct judged_tally *t, size_t columns, FILE *out)
{
	char *units __free = judged_units(c, r);
	struct strbuf sb __strbuf = { 0 };

	if (t->unpaired == t->intervals)
		strbuf_addf(&sb,
			    "95%%, Welch's t over %s of each kernel, unpaired: they have no "
			    "blocks in common",
			    units);
	else if (t->builds == t->intervals)
		strbuf_addf(&sb,
			    "95%%, Student's t over %s of each kernel, each the mean of its "
			    "blocks",
			    units);
	else
		strbuf_addf(&sb,
			    "95%%, Student's t over %s; a block boots each kernel once, in "
			    "random order; the change is the mean over these, not that of the "
			    "two medians",
			    units);
	if (t->left)
		strbuf_addf(&sb, "; up to %zu boot%s of a cell had no partner and %s left out",
			    t->left, t->left == 1 ? "" : "s", t->left == 1 ? "is" : "are");
	if (t->unpaired && t->unpaired < t->intervals)
		strbuf_addf(&sb, "; %zu cells are unpaired: Welch's t over boots", t->unpaired);
	if (c->judged_by.looks)
		strbuf_addf(&sb,
			    "; look %u of %u that were planned (O'Brien and Fleming): "
			    "intervals and p are those of that design",
			    c->judged_by.look, c->judged_by.looks);
	put_line(out, columns, "interval", strbuf_str(&sb));
}

/* "over 24 cells, over 3 named ones by Holm": which p-values are adjusted together. */
static void add_families(const struct judged_tally *t, bool all, struct strbuf *sb)
{
	if (t->family[1])
		strbuf_addf(sb, "Benjamini and Hochberg over %zu cell%s", t->family[1],
			    t->family[1] == 1 ? "" : "s");
	if (all && t->family[0])
		strbuf_addf(sb, "%s%s%zu of other metrics", sb->len ? ", " : "",
			    t->family[1] ? "apart from them over " : "Benjamini and Hochberg over ",
			    t->family[0]);
	if (t->named)
		strbuf_addf(sb, "%sHolm over %zu named", sb->len ? ", " : "", t->named);
}

static bool shows_others(const struct rows *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (!r->groups[i].headline)
			return true;
	}
	return false;
}

/* Whether the margin is another one than the run was begun with. */
static bool margin_after(const struct comparison *c)
{
	double before = c->rules.margin > 0 ? c->rules.margin : JUDGE_MARGIN;

	return c->judged_by.margin < before || c->judged_by.margin > before;
}

/* The one that stands beside the t test. */
static const char *other_test(const struct judged_tally *t)
{
	return t->unpaired == t->intervals ? "exact rank test" : "exact sign-flip test";
}

/* Why that may have found nothing. */
static const char *few_words(const struct judged_tally *t)
{
	return t->few ? " (with so few units the latter finds nothing)" : "";
}

static void put_verdict(const struct comparison *c, const struct rows *r,
			const struct judged_tally *t, size_t columns, FILE *out)
{
	struct strbuf families __strbuf = { 0 };
	char margin[TEXT_MAX];
	char *fragile __free = NULL;
	char *line;

	if (t->fragile)
		fragile = xasprintf("; fragile: t and %s disagree%s", other_test(t), few_words(t));
	add_families(t, shows_others(r), &families);
	line = xasprintf("a difference: adjusted p at most 0.05 (%s) and beyond the floor; "
			 "equivalent: the 90%% interval is within +-%s%s%s",
			 families.len ? strbuf_str(&families) : "nothing to adjust",
			 judged_share(margin, c->judged_by.margin),
			 margin_after(c) ? ", chosen after it was measured" : "",
			 fragile ? fragile : "");
	put_line(out, columns, "verdict", line);
	free(line);
}

static void put_floor(const struct comparison *c, const struct judged_tally *t, size_t columns,
		      FILE *out)
{
	char lo[TEXT_MAX], hi[TEXT_MAX];
	struct strbuf sb __strbuf = { 0 };

	if (!t->floors) {
		put_line(out, columns, "floor",
			 c->rules.calibration ? "none: this is a calibration, which is what floors "
						"are made from"
					      : "none: this machine is not calibrated (foliobench "
						"calibrate KERNEL)");
		return;
	}
	judged_share(lo, t->floor_lo);
	judged_share(hi, t->floor_hi);
	strbuf_addf(&sb,
		    "%s%s%s: what one kernel shows against itself here (foliobench list "
		    "floors)",
		    lo, strcmp(lo, hi) ? " to " : "", strcmp(lo, hi) ? hi : "");
	if (t->no_floor)
		strbuf_addf(&sb, "; %zu cell%s not calibrated", t->no_floor,
			    t->no_floor == 1 ? " is" : "s are");
	put_line(out, columns, "floor", strbuf_str(&sb));
}

static void put_facts(const struct comparison *c, const struct rows *r,
		      const struct judged_tally *t, size_t columns, FILE *out)
{
	put_interval(c, r, t, columns, out);
	put_verdict(c, r, t, columns, out);
	put_floor(c, t, columns, out);
	if (t->conditional)
		put_line(out, columns, "build",
			 "conditional on one build of each kernel: another layout of the same code "
			 "(--layouts) may differ");
}

/* Of counts that differ and are called no difference: why. */
static void put_exact_floor(const struct comparison *c, const struct rows *r, size_t columns,
			    FILE *out)
{
	char lo_text[TEXT_MAX], hi_text[TEXT_MAX], margin[TEXT_MAX], *line __free = NULL;
	double lo = INFINITY, hi = 0;

	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->groups[i].n; k++) {
			const struct compare_cell *cell = &c->cells[r->groups[i].index[k]];

			if (cell->j.unit != JUDGE_EXACT || !cell->has_change || cell->change == 0 ||
			    fabs(cell->change) >= cell->j.floor)
				continue;
			lo = fmin(lo, cell->j.floor);
			hi = fmax(hi, cell->j.floor);
		}
	}
	if (lo > hi)
		return;
	judged_share(lo_text, lo);
	judged_share(hi_text, hi);
	line = xasprintf("counts less than %s%s%s apart are no difference, since timer ticks fall "
			 "differently in two kernels; equivalent: within +-%s, too",
			 lo_text, lo < hi ? " to " : "", lo < hi ? hi_text : "",
			 judged_share(margin, c->judged_by.margin));
	put_line(out, columns, "floor", line);
}

void judged_lines(const struct comparison *c, const struct rows *r, size_t columns, FILE *out)
{
	struct judged_tally t = judged_tally_of(c, r);

	if (t.intervals)
		put_facts(c, r, &t, columns, out);
	put_exact_floor(c, r, columns, out);
	judged_lists(c, r, columns, out);
}

/* "10 samples of each cell in a boot", of the fewest and the most that count. */
static void add_samples(const struct comparison *c, const struct rows *r, struct strbuf *sb)
{
	size_t lo = SIZE_MAX, hi = 0;

	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < r->groups[i].n; k++) {
			const struct compare_cell *cell = &c->cells[r->groups[i].index[k]];
			const struct series *sides[] = { &cell->baseline, &cell->patched };

			for (size_t s = 0; s < 2; s++) {
				size_t n = sides[s]->n_boots
						   ? sides[s]->n_samples / sides[s]->n_boots
						   : 0;

				lo = n && n < lo ? n : lo;
				hi = n > hi ? n : hi;
			}
		}
	}
	if (lo < hi)
		strbuf_addf(sb, "%zu to %zu", lo, hi);
	else
		strbuf_addf(sb, "%zu", hi);
	strbuf_addf(sb, " sample%s of each cell in a boot, whose median is the boot's figure. ",
		    hi == 1 ? "" : "s");
}

static void add_design(const struct comparison *c, const struct rows *r,
		       const struct judged_tally *t, struct strbuf *sb)
{
	char *units __free = judged_units(c, r);

	if (t->unpaired == t->intervals) {
		strbuf_addf(sb, "%s of each kernel, not in common blocks; ", units);
		add_samples(c, r, sb);
		strbuf_addstr(sb,
			      "Change is that of the means of logarithms over boots, its interval "
			      "(95 %) of Welch's t. ");
		return;
	}
	strbuf_addf(sb,
		    "%s; a block boots each kernel once, in random order, and cells run in "
		    "random order; ",
		    units);
	add_samples(c, r, sb);
	if (t->builds == t->intervals)
		strbuf_addstr(sb, "The blocks of a build of both kernels are averaged. ");
	strbuf_addf(sb,
		    "Change is the mean of ln(patched / baseline) over the %s, its interval "
		    "(95 %%) of Student's t: samples are never pooled. ",
		    t->builds == t->intervals ? "builds" : "blocks");
	if (c->judged_by.looks)
		strbuf_addf(sb,
			    "Look %u of %u planned ones (O'Brien and Fleming), which "
			    "intervals and p-values allow for. ",
			    c->judged_by.look, c->judged_by.looks);
}

static void add_rules(const struct comparison *c, const struct rows *r,
		      const struct judged_tally *t, struct strbuf *sb)
{
	struct strbuf families __strbuf = { 0 };
	char lo[TEXT_MAX], hi[TEXT_MAX], margin[TEXT_MAX];

	add_families(t, shows_others(r), &families);
	strbuf_addf(sb, "Improved, regressed: p at most 0.05 after adjusting (%s)",
		    families.len ? strbuf_str(&families) : "nothing to adjust");
	judged_share(lo, t->floor_lo);
	judged_share(hi, t->floor_hi);
	if (t->floors)
		strbuf_addf(sb,
			    ", and more than the same kernel shows against itself on this "
			    "machine (%s%s%s%s)",
			    lo, strcmp(lo, hi) ? " to " : "", strcmp(lo, hi) ? hi : "",
			    t->no_floor ? "; not calibrated for all cells" : "");
	strbuf_addf(sb, ". Equivalent: the 90 %% interval lies within +-%s%s. ",
		    judged_share(margin, c->judged_by.margin),
		    margin_after(c) ? " (chosen after it was measured)" : "");
	if (t->fragile)
		strbuf_addf(sb,
			    "Fragile: of the t test and the %s beside it only one finds a "
			    "difference%s. ",
			    other_test(t), few_words(t));
	if (!t->floors && !c->rules.calibration)
		strbuf_addstr(sb, "This machine was not calibrated: what one kernel shows against "
				  "itself here is not known. ");
	if (t->conditional)
		strbuf_addstr(sb, "All of it is conditional on one build of each kernel: where the "
				  "linker put the code can be worth some percent.");
}

char *judged_paragraph(const struct comparison *c, const struct rows *r)
{
	struct judged_tally t = judged_tally_of(c, r);
	struct strbuf sb = { 0 };

	if (t.intervals) {
		add_design(c, r, &t, &sb);
		add_rules(c, r, &t, &sb);
	}
	return strbuf_detach(&sb);
}
