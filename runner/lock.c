// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks on the cache; see lock.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/lock.h"

int lock_file_try(const char *path, int *fd, struct error *e)
{
	/* not O_CLOEXEC: see lock.h */
	int f __close = open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0644);

	if (f < 0)
		return error_sys(e, errno, "%s", path);
	if (flock(f, LOCK_EX | LOCK_NB) < 0)
		return error_sys(e, errno, "%s: lock", path);
	/* out of the way of the descriptors that programs are given */
	*fd = fcntl(f, F_DUPFD, 10);
	return *fd < 0 ? error_sys(e, errno, "%s", path) : 0;
}

int lock_try(const struct runner *r, const char *name, int *fd, struct error *e)
{
	char *dir __free = xasprintf("%s/locks", r->cache_dir);
	char *path __free = xasprintf("%s/%s", dir, name);
	int rc = fs_mkdirs(dir, e);

	return rc < 0 ? rc : lock_file_try(path, fd, e);
}

int lock_wait(const struct runner *r, const char *name, const char *what, int *fd, struct error *e)
{
	const struct timespec tick = { .tv_nsec = 100 * 1000 * 1000 };
	bool told = false;
	int rc;

	while ((rc = lock_try(r, name, fd, e)) == -EWOULDBLOCK) {
		if (runner_cancelled(r))
			return error_set(e, ECANCELED, "interrupted");
		if (!told)
			runner_progress(r, "wait", 0, 0, -1, NULL, "another foliobench %s", what);
		told = true;
		nanosleep(&tick, NULL);
	}
	return rc;
}

int lock_take(const struct runner *r, const char *name, int *fd, struct error *e)
{
	char *what __free = xasprintf("works on %s", name);

	return lock_wait(r, name, what, fd, e);
}
