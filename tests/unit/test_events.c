// SPDX-License-Identifier: GPL-2.0-or-later
/* Names of events that can be counted. */
#include <errno.h>
#include <linux/perf_event.h>

#include "bench/events.h"
#include "lib/cleanup.h"
#include "tests/unit/unit.h"

static void plain_names(void **state)
{
	struct event event;

	(void)state;
	assert_int_equal(event_find("cycles", &event, NULL), 0);
	assert_int_equal(event.type, PERF_TYPE_HARDWARE);
	assert_int_equal(event.config, PERF_COUNT_HW_CPU_CYCLES);
	assert_false(event.exclude_user || event.exclude_kernel);
	assert_int_equal(event_find("instructions:k", &event, NULL), 0);
	assert_true(event.exclude_user && !event.exclude_kernel);
	assert_int_equal(event_find("instructions:u", &event, NULL), 0);
	assert_true(!event.exclude_user && event.exclude_kernel);
	/* as /sys/bus/event_source and perf_event_open(2) have it: cache, operation, result */
	assert_int_equal(event_find("dTLB-store-misses", &event, NULL), 0);
	assert_int_equal(event.type, PERF_TYPE_HW_CACHE);
	assert_int_equal(event.config, 0x10103);
	/* no name is taken for another one that it begins with */
	assert_int_equal(event_find("branch-misses", &event, NULL), 0);
	assert_int_equal(event.config, PERF_COUNT_HW_BRANCH_MISSES);
	assert_int_equal(event_find("dTLB-load-misses", &event, NULL), 0);
	assert_int_equal(event.config, 0x10003);
}

static void tracepoints(void **state)
{
	struct event event;

	(void)state;
	assert_int_equal(event_find("exceptions:page_fault_user", &event, NULL), 0);
	assert_int_equal(event.type, PERF_TYPE_TRACEPOINT);
	assert_int_equal(event_find("tlb:tlb_flush", &event, NULL), 0);
	assert_int_equal(event.type, PERF_TYPE_TRACEPOINT);
}

static void what_is_no_event(void **state)
{
	static const char *const bad[] = { "",		"nothing", "cycles:", "cycles:x",
					   "cycles:uk", "tlb:",	   ":x",      "../../a:b",
					   "a:../b",	"a:b:c",   "a b:c" };
	struct error e = { "" };
	struct event event;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (event_find(bad[i], &event, &e) != -EINVAL)
			fail_msg("'%s' is taken", bad[i]);
		assert_contains(e.msg, "there are tracepoints as SYSTEM:NAME");
	}
}

static void lists(void **state)
{
	struct strv names __strv = { 0 };
	struct error e = { "" };

	(void)state;
	assert_int_equal(events_parse("cycles,tlb:tlb_flush,cycles", &names, &e), 0);
	assert_int_equal(events_parse("tlb:tlb_flush", &names, &e), 0);
	assert_int_equal(names.n, 2);
	assert_string_equal(names.v[1], "tlb:tlb_flush");
	assert_int_equal(events_parse("", &names, &e), -EINVAL);
	assert_int_equal(events_parse("cycles,none", &names, &e), -EINVAL);
	assert_contains(e.msg, "no event 'none'");
}

static void a_tracepoint_that_is_not_there(void **state)
{
	uint64_t id = 7;
	int rc = event_tracepoint("foliobench:nothing", &id);

	(void)state;
	assert_true(rc == -ENOENT || rc == -EACCES);
	assert_int_equal(id, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_names),
		cmocka_unit_test(tracepoints),
		cmocka_unit_test(what_is_no_event),
		cmocka_unit_test(lists),
		cmocka_unit_test(a_tracepoint_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
