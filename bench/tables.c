// SPDX-License-Identifier: GPL-2.0-or-later
/* Page tables of a process and how much of them is used; see tables.h. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bench/evidence.h"
#include "bench/pagescan.h"
#include "bench/tables.h"
#include "lib/strbuf.h"

void tables_count(struct tables_count *c, uint64_t start, uint64_t end)
{
	for (unsigned int level = 0; level < c->levels; level++) {
		unsigned int shift = c->shift + c->bits * (level + 1);
		uint64_t first = start >> shift, last = (end - 1) >> shift;

		if (first < c->next[level])
			first = c->next[level];
		if (first > last)
			continue;
		c->tables += last - first + 1;
		c->next[level] = last + 1;
	}
}

bool tables_parse_maps(const char *maps, uint64_t *start, uint64_t *end, uint64_t *virt)
{
	*start = 0;
	*end = 0;
	*virt = 0;
	for (const char *line = maps; line && *line; line = strchr(line, '\n')) {
		uint64_t from = 0, to = 0;

		line += *line == '\n';
		if (!evidence_vma_line(line, &from, &to))
			continue;
		/* x86's [vsyscall] is the kernel's */
		if (from >> 63)
			continue;
		if (!*virt)
			*start = from;
		*end = to;
		*virt += to - from;
	}
	return *virt != 0;
}

static unsigned int log2_of(uint64_t x)
{
	return 63 - (unsigned int)__builtin_clzll(x);
}

static int read_maps(pid_t pid, uint64_t *start, uint64_t *end, struct tables *t, struct error *e)
{
	struct strbuf text __strbuf = { 0 };
	int rc = evidence_proc(pid, "maps", &text, e);

	if (!rc && !tables_parse_maps(strbuf_str(&text), start, end, &t->virt))
		rc = error_set(e, ESRCH, "process %d has no VMA", (int)pid);
	return rc;
}

static int read_total(pid_t pid, size_t page, struct tables *t, struct error *e)
{
	long kb = evidence_kb(pid, "status", "VmPTE");

	if (kb < 0)
		return error_sys(e, (int)-kb, "VmPTE of process %d", (int)pid);
	t->total = ((uint64_t)kb << 10) / page;
	return 0;
}

struct sums {
	struct tables *tables;
	struct tables_count count;
};

static void add_range(const struct pagescan_range *range, void *arg)
{
	struct sums *sums = arg;
	uint64_t len = range->end - range->start;

	tables_count(&sums->count, range->start, range->end);
	if (range->categories & PAGESCAN_PRESENT)
		sums->tables->present += len;
	else
		sums->tables->swapped += len;
}

/* As many levels as the kernel counts in VmPTE: not the top one, nor P4Ds, nor folded ones. */
static unsigned int levels(size_t page, uint64_t end)
{
	unsigned int bits = log2_of(page / sizeof(uint64_t));
	unsigned int below_top = log2_of(end - 1) + 1 - log2_of(page) - bits;

	below_top = (below_top + bits - 1) / bits;
	return below_top > 3 ? 3 : below_top;
}

int tables_look(pid_t pid, struct tables *t, struct error *e)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct sums sums = {
		.tables = t,
		.count = { .bits = log2_of(page / sizeof(uint64_t)), .shift = log2_of(page) },
	};
	uint64_t start = 0, end = 0;
	int rc;

	*t = (struct tables){ 0 };
	rc = read_maps(pid, &start, &end, t, e);
	if (rc)
		return rc;
	/* the stack's end is next to the end of the address space: it tells its size */
	sums.count.levels = levels(page, end);
	rc = pagescan(pid, start, end, PAGESCAN_PRESENT | PAGESCAN_SWAPPED, add_range, &sums, e);
	t->in_use = sums.count.tables;
	/* last: a process that looks at itself may have got more tables by looking */
	return rc ? rc : read_total(pid, page, t, e);
}
