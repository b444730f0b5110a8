// SPDX-License-Identifier: GPL-2.0-or-later
/* Folders of the cache that are in use; see cache.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "runner/cache.h"

/* Whether PATH is still the folder that is open as FD: it may have been replaced or removed. */
static bool still_there(const char *path, int fd)
{
	struct stat now, held;

	return !stat(path, &now) && !fstat(fd, &held) && now.st_dev == held.st_dev &&
	       now.st_ino == held.st_ino;
}

static int hold(const char *path, int how, int *fd, struct error *e)
{
	int f __close = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*fd = -1;
	if (f < 0)
		return error_sys(e, errno, "%s", path);
	while (flock(f, how) < 0) {
		if (errno != EINTR)
			return error_sys(e, errno, "%s: lock", path);
	}
	if (!still_there(path, f))
		return error_sys(e, ENOENT, "%s", path);
	/* out of the way of the descriptors that programs are given */
	*fd = fcntl(f, F_DUPFD_CLOEXEC, 10);
	return *fd < 0 ? error_sys(e, errno, "%s", path) : 0;
}

int cache_hold(const char *path, int *fd, struct error *e)
{
	return hold(path, LOCK_SH, fd, e);
}

void cache_used(int fd)
{
	/* fails in a cache of somebody else's, who has his own idea of what is old */
	futimens(fd, NULL);
}

int cache_hold_alone(const char *path, int *fd, struct error *e)
{
	return hold(path, LOCK_EX | LOCK_NB, fd, e);
}
