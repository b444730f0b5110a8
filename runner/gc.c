// SPDX-License-Identifier: GPL-2.0-or-later
/* Making the cache smaller; see gc.h. Nobody ever sees a part of what goes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/cache.h"
#include "runner/gc.h"
#include "runner/lock.h"

const char *cache_kind_name(enum cache_kind kind)
{
	static const char *const names[] = {
		[CACHE_SCRATCH] = "scratch", [CACHE_KERNEL] = "kernel", [CACHE_OBJECTS] = "objects",
		[CACHE_SOURCE] = "source",   [CACHE_LISTS] = "lists",	[CACHE_OTHER] = "other",
		[CACHE_GIT] = "git",
	};

	return names[kind];
}

/* Scratch, then by last use; of two made at the same time the larger one. */
static int by_use(const void *a, const void *b)
{
	const struct cache_item *x = a, *y = b;
	bool sx = x->kind == CACHE_SCRATCH, sy = y->kind == CACHE_SCRATCH;

	if (sx != sy)
		return sx ? -1 : 1;
	if (x->used != y->used)
		return x->used < y->used ? -1 : 1;
	return x->bytes > y->bytes ? -1 : x->bytes < y->bytes;
}

/*
 * Scratch looks finished to nobody and goes under its lock; everything else is renamed to
 * "DIR/.gc-NAME" first, and then is scratch. PATH is a folder that is held alone.
 */
static int rename_away(const char *path, char **gone, struct error *e)
{
	const char *base = strrchr(path, '/') + 1;
	int rc;

	*gone = xasprintf("%.*s.gc-%s", (int)(base - path), path, base);
	rc = fs_remove_tree(*gone, e); /* of a killed gc */
	if (!rc && rename(path, *gone) < 0)
		rc = error_sys(e, errno, "%s", path);
	return rc;
}

/* What lies beside it is used by that no later than it was. */
static int remove_scratch(const char *path, struct error *e)
{
	char *folder __free = xasprintf("%.*s", (int)(strrchr(path, '/') - path), path);
	struct stat st;
	int known = stat(folder, &st);
	int rc = fs_remove_tree(path, e);

	if (!known)
		utimensat(AT_FDCWD, folder, (const struct timespec[]){ st.st_atim, st.st_mtim }, 0);
	return rc;
}

/* -EWOULDBLOCK: somebody makes or uses it. */
static int remove_item(const struct runner *r, const struct cache_item *i, bool dry_run,
		       struct error *e)
{
	char *gone __free = NULL;
	int lock __lock = -1, held __close = -1;
	int rc = i->lock ? lock_try(r, i->lock, &lock, e) : 0;

	if (i->kind == CACHE_SCRATCH)
		return rc || dry_run ? rc : remove_scratch(i->path, e);
	if (!rc)
		rc = cache_hold_alone(i->path, &held, e);
	if (rc == -ENOENT) /* went in the meantime */
		return 0;
	if (rc || dry_run)
		return rc;
	rc = rename_away(i->path, &gone, e);
	close_fd(&held);
	close_fd(&lock);
	return rc < 0 ? rc : fs_remove_tree(gone, e);
}

static int collect(const struct runner *r, struct cache *c, uint64_t limit, bool dry_run,
		   struct error *e)
{
	for (size_t k = 0; k < c->n; k++) {
		struct cache_item *i = &c->items[k];
		int rc;

		if (i->kind == CACHE_OTHER || (i->kind != CACHE_SCRATCH && c->bytes <= limit))
			continue;
		if (runner_cancelled(r))
			return error_set(e, ECANCELED, "interrupted");
		runner_progress(r, "remove", 0, 0, -1, NULL, "%s", i->name);
		rc = remove_item(r, i, dry_run, e);
		if (rc < 0 && rc != -EWOULDBLOCK)
			return rc;
		i->fate = rc ? CACHE_IN_USE : CACHE_GOES;
		if (!rc)
			cache_subtract(c, i);
	}
	return 0;
}

int cache_gc(const struct runner *r, struct cache *c, uint64_t limit, bool dry_run, struct error *e)
{
	int lock __lock = -1;
	int rc;

	if (!c->n) /* nor is there a cache to make a lock in */
		return 0;
	rc = lock_try(r, "gc", &lock, e);
	if (rc == -EWOULDBLOCK)
		return error_set(e, EBUSY, "another foliobench kernel gc is at work");
	if (rc < 0)
		return rc;
	qsort(c->items, c->n, sizeof(*c->items), by_use);
	return collect(r, c, limit, dry_run, e);
}
