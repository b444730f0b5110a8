// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plots/distribution and plots/inside against tests/data/distribution-*: after a wanted change
 * FOLIOBENCH_UPDATE=1 build/tests/unit/test_distribution, then read the diff.
 */
#include <ctype.h>
#include <math.h>

#include "plots/format.h"
#include "plots/inside.h"
#include "tests/unit/fake_within.h"

struct fixture {
	char *dir;
	struct store *s;
	struct comparison c;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->dir = scratch_make();
	f->s = fake_open(f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	comparison_release(&f->c);
	store_close(f->s);
	scratch_remove(f->dir);
	free(f);
	return 0;
}

static void compare(struct fixture *f, const char *unit, const struct like *l)
{
	const struct compare_query q = { .baseline = "knockouts", .patched = "stock" };
	struct error e = { "" };

	put_run(f->s, unit, l);
	if (compare_load(f->s, &q, &f->c, &e))
		fail_msg("%s", e.msg);
}

/* What FORMAT writes, none of it wider than a screen; caller frees. */
static char *render(const struct comparison *c, const char *format)
{
	struct error e = { "" };
	char *text = NULL;
	size_t len, line = 0;
	FILE *out = open_memstream(&text, &len);

	if (format_find(format)->write(c, out, &e))
		fail_msg("%s: %s", format, e.msg);
	fclose(out);
	for (size_t i = 0; i < len; i++) {
		line = text[i] == '\n' ? 0 : line + 1;
		assert_true(line <= 100);
		assert_true(text[i] == '\n' || isprint((unsigned char)text[i]));
		assert_false(i && text[i] == '\n' && text[i - 1] == ' ');
	}
	return text;
}

/* As one line, with one blank between words; for sentences that are wrapped. */
static char *unwrapped(char *text)
{
	size_t n = 0;

	for (size_t i = 0; text[i]; i++) {
		if (!isspace((unsigned char)text[i]))
			text[n++] = text[i];
		else if (n && text[n - 1] != ' ')
			text[n++] = ' ';
	}
	text[n] = '\0';
	return text;
}

static void golden(const struct comparison *c, const char *format, const char *name)
{
	char *path __free = xasprintf("%s/%s", TEST_DATA_DIR, name);
	char *text __free = render(c, format);
	struct strbuf want __strbuf = { 0 };
	struct error e = { "" };

	if (getenv("FOLIOBENCH_UPDATE")) {
		assert_int_equal(fs_write(path, text, strlen(text), &e), 0);
		return;
	}
	if (fs_read(path, &want, &e))
		fail_msg("%s", e.msg);
	if (strcmp(strbuf_str(&want), text) != 0)
		fail_msg("%s differs from:\n%s", path, text);
}

/* Warm-up, drift and place at once, of a kernel that is twice as fast. */
static void writes_what_is_inside(void **state)
{
	static const struct like l = { 1.2, 0.06, 0.9, 24 };
	struct fixture *f = *state;

	compare(f, "ns", &l);
	golden(&f->c, "distribution", "distribution-ns.txt");
	golden(&f->c, "distribution-all", "distribution-ns.all.txt");
}

static void says_it_below_tables_and_in_letters(void **state)
{
	static const struct like l = { 1.2, 0.06, 0.9, 24 };
	struct fixture *f = *state;
	char *table, *letter;

	compare(f, "ns", &l);
	table = unwrapped(render(&f->c, "table"));
	letter = unwrapped(render(&f->c, "cover-letter"));
	assert_contains(table, "Warm-up: in 4 of 4 rows the first samples of each boot");
	assert_contains(table,
			"Drift from the first to the last sample of a boot: fork folio=4K +");
	assert_contains(table, "of a boot are faster than later ones: -9");
	assert_contains(letter, "Warm-up: in 4 of 4");
	free(table);
	free(letter);
}

/* Nothing is said of what is not there, or may be chance. */
static void is_silent_where_nothing_was_found(void **state)
{
	static const struct like l = { 1, 0, 1, 7 };
	struct fixture *f = *state;
	char *table;

	compare(f, "ns", &l);
	table = unwrapped(render(&f->c, "table"));
	assert_null(strstr(table, "Warm-up"));
	assert_null(strstr(table, "Drift"));
	assert_null(strstr(table, "later ones"));
	free(table);
	table = unwrapped(render(&f->c, "distribution"));
	assert_contains(table, "against later ones");
	assert_contains(table, "may be chance");
	free(table);
}

static void json_has_it_all(void **state)
{
	static const struct like l = { 1.2, 0.06, 0.9, 24 };
	struct fixture *f = *state;
	json_t *obj __json = NULL, *cell, *q, *drift, *place;

	compare(f, "ns", &l);
	obj = comparison_to_json(&f->c);
	cell = json_array_get(json_object_get(obj, "cells"), 0);
	assert_in_range(json_integer_value(json_object_get(cell, "warmup")), 2, 6);
	drift = json_object_get(cell, "drift");
	assert_true(json_real_value(json_object_get(drift, "change")) > 0.02);
	assert_true(json_real_value(json_object_get(drift, "p_adjusted")) >=
		    json_real_value(json_object_get(drift, "p")));
	q = json_object_get(json_object_get(cell, "baseline"), "quantiles");
	assert_int_equal(json_object_size(q), QUANTILES);
	assert_int_equal(json_array_size(json_object_get(q, "p99")), BOOTS);
	assert_true(json_equal(json_object_get(q, "p50"),
			       json_object_get(json_object_get(cell, "baseline"), "boots")));
	place = json_object_get(obj, "place");
	assert_true(json_real_value(json_object_get(place, "change")) < -0.05);
	assert_int_equal(json_integer_value(json_object_get(place, "boots")), 2 * BOOTS);
}

static void exact_runs_have_none_of_it(void **state)
{
	static const struct like l = { 1.2, 0.06, 0.9, 24 };
	struct fixture *f = *state;
	json_t *obj __json = NULL, *cell;
	char *text;

	compare(f, "insn", &l);
	text = render(&f->c, "distribution");
	assert_null(strstr(text, "warm-up"));
	assert_null(strstr(text, "later ones"));
	free(text);
	obj = comparison_to_json(&f->c);
	assert_true(json_is_null(json_object_get(obj, "place")));
	cell = json_array_get(json_object_get(obj, "cells"), 0);
	assert_true(json_is_null(json_object_get(cell, "drift")));
	assert_int_equal(json_integer_value(json_object_get(cell, "warmup")), 0);
	assert_true(json_is_true(json_object_get(cell, "settled")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_what_is_inside, setup, teardown),
		cmocka_unit_test_setup_teardown(says_it_below_tables_and_in_letters, setup,
						teardown),
		cmocka_unit_test_setup_teardown(is_silent_where_nothing_was_found, setup, teardown),
		cmocka_unit_test_setup_teardown(json_has_it_all, setup, teardown),
		cmocka_unit_test_setup_teardown(exact_runs_have_none_of_it, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
