// SPDX-License-Identifier: GPL-2.0-or-later
/* bench/clock: time goes on; instructions are not claimed where they are not counted. */
#include <errno.h>
#include <time.h>

#include "bench/bench.h"
#include "bench/clock.h"
#include "tests/unit/unit.h"

static void nanoseconds_pass(void **state)
{
	struct timespec nap = { .tv_nsec = 20000000 };
	struct clock_info info;
	uint64_t start, ticks;

	(void)state;
	assert_int_equal(clock_use(CLOCK_UNIT_NS, &info, NULL), 0);
	assert_true(info.overhead <= info.overhead_typical);
	assert_true(info.overhead_typical < 100000);
	assert_null(info.proof[0].loop);
	start = bench_clock();
	nanosleep(&nap, NULL);
	ticks = bench_clock() - start;
	assert_true(ticks >= 19000000); /* RAW is not slewed: a little less may be right */
	assert_true(ticks < 5000000000u);
}

static void real_cpu_does_not_count_instructions(void **state)
{
	struct clock_info info;
	struct error e = { "" };
	uint64_t start;

	(void)state;
	assert_int_equal(clock_use(CLOCK_UNIT_NS, &info, NULL), 0);
	assert_int_equal(clock_use(CLOCK_UNIT_INSN, &info, &e), -EOPNOTSUPP);
	assert_contains(e.msg, "insn");
	start = bench_clock(); /* still nanoseconds */
	assert_true(bench_clock() - start < 1000000000u);
}

static void waiting_for_a_tick_ends(void **state)
{
	struct timespec before, after;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &before);
	clock_wait_tick();
	clock_gettime(CLOCK_MONOTONIC_COARSE, &after);
	assert_true(before.tv_sec != after.tv_sec || before.tv_nsec != after.tv_nsec);
}

static void unit_names(void **state)
{
	enum clock_unit unit;

	(void)state;
	assert_int_equal(clock_unit_parse("insn", &unit), 0);
	assert_string_equal(clock_unit_name(unit), "insn");
	assert_int_equal(clock_unit_parse("ns", &unit), 0);
	assert_string_equal(clock_unit_name(unit), "ns");
	assert_int_equal(clock_unit_parse("cycles", &unit), -EINVAL);
	assert_int_equal(clock_unit_parse(NULL, &unit), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nanoseconds_pass),
		cmocka_unit_test(real_cpu_does_not_count_instructions),
		cmocka_unit_test(waiting_for_a_tick_ends),
		cmocka_unit_test(unit_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
