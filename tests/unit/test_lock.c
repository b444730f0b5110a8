// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks on the cache: one holder, kept by what a killed holder has started. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/cleanup.h"
#include "runner/lock.h"
#include "tests/unit/unit.h"

static void one_holder(void **state)
{
	char *dir = scratch_make();
	struct runner r = { .cache_dir = dir };
	int a = -1, b = -1;

	(void)state;
	assert_int_equal(lock_take(&r, "x", &a, NULL), 0);
	assert_int_equal(lock_try(&r, "x", &b, NULL), -EWOULDBLOCK);
	assert_int_equal(lock_try(&r, "y", &b, NULL), 0);
	close(b);
	close(a);
	assert_int_equal(lock_try(&r, "x", &b, NULL), 0);
	close(b);
	scratch_remove(dir);
}

static void cancel_ends_the_wait(void **state)
{
	volatile sig_atomic_t stop = 1;
	char *dir = scratch_make();
	struct runner r = { .cache_dir = dir, .cancel = &stop };
	int a = -1, b = -1;

	(void)state;
	assert_int_equal(lock_take(&r, "x", &a, NULL), 0);
	assert_int_equal(lock_take(&r, "x", &b, NULL), -ECANCELED);
	close(a);
	scratch_remove(dir);
}

/* The holder is killed; the program it runs goes on for a while, as make's children do. */
static void outlives_a_killed_holder(void **state)
{
	char *dir = scratch_make();
	struct runner r = { .cache_dir = dir };
	int fd = -1, ready[2], release[2];
	pid_t holder;
	char byte;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(release), 0);
	holder = fork();
	if (!holder) {
		close(release[1]);
		lock_take(&r, "x", &fd, NULL);
		if (!fork()) {
			dup2(release[0], 0);
			dup2(ready[1], 1);
			execl("/bin/sh", "sh", "-c", "echo; read line", (char *)NULL);
			_exit(1);
		}
		pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	assert_int_equal(lock_try(&r, "x", &fd, NULL), -EWOULDBLOCK);
	close(release[0]);
	close(release[1]);
	assert_int_equal(lock_take(&r, "x", &fd, NULL), 0);
	close(fd);
	close(ready[0]);
	close(ready[1]);
	scratch_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_holder),
		cmocka_unit_test(cancel_ends_the_wait),
		cmocka_unit_test(outlives_a_killed_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
