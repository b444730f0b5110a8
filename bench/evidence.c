// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel says it did; see evidence.h. Nothing here keeps state. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/evidence.h"
#include "bench/numbers.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/strbuf.h"

/* kpageflags entries fetched with one read; pagemap entries. */
#define FLAGS_RUN   512
#define ENTRIES_RUN 512

/* Room for /proc/PID/NAME. */
#define PROC_PATH 64

/* All LEN bytes at OFF, or -errno (-EIO: the file ends before). */
static int pread_all(int fd, void *buf, size_t len, off_t off)
{
	size_t done = 0;

	while (done < len) {
		ssize_t got = pread(fd, (char *)buf + done, len - done, off + (off_t)done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return -EIO;
		done += (size_t)got;
	}
	return 0;
}

int evidence_access(struct error *e)
{
	int fd __close = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	volatile int here = 1; /* on the stack: a page that is there */
	uint64_t pfn = 0;
	uintptr_t at = (uintptr_t)&here & ~(page - 1);
	int rc;

	if (fd < 0 && errno == ENOENT)
		return error_set(e, EPERM,
				 "no /proc/kpageflags (kernel without PROC_PAGE_MONITOR)");
	if (fd < 0)
		return error_sys(e, EPERM, "/proc/kpageflags (only root reads page flags)");
	rc = evidence_pfns(0, (void *)at, 1, page, &pfn, e);
	if (rc)
		return error_prefix(e, -EPERM, "page frame numbers");
	if (!pfn)
		return error_set(e, EPERM,
				 "page frame numbers are hidden (no CAP_SYS_ADMIN outside of a "
				 "user namespace)");
	return 0;
}

/* /proc/PID/NAME in BUF of PROC_PATH bytes, which is returned. */
static const char *proc_path(char *buf, pid_t pid, const char *name)
{
	if (pid)
		snprintf(buf, PROC_PATH, "/proc/%d/%s", (int)pid, name);
	else
		snprintf(buf, PROC_PATH, "/proc/self/%s", name);
	return buf;
}

int evidence_proc(pid_t pid, const char *name, struct strbuf *sb, struct error *e)
{
	char path[PROC_PATH];

	return fs_read(proc_path(path, pid, name), sb, e);
}

/* Entries of the N pages from ADDR; FD: pagemap. */
static int read_entries(int fd, const void *addr, size_t n, size_t page, uint64_t *entry)
{
	return pread_all(fd, entry, n * sizeof(*entry),
			 (off_t)((uintptr_t)addr / page * sizeof(*entry)));
}

int evidence_pagemap(pid_t pid, const void *addr, size_t n, size_t page, uint64_t *entry,
		     struct error *e)
{
	char path[PROC_PATH];
	int fd __close = open(proc_path(path, pid, "pagemap"), O_RDONLY | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return error_sys(e, errno, "%s", path);
	rc = read_entries(fd, addr, n, page, entry);
	return rc ? error_sys(e, -rc, "%s", path) : 0;
}

int evidence_pfns(pid_t pid, const void *addr, size_t n, size_t page, uint64_t *pfn,
		  struct error *e)
{
	int rc = evidence_pagemap(pid, addr, n, page, pfn, e);

	for (size_t i = 0; i < n && !rc; i++)
		pfn[i] = pfn[i] & PAGEMAP_PRESENT ? pfn[i] & PAGEMAP_PFN : 0;
	return rc;
}

int evidence_pages(pid_t pid, const void *addr, size_t n, size_t page, uint64_t bit, size_t *count,
		   struct error *e)
{
	char path[PROC_PATH];
	int fd __close = open(proc_path(path, pid, "pagemap"), O_RDONLY | O_CLOEXEC);
	uint64_t entry[ENTRIES_RUN];
	size_t len;

	*count = 0;
	if (fd < 0)
		return error_sys(e, errno, "%s", path);
	for (size_t i = 0; i < n; i += len) {
		int rc;

		len = n - i < ENTRIES_RUN ? n - i : ENTRIES_RUN;
		rc = read_entries(fd, (const char *)addr + i * page, len, page, entry);
		if (rc)
			return error_sys(e, -rc, "%s", path);
		for (size_t k = 0; k < len; k++)
			*count += (entry[k] & bit) != 0;
	}
	return 0;
}

/* kpageflags of one frame; 0 past the end of memory. */
static uint64_t flags_at(int fd, uint64_t frame)
{
	uint64_t flags = 0;

	return pread_all(fd, &flags, sizeof(flags), (off_t)(frame * sizeof(flags))) ? 0 : flags;
}

/* The folio of FRAME: its first frame, and the one behind its last. */
static void folio_bounds(int fd, uint64_t frame, uint64_t *first, uint64_t *end)
{
	*first = frame;
	*end = frame + 1;
	if (!(flags_at(fd, frame) & (KPF_BIT_HEAD | KPF_BIT_TAIL)))
		return;
	while (*first && flags_at(fd, *first) & KPF_BIT_TAIL)
		--*first;
	while (flags_at(fd, *end) & KPF_BIT_TAIL)
		++*end;
}

int evidence_footprint(const uint64_t *pfn, size_t n, size_t page, uint64_t *charged,
		       uint64_t *mapped, struct error *e)
{
	int fd __close = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	uint64_t *frames __free = xcalloc(n, sizeof(*frames));
	uint64_t first, end = 0;

	*charged = 0;
	*mapped = 0;
	if (fd < 0)
		return error_sys(e, errno, "/proc/kpageflags");
	memcpy(frames, pfn, n * sizeof(*frames));
	numbers_sort(frames, n);
	for (size_t i = 0; i < n; i++) {
		if (!frames[i] || (i && frames[i] == frames[i - 1]))
			continue;
		*mapped += page;
		if (frames[i] < end)
			continue; /* of the same folio as the one before */
		folio_bounds(fd, frames[i], &first, &end);
		*charged += (end - first) * page;
	}
	return 0;
}

/* How many entries from the first on are consecutive frames, at most FLAGS_RUN. */
static size_t run_length(const uint64_t *pfn, size_t n)
{
	size_t len = 1;

	while (len < n && len < FLAGS_RUN && pfn[len] == pfn[0] + len)
		len++;
	return len;
}

int evidence_flags(const uint64_t *pfn, size_t n, size_t folio_pages, uint64_t *flags,
		   uint64_t *after, struct error *e)
{
	int fd __close = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	size_t len;
	int rc;

	if (fd < 0)
		return error_sys(e, errno, "/proc/kpageflags");
	for (size_t i = 0; i < n; i += len) {
		len = pfn[i] ? run_length(pfn + i, n - i) : 1;
		flags[i] = 0;
		if (!pfn[i])
			continue;
		rc = pread_all(fd, flags + i, len * sizeof(*flags),
			       (off_t)(pfn[i] * sizeof(*flags)));
		if (rc)
			return error_sys(e, -rc, "/proc/kpageflags at frame %" PRIu64, pfn[i]);
	}
	for (size_t k = 0; k < n / folio_pages; k++) {
		size_t next = (k + 1) * folio_pages;
		uint64_t frame = pfn[next - 1] + 1;

		after[k] = 0;
		if (next < n && pfn[next] == frame)
			after[k] = flags[next];
		/* behind the last frame of memory there is none: no tail either */
		else if (folio_pages > 1 && pfn[next - 1] &&
			 pread_all(fd, after + k, sizeof(*after), (off_t)(frame * sizeof(*after))))
			after[k] = 0;
	}
	return 0;
}

/* One group of pages: is it one folio of just this size? */
static bool is_folio(const uint64_t *pfn, const uint64_t *flags, uint64_t after, size_t pages)
{
	const uint64_t compound = KPF_BIT_HEAD | KPF_BIT_TAIL | KPF_BIT_THP;

	if (!pfn[0] || pfn[0] % pages)
		return false;
	if (pages == 1)
		return !(flags[0] & compound);
	if ((flags[0] & compound) != (KPF_BIT_HEAD | KPF_BIT_THP))
		return false;
	for (size_t i = 1; i < pages; i++) {
		if (pfn[i] != pfn[0] + i || (flags[i] & compound) != (KPF_BIT_TAIL | KPF_BIT_THP))
			return false;
	}
	return !(after & KPF_BIT_TAIL);
}

size_t evidence_whole(const uint64_t *pfn, const uint64_t *flags, const uint64_t *after, size_t n,
		      size_t folio_pages)
{
	size_t whole = 0;

	for (size_t k = 0; k < n / folio_pages; k++) {
		if (is_folio(pfn + k * folio_pages, flags + k * folio_pages, after[k], folio_pages))
			whole += folio_pages;
	}
	return whole;
}

size_t evidence_same(const uint64_t *a, const uint64_t *b, size_t n)
{
	size_t same = 0;

	for (size_t i = 0; i < n; i++)
		same += a[i] && a[i] == b[i];
	return same;
}

static const char *next_line(const char *p)
{
	p = strchr(p, '\n');
	return p ? p + 1 : NULL;
}

bool evidence_vma_line(const char *p, uint64_t *start, uint64_t *end)
{
	char *next;

	/* not sscanf(), which looks for the end of all that is left first */
	*start = strtoull(p, &next, 16);
	*end = 0;
	if (next == p || *next != '-')
		return false;
	p = next + 1;
	*end = strtoull(p, &next, 16);
	return next != p && *next == ' ';
}

/* A line "KEY:  N kB" of smaps. */
static void add_line(const char *p, struct evidence_vma *v)
{
	const struct {
		const char *key;
		uint64_t *sum;
	} lines[] = {
		{ "Rss:", &v->rss_kb },
		{ "Pss:", &v->pss_kb },
		{ "Private_Clean:", &v->private_kb },
		{ "Private_Dirty:", &v->private_kb },
		{ "Private_Dirty:", &v->dirty_kb },
		{ "Shared_Clean:", &v->shared_kb },
		{ "Shared_Dirty:", &v->shared_kb },
		{ "Shared_Dirty:", &v->dirty_kb },
		{ "Anonymous:", &v->anon_kb },
		{ "AnonHugePages:", &v->anon_huge_kb },
		{ "ShmemPmdMapped:", &v->shmem_huge_kb },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		size_t len = strlen(lines[i].key);

		if (!strncmp(p, lines[i].key, len))
			*lines[i].sum += strtoull(p + len, NULL, 10);
	}
}

void evidence_vma_parse(const char *smaps, uintptr_t addr, size_t len, struct evidence_vma *v)
{
	bool inside = false;
	uint64_t start, end;

	memset(v, 0, sizeof(*v));
	for (const char *p = smaps; p && *p; p = next_line(p)) {
		if (evidence_vma_line(p, &start, &end)) {
			inside = start < addr + len && end > addr;
			v->vmas += inside;
			if (inside)
				v->exact = v->vmas == 1 && start == addr && end == addr + len;
		} else if (inside) {
			add_line(p, v);
		}
	}
}

int evidence_vma(pid_t pid, const void *addr, size_t len, struct evidence_vma *v, struct error *e)
{
	struct strbuf sb __strbuf = { 0 };
	int rc = evidence_proc(pid, "smaps", &sb, e);

	memset(v, 0, sizeof(*v));
	if (rc)
		return rc;
	evidence_vma_parse(strbuf_str(&sb), (uintptr_t)addr, len, v);
	return 0;
}

long evidence_kb(pid_t pid, const char *name, const char *key)
{
	char buf[4096], path[PROC_PATH], line[32];
	int fd __close = open(proc_path(path, pid, name), O_RDONLY | O_CLOEXEC);
	const char *p;
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, buf, sizeof(buf) - 1);
	if (got < 0)
		return -errno;
	buf[got] = '\0';
	snprintf(line, sizeof(line), "\n%s:", key);
	p = strstr(buf, line);
	return p ? strtol(p + strlen(line), NULL, 10) : -ENODATA;
}

uint64_t evidence_faults(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) ? 0 : (uint64_t)usage.ru_minflt;
}

long long evidence_lookup(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *p = text; p && *p; p = next_line(p)) {
		if (!strncmp(p, key, len) && p[len] == ' ')
			return strtoll(p + len + 1, NULL, 10);
	}
	return -1;
}

long long evidence_size_stat(size_t folio_bytes, const char *name)
{
	struct strbuf sb __strbuf = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/mm/transparent_hugepage/hugepages-%zukB/stats/%s",
		 folio_bytes / 1024, name);
	if (fs_read(path, &sb, NULL))
		return -1;
	return strtoll(strbuf_str(&sb), NULL, 10);
}

int evidence_counts(size_t folio_bytes, struct evidence_counts *c, struct error *e)
{
	struct strbuf sb __strbuf = { 0 };
	bool large = folio_bytes > (size_t)sysconf(_SC_PAGESIZE);
	int rc = fs_read("/proc/vmstat", &sb, e);

	if (rc)
		return rc;
	c->pgreuse = evidence_lookup(strbuf_str(&sb), "pgreuse");
	c->nr_anon = large ? evidence_size_stat(folio_bytes, "nr_anon") : -1;
	c->split_deferred = large ? evidence_size_stat(folio_bytes, "split_deferred") : -1;
	c->partially_mapped =
		large ? evidence_size_stat(folio_bytes, "nr_anon_partially_mapped") : -1;
	c->anon_fault_alloc = large ? evidence_size_stat(folio_bytes, "anon_fault_alloc") : -1;
	return 0;
}

bool evidence_delta(long long before, long long after, long long *delta)
{
	*delta = after - before;
	return before >= 0 && after >= 0;
}
