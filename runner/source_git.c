// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The source "git:": a commit of a repository on this machine. What makes it what it is is its
 * tree, so that two commits with one tree are one kernel. The user's repository is only read
 * (git.h); the tree is put into CACHE/src/git-TREE.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cleanup.h"
#include "lib/fs.h"
#include "runner/git.h"
#include "runner/source.h"

/* Of facts that are nice to have, in a history without a commit graph. */
#define DESCRIBE_S 5

/* What a tree needs to become a folder. */
struct tree {
	char *own, *objects, *tree;
};

void source_git_id(struct source_id *id, const char *own, const char *objects, const char *tree)
{
	struct tree *t = xcalloc(1, sizeof(*t));

	*t = (struct tree){ xstrdup(own), objects ? xstrdup(objects) : NULL, xstrdup(tree) };
	id->priv = t;
	id->key = xasprintf(SOURCE_GIT_KEY "%s", tree);
}

void source_git_release(struct source_id *id)
{
	struct tree *t = id->priv;

	if (!t)
		return;
	free(t->own);
	free(t->objects);
	free(t->tree);
	free(t);
	id->priv = NULL;
}

int source_git_fetch(const struct runner *r, const struct arch *a, const struct source_id *id,
		     char **dir, struct error *e)
{
	const struct tree *t = id->priv;
	int rc = git_export(r, t->own, t->objects, t->tree, id->key, dir, e);

	(void)a;
	return error_prefix(e, rc, "%s", id->version);
}

int source_git_kernel(const struct runner *r, const char *own, const char *objects,
		      const char *tree, const char *where, char **version, struct error *e)
{
	const struct git_at at = { .git_dir = own, .objects = objects };
	char *name __free = xasprintf("%s:Makefile", tree);
	struct strbuf text __strbuf = { 0 };
	struct error why = { 0 };
	int rc = git_run(r, &at, &text, &why, "cat-file", "blob", name, NULL);

	if (rc && rc != -ECHILD)
		return error_set(e, -rc, "%s", why.msg);
	*version = rc ? NULL : source_makefile_version(strbuf_str(&text));
	if (*version)
		return 0;
	/* a name that the tree has, of a file that is not there */
	if (rc && !strstr(why.msg, "does not exist"))
		return error_set(e, EIO, "%s: " GIT_PARTIAL, where);
	return error_set(e, EINVAL,
			 "%s is no kernel source: no Makefile with VERSION and "
			 "PATCHLEVEL of one in it",
			 where);
}

/*
 * Where in the repository the kernel is: the whole tree, or that of the folder that was named
 * where only that one is a kernel. TREE is replaced in this case.
 */
static int find_kernel(const struct runner *r, const struct git_repo *g, const char *own,
		       const char *commit, char tree[GIT_OID_TEXT], const char *where,
		       char **version, struct error *e)
{
	const struct git_at at = { .git_dir = g->git_dir };
	char *sub __free = xasprintf("%s:%s", commit, g->prefix);
	struct strbuf out __strbuf = { 0 };
	struct error ignored;
	int rc = source_git_kernel(r, own, g->objects, tree, where, version, e);

	if (rc != -EINVAL || !*g->prefix || !*commit)
		return rc;
	if (git_run(r, &at, &out, &ignored, "rev-parse", "--verify", sub, NULL))
		return rc;
	out.buf[strcspn(out.buf, "\n")] = '\0';
	rc = source_git_kernel(r, own, g->objects, out.buf, where, version, e);
	if (!rc)
		snprintf(tree, GIT_OID_TEXT, "%s", out.buf);
	return rc;
}

/*
 * What is known of a commit besides: its subject, and what git describe calls it. Remembered,
 * git describe takes seconds in a long history.
 */
static json_t *commit_facts(const struct runner *r, const struct git_repo *g, const char *commit)
{
	const struct git_at at = { .git_dir = g->git_dir };
	char *dir __free = xasprintf("%s/git/commits", r->cache_dir);
	char *path __free = xasprintf("%s/%s.json", dir, commit);
	struct strbuf text __strbuf = { 0 };
	struct strbuf subject __strbuf = { 0 };
	struct strbuf described __strbuf = { 0 };
	char *line __free = NULL;
	struct error ignored;
	json_t *facts;

	if (fs_exists(path) && !fs_read(path, &text, NULL) &&
	    (facts = json_parse(strbuf_str(&text), text.len, NULL)))
		return facts;
	facts = json_pack("{s:s}", "commit", commit);
	if (!git_run(r, &at, &subject, &ignored, "log", "-1", "--no-show-signature",
		     "--encoding=UTF-8", "--format=%s", commit, NULL) &&
	    subject.len)
		json_object_set_new(facts, "subject", json_string(str_trim(subject.buf)));
	if (!git_run(r, &at, &described, &ignored, "describe", "--tags", "--always", commit,
		     NULL) &&
	    described.len)
		json_object_set_new(facts, "describe", json_string(str_trim(described.buf)));
	line = json_line(facts);
	if (!fs_mkdirs(dir, NULL))
		fs_write(path, line, strlen(line), NULL);
	return facts;
}

/* A person who names what is checked out may think that their edits are in it. */
static void remark_dirty(const struct runner *r, const struct git_repo *g, const char *commit)
{
	const struct git_at at = { .git_dir = g->git_dir, .work_tree = g->top };
	struct strbuf out __strbuf = { 0 };
	struct strv lines __strv = { 0 };
	char head[GIT_OID_TEXT], tree[GIT_OID_TEXT];
	struct error ignored;

	if (!g->top || git_find(r, g, "HEAD", head, tree, &ignored) || strcmp(head, commit))
		return;
	if (git_run(r, &at, &out, &ignored, "status", "--porcelain", "--untracked-files=no",
		    "--ignore-submodules=all", "--no-renames", NULL))
		return;
	strv_split(&lines, strbuf_str(&out), "\n");
	if (lines.n)
		runner_note(r, "%zu uncommitted change%s in %s %s not in git:, dir:%s takes %s",
			    lines.n, lines.n == 1 ? "" : "s", g->top, lines.n == 1 ? "is" : "are",
			    g->top, lines.n == 1 ? "it" : "them");
}

/* ID of REV in G. */
static int resolve_rev(const struct runner *r, const struct git_repo *g, const char *rev,
		       struct source_id *id, struct error *e)
{
	char commit[GIT_OID_TEXT], tree[GIT_OID_TEXT];
	char *where __free = xasprintf("%s@%s", g->path, rev);
	char *own __free = NULL, *version __free = NULL;
	int rc = git_find(r, g, rev, commit, tree, e);

	if (!rc)
		rc = git_own(r, g->format, &own, e);
	if (!rc)
		rc = find_kernel(r, g, own, commit, tree, where, &version, e);
	if (rc < 0)
		return rc;
	source_git_id(id, own, g->objects, tree);
	id->version = xasprintf("%s@%s", g->path, *commit ? commit : tree);
	id->facts = *commit ? commit_facts(r, g, commit) : json_object();
	json_object_set_new(id->facts, "repository", json_string(g->path));
	json_object_set_new(id->facts, "revision", json_string(rev));
	json_object_set_new(id->facts, "tree", json_string(tree));
	json_object_set_new(id->facts, "version", json_string(version));
	/* when it was resolved once it is asked for by its commit, and said already */
	if (*commit && strcmp(rev, commit))
		remark_dirty(r, g, commit);
	return 0;
}

static int resolve(const struct runner *r, const struct arch *a, const char *asked,
		   struct source_id *id, struct error *e)
{
	struct git_repo g __cleanup(git_release) = { 0 };
	char *path __free = NULL, *rev __free = NULL;
	int rc;

	(void)a;
	if (!*asked)
		return error_set(e, EINVAL,
				 "git: wants a repository and a revision, as in "
				 "git:~/linux@v6.14");
	rc = git_split(asked, &path, &rev, e);
	if (!rc)
		rc = git_open(r, path, &g, e);
	return rc ? rc : resolve_rev(r, &g, rev ? rev : "HEAD", id, e);
}

const struct source source_git = {
	.name = "git",
	.takes_path = true,
	.summary = "git:PATH@REV, a commit of a git repository on this machine (git:PATH is its "
		   "HEAD); what is not committed is not in it",
	.resolve = resolve,
	.release = source_git_release,
	.fetch = source_git_fetch,
};
