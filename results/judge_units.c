// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From boots to one difference with its tests: blocks, builds (the blocks of one layout averaged)
 * or, where blocks are not whole, boots; see docs/statistics.md, "The model".
 */
#include <math.h>
#include <stdlib.h>

#include "results/judge_units.h"
#include "results/stats/sequential.h"
#include "results/stats/tests.h"

/*
 * Differences that spread by less than this (on the log scale, or of the figures' size) spread by
 * rounding: logarithms of figures of a hundred digits are good to 1e-13.
 */
#define NO_SPREAD 1e-12

/* One side's boots, sorted by block; values on the scale of the differences. */
struct side {
	struct judge_boot *v;
	size_t n;
	double sum, size; /* of the values; the largest one, whatever its sign */
};

/* The differences that are tested, or both sides' values. */
struct units {
	struct judge_boot *whole; /* of each whole block: the difference, its layout */
	size_t n_whole;
	double *d, *e; /* units' differences; or the baseline's values, the patched kernel's */
	size_t n, n_e;
	double baseline;       /* mean of its values in whole blocks */
	double mean_a, mean_b; /* of all boots */
	double size;	       /* of the largest value, for rounding; 1 on the log scale */
};

static int by_block(const void *a, const void *b)
{
	const struct judge_boot *x = a, *y = b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	return (x->layout > y->layout) - (x->layout < y->layout);
}

static bool sorted(const struct judge_boot *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (by_block(&v[i - 1], &v[i]) > 0)
			return false;
	}
	return true;
}

static struct side take_side(const struct judge_boot *from, size_t n, bool take_log,
			     struct judge_boot *to)
{
	struct side s = { .v = to, .n = n };

	for (size_t i = 0; i < n; i++) {
		double value = take_log ? log(from[i].value) : from[i].value;

		to[i] = from[i];
		to[i].value = value;
		s.sum += value;
		s.size = fmax(s.size, fabs(value));
	}
	if (!sorted(to, s.n))
		qsort(to, s.n, sizeof(*to), by_block);
	return s;
}

static bool all_positive(const struct judge_boot *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!(v[i].value > 0))
			return false;
	}
	return true;
}

/* The boots of one block, from *I on, which moves behind them; more than one are averaged. */
static double block_mean(const struct side *s, size_t *i)
{
	size_t first = *i;
	double sum = 0;

	for (; *i < s->n && s->v[*i].block == s->v[first].block; ++*i)
		sum += s->v[*i].value;
	return sum / (double)(*i - first);
}

/* The differences of whole blocks; boots without a partner are counted. */
static void pair(const struct side *a, const struct side *b, struct units *u, size_t *n_left)
{
	size_t i = 0, k = 0;

	while (i < a->n && k < b->n) {
		const struct judge_boot *x = &a->v[i], *y = &b->v[k];
		double base;

		if (x->block != y->block) {
			++*(x->block < y->block ? &i : &k);
			++*n_left;
			continue;
		}
		base = block_mean(a, &i);
		u->baseline += base;
		u->whole[u->n_whole++] =
			(struct judge_boot){ block_mean(b, &k) - base, x->block, x->layout };
	}
	*n_left += a->n - i + b->n - k;
	if (u->n_whole)
		u->baseline /= (double)u->n_whole;
}

/* Means of V by layout, into OUT, in the order of appearance; returns how many layouts there are.
 */
static size_t by_layout(const struct judge_boot *v, size_t n, double *out)
{
	size_t layouts = 0;

	for (size_t i = 0; i < n; i++) {
		size_t count = 0, k = 0;
		double sum = 0;

		while (k < i && v[k].layout != v[i].layout)
			k++;
		if (k < i)
			continue;
		for (; k < n; k++) {
			if (v[k].layout != v[i].layout)
				continue;
			sum += v[k].value;
			count++;
		}
		out[layouts++] = sum / (double)count;
	}
	return layouts;
}

static void copy_values(const struct judge_boot *v, size_t n, double *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = v[i].value;
}

/* Builds where there are at least two that have a whole block, else the blocks. */
static void use_blocks(struct units *u, struct judgement *j)
{
	u->n = by_layout(u->whole, u->n_whole, u->d);
	j->unit = u->n > 1 ? JUDGE_BUILDS : JUDGE_BLOCKS;
	j->conditional = u->n < 2;
	if (u->n < 2) {
		copy_values(u->whole, u->n_whole, u->d);
		u->n = u->n_whole;
	}
	j->n = u->n;
}

static void use_boots(const struct side *a, const struct side *b, struct units *u,
		      struct judgement *j)
{
	u->n = by_layout(a->v, a->n, u->d);
	u->n_e = by_layout(b->v, b->n, u->e);
	j->conditional = u->n < 2 || u->n_e < 2;
	if (j->conditional) {
		copy_values(a->v, a->n, u->d);
		copy_values(b->v, b->n, u->e);
		u->n = a->n;
		u->n_e = b->n;
	}
	j->unit = JUDGE_UNPAIRED;
	j->n = u->n < u->n_e ? u->n : u->n_e;
	j->n_left = 0;
}

static double share(const struct judgement *j, const struct judge_scale *s, double x)
{
	if (j->log)
		return expm1(x);
	if (x == 0)
		return 0;
	return s->unit > 0 ? x / s->unit : NAN;
}

/* The chance of the most extreme outcome of the exact test: signs, or who has which ranks. */
static double least_p(const struct units *u)
{
	double p = 1;

	if (!u->n_e)
		return ldexp(1, 1 - (int)(u->n < 1000 ? u->n : 1000));
	for (size_t i = 1; i <= u->n; i++)
		p *= (double)i / (double)(u->n_e + i);
	return 2 * p;
}

/* At a look of a sequential design the levels are those of the design. */
static double level_now(const struct judge_rules *rules, size_t n, double level)
{
	return rules->looks > 1 ? obf_level(rules->looks, rules->look, n, level) : level;
}

static void interval(const struct units *u, const struct ttest *t, double level,
		     const struct judge_scale *s, const struct judgement *j, double *lo, double *hi)
{
	if (!s->flat)
		ttest_interval(t, level, lo, hi);
	else if (least_p(u) <= 1 - level)
		*lo = *hi = t->estimate;
	else
		return;
	*lo = share(j, s, *lo);
	*hi = share(j, s, *hi);
}

/*
 * Of a clock that is too coarse all units may differ by the same: then there is no variance that a
 * t test could use, and the exact test alone decides. Its interval has no width, and is there where
 * the exact test can reach its level at all.
 */
static void conclude_test(const struct units *u, struct ttest *t, const struct judge_rules *rules,
			  struct judgement *j, struct judge_scale *s)
{
	bool brief;

	s->flat = t->se * sqrt((double)j->n) <= NO_SPREAD * u->size;
	brief = rules->brief && !s->flat;
	if (brief) {
		j->p_flip = NAN;
	} else if (u->n_e) {
		j->p_flip = utest(u->d, u->n, u->e, u->n_e).p;
	} else {
		for (size_t i = 0; s->flat && i < u->n; i++)
			u->d[i] = t->estimate;
		j->p_flip = signflip_p(u->d, u->n, NULL);
	}
	s->diff = t->estimate;
	j->change = s->unit > 0 ? share(j, s, t->estimate) : NAN;
	j->sd = s->flat ? 0 : t->se * sqrt((double)j->n);
	j->df = t->df;
	j->p = s->flat ? j->p_flip : t->p;
	j->fragile = !brief && (j->p <= JUDGE_ALPHA) != (j->p_flip <= JUDGE_ALPHA);
	interval(u, t, level_now(rules, j->n, JUDGE_LEVEL), s, j, &j->lo, &j->hi);
	interval(u, t, level_now(rules, j->n, 1 - 2 * JUDGE_ALPHA), s, j, &j->lo90, &j->hi90);
	if (rules->looks > 1)
		j->p = obf_p(rules->looks, rules->look, j->n, j->p);
}

/* Too few boots for anything but a look at them. */
static void judge_little(const struct units *u, struct judgement *j, struct judge_scale *s)
{
	s->diff = u->n_whole ? u->whole[0].value : u->mean_b - u->mean_a;
	j->conditional = true;
	j->n = u->n_whole;
	j->change = s->unit > 0 ? share(j, s, s->diff) : NAN;
}

static struct units make_units(const struct judge_cell *c, struct judge_room *room,
			       struct judgement *j)
{
	struct units u = { .d = room->d, .e = room->e, .whole = room->whole };
	struct side a = take_side(c->a, c->n_a, j->log, room->boots);
	struct side b = take_side(c->b, c->n_b, j->log, room->boots + c->n_a);

	u.size = j->log ? 1 : fmax(a.size, b.size);
	u.mean_a = a.sum / (double)a.n;
	u.mean_b = b.sum / (double)b.n;
	pair(&a, &b, &u, &j->n_left);
	if (u.n_whole > 1)
		use_blocks(&u, j);
	else if (a.n > 1 && b.n > 1)
		use_boots(&a, &b, &u, j);
	return u;
}

void judge_units(const struct judge_cell *c, const struct judge_rules *rules,
		 struct judge_room *room, struct judgement *j, struct judge_scale *scale)
{
	struct units u;
	struct ttest t;

	j->log = all_positive(c->a, c->n_a) && all_positive(c->b, c->n_b);
	u = make_units(c, room, j);
	/* where nothing is paired, shares are of all of the baseline's boots */
	scale->unit =
		j->log ? 1 : fabs(u.n_whole && j->unit != JUDGE_UNPAIRED ? u.baseline : u.mean_a);
	if (j->unit == JUDGE_NOTHING) {
		judge_little(&u, j, scale);
		return;
	}
	if (j->unit == JUDGE_UNPAIRED)
		ttest_welch(u.d, u.n, u.e, u.n_e, &t);
	else
		ttest_one(u.d, u.n, &t);
	conclude_test(&u, &t, rules, j, scale);
}
