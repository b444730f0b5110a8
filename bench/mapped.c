// SPDX-License-Identifier: GPL-2.0-or-later
/* How often frames are mapped; see mapped.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "bench/evidence.h"
#include "bench/mapped.h"
#include "lib/cleanup.h"

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

int mapped_times(const uint64_t *entry, size_t n, uint64_t *times, struct error *e)
{
	int counts __close = open("/proc/kpagecount", O_RDONLY | O_CLOEXEC);

	if (counts < 0)
		return error_sys(e, errno, "/proc/kpagecount");
	for (size_t i = 0; i < n; i++) {
		uint64_t frame = entry[i] & PAGEMAP_PFN;
		int rc;

		times[i] = 0;
		if (!(entry[i] & PAGEMAP_PRESENT))
			continue;
		rc = read_entry(counts, frame, &times[i]);
		if (rc)
			return error_sys(e, -rc, "/proc/kpagecount at frame %" PRIu64, frame);
	}
	return 0;
}
