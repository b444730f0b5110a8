// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The marks of bench/span.h, as the CPU executes them: a child does it step by step, and each
 * instruction that it is about to execute is looked at.
 */
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/span.h"
#include "lib/cleanup.h"
#include "tests/unit/unit.h"

struct mark {
	unsigned int op, arg;
	size_t at; /* instructions that were executed before it, marks too */
};

#define MARKS_MAX 64
#define STEPS_MAX 200000

static struct mark marks[MARKS_MAX];
static size_t n_marks;

/* Written down once more, from the numbers in docs/cost-plugin.md's words, not from the macros. */
static bool is_mark(const uint8_t *code, struct mark *m)
{
#if defined(__x86_64__)
	static const uint8_t begins[4] = { 0x0f, 0x1f, 0x84, 0x00 };

	m->arg = code[4];
	m->op = code[5];
	return !memcmp(code, begins, 4) && code[6] == 0xb1 && code[7] == 0xf0;
#elif defined(__aarch64__)
	uint32_t word;

	memcpy(&word, code, 4);
	m->arg = word >> 5 & 0xff;
	m->op = word >> 13 & 0xf;
	return (word & 0xfffe001f) == 0xd2f6001f; /* movz xzr, #0xbXXX, lsl #48 */
#else
	(void)code;
	(void)m;
	return false;
#endif
}

static uint64_t program_counter(pid_t pid)
{
	struct user_regs_struct regs;
	struct iovec iov = { &regs, sizeof(regs) };

	assert_int_equal(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov), 0);
#if defined(__x86_64__)
	return regs.rip;
#elif defined(__aarch64__)
	return regs.pc;
#else
	return 0;
#endif
}

static void step_through(pid_t pid)
{
	int status = 0;

	n_marks = 0;
	for (size_t at = 0; at < STEPS_MAX; at++) {
		union {
			long word;
			uint8_t bytes[sizeof(long)];
		} code;

		errno = 0;
		code.word = ptrace(PTRACE_PEEKTEXT, pid, program_counter(pid), NULL);
		assert_int_equal(errno, 0);
		if (n_marks < MARKS_MAX && is_mark(code.bytes, &marks[n_marks]))
			marks[n_marks++].at = at;
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFEXITED(status))
			break;
		assert_true(WIFSTOPPED(status));
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* All marks that FN executes, into marks[]. */
static void watch(void (*fn)(void))
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(1);
		raise(SIGSTOP);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSTOPPED(status));
	step_through(pid);
}

#define expect(i, o, a)                                                                            \
	do {                                                                                       \
		assert_true((i) < n_marks);                                                        \
		assert_int_equal(marks[i].op, (o));                                                \
		assert_int_equal(marks[i].arg, (a));                                               \
	} while (0)

static void open_and_close(void)
{
	span_window_open(0x0189abef);
	span_window_close();
}

static void a_window_begins_with_its_number(void **state)
{
	static const unsigned int digits[8] = { 0, 1, 8, 9, 10, 11, 14, 15 };

	(void)state;
	watch(open_and_close);
	assert_int_equal(n_marks, 10);
	for (size_t i = 0; i < 8; i++)
		expect(i, MARK_DIGIT, digits[i]);
	expect(8, MARK_OPEN, 0);
	expect(9, MARK_CLOSE, 0);
}

static void all_digits(void)
{
	span_window_open(0x01234567);
	span_window_open(0x89abcdef);
}

static void each_digit_has_its_mark(void **state)
{
	(void)state;
	watch(all_digits);
	assert_int_equal(n_marks, 18);
	for (unsigned int i = 0; i < 16; i++)
		expect(i + i / 8, MARK_DIGIT, i);
}

static void nested_spans(void)
{
	span_begin(SPAN_RUN);
	span_begin(SPANS_MAX - 1);
	span_end(SPANS_MAX - 1);
	span_end(SPAN_RUN);
}

static void spans_have_their_number(void **state)
{
	(void)state;
	watch(nested_spans);
	assert_int_equal(n_marks, 4);
	expect(0, MARK_BEGIN, SPAN_RUN);
	expect(1, MARK_BEGIN, SPANS_MAX - 1);
	expect(2, MARK_END, SPANS_MAX - 1);
	expect(3, MARK_END, SPAN_RUN);
}

/* Each of them is SPAN_PROOF_LINE instructions from mark to mark, also in an unoptimised build. */
static void the_proof_is_as_long_as_it_says(void **state)
{
	static const unsigned int spans[] = { SPAN_RUN, SPAN_LAP, SPAN_LAP };
	const size_t first = 6 + 9; /* behind the turn in no window and the window's beginning */

	(void)state;
	watch(span_prove);
	assert_int_equal(n_marks, first + 6 + 1);
	for (size_t i = 0; i < 8; i++)
		expect(6 + i, MARK_DIGIT, i == 7 ? SPAN_PROOF_WINDOW : 0);
	expect(6 + 8, MARK_OPEN, 0);
	for (size_t i = 0; i < ARRAY_SIZE(spans); i++) {
		expect(first + 2 * i, MARK_BEGIN, spans[i]);
		expect(first + 2 * i + 1, MARK_END, spans[i]);
		assert_int_equal(marks[first + 2 * i + 1].at - marks[first + 2 * i].at - 1,
				 SPAN_PROOF_LINE);
	}
	expect(first + 6, MARK_CLOSE, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_begins_with_its_number),
		cmocka_unit_test(each_digit_has_its_mark),
		cmocka_unit_test(spans_have_their_number),
		cmocka_unit_test(the_proof_is_as_long_as_it_says),
	};

	return cmocka_run_group_tests_name("span", tests, NULL, NULL);
}
