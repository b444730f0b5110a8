// SPDX-License-Identifier: GPL-2.0-or-later
/* By whom and how memory is mapped; see mapped.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/mapped.h"
#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/strbuf.h"

#define KPF_BIT_ANON (1ULL << 12)

/* /proc/PID/NAME, or /proc/self/NAME for PID 0. */
static int read_proc(pid_t pid, const char *name, struct strbuf *sb, struct error *e)
{
	char path[64];

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	else
		snprintf(path, sizeof(path), "/proc/self/%s", name);
	return fs_read(path, sb, e);
}

int mapped_vma(pid_t pid, const void *addr, size_t len, struct evidence_vma *v, struct error *e)
{
	struct strbuf sb __strbuf = { 0 };
	int rc = read_proc(pid, "smaps", &sb, e);

	memset(v, 0, sizeof(*v));
	if (rc)
		return rc;
	evidence_vma_parse(strbuf_str(&sb), (uintptr_t)addr, len, v);
	return 0;
}

long mapped_vmpte(pid_t pid)
{
	struct strbuf sb __strbuf = { 0 };
	int rc = read_proc(pid, "status", &sb, NULL);
	const char *p;

	if (rc)
		return rc;
	p = strstr(strbuf_str(&sb), "\nVmPTE:");
	return p ? strtol(p + strlen("\nVmPTE:"), NULL, 10) : -ENODATA;
}

/* The entry of FRAME in a file with one word for each. */
static int read_entry(int fd, uint64_t frame, uint64_t *entry)
{
	ssize_t got = pread(fd, entry, sizeof(*entry), (off_t)(frame * sizeof(*entry)));

	return got == (ssize_t)sizeof(*entry) ? 0 : got < 0 ? -errno : -EIO;
}

int mapped_count(const uint64_t *pfn, size_t n, struct mapped_counts *c, struct error *e)
{
	int counts __close = open("/proc/kpagecount", O_RDONLY | O_CLOEXEC);
	int flags __close = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);

	memset(c, 0, sizeof(*c));
	if (counts < 0 || flags < 0)
		return error_sys(e, errno, "/proc/kpagecount, /proc/kpageflags");
	for (size_t i = 0; i < n; i++) {
		uint64_t count = 0, flag = 0;
		int rc;

		if (!pfn[i])
			continue;
		rc = read_entry(counts, pfn[i], &count);
		if (!rc && !count)
			rc = read_entry(flags, pfn[i], &flag);
		if (rc)
			return error_sys(e, -rc, "/proc/kpagecount at frame %" PRIu64, pfn[i]);
		c->frames++;
		c->none += count == 0;
		c->once += count == 1;
		c->twice += count == 2;
		c->held += (flag & KPF_BIT_ANON) != 0;
	}
	return 0;
}
