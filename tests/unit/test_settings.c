// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench/settings on a folder that stands in for sysfs. Values are one digit:
 * a plain file, unlike sysfs, keeps what a shorter write leaves over.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/settings.h"
#include "lib/cleanup.h"
#include "tests/unit/unit.h"

static char *dir, *journal, *ksm, *numa, *thp;

static void put(const char *path, const char *text)
{
	assert_int_equal(fs_write(path, text, strlen(text), NULL), 0);
}

static void assert_file(const char *path, const char *text)
{
	char buf[64];

	assert_int_equal(settings_get(path, buf, sizeof(buf), NULL), 0);
	assert_string_equal(buf, text);
}

static int make(void **state)
{
	(void)state;
	dir = scratch_make();
	journal = xasprintf("%s/journal", dir);
	ksm = xasprintf("%s/ksm", dir);
	numa = xasprintf("%s/numa", dir);
	thp = xasprintf("%s/thp", dir);
	put(ksm, "1\n");
	put(numa, "2\n");
	put(thp, "always [madvise] never\n");
	return 0;
}

static int clear(void **state)
{
	(void)state;
	settings_restore(NULL);
	free(journal);
	free(ksm);
	free(numa);
	free(thp);
	scratch_remove(dir);
	return 0;
}

static void get_takes_the_word_in_brackets(void **state)
{
	char buf[4];

	(void)state;
	assert_file(thp, "madvise");
	assert_file(ksm, "1");
	assert_int_equal(settings_get(thp, buf, sizeof(buf), NULL), -ENOSPC);
	assert_int_equal(settings_get("/nowhere/at/all", buf, sizeof(buf), NULL), -ENOENT);
}

static void set_and_restore(void **state)
{
	struct error e;

	(void)state;
	assert_int_equal(settings_begin(journal, &e), 0);
	assert_int_equal(settings_set(ksm, "0", &e), 0);
	assert_int_equal(settings_set(numa, "0", &e), 0);
	assert_int_equal(settings_set(ksm, "7", &e), 0);
	assert_file(ksm, "7");
	assert_file(numa, "0");
	assert_int_equal(settings_restore(&e), 0);
	assert_file(ksm, "1");
	assert_file(numa, "2");
	assert_false(fs_exists(journal));
	assert_int_equal(settings_restore(&e), 0);
}

static void without_journal(void **state)
{
	struct error e;

	(void)state;
	assert_int_equal(settings_begin(NULL, &e), 0);
	assert_int_equal(settings_set(ksm, "0", &e), 0);
	assert_int_equal(settings_restore(&e), 0);
	assert_file(ksm, "1");
}

static void same_value_is_not_written(void **state)
{
	struct strbuf sb __strbuf = { 0 };
	struct error e;

	(void)state;
	assert_int_equal(settings_begin(journal, &e), 0);
	assert_int_equal(settings_set(thp, "madvise", &e), 0);
	assert_int_equal(fs_read(journal, &sb, NULL), 0);
	assert_int_equal(sb.len, 0);
}

static void missing_file(void **state)
{
	char *none __free = xasprintf("%s/none", dir);
	struct error e;

	(void)state;
	assert_int_equal(settings_begin(journal, &e), 0);
	assert_int_equal(settings_set(none, "0", &e), -ENOENT);
	assert_false(fs_exists(none));
	/* one that goes away meanwhile does not keep the others from being put back */
	assert_int_equal(settings_set(ksm, "0", &e), 0);
	assert_int_equal(settings_set(numa, "0", &e), 0);
	unlink(numa);
	assert_int_equal(settings_restore(&e), 0);
	assert_file(ksm, "1");
}

/* A child changes both settings and waits to be killed. */
static pid_t start_run(void)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		if (settings_begin(journal, NULL) || settings_set(ksm, "0", NULL) ||
		    settings_set(numa, "0", NULL) || settings_set(ksm, "7", NULL))
			_exit(1);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static void end_run(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void killed_run_is_recovered(void **state)
{
	struct error e;
	int n = -1;

	(void)state;
	end_run(start_run());
	assert_file(ksm, "7");
	assert_file(numa, "0");
	assert_int_equal(settings_recover(journal, &n, &e), 0);
	assert_int_equal(n, 2);
	assert_file(ksm, "1");
	assert_file(numa, "2");
	assert_false(fs_exists(journal));
	assert_int_equal(settings_recover(journal, &n, &e), 0);
	assert_int_equal(n, 0);
}

static void next_run_recovers_first(void **state)
{
	struct error e;

	(void)state;
	end_run(start_run());
	assert_int_equal(settings_begin(journal, &e), 0);
	assert_file(ksm, "1");
	assert_int_equal(settings_set(ksm, "5", &e), 0);
	assert_int_equal(settings_restore(&e), 0);
	assert_file(ksm, "1");
	assert_file(numa, "2");
}

static void two_runs_at_once_are_refused(void **state)
{
	struct error e;
	pid_t pid = start_run();
	int n;

	(void)state;
	assert_int_equal(settings_begin(journal, &e), -EBUSY);
	assert_contains(e.msg, "another run is measuring");
	assert_int_equal(settings_recover(journal, &n, &e), -EBUSY);
	assert_file(ksm, "7"); /* and its settings were left alone */
	end_run(pid);
}

static void place_of_the_journal(void **state)
{
	const char *env = getenv("FOLIOBENCH_JOURNAL");
	char *was __free = env ? xstrdup(env) : NULL;
	char *own __free = NULL, *other __free = NULL, *none __free = NULL;

	(void)state;
	setenv("FOLIOBENCH_JOURNAL", "/tmp/elsewhere", 1);
	own = settings_journal_path("/home/x");
	assert_string_equal(own, "/tmp/elsewhere");
	unsetenv("FOLIOBENCH_JOURNAL");
	/* whatever home it has, root has the settings of one machine */
	other = settings_journal_path("/home/x");
	none = settings_journal_path(NULL);
	if (!geteuid()) {
		assert_string_equal(other, SETTINGS_JOURNAL);
		assert_string_equal(none, SETTINGS_JOURNAL);
	} else {
		assert_string_equal(other, "/home/x/settings.journal");
		assert_null(none);
	}
	if (was)
		setenv("FOLIOBENCH_JOURNAL", was, 1);
}

static void folder_of_the_journal_is_made(void **state)
{
	char *deep __free = xasprintf("%s/a/b/journal", dir);
	struct error e;

	(void)state;
	assert_int_equal(settings_begin(deep, &e), 0);
	assert_true(fs_exists(deep));
	assert_int_equal(settings_restore(&e), 0);
}

static void torn_last_line_is_ignored(void **state)
{
	char *text __free =
		xasprintf("{\"path\":\"%s\",\"old\":\"1\"}\n{\"path\":\"%s\",\"ol", ksm, numa);
	struct error e;
	int n;

	(void)state;
	put(ksm, "0\n");
	put(journal, text);
	assert_int_equal(settings_recover(journal, &n, &e), 0);
	assert_int_equal(n, 1);
	assert_file(ksm, "1");
	assert_file(numa, "2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(get_takes_the_word_in_brackets, make, clear),
		cmocka_unit_test_setup_teardown(set_and_restore, make, clear),
		cmocka_unit_test_setup_teardown(without_journal, make, clear),
		cmocka_unit_test_setup_teardown(same_value_is_not_written, make, clear),
		cmocka_unit_test_setup_teardown(missing_file, make, clear),
		cmocka_unit_test_setup_teardown(killed_run_is_recovered, make, clear),
		cmocka_unit_test_setup_teardown(next_run_recovers_first, make, clear),
		cmocka_unit_test_setup_teardown(two_runs_at_once_are_refused, make, clear),
		cmocka_unit_test_setup_teardown(place_of_the_journal, make, clear),
		cmocka_unit_test_setup_teardown(folder_of_the_journal_is_made, make, clear),
		cmocka_unit_test_setup_teardown(torn_last_line_is_ignored, make, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
