// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/params: bounds, sweeps, the order of cells, JSON there and back. */
#include <errno.h>

#include "lib/cleanup.h"
#include "lib/params.h"
#include "tests/unit/unit.h"

static const char *const children[] = { "exit", "exec", NULL };

static const struct param_desc descs[] = {
	{ "folio", PARAM_FOLIO, "size of the folios", "4K,64K", 4096, 2 << 20, NULL, 0 },
	{ "size", PARAM_SIZE, "bytes mapped", "8M", 4096, 1 << 30, NULL, 0 },
	{ "children", PARAM_UINT, "how many", "1", 1, 5, NULL, 0 },
	{ "child", PARAM_ENUM, "what it does", "exit", 0, 0, children, 0 },
	{ 0 },
};

static void parses_each_type(void **state)
{
	struct param_value v;

	(void)state;
	assert_int_equal(param_parse(&descs[0], "65536", &v, NULL), 0);
	assert_int_equal(v.num, 65536);
	assert_string_equal(v.text, "64K"); /* canonical, whatever was typed */
	assert_int_equal(param_parse(&descs[1], "12K", &v, NULL), 0);
	assert_int_equal(param_parse(&descs[2], "5", &v, NULL), 0);
	assert_int_equal(param_parse(&descs[3], "exec", &v, NULL), 0);
	assert_int_equal(v.num, 1);
	assert_string_equal(v.text, "exec");
}

static void refuses_with_the_bounds(void **state)
{
	struct param_value v;
	struct error e;

	(void)state;
	assert_int_equal(param_parse(&descs[0], "12K", &v, &e), -EINVAL);
	assert_string_equal(
		e.msg, "folio=12K: wants a size from 4K to 2M, a power of two, 2M-pmd, or all");
	assert_int_equal(param_parse(&descs[0], "2K", &v, &e), -EINVAL);
	assert_int_equal(param_parse(&descs[0], "4M", &v, &e), -EINVAL);
	assert_int_equal(param_parse(&descs[0], "0", &v, &e), -EINVAL);
	assert_int_equal(param_parse(&descs[1], "2G", &v, &e), -EINVAL);
	assert_string_equal(e.msg, "size=2G: wants a size from 4K to 1G");
	assert_int_equal(param_parse(&descs[2], "6", &v, &e), -EINVAL);
	assert_string_equal(e.msg, "children=6: wants a number from 1 to 5");
	assert_int_equal(param_parse(&descs[3], "die", &v, &e), -EINVAL);
	assert_string_equal(e.msg, "child=die: wants one of exit, exec");
	assert_int_equal(param_parse(&descs[3], "", &v, &e), -EINVAL);
}

static void folio_sizes_mapped_by_pmds(void **state)
{
	struct strv words = { 0 };
	struct param_set *sets;
	struct param_value v;
	struct error e;
	size_t n;

	(void)state;
	assert_int_equal(param_parse(&descs[0], "2M-pmd", &v, &e), 0);
	assert_int_equal(v.num, 2 << 20);
	assert_true(v.pmd_mapped);
	assert_string_equal(v.text, "2M-pmd");
	assert_int_equal(param_parse(&descs[0], "2M", &v, &e), 0);
	assert_false(v.pmd_mapped);
	assert_int_equal(param_parse(&descs[0], "64K-pmd", &v, &e), -EINVAL);
	assert_int_equal(param_parse(&descs[0], "-pmd", &v, &e), -EINVAL);
	strv_add(&words, "folio=2M-pmd,all");
	assert_int_equal(params_expand(descs, &words, &sets, &n, &e), -EINVAL);
	assert_string_equal(e.msg, "folio=2M-pmd,all: all is to stand alone");
	strv_release(&words);
	strv_add(&words, "folio=all");
	assert_int_equal(params_expand(descs, &words, &sets, &n, &e), 0);
	for (size_t i = 0; i < n; i += n / 11)
		assert_int_equal(sets[i].v[0].num,
				 i * 11 / n < 10 ? 4096 << (i * 11 / n) : 2 << 20);
	assert_string_equal(sets[n - 1].v[0].text, "2M-pmd");
	free(sets);
	strv_release(&words);
}

static void params_without_defaults_are_there_when_asked_for(void **state)
{
	static const struct param_desc table[] = {
		{ .name = "n", .type = PARAM_UINT, .defaults = "1", .min = 1, .max = 9 },
		{ .name = "node", .type = PARAM_UINT, .max = 9 },
		{ 0 },
	};
	struct strv words = { 0 };
	struct param_set *sets, again;
	struct error e;
	json_t *obj;
	size_t n;

	(void)state;
	assert_int_equal(params_expand(table, &words, &sets, &n, &e), 0);
	assert_int_equal(n, 1);
	assert_int_equal(sets[0].n, 1);
	assert_null(param_maybe(&sets[0], "node"));
	obj = params_to_json(&sets[0]);
	assert_int_equal(params_from_json(table, obj, &again, &e), 0);
	assert_int_equal(again.n, 1);
	json_decref(obj);
	free(sets);
	strv_add(&words, "node=0,3");
	assert_int_equal(params_expand(table, &words, &sets, &n, &e), 0);
	assert_int_equal(n, 2);
	assert_int_equal(param_maybe(&sets[1], "node")->num, 3);
	obj = params_to_json(&sets[1]);
	assert_int_equal(params_from_json(table, obj, &again, &e), 0);
	assert_int_equal(param_num(&again, "node"), 3);
	json_decref(obj);
	free(sets);
	strv_release(&words);
}

static void refuses_what_is_no_multiple(void **state)
{
	const struct param_desc size = {
		.name = "size",
		.type = PARAM_SIZE,
		.min = 2 << 20,
		.max = 1 << 30,
		.step = 2 << 20,
	};
	struct param_value v;
	struct error e;

	(void)state;
	assert_int_equal(param_parse(&size, "6M", &v, &e), 0);
	assert_int_equal(param_parse(&size, "3M", &v, &e), -EINVAL);
	assert_string_equal(e.msg, "size=3M: wants a size from 2M to 1G, a multiple of 2M");
}

static void expands_last_fastest(void **state)
{
	struct strv assign __strv = { 0 };
	struct param_set *sets __free = NULL;
	size_t n;

	(void)state;
	strv_add(&assign, "child=exit,exec");
	strv_add(&assign, "unknown=1");	 /* of another case: skipped */
	strv_add(&assign, "folioX=16K"); /* a name that only starts alike */
	assert_int_equal(params_expand(descs, &assign, &sets, &n, NULL), 0);
	assert_int_equal(n, 4);
	assert_string_equal(param_text(&sets[0], "folio"), "4K");
	assert_string_equal(param_text(&sets[0], "child"), "exit");
	assert_string_equal(param_text(&sets[1], "child"), "exec");
	assert_string_equal(param_text(&sets[2], "folio"), "64K");
	assert_int_equal(param_num(&sets[3], "size"), 8 << 20);
}

static void last_assignment_wins(void **state)
{
	struct strv assign __strv = { 0 };
	struct param_set *sets __free = NULL;
	size_t n;

	(void)state;
	strv_add(&assign, "folio=4K,16K,64K");
	strv_add(&assign, "folio=2M");
	assert_int_equal(params_expand(descs, &assign, &sets, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_string_equal(param_text(sets, "folio"), "2M");
}

static void bad_assignments_leave_nothing(void **state)
{
	static const char *const bad[] = { "folio=4K,3K", "folio=", "folio=,", "children=0" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct strv assign __strv = { 0 };
		struct param_set *sets = NULL;
		struct error e = { "" };
		size_t n = 7;

		strv_add(&assign, bad[i]);
		assert_int_equal(params_expand(descs, &assign, &sets, &n, &e), -EINVAL);
		assert_null(sets);
		assert_int_equal(n, 0);
		assert_true(e.msg[0]);
	}
}

static void no_params_is_one_cell(void **state)
{
	struct param_set *sets __free = NULL;
	size_t n;

	(void)state;
	assert_int_equal(params_expand(NULL, NULL, &sets, &n, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(sets[0].n, 0);
}

static void json_there_and_back(void **state)
{
	struct param_set *sets __free = NULL;
	struct param_set back;
	json_t *j __json = NULL;
	char *line __free = NULL;
	size_t n;

	(void)state;
	assert_int_equal(params_expand(descs, NULL, &sets, &n, NULL), 0);
	j = params_to_json(&sets[1]);
	line = json_line(j);
	assert_string_equal(
		line, "{\"folio\":\"64K\",\"size\":\"8M\",\"children\":\"1\",\"child\":\"exit\"}");
	assert_int_equal(params_from_json(descs, j, &back, NULL), 0);
	assert_memory_equal(&back.v[0].num, &sets[1].v[0].num, sizeof(back.v[0].num));
	assert_string_equal(back.v[3].text, "exit");
}

static void json_must_be_complete(void **state)
{
	json_t *j __json = json_pack("{s:s}", "folio", "64K");
	struct param_set set;
	struct error e;

	(void)state;
	assert_int_equal(params_from_json(descs, j, &set, &e), -EINVAL);
	assert_contains(e.msg, "size");
	json_object_set_new(j, "size", json_integer(4096)); /* text is the contract */
	assert_int_equal(params_from_json(descs, j, &set, &e), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_each_type),
		cmocka_unit_test(refuses_with_the_bounds),
		cmocka_unit_test(folio_sizes_mapped_by_pmds),
		cmocka_unit_test(params_without_defaults_are_there_when_asked_for),
		cmocka_unit_test(refuses_what_is_no_multiple),
		cmocka_unit_test(expands_last_fastest),
		cmocka_unit_test(last_assignment_wins),
		cmocka_unit_test(bad_assignments_leave_nothing),
		cmocka_unit_test(no_params_is_one_cell),
		cmocka_unit_test(json_there_and_back),
		cmocka_unit_test(json_must_be_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
