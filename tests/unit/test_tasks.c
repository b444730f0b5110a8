// SPDX-License-Identifier: GPL-2.0-or-later
/* bench/tasks: processes side by side, and their CPUs. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "bench/tasks.h"
#include "lib/cleanup.h"
#include "tests/unit/unit.h"

static void spread(const char *second, unsigned int n, int first, const char *expected)
{
	int cpus[16] = { 0 }, out[16];
	bool is_second[16] = { false };
	struct strbuf sb __strbuf = { 0 };
	unsigned int count = (unsigned int)strlen(second);

	for (unsigned int i = 0; i < count; i++) {
		cpus[i] = (int)i;
		is_second[i] = second[i] == 's';
	}
	tasks_spread(cpus, is_second, count, first, n, out);
	for (unsigned int i = 0; i < n; i++)
		strbuf_addf(&sb, "%s%d", i ? "," : "", out[i]);
	assert_string_equal(strbuf_str(&sb), expected);
}

static void cpus_are_spread(void **state)
{
	(void)state;
	spread("....", 1, 0, "0");
	spread("....", 1, 2, "2");
	spread("....", 2, 0, "0,2");
	spread("....", 2, 3, "3,1");
	spread("....", 3, 0, "0,1,2");
	spread("....", 4, 1, "1,2,3,0");
	spread("....", 2, 9, "0,2");
	/* hardware threads: one of each core first, wherever they are in the numbering */
	spread("....ssss", 2, 0, "0,2");
	spread("....ssss", 4, 0, "0,1,2,3");
	spread("....ssss", 6, 0, "0,1,2,3,4,6");
	spread(".s.s.s.s", 4, 0, "0,2,4,6");
	spread(".s.s", 4, 2, "2,0,1,3");
}

struct fixture {
	struct place place;
	struct tasks tasks;
	struct error e;
};

/* As many tasks as this process has CPUs, at most 4. */
static int set_up(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	cpu_set_t set;
	unsigned int n;

	assert_int_equal(sched_getaffinity(0, sizeof(set), &set), 0);
	for (int cpu = 0; cpu < CPU_SETSIZE && f->place.n_cpus < 4; cpu++) {
		if (CPU_ISSET((size_t)cpu, &set))
			f->place.cpus[f->place.n_cpus++] = cpu;
	}
	n = f->place.n_cpus;
	assert_int_equal(tasks_open(&f->tasks, n + 1, &f->place), -ERANGE);
	tasks_close(&f->tasks);
	assert_int_equal(tasks_open(&f->tasks, n, &f->place), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	tasks_close(&f->tasks);
	tasks_close(&f->tasks); /* twice is fine */
	free(f);
	return 0;
}

static int global = 5;

/* Each has its own copy of what this process had. */
static uint64_t add(void *arg, unsigned int task)
{
	global += *(int *)arg + (int)task;
	return (uint64_t)global;
}

static uint64_t where(void *arg, unsigned int task)
{
	(void)arg;
	(void)task;
	return (uint64_t)sched_getcpu();
}

static uint64_t sleep_a_little(void *arg, unsigned int task)
{
	(void)arg;
	usleep(20000 * (task + 1));
	return 0;
}

static uint64_t die(void *arg, unsigned int task)
{
	(void)arg;
	if (!task)
		raise(SIGKILL);
	return 0;
}

static void every_task_does_every_round(void **state)
{
	struct fixture *f = *state;
	int one = 1;

	if (tasks_fork(&f->tasks, &f->e))
		fail_msg("%s", f->e.msg);
	tasks_round(&f->tasks, add, &one, false);
	tasks_round(&f->tasks, add, &one, true);
	for (unsigned int i = 0; i < f->tasks.n; i++)
		assert_int_equal(tasks_result(&f->tasks, i).answer, 5 + 2 * (1 + i));
	assert_int_equal(global, 5);
	tasks_round(&f->tasks, where, NULL, false);
	for (unsigned int i = 0; i < f->tasks.n; i++)
		assert_int_equal(tasks_result(&f->tasks, i).answer, f->tasks.cpu[i]);
	assert_int_equal(f->tasks.dead, -1);
}

static void each_is_timed_to_its_own_end(void **state)
{
	struct fixture *f = *state;

	if (tasks_fork(&f->tasks, &f->e))
		fail_msg("%s", f->e.msg);
	tasks_round(&f->tasks, sleep_a_little, NULL, true);
	for (unsigned int i = 0; i < f->tasks.n; i++) {
		/* in ns */
		assert_true(tasks_result(&f->tasks, i).ticks >= 20000000u * (i + 1));
		assert_true(tasks_result(&f->tasks, i).ticks < 10000000000u);
	}
}

static void a_dead_task_is_noticed(void **state)
{
	struct fixture *f = *state;

	if (tasks_fork(&f->tasks, &f->e))
		fail_msg("%s", f->e.msg);
	tasks_round(&f->tasks, die, NULL, true);
	assert_int_equal(f->tasks.dead, 0);
	tasks_end(&f->tasks);
	if (tasks_fork(&f->tasks, &f->e))
		fail_msg("%s", f->e.msg);
	assert_int_equal(f->tasks.dead, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpus_are_spread),
		cmocka_unit_test_setup_teardown(every_task_does_every_round, set_up, tear_down),
		cmocka_unit_test_setup_teardown(each_is_timed_to_its_own_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_dead_task_is_noticed, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("tasks", tests, NULL, NULL);
}
