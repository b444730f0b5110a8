// SPDX-License-Identifier: GPL-2.0-or-later
/* bench/shuffle: each page once, not in order, and the same on every boot. */
#include "bench/shuffle.h"
#include "lib/cleanup.h"
#include "lib/strbuf.h"
#include "tests/unit/unit.h"

static void each_page_comes_once(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 5, 512, 513, 1024, 2048, 100000 };

	(void)state;
	for (size_t k = 0; k < ARRAY_SIZE(sizes); k++) {
		size_t n = sizes[k];
		unsigned char *seen __free = xcalloc(n, 1);
		struct shuffle s;

		shuffle_begin(&s, n, k);
		for (size_t i = 0; i < 2 * n; i++) {
			size_t at = shuffle_next(&s);

			assert_in_range(at, 0, n - 1);
			assert_int_equal(seen[at], i / n);
			seen[at]++;
		}
	}
}

/* Steps to a near page, and up and down in turn, are what "at random" is not. */
static void nothing_is_in_order(void **state)
{
	size_t n = 4096, near = 0, odd = 0, last = 0, differ = 0;
	struct shuffle s, other;

	(void)state;
	shuffle_begin(&s, n, 1);
	shuffle_begin(&other, n, 2);
	for (size_t i = 0; i < n; i++) {
		size_t at = shuffle_next(&s);

		near += at - last + 16 <= 32;
		odd += (at ^ i) & 1;
		differ += at != shuffle_next(&other);
		last = at;
	}
	assert_in_range(near, 0, n / 64);
	assert_in_range(odd, n / 4, 3 * n / 4);
	assert_in_range(differ, n - n / 64, n);
}

/* What another machine, compiler or version gives must be this, or old figures are no match. */
static void never_changes(void **state)
{
	static const size_t expected[8] = { 3, 7, 4, 0, 6, 2, 1, 5 };
	struct shuffle s;

	(void)state;
	shuffle_begin(&s, 8, 20240607);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(shuffle_next(&s), expected[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_page_comes_once),
		cmocka_unit_test(nothing_is_in_order),
		cmocka_unit_test(never_changes),
	};

	return cmocka_run_group_tests_name("shuffle", tests, NULL, NULL);
}
