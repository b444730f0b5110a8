// SPDX-License-Identifier: GPL-2.0-or-later
/* results/summary and results/compare: which runs, boots and samples count, and what is said. */
#include <errno.h>
#include <math.h>

#include "results/compare.h"
#include "tests/unit/fake_run.h"

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

/* A boot with one cell of one sample for each value. */
static void boot(struct fixture *f, int64_t run, const char *name, char hash, unsigned int number,
		 const char *state, const double *values, size_t n)
{
	struct fake_boot b = fake_boot(f->s, run, name, hash, number, "insn");

	fake_cell(&b, 0, "cow", "{\"folio\":\"64K\"}", "");
	for (size_t i = 0; i < n; i++) {
		char *text __free = xasprintf("\"per_page\":%.10g", fabs(values[i]));

		/* a negative figure stands for a sample that was refused, a huge one for a
		 * kernel that was wrong */
		fake_sample(&b, 0, (int)i,
			    values[i] < -1e6 ? "wrong"
			    : values[i] < 0  ? "refused"
					     : "ok",
			    text);
	}
	fake_end(&b, state, strcmp(state, "ok") ? "WARNING at mm/memory.c:1" : "");
}

#define BOOT(f, run, name, hash, number, state, ...)                                               \
	boot(f, run, name, hash, number, state, (const double[]){ __VA_ARGS__ },                   \
	     sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double))

static int compare(struct fixture *f, const char *a, const char *b, int64_t run,
		   struct comparison *c)
{
	const struct compare_query q = { .baseline = a, .patched = b, .run_id = run };

	return compare_load(f->s, &q, c, &f->e);
}

static void takes_medians_of_medians(void **state)
{
	struct fixture *f = *state;
	int64_t run = fake_run(f->s, "qemu");
	struct comparison c;

	/* pooled, the median of the baseline would be 12 */
	BOOT(f, run, "a", 'a', 0, "ok", 10, 10, 10);
	BOOT(f, run, "a", 'a', 1, "ok", 12, 12, 12, 12, 12, 12, 99);
	BOOT(f, run, "a", 'a', 2, "ok", 9, 11, 10);
	BOOT(f, run, "b", 'b', 0, "ok", 5, 1, 9);
	assert_int_equal(compare(f, "a", "b", 0, &c), 0);
	assert_int_equal(c.n_cells, 1);
	assert_true(c.cells[0].baseline.value == 10);
	assert_true(c.cells[0].baseline.lo == 10 && c.cells[0].baseline.hi == 12);
	assert_int_equal(c.cells[0].baseline.n_boots, 3);
	assert_int_equal(c.cells[0].baseline.n_samples, 13);
	assert_true(c.cells[0].baseline.boots[1] == 12);
	assert_true(c.cells[0].has_change && c.cells[0].change == -0.5);
	assert_int_equal(c.cells[0].verdict, VERDICT_IMPROVED);
	assert_string_equal(c.cells[0].unit, "insn");
	assert_contains(c.cells[0].note, "a: boots differ: 10, 12, 10");
	assert_true(c.exact);
	assert_false(comparison_regressed(&c));
	comparison_release(&c);
	assert_int_equal(compare(f, "b", "a", 0, &c), 0);
	assert_true(comparison_regressed(&c));
	comparison_release(&c);
}

static void leaves_out_bad_boots_and_samples(void **state)
{
	struct fixture *f = *state;
	int64_t run = fake_run(f->s, "qemu");
	struct comparison c;

	BOOT(f, run, "a", 'a', 0, "ok", 10, -99, -98, 10);
	BOOT(f, run, "a", 'a', 1, "tainted", 50, 50);
	BOOT(f, run, "a", 'a', 2, "lost", 70);
	BOOT(f, run, "b", 'b', 0, "ok", 10);
	assert_int_equal(compare(f, "a", "b", 0, &c), 0);
	assert_true(c.cells[0].baseline.value == 10 && c.cells[0].baseline.hi == 10);
	assert_int_equal(c.cells[0].baseline.n_refused, 2);
	assert_int_equal(c.cells[0].baseline.n_samples, 2);
	assert_contains(c.cells[0].note, "a: 2 samples refused: 64K folios: 12 of 64");
	assert_int_equal(c.baseline.boots_ok, 1);
	assert_int_equal(c.baseline.boots_tainted, 1);
	assert_int_equal(c.baseline.boots_lost, 1);
	assert_int_equal(c.warnings.n, 3); /* two boots, and the run that has not ended */
	assert_contains(c.warnings.v[1], "boot 2 of a: tainted: WARNING at mm/memory.c:1");
	assert_int_equal(c.cells[0].verdict, VERDICT_EQUIVALENT);
	comparison_release(&c);
}

/* Counts of an emulator with several CPUs: a difference of one boot against one decides nothing. */
static void several_cpus_are_compared_like_times(void **state)
{
	struct fixture *f = *state;
	struct comparison c;

	for (unsigned int cpus = 1; cpus <= 2; cpus++) {
		int64_t run = fake_run(f->s, "qemu");

		for (int i = 0; i < 2; i++) {
			struct fake_boot b =
				fake_boot(f->s, run, i ? "b" : "a", i ? 'b' : 'a', cpus, "insn");

			fake_line(&b,
				  "{\"t\":\"hello\",\"v\":1,\"agent\":\"0.1.0\",\"kernel\":"
				  "\"7.3.4\",\"unit\":\"insn\",\"facts\":{\"cpus\":%u}}",
				  cpus);
			fake_cell(&b, 0, "cow", "{\"folio\":\"64K\"}", "");
			fake_sample(&b, 0, 0, "ok", i ? "\"per_page\":5" : "\"per_page\":10");
			fake_end(&b, "ok", "");
		}
		assert_int_equal(compare(f, "a", "b", run, &c), 0);
		assert_int_equal(c.cpus, cpus);
		assert_int_equal(c.exact, cpus == 1);
		assert_int_equal(c.cells[0].verdict,
				 cpus == 1 ? VERDICT_IMPROVED : VERDICT_INCONCLUSIVE);
		comparison_release(&c);
	}
}

/* However good its other figures are. */
static void a_wrong_kernel_is_no_improvement(void **state)
{
	struct fixture *f = *state;
	int64_t run = fake_run(f->s, "qemu");
	struct comparison c;

	BOOT(f, run, "a", 'a', 0, "ok", 10, 10, 10);
	BOOT(f, run, "b", 'b', 0, "ok", 1, 1, -1e9);
	assert_int_equal(compare(f, "a", "b", 0, &c), 0);
	assert_int_equal(c.cells[0].verdict, VERDICT_WRONG);
	assert_int_equal(c.cells[0].patched.n_wrong, 1);
	assert_int_equal(c.cells[0].patched.n_boots, 0);
	assert_false(c.cells[0].has_change);
	assert_contains(c.cells[0].note, "b: 1 sample wrong: ");
	assert_true(comparison_regressed(&c));
	comparison_release(&c);
}

static void says_what_is_on_one_side_only(void **state)
{
	struct fixture *f = *state;
	int64_t run = fake_run(f->s, "qemu");
	struct comparison c;
	struct fake_boot b;

	BOOT(f, run, "a", 'a', 0, "ok", 10);
	b = fake_boot(f->s, run, "b", 'b', 0, "insn");
	fake_line(&b, "{\"t\":\"skip\",\"cell\":0,\"why\":\"no 64K folios here\"}");
	fake_end(&b, "ok", "");
	assert_int_equal(compare(f, "a", "b", 0, &c), 0);
	assert_int_equal(c.n_cells, 1);
	assert_int_equal(c.cells[0].verdict, VERDICT_NOT_COMPARABLE);
	assert_false(c.cells[0].has_change);
	assert_contains(c.cells[0].note, "no figure on b");
	/* never described on b, so named by the other boot's plan */
	assert_contains(c.warnings.v[1], "cow folio=64K: skipped on b: no 64K folios here");
	comparison_release(&c);
}

/* All samples refused must not make the row vanish. */
static void shows_cells_without_a_single_sample(void **state)
{
	struct fixture *f = *state;
	int64_t run = fake_run(f->s, "qemu");
	struct comparison c;

	BOOT(f, run, "a", 'a', 0, "ok", -10);
	BOOT(f, run, "b", 'b', 0, "ok", -10);
	assert_int_equal(compare(f, "a", "b", 0, &c), 0);
	assert_int_equal(c.n_cells, 1);
	assert_int_equal(c.cells[0].verdict, VERDICT_NOT_COMPARABLE);
	assert_contains(c.cells[0].note, "refused");
	comparison_release(&c);
}

static void has_no_change_from_zero(void **state)
{
	struct fixture *f = *state;
	int64_t run = fake_run(f->s, "qemu");
	struct comparison c;

	BOOT(f, run, "a", 'a', 0, "ok", 0);
	BOOT(f, run, "b", 'b', 0, "ok", 10);
	assert_int_equal(compare(f, "a", "b", 0, &c), 0);
	assert_false(c.cells[0].has_change);
	assert_int_equal(c.cells[0].verdict, VERDICT_REGRESSED);
	comparison_release(&c);
}

static void picks_the_newest_usable_run(void **state)
{
	struct fixture *f = *state;
	int64_t first = fake_run(f->s, "qemu"), second, third;
	struct comparison c;

	BOOT(f, first, "a", 'a', 0, "ok", 1);
	BOOT(f, first, "b", 'b', 0, "ok", 1);
	second = fake_run(f->s, "qemu");
	BOOT(f, second, "a", 'c', 0, "ok", 2);
	BOOT(f, second, "b", 'b', 0, "ok", 2);
	third = fake_run(f->s, "qemu");
	BOOT(f, third, "a", 'a', 0, "ok", 3);
	BOOT(f, third, "b", 'b', 0, "lost", 3);
	assert_int_equal(compare(f, "a", "b", 0, &c), 0);
	assert_int_equal(c.run_id, second);
	assert_contains(c.warnings.v[0], "run 3 is newer");
	comparison_release(&c);
	assert_int_equal(compare(f, "aaaaaaaa", "b", 0, &c), 0);
	assert_int_equal(c.run_id, first);
	comparison_release(&c);
	assert_int_equal(compare(f, "a", "b", first, &c), 0);
	assert_int_equal(c.run_id, first);
	comparison_release(&c);
}

/* It ran, so it stands beside the other one: without a figure, and not as a success. */
static void a_tainted_kernel_does_not_compare(void **state)
{
	struct fixture *f = *state;
	int64_t run = fake_run(f->s, "qemu");
	struct comparison c;

	BOOT(f, run, "a", 'a', 0, "ok", 10);
	BOOT(f, run, "b", 'b', 0, "tainted", 5);
	BOOT(f, run, "b", 'b', 1, "tainted", 5);
	assert_int_equal(compare(f, "a", "b", 0, &c), 0);
	assert_int_equal(c.n_cells, 1);
	assert_int_equal(c.cells[0].verdict, VERDICT_NOT_COMPARABLE);
	assert_contains(c.cells[0].note, "no figure on b: all its boots are tainted");
	assert_false(c.cells[0].has_change);
	comparison_release(&c);
	/* and two of them have nothing to show */
	run = fake_run(f->s, "qemu");
	BOOT(f, run, "c", 'c', 0, "tainted", 10);
	BOOT(f, run, "d", 'd', 0, "tainted", 5);
	assert_int_equal(compare(f, "c", "d", 0, &c), -ENODATA);
	assert_contains(f->e.msg, "no usable boot of c (boot 1 of c: tainted: WARNING");
}

static void refuses_what_cannot_be_compared(void **state)
{
	struct fixture *f = *state;
	struct comparison c;
	int64_t run;

	assert_int_equal(compare(f, "a", "b", 0, &c), -ENOENT);
	assert_contains(f->e.msg, "nothing was measured yet");
	run = fake_run(f->s, "qemu");
	BOOT(f, run, "a", 'a', 0, "ok", 1);
	BOOT(f, run, "b", 'b', 0, "lost", 1);
	assert_int_equal(compare(f, "a", "zzz", 0, &c), -ENOENT);
	assert_contains(f->e.msg, "both a and zzz; kernels that were measured: a, b");
	assert_int_equal(compare(f, "a", "b", 0, &c), -ENODATA);
	assert_contains(f->e.msg, "no usable boot of b (boot 1 of b: lost: WARNING");
	assert_int_equal(compare(f, "a", "b", 77, &c), -ENOENT);
	assert_int_equal(compare(f, "a", "aaaaaaaa", 0, &c), -EINVAL);
	assert_contains(f->e.msg, "the same kernel");
	BOOT(f, run, "a", 'c', 0, "ok", 1);
	assert_int_equal(compare(f, "a", "b", run, &c), -EINVAL);
	assert_contains(f->e.msg, "a fits two kernels");
}

static void sums_up_any_number_of_kernels(void **state)
{
	struct fixture *f = *state;
	int64_t run = fake_run(f->s, "local");
	struct summary sum;

	BOOT(f, run, "a", 'a', 0, "ok", 1);
	assert_int_equal(summary_load(f->s, NULL, 0, 0, &sum, &f->e), 0);
	assert_int_equal(sum.n_kernels, 1);
	assert_true(sum.cells[0].series[0].value == 1);
	summary_release(&sum);
	BOOT(f, run, "b", 'b', 0, "ok", 2);
	BOOT(f, run, "c", 'c', 0, "lost", 3);
	assert_int_equal(summary_load(f->s, NULL, 0, run, &sum, &f->e), 0);
	assert_int_equal(sum.n_kernels, 3);
	assert_int_equal(sum.cells[0].series[2].n_boots, 0);
	summary_release(&sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(takes_medians_of_medians, setup, teardown),
		cmocka_unit_test_setup_teardown(leaves_out_bad_boots_and_samples, setup, teardown),
		cmocka_unit_test_setup_teardown(several_cpus_are_compared_like_times, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_wrong_kernel_is_no_improvement, setup, teardown),
		cmocka_unit_test_setup_teardown(says_what_is_on_one_side_only, setup, teardown),
		cmocka_unit_test_setup_teardown(shows_cells_without_a_single_sample, setup,
						teardown),
		cmocka_unit_test_setup_teardown(has_no_change_from_zero, setup, teardown),
		cmocka_unit_test_setup_teardown(picks_the_newest_usable_run, setup, teardown),
		cmocka_unit_test_setup_teardown(a_tainted_kernel_does_not_compare, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses_what_cannot_be_compared, setup, teardown),
		cmocka_unit_test_setup_teardown(sums_up_any_number_of_kernels, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
