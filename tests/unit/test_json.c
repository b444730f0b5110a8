// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/json: stable text, numbers that survive, refusals. */
#include <errno.h>
#include <math.h>

#include "lib/cleanup.h"
#include "lib/json.h"
#include "tests/unit/unit.h"

static void line_keeps_insertion_order(void **state)
{
	json_t *j __json = json_pack("{s:i,s:i}", "z", 1, "a", 2);
	char *line __free = json_line(j), *canonical __free = json_canonical(j);

	(void)state;
	assert_string_equal(line, "{\"z\":1,\"a\":2}");
	assert_string_equal(canonical, "{\"a\":2,\"z\":1}");
}

static void text_with_newlines_stays_one_line(void **state)
{
	json_t *j __json = json_pack("{s:s}", "why", "a\nb\t\"c\"");
	char *line __free = json_line(j);

	(void)state;
	assert_null(strchr(line, '\n'));
}

static void reals_survive(void **state)
{
	static const double values[] = { 0.1, -0.821, 1.0 / 3, 123456789.125, 5e-9 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		json_t *j __json = json_real(values[i]), *back __json = NULL;
		char *line __free = json_line(j);
		char *object __free = xasprintf("{\"x\":%s}", line);

		back = json_parse(object, strlen(object), NULL);
		assert_non_null(back);
		assert_true(fabs(json_real_value(json_object_get(back, "x")) - values[i]) <=
			    fabs(values[i]) * 1e-11);
	}
}

static void refuses_what_is_not_json(void **state)
{
	static const char *const bad[] = { "",	       "{",	  "{}x", "{\"a\":1,\"a\":2}",
					   "nonsense", "{\"a\":}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct error e = { "" };

		if (json_parse(bad[i], strlen(bad[i]), &e))
			fail_msg("'%s' was not refused", bad[i]);
		assert_contains(e.msg, "not JSON");
	}
}

static void length_counts_not_the_nul(void **state)
{
	json_t *j __json = json_parse("{\"a\":1}trailing", 7, NULL);

	(void)state;
	assert_non_null(j);
	assert_int_equal(json_integer_value(json_object_get(j, "a")), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_keeps_insertion_order),
		cmocka_unit_test(text_with_newlines_stays_one_line),
		cmocka_unit_test(reals_survive),
		cmocka_unit_test(refuses_what_is_not_json),
		cmocka_unit_test(length_counts_not_the_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
