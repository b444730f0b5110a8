// SPDX-License-Identifier: GPL-2.0-or-later
/* The cheapest plan that serves all cells; see plan_size.h. */
#include <math.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "results/plan_size.h"
#include "results/stats/dist.h"
#include "results/stats/nested.h"
#include "results/stats/power.h"
#include "results/stats/sequential.h"

/* Builds of which several boots are looked at where the number of builds is free. */
#define BOOTS_PER_BUILD_MAX 8
/* Cells whose Kalibera-Jones counts are tried besides the round ones. */
#define TRY_CELLS 16

static const unsigned int round_counts[] = {
	5,   6,	  7,   8,   10,	 12,  14,  17,	20,
	24,  30,  36,  45,  55,	 70,  85,  100, 130,
	160, 200, 250, 320, 400, 500, 630, 800, SIZE_SAMPLES_MAX
};

/* Satterthwaite: of A + B, each with its own degrees of freedom; B may be taken away. */
static double df_of_sum(double sum, double a, double df_a, double b, double df_b)
{
	double spread = 0;

	if (a != 0)
		spread += a * a / df_a;
	if (b != 0)
		spread += b * b / df_b;
	if (!(spread > 0))
		return fmax(1, df_a);
	return fmax(1, sum * sum / spread);
}

double size_boot_variance(const struct size_cell *c, unsigned int samples, double *df)
{
	double change, sum;

	if (df)
		*df = fmax(1, c->df);
	if (isnan(c->v) || samples == c->samples)
		return c->s2;
	change = c->v * (1. / samples - 1. / c->samples);
	/* never less than the samples bring, however little the boots happened to differ */
	sum = fmax(c->s2 + change, c->v / samples);
	if (df)
		*df = df_of_sum(sum, c->s2, c->df, change, c->df_v);
	return sum;
}

double size_boot_component(const struct size_cell *c)
{
	return isnan(c->v) ? c->s2 : fmax(0, c->s2 - c->v / c->samples);
}

double size_build_variance(const struct size_cell *c, unsigned int boots, unsigned int samples,
			   double *df)
{
	double df_boot, boot = size_boot_variance(c, samples, &df_boot) / boots;
	double sum = c->build + boot, more;

	if (isnan(sum) || !(c->build_boots > 0)) {
		if (df)
			*df = isnan(sum) ? NAN
					 : df_of_sum(sum, c->build, c->df_build, boot, df_boot);
		return sum;
	}
	/*
	 * What was measured is how the means of builds differ, boots and all. What builds add is
	 * that without the boots' share, and so is known less well than what was measured, and
	 * never better, however many boots there are to be.
	 */
	more = boot - size_boot_variance(c, c->samples, NULL) / c->build_boots;
	sum = fmax(c->build_means + more, boot);
	if (df)
		*df = fmin(fmax(1, c->df_build),
			   df_of_sum(sum, c->build_means, c->df_build, more, df_boot));
	return sum;
}

/* The last look of several needs more than a fixed plan's only one, and steps of equal size. */
static size_t inflate(const struct size_query *q, size_t n)
{
	return q->looks > 1 ? obf_units(q->looks, n, q->alpha, q->power) : n;
}

static bool by_builds(const struct size_query *q)
{
	return q->layouts > 1 || q->free_layouts;
}

/*
 * The variance of a unit and how well it is known, where the number of samples is CHOSEN by what it
 * costs. Each number has its own chance to look too good, and who takes the cheapest takes that
 * chance, so that nothing may be won by it: more samples than the variances were measured with are
 * worth as many (a pilot that has more shows whether they are worth more), and what fewer bring is
 * known no better than what was measured.
 */
static double unit_variance(const struct size_cell *c, const struct size_query *q,
			    unsigned int boots, unsigned int samples, double *df)
{
	const bool chosen = !q->samples && !isnan(c->v);
	double variance, measured;

	if (chosen && samples > c->samples)
		samples = c->samples;
	if (!by_builds(q)) {
		variance = size_boot_variance(c, samples, df);
		measured = fmax(1, c->df);
	} else {
		variance = size_build_variance(c, boots, samples, df);
		size_build_variance(c, boots, c->samples, &measured);
	}
	if (chosen)
		*df = fmin(*df, measured);
	return variance;
}

static size_t fixed_units(const struct size_cell *c, const struct size_query *q, unsigned int boots,
			  unsigned int samples)
{
	double df, variance = unit_variance(c, q, boots, samples, &df);

	if (isnan(variance) || c->floor >= q->effect)
		return 0;
	return power_units_estimated(q->effect, sqrt(2 * variance), df, q->alpha, q->power,
				     c->floor);
}

size_t size_units(const struct size_cell *c, const struct size_query *q, unsigned int boots,
		  unsigned int samples)
{
	return inflate(q, fixed_units(c, q, boots, samples));
}

double size_seconds(const struct size_query *q, unsigned int builds, unsigned int boots,
		    unsigned int samples)
{
	double boot = q->boot_s + samples * q->sample_s;

	return q->kernels * ((double)builds * q->build_s + (double)builds * boots * boot);
}

/*
 * About as many units as size_units() says, in microseconds instead of milliseconds: those of the
 * test by Julious and Owen (2006), the noncentral t with the degrees of freedom of the estimate;
 * and those that put the estimate beyond the floor.
 */
static double roughly(const struct size_cell *c, const struct size_query *q, unsigned int boots,
		      unsigned int samples)
{
	double df, variance = unit_variance(c, q, boots, samples, &df), test, beyond;

	if (isnan(variance) || c->floor >= q->effect)
		return 0;
	test = dist_nct_quantile(q->power, df, -dist_norm_quantile(q->alpha / 2)) / q->effect;
	beyond = dist_t_quantile(q->power, df) / (q->effect - c->floor);
	return fmax(2, 2 * variance * fmax(test * test, beyond * beyond));
}

/* Rough plans find out where to look; exact ones are what is promised. */
struct search {
	const struct size_cell *cells;
	size_t n;
	const struct size_query *q;
	double *rough; /* units of each cell */
	bool exact;
	struct size_plan best;
};

/*
 * The units that the cells need at most, exactly; the rough numbers say which cells can be the
 * one. They are within a quarter, or four, of the exact ones.
 */
static size_t exact_units(const struct search *s, unsigned int boots, unsigned int samples,
			  size_t *decides)
{
	size_t most = 0;

	for (;;) {
		size_t i = 0, units;

		for (size_t k = 1; k < s->n; k++) {
			if (s->rough[k] > s->rough[i])
				i = k;
		}
		if (!(s->rough[i] > 0) || 1.25 * s->rough[i] + 4 < (double)most)
			return inflate(s->q, most);
		s->rough[i] = 0;
		units = fixed_units(&s->cells[i], s->q, boots, samples);
		if (!units || units > most)
			*decides = i;
		if (!units)
			return 0;
		if (units > most)
			most = units;
	}
}

/* The units that the cells need at most, 0 if one of them cannot be served: *DECIDES is it. */
static size_t units_of_all(const struct search *s, unsigned int boots, unsigned int samples,
			   size_t *decides)
{
	double most = 0;

	*decides = 0;
	for (size_t i = 0; i < s->n; i++) {
		s->rough[i] = roughly(&s->cells[i], s->q, boots, samples);
		if (!(s->rough[i] > 0) || s->rough[i] > most)
			*decides = i;
		if (!(s->rough[i] > 0))
			return 0;
		most = fmax(most, s->rough[i]);
	}
	if (s->exact)
		return exact_units(s, boots, samples, decides);
	return most < POWER_UNITS_MAX ? inflate(s->q, (size_t)ceil(most)) : 0;
}

/* A plan with P->boots 0 says which cell has none. */
static void consider(struct search *s, struct size_plan *p)
{
	if (!p->boots) {
		if (!s->best.boots)
			s->best.decides = p->decides;
		return;
	}
	p->seconds = size_seconds(s->q, p->builds, p->boots, p->samples);
	if (!s->best.boots || p->seconds < s->best.seconds)
		s->best = *p;
}

static void try_boots(struct search *s, unsigned int samples)
{
	const unsigned int looks = s->q->looks;
	/* at every look two blocks more, at least */
	const size_t least = looks > 3 ? 2 * (size_t)looks : SIZE_UNITS_MIN;
	struct size_plan p = { .builds = 1, .samples = samples };
	size_t units = units_of_all(s, 1, samples, &p.decides);

	p.least = units < least;
	if (units)
		p.boots = (unsigned int)(p.least ? least : units);
	consider(s, &p);
}

/* As many boots of each of the given builds as it takes; more of them never need more builds. */
static void try_given_builds(struct search *s, unsigned int samples)
{
	struct size_plan p = { .builds = s->q->layouts, .samples = samples };
	unsigned int lo = 1, hi = SIZE_BOOTS_MAX;
	size_t units = units_of_all(s, hi, samples, &p.decides), which;

	while (units && units <= s->q->layouts && lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;
		size_t at_mid = units_of_all(s, mid, samples, &which);

		if (at_mid && at_mid <= s->q->layouts) {
			hi = mid;
		} else {
			lo = mid + 1;
			p.decides = which; /* it needed more */
		}
	}
	if (units && units <= s->q->layouts)
		p.boots = lo;
	p.least = lo == 1;
	consider(s, &p);
}

static void try_any_builds(struct search *s, unsigned int samples)
{
	for (unsigned int boots = 1; boots <= BOOTS_PER_BUILD_MAX; boots++) {
		struct size_plan p = { .samples = samples };
		size_t units = units_of_all(s, boots, samples, &p.decides);

		p.least = units < SIZE_UNITS_MIN;
		p.builds = (unsigned int)(p.least ? SIZE_UNITS_MIN : units);
		if (units)
			p.boots = boots;
		consider(s, &p);
	}
}

static void try_samples(struct search *s, unsigned int samples)
{
	if (s->q->free_layouts)
		try_any_builds(s, samples);
	else if (s->q->layouts > 1)
		try_given_builds(s, samples);
	else
		try_boots(s, samples);
}

void size_repetitions(const struct size_cell *c, const struct size_query *q, unsigned int *samples,
		      unsigned int *boots)
{
	const double cost[] = { q->sample_s, q->boot_s, q->build_s };
	const double t2[] = { isnan(c->v) ? 0 : c->v, size_boot_component(c),
			      isnan(c->build) ? 0 : c->build };
	double m = isnan(c->v) ? c->samples : nested_repetitions(cost, t2, 0);
	double b = t2[2] > 0 ? nested_repetitions(cost, t2, 1) : 0;

	*samples = m >= SIZE_SAMPLES_MAX ? SIZE_SAMPLES_MAX : (unsigned int)fmax(1, ceil(m - 1e-9));
	*boots = b >= SIZE_BOOTS_MAX ? SIZE_BOOTS_MAX : (unsigned int)ceil(b - 1e-9);
}

static unsigned int clamp_samples(double x)
{
	return (unsigned int)fmin(fmax(x, SIZE_SAMPLES_MIN), SIZE_SAMPLES_MAX);
}

/* Around what cells would have alone, and around the best so far. */
static void refine(struct search *s)
{
	for (size_t i = 0; i < s->n && i < TRY_CELLS; i++) {
		unsigned int samples, boots;

		size_repetitions(&s->cells[i], s->q, &samples, &boots);
		try_samples(s, clamp_samples(samples));
	}
	for (unsigned int step = (s->best.samples + 7) / 8; step; step /= 2) {
		const unsigned int at = s->best.samples;

		try_samples(s, clamp_samples((double)at - step));
		try_samples(s, clamp_samples((double)at + step));
	}
}

/* Roughly the best number of samples, then exactly, there and on both sides of it. */
static void search_samples(struct search *s)
{
	unsigned int at, step;

	for (size_t i = 0; i < ARRAY_SIZE(round_counts); i++)
		try_samples(s, round_counts[i]);
	if (s->best.boots)
		refine(s);
	at = s->best.boots ? s->best.samples : SIZE_SAMPLES_MAX;
	s->best = (struct size_plan){ 0 };
	s->exact = true;
	try_samples(s, at);
	for (step = (at + 9) / 10; step && s->best.boots; step /= 2) {
		at = s->best.samples;
		try_samples(s, clamp_samples((double)at - step));
		try_samples(s, clamp_samples((double)at + step));
	}
}

bool size_plan(const struct size_cell *cells, size_t n, const struct size_query *q,
	       struct size_plan *out)
{
	double *rough __free = xcalloc(n, sizeof(*rough));
	struct search s = { .cells = cells, .n = n, .q = q, .rough = rough };
	unsigned int samples = 0;

	/* what other numbers would bring cannot be told without V */
	for (size_t i = 0; i < n; i++) {
		if (isnan(cells[i].v) && cells[i].samples > samples)
			samples = cells[i].samples;
	}
	if (q->samples)
		samples = q->samples;
	s.exact = samples != 0;
	if (samples)
		try_samples(&s, samples);
	else
		search_samples(&s);
	*out = s.best;
	return out->boots != 0;
}
