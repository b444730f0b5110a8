// SPDX-License-Identifier: GPL-2.0-or-later
/* What users without root lack: from the records to lines, and cells in words. */
#include "plots/format.h"
#include "results/labels.h"
#include "results/summary.h"
#include "tests/unit/fake_run.h"

static json_t *object(const char *text)
{
	struct error e = { "" };
	json_t *obj = json_parse(text, strlen(text), &e);

	if (!obj)
		fail_msg("%s: %s", text, e.msg);
	return obj;
}

/* CHOSEN has an "x" for each cell that is. */
static void expect_label(const struct label_cell *cells, size_t n, const char *chosen, bool by_case,
			 const char *expected)
{
	struct label_cell *copy __free = xcalloc(n, sizeof(*copy));
	char *label __free = NULL;

	memcpy(copy, cells, n * sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i].chosen = chosen[i] == 'x';
	label = labels_of(copy, n, by_case);
	assert_string_equal(label, expected);
}

static void cells_in_words(void **state)
{
	struct label_cell cells[] = {
		{ "null", object("{\"ops\":\"1000\"}"), false },
		{ "cow", object("{\"folio\":\"16K\",\"write\":\"byte\",\"size\":\"8M\"}"), false },
		{ "cow", object("{\"folio\":\"16K\",\"write\":\"page\",\"size\":\"8M\"}"), false },
		{ "cow", object("{\"folio\":\"64K\",\"write\":\"byte\",\"size\":\"8M\"}"), false },
		{ "cow", object("{\"folio\":\"64K\",\"write\":\"page\",\"size\":\"8M\"}"), false },
		{ "cell 7 of the plan", NULL, false },
	};
	size_t n = ARRAY_SIZE(cells);

	(void)state;
	expect_label(cells, n, "------", true, "");
	expect_label(cells, n, "xxxxx-", true, "null, cow");
	expect_label(cells, n, "xxxxx-", false, "null ops=1000, cow");
	expect_label(cells, n, "-x-x--", true, "cow write=byte");
	expect_label(cells, n, "---xx-", true, "cow folio=64K");
	/* no combination of values: each by itself */
	expect_label(cells, n, "-x--x-", true,
		     "cow folio=16K write=byte, cow folio=64K write=page");
	expect_label(cells, n, "-----x", false, "cell 7 of the plan");
	for (size_t i = 0; i < n; i++)
		json_decref(cells[i].params);
}

static void cases_with_the_same_values_share_them(void **state)
{
	struct label_cell cells[] = {
		{ "fork", object("{\"folio\":\"4K\"}"), false },
		{ "fork", object("{\"folio\":\"64K\"}"), false },
		{ "fault", object("{\"folio\":\"64K\"}"), false },
		{ "cow", object("{\"folio\":\"4K\"}"), false },
		{ "cow", object("{\"folio\":\"64K\"}"), false },
		{ "zap", object("{\"folio\":\"4K\"}"), false },
		{ "zap", object("{\"folio\":\"16K\"}"), false },
	};
	size_t n = ARRAY_SIZE(cells);

	(void)state;
	expect_label(cells, n, "-xx-x-x", false, "folio=64K of fork, fault, cow; zap folio=16K");
	expect_label(cells, n, "-x--xxx", true, "folio=64K of fork, cow; zap");
	expect_label(cells, n, "xxx-x-x", true, "fork, fault, cow folio=64K, zap folio=16K");
	for (size_t i = 0; i < n; i++)
		json_decref(cells[i].params);
}

#define LACKS_FRAMES "not proven: frame numbers and page flags"
#define LACKS_FIFO   "not arranged: real-time priority"

/* A boot as a user's: LACKS is a JSON list for the cells that are measured. */
static void user_boot(struct store *s, int64_t run, const char *name, char hash, const char *lacks)
{
	struct fake_boot b = fake_boot(s, run, name, hash, 0, "ns");
	static const char *const cases[] = { "fork", "cow" };
	int cell = 0;

	for (size_t i = 0; i < 2; i++) {
		fake_cell(&b, cell, cases[i], "{\"folio\":\"4K\",\"size\":\"8M\"}", "");
		for (int n = 0; n < 2; n++)
			fake_line(&b,
				  "{\"t\":\"sample\",\"cell\":%d,\"n\":%d,\"state\":\"ok\","
				  "\"values\":{\"per_page\":5},\"evidence\":{}%s%s}",
				  cell, n, n ? "" : ",\"lacks\":", n ? "" : lacks);
		cell++;
		fake_cell(&b, cell, cases[i], "{\"folio\":\"64K\",\"size\":\"8M\"}", "");
		fake_line(&b,
			  "{\"t\":\"skip\",\"cell\":%d,\"why\":\"64K folios are off\","
			  "\"not_permitted\":true}",
			  cell++);
	}
	fake_end(&b, "ok", "");
}

static void one_line_for_many_cells(void **state)
{
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "local");
	struct error e = { "" };
	struct summary sum;

	(void)state;
	user_boot(s, run, "running", 'a', "[\"" LACKS_FIFO "\",\"" LACKS_FRAMES "\"]");
	assert_int_equal(store_run_end(s, run, "complete", &e), 0);
	assert_int_equal(summary_load(s, NULL, 0, run, &sum, &e), 0);
	assert_int_equal(sum.lacks.n, 1);
	assert_string_equal(sum.lacks.v[0], "fork, cow: " LACKS_FIFO "; " LACKS_FRAMES);
	assert_int_equal(sum.warnings.n, 1);
	assert_string_equal(sum.warnings.v[0], "folio=64K of fork, cow: skipped on running:"
					       " 64K folios are off");
	/* it is the user's lack and no failure to measure */
	assert_int_equal(sum.n_skipped, 0);
	for (size_t i = 0; i < sum.n_cells; i++) {
		const struct series *series = &sum.cells[i].series[0];

		assert_int_equal(series->not_permitted, !series->n_boots);
		assert_int_equal(json_array_size(series->lacks), series->n_boots ? 2 : 0);
	}
	summary_release(&sum);
	store_close(s);
	scratch_remove(dir);
}

static void kernels_are_told_apart(void **state)
{
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "local");
	struct error e = { "" };
	struct summary sum;
	json_t *json, *kernels;

	(void)state;
	user_boot(s, run, "one", 'a', "[\"" LACKS_FIFO "\"]");
	user_boot(s, run, "two", 'b', "[\"" LACKS_FRAMES "\"]");
	user_boot(s, run, "three", 'c', "[]");
	assert_int_equal(summary_load(s, NULL, 0, run, &sum, &e), 0);
	assert_int_equal(sum.lacks.n, 2);
	assert_string_equal(sum.lacks.v[0], "fork, cow on one: " LACKS_FIFO);
	assert_string_equal(sum.lacks.v[1], "fork, cow on two: " LACKS_FRAMES);
	json = summary_to_json(&sum);
	kernels = json_object_get(json_array_get(json_object_get(json, "cells"), 0), "kernels");
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(json_array_get(kernels, 1), "lacks"), 0)),
			    LACKS_FRAMES);
	json_decref(json);
	summary_release(&sum);
	store_close(s);
	scratch_remove(dir);
}

/* Whatever a stream of unknown origin has in its place. */
static void odd_lists_do_no_harm(void **state)
{
	static const char *const odd[] = { "null", "7", "{}", "[7,null,{}]", "[[\"a\"]]" };
	char *dir = scratch_make();
	struct store *s = fake_open(dir);
	struct error e = { "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		int64_t run = fake_run(s, "local");
		struct summary sum;

		user_boot(s, run, "running", 'a', odd[i]);
		assert_int_equal(summary_load(s, NULL, 0, run, &sum, &e), 0);
		for (size_t j = 0; j < sum.lacks.n; j++)
			assert_null(strstr(sum.lacks.v[j], "null"));
		summary_release(&sum);
	}
	store_close(s);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_in_words),
		cmocka_unit_test(cases_with_the_same_values_share_them),
		cmocka_unit_test(one_line_for_many_cells),
		cmocka_unit_test(kernels_are_told_apart),
		cmocka_unit_test(odd_lists_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
