// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * runner/cost/hooks and symbols: excerpts of the symbols of real kernels (each line of interest
 * and the one behind it), made-up ones, and where a program and an image have their names.
 */
#include <errno.h>

#include "lib/cleanup.h"
#include "runner/cost/hooks.h"
#include "runner/cost/symbols.h"
#include "tests/unit/unit.h"

static int hooks_of_text(const char *arch, const char *text, bool funcs, struct strbuf *out,
			 struct error *e)
{
	strbuf_reset(out);
	return cost_hooks(arch, text, strlen(text), funcs, out, e);
}

static void hooks_of_file(const char *arch, const char *name, struct strbuf *out)
{
	char *path __free = xasprintf("%s/cost/%s", TEST_DATA_DIR, name);
	struct strbuf text __strbuf = { 0 };
	struct error e = { "" };

	if (fs_read(path, &text, &e) || hooks_of_text(arch, strbuf_str(&text), false, out, &e))
		fail_msg("%s: %s", name, e.msg);
}

/* LINE is there, whole, and once. */
static void has(const struct strbuf *hooks, const char *line)
{
	char *text __free = xasprintf("\n%s", strbuf_str(hooks));
	char *wanted __free = xasprintf("\n%s\n", line);
	const char *at = strstr(text, wanted);

	if (!at || strstr(at + 1, wanted))
		fail_msg("%s: '%s' is there %s", strbuf_str(hooks), line, at ? "twice" : "not");
}

static size_t lines_of(const struct strbuf *hooks, const char *kind)
{
	struct strv lines __strv = { 0 };
	size_t n = 0;

	strv_split(&lines, strbuf_str(hooks), "\n");
	strv_for_each(&lines, it)
		n += !strncmp(*it, kind, strlen(kind)) && (*it)[strlen(kind)] == ' ';
	return n;
}

static void x86_kernels_of_all_versions(void **state)
{
	struct strbuf out __strbuf = { 0 };

	(void)state;
	hooks_of_file("x86_64", "x86_64-7.3.map", &out);
	has(&out, "switch ffffffff810a7fc0 ffffffff810a8010 __switch_to_asm");
	has(&out, "fork ffffffff810a8010 ffffffff810a8030 ret_from_fork_asm");
	has(&out, "irq ffffffff81000bf0 ffffffff81000c10 asm_sysvec_apic_timer_interrupt");
	has(&out, "irq ffffffff81000140 ffffffff810007a0 asm_common_interrupt");
	has(&out, "softirq ffffffff8117a6f0 ffffffff8117a9c0 handle_softirqs");
	has(&out, "return ffffffff81000d39 ffffffff81000d40 native_irq_return_iret");
	has(&out, "kthread ffffffff813d2a70 ffffffff813d2d60 kworker");
	assert_int_equal(lines_of(&out, "fork"), 1);
	assert_int_equal(lines_of(&out, "softirq"), 1);
	assert_int_equal(lines_of(&out, "return"), 3);

	strbuf_reset(&out);
	hooks_of_file("x86_64", "x86_64-6.12.kallsyms", &out);
	has(&out, "fork ffffffff81008250 ffffffff81008280 ret_from_fork_asm");
	has(&out, "softirq ffffffff810c63e0 ffffffff810c6660 handle_softirqs");
	has(&out, "return ffffffff81e01830 ffffffff81e01901 common_interrupt_return");
	/* what the compiler has moved away is no second beginning */
	assert_int_equal(lines_of(&out, "softirq"), 1);

	/* there ret_from_fork() is not yet in C */
	strbuf_reset(&out);
	hooks_of_file("x86_64", "x86_64-6.1.kallsyms", &out);
	has(&out, "fork ffffffff810032d0 ffffffff81003300 ret_from_fork");
	has(&out, "return ffffffff81c01199 ffffffff81c011a0 native_irq_return_iret");
}

static void arm64_kernels(void **state)
{
	struct strbuf out __strbuf = { 0 };

	(void)state;
	hooks_of_file("arm64", "arm64-7.3.map", &out);
	has(&out, "switch ffff800080014230 ffff800080014294 cpu_switch_to");
	has(&out, "fork ffff800080014294 ffff8000800142b4 ret_from_fork");
	has(&out, "irq ffff8000800112b4 ffff800080011324 el1h_64_irq");
	has(&out, "irq ffff80008001155c ffff8000800116b4 el0t_64_irq");
	has(&out, "irq ffff800080010a80 ffff800080010b00 el1h_64_irq");
	has(&out, "irq ffff800080010d00 ffff800080010d80 el0t_64_fiq");
	has(&out, "return ffff800080011ed4 ffff800080011f34 ret_to_kernel");
	has(&out, "softirq ffff800080034570 ffff80008003499c handle_softirqs");
}

/* The plugin takes the last name that fits, so what all threads go through is first. */
static void what_fits_all_threads_comes_first(void **state)
{
	struct strbuf out __strbuf = { 0 };
	const char *all, *smpboot, *ksoftirqd, *kworker;

	(void)state;
	hooks_of_file("x86_64", "x86_64-7.3.map", &out);
	all = strstr(strbuf_str(&out), " other\n");
	ksoftirqd = strstr(strbuf_str(&out), " ksoftirqd\n");
	kworker = strstr(strbuf_str(&out), " kworker\n");
	assert_true(all && ksoftirqd && kworker);
	assert_true(all < ksoftirqd && all < kworker);
	strbuf_reset(&out);
	hooks_of_text("x86_64",
		      "ffffffff81000000 t run_ksoftirqd\nffffffff81000010 t smpboot_thread_fn\n",
		      false, &out, NULL);
	smpboot = strstr(strbuf_str(&out), " smpboot\n");
	ksoftirqd = strstr(strbuf_str(&out), " ksoftirqd\n");
	assert_true(smpboot && smpboot < ksoftirqd);
}

#define ESSENTIAL                                                                                  \
	"ffffffff81000000 T __switch_to_asm\n"                                                     \
	"ffffffff81000100 T asm_sysvec_apic_timer_interrupt\n"                                     \
	"ffffffff81000200 T native_irq_return_iret\n"

static void names_that_compilers_change(void **state)
{
	struct strbuf out __strbuf = { 0 };
	struct error e = { "" };

	(void)state;
	assert_int_equal(hooks_of_text("x86_64",
				       ESSENTIAL "ffffffff81000300 t handle_softirqs.isra.0\n"
						 "ffffffff81000380 t handle_softirqs.isra.0.cold\n"
						 "ffffffff81000400 t khugepaged.llvm.1234\n"
						 "ffffffff81000500 t khugepaged_scan\n"
						 "ffffffff81000600 d kswapd\n"
						 "0000000000401000 u worker_thread 10\n"
						 "ffffffffc0000000 t worker_thread_too\t[mod]\n",
				       false, &out, &e),
			 0);
	has(&out, "softirq ffffffff81000300 ffffffff81000380 handle_softirqs.isra.0");
	has(&out, "kthread ffffffff81000400 ffffffff81000500 khugepaged");
	/* data, a program's function, and another name are none */
	assert_int_equal(lines_of(&out, "kthread"), 1);
	assert_int_equal(lines_of(&out, "softirq"), 1);
}

static void functions_are_listed_for_stacks(void **state)
{
	struct strbuf out __strbuf = { 0 };
	struct error e = { "" };

	(void)state;
	assert_int_equal(hooks_of_text("x86_64",
				       ESSENTIAL "ffffffff81000200 t an_alias\n"
						 "401000 u main 20\n",
				       true, &out, &e),
			 0);
	assert_int_equal(lines_of(&out, "func"), 4);
	has(&out, "func 401000");
	has(&out, "func ffffffff81000200");
	hooks_of_text("x86_64", ESSENTIAL, false, &out, &e);
	assert_int_equal(lines_of(&out, "func"), 0);
}

static void what_is_missing_is_said(void **state)
{
	struct strbuf out __strbuf = { 0 };
	struct error e = { "" };

	(void)state;
	assert_int_equal(
		hooks_of_text("x86_64", "ffffffff81000000 T __switch_to_asm\n", false, &out, &e),
		-ENOENT);
	assert_contains(e.msg, "no irq, return");
	/* what there is is written all the same */
	has(&out, "switch ffffffff81000000 ffffffff81000001 __switch_to_asm");
	assert_int_equal(hooks_of_text("x86_64", "", true, &out, &e), -ENOENT);
	assert_contains(e.msg, "no switch, irq, return");
	assert_int_equal(hooks_of_text("riscv", ESSENTIAL, false, &out, &e), -EINVAL);
	assert_contains(e.msg, "riscv");
}

/* This test is a program, too, but one that is moved when it is loaded. */
static void moved_programs_have_no_fixed_addresses(void **state)
{
	struct strbuf text __strbuf = { 0 };
	struct error e = { "" };

	(void)state;
	assert_int_equal(cost_program_symbols("/nonexistent/agent", &text, &e), -ENOENT);
	assert_int_equal(cost_program_symbols("/proc/self/exe", &text, &e), 0);
	/* built otherwise it is none, and has its addresses */
	if (text.len)
		assert_contains(strbuf_str(&text), " u main ");
}

/* An arm64 Image is the kernel's memory from _text on. */
static void maps_of_other_images_are_noticed(void **state)
{
	static const char map[] = "ffff800080000000 T _text\n"
				  "ffff800080000100 T linux_banner_not\n"
				  "ffff800080000200 D linux_banner\n";
	char *dir = scratch_make();
	char *path __free = xasprintf("%s/Image", dir);
	static const char magic[] = { 'A', 'R', 'M', 0x64 };
	char image[4096] = { 0 };

	(void)state;
	memcpy(image + 56, magic, sizeof(magic));
	strcpy(image + 0x200, "Linux version 7.3.4 (a@b) #1");
	assert_int_equal(fs_write(path, image, sizeof(image), NULL), 0);
	assert_int_equal(cost_map_fits(path, "7.3.4", map), 1);
	assert_int_equal(cost_map_fits(path, "7.3", map), 0);
	assert_int_equal(cost_map_fits(path, "7.3.4",
				       "ffff800080000000 T _text\n"
				       "ffff800080000300 D linux_banner\n"),
			 0);
	assert_int_equal(cost_map_fits(path, "7.3.4",
				       "ffff800080000000 T _text\n"
				       "ffff800090000300 D linux_banner\n"),
			 0);
	assert_int_equal(cost_map_fits(path, "7.3.4", ""), 0);
	image[56] = 'X';
	assert_int_equal(fs_write(path, image, sizeof(image), NULL), 0);
	assert_int_equal(cost_map_fits(path, "7.3.4", map), -ENOTSUP);
	scratch_remove(dir);
}

static void maps_of_other_builds_are_noticed(void **state)
{
	struct strbuf map __strbuf = { 0 };
	struct strbuf own __strbuf = { 0 };
	struct strbuf other __strbuf = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 300; i++) {
		strbuf_addf(&map, "ffffffff81%06x t f%u\n", 16 * i, i);
		strbuf_addf(&own, "ffffffff81%06x t f%u\n", 16 * i, i);
		strbuf_addf(&other, "ffffffff81%06x t f%u\n", 16 * i + (i < 200 ? 0 : 16), i);
	}
	strbuf_addstr(&map, "ffffffff81fffff0 t only_in_the_map\n");
	strbuf_addstr(&own, "ffffffffc0000000 t f\t[module]\n");
	assert_true(cost_map_agrees(&map, &own));
	assert_false(cost_map_agrees(&other, &own));
	strbuf_reset(&own);
	assert_false(cost_map_agrees(&map, &own));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x86_kernels_of_all_versions),
		cmocka_unit_test(arm64_kernels),
		cmocka_unit_test(what_fits_all_threads_comes_first),
		cmocka_unit_test(names_that_compilers_change),
		cmocka_unit_test(functions_are_listed_for_stacks),
		cmocka_unit_test(what_is_missing_is_said),
		cmocka_unit_test(moved_programs_have_no_fixed_addresses),
		cmocka_unit_test(maps_of_other_images_are_noticed),
		cmocka_unit_test(maps_of_other_builds_are_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
