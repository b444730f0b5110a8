// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whose the counts are (runner/cost/plugin/context.c, window.c), under an emulator that is made up
 * here: of two CPUs, each instruction a block of its own. What the plugin wrote is summed up.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/fs.h"
#include "runner/cost/plugin/api.h"
#include "runner/cost/plugin/blocks.h"
#include "runner/cost/plugin/context.h"
#include "runner/cost/plugin/devices.h"
#include "runner/cost/plugin/hooks.h"
#include "runner/cost/plugin/insn.h"
#include "runner/cost/plugin/output.h"
#include "runner/cost/plugin/plugin.h"
#include "runner/cost/plugin/window.h"
#include "tests/unit/unit.h"

/* Where functions are, as the hooks say. */
#define USER	 0x401000ULL
#define KERNEL	 0xffffffff81000000ULL
#define IRQ	 0xffffffff81001000ULL
#define SOFTIRQ	 0xffffffff81002000ULL
#define SWITCH	 0xffffffff81003000ULL
#define FORK	 0xffffffff81004000ULL
#define KTHREAD	 0xffffffff81005000ULL
#define RETURN	 0xffffffff81006000ULL
#define PREEMPT	 0xffffffff81007000ULL
#define SCHEDULE 0xffffffff81007100ULL

#define HOOKS                                                                                      \
	"irq ffffffff81001000 ffffffff81001010 timer\n"                                            \
	"softirq ffffffff81002000 ffffffff81002100 handle_softirqs\n"                              \
	"switch ffffffff81003000 ffffffff81003100 __switch_to_asm\n"                               \
	"fork ffffffff81004000 ffffffff81004010 ret_from_fork_asm\n"                               \
	"kthread ffffffff81005000 ffffffff81005010 worker\n"                                       \
	"return ffffffff81006000 ffffffff81006100 common_interrupt_return\n"                       \
	"preempt ffffffff81007000 ffffffff81007100 irqentry_exit\n"                                \
	"schedule ffffffff81007100 ffffffff81007200 schedule\n"

enum { CPUS = 2, COUNTERS = 4096 };

/* Where tasks keep their stack pointer; of the one that the CPU began with, and another. */
enum { FIRST = 0x5018, OTHER = 0x6018, FRAME = 0x9000 };

struct plugin_options plugin_options;
pthread_mutex_t plugin_lock = PTHREAD_MUTEX_INITIALIZER;

struct api_insn {
	api_call_t fn[4];
	void *data[4];
	size_t n;
	api_access_t access;
	void *access_data;
};

static uint64_t numbers[CPUS][COUNTERS];
static counter_t counters;
static char path[] = "/tmp/foliobench-window.XXXXXX";

/*
 * What is watched lives as long as the emulator, and nobody gives it back: kept here, so that
 * leaks of anything else are found.
 */
static void **kept;
static size_t n_kept;

void *plugin_alloc(size_t n, size_t size)
{
	kept = xrealloc(kept, (n_kept + 1) * sizeof(*kept));
	return kept[n_kept++] = xcalloc(n ? n : 1, size);
}

void *plugin_grow(void *p, size_t n, size_t size)
{
	return xrealloc(p, n * size);
}

counter_t api_counter_new(void)
{
	assert_true(counters < COUNTERS);
	return counters++;
}

size_t api_counters(void)
{
	return counters;
}

uint64_t api_counter_read(counter_t c, unsigned int vcpu)
{
	return numbers[vcpu][c];
}

const uint64_t *api_counter_row(counter_t first, unsigned int vcpu, size_t *n)
{
	*n = counters - first;
	return *n ? &numbers[vcpu][first] : NULL;
}

void api_count_accesses(struct api_insn *insn, counter_t c)
{
	(void)insn;
	assert_true(c < counters);
}

void api_call_insn(struct api_insn *insn, api_call_t fn, void *data)
{
	assert_true(insn->n < 4);
	insn->fn[insn->n] = fn;
	insn->data[insn->n++] = data;
}

void api_call_access(struct api_insn *insn, api_access_t fn, void *data)
{
	insn->access = fn;
	insn->access_data = data;
}

unsigned int api_vcpus(void)
{
	return CPUS;
}

const char *api_target(void)
{
	return "x86_64";
}

int api_level(void)
{
	return 4;
}

static struct insn insn_of(uint64_t addr, const char *bytes, size_t size)
{
	struct insn in = { .addr = addr, .size = (uint8_t)size };

	memcpy(in.bytes, bytes, size);
	insn_decode(&in);
	return in;
}

/* Executes an instruction on a CPU; it accesses memory at VADDR, if at all. */
static void execute(unsigned int vcpu, const struct insn *in, uint64_t vaddr, bool is_store)
{
	const struct hook *hook = hooks_at(in->addr);
	unsigned int tells = context_tells(in, hook);
	struct api_insn insn = { .n = 0 };
	counter_t c = tells & TELLS_MARK ? 0 : block_counter(in, 1);

	if (tells)
		context_watch(&insn, in, hook, tells, c);
	for (size_t i = 0; i < insn.n; i++)
		insn.fn[i](vcpu, insn.data[i]);
	if (!(tells & TELLS_MARK))
		numbers[vcpu][c]++;
	if (insn.access)
		insn.access(vcpu, vaddr, is_store, insn.access_data);
}

#define DO(addr, bytes, vaddr, is_store)                                                           \
	do {                                                                                       \
		struct insn do_it = insn_of(addr, bytes, sizeof(bytes) - 1);                       \
                                                                                                   \
		execute(0, &do_it, vaddr, is_store);                                               \
	} while (0)

static void nops(unsigned int vcpu, uint64_t addr, unsigned int n)
{
	struct insn in = insn_of(addr, "\x90", 1);

	while (n--)
		execute(vcpu, &in, 0, false);
}

static void mark(enum mark_op op, uint8_t arg)
{
	struct insn in = insn_of(USER + 0x800, "\x0f\x1f\x84\x00\x00\x00\xb1\xf0", 8);

	in.bytes[4] = arg;
	in.bytes[5] = (uint8_t)op;
	insn_decode(&in);
	execute(0, &in, 0, false);
}

static void begin_window(uint32_t number)
{
	for (int shift = 28; shift >= 0; shift -= 4)
		mark(MARK_DIGIT, number >> shift & 15);
	mark(MARK_OPEN, 0);
	mark(MARK_BEGIN, 0);
}

static void end_window(void)
{
	mark(MARK_END, 0);
	mark(MARK_CLOSE, 0);
}

static void irq_begins(void)
{
	DO(IRQ, "\x6a\x80", FRAME - 8, true); /* push */
}

/* By iretq, to what was interrupted. */
static void irq_ends(void)
{
	DO(RETURN + 0x40, "\x48\xcf", FRAME, false);
}

static void switch_tasks(uint64_t from, uint64_t to)
{
	DO(SWITCH, "\x48\x89\x67\x18", from, true);    /* mov %rsp, 0x18(%rdi) */
	DO(SWITCH + 4, "\x48\x8b\x66\x18", to, false); /* mov 0x18(%rsi), %rsp */
}

/* What was written for a window, set of spans and CPU of a context: the sum of its counts. */
static unsigned long counted(unsigned int window, unsigned int spans, unsigned int vcpu,
			     const char *who)
{
	struct strbuf text = { 0 };
	char *wanted = xasprintf("\np %u %x %u %s|", window, spans, vcpu, who), *at, *end;
	unsigned long sum = 0;

	assert_int_equal(fs_read(path, &text, NULL), 0);
	at = strstr(text.buf, wanted);
	if (at) {
		at += strlen(wanted);
		end = strchr(at, '\n');
		assert_non_null(end);
		while ((at = memchr(at, ':', (size_t)(end - at))))
			sum += strtoul(at + 1, &at, 10);
	}
	free(wanted);
	strbuf_release(&text);
	return sum;
}

static int start(void **state)
{
	char hooks[] = "/tmp/foliobench-hooks.XXXXXX";
	int fd = mkstemp(hooks), rc;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, HOOKS, sizeof(HOOKS) - 1), sizeof(HOOKS) - 1);
	close(fd);
	rc = hooks_read(hooks, NULL);
	unlink(hooks);
	assert_int_equal(rc, 0);
	assert_true(insn_choose("x86_64"));
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(output_open(path), 0);
	context_start(CPUS);
	window_start();
	switch_tasks(FIRST, FIRST);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	return unlink(path);
}

static void spans_add_up(void **state)
{
	(void)state;
	nops(0, KERNEL, 100);
	begin_window(0x12345678);
	nops(0, KERNEL, 2);
	mark(MARK_BEGIN, 2);
	nops(0, USER, 3);
	mark(MARK_END, 2);
	nops(0, KERNEL, 1);
	mark(MARK_END, 0);
	nops(0, KERNEL, 50);
	mark(MARK_BEGIN, 0);
	nops(0, KERNEL, 4);
	end_window();
	assert_int_equal(counted(0x12345678, 1, 0, "task"), 7);
	assert_int_equal(counted(0x12345678, 5, 0, "task"), 3);
}

static void a_window_that_was_never_closed_is_not_written(void **state)
{
	(void)state;
	begin_window(2);
	nops(0, KERNEL, 3);
	begin_window(3);
	nops(0, KERNEL, 2);
	end_window();
	assert_int_equal(counted(2, 1, 0, "task"), 0);
	assert_int_equal(counted(3, 1, 0, "task"), 2);
}

static void interrupts_are_not_the_tasks(void **state)
{
	(void)state;
	begin_window(4);
	nops(0, KERNEL, 3);
	irq_begins();
	nops(0, KERNEL, 5);
	irq_ends();
	nops(0, KERNEL, 1);
	end_window();
	assert_int_equal(counted(4, 1, 0, "task"), 4);
	assert_int_equal(counted(4, 1, 0, "irq timer"), 7);
}

static void softirqs_end_with_their_own_return(void **state)
{
	(void)state;
	begin_window(5);
	irq_begins();
	nops(0, KERNEL, 3);
	nops(0, SOFTIRQ, 1);
	nops(0, KERNEL, 5);
	DO(SOFTIRQ + 0x80, "\xc3", FRAME - 64, false);
	nops(0, KERNEL, 1);
	irq_ends();
	nops(0, KERNEL, 2);
	end_window();
	assert_int_equal(counted(5, 1, 0, "softirq"), 7);
	assert_int_equal(counted(5, 1, 0, "irq timer"), 6);
	assert_int_equal(counted(5, 1, 0, "task"), 2);
}

/* What it did before it was known is its own, too. */
static void a_kernel_thread_is_told_apart_from_its_beginning(void **state)
{
	(void)state;
	begin_window(6);
	nops(0, KERNEL, 2);
	switch_tasks(FIRST, OTHER);
	nops(0, KERNEL, 5);
	irq_begins();
	irq_ends();
	nops(0, KTHREAD, 1);
	switch_tasks(OTHER, FIRST);
	nops(0, KERNEL, 1);
	end_window();
	assert_int_equal(counted(6, 1, 0, "task"), 2 + 2 + 1);
	assert_int_equal(counted(6, 1, 0, "kthread worker"), 6 + 2);
	assert_int_equal(counted(6, 1, 0, "irq timer"), 2);
}

/* At the same address, as memory is used again. */
static void a_new_task_is_none_of_what_was_there(void **state)
{
	(void)state;
	begin_window(7);
	switch_tasks(FIRST, OTHER);
	nops(0, FORK, 1);
	nops(0, KERNEL, 5);
	DO(RETURN, "\x0f\x01\xf8", 0, false); /* swapgs */
	irq_ends();
	nops(0, USER, 3);
	nops(0, KTHREAD, 1); /* it has been in user space */
	switch_tasks(OTHER, FIRST);
	end_window();
	assert_int_equal(counted(7, 1, 0, "task"), 2 + 1 + 5 + 2 + 3 + 1 + 2);
	assert_int_equal(counted(7, 1, 0, "kthread worker"), 0);
}

static void a_switch_that_an_interrupt_wanted_is_its_own(void **state)
{
	(void)state;
	begin_window(8);
	irq_begins();
	irq_ends();
	nops(0, KERNEL, 2);
	DO(PREEMPT, "\xe8\xfb\x00\x00\x00", FRAME - 64, true); /* call of SCHEDULE */
	nops(0, SCHEDULE, 4);
	nops(0, PREEMPT + 5, 1);
	/* nobody interrupted it since */
	DO(PREEMPT, "\xe8\xfb\x00\x00\x00", FRAME - 64, true);
	nops(0, SCHEDULE, 4);
	nops(0, PREEMPT + 5, 1);
	end_window();
	assert_int_equal(counted(8, 1, 0, "irq timer"), 2);
	assert_int_equal(counted(8, 1, 0, "irq preempt"), 5);
	assert_int_equal(counted(8, 1, 0, "task"), 2 + 1 + 6);
}

static void cpus_are_counted_apart(void **state)
{
	(void)state;
	nops(1, KERNEL, 9);
	begin_window(9);
	nops(0, KERNEL, 3);
	nops(1, KERNEL, 4);
	nops(0, KERNEL, 3);
	end_window();
	nops(1, KERNEL, 9);
	assert_int_equal(counted(9, 1, 0, "task"), 6);
	assert_int_equal(counted(9, 1, 1, "task"), 4);
}

/*
 * Two blocks that begin alike are left at a device: what remains of the longer one is just the
 * shorter one, of which nothing had remained. Each is written once.
 */
static void a_corrected_count_that_comes_back_is_written_once(void **state)
{
	struct insn in[4];
	counter_t shorter, longer;

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		in[i] = insn_of(KERNEL + 0x300 + 3ULL * i, "\x48\x8b\x07", 3);
	shorter = block_counter(in, 3);
	longer = block_counter(in, 4);
	for (unsigned int i = 1; i < 3; i++)
		devices_watch(NULL, &in[i], block_counter(&in[i], 1));
	begin_window(10);
	numbers[0][shorter] += 3;
	numbers[0][longer] += 2;
	/* accesses, by the counters that were made behind those of the instruction alone */
	numbers[0][block_counter(&in[1], 1) + 1] += 3;
	numbers[0][block_counter(&in[2], 1) + 1] += 2;
	end_window();
	assert_int_equal(counted(10, 1, 0, "task"), 3 + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_add_up),
		cmocka_unit_test(a_window_that_was_never_closed_is_not_written),
		cmocka_unit_test(interrupts_are_not_the_tasks),
		cmocka_unit_test(softirqs_end_with_their_own_return),
		cmocka_unit_test(a_kernel_thread_is_told_apart_from_its_beginning),
		cmocka_unit_test(a_new_task_is_none_of_what_was_there),
		cmocka_unit_test(a_switch_that_an_interrupt_wanted_is_its_own),
		cmocka_unit_test(cpus_are_counted_apart),
		cmocka_unit_test(a_corrected_count_that_comes_back_is_written_once),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
