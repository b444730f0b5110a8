// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of cases: what every reader of it relies on. */
#include <errno.h>

#include "bench/bench.h"
#include "tests/unit/unit.h"

#define case_for_each(c) for (const struct bench_case *const *c = bench_cases; *c; c++)

static void all_of_the_issue(void **state)
{
	static const char *const names[] = {
		"null",	     "fork",	   "cow",	   "cow-reuse",	    "munmap",
		"mprotect",  "pt-reclaim", "zap",	   "fault",	    "mremap",
		"allocator", "swap-cycle", "anon-cow-seq", "anon-cow-rand", "accounting",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct bench_case *bc = bench_case_find(names[i]);

		assert_non_null(bc);
		assert_string_equal(bc->name, names[i]);
	}
	assert_null(bench_case_find("cow-"));
	assert_null(bench_case_find(""));
}

static void names_are_unique(void **state)
{
	(void)state;
	case_for_each(c)
		assert_ptr_equal(bench_case_find((*c)->name), *c);
}

/* ticks / ops is filled in by the engine, so it must be the first and in ticks. */
static void first_metric_is_the_engines(void **state)
{
	(void)state;
	case_for_each(c) {
		const struct metric_desc *m = (*c)->metrics;
		bool shown = false;

		assert_non_null((*c)->run);
		assert_string_equal(m->unit, UNIT_TICKS);
		assert_int_equal(m->better, BETTER_LOWER);
		for (; m->name; m++) {
			shown |= m->headline && !strcmp(m->unit, UNIT_TICKS);
			assert_true(m->help && m->help[0]);
			for (const struct metric_desc *n = (*c)->metrics; n < m; n++)
				assert_string_not_equal(n->name, m->name);
		}
		assert_true(shown);
	}
}

/* Figures that are a difference of two counts, or of a count and a figure. */
static bool is_difference(const char *case_name, const char *metric)
{
	return (!strcmp(case_name, "pt-reclaim") && !strcmp(metric, "price")) ||
	       (!strcmp(case_name, "null") && !strcmp(metric, "per_sample"));
}

/* What is timed is counted too: a metric in ticks without a span would go unexplained. */
static void ticks_have_spans(void **state)
{
	(void)state;
	case_for_each(c) {
		const struct metric_desc *first = (*c)->metrics;

		assert_int_equal(bench_metric_span(*c, first), SPAN_RUN);
		for (const struct metric_desc *m = first; m->name; m++) {
			bool ticks = !strcmp(m->unit, UNIT_TICKS);
			int span = bench_metric_span(*c, m);

			if ((span >= 0) != (ticks && !is_difference((*c)->name, m->name)))
				fail_msg("%s: %s: span %d", (*c)->name, m->name, span);
			assert_true(span < SPANS_MAX);
		}
	}
}

/* The numbers that cases mark with are those of the rows: each constant is used for one row. */
static void spans_are_where_the_marks_say(void **state)
{
	static const struct {
		const char *name, *metric;
		int span;
	} own[] = {
		{ "fork", "exit_per_page", 3 },	    { "mprotect", "to_ro", 4 },
		{ "mprotect", "to_rw", 5 },	    { "swap-cycle", "per_page_out", 3 },
		{ "swap-cycle", "per_page_in", 4 }, { "allocator", "per_rest", 3 },
		{ "pt-reclaim", "refault", 11 },    { "pt-reclaim", "per_call_kept", 9 },
	};
	size_t apart = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		const struct bench_case *bc = bench_case_find(own[i].name);
		const struct metric_desc *m = bc->metrics;

		while (m->name && strcmp(m->name, own[i].metric) != 0)
			m++;
		assert_non_null(m->name);
		assert_int_equal(bench_metric_span(bc, m), own[i].span);
	}
	case_for_each(c)
		for (const struct metric_desc *m = (*c)->metrics; m->name; m++)
			apart += m->span == COUNTED_APART;
	assert_int_equal(apart, sizeof(own) / sizeof(own[0]));
}

/* Defaults parse within their own bounds; the sweep is the one of the issue. */
static void defaults_expand(void **state)
{
	(void)state;
	case_for_each(c) {
		struct param_set *cells = NULL;
		size_t n = 0;
		struct error e = { "" };

		if (params_expand((*c)->params, NULL, &cells, &n, &e))
			fail_msg("%s: %s", (*c)->name, e.msg);
		if (param_find((*c)->params, "folio", 5)) {
			assert_true(n >= 2);
			assert_true(n <= 15); /* a plain run of all cases stays short */
		}
		free(cells);
	}
}

/* A case is torn down also when its setup never ran. */
static void teardown_without_setup(void **state)
{
	(void)state;
	case_for_each(c) {
		struct bench b = { .bc = *c };

		if ((*c)->teardown)
			(*c)->teardown(&b);
		assert_null(b.state);
	}
}

/* A size that does not fit is the user's mistake, told before anything is changed. */
static void odd_size_is_a_usage_error(void **state)
{
	static const char *const args[] = { "size=3M", "span=3M", NULL };
	struct strv assignments = { (char **)args, 2 };
	struct error e;

	(void)state;
	case_for_each(c) {
		struct param_set *cells;
		size_t n;

		if (!param_find((*c)->params, "size", 4) && !param_find((*c)->params, "span", 4))
			continue;
		assert_int_equal(params_expand((*c)->params, &assignments, &cells, &n, &e),
				 -EINVAL);
		assert_contains(e.msg, "a multiple of 2M");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_the_issue),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(first_metric_is_the_engines),
		cmocka_unit_test(ticks_have_spans),
		cmocka_unit_test(spans_are_where_the_marks_say),
		cmocka_unit_test(defaults_expand),
		cmocka_unit_test(teardown_without_setup),
		cmocka_unit_test(odd_size_is_a_usage_error),
	};

	return cmocka_run_group_tests_name("cases", tests, NULL, NULL);
}
