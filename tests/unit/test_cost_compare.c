// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * results/cost: two kernels side by side: rows, where functions went, that all of a difference is
 * in the rows; the gate; other runs; a series patch by patch.
 */
#include <errno.h>
#include <math.h>

#include "results/steps.h"
#include "tests/unit/fake_cost.h"

/*
 * The patched kernel's image: other addresses, some functions gone, some new; do_wp_page and
 * wp_page_copy are larger, folio_add_rmap is smaller.
 */
static const char patched_map[] = "ffffffff82000000 T asm_exc_page_fault\n"
				  "ffffffff82000100 T handle_mm_fault\n"
				  "ffffffff82000200 t do_wp_page\n"
				  "ffffffff82000400 t wp_page_copy\n"
				  "ffffffff82000700 T folio_add_rmap\n"
				  "ffffffff82000800 T only_there\n"
				  "ffffffff82000900 t split_part\n"
				  "ffffffff82000a00 D data\n"
				  "401000 u main 100\n";

#define PATCHED_TEXT 0xffffffff82000000ULL

enum {
	B_FAULT = 0x000,
	B_HANDLE = 0x100,
	B_WP = 0x200,
	B_COPY = 0x400,
	B_RMAP = 0x700,
	B_UNCALLED = 0x800,
	B_SPLIT = 0x900,
	B_END = 0xa00,
};

struct pair {
	const struct fake_insn *v;
	size_t n;
};

/* One boot of each kernel with one sample of OPS operations; side without instructions: none. */
static int64_t measure(struct store *s, const struct pair *a, const struct pair *b,
		       unsigned int ops)
{
	int64_t run = fake_run(s, "qemu");
	struct error e = { "" };

	for (int side = 0; side < 2; side++) {
		const struct pair *p = side ? b : a;
		struct fake_boot boot =
			fake_boot(s, run, side ? "patched" : "stock", side ? 'b' : 'a', 0, "insn");

		fake_cell(&boot, 0, "cow", "{\"folio\":\"64K\"}", "");
		fake_window_sample(&boot, 0, 0, "ok", 2, ops, "");
		fake_counted(&boot, side ? patched_map : baseline_map, NULL);
		if (p->n)
			fake_part(&boot, side ? PATCHED_TEXT : TEXT,
				  &(struct fake_window){ 2, .v = p->v, .n = p->n });
		fake_end(&boot, "ok", "");
	}
	assert_int_equal(store_run_end(s, run, "complete", &e), 0);
	return run;
}

#define PAIR(...) (&(const struct pair){ FAKE_INSNS(__VA_ARGS__) })

struct fixture {
	char *dir;
	struct store *s;
	struct cost_comparison c;
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

	cost_release(&f->c);
	store_close(f->s);
	scratch_remove(f->dir);
	free(f);
	return 0;
}

static const struct cost_cell *compare(struct fixture *f, const struct pair *a,
				       const struct pair *b, unsigned int ops)
{
	measure(f->s, a, b, ops);
	fake_load(f->s, "stock", "patched", &f->c);
	assert_int_equal(f->c.n_cells, 1);
	return &f->c.cells[0];
}

/* Every instruction of the difference is in a row, to the last one, in every event. */
static void assert_adds_up(const struct cost_cell *c, unsigned int ops)
{
	for (int user = 0; user < 2; user++) {
		const struct cost_counts *a = user ? &c->baseline.user : &c->baseline.kernel;
		const struct cost_counts *b = user ? &c->patched.user : &c->patched.kernel;

		for (size_t k = 0; k < COST_EVENTS; k++) {
			long long rows = 0, all = llround((b->n[k] - a->n[k]) * ops);
			double sum[2] = { 0, 0 };

			for (size_t i = 0; i < c->n_rows; i++) {
				const struct cost_row *r = &c->rows[i];

				if (r->user != user)
					continue;
				rows += llround(r->delta.n[k] * ops);
				sum[0] += r->baseline ? r->baseline->c.n[k] : 0;
				sum[1] += r->patched ? r->patched->c.n[k] : 0;
			}
			assert_int_equal(rows, all);
			assert_true(llround(sum[0] * ops) == llround(a->n[k] * ops));
			assert_true(llround(sum[1] * ops) == llround(b->n[k] * ops));
		}
	}
}

static void accounts_for_all(void **state)
{
	struct fixture *f = *state;
	const struct cost_cell *c = compare(
		f,
		PAIR({ A_FAULT, 7 }, { A_HANDLE, 70, PROFILE_ATOMIC, 1, 2 }, { A_WP, 210 },
		     { A_COPY, 7 }, { A_COPY + 4, 4096 * 7, PROFILE_STRING, 1, 1 },
		     { A_RMAP, 7, PROFILE_TLB_ALL }, { A_END + 0x10, 5 }, { A_END + 0x2000, 3 },
		     { 0, 3, 0, 0, 0, true }, { 0x900, 2, 0, 0, 0, true }),
		PAIR({ B_FAULT, 7 }, { B_HANDLE, 69, PROFILE_ATOMIC, 1, 2 }, { B_WP, 1 },
		     { B_COPY, 11 }, { B_RMAP, 7, PROFILE_TLB_PAGE }, { B_UNCALLED, 13 },
		     { B_END + 0x1000, 8 }, { 0, 4, 0, 0, 0, true }),
		7);

	assert_adds_up(c, 7);
	assert_int_equal(c->n_rows, 11);
	/* the largest difference first, whichever way */
	assert_string_equal(c->rows[0].name, "wp_page_copy");
	assert_string_equal(c->rows[0].note, "was wp_page_copy.isra.0");
	assert_true(c->rows[0].delta.n[COST_INSNS] == 11.0 / 7 - 4097);
	assert_string_equal(c->rows[1].name, "do_wp_page");
	assert_string_equal(c->rows[1].note, "");
	assert_string_equal(fake_row(c, "only_there")->note, "not called before");
	assert_null(fake_row(c, "only_there")->baseline);
	assert_string_equal(fake_row(c, "[0xffffffff81002000]")->note, "gone");
	assert_string_equal(fake_row(c, "[0xffffffff82001000]")->note, "new");
	assert_true(fake_row(c, "[user 0x401000]")->user);
	assert_true(fake_row(c, "folio_add_rmap")->delta.n[COST_TLB] == 0);
	assert_true(fake_row(c, "folio_add_rmap")->delta.n[COST_TLB_PAGE] == 1);
	assert_true(fake_row(c, "folio_add_rmap")->delta.n[COST_TLB_ALL] == -1);
	/* without a difference last, by size */
	assert_string_equal(c->rows[10].name, "asm_exc_page_fault");
}

/* wp_page_copy is larger by what small_helper had, atomics and all. */
static void sees_inlining(void **state)
{
	struct fixture *f = *state;
	const struct cost_cell *c =
		compare(f,
			PAIR({ A_WP, 100 }, { A_COPY, 500 }, { A_SMALL, 1 }, { A_SMALL + 4, 40 },
			     { A_SMALL + 8, 2, PROFILE_ATOMIC }, { A_RMAP, 60 }),
			PAIR({ B_WP, 100 }, { B_COPY, 538 }, { B_COPY + 4, 2, PROFILE_ATOMIC },
			     { B_RMAP, 100 }),
			1);

	assert_string_equal(fake_row(c, "small_helper")->note, "now inlined into wp_page_copy?");
	assert_adds_up(c, 1);
}

/* And the other way round: split_part took from folio_add_rmap. */
static void sees_what_was_split_off(void **state)
{
	struct fixture *f = *state;
	const struct cost_cell *c = compare(f, PAIR({ A_WP, 60 }, { A_RMAP, 100 }),
					    PAIR({ B_WP, 60 }, { B_RMAP, 70 }, { B_SPLIT, 33 }), 1);

	assert_string_equal(fake_row(c, "split_part")->note, "split off folio_add_rmap?");
	assert_string_equal(fake_row(c, "folio_add_rmap")->note, "");
	assert_adds_up(c, 1);
}

/* Two that are only together as large as what do_wp_page has more. */
static void sees_several_inlined_into_one(void **state)
{
	struct fixture *f = *state;
	const struct cost_cell *c = compare(f, PAIR({ A_WP, 100 }, { A_SMALL, 50 }, { A_TICK, 45 }),
					    PAIR({ B_WP, 190 }), 1);

	assert_string_equal(fake_row(c, "small_helper")->note, "now inlined into do_wp_page?");
	assert_string_equal(fake_row(c, "tick_handler")->note, "now inlined into do_wp_page?");
	assert_adds_up(c, 1);
}

/* No other function has more, not enough of them, or not what it did. */
static void guesses_no_more_than_it_can(void **state)
{
	struct fixture *f = *state;
	const struct cost_cell *c =
		compare(f, PAIR({ A_WP, 100 }, { A_RMAP, 60 }, { A_SMALL, 50, PROFILE_ATOMIC }),
			PAIR({ B_WP, 145 }, { B_RMAP, 60 }, { B_UNCALLED, 200 }), 1);

	assert_string_equal(fake_row(c, "small_helper")->note, "gone");
	assert_string_equal(fake_row(c, "only_there")->note, "not called before");
	cost_release(&f->c);
	c = compare(f, PAIR({ A_WP, 100 }, { A_RMAP, 60 }, { A_SMALL, 50 }),
		    PAIR({ B_WP, 120 }, { B_RMAP, 600 }), 1);
	assert_string_equal(fake_row(c, "small_helper")->note, "gone");
	cost_release(&f->c);
	/* as many more, of code that did not grow: another path */
	c = compare(f, PAIR({ A_WP, 100 }, { A_RMAP, 60 }, { A_TICK, 50 }),
		    PAIR({ B_WP, 100 }, { B_RMAP, 110 }), 1);
	assert_string_equal(fake_row(c, "tick_handler")->note, "gone");
	cost_release(&f->c);
	/* it is there: do_wp_page took another path, whatever the numbers are */
	c = compare(f, PAIR({ A_WP, 100 }, { A_UNCALLED, 60 }), PAIR({ B_WP, 160 }), 1);
	assert_string_equal(fake_row(c, "only_there")->note, "no longer called");
}

static const char *namer(void *data, bool patched, uint64_t addr)
{
	uint64_t at = addr - (patched ? PATCHED_TEXT : TEXT);

	(*(int *)data)++;
	if (patched)
		return at == B_WP + 8	? "small_helper [in do_wp_page]"
		       : at == B_WP + 4 ? "helper [in do_wp_page]"
		       : at == B_WP	? "do_wp_page"
					: NULL;
	return at == A_RMAP + 4 ? "helper [in folio_add_rmap]" : NULL;
}

/* Debug information names what was inlined; calls are those of the function around it. */
static void takes_names_from_a_namer(void **state)
{
	struct fixture *f = *state;
	int asked = 0;
	const struct cost_namer n = { namer, &asked };
	const struct cost_query q = { .baseline = "stock", .patched = "patched", .namer = &n };
	const struct cost_cell *c;
	struct error e = { "" };

	measure(f->s, PAIR({ A_WP, 10 }, { A_SMALL, 20 }, { A_RMAP + 4, 30 }),
		PAIR({ B_WP, 10 }, { B_WP + 4, 30 }, { B_WP + 8, 18 }), 1);
	assert_int_equal(cost_load(f->s, &q, &f->c, &e), 0);
	c = &f->c.cells[0];
	assert_int_equal(asked, 6);
	assert_int_equal(c->n_rows, 3);
	assert_string_equal(c->rows[0].name, "small_helper [in do_wp_page]");
	assert_string_equal(c->rows[0].note, "now inlined into do_wp_page");
	assert_true(c->rows[0].delta.n[COST_INSNS] == -2);
	assert_string_equal(fake_row(c, "helper [in do_wp_page]")->note,
			    "was inlined into folio_add_rmap");
	assert_true(fake_function(&c->patched, "do_wp_page")->c.n[COST_CALLS] == 10);
	assert_adds_up(c, 1);
}

static void guards(void **state)
{
	struct fixture *f = *state;
	const unsigned int both = 1 << COST_INSNS | 1 << COST_ATOMICS;
	struct cost_excess *x;

	compare(f, PAIR({ A_WP, 1000 }, { A_RMAP, 10, PROFILE_TLB_ALL }),
		PAIR({ B_WP, 1004 }, { B_RMAP, 1, PROFILE_ATOMIC }), 3);
	assert_int_equal(cost_gate(&f->c, 1 << COST_INSNS, 0, &x), 0);
	free(x);
	cost_release(&f->c);
	compare(f, PAIR({ A_WP, 1000 }), PAIR({ B_WP, 1005 }, { B_RMAP, 1, PROFILE_ATOMIC }), 3);
	assert_int_equal(cost_gate(&f->c, 1 << COST_INSNS, 0.006, &x), 0); /* just as many */
	free(x);
	assert_int_equal(cost_gate(&f->c, 1 << COST_INSNS, 0.0059, &x), 1);
	assert_true(fabs(x[0].increase - 0.006) < 1e-9 && x[0].event == COST_INSNS);
	assert_true(x[0].baseline == 1000.0 / 3 && x[0].patched == 1006.0 / 3);
	free(x);
	assert_int_equal(cost_gate(&f->c, both, 0.005, &x), 2);
	assert_int_equal(x[0].event, COST_ATOMICS); /* from none: the worst there is */
	assert_true(isinf(x[0].increase));
	assert_int_equal(x[1].event, COST_INSNS);
	assert_ptr_equal(x[1].cell, &f->c.cells[0]);
	free(x);
	assert_int_equal(cost_gate(&f->c, both, 1000, &x), 1);
	free(x);
}

/* One window of three in which more was done, and a TLB invalidation: not what a window costs. */
static void guards_typical_windows(void **state)
{
	struct fixture *f = *state;
	const unsigned int events = 1 << COST_INSNS | 1 << COST_TLB;
	int64_t run = measure(f->s, PAIR({ A_WP, 1000 }), PAIR({ B_WP, 1000 }), 1);
	struct cost_excess *x;
	struct fake_boot b = fake_boot(f->s, run, "patched", 'b', 1, "insn");

	fake_cell(&b, 0, "cow", "{\"folio\":\"64K\"}", "");
	fake_window_sample(&b, 0, 0, "ok", 2, 1, "");
	fake_window_sample(&b, 0, 1, "ok", 3, 1, "");
	fake_counted(&b, patched_map, NULL);
	fake_part(&b, PATCHED_TEXT, &(struct fake_window){ 2, FAKE_INSNS({ B_WP, 1000 }) });
	fake_part(&b, PATCHED_TEXT,
		  &(struct fake_window){
			  3, FAKE_INSNS({ B_WP, 1900 }, { B_RMAP, 1, PROFILE_TLB_ALL }) });
	fake_end(&b, "ok", "");
	fake_load(f->s, "stock", "patched", &f->c);
	assert_int_equal(f->c.cells[0].patched.windows, 3);
	assert_true(f->c.cells[0].patched.kernel.n[COST_INSNS] > 1300);
	assert_int_equal(cost_gate(&f->c, events, 0, &x), 0);
	free(x);
}

/* Windows of the patched kernel with FIRST, 1900 and 1900 instructions; the baseline's: 1000. */
static size_t exceeding(struct fixture *f, uint64_t first)
{
	int64_t run = measure(f->s, PAIR({ A_WP, 1000 }), PAIR({ B_WP, 1900 }), 1);
	struct fake_boot b = fake_boot(f->s, run, "patched", 'b', 1, "insn");
	struct cost_excess *x;
	size_t n;

	fake_cell(&b, 0, "cow", "{\"folio\":\"64K\"}", "");
	fake_window_sample(&b, 0, 0, "ok", 2, 1, "");
	fake_window_sample(&b, 0, 1, "ok", 3, 1, "");
	fake_counted(&b, patched_map, NULL);
	fake_part(&b, PATCHED_TEXT, &(struct fake_window){ 2, FAKE_INSNS({ B_WP, first }) });
	fake_part(&b, PATCHED_TEXT, &(struct fake_window){ 3, FAKE_INSNS({ B_WP, 1900 }) });
	fake_end(&b, "ok", "");
	fake_load(f->s, "stock", "patched", &f->c);
	assert_true(f->c.cells[0].patched.typical.n[COST_INSNS] == 1900);
	n = cost_gate(&f->c, 1 << COST_INSNS, 0, &x);
	free(x);
	cost_release(&f->c);
	return n;
}

/* A median may have moved by chance; what a patch adds is in the cheapest window, too. */
static void guards_what_every_window_has(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(exceeding(f, 1000), 0);
	assert_int_equal(exceeding(f, 1001), 1);
	fake_load(f->s, "stock", "patched", &f->c); /* for teardown() */
}

/* What one kernel alone has counted cannot pass. */
static void guards_what_is_missing(void **state)
{
	struct fixture *f = *state;
	struct cost_excess *x;
	int64_t run;

	run = measure(f->s, PAIR({ A_WP, 1000 }), PAIR({ B_WP, 1000 }), 1);
	{
		struct fake_boot b = fake_boot(f->s, run, "stock", 'a', 1, "insn");

		fake_cell(&b, 0, "fork", "{}", "");
		fake_window_sample(&b, 0, 0, "ok", 2, 1, "");
		fake_counted(&b, baseline_map, NULL);
		fake_part(&b, TEXT, &(struct fake_window){ 2, FAKE_INSNS({ A_WP, 9 }) });
		fake_end(&b, "ok", "");
	}
	fake_load(f->s, "stock", "patched", &f->c);
	assert_int_equal(f->c.n_cells, 2);
	assert_int_equal(cost_gate(&f->c, 1 << COST_INSNS, 0, &x), 1);
	assert_true(x[0].uncounted);
	assert_string_equal(x[0].cell->case_name, "fork");
	assert_int_equal(x[0].cell->n_rows, 0);
	free(x);
}

/* What neither has counted is said; what was skipped is no failure, and why is said, too. */
static void names_what_nobody_counted(void **state)
{
	struct fixture *f = *state;
	int64_t run = fake_run(f->s, "qemu");

	for (int side = 0; side < 2; side++) {
		struct fake_boot b = fake_boot(f->s, run, side ? "patched" : "stock",
					       side ? 'b' : 'a', 0, "insn");

		fake_cell(&b, 0, "cow", "{}", "");
		fake_cell(&b, 1, "fork", "{}", "");
		fake_cell(&b, 2, "zap", "{}", "");
		fake_line(&b, "{\"t\":\"skip\",\"cell\":2,\"why\":\"no zram\"}");
		fake_window_sample(&b, 0, 0, "ok", 2, 1, "");
		fake_window_sample(&b, 1, 0, "refused", 3, 1, "");
		fake_counted(&b, side ? patched_map : baseline_map, NULL);
		fake_part(&b, side ? PATCHED_TEXT : TEXT,
			  &(struct fake_window){ 2, FAKE_INSNS({ A_WP, 9 }) });
		fake_end(&b, "ok", "");
	}
	fake_load(f->s, "stock", "patched", &f->c);
	assert_int_equal(f->c.n_cells, 1);
	assert_int_equal(f->c.n_empty, 1);
	assert_string_equal(f->c.empty[0].case_name, "fork");
	assert_int_equal(f->c.warnings.n, 4); /* the run has not ended */
	assert_string_equal(f->c.warnings.v[1], "zap: skipped on stock: no zram");
	assert_string_equal(f->c.warnings.v[3], "fork: nothing was counted that counts");
}

/* Counts of an emulator beside times of a machine: other runs, the same kernels. */
static void finds_the_run_with_counts(void **state)
{
	struct fixture *f = *state;
	json_t *params __json = json_pack("{s:s}", "folio", "64K");
	json_t *other __json = json_pack("{s:s}", "folio", "4K");
	char hash_a[65] = "", hash_b[65] = "", hash_c[65] = "";
	int64_t first, second, timed, run;
	struct error e = { "" };
	struct fake_boot b;

	memset(hash_a, 'a', 64);
	memset(hash_b, 'b', 64);
	memset(hash_c, 'c', 64);
	first = measure(f->s, PAIR({ A_WP, 1000 }), PAIR({ B_WP, 1000 }), 1);
	second = measure(f->s, PAIR({ A_WP, 1000 }), PAIR({ B_WP, 1001 }), 1);
	timed = fake_run(f->s, "local");
	b = fake_boot(f->s, timed, "stock", 'a', 0, "ns");
	fake_end(&b, "ok", "");
	b = fake_boot(f->s, timed, "patched", 'b', 0, "ns");
	fake_end(&b, "ok", "");
	assert_int_equal(cost_find_run(f->s, hash_a, hash_b, timed, &run, &e), 1);
	assert_int_equal(run, second);
	assert_int_equal(cost_find_run(f->s, hash_a, hash_b, first, &run, &e), 1);
	assert_int_equal(run, first);
	assert_int_equal(cost_find_run(f->s, hash_b, NULL, 0, &run, &e), 1);
	assert_int_equal(run, second);
	assert_int_equal(cost_find_run(f->s, hash_a, hash_c, 0, &run, &e), 0);
	fake_load(f->s, "stock", "patched", &f->c);
	assert_int_equal(f->c.run_id, second);
	assert_ptr_equal(cost_find_cell(&f->c, "cow", params, "per_page"), &f->c.cells[0]);
	assert_ptr_equal(cost_find_cell(&f->c, "cow", params, NULL), &f->c.cells[0]);
	assert_null(cost_find_cell(&f->c, "cow", other, NULL));
	assert_null(cost_find_cell(&f->c, "cow", params, "to_ro"));
}

/* Who names a run and no kernel means those that it booted. */
static void knows_the_kernels_of_a_run(void **state)
{
	struct fixture *f = *state;
	int64_t both = measure(f->s, PAIR({ A_WP, 1000 }), PAIR({ B_WP, 1000 }), 1);
	int64_t one = fake_run(f->s, "qemu"), none = fake_run(f->s, "qemu");
	struct fake_boot b = fake_boot(f->s, one, "patched", 'b', 0, "insn");
	char *baseline, *patched;
	struct error e = { "" };

	fake_end(&b, "ok", "");
	b = fake_boot(f->s, one, "patched", 'b', 1, "insn");
	fake_end(&b, "ok", "");
	assert_int_equal(cost_run_kernels(f->s, both, &baseline, &patched, &e), 0);
	assert_memory_equal(baseline, "aaaa", 4);
	assert_memory_equal(patched, "bbbb", 4);
	free(baseline);
	free(patched);
	assert_int_equal(cost_run_kernels(f->s, one, &baseline, &patched, &e), 0);
	assert_memory_equal(baseline, "bbbb", 4);
	assert_null(patched);
	free(baseline);
	assert_int_equal(cost_run_kernels(f->s, none, &baseline, &patched, &e), -ENOENT);
	assert_int_equal(cost_run_kernels(f->s, none + 1, &baseline, &patched, &e), -ENOENT);
	assert_null(baseline);
}

/* Number N of a series: how many instructions and atomics; 0: its boot is tainted. */
static const struct {
	char hash;
	size_t same_as;
	uint64_t insns, atomics;
} series[] = {
	{ 'a', 0, 100, 1 }, { 'b', 1, 90, 3 }, { 'c', 1, 0, 0 },
	{ 'd', 3, 0, 0 },   { 'e', 4, 80, 1 },
};

static void store_series(struct store *s, int64_t run)
{
	struct step v[ARRAY_SIZE(series)];
	struct error e = { "" };

	for (size_t i = 0; i < ARRAY_SIZE(series); i++) {
		char hash[65] = "";

		memset(hash, series[i].hash, 64);
		v[i] = (struct step){ .name = xasprintf("stock[%zu]", i),
				      .subject = (char *)(i ? "mm: do" : ""),
				      .hash = xstrdup(hash),
				      .same_as = series[i].same_as };
	}
	assert_int_equal(steps_store(s, run, v, ARRAY_SIZE(v), &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct fake_boot b;

		if (v[i].same_as == i) {
			b = fake_boot(s, run, v[i].name, series[i].hash, 0, "insn");
			fake_cell(&b, 0, "cow", "{}", "");
			fake_window_sample(&b, 0, 0, "ok", 2, 1, "");
			fake_counted(&b, baseline_map, NULL);
			fake_part(&b, TEXT,
				  &(struct fake_window){ 2,
							 FAKE_INSNS({ A_WP, series[i].insns + 1 },
								    { A_RMAP, series[i].atomics + 1,
								      PROFILE_ATOMIC }) });
			fake_end(&b, series[i].insns ? "ok" : "tainted", "");
		}
		free(v[i].name);
		free(v[i].hash);
	}
}

/* Which patch adds the atomic, and which one removes it. */
static void counts_patch_by_patch(void **state)
{
	struct fixture *f = *state;
	int64_t run = fake_run(f->s, "qemu");
	struct error e = { "" };
	char *baseline, *patched;
	struct cost_steps st;
	const struct cost_row *r;

	assert_int_equal(cost_steps_load(f->s, 0, NULL, false, &st, &e), -ENOENT);
	store_series(f->s, run);
	assert_int_equal(cost_steps_load(f->s, 0, "cow", false, &st, &e), 0);
	assert_int_equal(st.n, 5);
	assert_int_equal(st.run_id, run);
	assert_string_equal(st.steps[1].name, "stock[1]");
	assert_int_equal(st.v[0].n_cells, 1);
	assert_true(st.v[0].cells[0].rows[0].delta.n[COST_INSNS] == 0);
	assert_true(st.v[1].cells[0].patched.kernel.n[COST_ATOMICS] == 4);
	assert_true(st.v[1].cells[0].baseline.kernel.n[COST_ATOMICS] == 2);
	r = fake_row(&st.v[1].cells[0], "folio_add_rmap");
	assert_true(r->delta.n[COST_ATOMICS] == 2);
	assert_int_equal(st.v[2].n_cells, 0);	 /* the code of patch 1 */
	assert_int_equal(st.v[3].n_cells, 0);	 /* did not boot well */
	assert_int_equal(st.v[0].warnings.n, 2); /* the run has not ended */
	assert_contains(st.v[0].warnings.v[1], "boot 1 of stock[3]: tainted");
	assert_int_equal(cost_run_kernels(f->s, run, &baseline, &patched, &e), -EINVAL);
	assert_contains(e.msg, "patch by patch");
	/* against the last one that did */
	assert_string_equal(st.v[4].baseline.name, "stock[1]");
	assert_true(fake_row(&st.v[4].cells[0], "folio_add_rmap")->delta.n[COST_ATOMICS] == -2);
	cost_steps_release(&st);
	assert_int_equal(cost_steps_load(f->s, run, "fork", false, &st, &e), -EINVAL);
	assert_contains(e.msg, "no counts of fork patch by patch");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(accounts_for_all, setup, teardown),
		cmocka_unit_test_setup_teardown(sees_inlining, setup, teardown),
		cmocka_unit_test_setup_teardown(sees_what_was_split_off, setup, teardown),
		cmocka_unit_test_setup_teardown(sees_several_inlined_into_one, setup, teardown),
		cmocka_unit_test_setup_teardown(guesses_no_more_than_it_can, setup, teardown),
		cmocka_unit_test_setup_teardown(takes_names_from_a_namer, setup, teardown),
		cmocka_unit_test_setup_teardown(guards, setup, teardown),
		cmocka_unit_test_setup_teardown(guards_typical_windows, setup, teardown),
		cmocka_unit_test_setup_teardown(guards_what_every_window_has, setup, teardown),
		cmocka_unit_test_setup_teardown(guards_what_is_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(names_what_nobody_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(finds_the_run_with_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(knows_the_kernels_of_a_run, setup, teardown),
		cmocka_unit_test_setup_teardown(counts_patch_by_patch, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
