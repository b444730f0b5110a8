/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in the cache, what it takes on the disk, and making that less: what nobody has
 * used for longest goes first. Blocks that hard links share are counted once, and count as
 * freed only with the last link.
 */
#ifndef FB_RUNNER_GC_H
#define FB_RUNNER_GC_H

#include <time.h>

#include "runner/runner.h"

/* Behind messages of a full disk. */
#define GC_MAKES_ROOM "; foliobench kernel gc makes room"

enum cache_kind {
	CACHE_SCRATCH, /* what killed builds and fetches left, if nobody works there */
	CACHE_KERNEL,  /* kernels/HASH */
	CACHE_OBJECTS, /* build/KEY */
	CACHE_SOURCE,  /* src/KEY */
	CACHE_LISTS,   /* apt/: Debian's package lists */
	CACHE_GIT,     /* git/: what is in folders that are sources, as git knows it */
	CACHE_OTHER,   /* all else: small, and never removed */
};

/* "kernel", "objects" */
const char *cache_kind_name(enum cache_kind kind);

enum cache_fate { CACHE_STAYS, CACHE_IN_USE, CACHE_GOES };

struct inode; /* a file that has several names */

/* One folder that stays or goes as a whole. Strings are owned by the struct cache. */
struct cache_item {
	enum cache_kind kind;
	char *name;  /* below the cache: "kernels/9c21..." */
	char *title; /* for people: "9c21f3820d1e stock"; NULL: the name says it */
	char *path;
	char *lock;	/* whoever makes it has this lock; NULL: nobody does */
	time_t used;	/* last, or made */
	uint64_t bytes; /* all of it, shared or not */

	uint64_t own; /* in files with one name */
	struct inode **shared;
	size_t n_shared;

	enum cache_fate fate;
	uint64_t freed; /* when it has gone: of the disk */
};

struct cache {
	struct cache_item *items;
	size_t n;
	uint64_t bytes; /* of all, each block once; less what has gone */
	uint64_t freed; /* of the disk */
	void *inodes;
};

/* Looks at all of the cache. An absent one is empty. 0 or -errno; caller releases. */
int cache_scan(const struct runner *r, struct cache *c, struct error *e);
void cache_release(struct cache *c);

/* Takes item I's blocks off C's sums, as if it were gone. For gc. */
void cache_subtract(struct cache *c, struct cache_item *i);

/* What a folder takes on the disk; 0 if it is not there. */
uint64_t cache_disk_bytes(const char *path);

/*
 * Removes scratch, and of the rest what was used longest ago, until C (scanned) has at most
 * LIMIT bytes; nothing that is in use. With DRY_RUN only says what would go: in the items'
 * fate. 0, also when more than LIMIT is left; -EBUSY when another one is at work; -errno.
 */
int cache_gc(const struct runner *r, struct cache *c, uint64_t limit, bool dry_run,
	     struct error *e);

#endif
