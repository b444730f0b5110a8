/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * git, run so that nothing of the user's is changed: their repositories are only read, without
 * locks, hooks, filters or network. Whatever has to be written (indexes, trees of a folder that
 * is no repository) goes to a bare repository of our own, CACHE/git/FORMAT.git, which finds the
 * users' objects as alternates. Its attributes switch every conversion off: what comes out of a
 * tree are the bytes of its blobs.
 */
#ifndef FB_RUNNER_GIT_H
#define FB_RUNNER_GIT_H

#include "runner/runner.h"

/* A hash of either format, and the NUL. */
#define GIT_OID_TEXT 65

/* Said of a revision whose files a clone with a filter has left at its origin. */
#define GIT_PARTIAL                                                                                \
	"not all of its files are in this partial clone; checking it out once (git worktree add) " \
	"fetches them"

/* A user's repository, as found from a folder in it. Strings are owned. */
struct git_repo {
	char *path;    /* the folder that was asked for, absolute */
	char *git_dir; /* of this worktree */
	char *objects; /* folder of its objects */
	char *format;  /* "sha1" or "sha256" */
	char *prefix;  /* of PATH in the worktree: "" or "sub/folder/" */
	char *top;     /* of the worktree; NULL for a bare one */
	bool shallow;
};

/* Which repository, index and files a git command works on; NULLs are left out. */
struct git_at {
	const char *git_dir;
	const char *objects; /* more objects to read */
	const char *index;
	const char *work_tree;
	const char *input; /* path of what it reads */
};

/*
 * Splits "PATH@REV": the longest PATH that is a folder; both for the caller to free. *REV is NULL
 * where there is none. "~" and "~user" at the beginning are home folders. -EINVAL if there is no
 * such folder.
 */
int git_split(const char *text, char **path, char **rev, struct error *e);

/* 0; -EINVAL if the folder PATH is in no repository, -EPERM if git will not read it. */
int git_open(const struct runner *r, const char *path, struct git_repo *g, struct error *e);
void git_release(struct git_repo *g);

/*
 * Runs git with these arguments (the last one NULL); its output to OUT, may be NULL. 0, or as
 * spawn_run() with git's own first line of complaint; -ENOSPC for a full disk.
 */
int git_run(const struct runner *r, const struct git_at *at, struct strbuf *out, struct error *e,
	    ...) __attribute__((sentinel));

/*
 * The commit and the tree that REV names in G; *COMMIT is "" where it names a tree. -EINVAL
 * with what it could have been.
 */
int git_find(const struct runner *r, const struct git_repo *g, const char *rev,
	     char commit[GIT_OID_TEXT], char tree[GIT_OID_TEXT], struct error *e);

/* Our own repository of that format, made if need be; *DIR for the caller to free. */
int git_own(const struct runner *r, const char *format, char **dir, struct error *e);

/*
 * Puts the files of TREE, which OWN and the folder OBJECTS (may be NULL) hold, into
 * CACHE/src/KEY unless they are there: *DIR, for the caller to free. Of trees that
 * are there already the nearest is hard-linked, and only what differs is written.
 */
int git_export(const struct runner *r, const char *own, const char *objects, const char *tree,
	       const char *key, char **dir, struct error *e);

#endif
