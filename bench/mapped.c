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

int mapped_count(const uint64_t *pfn, size_t n, struct mapped_counts *c, struct error *e)
{
	int fd __close = open("/proc/kpagecount", O_RDONLY | O_CLOEXEC);

	memset(c, 0, sizeof(*c));
	if (fd < 0)
		return error_sys(e, errno, "/proc/kpagecount");
	for (size_t i = 0; i < n; i++) {
		uint64_t count = 0;

		if (!pfn[i])
			continue;
		if (pread(fd, &count, sizeof(count), (off_t)(pfn[i] * sizeof(count))) !=
		    (ssize_t)sizeof(count))
			return error_set(e, EIO, "/proc/kpagecount at frame %" PRIu64, pfn[i]);
		c->frames++;
		c->none += count == 0;
		c->once += count == 1;
		c->twice += count == 2;
	}
	return 0;
}
