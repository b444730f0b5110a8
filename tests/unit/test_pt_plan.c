// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench/pt_plan: which pages a walk drops. Every answer is compared with a walk done
 * page by page on an array.
 */
#include "bench/pt_plan.h"
#include "lib/cleanup.h"
#include "tests/unit/unit.h"

#define PAGE ((size_t)4096)
#define PER  (PT_SLOT / PAGE)

static struct pt_plan plan_of(enum pt_range range, size_t chunk, size_t slots, size_t off)
{
	return (struct pt_plan){
		.span = slots * PT_SLOT,
		.chunk = chunk,
		.page = PAGE,
		.touch = 64 << 10,
		.range = range,
		.off = off,
	};
}

/* Drops the pages of all calls from an array and compares each question with it. */
static void compare(const struct pt_plan *p)
{
	size_t pages = p->span / PAGE;
	unsigned char *dropped __free = xcalloc(pages, 1);

	for (size_t c = 0; c < pt_plan_calls(p); c++) {
		size_t from, to, first, end;

		pt_plan_call(p, c, &from, &to);
		pt_plan_reach(p, c, &first, &end);
		assert_true(from < to && to <= p->span);
		assert_true(first * PT_SLOT <= from && from < (first + 1) * PT_SLOT);
		assert_true(end * PT_SLOT >= to && to > (end - 1) * PT_SLOT);
		for (size_t at = from; at < to; at += PAGE) {
			assert_false(dropped[at / PAGE]); /* no page twice */
			dropped[at / PAGE] = 1;
		}
	}
	for (size_t i = 0; i < pages; i++)
		assert_int_equal(pt_plan_drops(p, pt_plan_calls(p), i * PAGE), dropped[i]);
	for (size_t s = 0; s < pt_plan_slots(p); s++) {
		size_t off = 0, stay = 0;
		bool safe = pt_plan_safe(p, s, &off);

		for (size_t i = s * PER; i < (s + 1) * PER; i++)
			stay += !dropped[i];
		assert_int_equal(safe, stay != 0);
		if (safe)
			assert_true(off / PT_SLOT == s && !dropped[off / PAGE]);
	}
}

static void each_range_is_what_it_says(void **state)
{
	static const size_t offs[] = { PAGE, 32 << 10, 64 << 10, 1 << 20, PT_SLOT - PAGE };
	static const size_t touches[] = { PAGE, 64 << 10, PT_SLOT };
	size_t compared = 0;

	(void)state;
	for (int range = PT_EXACT; range <= PT_CROSS; range++) {
		for (size_t chunk = PT_SLOT; chunk <= 4 * PT_SLOT; chunk *= 2) {
			for (size_t i = 0; i < ARRAY_SIZE(offs) * ARRAY_SIZE(touches); i++) {
				struct pt_plan p = plan_of((enum pt_range)range, chunk, 8,
							   offs[i / ARRAY_SIZE(touches)]);

				p.touch = touches[i % ARRAY_SIZE(touches)];
				if (pt_plan_refuses(&p, PAGE))
					continue;
				compare(&p);
				compared++;
			}
		}
	}
	assert_true(compared > 150);
}

/* Each by hand: a slot is 2 MiB. */
static void calls_by_hand(void **state)
{
	static const struct {
		enum pt_range range;
		size_t calls, from, to; /* of call 1 */
	} want[] = {
		{ PT_EXACT, 4, 4 << 20, 8 << 20 }, { PT_START, 4, 5 << 20, 8 << 20 },
		{ PT_END, 4, 4 << 20, 7 << 20 },   { PT_WITHIN, 4, 5 << 20, 7 << 20 },
		{ PT_CROSS, 3, 5 << 20, 9 << 20 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++) {
		struct pt_plan p = plan_of(want[i].range, 2 * PT_SLOT, 8, 1 << 20);
		size_t from, to;

		assert_null(pt_plan_refuses(&p, PAGE));
		assert_int_equal(pt_plan_calls(&p), want[i].calls);
		pt_plan_call(&p, 1, &from, &to);
		assert_int_equal(from, want[i].from);
		assert_int_equal(to, want[i].to);
	}
}

/* After some of the calls only what those drop is gone. */
static void the_first_calls_drop_less(void **state)
{
	struct pt_plan p = plan_of(PT_CROSS, PT_SLOT, 4, PAGE);

	(void)state;
	assert_false(pt_plan_drops(&p, 0, PAGE));
	assert_true(pt_plan_drops(&p, 1, PAGE));
	assert_true(pt_plan_drops(&p, 1, PT_SLOT));
	assert_false(pt_plan_drops(&p, 1, PT_SLOT + PAGE));
	assert_false(pt_plan_drops(&p, 3, 0));
}

static void nonsense_is_refused(void **state)
{
	struct pt_plan p = plan_of(PT_CROSS, PT_SLOT, 1, PAGE);

	(void)state;
	assert_contains(pt_plan_refuses(&p, PAGE), "next chunk");
	p = plan_of(PT_EXACT, 3 * PT_SLOT, 8, PAGE);
	assert_contains(pt_plan_refuses(&p, PAGE), "multiple of call");
	p = plan_of(PT_WITHIN, PT_SLOT, 8, 1 << 20);
	assert_contains(pt_plan_refuses(&p, PAGE), "both ends");
	p = plan_of(PT_START, PT_SLOT, 8, 64 << 10);
	assert_contains(pt_plan_refuses(&p, PAGE), "touch more");
	p = plan_of(PT_START, PT_SLOT, 8, 100);
	assert_contains(pt_plan_refuses(&p, PAGE), "page size");
	p = plan_of(PT_EXACT, PT_SLOT, 8, PAGE);
	p.guard = true;
	assert_null(pt_plan_refuses(&p, 64 << 10));
	assert_contains(pt_plan_refuses(&p, PT_SLOT), "guard");
}

/* The guard page is not for touching. */
static void a_guard_is_no_safe_page(void **state)
{
	struct pt_plan p = plan_of(PT_END, PT_SLOT, 2, 2 * PAGE);
	size_t off;

	(void)state;
	assert_true(pt_plan_safe(&p, 1, &off));
	assert_int_equal(off, 2 * PT_SLOT - PAGE);
	p.guard = true;
	assert_true(pt_plan_safe(&p, 1, &off));
	assert_int_equal(off, 2 * PT_SLOT - 2 * PAGE);
	p.off = PAGE;
	assert_false(pt_plan_safe(&p, 1, &off));
}

static void marks_differ(void **state)
{
	struct pt_plan p = plan_of(PT_EXACT, PT_SLOT, 2, PAGE);

	(void)state;
	assert_true(pt_plan_mark(&p, 0) != 0);
	assert_true(pt_plan_mark(&p, 0) != pt_plan_mark(&p, PAGE));
	assert_true(pt_plan_mark(&p, (size_t)1 << 46) != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_range_is_what_it_says), cmocka_unit_test(calls_by_hand),
		cmocka_unit_test(the_first_calls_drop_less),  cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(a_guard_is_no_safe_page),    cmocka_unit_test(marks_differ),
	};

	return cmocka_run_group_tests_name("pt_plan", tests, NULL, NULL);
}
