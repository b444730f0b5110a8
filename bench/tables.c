// SPDX-License-Identifier: GPL-2.0-or-later
/* Page tables of a process and how much of them is used; see tables.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench/evidence.h"
#include "bench/tables.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/strbuf.h"

/* linux/fs.h of 6.7, which the C library's headers may not have yet */
struct scan_arg {
	uint64_t size;
	uint64_t flags;
	uint64_t start, end;
	uint64_t walk_end;
	uint64_t vec, vec_len;
	uint64_t max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask;
	uint64_t return_mask;
};

struct scan_range {
	uint64_t start, end;
	uint64_t categories;
};

#define SCAN	     _IOWR('f', 16, struct scan_arg)
#define SCAN_PRESENT (1ULL << 3)
#define SCAN_SWAPPED (1ULL << 4)
#define SCAN_RANGES  512

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

static int scan(int fd, uint64_t start, uint64_t end, struct tables *t, struct tables_count *c,
		struct scan_range *range)
{
	struct scan_arg arg = {
		.size = sizeof(arg),
		.start = start,
		.end = end,
		.vec = (uintptr_t)range,
		.vec_len = SCAN_RANGES,
		.category_anyof_mask = SCAN_PRESENT | SCAN_SWAPPED,
		.return_mask = SCAN_PRESENT | SCAN_SWAPPED,
	};

	while (arg.start < end) {
		int n = ioctl(fd, SCAN, &arg);

		if (n < 0)
			return -errno;
		for (int i = 0; i < n; i++) {
			uint64_t len = range[i].end - range[i].start;

			tables_count(c, range[i].start, range[i].end);
			if (range[i].categories & SCAN_PRESENT)
				t->present += len;
			else
				t->swapped += len;
		}
		arg.start = arg.walk_end;
	}
	return 0;
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
	struct tables_count count = { .bits = log2_of(page / sizeof(uint64_t)),
				      .shift = log2_of(page) };
	struct scan_range *range __free = xcalloc(SCAN_RANGES, sizeof(*range));
	char *path __free = xasprintf("/proc/%d/pagemap", (int)pid);
	uint64_t start = 0, end = 0;
	int fd __close = open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	*t = (struct tables){ 0 };
	if (fd < 0)
		return error_sys(e, errno, "%s", path);
	rc = read_maps(pid, &start, &end, t, e);
	if (rc)
		return rc;
	/* the stack's end is next to the end of the address space: it tells its size */
	count.levels = levels(page, end);
	rc = scan(fd, start, end, t, &count, range);
	t->in_use = count.tables;
	if (rc)
		return error_sys(e, -rc, "%s: PAGEMAP_SCAN", path);
	/* last: a process that looks at itself may have got more tables by looking */
	return read_total(pid, page, t, e);
}
