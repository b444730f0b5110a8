// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plots/: figures of comparisons with little or nothing in them, drawn by the
 * real gnuplot (5.4 is killed by some that have no valid point). Skipped without it.
 */
#include "lib/cleanup.h"
#include "lib/spawn.h"
#include "plots/format.h"
#include "tests/unit/fake_run.h"

/* One cell: its figure on each kernel, NULL where every sample was refused. */
struct row {
	const char *baseline, *patched;
};

/* A run of BOOTS boots of each kernel with a cell for each of ROWS, compared. */
static void compare_rows(const char *dir, const char *better, const struct row *rows, size_t n,
			 unsigned int boots, struct comparison *c)
{
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "qemu");
	const struct compare_query q = { "knockouts", "stock", run };
	struct error e = { "" };

	for (unsigned int i = 0; i < 2 * boots; i++) {
		bool patched = i % 2;
		struct fake_boot b = fake_boot(s, run, patched ? "stock" : "knockouts",
					       patched ? 'b' : 'a', i / 2, "insn");

		for (size_t j = 0; j < n; j++) {
			const char *value = patched ? rows[j].patched : rows[j].baseline;
			char *values __free = xasprintf("\"per_page\":%s", value ? value : "1");

			fake_line(&b,
				  "{\"t\":\"cell\",\"cell\":%zu,\"case\":\"fork\",\"params\":"
				  "{\"folio\":\"%dK\"},\"metrics\":[{\"name\":\"per_page\","
				  "\"unit\":\"ticks\",\"better\":\"%s\",\"headline\":true}]}",
				  j, 4 << j, better);
			fake_sample(&b, (int)j, 0, value ? "ok" : "refused", values);
		}
		fake_end(&b, "ok", "");
	}
	if (compare_load(s, &q, c, &e))
		fail_msg("%s", e.msg);
	store_close(s);
}

static bool only_zeroes(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!rows[i].baseline || strcmp(rows[i].baseline, "0") != 0 || !rows[i].patched ||
		    strcmp(rows[i].patched, "0") != 0)
			return false;
	}
	return true;
}

/* Draws; the text of figure NAME ("summary.svg"), which the caller frees. */
static char *draw(const char *better, const struct row *rows, size_t n, unsigned int boots,
		  const char *name)
{
	char *gnuplot __free = spawn_which("gnuplot");
	char *dir, *path __free = NULL, *figures __free = NULL;
	struct strv files __strv = { 0 };
	struct strbuf text = { 0 };
	struct error e = { "" };
	struct comparison c;

	if (!gnuplot)
		skip();
	dir = scratch_make();
	path = xasprintf("%s/figures/%s", dir, name);
	figures = xasprintf("%s/figures", dir);
	compare_rows(dir, better, rows, n, boots, &c);
	if (figures_write(&c, figures, &files, &e))
		fail_msg("%s", e.msg);
	/* a figure of nothing but zeroes is not drawn, the summary always is */
	assert_true(files.n == 2 * 4 || (files.n == 4 && only_zeroes(rows, n)));
	strv_for_each(&files, it) {
		struct strbuf part __strbuf = { 0 };

		assert_int_equal(fs_read(*it, &part, &e), 0);
		if (strstr(*it, ".svg"))
			assert_contains(strbuf_str(&part), "</svg>");
		if (strstr(*it, ".png")) {
			assert_true(part.len > 1000);
			assert_memory_equal(part.buf + part.len - 8, "IEND", 4);
		}
	}
	assert_int_equal(fs_read(path, &text, &e), 0);
	comparison_release(&c);
	scratch_remove(dir);
	return strbuf_detach(&text);
}

static void draws_few_rows(void **state)
{
	static const struct row improved[] = { { "390.8", "136.5" }, { "200", "100" } },
				regressed[] = { { "100", "150" }, { "100", "300" } },
				same[] = { { "100", "100" }, { "0", "0" } },
				mixed[] = { { "100", "50" }, { "100", "200" } };
	static const struct row *const all[] = { improved, regressed, same, mixed };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		for (size_t n = 1; n <= 2; n++) {
			free(draw("lower", all[i], n, 1, "summary.svg"));
			free(draw("neither", all[i], n, 1, "summary.svg"));
		}
	}
}

/* Not at 1, where no change is: hollow, beyond the scale, with both figures as text. */
static void draws_from_zero(void **state)
{
	static const struct row rows[] = { { "0", "1" }, { "0", "1" }, { "0", "1" } };
	char *dat, *svg;

	(void)state;
	for (size_t n = 1; n <= ARRAY_SIZE(rows); n++) {
		svg = draw("higher", rows, n, 1, "summary.svg");
		assert_contains(svg, "0 \u2192 1");
		assert_contains(svg, "no ratio");
		assert_contains(svg, "improved");
		free(svg);
	}
	dat = draw("higher", rows, 1, 1, "summary.dat");
	assert_contains(dat, "\t0 \u2192 1\timproved\t1\t?\t?\n");
	assert_null(strstr(dat, "\n0\t1\t"));
	free(dat);
	svg = draw("higher", rows, 1, 1, "fork.svg");
	assert_contains(svg, "0 \u2192 1");
	free(svg);
}

static void draws_to_zero_and_far_away(void **state)
{
	static const struct row rows[] = {
		{ "5", "0" }, { "1", "1e300" }, { "1e300", "1" }, { "0", "1e300" }
	};
	char *dat;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		free(draw("lower", &rows[i], 1, 1, "summary.svg"));
	dat = draw("lower", rows, ARRAY_SIZE(rows), 1, "summary.dat");
	assert_contains(dat, "\u2212100.0%\timproved\t1\t?\t?\n");
	assert_contains(dat, "from 0\tregressed\t1\t?\t?\n");
	free(dat);
}

static void draws_what_cannot_be_compared(void **state)
{
	static const struct row one_side[] = { { "100", NULL }, { NULL, "100" }, { "100", NULL } },
				neither[] = { { NULL, NULL }, { NULL, NULL } };
	char *svg;

	(void)state;
	free(draw("lower", one_side, 1, 1, "summary.svg"));
	free(draw("lower", one_side + 1, 1, 1, "summary.svg"));
	free(draw("lower", one_side, 3, 1, "summary.svg"));
	free(draw("lower", neither, 1, 1, "summary.svg"));
	svg = draw("lower", neither, 2, 1, "summary.svg");
	assert_contains(svg, "not comparable");
	free(svg);
	svg = draw("lower", neither, 1, 1, "fork.svg");
	assert_contains(svg, "knockouts (baseline)");
	assert_contains(svg, "stock (patched)");
	free(svg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(draws_few_rows),
		cmocka_unit_test(draws_from_zero),
		cmocka_unit_test(draws_to_zero_and_far_away),
		cmocka_unit_test(draws_what_cannot_be_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
