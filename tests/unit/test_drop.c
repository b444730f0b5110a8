// SPDX-License-Identifier: GPL-2.0-or-later
/* bench/drop: which pages each part takes away, by whichever calls; holes that are taken again. */
#include <sys/mman.h>
#include <unistd.h>

#include "bench/drop.h"
#include "tests/unit/unit.h"

#define K (size_t)1024
#define M (1024 * K)

static struct region region_of(size_t size, size_t folio)
{
	return (struct region){
		.size = size,
		.page = 4 * K,
		.pages = size / (4 * K),
		.folio = folio,
		.folio_pages = folio / (4 * K),
	};
}

/* The calls and drop_keeps() must say the same of every page; returns how many go. */
static size_t dropped(const struct drop *d, const struct region *r)
{
	size_t n = 0, called = 0;

	for (size_t i = 0; i < r->pages; i++) {
		bool hit = false;

		for (size_t k = 0; k < d->calls; k++) {
			size_t from = d->from + k * d->step;

			hit |= i * r->page >= from && i * r->page < from + d->len;
		}
		assert_int_equal(hit, !drop_keeps(d, r, i));
		n += !drop_keeps(d, r, i);
	}
	called = d->calls * d->len / r->page;
	assert_int_equal(n, called); /* no page twice */
	assert_int_equal(n, d->pages);
	assert_true(d->from + (d->calls - 1) * d->step + d->len <= r->size);
	return n;
}

static void parts_of_a_folio(void **state)
{
	static const struct {
		enum drop_part part;
		size_t folio, calls, pages;
	} cases[] = {
		{ DROP_ALL, 64 * K, 1, 512 },
		{ DROP_ALL, 4 * K, 1, 512 },
		{ DROP_INNER, 64 * K, 1, 510 },
		{ DROP_INNER, 2 * M, 1, 510 },
		{ DROP_HALF, 64 * K, 32, 256 },
		{ DROP_LAST_HALF, 64 * K, 32, 256 },
		{ DROP_HALF, 2 * M, 1, 256 },
		{ DROP_ALTERNATE, 64 * K, 256, 256 },
		{ DROP_FIRST, 64 * K, 32, 32 },
		{ DROP_REST, 64 * K, 32, 480 },
		{ DROP_FOLIOS, 64 * K, 16, 256 },
		{ DROP_REST, 16 * K, 128, 384 },
		/* single pages go by pairs */
		{ DROP_HALF, 4 * K, 256, 256 },
		{ DROP_LAST_HALF, 4 * K, 256, 256 },
		{ DROP_FIRST, 4 * K, 256, 256 },
		{ DROP_REST, 4 * K, 256, 256 },
		{ DROP_ALTERNATE, 4 * K, 256, 256 },
		{ DROP_FOLIOS, 4 * K, 256, 256 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct region r = region_of(2 * M, cases[i].folio);
		struct drop d;

		assert_true(drop_plan(cases[i].part, r.size, r.folio, r.page, &d));
		assert_int_equal(d.calls, cases[i].calls);
		assert_int_equal(dropped(&d, &r), cases[i].pages);
	}
}

static void which_end_of_the_folio(void **state)
{
	struct region r = region_of(2 * M, 64 * K);
	struct drop d;

	(void)state;
	assert_true(drop_plan(DROP_HALF, r.size, r.folio, r.page, &d));
	assert_false(drop_keeps(&d, &r, 16));
	assert_true(drop_keeps(&d, &r, 31));
	assert_true(drop_plan(DROP_LAST_HALF, r.size, r.folio, r.page, &d));
	assert_true(drop_keeps(&d, &r, 16));
	assert_false(drop_keeps(&d, &r, 31));
	assert_true(drop_plan(DROP_REST, r.size, r.folio, r.page, &d));
	assert_true(drop_keeps(&d, &r, 16));
	assert_false(drop_keeps(&d, &r, 17));
}

/* One folio has no other one to stay. */
static void too_few_folios(void **state)
{
	struct drop d;

	(void)state;
	assert_false(drop_plan(DROP_FOLIOS, 2 * M, 2 * M, 4 * K, &d));
	assert_true(drop_plan(DROP_FOLIOS, 4 * M, 2 * M, 4 * K, &d));
	assert_int_equal(d.calls, 1);
}

/* A VMA that munmap() left is found, and what was unmapped cannot be taken by others any more. */
static void holes_are_taken(void **state)
{
	struct region r = region_of(2 * M, 64 * K);
	struct bench b = { 0 };
	struct drop d;
	size_t left = 99;

	(void)state;
	r.base = mmap(NULL, r.size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(r.base != MAP_FAILED);
	assert_true(drop_plan(DROP_LAST_HALF, r.size, r.folio, r.page, &d));
	for (size_t k = 0; k < d.calls; k++) {
		if (k != 5)
			assert_int_equal(munmap(drop_at(&d, &r, k), d.len), 0);
	}
	assert_int_equal(drop_occupy(&b, &r, &d, &left), 0);
	assert_int_equal(left, 1);
	assert_int_equal(drop_occupy(&b, &r, &d, &left), 0);
	assert_int_equal(left, d.calls);
	assert_int_equal(munmap(r.base, r.size), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_of_a_folio),
		cmocka_unit_test(which_end_of_the_folio),
		cmocka_unit_test(too_few_folios),
		cmocka_unit_test(holes_are_taken),
	};

	return cmocka_run_group_tests_name("drop", tests, NULL, NULL);
}
