// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * results/steps and its outputs: a made-up series of which each patch does something else, from
 * the store to the words.
 */
#include <errno.h>
#include <math.h>

#include "lib/fs.h"
#include "lib/spawn.h"
#include "plots/steps.h"
#include "results/compare.h"
#include "tests/unit/fake_run.h"

/* The kernels that are booted, by the digit of their hash: their figures of fork and of cow. */
struct fake_kernel {
	char hash;
	const char *fork, *cow; /* a figure, "wrong", "refused" */
	const char *state;	/* of the boot */
};

/* What patch number N of the series is: its kernel's digit, and whose code that is. */
static const struct {
	const char *subject;
	char hash;
	size_t same_as;
} series[] = {
	{ "", 'a', 0 },
	{ "docs: spell", '1', 0 },
	{ "mm: batch fork", 'b', 2 },
	{ "mm: comment", '3', 2 },
	{ "mm: get cow wrong", 'c', 4 },
	{ "mm: fix cow", 'd', 5 },
	{ "mm: do not boot", 'e', 6 },
	{ "mm: boot again, and undo the fork batching as well as all that", 'f', 7 },
	{ "Revert everything", '8', 0 },
};

static const struct fake_kernel kernels[] = {
	{ 'a', "200", "1000", "ok" },	{ 'b', "100", "1000", "ok" }, { 'c', "100", "wrong", "ok" },
	{ 'd', "100.1", "1003", "ok" }, { 'e', "1", "1", "tainted" }, { 'f', "200", "1500", "ok" },
};

static void boot(struct store *s, int64_t run, const struct fake_kernel *k, unsigned int number)
{
	char *name __free = xasprintf("stock+v2.mbox[%c]", k->hash);
	struct fake_boot b = fake_boot(s, run, name, k->hash, number, "insn");
	const char *const values[] = { k->fork, k->cow };
	static const char *const cases[] = { "fork", "cow" };

	for (int i = 0; i < 2; i++) {
		bool figure = strtod(values[i], NULL) > 0;
		char *text __free = xasprintf("\"per_page\":%s", figure ? values[i] : "5");

		fake_cell(&b, i, cases[i], "{\"folio\":\"64K\"}", "");
		fake_sample(&b, i, 0, figure ? "ok" : values[i], text);
	}
	fake_end(&b, k->state, strcmp(k->state, "ok") ? "WARNING at mm/memory.c:1" : "");
}

static void store_series(struct store *s, int64_t run)
{
	struct step v[sizeof(series) / sizeof(series[0])];
	struct error e = { "" };

	for (size_t i = 0; i < ARRAY_SIZE(series); i++) {
		char hash[65] = "";

		memset(hash, series[i].hash, 64);
		v[i] = (struct step){ .name = xasprintf("stock+v2.mbox[%zu]", i),
				      .subject = (char *)series[i].subject,
				      .hash = xstrdup(hash),
				      .same_as = series[i].same_as };
	}
	assert_int_equal(steps_store(s, run, v, ARRAY_SIZE(v), &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		free(v[i].name);
		free(v[i].hash);
	}
}

static struct store *measured_store(const char *dir)
{
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "qemu");
	struct error e = { "" };

	store_series(s, run);
	for (unsigned int number = 0; number < 2; number++) {
		for (size_t i = 0; i < ARRAY_SIZE(kernels); i++)
			boot(s, run, &kernels[i], number);
	}
	assert_int_equal(store_run_end(s, run, "complete", &e), 0);
	return s;
}

struct fixture {
	char *dir;
	struct store *s;
	struct steps st;
	struct error e;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->dir = scratch_make();
	f->s = measured_store(f->dir);
	if (steps_load(f->s, 0, &f->st, &f->e))
		fail_msg("%s", f->e.msg);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	steps_release(&f->st);
	store_close(f->s);
	scratch_remove(f->dir);
	free(f);
	return 0;
}

static size_t cell_of(const struct steps *st, const char *name)
{
	for (size_t i = 0; i < st->sum.n_cells; i++) {
		if (!strcmp(st->sum.cells[i].case_name, name))
			return i;
	}
	fail_msg("no cell of %s", name);
	return 0;
}

/* The patches that are named for a case: "2, 7". */
static char *told(const struct steps *st, const char *name)
{
	struct strbuf sb = { 0 };

	for (size_t i = 0; i < st->n; i++) {
		if (steps_tells(st, cell_of(st, name), i))
			strbuf_addf(&sb, "%s%zu", sb.len ? ", " : "", i);
	}
	return strbuf_detach(&sb);
}

static void blames_the_patch(void **state)
{
	struct fixture *f = *state;
	size_t fork = cell_of(&f->st, "fork");
	char *named __free = told(&f->st, "fork");
	const struct step_figure *at;

	assert_int_equal(f->st.n, 9);
	assert_int_equal(f->st.sum.n_kernels, 6);
	/* 6 has no figure, 7 has one again (and is compared with 5), 8 is the base's code */
	assert_string_equal(named, "2, 6, 7");
	at = steps_at(&f->st, fork, 2);
	assert_int_equal(at->verdict, VERDICT_IMPROVED);
	assert_true(at->has_change && at->change == -0.5 && at->has_total && at->total == -0.5);
	/* what was not booted has the figures of the one before, and no change */
	at = steps_at(&f->st, fork, 3);
	assert_int_equal(at->verdict, VERDICT_EQUIVALENT);
	assert_true(at->series->value == 100 && at->change == 0 && at->total == -0.5);
	assert_int_equal(steps_at(&f->st, fork, 1)->verdict, VERDICT_EQUIVALENT);
	/* less than the floor is the same */
	at = steps_at(&f->st, fork, 5);
	assert_int_equal(at->verdict, VERDICT_EQUIVALENT);
	assert_int_equal(at->total_verdict, VERDICT_IMPROVED);
	at = steps_at(&f->st, fork, 7);
	assert_int_equal(at->verdict, VERDICT_REGRESSED);
	assert_int_equal(at->before, 5);
	assert_int_equal(at->total_verdict, VERDICT_EQUIVALENT);
}

static void says_from_where_on_it_is_wrong(void **state)
{
	struct fixture *f = *state;
	size_t cow = cell_of(&f->st, "cow");
	char *named __free = told(&f->st, "cow");

	assert_string_equal(named, "4, 5, 6, 7, 8");
	assert_int_equal(steps_at(&f->st, cow, 4)->verdict, VERDICT_WRONG);
	/* the one that is right again is compared with the last that was right */
	assert_int_equal(steps_at(&f->st, cow, 5)->verdict, VERDICT_EQUIVALENT);
	assert_int_equal(steps_at(&f->st, cow, 5)->before, 3);
	/* back at the base's code: against the one before it did change */
	assert_int_equal(steps_at(&f->st, cow, 8)->verdict, VERDICT_IMPROVED);
	assert_int_equal(steps_at(&f->st, cow, 8)->total_verdict, VERDICT_EQUIVALENT);
	assert_true(steps_regressed(&f->st));
	assert_true(steps_missing(&f->st));
}

/* What FORMAT prints; the caller frees. */
static char *print(struct fixture *f, const char *format)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out || steps_format(format)(&f->st, out, &f->e) || fclose(out))
		fail_msg("%s: %s", format, f->e.msg);
	return text;
}

static void names_patches_in_words(void **state)
{
	struct fixture *f = *state;
	char *table __free = print(f, "table");
	char *letter __free = print(f, "cover-letter");
	char *all __free = print(f, "table-all");

	assert_contains(table, "  WRONG: cow 64K: at patch 4\n");
	assert_contains(table, "  patch 2/8 \"mm: batch fork\": fork 64K per_page -50.0% improved "
			       "(200.0 -> 100.0)\n");
	assert_contains(table, "patch 4/8 \"mm: get cow wrong\": cow 64K per_page WRONG\n");
	assert_contains(table, "cow 64K per_page right again,");
	assert_contains(table, "against patch 5)");
	assert_contains(table, "do not boot\": NO USABLE BOOT, see the warnings\n");
	assert_contains(table, "no change in the code, not booted: 1, 3, 8\n");
	assert_contains(table, "without effect here: 1, 3");
	assert_contains(all, "= code of patch 2");
	/* three or more with nothing to say are one row */
	assert_contains(table, "\n3-5  (3 patches)");
	assert_contains(table, "8 patches, 6 kernels booted, 0 to 2 boots each; 3 change no code");
	assert_contains(table, "warning: boot 1 of stock+v2.mbox[e]: tainted");
	assert_contains(letter, "Patch by patch\n--------------\n");
	for (const char *line = letter; *line; line = strchr(line, '\n') + 1)
		assert_true(strcspn(line, "\n") <= 75);
}

static void prints_json_and_csv(void **state)
{
	struct fixture *f = *state;
	char *text __free = print(f, "json");
	char *csv __free = print(f, "csv");
	json_t *j __json = json_parse(text, strlen(text), &f->e);
	json_t *patches = json_object_get(j, "patches");
	json_t *steps, *two;
	size_t lines = 0;

	assert_int_equal(json_integer_value(json_object_get(j, "version")), 2);
	assert_int_equal(json_array_size(patches), 9);
	two = json_array_get(patches, 2);
	assert_string_equal(json_string_value(json_object_get(two, "subject")), "mm: batch fork");
	assert_true(json_is_true(json_object_get(two, "booted")));
	assert_int_equal(json_array_size(json_object_get(two, "effects")), 1);
	assert_true(json_is_false(json_object_get(json_array_get(patches, 3), "booted")));
	assert_true(json_is_null(json_object_get(json_array_get(patches, 3), "kernel")));
	steps = json_object_get(json_array_get(json_object_get(j, "cells"), 0), "steps");
	assert_int_equal(json_array_size(steps), 9);
	assert_true(json_real_value(json_object_get(json_array_get(steps, 2), "change")) == -0.5);
	assert_true(json_is_null(json_object_get(json_array_get(steps, 0), "verdict")));
	assert_true(json_is_null(json_object_get(json_array_get(steps, 6), "value")));
	for (const char *p = csv; *p; p++)
		lines += *p == '\n';
	assert_int_equal(lines, 1 + 2 * 9);
	assert_contains(csv, "fork,64K,folio=64K,per_page,insn,lower,1,2,mm: batch fork,"
			     "stock+v2.mbox[2],2,100,100,100,100;100,2,0,0,1,-0.5,,,,0,improved,");
}

static void draws_the_figure(void **state)
{
	struct fixture *f = *state;
	char *gnuplot __free = spawn_which("gnuplot");
	char *svg __free = xasprintf("%s/steps.svg", f->dir);
	struct strv files __strv = { 0 };
	struct strbuf text __strbuf = { 0 };

	if (!gnuplot)
		skip();
	if (steps_figure(&f->st, f->dir, &files, &f->e))
		fail_msg("%s", f->e.msg);
	assert_int_equal(files.n, 4);
	assert_int_equal(fs_read(svg, &text, &f->e), 0);
	assert_contains(strbuf_str(&text), "mm: batch fork");
	assert_contains(strbuf_str(&text), "WRONG from here");
}

/* The same kernels in nanoseconds: eight blocks whose boots differ by up to one percent. */
static void shows_intervals_of_times(void **state)
{
	char *dir = scratch_make(), *table = NULL, *letter = NULL;
	struct store *s = fake_open(dir);
	int64_t run = fake_run(s, "local");
	struct error e = { "" };
	struct steps st;
	size_t len;
	FILE *out;

	(void)state;
	store_series(s, run);
	for (unsigned int block = 0; block < 8; block++) {
		for (unsigned int k = 0; k < ARRAY_SIZE(kernels); k++) {
			char *name __free = xasprintf("stock+v2.mbox[%c]", kernels[k].hash);
			struct fake_boot b = fake_boot(s, run, name, kernels[k].hash, block, "ns");
			char *text __free =
				xasprintf("\"per_page\":%.6g",
					  strtod(kernels[k].fork, NULL) *
						  (1 + 0.01 * fake_noise(k, block, false)));

			fake_cell(&b, 0, "fork", "{\"folio\":\"64K\"}", "");
			fake_sample(&b, 0, 0, "ok", text);
			fake_end(&b, kernels[k].state, "");
		}
	}
	assert_int_equal(store_run_end(s, run, "complete", &e), 0);
	if (steps_load(s, 0, &st, &e))
		fail_msg("%s", e.msg);
	out = open_memstream(&table, &len);
	assert_int_equal(steps_format("table")(&st, out, &e), 0);
	fclose(out);
	out = open_memstream(&letter, &len);
	assert_int_equal(steps_format("cover-letter")(&st, out, &e), 0);
	fclose(out);
	assert_contains(table, "95% INTERVAL");
	assert_contains(table, "negative: faster");
	assert_contains(table, "interval  95%, Student's t over blocks, of each step");
	assert_contains(table, " to -49");
	assert_null(strstr(table, "+-  "));
	assert_contains(letter, "improved");
	if (getenv("FOLIOBENCH_SHOW"))
		fprintf(stderr, "%s\n%s", table, letter);
	steps_release(&st);
	store_close(s);
	scratch_remove(dir);
	free(table);
	free(letter);
}

static void refuses_other_runs(void **state)
{
	struct fixture *f = *state;
	int64_t run = fake_full_run(f->s, "insn");
	struct steps st;

	assert_int_equal(steps_load(f->s, run, &st, &f->e), -ENOENT);
	assert_contains(f->e.msg, "without --each-patch");
	assert_int_equal(steps_load(f->s, 99, &st, &f->e), -ENOENT);
	assert_contains(f->e.msg, "there is no run 99");
	/* the newest one of a series, though another run is newer */
	assert_int_equal(steps_load(f->s, 0, &st, &f->e), 0);
	assert_int_equal(st.sum.run_id, run - 1);
	steps_release(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(blames_the_patch, setup, teardown),
		cmocka_unit_test_setup_teardown(says_from_where_on_it_is_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(names_patches_in_words, setup, teardown),
		cmocka_unit_test_setup_teardown(prints_json_and_csv, setup, teardown),
		cmocka_unit_test_setup_teardown(draws_the_figure, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_other_runs, setup, teardown),
		cmocka_unit_test(shows_intervals_of_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
