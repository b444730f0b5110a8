// SPDX-License-Identifier: GPL-2.0-or-later
/* What is so of shared memory, and what the kernel says; see accounts.h. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bench/accounts.h"
#include "bench/evidence.h"
#include "bench/pagescan.h"
#include "lib/cleanup.h"

/* How many of the two processes map page I: 0 if HERE does not. */
static unsigned int mappings(const uint64_t *here, const uint64_t *there, size_t i)
{
	if (!(here[i] & PAGEMAP_PRESENT))
		return 0;
	if (!there || !(there[i] & PAGEMAP_PRESENT) || (here[i] ^ there[i]) & PAGEMAP_PFN)
		return 1;
	return 2;
}

void accounts_exact(const uint64_t *here, const uint64_t *there, size_t n, size_t page,
		    struct accounts *a)
{
	uint64_t pages[3] = { 0 }; /* by how often they are mapped */

	memset(a, 0, sizeof(*a));
	for (size_t i = 0; i < n; i++)
		pages[mappings(here, there, i)]++;
	a->private_kb = pages[1] * page / 1024;
	a->shared_kb = pages[2] * page / 1024;
	a->rss_kb = a->private_kb + a->shared_kb;
	a->anon_kb = a->rss_kb;
	a->pss_kb = (2 * pages[1] + pages[2]) * page / 2 / 1024;
	a->mapmax = pages[2] ? 2 : pages[1] ? 1 : 0;
}

size_t accounts_exclusive_wrong(const uint64_t *here, const uint64_t *there, size_t n)
{
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++) {
		bool said = here[i] & PAGEMAP_EXCLUSIVE;

		wrong += said != (mappings(here, there, i) == 1);
	}
	return wrong;
}

size_t accounts_counts_wrong(const uint64_t *here, const uint64_t *there, const uint64_t *count,
			     size_t n)
{
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++)
		wrong += here[i] & PAGEMAP_PRESENT && count[i] != mappings(here, there, i);
	return wrong;
}

static void add_range(const struct pagescan_range *range, void *kb)
{
	*(uint64_t *)kb += (range->end - range->start) / 1024;
}

int accounts_huge(pid_t pid, const void *addr, size_t len, uint64_t *kb, struct error *e)
{
	uint64_t start = (uintptr_t)addr;

	*kb = 0;
	return pagescan(pid, start, start + len, PAGESCAN_HUGE, add_range, kb, e);
}

static const char *next_line(const char *p)
{
	p = strchr(p, '\n');
	return p ? p + 1 : NULL;
}

/* A line of numa_maps names mapmax only where it is more than one. */
static uint64_t mapmax_of(const char *line)
{
	char *copy __free = xasprintf("%.*s", (int)strcspn(line, "\n"), line);
	const char *most = strstr(copy, " mapmax=");

	if (most)
		return strtoull(most + strlen(" mapmax="), NULL, 10);
	return strstr(copy, " anon=") ? 1 : 0;
}

void accounts_parse(const char *smaps, const char *numa_maps, uintptr_t addr, size_t len,
		    struct accounts *a, unsigned int *vmas)
{
	struct evidence_vma v;

	evidence_vma_parse(smaps, addr, len, &v);
	*vmas = v.vmas;
	*a = (struct accounts){
		.rss_kb = v.rss_kb,
		.pss_kb = v.pss_kb,
		.private_kb = v.private_kb,
		.shared_kb = v.shared_kb,
		.anon_kb = v.anon_kb,
		.huge_kb = v.anon_huge_kb,
	};
	for (const char *p = numa_maps; p && *p; p = next_line(p)) {
		uint64_t start = strtoull(p, NULL, 16);

		if (start >= addr && start < addr + len && mapmax_of(p) > a->mapmax)
			a->mapmax = mapmax_of(p);
	}
}

int accounts_said(pid_t pid, const void *addr, size_t len, struct accounts *a, struct error *e)
{
	struct strbuf smaps __strbuf = { 0 };
	struct strbuf numa __strbuf = { 0 };
	unsigned int vmas;
	int rc = evidence_proc(pid, "smaps", &smaps, e);

	memset(a, 0, sizeof(*a));
	if (rc)
		return rc;
	rc = evidence_proc(pid, "numa_maps", &numa, NULL); /* not there without CONFIG_NUMA */
	accounts_parse(strbuf_str(&smaps), rc ? NULL : strbuf_str(&numa), (uintptr_t)addr, len, a,
		       &vmas);
	return 0;
}

long accounts_record(const char *text, uintptr_t addr, size_t *len)
{
	const char *found = NULL;
	uint64_t start, end;

	*len = 0;
	for (const char *p = text; p && *p; p = next_line(p)) {
		if (!evidence_vma_line(p, &start, &end))
			continue;
		if (found) {
			*len = (size_t)(p - found);
			return found - text;
		}
		if (start == addr)
			found = p;
	}
	if (!found)
		return -1;
	*len = strlen(found);
	return found - text;
}
