// SPDX-License-Identifier: GPL-2.0-or-later
/* runner/console: splats of several kernels, and what only looks like one. */
#include "lib/cleanup.h"
#include "runner/console.h"
#include "tests/unit/unit.h"

static void splats_are_seen(void **state)
{
	static const char *const lines[] = {
		"[    1.0] WARNING: CPU: 0 PID: 1 at mm/memory.c:123 do_wp_page+0x1/0x2", /* 6.12 */
		"[    1.0] WARNING: mm/memory.c:123 at do_wp_page+0x1/0x2, CPU#0: init/1", /* 7.3 */
		"[    1.0] WARNING: possible circular locking dependency detected",
		"[    1.0] BUG: kernel NULL pointer dereference, address: 0000000000000000",
		"[    1.0] BUG: Bad page state in process init  pfn:12345",
		"[    1.0] kernel BUG at mm/rmap.c:1234!",
		"[    1.0] Oops: Oops: 0002 [#1] SMP NOPTI",
		"[    1.0] Oops: general protection fault, probably for non-canonical address",
		"[    1.0] Unable to handle kernel NULL pointer dereference at virtual address 0",
		"[    1.0] Internal error: Oops: 0000000096000004 [#1] SMP",
		"[   21.0] rcu: INFO: rcu_preempt self-detected stall on CPU",
		"[   21.0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
		"[  121.0] INFO: task init:1 blocked for more than 120 seconds.",
		"[   26.0] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [init:1]",
		"[    1.0][    T1] UBSAN: array-index-out-of-bounds in mm/mprotect.c:1:2",
		"<4>[    1.0] Call Trace:",
		"Kernel panic - not syncing: Attempted to kill init!",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (!console_is_splat(console_text(lines[i])))
			fail_msg("not seen: %s", lines[i]);
	}
}

/* Printed by kernels in good health, seen in guests of this project. */
static void advice_is_no_splat(void **state)
{
	static const char *const lines[] = {
		"[    0.1] Speculative Return Stack Overflow: WARNING: See https://kernel.org/",
		"[    0.1] AMD Zen1 DIV0 bug detected. Disable SMT for full protection.",
		"[    0.1] ACPI: Failed to create genetlink family for ACPI event",
		"[    0.1] PCI: Using host bridge windows from ACPI; if needed, report a bug",
		"[    0.1] Command line: console=ttyS0 oops=panic panic=-1",
		"[    0.1] rcu: Hierarchical RCU implementation.",
		"[    0.1] rcu: \tMax phase no-delay instances is 1000.",
		"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (console_is_splat(console_text(lines[i])))
			fail_msg("taken for a splat: %s", lines[i]);
	}
}

static void feed(struct console *c, const char *text)
{
	console_feed(c, text, strlen(text));
}

static void reason_is_the_best_line(void **state)
{
	struct console c = { 0 };

	(void)state;
	assert_null(console_reason(&c));
	feed(&c, "[    0.1] something\r\n");
	assert_string_equal(console_reason(&c), "something");
	feed(&c, "[    1.0] ------------[ cut here ]------------\n[    1.0] WARN");
	assert_null(c.splat); /* cut in the middle of a line */
	feed(&c, "ING: mm/x.c:1 at f+0x1/0x2, CPU#0: init/1\n[    1.0] BUG: later\n");
	assert_string_equal(c.splat, "WARNING: mm/x.c:1 at f+0x1/0x2, CPU#0: init/1");
	assert_string_equal(console_reason(&c), c.splat);
	feed(&c, "[    2.0] Kernel panic - not syncing: Oops\n[    2.0] Kernel Offset: disabled\n");
	assert_string_equal(console_reason(&c), "Kernel panic - not syncing: Oops");
	assert_false(c.off);
	console_release(&c);
}

static void an_end_without_newline_counts(void **state)
{
	struct console c = { 0 };

	(void)state;
	feed(&c, "[    1.0] reboot: Power down\nfoliobench-agent: no port\033[0m");
	console_end(&c);
	assert_true(c.off);
	/* no escape sequence reaches the user's terminal */
	assert_string_equal(console_reason(&c), "foliobench-agent: no port [0m");
	console_release(&c);
}

static void a_file_is_read_as_it_grows(void **state)
{
	char *dir = scratch_make();
	char *path __free = xasprintf("%s/console", dir);
	struct console c = { 0 };

	(void)state;
	assert_false(console_poll(&c, path));
	assert_int_equal(fs_write(path, "one\ntw", 6, NULL), 0);
	assert_true(console_poll(&c, path));
	assert_string_equal(c.last, "one");
	assert_false(console_poll(&c, path));
	assert_int_equal(fs_write(path, "one\ntwo\n", 8, NULL), 0);
	assert_true(console_poll(&c, path));
	assert_string_equal(c.last, "two");
	console_release(&c);
	scratch_remove(dir);
}

static void a_real_panic(void **state)
{
	struct console c = { 0 };

	(void)state;
	assert_true(console_poll(&c, TEST_DATA_DIR "/streams/qemu-7.3-panic.console"));
	assert_string_equal(console_reason(&c), "Kernel panic - not syncing: Attempted to kill "
						"init! exitcode=0x00000100");
	console_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splats_are_seen),
		cmocka_unit_test(advice_is_no_splat),
		cmocka_unit_test(reason_is_the_best_line),
		cmocka_unit_test(an_end_without_newline_counts),
		cmocka_unit_test(a_file_is_read_as_it_grows),
		cmocka_unit_test(a_real_panic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
