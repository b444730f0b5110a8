// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is in the cache and how many blocks it has; see gc.h. Source trees and the builds
 * that run on them share files by hard links, so every file with more than one name is
 * remembered with the number of its names, here and in all.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fts.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/json.h"
#include "runner/gc.h"
#include "runner/hash.h"

struct inode {
	dev_t dev;
	ino_t ino;
	uint64_t bytes;
	nlink_t names;	/* that are left, anywhere */
	nlink_t cached; /* of these, in the cache */
};

static int by_number(const void *a, const void *b)
{
	const struct inode *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static struct inode *inode_of(struct cache *c, const struct stat *st)
{
	struct inode key = { .dev = st->st_dev,
			     .ino = st->st_ino,
			     .bytes = (uint64_t)st->st_blocks * 512,
			     .names = st->st_nlink };
	struct inode **slot = tfind(&key, &c->inodes, by_number);
	struct inode *new;

	if (slot)
		return *slot;
	new = xcalloc(1, sizeof(*new));
	*new = key;
	if (!tsearch(new, &c->inodes, by_number))
		abort();
	return new;
}

static void add_shared(struct cache *c, struct cache_item *i, const struct stat *st)
{
	struct inode *inode = inode_of(c, st);

	if ((i->n_shared & (i->n_shared - 1)) == 0) /* full: 0, 1, 2, 4, 8... */
		i->shared = xrealloc(i->shared,
				     (i->n_shared ? 2 * i->n_shared : 1) * sizeof(struct inode *));
	i->shared[i->n_shared++] = inode;
	if (!inode->cached++)
		c->bytes += inode->bytes;
}

/* Counts the blocks of I; what is below SKIP (may be NULL) is another's. */
static void count(struct cache *c, struct cache_item *i, const char *skip)
{
	char *const paths[] = { i->path, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *f;

	while (fts && (f = fts_read(fts))) {
		if (f->fts_info == FTS_DP || f->fts_info == FTS_NS || f->fts_info == FTS_ERR)
			continue;
		if (skip && f->fts_info == FTS_D && !strcmp(f->fts_path, skip)) {
			fts_set(fts, f, FTS_SKIP);
			continue;
		}
		i->bytes += (uint64_t)f->fts_statp->st_blocks * 512;
		if (!S_ISDIR(f->fts_statp->st_mode) && f->fts_statp->st_nlink > 1) {
			add_shared(c, i, f->fts_statp);
		} else {
			i->own += (uint64_t)f->fts_statp->st_blocks * 512;
			c->bytes += (uint64_t)f->fts_statp->st_blocks * 512;
		}
	}
	if (fts)
		fts_close(fts);
}

void cache_subtract(struct cache *c, struct cache_item *i)
{
	uint64_t gone = i->own, freed = i->own;

	for (size_t k = 0; k < i->n_shared; k++) {
		struct inode *inode = i->shared[k];

		if (!--inode->cached)
			gone += inode->bytes;
		if (!--inode->names)
			freed += inode->bytes;
	}
	c->bytes -= gone;
	c->freed += freed;
	i->freed = freed;
}

uint64_t cache_disk_bytes(const char *path)
{
	struct cache c __cleanup(cache_release) = { 0 };
	struct cache_item i = { .path = (char *)path };

	count(&c, &i, NULL);
	free(i.shared);
	return c.bytes;
}

/* Takes PATH and LOCK. */
static struct cache_item *add(const struct runner *r, struct cache *c, enum cache_kind kind,
			      char *path, char *lock)
{
	struct cache_item *i;
	struct stat st = { 0 };

	c->items = xrealloc(c->items, (c->n + 1) * sizeof(*c->items));
	i = &c->items[c->n++];
	lstat(path, &st);
	*i = (struct cache_item){ .kind = kind,
				  .name = xstrdup(path + strlen(r->cache_dir) + 1),
				  .path = path,
				  .lock = lock,
				  .used = st.st_mtime };
	return i;
}

static bool has(const char *dir, const char *name)
{
	char *path __free = xasprintf("%s/%s", dir, name);

	return fs_exists(path);
}

/* Scratch is ".tmp-KEY", under KEY's lock; ".gc-..." is what a killed gc left, under gc's. */
static bool add_scratch(const struct runner *r, struct cache *c, const char *dir, const char *kind,
			const char *name)
{
	const char *key = NULL;

	if (!strncmp(name, ".tmp-", 5))
		key = name + 5;
	else if (strncmp(name, ".gc-", 4))
		return false;
	count(c,
	      add(r, c, CACHE_SCRATCH, xasprintf("%s/%s", dir, name),
		  key ? xasprintf("%s-%s", kind, key) : NULL),
	      NULL);
	return true;
}

/* What a kernel is called; NULL if its folder does not say. */
static char *title_of(const char *path, const char *hash)
{
	char *file __free = xasprintf("%s/kernel.json", path);
	struct strbuf text __strbuf = { 0 };
	json_t *j __json = NULL;
	const char *name;

	if (fs_read(file, &text, NULL) < 0)
		return NULL;
	j = json_parse(strbuf_str(&text), text.len, NULL);
	name = json_string_value(json_object_get(j, "name"));
	return name ? xasprintf("%.12s %s", hash, name) : NULL;
}

static void add_kernel(const struct runner *r, struct cache *c, const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	bool hash = strlen(name) == HASH_TEXT - 1;
	enum cache_kind kind = has(path, "kernel.json") ? CACHE_KERNEL : CACHE_SCRATCH;
	struct cache_item *i = add(r, c, hash ? kind : CACHE_OTHER, path,
				   hash ? xasprintf("kernel-%s", name) : NULL);

	i->title = title_of(path, name);
	count(c, i, NULL);
}

/*
 * Objects; and build/work, the tree of the last build, while state.json says that it is
 * whole. All else is what a killed build left, also beside whole objects.
 */
static void add_objects(const struct runner *r, struct cache *c, const char *dir, const char *name)
{
	char *path = xasprintf("%s/%s", dir, name);
	char *work __free = xasprintf("%s/work", path);
	bool whole = has(path, "obj") || has(path, "state.json");

	if (whole && fs_exists(work))
		count(c, add(r, c, CACHE_SCRATCH, xstrdup(work), xasprintf("build-%s", name)),
		      NULL);
	count(c,
	      add(r, c, whole ? CACHE_OBJECTS : CACHE_SCRATCH, path, xasprintf("build-%s", name)),
	      whole ? work : NULL);
}

static void add_source(const struct runner *r, struct cache *c, const char *dir, const char *name)
{
	count(c, add(r, c, CACHE_SOURCE, xasprintf("%s/%s", dir, name), xasprintf("src-%s", name)),
	      NULL);
}

static const struct {
	const char *name; /* of the folder */
	const char *lock; /* what names of locks begin with */
	void (*add)(const struct runner *r, struct cache *c, const char *dir, const char *name);
} folders[] = {
	{ "kernels", "kernel", add_kernel },
	{ "build", "build", add_objects },
	{ "src", "src", add_source },
};

static int add_folder(const struct runner *r, struct cache *c, size_t folder, struct error *e)
{
	char *dir __free = xasprintf("%s/%s", r->cache_dir, folders[folder].name);
	DIR *d __closedir = opendir(dir);
	struct dirent *de;

	if (!d)
		return errno == ENOENT ? 0 : error_sys(e, errno, "%s", dir);
	while ((de = readdir(d))) {
		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		if (runner_cancelled(r))
			return error_set(e, ECANCELED, "interrupted");
		if (!add_scratch(r, c, dir, folders[folder].lock, de->d_name))
			folders[folder].add(r, c, dir, de->d_name);
	}
	return 0;
}

static bool is_folder(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		if (!strcmp(folders[i].name, name))
			return true;
	}
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* apt/ and git/ as a whole, and what else there is. */
static void add_one(const struct runner *r, struct cache *c, const char *name)
{
	char *path = xasprintf("%s/%s", r->cache_dir, name);

	if (!strcmp(name, "apt"))
		count(c, add(r, c, CACHE_LISTS, path, xstrdup("apt")), NULL);
	else if (!strcmp(name, "git"))
		count(c, add(r, c, CACHE_GIT, path, xstrdup("git-own")), NULL);
	else
		count(c, add(r, c, CACHE_OTHER, path, NULL), NULL);
}

static int add_rest(const struct runner *r, struct cache *c, struct error *e)
{
	DIR *d __closedir = opendir(r->cache_dir);
	struct dirent *de;

	if (!d)
		return errno == ENOENT ? 0 : error_sys(e, errno, "%s", r->cache_dir);
	while ((de = readdir(d))) {
		/* what a killed gc left of these */
		if (!is_folder(de->d_name) && !add_scratch(r, c, r->cache_dir, "", de->d_name))
			add_one(r, c, de->d_name);
	}
	return 0;
}

/* A tree is used whenever objects that were made from it are. */
static void used_with(struct cache_item *tree, const struct cache_item *objects)
{
	const char *name = tree->name + strlen("src/");
	const char *key = objects->name + strlen("build/");
	size_t len = strlen(name);

	if (!strncmp(key, name, len) && key[len] == '_' && objects->used > tree->used)
		tree->used = objects->used;
}

static void sources_by_objects(struct cache *c)
{
	for (size_t i = 0; i < c->n; i++) {
		for (size_t k = 0; k < c->n && c->items[i].kind == CACHE_SOURCE; k++) {
			if (c->items[k].kind == CACHE_OBJECTS)
				used_with(&c->items[i], &c->items[k]);
		}
	}
}

int cache_scan(const struct runner *r, struct cache *c, struct error *e)
{
	int rc = 0;

	*c = (struct cache){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(folders) && !rc; i++)
		rc = add_folder(r, c, i, e);
	if (!rc)
		rc = add_rest(r, c, e);
	sources_by_objects(c);
	if (rc < 0)
		cache_release(c);
	return rc;
}

void cache_release(struct cache *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->items[i].name);
		free(c->items[i].title);
		free(c->items[i].path);
		free(c->items[i].lock);
		free(c->items[i].shared);
	}
	free(c->items);
	tdestroy(c->inodes, free);
	*c = (struct cache){ 0 };
}
