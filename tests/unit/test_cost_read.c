// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runner/cost/read and piece: what the plugin's file says, and that no file, however damaged,
 * does more than end the reading with a line.
 */
#include <errno.h>
#include <signal.h>

#include "lib/cleanup.h"
#include "runner/cost/cost.h"
#include "runner/cost/read.h"
#include "tests/unit/unit.h"

/*
 * Block 0: nop, lock incq (%rdi), ret in the kernel. 1: two nops of a program. 2: the last two of
 * block 0 by themselves, as an emulator may cut them.
 */
#define HEAD "foliobench-cost 1 x86_64 2 1 0\n"
#define BLOCKS                                                                                     \
	"b 0 ffffffff81000000 141:90f048ff07c3\n"                                                  \
	"b 1 401000 11:9090\n"                                                                     \
	"b 2 ffffffff81000001 41:f048ff07c3\n"
#define GOOD                                                                                       \
	HEAD BLOCKS "p 1 1 0 task|1:500\n"                                                         \
		    "p 1 2 0 task|1:1000\n"                                                        \
		    "w 1\n"                                                                        \
		    "p 2 1 0 task|0:10 1:5\n"                                                      \
		    "p 2 3 0 task|0:2\n"                                                           \
		    "p 2 3 1 task|1:7\n"                                                           \
		    "p 2 3 0 irq asm_sysvec_x|0:1\n"                                               \
		    "w 2\n"                                                                        \
		    "p 3 1 0 task|1:5 0:10\n"                                                      \
		    "p 3 3 0 task|0:1\n"                                                           \
		    "p 3 3 0 task|2:1\n"                                                           \
		    "w 3\n"                                                                        \
		    "end 3\n"

struct fixture {
	char *dir, *path;
	struct cost_reading how;
	struct cost_file_result res;
	struct error e;
	struct strbuf log; /* a line a piece */
	int fail;	   /* what the window callback returns */
};

static int on_piece(const struct cost_piece *p, void *data)
{
	struct fixture *f = data;
	struct profile profile = { 0 };
	uint64_t insns = 0, loads = 0;
	unsigned int flags = 0;

	assert_int_equal(strlen(p->id), 64);
	if (profile_decode(p->data, p->size, &profile, &f->e))
		fail_msg("%s", f->e.msg);
	for (size_t i = 0; i < profile.n; i++) {
		insns += profile.v[i].count;
		loads += profile.v[i].count * profile.v[i].loads;
		flags |= profile.v[i].flags;
		if (i)
			assert_true(profile.v[i - 1].addr <= profile.v[i].addr);
	}
	assert_int_equal(insns, p->insns);
	strbuf_addf(&f->log, "span %u vcpu %u %s: %llu insns, %zu places, %llu loads%s%s\n",
		    p->span, p->vcpu, p->context, (unsigned long long)insns, profile.n,
		    (unsigned long long)loads, flags & PROFILE_ATOMIC ? ", atomic" : "",
		    flags & PROFILE_USER ? ", user" : "");
	if (p->folded)
		strbuf_addf(&f->log, "%s", p->folded);
	profile_release(&profile);
	return 0;
}

static int on_window(const struct cost_window *w, void *data)
{
	struct fixture *f = data;

	strbuf_addf(&f->log, "window %u of %u vCPUs\n", w->number, w->head->vcpus);
	if (f->fail)
		return f->fail;
	return cost_window_pieces(w, on_piece, f);
}

static void fixture_begin(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->dir = scratch_make();
	f->path = xasprintf("%s/cost", f->dir);
	f->how = (struct cost_reading){ .window = on_window, .data = f };
}

static void fixture_end(struct fixture *f)
{
	cost_file_result_release(&f->res);
	strbuf_release(&f->log);
	free(f->path);
	scratch_remove(f->dir);
}

static int read_text(struct fixture *f, const void *text, size_t len)
{
	cost_file_result_release(&f->res);
	strbuf_reset(&f->log);
	assert_int_equal(fs_write(f->path, text, len, NULL), 0);
	return cost_file_read(f->path, &f->how, &f->res, &f->e);
}

static void windows_become_profiles(void **state)
{
	struct fixture f;

	(void)state;
	fixture_begin(&f);
	assert_int_equal(read_text(&f, GOOD, strlen(GOOD)), 0);
	assert_null(f.res.broken);
	assert_true(f.res.ended);
	assert_int_equal(f.res.windows, 3);
	/* span 0 of window 2 has what was executed while span 1 was open too */
	assert_string_equal(strbuf_str(&f.log),
			    "window 1 of 2 vCPUs\n"
			    "span 0 vcpu 0 task: 1000 insns, 2 places, 0 loads, user\n"
			    "span 1 vcpu 0 task: 2000 insns, 2 places, 0 loads, user\n"
			    "window 2 of 2 vCPUs\n"
			    "span 0 vcpu 0 task: 46 insns, 5 places, 24 loads, atomic, user\n"
			    "span 0 vcpu 1 task: 14 insns, 2 places, 0 loads, user\n"
			    "span 0 vcpu 0 irq asm_sysvec_x: 3 insns, 3 places, 2 loads, atomic\n"
			    "span 1 vcpu 0 task: 6 insns, 3 places, 4 loads, atomic\n"
			    "span 1 vcpu 1 task: 14 insns, 2 places, 0 loads, user\n"
			    "span 1 vcpu 0 irq asm_sysvec_x: 3 insns, 3 places, 2 loads, atomic\n"
			    "window 3 of 2 vCPUs\n"
			    "span 0 vcpu 0 task: 45 insns, 5 places, 24 loads, atomic, user\n"
			    "span 1 vcpu 0 task: 5 insns, 3 places, 4 loads, atomic\n");
	fixture_end(&f);
}

/* IDs of the pieces, one behind the other. */
static int keep_ids(const struct cost_piece *p, void *data)
{
	strbuf_addf(data, "%s\n", p->id);
	return 0;
}

static int window_ids(const struct cost_window *w, void *data)
{
	return cost_window_pieces(w, keep_ids, &((struct fixture *)data)->log);
}

static void same_counts_are_same_profiles_however_cut(void **state)
{
	/* block 0 is executed 3 times; once by its first and its other instructions */
	static const char text[] = HEAD BLOCKS "b 3 ffffffff81000000 1:90\n"
					       "p 2 1 0 task|0:3 1:1\n"
					       "w 2\n"
					       "p 3 1 0 task|1:1 0:2 3:1\n"
					       "p 3 1 0 task|2:1\n"
					       "w 3\n"
					       "p 4 1 0 task|0:3 1:1\n"
					       "w 4\n"
					       "p 5 1 0 task|0:3 1:2\n"
					       "w 5\n"
					       "end 4\n";
	struct strv ids __strv = { 0 };
	struct fixture f;

	(void)state;
	fixture_begin(&f);
	f.how.window = window_ids;
	assert_int_equal(read_text(&f, text, strlen(text)), 0);
	strv_split(&ids, strbuf_str(&f.log), "\n");
	assert_int_equal(ids.n, 4);
	assert_string_equal(ids.v[0], ids.v[1]);
	assert_string_equal(ids.v[0], ids.v[2]);
	assert_string_not_equal(ids.v[0], ids.v[3]);
	fixture_end(&f);
}

static void stacks_are_folded_by_name(void **state)
{
	static const char text[] = "foliobench-cost 1 aarch64 1 1 1\n"
				   "b 0 ffff800080000000 4:1f2003d5\n"
				   "p 2 1 0 task|0:9\n"
				   "s 2 1 0 task|401000;ffff800080000000:4 "
				   "401000;ffff800080000004:3 ffff900000000000:2\n"
				   "w 2\nend 1\n";
	static const char map[] = "401000 u main 20\nffff800080000000 t do_it\n"
				  "ffff800080000008 t more\n";
	struct symbols symbols = { 0 };
	struct fixture f;

	(void)state;
	fixture_begin(&f);
	assert_int_equal(symbols_parse(map, strlen(map), &symbols, &f.e), 0);
	f.how.symbols = &symbols;
	assert_int_equal(read_text(&f, text, strlen(text)), 0);
	assert_null(f.res.broken);
	assert_string_equal(strbuf_str(&f.log), "window 2 of 1 vCPUs\n"
						"span 0 vcpu 0 task: 9 insns, 1 places, 0 loads\n"
						"0xffff900000000000 2\n"
						"main;do_it 7\n");
	symbols_release(&symbols);
	fixture_end(&f);
}

static int verify_window(const struct cost_window *w, void *data)
{
	char *bad __free = cost_window_verify(w, 0xffffffff81002000, true);

	strbuf_addf(&((struct fixture *)data)->log, "%s\n", bad ? bad : "fine");
	return 0;
}

static void accesses_are_held_against_qemus(void **state)
{
	static const char text[] = HEAD BLOCKS "p 2 1 0 task|0:3\nv 2 1 6 3\nw 2\n"
					       "p 3 1 0 task|0:3\nv 3 1 6 4\nw 3\n"
					       "p 4 1 0 task|0:3\nw 4\nend 3\n";
	struct fixture f;

	(void)state;
	fixture_begin(&f);
	f.how.window = verify_window;
	assert_int_equal(read_text(&f, text, strlen(text)), 0);
	assert_null(f.res.broken);
	assert_string_equal(strbuf_str(&f.log),
			    "fine\nspans 1: the instructions make 6 loads and "
			    "3 stores, QEMU counted 6 and 4\n"
			    "QEMU was to count accesses to memory and has none\n");
	fixture_end(&f);
}

/* Block 3 is where faults enter, block 4 is rep stosq, iretq and fxsave. */
static void what_qemu_shows_otherwise(void **state)
{
	static const char more[] = "b 3 ffffffff81002000 1:90\n"
				   "b 4 ffffffff81003000 324:f348ab48cf0fae0424\n";
	static const struct {
		const char *lines, *expected;
	} windows[] = {
		{ "p 2 1 0 task|0:3 3:2 4:9\nv 2 1 6 3\n", "fine\n" },
		{ "p 2 1 0 task|0:3 3:2\nv 2 1 4 1\n", "fine\n" },
		{ "p 2 1 0 task|0:3 3:2\nv 2 1 6 0\n", "spans 1: the" },
		{ "p 2 1 0 task|0:3 3:2\nv 2 1 7 3\n", "spans 1: the" },
		{ "p 2 1 0 task|0:1000\nv 2 1 2002 1001\n", "fine\n" },
		{ "p 2 1 0 task|0:1000\nv 2 1 2003 1000\n", "spans 1: the" },
		{ "p 2 1 0 task|0:1000\nv 2 1 2000 998\n", "spans 1: the" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(windows); i++) {
		__strbuf struct strbuf text = { 0 };
		struct fixture f;

		fixture_begin(&f);
		f.how.window = verify_window;
		strbuf_addf(&text, "%s%s%s%sw 2\nend 1\n", HEAD, BLOCKS, more, windows[i].lines);
		assert_int_equal(read_text(&f, text.buf, text.len), 0);
		assert_null(f.res.broken);
		if (strncmp(strbuf_str(&f.log), windows[i].expected, strlen(windows[i].expected)))
			fail_msg("%s: %s", windows[i].lines, strbuf_str(&f.log));
		fixture_end(&f);
	}
}

static void expect_broken(struct fixture *f, const char *text, unsigned long windows,
			  const char *why)
{
	if (read_text(f, text, strlen(text)))
		fail_msg("%s", f->e.msg);
	if (!f->res.broken) {
		fail_msg("taken for good: %s", text);
		return;
	}
	assert_contains(f->res.broken, why);
	assert_int_equal(f->res.windows, windows);
}

static void wrong_lines_end_the_reading(void **state)
{
	static const struct {
		const char *text;
		unsigned long windows;
		const char *why;
	} wrong[] = {
		{ "", 0, "it is empty" },
		{ "elephant\n", 0, "line 1: not written by the plugin" },
		{ "foliobench-cost 2 x86_64 1 1 0\n", 0, "of format 2, this program reads 1" },
		{ "foliobench-cost 1 x86_64 0 1 0\n", 0, "line 1: " },
		{ "foliobench-cost 1 x86_64 1 1 2\n", 0, "line 1: " },
		{ HEAD BLOCKS "b 1 401000 1:90\n", 0, "line 5: a second block 1" },
		{ HEAD "b 0 401000 2:90\n", 0, "its bytes are not what its sizes say" },
		{ HEAD "b 0 401000 1:9090\n", 0, "its bytes are not what its sizes say" },
		{ HEAD "b 0 401000 0:\n", 0, "its bytes are not what its sizes say" },
		{ HEAD "b 5000000000 401000 1:90\n", 0, "a block without its number" },
		{ HEAD BLOCKS "p 2 1 0 task|7:1\n", 0, "block 7, which is not there" },
		{ HEAD BLOCKS "p 2 1 0 task|1\n", 0, "counts that are none" },
		{ HEAD BLOCKS "p 2 1 0 task|1:0\n", 0, "counts that are none" },
		{ HEAD BLOCKS "p 2 1 2 task|1:1\n", 0, "vCPU" },
		{ HEAD BLOCKS "p 2 0 0 task|1:1\n", 0, "no spans" },
		{ HEAD BLOCKS "p 0 1 0 task|1:1\n", 0, "no number of a window" },
		{ HEAD BLOCKS "p 2 1 0 |1:1\n", 0, "no context" },
		{ HEAD BLOCKS "p 2 1 0 task\n", 0, "no context" },
		{ HEAD BLOCKS "s 2 1 0 task|401000:1\n", 0, "call stacks where there are none" },
		{ HEAD BLOCKS "p 2 1 0 task|1:1\np 3 1 0 task|1:1\n", 0, "in the middle of" },
		{ HEAD BLOCKS "p 2 1 0 task|1:1\nw 2\np 2 1 0 task|1:1\n", 1, "after window 2" },
		{ HEAD BLOCKS "p 2 1 0 task|1:1\nw 2\nend 2\n", 1, "the last line tells of 2" },
		{ HEAD BLOCKS "w 2\nend 1\nw 3\n", 1, "comes after the last one" },
		{ HEAD BLOCKS "p 2 1 0 task|1:1\nend 0\n", 0, "a last line that is none" },
		{ HEAD BLOCKS "x\n", 0, "line 5: not a line of the plugin" },
		{ HEAD BLOCKS "v 2 1 3\n", 0, "no loads and stores" },
	};
	struct fixture f;

	(void)state;
	fixture_begin(&f);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		expect_broken(&f, wrong[i].text, wrong[i].windows, wrong[i].why);
	assert_int_equal(read_text(&f, HEAD "b 0 4\0 1:90\n", strlen(HEAD) + 13), 0);
	assert_contains(f.res.broken, "not a text");
	fixture_end(&f);
}

/* Wherever an emulator was killed: the windows that it had completed, and no word of more. */
static void cut_off_files_keep_their_windows(void **state)
{
	struct fixture f;
	size_t len = strlen(GOOD);

	(void)state;
	fixture_begin(&f);
	for (size_t cut = strlen(HEAD); cut < len; cut++) {
		unsigned long windows = 0;

		for (const char *at = GOOD; (at = strstr(at, "\nw ")) && at + 5 <= &GOOD[cut]; at++)
			windows++;
		assert_int_equal(read_text(&f, GOOD, cut), 0);
		assert_null(f.res.broken);
		assert_false(f.res.ended);
		assert_int_equal(f.res.windows, windows);
	}
	fixture_end(&f);
}

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* A few bytes changed, left out or put in twice: whatever comes of it, it comes to an end. */
static void damaged_files_do_no_harm(void **state)
{
	uint32_t seed = 20261121;
	unsigned int broken = 0;
	struct fixture f;

	(void)state;
	fixture_begin(&f);
	for (int turn = 0; turn < 4000; turn++) {
		char text[2 * sizeof(GOOD)];
		size_t len = strlen(GOOD);

		memcpy(text, GOOD, len + 1);
		for (uint32_t n = 1 + next_random(&seed) % 3; n; n--) {
			size_t at = next_random(&seed) % len;
			size_t size = next_random(&seed) % 20;

			if (at + size > len || len + size > sizeof(text))
				size = 0;
			switch (next_random(&seed) % 4) {
			case 0:
				text[at] = (char)next_random(&seed);
				break;
			case 1:
				text[at] = "0123456789abcdef|:; \npwbsv"[next_random(&seed) % 26];
				break;
			case 2:
				memmove(text + at, text + at + size, len - at - size);
				len -= size;
				break;
			case 3:
				memmove(text + at + size, text + at, len - at);
				len += size;
				break;
			}
		}
		assert_int_equal(read_text(&f, text, len), 0);
		broken += f.res.broken != NULL;
		if (f.res.broken)
			assert_true(strlen(f.res.broken) < 200);
		assert_true(f.res.windows <= 4);
	}
	/* most of it is noticed; a count that became another is not */
	assert_in_range(broken, 2000, 3999);
	fixture_end(&f);
}

static void callbacks_and_the_user_stop_it(void **state)
{
	volatile sig_atomic_t cancel = 1;
	struct fixture f;

	(void)state;
	fixture_begin(&f);
	f.fail = -ENOSPC;
	assert_int_equal(read_text(&f, GOOD, strlen(GOOD)), -ENOSPC);
	f.fail = 0;
	f.how.cancel = &cancel;
	assert_int_equal(read_text(&f, GOOD, strlen(GOOD)), -ECANCELED);
	assert_int_equal(cost_file_read("/nonexistent/cost", &f.how, &f.res, &f.e), -ENOENT);
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_become_profiles),
		cmocka_unit_test(same_counts_are_same_profiles_however_cut),
		cmocka_unit_test(stacks_are_folded_by_name),
		cmocka_unit_test(accesses_are_held_against_qemus),
		cmocka_unit_test(what_qemu_shows_otherwise),
		cmocka_unit_test(wrong_lines_end_the_reading),
		cmocka_unit_test(cut_off_files_keep_their_windows),
		cmocka_unit_test(damaged_files_do_no_harm),
		cmocka_unit_test(callbacks_and_the_user_stop_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
