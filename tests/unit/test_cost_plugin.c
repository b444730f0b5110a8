// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runner/cost/plugin: what it tells from bytes, where it cuts blocks, which addresses it watches,
 * and what it makes of accesses to devices, without an emulator.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner/cost/plugin/api.h"
#include "runner/cost/plugin/blocks.h"
#include "runner/cost/plugin/devices.h"
#include "runner/cost/plugin/hooks.h"
#include "runner/cost/plugin/insn.h"
#include "runner/cost/plugin/output.h"
#include "runner/cost/plugin/plugin.h"
#include "runner/cost/plugin/uaccess.h"
#include "tests/unit/unit.h"

/* What the rest of the plugin and QEMU would give. */
void *plugin_alloc(size_t n, size_t size)
{
	return xcalloc(n ? n : 1, size);
}

void *plugin_grow(void *p, size_t n, size_t size)
{
	return xrealloc(p, n * size);
}

static counter_t counters;

counter_t api_counter_new(void)
{
	return counters++;
}

void api_count_accesses(struct api_insn *insn, counter_t c)
{
	(void)insn;
	assert_true(c < counters);
}

static struct insn insn_of(uint64_t addr, const char *bytes, size_t size)
{
	struct insn in = { .addr = addr, .size = (uint8_t)size };

	memcpy(in.bytes, bytes, size);
	insn_decode(&in);
	return in;
}

#define INSN(addr, bytes) insn_of(addr, bytes, sizeof(bytes) - 1)
#define WHOLE(bytes)	  insn_x86_is_whole((const uint8_t *)(bytes), sizeof(bytes) - 1)

#define USER   0x401000ULL
#define KERNEL 0xffffffff81000000ULL

static void lengths_of_x86(void **state)
{
	(void)state;
	assert_true(WHOLE("\x0f\x85\x8a\x00\x00\x00"));
	assert_false(WHOLE("\x0f\x85")); /* as at the end of a page */
	assert_true(WHOLE("\xb9\x08\x00\x00\x00"));
	assert_false(WHOLE("\xb9\x08\x00\x00"));
	assert_true(WHOLE("\x48\xb8\x01\x02\x03\x04\x05\x06\x07\x08"));
	assert_false(WHOLE("\x48\xb8\x01\x02\x03\x04\x05\x06\x07"));
	assert_true(WHOLE("\x48\x89\xe5"));
	assert_false(WHOLE("\x48\x89"));
	assert_true(WHOLE("\x65\x4c\x8b\x24\x25\xb3\xa0\x42\x00"));
	assert_false(WHOLE("\x65\x4c\x8b\x24\x25\xb3\xa0\x42"));
	assert_true(WHOLE("\xf6\x44\x24\x08\x03"));
	assert_false(WHOLE("\xf6\x44\x24\x08")); /* test has an immediate, not has none */
	assert_true(WHOLE("\xf6\x54\x24\x08"));
	assert_true(WHOLE("\xc5\xfd\x70\xc8\x01"));
	assert_false(WHOLE("\xc5\xfd\x70\xc8"));
	assert_true(WHOLE("\xf3\xa4"));
	assert_false(WHOLE("\xf3"));
}

static void marks_are_known(void **state)
{
	struct insn in;

	(void)state;
	assert_true(insn_choose("x86_64"));
	in = INSN(USER, "\x0f\x1f\x84\x00\x07\x04\xb1\xf0");
	assert_true(in.is & INSN_MARK);
	assert_int_equal(in.mark_op, MARK_BEGIN);
	assert_int_equal(in.mark_arg, 7);
	assert_false(INSN(USER, "\x0f\x1f\x84\x00\x00\x00\x00\x00").is & INSN_MARK);
	assert_false(INSN(KERNEL, "\x0f\x1f\x84\x00\x07\x04\xb1\xf0").is & INSN_MARK);
	assert_true(insn_choose("aarch64"));
	/* movz xzr, #0xb507, lsl #48 */
	in = INSN(USER, "\xff\xa0\xf6\xd2");
	assert_true(in.is & INSN_MARK);
	assert_int_equal(in.mark_op, MARK_END);
	assert_int_equal(in.mark_arg, 7);
	assert_false(INSN(USER, "\xff\xa0\x96\xd2").is & INSN_MARK);
	assert_false(insn_choose("riscv64"));
	assert_true(insn_choose("x86_64"));
}

static void user_space_is_cut_where_it_may_fault(void **state)
{
	struct insn in[4];
	bool cut[4];

	(void)state;
	in[0] = INSN(USER, "\x48\x01\xd8");	/* add %rbx, %rax */
	in[1] = INSN(USER + 3, "\x48\x8b\x07"); /* mov (%rdi), %rax */
	in[2] = INSN(USER + 6, "\x48\x8d\x07"); /* lea (%rdi), %rax */
	in[3] = INSN(USER + 9, "\x50");		/* push %rax */
	uaccess_cut(in, 4, cut);
	assert_true(!cut[0] && cut[1] && !cut[2] && cut[3]);
	for (size_t i = 0; i < 4; i++)
		in[i].addr += KERNEL;
	uaccess_cut(in, 4, cut);
	assert_true(!cut[0] && !cut[1] && !cut[2] && !cut[3]);
}

/* stac ends a block of the emulator; the next ones are cut, what is called there too. */
static void kernels_are_cut_where_they_access_user_space(void **state)
{
	struct insn in[2];
	bool cut[2];

	(void)state;
	in[0] = INSN(KERNEL, "\x0f\x01\xcb");
	uaccess_cut(in, 1, cut);
	in[0] = INSN(KERNEL + 3, "\x48\x8b\x07");
	in[1] = INSN(KERNEL + 6, "\xe8\xf5\x00\x00\x00"); /* call of KERNEL + 0x100 */
	uaccess_cut(in, 2, cut);
	assert_true(cut[0]);
	in[0] = INSN(KERNEL + 0x100, "\x48\x8b\x07");
	in[1] = INSN(KERNEL + 0x103, "\xc3");
	uaccess_cut(in, 2, cut);
	assert_true(cut[0]);
	in[0] = INSN(KERNEL + 11, "\x0f\x01\xca"); /* clac */
	in[1] = INSN(KERNEL + 14, "\x48\x8b\x07");
	uaccess_cut(in, 2, cut);
	assert_false(cut[1]);
	in[0] = INSN(KERNEL + 0x200, "\x48\x8b\x07");
	uaccess_cut(in, 1, cut);
	assert_false(cut[0]);
}

static int read_hooks(const char *text)
{
	char path[] = "/tmp/foliobench-hooks.XXXXXX";
	int fd = mkstemp(path), rc;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	rc = hooks_read(path, NULL);
	unlink(path);
	return rc;
}

static void hooks_are_strict_and_may_nest(void **state)
{
	(void)state;
	assert_int_equal(read_hooks("irq 1000 zzz x\n"), -1);
	assert_int_equal(read_hooks("irq 1000 1000 x\n"), -1);
	assert_int_equal(read_hooks("irq 1000 1010\n"), -1);
	assert_int_equal(read_hooks("nmi 1000 1010 x\n"), -1);
	assert_int_equal(read_hooks("func 1000 1010\n"), -1);
	assert_int_equal(read_hooks("func 1000\ntrap 1000 2000 vectors\nirq 1200 1280 el1_irq\n"
				    "kthread 3000 3010 a\nkthread 3000 3010 b\n"),
			 0);
	assert_string_equal(hooks_at(0x1100)->name, "vectors");
	assert_string_equal(hooks_at(0x1200)->who.name, "irq el1_irq");
	assert_string_equal(hooks_at(0x1280)->name, "vectors");
	assert_null(hooks_at(0x2000));
	assert_string_equal(hooks_at(0x3000)->who.name, "kthread a");
	assert_null(hooks_at(0xfff));
}

/* A block of three is left 5 times at its second instruction, which then runs alone. */
static void what_was_left_at_a_device_is_corrected(void **state)
{
	struct insn in[3];
	struct device_move move = { 0 };
	uint64_t n[16] = { 0 };
	counter_t all, alone, used[1];
	size_t at = 0;
	struct device_counts counts = { n, 16, used, 1 };

	(void)state;
	in[0] = INSN(KERNEL + 0x300, "\x48\x01\xd8");
	in[1] = INSN(KERNEL + 0x303, "\x48\x8b\x07");
	in[2] = INSN(KERNEL + 0x306, "\x48\x01\xd8");
	all = block_counter(in, 3);
	assert_int_equal(block_counter(in, 3), all);
	alone = block_counter(in + 1, 1);
	devices_watch(NULL, &in[1], alone);
	n[all] = 8;
	used[0] = all;
	n[alone + 1] = 5; /* its accesses: the counter that was made next */
	assert_true(devices_correct(&counts, &at, &move));
	assert_int_equal(move.from, all);
	assert_int_equal(move.to, block_counter(in, 2));
	assert_int_equal(move.count, 5);
	assert_false(devices_correct(&counts, &at, &move));
	/* nothing where it was executed as often as it accessed memory */
	n[alone] = 5;
	at = 0;
	assert_false(devices_correct(&counts, &at, &move));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_of_x86),
		cmocka_unit_test(marks_are_known),
		cmocka_unit_test(user_space_is_cut_where_it_may_fault),
		cmocka_unit_test(kernels_are_cut_where_they_access_user_space),
		cmocka_unit_test(hooks_are_strict_and_may_nest),
		cmocka_unit_test(what_was_left_at_a_device_is_corrected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
