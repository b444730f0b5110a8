// SPDX-License-Identifier: GPL-2.0-or-later
/* results/pack and summary_values: packed boots say what their samples say, and what is in them. */
#include <math.h>

#include "results/compare.h"
#include "results/db.h"
#include "tests/unit/fake_within.h"

struct fixture {
	char *dir;
	struct store *s;
	struct error e;
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

	store_close(f->s);
	scratch_remove(f->dir);
	free(f);
	return 0;
}

static struct summary load(struct fixture *f)
{
	struct summary sum;

	if (summary_load(f->s, NULL, 0, 0, &sum, &f->e))
		fail_msg("%s", f->e.msg);
	return sum;
}

static void same_series(const struct series *a, const struct series *b)
{
	assert_int_equal(a->n_boots, b->n_boots);
	assert_int_equal(a->n_samples, b->n_samples);
	assert_true(a->value == b->value && a->lo == b->lo && a->hi == b->hi);
	assert_memory_equal(a->boots, b->boots, a->n_boots * sizeof(*a->boots));
	assert_memory_equal(a->at, b->at, a->n_boots * sizeof(*a->at));
	assert_memory_equal(a->quantiles, b->quantiles, a->n_boots * sizeof(*a->quantiles));
}

static void same_counts(const struct counts *a, const struct counts *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		assert_string_equal(a->rows[i].event, b->rows[i].event);
		assert_int_equal(a->rows[i].laps, b->rows[i].laps);
		for (size_t k = 0; k < 2; k++) {
			const struct count_series *x = &a->rows[i].series[k];
			const struct count_series *y = &b->rows[i].series[k];

			assert_int_equal(x->n_boots, y->n_boots);
			assert_int_equal(x->n_samples, y->n_samples);
			assert_true(x->value == y->value && x->running == y->running);
			assert_int_equal(!x->unsupported, !y->unsupported);
		}
	}
}

static int64_t number(struct store *s, const char *sql)
{
	sqlite3_stmt *st __stmt = NULL;
	struct error e = { "" };

	if (db_prepare(s, sql, &st, &e) || db_step(s, st, &e) <= 0)
		fail_msg("%s", e.msg);
	return sqlite3_column_int64(st, 0);
}

/* Boots of an older program are packed while they are read, and the store stays what it is. */
static void reads_boots_that_are_not_packed(void **state)
{
	static const struct like l = { 1.2, 0, 0.9, 20 };
	struct fixture *f = *state;
	struct summary packed, again;

	put_run(f->s, "ns", &l);
	packed = load(f);
	assert_int_equal(number(f->s, "SELECT count(*) FROM packed"), 4 * 2 * BOOTS);
	assert_int_equal(db_exec(f->s,
				 "DELETE FROM packed WHERE boot_id = 3; DELETE FROM packed_count;"
				 "DELETE FROM packed_time; UPDATE boot SET packed = NULL"
				 " WHERE id > 2",
				 &f->e),
			 0);
	for (int i = 0; i < 2; i++) {
		again = load(f);
		assert_int_equal(packed.n_cells, 4);
		assert_int_equal(again.n_cells, 4);
		for (size_t c = 0; c < 4; c++) {
			same_series(&packed.cells[c].series[0], &again.cells[c].series[0]);
			same_series(&packed.cells[c].series[1], &again.cells[c].series[1]);
			assert_int_equal(packed.cells[c].within.warmup,
					 again.cells[c].within.warmup);
		}
		same_counts(&packed.counts, &again.counts);
		assert_true(packed.place.known && again.place.known);
		assert_true(packed.place.change == again.place.change);
		summary_release(&again);
	}
	assert_int_equal(number(f->s, "SELECT count(*) FROM packed"), 4 * 2 * BOOTS - 4);
	assert_int_equal(number(f->s, "SELECT count(*) FROM packed_count"), 0);
	summary_release(&packed);
}

static void packs_what_counts(void **state)
{
	static const struct like l = { 1, 0, 1, 10 };
	struct fixture *f = *state;
	struct fake_boot b;
	struct summary sum;
	int64_t run = put_run(f->s, "ns", &l);
	/* nine of ten samples: one was refused */
	assert_int_equal(number(f->s, "SELECT max(length(data)) = 72 AND min(length(data)) = 72"
				      " FROM packed"),
			 1);
	assert_int_equal(number(f->s, "SELECT min(begun) = 2 AND max(ended) = 2 + 39 * 0.5"
				      " FROM packed_time"),
			 1);
	sum = load(f);
	assert_int_equal(sum.counts.n, 4 * 3);
	assert_string_equal(sum.counts.rows[0].event, "cycles");
	assert_string_equal(sum.counts.rows[1].event, "tlb");
	assert_string_equal(sum.counts.rows[2].event, "gone");
	assert_true(sum.counts.rows[0].laps);
	assert_true(fabs(sum.counts.rows[0].series[0].value - 10.4) < 1e-9);
	assert_true(sum.counts.rows[1].series[0].running == 0.25);
	assert_true(fabs(sum.counts.rows[1].series[0].value - 5.4) < 1e-9);
	assert_int_equal(sum.counts.rows[1].series[1].n_boots, BOOTS);
	assert_int_equal(sum.counts.rows[2].series[0].n_boots, 0);
	assert_string_equal(sum.counts.rows[2].series[0].unsupported, "ENOENT");
	summary_release(&sum);

	/* of a boot that did not end well nothing is read, and nothing packed */
	b = fake_boot(f->s, run, "stock", 'b', 99, "ns");
	fake_end(&b, "tainted", "WARNING");
	assert_int_equal(number(f->s, "SELECT packed FROM boot WHERE state = 'tainted'"), 0);
}

static void leaves_warmups_out(void **state)
{
	static const struct like l = { 1.2, 0, 1, 20 };
	struct fixture *f = *state;
	struct summary sum;

	put_run(f->s, "ns", &l);
	sum = load(f);
	for (size_t c = 0; c < 4; c++) {
		const struct summary_cell *cell = &sum.cells[c];

		assert_in_range(cell->within.warmup, 2, 3); /* chance finds one more in 5 % */
		assert_true(cell->within.settled);
		for (size_t k = 0; k < 2; k++) {
			const struct series *s = &cell->series[k];

			assert_int_equal(s->n_samples, BOOTS * (19 - cell->within.warmup));
			for (size_t i = 0; i < s->n_boots; i++) {
				/* without the first ones no sample is a fifth above the others */
				assert_true(s->quantiles[i][7] < 1.05 * s->boots[i]);
				assert_true(s->quantiles[i][0] <= s->quantiles[i][1]);
				assert_true(s->quantiles[i][3] == s->boots[i]);
				assert_int_equal(s->at[i].block, i);
			}
		}
		assert_true(cell->series[1].value < 0.52 * cell->series[0].value);
		assert_true(cell->within.has_drift && cell->within.drift_p > 0.05);
	}
	summary_release(&sum);
}

static void finds_drift_and_place(void **state)
{
	static const struct like l = { 1, 0.06, 0.9, 20 };
	struct fixture *f = *state;
	struct summary sum;

	put_run(f->s, "ns", &l);
	sum = load(f);
	for (size_t c = 0; c < 4; c++) {
		assert_true(sum.cells[c].within.drift_p < 0.01);
		assert_true(sum.cells[c].within.drift.lo > 0.02);
		assert_true(sum.cells[c].within.drift.hi < 0.08);
		assert_int_equal(sum.cells[c].series[0].n_boots, BOOTS);
	}
	/* a quarter of a boot of 39.5 s: the first cell */
	assert_true(sum.place.known);
	assert_int_equal(sum.place.boots, 2 * BOOTS);
	assert_true(fabs(sum.place.seconds - 9.875) < 1e-9);
	assert_true(sum.place.lo < -0.09 && sum.place.hi > -0.11);
	assert_true(fabs(sum.place.change + 0.1) < 0.02 && sum.place.p < 1e-6);
	summary_release(&sum);
}

/* What repeats to the instruction has no warm-up, whatever its figures look like. */
static void leaves_exact_runs_alone(void **state)
{
	static const struct like l = { 1.2, 0.06, 0.9, 20 };
	struct fixture *f = *state;
	struct summary sum;

	put_run(f->s, "insn", &l);
	sum = load(f);
	assert_true(sum.exact);
	for (size_t c = 0; c < 4; c++) {
		assert_int_equal(sum.cells[c].within.warmup, 0);
		assert_true(sum.cells[c].within.settled);
		assert_false(sum.cells[c].within.has_drift);
		assert_int_equal(sum.cells[c].series[0].n_samples, BOOTS * 19);
	}
	assert_false(sum.place.known);
	summary_release(&sum);
}

static void few_samples_are_all_kept(void **state)
{
	static const struct like l = { 1.2, 0, 1, 7 };
	struct fixture *f = *state;
	struct summary sum;

	put_run(f->s, "ns", &l);
	sum = load(f);
	assert_int_equal(sum.cells[0].within.warmup, 0);
	assert_int_equal(sum.cells[0].series[0].n_samples, BOOTS * 6);
	summary_release(&sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_boots_that_are_not_packed, setup, teardown),
		cmocka_unit_test_setup_teardown(packs_what_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(leaves_warmups_out, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_drift_and_place, setup, teardown),
		cmocka_unit_test_setup_teardown(leaves_exact_runs_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(few_samples_are_all_kept, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
