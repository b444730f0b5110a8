// SPDX-License-Identifier: GPL-2.0-or-later
/* How often a kernel was called different from itself; see calibration.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "results/calibration.h"
#include "results/judge_series.h"
#include "results/stats/dist.h"
#include "results/stats/order.h"
#include "results/stats/tests.h"

/* Whether chance could have decided: such a cell is a trial. Figures that repeat are none. */
static bool is_trial(const struct judgement *j)
{
	return j->unit != JUDGE_EXACT && !isnan(j->p);
}

struct false_rate false_rate_of(uint64_t k, uint64_t n)
{
	struct false_rate r = { .k = k, .n = n, .lo = 0, .hi = 1 };

	if (n)
		binomial_interval(k, n, JUDGE_LEVEL, &r.lo, &r.hi);
	return r;
}

/* The judge's cells of the headline cells; blocks FIRST to END - 1 of them. */
struct part {
	struct judge_cell *cells;
	struct judge_boot *boots;
	size_t n;
};

static size_t copy_blocks(const struct series *s, unsigned int first, unsigned int end,
			  struct judge_boot *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_boots; i++) {
		if (s->at[i].block >= first && s->at[i].block < end)
			out[n++] =
				(struct judge_boot){ s->boots[i], s->at[i].block, s->at[i].layout };
	}
	return n;
}

static void part_make(const struct comparison *c, unsigned int first, unsigned int end,
		      struct part *p)
{
	struct judge_boot *room;
	size_t boots = 0;

	for (size_t i = 0; i < c->n_cells; i++)
		boots += c->cells[i].baseline.n_boots + c->cells[i].patched.n_boots;
	p->cells = xcalloc(c->n_cells + 1, sizeof(*p->cells));
	p->boots = room = xcalloc(boots + 1, sizeof(*p->boots));
	p->n = 0;
	for (size_t i = 0; i < c->n_cells; i++) {
		const struct compare_cell *cell = &c->cells[i];
		struct judge_cell *jc = &p->cells[p->n];

		if (!cell->headline)
			continue;
		*jc = (struct judge_cell){
			.better = cell->better,
			.exact = c->exact && !*cell->varies,
			.is_time = judging_is_time(cell->unit),
			.wrong = cell->verdict == VERDICT_WRONG,
			.floor = -1,
			.floor_built = -1,
		};
		jc->a = room;
		jc->n_a = copy_blocks(&cell->baseline, first, end, room);
		room += jc->n_a;
		jc->b = room;
		jc->n_b = copy_blocks(&cell->patched, first, end, room);
		room += jc->n_b;
		p->n++;
	}
}

static void part_release(struct part *p)
{
	free(p->cells);
	free(p->boots);
}

/* Judges each cell as if it was the only one; adds to *K of *N. */
static void judge_alone(const struct part *p, const struct judge_rules *rules, uint64_t *k,
			uint64_t *n)
{
	for (size_t i = 0; i < p->n; i++) {
		struct judgement j;

		judge(&p->cells[i], 1, rules, &j);
		*n += is_trial(&j);
		*k += is_trial(&j) && verdict_differs(j.verdict);
	}
}

static unsigned int blocks_of(const struct comparison *c)
{
	unsigned int blocks = 0;

	for (size_t i = 0; i < c->n_cells; i++) {
		const struct series *s = &c->cells[i].baseline;

		for (size_t k = 0; k < s->n_boots; k++) {
			if (s->at[k].block >= blocks)
				blocks = s->at[k].block + 1;
		}
	}
	return blocks;
}

/*
 * Cells of one experiment were measured in the same boots, and may go wrong together. By how much
 * the rates of experiments vary more than those of independent cells would is the design effect
 * (Kish 1965); the interval is that of so many times fewer cells (Korn and Graubard 1998). It
 * cannot be told from fewer than three experiments, nor where no cell was called different (or all
 * were): then each experiment counts as one cell.
 */
static double clustering_of(const uint64_t *k, const uint64_t *n, size_t experiments)
{
	double all_k = 0, all_n = 0, rate, sum = 0, most;

	for (size_t i = 0; i < experiments; i++) {
		all_k += (double)k[i];
		all_n += (double)n[i];
	}
	rate = all_n > 0 ? all_k / all_n : 0;
	most = all_n > 0 ? all_n / (double)experiments : 1;
	if (experiments < 3 || rate <= 0 || rate >= 1)
		return fmax(1, most);
	for (size_t i = 0; i < experiments; i++)
		sum += pow((double)k[i] - rate * (double)n[i], 2);
	sum *= (double)experiments / (double)(experiments - 1);
	return fmin(fmax(1, sum / (all_n * rate * (1 - rate))), fmax(1, most));
}

static void clustered_interval(struct false_rate *r, double clustering)
{
	double n = (double)r->n / clustering, k = (double)r->k / clustering;

	r->lo = r->k ? dist_beta_quantile((1 - JUDGE_LEVEL) / 2, k, n - k + 1) : 0;
	r->hi = r->k < r->n ? dist_beta_quantile((1 + JUDGE_LEVEL) / 2, k + 1, n - k) : 1;
}

/* The blocks, cut into experiments of their own, one after the other as they were measured. */
static void judge_parts(const struct comparison *c, struct calibration *out)
{
	const size_t n = out->layouts > 1 ? 0 : out->blocks / CALIBRATION_BLOCKS;
	uint64_t *k __free = xcalloc(n + 1, sizeof(*k));
	uint64_t *trials __free = xcalloc(n + 1, sizeof(*trials));

	out->clustering = 1;
	out->parts = false_rate_of(0, 0);
	if (n < 2)
		return;
	out->experiments = n;
	out->least_blocks = out->blocks / (unsigned int)n;
	for (size_t i = 0; i < n; i++) {
		struct part p;

		part_make(c, (unsigned int)(i * out->blocks / n),
			  (unsigned int)((i + 1) * out->blocks / n), &p);
		judge_alone(&p, &c->judged_by, &k[i], &trials[i]);
		part_release(&p);
		out->parts.k += k[i];
		out->parts.n += trials[i];
	}
	if (!out->parts.n)
		return;
	out->clustering = clustering_of(k, trials, n);
	clustered_interval(&out->parts, out->clustering);
}

/* Both arms' figures of the blocks that both have, on the log scale. */
struct pairs {
	double *diff, *mean;
	size_t n;
};

static struct pairs pairs_of(const struct compare_cell *c, double *room)
{
	const struct series *a = &c->baseline, *b = &c->patched;
	struct pairs p = { .diff = room, .mean = room + a->n_boots };

	/* boots are in the order in which they ran, so blocks ascend */
	for (size_t i = 0, k = 0; i < a->n_boots && k < b->n_boots;) {
		if (a->at[i].block != b->at[k].block) {
			++*(a->at[i].block < b->at[k].block ? &i : &k);
			continue;
		}
		p.diff[p.n] = log(b->boots[k]) - log(a->boots[i]);
		p.mean[p.n++] = (log(b->boots[k++]) + log(a->boots[i++])) / 2;
	}
	return p;
}

static double mean_of(const double *v, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return sum / (double)n;
}

static double variance_of(const double *v, size_t n)
{
	double mean = mean_of(v, n), sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (v[i] - mean) * (v[i] - mean);
	return sum / (double)(n - 1);
}

/* Of successive values; -1/N is taken out, which is what independent ones show. */
static double serial_correlation(const double *v, size_t n)
{
	double mean = mean_of(v, n), sum = 0;

	for (size_t i = 0; i + 1 < n; i++)
		sum += (v[i] - mean) * (v[i + 1] - mean);
	return sum / (variance_of(v, n) * (double)(n - 1)) + 1 / (double)n;
}

/* What cells show of boots and blocks. */
struct spread {
	double *boot, *block, *serial; /* variances; correlations */
	size_t n;
	double blocks; /* in all of them */
};

static void add_spread(const struct compare_cell *c, struct spread *s)
{
	double *room __free = xcalloc(2 * c->baseline.n_boots + 1, sizeof(*room));
	struct pairs p = pairs_of(c, room);
	double diff;

	if (p.n < 3)
		return;
	diff = variance_of(p.diff, p.n);
	if (!(diff > 0))
		return;
	s->boot[s->n] = diff / 2;
	s->block[s->n] = fmax(0, variance_of(p.mean, p.n) - diff / 4);
	s->serial[s->n++] = serial_correlation(p.diff, p.n);
	s->blocks += (double)p.n;
}

static double root_of_median(double *v, size_t n)
{
	return sqrt(stats_median(v, n));
}

/*
 * An experiment like this one whose boots differ as those of the median cell do. With layouts the
 * differences have the builds in them, and blocks are the units all the same.
 */
static void make_model(const struct comparison *c, struct calibration *out)
{
	double *room __free = xcalloc(3 * c->n_cells + 1, sizeof(*room));
	struct spread s = { .boot = room,
			    .block = room + c->n_cells,
			    .serial = room + 2 * c->n_cells };

	out->serial = out->serial_se = NAN;
	for (size_t i = 0; i < c->n_cells; i++) {
		const struct compare_cell *cell = &c->cells[i];

		if (cell->headline && cell->j.unit == JUDGE_BLOCKS && cell->j.log)
			add_spread(cell, &s);
	}
	if (!s.n)
		return;
	out->serial = mean_of(s.serial, s.n);
	/* of one cell 1/sqrt(blocks); cells of the same boots are not taken for independent */
	out->serial_se = 1 / sqrt(s.blocks / (double)s.n);
	out->has_model = true;
	out->model = (struct sim_model){
		.sd_boot = root_of_median(s.boot, s.n),
		.sd_block = root_of_median(s.block, s.n),
		.builds = 1,
		.floor = -1,
		.floor_built = -1,
		.boots = out->blocks,
		.samples = 1,
		.cells = (unsigned int)s.n,
	};
	if (out->serial > 2 * out->serial_se)
		out->model.autocorrelation = fmin(out->serial, 0.95);
}

void calibration_make(const struct comparison *c, struct calibration *out)
{
	uint64_t k = 0, n = 0;
	struct part p;

	memset(out, 0, sizeof(*out));
	out->blocks = blocks_of(c);
	out->layouts = (unsigned int)(c->baseline.layouts ? c->baseline.layouts : 1);
	part_make(c, 0, UINT32_MAX, &p);
	judge_alone(&p, &c->judged_by, &k, &n);
	part_release(&p);
	out->alone = false_rate_of(k, n);
	k = n = 0;
	for (size_t i = 0; i < c->n_cells; i++) {
		const struct compare_cell *cell = &c->cells[i];
		const bool different = verdict_differs(cell->verdict);

		if (!cell->headline)
			continue;
		n += is_trial(&cell->j);
		k += is_trial(&cell->j) && different;
		out->exact += cell->j.unit == JUDGE_EXACT;
		out->exact_false += cell->j.unit == JUDGE_EXACT && different;
	}
	out->table = false_rate_of(k, n);
	judge_parts(c, out);
	make_model(c, out);
}

bool calibration_exceeds(const struct calibration *cal)
{
	return cal->exact_false || (cal->parts.n && cal->parts.lo > JUDGE_ALPHA);
}
