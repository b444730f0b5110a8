// SPDX-License-Identifier: GPL-2.0-or-later
/* Processes side by side; see tasks.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/bench.h"
#include "bench/evidence.h"
#include "bench/tasks.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/strbuf.h"

#define CPU_DIR "/sys/devices/system/cpu"

/* Each on cache lines of its own: tasks must not slow each other down by telling. */
struct slot {
	struct task_result result;
	int error; /* of getting ready */
} __attribute__((aligned(128)));

struct tasks_page {
	/* futexes */
	_Atomic uint32_t round; /* the one to do; counts up */
	_Atomic uint32_t ended; /* tasks that are done with it */
	/* the barrier of a timed round */
	_Atomic uint32_t arrived __attribute__((aligned(128)));
	_Atomic uint32_t begun;
	_Atomic uint32_t done; /* read their clock */
	uint64_t start;
	/* what to do: addresses that are the same in all */
	task_fn *fn;
	void *arg;
	bool timed;
	struct slot slot[];
};

static void futex_wait(_Atomic uint32_t *word, uint32_t value, const struct timespec *timeout)
{
	syscall(SYS_futex, word, FUTEX_WAIT, value, timeout, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

static bool is_second_thread(int cpu)
{
	char *path __free = xasprintf(CPU_DIR "/cpu%d/topology/thread_siblings_list", cpu);
	struct strbuf sb __strbuf = { 0 };

	return !fs_read(path, &sb, NULL) && sb.len && atoi(sb.buf) != cpu;
}

void tasks_spread(const int *cpus, const bool *second, unsigned int count, int first,
		  unsigned int n, int *out)
{
	int order[PLACE_CPUS_MAX];
	unsigned int cores = 0, all = 0, done = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (!second[i])
			order[cores++] = cpus[i];
	}
	all = cores;
	for (unsigned int i = 0; i < count; i++) {
		if (second[i])
			order[all++] = cpus[i];
	}
	/* first the cores, then their second threads */
	for (unsigned int from = 0; done < n; from = cores, cores = all) {
		unsigned int have = cores - from, take = n - done < have ? n - done : have;
		unsigned int begin = 0;

		for (unsigned int i = 0; i < have; i++)
			begin = order[from + i] == first ? i : begin;
		for (unsigned int i = 0; i < take; i++)
			out[done++] = order[from + (begin + i * have / take) % have];
	}
}

int tasks_open(struct tasks *t, unsigned int n, const struct place *p)
{
	bool *second __free = NULL;

	memset(t, 0, sizeof(*t));
	t->dead = -1;
	if (n > p->n_cpus || n > TASKS_MAX)
		return -ERANGE;
	t->page_size = sizeof(*t->page) + n * sizeof(t->page->slot[0]);
	t->page =
		mmap(NULL, t->page_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t->page == MAP_FAILED) {
		t->page = NULL;
		return -errno;
	}
	t->n = n;
	second = xcalloc(p->n_cpus, sizeof(*second));
	for (unsigned int i = 0; i < p->n_cpus; i++)
		second[i] = is_second_thread(p->cpus[i]);
	tasks_spread(p->cpus, second, p->n_cpus, sched_getcpu(), n, t->cpu);
	return 0;
}

void tasks_end(struct tasks *t)
{
	for (unsigned int i = 0; i < t->n; i++) {
		if (t->pid[i] > 0)
			kill(t->pid[i], SIGKILL);
	}
	for (unsigned int i = 0; i < t->n; i++) {
		while (t->pid[i] > 0 && waitpid(t->pid[i], NULL, 0) < 0 && errno == EINTR)
			;
		t->pid[i] = 0;
	}
	t->dead = -1;
}

void tasks_close(struct tasks *t)
{
	tasks_end(t);
	if (t->page)
		munmap(t->page, t->page_size);
	t->page = NULL;
	t->n = 0;
}

/* The last one to arrive says when it begins; each has a CPU, so spinning holds up nobody. */
static void meet(struct tasks_page *page, unsigned int n)
{
	if (atomic_fetch_add(&page->arrived, 1) + 1 == n) {
		page->start = bench_clock();
		span_begin(SPAN_LAP);
		atomic_store(&page->begun, 1);
		return;
	}
	while (!atomic_load(&page->begun))
		;
}

static void end_round(struct tasks_page *page, unsigned int n)
{
	if (atomic_fetch_add(&page->ended, 1) + 1 == n)
		futex_wake(&page->ended);
}

static void do_round(struct tasks_page *page, unsigned int n, unsigned int me)
{
	struct task_result *r = &page->slot[me].result;
	uint64_t faults = evidence_faults(), answer, end = 0;

	if (page->timed)
		meet(page, n);
	answer = page->fn(page->arg, me);
	if (page->timed) {
		end = bench_clock() - page->start;
		/* of the last one, and behind its clock: nobody is held up by counting them */
		if (atomic_fetch_add(&page->done, 1) + 1 == n)
			span_end(SPAN_LAP);
	}
	r->ticks = end;
	r->faults = evidence_faults() - faults;
	r->answer = answer;
}

static void __attribute__((noreturn))
task_main(const struct tasks *t, unsigned int me, pid_t parent)
{
	struct tasks_page *page = t->page;
	size_t size = CPU_ALLOC_SIZE(PLACE_CPUS_MAX * 8);
	cpu_set_t *mask = CPU_ALLOC(PLACE_CPUS_MAX * 8);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	CPU_ZERO_S(size, mask);
	CPU_SET_S((size_t)t->cpu[me], size, mask);
	if (sched_setaffinity(0, size, mask))
		page->slot[me].error = errno;
	for (uint32_t round = 1;; round++) {
		end_round(page, t->n);
		while (atomic_load(&page->round) < round)
			futex_wait(&page->round, round - 1, NULL);
		do_round(page, t->n, me);
	}
}

/* Until all have ended their round; one that died never will. */
static void wait_for_all(struct tasks *t)
{
	const struct timespec while_ = { .tv_sec = 1 };
	uint32_t ended;

	while ((ended = atomic_load(&t->page->ended)) < t->n) {
		futex_wait(&t->page->ended, ended, &while_);
		for (unsigned int i = 0; i < t->n && atomic_load(&t->page->ended) < t->n; i++) {
			siginfo_t info = { 0 };

			/* left a zombie: tasks_end() reaps it */
			if (!waitid(P_PID, (id_t)t->pid[i], &info, WEXITED | WNOHANG | WNOWAIT) &&
			    info.si_pid) {
				t->dead = (int)i;
				return;
			}
		}
	}
}

int tasks_fork(struct tasks *t, struct error *e)
{
	pid_t self = getpid();

	tasks_end(t);
	memset(t->page, 0, t->page_size);
	t->round = 0;
	for (unsigned int i = 0; i < t->n; i++) {
		pid_t pid = _Fork();

		if (!pid)
			task_main(t, i, self);
		if (pid < 0)
			return error_sys(e, errno, "fork of task %u", i);
		t->pid[i] = pid;
	}
	wait_for_all(t);
	if (t->dead >= 0)
		return error_set(e, ECHILD, "task %d ended before it began", t->dead);
	for (unsigned int i = 0; i < t->n; i++) {
		if (t->page->slot[i].error)
			return error_sys(e, t->page->slot[i].error, "task %u on cpu %d", i,
					 t->cpu[i]);
	}
	return 0;
}

void tasks_round(struct tasks *t, task_fn *fn, void *arg, bool timed)
{
	struct tasks_page *page = t->page;

	page->fn = fn;
	page->arg = arg;
	page->timed = timed;
	atomic_store(&page->arrived, 0);
	atomic_store(&page->begun, 0);
	atomic_store(&page->done, 0);
	atomic_store(&page->ended, 0);
	atomic_store(&page->round, ++t->round);
	futex_wake(&page->round);
	wait_for_all(t);
}

struct task_result tasks_result(const struct tasks *t, unsigned int i)
{
	return t->page->slot[i].result;
}
