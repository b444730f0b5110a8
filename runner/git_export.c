// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a tree in git to a folder in the cache; see git.h. git writes the files itself
 * (checkout-index), with times of now: whoever compiles on objects of an older tree must find
 * what changed newer than these.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "lib/spawn.h"
#include "runner/cache.h"
#include "runner/git.h"
#include "runner/manifest.h"
#include "runner/room.h"
#include "runner/source.h"

/* Of trees already there so many, the newest, are looked at for the nearest one. */
#define CANDIDATES_MAX 6
/* A tree that differs in more files than that is written as a whole. */
#define DIFFERENT_MAX 20000
/* What the folders of a hard-linked tree take. */
#define LINKED_BYTES (64ull << 20)

struct export
{
	const struct runner *r;
	const char *objects, *tree, *key;
	const char *own;
	char *tmp, *dir, *index, *list; /* work_tree, index, names of files to write */
	char *near;			/* folder of the nearest tree, NULL if there is none */
	int held;			/* that folder, while it is copied */
	struct strbuf changes;		/* against it: "status NUL name NUL" */
};

static void export_release(struct export *x)
{
	free(x->tmp);
	free(x->dir);
	free(x->index);
	free(x->list);
	close_fd(&x->held);
	free(x->near);
	strbuf_release(&x->changes);
}

static struct git_at at_of(const struct export *x)
{
	return (struct git_at){
		.git_dir = x->own, .objects = x->objects, .index = x->index, .work_tree = x->dir
	};
}

struct candidate {
	char *tree;
	time_t made;
};

static void candidates_release(struct candidate (*c)[CANDIDATES_MAX])
{
	for (size_t i = 0; i < CANDIDATES_MAX; i++)
		free((*c)[i].tree);
}

/* Keeps the newest. */
static void offer(struct candidate (*c)[CANDIDATES_MAX], const char *tree, time_t made)
{
	struct candidate it = { xstrdup(tree), made };

	for (size_t i = 0; i < CANDIDATES_MAX; i++) {
		struct candidate old = (*c)[i];

		if (old.tree && old.made >= it.made)
			continue;
		(*c)[i] = it;
		it = old;
	}
	free(it.tree);
}

static void find_candidates(const struct export *x, struct candidate (*c)[CANDIDATES_MAX])
{
	char *src __free = xasprintf("%s/src", x->r->cache_dir);
	DIR *d __closedir = opendir(src);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		char *path __free = xasprintf("%s/%s", src, de->d_name);
		struct stat st;

		if (!strncmp(de->d_name, SOURCE_GIT_KEY, strlen(SOURCE_GIT_KEY)) &&
		    !stat(path, &st))
			offer(c, de->d_name + strlen(SOURCE_GIT_KEY), st.st_mtime);
	}
}

static size_t count_nuls(const struct strbuf *sb)
{
	size_t n = 0;

	for (size_t i = 0; i < sb->len; i++)
		n += !sb->buf[i];
	return n;
}

/* Which of the trees that are there is the nearest, and how this one differs from it. */
static void find_near(struct export *x)
{
	struct candidate c[CANDIDATES_MAX] __cleanup(candidates_release) = { { 0 } };
	struct git_at at = at_of(x);
	size_t best = 2 * DIFFERENT_MAX + 1;

	at.index = at.work_tree = NULL;
	find_candidates(x, &c);
	for (size_t i = 0; i < CANDIDATES_MAX && c[i].tree; i++) {
		struct strbuf out __strbuf = { 0 };
		struct error ignored; /* a tree of another repository */

		if (git_run(x->r, &at, &out, &ignored, "diff-tree", "-r", "-z", "--no-renames",
			    "--name-status", c[i].tree, x->tree, NULL) ||
		    count_nuls(&out) >= best)
			continue;
		best = count_nuls(&out);
		free(x->near);
		x->near = xasprintf("%s/src/" SOURCE_GIT_KEY "%s", x->r->cache_dir, c[i].tree);
		strbuf_release(&x->changes);
		x->changes = out;
		out = (struct strbuf){ 0 };
	}
	/* what somebody has changed in it would go on into every copy */
	if (x->near && (cache_hold(x->near, &x->held, NULL) < 0 ||
			manifest_check(x->near, NULL) == -EBADMSG)) {
		free(x->near);
		x->near = NULL;
	}
}

/*
 * The bytes of all files of the tree. A clone with a filter lacks some: found here, before
 * anything is written.
 */
static int count_bytes(const struct export *x, uint64_t *bytes, struct error *e)
{
	struct git_at at = at_of(x);
	struct strbuf out __strbuf = { 0 };
	const char *p, *end;
	int rc;

	at.index = at.work_tree = NULL;
	rc = git_run(x->r, &at, &out, e, "ls-tree", "-r", "-z", "-l", x->tree, NULL);
	*bytes = 0;
	p = strbuf_str(&out);
	end = p + out.len;
	for (; !rc && p < end; p += strlen(p) + 1) {
		const char *tab = strchr(p, '\t');
		const char *size = tab;

		if (!tab)
			continue;
		while (size > p && size[-1] != ' ')
			size--;
		if (!strncmp(size, "BAD", 3))
			return error_set(
				e, EIO,
				"%s is not in this partial clone, as files of other "
				"revisions may not be: git checkout of that revision, in a "
				"worktree of its own, fetches them",
				tab + 1);
		/* a block is what a small file takes */
		*bytes += strtoull(size, NULL, 10) / 4096 * 4096 + 4096;
	}
	return rc;
}

static int link_tree(const struct export *x, struct error *e)
{
	struct strv argv __strv = { 0 };
	struct spawn s = { .argv = &argv, .cancel = x->r->cancel };
	int rc = fs_remove_tree(x->dir, e);

	strv_add(&argv, "cp");
	strv_add(&argv, "-al");
	strv_add(&argv, "-T");
	strv_add(&argv, x->near);
	strv_add(&argv, x->dir);
	if (!rc)
		rc = spawn_run(&s, e);
	if (rc == -ECHILD && strstr(e->msg, "No space left"))
		return error_set(e, ENOSPC, "no space left on the disk of %s", x->r->cache_dir);
	return rc;
}

/* Folders that nothing is left in, as git would have them. */
static void remove_empty(const struct export *x, const char *name)
{
	char *path __free = xasprintf("%s/%s", x->dir, name);

	for (char *slash = strrchr(path, '/'); slash && slash > path + strlen(x->dir);
	     slash = strrchr(path, '/')) {
		*slash = '\0';
		if (rmdir(path) < 0)
			return;
	}
}

/*
 * Takes what differs out of the linked tree, never writing through a link, and lists what is
 * to be written in its place.
 */
static int take_out(const struct export *x, struct error *e)
{
	struct strbuf list __strbuf = { 0 };
	const char *p = strbuf_str(&x->changes);
	const char *end = p + x->changes.len;

	while (p < end) {
		char status = *p;
		const char *name = p + strlen(p) + 1;
		char *path __free = NULL;

		if (name >= end)
			break;
		path = xasprintf("%s/%s", x->dir, name);
		/* a submodule is an empty folder */
		if (unlink(path) < 0 && errno != ENOENT && rmdir(path) < 0 && errno != ENOTDIR)
			return error_sys(e, errno, "%s", path);
		if (status == 'D')
			remove_empty(x, name);
		else
			strbuf_add(&list, name, strlen(name) + 1);
		p = name + strlen(name) + 1;
	}
	return fs_write(x->list, strbuf_str(&list), list.len, e);
}

/* A copy is not what its original was sealed as. */
static int remove_seal(const struct export *x, struct error *e)
{
	char *seal __free = xasprintf("%s/" MANIFEST_FILE, x->dir);

	return fs_remove_tree(seal, e);
}

static int write_files(const struct export *x, struct error *e)
{
	struct git_at at = at_of(x);
	uint64_t bytes = LINKED_BYTES;
	int rc = x->near ? 0 : count_bytes(x, &bytes, e);

	if (!rc)
		rc = room_check(x->r, bytes, "writing a kernel source", e);
	if (!rc)
		rc = fs_mkdirs(x->dir, e);
	if (!rc && x->near)
		rc = link_tree(x, e);
	if (!rc && x->near)
		rc = take_out(x, e);
	if (!rc && x->near)
		rc = remove_seal(x, e);
	if (!rc)
		rc = git_run(x->r, &at, NULL, e, "read-tree", x->tree, NULL);
	at.input = x->near ? x->list : NULL;
	if (!rc && x->near)
		rc = git_run(x->r, &at, NULL, e, "checkout-index", "-q", "-z", "--stdin", NULL);
	else if (!rc)
		rc = git_run(x->r, &at, NULL, e, "checkout-index", "-q", "-a", NULL);
	return rc;
}

static int export_into(const struct runner *r, const char *tmp, const char *tree, const void *data,
		       struct error *e)
{
	const struct export *asked = data;
	struct export x __cleanup(export_release) = *asked;
	int rc;

	x.tmp = xstrdup(tmp);
	x.dir = xstrdup(tree);
	x.index = xasprintf("%s/index", tmp);
	x.list = xasprintf("%s/list", tmp);
	find_near(&x);
	runner_progress(r, "unpack", 0, 0, -1, NULL, "git tree %.12s%s", x.tree,
			x.near ? ", on a copy of one already there" : "");
	rc = write_files(&x, e);
	return rc == -ECHILD ? -EIO : rc;
}

int git_export(const struct runner *r, const char *own, const char *objects, const char *tree,
	       const char *key, char **dir, struct error *e)
{
	const struct export x = {
		.r = r, .own = own, .objects = objects, .tree = tree, .key = key, .held = -1
	};

	return source_unpack(r, key, export_into, &x, dir, e);
}
