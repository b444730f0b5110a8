// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * results/compare_rules and results/rules_words: which cells are adjusted together, by which
 * floors, margins and looks, from the store to the verdicts.
 */
#include <errno.h>
#include <math.h>

#include "results/compare.h"
#include "results/db.h"
#include "results/floor.h"
#include "results/steps.h"
#include "tests/unit/fake_run.h"

#define BLOCKS 10
#define FAULTS ",{\"name\":\"faults\",\"unit\":\"count\",\"better\":\"lower\",\"headline\":false}"

/* ln of what the patched kernel takes more of each cell, give or take the spread of a block. */
static const struct {
	const char *name, *folio;
	double more, spread;
} cells[] = {
	{ "munmap", "4K", 0, 0.01 },	{ "munmap", "64K", 0.006, 0.0075 },
	{ "munmap", "2M", 0.1, 0.005 }, { "fork", "64K", 0, 0.01 },
	{ "fork", "2M", 0, 0.01 },	{ "cow", "64K", 0, 0.01 },
};

/* Of no trend, mean 0 and sd 1: what cell C has in block I. */
static double noise(size_t c, unsigned int i)
{
	static const double own[BLOCKS] = { 0.6, -1.2, 0.9, -0.4, 1.1, -0.8, 0.1, 1.3, -1.4, -0.2 };

	return own[(i + 3 * c) % BLOCKS];
}

/* Of the kernel "old", "new" or, with the code of that one but for what changes no figure, "newer".
 */
static void boot(struct store *s, int64_t run, unsigned int kernel, unsigned int block,
		 const char *target)
{
	static const char *const names[] = { "old", "new", "newer" };
	struct fake_boot b = fake_boot(s, run, names[kernel], (char)("abc"[kernel]), block,
				       !strcmp(target, "qemu") ? "insn" : "ns");
	const bool patched = kernel > 0;

	for (size_t c = 0; c < ARRAY_SIZE(cells); c++) {
		double more = patched ? cells[c].more + cells[c].spread * noise(c, block) : 0;
		double later = kernel > 1 ? 0.01 * noise(c + 5, block) : 0;
		char *params __free =
			xasprintf("{\"folio\":\"%s\",\"size\":\"16M\"}", cells[c].folio);
		/* what drifts over the hour is in both kernels */
		char *values __free = xasprintf(
			"\"per_page\":%.12g,\"reused\":%g,\"faults\":%.12g",
			1000 * (1 + 0.05 * block) * exp(more + later), patched ? 0.25 : 0.5,
			4096 + (patched ? noise(c + 1, block) : noise(c, block)));

		fake_cell(&b, (int)c, cells[c].name, params, FAKE_REUSED FAULTS);
		fake_sample(&b, (int)c, 0, "ok", values);
	}
	fake_end(&b, "ok", "");
}

struct fixture {
	char *dir;
	struct store *s;
	int64_t run;
	struct comparison c;
	struct error e;
};

static int64_t measure(struct store *s, const char *target)
{
	int64_t run = fake_run(s, target);
	struct error e = { "" };

	for (unsigned int i = 0; i < BLOCKS; i++) {
		boot(s, run, i % 2, i, target);
		boot(s, run, !(i % 2), i, target);
	}
	assert_int_equal(store_run_end(s, run, "complete", &e), 0);
	return run;
}

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->dir = scratch_make();
	f->s = fake_open(f->dir);
	f->run = measure(f->s, "local");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->s);
	scratch_remove(f->dir);
	free(f);
	return 0;
}

static int load(struct fixture *f, double margin, const struct strv *headline)
{
	const struct compare_query q = { .baseline = "old",
					 .patched = "new",
					 .run_id = f->run,
					 .margin = margin,
					 .headline = headline };

	return compare_load(f->s, &q, &f->c, &f->e);
}

static void loaded(struct fixture *f, double margin, const struct strv *headline)
{
	if (load(f, margin, headline))
		fail_msg("%s", f->e.msg);
}

static void assert_near(double x, double want)
{
	if (!(fabs(x - want) <= 1e-9 * fabs(want)))
		fail_msg("%.15g, not %.15g", x, want);
}

static const struct compare_cell *cell(const struct fixture *f, const char *name, const char *folio,
				       const char *metric)
{
	for (size_t i = 0; i < f->c.n_cells; i++) {
		const struct compare_cell *c = &f->c.cells[i];

		if (!strcmp(c->case_name, name) && !strcmp(c->metric, metric) &&
		    !strcmp(json_string_value(json_object_get(c->params, "folio")), folio))
			return c;
	}
	fail_msg("no cell %s %s %s", name, folio, metric);
	return NULL;
}

static const struct judgement *of(const struct fixture *f, const char *name, const char *folio)
{
	return &cell(f, name, folio, "per_page")->j;
}

static void words_name_cells(void **state)
{
	json_t *p __json =
		json_pack("{s:s, s:s, s:s}", "folio", "64K", "size", "16M", "share", "half");

	(void)state;
	assert_true(rules_names("munmap", "munmap", p, "per_page"));
	assert_true(rules_names("munmap folio=64K", "munmap", p, "per_page"));
	assert_true(rules_names("  munmap  size=16M folio=64k ", "munmap", p, "per_page"));
	assert_true(rules_names("munmap folio=65536", "munmap", p, "per_page"));
	assert_true(rules_names("munmap size=16384K per_page", "munmap", p, "per_page"));
	assert_true(rules_names("munmap per_page share=half", "munmap", p, "per_page"));
	assert_false(rules_names("munmap folio=64K zap", "munmap", p, "per_page"));
	assert_false(rules_names("munmap folio=4K", "munmap", p, "per_page"));
	assert_false(rules_names("munmap stride=4K", "munmap", p, "per_page"));
	assert_false(rules_names("munmap share=one", "munmap", p, "per_page"));
	assert_false(rules_names("munma", "munmap", p, "per_page"));
	assert_false(rules_names("munmap folio=", "munmap", p, "per_page"));
	assert_false(rules_names("munmap per_page zap", "munmap", p, "per_page"));
	assert_false(rules_names("", "munmap", p, "per_page"));
	assert_false(rules_names("folio=64K", "munmap", p, "per_page"));
	assert_false(rules_names("munmap folio=64K", "munmap", NULL, "per_page"));
}

/* munmap of 64K folios is a difference by itself; six cells were looked at. */
static void the_table_is_adjusted(void **state)
{
	struct fixture *f = *state;
	const struct judgement *j;

	loaded(f, 0, NULL);
	assert_int_equal(f->c.n_cells, 18);
	assert_false(f->c.exact);
	assert_true(f->c.judged_by.margin == JUDGE_MARGIN && !f->c.named_after);
	j = of(f, "munmap", "64K");
	assert_int_equal(j->unit, JUDGE_BLOCKS);
	assert_int_equal(j->n, BLOCKS);
	assert_true(j->conditional && j->log && !j->calibrated && j->floor == 0);
	assert_true(j->p < 0.05 && j->p_adjusted > 0.05);
	assert_true(j->verdict != VERDICT_REGRESSED);
	/* counts that vary are judged as times are, in a table of their own */
	assert_int_equal(cell(f, "cow", "64K", "faults")->j.unit, JUDGE_BLOCKS);
	assert_true(cell(f, "cow", "64K", "faults")->j.p > 0.05);
	/* second of six */
	assert_true(fabs(j->p_adjusted - 3 * j->p) < 1e-12);
	assert_int_equal(cell(f, "munmap", "2M", "per_page")->verdict, VERDICT_REGRESSED);
	assert_true(comparison_regressed(&f->c));
	/* shares that repeat are exact: no p, and nobody's chance */
	j = &cell(f, "cow", "64K", "reused")->j;
	assert_int_equal(j->unit, JUDGE_EXACT);
	assert_int_equal(j->verdict, VERDICT_CHANGED);
	assert_true(isnan(j->p) && j->change == -0.5);
	comparison_release(&f->c);
}

static void named_cells_are_by_themselves(void **state)
{
	struct strv words __strv = { 0 }, all __strv = { 0 }, metric __strv = { 0 };
	struct fixture *f = *state;
	const struct judgement *j;

	strv_add(&words, "munmap folio=64K");
	loaded(f, 0, &words);
	j = of(f, "munmap", "64K");
	assert_true(cell(f, "munmap", "64K", "per_page")->named && f->c.named_after);
	/* only the headline metric, unless the other one is named */
	assert_false(cell(f, "munmap", "64K", "reused")->named);
	assert_false(cell(f, "munmap", "4K", "per_page")->named);
	assert_true(j->p_adjusted == j->p && j->verdict == VERDICT_REGRESSED);
	comparison_release(&f->c);

	strv_add(&all, "munmap");
	loaded(f, 0, &all);
	assert_true(cell(f, "munmap", "4K", "per_page")->named);
	j = of(f, "munmap", "64K");
	assert_true(fabs(j->p_adjusted - 2 * j->p) < 1e-12); /* Holm: the second of three */
	comparison_release(&f->c);

	strv_add(&metric, "munmap reused");
	loaded(f, 0, &metric);
	assert_true(cell(f, "munmap", "64K", "reused")->named);
	assert_false(cell(f, "munmap", "64K", "per_page")->named);
	comparison_release(&f->c);
}

static void names_for_nothing(void **state)
{
	struct strv words __strv = { 0 };
	struct fixture *f = *state;
	struct run_rules rules = { 0 };

	strv_add(&words, "munmap folio=64K");
	strv_add(&words, "munmap folio=1M");
	assert_int_equal(load(f, 0, &words), -EINVAL);
	assert_string_equal(f->e.msg,
			    "--headline 'munmap folio=1M': no such cell; there are: munmap "
			    "folio=4K,64K,2M size=16M");
	strv_release(&words);
	strv_add(&words, "mmap folio=64K");
	assert_int_equal(load(f, 0, &words), -EINVAL);
	assert_contains(f->e.msg, "no such cell; there are: munmap, fork, cow");
	strv_release(&words);
	strv_add(&words, "munmap folio=64K");
	strv_add(&words, "munmap folio=1M");
	assert_int_equal(load(f, -0.1, NULL), -EINVAL);
	assert_int_equal(load(f, 1, NULL), -EINVAL);
	/* what was laid down and not measured is told */
	rules.headline = words;
	assert_int_equal(rules_store(f->s, f->run, &rules, &f->e), 0);
	loaded(f, 0, NULL);
	assert_true(cell(f, "munmap", "64K", "per_page")->named && !f->c.named_after);
	assert_contains(f->c.warnings.v[f->c.warnings.n - 1],
			"'munmap folio=1M' was named before the run and was not measured");
	comparison_release(&f->c);
	/* the same words again are no afterthought, others are */
	strv_release(&words);
	strv_add(&words, "munmap folio=64K");
	loaded(f, 0, &words);
	assert_true(f->c.named_after);
	comparison_release(&f->c);
}

static void margins(void **state)
{
	struct fixture *f = *state;
	struct run_rules rules = { .margin = 0.02 };

	loaded(f, 0, NULL);
	assert_int_equal(of(f, "fork", "64K")->verdict, VERDICT_EQUIVALENT);
	comparison_release(&f->c);
	loaded(f, 0.004, NULL);
	assert_int_equal(of(f, "fork", "64K")->verdict, VERDICT_INCONCLUSIVE);
	assert_true(f->c.named_after && of(f, "fork", "64K")->needed > BLOCKS);
	comparison_release(&f->c);
	assert_int_equal(rules_store(f->s, f->run, &rules, &f->e), 0);
	loaded(f, 0, NULL);
	assert_true(f->c.judged_by.margin == 0.02 && !f->c.named_after);
	comparison_release(&f->c);
	loaded(f, 0.02, NULL);
	assert_false(f->c.named_after);
	comparison_release(&f->c);
	loaded(f, 0.01, NULL);
	assert_true(f->c.judged_by.margin == 0.01 && f->c.named_after);
	comparison_release(&f->c);
}

static void floors_of_this_machine(void **state)
{
	struct fixture *f = *state;
	struct run_rules rules = { .calibration = true };
	char *sql __free = NULL;

	loaded(f, 0, NULL);
	sql = xasprintf("INSERT INTO floor SELECT '%s', id, 'per_page', 'ns', 0.02, 0.2, 10, 4, 1"
			" FROM cell WHERE case_name = 'munmap' UNION SELECT 'another', id,"
			" 'per_page', 'ns', 0.5, 0.5, 10, 4, 1 FROM cell",
			f->c.machine);
	comparison_release(&f->c);
	if (db_exec(f->s, sql, &f->e))
		fail_msg("%s", f->e.msg);
	loaded(f, 0, NULL);
	/* one build of each kernel: what another build does by chance counts */
	assert_true(of(f, "munmap", "2M")->calibrated && of(f, "munmap", "2M")->floor == 0.2);
	assert_int_equal(of(f, "munmap", "2M")->verdict, VERDICT_INCONCLUSIVE);
	assert_false(of(f, "fork", "2M")->calibrated);
	comparison_release(&f->c);
	/* a calibration is not judged by what came of an earlier one */
	assert_int_equal(rules_store(f->s, f->run, &rules, &f->e), 0);
	loaded(f, 0, NULL);
	assert_false(of(f, "munmap", "2M")->calibrated);
	assert_int_equal(of(f, "munmap", "2M")->verdict, VERDICT_REGRESSED);
	comparison_release(&f->c);
}

static void looks(void **state)
{
	struct strv words __strv = { 0 };
	struct fixture *f = *state;
	struct run_rules rules = { .looks = 4, .look = 2 };
	double p, hi;

	strv_add(&words, "munmap folio=64K");
	loaded(f, 0, &words);
	p = of(f, "munmap", "64K")->p;
	hi = of(f, "munmap", "64K")->hi;
	comparison_release(&f->c);
	assert_int_equal(rules_store(f->s, f->run, &rules, &f->e), 0);
	loaded(f, 0, &words);
	assert_int_equal(f->c.judged_by.looks, 4);
	assert_int_equal(f->c.judged_by.look, 2);
	assert_true(of(f, "munmap", "64K")->p > 2 * p && of(f, "munmap", "64K")->hi > hi);
	comparison_release(&f->c);
	/* it ended before the first look: by the strictest */
	rules.look = 0;
	assert_int_equal(rules_store(f->s, f->run, &rules, &f->e), 0);
	loaded(f, 0, &words);
	assert_int_equal(f->c.judged_by.look, 1);
	comparison_release(&f->c);
}

/* Recorded streams have numbers, not blocks: nothing says that they were measured side by side. */
static void streams_are_not_paired(void **state)
{
	struct fixture *f = *state;
	const struct judgement *j;

	f->run = measure(f->s, "replay");
	loaded(f, 0, NULL);
	j = of(f, "munmap", "2M");
	assert_int_equal(j->unit, JUDGE_UNPAIRED);
	assert_int_equal(j->n, BLOCKS);
	/* the drift of 5 % a boot is noise now */
	assert_true(j->verdict == VERDICT_INCONCLUSIVE && j->p > 0.05 && j->p_flip > 0.05);
	comparison_release(&f->c);
}

/* Counts of one CPU are exact, whatever their unit says of time. */
static void counts_are_exact(void **state)
{
	struct fixture *f = *state;

	f->run = measure(f->s, "qemu");
	loaded(f, 0, NULL);
	assert_true(f->c.exact);
	assert_int_equal(of(f, "munmap", "64K")->unit, JUDGE_EXACT);
	assert_true(isnan(of(f, "munmap", "64K")->p));
	assert_true(of(f, "munmap", "64K")->floor == JUDGE_EXACT_FLOOR);
	comparison_release(&f->c);
}

/* Two patches and six cells are twelve chances to be wrong, and the changes since the base others.
 */
static void steps_are_one_table(void **state)
{
	struct fixture *f = *state;
	int64_t run = fake_run(f->s, "local");
	struct step v[3];
	struct steps st;
	size_t at = SIZE_MAX;

	for (unsigned int i = 0; i < 3; i++)
		v[i] = (struct step){ .name = xasprintf("s[%u]", i),
				      .subject = i ? "mm: change" : "",
				      .hash = xcalloc(65, 1),
				      .same_as = i };
	for (unsigned int i = 0; i < 3; i++)
		memset(v[i].hash, "abc"[i], 64);
	assert_int_equal(steps_store(f->s, run, v, 3, &f->e), 0);
	for (unsigned int i = 0; i < 3 * BLOCKS; i++)
		boot(f->s, run, i % 3, i / 3, "local");
	assert_int_equal(store_run_end(f->s, run, "complete", &f->e), 0);
	if (steps_load(f->s, run, &st, &f->e))
		fail_msg("%s", f->e.msg);
	for (size_t i = 0; i < st.sum.n_cells; i++) {
		const struct summary_cell *c = &st.sum.cells[i];

		if (!strcmp(c->case_name, "munmap") && !strcmp(c->metric, "per_page") &&
		    !strcmp(json_string_value(json_object_get(c->params, "folio")), "64K"))
			at = i;
	}
	assert_true(at < st.sum.n_cells);
	/* the second of twelve; munmap of 2M folios is the first */
	assert_near(steps_at(&st, at, 1)->j.p_adjusted, 6 * steps_at(&st, at, 1)->j.p);
	assert_int_equal(steps_at(&st, at, 1)->j.unit, JUDGE_BLOCKS);
	assert_int_equal(steps_at(&st, at, 2)->verdict, VERDICT_EQUIVALENT);
	assert_near(steps_at(&st, at, 1)->total_j.p, steps_at(&st, at, 1)->j.p);
	assert_true(steps_at(&st, at, 2)->total_j.change > 0);
	assert_true(steps_at(&st, at, 2)->total_j.p != steps_at(&st, at, 2)->j.p);
	assert_non_null(st.machine);
	steps_release(&st);
	for (unsigned int i = 0; i < 3; i++) {
		free(v[i].name);
		free(v[i].hash);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_name_cells),
		cmocka_unit_test_setup_teardown(the_table_is_adjusted, setup, teardown),
		cmocka_unit_test_setup_teardown(named_cells_are_by_themselves, setup, teardown),
		cmocka_unit_test_setup_teardown(names_for_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(margins, setup, teardown),
		cmocka_unit_test_setup_teardown(floors_of_this_machine, setup, teardown),
		cmocka_unit_test_setup_teardown(looks, setup, teardown),
		cmocka_unit_test_setup_teardown(streams_are_not_paired, setup, teardown),
		cmocka_unit_test_setup_teardown(counts_are_exact, setup, teardown),
		cmocka_unit_test_setup_teardown(steps_are_one_table, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
