// SPDX-License-Identifier: GPL-2.0-or-later
/* Components of variance of one metric in one run; see variance.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "results/stats/dist.h"
#include "results/stats/order.h"
#include "results/variance_parts.h"

/*
 * What a sample is worth as a degree of freedom of a median's variance: the median has 2/pi of the
 * mean's efficiency, and its variance is known less well than that.
 */
#define DF_OF_SAMPLE 0.5

double variance_of_median(const double *ascending, size_t n, size_t samples)
{
	/* the mean of the middle two of an even number is as good as the middle of one more */
	const double a = ((double)(samples | 1) + 1) / 2;
	double below = 0, mean = 0, square = 0;

	if (n < 2 || samples < 1)
		return 0;
	for (size_t i = 0; i < n; i++) {
		double upto = i + 1 < n ? dist_beta_cdf((double)(i + 1) / (double)n, a, a) : 1;
		/* around the first one, so that nothing is lost where the spread is small */
		double v = ascending[i] - ascending[0];

		mean += (upto - below) * v;
		square += (upto - below) * v * v;
		below = upto;
	}
	return fmax(0, square - mean * mean);
}

/* The median of ASCENDING without its value I, of N >= 2. */
static double median_without(const double *ascending, size_t n, size_t i)
{
	const size_t lo = (n - 2) / 2, hi = (n - 1) / 2;

	return (ascending[lo + (lo >= i)] + ascending[hi + (hi >= i)]) / 2;
}

size_t variance_distances(const double *ascending, size_t n, double *out)
{
	/* of n - 1 normal values the median, in shares of their variance; an even number is as good
	 * as the next one */
	const double odd = (double)((n - 1) | 1);
	const double shrink = n < 2 ? 0 : 1 / sqrt(1 + M_PI / 2 / (odd + M_PI / 2 - 1));

	for (size_t i = 0; i < n && n > 1; i++)
		out[i] = shrink * (ascending[i] - median_without(ascending, n, i));
	return n > 1 ? n : 0;
}

void variance_residual(const double *figures, size_t kernels, size_t blocks, double *ss, double *df)
{
	double all = 0;

	if (blocks < 2 || !kernels)
		return;
	for (size_t i = 0; i < kernels * blocks; i++)
		all += figures[i] / (double)(kernels * blocks);
	for (size_t b = 0; b < blocks; b++) {
		double block = 0;

		for (size_t k = 0; k < kernels; k++)
			block += figures[k * blocks + b] / (double)kernels;
		if (kernels == 1)
			block = all; /* nothing is taken out */
		for (size_t k = 0; k < kernels; k++) {
			double kernel = 0, rest;

			for (size_t i = 0; i < blocks; i++)
				kernel += figures[k * blocks + i] / (double)blocks;
			rest = figures[k * blocks + b] - kernel - block + all;
			*ss += rest * rest;
		}
	}
	*df += (double)((kernels > 1 ? kernels - 1 : 1) * (blocks - 1));
}

/* The figure of each boot, on the scale on which differences are taken. */
struct figures {
	double *v;	/* NaN: none */
	double *around; /* distances of all samples from what their boot is like */
	size_t n_around;
	unsigned int *n;
	bool logs;
	double scale;
};

static void figures_release(struct figures *f)
{
	free(f->v);
	free(f->around);
	free(f->n);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Logarithms where all is above 0; else shares of the mean size. */
static void find_scale(const struct variance_run *r, const struct variance_samples *s,
		       struct figures *f)
{
	double size = 0, n = 0;

	f->logs = true;
	for (size_t i = 0; i < r->n_boots; i++) {
		for (size_t j = 0; j < s->boots[i].n; j++) {
			f->logs &= s->boots[i].v[j] > 0;
			size += fabs(s->boots[i].v[j]);
			n++;
		}
	}
	f->scale = f->logs || !(size > 0) ? 1 : size / n;
}

static void take_figures(const struct variance_run *r, const struct variance_samples *s,
			 struct figures *f)
{
	bool settled;
	size_t warmup = within_warmup(s->boots, r->n_boots, &settled);
	size_t n_samples = 0;

	for (size_t i = 0; i < r->n_boots; i++)
		n_samples += s->boots[i].n;
	f->v = xcalloc(r->n_boots, sizeof(*f->v));
	f->around = xcalloc(n_samples + 1, sizeof(*f->around));
	f->n = xcalloc(r->n_boots, sizeof(*f->n));
	find_scale(r, s, f);
	for (size_t i = 0; i < r->n_boots; i++) {
		const struct within_boot *b = &s->boots[i];
		const size_t left = within_left_out(b->n, warmup);
		double *v __free = NULL;

		f->v[i] = NAN;
		f->n[i] = (unsigned int)b->n;
		if (!b->n)
			continue;
		v = xcalloc(b->n, sizeof(*v));
		for (size_t j = left; j < b->n; j++)
			v[j - left] = f->logs ? log(b->v[j]) : b->v[j] / f->scale;
		qsort(v, b->n - left, sizeof(*v), ascending);
		f->n_around += variance_distances(v, b->n - left, f->around + f->n_around);
		f->v[i] = stats_median(v, b->n - left);
	}
	if (f->n_around)
		qsort(f->around, f->n_around, sizeof(*f->around), ascending);
}

/* The boot of KERNEL in BLOCK that has a figure, or n_boots. */
static size_t boot_at(const struct variance_run *r, const struct figures *f, size_t kernel,
		      unsigned int block)
{
	size_t i = 0;

	while (i < r->n_boots &&
	       (r->boots[i].kernel != kernel || r->boots[i].block != block || isnan(f->v[i])))
		i++;
	return i;
}

/* Kernels x whole blocks; a block's layout is that of its first kernel. */
struct table {
	double *v; /* row by row: kernel */
	unsigned int *layouts;
	size_t kernels, blocks, room;
};

static void table_release(struct table *t)
{
	free(t->v);
	free(t->layouts);
}

/* Kernels with at least two figures take part, as long as two or more whole blocks remain. */
static void take_blocks(const struct variance_run *r, const struct figures *f, struct table *t)
{
	size_t *who __free = xcalloc(r->n_kernels + 1, sizeof(*who));
	unsigned int last = 0;

	for (size_t k = 0; k < r->n_kernels; k++) {
		size_t n = 0;

		for (size_t i = 0; i < r->n_boots; i++)
			n += r->boots[i].kernel == k && !isnan(f->v[i]);
		if (n > 1)
			who[t->kernels++] = k;
	}
	for (size_t i = 0; i < r->n_boots; i++)
		last = r->boots[i].block > last ? r->boots[i].block : last;
	t->room = r->n_boots;
	t->v = xcalloc(t->kernels * t->room + 1, sizeof(*t->v));
	t->layouts = xcalloc(t->room + 1, sizeof(*t->layouts));
	for (unsigned int block = 0; block <= last && t->blocks < t->room; block++) {
		size_t k = 0;

		for (; k < t->kernels; k++) {
			size_t i = boot_at(r, f, who[k], block);

			if (i == r->n_boots)
				break;
			t->v[k * t->room + t->blocks] = f->v[i];
			if (!k)
				t->layouts[t->blocks] = r->boots[i].layout;
		}
		t->blocks += t->kernels && k == t->kernels;
	}
}

/* What is left within the blocks of each layout, and the means of the layouts. */
static void by_layouts(const struct table *t, double *ss, double *df, struct variance_found *out)
{
	double *part __free = xcalloc(t->kernels * t->blocks + 1, sizeof(*part));
	double *means __free = xcalloc(t->kernels * t->blocks + 1, sizeof(*means));
	double ss_builds = 0, df_builds = 0, inverse = 0;
	size_t layouts = 0;

	for (size_t b = 0; b < t->blocks; b++) {
		bool seen = false;
		size_t n = 0;

		for (size_t i = 0; i < b; i++)
			seen |= t->layouts[i] == t->layouts[b];
		for (size_t i = b; i < t->blocks && !seen; i++)
			n += t->layouts[i] == t->layouts[b];
		for (size_t k = 0; k < t->kernels && n; k++) {
			double *mean = &means[k * t->blocks + layouts];

			for (size_t i = b, at = 0; i < t->blocks; i++) {
				if (t->layouts[i] != t->layouts[b])
					continue;
				part[k * n + at++] = t->v[k * t->room + i];
				*mean += t->v[k * t->room + i] / (double)n;
			}
		}
		variance_residual(part, t->kernels, n, ss, df);
		inverse += n ? 1 / (double)n : 0;
		layouts += n > 0;
	}
	for (size_t k = 1; k < t->kernels; k++)
		memmove(&means[k * layouts], &means[k * t->blocks], layouts * sizeof(*means));
	variance_residual(means, t->kernels, layouts, &ss_builds, &df_builds);
	out->builds = df_builds > 0 && layouts > 1 ? ss_builds / df_builds : NAN;
	out->df_builds = df_builds;
	out->boots = layouts ? (double)layouts / inverse : NAN;
}

/* Boots that share no blocks: around the mean of their kernel and layout. */
static void unpaired(const struct variance_run *r, const struct figures *f, double *ss, double *df)
{
	double *part __free = xcalloc(r->n_boots + 1, sizeof(*part));
	bool *done __free = xcalloc(r->n_boots + 1, sizeof(*done));

	for (size_t i = 0; i < r->n_boots; i++) {
		size_t n = 0;

		for (size_t j = i; j < r->n_boots; j++) {
			if (done[j] || isnan(f->v[j]) || r->boots[j].kernel != r->boots[i].kernel ||
			    r->boots[j].layout != r->boots[i].layout)
				continue;
			part[n++] = f->v[j];
			done[j] = true;
		}
		variance_residual(part, 1, n, ss, df);
	}
}

/* What a sample brings: the number of samples times the variance of the median of as many. */
static void within_boots(const struct variance_run *r, const struct figures *f, struct size_cell *c)
{
	double *counts __free = xcalloc(r->n_boots + 1, sizeof(*counts));
	double kept;
	size_t n = 0;

	c->df_v = 0;
	for (size_t i = 0; i < r->n_boots; i++) {
		if (isnan(f->v[i]))
			continue;
		counts[n++] = f->n[i];
		c->df_v += DF_OF_SAMPLE * (f->n[i] - 1.);
	}
	c->samples = (unsigned int)stats_median(counts, n);
	/* of fewer there is no telling */
	kept = (double)f->n_around / (double)n;
	c->v = c->samples >= 3 ? c->samples * variance_of_median(f->around, f->n_around,
								 (size_t)lround(kept))
			       : NAN;
	c->df_v = fmax(1, c->df_v);
}

/* Whether each kernel has the same figure in all of its boots. */
static bool repeats(const struct variance_run *r, const struct figures *f)
{
	for (size_t i = 0; i < r->n_boots; i++) {
		for (size_t j = 0; j < i; j++) {
			if (r->boots[i].kernel == r->boots[j].kernel && !isnan(f->v[i]) &&
			    !isnan(f->v[j]) && f->v[i] != f->v[j])
				return false;
		}
	}
	return true;
}

bool variance_work_out(const struct variance_run *r, const struct variance_samples *s,
		       struct variance_found *out)
{
	struct figures f __cleanup(figures_release) = { 0 };
	struct table t __cleanup(table_release) = { 0 };
	double ss = 0, df = 0;

	*out = (struct variance_found){ .builds = NAN, .boots = NAN };
	take_figures(r, s, &f);
	take_blocks(r, &f, &t);
	if (!t.kernels)
		return false;
	out->shifted = !f.logs;
	out->scale = f.scale;
	out->blocks = (unsigned int)t.blocks;
	if (t.blocks > 1)
		by_layouts(&t, &ss, &df, out);
	out->paired = t.kernels > 1 && df > 0;
	if (!(df > 0))
		unpaired(r, &f, &ss, &df);
	if (!(df > 0))
		return false;
	out->exact = repeats(r, &f);
	out->size = (struct size_cell){ .s2 = out->exact ? 0 : ss / df, .df = df, .build = NAN };
	within_boots(r, &f, &out->size);
	return true;
}
