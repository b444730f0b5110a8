// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plots/: each format byte for byte against tests/data/compare-*. After a wanted
 * change: FOLIOBENCH_UPDATE=1 build/tests/unit/test_formats, then read the diff.
 */
#define _GNU_SOURCE /* posix_openpt() and ptsname() */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "plots/format.h"
#include "plots/judged.h"
#include "plots/rows.h"
#include "plots/table.h"
#include "plots/text.h"
#include "tests/unit/fake_run.h"

struct fixture {
	char *dir;
	struct comparison insn, ns;
	struct summary sum;
};

/* One of the made-up runs, with its time of day fixed. */
static void load(const char *dir, const char *unit, struct comparison *c, struct summary *sum)
{
	struct store *s = fake_open(dir);
	bool exact = !strcmp(unit, "insn");
	int64_t run = exact ? fake_full_run(s, unit) : fake_noisy_run(s);
	const struct compare_query q = { "knockouts", "stock", run };
	struct error e = { "" };
	struct fake_boot b = fake_boot(s, run, "stock", 'b', exact ? 3 : 9, unit);

	fake_end(&b, "lost", "no record for 60 s");
	if (compare_load(s, &q, c, &e) || (sum && summary_load(s, NULL, 0, run, sum, &e)))
		fail_msg("%s", e.msg);
	free(c->when);
	c->when = xstrdup("2026-11-21T06:30:27Z");
	store_close(s);
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->dir = scratch_make();
	load(f->dir, "insn", &f->insn, NULL);
	load(f->dir, "ns", &f->ns, &f->sum);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	comparison_release(&f->insn);
	comparison_release(&f->ns);
	summary_release(&f->sum);
	scratch_remove(f->dir);
	free(f);
	return 0;
}

static void check_golden(const char *text, size_t len, const char *name)
{
	char *path __free = xasprintf("%s/%s", TEST_DATA_DIR, name);
	struct strbuf want __strbuf = { 0 };
	struct error e = { "" };

	if (getenv("FOLIOBENCH_UPDATE")) {
		assert_int_equal(fs_write(path, text, len, &e), 0);
		return;
	}
	if (fs_read(path, &want, &e))
		fail_msg("%s", e.msg);
	if (want.len != len || memcmp(strbuf_str(&want), text, len) != 0)
		fail_msg("%s differs from:\n%s", path, text);
}

/* What FORMAT writes; caller frees. */
static char *render(const struct comparison *c, const char *format, size_t *len)
{
	struct error e = { "" };
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (format_find(format)->write(c, out, &e))
		fail_msg("%s: %s", format, e.msg);
	fclose(out);
	return text;
}

static void golden(const struct comparison *c, const char *format, const char *name)
{
	size_t len;
	char *text __free = render(c, format, &len);

	check_golden(text, len, name);
}

static void writes_cost(void **state)
{
	struct fixture *f = *state;

	golden(&f->insn, "table", "compare-insn.table");
	golden(&f->insn, "table-all", "compare-insn.table-all");
	golden(&f->insn, "cover-letter", "compare-insn.letter");
	golden(&f->insn, "csv", "compare-insn.csv");
	golden(&f->insn, "json", "compare-insn.json");
}

static void writes_time(void **state)
{
	struct fixture *f = *state;

	golden(&f->ns, "table", "compare-ns.table");
	golden(&f->ns, "table-all", "compare-ns.table-all");
	golden(&f->ns, "cover-letter", "compare-ns.letter");
}

static void writes_summaries(void **state)
{
	struct fixture *f = *state;
	struct error e = { "" };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(summary_table(&f->sum, false, out, &e), 0);
	fclose(out);
	check_golden(text, len, "summary-ns.table");
	free(text);
}

static void check_lines(const char *text, size_t columns)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (len > columns)
			fail_msg("more than %zu columns: %.*s", columns, (int)len, text);
		for (size_t i = 0; i < len; i++)
			assert_true(isprint((unsigned char)text[i]));
		if (len && text[len - 1] == ' ')
			fail_msg("blank at the end of: '%.*s'", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void stays_within_its_columns(void **state)
{
	struct fixture *f = *state;
	const struct comparison *both[] = { &f->insn, &f->ns };

	for (size_t i = 0; i < ARRAY_SIZE(both); i++) {
		size_t len;
		char *table __free = render(both[i], "table", &len);
		char *letter __free = render(both[i], "cover-letter", &len);

		check_lines(table, 100);
		check_lines(letter, 75);
	}
	{
		size_t len;
		char *letter __free = render(&f->insn, "cover-letter", &len);

		assert_contains(letter, "not\n            time");
		assert_contains(letter, "0 -> 1 at 16K, 64K, 512K, 2M");
		assert_null(strstr(letter, " ns per page"));
	}
}

static void json_is_what_the_docs_say(void **state)
{
	struct fixture *f = *state;
	json_t *obj __json = comparison_to_json(&f->insn);
	json_t *cell;

	assert_int_equal(json_integer_value(json_object_get(obj, "version")), 2);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(obj, "patched"), "name")),
		"stock");
	cell = json_array_get(json_object_get(obj, "cells"), 6);
	assert_string_equal(json_string_value(json_object_get(cell, "case")), "fork");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(cell, "params"), "folio")),
		"16K");
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(cell, "baseline"), "boots")), 3);
	assert_true(json_real_value(json_object_get(cell, "change")) < -0.5);
	assert_string_equal(json_string_value(json_object_get(cell, "verdict")), "improved");
}

/* All that a verdict stands on, so that a reader can judge otherwise. */
static void json_has_what_was_judged(void **state)
{
	struct fixture *f = *state;
	json_t *obj __json = comparison_to_json(&f->ns);
	json_t *cell = json_array_get(json_object_get(obj, "cells"), 6);
	json_t *judged = json_object_get(cell, "judged");
	json_t *by = json_object_get(obj, "judged_by");
	double change = json_real_value(json_object_get(cell, "change"));

	assert_string_equal(json_string_value(json_object_get(judged, "over")), "blocks");
	assert_int_equal(json_integer_value(json_object_get(judged, "n")), 9);
	assert_true(json_real_value(json_object_get(judged, "lo")) < change);
	assert_true(json_real_value(json_object_get(judged, "hi")) > change);
	assert_true(json_real_value(json_object_get(judged, "lo90")) >
		    json_real_value(json_object_get(judged, "lo")));
	assert_true(json_real_value(json_object_get(judged, "p_adjusted")) >=
		    json_real_value(json_object_get(judged, "p")));
	assert_true(json_real_value(json_object_get(judged, "p_flip")) == 2.0 / 512);
	assert_true(json_is_false(json_object_get(judged, "calibrated")));
	assert_true(json_real_value(json_object_get(by, "margin")) == JUDGE_MARGIN);
	assert_true(json_is_false(json_object_get(by, "named_after")));
}

/* The errno of the write, however much was written before it failed. */
static void says_that_the_disk_is_full(void **state)
{
	struct fixture *f = *state;
	struct error e = { "" };

	if (!fs_exists("/dev/full"))
		skip();
	for (const struct format *const *fmt = formats; *fmt; fmt++) {
		FILE *out = fopen("/dev/full", "w");

		assert_non_null(out);
		assert_int_equal((*fmt)->write(&f->insn, out, &e), -ENOSPC);
		assert_string_equal(e.msg, "output: No space left on device");
		fclose(out);
	}
}

static void csv_quotes_what_must_be(void **state)
{
	struct fixture *f = *state;
	char *old = f->insn.cells[0].note;
	size_t len;
	char *text;

	f->insn.cells[0].note = xstrdup("say \"no\", then\nleave");
	text = render(&f->insn, "csv", &len);
	assert_contains(text, ",\"say \"\"no\"\", then\nleave\"\r\n");
	free(text);
	free(f->insn.cells[0].note);
	f->insn.cells[0].note = old;
}

/* What a guest says of a sample or a skip is printed; it must not steer the terminal. */
static void keeps_escapes_from_the_terminal(void **state)
{
	struct fixture *f = *state;
	char *dir __free = xasprintf("%s/escapes", f->dir);
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "qemu");
	struct error e = { "" };
	struct comparison c;

	for (int i = 0; i < 2; i++) {
		struct fake_boot b = fake_boot(s, run, i ? "b" : "a", i ? 'b' : 'a', 0, "insn");

		fake_cell(&b, 0, "cow\\u001b[1m", "{\"folio\":\"\\u001b[2J\"}", "");
		fake_line(&b, "{\"t\":\"sample\",\"cell\":0,\"n\":0,\"state\":\"refused\","
			      "\"why\":\"\\u001b[31mred\",\"values\":{},\"evidence\":{}}");
		fake_line(&b, "{\"t\":\"skip\",\"cell\":1,\"why\":\"\\u001b]0;title\\u0007\"}");
		fake_end(&b, "ok", "");
	}
	assert_int_equal(compare_load(s, &(struct compare_query){ "a", "b", run }, &c, &e), 0);
	store_close(s);
	for (const struct format *const *fmt = formats; *fmt; fmt++) {
		size_t len;
		char *text __free = render(&c, (*fmt)->name, &len);

		assert_contains(text, "?[31mred");
		assert_contains(text, "?[2J");
		assert_null(memchr(text, 0x1b, len));
		assert_null(memchr(text, 0x07, len));
		assert_null(strstr(text, "u001b"));
	}
	comparison_release(&c);
}

static void writes_figures_of_numbers(void **state)
{
	static const struct {
		double value;
		bool whole;
		const char *text;
	} values[] = { { 1512, true, "1512" },	    { 61, false, "61.0" },
		       { 3.14159, false, "3.142" }, { 12034.4, false, "12034" },
		       { 0, false, "0" },	    { 0.0004, false, "0.0004" } };
	static const struct {
		double change;
		const char *text;
	} changes[] = { { -0.8209, "-82.1%" },	{ 0.00004, "0.00%" },	 { -0.00004, "0.00%" },
			{ 0.003, "+0.30%" },	{ -0.0052, "-0.52%" },	 { 0.0149, "+1.5%" },
			{ -0.9997, "-99.97%" }, { -0.99999, "-99.99%" }, { -1, "-100.0%" },
			{ 12.5, "+1250%" } };
	static const struct {
		double baseline, patched;
		size_t n_patched;
		const char *text;
	} no_ratio[] = { { 0, 1, 3, "0 -> 1" },	    { 0, 1512, 3, "0 -> 1512" },
			 { 0, 12034, 3, "from 0" }, { 0, 0.25, 3, "from 0" },
			 { 0, 0, 3, "0.00%" },	    { 0, 1, 0, "-" } };
	char buf[TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		assert_string_equal(text_value(buf, values[i].value, values[i].whole),
				    values[i].text);
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		assert_string_equal(text_percent(buf, changes[i].change), changes[i].text);
	for (size_t i = 0; i < ARRAY_SIZE(no_ratio); i++) {
		struct compare_cell cell = { .baseline = { .n_boots = 3,
							   .value = no_ratio[i].baseline },
					     .patched = { .n_boots = no_ratio[i].n_patched,
							  .value = no_ratio[i].patched } };

		assert_string_equal(text_change(buf, &cell), no_ratio[i].text);
	}
	assert_string_equal(text_factor(buf, 1 / 5.6 - 1, false), "5.6x less");
	assert_string_equal(text_factor(buf, 1 / 5.6 - 1, true), "5.6x faster");
	assert_string_equal(text_factor(buf, 1, false), "2.0x more");
	assert_string_equal(text_factor(buf, 1, true), "2.0x slower");
	assert_string_equal(text_factor(buf, 0.9, true), "");
	assert_string_equal(text_factor(buf, -1, true), "");
}

/* As many digits as the interval bears, and never more than all of it gone. */
static void writes_no_digits_that_mean_nothing(void **state)
{
	static const struct {
		double change, half;
		const char *text;
	} changes[] = { { -0.5409, 0.03, "-54%" },     { -0.5409, 0.01, "-54.1%" },
			{ -0.5409, 0.0001, "-54.1%" }, { 0.00214, 0.0005, "+0.21%" },
			{ 0.00214, 0.004, "+0.2%" },   { 0.00214, 0.05, "0%" },
			{ -0.9997, 0.05, "-99.97%" },  { -0.9949, 0.05, "-99.5%" },
			{ -0.99999, 0.05, "-99.99%" }, { -1, 0.001, "-100.0%" },
			{ 1.5024, 0.01, "+150%" },     { 1.5024, NAN, "+150.2%" },
			{ 54321, 3, "+5.4e+06%" } };
	static const struct {
		double lo, hi;
		const char *text;
	} intervals[] = {
		{ -0.552, -0.5309, "-55.2 to -53.1%" }, { -0.58, -0.5, "-58 to -50%" },
		{ -0.03, -0.0004, "-3.0 to -0.04%" },	{ -0.004, 0.0004, "-0.4 to 0.0%" },
		{ -0.0009, 0.0011, "-0.09 to +0.11%" }, { 1.1, 1.4, "+110 to +140%" },
		{ -0.99, 350, "-99 to >1000%" },	{ -1, INFINITY, "-100 to >1000%" },
		{ 40.6, 41.4, "+4060 to +4140%" }
	};
	char buf[TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		assert_string_equal(text_percent_within(buf, changes[i].change, changes[i].half),
				    changes[i].text);
	for (size_t i = 0; i < ARRAY_SIZE(intervals); i++) {
		const struct judgement j = { .unit = JUDGE_BLOCKS,
					     .lo = intervals[i].lo,
					     .hi = intervals[i].hi };

		assert_string_equal(judged_interval(buf, &j), intervals[i].text);
	}
	assert_string_equal(judged_interval(buf, &(struct judgement){ .unit = JUDGE_EXACT }),
			    "exact");
	assert_string_equal(judged_interval(buf, &(struct judgement){ 0 }), "-");
	assert_string_equal(judged_p(buf, 0.0004), "<0.001");
	assert_string_equal(judged_p(buf, 0.0496), "0.050");
	assert_string_equal(judged_p(buf, NAN), "-");
}

static void puts_sizes_in_numeric_order(void **state)
{
	struct fixture *f = *state;
	struct rows r __rows = { 0 };

	rows_of_comparison(&f->insn, true, &r);
	/* null, fork, cow, cow-reuse and its share, munmap, mprotect, pt-reclaim twice */
	assert_int_equal(r.n, 9);
	assert_string_equal(r.groups[4].metric, "reused");
	assert_string_equal(row_folio(f->insn.cells[r.groups[4].index[3]].params), "512K");
	assert_string_equal(r.fixed.v[0],
			    "null, fork, cow, cow-reuse, munmap, mprotect, pt-reclaim: size=16M");
}

/* The summary's data: the change lies within its interval. Returns how many rows have one. */
static size_t check_intervals(const char *dat)
{
	struct strv lines __strv = { 0 };
	size_t n = 0;

	strv_split(&lines, dat, "\n");
	strv_for_each(&lines, it) {
		double y, at, lo, hi;

		if (sscanf(*it, "%lf\t%lf\t%*[^\t]\t%*[^\t]\t0\t%lf\t%lf", &y, &at, &lo, &hi) != 4)
			continue;
		assert_true(lo < at && at < hi);
		n++;
	}
	return n;
}

static void draws_every_figure(void **state)
{
	struct fixture *f = *state;
	char *dir __free = xasprintf("%s/figures", f->dir);
	struct strv files __strv = { 0 };
	struct error e = { "" };

	if (figures_write(&f->ns, dir, &files, &e)) {
		if (strstr(e.msg, "apt install gnuplot-nox"))
			skip();
		fail_msg("%s", e.msg);
	}
	assert_int_equal(files.n, 9 * 4); /* summary, seven cases, VmPTE; each in four files */
	strv_for_each(&files, it) {
		struct strbuf text __strbuf = { 0 };

		assert_int_equal(fs_read(*it, &text, &e), 0);
		assert_true(text.len > 100);
		if (strstr(*it, "/summary.dat"))
			assert_int_equal(check_intervals(strbuf_str(&text)), 34);
		if (strstr(*it, "/cow.svg"))
			assert_contains(strbuf_str(&text), "inconclusive");
		if (strstr(*it, ".png"))
			assert_memory_equal(text.buf, "\x89PNG", 4);
		if (strstr(*it, ".svg"))
			assert_contains(strbuf_str(&text), "</svg>");
	}
}

/* What a record says is text in a figure, never a command of gnuplot's. */
static void does_not_run_what_records_say(void **state)
{
	struct fixture *f = *state;
	char *dir __free = xasprintf("%s/hostile", f->dir);
	char *mark __free = xasprintf("%s/mark", f->dir);
	char *folio __free = xasprintf("64K`touch %s`'.sys"
				       "tem('touch %s').'\\\\",
				       mark, mark);
	json_t *params = json_pack("{s:s}", "folio", folio);
	json_t *old = f->ns.cells[0].params;
	struct strv files __strv = { 0 };
	struct error e = { "" };
	int rc;

	f->ns.cells[0].params = params;
	rc = figures_write(&f->ns, dir, &files, &e);
	f->ns.cells[0].params = old;
	json_decref(params);
	if (rc && strstr(e.msg, "apt install gnuplot-nox"))
		skip();
	if (rc)
		fail_msg("%s", e.msg);
	assert_false(fs_exists(mark));
}

static void says_that_gnuplot_is_missing(void **state)
{
	struct fixture *f = *state;
	char *dir __free = xasprintf("%s/none", f->dir);
	char *path __free = xstrdup(getenv("PATH"));
	struct strv files __strv = { 0 };
	struct error e = { "" };

	setenv("PATH", "/nonexistent", 1);
	assert_int_equal(figures_write(&f->insn, dir, &files, &e), -ENOENT);
	setenv("PATH", path, 1);
	assert_contains(e.msg, "apt install gnuplot-nox");
	assert_int_equal(files.n, 0);
}

static void tables_have_text_and_json(void **state)
{
	static const struct table_column columns[] = {
		{ "name", "NAME" },
		{ "n", "N", TABLE_RIGHT },
		{ "hidden", NULL },
	};
	struct table *t __table = table_new(columns, ARRAY_SIZE(columns));
	struct error e = { "" };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	table_row(t);
	table_set(t, 0, "long name");
	table_set(t, 1, "%d", 7);
	table_set_json(t, 1, json_integer(7));
	table_row(t);
	table_set(t, 0, "b");
	assert_int_equal(table_print(t, out, &e), 0);
	assert_int_equal(table_print_json(t, "rows", out, &e), 0);
	fclose(out);
	assert_contains(text, "NAME       N\nlong name  7\nb\n");
	assert_contains(text, "\"n\": 7");
	assert_contains(text, "\"hidden\": null");
	free(text);
}

/* What TABLE looks like on a terminal of COLUMNS; caller frees. */
static char *on_terminal(const struct table *t, unsigned short columns)
{
	const struct winsize ws = { .ws_row = 24, .ws_col = columns };
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave;
	struct error e = { "" };
	char text[4096];
	struct strbuf seen = { 0 };
	char *end;
	FILE *out;

	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(slave >= 0);
	assert_int_equal(ioctl(slave, TIOCSWINSZ, &ws), 0);
	out = fdopen(slave, "w");
	assert_non_null(out);
	assert_int_equal(table_print(t, out, &e), 0);
	fputs("the end\n", out);
	fflush(out);
	/* a terminal hands over as much as it likes at a time */
	while (!seen.len || !(end = strstr(seen.buf, "the end\r\n"))) {
		ssize_t n = read(master, text, sizeof(text) - 1);

		assert_true(n > 0);
		text[n] = '\0';
		strbuf_addstr(&seen, text);
	}
	*end = '\0';
	fclose(out);
	close(master);
	return strbuf_detach(&seen);
}

static void tables_wrap_at_words(void **state)
{
	static const struct table_column columns[] = {
		{ "name", "NAME" },
		{ "what", "WHAT", TABLE_LEFT, true },
		{ "why", "WHY", TABLE_LEFT, true },
	};
	struct table *t __table = table_new(columns, ARRAY_SIZE(columns));
	char *narrow, *wide;

	(void)state;
	table_row(t);
	table_set(t, 0, "one");
	table_set(t, 1, "large-folio CoW reuse, fork and zap batching");
	table_set(t, 2, "short");
	narrow = on_terminal(t, 40);
	wide = on_terminal(t, 100);
	assert_string_equal(narrow, "NAME  WHAT                    WHY\r\n"
				    "one   large-folio CoW reuse,  short\r\n"
				    "      fork and zap batching   \r\n");
	assert_string_equal(wide, "NAME  WHAT                                          WHY\r\n"
				  "one   large-folio CoW reuse, fork and zap batching  short\r\n");
	free(narrow);
	free(wide);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_cost),
		cmocka_unit_test(writes_time),
		cmocka_unit_test(writes_summaries),
		cmocka_unit_test(stays_within_its_columns),
		cmocka_unit_test(json_is_what_the_docs_say),
		cmocka_unit_test(json_has_what_was_judged),
		cmocka_unit_test(says_that_the_disk_is_full),
		cmocka_unit_test(csv_quotes_what_must_be),
		cmocka_unit_test(keeps_escapes_from_the_terminal),
		cmocka_unit_test(writes_figures_of_numbers),
		cmocka_unit_test(writes_no_digits_that_mean_nothing),
		cmocka_unit_test(puts_sizes_in_numeric_order),
		cmocka_unit_test(draws_every_figure),
		cmocka_unit_test(does_not_run_what_records_say),
		cmocka_unit_test(says_that_gnuplot_is_missing),
		cmocka_unit_test(tables_have_text_and_json),
		cmocka_unit_test(tables_wrap_at_words),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
