// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runner/cost/check and take: counts against the agent's proof and the guest's clock, and what
 * of that the sink and the user are told.
 */
#include <errno.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runner/cost/watch.h"
#include "tests/unit/unit.h"

/* Block 0: ten instructions of a program. 1: one of the kernel. */
#define HEAD                                                                                       \
	"foliobench-cost 1 x86_64 1 1 0\n"                                                         \
	"b 0 401000 1111111111:90909090909090909090\n"                                             \
	"b 1 ffffffff81000000 1:90\n"
#define PROOF "p 1 1 0 task|0:100\np 1 2 0 task|0:200\nw 1\n"

#define HELLO                                                                                      \
	"{\"t\":\"hello\",\"v\":1,\"agent\":\"1\",\"kernel\":\"x\",\"unit\":\"%s\","               \
	"\"clock_overhead\":16,\"facts\":{}}"

struct fixture {
	char *dir, *path;
	struct runner r;
	struct kernel kernel;
	struct cost_watch watch;
	struct cost_samples samples;
	struct run_sink sink;
	struct strbuf told; /* to the sink */
	struct strbuf said; /* to the user */
	struct error e;
	bool whole;
	int fail; /* what the sink returns for a part */
};

static int sink_boot(void *data, int64_t id, const struct cost_boot *b, struct error *e)
{
	struct fixture *f = data;

	(void)e;
	strbuf_addf(&f->told, "boot %d %s %s symbols %.4s: %s\n", (int)id, b->arch, b->qemu,
		    b->symbols_id, b->bad ? b->bad : "good");
	return 0;
}

static int sink_part(void *data, int64_t id, const struct cost_part *part, struct error *e)
{
	struct fixture *f = data;

	(void)id;
	if (f->fail)
		return error_set(e, -f->fail, "no room");
	strbuf_addf(&f->told, "window %u span %u %s%s%s\n", part->window, part->span, part->context,
		    part->bad ? ": " : "", part->bad ? part->bad : "");
	return 0;
}

static void on_progress(const struct progress *p, void *data)
{
	strbuf_addf(&((struct fixture *)data)->said, "%s: %s\n", p->phase, p->text);
}

static void add_record(struct fixture *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void add_record(struct fixture *f, const char *fmt, ...)
{
	struct strbuf line __strbuf = { 0 };
	struct record rec;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&line, fmt, ap);
	va_end(ap);
	if (record_parse(strbuf_str(&line), line.len, &rec, &f->e))
		fail_msg("%s: %s", strbuf_str(&line), f->e.msg);
	cost_samples_add(&f->samples, &rec);
	record_release(&rec);
}

static void add_sample(struct fixture *f, unsigned int window, unsigned int ticks,
		       unsigned int laps, unsigned int faults)
{
	add_record(f,
		   "{\"t\":\"sample\",\"cell\":0,\"n\":0,\"state\":\"ok\",\"ticks\":%u,\"laps\":%u,"
		   "\"minor_faults\":%u,\"window\":%u,\"values\":{},\"evidence\":{}}",
		   ticks, laps, faults, window);
}

static void fixture_begin(struct fixture *f, const char *unit)
{
	static char arch[] = "x86_64", name[] = "stock";

	memset(f, 0, sizeof(*f));
	f->dir = scratch_make();
	f->path = xasprintf("%s/cost", f->dir);
	f->r = (struct runner){ .on_progress = on_progress, .data = f };
	f->kernel = (struct kernel){ .name = name, .arch = arch };
	f->sink = (struct run_sink){ .cost_boot = sink_boot, .cost_part = sink_part, .data = f };
	strbuf_addstr(&f->watch.text, "401000 u main 20\n");
	strcpy(f->watch.id, "abcdef");
	add_record(f, HELLO, unit);
}

static void fixture_end(struct fixture *f)
{
	cost_samples_release(&f->samples);
	strbuf_release(&f->watch.text);
	strbuf_release(&f->told);
	strbuf_release(&f->said);
	free(f->watch.lacks);
	free(f->path);
	scratch_remove(f->dir);
}

static int take(struct fixture *f, const char *text)
{
	const struct cost_taking t = {
		.r = &f->r,
		.kernel = &f->kernel,
		.watch = &f->watch,
		.samples = &f->samples,
		.sink = &f->sink,
		.id = 7,
		.path = f->path,
		.emulator = "7.2.22 (Debian 1:7.2)",
	};

	strbuf_reset(&f->told);
	strbuf_reset(&f->said);
	if (text)
		assert_int_equal(fs_write(f->path, text, strlen(text), NULL), 0);
	return cost_take(&t, &f->whole, &f->e);
}

static void good_counts_pass_and_warmups_do_not(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f, "insn");
	add_sample(&f, 3, 5030, 0, 0);
	assert_int_equal(take(&f, HEAD PROOF "p 2 1 0 task|0:999\nw 2\n"
					     "p 3 1 0 task|0:400\np 3 1 0 irq x|0:100\nw 3\n"
					     "end 3\n"),
			 0);
	assert_string_equal(strbuf_str(&f.told),
			    "boot 7 x86_64 7.2.22 (plugin API 1) symbols abcd: good\n"
			    "window 3 span 0 task\n"
			    "window 3 span 0 irq x\n");
	assert_string_equal(strbuf_str(&f.said), "");
	assert_true(f.whole);
	fixture_end(&f);
}

static void a_wrong_proof_makes_the_boot_bad(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f, "insn");
	assert_int_equal(take(&f, HEAD "p 1 1 0 task|0:99\np 1 2 0 task|0:200\nw 1\nend 1\n"), 0);
	assert_contains(strbuf_str(&f.told), "the straight line of 1000 instructions was counted "
					     "as 990");
	assert_contains(strbuf_str(&f.said), "the counts of this boot are not believed");
	assert_contains(strbuf_str(&f.said), f.path);
	assert_false(f.whole);
	/* an interrupt in the middle of it is no part of the line, and does not make up for it */
	assert_int_equal(take(&f, HEAD "p 1 1 0 task|0:99\np 1 1 0 irq x|0:1\n"
				       "p 1 2 0 task|0:200\nw 1\nend 1\n"),
			 0);
	assert_contains(strbuf_str(&f.told), "counted as 990");
	assert_int_equal(take(&f, HEAD "p 1 1 0 task|0:100\np 1 2 0 task|0:200 1:1\nw 1\nend 1\n"),
			 0);
	assert_contains(strbuf_str(&f.told), "2000 instructions was counted as 2001");
	add_sample(&f, 2, 1000, 0, 0);
	assert_int_equal(take(&f, HEAD "p 2 1 0 task|0:100\nw 2\nend 1\n"), 0);
	assert_contains(strbuf_str(&f.told), "the agent's proof is not among its windows");
	fixture_end(&f);
}

/* 16 ticks and 16 instructions around a lap, a fault each, and one part in a thousand. */
static void the_clock_contradicts_wrong_windows(void **state)
{
	static const struct {
		unsigned int ticks, laps, faults, count;
		const char *context;
		bool good;
	} rows[] = {
		{ 10000, 0, 0, 1000, "task", true },
		{ 10042, 0, 0, 1000, "task", true },
		{ 10043, 0, 0, 1000, "task", false }, /* too few are counted */
		{ 9959, 0, 0, 1000, "task", true },
		{ 9958, 0, 0, 1000, "task", false }, /* too many */
		{ 9949, 0, 10, 1000, "task", true },
		{ 9948, 0, 10, 1000, "task", false },
		{ 10043, 0, 10, 1000, "task", false }, /* faults add, they do not take away */
		{ 9400, 0, 0, 1000, "irq x", true },   /* a sixteenth of what is apart */
		{ 9300, 0, 0, 1000, "irq x", false },
		{ 20000, 0, 0, 1000, "kthread idle", true }, /* the clock went on without it */
		{ 9300, 0, 0, 1000, "kthread idle", false },
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text __free = xasprintf(HEAD PROOF "p 2 1 0 %s|0:%u\nw 2\nend 2\n",
					      rows[i].context, rows[i].count);

		fixture_begin(&f, "insn");
		add_sample(&f, 2, rows[i].ticks, rows[i].laps, rows[i].faults);
		assert_int_equal(take(&f, text), 0);
		if (!strstr(strbuf_str(&f.told), "the guest's clock says") != rows[i].good)
			fail_msg("row %zu: %s", i, strbuf_str(&f.told));
		assert_int_equal(!f.said.len, rows[i].good);
		fixture_end(&f);
	}
}

/* Where the kernel's functions are known faults are counted, whatever the record says of them. */
static void faults_are_counted_where_they_are_handled(void **state)
{
	static const char map[] = "ffffffff81000000 T asm_exc_page_fault\n"
				  "ffffffff81000100 T do_mem_abort\n";
	static const struct {
		unsigned int ticks, recorded, entered;
		bool good;
	} rows[] = {
		{ 9959, 0, 10, true },	  { 9958, 0, 10, false },  { 9959, 100, 10, true },
		{ 9958, 100, 10, false }, { 9958, 100, 0, false }, { 9959, 0, 0, true },
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		/* what enters the handler has executed it, too */
		char *text __free = xasprintf(HEAD PROOF "p 2 1 0 task|0:1000%s\nw 2\nend 2\n",
					      rows[i].entered ? " 1:10" : "");

		fixture_begin(&f, "insn");
		if (symbols_parse(map, strlen(map), &f.watch.symbols, &f.e))
			fail_msg("%s", f.e.msg);
		add_sample(&f, 2, rows[i].ticks, 0, rows[i].recorded);
		assert_int_equal(take(&f, text), 0);
		if (!strstr(strbuf_str(&f.told), "the guest's clock says") != rows[i].good)
			fail_msg("row %zu: %s", i, strbuf_str(&f.told));
		symbols_release(&f.watch.symbols);
		fixture_end(&f);
	}
}

static void laps_are_held_against_their_own_span(void **state)
{
	static const char text[] = HEAD PROOF "p 2 1 0 task|0:5000\n"
					      "p 2 3 0 task|0:1000\nw 2\nend 2\n";
	struct fixture f;

	(void)state;
	fixture_begin(&f, "insn");
	add_sample(&f, 2, 10000 + 4 * 32, 4, 0);
	assert_int_equal(take(&f, text), 0);
	assert_string_equal(strbuf_str(&f.said), "");
	fixture_end(&f);
	/* as if there were no laps the whole run is too much */
	fixture_begin(&f, "insn");
	add_sample(&f, 2, 10000, 0, 0);
	assert_int_equal(take(&f, text), 0);
	assert_contains(strbuf_str(&f.said),
			"the counts of 1 of 1 samples are not believed (window 2: 60000 "
			"instructions were counted where the guest's clock says 10000)");
	fixture_end(&f);
	/* where time is measured the clock says nothing about instructions */
	fixture_begin(&f, "ns");
	add_sample(&f, 2, 10000, 0, 0);
	assert_int_equal(take(&f, text), 0);
	assert_string_equal(strbuf_str(&f.said), "");
	fixture_end(&f);
}

static void what_is_missing_is_told(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f, "insn");
	add_sample(&f, 2, 10, 0, 0);
	add_sample(&f, 3, 10, 0, 0);
	assert_int_equal(take(&f, NULL), 0); /* QEMU did not come so far */
	assert_string_equal(strbuf_str(&f.told), "");
	assert_false(f.whole);
	assert_int_equal(take(&f, HEAD PROOF "p 2 1 0 task|0:1\nw 2\np 3 1 0 task|0:1\n"), 0);
	assert_contains(strbuf_str(&f.said), "1 of 2 samples have no counts, the emulator ended "
					     "before it had written them");
	assert_contains(strbuf_str(&f.said), f.path);
	assert_false(f.whole);
	assert_int_equal(take(&f, HEAD PROOF "p 2 1 0 task|0:1\nw 2\nq\n"), 0);
	assert_contains(strbuf_str(&f.said), "line 9: not a line of the plugin; the 2 windows "
					     "before it are good");
	assert_contains(strbuf_str(&f.told), "window 2 span 0 task\n");
	assert_int_equal(take(&f, ""), 0);
	assert_contains(strbuf_str(&f.told), "boot 7 x86_64 7.2.22 (plugin API -1) symbols abcd: "
					     "it is empty\n");
	assert_int_equal(take(&f, HEAD), 0);
	assert_contains(strbuf_str(&f.told), ": no window is complete\n");
	f.watch.lacks = xstrdup("no switch");
	assert_int_equal(take(&f, HEAD PROOF "end 1\n"), 0);
	assert_contains(strbuf_str(&f.told), ": no switch\n");
	fixture_end(&f);
}

static void errors_of_the_sink_are_passed_on(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f, "insn");
	add_sample(&f, 2, 1000, 0, 0);
	f.fail = -ENOSPC;
	assert_int_equal(take(&f, HEAD PROOF "p 2 1 0 task|0:100\nw 2\nend 2\n"), -ENOSPC);
	assert_string_equal(f.e.msg, "no room");
	assert_false(f.whole);
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_counts_pass_and_warmups_do_not),
		cmocka_unit_test(a_wrong_proof_makes_the_boot_bad),
		cmocka_unit_test(the_clock_contradicts_wrong_windows),
		cmocka_unit_test(faults_are_counted_where_they_are_handled),
		cmocka_unit_test(laps_are_held_against_their_own_span),
		cmocka_unit_test(what_is_missing_is_told),
		cmocka_unit_test(errors_of_the_sink_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
