// SPDX-License-Identifier: GPL-2.0-or-later
/* results/place: what the first seconds of a boot do is found, and not where they do nothing. */
#include <math.h>

#include "lib/cleanup.h"
#include "lib/rng.h"
#include "results/place.h"
#include "tests/unit/unit.h"

#define BOOTS  16 /* of two kernels */
#define CELLS  12
#define CELL_S 5.0

static double uniform(uint64_t *rng)
{
	return ((double)(rng_next(rng) >> 11) + 0.5) * 0x1p-53;
}

/* Of the normal distribution (Box and Muller 1958). */
static double normal(uint64_t *rng)
{
	return sqrt(-2 * log(uniform(rng))) * cos(2 * M_PI * uniform(rng));
}

struct like {
	double effect; /* on the log scale, of cells in the first 10 s */
	double varies; /* its standard deviation over boots */
	double lost;   /* share of figures that are missing */
	bool fixed;    /* cells in the same order in each boot */
};

/* Cells of 5 s in random order: two of each boot begin in its first 10 s. Returns how many. */
static size_t make(struct place_figure *v, uint64_t *rng, const struct like *l)
{
	size_t n = 0;

	for (size_t b = 0; b < BOOTS; b++) {
		double boot = 0.01 * normal(rng), early = l->effect + l->varies * normal(rng);
		size_t order[CELLS] = { 0 };

		for (size_t i = 0; i < CELLS; i++) {
			size_t j = l->fixed ? i : rng_below(rng, i + 1);

			order[i] = order[j];
			order[j] = i;
		}
		for (size_t i = 0; i < CELLS; i++) {
			size_t cell = 2 * order[i] + b % 2;

			if (i && uniform(rng) < l->lost) /* the first one says when it began */
				continue;
			v[n++] = (struct place_figure){
				.boot = b,
				.cell = cell,
				.log = (double)cell + boot + 0.01 * normal(rng) + (i < 2) * early,
				.begun = 3 + CELL_S * (double)i,
				.ended = 3 + CELL_S * ((double)i + 0.95),
			};
		}
	}
	return n;
}

/* How many of 600 intervals hold the effect; *FOUND: p at most 0.05. */
static size_t covered(const struct like *l, uint64_t seed, size_t *found)
{
	uint64_t rng = rng_begin(seed, 0, 0);
	size_t count = 0;

	*found = 0;
	for (int k = 0; k < 600; k++) {
		struct place_figure v[BOOTS * CELLS];
		struct place_effect p;

		place_effect(v, make(v, &rng, l), &p);
		assert_true(p.known && p.seconds == 10);
		assert_int_equal(p.boots, BOOTS);
		assert_true(p.lo <= p.change && p.change <= p.hi);
		count += p.lo <= expm1(l->effect) && expm1(l->effect) <= p.hi;
		*found += p.p <= 0.05;
	}
	return count;
}

/* 570 of 600, three standard errors to either side: 554 to 586; chance finds 30 +- 16. */
static void intervals_hold_what_is_there(void **state)
{
	static const struct like kinds[] = {
		{ -0.03, 0, 0, false },
		{ -0.03, 0.01, 0, false },
		{ -0.03, 0.01, 0.2, false },
	};
	size_t found;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		assert_in_range(covered(&kinds[i], i, &found), 548, 590);
		assert_in_range(found, 590, 600);
	}
}

static void finds_nothing_where_nothing_is(void **state)
{
	static const struct like kinds[] = {
		{ 0, 0, 0, false },
		{ 0, 0.02, 0, false },
		{ 0, 0.01, 0.3, false },
	};
	size_t found;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		assert_in_range(covered(&kinds[i], 10 + i, &found), 548, 590);
		assert_in_range(found, 10, 52);
	}
}

/* What cannot be told apart from the cells themselves, or from chance, is not told. */
static void knows_what_it_cannot_know(void **state)
{
	static const struct like fixed = { -0.1, 0, 0, true }, plain = { -0.1, 0, 0, false };
	struct place_figure v[BOOTS * CELLS];
	uint64_t rng = rng_begin(3, 0, 0);
	struct place_effect p;
	size_t n;

	(void)state;
	place_effect(v, make(v, &rng, &fixed), &p);
	assert_false(p.known);
	place_effect(v, 0, &p);
	assert_false(p.known);
	make(v, &rng, &plain);
	place_effect(v, 3 * CELLS, &p); /* three boots */
	assert_false(p.known);

	/* a boot of 12 cells of half a second: its first quarter is early */
	n = make(v, &rng, &plain);
	for (size_t i = 0; i < n; i++) {
		v[i].begun /= 10;
		v[i].ended /= 10;
	}
	place_effect(v, n, &p);
	assert_true(p.known && p.seconds > 1.4 && p.seconds < 1.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intervals_hold_what_is_there),
		cmocka_unit_test(finds_nothing_where_nothing_is),
		cmocka_unit_test(knows_what_it_cannot_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
