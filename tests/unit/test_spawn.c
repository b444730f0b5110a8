// SPDX-License-Identifier: GPL-2.0-or-later
/* lib/spawn: output, exit codes, cancel and timeout that leave no process behind. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "lib/spawn.h"
#include "lib/units.h"
#include "tests/unit/unit.h"

/* Runs `sh -c SCRIPT` with S filled in by the caller. */
static int run_sh(struct spawn *s, const char *script, struct error *e)
{
	struct strv argv __strv = { 0 };

	strv_add(&argv, "sh");
	strv_add(&argv, "-c");
	strv_add(&argv, script);
	s->argv = &argv;
	return spawn_run(s, e);
}

static void collect(const char *line, void *data)
{
	strv_add(data, line);
}

static void output_is_whole_and_split(void **state)
{
	struct strbuf out __strbuf = { 0 };
	struct strv lines __strv = { 0 };
	struct spawn s = { .out = &out, .on_line = collect, .data = &lines };

	(void)state;
	assert_int_equal(run_sh(&s, "printf 'a\\nb'; echo err >&2", NULL), 0);
	assert_string_equal(strbuf_str(&out), "a\nb"); /* standard output only */
	assert_int_equal(lines.n, 3);
	assert_true(strv_contains(&lines, "b")); /* no newline at its end */
	assert_true(strv_contains(&lines, "err"));
}

static void much_output_does_not_block(void **state)
{
	struct strbuf out __strbuf = { 0 };
	struct spawn s = { .out = &out };

	(void)state;
	assert_int_equal(
		run_sh(&s, "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2", NULL), 0);
	assert_int_equal(out.len, 3000000);
}

static void failure_has_the_last_line(void **state)
{
	struct spawn s = { 0 };
	struct error e;

	(void)state;
	assert_int_equal(run_sh(&s, "echo one; echo the reason >&2; exit 2", &e), -ECHILD);
	assert_string_equal(e.msg, "sh exited 2: the reason");
	assert_int_equal(run_sh(&s, "kill -9 $$", &e), -ECHILD);
	assert_contains(e.msg, "signal 9");
}

static void missing_program(void **state)
{
	struct strv argv __strv = { 0 };
	struct spawn s = { .argv = &argv };
	struct error e;

	(void)state;
	strv_add(&argv, "foliobench-no-such-program");
	assert_int_equal(spawn_run(&s, &e), -ENOENT);
	assert_contains(e.msg, "foliobench-no-such-program");
	assert_null(spawn_which("foliobench-no-such-program"));
}

static void arguments_are_not_for_a_shell(void **state)
{
	struct strbuf out __strbuf = { 0 };
	struct strv argv __strv = { 0 };
	struct spawn s = { .argv = &argv, .out = &out };

	(void)state;
	strv_add(&argv, "printf");
	strv_add(&argv, "%s");
	strv_add(&argv, "$HOME; * 'x");
	assert_int_equal(spawn_run(&s, NULL), 0);
	assert_string_equal(strbuf_str(&out), "$HOME; * 'x");
}

static void environment_folder_and_input(void **state)
{
	char *dir = scratch_make();
	char *in __free = xasprintf("%s/in", dir);
	struct strbuf out __strbuf = { 0 };
	struct strv env __strv = { 0 };
	struct spawn s = { .out = &out, .env = &env, .cwd = dir, .stdin_path = in };

	(void)state;
	assert_int_equal(fs_write(in, "input", 5, NULL), 0);
	strv_add(&env, "FB_TEST=set");
	assert_int_equal(run_sh(&s, "echo \"$FB_TEST $(basename \"$PWD\") $(cat)\"", NULL), 0);
	assert_contains(strbuf_str(&out), "set foliobench-unit.");
	assert_contains(strbuf_str(&out), " input\n");
	assert_null(getenv("FB_TEST"));
	scratch_remove(dir);
}

static void log_is_appended(void **state)
{
	char *dir = scratch_make();
	char *log __free = xasprintf("%s/log", dir);
	struct strbuf text __strbuf = { 0 };
	struct spawn s = { .log_path = log };

	(void)state;
	assert_int_equal(run_sh(&s, "echo first", NULL), 0);
	assert_int_equal(run_sh(&s, "echo second >&2", NULL), 0);
	assert_int_equal(fs_read(log, &text, NULL), 0);
	assert_string_equal(strbuf_str(&text), "first\nsecond\n");
	scratch_remove(dir);
}

/* The script's own child has to be gone too: it would go on holding the lock. */
static void assert_gone(const char *pid_file)
{
	struct strbuf text __strbuf = { 0 };
	double end = now_seconds() + 5;
	pid_t pid;

	assert_int_equal(fs_read(pid_file, &text, NULL), 0);
	pid = atoi(strbuf_str(&text));
	assert_true(pid > 1);
	while (!kill(pid, 0) && now_seconds() < end) {
		char *status __free = xasprintf("/proc/%d/status", (int)pid);
		struct strbuf s __strbuf = { 0 };

		/* a zombie waits for whoever adopted it */
		if (fs_read(status, &s, NULL) || strstr(strbuf_str(&s), "State:\tZ"))
			return;
		usleep(20000);
	}
	assert_int_not_equal(kill(pid, 0), 0);
}

static void timeout_ends_the_whole_group(void **state)
{
	char *dir = scratch_make();
	char *pid __free = xasprintf("%s/pid", dir);
	struct spawn s = { .timeout_s = 0.3, .cwd = dir };
	double start = now_seconds();
	struct error e;

	(void)state;
	assert_int_equal(run_sh(&s, "sleep 60 & echo $! >pid; wait", &e), -ETIMEDOUT);
	assert_true(now_seconds() - start < 10);
	assert_gone(pid);
	scratch_remove(dir);
}

static volatile sig_atomic_t cancelled;

static void on_alarm(int sig)
{
	(void)sig;
	cancelled = 1;
}

static void cancel_ends_one_that_ignores_sigterm(void **state)
{
	char *dir = scratch_make();
	char *pid __free = xasprintf("%s/pid", dir);
	struct spawn s = { .cancel = &cancelled, .cwd = dir };
	struct error e;

	(void)state;
	cancelled = 0;
	signal(SIGALRM, on_alarm);
	alarm(1);
	assert_int_equal(run_sh(&s, "trap '' TERM; echo $$ >pid; while :; do sleep 0.1; done", &e),
			 -ECANCELED);
	assert_gone(pid);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_is_whole_and_split),
		cmocka_unit_test(much_output_does_not_block),
		cmocka_unit_test(failure_has_the_last_line),
		cmocka_unit_test(missing_program),
		cmocka_unit_test(arguments_are_not_for_a_shell),
		cmocka_unit_test(environment_folder_and_input),
		cmocka_unit_test(log_is_appended),
		cmocka_unit_test(timeout_ends_the_whole_group),
		cmocka_unit_test(cancel_ends_one_that_ignores_sigterm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
