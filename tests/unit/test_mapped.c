// SPDX-License-Identifier: GPL-2.0-or-later
/* bench/mapped: how often frames are mapped, and which are held by something else. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/evidence.h"
#include "bench/mapped.h"
#include "tests/unit/unit.h"

#define PAGES 16

static size_t page;

static char *new_pages(void)
{
	char *p = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	assert_true(p != MAP_FAILED);
	assert_int_equal(madvise(p, PAGES * page, MADV_NOHUGEPAGE), 0);
	for (size_t i = 0; i < PAGES; i++)
		p[i * page] = 1;
	return p;
}

static int set_up(void **state)
{
	cpu_set_t here;
	int cpu = sched_getcpu();

	(void)state;
	page = (size_t)sysconf(_SC_PAGESIZE);
	/* where a page was faulted in is where a batch may still hold it */
	CPU_ZERO(&here);
	CPU_SET(cpu < 0 ? 0 : (size_t)cpu, &here);
	return sched_setaffinity(0, sizeof(here), &here);
}

/* A child that has the pages too doubles the mappings; pages of its own do not count. */
static void mappings_are_counted(void **state)
{
	uint64_t pfn[PAGES + 1] = { 0 };
	struct mapped_counts c;
	struct error e;
	int hold[2];
	pid_t pid;
	char *p;

	(void)state;
	if (evidence_access(&e))
		skip();
	p = new_pages();
	assert_int_equal(evidence_pfns(0, p, PAGES, page, pfn, &e), 0);
	assert_int_equal(mapped_count(pfn, PAGES + 1, &c, &e), 0);
	assert_int_equal(c.frames, PAGES); /* an entry of 0 is no frame */
	assert_int_equal(c.once, PAGES);
	assert_int_equal(pipe(hold), 0);
	pid = fork();
	if (!pid) {
		close(hold[1]);
		_exit(read(hold[0], p, 1) < 0);
	}
	assert_true(pid > 0);
	assert_int_equal(mapped_count(pfn, PAGES, &c, &e), 0);
	assert_int_equal(c.twice, PAGES);
	p[0] = 2; /* copied here, or there: no longer both's */
	assert_int_equal(evidence_pfns(0, p, PAGES, page, pfn, &e), 0);
	assert_int_equal(mapped_count(pfn, PAGES, &c, &e), 0);
	assert_int_equal(c.once, 1);
	assert_int_equal(c.twice, PAGES - 1);
	close(hold[1]);
	close(hold[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	munmap(p, PAGES * page);
}

/* Unmapped and not free: what a kernel that leaks looks like, made by a pipe. */
static void held_frames_are_seen(void **state)
{
	uint64_t pfn[PAGES];
	struct mapped_counts c;
	struct iovec one;
	struct error e;
	int fds[2];
	char *p;

	(void)state;
	if (evidence_access(&e))
		skip();
	p = new_pages();
	one = (struct iovec){ .iov_base = p, .iov_len = page };
	assert_int_equal(evidence_pfns(0, p, PAGES, page, pfn, &e), 0);
	assert_int_equal(madvise(p + page, page, MADV_COLD), 0); /* empties this CPU's batches */
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(vmsplice(fds[1], &one, 1, 0), page);
	assert_int_equal(munmap(p, PAGES * page), 0);
	assert_int_equal(mapped_count(pfn, 1, &c, &e), 0);
	assert_int_equal(c.none, 1);
	assert_int_equal(c.held, 1);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(mapped_count(pfn, 1, &c, &e), 0);
	assert_true(c.none == 0 || c.held == 0); /* free, or somebody else's by now */
}

/* Another process is asked, not this one. */
static void processes_are_told_apart(void **state)
{
	struct evidence_vma v;
	struct error e;
	int hold[2];
	pid_t pid;
	char *p, c;

	(void)state;
	p = new_pages();
	assert_int_equal(pipe(hold), 0);
	pid = fork();
	if (!pid) {
		close(hold[1]);
		_exit(read(hold[0], &c, 1) < 0);
	}
	assert_true(pid > 0);
	assert_int_equal(mprotect(p, page, PROT_READ), 0);
	assert_int_equal(evidence_vma(0, p, PAGES * page, &v, &e), 0);
	assert_int_equal(v.vmas, 2);
	assert_int_equal(evidence_vma(pid, p, PAGES * page, &v, &e), 0);
	assert_int_equal(v.vmas, 1);
	assert_int_equal(v.rss_kb, PAGES * page / 1024);
	assert_true(evidence_kb(pid, "status", "VmPTE") > 0);
	close(hold[1]);
	close(hold[0]);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_not_equal(evidence_vma(pid, p, PAGES * page, &v, &e), 0);
	assert_true(evidence_kb(pid, "status", "VmPTE") < 0);
	munmap(p, PAGES * page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings_are_counted),
		cmocka_unit_test(held_frames_are_seen),
		cmocka_unit_test(processes_are_told_apart),
	};

	return cmocka_run_group_tests_name("mapped", tests, set_up, NULL);
}
