// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plots/cost_*: made-up counts in each format byte for byte against tests/data/cost-*. After a
 * wanted change: FOLIOBENCH_UPDATE=1 build/tests/unit/test_cost_formats, then read the diff.
 */
#include <ctype.h>
#include <string.h>

#include "lib/cleanup.h"
#include "plots/cost.h"
#include "tests/unit/unit.h"

/* A function of the made-up kernels: per operation in either; 0 and 0: not executed. */
struct fake {
	const char *name;
	double insns[2], calls[2], atomics[2], tlb[2], string[2];
	const char *note;
	bool user;
};

static const struct fake reuse[] = {
	{ "copy_user_highpage_mc_with_a_very_long_name_indeed",
	  { 5652, 0 },
	  { 1, 0 },
	  .string = { 5632, 0 },
	  .note = "gone" },
	{ "wp_page_copy", { 412.5, 0 }, { 1, 0 }, { 4, 0 }, { 1, 0 }, .note = "gone" },
	{ "do_wp_page", { 60, 122.0625 }, { 1, 1 }, { 0, 1 }, .note = "" },
	{ "wp_can_reuse_anon_folio",
	  { 0, 31 },
	  { 0, 0.0625 },
	  .note = "was inlined into do_wp_page?" },
	{ "handle_mm_fault", { 300, 300 }, { 1, 1 }, { 2, 2 }, .note = "" },
	{ "exc_page_fault", { 700, 700 }, { 1, 1 }, .note = "" },
	{ "tiny_one", { 2, 2.5 }, { 1, 1 }, .note = "" },
	{ "tiny_two", { 2, 1.75 }, { 1, 1 }, .note = "" },
	{ "touch_pages", { 8, 8 }, { 0.0002, 0.0002 }, .note = "", .user = true },
};

static const struct fake same[] = {
	{ "zap_pte_range", { 40, 40 }, { 0.002, 0.002 }, .note = "" },
	{ "folio_remove_rmap_ptes", { 12, 13 }, { 1, 1 }, { 0, 1 }, .note = "" },
};

static struct cost_counts counts_of(const struct fake *f, int side)
{
	struct cost_counts c = { 0 };

	c.n[COST_INSNS] = f->insns[side];
	c.n[COST_STRING] = f->string[side];
	c.n[COST_ATOMICS] = f->atomics[side];
	c.n[COST_TLB] = c.n[COST_TLB_PAGE] = f->tlb[side];
	c.n[COST_LOADS] = f->insns[side] / 4;
	c.n[COST_STORES] = f->insns[side] / 8;
	c.n[COST_CALLS] = f->calls[side];
	return c;
}

static struct cost_side side_of(const struct fake *v, size_t n, int side)
{
	struct cost_side s = {
		.boots = 2,
		.windows = 6,
		.distinct = 1,
		.modal = 6,
		.ops = 4096,
		.faults = 1,
		.syscalls = 0.0002,
		.v = xcalloc(n, sizeof(*s.v)),
		.bad = xstrdup(""),
	};

	for (size_t i = 0; i < n; i++) {
		struct cost_counts c = counts_of(&v[i], side);
		struct cost_counts *sum = v[i].user ? &s.user : &s.kernel;

		for (int k = 0; k < COST_EVENTS; k++)
			sum->n[k] += c.n[k];
		s.ticks += c.n[COST_INSNS];
		if (c.n[COST_INSNS] > 0)
			s.v[s.n++] = (struct cost_function){ .name = xstrdup(v[i].name),
							     .user = v[i].user,
							     .c = c };
	}
	return s;
}

static const struct cost_function *find(const struct cost_side *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->v[i].name, name))
			return &s->v[i];
	}
	return NULL;
}

static void add_apart(struct cost_side *s, const char *context, double insns, size_t windows)
{
	s->apart = xrealloc(s->apart, (s->n_apart + 1) * sizeof(*s->apart));
	s->apart[s->n_apart++] = (struct cost_apart){ xstrdup(context), insns, windows };
}

static struct cost_cell cell_of(const char *name, const struct fake *v, size_t n)
{
	struct cost_cell c = {
		.case_name = xstrdup(name),
		.metric = xstrdup("per_page"),
		.per = xstrdup("page"),
		.summary = xstrdup("what it does"),
		.params = json_pack("{s:s, s:s}", "size", "16M", "folio", "64K"),
		.baseline = side_of(v, n, 0),
		.patched = side_of(v, n, 1),
		.rows = xcalloc(n, sizeof(*c.rows)),
	};

	for (size_t i = 0; i < n; i++) {
		struct cost_row *r = &c.rows[c.n_rows++];
		struct cost_counts a = counts_of(&v[i], 0), b = counts_of(&v[i], 1);

		*r = (struct cost_row){ .name = v[i].name,
					.user = v[i].user,
					.baseline = find(&c.baseline, v[i].name),
					.patched = find(&c.patched, v[i].name),
					.note = xstrdup(v[i].note) };
		for (int k = 0; k < COST_EVENTS; k++)
			r->delta.n[k] = b.n[k] - a.n[k];
	}
	return c;
}

static struct cost_kernel kernel_of(const char *name, char digit)
{
	struct cost_kernel k = { xstrdup(name), xcalloc(65, 1), xstrdup("7.3.4"),
				 xstrdup("x86_64") };

	memset(k.hash, digit, 64);
	return k;
}

static void make(struct cost_comparison *c, bool profile)
{
	*c = (struct cost_comparison){
		.run_id = 7,
		.command = xstrdup("foliobench cost knockout-reuse stock cow-reuse folio=64K"),
		.when = xstrdup("2026-11-21T16:30:00Z"),
		.baseline = kernel_of("knockout-reuse", 'a'),
		.cells = xcalloc(2, sizeof(*c->cells)),
		.n_cells = 2,
	};
	if (!profile)
		c->patched = kernel_of("stock", 'b');
	c->cells[0] = cell_of("cow-reuse", reuse, ARRAY_SIZE(reuse));
	c->cells[1] = cell_of("munmap", same, ARRAY_SIZE(same));
	add_apart(&c->cells[0].baseline, "irq asm_sysvec_apic_timer_interrupt", 1204.5, 4);
	add_apart(&c->cells[0].patched, "irq asm_sysvec_apic_timer_interrupt", 1190, 6);
	add_apart(&c->cells[0].patched, "kthread kworker/0:1", 88123, 1);
	c->cells[1].patched.distinct = 2;
	c->cells[1].patched.modal = 5;
	c->cells[1].patched.v[1].varies = true;
	c->cells[1].patched.v[1].lo = 12.5;
	c->cells[1].patched.v[1].hi = 13.5;
	strv_add(&c->warnings, "different compilers: gcc 12.2.0 and gcc 13.1.0");
}

static int setup(void **state)
{
	struct cost_comparison *c = xcalloc(2, sizeof(*c));

	make(&c[0], false);
	make(&c[1], true);
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct cost_comparison *c = *state;

	cost_release(&c[0]);
	cost_release(&c[1]);
	free(c);
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

/* What is written of C in COLUMNS (0: the JSON). Caller frees. */
static char *render(const struct cost_comparison *c, int columns, bool all, size_t *len)
{
	const struct cost_view v = { .columns = (size_t)columns, .all = all };
	struct error e = { "" };
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (columns ? cost_table(c, &v, out, &e) : cost_json(c, out, &e))
		fail_msg("%s", e.msg);
	fclose(out);
	return text;
}

static void golden(const struct cost_comparison *c, int columns, bool all, const char *name)
{
	size_t len;
	char *text __free = render(c, columns, all, &len);

	check_golden(text, len, name);
}

static void writes_two_kernels(void **state)
{
	const struct cost_comparison *c = *state;

	golden(&c[0], 100, false, "cost.table");
	golden(&c[0], 80, true, "cost.table-all");
	golden(&c[0], 0, false, "cost.json");
}

static void writes_one_kernel(void **state)
{
	const struct cost_comparison *c = *state;

	golden(&c[1], 100, false, "cost-profile.table");
	golden(&c[1], 0, false, "cost-profile.json");
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

/* A time that the counts of cell I explain; its strings are not owned. */
static struct compare_cell timed(const struct cost_comparison *c, size_t i, enum verdict verdict)
{
	return (struct compare_cell){
		.case_name = c->cells[i].case_name,
		.case_summary = "",
		.rule = "",
		.varies = "",
		.note = "",
		.params = c->cells[i].params,
		.metric = c->cells[i].metric,
		.unit = "ns",
		.better = BETTER_LOWER,
		.headline = true,
		.verdict = verdict,
	};
}

/* What is said beside the times of C, which were measured in RUN. Caller frees. */
static char *explain(struct cost_comparison *c, int64_t run, enum verdict munmap, size_t *len)
{
	struct compare_cell cells[] = { timed(c, 0, VERDICT_IMPROVED), timed(c, 1, munmap) };
	const struct comparison times = {
		.run_id = run, .unit = "ns", .cells = cells, .n_cells = 2, .cost = c
	};
	struct rows r __rows = { 0 };
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	rows_of_comparison(&times, false, &r);
	cost_why(&times, &r, 75, out);
	fclose(out);
	return text;
}

static void explains_times(void **state)
{
	struct cost_comparison *c = *state;
	size_t len;
	char *text __free = explain(c, 7, VERDICT_REGRESSED, &len);
	char *other __free = NULL;

	check_golden(text, len, "cost.why");
	check_lines(text, 75);
	other = explain(c, 9, VERDICT_REGRESSED, &len);
	assert_contains(other, "on an emulated x86_64 in run 7");
}

/* A time that changed though nothing else is executed is said to be something else's. */
static void explains_what_counts_do_not(void **state)
{
	static const struct fake equal[] = {
		{ "zap_pte_range", { 40, 40 }, { 1, 1 }, .note = "" },
	};
	struct cost_comparison c = { .cells = xcalloc(2, sizeof(*c.cells)), .n_cells = 2 };
	size_t len;
	char *text __free = NULL, *quiet __free = NULL;

	(void)state;
	c.baseline = kernel_of("a", 'a');
	c.cells[0] = cell_of("fork", equal, 1);
	c.cells[1] = cell_of("munmap", equal, 1);
	text = explain(&c, 0, VERDICT_REGRESSED, &len);
	assert_contains(text, "munmap 64K: every count is the same");
	quiet = explain(&c, 0, VERDICT_EQUIVALENT, &len);
	assert_contains(quiet, "fork 64K: every count is the same");
	assert_contains(quiet, "1 other cell: every count is the same.");
	cost_release(&c);
}

static void stays_within_its_columns(void **state)
{
	const struct cost_comparison *c = *state;
	static const int columns[] = { 80, 100, 132 };
	size_t len;

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		char *two __free = render(&c[0], columns[i], true, &len);
		char *one __free = render(&c[1], columns[i], true, &len);
		char *short_one __free = render(&c[1], columns[i], false, &len);

		check_lines(two, (size_t)columns[i]);
		check_lines(one, (size_t)columns[i]);
		check_lines(short_one, (size_t)columns[i]);
	}
}

/* Three patches: the first one changes counts, the second has its code, the third was lost. */
static void tells_patches_apart(void **state)
{
	struct step steps[] = {
		{ "stock", "", "a", 0 },
		{ "stock+v2[1]", "mm: reuse folios on a write fault, of whatever size", "b", 1 },
		{ "stock+v2[2]", "mm: a comment", "c", 1 },
		{ "stock+v2[3]", "mm: oops", "d", 3 },
	};
	struct cost_comparison v[4] = { 0 };
	const struct cost_steps st = { .steps = steps, .v = v, .n = 4, .run_id = 7 };
	struct error e = { "" };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	make(&v[0], false);
	make(&v[1], false);
	/* the base against itself */
	for (size_t i = 0; i < v[0].n_cells; i++) {
		struct cost_side *p = &v[0].cells[i].patched;

		p->kernel = v[0].cells[i].baseline.kernel;
	}
	assert_int_equal(cost_steps_table(&st, true, out, &e), 0);
	fclose(out);
	check_golden(text, len, "cost-steps.table");
	check_lines(text, 100);
	free(text);
	{
		json_t *obj __json = cost_steps_to_json(&st);
		json_t *list = json_object_get(obj, "steps");

		assert_int_equal(json_array_size(list), 4);
		assert_true(json_is_object(json_object_get(json_array_get(list, 1), "cost")));
		assert_true(json_is_null(json_object_get(json_array_get(list, 2), "cost")));
		assert_true(json_is_null(json_object_get(json_array_get(list, 3), "cost")));
	}
	cost_release(&v[0]);
	cost_release(&v[1]);
}

/* What is not shown one by one is counted, summed, and never above one per cent. */
static void hides_at_most_one_percent(void **state)
{
	const struct cost_comparison *c = *state;
	struct cost_shown s;
	double shown = 0, whole = 0;

	cost_show(&c->cells[0], false, false, false, &s);
	for (size_t i = 0; i < s.n; i++)
		shown += c->cells[0].rows[s.index[i]].delta.n[COST_INSNS];
	whole = c->cells[0].patched.kernel.n[COST_INSNS] -
		c->cells[0].baseline.kernel.n[COST_INSNS];
	assert_true(s.n_rest > 0);
	assert_true(s.share > 0 && s.share <= 0.01);
	assert_true(!cost_differs(shown + s.delta, whole));
	assert_int_equal(s.n_equal, 2);
	assert_true(!cost_differs(s.equal, 1000));
	cost_shown_release(&s);
}

/* Differences that cancel out are no reason to show none of them. */
static void shows_what_cancels_out(void **state)
{
	static const struct fake moved[] = {
		{ "a", { 100, 50 }, { 1, 1 }, .note = "" },
		{ "b", { 100, 150 }, { 1, 1 }, .note = "" },
	};
	struct cost_comparison c = { .cells = xcalloc(1, sizeof(*c.cells)), .n_cells = 1 };
	struct cost_shown s;

	(void)state;
	c.cells[0] = cell_of("fork", moved, ARRAY_SIZE(moved));
	cost_show(&c.cells[0], false, false, false, &s);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.n_rest, 0);
	cost_shown_release(&s);
	cost_release(&c);
}

/* One atomic operation is shown however few instructions it is. */
static void never_hides_an_atomic(void **state)
{
	static const struct fake v[] = {
		{ "big", { 100000, 50000 }, { 1, 1 }, .note = "" },
		{ "one", { 10, 10 }, { 1, 1 }, { 0, 1 }, .note = "" },
	};
	struct cost_comparison c = { .cells = xcalloc(1, sizeof(*c.cells)), .n_cells = 1 };
	struct cost_shown s;

	(void)state;
	c.cells[0] = cell_of("fork", v, ARRAY_SIZE(v));
	cost_show(&c.cells[0], false, false, false, &s);
	assert_int_equal(s.n, 2);
	cost_shown_release(&s);
	cost_release(&c);
}

static void writes_numbers(void **state)
{
	static const struct {
		double value;
		const char *plain, *sign;
	} t[] = {
		{ 0, "0.0", "0.0" },
		{ 1, "1.0", "+1.0" },
		{ -1, "-1.0", "-1.0" },
		{ 7321, "7321.0", "+7321.0" },
		{ 7321.04, "7321.0", "+7321.0" },
		{ 0.0625, "0.0625", "+0.0625" },
		{ 12.25, "12.25", "+12.25" },
		{ 5632, "5632.0", "+5632.0" },
		{ 0.00001, "1.0e-05", "+1.0e-05" },
		{ 100, "100.0", "+100.0" },
		{ -1e-12, "0.0", "0.0" },
	};
	char buf[COST_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		assert_string_equal(cost_number(buf, t[i].value, false), t[i].plain);
		assert_string_equal(cost_number(buf, t[i].value, true), t[i].sign);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_two_kernels),
		cmocka_unit_test(writes_one_kernel),
		cmocka_unit_test(explains_times),
		cmocka_unit_test(explains_what_counts_do_not),
		cmocka_unit_test(stays_within_its_columns),
		cmocka_unit_test(tells_patches_apart),
		cmocka_unit_test(hides_at_most_one_percent),
		cmocka_unit_test(shows_what_cancels_out),
		cmocka_unit_test(never_hides_an_atomic),
		cmocka_unit_test(writes_numbers),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
