// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mprotect: the whole region in one call to read-only, in another one back to
 * writable. Evidence: in between, read(2) into a page gives EFAULT (one page of
 * each 2 MiB in the sample itself, every page in a round trip afterwards); frames
 * and contents are as before. After the way back writes need no fault, as all
 * pages are the process's own: a kernel that takes some is slower, not wrong, so
 * write_faults is a metric.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/region.h"
#include "lib/strbuf.h"

struct state {
	struct region region;
	int zero_fd;		/* /dev/zero */
	int rc;			/* 0, or the errno of mprotect(), negative */
	uint64_t to_ro, to_rw;	/* ticks */
	size_t probes, blocked; /* pages tried while read-only; EFAULTs */
};

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO,
	REGION_PARAM_SIZE("16M"),
	{ 0 },
};

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true, "to read-only and back, per page" },
	{ "to_ro", UNIT_TICKS, BETTER_LOWER, false, "to read-only, per page" },
	{ "to_rw", UNIT_TICKS, BETTER_LOWER, false, "back to writable, per page" },
	{ "write_faults", "count", BETTER_LOWER, true, "faults when all pages are written after" },
	{ 0 },
};

static int mprotect_setup(struct bench *b)
{
	struct state *s = xcalloc(1, sizeof(*s));

	b->state = s;
	s->zero_fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	if (s->zero_fd < 0)
		return bench_fail(b, errno, "/dev/zero: %s", strerror(errno));
	return region_setup_params(b, &s->region);
}

static int mprotect_prepare(struct bench *b)
{
	struct state *s = b->state;

	b->ops = s->region.pages;
	s->rc = 0;
	s->probes = 0;
	s->blocked = 0;
	return region_populate(b, &s->region);
}

/*
 * Tries to have the kernel write to a page in each STEP bytes: no signal, just
 * EFAULT. Where it does succeed it writes a zero over a mark, which is found out.
 */
static void probe(struct state *s, size_t step)
{
	for (size_t at = 0; at < s->region.size; at += step) {
		s->probes++;
		if (read(s->zero_fd, s->region.base + at, 1) < 0 && errno == EFAULT)
			s->blocked++;
	}
}

static void mprotect_run(struct bench *b)
{
	struct state *s = b->state;
	struct region *r = &s->region;
	uint64_t lap;

	bench_lap_begin(b);
	if (mprotect(r->base, r->size, PROT_READ))
		s->rc = -errno;
	bench_lap_end(b);
	s->to_ro = b->lap_ticks;
	probe(s, REGION_ALIGN);
	lap = b->lap_ticks;
	bench_lap_begin(b);
	if (mprotect(r->base, r->size, PROT_READ | PROT_WRITE))
		s->rc = -errno;
	bench_lap_end(b);
	s->to_rw = b->lap_ticks - lap;
}

/* Faults that one write to each page takes. */
static long write_all(const struct region *r)
{
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	for (size_t i = 0; i < r->pages; i++)
		*region_byte(r, i) = REGION_NEW;
	getrusage(RUSAGE_SELF, &after);
	return after.ru_minflt - before.ru_minflt;
}

/* The same round trip again, untimed, with every page tried. */
static int probe_all(struct bench *b, struct state *s)
{
	struct region *r = &s->region;

	if (mprotect(r->base, r->size, PROT_READ))
		return bench_fail(b, errno, "mprotect: %s", strerror(errno));
	probe(s, r->page);
	if (mprotect(r->base, r->size, PROT_READ | PROT_WRITE))
		return bench_fail(b, errno, "mprotect: %s", strerror(errno));
	return 0;
}

static int check_frames(struct bench *b, struct region *r)
{
	struct error e;
	double whole;
	size_t same;
	int rc = region_look(r, 0, &e);

	if (!rc)
		rc = region_whole_now(r, &whole, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	same = evidence_same(r->pfn, r->now, r->pages);
	bench_evidence_int(b, "pages_same", (long long)same);
	bench_evidence_real(b, "folio_share_after", whole);
	if (same != r->pages)
		return bench_refuse(b, "%zu of %zu pages moved", r->pages - same, r->pages);
	if (whole < REGION_MIN_SHARE)
		return bench_refuse(b, "only %.1f%% of the pages are still in whole folios",
				    100 * whole);
	return 0;
}

static int mprotect_check(struct bench *b)
{
	struct state *s = b->state;
	struct region *r = &s->region;
	long faults;
	int rc;

	if (s->rc)
		return bench_fail(b, -s->rc, "mprotect: %s", strerror(-s->rc));
	bench_value(b, "to_ro", (double)s->to_ro / (double)r->pages);
	bench_value(b, "to_rw", (double)s->to_rw / (double)r->pages);
	faults = write_all(r);
	bench_value(b, "write_faults", (double)faults);
	rc = probe_all(b, s);
	if (rc)
		return rc;
	bench_evidence_int(b, "probes", (long long)s->probes);
	bench_evidence_int(b, "probes_blocked", (long long)s->blocked);
	if (s->blocked != s->probes)
		return bench_fail(b, EIO, "%zu of %zu pages could be written while read-only",
				  s->probes - s->blocked, s->probes);
	if (region_wrong(r, REGION_NEW))
		return bench_wrong(b, "WRONG CONTENTS in %zu of %zu pages",
				   region_wrong(r, REGION_NEW), r->pages);
	return check_frames(b, r);
}

static void mprotect_teardown(struct bench *b)
{
	struct state *s = b->state;

	if (!s)
		return;
	if (s->zero_fd >= 0)
		close(s->zero_fd);
	region_release(&s->region);
	free(s);
	b->state = NULL;
}

const struct bench_case case_mprotect = {
	.name = "mprotect",
	.summary = "mprotect() of populated memory to read-only and back",
	.params = params,
	.metrics = metrics,
	.setup = mprotect_setup,
	.prepare = mprotect_prepare,
	.run = mprotect_run,
	.check = mprotect_check,
	.teardown = mprotect_teardown,
};
