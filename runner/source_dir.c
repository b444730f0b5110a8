// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The source "dir:": a folder as it is now, with what is not committed, without what its
 * .gitignore files leave out. git reads it, with an index and objects of our own (git.h), so
 * that nothing is written there; the index remembers what each file looked like, so that
 * only what was touched is read again. From there on it is a tree as any other: the
 * same content committed is the same kernel.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/git.h"
#include "runner/gitignore.h"
#include "runner/lock.h"
#include "runner/room.h"
#include "runner/source.h"

/* Somebody who saves a file or two meanwhile is waited for, a build that runs is not. */
#define PASSES_MAX 4
/* The objects of a whole tree that no repository has. */
#define OBJECTS_BYTES (600ull << 20)

/* A folder in the making of a tree. */
struct folder {
	const struct runner *r;
	struct git_repo repo; /* path NULL: it is in no repository that could help */
	char *path, *own;
	char *index, *list, *exclude;
	bool fresh; /* nothing of it is known yet */
	char head[GIT_OID_TEXT], head_tree[GIT_OID_TEXT];
};

static void folder_release(struct folder *f)
{
	git_release(&f->repo);
	free(f->path);
	free(f->own);
	free(f->index);
	free(f->list);
	free(f->exclude);
}

static struct git_at at_of(const struct folder *f)
{
	return (struct git_at){ .git_dir = f->own, .index = f->index, .work_tree = f->path };
}

/* The user's objects; only to be read: where they are in sight git marks what it finds as new. */
static const char *objects_of(const struct folder *f)
{
	return f->repo.path ? f->repo.objects : NULL;
}

/*
 * What was committed last is a good first guess at what is there: then objects are
 * made of nothing but what differs.
 */
static void seed(struct folder *f)
{
	struct git_at at = at_of(f);
	char *tree __free = xasprintf("%s:%s", f->head, f->repo.prefix);
	struct error ignored; /* then everything is new */

	if (!*f->head)
		return;
	at.objects = f->repo.objects;
	if (git_run(f->r, &at, NULL, &ignored, "read-tree", tree, NULL))
		return;
	f->fresh = false;
	/* its exit code only says that something differs */
	git_run(f->r, &at, NULL, &ignored, "update-index", "-q", "--refresh", NULL);
}

/* Opens the repository that PATH is in, if there is one whose objects we can use. */
static void find_repo(struct folder *f)
{
	struct error ignored;

	if (git_open(f->r, f->path, &f->repo, &ignored))
		return;
	if (!f->repo.top || strcmp(f->repo.format, "sha1")) {
		git_release(&f->repo);
		return;
	}
	if (git_find(f->r, &f->repo, "HEAD", f->head, f->head_tree, &ignored))
		*f->head = *f->head_tree = '\0';
}

/* What differs from the index: names, NUL behind each. */
struct changes {
	struct strbuf added; /* or changed, or removed */
	struct strbuf gone;  /* files that are folders now */
};

static void changes_release(struct changes *c)
{
	strbuf_release(&c->added);
	strbuf_release(&c->gone);
}

static int sort_change(const struct folder *f, const char *name, struct changes *c, struct error *e)
{
	char *path __free = xasprintf("%s/%s", f->path, name);
	struct stat st;
	struct strbuf *to = &c->added;

	if (*name && name[strlen(name) - 1] == '/')
		return error_set(e, EINVAL,
				 "%s: %s is a git repository of its own; name it in "
				 ".git/info/exclude or move it away",
				 f->path, name);
	if (!lstat(path, &st) && S_ISDIR(st.st_mode))
		to = &c->gone;
	strbuf_add(to, name, strlen(name) + 1);
	return 0;
}

static int list_changes(const struct folder *f, struct changes *c, struct error *e)
{
	struct git_at at = at_of(f);
	struct strbuf out __strbuf = { 0 };
	char *from __free = xasprintf("--exclude-from=%s", f->exclude);
	bool own_rules = gitignore_swallows(f->path);
	const char *per_folder = own_rules ? "--exclude-per-directory=.foliobench-no-such"
					   : "--exclude-per-directory=.gitignore";
	int rc = git_run(f->r, &at, &out, e, "ls-files", "-z", "-m", "-o", from, per_folder, NULL);

	for (const char *p = strbuf_str(&out); !rc && p < out.buf + out.len; p += strlen(p) + 1)
		rc = sort_change(f, p, c, e);
	return rc;
}

/* Runs git update-index over NAMES. */
static int update_index(const struct folder *f, const struct strbuf *names, const char *how,
			struct error *e)
{
	struct git_at at = at_of(f);
	struct error why = { 0 };
	/* where all is new: one pack of it, not a hundred thousand files */
	const char *big = f->fresh ? "core.bigFileThreshold=1" : "core.bigFileThreshold=512m";
	int rc = fs_write(f->list, strbuf_str(names), names->len, e);

	at.input = f->list;
	if (rc)
		return rc;
	rc = git_run(f->r, &at, NULL, &why, "-c", big, "-c", "core.compression=1", "update-index",
		     "-z", "--add", "--remove", "--replace", how, "--stdin", NULL);
	return rc ? error_set(e, rc == -ECHILD ? EIO : -rc, "%s: %s", f->path, why.msg) : 0;
}

static int add_changes(const struct folder *f, const struct changes *c, struct error *e)
{
	int rc = 0;

	runner_progress(f->r, "read", 0, 0, -1, NULL, "%s", f->path);
	if (c->gone.len)
		rc = update_index(f, &c->gone, "--force-remove", e);
	if (!rc && c->added.len)
		rc = update_index(f, &c->added, "--replace", e);
	return rc;
}

/* Until it holds still for as long as it takes to look at it. */
static int read_folder(struct folder *f, struct error *e)
{
	for (unsigned int pass = 0; pass < PASSES_MAX; pass++) {
		struct changes c __cleanup(changes_release) = { 0 };
		int rc = list_changes(f, &c, e);

		if (rc || !(c.added.len + c.gone.len))
			return rc;
		if (f->fresh)
			rc = room_check(f->r, OBJECTS_BYTES, "reading a kernel source", e);
		if (!rc)
			rc = add_changes(f, &c, e);
		if (rc)
			return rc;
		f->fresh = false;
	}
	return error_set(e, EAGAIN, "%s changes while it is read: is a build running in it?",
			 f->path);
}

static int write_tree(const struct folder *f, char tree[GIT_OID_TEXT], struct error *e)
{
	struct git_at at = at_of(f);
	struct strbuf out __strbuf = { 0 };
	/* what is missing is among the user's objects */
	int rc = git_run(f->r, &at, &out, e, "write-tree", "--missing-ok", NULL);

	if (!rc)
		snprintf(tree, GIT_OID_TEXT, "%.*s", (int)strcspn(strbuf_str(&out), "\n"),
			 strbuf_str(&out));
	return rc;
}

/* Everything is new when the index was made of a repository that has gone since. */
static int prepare(struct folder *f, struct error *e)
{
	char *dir __free = xasprintf("%s/git/folders", f->r->cache_dir);
	char *key __free = xasprintf("%s\n%s", f->path, f->repo.path ? f->repo.objects : "");
	char name[HASH_TEXT];
	int rc = fs_mkdirs(dir, e);

	if (rc)
		return rc;
	hash_buf(key, strlen(key), name);
	f->index = xasprintf("%s/%.32s.index", dir, name);
	f->list = xasprintf("%s/%.32s.list", dir, name);
	f->exclude = xasprintf("%s/%.32s.exclude", dir, name);
	f->fresh = !fs_exists(f->index);
	return gitignore_write(f->r, f->path, f->repo.path ? f->repo.git_dir : NULL, f->exclude, e);
}

/* A tree that was made of this folder before, "PATH@TREE", and can still be had. */
static bool is_kept(const struct folder *f, const char *tree)
{
	const struct git_at at = { .git_dir = f->own };
	struct error ignored;

	return strlen(tree) == 40 && !tree[strspn(tree, "0123456789abcdef")] &&
	       !git_run(f->r, &at, NULL, &ignored, "cat-file", "-e", tree, NULL);
}

static int make_tree(struct folder *f, char tree[GIT_OID_TEXT], struct error *e)
{
	char name[HASH_TEXT];
	char *lock_name __free = NULL;
	int lock __lock = -1;
	int rc;

	hash_buf(f->path, strlen(f->path), name);
	lock_name = xasprintf("dir-%.32s", name);
	rc = lock_take(f->r, lock_name, &lock, e);
	if (!rc)
		rc = prepare(f, e);
	if (!rc && f->fresh)
		seed(f);
	if (!rc)
		rc = read_folder(f, e);
	if (!rc)
		rc = write_tree(f, tree, e);
	if (rc && f->index && f->fresh) /* half an index is worse than none */
		unlink(f->index);
	if (f->list)
		unlink(f->list);
	return rc;
}

static int resolve_folder(struct folder *f, const char *kept, struct source_id *id, struct error *e)
{
	char tree[GIT_OID_TEXT] = "";
	char *version __free = NULL;
	int rc = git_own(f->r, "sha1", &f->own, e);

	if (rc)
		return rc;
	find_repo(f);
	if (kept && !is_kept(f, kept))
		return error_set(e, EINVAL, "%s: what it was when it was %s is no longer known",
				 f->path, kept);
	if (kept)
		snprintf(tree, sizeof(tree), "%s", kept);
	else
		rc = make_tree(f, tree, e);
	if (!rc)
		rc = source_git_kernel(f->r, f->own, objects_of(f), tree, f->path, &version, e);
	if (rc)
		return rc;
	source_git_id(id, f->own, objects_of(f), tree);
	id->version = xasprintf("%s@%s", f->path, tree);
	id->facts =
		json_pack("{s:s, s:s, s:s}", "folder", f->path, "tree", tree, "version", version);
	if (*f->head) {
		json_object_set_new(id->facts, "commit", json_string(f->head));
		if (!*f->repo.prefix)
			json_object_set_new(id->facts, "uncommitted_changes",
					    json_boolean(strcmp(tree, f->head_tree)));
	}
	return 0;
}

static int resolve(const struct runner *r, const struct arch *a, const char *asked,
		   struct source_id *id, struct error *e)
{
	struct folder f __cleanup(folder_release) = { .r = r };
	char *full __free = source_expand_home(asked);
	char *at = strrchr(full, '@');
	const char *kept = NULL;
	struct stat st;

	(void)a;
	if (!*asked)
		return error_set(e, EINVAL, "dir: wants a folder, as in dir:~/linux");
	if (stat(full, &st) < 0 && at) {
		*at = '\0';
		kept = at + 1;
	}
	f.path = realpath(full, NULL);
	if (!f.path)
		return error_set(e, EINVAL, "no folder '%s'", asked);
	if (stat(f.path, &st) < 0 || !S_ISDIR(st.st_mode))
		return error_set(e, EINVAL, "%s is no folder (tarball:FILE, image:FILE?)", f.path);
	if (access(f.path, R_OK | X_OK) < 0)
		return error_sys(e, errno, "%s", f.path);
	return resolve_folder(&f, kept, id, e);
}

const struct source source_dir = {
	.name = "dir",
	.family = "git",
	.takes_path = true,
	.summary = "dir:PATH, a folder as it is now, uncommitted changes included, what its "
		   ".gitignore files name left out",
	.resolve = resolve,
	.release = source_git_release,
	.fetch = source_git_fetch,
};
