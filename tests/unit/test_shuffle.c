// SPDX-License-Identifier: GPL-2.0-or-later
/* bench/shuffle: each page once, not in order, and the same on every boot. */
#include "bench/shuffle.h"
#include "tests/unit/unit.h"

#define N 2048

static void is_a_permutation(void **state)
{
	static uint32_t order[N];
	static bool seen[N];
	size_t in_place = 0, next = 0;

	(void)state;
	shuffle_fill(order, N, 1);
	for (size_t i = 0; i < N; i++) {
		assert_true(order[i] < N);
		assert_false(seen[order[i]]);
		seen[order[i]] = true;
		in_place += order[i] == i;
		next += i && order[i] == order[i - 1] + 1;
	}
	/* about one of each is to be expected */
	assert_true(in_place < 10);
	assert_true(next < 10);
}

static void depends_on_the_seed_alone(void **state)
{
	static uint32_t a[N], b[N];

	(void)state;
	shuffle_fill(a, N, 7);
	shuffle_fill(b, N, 7);
	assert_memory_equal(a, b, sizeof(a));
	shuffle_fill(b, N, 8);
	assert_memory_not_equal(a, b, sizeof(a));
}

/* What another machine, compiler or version gives must be this, or old figures are no match. */
static void never_changes(void **state)
{
	static const uint32_t expected[] = { 4, 6, 0, 5, 7, 1, 2, 3 };
	uint32_t order[8];

	(void)state;
	shuffle_fill(order, 8, 20240607);
	assert_memory_equal(order, expected, sizeof(order));
}

static void little_ones(void **state)
{
	uint32_t order[2] = { 9, 9 };

	(void)state;
	shuffle_fill(order, 0, 1);
	assert_int_equal(order[0], 9);
	shuffle_fill(order, 1, 1);
	assert_int_equal(order[0], 0);
	assert_int_equal(order[1], 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_a_permutation),
		cmocka_unit_test(depends_on_the_seed_alone),
		cmocka_unit_test(never_changes),
		cmocka_unit_test(little_ones),
	};

	return cmocka_run_group_tests_name("shuffle", tests, NULL, NULL);
}
