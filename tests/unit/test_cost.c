// SPDX-License-Identifier: GPL-2.0-or-later
/* results/cost: windows to figures of one kernel: means, what varies, what is left out. */
#include <errno.h>

#include "results/db.h"
#include "results/stacks.h"
#include "tests/unit/fake_cost.h"

#define NO_PARAMS "{\"folio\":\"64K\"}"

/* One fault of a page, of which there are two in a sample. */
#define FAULTS                                                                                     \
	{ A_FAULT, 2, 0, 0, 0 }, { A_FAULT + 4, 2, 0, 0, 0 }, { A_HANDLE, 2, 0, 1, 0 },            \
		{ A_HANDLE + 8, 20, PROFILE_ATOMIC, 1, 1 }, { A_COPY, 2, PROFILE_TLB_PAGE, 0, 0 }, \
		{ A_COPY + 4, 1024, PROFILE_STRING, 1, 1 },                                        \
	{                                                                                          \
		0x20, 6, 0, 0, 1, true                                                             \
	}

static struct fake_boot begin(struct store *s, int64_t run, unsigned int number)
{
	struct fake_boot b = fake_boot(s, run, "stock", 'b', number, "insn");

	fake_cell(&b, 0, "cow", NO_PARAMS, "");
	return b;
}

static struct store *open_counted(const char *dir, int64_t *run)
{
	struct store *s = fake_open(dir);

	*run = fake_run(s, "qemu");
	return s;
}

static void divides_by_operations(void **state)
{
	char *dir = scratch_make();
	struct cost_comparison c;
	const struct cost_side *side;
	const struct cost_function *f;
	int64_t run;
	struct store *s = open_counted(dir, &run);

	(void)state;
	for (unsigned int number = 0; number < 2; number++) {
		struct fake_boot b = begin(s, run, number);

		for (unsigned int w = 2; w < 5; w++)
			fake_window_sample(&b, 0, (int)w - 2, "ok", w, 2, "");
		fake_counted(&b, baseline_map, NULL);
		for (unsigned int w = 1; w < 5; w++)
			fake_part(&b, TEXT, &(struct fake_window){ w, FAKE_INSNS(FAULTS) });
		fake_end(&b, "ok", "");
	}
	fake_load(s, "stock", NULL, &c);
	assert_int_equal(c.n_cells, 1);
	assert_int_equal(c.warnings.n, 1); /* the run has not ended */
	assert_string_equal(c.cells[0].per, "page");
	side = &c.cells[0].baseline;
	assert_int_equal(side->boots, 2);
	assert_int_equal(side->windows, 6);
	assert_int_equal(side->distinct, 1);
	assert_int_equal(side->modal, 6);
	assert_int_equal(side->lost, 0);
	assert_string_equal(side->bad, "");
	assert_true(side->ops == 2 && side->ticks == 100);
	assert_true(side->kernel.n[COST_INSNS] == 526); /* 2 + 1 + 10 + 1 + 512 */
	assert_true(side->user.n[COST_INSNS] == 3);
	assert_true(side->user.n[COST_STORES] == 3);
	assert_true(side->kernel.n[COST_STRING] == 512);
	assert_true(side->kernel.n[COST_ATOMICS] == 10);
	assert_true(side->kernel.n[COST_TLB] == 1 && side->kernel.n[COST_TLB_PAGE] == 1);
	assert_true(side->kernel.n[COST_TLB_ALL] == 0);
	assert_true(side->kernel.n[COST_LOADS] == 523 && side->kernel.n[COST_STORES] == 522);
	assert_true(side->faults == 1 && side->syscalls == 0 && side->interrupts == 0);
	assert_int_equal(side->n, 4);
	assert_string_equal(side->v[0].name, "wp_page_copy.isra.0");
	f = fake_function(side, "handle_mm_fault");
	assert_true(f->c.n[COST_INSNS] == 11 && f->c.n[COST_CALLS] == 1);
	assert_true(!f->varies && f->lo == 11 && f->hi == 11 && !f->user);
	assert_true(f->addr == TEXT + A_HANDLE);
	f = fake_function(side, "main");
	assert_true(f->user && f->c.n[COST_CALLS] == 0);
	assert_int_equal(c.cells[0].n_rows, 4);
	assert_null(c.cells[0].rows[0].patched);
	cost_release(&c);
	store_close(s);
	scratch_remove(dir);
}

/* Three windows are alike, each of the others differs in one function. */
static void names_what_varies(void **state)
{
	char *dir = scratch_make();
	struct cost_comparison c;
	const struct cost_side *side;
	const struct cost_function *f;
	int64_t run;
	struct store *s = open_counted(dir, &run);
	struct fake_boot b = begin(s, run, 0);

	(void)state;
	for (unsigned int w = 2; w < 8; w++) /* the last one has twice the operations */
		fake_window_sample(&b, 0, (int)w - 2, "ok", w, w == 7 ? 20 : 10, "");
	fake_counted(&b, baseline_map, NULL);
	for (unsigned int w = 2; w < 5; w++)
		fake_part(&b, TEXT,
			  &(struct fake_window){ w, FAKE_INSNS({ A_WP, 10 }, { A_RMAP + 4, 30 },
							       { A_HANDLE, 10 }) });
	/* more of one function, another one besides, and as many elsewhere in a third */
	fake_part(&b, TEXT,
		  &(struct fake_window){ 5, FAKE_INSNS({ A_WP, 20 }, { A_RMAP + 4, 30 },
						       { A_HANDLE, 10 }, { A_SMALL, 5 }) });
	fake_part(&b, TEXT,
		  &(struct fake_window){
			  6, FAKE_INSNS({ A_WP, 10 }, { A_RMAP + 8, 30 }, { A_HANDLE, 10 }) });
	fake_part(&b, TEXT,
		  &(struct fake_window){
			  7, FAKE_INSNS({ A_WP, 20 }, { A_RMAP + 4, 60 }, { A_HANDLE, 20 }) });
	fake_end(&b, "ok", "");
	fake_load(s, "stock", NULL, &c);
	side = &c.cells[0].baseline;
	assert_int_equal(side->windows, 6);
	assert_int_equal(side->distinct, 4);
	assert_int_equal(side->modal, 3);
	assert_true(side->kernel.n[COST_INSNS] == 365.0 / 70);
	assert_true(side->typical.n[COST_INSNS] == 5);
	assert_true(!fake_function(side, "handle_mm_fault")->varies);
	f = fake_function(side, "do_wp_page");
	assert_true(f->varies && f->lo == 1 && f->hi == 2);
	assert_true(f->c.n[COST_INSNS] == 80.0 / 70);
	f = fake_function(side, "small_helper");
	assert_true(f->varies && f->lo == 0 && f->hi == 0.5);
	f = fake_function(side, "folio_add_rmap"); /* as many, of other instructions */
	assert_true(f->varies && f->lo == 3 && f->hi == 3);
	cost_release(&c);
	store_close(s);
	scratch_remove(dir);
}

/* An interrupt, a kernel thread; on two CPUs, which both do the case's work, in any order. */
static void keeps_contexts_apart(void **state)
{
	char *dir = scratch_make();
	struct cost_comparison c;
	const struct cost_side *side;
	int64_t run;
	struct store *s = open_counted(dir, &run);
	struct fake_boot b = begin(s, run, 0);

	(void)state;
	for (unsigned int w = 2; w < 6; w++)
		fake_window_sample(&b, 0, (int)w - 2, "ok", w, 1, "");
	fake_counted(&b, baseline_map, NULL);
	for (unsigned int w = 2; w < 6; w++) {
		fake_part(&b, TEXT,
			  &(struct fake_window){ w, .vcpu = w % 2, FAKE_INSNS({ A_WP, 10 }) });
		fake_part(&b, TEXT,
			  &(struct fake_window){ w, .vcpu = !(w % 2),
						 FAKE_INSNS({ A_WP, 5 }, { A_SYSCALL, 3 }) });
	}
	for (unsigned int cpu = 0; cpu < 2; cpu++)
		fake_part(&b, TEXT,
			  &(struct fake_window){ 3, .vcpu = cpu, .context = "irq timer",
						 FAKE_INSNS({ A_TIMER, 1 }, { A_TICK, 19 }) });
	fake_part(&b, TEXT,
		  &(struct fake_window){ 4, .context = "irq timer", FAKE_INSNS({ A_TIMER, 1 }) });
	fake_part(&b, TEXT,
		  &(struct fake_window){ 4, .context = "kthread ksoftirqd/0",
					 FAKE_INSNS({ A_WP, 400 }) });
	fake_end(&b, "ok", "");
	fake_load(s, "stock", NULL, &c);
	side = &c.cells[0].baseline;
	assert_int_equal(side->windows, 4);
	assert_int_equal(side->distinct, 1);
	assert_int_equal(side->n, 2);
	assert_true(fake_function(side, "do_wp_page")->c.n[COST_INSNS] == 15);
	assert_true(side->syscalls == 3);
	assert_true(side->interrupts == 0.75);
	assert_int_equal(side->n_apart, 2);
	assert_string_equal(side->apart[0].context, "kthread ksoftirqd/0");
	assert_true(side->apart[0].insns == 100 && side->apart[0].windows == 1);
	assert_string_equal(side->apart[1].context, "irq timer");
	assert_true(side->apart[1].insns == 41.0 / 4 && side->apart[1].windows == 2);
	cost_release(&c);
	store_close(s);
	scratch_remove(dir);
}

/* Refused samples, windows and boots that are bad, and what was never counted. */
static void leaves_out_what_is_not_good(void **state)
{
	char *dir = scratch_make();
	struct cost_comparison c;
	const struct cost_side *side;
	int64_t run;
	struct store *s = open_counted(dir, &run);

	(void)state;
	for (unsigned int number = 0; number < 3; number++) {
		struct fake_boot b = begin(s, run, number);

		fake_window_sample(&b, 0, 0, "ok", 2, 1, "");
		fake_window_sample(&b, 0, 1, "refused", 3, 1, "");
		fake_window_sample(&b, 0, 2, "ok", 4, 1, "");
		fake_window_sample(&b, 0, 3, "ok", 5, 1, "");
		fake_counted(&b, baseline_map,
			     number == 1 ? "the line of 1000 was counted as 990" : NULL);
		fake_part(&b, TEXT,
			  &(struct fake_window){ 2, FAKE_INSNS({ A_WP, number ? 1000 : 10 }) });
		fake_part(&b, TEXT, &(struct fake_window){ 3, FAKE_INSNS({ A_WP, 3000 }) });
		fake_part(&b, TEXT,
			  &(struct fake_window){ 4, .bad = "10 where the clock says 20",
						 FAKE_INSNS({ A_WP, 5000 }) });
		fake_end(&b, number == 2 ? "tainted" : "ok", "");
	}
	fake_load(s, "stock", NULL, &c);
	side = &c.cells[0].baseline;
	assert_int_equal(side->boots, 1);
	assert_int_equal(side->windows, 1);
	assert_int_equal(side->lost, 2);
	assert_true(side->kernel.n[COST_INSNS] == 10);
	assert_string_equal(side->bad, "10 where the clock says 20");
	assert_int_equal(c.warnings.n, 4);
	assert_contains(c.warnings.v[1], "boot 3 of stock: tainted");
	assert_string_equal(
		c.warnings.v[2],
		"boot 2 of stock: its counts are left out: the line of 1000 was counted as 990");
	assert_string_equal(c.warnings.v[3],
			    "cow on stock: counts of 2 samples are left out, the first because 10 "
			    "where the clock says 20");
	cost_release(&c);
	store_close(s);
	scratch_remove(dir);
}

/* Of laps where there are any; of a span and operations of their own where the records say so. */
static void takes_the_spans_of_metrics(void **state)
{
	const struct cost_query q = { .baseline = "stock", .all_metrics = true };
	char *dir = scratch_make();
	struct cost_comparison c;
	struct error e = { "" };
	int64_t run;
	struct store *s = open_counted(dir, &run);
	struct fake_boot b = fake_boot(s, run, "stock", 'b', 0, "insn");

	(void)state;
	fake_cell(&b, 0, "mprotect", NO_PARAMS,
		  ",{\"name\":\"per_call\",\"unit\":\"ticks\",\"better\":\"lower\",\"span\":0}"
		  ",{\"name\":\"to_ro\",\"unit\":\"ticks\",\"better\":\"lower\",\"span\":4}"
		  ",{\"name\":\"price\",\"unit\":\"ticks\",\"better\":\"lower\"}");
	fake_cell(&b, 1, "fork", NO_PARAMS, "");
	fake_line(&b,
		  "{\"t\":\"sample\",\"cell\":0,\"n\":0,\"state\":\"ok\",\"ops\":16,\"ticks\":160,"
		  "\"laps\":2,\"window\":2,\"values\":{\"per_page\":10,\"to_ro\":7},"
		  "\"span_ops\":{\"per_call\":2},\"evidence\":{}}");
	fake_window_sample(&b, 1, 0, "ok", 3, 16, ",\"laps\":0");
	fake_counted(&b, baseline_map, NULL);
	for (unsigned int w = 2; w < 4; w++) {
		fake_part(&b, TEXT, &(struct fake_window){ w, 0, FAKE_INSNS({ A_WP, 3200 }) });
		fake_part(&b, TEXT, &(struct fake_window){ w, 1, FAKE_INSNS({ A_WP, 160 }) });
		fake_part(&b, TEXT, &(struct fake_window){ w, 4, FAKE_INSNS({ A_WP, 96 }) });
	}
	fake_end(&b, "ok", "");
	assert_int_equal(cost_load(s, &q, &c, &e), 0);
	assert_int_equal(c.n_cells, 4);
	assert_string_equal(c.cells[1].metric, "per_call");
	assert_string_equal(c.cells[1].per, "call");
	assert_string_equal(c.cells[2].metric, "to_ro");
	assert_string_equal(c.cells[2].per, "operation");
	assert_true(c.cells[0].baseline.kernel.n[COST_INSNS] == 10);
	assert_true(c.cells[0].baseline.ticks == 10);
	assert_true(c.cells[1].baseline.kernel.n[COST_INSNS] == 80);
	assert_true(c.cells[1].baseline.ticks == 80);
	assert_true(c.cells[2].baseline.kernel.n[COST_INSNS] == 6);
	assert_true(c.cells[2].baseline.ticks == 7);
	assert_true(c.cells[3].baseline.kernel.n[COST_INSNS] == 200);
	cost_release(&c);
	fake_load(s, "stock", NULL, &c); /* headline metrics alone */
	assert_int_equal(c.n_cells, 2);
	cost_release(&c);
	store_close(s);
	scratch_remove(dir);
}

/* Stacks of COUNT instructions in a span of a window, whatever its profile is. */
static void add_stacks(const struct fake_boot *b, unsigned int window, unsigned int span,
		       const char *folded)
{
	char *id __free = fake_id(folded, strlen(folded));
	struct error e = { "" };
	const struct store_cost_part part = {
		.window = window,
		.span = span,
		.context = "task",
		.profile_id = "p",
		.profile = "",
		.folded_id = id,
		.folded = folded,
	};

	if (store_cost_part(b->s, b->id, &part, &e))
		fail_msg("%s", e.msg);
}

/* Graphs are of what the figures beside them are of: laps, where there are any. */
static void takes_the_stacks_of_laps(void **state)
{
	struct cost_cell cell = { .case_name = (char *)"cow", .metric = (char *)"per_page" };
	struct cost_comparison c = { .baseline.hash = xcalloc(65, 1) };
	struct strbuf out __strbuf = { 0 };
	char *dir = scratch_make();
	struct store *s = open_counted(dir, &c.run_id);
	struct fake_boot b = begin(s, c.run_id, 0);
	struct folded f = { 0 };
	struct error e = { "" };

	(void)state;
	memset(c.baseline.hash, 'b', 64);
	cell.params = json_parse(NO_PARAMS, strlen(NO_PARAMS), NULL);
	fake_window_sample(&b, 0, 0, "ok", 2, 1, ",\"laps\":3");
	fake_window_sample(&b, 0, 1, "ok", 3, 1, ",\"laps\":0");
	fake_counted(&b, baseline_map, NULL);
	add_stacks(&b, 2, 0, "a 1000\n");
	add_stacks(&b, 2, 1, "a;lap 20\n");
	add_stacks(&b, 3, 0, "a;run 40\n");
	add_stacks(&b, 3, 4, "a;other 70\n");
	fake_end(&b, "ok", "");
	assert_int_equal(stacks_load(s, &c, &cell, FOLDED_BASELINE, &f, &e), 2);
	folded_seal(&f);
	folded_write(&f, FOLDED_BASELINE, &out);
	assert_string_equal(strbuf_str(&out), "a;lap 10\na;run 20\n"); /* the mean of both */
	folded_release(&f);
	json_decref(cell.params);
	free(c.baseline.hash);
	store_close(s);
	scratch_remove(dir);
}

/* The same code at other addresses does not vary. */
static void knows_functions_in_any_layout(void **state)
{
	static const char moved_map[] = "ffffffff81800000 t do_wp_page\n"
					"ffffffff81800100 T handle_mm_fault\n"
					"ffffffff81800200 D data\n";
	char *dir = scratch_make();
	struct cost_comparison c;
	int64_t run;
	struct store *s = open_counted(dir, &run);

	(void)state;
	for (unsigned int number = 0; number < 2; number++) {
		struct fake_boot b = begin(s, run, number);

		fake_window_sample(&b, 0, 0, "ok", 2, 1, "");
		fake_counted(&b, number ? moved_map : baseline_map, NULL);
		if (number)
			fake_part(&b, 0xffffffff81800000,
				  &(struct fake_window){ 2, FAKE_INSNS({ 0x8, 9 }, { 0x100, 4 }) });
		else
			fake_part(&b, TEXT,
				  &(struct fake_window){
					  2, FAKE_INSNS({ A_WP + 8, 9 }, { A_HANDLE, 4 }) });
		fake_end(&b, "ok", "");
	}
	fake_load(s, "stock", NULL, &c);
	assert_int_equal(c.cells[0].baseline.windows, 2);
	assert_int_equal(c.cells[0].baseline.distinct, 1);
	assert_int_equal(c.cells[0].baseline.n, 2);
	assert_false(fake_function(&c.cells[0].baseline, "do_wp_page")->varies);
	cost_release(&c);
	store_close(s);
	scratch_remove(dir);
}

static void says_why_there_is_nothing(void **state)
{
	struct cost_query q = { .baseline = "stock" };
	char *dir = scratch_make();
	struct cost_comparison c;
	struct error e = { "" };
	int64_t run;
	struct store *s = open_counted(dir, &run);
	struct fake_boot b = begin(s, run, 0);

	(void)state;
	fake_sample(&b, 0, 0, "ok", "\"per_page\":1");
	fake_end(&b, "ok", "");
	assert_int_equal(cost_load(s, &q, &c, &e), -ENODATA);
	assert_contains(e.msg, "no run has counted instructions of stock: measure them with");
	q.run_id = run;
	assert_int_equal(cost_load(s, &q, &c, &e), -ENODATA);
	assert_contains(e.msg, "did not count instructions of stock");
	b = begin(s, run, 1);
	fake_window_sample(&b, 0, 0, "ok", 2, 1, "");
	fake_counted(&b, baseline_map, "nothing was counted between the marks");
	fake_part(&b, TEXT, &(struct fake_window){ 2, FAKE_INSNS({ A_WP, 9 }) });
	fake_end(&b, "ok", "");
	assert_int_equal(cost_load(s, &q, &c, &e), -ENODATA);
	assert_contains(e.msg, "can be believed: nothing was counted between the marks");
	q = (struct cost_query){ .baseline = "nosuch" };
	assert_int_equal(cost_load(s, &q, &c, &e), -ENOENT);
	run = fake_run(s, "qemu");
	b = begin(s, run, 0);
	fake_window_sample(&b, 0, 0, "ok", 2, 1, "");
	fake_counted(&b, baseline_map, NULL);
	fake_part(&b, TEXT, &(struct fake_window){ 2, FAKE_INSNS({ A_WP, 9 }) });
	fake_end(&b, "ok", "");
	q = (struct cost_query){ .baseline = "stock", .case_name = "fork" };
	assert_int_equal(cost_load(s, &q, &c, &e), -EINVAL);
	assert_contains(e.msg, "no counts of fork; its cases: cow");
	q.case_name = "cow";
	assert_int_equal(cost_load(s, &q, &c, &e), 0);
	assert_int_equal(c.run_id, run);
	cost_release(&c);
	store_close(s);
	scratch_remove(dir);
}

/* One line, and no figures, from a store that something has written into. */
static void notices_damage(void **state)
{
	static const char *const damages[] = {
		"UPDATE profile SET data = x'ff00ff'",
		"UPDATE profile SET data = x''",
		"UPDATE symbols SET data = x'6e6f7468696e67'",
		"PRAGMA foreign_keys=OFF; DELETE FROM profile",
	};
	const struct cost_query q = { .baseline = "stock" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		char *dir = scratch_make();
		struct cost_comparison c;
		struct error e = { "" };
		int64_t run;
		struct store *s = open_counted(dir, &run);
		struct fake_boot b = begin(s, run, 0);

		fake_window_sample(&b, 0, 0, "ok", 2, 1, "");
		fake_counted(&b, baseline_map, NULL);
		fake_part(&b, TEXT, &(struct fake_window){ 2, FAKE_INSNS({ A_WP, 9 }) });
		fake_end(&b, "ok", "");
		assert_int_equal(store_flush(s, &e), 0);
		assert_int_equal(db_exec(s, damages[i], &e), 0);
		assert_true(cost_load(s, &q, &c, &e) < 0);
		assert_contains(e.msg, "store.db");
		assert_null(strchr(e.msg, '\n'));
		store_close(s);
		scratch_remove(dir);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(divides_by_operations),
		cmocka_unit_test(names_what_varies),
		cmocka_unit_test(keeps_contexts_apart),
		cmocka_unit_test(leaves_out_what_is_not_good),
		cmocka_unit_test(takes_the_spans_of_metrics),
		cmocka_unit_test(takes_the_stacks_of_laps),
		cmocka_unit_test(knows_functions_in_any_layout),
		cmocka_unit_test(says_why_there_is_nothing),
		cmocka_unit_test(notices_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
