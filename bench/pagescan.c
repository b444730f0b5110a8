// SPDX-License-Identifier: GPL-2.0-or-later
/* PAGEMAP_SCAN; see pagescan.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "bench/pagescan.h"
#include "lib/cleanup.h"

/* <linux/fs.h> of 6.7, which the headers of Debian 12 do not have: struct pm_scan_arg. */
struct scan_arg {
	uint64_t size, flags;
	uint64_t start, end, walk_end;
	uint64_t vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask;
	uint64_t return_mask;
};

#define SCAN	    _IOWR('f', 16, struct scan_arg)
#define SCAN_RANGES 256

int pagescan(pid_t pid, uint64_t start, uint64_t end, uint64_t categories, pagescan_fn *fn,
	     void *arg, struct error *e)
{
	struct pagescan_range range[SCAN_RANGES] = { 0 };
	struct scan_arg scan = {
		.size = sizeof(scan),
		.start = start,
		.end = end,
		.vec = (uintptr_t)range,
		.vec_len = SCAN_RANGES,
		.category_anyof_mask = categories,
		.return_mask = categories,
	};
	char path[40] = "/proc/self/pagemap";
	int fd __close = -1;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_sys(e, errno, "%s", path);
	while (scan.start < end) {
		int n = ioctl(fd, SCAN, &scan);

		if (n < 0)
			return error_sys(e, errno, "PAGEMAP_SCAN of %s", path);
		for (int i = 0; i < n; i++)
			fn(&range[i], arg);
		if (scan.walk_end <= scan.start)
			return error_set(e, EIO, "PAGEMAP_SCAN of %s does not get on", path);
		scan.start = scan.walk_end;
	}
	return 0;
}
