// SPDX-License-Identifier: GPL-2.0-or-later
/* A shared mapping of a file on tmpfs; see tmpfs.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/settings.h"
#include "bench/tmpfs.h"
#include "lib/units.h"

#define SHMEM_SIZES "/sys/kernel/mm/transparent_hugepage/hugepages-*kB/shmem_enabled"

/* The wanted size on request, no other; *FOUND: there is such a size. */
static int offer(struct bench *b, const struct region *r, bool *found)
{
	glob_t g;
	int rc = 0;

	*found = r->folio_pages == 1;
	if (glob(SHMEM_SIZES, 0, NULL, &g))
		return 0;
	for (size_t i = 0; i < g.gl_pathc && !rc; i++) {
		unsigned long kb = 0;
		struct error e;
		bool wanted;

		sscanf(strstr(g.gl_pathv[i], "hugepages-"), "hugepages-%lukB", &kb);
		wanted = kb == r->folio >> 10;
		*found |= wanted;
		rc = settings_set(g.gl_pathv[i], wanted ? "advise" : "never", &e);
		if (rc == -EACCES || rc == -EPERM || rc == -EROFS)
			rc = r->folio_pages == 1 ? 0 : bench_not_permitted(b, "%s", e.msg);
		else if (rc)
			rc = bench_fail(b, rc, "%s", e.msg);
	}
	globfree(&g);
	return rc;
}

int tmpfs_setup(struct bench *b, const struct region *r, int *fd)
{
	char size[24];
	bool found = false;
	int rc;

	if (r->pmd_mapped)
		return bench_skip(b, "backing=shmem is mapped by PTEs here: take folio=2M");
	rc = offer(b, r, &found);
	if (rc)
		return rc;
	if (!found)
		return bench_skip(b, "this kernel has no %s folios for tmpfs (they came with 6.11)",
				  format_size(size, sizeof(size), r->folio));
	*fd = memfd_create("foliobench", MFD_CLOEXEC);
	if (*fd < 0 && errno == ENOSYS)
		return bench_skip(b, "this kernel has no memfd_create()");
	return *fd < 0 ? bench_fail(b, errno, "memfd_create: %s", strerror(errno)) : 0;
}

/* New folios, with the marks: large ones where that is advised. */
static int fill(struct bench *b, struct region *r, int fd)
{
	int advice = r->folio_pages > 1 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE;
	uint64_t err;

	if (ftruncate(fd, 0) || ftruncate(fd, (off_t)r->size))
		return bench_fail(b, errno, "sizing a file on tmpfs: %s", strerror(errno));
	if (mmap(r->base, r->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
	    MAP_FAILED)
		return bench_fail(b, errno, "mmap: %s", strerror(errno));
	/* a kernel without THP has no such advice, and single pages anyway */
	if (madvise(r->base, r->size, advice) && r->folio_pages > 1)
		return bench_fail(b, errno, "MADV_HUGEPAGE: %s", strerror(errno));
	err = region_step(r, REGION_MARK);
	return err ? bench_fail(b, (int)err, "populating: %s", strerror((int)err)) : 0;
}

/*
 * Unmaps all pages and faults them in anew, which leaves them in the file: by reading, that makes
 * clean entries, and then by writing to some. No PMD maps them, as after filling
 * the region has MADV_NOHUGEPAGE.
 */
static int map_again(struct bench *b, struct region *r, enum pattern dirty)
{
	if (madvise(r->base, r->size, MADV_DONTNEED))
		return bench_fail(b, errno, "MADV_DONTNEED: %s", strerror(errno));
	for (size_t i = 0; i < r->pages; i++)
		(void)*region_byte(r, i);
	for (size_t i = 0; i < r->pages; i++) {
		if (pattern_has(dirty, r->folio_pages, i))
			*region_byte(r, i) = REGION_OLD;
	}
	region_settle(r);
	return 0;
}

static int verify(struct bench *b, struct region *r)
{
	struct evidence_vma vma;
	double share = 1;
	char size[24];
	struct error e;
	int rc = evidence_vma(0, r->base, r->size, &vma, &e);

	if (!rc && r->frames)
		rc = region_verify(r, r->base, &share, &e);
	if (rc)
		return bench_fail(b, rc, "%s", e.msg);
	bench_evidence_int(b, "vmas", vma.vmas);
	bench_evidence_int(b, "shmem_huge_kb", (long long)vma.shmem_huge_kb);
	if (r->frames)
		bench_evidence_real(b, "folio_share", share);
	if (!vma.exact)
		return bench_refuse(b, "the memory is in %u VMAs instead of one", vma.vmas);
	if (vma.shmem_huge_kb)
		return bench_refuse(b, "%llu kB are mapped by PMDs, not by PTEs",
				    (unsigned long long)vma.shmem_huge_kb);
	if (share < REGION_MIN_SHARE)
		return bench_refuse(
			b, "only %.1f%% of the pages are in %s folios of tmpfs (at least %.0f%%)",
			100 * share, format_size(size, sizeof(size), r->folio),
			100 * REGION_MIN_SHARE);
	return 0;
}

int tmpfs_populate(struct bench *b, struct region *r, int fd, enum pattern dirty)
{
	int rc = fill(b, r, fd);

	if (!rc)
		rc = map_again(b, r, dirty);
	return rc ? rc : verify(b, r);
}

int tmpfs_wrong(const struct region *r, int fd, unsigned char byte, size_t *wrong, struct error *e)
{
	*wrong = 0;
	for (size_t i = 0; i < r->pages; i++) {
		unsigned char have = 0;

		if (pread(fd, &have, 1, (off_t)(i * r->page + r->page / 2)) != 1)
			return error_sys(e, errno, "reading a file on tmpfs");
		*wrong += have != byte;
	}
	return 0;
}
