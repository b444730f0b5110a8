// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The boots of a made-up experiment; see simulate.h. A sample is
 *   100 * exp(change + build + block + boot + drift + warm-up + noise)
 * and a boot's figure is the median of its samples, as of one that was measured.
 */
#include <math.h>
#include <stdlib.h>

#include "lib/strbuf.h"
#include "lib/rng.h"
#include "results/simulate_parts.h"
#include "results/stats/order.h"

#define TYPICAL 100.0 /* ticks per page of a cell without any effect; nothing depends on it */

struct deviates {
	uint64_t rng;
	double spare;
	bool has_spare;
};

/* Uniform in (0, 1). */
static double uniform(struct deviates *d)
{
	return ((double)(rng_next(&d->rng) >> 11) + 0.5) * 0x1p-53;
}

/* Marsaglia's polar method (Marsaglia, Bray 1964): two at a time. */
static double normal(struct deviates *d)
{
	double x, y, square, factor;

	if (d->has_spare) {
		d->has_spare = false;
		return d->spare;
	}
	do {
		x = 2 * uniform(d) - 1;
		y = 2 * uniform(d) - 1;
		square = x * x + y * y;
	} while (square >= 1 || square == 0);
	factor = sqrt(-2 * log(square) / square);
	d->spare = y * factor;
	d->has_spare = true;
	return x * factor;
}

/*
 * A deviate of mean 0 and sd 1 in each shape. The lognormal one is exp(Z), whose mean is exp(1/2)
 * and whose variance is e * (e - 1); Student's t of 3 degrees of freedom has variance 3.
 */
static double deviate(struct deviates *d, enum sim_shape shape)
{
	const double z = normal(d);
	double chi = 0;

	switch (shape) {
	case SIM_LOGNORMAL:
		return (exp(z) - exp(0.5)) / sqrt(exp(1) * (exp(1) - 1));
	case SIM_HEAVY:
		for (int i = 0; i < 3; i++) {
			double x = normal(d);

			chi += x * x;
		}
		return z / sqrt(chi);
	default:
		return z;
	}
}

static unsigned int builds_of(const struct sim_model *m)
{
	return m->builds ? m->builds : 1;
}

void sim_room_init(struct sim_room *r, const struct sim_model *m)
{
	const size_t boots = m->boots;

	*r = (struct sim_room){ .cells = m->cells ? m->cells : 1 };
	r->a = xcalloc(r->cells * boots, sizeof(*r->a));
	r->b = xcalloc(r->cells * boots, sizeof(*r->b));
	r->n_a = xcalloc(r->cells, sizeof(*r->n_a));
	r->n_b = xcalloc(r->cells, sizeof(*r->n_b));
	for (int side = 0; side < 2; side++) {
		r->build[side] = xcalloc(builds_of(m), sizeof(double));
		r->boot[side] = xcalloc(boots, sizeof(double));
		r->all[side] = xcalloc(boots, sizeof(double));
	}
	r->block = xcalloc(boots, sizeof(double));
	r->values = xcalloc(2 * boots * m->samples, sizeof(double));
	r->sorted = xcalloc(m->samples, sizeof(double));
	r->within = xcalloc(2 * boots, sizeof(*r->within));
	r->lost = xcalloc(2 * boots, sizeof(*r->lost));
}

void sim_room_release(struct sim_room *r)
{
	free(r->a);
	free(r->b);
	free(r->n_a);
	free(r->n_b);
	for (int side = 0; side < 2; side++) {
		free(r->build[side]);
		free(r->boot[side]);
		free(r->all[side]);
	}
	free(r->block);
	free(r->values);
	free(r->sorted);
	free(r->within);
	free(r->lost);
}

/*
 * Effects of the boots of one kernel. With an autocorrelation r each is r times the one before and
 * sqrt(1 - r^2) of its own, so that the variance stays (an AR(1) process in its steady state).
 */
static void draw_boots(struct deviates *d, const struct sim_model *m, double sd, double *out)
{
	const double r = m->autocorrelation, own = sqrt(1 - r * r);

	for (unsigned int i = 0; i < m->boots; i++) {
		out[i] = sd * deviate(d, m->boot_shape);
		if (i && r != 0)
			out[i] = r * out[i - 1] + own * out[i];
	}
}

static void draw_effects(struct sim_room *r, struct deviates *d, const struct sim_model *m)
{
	const double own = sqrt(1 - m->together), shared = sqrt(m->together);

	for (unsigned int i = 0; i < m->boots; i++)
		r->block[i] = m->sd_block != 0 ? m->sd_block * normal(d) : 0;
	for (int side = 0; side < 2; side++) {
		double ratio = side && m->sd_boot_ratio != 0 ? m->sd_boot_ratio : 1;

		for (unsigned int i = 0; i < builds_of(m); i++)
			r->build[side][i] = m->sd_build != 0 ? m->sd_build * normal(d) : 0;
		draw_boots(d, m, m->sd_boot * ratio * own, r->boot[side]);
		for (unsigned int i = 0; i < m->boots && m->together > 0; i++)
			r->boot[side][i] += shared * r->all[side][i];
	}
}

/* The samples of a boot whose effects sum up to LEVEL. */
static void draw_samples(struct deviates *d, const struct sim_model *m, double level, double *out)
{
	const double step = m->samples > 1 ? m->drift / (m->samples - 1) : 0;
	double warmup = m->warmup;

	for (unsigned int i = 0; i < m->samples; i++, warmup /= 2)
		out[i] = TYPICAL *
			 exp(level + step * i + warmup + m->sd_sample * deviate(d, m->shape));
}

/* How many of the first samples comparisons would leave out of this cell. */
static size_t warmup_of(struct sim_room *r, const struct sim_model *m)
{
	bool settled;
	size_t n = 0;

	for (size_t i = 0; i < 2 * (size_t)m->boots; i++) {
		if (!r->lost[i])
			r->within[n++] =
				(struct within_boot){ r->values + i * m->samples, m->samples };
	}
	return m->discard && n ? within_warmup(r->within, n, &settled) : 0;
}

static void take_side(struct sim_room *r, const struct sim_model *m, int side, size_t left_out,
		      struct judge_boot *out, size_t *n)
{
	*n = 0;
	for (unsigned int i = 0; i < m->boots; i++) {
		const size_t at = (size_t)side * m->boots + i;
		const double *v = r->values + at * m->samples;

		if (r->lost[at])
			continue;
		for (size_t s = left_out; s < m->samples; s++)
			r->sorted[s - left_out] = v[s];
		out[(*n)++] = (struct judge_boot){
			.value = stats_median(r->sorted, m->samples - left_out),
			.block = i,
			.layout = i % builds_of(m),
		};
	}
}

static void draw_cell(struct sim_room *r, struct deviates *d, const struct sim_model *m,
		      unsigned int cell)
{
	const double change = cell < (m->changed ? m->changed : 1) ? m->change : 0;
	const size_t first = (size_t)cell * m->boots;
	size_t left_out;

	draw_effects(r, d, m);
	for (int side = 0; side < 2; side++) {
		for (unsigned int i = 0; i < m->boots; i++) {
			double level = (side ? change : 0) + r->block[i] + r->boot[side][i] +
				       r->build[side][i % builds_of(m)];
			size_t at = (size_t)side * m->boots + i;

			draw_samples(d, m, level, r->values + at * m->samples);
		}
	}
	left_out = warmup_of(r, m);
	take_side(r, m, 0, left_out, r->a + first, &r->n_a[cell]);
	take_side(r, m, 1, left_out, r->b + first, &r->n_b[cell]);
}

void sim_draw(struct sim_room *r, const struct sim_model *m, uint64_t seed, uint64_t number)
{
	struct deviates d = { .rng = rng_begin(seed, number, 0) };

	for (size_t i = 0; i < 2 * (size_t)m->boots; i++)
		r->lost[i] = m->lost > 0 && uniform(&d) < m->lost;
	for (int side = 0; side < 2 && m->together > 0; side++)
		draw_boots(&d, m, m->sd_boot, r->all[side]);
	for (unsigned int cell = 0; cell < r->cells; cell++)
		draw_cell(r, &d, m, cell);
}
