// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mprotect: memory to read-only (or to no access) and back to writable, in one call
 * or in many. Evidence: in between, read(2) into a page and write(2) from it give EFAULT as they
 * should (one page of each 2 MiB in the sample itself, every page in untimed round trips
 * afterwards); contents, and frames, are as before.
 *
 * After the way back writes need no fault where the pages are the process's own: a
 * kernel that takes some is slower, not wrong, so that is a metric. With a living child that
 * shares some pages of each folio (exclusive=), those must be copied by the write. A kernel
 * that makes them writable in place is wrong, and the sample fails: see protection.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/protection.h"
#include "bench/sharing.h"
#include "bench/softdirty.h"
#include "bench/tmpfs.h"
#include "lib/strbuf.h"
#include "lib/units.h"

struct state {
	struct region region;
	struct child child;
	struct protection prot;
	int file;	     /* backing=shmem; -1 */
	enum pattern dirty;  /* likewise */
	int rc;		     /* 0, or the errno of mprotect(), negative */
	uint64_t away, back; /* ticks */
	uint64_t clean_kb;   /* before */
};

static const char *const targets[] = { "ro", "none", NULL };
static const char *const backings[] = { "anon", "shmem", NULL };
static const char *const calls[] = {
	"all", "4K", "8K", "16K", "40K", "64K", "400K", "2M", "4000K", NULL,
};

static const struct param_desc params[] = {
	REGION_PARAM_FOLIO(REGION_FOLIOS),
	REGION_PARAM_SIZE("16M"),
	{ .name = "to",
	  .type = PARAM_ENUM,
	  .help = "protection in between: read-only, or no access at all",
	  .defaults = "ro",
	  .choices = targets },
	{ .name = "call",
	  .type = PARAM_ENUM,
	  .help = "bytes of each mprotect(), or the whole range in one",
	  .defaults = "all",
	  .choices = calls },
	{ .name = "offset",
	  .type = PARAM_UINT,
	  .help = "pages before the range: 1 begins at a folio's second page",
	  .defaults = "0",
	  .max = 1 << 20 },
	{ .name = "backing",
	  .type = PARAM_ENUM,
	  .help = "private anonymous memory, or a shared mapping of a tmpfs file",
	  .defaults = "anon",
	  .choices = backings },
	{ .name = "dirty",
	  .type = PARAM_ENUM,
	  .help = "backing=shmem: pages of each folio with dirty PTEs, the others clean",
	  .defaults = "all",
	  .choices = pattern_names },
	{ .name = "exclusive",
	  .type = PARAM_ENUM,
	  .help = "pages of each folio that no living child shares",
	  .defaults = "all,half",
	  .choices = pattern_names },
	{ 0 },
};

/* Metrics with a span of their own. */
enum { TO_RO = 2, TO_RW = 3 };

static const struct metric_desc metrics[] = {
	{ "per_page", UNIT_TICKS, BETTER_LOWER, true, "there and back, per page" },
	{ "per_call", UNIT_TICKS, BETTER_LOWER, false, "per mprotect() call", COUNTED_WHOLE },
	[TO_RO] = { "to_ro", UNIT_TICKS, BETTER_LOWER, false,
		    "to the protection in between, per page", COUNTED_APART },
	[TO_RW] = { "to_rw", UNIT_TICKS, BETTER_LOWER, false, "back to writable, per page",
		    COUNTED_APART },
	{ "write_faults", "count", BETTER_LOWER, true, "faults when all pages are written after" },
	{ "needless_faults", "count", BETTER_LOWER, false,
	  "those of them that no page had to be copied in" },
	{ "softdirty_extra", "share", BETTER_LOWER, false,
	  "pages that count as written to (soft-dirty) and are not" },
	{ 0 },
};

/* Combinations that make no sense. */
static int check_params(struct bench *b, const struct state *s)
{
	const struct protection *p = &s->prot;
	bool anon = !param_num(b->params, "backing");

	if (p->first >= s->region.pages)
		return bench_skip(b, "offset=%zu leaves nothing of %zu pages: a larger size",
				  p->first, s->region.pages);
	if (p->call % s->region.page)
		return bench_skip(b, "call=%s is no number of pages of %zu bytes",
				  param_text(b->params, "call"), s->region.page);
	if (!anon && p->exclusive != PATTERN_ALL)
		return bench_skip(b, "exclusive=%s is about private memory: backing=anon",
				  pattern_names[p->exclusive]);
	if (anon && s->dirty != PATTERN_ALL)
		return bench_skip(b, "private memory that is there is dirty: backing=shmem");
	if (s->region.pmd_mapped && p->exclusive != PATTERN_ALL && p->exclusive != PATTERN_NONE)
		return bench_skip(b, "a PMD maps all of a folio, shared or not: folio=2M");
	return sharing_possible(b, &s->region, p->exclusive);
}

static int mprotect_setup(struct bench *b)
{
	struct state *s = xcalloc(1, sizeof(*s));
	struct protection *p = &s->prot;
	const char *call = param_text(b->params, "call");
	uint64_t bytes = 0;
	int rc;

	b->state = s;
	s->child = (struct child)CHILD_NONE;
	s->file = -1;
	p->probe = (struct probe)PROBE_NONE;
	rc = region_setup_params(b, &s->region);
	if (rc)
		return rc;
	if (parse_size(call, &bytes))
		bytes = s->region.size;
	p->region = &s->region;
	p->child = &s->child;
	p->exclusive = (enum pattern)param_num(b->params, "exclusive");
	p->prot = param_num(b->params, "to") ? PROT_NONE : PROT_READ;
	p->first = param_num(b->params, "offset");
	p->call = bytes;
	s->dirty = (enum pattern)param_num(b->params, "dirty");
	rc = check_params(b, s);
	if (!rc && param_num(b->params, "backing"))
		rc = tmpfs_setup(b, &s->region, &s->file);
	return rc ? rc : protection_open(b, p);
}

static int clean_now(struct bench *b, const struct state *s, uint64_t *kb)
{
	struct evidence_vma vma = { 0 };
	struct error e;
	int rc = evidence_vma(0, s->region.base, s->region.size, &vma, &e);

	*kb = vma.rss_kb - vma.dirty_kb;
	return rc ? bench_fail(b, rc, "%s", e.msg) : 0;
}

static int mprotect_prepare(struct bench *b)
{
	struct state *s = b->state;
	struct error e;
	int rc;

	b->ops = s->region.pages - s->prot.first;
	s->rc = 0;
	protection_begin(&s->prot);
	/* one that an unfinished sample left behind */
	rc = child_close(&s->child, &e);
	if (!rc)
		rc = child_open(&s->child, &s->region, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	if (s->file >= 0)
		rc = tmpfs_populate(b, &s->region, s->file, s->dirty);
	else
		rc = region_populate(b, &s->region);
	if (!rc && s->prot.exclusive != PATTERN_ALL)
		rc = sharing_fork(b, &s->region, &s->child, s->prot.exclusive);
	return rc ? rc : clean_now(b, s, &s->clean_kb);
}

static void mprotect_run(struct bench *b)
{
	struct state *s = b->state;
	struct protection *p = &s->prot;
	int back;

	bench_lap_begin(b);
	span_begin(SPAN_METRIC + TO_RO);
	s->rc = protection_set(p, p->prot);
	span_end(SPAN_METRIC + TO_RO);
	bench_lap_end(b);
	s->away = b->lap_ticks;
	protection_probe(p, REGION_ALIGN);
	bench_lap_begin(b);
	span_begin(SPAN_METRIC + TO_RW);
	back = protection_set(p, PROT_READ | PROT_WRITE);
	span_end(SPAN_METRIC + TO_RW);
	bench_lap_end(b);
	s->back = b->lap_ticks - s->away;
	if (!s->rc)
		s->rc = back;
}

/* Memory that was dirty must be so still, or it could be dropped with its contents. */
static int check_dirty(struct bench *b, const struct state *s)
{
	uint64_t kb;
	int rc = clean_now(b, s, &kb);

	if (rc)
		return rc;
	bench_evidence_int(b, "clean_kb_before", (long long)s->clean_kb);
	bench_evidence_int(b, "clean_kb_after", (long long)kb);
	if (kb > s->clean_kb)
		return bench_wrong(b, "LOST DIRTINESS: %llu kB that were dirty are clean now",
				   (unsigned long long)(kb - s->clean_kb));
	return 0;
}

static int check_softdirty(struct bench *b, const struct state *s)
{
	struct softdirty d;
	struct error e;
	int rc = softdirty_try(&s->region, s->prot.prot, &d, &e);

	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_evidence_str(b, "softdirty", d.known ? "kept" : "not by this kernel");
	if (!d.known)
		return 0;
	bench_evidence_int(b, "softdirty_pages", (long long)d.pages);
	bench_evidence_int(b, "softdirty_spurious", (long long)d.spurious);
	bench_value(b, "softdirty_extra", (double)d.spurious / (double)d.clean);
	if (d.lost)
		return bench_wrong(b,
				   "LOST SOFT-DIRTY BITS: %zu of %zu written pages do not count as "
				   "written, the first is page %zu",
				   d.lost, d.pages, d.first);
	return 0;
}

/* The file must have what was written through the mapping. */
static int check_file(struct bench *b, const struct state *s)
{
	size_t wrong;
	struct error e;
	int rc = tmpfs_wrong(&s->region, s->file, REGION_NEW, &wrong, &e);

	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	return wrong ? bench_wrong(b, "WRONG CONTENTS in %zu of %zu pages of the file", wrong,
				   s->region.pages)
		     : 0;
}

/*
 * Exclusive pages are where they were, unless the write took a fault that a kernel could
 * have avoided: that it may well answer by copying. Then no folio was broken.
 */
static int check_whole(struct bench *b, const struct state *s, long long needless)
{
	const struct protection *p = &s->prot;
	double whole = 1;
	struct error e;
	int rc;

	bench_evidence_int(b, "pages_moved", (long long)p->moved);
	if ((long long)p->moved > (needless > 0 ? needless : 0))
		return bench_refuse(b, "%zu of %zu pages moved, by no fault of the writes'",
				    p->moved, s->region.pages);
	if (p->exclusive != PATTERN_ALL || p->moved)
		return 0;
	rc = region_look(&s->region, 0, &e);
	if (!rc)
		rc = region_whole_now(&s->region, &whole, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_evidence_real(b, "folio_share_after", whole);
	if (whole < REGION_MIN_SHARE)
		return bench_refuse(b, "only %.1f%% of the pages are still in whole folios",
				    100 * whole);
	return 0;
}

static int mprotect_check(struct bench *b)
{
	struct state *s = b->state;
	struct protection *p = &s->prot;
	double pages = (double)b->ops;
	size_t n = 2 * protection_calls(p);
	long long needless;
	struct error e;
	int rc;

	if (s->rc)
		return bench_fail(b, s->rc, "mprotect: %s", strerror(-s->rc));
	bench_value_ops(b, "per_call", (double)b->ticks / (double)n, n);
	bench_value(b, "to_ro", (double)s->away / pages);
	bench_value(b, "to_rw", (double)s->back / pages);
	bench_evidence_int(b, "calls", (long long)n);
	rc = check_dirty(b, s);
	if (!rc)
		rc = protection_prove(b, p);
	if (!rc && s->file >= 0)
		rc = check_file(b, s);
	if (rc)
		return rc;
	needless = p->write_faults - (long long)p->shared;
	bench_value(b, "write_faults", (double)p->write_faults);
	bench_value(b, "needless_faults", (double)needless);
	rc = check_whole(b, s, needless);
	if (!rc)
		rc = check_softdirty(b, s);
	if (rc)
		return rc;
	rc = child_close(&s->child, &e);
	return rc ? bench_fail(b, rc, "%s", e.msg) : 0;
}

static void mprotect_teardown(struct bench *b)
{
	struct state *s = b->state;

	if (!s)
		return;
	child_close(&s->child, NULL);
	protection_close(&s->prot);
	if (s->file >= 0)
		close(s->file);
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
