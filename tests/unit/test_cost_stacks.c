// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plugin's call stacks (runner/cost/plugin/stacks.c, paths.c) under an emulator that is made
 * up here: instructions are looked at once, as QEMU does when it translates, and "executed" as
 * the tests say.
 */
#include "runner/cost/plugin/api.h"
#include "runner/cost/plugin/hooks.h"
#include "runner/cost/plugin/insn.h"
#include "runner/cost/plugin/output.h"
#include "runner/cost/plugin/plugin.h"
#include "runner/cost/plugin/stacks.h"
#include "runner/cost/plugin/who.h"
#include "tests/unit/unit.h"

/* Functions, 0x100 bytes each; a program's, too. */
enum { ENTRY = 0, A, B, C, COLD, IRQ, SOFTIRQ, RETURNS, FUNCS };
#define KERNEL	 0xffffffff81000000ULL
#define AT(f)	 (KERNEL + (f)*0x100ULL)
#define PROGRAM	 0x400000ULL
#define CALL	 0xe8, 0, 0, 0, 0 /* to the next instruction: each test's calls go where it says */
#define INDIRECT 0xff, 0xd0
#define RET	 0xc3
#define IRETQ	 0x48, 0xcf
#define NOP	 0x90

const struct who who_task = { "task" };
static const struct who who_irq = { "irq timer" };
static uint64_t executed; /* by the counter of all instructions */
static char text[1 << 18];
static size_t text_size;

struct api_insn {
	api_call_t fn[4];
	void *data[4];
	size_t n;
};

static const struct hook entry_hook = {
	.kind = HOOK_TRAP,
	.addr = AT(ENTRY),
	.end = AT(ENTRY) + 0x100,
	.name = "asm_exc_page_fault",
};
static const struct hook return_hook = {
	.kind = HOOK_RETURN,
	.addr = AT(RETURNS),
	.end = AT(RETURNS) + 0x100,
	.name = "native_irq_return_iret",
};

const struct hook *hooks_at(uint64_t addr)
{
	if (addr - AT(ENTRY) < 0x100)
		return &entry_hook;
	return addr - AT(RETURNS) < 0x100 ? &return_hook : NULL;
}

bool insn_is_user(uint64_t addr)
{
	return !(addr >> 63);
}

void *plugin_alloc(size_t n, size_t size)
{
	return xcalloc(n, size);
}

void *plugin_grow(void *p, size_t n, size_t size)
{
	return xrealloc(p, n * size);
}

counter_t api_counter_new(void)
{
	return 7;
}

uint64_t api_counter_read(counter_t c, unsigned int vcpu)
{
	assert_int_equal(c, 7);
	assert_int_equal(vcpu, 0);
	return executed;
}

unsigned int api_vcpus(void)
{
	return 1;
}

const char *api_target(void)
{
	return "x86_64";
}

void api_call_insn(struct api_insn *insn, api_call_t fn, void *data)
{
	assert_true(insn->n < 4);
	insn->fn[insn->n] = fn;
	insn->data[insn->n++] = data;
}

void output_text(const char *s)
{
	text_size += (size_t)snprintf(text + text_size, sizeof(text) - text_size, "%s", s);
	assert_true(text_size < sizeof(text));
}

void output_char(char c)
{
	output_text((char[]){ c, '\0' });
}

void output_decimal(uint64_t n)
{
	char s[32];

	snprintf(s, sizeof(s), "%llu", (unsigned long long)n);
	output_text(s);
}

/* Functions by a letter, so that stacks can be read. */
void output_hex(uint64_t n)
{
	char s[32];

	if (n >= KERNEL && n < AT(FUNCS))
		snprintf(s, sizeof(s), "%c", "eABCcisr"[(n - KERNEL) / 0x100]);
	else if (n == PROGRAM)
		snprintf(s, sizeof(s), "main");
	else
		snprintf(s, sizeof(s), "%llx", (unsigned long long)n);
	output_text(s);
}

/*
 * Executes a block of N instructions at ADDR, the last one has these bytes; the first and the
 * last are looked at. BEGINS: the last is a block of its own, counted apart.
 */
static void block(uint64_t addr, unsigned int n, const uint8_t *last, size_t size, bool begins)
{
	static const uint8_t nop = NOP;
	struct insn in = { .addr = addr, .size = 1 };
	struct api_insn first = { { NULL }, { NULL }, 0 }, end = first;

	memcpy(in.bytes, n > 1 ? &nop : last, n > 1 ? 1 : size);
	in.size = (uint8_t)(n > 1 ? 1 : size);
	in.is = n == 1 && *last == RET ? INSN_RET : 0;
	stacks_watch(&first, &in, true, true);
	for (size_t i = 0; i < first.n; i++)
		first.fn[i](0, first.data[i]);
	executed += n - begins;
	if (n > 1) {
		memcpy(in.bytes, last, size);
		in.addr = addr + 0x20;
		in.size = (uint8_t)size;
		in.is = *last == RET ? INSN_RET : 0;
		stacks_watch(&end, &in, false, begins);
		for (size_t i = 0; i < end.n; i++)
			end.fn[i](0, end.data[i]);
	}
	executed += begins;
}

#define BLOCK(addr, n, ...)                                                                        \
	block((addr), (n), (const uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }),   \
	      false)
#define LONE(addr, n, ...)                                                                         \
	block((addr), (n), (const uint8_t[]){ __VA_ARGS__ }, sizeof((uint8_t[]){ __VA_ARGS__ }),   \
	      true)
#define INSIDE(f) (AT(f) + 0x40) /* not its beginning */

static int begin(void **state)
{
	static bool started;

	(void)state;
	if (!started) {
		for (int f = FUNCS; f-- > 0;)
			stacks_func(AT(f));
		stacks_func(PROGRAM);
		assert_int_equal(stacks_start(), 0);
		started = true;
	}
	stacks_switch(0, 0, 0);
	stacks_begin(0);
	stacks_settle(0, 0, &who_task);
	text_size = 0;
	stacks_write(0); /* of a test that failed */
	text_size = 0;
	text[0] = '\0';
	return 0;
}

/* What was executed as one line; the counts have to be the number of instructions. */
static void is(const char *wanted)
{
	stacks_settle(0, 1, &who_task);
	stacks_write(5);
	assert_string_equal(text, wanted);
}

static void a_call_is_a_frame_until_its_return(void **state)
{
	(void)state;
	BLOCK(INSIDE(A), 10, INDIRECT);
	BLOCK(AT(B), 3, INDIRECT);
	BLOCK(AT(C), 5, RET);
	BLOCK(INSIDE(B), 7, RET);
	BLOCK(INSIDE(A), 2, NOP);
	is("s 5 1 0 task|A:12 A;B:10 A;B;C:5\n");
}

static void a_jump_to_a_function_is_a_tail_call(void **state)
{
	(void)state;
	BLOCK(INSIDE(A), 10, INDIRECT);
	BLOCK(AT(B), 3, NOP);
	BLOCK(AT(C), 5, RET);
	BLOCK(INSIDE(A), 2, INDIRECT);
	BLOCK(AT(B), 1, RET);
	is("s 5 1 0 task|A:12 A;B:4 A;C:5\n");
}

static void what_a_function_calls_of_itself_is_a_frame_each_time(void **state)
{
	(void)state;
	BLOCK(AT(A), 1, INDIRECT);
	BLOCK(AT(A), 1, INDIRECT);
	BLOCK(AT(A), 4, RET);
	BLOCK(INSIDE(A), 2, RET);
	BLOCK(INSIDE(A), 3, NOP);
	is("s 5 1 0 task|A:4 A;A:3 A;A;A:4\n");
}

/* More frames than are kept; then a return for each. */
static void a_stack_without_end_is_no_harm(void **state)
{
	uint64_t before = executed, sum = 0;
	char *at;

	(void)state;
	for (int i = 0; i < 5000; i++)
		BLOCK(AT(A), 1, INDIRECT);
	for (int i = 0; i < 4999; i++)
		BLOCK(INSIDE(A), 1, RET);
	BLOCK(INSIDE(A), 1000, NOP);
	stacks_settle(0, 1, &who_task);
	stacks_write(5);
	if (strncmp(text, "s 5 1 0 task|A:1001 A;A:2 A;A;A:2 ", 34))
		fail_msg("%.200s", text);
	for (at = text; (at = strchr(at, ':')); at++)
		sum += strtoull(at + 1, NULL, 10);
	assert_int_equal(sum, executed - before);
}

/* As return thunks and retpolines do: call to a place inside, then return to where it was put. */
static void a_call_within_a_function_is_none(void **state)
{
	(void)state;
	BLOCK(INSIDE(A), 10, INDIRECT);
	BLOCK(AT(B), 3, CALL); /* B is the thunk */
	BLOCK(INSIDE(B), 2, RET);
	BLOCK(AT(C), 5, RET);
	BLOCK(INSIDE(A), 1, NOP);
	is("s 5 1 0 task|A:11 A;B:5 A;C:5\n");
}

/* As SRSO's return thunk: B calls C, which drops where that call returns to, and returns. */
static void a_return_thunk_returns_for_its_caller(void **state)
{
	struct insn lea = { .addr = AT(C), .size = 5, .bytes = { 0x48, 0x8d, 0x64, 0x24, 0x08 } };
	struct insn ret = { .addr = AT(C) + 5, .size = 1, .bytes = { RET }, .is = INSN_RET };
	struct api_insn first = { { NULL }, { NULL }, 0 }, end = first;

	(void)state;
	BLOCK(INSIDE(A), 10, INDIRECT);
	BLOCK(AT(COLD), 6, NOP); /* some function that ends with a jump to the thunk */
	BLOCK(AT(B), 1, INDIRECT);
	assert_true(stacks_watch(&first, &lea, true, true));
	assert_true(stacks_watch(&end, &ret, false, false));
	first.fn[0](0, first.data[0]);
	executed += 2;
	end.fn[0](0, end.data[0]);
	BLOCK(INSIDE(A), 20, NOP);
	is("s 5 1 0 task|A:30 A;c:6 A;B:1 A;B;C:2\n");
}

static void returns_that_were_not_seen_heal(void **state)
{
	(void)state;
	BLOCK(INSIDE(A), 10, INDIRECT);
	BLOCK(AT(B), 3, INDIRECT);
	BLOCK(AT(C), 5, INDIRECT);
	/* back in A by ways unknown: all since the last event is said to be its */
	BLOCK(INSIDE(A), 2, INDIRECT);
	BLOCK(AT(B), 1, RET);
	BLOCK(INSIDE(A), 1, NOP);
	is("s 5 1 0 task|A:18 A;B:4\n");
}

static void the_unlikely_part_of_a_function_is_no_call(void **state)
{
	(void)state;
	BLOCK(INSIDE(A), 10, INDIRECT);
	BLOCK(AT(B), 3, NOP);
	BLOCK(AT(COLD), 4, INDIRECT); /* jumped to */
	BLOCK(AT(C), 5, RET);
	BLOCK(INSIDE(B), 1, RET); /* and back: the return is B's, its frame goes */
	BLOCK(INSIDE(A), 6, NOP);
	is("s 5 1 0 task|A:16 A;B:4 A;c:4 A;c;C:5\n");
}

static void an_exception_ends_with_its_own_return(void **state)
{
	(void)state;
	BLOCK(INSIDE(A), 10, INDIRECT);
	/* B's first instruction faults: it was called, but not begun */
	BLOCK(AT(ENTRY), 2, INDIRECT);
	BLOCK(AT(C), 5, NOP); /* never returns */
	BLOCK(INSIDE(RETURNS), 3, IRETQ);
	BLOCK(AT(B), 4, RET);
	BLOCK(INSIDE(A), 1, NOP);
	is("s 5 1 0 task|A:11 A;e:2 A;e;C:8 A;B:4\n");
}

/* An iretq elsewhere only makes the CPU look at changed code. */
static void an_iretq_that_goes_on_behind_itself_is_no_return(void **state)
{
	(void)state;
	BLOCK(INSIDE(A), 10, INDIRECT);
	BLOCK(AT(B), 4, IRETQ);
	BLOCK(INSIDE(B), 1, RET);
	BLOCK(INSIDE(A), 1, NOP);
	is("s 5 1 0 task|A:11 A;B:5\n");
}

static void user_space_has_a_stack_of_its_own(void **state)
{
	(void)state;
	BLOCK(PROGRAM, 10, INDIRECT);
	BLOCK(PROGRAM + 0x40, 2, NOP);
	BLOCK(AT(ENTRY), 2, INDIRECT);
	BLOCK(AT(C), 5, RET);
	BLOCK(INSIDE(RETURNS), 3, IRETQ);
	BLOCK(PROGRAM + 0x40, 20, NOP);
	is("s 5 1 0 task|main:32 e:5 e;C:5\n");
}

static void an_interrupt_has_a_stack_of_its_own(void **state)
{
	(void)state;
	BLOCK(INSIDE(A), 10, INDIRECT);
	/* between the call and what is called */
	stacks_settle(0, 1, &who_task);
	stacks_enter(0, 1);
	BLOCK(AT(IRQ), 2, INDIRECT);
	BLOCK(AT(C), 5, RET);
	BLOCK(INSIDE(RETURNS), 3, IRETQ);
	stacks_settle(0, 1, &who_irq);
	stacks_leave(0, 0);
	BLOCK(AT(B), 4, RET);
	BLOCK(INSIDE(A), 1, NOP);
	is("s 5 1 0 task|A:11 A;B:4\ns 5 1 0 irq timer|i:5 i;C:5\n");
}

/* The return of what runs softirqs is executed when its context was left already. */
static void a_context_that_was_called_is_returned_from(void **state)
{
	(void)state;
	BLOCK(INSIDE(A), 10, INDIRECT);
	stacks_settle(0, 1, &who_task);
	stacks_enter(0, 1);
	BLOCK(AT(SOFTIRQ), 6, NOP);
	stacks_settle(0, 1, &who_irq);
	stacks_ahead(0, 1, &who_irq);
	stacks_leave(0, 0);
	BLOCK(INSIDE(SOFTIRQ), 1, RET);
	BLOCK(INSIDE(A), 1, NOP);
	is("s 5 1 0 task|A:11\ns 5 1 0 irq timer|s:7\n");
}

static void a_task_finds_its_stack_as_it_left_it(void **state)
{
	(void)state;
	BLOCK(INSIDE(A), 10, INDIRECT);
	BLOCK(AT(B), 4, NOP);
	stacks_settle(0, 1, &who_task);
	stacks_switch(0, 0x1000, 0);
	BLOCK(AT(C), 7, NOP);
	stacks_settle(0, 1, &who_irq);
	stacks_switch(0, 0, 0);
	BLOCK(INSIDE(B), 1, RET);
	BLOCK(INSIDE(A), 1, NOP);
	is("s 5 1 0 task|A:11 A;B:5\ns 5 1 0 irq timer|C:7\n");
	stacks_switch(0, 0x1000, 0);
	BLOCK(INSIDE(C), 1, INDIRECT);
	BLOCK(AT(B), 2, NOP);
	text_size = 0;
	is("s 5 1 0 task|C:1 C;B:2\n");
	stacks_begin(0);
}

/* A return that is counted apart is its function's all the same. */
static void a_lone_return_counts_where_it_is(void **state)
{
	(void)state;
	BLOCK(INSIDE(A), 10, INDIRECT);
	LONE(AT(B), 4, RET);
	BLOCK(INSIDE(A), 1, NOP);
	is("s 5 1 0 task|A:11 A;B:4\n");
}

static void what_was_before_the_spans_is_nobodys(void **state)
{
	(void)state;
	BLOCK(INSIDE(A), 10, INDIRECT);
	LONE(AT(B), 4, RET);
	stacks_settle(0, 0, &who_task);
	BLOCK(INSIDE(A), 3, NOP);
	stacks_settle(0, 1, &who_task);
	BLOCK(INSIDE(A), 2, NOP);
	stacks_settle(0, 3, &who_irq);
	stacks_merge(&who_irq, &who_task);
	stacks_write(9);
	assert_string_equal(text, "s 9 1 0 task|A:3\ns 9 3 0 task|A:2\n");
	text_size = 0;
	text[0] = '\0';
	stacks_write(10); /* all was forgotten */
	assert_string_equal(text, "");
}

/* A stack of which nothing was left, and more of it that only writing brings together. */
static void a_corrected_stack_is_written_once(void **state)
{
	static const struct who also_task = { "task" };

	(void)state;
	BLOCK(INSIDE(A), 3, INDIRECT);
	stacks_settle(0, 1, &who_task);
	BLOCK(INSIDE(A), 2, INDIRECT);
	stacks_settle(0, 1, &also_task);
	stacks_correct(0, 1, &who_task, AT(A), 3);
	stacks_write(5);
	assert_string_equal(text, "s 5 1 0 task|A:2\n");
	text_size = 0;
	BLOCK(INSIDE(A), 3, INDIRECT);
	stacks_settle(0, 1, &who_task);
	stacks_correct(0, 1, &who_task, AT(A), 3);
	stacks_write(6);
	assert_string_equal(text, "s 6 1 0 task|\n");
}

static void a_window_that_was_never_closed_is_forgotten(void **state)
{
	(void)state;
	BLOCK(INSIDE(A), 3, INDIRECT);
	stacks_settle(0, 1, &who_task);
	stacks_forget();
	BLOCK(INSIDE(A), 4, INDIRECT);
	is("s 5 1 0 task|A:4\n");
}

/* Code of which no function is known. */
static void nothing_known_is_the_empty_stack(void **state)
{
	(void)state;
	BLOCK(0x1000, 6, INDIRECT);
	is("s 5 1 0 task|0:6\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_call_is_a_frame_until_its_return, begin),
		cmocka_unit_test_setup(a_jump_to_a_function_is_a_tail_call, begin),
		cmocka_unit_test_setup(what_a_function_calls_of_itself_is_a_frame_each_time, begin),
		cmocka_unit_test_setup(a_stack_without_end_is_no_harm, begin),
		cmocka_unit_test_setup(a_call_within_a_function_is_none, begin),
		cmocka_unit_test_setup(a_return_thunk_returns_for_its_caller, begin),
		cmocka_unit_test_setup(returns_that_were_not_seen_heal, begin),
		cmocka_unit_test_setup(the_unlikely_part_of_a_function_is_no_call, begin),
		cmocka_unit_test_setup(an_exception_ends_with_its_own_return, begin),
		cmocka_unit_test_setup(an_iretq_that_goes_on_behind_itself_is_no_return, begin),
		cmocka_unit_test_setup(user_space_has_a_stack_of_its_own, begin),
		cmocka_unit_test_setup(an_interrupt_has_a_stack_of_its_own, begin),
		cmocka_unit_test_setup(a_context_that_was_called_is_returned_from, begin),
		cmocka_unit_test_setup(a_task_finds_its_stack_as_it_left_it, begin),
		cmocka_unit_test_setup(a_lone_return_counts_where_it_is, begin),
		cmocka_unit_test_setup(what_was_before_the_spans_is_nobodys, begin),
		cmocka_unit_test_setup(a_corrected_stack_is_written_once, begin),
		cmocka_unit_test_setup(a_window_that_was_never_closed_is_forgotten, begin),
		cmocka_unit_test_setup(nothing_known_is_the_empty_stack, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
